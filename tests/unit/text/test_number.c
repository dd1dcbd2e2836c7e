/*
 * test_number.c - how far a number in a title reaches, and its one form.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "text/number.h"

static void extent_takes_marks_between_digits_only(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t length;
    } rows[] = {
        {"7", 1},    {"7.", 1},    {"7,", 1},      {"7.5", 3},     {"7..5", 1},        {"7.,5", 1},
        {"9/11", 4}, {"10:30", 5}, {"10:30pm", 5}, {"1,000,5", 7}, {"1.000.000 x", 9}, {"3-2", 1},
        {"12th", 2}, {"1'000", 1}, {"3.x", 1},     {"2024/", 4},   {"1:2/3,4.5", 9},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (hl_number_length(rows[i].text, strlen(rows[i].text)) != rows[i].length)
            fail_msg("%s: %zu", rows[i].text, hl_number_length(rows[i].text, strlen(rows[i].text)));
    assert_int_equal(hl_number_length("1.5", 2), 1); /* what follows the text is not read */
}

static void forms_of_one_number_are_one(void **state)
{
    (void)state;
    static const struct {
        const char *number, *form;
    } rows[] = {
        {"7", "7"},
        {"007", "007"},
        {"1,000", "1000"},
        {"1.000", "1000"},
        {"12,345,678", "12345678"},
        {"12.345.678", "12345678"},
        {"1,234.5", "1234.5"},
        {"1.234,5", "1234.5"},
        {"1,234,567.891", "1234567.891"},
        {"3.5", "3.5"},
        {"3,5", "3.5"},
        {"3,50", "3.50"},
        {"0,125", "0.125"},
        {"0.125", "0.125"},
        {"1234,567", "1234.567"},
        {"1,0000", "1.0000"},
        {"1,2,3", "1,2,3"},
        {"1,000,00", "1,000,00"},
        {"1.2.3", "1.2.3"},
        {"12.10.2024", "12.10.2024"},
        {"1,234.567,8", "1,234.567,8"},
        {"10:30", "10:30"},
        {"9/11", "9/11"},
        {"1,000/2,000", "1000/2000"},
        {"2024/25", "2024/25"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char out[32];
        size_t length = strlen(rows[i].number);
        assert_int_equal(hl_number_length(rows[i].number, length), length);
        size_t written = hl_number_write(rows[i].number, length, out);
        assert_true(written <= length);
        out[written] = '\0';
        if (strcmp(out, rows[i].form) != 0)
            fail_msg("%s gives %s, not %s", rows[i].number, out, rows[i].form);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(extent_takes_marks_between_digits_only),
        cmocka_unit_test(forms_of_one_number_are_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
