/*
 * test_log.c - what every log promises (store/log.h), asked of the journal and of the log in memory alike; and what only the one in
 * memory can be told.
 */
#include "store/memory_log.h"
#include "support/failing_malloc.h"
#include "support/store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
    bool in_memory;
    struct sim_disk *disk;
    struct hl_directory directory;
    struct store_waiter waiter;
    struct hl_input_log *log;
};

static void open_log(struct fixture *fixture, uint64_t held_bytes_max)
{
    struct hl_error error;
    store_waiter_init(&fixture->waiter);
    if (fixture->in_memory) {
        assert_int_equal(hl_memory_log_open(held_bytes_max, store_notify, &fixture->waiter, &fixture->log, &error),
                         HL_OK);
        return;
    }
    struct hl_journal_options options = store_options(&fixture->waiter);
    options.held_bytes_max = held_bytes_max;
    fixture->disk = sim_disk_new();
    assert_int_equal(
        hl_directory_open_files(sim_disk_files(fixture->disk), HL_DIRECTORY_CREATE, &fixture->directory, &error),
        HL_OK);
    assert_int_equal(hl_journal_open(&fixture->directory, &options, &fixture->log, NULL, &error), HL_OK);
}

static enum hl_status close_log(struct fixture *fixture, struct hl_error *error)
{
    enum hl_status status = hl_input_log_close(fixture->log, error);
    if (!fixture->in_memory) {
        hl_directory_close(&fixture->directory);
        sim_disk_free(fixture->disk);
    }
    store_waiter_clear(&fixture->waiter);
    return status;
}

static void contract(bool in_memory)
{
    struct fixture fixture = {.in_memory = in_memory};
    struct hl_error error;
    struct hl_input_log_status status;
    open_log(&fixture, (size_t)1 << 24);
    assert_int_equal(hl_input_log_last(fixture.log), 0);
    assert_int_equal(hl_input_log_durable(fixture.log), 0);
    struct store_reader reader = {.next = 1};
    assert_int_equal(hl_input_log_replay(fixture.log, 0, store_visit, &reader, &error), HL_OK);
    assert_int_equal(reader.count, 0);
    for (uint64_t seq = 1; seq <= 300; seq++) {
        assert_int_equal(store_append(fixture.log, seq, &error), HL_OK);
        assert_int_equal(hl_input_log_last(fixture.log), seq);
        if (seq % 100 == 0)
            hl_input_log_rotate(fixture.log);
    }
    assert_true(store_wait(&fixture.waiter, fixture.log, 300));
    for (uint64_t from = 0; from <= 301; from += 43) {
        reader = (struct store_reader){.next = from > 0 ? from : 1};
        assert_int_equal(hl_input_log_replay(fixture.log, from, store_visit, &reader, &error), HL_OK);
        assert_false(reader.wrong);
        assert_int_equal(reader.next, 301);
    }
    hl_input_log_status(fixture.log, &status);
    assert_false(status.failed);
    assert_int_equal(status.last, 300);
    assert_int_equal(status.durable, 300);
    assert_int_equal(status.held_bytes, 0);
    assert_int_equal(status.appended, 300);
    assert_true(fixture.waiter.calls > 0);
    assert_int_equal(close_log(&fixture, &error), HL_OK);
}

/* What was reserved is taken, whatever has happened to the disk since; what was not, is not. */
static void reserving(bool in_memory)
{
    struct fixture fixture = {.in_memory = in_memory};
    struct hl_error error;
    static const unsigned char data[300000];
    uint64_t seq;
    open_log(&fixture, 1000);
    assert_int_equal(hl_input_log_reserve(fixture.log, HL_INPUT_LOG_RECORD_BYTES_MAX + 1, &error), HL_TOO_LARGE);
    assert_int_equal(hl_input_log_reserve(fixture.log, 100, &error), HL_OK);
    assert_int_equal(hl_input_log_reserve(fixture.log, sizeof data, &error), HL_OK);
    assert_int_equal(hl_input_log_last(fixture.log), 0);
    if (in_memory)
        hl_memory_log_fail(fixture.log, "full");
    else
        sim_disk_fail(fixture.disk, SIM_ENOSPC, 1, UINT64_MAX);
    assert_int_equal(hl_input_log_append(fixture.log, 1, 5, data, sizeof data, &seq, &error), HL_OK);
    assert_int_equal(seq, 1);
    if (!in_memory)
        assert_false(store_wait(&fixture.waiter, fixture.log, 1)); /* it has failed */
    assert_int_equal(hl_input_log_reserve(fixture.log, 1, &error), HL_UNAVAILABLE);
    assert_int_equal(hl_input_log_append(fixture.log, 1, 5, data, 1, &seq, &error), HL_UNAVAILABLE);
    assert_int_equal(hl_input_log_last(fixture.log), 1);
    if (in_memory)
        hl_memory_log_fail(fixture.log, NULL);
    else
        sim_disk_fail(fixture.disk, SIM_NO_FAULT, 0, 0);
    store_wait_recovered(&fixture.waiter, fixture.log);
    assert_int_equal(hl_input_log_durable(fixture.log), 1);
    assert_int_equal(hl_input_log_reserve(fixture.log, 1, &error), HL_OK);
    assert_int_equal(close_log(&fixture, &error), HL_OK);
}

static void test_reserving_journal(void **state)
{
    (void)state;
    reserving(false);
}

static void test_reserving_memory(void **state)
{
    (void)state;
    reserving(true);
}

/* Reserving is what can fail for want of memory; appending is not. */
static void test_reserving_takes_memory(void **state)
{
    (void)state;
    struct fixture fixture = {0};
    struct hl_error error;
    static const unsigned char data[400000];
    uint64_t seq;
    open_log(&fixture, (size_t)1 << 24);
    for (size_t bytes = 1000; bytes <= sizeof data; bytes += 133000) {
        failing_malloc_arm(1);
        enum hl_status status = hl_input_log_reserve(fixture.log, bytes, &error);
        assert_int_equal(status, failing_malloc_fired() ? HL_NO_MEMORY : HL_OK);
        failing_malloc_arm(0);
        assert_int_equal(hl_input_log_reserve(fixture.log, bytes, &error), HL_OK);
        failing_malloc_arm(1);
        assert_int_equal(hl_input_log_append(fixture.log, 1, 5, data, bytes, &seq, &error), HL_OK);
        failing_malloc_arm(0);
        assert_true(store_wait(&fixture.waiter, fixture.log, seq));
    }
    assert_int_equal(close_log(&fixture, &error), HL_OK);
}

static void test_contract_journal(void **state)
{
    (void)state;
    contract(false);
}

static void test_contract_memory(void **state)
{
    (void)state;
    contract(true);
}

static enum hl_status stop_at_ten(void *context, const struct hl_input_record *record, struct hl_error *error)
{
    (void)context;
    return record->seq < 10 ? HL_OK : hl_error_set(error, HL_LIMIT, NULL, "ten");
}

static void visit_and_drop(bool in_memory)
{
    struct fixture fixture = {.in_memory = in_memory};
    struct hl_error error;
    struct hl_input_log_status status;
    struct store_reader reader = {.next = 41};
    uint64_t seq;
    open_log(&fixture, (size_t)1 << 24);
    for (seq = 1; seq <= 60; seq++) {
        assert_int_equal(store_append(fixture.log, seq, &error), HL_OK);
        if (seq == 40)
            hl_input_log_rotate(fixture.log);
    }
    assert_int_equal(hl_input_log_replay(fixture.log, 1, stop_at_ten, NULL, &error), HL_LIMIT);
    assert_string_equal(error.message, "ten");
    hl_input_log_drop_below(fixture.log, 40); /* record 40 is still wanted, and with it its segment */
    hl_input_log_drop_below(fixture.log, 30);
    assert_true(store_wait(&fixture.waiter, fixture.log, 60));
    assert_int_equal(hl_input_log_replay(fixture.log, 30, stop_at_ten, NULL, &error), HL_LIMIT);
    hl_input_log_drop_below(fixture.log, 41);
    do
        hl_input_log_status(fixture.log, &status);
    while (status.segments_dropped == 0);
    assert_int_equal(hl_input_log_replay(fixture.log, 30, store_visit, &reader, &error), HL_CORRUPT);
    assert_int_equal(reader.count, 0);
    assert_int_equal(hl_input_log_replay(fixture.log, 41, store_visit, &reader, &error), HL_OK);
    assert_int_equal(reader.next, 61);
    assert_false(reader.wrong);
    unsigned char *large = calloc(1, HL_INPUT_LOG_RECORD_BYTES_MAX + 1);
    assert_non_null(large);
    assert_int_equal(hl_input_log_append(fixture.log, 1, 0, large, HL_INPUT_LOG_RECORD_BYTES_MAX + 1, &seq, &error),
                     HL_TOO_LARGE);
    free(large);
    assert_int_equal(hl_input_log_last(fixture.log), 60);
    assert_int_equal(close_log(&fixture, &error), HL_OK);
}

static void test_drop_journal(void **state)
{
    (void)state;
    visit_and_drop(false);
}

static void test_drop_memory(void **state)
{
    (void)state;
    visit_and_drop(true);
}

static void test_memory_on_command(void **state)
{
    (void)state;
    struct fixture fixture = {.in_memory = true};
    struct hl_error error;
    struct hl_input_log_status status;
    uint64_t seq = 0;
    open_log(&fixture, 100);
    hl_memory_log_hold(fixture.log, true);
    assert_int_equal(hl_input_log_append(fixture.log, 1, 5, "abc", 3, &seq, &error), HL_OK);
    assert_int_equal(hl_input_log_append(fixture.log, 1, 5, "0123456789", 10, &seq, &error), HL_OK);
    assert_int_equal(hl_input_log_durable(fixture.log), 0);
    char many[90] = {0};
    assert_int_equal(hl_input_log_append(fixture.log, 1, 5, many, sizeof(many), &seq, &error), HL_UNAVAILABLE);
    hl_memory_log_make_durable(fixture.log, 1);
    assert_int_equal(hl_input_log_durable(fixture.log), 1);
    assert_int_equal(hl_input_log_append(fixture.log, 1, 5, many, sizeof(many), &seq, &error), HL_OK);
    hl_memory_log_fail(fixture.log, "no disk");
    hl_memory_log_make_durable(fixture.log, 3);
    assert_int_equal(hl_input_log_durable(fixture.log), 1);
    assert_int_equal(hl_input_log_append(fixture.log, 1, 5, "x", 1, &seq, &error), HL_UNAVAILABLE);
    assert_non_null(strstr(error.message, "no disk"));
    assert_int_equal(seq, 3);
    hl_memory_log_fail(fixture.log, NULL);
    assert_int_equal(hl_input_log_durable(fixture.log), 1);
    hl_input_log_status(fixture.log, &status);
    assert_int_equal(status.refused_busy + status.refused_failed, 2);
    assert_int_equal(status.failures, 1);
    assert_int_equal(status.recoveries, 1);
    assert_int_equal(fixture.waiter.calls, 3);
    assert_int_equal(close_log(&fixture, &error), HL_IO);
    assert_non_null(strstr(error.message, "last 2 records"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_contract_journal), cmocka_unit_test(test_reserving_journal),
        cmocka_unit_test(test_reserving_memory), cmocka_unit_test(test_reserving_takes_memory),
        cmocka_unit_test(test_contract_memory),  cmocka_unit_test(test_drop_journal),
        cmocka_unit_test(test_drop_memory),      cmocka_unit_test(test_memory_on_command),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
