/*
 * test_gram.c - the sums against a slow computation of the definition, and a cache that never changes them.
 */
#include "engine/gram.h"
#include "support/failing_allocator.h"
#include "support/random.h"
#include "text/text.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { POINTS_MAX = 2048, TEXT_BYTES = 8192, MARK_BEFORE = 2, MARK_AFTER = 3 };

struct fixture {
    struct failing_allocator fa;
    struct hl_memory memory;
    struct hl_digest *digest;
    struct hl_grams *grams;
};

static void fixture_init(struct fixture *f)
{
    failing_allocator_init(&f->fa);
    hl_memory_init(&f->memory, &f->fa.allocator);
    f->digest = hl_digest_create(&f->memory);
    assert_non_null(f->digest);
    f->grams = hl_grams_create(&f->memory, f->digest);
    assert_non_null(f->grams);
}

static void fixture_clear(struct fixture *f)
{
    hl_grams_destroy(f->grams);
    hl_digest_destroy(f->digest);
    assert_true(failing_allocator_is_clean(&f->fa));
}

static struct hl_gram_sums sum(struct fixture *f, const char *text, const struct hl_gram_counts *counts)
{
    struct hl_gram_sums sums;
    memset(&sums, 0xA5, sizeof sums);
    assert_int_equal(hl_grams_sum(f->grams, text, strlen(text), counts, false, &sums), HL_OK);
    return sums;
}

/* ---- the definition, written the slow way ---- */

static size_t decode(const char *text, uint32_t *points)
{
    size_t count = 0;
    for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; count++) {
        assert_true(count < POINTS_MAX);
        int more = *p < 0x80 ? 0 : *p < 0xE0 ? 1 : *p < 0xF0 ? 2 : 3;
        points[count] = more == 0 ? *p : *p & (0x3Fu >> more);
        for (p++; more > 0; more--, p++)
            points[count] = points[count] << 6 | (*p & 0x3Fu);
    }
    return count;
}

/* All grams of @text in order, at most @max; returns their number. */
static size_t naive_grams(const char *text, uint64_t *grams, size_t max)
{
    static uint32_t points[POINTS_MAX];
    uint32_t word[POINTS_MAX + 2];
    size_t length = decode(text, points), count = 0, letters = 0;
    for (size_t i = 0; i <= length; i++) {
        if (i < length && points[i] != ' ') {
            word[++letters] = points[i];
            continue;
        }
        word[0] = MARK_BEFORE;
        word[letters + 1] = MARK_AFTER;
        for (size_t j = 0; j + 2 < letters + 2 && count < max; j++)
            grams[count++] = (uint64_t)word[j] << 42 | (uint64_t)word[j + 1] << 21 | word[j + 2];
        letters = 0;
    }
    return count;
}

struct naive_sums {
    int32_t frozen[HL_FINGERPRINT_BITS];
    double live[HL_FINGERPRINT_BITS], live_tolerance;
    size_t count;
};

/* Eighths of a bit of inverse document frequency, in a stream that begins with 50 imagined headlines. */
static double naive_live_weight(unsigned frozen_weight, const struct hl_gram_counts *counts, uint16_t place)
{
    double headlines = counts != NULL ? counts->headlines : 0, share = exp2(-0.625 * frozen_weight);
    double holding = counts != NULL ? fmin(counts->holding[place], headlines) : 0;
    double weight = 8 * log2((headlines + 52) / (1 + 50 * share + holding));
    return fmax(0, fmin(127, weight));
}

static void naive_sum(struct hl_digest *digest, const char *text, const struct hl_gram_counts *counts,
                      struct naive_sums *out)
{
    uint64_t grams[HL_GRAMS_MAX];
    memset(out, 0, sizeof *out);
    out->count = naive_grams(text, grams, HL_GRAMS_MAX);
    for (size_t i = 0; i < out->count; i++) {
        uint8_t bytes[8], hash[HL_DIGEST_BYTES];
        for (int j = 0; j < 8; j++)
            bytes[j] = (uint8_t)(grams[i] >> (8 * j));
        assert_int_equal(hl_digest_sha256(digest, &(struct hl_text){(const char *)bytes, sizeof bytes}, 1, hash),
                         HL_OK);
        unsigned weight = hl_background_gram_weight(grams[i]);
        double live = naive_live_weight(weight, counts, (uint16_t)(hash[0] | hash[1] << 8));
        for (int bit = 0; bit < HL_FINGERPRINT_BITS; bit++) {
            bool set = (hash[bit / 8] >> (bit % 8) & 1) != 0;
            out->frozen[bit] += set ? (int32_t)weight : -(int32_t)weight;
            out->live[bit] += set ? live : -live;
        }
    }
    out->live_tolerance = 2.5 * (double)out->count; /* shares, logarithms and weights are rounded */
}

static void assert_sums(const struct hl_gram_sums *sums, const struct naive_sums *naive)
{
    assert_int_equal(sums->count, naive->count);
    for (int bit = 0; bit < HL_FINGERPRINT_BITS; bit++) {
        assert_int_equal(sums->frozen[bit], naive->frozen[bit]);
        assert_true(fabs(sums->live[bit] - naive->live[bit]) <= naive->live_tolerance);
    }
}

/* ---- texts ---- */

static const char *const texts[] = {
    "a",
    "the",
    "germany beat france in final",
    "münchen größe straße",
    "новости дня 2026",
    "北京 市政 府发",
    "한국 대통령",
    "ελλάδα ειδήσεις",
    "أخبار اليوم",
    "𝒳𝒴𝒵 𐍈𐍉 a𐍈",
    "1 12 123 1234567890",
};
#define TEXTS (sizeof texts / sizeof texts[0])

static void append_point(char *text, size_t *length, uint32_t point)
{
    if (point < 0x80) {
        text[(*length)++] = (char)point;
    } else if (point < 0x800) {
        text[(*length)++] = (char)(0xC0 | point >> 6);
        text[(*length)++] = (char)(0x80 | (point & 63));
    } else {
        text[(*length)++] = (char)(0xE0 | point >> 12);
        text[(*length)++] = (char)(0x80 | (point >> 6 & 63));
        text[(*length)++] = (char)(0x80 | (point & 63));
    }
    text[*length] = '\0';
}

/* Words of random letters of a random script. */
static void random_text(uint64_t *random, uint32_t words, char *text)
{
    static const uint32_t firsts[] = {'a', 0x430, 0x4E00, 0xAC00}, letters_in[] = {26, 32, 8000, 8000};
    size_t length = 0;
    for (uint32_t i = 0; i < words; i++) {
        uint32_t script = random_below(random, 4);
        if (i > 0)
            append_point(text, &length, ' ');
        for (uint32_t letters = 1 + random_below(random, 9); letters > 0; letters--)
            append_point(text, &length, firsts[script] + random_below(random, letters_in[script]));
    }
}

/* ---- tests ---- */

static void test_definition(void **state)
{
    (void)state;
    struct fixture f;
    struct naive_sums naive;
    fixture_init(&f);
    for (size_t i = 0; i < TEXTS; i++) {
        struct hl_gram_sums sums = sum(&f, texts[i], NULL);
        naive_sum(f.digest, texts[i], NULL, &naive);
        assert_sums(&sums, &naive);
    }
    fixture_clear(&f);
}

static void test_definition_in_a_stream(void **state)
{
    (void)state;
    struct fixture f;
    struct naive_sums naive;
    char text[TEXT_BYTES];
    uint64_t random = 3;
    struct hl_gram_counts *counts = calloc(1, sizeof *counts);
    assert_non_null(counts);
    fixture_init(&f);
    for (int i = 0; i < 2000; i++) {
        random_text(&random, 1 + random_below(&random, 12), text);
        struct hl_gram_sums sums = sum(&f, text, counts);
        if (i % 20 == 0) {
            naive_sum(f.digest, text, counts, &naive);
            assert_sums(&sums, &naive);
        }
        hl_gram_counts_add(counts, &sums);
        assert_int_equal(counts->headlines, i + 1);
    }
    free(counts);
    fixture_clear(&f);
}

static void test_words_stand_for_themselves(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    struct hl_gram_sums one = sum(&f, "alpha beta", NULL), other = sum(&f, "beta alpha", NULL);
    assert_memory_equal(one.frozen, other.frozen, sizeof one.frozen);
    struct hl_gram_sums alpha = sum(&f, "alpha", NULL), beta = sum(&f, "beta", NULL);
    for (int bit = 0; bit < HL_FINGERPRINT_BITS; bit++)
        assert_int_equal(one.frozen[bit], alpha.frozen[bit] + beta.frozen[bit]);
    struct hl_gram_sums joined = sum(&f, "alphabeta", NULL);
    assert_memory_not_equal(one.frozen, joined.frozen, sizeof one.frozen);
    fixture_clear(&f);
}

/* Grams past HL_GRAMS_MAX do not count, and the largest sums there can be stay in their type. */
static void test_longest_texts(void **state)
{
    (void)state;
    struct fixture f;
    struct naive_sums naive;
    static char text[TEXT_BYTES];
    fixture_init(&f);
    size_t length = 0;
    for (int i = 0; i < 300; i++) { /* one gram, three hundred times over: a sum of 256 times its weight */
        append_point(text, &length, 0x4E80);
        append_point(text, &length, ' ');
    }
    text[length - 1] = '\0';
    struct hl_gram_counts *counts = calloc(1, sizeof *counts);
    assert_non_null(counts);
    counts->headlines = 65535;
    struct hl_gram_sums sums = sum(&f, text, counts);
    assert_int_equal(sums.count, HL_GRAMS_MAX);
    naive_sum(f.digest, text, counts, &naive);
    assert_sums(&sums, &naive);
    assert_true(abs(sums.live[0]) >= 8 * 9 * HL_GRAMS_MAX);
    free(counts);
    fixture_clear(&f);
}

/* What is common in the stream comes to weigh less, what is not comes to weigh more; the frozen sums never move. */
static void test_live_weights_follow_the_stream(void **state)
{
    (void)state;
    struct fixture f;
    struct hl_gram_counts *counts = calloc(1, sizeof *counts);
    assert_non_null(counts);
    fixture_init(&f);
    struct hl_gram_sums common = sum(&f, "語", counts), rare = sum(&f, "漢", counts);
    int common_first = abs(common.live[0]), rare_first = abs(rare.live[0]);
    int common_before = common_first;
    for (int i = 0; i < 500; i++) {
        struct hl_gram_sums now = sum(&f, "語", counts);
        assert_memory_equal(now.frozen, common.frozen, sizeof now.frozen);
        assert_true(abs(now.live[0]) <= common_before + 1); /* logarithms are rounded */
        common_before = abs(now.live[0]);
        hl_gram_counts_add(counts, &now);
    }
    assert_true(common_before < common_first / 2);
    assert_true(abs(sum(&f, "漢", counts).live[0]) > rare_first);
    free(counts);
    fixture_clear(&f);
}

/* Counts fade: they are halved together before they can leave their range. */
static void test_counts_are_halved(void **state)
{
    (void)state;
    struct fixture f;
    struct hl_gram_counts *counts = calloc(1, sizeof *counts);
    assert_non_null(counts);
    fixture_init(&f);
    struct hl_gram_sums sums = sum(&f, "語 語", counts);
    uint32_t highest = 0, times = 0;
    for (uint32_t i = 0; i < 200000; i++) {
        uint32_t before = counts->headlines;
        hl_gram_counts_add(counts, &sums);
        if (counts->headlines < before) {
            times++;
            assert_int_equal(counts->headlines, (before + 1) / 2);
        }
        highest = counts->headlines > highest ? counts->headlines : highest;
    }
    assert_true(times >= 2 && highest < 65536);
    assert_true(counts->holding[sums.gram[0]] >= counts->headlines); /* held twice in each headline */
    assert_true(counts->holding[sums.gram[0]] <= 2 * 65536);
    free(counts);
    fixture_clear(&f);
}

static void test_sign(void **state)
{
    (void)state;
    struct hl_gram_sums sums = {.count = 0};
    struct hl_fingerprint fingerprint;
    memset(&fingerprint, 0xFF, sizeof fingerprint);
    hl_grams_sign(&sums, &fingerprint); /* a sum of zero gives bit 0 */
    for (int i = 0; i < 4; i++)
        assert_true(fingerprint.word[i] == 0);
    sums.frozen[0] = 1;
    sums.frozen[63] = 3840;
    sums.frozen[64] = -1;
    sums.frozen[255] = 1;
    memset(sums.live, 1, sizeof sums.live); /* the stream's weights are no part of the fingerprint */
    hl_grams_sign(&sums, &fingerprint);
    assert_true(fingerprint.word[0] == (UINT64_C(1) | UINT64_C(1) << 63));
    assert_true(fingerprint.word[1] == 0 && fingerprint.word[2] == 0);
    assert_true(fingerprint.word[3] == UINT64_C(1) << 63);
}

/* ---- the cache ---- */

/* One cache sees a hundred thousand grams, another only the text at hand: they must agree. */
static void compare_caches(struct fixture *busy, uint32_t rounds)
{
    struct fixture fresh;
    char text[TEXT_BYTES];
    uint64_t random = 5;
    fixture_init(&fresh);
    for (uint32_t i = 0; i < rounds; i++) {
        random_text(&random, 20, text);
        struct hl_gram_sums sums = sum(busy, text, NULL);
        if (i % 50 != 0)
            continue;
        hl_grams_destroy(fresh.grams);
        fresh.grams = hl_grams_create(&fresh.memory, fresh.digest);
        assert_non_null(fresh.grams);
        struct hl_gram_sums expected = sum(&fresh, text, NULL), again = sum(busy, text, NULL);
        assert_memory_equal(sums.frozen, expected.frozen, sizeof sums.frozen);
        assert_memory_equal(sums.live, expected.live, sizeof sums.live);
        assert_memory_equal(again.frozen, expected.frozen, sizeof sums.frozen);
        assert_memory_equal(again.gram, expected.gram, expected.count * sizeof expected.gram[0]);
    }
    fixture_clear(&fresh);
}

static void test_cache_grows(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    uint64_t before = f.fa.live_bytes;
    compare_caches(&f, 2000);
    assert_true(f.fa.live_bytes > 4 * before);
    fixture_clear(&f);
}

/* A cache that may not grow must go on for ever with the room it has. */
static void test_cache_without_memory(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    uint64_t before = f.fa.live_bytes;
    failing_allocator_arm(&f.fa, 1, UINT64_MAX);
    compare_caches(&f, 2000);
    assert_true(failing_allocator_fired(&f.fa));
    assert_int_equal(f.fa.live_bytes, before);
    fixture_clear(&f);
}

static void test_create_without_memory(void **state)
{
    (void)state;
    struct failing_allocator fa;
    struct hl_memory memory;
    failing_allocator_init(&fa);
    hl_memory_init(&memory, &fa.allocator);
    struct hl_digest *digest = hl_digest_create(&memory);
    assert_non_null(digest);
    struct hl_grams *grams = NULL;
    uint64_t n = 0;
    while (grams == NULL) {
        failing_allocator_arm(&fa, ++n, 1);
        grams = hl_grams_create(&memory, digest);
        assert_true((grams == NULL) == failing_allocator_fired(&fa));
    }
    assert_true(n > 1);
    hl_grams_destroy(grams);
    hl_digest_destroy(digest);
    assert_true(failing_allocator_is_clean(&fa));
}

/* ---- products ---- */

static void test_products(void **state)
{
    (void)state;
    uint64_t random = 9;
    for (int round = 0; round < 200; round++) {
        int16_t a[HL_FINGERPRINT_BITS], b[HL_FINGERPRINT_BITS];
        struct hl_fingerprint bits;
        int64_t product = 0, chosen = 0;
        for (int i = 0; i < 4; i++)
            bits.word[i] = random_next(&random);
        for (int bit = 0; bit < HL_FINGERPRINT_BITS; bit++) { /* the first round at the ends of what they may hold */
            a[bit] = round == 0 ? -32512 : (int16_t)((int32_t)random_below(&random, 65025) - 32512);
            b[bit] = round == 0 ? 20000 : (int16_t)((int32_t)random_below(&random, 40001) - 20000);
            product += (int64_t)a[bit] * b[bit];
            chosen += (bits.word[bit / 64] >> (bit % 64) & 1) != 0 ? a[bit] : 0;
        }
        assert_true(hl_sums_product(a, b) == product);
        assert_true(hl_sums_at_bits(a, &bits) == chosen);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_definition),
        cmocka_unit_test(test_definition_in_a_stream),
        cmocka_unit_test(test_words_stand_for_themselves),
        cmocka_unit_test(test_longest_texts),
        cmocka_unit_test(test_live_weights_follow_the_stream),
        cmocka_unit_test(test_counts_are_halved),
        cmocka_unit_test(test_sign),
        cmocka_unit_test(test_cache_grows),
        cmocka_unit_test(test_cache_without_memory),
        cmocka_unit_test(test_create_without_memory),
        cmocka_unit_test(test_products),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
