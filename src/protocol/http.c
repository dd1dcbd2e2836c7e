/*
 * http.c - one HTTP connection: requests in, answers out (see http.h and http_session.h).
 */
#include "protocol/http_session.h"

#include <stdlib.h>
#include <string.h>

/* ---- beginning and end --------------------------------------------------------------------------------------------- */

struct hl_http *hl_http_create(const struct hl_http_config *config)
{
    struct hl_http *http = calloc(1, sizeof *http);
    if (!http)
        return NULL;
    http->config = *config;
    hl_buffer_init(&http->input);
    hl_buffer_init(&http->body);
    hl_framer_init(&http->lines, config->object_max_bytes);
    hl_array_framer_init(&http->array, config->object_max_bytes);
    hl_http_parser_init(&http->parser);
    return http;
}

void hl_http_drop_request(struct hl_http *http)
{
    json_decref(http->members);
    http->members = NULL;
    http->match.route = NULL;
    http->refused = HL_OK;
    hl_http_coding_destroy(http->coding);
    http->coding = NULL;
    http->piece_bytes = 0;
    http->unpacks_more = http->has_ended = http->is_open = false;
    http->format = HL_HTTP_ONE;
    hl_buffer_reset(&http->body);
    hl_framer_clear(&http->lines);
    hl_array_framer_clear(&http->array);
}

void hl_http_destroy(struct hl_http *http)
{
    if (!http)
        return;
    hl_http_drop_request(http);
    if (http->stream)
        http->stream->close(http->stream);
    hl_http_parser_clear(&http->parser);
    hl_buffer_clear(&http->input);
    hl_buffer_clear(&http->body);
    free(http);
}

bool hl_http_prepare(struct hl_http *http, size_t wanted, char **data, size_t *bytes)
{
    hl_buffer_consume(&http->input, http->consumed);
    http->consumed = 0;
    http->input.failed = false; /* memory that was short for the last read may be there for this one */
    if (!hl_buffer_reserve(&http->input, wanted))
        return false;
    *data = http->input.data + http->input.length;
    *bytes = wanted;
    return true;
}

void hl_http_commit(struct hl_http *http, size_t bytes)
{
    if (http->state == HL_HTTP_STATE_HEAD || http->state == HL_HTTP_STATE_BODY)
        http->input.length += bytes; /* else nothing more is read: such a connection ends with the answer that it has */
}

void hl_http_trim(struct hl_http *http, size_t kept_bytes)
{
    if (http->consumed == http->input.length && http->input.capacity > kept_bytes) {
        hl_buffer_clear(&http->input);
        http->consumed = 0;
    }
    if (http->state != HL_HTTP_STATE_HEAD || hl_http_is_waiting(http))
        return;
    if (http->body.capacity > kept_bytes)
        hl_buffer_clear(&http->body);
    if (http->parser.text.capacity > kept_bytes)
        hl_buffer_clear(&http->parser.text);
}

bool hl_http_is_waiting(const struct hl_http *http)
{
    bool begun = http->parser.head_bytes > 0 || http->consumed < http->input.length;
    return http->state == HL_HTTP_STATE_BODY || (http->state == HL_HTTP_STATE_HEAD && begun);
}

bool hl_http_is_streaming(const struct hl_http *http)
{
    return http->state == HL_HTTP_STATE_STREAM;
}

/* ---- open answers -------------------------------------------------------------------------------------------------- */

static void end_stream(struct hl_http *http)
{
    http->stream->close(http->stream);
    http->stream = NULL;
    http->state = HL_HTTP_STATE_OVER;
}

static enum hl_http_step pull(struct hl_http *http, const struct hl_http_turn *turn)
{
    size_t start = hl_http_open_chunk(http, turn->out);
    bool more = http->stream->pull(http->stream, turn->service, turn->now_ms, turn->out);
    hl_http_close_chunk(http, turn->out, start, !more);
    turn->done->tells = http->stream->tells;
    if (more)
        return http->stream->is_behind ? HL_HTTP_WENT_ON : HL_HTTP_STREAMS;
    end_stream(http);
    return HL_HTTP_ENDS;
}

void hl_http_break(struct hl_http *http, enum hl_status status, const char *message, int64_t now_ms,
                   struct hl_buffer *out)
{
    struct hl_http_done done = {.tells = HL_TELLS_NOTHING};
    const struct hl_http_turn turn = {NULL, now_ms, out, &done};
    if (http->state == HL_HTTP_STATE_STREAM) {
        size_t start = hl_http_open_chunk(http, out);
        http->stream->end(http->stream, message, now_ms, out);
        hl_http_close_chunk(http, out, start, true);
        end_stream(http);
    } else if (hl_http_is_waiting(http)) {
        if (http->state == HL_HTTP_STATE_HEAD)
            http->answer = (struct hl_http_answer){.now_ms = now_ms};
        hl_http_give_up_saying(http, status, message, &turn);
    }
    http->state = HL_HTTP_STATE_OVER;
}

void hl_http_put_refusal(struct hl_buffer *out, const struct hl_error *error, int64_t now_ms)
{
    struct hl_http_answer answer = {
        .status = hl_http_status_of(error->status), .content_type = HL_HTTP_JSON, .now_ms = now_ms, .ends = true};
    size_t start = hl_http_answer_open(out);
    hl_response_error(out, error, NULL);
    hl_http_answer_close(&answer, out, start);
}

/* ---- steps --------------------------------------------------------------------------------------------------------- */

/* What llhttp or a limit has refused; what follows cannot be read. */
static enum hl_http_step give_up_reading(struct hl_http *http, const struct hl_http_turn *turn)
{
    if (!http->is_open)
        http->answer = (struct hl_http_answer){.status = http->parser.status, .now_ms = turn->now_ms};
    return hl_http_give_up(http, &http->parser.error, turn);
}

/* The body is cut into items. */
static bool has_items(const struct hl_http *http)
{
    return http->format == HL_HTTP_LINES || http->format == HL_HTTP_ARRAY;
}

/* All of the request has come. */
static enum hl_http_step take_end(struct hl_http *http, const struct hl_http_turn *turn)
{
    http->has_ended = true;
    if (hl_http_coding_finish(http->coding, &http->error) != HL_OK)
        return hl_http_give_up_body(http, turn);
    return has_items(http) ? HL_HTTP_WENT_ON : hl_http_answer_request(http, turn);
}

/* Reads on up to the next event. */
static enum hl_http_step read_on(struct hl_http *http, const struct hl_http_turn *turn)
{
    size_t used;
    const char *data = http->input.data ? http->input.data + http->consumed : "";
    enum hl_http_event event = hl_http_parser_next(&http->parser, data, http->input.length - http->consumed, &used);
    http->consumed += used;
    switch (event) {
    case HL_HTTP_EVENT_NONE:
        return HL_HTTP_WAITS;
    case HL_HTTP_EVENT_HEAD:
        hl_http_take_head(http, turn);
        turn->done->progress = true;
        if (http->refused != HL_OK && http->parser.head.has_body)
            return hl_http_give_up(http, &http->error, turn); /* rather than read a body for nothing */
        return HL_HTTP_WENT_ON;
    case HL_HTTP_EVENT_BODY:
        http->piece_bytes = http->parser.piece.length;
        http->consumed -= http->piece_bytes; /* until it is unpacked */
        return HL_HTTP_WENT_ON;
    case HL_HTTP_EVENT_END:
        return take_end(http, turn);
    case HL_HTTP_EVENT_ERROR:
        break;
    }
    return give_up_reading(http, turn);
}

/* What was unpacked goes first, then what can be, then what comes in. */
static enum hl_http_step go_on(struct hl_http *http, const struct hl_http_turn *turn)
{
    enum hl_http_step step = hl_http_take_item(http, turn);
    if (step != HL_HTTP_WAITS)
        return step;
    if (http->piece_bytes > 0 || http->unpacks_more)
        return hl_http_unpack(http, turn);
    return read_on(http, turn);
}

enum hl_http_step hl_http_next(struct hl_http *http, const struct hl_service *service, int64_t now_ms,
                               struct hl_buffer *out, struct hl_http_done *done)
{
    const struct hl_http_turn turn = {service, now_ms, out, done};
    *done = (struct hl_http_done){.tells = HL_TELLS_NOTHING};
    if (http->state == HL_HTTP_STATE_OVER)
        return HL_HTTP_ENDS;
    return http->state == HL_HTTP_STATE_STREAM ? pull(http, &turn) : go_on(http, &turn);
}
