/*
 * test_ctl_csv.c - tables: quoting, headers, maps, damage, and without memory.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "cmd/ctl_csv.h"

#include "reader_fixture.h"

static enum hl_status read_table(char delimiter, const struct ctl_map *map, const char *text, size_t length,
                                 size_t slice, struct ctl_queue *queue, struct hl_error *error)
{
    struct ctl_csv *csv = ctl_csv_create(delimiter, map, queue);
    if (!csv)
        return hl_error_no_memory(error);
    enum hl_status status = HL_OK;
    for (size_t at = 0; at < length && status == HL_OK; at += slice)
        status = ctl_csv_take(csv, text + at, length - at < slice ? length - at : slice, error);
    if (status == HL_OK)
        status = ctl_csv_finish(csv, error);
    ctl_csv_destroy(csv);
    return status;
}

static enum hl_status read_csv(const char *text, size_t length, size_t slice, struct ctl_queue *queue,
                               struct hl_error *error)
{
    return read_table('\0', NULL, text, length, slice, queue, error);
}

static enum hl_status read_tsv(const char *text, size_t length, size_t slice, struct ctl_queue *queue,
                               struct hl_error *error)
{
    return read_table('\t', NULL, text, length, slice, queue, error);
}

static enum hl_status read_mapped(const char *text, size_t length, size_t slice, struct ctl_queue *queue,
                                  struct hl_error *error)
{
    struct ctl_map map;
    assert_int_equal(ctl_map_parse("title=Headline,source=2,published=When", &map, error), HL_OK);
    return read_table('\0', &map, text, length, slice, queue, error);
}

static void test_quoting(void **state)
{
    (void)state;
    expect_text(read_csv,
                "title,source\r\nPlain,Wire\r\n\"Quoted, with \"\"quotes\"\"\",Wire\r\n\"Two\r\nlines\",Post\r\n\r\n"
                " spaces , around \r\n\"\",empty title\r\n\"Last\",",
                "2 {'source':'Wire','title':'Plain'}\n3 {'source':'Wire','title':'Quoted, with \\'quotes\\''}\n"
                "4 {'source':'Post','title':'Two\\nlines'}\n7 {'source':'around','title':'spaces'}\n"
                "8 the title is empty\n9 {'title':'Last'}\n");
    expect_text(read_tsv, "source\ttitle\nWire\tA, b and \"c\"\n\t\"Quoted\ttab\"\n",
                "2 {'source':'Wire','title':'A, b and \\'c\\''}\n3 {'title':'Quoted\\ttab'}\n");
    expect_text(read_csv, "title;source\nA, b;Wire\n", "2 {'source':'Wire','title':'A, b'}\n");
}

/* A single line is then read as it stands; of several lines nobody knows what was meant. */
static void test_wrong_quotes(void **state)
{
    (void)state;
    expect_text(
        read_csv,
        "title,source\n\"Wicked\" tops box office,Wire\nHe said \"no\",Post\n\"Two\nlines\" and more,Wire\nNext,Wire\n",
        "2 {'source':'Wire','title':'\\'Wicked\\' tops box office'}\n3 {'source':'Post','title':'He said \\'no\\''}\n"
        "4 the quotes of the record that begins here do not match (to line 5)\n6 {'source':'Wire','title':'Next'}\n");
    expect_text(read_csv, "title\nA\n\"never closed\nB\n",
                "2 {'title':'A'}\n3 a quote opens in this record that nothing closes (to line 4)\n");
}

static void test_columns(void **state)
{
    (void)state;
    expect_text(
        read_csv,
        "\xEF\xBB\xBFID,Headline,Outlet,Link,Language,Description,pubDate,collection,other\n"
        "17,A,Wire,http://a,de,Text,\"Sun, 14 Dec 2025 09:30:00 GMT\",desk,x\n",
        "2 {'collection':'desk','id':'17','lang':'de','published':1765704600000,'source':'Wire','summary':'Text',"
        "'title':'A','url':'http://a'}\n");
    expect_text(
        read_csv, "title,ts,published\nA,1772500000.5,1765704600000\nB,2025-12-14,some day\nC,,-5\nD\n",
        "2 {'published':1765704600000,'title':'A','ts':1772500000.5}\n"
        "3 {'published':'some day','title':'B','ts':1765670400}\n4 {'published':-5,'title':'C'}\n5 {'title':'D'}\n");
    expect_text(read_mapped, "title,Outlet,When,Headline\nno,Wire,2025-12-14T09:30:00Z,Yes\n",
                "2 {'published':1765704600000,'source':'Wire','title':'Yes'}\n");
}

static void test_headers_that_do_not_do(void **state)
{
    (void)state;
    expect_text(read_csv, "a,b\nx,y\n",
                "! the header names no title: name a column \"title\" or say --map title=COLUMN\n");
    expect_text(read_mapped, "title,Outlet,When\nx,y,z\n",
                "! there is no column Headline: the header is \"title,Outlet,When\"\n");
    expect_text(read_csv, "", "");
    expect_text(read_csv, "title", "");
}

static void test_damage(void **state)
{
    (void)state;
    expect_text(
        read_csv, "title,source\nA,b,c\nB,Wire\n",
        "2 3 fields, but the header has 2: quote a field that holds the delimiter\n3 {'source':'Wire','title':'B'}\n");
    expect_text(read_csv, "title,source\ncaf\xe9,Wire\n\xC3,\xA9\nB,Wire\n",
                "2 not UTF-8: convert the file (iconv)\n3 not UTF-8: convert the file (iconv)\n4 "
                "{'source':'Wire','title':'B'}\n");
    static const char with_nul[] = "title\nA\0B\nC\n";
    expect_found(read_csv, with_nul, sizeof with_nul - 1, 3, "2 a NUL byte: this is no UTF-8 text\n3 {'title':'C'}\n");
}

static char *long_text(const char *start, size_t count, const char *end)
{
    char *text = malloc(strlen(start) + count + strlen(end) + 1);
    assert_non_null(text);
    strcpy(text, start);
    memset(text + strlen(start), 'x', count);
    strcpy(text + strlen(start) + count, end);
    return text;
}

static void test_bounds(void **state)
{
    (void)state;
    char *text = long_text("title\nA\n", (1 << 20) + 1, "\nB\n");
    expect_found(read_csv, text, strlen(text), 4096, "2 {'title':'A'}\n3 the line is too long\n4 {'title':'B'}\n");
    free(text);
    text = long_text("title\nA\n\"open\n", (1 << 20) - 6, "\nB\n\"C\nD\"\n");
    expect_found(read_csv, text, strlen(text), 4096,
                 "2 {'title':'A'}\n3 the record that begins here is too long: is a quote missing? (to line 4)\n"
                 "5 {'title':'B'}\n6 {'title':'C\\nD'}\n");
    free(text);
    char *many = malloc(3 * CTL_CSV_COLUMNS_MAX + 16);
    strcpy(many, "title");
    for (int i = 0; i < CTL_CSV_COLUMNS_MAX; i++)
        strcat(many, ",a");
    expect_found(read_csv, many, strlen(many), 4096, "! more than 256 columns\n");
    free(many);
}

static void test_maps(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "title", "title=", "=x", "name=x", "title=a,", "title=0", "title=257"};
    struct ctl_map map;
    struct hl_error error;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(ctl_map_parse(bad[i], &map, &error), HL_INVALID);
    assert_int_equal(ctl_map_parse("Title=Head line,ts=12,source=2000", &map, &error), HL_OK);
    assert_int_equal(map.columns[CTL_COLUMN_TITLE].length, 9);
    assert_int_equal(map.columns[CTL_COLUMN_TITLE].number, 0);
    assert_int_equal(map.columns[CTL_COLUMN_TS].number, 12);
    assert_int_equal(map.columns[CTL_COLUMN_SOURCE].number, 0); /* a year, as a name */
    assert_null(map.columns[CTL_COLUMN_URL].name);
}

static void test_delimiters(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        char delimiter, mapped;
    } cases[] = {
        {"title,source", ',', ','},
        {"a\t\"Title\" \r", '\t', '\t'},
        {"x;headline", ';', ';'},
        {"title", ',', 0},
        {"a,b", 0, ','},
        {"a b c", 0, 0},
        {"", 0, 0},
        {"the title,b", 0, ','},
    };
    struct ctl_map map;
    assert_int_equal(ctl_map_parse("title=a", &map, NULL), HL_OK);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(ctl_csv_delimiter(cases[i].line, strlen(cases[i].line), NULL), cases[i].delimiter);
        char mapped = cases[i].mapped ? cases[i].mapped : cases[i].delimiter;
        assert_int_equal(ctl_csv_delimiter(cases[i].line, strlen(cases[i].line), &map), mapped);
    }
}

static void test_without_memory(void **state)
{
    (void)state;
    expect_survival(read_csv, "title,id,published\nA,1,2025-12-14\n\"B\nb\",2,\n\"C\" c,3,17\n", 3);
    expect_survival(read_mapped, "Headline,b,When\nA,1,2025-12-14\n", 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quoting),        cmocka_unit_test(test_wrong_quotes),
        cmocka_unit_test(test_columns),        cmocka_unit_test(test_headers_that_do_not_do),
        cmocka_unit_test(test_damage),         cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_maps),           cmocka_unit_test(test_delimiters),
        cmocka_unit_test(test_without_memory),
    };
    let_json_fail();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
