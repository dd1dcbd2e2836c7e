/*
 * ctl_progress.h - how a load is getting on: a bar on a terminal, a plain line every few seconds elsewhere, a summary at the end.
 *
 * All of it goes to standard error, but for the summary, which is the result and goes to standard output.
 */
#ifndef HL_CMD_CTL_PROGRESS_H
#define HL_CMD_CTL_PROGRESS_H

#include "cmd/ctl.h"
#include "cmd/ctl_text.h"

#include <headlined/engine.h>

struct ctl_counts {
    uint64_t answered;                   /* headlines that the daemon accepted, whatever the verdict */
    uint64_t verdicts[HL_VERDICT_COUNT]; /* of those */
    uint64_t refused;                    /* answered with an error */
    uint64_t rejected;                   /* lines that were not sent: no headline */
    uint64_t unanswered;                 /* sent, and the daemon went away for good */
    uint64_t forgotten;                  /* of those answered: by a daemon that began anew without them */
    uint64_t reconnects, resent;
};

/* Counts an accepted headline by the name of its verdict; a name of a later version counts in answered alone. */
void ctl_counts_add(struct ctl_counts *counts, const char *verdict);

struct ctl_progress {
    struct ctl_screen screen;
    bool quiet;
    uint64_t bytes_total; /* of all files; 0: not known */
    int64_t start_ms, shown_ms;
    uint64_t shown_answered;
    double rate; /* headlines a second, of late */
};

/* @quiet: shows nothing. @bytes_total as in the struct. */
void ctl_progress_begin(struct ctl_progress *progress, bool quiet, uint64_t bytes_total);
/* Shows the state when it is time to; cheap otherwise. */
void ctl_progress_show(struct ctl_progress *progress, const struct ctl_counts *counts, uint64_t bytes_done);
/* Wipes the bar, for a complaint or at the end. */
void ctl_progress_wipe(struct ctl_progress *progress);

/* Prints the summary; @json: one object. */
enum ctl_exit ctl_progress_summary(const struct ctl_progress *progress, const struct ctl_counts *counts, bool json);

/*
 * Appends one line of progress at @now_ms, without an end: the bar when the screen has a width. Pure but for @progress's rate;
 * what ctl_progress_show prints.
 */
void ctl_progress_line(struct ctl_progress *progress, const struct ctl_counts *counts, uint64_t bytes_done,
                       int64_t now_ms, struct hl_buffer *out);

#endif
