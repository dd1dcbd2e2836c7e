/*
 * connection_lines.c - a connection that speaks JSON lines: each line is a request, and events are pushed to those who have subscribed.
 */
#include "server/state.h"

#include <stdio.h>

static bool prepare(struct hl_connection *c, char **data, size_t *bytes)
{
    return hl_framer_prepare(&c->framer, HL_READ_BYTES, data, bytes);
}

static void commit(struct hl_connection *c, size_t bytes)
{
    hl_framer_commit(&c->framer, bytes);
}

static bool is_waiting(const struct hl_connection *c)
{
    return hl_framer_pending(&c->framer) > 0;
}

static void put_error(struct hl_connection *c, enum hl_status status, const char *message)
{
    struct hl_error error = {.status = HL_OK};
    hl_error_set(&error, status, NULL, "%s", message);
    hl_response_error(&c->out, &error, NULL);
}

static void answer(struct hl_connection *c, const char *line, size_t length, int64_t now_ms)
{
    enum hl_tells tells;
    struct hl_service *service = &c->server->service;
    hl_connection_count(c, 1, 0, HL_TELLS_NOTHING); /* before: stats tells of itself too */
    service->subscription = &c->subscription;
    enum hl_status status = hl_service_handle(service, line, length, now_ms, &c->out, &tells);
    service->subscription = NULL;
    hl_connection_count(c, 0, status != HL_OK, tells);
}

static void end_subscription(struct hl_connection *c, const char *reason)
{
    hl_subscription_put_end(c->subscription, HL_EVENTS_LINES, reason, &c->out);
    hl_connection_finish(c);
}

/* Appends some events. True when there are more: lines are answered in between, so that neither starves the other. */
static bool push(struct hl_connection *c, int64_t now_ms)
{
    hl_connection_stream(c);
    enum hl_subscription_step step = hl_subscription_put(c->subscription, HL_EVENTS_LINES, now_ms, &c->out);
    if (step == HL_SUBSCRIPTION_LOST) {
        hl_server_noise(c->server, HL_NOISE_SLOW_READER, HL_LOG_WARN, "subscriber_cut_off",
                        hl_log_count("connection", c->id));
        end_subscription(c, HL_END_SLOW);
    }
    return step == HL_SUBSCRIPTION_MORE;
}

static void refuse_line(struct hl_connection *c)
{
    char message[128];
    snprintf(message, sizeof message, "the line is longer than %zu bytes: this connection is closed",
             c->server->line_max_bytes);
    c->server->figures.lines_too_long++;
    hl_server_noise(c->server, HL_NOISE_LINE, HL_LOG_WARN, "line_too_long", hl_log_count("connection", c->id));
    put_error(c, HL_TOO_LARGE, message);
    hl_connection_finish(c);
}

static bool take(struct hl_connection *c, int64_t now_ms)
{
    const char *line = NULL;
    size_t length = 0;
    bool more = c->subscription && push(c, now_ms);
    if (c->phase != HL_PHASE_SERVING)
        return false;
    enum hl_frame frame = hl_framer_next(&c->framer, &line, &length);
    if (frame == HL_FRAME_PARTIAL && c->ended)
        frame = hl_framer_finish(&c->framer, &line, &length);
    if (frame == HL_FRAME_LINE) {
        answer(c, line, length, now_ms);
        return true;
    }
    if (frame == HL_FRAME_PARTIAL && more)
        return true;
    c->has_backlog = false;
    if (frame == HL_FRAME_TOO_LONG)
        refuse_line(c);
    else if (c->subscription && c->draining && c->drain_left == 0)
        end_subscription(c, HL_END_SHUTDOWN);
    else if (c->ended || (c->draining && c->drain_left == 0))
        hl_connection_finish(c);
    return false;
}

static void trim(struct hl_connection *c, size_t kept_bytes)
{
    if (hl_framer_pending(&c->framer) == 0 && c->framer.input.capacity > kept_bytes)
        hl_framer_clear(&c->framer);
}

static void clear(struct hl_connection *c)
{
    hl_framer_clear(&c->framer);
    hl_subscription_close(c->subscription);
    c->subscription = NULL;
}

const struct hl_speech hl_speech_lines = {.prepare = prepare,
                                          .commit = commit,
                                          .take = take,
                                          .is_waiting = is_waiting,
                                          .late = "the line did not end in time: send a line feed after each request",
                                          .put_error = put_error,
                                          .trim = trim,
                                          .clear = clear};
