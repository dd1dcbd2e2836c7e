/*
 * durable.c - opening, changing and closing an engine whose inputs last (see durable.h).
 */
#include "state/durable.h"

#include "core/assert.h"
#include "state/snapshot.h"

#include <stdlib.h>
#include <string.h>

#define PROGRESS_RECORDS 4096 /* between two calls of progress */

struct hl_durable {
    struct hl_durable_options options;
    hl_engine *engine;             /* owned */
    struct hl_input_log *log;      /* owned; NULL: memory only */
    struct hl_directory directory; /* open when has_directory */
    bool has_directory;
    uint64_t snapshot_last; /* record; the newest snapshot */
    struct hl_engine_options in_force;
    struct hl_engine_options wanted; /* options that the log could not take yet... */
    bool wants_options;              /* ...if there are any */
    struct hl_input input;           /* the change at hand */
    unsigned char record[HL_INPUT_BYTES_MAX];
};

struct hl_durable_options hl_durable_options_default(void)
{
    struct hl_journal_options journal = hl_journal_options_default();
    return (struct hl_durable_options){
        .engine = hl_engine_options_default(),
        .sync = journal.sync,
        .interval_ms = journal.interval_ms,
        .held_bytes_max = journal.held_bytes_max,
        .snapshots_kept = 3,
    };
}

/* ---- changes ---- */

static enum hl_status reserve(struct hl_durable *d, struct hl_error *error)
{
    return d->log ? hl_input_log_reserve(d->log, HL_INPUT_BYTES_MAX, error) : HL_OK;
}

/* Appends d->input, which was made room for. */
static void append(struct hl_durable *d)
{
    if (!d->log)
        return;
    uint64_t seq;
    size_t bytes = hl_input_encode(&d->input, d->record);
    enum hl_status status =
        hl_input_log_append(d->log, (uint8_t)d->input.kind, d->input.at_ms, d->record, bytes, &seq, NULL);
    HL_ASSERT(status == HL_OK);
}

static void begin_input(struct hl_durable *d, enum hl_input_kind kind, struct hl_text collection)
{
    d->input.kind = kind;
    d->input.at_ms = hl_engine_now(d->engine);
    d->input.headline = (struct hl_headline){.collection = collection, .published_ms = HL_TIME_NONE};
    d->input.answer = (struct hl_input_answer){.refused = false};
}

/* Options go by no time of their own; they are logged at the engine's. */
static enum hl_status change_options(struct hl_durable *d, struct hl_error *error)
{
    enum hl_status status = reserve(d, error);
    if (status == HL_OK)
        status = hl_engine_options_set(d->engine, &d->wanted, error);
    if (status != HL_OK)
        return status;
    begin_input(d, HL_INPUT_OPTIONS, (struct hl_text){NULL, 0});
    hl_options_to_input(&d->wanted, &d->input);
    append(d);
    d->in_force = d->wanted;
    d->wants_options = false;
    return HL_OK;
}

/* What comes before every change. */
static enum hl_status prepare(struct hl_durable *d, struct hl_error *error)
{
    enum hl_status status = d->wants_options ? change_options(d, error) : HL_OK;
    return status == HL_OK ? reserve(d, error) : status;
}

static void log_add(struct hl_durable *d, const struct hl_headline *headline, const struct hl_result *result)
{
    begin_input(d, HL_INPUT_ADD, headline->collection);
    d->input.headline = *headline;
    d->input.answer = hl_input_answer_of(headline, result);
    append(d);
}

enum hl_status hl_durable_add(struct hl_durable *durable, const struct hl_headline *headline, int64_t now_ms,
                              struct hl_result *result, struct hl_error *error)
{
    enum hl_status status = prepare(durable, error);
    if (status != HL_OK)
        return status;
    status = hl_engine_add(durable->engine, headline, now_ms, result, error);
    bool replayed = status == HL_OK && result->verdict == HL_VERDICT_REPLAYED;
    if ((status == HL_OK && !replayed) || hl_engine_has_expired(durable->engine))
        log_add(durable, headline, status == HL_OK ? result : NULL);
    return status;
}

enum hl_status hl_durable_remove(struct hl_durable *durable, struct hl_text collection, struct hl_text id,
                                 int64_t now_ms, struct hl_error *error)
{
    char copy[HL_ID_MAX_BYTES]; /* it may be borrowed from the headline that goes */
    enum hl_status status = prepare(durable, error);
    if (id.length > 0 && id.length <= sizeof copy)
        memcpy(copy, id.data, id.length);
    if (status == HL_OK)
        status = hl_engine_remove(durable->engine, collection, id, now_ms, error);
    if (status != HL_OK)
        return status;
    HL_ASSERT(id.length <= sizeof copy);
    begin_input(durable, HL_INPUT_REMOVE, collection);
    durable->input.headline.id = (struct hl_text){copy, id.length};
    append(durable);
    return HL_OK;
}

/* Of two changes with one name the later counts: so there are never more than settings. */
static void put_change(struct hl_input *input, const struct hl_setting_change *change)
{
    uint32_t i = 0;
    while (i < input->value_count && strcmp(input->values[i].name, change->name) != 0)
        i++;
    if (i == input->value_count)
        input->value_count++;
    HL_ASSERT(i < HL_INPUT_VALUES_MAX && strlen(change->name) < HL_INPUT_NAME_BYTES);
    memcpy(input->values[i].name, change->name, strlen(change->name) + 1);
    bool is_text = !change->reset && strcmp(change->name, HL_PREFER_SOURCES) == 0;
    input->values[i].reset = change->reset;
    input->values[i].is_text = is_text;
    input->values[i].text = is_text ? change->text : (struct hl_text){NULL, 0};
    input->values[i].value = change->reset || is_text ? 0 : change->value;
}

enum hl_status hl_durable_settings_set(struct hl_durable *durable, struct hl_text collection,
                                       const struct hl_setting_change *changes, size_t count, int64_t now_ms,
                                       uint64_t *seq, struct hl_error *error)
{
    uint64_t number;
    enum hl_status status = prepare(durable, error);
    if (status == HL_OK)
        status = hl_engine_settings_set(durable->engine, collection, changes, count, now_ms, &number, error);
    if (status != HL_OK)
        return status;
    begin_input(durable, HL_INPUT_SETTINGS, collection);
    durable->input.answer.seq = number;
    durable->input.value_count = 0;
    for (size_t i = 0; i < count; i++)
        put_change(&durable->input, &changes[i]);
    append(durable);
    if (seq)
        *seq = number;
    return HL_OK;
}

/* The log counts what it refuses, and a tick is nobody's request: so it asks before. */
static bool takes_nothing(const struct hl_durable *d)
{
    struct hl_input_log_status status;
    return hl_durable_is_busy(d) || (hl_durable_log_status(d, &status) && status.failed);
}

bool hl_durable_tick(struct hl_durable *durable, int64_t now_ms, unsigned budget)
{
    if (takes_nothing(durable) || prepare(durable, NULL) != HL_OK)
        return false;
    bool more = hl_engine_tick(durable->engine, now_ms, budget);
    if (hl_engine_has_expired(durable->engine)) {
        begin_input(durable, HL_INPUT_TICK, (struct hl_text){NULL, 0});
        durable->input.budget = budget;
        append(durable);
    }
    return more;
}

/* ---- questions ---- */

const unsigned char *hl_durable_id(const struct hl_durable *durable)
{
    return durable->has_directory ? durable->directory.id : NULL;
}

hl_engine *hl_durable_engine(struct hl_durable *durable)
{
    return durable->engine;
}

bool hl_durable_log_status(const struct hl_durable *durable, struct hl_input_log_status *out)
{
    if (!durable->log)
        return false;
    hl_input_log_status(durable->log, out);
    return true;
}

bool hl_durable_is_busy(const struct hl_durable *durable)
{
    struct hl_input_log_status status;
    return hl_durable_log_status(durable, &status) && !status.failed && status.held_bytes > 0 &&
           status.held_bytes + 2 * HL_INPUT_BYTES_MAX > status.held_bytes_max;
}

uint64_t hl_durable_last(const struct hl_durable *durable)
{
    return durable->log ? hl_input_log_last(durable->log) : 0;
}

uint64_t hl_durable_safe(const struct hl_durable *durable)
{
    return durable->log ? hl_input_log_durable(durable->log) : 0;
}

/* ---- opening and closing ---- */

struct recovery {
    struct hl_replay replay;
    const struct hl_durable_options *options;
    uint64_t total;
};

static enum hl_status replay_record(void *context, const struct hl_input_record *record, struct hl_error *error)
{
    struct recovery *recovery = context;
    const struct hl_durable_options *options = recovery->options;
    if (options->progress && recovery->replay.records % PROGRESS_RECORDS == 0)
        options->progress(options->context, "journal", recovery->replay.records, recovery->total);
    return hl_replay_apply(&recovery->replay, record, error);
}

static void report_replay(const struct hl_replay *replay, struct hl_durable_report *report)
{
    report->replayed = replay->records;
    report->differences = replay->differences;
    report->difference_seq = replay->difference_seq;
    report->difference = replay->difference;
}

/*
 * Replays what the log has behind the snapshot, and then makes the options those that are wanted. @loaded: those of the snapshot; NULL: there
 * is none.
 */
static enum hl_status recover(struct hl_durable *d, const struct hl_engine_options *loaded,
                              struct hl_durable_report *report, struct hl_error *error)
{
    struct recovery *recovery = calloc(1, sizeof *recovery);
    if (!recovery)
        return hl_error_set(error, HL_NO_MEMORY, NULL, "no memory for the replay");
    uint64_t last = hl_input_log_last(d->log), after = d->snapshot_last;
    struct hl_replay *replay = &recovery->replay;
    replay->engine = d->engine;
    replay->options = loaded ? *loaded : d->options.engine;
    replay->has_options = loaded != NULL;
    recovery->options = &d->options;
    recovery->total = last > after ? last - after : 0;
    enum hl_status status = hl_input_log_replay(d->log, after + 1, replay_record, recovery, error);
    report_replay(replay, report);
    d->in_force = replay->options;
    d->wanted = d->options.engine;
    bool equal = d->options.keep_options || hl_options_equal(&d->in_force, &d->wanted);
    d->wants_options = !replay->has_options || !equal;
    free(recovery);
    if (status != HL_OK)
        return status;
    if (d->options.progress)
        d->options.progress(d->options.context, "journal", report->replayed, report->replayed);
    status = d->wants_options ? change_options(d, error) : HL_OK;
    return status == HL_UNAVAILABLE ? HL_OK : status; /* the next change tries it again */
}

/* A snapshot tells nothing of what was before it: the observer hears of what comes after. */
static void observe(struct hl_durable *d)
{
    if (d->options.observer)
        hl_engine_observe(d->engine, d->options.observer, d->options.observer_context);
}

static struct hl_durable *create(const struct hl_durable_options *options, struct hl_error *error)
{
    struct hl_durable *d = calloc(1, sizeof *d);
    if (d)
        d->options = *options;
    else
        (void)hl_error_set(error, HL_NO_MEMORY, NULL, "no memory for the state");
    return d;
}

static void snapshot_progress(void *context, uint64_t done, uint64_t total)
{
    const struct hl_durable_options *options = context;
    options->progress(options->context, "snapshot", done, total);
}

/* The newest snapshot that is whole; without one the engine is empty, and *@broken says what is wrong with those there are. */
static enum hl_status load_snapshot(struct hl_durable *d, struct hl_state_loader *loader,
                                    struct hl_durable_report *report, struct hl_error *broken, struct hl_error *error)
{
    loader->options = &d->options.engine;
    loader->progress = d->options.progress ? snapshot_progress : NULL;
    loader->progress_context = &d->options;
    enum hl_status status = hl_state_load_newest(&d->directory, loader, &report->snapshot, broken, error);
    d->engine = loader->engine;
    d->snapshot_last = report->snapshot.seq;
    return status;
}

static enum hl_status open_journal(struct hl_durable *d, struct hl_durable_report *report, struct hl_error *error)
{
    struct hl_journal_options journal = hl_journal_options_default();
    journal.sync = d->options.sync;
    journal.interval_ms = d->options.interval_ms;
    journal.held_bytes_max = d->options.held_bytes_max;
    journal.after_seq = d->snapshot_last;
    journal.notify = d->options.notify;
    journal.notify_context = d->options.context;
    return hl_journal_open(&d->directory, &journal, &d->log, &report->journal, error);
}

/* The journal can stand in for snapshots only when it goes back to the first record. */
static enum hl_status open_state(struct hl_durable *d, struct hl_durable_report *report, struct hl_error *error)
{
    struct hl_error broken = {0}, why = {0};
    struct hl_state_loader *loader = calloc(1, sizeof *loader);
    if (!loader)
        return hl_error_set(error, HL_NO_MEMORY, NULL, "no memory for the state");
    enum hl_status status = load_snapshot(d, loader, report, &broken, error);
    if (status == HL_OK) {
        observe(d);
        status = open_journal(d, report, &why);
        if (status == HL_CORRUPT && (broken.status == HL_CORRUPT || broken.status == HL_IO))
            (void)hl_error_set(error, status, NULL, "no snapshot can be read (%s), and the journal alone is not enough",
                               broken.message);
        else if (status != HL_OK && error)
            *error = why;
    }
    if (status == HL_OK)
        status = recover(d, d->snapshot_last > 0 ? &loader->loaded : NULL, report, error);
    free(loader);
    return status;
}

/* Gives @d out, or, with an error, to the grave. */
static enum hl_status deliver(struct hl_durable *d, enum hl_status status, struct hl_durable **out)
{
    if (status == HL_OK)
        *out = d;
    else
        (void)hl_durable_close(d, NULL);
    return status;
}

enum hl_status hl_durable_open_files(const struct hl_durable_options *options, struct hl_files files,
                                     struct hl_durable **out, struct hl_durable_report *report, struct hl_error *error)
{
    struct hl_durable_report unwanted;
    report = report ? report : &unwanted;
    memset(report, 0, sizeof *report);
    struct hl_durable *d = create(options, error);
    if (!d) {
        hl_files_close(&files);
        return HL_NO_MEMORY;
    }
    enum hl_status status = hl_directory_open_files(files, HL_DIRECTORY_CREATE, &d->directory, error);
    if (status == HL_OK) {
        d->has_directory = true;
        report->orphans_removed = d->directory.orphans_removed;
        status = open_state(d, report, error);
    }
    return deliver(d, status, out);
}

enum hl_status hl_durable_open_log(const struct hl_durable_options *options, struct hl_input_log *log,
                                   struct hl_durable **out, struct hl_durable_report *report, struct hl_error *error)
{
    struct hl_durable_report unwanted;
    report = report ? report : &unwanted;
    memset(report, 0, sizeof *report);
    struct hl_durable *d = create(options, error);
    if (!d) {
        (void)hl_input_log_close(log, NULL);
        return HL_NO_MEMORY;
    }
    d->log = log;
    enum hl_status status = hl_engine_create(&options->engine, &d->engine, error);
    if (status == HL_OK) {
        observe(d);
        status = recover(d, NULL, report, error);
    }
    return deliver(d, status, out);
}

static enum hl_status open_memory(const struct hl_durable_options *options, struct hl_durable **out,
                                  struct hl_error *error)
{
    struct hl_durable *d = create(options, error);
    enum hl_status status = d ? hl_engine_create(&options->engine, &d->engine, error) : HL_NO_MEMORY;
    if (status == HL_OK)
        observe(d);
    return d ? deliver(d, status, out) : status;
}

enum hl_status hl_durable_open(const struct hl_durable_options *options, struct hl_durable **out,
                               struct hl_durable_report *report, struct hl_error *error)
{
    struct hl_files files;
    if (report)
        memset(report, 0, sizeof *report);
    if (!options->directory)
        return open_memory(options, out, error);
    enum hl_status status = hl_files_open_posix(options->directory, true, &files, error);
    return status == HL_OK ? hl_durable_open_files(options, files, out, report, error) : status;
}

enum hl_status hl_durable_close(struct hl_durable *durable, struct hl_error *error)
{
    if (!durable)
        return HL_OK;
    enum hl_status status = hl_input_log_close(durable->log, error);
    if (durable->has_directory)
        hl_directory_close(&durable->directory);
    hl_engine_destroy(durable->engine);
    free(durable);
    return status;
}

/* ---- snapshots ---- */

uint64_t hl_durable_snapshot_last(const struct hl_durable *durable)
{
    return durable->snapshot_last;
}

bool hl_durable_snapshot_begin(struct hl_durable *durable, int64_t now_ms, struct hl_durable_snapshot *out)
{
    if (!durable->has_directory || hl_durable_last(durable) == durable->snapshot_last)
        return false;
    *out = (struct hl_durable_snapshot){hl_durable_last(durable), now_ms};
    hl_input_log_rotate(durable->log);
    return true;
}

enum hl_status hl_durable_snapshot_save(struct hl_durable *durable, const struct hl_durable_snapshot *snapshot,
                                        struct hl_error *error)
{
    const struct hl_snapshot_meta meta = {
        .seq = snapshot->seq,
        .created_ms = snapshot->created_ms,
        .content_version = HL_STATE_CONTENT_VERSION,
    };
    struct hl_snapshot_writer *writer;
    uint32_t keep = durable->options.snapshots_kept > 0 ? durable->options.snapshots_kept : 1;
    enum hl_status status = hl_snapshot_create_file(&durable->directory, &meta, keep, &writer, error);
    if (status != HL_OK)
        return status;
    status = hl_state_write(writer, durable->engine, &durable->in_force, error);
    hl_snapshot_writer_free(writer);
    return status;
}

void hl_durable_snapshot_end(struct hl_durable *durable, const struct hl_durable_snapshot *snapshot, bool published)
{
    char unfinished[HL_FILE_NAME_BYTES];
    struct hl_directory_listing listing;
    hl_directory_snapshot_name(unfinished, snapshot->seq, true);
    (void)hl_files_remove(&durable->directory.files, unfinished,
                          NULL); /* mostly there is none; else the next start removes it */
    if (!published)
        return;
    durable->snapshot_last = snapshot->seq;
    if (hl_directory_list(&durable->directory, &listing, NULL) != HL_OK)
        return; /* the next one sees to it */
    if (listing.snapshot_count > 0 && listing.snapshot_count >= durable->options.snapshots_kept)
        hl_input_log_drop_below(durable->log, listing.snapshots[0] + 1);
    hl_directory_listing_clear(&listing);
}

enum hl_status hl_durable_snapshot_take(struct hl_durable *durable, int64_t now_ms, struct hl_error *error)
{
    struct hl_durable_snapshot snapshot;
    if (!hl_durable_snapshot_begin(durable, now_ms, &snapshot))
        return HL_OK;
    enum hl_status status = hl_durable_snapshot_save(durable, &snapshot, error);
    hl_durable_snapshot_end(durable, &snapshot, status == HL_OK);
    return status;
}

enum hl_status hl_durable_compact(struct hl_durable *durable, int64_t now_ms, struct hl_error *error)
{
    const struct hl_durable_snapshot snapshot = {hl_durable_last(durable), now_ms};
    if (!durable->has_directory)
        return hl_error_set(error, HL_INVALID, NULL, "there is no directory to write a snapshot to");
    uint32_t kept = durable->options.snapshots_kept;
    durable->options.snapshots_kept = 1;
    hl_input_log_rotate(durable->log);
    enum hl_status status = hl_durable_snapshot_save(durable, &snapshot, error);
    if (status == HL_OK)
        hl_durable_snapshot_end(durable, &snapshot, true);
    durable->options.snapshots_kept = kept;
    return status;
}
