/*
 * test_events.c - the history of events against a plain list, its filters, and subscriptions to it.
 */
#include "protocol/event_json.h"
#include "protocol/request.h"
#include "protocol/subscription.h"
#include "support/failing_malloc.h"
#include "support/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOW INT64_C(1765704600000) /* 2025-12-14T09:30:00Z */

static struct hl_text text_of(const char *text)
{
    return (struct hl_text){text, strlen(text)};
}

/* ---- the ring ----------------------------------------------------------------------------------------------------- */

/* What was told: enough to make each event again. */
struct told {
    enum hl_event_kind kind;
    unsigned seed;
    size_t length; /* of the title; 0: no headline */
};

enum { TITLE_MAX = HL_TITLE_MAX_BYTES, TOLD_MAX = 20000 };

static void fill_title(char *title, unsigned seed, size_t length)
{
    for (size_t i = 0; i < length; i++)
        title[i] = (char)('a' + (seed + i) % 26);
}

/* @view and @title are what the event borrows. */
static struct hl_event event_of(const struct told *told, uint64_t number, struct hl_headline_view *view, char *title)
{
    struct hl_event event = {.kind = told->kind,
                             .number = number,
                             .story = told->seed + 1,
                             .other_story = told->seed + 2,
                             .at_ms = NOW + (int64_t)told->seed,
                             .topic = told->seed % 3,
                             .other_topic = told->seed % 5,
                             .collection = text_of(told->seed % 2 ? "sport" : "default"),
                             .gone = (enum hl_gone)(told->seed % 3),
                             .story_headlines = told->seed % 7,
                             .story_sources = told->seed % 4};
    if (told->length == 0)
        return event;
    fill_title(title, told->seed, told->length);
    *view = (struct hl_headline_view){.seq = told->seed,
                                      .id = text_of("id-1"),
                                      .title = {title, told->length},
                                      .source = text_of(told->seed % 3 ? "Wire" : ""),
                                      .url = text_of("u"),
                                      .lang = text_of("en"),
                                      .duplicate_of = text_of(told->seed % 4 ? "" : "first"),
                                      .received_ms = NOW,
                                      .published_ms = told->seed % 2 ? HL_TIME_NONE : NOW - 5,
                                      .last_seen_ms = NOW + 7,
                                      .sightings = told->seed % 11,
                                      .verdict = (enum hl_verdict)(told->seed % HL_VERDICT_COUNT)};
    event.seq = view->seq;
    event.headline = view;
    return event;
}

static void expect_text(struct hl_text got, struct hl_text wanted)
{
    assert_int_equal(got.length, wanted.length);
    assert_true(got.length == 0 || memcmp(got.data, wanted.data, got.length) == 0);
}

static void expect_headline(const struct hl_headline_view *got, const struct hl_headline_view *wanted)
{
    assert_int_equal(got->seq, wanted->seq);
    assert_int_equal(got->sightings, wanted->sightings);
    assert_int_equal(got->verdict, wanted->verdict);
    assert_true(got->received_ms == wanted->received_ms && got->published_ms == wanted->published_ms &&
                got->last_seen_ms == wanted->last_seen_ms);
    expect_text(got->id, wanted->id);
    expect_text(got->title, wanted->title);
    expect_text(got->source, wanted->source);
    expect_text(got->url, wanted->url);
    expect_text(got->lang, wanted->lang);
    expect_text(got->duplicate_of, wanted->duplicate_of);
}

static void expect_event(const struct hl_events *events, uint64_t id, uint64_t base, const struct told *told)
{
    struct hl_headline_view headline;
    struct hl_event_view got;
    char title[TITLE_MAX];
    struct hl_event wanted = event_of(told, id - base, &headline, title);
    assert_true(hl_events_get(events, id, &got));
    assert_int_equal(got.id, id);
    assert_int_equal(got.event.number, wanted.number);
    assert_int_equal(got.event.kind, wanted.kind);
    assert_int_equal(got.event.gone, wanted.gone);
    assert_true(got.event.story == wanted.story && got.event.other_story == wanted.other_story &&
                got.event.topic == wanted.topic && got.event.other_topic == wanted.other_topic &&
                got.event.at_ms == wanted.at_ms && got.event.seq == wanted.seq);
    assert_int_equal(got.event.story_headlines, wanted.story_headlines);
    assert_int_equal(got.event.story_sources, wanted.story_sources);
    expect_text(got.event.collection, wanted.collection);
    assert_int_equal(got.event.headline != NULL, wanted.headline != NULL);
    if (!wanted.headline)
        return;
    if (told->kind != HL_EVENT_HEADLINE_JOINED)
        headline.url = headline.duplicate_of = text_of("");
    expect_headline(got.event.headline, wanted.headline);
}

static void tell(struct hl_events *events, struct told *list, uint64_t number, const struct told *told)
{
    struct hl_headline_view headline;
    char title[TITLE_MAX];
    list[number] = *told;
    struct hl_event event = event_of(told, number, &headline, title);
    hl_events_observe(events, &event);
}

/* The oldest go, no more of them than must, and what is held is what was told. */
static void check_ring(uint64_t seed, uint64_t base, uint32_t long_share)
{
    static struct told list[TOLD_MAX];
    struct hl_events *events = hl_events_create(HL_EVENTS_BYTES_MIN, base);
    const struct hl_events_figures *figures = hl_events_figures(events);
    assert_non_null(events);
    for (uint64_t number = 1; number < 3000; number++) {
        struct told told = {(enum hl_event_kind)random_below(&seed, HL_EVENT_KINDS),
                            (unsigned)random_below(&seed, 1000), 0};
        if (random_below(&seed, 4) > 0)
            told.length = 1 + random_below(&seed, random_below(&seed, long_share) == 0 ? TITLE_MAX : 90);
        tell(events, list, number, &told);
        uint64_t first = hl_events_first(events), last = hl_events_last(events);
        assert_int_equal(last, base + number);
        assert_true(first > base && first <= last);
        assert_int_equal(figures->kept, last - first + 1);
        assert_int_equal(figures->evicted, first - base - 1);
        assert_true(figures->bytes <= HL_EVENTS_BYTES_MIN);
        assert_true(figures->evicted == 0 || figures->bytes > HL_EVENTS_BYTES_MIN / 3 || figures->kept > 400);
        expect_event(events, last, base, &told);
        uint64_t some = first + random_below(&seed, (uint32_t)(last - first + 1));
        expect_event(events, some, base, &list[some - base]);
        expect_event(events, first, base, &list[first - base]);
        struct hl_event_view none;
        assert_false(hl_events_get(events, first - 1, &none) || hl_events_get(events, last + 1, &none));
    }
    assert_true(figures->evicted > 100);
    for (uint64_t id = hl_events_first(events); id <= hl_events_last(events); id++)
        expect_event(events, id, base, &list[id - base]);
    hl_events_destroy(events);
}

static void test_ring(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++)
        check_ring(seed, seed % 2 ? 0 : UINT64_C(1) << 50, seed == 3 ? 2 : 20);
}

/* Events without any text: their number is bounded too. */
static void test_ring_of_short_events(void **state)
{
    (void)state;
    static struct told list[TOLD_MAX];
    struct hl_events *events = hl_events_create(HL_EVENTS_BYTES_MIN, 0);
    for (uint64_t number = 1; number < 2000; number++)
        tell(events, list, number, &(struct told){HL_EVENT_TOPIC_EXPIRED, (unsigned)number % 1000, 0});
    assert_true(hl_events_figures(events)->kept > 300);
    for (uint64_t id = hl_events_first(events); id <= hl_events_last(events); id++)
        expect_event(events, id, 0, &list[id]);
    hl_events_destroy(events);
}

static void test_longest_event(void **state)
{
    (void)state;
    static char bytes[HL_URL_MAX_BYTES];
    memset(bytes, 'x', sizeof bytes);
    struct hl_headline_view view = {.seq = 1,
                                    .id = {bytes, HL_ID_MAX_BYTES},
                                    .title = {bytes, HL_TITLE_MAX_BYTES},
                                    .source = {bytes, HL_SOURCE_MAX_BYTES},
                                    .url = {bytes, HL_URL_MAX_BYTES},
                                    .lang = {bytes, HL_LANG_MAX_BYTES},
                                    .duplicate_of = {bytes, HL_ID_MAX_BYTES}};
    struct hl_event event = {
        .kind = HL_EVENT_HEADLINE_JOINED, .seq = 1, .headline = &view, .collection = {bytes, HL_COLLECTION_MAX_BYTES}};
    struct hl_events *events = hl_events_create(HL_EVENTS_BYTES_MIN, 0);
    for (event.number = 1; event.number < 200; event.number++) {
        struct hl_event_view got;
        hl_events_observe(events, &event);
        assert_true(hl_events_get(events, event.number, &got));
        expect_headline(&got.headline, &view);
        assert_true(hl_events_figures(events)->kept >= (event.number < 9 ? event.number : 9));
    }
    hl_events_destroy(events);
}

/* ---- where a reader goes on ---------------------------------------------------------------------------------------- */

static void test_resume(void **state)
{
    (void)state;
    static struct told list[TOLD_MAX];
    const struct told told = {HL_EVENT_STORY_EXPIRED, 1, 0};
    struct hl_events *events = hl_events_create(HL_EVENTS_BYTES_MIN, 0);
    bool missed;
    assert_int_equal(hl_events_resume(events, 0, &missed), 0); /* nothing has been */
    assert_false(missed);
    assert_int_equal(hl_events_resume(events, 7, &missed), 0); /* nor will what he has seen */
    assert_true(missed);
    hl_events_begin(events, 40); /* a snapshot: what was before is not told */
    assert_int_equal(hl_events_first(events), 41);
    assert_int_equal(hl_events_last(events), 40);
    assert_int_equal(hl_events_resume(events, 40, &missed), 40);
    assert_false(missed);
    assert_int_equal(hl_events_resume(events, 39, &missed), 40);
    assert_true(missed);
    for (uint64_t number = 41; number <= 50; number++)
        tell(events, list, number, &told);
    assert_int_equal(hl_events_resume(events, 45, &missed), 45);
    assert_false(missed);
    assert_int_equal(hl_events_resume(events, UINT64_MAX, &missed), 50);
    assert_true(missed);
    hl_events_show(events, 44); /* the rest is not kept yet */
    assert_int_equal(hl_events_shown(events), 44);
    assert_int_equal(hl_events_resume(events, 51, &missed), 44);
    hl_events_begin(events, 50); /* as it stands: nothing is forgotten */
    assert_int_equal(hl_events_first(events), 41);
    tell(events, list, 70, &told); /* another engine */
    assert_int_equal(hl_events_first(events), 70);
    assert_int_equal(hl_events_figures(events)->kept, 1);
    hl_events_destroy(events);
    events = hl_events_create(HL_EVENTS_BYTES_MIN, 1000); /* ids that begin elsewhere */
    tell(events, list, 1, &told);
    assert_int_equal(hl_events_resume(events, 0, &missed), 1000); /* who has seen nothing has missed nothing */
    assert_false(missed);
    assert_int_equal(hl_events_resume(events, 7, &missed), 1000);
    assert_true(missed);
    hl_events_destroy(events);
}

/* ---- filters ------------------------------------------------------------------------------------------------------ */

/* Whether an event about the headline "Strikes: Paris opens café" of Wire in story 7 (5 headlines), topic 3, is wanted. */
static bool wants(struct hl_events *events, const struct hl_event_wish *wish, enum hl_event_kind kind)
{
    struct hl_event_filter filter;
    struct hl_event_view view = {.event = {.kind = kind,
                                           .story = 7,
                                           .other_story = 9,
                                           .topic = 3,
                                           .other_topic = 4,
                                           .collection = text_of("sport"),
                                           .story_headlines = 5}};
    view.headline = (struct hl_headline_view){
        .title = text_of("Strikes: Paris opens CAF\u00c9"), .source = text_of("Wire"), .lang = text_of("en")};
    if (kind == HL_EVENT_HEADLINE_JOINED)
        view.event.headline = &view.headline;
    assert_int_equal(hl_event_filter_make(wish, events, &filter, NULL), HL_OK);
    bool wanted = hl_event_filter_wants(&filter, &view);
    hl_event_filter_clear(&filter);
    return wanted;
}

#define WANTS(...) wants(events, &(struct hl_event_wish){__VA_ARGS__}, HL_EVENT_HEADLINE_JOINED)
#define WANTS_MERGE(...) wants(events, &(struct hl_event_wish){__VA_ARGS__}, HL_EVENT_STORY_MERGED)

static void test_filters(void **state)
{
    (void)state;
    struct hl_events *events = hl_events_create(HL_EVENTS_BYTES_MIN, 0);
    assert_true(WANTS(.story = 0));
    assert_true(WANTS(.kinds = 1 << HL_EVENT_HEADLINE_JOINED | 1 << HL_EVENT_STORY_SPLIT));
    assert_false(WANTS(.kinds = 1 << HL_EVENT_STORY_SPLIT));
    assert_true(WANTS(.story = 7) && WANTS(.story = 9) && !WANTS(.story = 8));
    assert_true(WANTS(.topic = 3) && WANTS(.topic = 4) && !WANTS(.topic = 7));
    assert_true(WANTS(.headlines_min = 5) && !WANTS(.headlines_min = 6));
    assert_true(WANTS(.collection = text_of("sport")) && !WANTS(.collection = text_of("spor")));
    assert_true(WANTS(.source = text_of("Wire")) && !WANTS(.source = text_of("wire")));
    assert_true(WANTS(.text = text_of("strike")) && WANTS(.text = text_of("OPEN the Paris strike")) == false);
    assert_true(WANTS(.text = text_of("opening paris")) && WANTS(.text = text_of("cafe\u0301")));
    assert_false(WANTS(.text = text_of("paris london")));
    assert_false(WANTS(.text = text_of("pari london")));
    assert_true(WANTS(.text = text_of("paris"), .story = 7, .source = text_of("Wire"), .headlines_min = 2));
    assert_false(WANTS(.text = text_of("paris"), .story = 8, .source = text_of("Wire")));
    assert_true(WANTS_MERGE(.story = 9) && WANTS_MERGE(.headlines_min = 5));
    assert_false(WANTS_MERGE(.source = text_of("Wire")));
    assert_false(WANTS_MERGE(.text = text_of("paris")));
    hl_events_destroy(events);
}

static void test_filters_refused(void **state)
{
    (void)state;
    struct hl_events *events = hl_events_create(HL_EVENTS_BYTES_MIN, 0);
    struct hl_event_filter filter;
    struct hl_error error = {.status = HL_OK};
    const struct hl_event_wish empty = {.text = text_of("...")}, broken = {.text = text_of("a\xff")};
    assert_int_equal(hl_event_filter_make(&empty, events, &filter, &error), HL_INVALID);
    assert_string_equal(error.field, "text");
    assert_int_equal(hl_event_filter_make(&broken, events, &filter, &error), HL_INVALID);
    assert_string_equal(error.field, "text");
    hl_events_destroy(events);
}

/* ---- subscriptions ------------------------------------------------------------------------------------------------- */

static size_t lines_in(const struct hl_buffer *out)
{
    size_t lines = 0;
    for (size_t i = 0; i < out->length; i++)
        lines += out->data[i] == '\n';
    return lines;
}

static void test_subscription(void **state)
{
    (void)state;
    static struct told list[TOLD_MAX];
    struct hl_events *events = hl_events_create(1 << 20, 0);
    struct hl_subscription *one = NULL, *other = NULL;
    const struct hl_event_wish all = {.story = 0}, few = {.kinds = 1 << HL_EVENT_TOPIC_EXPIRED};
    struct hl_buffer out;
    hl_buffer_init(&out);
    hl_events_show(events, 0);
    assert_int_equal(hl_subscription_open(events, &all, 0, &one, NULL), HL_OK);
    assert_int_equal(hl_subscription_open(events, &few, 0, &other, NULL), HL_OK);
    for (uint64_t number = 1; number <= 1000; number++) {
        enum hl_event_kind kind = number % 200 == 0 ? HL_EVENT_TOPIC_EXPIRED : HL_EVENT_STORY_GREW;
        tell(events, list, number, &(struct told){kind, 1, kind == HL_EVENT_STORY_GREW ? 30 : 0});
    }
    assert_int_equal(hl_subscription_put(one, HL_EVENTS_LINES, NOW, &out), HL_SUBSCRIPTION_IDLE);
    assert_int_equal(out.length, 0); /* nothing is shown yet */
    hl_events_show(events, 900);
    unsigned calls = 1;
    for (size_t before = 0; hl_subscription_put(one, HL_EVENTS_LINES, NOW, &out) == HL_SUBSCRIPTION_MORE; calls++) {
        assert_true(lines_in(&out) - before <= 128); /* bounded */
        before = lines_in(&out);
    }
    assert_true(calls > 5);
    assert_int_equal(lines_in(&out), 900);
    assert_false(hl_subscription_is_behind(one));
    hl_buffer_reset(&out);
    assert_int_equal(hl_subscription_put(other, HL_EVENTS_LINES, NOW, &out), HL_SUBSCRIPTION_MORE);
    assert_int_equal(hl_subscription_put(other, HL_EVENTS_LINES, NOW, &out), HL_SUBSCRIPTION_IDLE);
    assert_int_equal(lines_in(&out), 4);
    assert_int_equal(hl_events_figures(events)->sent, 904);
    hl_subscription_close(one);
    hl_subscription_close(other);
    assert_int_equal(hl_events_figures(events)->subscribers, 0);
    hl_buffer_clear(&out);
    hl_events_destroy(events);
}

static void test_forms(void **state)
{
    (void)state;
    static struct told list[TOLD_MAX];
    struct hl_events *events = hl_events_create(HL_EVENTS_BYTES_MIN, 0);
    struct hl_subscription *one = NULL;
    const struct hl_event_wish all = {.story = 0};
    struct hl_buffer out;
    hl_buffer_init(&out);
    tell(events, list, 1, &(struct told){HL_EVENT_STORY_EXPIRED, 4, 0});
    assert_int_equal(hl_subscription_open(events, &all, 0, &one, NULL), HL_OK);
    assert_int_equal(hl_subscription_put(one, HL_EVENTS_STREAM, NOW, &out), HL_SUBSCRIPTION_IDLE);
    hl_subscription_put_end(one, HL_EVENTS_STREAM, HL_END_SHUTDOWN, &out);
    hl_subscription_put_end(one, HL_EVENTS_LINES, HL_END_SLOW, &out);
    hl_buffer_append(&out, "", 1);
    assert_string_equal(out.data,
                        "id: 1\nevent: story_expired\n"
                        "data: {\"id\":\"1\",\"kind\":\"story_expired\",\"time\":\"2025-12-14T09:30:00.004Z\","
                        "\"collection\":\"default\",\"story\":5,\"topic\":1}\n\n"
                        "event: end\ndata: {\"reason\":\"shutdown\",\"next\":\"1\"}\n\n"
                        "{\"end\":{\"reason\":\"slow\",\"next\":\"1\"}}\n");
    assert_int_equal(hl_events_figures(events)->cut_off, 1);
    hl_subscription_close(one);
    hl_buffer_clear(&out);
    hl_events_destroy(events);
}

static void test_signs_of_life(void **state)
{
    (void)state;
    static struct told list[TOLD_MAX];
    struct hl_events *events = hl_events_create(HL_EVENTS_BYTES_MIN, 0);
    struct hl_subscription *one = NULL;
    const struct hl_event_wish few = {.kinds = 1 << HL_EVENT_TOPIC_EXPIRED};
    struct hl_buffer out;
    hl_buffer_init(&out);
    assert_int_equal(hl_subscription_open(events, &few, 0, &one, NULL), HL_OK);
    assert_int_equal(hl_subscription_put(one, HL_EVENTS_LINES, NOW, &out), HL_SUBSCRIPTION_IDLE);
    tell(events, list, 1, &(struct told){HL_EVENT_STORY_EXPIRED, 1, 0}); /* not wanted */
    assert_int_equal(hl_subscription_put(one, HL_EVENTS_LINES, NOW + 14999, &out), HL_SUBSCRIPTION_IDLE);
    assert_int_equal(out.length, 0);
    assert_int_equal(hl_subscription_put(one, HL_EVENTS_LINES, NOW + 15000, &out), HL_SUBSCRIPTION_IDLE);
    assert_int_equal(hl_subscription_put(one, HL_EVENTS_LINES, NOW + 15001, &out), HL_SUBSCRIPTION_IDLE);
    hl_buffer_append(&out, "", 1);
    assert_string_equal(out.data, "{\"alive\":{\"next\":\"1\"}}\n");
    hl_subscription_close(one);
    hl_buffer_clear(&out);
    hl_events_destroy(events);
}

/* Who is so slow that the history has moved past him is told, and says no wrong thing before. */
static void test_too_slow(void **state)
{
    (void)state;
    static struct told list[TOLD_MAX];
    struct hl_events *events = hl_events_create(HL_EVENTS_BYTES_MIN, 0);
    struct hl_subscription *one = NULL;
    const struct hl_event_wish all = {.story = 0};
    struct hl_buffer out;
    hl_buffer_init(&out);
    assert_int_equal(hl_subscription_open(events, &all, 0, &one, NULL), HL_OK);
    for (uint64_t number = 1; number <= 1000; number++)
        tell(events, list, number, &(struct told){HL_EVENT_STORY_GREW, 1, 100});
    assert_int_equal(hl_subscription_put(one, HL_EVENTS_LINES, NOW, &out), HL_SUBSCRIPTION_LOST);
    assert_int_equal(out.length, 0);
    hl_subscription_close(one);
    hl_buffer_clear(&out);
    hl_events_destroy(events);
}

static void test_too_many(void **state)
{
    (void)state;
    struct hl_events *events = hl_events_create(HL_EVENTS_BYTES_MIN, 0);
    struct hl_subscription *one = NULL, *other = NULL;
    const struct hl_event_wish all = {.story = 0};
    struct hl_error error = {.status = HL_OK};
    hl_events_figures(events)->subscribers_max = 1;
    assert_int_equal(hl_subscription_open(events, &all, 0, &one, &error), HL_OK);
    assert_int_equal(hl_subscription_open(events, &all, 0, &other, &error), HL_LIMIT);
    assert_null(other);
    assert_int_equal(hl_events_figures(events)->refused, 1);
    assert_int_equal(hl_subscription_open(events, &all, 0, &one, &error), HL_OK); /* in place of itself */
    assert_int_equal(hl_events_figures(events)->subscribers, 1);
    hl_subscription_close(one);
    assert_int_equal(hl_subscription_open(events, &all, 0, &other, &error), HL_OK);
    hl_subscription_close(other);
    hl_events_destroy(events);
}

/* ---- without memory ------------------------------------------------------------------------------------------------ */

static void test_every_allocation_fails(void **state)
{
    (void)state;
    const struct hl_event_wish wish = {.text = text_of("Paris strikes"), .source = text_of("Wire")};
    struct hl_subscription *kept = NULL;
    bool whole = false;
    for (uint64_t n = 1; !whole; n++) {
        struct hl_error error = {.status = HL_OK};
        struct hl_subscription *fresh = kept;
        failing_malloc_arm(n);
        struct hl_events *events = hl_events_create(HL_EVENTS_BYTES_MIN, 0);
        if (!events) {
            assert_true(failing_malloc_fired());
            continue;
        }
        fresh = NULL;
        enum hl_status status = hl_subscription_open(events, &wish, 0, &fresh, &error);
        bool fired = failing_malloc_fired();
        failing_malloc_arm(0);
        assert_int_equal(status, fired ? HL_NO_MEMORY : HL_OK);
        assert_int_equal(fresh != NULL, status == HL_OK);
        assert_int_equal(hl_events_figures(events)->subscribers, status == HL_OK);
        whole = !fired;
        hl_subscription_close(fresh);
        hl_events_destroy(events);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ring),          cmocka_unit_test(test_ring_of_short_events),
        cmocka_unit_test(test_longest_event), cmocka_unit_test(test_resume),
        cmocka_unit_test(test_filters),       cmocka_unit_test(test_filters_refused),
        cmocka_unit_test(test_subscription),  cmocka_unit_test(test_forms),
        cmocka_unit_test(test_signs_of_life), cmocka_unit_test(test_too_slow),
        cmocka_unit_test(test_too_many),      cmocka_unit_test(test_every_allocation_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
