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

#define NOW FIXTURE_NOW_MS
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

/* ---- preferred sources ---- */

static enum hl_status prefer(hl_engine *engine, const char *collection, struct hl_text names, struct hl_error *error)
{
    const struct hl_setting_change change = {.name = HL_PREFER_SOURCES, .text = names};
    return hl_engine_settings_set(engine, text_of(collection), &change, 1, NOW, NULL, error);
}

static void test_preferred_sources_are_kept(void **state)
{
    (void)state;
    hl_engine *engine = engine_create(NULL, 21);
    struct hl_engine_options options = hl_engine_options_default();
    assert_int_equal(hl_engine_prefer_sources(engine, text_of("")).length, 0);
    assert_int_equal(prefer(engine, "desk", text_of("Wire\nPost\nWire"), NULL), HL_OK);
    assert_true(text_is(hl_engine_prefer_sources(engine, text_of("desk")), "Wire\nPost\nWire"));
    struct hl_headline headline = headline_of("Ferry crews in Dunmore vote to strike");
    headline.collection = text_of("desk");
    static const char *const sources[] = {"Echo", "Post", "Wire"};
    uint64_t story = 0;
    for (int i = 0; i < 3; i++) {
        headline.source = text_of(sources[i]);
        story = engine_add(engine, &headline, NOW + i).story;
    }
    struct hl_story_view view;
    for (int round = 0; round < 2; round++) {
        assert_int_equal(hl_engine_story(engine, story, NOW, &view, NULL), HL_OK);
        assert_true(text_is(view.representative.source, "Wire") && text_is(view.first.source, "Echo"));
        engine = engine_reload(engine, &options);
        assert_true(text_is(hl_engine_prefer_sources(engine, text_of("desk")), "Wire\nPost\nWire"));
    }
    const struct hl_setting_change back[] = {{.name = "near_bits", .value = 9},
                                             {.name = HL_PREFER_SOURCES, .reset = true}};
    assert_int_equal(hl_engine_settings_set(engine, text_of("desk"), back, 2, NOW, NULL, NULL), HL_OK);
    assert_int_equal(hl_engine_prefer_sources(engine, text_of("desk")).length, 0);
    assert_int_equal(hl_engine_story(engine, story, NOW, &view, NULL), HL_OK);
    uint64_t most_central = view.representative.seq;
    assert_int_equal(prefer(engine, "desk", text_of("Nobody"), NULL), HL_OK); /* has no headline: as without */
    assert_int_equal(hl_engine_story(engine, story, NOW, &view, NULL), HL_OK);
    assert_int_equal(view.representative.seq, most_central);
    hl_engine_destroy(engine);
}

/* Preferred or not, of a source's headlines the most central one is shown, and one too far back is not looked for. */
static void test_preferred_sources_far_back(void **state)
{
    (void)state;
    hl_engine *engine = engine_create(NULL, 22);
    struct hl_story_view view;
    uint64_t story = engine_add_title(engine, "Swimmer wins third medal in a week", "first", "First", NOW).story;
    engine_add_title(engine, "Swimmer wins third medal in a week", "old", "Old", NOW);
    for (int i = 0; i < 511; i++) {
        char source[16];
        snprintf(source, sizeof source, "S%d", i);
        engine_add_title(engine, "Swimmer wins third medal in a week", source, source, NOW);
    }
    assert_int_equal(prefer(engine, "", text_of("Old\nFirst\nS7"), NULL), HL_OK);
    assert_int_equal(hl_engine_story(engine, story, NOW, &view, NULL), HL_OK);
    assert_true(text_is(view.representative.id, "old")); /* the 512th from the end */
    engine_add_title(engine, "Swimmer wins third medal in a week", "more", "More", NOW);
    assert_int_equal(hl_engine_story(engine, story, NOW, &view, NULL), HL_OK);
    assert_true(text_is(view.representative.id, "first")); /* the first is always looked at */
    assert_int_equal(prefer(engine, "", text_of("Old\nS7"), NULL), HL_OK);
    assert_int_equal(hl_engine_story(engine, story, NOW, &view, NULL), HL_OK);
    assert_true(text_is(view.representative.id, "S7"));
    hl_engine_destroy(engine);
}

static void test_preferred_sources_refused(void **state)
{
    (void)state;
    static char many[3 * 65], big[HL_PREFER_SOURCES_BYTES + 1], longer[HL_SOURCE_MAX_BYTES + 1];
    struct failing_allocator fa;
    struct hl_error error = {0};
    failing_allocator_init(&fa);
    hl_engine *engine = engine_create(&fa.allocator, 23);
    assert_int_equal(prefer(engine, "", text_of("Wire"), NULL), HL_OK);
    for (int i = 0; i < 65; i++)
        memcpy(many + (size_t)3 * (size_t)i, "ab\n", 3);
    memset(big, 'a', sizeof big);
    for (size_t i = 99; i < sizeof big; i += 100)
        big[i] = '\n';
    memset(longer, 'a', sizeof longer);
    const struct {
        struct hl_text names;
        enum hl_status status;
    } rows[] = {
        {{many, 3 * 65 - 1}, HL_INVALID},    {{big, sizeof big}, HL_TOO_LARGE}, {{longer, sizeof longer}, HL_TOO_LARGE},
        {text_of("Wire\n"), HL_INVALID},     {text_of("\nWire"), HL_INVALID},   {text_of("Wi\tre"), HL_INVALID},
        {text_of("Wire\n\xff"), HL_INVALID},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(prefer(engine, "", rows[i].names, &error), rows[i].status);
        assert_string_equal(error.field, HL_PREFER_SOURCES);
        assert_true(text_is(hl_engine_prefer_sources(engine, text_of("")), "Wire"));
    }
    assert_int_equal(prefer(engine, "", (struct hl_text){many, 3 * 64 - 1}, NULL), HL_OK); /* as many as may be */
    for (uint64_t nth = 1, done = 0; !done; nth++) { /* a collection that comes with it goes with it */
        failing_allocator_arm(&fa, nth, UINT64_MAX);
        done = prefer(engine, "desk", text_of("Wire"), NULL) == HL_OK;
        failing_allocator_arm(&fa, 0, 0);
        assert_int_equal(engine_stats(engine, NULL).collections, done ? 2 : 1);
    }
    hl_engine_destroy(engine);
    assert_true(failing_allocator_is_clean(&fa));
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
        cmocka_unit_test(test_preferred_sources_are_kept),
        cmocka_unit_test(test_preferred_sources_far_back),
        cmocka_unit_test(test_preferred_sources_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
