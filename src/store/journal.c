/*
 * journal.c - the owner's calls of the journal: opening, appending into memory, replaying, closing. The disk's side is in
 * journal_writer.c.
 */
#include "store/journal_state.h"

#include "core/assert.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static struct hl_journal *journal_of(const struct hl_input_log *log)
{
    struct hl_journal *journal = (struct hl_journal *)log;
    HL_ASSERT(journal->magic == HL_JOURNAL_MAGIC);
    return journal;
}

/* An empty chunk for @bytes, in no list; NULL when out of memory. The mutex is held. */
static struct hl_journal_chunk *new_chunk(struct hl_journal *journal, size_t bytes)
{
    size_t capacity = bytes > HL_JOURNAL_CHUNK_BYTES ? bytes : HL_JOURNAL_CHUNK_BYTES;
    struct hl_journal_chunk *chunk = journal->spare;
    if (capacity == HL_JOURNAL_CHUNK_BYTES && chunk != NULL) {
        journal->spare = chunk->next;
        journal->spare_count--;
    } else {
        chunk = malloc(sizeof(*chunk) + capacity);
        if (chunk == NULL)
            return NULL;
        chunk->capacity = capacity;
    }
    chunk->next = NULL;
    chunk->bytes = 0;
    chunk->rotate_after = false;
    return chunk;
}

/* The chunk that takes @bytes more; NULL when out of memory. The mutex is held. */
static struct hl_journal_chunk *chunk_with_room(struct hl_journal *journal, size_t bytes)
{
    struct hl_journal_chunk *chunk = journal->incoming.last;
    if (chunk != NULL && !chunk->rotate_after && bytes <= chunk->capacity - chunk->bytes)
        return chunk;
    if (journal->promised != NULL && bytes <= journal->promised->capacity) {
        chunk = journal->promised;
        journal->promised = NULL;
    } else {
        chunk = new_chunk(journal, bytes);
        if (chunk == NULL)
            return NULL;
    }
    if (journal->incoming.last != NULL)
        journal->incoming.last->next = chunk;
    else
        journal->incoming.first = chunk;
    journal->incoming.last = chunk;
    return chunk;
}

/* Whether a frame of @bytes is taken now. The mutex is held. */
static enum hl_status check_room(struct hl_journal *journal, size_t bytes, struct hl_error *error)
{
    struct hl_input_log_status *status = &journal->status;
    if (status->failed) {
        status->refused_failed++;
        return hl_error_set(error, HL_UNAVAILABLE, NULL, "the journal cannot be written: %s", status->reason.message);
    }
    if (status->held_bytes > 0 && status->held_bytes + bytes > status->held_bytes_max) {
        status->refused_busy++;
        return hl_error_set(error, HL_UNAVAILABLE, NULL, "the journal is busy: the disk is slower than the input");
    }
    return HL_OK;
}

/* The mutex is held. */
static enum hl_status reserve_locked(struct hl_journal *journal, size_t bytes, struct hl_error *error)
{
    enum hl_status result = check_room(journal, bytes, error);
    if (result != HL_OK)
        return result;
    if (journal->promised != NULL && journal->promised->capacity < bytes) {
        free(journal->promised);
        journal->promised = NULL;
        journal->promised_bytes = 0;
    }
    if (journal->promised == NULL)
        journal->promised = new_chunk(journal, bytes);
    if (journal->promised == NULL)
        return hl_error_set(error, HL_NO_MEMORY, NULL, "no memory for a record of the journal");
    journal->promised_bytes = bytes;
    return HL_OK;
}

static enum hl_status journal_reserve(struct hl_input_log *log, size_t bytes, struct hl_error *error)
{
    struct hl_journal *journal = journal_of(log);
    pthread_mutex_lock(&journal->mutex);
    enum hl_status status = reserve_locked(journal, hl_journal_frame_bytes(bytes), error);
    pthread_mutex_unlock(&journal->mutex);
    return status;
}

/* The mutex is held. */
static enum hl_status append_locked(struct hl_journal *journal, const struct hl_input_record *record,
                                    struct hl_error *error)
{
    struct hl_input_log_status *status = &journal->status;
    size_t bytes = hl_journal_frame_bytes(record->bytes);
    if (bytes > journal->promised_bytes) {
        enum hl_status result = check_room(journal, bytes, error);
        if (result != HL_OK)
            return result;
    }
    struct hl_journal_chunk *chunk = chunk_with_room(journal, bytes);
    if (chunk == NULL)
        return hl_error_set(error, HL_NO_MEMORY, NULL, "no memory for a record of the journal");
    hl_journal_frame_write(chunk->frames + chunk->bytes, record);
    journal->promised_bytes = 0;
    chunk->bytes += bytes;
    chunk->last_seq = record->seq;
    status->held_bytes += bytes;
    status->appended++;
    atomic_store(&journal->last, record->seq);
    pthread_cond_signal(&journal->work);
    return HL_OK;
}

static enum hl_status journal_append(struct hl_input_log *log, uint8_t kind, int64_t received_ms, const void *data,
                                     size_t bytes, uint64_t *out_seq, struct hl_error *error)
{
    struct hl_journal *journal = journal_of(log);
    struct hl_input_record record = {atomic_load(&journal->last) + 1, received_ms, kind, data, bytes};
    pthread_mutex_lock(&journal->mutex);
    enum hl_status status = append_locked(journal, &record, error);
    pthread_mutex_unlock(&journal->mutex);
    if (status == HL_OK)
        *out_seq = record.seq;
    return status;
}

static uint64_t journal_durable(const struct hl_input_log *log)
{
    return atomic_load(&journal_of(log)->durable);
}

static uint64_t journal_last(const struct hl_input_log *log)
{
    return atomic_load(&journal_of(log)->last);
}

/* Waits until all that was appended stands in the files, and stops the thread there. */
static enum hl_status pause_thread(struct hl_journal *journal, struct hl_error *error)
{
    enum hl_status result = HL_OK;
    pthread_mutex_lock(&journal->mutex);
    while (journal->busy || (!journal->status.failed && journal->incoming.first != NULL))
        pthread_cond_wait(&journal->idle, &journal->mutex);
    if (journal->status.failed && atomic_load(&journal->durable) < atomic_load(&journal->last) && !journal->copy_wanted)
        result = hl_error_set(error, HL_UNAVAILABLE, NULL, "the journal cannot be written: %s",
                              journal->status.reason.message);
    else
        journal->paused = true;
    pthread_mutex_unlock(&journal->mutex);
    return result;
}

static enum hl_status journal_replay(struct hl_input_log *log, uint64_t from, hl_input_log_visit *visit, void *context,
                                     struct hl_error *error)
{
    struct hl_journal *journal = journal_of(log);
    if (from > atomic_load(&journal->last))
        return HL_OK;
    enum hl_status status = pause_thread(journal, error);
    if (status != HL_OK)
        return status;
    status = hl_journal_scan(journal->directory, from - 1, visit, context, NULL, error);
    pthread_mutex_lock(&journal->mutex);
    journal->paused = false;
    pthread_cond_signal(&journal->work);
    pthread_mutex_unlock(&journal->mutex);
    return status;
}

static void journal_rotate(struct hl_input_log *log)
{
    struct hl_journal *journal = journal_of(log);
    pthread_mutex_lock(&journal->mutex);
    if (journal->incoming.last != NULL)
        journal->incoming.last->rotate_after = true;
    else
        journal->rotate_now = true;
    pthread_cond_signal(&journal->work);
    pthread_mutex_unlock(&journal->mutex);
}

static void journal_drop_below(struct hl_input_log *log, uint64_t seq)
{
    struct hl_journal *journal = journal_of(log);
    pthread_mutex_lock(&journal->mutex);
    journal->drop_below = seq;
    journal->drop_wanted = true;
    pthread_cond_signal(&journal->work);
    pthread_mutex_unlock(&journal->mutex);
}

static void journal_status(const struct hl_input_log *log, struct hl_input_log_status *out)
{
    struct hl_journal *journal = journal_of(log);
    pthread_mutex_lock(&journal->mutex);
    *out = journal->status;
    out->last = atomic_load(&journal->last);
    out->durable = atomic_load(&journal->durable);
    pthread_mutex_unlock(&journal->mutex);
}

static void journal_free(struct hl_journal *journal)
{
    hl_segment_writer_close(&journal->segment);
    hl_journal_chunks_free(journal->incoming.first);
    hl_journal_chunks_free(journal->kept.first);
    hl_journal_chunks_free(journal->spare);
    free(journal->promised);
    pthread_cond_destroy(&journal->idle);
    pthread_cond_destroy(&journal->work);
    pthread_mutex_destroy(&journal->mutex);
    journal->magic = 0;
    free(journal);
}

static enum hl_status journal_close(struct hl_input_log *log, struct hl_error *error)
{
    struct hl_journal *journal = journal_of(log);
    pthread_mutex_lock(&journal->mutex);
    journal->stop = true;
    pthread_cond_signal(&journal->work);
    pthread_mutex_unlock(&journal->mutex);
    pthread_join(journal->thread, NULL);
    enum hl_status status = HL_OK;
    uint64_t lost = atomic_load(&journal->last) - journal->synced_seq;
    if (journal->status.failed && lost > 0 && !journal->copy_wanted)
        status =
            hl_error_set(error, HL_IO, NULL, "the last %" PRIu64 " records of the journal are not safely on disk: %s",
                         lost, journal->status.reason.message);
    journal_free(journal);
    return status;
}

static const struct hl_input_log_ops journal_ops = {
    journal_reserve, journal_append,     journal_replay, journal_durable, journal_last,
    journal_rotate,  journal_drop_below, journal_status, journal_close,
};

struct hl_journal_options hl_journal_options_default(void)
{
    return (struct hl_journal_options){
        .sync = HL_JOURNAL_SYNC_ALWAYS,
        .interval_ms = 1000,
        .held_bytes_max = (size_t)64 << 20,
        .retry_min_ms = 100,
        .retry_max_ms = 5000,
    };
}

static bool init_locks(struct hl_journal *journal)
{
    pthread_condattr_t monotonic;
    if (pthread_condattr_init(&monotonic) != 0)
        return false;
    bool done =
        pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0 && pthread_mutex_init(&journal->mutex, NULL) == 0;
    if (done && pthread_cond_init(&journal->work, &monotonic) != 0) {
        pthread_mutex_destroy(&journal->mutex);
        done = false;
    }
    if (done && pthread_cond_init(&journal->idle, NULL) != 0) {
        pthread_cond_destroy(&journal->work);
        pthread_mutex_destroy(&journal->mutex);
        done = false;
    }
    pthread_condattr_destroy(&monotonic);
    return done;
}

static struct hl_journal *journal_new(struct hl_directory *directory, const struct hl_journal_options *options)
{
    struct hl_journal *journal = calloc(1, sizeof(*journal));
    if (journal == NULL)
        return NULL;
    journal->log.ops = &journal_ops;
    journal->magic = HL_JOURNAL_MAGIC;
    journal->directory = directory;
    journal->options = *options;
    journal->retry_pause_ms = options->retry_min_ms;
    journal->status.held_bytes_max = options->held_bytes_max;
    journal->segment.file.handle = -1;
    if (init_locks(journal))
        return journal;
    free(journal);
    return NULL;
}

/* Where to go on: after what is proven to be durable, unless the snapshot reaches further than the journal. */
static void begin_after(struct hl_journal *journal, const struct hl_journal_report *report)
{
    uint64_t after = journal->options.after_seq;
    bool goes_on = report->segments > 0 && report->behind == 0;
    uint64_t last = goes_on && report->last_seq > after ? report->last_seq : after;
    journal->safe_seq = goes_on ? report->proven_seq : after;
    journal->synced_seq = journal->safe_seq;
    journal->written_seq = last;
    journal->copy_wanted = goes_on;
    journal->status.bytes_since_rotate = report->bytes;
    atomic_store(&journal->last, last);
}

static void first_segment(struct hl_journal *journal)
{
    struct hl_error why;
    if (hl_journal_begin_segment(journal, &why) != HL_OK) {
        hl_journal_note_failure(journal, &why);
    } else {
        journal->synced_seq = journal->written_seq;
        journal->safe_seq = journal->written_seq;
    }
    journal->status.synced = journal->synced_seq;
    atomic_store(&journal->durable, journal->synced_seq);
}

enum hl_status hl_journal_open(struct hl_directory *directory, const struct hl_journal_options *options,
                               struct hl_input_log **out, struct hl_journal_report *report, struct hl_error *error)
{
    struct hl_journal_report unwanted;
    struct hl_journal_report *found = report != NULL ? report : &unwanted;
    *found = (struct hl_journal_report){0};
    if (options->after_seq > HL_JOURNAL_SEQ_MAX / 2)
        return hl_error_set(error, HL_INVALID, NULL, "%" PRIu64 " is no possible record number", options->after_seq);
    enum hl_status status = hl_journal_scan(directory, options->after_seq, NULL, NULL, found, error);
    if (status != HL_OK)
        return status;
    struct hl_journal *journal = journal_new(directory, options);
    if (journal == NULL)
        return hl_error_set(error, HL_NO_MEMORY, NULL, "no memory for the journal");
    begin_after(journal, found);
    first_segment(journal);
    if (pthread_create(&journal->thread, NULL, hl_journal_writer_main, journal) != 0) {
        journal_free(journal);
        return hl_error_set(error, HL_NO_MEMORY, NULL, "the system gives no thread for the journal");
    }
    *out = &journal->log;
    return HL_OK;
}
