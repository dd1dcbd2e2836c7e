/*
 * noise.h - what chance makes of scores.
 *
 * Long titles, common words and loose stories score with everything; how much differs from stream to stream, from headline to headline and from
 * story to story, so that one threshold cannot fit all. It is measured where it shows: in the candidates that were not taken.
 *   of a headline: the mean score of its third to sixth candidates, those that are not there scoring 0. Its noise_weight share comes off
 *                  the best score;
 *   of a story:    the mean score that it had as a candidate of headlines which went elsewhere. Its story_noise_weight share comes off the
 *                  story's scores;
 *   of a stream:   the running mean of its headlines' noise. Its stream_noise_weight share raises what a join needs, its merge_noise_weight
 *                  share what a merge needs.
 * Adds teach; checks and explanations do not. A story that absorbs another keeps its own noise; one that splits off begins without.
 *
 * Local scaling of this kind is known from retrieval in many dimensions, where it tames hubs (Zelnik-Manor, Perona 2004; Conneau et al. 2018).
 */
#ifndef HL_ENGINE_NOISE_H
#define HL_ENGINE_NOISE_H

#include "engine/state.h"

/* The noise of the headline whose candidates, best first, these are. */
double hl_noise_of_headline(const struct hl_candidates *candidates);

/* What a story's noise is taken for: nothing at first, less than its mean while few headlines have told of it. */
double hl_noise_of_story(const struct hl_story_record *story);

#define HL_NOISE_USUAL 0.025 /* of a stream: what a new one is taken to have */

/* Counts one more headline, which went to @story (HL_NONE: to none of them), into the noise of the stream and of the candidates that it left. */
void hl_noise_learn(struct hl_collection *c, const struct hl_candidates *candidates, uint32_t story);

#endif
