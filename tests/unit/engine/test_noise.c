/*
 * test_noise.c - what headlines, stories and streams are taken to score by chance, and what that makes of decisions.
 */
#include "engine/noise.h"

#include "engine/collection.h"
#include "engine/state.h"
#include "engine/store.h"
#include "engine/story.h"
#include "support/engine_fixture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NOW FIXTURE_NOW_MS
#define TITLE "Storm Quentin floods cut power near harbour"

enum { STORIES = 8 };

/* After a stream of titles without anything in common, stories that are much alike: TITLE and a word of their own. */
struct world {
    hl_engine *engine;
    struct hl_collection *c;
    struct hl_settings *settings;
    uint32_t story[STORIES];
};

/* Noise is learnt but does not count until a test says so. */
static int setup(void **state)
{
    static struct world w;
    char title[96];
    w.engine = engine_create(NULL, 5);
    engine_fill(w.engine, 60, NOW);
    w.c = hl_collection_find(w.engine, text_of(""));
    w.settings = &w.c->settings;
    w.settings->noise_weight = w.settings->stream_noise_weight = w.settings->story_noise_weight = 0;
    w.settings->rival_weight = w.settings->near_bits = w.settings->merge_candidates = 0;
    w.settings->candidates = 6;
    w.settings->join_threshold = 2;
    for (unsigned i = 0; i < STORIES; i++) {
        snprintf(title, sizeof title, "%s plomfur%ux", TITLE, i);
        w.story[i] = story_index(w.engine, engine_add_title(w.engine, title, NULL, NULL, NOW).story);
    }
    w.settings->join_threshold = 0.1;
    *state = &w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    hl_engine_destroy(w->engine);
    return 0;
}

static bool is_close(double a, double b)
{
    return fabs(a - b) < 1e-12;
}

static void explain(struct world *w, const char *title, struct hl_explanation *out)
{
    struct hl_headline headline = headline_of(title);
    assert_int_equal(hl_engine_explain(w->engine, &headline, NOW, out, NULL), HL_OK);
}

static enum hl_verdict ask(struct world *w, const char *title)
{
    struct hl_headline headline = headline_of(title);
    return engine_check(w->engine, &headline, NOW).verdict;
}

/* ---- the means ---- */

/* The first two candidates are no chance; what is not there scored nothing. */
static void test_of_a_headline(void **state)
{
    (void)state;
    struct hl_candidates candidates = {.count = 0};
    static const double score[] = {0.9, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05, 0.05};
    static const double noise[] = {0, 0, 0, 0.1, 0.175, 0.225, 0.25, 0.25, 0.25};
    for (uint32_t i = 0; i < 8; i++)
        candidates.best[i] = (struct hl_candidate){i, score[i]};
    for (uint32_t count = 0; count <= 8; count++) {
        candidates.count = count;
        assert_true(is_close(hl_noise_of_headline(&candidates), noise[count]));
    }
}

/* Little is believed of a story that few headlines have told of. */
static void test_of_a_story(void **state)
{
    (void)state;
    struct hl_story_record story = {.noise = 0.2};
    double last = 0;
    assert_true(is_close(hl_noise_of_story(&story), 0));
    for (unsigned count = 1; count <= 255; count++) {
        story.noise_count = (uint8_t)count;
        double noise = hl_noise_of_story(&story);
        assert_true(noise > last && noise < 0.2);
        last = noise;
    }
    assert_true(last > 0.19);
}

/* Those that were left learn what they scored: plain means at first, then such that forget. */
static void test_learning(void **state)
{
    struct world *w = *state;
    uint32_t joined = w->story[0], left = w->story[1];
    struct hl_candidates candidates = {.count = 2, .best = {{joined, 0.6}, {left, 0}}};
    struct hl_story_record *s = hl_story_at(w->c, left);
    double sum = 0, before = hl_story_at(w->c, joined)->noise;
    s->noise = 0;
    s->noise_count = 0;
    for (unsigned i = 1; i <= 20; i++) {
        candidates.best[1].score = 0.01 * i;
        sum += candidates.best[1].score;
        hl_noise_learn(w->c, &candidates, joined);
        assert_true(is_close(s->noise, sum / i));
        assert_int_equal(s->noise_count, i);
    }
    candidates.best[1].score = 0.5;
    for (unsigned i = 0; i < 400; i++)
        hl_noise_learn(w->c, &candidates, joined);
    assert_true(s->noise > 0.49 && s->noise <= 0.5);
    assert_int_equal(s->noise_count, 255);
    assert_true(is_close(hl_story_at(w->c, joined)->noise, before));
}

/* A new stream is taken to be like others; then it is what its headlines are. */
static void test_of_a_stream(void **state)
{
    struct world *w = *state;
    struct hl_candidates none = {.count = 0}, noisy = {.count = 6};
    for (uint32_t i = 0; i < 6; i++)
        noisy.best[i] = (struct hl_candidate){w->story[i], 0.3};
    hl_engine *fresh = engine_create(NULL, 0);
    engine_fill(fresh, 1, NOW);
    double first = hl_collection_find(fresh, text_of(""))->noise;
    assert_true(first < HL_NOISE_USUAL && first > 0.9 * HL_NOISE_USUAL);
    hl_engine_destroy(fresh);
    double last = w->c->noise;
    w->c->length_count = 1000000; /* an old stream learns as quickly as any */
    for (unsigned i = 0; i < 3000; i++) {
        hl_noise_learn(w->c, &noisy, w->story[0]);
        assert_true(w->c->noise > last && w->c->noise < 0.3);
        last = w->c->noise;
    }
    assert_true(last > 0.29);
    for (unsigned i = 0; i < 10000; i++)
        hl_noise_learn(w->c, &none, HL_NONE);
    assert_true(w->c->noise >= 0 && w->c->noise < 1e-6);
}

/* ---- what an add makes of them ---- */

/* The story that is joined learns nothing, every other candidate its score, the stream what came after the second. */
static void test_an_add_is_learnt(void **state)
{
    struct world *w = *state;
    static struct hl_explanation x;
    double before[STORIES], stream = w->c->noise;
    uint8_t count[STORIES];
    const char *title = TITLE " plomfur3x";
    explain(w, title, &x);
    for (unsigned i = 0; i < STORIES; i++) {
        before[i] = hl_story_at(w->c, w->story[i])->noise;
        count[i] = hl_story_at(w->c, w->story[i])->noise_count;
    }
    uint64_t headlines = w->c->length_count;
    struct hl_result r = engine_add_title(w->engine, title, "new", "Other", NOW);
    unsigned left = 0;
    for (unsigned i = 0; i < STORIES; i++) {
        const struct hl_story_record *s = hl_story_at(w->c, w->story[i]);
        const struct hl_explained_story *told = NULL;
        for (uint32_t j = 0; j < x.story_count; j++)
            if (x.stories[j].story == s->id)
                told = &x.stories[j];
        double expected = before[i];
        if (told && s->id != r.story)
            expected += (told->factors.score - before[i]) / (1 + fmin(count[i], 20));
        left += told && s->id != r.story;
        assert_true(fabs(s->noise - expected) < 1e-3); /* the title was weighed as one more of the stream */
        assert_int_equal(s->noise_count, count[i] + (told && s->id != r.story));
    }
    assert_int_equal(left, 5);
    assert_true(x.join.noise > 0.1);
    double moved = stream + (x.join.noise - stream) / (double)(1 + 50 + headlines);
    assert_true(fabs(w->c->noise - moved) < 1e-4);
}

static void test_questions_teach_nothing(void **state)
{
    struct world *w = *state;
    static struct hl_explanation x;
    struct frozen frozen = {0};
    frozen_take(&frozen, w->engine);
    for (int i = 0; i < 3; i++) {
        (void)ask(w, TITLE " plomfur3x");
        explain(w, TITLE, &x);
        assert_true(x.join.noise > 0);
    }
    assert_true(frozen_is(&frozen, w->engine));
    frozen_clear(&frozen);
}

/* Nothing of it is left out of the state that engines are compared by. */
static void test_is_part_of_the_state(void **state)
{
    struct world *w = *state;
    struct frozen frozen = {0};
    struct hl_story_record *s = hl_story_at(w->c, w->story[0]);
    engine_add_title(w->engine, TITLE " again", "new", NULL, NOW);
    struct hl_headline_record *h = hl_headline_at(w->c, hl_store_find(w->c, text_of("new")));
    assert_true(h->runner_up != HL_NONE && s->noise > 0);
    frozen_take(&frozen, w->engine);
    w->c->noise *= 2;
    assert_false(frozen_is(&frozen, w->engine));
    w->c->noise /= 2;
    s->noise *= 2;
    assert_false(frozen_is(&frozen, w->engine));
    s->noise /= 2;
    s->noise_count++;
    assert_false(frozen_is(&frozen, w->engine));
    s->noise_count--;
    h->runner_up++;
    assert_false(frozen_is(&frozen, w->engine));
    h->runner_up--;
    h->runner_up_seq++;
    assert_false(frozen_is(&frozen, w->engine));
    h->runner_up_seq--;
    h->runner_up_score *= 2;
    assert_false(frozen_is(&frozen, w->engine));
    h->runner_up_score /= 2;
    assert_true(frozen_is(&frozen, w->engine));
    frozen_clear(&frozen);
}

/* ---- what they make of decisions ---- */

/* A headline that scores with everything needs a better best score. */
static void test_a_noisy_headline(void **state)
{
    struct world *w = *state;
    static struct hl_explanation x;
    explain(w, TITLE, &x);
    assert_int_equal(x.verdict, HL_VERDICT_RELATED);
    double spare = (x.join.margin - x.join.threshold) / x.join.noise;
    assert_true(spare > 0 && spare < 3);
    w->settings->noise_weight = spare * 0.99;
    assert_int_equal(ask(w, TITLE), HL_VERDICT_RELATED);
    w->settings->noise_weight = spare * 1.01;
    assert_int_equal(ask(w, TITLE), HL_VERDICT_NEW);
}

/* Where all headlines score with each other, more is asked of the next one, whatever it is about. */
static void test_a_noisy_stream(void **state)
{
    struct world *w = *state;
    static struct hl_explanation x;
    const char *title = "Swimmer Lena Marsh wins third medal";
    char noisy[96];
    engine_add_title(w->engine, "Third medal for swimmer Lena Marsh in final", NULL, NULL, NOW);
    w->settings->stream_noise_weight = 0.5;
    explain(w, title, &x);
    double calm = x.join.noise_margin;
    assert_true(is_close(calm, 0.5 * w->c->noise));
    w->settings->join_threshold = 2;
    for (unsigned i = 0; i < 60; i++) {
        snprintf(noisy, sizeof noisy, "%s quimby%ux", TITLE, i);
        engine_add_title(w->engine, noisy, NULL, NULL, NOW);
    }
    w->settings->join_threshold = 0.1;
    explain(w, title, &x);
    assert_true(x.join.noise_margin > 1.5 * calm);
    assert_true(is_close(x.join.threshold, 0.1 + x.join.cold_margin + x.join.noise_margin));
    assert_int_equal(x.verdict, HL_VERDICT_RELATED);
    w->settings->join_threshold = x.join.margin - x.join.cold_margin - (calm + x.join.noise_margin) / 2;
    assert_int_equal(ask(w, title), HL_VERDICT_NEW); /* which the calm stream would have let in */
    w->settings->stream_noise_weight = 0;
    assert_int_equal(ask(w, title), HL_VERDICT_RELATED);
}

/* Of two stories that are as like a headline, the one that is like everything loses. */
static void test_a_noisy_story(void **state)
{
    struct world *w = *state;
    static struct hl_explanation x;
    explain(w, TITLE, &x);
    struct hl_story_record *best = hl_story_at(w->c, story_index(w->engine, x.story));
    assert_true(x.stories[0].factors.score > 0.15 && x.stories[1].factors.score > 0.15);
    for (unsigned i = 0; i < STORIES; i++)
        hl_story_at(w->c, w->story[i])->noise = 0;
    best->noise = 0.3;
    best->noise_count = 20;
    explain(w, TITLE, &x);
    assert_int_equal(x.story, best->id);
    assert_true(is_close(x.stories[0].factors.noise, hl_noise_of_story(best)));
    w->settings->story_noise_weight = 0.5;
    explain(w, TITLE, &x);
    assert_int_not_equal(x.story, best->id);
    for (uint32_t i = 0; i < x.story_count; i++) {
        const struct hl_factors *f = &x.stories[i].factors;
        assert_true(is_close(f->score, fmax(f->likeness * f->decay - 0.5 * f->noise, 0)));
    }
    w->settings->story_noise_weight = 4;
    explain(w, TITLE, &x);
    for (uint32_t i = 0; i < x.story_count; i++)
        assert_true(x.stories[i].factors.score >= 0);
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_of_a_headline),
        cmocka_unit_test(test_of_a_story),
        WITH_WORLD(test_learning),
        WITH_WORLD(test_of_a_stream),
        WITH_WORLD(test_an_add_is_learnt),
        WITH_WORLD(test_questions_teach_nothing),
        WITH_WORLD(test_is_part_of_the_state),
        WITH_WORLD(test_a_noisy_headline),
        WITH_WORLD(test_a_noisy_stream),
        WITH_WORLD(test_a_noisy_story),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
