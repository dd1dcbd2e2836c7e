/*
 * http_head.c - what the head of a request asks for, and whether it may: sender, route, body, members (see http_session.h).
 */
#include "protocol/http_session.h"

#include "core/text.h"
#include "protocol/http_guard.h"

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

static bool is_lines(struct hl_text type)
{
    static const char *const names[] = {"application/x-ndjson", "application/ndjson", "application/jsonl"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (hl_text_equals_ignoring_case(type, hl_text_of(names[i])))
            return true;
    return false;
}

static enum hl_status check_body(struct hl_http *http)
{
    const struct hl_http_head *head = &http->parser.head;
    const struct hl_http_route *route = http->match.route;
    struct hl_text type = without_parameters(head->headers[HL_HTTP_HEADER_CONTENT_TYPE]);
    if (!head->has_body)
        return HL_OK;
    if (!takes_body(route))
        return refuse(http, 400, HL_INVALID, "this request takes no body: members go into the query");
    bool lines = route->kind == HL_HTTP_ITEMS && is_lines(type);
    if (!lines && !hl_text_equals_ignoring_case(type, hl_text_of(HL_HTTP_JSON)))
        return refuse(http, 415, HL_INVALID, "the body is not said to be JSON: send Content-Type: application/json");
    http->format = lines ? HL_HTTP_LINES : route->kind == HL_HTTP_ITEMS ? HL_HTTP_ONE_OR_ARRAY : HL_HTTP_ONE;
    if (http->format == HL_HTTP_ONE && head->content_length > http->config.object_max_bytes)
        return refuse(http, 413, HL_TOO_LARGE, HL_HTTP_BODY_TOO_LARGE);
    enum hl_status status =
        hl_http_coding_create(head->headers[HL_HTTP_HEADER_CONTENT_ENCODING], &http->coding, &http->error);
    if (status == HL_INVALID)
        http->answer.status = 415;
    return status;
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
    if (!expected.data || hl_text_equals_ignoring_case(expected, hl_text_of("100-continue")))
        return HL_OK;
    return refuse(http, 417, HL_INVALID, "the only Expect known here is 100-continue");
}

void hl_http_take_head(struct hl_http *http, const struct hl_http_turn *turn)
{
    const struct hl_http_head *head = &http->parser.head;
    bool draining = turn->service->figures && turn->service->figures->draining;
    http->answer = (struct hl_http_answer){.status = 200,
                                           .content_type = HL_HTTP_JSON,
                                           .now_ms = turn->now_ms,
                                           .head_only = head->method == HL_HTTP_HEAD,
                                           .ends = !head->keep_alive || draining,
                                           .keeps_1_0 = head->is_1_0};
    http->state = HL_HTTP_STATE_BODY;
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
        hl_buffer_append_text(turn->out, "HTTP/1.1 100 Continue\r\n\r\n");
}
