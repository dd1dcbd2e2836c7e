/*
 * text.h - struct hl_text compared and cut.
 */
#ifndef HL_CORE_TEXT_H
#define HL_CORE_TEXT_H

#include <headlined/engine.h>

#include <stdbool.h>
#include <string.h>

static inline bool hl_text_equals(struct hl_text one, struct hl_text other)
{
    return one.length == other.length && (one.length == 0 || memcmp(one.data, other.data, one.length) == 0);
}

/* Bytes of the longest beginning of @text, valid UTF-8, that has at most @bytes_max and ends with a whole character. */
static inline size_t hl_text_cut(struct hl_text text, size_t bytes_max)
{
    if (text.length <= bytes_max)
        return text.length;
    while (bytes_max > 0 && ((unsigned char)text.data[bytes_max] & 0xC0) == 0x80)
        bytes_max--;
    return bytes_max;
}

#endif
