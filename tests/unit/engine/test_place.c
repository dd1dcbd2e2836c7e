/*
 * test_place.c - joining, duplicating or founding: the rules that decide, each at its edge.
 */
#include "engine/collection.h"
#include "engine/state.h"
#include "engine/story.h"
#include "support/engine_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NOW FIXTURE_NOW_MS
#define BRIDGE "City council approves plan for new harbour bridge in Northgate"
#define REJECTED "City council rejects plan for new harbour bridge in Northgate"

struct world {
    hl_engine *engine;
    struct hl_settings *settings;
};

static int setup(void **state)
{
    static struct world w;
    w.engine = engine_create(NULL, 0);
    engine_fill(w.engine, 60, NOW);
    w.settings = &hl_collection_find(w.engine, text_of(""))->settings;
    *state = &w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    hl_engine_destroy(w->engine);
    return 0;
}

static struct hl_result ask(struct world *w, const char *title)
{
    struct hl_headline headline = headline_of(title);
    headline.source = text_of("Asker");
    return engine_check(w->engine, &headline, NOW);
}

/* A headline joins from the threshold on, where nothing is added to it. */
static void test_threshold(void **state)
{
    struct world *w = *state;
    uint64_t story = engine_add_title(w->engine, BRIDGE, "a", "A", NOW).story;
    w->settings->cold_margin = w->settings->stream_noise_weight = 0;
    struct hl_result r = ask(w, REJECTED);
    assert_int_equal(r.verdict, HL_VERDICT_RELATED);
    assert_int_equal(r.story, story);
    double score = r.similarity;
    w->settings->join_threshold = score;
    assert_int_equal(ask(w, REJECTED).verdict, HL_VERDICT_RELATED);
    w->settings->join_threshold = score * 1.000001;
    r = ask(w, REJECTED);
    assert_int_equal(r.verdict, HL_VERDICT_NEW);
    assert_int_equal(r.story, 0);
    assert_true(r.similarity >= score && r.similarity <= score); /* the best one refused */
}

/* At the very beginning of a stream more is asked for. */
static void test_cold_margin(void **state)
{
    struct world *w = *state;
    engine_add_title(w->engine, BRIDGE, "a", "A", NOW);
    double score = ask(w, REJECTED).similarity;
    w->settings->join_threshold = score * 0.99;
    w->settings->stream_noise_weight = 0;
    w->settings->cold_margin = 1;
    w->settings->cold_headlines = 1000;
    assert_int_equal(ask(w, REJECTED).verdict, HL_VERDICT_NEW);
    w->settings->cold_headlines = 10; /* which have come */
    assert_int_equal(ask(w, REJECTED).verdict, HL_VERDICT_RELATED);
}

/* Two stories that fit as well as each other make a headline doubtful. */
static void test_rival(void **state)
{
    struct world *w = *state;
    double threshold = w->settings->join_threshold;
    w->settings->near_bits = 0;
    w->settings->join_threshold = 2;
    engine_add_title(w->engine, "Northgate council approves plan for harbour bridge", "a", "A", NOW);
    engine_add_title(w->engine, "Northgate council approves plan for harbour tunnel", "b", "B", NOW);
    w->settings->join_threshold = threshold;
    const char *title = "Northgate council approves plan for harbour";
    w->settings->rival_weight = 0;
    assert_int_equal(ask(w, title).verdict, HL_VERDICT_RELATED);
    w->settings->rival_weight = 1;
    assert_int_equal(ask(w, title).verdict, HL_VERDICT_NEW);
}

/* A copy follows its original, whatever the scores say. */
static void test_exact_follows(void **state)
{
    struct world *w = *state;
    uint64_t story = engine_add_title(w->engine, BRIDGE, "a", "A", NOW).story;
    w->settings->join_threshold = 2;
    struct hl_result r = ask(w, BRIDGE);
    assert_int_equal(r.verdict, HL_VERDICT_EXACT);
    assert_int_equal(r.story, story);
}

/* So does a near duplicate that would have stood alone. */
static void test_near_follows(void **state)
{
    struct world *w = *state;
    uint64_t story = engine_add_title(w->engine, BRIDGE, "a", "A", NOW).story;
    w->settings->join_threshold = 2;
    struct hl_result r = ask(w, "City council approves plan for new harbor bridge in Northgate");
    assert_int_equal(r.verdict, HL_VERDICT_NEAR);
    assert_int_equal(r.story, story);
    assert_true(text_is(r.duplicate_of, "a"));
}

/* A revision stays in the story of the article, whatever it says now. */
static void test_revision_stays(void **state)
{
    struct world *w = *state;
    uint64_t story = engine_add_title(w->engine, BRIDGE, "a", "A", NOW).story;
    engine_add_title(w->engine, BRIDGE, "b", "B", NOW);
    struct hl_headline headline = headline_of("Swimmer wins third medal");
    headline.id = text_of("b");
    struct hl_result r = engine_check(w->engine, &headline, NOW);
    assert_int_equal(r.verdict, HL_VERDICT_REVISED);
    assert_int_equal(r.story, story);
}

/* A full story takes no more: its sums would leave their types. */
static void test_full_story(void **state)
{
    struct world *w = *state;
    char source[24];
    uint64_t story = 0;
    struct hl_result r = {.seq = 0};
    for (unsigned i = 0; i < HL_STORY_HEADLINES_MAX; i++) {
        snprintf(source, sizeof source, "%u", i);
        r = engine_add_title(w->engine, BRIDGE, NULL, source, NOW);
        story = i == 0 ? r.story : story;
        assert_int_equal(r.story, story);
    }
    assert_int_equal(r.story_headlines, HL_STORY_HEADLINES_MAX);
    struct hl_collection *c;
    uint32_t index;
    assert_true(hl_story_locate(w->engine, story, &c, &index));
    struct hl_terms_scratch scratch;
    struct hl_terms terms = hl_story_terms(c, index, &scratch);
    for (uint32_t i = 0; i < terms.count; i++)
        assert_true(terms.weight[i] > 0 && terms.holders[i] == HL_STORY_HEADLINES_MAX);
    r = engine_add_title(w->engine, BRIDGE, "copy", "one more", NOW);
    assert_int_equal(r.verdict, HL_VERDICT_EXACT);
    assert_int_not_equal(r.story, story);
    r = engine_add_title(w->engine, REJECTED, "other", "one more", NOW);
    assert_int_not_equal(r.story, story);
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_threshold),     WITH_WORLD(test_cold_margin),  WITH_WORLD(test_rival),
        WITH_WORLD(test_exact_follows), WITH_WORLD(test_near_follows), WITH_WORLD(test_revision_stays),
        WITH_WORLD(test_full_story),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
