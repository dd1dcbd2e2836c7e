/*
 * journal.h - a log (log.h) in the files of a state directory: segments of checksummed frames, written and synced in batches by
 * a thread of their own. FORMAT.md has the bytes, journal_writer.c the reasoning about failing disks.
 *
 * What a record that counts as durable survives:
 *     HL_JOURNAL_SYNC_ALWAYS    crash and power cut: every batch is synced (group commit) before it counts
 *     HL_JOURNAL_SYNC_INTERVAL  crash of the daemon; a power cut loses at most the last interval
 *     HL_JOURNAL_SYNC_NEVER     crash of the daemon; a power cut may lose all since the last rotation, and may leave what has to
 *                               be repaired before the next start
 * In each case what is read again is what was appended, in order and without gaps, up to some record.
 */
#ifndef HL_STORE_JOURNAL_H
#define HL_STORE_JOURNAL_H

#include "store/directory.h"
#include "store/log.h"

enum hl_journal_sync { HL_JOURNAL_SYNC_ALWAYS, HL_JOURNAL_SYNC_INTERVAL, HL_JOURNAL_SYNC_NEVER };

/* As a sequence number to begin after: whatever there is, for tools. */
#define HL_JOURNAL_ALL UINT64_MAX

struct hl_journal_options {
    enum hl_journal_sync sync;
    uint32_t interval_ms;        /* of HL_JOURNAL_SYNC_INTERVAL */
    size_t held_bytes_max;       /* of records not yet safe, frames included; above it appends are refused as busy */
    uint32_t retry_min_ms;       /* pause after a failure, doubled with each further one ... */
    uint32_t retry_max_ms;       /* ... up to this */
    uint64_t after_seq;          /* the snapshot that was loaded ends with this record; 0: none */
    uint64_t salt;               /* of new segments; 0: random. Only tests that compare bytes set it */
    hl_input_log_notify *notify; /* NULL: none */
    void *notify_context;        /* borrowed */
};

/* always, 1000 ms, 64 MiB, 100 ms to 5 s; the rest zero. */
struct hl_journal_options hl_journal_options_default(void);

/* What a look at the files has found. Written by the functions below, on failure too. */
struct hl_journal_report {
    uint64_t segments;                /* that were read: those with records after after_seq, and the one before them */
    uint64_t records;                 /* in them */
    uint64_t bytes;                   /* of these records' frames */
    uint64_t first_seq, last_seq;     /* 0 when there is no record */
    uint64_t end_segment, end_offset; /* behind the last good frame; of the last segment that could be opened, if any */
    uint64_t proven_seq;              /* a later frame or segment says that this record was durable */
    /* The end of the last write before a crash: incomplete, never acknowledged, and left out. torn_bytes 0: none. */
    char torn_file[HL_FILE_NAME_BYTES];
    uint64_t torn_offset, torn_bytes;
    /* With HL_CORRUPT: the place, and the first record that is missing or damaged. */
    char corrupt_file[HL_FILE_NAME_BYTES];
    uint64_t corrupt_segment, corrupt_offset, corrupt_seq;
    /* The snapshot is newer than the journal by so many records (a power cut with sync never): they are in the snapshot. */
    uint64_t behind;
};

/*
 * Opens the journal in @directory (locked; borrowed until close), checks every record after after_seq, and begins a new segment: a file
 * that a crashed daemon was writing is never continued. Give *@out back with hl_input_log_close. Then replay from after_seq + 1.
 * HL_CORRUPT: a record in the middle is damaged, or records are missing; the error says where and what to do, @report has the
 * place. HL_IO, HL_NO_MEMORY. When the disk takes no new segment (full, failing) the journal opens all the same, failed: it can be
 * replayed, and accepts records as soon as the disk does. @report may be NULL.
 */
enum hl_status hl_journal_open(struct hl_directory *directory, const struct hl_journal_options *options,
                               struct hl_input_log **out, struct hl_journal_report *report, struct hl_error *error);

/*
 * Reads the records after @after_seq and changes nothing; for tools (@directory may be HL_DIRECTORY_READ). @visit may be NULL: check
 * only. HL_JOURNAL_ALL begins with the first record there is, whatever its number; else record @after_seq + 1 must be there or the
 * journal end before it. What a daemon at work writes meanwhile may look like
 * a torn tail, and what it drops like HL_NOT_FOUND. Errors as of hl_journal_open, or what @visit returned.
 */
enum hl_status hl_journal_scan(struct hl_directory *directory, uint64_t after_seq, hl_input_log_visit *visit,
                               void *context, struct hl_journal_report *report, struct hl_error *error);

struct hl_journal_repair {
    bool changed;      /* false: nothing was wrong */
    uint64_t last_seq; /* the journal ends with this record now */
    uint64_t cut_bytes;
    uint32_t files_set_aside;           /* whole segments behind the damage */
    char copy_file[HL_FILE_NAME_BYTES]; /* what was cut from the damaged segment; "" when nothing */
};

/*
 * Makes a journal that hl_journal_open calls HL_CORRUPT readable again, by ending it before the damage: acknowledged records behind it
 * are lost to the daemon. They are kept in files named cut-*: what follows the last good frame in its segment is copied, later
 * segments are renamed. Every step is durable before the next, and a second run completes an interrupted one. @directory is locked.
 * HL_IO, HL_UNAVAILABLE (no room for the copy: nothing is cut), HL_NO_MEMORY.
 */
enum hl_status hl_journal_repair(struct hl_directory *directory, uint64_t after_seq, struct hl_journal_repair *out,
                                 struct hl_error *error);

#endif
