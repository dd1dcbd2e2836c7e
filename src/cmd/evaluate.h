/*
 * evaluate.h - how well a clustering agrees with the labels of a person.
 *
 * Three measures over n items, each with a gold label and a found label; labels are any numbers, only their equality counts:
 *   B-cubed   mean over the items of precision |same gold and found| / |same found| and recall |same gold and found| / |same
 *             gold|, each item counted as its own companion (A. Bagga, B. Baldwin, "Entity-based cross-document coreferencing
 *             using the vector space model", COLING-ACL 1998); F1 is the harmonic mean of the two means;
 *   pairwise  over the n(n-1)/2 pairs: precision = pairs together in both / pairs together in found, recall = ... / pairs
 *             together in gold. Where a denominator is 0 (nobody claimed a pair, or there is none) the ratio is 1;
 *   NMI       2 I(gold; found) / (H(gold) + H(found)), natural logarithm; 1 when both entropies are 0.
 *
 * Pure; O(n) time and memory. Any thread.
 */
#ifndef HL_CMD_EVALUATE_H
#define HL_CMD_EVALUATE_H

#include <headlined/error.h>

#include <stddef.h>
#include <stdint.h>

struct hl_scores {
    double precision, recall, f1; /* 0..1 */
};

struct hl_evaluation {
    struct hl_scores bcubed, pairwise;
    double nmi;
    size_t gold_count, found_count; /* distinct labels */
};

/*
 * Compares @found with @gold, both @count long and borrowed for the call. HL_INVALID for a count of 0 or over 2^32 - 2,
 * HL_NO_MEMORY; *@out is unchanged then.
 */
enum hl_status hl_evaluate(const uint64_t *gold, const uint64_t *found, size_t count, struct hl_evaluation *out);

/*
 * B-cubed of each part of the items, @part[i] below @parts, into @out: the means over the items of the part, while the companions that
 * an item is compared with are of all parts. A part without an item gets 1. Errors as above.
 */
enum hl_status hl_evaluate_parts(const uint64_t *gold, const uint64_t *found, const size_t *part, size_t count,
                                 struct hl_scores *out, size_t parts);

#endif
