/*
 * test_vector.c - the weights of words and pairs against the formulas of vector.h and vocabulary.h.
 */
#include "engine/collection.h"
#include "engine/state.h"
#include "engine/vector.h"
#include "engine/vocabulary.h"
#include "support/engine_fixture.h"
#include "support/failing_allocator.h"
#include "support/news_stream.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct world {
    struct failing_allocator fa;
    hl_engine *engine;
    struct hl_collection *c;
    struct news_stream stream;
};

static int setup(void **state)
{
    static struct world w;
    struct news_call call;
    failing_allocator_init(&w.fa);
    w.engine = engine_create(&w.fa.allocator, 11);
    news_stream_init(&w.stream, 11);
    w.stream.collections = 1;
    w.stream.calls = 0;
    w.stream.long_titles = 10;
    for (int i = 0; i < 400; i++) {
        news_stream_next(&w.stream, &call);
        (void)news_call_make(&call, w.engine, NULL);
    }
    w.c = hl_collection_find(w.engine, text_of(""));
    w.c->settings.hot_after = 50;
    *state = &w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    hl_engine_destroy(w->engine);
    assert_true(failing_allocator_is_clean(&w->fa));
    return 0;
}

static void analyse(struct world *w, struct hl_text title, struct hl_analysis *out)
{
    struct hl_text clean;
    assert_int_equal(hl_text_clean(w->engine->text, title, &clean, NULL), HL_OK);
    assert_int_equal(hl_text_analyse(w->engine->text, clean, text_of("en"), out), HL_OK);
}

/* ---- the formulas, written the slow way ---- */

static double naive_idf(const struct world *w, double df, double share, bool pair)
{
    const struct hl_settings *s = &w->c->settings;
    double background = pair ? 0 : s->background_weight, size = (double)w->c->size / HL_DF_ONE + 1;
    double holding = (df < 1 ? 1 : df) + background * share;
    return fmax(0.01, log((size + background + s->prior_headlines + 1) / holding));
}

struct naive {
    uint32_t feature; /* HL_NONE: a word that is not known */
    double weight;
    bool hot;
};

static bool same_stem(const struct hl_analysis *a, size_t i, size_t j)
{
    const struct hl_word *x = &a->words[i], *y = &a->words[j];
    return x->stem_length == y->stem_length && memcmp(a->stems + x->stem, a->stems + y->stem, x->stem_length) == 0;
}

static uint32_t pair_of(const struct world *w, const struct hl_analysis *a, size_t i)
{
    const struct hl_word *x = &a->words[i], *y = &a->words[i + 1];
    struct hl_stem first = hl_stem_make(w->c, a->stems + x->stem, x->stem_length);
    struct hl_stem second = hl_stem_make(w->c, a->stems + y->stem, y->stem_length);
    return hl_pair_feature(&first, &second);
}

static double df_of(const struct world *w, uint32_t feature)
{
    return (double)hl_feature_df(w->c, feature) / HL_DF_ONE + 1; /* this headline counted already */
}

static uint32_t naive_words(const struct world *w, const struct hl_analysis *a, size_t tokens, struct naive *out)
{
    const struct hl_settings *s = &w->c->settings;
    uint32_t count = 0;
    double size = (double)w->c->size / HL_DF_ONE + 1;
    for (size_t i = 0; i < tokens; i++) {
        size_t first = 0;
        while (!same_stem(a, first, i))
            first++;
        if (first < i)
            continue;
        const char *stem = a->stems + a->words[i].stem;
        uint32_t word = hl_words_find(w->c, stem, a->words[i].stem_length);
        double share = word != HL_NONE ? (double)hl_word_at(w->c, word)->share
                                       : hl_background_share(a->language, stem, a->words[i].stem_length);
        double place = tokens > 1 ? (double)i / (double)(tokens - 1) : 0;
        double weight = naive_idf(w, df_of(w, word), share, false) * (1 + s->position_weight * (0.5 - place));
        out[count++] = (struct naive){word, weight, size > s->hot_after && df_of(w, word) > s->hot_share * size};
    }
    return count;
}

static uint32_t naive_pairs(const struct world *w, const struct hl_analysis *a, size_t tokens, struct naive *out,
                            uint32_t count)
{
    uint32_t first = count;
    for (size_t i = 0; i + 1 < tokens && w->c->settings.pair_weight > 0; i++) {
        uint32_t pair = pair_of(w, a, i), j = first;
        while (j < count && out[j].feature != pair)
            j++;
        if (j == count)
            out[count++] =
                (struct naive){pair, w->c->settings.pair_weight * naive_idf(w, df_of(w, pair), 0, true), false};
    }
    return count;
}

/* The unknown words have no number to find them by: the sum of their weights must do. */
static void check_vector(struct world *w, struct hl_text title)
{
    struct hl_analysis a;
    struct hl_query query = {.absent = NULL};
    struct naive naive[HL_FEATURES_MAX];
    double length, square = 0, unknown = 0;
    analyse(w, title, &a);
    size_t tokens = a.word_count < HL_WORDS_MAX ? a.word_count : HL_WORDS_MAX;
    uint32_t words = naive_words(w, &a, tokens, naive), count = naive_pairs(w, &a, tokens, naive, words);
    for (uint32_t i = 0; i < count; i++)
        square += naive[i].weight * naive[i].weight;
    assert_int_equal(hl_vector_build(w->c, &a, NULL, false, &query, &length), HL_OK);
    assert_true(fabs(length - sqrt(square)) < 1e-6 * length);
    double own = w->c->settings.length_norm;
    double mean = (w->c->length_mean * (double)w->c->length_count + length) / (double)(w->c->length_count + 1);
    double scale = HL_WEIGHT_ONE / ((1 - own) * mean + own * length);
    assert_int_equal(query.count, count);
    assert_int_equal(query.words, words);
    for (uint32_t i = 0; i < count; i++) {
        assert_true(i == 0 || query.feature[i - 1] < query.feature[i] || query.feature[i] == HL_NONE);
        if (query.feature[i] == HL_NONE) {
            unknown += query.weight[i];
            continue;
        }
        uint32_t j = 0;
        while (j < count && naive[j].feature != query.feature[i])
            j++;
        assert_true(j < count);
        assert_true(fabs(query.weight[i] - fmin(naive[j].weight * scale, HL_WEIGHT_MAX)) < 1.01);
        assert_int_equal(query.hot[i], naive[j].hot);
    }
    for (uint32_t i = 0; i < count; i++)
        unknown -= naive[i].feature == HL_NONE ? fmin(naive[i].weight * scale, HL_WEIGHT_MAX) : 0;
    assert_true(fabs(unknown) < 1.01 * HL_WORDS_MAX);
}

/* Analyses @summary beside the title, as an add does. */
static void analyse_summary(struct world *w, const char *summary, struct hl_analysis *out)
{
    struct hl_text clean;
    assert_int_equal(hl_text_clean(w->engine->other_text, text_of(summary), &clean, NULL), HL_OK);
    assert_int_equal(hl_text_analyse(w->engine->other_text, clean, text_of("en"), out), HL_OK);
}

/* ---- tests ---- */

static void test_formula(void **state)
{
    struct world *w = *state;
    for (int i = 0; i < 300; i++) {
        struct news_call call;
        news_stream_next(&w->stream, &call);
        w->c->settings.pair_weight = i % 7 == 0 ? 0 : 0.5;
        w->c->settings.length_norm = i % 2 == 0 ? 0.75 : 1;
        w->c->settings.position_weight = i % 3 == 0 ? 0 : 0.5;
        check_vector(w, call.headline.title);
    }
}

static void test_repeated_words(void **state)
{
    static const char *const titles[] = {"again and again and again", "a a a a", "news", "no no news no news no"};
    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++)
        check_vector(*state, text_of(titles[i]));
}

/* What is learnt weighs what it weighed unlearnt, to the bit; forgotten, it leaves no trace. */
static void test_learning(void **state)
{
    struct world *w = *state;
    struct frozen frozen = {0};
    for (int i = 0; i < 200; i++) {
        struct news_call call;
        struct hl_analysis a;
        struct hl_query learnt = {.absent = NULL}, unlearnt = {.absent = NULL};
        double lengths[2];
        uint32_t sums[2] = {0, 0};
        news_stream_next(&w->stream, &call);
        analyse(w, call.headline.title, &a);
        if (i % 20 == 0)
            frozen_take(&frozen, w->engine);
        uint64_t bytes = w->engine->memory.bytes;
        assert_int_equal(hl_vector_build(w->c, &a, NULL, false, &unlearnt, &lengths[0]), HL_OK);
        assert_int_equal(unlearnt.learnt_count, 0);
        assert_int_equal(hl_vector_build(w->c, &a, NULL, true, &learnt, &lengths[1]), HL_OK);
        assert_memory_equal(&lengths[0], &lengths[1], sizeof lengths[0]);
        assert_int_equal(learnt.count, unlearnt.count);
        for (uint32_t j = 0; j < learnt.count; j++) {
            assert_int_not_equal(learnt.feature[j], HL_NONE);
            sums[0] += unlearnt.weight[j];
            sums[1] += learnt.weight[j];
        }
        assert_int_equal(sums[0], sums[1]);
        hl_vector_forget(w->c, &learnt);
        if (i % 20 == 0)
            assert_true(frozen_is(&frozen, w->engine));
        assert_true(w->engine->memory.bytes <= bytes + 65536); /* a page at hand */
    }
    frozen_clear(&frozen);
}

static void test_without_memory(void **state)
{
    struct world *w = *state;
    struct frozen frozen = {0};
    struct hl_analysis a, summary;
    struct hl_query query = {.absent = NULL};
    double length;
    char title[1200] = "";
    for (int i = 0; i < 60; i++) /* stems too long to be kept in their records */
        snprintf(title + strlen(title), sizeof title - strlen(title), "plomq%dx ", i);
    strcat(title, "averyverylongwordthatnobodyhaseverwrittenbefore anotherverylongwordthatnobodyhaswritten");
    analyse(w, text_of(title), &a);
    analyse_summary(w, "aseparateverylongwordofthesummarythatnobodyknows", &summary);
    frozen_take(&frozen, w->engine);
    unsigned failures = 0;
    for (uint64_t nth = 1;; nth++) {
        failing_allocator_arm(&w->fa, 1, UINT64_MAX);
        for (size_t bytes = 16; bytes <= 4096; bytes = hl_pool_room(bytes + 1))
            while (hl_pool_take(w->engine->pool, bytes) != NULL)
                continue;
        failing_allocator_arm(&w->fa, nth, UINT64_MAX);
        enum hl_status status = hl_vector_build(w->c, &a, &summary, true, &query, &length);
        failing_allocator_arm(&w->fa, 0, 0);
        if (status == HL_OK)
            break;
        assert_int_equal(status, HL_NO_MEMORY);
        assert_true(frozen_is(&frozen, w->engine));
        failures++;
    }
    assert_true(failures > 0);
    hl_vector_forget(w->c, &query);
    assert_true(frozen_is(&frozen, w->engine));
    frozen_clear(&frozen);
}

static uint32_t place_of(const struct world *w, const struct hl_query *query, const char *stem)
{
    struct hl_stem wanted = hl_stem_make(w->c, stem, strlen(stem));
    uint32_t word = hl_words_find_stem(w->c, &wanted), at = 0;
    while (at < query->count && query->feature[at] != word)
        at++;
    assert_true(word != HL_NONE);
    return at;
}

/* A word of the summary weighs summary_weight times its idf, wherever it stands; words of the title and stop words add nothing. */
static void test_summary(void **state)
{
    struct world *w = *state;
    struct hl_analysis title, summary;
    struct hl_query query = {.absent = NULL}, bare = {.absent = NULL};
    double length, bare_length, share;
    analyse(w, text_of("Plomqat zivvers"), &title);
    analyse_summary(w, "The plomqat and the brelk of the plomqat and the snurg, brelk", &summary);
    assert_int_equal(hl_vector_build(w->c, &title, NULL, true, &bare, &bare_length), HL_OK);
    hl_vector_forget(w->c, &bare);
    assert_int_equal(hl_vector_build(w->c, &title, &summary, true, &query, &length), HL_OK);
    assert_int_equal(query.count, bare.count + 2);
    assert_int_equal(query.words, bare.words + 2);
    double squares = 0;
    for (const char *const *stem = (const char *const[]){"brelk", "snurg", NULL}; *stem; stem++) {
        uint32_t at = place_of(w, &query, *stem);
        assert_true(at < query.words && query.summary[at]);
        double weight = w->c->settings.summary_weight * hl_vector_idf(w->c, &query, query.feature[at], &share);
        squares += weight * weight;
        double own = w->c->settings.length_norm;
        double mean = (w->c->length_mean * (double)w->c->length_count + length) / (double)(w->c->length_count + 1);
        assert_true(fabs(query.weight[at] - weight * HL_WEIGHT_ONE / ((1 - own) * mean + own * length)) < 1.01);
    }
    assert_true(fabs(length * length - bare_length * bare_length - squares) < 1e-6);
    assert_false(query.summary[place_of(w, &query, "plomqat")]);
    hl_vector_forget(w->c, &query);
}

/* A summary that says no more than the title changes nothing, to the bit. */
static void test_summary_of_nothing_new(void **state)
{
    struct world *w = *state;
    static const char *const summaries[] = {"", "Plomqat zivvers", "and the of", "zivvers, plomqat! The zivvers"};
    struct hl_analysis title, summary;
    struct hl_query bare = {.absent = NULL}, query = {.absent = NULL};
    double bare_length, length;
    analyse(w, text_of("Plomqat zivvers"), &title);
    assert_int_equal(hl_vector_build(w->c, &title, NULL, false, &bare, &bare_length), HL_OK);
    for (size_t i = 0; i < sizeof summaries / sizeof summaries[0]; i++) {
        analyse_summary(w, summaries[i], &summary);
        assert_int_equal(hl_vector_build(w->c, &title, &summary, false, &query, &length), HL_OK);
        assert_memory_equal(&length, &bare_length, sizeof length);
        assert_memory_equal(&query, &bare, sizeof query);
    }
}

/* Of a long summary the heaviest words count, of the first 64; a long title leaves it less room, and in the end none. */
static void test_summary_bounds(void **state)
{
    struct world *w = *state;
    static const unsigned lengths[] = {1, 20, 52, 56, 60, 64, 80};
    char text[2000], words[2000] = "";
    for (unsigned i = 0; i < 100; i++)
        snprintf(words + strlen(words), sizeof words - strlen(words), "qsum%ux ", i);
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        struct hl_analysis title, summary;
        struct hl_query query = {.absent = NULL};
        double length;
        text[0] = '\0';
        for (unsigned j = 0; j < lengths[i]; j++)
            snprintf(text + strlen(text), sizeof text - strlen(text), "qtit%ux ", j);
        analyse(w, text_of(text), &title);
        analyse_summary(w, words, &summary);
        assert_int_equal(hl_vector_build(w->c, &title, &summary, true, &query, &length), HL_OK);
        unsigned own = lengths[i] < HL_WORDS_MAX ? lengths[i] : HL_WORDS_MAX, left = HL_WORDS_MAX - own;
        left = left < HL_SUMMARY_WORDS_MAX ? left : HL_SUMMARY_WORDS_MAX;
        assert_int_equal(query.words, own + left);
        assert_int_equal(query.count, 2 * own - 1 + left);
        hl_vector_forget(w->c, &query);
    }
}

/* Common words make way for rare ones, also for those that come later. */
static void test_summary_picks_the_rarest(void **state)
{
    struct world *w = *state;
    struct hl_analysis title, summary;
    struct hl_query query = {.absent = NULL};
    double length;
    char words[1000] = "year people world government minister ";
    for (unsigned i = 0; i < HL_SUMMARY_WORDS_MAX; i++)
        snprintf(words + strlen(words), sizeof words - strlen(words), "qsum%ux ", i);
    analyse(w, text_of("Plomqat zivvers"), &title);
    analyse_summary(w, words, &summary);
    assert_int_equal(hl_vector_build(w->c, &title, &summary, true, &query, &length), HL_OK);
    assert_int_equal(query.words, 2 + HL_SUMMARY_WORDS_MAX);
    for (unsigned i = 0; i < HL_SUMMARY_WORDS_MAX; i++) {
        char word[16];
        snprintf(word, sizeof word, "qsum%ux", i);
        assert_true(place_of(w, &query, word) < query.words);
    }
    hl_vector_forget(w->c, &query);
}

/* The mean of the lengths is the mean of all that were counted. */
static void test_mean_length(void **state)
{
    struct world *w = *state;
    double sum = 0;
    w->c->length_count = 0;
    w->c->length_mean = 0;
    for (int i = 1; i <= 1000; i++) {
        double length = 1 + i % 17;
        hl_vector_count_length(w->c, length);
        sum += length;
        assert_true(fabs(w->c->length_mean - sum / i) < 1e-9);
    }
}

/* Rarer is heavier, more headlines make everything heavier, and a word known from the background is lighter. */
static void test_idf(void **state)
{
    struct world *w = *state;
    int64_t size = 1000 * HL_DF_ONE;
    for (int32_t df = HL_DF_ONE; df < 900 * HL_DF_ONE; df += 10 * HL_DF_ONE) {
        double idf = hl_idf(w->c, size, df, 0, false);
        assert_true(idf > hl_idf(w->c, size, df + HL_DF_ONE, 0, false));
        assert_true(idf < hl_idf(w->c, size + HL_DF_ONE, df, 0, false));
        assert_true(idf > hl_idf(w->c, size, df, 0.3, false));
        assert_true(hl_idf(w->c, size, df, 0.3, true) >= hl_idf(w->c, size, df, 0, true)); /* pairs have none */
    }
    assert_true(hl_idf(w->c, size, 0, 0, false) <= hl_idf(w->c, size, HL_DF_ONE, 0, false));
    assert_true(hl_idf(w->c, 0, INT32_MAX, 1, false) > 0);
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_summary),        WITH_WORLD(test_summary_of_nothing_new),
        WITH_WORLD(test_summary_bounds), WITH_WORLD(test_summary_picks_the_rarest),
        WITH_WORLD(test_formula),        WITH_WORLD(test_repeated_words),
        WITH_WORLD(test_learning),       WITH_WORLD(test_without_memory),
        WITH_WORLD(test_mean_length),    WITH_WORLD(test_idf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
