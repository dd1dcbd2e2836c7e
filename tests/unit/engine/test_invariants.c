/*
 * test_invariants.c - what must hold inside the engine, recomputed from scratch again and again while random streams run.
 */
#include "support/engine_fixture.h"
#include "support/engine_invariants.h"
#include "support/failing_allocator.h"
#include "support/news_stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "engine/state.h"

enum { CALLS = 1500, CHECK_EVERY = 25 };

struct run {
    struct failing_allocator memory;
    struct hl_engine_options options;
    struct news_stream stream;
    struct engine_report report;
    struct hl_engine_stats stats;
    unsigned change_every; /* calls between two changes of a setting; 0: none */
    uint64_t random;       /* which decides what is changed */
};

static void run_init(struct run *run, uint64_t seed)
{
    memset(run, 0, sizeof *run);
    failing_allocator_init(&run->memory);
    run->options = hl_engine_options_default();
    run->options.allocator = &run->memory.allocator;
    run->options.hash_seed = seed;
    news_stream_init(&run->stream, seed);
}

static void check(struct run *run, hl_engine *engine)
{
    engine_check_invariants(engine, true, &run->report);
    assert_int_equal(engine_stats(engine, "").memory_bytes, run->memory.live_bytes);
}

/* Runs the stream, then removes what is left, looking inside all the way. */
static void run_all(struct run *run, unsigned calls)
{
    hl_engine *engine = engine_create_with(&run->options);
    struct news_call call;
    for (unsigned i = 1; i <= calls; i++) {
        news_stream_next(&run->stream, &call);
        enum hl_status status = news_call_make(&call, engine, NULL);
        assert_true(status == HL_OK || (status == HL_NOT_FOUND && call.kind == NEWS_REMOVE));
        if (run->change_every > 0 && i % run->change_every == 0)
            engine_change_setting(engine, "", &run->random, call.now_ms);
        if (i % CHECK_EVERY == 0)
            check(run, engine);
    }
    run->stats = engine_stats(engine, "");
    int64_t end_ms = call.now_ms + INT64_C(4000000000000);
    while (hl_engine_tick(engine, end_ms, 97))
        check(run, engine);
    check(run, engine);
    assert_int_equal(engine_stats(engine, "").headlines, 0);
    assert_int_equal(engine_stats(engine, "").features, 0);
    hl_engine_destroy(engine);
    assert_true(failing_allocator_is_clean(&run->memory));
}

static void test_default_settings(void **state)
{
    (void)state;
    struct run run;
    run_init(&run, 1);
    run_all(&run, CALLS);
    assert_true(run.stats.merges > 0 && run.stats.split_tests > 0);
    assert_true(run.report.aliases > 0 && run.report.copies > 0 && run.report.redirects > 0);
    assert_true(run.report.multiple > 0 && run.report.shared_pair > 1);
}

/* With fewer headlines than a posting list has room for, the postings lead to every word of every story. */
static void test_small_window(void **state)
{
    (void)state;
    struct run run;
    run_init(&run, 2);
    run.options.settings.window_headlines = HL_POSTINGS_MAX - 4;
    run.stream.collections = 2;
    run.stream.vocabulary = 300;
    run_all(&run, CALLS);
    assert_true(run.stats.expired_count > 0);
    assert_true(run.report.longest >= 5);
    assert_int_equal(run.report.unposted, 0);
}

/* Long titles fill stories with more terms than are kept. */
static void test_pruned_stories(void **state)
{
    (void)state;
    struct run run;
    run_init(&run, 3);
    run.options.settings.window_headlines = 150;
    run.stream.events = 3;
    run.stream.collections = 1;
    run.stream.long_titles = 3;
    run_all(&run, CALLS / 2);
    assert_true(run.report.pruned > 0);
    assert_true(run.stats.merges > 0);
}

/* Stories that nobody adds to leave the postings, and some come back by revisions and copies. */
static void test_retired_stories(void **state)
{
    (void)state;
    struct run run;
    run_init(&run, 4);
    run.options.settings.decay_half_life_s = 400;
    run.options.settings.window_age_s = 6 * 3600;
    run_all(&run, CALLS);
    assert_true(run.report.retired > 0);
    assert_true(run.stats.expired_age > 0);
}

static void test_memory_window(void **state)
{
    (void)state;
    struct run run;
    run_init(&run, 5);
    run.stream.collections = 1;
    run.options.memory_max_bytes = UINT64_C(1) << 20;
    run_all(&run, CALLS);
    assert_true(run.stats.expired_memory > 0);
}

/* Everything joins: few large stories, which fall apart as their events drift. */
static void test_large_stories(void **state)
{
    (void)state;
    struct run run;
    run_init(&run, 6);
    run.options.settings.join_threshold = 0.05;
    run.options.settings.rival_weight = 0;
    run.options.settings.split_factor = 2;
    run.stream.events = 4;
    run.stream.collections = 1;
    run_all(&run, CALLS / 2);
    assert_true(run.stats.splits > 0 && run.stats.merges > 0);
    assert_true(run.report.largest > 32);
}

/* Nothing joins: every posting list runs full and forgets its oldest story. */
static void test_full_postings(void **state)
{
    (void)state;
    struct run run;
    run_init(&run, 7);
    run.options.settings.join_threshold = 2;
    run.options.settings.merge_candidates = 0;
    run.stream.vocabulary = 100;
    run.stream.collections = 1;
    run_all(&run, CALLS);
    assert_int_equal(run.report.longest, HL_POSTINGS_MAX);
    assert_true(run.report.unposted > 0);
}

/* The ends of the settings that stories are made with. */
static void test_other_settings(void **state)
{
    (void)state;
    for (int way = 0; way < 2; way++) {
        struct run run;
        run_init(&run, 8);
        struct hl_settings *s = &run.options.settings;
        s->story_idf = way;
        s->pair_weight = 2 * way;
        s->position_weight = way;
        s->length_norm = way == 0 ? 0.25 : 1;
        s->query_features = way == 0 ? 1 : 64;
        s->candidates = way == 0 ? 1 : 64;
        s->decay_half_life_s = 0;
        s->hot_after = 20;
        run_all(&run, CALLS / 3);
        assert_true(run.report.multiple > 0);
    }
}

/* Settings change all the time, and with them the window, and the half-life after which stories leave the postings. */
static void test_changing_settings(void **state)
{
    (void)state;
    struct run run;
    run_init(&run, 9);
    run.options.settings.decay_half_life_s = 600;
    run.options.settings.window_headlines = 300;
    run.stream.collections = 1;
    run.change_every = 10;
    run_all(&run, 2 * CALLS);
    assert_true(run.report.retired > 0 && run.report.multiple > 0 && run.stats.merges > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_default_settings),  cmocka_unit_test(test_small_window),
        cmocka_unit_test(test_pruned_stories),    cmocka_unit_test(test_retired_stories),
        cmocka_unit_test(test_memory_window),     cmocka_unit_test(test_large_stories),
        cmocka_unit_test(test_full_postings),     cmocka_unit_test(test_other_settings),
        cmocka_unit_test(test_changing_settings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
