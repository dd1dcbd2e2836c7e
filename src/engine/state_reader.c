/*
 * state_reader.c - a buffer between a source and what decodes a state.
 */
#include "engine/state_reader.h"

#include "core/assert.h"
#include "core/bytes.h"

#include <inttypes.h>
#include <string.h>

#define BUFFER_BYTES ((size_t)4 * HL_READER_TAKE_MAX)
#define PART_BYTES 4096 /* of an array, taken at once */

static const unsigned char zeros[HL_READER_TAKE_MAX];

bool hl_state_reader_init(struct hl_state_reader *r, const struct hl_state_source *source, struct hl_memory *memory,
                          struct hl_error *error)
{
    *r = (struct hl_state_reader){.source = source, .memory = memory, .error = error, .section = "state"};
    r->buffer = hl_memory_allocate(memory, BUFFER_BYTES);
    return r->buffer != NULL;
}

void hl_state_reader_clear(struct hl_state_reader *r)
{
    hl_memory_release(r->memory, r->buffer, BUFFER_BYTES);
}

bool hl_state_reader_corrupt(struct hl_state_reader *r, const char *why)
{
    if (r->status != HL_OK)
        return false;
    uint64_t offset = r->before + r->at;
    r->status = hl_error_set(r->error, HL_CORRUPT, r->section,
                             "the saved state is damaged: %s (%s, before byte %" PRIu64 ")", why, r->section, offset);
    if (r->error)
        r->error->offset = (size_t)offset;
    r->at = r->end = 0;
    return false;
}

bool hl_state_reader_no_memory(struct hl_state_reader *r)
{
    if (r->status == HL_OK)
        r->status = hl_error_set(r->error, HL_NO_MEMORY, NULL, "out of memory for the saved state");
    r->at = r->end = 0;
    return false;
}

bool hl_state_reader_note(struct hl_state_reader *r, enum hl_status status, const char *why)
{
    if (status == HL_CORRUPT)
        return hl_state_reader_corrupt(r, why);
    return status == HL_OK ? r->status == HL_OK : hl_state_reader_no_memory(r);
}

static size_t read_more(struct hl_state_reader *r, size_t room)
{
    size_t got = 0;
    enum hl_status status = r->source->read(r->source->context, r->buffer + r->end, room, &got, r->error);
    if (status != HL_OK)
        r->status = status;
    r->end += status == HL_OK ? got : 0;
    return got;
}

const unsigned char *hl_state_reader_refill(struct hl_state_reader *r, size_t bytes)
{
    HL_ASSERT(bytes <= HL_READER_TAKE_MAX);
    if (r->status != HL_OK)
        return zeros;
    memmove(r->buffer, r->buffer + r->at, r->end - r->at);
    r->before += r->at;
    r->end -= r->at;
    r->at = 0;
    size_t room = BUFFER_BYTES - r->end;
    if (read_more(r, room) < room && r->end < bytes)
        hl_state_reader_corrupt(r, "it ends too early");
    if (r->status != HL_OK) {
        r->at = r->end = 0;
        return zeros;
    }
    r->at = bytes;
    return r->buffer;
}

bool hl_state_reader_section(struct hl_state_reader *r, uint32_t kind, const char *name)
{
    uint32_t found = 0;
    r->section = name;
    r->before = 0;
    r->at = r->end = 0;
    enum hl_status status = r->source->section(r->source->context, &found, r->error);
    if (status != HL_OK && status != HL_NOT_FOUND) {
        r->status = status;
        return false;
    }
    if (status == HL_NOT_FOUND)
        return hl_state_reader_corrupt(r, "the section is missing");
    if (found != kind)
        return hl_state_reader_corrupt(r, "another section stands in its place");
    uint32_t version = hl_state_reader_u32(r);
    if (version > HL_STATE_VERSION)
        return hl_state_reader_corrupt(r, "a newer version of headlined wrote it; use that one");
    return version == HL_STATE_VERSION || hl_state_reader_corrupt(r, "its version is unknown");
}

void hl_state_reader_end(struct hl_state_reader *r)
{
    if (r->status != HL_OK)
        return;
    if (r->at == r->end) {
        r->before += r->at;
        r->at = r->end = 0;
        read_more(r, 1);
    }
    if (r->at < r->end)
        hl_state_reader_corrupt(r, "something stands behind its end");
}

uint16_t hl_state_reader_u16(struct hl_state_reader *r)
{
    const unsigned char *from = hl_state_reader_take(r, sizeof(uint16_t));
    return hl_get_u16(&from);
}

uint32_t hl_state_reader_u32(struct hl_state_reader *r)
{
    const unsigned char *from = hl_state_reader_take(r, sizeof(uint32_t));
    return hl_get_u32(&from);
}

uint64_t hl_state_reader_u64(struct hl_state_reader *r)
{
    const unsigned char *from = hl_state_reader_take(r, sizeof(uint64_t));
    return hl_get_u64(&from);
}

void hl_state_reader_bytes(struct hl_state_reader *r, char *to, size_t bytes)
{
    while (bytes > 0) {
        size_t part = bytes < PART_BYTES ? bytes : PART_BYTES;
        memcpy(to, hl_state_reader_take(r, part), part);
        to += part;
        bytes -= part;
    }
}

void hl_state_reader_u32s(struct hl_state_reader *r, uint32_t *to, uint32_t count)
{
    while (count > 0) {
        uint32_t part = count < PART_BYTES / 4 ? count : PART_BYTES / 4;
        const unsigned char *from = hl_state_reader_take(r, part * sizeof *to);
        for (uint32_t i = 0; i < part; i++)
            to[i] = hl_get_u32(&from);
        to += part;
        count -= part;
    }
}

void hl_state_reader_u16s(struct hl_state_reader *r, uint16_t *to, uint32_t count)
{
    while (count > 0) {
        uint32_t part = count < PART_BYTES / 2 ? count : PART_BYTES / 2;
        const unsigned char *from = hl_state_reader_take(r, part * sizeof *to);
        for (uint32_t i = 0; i < part; i++)
            to[i] = hl_get_u16(&from);
        to += part;
        count -= part;
    }
}
