/*
 * test_changes.c - the ops changes and subscribe on a real engine: pages add up to the whole, whatever their size; what is refused.
 */
#include "protocol/request.h"
#include "protocol/subscription.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOW INT64_C(1765704600000) /* 2025-12-14T09:30:00Z */

struct fixture {
    struct hl_service service;
    struct hl_subscription *subscription;
    struct hl_buffer out;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct hl_engine_options options = hl_engine_options_default();
    if (!f)
        return -1;
    f->service = (struct hl_service){.server_name = "test",
                                     .line_max_bytes = 65536,
                                     .events = hl_events_create(HL_EVENTS_BYTES_MIN, 0),
                                     .subscription = &f->subscription};
    hl_buffer_init(&f->out);
    *state = f;
    if (!f->service.events || hl_engine_create(&options, &f->service.engine, NULL) != HL_OK)
        return -1;
    hl_engine_observe(f->service.engine, hl_events_observe, f->service.events);
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    hl_subscription_close(f->subscription);
    hl_engine_destroy(f->service.engine);
    hl_events_destroy(f->service.events);
    hl_buffer_clear(&f->out);
    free(f);
    return 0;
}

static json_t *ask(struct fixture *f, const char *line)
{
    hl_buffer_reset(&f->out);
    (void)hl_service_handle(&f->service, line, strlen(line), NOW, &f->out, NULL);
    json_t *answer = json_loadb(f->out.data, f->out.length, JSON_REJECT_DUPLICATES, NULL);
    if (!answer)
        fail_msg("%.*s", (int)f->out.length, f->out.data);
    return answer;
}

static json_t *ask_ok(struct fixture *f, const char *line)
{
    json_t *answer = ask(f, line);
    if (!json_is_true(json_object_get(answer, "ok")))
        fail_msg("%s: %.*s", line, (int)f->out.length, f->out.data);
    return answer;
}

static void expect_refused(struct fixture *f, const char *line, const char *field)
{
    json_t *answer = ask(f, line);
    const json_t *error = json_object_get(answer, "error");
    assert_non_null(error);
    assert_string_equal(json_string_value(json_object_get(error, "code")), "invalid");
    if (field)
        assert_string_equal(json_string_value(json_object_get(error, "field")), field);
    json_decref(answer);
}

/* Headlines of two stories from three sources; one in seven is removed again. */
static void fill(struct fixture *f, unsigned count)
{
    char line[256];
    for (unsigned i = 0; i < count; i++) {
        snprintf(line, sizeof line, "{\"id\":\"%u\",\"title\":\"%s, report %u\",\"source\":\"s%u\"}", i,
                 i % 2 ? "Storm Petra floods Aldermoor" : "Quimby elected mayor of Zorblax", i, i % 3);
        json_decref(ask_ok(f, line));
        snprintf(line, sizeof line, "{\"op\":\"remove\",\"id\":\"%u\"}", i);
        if (i % 7 == 0)
            json_decref(ask_ok(f, line));
    }
}

/* The events after @cursor, gathered page by page. */
static json_t *gather(struct fixture *f, const char *filter, unsigned limit)
{
    json_t *all = json_array();
    char line[512], cursor[32] = "0";
    for (bool more = true; more;) {
        snprintf(line, sizeof line, "{\"op\":\"changes\",\"cursor\":\"%s\",\"limit\":%u%s}", cursor, limit, filter);
        json_t *answer = ask_ok(f, line);
        json_t *events = json_object_get(answer, "events");
        assert_true(json_array_size(events) <= limit);
        assert_false(json_is_true(json_object_get(answer, "missed")));
        more = json_is_true(json_object_get(answer, "more"));
        const char *next = json_string_value(json_object_get(answer, "next"));
        assert_true(!more || strcmp(next, cursor) != 0);
        snprintf(cursor, sizeof cursor, "%s", next);
        json_array_extend(all, events);
        json_decref(answer);
    }
    return all;
}

static void test_pages(void **state)
{
    struct fixture *f = *state;
    static const char *const filters[] = {"",
                                          ",\"kinds\":\"headline_added,headline_removed\"",
                                          ",\"source\":\"s1\"",
                                          ",\"text\":\"mayor\",\"min_headlines\":3",
                                          ",\"story\":2",
                                          ",\"text\":\"nowhere\""};
    fill(f, 60);
    assert_int_equal(hl_events_first(f->service.events), 1); /* all is held */
    for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++) {
        json_t *whole = gather(f, filters[i], 1000);
        assert_int_equal(json_array_size(whole) > 0, i < 5);
        for (unsigned limit = 1; limit < 8; limit += 3) {
            json_t *pages = gather(f, filters[i], limit);
            assert_true(json_equal(whole, pages));
            json_decref(pages);
        }
        json_decref(whole);
    }
    json_t *all = gather(f, "", 7);
    assert_int_equal(json_array_size(all), hl_events_last(f->service.events));
    json_decref(all);
}

/* What is told of all events makes the stories' counts again: each as the event says, the last as the engine says. */
static void test_counts_follow(void **state)
{
    struct fixture *f = *state;
    fill(f, 60);
    json_t *all = gather(f, "", 50), *event;
    json_int_t live[64] = {0};
    size_t i;
    json_array_foreach(all, i, event)
    {
        const char *kind = json_string_value(json_object_get(event, "kind"));
        json_int_t story = json_integer_value(json_object_get(event, "story"));
        assert_true(story < 64);
        bool added = strcmp(kind, "headline_added") == 0, removed = strcmp(kind, "headline_removed") == 0;
        live[story] += added - removed;
        if (added || removed)
            assert_int_equal(json_integer_value(json_object_get(event, "story_headlines")), live[story]);
    }
    json_t *story = ask_ok(f, "{\"op\":\"story\",\"story\":2}");
    assert_int_equal(json_integer_value(json_object_get(story, "headlines")), live[2]);
    json_decref(story);
    json_decref(all);
}

/* A cursor from before the history goes on with what is left of it. */
static void test_missed(void **state)
{
    struct fixture *f = *state;
    fill(f, 300);
    uint64_t first = hl_events_first(f->service.events);
    assert_true(first > 1);
    json_t *answer = ask_ok(f, "{\"op\":\"changes\",\"cursor\":1,\"limit\":1}");
    assert_true(json_is_true(json_object_get(answer, "missed")));
    const json_t *event = json_array_get(json_object_get(answer, "events"), 0);
    assert_int_equal(strtoull(json_string_value(json_object_get(event, "id")), NULL, 10), first);
    json_decref(answer);
}

/* Without a listed word a title is read for each event: so few are in one go. */
static void test_bounded(void **state)
{
    struct fixture *f = *state;
    struct hl_events *small = f->service.events;
    struct hl_headline_view view = {.title = {"Storm Petra", 11}};
    struct hl_event event = {.kind = HL_EVENT_HEADLINE_JOINED, .headline = &view};
    f->service.events = hl_events_create(8 << 20, 0);
    assert_non_null(f->service.events);
    for (event.number = 1; event.number <= 30000; event.number++)
        hl_events_observe(f->service.events, &event);
    json_t *answer = ask_ok(f, "{\"op\":\"changes\",\"cursor\":0,\"kinds\":\"topic_merged\"}");
    assert_string_equal(json_string_value(json_object_get(answer, "next")), "20000");
    assert_true(json_is_true(json_object_get(answer, "more")));
    json_decref(answer);
    answer = ask_ok(f, "{\"op\":\"changes\",\"cursor\":0,\"text\":\"zorblax\"}");
    assert_string_equal(json_string_value(json_object_get(answer, "next")), "1000");
    json_decref(answer);
    hl_events_destroy(f->service.events);
    f->service.events = small;
}

static void test_refused(void **state)
{
    struct fixture *f = *state;
    expect_refused(f, "{\"op\":\"changes\",\"cursor\":\"x\"}", "cursor");
    expect_refused(f, "{\"op\":\"changes\",\"cursor\":-1}", "cursor");
    expect_refused(f, "{\"op\":\"changes\",\"cursor\":1.5}", "cursor");
    expect_refused(f, "{\"op\":\"changes\",\"cursor\":\"18446744073709551616\"}", "cursor");
    expect_refused(f, "{\"op\":\"changes\",\"kinds\":[\"story_grew\",1]}", "kinds");
    expect_refused(f, "{\"op\":\"changes\",\"kinds\":{}}", "kinds");
    expect_refused(f, "{\"op\":\"changes\",\"kinds\":\"story_grew,\",\"text\":\"!\"}", "text");
    expect_refused(f, "{\"op\":\"changes\",\"kinds\":\"story_grew,,story_split\"}", "kinds");
    expect_refused(f, "{\"op\":\"subscribe\",\"after\":\"\"}", "after");
    expect_refused(f, "{\"op\":\"subscribe\",\"limit\":0,\"min_headlines\":\"2\"}", "min_headlines");
    assert_null(f->subscription);
    f->service.subscription = NULL;
    expect_refused(f, "{\"op\":\"subscribe\"}", NULL);
    f->service.subscription = &f->subscription;
    struct hl_events *events = f->service.events;
    f->service.events = NULL;
    expect_refused(f, "{\"op\":\"subscribe\"}", NULL);
    expect_refused(f, "{\"op\":\"changes\"}", NULL);
    f->service.events = events;
}

static void test_subscribe(void **state)
{
    struct fixture *f = *state;
    fill(f, 3);
    json_decref(ask_ok(f, "{\"op\":\"subscribe\",\"after\":\"0\",\"kinds\":\"headline_added\"}"));
    struct hl_buffer pushed;
    hl_buffer_init(&pushed);
    assert_int_equal(hl_subscription_put(f->subscription, HL_EVENTS_LINES, NOW, &pushed), HL_SUBSCRIPTION_IDLE);
    json_t *event = json_loadb(pushed.data, pushed.length, JSON_DISABLE_EOF_CHECK, NULL);
    assert_string_equal(json_string_value(json_object_get(json_object_get(event, "event"), "kind")), "headline_added");
    json_decref(event);
    hl_buffer_reset(&pushed);
    json_decref(
        ask_ok(f, "{\"op\":\"subscribe\",\"kinds\":\"story_expired\"}")); /* in place of the first, from now on */
    assert_int_equal(hl_subscription_put(f->subscription, HL_EVENTS_LINES, NOW, &pushed), HL_SUBSCRIPTION_IDLE);
    assert_int_equal(pushed.length, 0);
    assert_int_equal(hl_events_figures(f->service.events)->subscribers, 1);
    hl_buffer_clear(&pushed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_pages, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_counts_follow, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_missed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bounded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_subscribe, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
