/*
 * prefer.h - the sources that a collection's stories are rather shown by: a list of names, best first (engine.h).
 *
 * The list is kept as it was given, names with line feeds between them. Each source's place in it is derived, and stands in its record, so that
 * a story can be shown without looking names up.
 */
#ifndef HL_ENGINE_PREFER_H
#define HL_ENGINE_PREFER_H

#include "engine/state.h"

/* Whether @list may be one; "" is. HL_INVALID, HL_TOO_LARGE. */
enum hl_status hl_prefer_check(struct hl_text list, struct hl_error *error);

/* Takes over a copy of @list, which was checked, and ranks all sources by it. HL_NO_MEMORY: nothing changed. O(sources). */
enum hl_status hl_prefer_set(struct hl_collection *c, struct hl_text list);

/* 1 for the best, 0 for a source that is not in the list. O(list). */
uint8_t hl_prefer_rank(const struct hl_collection *c, struct hl_text source);

#endif
