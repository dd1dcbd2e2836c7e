/*
 * text.h - struct hl_text compared, cut, and read as a number.
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

static inline char hl_text_small(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 'a' - 'A') : c;
}

/* The same, where ASCII letters may differ in case. */
static inline bool hl_text_equals_ignoring_case(struct hl_text one, struct hl_text other)
{
    size_t i = 0;
    while (i < one.length && i < other.length && hl_text_small(one.data[i]) == hl_text_small(other.data[i]))
        i++;
    return i == one.length && i == other.length;
}

/* A text of what is NUL-terminated. */
static inline struct hl_text hl_text_of(const char *text)
{
    return (struct hl_text){text, strlen(text)};
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

/* Digits only, at least one, within 64 bits; else false, and *@out is unchanged. */
static inline bool hl_text_decimal(struct hl_text text, uint64_t *out)
{
    uint64_t value = 0;
    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        uint64_t digit = (uint64_t)(text.data[i] - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    if (text.length > 0)
        *out = value;
    return text.length > 0;
}

#endif
