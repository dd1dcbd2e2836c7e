/*
 * test_candidates.c - the search through postings against a slow look at every story.
 */
#include "engine/candidate.h"
#include "engine/collection.h"
#include "engine/noise.h"
#include "engine/posting.h"
#include "engine/state.h"
#include "engine/story.h"
#include "engine/vector.h"
#include "support/engine_fixture.h"
#include "support/news_stream.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PROBES = 150, SMALL_WINDOW = HL_POSTINGS_MAX - 8 };

/* An engine with a past, and titles of the same stream to ask about. */
struct world {
    hl_engine *engine;
    struct hl_collection *c;
    struct news_stream stream;
};

static void world_create(struct world *w, uint64_t seed, double window, unsigned calls)
{
    struct hl_engine_options options = hl_engine_options_default();
    struct news_call call;
    options.settings.window_headlines = window;
    options.settings.hot_after = 20;
    w->engine = engine_create_with(&options);
    news_stream_init(&w->stream, seed);
    w->stream.collections = 1;
    w->stream.calls = 0;
    w->stream.long_titles = 10;
    for (unsigned i = 0; i < calls; i++) {
        news_stream_next(&w->stream, &call);
        (void)news_call_make(&call, w->engine, NULL);
    }
    w->c = hl_collection_find(w->engine, text_of(""));
    assert_non_null(w->c);
}

/* What the engine makes of a title before it looks for stories; nothing is learnt. */
static void read_query(struct world *w, const struct hl_headline *headline, int64_t now_ms, struct hl_query *query)
{
    struct hl_text clean;
    struct hl_analysis analysis;
    double length, square = 0;
    memset(query, 0, sizeof *query);
    query->now_ms = now_ms;
    query->event_ms = headline->published_ms != HL_TIME_NONE ? headline->published_ms : now_ms;
    assert_int_equal(hl_text_clean(w->engine->text, headline->title, &clean, NULL), HL_OK);
    assert_int_equal(hl_text_analyse(w->engine->text, clean, headline->lang, &analysis), HL_OK);
    assert_int_equal(hl_grams_sum(w->engine->grams, analysis.text.data, analysis.text.length, w->c->gram_counts, false,
                                  &query->sums),
                     HL_OK);
    for (int bit = 0; bit < HL_FINGERPRINT_BITS; bit++) {
        square += (double)query->sums.live[bit] * query->sums.live[bit];
        query->sums_total += query->sums.live[bit];
    }
    query->sums_norm = sqrt(square);
    hl_grams_sign(&query->sums, &query->fingerprint);
    assert_int_equal(hl_vector_build(w->c, &analysis, NULL, false, query, &length), HL_OK);
}

static void next_query(struct world *w, struct hl_query *query)
{
    struct news_call call;
    news_stream_next(&w->stream, &call);
    read_query(w, &call.headline, w->stream.now_ms, query);
}

/* ---- the slow way ---- */

static uint32_t postings_of(const struct world *w, const struct hl_query *query, uint32_t i)
{
    uint32_t feature = query->feature[i];
    bool known = feature != HL_NONE && !(feature & HL_PAIR_BIT);
    return known ? hl_postings_of(hl_word_at(w->c, feature)).count : 0;
}

/* True for the heaviest query_features words that are not hot and that stories hold. */
static void choose(const struct world *w, const struct hl_query *query, bool chosen[HL_FEATURES_MAX])
{
    uint32_t wanted = (uint32_t)w->c->settings.query_features;
    memset(chosen, 0, HL_FEATURES_MAX * sizeof chosen[0]);
    for (uint32_t count = 0; count < wanted; count++) {
        uint32_t heaviest = HL_NONE;
        for (uint32_t i = 0; i < query->count; i++)
            if (!chosen[i] && !query->hot[i] && postings_of(w, query, i) > 0 &&
                (heaviest == HL_NONE || query->weight[i] > query->weight[heaviest]))
                heaviest = i;
        if (heaviest == HL_NONE)
            return;
        chosen[heaviest] = true;
    }
}

static double naive_decay(const struct world *w, const struct hl_query *query, const struct hl_story_record *s)
{
    int64_t gap_ms = 0;
    if (query->event_ms > s->last_ms)
        gap_ms = query->event_ms - s->last_ms;
    else if (query->event_ms < s->first_ms)
        gap_ms = s->first_ms - query->event_ms;
    return exp2(-(double)gap_ms / (w->c->settings.decay_half_life_s * 1000));
}

struct naive {
    uint32_t story;
    double rough; /* votes of the chosen words, with decay; 0: none */
    double words; /* the exact score without the characters' part, less the story's noise */
};

static struct naive naive_score(const struct world *w, const struct hl_query *query, const bool *chosen, uint32_t story)
{
    const struct hl_story_record *s = hl_story_at(w->c, story);
    struct hl_terms_scratch scratch;
    struct hl_terms terms = hl_story_terms(w->c, story, &scratch);
    double votes = 0, product = 0, square = 0;
    uint32_t shared = 0;
    for (uint32_t i = 0; i < terms.count; i++)
        square += (double)terms.weight[i] * terms.weight[i];
    for (uint32_t i = 0; i < query->count; i++) {
        uint32_t at = hl_terms_find(&terms, query->feature[i]);
        if (at == HL_NONE)
            continue;
        double both = (double)query->weight[i] * terms.weight[at];
        shared += !(query->feature[i] & HL_PAIR_BIT);
        product += query->hot[i] ? 0 : both;
        votes += chosen[i] ? both : 0;
    }
    bool few = shared < w->c->settings.shared_words && shared < query->words && shared < terms.count;
    double scale = naive_decay(w, query, s) / sqrt(square);
    double noise = w->c->settings.story_noise_weight * hl_noise_of_story(s);
    return (struct naive){story, votes * scale, few ? 0 : fmax(product * scale / HL_WEIGHT_ONE - noise, 0)};
}

static int by_rough(const void *a, const void *b)
{
    const struct naive *x = a, *y = b;
    return (x->rough < y->rough) - (x->rough > y->rough);
}

/* Every story that a chosen word votes for, the best rough score first. The caller frees. */
static struct naive *naive_list(const struct world *w, const struct hl_query *query, uint32_t *count)
{
    bool chosen[HL_FEATURES_MAX];
    struct naive *list = calloc(w->c->stories.live + 1, sizeof *list);
    assert_non_null(list);
    choose(w, query, chosen);
    *count = 0;
    for (uint32_t i = 0; i < hl_slab_limit(&w->c->stories); i++) {
        if (!hl_slab_is_live(&w->c->stories, i))
            continue;
        struct naive one = naive_score(w, query, chosen, i);
        if (one.rough > 0)
            list[(*count)++] = one;
    }
    qsort(list, *count, sizeof *list, by_rough);
    return list;
}

static const struct naive *find_naive(const struct naive *list, uint32_t count, uint32_t story)
{
    for (uint32_t i = 0; i < count; i++)
        if (list[i].story == story)
            return &list[i];
    return NULL;
}

static bool is_close(double a, double b)
{
    return fabs(a - b) <= 1e-9 * (1 + fabs(a) + fabs(b));
}

/* ---- tests ---- */

/* With no limit in the way: the same stories, with the same scores, best first. */
static void test_all_stories(void **state)
{
    (void)state;
    struct world w;
    world_create(&w, 81, SMALL_WINDOW, 600);
    w.c->settings.query_features = 64;
    w.c->settings.candidates = HL_CANDIDATES_MAX;
    w.c->settings.char_weight = 0;
    w.c->settings.hot_after = 0; /* the window is small */
    uint32_t most = 0, hot = 0, noisy = 0;
    for (int i = 0; i < PROBES; i++) {
        struct hl_query query;
        struct hl_candidates found;
        uint32_t count;
        w.c->settings.hot_share = i % 2 == 0 ? 1 : 0.1;
        w.c->settings.story_noise_weight = i % 3 == 0 ? 0 : 0.4;
        next_query(&w, &query);
        for (uint32_t j = 0; j < query.count; j++)
            hot += query.hot[j];
        struct naive *list = naive_list(&w, &query, &count);
        hl_candidates_find(w.c, &query, &found);
        assert_int_equal(found.count, count);
        for (uint32_t j = 0; j < count; j++) {
            const struct naive *expected = find_naive(list, count, found.best[j].story);
            assert_non_null(expected);
            assert_true(is_close(found.best[j].score, expected->words));
            assert_true(j == 0 || found.best[j - 1].score >= found.best[j].score);
            noisy += i % 3 != 0 && found.best[j].score > 0 && hl_story_at(w.c, found.best[j].story)->noise > 0;
        }
        most = count > most ? count : most;
        free(list);
    }
    assert_true(most > 10 && hot > 10 && noisy > 10);
    hl_engine_destroy(w.engine);
}

/* The rough scores choose: no story that was left out was better than one that was kept. */
static void test_few_candidates(void **state)
{
    (void)state;
    struct world w;
    world_create(&w, 82, SMALL_WINDOW, 600);
    unsigned full = 0;
    for (int i = 0; i < PROBES; i++) {
        struct hl_query query;
        struct hl_candidates found;
        uint32_t count;
        w.c->settings.query_features = 1 + i % 12;
        w.c->settings.candidates = 1 + i % 5;
        w.c->settings.decay_half_life_s = i % 2 == 0 ? 86400 : 1800;
        next_query(&w, &query);
        struct naive *list = naive_list(&w, &query, &count);
        hl_candidates_find(w.c, &query, &found);
        uint32_t room = (uint32_t)w.c->settings.candidates;
        assert_int_equal(found.count, count < room ? count : room);
        full += count > room;
        for (uint32_t j = 0; j < found.count; j++) {
            const struct naive *expected = find_naive(list, count, found.best[j].story);
            assert_non_null(expected);
            assert_true(expected->rough >= list[found.count - 1].rough * (1 - 1e-9));
        }
        free(list);
    }
    assert_true(full > PROBES / 3);
    hl_engine_destroy(w.engine);
}

static double score_of(const struct hl_candidates *found, uint32_t story)
{
    for (uint32_t i = 0; i < found->count; i++)
        if (found->best[i].story == story)
            return found->best[i].score;
    fail_msg("story %u is not among the candidates", story);
    return 0;
}

/* The characters' part is mixed in by its weight, and lies in its bounds; where it is below 0 it takes away. */
static void test_character_part(void **state)
{
    (void)state;
    struct world w;
    uint32_t alike = 0;
    world_create(&w, 83, SMALL_WINDOW, 600);
    w.c->settings.candidates = HL_CANDIDATES_MAX;
    w.c->settings.story_noise_weight = 0;
    for (int i = 0; i < PROBES; i++) {
        struct hl_query query;
        struct hl_candidates words, chars, mixed;
        next_query(&w, &query);
        w.c->settings.char_weight = 0;
        hl_candidates_find(w.c, &query, &words);
        w.c->settings.char_weight = 1;
        hl_candidates_find(w.c, &query, &chars);
        w.c->settings.char_weight = 0.3;
        hl_candidates_find(w.c, &query, &mixed);
        assert_true(words.count == chars.count && chars.count == mixed.count);
        for (uint32_t j = 0; j < mixed.count; j++) {
            uint32_t story = mixed.best[j].story;
            double by_words = score_of(&words, story), by_chars = score_of(&chars, story);
            if (by_chars > 0)
                assert_true(is_close(mixed.best[j].score, 0.7 * by_words + 0.3 * by_chars));
            else
                assert_true(mixed.best[j].score <= 0.7 * by_words + 1e-9);
            assert_true(by_words >= 0 && by_words < 2);
            assert_true(by_chars >= 0 && by_chars < 1.5);
            alike += by_chars > 0;
        }
    }
    assert_true(alike > PROBES);
    hl_engine_destroy(w.engine);
}

/* A title's own story knows it by its characters, as it does by its words. */
static void test_same_text_scores_high(void **state)
{
    (void)state;
    struct world w;
    world_create(&w, 84, SMALL_WINDOW, 100);
    struct hl_headline headline = headline_of("Northgate council approves plan for new harbour bridge");
    struct hl_result r = engine_add(w.engine, &headline, w.stream.now_ms);
    assert_int_equal(r.verdict, HL_VERDICT_NEW);
    struct hl_query query;
    struct hl_candidates found;
    read_query(&w, &headline, w.stream.now_ms, &query);
    for (int way = 0; way < 2; way++) {
        w.c->settings.char_weight = way;
        hl_candidates_find(w.c, &query, &found);
        assert_true(found.count > 0);
        assert_int_equal(hl_story_at(w.c, found.best[0].story)->id, r.story);
        assert_true(found.best[0].score > 0.8 && found.best[0].score < 1.3);
    }
    hl_engine_destroy(w.engine);
}

/* However many stories hold the words, those looked at are bounded, and all come from the postings of the heaviest words. */
static void test_bounded(void **state)
{
    (void)state;
    struct world w;
    world_create(&w, 85, 100000, 200);
    w.c->settings.join_threshold = 2; /* every headline founds a story */
    w.c->settings.merge_candidates = 0;
    w.stream.vocabulary = 50;
    struct news_call call;
    for (int i = 0; i < 1200; i++) {
        news_stream_next(&w.stream, &call);
        (void)news_call_make(&call, w.engine, NULL);
    }
    assert_true(w.c->stories.live > 500);
    w.c->settings.candidates = HL_CANDIDATES_MAX;
    w.c->settings.query_features = 6;
    w.c->settings.hot_share = 1;
    bool ran_full = false;
    for (int i = 0; i < PROBES; i++) {
        struct hl_query query;
        struct hl_candidates found;
        bool chosen[HL_FEATURES_MAX];
        next_query(&w, &query);
        choose(&w, &query, chosen);
        hl_candidates_find(w.c, &query, &found);
        assert_true(found.count <= HL_CANDIDATES_MAX);
        ran_full = ran_full || found.count == HL_CANDIDATES_MAX;
        for (uint32_t j = 0; j < found.count; j++) {
            bool listed = false;
            for (uint32_t k = 0; k < query.count; k++) {
                if (!chosen[k])
                    continue;
                struct hl_postings list = hl_postings_of(hl_word_at(w.c, query.feature[k]));
                for (uint32_t l = 0; l < list.count; l++)
                    listed = listed || list.story[l] == found.best[j].story;
            }
            assert_true(listed);
        }
    }
    assert_true(ran_full);
    hl_engine_destroy(w.engine);
}

/* A story whose last headline has left the window is no candidate, although nobody has dropped it yet. */
static void test_past_stories(void **state)
{
    (void)state;
    struct world w;
    world_create(&w, 86, SMALL_WINDOW, 300);
    w.c->settings.window_age_s = 3600;
    w.c->settings.decay_half_life_s = 0;
    unsigned before = 0;
    for (int i = 0; i < 30; i++) {
        struct hl_query query;
        struct hl_candidates found;
        next_query(&w, &query);
        query.now_ms = w.engine->now_ms;
        hl_candidates_find(w.c, &query, &found);
        before += found.count;
        for (uint32_t j = 0; j < found.count; j++) {
            uint32_t newest = hl_story_at(w.c, found.best[j].story)->newest;
            assert_true(query.now_ms - hl_headline_at(w.c, newest)->last_seen_ms <= 3600 * 1000);
        }
        query.now_ms += 3601 * 1000;
        hl_candidates_find(w.c, &query, &found);
        assert_int_equal(found.count, 0);
    }
    assert_true(before > 0);
    hl_engine_destroy(w.engine);
}

/* A stop word or two in common make no candidate likely, however rare they look: shared_words. */
static void test_shared_words(void **state)
{
    (void)state;
    struct world w;
    world_create(&w, 87, SMALL_WINDOW, 100);
    engine_add_title(w.engine, "plomfur drabnik veltrup", NULL, NULL, w.stream.now_ms);
    static const struct {
        const char *title;
        double needed;
        bool fits;
    } cases[] = {
        {"plomfur zugmaier trokand", 1, true},
        {"plomfur zugmaier trokand", 2, false},
        {"plomfur drabnik trokand", 2, true},
        {"plomfur drabnik trokand", 3, false},
        {"plomfur", 3, true}, /* it has no more */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct hl_headline headline = headline_of(cases[i].title);
        struct hl_query query;
        struct hl_candidates found;
        read_query(&w, &headline, w.stream.now_ms, &query);
        w.c->settings.shared_words = cases[i].needed;
        hl_candidates_find(w.c, &query, &found);
        assert_int_equal(found.count, 1);
        assert_int_equal(found.best[0].score > 0, cases[i].fits);
    }
    hl_engine_destroy(w.engine);
}

static void test_changes_nothing(void **state)
{
    (void)state;
    struct world w;
    struct frozen frozen = {0};
    world_create(&w, 88, 100000, 400);
    frozen_take(&frozen, w.engine);
    for (int i = 0; i < PROBES; i++) {
        struct hl_query query;
        struct hl_candidates found;
        next_query(&w, &query);
        hl_candidates_find(w.c, &query, &found);
    }
    assert_true(frozen_is(&frozen, w.engine));
    frozen_clear(&frozen);
    hl_engine_destroy(w.engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_stories),    cmocka_unit_test(test_few_candidates),
        cmocka_unit_test(test_character_part), cmocka_unit_test(test_same_text_scores_high),
        cmocka_unit_test(test_bounded),        cmocka_unit_test(test_past_stories),
        cmocka_unit_test(test_shared_words),   cmocka_unit_test(test_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
