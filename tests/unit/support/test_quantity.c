/*
 * test_quantity.c - counts, sizes, durations and reals as text, and back.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "support/quantity.h"

typedef bool (*parse_whole)(const char *text, uint64_t *out);

static void expect_parsed(parse_whole parse, const char *text, uint64_t expected)
{
    uint64_t value = 77;
    assert_true(parse(text, &value));
    assert_int_equal(value, expected);
}

static void expect_refusal(parse_whole parse, const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t value = 77;
        assert_false(parse(texts[i], &value));
        assert_int_equal(value, 77);
    }
}

static void counts(void **state)
{
    (void)state;
    expect_parsed(hl_quantity_parse_count, "0", 0);
    expect_parsed(hl_quantity_parse_count, "18446744073709551615", UINT64_MAX);
    static const char *const bad[] = {"", "-1", "+1", " 1", "1 ", "1K", "0x10", "1.0", "18446744073709551616", "x"};
    expect_refusal(hl_quantity_parse_count, bad, sizeof bad / sizeof bad[0]);
}

static void bytes(void **state)
{
    (void)state;
    expect_parsed(hl_quantity_parse_bytes, "0", 0);
    expect_parsed(hl_quantity_parse_bytes, "512", 512);
    expect_parsed(hl_quantity_parse_bytes, "64K", 65536);
    expect_parsed(hl_quantity_parse_bytes, "3M", 3145728);
    expect_parsed(hl_quantity_parse_bytes, "1G", 1073741824);
    static const char *const bad[] = {"", "K", "64k", "64KB", "64 K", "1.5G", "17179869184G", "-1K"};
    expect_refusal(hl_quantity_parse_bytes, bad, sizeof bad / sizeof bad[0]);
}

static void durations(void **state)
{
    (void)state;
    expect_parsed(hl_quantity_parse_duration, "0", 0);
    expect_parsed(hl_quantity_parse_duration, "0s", 0);
    expect_parsed(hl_quantity_parse_duration, "500ms", 500);
    expect_parsed(hl_quantity_parse_duration, "30s", 30000);
    expect_parsed(hl_quantity_parse_duration, "10m", 600000);
    expect_parsed(hl_quantity_parse_duration, "2h", 7200000);
    expect_parsed(hl_quantity_parse_duration, "7d", 604800000);
    static const char *const bad[] = {"", "30", "s", "30S", "1h30m", "0.5s", "30 s", "-1s", "213503982335d"};
    expect_refusal(hl_quantity_parse_duration, bad, sizeof bad / sizeof bad[0]);
}

static void reals(void **state)
{
    (void)state;
    double value = 0;
    assert_true(hl_quantity_parse_real("0.13", &value));
    assert_true(value == 0.13);
    assert_true(hl_quantity_parse_real("-2e3", &value));
    assert_true(value == -2000);
    static const char *const bad[] = {"", "inf", "nan", "0x10", "1e999", " 1", "1,5", "1.2.3", ".", "e"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        value = 77;
        assert_false(hl_quantity_parse_real(bad[i], &value));
        assert_true(value == 77);
    }
}

static void whole_units_are_written(void **state)
{
    (void)state;
    static const struct {
        uint64_t value;
        const char *as_bytes, *as_duration;
    } rows[] = {
        {0, "0", "0"},
        {1, "1", "1ms"},
        {1000, "1000", "1s"},
        {1500, "1500", "1500ms"},
        {1024, "1K", "1024ms"},
        {90000, "90000", "90s"},
        {60000, "60000", "1m"},
        {86400000, "84375K", "1d"},
        {1073741824, "1G", "1073741824ms"},
        {1610612736, "1536M", "1610612736ms"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[32];
        uint64_t back = 77;
        hl_quantity_format_bytes(rows[i].value, text, sizeof text);
        assert_string_equal(text, rows[i].as_bytes);
        assert_true(hl_quantity_parse_bytes(text, &back));
        assert_int_equal(back, rows[i].value);
        hl_quantity_format_duration(rows[i].value, text, sizeof text);
        assert_string_equal(text, rows[i].as_duration);
        assert_true(hl_quantity_parse_duration(text, &back));
        assert_int_equal(back, rows[i].value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts),
        cmocka_unit_test(bytes),
        cmocka_unit_test(durations),
        cmocka_unit_test(reals),
        cmocka_unit_test(whole_units_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
