/*
 * cursor.c - list positions to opaque strings and back: one letter for the list, then 16 hexadecimal digits a number.
 */
#include "protocol/cursor.h"

#include <math.h>
#include <string.h>

enum { NUMBER_DIGITS = 16 };

static const char hex_digits[] = "0123456789abcdef";

static char order_letter(enum hl_story_order order)
{
    return "lst"[order];
}

static void put_hex(char *out, uint64_t value)
{
    for (int i = NUMBER_DIGITS; i-- > 0; value >>= 4)
        out[i] = hex_digits[value & 15];
}

static bool get_hex(const char *text, uint64_t *out)
{
    uint64_t value = 0;
    for (int i = 0; i < NUMBER_DIGITS; i++) {
        const char *digit = text[i] ? strchr(hex_digits, text[i]) : NULL;
        if (!digit)
            return false;
        value = value << 4 | (uint64_t)(digit - hex_digits);
    }
    *out = value;
    return true;
}

static char search_letter(enum hl_search_order order)
{
    return "rn"[order]; /* rank, newest */
}

static void put_pair(struct hl_buffer *out, char letter, const struct hl_cursor *cursor)
{
    char text[2 * NUMBER_DIGITS + 3];
    uint64_t bits;
    memcpy(&bits, &cursor->key, sizeof bits);
    text[0] = text[sizeof text - 1] = '"';
    text[1] = letter;
    put_hex(text + 2, bits);
    put_hex(text + 2 + NUMBER_DIGITS, cursor->story);
    hl_buffer_append(out, text, sizeof text);
}

void hl_cursor_put_stories(struct hl_buffer *out, enum hl_story_order order, const struct hl_cursor *cursor)
{
    put_pair(out, order_letter(order), cursor);
}

void hl_cursor_put_search(struct hl_buffer *out, enum hl_search_order order, const struct hl_cursor *cursor)
{
    put_pair(out, search_letter(order), cursor);
}

void hl_cursor_put_members(struct hl_buffer *out, uint64_t seq)
{
    char text[NUMBER_DIGITS + 3];
    text[0] = text[sizeof text - 1] = '"';
    text[1] = 'm';
    put_hex(text + 2, seq);
    hl_buffer_append(out, text, sizeof text);
}

static bool get_pair(struct hl_text text, char letter, struct hl_cursor *cursor)
{
    uint64_t bits, story;
    double key;
    if (text.length != 1 + 2 * NUMBER_DIGITS || text.data[0] != letter || !get_hex(text.data + 1, &bits) ||
        !get_hex(text.data + 1 + NUMBER_DIGITS, &story))
        return false;
    memcpy(&key, &bits, sizeof key);
    if (!isfinite(key) || story == 0)
        return false;
    *cursor = (struct hl_cursor){key, story};
    return true;
}

bool hl_cursor_get_stories(struct hl_text text, enum hl_story_order order, struct hl_cursor *cursor)
{
    return get_pair(text, order_letter(order), cursor);
}

bool hl_cursor_get_search(struct hl_text text, enum hl_search_order order, struct hl_cursor *cursor)
{
    return get_pair(text, search_letter(order), cursor);
}

bool hl_cursor_get_members(struct hl_text text, uint64_t *seq)
{
    uint64_t value;
    if (text.length != 1 + NUMBER_DIGITS || text.data[0] != 'm' || !get_hex(text.data + 1, &value) || value == 0)
        return false;
    *seq = value;
    return true;
}
