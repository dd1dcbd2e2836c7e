/*
 * test_journal.c - what a journal's files may look like when it is opened: whole, torn, damaged, behind the snapshot; and repair.
 */
#include "store/frame.h"
#include "support/store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
    struct sim_disk *disk;
    struct hl_directory directory;
    struct store_waiter waiter;
    struct hl_input_log *log;
    struct hl_journal_report report;
    struct hl_error error;
};

static void open_directory(struct fixture *f)
{
    assert_int_equal(hl_directory_open_files(sim_disk_files(f->disk), HL_DIRECTORY_CREATE, &f->directory, &f->error),
                     HL_OK);
}

static enum hl_status open_after(struct fixture *f, uint64_t after_seq)
{
    struct hl_journal_options options = store_options(&f->waiter);
    options.after_seq = after_seq;
    return hl_journal_open(&f->directory, &options, &f->log, &f->report, &f->error);
}

static void append_and_wait(struct fixture *f, uint64_t from, uint64_t to)
{
    for (uint64_t seq = from; seq <= to; seq++) {
        assert_int_equal(store_append(f->log, seq, &f->error), HL_OK);
        if (seq % 10 == 0)
            assert_true(store_wait(&f->waiter, f->log, seq));
    }
    assert_true(store_wait(&f->waiter, f->log, to));
}

/* A directory whose journal holds 1 to @last, with a new segment after each record in @rotations (ends with 0). */
static void make(struct fixture *f, uint64_t last, const uint64_t *rotations)
{
    *f = (struct fixture){.disk = sim_disk_new()};
    store_waiter_init(&f->waiter);
    open_directory(f);
    assert_int_equal(open_after(f, 0), HL_OK);
    uint64_t from = 1;
    for (; *rotations != 0; rotations++) {
        append_and_wait(f, from, *rotations);
        hl_input_log_rotate(f->log);
        from = *rotations + 1;
    }
    append_and_wait(f, from, last);
    assert_int_equal(hl_input_log_close(f->log, &f->error), HL_OK);
}

static void unmake(struct fixture *f)
{
    hl_directory_close(&f->directory);
    store_waiter_clear(&f->waiter);
    sim_disk_free(f->disk);
}

static void expect_replay(struct fixture *f, uint64_t from, uint64_t to)
{
    struct store_reader reader = {.next = from};
    assert_int_equal(hl_input_log_replay(f->log, from, store_visit, &reader, &f->error), HL_OK);
    assert_false(reader.wrong);
    assert_int_equal(reader.next, to + 1);
}

static unsigned char *segment(struct fixture *f, uint64_t first_seq, size_t *out_bytes)
{
    char name[HL_FILE_NAME_BYTES];
    hl_directory_segment_name(name, first_seq, false);
    return sim_disk_bytes(f->disk, name, out_bytes);
}

static void resize_segment(struct fixture *f, uint64_t first_seq, size_t bytes)
{
    char name[HL_FILE_NAME_BYTES];
    hl_directory_segment_name(name, first_seq, false);
    sim_disk_resize(f->disk, name, bytes);
}

/* Where the @index-th frame (0: the first) begins. */
static size_t frame_offset(const unsigned char *bytes, unsigned index)
{
    size_t offset = HL_SEGMENT_HEAD_BYTES;
    while (index-- > 0)
        offset += hl_journal_frame_measure(bytes + offset);
    return offset;
}

static void test_goes_on(void **state)
{
    (void)state;
    struct fixture f;
    make(&f, 100, (const uint64_t[]){30, 60, 0});
    for (int times = 0; times < 3; times++) {
        assert_int_equal(open_after(&f, 0), HL_OK);
        assert_int_equal(f.report.records, 100 + times);
        assert_int_equal(f.report.first_seq, 1);
        assert_int_equal(f.report.last_seq, 100 + times);
        assert_int_equal(f.report.torn_bytes, 0);
        expect_replay(&f, 1, 100 + (uint64_t)times);
        append_and_wait(&f, 101 + (uint64_t)times, 101 + (uint64_t)times);
        assert_int_equal(hl_input_log_close(f.log, &f.error), HL_OK);
    }
    assert_int_equal(open_after(&f, 70), HL_OK); /* only the last segments are read */
    assert_true(f.report.segments < 5 && f.report.first_seq > 30);
    expect_replay(&f, 71, 103);
    assert_int_equal(hl_input_log_close(f.log, &f.error), HL_OK);
    unmake(&f);
}

static void test_empty_ones_do_not_pile_up(void **state)
{
    (void)state;
    struct fixture f;
    struct hl_directory_listing listing;
    make(&f, 5, (const uint64_t[]){5, 0});
    for (int times = 0; times < 5; times++) {
        assert_int_equal(open_after(&f, 0), HL_OK);
        assert_int_equal(hl_input_log_last(f.log), 5);
        hl_input_log_rotate(f.log);
        assert_int_equal(hl_input_log_close(f.log, &f.error), HL_OK);
    }
    assert_int_equal(hl_directory_list(&f.directory, &listing, &f.error), HL_OK);
    assert_int_equal(listing.segment_count, 2);
    hl_directory_listing_clear(&listing);
    unmake(&f);
}

/* The last frame cut anywhere: the records before it are there, and the cut is reported. */
static void test_torn_anywhere(void **state)
{
    (void)state;
    struct fixture f;
    for (size_t cut = 1;; cut += 13) {
        make(&f, 12, (const uint64_t[]){0});
        size_t bytes;
        const unsigned char *data = segment(&f, 1, &bytes);
        size_t last = frame_offset(data, 11);
        if (cut >= bytes - last) {
            unmake(&f);
            break;
        }
        resize_segment(&f, 1, bytes - cut);
        assert_int_equal(open_after(&f, 0), HL_OK);
        assert_int_equal(f.report.last_seq, 11);
        assert_int_equal(f.report.torn_offset, last);
        assert_int_equal(f.report.torn_bytes, bytes - cut - last);
        expect_replay(&f, 1, 11);
        append_and_wait(&f, 12, 20);
        assert_int_equal(hl_input_log_close(f.log, &f.error), HL_OK);
        assert_int_equal(open_after(&f, 0), HL_OK);
        assert_int_equal(f.report.torn_bytes, 0);
        expect_replay(&f, 1, 20);
        assert_int_equal(hl_input_log_close(f.log, &f.error), HL_OK);
        unmake(&f);
    }
}

static void test_zeros_at_the_end(void **state)
{
    (void)state;
    struct fixture f;
    size_t bytes;
    make(&f, 12, (const uint64_t[]){0});
    assert_non_null(segment(&f, 1, &bytes));
    resize_segment(&f, 1, bytes + 10000);
    assert_int_equal(open_after(&f, 0), HL_OK);
    assert_int_equal(f.report.torn_bytes, 10000);
    assert_int_equal(f.report.torn_offset, bytes);
    expect_replay(&f, 1, 12);
    assert_int_equal(hl_input_log_close(f.log, &f.error), HL_OK);
    unmake(&f);
}

/* Each corruption is refused with the place, and changes nothing; repair ends the journal there. */
static void expect_refused(struct fixture *f, uint64_t first_lost, uint64_t in_segment)
{
    char name[HL_FILE_NAME_BYTES];
    struct hl_journal_repair repair;
    hl_directory_segment_name(name, in_segment, false);
    for (int times = 0; times < 2; times++) {
        assert_int_equal(open_after(f, 0), HL_CORRUPT);
        assert_string_equal(f->report.corrupt_file, name);
        assert_int_equal(f->report.corrupt_seq, first_lost);
        assert_non_null(strstr(f->error.message, name));
        assert_non_null(strstr(f->error.message, "headlinectl repair"));
    }
    assert_int_equal(hl_journal_repair(&f->directory, 0, &repair, &f->error), HL_OK);
    assert_true(repair.changed);
    assert_int_equal(repair.last_seq, first_lost - 1);
    assert_true(repair.cut_bytes > 0 || repair.files_set_aside > 0);
    assert_int_equal(open_after(f, 0), HL_OK);
    assert_int_equal(hl_input_log_last(f->log), first_lost - 1);
    if (first_lost > 1)
        expect_replay(f, 1, first_lost - 1);
    append_and_wait(f, first_lost, first_lost + 5);
    assert_int_equal(hl_input_log_close(f->log, &f->error), HL_OK);
    assert_int_equal(hl_journal_repair(&f->directory, 0, &repair, &f->error), HL_OK);
    assert_false(repair.changed);
    assert_int_equal(repair.last_seq, first_lost + 5);
}

static void test_damaged_in_the_middle_of_the_last(void **state)
{
    (void)state;
    struct fixture f;
    size_t bytes;
    make(&f, 60, (const uint64_t[]){30, 0});
    unsigned char *data = segment(&f, 31, &bytes);
    data[frame_offset(data, 4) + 40] ^= 1;
    size_t offset = frame_offset(data, 4);
    char copy[HL_FILE_NAME_BYTES];
    (void)snprintf(copy, sizeof(copy), "cut-journal-00000000000000000031.hlj-at-%zu", offset);
    expect_refused(&f, 35, 31);
    size_t kept;
    assert_non_null(sim_disk_bytes(f.disk, copy, &kept));
    assert_int_equal(kept, bytes - offset);
    unmake(&f);
}

static void test_damaged_in_an_older_one(void **state)
{
    (void)state;
    struct fixture f;
    size_t bytes;
    make(&f, 90, (const uint64_t[]){30, 60, 0});
    unsigned char *data = segment(&f, 31, &bytes);
    data[bytes - 9] ^= 0x80; /* its last record */
    expect_refused(&f, 60, 31);
    assert_non_null(sim_disk_bytes(f.disk, "cut-journal-00000000000000000061.hlj", &bytes));
    unmake(&f);
}

static void test_an_older_one_is_short(void **state)
{
    (void)state;
    struct fixture f;
    size_t bytes;
    make(&f, 90, (const uint64_t[]){30, 60, 0});
    const unsigned char *data = segment(&f, 31, &bytes);
    resize_segment(&f, 31, frame_offset(data, 29));
    struct hl_journal_repair repair;
    assert_int_equal(open_after(&f, 0), HL_CORRUPT);
    assert_int_equal(f.report.corrupt_seq, 60);
    assert_int_equal(hl_journal_repair(&f.directory, 0, &repair, &f.error), HL_OK);
    assert_int_equal(repair.files_set_aside, 1);
    unmake(&f);
}

static void test_a_segment_is_gone(void **state)
{
    (void)state;
    struct fixture f;
    make(&f, 90, (const uint64_t[]){30, 60, 0});
    assert_int_equal(hl_files_remove(&f.directory.files, "journal-00000000000000000031.hlj", &f.error), HL_OK);
    assert_int_equal(open_after(&f, 0), HL_CORRUPT);
    assert_int_equal(f.report.corrupt_seq, 31);
    assert_int_equal(open_after(&f, 60), HL_OK); /* not needed after this snapshot */
    expect_replay(&f, 61, 90);
    assert_int_equal(hl_input_log_close(f.log, &f.error), HL_OK);
    assert_int_equal(open_after(&f, 59), HL_CORRUPT);
    unmake(&f);
    make(&f, 90, (const uint64_t[]){30, 60, 0});
    assert_int_equal(hl_files_remove(&f.directory.files, "journal-00000000000000000001.hlj", &f.error), HL_OK);
    expect_refused(&f, 1, 31);
    unmake(&f);
}

static void test_damaged_heads(void **state)
{
    (void)state;
    struct fixture f;
    size_t bytes;
    for (size_t at = 0; at < HL_SEGMENT_HEAD_BYTES; at += 5) {
        make(&f, 90, (const uint64_t[]){30, 60, 0});
        segment(&f, 31, &bytes)[at] ^= 0x10;
        expect_refused(&f, 31, 31);
        unmake(&f);
    }
    make(&f, 90, (const uint64_t[]){30, 60, 0});
    resize_segment(&f, 61, 63);
    expect_refused(&f, 61, 61);
    unmake(&f);
}

/* A whole frame in a wrong place: from the same segment, or from an older file with the same numbers. */
static void test_frames_out_of_place(void **state)
{
    (void)state;
    struct fixture f;
    size_t bytes;
    make(&f, 40, (const uint64_t[]){0});
    unsigned char *data = segment(&f, 1, &bytes);
    size_t third = frame_offset(data, 2), fourth = frame_offset(data, 3);
    memmove(data + third, data + fourth, bytes - fourth); /* the third is gone */
    resize_segment(&f, 1, bytes - (fourth - third));
    expect_refused(&f, 3, 1);
    unmake(&f);

    unsigned char frame[64], head[HL_SEGMENT_HEAD_BYTES];
    struct hl_segment_head decoded;
    struct hl_journal_frame read;
    const char *words;
    make(&f, 1, (const uint64_t[]){0});
    memcpy(head, segment(&f, 1, &bytes), sizeof(head));
    assert_int_equal(hl_segment_head_read(head, &decoded, &words), HL_OK);
    assert_int_equal(decoded.salt, 12345);
    struct hl_input_record record = {2, 5, 1, "abc", 3};
    hl_journal_frame_write(frame, &record);
    assert_int_equal(hl_journal_frame_seal(frame, 0, decoded.salt), 48);
    assert_true(hl_journal_frame_read(frame, decoded.salt, &read));
    assert_memory_equal(read.record.data, "abc", 3);
    assert_false(hl_journal_frame_read(frame, decoded.salt + 1, &read));
    unmake(&f);
}

static void test_of_another_store(void **state)
{
    (void)state;
    struct fixture f, other;
    size_t bytes;
    make(&f, 10, (const uint64_t[]){0});
    make(&other, 10, (const uint64_t[]){0});
    const unsigned char *data = segment(&other, 1, &bytes);
    sim_disk_put(f.disk, "journal-00000000000000000001.hlj", data, bytes);
    assert_int_equal(open_after(&f, 0), HL_CORRUPT);
    assert_non_null(strstr(f.error.message, "another store"));
    unmake(&other);
    make(&other, 10, (const uint64_t[]){0});
    assert_int_equal(hl_files_rename(&other.directory.files, "journal-00000000000000000001.hlj",
                                     "journal-00000000000000000002.hlj", &other.error),
                     HL_OK);
    assert_int_equal(open_after(&other, 1), HL_CORRUPT);
    assert_non_null(strstr(other.error.message, "name of another"));
    unmake(&other);
    unmake(&f);
}

static void test_behind_the_snapshot(void **state)
{
    (void)state;
    struct fixture f;
    make(&f, 40, (const uint64_t[]){20, 0});
    assert_int_equal(open_after(&f, 50), HL_OK);
    assert_int_equal(f.report.behind, 10);
    assert_int_equal(hl_input_log_last(f.log), 50);
    append_and_wait(&f, 51, 60);
    assert_int_equal(hl_input_log_close(f.log, &f.error), HL_OK);
    assert_int_equal(open_after(&f, 50), HL_OK);
    assert_int_equal(f.report.behind, 0);
    expect_replay(&f, 51, 60);
    assert_int_equal(hl_input_log_close(f.log, &f.error), HL_OK);
    assert_int_equal(open_after(&f, 45), HL_CORRUPT); /* the snapshot before does not reach to what the journal has */
    assert_int_equal(open_after(&f, UINT64_MAX - 1), HL_INVALID);
    unmake(&f);
}

static void test_scan_for_tools(void **state)
{
    (void)state;
    struct fixture f;
    struct hl_directory reading;
    struct store_reader reader = {.next = 0};
    make(&f, 40, (const uint64_t[]){20, 0});
    size_t history = f.disk->op_count;
    assert_int_equal(hl_files_remove(&f.directory.files, "journal-00000000000000000001.hlj", &f.error), HL_OK);
    assert_int_equal(hl_directory_open_files(sim_disk_files(f.disk), HL_DIRECTORY_READ, &reading, &f.error), HL_OK);
    assert_int_equal(hl_journal_scan(&reading, HL_JOURNAL_ALL, store_visit, &reader, &f.report, &f.error), HL_OK);
    assert_int_equal(reader.count, 20);
    assert_int_equal(f.report.first_seq, 21);
    assert_false(reader.wrong);
    assert_int_equal(hl_journal_scan(&reading, 0, NULL, NULL, &f.report, &f.error), HL_CORRUPT);
    assert_int_equal(f.disk->op_count, history + 1); /* nothing was changed but by us */
    hl_directory_close(&reading);
    unmake(&f);
}

static void test_busy(void **state)
{
    (void)state;
    struct fixture f = {.disk = sim_disk_new()};
    struct hl_input_log_status status;
    uint64_t seq = 0, refused = 0;
    char data[400] = {0};
    store_waiter_init(&f.waiter);
    open_directory(&f);
    struct hl_journal_options options = store_options(&f.waiter);
    options.held_bytes_max = 1000;
    assert_int_equal(hl_journal_open(&f.directory, &options, &f.log, NULL, &f.error), HL_OK);
    for (int i = 0; i < 2000; i++) {
        if (hl_input_log_append(f.log, 1, 0, data, sizeof(data), &seq, &f.error) == HL_OK)
            continue;
        assert_non_null(strstr(f.error.message, "busy"));
        refused++;
        assert_true(store_wait(&f.waiter, f.log, seq));
    }
    hl_input_log_status(f.log, &status);
    assert_true(refused > 0);
    assert_int_equal(status.refused_busy, refused);
    assert_int_equal(status.appended, 2000 - refused);
    assert_int_equal(hl_input_log_append(f.log, 1, 0, data, 0, &seq, &f.error), HL_OK);
    assert_int_equal(seq, status.appended + 1);
    assert_int_equal(hl_input_log_close(f.log, &f.error), HL_OK);
    unmake(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_goes_on),
        cmocka_unit_test(test_empty_ones_do_not_pile_up),
        cmocka_unit_test(test_torn_anywhere),
        cmocka_unit_test(test_zeros_at_the_end),
        cmocka_unit_test(test_damaged_in_the_middle_of_the_last),
        cmocka_unit_test(test_damaged_in_an_older_one),
        cmocka_unit_test(test_an_older_one_is_short),
        cmocka_unit_test(test_a_segment_is_gone),
        cmocka_unit_test(test_damaged_heads),
        cmocka_unit_test(test_frames_out_of_place),
        cmocka_unit_test(test_of_another_store),
        cmocka_unit_test(test_behind_the_snapshot),
        cmocka_unit_test(test_scan_for_tools),
        cmocka_unit_test(test_busy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
