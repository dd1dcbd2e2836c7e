/*
 * http_fixture.h - a connection of HTTP on buffers with an engine of its own, for the tests of protocol/http.h.
 */
#ifndef HL_TESTS_UNIT_PROTOCOL_HTTP_FIXTURE_H
#define HL_TESTS_UNIT_PROTOCOL_HTTP_FIXTURE_H

#include "protocol/http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOW INT64_C(1765704600000) /* 2025-12-14T09:30:00Z */
#define HEAD "HTTP/1.1\r\nHost: localhost:7878\r\n"
#define JSON "Content-Type: application/json\r\n"

enum { OBJECT_MAX = 1024 };

struct fixture {
    struct hl_service_figures figures;
    struct hl_service service;
    struct hl_http_config config;
    struct hl_http *http;
    struct hl_buffer out;
    struct hl_http_done sum;
    enum hl_http_step last;
};

static inline int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct hl_engine_options options = hl_engine_options_default();
    if (!f || hl_engine_create(&options, &f->service.engine, NULL) != HL_OK)
        return -1;
    f->service.figures = &f->figures;
    f->service.server_name = "test";
    f->service.line_max_bytes = OBJECT_MAX;
    f->config = (struct hl_http_config){.routes = hl_http_all_routes(), .hosts = "", .object_max_bytes = OBJECT_MAX};
    hl_buffer_init(&f->out);
    *state = f;
    return 0;
}

static inline int tear_down(void **state)
{
    struct fixture *f = *state;
    hl_http_destroy(f->http);
    hl_buffer_clear(&f->out);
    hl_engine_destroy(f->service.engine);
    free(f);
    return 0;
}

static inline void begin(struct fixture *f)
{
    hl_http_destroy(f->http);
    f->http = hl_http_create(&f->config);
    assert_non_null(f->http);
    hl_buffer_reset(&f->out);
    f->sum = (struct hl_http_done){.tells = HL_TELLS_NOTHING};
    f->last = HL_HTTP_WAITS;
}

/* As long as something is done. */
static inline enum hl_http_step run(struct fixture *f)
{
    struct hl_http_done done;
    do {
        f->last = hl_http_next(f->http, &f->service, NOW, &f->out, &done);
        f->sum.requests += done.requests;
        f->sum.errors += done.errors;
        if (done.tells > f->sum.tells)
            f->sum.tells = done.tells;
    } while (f->last == HL_HTTP_WENT_ON);
    return f->last;
}

static inline enum hl_http_step feed(struct fixture *f, const char *bytes, size_t count)
{
    char *data;
    size_t room;
    assert_true(hl_http_prepare(f->http, count > 0 ? count : 1, &data, &room));
    memcpy(data, bytes, count);
    hl_http_commit(f->http, count);
    return run(f);
}

static inline enum hl_http_step send_text(struct fixture *f, const char *text)
{
    return feed(f, text, strlen(text));
}

/* A request whose body's length stands where its "@" is. */
static inline enum hl_http_step send_request(struct fixture *f, const char *text)
{
    char made[2048];
    const char *mark = strchr(text, '@'), *body = strstr(text, "\r\n\r\n");
    if (!mark || !body)
        return send_text(f, text);
    snprintf(made, sizeof made, "%.*s%zu%s", (int)(mark - text), text, strlen(body + 4), mark + 1);
    return send_text(f, made);
}

static inline const char *answers(struct fixture *f)
{
    assert_true(hl_buffer_append(&f->out, "", 1));
    f->out.length--;
    return f->out.data;
}

static inline void expect(struct fixture *f, const char *piece)
{
    if (!strstr(answers(f), piece))
        fail_msg("no \"%s\" in:\n%s", piece, answers(f));
}

static inline void expect_status(struct fixture *f, int status)
{
    char line[32];
    snprintf(line, sizeof line, "HTTP/1.1 %d ", status);
    if (strncmp(answers(f), line, strlen(line)) != 0)
        fail_msg("not %d:\n%s", status, answers(f));
}

#endif
