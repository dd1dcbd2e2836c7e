/*
 * bytes.h - integers in memory as they stand on disk: little-endian, whatever the processor; no alignment needed.
 */
#ifndef HL_STORE_BYTES_H
#define HL_STORE_BYTES_H

#include <stdint.h>

static inline void hl_put_u32(unsigned char *to, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        to[i] = (unsigned char)(value >> (8 * i));
}

static inline void hl_put_u64(unsigned char *to, uint64_t value)
{
    for (int i = 0; i < 8; i++)
        to[i] = (unsigned char)(value >> (8 * i));
}

static inline uint32_t hl_get_u32(const unsigned char *from)
{
    return (uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
}

static inline uint64_t hl_get_u64(const unsigned char *from)
{
    return (uint64_t)hl_get_u32(from) | (uint64_t)hl_get_u32(from + 4) << 32;
}

#endif
