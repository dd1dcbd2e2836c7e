/*
 * journal_writer.c - the journal's thread: takes what was appended, writes it, syncs it, says so; and what it does when it cannot.
 *
 * Why a failed write or sync is handled as it is. When fsync fails, Linux marks the pages clean although they did not reach the disk:
 * reading them gives what was written, the next fsync of the same file succeeds, and a power cut then loses what was
 * acknowledged after it (the PostgreSQL people's "fsyncgate", 2018). So from the moment when a write or a sync of a segment
 * fails, that file is not written, synced or relied upon any more beyond the last record that an earlier sync has covered. All
 * later records are still in memory (kept), because they are let go only after a sync. They are written to a new file, from its first
 * byte, with a new salt; it is synced, renamed to the name of its first record (safe_seq + 1), and the directory synced. Only then
 * do they count and may the next record be accepted. A failure on the way leaves a temporary file, which the next attempt
 * removes before it makes its own: an inode that failed once is never used again.
 *
 * The old file keeps whatever stands behind the last safe record: whole frames, a torn one, zeros. It is not cut, for cutting is one
 * more operation that could fail on a failing disk. Readers need no luck: a segment ends where the next one begins
 * (journal_scan.c). When the power goes before the new file has its name, the old one is the last, and its tail is torn or whole
 * but was never acknowledged; either is a correct end. When nothing of the old segment was ever safe, the new one has its name and
 * replaces it whole.
 *
 * The same goes for starting: what a crashed daemon wrote last may be readable and yet not on disk. The records that no later
 * frame proves to be durable are copied to a new segment before anything is accepted (copy_wanted). A journal whose disk
 * is full or failing at the start is failed from the beginning, and begins as soon as it can.
 *
 * With HL_JOURNAL_SYNC_NEVER records are let go when they are written, so safe_seq is written_seq and a failed sync, which is only made at
 * rotation and at the end, cannot be made good: the policy promises nothing after a power cut. With HL_JOURNAL_SYNC_INTERVAL they are
 * kept until synced, and synced early when half of the room for them is used.
 *
 * Segments are not allocated ahead. Zeros written first save the sync of the file's size (up to 1.9 times the syncs of small batches on
 * a quiet disk, nothing on a busy one), cost every byte twice, and make every crash end in a tail of zeros.
 *
 * No memory is allocated for records here: a machine out of memory can still write what was appended.
 */
#include "store/journal_state.h"

#include "core/assert.h"
#include "core/buffer.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

struct work {
    struct hl_journal_chunks chunks;
    bool rotate, stop, failed, drop;
    uint64_t drop_below;
    uint64_t held_bytes;
    /* What came of it: */
    struct hl_journal_chunks released;
    uint64_t released_bytes, written_bytes, batches, syncs, dropped, drop_failures;
    bool rotated;
};

int64_t hl_journal_clock_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void hl_journal_chunks_free(struct hl_journal_chunk *first)
{
    while (first != NULL) {
        struct hl_journal_chunk *next = first->next;
        free(first);
        first = next;
    }
}

static void chunks_append(struct hl_journal_chunks *to, struct hl_journal_chunks more)
{
    if (more.first == NULL)
        return;
    if (to->last != NULL)
        to->last->next = more.first;
    else
        to->first = more.first;
    to->last = more.last;
}

/* Everything kept is safe: it may be let go. */
static void release_kept(struct hl_journal *journal, struct work *work)
{
    for (struct hl_journal_chunk *chunk = journal->kept.first; chunk != NULL; chunk = chunk->next)
        work->released_bytes += chunk->bytes;
    chunks_append(&work->released, journal->kept);
    journal->kept = (struct hl_journal_chunks){0};
    journal->safe_seq = journal->written_seq;
}

static void seal(struct hl_journal *journal, struct hl_journal_chunk *chunk)
{
    for (size_t at = 0; at < chunk->bytes;)
        at += hl_journal_frame_seal(chunk->frames + at, journal->synced_seq, journal->segment.salt);
}

static enum hl_status write_chunks(struct hl_journal *journal, struct hl_journal_chunk *first, struct hl_error *error)
{
    for (struct hl_journal_chunk *chunk = first; chunk != NULL; chunk = chunk->next) {
        seal(journal, chunk);
        enum hl_status status = hl_segment_writer_append(&journal->segment, chunk->frames, chunk->bytes, error);
        if (status != HL_OK)
            return status;
    }
    return HL_OK;
}

struct copy {
    struct hl_journal *journal;
    struct hl_buffer frames;
};

static enum hl_status flush_copy(struct copy *copy, struct hl_error *error)
{
    enum hl_status status =
        hl_segment_writer_append(&copy->journal->segment, copy->frames.data, copy->frames.length, error);
    hl_buffer_reset(&copy->frames);
    return status;
}

static enum hl_status copy_record(void *context, const struct hl_input_record *record, struct hl_error *error)
{
    struct copy *copy = context;
    size_t bytes = hl_journal_frame_bytes(record->bytes);
    if (!hl_buffer_reserve(&copy->frames, bytes))
        return hl_error_set(error, HL_NO_MEMORY, NULL, "no memory to copy the end of the journal");
    unsigned char *frame = (unsigned char *)copy->frames.data + copy->frames.length;
    hl_journal_frame_write(frame, record);
    (void)hl_journal_frame_seal(frame, copy->journal->synced_seq, copy->journal->segment.salt);
    copy->frames.length += bytes;
    return copy->frames.length >= HL_JOURNAL_CHUNK_BYTES ? flush_copy(copy, error) : HL_OK;
}

/* The records after safe_seq that stand in the files. */
static enum hl_status copy_unproven(struct hl_journal *journal, struct hl_error *error)
{
    struct copy copy = {.journal = journal};
    enum hl_status status = hl_journal_scan(journal->directory, journal->safe_seq, copy_record, &copy, NULL, error);
    if (status == HL_OK && copy.frames.length > 0)
        status = flush_copy(&copy, error);
    hl_buffer_clear(&copy.frames);
    return status;
}

enum hl_status hl_journal_begin_segment(struct hl_journal *journal, struct hl_error *error)
{
    hl_segment_writer_close(&journal->segment);
    enum hl_status status = hl_segment_writer_create(journal->directory, journal->safe_seq + 1, journal->options.salt,
                                                     &journal->segment, error);
    if (status == HL_OK && journal->copy_wanted)
        status = copy_unproven(journal, error);
    if (status == HL_OK)
        status = write_chunks(journal, journal->kept.first, error);
    if (status == HL_OK)
        status = hl_segment_writer_publish(&journal->segment, error);
    if (status == HL_OK)
        journal->copy_wanted = false;
    return status;
}

void hl_journal_note_failure(struct hl_journal *journal, const struct hl_error *why)
{
    uint32_t pause = journal->retry_pause_ms;
    journal->status.failed = true;
    journal->status.reason = *why;
    journal->status.failures++;
    journal->retry_due_ms = hl_journal_clock_ms() + pause;
    journal->retry_pause_ms = pause < journal->options.retry_max_ms / 2 ? 2 * pause : journal->options.retry_max_ms;
}

static enum hl_status sync_segment(struct hl_journal *journal, struct work *work, struct hl_error *error)
{
    enum hl_status status = hl_file_sync_data(&journal->segment.file, error);
    if (status != HL_OK)
        return status;
    work->syncs++;
    journal->synced_seq = journal->written_seq;
    release_kept(journal, work);
    return HL_OK;
}

/* The old segment is synced whatever the policy, so that only the last one can be torn. */
static enum hl_status rotate(struct hl_journal *journal, struct work *work, struct hl_error *error)
{
    if (journal->segment.first_seq == journal->written_seq + 1)
        return HL_OK; /* still empty */
    enum hl_status status = HL_OK;
    if (journal->synced_seq < journal->written_seq)
        status = sync_segment(journal, work, error);
    if (status == HL_OK)
        status = hl_journal_begin_segment(journal, error);
    work->rotated = status == HL_OK;
    return status;
}

static bool sync_is_due(const struct hl_journal *journal, const struct work *work)
{
    if (journal->synced_seq == journal->written_seq)
        return false;
    if (work->stop || journal->options.sync == HL_JOURNAL_SYNC_ALWAYS)
        return true;
    if (journal->options.sync == HL_JOURNAL_SYNC_NEVER)
        return false;
    return hl_journal_clock_ms() >= journal->sync_due_ms || work->held_bytes > journal->options.held_bytes_max / 2;
}

static enum hl_status write_batch(struct hl_journal *journal, struct work *work, struct hl_error *error)
{
    struct hl_journal_chunk *first = work->chunks.first;
    uint64_t offset = journal->segment.offset;
    chunks_append(&journal->kept, work->chunks);
    enum hl_status status = write_chunks(journal, first, error);
    if (status != HL_OK || first == NULL)
        return status;
    if (journal->synced_seq == journal->written_seq)
        journal->sync_due_ms = hl_journal_clock_ms() + journal->options.interval_ms;
    journal->written_seq = journal->kept.last->last_seq;
    work->written_bytes += journal->segment.offset - offset;
    work->batches++;
    if (journal->options.sync == HL_JOURNAL_SYNC_NEVER)
        release_kept(journal, work);
    return HL_OK;
}

/* After a failure: everything anew. */
static enum hl_status recover(struct hl_journal *journal, struct work *work, struct hl_error *error)
{
    chunks_append(&journal->kept, work->chunks);
    enum hl_status status = hl_journal_begin_segment(journal, error);
    if (status != HL_OK)
        return status;
    if (journal->kept.last != NULL)
        journal->written_seq = journal->kept.last->last_seq;
    journal->synced_seq = journal->written_seq;
    work->written_bytes += journal->segment.offset;
    work->syncs++;
    work->rotated = work->rotate; /* a rotation that was due has happened with it */
    release_kept(journal, work);
    return HL_OK;
}

static void drop_segments(struct hl_journal *journal, struct work *work)
{
    struct hl_directory_listing listing;
    if (hl_directory_list(journal->directory, &listing, NULL) != HL_OK) {
        work->drop_failures++;
        return;
    }
    for (size_t i = 0; i + 1 < listing.segment_count && listing.segments[i + 1] <= work->drop_below; i++) {
        char name[HL_FILE_NAME_BYTES];
        hl_directory_segment_name(name, listing.segments[i], false);
        if (hl_files_remove(&journal->directory->files, name, NULL) == HL_OK)
            work->dropped++;
        else
            work->drop_failures++;
    }
    hl_directory_listing_clear(&listing);
}

static enum hl_status run(struct hl_journal *journal, struct work *work, struct hl_error *error)
{
    if (work->drop) /* first: it makes room */
        drop_segments(journal, work);
    if (work->failed)
        return recover(journal, work, error);
    enum hl_status status = write_batch(journal, work, error);
    if (status == HL_OK && sync_is_due(journal, work))
        status = sync_segment(journal, work, error);
    if (status == HL_OK && work->rotate)
        status = rotate(journal, work, error);
    return status;
}

/* Up to the first chunk behind which a segment ends. The mutex is held. */
static void take_chunks(struct hl_journal *journal, struct work *work)
{
    struct hl_journal_chunk *chunk = journal->incoming.first;
    if (chunk == NULL)
        return;
    while (chunk->next != NULL && !chunk->rotate_after)
        chunk = chunk->next;
    work->chunks = (struct hl_journal_chunks){journal->incoming.first, chunk};
    work->rotate = chunk->rotate_after;
    journal->incoming.first = chunk->next;
    if (chunk->next == NULL)
        journal->incoming.last = NULL;
    chunk->next = NULL;
}

static struct work take_work(struct hl_journal *journal)
{
    struct work work = {
        .stop = journal->stop,
        .failed = journal->status.failed,
        .drop = journal->drop_wanted,
        .drop_below = journal->drop_below,
        .held_bytes = journal->status.held_bytes,
    };
    if (journal->rotate_now && !work.failed)
        work.rotate = true; /* what is incoming came later: it belongs into the new segment */
    else
        take_chunks(journal, &work);
    journal->rotate_now = false;
    journal->drop_wanted = false;
    return work;
}

/* Milliseconds until there is something to do without being asked; -1: nothing, 0: now. The mutex is held. */
static int64_t wait_ms(const struct hl_journal *journal)
{
    if (journal->paused)
        return -1;
    if (journal->stop || journal->drop_wanted)
        return 0;
    int64_t due;
    if (journal->status.failed)
        due = journal->retry_due_ms;
    else if (journal->incoming.first != NULL || journal->rotate_now)
        return 0;
    else if (journal->options.sync == HL_JOURNAL_SYNC_INTERVAL && journal->synced_seq < journal->written_seq)
        due = journal->sync_due_ms;
    else
        return -1;
    int64_t now = hl_journal_clock_ms();
    return due > now ? due - now : 0;
}

static void wait_for_work(struct hl_journal *journal)
{
    for (int64_t ms = wait_ms(journal); ms != 0; ms = wait_ms(journal)) {
        if (ms < 0) {
            pthread_cond_wait(&journal->work, &journal->mutex);
            continue;
        }
        struct timespec until;
        (void)clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += ms / 1000;
        until.tv_nsec += ms % 1000 * 1000000;
        if (until.tv_nsec >= 1000000000) {
            until.tv_sec++;
            until.tv_nsec -= 1000000000;
        }
        (void)pthread_cond_timedwait(&journal->work, &journal->mutex, &until);
    }
}

/* Some of the chunks are kept for the next appends; the rest is returned, to be freed. The mutex is held. */
static struct hl_journal_chunk *keep_spares(struct hl_journal *journal, struct hl_journal_chunk *chunk)
{
    struct hl_journal_chunk *rest = NULL;
    while (chunk != NULL) {
        struct hl_journal_chunk *next = chunk->next;
        bool keep = chunk->capacity == HL_JOURNAL_CHUNK_BYTES && journal->spare_count < HL_JOURNAL_SPARE_MAX;
        struct hl_journal_chunk **list = keep ? &journal->spare : &rest;
        journal->spare_count += keep;
        chunk->next = *list;
        *list = chunk;
        chunk = next;
    }
    return rest;
}

/* Makes what came of the work visible. True when the owner wants to know. The mutex is held. */
static bool settle(struct hl_journal *journal, const struct work *work, enum hl_status result,
                   const struct hl_error *why)
{
    struct hl_input_log_status *status = &journal->status;
    bool was_failed = status->failed;
    status->batches += work->batches;
    status->syncs += work->syncs;
    status->segments_dropped += work->dropped;
    status->drop_failures += work->drop_failures;
    status->held_bytes -= work->released_bytes;
    status->bytes_since_rotate = work->rotated ? 0 : status->bytes_since_rotate + work->written_bytes;
    status->synced = journal->synced_seq;
    if (result != HL_OK) {
        hl_journal_note_failure(journal, why);
    } else {
        status->failed = false;
        status->recoveries += was_failed;
        journal->retry_pause_ms = journal->options.retry_min_ms;
    }
    bool always = journal->options.sync == HL_JOURNAL_SYNC_ALWAYS;
    uint64_t durable = always ? journal->synced_seq : journal->written_seq;
    bool grown = durable > atomic_load(&journal->durable);
    if (grown)
        atomic_store(&journal->durable, durable);
    return grown || was_failed != status->failed;
}

/* One round; false when it was the last. The mutex is held before and after. */
static bool work_once(struct hl_journal *journal)
{
    struct hl_error why;
    struct work work = take_work(journal);
    journal->busy = true;
    pthread_mutex_unlock(&journal->mutex);
    enum hl_status result = run(journal, &work, &why);
    pthread_mutex_lock(&journal->mutex);
    journal->busy = false;
    bool tell = settle(journal, &work, result, &why);
    bool last = work.stop && (result != HL_OK ? work.failed : journal->incoming.first == NULL);
    struct hl_journal_chunk *rest = keep_spares(journal, work.released.first);
    pthread_cond_broadcast(&journal->idle);
    pthread_mutex_unlock(&journal->mutex);
    hl_journal_chunks_free(rest);
    if (tell && journal->options.notify != NULL)
        journal->options.notify(journal->options.notify_context);
    pthread_mutex_lock(&journal->mutex);
    return !last;
}

void *hl_journal_writer_main(void *argument)
{
    struct hl_journal *journal = argument;
    HL_ASSERT(journal->magic == HL_JOURNAL_MAGIC);
    pthread_mutex_lock(&journal->mutex);
    do
        wait_for_work(journal);
    while (work_once(journal));
    pthread_mutex_unlock(&journal->mutex);
    return NULL;
}
