/*
 * test_directory.c - a state in a real directory: written by a forked child while the owner goes on, found again, looked into, compacted; a
 * second owner is kept out; a disk that fails at each operation; a power cut before each.
 */
#include "state/inspect.h"
#include "support/engine_fixture.h"
#include "support/news_stream.h"
#include "support/random.h"
#include "support/store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static struct hl_durable_options small_options(void)
{
    struct hl_durable_options options = hl_durable_options_default();
    options.engine.settings.window_headlines = 60;
    return options;
}

/* Adds, and what else there is; @error of what was refused by the disk. */
static enum hl_status call(struct hl_durable *d, const struct news_call *call, struct hl_error *error)
{
    struct hl_result result;
    switch (call->kind) {
    case NEWS_ADD:
        return hl_durable_add(d, &call->headline, call->now_ms, &result, error);
    case NEWS_REMOVE:
        return hl_durable_remove(d, call->headline.collection, call->headline.id, call->now_ms, error);
    default:
        (void)hl_durable_tick(d, call->now_ms, 10);
        return HL_OK;
    }
}

static void calls(struct hl_durable *d, struct news_stream *news, int count)
{
    for (int i = 0; i < count; i++) {
        struct news_call next;
        news_stream_next(news, &next);
        (void)call(d, &next, NULL);
    }
}

struct folder {
    char path[64];
    struct hl_durable_options options;
    struct news_stream news;
};

static void make_folder(struct folder *folder)
{
    folder->options = small_options();
    (void)snprintf(folder->path, sizeof folder->path, "/tmp/headlined-test-%ld-XXXXXX", (long)getpid());
    assert_non_null(mkdtemp(folder->path));
    folder->options.directory = folder->path;
    news_stream_init(&folder->news, 8);
}

static void remove_file(void *context, const char *name)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s", (const char *)context, name);
    assert_int_equal(unlink(path), 0);
}

static void remove_folder(struct folder *folder)
{
    struct hl_files files;
    assert_int_equal(hl_files_open_posix(folder->path, false, &files, NULL), HL_OK);
    assert_int_equal(hl_files_list(&files, remove_file, folder->path, NULL), HL_OK);
    hl_files_close(&files);
    assert_int_equal(rmdir(folder->path), 0);
}

static struct hl_durable *open_folder(const struct folder *folder, struct hl_durable_report *report)
{
    struct hl_durable *d;
    struct hl_error error;
    enum hl_status status = hl_durable_open(&folder->options, &d, report, &error);
    if (status != HL_OK)
        print_error("%s\n", error.message);
    assert_int_equal(status, HL_OK);
    return d;
}

static void count_unfinished(void *context, const char *name)
{
    *(unsigned *)context += strstr(name, ".tmp") != NULL && strstr(name, "snapshot") != NULL;
}

/* Killed, a child cannot clean up: its file must not stay until the disk is full of such. */
static void test_killed_child_leaves_nothing(void **state)
{
    (void)state;
    struct folder folder;
    struct hl_durable_snapshot snapshot;
    struct hl_durable_report report;
    char name[HL_FILE_NAME_BYTES], path[512];
    unsigned unfinished = 0;
    struct hl_files files;
    make_folder(&folder);
    struct hl_durable *d = open_folder(&folder, NULL);
    calls(d, &folder.news, 100);
    assert_true(hl_durable_snapshot_begin(d, 5, &snapshot));
    hl_directory_snapshot_name(name, snapshot.seq, true);
    (void)snprintf(path, sizeof path, "%s/%s", folder.path, name);
    FILE *left = fopen(path, "w"); /* as far as the child came */
    assert_non_null(left);
    assert_int_equal(fclose(left), 0);
    assert_int_equal(hl_files_open_posix(folder.path, false, &files, NULL), HL_OK);
    assert_int_equal(hl_files_list(&files, count_unfinished, &unfinished, NULL), HL_OK);
    assert_int_equal(unfinished, 1);
    hl_durable_snapshot_end(d, &snapshot, false);
    assert_int_equal(hl_durable_snapshot_last(d), 0);
    unfinished = 0;
    assert_int_equal(hl_files_list(&files, count_unfinished, &unfinished, NULL), HL_OK);
    assert_int_equal(unfinished, 0);
    hl_files_close(&files);
    assert_int_equal(hl_durable_close(d, NULL), HL_OK);
    d = open_folder(&folder, &report);
    assert_int_equal(report.orphans_removed, 0);
    assert_true(report.replayed > 0);
    assert_int_equal(hl_durable_close(d, NULL), HL_OK);
    remove_folder(&folder);
}

static void test_child_writes_snapshot(void **state)
{
    (void)state;
    struct folder folder;
    struct hl_durable_report report;
    struct hl_durable_snapshot snapshot;
    struct frozen frozen = {0};
    make_folder(&folder);
    struct hl_durable *d = open_folder(&folder, NULL);
    for (int round = 1; round <= 5; round++) {
        calls(d, &folder.news, 200);
        assert_true(hl_durable_snapshot_begin(d, 5, &snapshot));
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0)
            _exit(hl_durable_snapshot_save(d, &snapshot, NULL) == HL_OK ? 0 : 1);
        calls(d, &folder.news, 100); /* meanwhile */
        int status = -1;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        hl_durable_snapshot_end(d, &snapshot, true);
        assert_int_equal(hl_durable_snapshot_last(d), snapshot.seq);
        assert_true(hl_durable_last(d) > snapshot.seq);
    }
    frozen_take(&frozen, hl_durable_engine(d));
    assert_int_equal(hl_durable_close(d, NULL), HL_OK);
    d = open_folder(&folder, &report);
    assert_int_equal(report.snapshot.seq, snapshot.seq);
    assert_int_equal(report.snapshot.seq + report.replayed, hl_durable_last(d));
    assert_int_equal(report.differences, 0);
    assert_true(frozen_is(&frozen, hl_durable_engine(d)));
    assert_int_equal(hl_durable_snapshot_take(d, 6, NULL), HL_OK);
    assert_false(hl_durable_snapshot_begin(d, 7, &snapshot)); /* nothing new */
    assert_int_equal(hl_durable_close(d, NULL), HL_OK);
    d = open_folder(&folder, &report);
    assert_int_equal(report.replayed, 0);
    assert_true(frozen_is(&frozen, hl_durable_engine(d)));
    assert_int_equal(hl_durable_close(d, NULL), HL_OK);
    frozen_clear(&frozen);
    remove_folder(&folder);
}

struct progress {
    uint64_t calls, last_done, last_total;
    char last_what[16];
    bool wrong;
};

static void note_progress(void *context, const char *what, uint64_t done, uint64_t total)
{
    struct progress *progress = context;
    bool same = strcmp(what, progress->last_what) == 0;
    progress->wrong = progress->wrong || done > total || (same && done < progress->last_done);
    (void)snprintf(progress->last_what, sizeof progress->last_what, "%s", what);
    progress->last_done = done;
    progress->last_total = total;
    progress->calls++;
}

static void test_one_owner_and_progress(void **state)
{
    (void)state;
    struct folder folder;
    struct hl_error error;
    struct hl_durable *other;
    struct progress progress = {0};
    make_folder(&folder);
    struct hl_durable *d = open_folder(&folder, NULL);
    calls(d, &folder.news, 300);
    assert_int_equal(hl_durable_snapshot_take(d, 5, NULL), HL_OK);
    calls(d, &folder.news, 300);
    uint64_t behind = hl_durable_last(d) - hl_durable_snapshot_last(d);
    assert_int_equal(hl_durable_open(&folder.options, &other, NULL, &error), HL_UNAVAILABLE);
    assert_int_equal(hl_durable_close(d, NULL), HL_OK);
    folder.options.progress = note_progress;
    folder.options.context = &progress;
    d = open_folder(&folder, NULL);
    assert_false(progress.wrong);
    assert_true(progress.calls >= 3);
    assert_string_equal(progress.last_what, "journal");
    assert_int_equal(progress.last_done, behind);
    assert_int_equal(progress.last_total, behind);
    assert_int_equal(hl_durable_close(d, NULL), HL_OK);
    remove_folder(&folder);
}

/* Looking changes nothing and finds the state that the owner has; compacting leaves one snapshot of it. */
static void test_inspect_and_compact(void **state)
{
    (void)state;
    struct folder folder;
    struct hl_directory directory;
    struct hl_directory_listing listing;
    struct hl_durable_report report;
    struct frozen frozen = {0};
    hl_engine *engine;
    make_folder(&folder);
    struct hl_durable *d = open_folder(&folder, NULL);
    calls(d, &folder.news, 300);
    assert_int_equal(hl_durable_snapshot_take(d, 5, NULL), HL_OK);
    calls(d, &folder.news, 300);
    uint64_t last = hl_durable_last(d);
    frozen_take(&frozen, hl_durable_engine(d));
    assert_int_equal(hl_durable_close(d, NULL), HL_OK);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(hl_directory_open(folder.path, HL_DIRECTORY_READ, &directory, NULL), HL_OK);
        assert_int_equal(hl_state_inspect(&directory, &engine, NULL, &report, NULL), HL_OK);
        assert_int_equal(report.differences, 0);
        assert_int_equal(report.snapshot.seq + report.replayed, last);
        assert_true(frozen_is(&frozen, engine));
        hl_engine_destroy(engine);
        assert_int_equal(hl_directory_list(&directory, &listing, NULL), HL_OK);
        assert_int_equal(listing.snapshot_count, 1);
        assert_int_equal(listing.snapshots[0], round == 0 ? report.snapshot.seq : last);
        hl_directory_listing_clear(&listing);
        hl_directory_close(&directory);
        folder.options.keep_options = true;
        folder.options.engine.settings.window_headlines = 7; /* not looked at */
        d = open_folder(&folder, NULL);
        assert_int_equal(hl_durable_last(d), last);
        assert_int_equal(hl_durable_compact(d, 9, NULL), HL_OK);
        assert_int_equal(hl_durable_close(d, NULL), HL_OK);
    }
    frozen_clear(&frozen);
    remove_folder(&folder);
}

/* ---- a disk that fails ---- */

enum { FAULT_CALLS = 60, FAULT_SNAPSHOT = 25 };

/* Makes each call until the disk takes it; notes after each which record it has. False: the disk could not be opened. */
static struct hl_durable *open_somehow(struct sim_disk *disk, struct store_waiter *waiter)
{
    struct hl_durable_options options = small_options();
    struct hl_durable *d;
    options.notify = store_notify;
    options.context = waiter;
    while (hl_durable_open_files(&options, sim_disk_files(disk), &d, NULL, NULL) != HL_OK)
        sim_disk_fail(disk, SIM_NO_FAULT, 0, 0);
    return d;
}

static void call_somehow(struct hl_durable *d, struct sim_disk *disk, const struct news_call *next)
{
    struct hl_error error;
    while (call(d, next, &error) == HL_UNAVAILABLE)
        sim_disk_fail(disk, SIM_NO_FAULT, 0, 0); /* the log tries again by itself */
}

/* True when the fault happened. Whatever fails, nothing is lost, and memory and disk agree. */
static bool run_with_fault(enum sim_fault fault, uint64_t nth, uint64_t count)
{
    struct sim_disk *disk = sim_disk_new();
    struct store_waiter waiter;
    struct news_stream news;
    struct frozen frozen = {0};
    store_waiter_init(&waiter);
    news_stream_init(&news, 9);
    sim_disk_fail(disk, fault, nth, count);
    struct hl_durable *d = open_somehow(disk, &waiter);
    for (int i = 1; i <= FAULT_CALLS; i++) {
        struct news_call next;
        news_stream_next(&news, &next);
        call_somehow(d, disk, &next);
        if (i % FAULT_SNAPSHOT == 0)
            (void)hl_durable_snapshot_take(d, i, NULL); /* may fail: the journal still holds everything */
    }
    bool happened = disk->faults > 0;
    sim_disk_fail(disk, SIM_NO_FAULT, 0, 0);
    frozen_take(&frozen, hl_durable_engine(d));
    assert_int_equal(hl_durable_close(d, NULL), HL_OK);
    struct hl_durable_options options = small_options();
    struct hl_durable_report report;
    assert_int_equal(hl_durable_open_files(&options, sim_disk_files(disk), &d, &report, NULL), HL_OK);
    assert_int_equal(report.differences, 0);
    assert_true(frozen_is(&frozen, hl_durable_engine(d)));
    frozen_clear(&frozen);
    assert_int_equal(hl_durable_close(d, NULL), HL_OK);
    store_waiter_clear(&waiter);
    sim_disk_free(disk);
    return happened;
}

static void test_disk_faults(void **state)
{
    (void)state;
    const enum sim_fault faults[] = {SIM_ENOSPC, SIM_EIO};
    for (size_t i = 0; i < 2; i++)
        for (uint64_t nth = 1; run_with_fault(faults[i], nth, 1 + nth % 4); nth++)
            assert_true(nth < 2000);
}

static uint64_t promise(void *context)
{
    return hl_durable_safe(context);
}

/* The power goes before every operation: what had been promised is there, and the state is one that the engine was in. */
static void test_power_cuts(void **state)
{
    (void)state;
    enum { CUT_CALLS = 70 };
    struct sim_disk *disk = sim_disk_new();
    struct news_stream news;
    struct hl_durable_options options = small_options();
    struct hl_durable *d;
    struct frozen after[3 * CUT_CALLS] = {{{0}}};
    uint64_t random = 3;
    options.snapshots_kept = 2;
    news_stream_init(&news, 10);
    assert_int_equal(hl_durable_open_files(&options, sim_disk_files(disk), &d, NULL, NULL), HL_OK);
    sim_disk_watch(disk, promise, d);
    frozen_take(&after[hl_durable_last(d)], hl_durable_engine(d));
    for (int i = 1; i <= CUT_CALLS; i++) {
        struct news_call next;
        struct hl_durable_snapshot snapshot;
        news_stream_next(&news, &next);
        (void)call(d, &next, NULL);
        frozen_take(&after[hl_durable_last(d)], hl_durable_engine(d));
        if (i % 15 == 0 && hl_durable_snapshot_begin(d, i, &snapshot)) {
            assert_int_equal(hl_durable_snapshot_save(d, &snapshot, NULL), HL_OK);
            hl_durable_snapshot_end(d, &snapshot, true);
        }
    }
    sim_disk_watch(disk, NULL, NULL);
    assert_int_equal(hl_durable_close(d, NULL), HL_OK);
    uint64_t promised = 0;
    for (size_t op = 0; op <= disk->op_count; op++) {
        for (int cut = SIM_CUT_LOSE; cut <= SIM_CUT_SOME; cut++) {
            struct hl_durable_report report;
            struct hl_error error;
            struct sim_disk *found = sim_disk_after_cut(disk, op, (enum sim_cut)cut, &random);
            enum hl_status status = hl_durable_open_files(&options, sim_disk_files(found), &d, &report, &error);
            if (status != HL_OK)
                print_error("before operation %zu: %s\n", op, error.message);
            assert_int_equal(status, HL_OK);
            if (op < disk->op_count && sim_disk_promise(disk, op) > promised)
                promised = sim_disk_promise(disk, op);
            assert_int_equal(report.differences, 0);
            assert_true(hl_durable_last(d) >= promised);
            assert_true(frozen_is(&after[hl_durable_last(d)], hl_durable_engine(d)));
            assert_int_equal(hl_durable_close(d, NULL), HL_OK);
            sim_disk_free(found);
        }
    }
    assert_true(promised > CUT_CALLS / 2);
    for (size_t i = 0; i < 3 * CUT_CALLS; i++)
        frozen_clear(&after[i]);
    sim_disk_free(disk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_child_writes_snapshot),
        cmocka_unit_test(test_killed_child_leaves_nothing),
        cmocka_unit_test(test_one_owner_and_progress),
        cmocka_unit_test(test_inspect_and_compact),
        cmocka_unit_test(test_disk_faults),
        cmocka_unit_test(test_power_cuts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
