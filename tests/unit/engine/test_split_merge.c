/*
 * test_split_merge.c - stories that must become one, stories that must fall apart, whose id survives, and what is remembered of it.
 */
#include "engine/collection.h"
#include "engine/merge.h"
#include "engine/state.h"
#include "engine/story.h"
#include "support/engine_fixture.h"
#include "support/engine_invariants.h"
#include "support/news_stream.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NOW FIXTURE_NOW_MS
#define MINUTE INT64_C(60000)

enum { FILL = 60 };

struct world {
    hl_engine *engine;
    struct hl_collection *c;
};

/* In the middle of a stream, when words have found their weights. These alone count: of noise and bridges others tell. */
static int setup(void **state)
{
    static struct world w;
    w.engine = engine_create(NULL, 9);
    engine_fill(w.engine, FILL, NOW);
    w.c = hl_collection_find(w.engine, text_of(""));
    w.c->settings.merge_noise_weight = w.c->settings.bridge_weight = 0;
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

/* Adds a title that joins nothing, whatever there is. */
static uint64_t found(struct world *w, const char *title, int64_t now_ms)
{
    struct hl_settings settings = w->c->settings;
    w->c->settings.join_threshold = 2;
    w->c->settings.near_bits = 0;
    struct hl_result r = engine_add_title(w->engine, title, NULL, "Founder", now_ms);
    w->c->settings = settings;
    assert_int_equal(r.verdict, HL_VERDICT_NEW);
    return r.story;
}

/* A story of its own with @headlines copies of one title. */
static uint64_t found_copies(struct world *w, unsigned number, unsigned headlines)
{
    char title[64], source[24];
    uint64_t story = 0;
    snprintf(title, sizeof title, "plomfur%ux drabnik%uy trokand%uz", number, number, number);
    for (unsigned i = 0; i < headlines; i++) {
        snprintf(source, sizeof source, "Source %u", i);
        story = engine_add_title(w->engine, title, NULL, source, NOW).story;
    }
    return story;
}

static struct hl_story_view view_of(struct world *w, uint64_t story)
{
    struct hl_story_view view;
    if (hl_engine_story(w->engine, story, NOW, &view, NULL) != HL_OK)
        fail_msg("there is no story %d", (int)story);
    return view;
}

/* Merges two stories as merge.c would: the smaller into the larger. */
static void absorb(struct world *w, uint64_t one, uint64_t other)
{
    uint32_t a = story_index(w->engine, one), b = story_index(w->engine, other);
    bool a_larger = hl_story_at(w->c, a)->headlines >= hl_story_at(w->c, b)->headlines;
    assert_int_equal(hl_story_absorb(w->c, a_larger ? a : b, a_larger ? b : a), HL_OK);
}

/* ---- merging ---- */

static void test_fragments_merge(void **state)
{
    struct world *w = *state;
    uint64_t older = found(w, "Northgate council approves plan for harbour bridge", NOW);
    uint64_t younger = found(w, "Council approves harbour bridge plan in Northgate", NOW + MINUTE);
    struct hl_engine_stats before = engine_stats(w->engine, "");
    struct hl_result r =
        engine_add_title(w->engine, "Harbour bridge plan approved by Northgate council", "c", "C", NOW + 2 * MINUTE);
    struct hl_engine_stats after = engine_stats(w->engine, "");
    assert_int_equal(after.merges, before.merges + 1);
    assert_int_equal(after.stories, before.stories - 1);
    assert_int_equal(r.story, older);
    assert_int_equal(r.story_headlines, 3);
    struct hl_story_view view = view_of(w, younger);
    assert_int_equal(view.story, older);
    assert_int_equal(view.redirected_from, younger);
    assert_int_equal(view_of(w, older).redirected_from, 0);
    assert_int_equal(view.headlines, 3);

    struct hl_history history[4];
    size_t count;
    assert_int_equal(hl_engine_story_history(w->engine, younger, history, 4, &count, NULL), HL_OK);
    assert_int_equal(count, 1);
    assert_int_equal(history[0].kind, HL_HISTORY_ABSORBED);
    assert_int_equal(history[0].other_story, younger);
    assert_true(history[0].headlines >= 1 && history[0].headlines <= 2);
    assert_true(history[0].at_ms == NOW + 2 * MINUTE);
}

static void test_strangers_do_not_merge(void **state)
{
    struct world *w = *state;
    found(w, "Northgate council approves plan for harbour bridge", NOW);
    found(w, "Swimmer wins third medal in a week", NOW);
    engine_add_title(w->engine, "Harbour bridge plan approved by Northgate council", NULL, "C", NOW);
    engine_add_title(w->engine, "Swimmer wins third medal", NULL, "C", NOW);
    assert_int_equal(engine_stats(w->engine, "").merges, 0);
}

static void test_merging_can_be_switched_off(void **state)
{
    struct world *w = *state;
    w->c->settings.merge_candidates = 0;
    found(w, "Northgate council approves plan for harbour bridge", NOW);
    found(w, "Council approves harbour bridge plan in Northgate", NOW);
    engine_add_title(w->engine, "Harbour bridge plan approved by Northgate council", NULL, "C", NOW);
    assert_int_equal(engine_stats(w->engine, "").merges, 0);
}

/* Alike, but months apart: these are two events. */
static void test_decay_keeps_stories_apart(void **state)
{
    struct world *w = *state;
    int64_t later = NOW + 20 * 24 * 60 * MINUTE;
    uint64_t older = found(w, "Northgate council approves plan for harbour bridge", NOW);
    uint64_t younger = found(w, "Council approves harbour bridge plan in Northgate", later);
    struct hl_result r =
        engine_add_title(w->engine, "Harbour bridge plan approved by Northgate council", NULL, "C", later);
    assert_int_equal(r.story, younger);
    assert_int_equal(view_of(w, older).headlines, 1);
}

static void test_merge_candidates(void **state)
{
    struct world *w = *state;
    uint32_t story = story_index(w->engine, found(w, "Northgate council approves plan for harbour bridge", NOW));
    uint32_t alike = story_index(w->engine, found(w, "Northgate council approves plan for harbour tunnel", NOW));
    uint32_t same = story_index(w->engine, found(w, "Council approves plan for harbour bridge in Northgate", NOW));
    uint32_t strange = story_index(w->engine, found(w, "Swimmer wins third medal in a week", NOW));
    struct hl_candidates candidates = {.count = 4, .best = {{story, 1}, {strange, 1}, {alike, 1}, {same, 1}}};
    w->c->settings.merge_candidates = 1; /* the story itself does not count */
    assert_int_equal(hl_merge_after_join(w->c, story, &candidates), story);
    assert_int_equal(hl_story_at(w->c, story)->headlines, 1);
    w->c->settings.merge_candidates = 3; /* two fit: the fitter of them is chosen, not the first */
    uint64_t alike_id = hl_story_at(w->c, alike)->id, same_id = hl_story_at(w->c, same)->id;
    uint32_t into = hl_merge_after_join(w->c, story, &candidates);
    assert_int_equal(hl_story_at(w->c, into)->headlines, 2);
    assert_int_equal(view_of(w, same_id).headlines, 2);
    assert_int_equal(view_of(w, alike_id).headlines, 1);
}

/*
 * The older id survives, since more have heard of it; unless the younger story has at least twice the size and four headlines (how the engine
 * judges one of three is a matter of tuning).
 */
static void check_survivor(struct world *w, unsigned number, unsigned old_size, unsigned young_size)
{
    uint64_t older = found_copies(w, number, old_size), younger = found_copies(w, number + 1, young_size);
    assert_true(older < younger);
    absorb(w, older, younger);
    uint64_t survivor = view_of(w, older).story, absorbed = survivor == older ? younger : older;
    assert_true(survivor == older || survivor == younger);
    if (young_size >= 4 && young_size >= 2 * old_size)
        assert_int_equal(survivor, younger);
    else if (young_size < 3 || young_size < 2 * old_size)
        assert_int_equal(survivor, older);
    assert_int_equal(view_of(w, survivor).redirected_from, 0);
    assert_int_equal(view_of(w, absorbed).story, survivor);
    assert_int_equal(view_of(w, absorbed).redirected_from, absorbed);
    assert_int_equal(view_of(w, survivor).headlines, old_size + young_size);
    engine_check_invariants(w->engine, true, NULL);
}

static void test_surviving_id(void **state)
{
    unsigned number = 0;
    for (unsigned old_size = 1; old_size <= 4; old_size++)
        for (unsigned young_size = 1; young_size <= 9; young_size++, number += 2)
            check_survivor(*state, number, old_size, young_size);
}

/* The same whichever of the two the last headline has joined. */
static void test_surviving_id_either_way(void **state)
{
    struct world *w = *state;
    w->c->settings.merge_single = 0;
    for (unsigned way = 0; way < 2; way++) {
        uint64_t older = found_copies(w, 2 * way, 1), younger = found_copies(w, 2 * way + 1, 6);
        uint32_t small = story_index(w->engine, older), large = story_index(w->engine, younger);
        struct hl_candidates candidates = {.count = 1, .best = {{way == 0 ? small : large, 1}}};
        (void)hl_merge_after_join(w->c, way == 0 ? large : small, &candidates);
        assert_int_equal(view_of(w, older).story, younger);
        assert_int_equal(view_of(w, younger).headlines, 7);
    }
}

/* What was absorbed by an absorbed story leads to the last survivor, until that ends. */
static void test_redirects_chain(void **state)
{
    struct world *w = *state;
    enum { STORIES = 12 };
    uint64_t story[STORIES];
    for (unsigned i = 0; i < STORIES; i++)
        story[i] = found_copies(w, 100 + i, 1 + i % 3);
    for (unsigned i = STORIES - 1; i > 0; i--) {
        absorb(w, story[i - 1], story[i]);
        engine_check_invariants(w->engine, true, NULL);
    }
    for (unsigned i = 0; i < STORIES; i++) {
        struct hl_story_view view = view_of(w, story[i]);
        assert_int_equal(view.story, view_of(w, story[0]).story);
        assert_int_equal(view.redirected_from, view.story == story[i] ? 0 : story[i]);
    }
    struct hl_story_view view;
    (void)hl_engine_tick(w->engine, NOW + INT64_C(4000000000000), UINT32_MAX);
    for (unsigned i = 0; i < STORIES; i++)
        assert_int_equal(hl_engine_story(w->engine, story[i], NOW, &view, NULL), HL_NOT_FOUND);
    assert_int_equal(w->engine->redirects.live, 0);
}

/* Sightings, trend, span and members of both. */
static void test_sums_of_a_merge(void **state)
{
    struct world *w = *state;
    uint64_t one = found_copies(w, 1, 2), other = found_copies(w, 2, 3);
    engine_add_title(w->engine, "plomfur2x drabnik2y trokand2z", NULL, "Source 0", NOW);
    engine_add_title(w->engine, "plomfur1x drabnik1y trokand1z", NULL, "Source 0", NOW);
    struct hl_story_view a = view_of(w, one), b = view_of(w, other);
    absorb(w, one, other);
    struct hl_story_view both = view_of(w, one);
    assert_int_equal(both.headlines, 5);
    assert_int_equal(both.sightings, a.sightings + b.sightings);
    assert_true(fabs(both.trending - a.trending - b.trending) < 1e-9);
    assert_int_equal(both.first.seq, a.first.seq);
    assert_int_equal(both.sources, 3);
}

/* A story remembers its last 32 merges and splits. */
static void test_history_is_bounded(void **state)
{
    struct world *w = *state;
    enum { MERGES = 40 };
    struct hl_history history[64];
    size_t count;
    uint64_t large = found_copies(w, 0, 5), small[MERGES];
    for (unsigned i = 0; i < MERGES; i++) {
        small[i] = found_copies(w, 1 + i, 1);
        absorb(w, large, small[i]);
    }
    assert_int_equal(hl_engine_story_history(w->engine, large, history, 64, &count, NULL), HL_OK);
    assert_int_equal(count, HL_HISTORY_MAX);
    for (unsigned i = 0; i < HL_HISTORY_MAX; i++)
        assert_int_equal(history[i].other_story, small[MERGES - HL_HISTORY_MAX + i]);
    assert_int_equal(hl_engine_story_history(w->engine, large, history, 5, &count, NULL), HL_OK);
    assert_int_equal(count, 5);
    assert_int_equal(history[4].other_story, small[MERGES - 1]);
    assert_int_equal(history[0].other_story, small[MERGES - 5]);
    assert_int_equal(hl_engine_story_history(w->engine, large, history, 0, &count, NULL), HL_OK);
    assert_int_equal(count, 0);
}

/* What a merge needs rises with the size of the smaller story, up to a bound, and with the noise of the stream. */
static void test_need(void **state)
{
    struct world *w = *state;
    struct hl_settings *s = &w->c->settings;
    s->merge_noise_weight = 0.5;
    double noise = 0.5 * w->c->noise;
    assert_true(noise > 0);
    assert_true(fabs(hl_merge_need(w->c, 1) - s->merge_single - noise) < 1e-12);
    for (uint32_t headlines = 2; headlines < 200; headlines++) {
        double doublings = fmin(log2(headlines), 6);
        double need = s->merge_threshold + s->merge_growth * doublings + noise;
        assert_true(fabs(hl_merge_need(w->c, headlines) - need) < 1e-6);
        assert_true(headlines == 2 || hl_merge_need(w->c, headlines) >= hl_merge_need(w->c, headlines - 1));
    }
}

static void test_cosine(void **state)
{
    struct world *w = *state;
    uint32_t same[2], other;
    same[0] = story_index(w->engine, found(w, "Northgate council approves plan for harbour bridge", NOW));
    same[1] = story_index(w->engine, found_copies(w, 3, 4));
    other = story_index(w->engine, found(w, "Council approves harbour tunnel", NOW));
    for (int i = 0; i < 2; i++) {
        double self = hl_story_cosine(w->c, same[i], same[i]);
        assert_true(fabs(self - 1) < 1e-9);
    }
    double near = hl_story_cosine(w->c, same[0], other);
    assert_true(near > 0 && near < 1);
    assert_true(fabs(near - hl_story_cosine(w->c, other, same[0])) < 1e-12);
    double far = hl_story_cosine(w->c, same[0], same[1]);
    assert_true(far >= 0 && far <= 0);
}

/* ---- splitting ---- */

/* Headlines of two events that have one word in common, in turns, all forced into one story. */
static void add_two_events(struct world *w, unsigned first, unsigned second)
{
    static const char *const words[2][6] = {{"plomfur", "drabnik", "trokand", "zelmag", "harwin", "quilbeg"},
                                            {"oxlemar", "fentrip", "juvanol", "kesbrod", "wimtalu", "dargesh"}};
    char title[128], id[16];
    unsigned left[2] = {first, second};
    for (unsigned i = 0; left[0] + left[1] > 0; i++) {
        unsigned event = left[i % 2] > 0 ? i % 2 : 1 - i % 2;
        const char *const *word = words[event];
        left[event]--;
        title[0] = '\0';
        for (unsigned j = 0; j < 6; j++) {
            strcat(title, word[(i / 2 + j) % 6]);
            strcat(title, " ");
        }
        strcat(title, "Merrow");
        snprintf(id, sizeof id, "%c%u", "ab"[event], left[event]); /* its source too: no two are from the same one */
        engine_add_title(w->engine, title, id, id, NOW + (int64_t)i * MINUTE);
    }
}

static void force_joins(struct world *w)
{
    w->c->settings.join_threshold = 0;
    w->c->settings.cold_margin = 0;
    w->c->settings.rival_weight = 0;
    w->c->settings.shared_words = 1;
    w->c->settings.near_bits = 0;
}

struct split_seen {
    struct hl_event split;
    unsigned splits, moved;
};

static void observe(void *context, const struct hl_event *event)
{
    struct split_seen *seen = context;
    if (event->kind == HL_EVENT_STORY_SPLIT) {
        seen->split = *event;
        seen->splits++;
    }
    if (event->kind == HL_EVENT_HEADLINE_MOVED) {
        assert_int_equal(event->story, seen->split.story);
        assert_int_equal(event->other_story, seen->split.other_story);
        seen->moved++;
    }
}

static uint64_t story_of(struct world *w, char event, unsigned number)
{
    struct hl_headline_view view;
    char id[16];
    snprintf(id, sizeof id, "%c%u", event, number);
    assert_int_equal(hl_engine_get(w->engine, text_of(""), text_of(id), &view, NULL), HL_OK);
    return view.story;
}

static void check_split_history(struct world *w, const struct split_seen *seen)
{
    struct hl_history history[4];
    size_t count;
    assert_int_equal(hl_engine_story_history(w->engine, seen->split.story, history, 4, &count, NULL), HL_OK);
    assert_int_equal(count, 1);
    assert_int_equal(history[0].kind, HL_HISTORY_SPLIT_OFF);
    assert_int_equal(history[0].other_story, seen->split.other_story);
    assert_int_equal(history[0].headlines, seen->moved);
    assert_true(history[0].at_ms == seen->split.at_ms);
    assert_int_equal(hl_engine_story_history(w->engine, seen->split.other_story, history, 4, &count, NULL), HL_OK);
    assert_int_equal(count, 1);
    assert_int_equal(history[0].kind, HL_HISTORY_SPLIT_FROM);
    assert_int_equal(history[0].other_story, seen->split.story);
    assert_int_equal(history[0].headlines, seen->moved);
}

static void test_two_events_split(void **state)
{
    struct world *w = *state;
    struct split_seen seen = {.splits = 0};
    force_joins(w);
    w->c->settings.split_min = 8; /* so that all are there when it is tested */
    w->c->settings.merge_candidates = 0;
    hl_engine_observe(w->engine, observe, &seen);
    add_two_events(w, 5, 3);
    hl_engine_observe(w->engine, NULL, NULL);
    assert_int_equal(seen.splits, 1);
    assert_int_equal(seen.moved, 3); /* the smaller half leaves, under a new id */
    assert_int_equal(engine_stats(w->engine, "").splits, 1);
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(story_of(w, 'a', i), seen.split.story);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(story_of(w, 'b', i), seen.split.other_story);
    assert_true(seen.split.other_story > seen.split.story);
    assert_int_equal(view_of(w, seen.split.story).redirected_from, 0);
    check_split_history(w, &seen);
}

/* Tested as it grows, and never split: every headline says the same. */
static void test_one_event_stays_whole(void **state)
{
    struct world *w = *state;
    force_joins(w);
    add_two_events(w, 20, 0);
    struct hl_engine_stats stats = engine_stats(w->engine, "");
    assert_true(stats.split_tests > 0);
    assert_int_equal(stats.splits, 0);
    assert_int_equal(view_of(w, story_of(w, 'a', 0)).headlines, 20);
}

/* One headline that does not fit is no second event. */
static void test_no_half_of_one(void **state)
{
    struct world *w = *state;
    force_joins(w);
    w->c->settings.merge_candidates = 0;
    add_two_events(w, 15, 1);
    struct hl_engine_stats stats = engine_stats(w->engine, "");
    assert_true(stats.split_tests > 0);
    assert_int_equal(stats.splits, 0);
    assert_int_equal(story_of(w, 'b', 0), story_of(w, 'a', 0));
}

static void test_splitting_can_be_switched_off(void **state)
{
    struct world *w = *state;
    force_joins(w);
    w->c->settings.split_factor = 0;
    add_two_events(w, 10, 10);
    struct hl_engine_stats stats = engine_stats(w->engine, "");
    assert_int_equal(stats.splits, 0);
    assert_int_equal(stats.split_tests, 0);
}

/* Stories outside split_min and split_max are not tested. */
static void test_split_bounds(void **state)
{
    struct world *w = *state;
    force_joins(w);
    w->c->settings.split_min = 12;
    w->c->settings.merge_candidates = 0;
    add_two_events(w, 6, 5);
    assert_int_equal(engine_stats(w->engine, "").split_tests, 0);
    w->c->settings.split_max = 11;
    w->c->settings.split_min = 4;
    engine_add_title(w->engine, "Merrow plomfur drabnik trokand oxlemar", NULL, "Herald", NOW + 100 * MINUTE);
    assert_int_equal(engine_stats(w->engine, "").split_tests, 0);
}

/* The trend is shared out. */
static void test_trend_of_a_split(void **state)
{
    struct world *w = *state;
    struct split_seen seen = {.splits = 0};
    force_joins(w);
    w->c->settings.split_min = 8;
    w->c->settings.merge_candidates = 0;
    w->c->settings.trending_half_life_s = 31536000; /* next to no decay: an arrival counts one */
    hl_engine_observe(w->engine, observe, &seen);
    add_two_events(w, 5, 3);
    hl_engine_observe(w->engine, NULL, NULL);
    assert_int_equal(seen.splits, 1);
    assert_true(fabs(view_of(w, seen.split.story).trending - 5) < 0.01);
    assert_true(fabs(view_of(w, seen.split.other_story).trending - 3) < 0.01);
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_fragments_merge),
        WITH_WORLD(test_strangers_do_not_merge),
        WITH_WORLD(test_merging_can_be_switched_off),
        WITH_WORLD(test_decay_keeps_stories_apart),
        WITH_WORLD(test_merge_candidates),
        WITH_WORLD(test_surviving_id),
        WITH_WORLD(test_surviving_id_either_way),
        WITH_WORLD(test_redirects_chain),
        WITH_WORLD(test_sums_of_a_merge),
        WITH_WORLD(test_history_is_bounded),
        WITH_WORLD(test_need),
        WITH_WORLD(test_cosine),
        WITH_WORLD(test_two_events_split),
        WITH_WORLD(test_one_event_stays_whole),
        WITH_WORLD(test_no_half_of_one),
        WITH_WORLD(test_splitting_can_be_switched_off),
        WITH_WORLD(test_split_bounds),
        WITH_WORLD(test_trend_of_a_split),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
