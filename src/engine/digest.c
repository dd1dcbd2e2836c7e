/*
 * digest.c - SHA-256 through OpenSSL's EVP interface.
 */
#include "engine/digest.h"

#include <openssl/evp.h>

struct hl_digest {
    struct hl_memory *memory; /* borrowed */
    EVP_MD *algorithm;        /* owned: fetched once, since a fetch costs ten times a digest */
    EVP_MD_CTX *context;      /* owned */
};

struct hl_digest *hl_digest_create(struct hl_memory *memory)
{
    struct hl_digest *digest = hl_memory_allocate_zero(memory, sizeof *digest);
    if (!digest)
        return NULL;
    digest->memory = memory;
    digest->algorithm = EVP_MD_fetch(NULL, "SHA256", NULL);
    digest->context = EVP_MD_CTX_new();
    if (!digest->algorithm || !digest->context) {
        hl_digest_destroy(digest);
        return NULL;
    }
    return digest;
}

void hl_digest_destroy(struct hl_digest *digest)
{
    if (!digest)
        return;
    EVP_MD_CTX_free(digest->context);
    EVP_MD_free(digest->algorithm);
    hl_memory_release(digest->memory, digest, sizeof *digest);
}

enum hl_status hl_digest_sha256(struct hl_digest *digest, const struct hl_text *parts, size_t count,
                                uint8_t out[HL_DIGEST_BYTES])
{
    unsigned length = 0;
    bool going = EVP_DigestInit_ex2(digest->context, digest->algorithm, NULL);
    for (size_t i = 0; i < count && going; i++)
        going = EVP_DigestUpdate(digest->context, parts[i].data, parts[i].length);
    going = going && EVP_DigestFinal_ex(digest->context, out, &length);
    return going && length == HL_DIGEST_BYTES ? HL_OK : HL_INTERNAL;
}
