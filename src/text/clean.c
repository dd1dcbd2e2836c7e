/*
 * clean.c - the first step: from the bytes of a title to clean text. Also creates and destroys the tools.
 *
 * Three paths, each a special case of the next, with the same result where they overlap:
 *   plain      printable ASCII without '&' and without white space to remove: a copy;
 *   simple     every character stands for itself, for one other or for nothing, whatever its neighbours (chars.h);
 *   normalise  the rest goes through utf8proc (nfkc.h).
 * Cleaning a clean text changes nothing (see entity.c and nfkc.h for why that holds).
 */
#include "text/entity.h"
#include "text/nfkc.h"
#include "text/tools.h"
#include "text/utf8.h"

#include <string.h>

#define SCRATCH_MIN_BYTES 4096

void *hl_scratch_reserve(struct hl_memory *memory, struct hl_scratch *scratch, size_t bytes)
{
    if (bytes <= scratch->bytes)
        return scratch->data;
    size_t larger = scratch->bytes < SCRATCH_MIN_BYTES ? SCRATCH_MIN_BYTES : scratch->bytes;
    while (larger < bytes)
        larger *= 2;
    void *data = hl_memory_resize(memory, scratch->data, scratch->bytes, larger);
    if (!data)
        return NULL;
    *scratch = (struct hl_scratch){data, larger};
    return data;
}

struct hl_text_tools *hl_text_tools_create(struct hl_memory *memory)
{
    struct hl_text_tools *tools = hl_memory_allocate_zero(memory, sizeof *tools);
    if (!tools)
        return NULL;
    tools->memory = memory;
    hl_chars_init(&tools->chars, memory);
    if (!hl_stems_init(&tools->stems, memory)) {
        hl_memory_release(memory, tools, sizeof *tools);
        return NULL;
    }
    return tools;
}

void hl_text_tools_destroy(struct hl_text_tools *tools)
{
    if (!tools)
        return;
    struct hl_scratch *all[] = {&tools->decoded, &tools->points, &tools->clean,
                                &tools->text,    &tools->words,  &tools->masks};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        hl_memory_release(tools->memory, all[i]->data, all[i]->bytes);
    hl_stems_clear(&tools->stems);
    hl_chars_clear(&tools->chars);
    hl_memory_release(tools->memory, tools, sizeof *tools);
}

/* ---- writing with white space collapsed --------------------------------------------------------------------------- */

struct writer {
    char *out;
    size_t length;
    size_t limit;
    bool space; /* white space has been seen since the last byte */
    bool full;  /* something did not fit */
};

/* Once something does not fit, nothing after it is written either: the result is a prefix. */
static void put(struct writer *writer, const char *bytes, size_t size)
{
    bool space = writer->space && writer->length > 0;
    writer->space = false;
    writer->full |= size + space > writer->limit - writer->length;
    if (writer->full)
        return;
    if (space)
        writer->out[writer->length++] = ' ';
    memcpy(writer->out + writer->length, bytes, size);
    writer->length += size;
}

static void put_point(struct writer *writer, uint32_t point)
{
    if (point == ' ') {
        writer->space = true;
        return;
    }
    char bytes[HL_UTF8_MAX_BYTES];
    put(writer, bytes, hl_utf8_encode(point, bytes));
}

/* ---- the three paths ------------------------------------------------------------------------------------------------ */

/*
 * Whether all bytes are printable ASCII, none of them '&', and no two neighbours are spaces. Without early exit, so that the compiler
 * can use vectors.
 */
static bool is_plain(const char *data, size_t length)
{
    unsigned bad = 0;
    unsigned char previous = ' ';
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)data[i];
        bad |= (unsigned)(byte < ' ') | (unsigned)(byte > '~') | (unsigned)(byte == '&') |
               ((unsigned)(byte == ' ') & (unsigned)(previous == ' '));
        previous = byte;
    }
    return bad == 0 && previous != ' ';
}

/* The bytes from @at on up to the next one that is not a visible ASCII character. */
static size_t visible_run(const char *data, size_t length, size_t at)
{
    size_t end = at;
    while (end < length && data[end] > ' ' && data[end] < 0x7F)
        end++;
    return end - at;
}

static void write_control(struct writer *writer, char c)
{
    if (c == ' ' || (c >= '\t' && c <= '\r'))
        writer->space = true;
}

enum simple_result { SIMPLE_DONE, SIMPLE_NEEDS_NORMALISING, SIMPLE_NO_MEMORY };

static enum simple_result write_simple(struct hl_chars *chars, struct writer *writer, const char *data, size_t length)
{
    for (size_t at = 0; at < length;) {
        size_t run = visible_run(data, length, at);
        if (run > 0) {
            put(writer, data + at, run);
            at += run;
            continue;
        }
        uint32_t point;
        size_t size = hl_utf8_decode(data + at, length - at, &point);
        if (point < 0x80) {
            write_control(writer, data[at++]);
            continue;
        }
        const struct hl_char *about = hl_chars_get(chars, point);
        if (!about)
            return SIMPLE_NO_MEMORY;
        if (about->cleaning == HL_CHAR_NORMALISE)
            return SIMPLE_NEEDS_NORMALISING;
        if (about->cleaning == HL_CHAR_KEEP)
            put(writer, data + at, size);
        else if (about->cleaning == HL_CHAR_REPLACE)
            put_point(writer, about->plain);
        at += size;
    }
    return SIMPLE_DONE;
}

/*
 * @room points are enough for all canonical decompositions (at most 3 points from 2 bytes); only compatibility characters that grow
 * further (U+FDFA: 18 points from 3 bytes) can fill it, and what no longer fits is past the limit of the result anyway.
 */
static void write_normalised(struct writer *writer, int32_t *points, size_t room, const char *data, size_t length)
{
    size_t count = 0;
    for (size_t at = 0; at < length && count < room;) {
        uint32_t point;
        at += hl_utf8_decode(data + at, length - at, &point);
        count = hl_nfkc_append(points, count, point);
    }
    count = hl_nfkc_compose(points, count);
    for (size_t i = 0; i < count; i++)
        put_point(writer, (uint32_t)points[i]);
}

/*
 * Characters can become the parts of a reference only now (a full-width '&' in "&amp;"). Decoding it might bring forth another, and
 * so on; its '&' becomes '+' instead, so that what is left is no reference.
 */
static void spoil_references(char *data, size_t length)
{
    for (char *at = data; (at = memchr(at, '&', length - (size_t)(at - data))) != NULL; at++) {
        uint32_t point;
        if (hl_entity_at(at, length - (size_t)(at - data), &point) > 0)
            *at = '+';
    }
}

static enum hl_status check(struct hl_text title, struct hl_error *error)
{
    size_t offset = 0;
    enum hl_status status = HL_OK;
    const char *nul = title.length > 0 ? memchr(title.data, '\0', title.length) : NULL;
    if (!hl_utf8_is_valid(title.data, title.length, &offset))
        status = hl_error_set(error, HL_INVALID, "title", "not valid UTF-8 at byte %zu: send UTF-8", offset);
    else if (nul)
        status = hl_error_set(error, HL_INVALID, "title", "NUL character at byte %zu: remove it",
                              offset = (size_t)(nul - title.data));
    if (status != HL_OK && error)
        error->offset = offset;
    return status;
}

static enum hl_status clean_general(struct hl_text_tools *tools, struct writer *writer, struct hl_text title)
{
    if (title.length > 0 && memchr(title.data, '&', title.length)) {
        char *decoded = hl_scratch_reserve(tools->memory, &tools->decoded, title.length);
        if (!decoded)
            return HL_NO_MEMORY;
        title = (struct hl_text){decoded, hl_entity_decode(title.data, title.length, decoded)};
    }
    switch (write_simple(&tools->chars, writer, title.data, title.length)) {
    case SIMPLE_DONE:
        break;
    case SIMPLE_NO_MEMORY:
        return HL_NO_MEMORY;
    case SIMPLE_NEEDS_NORMALISING: {
        size_t room = writer->limit * 2;
        int32_t *points =
            hl_scratch_reserve(tools->memory, &tools->points, (room + HL_NFKC_MAX_POINTS) * sizeof *points);
        if (!points)
            return HL_NO_MEMORY;
        *writer = (struct writer){.out = writer->out, .limit = writer->limit};
        write_normalised(writer, points, room, title.data, title.length);
        break;
    }
    }
    spoil_references(writer->out, writer->length);
    return HL_OK;
}

enum hl_status hl_text_clean(struct hl_text_tools *tools, struct hl_text title, struct hl_text *clean,
                             struct hl_error *error)
{
    struct writer writer = {.limit = title.length > HL_TITLE_MAX_BYTES ? title.length : HL_TITLE_MAX_BYTES};
    writer.out = hl_scratch_reserve(tools->memory, &tools->clean, writer.limit);
    enum hl_status status = writer.out ? HL_OK : HL_NO_MEMORY;
    if (status == HL_OK && is_plain(title.data, title.length)) {
        memcpy(writer.out, title.data, title.length);
        writer.length = title.length;
    } else if (status == HL_OK) {
        status = check(title, error);
        if (status != HL_OK)
            return status;
        status = clean_general(tools, &writer, title);
    }
    if (status != HL_OK)
        return hl_error_set(error, status, "title", "no memory to normalise the title: try again later");
    *clean = (struct hl_text){writer.out, writer.length};
    return HL_OK;
}
