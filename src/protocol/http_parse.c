/*
 * http_parse.c - bytes to requests (see http_parse.h).
 *
 * llhttp calls back; each callback that ends an event stores it and pauses llhttp, so that the caller is told before anything behind it is
 * looked at. Header names are collected only as far as the longest one that is wanted.
 */
#include "protocol/http_parse.h"

#include "core/assert.h"
#include "core/text.h"

#include <string.h>

static const char *const method_names[HL_HTTP_METHOD_COUNT] = {
#define NAME(name) #name,
    HL_HTTP_METHODS(NAME)
#undef NAME
};

static const char *const header_names[HL_HTTP_HEADER_COUNT] = {
#define NAME(symbol, name) name,
    HL_HTTP_HEADERS(NAME)
#undef NAME
};

const char *hl_http_method_name(enum hl_http_method method)
{
    return method_names[method];
}

/* ---- errors -------------------------------------------------------------------------------------------------------- */

/* Stores the error and returns what makes llhttp stop. */
static int refuse(struct hl_http_parser *parser, int http_status, enum hl_status status, const char *message)
{
    parser->status = http_status;
    hl_error_set(&parser->error, status, NULL, "%s", message);
    return HPE_USER;
}

static int refuse_without_memory(struct hl_http_parser *parser)
{
    return refuse(parser, 503, HL_NO_MEMORY, hl_status_message(HL_NO_MEMORY));
}

static void explain(struct hl_http_parser *parser, llhttp_errno_t reason)
{
    if (parser->status != 0)
        return; /* a callback has said it */
    if (reason == HPE_INVALID_METHOD)
        refuse(parser, 501, HL_INVALID, "there is no such method: use GET, HEAD, POST, PATCH, DELETE or OPTIONS");
    else if (reason == HPE_INVALID_VERSION || reason == HPE_PAUSED_H2_UPGRADE)
        refuse(parser, 505, HL_INVALID, "only HTTP/1.1 and HTTP/1.0 are spoken here");
    else if (reason == HPE_INVALID_URL)
        refuse(parser, 400, HL_PARSE, "the request target is not valid: percent-encode what is not ASCII");
    else {
        parser->status = 400;
        hl_error_set(&parser->error, HL_PARSE, NULL, "this is not valid HTTP: %s",
                     llhttp_get_error_reason(&parser->llhttp));
    }
}

/* ---- callbacks ----------------------------------------------------------------------------------------------------- */

static struct hl_http_parser *parser_of(llhttp_t *llhttp)
{
    return llhttp->data;
}

static int pause_for(struct hl_http_parser *parser, enum hl_http_event event)
{
    parser->event = event;
    return HPE_PAUSED;
}

static int on_message_begin(llhttp_t *llhttp)
{
    struct hl_http_parser *parser = parser_of(llhttp);
    hl_buffer_reset(&parser->text);
    memset(parser->is_there, 0, sizeof parser->is_there);
    memset(parser->lengths, 0, sizeof parser->lengths);
    parser->target_length = 0;
    parser->name_length = 0;
    parser->header = HL_HTTP_HEADER_COUNT;
    parser->in_head = true;
    return 0;
}

static int on_url(llhttp_t *llhttp, const char *data, size_t bytes)
{
    struct hl_http_parser *parser = parser_of(llhttp);
    if (bytes > HL_HTTP_TARGET_MAX_BYTES - parser->target_length)
        return refuse(parser, 414, HL_TOO_LARGE, "the request target is longer than 8192 bytes");
    parser->target_length += bytes;
    return hl_buffer_append(&parser->text, data, bytes) ? 0 : refuse_without_memory(parser);
}

static int on_header_field(llhttp_t *llhttp, const char *data, size_t bytes)
{
    struct hl_http_parser *parser = parser_of(llhttp);
    for (size_t i = 0; i < bytes; i++, parser->name_length++)
        if (parser->name_length < sizeof parser->name)
            parser->name[parser->name_length] = hl_text_small(data[i]);
    return 0;
}

static enum hl_http_header find_header(const struct hl_http_parser *parser)
{
    int header = 0;
    while (header < HL_HTTP_HEADER_COUNT && (strlen(header_names[header]) != parser->name_length ||
                                             memcmp(header_names[header], parser->name, parser->name_length) != 0))
        header++;
    return (enum hl_http_header)header;
}

static int on_header_field_complete(llhttp_t *llhttp)
{
    struct hl_http_parser *parser = parser_of(llhttp);
    if (parser->name_length == 0)
        return refuse(parser, 400, HL_PARSE, "a header has no name");
    parser->header = find_header(parser);
    parser->name_length = 0;
    if (parser->header == HL_HTTP_HEADER_COUNT || !parser->in_head)
        return 0; /* a trailer tells nothing that is wanted */
    if (parser->is_there[parser->header]) {
        parser->status = 400;
        hl_error_set(&parser->error, HL_PARSE, NULL, "the header %s stands there twice", header_names[parser->header]);
        return HPE_USER;
    }
    parser->is_there[parser->header] = true;
    parser->starts[parser->header] = parser->text.length;
    return 0;
}

static int on_header_value(llhttp_t *llhttp, const char *data, size_t bytes)
{
    struct hl_http_parser *parser = parser_of(llhttp);
    if (parser->header == HL_HTTP_HEADER_COUNT || !parser->in_head)
        return 0;
    parser->lengths[parser->header] += bytes;
    return hl_buffer_append(&parser->text, data, bytes) ? 0 : refuse_without_memory(parser);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static void take_text(struct hl_http_parser *parser)
{
    struct hl_http_head *head = &parser->head;
    head->target = (struct hl_text){parser->text.data, parser->target_length};
    for (int i = 0; i < HL_HTTP_HEADER_COUNT; i++) {
        const char *value = parser->is_there[i] && parser->text.data ? parser->text.data + parser->starts[i] : NULL;
        size_t length = value ? parser->lengths[i] : 0;
        while (length > 0 && is_blank(value[length - 1]))
            length--;
        head->headers[i] = (struct hl_text){value, length};
    }
}

static enum hl_http_method method_of(const llhttp_t *llhttp)
{
    const char *name = llhttp_method_name((llhttp_method_t)llhttp->method);
    int method = 0;
    while (method < HL_HTTP_METHOD_COUNT && strcmp(method_names[method], name) != 0)
        method++;
    return (enum hl_http_method)method;
}

/* What llhttp is content with and this server is not. */
static int check_head(struct hl_http_parser *parser)
{
    const struct hl_http_head *head = &parser->head;
    const llhttp_t *llhttp = &parser->llhttp;
    struct hl_text coding = head->headers[HL_HTTP_HEADER_TRANSFER_ENCODING];
    if (llhttp->http_major != 1 || llhttp->http_minor > 1)
        return refuse(parser, 505, HL_INVALID, "only HTTP/1.1 and HTTP/1.0 are spoken here");
    if (head->method == HL_HTTP_METHOD_COUNT)
        return refuse(parser, 501, HL_INVALID, "this method is not known here: use GET, HEAD, POST, PATCH or DELETE");
    if (coding.data && head->is_1_0)
        return refuse(parser, 400, HL_PARSE, "HTTP/1.0 has no Transfer-Encoding: send a Content-Length");
    if (coding.data && !hl_text_equals_ignoring_case(coding, hl_text_of("chunked")))
        return refuse(parser, 501, HL_INVALID, "the only Transfer-Encoding known here is chunked");
    if (coding.data && (llhttp->flags & F_CONTENT_LENGTH))
        return refuse(parser, 400, HL_PARSE, "Content-Length and Transfer-Encoding cannot both hold");
    if (!head->is_1_0 && !head->headers[HL_HTTP_HEADER_HOST].data)
        return refuse(parser, 400, HL_PARSE, "HTTP/1.1 needs a Host header");
    return 0;
}

static int on_headers_complete(llhttp_t *llhttp)
{
    struct hl_http_parser *parser = parser_of(llhttp);
    struct hl_http_head *head = &parser->head;
    take_text(parser);
    parser->in_head = false;
    head->method = method_of(llhttp);
    head->is_1_0 = llhttp->http_minor == 0;
    head->keep_alive = llhttp_should_keep_alive(llhttp) != 0;
    head->chunked = (llhttp->flags & F_CHUNKED) != 0;
    head->content_length = head->chunked ? 0 : llhttp->content_length;
    head->has_body = head->chunked || head->content_length > 0;
    llhttp->upgrade = 0; /* no other protocol is offered: the request is answered as any */
    int refused = check_head(parser);
    return refused ? refused : pause_for(parser, HL_HTTP_EVENT_HEAD);
}

static int on_body(llhttp_t *llhttp, const char *data, size_t bytes)
{
    struct hl_http_parser *parser = parser_of(llhttp);
    if (bytes == 0)
        return 0;
    parser->piece = (struct hl_text){data, bytes};
    return pause_for(parser, HL_HTTP_EVENT_BODY);
}

static int on_message_complete(llhttp_t *llhttp)
{
    return pause_for(parser_of(llhttp), HL_HTTP_EVENT_END);
}

static const llhttp_settings_t settings = {.on_message_begin = on_message_begin,
                                           .on_url = on_url,
                                           .on_header_field = on_header_field,
                                           .on_header_field_complete = on_header_field_complete,
                                           .on_header_value = on_header_value,
                                           .on_headers_complete = on_headers_complete,
                                           .on_body = on_body,
                                           .on_message_complete = on_message_complete};

/* ---- the parser ---------------------------------------------------------------------------------------------------- */

void hl_http_parser_init(struct hl_http_parser *parser)
{
    memset(parser, 0, sizeof *parser);
    hl_buffer_init(&parser->text);
    llhttp_init(&parser->llhttp, HTTP_REQUEST, &settings);
    parser->llhttp.data = parser;
}

void hl_http_parser_clear(struct hl_http_parser *parser)
{
    hl_buffer_clear(&parser->text);
}

/* Lines end with CR LF, both and nowhere else, and none goes on in the next. */
static bool lines_are_clean(struct hl_http_parser *parser, const char *data, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        char c = data[i], previous = parser->previous;
        if ((c == '\n') != (previous == '\r') || (is_blank(c) && previous == '\n'))
            return false;
        parser->previous = c;
    }
    return true;
}

/* All bytes but those of bodies: heads, the sizes of chunks, trailers. */
static bool check_lines(struct hl_http_parser *parser, const char *data, size_t bytes)
{
    if (!lines_are_clean(parser, data, bytes)) {
        refuse(parser, 400, HL_PARSE, "lines of HTTP end with CR LF, and none is continued on the next");
        return false;
    }
    parser->head_bytes += bytes;
    if (parser->head_bytes > HL_HTTP_HEAD_MAX_BYTES) {
        refuse(parser, 431, HL_TOO_LARGE, "the head of the request is longer than 16384 bytes");
        return false;
    }
    return true;
}

enum hl_http_event hl_http_parser_next(struct hl_http_parser *parser, const char *data, size_t bytes, size_t *used)
{
    *used = 0;
    if (parser->event == HL_HTTP_EVENT_ERROR)
        return HL_HTTP_EVENT_ERROR;
    parser->event = HL_HTTP_EVENT_NONE;
    llhttp_resume(&parser->llhttp);
    llhttp_errno_t status = llhttp_execute(&parser->llhttp, data, bytes);
    const char *end = status == HPE_OK ? data + bytes : llhttp_get_error_pos(&parser->llhttp);
    HL_ASSERT(end >= data && end <= data + bytes);
    *used = (size_t)(end - data);
    bool is_body = status == HPE_PAUSED && parser->event == HL_HTTP_EVENT_BODY;
    bool clean = check_lines(parser, data, is_body ? *used - parser->piece.length : *used);
    if (clean && status != HPE_OK && status != HPE_PAUSED)
        explain(parser, status);
    if (!clean || (status != HPE_OK && status != HPE_PAUSED))
        parser->event = HL_HTTP_EVENT_ERROR;
    if (parser->event != HL_HTTP_EVENT_NONE) {
        parser->previous = '\0';
        parser->head_bytes = 0;
    }
    return parser->event;
}
