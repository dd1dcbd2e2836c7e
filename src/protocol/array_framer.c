/*
 * array_framer.c - cuts a byte stream that is a JSON array into its elements (see array_framer.h).
 */
#include "protocol/array_framer.h"

void hl_array_framer_init(struct hl_array_framer *framer, size_t item_max_bytes)
{
    *framer = (struct hl_array_framer){.item_max_bytes = item_max_bytes};
    hl_buffer_init(&framer->input);
}

void hl_array_framer_clear(struct hl_array_framer *framer)
{
    hl_buffer_clear(&framer->input);
    hl_array_framer_init(framer, framer->item_max_bytes);
}

bool hl_array_framer_prepare(struct hl_array_framer *framer, size_t wanted, char **data, size_t *bytes)
{
    hl_buffer_consume(&framer->input, framer->consumed);
    framer->scanned -= framer->consumed;
    framer->consumed = 0;
    framer->input.failed = false; /* memory that was short for the last bytes may be there for these */
    if (!hl_buffer_reserve(&framer->input, wanted))
        return false;
    *data = framer->input.data + framer->input.length;
    *bytes = wanted;
    return true;
}

void hl_array_framer_commit(struct hl_array_framer *framer, size_t bytes)
{
    if (framer->place != HL_ARRAY_OVER)
        framer->input.length += bytes;
}

static enum hl_array_frame finish(struct hl_array_framer *framer, enum hl_array_frame frame)
{
    hl_array_framer_clear(framer);
    framer->place = HL_ARRAY_OVER;
    return frame;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_space(struct hl_array_framer *framer)
{
    while (framer->scanned < framer->input.length && is_space(framer->input.data[framer->scanned]))
        framer->scanned++;
    framer->consumed = framer->scanned;
}

/* Moves over one byte of an element. False when it is the comma or bracket that ends it. */
static bool take_byte(struct hl_array_framer *framer)
{
    char c = framer->input.data[framer->scanned];
    if (framer->in_string) {
        if (framer->is_escaped)
            framer->is_escaped = false;
        else if (c == '\\')
            framer->is_escaped = true;
        else if (c == '"')
            framer->in_string = false;
    } else if (c == '"') {
        framer->in_string = true;
    } else if (c == '{' || c == '[') {
        framer->depth++;
    } else if (framer->depth == 0 && (c == ',' || c == ']')) {
        return false;
    } else if ((c == '}' || c == ']') && framer->depth > 0) {
        framer->depth--;
    }
    framer->scanned++;
    return true;
}

/* The element that ends before the byte at @scanned. */
static enum hl_array_frame take_item(struct hl_array_framer *framer, const char **item, size_t *length)
{
    const char *start = framer->input.data + framer->consumed;
    size_t bytes = framer->scanned - framer->consumed;
    bool ends = framer->input.data[framer->scanned] == ']', none = framer->place == HL_ARRAY_EMPTY && bytes == 0;
    while (bytes > 0 && is_space(start[bytes - 1]))
        bytes--;
    if (bytes > framer->item_max_bytes)
        return finish(framer, HL_ARRAY_TOO_LONG);
    framer->scanned++;
    framer->consumed = framer->scanned;
    framer->place = ends ? HL_ARRAY_AFTER : HL_ARRAY_INSIDE;
    *item = start;
    *length = bytes;
    return ends && none ? HL_ARRAY_END : HL_ARRAY_ITEM;
}

/* Something of the element itself, not of what stands around it, is more than it may be. */
static bool is_too_long(const struct hl_array_framer *framer)
{
    const char *start = framer->input.data + framer->consumed;
    size_t bytes = framer->scanned - framer->consumed;
    while (bytes > framer->item_max_bytes && is_space(start[bytes - 1]))
        bytes--;
    return bytes > framer->item_max_bytes;
}

enum hl_array_frame hl_array_framer_next(struct hl_array_framer *framer, const char **item, size_t *length)
{
    if (framer->place == HL_ARRAY_OVER)
        return HL_ARRAY_PARTIAL;
    if (framer->scanned == framer->consumed)
        skip_space(framer);
    if (framer->scanned == framer->input.length)
        return framer->place == HL_ARRAY_AFTER ? HL_ARRAY_END : HL_ARRAY_PARTIAL;
    if (framer->place == HL_ARRAY_AFTER ||
        (framer->place == HL_ARRAY_BEFORE && framer->input.data[framer->scanned] != '['))
        return finish(framer, HL_ARRAY_BROKEN);
    if (framer->place == HL_ARRAY_BEFORE) {
        framer->place = HL_ARRAY_EMPTY;
        framer->scanned++;
        skip_space(framer);
    }
    while (framer->scanned < framer->input.length)
        if (!take_byte(framer))
            return take_item(framer, item, length);
    return is_too_long(framer) ? finish(framer, HL_ARRAY_TOO_LONG) : HL_ARRAY_PARTIAL;
}
