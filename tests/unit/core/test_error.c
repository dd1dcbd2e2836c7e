/*
 * test_error.c - status names, and messages that are always whole, valid and ended.
 */
#include <headlined/error.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_every_status_has_its_own_names(void **state)
{
    (void)state;
    for (int i = 0; i < HL_STATUS_COUNT; i++) {
        assert_true(strlen(hl_status_code((enum hl_status)i)) > 1);
        assert_true(strlen(hl_status_message((enum hl_status)i)) > 5);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(hl_status_code((enum hl_status)i), hl_status_code((enum hl_status)j));
    }
    assert_string_equal(hl_status_code(HL_OK), "ok");
    assert_string_equal(hl_status_code(HL_UNKNOWN_OP), "unknown_op");
    assert_string_equal(hl_status_message(HL_NO_MEMORY), "out of memory");
    assert_non_null(hl_status_code(HL_STATUS_COUNT));
    assert_non_null(hl_status_message(HL_STATUS_COUNT));
}

static void test_set_fills_everything(void **state)
{
    (void)state;
    struct hl_error error;
    memset(&error, 0xA5, sizeof(error));
    assert_int_equal(hl_error_set(&error, HL_LIMIT, "title", "at most %d of %s", 7, "them"), HL_LIMIT);
    assert_int_equal(error.status, HL_LIMIT);
    assert_int_equal(error.offset, 0);
    assert_string_equal(error.field, "title");
    assert_string_equal(error.message, "at most 7 of them");
    assert_int_equal(hl_error_set(&error, HL_IO, NULL, "x"), HL_IO);
    assert_string_equal(error.field, "");
    assert_int_equal(hl_error_set(NULL, HL_PARSE, "f", "%s", "nobody listens"), HL_PARSE);
}

static void test_arguments_may_be_the_error_itself(void **state)
{
    (void)state;
    struct hl_error error;
    (void)hl_error_set(&error, HL_INVALID, "lang", "not a tag");
    (void)hl_error_set(&error, HL_INVALID, error.field, "line 3: %s (%s)", error.message, error.field);
    assert_string_equal(error.message, "line 3: not a tag (lang)");
    assert_string_equal(error.field, "lang");
}

/* Every cut of every width of character: the message must end at the last whole character that fits. */
static void test_cuts_between_characters(void **state)
{
    (void)state;
    const char *characters[] = {"a", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x93\xB0"};
    for (size_t c = 0; c < 4; c++) {
        size_t bytes = strlen(characters[c]);
        for (size_t shift = 0; shift < 5; shift++) {
            char text[400] = {0};
            memset(text, '.', shift);
            for (size_t i = shift; i + bytes < sizeof(text); i += bytes)
                memcpy(text + i, characters[c], bytes);
            struct hl_error error;
            (void)hl_error_set(&error, HL_INVALID, text, "%s", text);
            size_t length = shift + (sizeof(error.message) - 1 - shift) / bytes * bytes;
            assert_int_equal(strlen(error.message), length);
            assert_memory_equal(error.message, text, length);
            length = shift + (sizeof(error.field) - 1 - shift) / bytes * bytes;
            assert_int_equal(strlen(error.field), length);
            assert_memory_equal(error.field, text, length);
        }
    }
}

static void test_bytes_that_are_not_utf8_become_question_marks(void **state)
{
    (void)state;
    const struct {
        const char *bytes, *text;
    } cases[] = {
        {"a\xFFz", "a?z"},
        {"a\x80z", "a?z"},
        {"\xC3", "?"},
        {"\xC3z", "?z"},
        {"\xC0\xAF", "??"},           /* overlong */
        {"\xE0\x80\xAF", "???"},      /* overlong */
        {"\xED\xA0\x80", "???"},      /* surrogate */
        {"\xF4\x90\x80\x80", "????"}, /* above U+10FFFF */
        {"\xE2\x82", "??"},
        {"\xF0\x9F\x93\xB0", "\xF0\x9F\x93\xB0"},
        {"\xED\x9F\xBF\xEE\x80\x80", "\xED\x9F\xBF\xEE\x80\x80"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct hl_error error;
        (void)hl_error_set(&error, HL_INVALID, cases[i].bytes, "<%s>", cases[i].bytes);
        char expected[16] = "<";
        strcat(strcat(expected, cases[i].text), ">");
        assert_string_equal(error.message, expected);
        assert_string_equal(error.field, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_status_has_its_own_names),
        cmocka_unit_test(test_set_fills_everything),
        cmocka_unit_test(test_arguments_may_be_the_error_itself),
        cmocka_unit_test(test_cuts_between_characters),
        cmocka_unit_test(test_bytes_that_are_not_utf8_become_question_marks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
