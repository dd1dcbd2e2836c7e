/*
 * tune.c - the search for better settings (see tune.h).
 */
#include "cmd/tune.h"

#include "core/assert.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The settings that decide most; the others are bounds of work, or matter only at the beginning of a stream. */
static const struct tune_step steps[] = {
    {"join_threshold", 0.016, false}, {"rival_weight", 0.1, false}, {"merge_threshold", 0.02, false},
    {"merge_single", 0.02, false},    {"merge_core", 0.1, false},   {"split_factor", 0.15, false},
    {"char_weight", 0.08, false},     {"pair_weight", 0.15, false}, {"position_weight", 0.2, false},
    {"length_norm", 0.1, false},      {"story_idf", 0.06, false},   {"hot_share", 0.04, false},
    {"decay_half_life_s", 1.5, true}, {"shared_words", 1, false},
};

#define STEPS_COUNT (sizeof steps / sizeof steps[0])
#define HALVINGS 1
#define SHARE_OF_ALL                                                                                                   \
    (1.0 / 3) /* of the budget, for the search with all pieces: the others mostly walk its ways again */

const struct tune_step *tune_steps(size_t *count)
{
    *count = STEPS_COUNT;
    return steps;
}

/* ---- scores that are known ---------------------------------------------------------------------------------------- */

struct trial {
    struct hl_settings settings;
    double *score; /* owned; [pieces], negative: not known yet */
};

struct tuner {
    const struct tune_problem *problem;
    struct trial *trials; /* owned */
    size_t count, capacity;
    double limit; /* of what may be spent by the search at hand */
    bool cut_short;
    struct hl_error *error;
};

static enum hl_status no_memory(const struct tuner *t)
{
    return hl_error_set(t->error, HL_NO_MEMORY, NULL, "out of memory");
}

/* The number of the trial of @settings, which is made when it is new. */
static enum hl_status trial_of(struct tuner *t, const struct hl_settings *settings, size_t *out)
{
    for (size_t i = 0; i < t->count; i++)
        if (hl_settings_equal(&t->trials[i].settings, settings)) {
            *out = i;
            return HL_OK;
        }
    if (t->count == t->capacity) {
        size_t capacity = t->capacity ? 2 * t->capacity : 64;
        struct trial *grown = realloc(t->trials, capacity * sizeof *grown);
        if (!grown)
            return no_memory(t);
        t->trials = grown;
        t->capacity = capacity;
    }
    struct trial *made = &t->trials[t->count];
    *made = (struct trial){*settings, calloc(t->problem->pieces, sizeof(double))};
    if (!made->score)
        return no_memory(t);
    for (size_t piece = 0; piece < t->problem->pieces; piece++)
        made->score[piece] = -1;
    *out = t->count++;
    return HL_OK;
}

static enum hl_status score_of(const struct tuner *t, size_t trial, size_t piece, double *out)
{
    const struct tune_problem *p = t->problem;
    const struct trial *known = &t->trials[trial];
    enum hl_status status = HL_OK;
    if (known->score[piece] < 0)
        status = p->score(p->context, &known->settings, piece, known->score, t->error);
    *out = known->score[piece];
    return status;
}

/* ---- one step ----------------------------------------------------------------------------------------------------- */

/* No piece is left out of the search with all of them. */
#define NO_FOLD SIZE_MAX

struct gain {
    double mean, error; /* over the pieces, and its standard error: 0 for a single one */
    size_t pieces;
};

static struct gain gain_of(const double *gains, size_t count)
{
    struct gain gain = {.pieces = count};
    double squares = 0;
    for (size_t i = 0; i < count; i++)
        gain.mean += gains[i] / (double)count;
    for (size_t i = 0; i < count; i++)
        squares += (gains[i] - gain.mean) * (gains[i] - gain.mean);
    if (count > 1)
        gain.error = sqrt(squares / (double)(count - 1) / (double)count);
    return gain;
}

/* Whether trial @b is better than @a to the pieces outside fold @without. */
static enum hl_status is_better(const struct tuner *t, size_t a, size_t b, size_t without, bool *better)
{
    const struct tune_problem *p = t->problem;
    double *gains = malloc(p->pieces * sizeof *gains);
    size_t count = 0;
    enum hl_status status = HL_OK;
    if (!gains)
        return no_memory(t);
    for (size_t piece = 0; piece < p->pieces && status == HL_OK; piece++) {
        double before, after;
        if (p->fold[piece] == without)
            continue;
        status = score_of(t, a, piece, &before);
        if (status == HL_OK)
            status = score_of(t, b, piece, &after);
        if (status == HL_OK)
            gains[count++] = after - before;
    }
    if (status == HL_OK) {
        struct gain gain = gain_of(gains, count);
        *better = gain.mean > gain.error && gain.mean > (count > 1 ? TUNE_GAIN_MIN : TUNE_GAIN_MIN_ALONE);
    }
    free(gains);
    return status;
}

static size_t row_of(const char *name)
{
    size_t count, row = 0;
    const struct hl_setting_info *infos = hl_settings_info(&count);
    while (row < count && strcmp(infos[row].name, name) != 0)
        row++;
    HL_ASSERT(row < count); /* a test compares the tables */
    return row;
}

/* Six digits, which is what is printed: a file with them gives the very settings that were tried. */
static double tidy(double value)
{
    char text[32];
    snprintf(text, sizeof text, "%.6g", value);
    return strtod(text, NULL);
}

/* Moves one setting by @scale steps (negative: down), within its bounds. False: it stays where it is. */
static bool move(struct hl_settings *settings, const struct tune_step *step, double scale)
{
    size_t count, row = row_of(step->name);
    const struct hl_setting_info *info = &hl_settings_info(&count)[row];
    double before = hl_settings_value(settings, row);
    double value = step->factor ? before * pow(step->step, scale) : before + step->step * scale;
    value = value < info->min_value ? info->min_value : value > info->max_value ? info->max_value : value;
    value = tidy(info->whole ? floor(value) : value);
    return hl_settings_set(settings, step->name, value, NULL) == HL_OK && (value < before || value > before);
}

/* ---- one search --------------------------------------------------------------------------------------------------- */

static bool may_go_on(struct tuner *t)
{
    if (t->problem->spent(t->problem->context) < t->limit)
        return true;
    t->cut_short = true;
    return false;
}

/* Goes one way from *@at as long as it gains, each time twice as far as before, and by a single step where that is too far. */
static enum hl_status climb(struct tuner *t, const struct tune_step *step, double scale, size_t without, size_t *at,
                            bool *moved)
{
    double stride = 1;
    for (;;) {
        struct hl_settings settings = t->trials[*at].settings;
        size_t next = 0;
        bool better = false;
        if (!move(&settings, step, scale * stride) || !may_go_on(t))
            return HL_OK;
        enum hl_status status = trial_of(t, &settings, &next);
        if (status == HL_OK)
            status = is_better(t, *at, next, without, &better);
        if (status != HL_OK || (!better && stride <= 1))
            return status;
        stride = better ? 2 * stride : 1;
        if (!better)
            continue;
        *at = next;
        *moved = true;
    }
}

static uint64_t next_random(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15)); /* splitmix64 */
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static void shuffle(size_t order[STEPS_COUNT], uint64_t *random)
{
    for (size_t i = STEPS_COUNT; i > 1; i--) {
        size_t j = (size_t)(next_random(random) % i), kept = order[i - 1];
        order[i - 1] = order[j];
        order[j] = kept;
    }
}

/* Every setting once, up and down. */
static enum hl_status sweep(struct tuner *t, const size_t order[STEPS_COUNT], double scale, size_t without, size_t *at,
                            bool *moved)
{
    enum hl_status status = HL_OK;
    for (size_t i = 0; i < STEPS_COUNT && status == HL_OK; i++) {
        bool up = false;
        status = climb(t, &steps[order[i]], scale, without, at, &up);
        if (status == HL_OK && !up)
            status = climb(t, &steps[order[i]], -scale, without, at, moved);
        *moved = *moved || up;
    }
    return status;
}

/* From the start to the best trial, *@at, that the pieces outside fold @without lead to. */
static enum hl_status search(struct tuner *t, size_t without, double limit, size_t *at)
{
    size_t order[STEPS_COUNT];
    uint64_t random = t->problem->seed;
    t->limit = limit;
    for (size_t i = 0; i < STEPS_COUNT; i++)
        order[i] = i;
    shuffle(order, &random);
    enum hl_status status = trial_of(t, &t->problem->start, at);
    double scale = 1;
    for (int halvings = 0; halvings <= HALVINGS && status == HL_OK;) {
        bool moved = false;
        status = sweep(t, order, scale, without, at, &moved);
        if (moved && may_go_on(t))
            continue;
        halvings++;
        scale /= 2;
    }
    return status;
}

/* ---- all searches ------------------------------------------------------------------------------------------------- */

static enum hl_status hold_out(struct tuner *t, size_t fold, double limit, struct tune_piece *pieces)
{
    size_t found = 0;
    enum hl_status status = search(t, fold, limit, &found);
    for (size_t piece = 0; piece < t->problem->pieces && status == HL_OK; piece++)
        if (t->problem->fold[piece] == fold)
            status = score_of(t, found, piece, &pieces[piece].held_out);
    return status;
}

static enum hl_status search_all(struct tuner *t, struct tune_outcome *out)
{
    const struct tune_problem *p = t->problem;
    size_t start = 0, best = 0;
    enum hl_status status = search(t, NO_FOLD, SHARE_OF_ALL, &best);
    if (status == HL_OK)
        status = trial_of(t, &p->start, &start);
    for (size_t piece = 0; piece < p->pieces && status == HL_OK; piece++) {
        status = score_of(t, start, piece, &out->pieces[piece].before);
        if (status == HL_OK)
            status = score_of(t, best, piece, &out->pieces[piece].after);
    }
    for (size_t fold = 0; fold < p->folds && status == HL_OK; fold++) {
        double spent = p->spent(p->context);
        status = hold_out(t, fold, spent + (1 - spent) / (double)(p->folds - fold), out->pieces);
    }
    if (status == HL_OK)
        out->best = t->trials[best].settings;
    return status;
}

static enum hl_status judge(const struct tuner *t, struct tune_outcome *out)
{
    size_t count = t->problem->pieces;
    double *gains = malloc(count * sizeof *gains);
    if (!gains)
        return no_memory(t);
    for (size_t piece = 0; piece < count; piece++)
        gains[piece] = out->pieces[piece].held_out - out->pieces[piece].before;
    struct gain gain = gain_of(gains, count);
    free(gains);
    out->gain = gain.mean;
    out->noise = gain.error > TUNE_NOISE_MIN ? gain.error : TUNE_NOISE_MIN;
    out->gains = gain.mean > out->noise && !hl_settings_equal(&out->best, &t->problem->start);
    out->cut_short = t->cut_short;
    return HL_OK;
}

enum hl_status tune(const struct tune_problem *problem, struct tune_outcome *out, struct hl_error *error)
{
    struct tuner tuner = {.problem = problem, .error = error};
    struct tune_outcome outcome = {.pieces = calloc(problem->pieces, sizeof *outcome.pieces)};
    if (!outcome.pieces)
        return no_memory(&tuner);
    enum hl_status status = search_all(&tuner, &outcome);
    if (status == HL_OK)
        status = judge(&tuner, &outcome);
    for (size_t i = 0; i < tuner.count; i++)
        free(tuner.trials[i].score);
    free(tuner.trials);
    if (status == HL_OK)
        *out = outcome;
    else
        tune_clear(&outcome);
    return status;
}

void tune_clear(struct tune_outcome *outcome)
{
    free(outcome->pieces);
    *outcome = (struct tune_outcome){.pieces = NULL};
}
