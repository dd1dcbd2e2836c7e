/*
 * http_answer.c - heads of HTTP answers (see http_answer.h).
 */
#include "protocol/http_answer.h"

#include "core/assert.h"
#include "protocol/time.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { HEAD_MAX_BYTES = HL_HTTP_EXTRA_MAX_BYTES + 512, LENGTH_LINE_BYTES = 64 };

static const char *reason_of(int status)
{
    static const struct {
        int status;
        const char *reason;
    } rows[] = {{200, "OK"},
                {204, "No Content"},
                {301, "Moved Permanently"},
                {304, "Not Modified"},
                {400, "Bad Request"},
                {403, "Forbidden"},
                {404, "Not Found"},
                {405, "Method Not Allowed"},
                {408, "Request Timeout"},
                {413, "Content Too Large"},
                {414, "URI Too Long"},
                {415, "Unsupported Media Type"},
                {417, "Expectation Failed"},
                {431, "Request Header Fields Too Large"},
                {500, "Internal Server Error"},
                {501, "Not Implemented"},
                {503, "Service Unavailable"},
                {505, "HTTP Version Not Supported"}};
    size_t i = 0;
    while (rows[i].status != status) {
        i++;
        HL_ASSERT(i < sizeof rows / sizeof rows[0]);
    }
    return rows[i].reason;
}

int hl_http_status_of(enum hl_status status)
{
    switch (status) {
    case HL_OK:
        return 200;
    case HL_INVALID:
    case HL_PARSE:
    case HL_UNKNOWN_OP:
        return 400;
    case HL_NOT_FOUND:
        return 404;
    case HL_TIMEOUT:
        return 408;
    case HL_TOO_LARGE:
        return 413;
    case HL_LIMIT:
    case HL_NO_MEMORY:
    case HL_UNAVAILABLE:
        return 503;
    case HL_IO:
    case HL_CORRUPT:
    case HL_INTERNAL:
    case HL_STATUS_COUNT:
        break;
    }
    return 500;
}

bool hl_http_answer_add(struct hl_http_answer *answer, const char *name, const char *format, ...)
{
    char line[HL_HTTP_EXTRA_MAX_BYTES];
    int start = snprintf(line, sizeof line, "%s: ", name);
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line + start, sizeof line - (size_t)start, format, arguments);
    va_end(arguments);
    size_t all = (size_t)start + (size_t)length;
    if (length < 0 || all + 2 >= sizeof line - answer->extra_length)
        return false;
    memcpy(answer->extra + answer->extra_length, line, all);
    memcpy(answer->extra + answer->extra_length + all, "\r\n", 2);
    answer->extra_length += all + 2;
    return true;
}

/* "Sun, 14 Dec 2025 09:30:00 GMT", from the same instant in RFC 3339. */
static void format_date(int64_t now_ms, char out[40])
{
    static const char days[] = "ThuFriSatSunMonTueWed", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char text[HL_TIME_TEXT_BYTES];
    hl_time_format(now_ms, text);
    int64_t day = (now_ms - HL_TIME_MIN_MS) / 86400000 + HL_TIME_MIN_MS / 86400000; /* from 1970-01-01, a Thursday */
    int weekday = (int)((day % 7 + 7) % 7);
    int month = (text[5] - '0') * 10 + (text[6] - '0') - 1;
    snprintf(out, 40, "%.3s, %.2s %.3s %.4s %.8s GMT", days + (size_t)weekday * 3, text + 8, months + (size_t)month * 3,
             text, text + 11);
}

/* The head, with @length_line where the length of the body is told. */
static size_t format_head(const struct hl_http_answer *answer, const char *length_line, char out[HEAD_MAX_BYTES])
{
    char date[40];
    format_date(answer->now_ms, date);
    int length =
        snprintf(out, HEAD_MAX_BYTES,
                 "HTTP/1.1 %d %s\r\nDate: %s\r\n%s%s%s%sCache-Control: %s\r\nX-Content-Type-Options: nosniff\r\n"
                 "Cross-Origin-Resource-Policy: same-origin\r\n%s%.*s\r\n",
                 answer->status, reason_of(answer->status), date, answer->content_type ? "Content-Type: " : "",
                 answer->content_type ? answer->content_type : "", answer->content_type ? "\r\n" : "", length_line,
                 answer->caching ? answer->caching : "no-store",
                 answer->ends        ? "Connection: close\r\n"
                 : answer->keeps_1_0 ? "Connection: keep-alive\r\n"
                                     : "",
                 (int)answer->extra_length, answer->extra);
    HL_ASSERT(length > 0 && length < HEAD_MAX_BYTES);
    return (size_t)length;
}

size_t hl_http_answer_open(struct hl_buffer *out)
{
    size_t start = out->length;
    if (hl_buffer_reserve(out, HEAD_MAX_BYTES))
        out->length += HEAD_MAX_BYTES;
    return start;
}

void hl_http_answer_close(const struct hl_http_answer *answer, struct hl_buffer *out, size_t start)
{
    if (out->failed)
        return;
    char head[HEAD_MAX_BYTES], length_line[LENGTH_LINE_BYTES] = "";
    size_t body = out->length - start - HEAD_MAX_BYTES;
    bool has_length = answer->status != 204 && answer->status != 304;
    if (has_length)
        snprintf(length_line, sizeof length_line, "Content-Length: %zu\r\n", body);
    size_t length = format_head(answer, length_line, head);
    bool sends_body = has_length && !answer->head_only;
    memcpy(out->data + start, head, length);
    if (sends_body)
        memmove(out->data + start + length, out->data + start + HEAD_MAX_BYTES, body);
    out->length = start + length + (sends_body ? body : 0);
}

void hl_http_answer_begin(const struct hl_http_answer *answer, bool chunked, struct hl_buffer *out)
{
    char head[HEAD_MAX_BYTES];
    size_t length = format_head(answer, chunked ? "Transfer-Encoding: chunked\r\n" : "", head);
    hl_buffer_append(out, head, length);
}
