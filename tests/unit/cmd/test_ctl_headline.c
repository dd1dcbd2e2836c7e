/*
 * test_ctl_headline.c - lines of files as headlines, their times, made ids, and whole files in memory.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/ctl_headline.h"
#include "cmd/ctl_rows.h"

static json_t *parse(const char *line)
{
    json_t *row;
    struct hl_error error;
    assert_int_equal(ctl_headline_parse(line, strlen(line), &row, &error), HL_OK);
    return row;
}

static void expect_copy(const char *line, const char *expected)
{
    json_t *row = parse(line), *request = json_object();
    assert_true(ctl_headline_copy(request, row));
    char *text = json_dumps(request, JSON_COMPACT | JSON_SORT_KEYS);
    assert_string_equal(text, expected);
    free(text);
    json_decref(request);
    json_decref(row);
}

static void fields_are_copied_and_others_dropped(void **state)
{
    (void)state;
    expect_copy(
        "{\"title\":\"A\",\"id\":\"x\",\"source\":\"S\",\"url\":\"u\",\"lang\":\"en\",\"summary\":\"s\","
        "\"published\":\"2026-01-01T00:00:00Z\",\"collection\":\"c\",\"op\":\"remove\",\"story\":\"7\",\"ref\":1}",
        "{\"collection\":\"c\",\"id\":\"x\",\"lang\":\"en\",\"published\":\"2026-01-01T00:00:00Z\",\"source\":\"S\","
        "\"summary\":\"s\",\"title\":\"A\",\"url\":\"u\"}");
    expect_copy("{\"title\":\"A\",\"source\":null,\"ts\":null}", "{\"title\":\"A\"}");
    expect_copy("{\"title\":\"A\",\"id\":42}", "{\"id\":\"42\",\"title\":\"A\"}");
    expect_copy("{\"title\":\"A\",\"lang\":5}",
                "{\"lang\":5,\"title\":\"A\"}"); /* the daemon says what is wrong with it */
    expect_copy("{\"title\":\"A\",\"ts\":1700000000}", "{\"published\":1700000000000,\"title\":\"A\"}");
    expect_copy("{\"title\":\"A\",\"ts\":1700000000.25}", "{\"published\":1700000000250,\"title\":\"A\"}");
    expect_copy("{\"title\":\"A\",\"ts\":1,\"published\":5}", "{\"published\":5,\"title\":\"A\"}");
    expect_copy("{\"title\":\"A\",\"ts\":1e300}", "{\"title\":\"A\"}");
    expect_copy("{\"title\":\"A\",\"ts\":\"soon\"}", "{\"title\":\"A\"}");
}

static void what_is_no_headline_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        enum hl_status status;
    } cases[] = {{"", HL_PARSE},
                 {"{", HL_PARSE},
                 {"{}{}", HL_PARSE},
                 {"{\"title\":\"A\",\"title\":\"B\"}", HL_PARSE},
                 {"[]", HL_INVALID},
                 {"{\"title\":\"\xFF\"}", HL_PARSE},
                 {"{}", HL_INVALID},
                 {"{\"title\":null}", HL_INVALID},
                 {"{\"title\":5}", HL_INVALID}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json_t *row = NULL;
        struct hl_error error = {.message = ""};
        assert_int_equal(ctl_headline_parse(cases[i].line, strlen(cases[i].line), &row, &error), cases[i].status);
        assert_null(row);
        assert_true(error.message[0] != '\0');
    }
}

static int64_t time_of(const char *line)
{
    json_t *row = parse(line);
    int64_t ms = ctl_headline_time(row);
    json_decref(row);
    return ms;
}

static void times_come_from_ts_then_published(void **state)
{
    (void)state;
    assert_true(time_of("{\"title\":\"A\"}") == HL_TIME_NONE);
    assert_true(time_of("{\"title\":\"A\",\"ts\":2,\"published\":7}") == 2000);
    assert_true(time_of("{\"title\":\"A\",\"ts\":null,\"published\":7}") == 7);
    assert_true(time_of("{\"title\":\"A\",\"published\":\"1970-01-01T00:00:01+00:00\"}") == 1000);
    assert_true(time_of("{\"title\":\"A\",\"published\":\"yesterday\"}") == HL_TIME_NONE);
    assert_true(time_of("{\"title\":\"A\",\"published\":9000000000000000}") == HL_TIME_NONE);
}

static void made_ids_depend_on_file_line_and_text(void **state)
{
    (void)state;
    char a[CTL_HEADLINE_ID_BYTES], b[CTL_HEADLINE_ID_BYTES];
    ctl_headline_make_id("f", 1, "{}", 2, a);
    assert_int_equal(strlen(a), 21);
    assert_memory_equal(a, "load:", 5);
    assert_int_equal(strspn(a + 5, "0123456789abcdef"), 16);
    assert_string_equal(a, "load:bc855a97301b825e"); /* as in earlier versions, or a file would be loaded twice */
    ctl_headline_make_id("f", 1, "{}", 2, b);
    assert_string_equal(a, b);
    ctl_headline_make_id("g", 1, "{}", 2, b);
    assert_string_not_equal(a, b);
    ctl_headline_make_id("f", 2, "{}", 2, b);
    assert_string_not_equal(a, b);
    ctl_headline_make_id("f", 1, "{}", 1, b);
    assert_string_not_equal(a, b);
}

/* ---- rows --------------------------------------------------------------------------------------------------------- */

static bool text_is(struct hl_text text, const char *expected)
{
    return text.length == strlen(expected) && memcmp(text.data, expected, text.length) == 0;
}

static void read_text(struct ctl_rows *rows, const char *content)
{
    char path[] = "/tmp/headlined-test-XXXXXX";
    int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, content, strlen(content)), strlen(content));
    close(descriptor);
    struct hl_error error;
    assert_int_equal(ctl_rows_read(rows, path, &error), HL_OK);
    unlink(path);
}

static void rows_keep_what_the_file_says(void **state)
{
    (void)state;
    struct ctl_rows rows = {.rows = NULL};
    read_text(&rows, "{\"title\":\"A\",\"id\":\"x\",\"source\":\"S\",\"ts\":3,\"story\":\"g1\",\"lang\":\"en\"}\n"
                     "\n"
                     "not a headline\n"
                     "{\"title\":\"B\",\"story\":12}\n");
    assert_int_equal(rows.count, 2);
    assert_int_equal(rows.rejected, 1);
    const struct ctl_row *a = &rows.rows[0], *b = &rows.rows[1];
    assert_true(text_is(a->headline.title, "A") && text_is(a->id, "x") && text_is(a->headline.source, "S"));
    assert_true(text_is(a->label, "g1") && text_is(a->headline.lang, "en") && a->clock_ms == 3000);
    assert_int_equal(a->headline.id.length, 0);
    assert_true(text_is(b->id, "4") && text_is(b->label, "12") && b->clock_ms == HL_TIME_NONE);
    assert_int_equal(b->line_number, 4);
    ctl_rows_clear(&rows);
}

static void shuffles_repeat_by_seed_and_lose_nothing(void **state)
{
    (void)state;
    enum { COUNT = 40 };
    char content[COUNT * 32 + 1] = "", orders[3][COUNT * 4 + 1] = {"", "", ""};
    for (int i = 0; i < COUNT; i++)
        snprintf(content + strlen(content), 32, "{\"title\":\"t%02d\",\"ts\":%d}\n", i, i);
    const uint64_t seeds[] = {1, 1, 2};
    for (int round = 0; round < 3; round++) {
        struct ctl_rows rows = {.rows = NULL};
        read_text(&rows, content);
        ctl_rows_shuffle(&rows, seeds[round]);
        bool seen[COUNT] = {false};
        for (size_t i = 0; i < COUNT; i++) {
            const struct ctl_row *row = &rows.rows[i];
            assert_true(row->clock_ms == HL_TIME_NONE && row->headline.published_ms == HL_TIME_NONE);
            seen[row->line_number - 1] = true;
            strncat(orders[round], row->headline.title.data, row->headline.title.length);
        }
        for (size_t i = 0; i < COUNT; i++)
            assert_true(seen[i]);
        ctl_rows_clear(&rows);
    }
    assert_string_equal(orders[0], orders[1]);
    assert_string_not_equal(orders[0], orders[2]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_copied_and_others_dropped),
        cmocka_unit_test(what_is_no_headline_is_refused),
        cmocka_unit_test(times_come_from_ts_then_published),
        cmocka_unit_test(made_ids_depend_on_file_line_and_text),
        cmocka_unit_test(rows_keep_what_the_file_says),
        cmocka_unit_test(shuffles_repeat_by_seed_and_lose_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
