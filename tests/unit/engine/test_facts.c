/*
 * test_facts.c - the rules of the check behind "near", one by one, and the tables of words it asks.
 */
#include "engine/facts.h"
#include "engine/wording.h"
#include "support/engine_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SHARE_MIN 0.7

/* Two sets of tools, since what is analysed borrows from them. */
struct world {
    struct hl_memory memory;
    struct hl_text_tools *tools[2];
};

static bool agree(const struct hl_analysis *a, const struct hl_analysis *b, double share_min)
{
    return hl_facts_compare(a, b, share_min).why == HL_NEAR_interchangeable;
}

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
    bool near = agree(&a, &b, SHARE_MIN);
    if (agree(&b, &a, SHARE_MIN) != near)
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

/* Clauses and qualifiers may move; what stands on either side of a word may not change sides. */
static void test_order(void **state)
{
    static const struct pair near[] = {
        {"Short naps linked to better memory, study finds", "Study finds short naps linked to better memory"},
        {"Harbour fire in Northgate injures two", "Northgate harbour fire injures two"},
        {"Kestria and Valaria sign fishing treaty", "Valaria and Kestria sign fishing treaty"},
    };
    static const struct pair far[] = {
        {"Germany beat France in the final", "France beat Germany in the final"},
        {"Kestria sues Valaria over fishing treaty", "Valaria accuses Kestria over fishing treaty"},
        {"Ferry sails from Northgate to Westhaven", "Ferry sails from Westhaven to Northgate"},
    };
    ALL_ARE(true, "en", near);
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

/* What one title says beyond the other must be little, and must not change who or whether. */
static void test_extra_words(void **state)
{
    static const struct pair near[] = {
        {"City council approves plan for harbour bridge", "City council approves big plan for harbour bridge"},
        {"Ellison opens harbour bridge in Northgate", "Noor Ellison opens harbour bridge in Northgate"},
    };
    static const struct pair far[] = {
        {"Mayor opens bridge", "Mayor opens bridge after fire destroys ferry terminal"},
        {"City council approves plan for harbour bridge", "City council approves second plan for harbour bridge"},
        {"City council approves plan for harbour bridge", "Former city council approves plan for harbour bridge"},
        {"City council approves plan for harbour bridge", "City council never approves plan for harbour bridge"},
        {"City council approves plan for harbour bridge", "City council approves 2 plan for harbour bridge"},
        {"Noll wins the Northgate marathon", "Noll projected to win the Northgate marathon"},
    };
    ALL_ARE(true, "en", near);
    ALL_ARE(false, "en", far);
}

static void test_numbers_in_words(void **state)
{
    static const struct pair near[] = {
        {"Two climbers found on the mountain", "2 climbers found on the mountain"},
        {"Noll wins third game of chess match", "Noll wins 3rd game of chess match"},
        {"Profit of ferry company rises 12%", "Profit of ferry company rises 12 percent"},
        {"Profit of ferry company rises 12%", "Profit of ferry company rises 12 per cent"},
        {"Ferry company sold for $900 billion", "Ferry company sold for $900bn"},
        {"Ferry company sold for $1.0 bn", "Ferry company sold for $1 billion"},
    };
    static const struct pair far[] = {
        {"Two climbers found on the mountain", "3 climbers found on the mountain"},
        {"Ferry company sold for $900 billion", "Ferry company sold for $900 million"},
        {"Ferry company sold for $900bn", "Ferry company sold for $900m"},
        {"Ferry company sold for $900bn", "Ferry company sold for $900"},
        {"Concert on 1.10.2026 in Northgate", "Concert on 1.1.2026 in Northgate"},
        {"Noll wins third game of chess match", "Noll wins 3 game of chess match"},
    };
    ALL_ARE(true, "en", near);
    ALL_ARE(false, "en", far);
}

/* Words that say the same, or are written in another way. */
static void test_same_in_other_words(void **state)
{
    static const struct pair near[] = {
        {"Harbour fire kills ferry captain in Northgate", "Harbour fire: ferry captain dead in Northgate"},
        {"British ferry company buys Northgate harbour", "UK ferry company acquires Northgate harbour"},
        {"Air strike hits harbour in Northgate", "Airstrike hits harbour in Northgate"},
        {"Bank of England raises interest rate again", "BoE raises interest rate again"},
        {"Council votes for harbour bridge", "Counicl votes for harbour bridge"},    /* transposed */
        {"Government approves harbour bridge", "Goverment approves harbour bridge"}, /* a letter missing */
        {"Mayor announces retirement from politics", "Mayor retires from politics, announces"},
        {"Kestrian ferry sinks near Northgate", "Kestria ferry sinks near Northgate"}, /* of a name */
        {"Council urges ferry company to lower fares", "Council calls on ferry company to lower fares"},
    };
    static const struct pair far[] = {
        {"Council approves plan for new harbour", "Council rejects plan for new harbour"},
        {"Ferry fares rise in Northgate harbour", "Ferry fares fall in Northgate harbour"},
        {"Ferry pilots strike on Monday in Northgate", "Ferry pilots strike on Tuesday in Northgate"},
        {"Company opens ferry terminal in harbour", "Company to build ferry terminal in harbour"}, /* still to come */
        {"US troops leave Northgate harbour", "UK troops leave Northgate harbour"}, /* no function word */
        {"Brand named head of Northgate library", "Brandt named head of Northgate library"},
        {"corvane crosses harbour bridge", "halden crosses harbour bridge"}, /* may be names */
    };
    ALL_ARE(true, "en", near);
    ALL_ARE(false, "en", far);
}

/* Words for words are judged where opposites are known: in English and, more strictly, in Russian. */
static void test_other_words_by_language(void **state)
{
    static const struct pair russian_near[] = {
        {"Полиция Заречья нашла пропавшую картину известного художника в подвале музея",
         "Полиция Заречья обнаружила пропавшую картину известного художника в подвале музея"}};
    static const struct pair russian_far[] = {{"В Заречье начался фестиваль уличной музыки и танца",
                                               "В Заречье завершился фестиваль уличной музыки и танца"}};
    static const struct pair german[] = {{"Stadtrat von Rheinau lobt den neuen Radweg am Fluss",
                                          "Stadtrat von Rheinau tadelt den neuen Radweg am Fluss"}};
    ALL_ARE(true, "ru", russian_near);
    ALL_ARE(false, "ru", russian_far);
    ALL_ARE(false, "de", german);
}

/* A greater share asks for more; 0 leaves the facts alone to decide. */
static void test_share(void **state)
{
    struct hl_analysis a, b;
    analyse(*state, 0, "City council approves plan for harbour bridge", "en", &a);
    analyse(*state, 1, "City council approves plan for harbour bridge over the river at night", "en", &b);
    assert_true(agree(&a, &b, 0) && agree(&a, &b, 0.5));
    assert_false(agree(&a, &b, 0.95) || agree(&a, &b, 1));
    analyse(*state, 1, "City council approves 2 plans for harbour bridge", "en", &b);
    assert_false(agree(&a, &b, 0));
}

static struct hl_text same(const char *word)
{
    return hl_wording_same(text_of(word));
}

/* What stands for others stands for itself, whichever way it is asked for. */
static void test_wording(void **state)
{
    (void)state;
    assert_true(hl_text_equals(same("slain"), text_of("kill")) && hl_text_equals(same("kill"), text_of("kill")));
    assert_true(hl_text_equals(same("abduct"), text_of("kidnap"))); /* the first row */
    assert_true(hl_text_equals(same("yemeni"), text_of("yemen")));  /* the last one */
    assert_true(hl_text_equals(same("harbour"), text_of("harbour")) && same("").length == 0);
    assert_true(hl_wording_pole(text_of("rise")).axis == HL_AXIS_TREND);
    assert_true(hl_wording_pole(text_of("fall")).axis == HL_AXIS_TREND);
    assert_int_not_equal(hl_wording_pole(text_of("rise")).pole, hl_wording_pole(text_of("fall")).pole);
    assert_true(hl_wording_pole(text_of("accept")).axis == HL_AXIS_CONSENT); /* first, last of English, last of all */
    assert_true(hl_wording_pole(text_of("young")).axis == HL_AXIS_AGE);
    assert_true(hl_wording_pole(text_of("harbour")).axis == HL_AXIS_NONE);
    assert_true(hl_text_equals(hl_wording_number(text_of("twenty")), text_of("20")));
    assert_true(hl_text_equals(hl_wording_number(text_of("eight")), text_of("8")));
    assert_int_equal(hl_wording_number(text_of("many")).length, 0);
    assert_true(hl_wording_unit(text_of("bn")) == 'b' && hl_wording_unit(text_of("trillion")) == 't');
    assert_true(hl_wording_unit(text_of("bnx")) == 0 && hl_wording_unit(text_of("")) == 0);
    assert_true(hl_wording_is_percent(text_of("percent")) && !hl_wording_is_percent(text_of("per")));
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
        WITH_WORLD(test_extra_words),
        WITH_WORLD(test_numbers_in_words),
        WITH_WORLD(test_same_in_other_words),
        WITH_WORLD(test_other_words_by_language),
        WITH_WORLD(test_share),
        WITH_WORLD(test_wording),
        WITH_WORLD(test_directions),
        WITH_WORLD(test_endless_titles),
        WITH_WORLD(test_number_marks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
