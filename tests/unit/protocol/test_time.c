/*
 * test_time.c - RFC 3339 in and out, against the C library's calendar and by hand.
 */
#include "protocol/time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static void expect_ms(const char *text, int64_t expected)
{
    int64_t ms = -1;
    if (!hl_time_parse(text, strlen(text), &ms))
        fail_msg("refused: %s", text);
    assert_int_equal(ms, expected);
}

static void test_accepted(void **state)
{
    (void)state;
    expect_ms("1970-01-01T00:00:00Z", 0);
    expect_ms("1970-01-01T00:00:00.001Z", 1);
    expect_ms("1969-12-31T23:59:59.999Z", -1);
    expect_ms("2025-12-14T09:30:00Z", 1765704600000);
    expect_ms("2025-12-14t09:30:00z", 1765704600000);
    expect_ms("2025-12-14 09:30:00Z", 1765704600000);
    expect_ms("2025-12-14T10:30:00+01:00", 1765704600000);
    expect_ms("2025-12-14T04:00:00-05:30", 1765704600000);
    expect_ms("2025-12-14T09:30:00-00:00", 1765704600000);
    expect_ms("2025-12-15T09:29:00+23:59", 1765704600000);
    expect_ms("2025-12-14T09:30:00.5Z", 1765704600500);
    expect_ms("2025-12-14T09:30:00.12Z", 1765704600120);
    expect_ms("2025-12-14T09:30:00.123999999999999999999Z", 1765704600123);
    expect_ms("2024-02-29T00:00:00Z", 1709164800000);
    expect_ms("2000-02-29T00:00:00Z", 951782400000);
    expect_ms("2016-12-31T23:59:60Z", 1483228800000); /* the leap second counts as the second after it */
    expect_ms("2017-01-01T00:59:60+01:00", 1483228800000);
    expect_ms("0000-01-01T00:00:00Z", HL_TIME_MIN_MS);
    expect_ms("9999-12-31T23:59:59.999Z", HL_TIME_MAX_MS);
}

static void test_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "now",
        "2025",
        "2025-12-14",
        "2025-12-14T09:30Z",
        "2025-12-14T09:30:00",
        "2025-12-14T09:30:00.Z",
        "2025-12-14T09:30:00+0100",
        "2025-12-14T09:30:00+01",
        "2025-12-14T09:30:00+24:00",
        "2025-12-14T09:30:00+01:60",
        "2025-12-14T09:30:00 Z",
        " 2025-12-14T09:30:00Z",
        "2025-12-14T09:30:00Z ",
        "2025-12-14T09:30:00ZZ",
        "2025-12-14x09:30:00Z",
        "2025-13-14T09:30:00Z",
        "2025-00-14T09:30:00Z",
        "2025-12-32T09:30:00Z",
        "2025-12-00T09:30:00Z",
        "2025-02-29T09:30:00Z",
        "1900-02-29T09:30:00Z",
        "2025-04-31T09:30:00Z",
        "2025-12-14T24:00:00Z",
        "2025-12-14T09:60:00Z",
        "2025-12-14T09:30:60Z",
        "2025-12-14T09:30:61Z",
        "25-12-14T09:30:00Z",
        "-025-12-14T09:30:00Z",
        "+2025-12-14T09:30:00Z",
        "2025-1-14T09:30:00Z",
        "2025/12/14T09:30:00Z",
        "2025-12-14T9:30:00Z",
        "2025-12-14T09.30.00Z",
        "2025-12-14T09:30:00,5Z",
        "0000-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "9999-12-31T23:59:60Z",
        "2025-12-14T09:30:00-",
        "Sun, 14 Dec 2025 09:30:00 GMT",
        "1765704600",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t ms = 42;
        if (hl_time_parse(rows[i], strlen(rows[i]), &ms))
            fail_msg("accepted: %s", rows[i]);
        assert_int_equal(ms, 42);
    }
}

static void test_a_nul_is_not_a_separator(void **state)
{
    (void)state;
    int64_t ms;
    assert_false(hl_time_parse("2025-12-14\0"
                               "09:30:00Z",
                               20, &ms));
    assert_false(hl_time_parse("2025-12-14T09:30:00\0", 20, &ms));
}

static void test_every_prefix_is_refused(void **state)
{
    (void)state;
    static const char text[] = "2025-12-14T10:30:00.125+01:00";
    int64_t ms;
    for (size_t length = 0; length < sizeof text - 1; length++)
        assert_false(hl_time_parse(text, length, &ms));
    assert_true(hl_time_parse(text, sizeof text - 1, &ms));
}

static void expect_text(int64_t ms, const char *expected)
{
    char text[HL_TIME_TEXT_BYTES];
    hl_time_format(ms, text);
    assert_string_equal(text, expected);
}

static void test_format(void **state)
{
    (void)state;
    expect_text(0, "1970-01-01T00:00:00.000Z");
    expect_text(-1, "1969-12-31T23:59:59.999Z");
    expect_text(1765704600120, "2025-12-14T09:30:00.120Z");
    expect_text(HL_TIME_MIN_MS, "0000-01-01T00:00:00.000Z");
    expect_text(HL_TIME_MAX_MS, "9999-12-31T23:59:59.999Z");
    expect_text(HL_TIME_MIN_MS - 1, "0000-01-01T00:00:00.000Z");
    expect_text(INT64_MIN, "0000-01-01T00:00:00.000Z");
    expect_text(INT64_MAX, "9999-12-31T23:59:59.999Z");
}

/* Days all over ten thousand years, at changing times of day, make the round trip and have the C library's date. */
static void test_round_trip_of_many_days(void **state)
{
    (void)state;
    const int64_t day_ms = 86400000;
    for (int64_t ms = HL_TIME_MIN_MS; ms <= HL_TIME_MAX_MS; ms += 29 * day_ms) {
        char text[HL_TIME_TEXT_BYTES], expected[64];
        int64_t back, shifted = ms + (ms / day_ms & 0xFFFF) * 1317;
        hl_time_format(shifted, text);
        assert_true(hl_time_parse(text, strlen(text), &back));
        assert_int_equal(back, shifted);
        struct tm tm;
        time_t seconds = (time_t)(ms / 1000);
        assert_non_null(gmtime_r(&seconds, &tm));
        snprintf(expected, sizeof expected, "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
        hl_time_format(ms, text);
        assert_memory_equal(text, expected, 10);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_a_nul_is_not_a_separator),
        cmocka_unit_test(test_every_prefix_is_refused),
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_round_trip_of_many_days),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
