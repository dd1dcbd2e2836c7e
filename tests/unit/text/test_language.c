/*
 * test_language.c - language tags, and guesses for titles of our own making.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "text/text.h"

static struct hl_memory memory;

static int create_tools(void **state)
{
    hl_memory_init(&memory, NULL);
    *state = hl_text_tools_create(&memory);
    return *state ? 0 : -1;
}

static int destroy_tools(void **state)
{
    hl_text_tools_destroy(*state);
    return memory.bytes == 0 ? 0 : -1;
}

static struct hl_text text_of(const char *string)
{
    return (struct hl_text){string, strlen(string)};
}

static const char *guess(struct hl_text_tools *tools, const char *title, const char *lang)
{
    struct hl_text clean;
    struct hl_analysis analysis;
    assert_int_equal(hl_text_clean(tools, text_of(title), &clean, NULL), HL_OK);
    assert_int_equal(hl_text_analyse(tools, clean, text_of(lang), &analysis), HL_OK);
    return hl_language_tag(analysis.language);
}

static void tags_are_read_and_written(void **state)
{
    (void)state;
    static const struct {
        const char *tag, *language;
    } rows[] = {
        {"en", "en"},    {"EN", "en"}, {"en-US", "en"}, {"pt_BR", "pt"},  {"zh-Hant-TW", "zh"}, {"nb", "no"},
        {"nn-NO", "no"}, {"iw", "he"}, {"", ""},        {"e", ""},        {"eng", ""},          {"xx", ""},
        {"und", ""},     {"e-n", ""},  {"12", ""},      {"\xC3\xA9", ""}, {"-en", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_string_equal(hl_language_tag(hl_language_from_tag(text_of(rows[i].tag))), rows[i].language);
    for (int language = 0; language < HL_LANGUAGE_COUNT; language++) {
        const char *tag = hl_language_tag((enum hl_language)language);
        assert_int_equal(strlen(tag), language == HL_LANGUAGE_UNKNOWN ? 0 : 2);
        assert_int_equal(hl_language_from_tag(text_of(tag)), language);
    }
    assert_string_equal(hl_language_tag(HL_LANGUAGE_COUNT), "");
}

static void given_tag_wins(void **state)
{
    assert_string_equal(guess(*state, "The storm has hit the coast", "de-AT"), "de");
    assert_string_equal(guess(*state, "The storm has hit the coast", "hr"), "");
}

struct row {
    const char *title, *language;
};

static void assert_guesses(void **state, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const char *guessed = guess(*state, rows[i].title, "");
        if (strcmp(guessed, rows[i].language) != 0)
            fail_msg("\"%s\" is taken for \"%s\", not \"%s\"", rows[i].title, guessed, rows[i].language);
    }
}

static void scripts_decide(void **state)
{
    static const struct row rows[] = {
        {"北京市新年贺词", "zh"},     {"東京の天気は晴れ", "ja"}, {"東京大学合格発表の日", "ja"},
        {"서울 날씨 맑음", "ko"},     {"ประเทศไทย", "th"},        {"Άνεμοι στην Αθήνα", "el"},
        {"רוחות חזקות", "he"},        {"װינט אין ניו", "yi"},     {"Հայաստան", "hy"},
        {"சென்னை மழை", "ta"},          {"दिल्ली में बारिश", "hi"},    {"عاصفة تضرب الساحل", "ar"},
        {"طوفان در پایتخت", "fa"},    {"لاہور میں بارش", ""}, /* Urdu */
        {"Apple 发布新款手机", "zh"},
    };
    assert_guesses(state, rows, sizeof rows / sizeof rows[0]);
}

static void cyrillic_letters_decide(void **state)
{
    static const struct row rows[] = {
        {"Сильный ветер в городе", "ru"}, {"Президент в Москве", "ru"},   {"Сильний вітер у Києві", "uk"},
        {"Силен вятър в София", "bg"},    {"Јак ветар у Београду", "sr"}, {"Моцны вецер у горадзе учора ў", ""},
    };
    assert_guesses(state, rows, sizeof rows / sizeof rows[0]);
}

static void latin_needs_words_or_letters(void **state)
{
    static const struct row rows[] = {
        {"The storm has hit the coast and left thousands without power", "en"},
        {"Der Sturm hat die Küste getroffen und Tausende ohne Strom gelassen", "de"},
        {"La tempête a frappé la côte et privé des milliers de foyers d’électricité", "fr"},
        {"La tormenta golpea la costa y deja sin luz a miles de personas", "es"},
        {"A tempestade atinge o litoral e deixa milhares sem luz, não há vítimas", "pt"},
        {"La tempesta colpisce la costa e lascia migliaia di persone senza luce", "it"},
        {"De storm heeft de kust getroffen en duizenden mensen zitten zonder stroom", "nl"},
        {"Stormen har nått kusten och tusentals är utan ström på ön", "sv"},
        {"Fırtına İstanbul'u vurdu, binlerce kişi karanlıkta kaldı", "tr"},
        {"Wichura na wybrzeżu: tysiące osób bez prądu", "pl"},
        {"Bão đổ bộ vào bờ biển, hàng nghìn hộ mất điện", "vi"},
        {"storm coast outage shelter", ""}, /* a bag of words */
        {"Zyx", ""},
        {"Ø", ""},
        {"Peña", ""}, /* one foreign name */
        {"", ""},
        {"2024 10:30", ""},
    };
    assert_guesses(state, rows, sizeof rows / sizeof rows[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tags_are_read_and_written),
        cmocka_unit_test(given_tag_wins),
        cmocka_unit_test(scripts_decide),
        cmocka_unit_test(cyrillic_letters_decide),
        cmocka_unit_test(latin_needs_words_or_letters),
    };
    return cmocka_run_group_tests(tests, create_tools, destroy_tools);
}
