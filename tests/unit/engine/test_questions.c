/*
 * test_questions.c - what people ask of the stream: collections, the timeline of a story.
 */
#include "support/engine_fixture.h"
#include "support/news_stream.h"

#include <headlined/questions.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOW FIXTURE_NOW_MS
#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

/* ---- collections ---- */

static void test_collections(void **state)
{
    (void)state;
    hl_engine *engine = engine_create(NULL, 1);
    struct hl_collection_view views[3];
    assert_int_equal(hl_engine_collection_views(engine, views, 3), 0);
    struct hl_headline headline = headline_of("Ferry crews in Dunmore vote to strike");
    headline.source = text_of("Harbour Post");
    headline.collection = text_of("desk");
    engine_add(engine, &headline, NOW);
    headline.title = text_of("Harbour bridge closed after lorry fire");
    engine_add(engine, &headline, NOW + 1000);
    engine_add_title(engine, "Comet Veyla visible to the naked eye", "a", "Open Sky", NOW + 2000);
    assert_int_equal(hl_engine_collection_views(engine, views, 1), 1);
    assert_int_equal(hl_engine_collection_views(engine, views, 3), 2);
    assert_true(text_is(views[0].collection, "desk") && text_is(views[1].collection, "default"));
    assert_true(views[0].headlines == 2 && views[0].stories == 2 && views[0].topics == 0);
    assert_true(views[0].last_ms == NOW + 1000 && views[1].last_ms == NOW + 2000);
    headline.title = text_of("Ferry crews in Dunmore vote to strike"); /* a sighting */
    engine_add(engine, &headline, NOW + 3000);
    assert_int_equal(hl_engine_collection_views(engine, views, 3), 2);
    assert_true(views[0].headlines == 2 && views[0].last_ms == NOW + 3000);
    assert_int_equal(hl_engine_remove(engine, text_of(""), text_of("a"), NOW + 4000, NULL), HL_OK);
    assert_int_equal(hl_engine_collection_views(engine, views, 3), 2);
    assert_true(views[1].headlines == 0 && views[1].stories == 0 && views[1].last_ms == HL_TIME_NONE);
    hl_engine_destroy(engine);
}

/* ---- timeline ---- */

#define SWIM "Swimmer wins third medal in a week"

static void ask_timeline(hl_engine *engine, uint64_t story, size_t buckets, struct hl_timeline *out)
{
    struct hl_error error = {0};
    if (hl_engine_timeline(engine, story, buckets, out, &error) != HL_OK)
        fail_msg("no timeline: %s", error.message);
}

static void expect_moment(const struct hl_moment *moment, enum hl_moment_kind kind, int64_t at_ms, const char *source)
{
    assert_string_equal(hl_moment_name(moment->kind), hl_moment_name(kind));
    assert_true(moment->at_ms == at_ms);
    assert_true(text_is(moment->headline.source, source));
    assert_int_equal(moment->has_headline, source[0] != '\0');
}

static void test_timeline(void **state)
{
    (void)state;
    static struct hl_timeline timeline;
    hl_engine *engine = engine_create(NULL, 2);
    uint64_t story = engine_add_title(engine, SWIM, "a", "A", NOW + 5 * SECOND).story;
    engine_add_title(engine, SWIM, "b", "B", NOW + 61 * SECOND);
    engine_add_title(engine, SWIM, "none", NULL, NOW + 62 * SECOND);
    engine_add_title(engine, "Swimmer wins third medal in a week!", "a2", "A", NOW + 62 * SECOND); /* a sighting */
    engine_add_title(engine, SWIM, "c", "C", NOW + 5 * MINUTE);
    ask_timeline(engine, story, 6, &timeline);
    assert_true(timeline.story == story && timeline.redirected_from == 0 && text_is(timeline.collection, "default"));
    assert_true(timeline.bucket_ms == MINUTE && timeline.start_ms == NOW && timeline.count == 6);
    static const uint32_t counts[] = {1, 2, 0, 0, 0, 1}, duplicates[] = {0, 2, 0, 0, 0, 1};
    assert_memory_equal(timeline.counts, counts, sizeof counts);
    assert_memory_equal(timeline.duplicates, duplicates, sizeof duplicates);
    assert_int_equal(timeline.moment_count, 4);
    expect_moment(&timeline.moments[0], HL_MOMENT_FIRST, NOW + 5 * SECOND, "A");
    expect_moment(&timeline.moments[1], HL_MOMENT_PEAK, NOW + MINUTE, "");
    assert_int_equal(timeline.moments[1].headlines, 2);
    expect_moment(&timeline.moments[2], HL_MOMENT_SOURCE, NOW + 61 * SECOND, "B");
    expect_moment(&timeline.moments[3], HL_MOMENT_SOURCE, NOW + 5 * MINUTE, "C");
    ask_timeline(engine, story, 5, &timeline); /* one less does not reach: the next round span */
    assert_true(timeline.bucket_ms == 2 * MINUTE && timeline.count == 3);
    ask_timeline(engine, story, 2, &timeline);
    assert_true(timeline.bucket_ms == 5 * MINUTE && timeline.count == 2 && timeline.counts[0] == 3);
    hl_engine_destroy(engine);
}

/* Whatever the span, the buckets are as many as asked for at most and hold every headline; times before 1970 are no exception. */
static void test_timeline_spans(void **state)
{
    (void)state;
    static struct hl_timeline timeline;
    static const int64_t starts[] = {-500 * DAY - 1, -1, 0, NOW}, spans[] = {0, SECOND - 1, SECOND, HOUR, 29 * DAY + 7};
    static const size_t buckets[] = {2, 3, 48, HL_TIMELINE_BUCKETS_MAX};
    for (size_t i = 0; i < 4 * 5 * 4; i++) {
        int64_t start_ms = starts[i % 4], span_ms = spans[i / 4 % 5];
        hl_engine *engine = engine_create(NULL, i);
        uint64_t story = engine_add_title(engine, SWIM, "a", "A", start_ms).story;
        if (span_ms < 2 * DAY) /* else the copy would not follow its original */
            assert_int_equal(engine_add_title(engine, SWIM, "b", "B", start_ms + span_ms).story, story);
        ask_timeline(engine, story, buckets[i / 20], &timeline);
        uint64_t counted = 0;
        for (size_t j = 0; j < timeline.count; j++)
            counted += timeline.counts[j];
        assert_true(timeline.count <= buckets[i / 20] && timeline.start_ms % timeline.bucket_ms == 0);
        assert_true(timeline.start_ms <= start_ms && start_ms - timeline.start_ms < timeline.bucket_ms);
        assert_true(counted == (span_ms < 2 * DAY ? 2 : 1) && timeline.counts[0] > 0);
        assert_true(timeline.counts[timeline.count - 1] > 0);
        hl_engine_destroy(engine);
    }
}

/* Sources beyond the 64th are not told, and a wrong question is refused. */
static void test_timeline_bounds(void **state)
{
    (void)state;
    static struct hl_timeline timeline;
    struct hl_error error = {0};
    hl_engine *engine = engine_create(NULL, 3);
    uint64_t story = engine_add_title(engine, SWIM, NULL, NULL, NOW).story;
    for (unsigned i = 0; i < 70; i++) {
        char source[16];
        snprintf(source, sizeof source, "Source %u", i);
        engine_add_title(engine, SWIM, source, source, NOW + i);
    }
    ask_timeline(engine, story, 48, &timeline);
    assert_int_equal(timeline.moment_count, 1 + HL_TIMELINE_SOURCES_MAX + 1);
    assert_int_equal(hl_engine_timeline(engine, story, 1, &timeline, &error), HL_INVALID);
    assert_string_equal(error.field, "buckets");
    assert_int_equal(hl_engine_timeline(engine, story, HL_TIMELINE_BUCKETS_MAX + 1, &timeline, NULL), HL_INVALID);
    assert_int_equal(hl_engine_timeline(engine, story + 1, 48, &timeline, NULL), HL_NOT_FOUND);
    hl_engine_destroy(engine);
}

/* Merges and splits of the stories of a running stream, as their histories have them. */
static void test_timeline_of_histories(void **state)
{
    (void)state;
    static struct hl_timeline timeline;
    static const enum hl_moment_kind kinds[] = {HL_MOMENT_ABSORBED, HL_MOMENT_SPLIT_OFF, HL_MOMENT_SPLIT_FROM};
    hl_engine *engine = engine_create(NULL, 71);
    struct news_stream stream;
    struct news_call call;
    size_t told = 0;
    news_stream_init(&stream, 71);
    stream.collections = 1;
    stream.events = NEWS_EVENTS_MAX;
    for (unsigned i = 0; i < 700; i++) {
        news_stream_next(&stream, &call);
        (void)news_call_make(&call, engine, NULL);
    }
    for (uint64_t story = 1; story < 700; story++) {
        struct hl_history history[32];
        size_t count, found = 0;
        if (hl_engine_story_history(engine, story, history, 32, &count, NULL) != HL_OK)
            continue;
        ask_timeline(engine, story, 48, &timeline);
        assert_true(timeline.redirected_from == (timeline.story == story ? 0 : story));
        for (size_t i = 0; i < timeline.moment_count; i++) {
            const struct hl_moment *m = &timeline.moments[i];
            assert_true(i == 0 || m[-1].at_ms <= m->at_ms);
            if (m->other_story == 0)
                continue;
            assert_true(found < count && m->kind == kinds[history[found].kind] && m->at_ms == history[found].at_ms);
            assert_true(m->other_story == history[found].other_story && m->headlines == history[found].headlines);
            found++;
        }
        assert_int_equal(found, count);
        told += count;
    }
    assert_true(told > 10);
    hl_engine_destroy(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_collections),           cmocka_unit_test(test_timeline),
        cmocka_unit_test(test_timeline_spans),        cmocka_unit_test(test_timeline_bounds),
        cmocka_unit_test(test_timeline_of_histories),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
