/*
 * test_query.c - one story, its headlines, sources and history, and lists of stories with their orders, filters and cursors, against
 * slow answers computed from all that is live.
 */
#include "engine/collection.h"
#include "engine/state.h"
#include "engine/story.h"
#include "engine/vector.h"
#include "engine/vocabulary.h"
#include "support/engine_fixture.h"
#include "support/engine_invariants.h"
#include "support/news_stream.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOW FIXTURE_NOW_MS
#define MINUTE INT64_C(60000)

enum { CALLS = 700, STORIES_MAX = 2000, LIMIT = 1000 };

/* An engine with a past, and the list that a query shall give. */
struct world {
    hl_engine *engine;
    const struct hl_collection *c; /* the default one */
    int64_t now_ms;
    struct hl_story_view *view; /* room for LIMIT */
    struct hl_headline_view *headline;
};

static int setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    struct news_stream stream;
    struct news_call call;
    assert_non_null(w);
    w->engine = engine_create(NULL, 71);
    w->view = calloc(LIMIT, sizeof *w->view);
    w->headline = calloc(LIMIT, sizeof *w->headline);
    assert_true(w->view != NULL && w->headline != NULL);
    news_stream_init(&stream, 71);
    stream.collections = 2;
    stream.events = NEWS_EVENTS_MAX;
    for (unsigned i = 0; i < CALLS; i++) {
        news_stream_next(&stream, &call);
        (void)news_call_make(&call, w->engine, NULL);
    }
    w->c = hl_collection_find(w->engine, text_of(""));
    w->now_ms = stream.now_ms + 10 * MINUTE;
    struct engine_report report = {0};
    engine_check_invariants(w->engine, true, &report);
    assert_int_equal(report.pruned, 0); /* else a story may hold a word that it lost in pruning */
    assert_true(report.redirects > 0 && report.aliases > 0 && report.largest > 10);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    hl_engine_destroy(w->engine);
    free(w->view);
    free(w->headline);
    free(w);
    return 0;
}

static bool same_text(struct hl_text a, struct hl_text b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

static struct hl_story_view story_view(struct world *w, uint64_t story)
{
    struct hl_story_view view;
    assert_int_equal(hl_engine_story(w->engine, story, w->now_ms, &view, NULL), HL_OK);
    return view;
}

static size_t members(struct world *w, uint64_t story)
{
    size_t count = 0;
    bool more = true;
    assert_int_equal(hl_engine_story_headlines(w->engine, story, 0, w->headline, LIMIT, &count, &more, NULL), HL_OK);
    assert_false(more);
    return count;
}

/* ---- one story ---- */

static double centrality(const struct hl_headline_record *h, const struct hl_terms *terms)
{
    double product = 0, square = 0;
    for (uint32_t i = 0; i < h->shape.count; i++) {
        double weight = hl_vector_weights(h)[i];
        uint32_t at = hl_terms_find(terms, hl_vector_features(h)[i]);
        product += at == HL_NONE ? 0 : weight * terms->weight[at];
        square += weight * weight;
    }
    return square > 0 ? product / sqrt(square) : 0;
}

/* Among the first and the 31 latest none is more central, and none of the same centrality is earlier. */
static void check_representative(const struct world *w, uint32_t story, uint64_t chosen)
{
    struct hl_terms_scratch scratch;
    struct hl_terms terms = hl_story_terms(w->c, story, &scratch);
    const struct hl_story_record *s = hl_story_at(w->c, story);
    const struct hl_headline_record *best = NULL;
    double best_centrality = 0;
    uint32_t place = s->headlines;
    for (uint32_t m = s->oldest; m != HL_NONE; m = hl_headline_at(w->c, m)->story_next, place--) {
        const struct hl_headline_record *h = hl_headline_at(w->c, m);
        double x = centrality(h, &terms);
        if ((m == s->oldest || place <= 31) && (best == NULL || x > best_centrality)) {
            best = h;
            best_centrality = x;
        }
    }
    assert_non_null(best);
    assert_int_equal(best->seq, chosen);
}

static void check_sources(struct world *w, uint64_t story, size_t count, uint32_t counted)
{
    struct hl_source_view sources[64], some[2];
    size_t found, first_two;
    uint64_t with_source = 0;
    assert_int_equal(hl_engine_story_sources(w->engine, story, sources, 64, &found, NULL), HL_OK);
    assert_int_equal(found, counted);
    for (size_t i = 0; i < found; i++) {
        uint64_t held = 0;
        for (size_t j = 0; j < count; j++)
            held += same_text(w->headline[j].source, sources[i].source);
        with_source += held;
        assert_int_equal(sources[i].headlines, held);
        size_t first = 0;
        while (!same_text(w->headline[first].source, sources[i].source))
            first++;
        assert_int_equal(sources[i].first_seq, w->headline[first].seq);
        assert_true(sources[i].first_ms == w->headline[first].received_ms);
        assert_true(i == 0 || sources[i - 1].first_seq < sources[i].first_seq); /* first come, first */
    }
    for (size_t j = 0; j < count; j++)
        with_source += w->headline[j].source.length == 0;
    assert_int_equal(with_source, count);
    assert_int_equal(hl_engine_story_sources(w->engine, story, some, 2, &first_two, NULL), HL_OK);
    assert_int_equal(first_two, found < 2 ? found : 2);
    for (size_t i = 0; i < first_two; i++)
        assert_memory_equal(&some[i], &sources[i], sizeof some[i]);
}

static void test_story_views(void **state)
{
    struct world *w = *state;
    for (uint32_t i = 0; i < hl_slab_limit(&w->c->stories); i++) {
        if (!hl_slab_is_live(&w->c->stories, i))
            continue;
        uint64_t id = hl_story_at(w->c, i)->id, sightings = 0;
        struct hl_story_view view = story_view(w, id);
        size_t count = members(w, id);
        assert_int_equal(view.story, id);
        assert_int_equal(view.redirected_from, 0);
        assert_true(text_is(view.collection, "default"));
        assert_int_equal(view.headlines, count);
        for (size_t j = 0; j < count; j++) {
            assert_int_equal(w->headline[j].story, id);
            sightings += w->headline[j].sightings;
        }
        assert_int_equal(view.sightings, sightings);
        assert_int_equal(view.first.seq, w->headline[0].seq);
        assert_true(view.first_ms == w->headline[0].received_ms);
        assert_true(view.last_ms == w->headline[count - 1].received_ms);
        check_representative(w, i, view.representative.seq);
        check_sources(w, id, count, view.sources);
    }
}

static void test_headlines_in_pages(void **state)
{
    struct world *w = *state;
    struct hl_headline_view page[3];
    for (uint32_t i = 0; i < hl_slab_limit(&w->c->stories); i++) {
        if (!hl_slab_is_live(&w->c->stories, i))
            continue;
        uint64_t id = hl_story_at(w->c, i)->id, after = 0;
        size_t count = members(w, id), seen = 0, got = 0;
        bool more = true;
        while (more) {
            assert_int_equal(hl_engine_story_headlines(w->engine, id, after, page, 3, &got, &more, NULL), HL_OK);
            assert_true(got > 0 && got <= 3 && seen + got <= count);
            for (size_t j = 0; j < got; j++)
                assert_int_equal(page[j].seq, w->headline[seen++].seq);
            after = page[got - 1].seq;
        }
        assert_int_equal(seen, count);
        assert_int_equal(hl_engine_story_headlines(w->engine, id, after, page, 3, &got, &more, NULL), HL_OK);
        assert_true(got == 0 && !more);
    }
}

static void test_unknown_story(void **state)
{
    struct world *w = *state;
    struct hl_story_view view;
    struct hl_history history;
    struct hl_source_view source;
    struct hl_error error = {0};
    size_t count;
    bool more;
    static const uint64_t ids[] = {0, 1000000, UINT64_MAX};
    for (size_t i = 0; i < 3; i++) {
        uint64_t id = ids[i];
        assert_int_equal(hl_engine_story(w->engine, id, w->now_ms, &view, &error), HL_NOT_FOUND);
        assert_string_equal(error.field, "story");
        assert_int_equal(hl_engine_story_headlines(w->engine, id, 0, w->headline, 1, &count, &more, NULL),
                         HL_NOT_FOUND);
        assert_int_equal(hl_engine_story_history(w->engine, id, &history, 1, &count, NULL), HL_NOT_FOUND);
        assert_int_equal(hl_engine_story_sources(w->engine, id, &source, 1, &count, NULL), HL_NOT_FOUND);
    }
}

/* Of headlines that are equally central the earliest represents the story. */
static void test_representative_of_equals(void **state)
{
    (void)state;
    struct hl_engine_options options = hl_engine_options_default();
    options.settings.story_idf = 0; /* so that copies come out with the same weights... */
    options.settings.length_norm = 1;
    hl_engine *engine = engine_create_with(&options);
    engine_fill(engine, 30, NOW);
    const char *copied = "plomfur drabnik trokand zelmag harwin";
    uint64_t story = engine_add_title(engine, "plomfur drabnik trokand quilbeg", "first", "A", NOW).story;
    assert_int_equal(engine_add_title(engine, copied, "early", "B", NOW).story, story);
    struct world w = {.engine = engine, .c = hl_collection_find(engine, text_of(""))};
    char source[24];
    for (unsigned i = 0; i < 5; i++) { /* ... and bring the centre to them */
        snprintf(source, sizeof source, "Source %u", i);
        assert_int_equal(engine_add_title(engine, copied, source, source, NOW).story, story);
    }
    struct hl_collection *c;
    uint32_t index;
    struct hl_story_view view;
    assert_true(hl_story_locate(engine, story, &c, &index));
    assert_int_equal(hl_engine_story(engine, story, NOW, &view, NULL), HL_OK);
    check_representative(&w, index, view.representative.seq);
    assert_true(text_is(view.representative.id, "early") || text_is(view.representative.id, "Source 0"));
    hl_engine_destroy(engine);
}

/* Sources are counted up to 64 in a view, and listed as far as asked. */
static void test_many_sources(void **state)
{
    (void)state;
    hl_engine *engine = engine_create(NULL, 0);
    struct hl_source_view sources[100];
    struct hl_story_view view;
    char source[16];
    size_t count;
    uint64_t story = 0;
    for (unsigned i = 0; i < 70; i++) {
        snprintf(source, sizeof source, "Source %u", i);
        story = engine_add_title(engine, "Swimmer wins third medal in a week", NULL, source, NOW + i).story;
    }
    engine_add_title(engine, "Swimmer wins third medal in a week", "unsourced", NULL, NOW + 80);
    assert_int_equal(hl_engine_story(engine, story, NOW, &view, NULL), HL_OK);
    assert_int_equal(view.headlines, 71);
    assert_int_equal(view.sources, 64);
    assert_int_equal(hl_engine_story_sources(engine, story, sources, 100, &count, NULL), HL_OK);
    assert_int_equal(count, 70);
    for (unsigned i = 0; i < 70; i++) {
        snprintf(source, sizeof source, "Source %u", i);
        assert_true(text_is(sources[i].source, source));
        assert_int_equal(sources[i].headlines, 1);
    }
    hl_engine_destroy(engine);
}

/* Each arrival counts one when it comes and half as much with each half-life; sightings and replays do not. */
static void test_trending(void **state)
{
    (void)state;
    struct hl_engine_options options = hl_engine_options_default();
    options.settings.trending_half_life_s = 3600;
    hl_engine *engine = engine_create_with(&options);
    struct hl_story_view view;
    const char *title = "Swimmer wins third medal in a week";
    uint64_t story = engine_add_title(engine, title, "a", "A", NOW).story;
    engine_add_title(engine, title, "b", "B", NOW + 60 * MINUTE);
    engine_add_title(engine, title, "b again", "B", NOW + 90 * MINUTE);
    engine_add_title(engine, title, "b", "B", NOW + 90 * MINUTE);
    engine_add_title(engine, title, "c", "C", NOW + 90 * MINUTE);
    assert_int_equal(hl_engine_story(engine, story, NOW + 120 * MINUTE, &view, NULL), HL_OK);
    assert_true(fabs(view.trending - (0.25 + 0.5 + sqrt(0.5))) < 1e-6);
    assert_int_equal(hl_engine_story(engine, story, NOW + 90 * MINUTE, &view, NULL), HL_OK);
    assert_true(fabs(view.trending - (pow(0.5, 1.5) + sqrt(0.5) + 1)) < 1e-6);
    hl_engine_destroy(engine);
}

/* ---- lists, answered the slow way ---- */

struct entry {
    double key;
    uint64_t story;
};

static int by_key(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->key < y->key || y->key < x->key)
        return x->key < y->key ? 1 : -1;
    return x->story < y->story ? 1 : -1; /* of equal ones the younger story comes first */
}

static bool holds_word(const struct world *w, const struct hl_story_record *s, uint32_t word)
{
    for (uint32_t m = s->oldest; m != HL_NONE; m = hl_headline_at(w->c, m)->story_next) {
        const struct hl_headline_record *h = hl_headline_at(w->c, m);
        for (uint32_t i = 0; i < h->shape.words; i++)
            if (hl_vector_features(h)[i] == word)
                return true;
    }
    return false;
}

static bool holds_words(struct world *w, const struct hl_story_record *s, struct hl_text text)
{
    struct hl_text clean;
    struct hl_analysis analysis;
    assert_int_equal(hl_text_clean(w->engine->text, text, &clean, NULL), HL_OK);
    assert_int_equal(hl_text_analyse(w->engine->text, clean, text_of(""), &analysis), HL_OK);
    for (size_t i = 0; i < analysis.word_count; i++) {
        const struct hl_word *word = &analysis.words[i];
        uint32_t index = hl_words_find(w->c, analysis.stems + word->stem, word->stem_length);
        if (index == HL_NONE || !holds_word(w, s, index))
            return false;
    }
    return true;
}

static bool has_source(struct world *w, uint64_t story, struct hl_text source)
{
    size_t count = members(w, story);
    for (size_t i = 0; i < count; i++)
        if (same_text(w->headline[i].source, source))
            return true;
    return false;
}

static bool fits(struct world *w, const struct hl_story_record *s, const struct hl_story_query *q)
{
    struct hl_story_view view = story_view(w, s->id);
    size_t lang = q->lang.length;
    if (view.headlines < q->headlines_min || (q->since_ms != HL_TIME_NONE && view.last_ms < q->since_ms) ||
        (q->until_ms != HL_TIME_NONE && view.last_ms > q->until_ms))
        return false;
    if (lang > 0 && (view.first.lang.length < lang || memcmp(view.first.lang.data, q->lang.data, lang) != 0 ||
                     (view.first.lang.length > lang && view.first.lang.data[lang] != '-')))
        return false;
    return (q->source.length == 0 || has_source(w, s->id, q->source)) &&
           (q->text.length == 0 || holds_words(w, s, q->text));
}

static size_t slow_list(struct world *w, const struct hl_story_query *q, struct entry *out)
{
    size_t count = 0;
    for (uint32_t i = 0; i < hl_slab_limit(&w->c->stories); i++) {
        if (!hl_slab_is_live(&w->c->stories, i) || !fits(w, hl_story_at(w->c, i), q))
            continue;
        const struct hl_story_record *s = hl_story_at(w->c, i);
        struct hl_story_view view = story_view(w, s->id);
        assert_true(count < STORIES_MAX);
        double key = q->order == HL_ORDER_SIZE       ? (double)view.headlines
                     : q->order == HL_ORDER_TRENDING ? view.trending
                                                     : (double)s->active_seq;
        out[count++] = (struct entry){key, s->id};
    }
    qsort(out, count, sizeof *out, by_key);
    return count;
}

/* Walks the pages of @q and compares; returns the number of stories. */
static size_t compare_list(struct world *w, struct hl_story_query q, size_t limit)
{
    static struct entry expected[STORIES_MAX];
    size_t total = slow_list(w, &q, expected), seen = 0, count = 0;
    bool more = true, truncated = true;
    struct hl_cursor next;
    q.limit = limit;
    while (more) {
        assert_int_equal(hl_engine_stories(w->engine, &q, w->now_ms, w->view, &count, &next, &more, &truncated, NULL),
                         HL_OK);
        assert_false(truncated);
        assert_true(count <= limit && seen + count <= total);
        assert_true(!more || count == limit);
        for (size_t i = 0; i < count; i++) {
            struct hl_story_view view = story_view(w, expected[seen].story);
            assert_int_equal(w->view[i].story, expected[seen++].story);
            assert_int_equal(w->view[i].headlines, view.headlines);
            assert_int_equal(w->view[i].representative.seq, view.representative.seq);
        }
        q.after = next;
    }
    assert_int_equal(seen, total);
    return total;
}

static struct hl_story_query open_query(enum hl_story_order order)
{
    return (struct hl_story_query){.order = order, .since_ms = HL_TIME_NONE, .until_ms = HL_TIME_NONE};
}

static const enum hl_story_order orders[] = {HL_ORDER_LATEST, HL_ORDER_SIZE, HL_ORDER_TRENDING};

static void test_orders_and_cursors(void **state)
{
    struct world *w = *state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(compare_list(w, open_query(orders[i]), LIMIT), w->c->stories.live);
        compare_list(w, open_query(orders[i]), 7);
        compare_list(w, open_query(orders[i]), 1 + w->c->stories.live / 2);
    }
    struct hl_story_query q = open_query(HL_ORDER_SIZE);
    q.headlines_min = 2;
    compare_list(w, q, 1);
}

/* A filter must let some stories pass and keep some out, or it was not tested. */
static void compare_filter(struct world *w, struct hl_story_query q)
{
    for (int i = 0; i < 3; i++) {
        q.order = orders[i];
        size_t total = compare_list(w, q, 5);
        assert_true(total > 0 && total < w->c->stories.live);
    }
}

static void test_filters(void **state)
{
    struct world *w = *state;
    struct hl_story_query q = open_query(HL_ORDER_LATEST);
    q.headlines_min = 2;
    compare_filter(w, q);
    q = open_query(HL_ORDER_LATEST);
    q.source = text_of("Wire");
    compare_filter(w, q);
    q = open_query(HL_ORDER_LATEST);
    q.lang = text_of("de");
    compare_filter(w, q);
    q.lang = text_of("pt"); /* and "pt-BR" */
    compare_filter(w, q);
    q = open_query(HL_ORDER_LATEST);
    q.since_ms = w->now_ms - 300 * MINUTE;
    compare_filter(w, q);
    q.until_ms = w->now_ms - 100 * MINUTE;
    compare_filter(w, q);
    q.since_ms = HL_TIME_NONE;
    q.headlines_min = 3;
    q.source = text_of("Wire");
    compare_filter(w, q);
}

/* A tag fits itself and what it is the beginning of, at a hyphen; a time fits at both ends of a span. */
static void test_edges_of_filters(void **state)
{
    (void)state;
    static const char *const langs[] = {"fi", "fi-FI", "fil"};
    hl_engine *engine = engine_create(NULL, 0);
    struct world w = {.engine = engine, .now_ms = NOW, .view = calloc(LIMIT, sizeof *w.view)};
    assert_non_null(w.view);
    for (unsigned i = 0; i < 3; i++) {
        char title[64];
        snprintf(title, sizeof title, "plomfur%u drabnik%u", i, i);
        struct hl_headline headline = headline_of(title);
        headline.lang = text_of(langs[i]);
        engine_add(engine, &headline, NOW + i);
    }
    w.c = hl_collection_find(engine, text_of(""));
    struct hl_story_query q = open_query(HL_ORDER_LATEST);
    q.lang = text_of("fi");
    assert_int_equal(compare_list(&w, q, 10), 2);
    q.lang = text_of("fi-FI");
    assert_int_equal(compare_list(&w, q, 10), 1);
    q = open_query(HL_ORDER_LATEST);
    q.since_ms = q.until_ms = NOW + 1;
    assert_int_equal(compare_list(&w, q, 10), 1);
    q.until_ms = NOW + 2;
    assert_int_equal(compare_list(&w, q, 10), 2);
    free(w.view);
    hl_engine_destroy(engine);
}

static void test_text_filter(void **state)
{
    struct world *w = *state;
    unsigned tried = 0;
    for (uint32_t i = 0; i < hl_slab_limit(&w->c->headlines); i += 60) {
        char text[128];
        if (!hl_slab_is_live(&w->c->headlines, i))
            continue;
        uint32_t word = hl_vector_features(hl_headline_at(w->c, i))[0];
        const struct hl_word_record *record = hl_word_at(w->c, word);
        snprintf(text, sizeof text, "%.*s", (int)record->length, record->text); /* a stem, which may not be a word */
        struct hl_story_query q = open_query(HL_ORDER_LATEST);
        q.text = text_of(text);
        tried += compare_list(w, q, 10) > 0;
    }
    assert_true(tried > 3);
    struct hl_story_query q = open_query(HL_ORDER_LATEST);
    q.text = text_of("nobodyeverwrotethis");
    assert_int_equal(compare_list(w, q, 10), 0);
    q.text = text_of("?!"); /* no word at all holds nothing back */
    assert_int_equal(compare_list(w, q, 100), w->c->stories.live);
}

static void test_filters_that_nothing_fits(void **state)
{
    struct world *w = *state;
    struct hl_story_query q = open_query(HL_ORDER_LATEST);
    q.source = text_of("wire"); /* case matters */
    assert_int_equal(compare_list(w, q, 10), 0);
    q = open_query(HL_ORDER_SIZE);
    q.headlines_min = 1000;
    assert_int_equal(compare_list(w, q, 10), 0);
    q = open_query(HL_ORDER_TRENDING);
    q.until_ms = NOW - MINUTE;
    assert_int_equal(compare_list(w, q, 10), 0);
}

static void test_bad_queries(void **state)
{
    struct world *w = *state;
    struct hl_error error = {0};
    struct hl_cursor next;
    size_t count = 0;
    bool more = false, truncated = false;
    static const size_t limits[] = {0, LIMIT + 1, SIZE_MAX};
    for (size_t i = 0; i < 3; i++) {
        struct hl_story_query q = open_query(HL_ORDER_LATEST);
        q.limit = limits[i];
        assert_int_equal(hl_engine_stories(w->engine, &q, w->now_ms, w->view, &count, &next, &more, &truncated, &error),
                         HL_INVALID);
        assert_string_equal(error.field, "limit");
    }
    struct hl_story_query q = open_query(HL_ORDER_LATEST);
    q.limit = 10;
    q.text = text_of("abc\xFF");
    assert_int_equal(hl_engine_stories(w->engine, &q, w->now_ms, w->view, &count, &next, &more, &truncated, &error),
                     HL_INVALID);
    assert_string_equal(error.field, "text");
    q = open_query(HL_ORDER_LATEST);
    q.limit = 10;
    q.collection = text_of("nowhere");
    assert_int_equal(hl_engine_stories(w->engine, &q, w->now_ms, w->view, &count, &next, &more, &truncated, &error),
                     HL_NOT_FOUND);
    assert_string_equal(error.field, "collection");
}

/* The default collection may be asked about before anything was added. */
static void test_empty_engine(void **state)
{
    (void)state;
    hl_engine *engine = engine_create(NULL, 0);
    struct hl_story_query q = open_query(HL_ORDER_LATEST);
    struct hl_story_view view;
    struct hl_cursor next;
    size_t count = 1;
    bool more = true, truncated = true;
    q.limit = 1;
    assert_int_equal(hl_engine_stories(engine, &q, NOW, &view, &count, &next, &more, &truncated, NULL), HL_OK);
    assert_true(count == 0 && !more && !truncated);
    q.collection = text_of("default");
    assert_int_equal(hl_engine_stories(engine, &q, NOW, &view, &count, &next, &more, &truncated, NULL), HL_OK);
    assert_int_equal(hl_engine_story(engine, 1, NOW, &view, NULL), HL_NOT_FOUND);
    hl_engine_destroy(engine);
}

/* Of single stories the 20,000 most recently active ones are looked at, and it says so. */
static void test_truncated(void **state)
{
    (void)state;
    enum { SINGLES = 20000 };
    hl_engine *engine = engine_create(NULL, 0);
    struct hl_story_query q = open_query(HL_ORDER_SIZE);
    struct hl_story_view view;
    struct hl_cursor next;
    size_t count = 0;
    bool more, truncated;
    char title[32];
    q.limit = 1;
    for (unsigned i = 0; i <= SINGLES; i++) {
        snprintf(title, sizeof title, "q%u", i);
        struct hl_result r = engine_add_title(engine, title, NULL, NULL, NOW);
        assert_int_equal(r.verdict, HL_VERDICT_NEW);
        if (i + 1 < SINGLES)
            continue;
        assert_int_equal(hl_engine_stories(engine, &q, NOW, &view, &count, &next, &more, &truncated, NULL), HL_OK);
        assert_int_equal(truncated, i == SINGLES);
        assert_int_equal(view.story, r.story);
    }
    q.headlines_min = 2; /* of which there is none */
    assert_int_equal(hl_engine_stories(engine, &q, NOW, &view, &count, &next, &more, &truncated, NULL), HL_OK);
    assert_true(count == 0 && !truncated);
    hl_engine_destroy(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_story_views),
        cmocka_unit_test(test_headlines_in_pages),
        cmocka_unit_test(test_unknown_story),
        cmocka_unit_test(test_representative_of_equals),
        cmocka_unit_test(test_many_sources),
        cmocka_unit_test(test_trending),
        cmocka_unit_test(test_orders_and_cursors),
        cmocka_unit_test(test_filters),
        cmocka_unit_test(test_edges_of_filters),
        cmocka_unit_test(test_text_filter),
        cmocka_unit_test(test_filters_that_nothing_fits),
        cmocka_unit_test(test_bad_queries),
        cmocka_unit_test(test_empty_engine),
        cmocka_unit_test(test_truncated),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
