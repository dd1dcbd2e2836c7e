/*
 * inspect.c - recovery without a directory that is written to (see inspect.h).
 */
#include "state/inspect.h"

#include "state/snapshot.h"

#include <stdlib.h>

struct inspection {
    struct hl_state_loader loader;
    struct hl_replay replay;
    struct hl_engine_options options;
};

static enum hl_status visit(void *context, const struct hl_input_record *record, struct hl_error *error)
{
    return hl_replay_apply(context, record, error);
}

enum hl_status hl_state_inspect(struct hl_directory *directory, hl_engine **out, struct hl_engine_options *options,
                                struct hl_durable_report *report, struct hl_error *error)
{
    *report = (struct hl_durable_report){0};
    struct inspection *inspection = calloc(1, sizeof *inspection);
    if (!inspection)
        return hl_error_set(error, HL_NO_MEMORY, NULL, "no memory to look at the state");
    struct hl_error broken; /* in the report, too */
    struct hl_state_loader *loader = &inspection->loader;
    struct hl_replay *replay = &inspection->replay;
    inspection->options = hl_engine_options_default();
    loader->options = &inspection->options;
    enum hl_status status = hl_state_load_newest(directory, loader, &report->snapshot, &broken, error);
    replay->engine = loader->engine;
    replay->options = loader->loaded;
    if (status == HL_OK)
        status = hl_journal_scan(directory, report->snapshot.seq, visit, replay, &report->journal, error);
    report->replayed = replay->records;
    report->differences = replay->differences;
    report->difference_seq = replay->difference_seq;
    report->difference = replay->difference;
    if (status == HL_OK)
        *out = replay->engine;
    else
        hl_engine_destroy(replay->engine);
    if (status == HL_OK && options)
        *options = replay->options;
    free(inspection);
    return status;
}

enum hl_status hl_state_check_snapshot(struct hl_directory *directory, uint64_t seq, struct hl_snapshot_meta *out,
                                       struct hl_error *error)
{
    struct hl_snapshot_reader *reader;
    enum hl_status status = hl_snapshot_open_file(directory, seq, &reader, error);
    if (status != HL_OK)
        return status;
    status = hl_snapshot_verdict(reader, error);
    if (status == HL_OK)
        *out = *hl_snapshot_meta(reader);
    hl_snapshot_reader_free(reader);
    return status;
}

enum hl_status hl_state_whole_snapshot(struct hl_directory *directory, uint64_t *out_seq, struct hl_error *error)
{
    struct hl_directory_listing listing;
    enum hl_status status = hl_directory_list(directory, &listing, error);
    if (status != HL_OK)
        return status;
    *out_seq = 0;
    for (size_t left = listing.snapshot_count; left > 0 && *out_seq == 0 && status != HL_NO_MEMORY; left--) {
        struct hl_snapshot_meta meta;
        status = hl_state_check_snapshot(directory, listing.snapshots[left - 1], &meta, error);
        if (status == HL_OK)
            *out_seq = meta.seq;
    }
    hl_directory_listing_clear(&listing);
    return status == HL_NO_MEMORY ? status : HL_OK;
}
