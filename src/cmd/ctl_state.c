/*
 * ctl_state.c - check-state, repair and compact: a state directory looked at and set right, without a daemon.
 */
#include "cmd/ctl_args.h"
#include "cmd/ctl_text.h"
#include "protocol/time.h"
#include "state/inspect.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- check-state ---- */

/* Prints text that may quote file names and the disk's errors. */
static void print_safe(const char *before, const char *text)
{
    struct hl_buffer out;
    hl_buffer_init(&out);
    hl_buffer_append_text(&out, before);
    ctl_text_append(&out, text, strlen(text), 0);
    if (!out.failed)
        printf("%.*s\n", (int)out.length, out.data);
    hl_buffer_clear(&out);
}

static bool print_snapshot(struct hl_directory *directory, uint64_t seq)
{
    struct hl_snapshot_meta meta;
    struct hl_error error;
    char time[HL_TIME_TEXT_BYTES];
    printf("snapshot  up to record %" PRIu64, seq);
    if (hl_state_check_snapshot(directory, seq, &meta, &error) != HL_OK) {
        print_safe(": damaged: ", error.message);
        return false;
    }
    hl_time_format(meta.created_ms, time);
    printf(", of %s: whole\n", time);
    return true;
}

static bool print_snapshots(struct hl_directory *directory, bool *whole, struct hl_error *error)
{
    struct hl_directory_listing listing;
    if (hl_directory_list(directory, &listing, error) != HL_OK)
        return false;
    for (size_t i = 0; i < listing.snapshot_count; i++)
        *whole = print_snapshot(directory, listing.snapshots[i]) && *whole;
    if (listing.snapshot_count == 0)
        puts("snapshot  none");
    hl_directory_listing_clear(&listing);
    return true;
}

static void print_journal(const struct hl_journal_report *journal)
{
    if (journal->records == 0)
        printf("journal   no records in %" PRIu64 " segments\n", journal->segments);
    else
        printf("journal   records %" PRIu64 " to %" PRIu64 " in %" PRIu64 " segments, %" PRIu64 " bytes\n",
               journal->first_seq, journal->last_seq, journal->segments, journal->bytes);
    if (journal->torn_bytes > 0)
        printf("          a torn tail of %" PRIu64 " bytes at %" PRIu64
               " of %s: the end of a write that a crash has cut, never acknowledged\n",
               journal->torn_bytes, journal->torn_offset, journal->torn_file);
}

static void print_engine(hl_engine *engine, const struct hl_durable_report *report)
{
    struct hl_engine_stats stats;
    (void)hl_engine_stats(engine, (struct hl_text){NULL, 0}, &stats, NULL); /* cannot fail for all collections */
    printf("state     from snapshot %" PRIu64 " and %" PRIu64 " records behind it: %" PRIu64 " headlines in %" PRIu64
           " stories, %" PRIu64 " topics, %" PRIu64 " collections\n",
           report->snapshot.seq, report->replayed, stats.headlines, stats.stories, stats.topics, stats.collections);
    if (report->differences > 0) {
        printf("          %" PRIu64 " answers come out otherwise than they were given; the first: ",
               report->differences);
        print_safe("", report->difference.message);
    }
}

static enum ctl_exit check(struct hl_directory *directory)
{
    struct hl_error error;
    struct hl_durable_report report;
    hl_engine *engine;
    bool whole = true;
    if (!print_snapshots(directory, &whole, &error))
        return ctl_fail(CTL_FAILED, &error);
    enum hl_status status = hl_state_inspect(directory, &engine, &report, &error);
    print_journal(&report.journal);
    if (status != HL_OK)
        return ctl_fail(CTL_FAILED, &error);
    print_engine(engine, &report);
    hl_engine_destroy(engine);
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
        .arguments_max = 1};
    enum ctl_exit code;
    int count;
    struct hl_directory directory;
    struct hl_error error;
    if (!ctl_args_parse(ctl, &usage, argc, argv, &count, &code))
        return code;
    if (hl_directory_open(argv[0], HL_DIRECTORY_READ, &directory, &error) != HL_OK)
        return ctl_fail(CTL_FAILED, &error);
    code = check(&directory);
    hl_directory_close(&directory);
    return code;
}

/* ---- repair ---- */

static enum ctl_exit repair(struct hl_directory *directory)
{
    struct hl_error error;
    struct hl_journal_repair done;
    uint64_t snapshot;
    enum hl_status status = hl_state_whole_snapshot(directory, &snapshot, &error);
    if (status == HL_OK)
        status = hl_journal_repair(directory, snapshot, &done, &error);
    if (status != HL_OK)
        return ctl_fail(CTL_FAILED, &error);
    if (!done.changed) {
        puts("the journal is whole: nothing was changed");
        return CTL_OK;
    }
    printf("the journal ends with record %" PRIu64 " now\n", done.last_seq);
    if (done.copy_file[0] != '\0')
        printf("%" PRIu64 " bytes were cut, and are kept in %s\n", done.cut_bytes, done.copy_file);
    if (done.files_set_aside > 0)
        printf("%" PRIu32 " later files were renamed to cut-...\n", done.files_set_aside);
    return CTL_OK;
}

enum ctl_exit ctl_repair(struct ctl *ctl, int argc, char **argv)
{
    bool truncate = false;
    const struct ctl_option options[] = {
        {.name = "truncate",
         .help = "end the journal before the damage, keeping what is cut in files cut-*",
         .flag = &truncate},
    };
    const struct ctl_usage usage = {
        .command = "repair",
        .arguments = "DIR",
        .summary = "Makes a state directory readable again whose journal is damaged in the middle.",
        .notes = "What stands behind the damage is lost to the daemon, though it was acknowledged. The daemon must not "
                 "run.\n",
        .arguments_min = 1,
        .arguments_max = 1,
        .options = options,
        .option_count = CTL_COUNT(options)};
    enum ctl_exit code;
    int count;
    struct hl_directory directory;
    struct hl_error error;
    if (!ctl_args_parse(ctl, &usage, argc, argv, &count, &code))
        return code;
    if (!truncate) {
        ctl_complain("say --truncate: it loses what stands behind the damage (check-state says where that is)");
        return CTL_USAGE;
    }
    if (hl_directory_open(argv[0], HL_DIRECTORY_WRITE, &directory, &error) != HL_OK)
        return ctl_fail(CTL_FAILED, &error);
    code = repair(&directory);
    hl_directory_close(&directory);
    return code;
}

/* ---- compact ---- */

/* Opening a state makes its directory; here it must be there. */
static enum hl_status must_exist(const char *path, struct hl_error *error)
{
    struct hl_directory directory;
    enum hl_status status = hl_directory_open(path, HL_DIRECTORY_READ, &directory, error);
    if (status == HL_OK)
        hl_directory_close(&directory);
    return status;
}

static enum hl_status compact(const char *path, uint64_t *last, struct hl_error *error)
{
    struct hl_durable_options options = hl_durable_options_default();
    struct hl_durable *durable;
    options.directory = path;
    options.keep_options = true;
    enum hl_status status = must_exist(path, error);
    if (status == HL_OK)
        status = hl_durable_open(&options, &durable, NULL, error);
    if (status != HL_OK)
        return status;
    *last = hl_durable_last(durable);
    status = hl_durable_compact(durable, ctl_wall_ms(), error);
    enum hl_status closed = hl_durable_close(durable, status == HL_OK ? error : NULL);
    return status == HL_OK ? closed : status;
}

enum ctl_exit ctl_compact(struct ctl *ctl, int argc, char **argv)
{
    static const struct ctl_usage usage = {
        .command = "compact",
        .arguments = "DIR",
        .summary = "Leaves a state directory with one fresh snapshot and an empty journal.",
        .notes = "The daemon must not run; it does this by itself, piece by piece.\n",
        .arguments_min = 1,
        .arguments_max = 1};
    enum ctl_exit code;
    int count;
    uint64_t last;
    struct hl_error error;
    if (!ctl_args_parse(ctl, &usage, argc, argv, &count, &code))
        return code;
    if (compact(argv[0], &last, &error) != HL_OK)
        return ctl_fail(CTL_FAILED, &error);
    printf("one snapshot, up to record %" PRIu64 "\n", last);
    return CTL_OK;
}
