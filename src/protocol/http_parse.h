/*
 * http_parse.h - bytes of an HTTP/1.x connection to requests, one event at a time; the only place that knows llhttp. Pure, no socket.
 *
 * llhttp does the parsing. What it lets pass and servers have disagreed about, which is what request smuggling lives on, is refused here: a
 * bare CR or LF, folded header lines, an empty or repeated header that counts, transfer codings other than chunked, chunks in HTTP/1.0.
 * A request is bounded: its target, and its head as a whole. Bodies are passed on in pieces and never kept.
 */
#ifndef HL_PROTOCOL_HTTP_PARSE_H
#define HL_PROTOCOL_HTTP_PARSE_H

#include "core/buffer.h"

#include <headlined/engine.h>

#include <llhttp.h>

enum { HL_HTTP_TARGET_MAX_BYTES = 8192, HL_HTTP_HEAD_MAX_BYTES = 16384 };

/* The methods that mean something here. Others are refused with 501. */
#define HL_HTTP_METHODS(X) X(GET) X(HEAD) X(POST) X(PUT) X(PATCH) X(DELETE) X(OPTIONS)
#define HL_HTTP_METHOD_ENUM(name) HL_HTTP_##name,
enum hl_http_method { HL_HTTP_METHODS(HL_HTTP_METHOD_ENUM) HL_HTTP_METHOD_COUNT };
#undef HL_HTTP_METHOD_ENUM

/* The headers that somebody looks at; all others are skipped. */
#define HL_HTTP_HEADERS(X)                                                                                             \
    X(HOST, "host")                                                                                                    \
    X(ORIGIN, "origin")                                                                                                \
    X(SEC_FETCH_SITE, "sec-fetch-site")                                                                                \
    X(CONTENT_TYPE, "content-type")                                                                                    \
    X(CONTENT_ENCODING, "content-encoding")                                                                            \
    X(TRANSFER_ENCODING, "transfer-encoding")                                                                          \
    X(EXPECT, "expect")                                                                                                \
    X(IF_NONE_MATCH, "if-none-match")                                                                                  \
    X(LAST_EVENT_ID, "last-event-id")
#define HL_HTTP_HEADER_ENUM(symbol, name) HL_HTTP_HEADER_##symbol,
enum hl_http_header { HL_HTTP_HEADERS(HL_HTTP_HEADER_ENUM) HL_HTTP_HEADER_COUNT };
#undef HL_HTTP_HEADER_ENUM

/* What came before the body. Text is borrowed from the parser, until its next request begins. */
struct hl_http_head {
    enum hl_http_method method;
    bool is_1_0;
    bool keep_alive; /* as the client wishes */
    bool has_body;
    bool chunked;
    uint64_t content_length; /* unless chunked */
    struct hl_text target;
    struct hl_text headers[HL_HTTP_HEADER_COUNT]; /* data NULL: absent */
};

enum hl_http_event {
    HL_HTTP_EVENT_NONE, /* more bytes are needed */
    HL_HTTP_EVENT_HEAD, /* parser->head is complete */
    HL_HTTP_EVENT_BODY, /* parser->piece is the next part of the body, and ends where *used says */
    HL_HTTP_EVENT_END,  /* the request is complete */
    HL_HTTP_EVENT_ERROR /* parser->status and parser->error say why; what follows cannot be understood: answer, and close */
};

struct hl_http_parser {
    llhttp_t llhttp;
    struct hl_http_head head;
    struct hl_text piece; /* borrowed from the bytes given */
    int status;           /* of HTTP, for the error */
    struct hl_error error;
    enum hl_http_event event;             /* set by llhttp's callbacks */
    bool in_head;                         /* a request has begun, and its head is not complete */
    size_t head_bytes;                    /* so far */
    char previous;                        /* byte outside of bodies */
    struct hl_buffer text;                /* owned; target and wanted headers, one after the other */
    size_t target_length;                 /* the target stands at its front */
    size_t starts[HL_HTTP_HEADER_COUNT];  /* in text, of the values */
    size_t lengths[HL_HTTP_HEADER_COUNT]; /* of the values */
    bool is_there[HL_HTTP_HEADER_COUNT];
    char name[24];              /* the beginning of the header's name that is being read, in small letters */
    size_t name_length;         /* of all of it */
    enum hl_http_header header; /* whose value is being read; COUNT: one that is skipped */
};

void hl_http_parser_init(struct hl_http_parser *parser);
void hl_http_parser_clear(struct hl_http_parser *parser);

/*
 * Reads on in @data, which must follow what was read before, up to the next event. *@used: how many bytes are done with. Call it again
 * with the rest, also when that is empty (but not NULL), until it says NONE. Linear in the bytes.
 */
enum hl_http_event hl_http_parser_next(struct hl_http_parser *parser, const char *data, size_t bytes, size_t *used);

/* The name of @method. Constant storage. */
const char *hl_http_method_name(enum hl_http_method method);

#endif
