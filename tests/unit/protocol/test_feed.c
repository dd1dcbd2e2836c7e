/*
 * test_feed.c - stories as Atom and JSON Feed: what is in them, what cannot get into them, and without memory. tests/integration/test_feeds.py
 * gives them to other programs' parsers.
 */
#include "protocol/feed.h"
#include "protocol/markup.h"
#include "support/failing_malloc.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOW INT64_C(1765704600000) /* 2025-12-14T09:30:00Z */

struct fixture {
    struct hl_service service;
    struct hl_story_query query;
    struct hl_buffer out;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    if (!f)
        return -1;
    struct hl_engine_options options = hl_engine_options_default();
    for (unsigned i = 0; i < HL_STATE_ID_BYTES; i++)
        f->service.state_id[i] = (unsigned char)(0x10 + i);
    f->query = (struct hl_story_query){.since_ms = HL_TIME_NONE, .until_ms = HL_TIME_NONE, .limit = 20};
    hl_buffer_init(&f->out);
    *state = f;
    return hl_engine_create(&options, &f->service.engine, NULL) == HL_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    hl_engine_destroy(f->service.engine);
    hl_buffer_clear(&f->out);
    free(f);
    return 0;
}

static struct hl_text text(const char *data)
{
    return (struct hl_text){data, strlen(data)};
}

static void add(struct fixture *f, const char *title, const char *source, const char *url, int64_t at_ms)
{
    struct hl_headline headline = {
        .title = text(title), .source = text(source), .url = text(url), .published_ms = HL_TIME_NONE};
    struct hl_result result;
    assert_int_equal(hl_engine_add(f->service.engine, &headline, at_ms, &result, NULL), HL_OK);
}

/* The feed, with a NUL behind it. */
static const char *feed(struct fixture *f, enum hl_feed_form form, const char *target)
{
    hl_buffer_reset(&f->out);
    assert_int_equal(hl_feed_put(&f->service, &f->query, form, text(target), NOW, &f->out, NULL), HL_OK);
    assert_true(hl_buffer_append(&f->out, "", 1));
    return f->out.data;
}

static void test_atom(void **state)
{
    struct fixture *f = *state;
    add(f, "Storm Petra floods \"Aldermoor\" & <b>more</b>", "Wire & Co", "https://a.example/?x=1&y=2", NOW);
    add(f, "Storm Petra floods \"Aldermoor\" & <b>more</b>", "Post", "javascript:alert(1)", NOW + 1000);
    assert_string_equal(
        feed(f, HL_FEED_ATOM, "/v1/feed.atom?limit=5&text=a\"b"),
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n"
        "<id>urn:uuid:18191a1b-1c1d-8e1f-8c77-ddc1a49baca0</id>\n<title>Stories</title>\n"
        "<link rel=\"self\" "
        "href=\"/v1/feed.atom?limit=5&amp;text=a&quot;b\"/>\n<updated>2025-12-14T09:30:01.000Z</updated>\n"
        "<author><name>headlined</name></author>\n<generator version=\"0.1.0\">headlined</generator>\n"
        "<entry xml:lang=\"en\">\n<id>urn:uuid:10111213-1415-8617-8000-000000000001</id>\n"
        "<title>Storm Petra floods &quot;Aldermoor&quot; &amp; &lt;b&gt;more&lt;/b&gt;</title>\n"
        "<link href=\"https://a.example/?x=1&amp;y=2\"/>\n<updated>2025-12-14T09:30:01.000Z</updated>\n"
        "<published>2025-12-14T09:30:00.000Z</published>\n<author><name>Wire &amp; Co</name></author>\n"
        "<content type=\"html\">&lt;p&gt;2 headlines of 2 sources&lt;/p&gt;&lt;ul&gt;&lt;li&gt;Wire &amp;amp; Co: "
        "&lt;a href=&quot;https://a.example/?x=1&amp;amp;y=2&quot;&gt;"
        "Storm Petra floods &amp;quot;Aldermoor&amp;quot; &amp;amp; "
        "&amp;lt;b&amp;gt;more&amp;lt;/b&amp;gt;&lt;/a&gt;&lt;/li&gt;"
        "&lt;li&gt;Post: Storm Petra floods &amp;quot;Aldermoor&amp;quot; &amp;amp; "
        "&amp;lt;b&amp;gt;more&amp;lt;/b&amp;gt;&lt;/li&gt;"
        "&lt;/ul&gt;</content>\n</entry>\n</feed>\n");
}

static void test_json(void **state)
{
    struct fixture *f = *state;
    add(f, "Storm Petra floods \"Aldermoor\" & <b>more</b>", "Wire", "ftp://a.example/", NOW);
    assert_string_equal(
        feed(f, HL_FEED_JSON, "/v1/feed.json"),
        "{\"version\":\"https://jsonfeed.org/version/"
        "1.1\",\"title\":\"Stories\",\"authors\":[{\"name\":\"headlined\"}],\"items\":["
        "{\"id\":\"urn:uuid:10111213-1415-8617-8000-000000000001\","
        "\"title\":\"Storm Petra floods \\\"Aldermoor\\\" & <b>more</b>\","
        "\"content_html\":\"<p>1 headline of 1 source</p><ul><li>Wire: Storm Petra floods &quot;Aldermoor&quot; &amp; "
        "&lt;b&gt;more&lt;/b&gt;</li></ul>\",\"date_published\":\"2025-12-14T09:30:00.000Z\","
        "\"date_modified\":\"2025-12-14T09:30:00.000Z\",\"language\":\"en\",\"authors\":[{\"name\":\"Wire\"}],"
        "\"_headlined\":{\"story\":1,\"topic\":null,\"collection\":\"default\",\"headlines\":1,\"source_count\":1}}]}"
        "\n");
}

/* The same for a story's life, and another for another story, another state and another query. */
static void test_ids(void **state)
{
    struct fixture *f = *state;
    add(f, "Storm Petra floods Aldermoor", "Wire", "", NOW);
    static const char entry[] = "<id>urn:uuid:10111213-1415-8617-8000-000000000001</id>";
    assert_non_null(strstr(feed(f, HL_FEED_ATOM, "/v1/feed.atom"), entry));
    char first[64];
    snprintf(first, sizeof first, "%.54s", strstr(f->out.data, "<id>"));
    add(f, "Storm Petra floods Aldermoor, thousands without power", "Post", "", NOW);
    assert_non_null(strstr(feed(f, HL_FEED_ATOM, "/v1/feed.atom"), entry));
    assert_non_null(strstr(f->out.data, first));
    assert_null(strstr(feed(f, HL_FEED_ATOM, "/v1/feed.atom?limit=1"), first));
    f->service.state_id[0]++;
    assert_null(strstr(feed(f, HL_FEED_ATOM, "/v1/feed.atom"), entry));
}

static void test_what_is_asked_for(void **state)
{
    struct fixture *f = *state;
    assert_non_null(strstr(feed(f, HL_FEED_ATOM, "/"), "<updated>2025-12-14T09:30:00.000Z</updated>"));
    assert_null(strstr(f->out.data, "<entry"));
    assert_string_equal(feed(f, HL_FEED_JSON, "/"),
                        "{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"Stories\","
                        "\"authors\":[{\"name\":\"headlined\"}],\"items\":[]}\n");
    add(f, "Storm Petra floods Aldermoor", "Wire", "", NOW);
    add(f, "Observatory photographs rare double comet", "Wire", "", NOW);
    f->query.text = text("comet <");
    const char *out = feed(f, HL_FEED_ATOM, "/");
    assert_non_null(strstr(out, "<title>Stories: comet &lt;</title>"));
    assert_non_null(strstr(out, "Observatory"));
    assert_null(strstr(out, "Petra"));
    f->query.collection = text("nowhere");
    hl_buffer_reset(&f->out);
    assert_int_equal(hl_feed_put(&f->service, &f->query, HL_FEED_ATOM, text("/"), NOW, &f->out, NULL), HL_NOT_FOUND);
}

static void test_long_stories_are_cut(void **state)
{
    struct fixture *f = *state;
    char source[32];
    for (int i = 0; i < 25; i++) {
        snprintf(source, sizeof source, "Source %d", i);
        add(f, "Storm Petra floods Aldermoor", source, "", NOW + i);
    }
    const char *out = feed(f, HL_FEED_JSON, "/");
    assert_non_null(strstr(out, "<p>25 headlines of 25 sources</p>"));
    assert_non_null(strstr(out, "<li>Source 19: "));
    assert_non_null(strstr(out, "</li><li>and 5 more</li></ul>"));
    assert_null(strstr(out, "Source 20"));
}

static void test_without_memory(void **state)
{
    struct fixture *f = *state;
    add(f, "Storm Petra floods Aldermoor", "Wire", "http://a", NOW);
    f->query.text = text("petra");
    for (int form = HL_FEED_ATOM; form <= HL_FEED_JSON; form++) {
        bool fired = true;
        for (uint64_t nth = 1; fired; nth++) {
            hl_buffer_clear(&f->out);
            failing_malloc_arm(nth);
            enum hl_status status =
                hl_feed_put(&f->service, &f->query, (enum hl_feed_form)form, text("/"), NOW, &f->out, NULL);
            fired = failing_malloc_fired();
            failing_malloc_arm(0);
            assert_true(status == HL_OK || (fired && status == HL_NO_MEMORY));
            assert_true(fired || status == HL_OK);
        }
    }
}

/* ---- markup ------------------------------------------------------------------------------------------------------- */

static void test_markup(void **state)
{
    (void)state;
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"", ""},
        {"plain", "plain"},
        {"<a href='x' b=\"y\">&amp;", "&lt;a href=&#39;x&#39; b=&quot;y&quot;&gt;&amp;amp;"},
        {"a\001b\x1F"
         "c\td\ne\rf",
         "abc\td\ne f"},
        {"caf\u00e9 \u65e5 \U0001F600", "caf\u00e9 \u65e5 \U0001F600"},
        {"x\xEF\xBF\xBEy\xEF\xBF\xBF", "xy"},
        {"\uFFFD]]>", "\uFFFD]]&gt;"},
    };
    struct hl_buffer out;
    hl_buffer_init(&out);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        hl_buffer_reset(&out);
        hl_markup_put(&out, text(cases[i].text));
        hl_buffer_append(&out, "", 1);
        assert_string_equal(out.data, cases[i].expected);
    }
    hl_buffer_clear(&out);
}

static void test_links(void **state)
{
    (void)state;
    static const char *const good[] = {"http://a", "HTTPS://a/?b=c&d#e", "https://b\u00fccher.example/"};
    static const char *const bad[] = {"",          "http://",       "javascript:alert(1)", "ftp://a",   "//a",
                                      "/relative", "http://a b",    "http://a\"",          "http://a<", " http://a",
                                      "data:,x",   "https://a\x7F", "http://a\n"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(hl_markup_is_link(text(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(hl_markup_is_link(text(bad[i])));
}

#define FIXTURE_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_atom),
        FIXTURE_TEST(test_json),
        FIXTURE_TEST(test_ids),
        FIXTURE_TEST(test_what_is_asked_for),
        FIXTURE_TEST(test_long_stories_are_cut),
        FIXTURE_TEST(test_without_memory),
        cmocka_unit_test(test_markup),
        cmocka_unit_test(test_links),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
