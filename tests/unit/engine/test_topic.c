/*
 * test_topic.c - topics: what makes and ends them, their sums against a slow recount, ids that stay, lists, words as people spell them.
 *
 * engine_check_invariants recounts a topic's stories, headlines and anchors from the headlines up.
 */
#include "support/engine_fixture.h"
#include "support/engine_invariants.h"
#include "support/failing_allocator.h"
#include "support/news_stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/state.h"
#include "engine/story.h"
#include "engine/topic.h"
#include "engine/topic_anchor.h"

enum { CALLS = 1500, CHECK_EVERY = 25, LIMIT = 64 };

#define DAY_MS INT64_C(86400000)

/* Two matters, told apart by their names, and a story that is about neither. */
static const char *const titles[] = {
    "Flood wall at Tarnow fails, Odermark villages under water",
    "Painter wins the prize of the Karlsbrunn museum for a picture of rain",
    "Who pays? The insurers in Odermark and farmers near Tarnow send first bills",
    "Harbour strike in Veldmouth led by Brandt enters its second week",
    "Odermark schools reopen while children in Tarnow are still taught in tents",
    "Ships wait while owners refuse to talk to Brandt outside Veldmouth",
};
enum { TITLES = sizeof titles / sizeof titles[0] };

/* Each founds a story: what topics are made of is stories, however easily headlines join. */
static hl_engine *engine_of_titles(unsigned count)
{
    struct hl_engine_options options = hl_engine_options_default();
    options.settings.join_threshold = 0.5;
    hl_engine *engine = engine_create_with(&options);
    for (unsigned i = 0; i < count; i++)
        engine_add_title(engine, titles[i], NULL, NULL, FIXTURE_NOW_MS + i * 60000);
    return engine;
}

static struct hl_topic_view topic_of(hl_engine *engine, uint64_t topic)
{
    struct hl_topic_view view;
    assert_int_equal(hl_engine_topic(engine, topic, FIXTURE_NOW_MS, &view, NULL), HL_OK);
    return view;
}

/* ---- making and ending ---- */

static void test_made_by_the_second_story(void **state)
{
    (void)state;
    hl_engine *engine = engine_of_titles(2);
    assert_int_equal(engine_stats(engine, "").topics, 0);
    struct hl_result result = engine_add_title(engine, titles[2], "c", NULL, FIXTURE_NOW_MS + DAY_MS);
    assert_int_equal(result.verdict, HL_VERDICT_NEW);
    assert_int_equal(result.topic, 1);
    struct hl_story_view first;
    assert_int_equal(hl_engine_story(engine, 1, FIXTURE_NOW_MS, &first, NULL), HL_OK);
    assert_int_equal(first.topic, 1);
    struct hl_topic_view view = topic_of(engine, 1);
    assert_int_equal(view.stories, 2);
    assert_int_equal(view.headlines, 2);
    assert_int_equal(view.first_ms, FIXTURE_NOW_MS);
    assert_int_equal(view.last_ms, FIXTURE_NOW_MS + DAY_MS);
    struct hl_headline copy = headline_of(titles[2]);
    copy.source = text_of("Other");
    assert_int_equal(engine_check(engine, &copy, FIXTURE_NOW_MS + DAY_MS).topic, 1);
    struct hl_headline unknown = headline_of("Nobody has heard of this before");
    assert_int_equal(engine_check(engine, &unknown, FIXTURE_NOW_MS + DAY_MS).topic, 0);
    engine_check_invariants(engine, true, NULL);
    hl_engine_destroy(engine);
}

static void test_ends_with_its_last_story(void **state)
{
    (void)state;
    hl_engine *engine = engine_of_titles(TITLES);
    assert_int_equal(engine_stats(engine, "").topics, 2);
    struct hl_topic_view view;
    struct hl_error error;
    for (uint64_t seq = 1; seq <= TITLES; seq++) {
        char id[24];
        snprintf(id, sizeof id, "~%llu", (unsigned long long)seq);
        assert_int_equal(hl_engine_remove(engine, text_of(""), text_of(id), FIXTURE_NOW_MS + DAY_MS, NULL), HL_OK);
        engine_check_invariants(engine, true, NULL);
    }
    assert_int_equal(engine_stats(engine, "").topics, 0);
    assert_int_equal(hl_engine_topic(engine, 1, FIXTURE_NOW_MS, &view, &error), HL_NOT_FOUND);
    assert_string_equal(error.field, "topic");
    hl_engine_destroy(engine);
}

static void test_switched_off(void **state)
{
    (void)state;
    struct hl_engine_options options = hl_engine_options_default();
    options.settings.topic_candidates = 0;
    hl_engine *engine = engine_create_with(&options);
    for (unsigned i = 0; i < TITLES; i++)
        assert_int_equal(engine_add_title(engine, titles[i], NULL, NULL, FIXTURE_NOW_MS + i).topic, 0);
    assert_int_equal(engine_stats(engine, "").topics, 0);
    hl_engine_destroy(engine);
}

/* Half a year between two stories is longer than any matter's clock. */
static void test_fades_with_time(void **state)
{
    (void)state;
    struct hl_engine_options options = hl_engine_options_default();
    options.settings.window_age_s = 0;
    options.settings.decay_half_life_s = 0; /* stories stay to be found */
    hl_engine *engine = engine_create_with(&options);
    engine_add_title(engine, titles[0], NULL, NULL, FIXTURE_NOW_MS);
    assert_int_equal(engine_add_title(engine, titles[2], NULL, NULL, FIXTURE_NOW_MS + 180 * DAY_MS).topic, 0);
    hl_engine_destroy(engine);
}

/* ---- the record: joining, leaving, ids ---- */

static struct hl_collection *collection_of(hl_engine *engine)
{
    assert_int_equal(engine->collection_count, 1);
    return engine->collections[0];
}

/* A topic of the stories @from to @to (slab indexes), each known by its own first words. */
static uint32_t make_topic(struct hl_collection *c, uint32_t from, uint32_t to)
{
    uint32_t topic = hl_topic_create(c);
    assert_int_not_equal(topic, HL_NONE);
    for (uint32_t story = from; story <= to; story++) {
        uint32_t words[HL_WORDS_MAX], count = hl_anchor_words(c, story, words);
        assert_int_equal(hl_topic_join(c, topic, story, words, count < 4 ? count : 4), HL_OK);
    }
    return topic;
}

static hl_engine *engine_without_topics(unsigned stories)
{
    struct hl_engine_options options = hl_engine_options_default();
    options.settings.topic_candidates = 0;
    hl_engine *engine = engine_create_with(&options);
    engine_fill(engine, stories, FIXTURE_NOW_MS);
    return engine;
}

static void test_older_id_survives_unless_outgrown(void **state)
{
    (void)state;
    hl_engine *engine = engine_without_topics(10);
    struct hl_collection *c = collection_of(engine), *found;
    uint32_t at, one = make_topic(c, 0, 1), two = make_topic(c, 2, 4), three = make_topic(c, 5, 9);
    engine_check_invariants(engine, true, NULL);
    assert_int_equal(hl_topic_absorb(c, two, one), HL_OK); /* larger, but not by far: 1 is older */
    assert_int_equal(hl_topic_at(c, two)->id, 1);
    assert_true(hl_topic_locate(engine, 2, &found, &at));
    assert_int_equal(at, two);
    engine_check_invariants(engine, true, NULL);
    assert_int_equal(topic_of(engine, 2).redirected_from, 2);
    assert_int_equal(topic_of(engine, 2).topic, 1);
    hl_topic_leave(c, 0);
    hl_topic_leave(c, 1);
    hl_topic_leave(c, 2); /* two are left of the older: five are far more */
    assert_int_equal(hl_topic_absorb(c, three, two), HL_OK);
    assert_int_equal(hl_topic_at(c, three)->id, 3);
    for (uint64_t id = 1; id <= 3; id++)
        assert_int_equal(topic_of(engine, id).topic, 3);
    assert_int_equal(topic_of(engine, 3).stories, 7);
    assert_int_equal(engine_stats(engine, "").topic_merges, 2);
    engine_check_invariants(engine, true, NULL);
    hl_engine_destroy(engine);
}

static void test_forgets_old_ids(void **state)
{
    (void)state;
    enum { MERGES = 200 };
    hl_engine *engine = engine_without_topics(MERGES + 2);
    struct hl_collection *c = collection_of(engine);
    uint32_t topic = make_topic(c, 0, 0);
    for (uint32_t i = 1; i <= MERGES; i++)
        assert_int_equal(hl_topic_absorb(c, topic, make_topic(c, i, i)), HL_OK);
    assert_true(hl_topic_at(c, topic)->id_count <= 128);
    assert_int_equal(engine_stats(engine, "").redirects_dropped, MERGES + 1 - hl_topic_at(c, topic)->id_count);
    struct hl_topic_view view;
    assert_int_equal(topic_of(engine, MERGES + 1).topic, 1);
    assert_int_equal(hl_engine_topic(engine, 2, FIXTURE_NOW_MS, &view, NULL), HL_NOT_FOUND);
    engine_check_invariants(engine, true, NULL);
    hl_engine_destroy(engine);
}

/* The merged story belongs to the larger of two topics; the other loses it. */
static void test_stories_of_two_topics_merge(void **state)
{
    (void)state;
    hl_engine *engine = engine_without_topics(8);
    struct hl_collection *c = collection_of(engine);
    uint32_t small = make_topic(c, 0, 1), large = make_topic(c, 2, 5);
    assert_int_equal(hl_story_absorb(c, 0, 2), HL_OK);
    assert_int_equal(hl_story_at(c, 0)->topic, large);
    assert_int_equal(hl_topic_at(c, small)->stories, 1);
    assert_int_equal(hl_topic_at(c, large)->stories, 4);
    assert_int_equal(hl_topic_at(c, large)->headlines, 5);
    engine_check_invariants(engine, true, NULL);
    assert_int_equal(hl_story_absorb(c, 0, 1), HL_OK); /* the last of the small one */
    assert_false(hl_slab_is_live(&c->topics, small));
    assert_int_equal(hl_story_absorb(c, 0, 6), HL_OK); /* one without a topic */
    assert_int_equal(hl_story_absorb(c, 7, 3), HL_OK); /* into one without */
    assert_int_equal(hl_story_at(c, 7)->topic, large);
    assert_int_equal(hl_topic_at(c, large)->headlines, 8);
    engine_check_invariants(engine, true, NULL);
    hl_engine_destroy(engine);
}

/* ---- random streams ---- */

static void test_sums_stay_exact(void **state)
{
    (void)state;
    struct hl_engine_options options = hl_engine_options_default();
    struct engine_report report = {0};
    struct news_stream stream;
    struct news_call call;
    options.settings.topic_threshold = 0.3;
    options.settings.topic_single = 0.2;
    options.settings.join_threshold = 0.1;
    options.settings.split_factor = 2;
    options.settings.window_headlines = 150;
    news_stream_init(&stream, 61);
    hl_engine *engine = engine_create_with(&options);
    for (unsigned i = 1; i <= CALLS; i++) {
        news_stream_next(&stream, &call);
        news_call_make(&call, engine, NULL);
        if (i % CHECK_EVERY == 0)
            engine_check_invariants(engine, true, &report);
    }
    struct hl_engine_stats stats = engine_stats(engine, "");
    assert_true(report.topics > CALLS / CHECK_EVERY && report.in_topics > report.topics * 3 / 2);
    assert_true(stats.merges > 0 && stats.splits > 0 && stats.topic_moves > 0);
    hl_engine_destroy(engine);
}

/* ---- want of memory ---- */

/* Whatever request fails while the titles come: a call is refused and changes nothing, or a step of the topics is left out. */
/* Saving takes memory, too: it neither fails nor counts. */
static void take_unfailing(struct frozen *frozen, hl_engine *engine, struct failing_allocator *fa)
{
    uint64_t requests = fa->requests, first = fa->fail_first, end = fa->fail_end;
    fa->fail_first = fa->fail_end = 0;
    frozen_take(frozen, engine);
    fa->requests = requests;
    fa->fail_first = first;
    fa->fail_end = end;
}

static void test_every_allocation_fails(void **state)
{
    (void)state;
    bool skipped = false;
    for (uint64_t n = 1;; n++) {
        struct failing_allocator fa;
        struct frozen before = {0};
        failing_allocator_init(&fa);
        hl_engine *engine = engine_create(&fa.allocator, 0);
        failing_allocator_arm(&fa, n, 1);
        for (unsigned i = 0; i < TITLES; i++) {
            struct hl_headline headline = headline_of(titles[i]);
            struct hl_result result;
            take_unfailing(&before, engine, &fa);
            enum hl_status status = hl_engine_add(engine, &headline, FIXTURE_NOW_MS + i * 60000, &result, NULL);
            assert_true(status == HL_OK || status == HL_NO_MEMORY);
            if (status == HL_NO_MEMORY)
                assert_true(frozen_is(&before, engine));
            engine_check_invariants(engine, false, NULL);
        }
        struct hl_topic_view view;
        enum hl_status status = hl_engine_topic(engine, 1, FIXTURE_NOW_MS, &view, NULL);
        assert_true(status == HL_OK || failing_allocator_fired(&fa));
        bool fired = failing_allocator_fired(&fa);
        skipped = skipped || engine_stats(engine, "").skipped_no_memory > 0;
        frozen_clear(&before);
        hl_engine_destroy(engine);
        assert_true(failing_allocator_is_clean(&fa));
        if (!fired)
            break;
    }
    assert_true(skipped);
}

/* ---- questions ---- */

static size_t list(hl_engine *engine, const struct hl_topic_query *query, struct hl_topic_view *out,
                   struct hl_cursor *next, bool *more)
{
    size_t count = 0;
    bool truncated = true;
    assert_int_equal(hl_engine_topics(engine, query, FIXTURE_NOW_MS, out, &count, next, more, &truncated, NULL), HL_OK);
    assert_false(truncated);
    return count;
}

static void test_lists(void **state)
{
    (void)state;
    hl_engine *engine = engine_of_titles(TITLES);
    struct hl_topic_view *views = calloc(LIMIT, sizeof *views);
    struct hl_topic_query query = {.since_ms = HL_TIME_NONE, .until_ms = HL_TIME_NONE, .limit = LIMIT};
    struct hl_cursor next;
    bool more;
    assert_non_null(views);
    assert_int_equal(list(engine, &query, views, &next, &more), 2);
    assert_int_equal(views[0].topic, 2); /* the last active first */
    query.order = HL_ORDER_SIZE;
    assert_int_equal(list(engine, &query, views, &next, &more), 2);
    assert_int_equal(views[0].topic, 1);
    assert_int_equal(views[0].stories, 3);
    query.limit = 1;
    assert_int_equal(list(engine, &query, views, &next, &more), 1);
    assert_true(more);
    query.after = next;
    assert_int_equal(list(engine, &query, views, &next, &more), 1);
    assert_false(more);
    assert_int_equal(views[0].topic, 2);
    query.after = (struct hl_cursor){0};
    query.limit = LIMIT;
    query.stories_min = 3;
    assert_int_equal(list(engine, &query, views, &next, &more), 1);
    query.stories_min = 0;
    query.text = text_of("brandt VELDMOUTH");
    assert_int_equal(list(engine, &query, views, &next, &more), 1);
    assert_int_equal(views[0].topic, 2);
    query.text = text_of("Tarnow Brandt");
    assert_int_equal(list(engine, &query, views, &next, &more), 0);
    query.text = text_of("unheardof");
    assert_int_equal(list(engine, &query, views, &next, &more), 0);
    query.text = text_of("");
    query.since_ms = FIXTURE_NOW_MS + 5 * 60000;
    assert_int_equal(list(engine, &query, views, &next, &more), 1);
    query.until_ms = query.since_ms - 1;
    assert_int_equal(list(engine, &query, views, &next, &more), 0);
    free(views);
    hl_engine_destroy(engine);
}

static void test_refusals(void **state)
{
    (void)state;
    hl_engine *engine = engine_create(NULL, 0);
    struct hl_topic_view view;
    struct hl_story_view story;
    struct hl_topic_query query = {.since_ms = HL_TIME_NONE, .until_ms = HL_TIME_NONE, .limit = 0};
    struct hl_cursor next = {0};
    struct hl_error error;
    size_t count = 1;
    bool more, truncated;
    assert_int_equal(hl_engine_topics(engine, &query, 0, &view, &count, &next, &more, &truncated, &error), HL_INVALID);
    assert_string_equal(error.field, "limit");
    query.limit = 1;
    assert_int_equal(hl_engine_topics(engine, &query, 0, &view, &count, &next, &more, &truncated, &error), HL_OK);
    assert_int_equal(count, 0);
    query.collection = text_of("nowhere");
    assert_int_equal(hl_engine_topics(engine, &query, 0, &view, &count, &next, &more, &truncated, &error),
                     HL_NOT_FOUND);
    assert_string_equal(error.field, "collection");
    assert_int_equal(hl_engine_topic_stories(engine, 7, 0, &story, 1, &count, &next, &more, &error), HL_NOT_FOUND);
    assert_int_equal(hl_engine_topic_stories(engine, 7, 0, &story, 0, &count, &next, &more, &error), HL_INVALID);
    hl_engine_destroy(engine);
}

static void test_stories_of_a_topic(void **state)
{
    (void)state;
    hl_engine *engine = engine_of_titles(TITLES);
    struct hl_story_view stories[2];
    struct hl_cursor next = {0};
    uint64_t seen[3] = {0, 0, 0};
    size_t count, total = 0;
    bool more = true;
    while (more) {
        assert_int_equal(hl_engine_topic_stories(engine, 1, FIXTURE_NOW_MS, stories, 2, &count, &next, &more, NULL),
                         HL_OK);
        for (size_t i = 0; i < count; i++) {
            assert_true(total < 3);
            assert_int_equal(stories[i].topic, 1);
            seen[total++] = stories[i].story;
        }
    }
    assert_int_equal(total, 3);
    assert_true(seen[0] == 5 && seen[1] == 3 && seen[2] == 1); /* the last active first */
    hl_engine_destroy(engine);
}

static void test_terms_are_spelled_as_people_do(void **state)
{
    (void)state;
    hl_engine *engine = engine_of_titles(TITLES);
    struct hl_topic_view view = topic_of(engine, 1);
    assert_true(view.term_count >= 2 && view.term_count <= HL_TOPIC_TERMS);
    assert_string_equal(view.terms[0].text, "Tarnow");
    assert_string_equal(view.terms[1].text, "Odermark");
    assert_int_equal(view.terms[0].length, strlen(view.terms[0].text));
    assert_int_equal(view.terms[0].stories, 3);
    view = topic_of(engine, 2);
    bool brandt = false;
    for (size_t i = 0; i < view.term_count; i++)
        brandt = brandt || strcmp(view.terms[i].text, "Brandt") == 0;
    assert_true(brandt);
    hl_engine_destroy(engine);
}

/* A name longer than a term has room for is cut between characters. */
static void test_long_names_are_cut(void **state)
{
    (void)state;
    char title[400] = "People of X";
    for (size_t i = 11; i < 151; i += 2)
        memcpy(title + i, "\xC3\xA4", 3);
    static const char rest[] = " leave their houses today";
    memcpy(title + strlen(title), rest, sizeof rest);
    struct hl_engine_options options = hl_engine_options_default();
    options.settings.topic_candidates = 0;
    hl_engine *engine = engine_create_with(&options);
    engine_add_title(engine, title, NULL, NULL, FIXTURE_NOW_MS);
    make_topic(collection_of(engine), 0, 0);
    struct hl_topic_view view = topic_of(engine, 1);
    bool cut = false;
    for (size_t i = 0; i < view.term_count; i++) {
        assert_true(view.terms[i].length < HL_TOPIC_TERM_BYTES);
        assert_true(hl_utf8_is_valid(view.terms[i].text, view.terms[i].length, NULL));
        cut = cut || view.terms[i].length == HL_TOPIC_TERM_BYTES - 1;
    }
    assert_true(cut); /* one byte and 31 characters of two */
    hl_engine_destroy(engine);
}

/* ---- words ---- */

static uint32_t word_named(struct hl_collection *c, const char *stem)
{
    for (uint32_t i = 0; i < hl_slab_limit(&c->words); i++)
        if (hl_slab_is_live(&c->words, i) && hl_word_at(c, i)->length == strlen(stem) &&
            memcmp(hl_word_at(c, i)->text, stem, strlen(stem)) == 0)
            return i;
    fail_msg("there is no word %s", stem);
    return HL_NONE;
}

static void test_names_are_learnt_from_capitals(void **state)
{
    (void)state;
    hl_engine *engine = engine_create(NULL, 0);
    engine_add_title(engine, "Storm keeps ferries of Ukraine and Veldmouth in the harbour on Friday", NULL, NULL,
                     FIXTURE_NOW_MS);
    engine_add_title(engine, "Ferries leave as winds calm down in Veldmouth", NULL, NULL, FIXTURE_NOW_MS);
    struct hl_collection *c = collection_of(engine);
    double place = hl_anchor_name(hl_word_at(c, word_named(c, "veldmouth")));
    double ferry = hl_anchor_name(hl_word_at(c, word_named(c, "ferri")));
    double country = hl_anchor_name(hl_word_at(c, word_named(c, "ukrain")));
    double day = hl_anchor_name(hl_word_at(c, word_named(c, "friday")));
    assert_true(place > 0.75 && country > 0.75);
    assert_true(ferry < 0.55 && day < 0.2);
    hl_engine_destroy(engine);
}

/* No capitals at all, or nothing but capitals, say nothing. */
static void test_titles_in_one_case_teach_nothing(void **state)
{
    (void)state;
    hl_engine *engine = engine_create(NULL, 0);
    engine_add_title(engine, "ferries wait in veldmouth", NULL, NULL, FIXTURE_NOW_MS);
    engine_add_title(engine, "Winds Keep Ferries In Veldmouth Harbour", NULL, NULL, FIXTURE_NOW_MS);
    struct hl_collection *c = collection_of(engine);
    double place = hl_anchor_name(hl_word_at(c, word_named(c, "veldmouth")));
    double ferry = hl_anchor_name(hl_word_at(c, word_named(c, "ferri")));
    assert_true(place >= ferry && place <= ferry);
    hl_engine_destroy(engine);
}

static void test_variants_of_names(void **state)
{
    (void)state;
    hl_engine *engine = engine_create(NULL, 0);
    engine_add_title(engine, "Iran and the Iranian Ira met Iranological Oran", NULL, NULL, FIXTURE_NOW_MS);
    struct hl_collection *c = collection_of(engine);
    const struct hl_word_record *iran = hl_word_at(c, word_named(c, "iran"));
    assert_true(hl_anchor_is_variant(iran, hl_word_at(c, word_named(c, "iranian"))));
    assert_true(hl_anchor_is_variant(hl_word_at(c, word_named(c, "iranian")), iran));
    assert_false(hl_anchor_is_variant(iran, hl_word_at(c, word_named(c, "ira"))));
    assert_false(hl_anchor_is_variant(iran, hl_word_at(c, word_named(c, "oran"))));
    hl_engine_destroy(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_made_by_the_second_story),
        cmocka_unit_test(test_ends_with_its_last_story),
        cmocka_unit_test(test_switched_off),
        cmocka_unit_test(test_fades_with_time),
        cmocka_unit_test(test_older_id_survives_unless_outgrown),
        cmocka_unit_test(test_forgets_old_ids),
        cmocka_unit_test(test_stories_of_two_topics_merge),
        cmocka_unit_test(test_sums_stay_exact),
        cmocka_unit_test(test_every_allocation_fails),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_stories_of_a_topic),
        cmocka_unit_test(test_terms_are_spelled_as_people_do),
        cmocka_unit_test(test_long_names_are_cut),
        cmocka_unit_test(test_names_are_learnt_from_capitals),
        cmocka_unit_test(test_titles_in_one_case_teach_nothing),
        cmocka_unit_test(test_variants_of_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
