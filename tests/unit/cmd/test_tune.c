/*
 * test_tune.c - the search for better settings on scores that are made up: it finds what helps everywhere, and recommends nothing else.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/tune.h"

enum { PIECES_MAX = 8 };

struct world {
    double (*score)(const struct hl_settings *settings, size_t piece);
    uint64_t runs, runs_max; /* runs_max 0: no limit */
    uint64_t fails_at;       /* the run that fails; 0: none */
};

static enum hl_status score(void *context, const struct hl_settings *settings, size_t piece, double *scores,
                            struct hl_error *error)
{
    struct world *world = context;
    size_t count;
    const struct hl_setting_info *infos = hl_settings_info(&count);
    struct hl_settings checked;
    for (size_t row = 0; row < count; row++)
        assert_int_equal(hl_settings_set(&checked, infos[row].name, hl_settings_value(settings, row), error), HL_OK);
    if (++world->runs == world->fails_at)
        return hl_error_set(error, HL_IO, NULL, "told to fail");
    scores[piece] = world->score(settings, piece);
    assert_true(scores[piece] >= 0 && scores[piece] <= 1);
    return HL_OK;
}

static double spent(void *context)
{
    const struct world *world = context;
    return world->runs_max ? (double)world->runs / (double)world->runs_max : 0;
}

static struct tune_problem problem_of(struct world *world, size_t pieces)
{
    static const size_t fold[PIECES_MAX] = {0, 1, 2, 3, 4, 5, 6, 7};
    return (struct tune_problem){.pieces = pieces,
                                 .fold = fold,
                                 .folds = pieces,
                                 .seed = 1,
                                 .start = hl_settings_default(),
                                 .context = world,
                                 .score = score,
                                 .spent = spent};
}

static struct tune_outcome tuned(const struct tune_problem *problem)
{
    struct tune_outcome outcome;
    assert_int_equal(tune(problem, &outcome, NULL), HL_OK);
    return outcome;
}

/* 1 at @best, less by the square of the distance in units of @width. */
static double hill(double value, double best, double width)
{
    double far = (value - best) / width;
    return far * far < 1 ? 0.2 * (1 - far * far) : 0;
}

static double helps_everywhere(const struct hl_settings *s, size_t piece)
{
    return 0.3 + 0.01 * (double)piece + hill(s->join_threshold, 0.25, 0.3) +
           hill(log(s->decay_half_life_s), log(200000), 3);
}

static void test_what_helps_everywhere_is_found(void **state)
{
    (void)state;
    struct world world = {.score = helps_everywhere};
    const struct tune_problem problem = problem_of(&world, 5);
    struct tune_outcome outcome = tuned(&problem);
    assert_true(fabs(outcome.best.join_threshold - 0.25) < 0.05);
    assert_true(fabs(log(outcome.best.decay_half_life_s / 200000)) < 0.4);
    assert_true(outcome.gains && !outcome.cut_short);
    assert_true(outcome.gain > 0.02 && outcome.gain > outcome.noise);
    struct hl_settings others = outcome.best, defaults = hl_settings_default();
    others.join_threshold = defaults.join_threshold;
    others.decay_half_life_s = defaults.decay_half_life_s;
    assert_memory_equal(&others, &defaults, sizeof others);
    double gain = 0;
    for (size_t i = 0; i < 5; i++) {
        assert_true(outcome.pieces[i].after > outcome.pieces[i].before);
        gain += (outcome.pieces[i].held_out - outcome.pieces[i].before) / 5;
    }
    assert_true(fabs(gain - outcome.gain) < 1e-12);
    tune_clear(&outcome);
}

static uint64_t landscape; /* which of many that chance() could be */

/* Each piece goes up and down with every setting in a way of its own: there is much to learn by heart, and nothing to learn. */
static double chance(const struct hl_settings *s, size_t piece)
{
    uint64_t hash = 14695981039346656037U + piece + 1000 * landscape;
    const unsigned char *bytes = (const unsigned char *)s;
    for (size_t i = 0; i < sizeof *s; i++)
        hash = (hash ^ bytes[i]) * 1099511628211U;
    hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9U;
    return 0.6 + 0.05 * (double)(hash >> 40) / (double)(1 << 24);
}

/* Piece 0 loves what all others, which differ among themselves, do not. */
static double one_alone(const struct hl_settings *s, size_t piece)
{
    return 0.5 + (piece == 0 ? 2 : -0.5) * 0.1 * (s->char_weight - 0.25);
}

static double flat(const struct hl_settings *s, size_t piece)
{
    (void)s;
    return 0.5 + 0.01 * (double)piece;
}

/* In how many of @seeds searches by @piece_score a change is recommended. */
static unsigned recommended(double (*piece_score)(const struct hl_settings *, size_t), uint64_t seeds)
{
    unsigned count = 0;
    for (uint64_t seed = 0; seed < seeds; seed++) {
        struct world world = {.score = piece_score};
        struct tune_problem problem = problem_of(&world, 6);
        problem.seed = landscape = seed;
        struct tune_outcome outcome = tuned(&problem);
        count += outcome.gains;
        tune_clear(&outcome);
    }
    return count;
}

/* Chance alone passes a bar of one standard error now and then; a bar that learning by heart could pass would be passed nearly always. */
static void test_nothing_is_recommended_without_a_gain(void **state)
{
    (void)state;
    assert_int_equal(recommended(flat, 5), 0);
    assert_int_equal(recommended(one_alone, 5), 0);
    assert_true(recommended(chance, 40) <= 14);
}

/* What the pieces of a fold gain is told with settings that their fold had no part in. */
static void test_held_out_is_held_out(void **state)
{
    (void)state;
    static const size_t fold[4] = {0, 1, 0, 1};
    struct world world = {.score = one_alone};
    struct tune_problem problem = problem_of(&world, 4);
    problem.fold = fold;
    problem.folds = 2;
    struct tune_outcome outcome = tuned(&problem);
    /* Fold 1 alone wants a lower char_weight, fold 0 a higher one: each gets what the other wants. */
    assert_true(outcome.pieces[0].held_out < outcome.pieces[0].before);
    tune_clear(&outcome);
}

static void test_same_again(void **state)
{
    (void)state;
    struct world worlds[2] = {{.score = helps_everywhere, .runs_max = 120},
                              {.score = helps_everywhere, .runs_max = 120}};
    struct tune_outcome outcomes[2];
    for (int i = 0; i < 2; i++) {
        const struct tune_problem problem = problem_of(&worlds[i], 4);
        outcomes[i] = tuned(&problem);
    }
    assert_memory_equal(&outcomes[0].best, &outcomes[1].best, sizeof outcomes[0].best);
    assert_memory_equal(outcomes[0].pieces, outcomes[1].pieces, 4 * sizeof *outcomes[0].pieces);
    assert_int_equal(worlds[0].runs, worlds[1].runs);
    tune_clear(&outcomes[0]);
    tune_clear(&outcomes[1]);
}

/* At most one trial of every search goes over its share. */
static void test_budget(void **state)
{
    (void)state;
    for (uint64_t runs = 1; runs < 400; runs = runs * 3 + 1) {
        struct world world = {.score = helps_everywhere, .runs_max = runs};
        const struct tune_problem problem = problem_of(&world, 4);
        struct tune_outcome outcome = tuned(&problem);
        assert_true(world.runs <= runs + UINT64_C(2) * 4 * 5);
        assert_true(outcome.cut_short);
        tune_clear(&outcome);
    }
}

static void test_a_failing_score_ends_it(void **state)
{
    (void)state;
    for (uint64_t at = 1; at < 200; at += 7) {
        struct world world = {.score = helps_everywhere, .fails_at = at};
        const struct tune_problem problem = problem_of(&world, 4);
        struct tune_outcome outcome = {.gain = 42};
        struct hl_error error;
        assert_int_equal(tune(&problem, &outcome, &error), HL_IO);
        assert_string_equal(error.message, "told to fail");
        assert_int_equal(world.runs, at);
        assert_null(outcome.pieces);
    }
}

/* Every row of the table is a setting that can go both ways from its default. */
static void test_table(void **state)
{
    (void)state;
    size_t count, rows;
    const struct tune_step *steps = tune_steps(&count);
    const struct hl_setting_info *infos = hl_settings_info(&rows);
    assert_true(count > 5 && count <= rows);
    for (size_t i = 0; i < count; i++) {
        size_t row = 0;
        while (row < rows && strcmp(infos[row].name, steps[i].name) != 0)
            row++;
        assert_true(row < rows);
        assert_true(steps[i].factor ? steps[i].step > 1 : steps[i].step > 0);
        assert_true(!infos[row].whole || floor(steps[i].step) >= steps[i].step);
        assert_true(infos[row].default_value > infos[row].min_value && infos[row].default_value < infos[row].max_value);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(steps[i].name, steps[j].name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_helps_everywhere_is_found),
        cmocka_unit_test(test_nothing_is_recommended_without_a_gain),
        cmocka_unit_test(test_held_out_is_held_out),
        cmocka_unit_test(test_same_again),
        cmocka_unit_test(test_budget),
        cmocka_unit_test(test_a_failing_score_ends_it),
        cmocka_unit_test(test_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
