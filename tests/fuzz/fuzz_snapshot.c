/*
 * fuzz_snapshot.c - any bytes as a snapshot: read, or refused with a reason; with and without the checksums put right, so that
 * fuzzing gets to what they protect.
 */
#include "core/assert.h"
#include "core/bytes.h"
#include "store/snapshot.h"
#include "store/snapshot_format.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bytes {
    unsigned char *data;
    size_t size;
};

static enum hl_status read_bytes(void *context, void *to, size_t count, uint64_t offset, struct hl_error *error)
{
    (void)error;
    const struct bytes *bytes = context;
    HL_ASSERT(offset <= bytes->size && count <= bytes->size - offset);
    if (count > 0)
        memcpy(to, bytes->data + offset, count);
    return HL_OK;
}

/* All sections, odd ones in part only, then the verdict, which must agree with what was met on the way. */
static void read_all(struct hl_snapshot_reader *reader)
{
    static unsigned char piece[5000];
    struct hl_snapshot_section_info info;
    struct hl_error error;
    enum hl_status status;
    uint64_t in_section = 0;
    for (unsigned n = 0; (status = hl_snapshot_next(reader, &info, &error)) == HL_OK; n++) {
        size_t got = sizeof(piece);
        in_section = 0;
        while (status == HL_OK && got == sizeof(piece) && (n % 2 == 0 || in_section == 0)) {
            status = hl_snapshot_read(reader, piece, sizeof(piece), &got, &error);
            in_section += got;
        }
        HL_ASSERT(in_section <= info.bytes);
        if (status != HL_OK)
            break;
    }
    HL_ASSERT(status == HL_NOT_FOUND || status == HL_CORRUPT);
    HL_ASSERT(error.message[0] != '\0');
    enum hl_status verdict = hl_snapshot_verdict(reader, &error);
    HL_ASSERT(verdict == HL_CORRUPT || (verdict == HL_OK && status == HL_NOT_FOUND));
}

static void put_right(struct bytes *bytes)
{
    unsigned char *data = bytes->data;
    size_t size = bytes->size;
    if (size < HL_SNAPSHOT_HEAD_BYTES + HL_SNAPSHOT_FOOT_BYTES)
        return;
    memcpy(data, HL_SNAPSHOT_MAGIC "\1\0\0\0\x40\0\0\0", 16);
    uint64_t head_checksum = XXH3_64bits(data, HL_SNAPSHOT_HEAD_COVERED);
    hl_put_u64_at(data + HL_SNAPSHOT_HEAD_COVERED, head_checksum);
    unsigned char *foot = data + size - HL_SNAPSHOT_FOOT_BYTES;
    size_t room = size - HL_SNAPSHOT_HEAD_BYTES - HL_SNAPSHOT_FOOT_BYTES;
    size_t sections = hl_get_u32_at(foot + 8) % (room / HL_SNAPSHOT_ENTRY_BYTES + 1);
    size_t table = size - HL_SNAPSHOT_FOOT_BYTES - sections * HL_SNAPSHOT_ENTRY_BYTES;
    hl_put_u64_at(foot, table);
    hl_put_u32_at(foot + 8, (uint32_t)sections);
    hl_put_u64_at(foot + 16, XXH3_64bits(data + table, sections * HL_SNAPSHOT_ENTRY_BYTES));
    hl_put_u64_at(foot + 24, size);
    memcpy(foot + HL_SNAPSHOT_FOOT_BYTES - 8, HL_SNAPSHOT_END_MAGIC, 8);
    for (size_t at = HL_SNAPSHOT_HEAD_BYTES; at + HL_SNAPSHOT_BLOCK_HEAD_BYTES <= table;) {
        size_t stored = hl_get_u32_at(data + at + 12);
        unsigned char *content = data + at + HL_SNAPSHOT_BLOCK_HEAD_BYTES;
        if (stored > table - at - HL_SNAPSHOT_BLOCK_HEAD_BYTES)
            break;
        uint64_t place = XXH3_64bits_withSeed(data + at, HL_SNAPSHOT_BLOCK_COVERED, head_checksum);
        hl_put_u64_at(data + at + HL_SNAPSHOT_BLOCK_COVERED, XXH3_64bits_withSeed(content, stored, place));
        at += HL_SNAPSHOT_BLOCK_HEAD_BYTES + stored;
    }
}

static void try(struct bytes *bytes)
{
    struct hl_snapshot_reader *reader;
    struct hl_snapshot_source source = {read_bytes, NULL, bytes, bytes->size, "fuzz"};
    enum hl_status status = hl_snapshot_open(source, false, &reader, NULL);
    HL_ASSERT(status == HL_OK || status == HL_CORRUPT);
    if (status != HL_OK)
        return;
    read_all(reader);
    hl_snapshot_reader_free(reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes bytes = {malloc(size + 1), size};
    HL_ASSERT(bytes.data != NULL);
    memcpy(bytes.data, data, size);
    try(&bytes);
    put_right(&bytes);
    try(&bytes);
    free(bytes.data);
    return 0;
}
