/*
 * split.h - a story that has come to hold two events falls apart again.
 *
 * From time to time as it grows (bounded by split_min and split_max) a story is tested: its members are parted by the word that parts them
 * best (highest idf * min(f, 1 - f), f the share of members holding it), then moved to the nearer of the two halves three
 * times. If today the halves would clearly not merge (their decayed cosine is below split_factor of what a merge needs), the smaller one
 * leaves as a new story.
 */
#ifndef HL_ENGINE_SPLIT_H
#define HL_ENGINE_SPLIT_H

#include "engine/state.h"

/* Tests @story if it is due, and splits it if it falls apart. Never fails: without memory it stays whole. */
void hl_split_if_due(struct hl_collection *c, uint32_t story);

#endif
