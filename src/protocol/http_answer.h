/*
 * http_answer.h - the head of an HTTP answer, written in front of its body once that is there. Pure.
 *
 *     size_t start = hl_http_answer_open(out);    room for the head
 *     ... append the body to @out ...
 *     hl_http_answer_close(&answer, out, start);  the head, with the length of the body
 *
 * The second step needs no memory: what was done to the engine is never lost for want of some bytes.
 */
#ifndef HL_PROTOCOL_HTTP_ANSWER_H
#define HL_PROTOCOL_HTTP_ANSWER_H

#include "core/buffer.h"

#include <headlined/error.h>

#include <stdint.h>

enum { HL_HTTP_EXTRA_MAX_BYTES = 1536 };

struct hl_http_answer {
    int status;               /* 200, ... */
    const char *content_type; /* constant; NULL: there is no body */
    const char *caching;      /* value of Cache-Control; constant; NULL: "no-store" */
    /* Of the exchange, not of the document: */
    int64_t now_ms;
    bool head_only;                      /* the method is HEAD */
    bool ends;                           /* the connection ends with this answer */
    bool keeps_1_0;                      /* a client of HTTP/1.0 that wants the connection to stay */
    char extra[HL_HTTP_EXTRA_MAX_BYTES]; /* further header lines */
    size_t extra_length;
};

/* The HTTP status for an error. */
int hl_http_status_of(enum hl_status status);

/* Adds a header line. False, and nothing is added, when there is no room for it. @value has no line end. */
bool hl_http_answer_add(struct hl_http_answer *answer, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Makes room for the head in @out; returns what to give to close. When there is no memory, @out->failed is set, which close then ignores. */
size_t hl_http_answer_open(struct hl_buffer *out);
void hl_http_answer_close(const struct hl_http_answer *answer, struct hl_buffer *out, size_t start);

/* Appends a head for a body of unknown length: in chunks, or up to the end of the connection. */
void hl_http_answer_begin(const struct hl_http_answer *answer, bool chunked, struct hl_buffer *out);

#endif
