/*
 * candidate.h - which stories a headline could belong to, and how well it fits each.
 *
 * In two steps, so that work stays bounded whatever the window's size. Rough: the headline's heaviest words (query_features) vote through
 * their postings; votes / story norm * decay picks the best few (candidates). Exact, for those:
 * (when one of these is a series, once more, with what series.h says)
 *   x = (1 - char_weight) * cosine over all features that are not hot + char_weight * cosine of the SimHash sums;
 *   x = 0 when fewer than shared_words words are shared (unless the title or the story has fewer);
 *   score = x * decay(distance of the headline's time from the story's span) - story_noise_weight * the story's noise (noise.h).
 */
#ifndef HL_ENGINE_CANDIDATE_H
#define HL_ENGINE_CANDIDATE_H

#include "engine/story.h"

/* NULL when out of memory. */
struct hl_accumulator *hl_accumulator_create(struct hl_memory *memory);
void hl_accumulator_destroy(struct hl_memory *memory, struct hl_accumulator *accumulator); /* may be NULL */

/* Asks for the postings of the query's words, which are there when hl_candidates_find comes after some other work. */
void hl_candidates_prefetch(const struct hl_collection *c, const struct hl_query *query);

/*
 * Fills @out, best first; equal scores in the order in which the postings gave them, and marks what of @query is framed. Changes nothing but
 * scratch.
 */
void hl_candidates_find(struct hl_collection *c, struct hl_query *query, struct hl_candidates *out);

/*
 * The stories most like the query by the votes of its words, whatever their time, at most @room (up to HL_CANDIDATES_MAX) into @stories, best first.
 * Returns how many.
 */
uint32_t hl_candidates_alike(struct hl_collection *c, const struct hl_query *query, uint32_t room, uint32_t *stories);

/* The score of one story, by the same function, with all that it is made of. */
void hl_candidates_score(const struct hl_collection *c, const struct hl_query *query,
                         const struct hl_story_record *story, const struct hl_terms *terms, struct hl_factors *out);

#endif
