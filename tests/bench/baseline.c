/*
 * baseline.c - what headlined is measured against, for scripts/quality: baseline simhash|words FILE...
 *
 * simhash  the usual recipe, streaming: each headline joins the story of the nearest headline before it (the latest of several) when their
 *          fingerprints differ in at most so many bits, else it founds one. Fingerprints are SimHashes of the title's words, outlets and stop words
 *          left out, stems weighted by ln((N + 1) / df) over the whole file, which is more than a stream would know. One JSON line for
 *          each file: B-cubed F1 with 64 bits and a radius of 3, and with 128 bits and the radius that is best for the file.
 * words    the same stems of each labelled row, separated by spaces, after its label's number and a tab: so that other methods get
 *          the same words.
 *
 * Files are as for headlinectl eval.
 */
#include "cmd/ctl_score.h"
#include "core/index.h"
#include "engine/tail.h"
#include "text/text.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 64, RADIUS_64 = 3, RADIUS_MAX = 64, BITS = 128 };

struct word {
    uint64_t hash[2];
    uint32_t df;
};

struct title {
    uint32_t words[WORDS_MAX]; /* distinct, as indexes */
    uint32_t count;
    uint64_t print[2]; /* fingerprint; its first half is the one of 64 bits */
};

struct corpus {
    struct ctl_rows rows;
    struct title *titles; /* owned; of each row */
    struct word *words;   /* owned */
    uint32_t word_count, word_capacity;
    struct hl_memory memory;
    struct hl_index *index; /* words by hash */
    struct hl_text_tools *text;
    bool prints; /* writes the words out as they come */
};

static void fail(const char *path, const char *why)
{
    fprintf(stderr, "baseline: %s: %s\n", path, why);
    exit(1);
}

static void *made(void *block)
{
    if (!block)
        fail("-", "out of memory");
    return block;
}

/* ---- words -------------------------------------------------------------------------------------------------------- */

static bool word_is(const void *context, uint32_t value, const void *key)
{
    const struct corpus *corpus = context;
    return memcmp(corpus->words[value].hash, key, sizeof corpus->words[value].hash) == 0;
}

static uint32_t word_of(struct corpus *corpus, const char *stem, size_t length)
{
    XXH128_hash_t hash = XXH3_128bits(stem, length);
    uint64_t key[2] = {hash.low64, hash.high64};
    uint32_t found = hl_index_find(corpus->index, (uint32_t)key[0], word_is, corpus, key);
    if (found != HL_NONE)
        return found;
    if (corpus->word_count == corpus->word_capacity) {
        corpus->word_capacity = corpus->word_capacity ? 2 * corpus->word_capacity : 4096;
        corpus->words = made(realloc(corpus->words, corpus->word_capacity * sizeof *corpus->words));
    }
    corpus->words[corpus->word_count] = (struct word){.hash = {key[0], key[1]}};
    if (hl_index_insert(corpus->index, (uint32_t)key[0], corpus->word_count) != HL_OK)
        fail("-", "out of memory");
    return corpus->word_count++;
}

static void take_word(struct corpus *corpus, struct title *title, const char *stem, size_t length)
{
    uint32_t word = word_of(corpus, stem, length);
    for (uint32_t i = 0; i < title->count; i++)
        if (title->words[i] == word)
            return;
    if (title->count == WORDS_MAX)
        return;
    title->words[title->count++] = word;
    corpus->words[word].df++;
    if (corpus->prints)
        printf("%.*s ", (int)length, stem);
}

static void read_title(struct corpus *corpus, size_t row)
{
    const struct hl_headline *headline = &corpus->rows.rows[row].headline;
    struct hl_text clean;
    struct hl_analysis analysis;
    if (hl_text_clean(corpus->text, headline->title, &clean, NULL) != HL_OK)
        return; /* no words: alone */
    clean.length = hl_tail_find(NULL, clean, headline->source).length;
    if (hl_text_analyse(corpus->text, clean, headline->lang, &analysis) != HL_OK)
        fail("-", "out of memory");
    for (size_t i = 0; i < analysis.word_count; i++) {
        const struct hl_word *word = &analysis.words[i];
        if (!(word->flags & HL_WORD_STOP))
            take_word(corpus, &corpus->titles[row], analysis.stems + word->stem, word->stem_length);
    }
}

static void corpus_open(struct corpus *corpus, const char *path)
{
    struct hl_error error;
    hl_memory_init(&corpus->memory, NULL);
    if (ctl_rows_read(&corpus->rows, path, &error) != HL_OK)
        fail(path, error.message);
    corpus->titles = made(calloc(corpus->rows.count + 1, sizeof *corpus->titles));
    corpus->index = made(hl_index_create(&corpus->memory));
    corpus->text = made(hl_text_tools_create(&corpus->memory));
}

static void corpus_close(struct corpus *corpus)
{
    hl_text_tools_destroy(corpus->text);
    hl_index_destroy(corpus->index);
    ctl_rows_clear(&corpus->rows);
    free(corpus->titles);
    free(corpus->words);
}

static uint64_t *labels_of(const struct corpus *corpus)
{
    uint64_t *gold = made(calloc(corpus->rows.count + 1, sizeof *gold));
    if (ctl_score_labels(&corpus->rows, gold, NULL) != HL_OK)
        fail("-", "out of memory");
    return gold;
}

static void print_words(struct corpus *corpus)
{
    uint64_t *gold = labels_of(corpus);
    for (size_t row = 0; row < corpus->rows.count; row++) {
        corpus->prints = gold[row] != CTL_NO_LABEL;
        if (corpus->prints)
            printf("%llu\t", (unsigned long long)gold[row]);
        read_title(corpus, row);
        if (corpus->prints)
            putchar('\n');
    }
    free(gold);
}

/* ---- fingerprints ------------------------------------------------------------------------------------------------- */

static void fingerprint(const struct corpus *corpus, struct title *title)
{
    double sums[BITS] = {0};
    for (uint32_t i = 0; i < title->count; i++) {
        const struct word *word = &corpus->words[title->words[i]];
        double weight = log((double)(corpus->rows.count + 1) / word->df);
        for (int bit = 0; bit < BITS; bit++)
            sums[bit] += word->hash[bit / 64] >> (bit % 64) & 1 ? weight : -weight;
    }
    for (int bit = 0; bit < BITS; bit++)
        if (sums[bit] > 0)
            title->print[bit / 64] |= UINT64_C(1) << (bit % 64);
}

struct nearest {
    size_t row;
    unsigned bits; /* UINT32_MAX: there was none */
};

/* The nearest title before each, by the first @halves of the fingerprints. */
static void find_nearest(const struct corpus *corpus, int halves, struct nearest *out)
{
    for (size_t i = 0; i < corpus->rows.count; i++) {
        out[i] = (struct nearest){0, UINT32_MAX};
        for (size_t j = 0; j < i; j++) {
            unsigned bits = 0;
            for (int half = 0; half < halves; half++)
                bits += (unsigned)__builtin_popcountll(corpus->titles[i].print[half] ^ corpus->titles[j].print[half]);
            if (bits <= out[i].bits)
                out[i] = (struct nearest){j, bits};
        }
    }
}

/* B-cubed F1 of the labelled rows. @story is scratch for every row. */
static double score(const struct corpus *corpus, const struct nearest *nearest, unsigned radius, const uint64_t *gold,
                    uint64_t *story)
{
    size_t count = corpus->rows.count, labelled = 0;
    uint64_t *golds = made(malloc((count + 1) * sizeof *golds)), *found = made(malloc((count + 1) * sizeof *found));
    for (size_t i = 0; i < count; i++) {
        story[i] = nearest[i].bits <= radius ? story[nearest[i].row] : i;
        if (gold[i] == CTL_NO_LABEL)
            continue;
        golds[labelled] = gold[i];
        found[labelled++] = story[i];
    }
    struct hl_evaluation evaluation;
    if (hl_evaluate(golds, found, labelled, &evaluation) != HL_OK)
        fail("-", "no labels, or no memory");
    free(golds);
    free(found);
    return evaluation.bcubed.f1;
}

static void print_simhash(struct corpus *corpus)
{
    size_t count = corpus->rows.count;
    for (size_t row = 0; row < count; row++)
        read_title(corpus, row);
    for (size_t row = 0; row < count; row++)
        fingerprint(corpus, &corpus->titles[row]);
    uint64_t *gold = labels_of(corpus), *story = made(malloc((count + 1) * sizeof *story));
    struct nearest *nearest = made(malloc((count + 1) * sizeof *nearest));
    find_nearest(corpus, 1, nearest);
    double f1_64 = score(corpus, nearest, RADIUS_64, gold, story), best = -1;
    unsigned best_radius = 0;
    find_nearest(corpus, 2, nearest);
    for (unsigned radius = 0; radius <= RADIUS_MAX; radius++) {
        double f1 = score(corpus, nearest, radius, gold, story);
        if (f1 > best) {
            best = f1;
            best_radius = radius;
        }
    }
    printf("{\"simhash64\":%.6f,\"simhash128\":%.6f,\"radius\":%u}\n", f1_64, best, best_radius);
    free(nearest);
    free(story);
    free(gold);
}

int main(int argc, char **argv)
{
    bool simhash = argc > 2 && strcmp(argv[1], "simhash") == 0, words = argc > 2 && strcmp(argv[1], "words") == 0;
    if (!simhash && !words) {
        fputs("usage: baseline simhash|words FILE...\n", stderr);
        return 2;
    }
    for (int i = 2; i < argc; i++) {
        struct corpus corpus = {.word_count = 0};
        corpus_open(&corpus, argv[i]);
        if (simhash)
            print_simhash(&corpus);
        else
            print_words(&corpus);
        corpus_close(&corpus);
    }
    return 0;
}
