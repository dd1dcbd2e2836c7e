/*
 * connection.c - one client: bytes in and answers out, whatever is spoken (the states are drawn in state.h; what lines and HTTP do
 * differently is in connection_lines.c and connection_http.c).
 */
#include "server/state.h"

#include <headlined/version.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

enum {
    SLICE_REQUESTS = 256, /* most requests of one turn */
    SLICE_NS = 2000000,   /* and most time */
    KEPT_BYTES = 4096,    /* an idle connection keeps no larger buffer */
    LINGER_MS = 1000,     /* most time for the peer to notice that we have ended */
    KEEPALIVE_S = 60
};

/* ---- the end of a connection ------------------------------------------------------------------------------------- */

static void leave_streams(struct hl_connection *c)
{
    if (!c->is_streaming)
        return;
    c->is_streaming = false;
    TAILQ_REMOVE(&c->server->streams, c, streams);
    c->server->stream_count--;
}

static void on_closed(uv_handle_t *handle)
{
    struct hl_connection *c = handle->data;
    HL_CHECKED(c, HL_CONNECTION_MAGIC);
    struct hl_server *server = c->server;
    bool listed = c->listed;
    c->speech->clear(c);
    hl_buffer_clear(&c->out);
    hl_buffer_clear(&c->flight);
    if (listed)
        TAILQ_REMOVE(&server->connections, c, all);
    c->magic = 0;
    free(c);
    if (listed)
        hl_server_connection_left(server);
}

void hl_connection_close(struct hl_connection *c, const char *reason)
{
    struct hl_server *server = c->server;
    if (c->phase == HL_PHASE_CLOSING)
        return;
    c->phase = HL_PHASE_CLOSING;
    if (c->is_ready) {
        TAILQ_REMOVE(&server->ready, c, turns);
        c->is_ready = false;
    }
    leave_streams(c);
    server->output_bytes -= c->accounted;
    c->accounted = 0;
    hl_hold_account(c);
    if (c->listed) {
        server->figures.connections--;
        HL_LOG(server->log, HL_LOG_DEBUG, "connection_closed", hl_log_count("connection", c->id),
               hl_log_text("reason", reason), hl_log_count("requests", c->requests));
    }
    uv_close(&c->uv.handle, on_closed);
}

/* ---- output ------------------------------------------------------------------------------------------------------ */

static size_t at_libuv(const struct hl_connection *c)
{
    return uv_stream_get_write_queue_size(&c->uv.stream);
}

/* Bytes of answers that the kernel has not taken yet; keeps the server's sums right. */
static size_t waiting_output(struct hl_connection *c)
{
    size_t waiting = c->out.length + at_libuv(c);
    c->server->output_bytes += waiting;
    c->server->output_bytes -= c->accounted;
    c->accounted = waiting;
    hl_hold_account(c);
    return waiting;
}

/* Those of them that wait for the peer, not for the disk. */
static size_t waiting_for_peer(struct hl_connection *c)
{
    return waiting_output(c) - c->held_bytes;
}

/* Above the limit until half of it is taken. */
static bool is_paused(struct hl_connection *c)
{
    uint64_t limit = c->server->limits.output_pause_bytes;
    c->is_paused = waiting_output(c) > (c->is_paused ? limit / 2 : limit);
    return c->is_paused;
}

static void advance(struct hl_connection *c);

static void on_written(uv_write_t *request, int status)
{
    struct hl_connection *c = request->data;
    HL_CHECKED(c, HL_CONNECTION_MAGIC);
    c->is_writing = false;
    if (c->flight.capacity > KEPT_BYTES)
        hl_buffer_clear(&c->flight);
    if (c->phase == HL_PHASE_CLOSING)
        return;
    if (status < 0) {
        hl_connection_close(c, uv_strerror(status));
        return;
    }
    advance(c);
}

static void close_without_memory(struct hl_connection *c)
{
    hl_server_noise(c->server, HL_NOISE_MEMORY, HL_LOG_ERROR, "no_memory", hl_log_count("connection", c->id));
    hl_connection_close(c, "no memory");
}

/* Gives what may leave to libuv in one write, unless one is on its way: its end calls again. */
static void flush(struct hl_connection *c)
{
    if (hl_hold_release(c) == 0 || c->is_writing)
        return;
    if (!hl_hold_take(c, &c->flight)) {
        close_without_memory(c);
        return;
    }
    c->write.data = c;
    uv_buf_t piece = uv_buf_init(c->flight.data, (unsigned)c->flight.length);
    int status = uv_write(&c->write, &c->uv.stream, &piece, 1, on_written);
    if (status != 0) {
        hl_connection_close(c, uv_strerror(status));
        return;
    }
    c->is_writing = true;
    c->submitted += c->flight.length;
    c->server->figures.bytes_out += c->flight.length;
}

/* ---- input ------------------------------------------------------------------------------------------------------- */

static void on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    struct hl_connection *c = handle->data;
    HL_CHECKED(c, HL_CONNECTION_MAGIC);
    (void)suggested;
    char *data = c->server->scratch;
    size_t bytes = sizeof c->server->scratch;
    if (c->phase == HL_PHASE_SERVING && !c->speech->prepare(c, &data, &bytes))
        bytes = 0; /* libuv then reports UV_ENOBUFS */
    *out = uv_buf_init(data, (unsigned)bytes);
}

static void stop_reading(struct hl_connection *c)
{
    if (!c->is_reading)
        return;
    c->is_reading = false;
    uv_read_stop(&c->uv.stream);
}

static void take_bytes(struct hl_connection *c, size_t bytes)
{
    c->server->figures.bytes_in += bytes;
    if (c->phase != HL_PHASE_SERVING)
        return; /* lingering: read to be thrown away */
    c->speech->commit(c, bytes);
    c->has_backlog = true;
    c->drain_left -= bytes < c->drain_left ? bytes : c->drain_left;
    if (bytes == HL_READ_BYTES || c->is_ready)
        stop_reading(c); /* a firehose, or a long queue for turns: bytes would pile up, so the turn has to come first */
    hl_server_schedule(c->server, c);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer)
{
    struct hl_connection *c = stream->data;
    HL_CHECKED(c, HL_CONNECTION_MAGIC);
    (void)buffer;
    if (c->phase == HL_PHASE_CLOSING || count == 0)
        return;
    if (count > 0) {
        take_bytes(c, (size_t)count);
    } else if (count == UV_EOF) {
        c->ended = true;
        c->has_backlog = true; /* its last line, or that there is none */
        stop_reading(c);
        hl_server_schedule(c->server, c);
    } else {
        if (count == UV_ENOBUFS)
            hl_server_noise(c->server, HL_NOISE_MEMORY, HL_LOG_ERROR, "no_memory", hl_log_count("connection", c->id));
        hl_connection_close(c, uv_strerror((int)count));
    }
}

static void start_reading(struct hl_connection *c)
{
    if (c->is_reading)
        return;
    int status = uv_read_start(&c->uv.stream, on_allocate, on_read);
    if (status == 0)
        c->is_reading = true;
    else
        hl_connection_close(c, uv_strerror(status));
}

/* ---- requests ---------------------------------------------------------------------------------------------------- */

void hl_connection_finish(struct hl_connection *c)
{
    c->phase = HL_PHASE_FINISHING;
    c->has_backlog = false;
    leave_streams(c);
    c->speech->clear(c);
}

/* An error that answers no request, or the one that has begun, and the end. */
static void finish_with_error(struct hl_connection *c, enum hl_status status, const char *message)
{
    c->speech->put_error(c, status, message);
    hl_connection_finish(c);
}

void hl_connection_stream(struct hl_connection *c)
{
    c->idle_sweeps = 0; /* it is the server that has something to say */
    if (c->is_streaming)
        return;
    c->is_streaming = true;
    TAILQ_INSERT_TAIL(&c->server->streams, c, streams);
    c->server->stream_count++;
}

void hl_connection_count(struct hl_connection *c, uint64_t requests, uint64_t errors, enum hl_tells tells)
{
    struct hl_service_figures *figures = &c->server->figures;
    figures->requests += requests;
    figures->errors += errors;
    c->requests += requests;
    if (requests > 0)
        c->line_sweeps = c->idle_sweeps = 0;
    if (tells > c->tells)
        c->tells = tells;
}

/* By the first byte: a method of HTTP begins with a capital letter, and no JSON does. */
static void recognise(struct hl_connection *c)
{
    enum { TLS_HANDSHAKE = 0x16 };
    const struct hl_framer *framer = &c->framer;
    if (hl_framer_pending(framer) == 0)
        return;
    char first = framer->input.data[framer->consumed];
    c->is_recognised = true;
    if (first == TLS_HANDSHAKE)
        finish_with_error(c, HL_PARSE, "this port does not speak TLS: this connection is closed");
    else if (first >= 'A' && first <= 'Z' && !hl_connection_speak_http(c))
        close_without_memory(c);
}

/*
 * No request is taken while the log is behind. When it is failed only those wait that could not be answered anyway, since the answer to
 * a change stands before theirs.
 */
static bool must_wait(struct hl_connection *c)
{
    return c->server->log_failed ? c->barrier_count > 0 : hl_keep_is_behind(c->server);
}

static void take_slice(struct hl_connection *c)
{
    uint64_t end_ns = uv_hrtime() + SLICE_NS;
    int64_t now_ms = hl_log_clock_ms();
    if (!c->is_recognised)
        recognise(c);
    for (int left = SLICE_REQUESTS; left > 0 && c->phase == HL_PHASE_SERVING && !is_paused(c) && !must_wait(c); left--)
        if (!c->speech->take(c, now_ms) || uv_hrtime() >= end_ns)
            return;
}

static void drop_slow_reader(struct hl_connection *c, const char *why)
{
    c->server->figures.slow_readers_dropped++;
    hl_server_noise(c->server, HL_NOISE_SLOW_READER, HL_LOG_WARN, "slow_reader_dropped", hl_log_text("why", why));
    hl_connection_close(c, "slow reader");
}

void hl_connection_turn(struct hl_connection *c)
{
    flush(c); /* what the disk has kept since: it need not wait for the next answers */
    uint64_t before = c->requests;
    if (c->phase == HL_PHASE_SERVING)
        take_slice(c);
    if (c->phase == HL_PHASE_CLOSING)
        return;
    if (c->requests > before)
        hl_keep_served(c);
    if (c->out.failed) {
        close_without_memory(c);
        return;
    }
    hl_hold_cover(c);
    bool grew = c->out.length > 0;
    flush(c);
    if (c->phase == HL_PHASE_CLOSING)
        return;
    if (grew && waiting_for_peer(c) > 0 && c->server->output_bytes > c->server->limits.output_total_max_bytes) {
        drop_slow_reader(c, "output_total_max");
        return;
    }
    advance(c);
}

/* ---- what comes next --------------------------------------------------------------------------------------------- */

static void on_shutdown(uv_shutdown_t *request, int status)
{
    struct hl_connection *c = request->data;
    HL_CHECKED(c, HL_CONNECTION_MAGIC);
    if (c->phase != HL_PHASE_CLOSING && status < 0)
        hl_connection_close(c, uv_strerror(status));
}

/* All answers are sent: ends our side, and waits for the peer's end when it may still be sending. */
static void end_output(struct hl_connection *c)
{
    if (c->ended) {
        hl_connection_close(c, "end");
        return;
    }
    c->phase = HL_PHASE_LINGERING;
    c->shutdown.data = c;
    int status = uv_shutdown(&c->shutdown, &c->uv.stream, on_shutdown);
    if (status != 0)
        hl_connection_close(c, uv_strerror(status));
    else
        start_reading(c);
}

static void serve_on(struct hl_connection *c)
{
    bool waits_for_reader = is_paused(c);
    if (c->has_backlog && !waits_for_reader && !must_wait(c))
        hl_server_schedule(c->server, c);
    if (c->has_backlog || waits_for_reader || c->ended)
        stop_reading(c);
    else
        start_reading(c);
    if (!c->has_backlog)
        c->speech->trim(c, KEPT_BYTES);
}

/* Called after every turn and every write: sends what is left, then does what the phase asks for. */
static void advance(struct hl_connection *c)
{
    flush(c);
    bool all_sent = !c->is_writing && c->out.length == 0;
    if (c->phase == HL_PHASE_SERVING) {
        serve_on(c);
    } else if (c->phase == HL_PHASE_FINISHING) {
        stop_reading(c);
        waiting_output(c);
        if (all_sent)
            end_output(c);
    } else if (c->phase == HL_PHASE_LINGERING && c->ended) {
        hl_connection_close(c, "end");
    }
}

/* ---- time -------------------------------------------------------------------------------------------------------- */

static void time_out(struct hl_connection *c, const char *message)
{
    c->server->figures.timeouts++;
    hl_server_noise(c->server, HL_NOISE_TIMEOUT, HL_LOG_INFO, "timeout", hl_log_count("connection", c->id));
    finish_with_error(c, HL_TIMEOUT, message);
    hl_server_schedule(c->server, c);
}

/* True when the reader has taken nothing for too long. */
static bool reader_is_stuck(struct hl_connection *c)
{
    uint64_t taken = c->submitted - at_libuv(c);
    bool waits = waiting_for_peer(c) > 0 && taken == c->taken_seen;
    c->taken_seen = taken;
    c->output_sweeps = waits ? c->output_sweeps + 1 : 0;
    return c->output_sweeps >= hl_server_sweeps(c->server, c->server->limits.slow_reader_timeout_ms);
}

/* Only while it is the peer's move: a line is not late that we do not listen for, or that waits here for its turn. */
static void sweep_input(struct hl_connection *c)
{
    struct hl_server *server = c->server;
    uint64_t idle_ms = server->limits.idle_timeout_ms;
    if (!c->speech->is_waiting(c))
        c->line_sweeps = 0;
    else if (++c->line_sweeps >= hl_server_sweeps(server, server->limits.line_timeout_ms))
        time_out(c, c->speech->late);
    if (c->held_bytes > 0)
        c->idle_sweeps = 0; /* it waits for us */
    if (c->phase == HL_PHASE_SERVING && idle_ms > 0 && ++c->idle_sweeps >= hl_server_sweeps(server, idle_ms))
        time_out(c, "no request for too long: connect again when there is one");
}

void hl_connection_sweep(struct hl_connection *c)
{
    if (c->phase == HL_PHASE_CLOSING)
        return;
    if (c->phase == HL_PHASE_LINGERING) {
        if (++c->linger_sweeps >= hl_server_sweeps(c->server, LINGER_MS))
            hl_connection_close(c, "linger");
    } else if (reader_is_stuck(c)) {
        drop_slow_reader(c, "slow_reader_timeout");
    } else if (c->phase == HL_PHASE_SERVING && c->is_reading && !c->is_ready) {
        sweep_input(c);
    }
}

/* ---- the drain --------------------------------------------------------------------------------------------------- */

/* Bytes that the kernel holds for us. */
static uint64_t unread_bytes(const struct hl_connection *c)
{
    uv_os_fd_t fd;
    int count = 0;
    if (uv_fileno(&c->uv.handle, &fd) != 0 || ioctl(fd, FIONREAD, &count) != 0 || count < 0)
        return 0;
    return (uint64_t)count;
}

void hl_connection_wake(struct hl_connection *c)
{
    c->has_backlog = true; /* so that it is not forgotten while it waits for its reader */
    hl_server_schedule(c->server, c);
}

void hl_connection_drain(struct hl_connection *c)
{
    if (c->phase != HL_PHASE_SERVING)
        return;
    c->draining = true;
    c->drain_left = c->ended ? 0 : unread_bytes(c);
    bool is_open = c->speech->is_waiting(c) || c->is_streaming;
    if (c->drain_left == 0 && !c->has_backlog && !is_open && waiting_output(c) == 0) {
        hl_connection_close(c, "drain"); /* nothing is on its way in either direction, or has begun */
        return;
    }
    c->has_backlog = true; /* the end, if nothing else */
    hl_server_schedule(c->server, c);
}

/* ---- the beginning ----------------------------------------------------------------------------------------------- */

/* True when a request of HTTP is there already; one that is still on its way gets an error line like all others. */
static bool begins_with_http(const struct hl_connection *c)
{
    uv_os_fd_t fd;
    char first = '\0';
    return uv_fileno(&c->uv.handle, &fd) == 0 && recv(fd, &first, 1, MSG_DONTWAIT | MSG_PEEK) == 1 && first >= 'A' &&
           first <= 'Z';
}

/* One error, as far as it goes at once. What the peer has sent is read first, or closing could destroy the error. */
static void refuse(struct hl_connection *c)
{
    struct hl_server *server = c->server;
    server->figures.connections_refused++;
    hl_server_noise(server, HL_NOISE_REFUSED, HL_LOG_WARN, "connection_refused",
                    hl_log_count("connections_max", server->limits.connections_max));
    struct hl_error error = {.status = HL_OK};
    hl_error_set(&error, HL_LIMIT, NULL, "all %" PRIu64 " connections are in use: try again later",
                 server->limits.connections_max);
    if (begins_with_http(c))
        hl_http_put_refusal(&c->out, &error, hl_log_clock_ms());
    else
        hl_response_error(&c->out, &error, NULL);
    uv_buf_t piece = uv_buf_init(c->out.data, (unsigned)c->out.length);
    int sent = c->out.failed ? 0 : uv_try_write(&c->uv.stream, &piece, 1);
    if (sent > 0)
        server->figures.bytes_out += (uint64_t)sent;
    uv_os_fd_t fd;
    if (uv_fileno(&c->uv.handle, &fd) == 0) {
        ssize_t ignored = recv(fd, server->scratch, sizeof server->scratch, MSG_DONTWAIT);
        (void)ignored; /* nothing there, or gone: either way it is closed now */
    }
    hl_connection_close(c, "refused");
}

static void begin(struct hl_connection *c)
{
    struct hl_server *server = c->server;
    c->id = ++server->figures.connections_total;
    c->listed = true;
    server->figures.connections++;
    TAILQ_INSERT_TAIL(&server->connections, c, all);
    HL_LOG(server->log, HL_LOG_DEBUG, "connection_opened", hl_log_count("connection", c->id),
           hl_log_text("transport", c->is_tcp ? "tcp" : "unix"));
    if (c->is_tcp) {
        int status = uv_tcp_nodelay(&c->uv.tcp, 1);
        if (status == 0)
            status = uv_tcp_keepalive(&c->uv.tcp, 1, KEEPALIVE_S); /* finds peers that vanished */
        if (status != 0) {
            hl_connection_close(c, uv_strerror(status));
            return;
        }
    }
    start_reading(c);
}

bool hl_connection_accept(struct hl_server *server, struct hl_listener *listener)
{
    struct hl_connection *c = calloc(1, sizeof *c);
    if (!c) {
        hl_server_noise(server, HL_NOISE_MEMORY, HL_LOG_ERROR, "no_memory", hl_log_text("for", "a new connection"));
        return false;
    }
    c->magic = HL_CONNECTION_MAGIC;
    c->server = server;
    c->is_tcp = listener->is_tcp;
    c->is_local = listener->is_local;
    c->speech = &hl_speech_lines;
    hl_framer_init(&c->framer, server->line_max_bytes);
    hl_buffer_init(&c->out);
    hl_buffer_init(&c->flight);
    int status = c->is_tcp ? uv_tcp_init(&server->loop, &c->uv.tcp) : uv_pipe_init(&server->loop, &c->uv.pipe, 0);
    HL_ASSERT(status == 0); /* without a socket to make, neither can fail */
    c->uv.handle.data = c;
    status = uv_accept(&listener->uv.stream, &c->uv.stream);
    if (status != 0)
        hl_connection_close(c, uv_strerror(status));
    else if (server->figures.connections >= server->limits.connections_max)
        refuse(c);
    else
        begin(c);
    return true;
}
