/*
 * test_state.c - saving and loading: every cut point, want of memory, sinks and sources that fail, bytes that are wrong, the state that
 * version 1 wrote. test_determinism.c has long runs with loading in between.
 */
#include "core/bytes.h"
#include "engine/state.h"
#include "support/engine_fixture.h"
#include "support/engine_invariants.h"
#include "support/failing_allocator.h"
#include "support/news_stream.h"
#include "support/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define GOLDEN HL_TEST_DATA_DIR "/state-v1.bin"

enum { CALLS = 700, SMALL_CALLS = 120, CORRUPTIONS = 4000, SECTIONS = 9 };

/* Few events and a small window, so that a short stream has all there is: merges, splits, topics, expiry, long stories. */
static struct hl_engine_options eventful(void)
{
    struct hl_engine_options options = hl_engine_options_default();
    options.settings.join_threshold = 0.06;
    options.settings.cold_margin = 0;
    options.settings.rival_weight = 0;
    options.settings.merge_threshold = 0.1;
    options.settings.merge_single = 0.1;
    options.settings.split_factor = 2;
    options.settings.split_min = 4;
    options.settings.window_headlines = 80;
    options.settings.decay_half_life_s = 1800;
    return options;
}

static void stream_init(struct news_stream *stream)
{
    news_stream_init(stream, 41);
    stream->events = 4;
    stream->collections = 3;
    stream->long_titles = 9;
}

static void make_calls(hl_engine *engine, struct news_stream *stream, unsigned count)
{
    struct news_call call;
    for (unsigned i = 0; i < count; i++) {
        news_stream_next(stream, &call);
        assert_int_not_equal(news_call_make(&call, engine, NULL), HL_NO_MEMORY);
    }
}

/* What @count calls of the stream lead to, saved. */
static void save_stream(struct state_file *file, unsigned count)
{
    struct hl_engine_options options = eventful();
    struct news_stream stream;
    hl_engine *engine = engine_create_with(&options);
    stream_init(&stream);
    make_calls(engine, &stream, count);
    assert_int_equal(state_file_save(file, engine, NULL), HL_OK);
    hl_engine_destroy(engine);
}

static hl_engine *load(struct state_file *file, const struct hl_engine_options *options)
{
    struct hl_error error = {0};
    hl_engine *engine = NULL;
    if (state_file_load(file, options, &engine, &error) != HL_OK)
        fail_msg("not loaded: %s", error.message);
    return engine;
}

/* ---- saved at every point of a stream ---- */

/* An engine that was cut anywhere, and whose hash seed changed, ends up with the bytes of one that was not. */
static void test_every_cut(void **state)
{
    (void)state;
    struct hl_engine_options options = eventful();
    struct news_stream stream;
    struct frozen whole = {0}, cut = {0};
    save_stream(&whole.file, CALLS);
    hl_engine *engine = engine_create_with(&options);
    stream_init(&stream);
    for (unsigned done = 0; done < CALLS; done += 7) {
        struct news_stream rest = stream;
        options.hash_seed = done * UINT64_C(0x9e3779b97f4a7c15);
        frozen_take(&cut, engine);
        hl_engine *loaded = load(&cut.file, &options);
        assert_true(frozen_is(&cut, loaded));
        engine_check_invariants(loaded, true, NULL);
        make_calls(loaded, &rest, CALLS - done);
        assert_true(frozen_is(&whole, loaded));
        hl_engine_destroy(loaded);
        make_calls(engine, &stream, 7);
    }
    hl_engine_destroy(engine);
    frozen_clear(&whole);
    frozen_clear(&cut);
}

/* The stream has what a state can have, or the other tests would be about nothing. */
static void test_the_stream_has_everything(void **state)
{
    (void)state;
    struct hl_engine_options options = eventful();
    struct news_stream stream;
    struct engine_report report = {0};
    hl_engine *engine = engine_create_with(&options);
    stream_init(&stream);
    for (unsigned done = 0; done < CALLS; done += 20) {
        make_calls(engine, &stream, 20);
        engine_check_invariants(engine, true, &report);
    }
    assert_true(report.multiple > 0 && report.multiple < report.stories && report.pruned > 0 && report.retired > 0);
    assert_true(report.redirects > 0 && report.aliases > 0 && report.copies > 0 && report.topics > 0);
    struct hl_engine_stats stats = engine_stats(engine, "");
    assert_true(stats.splits > 0 && stats.merges > 0);
    assert_true(stats.expired_count > 0 && stats.removed > 0);
    assert_int_equal(stats.collections, 3);
    hl_engine_destroy(engine);
}

static void test_empty_engine(void **state)
{
    (void)state;
    hl_engine *engine = engine_create(NULL, 0);
    struct hl_engine_options options = hl_engine_options_default();
    engine = engine_reload(engine, &options);
    assert_int_equal(engine_add_title(engine, "Mayor opens bridge", NULL, NULL, FIXTURE_NOW_MS).seq, 1);
    engine = engine_reload(engine, &options);
    assert_int_equal(engine_stats(engine, "").headlines, 1);
    hl_engine_destroy(engine);
}

static void test_settings_are_the_collections_own(void **state)
{
    (void)state;
    struct hl_engine_options options = eventful();
    struct hl_settings settings, initial;
    options.collections_max = 3;
    hl_engine *engine = engine_create_with(&options);
    struct hl_headline headline = headline_of("Mayor opens bridge");
    static const char *const names[] = {"a", "b", "c", "d"};
    for (int i = 0; i < 3; i++) {
        headline.collection = text_of(names[i]);
        engine_add(engine, &headline, FIXTURE_NOW_MS);
    }
    options.collections_max = 1; /* fewer than there are: no more may come */
    options.settings.split_min = 7;
    engine = engine_reload(engine, &options);
    assert_int_equal(hl_engine_settings_get(engine, text_of("b"), &settings, &initial, NULL), HL_OK);
    assert_true(settings.split_min == 4 && initial.split_min == 7);
    headline.collection = text_of(names[3]);
    struct hl_result result;
    assert_int_equal(hl_engine_add(engine, &headline, FIXTURE_NOW_MS, &result, NULL), HL_LIMIT);
    hl_engine_destroy(engine);
}

/* ---- what can fail ---- */

static void test_sink_that_is_full(void **state)
{
    (void)state;
    struct hl_engine_options options = eventful();
    struct news_stream stream;
    struct state_file file = {0};
    struct hl_error error = {0};
    hl_engine *engine = engine_create_with(&options);
    stream_init(&stream);
    make_calls(engine, &stream, CALLS);
    assert_int_equal(state_file_save(&file, engine, &error), HL_OK);
    size_t whole = file.length;
    for (file.budget = 1; file.budget < whole; file.budget += whole / 23) {
        assert_int_equal(state_file_save(&file, engine, &error), HL_IO);
        assert_string_equal(error.message, "the file is full");
    }
    hl_engine_destroy(engine);
    state_file_clear(&file);
}

static enum hl_status no_section(void *context, uint32_t *kind, struct hl_error *error)
{
    (void)context, (void)kind;
    return hl_error_set(error, HL_UNAVAILABLE, NULL, "no section today");
}

static enum hl_status one_section(void *context, uint32_t *kind, struct hl_error *error)
{
    (void)context, (void)error;
    *kind = 1;
    return HL_OK;
}

static enum hl_status no_bytes(void *context, void *to, size_t bytes, size_t *out_bytes, struct hl_error *error)
{
    (void)context, (void)to, (void)bytes, (void)out_bytes;
    return hl_error_set(error, HL_IO, NULL, "no bytes today");
}

static void test_source_that_fails(void **state)
{
    (void)state;
    struct hl_engine_options options = hl_engine_options_default();
    struct hl_error error = {0};
    hl_engine *engine = NULL;
    struct hl_state_source source = {no_section, no_bytes, NULL};
    assert_int_equal(hl_engine_load(&options, &source, &engine, &error), HL_UNAVAILABLE);
    assert_string_equal(error.message, "no section today");
    source.section = one_section;
    assert_int_equal(hl_engine_load(&options, &source, &engine, &error), HL_IO);
    assert_string_equal(error.message, "no bytes today");
    assert_null(engine);
}

static void test_every_request_for_memory_fails(void **state)
{
    (void)state;
    struct hl_engine_options options = eventful();
    struct failing_allocator fa;
    struct state_file file = {0};
    struct hl_error error = {0};
    save_stream(&file, SMALL_CALLS);
    failing_allocator_init(&fa);
    options.allocator = &fa.allocator;
    for (uint64_t nth = 1;; nth++) {
        hl_engine *engine = NULL;
        failing_allocator_arm(&fa, nth, 1 + nth % 2 * UINT32_MAX);
        enum hl_status status = state_file_load(&file, &options, &engine, &error);
        bool fired = failing_allocator_fired(&fa);
        failing_allocator_arm(&fa, 0, 0);
        hl_engine_destroy(engine);
        assert_true(failing_allocator_is_clean(&fa));
        if (!fired) {
            assert_int_equal(status, HL_OK);
            break;
        }
        if (status != HL_OK) /* a cache may do without */
            assert_int_equal(error.status, HL_NO_MEMORY);
    }
    assert_true(fa.failures > 50);
    state_file_clear(&file);
}

static void test_saving_without_memory(void **state)
{
    (void)state;
    struct hl_engine_options options = eventful();
    struct failing_allocator fa;
    struct news_stream stream;
    struct frozen before = {0};
    failing_allocator_init(&fa);
    options.allocator = &fa.allocator;
    hl_engine *engine = engine_create_with(&options);
    stream_init(&stream);
    make_calls(engine, &stream, SMALL_CALLS);
    frozen_take(&before, engine);
    struct state_file file = {0};
    failing_allocator_arm(&fa, 1, UINT64_MAX);
    assert_int_equal(state_file_save(&file, engine, NULL), HL_OK); /* all that it needs is on the stack */
    failing_allocator_arm(&fa, 0, 0);
    assert_true(state_file_equal(&before.file, &file));
    hl_engine_destroy(engine);
    assert_true(failing_allocator_is_clean(&fa));
    state_file_clear(&file);
    frozen_clear(&before);
}

/* ---- bytes that are wrong ---- */

/* Loads what may be anything. What is accepted must work: it is used, asked and saved. */
static enum hl_status load_and_use(struct state_file *file, struct hl_error *error)
{
    struct hl_engine_options options = eventful();
    struct news_stream stream;
    struct news_call call;
    hl_engine *engine = NULL;
    enum hl_status status = state_file_load(file, &options, &engine, error);
    if (status != HL_OK) {
        assert_null(engine);
        return status;
    }
    stream_init(&stream);
    for (int i = 0; i < 60; i++) {
        news_stream_next(&stream, &call);
        news_call_make(&call, engine, NULL);
    }
    hl_engine_tick(engine, HL_TIME_NONE, 20);
    hl_engine_tick(engine, INT64_MAX, 1000);
    struct state_file again = {0};
    assert_int_equal(state_file_save(&again, engine, NULL), HL_OK);
    state_file_clear(&again);
    hl_engine_destroy(engine);
    return HL_OK;
}

static void test_cut_anywhere(void **state)
{
    (void)state;
    struct state_file file = {0};
    struct hl_error error = {0};
    save_stream(&file, SMALL_CALLS);
    size_t whole = file.length;
    for (file.length = 0; file.length < whole; file.length += 1 + file.length / 300) {
        assert_int_equal(load_and_use(&file, &error), HL_CORRUPT);
        assert_true(error.field[0] != '\0');
    }
    file.length = whole;
    state_file_clear(&file);
}

/* Where sections begin; the last entry is the end. */
static void find_sections(const struct state_file *file, size_t begin[SECTIONS + 1])
{
    size_t at = 0;
    for (int i = 0; i < SECTIONS; i++) {
        const unsigned char *from = file->data + at + 4;
        begin[i] = at;
        at += STATE_FILE_HEAD_BYTES + (size_t)hl_get_u64(&from);
    }
    begin[SECTIONS] = at;
    assert_int_equal(at, file->length);
}

static void test_sections_out_of_place(void **state)
{
    (void)state;
    struct state_file file = {0};
    struct hl_error error = {0};
    size_t begin[SECTIONS + 1];
    save_stream(&file, SMALL_CALLS);
    find_sections(&file, begin);
    for (int i = 0; i < SECTIONS; i++) {
        file.data[begin[i]]++; /* its kind */
        assert_int_equal(load_and_use(&file, &error), HL_CORRUPT);
        file.data[begin[i]]--;
        file.data[begin[i] + STATE_FILE_HEAD_BYTES]++; /* its version */
        assert_int_equal(load_and_use(&file, &error), HL_CORRUPT);
        assert_non_null(strstr(error.message, "newer version"));
        file.data[begin[i] + STATE_FILE_HEAD_BYTES] = 0;
        assert_int_equal(load_and_use(&file, &error), HL_CORRUPT);
        file.data[begin[i] + STATE_FILE_HEAD_BYTES] = 1;
        file.data[begin[i] + 4]--; /* its length: what follows is no section */
        assert_int_equal(load_and_use(&file, &error), HL_CORRUPT);
        file.data[begin[i] + 4]++;
    }
    assert_int_equal(load_and_use(&file, &error), HL_OK);
    state_file_clear(&file);
}

/* One kind of damage drawn from @random. */
static void damage(struct state_file *file, uint64_t *random)
{
    size_t at = random_below(random, (uint32_t)file->length), other = random_below(random, (uint32_t)file->length - 16);
    unsigned char small = (unsigned char)random_below(random, 4);
    switch (random_below(random, 6)) {
    case 0:
        file->data[at] ^= (unsigned char)(1U << random_below(random, 8));
        break;
    case 1:
        file->data[at] = (unsigned char)random_below(random, 256);
        break;
    case 2: /* a number becomes its neighbour */
        file->data[at] = (unsigned char)(file->data[at] + (small < 2 ? 1 : -1));
        break;
    case 3: /* some bytes stand in place of others */
        memmove(file->data + other, file->data + random_below(random, (uint32_t)file->length - 16), 1 + small * 4U);
        break;
    case 4:
        memset(file->data + other, small < 2 ? 0xFF : 0, 4U << small % 2);
        break;
    default:
        file->length -= random_below(random, 100);
    }
}

static void test_corruptions(void **state)
{
    (void)state;
    struct state_file file = {0}, damaged = {0};
    struct hl_error error = {0};
    uint64_t random = 4711;
    unsigned refused = 0;
    save_stream(&file, SMALL_CALLS);
    damaged.data = malloc(file.length);
    assert_non_null(damaged.data);
    for (unsigned i = 0; i < CORRUPTIONS; i++) {
        memcpy(damaged.data, file.data, file.length);
        damaged.length = damaged.capacity = file.length;
        for (unsigned times = 1 + i % 2; times > 0; times--)
            damage(&damaged, &random);
        enum hl_status status = load_and_use(&damaged, &error);
        assert_true(status == HL_OK || status == HL_CORRUPT);
        refused += status == HL_CORRUPT;
    }
    assert_true(refused > CORRUPTIONS / 4 && refused < CORRUPTIONS); /* letters and counters tell nothing */
    state_file_clear(&file);
    state_file_clear(&damaged);
}

/* ---- version 1 for good ---- */

/* The file was written by version 1 and stays: every later version loads it, and one that writes version 1 writes the same. */
static void test_golden_state(void **state)
{
    (void)state;
    struct state_file file = {0}, again = {0};
    struct hl_engine_options options = eventful();
    if (!state_file_read(&file, GOLDEN))
        fail_msg("%s cannot be read", GOLDEN);
    hl_engine *engine = load(&file, &options);
    engine_check_invariants(engine, true, NULL);
    struct hl_engine_stats stats = engine_stats(engine, "");
    assert_int_equal(stats.seq, 72);
    assert_int_equal(stats.headlines, 59);
    assert_int_equal(stats.stories, 12);
    assert_int_equal(stats.topics, 3);
    assert_int_equal(stats.collections, 2);
    assert_int_equal(state_file_save(&again, engine, NULL), HL_OK);
    assert_true(state_file_equal(&file, &again));
    hl_engine_destroy(engine);
    state_file_clear(&file);
    state_file_clear(&again);
}

/* test_state --golden FILE writes it anew, which is for a state of a new version only. */
static int write_golden(const char *path)
{
    struct hl_engine_options options = eventful();
    struct news_stream stream;
    struct state_file file = {0};
    struct hl_engine_stats stats;
    hl_engine *engine = NULL;
    if (hl_engine_create(&options, &engine, NULL) != HL_OK)
        return 1;
    stream_init(&stream);
    stream.collections = 2;
    stream.vocabulary = 150;
    for (int i = 0; i < 90; i++) {
        struct news_call call;
        news_stream_next(&stream, &call);
        news_call_make(&call, engine, NULL);
    }
    bool written = state_file_save(&file, engine, NULL) == HL_OK && state_file_write(&file, path);
    hl_engine_stats(engine, (struct hl_text){"", 0}, &stats, NULL);
    printf("%zu bytes, seq %llu, %llu headlines, %llu stories, %llu topics, %llu collections\n", file.length,
           (unsigned long long)stats.seq, (unsigned long long)stats.headlines, (unsigned long long)stats.stories,
           (unsigned long long)stats.topics, (unsigned long long)stats.collections);
    hl_engine_destroy(engine);
    state_file_clear(&file);
    return written ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--golden") == 0)
        return write_golden(argv[2]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_stream_has_everything),
        cmocka_unit_test(test_every_cut),
        cmocka_unit_test(test_empty_engine),
        cmocka_unit_test(test_settings_are_the_collections_own),
        cmocka_unit_test(test_sink_that_is_full),
        cmocka_unit_test(test_source_that_fails),
        cmocka_unit_test(test_every_request_for_memory_fails),
        cmocka_unit_test(test_saving_without_memory),
        cmocka_unit_test(test_cut_anywhere),
        cmocka_unit_test(test_sections_out_of_place),
        cmocka_unit_test(test_corruptions),
        cmocka_unit_test(test_golden_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
