/*
 * journal_repair.c - ending a damaged journal before the damage, without throwing anything away (see journal.h).
 *
 * The journal ends behind its last good frame. What follows that in the same file goes, even when it looks whole: where a later
 * segment had taken over, it was never acknowledged, and must not come back when that segment is set aside.
 *
 * Order: the copy is durable before anything is cut; then later segments go from the last to the first. An interruption leaves a
 * journal that is still refused, or is repaired already.
 */
#include "store/journal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define COPY_BYTES ((size_t)1 << 20)

static enum hl_status copy_bytes(struct hl_file *from, uint64_t offset, struct hl_file *to, uint64_t *out_bytes,
                                 struct hl_error *error)
{
    unsigned char *bytes = malloc(COPY_BYTES);
    if (bytes == NULL)
        return hl_error_set(error, HL_NO_MEMORY, NULL, "no memory to copy the end of %s", from->name);
    enum hl_status status = HL_OK;
    size_t got = COPY_BYTES;
    *out_bytes = 0;
    while (status == HL_OK && got == COPY_BYTES) {
        status = hl_file_read(from, bytes, COPY_BYTES, offset + *out_bytes, &got, error);
        if (status == HL_OK)
            status = hl_file_write(to, bytes, got, *out_bytes, error);
        if (status == HL_OK)
            *out_bytes += got;
    }
    free(bytes);
    return status;
}

/* A copy that an earlier run has begun is made anew. */
static enum hl_status copy_tail(struct hl_directory *directory, struct hl_file *segment, uint64_t offset,
                                struct hl_journal_repair *out, struct hl_error *error)
{
    struct hl_file copy;
    (void)snprintf(out->copy_file, sizeof(out->copy_file), "cut-%.32s-at-%" PRIu64, segment->name, offset);
    enum hl_status status = hl_file_open(&directory->files, out->copy_file, HL_FILE_ENSURE, &copy, error);
    if (status != HL_OK)
        return status;
    status = hl_file_truncate(&copy, 0, error);
    if (status == HL_OK)
        status = copy_bytes(segment, offset, &copy, &out->cut_bytes, error);
    if (status == HL_OK)
        status = hl_file_sync(&copy, error);
    enum hl_status closed = hl_file_close(&copy, status == HL_OK ? error : NULL);
    if (status == HL_OK)
        status = closed;
    return status == HL_OK ? hl_files_sync_directory(&directory->files, error) : status;
}

/* The segments from @first on, the last one first. */
static enum hl_status set_aside(struct hl_directory *directory, uint64_t first, struct hl_journal_repair *out,
                                struct hl_error *error)
{
    struct hl_directory_listing listing;
    enum hl_status status = hl_directory_list(directory, &listing, error);
    if (status != HL_OK)
        return status;
    for (size_t i = listing.segment_count; i > 0 && listing.segments[i - 1] >= first && status == HL_OK; i--) {
        char name[HL_FILE_NAME_BYTES], aside[HL_FILE_NAME_BYTES];
        hl_directory_segment_name(name, listing.segments[i - 1], false);
        (void)snprintf(aside, sizeof(aside), "cut-%.32s", name);
        status = hl_files_rename(&directory->files, name, aside, error);
        if (status == HL_OK)
            status = hl_files_sync_directory(&directory->files, error);
        out->files_set_aside += status == HL_OK;
    }
    hl_directory_listing_clear(&listing);
    return status;
}

static enum hl_status cut_behind(struct hl_directory *directory, struct hl_file *segment, uint64_t offset,
                                 struct hl_journal_repair *out, struct hl_error *error)
{
    uint64_t size;
    enum hl_status status = hl_file_size(segment, &size, error);
    if (status != HL_OK || size == offset)
        return status;
    status = copy_tail(directory, segment, offset, out, error);
    if (status == HL_OK)
        status = hl_file_truncate(segment, offset, error);
    return status == HL_OK ? hl_file_sync(segment, error) : status;
}

static enum hl_status cut_segment(struct hl_directory *directory, const struct hl_journal_report *report,
                                  struct hl_journal_repair *out, struct hl_error *error)
{
    char name[HL_FILE_NAME_BYTES];
    struct hl_file segment;
    hl_directory_segment_name(name, report->end_segment, false);
    enum hl_status status = hl_file_open(&directory->files, name, HL_FILE_UPDATE, &segment, error);
    if (status != HL_OK)
        return status;
    status = cut_behind(directory, &segment, report->end_offset, out, error);
    enum hl_status closed = hl_file_close(&segment, status == HL_OK ? error : NULL);
    return status == HL_OK ? closed : status;
}

enum hl_status hl_journal_repair(struct hl_directory *directory, uint64_t after_seq, struct hl_journal_repair *out,
                                 struct hl_error *error)
{
    struct hl_journal_report report;
    struct hl_error why;
    *out = (struct hl_journal_repair){0};
    enum hl_status status = hl_journal_scan(directory, after_seq, NULL, NULL, &report, &why);
    out->last_seq = report.last_seq;
    if (status != HL_CORRUPT) {
        if (status != HL_OK && error != NULL)
            *error = why;
        return status;
    }
    out->changed = true;
    out->last_seq = report.corrupt_seq - 1;
    if (report.segments == 0) /* nothing of the journal is of use */
        return set_aside(directory, report.corrupt_segment, out, error);
    status = cut_segment(directory, &report, out, error);
    return status == HL_OK ? set_aside(directory, report.end_segment + 1, out, error) : status;
}
