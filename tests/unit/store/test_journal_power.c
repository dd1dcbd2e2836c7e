/*
 * test_journal_power.c - the power goes before any operation of a run: what was durable is there afterwards, and nothing that was not
 * appended. With each policy, with disks that fail meanwhile, and with a second cut during the recovery from the first.
 */
#include "support/random.h"
#include "support/store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define RECORDS 110U

static uint64_t durable_of(void *context)
{
    return hl_input_log_durable(context);
}

/* Appends, rotates, takes snapshots and drops, as a daemon does, while the disk fails now and then. */
static uint64_t drive(struct sim_disk *disk, enum hl_journal_sync sync, bool faults, uint64_t *random)
{
    struct hl_directory directory;
    struct store_waiter waiter;
    struct hl_input_log *log;
    struct hl_error error;
    store_waiter_init(&waiter);
    struct hl_journal_options options = store_options(&waiter);
    options.sync = sync;
    options.interval_ms = 1;
    assert_int_equal(hl_directory_open_files(sim_disk_files(disk), HL_DIRECTORY_CREATE, &directory, &error), HL_OK);
    assert_int_equal(hl_journal_open(&directory, &options, &log, NULL, &error), HL_OK);
    sim_disk_watch(disk, durable_of, log);
    for (uint64_t seq = 1; seq <= RECORDS;) {
        if (faults && random_below(random, 10) == 0)
            sim_disk_fail(disk, SIM_ENOSPC + random_below(random, 5), 1 + random_below(random, 6),
                          1 + random_below(random, 3));
        if (store_append(log, seq, &error) != HL_OK) {
            store_wait_recovered(&waiter, log);
            continue;
        }
        if (random_below(random, 6) == 0)
            (void)store_wait(&waiter, log, seq);
        if (seq % 35 == 0)
            hl_input_log_rotate(log);
        if (seq % 35 == 1 && seq > 1 && store_write_snapshot(&directory, seq - 1, 2, &error) == HL_OK && seq > 36)
            hl_input_log_drop_below(log, seq - 35);
        seq++;
    }
    sim_disk_fail(disk, SIM_NO_FAULT, 0, 0);
    assert_int_equal(hl_input_log_close(log, &error), HL_OK);
    sim_disk_watch(disk, NULL, NULL);
    hl_directory_close(&directory);
    store_waiter_clear(&waiter);
    return RECORDS;
}

/* Opens what is left, and says up to where it goes; HL_CORRUPT is an answer of the test's policy. */
static enum hl_status recover(struct sim_disk *disk, uint64_t *out_last, bool *out_wrong)
{
    struct hl_directory directory;
    struct store_waiter waiter;
    struct hl_input_log *log;
    struct hl_error error;
    struct hl_snapshot_report report = {0};
    bool wrong = false;
    *out_last = 0;
    if (hl_directory_open_files(sim_disk_files(disk), HL_DIRECTORY_CREATE, &directory, &error) != HL_OK)
        fail_msg("directory: %s", error.message);
    store_waiter_init(&waiter);
    enum hl_status status = hl_snapshot_load_newest(&directory, store_load_snapshot, &wrong, &report, &error);
    if (status != HL_OK && status != HL_NOT_FOUND)
        fail_msg("snapshot: %s", error.message);
    struct hl_journal_options options = store_options(&waiter);
    options.after_seq = report.seq;
    options.salt = 777;
    status = hl_journal_open(&directory, &options, &log, NULL, &error);
    if (status == HL_OK) {
        struct store_reader reader = {.next = report.seq + 1};
        assert_int_equal(hl_input_log_replay(log, report.seq + 1, store_visit, &reader, &error), HL_OK);
        *out_last = hl_input_log_last(log);
        wrong |= reader.wrong || reader.next != *out_last + 1;
        assert_int_equal(hl_input_log_close(log, &error), HL_OK);
    }
    hl_directory_close(&directory);
    store_waiter_clear(&waiter);
    *out_wrong = wrong;
    return status;
}

/* The power goes again while the first cut is recovered from. */
static void cut_twice(struct sim_disk *disk, uint64_t promised, uint64_t *random)
{
    uint64_t last;
    bool wrong;
    struct sim_disk *first = sim_disk_copy(disk);
    size_t before = first->op_count;
    assert_int_equal(recover(first, &last, &wrong), HL_OK);
    assert_true(last >= promised && !wrong && first->op_count > before);
    for (size_t op = before; op <= first->op_count; op++) {
        struct sim_disk *second = sim_disk_after_cut(first, op, SIM_CUT_SOME, random);
        assert_int_equal(recover(second, &last, &wrong), HL_OK);
        assert_true(last >= promised && !wrong);
        sim_disk_free(second);
    }
    sim_disk_free(first);
}

static void cut_everywhere(enum hl_journal_sync sync, bool faults, uint64_t seed)
{
    uint64_t random = seed;
    struct sim_disk *disk = sim_disk_new();
    uint64_t appended = drive(disk, sync, faults, &random);
    for (size_t op = 0; op < disk->op_count; op++) {
        for (int variant = 0; variant < 4; variant++) {
            enum sim_cut cut = variant == 0 ? SIM_CUT_LOSE : variant == 1 ? SIM_CUT_KEEP : SIM_CUT_SOME;
            struct sim_disk *after = sim_disk_after_cut(disk, op, cut, &random);
            uint64_t promised = sync == HL_JOURNAL_SYNC_ALWAYS ? sim_disk_promise(disk, op) : 0, last;
            bool wrong;
            if (variant == 2 && op % 7 == 0 && sync == HL_JOURNAL_SYNC_ALWAYS)
                cut_twice(after, promised, &random);
            enum hl_status status = recover(after, &last, &wrong);
            if (status == HL_CORRUPT && sync == HL_JOURNAL_SYNC_NEVER && faults)
                status = HL_OK; /* as journal.h warns */
            else if (status == HL_OK && (last < promised || last > appended || wrong))
                fail_msg("seed %llu, cut before operation %zu, variant %d: %llu of %llu promised, wrong %d",
                         (unsigned long long)seed, op, variant, (unsigned long long)last, (unsigned long long)promised,
                         wrong);
            if (status != HL_OK)
                fail_msg("seed %llu, cut before operation %zu, variant %d: %s", (unsigned long long)seed, op, variant,
                         hl_status_code(status));
            sim_disk_free(after);
        }
    }
    sim_disk_free(disk);
}

/*
 * The disk takes writes and fails syncs; the daemon ends and another one starts, without a power cut between: it reads what the
 * first has written, and what it promises then must not rest on those pages.
 */
static void test_restart_after_failed_syncs(void **state)
{
    (void)state;
    struct sim_disk *disk = sim_disk_new();
    struct hl_directory directory;
    struct store_waiter waiter;
    struct hl_input_log *log;
    struct hl_error error;
    uint64_t last, random = 1;
    bool wrong;
    store_waiter_init(&waiter);
    struct hl_journal_options options = store_options(&waiter);
    assert_int_equal(hl_directory_open_files(sim_disk_files(disk), HL_DIRECTORY_CREATE, &directory, &error), HL_OK);
    assert_int_equal(hl_journal_open(&directory, &options, &log, NULL, &error), HL_OK);
    assert_int_equal(store_append(log, 1, &error), HL_OK);
    assert_true(store_wait(&waiter, log, 1));
    sim_disk_fail(disk, SIM_BAD_SYNC, 1, UINT64_MAX);
    assert_int_equal(store_append(log, 2, &error), HL_OK);
    assert_false(store_wait(&waiter, log, 2));
    assert_int_equal(hl_input_log_durable(log), 1);
    assert_int_equal(hl_input_log_close(log, &error), HL_IO);
    sim_disk_fail(disk, SIM_NO_FAULT, 0, 0);
    assert_int_equal(hl_journal_open(&directory, &options, &log, NULL, &error), HL_OK);
    uint64_t promised = hl_input_log_durable(log);
    assert_int_equal(promised, 2); /* it was written, and is read again */
    struct sim_disk *after = sim_disk_after_cut(disk, disk->op_count, SIM_CUT_LOSE, &random);
    assert_int_equal(recover(after, &last, &wrong), HL_OK);
    assert_int_equal(last, 2);
    assert_false(wrong);
    assert_int_equal(hl_input_log_close(log, &error), HL_OK);
    hl_directory_close(&directory);
    store_waiter_clear(&waiter);
    sim_disk_free(after);
    sim_disk_free(disk);
}

static uint64_t runs(void)
{
    const char *text = getenv("HL_TEST_RUNS");
    return text != NULL ? strtoull(text, NULL, 10) : 1;
}

static void test_always(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= runs(); seed++)
        cut_everywhere(HL_JOURNAL_SYNC_ALWAYS, false, seed);
}

static void test_always_on_a_failing_disk(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= runs(); seed++)
        cut_everywhere(HL_JOURNAL_SYNC_ALWAYS, true, 100 + seed);
}

static void test_interval(void **state)
{
    (void)state;
    cut_everywhere(HL_JOURNAL_SYNC_INTERVAL, false, 1);
    cut_everywhere(HL_JOURNAL_SYNC_INTERVAL, true, 2);
}

static void test_never(void **state)
{
    (void)state;
    cut_everywhere(HL_JOURNAL_SYNC_NEVER, false, 1);
    cut_everywhere(HL_JOURNAL_SYNC_NEVER, true, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_restart_after_failed_syncs),
        cmocka_unit_test(test_always),
        cmocka_unit_test(test_always_on_a_failing_disk),
        cmocka_unit_test(test_interval),
        cmocka_unit_test(test_never),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
