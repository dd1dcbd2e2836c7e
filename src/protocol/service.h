/*
 * service.h - one request line in, exactly one response line out: what the server calls and tests call without a socket.
 *
 * Two steps: hl_request_parse turns a line into a checked request and touches no engine; hl_request_execute runs it on the engine
 * and appends the response. Changes of the engine go through struct hl_service_keeper, so that whoever keeps them can stand in
 * between. PROTOCOL.md describes all of it from outside.
 */
#ifndef HL_PROTOCOL_SERVICE_H
#define HL_PROTOCOL_SERVICE_H

#include "core/buffer.h"
#include "protocol/measure.h"

#include <headlined/engine.h>

/* Figures of the server that `stats` and /metrics report beside the engine's; filled by the server before execution. */
struct hl_service_figures {
    int64_t started_ms;
    uint64_t connections, connections_total, connections_refused;
    uint64_t requests, errors, lines_too_long, timeouts, slow_readers_dropped;
    uint64_t bytes_in, bytes_out;
    /* As of some moment within the last quarter of a second. */
    uint64_t connections_ready, connections_held; /* that wait for their turn; whose answers wait for the journal */
    uint64_t output_bytes, held_bytes;   /* answers that have not left; those of them that wait for the journal */
    uint64_t accept_failures, no_memory; /* connections lost so */
    uint64_t log_lines_lost;
    uint64_t resident_bytes;
    bool draining; /* about to stop: what was received is still answered */
};

/* Figures of what keeps the changes, for `stats`. */
struct hl_service_kept {
    uint64_t seq, durable;                     /* of the last change, and of the last one that lasts */
    uint64_t held_bytes, bytes_since_snapshot; /* of changes in memory, and written since the last snapshot began */
    bool failed;                               /* changes are refused */
    const char *reason;                        /* of the last failure, borrowed; NULL: none so far */
    uint64_t failures, recoveries, refused, batches, syncs;
    uint64_t waits; /* how often requests had to wait, since the disk was slower than the input */
    uint64_t snapshots, snapshots_failed;
    bool snapshot_running;
    uint64_t snapshot_seq;       /* the last change in the last one that was published; 0: there is none */
    int64_t snapshot_created_ms; /* its time */
    uint64_t snapshot_stall_us;  /* longest that taking one has held everything up */
};

/*
 * Who carries changes out and keeps them. add, remove and settings_set: the functions of engine.h of the same names, with what is
 * needed to keep the change around them; beside their errors HL_UNAVAILABLE with a reason that the client is told: it cannot be kept
 * now, and nothing happened.
 */
struct hl_service_keeper {
    enum hl_status (*add)(void *context, const struct hl_headline *headline, int64_t now_ms, struct hl_result *result,
                          struct hl_error *error);
    enum hl_status (*remove)(void *context, struct hl_text collection, struct hl_text id, int64_t now_ms,
                             struct hl_error *error);
    enum hl_status (*settings_set)(void *context, struct hl_text collection, const struct hl_setting_change *changes,
                                   size_t count, int64_t now_ms, uint64_t *seq, struct hl_error *error);
    /*
     * Begins to write a snapshot that holds all changes up to *@seq: *@started. False: one is being written already, up to
     * *@seq, or there is nothing new since the last, up to *@seq. HL_INVALID when none can be (there is nowhere to write it), HL_UNAVAILABLE, HL_NO_MEMORY.
     */
    enum hl_status (*snapshot)(void *context, int64_t now_ms, bool *started, uint64_t *seq, struct hl_error *error);
    /* False when changes are kept in memory only. */
    bool (*figures)(void *context, struct hl_service_kept *out);
};

#define HL_STATE_ID_BYTES 16

struct hl_events;
struct hl_subscription;

struct hl_service {
    hl_engine *engine;                         /* borrowed; asked directly */
    const struct hl_service_figures *figures;  /* borrowed, may be NULL */
    const char *server_name;                   /* borrowed: "headlined/0.1.0" */
    size_t line_max_bytes;                     /* told in hello */
    const struct hl_service_keeper *keeper;    /* borrowed; NULL: changes go to the engine, and nobody keeps them */
    void *keeper_context;                      /* borrowed */
    struct hl_measures *measures;              /* borrowed, may be NULL; written by execution */
    unsigned char state_id[HL_STATE_ID_BYTES]; /* random, made with the state and kept with it */
    struct hl_events *events;                  /* borrowed, may be NULL: what has happened lately */
    /* Borrowed, of the connection at hand: where `subscribe` leaves its subscription, whose events whoever owns the connection then pushes. NULL: it cannot. */
    struct hl_subscription **subscription;
};

struct hl_request; /* opaque */

/*
 * Parses one line. On HL_OK *@request is owned by the caller (hl_request_free). On error @error says what to do, names the
 * field, and nothing else happened. HL_PARSE, HL_INVALID, HL_UNKNOWN_OP, HL_TOO_LARGE, HL_NO_MEMORY.
 */
enum hl_status hl_request_parse(const char *line, size_t length, struct hl_request **request, struct hl_error *error);
void hl_request_free(struct hl_request *request); /* may be NULL */

/* What an answer tells of: what must be kept before it is sent. */
enum hl_tells {
    HL_TELLS_NOTHING, /* that somebody changes: hello, ping, a line that is no request */
    HL_TELLS_STATE,   /* what the engine holds */
    HL_TELLS_CHANGE   /* that a change was made (or had been, as of the verdict replayed) */
};

/* What the answer to this request tells of, if it is no error. */
enum hl_tells hl_request_tells(const struct hl_request *request);

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
 * parse too, as far as the line could be read. *@tells (may be NULL) becomes what the answer tells of; the error of a request tells of the
 * state, since that had no place for it or refused it.
 */
enum hl_status hl_service_handle(const struct hl_service *service, const char *line, size_t length, int64_t now_ms,
                                 struct hl_buffer *out, enum hl_tells *tells);

#endif
