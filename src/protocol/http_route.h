/*
 * http_route.h - which route a method and a path lead to (routes.def), and what routes that are no op are made of. Pure.
 */
#ifndef HL_PROTOCOL_HTTP_ROUTE_H
#define HL_PROTOCOL_HTTP_ROUTE_H

#include "protocol/http.h"
#include "protocol/http_answer.h"
#include "protocol/http_parse.h"
#include "protocol/request.h"

enum hl_http_kind { HL_HTTP_PLAIN, HL_HTTP_OBJECT, HL_HTTP_ITEMS, HL_HTTP_DOCUMENT, HL_HTTP_STREAM };

/* What documents and streams are asked with. All borrowed. */
struct hl_http_asked {
    const struct hl_http_head *head;
    struct hl_text path;
    const struct hl_request *request; /* the members of the query, read for the route's op */
    int64_t now_ms;
};

/*
 * Appends the whole answer to @out and says in @answer what it is: status (200 when it says nothing), content_type (JSON when it says
 * nothing), caching, further headers. On error the answer is that error, as for an op, and what was appended is dropped.
 */
typedef enum hl_status (*hl_http_document)(const struct hl_service *service, const struct hl_http_asked *asked,
                                           struct hl_http_answer *answer, struct hl_buffer *out,
                                           struct hl_error *error);

/*
 * An answer that goes on for as long as there is something to say: what opens it embeds this at the front of a struct of its own.
 * All functions are called in the thread of the loop.
 */
struct hl_http_stream {
    /*
     * Appends what there is to say now, maybe nothing, within reason. It is called again within a second, at once when it sets is_behind: there is
     * more. False: that was the end.
     */
    bool (*pull)(struct hl_http_stream *stream, const struct hl_service *service, int64_t now_ms,
                 struct hl_buffer *out);
    /* Appends its last words: the server ends it, since @reason ("the server stops"). */
    void (*end)(struct hl_http_stream *stream, const char *reason, int64_t now_ms, struct hl_buffer *out);
    void (*close)(struct hl_http_stream *stream); /* frees it; the last call */
    bool is_behind;
    enum hl_tells tells; /* what it says tells of: nothing, unless the opener sets it */
};

/* As a document, but *@stream, owned by the caller then, will write the body; @out gets its beginning, if there is something to say at once. */
typedef enum hl_status (*hl_http_opener)(const struct hl_service *service, const struct hl_http_asked *asked,
                                         struct hl_http_answer *answer, struct hl_http_stream **stream,
                                         struct hl_error *error);

struct hl_http_route {
    enum hl_http_method method;
    const char *pattern;
    const struct hl_command *command;
    enum hl_http_kind kind;
    hl_http_document document; /* of a document */
    hl_http_opener open;       /* of a stream */
    const char *help;          /* of both; NULL: that of the command */
};

struct hl_http_routes {
    const struct hl_http_route *rows;
    size_t count;
};

struct hl_http_match {
    const struct hl_http_route *route; /* NULL: not for this method */
    struct hl_text name, value;        /* of the {member}, not decoded; empty without one */
    unsigned methods;                  /* bits of those that the path has; 0: there is no such path */
};

/* Finds where @method and @path lead. Time: the number of rows. */
void hl_http_route_find(const struct hl_http_routes *routes, enum hl_http_method method, struct hl_text path,
                        struct hl_http_match *out);

/* Writes the names of the methods of @match as for the header Allow. */
enum { HL_HTTP_ALLOW_BYTES = 64 };
void hl_http_route_allow(const struct hl_http_match *match, char out[HL_HTTP_ALLOW_BYTES]);

#define HL_ROUTE(method, pattern, op, kind)
#define HL_DOCUMENT(method, pattern, function, op, help)                                                               \
    enum hl_status hl_http_document_##function(const struct hl_service *service, const struct hl_http_asked *asked,    \
                                               struct hl_http_answer *answer, struct hl_buffer *out,                   \
                                               struct hl_error *error);
#define HL_STREAM(method, pattern, function, op, help)                                                                 \
    enum hl_status hl_http_open_##function(const struct hl_service *service, const struct hl_http_asked *asked,        \
                                           struct hl_http_answer *answer, struct hl_http_stream **stream,              \
                                           struct hl_error *error);
#include "protocol/routes.def"
#undef HL_ROUTE
#undef HL_DOCUMENT
#undef HL_STREAM

#endif
