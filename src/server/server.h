/*
 * server.h - the event loop around a durable engine: recovery, listeners, connections, timers, signals, snapshots.
 *
 * One loop thread owns everything, the engine too; the log's thread only says when something is durable, and a child process writes
 * snapshots. libuv stays inside this folder. Everything is bounded: connections, bytes of a line, bytes waiting to be read by a client, work per turn of the loop, time
 * to finish at the end. What is refused or dropped is counted in the figures that the op `stats` shows.
 */
#ifndef HL_SERVER_SERVER_H
#define HL_SERVER_SERVER_H

#include "support/address.h"
#include "support/log.h"
#include "state/durable.h"

#include <headlined/engine.h>

/* What may change while the server runs; see src/support/options.def. */
struct hl_server_limits {
    uint64_t connections_max;
    uint64_t output_pause_bytes, output_total_max_bytes;
    uint64_t line_timeout_ms, slow_reader_timeout_ms, drain_timeout_ms;
    uint64_t idle_timeout_ms;                              /* 0: never */
    uint64_t snapshot_interval_ms, snapshot_journal_bytes; /* 0: not by time, not by size */
    uint64_t subscribers_max;
    char http_hosts[160]; /* names, separated by spaces or commas */
};

struct hl_server_config {
    /* Borrowed until create returns; its callbacks are the server's own. */
    const struct hl_durable_options *state;
    struct hl_log *log;               /* borrowed */
    const char *socket_path;          /* borrowed until create returns; NULL: no unix socket */
    const struct hl_address *address; /* borrowed until create returns; NULL: no TCP */
    size_t line_max_bytes;
    size_t events_history_bytes; /* at least HL_EVENTS_BYTES_MIN */
    struct hl_server_limits limits;
    void (*reload)(void *context); /* called in the loop on SIGHUP; it may call hl_server_set_limits */
    void *reload_context;          /* borrowed */
};

struct hl_server; /* opaque */

/*
 * Recovers the state, with its progress in the log; then binds and listens; nobody is answered before hl_server_run. Raises the soft limit of open files to what connections_max needs, and
 * lowers connections_max with a warning in the log where the hard limit does not allow it. Errors, after which nothing is left
 * behind: HL_CORRUPT (the state is damaged), HL_INVALID (the host is unknown, the socket's path is not a socket), HL_UNAVAILABLE (the address
 * or the state directory is in use), HL_IO (hardly any files may be opened, too), HL_NO_MEMORY.
 */
enum hl_status hl_server_create(const struct hl_server_config *config, struct hl_server **out, struct hl_error *error);

/*
 * Serves until SIGTERM or SIGINT; then closes the listeners, answers what had been received, once it is durable, and goes on when the last
 * answer is sent, or after drain_timeout_ms, or on a second signal. Then it writes a snapshot, unless it was hurried, closes the
 * state and returns. SIGUSR1 begins a snapshot. HL_IO: some of the last changes are not safely on disk; none of them was answered.
 */
enum hl_status hl_server_run(struct hl_server *server, struct hl_error *error);

/* Takes new limits over at once, for existing connections too (connections beyond a lower maximum stay). */
void hl_server_set_limits(struct hl_server *server, const struct hl_server_limits *limits);

/* Closes what is open and removes the socket's file. @server may be NULL. */
void hl_server_destroy(struct hl_server *server);

#endif
