/*
 * test_changes.c - what changes an engine, for those who write it down: which calls do, at what time, and how the rest is done again; options
 * that change; and everything that is live, one after the other.
 */
#include "engine/state.h"
#include "support/engine_fixture.h"
#include "support/failing_allocator.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static hl_engine *engine_of_an_hour(void)
{
    struct hl_engine_options options = hl_engine_options_default();
    options.settings.window_age_s = 3600;
    return engine_create_with(&options);
}

/* A replayed headline, a check and a tick with nothing to do leave the engine and its time as they were. */
static void test_nothing_changes(void **state)
{
    (void)state;
    hl_engine *engine = engine_of_an_hour();
    struct frozen frozen = {0};
    assert_true(hl_engine_now(engine) < 0);
    (void)engine_add_title(engine, "Ferry runs aground off Merrow", "a", "Wire", FIXTURE_NOW_MS);
    assert_int_equal(hl_engine_now(engine), FIXTURE_NOW_MS);
    frozen_take(&frozen, engine);
    struct hl_result result =
        engine_add_title(engine, "Ferry runs aground off Merrow", "a", "Wire", FIXTURE_NOW_MS + 1000);
    assert_int_equal(result.verdict, HL_VERDICT_REPLAYED);
    assert_false(hl_engine_has_expired(engine));
    assert_false(hl_engine_tick(engine, FIXTURE_NOW_MS + 2000, 10));
    assert_false(hl_engine_has_expired(engine));
    struct hl_headline other = headline_of("Bakers of Tollen end their strike");
    (void)engine_check(engine, &other, FIXTURE_NOW_MS + 3000);
    assert_int_equal(hl_engine_make_room(engine, &other, FIXTURE_NOW_MS + 3000, NULL), HL_OK);
    assert_int_equal(hl_engine_now(engine), FIXTURE_NOW_MS);
    assert_true(frozen_is(&frozen, engine));
    assert_int_equal(engine_stats(engine, "").verdicts[HL_VERDICT_REPLAYED], 1);
    frozen_clear(&frozen);
    hl_engine_destroy(engine);
}

/* What lets something go says so, and has the time it went by. */
static void test_expiry_shows(void **state)
{
    (void)state;
    const int64_t late_ms = FIXTURE_NOW_MS + 3600001;
    hl_engine *engine = engine_of_an_hour();
    (void)engine_add_title(engine, "Ferry runs aground off Merrow", "a", "Wire", FIXTURE_NOW_MS);
    (void)engine_add_title(engine, "Bakers of Tollen end their strike", "b", "Wire", FIXTURE_NOW_MS + 10);
    assert_false(hl_engine_has_expired(engine));
    struct hl_result result = engine_add_title(engine, "Bakers of Tollen end their strike", "b", "Wire", late_ms);
    assert_int_equal(result.verdict, HL_VERDICT_REPLAYED);
    assert_true(hl_engine_has_expired(engine)); /* the ferry */
    assert_int_equal(hl_engine_now(engine), late_ms);
    (void)hl_engine_tick(engine, late_ms + 10, 10);
    assert_true(hl_engine_has_expired(engine));
    assert_int_equal(hl_engine_now(engine), late_ms + 10);
    struct hl_headline bad = headline_of("");
    assert_int_equal(hl_engine_add(engine, &bad, late_ms, &result, NULL), HL_INVALID);
    assert_false(hl_engine_has_expired(engine));
    hl_engine_destroy(engine);
}

/* make_room does what an add did that ran out of memory. */
static void test_make_room(void **state)
{
    (void)state;
    const int64_t late_ms = FIXTURE_NOW_MS + 3600001;
    struct hl_headline next = headline_of("Comet seen from northern islands");
    next.collection = text_of("sky");
    unsigned failures = 0;
    for (uint64_t nth = 1;; nth++) {
        struct failing_allocator fa;
        struct hl_result result;
        struct frozen frozen = {0};
        failing_allocator_init(&fa);
        struct hl_engine_options options = hl_engine_options_default();
        options.settings.window_age_s = 3600;
        options.allocator = &fa.allocator;
        hl_engine *engine = engine_create_with(&options), *other = engine_of_an_hour();
        (void)engine_add_title(engine, "Ferry runs aground off Merrow", "a", "Wire", FIXTURE_NOW_MS);
        (void)engine_add_title(other, "Ferry runs aground off Merrow", "a", "Wire", FIXTURE_NOW_MS);
        failing_allocator_arm(&fa, nth, 1);
        enum hl_status status = hl_engine_add(engine, &next, late_ms, &result, NULL);
        failing_allocator_arm(&fa, 0, 0);
        if (status == HL_NO_MEMORY && hl_engine_has_expired(engine)) {
            failures++;
            assert_int_equal(hl_engine_make_room(other, &next, late_ms, NULL), HL_OK);
            assert_true(hl_engine_has_expired(other));
            frozen_take(&frozen, engine);
            assert_true(frozen_is(&frozen, other));
            frozen_clear(&frozen);
        }
        hl_engine_destroy(engine);
        hl_engine_destroy(other);
        assert_true(failing_allocator_is_clean(&fa));
        if (status == HL_OK)
            break;
    }
    assert_true(failures > 3);
}

static void test_options(void **state)
{
    (void)state;
    struct hl_engine_options options = hl_engine_options_default();
    struct hl_error error;
    struct hl_settings settings, initial;
    options.collections_max = 1;
    hl_engine *engine = engine_create_with(&options);
    struct hl_headline headline = headline_of("Ferry runs aground off Merrow");
    (void)engine_add(engine, &headline, FIXTURE_NOW_MS);
    headline.collection = text_of("sky");
    struct hl_result result;
    assert_int_equal(hl_engine_add(engine, &headline, FIXTURE_NOW_MS, &result, &error), HL_LIMIT);
    options.collections_max = 2;
    options.settings.near_bits = 40;
    assert_int_equal(hl_engine_options_set(engine, &options, &error), HL_OK);
    (void)engine_add(engine, &headline, FIXTURE_NOW_MS);
    assert_int_equal(hl_engine_settings_get(engine, text_of("sky"), &settings, &initial, &error), HL_OK);
    assert_true(settings.near_bits == 40 && initial.near_bits == 40);
    assert_int_equal(hl_engine_settings_get(engine, text_of(""), &settings, NULL, &error), HL_OK);
    assert_true(settings.near_bits == hl_settings_default().near_bits);
    options.settings.near_bits = 4000;
    assert_int_equal(hl_engine_options_set(engine, &options, &error), HL_INVALID);
    options.settings.near_bits = 50;
    options.collections_max = 1; /* there are two */
    assert_int_equal(hl_engine_options_set(engine, &options, &error), HL_OK);
    headline.collection = text_of("sea");
    assert_int_equal(hl_engine_add(engine, &headline, FIXTURE_NOW_MS, &result, &error), HL_LIMIT);
    assert_int_equal(engine_stats(engine, "").collections, 2);
    (void)engine_add_title(engine, "Bakers of Tollen end their strike", "b", "Wire", FIXTURE_NOW_MS);
    (void)engine_add_title(engine, "Comet seen from northern islands", "c", "Wire", FIXTURE_NOW_MS);
    options.memory_max_bytes = 1;
    assert_int_equal(hl_engine_options_set(engine, &options, &error), HL_OK);
    (void)hl_engine_tick(engine, FIXTURE_NOW_MS, 100);
    assert_true(engine_stats(engine, "").expired_memory > 0);
    hl_engine_destroy(engine);
}

static void test_options_without_memory(void **state)
{
    (void)state;
    struct failing_allocator fa;
    failing_allocator_init(&fa);
    struct hl_engine_options options = hl_engine_options_default();
    options.allocator = &fa.allocator;
    hl_engine *engine = engine_create_with(&options);
    (void)engine_add_title(engine, "Ferry runs aground off Merrow", "a", "Wire", FIXTURE_NOW_MS);
    options.collections_max = 100;
    options.settings.near_bits = 40;
    for (uint64_t nth = 1; nth <= 2; nth++) {
        struct hl_settings settings, initial;
        failing_allocator_arm(&fa, nth, 1);
        assert_int_equal(hl_engine_options_set(engine, &options, NULL), HL_NO_MEMORY);
        assert_true(failing_allocator_fired(&fa));
        assert_int_equal(hl_engine_settings_get(engine, text_of(""), &settings, &initial, NULL), HL_OK);
        assert_true(initial.near_bits == hl_settings_default().near_bits);
    }
    failing_allocator_arm(&fa, 0, 0);
    assert_int_equal(hl_engine_options_set(engine, &options, NULL), HL_OK);
    hl_engine_destroy(engine);
    assert_true(failing_allocator_is_clean(&fa));
}

struct seen {
    char ids[200];
    size_t aliases;
    unsigned left; /* visits before it is enough */
};

static enum hl_status see(void *context, const struct hl_headline_view *view, const struct hl_text *aliases,
                          size_t alias_count, struct hl_error *error)
{
    struct seen *seen = context;
    size_t used = strlen(seen->ids);
    (void)snprintf(seen->ids + used, sizeof seen->ids - used, "%.*s ", (int)view->id.length, view->id.data);
    for (size_t i = 0; i < alias_count; i++)
        seen->aliases += text_is(aliases[i], "a2") || text_is(aliases[i], "a3");
    return seen->left-- > 1 ? HL_OK : hl_error_set(error, HL_IO, NULL, "enough");
}

/* In the order they came, though a sighting puts a headline last in the window's queue. */
static void test_each_headline(void **state)
{
    (void)state;
    hl_engine *engine = engine_of_an_hour();
    struct hl_error error;
    struct seen seen = {.left = 100};
    assert_int_equal(hl_engine_each_headline(engine, text_of(""), see, &seen, &error), HL_OK);
    assert_string_equal(seen.ids, "");
    (void)engine_add_title(engine, "Ferry runs aground off Merrow", "a", "Wire", FIXTURE_NOW_MS);
    (void)engine_add_title(engine, "Bakers of Tollen end their strike", "b", "Wire", FIXTURE_NOW_MS + 1);
    (void)engine_add_title(engine, "Ferry runs aground off Merrow", "a2", "Wire", FIXTURE_NOW_MS + 2);
    (void)engine_add_title(engine, "Ferry runs aground off Merrow", "a3", "Wire", FIXTURE_NOW_MS + 3);
    (void)engine_add_title(engine, "Comet seen from northern islands", "c", "Wire", FIXTURE_NOW_MS + 4);
    assert_int_equal(hl_engine_each_headline(engine, text_of(""), see, &seen, &error), HL_OK);
    assert_string_equal(seen.ids, "a b c ");
    assert_int_equal(seen.aliases, 2);
    seen = (struct seen){.left = 2};
    assert_int_equal(hl_engine_each_headline(engine, text_of("default"), see, &seen, &error), HL_IO);
    assert_string_equal(seen.ids, "a b ");
    assert_int_equal(hl_engine_each_headline(engine, text_of("sky"), see, &seen, &error), HL_NOT_FOUND);
    uint64_t ids[4];
    assert_int_equal(hl_engine_story_absorbed(engine, 1, ids, 4), 0);
    assert_int_equal(hl_engine_story_absorbed(engine, 99, ids, 4), 0);
    assert_int_equal(hl_engine_topic_absorbed(engine, 99, ids, 4), 0);
    hl_engine_destroy(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_changes),
        cmocka_unit_test(test_expiry_shows),
        cmocka_unit_test(test_make_room),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_options_without_memory),
        cmocka_unit_test(test_each_headline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
