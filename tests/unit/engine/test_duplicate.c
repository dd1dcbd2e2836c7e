/*
 * test_duplicate.c - the rules of near duplicates, one by one, and the search that applies them. Lists of real pairs and traps: test_near_traps.c.
 */
#include "engine/collection.h"
#include "engine/duplicate.h"
#include "engine/state.h"
#include "support/engine_fixture.h"
#include "support/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOW FIXTURE_NOW_MS

/* Two sets of tools, since what is analysed borrows from them. */
struct world {
    struct hl_memory memory;
    struct hl_text_tools *tools[2];
};

static int setup(void **state)
{
    static struct world w;
    hl_memory_init(&w.memory, NULL);
    for (int i = 0; i < 2; i++) {
        w.tools[i] = hl_text_tools_create(&w.memory);
        assert_non_null(w.tools[i]);
    }
    *state = &w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    for (int i = 0; i < 2; i++)
        hl_text_tools_destroy(w->tools[i]);
    assert_true(w->memory.bytes == 0);
    return 0;
}

static void analyse(struct world *w, int which, const char *title, const char *lang, struct hl_analysis *out)
{
    struct hl_text clean;
    assert_int_equal(hl_text_clean(w->tools[which], text_of(title), &clean, NULL), HL_OK);
    assert_int_equal(hl_text_analyse(w->tools[which], clean, text_of(lang), out), HL_OK);
}

static bool is_near(struct world *w, const char *one, const char *other, const char *lang)
{
    struct hl_analysis a, b;
    analyse(w, 0, one, lang, &a);
    analyse(w, 1, other, lang, &b);
    bool near = hl_duplicate_is_near(&a, &b);
    if (hl_duplicate_is_near(&b, &a) != near)
        fail_msg("\"%s\" is near to \"%s\" one way only", one, other);
    return near;
}

struct pair {
    const char *one, *other;
};

static void all_are(struct world *w, bool near, const char *lang, const struct pair *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is_near(w, pairs[i].one, pairs[i].other, lang) != near)
            fail_msg("\"%s\" and \"%s\" are %s", pairs[i].one, pairs[i].other, near ? "not near" : "near");
}

#define ALL_ARE(near, lang, pairs) all_are(*state, near, lang, pairs, sizeof(pairs) / sizeof((pairs)[0]))

static void test_itself(void **state)
{
    static const struct pair same[] = {
        {"Mayor opens new harbour bridge", "Mayor opens new harbour bridge"},
        {"Mayor opens new harbour bridge", "The mayor opens a new harbour bridge"},
        {"Mayor Opens New Harbour Bridge", "mayor opens new harbour bridge!"},
        {"Mayor opens bridges", "Mayor opened bridge"}, /* one stem */
    };
    ALL_ARE(true, "en", same);
}

/* Titles without a word that carries meaning say nothing to compare. */
static void test_nothing_to_compare(void **state)
{
    static const struct pair empty[] = {
        {"the and of", "the and of"}, {"the", "Mayor opens bridge"}, {"Live", "Update"}};
    ALL_ARE(false, "en", empty);
}

static void test_numbers(void **state)
{
    static const struct pair far[] = {
        {"Council adopts 12th package of measures", "Council adopts 13th package of measures"},
        {"Rovers beat Town 3-1 in the cup", "Rovers beat Town 1-3 in the cup"},
        {"Ferry company orders 4 new boats", "Ferry company orders new boats"},
        {"Ferry company orders 4 new boats", "Ferry company orders four hundred new boats"},
        {"Prices rise 3.5 percent in March", "Prices rise 35 percent in March"},
        {"Temperature falls to -5 degrees", "Temperature falls to 5 degrees"},
        {"Fine of $500 for the ferry company", "Fine of €500 for the ferry company"},
    };
    static const struct pair near[] = {
        {"Council adopts 12th package of measures", "Council adopts the 12th package of measures"},
        {"Fine of $500 for the ferry company", "Fine of 500 for the ferry company"}, /* a currency may be left unsaid */
    };
    ALL_ARE(false, "en", far);
    ALL_ARE(true, "en", near);
}

static void test_negations(void **state)
{
    static const struct pair far[] = {
        {"Mayor will open new harbour bridge", "Mayor will not open new harbour bridge"},
        {"Strike ends without agreement on wages", "Strike ends with agreement on wages"},
        {"No one hurt in harbour fire", "One hurt in harbour fire"},
    };
    static const struct pair german[] = {{"Bürgermeister tritt nicht zurück", "Bürgermeister tritt zurück"}};
    ALL_ARE(false, "en", far);
    ALL_ARE(false, "de", german);
}

static void test_order(void **state)
{
    static const struct pair far[] = {
        {"Germany beat France in the final", "France beat Germany in the final"},
        {"Union harbour workers meet the mayor", "Harbour union workers meet the mayor"},
        {"Labour leader meets union chiefs",
         "Leader meets Labor union chiefs"}, /* a spelling variant keeps its place too */
    };
    ALL_ARE(false, "en", far);
}

static void test_other_words(void **state)
{
    static const struct pair far[] = {
        {"Council approves plan for harbour bridge", "Council rejects plan for harbour bridge"},
        {"Smith wins the Northgate marathon", "Jones wins the Northgate marathon"},
        {"Fire destroys school in Northgate", "Fire destroys school in Westhaven"},
    };
    ALL_ARE(false, "en", far);
}

static void test_spelling_variants(void **state)
{
    static const struct pair near[] = {
        {"Labour party plans new theatre centre", "Labor party plans new theater center"},
        {"Travellers criticise defence programme", "Travelers criticize defence programme"},
        {"Mayor honours harbour neighbours", "Mayor honors harbor neighbors"},
    };
    static const struct pair far[] = {
        {"Tours of the harbour begin", "Tors of the harbour begin"}, /* too short to be told from another word */
        {"Fire in the harbour at night", "Fire in the arbor at night"},
    };
    ALL_ARE(true, "en", near);
    ALL_ARE(false, "en", far);
}

/* Words about the presentation count for nothing. */
static void test_decorations(void **state)
{
    static const struct pair near[] = {
        {"BREAKING: Mayor opens harbour bridge", "Mayor opens harbour bridge"},
        {"Video: Mayor opens harbour bridge", "Live updates: Mayor opens harbour bridge"},
    };
    static const struct pair german[] = {{"Eilmeldung: Brücke gesperrt", "Brücke gesperrt"}};
    ALL_ARE(true, "en", near);
    ALL_ARE(true, "de", german);
}

/* One common word more may be borne by a full title; a name, a number, a negation, a word that changes the fact, or two words may not. */
static void test_extra_word(void **state)
{
    static const struct pair near[] = {
        {"City council approves plan for harbour bridge", "City council approves big plan for harbour bridge"},
    };
    static const struct pair far[] = {
        {"Mayor opens bridge", "Mayor opens big bridge"}, /* too little beside it */
        {"City council approves plan for harbour bridge",
         "City council approves big expensive plan for harbour bridge"},
        {"City council approves plan for harbour bridge", "City council approves Westhaven plan for harbour bridge"},
        {"City council approves plan for harbour bridge", "City council approves second plan for harbour bridge"},
        {"City council approves plan for harbour bridge", "Former city council approves plan for harbour bridge"},
        {"City council approves plan for harbour bridge", "City council never approves plan for harbour bridge"},
        {"City council approves plan for harbour bridge", "City council approves 2 plan for harbour bridge"},
        {"City council approves plan for harbour bridge", "City council approves xqzvw plan for harbour bridge"},
    };
    ALL_ARE(true, "en", near);
    ALL_ARE(false, "en", far);
}

static void test_directions(void **state)
{
    static const struct pair far[] = {
        {"Minister speaks for harbour plan", "Minister speaks against harbour plan"},
        {"Train leaves before the concert", "Train leaves after the concert"},
        {"He wins the harbour race", "She wins the harbour race"},
    };
    static const struct pair near[] = {
        {"Minister speaks on harbour plan", "Minister speaks of harbour plan"}, /* only one of them is a direction */
    };
    ALL_ARE(false, "en", far);
    ALL_ARE(true, "en", near);
}

/* More words than are looked at: not near, even to itself. */
static void test_endless_titles(void **state)
{
    char title[2000] = "";
    for (int i = 0; i < 100; i++)
        snprintf(title + strlen(title), sizeof title - strlen(title), "plom%d ", i);
    assert_false(is_near(*state, title, title, "en"));
}

static void test_number_marks(void **state)
{
    struct world *w = *state;
    struct hl_analysis a;
    char marks[8] = "", one[2] = "";
    analyse(w, 0, "Loss of -5 after $3 and 7 and -8", "en", &a);
    assert_int_equal(hl_number_marks(&a, marks, sizeof marks), 4);
    assert_true(marks[0] == marks[3] && marks[0] != marks[1] && marks[1] != marks[2] && marks[0] != marks[2]);
    assert_int_equal(hl_number_marks(&a, one, 1), 1);
    assert_true(one[0] == marks[0] && one[1] == '\0');
    analyse(w, 0, "No number at all", "en", &a);
    assert_int_equal(hl_number_marks(&a, marks, sizeof marks), 0);
    analyse(w, 0, "Rovers win 3-1", "en", &a); /* the hyphen of a score is no sign */
    size_t count = hl_number_marks(&a, marks, sizeof marks);
    for (size_t i = 1; i < count; i++)
        assert_int_equal(marks[i], marks[0]);
}

/* ---- the search ---- */

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

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_itself),
        WITH_WORLD(test_nothing_to_compare),
        WITH_WORLD(test_numbers),
        WITH_WORLD(test_negations),
        WITH_WORLD(test_order),
        WITH_WORLD(test_other_words),
        WITH_WORLD(test_spelling_variants),
        WITH_WORLD(test_decorations),
        WITH_WORLD(test_extra_word),
        WITH_WORLD(test_directions),
        WITH_WORLD(test_endless_titles),
        WITH_WORLD(test_number_marks),
        cmocka_unit_test(test_near_bits),
        cmocka_unit_test(test_closest),
        cmocka_unit_test(test_tails_tell_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
