/*
 * fingerprint.c - the public fingerprint functions.
 */
#include "core/clones.h"
#include "engine/gram.h"
#include "text/text.h"

enum hl_status hl_fingerprint_compute(const char *title, size_t length, struct hl_fingerprint *out)
{
    struct hl_memory memory;
    hl_memory_init(&memory, NULL);
    enum hl_status status = HL_NO_MEMORY;
    struct hl_digest *digest = hl_digest_create(&memory);
    struct hl_grams *grams = digest ? hl_grams_create(&memory, digest) : NULL;
    struct hl_text_tools *tools = hl_text_tools_create(&memory);
    if (!grams || !tools)
        goto done;

    struct hl_text clean;
    struct hl_analysis analysis;
    status = hl_text_clean(tools, (struct hl_text){title, length}, &clean, NULL);
    if (status == HL_OK)
        status = hl_text_analyse(tools, clean, (struct hl_text){0}, &analysis);
    if (status != HL_OK)
        goto done;
    if (analysis.word_count == 0) {
        status = HL_INVALID;
        goto done;
    }
    struct hl_gram_sums sums;
    status = hl_grams_sum(grams, analysis.text.data, analysis.text.length, NULL, false, &sums);
    if (status == HL_OK)
        hl_grams_sign(&sums, out);
done:
    hl_text_tools_destroy(tools);
    hl_grams_destroy(grams);
    hl_digest_destroy(digest);
    return status;
}

HL_CLONES unsigned hl_fingerprint_distance(const struct hl_fingerprint *a, const struct hl_fingerprint *b)
{
    unsigned distance = 0;
    for (int i = 0; i < 4; i++)
        distance += (unsigned)__builtin_popcountll(a->word[i] ^ b->word[i]);
    return distance;
}

void hl_fingerprint_to_hex(const struct hl_fingerprint *fingerprint, char out[HL_FINGERPRINT_HEX_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < 32; i++) {
        unsigned byte = (unsigned)(fingerprint->word[i / 8] >> (8 * (i % 8)) & 255);
        out[2 * i] = digits[byte >> 4];
        out[2 * i + 1] = digits[byte & 15];
    }
    out[64] = '\0';
}

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

enum hl_status hl_fingerprint_from_hex(const char *hex, size_t length, struct hl_fingerprint *out)
{
    if (length != HL_FINGERPRINT_HEX_BYTES - 1)
        return HL_INVALID;
    struct hl_fingerprint read = {{0}};
    for (int i = 0; i < 32; i++) {
        int high = hex_value(hex[2 * i]), low = hex_value(hex[2 * i + 1]);
        if (high < 0 || low < 0)
            return HL_INVALID;
        read.word[i / 8] |= (uint64_t)(unsigned)(high << 4 | low) << (8 * (i % 8));
    }
    *out = read;
    return HL_OK;
}
