/*
 * test_evaluate.c - clustering measures against cases worked out by hand and against a naive oracle over all pairs.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "cmd/evaluate.h"

#define CLOSE(actual, expected) assert_true(fabs((actual) - (expected)) < 1e-12)

static struct hl_evaluation evaluate(const uint64_t *gold, const uint64_t *found, size_t n)
{
    struct hl_evaluation out;
    assert_int_equal(hl_evaluate(gold, found, n, &out), HL_OK);
    return out;
}

static void equal_up_to_names_is_perfect(void **state)
{
    (void)state;
    const uint64_t gold[] = {7, 7, 9, 9, 9, 1}, found[] = {UINT64_MAX, UINT64_MAX, 0, 0, 0, 5};
    struct hl_evaluation e = evaluate(gold, found, 6);
    CLOSE(e.bcubed.f1, 1);
    CLOSE(e.pairwise.f1, 1);
    CLOSE(e.nmi, 1);
    assert_int_equal(e.gold_count, 3);
    assert_int_equal(e.found_count, 3);
}

/* gold {a b c} {d e}, found {a b} {c d e}. */
static void one_item_in_the_wrong_cluster(void **state)
{
    (void)state;
    const uint64_t gold[] = {1, 1, 1, 2, 2}, found[] = {1, 1, 2, 2, 2};
    struct hl_evaluation e = evaluate(gold, found, 5);
    CLOSE(e.bcubed.precision, (1 + 1 + 1.0 / 3 + 2.0 / 3 + 2.0 / 3) / 5);
    CLOSE(e.bcubed.recall, (2.0 / 3 + 2.0 / 3 + 1.0 / 3 + 1 + 1) / 5);
    CLOSE(e.bcubed.f1, 11.0 / 15);
    CLOSE(e.pairwise.precision, 2.0 / 4); /* ab, de of ab cd ce de */
    CLOSE(e.pairwise.recall, 2.0 / 4);    /* ab, de of ab ac bc de */
    double h = -(3.0 / 5 * log(3.0 / 5) + 2.0 / 5 * log(2.0 / 5));
    double i = 2.0 / 5 * log(2.0 * 5 / (3 * 2)) + 1.0 / 5 * log(1.0 * 5 / (3 * 3)) + 2.0 / 5 * log(2.0 * 5 / (2 * 3));
    CLOSE(e.nmi, 2 * i / (h + h));
}

static void everything_in_one_cluster(void **state)
{
    (void)state;
    const uint64_t gold[] = {1, 1, 2, 2}, found[] = {3, 3, 3, 3};
    struct hl_evaluation e = evaluate(gold, found, 4);
    CLOSE(e.bcubed.precision, 0.5);
    CLOSE(e.bcubed.recall, 1);
    CLOSE(e.bcubed.f1, 2.0 / 3);
    CLOSE(e.pairwise.precision, 2.0 / 6);
    CLOSE(e.pairwise.recall, 1);
    CLOSE(e.nmi, 0);
}

static void everything_alone(void **state)
{
    (void)state;
    const uint64_t gold[] = {1, 1, 2, 2}, found[] = {1, 2, 3, 4};
    struct hl_evaluation e = evaluate(gold, found, 4);
    CLOSE(e.bcubed.precision, 1);
    CLOSE(e.bcubed.recall, 0.5);
    CLOSE(e.pairwise.precision, 1); /* claimed no pair, so claimed none wrongly */
    CLOSE(e.pairwise.recall, 0);
    CLOSE(e.pairwise.f1, 0);
    CLOSE(e.nmi, 2 * log(2) / (log(2) + log(4)));
}

static void single_item_is_perfect(void **state)
{
    (void)state;
    const uint64_t gold[] = {4}, found[] = {5};
    struct hl_evaluation e = evaluate(gold, found, 1);
    CLOSE(e.bcubed.f1, 1);
    CLOSE(e.pairwise.f1, 1);
    CLOSE(e.nmi, 1);
}

static void no_items_is_an_error(void **state)
{
    (void)state;
    struct hl_evaluation e = {.nmi = 42};
    assert_int_equal(hl_evaluate(NULL, NULL, 0, &e), HL_INVALID);
    assert_true(e.nmi == 42);
}

/* ---- the oracle: straight from the definitions, O(n^2) ---------------------------------------------------------- */

static void oracle_bcubed(const uint64_t *gold, const uint64_t *found, size_t n, struct hl_scores *out)
{
    double precision = 0, recall = 0;
    for (size_t i = 0; i < n; i++) {
        double both = 0, in_gold = 0, in_found = 0;
        for (size_t j = 0; j < n; j++) {
            both += gold[i] == gold[j] && found[i] == found[j];
            in_gold += gold[i] == gold[j];
            in_found += found[i] == found[j];
        }
        precision += both / in_found;
        recall += both / in_gold;
    }
    out->precision = precision / (double)n;
    out->recall = recall / (double)n;
}

static void oracle_pairwise(const uint64_t *gold, const uint64_t *found, size_t n, struct hl_scores *out)
{
    double both = 0, in_gold = 0, in_found = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = i + 1; j < n; j++) {
            both += gold[i] == gold[j] && found[i] == found[j];
            in_gold += gold[i] == gold[j];
            in_found += found[i] == found[j];
        }
    }
    out->precision = in_found > 0 ? both / in_found : 1;
    out->recall = in_gold > 0 ? both / in_gold : 1;
}

/* Entropies as means over the items: H(X) = -1/n sum log p(x_i), and I = H(gold) + H(found) - H(gold, found). */
static double oracle_nmi(const uint64_t *gold, const uint64_t *found, size_t n)
{
    double h_gold = 0, h_found = 0, h_both = 0;
    for (size_t i = 0; i < n; i++) {
        double both = 0, in_gold = 0, in_found = 0;
        for (size_t j = 0; j < n; j++) {
            both += gold[i] == gold[j] && found[i] == found[j];
            in_gold += gold[i] == gold[j];
            in_found += found[i] == found[j];
        }
        h_gold -= log(in_gold / (double)n) / (double)n;
        h_found -= log(in_found / (double)n) / (double)n;
        h_both -= log(both / (double)n) / (double)n;
    }
    return h_gold + h_found > 0 ? 2 * (h_gold + h_found - h_both) / (h_gold + h_found) : 1;
}

static uint64_t next_random(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *seed >> 33;
}

static void compare_with_oracle(const uint64_t *gold, const uint64_t *found, size_t n)
{
    struct hl_evaluation e = evaluate(gold, found, n);
    struct hl_scores b, p;
    oracle_bcubed(gold, found, n, &b);
    oracle_pairwise(gold, found, n, &p);
    assert_true(fabs(e.bcubed.precision - b.precision) < 1e-9 && fabs(e.bcubed.recall - b.recall) < 1e-9);
    assert_true(fabs(e.pairwise.precision - p.precision) < 1e-9 && fabs(e.pairwise.recall - p.recall) < 1e-9);
    assert_true(fabs(e.nmi - oracle_nmi(gold, found, n)) < 1e-9);
}

static void random_clusterings_match_the_oracle(void **state)
{
    (void)state;
    enum { MAX = 300 };
    uint64_t gold[MAX], found[MAX], seed = 20260101;
    for (int round = 0; round < 200; round++) {
        size_t n = 1 + next_random(&seed) % MAX;
        uint64_t golds = 1 + next_random(&seed) % n, founds = 1 + next_random(&seed) % n;
        bool follow = round % 2; /* half of the rounds: found mostly follows gold */
        for (size_t i = 0; i < n; i++) {
            gold[i] = (next_random(&seed) % golds) << 40; /* labels that differ only in their high bits */
            found[i] = follow && next_random(&seed) % 4 ? gold[i] + 1 : next_random(&seed) % founds;
        }
        compare_with_oracle(gold, found, n);
    }
}

/* The same case as above in two parts: the companions of the other part count, its items do not. */
static void parts_are_means_over_their_items(void **state)
{
    (void)state;
    const uint64_t gold[] = {1, 1, 1, 2, 2}, found[] = {1, 1, 2, 2, 2};
    const size_t part[] = {0, 0, 0, 2, 2};
    struct hl_scores scores[3];
    assert_int_equal(hl_evaluate_parts(gold, found, part, 5, scores, 3), HL_OK);
    CLOSE(scores[0].precision, (1 + 1 + 1.0 / 3) / 3);
    CLOSE(scores[0].recall, (2.0 / 3 + 2.0 / 3 + 1.0 / 3) / 3);
    CLOSE(scores[1].f1, 1); /* nobody */
    CLOSE(scores[2].precision, 2.0 / 3);
    CLOSE(scores[2].recall, 1);
    CLOSE(scores[2].f1, 0.8);
    const size_t one[5] = {0};
    assert_int_equal(hl_evaluate_parts(gold, found, one, 5, scores, 1), HL_OK);
    CLOSE(scores[0].f1, evaluate(gold, found, 5).bcubed.f1);
    assert_int_equal(hl_evaluate_parts(gold, found, one, 0, scores, 1), HL_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_up_to_names_is_perfect),
        cmocka_unit_test(one_item_in_the_wrong_cluster),
        cmocka_unit_test(everything_in_one_cluster),
        cmocka_unit_test(everything_alone),
        cmocka_unit_test(single_item_is_perfect),
        cmocka_unit_test(no_items_is_an_error),
        cmocka_unit_test(random_clusterings_match_the_oracle),
        cmocka_unit_test(parts_are_means_over_their_items),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
