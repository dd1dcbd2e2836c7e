/*
 * ctl_score.c - labels of rows as numbers, and a run scored against them (see ctl_score.h).
 */
#include "cmd/ctl_score.h"

#include "core/index.h"

#include <stdlib.h>
#include <string.h>

/* ---- labels ------------------------------------------------------------------------------------------------------- */

/* A label stands for the number of the first row that bears it. */
static bool label_is(const void *context, uint32_t value, const void *key)
{
    const struct ctl_rows *rows = context;
    const struct hl_text *a = &rows->rows[value].label, *b = key;
    return a->length == b->length && memcmp(a->data, b->data, a->length) == 0;
}

static uint32_t hash_text(struct hl_text text)
{
    uint32_t hash = 2166136261U; /* FNV-1a */
    for (size_t i = 0; i < text.length; i++)
        hash = (hash ^ (unsigned char)text.data[i]) * 16777619U;
    return hash;
}

static bool fill_labels(const struct ctl_rows *rows, struct hl_index *index, uint64_t *gold)
{
    for (size_t row = 0; row < rows->count; row++) {
        const struct hl_text *label = &rows->rows[row].label;
        gold[row] = CTL_NO_LABEL;
        if (label->length == 0)
            continue;
        uint32_t hash = hash_text(*label), first = hl_index_find(index, hash, label_is, rows, label);
        if (first == HL_NONE) {
            first = (uint32_t)row;
            if (hl_index_insert(index, hash, first) != HL_OK)
                return false;
        }
        gold[row] = first;
    }
    return true;
}

enum hl_status ctl_score_labels(const struct ctl_rows *rows, uint64_t *gold, struct hl_error *error)
{
    struct hl_memory memory;
    hl_memory_init(&memory, NULL);
    struct hl_index *index = hl_index_create(&memory);
    bool filled = index && fill_labels(rows, index, gold);
    hl_index_destroy(index);
    return filled ? HL_OK : hl_error_set(error, HL_NO_MEMORY, NULL, "out of memory");
}

/* ---- scores ------------------------------------------------------------------------------------------------------- */

/* What the scored rows were found in, beside what they belong in. */
struct found {
    uint64_t *gold, *end, *arrival; /* owned; [count] */
    size_t *part;                   /* owned; [count] */
    size_t count;
};

static void found_clear(struct found *found)
{
    free(found->gold);
    free(found->end);
    free(found->arrival);
    free(found->part);
}

static bool found_allocate(struct found *found, size_t rows)
{
    size_t room = rows ? rows : 1, bytes = room * sizeof(uint64_t);
    *found = (struct found){.gold = calloc(room, sizeof(uint64_t)),
                            .end = malloc(bytes),
                            .arrival = malloc(bytes),
                            .part = malloc(room * sizeof(size_t))};
    return found->gold && found->end && found->arrival && found->part;
}

/*
 * A refused row is in no story: it is scored as alone, under a label that no story has (story ids are counters and stay far below).
 */
static uint64_t story_of(const struct ctl_outcome *outcome, uint64_t story, size_t row)
{
    return outcome->refused ? UINT64_MAX - row : story;
}

/* Closes up the rows that have a label. */
static void found_close(struct found *found, const struct ctl_rows *rows, const struct ctl_run *run, const size_t *part)
{
    for (size_t row = 0; row < rows->count; row++) {
        const struct ctl_outcome *outcome = &run->outcomes[row];
        if (found->gold[row] == CTL_NO_LABEL)
            continue;
        found->gold[found->count] = found->gold[row];
        found->end[found->count] = story_of(outcome, outcome->story, row);
        found->arrival[found->count] = story_of(outcome, outcome->story_at_arrival, row);
        found->part[found->count] = part ? part[row] : 0;
        found->count++;
    }
}

/* Fills @found, which found_clear frees in any case. */
static enum hl_status found_fill(struct found *found, const struct ctl_rows *rows, const struct ctl_run *run,
                                 const char *name, const size_t *part, struct hl_error *error)
{
    if (!found_allocate(found, rows->count))
        return hl_error_set(error, HL_NO_MEMORY, NULL, "out of memory");
    enum hl_status status = ctl_score_labels(rows, found->gold, error);
    if (status != HL_OK)
        return status;
    found_close(found, rows, run, part);
    if (found->count == 0)
        return hl_error_set(error, HL_INVALID, "story", "%.150s: no row has a label (\"story\")", name);
    return HL_OK;
}

static enum hl_status told(enum hl_status status, struct hl_error *error)
{
    return status == HL_OK ? HL_OK : hl_error_set(error, status, NULL, "%s", hl_status_message(status));
}

enum hl_status ctl_score(const struct ctl_rows *rows, const struct ctl_run *run, const char *name,
                         struct ctl_score *out, struct hl_error *error)
{
    struct found found;
    struct ctl_score score;
    enum hl_status status = found_fill(&found, rows, run, name, NULL, error);
    if (status == HL_OK)
        status = told(hl_evaluate(found.gold, found.end, found.count, &score.end), error);
    if (status == HL_OK)
        status = told(hl_evaluate(found.gold, found.arrival, found.count, &score.arrival), error);
    if (status == HL_OK)
        *out = score;
    found_clear(&found);
    return status;
}

enum hl_status ctl_score_parts(const struct ctl_rows *rows, const struct ctl_run *run, const char *name,
                               const size_t *part, struct ctl_part_score *out, size_t parts, struct hl_error *error)
{
    struct hl_scores *scores = calloc(2 * parts, sizeof *scores);
    if (!scores)
        return told(HL_NO_MEMORY, error);
    struct hl_scores *end = scores, *arrival = scores + parts;
    struct found found;
    enum hl_status status = found_fill(&found, rows, run, name, part, error);
    if (status == HL_OK)
        status = told(hl_evaluate_parts(found.gold, found.end, found.part, found.count, end, parts), error);
    if (status == HL_OK)
        status = told(hl_evaluate_parts(found.gold, found.arrival, found.part, found.count, arrival, parts), error);
    for (size_t i = 0; i < parts && status == HL_OK; i++)
        out[i] = (struct ctl_part_score){end[i], arrival[i]};
    found_clear(&found);
    free(scores);
    return status;
}
