/*
 * gram.h - the 256 SimHash sums of a normalised text, and the cache of character 3-gram hashes behind them.
 *
 * A gram is three code points of a word padded with one mark at each end, packed as hl_background_gram_weight wants it. Its
 * hash is the SHA-256 of the packed number's 8 bytes, little-endian. Hashes are kept in a cache that grows to a bound; what it
 * holds never changes a result. Sums: for each bit, plus the gram's weight where its hash has a 1, minus it where it has a 0.
 */
#ifndef HL_ENGINE_GRAM_H
#define HL_ENGINE_GRAM_H

#include "engine/digest.h"

#include <headlined/fingerprint.h>

struct hl_grams; /* opaque */

/* NULL when out of memory. Both arguments are borrowed. */
struct hl_grams *hl_grams_create(struct hl_memory *memory, struct hl_digest *digest);
void hl_grams_destroy(struct hl_grams *grams); /* may be NULL */

/*
 * Sums of @text (words of valid UTF-8 separated by single spaces) into @sums. Grams after the first 2,000 do not count: no sum
 * leaves int16_t. HL_INTERNAL when OpenSSL fails.
 */
enum hl_status hl_grams_sum(struct hl_grams *grams, const char *text, size_t length, int16_t sums[HL_FINGERPRINT_BITS]);

/* The signs of the sums: bit 1 where a sum is above 0. */
void hl_grams_sign(const int16_t sums[HL_FINGERPRINT_BITS], struct hl_fingerprint *out);

#endif
