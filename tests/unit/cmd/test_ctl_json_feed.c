/*
 * test_ctl_json_feed.c - JSON Feed, and how the formats are told apart.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "cmd/ctl_format.h"
#include "cmd/ctl_json_feed.h"

#include "reader_fixture.h"

static enum hl_status read_document(const char *text, size_t length, size_t slice, struct ctl_queue *queue,
                                    struct hl_error *error)
{
    (void)slice;
    return ctl_json_feed_read(text, length, queue, error);
}

#define FEED(items)                                                                                                    \
    "{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"Wire\",\"language\":\"en\",\"items\":[" items "]}"

static void test_items(void **state)
{
    (void)state;
    expect_text(
        read_document,
        FEED("{\"id\":\"http://a/1\",\"url\":\"http://a/1?x=1&y=2\",\"title\":\"A & <b>\",\"summary\":\"Text\","
             "\"content_html\":\"<p>x</p>\",\"date_published\":\"2025-12-14T10:30:00+01:00\"},"
             "{\"id\":2,\"title\":\"B\",\"content_html\":\"<p>One</p><p>t&amp;o</p>\",\"language\":\"de\"},"
             "{\"id\":\"3\",\"content_text\":\"no title\"},4,"
             "{\"external_url\":\"http://c\",\"title\":\"C\",\"date_modified\":\"2025-12-14T10:30:00Z\"}"),
        "1 {'id':'http://a/1','lang':'en','published':1765704600000,'source':'Wire','summary':'Text',"
        "'title':'A & <b>','url':'http://a/1?x=1&y=2'}\n"
        "2 {'id':'feed:687332206f50998cf0065cfc9553c99d','lang':'de','source':'Wire','summary':'One t&o','title':'B'}\n"
        "3 the item has no title\n4 the item has no title\n"
        "5 {'id':'http://c','lang':'en','published':1765708200000,'source':'Wire','title':'C','url':'http://c'}\n");
}

static void test_other_documents(void **state)
{
    (void)state;
    expect_text(read_document, "{\n\"version\":", "! not JSON: line 2: unexpected token near end of file\n");
    expect_text(read_document, "{\"version\":\"https://jsonfeed.org/version/1\"}",
                "! this is no JSON Feed: it needs a \"version\" of jsonfeed.org and \"items\"\n");
    expect_text(read_document, "{\"version\":1,\"items\":[]}",
                "! this is no JSON Feed: it needs a \"version\" of jsonfeed.org and \"items\"\n");
    expect_text(read_document, FEED(""), "");
}

/* Not jansson's own requests: it does not always tell that it was memory that it lacked. */
static void test_without_memory(void **state)
{
    (void)state;
    expect_survival(read_document, FEED("{\"title\":\"A\",\"id\":\"1\"},{\"title\":\"B\",\"content_text\":\"b\"}"), 2);
}

static void test_formats(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum ctl_format whole, begun; /* begun: when more will come */
    } cases[] = {
        {"", CTL_FORMAT_JSONL, CTL_FORMAT_UNKNOWN},
        {"\n \n", CTL_FORMAT_JSONL, CTL_FORMAT_UNKNOWN},
        {"{\"title\":\"A\"}", CTL_FORMAT_JSONL, CTL_FORMAT_UNKNOWN},
        {"\n{\"title\":\"A\"}\n", CTL_FORMAT_JSONL, CTL_FORMAT_JSONL},
        {"{\"title\":\"cut\n", CTL_FORMAT_JSONL, CTL_FORMAT_JSONL},
        {"{\"title\":\"On https://jsonfeed.org/version/1\"}\n", CTL_FORMAT_JSONL, CTL_FORMAT_JSONL},
        {"\xEF\xBB\xBF<?xml", CTL_FORMAT_FEED, CTL_FORMAT_FEED},
        {" \n<rss>", CTL_FORMAT_FEED, CTL_FORMAT_FEED},
        {"\xFF\xFE<", CTL_FORMAT_FEED, CTL_FORMAT_FEED},
        {"{\r\n  \"version\"", CTL_FORMAT_JSON_FEED, CTL_FORMAT_JSON_FEED},
        {FEED("") "\n", CTL_FORMAT_JSON_FEED, CTL_FORMAT_JSON_FEED},
        {"{ \"title\":\"x\", \"version\" : \"http://jsonfeed.org/version/1\",\n", CTL_FORMAT_JSON_FEED,
         CTL_FORMAT_JSON_FEED},
        {"id,title\n", CTL_FORMAT_CSV, CTL_FORMAT_CSV},
        {"id;Headline\r\n", CTL_FORMAT_CSV, CTL_FORMAT_CSV},
        {"id,title", CTL_FORMAT_CSV, CTL_FORMAT_UNKNOWN},
        {"id\t\"title\"\n", CTL_FORMAT_TSV, CTL_FORMAT_TSV},
        {"title\n", CTL_FORMAT_CSV, CTL_FORMAT_CSV},
        {"no JSON, no table\n", CTL_FORMAT_JSONL, CTL_FORMAT_JSONL},
        {"[{\"title\":1}]\n", CTL_FORMAT_JSONL, CTL_FORMAT_JSONL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s\n", cases[i].text);
        size_t length = strlen(cases[i].text);
        assert_int_equal(ctl_format_detect(cases[i].text, length, true, NULL), cases[i].whole);
        assert_int_equal(ctl_format_detect(cases[i].text, length, false, NULL), cases[i].begun);
    }
    struct ctl_map map;
    assert_int_equal(ctl_map_parse("title=a", &map, NULL), HL_OK);
    assert_int_equal(ctl_format_detect("a,b\n", 4, false, &map), CTL_FORMAT_CSV);
    assert_int_equal(ctl_format_detect("a\tb\n", 4, false, &map), CTL_FORMAT_TSV);
    assert_int_equal(ctl_format_detect("\0<\0r", 4, false, NULL), CTL_FORMAT_FEED);
}

static void test_names(void **state)
{
    (void)state;
    enum ctl_format format = CTL_FORMAT_UNKNOWN;
    assert_true(ctl_format_parse("jsonl", &format) && format == CTL_FORMAT_JSONL);
    assert_true(ctl_format_parse("tsv", &format) && format == CTL_FORMAT_TSV);
    assert_false(ctl_format_parse("", &format) || ctl_format_parse("xml", &format));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_items),   cmocka_unit_test(test_other_documents), cmocka_unit_test(test_without_memory),
        cmocka_unit_test(test_formats), cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
