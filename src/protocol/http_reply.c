/*
 * http_reply.c - answers to whole requests: of ops, documents and streams, and errors (see http_session.h).
 */
#include "protocol/http_session.h"

#include <inttypes.h>
#include <string.h>

/* What goes with the status of an error, whatever the answer was to be. */
static void tell_error(struct hl_http_answer *answer)
{
    answer->content_type = HL_HTTP_JSON;
    answer->caching = NULL;
    if (answer->status == 503)
        hl_http_answer_add(answer, "Retry-After", "1");
}

void hl_http_put_error(struct hl_http *http, const struct hl_error *error, struct hl_buffer *out)
{
    tell_error(&http->answer);
    size_t start = hl_http_answer_open(out);
    hl_response_error(out, error, NULL);
    hl_http_answer_close(&http->answer, out, start);
}

enum hl_status hl_http_read_request(struct hl_http *http, struct hl_text text, struct hl_request *request,
                                    struct hl_error *error)
{
    json_t *object = NULL;
    enum hl_status status = HL_OK;
    if (text.data == NULL)
        object = json_incref(http->members);
    else
        status = hl_request_parse_object(text.data, text.length, &object, error);
    if (text.data && status == HL_OK && json_object_update_missing(object, http->members) != 0)
        status = hl_error_no_memory(error);
    if (status == HL_OK)
        return hl_request_take(request, object, http->match.route->command, error);
    *request = (struct hl_request){.object = object, .body = {.named = {{NULL, 0}, {NULL, 0}}}};
    return status;
}

/* The body that was collected; nothing when there is none. */
static struct hl_text collected(const struct hl_http *http)
{
    return http->body.length > 0 ? (struct hl_text){http->body.data, http->body.length} : (struct hl_text){NULL, 0};
}

/* Where the absorbed one's survivor is: the same route, the same query. Without the query where that is too long. */
static void put_location(struct hl_http *http, uint64_t moved)
{
    const struct hl_http_match *match = &http->match;
    struct hl_text query = http->target.query;
    const char *pattern = match->route->pattern;
    int before = (int)strcspn(pattern, "{");
    const char *behind = strchr(pattern, '}') ? strchr(pattern, '}') + 1 : "";
    http->answer.status = 301;
    if (query.length == 0 || !hl_http_answer_add(&http->answer, "Location", "%.*s%" PRIu64 "%s?%.*s", before, pattern,
                                                 moved, behind, (int)query.length, query.data))
        hl_http_answer_add(&http->answer, "Location", "%.*s%" PRIu64 "%s", before, pattern, moved, behind);
}

static void answer_op(struct hl_http *http, const struct hl_http_turn *turn)
{
    struct hl_request request;
    struct hl_error error = {.status = HL_OK};
    uint64_t moved = 0;
    size_t start = hl_http_answer_open(turn->out);
    if (turn->out->failed)
        return; /* nothing is done that could not be answered */
    enum hl_status status = hl_http_read_request(http, collected(http), &request, &error);
    request.moved = &moved;
    status = hl_request_answer(turn->service, &request, status, &error, turn->now_ms, turn->out, &turn->done->tells);
    hl_request_release(&request);
    http->answer.status = hl_http_status_of(status);
    if (moved > 0)
        put_location(http, moved);
    if (status != HL_OK)
        tell_error(&http->answer);
    turn->done->errors += status != HL_OK;
    hl_http_answer_close(&http->answer, turn->out, start);
}

/* Reads the members for the route's op, and asks the document or the stream. */
static enum hl_status ask(struct hl_http *http, const struct hl_http_turn *turn, struct hl_error *error)
{
    struct hl_request request;
    const struct hl_http_route *route = http->match.route;
    enum hl_status status = hl_http_read_request(http, collected(http), &request, error);
    if (status == HL_OK) {
        struct hl_http_asked asked = {&http->parser.head, http->target.path, &request, turn->now_ms};
        turn->done->tells = hl_request_tells(&request);
        status = route->kind == HL_HTTP_STREAM
                     ? route->open(turn->service, &asked, &http->answer, &http->stream, error)
                     : route->document(turn->service, &asked, &http->answer, turn->out, error);
    }
    if (status == HL_OK && turn->out->failed) {
        turn->out->failed = false;
        status = hl_error_no_memory(error);
    }
    hl_request_release(&request);
    return status;
}

static void answer_document(struct hl_http *http, const struct hl_http_turn *turn)
{
    struct hl_error error = {.status = HL_OK};
    size_t start = hl_http_answer_open(turn->out), body = turn->out->length;
    if (turn->out->failed)
        return;
    enum hl_status status = ask(http, turn, &error);
    if (status != HL_OK) {
        turn->done->errors++;
        http->answer.status = hl_http_status_of(status);
        tell_error(&http->answer);
        turn->out->length = body;
        hl_response_error(turn->out, &error, NULL);
    }
    hl_http_answer_close(&http->answer, turn->out, start);
}

static void open_stream(struct hl_http *http, const struct hl_http_turn *turn)
{
    struct hl_error error = {.status = HL_OK};
    enum hl_status status = ask(http, turn, &error);
    http->answer.ends = true;
    http->chunks = !http->parser.head.is_1_0;
    if (status != HL_OK) {
        turn->done->errors++;
        http->answer.status = hl_http_status_of(status);
        hl_http_put_error(http, &error, turn->out);
        return;
    }
    hl_http_answer_begin(&http->answer, http->chunks, turn->out);
    if (!http->answer.head_only)
        http->state = HL_HTTP_STATE_STREAM;
}

enum hl_http_step hl_http_answer_request(struct hl_http *http, const struct hl_http_turn *turn)
{
    http->state = HL_HTTP_STATE_HEAD;
    turn->done->requests++;
    if (http->refused != HL_OK) {
        turn->done->errors++;
        hl_http_put_error(http, &http->error, turn->out);
    } else if (!http->match.route) {
        hl_http_answer_close(&http->answer, turn->out, hl_http_answer_open(turn->out)); /* OPTIONS */
    } else if (http->match.route->kind == HL_HTTP_DOCUMENT) {
        answer_document(http, turn);
    } else if (http->match.route->kind == HL_HTTP_STREAM) {
        open_stream(http, turn);
    } else {
        answer_op(http, turn);
    }
    hl_http_drop_request(http);
    if (http->state == HL_HTTP_STATE_HEAD && http->answer.ends)
        http->state = HL_HTTP_STATE_OVER;
    return http->state == HL_HTTP_STATE_OVER ? HL_HTTP_ENDS : HL_HTTP_WENT_ON;
}
