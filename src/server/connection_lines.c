/*
 * connection_lines.c - a connection that speaks JSON lines: each line is a request.
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
    hl_connection_count(c, 1, 0, HL_TELLS_NOTHING); /* before: stats tells of itself too */
    enum hl_status status = hl_service_handle(&c->server->service, line, length, now_ms, &c->out, &tells);
    hl_connection_count(c, 0, status != HL_OK, tells);
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
    enum hl_frame frame = hl_framer_next(&c->framer, &line, &length);
    if (frame == HL_FRAME_PARTIAL && c->ended)
        frame = hl_framer_finish(&c->framer, &line, &length);
    if (frame == HL_FRAME_LINE) {
        answer(c, line, length, now_ms);
        return true;
    }
    c->has_backlog = false;
    if (frame == HL_FRAME_TOO_LONG)
        refuse_line(c);
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
}

const struct hl_speech hl_speech_lines = {.prepare = prepare,
                                          .commit = commit,
                                          .take = take,
                                          .is_waiting = is_waiting,
                                          .late = "the line did not end in time: send a line feed after each request",
                                          .put_error = put_error,
                                          .trim = trim,
                                          .clear = clear};
