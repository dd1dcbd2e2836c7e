/*
 * merge.h - fragments of one story find each other after a join.
 *
 *   y = [(1 - merge_core) * cosine(A, B) + merge_core * 0.4 * mean core coverage] * decay(gap between their spans)
 * The core of a story is the words that at least half its members hold; its coverage by another story is the IDF-weighted share of it that the
 * other holds as well. They merge when y + bridge_weight * z reaches merge_single (one of them has one headline) or merge_threshold +
 * merge_growth * log2(headlines of the smaller, up to 64), and merge_noise_weight * the stream's noise (noise.h) on top.
 *
 * z is what *bridges* tell: headlines of one of the two for which the other came second on arrival. Fragments of one event often have few words in
 * common, but the same headlines fit both. z is the sum of those second scores, as far as they pass bridge_threshold, among the latest 32
 * headlines of each, by the headlines of the smaller story (32 at most); 1 at most. A second that is not live any more does not count.
 */
#ifndef HL_ENGINE_MERGE_H
#define HL_ENGINE_MERGE_H

#include "engine/state.h"

/* Cosine of two stories' terms, hot words left out of the product. */
double hl_story_cosine(const struct hl_collection *c, uint32_t a, uint32_t b);

/* What y + bridge_weight * z must reach for a smaller story of @headlines. */
double hl_merge_need(const struct hl_collection *c, uint32_t headlines);

/*
 * Looks at the best merge_candidates of @candidates other than @story and merges the fittest, if one fits. Returns the story that holds the
 * headlines of @story now.
 */
uint32_t hl_merge_after_join(struct hl_collection *c, uint32_t story, const struct hl_candidates *candidates);

#endif
