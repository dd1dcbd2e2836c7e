/*
 * journal_scan.c - reading a journal's segments in order: what is whole, what is torn, what is damaged (see journal.h).
 *
 * A segment ends where the next one begins: a journal that met trouble begins a new segment after the last record that was
 * surely durable, so whatever the old file holds from that number on does not count, whole or not.
 *
 * In the last segment a bad frame is the end of a write that a crash or a power cut has torn, or damage to what was once
 * durable. Only the first may be cut. They are told apart by the frames behind: each holds the number up to which all was synced
 * when it was written. A frame that says so of the bad one proves damage; a torn batch has none, however much of its end reached
 * the disk before its beginning. A whole frame with another number than the next is damage in any case.
 */
#include "store/journal.h"

#include "store/journal_segment.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct scan {
    struct hl_directory *directory;
    uint64_t after_seq, expected;
    hl_input_log_visit *visit; /* may be NULL */
    void *context;
    struct hl_journal_report *report;
    struct hl_error *error;
};

static enum hl_status corrupt(struct scan *scan, uint64_t segment, uint64_t offset, const char *what)
{
    struct hl_journal_report *report = scan->report;
    hl_directory_segment_name(report->corrupt_file, segment, false);
    report->corrupt_segment = segment;
    report->corrupt_offset = offset;
    report->corrupt_seq = scan->expected;
    return hl_error_set(scan->error, HL_CORRUPT, NULL,
                        "%s at byte %" PRIu64 ": record %" PRIu64
                        " %s. 'headlinectl repair --truncate' ends the journal here, "
                        "and keeps what it cuts; or restore the file",
                        report->corrupt_file, offset, scan->expected, what);
}

static enum hl_status accept(struct scan *scan, const struct hl_journal_frame *frame, size_t bytes)
{
    struct hl_journal_report *report = scan->report;
    if (report->records == 0)
        report->first_seq = frame->record.seq;
    report->records++;
    report->bytes += bytes;
    report->last_seq = frame->record.seq;
    if (frame->synced > report->proven_seq)
        report->proven_seq = frame->synced;
    scan->expected++;
    if (scan->visit == NULL || (scan->after_seq != HL_JOURNAL_ALL && frame->record.seq <= scan->after_seq))
        return HL_OK;
    return scan->visit(scan->context, &frame->record, scan->error);
}

/* What follows the last good frame of the last segment. */
static enum hl_status judge_tail(struct scan *scan, struct hl_segment_reader *reader, uint64_t offset)
{
    bool proof;
    enum hl_status status = hl_segment_reader_find_proof(reader, offset, scan->expected, &proof, scan->error);
    if (status != HL_OK)
        return status;
    if (proof)
        return corrupt(scan, reader->head.first_seq, offset, "is damaged, and was durable");
    (void)snprintf(scan->report->torn_file, sizeof(scan->report->torn_file), "%s", reader->file.name);
    scan->report->torn_offset = offset;
    scan->report->torn_bytes = reader->size - offset;
    return HL_OK;
}

/* The frames of a segment up to the one before @next_first; UINT64_MAX: it is the last. */
static enum hl_status scan_frames(struct scan *scan, struct hl_segment_reader *reader, uint64_t next_first)
{
    uint64_t offset = HL_SEGMENT_HEAD_BYTES;
    enum hl_segment_item item = HL_SEGMENT_END;
    while (scan->expected < next_first) {
        struct hl_journal_frame frame;
        size_t bytes = 0;
        enum hl_status status = hl_segment_reader_frame(reader, offset, &item, &frame, &bytes, scan->error);
        if (status != HL_OK)
            return status;
        if (item != HL_SEGMENT_FRAME)
            break;
        if (frame.record.seq != scan->expected)
            return corrupt(scan, reader->head.first_seq, offset, "is due, and another stands there");
        status = accept(scan, &frame, bytes);
        if (status != HL_OK)
            return status;
        offset += bytes;
        scan->report->end_offset = offset;
    }
    if (scan->expected == next_first)
        return HL_OK;
    if (next_first != UINT64_MAX)
        return corrupt(scan, reader->head.first_seq, offset, item == HL_SEGMENT_BAD ? "is damaged" : "is missing");
    return item == HL_SEGMENT_BAD ? judge_tail(scan, reader, offset) : HL_OK;
}

static enum hl_status scan_segment(struct scan *scan, uint64_t first_seq, uint64_t next_first)
{
    struct hl_segment_reader reader;
    struct hl_error why;
    enum hl_status status = hl_segment_reader_open(scan->directory, first_seq, &reader, &why);
    if (status == HL_CORRUPT) {
        (void)corrupt(scan, first_seq, 0, "cannot be read");
        return hl_error_set(scan->error, HL_CORRUPT, NULL,
                            "%.140s. Restore the file, or 'headlinectl repair --truncate'", why.message);
    }
    if (status != HL_OK) {
        if (scan->error != NULL)
            *scan->error = why;
        return status;
    }
    scan->report->segments++;
    scan->report->proven_seq = first_seq - 1;
    scan->report->end_segment = first_seq;
    scan->report->end_offset = HL_SEGMENT_HEAD_BYTES;
    status = scan_frames(scan, &reader, next_first);
    hl_segment_reader_close(&reader);
    return status;
}

/* The last segment that begins at or before the first record wanted. */
static size_t first_needed(const struct hl_directory_listing *listing, uint64_t after_seq)
{
    size_t at = 0;
    while (after_seq != HL_JOURNAL_ALL && at + 1 < listing->segment_count && listing->segments[at + 1] <= after_seq + 1)
        at++;
    return at;
}

static enum hl_status scan_listing(struct scan *scan, const struct hl_directory_listing *listing)
{
    size_t at = first_needed(listing, scan->after_seq);
    scan->expected = scan->after_seq + 1; /* 0 when all are wanted */
    if (at < listing->segment_count && (scan->expected == 0 || listing->segments[at] <= scan->expected))
        scan->expected = listing->segments[at];
    enum hl_status status = HL_OK;
    for (; at < listing->segment_count && status == HL_OK; at++) {
        uint64_t next = at + 1 < listing->segment_count ? listing->segments[at + 1] : UINT64_MAX;
        if (listing->segments[at] != scan->expected)
            return corrupt(scan, listing->segments[at], 0, "is missing: a file before this one is gone");
        status = scan_segment(scan, listing->segments[at], next);
    }
    return status;
}

enum hl_status hl_journal_scan(struct hl_directory *directory, uint64_t after_seq, hl_input_log_visit *visit,
                               void *context, struct hl_journal_report *report, struct hl_error *error)
{
    struct hl_journal_report unwanted;
    struct hl_directory_listing listing;
    struct scan scan = {directory, after_seq, 0, visit, context, report != NULL ? report : &unwanted, error};
    *scan.report = (struct hl_journal_report){0};
    enum hl_status status = hl_directory_list(directory, &listing, error);
    if (status != HL_OK)
        return status;
    status = scan_listing(&scan, &listing);
    hl_directory_listing_clear(&listing);
    if (status == HL_OK && after_seq != HL_JOURNAL_ALL && scan.expected <= after_seq)
        scan.report->behind = after_seq + 1 - scan.expected;
    return status;
}
