/*
 * test_corruption.c - journals and snapshots damaged at random: each is read as far as it can be shown to be right, or refused with a
 * message; what is read was written. HL_TEST_CORRUPTIONS sets how many (20000 in the long form).
 */
#include "support/random.h"
#include "support/store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint64_t corruptions(void)
{
    const char *text = getenv("HL_TEST_CORRUPTIONS");
    return text != NULL ? strtoull(text, NULL, 10) : 1000;
}

/* Two segments of 60 records and three snapshots. */
static struct sim_disk *make(void)
{
    struct sim_disk *disk = sim_disk_new();
    struct hl_directory directory;
    struct store_waiter waiter;
    struct hl_input_log *log;
    struct hl_error error;
    store_waiter_init(&waiter);
    struct hl_journal_options options = store_options(&waiter);
    assert_int_equal(hl_directory_open_files(sim_disk_files(disk), HL_DIRECTORY_CREATE, &directory, &error), HL_OK);
    assert_int_equal(hl_journal_open(&directory, &options, &log, NULL, &error), HL_OK);
    for (uint64_t seq = 1; seq <= 45; seq++) {
        assert_int_equal(store_append(log, seq, &error), HL_OK);
        if (seq % 3 == 0)
            assert_true(store_wait(&waiter, log, seq));
        if (seq == 20)
            hl_input_log_rotate(log);
    }
    assert_int_equal(hl_input_log_close(log, &error), HL_OK);
    for (uint64_t seq = 1; seq <= 3; seq++)
        assert_int_equal(store_write_snapshot(&directory, seq, 3, &error), HL_OK);
    hl_directory_close(&directory);
    store_waiter_clear(&waiter);
    struct sim_disk *copy = sim_disk_copy(disk);
    sim_disk_free(disk);
    return copy;
}

static void swap_blocks(unsigned char *bytes, size_t a, size_t b, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        unsigned char kept = bytes[a + i];
        bytes[a + i] = bytes[b + i];
        bytes[b + i] = kept;
    }
}

/* One of: a bit, a byte, a run of one value, a cut, growth, two pieces swapped, a piece over another. False: nothing has changed. */
static bool damage(struct sim_disk *disk, const char *name, uint64_t *random)
{
    size_t bytes;
    unsigned char *data = sim_disk_bytes(disk, name, &bytes);
    assert_true(data != NULL && bytes > 100);
    unsigned char *before = malloc(bytes);
    assert_non_null(before);
    memcpy(before, data, bytes);
    size_t at = random_below(random, (uint32_t)bytes), piece = 1 + random_below(random, 600);
    if (piece > bytes / 2)
        piece = bytes / 2;
    size_t from = random_below(random, (uint32_t)(bytes - piece)), to = random_below(random, (uint32_t)(bytes - piece));
    switch (random_below(random, 7)) {
    case 0:
        data[at] ^= (unsigned char)(1U << random_below(random, 8));
        break;
    case 1:
        data[at] = (unsigned char)random_next(random);
        break;
    case 2:
        memset(data + to, (int)random_below(random, 2) * 255, piece);
        break;
    case 3:
        sim_disk_resize(disk, name, at);
        break;
    case 4:
        sim_disk_resize(disk, name, bytes + piece);
        break;
    case 5:
        swap_blocks(data, from, to, piece / 2 + 1);
        break;
    default:
        memmove(data + to, data + from, piece);
        break;
    }
    size_t now;
    const unsigned char *after = sim_disk_bytes(disk, name, &now);
    bool changed = now != bytes || memcmp(before, after, bytes) != 0;
    free(before);
    return changed;
}

static void test_journal(void **state)
{
    (void)state;
    struct sim_disk *whole = make();
    uint64_t random = 42, refused = 0, torn = 0, superseded = 0;
    for (uint64_t round = 0; round < corruptions(); round++) {
        struct sim_disk *disk = sim_disk_copy(whole);
        struct hl_directory directory;
        struct hl_journal_report report;
        struct hl_error error;
        struct store_reader reader = {.next = 1};
        const char *name =
            random_below(&random, 3) == 0 ? "journal-00000000000000000001.hlj" : "journal-00000000000000000021.hlj";
        bool changed = damage(disk, name, &random);
        assert_int_equal(hl_directory_open_files(sim_disk_files(disk), HL_DIRECTORY_WRITE, &directory, &error), HL_OK);
        enum hl_status status = hl_journal_scan(&directory, 0, store_visit, &reader, &report, &error);
        assert_false(reader.wrong);
        if (status == HL_CORRUPT) {
            struct hl_journal_repair repair;
            assert_true(error.message[0] != '\0' && report.corrupt_file[0] != '\0');
            assert_int_equal(hl_journal_repair(&directory, 0, &repair, &error), HL_OK);
            assert_int_equal(repair.last_seq, reader.next - 1);
            assert_int_equal(hl_journal_scan(&directory, 0, NULL, NULL, NULL, &error), HL_OK);
            refused++;
        } else {
            assert_int_equal(status, HL_OK);
            /* All is there, or a tail that is told of; a cut exactly between two frames cannot be seen. */
            assert_true(reader.next == 46 || report.torn_bytes > 0 || reader.next > 21);
            torn += report.torn_bytes > 0;
            superseded += changed && reader.next == 46;
        }
        hl_directory_close(&directory);
        sim_disk_free(disk);
    }
    assert_true(refused > corruptions() / 4);
    assert_true(torn > corruptions() / 50);
    assert_true(superseded < corruptions() / 4);
    sim_disk_free(whole);
}

static void test_snapshots(void **state)
{
    (void)state;
    struct sim_disk *whole = make();
    uint64_t random = 43, fallen_back = 0;
    for (uint64_t round = 0; round < corruptions(); round++) {
        struct sim_disk *disk = sim_disk_copy(whole);
        struct hl_directory directory;
        struct hl_snapshot_report report;
        struct hl_error error;
        bool wrong = false;
        bool newest = damage(disk, "snapshot-00000000000000000003.hls", &random);
        bool second = random_below(&random, 4) == 0 && damage(disk, "snapshot-00000000000000000002.hls", &random);
        assert_int_equal(hl_directory_open_files(sim_disk_files(disk), HL_DIRECTORY_WRITE, &directory, &error), HL_OK);
        assert_int_equal(hl_snapshot_load_newest(&directory, store_load_snapshot, &wrong, &report, &error), HL_OK);
        assert_false(wrong);
        assert_int_equal(report.seq, !newest ? 3 : !second ? 2 : 1); /* SHA-256: every change is seen */
        assert_int_equal(report.broken, 3 - report.seq);
        fallen_back += report.broken;
        hl_directory_close(&directory);
        sim_disk_free(disk);
    }
    assert_true(fallen_back > corruptions() / 2);
    sim_disk_free(whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_journal), cmocka_unit_test(test_snapshots)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
