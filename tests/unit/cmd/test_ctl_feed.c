/*
 * test_ctl_feed.c - RSS and Atom, whole, cut, damaged and hostile; and without memory.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "cmd/ctl_feed.h"

#include "reader_fixture.h"

static enum hl_status read_feed(const char *text, size_t length, size_t slice, struct ctl_queue *queue,
                                struct hl_error *error)
{
    struct ctl_feed *feed = ctl_feed_create(queue);
    if (!feed)
        return hl_error_no_memory(error);
    enum hl_status status = HL_OK;
    for (size_t at = 0; at < length && status == HL_OK; at += slice)
        status = ctl_feed_take(feed, text + at, length - at < slice ? length - at : slice, error);
    if (status == HL_OK)
        status = ctl_feed_finish(feed, error);
    ctl_feed_destroy(feed);
    return status;
}

static void expect(const char *text, const char *expected)
{
    expect_text(read_feed, text, expected);
}

/* An RSS document around some items. */
#define RSS(items) "<rss version='2.0'><channel><title>Wire</title>" items "</channel></rss>"
#define ITEM(title, more) "<item><title>" title "</title><guid>urn:1</guid>" more "</item>"
#define ROW(title, more) "1 {'id':'urn:1'," more "'source':'Wire','title':'" title "'}\n"

static void test_rss_2(void **state)
{
    (void)state;
    expect(
        "<?xml version='1.0'?>\n<rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/'>\n<channel>\n"
        "<title>Northern &amp; Wire</title><link>http://n.example/</link><language>en-us</language>\n"
        "<image><title>logo</title><url>http://n.example/logo</url></image>\n"
        "<item>\n<title>Storm Petra floods Aldermoor</title><link> http://n.example/1?a=1&amp;b=2 </link>"
        "<guid isPermaLink='false'>urn:n:1</guid><pubDate>Sun, 14 Dec 2025 09:30:00 +0100</pubDate>"
        "<description>Rain.</description></item>\n"
        "<item><title>Second</title><guid>http://n.example/2</guid><dc:date>2025-12-14T10:00Z</dc:date></item>\n"
        "<item><title>Third</title><guid isPermaLink='false'>17</guid><source url='http://o'>Origin</source></item>\n"
        "<item><title>Fourth</title><dc:language>de</dc:language></item>\n"
        "</channel></rss>",
        "6 {'id':'urn:n:1','lang':'en-us','published':1765701000000,'source':'Northern & Wire','summary':'Rain.',"
        "'title':'Storm Petra floods Aldermoor','url':'http://n.example/1?a=1&b=2'}\n"
        "8 {'id':'http://n.example/2','lang':'en-us','published':1765706400000,'source':'Northern & Wire',"
        "'title':'Second','url':'http://n.example/2'}\n"
        "9 {'id':'feed:c594eee1bdc88312206582b43d6d9f24','lang':'en-us','source':'Origin','title':'Third'}\n"
        "10 {'id':'feed:46942ad28d9bab3e6d8c99533a3423d5','lang':'de','source':'Northern & Wire','title':'Fourth'}\n");
}

static void test_rss_1(void **state)
{
    (void)state;
    expect(
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/' "
        "xmlns:dc='http://purl.org/dc/elements/1.1/'>\n"
        "<channel rdf:about='http://n'><title>Wire</title><dc:language>en</dc:language>"
        "<items><rdf:Seq><rdf:li rdf:resource='http://n/1'/></rdf:Seq></items></channel>\n"
        "<item rdf:about='http://n/1'><title>One</title><link>http://n/1</link><dc:date>2025-12-14</dc:date></item>\n"
        "</rdf:RDF>\n",
        "3 "
        "{'id':'http://n/1','lang':'en','published':1765670400000,'source':'Wire','title':'One','url':'http://n/1'}\n");
}

static void test_atom(void **state)
{
    (void)state;
    expect("<feed xmlns='http://www.w3.org/2005/Atom' xml:lang='de'>\n"
           "<title type='html'>Hafen &amp;amp; Post</title><id>urn:f</id><link href='http://h/'/>\n"
           "<entry><title type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>Less: <em> &lt; </em>m<b>o</b>re</div>"
           "</title><id>tag:h,2025:1</id><link rel='enclosure' href='http://e'/><link href='http://h/1?x=1&amp;y=2'/>"
           "<updated>2025-12-14T10:30:00+01:00</updated><published>2025-12-14T10:00:00.5Z</published>"
           "<summary>Plain &amp;amp; text</summary><content>Long</content></entry>\n"
           "<entry xml:lang='fr'><title>A &lt;b&gt; c</title><source><title>Origin</title><id>urn:o</id>"
           "<updated>2001-01-01T00:00:00Z</updated></source><id>urn:2</id><updated>2025-12-14T10:30:00Z</updated>"
           "<content type='html'>&lt;p&gt;One&lt;br/&gt;two</content></entry>\n"
           "<entry><title type='image/png'>x</title><id>urn:3</id></entry></feed>",
           "3 {'id':'tag:h,2025:1','lang':'de','published':1765706400500,'source':'Hafen & Post','summary':'Plain "
           "&amp; text',"
           "'title':'Less: < more','url':'http://h/1?x=1&y=2'}\n"
           "4 {'id':'urn:2','lang':'fr','published':1765708200000,'source':'Origin','summary':'One two','title':'A <b> "
           "c'}\n"
           "5 the item has no title\n");
    expect("<feed xmlns='http://purl.org/atom/ns#'><entry><title>Old</title><id>urn:1</id>"
           "<link rel='alternate' type='text/html' "
           "href='http://o'/><issued>2003-12-13T08:29:29-04:00</issued></entry></feed>",
           "1 {'id':'urn:1','published':1071318569000,'title':'Old','url':'http://o'}\n");
}

static void test_markup_in_titles(void **state)
{
    (void)state;
    static const struct {
        const char *xml, *title;
    } cases[] = {
        {RSS(ITEM("A &amp;amp; B", "")), "A & B"},
        {RSS(ITEM("A &amp; B", "")), "A & B"},
        {RSS(ITEM("&lt;b&gt;Bold&lt;/b&gt; caf&amp;eacute; &amp;#8217;", "")), "Bold caf\u00e9 \u2019"},
        {RSS(ITEM("caf&eacute;&nbsp;bar", "")), "caf\u00e9\u00a0bar"},
        {RSS(ITEM("<![CDATA[<i>A</i> & B &lt; C]]>", "")), "A & B < C"},
        {RSS(ITEM("x &lt; 3 and 4 &gt; 2", "")), "x < 3 and 4 > 2"},
        {RSS(ITEM(" two\n\t words ", "")), "two words"},
        {RSS(ITEM("one<br/>two", "")), "one two"},
        {RSS(ITEM("A<!-- c --><?php ?>B", "")), "AB"},
        {RSS(ITEM("<![CDATA[a<script>alert('x')</script><style>p{}</style>b]]>", "")), "ab"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char expected[256];
        snprintf(expected, sizeof expected, ROW("%s", ""), cases[i].title);
        expect(cases[i].xml, expected);
    }
}

static void test_only_own_elements_count(void **state)
{
    (void)state;
    expect(RSS("<item xmlns:m='http://search.yahoo.com/mrss/'><m:title>no</m:title><m:group><title>no</title></m:group>"
               "<title>Yes</title><title>second</title><guid>urn:1</guid><link>/relative</link><lang>x</lang></item>"),
           "1 {'id':'urn:1','source':'Wire','title':'Yes','url':'/relative'}\n");
    expect(
        RSS(ITEM("A",
                 "<description></description><content:encoded xmlns:content='http://purl.org/rss/1.0/modules/content/'>"
                 "&lt;p&gt;Text&lt;/p&gt;</content:encoded><pubDate>yesterday</pubDate>")),
        "1 {'id':'urn:1','source':'Wire','summary':'Text','title':'A'}\n");
}

/* What readers put up with, load does too. */
static void test_damage_that_costs_little(void **state)
{
    (void)state;
    expect(RSS(ITEM("A & B &unknown; C", "")), ROW("A B C", ""));
    expect(RSS("<item><title>Open<item><title>After</title><guid>urn:1</guid></item>"),
           "1 {'id':'feed:6d62d622c067a21c8146545dc07c7ef2','source':'Wire','title':'Open'}\n" ROW(
               "After", "") "! the XML cannot be read to its end: line 1: Opening and ending tag mismatch: title line "
                            "1 and channel\n");
}

static void test_damage_that_is_told(void **state)
{
    (void)state;
    expect("<html><body>404</body></html>", "! this is neither RSS nor Atom: its root is <html>\n");
    expect("<rss><channel>\n" ITEM("A", "") "\n<item><title>Cut",
           "2 {'id':'urn:1','title':'A'}\n3 the file ends inside this item\n"
           "! the XML ends too early\n");
    expect(RSS(ITEM("A", "")) "\n" ITEM("B", ""),
           ROW("A", "") "! the XML cannot be read to its end: line 2: Extra content at the end of the document\n");
    expect(RSS(ITEM("A", "")) "\n<!-- made by hand -->\n", ROW("A", ""));
    expect("<", "! the XML ends too early\n");
}

/* A document's own entities are not known, be they bombs or files. */
static void test_entities_of_a_document(void **state)
{
    (void)state;
    expect("<!DOCTYPE rss [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'><!ENTITY f SYSTEM 'file:///etc/passwd'>"
           "<!ENTITY % p SYSTEM 'http://127.0.0.1/x.dtd'> %p; <!ENTITY nbsp 'BAD'>]>" RSS(ITEM("x&b;&f;y&nbsp;z", "")),
           ROW("xy\u00a0z", ""));
    expect("<!DOCTYPE rss SYSTEM 'http://127.0.0.1/rss.dtd'>" RSS(ITEM("A&amp;&b;", "")), ROW("A&", ""));
}

static void test_encodings(void **state)
{
    (void)state;
    expect("<?xml version='1.0' encoding='ISO-8859-1'?>" RSS(ITEM("caf\xe9", "")), ROW("caf\u00e9", ""));
    expect("<?xml version='1.0' encoding='windows-1252'?>" RSS(ITEM("it\x92s", "")), ROW("it\u2019s", ""));
    expect("\xEF\xBB\xBF" RSS(ITEM("caf\u00e9", "")), ROW("caf\u00e9", ""));
    static const char text[] = RSS(ITEM("A", ""));
    char wide[2 * sizeof text] = "\xFF\xFE";
    for (size_t i = 0; i + 1 < sizeof text; i++) {
        wide[2 + 2 * i] = text[i];
        wide[3 + 2 * i] = '\0';
    }
    expect_found(read_feed, wide, 2 * sizeof text, 7, ROW("A", ""));
}

static char *repeat(const char *start, const char *piece, size_t count, const char *end)
{
    size_t bytes = strlen(piece);
    char *text = malloc(strlen(start) + count * bytes + strlen(end) + 1), *at = text + strlen(start);
    assert_non_null(text);
    strcpy(text, start);
    for (size_t i = 0; i < count; i++, at += bytes)
        memcpy(at, piece, bytes);
    strcpy(at, end);
    return text;
}

static void test_bounds(void **state)
{
    (void)state;
    char *text = repeat("<rss><channel>", "<a>", 300, "");
    expect_found(read_feed, text, strlen(text), 4096, "! elements are nested more than 256 deep\n");
    free(text);
    text = repeat("<rss><channel><item><title>A</title><guid>urn:1</guid><description>", "0123456789 \u00e9 ", 9000,
                  "</description></item></channel></rss>");
    struct ctl_queue queue = {0};
    struct hl_error error;
    assert_int_equal(read_feed(text, strlen(text), 4096, &queue, &error), HL_OK);
    struct ctl_queued item;
    assert_true(ctl_queue_take(&queue, &item));
    size_t length = json_string_length(json_object_get(item.row, "summary"));
    assert_true(length > 8180 && length <= 8192); /* the daemon's limit, between two characters */
    json_decref(item.row);
    ctl_queue_clear(&queue);
    free(text);
    char *id = repeat("<guid>urn:", "x", 300, "</guid>");
    text = repeat("<rss><channel><item><title>A</title>", id, 1, "</item></channel></rss>");
    expect_found(read_feed, text, strlen(text), 4096, "1 {'id':'feed:bc8623b2d63546c6f906da97454c9029','title':'A'}\n");
    free(text);
    free(id);
}

static void test_without_memory(void **state)
{
    (void)state;
    expect_survival(
        read_feed,
        "<?xml version='1.0' encoding='ISO-8859-1'?><feed xmlns='http://www.w3.org/2005/Atom' xml:lang='de'>"
        "<title type='html'>Hafen &amp;amp; Post</title>"
        "<entry><title type='html'>A &amp;eacute; &lt;p&gt;</title><id>urn:1</id><link href='http://a?x=1&amp;y=2'/>"
        "<updated>2025-12-14T10:30:00Z</updated></entry>"
        "<entry><title>B</title><updated>2025-12-14T10:30:00Z</updated><summary>C</summary></entry></feed>",
        2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rss_2),
        cmocka_unit_test(test_rss_1),
        cmocka_unit_test(test_atom),
        cmocka_unit_test(test_markup_in_titles),
        cmocka_unit_test(test_only_own_elements_count),
        cmocka_unit_test(test_damage_that_costs_little),
        cmocka_unit_test(test_damage_that_is_told),
        cmocka_unit_test(test_entities_of_a_document),
        cmocka_unit_test(test_encodings),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_without_memory),
    };
    let_json_fail();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
