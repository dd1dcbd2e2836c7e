/*
 * test_durable.c - what the engine holds is what the log holds: random calls, crashes in between, and the state that comes back is to
 * the byte that of an engine which was never interrupted.
 */
#include "state/durable.h"
#include "state/replay.h"
#include "store/memory_log.h"
#include "support/engine_fixture.h"
#include "support/failing_allocator.h"
#include "support/news_stream.h"
#include "support/random.h"
#include "support/store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

enum { CALLS = 4000 };

/* Small windows, so that everything expires: by count, by age, and by memory. */
static struct hl_durable_options small_options(void)
{
    struct hl_durable_options options = hl_durable_options_default();
    options.engine.settings.window_headlines = 150;
    options.engine.settings.window_age_s = 1500;
    options.engine.settings.decay_half_life_s = 300;
    options.engine.memory_max_bytes = 6 << 20;
    return options;
}

/* The stream's calls, with changes of settings among them. */
struct source {
    struct news_stream news;
    uint64_t random;
    uint64_t made; /* calls */
};

static void source_init(struct source *source, uint64_t seed)
{
    news_stream_init(&source->news, seed);
    source->news.vocabulary = 300;
    source->news.collections = 2;
    source->news.step_ms = 20000;
    source->news.calls = 30;
    source->random = seed;
    source->made = 0;
}

struct change {
    bool is_setting;
    struct news_call call;
    struct hl_setting_change setting;
};

static void source_next(struct source *source, struct change *out)
{
    source->news.step_ms = source->made / 500 % 2 == 0 ? 1000 : 40000; /* full by count, then by age */
    news_stream_next(&source->news, &out->call);
    source->made++;
    out->is_setting = random_below(&source->random, 50) == 0;
    bool count = random_below(&source->random, 2) == 0;
    out->setting = (struct hl_setting_change){
        .name = count ? "window_headlines" : "join_threshold",
        .value = count ? (double)(60 + random_below(&source->random, 150))
                       : 0.1 + (double)random_below(&source->random, 9) / 50,
        .reset = random_below(&source->random, 4) == 0,
    };
}

static enum hl_status change_durable(struct hl_durable *d, const struct change *change, struct hl_error *error)
{
    const struct news_call *call = &change->call;
    struct hl_result result;
    if (change->is_setting) {
        struct hl_setting_change twice[] = {{"near_bits", 70, false}, {"near_bits", 80, false}, change->setting};
        return hl_durable_settings_set(d, call->headline.collection, twice, 3, call->now_ms, NULL, error);
    }
    switch (call->kind) {
    case NEWS_ADD:
        return hl_durable_add(d, &call->headline, call->now_ms, &result, error);
    case NEWS_REMOVE:
        return hl_durable_remove(d, call->headline.collection, call->headline.id, call->now_ms, error);
    case NEWS_TICK:
        (void)hl_durable_tick(d, call->now_ms, call->budget);
        return HL_OK;
    case NEWS_CHECK:
        return hl_engine_check(hl_durable_engine(d), &call->headline, call->now_ms, &result, error);
    }
    return HL_INTERNAL;
}

static void change_plain(hl_engine *engine, const struct change *change)
{
    if (change->is_setting) {
        const struct hl_setting_change *setting = &change->setting;
        const struct hl_setting_change both[] = {{"near_bits", 80, false}, *setting};
        assert_int_equal(
            hl_engine_settings_set(engine, change->call.headline.collection, both, 2, change->call.now_ms, NULL, NULL),
            HL_OK);
        return;
    }
    (void)news_call_make(&change->call, engine, NULL);
}

/* What an engine holds after all calls that nobody has interrupted. */
static void take_plain(uint64_t seed, unsigned calls, struct frozen *out)
{
    struct hl_durable_options options = small_options();
    hl_engine *engine = engine_create_with(&options.engine);
    struct source source;
    struct change change;
    source_init(&source, seed);
    for (unsigned i = 0; i < calls; i++) {
        source_next(&source, &change);
        change_plain(engine, &change);
    }
    struct hl_engine_stats stats = engine_stats(engine, "");
    assert_true(stats.expired_age > 20 && stats.expired_count > 20 && stats.verdicts[HL_VERDICT_REPLAYED] > 20);
    frozen_take(out, engine);
    hl_engine_destroy(engine);
}

static enum hl_status apply(void *context, const struct hl_input_record *record, struct hl_error *error)
{
    return hl_replay_apply(context, record, error);
}

/* All calls on a log in memory; what was logged makes the same state, and so do the calls alone. */
static void test_memory_log(void **state)
{
    (void)state;
    struct hl_durable_options options = small_options();
    struct hl_input_log *log;
    struct hl_durable *d;
    struct hl_error error;
    struct source source;
    struct change change;
    struct frozen plain = {0};
    unsigned refused = 0;
    assert_int_equal(hl_memory_log_open(1 << 20, NULL, NULL, &log, &error), HL_OK);
    assert_int_equal(hl_durable_open_log(&options, log, &d, NULL, &error), HL_OK);
    source_init(&source, 1);
    for (unsigned i = 0; i < CALLS; i++) {
        source_next(&source, &change);
        refused += change_durable(d, &change, &error) != HL_OK;
        assert_int_equal(hl_durable_safe(d), hl_durable_last(d));
    }
    assert_true(refused < CALLS / 4); /* removals of what is not there */
    take_plain(1, CALLS, &plain);
    assert_true(frozen_is(&plain, hl_durable_engine(d)));
    struct hl_replay *replay = calloc(1, sizeof *replay);
    struct hl_engine_options other = hl_engine_options_default(); /* what counts is what was logged */
    replay->engine = engine_create(NULL, 77);
    replay->options = other;
    assert_int_equal(hl_input_log_replay(log, 1, apply, replay, &error), HL_OK);
    assert_int_equal(replay->differences, 0);
    assert_int_equal(replay->records, hl_durable_last(d));
    assert_true(frozen_is(&plain, replay->engine));
    hl_engine_destroy(replay->engine);
    free(replay);
    frozen_clear(&plain);
    assert_int_equal(hl_durable_close(d, &error), HL_OK);
}

/* Goes through the calls until @d holds @last records: what a crash has cost is called again. */
static void call_until(struct hl_durable *d, struct source *source, uint64_t last)
{
    struct change change;
    while (hl_durable_last(d) < last) {
        source_next(source, &change);
        (void)change_durable(d, &change, NULL);
    }
}

/* The state of @d is that of an engine which made the calls up to the last record of @d; @source goes on after that. */
static void expect_same_as_calls(struct hl_durable *d, uint64_t seed, struct source *source)
{
    struct hl_durable_options options = small_options();
    struct hl_input_log *log;
    struct hl_durable *whole;
    struct frozen frozen = {0};
    assert_int_equal(hl_memory_log_open(1 << 20, NULL, NULL, &log, NULL), HL_OK);
    assert_int_equal(hl_durable_open_log(&options, log, &whole, NULL, NULL), HL_OK);
    source_init(source, seed);
    call_until(whole, source, hl_durable_last(d));
    frozen_take(&frozen, hl_durable_engine(whole));
    assert_true(frozen_is(&frozen, hl_durable_engine(d)));
    frozen_clear(&frozen);
    assert_int_equal(hl_durable_close(whole, NULL), HL_OK);
}

static struct hl_durable *open_disk(struct sim_disk *disk, struct hl_durable_report *report)
{
    struct hl_durable_options options = small_options();
    struct hl_durable *d;
    struct hl_error error;
    enum hl_status status = hl_durable_open_files(&options, sim_disk_files(disk), &d, report, &error);
    if (status != HL_OK)
        print_error("%s\n", error.message);
    assert_int_equal(status, HL_OK);
    return d;
}

/* The disk as a crash of the daemon leaves it, while the journal's thread is at work. */
static void crash(struct hl_durable **d, struct sim_disk **disk, uint64_t *safe)
{
    *safe = hl_durable_safe(*d);
    struct sim_disk *copy = sim_disk_copy(*disk);
    assert_int_equal(hl_durable_close(*d, NULL), HL_OK);
    sim_disk_free(*disk);
    *disk = copy;
    struct hl_durable_report report;
    *d = open_disk(copy, &report);
    assert_int_equal(report.differences, 0);
    assert_int_equal(report.replayed > 0 ? report.replayed : 1, hl_durable_last(*d)); /* 1: the options, anew */
    assert_true(hl_durable_last(*d) >= *safe);
}

static void test_crashes(void **state)
{
    (void)state;
    struct sim_disk *disk = sim_disk_new();
    struct hl_durable *d = open_disk(disk, NULL);
    struct source source;
    struct change change;
    uint64_t random = 11, safe;
    unsigned crashes = 0;
    source_init(&source, 2);
    while (source.made < CALLS) {
        source_next(&source, &change);
        (void)change_durable(d, &change, NULL);
        if (random_below(&random, 150) > 0)
            continue;
        crash(&d, &disk, &safe);
        expect_same_as_calls(d, 2, &source);
        crashes++;
    }
    assert_true(crashes >= 10);
    struct frozen plain = {0};
    take_plain(2, CALLS, &plain);
    assert_true(frozen_is(&plain, hl_durable_engine(d)));
    frozen_clear(&plain);
    assert_int_equal(hl_durable_close(d, NULL), HL_OK);
    sim_disk_free(disk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_log),
        cmocka_unit_test(test_crashes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
