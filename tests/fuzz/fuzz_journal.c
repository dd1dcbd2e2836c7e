/*
 * fuzz_journal.c - any bytes as two journal segments: read or refused, never beyond the file; what is refused can be repaired.
 *
 * The first two bytes are the length of the first segment. So that fuzzing gets behind the checksums, every head and frame that
 * could be one has its checksum put right before, in one of two passes.
 */
#include "core/assert.h"
#include "core/bytes.h"
#include "store/frame.h"
#include "store/journal.h"
#include "support/sim_disk.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define STORE "HLSTORE\n\1\0\0\0\0\0\0\0same-store-id-16"

/* Checksums as they should be, as far as lengths lead. */
static void put_right(unsigned char *bytes, size_t size, uint64_t first_seq)
{
    if (size < HL_SEGMENT_HEAD_BYTES)
        return;
    memcpy(bytes, "HLJRNL\r\n\1\0\0\0\x40\0\0\0", 16);
    hl_put_u64_at(bytes + 16, first_seq);
    memcpy(bytes + 32, "same-store-id-16", 16);
    hl_put_u64_at(bytes + 56, XXH3_64bits(bytes, 56));
    for (size_t at = HL_SEGMENT_HEAD_BYTES; size - at >= HL_JOURNAL_FRAME_HEAD_BYTES;) {
        size_t frame = hl_journal_frame_measure(bytes + at);
        if (frame == 0 || frame > size - at)
            break;
        at += hl_journal_frame_seal(bytes + at, hl_journal_frame_synced(bytes + at), hl_get_u64_at(bytes + 24));
    }
}

static enum hl_status count(void *context, const struct hl_input_record *record, struct hl_error *error)
{
    (void)error;
    uint64_t *sum = context;
    for (size_t i = 0; i < record->bytes; i++) /* every byte is there */
        *sum += ((const unsigned char *)record->data)[i];
    return HL_OK;
}

static void put_segment(struct sim_disk *disk, const uint8_t *data, size_t size, uint64_t first_seq, bool right)
{
    char name[HL_FILE_NAME_BYTES];
    unsigned char *bytes = malloc(size + 1);
    HL_ASSERT(bytes != NULL);
    memcpy(bytes, data, size);
    if (right)
        put_right(bytes, size, first_seq);
    hl_directory_segment_name(name, first_seq, false);
    sim_disk_put(disk, name, bytes, size);
    free(bytes);
}

static void try(const uint8_t *data, size_t size, size_t cut, bool right)
{
    struct sim_disk *disk = sim_disk_new();
    struct hl_directory directory;
    struct hl_journal_report report;
    struct hl_journal_repair repair;
    unsigned char store[40];
    uint64_t sum = 0;
    memcpy(store, STORE, 32);
    hl_put_u64_at(store + 32, XXH3_64bits(store, 32));
    sim_disk_put(disk, "store", store, sizeof(store));
    put_segment(disk, data, cut, 1, right);
    put_segment(disk, data + cut, size - cut, 4, right);
    enum hl_status status = hl_directory_open_files(sim_disk_files(disk), HL_DIRECTORY_WRITE, &directory, NULL);
    HL_ASSERT(status == HL_OK);
    status = hl_journal_scan(&directory, 0, count, &sum, &report, NULL);
    HL_ASSERT(status == HL_OK || status == HL_CORRUPT);
    uint64_t last = status == HL_OK ? report.last_seq : report.corrupt_seq - 1;
    status = hl_journal_repair(&directory, 0, &repair, NULL);
    HL_ASSERT(status == HL_OK && repair.last_seq == last);
    status = hl_journal_scan(&directory, 0, NULL, NULL, &report, NULL);
    HL_ASSERT(status == HL_OK && report.last_seq == last);
    hl_directory_close(&directory);
    sim_disk_free(disk);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    size_t cut = data[0] + 256U * data[1];
    data += 2;
    size -= 2;
    if (cut > size)
        cut = size;
    try(data, size, cut, false);
    try(data, size, cut, true);
    return 0;
}
