/*
 * ctl_state.c - repair and compact: a state directory set right, without a daemon.
 */
#include "cmd/ctl_args.h"
#include "state/inspect.h"

#include <inttypes.h>
#include <stdio.h>

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
        printf("%" PRIu32 " later file%s renamed to cut-...\n", done.files_set_aside,
               done.files_set_aside == 1 ? " was" : "s were");
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
        .offline = true,
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
        .arguments_max = 1,
        .offline = true};
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
