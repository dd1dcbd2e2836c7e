/*
 * journal_state.h - what the two halves of the journal share: journal.c, the owner's calls, and journal_writer.c, the thread.
 */
#ifndef HL_STORE_JOURNAL_STATE_H
#define HL_STORE_JOURNAL_STATE_H

#include "store/journal.h"
#include "store/journal_segment.h"

#include <pthread.h>
#include <stdatomic.h>

#define HL_JOURNAL_MAGIC 0x4a524e4cU
#define HL_JOURNAL_CHUNK_BYTES ((size_t)256 << 10)
#define HL_JOURNAL_SPARE_MAX 8U

/* Frames one after another, none of them split; sealed by the thread when they are written. */
struct hl_journal_chunk {
    struct hl_journal_chunk *next; /* owned */
    size_t bytes, capacity;
    uint64_t last_seq;
    bool rotate_after; /* a new segment begins behind it; nothing is added to it any more */
    unsigned char frames[];
};

struct hl_journal_chunks {
    struct hl_journal_chunk *first, *last; /* owned */
};

struct hl_journal {
    struct hl_input_log log; /* first: the log is the journal */
    uint32_t magic;
    struct hl_directory *directory; /* borrowed */
    struct hl_journal_options options;
    pthread_t thread;

    atomic_uint_least64_t last;    /* appended */
    atomic_uint_least64_t durable; /* as promised */

    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t work;   /* for the thread: there may be something to do */
    pthread_cond_t idle;   /* for the owner: the thread has finished something */
    struct hl_journal_chunks incoming;
    struct hl_journal_chunk *spare; /* owned; empty ones, to be used again */
    uint32_t spare_count;
    struct hl_journal_chunk *promised; /* owned; empty; the append that was reserved uses it when no other has room */
    size_t promised_bytes;             /* of frame for the next append; 0: nothing was reserved */
    bool rotate_now;                   /* before what is incoming */
    bool stop;
    bool paused; /* the owner reads the files */
    bool busy;   /* the thread works, with the mutex free */
    uint64_t drop_below;
    bool drop_wanted;
    struct hl_input_log_status status; /* last and durable apart */

    /* The thread's own: */
    struct hl_journal_chunks kept; /* records after safe_seq, written or not */
    struct hl_segment_writer segment;
    bool copy_wanted; /* the new segment shall begin with what is unproven in the files: once, at the start */
    uint64_t written_seq, synced_seq;
    uint64_t safe_seq; /* an old segment holds all up to here: synced_seq, or written_seq when it is never synced */
    int64_t sync_due_ms, retry_due_ms;
    uint32_t retry_pause_ms;
};

/* Monotonic milliseconds. */
int64_t hl_journal_clock_ms(void);

/*
 * A new segment after safe_seq, with all that is kept; durable on success. The old one is left as it is. The thread's, and of
 * hl_journal_open before there is a thread.
 */
enum hl_status hl_journal_begin_segment(struct hl_journal *journal, struct hl_error *error);

/* Counts a failure and sets when to try again. The mutex is held, or there is no thread. */
void hl_journal_note_failure(struct hl_journal *journal, const struct hl_error *why);

/* The thread; @argument is the journal. Ends when stop is set and what could be done is done. */
void *hl_journal_writer_main(void *argument);

void hl_journal_chunks_free(struct hl_journal_chunk *first);

#endif
