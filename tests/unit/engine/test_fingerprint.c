/*
 * test_fingerprint.c - the public fingerprint functions: pinned values, distance, hex, errors.
 */
#include <headlined/engine.h>
#include <headlined/fingerprint.h>
#include <headlined/version.h>

#include "engine/gram.h"
#include "support/random.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct hl_fingerprint compute(const char *title)
{
    struct hl_fingerprint fingerprint;
    assert_int_equal(hl_fingerprint_compute(title, strlen(title), &fingerprint), HL_OK);
    return fingerprint;
}

static unsigned distance(const char *a, const char *b)
{
    struct hl_fingerprint x = compute(a), y = compute(b);
    return hl_fingerprint_distance(&x, &y);
}

/*
 * These belong to HL_FINGERPRINT_VERSION 1: others store them. Whoever changes a value here changes the version, in the same commit.
 */
static const struct {
    const char *title, *hex;
} golden[] = {
    {"a", "0bd97328c9e9d41069141c4d88d2fd3af3b1ea9d5a27f674b72568ac248181dd"},
    {"Germany beat France 2-1 in World Cup final", "24d1a1ac8a405ac85386a983d5f199366aa45108fb1554768120177a4a752c61"},
    {"Bürgermeister eröffnet größte Straße der Stadt",
     "ea043cfa8253c07e9ac9faac89db6658d12660184835f448a82d7205b5fb5005"},
    {"L’Assemblée nationale adopte le budget 2026", "95eee11615658581e456e5db1273182d2c494839e3a5e0447264c5ecf4c141f6"},
    {"El Gobierno aprueba la reforma de las pensiones",
     "2599479463b399670e1f332d010617209ccebe30744bc1a30b63e04efd909967"},
    {"Governo anuncia novo pacote econômico", "73582f7de9ba3b2c733e00256264da82248bbdbee9812cb924f545cb7094ffa0"},
    {"Президент подписал закон о выборах", "885c0a122c28315d59d4d80be70126c9e6c6084a4498fa13e8dd597ff632ebbc"},
    {"政府发布新的经济刺激计划", "52050b6884c030abef4879821248cdb103178169126869c510a982b98251be42"},
    {"東京で震度5の地震、津波の心配なし", "10f8f630856b80816b93fc0a025d0448adf8f4b1f407bd896ec07b0b54960208"},
    {"대통령, 새 경제 정책 발표", "6019011035201016910501a7e5683109a0c7b8d03501d131e3447410136140f1"},
    {"الحكومة تعلن ميزانية جديدة", "df91d633ba6506701b45fc71295145ba689eb9da7a73d2a1a868d120463a0826"},
    {"Η κυβέρνηση ανακοίνωσε νέα μέτρα", "148d0a9dbb0930bf836d4b5410c12c05cc0831178520011b17125fa5c8601503"},
    {"सरकार ने नई योजना की घोषणा की", "e4a3ee87758033b45213b01031ab9835df97051258b7eb16736a4b922842d1df"},
    {"Fish &amp; chips “are back” — £12.50", "b9402ca21238b9e36f9fa72ff63007aaa531c20007ebdaf88963ec921f65dded"},
};

static void test_golden(void **state)
{
    (void)state;
    assert_int_equal(HL_FINGERPRINT_VERSION, 1);
    for (size_t i = 0; i < sizeof golden / sizeof golden[0]; i++) {
        char hex[HL_FINGERPRINT_HEX_BYTES];
        struct hl_fingerprint fingerprint = compute(golden[i].title);
        hl_fingerprint_to_hex(&fingerprint, hex);
        if (strcmp(hex, golden[i].hex) != 0)
            print_message("    {\"%s\",\n     \"%s\"},\n", golden[i].title, hex);
        assert_string_equal(hex, golden[i].hex);
    }
}

/* ---- what it is a function of ---- */

static void test_same_words_same_fingerprint(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"Mayor opens new bridge", "MAYOR  OPENS new bridge!"},
        {"Fish & chips", "Fish &amp; chips"},
        {"Caf\xC3\xA9 closes", "Cafe\xCC\x81 closes"},             /* composed, decomposed */
        {"Office \xEF\xAC\x81re", "Office fire"},                  /* a ligature */
        {"\xEF\xBC\xA1\xEF\xBC\xA2\xEF\xBC\xA3 news", "ABC news"}, /* full width */
        {"It\xE2\x80\x99s over", "It's over"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        assert_int_equal(distance(pairs[i][0], pairs[i][1]), 0);
}

static void test_likeness(void **state)
{
    (void)state;
    const char *title = "Government announces new plan for regional railways after long debate";
    unsigned typo = distance(title, "Goverment announces new plan for regional railways after long debate");
    unsigned word = distance(title, "Government announces new plan for regional airports after long debate");
    unsigned other = distance(title, "Champion swimmer retires at the height of her fame");
    assert_true(typo > 0 && typo < word && word < other);
    assert_in_range(other, 90, 166); /* two texts that have nothing in common differ in about half of the bits */
}

static void test_tails_are_kept(void **state)
{
    (void)state;
    assert_true(distance("Mayor opens new bridge", "Mayor opens new bridge - Northgate Herald") > 0);
}

/* The engine answers with the same fingerprint when it cuts nothing, whatever its stream has seen. */
static void test_engine_agrees(void **state)
{
    (void)state;
    struct hl_engine_options options = hl_engine_options_default();
    hl_engine *engine = NULL;
    assert_int_equal(hl_engine_create(&options, &engine, NULL), HL_OK);
    for (size_t round = 0; round < 3; round++)
        for (size_t i = 0; i < sizeof golden / sizeof golden[0]; i++) {
            struct hl_headline headline = {.title = {golden[i].title, strlen(golden[i].title)}};
            struct hl_fingerprint expected = compute(golden[i].title);
            struct hl_result result;
            headline.published_ms = HL_TIME_NONE;
            assert_int_equal(hl_engine_add(engine, &headline, 1000 * (int64_t)round, &result, NULL), HL_OK);
            assert_int_equal(hl_fingerprint_distance(&result.fingerprint, &expected), 0);
        }
    hl_engine_destroy(engine);
}

static void test_errors(void **state)
{
    (void)state;
    struct hl_fingerprint untouched = {{1, 2, 3, 4}}, fingerprint = untouched;
    static const struct hl_text bad[] = {
        {"", 0}, {"   ", 3}, {"!?... -", 7}, {"\xC3\x28", 2}, {"\xED\xA0\x80", 3}, {"a\0b", 3}, {"\xF0\x9F\x98\x80", 4},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(hl_fingerprint_compute(bad[i].data, bad[i].length, &fingerprint), HL_INVALID);
        assert_memory_equal(&fingerprint, &untouched, sizeof fingerprint);
    }
}

/* ---- distance ---- */

static struct hl_fingerprint random_fingerprint(uint64_t *random)
{
    struct hl_fingerprint f;
    for (int i = 0; i < 4; i++)
        f.word[i] = random_next(random);
    return f;
}

static void test_distance_is_a_metric(void **state)
{
    (void)state;
    uint64_t random = 17;
    for (int round = 0; round < 1000; round++) {
        struct hl_fingerprint a = random_fingerprint(&random), b = random_fingerprint(&random),
                              c = random_fingerprint(&random);
        unsigned ab = hl_fingerprint_distance(&a, &b), naive = 0;
        for (int bit = 0; bit < HL_FINGERPRINT_BITS; bit++)
            naive += ((a.word[bit / 64] ^ b.word[bit / 64]) >> (bit % 64) & 1) != 0;
        assert_int_equal(ab, naive);
        assert_int_equal(hl_fingerprint_distance(&b, &a), ab);
        assert_int_equal(hl_fingerprint_distance(&a, &a), 0);
        assert_true(hl_fingerprint_distance(&a, &c) <= ab + hl_fingerprint_distance(&b, &c));
    }
}

static void test_distance_of_opposites(void **state)
{
    (void)state;
    struct hl_fingerprint zero = {{0}}, ones;
    memset(&ones, 0xFF, sizeof ones);
    assert_int_equal(hl_fingerprint_distance(&zero, &ones), HL_FINGERPRINT_BITS);
    for (int bit = 0; bit < HL_FINGERPRINT_BITS; bit++) {
        struct hl_fingerprint one = {{0}};
        one.word[bit / 64] = UINT64_C(1) << (bit % 64);
        assert_int_equal(hl_fingerprint_distance(&zero, &one), 1);
    }
}

/* ---- hex ---- */

static void test_hex_round_trip(void **state)
{
    (void)state;
    uint64_t random = 19;
    for (int round = 0; round < 1000; round++) {
        char hex[HL_FINGERPRINT_HEX_BYTES + 1], upper[HL_FINGERPRINT_HEX_BYTES];
        struct hl_fingerprint f = random_fingerprint(&random), back = {{0}};
        hex[HL_FINGERPRINT_HEX_BYTES] = '!';
        hl_fingerprint_to_hex(&f, hex);
        assert_int_equal(hex[HL_FINGERPRINT_HEX_BYTES], '!');
        assert_int_equal(strlen(hex), 64);
        assert_int_equal(strspn(hex, "0123456789abcdef"), 64);
        assert_int_equal(hl_fingerprint_from_hex(hex, 64, &back), HL_OK);
        assert_memory_equal(&f, &back, sizeof f);
        for (int i = 0; i < HL_FINGERPRINT_HEX_BYTES; i++)
            upper[i] = (char)toupper((unsigned char)hex[i]);
        assert_int_equal(hl_fingerprint_from_hex(upper, 64, &back), HL_OK);
        assert_memory_equal(&f, &back, sizeof f);
    }
}

/* Bit 0 is the first byte's lowest bit. */
static void test_hex_order(void **state)
{
    (void)state;
    char hex[HL_FINGERPRINT_HEX_BYTES];
    struct hl_fingerprint f = {{1, 0, 0, UINT64_C(1) << 63}};
    hl_fingerprint_to_hex(&f, hex);
    assert_string_equal(hex, "0100000000000000000000000000000000000000000000000000000000000080");
}

static void test_hex_errors(void **state)
{
    (void)state;
    char hex[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    struct hl_fingerprint untouched = {{5, 6, 7, 8}}, f = untouched;
    assert_int_equal(hl_fingerprint_from_hex(hex, 63, &f), HL_INVALID);
    assert_int_equal(hl_fingerprint_from_hex(hex, 65, &f), HL_INVALID);
    assert_int_equal(hl_fingerprint_from_hex("", 0, &f), HL_INVALID);
    static const char wrong[] = {'g', 'G', ' ', '/', ':', '@', '`', '\0', '-', 'x'};
    for (size_t at = 0; at < 64; at += 9)
        for (size_t i = 0; i < sizeof wrong; i++) {
            char good = hex[at];
            hex[at] = wrong[i];
            assert_int_equal(hl_fingerprint_from_hex(hex, 64, &f), HL_INVALID);
            hex[at] = good;
        }
    assert_memory_equal(&f, &untouched, sizeof f);
    assert_int_equal(hl_fingerprint_from_hex(hex, 64, &f), HL_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_same_words_same_fingerprint),
        cmocka_unit_test(test_likeness),
        cmocka_unit_test(test_tails_are_kept),
        cmocka_unit_test(test_engine_agrees),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_distance_is_a_metric),
        cmocka_unit_test(test_distance_of_opposites),
        cmocka_unit_test(test_hex_round_trip),
        cmocka_unit_test(test_hex_order),
        cmocka_unit_test(test_hex_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
