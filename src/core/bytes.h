/*
 * bytes.h - numbers as they stand on disk: little-endian, whatever the processor; no alignment needed.
 *
 * hl_put_* writes at *@to and moves it on; hl_get_* reads at *@from and moves it on; those that end in _at move nothing. Compilers make
 * single moves of them.
 */
#ifndef HL_CORE_BYTES_H
#define HL_CORE_BYTES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline void hl_put_u8(unsigned char **to, uint8_t value)
{
    *(*to)++ = value;
}

static inline void hl_put_u16(unsigned char **to, uint16_t value)
{
    unsigned char *at = *to;
    at[0] = (unsigned char)value;
    at[1] = (unsigned char)(value >> 8);
    *to = at + 2;
}

static inline void hl_put_u32_at(unsigned char *at, uint32_t value)
{
    at[0] = (unsigned char)value;
    at[1] = (unsigned char)(value >> 8);
    at[2] = (unsigned char)(value >> 16);
    at[3] = (unsigned char)(value >> 24);
}

static inline void hl_put_u32(unsigned char **to, uint32_t value)
{
    hl_put_u32_at(*to, value);
    *to += 4;
}

static inline void hl_put_u64_at(unsigned char *at, uint64_t value)
{
    at[0] = (unsigned char)value;
    at[1] = (unsigned char)(value >> 8);
    at[2] = (unsigned char)(value >> 16);
    at[3] = (unsigned char)(value >> 24);
    at[4] = (unsigned char)(value >> 32);
    at[5] = (unsigned char)(value >> 40);
    at[6] = (unsigned char)(value >> 48);
    at[7] = (unsigned char)(value >> 56);
}

static inline void hl_put_u64(unsigned char **to, uint64_t value)
{
    hl_put_u64_at(*to, value);
    *to += 8;
}

static inline void hl_put_i64(unsigned char **to, int64_t value)
{
    hl_put_u64(to, (uint64_t)value);
}

/* The bits of IEEE 754. */
static inline void hl_put_f32(unsigned char **to, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    hl_put_u32(to, bits);
}

static inline void hl_put_f64(unsigned char **to, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    hl_put_u64(to, bits);
}

static inline uint8_t hl_get_u8(const unsigned char **from)
{
    return *(*from)++;
}

static inline uint16_t hl_get_u16(const unsigned char **from)
{
    const unsigned char *at = *from;
    *from = at + 2;
    return (uint16_t)(at[0] | at[1] << 8);
}

static inline uint32_t hl_get_u32_at(const unsigned char *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static inline uint32_t hl_get_u32(const unsigned char **from)
{
    uint32_t value = hl_get_u32_at(*from);
    *from += 4;
    return value;
}

static inline uint64_t hl_get_u64_at(const unsigned char *at)
{
    return (uint64_t)at[0] | (uint64_t)at[1] << 8 | (uint64_t)at[2] << 16 | (uint64_t)at[3] << 24 |
           (uint64_t)at[4] << 32 | (uint64_t)at[5] << 40 | (uint64_t)at[6] << 48 | (uint64_t)at[7] << 56;
}

static inline uint64_t hl_get_u64(const unsigned char **from)
{
    uint64_t value = hl_get_u64_at(*from);
    *from += 8;
    return value;
}

static inline int64_t hl_get_i64(const unsigned char **from)
{
    return (int64_t)hl_get_u64(from);
}

static inline float hl_get_f32(const unsigned char **from)
{
    uint32_t bits = hl_get_u32(from);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline double hl_get_f64(const unsigned char **from)
{
    uint64_t bits = hl_get_u64(from);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

#endif
