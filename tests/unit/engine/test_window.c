/*
 * test_window.c - what leaves the window, when, in what steps, and that its memory comes back.
 */
#include "engine/window.h"
#include "support/engine_fixture.h"
#include "support/news_stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NOW FIXTURE_NOW_MS
#define HOUR INT64_C(3600000)

static hl_engine *create(double age_s, double headlines)
{
    struct hl_engine_options options = hl_engine_options_default();
    options.settings.window_age_s = age_s;
    options.settings.window_headlines = headlines;
    return engine_create_with(&options);
}

static uint64_t live(hl_engine *engine)
{
    return engine_stats(engine, "").headlines;
}

/* A title and an id that have a number in common with nothing else. */
static struct hl_result add(hl_engine *engine, unsigned number, int64_t now_ms)
{
    char title[64], id[16];
    snprintf(title, sizeof title, "zorb%ux veltrup%uy quamish%uz", number, number, number);
    snprintf(id, sizeof id, "%u", number);
    return engine_add_title(engine, title, id, "Herald", now_ms);
}

static bool is_live(hl_engine *engine, unsigned number)
{
    struct hl_headline_view view;
    char id[16];
    snprintf(id, sizeof id, "%u", number);
    return hl_engine_get(engine, text_of(""), text_of(id), &view, NULL) == HL_OK;
}

/* ---- age ---- */

static void test_age(void **state)
{
    (void)state;
    hl_engine *engine = create(3600, 1000);
    struct hl_story_view view;
    uint64_t story = add(engine, 1, NOW).story;
    add(engine, 2, NOW + 1);
    assert_false(hl_engine_tick(engine, NOW + HOUR, 100));
    assert_int_equal(live(engine), 2); /* as old as may be */
    assert_false(hl_engine_tick(engine, NOW + HOUR + 1, 100));
    assert_false(is_live(engine, 1));
    assert_true(is_live(engine, 2));
    assert_int_equal(hl_engine_story(engine, story, NOW, &view, NULL), HL_NOT_FOUND);
    assert_int_equal(engine_stats(engine, "").expired_age, 1);
    hl_engine_destroy(engine);
}

static void test_age_counts_from_the_last_sighting(void **state)
{
    (void)state;
    hl_engine *engine = create(3600, 1000);
    add(engine, 1, NOW);
    add(engine, 2, NOW);
    engine_add_title(engine, "zorb1x veltrup1y quamish1z", "again", "Herald", NOW + HOUR);
    hl_engine_tick(engine, NOW + 2 * HOUR, 100);
    assert_true(is_live(engine, 1));
    assert_false(is_live(engine, 2));
    hl_engine_tick(engine, NOW + 2 * HOUR + 1, 100);
    assert_int_equal(live(engine), 0);
    hl_engine_destroy(engine);
}

static void test_age_zero_is_for_ever(void **state)
{
    (void)state;
    hl_engine *engine = create(0, 1000);
    add(engine, 1, NOW);
    hl_engine_tick(engine, NOW + 1000000 * HOUR, 100);
    assert_true(is_live(engine, 1));
    hl_engine_destroy(engine);
}

/* Nobody ticked: what is too old is met by no headline, and each one dropped is counted. */
static void test_too_old_to_be_met(void **state)
{
    (void)state;
    hl_engine *engine = create(3600, 1000);
    for (unsigned i = 0; i < 50; i++)
        add(engine, i, NOW);
    struct hl_headline headline = headline_of("zorb49x veltrup49y quamish49z");
    headline.id = text_of("49");
    assert_int_equal(engine_check(engine, &headline, NOW + 2 * HOUR).verdict, HL_VERDICT_NEW);
    assert_int_equal(add(engine, 49, NOW + 2 * HOUR).verdict, HL_VERDICT_NEW);
    assert_int_equal(hl_engine_remove(engine, text_of(""), text_of("48"), NOW + 2 * HOUR, NULL), HL_NOT_FOUND);
    struct hl_engine_stats stats = engine_stats(engine, "");
    assert_int_equal(stats.headlines + stats.expired_age, 51);
    hl_engine_destroy(engine);
}

/* ---- count ---- */

static void test_count(void **state)
{
    (void)state;
    hl_engine *engine = create(0, 10);
    for (unsigned i = 0; i < 30; i++) {
        add(engine, i, NOW + i);
        assert_true(live(engine) <= 11); /* an add makes room before it comes in */
    }
    hl_engine_tick(engine, NOW + 100, 100);
    assert_int_equal(live(engine), 10);
    for (unsigned i = 0; i < 30; i++)
        assert_int_equal(is_live(engine, i), i >= 20);
    assert_int_equal(engine_stats(engine, "").expired_count, 20);
    hl_engine_destroy(engine);
}

/* Those not seen for longest go first, not those that came first. */
static void test_count_goes_by_last_seen(void **state)
{
    (void)state;
    hl_engine *engine = create(0, 3);
    for (unsigned i = 0; i < 3; i++)
        add(engine, i, NOW + i);
    engine_add_title(engine, "zorb0x veltrup0y quamish0z", "again", "Herald", NOW + 10);
    add(engine, 3, NOW + 11);
    hl_engine_tick(engine, NOW + 12, 100);
    assert_true(is_live(engine, 0));
    assert_false(is_live(engine, 1));
    hl_engine_destroy(engine);
}

/* ---- steps ---- */

static void test_budget(void **state)
{
    (void)state;
    hl_engine *engine = create(3600, 1000);
    for (unsigned i = 0; i < 25; i++)
        add(engine, i, NOW);
    assert_true(hl_engine_tick(engine, NOW + 2 * HOUR, 10));
    assert_int_equal(live(engine), 15);
    assert_true(hl_engine_tick(engine, NOW + 2 * HOUR, 10));
    assert_int_equal(live(engine), 5);
    assert_true(hl_engine_tick(engine, NOW + 2 * HOUR, 0));
    assert_int_equal(live(engine), 5);
    assert_false(hl_engine_tick(engine, NOW + 2 * HOUR, 10));
    assert_int_equal(live(engine), 0);
    assert_false(hl_engine_tick(engine, NOW + 2 * HOUR, 10));
    hl_engine_destroy(engine);
}

/* Adding alone keeps up with what is due. */
static void test_adding_outruns_nothing(void **state)
{
    (void)state;
    hl_engine *engine = create(3600, 100000);
    for (unsigned i = 0; i < 200; i++)
        add(engine, i, NOW);
    for (unsigned i = 200; i < 400; i++)
        add(engine, i, NOW + 2 * HOUR);
    assert_int_equal(live(engine), 200);
    hl_engine_destroy(engine);
}

/* ---- memory ---- */

static void add_from(struct news_stream *stream, hl_engine *engine, unsigned calls)
{
    struct news_call call;
    for (unsigned i = 0; i < calls; i++) {
        news_stream_next(stream, &call);
        (void)news_call_make(&call, engine, NULL);
    }
}

/* What is left of records, text and postings when all is gone is what one collection with nothing in it holds. */
static void test_memory_comes_back(void **state)
{
    (void)state;
    enum { CALLS = 3000, SPARE_BYTES = 256 * 1024 /* tails, a page at hand, tables of chunks */ };
    struct news_stream stream;
    hl_engine *engine = create(3600, 1000000);
    news_stream_init(&stream, 61);
    stream.step_ms = 100;
    stream.long_titles = 10;
    add_from(&stream, engine, 20);
    while (hl_engine_tick(engine, stream.now_ms + 2 * HOUR, 100))
        continue;
    uint64_t empty = engine->memory.bytes, aside = 0;
    for (int round = 0; round < 3; round++) {
        stream.now_ms += 3 * HOUR;
        add_from(&stream, engine, CALLS);
        assert_true(live(engine) > CALLS / 2);
        assert_true(engine->memory.bytes > empty + 4 * SPARE_BYTES);
        while (hl_engine_tick(engine, stream.now_ms + 2 * HOUR, 100))
            continue;
        assert_int_equal(live(engine), 0);
        assert_true(engine->memory.bytes < empty + SPARE_BYTES);
        if (round > 0) /* tables have shrunk again, caches have seen it all before */
            assert_true(engine->aside.bytes < aside + SPARE_BYTES);
        aside = engine->aside.bytes;
        stream.past_count = 0;
    }
    hl_engine_destroy(engine);
}

/* The text of headlines that have everything: ids, sources, addresses and summaries of their own, further ids too. */
static void test_memory_of_texts_comes_back(void **state)
{
    (void)state;
    enum { HEADLINES = 1500, SPARE_BYTES = 128 * 1024 };
    char title[64], id[64], again[64], source[256], url[256];
    hl_engine *engine = create(3600, 1000000);
    add(engine, HEADLINES, NOW);
    uint64_t empty = engine->memory.bytes;
    for (unsigned i = 0; i < HEADLINES; i++) {
        snprintf(title, sizeof title, "zorb%ux veltrup%uy quamish%uz", i, i, i);
        snprintf(id, sizeof id, "the id of headline %u", i);
        snprintf(again, sizeof again, "another id of headline %u", i);
        snprintf(source, sizeof source, "Source %u %200u", i, i);
        snprintf(url, sizeof url, "https://news.example/%200u", i);
        struct hl_headline headline = headline_of(title);
        headline.id = text_of(id);
        headline.source = text_of(source);
        headline.url = headline.summary = text_of(url);
        assert_int_equal(engine_add(engine, &headline, NOW).verdict, HL_VERDICT_NEW);
        headline.id = text_of(again);
        assert_true(engine_add(engine, &headline, NOW).sighting);
    }
    assert_true(engine->memory.bytes > empty + HEADLINES * 600);
    while (hl_engine_tick(engine, NOW + 2 * HOUR, 100))
        continue;
    assert_true(engine->memory.bytes < empty + SPARE_BYTES);
    hl_engine_destroy(engine);
}

static void test_memory_limit(void **state)
{
    (void)state;
    enum { MAX_BYTES = 1280 * 1024, CALLS = 2000 };
    struct hl_engine_options options = hl_engine_options_default();
    struct news_stream stream;
    options.memory_max_bytes = MAX_BYTES;
    hl_engine *engine = engine_create_with(&options);
    news_stream_init(&stream, 62);
    stream.collections = 1;
    for (unsigned i = 0; i < CALLS; i++) {
        add_from(&stream, engine, 1);
        assert_true(hl_window_held_bytes(engine) <
                    MAX_BYTES + 64 * 1024);                         /* an add may come to much, and expires before */
        assert_true(engine->memory.bytes < MAX_BYTES + 512 * 1024); /* seventeen pages that are not full */
    }
    struct hl_engine_stats stats = engine_stats(engine, "");
    assert_true(stats.expired_memory > 0 && stats.headlines > 50);
    assert_int_equal(stats.expired_age + stats.expired_count, 0);
    hl_engine_destroy(engine);
}

/* The largest collection pays. */
static void test_memory_of_collections(void **state)
{
    (void)state;
    struct hl_engine_options options = hl_engine_options_default();
    hl_engine *engine = NULL;
    options.memory_max_bytes = 2 * 1024 * 1024;
    engine = engine_create_with(&options);
    static const char *const titles[] = {"Swimmer wins third medal", "Mayor opens bridge", "Storm closes ferry"};
    for (int i = 0; i < 3; i++) {
        struct hl_headline small = headline_of(titles[i]);
        small.collection = text_of("small");
        engine_add(engine, &small, NOW);
    }
    struct news_stream stream;
    news_stream_init(&stream, 63);
    stream.collections = 1;
    add_from(&stream, engine, 3000);
    assert_true(engine_stats(engine, "default").expired_memory > 0);
    assert_int_equal(engine_stats(engine, "small").headlines, 3);
    assert_int_equal(engine_stats(engine, "small").expired_memory, 0);
    hl_engine_destroy(engine);
}

/* However little there is, the last headline of a collection stays: the engine goes on answering. */
static void test_memory_that_is_never_enough(void **state)
{
    (void)state;
    struct hl_engine_options options = hl_engine_options_default();
    options.memory_max_bytes = 1;
    hl_engine *engine = engine_create_with(&options);
    for (unsigned i = 0; i < 10; i++) {
        assert_int_equal(add(engine, i, NOW).verdict, HL_VERDICT_NEW);
        assert_true(is_live(engine, i));
    }
    assert_false(hl_engine_tick(engine, NOW, 100));
    assert_int_equal(live(engine), 1);
    hl_engine_destroy(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_age),
        cmocka_unit_test(test_age_counts_from_the_last_sighting),
        cmocka_unit_test(test_age_zero_is_for_ever),
        cmocka_unit_test(test_too_old_to_be_met),
        cmocka_unit_test(test_count),
        cmocka_unit_test(test_count_goes_by_last_seen),
        cmocka_unit_test(test_budget),
        cmocka_unit_test(test_adding_outruns_nothing),
        cmocka_unit_test(test_memory_comes_back),
        cmocka_unit_test(test_memory_of_texts_comes_back),
        cmocka_unit_test(test_memory_limit),
        cmocka_unit_test(test_memory_of_collections),
        cmocka_unit_test(test_memory_that_is_never_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
