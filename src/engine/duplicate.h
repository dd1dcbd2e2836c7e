/*
 * duplicate.h - near duplicates: two titles that could stand for each other, same event and same facts.
 *
 * Fingerprint distance finds them, an exact check decides, since near-identical strings can be different news ("12th" and "13th package",
 * "Germany beat France" and "France beat Germany", "will" and "will not"). Interchangeable are two titles
 *   - whose numbers are the same, in the same order, and whose negations are as many;
 *   - whose words that carry meaning follow each other in the same order, a spelling variant counting as the same word;
 *   - of which one may have a single further common word that changes no fact;
 *   - and that do not put one direction for another ("before" for "after", "for" for "against").
 * It errs on the side of "not near": a missed near duplicate still joins its story.
 */
#ifndef HL_ENGINE_DUPLICATE_H
#define HL_ENGINE_DUPLICATE_H

#include "engine/state.h"

struct hl_nearest {
    uint32_t closest; /* the headline with the smallest distance of those looked at; HL_NONE when there was none */
    unsigned closest_bits;
    uint32_t near; /* the closest one that is a near duplicate; HL_NONE when none is */
    unsigned near_bits;
};

/*
 * Looks through the latest members of @count stories. @guessed is the tail that was cut from the title on its looks: another such
 * tail behind the same words may be other news, and is not near. Changes nothing but scratch.
 */
enum hl_status hl_duplicate_search(struct hl_collection *c, const struct hl_query *query,
                                   const struct hl_analysis *analysis, struct hl_text guessed,
                                   const struct hl_candidate *stories, uint32_t count, struct hl_nearest *out);

/*
 * One byte for each number of a title, in order, for what its normalised text does not show: sign and currency. Returns how many were
 * written into @marks, at most @room.
 */
size_t hl_number_marks(const struct hl_analysis *analysis, char *marks, size_t room);

/* What the exact check found: why, and the words of the first and the second title that it is about (borrowed; may be empty). */
struct hl_near_finding {
    enum hl_near_why why;
    struct hl_text first, second;
};

/* The exact check on two analysed titles. Pure. */
struct hl_near_finding hl_duplicate_compare(const struct hl_analysis *a, const struct hl_analysis *b);
bool hl_duplicate_is_near(const struct hl_analysis *a, const struct hl_analysis *b);

/*
 * What the search would find on this one headline, all conditions included; for explanations. The texts in *@out are borrowed from the analysis
 * and from the engine's other text tools. HL_NO_MEMORY.
 */
enum hl_status hl_duplicate_examine(struct hl_collection *c, const struct hl_query *query,
                                    const struct hl_analysis *analysis, struct hl_text guessed, uint32_t headline,
                                    struct hl_near_finding *out);

#endif
