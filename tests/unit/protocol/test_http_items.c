/*
 * test_http_items.c - bodies of many requests, as arrays and as JSON lines, and compressed bodies: one result for each item in order, whatever
 * fails, however the bytes are cut up, in constant memory.
 */
#include "protocol/http_coding.h"
#include "protocol/http_route.h"
#include "support/failing_malloc.h"
#include "unit/protocol/http_fixture.h"

#include <jansson.h>
#include <zlib.h>
#include <zstd.h>

#define LINES "Content-Type: application/x-ndjson\r\n"

enum { BOMB_BYTES = 64 << 20 };

/* The body of the last answer, its chunks put together, NUL-terminated; to be freed. */
static char *body_of(struct fixture *f, bool complete)
{
    const char *at = strstr(answers(f), "\r\n\r\n");
    assert_non_null(at);
    assert_non_null(strstr(answers(f), "Transfer-Encoding: chunked\r\n"));
    char *body = calloc(1, f->out.length);
    assert_non_null(body);
    size_t length = 0;
    for (at += 4; *at;) {
        size_t bytes = strtoul(at, NULL, 16);
        at = strchr(at, '\n') + 1;
        memcpy(body + length, at, bytes);
        length += bytes;
        assert_memory_equal(at + bytes, "\r\n", 2);
        at += bytes + 2;
        complete = complete && !(bytes == 0 && *at != '\0');
    }
    assert_true(!complete || strcmp(answers(f) + f->out.length - 5, "0\r\n\r\n") == 0);
    return body;
}

/* The codes of the results in order, "ok" for those that are none; @text is an array, or lines. */
static void expect_codes(const char *text, const char *expected)
{
    char codes[512] = "";
    json_t *all = json_array();
    if (text[0] == '[') {
        json_decref(all);
        all = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
        assert_true(json_is_array(all));
    }
    for (const char *line = text; text[0] != '[' && *line; line = strchr(line, '\n') + 1)
        assert_int_equal(json_array_append_new(all, json_loads(line, JSON_DISABLE_EOF_CHECK, NULL)), 0);
    size_t index;
    json_t *one;
    json_array_foreach(all, index, one)
    {
        const json_t *error = json_object_get(one, "error");
        strcat(codes, index > 0 ? " " : "");
        strcat(codes, error                                      ? json_string_value(json_object_get(error, "code"))
                      : json_is_true(json_object_get(one, "ok")) ? "ok"
                                                                 : "?");
    }
    assert_string_equal(codes, expected);
    json_decref(all);
}

static void test_items(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *type, *body, *codes;
        bool ends;
    } rows[] = {
        {JSON, "[]", "", false},
        {JSON, " \n[ {\"title\":\"a b c\"}, {\"title\":\"d e f\",\"ref\":7} ]\n", "ok ok", false},
        {JSON, "[{\"title\":\"a\"},{\"name\":\"b\"},7,{\"title\":\"c\",\"op\":\"get\"},{\"title\":,}]",
         "ok invalid invalid invalid parse", false},
        {JSON, "[{\"title\":\"a\"},]", "ok parse", false},
        {JSON, "[{\"title\":\"a\"},{", "ok parse", true},
        {JSON, "[{\"title\":\"a\"}]]", "ok parse", true},
        {LINES, "{\"title\":\"a\"}\n{\"title\":\"b\"}", "ok ok", false},
        {LINES, "{\"title\":\"a\"}\r\n\n{\"op\":\"add\",\"title\":\"b\"}\n[]\n", "ok parse ok invalid", false},
        {"Content-Type: Application/JSONL; charset=utf-8\r\n", "{\"title\":\"a\"}\n", "ok", false},
        {LINES, "\n", "parse", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char request[512];
        snprintf(request, sizeof request, "POST /v1/headlines " HEAD "%sContent-Length: %zu\r\n\r\n%s", rows[i].type,
                 strlen(rows[i].body), rows[i].body);
        for (size_t piece = 1; piece <= strlen(request); piece += piece < 8 ? 1 : 40) {
            begin(f);
            for (size_t at = 0; at < strlen(request); at += piece)
                feed(f, request + at, strlen(request) - at < piece ? strlen(request) - at : piece);
            expect_status(f, 200);
            char *body = body_of(f, true);
            expect_codes(body, rows[i].codes);
            free(body);
            assert_int_equal(f->last, rows[i].ends ? HL_HTTP_ENDS : HL_HTTP_WAITS);
        }
        expect(f,
               rows[i].type[strlen("Content-Type: application/")] == 'x' ? "application/x-ndjson\r\n" : "application/");
    }
}

static void test_query_is_the_default_of_each_item(void **state)
{
    struct fixture *f = *state;
    begin(f);
    send_request(f, "POST /v1/headlines?collection=one&source=Wire " HEAD LINES
                    "Content-Length: @\r\n\r\n{\"title\":\"a b\",\"id\":\"x\"}\n{\"title\":\"c "
                    "d\",\"id\":\"y\",\"collection\":\"two\"}\n");
    begin(f);
    send_text(f, "GET /v1/headlines/x?collection=one " HEAD "\r\n");
    expect(f, "\"source\":\"Wire\"");
    begin(f);
    send_text(f, "GET /v1/headlines/y?collection=two " HEAD "\r\n");
    expect(f, "\"source\":\"Wire\"");
}

static void test_results_are_those_of_lines(void **state)
{
    struct fixture *f = *state;
    struct hl_buffer line;
    hl_buffer_init(&line);
    hl_service_handle(&f->service, "{\"op\":\"check\",\"title\":\"storm floods\",\"ref\":\"r\"}", 47, NOW, &line, NULL);
    hl_buffer_append(&line, "", 1);
    begin(f);
    send_request(f,
                 "POST /v1/check " HEAD LINES "Content-Length: @\r\n\r\n{\"title\":\"storm floods\",\"ref\":\"r\"}\n");
    char *body = body_of(f, true);
    assert_string_equal(body, line.data);
    free(body);
    begin(f); /* HTTP/1.0 knows no chunks */
    send_text(f, "POST /v1/check HTTP/1.0\r\n" JSON
                 "Content-Length: 37\r\n\r\n[{\"title\":\"storm floods\",\"ref\":\"r\"} ]");
    assert_int_equal(f->last, HL_HTTP_ENDS);
    assert_null(strstr(answers(f), "chunked"));
    line.data[line.length - 2] = '\0';
    expect(f, line.data);
    assert_string_equal(answers(f) + f->out.length - 2, "]\n");
    hl_buffer_clear(&line);
}

static void test_item_limit_and_break(void **state)
{
    struct fixture *f = *state;
    static char block[OBJECT_MAX + 2];
    memset(block, 'x', sizeof block - 1);
    begin(f);
    send_text(f, "POST /v1/headlines " HEAD LINES
                 "Transfer-Encoding: chunked\r\n\r\nf\r\n{\"title\":\"a b\"}\r\n1\r\n\n\r\n401\r\n");
    send_text(f, block);
    assert_int_equal(f->last, HL_HTTP_ENDS);
    char *body = body_of(f, true);
    expect_codes(body, "ok too_large");
    free(body);
    begin(f);
    send_text(f, "POST /v1/headlines " HEAD JSON "Content-Length: 5000\r\n\r\n[{\"title\":\"a b\"},");
    assert_true(hl_http_is_waiting(f->http));
    hl_http_break(f->http, HL_TIMEOUT, "too late", NOW, &f->out);
    body = body_of(f, true);
    expect_codes(body, "ok timeout");
    free(body);
    begin(f); /* bad HTTP behind good items */
    send_text(f, "POST /v1/headlines " HEAD LINES
                 "Transfer-Encoding: chunked\r\n\r\n10\r\n{\"title\":\"a b\"}\n\r\nzz\r\n");
    body = body_of(f, true);
    expect_codes(body, "ok parse");
    free(body);
    assert_int_equal(f->last, HL_HTTP_ENDS);
}

static void test_an_error_before_the_first_item_has_its_status(void **state)
{
    struct fixture *f = *state;
    begin(f);
    send_request(f, "POST /v1/headlines " HEAD JSON "Content-Length: @\r\n\r\n[{\"title\":\"a\"}");
    expect_status(f, 400);
    expect(f, "a ] is missing");
    assert_int_equal(f->last, HL_HTTP_ENDS);
    begin(f);
    send_request(f, "POST /v1/headlines " HEAD JSON "Content-Length: @\r\n\r\n   ");
    expect_status(f, 400);
}

/* ---- compressed ---------------------------------------------------------------------------------------------------- */

static size_t gzip(const char *data, size_t bytes, char *out, size_t room)
{
    z_stream stream = {
        .next_in = (z_const Bytef *)data, .avail_in = (uInt)bytes, .next_out = (Bytef *)out, .avail_out = (uInt)room};
    assert_int_equal(deflateInit2(&stream, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    deflateEnd(&stream);
    return room - stream.avail_out;
}

static size_t zstd(const char *data, size_t bytes, char *out, size_t room)
{
    size_t length = ZSTD_compress(out, room, data, bytes, 3);
    assert_false(ZSTD_isError(length));
    return length;
}

/* Posts @length bytes of @coding in pieces. */
static void post_coded(struct fixture *f, const char *type, const char *coding, const char *data, size_t length,
                       size_t piece)
{
    char head[256];
    begin(f);
    snprintf(head, sizeof head, "POST /v1/check " HEAD "%sContent-Encoding: %s\r\nContent-Length: %zu\r\n\r\n", type,
             coding, length);
    send_text(f, head);
    for (size_t at = 0; at < length && f->last != HL_HTTP_ENDS; at += piece)
        feed(f, data + at, length - at < piece ? length - at : piece);
}

static void test_compressed_bodies(void **state)
{
    struct fixture *f = *state;
    static const char lines[] = "{\"title\":\"a b\"}\n{\"title\":\"c d\"}\n";
    char packed[1024];
    for (int twice = 0; twice < 2; twice++) { /* in one member, and in two */
        for (int is_zstd = 0; is_zstd < 2; is_zstd++) {
            size_t length = (is_zstd ? zstd : gzip)(lines, sizeof lines - 1, packed, sizeof packed);
            if (twice)
                length += (is_zstd ? zstd : gzip)(lines, sizeof lines - 1, packed + length, sizeof packed - length);
            for (size_t piece = 1; piece <= length; piece++) {
                post_coded(f, LINES, is_zstd ? "zstd" : "GZip", packed, length, piece);
                char *body = body_of(f, true);
                expect_codes(body, twice ? "ok ok ok ok" : "ok ok");
                free(body);
            }
            post_coded(f, LINES, is_zstd ? "zstd" : "gzip", packed, length - 1, 7); /* cut off */
            expect(f, "\"code\":\"parse\"");
            assert_int_equal(f->last, HL_HTTP_ENDS);
            packed[length / 2] = (char)(packed[length / 2] ^ 0x55);
            packed[2] = 'x';
            post_coded(f, JSON, is_zstd ? "zstd" : "gzip", packed, length, length);
            expect_status(f, 400);
        }
    }
    size_t length = gzip("{\"title\":\"a b\"}", 15, packed, sizeof packed);
    post_coded(f, JSON, "gzip", packed, length, 3);
    expect_status(f, 200);
    expect(f, "\"would\":true");
    assert_int_equal(f->last, HL_HTTP_WAITS);
}

static void test_a_bomb_costs_constant_memory(void **state)
{
    struct fixture *f = *state;
    char *plain = malloc(BOMB_BYTES), *packed = malloc(1 << 20);
    assert_true(plain && packed);
    memset(plain, ' ', BOMB_BYTES);
    for (int is_zstd = 0; is_zstd < 2; is_zstd++) {
        size_t length = (is_zstd ? zstd : gzip)(plain, BOMB_BYTES, packed, 1 << 20);
        post_coded(f, LINES, is_zstd ? "zstd" : "gzip", packed, length, length);
        expect_status(f, 413); /* the first line is too long, and the rest is not unpacked */
        post_coded(f, JSON, is_zstd ? "zstd" : "gzip", packed, length, length);
        expect_status(f, 413);
    }
    for (size_t i = 0; i < BOMB_BYTES; i++)
        plain[i] = i % 1000 == 999 ? '\n' : ' ';
    size_t length = zstd(plain, 1 << 20, packed, 1 << 20);
    post_coded(f, LINES, "zstd", packed, length, length);
    assert_int_equal(f->sum.requests, (1 << 20) / 1000 + 1);
    free(plain);
    free(packed);
}

static void test_a_window_too_large_is_refused(void **state)
{
    struct fixture *f = *state;
    (void)f;
    struct hl_http_coding *coding;
    struct hl_error error;
    char out[100];
    size_t bytes, made;
    /* the head of a frame with a window of 16 MiB: magic, descriptor, window descriptor */
    static const unsigned char large[] = {0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x70, 0x01, 0x00, 0x00};
    const char *data = (const char *)large;
    bytes = sizeof large;
    assert_int_equal(hl_http_coding_create((struct hl_text){"zstd", 4}, &coding, &error), HL_OK);
    assert_int_equal(hl_http_coding_run(coding, &data, &bytes, out, sizeof out, &made, &error), HL_PARSE);
    hl_http_coding_destroy(coding);
    assert_int_equal(hl_http_coding_create((struct hl_text){"br", 2}, &coding, &error), HL_INVALID);
}

/* ---- memory -------------------------------------------------------------------------------------------------------- */

static void test_each_allocation_fails_once(void **state)
{
    struct fixture *f = *state;
    static const char stream[] =
        "POST /v1/headlines?collection=a " HEAD JSON
        "Content-Length: 51\r\n\r\n[{\"title\":\"Storm floods\"},{\"title\":\"Other things\"}]"
        "POST /v1/headlines?collection=a " HEAD LINES "Content-Length: 24\r\n\r\n{\"title\":\"Storm floods\"}";
    bool fired = true;
    for (uint64_t nth = 1; fired; nth++) {
        fired = false;
        hl_http_destroy(f->http);
        hl_buffer_clear(&f->out);
        failing_malloc_arm(nth);
        f->http = hl_http_create(&f->config);
        char *data;
        size_t room;
        if (f->http && hl_http_prepare(f->http, sizeof stream, &data, &room)) {
            memcpy(data, stream, sizeof stream - 1);
            hl_http_commit(f->http, sizeof stream - 1);
            do {
                struct hl_http_done done;
                f->last = hl_http_next(f->http, &f->service, NOW, &f->out, &done);
            } while (f->last == HL_HTTP_WENT_ON && !f->out.failed);
            fired = failing_malloc_fired();
            assert_true(f->out.failed || f->out.length > 0);
        }
        fired = fired || failing_malloc_fired();
        failing_malloc_arm(0);
    }
    assert_int_equal(f->last, HL_HTTP_WAITS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_items, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_query_is_the_default_of_each_item, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_results_are_those_of_lines, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_item_limit_and_break, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_an_error_before_the_first_item_has_its_status, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_compressed_bodies, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_bomb_costs_constant_memory, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_window_too_large_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_each_allocation_fails_once, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
