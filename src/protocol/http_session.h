/*
 * http_session.h - the inside of an HTTP connection, shared by http.c, http_head.c, http_body.c and http_reply.c. Included by nothing else.
 *
 *     HEAD --head--> BODY --end of the request--> answered: HEAD, or
 *                                                 STREAM (an answer that stays open)
 *     any of them --error--> OVER
 *
 * A body is unpacked (http_coding.h) and collected, up to the limit of one object; or, when it is JSON lines or begins as an array, it is cut
 * into items (framer.h, array_framer.h), each of which is answered before more is unpacked. Their answers make one body in chunks.
 */
#ifndef HL_PROTOCOL_HTTP_SESSION_H
#define HL_PROTOCOL_HTTP_SESSION_H

#include "protocol/array_framer.h"
#include "protocol/framer.h"
#include "protocol/http.h"
#include "protocol/http_coding.h"
#include "protocol/http_parse.h"
#include "protocol/http_route.h"
#include "protocol/http_target.h"

#define HL_HTTP_JSON "application/json"
#define HL_HTTP_JSON_LINES "application/x-ndjson"
#define HL_HTTP_BODY_TOO_LARGE "the body is larger than the limit for one object (limits.line_bytes of hello)"

enum hl_http_state { HL_HTTP_STATE_HEAD, HL_HTTP_STATE_BODY, HL_HTTP_STATE_STREAM, HL_HTTP_STATE_OVER };

/* What a body holds. */
enum hl_http_format { HL_HTTP_ONE, HL_HTTP_ONE_OR_ARRAY /* as will be seen */, HL_HTTP_ARRAY, HL_HTTP_LINES };

struct hl_http {
    struct hl_http_config config;
    struct hl_buffer input; /* owned; bytes from the peer */
    size_t consumed;        /* of them */
    struct hl_http_parser parser;
    enum hl_http_state state;
    struct hl_http_target target;
    struct hl_http_match match;
    struct hl_http_answer answer; /* to the request that is being read */
    enum hl_status refused;       /* HL_OK, or it is refused, with what follows */
    struct hl_error error;
    json_t *members;               /* owned; of path and query */
    struct hl_http_coding *coding; /* owned; NULL: the body comes as it is */
    size_t piece_bytes;            /* of the body, at the front of what is not consumed */
    bool unpacks_more;             /* of what was consumed */
    bool has_ended;                /* all of the body has come */
    enum hl_http_format format;
    struct hl_buffer body;         /* owned; of one object */
    struct hl_framer lines;        /* owned */
    struct hl_array_framer array;  /* owned */
    bool is_open;                  /* the answer to items has begun */
    struct hl_http_stream *stream; /* owned; in the state STREAM */
    bool chunks;                   /* the open answer is sent in chunks */
};

/* What hl_http_next is called with. */
struct hl_http_turn {
    const struct hl_service *service;
    int64_t now_ms;
    struct hl_buffer *out;
    struct hl_http_done *done;
};

/* ---- http.c -------------------------------------------------------------------------------------------------------- */

/* Forgets the request that was read. */
void hl_http_drop_request(struct hl_http *http);

/* ---- http_head.c --------------------------------------------------------------------------------------------------- */

/* Finds out everything about a request that its head shows: what it asks for, or why it is refused. */
void hl_http_take_head(struct hl_http *http, const struct hl_http_turn *turn);

/* ---- http_reply.c -------------------------------------------------------------------------------------------------- */

/* The request of @text, or of nothing when its data is NULL, with the members of path and query that it does not have. As hl_request_take. */
enum hl_status hl_http_read_request(struct hl_http *http, struct hl_text text, struct hl_request *request,
                                    struct hl_error *error);
/* Answers the request, which is complete and is not one of many. */
enum hl_http_step hl_http_answer_request(struct hl_http *http, const struct hl_http_turn *turn);
/* Appends an answer with the status of http->answer and the error. */
void hl_http_put_error(struct hl_http *http, const struct hl_error *error, struct hl_buffer *out);

/* ---- http_body.c --------------------------------------------------------------------------------------------------- */

/* Unpacks some of the piece of the body that has come. */
enum hl_http_step hl_http_unpack(struct hl_http *http, const struct hl_http_turn *turn);
/* Answers the next item, or ends the answers after the last; WAITS: more of the body is needed, or it does not hold items. */
enum hl_http_step hl_http_take_item(struct hl_http *http, const struct hl_http_turn *turn);

/* What is appended between the two becomes a chunk, or nothing when it is nothing; @last: the end of the body follows. */
size_t hl_http_open_chunk(const struct hl_http *http, struct hl_buffer *out);
void hl_http_close_chunk(const struct hl_http *http, struct hl_buffer *out, size_t start, bool last);

/* Answers with the error, or ends the answers to items with it, and reads no more. */
enum hl_http_step hl_http_give_up(struct hl_http *http, const struct hl_error *error, const struct hl_http_turn *turn);
/* The same with http->error and its status; with this error. */
enum hl_http_step hl_http_give_up_body(struct hl_http *http, const struct hl_http_turn *turn);
enum hl_http_step hl_http_give_up_saying(struct hl_http *http, enum hl_status status, const char *message,
                                         const struct hl_http_turn *turn);

#endif
