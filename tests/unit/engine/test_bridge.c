/*
 * test_bridge.c - who came second is remembered, and brings stories together that headlines keep fitting both.
 */
#include "engine/collection.h"
#include "engine/merge.h"
#include "engine/state.h"
#include "engine/store.h"
#include "engine/story.h"
#include "support/engine_fixture.h"
#include "support/engine_invariants.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NOW FIXTURE_NOW_MS

enum { LOOKS = 32 }; /* latest headlines of a story that are asked */

struct world {
    hl_engine *engine;
    struct hl_collection *c;
    struct hl_settings *settings;
};

/* Merges need 0.5, of which two stories without a word in common bring nothing; bridges may bring 1. */
static int setup(void **state)
{
    static struct world w;
    w.engine = engine_create(NULL, 9);
    engine_fill(w.engine, 60, NOW);
    w.c = hl_collection_find(w.engine, text_of(""));
    w.settings = &w.c->settings;
    w.settings->merge_single = w.settings->merge_threshold = 0.5;
    w.settings->merge_growth = w.settings->merge_noise_weight = w.settings->merge_core = 0;
    w.settings->bridge_weight = 1;
    w.settings->bridge_threshold = 0.25;
    *state = &w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    hl_engine_destroy(w->engine);
    return 0;
}

/* A story of @headlines copies, about nothing that any other is about. */
static uint32_t make_story(struct world *w, unsigned number, unsigned headlines)
{
    char title[64], id[24];
    uint64_t story = 0;
    snprintf(title, sizeof title, "plomfur%ux drabnik%uy trokand%uz", number, number, number);
    for (unsigned i = 0; i < headlines; i++) {
        snprintf(id, sizeof id, "%u-%u", number, i);
        story = engine_add_title(w->engine, title, id, NULL, NOW).story;
    }
    assert_int_equal(hl_story_at(w->c, story_index(w->engine, story))->headlines, headlines);
    return story_index(w->engine, story);
}

static struct hl_headline_record *headline(struct world *w, const char *id)
{
    uint32_t index = hl_store_find(w->c, text_of(id));
    assert_int_not_equal(index, HL_NONE);
    return hl_headline_at(w->c, index);
}

/* As if the story of @second had come second for @id, with this score. */
static void bridge(struct world *w, const char *id, const char *second, float score)
{
    struct hl_headline_record *h = headline(w, id);
    h->runner_up = hl_store_find(w->c, text_of(second));
    h->runner_up_seq = hl_headline_at(w->c, h->runner_up)->seq;
    h->runner_up_score = score;
}

/* Looks whether two stories merge now, as after a join of @a. */
static bool merge(struct world *w, uint32_t a, uint32_t b)
{
    uint32_t stories = w->c->stories.live;
    struct hl_candidates candidates = {.count = 1, .best = {{b, 0.1}}};
    (void)hl_merge_after_join(w->c, a, &candidates);
    return w->c->stories.live < stories;
}

/* Scores beyond the threshold add up, from both sides, and go by the headlines of the smaller story. */
static void test_they_add_up(void **state)
{
    struct world *w = *state;
    uint32_t a = make_story(w, 1, 2), b = make_story(w, 2, 3);
    assert_false(merge(w, a, b));
    bridge(w, "1-0", "2-0", 0.75F);
    bridge(w, "2-1", "1-1", 0.625F); /* (0.5 + 0.375) / 2 < 0.5 */
    assert_false(merge(w, a, b));
    bridge(w, "1-1", "2-0", 0.125F); /* not beyond it: counts for nothing, nor against */
    assert_false(merge(w, a, b));
    bridge(w, "2-2", "1-0", 0.375F);
    w->settings->bridge_weight = 0;
    assert_false(merge(w, a, b));
    w->settings->bridge_weight = 0.99;
    assert_false(merge(w, a, b));
    w->settings->bridge_weight = 1;
    assert_true(merge(w, a, b)); /* just so much */
}

/* However much there is of it, it is 1 at most. */
static void test_they_have_a_bound(void **state)
{
    struct world *w = *state;
    uint32_t a = make_story(w, 1, 4), b = make_story(w, 2, 1);
    char id[24];
    for (unsigned i = 0; i < 4; i++) {
        snprintf(id, sizeof id, "1-%u", i);
        bridge(w, id, "2-0", 1);
    }
    w->settings->merge_core = 0.25; /* common words could bring 0.1 */
    w->settings->merge_single = 1.05;
    assert_false(merge(w, a, b));
    w->settings->merge_single = 1;
    assert_true(merge(w, b, a));
}

/* A runner-up that has gone tells nothing, nor does the headline that took its place, although it stands in the same story. */
static void test_those_that_are_gone(void **state)
{
    struct world *w = *state;
    uint32_t a = make_story(w, 1, 1), b = make_story(w, 2, 2);
    bridge(w, "1-0", "2-0", 1);
    uint32_t place = headline(w, "1-0")->runner_up;
    assert_int_equal(hl_engine_remove(w->engine, text_of(""), text_of("2-0"), NOW, NULL), HL_OK);
    assert_false(merge(w, a, b));
    engine_add_title(w->engine, "plomfur2x drabnik2y trokand2z", "2-9", NULL, NOW);
    assert_int_equal(hl_store_find(w->c, text_of("2-9")), place);
    assert_int_equal(headline(w, "2-9")->story, b);
    assert_false(merge(w, a, b));
    bridge(w, "1-0", "2-9", 1);
    assert_true(merge(w, a, b));
}

/* Not even where memory was given back since. */
static void test_those_whose_place_is_gone(void **state)
{
    struct world *w = *state;
    enum { MANY = 2000 };
    uint32_t a = make_story(w, 1, 1), b = make_story(w, 2, 1);
    char title[64], id[24];
    for (unsigned i = 0; i <= MANY; i++) {
        snprintf(title, sizeof title, "zugmaier%ux ostrand%uy", i, i);
        snprintf(id, sizeof id, "many-%u", i);
        engine_add_title(w->engine, title, id, NULL, NOW);
    }
    bridge(w, "1-0", "many-2000", 1);
    for (unsigned i = 0; i <= MANY; i++) {
        snprintf(id, sizeof id, "many-%u", i);
        assert_int_equal(hl_engine_remove(w->engine, text_of(""), text_of(id), NOW, NULL), HL_OK);
    }
    assert_false(merge(w, a, b));
}

/* It is the story where the runner-up stands now that counts. */
static void test_those_that_moved(void **state)
{
    struct world *w = *state;
    uint32_t a = make_story(w, 1, 1), b = make_story(w, 2, 1), other = make_story(w, 3, 2);
    bridge(w, "1-0", "2-0", 1);
    assert_false(merge(w, a, other));
    assert_int_equal(hl_story_absorb(w->c, other, b), HL_OK);
    assert_true(merge(w, a, other));
}

/* Only the latest are asked, so that a large story costs no more. */
static void test_looks_are_bounded(void **state)
{
    struct world *w = *state;
    uint32_t a = make_story(w, 1, LOOKS + 8), b = make_story(w, 2, 1);
    char id[24];
    for (unsigned i = 0; i < 8; i++) {
        snprintf(id, sizeof id, "1-%u", i);
        bridge(w, id, "2-0", 1);
    }
    assert_false(merge(w, a, b));
    bridge(w, "1-8", "2-0", 1);
    assert_true(merge(w, a, b));
}

/* ---- in a stream ---- */

/* An add remembers the newest headline of the best story that it did not join, and what that scored. */
static void test_who_came_second(void **state)
{
    struct world *w = *state;
    static struct hl_explanation x;
    w->settings->merge_candidates = w->settings->near_bits = w->settings->rival_weight = 0;
    struct hl_result one = engine_add_title(w->engine, "Northgate council approves harbour bridge", "one", NULL, NOW);
    w->settings->join_threshold = 2;
    engine_add_title(w->engine, "Council of Northgate delays harbour ferry", "two", NULL, NOW);
    assert_int_equal(headline(w, "two")->runner_up, hl_store_find(w->c, text_of("one"))); /* refused is second, too */
    w->settings->join_threshold = 0.1;
    struct hl_headline third = headline_of("Harbour bridge approved by Northgate council");
    assert_int_equal(hl_engine_explain(w->engine, &third, NOW, &x, NULL), HL_OK);
    third.id = text_of("three");
    assert_int_equal(engine_add(w->engine, &third, NOW).story, one.story);
    const struct hl_headline_record *h = headline(w, "three");
    assert_int_equal(h->runner_up, hl_store_find(w->c, text_of("two")));
    assert_int_equal(h->runner_up_seq, headline(w, "two")->seq);
    assert_true(fabs((double)h->runner_up_score - x.join.second) < 1e-3 && x.join.second > 0.05);
    engine_add_title(w->engine, "Wholly unheard utterances", "four", NULL, NOW);
    assert_int_equal(headline(w, "four")->runner_up, HL_NONE);
}

/* Adds headlines that fit the two stories both; returns after how many they were one, or @most. */
static unsigned bridge_by_adding(struct world *w, unsigned most)
{
    static const char *const about[] = {
        "Northgate council harbour bridge approved", "Harbour bridge: Northgate council approves",
        "Residents of Elmwood fear toll increase", "Toll increase fear: Elmwood residents"};
    char title[128];
    w->settings->near_bits = w->settings->rival_weight = w->settings->noise_weight = w->settings->split_factor = 0;
    w->settings->stream_noise_weight = w->settings->story_noise_weight = w->settings->bridge_threshold = 0;
    w->settings->join_threshold = 0.1;
    w->settings->merge_single = w->settings->merge_threshold = 1.2; /* no words bring that */
    uint64_t bridge = engine_add_title(w->engine, about[0], NULL, NULL, NOW).story;
    uint64_t toll = engine_add_title(w->engine, about[2], NULL, NULL, NOW).story;
    assert_int_equal(engine_add_title(w->engine, about[1], NULL, NULL, NOW).story, bridge);
    assert_int_equal(engine_add_title(w->engine, about[3], NULL, NULL, NOW).story, toll);
    assert_int_not_equal(bridge, toll);
    for (unsigned i = 0; i < most; i++) {
        snprintf(title, sizeof title, "Northgate harbour bridge toll: Elmwood residents %uquimby", i);
        engine_add_title(w->engine, title, NULL, NULL, NOW);
        engine_check_invariants(w->engine, true, NULL);
        if (story_index(w->engine, bridge) == story_index(w->engine, toll))
            return i + 1;
    }
    return most;
}

static void test_headlines_that_fit_both(void **state)
{
    struct world *w = *state;
    w->settings->bridge_weight = 4;
    unsigned headlines = bridge_by_adding(w, 20);
    assert_true(headlines > 1 && headlines < 20);
}

static void test_switched_off(void **state)
{
    struct world *w = *state;
    w->settings->bridge_weight = 0;
    assert_int_equal(bridge_by_adding(w, 20), 20);
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_they_add_up),         WITH_WORLD(test_they_have_a_bound),
        WITH_WORLD(test_those_that_are_gone), WITH_WORLD(test_those_whose_place_is_gone),
        WITH_WORLD(test_those_that_moved),    WITH_WORLD(test_looks_are_bounded),
        WITH_WORLD(test_who_came_second),     WITH_WORLD(test_headlines_that_fit_both),
        WITH_WORLD(test_switched_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
