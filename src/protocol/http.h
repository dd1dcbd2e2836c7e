/*
 * http.h - one HTTP connection without its socket: bytes in, answers out. What the server moves bytes for and tests call on buffers.
 *
 * A request becomes the same request object as a line (request.h) and is carried out by the same code; PROTOCOL.md says how. The work is
 * done in small pieces, so that the server can take turns: each call of hl_http_next answers one request at most, or one item of a body of
 * many, or lets an open answer say what there is to say. What is held is bounded: a head, the body of one object, one item of a body of many.
 */
#ifndef HL_PROTOCOL_HTTP_H
#define HL_PROTOCOL_HTTP_H

#include "protocol/service.h"

struct hl_http_routes;

/* Those of routes.def. Constant. */
const struct hl_http_routes *hl_http_all_routes(void);

struct hl_http_config {
    const struct hl_http_routes *routes; /* borrowed */
    const char
        *hosts;    /* borrowed, may change between calls: names that Host may have, beside addresses and localhost */
    bool any_host; /* browsers do not get here: any Host will do */
    size_t object_max_bytes; /* of the body of one object, or of one item of a body of many */
};

struct hl_http; /* opaque */

/* NULL: no memory. @config is copied. */
struct hl_http *hl_http_create(const struct hl_http_config *config);
void hl_http_destroy(struct hl_http *http); /* may be NULL */

/* As hl_framer_prepare and hl_framer_commit. */
bool hl_http_prepare(struct hl_http *http, size_t wanted, char **data, size_t *bytes);
void hl_http_commit(struct hl_http *http, size_t bytes);

enum hl_http_step {
    HL_HTTP_WAITS,   /* for bytes */
    HL_HTTP_WENT_ON, /* something is done: call again */
    HL_HTTP_STREAMS, /* an open answer has said what there was to say */
    HL_HTTP_ENDS     /* no more is read: close the connection once @out is sent */
};

/* What a call has done. */
struct hl_http_done {
    enum hl_tells tells; /* what was answered tells of */
    unsigned requests;   /* answered */
    unsigned errors;     /* those of them that are errors */
    bool progress;       /* a part of a request is complete: the time for the next begins */
};

/*
 * Goes one step on with what was committed, and appends to @out, which is HTTP whenever it was before. When there is no memory for an answer,
 * @out->failed is set: close the connection.
 */
enum hl_http_step hl_http_next(struct hl_http *http, const struct hl_service *service, int64_t now_ms,
                               struct hl_buffer *out, struct hl_http_done *done);

/* True while a request has begun and is not answered: the time until its next piece of progress is the peer's. */
bool hl_http_is_waiting(const struct hl_http *http);

/* True while an answer is open that the server goes on with (HL_HTTP_STREAMS). */
bool hl_http_is_streaming(const struct hl_http *http);

/*
 * The end of this connection: answers the request that has begun with the error @status and @message, or gives an open answer its end; appends
 * nothing when there is neither. Close the connection once @out is sent.
 */
void hl_http_break(struct hl_http *http, enum hl_status status, const char *message, int64_t now_ms,
                   struct hl_buffer *out);

/* Gives back what an idle connection does not need. */
void hl_http_trim(struct hl_http *http, size_t kept_bytes);

/* Appends a whole answer with an error, for a connection that is refused before its request is read. */
void hl_http_put_refusal(struct hl_buffer *out, const struct hl_error *error, int64_t now_ms);

#endif
