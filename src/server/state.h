/*
 * state.h - what the files of this folder share: the server, its listeners, its connections. Included by nothing else.
 *
 * Life of a connection, all in the loop's thread:
 *
 *     bytes -> speech -> [ready queue] -> turn: some requests -> out -> [the log: durable] -> flush -> flight -> socket
 *
 * A read only collects bytes and puts the connection on the ready queue. Turns take the connections from its front, one slice
 * each, so that none can starve the others; what a slice answers is sent in one write, once what it tells is durable (hold.c). While lines are left, or more answers are
 * waiting than output_pause_bytes, the connection is not read from. What is spoken, JSON lines or HTTP, shows in the first byte.
 *
 *     SERVING ----> FINISHING -------------> LINGERING ---------> CLOSING
 *       |  end of input,   | output is sent:     | end of input      ^ memory freed in its
 *       |  line too long,  | our side is shut    | or a deadline     | close callback
 *       |  silence, drain  +--- peer had ended --|-------------------|
 *       +--- error, slow reader, deadline of the drain --------------+
 *
 * Lingering: closing while the peer is still sending makes TCP reset the connection and can destroy the answers on their way.
 */
#ifndef HL_SERVER_STATE_H
#define HL_SERVER_STATE_H

#include "core/assert.h"
#include "protocol/framer.h"
#include "protocol/http.h"
#include "protocol/service.h"
#include "protocol/subscription.h"
#include "server/huge_memory.h"
#include "server/server.h"
#include "server/unix_path.h"
#include "state/durable.h"

#include <sys/queue.h>
#include <uv.h>

enum {
    HL_SERVER_MAGIC = 0x48535256,
    HL_LISTENER_MAGIC = 0x484c5354,
    HL_CONNECTION_MAGIC = 0x48434e4e,
    HL_READ_BYTES = 65536, /* asked for in one read */
    HL_SIGNAL_COUNT = 5,
    HL_BARRIERS_MAX = 8,
    HL_MARKS_MAX = 64
};

/* A pointer that came back through libuv, checked. */
#define HL_CHECKED(pointer, expected) HL_ASSERT((pointer) != NULL && (pointer)->magic == (expected))

union hl_stream {
    uv_handle_t handle;
    uv_stream_t stream;
    uv_tcp_t tcp;
    uv_pipe_t pipe;
};

struct hl_listener {
    uint32_t magic;
    struct hl_server *server; /* borrowed */
    union hl_stream uv;
    bool is_tcp;
    bool is_local; /* nobody from another machine gets here */
    bool open;
    bool waiting; /* a connection could not be accepted for want of memory: tried again at each sweep */
    char name[HL_ADDRESS_HOST_BYTES + 16]; /* the path or the bound HOST:PORT */
};

enum hl_phase { HL_PHASE_SERVING, HL_PHASE_FINISHING, HL_PHASE_LINGERING, HL_PHASE_CLOSING };

/* Answers that wait until the log is durable up to @seq. */
struct hl_barrier {
    size_t end; /* in out */
    uint64_t seq;
    bool change; /* one of them tells of a change */
};

struct hl_connection;

/* What JSON lines and HTTP do differently. */
struct hl_speech {
    /* Room for the bytes of a read; false: no memory. commit: so many have come. */
    bool (*prepare)(struct hl_connection *connection, char **data, size_t *bytes);
    void (*commit)(struct hl_connection *connection, size_t bytes);
    /* Answers the next request that is complete. False when there is none, or no more is wanted. */
    bool (*take)(struct hl_connection *connection, int64_t now_ms);
    bool (*is_waiting)(const struct hl_connection *connection); /* a request has begun and not ended */
    const char *late;                                           /* what to say to its sender after too long */
    /* Appends an error: for a request that has begun, or before the end of the connection. */
    void (*put_error)(struct hl_connection *connection, enum hl_status status, const char *message);
    void (*trim)(struct hl_connection *connection,
                 size_t kept_bytes);                 /* gives back memory while nothing is left to do */
    void (*clear)(struct hl_connection *connection); /* frees its memory; may be called again */
};

extern const struct hl_speech hl_speech_lines, hl_speech_http;

struct hl_connection {
    uint32_t magic;
    struct hl_server *server; /* borrowed */
    union hl_stream uv;
    bool is_tcp;
    bool is_local;      /* as its listener */
    bool is_recognised; /* what is spoken */
    bool is_streaming;  /* in server->streams */
    uv_write_t write;
    uv_shutdown_t shutdown;
    TAILQ_ENTRY(hl_connection) all;
    TAILQ_ENTRY(hl_connection) turns;
    TAILQ_ENTRY(hl_connection) held;
    TAILQ_ENTRY(hl_connection) streams;
    uint64_t id; /* for the log */
    enum hl_phase phase;
    bool listed;   /* in server->connections */
    bool is_ready; /* in server->ready */
    bool is_reading;
    bool is_writing;  /* flight is at libuv */
    bool is_paused;   /* too many answers are waiting */
    bool has_backlog; /* complete requests may be left in what was read */
    bool ended;       /* the peer has ended its side */
    bool draining;
    uint64_t drain_left; /* bytes that the kernel had received when the drain began, and that are not yet read */
    const struct hl_speech *speech;       /* lines until it is recognised */
    struct hl_framer framer;              /* of lines */
    struct hl_http *http;                 /* owned; NULL: not that */
    struct hl_subscription *subscription; /* owned, of lines; NULL: none */
    struct hl_buffer out;                 /* answers not yet given to libuv */
    struct hl_buffer flight;              /* answers at libuv while is_writing */
    enum hl_tells tells;                  /* the most that an answer of this turn tells of */
    size_t free_bytes;                    /* of out: may leave */
    struct hl_barrier barriers[HL_BARRIERS_MAX];
    unsigned barrier_count;
    size_t held_bytes;   /* of out: as counted in server->held_bytes; more than 0: in server->held */
    size_t accounted;    /* this connection's part of server->output_bytes */
    uint64_t submitted;  /* bytes ever given to libuv */
    uint64_t taken_seen; /* bytes ever taken by the kernel, at the last sweep */
    uint64_t requests;
    unsigned line_sweeps;   /* sweeps since the current line, or the current part of a request of HTTP, began */
    unsigned idle_sweeps;   /* sweeps since the last request */
    unsigned output_sweeps; /* sweeps without progress of the waiting output */
    unsigned linger_sweeps;
};

TAILQ_HEAD(hl_connection_list, hl_connection);

/* Events up to @id are told when the log is durable up to @seq. */
struct hl_mark {
    uint64_t seq, id;
};

/* Which events may be told (follow.c). */
struct hl_follow {
    struct hl_mark marks[HL_MARKS_MAX];
    unsigned mark_count;
    uint64_t marked; /* last event that a mark covers, or that may be told */
};

/* Events that a bad client can cause at will. */
enum hl_noise {
    HL_NOISE_REFUSED,
    HL_NOISE_ACCEPT,
    HL_NOISE_SLOW_READER,
    HL_NOISE_TIMEOUT,
    HL_NOISE_LINE,
    HL_NOISE_MEMORY,
    HL_NOISE_COUNT
};

/* Snapshots of the state (snapshot.c). */
struct hl_snapshots {
    pid_t child;                          /* 0: none */
    int pipe;                             /* through which the child says what went wrong; owned while there is one */
    bool scattered;                       /* huge pages were taken apart while it was at work */
    bool timed_out;                       /* the child was killed for it */
    bool owed;                            /* the last one failed */
    uint64_t skipped;                     /* left out for want of memory when the last one began (engine's count) */
    struct hl_durable_snapshot running;   /* what it writes, or wrote last */
    struct hl_durable_snapshot published; /* the newest that is there; seq 0: none */
    uint64_t started_ns;                  /* when the last one began; 0: none yet */
    int64_t begun_ms;                     /* the same by the clock on the wall */
    uint64_t taken, failed, stall_us, last_stall_us;
};

struct hl_server {
    uint32_t magic;
    uv_loop_t loop;
    struct hl_durable *durable;    /* owned */
    struct hl_huge_memory *memory; /* owned; of the engine; NULL: it takes the usual */
    struct hl_log *log;            /* borrowed */
    struct hl_server_limits limits;
    size_t line_max_bytes;
    void (*reload)(void *context);
    void *reload_context; /* borrowed */
    struct hl_service service;
    struct hl_service_figures figures;
    struct hl_measures measures;
    struct hl_unix_path unix_path;
    struct hl_listener unix_listener, tcp_listener;
    uv_timer_t tick;     /* the engine's window, the figures */
    uv_timer_t sweep;    /* the connections' timeouts */
    uv_timer_t deadline; /* of the drain */
    uv_idle_t turns;     /* active while the ready queue has something */
    uv_signal_t signals[HL_SIGNAL_COUNT];
    struct hl_connection_list connections;
    struct hl_connection_list ready;
    struct hl_connection_list held;    /* some of their answers are not durable */
    struct hl_connection_list streams; /* with an answer that goes on, or a subscription */
    uint64_t stream_count;             /* of them */
    uint64_t output_bytes;             /* waiting on all connections */
    uint64_t held_bytes;               /* those of them that wait for the log */
    uv_async_t kept;                   /* from the log's thread: something is durable, or it has failed or recovered */
    bool log_failed;                   /* as known here */
    bool log_is_behind;                /* connections wait for it */
    uint64_t log_waits;                /* how often they began to */
    struct hl_input_log_status log_status; /* as told to stats last */
    struct hl_events *events;              /* owned */
    struct hl_follow follow;
    struct hl_snapshots snapshots;
    uint64_t progress_ns; /* when recovery last said how far it is */
    uint64_t sweep_ms;    /* between two sweeps */
    uint64_t cut_off;     /* connections closed at the drain's deadline */
    bool draining;
    bool streams_drained;
    bool hurried; /* no snapshot at the end */
    bool closing; /* the last handles are being closed */
    struct hl_log_limiter noise[HL_NOISE_COUNT];
    uint64_t noise_count[HL_NOISE_COUNT];
    char scratch[HL_READ_BYTES]; /* for bytes that are read to be thrown away */
};

extern const int hl_server_signals[HL_SIGNAL_COUNT]; /* that are watched */

/* ---- server.c ---------------------------------------------------------------------------------------------------- */

/* Puts @connection on the ready queue, unless it is there. */
void hl_server_schedule(struct hl_server *server, struct hl_connection *connection);

/* Sweeps after which @ms have passed for certain. */
unsigned hl_server_sweeps(const struct hl_server *server, uint64_t ms);

/* Counts one of the noisy events and logs it with the peer and how many like it were not logged. */
void hl_server_noise(struct hl_server *server, enum hl_noise noise, enum hl_log_level level, const char *event,
                     struct hl_log_field detail);

/* Gives those with an answer that goes on a turn. */
void hl_server_wake_streams(struct hl_server *server);

/* Called when a connection has left the list: the drain ends with the last one. */
void hl_server_connection_left(struct hl_server *server);

/* ---- listener.c -------------------------------------------------------------------------------------------------- */

enum hl_status hl_listener_open_unix(struct hl_server *server, const char *path, struct hl_error *error);
enum hl_status hl_listener_open_tcp(struct hl_server *server, const struct hl_address *address, struct hl_error *error);
void hl_listener_close(struct hl_listener *listener); /* harmless when it is not open */
void hl_listener_retry(struct hl_listener *listener); /* accepts what was waiting for memory */

/* ---- hold.c ------------------------------------------------------------------------------------------------------ */

/* Puts a barrier behind what this turn has answered. */
void hl_hold_cover(struct hl_connection *connection);
/* True when a barrier has become durable. */
bool hl_hold_is_over(const struct hl_connection *connection);
/* Takes away the barriers that have; returns how many bytes may leave. */
size_t hl_hold_release(struct hl_connection *connection);
/* Moves what may leave into @to, whose content is dropped. False: no memory. */
bool hl_hold_take(struct hl_connection *connection, struct hl_buffer *to);
/* Keeps the server's list and sum of what is held right. */
void hl_hold_account(struct hl_connection *connection);

/* ---- keep.c ------------------------------------------------------------------------------------------------------ */

/* Opens the state that @options tell of: recovery, with its progress and what it found in the log. */
enum hl_status hl_keep_open(struct hl_server *server, const struct hl_durable_options *options, struct hl_error *error);
/* True when no request may be taken, since the disk is slower than the input; connections are scheduled when it has caught up. */
bool hl_keep_is_behind(struct hl_server *server);
/* Puts a connection that was served while the log is behind after all others, so that those get their turn when it has caught up. */
void hl_keep_served(struct hl_connection *connection);
/* Schedules those who wait, if it has caught up. */
void hl_keep_wake(struct hl_server *server);
/* Looks at the log: schedules connections whose answers may leave or who waited for it, and says when it has failed or recovered. */
void hl_keep_look(struct hl_server *server);
/* Closes the state, with a snapshot before if there is anything new. */
enum hl_status hl_keep_close(struct hl_server *server, bool snapshot, struct hl_error *error);

extern const struct hl_service_keeper hl_keep_keeper; /* its context is the server */

/* ---- follow.c ---------------------------------------------------------------------------------------------------- */

/* Makes the history, before the state is opened. False: no memory. */
bool hl_follow_open(struct hl_server *server, size_t bytes, bool lasting);
/* The state is there: what its recovery has told may be told on. */
void hl_follow_begin(struct hl_server *server);
/* After whatever may have changed the engine: what it told waits for the log. Wakes the streams if it need not. */
void hl_follow_note(struct hl_server *server);
/* Shows what the log has kept since, and wakes the streams. */
void hl_follow_look(struct hl_server *server);

/* ---- snapshot.c -------------------------------------------------------------------------------------------------- */

/* Which one there is. */
void hl_snapshots_opened(struct hl_server *server, const struct hl_durable_report *report);
/* Begins one when it is time, and ends one that takes too long. Called at each tick. */
void hl_snapshots_tick(struct hl_server *server, int64_t now_ms);
/* Begins one. *@started false: one is running. *@seq: the last record in it. */
enum hl_status hl_snapshots_begin(struct hl_server *server, int64_t now_ms, bool *started, uint64_t *seq,
                                  struct hl_error *error);
/* Gathers some of the huge pages that the last snapshot has taken apart; true when there are more. */
bool hl_snapshots_gather(struct hl_server *server);
/* A child may have ended. */
void hl_snapshots_reap(struct hl_server *server);
/* Kills a child that is at work, and waits for it. */
void hl_snapshots_stop(struct hl_server *server);
/* Writes one now, in this process, if anything has changed. */
void hl_snapshots_last(struct hl_server *server);

/* ---- connection.c ------------------------------------------------------------------------------------------------ */

/* Accepts the next connection of @listener, or refuses it with an error line. False: no memory, it still waits. */
bool hl_connection_accept(struct hl_server *server, struct hl_listener *listener);
/* One slice of work. */
void hl_connection_turn(struct hl_connection *connection);
/* Counts the time; may close. */
void hl_connection_sweep(struct hl_connection *connection);
/* No more than what has been received: then finish. */
void hl_connection_drain(struct hl_connection *connection);
void hl_connection_close(struct hl_connection *connection, const char *reason);
/* There may be something to say on it: it gets a turn. */
void hl_connection_wake(struct hl_connection *connection);

/* For the two speeches: */

/* Takes no more requests; the connection closes once its answers are sent. */
void hl_connection_finish(struct hl_connection *connection);
/* It is one of the streams now, if it was not. */
void hl_connection_stream(struct hl_connection *connection);
/* Counts what was answered; it tells of @tells. */
void hl_connection_count(struct hl_connection *connection, uint64_t requests, uint64_t errors, enum hl_tells tells);
/* What has been read as the beginning of lines is HTTP. False: no memory. */
bool hl_connection_speak_http(struct hl_connection *connection);

#endif
