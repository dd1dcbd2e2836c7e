/*
 * ctl_check_state.c - check-state: a state directory looked at, without a daemon, as text or as JSON.
 */
#include "cmd/ctl_args.h"
#include "cmd/ctl_text.h"
#include "protocol/encode.h"
#include "protocol/time.h"
#include "state/inspect.h"

#include <inttypes.h>
#include <stdio.h>

struct look {
    bool json;
    bool whole; /* nothing was damaged so far */
    struct hl_buffer out;
};

/* Text that may quote file names and the disk's errors. */
static void put_safe(struct look *look, const char *text)
{
    ctl_text_append(&look->out, text, strlen(text), 0);
}

static void put_count(struct look *look, uint64_t count, const char *one, const char *many)
{
    hl_buffer_printf(&look->out, "%" PRIu64 " %s", count, count == 1 ? one : many);
}

/* ---- snapshots ---- */

static void put_snapshot_json(struct look *look, uint64_t seq, const struct hl_snapshot_meta *meta, const char *why)
{
    struct hl_buffer *out = &look->out;
    hl_json_separate(out);
    hl_json_raw(out, "{");
    hl_json_member_unsigned(out, "seq", seq);
    hl_json_member_bool(out, "whole", !why);
    if (why)
        hl_json_member_name(out, "why", why);
    else
        hl_json_member_time(out, "created", meta->created_ms);
    hl_json_raw(out, "}");
}

static void put_snapshot_text(struct look *look, uint64_t seq, const struct hl_snapshot_meta *meta, const char *why)
{
    char time[HL_TIME_TEXT_BYTES];
    hl_buffer_printf(&look->out, "snapshot  up to record %" PRIu64, seq);
    if (why) {
        hl_buffer_append_text(&look->out, ": damaged: ");
        put_safe(look, why);
        hl_buffer_append_text(&look->out, "\n");
        return;
    }
    hl_time_format(meta->created_ms, time);
    hl_buffer_printf(&look->out, ", of %s: whole\n", time);
}

static void look_at_snapshot(struct look *look, struct hl_directory *directory, uint64_t seq)
{
    struct hl_snapshot_meta meta;
    struct hl_error error;
    const char *why = hl_state_check_snapshot(directory, seq, &meta, &error) == HL_OK ? NULL : error.message;
    look->whole = look->whole && !why;
    if (look->json)
        put_snapshot_json(look, seq, &meta, why);
    else
        put_snapshot_text(look, seq, &meta, why);
}

static enum hl_status look_at_snapshots(struct look *look, struct hl_directory *directory, struct hl_error *error)
{
    struct hl_directory_listing listing;
    enum hl_status status = hl_directory_list(directory, &listing, error);
    if (status != HL_OK)
        return status;
    if (look->json) {
        hl_json_key(&look->out, "snapshots");
        hl_json_raw(&look->out, "[");
    }
    for (size_t i = 0; i < listing.snapshot_count; i++)
        look_at_snapshot(look, directory, listing.snapshots[i]);
    if (look->json)
        hl_json_raw(&look->out, "]");
    else if (listing.snapshot_count == 0)
        hl_buffer_append_text(&look->out, "snapshot  none\n");
    hl_directory_listing_clear(&listing);
    return HL_OK;
}

/* ---- journal ---- */

/* @behind: records behind the snapshot. @why: damage in the journal, or NULL. */
static void put_journal_json(struct look *look, const struct hl_journal_report *journal, uint64_t behind,
                             const char *why)
{
    struct hl_buffer *out = &look->out;
    hl_json_key(out, "journal");
    hl_json_raw(out, "{");
    hl_json_member_unsigned(out, "records", journal->records);
    hl_json_member_unsigned(out, "behind_snapshot", behind);
    hl_json_member_id(out, "first", journal->first_seq);
    hl_json_member_id(out, "last", journal->last_seq);
    hl_json_member_unsigned(out, "segments", journal->segments);
    hl_json_member_unsigned(out, "bytes", journal->bytes);
    hl_json_member_unsigned(out, "torn_bytes", journal->torn_bytes);
    hl_json_member_bool(out, "whole", !why);
    if (why)
        hl_json_member_name(out, "why", why);
    hl_json_raw(out, "}");
}

static void put_journal_text(struct look *look, const struct hl_journal_report *journal, uint64_t behind,
                             const char *why)
{
    struct hl_buffer *out = &look->out;
    hl_buffer_append_text(out, "journal   ");
    if (journal->records == 0)
        hl_buffer_append_text(out, "no records");
    else
        hl_buffer_printf(out, "records %" PRIu64 " to %" PRIu64, journal->first_seq, journal->last_seq);
    hl_buffer_append_text(out, " in ");
    put_count(look, journal->segments, "segment", "segments");
    if (journal->records > 0)
        hl_buffer_printf(out, ", %" PRIu64 " bytes: %" PRIu64 " in all, %" PRIu64 " behind the snapshot",
                         journal->bytes, journal->records, behind);
    hl_buffer_append_text(out, "\n");
    if (journal->torn_bytes > 0)
        hl_buffer_printf(out,
                         "          a torn tail of %" PRIu64 " bytes at %" PRIu64
                         " of %s: the end of a write that a crash has cut, never acknowledged\n",
                         journal->torn_bytes, journal->torn_offset, journal->torn_file);
    if (why) {
        hl_buffer_append_text(out, "          damaged: ");
        put_safe(look, why);
        hl_buffer_append_text(out, "\n");
    }
}

/* All of it, also what a start does not need. */
static void look_at_journal(struct look *look, struct hl_directory *directory, const struct hl_durable_report *report)
{
    struct hl_journal_report journal;
    struct hl_error error;
    enum hl_status status = hl_journal_scan(directory, HL_JOURNAL_ALL, NULL, NULL, &journal, &error);
    const char *why = status == HL_OK ? NULL : error.message;
    look->whole = look->whole && !why;
    if (look->json)
        put_journal_json(look, &journal, report->replayed, why);
    else
        put_journal_text(look, &journal, report->replayed, why);
}

/* ---- what a daemon would start with ---- */

static void put_state_json(struct look *look, const struct hl_engine_stats *stats,
                           const struct hl_durable_report *report)
{
    struct hl_buffer *out = &look->out;
    hl_json_key(out, "state");
    hl_json_raw(out, "{");
    hl_json_member_id(out, "snapshot", report->snapshot.seq);
    hl_json_member_unsigned(out, "replayed", report->replayed);
    hl_json_member_unsigned(out, "headlines", stats->headlines);
    hl_json_member_unsigned(out, "stories", stats->stories);
    hl_json_member_unsigned(out, "topics", stats->topics);
    hl_json_member_unsigned(out, "collections", stats->collections);
    hl_json_member_unsigned(out, "differences", report->differences);
    if (report->differences > 0)
        hl_json_member_name(out, "first_difference", report->difference.message);
    hl_json_raw(out, "}");
}

static void put_state_text(struct look *look, const struct hl_engine_stats *stats,
                           const struct hl_durable_report *report)
{
    struct hl_buffer *out = &look->out;
    if (report->snapshot.seq > 0)
        hl_buffer_printf(out, "state     from snapshot %" PRIu64 " and ", report->snapshot.seq);
    else
        hl_buffer_append_text(out, "state     from no snapshot and ");
    put_count(look, report->replayed, "record", "records");
    hl_buffer_append_text(out, " behind it: ");
    put_count(look, stats->headlines, "headline in ", "headlines in ");
    put_count(look, stats->stories, "story, ", "stories, ");
    put_count(look, stats->topics, "topic, ", "topics, ");
    put_count(look, stats->collections, "collection\n", "collections\n");
    if (report->differences > 0) {
        hl_buffer_append_text(out, "          ");
        put_count(look, report->differences, "answer comes", "answers come");
        hl_buffer_append_text(out, " out otherwise than given; the first: ");
        put_safe(look, report->difference.message);
        hl_buffer_append_text(out, "\n");
    }
}

static void put_engine(struct look *look, hl_engine *engine, const struct hl_durable_report *report)
{
    struct hl_engine_stats stats;
    (void)hl_engine_stats(engine, (struct hl_text){NULL, 0}, &stats, NULL); /* cannot fail for all collections */
    if (look->json)
        put_state_json(look, &stats, report);
    else
        put_state_text(look, &stats, report);
}

/* ---- the command ---- */

static enum hl_status look_at_all(struct look *look, struct hl_directory *directory, struct hl_error *error)
{
    struct hl_durable_report report;
    hl_engine *engine;
    enum hl_status status = look_at_snapshots(look, directory, error);
    if (status != HL_OK)
        return status;
    status = hl_state_inspect(directory, &engine, NULL, &report, error);
    look_at_journal(look, directory, &report);
    if (status == HL_OK) {
        put_engine(look, engine, &report);
        hl_engine_destroy(engine);
    }
    return status;
}

static enum ctl_exit check(struct hl_directory *directory, bool json)
{
    struct look look = {.json = json, .whole = true};
    struct hl_error error;
    hl_json_raw(&look.out, json ? "{" : "");
    enum hl_status status = look_at_all(&look, directory, &error);
    bool whole = look.whole && status == HL_OK;
    if (json) {
        if (status != HL_OK)
            hl_json_member_name(&look.out, "error", error.message);
        hl_json_member_bool(&look.out, "whole", whole);
        hl_json_raw(&look.out, "}\n");
    }
    if (look.out.failed)
        ctl_complain("no memory for what was found");
    else
        fwrite(look.out.data, 1, look.out.length, stdout); /* whether it arrived is asked at the end of the program */
    whole = whole && !look.out.failed;
    hl_buffer_clear(&look.out);
    if (status != HL_OK && !json)
        return ctl_fail(CTL_FAILED, &error);
    return whole ? CTL_OK : CTL_FAILED;
}

enum ctl_exit ctl_check_state(struct ctl *ctl, int argc, char **argv)
{
    static const struct ctl_usage usage = {
        .command = "check-state",
        .arguments = "DIR",
        .summary =
            "Reads a state directory, changing nothing, and says what is in it and what a daemon would start with.",
        .notes =
            "Exit code 1: something is damaged. With a daemon at work in it, what is being written may look cut.\n",
        .arguments_min = 1,
        .arguments_max = 1,
        .offline = true};
    enum ctl_exit code;
    int count;
    struct hl_directory directory;
    struct hl_error error;
    if (!ctl_args_parse(ctl, &usage, argc, argv, &count, &code))
        return code;
    if (hl_directory_open(argv[0], HL_DIRECTORY_READ, &directory, &error) != HL_OK)
        return ctl_fail(CTL_FAILED, &error);
    code = check(&directory, ctl->json);
    hl_directory_close(&directory);
    return code;
}
