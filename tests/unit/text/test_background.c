/*
 * test_background.c - the generated word tables: their order, words that everybody knows, and the frozen 3-gram weights.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "text/background_table.h"

static double share(enum hl_language language, const char *stem)
{
    return hl_background_share(language, stem, strlen(stem));
}

static uint64_t gram(uint32_t first, uint32_t second, uint32_t third)
{
    return (uint64_t)first << 42 | (uint64_t)second << 21 | third;
}

static size_t check_rows(enum hl_language language, size_t length)
{
    const struct hl_background_rows *table = &hl_background_rows[language - HL_LANGUAGE_EN][length];
    size_t row_bytes = length + 2;
    for (size_t i = 0; i < table->count; i++) {
        const unsigned char *row = table->rows + i * row_bytes;
        assert_int_equal(strlen((const char *)row), length);
        if (i > 0)
            assert_true(memcmp(row - row_bytes, row, length) < 0);
        double found = hl_background_share(language, (const char *)row, length);
        assert_true(found > 0 && found <= 1);
    }
    return table->count;
}

static void test_stems_are_sorted_and_found(void **state)
{
    (void)state;
    for (int language = HL_LANGUAGE_EN; language <= HL_LANGUAGE_RU; language++) {
        size_t stems = 0;
        for (size_t length = 1; length <= HL_BACKGROUND_STEM_BYTES; length++)
            stems += check_rows((enum hl_language)language, length);
        assert_true(stems >= 1000);
    }
}

static void test_frequent_stems_have_a_high_share(void **state)
{
    static const struct {
        enum hl_language language;
        const char *stem;
    } frequent[] = {
        {HL_LANGUAGE_EN, "the"}, {HL_LANGUAGE_DE, "der"}, {HL_LANGUAGE_FR, "de"},
        {HL_LANGUAGE_ES, "de"},  {HL_LANGUAGE_PT, "de"},  {HL_LANGUAGE_IT, "di"},
        {HL_LANGUAGE_NL, "van"}, {HL_LANGUAGE_SV, "för"}, {HL_LANGUAGE_RU, "на"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof frequent / sizeof frequent[0]; i++)
        assert_true(share(frequent[i].language, frequent[i].stem) > 0.1);
    assert_true(share(HL_LANGUAGE_EN, "the") < 0.2);
}

static void test_rare_stems_have_a_low_share_or_none(void **state)
{
    (void)state;
    assert_true(share(HL_LANGUAGE_EN, "ukrain") < 0.03);
    assert_true(share(HL_LANGUAGE_EN, "polic") > share(HL_LANGUAGE_EN, "ukrain"));
    assert_true(share(HL_LANGUAGE_EN, "xylophon") == 0);
    assert_true(share(HL_LANGUAGE_EN, "") == 0);
    assert_true(share(HL_LANGUAGE_EN, "donaudampfschifffahrtsgesellschaft") == 0);
    assert_true(hl_background_share(HL_LANGUAGE_EN, "the\0x", 5) == 0);
}

static void test_languages_without_a_table_have_no_shares(void **state)
{
    (void)state;
    assert_true(share(HL_LANGUAGE_UNKNOWN, "the") == 0);
    assert_true(share(HL_LANGUAGE_AR, "the") == 0);
    assert_true(share(HL_LANGUAGE_COUNT, "the") == 0);
}

static void test_grams_are_found_with_their_weight(void **state)
{
    size_t grams = 0;
    (void)state;
    for (size_t slot = 0; slot < HL_BACKGROUND_GRAM_SLOTS; slot++) {
        uint32_t entry = hl_background_grams[slot];
        if (entry == 0)
            continue;
        uint32_t letters[3];
        for (unsigned i = 0; i < 3; i++) {
            uint32_t symbol = entry >> (4 + 9 * (2 - i)) & 0x1FF;
            letters[i] = symbol < 0x180 ? symbol : symbol + 0x280;
        }
        assert_in_range(entry & 15, 1, 14);
        assert_int_equal(hl_background_gram_weight(gram(letters[0], letters[1], letters[2])), entry & 15);
        grams++;
    }
    assert_in_range(grams, 5000, HL_BACKGROUND_GRAM_SLOTS * 2 / 3);
}

static void test_grams_of_function_words_weigh_little(void **state)
{
    (void)state;
    assert_in_range(hl_background_gram_weight(gram('t', 'h', 'e')), 1, 6);
    assert_in_range(hl_background_gram_weight(gram('d', 'e', 'r')), 1, 6);
    assert_in_range(hl_background_gram_weight(gram(2, 'd', 'e')), 1, 4);
    assert_in_range(hl_background_gram_weight(gram('d', 'e', 3)), 1, 4);
    assert_in_range(hl_background_gram_weight(gram(2, 'l', 'a')), 1, 6);
    assert_in_range(hl_background_gram_weight(gram(2, 'p', 0xE5)), 1, 7);    /* Swedish "på" */
    assert_in_range(hl_background_gram_weight(gram(2, 0x43D, 0x430)), 1, 6); /* Russian "на" */
}

static void test_unknown_grams_weigh_most(void **state)
{
    (void)state;
    assert_int_equal(hl_background_gram_weight(gram('q', 'x', 'q')), 15);
    assert_int_equal(hl_background_gram_weight(gram(2, '7', '4')), 15);
    assert_int_equal(hl_background_gram_weight(gram(0x4E2D, 0x56FD, 0x4EBA)), 15);
    assert_int_equal(hl_background_gram_weight(gram('t', 'h', 0x10FFFF)), 15);
    assert_int_equal(hl_background_gram_weight(gram('t', 'h', 0x1FFFFF)), 15);
    /* Letters whose 9 bits would look like another's when they were only cut off. */
    assert_int_equal(hl_background_gram_weight(gram('t' + 0x200, 'h', 'e')), 15);
    assert_int_equal(hl_background_gram_weight(gram(2, 0x43D - 0x280, 0x430 - 0x280)), 15);
    assert_int_equal(hl_background_gram_weight(0), 15);
}

/*
 * The weights are frozen with HL_FINGERPRINT_VERSION: a fingerprint must stay comparable with itself. When this fails on purpose, raise that
 * version, then this number.
 */
static void test_weights_are_those_of_fingerprint_version_1(void **state)
{
    uint64_t checksum = UINT64_C(14695981039346656037); /* FNV-1a, 64 bits, over the slots */
    (void)state;
    for (size_t slot = 0; slot < HL_BACKGROUND_GRAM_SLOTS; slot++)
        checksum = (checksum ^ hl_background_grams[slot]) * UINT64_C(1099511628211);
    assert_int_equal(checksum, UINT64_C(0xB7D5A97E78983E07));
}

static void test_function_words_are_stop_words_and_evidence(void **state)
{
    static const struct {
        enum hl_language language;
        const char *word;
    } words[] = {
        {HL_LANGUAGE_EN, "the"}, {HL_LANGUAGE_EN, "of"},  {HL_LANGUAGE_DE, "und"},  {HL_LANGUAGE_DE, "für"},
        {HL_LANGUAGE_FR, "les"}, {HL_LANGUAGE_FR, "l"},   {HL_LANGUAGE_ES, "para"}, {HL_LANGUAGE_PT, "são"},
        {HL_LANGUAGE_IT, "che"}, {HL_LANGUAGE_NL, "het"}, {HL_LANGUAGE_SV, "och"},  {HL_LANGUAGE_RU, "из"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        struct hl_word_masks masks = hl_tables_word(words[i].word, strlen(words[i].word));
        assert_true(masks.stop & HL_LANGUAGE_BIT(words[i].language));
        assert_true(masks.function & HL_LANGUAGE_BIT(words[i].language));
    }
}

static void test_news_words_and_number_words_are_no_stop_words(void **state)
{
    static const char *const words[] = {"police", "killed", "two", "three", "zwei", "drei", "deux", "tres", "два"};
    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        assert_int_equal(hl_tables_word(words[i], strlen(words[i])).stop, 0);
}

static void test_negations(void **state)
{
    static const struct {
        enum hl_language language;
        const char *words[4];
    } negations[] = {
        {HL_LANGUAGE_EN, {"not", "no", "never", "without"}},   {HL_LANGUAGE_DE, {"nicht", "kein", "ohne", "nie"}},
        {HL_LANGUAGE_FR, {"ne", "pas", "sans", "jamais"}},     {HL_LANGUAGE_ES, {"no", "sin", "nunca", "nadie"}},
        {HL_LANGUAGE_PT, {"não", "nao", "sem", "nunca"}},      {HL_LANGUAGE_IT, {"non", "senza", "mai", "nessun"}},
        {HL_LANGUAGE_NL, {"niet", "geen", "zonder", "nooit"}}, {HL_LANGUAGE_SV, {"inte", "ingen", "utan", "aldrig"}},
        {HL_LANGUAGE_RU, {"не", "нет", "без", "никогда"}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof negations / sizeof negations[0]; i++) {
        for (size_t j = 0; j < 4; j++) {
            const char *word = negations[i].words[j];
            struct hl_word_masks masks = hl_tables_word(word, strlen(word));
            assert_true(masks.negation & masks.stop & HL_LANGUAGE_BIT(negations[i].language));
        }
    }
    assert_int_equal(hl_tables_word("with", 4).negation, 0);
    assert_int_equal(hl_tables_word("no", 2).negation & HL_LANGUAGE_BIT(HL_LANGUAGE_PT), 0); /* "in the" */
}

static void test_other_words_have_no_masks(void **state)
{
    static const char *const words[] = {"", "xylophone", "th", "thee", "donaudampfschifffahrtsgesellschaft"};
    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        struct hl_word_masks masks = hl_tables_word(words[i], strlen(words[i]));
        assert_int_equal(masks.function | masks.stop | masks.negation, 0);
    }
}

static void test_every_word_of_the_table_is_found_once(void **state)
{
    size_t words = 0;
    (void)state;
    for (size_t slot = 0; slot < HL_TABLE_WORD_SLOTS; slot++) {
        if (hl_table_word_slots[slot] == 0)
            continue;
        const struct hl_table_word *row = &hl_table_words[hl_table_word_slots[slot] - 1];
        struct hl_word_masks masks = hl_tables_word(row->word, strlen(row->word));
        assert_memory_equal(&masks, &row->masks, sizeof masks);
        assert_true((masks.function | masks.stop) != 0);
        words++;
    }
    assert_in_range(words, 2000, HL_TABLE_WORD_SLOTS * 3 / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stems_are_sorted_and_found),
        cmocka_unit_test(test_frequent_stems_have_a_high_share),
        cmocka_unit_test(test_rare_stems_have_a_low_share_or_none),
        cmocka_unit_test(test_languages_without_a_table_have_no_shares),
        cmocka_unit_test(test_grams_are_found_with_their_weight),
        cmocka_unit_test(test_grams_of_function_words_weigh_little),
        cmocka_unit_test(test_unknown_grams_weigh_most),
        cmocka_unit_test(test_weights_are_those_of_fingerprint_version_1),
        cmocka_unit_test(test_function_words_are_stop_words_and_evidence),
        cmocka_unit_test(test_news_words_and_number_words_are_no_stop_words),
        cmocka_unit_test(test_negations),
        cmocka_unit_test(test_other_words_have_no_masks),
        cmocka_unit_test(test_every_word_of_the_table_is_found_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
