/*
 * test_encode.c - the JSON writer, with jansson as the judge of what it wrote.
 */
#include "protocol/encode.h"

#include <jansson.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void expect(struct hl_buffer *out, const char *expected)
{
    assert_false(out->failed);
    if (out->length != strlen(expected) || memcmp(out->data, expected, out->length) != 0)
        fail_msg("wrote %.*s, not %s", (int)out->length, out->data, expected);
    hl_buffer_clear(out);
}

static void expect_json(const char *text, const char *expected)
{
    struct hl_buffer out;
    hl_buffer_init(&out);
    hl_json_string(&out, (struct hl_text){text, strlen(text)});
    expect(&out, expected);
}

static void test_strings(void **state)
{
    (void)state;
    expect_json("", "\"\"");
    expect_json("plain", "\"plain\"");
    expect_json("a\"b\\c/d", "\"a\\\"b\\\\c/d\"");
    expect_json("\b\f\n\r\t\x01\x1f\x7f", "\"\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\"");
    expect_json("gr\xC3\xBC\xC3\x9F \xE2\x80\xA8 \xF0\x9F\x8C\x8D",
                "\"gr\xC3\xBC\xC3\x9F \xE2\x80\xA8 \xF0\x9F\x8C\x8D\"");
}

static void test_string_without_data(void **state)
{
    (void)state;
    struct hl_buffer out;
    hl_buffer_init(&out);
    hl_json_string(&out, (struct hl_text){NULL, 0});
    expect(&out, "\"\"");
}

/* Every code point that JSON can carry comes back from a parser as it was. */
static void test_every_code_point_makes_the_round_trip(void **state)
{
    (void)state;
    static const uint32_t leads[] = {0, 0xC0, 0xE0, 0xF0};
    struct hl_buffer out;
    hl_buffer_init(&out);
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        if (c >= 0xD800 && c <= 0xDFFF)
            continue;
        char text[4];
        size_t length = 0;
        if (c < 0x80) {
            text[length++] = (char)c;
        } else {
            size_t more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
            text[length++] = (char)(leads[more] | c >> (6 * more));
            while (more-- > 0)
                text[length++] = (char)(0x80 | (c >> (6 * more) & 0x3F));
        }
        hl_buffer_reset(&out);
        hl_json_string(&out, (struct hl_text){text, length});
        json_t *value = json_loadb(out.data, out.length, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
        assert_non_null(value);
        assert_int_equal(json_string_length(value), length);
        assert_memory_equal(json_string_value(value), text, length);
        json_decref(value);
    }
    hl_buffer_clear(&out);
}

static void test_integers(void **state)
{
    (void)state;
    struct hl_buffer out;
    hl_buffer_init(&out);
    hl_json_unsigned(&out, 0);
    hl_json_raw(&out, " ");
    hl_json_unsigned(&out, UINT64_MAX);
    hl_json_raw(&out, " ");
    hl_json_integer(&out, INT64_MIN);
    hl_json_raw(&out, " ");
    hl_json_integer(&out, INT64_MAX);
    hl_json_raw(&out, " ");
    hl_json_integer(&out, -1);
    expect(&out, "0 18446744073709551615 -9223372036854775808 9223372036854775807 -1");
}

static void expect_fixed(double value, int decimals, const char *expected)
{
    struct hl_buffer out;
    hl_buffer_init(&out);
    hl_json_fixed(&out, value, decimals);
    expect(&out, expected);
}

static void expect_number(double value, const char *expected)
{
    struct hl_buffer out;
    hl_buffer_init(&out);
    hl_json_number(&out, value);
    expect(&out, expected);
    assert_true(strtod(expected, NULL) >= value && strtod(expected, NULL) <= value);
}

/* Whatever number it is comes back, in no more digits than that takes. */
static void test_number(void **state)
{
    (void)state;
    expect_number(0, "0");
    expect_number(0.132, "0.132");
    expect_number(-2.5, "-2.5");
    expect_number(315360000, "315360000");
    expect_number(0.1 + 0.2, "0.30000000000000004");
    expect_number(1e300, "1e+300");
    expect_number(1.0 / 3, "0.33333333333333331");
}

static void test_fixed(void **state)
{
    (void)state;
    expect_fixed(0, 4, "0.0000");
    expect_fixed(-0.0, 4, "0.0000");
    expect_fixed(1, 4, "1.0000");
    expect_fixed(0.99996, 4, "1.0000");
    expect_fixed(0.00005, 4, "0.0001");
    expect_fixed(0.5214, 4, "0.5214");
    expect_fixed(-0.00001, 4, "0.0000");
    expect_fixed(-12.25, 1, "-12.3");
    expect_fixed(2.5, 0, "3");
    expect_fixed(123456.789, 6, "123456.789000");
    expect_fixed(999999999999.0, 3, "999999999999.000");
    expect_fixed(1e12, 3, "null");
    expect_fixed(-1e300, 3, "null");
    expect_fixed((double)NAN, 3, "null");
    expect_fixed((double)INFINITY, 3, "null");
}

static void test_locale_does_not_matter(void **state)
{
    (void)state;
    const char *decimal_comma[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "fr_FR"};
    for (size_t i = 0; i < 4 && !setlocale(LC_ALL, decimal_comma[i]); i++)
        continue;
    expect_fixed(1234.5, 2, "1234.50"); /* a minimal system has no such locale: then this is just another number */
    setlocale(LC_ALL, "C");
}

static void test_members(void **state)
{
    (void)state;
    struct hl_buffer out;
    struct hl_fingerprint fingerprint = {{1, 0, 0, UINT64_C(1) << 63}};
    hl_buffer_init(&out);
    hl_json_raw(&out, "{");
    hl_json_member_name(&out, "name", "a\"b");
    hl_json_member_text(&out, "text", (struct hl_text){"xyz", 2});
    hl_json_member_text(&out, "none", (struct hl_text){NULL, 0});
    hl_json_member_unsigned(&out, "u", 7);
    hl_json_member_id(&out, "id", 8);
    hl_json_member_id(&out, "no_id", 0);
    hl_json_member_fixed(&out, "f", 0.25, 2);
    hl_json_member_bool(&out, "yes", true);
    hl_json_member_bool(&out, "no", false);
    hl_json_member_time(&out, "t", 1765704600120);
    hl_json_member_time(&out, "never", HL_TIME_NONE);
    hl_json_member_fingerprint(&out, "fp", &fingerprint);
    hl_json_raw(&out, "}");
    expect(&out,
           "{\"name\":\"a\\\"b\",\"text\":\"xy\",\"none\":null,\"u\":7,\"id\":8,\"no_id\":null,\"f\":0.25,\"yes\":true,"
           "\"no\":false,\"t\":\"2025-12-14T09:30:00.120Z\",\"never\":null,"
           "\"fp\":\"0100000000000000000000000000000000000000000000000000000000000080\"}");
}

static void test_separators(void **state)
{
    (void)state;
    struct hl_buffer out;
    hl_buffer_init(&out);
    hl_json_separate(&out);
    hl_json_raw(&out, "[");
    hl_json_separate(&out);
    hl_json_unsigned(&out, 1);
    hl_json_separate(&out);
    hl_json_unsigned(&out, 2);
    hl_json_raw(&out, "]");
    expect(&out, "[1,2]");
}

static void test_failure_sticks(void **state)
{
    (void)state;
    struct hl_buffer out;
    hl_buffer_init(&out);
    hl_json_raw(&out, "{");
    out.failed = true;
    hl_json_member_name(&out, "name", "value");
    hl_json_member_unsigned(&out, "u", 1);
    hl_json_member_fixed(&out, "f", 1, 1);
    hl_json_member_time(&out, "t", 0);
    assert_true(out.failed);
    assert_int_equal(out.length, 1);
    hl_buffer_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_strings),
        cmocka_unit_test(test_string_without_data),
        cmocka_unit_test(test_every_code_point_makes_the_round_trip),
        cmocka_unit_test(test_integers),
        cmocka_unit_test(test_number),
        cmocka_unit_test(test_fixed),
        cmocka_unit_test(test_locale_does_not_matter),
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_separators),
        cmocka_unit_test(test_failure_sticks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
