/*
 * test_events.c - what an observer is told rebuilds the partition that queries tell, and the counters add up; what events carry is what the engine
 * would answer; they are numbered without a gap, observed or not.
 */
#include "support/engine_fixture.h"
#include "support/news_stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CALLS = 1500, COMPARE_EVERY = 100, SEQS_MAX = CALLS + 1, STORIES_MAX = CALLS * 2, LIMIT = 1000 };

/* The fold of the events. */
struct fold {
    uint64_t story_of[SEQS_MAX]; /* by seq; 0: not live */
    bool is_live[STORIES_MAX];   /* by story */
    uint64_t merged_into[STORIES_MAX];
    uint64_t topic_of[STORIES_MAX]; /* by story; 0: none */
    bool is_topic[STORIES_MAX];     /* live, by topic */
    uint64_t topic_merged_into[STORIES_MAX];
    uint64_t headlines_of[STORIES_MAX]; /* live, by story */
    uint64_t live, stories, expired, topics;
    uint64_t number; /* of the last event */
    int64_t now_ms;
    unsigned kinds, gone; /* seen, as bits */
};

static void move_all(struct fold *fold, uint64_t from, uint64_t to)
{
    for (size_t seq = 0; seq < SEQS_MAX; seq++)
        if (fold->story_of[seq] == from)
            fold->story_of[seq] = to;
    fold->headlines_of[to] += fold->headlines_of[from];
    fold->headlines_of[from] = 0;
}

static bool is_empty(const struct fold *fold, uint64_t story)
{
    for (size_t seq = 0; seq < SEQS_MAX; seq++)
        if (fold->story_of[seq] == story)
            return false;
    return true;
}

static void story_begin(struct fold *fold, uint64_t story)
{
    assert_true(story > 0 && story < STORIES_MAX);
    assert_false(fold->is_live[story]);
    fold->is_live[story] = true;
    fold->stories++;
}

static void story_end(struct fold *fold, uint64_t story)
{
    assert_true(fold->is_live[story]);
    fold->is_live[story] = false;
    fold->stories--;
}

static void topic_end(struct fold *fold, uint64_t topic)
{
    assert_true(fold->is_topic[topic]);
    fold->is_topic[topic] = false;
    fold->topics--;
}

/* Applies an event of topics, which must fit what came before. */
static void observe_topic(struct fold *fold, const struct hl_event *event)
{
    if (event->kind == HL_EVENT_TOPIC_CREATED) {
        assert_true(event->topic > 0 && event->topic < STORIES_MAX && !fold->is_topic[event->topic]);
        fold->is_topic[event->topic] = true;
        fold->topics++;
    } else if (event->kind == HL_EVENT_STORY_TOPIC) {
        assert_true(event->topic == 0 || fold->is_topic[event->topic]);
        fold->topic_of[event->story] = event->topic;
    } else if (event->kind == HL_EVENT_TOPIC_MERGED) {
        assert_true(fold->is_topic[event->other_topic]);
        topic_end(fold, event->topic);
        fold->topic_merged_into[event->topic] = event->other_topic;
        for (size_t story = 0; story < STORIES_MAX; story++)
            if (fold->topic_of[story] == event->topic)
                fold->topic_of[story] = event->other_topic;
    } else {
        assert_int_equal(event->kind, HL_EVENT_TOPIC_EXPIRED);
        for (size_t story = 0; story < STORIES_MAX; story++)
            assert_true(fold->topic_of[story] != event->topic);
        topic_end(fold, event->topic);
    }
}

static bool is_about_headline(enum hl_event_kind kind)
{
    return kind == HL_EVENT_STORY_CREATED || kind == HL_EVENT_HEADLINE_JOINED || kind == HL_EVENT_STORY_GREW ||
           kind == HL_EVENT_HEADLINE_MOVED || kind == HL_EVENT_HEADLINE_EXPIRED;
}

/* What comes with the event fits it, and what was told before. */
static void check_carried(struct fold *fold, const struct hl_event *event)
{
    assert_int_equal(event->number, ++fold->number);
    assert_true(event->collection.length > 0);
    assert_int_equal(event->headline != NULL, is_about_headline(event->kind));
    if (!event->headline)
        return;
    const struct hl_headline_view *view = event->headline;
    uint64_t story = event->kind == HL_EVENT_HEADLINE_MOVED ? event->other_story : event->story;
    assert_int_equal(view->seq, event->seq);
    assert_int_equal(view->story, story);
    assert_int_equal(view->topic, event->topic);
    assert_true(view->title.length > 0 && view->id.length > 0 && view->received_ms <= event->at_ms);
    assert_int_equal(view->collection.length, event->collection.length);
}

/* The counts after an event, which the fold has counted too. */
static void check_counts(struct fold *fold, const struct hl_event *event)
{
    switch (event->kind) {
    case HL_EVENT_STORY_CREATED:
        assert_int_equal(event->story_headlines, 1);
        break;
    case HL_EVENT_STORY_GREW:
        assert_true(event->story_headlines > 1 && event->story_sources <= event->story_headlines);
        assert_int_equal(event->story_headlines, fold->headlines_of[event->story]);
        break;
    case HL_EVENT_STORY_MERGED:
    case HL_EVENT_HEADLINE_MOVED:
        assert_int_equal(event->story_headlines, fold->headlines_of[event->other_story]);
        break;
    case HL_EVENT_HEADLINE_EXPIRED:
        fold->gone |= 1U << event->gone;
        assert_int_equal(event->story_headlines, fold->headlines_of[event->story]);
        break;
    case HL_EVENT_HEADLINE_JOINED:
    case HL_EVENT_STORY_SPLIT:
        assert_int_equal(event->story_headlines, fold->headlines_of[event->story]);
        break;
    default:
        assert_int_equal(event->story_headlines, 0);
    }
}

/* Applies one event, which must fit what came before. */
static void observe(void *context, const struct hl_event *event)
{
    struct fold *fold = context;
    assert_true(event->at_ms >= fold->now_ms);
    fold->now_ms = event->at_ms;
    fold->kinds |= 1U << event->kind;
    check_carried(fold, event);
    switch (event->kind) {
    case HL_EVENT_TOPIC_CREATED:
    case HL_EVENT_STORY_TOPIC:
    case HL_EVENT_TOPIC_MERGED:
    case HL_EVENT_TOPIC_EXPIRED:
        observe_topic(fold, event);
        break;
    case HL_EVENT_STORY_CREATED:
        story_begin(fold, event->story);
        break;
    case HL_EVENT_HEADLINE_JOINED:
        assert_true(event->seq < SEQS_MAX && fold->story_of[event->seq] == 0 && fold->is_live[event->story]);
        fold->story_of[event->seq] = event->story;
        fold->headlines_of[event->story]++;
        fold->live++;
        break;
    case HL_EVENT_STORY_GREW:
        assert_int_equal(fold->story_of[event->seq], event->story);
        break;
    case HL_EVENT_STORY_MERGED:
        assert_true(fold->is_live[event->other_story]);
        move_all(fold, event->story, event->other_story);
        story_end(fold, event->story);
        fold->topic_of[event->story] = 0;
        fold->merged_into[event->story] = event->other_story;
        break;
    case HL_EVENT_STORY_SPLIT:
        assert_true(fold->is_live[event->story]);
        story_begin(fold, event->other_story);
        break;
    case HL_EVENT_HEADLINE_MOVED:
        assert_int_equal(fold->story_of[event->seq], event->story);
        assert_true(fold->is_live[event->other_story]);
        fold->story_of[event->seq] = event->other_story;
        fold->headlines_of[event->story]--;
        fold->headlines_of[event->other_story]++;
        break;
    case HL_EVENT_HEADLINE_EXPIRED:
        assert_int_equal(fold->story_of[event->seq], event->story);
        fold->story_of[event->seq] = 0;
        fold->headlines_of[event->story]--;
        fold->live--;
        fold->expired++;
        break;
    case HL_EVENT_STORY_EXPIRED:
        assert_true(is_empty(fold, event->story));
        story_end(fold, event->story);
        break;
    default:
        fail_msg("an event of unknown kind %d", (int)event->kind);
    }
    check_counts(fold, event);
}

/* ---- comparing with queries ---- */

/* A story that is alone in its topic is shown without. */
static uint64_t shown_topic(const struct fold *fold, uint64_t story)
{
    uint64_t stories = 0;
    for (size_t other = 0; other < STORIES_MAX; other++)
        stories += fold->topic_of[other] == fold->topic_of[story];
    return stories > 1 ? fold->topic_of[story] : 0;
}

static void compare_story(hl_engine *engine, const struct fold *fold, uint64_t story)
{
    struct hl_headline_view *views = calloc(LIMIT, sizeof *views);
    struct hl_story_view view;
    size_t count = 0, at = 0;
    bool more = true;
    assert_non_null(views);
    assert_int_equal(hl_engine_story_headlines(engine, story, 0, views, LIMIT, &count, &more, NULL), HL_OK);
    assert_false(more);
    for (size_t seq = 0; seq < SEQS_MAX; seq++)
        if (fold->story_of[seq] == story) {
            assert_true(at < count);
            assert_int_equal(views[at].seq, seq);
            assert_int_equal(views[at++].story, story);
        }
    assert_int_equal(at, count);
    assert_int_equal(hl_engine_story(engine, story, 0, &view, NULL), HL_OK);
    assert_int_equal(view.story, story);
    assert_int_equal(view.redirected_from, 0);
    assert_int_equal(view.headlines, count);
    assert_int_equal(view.topic, shown_topic(fold, story));
    free(views);
}

/* A story that was merged answers as the one it is in now, while that lives. */
static void compare_merged(hl_engine *engine, const struct fold *fold, uint64_t story)
{
    struct hl_story_view view;
    uint64_t now = story;
    while (fold->merged_into[now] != 0)
        now = fold->merged_into[now];
    enum hl_status status = hl_engine_story(engine, story, 0, &view, NULL);
    assert_int_equal(status, fold->is_live[now] ? HL_OK : HL_NOT_FOUND);
    if (status != HL_OK)
        return;
    assert_int_equal(view.story, now);
    assert_int_equal(view.redirected_from, story);
}

/* A live topic has the stories that the events say; one that was merged answers as the one it is in now. */
static void compare_topic(hl_engine *engine, const struct fold *fold, uint64_t topic)
{
    struct hl_topic_view view;
    uint64_t now = topic, stories = 0;
    while (fold->topic_merged_into[now] != 0)
        now = fold->topic_merged_into[now];
    enum hl_status status = hl_engine_topic(engine, topic, 0, &view, NULL);
    assert_int_equal(status, fold->is_topic[now] ? HL_OK : HL_NOT_FOUND);
    if (status != HL_OK)
        return;
    for (size_t story = 0; story < STORIES_MAX; story++)
        stories += fold->topic_of[story] == now;
    assert_int_equal(view.topic, now);
    assert_int_equal(view.redirected_from, now == topic ? 0 : topic);
    assert_int_equal(view.stories, stories);
    assert_true(view.term_count <= HL_TOPIC_TERMS);
}

static void compare_all(hl_engine *engine, const struct fold *fold)
{
    struct hl_engine_stats stats = engine_stats(engine, "");
    struct hl_story_view view;
    assert_int_equal(stats.headlines, fold->live);
    assert_int_equal(stats.stories, fold->stories);
    assert_int_equal(stats.topics, fold->topics);
    for (uint64_t topic = 1; topic < STORIES_MAX; topic++)
        compare_topic(engine, fold, topic);
    for (uint64_t story = 1; story < STORIES_MAX; story++) {
        if (fold->is_live[story])
            compare_story(engine, fold, story);
        else if (fold->merged_into[story] != 0)
            compare_merged(engine, fold, story);
        else
            assert_int_equal(hl_engine_story(engine, story, 0, &view, NULL), HL_NOT_FOUND);
    }
}

/* ---- counters ---- */

static uint64_t stored(const struct hl_engine_stats *s)
{
    return s->verdicts[HL_VERDICT_NEW] + s->verdicts[HL_VERDICT_EXACT] + s->verdicts[HL_VERDICT_NEAR] +
           s->verdicts[HL_VERDICT_RELATED] + s->verdicts[HL_VERDICT_REVISED] - s->sightings;
}

/* @replaced: headlines that gave way to a revision. */
static void check_counters(hl_engine *engine, const struct fold *fold, uint64_t replaced)
{
    struct hl_engine_stats all = engine_stats(engine, ""), sum = {0};
    const struct hl_text *names;
    size_t count = hl_engine_collections(engine, &names);
    for (size_t i = 0; i < count; i++) {
        struct hl_engine_stats one;
        assert_int_equal(hl_engine_stats(engine, names[i], &one, NULL), HL_OK);
        assert_int_equal(one.collections, 1);
        for (int verdict = 0; verdict < HL_VERDICT_COUNT; verdict++)
            sum.verdicts[verdict] += one.verdicts[verdict];
        sum.headlines += one.headlines;
        sum.stories += one.stories;
        sum.stories_multiple += one.stories_multiple;
        sum.topics += one.topics;
        sum.topic_merges += one.topic_merges;
        sum.topic_moves += one.topic_moves;
        sum.features += one.features;
        sum.sightings += one.sightings;
        sum.removed += one.removed;
        sum.expired_age += one.expired_age;
        sum.expired_count += one.expired_count;
        sum.expired_memory += one.expired_memory;
        sum.merges += one.merges;
        sum.splits += one.splits;
        sum.split_tests += one.split_tests;
        sum.collections++;
    }
    sum.seq = all.seq;
    sum.memory_bytes = all.memory_bytes;
    assert_memory_equal(&all, &sum, sizeof all);
    uint64_t expired = all.expired_age + all.expired_count + all.expired_memory;
    assert_int_equal(all.seq, stored(&all) + all.sightings + all.removed);
    assert_int_equal(fold->expired, all.removed + expired + replaced);
    assert_int_equal(all.headlines, stored(&all) - fold->expired);
}

/* ---- the run ---- */

/* True when the call is about to replace a live headline, which it does if it is a revision. */
static bool may_replace(hl_engine *engine, const struct news_call *call)
{
    struct hl_headline_view view;
    const struct hl_headline *headline = &call->headline;
    if (call->kind != NEWS_ADD || hl_engine_get(engine, headline->collection, headline->id, &view, NULL) != HL_OK)
        return false;
    return view.id.length == headline->id.length &&
           memcmp(view.id.data, headline->id.data, view.id.length) == 0; /* not by an alias */
}

static struct hl_engine_stats run(const struct hl_engine_options *options, struct news_stream *stream, unsigned kinds)
{
    struct fold *fold = calloc(1, sizeof *fold);
    struct news_call call;
    uint64_t replaced = 0;
    assert_non_null(fold);
    fold->now_ms = INT64_MIN;
    hl_engine *engine = engine_create_with(options);
    hl_engine_observe(engine, observe, fold);
    for (unsigned i = 1; i <= CALLS; i++) {
        struct hl_result result = {.verdict = HL_VERDICT_NEW};
        news_stream_next(stream, &call);
        bool replaces = may_replace(engine, &call);
        enum hl_status status = news_call_make(&call, engine, &result);
        replaced += status == HL_OK && replaces && result.verdict == HL_VERDICT_REVISED;
        if (status == HL_OK && call.kind == NEWS_ADD)
            assert_true(fold->is_live[result.story]);
        if (i % COMPARE_EVERY == 0) {
            compare_all(engine, fold);
            check_counters(engine, fold, replaced);
        }
    }
    assert_int_equal(fold->kinds & kinds, kinds);
    uint64_t live = fold->live;
    struct hl_engine_stats stats = engine_stats(engine, "");
    assert_int_equal(hl_engine_events(engine), fold->number);
    hl_engine_observe(engine, NULL, NULL); /* which ends the telling, not the numbering */
    (void)hl_engine_tick(engine, call.now_ms + INT64_C(4000000000000), UINT32_MAX);
    assert_int_equal(fold->live, live);
    assert_true(hl_engine_events(engine) >= fold->number + live);
    hl_engine_destroy(engine);
    free(fold);
    return stats;
}

enum {
    ALWAYS = 1 << HL_EVENT_STORY_CREATED | 1 << HL_EVENT_HEADLINE_JOINED | 1 << HL_EVENT_STORY_GREW |
             1 << HL_EVENT_STORY_MERGED | 1 << HL_EVENT_HEADLINE_EXPIRED | 1 << HL_EVENT_STORY_EXPIRED,
    SPLITTING = 1 << HL_EVENT_STORY_SPLIT | 1 << HL_EVENT_HEADLINE_MOVED,
    TOPICS = 1 << HL_EVENT_TOPIC_CREATED | 1 << HL_EVENT_STORY_TOPIC | 1 << HL_EVENT_TOPIC_EXPIRED
};

static void test_default_settings(void **state)
{
    (void)state;
    struct hl_engine_options options = hl_engine_options_default();
    struct news_stream stream;
    news_stream_init(&stream, 51);
    run(&options, &stream, ALWAYS);
}

static void test_window_by_age_and_count(void **state)
{
    (void)state;
    struct hl_engine_options options = hl_engine_options_default();
    struct news_stream stream;
    options.settings.window_age_s = 6 * 3600;
    options.settings.window_headlines = 80;
    news_stream_init(&stream, 52);
    struct hl_engine_stats stats = run(&options, &stream, ALWAYS);
    assert_true(stats.expired_age > 0 && stats.expired_count > 0);
}

static void test_window_by_memory(void **state)
{
    (void)state;
    struct hl_engine_options options = hl_engine_options_default();
    struct news_stream stream;
    options.memory_max_bytes = UINT64_C(1650) << 10;
    news_stream_init(&stream, 52);
    struct hl_engine_stats stats = run(&options, &stream, ALWAYS);
    assert_true(stats.expired_memory > 0);
}

static void test_merges_and_splits(void **state)
{
    (void)state;
    struct hl_engine_options options = hl_engine_options_default();
    struct news_stream stream;
    options.settings.join_threshold = 0.06;
    options.settings.rival_weight = 0;
    options.settings.split_factor = 2;
    news_stream_init(&stream, 53);
    stream.events = 5;
    run(&options, &stream, ALWAYS | SPLITTING);
}

/* Topics that take nearly every story in, and a window that takes them away. */
static void test_topics(void **state)
{
    (void)state;
    struct hl_engine_options options = hl_engine_options_default();
    struct news_stream stream;
    options.settings.window_headlines = 80;
    options.settings.topic_threshold = 0.3;
    options.settings.topic_single = 0.2;
    news_stream_init(&stream, 54);
    run(&options, &stream, ALWAYS | TOPICS);
}

struct told {
    enum hl_event_kind kind;
    uint64_t number;
    enum hl_gone gone;
    uint32_t sources;
    char title[64], other[64];
};

struct log {
    struct told told[32];
    size_t count;
};

static void take_down(void *context, const struct hl_event *event)
{
    struct log *log = context;
    assert_true(log->count < sizeof log->told / sizeof log->told[0]);
    struct told *told = &log->told[log->count++];
    *told = (struct told){event->kind, event->number, event->gone, event->story_sources, "", ""};
    if (event->headline) {
        (void)snprintf(told->title, sizeof told->title, "%.*s", (int)event->headline->title.length,
                       event->headline->title.data);
        (void)snprintf(told->other, sizeof told->other, "%.*s", (int)event->headline->duplicate_of.length,
                       event->headline->duplicate_of.data);
    }
}

static void check_told(const struct log *log, size_t at, enum hl_event_kind kind, const char *title)
{
    assert_true(at < log->count);
    assert_int_equal(log->told[at].kind, kind);
    assert_int_equal(log->told[at].number, at + 1);
    assert_string_equal(log->told[at].title, title);
}

/* A story's life in order: founded, copied, revised, removed, expired; and what comes along. */
static void test_in_order(void **state)
{
    (void)state;
    static const char first[] = "Storm Petra floods Aldermoor, thousands without power";
    static const char second[] = "Storm Petra floods Aldermoor, power is back";
    struct log log = {.count = 0};
    hl_engine *engine = engine_create(NULL, 0);
    hl_engine_observe(engine, take_down, &log);
    engine_add_title(engine, first, "a", "Wire", FIXTURE_NOW_MS);
    engine_add_title(engine, first, "b", "Post", FIXTURE_NOW_MS);
    engine_add_title(engine, first, "c", "Post", FIXTURE_NOW_MS);  /* a sighting */
    engine_add_title(engine, first, "b", "Post", FIXTURE_NOW_MS);  /* replayed */
    engine_add_title(engine, second, "b", "Post", FIXTURE_NOW_MS); /* revised */
    assert_int_equal(hl_engine_remove(engine, text_of(""), text_of("a"), FIXTURE_NOW_MS, NULL), HL_OK);
    (void)hl_engine_tick(engine, FIXTURE_NOW_MS + INT64_C(4000000000000), 100);
    check_told(&log, 0, HL_EVENT_STORY_CREATED, first);
    check_told(&log, 1, HL_EVENT_HEADLINE_JOINED, first);
    check_told(&log, 2, HL_EVENT_HEADLINE_JOINED, first);
    assert_string_equal(log.told[2].other, "a");
    check_told(&log, 3, HL_EVENT_STORY_GREW, first);
    assert_int_equal(log.told[3].sources, 2);
    check_told(&log, 4, HL_EVENT_HEADLINE_JOINED, second);
    check_told(&log, 5, HL_EVENT_STORY_GREW, second);
    check_told(&log, 6, HL_EVENT_HEADLINE_EXPIRED, first);
    assert_int_equal(log.told[6].gone, HL_GONE_REVISED);
    check_told(&log, 7, HL_EVENT_HEADLINE_EXPIRED, first);
    assert_int_equal(log.told[7].gone, HL_GONE_REMOVED);
    check_told(&log, 8, HL_EVENT_HEADLINE_EXPIRED, second);
    assert_int_equal(log.told[8].gone, HL_GONE_EXPIRED);
    check_told(&log, 9, HL_EVENT_STORY_EXPIRED, "");
    assert_int_equal(log.count, 10);
    assert_int_equal(hl_engine_events(engine), 10);
    hl_engine_destroy(engine);
}

/* An engine that was saved and loaded half-way numbers on as one that was not. */
static void test_numbers_last(void **state)
{
    (void)state;
    struct hl_engine_options options = hl_engine_options_default();
    hl_engine *whole = engine_create_with(&options), *cut = engine_create_with(&options);
    struct news_stream one, other;
    struct news_call call;
    news_stream_init(&one, 55);
    news_stream_init(&other, 55);
    for (int i = 0; i < 300; i++) {
        news_stream_next(&one, &call);
        (void)news_call_make(&call, whole, NULL);
        news_stream_next(&other, &call);
        (void)news_call_make(&call, cut, NULL);
        if (i == 150)
            cut = engine_reload(cut, &options);
    }
    assert_true(hl_engine_events(whole) > 300);
    assert_int_equal(hl_engine_events(whole), hl_engine_events(cut));
    hl_engine_destroy(whole);
    hl_engine_destroy(cut);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_order),
        cmocka_unit_test(test_numbers_last),
        cmocka_unit_test(test_topics),
        cmocka_unit_test(test_default_settings),
        cmocka_unit_test(test_window_by_age_and_count),
        cmocka_unit_test(test_window_by_memory),
        cmocka_unit_test(test_merges_and_splits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
