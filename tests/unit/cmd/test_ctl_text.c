/*
 * test_ctl_text.c - text, ages, numbers and tables as a terminal shows them.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "cmd/ctl_table.h"

static void expect_text(const char *text, size_t width_max, const char *expected, size_t columns)
{
    struct hl_buffer out;
    hl_buffer_init(&out);
    assert_int_equal(ctl_text_append(&out, text, strlen(text), width_max), columns);
    assert_int_equal(out.length, strlen(expected));
    if (out.length > 0)
        assert_memory_equal(out.data, expected, out.length);
    hl_buffer_clear(&out);
}

static void widths_count_columns(void **state)
{
    (void)state;
    assert_int_equal(ctl_text_width("plain", 5), 5);
    assert_int_equal(ctl_text_width("", 0), 0);
    assert_int_equal(ctl_text_width("晨江新大桥", 15), 10);
    assert_int_equal(ctl_text_width("Zürich", 7), 6);
    assert_int_equal(ctl_text_width("u\xCC\x88", 3), 1); /* a combining mark takes no column */
    assert_int_equal(ctl_text_width("\xFF", 1), 1);
}

static void control_characters_never_pass(void **state)
{
    (void)state;
    expect_text("a\033[31mred", 0, "a\uFFFD[31mred", 9);
    expect_text("a\tb\nc\rd", 0, "a b c d", 7);
    expect_text("bell\a\x7F", 0, "bell\uFFFD\uFFFD", 6);
    expect_text("c1 \xC2\x9B"
                "5m",
                0, "c1 \uFFFD5m", 6);
    expect_text("\u202Eturned\u202C", 0, "turned", 6);
    expect_text("bad \xC3(", 0, "bad \uFFFD(", 6);
    expect_text("cut \xE6\x99", 0, "cut \uFFFD\uFFFD", 6);
    expect_text("one\u2028two", 0, "one two", 7);
    for (int c = 1; c < 256; c++) {
        char text[2] = {(char)c, '\0'};
        struct hl_buffer out;
        hl_buffer_init(&out);
        ctl_text_append(&out, text, 1, 0);
        for (size_t i = 0; i < out.length; i++)
            assert_true((unsigned char)out.data[i] >= 0x20 && out.data[i] != 0x7F);
        hl_buffer_clear(&out);
    }
}

static void wide_text_is_cut_with_an_ellipsis(void **state)
{
    (void)state;
    expect_text("abcdef", 6, "abcdef", 6);
    expect_text("abcdef", 5, "abcd…", 5);
    expect_text("abcdef", 1, "…", 1);
    expect_text("晨江新大桥", 10, "晨江新大桥", 10);
    expect_text("晨江新大桥", 9, "晨江新大…", 9);
    expect_text("晨江新大桥", 8, "晨江新…", 7); /* half a character does not fit */
}

static void ages_in_words(void **state)
{
    (void)state;
    static const struct {
        int64_t seconds;
        const char *words;
    } cases[] = {{0, "just now"},
                 {9, "just now"},
                 {-9, "just now"},
                 {10, "10 s ago"},
                 {59, "59 s ago"},
                 {60, "1 min ago"},
                 {3599, "59 min ago"},
                 {3600, "1 h ago"},
                 {86399, "23 h ago"},
                 {2 * 86400 - 1, "47 h ago"},
                 {2 * 86400, "2 days ago"},
                 {60 * 86400, "60 days ago"},
                 {70 * 86400, "2 months ago"},
                 {800 * 86400, "2 years ago"},
                 {-7200, "in 2 h"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char age[CTL_AGE_BYTES];
        ctl_age(1700000000000, 1700000000000 - cases[i].seconds * 1000, age);
        assert_string_equal(age, cases[i].words);
    }
}

static void numbers_have_separators(void **state)
{
    (void)state;
    char text[CTL_NUMBER_BYTES];
    assert_string_equal(ctl_number(0, text), "0");
    assert_string_equal(ctl_number(999, text), "999");
    assert_string_equal(ctl_number(1000, text), "1,000");
    assert_string_equal(ctl_number(1234567, text), "1,234,567");
    assert_string_equal(ctl_number(UINT64_MAX, text), "18,446,744,073,709,551,615");
}

static const struct ctl_column columns[] = {
    {.title = "N", .right = true, .style = CTL_CYAN},
    {.title = "WHERE", .style = CTL_PLAIN},
    {.title = "TITLE", .flexible = true, .style = CTL_BOLD},
};

static void expect_table(struct ctl_table *table, struct ctl_screen screen, const char *expected)
{
    struct hl_buffer out;
    hl_buffer_init(&out);
    ctl_table_render(table, &screen, &out);
    assert_false(out.failed);
    hl_buffer_append(&out, "", 1);
    assert_string_equal(out.data, expected);
    hl_buffer_clear(&out);
}

static void tables_align_by_columns(void **state)
{
    (void)state;
    struct ctl_table table;
    ctl_table_init(&table, columns, 3);
    ctl_table_printf(&table, "%d", 7);
    ctl_table_add(&table, "晨江");
    ctl_table_add(&table, "A long title of one headline");
    ctl_table_add(&table, "1,000");
    ctl_table_add(&table, "Zürich");
    ctl_table_add(&table, NULL);
    expect_table(&table, (struct ctl_screen){0, false},
                 "    N  WHERE   TITLE\n"
                 "    7  晨江    A long title of one headline\n"
                 "1,000  Zürich\n");
    expect_table(&table, (struct ctl_screen){30, false},
                 "    N  WHERE   TITLE\n"
                 "    7  晨江    A long title o…\n"
                 "1,000  Zürich\n");
    expect_table(&table, (struct ctl_screen){5, false}, /* no narrower than a title needs to be recognised */
                 "    N  WHERE   TITLE\n"
                 "    7  晨江    A long titl…\n"
                 "1,000  Zürich\n");
    expect_table(&table, (struct ctl_screen){0, true},
                 "    \033[1mN\033[0m  \033[1mWHERE\033[0m   \033[1mTITLE\033[0m\n"
                 "    \033[36m7\033[0m  晨江    \033[1mA long title of one headline\033[0m\n"
                 "\033[36m1,000\033[0m  Zürich\n");
    ctl_table_clear(&table);
}

static void screens_leave_out_what_matters_less(void **state)
{
    (void)state;
    static const struct ctl_column some[] = {
        {.title = "A", .style = CTL_PLAIN, .screen_min = 50},
        {.title = "B", .style = CTL_PLAIN, .width_max = 4},
        {.title = "C", .right = true, .style = CTL_PLAIN, .screen_min = 40},
    };
    struct ctl_table table;
    ctl_table_init(&table, some, 3);
    ctl_table_add(&table, "one");
    ctl_table_add(&table, "twenty");
    ctl_table_add(&table, "three");
    expect_table(&table, (struct ctl_screen){0, false}, "A    B           C\none  twenty  three\n");
    expect_table(&table, (struct ctl_screen){50, false}, "A    B         C\none  twe…  three\n");
    expect_table(&table, (struct ctl_screen){49, false}, "B         C\ntwe…  three\n");
    expect_table(&table, (struct ctl_screen){39, false}, "B\ntwe…\n");
    ctl_table_clear(&table);
}

static void empty_tables_have_titles(void **state)
{
    (void)state;
    struct ctl_table table;
    ctl_table_init(&table, columns, 3);
    expect_table(&table, (struct ctl_screen){0, false}, "N  WHERE  TITLE\n");
    for (int i = 0; i < 3; i++)
        ctl_table_add(&table, NULL);
    expect_table(&table, (struct ctl_screen){0, false}, "N  WHERE  TITLE\n\n");
    ctl_table_clear(&table);
}

static void files_are_no_terminals(void **state)
{
    (void)state;
    FILE *file = tmpfile();
    struct ctl_screen screen = ctl_screen_of(file);
    fclose(file);
    assert_int_equal(screen.width, 0);
    assert_false(screen.colour);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(widths_count_columns),
        cmocka_unit_test(control_characters_never_pass),
        cmocka_unit_test(wide_text_is_cut_with_an_ellipsis),
        cmocka_unit_test(ages_in_words),
        cmocka_unit_test(numbers_have_separators),
        cmocka_unit_test(tables_align_by_columns),
        cmocka_unit_test(screens_leave_out_what_matters_less),
        cmocka_unit_test(empty_tables_have_titles),
        cmocka_unit_test(files_are_no_terminals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
