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
    bool count = random_below(&source->random, 2) == 0, names = random_below(&source->random, 3) == 0;
    out->setting = (struct hl_setting_change){
        .name = names   ? HL_PREFER_SOURCES
                : count ? "window_headlines"
                        : "join_threshold",
        .text = text_of(count ? "Wire" : "Post\nWire"),
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
        struct hl_setting_change twice[] = {
            {.name = "near_bits", .value = 70}, {.name = "near_bits", .value = 80}, change->setting};
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
        const struct hl_setting_change both[] = {{.name = "near_bits", .value = 80}, *setting};
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
    assert_true(stats.expired_age > 10 && stats.expired_count > 10 && stats.verdicts[HL_VERDICT_REPLAYED] > 5);
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
    uint64_t found = report.snapshot.seq + report.replayed;
    assert_int_equal(found > 0 ? found : 1, hl_durable_last(*d)); /* 1: the options, anew */
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
    unsigned crashes = 0, snapshots = 0;
    source_init(&source, 2);
    while (source.made < CALLS) {
        source_next(&source, &change);
        (void)change_durable(d, &change, NULL);
        if (random_below(&random, 100) == 0) {
            snapshots++;
            assert_int_equal(hl_durable_snapshot_take(d, change.call.now_ms, NULL), HL_OK);
            assert_int_equal(hl_durable_snapshot_last(d), hl_durable_last(d));
        }
        if (random_below(&random, 150) > 0)
            continue;
        crash(&d, &disk, &safe);
        expect_same_as_calls(d, 2, &source);
        crashes++;
    }
    assert_true(crashes >= 10 && snapshots >= 10);
    struct frozen plain = {0};
    take_plain(2, CALLS, &plain);
    assert_true(frozen_is(&plain, hl_durable_engine(d)));
    frozen_clear(&plain);
    assert_int_equal(hl_durable_close(d, NULL), HL_OK);
    sim_disk_free(disk);
}

/* What an observer was told, by number: when it is told again, it must be the same. */
enum { EVENTS_MAX = 40000 };
struct witness {
    uint64_t told[EVENTS_MAX]; /* 0: not yet */
    uint64_t last, again;
};

static uint64_t digest_of(const struct hl_event *event)
{
    uint64_t sum = (uint64_t)event->kind + 1;
    const uint64_t parts[] = {event->seq,         event->story, event->other_story,     (uint64_t)event->at_ms,
                              event->other_topic, event->topic, event->story_headlines, event->story_sources};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        sum = sum * UINT64_C(0x9e3779b97f4a7c15) + parts[i];
    for (size_t i = 0; event->headline && i < event->headline->title.length; i++)
        sum = sum * 31 + (unsigned char)event->headline->title.data[i];
    return sum | 1;
}

static void bear_witness(void *context, const struct hl_event *event)
{
    struct witness *witness = context;
    assert_true(event->number < EVENTS_MAX);
    assert_true(event->number == witness->last + 1 || witness->last == 0);
    uint64_t digest = digest_of(event), before = witness->told[event->number];
    assert_true(before == 0 || before == digest);
    witness->again += before != 0;
    witness->told[event->number] = digest;
    witness->last = event->number;
}

/* After a restart the observer is told again what came after the newest snapshot, with the numbers that it had. */
static void test_observed_replay(void **state)
{
    (void)state;
    struct witness *witness = calloc(1, sizeof *witness);
    struct sim_disk *disk = sim_disk_new();
    struct hl_durable_options options = small_options();
    options.observer = bear_witness;
    options.observer_context = witness;
    struct source source;
    struct change change;
    assert_non_null(witness);
    source_init(&source, 4);
    for (int life = 0; life < 6; life++) {
        struct hl_durable *d;
        uint64_t before = witness->last;
        witness->last = witness->again = 0;
        assert_int_equal(hl_durable_open_files(&options, sim_disk_files(disk), &d, NULL, NULL), HL_OK);
        assert_int_equal(hl_engine_events(hl_durable_engine(d)), before);
        assert_int_equal(witness->again > 0, life > 0);
        for (int i = 0; i < 300; i++) {
            source_next(&source, &change);
            (void)change_durable(d, &change, NULL);
            if (i == 50 + 40 * life)
                assert_int_equal(hl_durable_snapshot_take(d, change.call.now_ms, NULL), HL_OK);
        }
        assert_int_equal(witness->last, hl_engine_events(hl_durable_engine(d)));
        assert_int_equal(hl_durable_close(d, NULL), HL_OK);
    }
    sim_disk_free(disk);
    free(witness);
}

/* The numbers of what is in @disk. */
static struct hl_directory_listing list_disk(struct sim_disk *disk)
{
    struct hl_directory directory;
    struct hl_directory_listing listing;
    assert_int_equal(hl_directory_open_files(sim_disk_files(disk), HL_DIRECTORY_READ, &directory, NULL), HL_OK);
    assert_int_equal(hl_directory_list(&directory, &listing, NULL), HL_OK);
    hl_directory_close(&directory);
    return listing;
}

/* Makes @calls changes and a snapshot after every @every; closes. */
static void fill_disk(struct sim_disk *disk, unsigned calls, unsigned every)
{
    struct hl_durable *d = open_disk(disk, NULL);
    struct source source;
    struct change change;
    source_init(&source, 3);
    while (source.made < calls) {
        source_next(&source, &change);
        (void)change_durable(d, &change, NULL);
        if (source.made % every == 0)
            assert_int_equal(hl_durable_snapshot_take(d, change.call.now_ms, NULL), HL_OK);
    }
    assert_int_equal(hl_durable_close(d, NULL), HL_OK);
}

static void damage(struct sim_disk *disk, uint64_t snapshot)
{
    char name[HL_FILE_NAME_BYTES];
    size_t bytes;
    hl_directory_snapshot_name(name, snapshot, false);
    unsigned char *data = sim_disk_bytes(disk, name, &bytes);
    data[bytes / 2] ^= 1;
}

/* Snapshots are kept by number; each that is broken costs time, not state, as long as one of those kept is whole. */
static void test_broken_snapshots(void **state)
{
    (void)state;
    struct sim_disk *disk = sim_disk_new();
    fill_disk(disk, 1000, 150);
    struct hl_directory_listing listing = list_disk(disk);
    assert_int_equal(listing.snapshot_count, 3);
    struct hl_durable *d = open_disk(disk, NULL);
    struct frozen whole = {0};
    frozen_take(&whole, hl_durable_engine(d));
    assert_int_equal(hl_durable_snapshot_last(d), listing.snapshots[2]);
    assert_int_equal(hl_durable_close(d, NULL), HL_OK);
    for (uint32_t broken = 1; broken <= 2; broken++) {
        struct hl_durable_report report;
        damage(disk, listing.snapshots[3 - broken]);
        d = open_disk(disk, &report);
        assert_int_equal(report.snapshot.broken, broken);
        assert_int_equal(report.snapshot.broken_seq, listing.snapshots[2]);
        assert_int_equal(report.snapshot.seq, listing.snapshots[2 - broken]);
        assert_int_equal(report.differences, 0);
        assert_true(frozen_is(&whole, hl_durable_engine(d)));
        assert_int_equal(hl_durable_close(d, NULL), HL_OK);
    }
    damage(disk, listing.snapshots[0]);
    struct hl_durable_options options = small_options();
    struct hl_error error;
    assert_int_equal(hl_durable_open_files(&options, sim_disk_files(disk), &d, NULL, &error), HL_CORRUPT);
    assert_non_null(strstr(error.message, "no snapshot can be read"));
    hl_directory_listing_clear(&listing);
    frozen_clear(&whole);
    sim_disk_free(disk);
}

/* As long as there are fewer snapshots than are kept, the journal alone is enough. */
static void test_journal_stands_in(void **state)
{
    (void)state;
    struct sim_disk *disk = sim_disk_new();
    fill_disk(disk, 500, 240); /* two */
    struct hl_directory_listing listing = list_disk(disk);
    assert_int_equal(listing.snapshot_count, 2);
    damage(disk, listing.snapshots[0]);
    damage(disk, listing.snapshots[1]);
    hl_directory_listing_clear(&listing);
    struct hl_durable_report report;
    struct hl_durable *d = open_disk(disk, &report);
    struct source source;
    assert_int_equal(report.snapshot.broken, 2);
    assert_int_equal(report.replayed, hl_durable_last(d));
    expect_same_as_calls(d, 3, &source);
    assert_int_equal(hl_durable_close(d, NULL), HL_OK);
    sim_disk_free(disk);
}

/* Other options at the next start hold from there on, not for what is replayed. */
static void test_options_change(void **state)
{
    (void)state;
    struct sim_disk *disk = sim_disk_new();
    fill_disk(disk, 900, 2000); /* no snapshot */
    struct hl_durable *d = open_disk(disk, NULL);
    struct frozen before = {0};
    frozen_take(&before, hl_durable_engine(d));
    uint64_t last = hl_durable_last(d);
    assert_int_equal(hl_durable_close(d, NULL), HL_OK);
    for (int round = 0; round < 3; round++) {
        struct hl_durable_options options = small_options();
        options.engine.settings.window_headlines = 7;
        options.engine.settings.join_threshold = 1.5;
        options.engine.memory_max_bytes = 0;
        options.engine.collections_max = 7;
        struct hl_durable_report report;
        assert_int_equal(hl_durable_open_files(&options, sim_disk_files(disk), &d, &report, NULL), HL_OK);
        assert_int_equal(report.differences, 0);
        assert_int_equal(hl_durable_last(d), last + 1); /* the change, once */
        assert_true(frozen_is(&before, hl_durable_engine(d)));
        struct hl_settings now, initial;
        assert_int_equal(hl_engine_settings_get(hl_durable_engine(d), text_of("default"), &now, &initial, NULL), HL_OK);
        assert_true(initial.window_headlines == 7);
        if (round == 1)
            assert_int_equal(hl_durable_snapshot_take(d, 1, NULL), HL_OK);
        assert_int_equal(hl_durable_close(d, NULL), HL_OK);
    }
    frozen_clear(&before);
    sim_disk_free(disk);
}

/* While the log takes nothing, nothing changes, and it says why; afterwards it goes on as if nothing had been. */
static void test_refused(void **state)
{
    (void)state;
    struct hl_durable_options options = small_options();
    struct hl_input_log *log;
    struct hl_durable *d;
    struct hl_error error;
    struct source source;
    struct change change;
    struct frozen frozen = {0};
    assert_int_equal(hl_memory_log_open(1 << 20, NULL, NULL, &log, &error), HL_OK);
    assert_int_equal(hl_durable_open_log(&options, log, &d, NULL, &error), HL_OK);
    source_init(&source, 4);
    while (source.made < 1500) {
        source_next(&source, &change);
        if (source.made % 40 == 0) {
            uint64_t last = hl_durable_last(d);
            frozen_take(&frozen, hl_durable_engine(d));
            hl_memory_log_fail(log, "no space left on device");
            enum hl_status status = change_durable(d, &change, &error);
            bool is_tick = !change.is_setting && change.call.kind == NEWS_TICK;
            bool is_check = !change.is_setting && change.call.kind == NEWS_CHECK;
            assert_int_equal(status, is_tick || is_check ? HL_OK : HL_UNAVAILABLE);
            assert_true(is_tick || is_check || strstr(error.message, "no space left on device"));
            assert_false(hl_durable_is_busy(d));
            assert_int_equal(hl_durable_last(d), last);
            assert_true(frozen_is(&frozen, hl_durable_engine(d)));
            hl_memory_log_fail(log, NULL);
        }
        (void)change_durable(d, &change, NULL);
    }
    frozen_clear(&frozen);
    take_plain(4, 1500, &frozen);
    assert_true(frozen_is(&frozen, hl_durable_engine(d)));
    frozen_clear(&frozen);
    assert_int_equal(hl_durable_close(d, &error), HL_OK);
}

/* Held back by a slow disk: busy, refused, and accepted again when it has caught up. */
static void test_busy(void **state)
{
    (void)state;
    struct hl_durable_options options = small_options();
    struct hl_input_log *log;
    struct hl_durable *d;
    struct hl_error error;
    struct source source;
    struct change change;
    assert_int_equal(hl_memory_log_open(40000, NULL, NULL, &log, &error), HL_OK);
    assert_int_equal(hl_durable_open_log(&options, log, &d, NULL, &error), HL_OK);
    hl_memory_log_hold(log, true);
    source_init(&source, 5);
    assert_false(hl_durable_is_busy(d));
    uint64_t last;
    do {
        last = hl_durable_last(d);
        source_next(&source, &change);
        change.is_setting = false;
    } while (change.call.kind != NEWS_ADD || change_durable(d, &change, &error) == HL_OK);
    assert_int_equal(error.status, HL_UNAVAILABLE);
    assert_true(hl_durable_is_busy(d));
    assert_true(hl_durable_safe(d) < last);
    hl_memory_log_make_durable(log, last);
    assert_false(hl_durable_is_busy(d));
    assert_int_equal(hl_durable_safe(d), last);
    assert_int_equal(change_durable(d, &change, &error), HL_OK);
    hl_memory_log_hold(log, false);
    assert_int_equal(hl_durable_close(d, &error), HL_OK);
}

/* Without a directory nothing waits for anything. */
static void test_memory_only(void **state)
{
    (void)state;
    struct hl_durable_options options = small_options();
    struct hl_durable *d;
    struct source source;
    struct change change;
    struct frozen plain = {0};
    struct hl_input_log_status status;
    struct hl_durable_snapshot snapshot;
    assert_int_equal(hl_durable_open(&options, &d, NULL, NULL), HL_OK);
    source_init(&source, 6);
    while (source.made < 2000) {
        source_next(&source, &change);
        (void)change_durable(d, &change, NULL);
    }
    take_plain(6, 2000, &plain);
    assert_true(frozen_is(&plain, hl_durable_engine(d)));
    assert_int_equal(hl_durable_last(d), hl_durable_safe(d));
    assert_false(hl_durable_log_status(d, &status));
    assert_false(hl_durable_snapshot_begin(d, 1, &snapshot));
    assert_int_equal(hl_durable_snapshot_take(d, 1, NULL), HL_OK);
    frozen_clear(&plain);
    assert_int_equal(hl_durable_close(d, NULL), HL_OK);
}

struct window_fixture {
    struct hl_durable *d;
    struct hl_input_log *log;
};

/* Three headlines in a window of an hour; the first two have left it at the end, and nobody has come by to drop them. */
static int64_t fill_window(struct window_fixture *f, const struct hl_allocator *allocator)
{
    struct hl_durable_options options = hl_durable_options_default();
    struct hl_result result;
    options.engine.settings.window_age_s = 3600;
    options.engine.allocator = allocator;
    assert_int_equal(hl_memory_log_open(1 << 20, NULL, NULL, &f->log, NULL), HL_OK);
    assert_int_equal(hl_durable_open_log(&options, f->log, &f->d, NULL, NULL), HL_OK);
    const char *const titles[] = {"Ferry runs aground off Merrow", "Bakers of Tollen end their strike",
                                  "Comet seen from northern islands"};
    for (int i = 0; i < 3; i++) {
        struct hl_headline h = headline_of(titles[i]);
        char id[2] = {(char)('a' + i), '\0'};
        h.id = text_of(id);
        assert_int_equal(hl_durable_add(f->d, &h, FIXTURE_NOW_MS + i * 1800000, &result, NULL), HL_OK);
    }
    return FIXTURE_NOW_MS + 2 * 1800000 + 1800001;
}

/* The log, replayed into an empty engine, makes the same state. */
static void expect_log_tells_all(const struct window_fixture *f)
{
    struct frozen frozen = {0};
    struct hl_replay *replay = calloc(1, sizeof *replay);
    struct hl_error error;
    replay->options = hl_engine_options_default();
    replay->engine = engine_create(NULL, 1);
    assert_int_equal(hl_input_log_replay(f->log, 1, apply, replay, &error), HL_OK);
    if (replay->differences > 0)
        print_error("%s\n", replay->difference.message);
    assert_int_equal(replay->differences, 0);
    frozen_take(&frozen, hl_durable_engine(f->d));
    assert_true(frozen_is(&frozen, replay->engine));
    frozen_clear(&frozen);
    hl_engine_destroy(replay->engine);
    free(replay);
}

/* What changes nothing is not logged; a replayed headline that met what had left the window is. */
static void test_what_is_logged(void **state)
{
    (void)state;
    struct window_fixture f;
    struct hl_result result;
    struct hl_error error;
    int64_t late_ms = fill_window(&f, NULL);
    uint64_t last = hl_durable_last(f.d);
    struct hl_headline comet = headline_of("Comet seen from northern islands");
    comet.id = text_of("c");
    assert_int_equal(hl_durable_add(f.d, &comet, FIXTURE_NOW_MS + 3600000, &result, NULL), HL_OK);
    assert_int_equal(result.verdict, HL_VERDICT_REPLAYED);
    (void)hl_durable_tick(f.d, FIXTURE_NOW_MS + 3600000, 10);
    struct hl_headline bad = headline_of("?!");
    assert_int_equal(hl_durable_add(f.d, &bad, late_ms, &result, &error), HL_INVALID);
    assert_int_equal(hl_durable_remove(f.d, text_of(""), text_of("x"), late_ms, &error), HL_NOT_FOUND);
    char long_id[HL_ID_MAX_BYTES + 100] = "x";
    assert_int_equal(hl_durable_remove(f.d, text_of(""), (struct hl_text){long_id, sizeof long_id}, late_ms, &error),
                     HL_NOT_FOUND);
    struct hl_setting_change none = {.name = "no_such_setting", .value = 1};
    assert_int_equal(hl_durable_settings_set(f.d, text_of(""), &none, 1, late_ms, NULL, &error), HL_INVALID);
    assert_int_equal(hl_durable_last(f.d), last);
    expect_log_tells_all(&f);
    assert_int_equal(hl_durable_add(f.d, &comet, late_ms, &result, NULL), HL_OK);
    assert_int_equal(result.verdict, HL_VERDICT_REPLAYED);
    assert_int_equal(engine_stats(hl_durable_engine(f.d), "").headlines, 1);
    assert_int_equal(hl_durable_last(f.d), last + 1);
    expect_log_tells_all(&f);
    assert_int_equal(hl_durable_close(f.d, NULL), HL_OK);
}

/* An id that is borrowed from the headline it removes. */
static void test_remove_by_view(void **state)
{
    (void)state;
    struct window_fixture f;
    struct hl_headline_view view;
    int64_t late_ms = fill_window(&f, NULL);
    assert_int_equal(hl_engine_get(hl_durable_engine(f.d), text_of(""), text_of("c"), &view, NULL), HL_OK);
    assert_int_equal(hl_durable_remove(f.d, text_of(""), view.id, late_ms, NULL), HL_OK);
    expect_log_tells_all(&f);
    assert_int_equal(hl_durable_close(f.d, NULL), HL_OK);
}

/* Every allocation of a change fails once: what the log holds is still what the engine holds. */
static void test_every_allocation_fails(void **state)
{
    (void)state;
    unsigned let_go = 0;
    for (uint64_t nth = 1;; nth++) {
        struct failing_allocator fa;
        struct window_fixture f;
        struct hl_result result;
        failing_allocator_init(&fa);
        int64_t late_ms = fill_window(&f, &fa.allocator);
        uint64_t last = hl_durable_last(f.d);
        struct hl_headline next =
            headline_of("Comet passes; islands watch it go by again, says the observatory of Merrow");
        next.collection = text_of(nth % 2 ? "" : "other");
        failing_allocator_arm(&fa, (nth + 1) / 2, 1);
        enum hl_status status = hl_durable_add(f.d, &next, late_ms, &result, NULL);
        bool fired = failing_allocator_fired(&fa);
        failing_allocator_arm(&fa, 0, 0);
        assert_true(status == HL_OK || status == HL_NO_MEMORY);
        let_go += status != HL_OK && hl_durable_last(f.d) > last;
        if (status == HL_NO_MEMORY || engine_stats(hl_durable_engine(f.d), "").skipped_no_memory == 0)
            expect_log_tells_all(&f);
        assert_int_equal(hl_durable_close(f.d, NULL), HL_OK);
        assert_true(failing_allocator_is_clean(&fa));
        if (!fired && nth % 2 == 0)
            break;
    }
    assert_true(let_go > 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_log),        cmocka_unit_test(test_crashes),
        cmocka_unit_test(test_observed_replay),   cmocka_unit_test(test_broken_snapshots),
        cmocka_unit_test(test_journal_stands_in), cmocka_unit_test(test_options_change),
        cmocka_unit_test(test_refused),           cmocka_unit_test(test_busy),
        cmocka_unit_test(test_memory_only),       cmocka_unit_test(test_what_is_logged),
        cmocka_unit_test(test_remove_by_view),    cmocka_unit_test(test_every_allocation_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
