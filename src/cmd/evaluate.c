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

enum hl_status hl_evaluate(const uint64_t *gold, const uint64_t *found, size_t count, struct hl_evaluation *out)
{
    if (count == 0 || count >= HL_NONE)
        return HL_INVALID;
    struct numbering by_gold = {0}, by_found = {0}, cells = {0};
    enum hl_status status = numbering_build(&by_gold, gold, count);
    if (status == HL_OK)
        status = numbering_build(&by_found, found, count);
    if (status == HL_OK)
        status = cells_build(&cells, &by_gold, &by_found, count);
    if (status == HL_OK) {
        out->bcubed = bcubed(&cells, &by_gold, &by_found, count);
        out->pairwise = pairwise(&cells, &by_gold, &by_found);
        out->nmi = normalised_information(&cells, &by_gold, &by_found, count);
        out->gold_count = by_gold.count;
        out->found_count = by_found.count;
    }
    numbering_clear(&cells);
    numbering_clear(&by_found);
    numbering_clear(&by_gold);
    return status;
}
