/*
 * test_questions.c - the ops that ask about the stream: their members, defaults and refusals.
 */
#include "protocol/service.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NOW INT64_C(1765704600000) /* 2025-12-14T09:30:00Z */
#define MINUTE INT64_C(60000)
#define STORM "Storm Petra floods Aldermoor, thousands without power"

struct fixture {
    struct hl_service service;
    struct hl_buffer out;
    int64_t now_ms;
};

/* The answer to @line: one line of strict JSON. The caller releases it. */
static json_t *ask(struct fixture *f, const char *line)
{
    hl_buffer_reset(&f->out);
    hl_service_handle(&f->service, line, strlen(line), f->now_ms, &f->out, NULL);
    assert_ptr_equal(memchr(f->out.data, '\n', f->out.length), f->out.data + f->out.length - 1);
    json_t *answer = json_loadb(f->out.data, f->out.length, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(answer);
    return answer;
}

static json_t *ask_ok(struct fixture *f, const char *line)
{
    json_t *answer = ask(f, line);
    if (!json_is_true(json_object_get(answer, "ok")))
        fail_msg("%s: %.*s", line, (int)f->out.length, f->out.data);
    return answer;
}

static void add(struct fixture *f, const char *id, const char *title, const char *source)
{
    char line[512];
    snprintf(line, sizeof line, "{\"id\":\"%s\",\"title\":\"%s\",\"source\":\"%s\"}", id, title, source);
    json_decref(ask_ok(f, line));
}

/* Three outlets have the storm within a quarter of an hour; the rates stand alone. */
static int set_up(void **state)
{
    static struct fixture f;
    struct hl_engine_options options = hl_engine_options_default();
    f = (struct fixture){.service = {.server_name = "test", .line_max_bytes = 65536}, .now_ms = NOW};
    hl_buffer_init(&f.out);
    if (hl_engine_create(&options, &f.service.engine, NULL) != HL_OK)
        return -1;
    add(&f, "s1", STORM, "Wire");
    f.now_ms += 5 * MINUTE;
    add(&f, "s2", STORM, "Post");
    f.now_ms += 10 * MINUTE;
    add(&f, "s3", STORM, "Echo");
    add(&f, "r1", "Central bank of Merrow raises rates to 3%", "Wire");
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    hl_engine_destroy(f->service.engine);
    hl_buffer_clear(&f->out);
    return 0;
}

/* What lies at "member.0.member" of @object. */
static json_t *at(json_t *object, const char *path)
{
    char name[64];
    while (*path && object) {
        size_t length = strcspn(path, ".");
        snprintf(name, sizeof name, "%.*s", (int)length, path);
        bool is_place = json_is_array(object) && name[0] >= '0' && name[0] <= '9';
        object = is_place ? json_array_get(object, (size_t)(name[0] - '0')) : json_object_get(object, name);
        path += length + (path[length] == '.');
    }
    if (!object)
        fail_msg("%s is missing", name);
    return object;
}

static json_int_t integer_at(json_t *object, const char *path)
{
    assert_true(json_is_integer(at(object, path)));
    return json_integer_value(at(object, path));
}

static void expect_text(json_t *object, const char *path, const char *expected)
{
    assert_true(json_is_string(at(object, path)));
    assert_string_equal(json_string_value(at(object, path)), expected);
}

static void expect_null(json_t *object, const char *path)
{
    if (!json_is_null(at(object, path)))
        fail_msg("%s is not null", path);
}

/* ---- collections and timeline -------------------------------------------------------------------------------------- */

static void test_collections(void **state)
{
    json_t *answer = ask_ok(*state, "{\"op\":\"collections\"}");
    expect_text(answer, "collections.0.collection", "default");
    assert_int_equal(integer_at(answer, "collections.0.headlines"), 4);
    assert_int_equal(integer_at(answer, "collections.0.stories"), 2);
    expect_text(answer, "collections.0.last", "2025-12-14T09:45:00.000Z");
    assert_true(json_is_false(at(answer, "truncated")));
    json_decref(answer);
}

static void test_timeline(void **state)
{
    json_t *answer = ask_ok(*state, "{\"op\":\"timeline\",\"story\":\"1\"}");
    assert_int_equal(integer_at(answer, "story"), 1);
    expect_text(answer, "start", "2025-12-14T09:30:00.000Z");
    expect_text(answer, "end", "2025-12-14T09:45:30.000Z");
    assert_int_equal(integer_at(answer, "bucket_ms"), 30000);
    assert_int_equal(json_array_size(at(answer, "counts")), 31); /* of at most 48 */
    assert_int_equal(json_array_size(at(answer, "duplicates")), 31);
    assert_int_equal(json_array_size(at(answer, "moments")), 3);
    expect_text(answer, "moments.0.kind", "first");
    expect_text(answer, "moments.2.kind", "source");
    expect_text(answer, "moments.2.source", "Echo");
    expect_text(answer, "moments.2.headline.id", "s3");
    expect_null(answer, "moments.2.other_story");
    expect_null(answer, "moments.2.headlines");
    json_decref(answer);
    answer = ask_ok(*state, "{\"op\":\"timeline\",\"story\":1,\"buckets\":2}");
    assert_int_equal(integer_at(answer, "counts.0"), 2);
    expect_text(answer, "moments.1.kind", "peak");
    assert_int_equal(integer_at(answer, "moments.1.headlines"), 2);
    expect_null(answer, "moments.1.headline");
    expect_null(answer, "moments.1.source");
    json_decref(answer);
}

/* ---- search -------------------------------------------------------------------------------------------------------- */

static void test_search(void **state)
{
    json_t *answer =
        ask_ok(*state, "{\"op\":\"search\",\"q\":\"\\\"storm petra\\\" flood\",\"order\":\"latest\",\"limit\":2}");
    assert_int_equal(json_array_size(at(answer, "headlines")), 2);
    expect_text(answer, "headlines.0.id", "s3");
    expect_text(answer, "headlines.1.id", "s2");
    assert_int_equal(integer_at(answer, "headlines.0.story"), 1);
    expect_null(answer, "headlines.0.topic");
    assert_true(json_is_real(at(answer, "headlines.0.score")));
    assert_true(json_is_false(at(answer, "truncated")));
    char line[256];
    snprintf(
        line, sizeof line,
        "{\"op\":\"search\",\"q\":\"\\\"storm petra\\\" flood\",\"order\":\"latest\",\"limit\":2,\"cursor\":\"%s\"}",
        json_string_value(at(answer, "next")));
    json_decref(answer);
    answer = ask_ok(*state, line);
    assert_int_equal(json_array_size(at(answer, "headlines")), 1);
    expect_text(answer, "headlines.0.id", "s1");
    expect_null(answer, "next");
    json_decref(answer);
    answer = ask_ok(*state,
                    "{\"op\":\"search\",\"q\":\"wire\",\"source\":\"Wire\",\"lang\":\"en\",\"since\":0,\"until\":0}");
    assert_int_equal(json_array_size(at(answer, "headlines")), 0);
    json_decref(answer);
}

/* Not more than about a megabyte, and then it goes on. */
static void test_a_long_search_is_cut(void **state)
{
    struct fixture *f = *state;
    static char line[8192], url[4001];
    for (size_t i = 0; i + 2 < sizeof url; i += 2)
        memcpy(url + i, "\\\"", 3);
    for (int i = 0; i < 400; i++) {
        snprintf(line, sizeof line, "{\"title\":\"Comet Veyla visible\",\"source\":\"s%d\",\"url\":\"%s\"}", i, url);
        json_decref(ask_ok(f, line));
    }
    json_t *answer = ask_ok(f, "{\"op\":\"search\",\"q\":\"comet\",\"limit\":1000}");
    size_t first = json_array_size(at(answer, "headlines"));
    assert_true(first < 400 && f->out.length < (1 << 20) + 10000);
    snprintf(line, sizeof line, "{\"op\":\"search\",\"q\":\"comet\",\"limit\":1000,\"cursor\":\"%s\"}",
             json_string_value(at(answer, "next")));
    json_decref(answer);
    answer = ask_ok(f, line);
    assert_int_equal(first + json_array_size(at(answer, "headlines")), 400);
    json_decref(answer);
}

/* ---- breaking ------------------------------------------------------------------------------------------------------ */

static void test_breaking(void **state)
{
    json_t *answer = ask_ok(*state, "{\"op\":\"breaking\"}");
    assert_int_equal(integer_at(answer, "window_s"), 3600);
    assert_int_equal(json_array_size(at(answer, "stories")), 1); /* of two sources or more */
    assert_int_equal(integer_at(answer, "stories.0.story"), 1);
    assert_int_equal(integer_at(answer, "stories.0.velocity.headlines"), 3);
    assert_int_equal(integer_at(answer, "stories.0.velocity.sources"), 3);
    assert_true(json_real_value(at(answer, "stories.0.velocity.ratio")) == 2);
    assert_true(json_is_false(at(answer, "truncated")));
    json_decref(answer);
    answer = ask_ok(*state, "{\"op\":\"breaking\",\"min_sources\":1,\"source\":\"Wire\",\"window_s\":300}");
    assert_int_equal(json_array_size(at(answer, "stories")), 1);
    assert_int_equal(integer_at(answer, "stories.0.story"), 2); /* the Wire's part in the other is older */
    json_decref(answer);
}

/* ---- similar ------------------------------------------------------------------------------------------------------- */

static void test_similar(void **state)
{
    json_t *answer = ask_ok(*state, "{\"op\":\"similar\",\"id\":\"s2\"}");
    assert_int_equal(json_array_size(at(answer, "headlines")), 2); /* not itself, and nothing else is like it */
    expect_text(answer, "headlines.0.id", "s3");                   /* of equal ones the newest */
    expect_text(answer, "headlines.1.id", "s1");
    assert_int_equal(integer_at(answer, "headlines.0.distance"), 0);
    assert_int_equal(integer_at(answer, "headlines.0.story"), 1);
    json_decref(answer);
    answer = ask_ok(*state, "{\"op\":\"similar\",\"title\":\"" STORM "\",\"limit\":1}");
    assert_int_equal(json_array_size(at(answer, "headlines")), 1);
    assert_true(json_real_value(at(answer, "headlines.0.similarity")) > 0.9);
    json_decref(answer);
}

/* ---- sources ------------------------------------------------------------------------------------------------------- */

static void test_sources(void **state)
{
    json_t *answer = ask_ok(*state, "{\"op\":\"sources\"}");
    assert_int_equal(json_array_size(at(answer, "sources")), 3);
    expect_text(answer, "sources.0.source", "Wire");
    assert_int_equal(integer_at(answer, "sources.0.headlines"), 2);
    assert_int_equal(integer_at(answer, "sources.0.stories"), 2);
    assert_int_equal(integer_at(answer, "sources.0.shared"), 1);
    assert_int_equal(integer_at(answer, "sources.0.first_count"), 1);
    assert_true(json_real_value(at(answer, "sources.0.first_share")) == 1);
    expect_null(answer, "sources.0.lag_median_s");
    assert_int_equal(json_array_size(at(answer, "sources.0.follows")), 0);
    expect_text(answer, "sources.1.source", "Echo"); /* by name */
    assert_true(json_real_value(at(answer, "sources.1.lag_median_s")) == 900);
    assert_true(json_real_value(at(answer, "sources.1.duplicate_share")) == 1);
    expect_text(answer, "sources.1.last", "2025-12-14T09:45:00.000Z");
    expect_text(answer, "sources.1.follows.0.source", "Wire");
    assert_int_equal(integer_at(answer, "sources.1.follows.0.count"), 1);
    assert_true(json_is_false(at(answer, "more")) && json_is_false(at(answer, "truncated")));
    json_decref(answer);
    answer = ask_ok(*state, "{\"op\":\"sources\",\"order\":\"lag\",\"limit\":1}");
    expect_text(answer, "sources.0.source", "Post");
    assert_true(json_is_true(at(answer, "more")));
    json_decref(answer);
    answer = ask_ok(*state, "{\"op\":\"sources\",\"source\":\"Wire\",\"since\":\"2025-12-14T09:31:00Z\"}");
    assert_int_equal(integer_at(answer, "sources.0.headlines"), 1);
    assert_int_equal(integer_at(answer, "sources.0.shared"), 0);
    json_decref(answer);
}

/* ---- arrivals ------------------------------------------------------------------------------------------------------ */

static void test_arrivals(void **state)
{
    static const struct {
        const char *line, *at;
    } rows[] = {
        {"{\"op\":\"story\",\"story\":1,\"arrivals\":true}", "arrivals"},
        {"{\"op\":\"stories\",\"order\":\"size\",\"limit\":1000,\"arrivals\":true}", "stories.0.arrivals"},
        {"{\"op\":\"breaking\",\"limit\":1000,\"arrivals\":true}", "stories.0.arrivals"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        json_t *answer = ask_ok(*state, rows[i].line), *arrivals = at(answer, rows[i].at);
        assert_int_equal(integer_at(arrivals, "bucket_ms"), 3600000);
        expect_text(arrivals, "end", "2025-12-14T09:45:00.000Z");
        assert_int_equal(json_array_size(at(arrivals, "counts")), 24);
        assert_int_equal(json_integer_value(json_array_get(at(arrivals, "counts"), 23)), 3);
        json_decref(answer);
    }
    json_t *answer = ask_ok(*state, "{\"op\":\"stories\",\"arrivals\":false}");
    assert_null(json_object_get(at(answer, "stories.0"), "arrivals"));
    json_decref(answer);
}

/* A page of stories with arrivals has a hundred at most, and the next goes on behind it. */
static void test_pages_with_arrivals(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 120; i++) {
        char title[96], id[16];
        snprintf(title, sizeof title, "zorb%dux veltrup%duy quamish%duz drofel%duw", i, i, i, i);
        snprintf(id, sizeof id, "z%d", i);
        add(f, id, title, "Wire");
    }
    json_t *answer = ask_ok(f, "{\"op\":\"stories\",\"limit\":1000,\"arrivals\":true}");
    assert_int_equal(json_array_size(at(answer, "stories")), 100);
    char line[256];
    snprintf(line, sizeof line, "{\"op\":\"stories\",\"limit\":1000,\"arrivals\":true,\"cursor\":\"%s\"}",
             json_string_value(at(answer, "next")));
    json_decref(answer);
    answer = ask_ok(f, line);
    assert_int_equal(json_array_size(at(answer, "stories")), 22);
    expect_null(answer, "next");
    json_decref(answer);
}

/* ---- preferred sources ---------------------------------------------------------------------------------------------- */

static void test_preferred_sources(void **state)
{
    static const char *const lines[] = {
        "{\"op\":\"settings\",\"prefer_sources\":[\"Nobody, Ltd\",\"Echo\"],\"set\":{\"near_bits\":9}}",
        "{\"op\":\"settings\",\"prefer_sources\":\"Nobody,  Echo,Wire\"}",
    };
    static const char *const first[] = {"Nobody, Ltd", "Nobody"};
    json_t *answer;
    for (size_t i = 0; i < 2; i++) {
        answer = ask_ok(*state, lines[i]);
        assert_int_equal(integer_at(answer, "seq"), (json_int_t)(5 + i));
        json_decref(answer);
        answer = ask_ok(*state, "{\"op\":\"story\",\"story\":1}");
        expect_text(answer, "representative.source", "Echo");
        json_decref(answer);
        answer = ask_ok(*state, "{\"op\":\"settings\"}");
        expect_text(answer, "prefer_sources.0", first[i]);
        expect_text(answer, "prefer_sources.1", "Echo");
        json_decref(answer);
    }
    json_decref(ask_ok(*state, "{\"op\":\"settings\",\"prefer_sources\":[]}"));
    answer = ask_ok(*state, "{\"op\":\"settings\"}");
    assert_int_equal(json_array_size(at(answer, "prefer_sources")), 0);
    json_decref(answer);
}

/* ---- refusals ------------------------------------------------------------------------------------------------------ */

static void test_refusals(void **state)
{
    static const struct {
        const char *line, *code, *field;
    } rows[] = {
        {"{\"op\":\"timeline\"}", "invalid", "story"},
        {"{\"op\":\"timeline\",\"story\":9}", "not_found", "story"},
        {"{\"op\":\"timeline\",\"story\":1,\"buckets\":1}", "invalid", "buckets"},
        {"{\"op\":\"timeline\",\"story\":1,\"buckets\":501}", "invalid", "buckets"},
        {"{\"op\":\"timeline\",\"story\":1,\"buckets\":\"9\"}", "invalid", "buckets"},
        {"{\"op\":\"search\"}", "invalid", "q"},
        {"{\"op\":\"search\",\"q\":\"?\"}", "invalid", "q"},
        {"{\"op\":\"search\",\"q\":\"a\",\"order\":\"size\"}", "invalid", "order"},
        {"{\"op\":\"search\",\"q\":\"a\",\"limit\":0}", "invalid", "limit"},
        {"{\"op\":\"search\",\"q\":\"a\",\"cursor\":\"l00\"}", "invalid", "cursor"},
        {"{\"op\":\"search\",\"q\":\"a\",\"collection\":\"nosuch\"}", "not_found", "collection"},
        {"{\"op\":\"breaking\",\"window_s\":59}", "invalid", "window_s"},
        {"{\"op\":\"breaking\",\"window_s\":9223372036854775807}", "invalid", "window_s"},
        {"{\"op\":\"breaking\",\"min_sources\":-1}", "invalid", "min_sources"},
        {"{\"op\":\"breaking\",\"collection\":\"nosuch\"}", "not_found", "collection"},
        {"{\"op\":\"similar\"}", "invalid", "id"},
        {"{\"op\":\"similar\",\"id\":\"s1\",\"title\":\"t\"}", "invalid", "title"},
        {"{\"op\":\"similar\",\"id\":\"nobody\"}", "not_found", "id"},
        {"{\"op\":\"similar\",\"title\":\"?\"}", "invalid", "title"},
        {"{\"op\":\"similar\",\"title\":\"t\",\"limit\":101}", "invalid", "limit"},
        {"{\"op\":\"similar\",\"title\":\"t\",\"collection\":\"nosuch\"}", "not_found", "collection"},
        {"{\"op\":\"sources\",\"order\":\"loudest\"}", "invalid", "order"},
        {"{\"op\":\"sources\",\"limit\":1001}", "invalid", "limit"},
        {"{\"op\":\"sources\",\"source\":\"nobody\"}", "not_found", "source"},
        {"{\"op\":\"sources\",\"collection\":\"nosuch\"}", "not_found", "collection"},
        {"{\"op\":\"stories\",\"arrivals\":1}", "invalid", "arrivals"},
        {"{\"op\":\"settings\",\"prefer_sources\":7}", "invalid", "prefer_sources"},
        {"{\"op\":\"settings\",\"prefer_sources\":[7]}", "invalid", "prefer_sources"},
        {"{\"op\":\"settings\",\"prefer_sources\":[\"a\\nb\"]}", "invalid", "prefer_sources"},
        {"{\"op\":\"settings\",\"prefer_sources\":\"a,,b\"}", "invalid", "prefer_sources"},
        {"{\"op\":\"settings\",\"prefer_sources\":[\"a\"],\"set\":{\"near_bits\":-1}}", "invalid", "near_bits"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        json_t *answer = ask(*state, rows[i].line);
        print_message("%s\n", rows[i].line);
        assert_true(json_is_false(at(answer, "ok")));
        expect_text(answer, "error.code", rows[i].code);
        expect_text(answer, "error.field", rows[i].field);
        json_decref(answer);
    }
}

#define FIXTURE_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_collections),
        FIXTURE_TEST(test_timeline),
        FIXTURE_TEST(test_search),
        FIXTURE_TEST(test_a_long_search_is_cut),
        FIXTURE_TEST(test_refusals),
        FIXTURE_TEST(test_breaking),
        FIXTURE_TEST(test_similar),
        FIXTURE_TEST(test_sources),
        FIXTURE_TEST(test_arrivals),
        FIXTURE_TEST(test_pages_with_arrivals),
        FIXTURE_TEST(test_preferred_sources),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
