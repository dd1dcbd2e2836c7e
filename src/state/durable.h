/*
 * durable.h - an engine whose accepted inputs last: the engine, the log of its inputs and its snapshots behind one door.
 *
 * Every change of the engine goes through here, in this order: room is reserved in the log, the engine does it, and its record (the input, the
 * time the engine went by, the answer it gave) is appended, which cannot fail then. So what the engine holds is what the log holds, to the byte: a
 * replay makes the same state. The one exception: merges and splits that the engine left out for want of memory (skipped_no_memory) are made
 * by a replay, where the memory suffices; so the server takes a snapshot soon after. What changed nothing is not logged: an error, a
 * replayed headline, a tick that let nothing go (hl_engine_has_expired has the one exception).
 *
 * A reply waits until hl_durable_safe has reached what hl_durable_last was when the reply was made. That goes for questions and for replayed
 * headlines too: they may tell of what is not yet durable.
 *
 * Threads: all by one, the owner's, but hl_durable_safe and hl_durable_log_status, which any may call.
 */
#ifndef HL_STATE_DURABLE_H
#define HL_STATE_DURABLE_H

#include "store/journal.h"
#include "store/snapshot.h"

#include <headlined/engine.h>

/* @done of @total while opening; @what: "snapshot", in bytes, or "journal", in records. Constant storage. */
typedef void hl_durable_progress(void *context, const char *what, uint64_t done, uint64_t total);

struct hl_durable_options {
    /*
     * When they differ from those that the log went by, the change is made and logged after the replay. The allocator is borrowed for the
     * whole life. Settings count for collections that come later: see hl_engine_options_set.
     */
    struct hl_engine_options engine;
    bool
        keep_options; /* for tools: goes on with the options that the log went by; engine's count when there are none */
    const char *directory; /* NULL: memory only: nothing lasts, and everything is safe at once */
    enum hl_journal_sync sync;
    uint32_t interval_ms;          /* of HL_JOURNAL_SYNC_INTERVAL */
    size_t held_bytes_max;         /* of records that are not yet safe; above it changes are refused as busy */
    uint32_t snapshots_kept;       /* 0 as 1 */
    hl_input_log_notify *notify;   /* NULL: none. Any thread: signal only */
    hl_durable_progress *progress; /* NULL: none */
    void *context;                 /* borrowed; of both */
    /* Told what happens inside the engine from the newest snapshot on, the replay included. NULL: nobody is. */
    hl_observer observer;
    void *observer_context; /* borrowed for the whole life */
};

/* Engine's defaults, no directory, always, 1000 ms, 64 MiB, 3 snapshots. */
struct hl_durable_options hl_durable_options_default(void);

/* What opening has found. */
struct hl_durable_report {
    struct hl_snapshot_report snapshot; /* seq 0: none was loaded; broken ones were passed over */
    struct hl_journal_report journal;   /* torn tail, or the place of the damage */
    uint64_t replayed;                  /* records of the journal */
    uint64_t differences;               /* answers that came out otherwise than logged: see hl_durable_open */
    uint64_t difference_seq;            /* record of the first of them */
    struct hl_error difference;         /* and what it was */
    uint32_t orphans_removed;           /* unfinished files of a crash */
};

struct hl_durable; /* opaque */

/*
 * Opens the state directory (made when it is not there, and locked) and makes the engine that it tells of: the newest snapshot that is whole,
 * then the journal's records behind it. Answers that differ from
 * those logged are counted, not refused: after an upgrade the new release may decide otherwise, and what counts is that no input is lost. When
 * the disk takes nothing it opens all the same: questions are answered and changes refused until it does.
 *
 * HL_CORRUPT: the journal is damaged, or neither it nor a snapshot reaches back far enough: the error says where and what to do. HL_UNAVAILABLE: another process has the
 * directory; HL_INVALID (settings), HL_IO, HL_NO_MEMORY. *@out is written on success only; @report (may be NULL) always.
 */
enum hl_status hl_durable_open(const struct hl_durable_options *options, struct hl_durable **out,
                               struct hl_durable_report *report, struct hl_error *error);

/* The same in any files (tests); directory is not looked at. Takes @files, on failure too. */
enum hl_status hl_durable_open_files(const struct hl_durable_options *options, struct hl_files files,
                                     struct hl_durable **out, struct hl_durable_report *report, struct hl_error *error);

/*
 * The same on any log, which must reach back to its first record; without snapshots. Of @options engine, progress and context are looked at.
 * Takes @log, on failure too.
 */
enum hl_status hl_durable_open_log(const struct hl_durable_options *options, struct hl_input_log *log,
                                   struct hl_durable **out, struct hl_durable_report *report, struct hl_error *error);

/* Makes durable what is not, and frees everything in any case. An error when records were lost, with their number. NULL does nothing. */
enum hl_status hl_durable_close(struct hl_durable *durable, struct hl_error *error);

/* The random id of the state's directory, HL_STORE_ID_BYTES; NULL: there is none, since the state is kept in memory only. Borrowed. */
const unsigned char *hl_durable_id(const struct hl_durable *durable);

/* For questions and hl_engine_check only; borrowed. */
hl_engine *hl_durable_engine(struct hl_durable *durable);

/* ---- changes ---- */

/*
 * As hl_engine_add, hl_engine_remove, hl_engine_settings_set, with their errors, and HL_UNAVAILABLE when the log takes nothing: nothing is
 * changed then, and the error says why. hl_durable_is_busy tells whether it is only behind.
 */
enum hl_status hl_durable_add(struct hl_durable *durable, const struct hl_headline *headline, int64_t now_ms,
                              struct hl_result *result, struct hl_error *error);
enum hl_status hl_durable_remove(struct hl_durable *durable, struct hl_text collection, struct hl_text id,
                                 int64_t now_ms, struct hl_error *error);
enum hl_status hl_durable_settings_set(struct hl_durable *durable, struct hl_text collection,
                                       const struct hl_setting_change *changes, size_t count, int64_t now_ms,
                                       uint64_t *seq, struct hl_error *error);

/* As hl_engine_tick; does nothing, and returns false, while the log takes nothing. */
bool hl_durable_tick(struct hl_durable *durable, int64_t now_ms, unsigned budget);

/* True when changes are refused since the disk is slower than the input: stop reading until notify. */
bool hl_durable_is_busy(const struct hl_durable *durable);

/* ---- snapshots ---- */

struct hl_durable_snapshot {
    uint64_t seq;       /* of the last record in it */
    int64_t created_ms; /* for people */
};

/*
 * A snapshot in three steps, so that the second can be a forked child's while the owner goes on:
 *   begin: fixes what it will hold: all up to now. Fork, or save, before the next change. False: there is nothing new since the last one, or no
 *          directory; then do nothing;
 *   save:  writes and publishes it, and removes snapshots beyond those that are kept. HL_IO, HL_UNAVAILABLE (no room), HL_NO_MEMORY: those that
 *          were there stay. Touches no lock and no thread of the owner. A child keeps the directory locked as long as it lives;
 *   end:   in the owner, whether save succeeded (@published) or not: removes what a child that was killed has left of it, and
 *          after a success lets go of the journal's records that all snapshots hold. As long as there are fewer than snapshots_kept the journal stays whole, so that it can stand in for a broken one.
 * A failed snapshot is no more than that: the journal still holds everything.
 */
bool hl_durable_snapshot_begin(struct hl_durable *durable, int64_t now_ms, struct hl_durable_snapshot *out);
enum hl_status hl_durable_snapshot_save(struct hl_durable *durable, const struct hl_durable_snapshot *snapshot,
                                        struct hl_error *error);
void hl_durable_snapshot_end(struct hl_durable *durable, const struct hl_durable_snapshot *snapshot, bool published);

/* All three at once, while nothing else goes on: before closing, in tools. HL_OK when there is nothing to do. */
enum hl_status hl_durable_snapshot_take(struct hl_durable *durable, int64_t now_ms, struct hl_error *error);

/*
 * For tools: writes a snapshot though there may be nothing new, removes every other, and lets go of the journal before it. On failure
 * everything is as it was.
 */
enum hl_status hl_durable_compact(struct hl_durable *durable, int64_t now_ms, struct hl_error *error);

/* The last record that is in a snapshot: what hl_durable_last is ahead of it is replayed at the next start. 0: none. */
uint64_t hl_durable_snapshot_last(const struct hl_durable *durable);

/* ---- what is safe ---- */

/* Number of the last record, and of the last one that lasts as promised. Memory only: both 0. */
uint64_t hl_durable_last(const struct hl_durable *durable);
uint64_t hl_durable_safe(const struct hl_durable *durable);

/* False without a log. */
bool hl_durable_log_status(const struct hl_durable *durable, struct hl_input_log_status *out);

#endif
