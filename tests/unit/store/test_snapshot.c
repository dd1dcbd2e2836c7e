/*
 * test_snapshot.c - snapshots there and back, through memory and files; which one is loaded; full disks and want of memory.
 */
#include "core/buffer.h"
#include "store/snapshot.h"
#include "support/failing_malloc.h"
#include "support/store_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static enum hl_status write_to_buffer(void *context, const void *data, size_t bytes, struct hl_error *error)
{
    if (!hl_buffer_append(context, data, bytes))
        return hl_error_set(error, HL_NO_MEMORY, NULL, "buffer");
    return HL_OK;
}

static enum hl_status read_from_buffer(void *context, void *to, size_t bytes, uint64_t offset, struct hl_error *error)
{
    (void)error;
    const struct hl_buffer *buffer = context;
    assert_true(offset <= buffer->length && bytes <= buffer->length - offset);
    if (bytes > 0)
        memcpy(to, buffer->data + offset, bytes);
    return HL_OK;
}

static enum hl_status open_buffer(struct hl_buffer *buffer, bool prefetch, struct hl_snapshot_reader **out,
                                  struct hl_error *error)
{
    struct hl_snapshot_source source = {read_from_buffer, NULL, buffer, buffer->length, "memory"};
    return hl_snapshot_open(source, prefetch, out, error);
}

static void write_snapshot(struct hl_buffer *buffer, uint64_t seq)
{
    struct hl_snapshot_meta meta = {.seq = seq, .created_ms = -5, .content_version = 7};
    struct hl_snapshot_writer *writer;
    struct hl_error error;
    hl_buffer_init(buffer);
    assert_int_equal(hl_snapshot_create(&meta, (struct hl_snapshot_sink){write_to_buffer, buffer}, &writer, &error),
                     HL_OK);
    assert_int_equal(store_fill_snapshot(writer, seq, &error), HL_OK);
    assert_int_equal(hl_snapshot_finish(writer, &error), HL_OK);
    assert_int_equal(hl_snapshot_written(writer), buffer->length);
    hl_snapshot_writer_free(writer);
}

static void test_there_and_back(void **state)
{
    (void)state;
    for (uint64_t seq = 998; seq < 1002; seq++) {
        struct hl_buffer buffer, again;
        write_snapshot(&buffer, seq);
        write_snapshot(&again, seq);
        assert_int_equal(buffer.length, again.length);
        assert_memory_equal(buffer.data, again.data, buffer.length);
        hl_buffer_clear(&again);
        for (int prefetch = 0; prefetch < 2; prefetch++) {
            struct hl_snapshot_reader *reader;
            struct hl_snapshot_section_info info;
            struct hl_error error;
            bool wrong = false;
            uint64_t done, total;
            assert_int_equal(open_buffer(&buffer, prefetch, &reader, &error), HL_OK);
            assert_int_equal(hl_snapshot_meta(reader)->created_ms, -5);
            assert_int_equal(store_load_snapshot(&wrong, reader, &error), HL_OK);
            assert_false(wrong);
            assert_int_equal(hl_snapshot_next(reader, &info, &error), HL_NOT_FOUND);
            assert_int_equal(hl_snapshot_verdict(reader, &error), HL_OK);
            assert_int_equal(hl_snapshot_verdict(reader, &error), HL_OK);
            hl_snapshot_progress(reader, &done, &total);
            assert_true(done <= total && total == buffer.length);
            hl_snapshot_reader_free(reader);
        }
        hl_buffer_clear(&buffer);
    }
}

/* Content goes in and out in pieces of any size; the bytes do not depend on them. */
static void test_pieces(void **state)
{
    (void)state;
    static const size_t pieces[] = {
        1, 7, 4096, HL_SNAPSHOT_BLOCK_BYTES - 1, HL_SNAPSHOT_BLOCK_BYTES, HL_SNAPSHOT_BLOCK_BYTES * 3};
    size_t bytes = HL_SNAPSHOT_BLOCK_BYTES * 2 + 5;
    unsigned char *content = malloc(bytes), *back = malloc(bytes);
    assert_true(content != NULL && back != NULL);
    for (size_t i = 0; i < bytes; i++)
        content[i] = (unsigned char)(i * i / 77);
    struct hl_buffer first = {0};
    for (size_t p = 0; p < sizeof(pieces) / sizeof(pieces[0]); p++) {
        struct hl_snapshot_meta meta = {.seq = 1};
        struct hl_snapshot_writer *writer;
        struct hl_snapshot_reader *reader;
        struct hl_snapshot_section_info info;
        struct hl_buffer buffer = {0};
        struct hl_error error;
        size_t got;
        assert_int_equal(
            hl_snapshot_create(&meta, (struct hl_snapshot_sink){write_to_buffer, &buffer}, &writer, &error), HL_OK);
        assert_int_equal(hl_snapshot_section(writer, 9, false, "a name that is too long for it", &error), HL_OK);
        for (size_t at = 0; at < bytes; at += pieces[p])
            (void)hl_snapshot_write(writer, content + at, bytes - at < pieces[p] ? bytes - at : pieces[p], &error);
        assert_int_equal(hl_snapshot_finish(writer, &error), HL_OK);
        hl_snapshot_writer_free(writer);
        assert_int_equal(open_buffer(&buffer, true, &reader, &error), HL_OK);
        assert_int_equal(hl_snapshot_next(reader, &info, &error), HL_OK);
        assert_string_equal(info.name, "a name that is too long");
        assert_int_equal(info.bytes, bytes);
        for (size_t at = 0; at < bytes; at += got) {
            assert_int_equal(
                hl_snapshot_read(reader, back + at, bytes - at < pieces[p] ? bytes - at : pieces[p], &got, &error),
                HL_OK);
            assert_true(got > 0);
        }
        assert_memory_equal(back, content, bytes);
        assert_int_equal(hl_snapshot_read(reader, back, 1, &got, &error), HL_OK);
        assert_int_equal(got, 0);
        assert_int_equal(hl_snapshot_verdict(reader, &error), HL_OK);
        hl_snapshot_reader_free(reader);
        if (p == 0) {
            first = buffer;
            continue;
        }
        assert_int_equal(buffer.length, first.length);
        assert_memory_equal(buffer.data, first.data, first.length);
        hl_buffer_clear(&buffer);
    }
    hl_buffer_clear(&first);
    free(content);
    free(back);
}

static void test_unknown_sections(void **state)
{
    (void)state;
    struct hl_buffer buffer;
    struct hl_snapshot_reader *reader;
    struct hl_snapshot_section_info info;
    struct hl_error error;
    size_t got;
    char byte;
    write_snapshot(&buffer, 2000);
    assert_int_equal(open_buffer(&buffer, true, &reader, &error), HL_OK);
    assert_int_equal(hl_snapshot_read(reader, &byte, 1, &got, &error), HL_INVALID);
    assert_int_equal(hl_snapshot_skip(reader, &error), HL_INVALID);
    assert_int_equal(hl_snapshot_next(reader, &info, &error), HL_OK);
    assert_int_equal(hl_snapshot_skip(reader, &error), HL_CORRUPT);
    assert_non_null(strstr(error.message, "section 1 (plain)"));
    assert_int_equal(hl_snapshot_next(reader, &info, &error), HL_OK);
    assert_int_equal(hl_snapshot_skip(reader, &error), HL_OK);
    assert_int_equal(hl_snapshot_read(reader, &byte, 1, &got, &error), HL_OK);
    assert_int_equal(got, 0);
    assert_int_equal(hl_snapshot_verdict(reader, &error), HL_OK);
    hl_snapshot_reader_free(reader);
    assert_int_equal(open_buffer(&buffer, true, &reader, &error), HL_OK);
    hl_snapshot_reader_free(reader); /* with a thread in the middle of it */
    hl_buffer_clear(&buffer);
}

static void test_misuse_is_told(void **state)
{
    (void)state;
    struct hl_snapshot_meta meta = {.seq = 1};
    struct hl_snapshot_writer *writer;
    struct hl_buffer buffer = {0};
    struct hl_error error;
    struct hl_snapshot_sink sink = {write_to_buffer, &buffer};
    assert_int_equal(hl_snapshot_create(&meta, sink, &writer, &error), HL_OK);
    assert_int_equal(hl_snapshot_write(writer, "x", 1, &error), HL_INVALID);
    assert_int_equal(hl_snapshot_finish(writer, &error), HL_INVALID);
    hl_snapshot_writer_free(writer);
    assert_int_equal(hl_snapshot_create(&meta, sink, &writer, &error), HL_OK);
    assert_int_equal(hl_snapshot_section(writer, 1, false, "a", &error), HL_OK);
    assert_int_equal(hl_snapshot_section(writer, 1, false, "a", &error), HL_INVALID);
    assert_int_equal(hl_snapshot_write(writer, "x", 1, &error), HL_INVALID);
    hl_snapshot_writer_free(writer);
    assert_int_equal(hl_snapshot_create(&meta, sink, &writer, &error), HL_OK);
    for (uint32_t kind = 0; kind < HL_SNAPSHOT_SECTIONS_MAX; kind++)
        assert_int_equal(hl_snapshot_section(writer, kind, false, "", &error), HL_OK);
    assert_int_equal(hl_snapshot_section(writer, UINT32_MAX, false, "", &error), HL_INVALID);
    hl_snapshot_writer_free(writer);
    hl_buffer_clear(&buffer);
}

struct fixture {
    struct sim_disk *disk;
    struct hl_directory directory;
    struct hl_error error;
};

static void make(struct fixture *f)
{
    f->disk = sim_disk_new();
    assert_int_equal(hl_directory_open_files(sim_disk_files(f->disk), HL_DIRECTORY_CREATE, &f->directory, &f->error),
                     HL_OK);
}

static void unmake(struct fixture *f)
{
    hl_directory_close(&f->directory);
    sim_disk_free(f->disk);
}

static void test_newest_and_the_ones_before(void **state)
{
    (void)state;
    struct fixture f;
    struct hl_snapshot_report report;
    struct hl_directory_listing listing;
    bool wrong = false;
    size_t bytes;
    make(&f);
    assert_int_equal(hl_snapshot_load_newest(&f.directory, store_load_snapshot, &wrong, &report, &f.error),
                     HL_NOT_FOUND);
    for (uint64_t seq = 10; seq <= 50; seq += 10)
        assert_int_equal(store_write_snapshot(&f.directory, seq, 3, &f.error), HL_OK);
    assert_int_equal(store_write_snapshot(&f.directory, 50, 3, &f.error), HL_OK);
    assert_int_equal(hl_directory_list(&f.directory, &listing, &f.error), HL_OK);
    assert_int_equal(listing.snapshot_count, 3);
    assert_int_equal(listing.snapshots[0], 30);
    hl_directory_listing_clear(&listing);
    assert_int_equal(hl_snapshot_load_newest(&f.directory, store_load_snapshot, &wrong, &report, &f.error), HL_OK);
    assert_false(wrong);
    assert_int_equal(report.seq, 50);
    assert_int_equal(report.broken, 0);
    unsigned char *data = sim_disk_bytes(f.disk, "snapshot-00000000000000000050.hls", &bytes);
    data[bytes / 2] ^= 4;
    sim_disk_resize(f.disk, "snapshot-00000000000000000040.hls", 3000);
    assert_int_equal(hl_snapshot_load_newest(&f.directory, store_load_snapshot, &wrong, &report, &f.error), HL_OK);
    assert_false(wrong);
    assert_int_equal(report.seq, 30);
    assert_int_equal(report.broken, 2);
    assert_int_equal(report.broken_seq, 50);
    assert_non_null(strstr(report.broken_why.message, "snapshot-00000000000000000050.hls"));
    sim_disk_resize(f.disk, "snapshot-00000000000000000030.hls", 0);
    assert_int_equal(hl_snapshot_load_newest(&f.directory, store_load_snapshot, &wrong, &report, &f.error), HL_CORRUPT);
    assert_int_equal(report.broken, 3);
    assert_non_null(strstr(f.error.message, "00050.hls"));
    unmake(&f);
}

static void test_only_the_hash_is_wrong(void **state)
{
    (void)state;
    struct hl_buffer buffer;
    struct hl_snapshot_reader *reader;
    struct hl_error error;
    bool wrong = false;
    write_snapshot(&buffer, 5);
    buffer.data[buffer.length - 20] ^= 1; /* in the SHA-256 */
    assert_int_equal(open_buffer(&buffer, true, &reader, &error), HL_OK);
    (void)store_load_snapshot(&wrong, reader, &error); /* may meet the end, and with it the verdict */
    assert_false(wrong);
    assert_int_equal(hl_snapshot_verdict(reader, &error), HL_CORRUPT);
    assert_non_null(strstr(error.message, "SHA-256"));
    assert_int_equal(hl_snapshot_verdict(reader, &error), HL_CORRUPT);
    hl_snapshot_reader_free(reader);
    hl_buffer_clear(&buffer);
}

static void test_names_and_stores(void **state)
{
    (void)state;
    struct fixture f, other;
    struct hl_snapshot_reader *reader;
    size_t bytes;
    make(&f);
    make(&other);
    assert_int_equal(store_write_snapshot(&f.directory, 5, 3, &f.error), HL_OK);
    const unsigned char *data = sim_disk_bytes(f.disk, "snapshot-00000000000000000005.hls", &bytes);
    sim_disk_put(other.disk, "snapshot-00000000000000000005.hls", data, bytes);
    sim_disk_put(f.disk, "snapshot-00000000000000000006.hls", data, bytes);
    assert_int_equal(hl_snapshot_open_file(&other.directory, 5, &reader, &f.error), HL_CORRUPT);
    assert_non_null(strstr(f.error.message, "another store"));
    assert_int_equal(hl_snapshot_open_file(&f.directory, 6, &reader, &f.error), HL_CORRUPT);
    assert_non_null(strstr(f.error.message, "name of another"));
    assert_int_equal(hl_snapshot_open_file(&f.directory, 7, &reader, &f.error), HL_NOT_FOUND);
    unmake(&other);
    unmake(&f);
}

/* Each operation fails in each way: the snapshot is there whole or not at all, the one before stays, nothing is left lying about. */
static void test_faults(void **state)
{
    (void)state;
    static const enum sim_fault faults[] = {SIM_ENOSPC, SIM_EIO, SIM_SHORT, SIM_EINTR};
    for (size_t kind = 0; kind < 4; kind++) {
        unsigned happened = 0;
        for (uint64_t nth = 1; nth <= 40; nth++) {
            struct fixture f;
            struct hl_snapshot_report report;
            bool wrong = false;
            make(&f);
            assert_int_equal(store_write_snapshot(&f.directory, 10, 1, &f.error), HL_OK);
            sim_disk_fail(f.disk, faults[kind], nth, 1);
            enum hl_status status = store_write_snapshot(&f.directory, 20, 1, &f.error);
            happened += f.disk->faults > 0;
            assert_true(status == HL_OK || f.error.message[0] == 'c'); /* cannot ... */
            assert_true(status == HL_OK || faults[kind] < SIM_SHORT);
            sim_disk_fail(f.disk, SIM_NO_FAULT, 0, 0);
            assert_int_equal(hl_snapshot_load_newest(&f.directory, store_load_snapshot, &wrong, &report, &f.error),
                             HL_OK);
            assert_false(wrong);
            assert_int_equal(report.broken, 0);
            assert_true(report.seq == 20 || status != HL_OK);
            size_t bytes;
            assert_null(sim_disk_bytes(f.disk, "snapshot-00000000000000000020.hls.tmp", &bytes));
            assert_int_equal(store_write_snapshot(&f.directory, 30, 1, &f.error), HL_OK);
            assert_null(sim_disk_bytes(f.disk, "snapshot-00000000000000000010.hls", &bytes));
            unmake(&f);
        }
        assert_true(happened > 3);
    }
}

static void test_out_of_memory(void **state)
{
    (void)state;
    bool fired = true;
    for (uint64_t nth = 1; fired; nth++) {
        struct fixture f;
        struct hl_snapshot_report report;
        bool wrong = false;
        make(&f);
        failing_malloc_arm(nth);
        enum hl_status status = store_write_snapshot(&f.directory, 20, 2, &f.error);
        assert_true(status == HL_OK || status == HL_NO_MEMORY);
        status = hl_snapshot_load_newest(&f.directory, store_load_snapshot, &wrong, &report, &f.error);
        assert_true(status == HL_OK || status == HL_NO_MEMORY || status == HL_NOT_FOUND);
        assert_true(status != HL_OK || !wrong);
        fired = failing_malloc_fired();
        failing_malloc_arm(0);
        assert_int_equal(store_write_snapshot(&f.directory, 21, 2, &f.error), HL_OK);
        assert_int_equal(hl_snapshot_load_newest(&f.directory, store_load_snapshot, &wrong, &report, &f.error), HL_OK);
        unmake(&f);
        assert_true(nth > 10 || fired);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_unknown_sections),
        cmocka_unit_test(test_misuse_is_told),
        cmocka_unit_test(test_newest_and_the_ones_before),
        cmocka_unit_test(test_only_the_hash_is_wrong),
        cmocka_unit_test(test_names_and_stores),
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
