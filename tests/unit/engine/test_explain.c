/*
 * test_explain.c - explanations say what was decided, to the last bit, and change nothing.
 *
 * Right after an add, an explanation computes again with the headline thought away what the add computed before there was one.
 */
#include "engine/store.h"
#include "engine/story.h"
#include "engine/vector.h"
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

#define MINUTE_MS INT64_C(60000)

static struct hl_headline by_id(const char *id)
{
    return (struct hl_headline){.id = text_of(id), .published_ms = HL_TIME_NONE};
}

static const struct hl_explained_story *story_of(const struct hl_explanation *x, uint64_t story)
{
    for (uint32_t i = 0; i < x->story_count; i++)
        if (x->stories[i].story == story)
            return &x->stories[i];
    return NULL;
}

/* ---- the decision again ---- */

struct seen {
    double tolerance; /* what is expected of comparisons */
    unsigned merges_and_splits;
    unsigned compared, joined, founded, duplicates, rivals;
};

static void observe(void *context, const struct hl_event *event)
{
    struct seen *seen = context;
    seen->merges_and_splits += event->kind == HL_EVENT_STORY_MERGED || event->kind == HL_EVENT_STORY_SPLIT;
}

static bool is_about(double a, double b, double tolerance)
{
    return fabs(a - b) <= tolerance;
}

/* Only the numbers can tell: the best score is the highest of the candidates', the second the next one's, the noise made of those after it. */
static void check_join(const struct hl_explanation *x)
{
    double score[HL_EXPLAIN_STORIES_MAX] = {0}, noise = 0;
    uint32_t count = 0;
    for (uint32_t i = 0; i < x->story_count; i++) {
        uint32_t at = count;
        if (!x->stories[i].is_candidate)
            continue;
        for (; at > 0 && score[at - 1] < x->stories[i].factors.score; at--)
            score[at] = score[at - 1];
        score[at] = x->stories[i].factors.score;
        count++;
    }
    for (uint32_t i = 2; i < 6; i++)
        noise += score[i] / 4;
    assert_true(is_about(x->join.best, score[0], 0) && is_about(x->join.second, score[1], 0));
    assert_true(is_about(x->join.noise, noise, 1e-12));
    double margin = score[0] - x->join.rival_weight * score[1] - x->join.noise_weight * noise;
    assert_true(is_about(x->join.margin, margin, 1e-12));
    double threshold = x->join.join_threshold + x->join.cold_margin + x->join.noise_margin;
    assert_true(is_about(x->join.threshold, threshold, 1e-12));
    assert_int_equal(x->join.joins, x->story_count > 0 && x->join.margin >= x->join.threshold);
}

/* The parts of the shared terms add up to the factor that they explain. */
static void check_parts(const struct hl_explained_story *story)
{
    double sum = 0;
    for (uint32_t i = 0; i < story->shared_count; i++)
        sum += story->shared[i].part;
    assert_true(fabs(sum - story->factors.terms) < 1e-9);
}

/*
 * Every story that was weighed before the add is weighed the same after it, to the last bit, but for what the running means of noise,
 * which the add has moved, come into: that by no more than @tolerance.
 */
static void check_same_factors(const struct hl_explanation *before, const struct hl_explanation *after,
                               double tolerance)
{
    assert_true(is_about(before->join.best, after->join.best, tolerance));
    assert_true(is_about(before->join.margin, after->join.margin, tolerance));
    assert_true(is_about(before->join.threshold, after->join.threshold, tolerance));
    for (uint32_t i = 0; i < before->story_count; i++) {
        const struct hl_explained_story *x = &before->stories[i], *y = story_of(after, x->story);
        assert_non_null(y);
        assert_true(y->is_candidate);
        assert_int_equal(x->headlines, y->headlines);
        assert_int_equal(x->shared_count, y->shared_count);
        assert_true(is_about(x->factors.score, y->factors.score, tolerance));
        struct hl_factors others = y->factors;
        others.noise = x->factors.noise;
        others.score = x->factors.score;
        assert_memory_equal(&x->factors, &others, sizeof others);
    }
}

/* True when so little decided that it may come out otherwise. */
static bool is_close_call(const struct hl_explanation *x, double tolerance)
{
    bool is_either = x->join.joins && is_about(x->join.best, x->join.second, tolerance);
    return is_either || is_about(x->join.margin, x->join.threshold, tolerance);
}

/*
 * @before is what was told of the headline before the add, @result what the add did. False when its tail is cut otherwise since, or when it
 * was a close call.
 */
static bool compare(hl_engine *engine, const struct hl_explanation *before, const struct hl_result *result,
                    int64_t now_ms, struct seen *seen)
{
    double tolerance = seen->tolerance;
    static struct hl_explanation x;
    struct hl_headline which = {.id = result->id, .collection = text_of(""), .published_ms = HL_TIME_NONE};
    struct hl_error error;
    assert_int_equal(hl_engine_explain(engine, &which, now_ms, &x, &error), HL_OK);
    assert_int_equal(x.arrival_verdict, result->verdict);
    assert_int_equal(x.arrival_story, result->story);
    assert_int_equal(x.title.story, result->story);
    if (x.title.tail.length != before->title.tail.length)
        return false;
    check_same_factors(before, &x, tolerance);
    check_join(&x);
    if (tolerance > 0 && is_close_call(before, tolerance))
        return false;
    assert_int_equal(x.verdict, result->verdict);
    if (x.verdict != HL_VERDICT_NEW)
        assert_int_equal(x.story, result->story);
    assert_true(is_about(x.similarity, result->similarity, tolerance));
    assert_int_equal(x.duplicate_of.length, result->duplicate_of.length);
    assert_memory_equal(x.duplicate_of.data, result->duplicate_of.data, result->duplicate_of.length);
    assert_memory_equal(&x.title.fingerprint, &result->fingerprint, sizeof x.title.fingerprint);
    assert_int_equal(x.has_nearest, result->has_distance);
    if (x.has_nearest)
        assert_int_equal(x.nearest.distance_bits, result->distance_bits);
    bool is_duplicate = x.verdict == HL_VERDICT_EXACT || x.verdict == HL_VERDICT_NEAR;
    if (x.verdict == HL_VERDICT_NEAR)
        assert_int_equal(x.nearest.why, HL_NEAR_interchangeable);
    for (uint32_t i = 0; i < x.story_count; i++)
        check_parts(&x.stories[i]);
    seen->joined += x.verdict == HL_VERDICT_RELATED;
    seen->founded += x.verdict == HL_VERDICT_NEW;
    seen->duplicates += is_duplicate;
    seen->rivals += x.join.second > 0;
    return true;
}

/* True when the headline that came last pushed an entry out of a list of postings, or terms out of its story. */
static bool pushed_something_out(const struct hl_engine *engine, struct hl_text id)
{
    const struct hl_collection *c = engine->collections[0];
    const struct hl_headline_record *h = hl_headline_at(c, hl_store_find(c, id));
    struct hl_terms_scratch scratch;
    struct hl_terms terms = hl_story_terms(c, h->story, &scratch);
    for (uint32_t i = 0; i < h->shape.count; i++) {
        uint32_t feature = hl_vector_features(h)[i];
        if (hl_terms_find(&terms, feature) == HL_NONE ||
            (i < h->shape.words && hl_word_at(c, feature)->posting_count == HL_POSTINGS_MAX))
            return true;
    }
    return false;
}

/* Of all stories: a joining headline makes it less only when its story is pruned, or when others expire. */
static uint64_t count_terms(const struct hl_engine *engine)
{
    uint64_t count = 0;
    const struct hl_collection *c = engine->collection_count > 0 ? engine->collections[0] : NULL;
    for (uint32_t story = c ? c->recent[1].first : HL_NONE; story != HL_NONE;
         story = hl_story_at(c, story)->recent_next)
        count += hl_story_at(c, story)->term_count;
    return count;
}

static unsigned count_series(const struct hl_engine *engine)
{
    unsigned count = 0;
    const struct hl_collection *c = engine->collection_count > 0 ? engine->collections[0] : NULL;
    for (uint32_t story = c ? c->recent[1].first : HL_NONE; story != HL_NONE;
         story = hl_story_at(c, story)->recent_next)
        count += hl_story_at(c, story)->is_series;
    return count;
}

/*
 * One call; what a merge, a split, a full list or a full story took away is not there to be put back, nor is what was judged of a
 * series since: such adds are passed over.
 */
static void run_call(hl_engine *engine, const struct news_call *call, struct seen *seen)
{
    static struct hl_explanation before;
    struct hl_result result;
    struct hl_error error;
    hl_engine_tick(engine, call->now_ms, 1000);
    if (call->kind != NEWS_ADD) {
        news_call_make(call, engine, NULL);
        return;
    }
    struct hl_headline unnamed = call->headline;
    unnamed.id = text_of("");
    assert_int_equal(hl_engine_explain(engine, &unnamed, call->now_ms, &before, &error), HL_OK);
    unsigned changes = seen->merges_and_splits, series = count_series(engine);
    uint64_t terms = count_terms(engine);
    assert_int_equal(news_call_make(call, engine, &result), HL_OK);
    bool is_stored = !result.sighting && result.verdict < HL_VERDICT_REPLAYED;
    if (!is_stored || seen->merges_and_splits != changes || count_series(engine) != series ||
        count_terms(engine) < terms || pushed_something_out(engine, result.id))
        return;
    if (compare(engine, &before, &result, call->now_ms, seen))
        seen->compared++;
}

static struct seen repeat_decisions(const struct hl_engine_options *options, uint64_t seed, double tolerance)
{
    static struct news_stream stream;
    struct news_call call;
    struct seen seen = {.tolerance = tolerance};
    news_stream_init(&stream, seed);
    stream.vocabulary = 4000;
    stream.events = 12;
    stream.collections = 1;
    stream.long_titles = 0;
    hl_engine *engine = engine_create_with(options);
    hl_engine_observe(engine, observe, &seen);
    for (int i = 0; i < 700; i++) {
        news_stream_next(&stream, &call);
        run_call(engine, &call, &seen);
    }
    print_message("compared %u: %u joined, %u founded, %u duplicates, %u with a rival\n", seen.compared, seen.joined,
                  seen.founded, seen.duplicates, seen.rivals);
    hl_engine_destroy(engine);
    return seen;
}

/* To the last bit, as long as noise, which every add moves, does not count. */
static void test_repeats_the_decision(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct hl_engine_options options = hl_engine_options_default();
        options.hash_seed = seed;
        options.settings.stream_noise_weight = options.settings.story_noise_weight = 0;
        struct seen seen = repeat_decisions(&options, seed, 0);
        assert_true(seen.compared > 300 && seen.joined > 100 && seen.founded > 50 && seen.duplicates > 20);
        assert_true(seen.rivals > 50);
    }
}

/* The means of noise are what the add has made them. */
static void test_repeats_it_nearly_with_noise(void **state)
{
    (void)state;
    struct hl_engine_options options = hl_engine_options_default();
    options.settings.stream_noise_weight = options.settings.story_noise_weight = 0.5;
    struct seen seen = repeat_decisions(&options, 4, 0.04);
    assert_true(seen.compared > 200 && seen.joined > 50 && seen.founded > 50 && seen.duplicates > 20);
}

/* ---- what it says ---- */

static const char *const storm = "Storm Petra floods Aldermoor, thousands without power";

/* A stream that is no longer young, with a storm of three headlines in it and a rate rise of one. */
static hl_engine *small_stream(const struct hl_allocator *allocator)
{
    hl_engine *engine = engine_create(allocator, 7);
    engine_fill(engine, 40, FIXTURE_NOW_MS);
    engine_add_title(engine, storm, "s1", "Northern Wire", FIXTURE_NOW_MS + MINUTE_MS);
    engine_add_title(engine, "Aldermoor without power after storm Petra floods town", "s2", "Harbour Post",
                     FIXTURE_NOW_MS + 2 * MINUTE_MS);
    engine_add_title(engine, "Storm Petra: floods leave Aldermoor without power", "s3", "Valley Voice",
                     FIXTURE_NOW_MS + 3 * MINUTE_MS);
    engine_add_title(engine, "Central bank of Merrow raises rates to 3%", "r1", "Ledger",
                     FIXTURE_NOW_MS + 4 * MINUTE_MS);
    return engine;
}

static void explain(hl_engine *engine, const struct hl_headline *which, struct hl_explanation *out)
{
    struct hl_error error = {.message = ""};
    memset(out, 0xa5, sizeof *out);
    if (hl_engine_explain(engine, which, FIXTURE_NOW_MS + 10 * MINUTE_MS, out, &error) != HL_OK)
        fail_msg("%s", error.message);
}

static void explain_pair(hl_engine *engine, struct hl_headline first, struct hl_headline second,
                         struct hl_pair_explanation *out)
{
    struct hl_error error = {.message = ""};
    memset(out, 0xa5, sizeof *out);
    if (hl_engine_explain_pair(engine, &first, &second, FIXTURE_NOW_MS + 10 * MINUTE_MS, out, &error) != HL_OK)
        fail_msg("%s", error.message);
}

static const struct hl_explained_term *term_of(const struct hl_explained_title *title, const char *text)
{
    for (uint32_t i = 0; i < title->term_count; i++)
        if (strcmp(title->terms[i].text, text) == 0)
            return &title->terms[i];
    return NULL;
}

static void test_own_story_comes_first(void **state)
{
    static struct hl_explanation x;
    hl_engine *engine = *state;
    struct hl_headline which = by_id("s2");
    explain(engine, &which, &x);
    assert_true(text_is(x.title.id, "s2"));
    assert_true(x.story_count > 0 && x.stories[0].is_own && x.stories[0].is_candidate);
    assert_int_equal(x.stories[0].headlines, 2);
    assert_true(text_is(x.stories[0].title, storm));
    assert_int_equal(x.verdict, HL_VERDICT_NEAR);
    assert_int_equal(x.story, x.title.story);
    assert_true(x.join.joins && x.join.margin >= x.join.threshold);
    assert_true(x.stories[0].factors.words >= 4);
    assert_true(x.stories[0].factors.decay > 0.99 && x.stories[0].factors.gap_s <= 0);
    check_join(&x);
    check_parts(&x.stories[0]);
    assert_non_null(term_of(&x.title, "aldermoor"));
    const struct hl_explained_term *pair = term_of(&x.title, "storm petra");
    assert_non_null(pair);
    assert_true(pair->is_pair && pair->idf > 0 && pair->share > 0);
    for (uint32_t i = 1; i < x.title.term_count; i++)
        assert_true(x.title.terms[i].weight <= x.title.terms[i - 1].weight);
    assert_true(x.settings.join_threshold >= x.join.join_threshold && x.has_nearest);
}

/* Names of other collections are heeded: the same id may stand in several. */
static void test_other_collections(void **state)
{
    static struct hl_explanation x;
    static struct hl_pair_explanation pair;
    hl_engine *engine = *state;
    struct hl_headline elsewhere = headline_of("Comet Veyla visible to the naked eye this week");
    elsewhere.id = text_of("s1");
    elsewhere.collection = text_of("desk");
    engine_add(engine, &elsewhere, FIXTURE_NOW_MS + 6 * MINUTE_MS);
    struct hl_headline which = by_id("s1");
    which.collection = text_of("desk");
    explain(engine, &which, &x);
    assert_true(text_is(x.title.title, "Comet Veyla visible to the naked eye this week"));
    assert_int_equal(x.arrival_verdict, HL_VERDICT_NEW);
    assert_int_equal(x.story_count, 0);
    explain_pair(engine, which, by_id("s1"), &pair);
    assert_true(pair.is_exact && pair.first.story == pair.second.story);
}

/* The only headline of its story has no own story to be compared with: others are what it refused. */
static void test_a_founder_stands_alone(void **state)
{
    static struct hl_explanation x;
    struct hl_headline which = by_id("r1");
    explain(*state, &which, &x);
    assert_int_equal(x.verdict, HL_VERDICT_NEW);
    assert_int_equal(x.story, 0);
    assert_true(x.title.story > 0 && x.arrival_story == x.title.story);
    assert_int_equal(x.arrival_verdict, HL_VERDICT_NEW);
    assert_false(x.join.joins);
    for (uint32_t i = 0; i < x.story_count; i++)
        assert_false(x.stories[i].is_own);
}

static void test_a_title_is_explained_as_it_is_checked(void **state)
{
    static struct hl_explanation x;
    hl_engine *engine = *state;
    struct hl_headline title = headline_of("Power back in Aldermoor after floods of storm Petra - Morning Ledger");
    title.source = text_of("Morning Ledger");
    struct hl_result checked = engine_check(engine, &title, FIXTURE_NOW_MS + 10 * MINUTE_MS);
    explain(engine, &title, &x);
    assert_int_equal(x.verdict, checked.verdict);
    assert_int_equal(x.story, checked.story);
    assert_memory_equal(&x.similarity, &checked.similarity, sizeof x.similarity);
    assert_int_equal(x.title.id.length, 0);
    assert_int_equal(x.title.story, 0);
    assert_int_equal(x.arrival_story, 0);
    assert_true(text_is(x.title.tail, " - Morning Ledger"));
    assert_true(text_is(x.title.text, "power back in aldermoor after floods of storm petra"));
    assert_true(text_is(x.title.lang, "en"));
}

/* Words that only the summary has are marked, in a stored headline and in a title; without its summary a title has none. */
static void test_summaries_show(void **state)
{
    static struct hl_explanation x;
    hl_engine *engine = *state;
    struct hl_headline headline = headline_of("Otter returns to the river");
    headline.summary =
        text_of("<p>The otter was seen near <a href=\"https://wire.example/zzz\">Quillmark</a> weir.</p>");
    explain(engine, &headline, &x);
    const struct hl_explained_term *term = term_of(&x.title, "quillmark");
    assert_true(term && term->is_summary && !term->is_pair);
    assert_null(term_of(&x.title, "zzz"));
    assert_false(term_of(&x.title, "otter")->is_summary);
    double weight = term->weight;
    headline.id = text_of("o1");
    engine_add(engine, &headline, FIXTURE_NOW_MS + 5 * MINUTE_MS);
    struct hl_headline which = by_id("o1");
    explain(engine, &which, &x);
    term = term_of(&x.title, "quillmark");
    assert_true(term && term->is_summary);
    assert_true(fabs(term->weight - weight) < 0.01);
    headline.id = headline.summary = text_of("");
    explain(engine, &headline, &x);
    for (uint32_t i = 0; i < x.title.term_count; i++)
        assert_false(x.title.terms[i].is_summary);
}

static void test_duplicates_name_their_original(void **state)
{
    static struct hl_explanation x;
    hl_engine *engine = *state;
    int64_t now_ms = FIXTURE_NOW_MS + 5 * MINUTE_MS;
    engine_add_title(engine, storm, "copy", "Copy Desk", now_ms);
    struct hl_headline which = by_id("copy");
    explain(engine, &which, &x);
    assert_int_equal(x.arrival_verdict, HL_VERDICT_EXACT);
    assert_true(text_is(x.arrival_duplicate_of, "s1") && text_is(x.nearest.id, "s1"));
    assert_int_equal(x.nearest.distance_bits, 0);
    assert_int_equal(x.nearest.why, HL_NEAR_interchangeable);
    engine_add_title(engine, "Central bank of Merrow raises rates to 4%", "r2", "Ledger", now_ms);
    which = by_id("r2");
    explain(engine, &which, &x);
    assert_true(text_is(x.nearest.id, "r1"));
    assert_int_equal(x.nearest.why, HL_NEAR_numbers);
    assert_true(text_is(x.nearest.first, "4") && text_is(x.nearest.second, "3"));
}

/* A second headline against the story of the first is what the first story alone scores. */
static void test_a_pair_is_a_story_of_one(void **state)
{
    (void)state;
    static struct hl_explanation one;
    static struct hl_pair_explanation pair;
    hl_engine *engine = engine_create(NULL, 3);
    engine_add_title(engine, storm, "s1", NULL, FIXTURE_NOW_MS);
    struct hl_headline title = headline_of("Floods by storm Petra: zorblax in Aldermoor without power");
    assert_int_equal(hl_engine_explain(engine, &title, FIXTURE_NOW_MS, &one, NULL), HL_OK);
    assert_int_equal(one.story_count, 1);
    struct hl_headline first = by_id("s1");
    assert_int_equal(hl_engine_explain_pair(engine, &first, &title, FIXTURE_NOW_MS, &pair, NULL), HL_OK);
    assert_memory_equal(&pair.factors, &one.stories[0].factors, sizeof pair.factors);
    assert_memory_equal(&pair.join.threshold, &one.join.threshold, sizeof pair.join.threshold);
    assert_int_equal(pair.join.joins, one.join.joins);
    assert_int_equal(pair.shared_count, one.stories[0].shared_count);
    for (uint32_t i = 0; i < pair.shared_count; i++)
        assert_memory_equal(&pair.shared[i].part, &one.stories[0].shared[i].part, sizeof pair.shared[i].part);
    hl_engine_destroy(engine);
}

/* Words that no headline has ever held are words in common all the same. */
static void test_pairs_of_unknown_words(void **state)
{
    (void)state;
    static struct hl_pair_explanation x;
    hl_engine *engine = engine_create(NULL, 3);
    struct frozen frozen = {0};
    frozen_take(&frozen, engine);
    explain_pair(engine, headline_of("Zorblax quimby ferdle"), headline_of("Quimby zorblax plomq"), &x);
    assert_int_equal(x.shared_count, 2);
    assert_true(x.factors.words >= 2 && x.factors.words <= 2);
    assert_true(x.factors.score > 0);
    assert_int_equal(x.first.story, 0);
    assert_false(x.is_exact);
    explain_pair(engine,
                 headline_of("Parliament of Merrow adopts the 12th package of sanctions against Volkmar shipping"),
                 headline_of("Parliament of Merrow adopts the 13th package of sanctions against Volkmar shipping"), &x);
    assert_int_equal(x.near.why, HL_NEAR_numbers);
    explain_pair(engine, headline_of("Zorblax Quimby!"), headline_of("zorblax quimby"), &x);
    assert_true(x.is_exact && x.near.distance_bits == 0);
    assert_true(frozen_is(&frozen, engine)); /* the default collection was opened for the while only */
    frozen_clear(&frozen);
    hl_engine_destroy(engine);
}

/* The difference that keeps two titles from being near is named, with the words that it is about. */
static void test_reasons(void **state)
{
    (void)state;
    static const struct {
        const char *first, *second; /* second arrives: its word is the finding's first */
        enum hl_near_why why;
        const char *word, *other;
    } rows[] = {
        {"Merrow raises rates to 3%, bank says", "Merrow raises rates to 4%, bank says", HL_NEAR_numbers, "4", "3"},
        {"Bank says Merrow will raise rates today", "Bank says Merrow will not cut rates today", HL_NEAR_negation,
         "not", ""},
        {"The bank of Merrow raises rates for savers", "The bank of Volkmar raises rates for savers", HL_NEAR_names,
         "volkmar", "merrow"},
        {"The bank of Merrow raises rates for savers", "The bank of Merrow lowers rates for savers", HL_NEAR_opposites,
         "lowers", "raises"},
        {"Volkmar beat Merrow in the final of the cup", "Merrow beat Volkmar in the final of the cup", HL_NEAR_order,
         NULL, NULL},
        {"Bank of Merrow raises rates for savers today", "Former bank of Merrow raises rates for savers today",
         HL_NEAR_extra_words, "former", ""},
        {"Bank of Merrow raises rates for savers today", "Bank of Merrow: savers queue outside branches today",
         HL_NEAR_share, NULL, NULL},
        {"Bank of Merrow raises rates before the vote", "Bank of Merrow raises rates after the vote", HL_NEAR_direction,
         "after", "before"},
        {"Bank of Merrow raises rates for savers in the north - Day One",
         "Bank of Merrow raises rates for savers in the north - Day Two", HL_NEAR_tails, "Day Two", "Day One"},
        {"Bank of Merrow raises rates for savers", "BREAKING: bank of Merrow raises rates for savers",
         HL_NEAR_interchangeable, "", ""},
    };
    static struct hl_pair_explanation x;
    struct hl_engine_options options = hl_engine_options_default();
    options.settings.near_bits = 128;
    hl_engine *engine = engine_create_with(&options);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        explain_pair(engine, headline_of(rows[i].first), headline_of(rows[i].second), &x);
        if (x.near.why != rows[i].why)
            fail_msg("%s: %s, not %s", rows[i].second, hl_near_why_name(x.near.why), hl_near_why_name(rows[i].why));
        if (rows[i].word)
            assert_true(text_is(x.near.first, rows[i].word) && text_is(x.near.second, rows[i].other));
        else
            assert_true(x.near.first.length > 0 && x.near.second.length > 0);
    }
    hl_engine_destroy(engine);
    engine = engine_create(NULL, 0);
    explain_pair(engine, headline_of(storm), headline_of("Central bank of Merrow raises rates to 3%"), &x);
    assert_int_equal(x.near.why, HL_NEAR_distance);
    assert_true(x.near.distance_bits > x.settings.near_bits);
    hl_engine_destroy(engine);
}

/* Decay goes by the times of stored headlines; a title without a time is taken for simultaneous. */
static void test_times_of_a_pair(void **state)
{
    static struct hl_pair_explanation x;
    hl_engine *engine = *state;
    explain_pair(engine, by_id("s1"), by_id("s3"), &x);
    assert_true(x.factors.gap_s >= 120 && x.factors.gap_s <= 120);
    explain_pair(engine, by_id("s1"), headline_of(storm), &x);
    assert_true(x.factors.gap_s >= 0 && x.factors.gap_s <= 0 && x.is_exact);
    explain_pair(engine, headline_of(storm), by_id("s1"), &x);
    assert_true(x.factors.gap_s >= 0 && x.factors.gap_s <= 0);
    struct hl_headline dated = headline_of(storm);
    dated.published_ms = FIXTURE_NOW_MS;
    explain_pair(engine, dated, by_id("s1"), &x);
    assert_true(x.factors.gap_s >= 60 && x.factors.gap_s <= 60);
}

/* ---- what it leaves alone ---- */

static void test_where_a_merge_came_from(void **state)
{
    (void)state;
    static struct hl_explanation x;
    hl_engine *engine = engine_create(NULL, 1);
    static struct news_stream stream;
    unsigned moved = 0, stayed = 0;
    news_stream_init(&stream, 5);
    stream.collections = 1;
    for (int i = 0; i < 500; i++) {
        struct news_call call;
        struct hl_result result;
        news_stream_next(&stream, &call);
        call.headline.published_ms = HL_TIME_NONE;
        if (call.kind != NEWS_ADD || news_call_make(&call, engine, &result) != HL_OK || result.sighting ||
            result.verdict == HL_VERDICT_REPLAYED)
            continue;
        assert_true(result.story > 0);
    }
    const struct hl_collection *c = engine->collections[0];
    for (uint32_t i = 0; i < hl_slab_limit(&c->headlines); i++) {
        if (!hl_slab_is_live(&c->headlines, i))
            continue;
        struct hl_headline which = {.id = hl_store_id(hl_headline_at(c, i)), .published_ms = HL_TIME_NONE};
        assert_int_equal(hl_engine_explain(engine, &which, stream.now_ms, &x, NULL), HL_OK);
        moved += x.arrival_story != x.title.story;
        stayed += x.arrival_story == x.title.story;
    }
    print_message("%u in another story than they were answered with, %u in the same\n", moved, stayed);
    assert_true(moved > 0 && stayed > moved);
    hl_engine_destroy(engine);
}

static void test_nothing_changes(void **state)
{
    (void)state;
    static struct hl_explanation x;
    static struct hl_pair_explanation pair;
    static struct news_stream stream;
    hl_engine *engine = engine_create(NULL, 11);
    struct frozen frozen = {0};
    news_stream_init(&stream, 9);
    stream.collections = 1;
    for (int i = 0; i < 400; i++) {
        struct news_call call;
        struct hl_result result;
        news_stream_next(&stream, &call);
        if (news_call_make(&call, engine, &result) != HL_OK || call.kind != NEWS_ADD || i % 20 != 0)
            continue;
        struct hl_headline which = {.id = result.id, .published_ms = HL_TIME_NONE};
        struct hl_headline title = headline_of("Entirely plomq words of xylophagous quimby with 40%");
        frozen_take(&frozen, engine);
        assert_int_equal(hl_engine_explain(engine, &which, call.now_ms, &x, NULL), HL_OK);
        assert_int_equal(hl_engine_explain(engine, &title, call.now_ms, &x, NULL), HL_OK);
        assert_int_equal(hl_engine_explain_pair(engine, &which, &title, call.now_ms, &pair, NULL), HL_OK);
        assert_true(frozen_is(&frozen, engine));
    }
    frozen_clear(&frozen);
    hl_engine_destroy(engine);
}

static void expect_error(hl_engine *engine, struct hl_headline which, enum hl_status status, const char *field)
{
    static struct hl_explanation x;
    static struct hl_pair_explanation pair;
    struct hl_error error = {.field = ""};
    assert_int_equal(hl_engine_explain(engine, &which, FIXTURE_NOW_MS, &x, &error), status);
    assert_string_equal(error.field, field);
    struct hl_headline other = headline_of(storm);
    other.collection = which.collection;
    error.field[0] = '\0';
    assert_int_equal(hl_engine_explain_pair(engine, &which, &other, FIXTURE_NOW_MS, &pair, &error), status);
    assert_string_equal(error.field, field);
    if (which.collection.length == 0) {
        assert_int_equal(hl_engine_explain_pair(engine, &other, &which, FIXTURE_NOW_MS, &pair, &error), status);
        assert_memory_equal(error.field, "other_", strlen("other_"));
        assert_string_equal(error.field + strlen("other_"), field);
    }
}

static void test_errors(void **state)
{
    hl_engine *engine = *state;
    struct frozen frozen = {0};
    frozen_take(&frozen, engine);
    struct hl_headline both = headline_of(storm), elsewhere = headline_of(storm);
    both.id = text_of("s1");
    elsewhere.collection = text_of("nowhere");
    expect_error(engine, by_id("nobody"), HL_NOT_FOUND, "id");
    expect_error(engine, both, HL_INVALID, "title");
    expect_error(engine, by_id(""), HL_INVALID, "id");
    expect_error(engine, elsewhere, HL_NOT_FOUND, "collection");
    expect_error(engine, headline_of("..."), HL_INVALID, "title");
    expect_error(engine, headline_of("\xff"), HL_INVALID, "title");
    assert_true(frozen_is(&frozen, engine));
    frozen_clear(&frozen);
}

/* What the window has let go is not explained, though nobody has dropped it yet. */
static void test_the_past_is_not_live(void **state)
{
    hl_engine *engine = *state;
    static struct hl_explanation x;
    struct hl_headline which = by_id("s1"), title = headline_of(storm);
    int64_t later_ms = FIXTURE_NOW_MS + (int64_t)(hl_settings_default().window_age_s * 1000) + 20 * MINUTE_MS;
    assert_int_equal(hl_engine_explain(engine, &which, later_ms, &x, NULL), HL_NOT_FOUND);
    assert_int_equal(hl_engine_explain(engine, &title, later_ms, &x, NULL), HL_OK);
    assert_int_equal(x.verdict, HL_VERDICT_NEW);
    assert_int_equal(x.story_count, 0);
}

/* Each allocation in turn: an error, and nothing has changed. */
static void test_without_memory(void **state)
{
    (void)state;
    static struct hl_explanation x;
    static struct hl_pair_explanation pair;
    struct failing_allocator fa;
    struct frozen frozen = {0};
    failing_allocator_init(&fa);
    hl_engine *engines[2] = {small_stream(&fa.allocator), engine_create(&fa.allocator, 0)};
    struct hl_headline title = headline_of("Averyverylongwordthatnobodyhaseverwrittenbefore plomq quimby zorblax");
    struct hl_headline other = headline_of("Anotherverylongwordthatnobodyhaswritten quimby zorblax ferdle");
    unsigned failures = 0;
    for (int which = 0; which < 4; which++) {
        hl_engine *engine = engines[which / 2];
        frozen_take(&frozen, engine);
        for (uint64_t nth = 1;; nth++) {
            failing_allocator_arm(&fa, nth, UINT64_MAX);
            enum hl_status status = which % 2 == 0
                                        ? hl_engine_explain(engine, &title, FIXTURE_NOW_MS, &x, NULL)
                                        : hl_engine_explain_pair(engine, &title, &other, FIXTURE_NOW_MS, &pair, NULL);
            bool fired = failing_allocator_fired(&fa);
            failing_allocator_arm(&fa, 0, 0);
            assert_true(frozen_is(&frozen, engine));
            if (status == HL_OK && !fired)
                break;
            assert_true(status == HL_OK || status == HL_NO_MEMORY);
            failures += status == HL_NO_MEMORY;
        }
    }
    assert_true(failures > 0);
    frozen_clear(&frozen);
    hl_engine_destroy(engines[0]);
    hl_engine_destroy(engines[1]);
    assert_true(failing_allocator_is_clean(&fa));
}

static void test_names(void **state)
{
    (void)state;
    size_t count;
    const struct hl_factor_info *info = hl_factors_info(&count);
    assert_int_equal(count, sizeof(struct hl_factors) / sizeof(double));
    assert_string_equal(info[count - 1].name, "score");
    for (size_t i = 0; i < count; i++)
        assert_true(info[i].help[0] && info[i].decimals >= 0 && info[i].decimals <= 6);
    assert_string_equal(hl_near_why_name(HL_NEAR_numbers), "numbers");
    assert_string_equal(hl_near_why_help(HL_NEAR_numbers), "a number differs");
    assert_string_equal(hl_near_why_name(HL_NEAR_COUNT), "unknown");
    assert_string_equal(hl_near_why_help(HL_NEAR_COUNT), "");
}

static int setup(void **state)
{
    *state = small_stream(NULL);
    return 0;
}

static int teardown(void **state)
{
    hl_engine_destroy(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_repeats_the_decision),
        cmocka_unit_test(test_repeats_it_nearly_with_noise),
        cmocka_unit_test_setup_teardown(test_own_story_comes_first, setup, teardown),
        cmocka_unit_test_setup_teardown(test_other_collections, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_founder_stands_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_title_is_explained_as_it_is_checked, setup, teardown),
        cmocka_unit_test_setup_teardown(test_summaries_show, setup, teardown),
        cmocka_unit_test_setup_teardown(test_duplicates_name_their_original, setup, teardown),
        cmocka_unit_test(test_a_pair_is_a_story_of_one),
        cmocka_unit_test(test_pairs_of_unknown_words),
        cmocka_unit_test(test_reasons),
        cmocka_unit_test_setup_teardown(test_times_of_a_pair, setup, teardown),
        cmocka_unit_test(test_where_a_merge_came_from),
        cmocka_unit_test(test_nothing_changes),
        cmocka_unit_test_setup_teardown(test_errors, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_past_is_not_live, setup, teardown),
        cmocka_unit_test(test_without_memory),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
