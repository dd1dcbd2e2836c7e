/*
 * test_settings.c - the table of settings: defaults, bounds, assignment by name.
 */
#include <headlined/engine.h>

#include "support/engine_fixture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static double value_of(const struct hl_settings *settings, size_t i)
{
    double value;
    memcpy(&value, (const char *)settings + i * sizeof value, sizeof value);
    return value;
}

static void test_table(void **state)
{
    (void)state;
    size_t count = 0;
    const struct hl_setting_info *info = hl_settings_info(&count);
    struct hl_settings defaults = hl_settings_default();
    assert_int_equal(count * sizeof(double), sizeof defaults);
    for (size_t i = 0; i < count; i++) {
        assert_true(info[i].min_value < info[i].max_value);
        assert_true(info[i].default_value >= info[i].min_value && info[i].default_value <= info[i].max_value);
        assert_memory_equal(&info[i].default_value, (const char *)&defaults + i * sizeof(double), sizeof(double));
        assert_true(strlen(info[i].name) > 0 && strlen(info[i].name) < sizeof((struct hl_error *)0)->field);
        assert_true(strlen(info[i].help) > 10);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(info[i].name, info[j].name);
    }
}

/* Every name reaches its own member, both ends of its range included. */
static void test_every_setting(void **state)
{
    (void)state;
    size_t count;
    const struct hl_setting_info *info = hl_settings_info(&count);
    for (size_t i = 0; i < count; i++) {
        double middle = (info[i].min_value + info[i].max_value) / 2;
        const double values[] = {info[i].min_value, info[i].max_value, info[i].whole ? floor(middle) : middle};
        for (size_t j = 0; j < 3; j++) {
            struct hl_settings settings = hl_settings_default(), defaults = settings;
            assert_int_equal(hl_settings_set(&settings, info[i].name, values[j], NULL), HL_OK);
            for (size_t k = 0; k < count; k++) {
                double expected = k == i ? values[j] : value_of(&defaults, k), found = value_of(&settings, k);
                assert_memory_equal(&expected, &found, sizeof found);
            }
        }
    }
    struct hl_settings settings = hl_settings_default();
    assert_int_equal(hl_settings_set(&settings, "near_bits", 17, NULL), HL_OK);
    assert_true(settings.near_bits >= 17 && settings.near_bits <= 17);
}

static void test_out_of_bounds(void **state)
{
    (void)state;
    size_t count;
    const struct hl_setting_info *info = hl_settings_info(&count);
    for (size_t i = 0; i < count; i++) {
        const double bad[] = {nextafter(info[i].min_value, -INFINITY),
                              nextafter(info[i].max_value, INFINITY),
                              NAN,
                              INFINITY,
                              -INFINITY,
                              -1e300};
        for (size_t j = 0; j < sizeof bad / sizeof bad[0]; j++) {
            struct hl_settings settings = hl_settings_default(), untouched = settings;
            struct hl_error error = {0};
            assert_int_equal(hl_settings_set(&settings, info[i].name, bad[j], &error), HL_INVALID);
            assert_int_equal(error.status, HL_INVALID);
            assert_string_equal(error.field, info[i].name);
            assert_non_null(strstr(error.message, "between"));
            assert_memory_equal(&settings, &untouched, sizeof settings);
        }
    }
}

/* Counts take no fractions; the others do. */
static void test_whole(void **state)
{
    (void)state;
    size_t count, whole = 0;
    const struct hl_setting_info *info = hl_settings_info(&count);
    for (size_t i = 0; i < count; i++) {
        struct hl_settings settings = hl_settings_default(), untouched = settings;
        struct hl_error error = {0};
        double value = info[i].min_value + 0.5;
        whole += info[i].whole;
        if (!info[i].whole) {
            assert_int_equal(hl_settings_set(&settings, info[i].name, value, &error), HL_OK);
            continue;
        }
        assert_int_equal(hl_settings_set(&settings, info[i].name, value, &error), HL_INVALID);
        assert_non_null(strstr(error.message, "whole"));
        assert_memory_equal(&settings, &untouched, sizeof settings);
    }
    assert_true(whole > 0 && whole < count);
}

static void test_unknown(void **state)
{
    (void)state;
    static const char *const names[] = {"", "near", "near_bits ", "Near_bits", "near_bitsx", "join_threshold=1"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct hl_settings settings = hl_settings_default(), untouched = settings;
        struct hl_error error = {0};
        assert_int_equal(hl_settings_set(&settings, names[i], 1, &error), HL_INVALID);
        assert_true(strlen(error.message) > 10);
        assert_memory_equal(&settings, &untouched, sizeof settings);
        assert_int_equal(hl_settings_set(&settings, names[i], 1, NULL), HL_INVALID);
    }
}

/* An engine lives with every setting at either end of its range. */
static void test_engine_at_the_ends(void **state)
{
    (void)state;
    size_t count;
    const struct hl_setting_info *info = hl_settings_info(&count);
    for (size_t i = 0; i < 2 * count; i++) {
        struct hl_engine_options options = hl_engine_options_default();
        double value = i % 2 == 0 ? info[i / 2].min_value : info[i / 2].max_value;
        assert_int_equal(hl_settings_set(&options.settings, info[i / 2].name, value, NULL), HL_OK);
        hl_engine *engine = engine_create_with(&options);
        for (int j = 0; j < 5; j++) {
            engine_add_title(engine, "Mayor opens new harbour bridge", NULL, "a", FIXTURE_NOW_MS + j);
            engine_add_title(engine, "New harbour bridge opened by mayor", NULL, NULL, FIXTURE_NOW_MS + j);
            engine_add_title(engine, "Swimmer wins third medal", NULL, "b", FIXTURE_NOW_MS + 1000 * j);
        }
        assert_true(engine_stats(engine, "").headlines > 0);
        hl_engine_destroy(engine);
    }
}

static void test_engine_refuses_bad_settings(void **state)
{
    (void)state;
    size_t count;
    const struct hl_setting_info *info = hl_settings_info(&count);
    for (size_t i = 0; i < count; i++) {
        struct hl_engine_options options = hl_engine_options_default();
        struct hl_error error = {0};
        hl_engine *engine = NULL;
        double bad = i % 2 == 0 ? NAN : info[i].max_value * 2 + 1;
        memcpy((char *)&options.settings + i * sizeof bad, &bad, sizeof bad);
        assert_int_equal(hl_engine_create(&options, &engine, &error), HL_INVALID);
        assert_string_equal(error.field, info[i].name);
        assert_ptr_equal(engine, NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_every_setting),
        cmocka_unit_test(test_out_of_bounds),
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_unknown),
        cmocka_unit_test(test_engine_at_the_ends),
        cmocka_unit_test(test_engine_refuses_bad_settings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
