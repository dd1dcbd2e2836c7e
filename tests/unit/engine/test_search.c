/*
 * test_search.c - full text over live headlines, against a slow search that reads every title, and by examples.
 */
#include "engine/collection.h"
#include "engine/state.h"
#include "engine/store.h"
#include "engine/vector.h"
#include "engine/vocabulary.h"
#include "support/engine_fixture.h"
#include "support/failing_allocator.h"
#include "support/news_stream.h"
#include "support/random.h"

#include <headlined/questions.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOW FIXTURE_NOW_MS
#define MINUTE INT64_C(60000)

enum { CALLS = 1500, FOUND_MAX = 5000, LIMIT = 1000, QUERIES = 200, PARTS = 3 };

/* ---- asking -------------------------------------------------------------------------------------------------------- */

struct answer {
    size_t count;
    bool truncated;
    struct hl_search_hit *hits; /* owned, room for FOUND_MAX */
};

static struct hl_search_query query_of(const char *q, enum hl_search_order order)
{
    return (struct hl_search_query){
        .q = text_of(q), .since_ms = HL_TIME_NONE, .until_ms = HL_TIME_NONE, .order = order, .limit = LIMIT};
}

/* All pages of @limit one after the other. */
static void ask(hl_engine *engine, struct hl_search_query query, size_t limit, struct answer *answer)
{
    struct hl_error error = {0};
    bool more = true;
    answer->count = 0;
    answer->truncated = false;
    for (query.limit = limit; more;) {
        size_t count = 0;
        bool truncated = false;
        assert_true(answer->count + limit <= FOUND_MAX);
        if (hl_engine_search(engine, &query, answer->hits + answer->count, &count, &query.after, &more, &truncated,
                             &error) != HL_OK)
            fail_msg("%.*s: %s", (int)query.q.length, query.q.data, error.message);
        assert_true(!more || count == limit);
        answer->count += count;
        answer->truncated = answer->truncated || truncated;
    }
}

/* The ids that @q finds, in order. */
static void expect_ids(hl_engine *engine, struct hl_search_query query, const char *expected)
{
    struct answer answer = {.hits = calloc(FOUND_MAX, sizeof *answer.hits)};
    char ids[512] = "";
    assert_non_null(answer.hits);
    ask(engine, query, 2, &answer);
    for (size_t i = 0; i < answer.count; i++) {
        struct hl_text id = answer.hits[i].headline.id;
        size_t used = strlen(ids);
        snprintf(ids + used, sizeof ids - used, "%s%.*s", i > 0 ? " " : "", (int)id.length, id.data);
    }
    print_message("%.*s\n", (int)query.q.length, query.q.data);
    assert_string_equal(ids, expected);
    assert_false(answer.truncated);
    free(answer.hits);
}

static void expect_found(hl_engine *engine, const char *q, const char *expected)
{
    expect_ids(engine, query_of(q, HL_SEARCH_LATEST), expected);
}

/* ---- by examples --------------------------------------------------------------------------------------------------- */

static hl_engine *small_engine(void)
{
    static const struct {
        const char *id, *title, *source, *lang;
    } rows[] = {
        {"e1", "White House says floods near Aldermoor are over", "Wire", "en"},
        {"e2", "House painted white: flooding of Harbour Street", "Post", "en"},
        {"e3", "Presidential election: turnout reports from Merrow", "Wire", "en-GB"},
        {"d1", "Hochwasser: M\xc3\xbchlen in Merrow stehen unter Wasser", "Tagblatt", "de"},
        {"d2", "Wahlen in Merrow: wer gewann?", "Tagblatt", "de"},
        {"p1", "Elei\xc3\xa7\xc3\xb5\x65s em Merrow adiadas por cheias", "Jornal", "pt-BR"},
        {"z1", "\xe5\x8c\x97\xe4\xba\xac\xe5\xb8\x82\xe5\xb0\x86\xe4\xb8\xbe\xe8\xa1\x8c\xe5\xa4\xa7\xe4\xbc\x9a",
         "Daily", "zh"},
        {"n1", "Covid-19: 1,200 cases in a week - Wire", "Wire", "en"},
    };
    hl_engine *engine = engine_create(NULL, 4);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct hl_headline headline = headline_of(rows[i].title);
        headline.id = text_of(rows[i].id);
        headline.source = text_of(rows[i].source);
        headline.lang = text_of(rows[i].lang);
        engine_add(engine, &headline, NOW + (int64_t)i * MINUTE);
    }
    return engine;
}

static void test_words(void **state)
{
    (void)state;
    hl_engine *engine = small_engine();
    expect_found(engine, "merrow", "p1 d2 d1 e3");
    expect_found(engine, "MERROW wahl", "d2"); /* all of them, in any form and case, in the headline's language */
    expect_found(engine, "flood", "e2 e1");    /* floods, flooding */
    expect_found(engine, "reported", "e3");    /* reports */
    expect_found(engine, "adiado", "p1");      /* adiadas */
    expect_found(engine, "nowhere", "");
    expect_found(engine, "merrow nowhere", "");
    expect_found(engine, "covid-19", "n1");
    expect_found(engine, "wire", ""); /* the tail is no part of the news */
    expect_found(engine, "\xe5\x8c\x97\xe4\xba\xac", "z1");
    hl_engine_destroy(engine);
}

static void test_rows_and_beginnings(void **state)
{
    (void)state;
    hl_engine *engine = small_engine();
    expect_found(engine, "white house", "e2 e1");
    expect_found(engine, "\"white house\"", "e1");
    expect_found(engine, "\xe2\x80\x9cWHITE House\xe2\x80\x9d flood", "e1"); /* typographic quotes */
    expect_found(engine, "\"white house\" \"near aldermoor\"", "e1");
    expect_found(engine, "\"house white\"", "");
    expect_found(engine, "\"flood near\"", ""); /* as it is spelled: floods */
    expect_found(engine, "\"white hou* says\"", "e1");
    expect_found(engine, "\"near aldermoor", "e1"); /* an open quote ends with the text */
    expect_found(engine, "presid*", "e3");
    expect_found(engine, "presidentia*", "e3"); /* beyond the stem */
    expect_found(engine, "presidentiq*", "");
    expect_found(engine, "elec* merr*", "e3");
    expect_found(engine, "m\xc3\xbch*", "d1"); /* the stemmer leaves no accent */
    expect_found(engine, "mer* -", "p1 d2 d1 e3");
    expect_found(engine, "\xe5\x8c\x97*", "z1");
    hl_engine_destroy(engine);
}

static void test_filters(void **state)
{
    (void)state;
    hl_engine *engine = small_engine();
    struct hl_search_query query = query_of("merrow", HL_SEARCH_LATEST);
    query.source = text_of("Tagblatt");
    expect_ids(engine, query, "d2 d1");
    query.source = text_of("tagblatt");
    expect_ids(engine, query, "");
    query = query_of("merrow", HL_SEARCH_LATEST);
    query.lang = text_of("PT");
    expect_ids(engine, query, "p1");
    query = query_of("merrow", HL_SEARCH_LATEST);
    query.since_ms = NOW + 3 * MINUTE;
    query.until_ms = NOW + 4 * MINUTE;
    expect_ids(engine, query, "d2 d1");
    query.since_ms = NOW + 3 * MINUTE + 1;
    query.until_ms = NOW + 5 * MINUTE - 1;
    expect_ids(engine, query, "d2");
    hl_engine_destroy(engine);
}

/* What is more about the words comes first; weights are those of the arrival, so that the first to say it was rarer. */
static void test_rank(void **state)
{
    (void)state;
    hl_engine *engine = engine_create(NULL, 5);
    engine_fill(engine, 30, NOW);
    engine_add_title(engine, "Ferry strike", "short", NULL, NOW + 1);
    engine_add_title(engine, "Ferry crews in Dunmore and on the islands vote to go on strike in the summer", "long",
                     NULL, NOW + 2);
    engine_add_title(engine, "Ferry strike", "again", "B", NOW + 3);
    struct hl_headline headline = headline_of("Dunmore harbour closed");
    headline.id = text_of("summary");
    headline.summary = text_of("The ferry crews are on strike.");
    engine_add(engine, &headline, NOW + 4);
    expect_ids(engine, query_of("ferry strike", HL_SEARCH_RANK), "short again long summary");
    expect_ids(engine, query_of("ferry strike", HL_SEARCH_LATEST), "summary again long short");
    expect_found(engine, "\"ferry crews\"", "long"); /* in the title alone */
    hl_engine_destroy(engine);
}

static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *q;
        enum hl_status status;
    } rows[] = {
        {"", HL_INVALID},
        {" \"*\" ", HL_INVALID},
        {"f*", HL_INVALID},
        {"\xff", HL_INVALID},
        {"a b c d e f g h i j k l m n o p q", HL_INVALID},
        {"aa* bb* cc* dd* ee* ff* gg* hh* ii*", HL_INVALID},
    };
    hl_engine *engine = small_engine();
    struct hl_search_hit hit;
    struct hl_cursor next;
    size_t count;
    bool more, truncated;
    char long_q[HL_SEARCH_MAX_BYTES + 2];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct hl_search_query query = query_of(rows[i].q, HL_SEARCH_RANK);
        struct hl_error error = {0};
        query.limit = 1;
        assert_int_equal(hl_engine_search(engine, &query, &hit, &count, &next, &more, &truncated, &error),
                         rows[i].status);
        assert_string_equal(error.field, "q");
    }
    memset(long_q, 'a', sizeof long_q - 1);
    long_q[sizeof long_q - 1] = '\0';
    struct hl_search_query query = query_of(long_q, HL_SEARCH_RANK);
    assert_int_equal(hl_engine_search(engine, &query, &hit, &count, &next, &more, &truncated, NULL), HL_TOO_LARGE);
    query = query_of("merrow", HL_SEARCH_RANK);
    query.limit = 1001;
    assert_int_equal(hl_engine_search(engine, &query, &hit, &count, &next, &more, &truncated, NULL), HL_INVALID);
    query.limit = 1;
    query.collection = text_of("nosuch");
    assert_int_equal(hl_engine_search(engine, &query, &hit, &count, &next, &more, &truncated, NULL), HL_NOT_FOUND);
    hl_engine_destroy(engine);
    engine = engine_create(NULL, 0); /* the default collection is not there yet */
    query = query_of("merrow", HL_SEARCH_RANK);
    query.limit = 1;
    assert_int_equal(hl_engine_search(engine, &query, &hit, &count, &next, &more, &truncated, NULL), HL_OK);
    assert_true(count == 0 && !more && !truncated);
    hl_engine_destroy(engine);
}

/* ---- against a slow search ------------------------------------------------------------------------------------------ */

enum kind { WORD, ROW, BEGINNING };

/* What a query is put together from: words of one title. */
struct part {
    enum kind kind;
    char text[256]; /* folded words, spaces between them */
};

static bool holds_stem(const struct hl_collection *c, const struct hl_headline_record *h,
                       const struct hl_analysis *analysis, size_t i)
{
    const struct hl_word *word = &analysis->words[i];
    uint32_t number = hl_words_find(c, analysis->stems + word->stem, word->stem_length);
    return number != HL_NONE && hl_vector_holds(h, number);
}

static struct hl_analysis analyse(struct hl_text_tools *tools, struct hl_text text, struct hl_text lang)
{
    struct hl_text clean;
    struct hl_analysis analysis;
    assert_int_equal(hl_text_clean(tools, text, &clean, NULL), HL_OK);
    assert_int_equal(hl_text_analyse(tools, clean, lang, &analysis), HL_OK);
    return analysis;
}

static struct hl_text language_of(const struct hl_headline_record *h)
{
    struct hl_text lang = hl_store_lang(h);
    return lang.length > 0 ? lang : text_of("und");
}

static bool is_word(const struct hl_analysis *title, size_t i, const struct hl_analysis *part, size_t j, bool begins)
{
    size_t length = part->words[j].to - part->words[j].from, own = title->words[i].to - title->words[i].from;
    return (begins ? own >= length : own == length) &&
           memcmp(title->text.data + title->words[i].from, part->text.data + part->words[j].from, length) == 0;
}

static bool has_part(const struct hl_collection *c, const struct hl_headline_record *h, const struct part *part)
{
    struct hl_analysis own = analyse(c->engine->text, text_of(part->text), language_of(h));
    struct hl_analysis title = analyse(c->engine->other_text, hl_store_title(h), language_of(h));
    if (part->kind != BEGINNING)
        for (size_t j = 0; j < own.word_count; j++)
            if (!holds_stem(c, h, &own, j))
                return false;
    if (part->kind == WORD)
        return true;
    for (size_t from = 0; from + own.word_count <= title.word_count; from++) {
        size_t j = 0;
        while (j < own.word_count && is_word(&title, from + j, &own, j, part->kind == BEGINNING))
            j++;
        if (j == own.word_count && (part->kind == ROW || holds_stem(c, h, &title, from)))
            return true;
    }
    return false;
}

static const struct hl_headline_record *draw_headline(const struct hl_collection *c, uint64_t *random)
{
    uint32_t i = random_below(random, hl_slab_limit(&c->headlines));
    while (!hl_slab_is_live(&c->headlines, i))
        i = random_below(random, hl_slab_limit(&c->headlines));
    return hl_headline_at(c, i);
}

/* One to three words of a title, or the beginning of one; false when the title has none. */
static bool draw_part(struct hl_collection *c, const struct hl_headline_record *h, uint64_t *random, struct part *part)
{
    struct hl_analysis title = analyse(c->engine->text, hl_store_title(h), language_of(h));
    part->kind = (enum kind)random_below(random, 3);
    uint32_t count = part->kind == ROW ? 2 + random_below(random, 2) : 1;
    if (title.word_count < count)
        return false;
    uint32_t first = random_below(random, (uint32_t)title.word_count - count + 1);
    size_t used = 0;
    for (uint32_t i = first; i < first + count; i++) {
        size_t length = title.words[i].to - title.words[i].from;
        if (part->kind == BEGINNING && (unsigned char)title.text.data[title.words[i].from] < 0x80 && length > 3)
            length = 2 + random_below(random, (uint32_t)length - 2);
        while (length > 0 && ((unsigned char)title.text.data[title.words[i].from + length] & 0xc0) == 0x80)
            length--;
        if (length < 2 || used + length + 2 > sizeof part->text)
            return false;
        used += (size_t)snprintf(part->text + used, sizeof part->text - used, "%s%.*s", i > first ? " " : "",
                                 (int)length, title.text.data + title.words[i].from);
    }
    return true;
}

static void write_query(const struct part *parts, size_t count, char q[HL_SEARCH_MAX_BYTES + 1])
{
    static const char *const before[] = {"", "\"", ""}, *const after[] = {"", "\"", "*"};
    q[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        size_t used = strlen(q);
        snprintf(q + used, HL_SEARCH_MAX_BYTES + 1 - used, "%s%s%s ", before[parts[i].kind], parts[i].text,
                 after[parts[i].kind]);
    }
}

static bool holds_seq(const struct answer *answer, uint64_t seq)
{
    for (size_t i = 0; i < answer->count; i++)
        if (answer->hits[i].headline.seq == seq)
            return true;
    return false;
}

/* What is found holds all parts, but for beginnings that only a stem has; whatever holds them is found. Returns how many. */
static size_t compare(struct hl_collection *c, const struct part *parts, size_t count, const char *q,
                      const struct answer *answer)
{
    size_t fitting = 0;
    for (uint32_t i = 0; i < hl_slab_limit(&c->headlines); i++) {
        if (!hl_slab_is_live(&c->headlines, i))
            continue;
        const struct hl_headline_record *h = hl_headline_at(c, i);
        bool fits = true, has_beginning = false;
        for (size_t j = 0; j < count; j++) {
            fits = fits && has_part(c, h, &parts[j]);
            has_beginning = has_beginning || parts[j].kind == BEGINNING;
        }
        bool found = holds_seq(answer, h->seq);
        if (fits != found && (fits || !has_beginning))
            fail_msg("%s: \"%.*s\" is %s", q, (int)h->title_bytes, hl_store_title(h).data, fits ? "missing" : "wrong");
        fitting += found;
    }
    assert_int_equal(fitting, answer->count); /* each once */
    return fitting;
}

static void check_order(const struct answer *answer, enum hl_search_order order)
{
    for (size_t i = 0; i < answer->count; i++) {
        const struct hl_search_hit *hit = &answer->hits[i];
        assert_true(hit->score > 0 && hit->score <= 1);
        if (i == 0)
            continue;
        bool newer = hit->headline.seq < hit[-1].headline.seq;
        assert_true(order == HL_SEARCH_LATEST ? newer
                                              : hit->score < hit[-1].score || (hit->score <= hit[-1].score && newer));
    }
}

static void test_against_a_slow_search(void **state)
{
    (void)state;
    hl_engine *engine = engine_create(NULL, 6);
    struct news_stream stream;
    struct news_call call;
    news_stream_init(&stream, 6);
    stream.collections = 1;
    for (unsigned i = 0; i < CALLS; i++) {
        news_stream_next(&stream, &call);
        (void)news_call_make(&call, engine, NULL);
    }
    struct hl_collection *c = hl_collection_find(engine, text_of(""));
    struct answer answer = {.hits = calloc(FOUND_MAX, sizeof *answer.hits)};
    uint64_t random = 6, found = 0, asked = 0;
    assert_non_null(answer.hits);
    while (asked < QUERIES) {
        struct part parts[PARTS];
        char q[HL_SEARCH_MAX_BYTES + 1];
        const struct hl_headline_record *h = draw_headline(c, &random);
        size_t count = 0, wanted = 1 + random_below(&random, PARTS);
        while (count < wanted && draw_part(c, h, &random, &parts[count]))
            count++;
        if (count == 0)
            continue;
        write_query(parts, count, q);
        enum hl_search_order order = asked++ % 2 ? HL_SEARCH_RANK : HL_SEARCH_LATEST;
        ask(engine, query_of(q, order), 1 + random_below(&random, 30), &answer);
        assert_false(answer.truncated);
        check_order(&answer, order);
        found += compare(c, parts, count, q, &answer);
    }
    assert_true(found > QUERIES);
    free(answer.hits);
    hl_engine_destroy(engine);
}

/* ---- bounds -------------------------------------------------------------------------------------------------------- */

/* Too many titles to read: those seen last are, and the answer says that there may be more. */
static void test_truncated(void **state)
{
    (void)state;
    enum { COUNT = 4000 };
    hl_engine *engine = engine_create(NULL, 7);
    struct answer answer = {.hits = calloc(FOUND_MAX, sizeof *answer.hits)};
    char title[96];
    assert_non_null(answer.hits);
    for (unsigned i = 0; i < COUNT; i++) {
        snprintf(title, sizeof title, "Plomfur %s drabnik zorb%u veltrup%u", i == 5 || i == 3990 ? "" : "of", i, i);
        engine_add_title(engine, title, NULL, NULL, NOW + i);
    }
    ask(engine, query_of("\"plomfur drabnik\"", HL_SEARCH_RANK), LIMIT, &answer);
    assert_true(answer.truncated);
    assert_int_equal(answer.count, 1); /* not the one that came 3,985 headlines before */
    assert_int_equal(answer.hits[0].headline.seq, 3991);
    ask(engine, query_of("plomfur drabnik zorb5", HL_SEARCH_RANK), LIMIT, &answer); /* the index leads to it */
    assert_true(answer.count == 1 && !answer.truncated);
    struct hl_search_query query = query_of("\"plomfur of\"", HL_SEARCH_LATEST);
    size_t count;
    bool more, truncated;
    query.limit = 10; /* found at once, and nothing older can come before */
    assert_int_equal(hl_engine_search(engine, &query, answer.hits, &count, &query.after, &more, &truncated, NULL),
                     HL_OK);
    assert_true(count == 10 && more && !truncated);
    query = query_of("\"plomfur drabnik\"", HL_SEARCH_RANK);
    query.since_ms = NOW + 3980; /* older ones are not asked for */
    ask(engine, query, LIMIT, &answer);
    assert_true(answer.count == 1 && !answer.truncated);
    free(answer.hits);
    hl_engine_destroy(engine);
}

static void test_without_memory(void **state)
{
    (void)state;
    struct failing_allocator fa;
    failing_allocator_init(&fa);
    bool refused = false, done = false;
    for (uint64_t nth = 1; !done; nth++) {
        hl_engine *engine = engine_create(&fa.allocator, 8);
        engine_add_title(engine, "White House says floods near Aldermoor are over", "e1", "Wire", NOW);
        struct hl_search_query query = query_of("\"white hou*\" flo*", HL_SEARCH_RANK);
        query.limit = 1;
        struct hl_search_hit hit;
        struct hl_cursor next;
        size_t count;
        bool more, truncated;
        failing_allocator_arm(&fa, nth, UINT64_MAX);
        enum hl_status status = hl_engine_search(engine, &query, &hit, &count, &next, &more, &truncated, NULL);
        done = !failing_allocator_fired(&fa);
        failing_allocator_arm(&fa, 0, 0);
        assert_int_equal(status, done ? HL_OK : HL_NO_MEMORY);
        refused = refused || status == HL_NO_MEMORY;
        assert_int_equal(hl_engine_search(engine, &query, &hit, &count, &next, &more, &truncated, NULL), HL_OK);
        hl_engine_destroy(engine);
    }
    assert_true(refused);
    assert_true(failing_allocator_is_clean(&fa));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),     cmocka_unit_test(test_rows_and_beginnings),
        cmocka_unit_test(test_filters),   cmocka_unit_test(test_rank),
        cmocka_unit_test(test_refusals),  cmocka_unit_test(test_against_a_slow_search),
        cmocka_unit_test(test_truncated), cmocka_unit_test(test_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
