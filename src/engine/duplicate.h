/*
 * duplicate.h - near duplicates: two titles that could stand for each other, same event and same facts. Fingerprint distance finds
 * them, an exact check (facts.h) decides.
 */
#ifndef HL_ENGINE_DUPLICATE_H
#define HL_ENGINE_DUPLICATE_H

#include "engine/facts.h"
#include "engine/state.h"

struct hl_nearest {
    uint32_t closest; /* the headline with the smallest distance of those looked at; HL_NONE when there was none */
    unsigned closest_bits;
    uint32_t near; /* the closest one that is a near duplicate; HL_NONE when none is */
    unsigned near_bits;
};

/*
 * Looks through the latest members of @count stories and checks the few closest within near_bits. @guessed is the tail that was cut from
 * the title on its looks: another such tail behind the same words may be other news, and is not near. Changes nothing but scratch.
 */
enum hl_status hl_duplicate_search(struct hl_collection *c, const struct hl_query *query,
                                   const struct hl_analysis *analysis, struct hl_text guessed,
                                   const struct hl_candidate *stories, uint32_t count, struct hl_nearest *out);

/*
 * What the search would find on this one headline, all conditions included; for explanations. The texts in *@out are borrowed from the analysis
 * and from the engine's other text tools. HL_NO_MEMORY.
 */
enum hl_status hl_duplicate_examine(struct hl_collection *c, const struct hl_query *query,
                                    const struct hl_analysis *analysis, struct hl_text guessed, uint32_t headline,
                                    struct hl_near_finding *out);

#endif
