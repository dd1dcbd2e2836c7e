/*
 * place.h - where a headline belongs: the decision, before anything is changed.
 */
#ifndef HL_ENGINE_PLACE_H
#define HL_ENGINE_PLACE_H

#include "engine/duplicate.h"
#include "engine/state.h"

/* Decay after which a repeated title is no copy of what is running but news like any other: three half-lives. */
#define HL_FOLLOW_DECAY_MIN 0.125

struct hl_placement {
    enum hl_verdict verdict;
    uint32_t story;     /* to join; HL_NONE: found one */
    uint32_t duplicate; /* headline it duplicates, or HL_NONE */
    unsigned distance_bits;
    bool has_distance;
    double similarity;
    uint32_t closest; /* the headline with the smallest distance of those looked at, or HL_NONE */
    struct hl_join join;
    struct hl_candidates candidates; /* best first: for the merge after a join */
};

/* The arithmetic of a join by the scores of the candidates. hl_place_decide goes by it, and heeds full stories besides. */
struct hl_join hl_place_weigh(const struct hl_collection *c, const struct hl_query *query,
                              const struct hl_candidates *candidates);

/*
 * Decides. @guessed: see hl_duplicate_search. @original is the headline with the same text, or HL_NONE. An exact duplicate follows its original as long as the original's story
 * is recent enough; everything else joins the best story if its score, less shares of the second best and of the noise, reaches join_threshold and
 * what is added to that (struct hl_join). It is called near when the story it joins holds a near duplicate, so that the two never stand in different
 * stories.
 * Changes nothing but scratch. HL_NO_MEMORY.
 */
enum hl_status hl_place_decide(struct hl_collection *c, struct hl_query *query, const struct hl_analysis *analysis,
                               struct hl_text guessed, uint32_t original, struct hl_placement *out);

#endif
