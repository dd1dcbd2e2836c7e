/*
 * test_series.c - what is told to be a series, what is not, and what follows from it.
 */
#include "engine/series.h"

#include "engine/collection.h"
#include "engine/merge.h"
#include "engine/story.h"
#include "support/engine_fixture.h"
#include "support/engine_invariants.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define NOW FIXTURE_NOW_MS

enum { FILL = 400, MEMBERS = 24 };

struct world {
    hl_engine *engine;
    struct hl_collection *c;
    uint64_t story;
};

static int setup(void **state)
{
    static struct world w;
    w.engine = engine_create(NULL, 9);
    engine_fill(w.engine, FILL, NOW);
    w.c = hl_collection_find(w.engine, text_of(""));
    *state = &w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    engine_check_invariants(w->engine, true, NULL);
    hl_engine_destroy(w->engine);
    return 0;
}

static bool is_series(const struct world *w)
{
    return hl_story_at(w->c, story_index(w->engine, w->story))->is_series;
}

/* A title with the frame "zorb quill" and four more words, which come again after every @period titles. */
static struct hl_result add_member(struct world *w, unsigned number, unsigned period)
{
    char title[128], source[24];
    unsigned k = number % period;
    snprintf(title, sizeof title, "zorb quill avo%ux bre%uy cli%uz dro%uw", k, k, k, k);
    snprintf(source, sizeof source, "Source %u", number);
    return engine_add_title(w->engine, title, NULL, source, NOW + number);
}

/* A story of @members such titles, however little they are alike. */
static void make_story(struct world *w, unsigned members, unsigned period)
{
    struct hl_settings *settings = &w->c->settings;
    double threshold = settings->join_threshold, factor = settings->split_factor;
    w->story = add_member(w, 0, period).story;
    settings->join_threshold = 0.01;
    settings->split_factor = 0;
    for (unsigned i = 1; i < members; i++)
        assert_int_equal(add_member(w, i, period).story, w->story);
    settings->join_threshold = threshold;
    settings->split_factor = factor;
}

static void test_frame_alone_is_a_series(void **state)
{
    struct world *w = *state;
    w->c->settings.series_min = MEMBERS;
    make_story(w, MEMBERS - 1, MEMBERS);
    assert_false(is_series(w)); /* too small to tell */
    w->c->settings.join_threshold = 0.01;
    assert_int_equal(add_member(w, MEMBERS - 1, MEMBERS).story, w->story);
    assert_true(is_series(w));
}

static void test_recurring_words_are_none(void **state)
{
    struct world *w = *state;
    w->c->settings.series_min = MEMBERS;
    make_story(w, MEMBERS, 6); /* each word comes four times, and nowhere else */
    assert_false(is_series(w));
}

static void test_little_to_compare_with(void **state)
{
    struct world *w = *state;
    w->c->settings.series_min = MEMBERS;
    w->c->settings.series_after = FILL + MEMBERS + 1;
    make_story(w, MEMBERS, MEMBERS);
    assert_false(is_series(w));
}

static void test_switched_off(void **state)
{
    struct world *w = *state;
    w->c->settings.series_min = MEMBERS;
    w->c->settings.series_share = 0;
    make_story(w, MEMBERS, MEMBERS);
    assert_false(is_series(w));
}

/* The frame brings no further title into the series, nor two such titles together; what is alike beside it does. */
static void test_series_ends(void **state)
{
    struct world *w = *state;
    w->c->settings.series_min = MEMBERS;
    make_story(w, MEMBERS, MEMBERS);
    struct hl_result one = add_member(w, 100, 1000), two = add_member(w, 101, 1000);
    assert_int_equal(one.verdict, HL_VERDICT_NEW);
    assert_int_equal(two.verdict, HL_VERDICT_NEW);
    struct hl_result like =
        engine_add_title(w->engine, "zorb quill avo100x bre100y cli100z eft", NULL, "Other", NOW + 102);
    assert_int_equal(like.story, one.story);
    assert_int_equal(hl_story_at(w->c, story_index(w->engine, w->story))->headlines, MEMBERS);
}

static void test_series_does_not_merge(void **state)
{
    struct world *w = *state;
    make_story(w, MEMBERS, MEMBERS);
    uint32_t story = story_index(w->engine, w->story);
    w->c->settings.join_threshold = 2;
    uint32_t other =
        story_index(w->engine, engine_add_title(w->engine, "zorb quill avo1x bre1y", NULL, "Other", NOW).story);
    struct hl_candidates candidates = {.count = 2, .best = {{story, 1}, {other, 1}}};
    w->c->settings.merge_single = 0.01;
    hl_story_at(w->c, story)->is_series = true;
    assert_int_equal(hl_merge_after_join(w->c, story, &candidates), story);
    assert_int_equal(hl_merge_after_join(w->c, other, &candidates), other);
    hl_story_at(w->c, story)->is_series = false;
    assert_int_equal(hl_merge_after_join(w->c, other, &candidates), story);
}

static void test_frame_counts_less(void **state)
{
    struct world *w = *state;
    struct hl_query query = {.count = 2, .weight = {1001, 1001}, .framed = {true, false}};
    assert_int_equal(hl_series_weight(w->c, &query, 0), 500);
    assert_int_equal(hl_series_weight(w->c, &query, 1), 1001);
    assert_true(hl_series_product(w->c, 100, 0) == 100);
    assert_true(hl_series_product(w->c, 100, 50) == 125);
    assert_true(hl_series_product(w->c, 100, 5000) == 100 + 100 * HL_FRAME_MOST);
    assert_true(hl_series_product(w->c, 0, 5000) == 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_frame_alone_is_a_series),
        TEST(test_recurring_words_are_none),
        TEST(test_little_to_compare_with),
        TEST(test_switched_off),
        TEST(test_series_ends),
        TEST(test_series_does_not_merge),
        TEST(test_frame_counts_less),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
