/*
 * log.h - the log: every accepted input, in order, each with a sequence number. The seam between the daemon and how inputs last.
 *
 * "State is a fold over the log": who replays the records of a log into an empty engine gets the same state. Here a record
 * is bytes with a kind, both the owner's business. Implementations: a journal in files (journal.h) and one in memory for
 * tests (memory_log.h); later a replicated stream. Nobody but who opens a log may know which it is.
 *
 * Working with a log:
 *     1. open it, replay what the snapshot does not hold;
 *     2. for each input: reserve, change the engine, append (which cannot fail then), prepare the reply with the sequence number
 *        it waits for;
 *     3. when the log calls notify (given at opening): send the replies up to hl_input_log_durable.
 * A reply is sent only when its record is durable, so what was answered is never lost, and a record that is not durable was
 * never answered.
 *
 * Trouble. When the disk fails or is full, the log is *failed*: reserve and append refuse with HL_UNAVAILABLE and the reason, and
 * change nothing. Records appended before are kept in memory and tried again by the log itself until they are durable; their
 * replies wait. So memory and disk never disagree for longer than that, and the owner undoes nothing. When the last of them
 * is durable the log calls notify and accepts records again. A log that is closed meanwhile says how many were lost.
 *
 * Threads: reserve, append, replay, rotate, drop_below and close by one thread, the owner's; durable, last and status by any.
 */
#ifndef HL_STORE_LOG_H
#define HL_STORE_LOG_H

#include <headlined/error.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HL_INPUT_LOG_RECORD_BYTES_MAX (16U << 20) /* of one record's data */

struct hl_input_log; /* opaque */

struct hl_input_record {
    uint64_t seq;        /* 1, 2, 3, ... */
    int64_t received_ms; /* epoch milliseconds, as given */
    uint8_t kind;        /* the owner's: numbers that stand on disk, never reused for something else */
    const void *data;    /* borrowed: valid during the call */
    size_t bytes;
};

/* For replay. Another status than HL_OK ends the replay, which returns it. */
typedef enum hl_status hl_input_log_visit(void *context, const struct hl_input_record *record, struct hl_error *error);

/*
 * Called when the durable number has grown and when the log fails or recovers; not for each record. From any thread, the log's own
 * included: it must only signal (uv_async_send), call nothing of the log, and not wait.
 */
typedef void hl_input_log_notify(void *context);

struct hl_input_log_status {
    bool failed;            /* appends are refused; it tries again by itself */
    struct hl_error reason; /* of the last failure; valid when failures > 0 */
    uint64_t last;          /* sequence number of the last record; 0 when there is none */
    uint64_t durable;       /* as hl_input_log_durable */
    uint64_t synced;        /* safe from a power cut up to here, whatever the promise; <= durable */
    uint64_t held_bytes;    /* of records in memory: not yet durable, or not yet synced */
    uint64_t held_bytes_max;
    uint64_t bytes_since_rotate; /* written since the last rotation: what a snapshot would let go */
    /* Counted since opening: */
    uint64_t appended, refused_busy, refused_failed;
    uint64_t batches, syncs, failures, recoveries, drop_failures, segments_dropped;
};

/*
 * Makes sure that the next append succeeds if it has at most @bytes of data, whatever happens to the disk meanwhile. Holds until that append,
 * however long; reserving again does no harm. Errors as hl_input_log_append. O(1); never waits for the disk.
 */
enum hl_status hl_input_log_reserve(struct hl_input_log *log, size_t bytes, struct hl_error *error);

/*
 * Appends a record; copies @data, at most HL_INPUT_LOG_RECORD_BYTES_MAX bytes (may be 0). *@out_seq becomes the last number plus one.
 * HL_TOO_LARGE; HL_NO_MEMORY; HL_UNAVAILABLE: failed, or busy, which is when more bytes are held than allowed: stop reading
 * clients until notify. On error nothing has changed. O(bytes); never waits for the disk.
 */
enum hl_status hl_input_log_append(struct hl_input_log *log, uint8_t kind, int64_t received_ms, const void *data,
                                   size_t bytes, uint64_t *out_seq, struct hl_error *error);

/* Every record up to this one lasts as promised (see journal.h for the promises): its reply may leave. */
uint64_t hl_input_log_durable(const struct hl_input_log *log);

/* The last record's number; before the first append that of the last one found at opening, or of the snapshot if greater. */
uint64_t hl_input_log_last(const struct hl_input_log *log);

/*
 * Calls @visit for each record from @from (0 as 1) to the last, in order. Waits until all is durable. HL_CORRUPT: @from or one
 * after it is damaged or no longer there; HL_UNAVAILABLE: the log is failed; HL_IO, HL_NO_MEMORY; or what @visit returned.
 */
enum hl_status hl_input_log_replay(struct hl_input_log *log, uint64_t from, hl_input_log_visit *visit, void *context,
                                   struct hl_error *error);

/*
 * Begins a new unit of dropping after the last record. Call it where a snapshot is taken, so that drop_below can let go of all
 * before. Done in the background; failing is a failure as any other.
 */
void hl_input_log_rotate(struct hl_input_log *log);

/*
 * The owner needs no record below @seq any more: it is in every snapshot that is kept. Whole units are removed in the background;
 * what could not be removed is counted (drop_failures) and tried again with the next call.
 */
void hl_input_log_drop_below(struct hl_input_log *log, uint64_t seq);

void hl_input_log_status(const struct hl_input_log *log, struct hl_input_log_status *out);

/*
 * Makes durable what is not, and frees the log, in any case. An error when some records could not be made durable, with their
 * number in the message; HL_OK otherwise. @log may be NULL.
 */
enum hl_status hl_input_log_close(struct hl_input_log *log, struct hl_error *error);

/* For implementations only: what stands at the beginning of each. */
struct hl_input_log_ops {
    enum hl_status (*reserve)(struct hl_input_log *log, size_t bytes, struct hl_error *error);
    enum hl_status (*append)(struct hl_input_log *log, uint8_t kind, int64_t received_ms, const void *data,
                             size_t bytes, uint64_t *out_seq, struct hl_error *error);
    enum hl_status (*replay)(struct hl_input_log *log, uint64_t from, hl_input_log_visit *visit, void *context,
                             struct hl_error *error);
    uint64_t (*durable)(const struct hl_input_log *log);
    uint64_t (*last)(const struct hl_input_log *log);
    void (*rotate)(struct hl_input_log *log);
    void (*drop_below)(struct hl_input_log *log, uint64_t seq);
    void (*status)(const struct hl_input_log *log, struct hl_input_log_status *out);
    enum hl_status (*close)(struct hl_input_log *log, struct hl_error *error);
};

struct hl_input_log {
    const struct hl_input_log_ops *ops;
};

#endif
