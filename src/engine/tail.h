/*
 * tail.h - outlet tails: " - Northgate Herald" at the end of a title names who printed it, not what happened.
 *
 * A tail is what follows the last " - " or " | ". It is cut when it is the headline's own source, or when the stream has shown it after enough
 * different titles: then it is *known*. One that only looks like an outlet's name, at the end of a long title, is *guessed*: it is cut from what
 * stories are made of, but it still tells texts apart, since " - Day Two" looks the same. Never cut when too little would be left.
 * What was seen is kept in a bounded table whose counts fade.
 */
#ifndef HL_ENGINE_TAIL_H
#define HL_ENGINE_TAIL_H

#include "engine/state.h"

struct hl_tail_cut {
    size_t length;          /* of the title without its tails */
    size_t own_length;      /* of the title without its own source behind it: what no learning changes */
    struct hl_text guessed; /* the tail that was cut on its looks; length 0: none */
};

/* How to cut @clean. Changes nothing. @c may be NULL: a collection that has learnt nothing yet. */
struct hl_tail_cut hl_tail_find(const struct hl_collection *c, struct hl_text clean, struct hl_text source);

/* True when two guessed tails are different ones. One missing is no difference. */
bool hl_tail_differs(struct hl_text a, struct hl_text b);

/* Counts the last tail of @clean, if it has one. Without memory nothing is learnt, and that is counted. */
void hl_tail_learn(struct hl_collection *c, struct hl_text clean);

/*
 * Enters a record whose text and counts come from a saved state. HL_CORRUPT: it cannot be a tail, is there already, or there are too many;
 * HL_NO_MEMORY.
 */
enum hl_status hl_tail_restore(struct hl_collection *c, uint32_t tail);

#endif
