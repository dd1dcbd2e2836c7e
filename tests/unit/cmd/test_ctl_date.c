/*
 * test_ctl_date.c - dates of feeds and tables.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "cmd/ctl_date.h"
#include "protocol/time.h"

#include <string.h>

static void test_dates(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"2025-12-14T09:30:00Z", "2025-12-14T09:30:00.000Z"},
        {"2025-12-14T09:30:00.25+01:00", "2025-12-14T08:30:00.250Z"},
        {"2025-12-14t09:30:00+0100", "2025-12-14T08:30:00.000Z"},
        {"2025-12-14 09:30:00", "2025-12-14T09:30:00.000Z"},
        {"2025-12-14 09:30 -05", "2025-12-14T14:30:00.000Z"},
        {"2025-12-14T09:30Z", "2025-12-14T09:30:00.000Z"},
        {"2025-12-14 09:30:00 UTC", "2025-12-14T09:30:00.000Z"},
        {" 2025-12-14\n", "2025-12-14T00:00:00.000Z"},
        {"Sun, 14 Dec 2025 09:30:00 GMT", "2025-12-14T09:30:00.000Z"},
        {"Sun, 14 Dec 2025 09:30:00 +0100", "2025-12-14T08:30:00.000Z"},
        {"14 Dec 2025 09:30 EST", "2025-12-14T14:30:00.000Z"},
        {"Sunday, 4 december 2025 9:30:00 pdt", "2025-12-04T16:30:00.000Z"},
        {"Sun,14 Dec 25 09:30:00 UT", "2025-12-14T09:30:00.000Z"},
        {"14 Dec 99 09:30:00 Z", "1999-12-14T09:30:00.000Z"},
        {"Sun, 29 Feb 2024 23:59:60 GMT", "2024-03-01T00:00:00.000Z"},
        {"  Sun, 14 Dec 2025 09:30:00  ", "2025-12-14T09:30:00.000Z"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t ms = 0;
        char text[HL_TIME_TEXT_BYTES];
        print_message("%s\n", cases[i].text);
        assert_true(ctl_date_parse(cases[i].text, strlen(cases[i].text), &ms));
        hl_time_format(ms, text);
        assert_string_equal(text, cases[i].expected);
    }
}

static void test_other_things(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "yesterday",
        "2025",
        "2025-12",
        "2025-13-01",
        "2025-02-29",
        "2025-12-14T",
        "2025-12-14T9:30",
        "2025-12-14T09:30:00 CEST",
        "2025-12-14T09:30:00+1",
        "2025-12-14T09:30:00+01:000",
        "2025-12-14x09:30:00Z",
        "14 Dec 2025",
        "Sun, 14 Dez 2025 09:30:00 GMT",
        "Sun, 14 Dec 205 09:30:00 GMT",
        "Sun, 32 Dec 2025 09:30:00 GMT",
        "Sun, 14 Dec 2025 25:30:00 GMT",
        "Sun, 14 Dec 2025 09:3:00 GMT",
        "Sun, 14 Dec 2025 09:30:00 BST",
        "Sun, 14 Dec 2025 09:30:00 +25:00",
        "Sun, 14 Dec 2025 09:30:00 GMT and much more text that is no part of any date",
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t ms = 17;
        print_message("%s\n", cases[i]);
        assert_false(ctl_date_parse(cases[i], strlen(cases[i]), &ms));
        assert_int_equal(ms, 17);
    }
    int64_t ms;
    assert_false(ctl_date_parse("2025-12-14\0x", 12, &ms));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_dates), cmocka_unit_test(test_other_things)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
