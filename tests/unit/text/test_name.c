/*
 * test_name.c - which stems of the background tables are names, and which words with capitals name nobody.
 */
#include "text/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static bool is_name(const char *stem)
{
    return hl_background_is_name(stem, strlen(stem));
}

static bool is_title(const char *stem)
{
    return hl_background_is_title(stem, strlen(stem));
}

/* Stems of the nine languages; the names at both ends of the table too. */
static void test_names(void **state)
{
    (void)state;
    static const char *const names[] = {"ukrain",   "isra",  "israel",   "gaza",   "putin", "franc",      "deutschland",
                                        "allemagn", "méxic", "ryssland", "украин", "сша",   "afghanistan"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_true(is_name(names[i]));
}

static void test_others_are_none(void **state)
{
    (void)state;
    static const char *const others[] = {"",    "a",   "ir",    "par",    "fire",  "protest", "peac",
                                         "zzz", "isr", "guerr", "minist", "krieg", "gazan"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_false(is_name(others[i]));
}

static void test_titles(void **state)
{
    (void)state;
    static const char *const titles[] = {"friday", "senat", "senate", "ceo", "ai", "march", "april", "who"};
    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++)
        assert_true(is_title(titles[i]));
    assert_false(is_title("tarnow"));
    assert_false(is_title("fri"));
    assert_false(is_title(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_others_are_none),
        cmocka_unit_test(test_titles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
