/*
 * test_cursor.c - list positions come back bit for bit, and nothing else is taken for one.
 */
#include "protocol/cursor.h"

#include <float.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* What is between the quotes of the JSON string in @out. */
static struct hl_text inside(const struct hl_buffer *out)
{
    assert_false(out->failed);
    assert_true(out->length > 2);
    assert_int_equal(out->data[0], '"');
    assert_int_equal(out->data[out->length - 1], '"');
    return (struct hl_text){out->data + 1, out->length - 2};
}

static void test_stories_round_trip(void **state)
{
    (void)state;
    static const double keys[] = {0, -0.0, 1, 0.1, -2.5, 1765704600120, DBL_MIN, DBL_MAX, -DBL_MAX, 5e-324};
    struct hl_buffer out;
    hl_buffer_init(&out);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        for (int order = HL_ORDER_LATEST; order <= HL_ORDER_TRENDING; order++) {
            struct hl_cursor cursor = {keys[i], UINT64_MAX - i}, back = {7, 7};
            hl_buffer_reset(&out);
            hl_cursor_put_stories(&out, (enum hl_story_order)order, &cursor);
            assert_true(hl_cursor_get_stories(inside(&out), (enum hl_story_order)order, &back));
            assert_memory_equal(&back.key, &cursor.key, sizeof back.key);
            assert_int_equal(back.story, cursor.story);
            enum hl_story_order other = (enum hl_story_order)((order + 1) % 3);
            assert_false(hl_cursor_get_stories(inside(&out), other, &back));
        }
    }
    hl_buffer_clear(&out);
}

static void test_members_round_trip(void **state)
{
    (void)state;
    static const uint64_t seqs[] = {1, 10, 0x123456789ABCDEF0, UINT64_MAX};
    struct hl_buffer out;
    hl_buffer_init(&out);
    for (size_t i = 0; i < sizeof seqs / sizeof seqs[0]; i++) {
        uint64_t back = 0;
        hl_buffer_reset(&out);
        hl_cursor_put_members(&out, seqs[i]);
        assert_true(hl_cursor_get_members(inside(&out), &back));
        assert_int_equal(back, seqs[i]);
    }
    hl_buffer_clear(&out);
}

static void test_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "l",
        "m",
        "x0000000000000001",
        "l3ff00000000000000000000000000000",  /* story 0 */
        "l7ff00000000000000000000000000001",  /* infinite */
        "l7ff80000000000000000000000000001",  /* not a number */
        "l3FF00000000000000000000000000001",  /* upper case */
        "l3ff0000000000000000000000000000",   /* short */
        "l3ff000000000000000000000000000011", /* long */
        "l3ff000000000000 0000000000000001",
        "m0000000000000000",
        "m000000000000001",
        "m00000000000000011",
        "m000000000000000g",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct hl_cursor cursor = {7, 7};
        uint64_t seq = 7;
        struct hl_text text = {rows[i], strlen(rows[i])};
        assert_false(hl_cursor_get_stories(text, HL_ORDER_LATEST, &cursor));
        assert_false(hl_cursor_get_members(text, &seq));
        assert_int_equal(cursor.story, 7);
        assert_int_equal(seq, 7);
    }
    struct hl_cursor cursor;
    assert_true(
        hl_cursor_get_stories((struct hl_text){"l3ff00000000000000000000000000001", 33}, HL_ORDER_LATEST, &cursor));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stories_round_trip),
        cmocka_unit_test(test_members_round_trip),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
