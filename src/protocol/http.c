/*
 * http.c - one HTTP connection: requests in, answers out (see http.h).
 *
 *     HEAD --head--> BODY --end of the request--> answered, HEAD
 *                    STREAM (an answer that stays open)
 *     any of them --error--> OVER
 */
#include "protocol/http.h"

#include "protocol/http_guard.h"
#include "protocol/http_parse.h"
#include "protocol/http_route.h"
#include "protocol/http_target.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum state { STATE_HEAD, STATE_BODY, STATE_STREAM, STATE_OVER };

struct hl_http {
    struct hl_http_config config;
    struct hl_buffer input; /* owned; bytes from the peer */
    size_t consumed;        /* of them */
    struct hl_http_parser parser;
    enum state state;
    struct hl_http_target target;
    struct hl_http_match match;
    struct hl_http_answer answer; /* of the request that is being read */
    enum hl_status refused;       /* HL_OK, or it is refused, with what follows */
    struct hl_error error;
    json_t *members;               /* owned; of path and query */
    struct hl_buffer body;         /* owned; of one object */
    struct hl_http_stream *stream; /* owned; in STATE_STREAM */
    bool chunks;                   /* the open answer is sent in chunks */
};

static const char json_mime[] = "application/json";

/* ---- beginning and end --------------------------------------------------------------------------------------------- */

struct hl_http *hl_http_create(const struct hl_http_config *config)
{
    struct hl_http *http = calloc(1, sizeof *http);
    if (!http)
        return NULL;
    http->config = *config;
    hl_buffer_init(&http->input);
    hl_buffer_init(&http->body);
    hl_http_parser_init(&http->parser);
    return http;
}

static void drop_request(struct hl_http *http)
{
    json_decref(http->members);
    http->members = NULL;
    http->match.route = NULL;
    http->refused = HL_OK;
    hl_buffer_reset(&http->body);
}

void hl_http_destroy(struct hl_http *http)
{
    if (!http)
        return;
    drop_request(http);
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
    if (http->state == STATE_HEAD || http->state == STATE_BODY)
        http->input.length += bytes; /* else nothing more is read: such a connection ends with the answer that it has */
}

void hl_http_trim(struct hl_http *http, size_t kept_bytes)
{
    if (http->consumed == http->input.length && http->input.capacity > kept_bytes) {
        hl_buffer_clear(&http->input);
        http->consumed = 0;
    }
    if (http->state == STATE_HEAD && http->body.capacity > kept_bytes)
        hl_buffer_clear(&http->body);
}

bool hl_http_is_waiting(const struct hl_http *http)
{
    bool begun = http->parser.head_bytes > 0 || http->consumed < http->input.length;
    return http->state == STATE_BODY || (http->state == STATE_HEAD && begun);
}

bool hl_http_is_streaming(const struct hl_http *http)
{
    return http->state == STATE_STREAM;
}

/* ---- what a head asks for ------------------------------------------------------------------------------------------ */

/* The request will be answered with this. */
static enum hl_status refuse(struct hl_http *http, int http_status, enum hl_status status, const char *message)
{
    http->answer.status = http_status;
    return hl_error_set(&http->error, status, NULL, "%s", message);
}

static struct hl_text host_of(const struct hl_http *http)
{
    const struct hl_text *named = &http->target.authority;
    return named->length > 0 ? *named : http->parser.head.headers[HL_HTTP_HEADER_HOST];
}

static enum hl_status check_sender(struct hl_http *http)
{
    struct hl_text host = host_of(http);
    enum hl_status status = HL_OK;
    if (!http->config.any_host && (host.data || !http->parser.head.is_1_0))
        status = hl_http_check_host(host, http->config.hosts, &http->error);
    if (status == HL_OK)
        status = hl_http_check_origin(&http->parser.head, host, &http->error);
    if (status != HL_OK)
        http->answer.status = 403;
    return status;
}

static enum hl_status find_route(struct hl_http *http)
{
    char allow[HL_HTTP_ALLOW_BYTES];
    enum hl_http_method method = http->parser.head.method;
    hl_http_route_find(http->config.routes, method, http->target.path, &http->match);
    bool all = http->target.path.length == 1 && http->target.path.data[0] == '*' && method == HL_HTTP_OPTIONS;
    if (all)
        http->match.methods = (1u << HL_HTTP_METHOD_COUNT) - 1u;
    if (http->match.methods == 0)
        return refuse(http, 404, HL_NOT_FOUND, "there is nothing here: /v1/openapi.json lists what there is");
    if (http->match.route)
        return HL_OK;
    hl_http_route_allow(&http->match, allow);
    hl_http_answer_add(&http->answer, "Allow", "%s", allow);
    if (method == HL_HTTP_OPTIONS) {
        http->answer.status = 204;
        http->answer.content_type = NULL;
        return HL_OK;
    }
    return refuse(http, 405, HL_INVALID, "this route has no such method: the header Allow names those it has");
}

static bool is_ignoring_case(struct hl_text text, const char *wanted)
{
    if (text.length != strlen(wanted))
        return false;
    for (size_t i = 0; i < text.length; i++)
        if ((text.data[i] | 0x20) != (wanted[i] | 0x20))
            return false;
    return true;
}

/* @text up to a semicolon and the blanks before it. */
static struct hl_text without_parameters(struct hl_text text)
{
    size_t end = 0;
    while (end < text.length && text.data[end] != ';')
        end++;
    while (end > 0 && (text.data[end - 1] == ' ' || text.data[end - 1] == '\t'))
        end--;
    return (struct hl_text){text.data, end};
}

static bool takes_body(const struct hl_http_route *route)
{
    return route && (route->kind == HL_HTTP_OBJECT || route->kind == HL_HTTP_ITEMS);
}

static enum hl_status check_body(struct hl_http *http)
{
    const struct hl_http_head *head = &http->parser.head;
    struct hl_text type = head->headers[HL_HTTP_HEADER_CONTENT_TYPE];
    struct hl_text coding = head->headers[HL_HTTP_HEADER_CONTENT_ENCODING];
    if (!head->has_body)
        return HL_OK;
    if (!takes_body(http->match.route))
        return refuse(http, 400, HL_INVALID, "this request takes no body: members go into the query");
    if (!is_ignoring_case(without_parameters(type), json_mime))
        return refuse(http, 415, HL_INVALID, "the body is not said to be JSON: send Content-Type: application/json");
    if (coding.length > 0 && !is_ignoring_case(coding, "identity"))
        return refuse(http, 415, HL_INVALID, "this Content-Encoding is not known here");
    if (head->content_length > http->config.object_max_bytes)
        return refuse(http, 413, HL_TOO_LARGE, "the body is larger than the limit for one object (limits.line_bytes)");
    return HL_OK;
}

static enum hl_status read_members(struct hl_http *http)
{
    const struct hl_http_match *match = &http->match;
    if (!match->route)
        return HL_OK;
    http->members = json_object();
    if (!http->members)
        return hl_error_no_memory(&http->error);
    const struct hl_shape *shape = match->route->command->shape;
    struct hl_buffer value;
    hl_buffer_init(&value);
    enum hl_status status = hl_http_decode(match->value, false, &value, &http->error);
    if (status == HL_OK)
        status = hl_http_member_set(http->members, shape, match->name, (struct hl_text){value.data, value.length},
                                    &http->error);
    if (status == HL_OK)
        status = hl_http_query_read(http->target.query, shape, http->members, &http->error);
    hl_buffer_clear(&value);
    return status;
}

static enum hl_status check_expectation(struct hl_http *http)
{
    struct hl_text expected = http->parser.head.headers[HL_HTTP_HEADER_EXPECT];
    if (!expected.data || is_ignoring_case(expected, "100-continue"))
        return HL_OK;
    return refuse(http, 417, HL_INVALID, "the only Expect known here is 100-continue");
}

/* Everything about a request that its head shows. */
static void take_head(struct hl_http *http, const struct hl_service *service, int64_t now_ms, struct hl_buffer *out)
{
    const struct hl_http_head *head = &http->parser.head;
    bool draining = service->figures && service->figures->draining;
    http->answer = (struct hl_http_answer){.status = 200,
                                           .content_type = json_mime,
                                           .now_ms = now_ms,
                                           .head_only = head->method == HL_HTTP_HEAD,
                                           .ends = !head->keep_alive || draining,
                                           .keeps_1_0 = head->is_1_0};
    http->state = STATE_BODY;
    enum hl_status status = hl_http_target_split(head->target, &http->target, &http->error);
    if (status == HL_OK)
        status = check_sender(http);
    if (status == HL_OK)
        status = find_route(http);
    if (status == HL_OK)
        status = check_expectation(http);
    if (status == HL_OK)
        status = check_body(http);
    if (status == HL_OK)
        status = read_members(http);
    http->refused = status;
    if (status != HL_OK && http->answer.status == 200)
        http->answer.status = hl_http_status_of(status);
    if (status == HL_OK && head->has_body && !head->is_1_0 && head->headers[HL_HTTP_HEADER_EXPECT].data)
        hl_buffer_append_text(out, "HTTP/1.1 100 Continue\r\n\r\n");
}

/* ---- answers ------------------------------------------------------------------------------------------------------- */

static void put_error(struct hl_http *http, const struct hl_error *error, struct hl_buffer *out)
{
    http->answer.content_type = json_mime;
    http->answer.caching = NULL;
    if (http->answer.status == 503)
        hl_http_answer_add(&http->answer, "Retry-After", "1");
    size_t start = hl_http_answer_open(out);
    hl_response_error(out, error, NULL);
    hl_http_answer_close(&http->answer, out, start);
}

/* The request of the members and the body, for the route's op. */
static enum hl_status read_request(struct hl_http *http, struct hl_request *request, struct hl_error *error)
{
    json_t *object = http->members;
    enum hl_status status = HL_OK;
    http->members = NULL;
    if (http->body.length > 0) {
        json_t *members = object;
        object = NULL;
        status = hl_request_parse_object(http->body.data, http->body.length, &object, error);
        if (status == HL_OK && json_object_update_missing(object, members) != 0)
            status = hl_error_no_memory(error);
        json_decref(members);
    }
    if (status == HL_OK)
        return hl_request_take(request, object, http->match.route->command, error);
    *request = (struct hl_request){.object = object, .body = {.named = {{NULL, 0}, {NULL, 0}}}};
    return status;
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

static void answer_op(struct hl_http *http, const struct hl_service *service, int64_t now_ms, struct hl_buffer *out,
                      struct hl_http_done *done)
{
    struct hl_request request;
    struct hl_error error = {.status = HL_OK};
    uint64_t moved = 0;
    size_t start = hl_http_answer_open(out);
    enum hl_status status = read_request(http, &request, &error);
    request.moved = &moved;
    status = hl_request_answer(service, &request, status, &error, now_ms, out, &done->tells);
    hl_request_release(&request);
    http->answer.status = hl_http_status_of(status);
    if (moved > 0)
        put_location(http, moved);
    if (http->answer.status == 503)
        hl_http_answer_add(&http->answer, "Retry-After", "1");
    done->errors += status != HL_OK;
    hl_http_answer_close(&http->answer, out, start);
}

/* Reads the members for the route's op, and asks the document or the stream. */
static enum hl_status ask(struct hl_http *http, const struct hl_service *service, int64_t now_ms, struct hl_buffer *out,
                          struct hl_http_done *done, struct hl_error *error)
{
    struct hl_request request;
    const struct hl_http_route *route = http->match.route;
    enum hl_status status = read_request(http, &request, error);
    if (status == HL_OK) {
        struct hl_http_asked asked = {&http->parser.head, http->target.path, &request, now_ms};
        done->tells = hl_request_tells(&request);
        status = route->kind == HL_HTTP_STREAM ? route->open(service, &asked, &http->answer, &http->stream, error)
                                               : route->document(service, &asked, &http->answer, out, error);
    }
    if (status == HL_OK && out->failed) {
        out->failed = false;
        status = hl_error_no_memory(error);
    }
    hl_request_release(&request);
    return status;
}

static void answer_document(struct hl_http *http, const struct hl_service *service, int64_t now_ms,
                            struct hl_buffer *out, struct hl_http_done *done)
{
    struct hl_error error = {.status = HL_OK};
    size_t start = hl_http_answer_open(out), body = out->length;
    enum hl_status status = ask(http, service, now_ms, out, done, &error);
    if (status != HL_OK) {
        done->errors++;
        http->answer.status = hl_http_status_of(status);
        http->answer.content_type = json_mime;
        http->answer.caching = NULL;
        out->length = body;
        hl_response_error(out, &error, NULL);
    }
    hl_http_answer_close(&http->answer, out, start);
}

static void open_stream(struct hl_http *http, const struct hl_service *service, int64_t now_ms, struct hl_buffer *out,
                        struct hl_http_done *done)
{
    struct hl_error error = {.status = HL_OK};
    enum hl_status status = ask(http, service, now_ms, out, done, &error);
    http->answer.ends = true;
    http->chunks = !http->parser.head.is_1_0;
    if (status != HL_OK) {
        done->errors++;
        http->answer.status = hl_http_status_of(status);
        put_error(http, &error, out);
        return;
    }
    hl_http_answer_begin(&http->answer, http->chunks, out);
    if (!http->answer.head_only)
        http->state = STATE_STREAM;
}

/* The request is complete. */
static enum hl_http_step answer(struct hl_http *http, const struct hl_service *service, int64_t now_ms,
                                struct hl_buffer *out, struct hl_http_done *done)
{
    http->state = STATE_HEAD;
    done->requests++;
    if (http->refused != HL_OK) {
        done->errors++;
        put_error(http, &http->error, out);
    } else if (!http->match.route) {
        hl_http_answer_close(&http->answer, out, hl_http_answer_open(out)); /* OPTIONS */
    } else if (http->match.route->kind == HL_HTTP_DOCUMENT) {
        answer_document(http, service, now_ms, out, done);
    } else if (http->match.route->kind == HL_HTTP_STREAM) {
        open_stream(http, service, now_ms, out, done);
    } else {
        answer_op(http, service, now_ms, out, done);
    }
    drop_request(http);
    if (http->state == STATE_HEAD && http->answer.ends)
        http->state = STATE_OVER;
    return http->state == STATE_OVER ? HL_HTTP_ENDS : HL_HTTP_WENT_ON;
}

/* Answers with the error and reads no more. */
static enum hl_http_step give_up(struct hl_http *http, const struct hl_error *error, struct hl_buffer *out,
                                 struct hl_http_done *done)
{
    http->answer.ends = true;
    put_error(http, error, out);
    drop_request(http);
    http->state = STATE_OVER;
    done->requests++;
    done->errors++;
    return HL_HTTP_ENDS;
}

/* What llhttp or a limit has refused; what follows cannot be read. */
static enum hl_http_step give_up_reading(struct hl_http *http, int64_t now_ms, struct hl_buffer *out,
                                         struct hl_http_done *done)
{
    http->answer = (struct hl_http_answer){.status = http->parser.status, .now_ms = now_ms};
    return give_up(http, &http->parser.error, out, done);
}

static enum hl_http_step take_body(struct hl_http *http, struct hl_buffer *out, struct hl_http_done *done)
{
    struct hl_text piece = http->parser.piece;
    if (piece.length > http->config.object_max_bytes - http->body.length) {
        refuse(http, 413, HL_TOO_LARGE, "the body is larger than the limit for one object (limits.line_bytes)");
        return give_up(http, &http->error, out, done);
    }
    if (!hl_buffer_append(&http->body, piece.data, piece.length)) {
        http->answer.status = 503;
        hl_error_no_memory(&http->error);
        return give_up(http, &http->error, out, done);
    }
    return HL_HTTP_WENT_ON;
}

/* ---- streams ------------------------------------------------------------------------------------------------------- */

/*
 * A chunk is written behind room for its size, which then takes as much of it as it needs: eight digits, since a chunk may have
 * leading zeros.
 */
enum { CHUNK_SIZE_BYTES = 10 };

static size_t open_chunk(const struct hl_http *http, struct hl_buffer *out)
{
    size_t start = out->length;
    if (http->chunks && hl_buffer_reserve(out, CHUNK_SIZE_BYTES))
        out->length += CHUNK_SIZE_BYTES;
    return start;
}

static void close_chunk(const struct hl_http *http, struct hl_buffer *out, size_t start, bool last)
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

static void end_stream(struct hl_http *http)
{
    http->stream->close(http->stream);
    http->stream = NULL;
    http->state = STATE_OVER;
}

static enum hl_http_step pull(struct hl_http *http, const struct hl_service *service, int64_t now_ms,
                              struct hl_buffer *out, struct hl_http_done *done)
{
    size_t start = open_chunk(http, out);
    bool more = http->stream->pull(http->stream, service, now_ms, out);
    close_chunk(http, out, start, !more);
    done->tells = HL_TELLS_STATE;
    if (!more)
        end_stream(http);
    return more ? HL_HTTP_STREAMS : HL_HTTP_ENDS;
}

void hl_http_break(struct hl_http *http, enum hl_status status, const char *message, int64_t now_ms,
                   struct hl_buffer *out)
{
    struct hl_http_done done = {.tells = HL_TELLS_NOTHING};
    if (http->state == STATE_STREAM) {
        size_t start = open_chunk(http, out);
        http->stream->end(http->stream, message, now_ms, out);
        close_chunk(http, out, start, true);
        end_stream(http);
    } else if (hl_http_is_waiting(http)) {
        if (http->state == STATE_HEAD)
            http->answer = (struct hl_http_answer){.now_ms = now_ms};
        refuse(http, hl_http_status_of(status), status, message);
        give_up(http, &http->error, out, &done);
    }
    http->state = STATE_OVER;
}

void hl_http_put_refusal(struct hl_buffer *out, const struct hl_error *error, int64_t now_ms)
{
    struct hl_http_answer answer = {
        .status = hl_http_status_of(error->status), .content_type = json_mime, .now_ms = now_ms, .ends = true};
    size_t start = hl_http_answer_open(out);
    hl_response_error(out, error, NULL);
    hl_http_answer_close(&answer, out, start);
}

/* ---- steps --------------------------------------------------------------------------------------------------------- */

/* Reads on up to the next event. */
static enum hl_http_step read_on(struct hl_http *http, const struct hl_service *service, int64_t now_ms,
                                 struct hl_buffer *out, struct hl_http_done *done)
{
    size_t used;
    const char *data = http->input.data ? http->input.data + http->consumed : "";
    enum hl_http_event event = hl_http_parser_next(&http->parser, data, http->input.length - http->consumed, &used);
    http->consumed += used;
    switch (event) {
    case HL_HTTP_EVENT_NONE:
        return HL_HTTP_WAITS;
    case HL_HTTP_EVENT_HEAD:
        take_head(http, service, now_ms, out);
        done->progress = true;
        if (http->refused != HL_OK && http->parser.head.has_body)
            return give_up(http, &http->error, out, done); /* rather than read a body for nothing */
        return HL_HTTP_WENT_ON;
    case HL_HTTP_EVENT_BODY:
        return take_body(http, out, done);
    case HL_HTTP_EVENT_END:
        return answer(http, service, now_ms, out, done);
    case HL_HTTP_EVENT_ERROR:
        break;
    }
    return give_up_reading(http, now_ms, out, done);
}

enum hl_http_step hl_http_next(struct hl_http *http, const struct hl_service *service, int64_t now_ms,
                               struct hl_buffer *out, struct hl_http_done *done)
{
    *done = (struct hl_http_done){.tells = HL_TELLS_NOTHING};
    if (http->state == STATE_OVER)
        return HL_HTTP_ENDS;
    return http->state == STATE_STREAM ? pull(http, service, now_ms, out, done)
                                       : read_on(http, service, now_ms, out, done);
}
