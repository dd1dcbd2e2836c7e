/*
 * digest.h - SHA-256 (FIPS 180-4) through OpenSSL, with the digest fetched and the context made once.
 *
 * The only file of the engine that knows OpenSSL. One thread at a time.
 */
#ifndef HL_ENGINE_DIGEST_H
#define HL_ENGINE_DIGEST_H

#include "core/memory.h"

#define HL_DIGEST_BYTES 32

struct hl_digest; /* opaque */

/* NULL when OpenSSL cannot provide SHA-256 or memory is out. */
struct hl_digest *hl_digest_create(struct hl_memory *memory);
void hl_digest_destroy(struct hl_digest *digest); /* may be NULL */

/* Digest of @count texts one behind the other. HL_INTERNAL when OpenSSL fails: @out is then undefined. */
enum hl_status hl_digest_sha256(struct hl_digest *digest, const struct hl_text *parts, size_t count,
                                uint8_t out[HL_DIGEST_BYTES]);

#endif
