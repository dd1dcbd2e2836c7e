/*
 * array_framer.h - cuts a JSON array that comes as a byte stream into its elements, with a limit for each; pure, no socket.
 *
 * It is for arrays what framer.h is for lines: an array of any length costs the memory of one element. It looks at brackets, strings and
 * commas only: an element may be no JSON, which its reader finds out; what is said here is where it ends.
 */
#ifndef HL_PROTOCOL_ARRAY_FRAMER_H
#define HL_PROTOCOL_ARRAY_FRAMER_H

#include "core/buffer.h"

struct hl_array_framer {
    struct hl_buffer input; /* owned */
    size_t scanned;         /* bytes already looked at */
    size_t consumed;        /* bytes of elements already handed out */
    size_t item_max_bytes;  /* without the white space around it */
    size_t depth;           /* of brackets, inside the element */
    bool in_string, is_escaped;
    enum { HL_ARRAY_BEFORE, HL_ARRAY_EMPTY, HL_ARRAY_INSIDE, HL_ARRAY_AFTER, HL_ARRAY_OVER } place;
};

enum hl_array_frame {
    HL_ARRAY_ITEM,    /* an element is in *item, *length; empty when there is nothing between two commas */
    HL_ARRAY_PARTIAL, /* no complete element: feed more */
    HL_ARRAY_END,     /* the array has ended: nothing but white space may follow */
    HL_ARRAY_TOO_LONG, /* the limit is passed; it is finished: it holds nothing and drops what is committed, until it is cleared */
    HL_ARRAY_BROKEN /* it does not begin with a bracket, or something follows its end; finished too */
};

void hl_array_framer_init(struct hl_array_framer *framer, size_t item_max_bytes);
/* Frees the memory; the framer is then as after init, with the same limit. */
void hl_array_framer_clear(struct hl_array_framer *framer);
/* As hl_framer_prepare and hl_framer_commit. */
bool hl_array_framer_prepare(struct hl_array_framer *framer, size_t wanted, char **data, size_t *bytes);
void hl_array_framer_commit(struct hl_array_framer *framer, size_t bytes);
/* The slice is valid until the next prepare. Each byte is looked at once. */
enum hl_array_frame hl_array_framer_next(struct hl_array_framer *framer, const char **item, size_t *length);

#endif
