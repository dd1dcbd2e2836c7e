/*
 * facts.h - the exact check behind "near": may two titles stand for each other, same event and same facts?
 *
 * Near-identical strings can be different news ("12th" and "13th package", "Germany beat France" and "France beat Germany", "will" and
 * "will not"), and different strings the same news. So words are matched first: equal stems, spelling variants, transposed letters,
 * derived forms, abbreviations and compounds, numbers in words or digits, and a small table of English words that say the same. Then
 * facts veto:
 *   - numbers must be the same, in the same order, with the same sign and unit; negations as many;
 *   - no word may have changed sides around another one that both titles have ("beat"), nor around words that each has alone;
 *   - each must not have a direction that the other lacks ("for", "against");
 *   - a word that one title has alone must not change who or whether ("former", "may");
 *   - where each title has words that the other lacks, they must be of a language whose opposites are known, not names on both sides,
 *     nor exclude each other ("rise", "fall"; days, months, points of the compass), nor tell of what is to come in one title only.
 * What is left is weighed: the words they share must have enough of the weight of all, a rare word counting more than a common one.
 * It errs on the side of "no": a missed near duplicate still joins its story.
 */
#ifndef HL_ENGINE_FACTS_H
#define HL_ENGINE_FACTS_H

#include "engine/state.h"

/* What the exact check found: why, and the words of the first and the second title that it is about (borrowed; may be empty). */
struct hl_near_finding {
    enum hl_near_why why;
    struct hl_text first, second;
};

/*
 * HL_NEAR_interchangeable when both titles tell the same facts and share at least @share_min (0..1) of the weight of their words, else the
 * first reason met why not. Pure; O(n^3) in their words at worst; titles of HL_WORDS_MAX words or more are never compared.
 */
struct hl_near_finding hl_facts_compare(const struct hl_analysis *a, const struct hl_analysis *b, double share_min);

/* A finding that is about no words. */
static inline struct hl_near_finding hl_near_because(enum hl_near_why why)
{
    return (struct hl_near_finding){why, {NULL, 0}, {NULL, 0}};
}

/*
 * One byte for each number of a title, in order, for what its normalised text does not show: sign and currency. Returns how many were
 * written into @marks, at most @room.
 */
size_t hl_number_marks(const struct hl_analysis *analysis, char *marks, size_t room);

#endif
