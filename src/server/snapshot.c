/*
 * snapshot.c - snapshots of the state, written by a child process, so that the loop goes on.
 *
 * fork gives the child the state as it is at that moment; the kernel copies a page when the parent changes it. So the loop is held up only
 * by the fork itself, which copies the tables of pages and not the pages. There is never more than one child.
 *
 * The parent has other threads (the log's, libuv's for names), and a lock that one of them holds at the fork stays locked in the child
 * for ever. So the child takes no lock but malloc's, for which the C library sees to it: it runs the engine's and the store's
 * single-threaded code, which calls zstd (no lock) and OpenSSL's SHA-256 (whose locks no other thread takes: only the loop calls it), and leaves
 * with _exit. The sanitizers' own allocators do not see to it: in such a build the snapshot is written in the loop, which then waits.
 *
 * So that there are few pages to note, an engine whose state is kept lies in huge pages (huge_memory.h). What is written while a child is
 * at work takes them apart, and afterwards they are gathered again.
 *
 * The child dies with the parent: it is killed by the kernel then, so that nobody writes in the directory of another daemon. The lock
 * of the directory is the child's too, until it has ended.
 */
#include "server/state.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__has_feature)
#define HL_HAS_FEATURE(name) __has_feature(name)
#else
#define HL_HAS_FEATURE(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || HL_HAS_FEATURE(address_sanitizer) ||              \
    HL_HAS_FEATURE(thread_sanitizer)
enum { IN_PROCESS = true };
#else
enum { IN_PROCESS = false };
#endif

#define TIMEOUT_NS UINT64_C(600000000000) /* for one snapshot */
#define SOON_NS UINT64_C(10000000000)     /* least time between two that are due for another reason than the interval */
#define RETRY_NS UINT64_C(60000000000)    /* until one that failed is tried again, unless the interval is over */
enum {
    NICE = 10,
    GATHERED_REGIONS = 4 /* at a time: some 0.8 ms */
};

/* ---- the child ---------------------------------------------------------------------------------------------------- */

/* What the child says through the pipe; it fits in with one write. */
struct report {
    enum hl_status status;
    struct hl_error error;
};
_Static_assert(sizeof(struct report) <= 512, "POSIX promises that so much is written at once");

/* As long as a socket is open here the peer does not see that the parent has closed it. */
static void close_socket(uv_handle_t *handle)
{
    uv_os_fd_t fd;
    if (uv_fileno(handle, &fd) == 0)
        close(fd);
}

static void close_sockets(struct hl_server *server)
{
    struct hl_connection *connection;
    TAILQ_FOREACH(connection, &server->connections, all)
    close_socket(&connection->uv.handle);
    if (server->unix_listener.open)
        close_socket(&server->unix_listener.uv.handle);
    if (server->tcp_listener.open)
        close_socket(&server->tcp_listener.uv.handle);
}

/* The parent's handlers write into its pipe: here signals do what they do by default. */
static void restore_signals(const sigset_t *mask)
{
    struct sigaction by_default = {.sa_handler = SIG_DFL};
    for (int i = 0; i < HL_SIGNAL_COUNT; i++)
        sigaction(hl_server_signals[i], &by_default, NULL);
    sigprocmask(SIG_SETMASK, mask, NULL);
}

static _Noreturn void be_child(struct hl_server *server, pid_t parent, int pipe, const sigset_t *mask)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(EXIT_FAILURE); /* it died before the line above */
    restore_signals(mask);
    close_sockets(server);
    (void)setpriority(PRIO_PROCESS, 0, NICE); /* where that is not allowed it is as fast as others */
    struct report report = {.status = HL_OK};
    report.status = hl_durable_snapshot_save(server->durable, &server->snapshots.running, &report.error);
    bool told = write(pipe, &report, sizeof report) == (ssize_t)sizeof report;
    _exit(told && report.status == HL_OK ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* ---- the parent --------------------------------------------------------------------------------------------------- */

static void finish(struct hl_server *server, const struct hl_error *error)
{
    struct hl_snapshots *self = &server->snapshots;
    bool published = error->status == HL_OK;
    hl_durable_snapshot_end(server->durable, &self->running, published);
    self->owed = !published;
    uint64_t ms = (uv_hrtime() - self->started_ns) / 1000000;
    if (published) {
        self->taken++;
        self->published = self->running;
        HL_LOG(server->log, HL_LOG_INFO, "snapshot", hl_log_count("seq", self->running.seq), hl_log_count("ms", ms),
               hl_log_count("stall_us", self->last_stall_us));
    } else {
        self->failed++;
        HL_LOG(server->log, HL_LOG_ERROR, "snapshot_failed", hl_log_count("seq", self->running.seq),
               hl_log_count("ms", ms), hl_log_text("reason", error->message),
               hl_log_text("hint", "nothing is lost: the journal goes on, and it is tried again"));
    }
}

/* What became of the child, from the pipe and from how it ended. */
static void read_report(const struct hl_snapshots *self, int wait_status, struct hl_error *error)
{
    struct report report;
    bool whole = read(self->pipe, &report, sizeof report) == (ssize_t)sizeof report;
    if (whole && report.status == HL_OK && WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == 0)
        return;
    if (whole && report.status != HL_OK)
        *error = report.error;
    else if (WIFSIGNALED(wait_status))
        hl_error_set(error, HL_IO, NULL, "its process was killed by signal %d%s", WTERMSIG(wait_status),
                     self->timed_out ? ": it took too long" : "");
    else
        hl_error_set(error, HL_IO, NULL, "its process ended with status %d", WEXITSTATUS(wait_status));
}

static void reap(struct hl_server *server, int options)
{
    struct hl_snapshots *self = &server->snapshots;
    int wait_status = 0;
    pid_t ended;
    if (self->child == 0)
        return;
    do
        ended = waitpid(self->child, &wait_status, options);
    while (ended < 0 && errno == EINTR);
    if (ended == 0)
        return;
    struct hl_error error = {.status = HL_OK};
    if (ended < 0)
        hl_error_set(&error, HL_IO, NULL, "its process is lost: %s", strerror(errno));
    else
        read_report(self, wait_status, &error);
    close(self->pipe);
    self->child = 0;
    self->scattered = true;
    finish(server, &error);
}

void hl_snapshots_reap(struct hl_server *server)
{
    reap(server, WNOHANG);
}

void hl_snapshots_stop(struct hl_server *server)
{
    if (server->snapshots.child == 0)
        return;
    kill(server->snapshots.child, SIGKILL);
    reap(server, 0);
}

bool hl_snapshots_gather(struct hl_server *server)
{
    struct hl_snapshots *self = &server->snapshots;
    if (self->scattered && self->child == 0)
        self->scattered = hl_huge_memory_gather(server->memory, GATHERED_REGIONS);
    return self->scattered && self->child == 0;
}

static enum hl_status start_child(struct hl_server *server, struct hl_error *error)
{
    struct hl_snapshots *self = &server->snapshots;
    uv_file ends[2];
    int result = uv_pipe(ends, UV_NONBLOCK_PIPE, UV_NONBLOCK_PIPE);
    if (result != 0)
        return hl_error_set(error, HL_IO, NULL, "no pipe: %s", uv_strerror(result));
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    pid_t parent = getpid(), child = fork();
    if (child == 0)
        be_child(server, parent, ends[1], &before);
    int reason = errno;
    sigprocmask(SIG_SETMASK, &before, NULL);
    close(ends[1]);
    if (child < 0) {
        close(ends[0]);
        return hl_error_set(error, HL_IO, NULL, "no process: %s", strerror(reason));
    }
    self->child = child;
    self->pipe = ends[0];
    self->timed_out = false;
    return HL_OK;
}

/* Merges, splits and the like that were left out for want of memory. The log does not tell of them, so a replay makes them up. */
static uint64_t skipped_for_memory(const struct hl_server *server)
{
    struct hl_engine_stats stats;
    return hl_engine_stats(hl_durable_engine(server->durable), (struct hl_text){"", 0}, &stats, NULL) == HL_OK
               ? stats.skipped_no_memory
               : 0;
}

/* *@started false: nothing is new since the last one. */
static enum hl_status begin(struct hl_server *server, int64_t now_ms, bool in_process, bool *started,
                            struct hl_error *error)
{
    struct hl_snapshots *self = &server->snapshots;
    struct hl_error why = {.status = HL_OK};
    self->started_ns = uv_hrtime();
    self->begun_ms = now_ms;
    *started = hl_durable_snapshot_begin(server->durable, now_ms, &self->running);
    if (!*started)
        return HL_OK;
    self->skipped = skipped_for_memory(server);
    enum hl_status status =
        in_process ? hl_durable_snapshot_save(server->durable, &self->running, &why) : start_child(server, &why);
    self->last_stall_us = (uv_hrtime() - self->started_ns) / 1000;
    if (self->last_stall_us > self->stall_us)
        self->stall_us = self->last_stall_us;
    if (in_process || status != HL_OK)
        finish(server, &why);
    return status == HL_OK ? HL_OK : hl_error_set(error, status, NULL, "%s", why.message);
}

enum hl_status hl_snapshots_begin(struct hl_server *server, int64_t now_ms, bool *started, uint64_t *seq,
                                  struct hl_error *error)
{
    struct hl_snapshots *self = &server->snapshots;
    struct hl_input_log_status log;
    if (!hl_durable_log_status(server->durable, &log))
        return hl_error_set(error, HL_INVALID, NULL, "this server keeps its state in memory only: give it a state_dir");
    if (log.failed) /* it would hold changes that the journal does not */
        return hl_error_set(error, HL_UNAVAILABLE, NULL, "the journal takes nothing now: %s", log.reason.message);
    bool running = self->child != 0;
    enum hl_status status = HL_OK;
    *started = false;
    if (!running)
        status = begin(server, now_ms, IN_PROCESS, started, error);
    *seq = running || *started ? self->running.seq : hl_durable_snapshot_last(server->durable);
    return status;
}

/* ---- when --------------------------------------------------------------------------------------------------------- */

/* Since the last one began, or this process. */
static bool interval_is_over(const struct hl_server *server, int64_t now_ms)
{
    int64_t since_ms = now_ms - server->snapshots.begun_ms;
    uint64_t interval_ms = server->limits.snapshot_interval_ms;
    return interval_ms > 0 && (since_ms < 0 || (uint64_t)since_ms >= interval_ms);
}

static bool is_due(const struct hl_server *server, const struct hl_input_log_status *log, int64_t now_ms)
{
    if (log->failed || log->last == hl_durable_snapshot_last(server->durable))
        return false;
    if (interval_is_over(server, now_ms))
        return true;
    const struct hl_snapshots *self = &server->snapshots;
    uint64_t since_ns = uv_hrtime() - self->started_ns, bytes = server->limits.snapshot_journal_bytes;
    if (self->owed)
        return since_ns >= RETRY_NS;
    bool grown = bytes > 0 && log->bytes_since_rotate >= bytes;
    return since_ns >= SOON_NS && (grown || skipped_for_memory(server) > self->skipped);
}

void hl_snapshots_tick(struct hl_server *server, int64_t now_ms)
{
    struct hl_snapshots *self = &server->snapshots;
    struct hl_input_log_status log;
    bool started;
    if (self->child != 0 && uv_hrtime() - self->started_ns > TIMEOUT_NS) {
        self->timed_out = true;
        kill(self->child, SIGKILL);
    }
    if (self->child == 0 && hl_durable_log_status(server->durable, &log) && is_due(server, &log, now_ms))
        (void)begin(server, now_ms, IN_PROCESS, &started, NULL); /* what goes wrong is in the log */
}

void hl_snapshots_opened(struct hl_server *server, const struct hl_durable_report *report)
{
    server->snapshots.published = (struct hl_durable_snapshot){report->snapshot.seq, report->snapshot.created_ms};
    server->snapshots.begun_ms = hl_log_clock_ms();
    server->snapshots.skipped = skipped_for_memory(server);
}

void hl_snapshots_last(struct hl_server *server)
{
    struct hl_input_log_status log;
    bool started;
    if (hl_durable_log_status(server->durable, &log) && !log.failed)
        (void)begin(server, hl_log_clock_ms(), true, &started, NULL); /* likewise; the journal has it all */
}
