/*
 * test_questions.c - what people ask of the stream: collections, the timeline of a story, what is breaking, more like this, who had it first.
 */
#include "support/engine_fixture.h"
#include "support/failing_allocator.h"
#include "support/news_stream.h"

#include <headlined/questions.h>
#include <math.h>
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

/* ---- breaking ---- */

static struct hl_breaking_query breaking_query(void)
{
    return (struct hl_breaking_query){.window_ms = HOUR, .sources_min = 2, .limit = 10};
}

static size_t ask_breaking(hl_engine *engine, const struct hl_breaking_query *query, int64_t now_ms,
                           struct hl_breaking *out)
{
    size_t count = 0;
    bool truncated = true;
    assert_int_equal(hl_engine_breaking(engine, query, now_ms, out, &count, &truncated, NULL), HL_OK);
    assert_false(truncated);
    return count;
}

/* @count variants of @title, one each @step_ms from @at_ms on, of @sources outlets in turn; returns their story. */
static uint64_t add_copies(hl_engine *engine, const char *title, unsigned count, unsigned sources, int64_t at_ms,
                           int64_t step_ms)
{
    uint64_t story = 0;
    for (unsigned i = 0; i < count; i++) {
        char source[16], varied[160];
        snprintf(source, sizeof source, "S%u", i % sources);
        snprintf(varied, sizeof varied, "%s (%u)", title, i); /* else the later ones were sightings */
        uint64_t found = engine_add_title(engine, varied, NULL, source, at_ms + i * step_ms).story;
        assert_true(i == 0 || found == story);
        story = found;
    }
    return story;
}

/* A new story of ten stands before a large one that goes on as ever. */
static void test_breaking_order(void **state)
{
    (void)state;
    hl_engine *engine = engine_create(NULL, 9);
    struct hl_breaking found[10];
    struct hl_breaking_query query = breaking_query();
    int64_t now_ms = NOW + 20 * HOUR;
    engine_fill(engine, 30, NOW - HOUR);
    uint64_t large = add_copies(engine, "Peace talks in Merrow go on without result", 120, 12, NOW, 10 * MINUTE);
    uint64_t fresh = add_copies(engine, "Harbour bridge of Dunmore collapsed", 10, 8, now_ms - 9 * MINUTE, MINUTE);
    assert_int_equal(ask_breaking(engine, &query, now_ms, found), 2);
    assert_true(found[0].story.story == fresh && found[1].story.story == large);
    assert_true(found[0].velocity.headlines == 10 && found[0].velocity.sources == 8);
    assert_true(fabs(found[0].velocity.expected - 1) < 1e-9 && fabs(found[0].velocity.per_hour - 10) < 1e-9);
    double share = sqrt(0.8);
    assert_true(fabs(found[0].velocity.ratio - (1 + share * 10) / (1 + share)) < 1e-9);
    /* Later than an hour ago: those of the minutes 1150 to 1190. */
    assert_true(found[1].velocity.headlines == 5 && found[1].velocity.sources == 5);
    assert_true(fabs(found[1].velocity.expected - 116.0 / 20) < 1e-9 && found[1].velocity.ratio < 1);
    query.window_ms = 5 * MINUTE;
    assert_int_equal(ask_breaking(engine, &query, now_ms, found), 1); /* nothing of the large one in it */
    assert_int_equal(found[0].velocity.headlines, 5);
    query = breaking_query();
    query.source = text_of("S11");
    assert_int_equal(ask_breaking(engine, &query, now_ms, found), 1); /* the 120th was its */
    assert_true(found[0].story.story == large);
    query.source = text_of("nobody");
    assert_int_equal(ask_breaking(engine, &query, now_ms, found), 0);
    query = breaking_query();
    query.sources_min = 6;
    assert_int_equal(ask_breaking(engine, &query, now_ms, found), 1);
    query = breaking_query();
    query.lang = text_of("pt");
    assert_int_equal(ask_breaking(engine, &query, now_ms, found), 0);
    query = breaking_query();
    query.limit = 1;
    assert_int_equal(ask_breaking(engine, &query, now_ms, found), 1);
    assert_true(found[0].story.story == fresh);
    hl_engine_destroy(engine);
}

/* Many headlines of few sources count less than as many of many; single headlines are told when nobody asks for a second source. */
static void test_breaking_sources(void **state)
{
    (void)state;
    hl_engine *engine = engine_create(NULL, 10);
    struct hl_breaking found[40];
    struct hl_breaking_query query = breaking_query();
    engine_fill(engine, 30, NOW - 2 * HOUR);
    uint64_t ticker = add_copies(engine, "Cup final of Merrow as it happens", 20, 2, NOW, MINUTE);
    uint64_t wide = add_copies(engine, "Harbour bridge of Dunmore collapsed", 20, 20, NOW + 1, MINUTE);
    engine_add_title(engine, "Zoo of Aldermoor shows twin pandas", "single", "S1", NOW + 20 * MINUTE);
    assert_int_equal(ask_breaking(engine, &query, NOW + 20 * MINUTE, found), 2);
    assert_true(found[0].story.story == wide && found[1].story.story == ticker);
    query.sources_min = 0;
    assert_int_equal(ask_breaking(engine, &query, NOW + 20 * MINUTE, found), 3);
    assert_true(fabs(found[2].velocity.ratio - 1) < 1e-9);
    hl_engine_destroy(engine);
}

static void test_breaking_refusals(void **state)
{
    (void)state;
    hl_engine *engine = engine_create(NULL, 11);
    struct hl_breaking found[1];
    struct hl_breaking_query query = breaking_query();
    size_t count;
    bool truncated;
    assert_int_equal(ask_breaking(engine, &query, NOW, found), 0); /* before the first headline */
    query.window_ms = HL_BREAKING_WINDOW_MIN_MS - 1;
    assert_int_equal(hl_engine_breaking(engine, &query, NOW, found, &count, &truncated, NULL), HL_INVALID);
    query.window_ms = HL_BREAKING_WINDOW_MAX_MS + 1;
    assert_int_equal(hl_engine_breaking(engine, &query, NOW, found, &count, &truncated, NULL), HL_INVALID);
    query = breaking_query();
    query.limit = 0;
    assert_int_equal(hl_engine_breaking(engine, &query, NOW, found, &count, &truncated, NULL), HL_INVALID);
    query = breaking_query();
    query.collection = text_of("nosuch");
    assert_int_equal(hl_engine_breaking(engine, &query, NOW, found, &count, &truncated, NULL), HL_NOT_FOUND);
    hl_engine_destroy(engine);
}

/* ---- similar ---- */

/* The likeness of each is that of a pair of headlines in an explanation; the order is by it, and no better one of its stories is left out. */
static void test_similar(void **state)
{
    (void)state;
    hl_engine *engine = engine_create(NULL, 71);
    struct news_stream stream;
    struct news_call call;
    static struct hl_pair_explanation pair;
    static struct hl_similar found[HL_SIMILAR_MAX];
    struct frozen before = {0};
    size_t compared = 0;
    news_stream_init(&stream, 71);
    stream.collections = 1;
    for (unsigned i = 0; i < 500; i++) {
        news_stream_next(&stream, &call);
        (void)news_call_make(&call, engine, NULL);
    }
    int64_t now_ms = stream.now_ms;
    frozen_take(&before, engine);
    for (unsigned i = 0; i < 40; i++) {
        do
            news_stream_next(&stream, &call);
        while (call.kind != NEWS_ADD || call.headline.collection.length > 0);
        struct hl_headline which = {
            .title = call.headline.title, .lang = call.headline.lang, .published_ms = HL_TIME_NONE};
        size_t count;
        assert_int_equal(hl_engine_similar(engine, &which, HL_SIMILAR_MAX, now_ms, found, &count, NULL), HL_OK);
        for (size_t j = 0; j < count; j++) {
            assert_true(found[j].similarity > 0 && found[j].similarity <= 1);
            assert_true(
                j == 0 || found[j - 1].similarity > found[j].similarity ||
                (found[j - 1].similarity >= found[j].similarity && found[j - 1].headline.seq > found[j].headline.seq));
            struct hl_headline other = {.id = found[j].headline.id, .published_ms = HL_TIME_NONE};
            assert_int_equal(hl_engine_explain_pair(engine, &other, &which, now_ms, &pair, NULL), HL_OK);
            assert_int_equal(found[j].distance_bits, pair.near.distance_bits);
            /* The pair is weighed without the stored headline, and not as on its arrival. */
            double likeness = pair.factors.likeness < 1 ? pair.factors.likeness : 1;
            assert_true(fabs(found[j].similarity - likeness) < 0.15);
            compared++;
        }
    }
    assert_true(compared > 200 && frozen_is(&before, engine));
    frozen_clear(&before);
    hl_engine_destroy(engine);
}

static void test_similar_to_a_stored_one(void **state)
{
    (void)state;
    hl_engine *engine = engine_create(NULL, 12);
    struct hl_similar found[10];
    struct hl_error error = {0};
    size_t count = 9;
    struct hl_headline which = headline_of("Ferry strike in Dunmore");
    assert_int_equal(hl_engine_similar(engine, &which, 10, NOW, found, &count, NULL), HL_OK);
    assert_int_equal(count, 0); /* before the first headline */
    engine_fill(engine, 30, NOW);
    engine_add_title(engine, "Ferry strike in Dunmore enters second week", "a", "A", NOW);
    engine_add_title(engine, "Ferry strike in Dunmore enters second week", "b", "B", NOW + 1);
    engine_add_title(engine, "Second week of ferry strike in Dunmore begins", "c", "C", NOW + 2);
    which = (struct hl_headline){.id = text_of("a"), .published_ms = HL_TIME_NONE};
    assert_int_equal(hl_engine_similar(engine, &which, 10, NOW, found, &count, NULL), HL_OK);
    assert_int_equal(count, 2);
    assert_true(text_is(found[0].headline.id, "b") && text_is(found[1].headline.id, "c"));
    assert_int_equal(found[0].distance_bits, 0);
    assert_true(found[0].similarity > found[1].similarity && found[1].similarity > 0.5);
    assert_int_equal(hl_engine_similar(engine, &which, 0, NOW, found, &count, &error), HL_INVALID);
    assert_string_equal(error.field, "limit");
    which.id = text_of("nobody");
    assert_int_equal(hl_engine_similar(engine, &which, 10, NOW, found, &count, NULL), HL_NOT_FOUND);
    hl_engine_destroy(engine);
}

/* ---- sources ---- */

enum { ITEMS_MAX = 2000 };

/* All live headlines, in order of arrival. */
struct items {
    size_t count;
    struct hl_headline_view view[ITEMS_MAX];
};

static enum hl_status take_item(void *context, const struct hl_headline_view *view, const struct hl_text *aliases,
                                size_t alias_count, struct hl_error *error)
{
    struct items *items = context;
    (void)aliases, (void)alias_count, (void)error;
    assert_true(items->count < ITEMS_MAX);
    items->view[items->count++] = *view;
    return HL_OK;
}

static bool same(struct hl_text a, struct hl_text b)
{
    return a.length == b.length && memcmp(a.data, b.data, a.length) == 0;
}

/* Whether it is the first of its source in its story. */
static bool is_first_of_source(const struct items *items, size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (items->view[j].story == items->view[i].story && same(items->view[j].source, items->view[i].source))
            return false;
    return true;
}

/* The first headline of a known source in the story of @i; whether another source has it too. */
static size_t first_of_story(const struct items *items, size_t i, bool *is_shared)
{
    size_t first = ITEMS_MAX;
    *is_shared = false;
    for (size_t j = 0; j < items->count; j++) {
        if (items->view[j].story != items->view[i].story || items->view[j].source.length == 0)
            continue;
        first = first == ITEMS_MAX ? j : first;
        *is_shared = *is_shared || !same(items->view[j].source, items->view[first].source);
    }
    return first;
}

static int by_value(const void *one, const void *other)
{
    int64_t a = *(const int64_t *)one, b = *(const int64_t *)other;
    return (a > b) - (a < b);
}

static int64_t middle(int64_t *values, size_t count)
{
    qsort(values, count, sizeof *values, by_value);
    return count > 0 ? values[(count - 1) / 2] : HL_TIME_NONE;
}

/* What @figures should be, counted the slow way. */
static void check_source(const struct items *items, const struct hl_source_figures *figures)
{
    static int64_t lags[ITEMS_MAX], behind[ITEMS_MAX];
    struct hl_source_figures expected = {.last_ms = HL_TIME_NONE};
    size_t lag_count = 0, followed = 0;
    bool is_shared;
    for (size_t i = 0; i < items->count; i++) {
        const struct hl_headline_view *view = &items->view[i];
        if (!same(view->source, figures->source))
            continue;
        expected.headlines++;
        expected.duplicates += view->verdict == HL_VERDICT_EXACT || view->verdict == HL_VERDICT_NEAR;
        expected.last_ms = view->received_ms;
        if (!is_first_of_source(items, i))
            continue;
        size_t first = first_of_story(items, i, &is_shared);
        expected.stories++;
        expected.shared += is_shared;
        expected.first_count += is_shared && first == i;
        if (first != i)
            lags[lag_count++] = view->received_ms - items->view[first].received_ms;
    }
    assert_int_equal(figures->headlines, expected.headlines);
    assert_int_equal(figures->duplicates, expected.duplicates);
    assert_true(figures->last_ms == expected.last_ms);
    assert_int_equal(figures->stories, expected.stories);
    assert_int_equal(figures->shared, expected.shared);
    assert_int_equal(figures->first_count, expected.first_count);
    assert_true(figures->lag_median_ms == middle(lags, lag_count));
    for (size_t f = 0; f < figures->follow_count; f++) {
        const struct hl_follow *follow = &figures->follows[f];
        size_t count = 0;
        for (size_t i = 0; i < items->count; i++) {
            if (!same(items->view[i].source, figures->source) || !is_first_of_source(items, i))
                continue;
            size_t first = first_of_story(items, i, &is_shared);
            if (first != i && same(items->view[first].source, follow->source))
                behind[count++] = items->view[i].received_ms - items->view[first].received_ms;
        }
        assert_int_equal(follow->count, count);
        assert_true(follow->lag_median_ms == middle(behind, count));
        assert_true(f == 0 || figures->follows[f - 1].count >= count);
        followed += count;
    }
    assert_int_equal(followed, lag_count); /* there are fewer sources than follows */
}

static void test_sources(void **state)
{
    (void)state;
    static struct items items;
    static struct hl_source_figures found[100], some[100];
    hl_engine *engine = engine_create(NULL, 73);
    struct news_stream stream;
    struct news_call call;
    news_stream_init(&stream, 73);
    stream.collections = 1;
    for (unsigned i = 0; i < 700; i++) {
        news_stream_next(&stream, &call);
        (void)news_call_make(&call, engine, NULL);
    }
    items.count = 0;
    assert_int_equal(hl_engine_each_headline(engine, text_of(""), take_item, &items, NULL), HL_OK);
    struct hl_sources_query query = {
        .since_ms = HL_TIME_NONE, .until_ms = HL_TIME_NONE, .follows_max = HL_FOLLOWS_MAX, .limit = 100};
    for (int order = HL_SOURCES_BY_HEADLINES; order <= HL_SOURCES_BY_NAME; order++) {
        size_t count, first;
        bool more, truncated;
        query.order = (enum hl_source_order)order;
        query.limit = 100;
        assert_int_equal(hl_engine_sources(engine, &query, found, &count, &more, &truncated, NULL), HL_OK);
        assert_true(count > 3 && count < HL_FOLLOWS_MAX && !more && !truncated);
        for (size_t i = 0; i < count; i++) {
            const struct hl_source_figures *a = &found[i > 0 ? i - 1 : 0], *b = &found[i];
            check_source(&items, b);
            if (order == HL_SOURCES_BY_HEADLINES)
                assert_true(a->headlines >= b->headlines);
            if (order == HL_SOURCES_BY_FIRST)
                assert_true(a->first_count >= b->first_count);
            if (order == HL_SOURCES_BY_LAG)
                assert_true((uint64_t)a->lag_median_ms <= (uint64_t)b->lag_median_ms);
            if (order == HL_SOURCES_BY_NAME && i > 0)
                assert_true(memcmp(a->source.data, b->source.data, 1) <= 0);
        }
        query.limit = 2;
        assert_int_equal(hl_engine_sources(engine, &query, some, &first, &more, &truncated, NULL), HL_OK);
        assert_true(first == 2 && more && same(some[0].source, found[0].source) &&
                    same(some[1].source, found[1].source));
    }
    query.source = found[0].source;
    query.follows_max = 1;
    size_t count;
    bool more, truncated;
    assert_int_equal(hl_engine_sources(engine, &query, some, &count, &more, &truncated, NULL), HL_OK);
    assert_true(count == 1 && !more && some[0].follow_count <= 1 && some[0].headlines == found[0].headlines);
    hl_engine_destroy(engine);
}

static void test_sources_by_time_and_without_memory(void **state)
{
    (void)state;
    struct failing_allocator fa;
    failing_allocator_init(&fa);
    hl_engine *engine = engine_create(&fa.allocator, 14);
    struct hl_source_figures found[10];
    struct hl_sources_query query = {.since_ms = HL_TIME_NONE, .until_ms = HL_TIME_NONE, .limit = 10};
    size_t count = 9;
    bool more, truncated;
    assert_int_equal(hl_engine_sources(engine, &query, found, &count, &more, &truncated, NULL), HL_OK);
    assert_true(count == 0 && !more && !truncated);
    engine_add_title(engine, SWIM, "a", "A", NOW);
    engine_add_title(engine, "Zoo of Aldermoor shows twin pandas", "z", "B", NOW + HOUR);
    engine_add_title(engine, SWIM, "b", "B", NOW + 2 * HOUR); /* its story began before */
    query.since_ms = query.until_ms = NOW + HOUR;
    assert_int_equal(hl_engine_sources(engine, &query, found, &count, &more, &truncated, NULL), HL_OK);
    assert_true(count == 1 && text_is(found[0].source, "B") && found[0].headlines == 1 && found[0].shared == 0);
    assert_true(found[0].lag_median_ms == HL_TIME_NONE && found[0].last_ms == NOW + HOUR);
    query.follows_max = HL_FOLLOWS_MAX + 1;
    assert_int_equal(hl_engine_sources(engine, &query, found, &count, &more, &truncated, NULL), HL_INVALID);
    query.follows_max = 1;
    for (uint64_t nth = 1; nth <= 3; nth++) {
        failing_allocator_arm(&fa, nth, UINT64_MAX);
        assert_int_equal(hl_engine_sources(engine, &query, found, &count, &more, &truncated, NULL), HL_NO_MEMORY);
        failing_allocator_arm(&fa, 0, 0);
    }
    hl_engine_destroy(engine);
    assert_true(failing_allocator_is_clean(&fa));
}

/* ---- arrivals ---- */

static void test_arrivals(void **state)
{
    (void)state;
    hl_engine *engine = engine_create(NULL, 15);
    struct hl_arrivals arrivals;
    uint64_t story = engine_add_title(engine, SWIM, "a", "A", NOW).story;
    engine_add_title(engine, SWIM, "b", "B", NOW + 1);
    engine_add_title(engine, SWIM, "c", "C", NOW + HOUR);
    assert_int_equal(hl_engine_story_arrivals(engine, story, NOW + HOUR + 1, &arrivals, NULL), HL_OK);
    assert_true(arrivals.end_ms == NOW + HOUR + 1);
    assert_true(arrivals.counts[23] == 1 && arrivals.counts[22] == 2); /* an hour has its end, not its beginning */
    assert_int_equal(hl_engine_story_arrivals(engine, story, NOW + DAY, &arrivals, NULL), HL_OK);
    assert_true(arrivals.end_ms == NOW + DAY && arrivals.counts[0] == 2 && arrivals.counts[1] == 0);
    assert_int_equal(hl_engine_story_arrivals(engine, story, NOW + HOUR + DAY, &arrivals, NULL), HL_OK);
    assert_true(arrivals.end_ms == NOW + HOUR && arrivals.counts[23] == 2 && arrivals.counts[22] == 1);
    assert_int_equal(hl_engine_story_arrivals(engine, story, NOW, &arrivals, NULL), HL_OK); /* a clock behind */
    assert_true(arrivals.end_ms == NOW + HOUR);
    assert_int_equal(hl_engine_story_arrivals(engine, story + 1, NOW, &arrivals, NULL), HL_NOT_FOUND);
    for (int i = 0; i < 1100; i++) {
        char source[16];
        snprintf(source, sizeof source, "S%d", i);
        engine_add_title(engine, SWIM, source, source, NOW + 2 * HOUR);
    }
    assert_int_equal(hl_engine_story_arrivals(engine, story, NOW + 2 * HOUR, &arrivals, NULL), HL_OK);
    assert_true(arrivals.counts[23] == 1000 && arrivals.counts[22] == 0); /* the latest thousand */
    hl_engine_destroy(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_collections),
        cmocka_unit_test(test_timeline),
        cmocka_unit_test(test_timeline_spans),
        cmocka_unit_test(test_timeline_bounds),
        cmocka_unit_test(test_timeline_of_histories),
        cmocka_unit_test(test_breaking_order),
        cmocka_unit_test(test_breaking_sources),
        cmocka_unit_test(test_breaking_refusals),
        cmocka_unit_test(test_similar),
        cmocka_unit_test(test_similar_to_a_stored_one),
        cmocka_unit_test(test_sources),
        cmocka_unit_test(test_sources_by_time_and_without_memory),
        cmocka_unit_test(test_arrivals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
