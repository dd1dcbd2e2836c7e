/*
 * test_http.c - HTTP connections on buffers: what each request is answered with, however its bytes are cut up; what is refused; what bounds
 * a request; answers that stay open; and that no allocation that fails does harm.
 */
#include "protocol/http.h"
#include "protocol/http_route.h"
#include "protocol/openapi.h"
#include "support/failing_malloc.h"
#include "unit/protocol/http_fixture.h"
#include "web/files.h"

/* ---- answers ------------------------------------------------------------------------------------------------------- */

static void test_one_of_each(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *request;
        int status;
        const char *piece;
    } rows[] = {
        {"POST /v1/headlines " HEAD JSON
         "Content-Length: @\r\n\r\n{\"title\":\"Storm floods Aldermoor\",\"id\":\"a/1 b\"}",
         200, "\"verdict\":\"new\""},
        {"GET /v1/headlines/a%2F1%20b " HEAD "\r\n", 200, "\"title\":\"Storm floods Aldermoor\""},
        {"GET /v1/headlines/a%2f1+b " HEAD "\r\n", 404, "\"code\":\"not_found\""},
        {"GET /v1/stories?limit=1&order=size&since=2025-01-01T00:00:00Z&until=1765704600000&nothing=1 " HEAD "\r\n",
         200, "\"stories\":[{"},
        {"GET /v1/stories?source=&min_headlines=1&ref=x%261 " HEAD "\r\n", 200, "{\"ok\":true,\"ref\":\"x&1\","},
        {"GET /v1/stories/1 " HEAD "\r\n", 200, "\"members\":["},
        {"GET /v1/stories/2 " HEAD "\r\n", 404, "not_found"},
        {"GET /v1/stories/x " HEAD "\r\n", 400, "\"field\":\"story\""},
        {"GET /v1/stories/1?story=2 " HEAD "\r\n", 400, "story stands twice"},
        {"GET /v1/topics " HEAD "\r\n", 200, "\"topics\":[]"},
        {"GET /v1/explain?title=Storm+floods&other=a/1%20b " HEAD "\r\n", 200, "\"reasons\":["},
        {"POST /v1/check?title=Storm " HEAD "Content-Length: 0\r\n\r\n", 200, "\"would\":true"},
        {"POST /v1/check?title=Storm&lang=de " HEAD JSON "Content-Length: @\r\n\r\n{\"title\":\"Other\"}", 200,
         "\"would\":true"},
        {"POST /v1/check " HEAD JSON "Content-Length: @\r\n\r\n{}", 400, "title is missing"},
        {"POST /v1/check " HEAD JSON "Content-Length: @\r\n\r\n5", 400, "not an object"},
        {"POST /v1/check " HEAD JSON "Content-Length: @\r\n\r\n{\"title\":\"a\",\"op\":\"remove\"}", 400,
         "this route is for op check"},
        {"PATCH /v1/settings " HEAD JSON "Content-Length: @\r\n\r\n{\"set\":{\"join_threshold\":0.25}}", 200,
         "\"seq\":2"},
        {"GET /v1/settings?set=x " HEAD "\r\n", 400, "set must be an object"},
        {"DELETE /v1/headlines/a%2F1%20b " HEAD "\r\n", 200, "\"removed\":true"},
        {"GET /healthz " HEAD "\r\n", 200, "\r\n\r\n{\"ok\":true}\n"},
        {"GET http://localhost/v1/ping?ref=5 " HEAD "\r\n", 200, "\"pong\":true"},
        {"\r\nGET /v1/ping HTTP/1.0\r\n\r\n", 200, "Connection: close\r\n"},
        {"GET /v1/ping HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 200, "Connection: keep-alive\r\n"},
        {"GET /v1/ping " HEAD "Connection: close\r\n\r\n", 200, "Connection: close\r\n"},
        {"GET /v1/ping " HEAD "Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n", 200, "\"pong\":true"},
        {"HEAD /healthz " HEAD "\r\n", 200, "Content-Length: 12\r\n"},
        {"OPTIONS /v1/settings " HEAD "\r\n", 204, "Allow: GET, HEAD, PATCH, OPTIONS\r\n"},
        {"OPTIONS * " HEAD "\r\n", 204, "Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n"},
        {"PUT /v1/settings " HEAD "\r\n", 405, "Allow: GET, HEAD, PATCH, OPTIONS\r\n"},
        {"GET /v1/settings/ " HEAD "\r\n", 404, "there is nothing here"},
        {"GET v1/ping " HEAD "\r\n", 400, "target is not valid"},
        {"GET /v1/ping#x " HEAD "\r\n", 400, "target is not valid"},
        {"GET /v1/stories/../stats " HEAD "\r\n", 404, "there is nothing here"},
        {"GET /v1/headlines/ " HEAD "\r\n", 404, "there is nothing here"},
        {"GET /v1/headlines/%00 " HEAD "\r\n", 400, "hexadecimal"},
        {"GET /v1/headlines/%ff " HEAD "\r\n", 400, "not UTF-8"},
        {"GET /v1/stories?text=%4 " HEAD "\r\n", 400, "hexadecimal"},
        {"POST /v1/check " HEAD "Content-Type: text/plain\r\nContent-Length: @\r\n\r\n{}", 415,
         "Content-Type: application/json"},
        {"POST /v1/check " HEAD "Content-Length: @\r\n\r\n{}", 415, "Content-Type: application/json"},
        {"POST /v1/check " HEAD JSON "Content-Encoding: br\r\nContent-Length: @\r\n\r\n{}", 415, "Content-Encoding"},
        {"PATCH /v1/settings " HEAD JSON "Content-Length: 1025\r\n\r\n", 413, "limits.line_bytes"},
        {"GET /v1/ping " HEAD JSON "Content-Length: @\r\n\r\n{}", 400, "takes no body"},
        {"POST /v1/check " HEAD JSON "Expect: tea\r\nContent-Length: @\r\n\r\n{}", 417, "100-continue"},
        {"GET /v1/ping HTTP/1.1\r\nHost: evil.example\r\n\r\n", 403, "http_hosts"},
        {"GET http://evil.example/v1/ping " HEAD "\r\n", 403, "http_hosts"},
        {"DELETE /v1/headlines/x " HEAD "Origin: http://evil.example\r\n\r\n", 403, "another site"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        begin(f);
        send_request(f, rows[i].request);
        expect_status(f, rows[i].status);
        expect(f, rows[i].piece);
        assert_int_equal(f->sum.requests, 1);
        assert_int_equal(f->sum.errors, rows[i].status >= 400);
        assert_true((strstr(answers(f), "Connection: close") != NULL) == (f->last == HL_HTTP_ENDS));
    }
}

static void test_head_of_an_answer(void **state)
{
    struct fixture *f = *state;
    begin(f);
    send_text(f, "GET /healthz " HEAD "\r\n");
    assert_string_equal(answers(f),
                        "HTTP/1.1 200 OK\r\nDate: Sun, 14 Dec 2025 09:30:00 GMT\r\nContent-Type: application/json\r\n"
                        "Content-Length: 12\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
                        "Cross-Origin-Resource-Policy: same-origin\r\n\r\n{\"ok\":true}\n");
    size_t whole = f->out.length;
    begin(f);
    send_text(f, "HEAD /healthz " HEAD "\r\n");
    assert_int_equal(f->out.length, whole - 12);
    expect(f, "Content-Length: 12\r\n");
}

static void test_files(void **state)
{
    struct fixture *f = *state;
    char request[256];
    assert_non_null(hl_web_find("/", 1));
    for (const struct hl_web_file *file = hl_web_files; file->path; file++) {
        begin(f);
        snprintf(request, sizeof request, "GET %s " HEAD "\r\n", file->path);
        send_text(f, request);
        expect_status(f, 200);
        expect(f, file->content_type);
        expect(f, "Content-Security-Policy: default-src 'none'; script-src 'self'; ");
        expect(f, "Cache-Control: no-cache\r\n");
        assert_true(f->out.length > file->length);
        assert_memory_equal(f->out.data + f->out.length - file->length, file->data, file->length);
        begin(f);
        snprintf(request, sizeof request, "GET %s " HEAD "If-None-Match: \"x\", W/%s\r\n\r\n", file->path, file->etag);
        send_text(f, request);
        expect_status(f, 304);
        expect(f, file->etag);
        assert_memory_equal(f->out.data + f->out.length - 4, "\r\n\r\n", 4);
    }
    static const char *const others[] = {"/index.html", "//", "/.", "/../CMakeLists.txt", "/files.h", "/%2e"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        begin(f);
        snprintf(request, sizeof request, "GET %s " HEAD "\r\n", others[i]);
        send_text(f, request);
        expect_status(f, 404);
    }
    begin(f);
    send_text(f, "POST / " HEAD "\r\n");
    expect_status(f, 405);
}

/* What the tables have to hold for each other. */
static void test_tables(void **state)
{
    (void)state;
    struct hl_buffer out;
    hl_buffer_init(&out);
    hl_openapi_put(hl_http_all_routes(), "headlined/1", &out);
    json_t *document = json_loadb(out.data, out.length, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(document);
    for (size_t i = 0; i < HL_COMMAND_COUNT; i++) {
        if (!hl_openapi_answer(&hl_commands[i]))
            fail_msg("answers.def has no row for %s", hl_commands[i].name);
        for (size_t j = 0; j < hl_commands[i].shape->field_count; j++) {
            char schema[512];
            snprintf(schema, sizeof schema, "{%s}", hl_field_kind_of(&hl_commands[i].shape->fields[j])->schema);
            json_t *parsed = json_loads(schema, JSON_REJECT_DUPLICATES, NULL);
            assert_non_null(parsed);
            json_decref(parsed);
        }
    }
    const struct hl_http_routes *routes = hl_http_all_routes();
    for (size_t i = 0; i < routes->count; i++) {
        const char *open = strchr(routes->rows[i].pattern, '{');
        bool found = open == NULL;
        const struct hl_shape *shape = routes->rows[i].command->shape;
        for (size_t j = 0; open && j < shape->field_count; j++)
            found = found || strncmp(open + 1, shape->fields[j].name, strcspn(open + 1, "}")) == 0;
        if (!found)
            fail_msg("%s: the op has no such member", routes->rows[i].pattern);
    }
    json_decref(document);
    hl_buffer_clear(&out);
}

static void test_what_answers_tell_of(void **state)
{
    struct fixture *f = *state;
    begin(f);
    send_text(f, "GET /healthz " HEAD "\r\nGET /v1/check " HEAD "\r\n");
    assert_int_equal(f->sum.tells, HL_TELLS_NOTHING);
    send_text(f, "GET /v1/stories " HEAD "\r\n");
    assert_int_equal(f->sum.tells, HL_TELLS_STATE);
    send_text(f, "POST /v1/headlines?title=Storm " HEAD "\r\n");
    assert_int_equal(f->sum.tells, HL_TELLS_CHANGE);
}

/* ---- however the bytes come ---------------------------------------------------------------------------------------- */

static void test_every_cut(void **state)
{
    struct fixture *f = *state;
    static const char stream[] =
        "\r\nPOST /v1/check?collection=a " HEAD JSON
        "Content-Length: 35\r\n\r\n{\"title\":\"Storm floods Aldermoor\"}\n"
        "GET /v1/headlines/none HTTP/1.1\r\nhOsT:\tLOCALHOST. \t\r\nX-Other: y\r\n\r\n"
        "POST /v1/check " HEAD JSON "Transfer-Encoding: Chunked\r\nExpect: 100-continue\r\n\r\n"
        "9;x=y\r\n{\"title\":\r\n0000d\r\n\"Storm flood\"\r\n1\r\n}\r\n0\r\nTrailer: t\r\nHost: not.this\r\n\r\n"
        "HEAD /v1/stories " HEAD "\r\n"
        "GET /v1/ping?ref=last HTTP/1.0\r\n\r\n";
    size_t all = sizeof stream - 1;
    begin(f);
    assert_int_equal(feed(f, stream, all), HL_HTTP_ENDS);
    if (f->sum.requests != 5)
        fail_msg("%s", answers(f));
    assert_int_equal(f->sum.errors, 1);
    expect(f, "100 Continue\r\n\r\nHTTP/1.1 200");
    expect(f, "\"ref\":\"last\"");
    char *whole = malloc(f->out.length);
    size_t length = f->out.length;
    assert_non_null(whole);
    memcpy(whole, f->out.data, length);
    for (size_t cut = 0; cut < all; cut++) { /* in two pieces */
        begin(f);
        feed(f, stream, cut);
        feed(f, stream + cut, all - cut);
        assert_int_equal(f->out.length, length);
        assert_memory_equal(f->out.data, whole, length);
    }
    for (size_t piece = 1; piece < 20; piece++) { /* in many */
        begin(f);
        for (size_t at = 0; at < all; at += piece)
            feed(f, stream + at, all - at < piece ? all - at : piece);
        assert_int_equal(f->out.length, length);
        assert_memory_equal(f->out.data, whole, length);
    }
    free(whole);
}

/* ---- what is no HTTP ----------------------------------------------------------------------------------------------- */

static void test_refused_heads_and_bodies(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *request;
        int status;
    } rows[] = {
        {"BREW /pot " HEAD "\r\n", 501},
        {"get / " HEAD "\r\n", 501},
        {"TRACE /v1/ping " HEAD "\r\n", 501},
        {"CONNECT localhost:80 " HEAD "\r\n", 501},
        {"PROPFIND /v1/ping " HEAD "\r\n", 501},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
        {"GET /v1/ping HTTP/2.0\r\nHost: x\r\n\r\n", 505},
        {"GET /v1/ping\r\n\r\n", 505},
        {"GET /v1/ping HTTP/1.2\r\nHost: x\r\n\r\n", 505},
        {"GET /v1/ping HTTP/1.1\r\n\r\n", 400},                       /* no Host */
        {"GET /v1/ping " HEAD "Host: localhost\r\n\r\n", 400},        /* two */
        {"GET /v1/ping " HEAD "Origin: a\r\nOrigin: a\r\n\r\n", 400}, /* the same */
        {"GET /v1/p\xC3\xBCng " HEAD "\r\n", 400},
        {"GET  /v1/ping x " HEAD "\r\n", 400},
        {"GET /v1/ping HTTP/1.1\nHost: localhost\n\n", 400}, /* bare LF */
        {"GET /v1/ping HTTP/1.1\r\nHost: localhost\n\r\n", 400},
        {"GET /v1/ping HTTP/1.1\r\nHost: localhost\rX: y\r\n\r\n", 400},  /* bare CR */
        {"GET /v1/ping HTTP/1.1\r\nHost: localhost\r\n\tx\r\n\r\n", 400}, /* folded */
        {"GET /v1/ping HTTP/1.1\r\nHost : localhost\r\n\r\n", 400},       /* space before the colon */
        {"GET /v1/ping HTTP/1.1\r\n Host: localhost\r\n\r\n", 400},
        {"GET /v1/ping " HEAD ": x\r\n\r\n", 400},
        {"GET /v1/ping " HEAD "X: a\001b\r\n\r\n", 400},
        {"POST /v1/check " HEAD JSON "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", 400},
        {"POST /v1/check " HEAD JSON "Content-Length: 2, 2\r\n\r\n{}", 400},
        {"POST /v1/check " HEAD JSON "Content-Length: +2\r\n\r\n{}", 400},
        {"POST /v1/check " HEAD JSON "Content-Length: -2\r\n\r\n{}", 400},
        {"POST /v1/check " HEAD JSON "Content-Length: 0x2\r\n\r\n{}", 400},
        {"POST /v1/check " HEAD JSON "Content-Length: 99999999999999999999\r\n\r\n{}", 400},
        {"POST /v1/check " HEAD JSON "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
         400},
        {"POST /v1/check " HEAD JSON "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
         400},
        {"POST /v1/check " HEAD JSON "Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 501},
        {"POST /v1/check " HEAD JSON "Transfer-Encoding: chunked, identity\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 400},
        {"POST /v1/check " HEAD JSON "Transfer-Encoding: xchunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 501},
        {"POST /v1/check HTTP/1.0\r\n" JSON "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 400},
        {"POST /v1/check " HEAD JSON "Transfer-Encoding: chunked\r\n\r\nx\r\n", 400},
        {"POST /v1/check " HEAD JSON "Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n", 400},
        {"POST /v1/check " HEAD JSON "Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n", 400},
        {"POST /v1/check " HEAD JSON "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n", 400},
        {"POST /v1/check " HEAD JSON "Transfer-Encoding: chunked\r\n\r\n2\n{}\r\n0\r\n\r\n", 400},
        {"POST /v1/check " HEAD JSON "Transfer-Encoding: chunked\r\n\r\n2\r\n{}x\r\n0\r\n\r\n", 400},
        {"POST /v1/check " HEAD JSON "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\n0\r\n\r\n", 400},
        {"POST /v1/check " HEAD JSON "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nA: b\n\r\n", 400},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t piece = 1; piece < 400; piece += 398) { /* byte by byte, and at once */
            begin(f);
            size_t all = strlen(rows[i].request);
            for (size_t at = 0; at < all; at += piece)
                feed(f, rows[i].request + at, all - at < piece ? all - at : piece);
            if (rows[i].status != 400 || !strstr(answers(f), " 400 "))
                expect_status(f, rows[i].status);
            expect(f, "Connection: close\r\n");
            if (f->last != HL_HTTP_ENDS)
                fail_msg("not refused: %s\n%s", rows[i].request, answers(f));
            send_text(f, "GET /v1/ping " HEAD "\r\n");
            assert_int_equal(f->sum.requests, 1); /* nothing is read behind it */
        }
    }
}

static void test_bounds(void **state)
{
    struct fixture *f = *state;
    static char block[20000];
    memset(block, 'x', sizeof block - 1);
    struct hl_http_done done;
    begin(f);
    send_text(f, "GET /");
    feed(f, block, 8191);
    assert_int_equal(f->last, HL_HTTP_WAITS);
    feed(f, block, 1);
    expect_status(f, 414);
    begin(f);
    send_text(f, "GET / " HEAD "X: ");
    feed(f, block, 16000);
    assert_int_equal(f->last, HL_HTTP_WAITS);
    feed(f, block, 400);
    expect_status(f, 431);
    begin(f); /* trailers are lines too */
    send_text(f, "POST /v1/check " HEAD JSON "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX: ");
    feed(f, block, 16400);
    expect_status(f, 431);
    begin(f); /* a body that tells no length */
    send_text(f, "POST /v1/check " HEAD JSON "Transfer-Encoding: chunked\r\n\r\n400\r\n");
    feed(f, block, 1024);
    assert_int_equal(f->last, HL_HTTP_WAITS);
    send_text(f, "\r\n1\r\nx");
    expect_status(f, 413);
    begin(f); /* endless empty lines are a head, too */
    for (int i = 0; i < 9000 && f->last != HL_HTTP_ENDS; i++)
        send_text(f, "\r\n");
    expect_status(f, 431);
    assert_int_equal(hl_http_next(f->http, &f->service, NOW, &f->out, &done), HL_HTTP_ENDS);
}

/* ---- what the server does with a connection ------------------------------------------------------------------------- */

static void test_waiting_and_breaking(void **state)
{
    struct fixture *f = *state;
    begin(f);
    assert_false(hl_http_is_waiting(f->http));
    hl_http_break(f->http, HL_TIMEOUT, "too late", NOW, &f->out);
    assert_int_equal(f->out.length, 0); /* nobody has asked anything */
    assert_int_equal(run(f), HL_HTTP_ENDS);
    begin(f);
    send_text(f, "GET /v1/ping HT");
    assert_true(hl_http_is_waiting(f->http));
    hl_http_break(f->http, HL_TIMEOUT, "too late", NOW, &f->out);
    expect_status(f, 408);
    expect(f, "\"message\":\"too late\"");
    begin(f);
    send_text(f, "POST /v1/check " HEAD JSON "Content-Length: 20\r\n\r\n{");
    assert_true(hl_http_is_waiting(f->http));
    hl_http_break(f->http, HL_UNAVAILABLE, "it stops", NOW, &f->out);
    expect_status(f, 503);
    expect(f, "Retry-After: 1\r\n");
    begin(f);
    send_text(f, "GET /v1/ping " HEAD "\r\n");
    assert_false(hl_http_is_waiting(f->http));
    hl_http_trim(f->http, 0);
    send_text(f, "GET /v1/ping " HEAD "\r\n");
    assert_int_equal(f->sum.requests, 2);
}

static void test_draining_ends_the_connection(void **state)
{
    struct fixture *f = *state;
    f->figures.draining = true;
    begin(f);
    assert_int_equal(send_text(f, "GET /healthz " HEAD "\r\n"), HL_HTTP_ENDS);
    expect_status(f, 200);
    expect(f, "Connection: close\r\n");
    begin(f);
    send_text(f, "GET /readyz " HEAD "\r\n");
    expect_status(f, 503);
    expect(f, "about to stop");
    f->figures.draining = false;
}

/* ---- hosts --------------------------------------------------------------------------------------------------------- */

static int status_for(struct fixture *f, const char *lines)
{
    char request[512];
    snprintf(request, sizeof request, "POST /v1/check?title=a HTTP/1.1\r\n%s\r\n", lines);
    begin(f);
    send_text(f, request);
    return (int)strtol(answers(f) + strlen("HTTP/1.1 "), NULL, 10);
}

static void test_hosts_and_origins(void **state)
{
    struct fixture *f = *state;
    static const char *const good[] = {"127.0.0.1",  "127.0.0.1:7878",   "[::1]",
                                       "[::1]:80",   "localhost",        "LocalHost:1",
                                       "localhost.", "desk.localhost:1", "10.1.2.3"};
    static const char *const bad[] = {"",
                                      "evil.example",
                                      "evil.example:7878",
                                      "localhost.evil.example",
                                      "127.0.0.1.evil.example",
                                      "xlocalhost",
                                      "1.2.3.4.5",
                                      "news",
                                      "127.0.0.1:x"};
    char lines[256];
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        snprintf(lines, sizeof lines, "Host: %s\r\n", good[i]);
        assert_int_equal(status_for(f, lines), 200);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(lines, sizeof lines, "Host: %s\r\n", bad[i]);
        assert_int_equal(status_for(f, lines), 403);
    }
    f->config.hosts = "desk.example,  News";
    assert_int_equal(status_for(f, "Host: news:7878\r\n"), 200);
    assert_int_equal(status_for(f, "Host: DESK.example\r\n"), 200);
    assert_int_equal(status_for(f, "Host: example\r\n"), 403);
    f->config.any_host = true;
    assert_int_equal(status_for(f, "Host: example\r\n"), 200);
    assert_int_equal(status_for(f, "Host: a:1\r\nOrigin: http://a:1\r\nSec-Fetch-Site: same-origin\r\n"), 200);
    assert_int_equal(status_for(f, "Host: a:1\r\nOrigin: https://A:1\r\n"), 200);
    assert_int_equal(status_for(f, "Host: a:1\r\nOrigin: http://a:2\r\n"), 403);
    assert_int_equal(status_for(f, "Host: a\r\nOrigin: null\r\n"), 403);
    assert_int_equal(status_for(f, "Host: a\r\nOrigin: \r\n"), 403);
    assert_int_equal(status_for(f, "Host: a\r\nSec-Fetch-Site: cross-site\r\n"), 403);
    assert_int_equal(status_for(f, "Host: a\r\nSec-Fetch-Site: same-site\r\n"), 403);
    assert_int_equal(status_for(f, "Host: a\r\nSec-Fetch-Site: none\r\n"), 200);
}

/* ---- answers that stay open ----------------------------------------------------------------------------------------- */

struct count {
    struct hl_http_stream stream;
    int next;
};

static bool counting_closed;

static bool count_pull(struct hl_http_stream *stream, const struct hl_service *service, int64_t now_ms,
                       struct hl_buffer *out)
{
    struct count *count = (struct count *)stream;
    (void)service, (void)now_ms;
    if (count->next % 2 == 0) /* every other time there is nothing to say */
        hl_buffer_printf(out, "number %d\n", count->next);
    return ++count->next < 4;
}

static void count_end(struct hl_http_stream *stream, const char *reason, int64_t now_ms, struct hl_buffer *out)
{
    (void)stream, (void)now_ms;
    hl_buffer_printf(out, "end: %s\n", reason);
}

static void count_close(struct hl_http_stream *stream)
{
    counting_closed = true;
    free(stream);
}

static enum hl_status open_count(const struct hl_service *service, const struct hl_http_asked *asked,
                                 struct hl_http_answer *answer, struct hl_http_stream **stream, struct hl_error *error)
{
    (void)service;
    if (asked->request->body.named.collection.length > 0)
        return hl_error_set(error, HL_NOT_FOUND, "collection", "no such collection");
    struct count *count = calloc(1, sizeof *count);
    if (!count)
        return hl_error_no_memory(error);
    count->stream = (struct hl_http_stream){.pull = count_pull, .end = count_end, .close = count_close};
    answer->content_type = "text/plain";
    *stream = &count->stream;
    counting_closed = false;
    return HL_OK;
}

static const struct hl_http_route count_rows[] = {
    {HL_HTTP_GET, "/count", &hl_commands[HL_COMMAND_stats], HL_HTTP_STREAM, NULL, open_count, "counts"}};
static const struct hl_http_routes count_routes = {count_rows, 1};

static void expect_body(struct fixture *f, const char *expected)
{
    const char *body = strstr(answers(f), "\r\n\r\n");
    assert_non_null(body);
    assert_string_equal(body + 4, expected);
}

static void test_stream(void **state)
{
    struct fixture *f = *state;
    f->config.routes = &count_routes;
    begin(f);
    assert_int_equal(send_text(f, "GET /count " HEAD "\r\n"), HL_HTTP_STREAMS);
    assert_true(hl_http_is_streaming(f->http));
    assert_false(hl_http_is_waiting(f->http));
    expect(f, "Transfer-Encoding: chunked\r\n");
    expect(f, "Connection: close\r\n");
    expect_body(f, "00000009\r\nnumber 0\n\r\n");
    assert_int_equal(send_text(f, "GET /count " HEAD "\r\n"), HL_HTTP_STREAMS); /* is not looked at */
    assert_int_equal(run(f), HL_HTTP_STREAMS);
    expect_body(f, "00000009\r\nnumber 0\n\r\n00000009\r\nnumber 2\n\r\n");
    assert_false(counting_closed);
    assert_int_equal(run(f), HL_HTTP_ENDS);
    assert_true(counting_closed);
    expect_body(f, "00000009\r\nnumber 0\n\r\n00000009\r\nnumber 2\n\r\n0\r\n\r\n");
    begin(f);
    send_text(f, "GET /count HTTP/1.0\r\n\r\n");
    hl_http_break(f->http, HL_UNAVAILABLE, "the server stops", NOW, &f->out);
    expect_body(f, "number 0\nend: the server stops\n");
    assert_int_equal(run(f), HL_HTTP_ENDS);
    begin(f);
    assert_int_equal(send_text(f, "HEAD /count " HEAD "\r\n"), HL_HTTP_ENDS);
    expect_body(f, "");
    begin(f);
    assert_int_equal(send_text(f, "GET /count?collection=x " HEAD "\r\n"), HL_HTTP_ENDS);
    expect_status(f, 404);
    begin(f);
    send_text(f, "GET /count " HEAD "\r\n");
    begin(f); /* the connection is gone */
    assert_true(counting_closed);
}

/* ---- memory -------------------------------------------------------------------------------------------------------- */

static void test_each_allocation_fails_once(void **state)
{
    struct fixture *f = *state;
    static const char stream[] = "POST /v1/headlines?collection=a " HEAD JSON
                                 "Content-Length: 45\r\n\r\n{\"title\":\"Storm floods Aldermoor\",\"id\":\"one\"}"
                                 "GET /v1/stories/1?limit=5 " HEAD "\r\nGET /v1/nothing " HEAD "\r\n";
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
            run(f);
            fired = failing_malloc_fired();
            assert_true(f->out.failed || f->out.length > 0);
        }
        fired = fired || failing_malloc_fired();
        failing_malloc_arm(0);
        if (!fired)
            expect(f, "HTTP/1.1 404");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_one_of_each, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_head_of_an_answer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_files, set_up, tear_down),
        cmocka_unit_test(test_tables),
        cmocka_unit_test_setup_teardown(test_what_answers_tell_of, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_every_cut, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refused_heads_and_bodies, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_bounds, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_waiting_and_breaking, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_draining_ends_the_connection, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_hosts_and_origins, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_stream, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_each_allocation_fails_once, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
