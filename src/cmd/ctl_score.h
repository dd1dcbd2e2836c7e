/*
 * ctl_score.h - how a run's stories agree with the labels of its rows: what eval prints and tune climbs.
 */
#ifndef HL_CMD_CTL_SCORE_H
#define HL_CMD_CTL_SCORE_H

#include "cmd/ctl_run.h"
#include "cmd/evaluate.h"

#define CTL_NO_LABEL UINT64_MAX

/*
 * Labels as numbers: @gold[row] gets the number of the first row with the same label, CTL_NO_LABEL where a row has none. @gold has
 * room for every row. HL_NO_MEMORY.
 */
enum hl_status ctl_score_labels(const struct ctl_rows *rows, uint64_t *gold, struct hl_error *error);

struct ctl_score {
    struct hl_evaluation end, arrival; /* after all merges and splits; as answered at once */
};

/*
 * Scores @run, which @rows went through; rows without a label are left out, refused ones count as alone. @name is that of the file,
 * for the message. HL_INVALID: no row has a label; HL_NO_MEMORY. *@out is unchanged then.
 */
enum hl_status ctl_score(const struct ctl_rows *rows, const struct ctl_run *run, const char *name,
                         struct ctl_score *out, struct hl_error *error);

struct ctl_part_score {
    struct hl_scores end, arrival; /* B-cubed */
};

/* The same of each part of the rows, @part[row] below @parts (see hl_evaluate_parts), into @out. */
enum hl_status ctl_score_parts(const struct ctl_rows *rows, const struct ctl_run *run, const char *name,
                               const size_t *part, struct ctl_part_score *out, size_t parts, struct hl_error *error);

#endif
