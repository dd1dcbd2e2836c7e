/*
 * test_duplicate.c - the search for near duplicates. The rules of the check it applies: test_facts.c; lists of real pairs and traps:
 * test_near_traps.c.
 */
#include "engine/collection.h"
#include "engine/duplicate.h"
#include "engine/state.h"
#include "support/engine_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define NOW FIXTURE_NOW_MS

#define BRIDGE "City council approves plan for new harbour bridge in Northgate"

static struct hl_result ask(hl_engine *engine, const char *title)
{
    struct hl_headline headline = headline_of(title);
    headline.source = text_of("Asker");
    return engine_check(engine, &headline, NOW);
}

static void test_near_bits(void **state)
{
    (void)state;
    hl_engine *engine = engine_create(NULL, 0);
    engine_fill(engine, 40, NOW);
    engine_add_title(engine, BRIDGE, "a", "Herald", NOW);
    const char *variant = "City council approves plan for new harbor bridge in Northgate";
    struct hl_result r = ask(engine, variant);
    assert_int_equal(r.verdict, HL_VERDICT_NEAR);
    struct hl_collection *c = hl_collection_find(engine, text_of(""));
    c->settings.near_bits = r.distance_bits;
    assert_int_equal(ask(engine, variant).verdict, HL_VERDICT_NEAR);
    c->settings.near_bits = r.distance_bits - 1;
    assert_int_equal(ask(engine, variant).verdict, HL_VERDICT_RELATED);
    assert_int_equal(ask(engine, variant).distance_bits, r.distance_bits);
    hl_engine_destroy(engine);
}

/* The closest of several near duplicates is the one that is named. */
static void test_closest(void **state)
{
    (void)state;
    hl_engine *engine = engine_create(NULL, 0);
    engine_fill(engine, 40, NOW);
    engine_add_title(engine, "Video: City council approves plan for new harbour bridge in Northgate", "far", "A", NOW);
    engine_add_title(engine, "City council approves plan for new harbor bridge in Northgate", "close", "B", NOW);
    struct hl_result r = ask(engine, BRIDGE);
    assert_int_equal(r.verdict, HL_VERDICT_NEAR);
    assert_true(text_is(r.duplicate_of, "close"));
    hl_engine_destroy(engine);
}

/* The same words behind different tails are different news, as far as anybody knows. */
static void test_tails_tell_apart(void **state)
{
    (void)state;
    hl_engine *engine = engine_create(NULL, 0);
    engine_fill(engine, 40, NOW);
    engine_add_title(engine, BRIDGE " - Day One", "a", "A", NOW);
    assert_int_equal(ask(engine, BRIDGE " - Day Two").verdict, HL_VERDICT_RELATED);
    assert_int_not_equal(ask(engine, BRIDGE).verdict, HL_VERDICT_RELATED);
    hl_engine_destroy(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_near_bits),
        cmocka_unit_test(test_closest),
        cmocka_unit_test(test_tails_tell_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
