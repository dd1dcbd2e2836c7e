/*
 * ctl_pieces.c - labelled files read, and a single one cut by its stories (see ctl_pieces.h).
 */
#include "cmd/ctl_pieces.h"

#include "cmd/ctl.h"
#include "cmd/ctl_score.h"

#include "core/assert.h"

#include <stdlib.h>

static enum hl_status no_memory(struct hl_error *error)
{
    return hl_error_set(error, HL_NO_MEMORY, NULL, "out of memory");
}

/* ---- one file, cut ------------------------------------------------------------------------------------------------ */

struct story {
    size_t first, middle; /* rows */
    size_t count;
    size_t seen; /* while the middle is looked for */
    size_t fold;
};

struct cut {
    const struct ctl_rows *rows;
    uint64_t *gold;        /* owned; of each row */
    struct story *stories; /* owned; by the number of the first row, all zero where none begins */
    struct story **order;  /* owned; borrowed from stories, by their middles */
    size_t story_count, labelled;
};

static void cut_clear(struct cut *cut)
{
    free(cut->gold);
    free(cut->stories);
    free(cut->order);
}

static enum hl_status cut_begin(struct cut *cut, const struct ctl_rows *rows, struct hl_error *error)
{
    size_t room = rows->count ? rows->count : 1;
    *cut = (struct cut){.rows = rows,
                        .gold = calloc(room, sizeof *cut->gold),
                        .stories = calloc(room, sizeof *cut->stories),
                        .order = calloc(room, sizeof(struct story *))};
    if (!cut->gold || !cut->stories || !cut->order)
        return no_memory(error);
    return ctl_score_labels(rows, cut->gold, error);
}

static int by_middle(const void *a, const void *b)
{
    const struct story *x = *(struct story *const *)a, *y = *(struct story *const *)b;
    return (x->middle > y->middle) - (x->middle < y->middle);
}

/* Counts the stories, finds their middle rows, and puts them in order. */
static void find_stories(struct cut *cut)
{
    for (size_t row = 0; row < cut->rows->count; row++)
        if (cut->gold[row] != CTL_NO_LABEL)
            cut->stories[cut->gold[row]].count++;
    for (size_t row = 0; row < cut->rows->count; row++) {
        if (cut->gold[row] == CTL_NO_LABEL)
            continue;
        struct story *story = &cut->stories[cut->gold[row]];
        if (story->seen++ == story->count / 2)
            story->middle = row;
        if (cut->gold[row] == row)
            cut->order[cut->story_count++] = story;
        cut->labelled++;
    }
    qsort(cut->order, cut->story_count, sizeof(struct story *), by_middle);
}

/* Folds of about as many labelled rows each. Returns how many got a story; they are numbered without gaps. */
static size_t deal_stories(struct cut *cut, size_t folds)
{
    size_t before = 0, used = 0, last = SIZE_MAX;
    for (size_t i = 0; i < cut->story_count; i++) {
        struct story *story = cut->order[i];
        size_t wanted = (before + story->count / 2) * folds / cut->labelled;
        before += story->count;
        used += wanted != last;
        last = wanted;
        story->fold = used - 1;
    }
    return used;
}

/* Rows without a label are not scored: any part does for them. */
static void part_rows(const struct cut *cut, struct ctl_pieces *out)
{
    for (size_t row = 0; row < cut->rows->count; row++) {
        if (cut->gold[row] == CTL_NO_LABEL)
            continue;
        size_t fold = cut->stories[cut->gold[row]].fold;
        out->part_of_row[row] = fold;
        out->pieces[fold].headlines++;
    }
}

/* The first of @out's pieces, for which there is room, become those of its only file. */
static enum hl_status cut_file(struct ctl_pieces *out, const char *path, size_t folds, struct hl_error *error)
{
    struct cut cut;
    enum hl_status status = cut_begin(&cut, &out->files[0], error);
    out->part_of_row = calloc(out->files[0].count + 1, sizeof *out->part_of_row);
    if (status == HL_OK && !out->part_of_row)
        status = no_memory(error);
    if (status == HL_OK) {
        find_stories(&cut);
        out->count = out->folds = deal_stories(&cut, folds);
        if (out->folds < 2)
            status = hl_error_set(error, HL_INVALID, "story",
                                  "%.150s: too few stories are labelled (\"story\") to hold some of them out", path);
    }
    for (size_t i = 0; i < out->count; i++) {
        out->pieces[i] = (struct ctl_piece){.path = path, .part = i, .parts = out->count};
        out->fold[i] = i;
    }
    if (status == HL_OK)
        part_rows(&cut, out);
    cut_clear(&cut);
    return status;
}

/* ---- several files ------------------------------------------------------------------------------------------------ */

static enum hl_status take_files(struct ctl_pieces *out, char **paths, size_t folds, struct hl_error *error)
{
    if (folds > out->file_count)
        folds = out->file_count;
    out->folds = folds;
    out->count = out->file_count;
    for (size_t i = 0; i < out->count; i++) {
        const struct ctl_rows *rows = &out->files[i];
        out->pieces[i] = (struct ctl_piece){.path = paths[i], .file = i, .parts = 1};
        out->fold[i] = i % folds;
        for (size_t row = 0; row < rows->count; row++)
            out->pieces[i].headlines += rows->rows[row].label.length > 0;
        if (out->pieces[i].headlines == 0)
            return hl_error_set(error, HL_INVALID, "story", "%.150s: no row has a label (\"story\")", paths[i]);
    }
    return HL_OK;
}

static enum hl_status read_files(struct ctl_pieces *out, char **paths, struct hl_error *error)
{
    for (size_t i = 0; i < out->file_count; i++) {
        enum hl_status status = ctl_rows_read(&out->files[i], paths[i], error);
        if (status != HL_OK)
            return status;
        if (out->files[i].rejected > 0)
            ctl_complain("%s: %llu lines are no headlines", paths[i], (unsigned long long)out->files[i].rejected);
    }
    return HL_OK;
}

enum hl_status ctl_pieces_read(struct ctl_pieces *out, char **paths, size_t count, size_t folds, struct hl_error *error)
{
    HL_ASSERT(count > 0 && folds > 1);
    size_t room = count > folds ? count : folds;
    *out = (struct ctl_pieces){.files = calloc(count, sizeof *out->files),
                               .pieces = calloc(room, sizeof *out->pieces),
                               .fold = calloc(room, sizeof *out->fold),
                               .file_count = count};
    bool made = out->files && out->pieces && out->fold;
    enum hl_status status = made ? read_files(out, paths, error) : no_memory(error);
    if (status == HL_OK && made)
        status = count > 1 ? take_files(out, paths, folds, error) : cut_file(out, paths[0], folds, error);
    if (status != HL_OK)
        ctl_pieces_clear(out);
    return status;
}

void ctl_pieces_clear(struct ctl_pieces *pieces)
{
    for (size_t i = 0; pieces->files && i < pieces->file_count; i++)
        ctl_rows_clear(&pieces->files[i]);
    free(pieces->files);
    free(pieces->pieces);
    free(pieces->fold);
    free(pieces->part_of_row);
    *pieces = (struct ctl_pieces){.files = NULL};
}
