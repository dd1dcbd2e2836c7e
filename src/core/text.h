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

#endif
