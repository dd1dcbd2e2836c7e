/*
 * test_journal_threads.c - the owner appends, rotates, drops and asks while the disk fails and another thread looks on. Under
 * ThreadSanitizer it also shows that nothing is shared without its lock.
 */
#include "support/random.h"
#include "support/store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>

#include <cmocka.h>

#define RECORDS 3000U

struct watcher {
    struct hl_input_log *log;
    atomic_bool stop;
    bool went_back; /* the durable number did, or passed the last */
};

static void *watch(void *argument)
{
    struct watcher *watcher = argument;
    uint64_t seen = 0;
    while (!atomic_load(&watcher->stop)) {
        struct hl_input_log_status status;
        uint64_t durable = hl_input_log_durable(watcher->log);
        hl_input_log_status(watcher->log, &status);
        watcher->went_back |=
            durable < seen || status.durable < durable || status.durable > hl_input_log_last(watcher->log);
        seen = durable;
    }
    return NULL;
}

static void run(enum hl_journal_sync sync, uint64_t seed)
{
    struct sim_disk *disk = sim_disk_new();
    struct hl_directory directory;
    struct store_waiter waiter;
    struct watcher watcher = {.stop = false};
    struct hl_error error;
    struct store_reader reader = {.next = 0};
    pthread_t thread;
    uint64_t random = seed, dropped_below = 1;
    store_waiter_init(&waiter);
    struct hl_journal_options options = store_options(&waiter);
    options.sync = sync;
    options.interval_ms = 1;
    options.held_bytes_max = (size_t)1 << 20;
    assert_int_equal(hl_directory_open_files(sim_disk_files(disk), HL_DIRECTORY_CREATE, &directory, &error), HL_OK);
    assert_int_equal(hl_journal_open(&directory, &options, &watcher.log, NULL, &error), HL_OK);
    assert_int_equal(pthread_create(&thread, NULL, watch, &watcher), 0);
    for (uint64_t seq = 1; seq <= RECORDS;) {
        if (random_below(&random, 100) == 0)
            sim_disk_fail(disk, SIM_ENOSPC + random_below(&random, 4), 1 + random_below(&random, 8),
                          1 + random_below(&random, 4));
        if (store_append(watcher.log, seq, &error) != HL_OK) {
            store_wait_recovered(&waiter, watcher.log);
            (void)store_wait(&waiter, watcher.log, seq - 1);
            continue;
        }
        if (random_below(&random, 50) == 0) {
            hl_input_log_rotate(watcher.log);
            if (seq > 500) {
                dropped_below = seq - 500;
                hl_input_log_drop_below(watcher.log, dropped_below);
            }
        }
        seq++;
    }
    sim_disk_fail(disk, SIM_NO_FAULT, 0, 0);
    atomic_store(&watcher.stop, true);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(hl_input_log_close(watcher.log, &error), HL_OK);
    assert_false(watcher.went_back);
    assert_int_equal(hl_journal_scan(&directory, dropped_below - 1, store_visit, &reader, NULL, &error), HL_OK);
    assert_false(reader.wrong);
    assert_int_equal(reader.next, RECORDS + 1);
    assert_int_equal(reader.count, RECORDS + 1 - dropped_below);
    hl_directory_close(&directory);
    store_waiter_clear(&waiter);
    sim_disk_free(disk);
}

static void test_always(void **state)
{
    (void)state;
    run(HL_JOURNAL_SYNC_ALWAYS, 1);
}

static void test_interval(void **state)
{
    (void)state;
    run(HL_JOURNAL_SYNC_INTERVAL, 2);
}

static void test_never(void **state)
{
    (void)state;
    run(HL_JOURNAL_SYNC_NEVER, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_always), cmocka_unit_test(test_interval),
                                       cmocka_unit_test(test_never)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
