/*
 * noise.h - what chance makes of scores. Long titles, common words and loose stories score with everything; how much differs from stream to stream, from
 * headline to headline and from story to story, so one threshold cannot fit all. It is measured where it shows: in the candidates that
 * were not taken.
 *
 *   of a headline: the mean score of its third to sixth candidates (0 where there are fewer). Its noise_weight share comes off the best score;
 *   of a story:    the mean score that it had with headlines which went elsewhere. Its story_noise_weight share comes off the story's score;
 *   of a stream:   the running mean of its headlines' noise. Its stream_noise_weight share raises the bar of a join, its
 *                  merge_noise_weight share that of a merge.
 *
 * Local scaling of this kind is known from retrieval in many dimensions, where it tames hubs (Zelnik-Manor, Perona 2004; Conneau et al. 2018).
 */
#ifndef HL_ENGINE_NOISE_H
#define HL_ENGINE_NOISE_H

#include "engine/state.h"

/* The noise of the headline whose candidates, best first, these are. */
double hl_noise_of_headline(const struct hl_candidates *candidates);

/* What a story's own noise is taken for: little while few headlines have told. */
double hl_noise_of_story(const struct hl_story_record *story);

#define HL_NOISE_USUAL 0.025 /* of a stream: what a new one is taken to have */

/* Counts one more headline, which went to @story, into the noise of the stream and of the candidates that it left. O(candidates). */
void hl_noise_learn(struct hl_collection *c, const struct hl_candidates *candidates, uint32_t story);

#endif
