/*
 * http_body.c - bodies: unpacked, collected up to the limit of one object, or cut into items that are answered one by one; and the end of
 * a request by an error, which depends on how far its body has been answered (see http_session.h).
 */
#include "protocol/http_session.h"

#include <stdio.h>
#include <string.h>

enum { UNPACK_BYTES = 16384 }; /* made of a body at a time */

/* ---- answers in chunks --------------------------------------------------------------------------------------------- */

/*
 * A chunk is written behind room for its size, which then takes as much of it as it needs: eight digits, since a chunk may have
 * leading zeros.
 */
enum { CHUNK_SIZE_BYTES = 10 };

size_t hl_http_open_chunk(const struct hl_http *http, struct hl_buffer *out)
{
    size_t start = out->length;
    if (http->chunks && hl_buffer_reserve(out, CHUNK_SIZE_BYTES))
        out->length += CHUNK_SIZE_BYTES;
    return start;
}

void hl_http_close_chunk(const struct hl_http *http, struct hl_buffer *out, size_t start, bool last)
{
    if (!http->chunks || out->failed)
        return;
    size_t bytes = out->length - start - CHUNK_SIZE_BYTES;
    if (bytes == 0) {
        out->length = start;
    } else {
        char size[CHUNK_SIZE_BYTES + 1];
        snprintf(size, sizeof size, "%08x\r\n", (unsigned)bytes);
        memcpy(out->data + start, size, CHUNK_SIZE_BYTES);
        hl_buffer_append_text(out, "\r\n");
    }
    if (last)
        hl_buffer_append_text(out, "0\r\n\r\n");
}

/* What stands around the answers to items: those to lines stand alone, those to an array are one. */
static void open_items(struct hl_http *http, struct hl_buffer *out)
{
    http->is_open = true;
    http->chunks = !http->parser.head.is_1_0;
    http->answer.content_type = http->format == HL_HTTP_LINES ? HL_HTTP_JSON_LINES : HL_HTTP_JSON;
    hl_http_answer_begin(&http->answer, http->chunks, out);
}

/* Begins the answer to an item. */
static size_t open_item(struct hl_http *http, struct hl_buffer *out)
{
    bool first = !http->is_open;
    if (first)
        open_items(http, out);
    size_t start = hl_http_open_chunk(http, out);
    if (http->format == HL_HTTP_ARRAY)
        hl_buffer_append_text(out, first ? "[" : ",");
    return start;
}

static void close_items(struct hl_http *http, struct hl_buffer *out)
{
    bool none = !http->is_open;
    if (none)
        open_items(http, out);
    size_t start = hl_http_open_chunk(http, out);
    if (http->format == HL_HTTP_ARRAY)
        hl_buffer_append_text(out, none ? "[]\n" : "]\n");
    hl_http_close_chunk(http, out, start, true);
}

static enum hl_http_step answer_item(struct hl_http *http, struct hl_text item, const struct hl_http_turn *turn)
{
    struct hl_request request;
    struct hl_error error = {.status = HL_OK};
    size_t start = open_item(http, turn->out);
    if (turn->out->failed)
        return HL_HTTP_ENDS; /* before anything is changed that could not be answered */
    enum hl_status status = hl_http_read_request(http, item, &request, &error);
    status = hl_request_answer(turn->service, &request, status, &error, turn->now_ms, turn->out, &turn->done->tells);
    hl_request_release(&request);
    hl_http_close_chunk(http, turn->out, start, false);
    turn->done->requests++;
    turn->done->errors += status != HL_OK;
    turn->done->progress = true;
    return HL_HTTP_WENT_ON;
}

/* ---- the end by an error ------------------------------------------------------------------------------------------- */

enum hl_http_step hl_http_give_up(struct hl_http *http, const struct hl_error *error, const struct hl_http_turn *turn)
{
    http->answer.ends = true;
    if (http->is_open) {
        size_t start = open_item(http, turn->out);
        hl_response_error(turn->out, error, NULL);
        hl_http_close_chunk(http, turn->out, start, false);
        close_items(http, turn->out);
    } else {
        hl_http_put_error(http, error, turn->out);
    }
    hl_http_drop_request(http);
    http->state = HL_HTTP_STATE_OVER;
    turn->done->requests++;
    turn->done->errors++;
    return HL_HTTP_ENDS;
}

enum hl_http_step hl_http_give_up_body(struct hl_http *http, const struct hl_http_turn *turn)
{
    http->answer.status = hl_http_status_of(http->error.status);
    return hl_http_give_up(http, &http->error, turn);
}

enum hl_http_step hl_http_give_up_saying(struct hl_http *http, enum hl_status status, const char *message,
                                         const struct hl_http_turn *turn)
{
    hl_error_set(&http->error, status, NULL, "%s", message);
    return hl_http_give_up_body(http, turn);
}

/* ---- what comes in ------------------------------------------------------------------------------------------------- */

/* Room for what is unpacked next. */
static bool prepare_body(struct hl_http *http, char **room)
{
    size_t bytes;
    if (http->format == HL_HTTP_LINES)
        return hl_framer_prepare(&http->lines, UNPACK_BYTES, room, &bytes);
    if (http->format == HL_HTTP_ARRAY)
        return hl_array_framer_prepare(&http->array, UNPACK_BYTES, room, &bytes);
    if (!hl_buffer_reserve(&http->body, UNPACK_BYTES))
        return false;
    *room = http->body.data + http->body.length;
    return true;
}

/* What was collected turns out to be the beginning of an array. False: no memory. */
static bool turn_to_array(struct hl_http *http)
{
    char *room;
    size_t bytes;
    if (!hl_array_framer_prepare(&http->array, http->body.length, &room, &bytes))
        return false;
    memcpy(room, http->body.data, http->body.length);
    hl_array_framer_commit(&http->array, http->body.length);
    hl_buffer_reset(&http->body);
    http->format = HL_HTTP_ARRAY;
    return true;
}

/* By the first byte that is no white space, an object or an array. False: no memory. */
static bool recognise(struct hl_http *http)
{
    size_t at = 0;
    while (at < http->body.length && strchr(" \t\r\n", http->body.data[at]) && http->body.data[at])
        at++;
    if (at == http->body.length)
        return true;
    http->format = HL_HTTP_ONE;
    return http->body.data[at] != '[' || turn_to_array(http);
}

static enum hl_status commit_body(struct hl_http *http, size_t bytes)
{
    if (http->format == HL_HTTP_LINES) {
        hl_framer_commit(&http->lines, bytes);
    } else if (http->format == HL_HTTP_ARRAY) {
        hl_array_framer_commit(&http->array, bytes);
    } else {
        http->body.length += bytes;
        if (http->format == HL_HTTP_ONE_OR_ARRAY && !recognise(http))
            return hl_error_no_memory(&http->error);
    }
    if (http->body.length > http->config.object_max_bytes)
        return hl_error_set(&http->error, HL_TOO_LARGE, NULL, "%s", HL_HTTP_BODY_TOO_LARGE);
    return HL_OK;
}

enum hl_http_step hl_http_unpack(struct hl_http *http, const struct hl_http_turn *turn)
{
    char *room = NULL;
    size_t made = 0, left = http->piece_bytes;
    const char *data = left > 0 ? http->input.data + http->consumed : "";
    enum hl_status status = HL_OK;
    if (!prepare_body(http, &room))
        status = hl_error_no_memory(&http->error);
    if (status == HL_OK)
        status = hl_http_coding_run(http->coding, &data, &left, room, UNPACK_BYTES, &made, &http->error);
    if (status == HL_OK) {
        http->consumed += http->piece_bytes - left;
        http->piece_bytes = left;
        http->unpacks_more = http->coding && made == UNPACK_BYTES;
        status = commit_body(http, made);
    }
    return status == HL_OK ? HL_HTTP_WENT_ON : hl_http_give_up_body(http, turn);
}

/* ---- items --------------------------------------------------------------------------------------------------------- */

/* The request is over and all its items are answered. */
static enum hl_http_step finish_items(struct hl_http *http, struct hl_buffer *out)
{
    close_items(http, out);
    bool ends = http->answer.ends;
    hl_http_drop_request(http);
    http->state = ends ? HL_HTTP_STATE_OVER : HL_HTTP_STATE_HEAD;
    return ends ? HL_HTTP_ENDS : HL_HTTP_WENT_ON;
}

/* The next item, or what there is instead: WAITS when more of the body is needed. */
static enum hl_http_step take_line(struct hl_http *http, const struct hl_http_turn *turn)
{
    struct hl_text line = {NULL, 0};
    enum hl_frame frame = hl_framer_next(&http->lines, &line.data, &line.length);
    if (frame == HL_FRAME_PARTIAL && http->has_ended)
        frame = hl_framer_finish(&http->lines, &line.data, &line.length);
    if (frame == HL_FRAME_LINE)
        return answer_item(http, line, turn);
    if (frame == HL_FRAME_TOO_LONG)
        return hl_http_give_up_saying(http, HL_TOO_LARGE,
                                      "a line is longer than the limit (limits.line_bytes of hello)", turn);
    return http->has_ended ? finish_items(http, turn->out) : HL_HTTP_WAITS;
}

static enum hl_http_step take_element(struct hl_http *http, const struct hl_http_turn *turn)
{
    struct hl_text item = {NULL, 0};
    switch (hl_array_framer_next(&http->array, &item.data, &item.length)) {
    case HL_ARRAY_ITEM:
        return answer_item(http, item, turn);
    case HL_ARRAY_TOO_LONG:
        return hl_http_give_up_saying(http, HL_TOO_LARGE,
                                      "an element is longer than the limit (limits.line_bytes of hello)", turn);
    case HL_ARRAY_BROKEN:
        return hl_http_give_up_saying(http, HL_PARSE, "there is something behind the array", turn);
    case HL_ARRAY_END:
        return http->has_ended ? finish_items(http, turn->out) : HL_HTTP_WAITS;
    case HL_ARRAY_PARTIAL:
        break;
    }
    return http->has_ended ? hl_http_give_up_saying(http, HL_PARSE, "the array does not end: a ] is missing", turn)
                           : HL_HTTP_WAITS;
}

enum hl_http_step hl_http_take_item(struct hl_http *http, const struct hl_http_turn *turn)
{
    if (http->format == HL_HTTP_LINES)
        return take_line(http, turn);
    return http->format == HL_HTTP_ARRAY ? take_element(http, turn) : HL_HTTP_WAITS;
}
