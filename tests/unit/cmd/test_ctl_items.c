/*
 * test_ctl_items.c - files of all formats to headlines, by content and by name; and without memory.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <unistd.h>

#include "cmd/ctl_items.h"

#include "reader_fixture.h"

static const char *path; /* of the test's file */

static void write_file(const char *text)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    assert_int_equal(fclose(file), 0);
}

static void put_item(struct hl_buffer *out, const struct ctl_item *item)
{
    hl_buffer_printf(out, "%s%" PRIu64 " ", item->place_is_line ? "" : "item ", item->place);
    if (item->row)
        put_row(out, item->row);
    else
        hl_buffer_append_text(out, item->problem);
    hl_buffer_append_text(out, "\n");
}

/* Reads the file to its end; what is found goes into @out, if there is one. *@count: headlines. */
static enum hl_status read_file(enum ctl_format format, struct hl_buffer *out, size_t *count, struct hl_error *error)
{
    struct ctl_items *items;
    enum ctl_items_step step = CTL_ITEMS_NONE;
    struct ctl_item item;
    *count = 0;
    enum hl_status status = ctl_items_open(path, format, NULL, &items, error);
    if (status != HL_OK)
        return status;
    while (status == HL_OK && step != CTL_ITEMS_END) {
        status = ctl_items_next(items, &step, &item, error);
        if (status == HL_OK && step == CTL_ITEMS_NONE)
            status = ctl_input_fill(ctl_items_input(items), error);
        if (status != HL_OK || step != CTL_ITEMS_ITEM)
            continue;
        *count += item.row != NULL;
        if (out)
            put_item(out, &item);
        json_decref(item.row);
    }
    ctl_items_close(items);
    return status;
}

static void expect_items(const char *text, enum ctl_format format, const char *expected)
{
    struct hl_buffer out;
    struct hl_error error;
    size_t count;
    write_file(text);
    hl_buffer_init(&out);
    if (read_file(format, &out, &count, &error) != HL_OK)
        hl_buffer_printf(&out, "! %s\n", error.message);
    hl_buffer_append(&out, "", 1);
    assert_string_equal(out.data, expected);
    hl_buffer_clear(&out);
}

static const char lines[] = "{\"title\":\"A\"}\n\nno JSON\n{\"title\":\"B\",\"ts\":1}\n";
static const char rss[] = "<rss><channel><title>W</title>\n<item><title>A</title><guid>urn:1</guid></item>\n<item/>\n"
                          "<item><title>B</title><guid>urn:2</guid></item></channel></rss>";
static const char json_feed[] =
    "{\n\"version\":\"https://jsonfeed.org/version/1\",\"items\":[{\"id\":\"urn:1\",\"title\":\"A\"},{}]}";
static const char table[] = "id,title\n1,A\n2,\n";

static void test_formats(void **state)
{
    (void)state;
    expect_items(lines, CTL_FORMAT_UNKNOWN,
                 "1 {'title':'A'}\n3 not JSON: '[' or '{' expected near 'no' (at byte 2)\n4 {'title':'B','ts':1}\n");
    expect_items(rss, CTL_FORMAT_UNKNOWN,
                 "2 {'id':'urn:1','source':'W','title':'A'}\n3 the item has no title\n4 "
                 "{'id':'urn:2','source':'W','title':'B'}\n");
    expect_items(json_feed, CTL_FORMAT_UNKNOWN, "item 1 {'id':'urn:1','title':'A'}\nitem 2 the item has no title\n");
    expect_items(table, CTL_FORMAT_UNKNOWN, "2 {'id':'1','title':'A'}\n3 the title is empty\n");
    expect_items("", CTL_FORMAT_UNKNOWN, "");
}

/* By name, whatever the content; what was found before an error comes before it. */
static void test_named_formats(void **state)
{
    (void)state;
    expect_items("title\n{\"title\":1}\n", CTL_FORMAT_CSV, "2 {'title':'{\\'title\\':1}'}\n");
    expect_items("id,title\n", CTL_FORMAT_TSV,
                 "! the header names no title: name a column \"title\" or say --map title=COLUMN\n");
    expect_items(table, CTL_FORMAT_FEED, "! the XML cannot be read to its end: line 1: Document is empty\n");
    expect_items(table, CTL_FORMAT_JSON_FEED, "! not JSON: line 1: '[' or '{' expected near 'id'\n");
    expect_items("", CTL_FORMAT_JSON_FEED, "! not JSON: line 1: '[' or '{' expected near end of file\n");
    expect_items("<rss><channel><item><title>A</title><guid>urn:1</guid></item>", CTL_FORMAT_UNKNOWN,
                 "1 {'id':'urn:1','title':'A'}\n! the XML ends too early\n");
}

static void expect_file_survival(const char *text, size_t rows)
{
    bool fired = true;
    write_file(text);
    for (uint64_t nth = 1; fired; nth++) {
        struct hl_error error;
        size_t count;
        failing_malloc_arm(nth);
        enum hl_status status = read_file(CTL_FORMAT_UNKNOWN, NULL, &count, &error);
        fired = failing_malloc_fired();
        failing_malloc_arm(0);
        assert_true(status == HL_OK ? count == rows : fired && status == HL_NO_MEMORY);
    }
}

static void test_without_memory(void **state)
{
    (void)state;
    expect_file_survival(rss, 2);
    expect_file_survival(json_feed, 1);
    expect_file_survival(table, 1);
}

int main(void)
{
    char name[] = "/tmp/headlined-test-XXXXXX";
    int descriptor = mkstemp(name);
    if (descriptor < 0)
        return 1;
    close(descriptor);
    path = name;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_named_formats),
        cmocka_unit_test(test_without_memory),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(name);
    return failed;
}
