/*
 * gram.h - the 256 SimHash sums of a normalised text: with frozen weights for the fingerprint, with the stream's own for similarity.
 *
 * A gram is three code points of a word padded with one mark at each end, packed as hl_background_gram_weight wants it. Its
 * hash is the SHA-256 of the packed number's 8 bytes, little-endian. Hashes are kept in a cache that grows to a bound; what it
 * holds never changes a result. Sums: for each bit, plus the gram's weight where its hash has a 1, minus it where it has a 0.
 */
#ifndef HL_ENGINE_GRAM_H
#define HL_ENGINE_GRAM_H

#include "engine/digest.h"

#include <headlined/fingerprint.h>

#define HL_GRAMS_MAX 256 /* grams of a text that count: some 40 words */

struct hl_grams; /* opaque */

/* NULL when out of memory. Both arguments are borrowed. */
struct hl_grams *hl_grams_create(struct hl_memory *memory, struct hl_digest *digest);
void hl_grams_destroy(struct hl_grams *grams); /* may be NULL */

/*
 * How many headlines of a stream held each gram, by 16 bits of the gram's hash: grams that share them count together, which for
 * the few thousand common grams of a stream hardly matters. All counts are halved now and then, so that old headlines fade.
 */
#define HL_GRAM_COUNTS 65536
struct hl_gram_counts {
    uint32_t headlines;
    uint32_t holding[HL_GRAM_COUNTS];
};

/* The sums of one text. */
struct hl_gram_sums {
    int16_t frozen[HL_FINGERPRINT_BITS]; /* weights of the fingerprint version: the signs are the fingerprint */
    int16_t
        live[HL_FINGERPRINT_BITS]; /* weights by how common each gram is in this stream: for the character similarity */
    uint32_t count;
    uint16_t gram[HL_GRAMS_MAX]; /* what hl_gram_counts_add counts */
};

/*
 * Sums of @text (words of valid UTF-8 separated by single spaces). Grams after the first HL_GRAMS_MAX do not count: no sum leaves
 * int16_t. @counts may be NULL: a stream without a past. @counted: this very text was counted into them, and is to be left out. HL_INTERNAL when
 * OpenSSL fails.
 */
enum hl_status hl_grams_sum(struct hl_grams *grams, const char *text, size_t length,
                            const struct hl_gram_counts *counts, bool counted, struct hl_gram_sums *out);

/* Counts one headline into the stream. */
void hl_gram_counts_add(struct hl_gram_counts *counts, const struct hl_gram_sums *sums);

/* The signs of the frozen sums: bit 1 where a sum is above 0. */
void hl_grams_sign(const struct hl_gram_sums *sums, struct hl_fingerprint *out);

/* Adds the bits of @fingerprint read as -1 and +1, times @sign (1 or -1), to @sums. */
void hl_sums_add_signs(int16_t sums[HL_FINGERPRINT_BITS], const struct hl_fingerprint *fingerprint, int sign);

/* Product of two vectors of sums. */
int64_t hl_sums_product(const int16_t a[HL_FINGERPRINT_BITS], const int16_t b[HL_FINGERPRINT_BITS]);

/* What the sums come to at the set bits of @fingerprint. */
int64_t hl_sums_at_bits(const int16_t sums[HL_FINGERPRINT_BITS], const struct hl_fingerprint *fingerprint);

#endif
