/*
 * test_clean.c - the cleaning of titles: by tables, against utf8proc's own NFKC, and that cleaning twice is cleaning once.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "support/failing_allocator.h"
#include "text/text.h"
#include "text/utf8.h"

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

/* Cleans into @out, of @room bytes, so that the result can be cleaned again; returns its length. */
static size_t clean_into(struct hl_text_tools *tools, struct hl_text title, char *out, size_t room)
{
    struct hl_text clean;
    struct hl_error error = {0};
    assert_int_equal(hl_text_clean(tools, title, &clean, &error), HL_OK);
    assert_true(clean.length < room);
    memcpy(out, clean.data, clean.length);
    out[clean.length] = '\0';
    return clean.length;
}

static void assert_cleans_to(struct hl_text_tools *tools, const char *title, const char *expected)
{
    char once[8192], twice[8192];
    size_t length = clean_into(tools, text_of(title), once, sizeof once);
    if (strcmp(once, expected) != 0)
        fail_msg("\"%s\" gives \"%s\", not \"%s\"", title, once, expected);
    clean_into(tools, (struct hl_text){once, length}, twice, sizeof twice);
    assert_string_equal(twice, once);
}

struct row {
    const char *title, *clean;
};

static void assert_rows(void **state, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_cleans_to(*state, rows[i].title, rows[i].clean);
}

#define ASSERT_ROWS(state, rows) assert_rows(state, rows, sizeof(rows) / sizeof((rows)[0]))

static void white_space_is_single_and_trimmed(void **state)
{
    static const struct row rows[] = {
        {"", ""},
        {"   ", ""},
        {"Storm hits coast", "Storm hits coast"},
        {"  Storm  hits\tcoast\r\n", "Storm hits coast"},
        {"Storm\u00A0hits\u2003the\u3000coast\u2028now\xC2\x85", "Storm hits the coast now"},
        {"\v\fx\v", "x"},
    };
    ASSERT_ROWS(state, rows);
}

static void invisible_characters_are_dropped(void **state)
{
    static const struct row rows[] = {
        {"\x01Sto\x1Frm\x7F", "Storm"},
        {"Sto\u00ADrm\u200B \u200Ehits\u202C \uFEFFcoast\u2060", "Storm hits coast"},
        {"\xC2\x80Sto\xC2\x9F"
         "rm",
         "Storm"},
        {"a\uFE0Fb\U000E0041c", "abc"},
        {"\u0645\u0640\u0640\u0635\u0631", "\u0645\u0635\u0631"}, /* tatweel */
        {"\u1160\u3164", ""},                                     /* Hangul fillers */
    };
    ASSERT_ROWS(state, rows);
}

static void quotes_and_dashes_are_plain(void **state)
{
    static const struct row rows[] = {
        {"\u2018a\u2019 \u201Cb\u201D \u201Ec\u201F \u00ABd\u00BB \u2039e\u203A", "'a' \"b\" \"c\" \"d\" 'e'"},
        {"Trump\u2019s Trump\u00B4s Trump\u02BCs Trump\uFF07s", "Trump's Trump's Trump's Trump's"},
        {"a \u2013 b\u2014c \u2212 5\u20113 \uFE58", "a - b-c - 5-3 -"},
        {"Wait\u2026", "Wait..."},
        {"\u00BFQu\u00E9?", "\u00BFQu\u00E9?"},
    };
    ASSERT_ROWS(state, rows);
}

static void compatibility_characters_are_plain(void **state)
{
    static const struct row rows[] = {
        {"\uFB01nance \uFF26\uFF35\uFF2C\uFF2C \uFF12\uFF10\uFF12\uFF14", "finance FULL 2024"},
        {"\u0662\u0660\u0662\u0664 \u06F2\u06F4 \u0968\u096A \u09E8 \u0E52 \u17E2 \u1042 \u0ED2",
         "2024 24 24 2 2 2 2 2"},
        {"\U0001D7D8 \U0001D7FF \U0001D400", "0 9 A"},
        {"\u0661\u066C\u0660\u0660\u0660\u066B\u0665", "1,000.5"},
        {"3\u00BD per cent, \u00BC", "3 1/2 per cent, 1/4"},
        {"km\u00B2 \u2122 \u212B \u2126 \u017F", "km2 TM \u00C5 \u03A9 s"},
        {"\uFF76\uFF9E\uFF70", "\u30AC\u30FC"}, /* half-width kana compose */
        {"\uFDFA", "\u0635\u0644\u0649 \u0627\u0644\u0644\u0647 \u0639\u0644\u064A\u0647 \u0648\u0633\u0644\u0645"},
    };
    ASSERT_ROWS(state, rows);
}

static void decomposed_is_composed(void **state)
{
    static const struct row rows[] = {
        {"Cafe\u0301", "Caf\u00E9"},
        {"A\u030Angstro\u0308m", "\u00C5ngstr\u00F6m"},
        {"u\u0323\u031B \u01B0\u0323 \u1EE5\u031B u\u031B\u0323", "\u1EF1 \u1EF1 \u1EF1 \u1EF1"},
        {"\u1112\u1161\u11AB\u1100\u116E\u11A8", "\uD55C\uAD6D"},
        {"\u0439 \u0438\u0306", "\u0439 \u0439"},
        {"\u0915\u093C \u0958", "\u0915\u093C \u0915\u093C"}, /* excluded from composition */
        {"\u304B\u3099", "\u304C"},
        {"q\u0307\u0323", "q\u0323\u0307"},
    };
    ASSERT_ROWS(state, rows);
}

static void references_are_decoded(void **state)
{
    static const struct row rows[] = {
        {"Q&amp;A", "Q&A"},
        {"Q & A; AT&T", "Q & A; AT&T"},
        {"&lt;b&gt; &quot;x&quot; &apos;y&apos;", "<b> \"x\" 'y'"},
        {"a&nbsp;b &ndash; c &mdash; d", "a b - c - d"},
        {"&lsquo;a&rsquo; &ldquo;b&rdquo;&hellip;", "'a' \"b\"..."},
        {"&euro;5 &pound;6 caf&eacute; &Aring;sa &szlig; &yuml;", "\u20AC5 \u00A36 caf\u00E9 \u00C5sa \u00DF \u00FF"},
        {"&#39;&#039;&#0000039; &#x27;&#X2019; &#8217;", "''' '' '"},
        {"&#146; &#150; &#128;", "' - \u20AC"}, /* Windows-1252 */
        {"&#128077; &#x1F44D;", "\U0001F44D \U0001F44D"},
        {"e&#x301;", "\u00E9"},
        {"a&#10;b&#1;c&#x200B;d", "a bcd"},
        {"&#0; &#xD800; &#x110000; &#; &#x; &; &nosuch; &#12a;",
         "&#0; &#xD800; &#x110000; &#; &#x; &; &nosuch; &#12a;"},
        {"&amp", "&amp"},
        {"&amp;amp; &amp;lt; &amp;#39; &amp;amp;amp;quot;", "& < ' \""},
        {"&l&#116;; &&amp;lt;;", "< &<;"},
        {"&am\x01p; &#59;", "& ;"},
        {"&verylongname12345;", "&verylongname12345;"},
        {"\uFF06amp; &\u200Blt;", "+amp; +lt;"}, /* references only after normalising are spoiled, not decoded */
    };
    ASSERT_ROWS(state, rows);
}

static void bad_input_is_refused(void **state)
{
    static const struct {
        const char *data;
        size_t length, offset;
    } rows[] = {
        {"Storm \xFF", 7, 6}, {"\xC3", 1, 0}, {"caf\xE9 &amp;", 10, 3},
        {"a\0b", 3, 1},       {"\0", 1, 0},   {"\xC3\xA9\0", 3, 2},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct hl_text clean = {"untouched", 9};
        struct hl_error error = {0};
        struct hl_text title = {rows[i].data, rows[i].length};
        assert_int_equal(hl_text_clean(*state, title, &clean, &error), HL_INVALID);
        assert_int_equal(error.status, HL_INVALID);
        assert_int_equal(error.offset, rows[i].offset);
        assert_string_equal(error.field, "title");
        assert_string_equal(clean.data, "untouched");
        assert_int_equal(hl_text_clean(*state, title, &clean, NULL), HL_INVALID);
    }
}

static void long_titles_of_one_character(void **state)
{
    static const char *const characters[] = {"a",      " ",      "&",      ";",      "\u00E9", "\u0301",     "\u4E2D",
                                             "\uFDFA", "\u1161", "\u0390", "\u00BD", "\u1EF1", "\U0001F44D", "\u200D"};
    for (size_t i = 0; i < sizeof characters / sizeof characters[0]; i++) {
        char title[HL_TITLE_MAX_BYTES + 1] = "", once[8192], twice[8192];
        size_t size = strlen(characters[i]), length = 0;
        for (; length + size <= HL_TITLE_MAX_BYTES; length += size)
            memcpy(title + length, characters[i], size);
        size_t cleaned = clean_into(*state, (struct hl_text){title, length}, once, sizeof once);
        assert_true(cleaned <= HL_TITLE_MAX_BYTES);
        assert_true(hl_utf8_is_valid(once, cleaned, NULL));
        clean_into(*state, (struct hl_text){once, cleaned}, twice, sizeof twice);
        assert_string_equal(twice, once);
    }
}

static void nested_references_take_linear_time(void **state)
{
    char title[HL_TITLE_MAX_BYTES + 1] = "&";
    size_t length = 1;
    while (length + 4 <= HL_TITLE_MAX_BYTES) {
        memcpy(title + length, "amp;", 4);
        length += 4;
    }
    char once[8192];
    clean_into(*state, (struct hl_text){title, length}, once, sizeof once);
    assert_string_equal(once, "&");
}

/* Of many marks on one letter thirty stay, in canonical order. */
static void piled_marks_are_cut(void **state)
{
    char title[512] = "x";
    for (int i = 0; i < 100; i++)
        strcat(title, i % 2 ? "\u0301" : "\u0323");
    char once[8192], twice[8192];
    size_t length = clean_into(*state, text_of(title), once, sizeof once);
    assert_int_equal(length, 1 + 30 * 2);
    assert_memory_equal(once, "x\u0323\u0323", 5);
    clean_into(*state, (struct hl_text){once, length}, twice, sizeof twice);
    assert_string_equal(twice, once);
}

/* Longer input than a title is cleaned too: nothing is cut that fits its own length. */
static void long_input_is_not_cut(void **state)
{
    size_t length = 3 * HL_TITLE_MAX_BYTES;
    char *title = malloc(length);
    assert_non_null(title);
    for (size_t i = 0; i < length; i += 2)
        memcpy(title + i, "\u00E9", 2);
    struct hl_text clean;
    assert_int_equal(hl_text_clean(*state, (struct hl_text){title, length}, &clean, NULL), HL_OK);
    assert_int_equal(clean.length, length);
    assert_memory_equal(clean.data, title, length);
    free(title);
}

/* A letter or mark that NFKC turns into letters and marks only, none of which this project replaces or drops. */
static bool is_ordinary(uint32_t point, const char *nfkc)
{
    for (const char *at = nfkc; (at = strchr(at, '\xCA')) != NULL; at++)
        if ((unsigned char)at[1] >= 0xB9) /* U+02B9 to U+02BF: modifier letters like quotes */
            return false;
    if (strstr(nfkc, "\u0640"))
        return false;
    const utf8proc_property_t *property = utf8proc_get_property((utf8proc_int32_t)point);
    return property->category >= UTF8PROC_CATEGORY_LU && property->category <= UTF8PROC_CATEGORY_ME &&
           !property->ignorable;
}

/* Letters and marks, alone and after a letter, come out as utf8proc's NFKC of the whole; everything comes out valid and stable. */
static void agrees_with_nfkc(void **state)
{
    static const char *const before[] = {"", "a", "\u00EA", "\u1100", "\uAC00", "\u304B", "e\u0323"};
    for (uint32_t point = 1; point <= 0x2FFFF; point++) {
        if ((point >= 0xD800 && point <= 0xDFFF) || (point >= 0x20000 && point < 0x2F800))
            continue; /* surrogates, and a plane of plain ideographs */
        for (size_t i = 0; i < sizeof before / sizeof before[0]; i++) {
            char title[16], once[256], twice[256];
            size_t length = strlen(before[i]);
            memcpy(title, before[i], length);
            length += hl_utf8_encode(point, title + length);
            title[length] = '\0';
            size_t cleaned = clean_into(*state, (struct hl_text){title, length}, once, sizeof once);
            assert_true(hl_utf8_is_valid(once, cleaned, NULL));
            clean_into(*state, (struct hl_text){once, cleaned}, twice, sizeof twice);
            if (strcmp(once, twice) != 0)
                fail_msg("U+%04X after \"%s\": cleaning again changes it", point, before[i]);
            char *expected = (char *)utf8proc_NFKC((const utf8proc_uint8_t *)title);
            assert_non_null(expected);
            if (is_ordinary(point, expected) && strcmp(once, expected + strspn(expected, " ")) != 0)
                fail_msg("U+%04X after \"%s\": \"%s\", by utf8proc \"%s\"", point, before[i], once, expected);
            free(expected);
        }
    }
}

static void every_failing_allocation_is_reported(void **state)
{
    (void)state;
    const char *title = "\u00BFQu\u00E9? &amp; caf\u00E9 e\u0301";
    uint64_t nth = 1;
    for (bool done = false; !done; nth++) {
        struct failing_allocator failing;
        failing_allocator_init(&failing);
        struct hl_memory own;
        hl_memory_init(&own, &failing.allocator);
        failing_allocator_arm(&failing, nth, 1);
        struct hl_text_tools *tools = hl_text_tools_create(&own);
        struct hl_text clean = {"untouched", 9};
        struct hl_error error = {0};
        enum hl_status status = tools ? hl_text_clean(tools, text_of(title), &clean, &error) : HL_NO_MEMORY;
        done = !failing_allocator_fired(&failing);
        assert_int_equal(status, done ? HL_OK : HL_NO_MEMORY);
        if (tools && !done) { /* and then it works as if nothing had happened */
            assert_string_equal(clean.data, "untouched");
            assert_int_equal(error.status, HL_NO_MEMORY);
            assert_int_equal(hl_text_clean(tools, text_of(title), &clean, NULL), HL_OK);
        }
        if (tools)
            assert_memory_equal(clean.data, "\u00BFQu\u00E9? & caf\u00E9 \u00E9", clean.length);
        hl_text_tools_destroy(tools);
        assert_true(failing_allocator_is_clean(&failing));
    }
    assert_true(nth > 6);
}

static void expect_stripped(void **state, const char *from, size_t max_bytes, const char *to)
{
    struct hl_text clean;
    assert_int_equal(hl_text_clean(*state, text_of(from), &clean, NULL), HL_OK);
    struct hl_text text = hl_text_strip_markup(*state, clean, max_bytes);
    assert_int_equal(text.length, strlen(to));
    assert_memory_equal(text.data, to, text.length);
}

static void markup_is_stripped(void **state)
{
    expect_stripped(state, "plain", 100, "plain");
    expect_stripped(state, "<p>One</p><!-- x -->two", 100, " One  two");
    expect_stripped(state, "&lt;b&gt;bold&lt;/b&gt;", 100, " bold ");
    expect_stripped(state, "3 < 4 and 5 > 4", 100, "3 < 4 and 5 > 4");
    expect_stripped(state, "open <a href='x", 100, "open <a href='x");
    expect_stripped(state, "a > b <i", 100, "a > b <i");
    expect_stripped(state, "<", 100, "<");
    expect_stripped(state, "", 100, "");
    expect_stripped(state, "<a<a<a>x", 100, " x");
    expect_stripped(state, "one two three", 9, "one two");
    expect_stripped(state, "one two three", 7, "one two");
    expect_stripped(state, "日本語", 5, "日");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(white_space_is_single_and_trimmed),
        cmocka_unit_test(invisible_characters_are_dropped),
        cmocka_unit_test(quotes_and_dashes_are_plain),
        cmocka_unit_test(compatibility_characters_are_plain),
        cmocka_unit_test(decomposed_is_composed),
        cmocka_unit_test(references_are_decoded),
        cmocka_unit_test(markup_is_stripped),
        cmocka_unit_test(bad_input_is_refused),
        cmocka_unit_test(long_titles_of_one_character),
        cmocka_unit_test(nested_references_take_linear_time),
        cmocka_unit_test(piled_marks_are_cut),
        cmocka_unit_test(long_input_is_not_cut),
        cmocka_unit_test(agrees_with_nfkc),
        cmocka_unit_test(every_failing_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, create_tools, destroy_tools);
}
