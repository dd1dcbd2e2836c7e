/*
 * ctl_restore.c - restore: a new state directory from the lines of dump --state.
 *
 * The lines become an engine in memory, which checks them; only then is a directory made, with one snapshot of it.
 */
#include "cmd/ctl_args.h"
#include "cmd/ctl_input.h"
#include "cmd/state_text.h"
#include "state/snapshot.h"

#include <inttypes.h>
#include <stdio.h>

static enum hl_status next_line(void *context, const char **line, size_t *length, uint64_t *number,
                                struct hl_error *error)
{
    struct ctl_input *input = context;
    enum ctl_line kind;
    enum hl_status status = ctl_input_read(input, &kind, line, length, error);
    if (status != HL_OK)
        return status;
    if (kind == CTL_LINE_END)
        return HL_NOT_FOUND;
    *number = ctl_input_line_number(input);
    if (kind == CTL_LINE_TOO_LONG)
        return hl_error_set(error, HL_CORRUPT, NULL, "line %" PRIu64 ": it is longer than any line of a state",
                            *number);
    return HL_OK;
}

static enum hl_status read_state(const char *path, struct state_text_head *head, hl_engine **out,
                                 struct hl_error *error)
{
    struct ctl_input *input;
    struct hl_engine_options options = hl_engine_options_default();
    enum hl_status status = ctl_input_open(path, &input, error);
    if (status != HL_OK)
        return status;
    status = state_text_read(&options, next_line, input, head, out, error);
    ctl_input_close(input);
    return status;
}

static enum hl_status must_be_empty(struct hl_directory *directory, struct hl_error *error)
{
    struct hl_directory_listing listing;
    enum hl_status status = hl_directory_list(directory, &listing, error);
    if (status != HL_OK)
        return status;
    bool is_empty = listing.segment_count == 0 && listing.snapshot_count == 0;
    hl_directory_listing_clear(&listing);
    return is_empty ? HL_OK
                    : hl_error_set(error, HL_INVALID, NULL, "%s holds a state already: name a new directory",
                                   directory->files.path);
}

/* Before anything is read: a state is not written over. */
static enum hl_status check_target(const char *path, struct hl_error *error)
{
    struct hl_directory directory;
    enum hl_status status = hl_directory_open(path, HL_DIRECTORY_READ, &directory, error);
    if (status == HL_NOT_FOUND)
        return HL_OK; /* not there, or no state directory yet */
    if (status != HL_OK)
        return status;
    status = must_be_empty(&directory, error);
    hl_directory_close(&directory);
    return status;
}

static enum hl_status write_snapshot(struct hl_directory *directory, const struct state_text_head *head,
                                     const hl_engine *engine, struct hl_error *error)
{
    const struct hl_snapshot_meta meta = {
        .seq = head->seq, .created_ms = head->created_ms, .content_version = HL_STATE_CONTENT_VERSION};
    struct hl_snapshot_writer *writer;
    enum hl_status status = must_be_empty(directory, error); /* now that nobody else can make one */
    if (status == HL_OK)
        status = hl_snapshot_create_file(directory, &meta, 1, &writer, error);
    if (status != HL_OK)
        return status;
    status = hl_state_write(writer, engine, &head->options, error);
    hl_snapshot_writer_free(writer);
    return status;
}

static enum hl_status restore(const char *path, const char *file, struct hl_error *error)
{
    struct hl_directory directory;
    struct state_text_head head;
    hl_engine *engine;
    enum hl_status status = check_target(path, error);
    if (status == HL_OK)
        status = read_state(file, &head, &engine, error);
    if (status != HL_OK)
        return status;
    status = hl_directory_open(path, HL_DIRECTORY_CREATE, &directory, error);
    if (status == HL_OK) {
        status = write_snapshot(&directory, &head, engine, error);
        hl_directory_close(&directory);
    }
    if (status == HL_OK)
        printf("one snapshot, up to record %" PRIu64 "\n", head.seq);
    hl_engine_destroy(engine);
    return status;
}

enum ctl_exit ctl_restore(struct ctl *ctl, int argc, char **argv)
{
    static const struct ctl_usage usage = {
        .command = "restore",
        .arguments = "DIR [FILE]",
        .summary = "Makes a new state directory from the lines that dump --state has printed.",
        .notes =
            "FILE, plain or gzip, is standard input when left out. A daemon started on DIR answers as the dumped one "
            "would have.\nWhere a line is wrong it is named, and nothing is made.\n",
        .arguments_min = 1,
        .arguments_max = 2,
        .offline = true};
    enum ctl_exit code;
    int count;
    struct hl_error error;
    if (!ctl_args_parse(ctl, &usage, argc, argv, &count, &code))
        return code;
    if (restore(argv[0], count > 1 ? argv[1] : "-", &error) != HL_OK)
        return ctl_fail(CTL_FAILED, &error);
    return CTL_OK;
}
