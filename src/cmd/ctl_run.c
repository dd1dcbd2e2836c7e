/*
 * ctl_run.c - rows through an engine, outcomes back (see ctl_run.h).
 */
#include "cmd/ctl_run.h"

#include "cmd/ctl.h"
#include "cmd/ctl_tracker.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { COMPLAINTS_MAX = 5, TICK_BUDGET = 1024, ROW_ID_BYTES = 24 };

struct runner {
    hl_engine *engine;
    struct ctl_tracker *tracker;
    const struct ctl_rows *rows;
    const char *name;
    struct ctl_run *run;
    int64_t now_ms;
};

/* The engine knows a row by its number, since ids in the file may repeat or be too long. */
static struct hl_text row_id(size_t row, char out[ROW_ID_BYTES])
{
    char *at = out + ROW_ID_BYTES;
    do
        *--at = (char)('0' + row % 10);
    while ((row /= 10) > 0);
    return (struct hl_text){at, (size_t)(out + ROW_ID_BYTES - at)};
}

static size_t row_of_id(struct hl_text id)
{
    size_t row = 0;
    for (size_t i = 0; i < id.length; i++)
        row = row * 10 + (size_t)(id.data[i] - '0');
    return id.length > 0 ? row : CTL_NO_ROW;
}

static void record(struct ctl_outcome *outcome, const struct hl_result *result)
{
    *outcome = (struct ctl_outcome){.has_distance = result->has_distance,
                                    .verdict = result->verdict,
                                    .distance_bits = result->distance_bits,
                                    .similarity = result->similarity,
                                    .duplicate_of = row_of_id(result->duplicate_of),
                                    .seq = result->seq,
                                    .story_at_arrival = result->story};
}

/* As in the daemon, what has left the window expires before the next headline comes. */
static void advance(struct runner *runner, int64_t clock_ms)
{
    if (clock_ms == HL_TIME_NONE || clock_ms <= runner->now_ms)
        return;
    runner->now_ms = clock_ms;
    while (hl_engine_tick(runner->engine, runner->now_ms, TICK_BUDGET)) {
    }
}

/* A refusal for what the row holds is an outcome; anything else ends the run. */
static enum hl_status refuse(struct runner *runner, size_t row, const struct hl_error *problem, struct hl_error *error)
{
    if (problem->status != HL_INVALID && problem->status != HL_TOO_LARGE && problem->status != HL_LIMIT)
        return hl_error_set(error, problem->status, NULL, "%s", problem->message);
    if (runner->run->refused++ < COMPLAINTS_MAX && runner->name)
        ctl_complain("%s:%llu: %s", runner->name, (unsigned long long)runner->rows->rows[row].line_number,
                     problem->message);
    runner->run->outcomes[row] = (struct ctl_outcome){.refused = true, .duplicate_of = CTL_NO_ROW};
    return HL_OK;
}

static enum hl_status add_row(struct runner *runner, size_t row, struct hl_error *error)
{
    char id[ROW_ID_BYTES];
    struct hl_headline headline = runner->rows->rows[row].headline;
    headline.id = row_id(row, id);
    struct hl_result result;
    struct hl_error problem;
    if (hl_engine_add(runner->engine, &headline, runner->now_ms, &result, &problem) != HL_OK)
        return refuse(runner, row, &problem, error);
    record(&runner->run->outcomes[row], &result);
    return HL_OK;
}

static double monotonic_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static enum hl_status add_all(struct runner *runner, struct hl_error *error)
{
    for (size_t row = 0; row < runner->rows->count && runner->now_ms == HL_TIME_NONE; row++)
        runner->now_ms = runner->rows->rows[row].clock_ms; /* the first time there is */
    if (runner->now_ms == HL_TIME_NONE)
        runner->now_ms = 0;
    double start_s = monotonic_s();
    for (size_t row = 0; row < runner->rows->count; row++) {
        advance(runner, runner->rows->rows[row].clock_ms);
        enum hl_status status = add_row(runner, row, error);
        if (status != HL_OK)
            return status;
    }
    runner->run->seconds = monotonic_s() - start_s;
    return HL_OK;
}

/* A sighting is stored with its original: its story is the original's. */
static uint64_t final_story(struct runner *runner, size_t row)
{
    const struct ctl_outcome *outcomes = runner->run->outcomes;
    uint64_t story = ctl_tracker_story(runner->tracker, outcomes[row].seq);
    while (story == 0 && outcomes[row].duplicate_of < row) {
        row = outcomes[row].duplicate_of;
        story = ctl_tracker_story(runner->tracker, outcomes[row].seq);
    }
    return story;
}

static uint64_t topic_of(struct runner *runner, uint64_t story)
{
    struct hl_story_view view;
    struct hl_error gone;
    return hl_engine_story(runner->engine, story, runner->now_ms, &view, &gone) == HL_OK ? view.topic : 0;
}

static enum hl_status settle(struct runner *runner, struct hl_error *error)
{
    if (!ctl_tracker_is_complete(runner->tracker))
        return hl_error_set(error, HL_NO_MEMORY, NULL, "out of memory");
    for (size_t row = 0; row < runner->run->count; row++) {
        struct ctl_outcome *outcome = &runner->run->outcomes[row];
        if (outcome->refused)
            continue;
        outcome->story = final_story(runner, row);
        if (outcome->story == 0)
            return hl_error_set(error, HL_INTERNAL, NULL, "the engine never said which story line %llu is in",
                                (unsigned long long)runner->rows->rows[row].line_number);
        outcome->topic = topic_of(runner, outcome->story);
    }
    struct hl_engine_stats stats;
    enum hl_status status = hl_engine_stats(runner->engine, (struct hl_text){NULL, 0}, &stats, error);
    if (status == HL_OK) {
        runner->run->merges = stats.merges;
        runner->run->splits = stats.splits;
    }
    return status;
}

enum hl_status ctl_run(const struct ctl_rows *rows, const char *name, const struct hl_settings *settings,
                       struct ctl_run *out, struct hl_error *error)
{
    return ctl_run_then(rows, name, settings, NULL, NULL, out, error);
}

enum hl_status ctl_run_then(const struct ctl_rows *rows, const char *name, const struct hl_settings *settings,
                            ctl_run_ended ended, void *context, struct ctl_run *out, struct hl_error *error)
{
    struct ctl_run run = {.count = rows->count};
    struct runner runner = {.rows = rows, .name = name, .run = &run, .now_ms = HL_TIME_NONE};
    struct hl_engine_options options = hl_engine_options_default();
    options.settings = *settings;
    enum hl_status status = hl_engine_create(&options, &runner.engine, error);
    if (status != HL_OK)
        return status;
    run.outcomes = calloc(rows->count ? rows->count : 1, sizeof *run.outcomes);
    runner.tracker = ctl_tracker_create();
    if (run.outcomes && runner.tracker) {
        hl_engine_observe(runner.engine, ctl_tracker_observe, runner.tracker);
        status = add_all(&runner, error);
        if (status == HL_OK)
            status = settle(&runner, error);
        if (status == HL_OK && ended)
            status = ended(context, runner.engine, runner.now_ms, error);
    } else {
        status = hl_error_set(error, HL_NO_MEMORY, NULL, "out of memory");
    }
    ctl_tracker_destroy(runner.tracker);
    hl_engine_destroy(runner.engine);
    if (status == HL_OK)
        *out = run;
    else
        ctl_run_clear(&run);
    return status;
}

void ctl_run_clear(struct ctl_run *run)
{
    free(run->outcomes);
    *run = (struct ctl_run){.outcomes = NULL};
}
