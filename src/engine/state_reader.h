/*
 * state_reader.h - bytes of a saved state from a source, section by section, without trust.
 *
 * The first error stays: after it everything taken is zeros, so that a record can be decoded first and asked about later; loops ask
 * in every round.
 */
#ifndef HL_ENGINE_STATE_READER_H
#define HL_ENGINE_STATE_READER_H

#include "core/memory.h"

#include <headlined/snapshot.h>

#define HL_READER_TAKE_MAX 65536 /* bytes taken at once */

struct hl_state_reader {
    const struct hl_state_source *source; /* borrowed */
    struct hl_memory *memory;             /* borrowed */
    struct hl_error *error;               /* borrowed; may be NULL */
    enum hl_status status;
    const char *section;   /* its name; constant storage */
    uint64_t before;       /* bytes of the section before the buffer */
    size_t at, end;        /* of what is in the buffer and was not taken */
    unsigned char *buffer; /* owned */
};

/* False when out of memory. */
bool hl_state_reader_init(struct hl_state_reader *r, const struct hl_state_source *source, struct hl_memory *memory,
                          struct hl_error *error);
void hl_state_reader_clear(struct hl_state_reader *r);

/* Goes on to the next section, which must be this one, and reads its version. False on an error. */
bool hl_state_reader_section(struct hl_state_reader *r, uint32_t kind, const char *name);

/* The section must end here. */
void hl_state_reader_end(struct hl_state_reader *r);

/* Notes an error, unless there was one. Both return false. */
bool hl_state_reader_corrupt(struct hl_state_reader *r, const char *why);
bool hl_state_reader_no_memory(struct hl_state_reader *r);

/* Notes what a function of the engine returned: HL_CORRUPT means @why. True when that is HL_OK. */
bool hl_state_reader_note(struct hl_state_reader *r, enum hl_status status, const char *why);

/* For hl_state_reader_take when the buffer does not hold enough. */
const unsigned char *hl_state_reader_refill(struct hl_state_reader *r, size_t bytes);

/* The next @bytes (at most HL_READER_TAKE_MAX), valid until the next call; zeros after an error. */
static inline const unsigned char *hl_state_reader_take(struct hl_state_reader *r, size_t bytes)
{
    if (bytes > r->end - r->at)
        return hl_state_reader_refill(r, bytes);
    const unsigned char *taken = r->buffer + r->at;
    r->at += bytes;
    return taken;
}

uint16_t hl_state_reader_u16(struct hl_state_reader *r);
uint32_t hl_state_reader_u32(struct hl_state_reader *r);
uint64_t hl_state_reader_u64(struct hl_state_reader *r);

/* Arrays of any length. */
void hl_state_reader_bytes(struct hl_state_reader *r, char *to, size_t bytes);
void hl_state_reader_u32s(struct hl_state_reader *r, uint32_t *to, uint32_t count);
void hl_state_reader_u16s(struct hl_state_reader *r, uint16_t *to, uint32_t count);

#endif
