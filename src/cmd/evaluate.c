/*
 * evaluate.c - B-cubed, pairwise scores and NMI from a contingency table (see evaluate.h).
 *
 * Labels are first numbered 0, 1, 2... in order of appearance; the cells of the table are numbered the same way, as pairs of such
 * numbers. All three measures are sums over the sizes of gold clusters, found clusters and cells.
 */
#include "cmd/evaluate.h"

#include "core/index.h"

#include <math.h>
#include <stdlib.h>

/* Distinct keys, numbered in order of appearance, with how often each came. */
struct numbering {
    uint64_t *keys;   /* owned; [count] */
    uint64_t *sizes;  /* owned; [count] */
    uint32_t *number; /* owned; of each item */
    uint32_t count;
};

static uint32_t hash_key(uint64_t key)
{
    key = (key ^ (key >> 30)) * UINT64_C(0xbf58476d1ce4e5b9); /* the finaliser of splitmix64 */
    key = (key ^ (key >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((key ^ (key >> 31)) >> 32);
}

static bool key_is(const void *context, uint32_t value, const void *key)
{
    const struct numbering *numbering = context;
    return numbering->keys[value] == *(const uint64_t *)key;
}

static void numbering_clear(struct numbering *numbering)
{
    free(numbering->keys);
    free(numbering->sizes);
    free(numbering->number);
}

static enum hl_status number_keys(struct numbering *numbering, struct hl_index *index, const uint64_t *keys, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t hash = hash_key(keys[i]);
        uint32_t number = hl_index_find(index, hash, key_is, numbering, &keys[i]);
        if (number == HL_NONE) {
            number = numbering->count;
            if (hl_index_insert(index, hash, number) != HL_OK)
                return HL_NO_MEMORY;
            numbering->keys[number] = keys[i];
            numbering->count++;
        }
        numbering->sizes[number]++;
        numbering->number[i] = number;
    }
    return HL_OK;
}

/* Fills @numbering, which numbering_clear frees in any case. */
static enum hl_status numbering_build(struct numbering *numbering, const uint64_t *keys, size_t n)
{
    struct hl_memory memory;
    hl_memory_init(&memory, NULL);
    struct hl_index *index = hl_index_create(&memory);
    numbering->keys = malloc(n * sizeof *numbering->keys);
    numbering->sizes = calloc(n, sizeof *numbering->sizes);
    numbering->number = malloc(n * sizeof *numbering->number);
    numbering->count = 0;
    enum hl_status status = HL_NO_MEMORY;
    if (index && numbering->keys && numbering->sizes && numbering->number)
        status = number_keys(numbering, index, keys, n);
    hl_index_destroy(index);
    return status;
}

static enum hl_status cells_build(struct numbering *cells, const struct numbering *gold, const struct numbering *found,
                                  size_t n)
{
    uint64_t *keys = malloc(n * sizeof *keys);
    if (!keys)
        return HL_NO_MEMORY;
    for (size_t i = 0; i < n; i++)
        keys[i] = (uint64_t)gold->number[i] << 32 | found->number[i];
    enum hl_status status = numbering_build(cells, keys, n);
    free(keys);
    return status;
}

static double gold_size(const struct numbering *cells, const struct numbering *gold, uint32_t cell)
{
    return (double)gold->sizes[cells->keys[cell] >> 32];
}

static double found_size(const struct numbering *cells, const struct numbering *found, uint32_t cell)
{
    return (double)found->sizes[cells->keys[cell] & UINT32_MAX];
}

static struct hl_scores scores(double precision, double recall)
{
    double sum = precision + recall;
    return (struct hl_scores){precision, recall, sum > 0 ? 2 * precision * recall / sum : 0};
}

static struct hl_scores bcubed(const struct numbering *cells, const struct numbering *gold,
                               const struct numbering *found, size_t n)
{
    double precision = 0, recall = 0;
    for (uint32_t c = 0; c < cells->count; c++) {
        double shared = (double)cells->sizes[c];
        precision += shared * shared / found_size(cells, found, c);
        recall += shared * shared / gold_size(cells, gold, c);
    }
    return scores(precision / (double)n, recall / (double)n);
}

static double pairs_within(const struct numbering *numbering)
{
    double pairs = 0;
    for (uint32_t c = 0; c < numbering->count; c++)
        pairs += (double)numbering->sizes[c] * (double)(numbering->sizes[c] - 1) / 2;
    return pairs;
}

static struct hl_scores pairwise(const struct numbering *cells, const struct numbering *gold,
                                 const struct numbering *found)
{
    double both = pairs_within(cells), in_gold = pairs_within(gold), in_found = pairs_within(found);
    return scores(in_found > 0 ? both / in_found : 1, in_gold > 0 ? both / in_gold : 1);
}

static double entropy(const struct numbering *numbering, size_t n)
{
    double sum = 0;
    for (uint32_t c = 0; c < numbering->count; c++) {
        double share = (double)numbering->sizes[c] / (double)n;
        sum -= share * log(share);
    }
    return sum;
}

static double normalised_information(const struct numbering *cells, const struct numbering *gold,
                                     const struct numbering *found, size_t n)
{
    if (gold->count == 1 && found->count == 1)
        return 1; /* no entropy on either side */
    double information = 0;
    for (uint32_t c = 0; c < cells->count; c++) {
        double shared = (double)cells->sizes[c];
        double expected = gold_size(cells, gold, c) * found_size(cells, found, c);
        information += shared / (double)n * log(shared * (double)n / expected);
    }
    double nmi = 2 * information / (entropy(gold, n) + entropy(found, n));
    return nmi < 0 ? 0 : nmi > 1 ? 1 : nmi; /* rounding may step over an end */
}

/* The contingency table. */
struct table {
    struct numbering gold, found, cells;
};

static void table_clear(struct table *table)
{
    numbering_clear(&table->cells);
    numbering_clear(&table->found);
    numbering_clear(&table->gold);
}

/* Fills @table, which table_clear frees in any case. */
static enum hl_status table_build(struct table *table, const uint64_t *gold, const uint64_t *found, size_t count)
{
    *table = (struct table){.cells = {0}};
    if (count == 0 || count >= HL_NONE)
        return HL_INVALID;
    enum hl_status status = numbering_build(&table->gold, gold, count);
    if (status == HL_OK)
        status = numbering_build(&table->found, found, count);
    return status == HL_OK ? cells_build(&table->cells, &table->gold, &table->found, count) : status;
}

enum hl_status hl_evaluate(const uint64_t *gold, const uint64_t *found, size_t count, struct hl_evaluation *out)
{
    struct table t;
    enum hl_status status = table_build(&t, gold, found, count);
    if (status == HL_OK) {
        out->bcubed = bcubed(&t.cells, &t.gold, &t.found, count);
        out->pairwise = pairwise(&t.cells, &t.gold, &t.found);
        out->nmi = normalised_information(&t.cells, &t.gold, &t.found, count);
        out->gold_count = t.gold.count;
        out->found_count = t.found.count;
    }
    table_clear(&t);
    return status;
}

static struct hl_scores bcubed_of_part(const struct table *t, const size_t *part, size_t count, size_t wanted)
{
    double precision = 0, recall = 0;
    size_t items = 0;
    for (size_t i = 0; i < count; i++) {
        if (part[i] != wanted)
            continue;
        uint32_t cell = t->cells.number[i];
        precision += (double)t->cells.sizes[cell] / found_size(&t->cells, &t->found, cell);
        recall += (double)t->cells.sizes[cell] / gold_size(&t->cells, &t->gold, cell);
        items++;
    }
    return items > 0 ? scores(precision / (double)items, recall / (double)items) : scores(1, 1);
}

enum hl_status hl_evaluate_parts(const uint64_t *gold, const uint64_t *found, const size_t *part, size_t count,
                                 struct hl_scores *out, size_t parts)
{
    struct table t;
    enum hl_status status = table_build(&t, gold, found, count);
    for (size_t i = 0; i < parts && status == HL_OK; i++)
        out[i] = bcubed_of_part(&t, part, count, i);
    table_clear(&t);
    return status;
}
