/*
 * test_journal_faults.c - each operation of a run fails in each way: nothing is lost, nothing is refused for good, and what could not be
 * made durable is told.
 */
#include "support/failing_malloc.h"
#include "support/store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
    struct sim_disk *disk;
    struct hl_directory directory;
    struct store_waiter waiter;
    struct hl_input_log *log;
    struct hl_error error;
};

static void make(struct fixture *f)
{
    *f = (struct fixture){.disk = sim_disk_new()};
    store_waiter_init(&f->waiter);
    assert_int_equal(hl_directory_open_files(sim_disk_files(f->disk), HL_DIRECTORY_CREATE, &f->directory, &f->error),
                     HL_OK);
}

static enum hl_status open_log(struct fixture *f, enum hl_journal_sync sync)
{
    struct hl_journal_options options = store_options(&f->waiter);
    options.sync = sync;
    options.interval_ms = 1;
    return hl_journal_open(&f->directory, &options, &f->log, NULL, &f->error);
}

static void unmake(struct fixture *f)
{
    hl_directory_close(&f->directory);
    store_waiter_clear(&f->waiter);
    sim_disk_free(f->disk);
}

static void append_somehow(struct fixture *f, uint64_t seq)
{
    while (store_append(f->log, seq, &f->error) != HL_OK) {
        assert_int_equal(f->error.status, HL_UNAVAILABLE);
        assert_int_equal(hl_input_log_last(f->log), seq - 1);
        store_wait_recovered(&f->waiter, f->log);
    }
}

static void expect_all(struct fixture *f, uint64_t last)
{
    struct store_reader reader = {.next = 1};
    assert_int_equal(open_log(f, HL_JOURNAL_SYNC_ALWAYS), HL_OK);
    assert_int_equal(hl_input_log_replay(f->log, 1, store_visit, &reader, &f->error), HL_OK);
    assert_false(reader.wrong);
    assert_int_equal(reader.next, last + 1);
    assert_int_equal(hl_input_log_close(f->log, &f->error), HL_OK);
}

/* True when the fault happened in the run. */
static bool run_with_fault(enum hl_journal_sync sync, enum sim_fault fault, uint64_t nth, uint64_t count)
{
    struct fixture f;
    make(&f);
    sim_disk_fail(f.disk, fault, nth, count);
    enum hl_status status = open_log(&f, sync);
    if (status != HL_OK) { /* the look at the files failed: that is told, and opening again is enough */
        assert_true(status == HL_IO || status == HL_UNAVAILABLE);
        sim_disk_fail(f.disk, SIM_NO_FAULT, 0, 0);
        assert_int_equal(open_log(&f, sync), HL_OK);
    }
    for (uint64_t seq = 1; seq <= 40; seq++) {
        append_somehow(&f, seq);
        if (seq % 15 == 0)
            hl_input_log_rotate(f.log);
        if (seq % 4 == 0) {
            while (!store_wait(&f.waiter, f.log, seq))
                store_wait_recovered(&f.waiter, f.log);
        }
    }
    struct hl_input_log_status log_status;
    hl_input_log_status(f.log, &log_status);
    assert_true(log_status.failures == 0 || log_status.reason.message[0] != '\0');
    bool happened = f.disk->faults > 0;
    sim_disk_fail(f.disk, SIM_NO_FAULT, 0, 0);
    assert_int_equal(hl_input_log_close(f.log, &f.error), HL_OK);
    expect_all(&f, 40);
    unmake(&f);
    return happened;
}

static void each_operation(enum hl_journal_sync sync)
{
    static const enum sim_fault faults[] = {SIM_ENOSPC, SIM_EIO, SIM_SHORT, SIM_EINTR};
    for (size_t kind = 0; kind < 4; kind++) {
        unsigned happened = 0;
        for (uint64_t nth = 1; nth <= 45; nth++)
            happened += run_with_fault(sync, faults[kind], nth, 1 + nth % 3);
        assert_true(happened > 10);
    }
}

static void test_always(void **state)
{
    (void)state;
    each_operation(HL_JOURNAL_SYNC_ALWAYS);
}

static void test_interval(void **state)
{
    (void)state;
    each_operation(HL_JOURNAL_SYNC_INTERVAL);
}

static void test_never(void **state)
{
    (void)state;
    each_operation(HL_JOURNAL_SYNC_NEVER);
}

/* The disk is full and stays so: replies wait, appends are refused with the reason; when there is room all comes right. */
static void test_full_for_a_while(void **state)
{
    (void)state;
    struct fixture f;
    struct hl_input_log_status status;
    make(&f);
    assert_int_equal(open_log(&f, HL_JOURNAL_SYNC_ALWAYS), HL_OK);
    append_somehow(&f, 1);
    assert_true(store_wait(&f.waiter, f.log, 1));
    sim_disk_fail(f.disk, SIM_ENOSPC, 1, UINT64_MAX);
    append_somehow(&f, 2);
    assert_false(store_wait(&f.waiter, f.log, 2));
    assert_int_equal(hl_input_log_durable(f.log), 1);
    assert_int_equal(store_append(f.log, 3, &f.error), HL_UNAVAILABLE);
    assert_non_null(strstr(f.error.message, "No space left"));
    struct store_reader reader = {.next = 1};
    assert_int_equal(hl_input_log_replay(f.log, 1, store_visit, &reader, &f.error), HL_UNAVAILABLE);
    do
        hl_input_log_status(f.log, &status);
    while (status.failures < 5);
    assert_int_equal(status.last, 2);
    assert_int_equal(status.refused_failed, 1);
    assert_true(status.held_bytes > 0);
    sim_disk_fail(f.disk, SIM_NO_FAULT, 0, 0);
    store_wait_recovered(&f.waiter, f.log);
    assert_int_equal(hl_input_log_durable(f.log), 2);
    append_somehow(&f, 3);
    assert_int_equal(hl_input_log_close(f.log, &f.error), HL_OK);
    expect_all(&f, 3);
    unmake(&f);
}

static void test_closed_while_full(void **state)
{
    (void)state;
    struct fixture f;
    make(&f);
    assert_int_equal(open_log(&f, HL_JOURNAL_SYNC_ALWAYS), HL_OK);
    append_somehow(&f, 1);
    assert_true(store_wait(&f.waiter, f.log, 1));
    sim_disk_fail(f.disk, SIM_ENOSPC, 1, UINT64_MAX);
    append_somehow(&f, 2);
    assert_int_equal(hl_input_log_close(f.log, &f.error), HL_IO);
    assert_non_null(strstr(f.error.message, "the last 1 records"));
    sim_disk_fail(f.disk, SIM_NO_FAULT, 0, 0);
    expect_all(&f, 1);
    unmake(&f);
}

/* Opened while the disk is full: what is there can be read, and appending works when there is room. */
static void test_opened_while_full(void **state)
{
    (void)state;
    struct fixture f;
    struct store_reader reader = {.next = 1};
    make(&f);
    assert_int_equal(open_log(&f, HL_JOURNAL_SYNC_ALWAYS), HL_OK);
    for (uint64_t seq = 1; seq <= 30; seq++)
        append_somehow(&f, seq);
    assert_int_equal(hl_input_log_close(f.log, &f.error), HL_OK);
    sim_disk_fail(f.disk, SIM_ENOSPC, 1, UINT64_MAX);
    assert_int_equal(open_log(&f, HL_JOURNAL_SYNC_ALWAYS), HL_OK);
    struct hl_input_log_status status;
    hl_input_log_status(f.log, &status);
    assert_true(status.failures > 0);
    assert_int_equal(hl_input_log_replay(f.log, 1, store_visit, &reader, &f.error), HL_OK);
    assert_int_equal(reader.next, 31);
    assert_int_equal(hl_input_log_last(f.log), 30);
    assert_int_equal(store_append(f.log, 31, &f.error), HL_UNAVAILABLE);
    sim_disk_fail(f.disk, SIM_NO_FAULT, 0, 0);
    append_somehow(&f, 31);
    assert_int_equal(hl_input_log_close(f.log, &f.error), HL_OK);
    expect_all(&f, 31);
    unmake(&f);
}

/* Memory runs out at each request, of the owner or of the thread: an error, and the same call succeeds the next time. */
static void test_out_of_memory(void **state)
{
    (void)state;
    bool fired = true;
    for (uint64_t nth = 1; fired; nth++) {
        struct fixture f;
        make(&f);
        failing_malloc_arm(nth);
        if (open_log(&f, HL_JOURNAL_SYNC_ALWAYS) != HL_OK) {
            assert_int_equal(f.error.status, HL_NO_MEMORY);
            assert_int_equal(open_log(&f, HL_JOURNAL_SYNC_ALWAYS), HL_OK);
        }
        for (uint64_t seq = 1; seq <= 60; seq++) {
            if (store_append(f.log, seq, &f.error) != HL_OK) {
                assert_int_equal(f.error.status, HL_NO_MEMORY);
                append_somehow(&f, seq);
            }
            if (seq % 20 == 0)
                hl_input_log_rotate(f.log);
        }
        hl_input_log_drop_below(f.log, 1);
        struct store_reader reader = {.next = 1};
        if (hl_input_log_replay(f.log, 1, store_visit, &reader, &f.error) != HL_OK)
            assert_int_equal(f.error.status, HL_NO_MEMORY);
        assert_false(reader.wrong);
        assert_int_equal(hl_input_log_close(f.log, &f.error), HL_OK);
        fired = failing_malloc_fired();
        failing_malloc_arm(0);
        expect_all(&f, 60);
        unmake(&f);
        assert_true(nth > 5 || fired);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_always),
        cmocka_unit_test(test_interval),
        cmocka_unit_test(test_never),
        cmocka_unit_test(test_full_for_a_while),
        cmocka_unit_test(test_closed_while_full),
        cmocka_unit_test(test_opened_while_full),
        cmocka_unit_test(test_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
