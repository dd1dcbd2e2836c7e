/*
 * test_golden.c - files of version 1, written once and kept in tests/data/store, are read by every later version; and what is written
 * today is byte for byte what was written then (the compressed part apart, which may change with zstd).
 *
 * The files are made with HL_TEST_GOLDEN=1 unit_store_golden, which writes them instead of comparing. Do that only for a new version
 * of the format, into new files: those that are there stay.
 */
#include "support/store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define GOLDEN HL_TEST_DATA_DIR "/store/v1-"
#define RECORDS 8U

static const char *const names[] = {"store", "journal-00000000000000000001.hlj", "journal-00000000000000000006.hlj",
                                    "snapshot-00000000000000000005.hls"};
enum { NAMES = sizeof(names) / sizeof(names[0]) };

static size_t read_golden(const char *name, unsigned char *to, size_t capacity)
{
    char path[600];
    (void)snprintf(path, sizeof(path), GOLDEN "%s", name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t bytes = fread(to, 1, capacity, file);
    assert_true(bytes > 0 && bytes < capacity);
    assert_int_equal(fclose(file), 0);
    return bytes;
}

static void write_golden(const char *name, const unsigned char *bytes, size_t count)
{
    char path[600];
    (void)snprintf(path, sizeof(path), GOLDEN "%s", name);
    FILE *file = fopen(path, "wbx"); /* never over one that is there */
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, count, file), count);
    assert_int_equal(fclose(file), 0);
}

/* What the golden files hold, written now. The id is fixed by putting the golden "store" file there first, if there is one. */
static struct sim_disk *make(bool with_id)
{
    struct sim_disk *disk = sim_disk_new();
    struct hl_directory directory;
    struct store_waiter waiter;
    struct hl_input_log *log;
    struct hl_error error;
    unsigned char id[100];
    store_waiter_init(&waiter);
    if (with_id)
        sim_disk_put(disk, "store", id, read_golden("store", id, sizeof(id)));
    struct hl_journal_options options = store_options(&waiter);
    assert_int_equal(hl_directory_open_files(sim_disk_files(disk), HL_DIRECTORY_CREATE, &directory, &error), HL_OK);
    assert_int_equal(hl_journal_open(&directory, &options, &log, NULL, &error), HL_OK);
    for (uint64_t seq = 1; seq <= RECORDS; seq++) {
        assert_int_equal(store_append(log, seq, &error), HL_OK);
        assert_true(store_wait(&waiter, log, seq));
        if (seq == 5)
            hl_input_log_rotate(log);
    }
    assert_int_equal(store_write_snapshot(&directory, 5, 3, &error), HL_OK);
    assert_int_equal(hl_input_log_close(log, &error), HL_OK);
    hl_directory_close(&directory);
    store_waiter_clear(&waiter);
    return disk;
}

static void test_written_as_then(void **state)
{
    (void)state;
    bool writing = getenv("HL_TEST_GOLDEN") != NULL;
    struct sim_disk *disk = make(!writing);
    for (size_t i = 0; i < NAMES; i++) {
        static unsigned char golden[100000];
        size_t bytes;
        const unsigned char *now = sim_disk_bytes(disk, names[i], &bytes);
        assert_non_null(now);
        if (writing) {
            write_golden(names[i], now, bytes);
            continue;
        }
        size_t golden_bytes = read_golden(names[i], golden, sizeof(golden));
        bool compressed = strncmp(names[i], "snapshot", 8) == 0;
        assert_true(compressed || golden_bytes == bytes);
        assert_memory_equal(now, golden, compressed ? 64 : bytes);
    }
    sim_disk_free(disk);
}

static void test_read_today(void **state)
{
    (void)state;
    struct sim_disk *disk = sim_disk_new();
    struct hl_directory directory;
    struct hl_error error;
    struct hl_snapshot_report report;
    struct hl_journal_report found;
    struct store_reader reader = {.next = 1};
    bool wrong = false;
    for (size_t i = 0; i < NAMES; i++) {
        static unsigned char golden[100000];
        sim_disk_put(disk, names[i], golden, read_golden(names[i], golden, sizeof(golden)));
    }
    assert_int_equal(hl_directory_open_files(sim_disk_files(disk), HL_DIRECTORY_WRITE, &directory, &error), HL_OK);
    assert_int_equal(hl_snapshot_load_newest(&directory, store_load_snapshot, &wrong, &report, &error), HL_OK);
    assert_false(wrong);
    assert_int_equal(report.seq, 5);
    assert_int_equal(hl_journal_scan(&directory, 0, store_visit, &reader, &found, &error), HL_OK);
    assert_false(reader.wrong);
    assert_int_equal(reader.count, RECORDS);
    assert_int_equal(found.proven_seq, RECORDS - 1);
    hl_directory_close(&directory);
    sim_disk_free(disk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_written_as_then), cmocka_unit_test(test_read_today)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
