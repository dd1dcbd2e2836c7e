/*
 * test_execute.c - request lines in, answer lines out, on a real engine and without a socket.
 */
#include "protocol/request.h"
#include "support/failing_allocator.h"
#include "support/fake_keeper.h"
#include "support/memory_limit.h"

#include <headlined/snapshot.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LINE_MAX_BYTES = 65536, ANSWER_SLACK_BYTES = 100000 };
#define NOW INT64_C(1765704600000) /* 2025-12-14T09:30:00Z */

struct fixture {
    struct failing_allocator heap;
    struct hl_service_figures figures;
    struct hl_service service;
    struct hl_buffer out;
    int64_t now_ms;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    if (!f)
        return -1;
    failing_allocator_init(&f->heap);
    struct hl_engine_options options = hl_engine_options_default();
    options.allocator = &f->heap.allocator;
    options.collections_max = 4;
    f->figures = (struct hl_service_figures){.started_ms = NOW - 61500, .connections = 3, .slow_readers_dropped = 1};
    f->service =
        (struct hl_service){.figures = &f->figures, .server_name = "headlined/test", .line_max_bytes = LINE_MAX_BYTES};
    f->now_ms = NOW;
    hl_buffer_init(&f->out);
    *state = f;
    return hl_engine_create(&options, &f->service.engine, NULL) == HL_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    hl_engine_destroy(f->service.engine);
    hl_buffer_clear(&f->out);
    bool clean = failing_allocator_is_clean(&f->heap);
    free(f);
    return clean ? 0 : -1;
}

/* ---- asking ------------------------------------------------------------------------------------------------------- */

/* The answer to @line: checked to be one line of strict JSON. The caller releases it. */
static json_t *ask(struct fixture *f, const char *line)
{
    hl_buffer_reset(&f->out);
    enum hl_status status = hl_service_handle(&f->service, line, strlen(line), f->now_ms, &f->out, NULL);
    assert_false(f->out.failed);
    assert_ptr_equal(memchr(f->out.data, '\n', f->out.length), f->out.data + f->out.length - 1);
    json_error_t error;
    json_t *answer = json_loadb(f->out.data, f->out.length, JSON_REJECT_DUPLICATES, &error);
    if (!answer)
        fail_msg("%s: %.*s", error.text, (int)f->out.length, f->out.data);
    assert_int_equal(json_is_true(json_object_get(answer, "ok")), status == HL_OK);
    return answer;
}

static json_t *ask_ok(struct fixture *f, const char *line)
{
    json_t *answer = ask(f, line);
    if (!json_is_true(json_object_get(answer, "ok")))
        fail_msg("%s: %.*s", line, (int)f->out.length, f->out.data);
    return answer;
}

static const char *text_at(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    if (!json_is_string(value))
        fail_msg("%s is not a string", name);
    return json_string_value(value);
}

static json_int_t integer_at(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    if (!json_is_integer(value))
        fail_msg("%s is not an integer", name);
    return json_integer_value(value);
}

static void expect_null(const json_t *object, const char *name)
{
    if (!json_is_null(json_object_get(object, name)))
        fail_msg("%s is not null", name);
}

/* Adds a headline and returns the verdict's answer. */
static json_t *add(struct fixture *f, const char *id, const char *title, const char *source)
{
    char line[8192];
    snprintf(line, sizeof line, "{\"id\":\"%s\",\"title\":\"%s\",\"source\":\"%s\"}", id, title, source);
    return ask_ok(f, line);
}

static void expect_verdict(struct fixture *f, const char *id, const char *title, const char *source,
                           const char *verdict)
{
    json_t *answer = add(f, id, title, source);
    assert_string_equal(text_at(answer, "verdict"), verdict);
    json_decref(answer);
}

static enum hl_status begin_section(void *context, uint32_t kind, const char *name, struct hl_error *error)
{
    (void)context, (void)kind, (void)name, (void)error;
    return HL_OK;
}

static enum hl_status count_hash(void *context, const void *data, size_t bytes, struct hl_error *error)
{
    uint64_t *hash = context;
    (void)error;
    for (size_t i = 0; i < bytes; i++)
        *hash = (*hash ^ ((const unsigned char *)data)[i]) * UINT64_C(1099511628211); /* FNV-1a */
    return HL_OK;
}

/* A number that tells one state of the engine from another. */
static uint64_t state_of(struct fixture *f)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    struct hl_state_sink sink = {begin_section, count_hash, &hash};
    assert_int_equal(hl_engine_save(f->service.engine, &sink, NULL), HL_OK);
    return hash;
}

/* A title of words that no other @n shares. */
static void unique_title(unsigned n, char *out, size_t size)
{
    static const char *const syllables[] = {"ba", "de", "fi", "go", "ku", "la", "me", "no",
                                            "pi", "ra", "su", "ta", "ve", "wo", "xi", "zu"};
    out[0] = '\0';
    for (unsigned word = 0; word < 5; word++) {
        unsigned code = n * 5 + word + 4096;
        char text[32];
        snprintf(text, sizeof text, "%s%s%s%s%s", word ? " " : "", syllables[code & 15], syllables[code >> 4 & 15],
                 syllables[code >> 8 & 15], syllables[code >> 12 & 15]);
        strncat(out, text, size - strlen(out) - 1);
    }
}

#define STORM "Storm Petra floods Aldermoor, thousands without power"

/* ---- headlines ---------------------------------------------------------------------------------------------------- */

static void test_add(void **state)
{
    struct fixture *f = *state;
    json_t *answer = add(f, "a", STORM, "Northern Wire");
    assert_int_equal(integer_at(answer, "seq"), 1);
    assert_string_equal(text_at(answer, "id"), "a");
    assert_string_equal(text_at(answer, "verdict"), "new");
    assert_true(integer_at(answer, "story") >= 1);
    assert_int_equal(integer_at(answer, "story_headlines"), 1);
    expect_null(answer, "duplicate_of");
    expect_null(answer, "distance");
    assert_true(json_real_value(json_object_get(answer, "similarity")) == 0.0);
    assert_null(json_object_get(answer, "sighting"));
    assert_int_equal(strlen(text_at(answer, "fingerprint")), 64);
    json_int_t story = integer_at(answer, "story");
    json_decref(answer);

    answer = add(f, "b", STORM, "Harbour Post");
    assert_string_equal(text_at(answer, "verdict"), "exact");
    assert_string_equal(text_at(answer, "duplicate_of"), "a");
    assert_int_equal(integer_at(answer, "distance"), 0);
    assert_true(json_real_value(json_object_get(answer, "similarity")) == 1.0);
    assert_int_equal(integer_at(answer, "story"), story);
    assert_int_equal(integer_at(answer, "story_headlines"), 2);
    json_decref(answer);

    answer = add(f, "c", STORM, "Harbour Post");
    assert_true(json_is_true(json_object_get(answer, "sighting")));
    json_decref(answer);
    expect_verdict(f, "a", STORM, "Northern Wire", "replayed");
    expect_verdict(f, "a", "Aldermoor storm: power is back", "Northern Wire", "revised");
}

static void test_add_without_id_makes_one(void **state)
{
    struct fixture *f = *state;
    json_t *answer = ask_ok(f, "{\"title\":\"" STORM "\"}");
    assert_int_equal(text_at(answer, "id")[0], '~');
    json_decref(answer);
}

static void test_check_changes_nothing(void **state)
{
    struct fixture *f = *state;
    json_decref(add(f, "a", STORM, "Northern Wire"));
    uint64_t before = state_of(f);
    json_t *answer = ask_ok(f, "{\"op\":\"check\",\"title\":\"" STORM "\",\"source\":\"Harbour Post\"}");
    assert_true(json_is_true(json_object_get(answer, "would")));
    assert_null(json_object_get(answer, "seq"));
    expect_null(answer, "id");
    assert_string_equal(text_at(answer, "verdict"), "exact");
    assert_string_equal(text_at(answer, "duplicate_of"), "a");
    json_decref(answer);
    answer = ask_ok(f, "{\"op\":\"check\",\"title\":\"Quite another matter entirely\",\"id\":\"z\"}");
    assert_string_equal(text_at(answer, "verdict"), "new");
    assert_string_equal(text_at(answer, "id"), "z");
    expect_null(answer, "story");
    json_decref(answer);
    assert_true(state_of(f) == before);
}

static void test_get(void **state)
{
    struct fixture *f = *state;
    json_decref(ask_ok(
        f,
        "{\"id\":\"a\",\"title\":\"Gr\\u00fc\\u00dfe aus \\\"Berlin\\\" \\u2028 \\ud83c\\udf0d\",\"source\":\"Wire\","
        "\"url\":\"https://wire.example/1?a=b\\\\c\",\"summary\":\"Zeile\",\"published\":\"2025-12-14T10:00:00+01:00\","
        "\"collection\":\"desk\",\"lang\":\"de\"}"));
    json_t *answer = ask_ok(f, "{\"op\":\"get\",\"id\":\"a\",\"collection\":\"desk\"}");
    const json_t *headline = json_object_get(answer, "headline");
    assert_int_equal(integer_at(headline, "seq"), 1);
    assert_string_equal(text_at(headline, "id"), "a");
    assert_string_equal(text_at(headline, "title"), "Gr\xC3\xBC\xC3\x9F"
                                                    "e aus \"Berlin\" \xE2\x80\xA8 \xF0\x9F\x8C\x8D");
    assert_string_equal(text_at(headline, "source"), "Wire");
    assert_string_equal(text_at(headline, "url"), "https://wire.example/1?a=b\\c");
    assert_string_equal(text_at(headline, "lang"), "de");
    assert_string_equal(text_at(headline, "summary"), "Zeile");
    assert_string_equal(text_at(headline, "collection"), "desk");
    assert_string_equal(text_at(headline, "published"), "2025-12-14T09:00:00.000Z");
    assert_string_equal(text_at(headline, "received"), "2025-12-14T09:30:00.000Z");
    assert_string_equal(text_at(headline, "last_seen"), "2025-12-14T09:30:00.000Z");
    assert_string_equal(text_at(headline, "verdict"), "new");
    expect_null(headline, "duplicate_of");
    assert_int_equal(integer_at(headline, "sightings"), 0);
    assert_int_equal(strlen(text_at(headline, "fingerprint")), 64);
    json_decref(answer);
    answer = ask(f, "{\"op\":\"get\",\"id\":\"a\"}"); /* another collection */
    assert_string_equal(text_at(json_object_get(answer, "error"), "code"), "not_found");
    json_decref(answer);
}

static void test_remove_and_alias(void **state)
{
    struct fixture *f = *state;
    json_decref(add(f, "a", STORM, "Northern Wire"));
    json_decref(add(f, "alias", STORM, "Northern Wire"));
    json_t *answer = ask_ok(f, "{\"op\":\"get\",\"id\":\"alias\"}");
    assert_string_equal(text_at(json_object_get(answer, "headline"), "id"), "a");
    assert_int_equal(integer_at(json_object_get(answer, "headline"), "sightings"), 1);
    json_decref(answer);
    answer = ask_ok(f, "{\"op\":\"remove\",\"id\":\"alias\"}");
    assert_true(json_is_true(json_object_get(answer, "removed")));
    json_decref(answer);
    answer = ask(f, "{\"op\":\"remove\",\"id\":\"a\"}");
    assert_string_equal(text_at(json_object_get(answer, "error"), "code"), "not_found");
    assert_string_equal(text_at(json_object_get(answer, "error"), "field"), "id");
    json_decref(answer);
}

/* ---- refusals ----------------------------------------------------------------------------------------------------- */

/* @field: "" for none, NULL when it does not matter. */
static void expect_refused(struct fixture *f, const char *line, const char *code, const char *field)
{
    json_t *answer = ask(f, line);
    const json_t *error = json_object_get(answer, "error");
    assert_true(json_is_false(json_object_get(answer, "ok")));
    if (strcmp(text_at(error, "code"), code) != 0 || strlen(text_at(error, "message")) < 10)
        fail_msg("%s: %.*s", line, (int)f->out.length, f->out.data);
    if (field && field[0])
        assert_string_equal(text_at(error, "field"), field);
    else if (field)
        assert_null(json_object_get(error, "field"));
    json_decref(answer);
}

static void test_refusals_change_nothing(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *line, *code, *field;
    } rows[] = {
        {"", "parse", ""},
        {"nonsense", "parse", ""},
        {"[]", "invalid", ""},
        {"{\"title\":\"a\",\"title\":\"b\"}", "parse", ""},
        {"{\"op\":\"nope\"}", "unknown_op", "op"},
        {"{\"id\":\"x\"}", "invalid", "title"},
        {"{\"title\":\"\"}", "invalid", "title"},
        {"{\"title\":\"   \"}", "invalid", "title"},
        {"{\"title\":\"?!... --\"}", "invalid", "title"},
        {"{\"title\":\"a\\u0007b\"}", "invalid", "title"},
        {"{\"title\":\"Fine title\",\"id\":\"~1\"}", "invalid", "id"},
        {"{\"title\":\"Fine title\",\"lang\":\"not a language\"}", "invalid", "lang"},
        {"{\"title\":\"Fine title\",\"lang\":\"a-much-too-long-tag\"}", "too_large", "lang"},
        {"{\"title\":\"Fine title\",\"collection\":\"no/slash\"}", "invalid", "collection"},
        {"{\"title\":\"Fine title\",\"published\":\"soon\"}", "invalid", "published"},
        {"{\"op\":\"check\",\"title\":\"\"}", "invalid", "title"},
        {"{\"op\":\"get\",\"id\":\"nobody\"}", "not_found", "id"},
        {"{\"op\":\"remove\",\"id\":\"nobody\"}", "not_found", "id"},
        {"{\"op\":\"remove\",\"id\":\"a\",\"collection\":\"nowhere\"}", "not_found", "id"},
        {"{\"op\":\"story\",\"story\":999}", "not_found", "story"},
        {"{\"op\":\"stories\",\"collection\":\"nowhere\"}", "not_found", "collection"},
        {"{\"op\":\"stories\",\"order\":\"worst\"}", "invalid", "order"},
        {"{\"op\":\"stats\",\"collection\":\"nowhere\"}", "not_found", "collection"},
        {"{\"op\":\"settings\",\"collection\":\"nowhere\"}", "not_found", "collection"},
        {"{\"op\":\"settings\",\"set\":{\"near_bits\":9,\"no_such\":1}}", "invalid", "no_such"},
        {"{\"op\":\"settings\",\"set\":{\"near_bits\":9,\"no_such\":null}}", "invalid", "no_such"},
        {"{\"op\":\"settings\",\"set\":{\"near_bits\":9.5}}", "invalid", "near_bits"},
        {"{\"op\":\"settings\",\"set\":{\"near_bits\":129}}", "invalid", "near_bits"},
        {"{\"op\":\"settings\",\"set\":{\"near_bits\":9,\"story_idf\":1}}", "invalid", "story_idf"},
        {"{\"op\":\"settings\",\"collection\":\"no/slash\",\"set\":{\"near_bits\":9}}", "invalid", "collection"},
    };
    json_decref(add(f, "a", STORM, "Northern Wire"));
    uint64_t before = state_of(f);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect_refused(f, rows[i].line, rows[i].code, rows[i].field);
    assert_true(state_of(f) == before);
    expect_verdict(f, "b", STORM, "Harbour Post", "exact"); /* and the next request is served */
}

static void test_over_long_members_name_their_limit(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *name;
        size_t limit;
        const char *limit_text;
    } rows[] = {{"title", 2000, "2000"}, {"id", 256, "256"},        {"source", 256, "256"},
                {"url", 2048, "2048"},   {"summary", 8192, "8192"}, {"collection", 64, "64"}};
    static char line[10000], text[9000];
    uint64_t before = state_of(f);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        memset(text, 'x', rows[i].limit + 1);
        text[rows[i].limit + 1] = '\0';
        bool is_title = strcmp(rows[i].name, "title") == 0;
        snprintf(line, sizeof line, "{%s\"%s\":\"%s\"}", is_title ? "" : "\"title\":\"Fine title\",", rows[i].name,
                 text);
        expect_refused(f, line, "too_large", rows[i].name);
        json_t *answer = ask(f, line);
        assert_non_null(strstr(text_at(json_object_get(answer, "error"), "message"), rows[i].limit_text));
        json_decref(answer);
    }
    assert_true(state_of(f) == before);
}

static void test_too_many_collections(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 4; i++) {
        char line[128];
        snprintf(line, sizeof line, "{\"title\":\"Fine title\",\"collection\":\"c%d\"}", i);
        json_decref(ask_ok(f, line));
    }
    expect_refused(f, "{\"title\":\"Fine title\",\"collection\":\"c4\"}", "limit", "collection");
}

static void test_engine_out_of_memory(void **state)
{
    struct fixture *f = *state;
    failing_allocator_arm(&f->heap, 1, UINT64_MAX);
    expect_refused(f, "{\"title\":\"" STORM "\",\"id\":\"a\"}", "no_memory", NULL);
    failing_allocator_arm(&f->heap, 0, 0);
    expect_verdict(f, "a", STORM, "Northern Wire", "new");
}

static void test_a_failed_buffer_is_not_used(void **state)
{
    struct fixture *f = *state;
    static const char line[] = "{\"title\":\"" STORM "\"}";
    uint64_t before = state_of(f);
    hl_buffer_reset(&f->out);
    f->out.failed = true;
    assert_int_equal(hl_service_handle(&f->service, line, sizeof line - 1, NOW, &f->out, NULL), HL_NO_MEMORY);
    struct hl_request *request = NULL;
    assert_int_equal(hl_request_parse(line, sizeof line - 1, &request, NULL), HL_OK);
    assert_int_equal(hl_request_execute(&f->service, request, NOW, &f->out), HL_NO_MEMORY);
    hl_request_free(request);
    assert_int_equal(f->out.length, 0);
    assert_true(state_of(f) == before);
}

/* ---- ref, order of answers, errors of the server -------------------------------------------------------------------- */

static void test_ref_comes_back(void **state)
{
    struct fixture *f = *state;
    static const char *const refs[] = {"\"a \\\"quoted\\\" \\n \\u0001 ref \xC3\xA4\"", "\"\"", "0", "-7",
                                       "9223372036854775807"};
    static const char *const rests[] = {"\"op\":\"ping\"", "\"op\":\"nope\"", "\"title\":5", "\"title\":\"!\"",
                                        "\"title\":\"Fine title\""};
    for (size_t i = 0; i < 5; i++) {
        for (size_t j = 0; j < 5; j++) {
            char line[256];
            snprintf(line, sizeof line, "{\"ref\":%s,%s}", refs[i], rests[j]);
            json_t *answer = ask(f, line), *ref = json_loads(refs[i], JSON_DECODE_ANY, NULL);
            assert_true(json_equal(json_object_get(answer, "ref"), ref));
            json_decref(ref);
            json_decref(answer);
        }
    }
}

static void test_answers_are_appended_in_order(void **state)
{
    struct fixture *f = *state;
    static const char *const lines[] = {"{\"op\":\"ping\",\"ref\":1}", "bad", "{\"title\":\"Fine title\",\"ref\":3}"};
    hl_buffer_reset(&f->out);
    for (size_t i = 0; i < 3; i++)
        hl_service_handle(&f->service, lines[i], strlen(lines[i]), NOW, &f->out, NULL);
    const char *at = f->out.data, *end = f->out.data + f->out.length;
    static const char *const starts[] = {"{\"ok\":true,\"ref\":1,",
                                         "{\"ok\":false,\"error\":", "{\"ok\":true,\"ref\":3,"};
    for (size_t i = 0; i < 3; i++) {
        assert_memory_equal(at, starts[i], strlen(starts[i]));
        at = (const char *)memchr(at, '\n', (size_t)(end - at)) + 1;
    }
    assert_ptr_equal(at, end);
}

static void test_two_steps_are_the_same_as_one(void **state)
{
    struct fixture *f = *state;
    static const char line[] = "{\"op\":\"ping\",\"ref\":\"r\"}";
    struct hl_request *request = NULL;
    hl_buffer_reset(&f->out);
    assert_int_equal(hl_request_parse(line, sizeof line - 1, &request, NULL), HL_OK);
    assert_int_equal(hl_request_execute(&f->service, request, NOW, &f->out), HL_OK);
    hl_request_free(request);
    size_t first = f->out.length;
    assert_int_equal(hl_service_handle(&f->service, line, sizeof line - 1, NOW, &f->out, NULL), HL_OK);
    assert_int_equal(f->out.length, 2 * first);
    assert_memory_equal(f->out.data, f->out.data + first, first);
}

static void expect_error_line(const struct hl_error *error, const char *reference, const char *expected)
{
    struct hl_buffer out;
    hl_buffer_init(&out);
    hl_response_error(&out, error, reference);
    assert_int_equal(out.length, strlen(expected));
    assert_memory_equal(out.data, expected, out.length);
    hl_buffer_clear(&out);
}

static void test_error_lines(void **state)
{
    (void)state;
    struct hl_error error = {.status = HL_OK};
    hl_error_set(&error, HL_TOO_LARGE, NULL, "the line is too long");
    expect_error_line(&error, NULL,
                      "{\"ok\":false,\"error\":{\"code\":\"too_large\",\"message\":\"the line is too long\"}}\n");
    hl_error_set(&error, HL_INVALID, "id", "bad \"id\"");
    error.offset = 12;
    expect_error_line(&error, "\"r\"",
                      "{\"ok\":false,\"ref\":\"r\",\"error\":{\"code\":\"invalid\",\"message\":\"bad \\\"id\\\"\","
                      "\"field\":\"id\",\"offset\":12}}\n");
    error = (struct hl_error){.status = HL_TIMEOUT};
    expect_error_line(
        &error, "7",
        "{\"ok\":false,\"ref\":7,\"error\":{\"code\":\"timeout\",\"message\":\"the peer was silent or too "
        "slow\"}}\n");
}

/* ---- stories ------------------------------------------------------------------------------------------------------ */

static void test_story(void **state)
{
    struct fixture *f = *state;
    json_decref(add(f, "a", STORM, "Northern Wire"));
    f->now_ms += 60000;
    json_decref(add(f, "b", STORM, "Harbour Post"));
    f->now_ms += 60000;
    json_decref(add(f, "b2", STORM, "Harbour Post"));
    json_decref(ask_ok(f, "{\"id\":\"c\",\"title\":\"" STORM "\"}")); /* no source */
    json_t *answer = ask_ok(f, "{\"op\":\"story\",\"story\":\"1\"}");
    assert_int_equal(integer_at(answer, "story"), 1);
    assert_string_equal(text_at(answer, "collection"), "default");
    assert_int_equal(integer_at(answer, "headlines"), 3);
    assert_int_equal(integer_at(answer, "sightings"), 1);
    assert_int_equal(integer_at(answer, "source_count"), 2);
    assert_string_equal(text_at(answer, "first"), "2025-12-14T09:30:00.000Z");
    assert_string_equal(text_at(answer, "last"), "2025-12-14T09:32:00.000Z");
    assert_string_equal(text_at(answer, "first_source"), "Northern Wire");
    assert_true(json_is_real(json_object_get(answer, "trending")));
    assert_string_equal(text_at(json_object_get(answer, "first_headline"), "id"), "a");
    assert_string_equal(text_at(json_object_get(answer, "representative"), "title"), STORM);
    assert_null(json_object_get(answer, "redirected_from"));
    const json_t *sources = json_object_get(answer, "sources");
    assert_int_equal(json_array_size(sources), 2);
    assert_string_equal(text_at(json_array_get(sources, 0), "source"), "Northern Wire");
    assert_string_equal(text_at(json_array_get(sources, 1), "source"), "Harbour Post");
    assert_string_equal(text_at(json_array_get(sources, 1), "first"), "2025-12-14T09:31:00.000Z");
    assert_int_equal(integer_at(json_array_get(sources, 1), "headlines"), 1);
    assert_int_equal(json_array_size(json_object_get(answer, "history")), 0);
    const json_t *members = json_object_get(answer, "members");
    assert_int_equal(json_array_size(members), 3);
    assert_string_equal(text_at(json_array_get(members, 0), "id"), "a");
    assert_string_equal(text_at(json_array_get(members, 1), "id"), "b");
    assert_string_equal(text_at(json_array_get(members, 2), "id"), "c");
    expect_null(json_array_get(members, 2), "source");
    expect_null(answer, "next");
    json_decref(answer);
}

/* With thresholds that let every neighbour merge, a headline with the words of two stories makes them one. */
static void test_a_merge_shows(void **state)
{
    struct fixture *f = *state;
    struct hl_engine_options options = hl_engine_options_default();
    options.allocator = &f->heap.allocator;
    assert_int_equal(hl_settings_set(&options.settings, "merge_single", 0, NULL), HL_OK);
    assert_int_equal(hl_settings_set(&options.settings, "merge_threshold", 0, NULL), HL_OK);
    hl_engine_destroy(f->service.engine);
    f->service.engine = NULL;
    assert_int_equal(hl_engine_create(&options, &f->service.engine, NULL), HL_OK);
    expect_verdict(f, "a", "kangaroo violin harbour lantern meadow", "w", "new");
    expect_verdict(f, "b", "pretzel glacier trumpet saddle orchard", "v", "new");
    expect_verdict(f, "c", "kangaroo violin harbour lantern pretzel glacier trumpet saddle", "u", "related");
    json_t *answer = ask_ok(f, "{\"op\":\"story\",\"story\":2}");
    assert_int_equal(integer_at(answer, "story"), 1);
    assert_int_equal(integer_at(answer, "redirected_from"), 2);
    assert_int_equal(json_array_size(json_object_get(answer, "members")), 3);
    const json_t *history = json_object_get(answer, "history");
    assert_int_equal(json_array_size(history), 1);
    assert_string_equal(text_at(json_array_get(history, 0), "kind"), "absorbed");
    assert_int_equal(integer_at(json_array_get(history, 0), "story"), 2);
    assert_int_equal(integer_at(json_array_get(history, 0), "headlines"), 1);
    assert_string_equal(text_at(json_array_get(history, 0), "at"), "2025-12-14T09:30:00.000Z");
    json_decref(answer);
}

/* Lists need large blocks, and answers grow: without memory there is an error line, and afterwards all is as before. */
static void test_lists_without_memory(void **state)
{
    struct fixture *f = *state;
    static const char *const lines[] = {"{\"op\":\"story\",\"story\":1,\"limit\":1000}",
                                        "{\"op\":\"stories\",\"limit\":1000}"};
    if (!MEMORY_LIMIT_WORKS)
        skip();
    json_decref(add(f, "a", STORM, "Northern Wire"));
    for (size_t i = 0; i < 2; i++) {
        struct rlimit before;
        hl_buffer_reset(&f->out);
        assert_true(memory_limit_set(&before));
        enum hl_status status = hl_service_handle(&f->service, lines[i], strlen(lines[i]), NOW, &f->out, NULL);
        assert_true(memory_limit_lift(&before));
        assert_int_equal(status, HL_NO_MEMORY);
        assert_false(f->out.failed);
        static const char start[] = "{\"ok\":false,\"error\":{\"code\":\"no_memory\"";
        assert_memory_equal(f->out.data, start, sizeof start - 1);
        json_decref(ask_ok(f, lines[i]));
    }
}

/* Not even the error line fits: nothing is appended, and the buffer says so. */
static void test_no_room_for_any_answer(void **state)
{
    struct fixture *f = *state;
    static const char line[] = "{\"title\":\"" STORM "\"}";
    if (!MEMORY_LIMIT_WORKS)
        skip();
    uint64_t before_state = state_of(f);
    struct hl_request *request = NULL;
    assert_int_equal(hl_request_parse(line, sizeof line - 1, &request, NULL), HL_OK);
    struct hl_buffer full = {
        .data = malloc(1 << 20), .length = 1 << 20, .capacity = 1 << 20}; /* mapped on its own: cannot grow */
    assert_non_null(full.data);
    struct rlimit before;
    assert_true(memory_limit_set(&before));
    enum hl_status status = hl_request_execute(&f->service, request, NOW, &full);
    assert_true(memory_limit_lift(&before));
    assert_int_equal(status, HL_NO_MEMORY);
    assert_true(full.failed);
    assert_int_equal(full.length, 1 << 20);
    assert_true(state_of(f) == before_state); /* and nothing was added */
    hl_request_free(request);
    hl_buffer_clear(&full);
}

/* Walks the pages of @request (a JSON object without its closing brace). Returns the items seen; *@pages gets how many pages. */
static size_t walk(struct fixture *f, const char *request, const char *list, const char *key, bool rising,
                   size_t *pages)
{
    char line[512], cursor[64] = "";
    size_t items = 0;
    json_int_t last = rising ? 0 : INT64_MAX;
    for (*pages = 1;; ++*pages) {
        snprintf(line, sizeof line, cursor[0] ? "%s,\"cursor\":\"%s\"}" : "%s%s}", request, cursor);
        json_t *answer = ask_ok(f, line);
        assert_true(f->out.length < (1 << 20) + ANSWER_SLACK_BYTES);
        const json_t *array = json_object_get(answer, list), *next = json_object_get(answer, "next");
        for (size_t i = 0; i < json_array_size(array); i++) {
            json_int_t value = integer_at(json_array_get(array, i), key);
            assert_true(rising ? value > last : value < last);
            last = value;
            items++;
        }
        bool done = json_is_null(next);
        if (!done) {
            assert_true(json_array_size(array) > 0);
            snprintf(cursor, sizeof cursor, "%s", text_at(answer, "next"));
        }
        json_decref(answer);
        if (done)
            return items;
    }
}

static void test_members_are_paged(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 23; i++) {
        char id[16], source[16];
        snprintf(id, sizeof id, "i%d", i);
        snprintf(source, sizeof source, "s%d", i);
        json_decref(add(f, id, STORM, source));
    }
    size_t pages;
    assert_int_equal(walk(f, "{\"op\":\"story\",\"story\":1,\"limit\":5", "members", "seq", true, &pages), 23);
    assert_int_equal(pages, 5);
    assert_int_equal(walk(f, "{\"op\":\"story\",\"story\":1,\"limit\":23", "members", "seq", true, &pages), 23);
    assert_int_equal(pages, 1);
}

static void fill_with_quotes(char *url, size_t size)
{
    for (size_t i = 0; i + 2 < size; i += 2)
        memcpy(url + i, "\\\"", 3);
}

static void test_a_long_story_is_cut(void **state)
{
    struct fixture *f = *state;
    static char line[8192], url[4001];
    fill_with_quotes(url, sizeof url);
    for (int i = 0; i < 400; i++) {
        snprintf(line, sizeof line, "{\"title\":\"" STORM "\",\"source\":\"s%d\",\"url\":\"%s\"}", i, url);
        json_decref(ask_ok(f, line));
    }
    size_t pages;
    assert_int_equal(walk(f, "{\"op\":\"story\",\"story\":1,\"limit\":1000", "members", "seq", true, &pages), 400);
    assert_int_equal(pages, 2);
}

static void add_stories(struct fixture *f, unsigned count, const char *url)
{
    static char line[8192];
    for (unsigned i = 0; i < count; i++) {
        char title[256];
        unique_title(i, title, sizeof title);
        snprintf(line, sizeof line, "{\"title\":\"%s\",\"source\":\"s%u\",\"lang\":\"en\",\"url\":\"%s\"}", title,
                 i % 7, url);
        f->now_ms += 1000;
        json_t *answer = ask_ok(f, line);
        assert_string_equal(text_at(answer, "verdict"), "new");
        json_decref(answer);
    }
}

static void test_stories_are_paged(void **state)
{
    struct fixture *f = *state;
    add_stories(f, 50, "");
    size_t pages;
    assert_int_equal(walk(f, "{\"op\":\"stories\",\"limit\":7", "stories", "story", false, &pages), 50);
    assert_int_equal(pages, 8);
    assert_int_equal(
        walk(f, "{\"op\":\"stories\",\"order\":\"trending\",\"limit\":11", "stories", "story", false, &pages), 50);
    assert_int_equal(pages, 5);
    json_t *answer = ask_ok(f, "{\"op\":\"stories\",\"order\":\"size\",\"limit\":50}");
    assert_int_equal(json_array_size(json_object_get(answer, "stories")), 50);
    assert_true(json_is_false(json_object_get(answer, "truncated")));
    expect_null(answer, "next");
    json_decref(answer);
    answer = ask_ok(f, "{\"op\":\"stories\"}");
    assert_int_equal(json_array_size(json_object_get(answer, "stories")), 20);
    json_decref(answer);
}

static void test_a_long_list_of_stories_is_cut(void **state)
{
    struct fixture *f = *state;
    static char url[4001];
    fill_with_quotes(url, sizeof url);
    add_stories(f, 200, url);
    size_t pages;
    assert_int_equal(walk(f, "{\"op\":\"stories\",\"limit\":1000", "stories", "story", false, &pages), 200);
    assert_int_equal(pages, 2);
}

static size_t count_stories(struct fixture *f, const char *filter)
{
    char line[512];
    snprintf(line, sizeof line, "{\"op\":\"stories\",\"limit\":1000%s}", filter);
    json_t *answer = ask_ok(f, line);
    size_t count = json_array_size(json_object_get(answer, "stories"));
    json_decref(answer);
    return count;
}

static void test_filters(void **state)
{
    struct fixture *f = *state;
    add_stories(f, 14, ""); /* one a second from 09:30:01 on */
    char title[256], filter[300];
    unique_title(3, title, sizeof title);
    f->now_ms += 1000;
    json_decref(add(f, "again", title, "another"));
    assert_int_equal(count_stories(f, ""), 14);
    assert_int_equal(count_stories(f, ",\"min_headlines\":2"), 1);
    assert_int_equal(count_stories(f, ",\"source\":\"s1\""), 2);
    assert_int_equal(count_stories(f, ",\"source\":\"S1\""), 0);
    assert_int_equal(count_stories(f, ",\"lang\":\"en\""), 14);
    assert_int_equal(count_stories(f, ",\"lang\":\"de\""), 0);
    assert_int_equal(count_stories(f, ",\"since\":\"2025-12-14T09:30:14Z\""), 2);
    assert_int_equal(count_stories(f, ",\"until\":\"2025-12-14T09:30:02.000Z\""), 2);
    assert_int_equal(count_stories(f, ",\"since\":1765704602000,\"until\":1765704603000"), 2);
    assert_int_equal(count_stories(f, ",\"collection\":\"default\""), 14);
    snprintf(filter, sizeof filter, ",\"text\":\"%s\"", title);
    assert_int_equal(count_stories(f, filter), 1);
    assert_int_equal(count_stories(f, ",\"text\":\"nowhere\""), 0);
}

/* ---- the server --------------------------------------------------------------------------------------------------- */

static void test_hello(void **state)
{
    struct fixture *f = *state;
    json_t *answer = ask_ok(f, "{\"op\":\"hello\"}");
    assert_string_equal(text_at(answer, "server"), "headlined/test");
    assert_int_equal(integer_at(answer, "protocol"), 1);
    assert_int_equal(integer_at(answer, "fingerprint"), 1);
    const json_t *ops = json_object_get(answer, "ops"), *limits = json_object_get(answer, "limits");
    assert_int_equal(json_array_size(ops), HL_COMMAND_COUNT);
    assert_string_equal(json_string_value(json_array_get(ops, 2)), "add");
    assert_int_equal(json_array_size(json_object_get(answer, "verdicts")), HL_VERDICT_COUNT);
    assert_int_equal(json_array_size(json_object_get(answer, "orders")), 3);
    assert_int_equal(json_object_size(json_object_get(answer, "help")), HL_COMMAND_COUNT);
    assert_int_equal(integer_at(limits, "line_bytes"), LINE_MAX_BYTES);
    assert_int_equal(integer_at(limits, "title_bytes"), HL_TITLE_MAX_BYTES);
    json_decref(answer);
}

static void test_stats(void **state)
{
    struct fixture *f = *state;
    json_decref(add(f, "a", STORM, "Northern Wire"));
    json_decref(add(f, "b", STORM, "Harbour Post"));
    json_decref(ask_ok(f, "{\"title\":\"Fine title\",\"collection\":\"desk\"}"));
    json_t *answer = ask_ok(f, "{\"op\":\"stats\"}");
    const json_t *engine = json_object_get(answer, "engine"), *server = json_object_get(answer, "server");
    assert_int_equal(integer_at(engine, "headlines"), 3);
    assert_int_equal(integer_at(engine, "stories"), 2);
    assert_int_equal(integer_at(engine, "stories_multiple"), 1);
    assert_int_equal(integer_at(json_object_get(engine, "verdicts"), "exact"), 1);
    assert_int_equal(integer_at(server, "uptime_s"), 61);
    assert_int_equal(integer_at(server, "connections"), 3);
    assert_int_equal(integer_at(server, "slow_readers_dropped"), 1);
    const json_t *collections = json_object_get(answer, "collections");
    assert_int_equal(json_array_size(collections), 2);
    assert_string_equal(text_at(json_array_get(collections, 1), "collection"), "desk");
    assert_int_equal(integer_at(json_array_get(collections, 1), "headlines"), 1);
    json_decref(answer);

    f->service.figures = NULL;
    answer = ask_ok(f, "{\"op\":\"stats\",\"collection\":\"desk\"}");
    assert_string_equal(text_at(answer, "collection"), "desk");
    assert_int_equal(integer_at(json_object_get(answer, "engine"), "headlines"), 1);
    assert_null(json_object_get(answer, "collections"));
    assert_null(json_object_get(answer, "server"));
    json_decref(answer);
}

/* The setting called @name in the answer. */
static const json_t *setting_in(const json_t *answer, const char *name)
{
    const json_t *list = json_object_get(answer, "settings");
    for (size_t i = 0; i < json_array_size(list); i++)
        if (strcmp(text_at(json_array_get(list, i), "name"), name) == 0)
            return json_array_get(list, i);
    fail_msg("there is no setting %s", name);
    return NULL;
}

static void expect_setting(struct fixture *f, const char *line, const char *name, double value, double initial)
{
    json_t *answer = ask_ok(f, line);
    const json_t *setting = setting_in(answer, name);
    double shown[] = {json_number_value(json_object_get(setting, "value")),
                      json_number_value(json_object_get(setting, "default"))};
    assert_memory_equal(&shown[0], &value, sizeof value);
    assert_memory_equal(&shown[1], &initial, sizeof initial);
    assert_int_equal(json_is_true(json_object_get(setting, "changed")), memcmp(&value, &initial, sizeof value) != 0);
    json_decref(answer);
}

static void test_settings(void **state)
{
    struct fixture *f = *state;
    static const char show[] = "{\"op\":\"settings\"}", show_desk[] = "{\"op\":\"settings\",\"collection\":\"desk\"}";
    const struct hl_settings defaults = hl_settings_default();
    json_t *answer = ask_ok(f, show);
    assert_int_equal(json_array_size(json_object_get(answer, "settings")), sizeof(struct hl_settings) / sizeof(double));
    assert_true(json_is_true(json_object_get(setting_in(answer, "near_bits"), "whole")));
    assert_true(json_is_true(json_object_get(setting_in(answer, "story_idf"), "fixed")));
    assert_true(json_is_false(json_object_get(setting_in(answer, "join_threshold"), "fixed")));
    json_decref(answer);
    answer =
        ask_ok(f, "{\"op\":\"settings\",\"collection\":\"desk\",\"set\":{\"near_bits\":0,\"join_threshold\":0.3}}");
    assert_int_equal(integer_at(answer, "seq"), 1);
    assert_int_equal(json_object_size(answer), 2);
    json_decref(answer);
    expect_setting(f, show_desk, "near_bits", 0, defaults.near_bits);
    expect_setting(f, show_desk, "join_threshold", 0.3, defaults.join_threshold);
    expect_setting(f, show_desk, "merge_single", defaults.merge_single, defaults.merge_single);
    expect_setting(f, show, "near_bits", defaults.near_bits, defaults.near_bits);
    answer = ask_ok(f, "{\"op\":\"settings\",\"collection\":\"desk\",\"set\":{\"near_bits\":null}}");
    assert_int_equal(integer_at(answer, "seq"), 2);
    json_decref(answer);
    expect_setting(f, show_desk, "near_bits", defaults.near_bits, defaults.near_bits);
    expect_setting(f, show_desk, "join_threshold", 0.3, defaults.join_threshold);
}

/* A change shows in the next verdict. */
static void test_settings_take_effect(void **state)
{
    struct fixture *f = *state;
    expect_verdict(f, "a", STORM, "Northern Wire", "new");
    json_decref(ask_ok(f, "{\"op\":\"settings\",\"set\":{\"join_threshold\":2,\"near_bits\":0}}"));
    expect_verdict(f, "b", STORM " tonight", "Harbour Post", "new");
    json_decref(ask_ok(f, "{\"op\":\"settings\",\"set\":{\"join_threshold\":0,\"cold_margin\":0,\"rival_weight\":0}}"));
    expect_verdict(f, "c", STORM " today", "Open Sky", "related");
}

/* ---- the keeper of changes ------------------------------------------------------------------------------------------ */

static void expect_code(struct fixture *f, const char *line, const char *code)
{
    json_t *answer = ask(f, line);
    assert_string_equal(text_at(json_object_get(answer, "error"), "code"), code);
    json_decref(answer);
}

static void test_changes_go_through_the_keeper(void **state)
{
    struct fixture *f = *state;
    struct fake_keeper fake = {.engine = f->service.engine, .kept = {.seq = 7}};
    f->service.keeper = &fake_keeper_functions;
    f->service.keeper_context = &fake;
    json_decref(add(f, "a", STORM, "Northern Wire"));
    json_decref(ask_ok(f, "{\"op\":\"check\",\"title\":\"Fine title\"}"));
    json_decref(ask_ok(f, "{\"op\":\"settings\"}"));
    json_decref(ask_ok(f, "{\"op\":\"settings\",\"set\":{\"near_bits\":40}}"));
    json_decref(ask_ok(f, "{\"op\":\"remove\",\"id\":\"a\"}"));
    assert_int_equal(fake.adds, 1);
    assert_int_equal(fake.settings, 1);
    assert_int_equal(fake.removes, 1);
    for (int i = 0; i < 2; i++) {
        json_t *answer = ask_ok(f, "{\"op\":\"snapshot\"}");
        assert_int_equal(json_is_true(json_object_get(answer, "started")), i == 0);
        assert_int_equal(integer_at(answer, "seq"), 7);
        json_decref(answer);
    }
    fake.refuses = true;
    expect_code(f, "{\"title\":\"Fine title\"}", "unavailable");
    expect_code(f, "{\"op\":\"remove\",\"id\":\"a\"}", "unavailable");
    expect_code(f, "{\"op\":\"settings\",\"set\":{\"near_bits\":40}}", "unavailable");
    expect_code(f, "{\"op\":\"snapshot\"}", "unavailable");
    json_decref(ask_ok(f, "{\"op\":\"stories\"}"));
}

static void test_without_a_keeper_there_is_no_snapshot(void **state)
{
    struct fixture *f = *state;
    expect_code(f, "{\"op\":\"snapshot\"}", "invalid");
    json_t *answer = ask_ok(f, "{\"op\":\"stats\"}");
    assert_null(json_object_get(answer, "store"));
    json_decref(answer);
}

static void test_stats_of_the_keeper(void **state)
{
    struct fixture *f = *state;
    struct fake_keeper fake = {.engine = f->service.engine, .kept = {.seq = 9, .durable = 8}};
    f->service.keeper = &fake_keeper_functions;
    f->service.keeper_context = &fake;
    json_t *answer = ask_ok(f, "{\"op\":\"stats\"}");
    const json_t *store = json_object_get(answer, "store");
    assert_int_equal(integer_at(store, "seq"), 9);
    assert_int_equal(integer_at(store, "durable"), 8);
    assert_null(json_object_get(store, "reason"));
    assert_int_equal(integer_at(store, "snapshot_seq"), 0);
    assert_null(json_object_get(store, "snapshot_age_s"));
    json_decref(answer);
    fake.kept = (struct hl_service_kept){
        .failed = true, .reason = "no space", .snapshot_seq = 5, .snapshot_created_ms = NOW - 2500};
    answer = ask_ok(f, "{\"op\":\"stats\"}");
    store = json_object_get(answer, "store");
    assert_true(json_is_true(json_object_get(store, "failed")));
    assert_string_equal(text_at(store, "reason"), "no space");
    assert_int_equal(integer_at(store, "snapshot_seq"), 5);
    assert_int_equal(integer_at(store, "snapshot_age_s"), 2);
    json_decref(answer);
}

/* What the answer to @line tells of, which is what the server has to wait for. */
static enum hl_tells tells(struct fixture *f, const char *line)
{
    enum hl_tells told;
    hl_buffer_reset(&f->out);
    hl_service_handle(&f->service, line, strlen(line), NOW, &f->out, &told);
    return told;
}

static void test_what_an_answer_tells_of(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(tells(f, "no JSON"), HL_TELLS_NOTHING);
    assert_int_equal(tells(f, "{\"op\":\"dance\"}"), HL_TELLS_NOTHING);
    assert_int_equal(tells(f, "{\"op\":\"ping\"}"), HL_TELLS_NOTHING);
    assert_int_equal(tells(f, "{\"title\":\"Fine title\",\"id\":\"a\"}"), HL_TELLS_CHANGE);
    assert_int_equal(tells(f, "{\"title\":\"Fine title\",\"id\":\"a\"}"), HL_TELLS_CHANGE); /* replayed */
    assert_int_equal(tells(f, "{\"title\":\"?\"}"), HL_TELLS_STATE);
    assert_int_equal(tells(f, "{\"op\":\"remove\",\"id\":\"z\"}"), HL_TELLS_STATE);
    assert_int_equal(tells(f, "{\"op\":\"get\",\"id\":\"a\"}"), HL_TELLS_STATE);
}

#define FIXTURE_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_lists_without_memory), /* these two first: see memory_limit.h */
        FIXTURE_TEST(test_no_room_for_any_answer),
        FIXTURE_TEST(test_add),
        FIXTURE_TEST(test_add_without_id_makes_one),
        FIXTURE_TEST(test_check_changes_nothing),
        FIXTURE_TEST(test_get),
        FIXTURE_TEST(test_remove_and_alias),
        FIXTURE_TEST(test_refusals_change_nothing),
        FIXTURE_TEST(test_over_long_members_name_their_limit),
        FIXTURE_TEST(test_too_many_collections),
        FIXTURE_TEST(test_engine_out_of_memory),
        FIXTURE_TEST(test_a_failed_buffer_is_not_used),
        FIXTURE_TEST(test_ref_comes_back),
        FIXTURE_TEST(test_answers_are_appended_in_order),
        FIXTURE_TEST(test_two_steps_are_the_same_as_one),
        FIXTURE_TEST(test_error_lines),
        FIXTURE_TEST(test_story),
        FIXTURE_TEST(test_a_merge_shows),
        FIXTURE_TEST(test_members_are_paged),
        FIXTURE_TEST(test_a_long_story_is_cut),
        FIXTURE_TEST(test_stories_are_paged),
        FIXTURE_TEST(test_a_long_list_of_stories_is_cut),
        FIXTURE_TEST(test_filters),
        FIXTURE_TEST(test_hello),
        FIXTURE_TEST(test_stats),
        FIXTURE_TEST(test_settings),
        FIXTURE_TEST(test_settings_take_effect),
        FIXTURE_TEST(test_changes_go_through_the_keeper),
        FIXTURE_TEST(test_without_a_keeper_there_is_no_snapshot),
        FIXTURE_TEST(test_stats_of_the_keeper),
        FIXTURE_TEST(test_what_an_answer_tells_of),
    };
    if (!memory_limit_prepare())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
