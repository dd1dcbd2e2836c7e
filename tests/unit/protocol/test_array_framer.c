/*
 * test_array_framer.c - elements out of a byte stream that is an array: every way of chopping it up gives the same, and the limit holds.
 */
#include "protocol/array_framer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LIMIT = 20 };

static void feed(struct hl_array_framer *framer, const char *bytes, size_t count)
{
    char *data;
    size_t room;
    assert_true(hl_array_framer_prepare(framer, count, &data, &room));
    memcpy(data, bytes, count);
    hl_array_framer_commit(framer, count);
}

/* All that comes out of @text in pieces of @piece bytes: items in <>, then what the end is. */
static void run(const char *text, size_t piece, char *out)
{
    static const char *const ends[] = {"", "partial", "end", "too long", "broken"};
    struct hl_array_framer framer;
    enum hl_array_frame frame = HL_ARRAY_PARTIAL;
    size_t all = strlen(text);
    hl_array_framer_init(&framer, LIMIT);
    out[0] = '\0';
    for (size_t at = 0; at < all && (frame == HL_ARRAY_PARTIAL || frame == HL_ARRAY_END); at += piece) {
        feed(&framer, text + at, all - at < piece ? all - at : piece);
        const char *item;
        size_t length;
        while ((frame = hl_array_framer_next(&framer, &item, &length)) == HL_ARRAY_ITEM) {
            strcat(out, "<");
            strncat(out, item, length);
            strcat(out, ">");
        }
        if (frame == HL_ARRAY_END) /* unless there is something behind it */
            frame = hl_array_framer_next(&framer, &item, &length);
    }
    strcat(out, ends[frame]);
    hl_array_framer_clear(&framer);
    assert_int_equal(framer.input.capacity, 0);
}

static void test_elements(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } rows[] = {
        {"[]", "end"},
        {" \r\n[ \t ] \n", "end"},
        {"[1]", "<1>end"},
        {"[1,2 , 3\n]\n", "<1><2><3>end"},
        {"[{\"a\":[1,2]},[{}],\"x\"]", "<{\"a\":[1,2]}><[{}]><\"x\">end"},
        {"[\"a,]\\\"\\\\\",\"[{\"]", "<\"a,]\\\"\\\\\"><\"[{\">end"},
        {"[,]", "<><>end"}, /* for its reader to refuse */
        {"[1,]", "<1><>end"},
        {"[{]}]", "<{]}>end"},
        {"[}]", "<}>end"},
        {"[1", "partial"},
        {"[\"]", "partial"},
        {"", "partial"},
        {"  ", "partial"},
        {"{}", "broken"},
        {"1", "broken"},
        {"[1] [2]", "<1>broken"},
        {"[]x", "broken"},
        {"[ 01234567890123456789 ]", "<01234567890123456789>end"},
        {"[012345678901234567890]", "too long"},
        {"[1,012345678901234567890", "<1>too long"},
        {"[\"012345678901234567890", "too long"},
        {"[01234567890123456789                    ]", "<01234567890123456789>end"},
        {"[                                        1]", "<1>end"},
    };
    char out[256];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t piece = 1; piece < 30; piece++) {
            run(rows[i].text, piece, out);
            if (strcmp(out, rows[i].expected) != 0)
                fail_msg("%s in pieces of %zu: %s, not %s", rows[i].text, piece, out, rows[i].expected);
        }
    }
}

static void test_memory_stays_bounded(void **state)
{
    (void)state;
    struct hl_array_framer framer;
    const char *item;
    size_t length, items = 0;
    hl_array_framer_init(&framer, 1000);
    feed(&framer, "[", 1);
    for (int i = 0; i < 10000; i++) {
        feed(&framer, "{\"title\":\"something\"},    ", 25);
        while (hl_array_framer_next(&framer, &item, &length) == HL_ARRAY_ITEM)
            items++;
    }
    assert_int_equal(items, 10000);
    assert_true(framer.input.capacity <= 4096);
    char *data;
    size_t room;
    assert_false(hl_array_framer_prepare(&framer, SIZE_MAX, &data, &room));
    feed(&framer, "1]", 2);
    assert_int_equal(hl_array_framer_next(&framer, &item, &length), HL_ARRAY_ITEM);
    assert_int_equal(hl_array_framer_next(&framer, &item, &length), HL_ARRAY_END);
    feed(&framer, "]", 1);
    assert_int_equal(hl_array_framer_next(&framer, &item, &length), HL_ARRAY_BROKEN);
    feed(&framer, "[1]", 3);
    assert_int_equal(hl_array_framer_next(&framer, &item, &length), HL_ARRAY_PARTIAL);
    hl_array_framer_clear(&framer); /* makes it new, with the same limit */
    feed(&framer, "[1]", 3);
    assert_int_equal(hl_array_framer_next(&framer, &item, &length), HL_ARRAY_ITEM);
    hl_array_framer_clear(&framer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_elements),
        cmocka_unit_test(test_memory_stays_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
