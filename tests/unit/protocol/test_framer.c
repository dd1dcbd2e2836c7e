/*
 * test_framer.c - lines out of a byte stream: every way of chopping it up gives the same lines, and the limit holds to the byte.
 */
#include "protocol/framer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LIMIT = 8 };

static void feed(struct hl_framer *framer, const char *bytes, size_t count)
{
    char *data;
    size_t room;
    assert_true(hl_framer_prepare(framer, count, &data, &room));
    assert_true(room >= count);
    memcpy(data, bytes, count);
    hl_framer_commit(framer, count);
}

static void feed_text(struct hl_framer *framer, const char *text)
{
    feed(framer, text, strlen(text));
}

static void expect_line(struct hl_framer *framer, const char *expected)
{
    const char *line;
    size_t length;
    assert_int_equal(hl_framer_next(framer, &line, &length), HL_FRAME_LINE);
    assert_int_equal(length, strlen(expected));
    assert_memory_equal(line, expected, length);
}

static void expect_frame(struct hl_framer *framer, enum hl_frame expected)
{
    const char *line = NULL;
    size_t length = 0;
    assert_int_equal(hl_framer_next(framer, &line, &length), expected);
}

static void test_lines_of_one_read(void **state)
{
    (void)state;
    struct hl_framer framer;
    hl_framer_init(&framer, LIMIT);
    expect_frame(&framer, HL_FRAME_PARTIAL);
    feed_text(&framer, "one\ntwo\r\n\n\r\nth");
    expect_line(&framer, "one");
    expect_line(&framer, "two");
    expect_line(&framer, "");
    expect_line(&framer, "");
    expect_frame(&framer, HL_FRAME_PARTIAL);
    assert_int_equal(hl_framer_pending(&framer), 2);
    feed_text(&framer, "ree\r");
    expect_frame(&framer, HL_FRAME_PARTIAL);
    feed_text(&framer, "\n");
    expect_line(&framer, "three");
    assert_int_equal(hl_framer_pending(&framer), 0);
    hl_framer_clear(&framer);
}

static void test_carriage_return_inside_stays(void **state)
{
    (void)state;
    struct hl_framer framer;
    hl_framer_init(&framer, LIMIT);
    feed_text(&framer, "a\rb\r\r\n");
    expect_line(&framer, "a\rb\r");
    hl_framer_clear(&framer);
}

static void test_nul_bytes_pass(void **state)
{
    (void)state;
    struct hl_framer framer;
    const char *line;
    size_t length;
    hl_framer_init(&framer, LIMIT);
    feed(&framer, "a\0b\n", 4);
    assert_int_equal(hl_framer_next(&framer, &line, &length), HL_FRAME_LINE);
    assert_int_equal(length, 3);
    assert_memory_equal(line, "a\0b", 3);
    hl_framer_clear(&framer);
}

static void test_every_chunk_size(void **state)
{
    (void)state;
    static const char stream[] = "12345678\n\r\n1\n12345678\r\n\n123";
    static const char *const lines[] = {"12345678", "", "1", "12345678", ""};
    for (size_t chunk = 1; chunk <= sizeof stream; chunk++) {
        struct hl_framer framer;
        const char *line;
        size_t length, found = 0;
        hl_framer_init(&framer, LIMIT);
        for (size_t at = 0; at < sizeof stream - 1; at += chunk) {
            size_t left = sizeof stream - 1 - at;
            feed(&framer, stream + at, left < chunk ? left : chunk);
            while (hl_framer_next(&framer, &line, &length) == HL_FRAME_LINE) {
                assert_true(found < 5);
                assert_int_equal(length, strlen(lines[found]));
                assert_memory_equal(line, lines[found], length);
                found++;
            }
        }
        assert_int_equal(found, 5);
        assert_int_equal(hl_framer_finish(&framer, &line, &length), HL_FRAME_LINE);
        assert_int_equal(length, 3);
        assert_memory_equal(line, "123", 3);
        assert_int_equal(hl_framer_finish(&framer, &line, &length), HL_FRAME_PARTIAL);
        hl_framer_clear(&framer);
    }
}

static void test_limit_to_the_byte(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        enum hl_frame frame;
    } rows[] = {
        {"12345678\n", HL_FRAME_LINE},         {"12345678\r\n", HL_FRAME_LINE},    {"123456789\n", HL_FRAME_TOO_LONG},
        {"12345678\r\r\n", HL_FRAME_TOO_LONG}, {"12345678", HL_FRAME_PARTIAL},     {"12345678\r", HL_FRAME_PARTIAL},
        {"123456789", HL_FRAME_TOO_LONG},      {"12345678\rx", HL_FRAME_TOO_LONG},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct hl_framer framer;
        hl_framer_init(&framer, LIMIT);
        feed_text(&framer, rows[i].bytes);
        expect_frame(&framer, rows[i].frame);
        hl_framer_clear(&framer);
    }
}

static void test_too_long_is_reported_once_and_holds_nothing(void **state)
{
    (void)state;
    struct hl_framer framer;
    const char *line;
    size_t length;
    hl_framer_init(&framer, LIMIT);
    feed_text(&framer, "ok\n123456789");
    expect_line(&framer, "ok");
    expect_frame(&framer, HL_FRAME_TOO_LONG);
    expect_frame(&framer, HL_FRAME_PARTIAL);
    feed_text(&framer, "more\nand more\n");
    expect_frame(&framer, HL_FRAME_PARTIAL);
    assert_int_equal(hl_framer_pending(&framer), 0);
    assert_int_equal(hl_framer_finish(&framer, &line, &length), HL_FRAME_PARTIAL);
    hl_framer_clear(&framer);
    feed_text(&framer, "again\n"); /* clear makes it new, with the same limit */
    expect_line(&framer, "again");
    feed_text(&framer, "123456789");
    expect_frame(&framer, HL_FRAME_TOO_LONG);
    hl_framer_clear(&framer);
}

static void test_finish(void **state)
{
    (void)state;
    struct hl_framer framer;
    const char *line;
    size_t length;
    hl_framer_init(&framer, LIMIT);
    assert_int_equal(hl_framer_finish(&framer, &line, &length), HL_FRAME_PARTIAL);
    feed_text(&framer, "a\nlast\r");
    expect_line(&framer, "a");
    expect_frame(&framer, HL_FRAME_PARTIAL);
    assert_int_equal(hl_framer_finish(&framer, &line, &length), HL_FRAME_LINE);
    assert_int_equal(length, 4);
    assert_memory_equal(line, "last", 4);
    hl_framer_clear(&framer);
}

static void test_memory_stays_bounded(void **state)
{
    (void)state;
    struct hl_framer framer;
    hl_framer_init(&framer, 1000);
    char block[100];
    memset(block, 'x', sizeof block);
    block[99] = '\n';
    for (int i = 0; i < 10000; i++) {
        feed(&framer, block + 50, 50);
        const char *line;
        size_t length;
        while (hl_framer_next(&framer, &line, &length) == HL_FRAME_LINE)
            assert_int_equal(length, 49);
    }
    assert_true(framer.input.capacity <= 4096);
    hl_framer_clear(&framer);
    assert_int_equal(framer.input.capacity, 0);
}

static void test_out_of_memory_changes_nothing(void **state)
{
    (void)state;
    struct hl_framer framer;
    char *data;
    size_t room;
    hl_framer_init(&framer, LIMIT);
    feed_text(&framer, "ab");
    assert_false(hl_framer_prepare(&framer, SIZE_MAX / 2, &data, &room));
    feed_text(&framer, "c\n");
    expect_line(&framer, "abc");
    hl_framer_clear(&framer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_of_one_read),
        cmocka_unit_test(test_carriage_return_inside_stays),
        cmocka_unit_test(test_nul_bytes_pass),
        cmocka_unit_test(test_every_chunk_size),
        cmocka_unit_test(test_limit_to_the_byte),
        cmocka_unit_test(test_too_long_is_reported_once_and_holds_nothing),
        cmocka_unit_test(test_finish),
        cmocka_unit_test(test_memory_stays_bounded),
        cmocka_unit_test(test_out_of_memory_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
