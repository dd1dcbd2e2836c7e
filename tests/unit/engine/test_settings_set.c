/*
 * test_settings_set.c - settings of a collection changed while it lives: all or nothing, what may not change, and what follows from it.
 */
#include "support/engine_fixture.h"
#include "support/engine_invariants.h"
#include "support/failing_allocator.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define HOUR_MS INT64_C(3600000)

static enum hl_status set_one(hl_engine *engine, const char *collection, const char *name, double value, int64_t now_ms)
{
    struct hl_setting_change change = {.name = name, .value = value};
    return hl_engine_settings_set(engine, text_of(collection), &change, 1, now_ms, NULL, NULL);
}

static struct hl_settings settings_of(hl_engine *engine, const char *collection)
{
    struct hl_settings settings;
    assert_int_equal(hl_engine_settings_get(engine, text_of(collection), &settings, NULL, NULL), HL_OK);
    return settings;
}

static bool same(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

/* A collection is set up before its first headline; another one is not touched. */
static void test_before_the_first_headline(void **state)
{
    (void)state;
    hl_engine *engine = engine_create(NULL, 0);
    struct hl_settings defaults = hl_settings_default(), settings, initial;
    settings = settings_of(engine, "");
    assert_memory_equal(&settings, &defaults, sizeof settings);
    assert_int_equal(hl_engine_settings_get(engine, text_of("sport"), &settings, NULL, NULL), HL_NOT_FOUND);

    const struct hl_setting_change changes[] = {{.name = "story_idf", .value = 0.5}, {.name = "near_bits", .value = 9}};
    uint64_t seq = 0;
    assert_int_equal(hl_engine_settings_set(engine, text_of("sport"), changes, 2, FIXTURE_NOW_MS, &seq, NULL), HL_OK);
    assert_int_equal(seq, 1);
    assert_int_equal(engine_stats(engine, "").seq, 1);
    assert_int_equal(engine_stats(engine, "sport").headlines, 0);
    assert_int_equal(hl_engine_settings_get(engine, text_of("sport"), &settings, &initial, NULL), HL_OK);
    assert_true(same(settings.story_idf, 0.5) && same(settings.near_bits, 9));
    assert_true(same(settings.join_threshold, defaults.join_threshold));
    assert_memory_equal(&initial, &defaults, sizeof initial);
    assert_int_equal(engine_add_title(engine, "Mayor opens new harbour bridge", NULL, NULL, FIXTURE_NOW_MS).seq, 2);
    settings = settings_of(engine, "");
    assert_memory_equal(&settings, &defaults, sizeof settings);
    hl_engine_destroy(engine);
}

/* Back to what the engine was made with, which need not be the default. */
static void test_reset(void **state)
{
    (void)state;
    struct hl_engine_options options = hl_engine_options_default();
    options.settings.join_threshold = 0.3;
    hl_engine *engine = engine_create_with(&options);
    assert_int_equal(set_one(engine, "", "join_threshold", 1, FIXTURE_NOW_MS), HL_OK);
    assert_true(same(settings_of(engine, "default").join_threshold, 1));
    struct hl_setting_change reset = {.name = "join_threshold", .value = 1e9, .reset = true};
    assert_int_equal(hl_engine_settings_set(engine, text_of(""), &reset, 1, FIXTURE_NOW_MS, NULL, NULL), HL_OK);
    assert_true(same(settings_of(engine, "").join_threshold, 0.3));
    hl_engine_destroy(engine);
}

static void expect_refused(hl_engine *engine, const char *collection, const struct hl_setting_change *changes,
                           size_t count, enum hl_status status, const char *field)
{
    struct frozen before = {0};
    struct hl_error error = {0};
    uint64_t seq = 77;
    frozen_take(&before, engine);
    assert_int_equal(
        hl_engine_settings_set(engine, text_of(collection), changes, count, FIXTURE_NOW_MS + HOUR_MS, &seq, &error),
        status);
    assert_true(frozen_is(&before, engine));
    assert_int_equal(seq, 77);
    assert_string_equal(error.field, field);
    assert_true(strlen(error.message) > 10);
    frozen_clear(&before);
}

static void test_all_or_nothing(void **state)
{
    (void)state;
    struct hl_engine_options options = hl_engine_options_default();
    options.collections_max = 1;
    hl_engine *engine = engine_create_with(&options);
    engine_add_title(engine, "Mayor opens new harbour bridge", NULL, NULL, FIXTURE_NOW_MS);
    const struct hl_setting_change good = {.name = "near_bits", .value = 9};
    const struct hl_setting_change bad[] = {
        {.name = "join_threshold", .value = 2.5}, {.name = "candidates", .value = 6.5}, {.name = "no_such", .value = 1},
        {.name = "no_such", .reset = true},       {.name = "story_idf", .value = 0.5},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const struct hl_setting_change changes[] = {good, bad[i]};
        expect_refused(engine, "", changes, 2, HL_INVALID, bad[i].name);
    }
    expect_refused(engine, "", &good, 0, HL_INVALID, "");
    expect_refused(engine, "no spaces", &good, 1, HL_INVALID, "collection");
    char long_name[HL_COLLECTION_MAX_BYTES + 2];
    memset(long_name, 'a', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    expect_refused(engine, long_name, &good, 1, HL_TOO_LARGE, "collection");
    expect_refused(engine, "second", &good, 1, HL_LIMIT, "collection");
    hl_engine_destroy(engine);
}

/* A fixed setting changes when the last headline is gone, and "changing" it to what it is does no harm before. */
static void test_fixed(void **state)
{
    (void)state;
    hl_engine *engine = engine_create(NULL, 3);
    const char *titles[] = {"Mayor opens new harbour bridge", "New harbour bridge opened by mayor",
                            "Mayor opens the new bridge over the harbour"};
    size_t count, fixed = 0;
    const struct hl_setting_info *infos = hl_settings_info(&count);
    for (size_t i = 0; i < count; i++)
        fixed += infos[i].fixed;
    assert_int_equal(fixed, 1); /* story_idf, which the invariant of the document frequencies knows of */
    for (int round = 0; round < 2; round++) {
        double other = 0.4 + 0.1 * round;
        assert_int_equal(set_one(engine, "", "story_idf", other, FIXTURE_NOW_MS), HL_OK);
        for (int i = 0; i < 3; i++) {
            char id[8];
            snprintf(id, sizeof id, "h%d", i);
            engine_add_title(engine, titles[i], id, id, FIXTURE_NOW_MS);
            assert_int_equal(set_one(engine, "", "story_idf", 0.9, FIXTURE_NOW_MS), HL_INVALID);
            assert_int_equal(set_one(engine, "", "story_idf", other, FIXTURE_NOW_MS), HL_OK);
            engine_check_invariants(engine, true, NULL);
        }
        assert_int_equal(engine_stats(engine, "").stories, 1);
        for (int i = 0; i < 3; i++) {
            char id[8];
            snprintf(id, sizeof id, "h%d", i);
            assert_int_equal(hl_engine_remove(engine, text_of(""), text_of(id), FIXTURE_NOW_MS, NULL), HL_OK);
            engine_check_invariants(engine, true, NULL);
        }
    }
    hl_engine_destroy(engine);
}

/* A window that shrinks lets go a few headlines at a time. */
static void test_smaller_window(void **state)
{
    (void)state;
    hl_engine *engine = engine_create(NULL, 0);
    engine_fill(engine, 50, FIXTURE_NOW_MS);
    assert_int_equal(set_one(engine, "", "window_headlines", 3, FIXTURE_NOW_MS), HL_OK);
    assert_int_equal(engine_stats(engine, "").headlines, 50);
    assert_true(hl_engine_tick(engine, FIXTURE_NOW_MS, 10));
    assert_int_equal(engine_stats(engine, "").headlines, 40);
    assert_false(hl_engine_tick(engine, FIXTURE_NOW_MS, 1000));
    assert_int_equal(engine_stats(engine, "").headlines, 3);
    assert_int_equal(engine_stats(engine, "").expired_count, 47);
    assert_int_equal(set_one(engine, "", "window_age_s", 60, FIXTURE_NOW_MS + HOUR_MS), HL_OK);
    hl_engine_tick(engine, FIXTURE_NOW_MS + HOUR_MS, 1000);
    assert_int_equal(engine_stats(engine, "").headlines, 0);
    assert_int_equal(engine_stats(engine, "").expired_age, 3);
    hl_engine_destroy(engine);
}

/* Stories that left the postings for want of activity come back when the half-life grows, a few at a time; a shorter one retires more. */
static void test_longer_half_life(void **state)
{
    (void)state;
    struct engine_report report = {0};
    hl_engine *engine = engine_create(NULL, 0);
    struct hl_headline copy = headline_of("Mayor opens new harbour bridge across the river");
    engine_fill(engine, 60, FIXTURE_NOW_MS);
    assert_int_equal(set_one(engine, "", "decay_half_life_s", 60, FIXTURE_NOW_MS), HL_OK);
    uint64_t story = engine_add(engine, &copy, FIXTURE_NOW_MS).story;
    hl_engine_tick(engine, FIXTURE_NOW_MS + HOUR_MS, 1000);
    engine_check_invariants(engine, true, &report);
    assert_int_equal(report.retired, 61);
    struct hl_headline late = headline_of("The mayor opens the new bridge across the harbour river");
    assert_int_equal(engine_check(engine, &late, FIXTURE_NOW_MS + HOUR_MS).story, 0);

    assert_int_equal(set_one(engine, "", "decay_half_life_s", 0, FIXTURE_NOW_MS + HOUR_MS), HL_OK);
    copy.source = text_of("Harbour Wire"); /* brings its story back itself, before its turn */
    assert_int_equal(engine_add(engine, &copy, FIXTURE_NOW_MS + HOUR_MS).story, story);
    engine_check_invariants(engine, true, NULL);
    assert_true(hl_engine_tick(engine, FIXTURE_NOW_MS + HOUR_MS, 10));
    engine_check_invariants(engine, true, NULL);
    assert_false(hl_engine_tick(engine, FIXTURE_NOW_MS + HOUR_MS, 1000));
    report = (struct engine_report){0};
    engine_check_invariants(engine, true, &report);
    assert_int_equal(report.retired, 0);
    assert_int_equal(engine_check(engine, &late, FIXTURE_NOW_MS + HOUR_MS).story, story);
    hl_engine_destroy(engine);
}

/* Every allocation that a new collection needs fails once; nothing has changed then. */
static void test_no_memory(void **state)
{
    (void)state;
    struct failing_allocator fa;
    struct frozen before = {0};
    failing_allocator_init(&fa);
    hl_engine *engine = engine_create(&fa.allocator, 5);
    engine_add_title(engine, "Mayor opens new harbour bridge", NULL, NULL, FIXTURE_NOW_MS);
    frozen_take(&before, engine);
    uint64_t nth = 0;
    enum hl_status status = HL_NO_MEMORY;
    while (status != HL_OK) {
        failing_allocator_arm(&fa, ++nth, 1);
        status = set_one(engine, "sport", "near_bits", 9, FIXTURE_NOW_MS);
        assert_true(status == HL_OK || (status == HL_NO_MEMORY && frozen_is(&before, engine)));
    }
    assert_false(failing_allocator_fired(&fa));
    assert_true(nth > 5);
    failing_allocator_arm(&fa, 1, UINT64_MAX); /* a collection that is there needs none */
    assert_int_equal(set_one(engine, "sport", "near_bits", 10, FIXTURE_NOW_MS), HL_OK);
    failing_allocator_arm(&fa, 0, 0);
    frozen_clear(&before);
    hl_engine_destroy(engine);
    assert_true(failing_allocator_is_clean(&fa));
}

/* The state says which settings it was made with, also of a collection without a headline. */
static void test_frozen(void **state)
{
    (void)state;
    hl_engine *engine = engine_create(NULL, 0);
    struct frozen one = {0};
    assert_int_equal(set_one(engine, "sport", "near_bits", 9, FIXTURE_NOW_MS), HL_OK);
    frozen_take(&one, engine);
    hl_engine *other = engine_create(NULL, 99);
    assert_int_equal(set_one(other, "sport", "near_bits", 9, FIXTURE_NOW_MS), HL_OK);
    assert_true(frozen_is(&one, other));
    hl_engine_destroy(other);
    other = engine_create(NULL, 99);
    assert_int_equal(set_one(other, "sport", "near_bits", 10, FIXTURE_NOW_MS), HL_OK);
    assert_false(frozen_is(&one, other));
    frozen_clear(&one);
    hl_engine_destroy(other);
    hl_engine_destroy(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_before_the_first_headline),
        cmocka_unit_test(test_reset),
        cmocka_unit_test(test_all_or_nothing),
        cmocka_unit_test(test_fixed),
        cmocka_unit_test(test_smaller_window),
        cmocka_unit_test(test_longer_half_life),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_frozen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
