/*
 * fingerprint.h - the 256-bit SimHash fingerprint of a headline.
 *
 * SimHash (M. Charikar, "Similarity estimation techniques from rounding algorithms", STOC 2002): every feature of
 * the text has a pseudo-random 256-bit hash; the weighted sum of the hashes, bits read as -1 and +1, keeps the
 * angle between texts, and so do the 256 signs of the sums. The features here are character 3-grams of the
 * normalised words (each word padded with one mark at its start and one at its end), their hash is SHA-256,
 * their weight a frozen inverse document frequency that belongs to HL_FINGERPRINT_VERSION. A sum of zero gives bit 0.
 */
#ifndef HEADLINED_FINGERPRINT_H
#define HEADLINED_FINGERPRINT_H

#include <headlined/error.h>

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HL_FINGERPRINT_BITS 256
#define HL_FINGERPRINT_HEX_BYTES 65 /* 64 hex digits and a NUL */

struct hl_fingerprint {
    uint64_t word[4]; /* bit b is bit b%64 of word[b/64] */
};

/*
 * Computes the fingerprint of @title (@length bytes of UTF-8, not NUL-terminated). The title is normalised first
 * (entities, NFKC, case, punctuation); no outlet tail is cut, since that depends on what a stream has taught.
 * Pure and slow (it sets up and tears down its tables): for a stream use the engine. Any thread.
 * Errors: HL_INVALID (not UTF-8, or no letter and no digit), HL_NO_MEMORY. @out is unchanged on error.
 */
enum hl_status hl_fingerprint_compute(const char *title, size_t length, struct hl_fingerprint *out);

/* Hamming distance in bits, 0..256. Any thread. */
unsigned hl_fingerprint_distance(const struct hl_fingerprint *a, const struct hl_fingerprint *b);

/* Writes 64 lower-case hex digits, bit 0 first byte's lowest bit, and a NUL. Any thread. */
void hl_fingerprint_to_hex(const struct hl_fingerprint *fingerprint, char out[HL_FINGERPRINT_HEX_BYTES]);

/* The inverse. HL_INVALID unless @hex is exactly 64 hex digits; @out is unchanged then. Any thread. */
enum hl_status hl_fingerprint_from_hex(const char *hex, size_t length, struct hl_fingerprint *out);

#ifdef __cplusplus
}
#endif
#endif
