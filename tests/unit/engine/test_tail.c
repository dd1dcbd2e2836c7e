/*
 * test_tail.c - which tails are cut, which are learnt, and that what was learnt stays bounded.
 */
#include "engine/collection.h"
#include "engine/state.h"
#include "engine/tail.h"
#include "support/engine_fixture.h"
#include "support/failing_allocator.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define TITLE "Mayor opens bridge" /* too short for its tail to be cut on its looks */
#define LONG_TITLE "Mayor opens the new harbour bridge in a long ceremony"

struct world {
    struct failing_allocator fa;
    hl_engine *engine;
    struct hl_collection *c;
};

static int setup(void **state)
{
    static struct world w;
    failing_allocator_init(&w.fa);
    w.engine = engine_create(&w.fa.allocator, 3);
    assert_int_equal(hl_collection_create(w.engine, text_of("x"), &w.c, NULL), HL_OK);
    *state = &w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    hl_engine_destroy(w->engine);
    assert_true(failing_allocator_is_clean(&w->fa));
    return 0;
}

/* Fails unless @title comes out as @expected, with @guessed cut on its looks. */
static void assert_cut(const struct world *w, const char *title, const char *source, const char *expected,
                       const char *guessed)
{
    struct hl_tail_cut cut = hl_tail_find(w != NULL ? w->c : NULL, text_of(title), text_of(source));
    if (cut.length != strlen(expected) || !text_is(cut.guessed, guessed))
        fail_msg("\"%s\" became \"%.*s\" with \"%.*s\" guessed", title, (int)cut.length, title, (int)cut.guessed.length,
                 cut.guessed.data);
}

/* The stream shows @tail behind @titles different titles. */
static void learn(struct world *w, const char *tail, unsigned titles)
{
    char title[128];
    for (unsigned i = 0; i < titles; i++) {
        snprintf(title, sizeof title, "Something else happened %u%s", i, tail);
        hl_tail_learn(w->c, text_of(title));
    }
}

/* ---- cutting ---- */

static void test_own_source(void **state)
{
    assert_cut(*state, TITLE " - Example Times", "Example Times", TITLE, "");
    assert_cut(*state, TITLE " | EXAMPLE TIMES", "Example Times", TITLE, "");
    assert_cut(*state, TITLE " - Example Times", "Example Time", TITLE " - Example Times", "");
    assert_cut(*state, TITLE " - Example Times", "", TITLE " - Example Times", "");
    assert_cut(NULL, TITLE " - Example Times", "Example Times", TITLE, ""); /* a collection that is not there yet */
    struct world *w = *state;
    struct hl_tail_cut cut = hl_tail_find(w->c, text_of(TITLE " - Example Times"), text_of("Example Times"));
    assert_int_equal(cut.own_length, cut.length); /* no learning will change it */
    learn(w, " - Wire", 10);
    cut = hl_tail_find(w->c, text_of(TITLE " - Example Times - Wire"), text_of("Example Times"));
    assert_int_equal(cut.length, strlen(TITLE));
    assert_int_equal(cut.own_length, strlen(TITLE " - Example Times - Wire")); /* but this could */
}

static void test_known(void **state)
{
    struct world *w = *state;
    assert_cut(w, TITLE " - Example Times", "", TITLE " - Example Times", "");
    learn(w, " - Example Times", 10);
    assert_cut(w, TITLE " - Example Times", "", TITLE, "");
    assert_cut(w, TITLE " - example TIMES", "Der Bote", TITLE, "");
    assert_cut(w, TITLE " | Example Times", "", TITLE, "");
    assert_cut(w, TITLE " - Example Time", "", TITLE " - Example Time", "");
    assert_cut(NULL, TITLE " - Example Times", "", TITLE " - Example Times", "");
    struct hl_tail_cut cut = hl_tail_find(w->c, text_of(TITLE " - Example Times"), text_of(""));
    assert_int_equal(cut.own_length, strlen(TITLE " - Example Times"));
}

/* One title that comes again and again says nothing about its tail. */
static void test_one_title_teaches_nothing(void **state)
{
    struct world *w = *state;
    for (int i = 0; i < 100; i++)
        hl_tail_learn(w->c, text_of("Something else happened - Day Two"));
    assert_cut(w, TITLE " - Day Two", "", TITLE " - Day Two", "");
    learn(w, " - Day One", 1);
    assert_cut(w, TITLE " - Day One", "", TITLE " - Day One", "");
}

/* At the end of a long title anything short may be an outlet, and is kept in mind. */
static void test_guessed(void **state)
{
    assert_cut(*state, LONG_TITLE " - Northgate Herald", "", LONG_TITLE, "Northgate Herald");
    assert_cut(*state, LONG_TITLE " | Вестник", "Wire", LONG_TITLE, "Вестник");
    assert_cut(NULL, LONG_TITLE " - Northgate Herald", "", LONG_TITLE, "Northgate Herald");
    assert_cut(*state, LONG_TITLE " - Northgate Herald", "Northgate Herald", LONG_TITLE, "");
    assert_cut(*state, LONG_TITLE " - this one is much too long for the name of an outlet", "",
               LONG_TITLE " - this one is much too long for the name of an outlet", "");
    assert_cut(*state, TITLE " - Herald", "", TITLE " - Herald", "");
}

static void test_known_is_not_guessed(void **state)
{
    struct world *w = *state;
    learn(w, " - Northgate Herald", 10);
    assert_cut(w, LONG_TITLE " - Northgate Herald", "", LONG_TITLE, "");
}

static void test_two_tails(void **state)
{
    struct world *w = *state;
    learn(w, " - Sports", 10);
    assert_cut(w, TITLE " - Sports - Example Times", "Example Times", TITLE, "");
    assert_cut(w, TITLE " - Unknown - Example Times", "Example Times", TITLE " - Unknown", "");
    assert_cut(w, LONG_TITLE " - Sports - Herald", "", LONG_TITLE, "Herald");
    assert_cut(w, LONG_TITLE " - Unknown - Herald", "", LONG_TITLE " - Unknown", "Herald"); /* one guess is enough */
    learn(w, " - Example Times", 10);
    assert_cut(w, TITLE " - Sports | Sports - Example Times", "", TITLE " - Sports", ""); /* two at most */
}

static void test_never_too_much(void **state)
{
    struct world *w = *state;
    learn(w, " - Example Times", 10);
    assert_cut(w, "Fire - Example Times", "Example Times", "Fire - Example Times", "");
    assert_cut(w, " - Example Times", "Example Times", " - Example Times", "");
    assert_cut(w, "Example Times", "Example Times", "Example Times", "");
    assert_cut(w, "", "", "", "");
}

static void test_what_is_no_tail(void **state)
{
    struct world *w = *state;
    static const char *const titles[] = {
        TITLE "-Example Times",
        TITLE "- Example Times",
        TITLE " -Example Times",
        TITLE " -- Example Times",
        TITLE " - ",
        TITLE " -",
        TITLE " | x",
        TITLE ": Example Times",
    };
    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++) {
        hl_tail_learn(w->c, text_of(titles[i]));
        assert_cut(w, titles[i], "Example Times", titles[i], "");
    }
    assert_int_equal(w->c->tails.live, 0);
}

static void test_differs(void **state)
{
    (void)state;
    assert_true(hl_tail_differs(text_of("Day One"), text_of("Day Two")));
    assert_true(hl_tail_differs(text_of("Herald"), text_of("Herald 2")));
    assert_false(hl_tail_differs(text_of("HERALD"), text_of("Herald")));
    assert_false(hl_tail_differs(text_of(""), text_of("Herald")));
    assert_false(hl_tail_differs(text_of("Herald"), text_of("")));
    assert_false(hl_tail_differs(text_of(""), text_of("")));
}

/* ---- learning ---- */

static void test_table_is_bounded(void **state)
{
    struct world *w = *state;
    enum { TAILS = 30000 };
    char title[128];
    learn(w, " - Example Times", 900);
    for (unsigned i = 0; i < TAILS; i++) {
        snprintf(title, sizeof title, "Something else happened - Tail number %u", i);
        hl_tail_learn(w->c, text_of(title));
    }
    assert_true(w->c->tails.live < TAILS / 3);
    assert_int_equal(w->c->tails.live, hl_index_count(w->c->tail_index));
    assert_cut(w, TITLE " - Example Times", "", TITLE, ""); /* what was seen often fades slowly */
    assert_cut(w, TITLE " - Tail number 1", "", TITLE " - Tail number 1", "");
}

/* Without memory nothing is learnt, that is counted, and the next time it works. */
static void test_without_memory(void **state)
{
    struct world *w = *state;
    struct hl_text title = text_of("Something else happened - Example Times");
    while (hl_pool_take(w->engine->pool, title.length) != NULL && w->fa.live_blocks < 60)
        continue;
    uint64_t failures = 0;
    for (uint64_t nth = 1; w->c->tails.live == 0; nth++) {
        uint64_t before = w->c->tallies.skipped_no_memory;
        failing_allocator_arm(&w->fa, nth, UINT64_MAX);
        hl_tail_learn(w->c, title);
        assert_int_equal(w->c->tallies.skipped_no_memory - before, w->c->tails.live == 0 ? 1 : 0);
        failures += w->c->tails.live == 0;
        assert_int_equal(hl_index_count(w->c->tail_index), w->c->tails.live);
    }
    failing_allocator_arm(&w->fa, 0, 0);
    assert_true(failures > 0);
}

/* What one collection learns is not known in another. */
static void test_collections_learn_apart(void **state)
{
    struct world *w = *state;
    struct hl_collection *other;
    assert_int_equal(hl_collection_create(w->engine, text_of("y"), &other, NULL), HL_OK);
    learn(w, " - Example Times", 10);
    struct hl_tail_cut cut = hl_tail_find(other, text_of(TITLE " - Example Times"), text_of(""));
    assert_int_equal(cut.length, strlen(TITLE " - Example Times"));
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_own_source),
        WITH_WORLD(test_known),
        WITH_WORLD(test_one_title_teaches_nothing),
        WITH_WORLD(test_guessed),
        WITH_WORLD(test_known_is_not_guessed),
        WITH_WORLD(test_two_tails),
        WITH_WORLD(test_never_too_much),
        WITH_WORLD(test_what_is_no_tail),
        cmocka_unit_test(test_differs),
        WITH_WORLD(test_table_is_bounded),
        WITH_WORLD(test_without_memory),
        WITH_WORLD(test_collections_learn_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
