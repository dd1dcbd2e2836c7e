/*
 * snapshot.h - an engine in a snapshot of the store: the options it went by, then its own sections (headlined/snapshot.h). FORMAT.md.
 */
#ifndef HL_STATE_SNAPSHOT_H
#define HL_STATE_SNAPSHOT_H

#include "state/replay.h"
#include "store/snapshot.h"

#define HL_STATE_CONTENT_VERSION 1 /* of a snapshot as a whole: which sections there are */
#define HL_STATE_KIND_OPTIONS 1024 /* the data of a record of options (input.h) */

/*
 * Writes @engine and @options, those in force, and finishes @writer. Errors of the writer, HL_NO_MEMORY. Needs nothing but memory and
 * the writer's files, so that a forked child can do it.
 */
enum hl_status hl_state_write(struct hl_snapshot_writer *writer, const hl_engine *engine,
                              const struct hl_engine_options *options, struct hl_error *error);

/* Progress of reading, in bytes of the file. */
typedef void hl_state_progress(void *context, uint64_t done, uint64_t total);

/* The context of hl_state_load. */
struct hl_state_loader {
    const struct hl_engine_options *options; /* allocator and hash seed; what the snapshot does not say */
    hl_state_progress *progress;             /* NULL: none */
    void *progress_context;
    hl_engine *engine;               /* owned: NULL at first; what was loaded */
    struct hl_engine_options loaded; /* the options it goes by */
    struct hl_input input;           /* scratch */
};

/* For hl_snapshot_load_newest, with a struct hl_state_loader. */
enum hl_status hl_state_load(void *context, struct hl_snapshot_reader *reader, struct hl_error *error);

/*
 * The newest snapshot of @directory that is whole, into @loader (options and progress set). Where there is none the engine is empty, goes by
 * the options, and *@broken says why: HL_NOT_FOUND, or what is wrong with the last one looked at. HL_NO_MEMORY.
 */
enum hl_status hl_state_load_newest(struct hl_directory *directory, struct hl_state_loader *loader,
                                    struct hl_snapshot_report *report, struct hl_error *broken, struct hl_error *error);

#endif
