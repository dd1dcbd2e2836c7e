/*
 * test_utf8.c - well-formed UTF-8 and each way of not being it; encoding and decoding of every code point.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "text/text.h"
#include "text/utf8.h"

#define BYTES(literal) (literal), sizeof(literal) - 1

static void well_formed_is_accepted(void **state)
{
    (void)state;
    static const struct {
        const char *data;
        size_t length;
    } rows[] = {
        {BYTES("")},
        {BYTES("plain ASCII, longer than one word of the machine")},
        {BYTES("\0with NUL: UTF-8 all the same")},
        {BYTES("\x7F\xC2\x80\xDF\xBF")},
        {BYTES("\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF")},
        {BYTES("\xF0\x90\x80\x80\xF4\x8F\xBF\xBF")},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t offset = 77;
        assert_true(hl_utf8_is_valid(rows[i].data, rows[i].length, &offset));
        assert_int_equal(offset, 77);
    }
}

static void ill_formed_is_refused_where_it_begins(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        const char *data;
        size_t length;
        size_t offset;
    } rows[] = {
        {"lone continuation byte", BYTES("ab\x80"), 2},
        {"lone continuation byte after a sequence", BYTES("\xC3\xA9\xA9"), 2},
        {"two bytes cut off", BYTES("abc\xC3"), 3},
        {"three bytes cut off after one", BYTES("\xE2"), 0},
        {"three bytes cut off after two", BYTES("x\xE2\x82"), 1},
        {"four bytes cut off after three", BYTES("12345678\xF0\x9F\x98"), 8},
        {"two bytes broken by ASCII", BYTES("\xC3(rest"), 0},
        {"three bytes broken by ASCII", BYTES("\xE2\x82(rest"), 0},
        {"four bytes broken by ASCII", BYTES("\xF0\x9F\x98(rest"), 0},
        {"overlong NUL", BYTES("\xC0\x80"), 0},
        {"overlong slash", BYTES("a\xC1\xAF"), 1},
        {"overlong in three bytes", BYTES("\xE0\x9F\xBF"), 0},
        {"overlong in four bytes", BYTES("\xF0\x8F\xBF\xBF"), 0},
        {"first surrogate", BYTES("\xED\xA0\x80"), 0},
        {"last surrogate", BYTES("\xED\xBF\xBF"), 0},
        {"above U+10FFFF", BYTES("\xF4\x90\x80\x80"), 0},
        {"lead byte F5", BYTES("\xF5\x80\x80\x80"), 0},
        {"byte FE", BYTES("good\xFE"), 4},
        {"byte FF", BYTES("\xFF"), 0},
        {"Latin-1", BYTES("caf\xE9 au lait"), 3},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t offset = 77;
        if (hl_utf8_is_valid(rows[i].data, rows[i].length, &offset) || offset != rows[i].offset)
            fail_msg("%s: offset %zu", rows[i].what, offset);
        assert_false(hl_utf8_is_valid(rows[i].data, rows[i].length, NULL));
    }
}

static void every_code_point_survives(void **state)
{
    (void)state;
    for (uint32_t point = 0; point <= 0x10FFFF; point++) {
        char bytes[HL_UTF8_MAX_BYTES];
        size_t size = hl_utf8_encode(point, bytes);
        bool surrogate = point >= 0xD800 && point <= 0xDFFF;
        assert_int_equal(hl_utf8_is_valid(bytes, size, NULL), !surrogate);
        uint32_t decoded;
        assert_int_equal(hl_utf8_decode(bytes, size, &decoded), size);
        assert_int_equal(decoded, point);
    }
}

static void cut_sequence_is_not_read_past_its_end(void **state)
{
    (void)state;
    uint32_t point = 0;
    assert_int_equal(hl_utf8_decode("\xE2\x82", 2, &point), 2);
    assert_int_equal(point, HL_REPLACEMENT_POINT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(well_formed_is_accepted),
        cmocka_unit_test(ill_formed_is_refused_where_it_begins),
        cmocka_unit_test(every_code_point_survives),
        cmocka_unit_test(cut_sequence_is_not_read_past_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
