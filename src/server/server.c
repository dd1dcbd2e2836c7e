/*
 * server.c - the loop: ready queue, timers, signals, beginning and end (see server.h and state.h).
 */
#include "server/state.h"

#include "server/process.h"

#include <headlined/version.h>

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    TURNS_NS = 4000000,  /* most time for turns before the loop looks at the sockets again */
    TICK_MS = 250,       /* between two ticks of the engine's window */
    TICK_BUSY_MS = 5,    /* the same while it has more to expire */
    TICK_NS = 2000000,   /* most time of one tick */
    TICK_HEADLINES = 64, /* expired in one call */
    SWEEP_MIN_MS = 10,   /* between two looks at the connections' timeouts */
    SWEEP_MAX_MS = 1000,
    RESERVED_FILES = 64,  /* for everything but connections */
    NOISE_PER_SECOND = 5, /* log lines of each noisy kind */
};

const int hl_server_signals[HL_SIGNAL_COUNT] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGCHLD};

/* ---- services for connections ------------------------------------------------------------------------------------ */

static void on_turns(uv_idle_t *idle)
{
    struct hl_server *server = idle->data;
    HL_CHECKED(server, HL_SERVER_MAGIC);
    uint64_t start_ns = uv_hrtime();
    hl_follow_look(server); /* what an answer has told already may be asked for */
    do {
        struct hl_connection *connection = TAILQ_FIRST(&server->ready);
        if (!connection)
            break;
        TAILQ_REMOVE(&server->ready, connection, turns);
        connection->is_ready = false;
        hl_connection_turn(connection);
    } while (uv_hrtime() - start_ns < TURNS_NS);
    hl_follow_note(server);
    hl_keep_wake(server);
    if (TAILQ_EMPTY(&server->ready))
        uv_idle_stop(idle);
}

void hl_server_schedule(struct hl_server *server, struct hl_connection *connection)
{
    if (connection->is_ready)
        return;
    connection->is_ready = true;
    TAILQ_INSERT_TAIL(&server->ready, connection, turns);
    int status = uv_idle_start(&server->turns, on_turns);
    HL_ASSERT(status == 0);
}

void hl_server_wake_streams(struct hl_server *server)
{
    struct hl_connection *connection;
    TAILQ_FOREACH(connection, &server->streams, streams)
    hl_connection_wake(connection);
}

/* One more than fits: the first sweep may come at once. A loop that was held up counts as one sweep only. */
unsigned hl_server_sweeps(const struct hl_server *server, uint64_t ms)
{
    return (unsigned)((ms + server->sweep_ms - 1) / server->sweep_ms) + 1;
}

void hl_server_noise(struct hl_server *server, enum hl_noise noise, enum hl_log_level level, const char *event,
                     struct hl_log_field detail)
{
    uint64_t suppressed;
    server->noise_count[noise]++;
    if (level >= server->log->level &&
        hl_log_limiter_pass(&server->noise[noise], hl_log_clock_ms(), NOISE_PER_SECOND, &suppressed))
        HL_LOG(server->log, level, event, detail, hl_log_count("suppressed", suppressed));
}

/* ---- timers ------------------------------------------------------------------------------------------------------ */

static uint64_t list_length(const struct hl_connection_list *list, bool held)
{
    uint64_t count = 0;
    const struct hl_connection *connection = TAILQ_FIRST(list);
    for (; connection; connection = held ? TAILQ_NEXT(connection, held) : TAILQ_NEXT(connection, turns))
        count++;
    return count;
}

/* Figures that are not kept up to date all the time. */
static void sample_figures(struct hl_server *server)
{
    struct hl_service_figures *figures = &server->figures;
    figures->connections_ready = list_length(&server->ready, false);
    figures->connections_held = list_length(&server->held, true);
    figures->output_bytes = server->output_bytes;
    figures->held_bytes = server->held_bytes;
    figures->accept_failures = server->noise_count[HL_NOISE_ACCEPT];
    figures->no_memory = server->noise_count[HL_NOISE_MEMORY];
    figures->log_lines_lost = server->log->lines_lost;
    figures->resident_bytes = hl_process_resident_bytes();
}

static void on_tick(uv_timer_t *timer)
{
    struct hl_server *server = timer->data;
    HL_CHECKED(server, HL_SERVER_MAGIC);
    uint64_t start_ns = uv_hrtime();
    bool more;
    do
        more = hl_durable_tick(server->durable, hl_log_clock_ms(), TICK_HEADLINES);
    while (more && uv_hrtime() - start_ns < TICK_NS);
    hl_follow_note(server);
    hl_keep_look(server);
    hl_snapshots_tick(server, hl_log_clock_ms());
    if (hl_snapshots_gather(server))
        more = true;
    sample_figures(server);
    int status = uv_timer_start(timer, on_tick, more ? TICK_BUSY_MS : TICK_MS, 0);
    HL_ASSERT(status == 0);
}

static void on_kept(uv_async_t *async)
{
    struct hl_server *server = async->data;
    HL_CHECKED(server, HL_SERVER_MAGIC);
    hl_keep_look(server);
}

static void on_sweep(uv_timer_t *timer)
{
    struct hl_server *server = timer->data;
    HL_CHECKED(server, HL_SERVER_MAGIC);
    struct hl_connection *connection;
    TAILQ_FOREACH(connection, &server->connections, all)
    hl_connection_sweep(connection);
    hl_server_wake_streams(server); /* some of what they say is a sign of life */
    hl_listener_retry(&server->unix_listener);
    hl_listener_retry(&server->tcp_listener);
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Often enough for the shortest timeout, seldom enough to cost nothing. */
static void start_sweeps(struct hl_server *server)
{
    const struct hl_server_limits *limits = &server->limits;
    uint64_t shortest = smaller(limits->line_timeout_ms, limits->slow_reader_timeout_ms);
    if (limits->idle_timeout_ms > 0)
        shortest = smaller(shortest, limits->idle_timeout_ms);
    uint64_t period = smaller(shortest / 4, SWEEP_MAX_MS);
    server->sweep_ms = period < SWEEP_MIN_MS ? SWEEP_MIN_MS : period;
    int status = uv_timer_start(&server->sweep, on_sweep, server->sweep_ms, server->sweep_ms);
    HL_ASSERT(status == 0);
}

/* ---- the end ----------------------------------------------------------------------------------------------------- */

static void close_handle(uv_handle_t *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

/* Closes what is not a connection: uv_run returns when these and the connections are gone. */
static void close_all_handles(struct hl_server *server)
{
    server->closing = true;
    hl_unix_path_release(&server->unix_path);
    hl_listener_close(&server->unix_listener);
    hl_listener_close(&server->tcp_listener);
    close_handle((uv_handle_t *)&server->tick);
    close_handle((uv_handle_t *)&server->sweep);
    close_handle((uv_handle_t *)&server->deadline);
    close_handle((uv_handle_t *)&server->turns);
    close_handle((uv_handle_t *)&server->kept);
    for (int i = 0; i < HL_SIGNAL_COUNT; i++)
        close_handle((uv_handle_t *)&server->signals[i]);
}

static void close_all_connections(struct hl_server *server)
{
    struct hl_connection *connection;
    TAILQ_FOREACH(connection, &server->connections, all)
    {
        if (connection->phase == HL_PHASE_SERVING || connection->phase == HL_PHASE_FINISHING)
            server->cut_off++;
        hl_connection_close(connection, "deadline");
    }
}

static void drain_streams(struct hl_server *server)
{
    if (server->streams_drained)
        return;
    server->streams_drained = true;
    struct hl_connection *connection;
    TAILQ_FOREACH(connection, &server->connections, all)
    if (connection->is_streaming)
        hl_connection_drain(connection);
}

/* Streams go last: they tell of what the others have changed. */
static void drain_streams_if_alone(struct hl_server *server)
{
    if (server->stream_count >= server->figures.connections)
        drain_streams(server);
}

void hl_server_connection_left(struct hl_server *server)
{
    if (!server->draining || server->closing)
        return;
    drain_streams_if_alone(server);
    if (TAILQ_EMPTY(&server->connections))
        close_all_handles(server);
}

static void on_deadline(uv_timer_t *timer)
{
    struct hl_server *server = timer->data;
    HL_CHECKED(server, HL_SERVER_MAGIC);
    close_all_connections(server);
}

/* Who is still at work then has the other half; streams have to be told of the end too. */
static void on_half_time(uv_timer_t *timer)
{
    struct hl_server *server = timer->data;
    HL_CHECKED(server, HL_SERVER_MAGIC);
    drain_streams(server);
    int status = uv_timer_start(timer, on_deadline, server->limits.drain_timeout_ms / 2, 0);
    HL_ASSERT(status == 0);
}

static void begin_drain(struct hl_server *server)
{
    server->draining = server->figures.draining = true;
    hl_unix_path_release(&server->unix_path);
    hl_listener_close(&server->unix_listener);
    hl_listener_close(&server->tcp_listener);
    struct hl_connection *connection;
    TAILQ_FOREACH(connection, &server->connections, all)
    if (!connection->is_streaming)
        hl_connection_drain(connection);
    drain_streams_if_alone(server);
    if (TAILQ_EMPTY(&server->connections)) {
        close_all_handles(server);
        return;
    }
    int status = uv_timer_start(&server->deadline, on_half_time, server->limits.drain_timeout_ms / 2, 0);
    HL_ASSERT(status == 0);
}

static const char *signal_name(int number)
{
    return number == SIGHUP ? "SIGHUP" : number == SIGUSR1 ? "SIGUSR1" : number == SIGINT ? "SIGINT" : "SIGTERM";
}

static void snapshot_by_signal(struct hl_server *server)
{
    struct hl_error error = {.status = HL_OK};
    bool started;
    uint64_t seq;
    if (hl_snapshots_begin(server, hl_log_clock_ms(), &started, &seq, &error) != HL_OK)
        HL_LOG(server->log, HL_LOG_WARN, "no_snapshot", hl_log_text("reason", error.message));
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct hl_server *server = handle->data;
    HL_CHECKED(server, HL_SERVER_MAGIC);
    if (number == SIGCHLD) {
        hl_snapshots_reap(server);
        return;
    }
    HL_LOG(server->log, HL_LOG_INFO, "signal", hl_log_text("name", signal_name(number)));
    if (number == SIGUSR1) {
        snapshot_by_signal(server);
    } else if (number == SIGHUP) {
        if (server->reload)
            server->reload(server->reload_context);
    } else if (!server->draining) {
        begin_drain(server);
    } else {
        server->hurried = true; /* somebody is impatient */
        close_all_connections(server);
    }
}

/* ---- the beginning ----------------------------------------------------------------------------------------------- */

void hl_server_set_limits(struct hl_server *server, const struct hl_server_limits *limits)
{
    server->limits = *limits;
    uint64_t files = hl_process_raise_files(limits->connections_max + RESERVED_FILES);
    uint64_t possible = files > RESERVED_FILES ? files - RESERVED_FILES : 1;
    if (files > 0 && possible < limits->connections_max) {
        server->limits.connections_max = possible;
        HL_LOG(server->log, HL_LOG_WARN, "connections_max_lowered", hl_log_count("wanted", limits->connections_max),
               hl_log_count("possible", possible), hl_log_text("hint", "raise the limit of open files (ulimit -n)"));
    }
    if (server->events)
        hl_events_figures(server->events)->subscribers_max = limits->subscribers_max;
    start_sweeps(server);
}

/* Cannot fail: these handles hold no resource of the system. */
static void init_handles(struct hl_server *server)
{
    uv_timer_init(&server->loop, &server->tick);
    uv_timer_init(&server->loop, &server->sweep);
    uv_timer_init(&server->loop, &server->deadline);
    uv_idle_init(&server->loop, &server->turns);
    server->kept.data = server->tick.data = server->sweep.data = server->deadline.data = server->turns.data = server;
    for (int i = 0; i < HL_SIGNAL_COUNT; i++) {
        uv_signal_init(&server->loop, &server->signals[i]);
        server->signals[i].data = server;
    }
}

static enum hl_status open_all(struct hl_server *server, const struct hl_server_config *config, struct hl_error *error)
{
    enum hl_status status = hl_keep_open(server, config->state, error);
    server->service.engine = status == HL_OK ? hl_durable_engine(server->durable) : NULL;
    if (status == HL_OK)
        hl_follow_begin(server);
    for (int i = 0; i < HL_SIGNAL_COUNT && status == HL_OK; i++)
        if (uv_signal_start(&server->signals[i], on_signal, hl_server_signals[i]) != 0)
            status = hl_error_set(error, HL_IO, NULL, "cannot watch signal %d", hl_server_signals[i]);
    if (status == HL_OK && config->socket_path)
        status = hl_listener_open_unix(server, config->socket_path, error);
    if (status == HL_OK && config->address)
        status = hl_listener_open_tcp(server, config->address, error);
    return status;
}

static void init_state(struct hl_server *server, const struct hl_server_config *config)
{
    server->magic = HL_SERVER_MAGIC;
    server->log = config->log;
    server->line_max_bytes = config->line_max_bytes;
    server->reload = config->reload;
    server->reload_context = config->reload_context;
    server->service = (struct hl_service){.figures = &server->figures,
                                          .server_name = "headlined/" HL_VERSION_STRING,
                                          .line_max_bytes = config->line_max_bytes,
                                          .keeper = &hl_keep_keeper,
                                          .keeper_context = server,
                                          .measures = &server->measures};
    server->measures.clock_ns = uv_hrtime;
    TAILQ_INIT(&server->connections);
    TAILQ_INIT(&server->ready);
    TAILQ_INIT(&server->held);
    TAILQ_INIT(&server->streams);
}

enum hl_status hl_server_create(const struct hl_server_config *config, struct hl_server **out, struct hl_error *error)
{
    struct hl_server *server = calloc(1, sizeof *server);
    if (!server)
        return hl_error_no_memory(error);
    int result = uv_loop_init(&server->loop);
    if (result == 0 && (result = uv_async_init(&server->loop, &server->kept, on_kept)) != 0)
        uv_loop_close(&server->loop);
    if (result != 0) {
        free(server);
        return hl_error_set(error, HL_IO, NULL, "cannot make an event loop: %s", uv_strerror(result));
    }
    init_state(server, config);
    init_handles(server);
    enum hl_status status = HL_OK;
    if (!hl_follow_open(server, config->events_history_bytes, config->state->directory != NULL))
        status = hl_error_no_memory(error);
    hl_server_set_limits(server, &config->limits);
    if (status == HL_OK)
        status = open_all(server, config, error);
    if (status == HL_OK)
        *out = server;
    else
        hl_server_destroy(server);
    return status;
}

static void log_ready(const struct hl_server *server)
{
    HL_LOG(server->log, HL_LOG_INFO, "ready",
           hl_log_text("socket", server->unix_listener.open ? server->unix_listener.name : "none"),
           hl_log_text("tcp", server->tcp_listener.open ? server->tcp_listener.name : "none"),
           hl_log_count("pid", (uint64_t)getpid()), hl_log_text("version", HL_VERSION_STRING),
           hl_log_count("connections_max", server->limits.connections_max));
}

static void log_stopped(const struct hl_server *server)
{
    const struct hl_service_figures *figures = &server->figures;
    HL_LOG(server->log, HL_LOG_INFO, "stopped", hl_log_count("requests", figures->requests),
           hl_log_count("errors", figures->errors), hl_log_count("connections", figures->connections_total),
           hl_log_count("refused", figures->connections_refused), hl_log_count("timeouts", figures->timeouts),
           hl_log_count("slow_readers", figures->slow_readers_dropped), hl_log_count("cut_off", server->cut_off),
           hl_log_count("bytes_in", figures->bytes_in), hl_log_count("bytes_out", figures->bytes_out),
           hl_log_count("log_lines_lost", server->log->lines_lost));
}

enum hl_status hl_server_run(struct hl_server *server, struct hl_error *error)
{
    server->figures.started_ms = hl_log_clock_ms();
    on_tick(&server->tick);
    log_ready(server);
    uv_run(&server->loop, UV_RUN_DEFAULT);
    enum hl_status status = hl_keep_close(server, !server->hurried, error);
    log_stopped(server);
    return status;
}

void hl_server_destroy(struct hl_server *server)
{
    if (!server)
        return;
    hl_keep_close(server, false, NULL); /* nothing is left to close after hl_server_run */
    close_all_connections(server);
    close_all_handles(server);
    uv_run(&server->loop, UV_RUN_DEFAULT); /* the close callbacks */
    hl_events_destroy(server->events);
    int status = uv_loop_close(&server->loop);
    HL_ASSERT(status == 0);
    server->magic = 0;
    free(server);
}
