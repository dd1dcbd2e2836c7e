/*
 * tune.h - searches the engine's settings for better ones by a score over pieces of labelled data, with guards against learning the
 * data by heart.
 *
 * The search is a pattern search, one setting at a time in an order that the seed decides, by the steps of a table (tune.c), which
 * are halved once when no step helps. A step is taken only when its mean gain over the pieces is more than their disagreement about
 * it (the standard error) and than TUNE_GAIN_MIN. The same search is then made once for each fold without its pieces, and what the
 * settings found so gain on the pieces left out says what tuning is worth on data that it has not seen.
 *
 * Pure but for what the callbacks do. The same problem and callbacks give the same outcome.
 */
#ifndef HL_CMD_TUNE_H
#define HL_CMD_TUNE_H

#include <headlined/engine.h>

#define TUNE_GAIN_MIN 0.001       /* of one step */
#define TUNE_GAIN_MIN_ALONE 0.004 /* of one step that a single piece judges */
#define TUNE_NOISE_MIN 0.002      /* of the whole: less is no gain */

struct tune_problem {
    size_t pieces;
    const size_t *fold; /* of each piece: 0 to folds - 1; borrowed */
    size_t folds;       /* at least 2, each with a piece */
    uint64_t seed;
    struct hl_settings start;
    void *context;
    /*
     * The score of @piece under @settings, into @scores[@piece]: 0 to 1, the same for the same two. Scores of other pieces that come
     * with it may be put too.
     */
    enum hl_status (*score)(void *context, const struct hl_settings *settings, size_t piece, double *scores,
                            struct hl_error *error);
    /* Which share of the budget is used up, 0 to 1. Every search stops when its share is. */
    double (*spent)(void *context);
};

/* The scores of one piece. */
struct tune_piece {
    double before;   /* under the start */
    double held_out; /* under what was found without its fold */
    double after;    /* under what was found with all */
};

struct tune_outcome {
    struct hl_settings best;   /* found with all pieces */
    struct tune_piece *pieces; /* owned */
    double gain;               /* mean of held_out - before */
    double noise;              /* what gain must exceed: its standard error, or TUNE_NOISE_MIN */
    bool gains;                /* it does, and best is not the start */
    bool cut_short;            /* a search ended for want of budget */
};

/* Errors of the score callback, HL_NO_MEMORY; *@out is unchanged then. tune_clear frees. */
enum hl_status tune(const struct tune_problem *problem, struct tune_outcome *out, struct hl_error *error);
void tune_clear(struct tune_outcome *outcome);

/* One row of the table of settings that are searched. */
struct tune_step {
    const char *name;
    double step; /* added and subtracted; of a factor: multiplied and divided by */
    bool factor;
};

/* The table; *@count gets the number of its rows. Constant storage. */
const struct tune_step *tune_steps(size_t *count);

#endif
