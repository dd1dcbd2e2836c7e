/*
 * test_posting.c - the short lists of stories against a model of their rules.
 */
#include "engine/collection.h"
#include "engine/posting.h"
#include "engine/state.h"
#include "engine/vocabulary.h"
#include "support/engine_fixture.h"
#include "support/failing_allocator.h"
#include "support/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct world {
    struct failing_allocator fa;
    hl_engine *engine;
    struct hl_collection *c;
    uint32_t word;
};

static int setup(void **state)
{
    static struct world w;
    failing_allocator_init(&w.fa);
    w.engine = engine_create(&w.fa.allocator, 0);
    assert_int_equal(hl_collection_create(w.engine, text_of("x"), &w.c, NULL), HL_OK);
    struct hl_stem stem = hl_stem_make(w.c, "word", 4);
    w.word = hl_words_learn(w.c, &stem, 0);
    assert_int_not_equal(w.word, HL_NONE);
    *state = &w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    hl_engine_destroy(w->engine);
    assert_true(failing_allocator_is_clean(&w->fa));
    return 0;
}

/* The rules, written the slow way. */
struct model {
    uint32_t count, story[HL_POSTINGS_MAX + 1];
    int32_t weight[HL_POSTINGS_MAX + 1];
};

static uint32_t model_find(const struct model *m, uint32_t story)
{
    uint32_t i = 0;
    while (i < m->count && m->story[i] != story)
        i++;
    return i;
}

static void model_drop(struct model *m, uint32_t at)
{
    m->count--;
    for (; at < m->count; at++) {
        m->story[at] = m->story[at + 1];
        m->weight[at] = m->weight[at + 1];
    }
}

static void model_set(struct model *m, uint32_t story, int32_t weight)
{
    uint32_t at = model_find(m, story);
    if (at == m->count) {
        m->story[m->count++] = story;
        if (m->count > HL_POSTINGS_MAX) {
            model_drop(m, 0);
            at--;
        }
    }
    m->weight[at] = weight;
}

static void assert_model(const struct world *w, const struct model *m)
{
    struct hl_postings list = hl_postings_of(hl_word_at(w->c, w->word));
    assert_int_equal(list.count, m->count);
    if (m->count > 0) {
        assert_memory_equal(list.story, m->story, m->count * sizeof m->story[0]);
        assert_memory_equal(list.weight, m->weight, m->count * sizeof m->weight[0]);
    }
}

static void test_follows_the_model(void **state)
{
    struct world *w = *state;
    struct model m = {.count = 0};
    uint64_t random = 91;
    for (unsigned i = 0; i < 100000; i++) {
        uint32_t story = random_below(&random, i / 1000 % 2 == 0 ? 20 : 3 * HL_POSTINGS_MAX);
        int32_t weight = (int32_t)random_below(&random, 1000000);
        uint32_t way = random_below(&random, 100), at = model_find(&m, story);
        if (way < 60) {
            hl_posting_set(w->c, w->word, story, weight);
            model_set(&m, story, weight);
        } else if (way < 75) {
            hl_posting_change(w->c, w->word, story, weight);
            if (at < m.count)
                m.weight[at] = weight;
        } else if (way < 99 || i % 20 != 0) {
            hl_posting_remove(w->c, w->word, story);
            if (at < m.count)
                model_drop(&m, at);
        } else {
            hl_posting_clear(w->c, w->word);
            m.count = 0;
        }
        assert_model(w, &m);
    }
}

/* The lists of stories that nobody removes keep the last ones, oldest first. */
static void test_full_list(void **state)
{
    struct world *w = *state;
    for (uint32_t story = 0; story < 10 * HL_POSTINGS_MAX; story++)
        hl_posting_set(w->c, w->word, story, (int32_t)story);
    struct hl_postings list = hl_postings_of(hl_word_at(w->c, w->word));
    assert_int_equal(list.count, HL_POSTINGS_MAX);
    for (uint32_t i = 0; i < list.count; i++) {
        assert_int_equal(list.story[i], 9 * HL_POSTINGS_MAX + i);
        assert_int_equal(list.weight[i], 9 * HL_POSTINGS_MAX + i);
    }
    hl_posting_set(w->c, w->word, 9 * HL_POSTINGS_MAX, 7); /* which keeps its place */
    list = hl_postings_of(hl_word_at(w->c, w->word));
    assert_int_equal(list.story[0], 9 * HL_POSTINGS_MAX);
    assert_int_equal(list.weight[0], 7);
}

static void test_empty_list_holds_nothing(void **state)
{
    struct world *w = *state;
    const struct hl_word_record *word = hl_word_at(w->c, w->word);
    assert_null(word->postings);
    hl_posting_remove(w->c, w->word, 5);
    hl_posting_change(w->c, w->word, 5, 5);
    assert_int_equal(hl_postings_of(word).count, 0);
    hl_posting_set(w->c, w->word, 5, 5);
    assert_non_null(word->postings);
    hl_posting_remove(w->c, w->word, 5);
    assert_null(word->postings);
    hl_posting_clear(w->c, w->word);
}

/* Without memory a story is left out and counted; the list stays as it was and works on. */
static void test_without_memory(void **state)
{
    struct world *w = *state;
    struct model m = {.count = 0};
    uint64_t skipped = 0;
    for (uint32_t story = 0; story < 20; story++) {
        failing_allocator_arm(&w->fa, 1, UINT64_MAX);
        for (size_t bytes = 16; bytes <= 4096; bytes = hl_pool_room(bytes + 1))
            while (hl_pool_take(w->engine->pool, bytes) != NULL)
                continue;
        hl_posting_set(w->c, w->word, story, 1);
        failing_allocator_arm(&w->fa, 0, 0);
        if (w->c->tallies.skipped_no_memory > skipped) {
            skipped++;
            assert_model(w, &m);
            hl_posting_set(w->c, w->word, story, 1);
        }
        model_set(&m, story, 1);
        assert_model(w, &m);
        assert_int_equal(w->c->tallies.skipped_no_memory, skipped);
    }
    assert_true(skipped >= 3); /* each time that the list had to grow */
}

/* A story that loses a headline does not come back to the front, or at all. */
static void test_removal_is_no_news(void **state)
{
    (void)state;
    enum { STORIES = HL_POSTINGS_MAX + 10 };
    struct hl_engine_options options = hl_engine_options_default();
    options.settings.join_threshold = 2; /* every headline founds a story, but for copies */
    options.settings.merge_candidates = 0;
    hl_engine *engine = engine_create_with(&options);
    char title[64];
    uint64_t first = engine_add_title(engine, "shared word0 other0", "a", "A", FIXTURE_NOW_MS).story;
    assert_int_equal(engine_add_title(engine, "shared word0 other0", "b", "B", FIXTURE_NOW_MS).story, first);
    for (unsigned i = 1; i < STORIES; i++) {
        snprintf(title, sizeof title, "shared word%u other%u", i, i);
        engine_add_title(engine, title, NULL, NULL, FIXTURE_NOW_MS);
    }
    const struct hl_collection *c = hl_collection_find(engine, text_of(""));
    uint32_t word = hl_words_find(c, "share", 5);
    assert_int_not_equal(word, HL_NONE);
    struct hl_postings list = hl_postings_of(hl_word_at(c, word));
    uint32_t before[HL_POSTINGS_MAX];
    assert_int_equal(list.count, HL_POSTINGS_MAX);
    memcpy(before, list.story, sizeof before);
    assert_int_equal(hl_engine_remove(engine, text_of(""), text_of("a"), FIXTURE_NOW_MS, NULL), HL_OK);
    list = hl_postings_of(hl_word_at(c, word));
    assert_int_equal(list.count, HL_POSTINGS_MAX);
    assert_memory_equal(list.story, before, sizeof before);
    hl_engine_destroy(engine);
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(test_follows_the_model),        WITH_WORLD(test_full_list),
        WITH_WORLD(test_empty_list_holds_nothing), WITH_WORLD(test_without_memory),
        cmocka_unit_test(test_removal_is_no_news),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
