/*
 * test_engine.c - headlines in: verdicts, ids, check, what is refused, collections, removal.
 */
#include "engine/state.h"
#include "support/engine_fixture.h"
#include "support/news_stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOW FIXTURE_NOW_MS
#define MINUTE INT64_C(60000)
#define BRIDGE "Northgate council approves plan for new harbour bridge"

enum { FILL = 60, STREAM_CALLS = 800 };

/* An engine in the middle of a stream. */
static int setup(void **state)
{
    hl_engine *engine = engine_create(NULL, 5);
    engine_fill(engine, FILL, NOW);
    *state = engine;
    return 0;
}

static int teardown(void **state)
{
    hl_engine_destroy(*state);
    return 0;
}

static struct hl_headline_view get(hl_engine *engine, const char *id)
{
    struct hl_headline_view view;
    if (hl_engine_get(engine, text_of(""), text_of(id), &view, NULL) != HL_OK)
        fail_msg("there is no %s", id);
    return view;
}

static bool is_missing(hl_engine *engine, const char *id)
{
    struct hl_headline_view view;
    struct hl_error error = {0};
    enum hl_status status = hl_engine_get(engine, text_of(""), text_of(id), &view, &error);
    if (status == HL_OK)
        return false;
    assert_int_equal(status, HL_NOT_FOUND);
    assert_string_equal(error.field, "id");
    return true;
}

static uint64_t headlines(hl_engine *engine)
{
    return engine_stats(engine, "").headlines;
}

/* ---- verdicts ---- */

static void test_new(void **state)
{
    (void)state;
    hl_engine *engine = engine_create(NULL, 0);
    struct hl_result r = engine_add_title(engine, BRIDGE, "a", "Herald", NOW);
    assert_int_equal(r.verdict, HL_VERDICT_NEW);
    assert_int_equal(r.seq, 1);
    assert_true(text_is(r.id, "a"));
    assert_true(r.story > 0);
    assert_int_equal(r.story_headlines, 1);
    assert_int_equal(r.duplicate_of.length, 0);
    assert_false(r.has_distance); /* there was nothing to compare with */
    assert_false(r.sighting);
    struct hl_result other = engine_add_title(engine, "Swimmer wins third medal", "b", "Herald", NOW);
    assert_int_equal(other.verdict, HL_VERDICT_NEW);
    assert_int_equal(other.seq, 2);
    assert_true(other.story > r.story);
    hl_engine_destroy(engine);
}

static void test_exact_from_another_source(void **state)
{
    hl_engine *engine = *state;
    struct hl_result first = engine_add_title(engine, BRIDGE, "a", "Herald", NOW);
    struct hl_result r = engine_add_title(engine, BRIDGE, "b", "Times", NOW + MINUTE);
    assert_int_equal(r.verdict, HL_VERDICT_EXACT);
    assert_false(r.sighting);
    assert_true(text_is(r.duplicate_of, "a"));
    assert_int_equal(r.seq, first.seq + 1);
    assert_int_equal(r.story, first.story);
    assert_int_equal(r.story_headlines, 2);
    assert_true(r.has_distance);
    assert_int_equal(r.distance_bits, 0);
    assert_true(r.similarity >= 1 && r.similarity <= 1);
    assert_true(text_is(get(engine, "b").duplicate_of, "a"));
    assert_int_equal(headlines(engine), FILL + 2);
}

/* A title that comes back long after ("Weather forecast") is the same text, but hardly the same event. */
static void test_exact_long_after(void **state)
{
    hl_engine *engine = *state;
    struct hl_result first = engine_add_title(engine, BRIDGE, "a", "Herald", NOW);
    struct hl_result r = engine_add_title(engine, BRIDGE, "b", "Times", NOW + 20 * 24 * 60 * MINUTE);
    assert_int_equal(r.verdict, HL_VERDICT_EXACT);
    assert_true(text_is(r.duplicate_of, "a"));
    assert_int_not_equal(r.story, first.story);
    assert_int_equal(r.story_headlines, 1);
}

/* The same text is what is the same once case, spacing, punctuation, entities and the outlet's tail are gone. */
static void test_exact_is_about_normal_text(void **state)
{
    hl_engine *engine = *state;
    static const char *const same[] = {
        "NORTHGATE COUNCIL APPROVES PLAN FOR NEW HARBOUR BRIDGE",
        "  Northgate council:  approves plan for \"new\" harbour bridge! ",
        "Northgate&nbsp;council approves plan for new harbour\tbridge",
    };
    engine_add_title(engine, BRIDGE, "a", "Herald", NOW);
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        char source[16];
        snprintf(source, sizeof source, "Source %zu", i);
        struct hl_result r = engine_add_title(engine, same[i], NULL, source, NOW);
        assert_int_equal(r.verdict, HL_VERDICT_EXACT);
        assert_true(text_is(r.duplicate_of, "a"));
    }
    struct hl_result r = engine_add_title(engine, BRIDGE " - Example Times", NULL, "Example Times", NOW);
    assert_int_equal(r.verdict, HL_VERDICT_EXACT);
}

static void test_sighting(void **state)
{
    hl_engine *engine = *state;
    struct hl_result first = engine_add_title(engine, BRIDGE, "a", "Herald", NOW);
    struct hl_result r = engine_add_title(engine, BRIDGE, "b", "Herald", NOW + MINUTE);
    assert_int_equal(r.verdict, HL_VERDICT_EXACT);
    assert_true(r.sighting);
    assert_true(text_is(r.id, "b"));
    assert_true(text_is(r.duplicate_of, "a"));
    assert_int_equal(r.seq, first.seq + 1);
    assert_int_equal(r.story, first.story);
    assert_int_equal(r.story_headlines, 1);
    assert_int_equal(headlines(engine), FILL + 1);

    struct hl_headline_view view = get(engine, "b"); /* the alias leads to the headline */
    assert_true(text_is(view.id, "a"));
    assert_int_equal(view.seq, first.seq);
    assert_int_equal(view.sightings, 1);
    assert_true(view.received_ms == NOW && view.last_seen_ms == NOW + MINUTE);
    assert_int_equal(engine_stats(engine, "").sightings, 1);
}

/* Without a source, only a headline without an id may be the same article again. */
static void test_sighting_without_source(void **state)
{
    hl_engine *engine = *state;
    engine_add_title(engine, BRIDGE, NULL, NULL, NOW);
    assert_true(engine_add_title(engine, BRIDGE, NULL, NULL, NOW).sighting);
    struct hl_result r = engine_add_title(engine, BRIDGE, "x", NULL, NOW);
    assert_int_equal(r.verdict, HL_VERDICT_EXACT);
    assert_false(r.sighting);
    assert_int_equal(headlines(engine), FILL + 2);
}

/* A headline keeps the ids of its last 64 sightings. */
static void test_aliases_are_bounded(void **state)
{
    hl_engine *engine = *state;
    char id[32];
    engine_add_title(engine, BRIDGE, "a", "Herald", NOW);
    for (int i = 0; i < HL_ALIASES_MAX + 10; i++) {
        snprintf(id, sizeof id, "alias %d", i);
        assert_true(engine_add_title(engine, BRIDGE, id, "Herald", NOW).sighting);
    }
    for (int i = 0; i < HL_ALIASES_MAX + 10; i++) {
        snprintf(id, sizeof id, "alias %d", i);
        assert_int_equal(is_missing(engine, id), i < 10);
    }
    assert_int_equal(get(engine, "a").sightings, HL_ALIASES_MAX + 10);
}

static void test_near(void **state)
{
    hl_engine *engine = *state;
    struct hl_result first =
        engine_add_title(engine, "City council approves plan for new harbour bridge in Northgate", "a", "Herald", NOW);
    struct hl_result r = engine_add_title(
        engine, "BREAKING: City council approves plan for new harbor bridge in Northgate", "b", "Times", NOW + MINUTE);
    assert_int_equal(r.verdict, HL_VERDICT_NEAR);
    assert_true(text_is(r.duplicate_of, "a"));
    assert_int_equal(r.story, first.story);
    assert_true(r.has_distance && r.distance_bits > 0);
    assert_int_equal(r.distance_bits, hl_fingerprint_distance(&first.fingerprint, &r.fingerprint));
    assert_true(r.similarity > 0 && r.similarity <= 1);
}

/* Same words, other facts: one story, no duplicates. */
static void test_related(void **state)
{
    hl_engine *engine = *state;
    struct hl_result first =
        engine_add_title(engine, "City council approves plan for new harbour bridge in Northgate", "a", "Herald", NOW);
    struct hl_result r = engine_add_title(engine, "City council rejects plan for new harbour bridge in Northgate", "b",
                                          "Times", NOW + MINUTE);
    assert_int_equal(r.verdict, HL_VERDICT_RELATED);
    assert_int_equal(r.duplicate_of.length, 0);
    assert_int_equal(r.story, first.story);
    assert_int_equal(r.story_headlines, 2);
    assert_true(r.has_distance);
    assert_int_equal(r.distance_bits, hl_fingerprint_distance(&first.fingerprint, &r.fingerprint));
}

static void test_replayed(void **state)
{
    hl_engine *engine = *state;
    struct hl_result first = engine_add_title(engine, BRIDGE, "a", "Herald", NOW);
    struct hl_engine_stats before = engine_stats(engine, "");
    struct hl_result r = engine_add_title(engine, BRIDGE, "a", "Some other source", NOW + MINUTE);
    struct hl_engine_stats after = engine_stats(engine, "");
    assert_int_equal(r.verdict, HL_VERDICT_REPLAYED);
    assert_int_equal(r.seq, first.seq);
    assert_int_equal(r.story, first.story);
    assert_true(text_is(r.id, "a"));
    assert_int_equal(r.duplicate_of.length, 0);
    after.verdicts[HL_VERDICT_REPLAYED]--; /* that it was answered is all that is counted */
    assert_memory_equal(&before, &after, sizeof before);
    assert_true(get(engine, "a").last_seen_ms == NOW);
    assert_true(text_is(get(engine, "a").source, "Herald"));
}

static void test_revised(void **state)
{
    hl_engine *engine = *state;
    struct hl_result first = engine_add_title(engine, BRIDGE, "a", "Herald", NOW);
    engine_add_title(engine, BRIDGE, "b", "Times", NOW);
    struct hl_result r = engine_add_title(engine, "Drawbridge accident stops ferries", "a", "Herald", NOW + MINUTE);
    assert_int_equal(r.verdict, HL_VERDICT_REVISED);
    assert_int_equal(r.story, first.story); /* the article is the same, whatever it says now */
    assert_int_equal(r.story_headlines, 2);
    assert_true(r.seq > first.seq);
    assert_int_equal(headlines(engine), FILL + 2);
    struct hl_headline_view view = get(engine, "a");
    assert_true(text_is(view.title, "Drawbridge accident stops ferries"));
    assert_int_equal(view.seq, r.seq);
    assert_true(view.received_ms == NOW + MINUTE);
    assert_int_equal(view.verdict, HL_VERDICT_REVISED);
    assert_int_equal(get(engine, "b").duplicate_of.length, 0); /* what it was a copy of is gone */
}

/* Back to the words it had: it is no duplicate of what it replaces. */
static void test_revised_twice(void **state)
{
    hl_engine *engine = *state;
    engine_add_title(engine, BRIDGE, "a", "Herald", NOW);
    engine_add_title(engine, BRIDGE " today", "a", "Herald", NOW);
    struct hl_result r = engine_add_title(engine, BRIDGE, "a", "Herald", NOW);
    assert_int_equal(r.verdict, HL_VERDICT_REVISED);
    assert_int_equal(r.duplicate_of.length, 0);
    assert_int_equal(headlines(engine), FILL + 1);
    assert_int_equal(engine_stats(engine, "").verdicts[HL_VERDICT_REVISED], 2);
}

static void test_aliases_replay_and_revise(void **state)
{
    hl_engine *engine = *state;
    engine_add_title(engine, BRIDGE, "a", "Herald", NOW);
    engine_add_title(engine, BRIDGE, "b", "Herald", NOW);
    struct hl_result r = engine_add_title(engine, BRIDGE, "b", "Herald", NOW);
    assert_int_equal(r.verdict, HL_VERDICT_REPLAYED);
    assert_true(text_is(r.id, "b"));
    r = engine_add_title(engine, "Drawbridge accident stops ferries", "b", "Herald", NOW);
    assert_int_equal(r.verdict, HL_VERDICT_REVISED);
    assert_true(text_is(get(engine, "a").title, BRIDGE)); /* the other article stays as it was */
    assert_true(text_is(get(engine, "b").title, "Drawbridge accident stops ferries"));
    assert_int_equal(headlines(engine), FILL + 2);
}

static void test_verdict_names(void **state)
{
    (void)state;
    static const char *const names[] = {"new", "exact", "near", "related", "replayed", "revised"};
    for (int i = 0; i < HL_VERDICT_COUNT; i++)
        assert_string_equal(hl_verdict_name((enum hl_verdict)i), names[i]);
    assert_non_null(hl_verdict_name(HL_VERDICT_COUNT));
}

/* ---- ids ---- */

static void test_made_ids(void **state)
{
    (void)state;
    hl_engine *engine = engine_create(NULL, 0);
    char title[32], id[32];
    for (unsigned i = 1; i <= 20; i++) {
        snprintf(title, sizeof title, "gurk%ux drofel%uy", i, i);
        snprintf(id, sizeof id, "~%u", i);
        struct hl_result r = engine_add_title(engine, title, NULL, NULL, NOW);
        assert_int_equal(r.seq, i);
        assert_true(text_is(r.id, id));
        assert_true(text_is(get(engine, id).title, title));
    }
    assert_int_equal(hl_engine_remove(engine, text_of(""), text_of("~7"), NOW, NULL), HL_OK);
    assert_true(is_missing(engine, "~7"));
    struct hl_result r = engine_add_title(engine, "gurk21x drofel21y", NULL, NULL, NOW);
    assert_true(text_is(r.id, "~22")); /* a removal is an input too */
    hl_engine_destroy(engine);
}

/* ---- time ---- */

static void test_clock_does_not_run_backwards(void **state)
{
    hl_engine *engine = *state;
    engine_add_title(engine, BRIDGE, "a", "Herald", NOW + MINUTE);
    engine_add_title(engine, "Swimmer wins third medal", "b", "Herald", NOW - 100 * MINUTE);
    assert_true(get(engine, "b").received_ms == NOW + MINUTE);
}

static void test_published_in_the_future_is_now(void **state)
{
    hl_engine *engine = *state;
    struct hl_headline headline = headline_of(BRIDGE);
    headline.id = text_of("a");
    headline.published_ms = NOW + 1000000 * MINUTE;
    struct hl_result first = engine_add(engine, &headline, NOW);
    assert_true(get(engine, "a").published_ms == headline.published_ms);
    struct hl_result r = engine_add_title(engine, BRIDGE " today", "b", "Times", NOW + MINUTE);
    assert_int_equal(r.story, first.story); /* which decay would forbid */
}

/* ---- check ---- */

/* After the add that the check foretold. @quiet: no story merged or split. */
static void assert_foretold(hl_engine *engine, const struct hl_result *check, const struct hl_result *add, bool quiet)
{
    struct hl_story_view view;
    assert_int_equal(check->verdict, add->verdict);
    assert_int_equal(check->sighting, add->sighting);
    assert_int_equal(check->has_distance, add->has_distance);
    assert_int_equal(check->distance_bits, add->distance_bits);
    assert_memory_equal(&check->similarity, &add->similarity, sizeof check->similarity);
    assert_memory_equal(&check->fingerprint, &add->fingerprint, sizeof check->fingerprint);
    assert_int_equal(check->seq, 0);
    if (!quiet)
        return;
    if (check->story == 0) {
        assert_int_equal(add->story_headlines, 1);
        return;
    }
    assert_int_equal(check->story, add->story);
    bool stays = add->sighting || add->verdict == HL_VERDICT_REPLAYED || add->verdict == HL_VERDICT_REVISED;
    if (add->verdict != HL_VERDICT_REVISED) /* which may take the place of one in the story */
        assert_int_equal(add->story_headlines, check->story_headlines + !stays);
    assert_int_equal(hl_engine_story(engine, add->story, NOW, &view, NULL), HL_OK);
    assert_int_equal(view.headlines, add->story_headlines);
}

static void check_foretells(uint64_t seed, uint32_t long_titles)
{
    hl_engine *engine = engine_create(NULL, seed);
    struct news_stream stream;
    struct news_call call;
    struct frozen frozen = {0};
    news_stream_init(&stream, seed);
    stream.calls = 0;
    stream.long_titles = long_titles;
    for (int i = 0; i < STREAM_CALLS; i++) {
        char duplicate[HL_ID_MAX_BYTES];
        struct hl_result add;
        news_stream_next(&stream, &call);
        if (i % 20 == 0)
            frozen_take(&frozen, engine);
        struct hl_result check = engine_check(engine, &call.headline, call.now_ms);
        assert_int_equal(check.id.length, call.headline.id.length);
        size_t length = check.duplicate_of.length;
        if (length > 0)
            memcpy(duplicate, check.duplicate_of.data, length);
        if (i % 20 == 0)
            assert_true(frozen_is(&frozen, engine));
        struct hl_engine_stats before = engine_stats(engine, "");
        assert_int_equal(news_call_make(&call, engine, &add), HL_OK);
        struct hl_engine_stats after = engine_stats(engine, "");
        assert_foretold(engine, &check, &add, before.merges == after.merges && before.splits == after.splits);
        assert_int_equal(add.duplicate_of.length, length);
        if (length > 0)
            assert_memory_equal(add.duplicate_of.data, duplicate, length);
    }
    frozen_clear(&frozen);
    hl_engine_destroy(engine);
}

static void test_check_foretells_add(void **state)
{
    (void)state;
    check_foretells(41, 0);
    check_foretells(42, 2);
}

static void test_check_of_nothing(void **state)
{
    (void)state;
    hl_engine *engine = engine_create(NULL, 0);
    struct hl_headline headline = headline_of(BRIDGE);
    headline.collection = text_of("nowhere");
    headline.id = text_of("a");
    struct hl_result r = engine_check(engine, &headline, NOW);
    assert_int_equal(r.verdict, HL_VERDICT_NEW);
    assert_int_equal(r.seq, 0);
    assert_int_equal(r.story, 0);
    assert_false(r.has_distance);
    assert_true(text_is(r.id, "a"));
    headline.id = text_of("");
    assert_int_equal(engine_check(engine, &headline, NOW).id.length, 0);
    assert_int_equal(engine_stats(engine, "").collections, 0);
    hl_engine_destroy(engine);
}

/* ---- what is refused ---- */

static char long_text[HL_SUMMARY_MAX_BYTES + 2];

static struct hl_text long_of(size_t bytes)
{
    return (struct hl_text){long_text, bytes};
}

/* Add and check refuse it alike and change nothing. */
static void refuse(hl_engine *engine, const struct hl_headline *headline, enum hl_status status, const char *field)
{
    struct frozen frozen = {0};
    struct hl_error errors[2];
    struct hl_result result, untouched;
    memset(errors, 0, sizeof errors);
    memset(&result, 0x5A, sizeof result);
    memset(&untouched, 0x5A, sizeof untouched);
    frozen_take(&frozen, engine);
    assert_int_equal(hl_engine_add(engine, headline, NOW + MINUTE, &result, &errors[0]), status);
    assert_int_equal(hl_engine_check(engine, headline, NOW + MINUTE, &result, &errors[1]), status);
    assert_int_equal(hl_engine_add(engine, headline, NOW + MINUTE, &result, NULL), status);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(errors[i].status, status);
        assert_string_equal(errors[i].field, field);
        assert_true(strlen(errors[i].message) > 10);
    }
    assert_memory_equal(&result, &untouched, sizeof result);
    assert_true(frozen_is(&frozen, engine));
    frozen_clear(&frozen);
}

static struct hl_text *field_of(struct hl_headline *headline, const char *name)
{
    struct {
        const char *name;
        struct hl_text *text;
    } const fields[] = {
        {"title", &headline->title},           {"id", &headline->id},
        {"source", &headline->source},         {"url", &headline->url},
        {"summary", &headline->summary},       {"lang", &headline->lang},
        {"collection", &headline->collection},
    };
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (strcmp(fields[i].name, name) == 0)
            return fields[i].text;
    fail_msg("there is no field %s", name);
    return NULL;
}

static void test_bad_values(void **state)
{
    hl_engine *engine = *state;
    static const struct {
        const char *field, *value;
    } bad[] = {
        {"title", ""},
        {"title", " \t\n"},
        {"title", "?! - ..."},
        {"title", "\xF0\x9F\x98\x80"},
        {"title", "a\x01"
                  "b"},
        {"title", "a\x7F"},
        {"title", "abc\xC3("},
        {"title", "\xED\xA0\x80 abc"},
        {"title", "\xC0\x80"},
        {"title", "\xF5\x80\x80\x80"},
        {"id", "~1"},
        {"id", "~"},
        {"id", "a\nb"},
        {"id", "\xFF"},
        {"id", "a\tb"},
        {"source", "a\nb"},
        {"source", "\x80"},
        {"source", "a\x1F"},
        {"url", "\xE2\x82"},
        {"url", "http://a\r\nb"},
        {"summary", "a\x02"},
        {"summary", "\xFE"},
        {"lang", "e"},
        {"lang", "engl"},
        {"lang", "12"},
        {"lang", "en GB"},
        {"lang", "en.GB"},
        {"lang", "\xC3\xA9n"},
        {"lang", "-en"},
        {"lang", "en-\x01"},
        {"collection", "a b"},
        {"collection", "a/b"},
        {"collection", "\xC3\xA9"},
        {"collection", "a\n"},
        {"collection", "a:b"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct hl_headline headline = headline_of(BRIDGE);
        *field_of(&headline, bad[i].field) = text_of(bad[i].value);
        refuse(engine, &headline, HL_INVALID, bad[i].field);
    }
    struct hl_headline headline = headline_of(BRIDGE);
    headline.title = (struct hl_text){"a\0b", 3};
    refuse(engine, &headline, HL_INVALID, "title");
}

static void test_offset_of_bad_utf8(void **state)
{
    hl_engine *engine = *state;
    struct hl_headline headline = headline_of("four\xC3(");
    struct hl_error error = {0};
    struct hl_result result;
    assert_int_equal(hl_engine_add(engine, &headline, NOW, &result, &error), HL_INVALID);
    assert_int_equal(error.offset, 4);
}

static void test_good_values(void **state)
{
    hl_engine *engine = *state;
    static const struct {
        const char *field, *value;
    } good[] = {
        {"id", "a b/c?\xC3\xA9"},
        {"id", "x~"},
        {"source", "Der \xC3\x9C"
                   "berblick"},
        {"summary", "a\r\n\tb"},
        {"lang", "en"},
        {"lang", "pt-BR"},
        {"lang", "zh-Hans"},
        {"lang", "DE"},
        {"lang", "fil"},
        {"lang", "en_US"},
        {"collection", "A-z_0.9"},
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        char title[64];
        snprintf(title, sizeof title, "plomfur%zux drabnik%zuy", i, i);
        struct hl_headline headline = headline_of(title);
        *field_of(&headline, good[i].field) = text_of(good[i].value);
        engine_add(engine, &headline, NOW);
    }
    engine_add_title(engine, "Lines\nand\ttabs in a title", NULL, NULL, NOW);
    engine_add_title(engine, "7", NULL, NULL, NOW); /* one digit is something to compare */
}

static void test_lengths(void **state)
{
    hl_engine *engine = *state;
    static const struct {
        const char *field;
        size_t max;
    } limits[] = {
        {"title", HL_TITLE_MAX_BYTES}, {"id", HL_ID_MAX_BYTES},           {"source", HL_SOURCE_MAX_BYTES},
        {"url", HL_URL_MAX_BYTES},     {"summary", HL_SUMMARY_MAX_BYTES}, {"collection", HL_COLLECTION_MAX_BYTES},
    };
    memset(long_text, 'x', sizeof long_text);
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        struct hl_headline headline = headline_of(BRIDGE);
        *field_of(&headline, limits[i].field) = long_of(limits[i].max + 1);
        refuse(engine, &headline, HL_TOO_LARGE, limits[i].field);
        *field_of(&headline, limits[i].field) = long_of(limits[i].max);
        struct hl_result r = engine_add(engine, &headline, NOW);
        struct hl_headline_view view;
        assert_int_equal(hl_engine_get(engine, headline.collection, r.id, &view, NULL), HL_OK);
    }
    struct hl_headline headline = headline_of(BRIDGE);
    headline.lang = text_of("en-abcdefghijklmn");
    assert_int_equal(headline.lang.length, HL_LANG_MAX_BYTES + 1);
    refuse(engine, &headline, HL_TOO_LARGE, "lang");
    headline.lang.length--;
    engine_add(engine, &headline, NOW);
}

static void test_published_out_of_range(void **state)
{
    hl_engine *engine = *state;
    static const int64_t bad[] = {INT64_MIN + 1, INT64_MAX, INT64_C(-62167219200001), INT64_C(253402300800000)};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct hl_headline headline = headline_of(BRIDGE);
        headline.published_ms = bad[i];
        refuse(engine, &headline, HL_INVALID, "published");
    }
    struct hl_headline headline = headline_of(BRIDGE);
    headline.published_ms = INT64_C(-62167219200000);
    engine_add(engine, &headline, NOW);
}

static void test_stored_as_given(void **state)
{
    hl_engine *engine = *state;
    struct hl_headline headline = headline_of("  Fish &amp; CHIPS \xE2\x80\x94 \xEF\xBC\xA1  ");
    headline.id = text_of("a");
    headline.source = text_of("Herald");
    headline.url = text_of("https://herald.example/1");
    headline.lang = text_of("en-GB");
    headline.summary = text_of("One.\nTwo.");
    headline.published_ms = NOW - MINUTE;
    struct hl_result r = engine_add(engine, &headline, NOW);
    struct hl_headline_view view = get(engine, "a");
    assert_true(text_is(view.title, "  Fish &amp; CHIPS \xE2\x80\x94 \xEF\xBC\xA1  "));
    assert_true(text_is(view.source, "Herald") && text_is(view.url, "https://herald.example/1"));
    assert_true(text_is(view.lang, "en-GB") && text_is(view.summary, "One.\nTwo."));
    assert_true(text_is(view.collection, "default"));
    assert_true(view.received_ms == NOW && view.published_ms == NOW - MINUTE && view.last_seen_ms == NOW);
    assert_int_equal(view.seq, r.seq);
    assert_int_equal(view.story, r.story);
    assert_int_equal(view.verdict, r.verdict);
    assert_memory_equal(&view.fingerprint, &r.fingerprint, sizeof view.fingerprint);
}

/* ---- creation ---- */

static void test_options(void **state)
{
    (void)state;
    struct hl_engine_options options = hl_engine_options_default();
    hl_engine *engine = NULL, *const nothing = NULL;
    struct hl_error error = {0};
    options.settings.candidates = 1000;
    assert_int_equal(hl_engine_create(&options, &engine, &error), HL_INVALID);
    assert_string_equal(error.field, "candidates");
    assert_ptr_equal(engine, nothing);
    options = hl_engine_options_default();
    options.collections_max = 0;
    engine = engine_create_with(&options);
    struct hl_headline headline = headline_of(BRIDGE);
    char name[16];
    headline.collection.data = name;
    for (unsigned i = 0; i < 64; i++) {
        headline.collection.length = (size_t)snprintf(name, sizeof name, "c%u", i);
        engine_add(engine, &headline, NOW);
    }
    headline.collection = text_of("extra");
    struct hl_result result;
    assert_int_equal(hl_engine_add(engine, &headline, NOW, &result, NULL), HL_LIMIT);
    hl_engine_destroy(engine);
    hl_engine_destroy(NULL);
}

/* ---- collections ---- */

static void test_collections_are_apart(void **state)
{
    (void)state;
    hl_engine *engine = engine_create(NULL, 0);
    struct hl_headline headline = headline_of(BRIDGE);
    headline.id = text_of("a");
    headline.source = text_of("Herald");
    struct hl_result one = engine_add(engine, &headline, NOW);
    headline.collection = text_of("sports");
    struct hl_result two = engine_add(engine, &headline, NOW);
    assert_int_equal(one.verdict, HL_VERDICT_NEW);
    assert_int_equal(two.verdict, HL_VERDICT_NEW);
    assert_int_not_equal(one.story, two.story);
    headline.collection = text_of("default"); /* is the one without a name */
    assert_int_equal(engine_add(engine, &headline, NOW).verdict, HL_VERDICT_REPLAYED);

    const struct hl_text *names;
    assert_int_equal(hl_engine_collections(engine, &names), 2);
    assert_true(text_is(names[0], "default") && text_is(names[1], "sports"));
    assert_int_equal(engine_stats(engine, "").headlines, 2);
    assert_int_equal(engine_stats(engine, "sports").headlines, 1);
    assert_int_equal(engine_stats(engine, "default").verdicts[HL_VERDICT_REPLAYED], 1);

    assert_int_equal(hl_engine_remove(engine, text_of("sports"), text_of("a"), NOW, NULL), HL_OK);
    struct hl_headline_view view;
    assert_int_equal(hl_engine_get(engine, text_of("sports"), text_of("a"), &view, NULL), HL_NOT_FOUND);
    assert_int_equal(hl_engine_get(engine, text_of(""), text_of("a"), &view, NULL), HL_OK);
    hl_engine_destroy(engine);
}

static void test_collections_limit(void **state)
{
    (void)state;
    struct hl_engine_options options = hl_engine_options_default();
    options.collections_max = 2;
    hl_engine *engine = engine_create_with(&options);
    struct hl_headline headline = headline_of(BRIDGE);
    struct frozen frozen = {0};
    struct hl_result result;
    struct hl_error error = {0};
    engine_add(engine, &headline, NOW);
    headline.collection = text_of("b");
    engine_add(engine, &headline, NOW);
    headline.collection = text_of("c");
    frozen_take(&frozen, engine);
    assert_int_equal(hl_engine_add(engine, &headline, NOW + MINUTE, &result, &error), HL_LIMIT);
    assert_string_equal(error.field, "collection");
    assert_true(frozen_is(&frozen, engine));
    assert_int_equal(engine_check(engine, &headline, NOW).verdict, HL_VERDICT_NEW);
    frozen_clear(&frozen);
    hl_engine_destroy(engine);
}

static void test_unknown_collection(void **state)
{
    hl_engine *engine = *state;
    struct hl_headline_view view;
    struct hl_engine_stats stats;
    struct hl_error error = {0};
    assert_int_equal(hl_engine_get(engine, text_of("no"), text_of("~1"), &view, NULL), HL_NOT_FOUND);
    assert_int_equal(hl_engine_remove(engine, text_of("no"), text_of("~1"), NOW, NULL), HL_NOT_FOUND);
    assert_int_equal(hl_engine_stats(engine, text_of("no"), &stats, &error), HL_NOT_FOUND);
    assert_string_equal(error.field, "collection");
}

/* ---- removal ---- */

static void test_remove(void **state)
{
    hl_engine *engine = *state;
    struct hl_result first = engine_add_title(engine, BRIDGE, "a", "Herald", NOW);
    engine_add_title(engine, BRIDGE, "b", "Times", NOW);
    engine_add_title(engine, BRIDGE, "alias", "Times", NOW);
    struct hl_story_view view;
    assert_int_equal(hl_engine_remove(engine, text_of(""), text_of("a"), NOW, NULL), HL_OK);
    assert_true(is_missing(engine, "a"));
    assert_int_equal(hl_engine_story(engine, first.story, NOW, &view, NULL), HL_OK);
    assert_int_equal(view.headlines, 1);
    assert_true(text_is(view.first.id, "b"));
    assert_int_equal(view.first.duplicate_of.length, 0);
    assert_int_equal(hl_engine_remove(engine, text_of("default"), text_of("alias"), NOW, NULL), HL_OK);
    assert_true(is_missing(engine, "b") && is_missing(engine, "alias"));
    assert_int_equal(hl_engine_story(engine, first.story, NOW, &view, NULL), HL_NOT_FOUND);
    struct hl_engine_stats stats = engine_stats(engine, "");
    assert_int_equal(stats.removed, 2);
    assert_int_equal(stats.headlines, FILL);
    assert_int_equal(stats.stories, FILL);
    assert_int_equal(stats.seq, FILL + 5);
}

/* What takes the place of a removed original is not what a copy was a copy of. */
static void test_removed_original(void **state)
{
    hl_engine *engine = *state;
    engine_add_title(engine, BRIDGE, "a", "Herald", NOW);
    engine_add_title(engine, BRIDGE, "b", "Times", NOW);
    assert_int_equal(hl_engine_remove(engine, text_of(""), text_of("a"), NOW, NULL), HL_OK);
    for (unsigned i = 0; i < 5; i++) {
        char title[64];
        snprintf(title, sizeof title, "plomfur%u drabnik%u", i, i);
        engine_add_title(engine, title, NULL, NULL, NOW);
        assert_int_equal(get(engine, "b").duplicate_of.length, 0);
    }
    assert_int_equal(get(engine, "b").verdict, HL_VERDICT_EXACT);
}

static void test_remove_what_is_not_there(void **state)
{
    hl_engine *engine = *state;
    struct frozen frozen = {0};
    struct hl_error error = {0};
    frozen_take(&frozen, engine);
    assert_int_equal(hl_engine_remove(engine, text_of(""), text_of("a"), NOW + MINUTE, &error), HL_NOT_FOUND);
    assert_string_equal(error.field, "id");
    assert_int_equal(hl_engine_remove(engine, text_of(""), text_of(""), NOW + MINUTE, NULL), HL_NOT_FOUND);
    assert_true(frozen_is(&frozen, engine));
    frozen_clear(&frozen);
}

static void test_removed_is_forgotten(void **state)
{
    hl_engine *engine = *state;
    engine_add_title(engine, BRIDGE, "a", "Herald", NOW);
    assert_int_equal(hl_engine_remove(engine, text_of(""), text_of("a"), NOW, NULL), HL_OK);
    struct hl_result r = engine_add_title(engine, BRIDGE, "b", "Times", NOW);
    assert_int_equal(r.verdict, HL_VERDICT_NEW);
    r = engine_add_title(engine, BRIDGE " today", "a", "Herald", NOW);
    assert_int_not_equal(r.verdict, HL_VERDICT_REVISED);
}

#define WITH_ENGINE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new),
        WITH_ENGINE(test_exact_from_another_source),
        WITH_ENGINE(test_exact_long_after),
        WITH_ENGINE(test_exact_is_about_normal_text),
        WITH_ENGINE(test_sighting),
        WITH_ENGINE(test_sighting_without_source),
        WITH_ENGINE(test_aliases_are_bounded),
        WITH_ENGINE(test_near),
        WITH_ENGINE(test_related),
        WITH_ENGINE(test_replayed),
        WITH_ENGINE(test_revised),
        WITH_ENGINE(test_revised_twice),
        WITH_ENGINE(test_aliases_replay_and_revise),
        cmocka_unit_test(test_verdict_names),
        cmocka_unit_test(test_made_ids),
        WITH_ENGINE(test_clock_does_not_run_backwards),
        WITH_ENGINE(test_published_in_the_future_is_now),
        cmocka_unit_test(test_check_foretells_add),
        cmocka_unit_test(test_check_of_nothing),
        WITH_ENGINE(test_bad_values),
        WITH_ENGINE(test_offset_of_bad_utf8),
        WITH_ENGINE(test_good_values),
        WITH_ENGINE(test_lengths),
        WITH_ENGINE(test_published_out_of_range),
        WITH_ENGINE(test_stored_as_given),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_collections_are_apart),
        cmocka_unit_test(test_collections_limit),
        WITH_ENGINE(test_unknown_collection),
        WITH_ENGINE(test_remove),
        WITH_ENGINE(test_removed_original),
        WITH_ENGINE(test_remove_what_is_not_there),
        WITH_ENGINE(test_removed_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
