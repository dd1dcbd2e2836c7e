/*
 * connection_http.c - a connection that speaks HTTP: protocol/http.h does it all but the bytes.
 */
#include "server/state.h"

#include <string.h>

static bool prepare(struct hl_connection *c, char **data, size_t *bytes)
{
    return hl_http_prepare(c->http, HL_READ_BYTES, data, bytes);
}

static void commit(struct hl_connection *c, size_t bytes)
{
    hl_http_commit(c->http, bytes);
}

static bool is_waiting(const struct hl_connection *c)
{
    return hl_http_is_waiting(c->http);
}

static void put_error(struct hl_connection *c, enum hl_status status, const char *message)
{
    hl_http_break(c->http, status, message, hl_log_clock_ms(), &c->out);
}

static bool take(struct hl_connection *c, int64_t now_ms)
{
    struct hl_http_done done;
    enum hl_http_step step = hl_http_next(c->http, &c->server->service, now_ms, &c->out, &done);
    hl_connection_count(c, done.requests, done.errors, done.tells);
    if (done.progress)
        c->line_sweeps = 0;
    if (step == HL_HTTP_WENT_ON)
        return true;
    c->has_backlog = false;
    if (step == HL_HTTP_STREAMS)
        hl_connection_stream(c);
    bool over = step == HL_HTTP_ENDS;
    if (!over && c->ended) {
        put_error(c, HL_PARSE, "the request ends before it is complete");
        over = true;
    } else if (!over && c->draining && c->drain_left == 0) {
        put_error(c, HL_UNAVAILABLE, "this server is about to stop");
        over = true;
    }
    if (over)
        hl_connection_finish(c);
    return false;
}

static void trim(struct hl_connection *c, size_t kept_bytes)
{
    hl_http_trim(c->http, kept_bytes);
}

static void clear(struct hl_connection *c)
{
    hl_http_destroy(c->http);
    c->http = NULL;
}

const struct hl_speech hl_speech_http = {.prepare = prepare,
                                         .commit = commit,
                                         .take = take,
                                         .is_waiting = is_waiting,
                                         .late = "the request did not end in time",
                                         .put_error = put_error,
                                         .trim = trim,
                                         .clear = clear};

bool hl_connection_speak_http(struct hl_connection *c)
{
    const char *hosts = c->server->limits.http_hosts;
    struct hl_http_config config = {.routes = hl_http_all_routes(),
                                    .hosts = hosts,
                                    .any_host = !c->is_tcp || (!c->is_local && !hosts[0]),
                                    .object_max_bytes = c->server->line_max_bytes};
    const char *begun = c->framer.input.data + c->framer.consumed;
    size_t bytes = hl_framer_pending(&c->framer), room;
    char *data;
    struct hl_http *http = hl_http_create(&config);
    if (!http || !hl_http_prepare(http, bytes, &data, &room)) {
        hl_http_destroy(http);
        return false;
    }
    memcpy(data, begun, bytes);
    hl_http_commit(http, bytes);
    hl_framer_clear(&c->framer);
    c->http = http;
    c->speech = &hl_speech_http;
    return true;
}
