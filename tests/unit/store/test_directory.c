/*
 * test_directory.c - the real file layer in a real directory, and what a state directory refuses.
 */
#include "core/bytes.h"
#include "support/store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void remove_file(void *context, const char *name)
{
    char path[600];
    (void)snprintf(path, sizeof(path), "%s/%s", (const char *)context, name);
    assert_int_equal(unlink(path), 0);
}

/* A path in a fresh folder that remove_folder removes. */
static void make_folder(char folder[64], char path[128])
{
    (void)snprintf(folder, 64, "/tmp/headlined-test-XXXXXX");
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, 128, "%s/state", folder);
}

static void remove_folder(const char *folder, const char *path)
{
    struct hl_files files;
    if (hl_files_open_posix(path, false, &files, NULL) == HL_OK) {
        assert_int_equal(hl_files_list(&files, remove_file, (void *)path, NULL), HL_OK);
        hl_files_close(&files);
        assert_int_equal(rmdir(path), 0);
    }
    assert_int_equal(rmdir(folder), 0);
}

static void test_a_daemons_life(void **state)
{
    (void)state;
    char folder[64], path[128];
    struct hl_directory directory, second;
    struct hl_error error;
    struct stat info;
    make_folder(folder, path);
    assert_int_equal(hl_directory_open(path, HL_DIRECTORY_WRITE, &directory, &error), HL_NOT_FOUND);
    assert_int_equal(hl_directory_open(path, HL_DIRECTORY_CREATE, &directory, &error), HL_OK);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0700);
    assert_int_equal(hl_directory_open(path, HL_DIRECTORY_WRITE, &second, &error), HL_UNAVAILABLE);
    assert_non_null(strstr(error.message, "in use"));
    struct store_waiter waiter;
    store_waiter_init(&waiter);
    struct hl_journal_options options = store_options(&waiter);
    struct hl_input_log *log;
    assert_int_equal(hl_journal_open(&directory, &options, &log, NULL, &error), HL_OK);
    for (uint64_t seq = 1; seq <= 100; seq++)
        assert_int_equal(store_append(log, seq, &error), HL_OK);
    hl_input_log_rotate(log);
    assert_true(store_wait(&waiter, log, 100));
    assert_int_equal(store_write_snapshot(&directory, 100, 3, &error), HL_OK);
    hl_input_log_drop_below(log, 101);
    assert_int_equal(store_append(log, 101, &error), HL_OK);
    assert_int_equal(hl_input_log_close(log, &error), HL_OK);
    assert_int_equal(hl_directory_open(path, HL_DIRECTORY_READ, &second, &error), HL_OK);
    assert_memory_equal(second.id, directory.id, HL_STORE_ID_BYTES);
    bool wrong = false;
    struct hl_snapshot_report report;
    assert_int_equal(hl_snapshot_load_newest(&second, store_load_snapshot, &wrong, &report, &error), HL_OK);
    assert_false(wrong);
    struct store_reader reader = {.next = 101};
    assert_int_equal(hl_journal_scan(&second, report.seq, store_visit, &reader, NULL, &error), HL_OK);
    assert_int_equal(reader.next, 102);
    struct hl_directory_listing listing;
    assert_int_equal(hl_directory_list(&second, &listing, &error), HL_OK);
    assert_int_equal(listing.segment_count, 1);
    assert_int_equal(listing.segments[0], 101);
    hl_directory_listing_clear(&listing);
    hl_directory_close(&second);
    hl_directory_close(&directory);
    assert_int_equal(hl_directory_open(path, HL_DIRECTORY_WRITE, &directory, &error), HL_OK);
    hl_directory_close(&directory);
    store_waiter_clear(&waiter);
    remove_folder(folder, path);
}

static void test_the_file_layer(void **state)
{
    (void)state;
    char folder[64], path[128], bytes[16] = {0};
    struct hl_files files;
    struct hl_file file, again;
    struct hl_error error;
    size_t got;
    uint64_t size;
    make_folder(folder, path);
    assert_int_equal(hl_files_open_posix(path, false, &files, &error), HL_NOT_FOUND);
    assert_int_equal(hl_files_open_posix(path, true, &files, &error), HL_OK);
    assert_int_equal(hl_file_open(&files, "a", HL_FILE_READ, &file, &error), HL_NOT_FOUND);
    assert_int_equal(file.handle, -1);
    assert_int_equal(hl_file_open(&files, "a", HL_FILE_CREATE, &file, &error), HL_OK);
    assert_int_equal(hl_file_open(&files, "a", HL_FILE_CREATE, &again, &error), HL_IO);
    assert_int_equal(hl_file_write(&file, "0123456789", 10, 2, &error), HL_OK);
    assert_int_equal(hl_file_read(&file, bytes, sizeof(bytes), 0, &got, &error), HL_OK);
    assert_int_equal(got, 12);
    assert_memory_equal(bytes,
                        "\0\0"
                        "0123456789",
                        12);
    assert_int_equal(hl_file_truncate(&file, 5, &error), HL_OK);
    assert_int_equal(hl_file_size(&file, &size, &error), HL_OK);
    assert_int_equal(size, 5);
    assert_int_equal(hl_file_sync_data(&file, &error), HL_OK);
    assert_int_equal(hl_file_publish(&file, "b", &error), HL_OK);
    assert_string_equal(file.name, "b");
    assert_int_equal(hl_file_close(&file, &error), HL_OK);
    assert_int_equal(hl_file_close(&file, &error), HL_OK);
    assert_int_equal(hl_file_open(&files, "b", HL_FILE_READ, &file, &error), HL_OK);
    assert_int_equal(hl_file_write(&file, "x", 1, 0, &error), HL_IO);
    assert_non_null(strstr(error.message, "/state/b"));
    assert_int_equal(hl_file_close(&file, &error), HL_OK);
    assert_int_equal(hl_files_remove(&files, "b", &error), HL_OK);
    assert_int_equal(hl_files_remove(&files, "b", &error), HL_NOT_FOUND);
    hl_files_close(&files);
    char *deep = calloc(1, 400);
    assert_non_null(deep);
    memset(deep, 'x', 399);
    assert_int_equal(hl_files_open_posix(deep, true, &files, &error), HL_INVALID);
    free(deep);
    remove_folder(folder, path);
}

static void test_identity(void **state)
{
    (void)state;
    struct sim_disk *disk = sim_disk_new();
    struct hl_directory directory;
    struct hl_error error;
    size_t bytes;
    assert_int_equal(hl_directory_open_files(sim_disk_files(disk), HL_DIRECTORY_WRITE, &directory, &error),
                     HL_NOT_FOUND);
    assert_non_null(strstr(error.message, "no state directory"));
    assert_null(sim_disk_bytes(disk, "lock", &bytes));
    assert_int_equal(hl_directory_open_files(sim_disk_files(disk), HL_DIRECTORY_CREATE, &directory, &error), HL_OK);
    assert_int_equal(store_write_snapshot(&directory, 1, 1, &error), HL_OK);
    hl_directory_close(&directory);
    for (size_t at = 0; at < 40; at++) {
        sim_disk_bytes(disk, "store", &bytes)[at] ^= 1;
        assert_int_equal(hl_directory_open_files(sim_disk_files(disk), HL_DIRECTORY_CREATE, &directory, &error),
                         HL_CORRUPT);
        sim_disk_bytes(disk, "store", &bytes)[at] ^= 1;
    }
    assert_int_equal(bytes, 40);
    sim_disk_put(disk, "journal-00000000000000000007.hlj.tmp", "x", 1);
    sim_disk_put(disk, "snapshot-00000000000000000007.hls.tmp", "x", 1);
    sim_disk_put(disk, "snapshot-7.hls.tmp", "x", 1); /* not one of ours */
    sim_disk_put(disk, "snapshot-99999999999999999999.hls", "x", 1);
    assert_int_equal(hl_directory_open_files(sim_disk_files(disk), HL_DIRECTORY_READ, &directory, &error), HL_OK);
    assert_int_equal(directory.orphans_removed, 0);
    hl_directory_close(&directory);
    assert_int_equal(hl_directory_open_files(sim_disk_files(disk), HL_DIRECTORY_WRITE, &directory, &error), HL_OK);
    assert_int_equal(directory.orphans_removed, 2);
    assert_non_null(sim_disk_bytes(disk, "snapshot-7.hls.tmp", &bytes));
    struct hl_directory_listing listing;
    assert_int_equal(hl_directory_list(&directory, &listing, &error), HL_OK);
    assert_int_equal(listing.snapshot_count, 1); /* 20 nines are no number of 64 bits */
    hl_directory_listing_clear(&listing);
    assert_int_equal(hl_files_remove(&directory.files, "store", &error), HL_OK);
    assert_int_equal(hl_files_remove(&directory.files, "lock", &error), HL_OK);
    hl_directory_close(&directory);
    assert_int_equal(hl_directory_open_files(sim_disk_files(disk), HL_DIRECTORY_CREATE, &directory, &error),
                     HL_CORRUPT);
    assert_non_null(strstr(error.message, "missing"));
    assert_null(sim_disk_bytes(disk, "lock", &bytes)); /* it is no state directory that could be in use */
    sim_disk_free(disk);
}

static void test_integers(void **state)
{
    (void)state;
    unsigned char bytes[9];
    hl_put_u64_at(bytes + 1, UINT64_C(0x8102030405060708));
    assert_memory_equal(bytes + 1, "\x08\x07\x06\x05\x04\x03\x02\x81", 8);
    assert_true(hl_get_u64_at(bytes + 1) == UINT64_C(0x8102030405060708));
    hl_put_u32_at(bytes + 1, 0xfffffffe);
    assert_int_equal(hl_get_u32_at(bytes + 1), 0xfffffffe);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_daemons_life),
        cmocka_unit_test(test_the_file_layer),
        cmocka_unit_test(test_identity),
        cmocka_unit_test(test_integers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
