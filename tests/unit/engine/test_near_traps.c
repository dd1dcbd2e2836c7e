/*
 * test_near_traps.c - near duplicates against the lists of tests/data: no trap may pass, most real pairs must.
 *
 * Each pair goes to an engine of its own, once cold and once behind headlines about other things, both ways round.
 */
#include <headlined/engine.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PAIRS_MAX = 400, LINE_BYTES = 2048, NEAR_PAIRS_PERCENT = 90, TRAPS_LEAST = 80, PAIRS_LEAST = 60 };

struct pair {
    char text[LINE_BYTES];
    const char *kind, *title[2]; /* into text */
};

struct pairs {
    struct pair *pair;
    size_t count;
};

static const char *const background[] = {
    "Sleeper bus line adds stops in three mountain villages",
    "Quiet reading rooms return to city libraries",
    "Orchestra plays open-air concert for commuters",
    "Researchers map ancient river beneath the desert",
    "Bakers compete for the longest baguette of the coast",
    "New cycle path links lake district towns",
    "Die Stadtbibliothek leiht jetzt auch Werkzeuge aus",
    "Le musée de la mer présente ses méduses",
    "Un taller de relojes cumple cien años",
    "Юные астрономы получили новый телескоп",
};

static bool parse_pair(struct pair *pair)
{
    char *first = strchr(pair->text, '\t');
    char *second = first != NULL ? strchr(first + 1, '\t') : NULL;
    if (second == NULL)
        return false;
    *first = *second = '\0';
    pair->kind = pair->text;
    pair->title[0] = first + 1;
    pair->title[1] = second + 1;
    return strchr(pair->title[1], '\t') == NULL;
}

static struct pairs read_pairs(const char *name)
{
    char path[1024];
    char line[LINE_BYTES];
    struct pairs pairs = {calloc(PAIRS_MAX, sizeof(struct pair)), 0};
    snprintf(path, sizeof path, "%s/%s", HL_TEST_DATA_DIR, name);
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    assert_non_null(pairs.pair);
    while (fgets(line, sizeof line, in) != NULL) {
        if (line[0] == '#')
            continue;
        assert_true(pairs.count < PAIRS_MAX);
        struct pair *pair = &pairs.pair[pairs.count++];
        line[strcspn(line, "\n")] = '\0';
        memcpy(pair->text, line, sizeof line);
        if (!parse_pair(pair))
            fail_msg("%s: not kind, title, title: %s", name, line);
    }
    fclose(in);
    return pairs;
}

static struct hl_result add(hl_engine *engine, const char *title, const char *source, int64_t now_ms)
{
    struct hl_headline headline = {.title = {title, strlen(title)}, .source = {source, strlen(source)}};
    struct hl_result result = {0};
    struct hl_error error = {0};
    headline.published_ms = HL_TIME_NONE;
    if (hl_engine_add(engine, &headline, now_ms, &result, &error) != HL_OK)
        fail_msg("\"%s\" was refused: %s", title, error.message);
    return result;
}

/* The answer to the second title of a pair. Texts in it are not used: the engine is gone. */
static struct hl_result judge(const char *first, const char *second, bool cold)
{
    hl_engine *engine = NULL;
    struct hl_engine_options options = hl_engine_options_default();
    int64_t now_ms = INT64_C(1772445600000);
    assert_int_equal(hl_engine_create(&options, &engine, NULL), HL_OK);
    for (size_t i = 0; !cold && i < sizeof background / sizeof background[0]; i++)
        add(engine, background[i], "Background Post", now_ms += 1000);
    add(engine, first, "First Post", now_ms += 60000);
    struct hl_result result = add(engine, second, "Second Post", now_ms + 60000);
    hl_engine_destroy(engine);
    return result;
}

static bool is_duplicate(const struct hl_result *result)
{
    return result->verdict == HL_VERDICT_EXACT || result->verdict == HL_VERDICT_NEAR;
}

/*
 * Of the four ways to show a pair (cold or not, either title first), how many were called duplicates. Prints the ways that came out
 * as @tell_duplicates says.
 */
static unsigned judge_all_ways(const struct pair *pair, bool tell_duplicates)
{
    unsigned duplicates = 0;
    for (unsigned way = 0; way < 4; way++) {
        struct hl_result result = judge(pair->title[way & 1], pair->title[1 - (way & 1)], way < 2);
        duplicates += is_duplicate(&result);
        if (is_duplicate(&result) == tell_duplicates)
            print_message("%s: %s at %u bits%s: %s / %s\n", pair->kind, hl_verdict_name(result.verdict),
                          result.distance_bits, way < 2 ? ", cold" : "", pair->title[way & 1],
                          pair->title[1 - (way & 1)]);
    }
    return duplicates;
}

static void no_trap_is_called_a_duplicate(void **state)
{
    (void)state;
    struct pairs traps = read_pairs("near_traps.tsv");
    unsigned passed = 0;
    assert_true(traps.count >= TRAPS_LEAST);
    for (size_t i = 0; i < traps.count; i++)
        passed += judge_all_ways(&traps.pair[i], true) > 0;
    print_message("%u of %zu traps were called duplicates\n", passed, traps.count);
    free(traps.pair);
    assert_int_equal(passed, 0);
}

static void most_interchangeable_pairs_are_recognised(void **state)
{
    (void)state;
    struct pairs pairs = read_pairs("near_pairs.tsv");
    unsigned found = 0;
    assert_true(pairs.count >= PAIRS_LEAST);
    for (size_t i = 0; i < pairs.count; i++)
        found += judge_all_ways(&pairs.pair[i], false) == 4;
    print_message("%u of %zu interchangeable pairs were recognised, all four ways\n", found, pairs.count);
    size_t needed = (pairs.count * NEAR_PAIRS_PERCENT + 99) / 100;
    free(pairs.pair);
    assert_true(found >= needed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_trap_is_called_a_duplicate),
        cmocka_unit_test(most_interchangeable_pairs_are_recognised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
