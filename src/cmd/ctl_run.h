/*
 * ctl_run.h - a file of headlines through an engine of its own: what cluster and eval are built on.
 *
 * The clock is each row's time, never running backwards; rows without one take the time of the row before, and where no row has
 * one the clock stands still. Every row is a headline of its own, whatever its id.
 */
#ifndef HL_CMD_CTL_RUN_H
#define HL_CMD_CTL_RUN_H

#include "cmd/ctl_rows.h"

#define CTL_NO_ROW SIZE_MAX

struct ctl_outcome {
    bool refused; /* the engine refused the row; the rest says nothing */
    bool has_distance;
    enum hl_verdict verdict;
    unsigned distance_bits;
    double similarity;
    size_t duplicate_of; /* row of the original, or CTL_NO_ROW */
    uint64_t seq;
    uint64_t story_at_arrival;
    uint64_t story; /* at the end, merges and splits followed; of a sighting: that of its original */
    uint64_t topic; /* of that story at the end; 0: none, or the story has left the window */
};

struct ctl_run {
    struct ctl_outcome *outcomes; /* owned; one for each row */
    size_t count;
    uint64_t refused; /* rows that the engine refused; the first few were complained about */
    uint64_t merges, splits;
    double seconds; /* spent in the engine */
};

/*
 * Runs @rows in order through a new engine with @settings. @name is that of the file, for complaints (NULL: none). HL_NO_MEMORY, HL_INVALID
 * (settings), HL_INTERNAL; @out is then unchanged.
 */
enum hl_status ctl_run(const struct ctl_rows *rows, const char *name, const struct hl_settings *settings,
                       struct ctl_run *out, struct hl_error *error);

/* The same; at the end, before the engine goes, @ended is asked what it wants to know of it (NULL: nothing). Its failure is that of the run. */
typedef enum hl_status (*ctl_run_ended)(void *context, hl_engine *engine, int64_t now_ms, struct hl_error *error);
enum hl_status ctl_run_then(const struct ctl_rows *rows, const char *name, const struct hl_settings *settings,
                            ctl_run_ended ended, void *context, struct ctl_run *out, struct hl_error *error);

void ctl_run_clear(struct ctl_run *run);

#endif
