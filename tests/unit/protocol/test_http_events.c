/*
 * test_http_events.c - GET /v1/events on buffers: frames, where a browser goes on, signs of life, and ends.
 */
#include "protocol/http.h"
#include "protocol/http_route.h"
#include "protocol/subscription.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOW INT64_C(1765704600000) /* 2025-12-14T09:30:00Z */
#define LIMITED "{\"ok\":false,\"error\":{\"code\":\"limit\""

struct fixture {
    struct hl_service service;
    struct hl_service_figures figures;
    struct hl_http *http;
    struct hl_buffer out;
    uint64_t told;
    int64_t now_ms;
};

static void tell(struct fixture *f, unsigned count)
{
    for (; count > 0; count--)
        hl_events_observe(f->service.events, &(struct hl_event){.kind = HL_EVENT_STORY_EXPIRED,
                                                                .number = ++f->told,
                                                                .story = f->told,
                                                                .at_ms = NOW,
                                                                .collection = {"default", 7}});
}

static void begin(struct fixture *f)
{
    struct hl_http_config config = {.routes = hl_http_all_routes(), .any_host = true, .object_max_bytes = 65536};
    hl_http_destroy(f->http);
    hl_buffer_reset(&f->out);
    f->http = hl_http_create(&config);
    assert_non_null(f->http);
}

static enum hl_http_step go_on(struct fixture *f)
{
    struct hl_http_done done;
    enum hl_http_step step;
    do
        step = hl_http_next(f->http, &f->service, f->now_ms, &f->out, &done);
    while (step == HL_HTTP_WENT_ON);
    return step;
}

/* HTTP/1.0, whose body is not in chunks. */
static enum hl_http_step get(struct fixture *f, const char *target, const char *last_event_id)
{
    char request[512], *data;
    size_t room;
    int length = snprintf(request, sizeof request, "GET %s HTTP/1.0\r\n%s%s%s\r\n", target,
                          last_event_id ? "Last-Event-ID: " : "", last_event_id ? last_event_id : "",
                          last_event_id ? "\r\n" : "");
    begin(f);
    assert_true(hl_http_prepare(f->http, (size_t)length, &data, &room));
    memcpy(data, request, (size_t)length);
    hl_http_commit(f->http, (size_t)length);
    return go_on(f);
}

/* What is in the body; the text ends with NUL until more is appended. */
static const char *body(struct fixture *f)
{
    hl_buffer_append(&f->out, "", 1);
    f->out.length--;
    const char *found = strstr(f->out.data, "\r\n\r\n");
    assert_non_null(found);
    return found + 4;
}

static void expect_body(struct fixture *f, const char *wanted)
{
    assert_string_equal(body(f), wanted);
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    if (!f)
        return -1;
    f->service.events = hl_events_create(HL_EVENTS_BYTES_MIN, 0);
    f->service.figures = &f->figures;
    f->now_ms = NOW;
    hl_buffer_init(&f->out);
    *state = f;
    return f->service.events ? 0 : -1;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    hl_http_destroy(f->http);
    int left = (int)hl_events_figures(f->service.events)->subscribers;
    hl_events_destroy(f->service.events);
    hl_buffer_clear(&f->out);
    free(f);
    return left;
}

#define FRAME(id)                                                                                                      \
    "id: " id "\nevent: story_expired\ndata: {\"id\":\"" id                                                            \
    "\",\"kind\":\"story_expired\",\"time\":\"2025-12-14T09:30:00.000Z\",\"collection\":\"default\",\"story\":" id     \
    ",\"topic\":null}\n\n"
#define RETRY "retry: 2000\n\n"

static void test_frames(void **state)
{
    struct fixture *f = *state;
    tell(f, 2);
    assert_int_equal(get(f, "/v1/events", NULL), HL_HTTP_STREAMS);
    assert_non_null(strstr(f->out.data, "Content-Type: text/event-stream\r\n"));
    expect_body(f, RETRY); /* from now on */
    tell(f, 2);
    assert_int_equal(go_on(f), HL_HTTP_STREAMS);
    expect_body(f, RETRY FRAME("3") FRAME("4"));
}

static void test_signs_of_life(void **state)
{
    struct fixture *f = *state;
    get(f, "/v1/events?kinds=story_split", NULL);
    tell(f, 3); /* not wanted */
    f->now_ms += 14999;
    go_on(f);
    expect_body(f, RETRY);
    f->now_ms += 1;
    go_on(f);
    go_on(f);
    expect_body(f, RETRY ":\nid: 3\n\n");
    f->now_ms -= 3600000; /* the clock is set back */
    go_on(f);
    expect_body(f, RETRY ":\nid: 3\n\n:\nid: 3\n\n");
    f->now_ms += 15000;
    go_on(f);
    expect_body(f, RETRY ":\nid: 3\n\n:\nid: 3\n\n:\nid: 3\n\n");
}

static void test_resume(void **state)
{
    struct fixture *f = *state;
    tell(f, 4);
    get(f, "/v1/events?after=2", NULL);
    expect_body(f, RETRY FRAME("3") FRAME("4"));
    get(f, "/v1/events?after=0", "3"); /* the header is newer */
    expect_body(f, RETRY FRAME("4"));
    get(f, "/v1/events?after=4", NULL);
    expect_body(f, RETRY);
    get(f, "/v1/events", "5");
    expect_body(f, RETRY "id: 4\nevent: reset\ndata: {\"reason\":\"unknown\",\"next\":\"4\"}\n\n");
    get(f, "/v1/events", "no number");
    expect_body(f, RETRY "id: 4\nevent: reset\ndata: {\"reason\":\"unknown\",\"next\":\"4\"}\n\n");
    tell(f, 996);
    assert_true(hl_events_first(f->service.events) > 10);
    get(f, "/v1/events", "4");
    expect_body(f, RETRY "id: 1000\nevent: reset\ndata: {\"reason\":\"evicted\",\"next\":\"1000\"}\n\n");
    tell(f, 1);
    go_on(f);
    assert_non_null(strstr(body(f), "id: 1001\nevent: story_expired\n"));
}

/* A long history comes in pieces, all of it. */
static void test_long_history(void **state)
{
    struct fixture *f = *state;
    struct hl_http_done done;
    tell(f, 300);
    get(f, "/v1/events?after=0", NULL);
    unsigned found = 0;
    for (const char *at = body(f); (at = strstr(at, "event: story_expired")) != NULL; at++)
        found++;
    assert_int_equal(found, 300);
    tell(f, 300);
    size_t before = f->out.length;
    assert_int_equal(hl_http_next(f->http, &f->service, NOW, &f->out, &done), HL_HTTP_WENT_ON);
    assert_true(f->out.length > before && f->out.length - before < 128 * 400);
}

static void test_ends(void **state)
{
    struct fixture *f = *state;
    get(f, "/v1/events?after=0", NULL);
    tell(f, 1000); /* more than is held */
    assert_int_equal(go_on(f), HL_HTTP_ENDS);
    expect_body(f, RETRY "event: end\ndata: {\"reason\":\"slow\",\"next\":\"0\"}\n\n");
    assert_int_equal(hl_events_figures(f->service.events)->cut_off, 1);
    assert_int_equal(hl_events_figures(f->service.events)->subscribers, 0);
    get(f, "/v1/events", NULL);
    f->figures.draining = true;
    hl_http_break(f->http, HL_UNAVAILABLE, "this server is about to stop", NOW, &f->out);
    expect_body(f, RETRY "event: end\ndata: {\"reason\":\"shutdown\",\"next\":\"1000\"}\n\n");
    f->figures.draining = false;
    get(f, "/v1/events", NULL);
    hl_http_break(f->http, HL_PARSE, "the request ends", NOW, &f->out);
    expect_body(f, RETRY "event: end\ndata: {\"reason\":\"closed\",\"next\":\"1000\"}\n\n");
}

static void test_refused(void **state)
{
    struct fixture *f = *state;
    hl_events_figures(f->service.events)->subscribers_max = 1;
    struct hl_subscription *other = NULL;
    const struct hl_event_wish all = {.story = 0};
    assert_int_equal(hl_subscription_open(f->service.events, &all, 0, &other, NULL), HL_OK);
    assert_int_equal(get(f, "/v1/events", NULL), HL_HTTP_ENDS);
    assert_memory_equal(f->out.data + 8, " 503 ", 5);
    assert_memory_equal(body(f), LIMITED, sizeof LIMITED - 1);
    hl_subscription_close(other);
    get(f, "/v1/events?kinds=nothing", NULL);
    assert_memory_equal(f->out.data + 8, " 400 ", 5);
    get(f, "/v1/events?after=x", NULL);
    assert_memory_equal(f->out.data + 8, " 400 ", 5);
    get(f, "/v1/changes?cursor=0&min_headlines=1&kinds=story_split,story_expired", NULL);
    assert_memory_equal(f->out.data + 8, " 200 ", 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_frames, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_signs_of_life, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_resume, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_long_history, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_ends, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
