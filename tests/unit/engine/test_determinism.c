/*
 * test_determinism.c - the same calls give the same answers, events and bytes, whatever may not matter: hash seed, allocator, questions asked
 * in between, an observer, having been saved and loaded.
 */
#include "engine/window.h"
#include "support/engine_fixture.h"
#include "support/failing_allocator.h"
#include "support/news_stream.h"
#include "support/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CALLS = 3000, FREEZE_EVERY = 500, EVENTS_MAX = 64, LIST_MAX = 40 };

/* The events of one call. */
struct events {
    struct hl_event event[EVENTS_MAX];
    size_t count;
};

/* One engine that differs from its twin in what may not matter. */
struct side {
    struct failing_allocator memory;
    struct hl_engine_options options;
    hl_engine *engine;
    struct events events;
};

static void observe(void *context, const struct hl_event *event)
{
    struct events *events = context;
    assert_true(events->count < EVENTS_MAX);
    struct hl_event *kept = &events->event[events->count++];
    memset(kept, 0, sizeof *kept); /* the padding too: they are compared as bytes */
    kept->kind = event->kind;
    kept->seq = event->seq;
    kept->story = event->story;
    kept->other_story = event->other_story;
    kept->at_ms = event->at_ms;
}

/* The first side has malloc, the second an allocator that fills all memory with rubbish and moves every block. */
static void sides_create(struct side sides[2], const struct hl_engine_options *options)
{
    for (int i = 0; i < 2; i++) {
        struct hl_engine_options *own = &sides[i].options;
        failing_allocator_init(&sides[i].memory);
        *own = *options;
        own->allocator = i == 0 ? NULL : &sides[i].memory.allocator;
        own->hash_seed = i == 0 ? 0 : UINT64_C(0x9d8f3c2b1a405162);
        sides[i].engine = engine_create_with(own);
        hl_engine_observe(sides[i].engine, observe, &sides[i].events);
    }
}

static void sides_destroy(struct side sides[2])
{
    for (int i = 0; i < 2; i++) {
        hl_engine_destroy(sides[i].engine);
        assert_true(failing_allocator_is_clean(&sides[i].memory));
    }
}

static void assert_same_text(struct hl_text a, struct hl_text b)
{
    assert_int_equal(a.length, b.length);
    if (a.length > 0)
        assert_memory_equal(a.data, b.data, a.length);
}

static void assert_same_result(const struct hl_result *a, const struct hl_result *b)
{
    assert_int_equal(a->verdict, b->verdict);
    assert_int_equal(a->seq, b->seq);
    assert_same_text(a->id, b->id);
    assert_int_equal(a->story, b->story);
    assert_int_equal(a->story_headlines, b->story_headlines);
    assert_same_text(a->duplicate_of, b->duplicate_of);
    assert_int_equal(a->distance_bits, b->distance_bits);
    assert_int_equal(a->has_distance, b->has_distance);
    assert_memory_equal(&a->similarity, &b->similarity, sizeof a->similarity);
    assert_int_equal(a->sighting, b->sighting);
    assert_memory_equal(&a->fingerprint, &b->fingerprint, sizeof a->fingerprint);
}

/* ---- questions, which change nothing ---- */

static void ask_lists(hl_engine *engine, uint64_t *random, int64_t now_ms)
{
    struct hl_story_view *stories = calloc(LIST_MAX, sizeof *stories);
    struct hl_headline_view *headlines = calloc(LIST_MAX, sizeof *headlines);
    struct hl_story_query query = {
        .order = (enum hl_story_order)random_below(random, 3),
        .since_ms = HL_TIME_NONE,
        .until_ms = HL_TIME_NONE,
        .text = text_of(random_below(random, 2) == 0 ? "" : "minro the"),
        .source = text_of(random_below(random, 2) == 0 ? "" : "Wire"),
        .limit = 1 + random_below(random, LIST_MAX),
    };
    struct hl_cursor next;
    size_t count = 0, members = 0;
    bool more, truncated;
    assert_true(stories != NULL && headlines != NULL);
    assert_int_equal(hl_engine_stories(engine, &query, now_ms, stories, &count, &next, &more, &truncated, NULL), HL_OK);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(
            hl_engine_story_headlines(engine, stories[i].story, 0, headlines, LIST_MAX, &members, &more, NULL), HL_OK);
    free(stories);
    free(headlines);
}

static void ask_story(hl_engine *engine, uint64_t story, int64_t now_ms)
{
    struct hl_story_view view;
    struct hl_history history[32];
    struct hl_source_view sources[8];
    size_t count;
    if (hl_engine_story(engine, story, now_ms, &view, NULL) != HL_OK)
        return;
    assert_int_equal(hl_engine_story_history(engine, story, history, 32, &count, NULL), HL_OK);
    assert_int_equal(hl_engine_story_sources(engine, story, sources, 8, &count, NULL), HL_OK);
}

static void ask_why(hl_engine *engine, const struct news_call *call)
{
    struct hl_explanation one;
    struct hl_pair_explanation two;
    struct hl_headline stored = call->headline, title = call->headline;
    stored.title = title.id = text_of("");
    (void)hl_engine_explain(engine, &stored, call->now_ms, &one, NULL);
    (void)hl_engine_explain(engine, &title, call->now_ms, &one, NULL);
    (void)hl_engine_explain_pair(engine, &title, &stored, call->now_ms, &two, NULL);
}

static void ask(hl_engine *engine, const struct news_call *call, uint64_t *random)
{
    struct hl_headline_view view;
    struct hl_result result;
    switch (random_below(random, 5)) {
    case 0:
        ask_lists(engine, random, call->now_ms);
        break;
    case 1:
        ask_story(engine, random_below(random, 400), call->now_ms);
        break;
    case 2:
        (void)hl_engine_get(engine, call->headline.collection, call->headline.id, &view, NULL);
        break;
    case 3:
        ask_why(engine, call);
        break;
    default: /* what comes next, and when it may be over */
        (void)hl_engine_check(engine, &call->headline, call->now_ms + random_below(random, 1000000), &result, NULL);
    }
}

/* ---- runs ---- */

/* Another setting of some collection, the same on both sides. */
static void change_settings(struct side sides[2], uint64_t *random, int64_t now_ms)
{
    static const char *const collections[] = {"", "never-filled"};
    const char *collection = collections[random_below(random, 8) == 0];
    uint64_t twin = *random;
    bool changed = engine_change_setting(sides[0].engine, collection, random, now_ms);
    assert_int_equal(engine_change_setting(sides[1].engine, collection, &twin, now_ms), changed);
}

/* What befalls the two sides between the calls. */
struct between {
    unsigned questions;    /* that the second side is asked each time */
    unsigned change_every; /* calls after which both sides' settings change; 0: never */
    unsigned reload_every; /* calls after which the second side is saved and loaded with another seed; 0: never */
};

static void reload(struct side *side)
{
    side->options.hash_seed += 0x10001;
    side->engine = engine_reload(side->engine, &side->options);
    hl_engine_observe(side->engine, observe, &side->events);
}

static struct hl_engine_stats run(const struct hl_engine_options *options, struct news_stream *stream,
                                  struct between between)
{
    static struct side sides[2];
    struct news_call call;
    struct frozen frozen = {0};
    uint64_t random = stream->random;
    memset(sides, 0, sizeof sides);
    sides_create(sides, options);
    for (unsigned i = 1; i <= CALLS; i++) {
        struct hl_result results[2] = {{0}};
        enum hl_status status[2];
        news_stream_next(stream, &call);
        if (between.change_every > 0 && i % between.change_every == 0)
            change_settings(sides, &random, call.now_ms);
        if (between.reload_every > 0 && i % between.reload_every == 0)
            reload(&sides[1]);
        for (unsigned question = 0; question < between.questions; question++)
            ask(sides[1].engine, &call, &random);
        for (int side = 0; side < 2; side++) {
            sides[side].events.count = 0;
            status[side] = news_call_make(&call, sides[side].engine, &results[side]);
        }
        assert_int_equal(status[0], status[1]);
        assert_same_result(&results[0], &results[1]);
        /* It may decide who expires. */
        assert_true(hl_window_held_bytes(sides[0].engine) == hl_window_held_bytes(sides[1].engine));
        assert_int_equal(sides[0].events.count, sides[1].events.count);
        assert_memory_equal(sides[0].events.event, sides[1].events.event,
                            sides[0].events.count * sizeof(struct hl_event));
        if (i % FREEZE_EVERY == 0) {
            frozen_take(&frozen, sides[0].engine);
            assert_true(frozen_is(&frozen, sides[1].engine));
        }
    }
    struct hl_engine_stats stats = engine_stats(sides[0].engine, "");
    frozen_clear(&frozen);
    sides_destroy(sides);
    return stats;
}

static void test_whole_stream(void **state)
{
    (void)state;
    struct hl_engine_options options = hl_engine_options_default();
    struct news_stream stream;
    news_stream_init(&stream, 21);
    struct hl_engine_stats stats = run(&options, &stream, (struct between){0});
    for (int verdict = 0; verdict < HL_VERDICT_COUNT; verdict++)
        if (stats.verdicts[verdict] == 0)
            fail_msg("no headline of the stream was %s", hl_verdict_name((enum hl_verdict)verdict));
    assert_true(stats.merges > 0 && stats.removed > 0 && stats.sightings > 0);
}

/* A window through which headlines leave by age and by count. */
static void run_short_window(uint64_t seed, struct between between)
{
    struct hl_engine_options options = hl_engine_options_default();
    options.settings.window_headlines = 150;
    options.settings.window_age_s = 10 * 3600;
    options.settings.decay_half_life_s = 1800;
    struct news_stream stream;
    news_stream_init(&stream, seed);
    stream.long_titles = 8;
    stream.events = 5;
    struct hl_engine_stats stats = run(&options, &stream, between);
    assert_true(stats.expired_age > 0 && stats.expired_count > 0);
}

static void test_expiry_and_pruning(void **state)
{
    (void)state;
    run_short_window(22, (struct between){0});
}

static void test_splits(void **state)
{
    (void)state;
    struct hl_engine_options options = hl_engine_options_default();
    options.settings.join_threshold = 0.05;
    options.settings.split_factor = 2;
    struct news_stream stream;
    news_stream_init(&stream, 23);
    struct hl_engine_stats stats = run(&options, &stream, (struct between){0});
    assert_true(stats.splits > 0);
}

static void test_questions_in_between(void **state)
{
    (void)state;
    struct hl_engine_options options = hl_engine_options_default();
    options.settings.window_headlines = 500;
    struct news_stream stream;
    news_stream_init(&stream, 24);
    run(&options, &stream, (struct between){.questions = 1});
}

static void test_memory_window(void **state)
{
    (void)state;
    struct hl_engine_options options = hl_engine_options_default();
    options.memory_max_bytes = UINT64_C(3) << 19;
    struct news_stream stream;
    news_stream_init(&stream, 25);
    stream.collections = 1;
    struct hl_engine_stats stats = run(&options, &stream, (struct between){.questions = 1});
    assert_true(stats.expired_memory > 0);
}

static void test_settings_in_mid_stream(void **state)
{
    (void)state;
    struct hl_engine_options options = hl_engine_options_default();
    options.settings.window_headlines = 400;
    options.settings.decay_half_life_s = 900;
    struct news_stream stream;
    news_stream_init(&stream, 26);
    struct hl_engine_stats stats = run(&options, &stream, (struct between){.questions = 1, .change_every = 20});
    assert_true(stats.expired_count > 0 && stats.merges > 0);
    assert_int_equal(stats.collections, stream.collections + 1);
}

/* ---- saved and loaded in between ---- */

static void test_reload_of_whole_stream(void **state)
{
    (void)state;
    struct hl_engine_options options = hl_engine_options_default();
    struct news_stream stream;
    news_stream_init(&stream, 27);
    struct hl_engine_stats stats = run(&options, &stream, (struct between){.reload_every = 13});
    assert_true(stats.merges > 0 && stats.removed > 0 && stats.sightings > 0 && stats.topics > 0);
}

static void test_reload_of_short_window(void **state)
{
    (void)state;
    run_short_window(28, (struct between){.reload_every = 5});
}

/* Stories that merge and split at the first occasion. */
static void test_reload_with_splits(void **state)
{
    (void)state;
    struct hl_engine_options options = hl_engine_options_default();
    options.settings.join_threshold = 0.05;
    options.settings.split_factor = 2;
    options.settings.window_headlines = 500;
    struct news_stream stream;
    news_stream_init(&stream, 23);
    struct hl_engine_stats stats = run(&options, &stream, (struct between){.reload_every = 3});
    assert_true(stats.splits > 0 && stats.merges > 0);
}

/* What memory_max_bytes lets go is the same, although the loaded engine's pages are filled otherwise. */
static void test_reload_with_memory_window(void **state)
{
    (void)state;
    struct hl_engine_options options = hl_engine_options_default();
    options.memory_max_bytes = UINT64_C(3) << 19;
    struct news_stream stream;
    news_stream_init(&stream, 29);
    struct hl_engine_stats stats = run(&options, &stream, (struct between){.reload_every = 7});
    assert_true(stats.expired_memory > 0);
}

static void test_reload_with_settings_in_mid_stream(void **state)
{
    (void)state;
    struct hl_engine_options options = hl_engine_options_default();
    options.settings.window_headlines = 400;
    options.settings.decay_half_life_s = 900;
    struct news_stream stream;
    news_stream_init(&stream, 30);
    run(&options, &stream, (struct between){.questions = 1, .change_every = 20, .reload_every = 11});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_stream),
        cmocka_unit_test(test_expiry_and_pruning),
        cmocka_unit_test(test_splits),
        cmocka_unit_test(test_questions_in_between),
        cmocka_unit_test(test_memory_window),
        cmocka_unit_test(test_settings_in_mid_stream),
        cmocka_unit_test(test_reload_of_whole_stream),
        cmocka_unit_test(test_reload_of_short_window),
        cmocka_unit_test(test_reload_with_splits),
        cmocka_unit_test(test_reload_with_memory_window),
        cmocka_unit_test(test_reload_with_settings_in_mid_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
