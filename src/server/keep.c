/*
 * keep.c - the durable state behind the server: its opening and closing, changes on behalf of the protocol, news from the log.
 *
 * The log's thread writes and syncs; when something has become durable, or the disk fails or recovers, it sends server->kept, and the loop looks
 * (hl_keep_look). Nothing here waits for the disk but opening and closing.
 */
#include "server/state.h"

#include "server/process.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { OPEN_TRIES = 10, OPEN_PAUSE_MS = 100 };
#define PROGRESS_NS UINT64_C(1000000000) /* between two lines in the log */

/* ---- opening and closing ----------------------------------------------------------------------------------------- */

/* What the callbacks of hl_durable get. */
static void on_news(void *context)
{
    struct hl_server *server = context;
    uv_async_send(&server->kept); /* fails for a closed loop only, and the log is closed before that */
}

static void on_progress(void *context, const char *what, uint64_t done, uint64_t total)
{
    struct hl_server *server = context;
    HL_CHECKED(server, HL_SERVER_MAGIC);
    uint64_t now_ns = uv_hrtime();
    if (now_ns - server->progress_ns < PROGRESS_NS)
        return;
    server->progress_ns = now_ns;
    HL_LOG(server->log, HL_LOG_INFO, "recovering", hl_log_text("from", what), hl_log_count("done", done),
           hl_log_count("total", total));
}

static void log_recovery(const struct hl_server *server, const struct hl_durable_report *report, uint64_t took_ns)
{
    const struct hl_journal_report *journal = &report->journal;
    if (report->snapshot.broken > 0)
        HL_LOG(server->log, HL_LOG_WARN, "snapshot_broken", hl_log_count("snapshots", report->snapshot.broken),
               hl_log_count("newest_seq", report->snapshot.broken_seq),
               hl_log_text("reason", report->snapshot.broken_why.message),
               hl_log_text("hint", "an older one and the journal stand in for it: nothing is lost"));
    if (journal->torn_bytes > 0)
        HL_LOG(server->log, HL_LOG_WARN, "journal_torn", hl_log_text("file", journal->torn_file),
               hl_log_count("offset", journal->torn_offset), hl_log_count("bytes", journal->torn_bytes),
               hl_log_text("hint", "the end of the last write before a crash; it was never acknowledged"));
    if (report->differences > 0)
        HL_LOG(server->log, HL_LOG_WARN, "replay_differs", hl_log_count("answers", report->differences),
               hl_log_count("first_seq", report->difference_seq), hl_log_text("first", report->difference.message),
               hl_log_text("hint", "as after an upgrade: what was answered before may be answered otherwise now"));
    HL_LOG(server->log, HL_LOG_INFO, "recovered", hl_log_count("seq", hl_durable_last(server->durable)),
           hl_log_count("snapshot_seq", report->snapshot.seq), hl_log_count("replayed", report->replayed),
           hl_log_count("ms", took_ns / 1000000));
}

/* The process that was writing a snapshot for a daemon that was killed is killed with it, but may hold the lock for another moment. */
static enum hl_status open_patiently(const struct hl_durable_options *options, struct hl_durable **out,
                                     struct hl_durable_report *report, struct hl_error *error)
{
    enum hl_status status = hl_durable_open(options, out, report, error);
    for (int tries = OPEN_TRIES; status == HL_UNAVAILABLE && tries > 0; tries--) {
        uv_sleep(OPEN_PAUSE_MS);
        status = hl_durable_open(options, out, report, error);
    }
    return status;
}

/* A state in memory is another one at each start. */
static enum hl_status identify(struct hl_server *server, struct hl_error *error)
{
    _Static_assert(sizeof server->service.state_id == HL_STORE_ID_BYTES, "the state's id is its directory's");
    const unsigned char *id = hl_durable_id(server->durable);
    if (id)
        memcpy(server->service.state_id, id, HL_STATE_ID_BYTES);
    else if (!hl_process_random(server->service.state_id, HL_STATE_ID_BYTES))
        return hl_error_set(error, HL_IO, NULL, "the system gives no random bytes");
    return HL_OK;
}

enum hl_status hl_keep_open(struct hl_server *server, const struct hl_durable_options *options, struct hl_error *error)
{
    struct hl_durable_options with_callbacks = *options;
    with_callbacks.notify = on_news;
    with_callbacks.progress = on_progress;
    with_callbacks.context = server;
    with_callbacks.observer = hl_events_observe;
    with_callbacks.observer_context = server->events;
    if (options->directory) { /* the only ones that fork */
        server->memory = hl_huge_memory_create();
        if (!server->memory)
            return hl_error_no_memory(error);
        with_callbacks.engine.allocator = hl_huge_memory_allocator(server->memory);
    }
    uint64_t start_ns = server->progress_ns = uv_hrtime();
    struct hl_durable_report report;
    enum hl_status status = open_patiently(&with_callbacks, &server->durable, &report, error);
    if (status == HL_OK)
        status = identify(server, error);
    if (status != HL_OK || !options->directory)
        return status;
    HL_LOG(server->log, HL_LOG_INFO, "state_dir", hl_log_text("path", options->directory));
    log_recovery(server, &report, uv_hrtime() - start_ns);
    hl_snapshots_opened(server, &report);
    hl_keep_look(server);
    return HL_OK;
}

enum hl_status hl_keep_close(struct hl_server *server, bool snapshot, struct hl_error *error)
{
    hl_snapshots_stop(server);
    if (snapshot)
        hl_snapshots_last(server);
    struct hl_error why = {.status = HL_OK};
    enum hl_status status = hl_durable_close(server->durable, &why);
    server->durable = NULL;
    hl_huge_memory_destroy(server->memory);
    server->memory = NULL;
    if (status != HL_OK)
        status = hl_error_set(error, status, NULL, "%s", why.message);
    return status;
}

/* ---- news from the log -------------------------------------------------------------------------------------------- */

bool hl_keep_is_behind(struct hl_server *server)
{
    if (server->log_failed)
        return false; /* changes are refused, so nothing piles up */
    bool behind = hl_durable_is_busy(server->durable) || server->held_bytes > server->limits.output_total_max_bytes / 2;
    if (behind && !server->log_is_behind)
        server->log_waits++;
    server->log_is_behind = server->log_is_behind || behind;
    return behind;
}

void hl_keep_served(struct hl_connection *connection)
{
    struct hl_server *server = connection->server;
    if (!server->log_is_behind)
        return;
    TAILQ_REMOVE(&server->connections, connection, all);
    TAILQ_INSERT_TAIL(&server->connections, connection, all);
}

void hl_keep_wake(struct hl_server *server)
{
    if (!server->log_is_behind || hl_keep_is_behind(server))
        return;
    server->log_is_behind = false;
    struct hl_connection *connection;
    TAILQ_FOREACH(connection, &server->connections, all)
    if (connection->phase == HL_PHASE_SERVING && connection->has_backlog)
        hl_server_schedule(server, connection);
}

static void log_turn(struct hl_server *server, const struct hl_input_log_status *status)
{
    server->log_failed = status->failed;
    if (status->failed)
        HL_LOG(server->log, HL_LOG_ERROR, "journal_failed", hl_log_text("reason", status->reason.message),
               hl_log_count("waiting", status->last - status->durable),
               hl_log_text("hint", "changes are refused, questions answered; it is tried again until it works"));
    else
        HL_LOG(server->log, HL_LOG_INFO, "journal_recovered", hl_log_count("durable", status->durable),
               hl_log_count("refused", status->refused_failed));
}

void hl_keep_look(struct hl_server *server)
{
    struct hl_input_log_status status;
    if (!server->durable || !hl_durable_log_status(server->durable, &status))
        return;
    if (status.failed != server->log_failed)
        log_turn(server, &status);
    struct hl_connection *connection;
    hl_follow_look(server);
    TAILQ_FOREACH(connection, &server->held, held)
    if (hl_hold_is_over(connection))
        hl_server_schedule(server, connection);
    hl_keep_wake(server);
}

/* ---- for the protocol --------------------------------------------------------------------------------------------- */

static struct hl_durable *durable_of(void *context)
{
    struct hl_server *server = context;
    HL_CHECKED(server, HL_SERVER_MAGIC);
    return server->durable;
}

static enum hl_status keep_add(void *context, const struct hl_headline *headline, int64_t now_ms,
                               struct hl_result *result, struct hl_error *error)
{
    return hl_durable_add(durable_of(context), headline, now_ms, result, error);
}

static enum hl_status keep_remove(void *context, struct hl_text collection, struct hl_text id, int64_t now_ms,
                                  struct hl_error *error)
{
    return hl_durable_remove(durable_of(context), collection, id, now_ms, error);
}

static enum hl_status keep_settings(void *context, struct hl_text collection, const struct hl_setting_change *changes,
                                    size_t count, int64_t now_ms, uint64_t *seq, struct hl_error *error)
{
    return hl_durable_settings_set(durable_of(context), collection, changes, count, now_ms, seq, error);
}

static enum hl_status keep_snapshot(void *context, int64_t now_ms, bool *started, uint64_t *seq, struct hl_error *error)
{
    struct hl_server *server = context;
    HL_CHECKED(server, HL_SERVER_MAGIC);
    return hl_snapshots_begin(server, now_ms, started, seq, error);
}

static bool keep_figures(void *context, struct hl_service_kept *out)
{
    struct hl_server *server = context;
    HL_CHECKED(server, HL_SERVER_MAGIC);
    struct hl_input_log_status *log = &server->log_status;
    if (!hl_durable_log_status(server->durable, log))
        return false;
    const struct hl_snapshots *snapshots = &server->snapshots;
    *out = (struct hl_service_kept){.seq = log->last,
                                    .durable = log->durable,
                                    .held_bytes = log->held_bytes,
                                    .bytes_since_snapshot = log->bytes_since_rotate,
                                    .failed = log->failed,
                                    .reason = log->failures > 0 ? log->reason.message : NULL,
                                    .failures = log->failures,
                                    .recoveries = log->recoveries,
                                    .refused = log->refused_failed,
                                    .waits = server->log_waits,
                                    .batches = log->batches,
                                    .syncs = log->syncs,
                                    .snapshots = snapshots->taken,
                                    .snapshots_failed = snapshots->failed,
                                    .snapshot_running = snapshots->child != 0,
                                    .snapshot_seq = snapshots->published.seq,
                                    .snapshot_created_ms = snapshots->published.created_ms,
                                    .snapshot_stall_us = snapshots->stall_us};
    return true;
}

const struct hl_service_keeper hl_keep_keeper = {keep_add, keep_remove, keep_settings, keep_snapshot, keep_figures};
