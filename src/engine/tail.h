/*
 * tail.h - outlet tails: " - Northgate Herald" at the end of a title names who printed it, not what happened.
 *
 * A tail is what follows the last " - " or " | ". It is cut when it is the headline's own source, or when the stream has shown it after enough
 * different titles, or when it has the shape of an outlet's name at the end of a long title; never when too little would be left.
 * What was seen is kept in a bounded table whose counts fade.
 */
#ifndef HL_ENGINE_TAIL_H
#define HL_ENGINE_TAIL_H

#include "engine/state.h"

/* Length of @clean without its tails. Changes nothing. */
size_t hl_tail_cut(const struct hl_collection *c, struct hl_text clean, struct hl_text source);

/* Counts the last tail of @clean, if it has one. Without memory nothing is learnt, and that is counted. */
void hl_tail_learn(struct hl_collection *c, struct hl_text clean);

#endif
