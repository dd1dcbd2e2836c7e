/*
 * test_request.c - lines to requests: what each op reads, and every kind of bad input with its code, field and place.
 */
#include "protocol/request.h"
#include "support/memory_limit.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- good requests ------------------------------------------------------------------------------------------------ */

static struct hl_request read_ok(const char *line)
{
    struct hl_request request;
    struct hl_error error = {.status = HL_OK};
    if (hl_request_read(&request, line, strlen(line), &error) != HL_OK)
        fail_msg("%s: %s", line, error.message);
    return request;
}

static void expect_text(struct hl_text text, const char *expected)
{
    assert_int_equal(text.length, strlen(expected));
    if (text.length > 0)
        assert_memory_equal(text.data, expected, text.length);
}

static void test_op_defaults_to_add(void **state)
{
    (void)state;
    static const char *const lines[] = {"{\"title\":\"a\"}", "{\"op\":null,\"title\":\"a\"}",
                                        "{\"op\":\"add\",\"title\":\"a\"}", " \t{ \"title\" : \"a\" }\r"};
    for (size_t i = 0; i < 4; i++) {
        struct hl_request request = read_ok(lines[i]);
        assert_string_equal(request.command->name, "add");
        assert_int_equal(hl_request_tells(&request), HL_TELLS_CHANGE);
        expect_text(request.body.headline.title, "a");
        assert_null(request.ref);
        hl_request_release(&request);
    }
}

static void test_every_op_is_found(void **state)
{
    (void)state;
    static const char *const changing[] = {"add", "remove"};
    for (size_t i = 0; i < HL_COMMAND_COUNT; i++) {
        char line[128];
        snprintf(line, sizeof line, "{\"op\":\"%s\",\"title\":\"t\",\"id\":\"i\",\"story\":1,\"topic\":1,\"q\":\"q\"}",
                 hl_commands[i].name);
        struct hl_request request = read_ok(line);
        assert_ptr_equal(request.command, &hl_commands[i]);
        bool changes = false;
        for (size_t j = 0; j < sizeof changing / sizeof changing[0]; j++)
            changes = changes || strcmp(hl_commands[i].name, changing[j]) == 0;
        assert_int_equal(hl_request_tells(&request) == HL_TELLS_CHANGE, changes);
        hl_request_release(&request);
    }
}

static void expect_tells(const char *line, enum hl_tells tells)
{
    struct hl_request request = read_ok(line);
    assert_int_equal(hl_request_tells(&request), tells);
    hl_request_release(&request);
}

/* Settings that are shown only, or of which none is named, change nothing; null alone is a change. */
static void test_what_answers_tell_of(void **state)
{
    (void)state;
    expect_tells("{\"op\":\"ping\"}", HL_TELLS_NOTHING);
    expect_tells("{\"op\":\"hello\"}", HL_TELLS_NOTHING);
    expect_tells("{\"op\":\"stats\"}", HL_TELLS_STATE);
    expect_tells("{\"op\":\"check\",\"title\":\"t\"}", HL_TELLS_STATE);
    expect_tells("{\"title\":\"t\"}", HL_TELLS_CHANGE);
    expect_tells("{\"op\":\"remove\",\"id\":\"i\"}", HL_TELLS_CHANGE);
    expect_tells("{\"op\":\"settings\"}", HL_TELLS_STATE);
    expect_tells("{\"op\":\"settings\",\"set\":null}", HL_TELLS_STATE);
    expect_tells("{\"op\":\"settings\",\"set\":{\"near_bits\":null}}", HL_TELLS_CHANGE);
}

static void test_headline_members(void **state)
{
    (void)state;
    struct hl_request request =
        read_ok("{\"op\":\"check\",\"title\":\"T \\u00e4\",\"id\":\"i\",\"source\":\"s\",\"url\":\"u\",\"lang\":\"de\","
                "\"summary\":\"m\",\"collection\":\"c\",\"published\":\"2025-12-14T10:30:00+01:00\",\"ts\":[1.5,{}]}");
    const struct hl_headline *headline = &request.body.headline;
    expect_text(headline->title, "T \xC3\xA4");
    expect_text(headline->id, "i");
    expect_text(headline->source, "s");
    expect_text(headline->url, "u");
    expect_text(headline->lang, "de");
    expect_text(headline->summary, "m");
    expect_text(headline->collection, "c");
    assert_int_equal(headline->published_ms, 1765704600000);
    hl_request_release(&request);
}

static void test_null_is_absent(void **state)
{
    (void)state;
    struct hl_request request =
        read_ok("{\"title\":\"t\",\"id\":null,\"source\":null,\"url\":null,\"lang\":null,\"summary\":null,"
                "\"collection\":null,\"published\":null,\"ref\":null}");
    const struct hl_headline *headline = &request.body.headline;
    expect_text(headline->id, "");
    expect_text(headline->source, "");
    expect_text(headline->collection, "");
    assert_int_equal(headline->published_ms, HL_TIME_NONE);
    assert_null(request.ref);
    hl_request_release(&request);
}

static void test_times_as_integers(void **state)
{
    (void)state;
    static const int64_t times[] = {0, -1, 1765704600000, -62167219200000, 253402300799999};
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        char line[128];
        snprintf(line, sizeof line, "{\"title\":\"t\",\"published\":%lld}", (long long)times[i]);
        struct hl_request request = read_ok(line);
        assert_int_equal(request.body.headline.published_ms, times[i]);
        hl_request_release(&request);
    }
}

static void test_story_members(void **state)
{
    (void)state;
    struct hl_request request = read_ok("{\"op\":\"story\",\"story\":12}");
    assert_int_equal(request.body.story.story, 12);
    assert_int_equal(request.body.story.limit, HL_MEMBERS_DEFAULT);
    assert_int_equal(request.body.story.after_seq, 0);
    hl_request_release(&request);
    request = read_ok(
        "{\"op\":\"story\",\"story\":\"18446744073709551615\",\"limit\":1000,\"cursor\":\"m000000000000000a\"}");
    assert_int_equal(request.body.story.story, UINT64_MAX);
    assert_int_equal(request.body.story.limit, 1000);
    assert_int_equal(request.body.story.after_seq, 10);
    hl_request_release(&request);
}

static void test_stories_members(void **state)
{
    (void)state;
    struct hl_request request = read_ok("{\"op\":\"stories\"}");
    const struct hl_story_query *query = &request.body.stories;
    assert_int_equal(query->order, HL_ORDER_LATEST);
    assert_int_equal(query->limit, HL_STORIES_DEFAULT);
    assert_int_equal(query->since_ms, HL_TIME_NONE);
    assert_int_equal(query->until_ms, HL_TIME_NONE);
    assert_int_equal(query->after.story, 0);
    hl_request_release(&request);
    /* the cursor stands before the order, which it must fit */
    request = read_ok(
        "{\"op\":\"stories\",\"cursor\":\"t3ff80000000000000000000000000007\",\"order\":\"trending\",\"limit\":1,"
        "\"since\":1,\"until\":\"1970-01-01T00:00:00.002Z\",\"source\":\"s\",\"lang\":\"en\",\"text\":\"x y\","
        "\"min_headlines\":2,\"collection\":\"c\"}");
    query = &request.body.stories;
    assert_int_equal(query->order, HL_ORDER_TRENDING);
    assert_int_equal(query->limit, 1);
    assert_true(query->after.key == 1.5);
    assert_int_equal(query->after.story, 7);
    assert_int_equal(query->since_ms, 1);
    assert_int_equal(query->until_ms, 2);
    expect_text(query->source, "s");
    expect_text(query->lang, "en");
    expect_text(query->text, "x y");
    assert_int_equal(query->headlines_min, 2);
    expect_text(query->collection, "c");
    hl_request_release(&request);
}

static void test_settings_members(void **state)
{
    (void)state;
    struct hl_request request = read_ok("{\"op\":\"settings\",\"collection\":\"desk\"}");
    expect_text(request.body.settings.collection, "desk");
    assert_null(request.body.settings.set);
    hl_request_release(&request);
    request = read_ok("{\"op\":\"settings\",\"set\":{\"near_bits\":9,\"join_threshold\":0.5,\"candidates\":null}}");
    expect_text(request.body.settings.collection, "");
    assert_int_equal(json_object_size(request.body.settings.set), 3);
    hl_request_release(&request);
    char line[4096] = "{\"op\":\"settings\",\"set\":{";
    for (int i = 0; i <= HL_SETTINGS_COUNT; i++)
        snprintf(line + strlen(line), sizeof line - strlen(line), "%s\"s%d\":1", i ? "," : "", i);
    snprintf(line + strlen(line), sizeof line - strlen(line), "}}");
    struct hl_error error;
    assert_int_equal(hl_request_read(&request, line, strlen(line), &error), HL_INVALID);
    assert_string_equal(error.field, "set");
    hl_request_release(&request);
}

static void test_named_members(void **state)
{
    (void)state;
    struct hl_request request = read_ok("{\"op\":\"get\",\"id\":\"i\",\"collection\":\"c\"}");
    expect_text(request.body.named.id, "i");
    expect_text(request.body.named.collection, "c");
    hl_request_release(&request);
    request = read_ok("{\"op\":\"stats\",\"collection\":\"c\",\"id\":5}"); /* stats takes no id: ignored */
    expect_text(request.body.named.collection, "c");
    expect_text(request.body.named.id, "");
    hl_request_release(&request);
}

static void test_ref(void **state)
{
    (void)state;
    struct hl_request request = read_ok("{\"op\":\"ping\",\"ref\":\"r\"}");
    assert_string_equal(json_string_value(request.ref), "r");
    hl_request_release(&request);
    request = read_ok("{\"op\":\"ping\",\"ref\":-9223372036854775808}");
    assert_true(json_integer_value(request.ref) == INT64_MIN);
    hl_request_release(&request);
}

static void test_nesting_up_to_the_limit(void **state)
{
    (void)state;
    struct hl_request request = read_ok("{\"op\":\"ping\",\"x\":[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]}"); /* 16 levels */
    hl_request_release(&request);
    request =
        read_ok("{\"op\":\"ping\",\"x\":[[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],[],{}]}"); /* many, not deep */
    hl_request_release(&request);
    request = read_ok("{\"op\":\"ping\",\"x\":\"\\\"[[[[[[[[[[[[[[[[[[{{{{{{{{{\\\\\"}"); /* in a string */
    hl_request_release(&request);
}

/* ---- bad requests ------------------------------------------------------------------------------------------------- */

struct bad {
    const char *line;
    enum hl_status status;
    const char *field;
    const char *message; /* a part of it */
};

static void expect_refused(const char *line, size_t length, const struct bad *bad)
{
    struct hl_request *request = NULL;
    struct hl_error error = {.status = HL_OK};
    enum hl_status status = hl_request_parse(line, length, &request, &error);
    if (status != bad->status || error.status != status || strcmp(error.field, bad->field) != 0 ||
        !strstr(error.message, bad->message))
        fail_msg("%.*s: %s, field \"%s\": %s", (int)length, line, hl_status_code(status), error.field, error.message);
    assert_null(request);
    assert_int_equal(hl_request_parse(line, length, &request, NULL), bad->status); /* the detail is optional */
}

static void expect_all_refused(const struct bad *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        expect_refused(rows[i].line, strlen(rows[i].line), &rows[i]);
}
#define ALL_REFUSED(rows) expect_all_refused(rows, sizeof(rows) / sizeof((rows)[0]))

static void test_not_json(void **state)
{
    (void)state;
    static const struct bad rows[] = {
        {"", HL_PARSE, "", "there is nothing here"},
        {" \t ", HL_PARSE, "", "there is nothing here"},
        {"\r", HL_PARSE, "", "there is nothing here"},
        {"hello", HL_PARSE, "", "not valid JSON"},
        {"GET / HTTP/1.1", HL_PARSE, "", "not valid JSON"},
        {"{", HL_PARSE, "", "not valid JSON"},
        {"{\"title\":\"a\"", HL_PARSE, "", "not valid JSON"},
        {"{\"title\":\"a\",}", HL_PARSE, "", "not valid JSON"},
        {"{'title':'a'}", HL_PARSE, "", "not valid JSON"},
        {"{\"title\":\"a\tb\"}", HL_PARSE, "", "not valid JSON"},
        {"{\"title\":\"\\x41\"}", HL_PARSE, "", "not valid JSON"},
        {"{\"title\":\"a\"} {\"title\":\"b\"}", HL_PARSE, "", "something behind"},
        {"{\"title\":\"a\"}}", HL_PARSE, "", "something behind"},
        {"\xEF\xBB\xBF{\"title\":\"a\"}", HL_PARSE, "", "byte order mark"},
        {"{\"title\":\"a\xFF\"}", HL_PARSE, "", "not valid UTF-8"},
        {"{\"title\":\"a\xC0\x80\"}", HL_PARSE, "", "not valid UTF-8"},
        {"{\"title\":\"a\xED\xA0\x80\"}", HL_PARSE, "", "not valid UTF-8"},
        {"{\"title\":\"a\xE2\x82\"}", HL_PARSE, "", "not valid UTF-8"},
        {"{\"title\":\"\\ud800\"}", HL_PARSE, "", "not valid JSON"},
        {"{\"title\":\"a\\u0000b\"}", HL_PARSE, "", "\\u0000"},
        {"{\"a\\u0000b\":1}", HL_PARSE, "", "\\u0000"},
        {"{\"title\":\"a\",\"title\":\"b\"}", HL_PARSE, "", "twice"},
        {"{\"op\":\"ping\",\"x\":{\"a\":1,\"a\":1}}", HL_PARSE, "", "twice"},
        {"{\"published\":9223372036854775808}", HL_PARSE, "", "too big"},
        {"{\"published\":1e999}", HL_PARSE, "", "too big"},
        {"{\"published\":NaN}", HL_PARSE, "", "not valid JSON"},
        {"{\"x\":[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]}", HL_PARSE, "", "at most 16 levels"},
    };
    ALL_REFUSED(rows);
}

static void test_nul_byte(void **state)
{
    (void)state;
    static const struct bad row = {NULL, HL_PARSE, "", "NUL byte"};
    expect_refused("{\"title\":\"a\0b\"}", 15, &row);
    expect_refused("\0", 1, &row);
    expect_refused("{\"title\":\"a\"\0}", 14, &row);
}

static void test_deep_nesting_does_not_reach_the_parser(void **state)
{
    (void)state;
    static const struct bad row = {NULL, HL_PARSE, "", "at most 16 levels"};
    size_t length = 65536;
    char *line = malloc(length);
    assert_non_null(line);
    memset(line, '[', length);
    expect_refused(line, length, &row);
    for (size_t i = 0; i + 5 <= length; i += 5)
        memcpy(line + i, "{\"a\":", 5);
    expect_refused(line, length, &row);
    free(line);
}

static void test_not_an_object(void **state)
{
    (void)state;
    static const struct bad rows[] = {
        {"[]", HL_INVALID, "", "not an object"},        {"[{\"title\":\"a\"}]", HL_INVALID, "", "not an object"},
        {"\"title\"", HL_INVALID, "", "not an object"}, {"5", HL_INVALID, "", "not an object"},
        {"1.5", HL_INVALID, "", "not an object"},       {"true", HL_INVALID, "", "not an object"},
        {"null", HL_INVALID, "", "not an object"},
    };
    ALL_REFUSED(rows);
}

static void test_bad_op_and_ref(void **state)
{
    (void)state;
    static const struct bad rows[] = {
        {"{\"op\":\"\"}", HL_UNKNOWN_OP, "op",
         "hello, ping, add, check, get, remove, story, stories, topic, topics, stats, explain, settings"},
        {"{\"op\":\"ADD\"}", HL_UNKNOWN_OP, "op", "no op \"ADD\""},
        {"{\"op\":\"pinger\"}", HL_UNKNOWN_OP, "op", "no op \"pinger\""},
        {"{\"op\":\"1234567890123456789012345678901\xC3\xA4zzz\"}", HL_UNKNOWN_OP, "op",
         "no op \"1234567890123456789012345678901\""},
        {"{\"op\":1}", HL_INVALID, "op", "must be a string"},
        {"{\"op\":[\"ping\"]}", HL_INVALID, "op", "must be a string"},
        {"{\"op\":\"ping\",\"ref\":1.0}", HL_INVALID, "ref", "string or an integer"},
        {"{\"op\":\"ping\",\"ref\":true}", HL_INVALID, "ref", "string or an integer"},
        {"{\"op\":\"ping\",\"ref\":{}}", HL_INVALID, "ref", "string or an integer"},
    };
    ALL_REFUSED(rows);
}

static void test_bad_types(void **state)
{
    (void)state;
    static const struct bad rows[] = {
        {"{}", HL_INVALID, "title", "title is missing"},
        {"{\"title\":null}", HL_INVALID, "title", "title is missing"},
        {"{\"title\":5}", HL_INVALID, "title", "title must be a string, not an integer"},
        {"{\"title\":5.5}", HL_INVALID, "title", "not a number"},
        {"{\"title\":[\"a\"]}", HL_INVALID, "title", "not an array"},
        {"{\"title\":{}}", HL_INVALID, "title", "not an object"},
        {"{\"title\":false}", HL_INVALID, "title", "not a boolean"},
        {"{\"title\":\"a\",\"id\":7}", HL_INVALID, "id", "id must be a string, not an integer"},
        {"{\"title\":\"a\",\"source\":{}}", HL_INVALID, "source", "must be a string"},
        {"{\"title\":\"a\",\"url\":1}", HL_INVALID, "url", "must be a string"},
        {"{\"title\":\"a\",\"lang\":[]}", HL_INVALID, "lang", "must be a string"},
        {"{\"title\":\"a\",\"summary\":true}", HL_INVALID, "summary", "must be a string"},
        {"{\"title\":\"a\",\"collection\":1}", HL_INVALID, "collection", "must be a string"},
        {"{\"op\":\"check\"}", HL_INVALID, "title", "title is missing"},
        {"{\"op\":\"get\"}", HL_INVALID, "id", "id is missing"},
        {"{\"op\":\"get\",\"id\":\"\"}", HL_INVALID, "id", "id is empty"},
        {"{\"op\":\"remove\",\"id\":1}", HL_INVALID, "id", "must be a string"},
        {"{\"op\":\"remove\",\"id\":\"a\",\"collection\":{}}", HL_INVALID, "collection", "must be a string"},
        {"{\"op\":\"stats\",\"collection\":1}", HL_INVALID, "collection", "must be a string"},
        {"{\"op\":\"settings\",\"collection\":1}", HL_INVALID, "collection", "must be a string"},
        {"{\"op\":\"settings\",\"set\":[]}", HL_INVALID, "set", "must be an object"},
        {"{\"op\":\"settings\",\"set\":{}}", HL_INVALID, "set", "1 to"},
        {"{\"op\":\"settings\",\"set\":{\"near_bits\":\"9\"}}", HL_INVALID, "near_bits", "not a string"},
        {"{\"op\":\"settings\",\"set\":{\"near_bits\":9,\"x\":true}}", HL_INVALID, "x", "not a boolean"},
    };
    ALL_REFUSED(rows);
}

static void test_bad_times(void **state)
{
    (void)state;
    static const struct bad rows[] = {
        {"{\"title\":\"a\",\"published\":\"yesterday\"}", HL_INVALID, "published", "not an RFC 3339 time"},
        {"{\"title\":\"a\",\"published\":\"\"}", HL_INVALID, "published", "not an RFC 3339 time"},
        {"{\"title\":\"a\",\"published\":\"2025-02-30T00:00:00Z\"}", HL_INVALID, "published", "not an RFC 3339 time"},
        {"{\"title\":\"a\",\"published\":1765704600.5}", HL_INVALID, "published", "not a number with a fraction"},
        {"{\"title\":\"a\",\"published\":1e12}", HL_INVALID, "published", "fraction or exponent"},
        {"{\"title\":\"a\",\"published\":253402300800000}", HL_INVALID, "published", "years 0000 to 9999"},
        {"{\"title\":\"a\",\"published\":-62167219200001}", HL_INVALID, "published", "years 0000 to 9999"},
        {"{\"title\":\"a\",\"published\":9223372036854775807}", HL_INVALID, "published", "years 0000 to 9999"},
        {"{\"title\":\"a\",\"published\":-9223372036854775808}", HL_INVALID, "published", "years 0000 to 9999"},
        {"{\"title\":\"a\",\"published\":{}}", HL_INVALID, "published", "not an object"},
        {"{\"op\":\"stories\",\"since\":\"x\"}", HL_INVALID, "since", "not an RFC 3339 time"},
        {"{\"op\":\"stories\",\"until\":false}", HL_INVALID, "until", "not a boolean"},
    };
    ALL_REFUSED(rows);
}

static void test_bad_story(void **state)
{
    (void)state;
    static const struct bad rows[] = {
        {"{\"op\":\"story\"}", HL_INVALID, "story", "story is missing"},
        {"{\"op\":\"story\",\"story\":0}", HL_INVALID, "story", "integer from 1"},
        {"{\"op\":\"story\",\"story\":-1}", HL_INVALID, "story", "integer from 1"},
        {"{\"op\":\"story\",\"story\":1.0}", HL_INVALID, "story", "integer from 1"},
        {"{\"op\":\"story\",\"story\":\"\"}", HL_INVALID, "story", "integer from 1"},
        {"{\"op\":\"story\",\"story\":\"0\"}", HL_INVALID, "story", "integer from 1"},
        {"{\"op\":\"story\",\"story\":\"-1\"}", HL_INVALID, "story", "integer from 1"},
        {"{\"op\":\"story\",\"story\":\" 1\"}", HL_INVALID, "story", "integer from 1"},
        {"{\"op\":\"story\",\"story\":\"1x\"}", HL_INVALID, "story", "integer from 1"},
        {"{\"op\":\"story\",\"story\":\"18446744073709551616\"}", HL_INVALID, "story", "integer from 1"},
        {"{\"op\":\"story\",\"story\":\"99999999999999999999999\"}", HL_INVALID, "story", "integer from 1"},
        {"{\"op\":\"story\",\"story\":[1]}", HL_INVALID, "story", "not an array"},
        {"{\"op\":\"story\",\"story\":1,\"limit\":0}", HL_INVALID, "limit", "1 to 1000"},
        {"{\"op\":\"story\",\"story\":1,\"limit\":1001}", HL_INVALID, "limit", "1 to 1000"},
        {"{\"op\":\"story\",\"story\":1,\"limit\":\"5\"}", HL_INVALID, "limit", "an integer, not a string"},
        {"{\"op\":\"story\",\"story\":1,\"limit\":5.0}", HL_INVALID, "limit", "an integer"},
        {"{\"op\":\"story\",\"story\":1,\"cursor\":1}", HL_INVALID, "cursor", "must be a string"},
        {"{\"op\":\"story\",\"story\":1,\"cursor\":\"\"}", HL_INVALID, "cursor", "no cursor of this list"},
        {"{\"op\":\"story\",\"story\":1,\"cursor\":\"l3ff80000000000000000000000000007\"}", HL_INVALID, "cursor",
         "no cursor of this list"},
    };
    ALL_REFUSED(rows);
}

static void test_bad_stories(void **state)
{
    (void)state;
    static const struct bad rows[] = {
        {"{\"op\":\"stories\",\"order\":\"best\"}", HL_INVALID, "order", "latest, size or trending"},
        {"{\"op\":\"stories\",\"order\":\"\"}", HL_INVALID, "order", "latest, size or trending"},
        {"{\"op\":\"stories\",\"order\":1}", HL_INVALID, "order", "latest, size or trending"},
        {"{\"op\":\"stories\",\"limit\":-1}", HL_INVALID, "limit", "1 to 1000"},
        {"{\"op\":\"stories\",\"limit\":9223372036854775807}", HL_INVALID, "limit", "1 to 1000"},
        {"{\"op\":\"stories\",\"min_headlines\":-1}", HL_INVALID, "min_headlines", "not be negative"},
        {"{\"op\":\"stories\",\"min_headlines\":\"2\"}", HL_INVALID, "min_headlines", "an integer"},
        {"{\"op\":\"stories\",\"source\":1}", HL_INVALID, "source", "must be a string"},
        {"{\"op\":\"stories\",\"lang\":1}", HL_INVALID, "lang", "must be a string"},
        {"{\"op\":\"stories\",\"lang\":\"12345678901234567\"}", HL_TOO_LARGE, "lang", "17 bytes: send at most 16"},
        {"{\"op\":\"stories\",\"text\":[]}", HL_INVALID, "text", "must be a string"},
        {"{\"op\":\"stories\",\"collection\":1}", HL_INVALID, "collection", "must be a string"},
        {"{\"op\":\"stories\",\"cursor\":{}}", HL_INVALID, "cursor", "must be a string"},
        {"{\"op\":\"stories\",\"cursor\":\"next\"}", HL_INVALID, "cursor", "no cursor of this list"},
        {"{\"op\":\"stories\",\"order\":\"size\",\"cursor\":\"l3ff80000000000000000000000000007\"}", HL_INVALID,
         "cursor", "no cursor of this list"},
    };
    ALL_REFUSED(rows);
}

/* A line of @head, @count times "x", @tail. The caller frees it. */
static char *long_line(const char *head, size_t count, const char *tail)
{
    char *line = malloc(strlen(head) + count + strlen(tail) + 1);
    assert_non_null(line);
    strcpy(line, head);
    memset(line + strlen(head), 'x', count);
    strcpy(line + strlen(head) + count, tail);
    return line;
}

static void test_over_long_text(void **state)
{
    (void)state;
    static const struct {
        const char *head;
        size_t limit;
        struct bad bad;
    } rows[] = {
        {"{\"op\":\"ping\",\"ref\":\"", 256, {NULL, HL_TOO_LARGE, "ref", "257 bytes: send at most 256"}},
        {"{\"op\":\"get\",\"id\":\"", 256, {NULL, HL_TOO_LARGE, "id", "257 bytes: send at most 256"}},
        {"{\"op\":\"stories\",\"text\":\"", 2000, {NULL, HL_TOO_LARGE, "text", "2001 bytes: send at most 2000"}},
        {"{\"op\":\"stories\",\"source\":\"", 256, {NULL, HL_TOO_LARGE, "source", "257 bytes: send at most 256"}},
        {"{\"op\":\"stats\",\"collection\":\"", 64, {NULL, HL_TOO_LARGE, "collection", "65 bytes: send at most 64"}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *line = long_line(rows[i].head, rows[i].limit, "\"}");
        struct hl_request request = read_ok(line);
        hl_request_release(&request);
        free(line);
        line = long_line(rows[i].head, rows[i].limit + 1, "\"}");
        expect_refused(line, strlen(line), &rows[i].bad);
        free(line);
    }
}

static void test_offsets(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        size_t from, to;
    } rows[] = {
        {"{\"title\":\"a\" \"b\"}", 12, 16},
        {"{\"title\":\"a\xFF\"}", 10, 12},
        {"{\"x\":[[[[[[[[[[[[[[[[[]", 20, 20},
        {"{\"title\":", 8, 9},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct hl_request *request;
        struct hl_error error = {.offset = 0};
        assert_int_equal(hl_request_parse(rows[i].line, strlen(rows[i].line), &request, &error), HL_PARSE);
        assert_in_range(error.offset, rows[i].from, rows[i].to);
    }
}

static void test_ref_is_there_although_the_rest_is_wrong(void **state)
{
    (void)state;
    static const char *const lines[] = {"{\"ref\":\"r\",\"op\":\"nope\"}", "{\"title\":1,\"ref\":\"r\"}",
                                        "{\"op\":7,\"ref\":\"r\"}"};
    for (size_t i = 0; i < 3; i++) {
        struct hl_request request;
        struct hl_error error;
        assert_int_not_equal(hl_request_read(&request, lines[i], strlen(lines[i]), &error), HL_OK);
        assert_non_null(request.ref);
        assert_string_equal(json_string_value(request.ref), "r");
        hl_request_release(&request);
    }
}

static void test_free_takes_null(void **state)
{
    (void)state;
    hl_request_free(NULL);
    struct hl_request *request = NULL;
    assert_int_equal(hl_request_parse("{\"op\":\"ping\"}", 13, &request, NULL), HL_OK);
    assert_int_equal(hl_request_tells(request), HL_TELLS_NOTHING);
    hl_request_free(request);
}

/* ---- memory ------------------------------------------------------------------------------------------------------- */

static struct {
    size_t count, fail_from; /* allocations asked for; the first that fails, 0 for none */
    size_t live;
} heap;

/*
 * Sizes that are powers of two are spared: with them jansson collects the bytes of a token, and it does not look whether it got them.
 */
static void *failing_malloc(size_t bytes)
{
    bool spared = (bytes & (bytes - 1)) == 0;
    if (!spared && ++heap.count >= heap.fail_from && heap.fail_from > 0)
        return NULL;
    void *block = malloc(bytes);
    heap.live += block != NULL;
    return block;
}

static void counting_free(void *block)
{
    heap.live -= block != NULL;
    free(block);
}

static void test_every_allocation_failing(void **state)
{
    (void)state;
    static const char line[] =
        "{\"title\":\"A title that is longer than sixteen bytes\",\"id\":\"i\",\"x\":[1,2.5,{\"y\":\"z\"}],"
        "\"published\":1765704600000,\"ref\":\"r\",\"source\":\"Northern Wire\"}";
    json_set_alloc_funcs(failing_malloc, counting_free);
    heap.live = 0;
    size_t failed = 0;
    enum hl_status status = HL_NO_MEMORY;
    for (size_t n = 1; status != HL_OK; n++) {
        struct hl_request *request = NULL;
        struct hl_error error = {.status = HL_OK};
        heap.count = 0;
        heap.fail_from = n;
        status = hl_request_parse(line, sizeof line - 1, &request, &error);
        if (status == HL_OK) {
            expect_text(request->body.headline.title, "A title that is longer than sixteen bytes");
            hl_request_free(request);
        } else {
            assert_true(status == HL_NO_MEMORY || status == HL_PARSE); /* jansson calls some of them a bad token */
            assert_int_equal(error.status, status);
            assert_null(request);
            failed++;
        }
        assert_int_equal(heap.live, 0);
    }
    assert_true(failed > 10);
    json_set_alloc_funcs(malloc, free);
}

/* A long line is refused before jansson sees it when the process cannot have the memory. */
static void test_memory_limit_of_the_process(void **state)
{
    (void)state;
    if (!MEMORY_LIMIT_WORKS)
        skip();
    char *line = long_line("{\"title\":\"", 60000, "\"}");
    struct rlimit before;
    struct hl_request request;
    assert_true(memory_limit_set(&before));
    enum hl_status status = hl_request_read(&request, line, strlen(line), NULL);
    assert_true(memory_limit_lift(&before));
    assert_int_equal(status, HL_NO_MEMORY);
    hl_request_release(&request);
    request = read_ok(line);
    hl_request_release(&request);
    free(line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_limit_of_the_process),
        cmocka_unit_test(test_op_defaults_to_add),
        cmocka_unit_test(test_every_op_is_found),
        cmocka_unit_test(test_what_answers_tell_of),
        cmocka_unit_test(test_headline_members),
        cmocka_unit_test(test_null_is_absent),
        cmocka_unit_test(test_times_as_integers),
        cmocka_unit_test(test_story_members),
        cmocka_unit_test(test_stories_members),
        cmocka_unit_test(test_settings_members),
        cmocka_unit_test(test_named_members),
        cmocka_unit_test(test_ref),
        cmocka_unit_test(test_nesting_up_to_the_limit),
        cmocka_unit_test(test_not_json),
        cmocka_unit_test(test_nul_byte),
        cmocka_unit_test(test_deep_nesting_does_not_reach_the_parser),
        cmocka_unit_test(test_not_an_object),
        cmocka_unit_test(test_bad_op_and_ref),
        cmocka_unit_test(test_bad_types),
        cmocka_unit_test(test_bad_times),
        cmocka_unit_test(test_bad_story),
        cmocka_unit_test(test_bad_stories),
        cmocka_unit_test(test_over_long_text),
        cmocka_unit_test(test_offsets),
        cmocka_unit_test(test_ref_is_there_although_the_rest_is_wrong),
        cmocka_unit_test(test_free_takes_null),
        cmocka_unit_test(test_every_allocation_failing),
    };
    if (!memory_limit_prepare())
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
