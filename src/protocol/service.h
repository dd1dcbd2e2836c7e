/*
 * service.h - one request line in, exactly one response line out: what the server calls and tests call without a socket.
 *
 * Two steps, since a later journal stands between them: hl_request_parse turns a line into a checked request and touches no
 * engine; hl_request_execute runs it on the engine and appends the response. PROTOCOL.md describes both from outside.
 */
#ifndef HL_PROTOCOL_SERVICE_H
#define HL_PROTOCOL_SERVICE_H

#include "core/buffer.h"

#include <headlined/engine.h>

/* Figures of the server that `stats` reports beside the engine's; filled by the server before execution. */
struct hl_service_figures {
    int64_t started_ms;
    uint64_t connections, connections_total, connections_refused;
    uint64_t requests, errors, lines_too_long, timeouts, slow_readers_dropped;
    uint64_t bytes_in, bytes_out;
    uint64_t resident_bytes;
};

struct hl_service {
    hl_engine *engine;                        /* borrowed */
    const struct hl_service_figures *figures; /* borrowed, may be NULL */
    const char *server_name;                  /* borrowed: "headlined/0.1.0" */
    size_t line_max_bytes;                    /* told in hello */
};

struct hl_request; /* opaque */

/*
 * Parses one line. On HL_OK *@request is owned by the caller (hl_request_free). On error @error says what to do, names the
 * field, and nothing else happened. HL_PARSE, HL_INVALID, HL_UNKNOWN_OP, HL_TOO_LARGE, HL_NO_MEMORY.
 */
enum hl_status hl_request_parse(const char *line, size_t length, struct hl_request **request, struct hl_error *error);
void hl_request_free(struct hl_request *request); /* may be NULL */

/* True for ops that can change the engine (add, remove, settings). */
bool hl_request_changes(const struct hl_request *request);

/*
 * Executes and appends exactly one line (with LF) to @out, be it an answer or an error. Returns the status answered. Room for the
 * answer to a change is made before the engine is asked, so that nothing is changed and then not answered. When not even the
 * error line fits into memory, or @out had failed before, @out->failed is set, nothing is appended and HL_NO_MEMORY is returned:
 * close the connection.
 */
enum hl_status hl_request_execute(const struct hl_service *service, const struct hl_request *request, int64_t now_ms,
                                  struct hl_buffer *out);

/* Appends the error line for @error. @reference is the request's "ref" as JSON text, may be NULL. */
void hl_response_error(struct hl_buffer *out, const struct hl_error *error, const char *reference);

/*
 * Parse, execute and free in one call; as hl_request_execute. Unlike the two steps it puts the request's ref into errors of the
 * parse too, as far as the line could be read.
 */
enum hl_status hl_service_handle(const struct hl_service *service, const char *line, size_t length, int64_t now_ms,
                                 struct hl_buffer *out);

#endif
