/*
 * frame.c - segment heads and frames to and from bytes (see frame.h).
 */
#include "store/frame.h"

#include "core/bytes.h"

#include <string.h>
#include <xxhash.h>

static const unsigned char segment_magic[8] = "HLJRNL\r\n";

enum { AT_LENGTH = 0, AT_KIND = 4, AT_FLAGS = 5, AT_RESERVED = 6, AT_SEQ = 8, AT_RECEIVED = 16, AT_SYNCED = 24 };

void hl_segment_head_write(unsigned char to[HL_SEGMENT_HEAD_BYTES], const struct hl_segment_head *head)
{
    memset(to, 0, HL_SEGMENT_HEAD_BYTES);
    memcpy(to, segment_magic, 8);
    hl_put_u32_at(to + 8, head->version);
    hl_put_u32_at(to + 12, HL_SEGMENT_HEAD_BYTES);
    hl_put_u64_at(to + 16, head->first_seq);
    hl_put_u64_at(to + 24, head->salt);
    memcpy(to + 32, head->store_id, HL_STORE_ID_BYTES);
    hl_put_u64_at(to + 56, XXH3_64bits(to, 56));
}

enum hl_status hl_segment_head_read(const unsigned char from[HL_SEGMENT_HEAD_BYTES], struct hl_segment_head *out,
                                    const char **out_words)
{
    *out_words = "is no journal";
    if (memcmp(from, segment_magic, 8) != 0)
        return HL_CORRUPT;
    *out_words = "has a damaged head";
    if (hl_get_u64_at(from + 56) != XXH3_64bits(from, 56))
        return HL_CORRUPT;
    *out_words = "was written by a newer headlined";
    if (hl_get_u32_at(from + 8) != HL_SEGMENT_VERSION || hl_get_u32_at(from + 12) != HL_SEGMENT_HEAD_BYTES)
        return HL_CORRUPT;
    out->version = HL_SEGMENT_VERSION;
    out->first_seq = hl_get_u64_at(from + 16);
    out->salt = hl_get_u64_at(from + 24);
    memcpy(out->store_id, from + 32, HL_STORE_ID_BYTES);
    *out_words = "begins with an impossible number";
    return out->first_seq > 0 && out->first_seq <= HL_JOURNAL_SEQ_MAX ? HL_OK : HL_CORRUPT;
}

static size_t padded(size_t bytes)
{
    return (bytes + 7) & ~(size_t)7;
}

size_t hl_journal_frame_bytes(size_t data_bytes)
{
    return HL_JOURNAL_FRAME_HEAD_BYTES + padded(data_bytes) + HL_JOURNAL_FRAME_TAIL_BYTES;
}

void hl_journal_frame_write(unsigned char *to, const struct hl_input_record *record)
{
    memset(to, 0, HL_JOURNAL_FRAME_HEAD_BYTES);
    hl_put_u32_at(to + AT_LENGTH, (uint32_t)record->bytes);
    to[AT_KIND] = record->kind;
    hl_put_u64_at(to + AT_SEQ, record->seq);
    hl_put_u64_at(to + AT_RECEIVED, (uint64_t)record->received_ms);
    unsigned char *data = to + HL_JOURNAL_FRAME_HEAD_BYTES;
    if (record->bytes > 0)
        memcpy(data, record->data, record->bytes);
    memset(data + record->bytes, 0, padded(record->bytes) - record->bytes);
}

size_t hl_journal_frame_seal(unsigned char *frame, uint64_t synced, uint64_t salt)
{
    size_t bytes = hl_journal_frame_bytes(hl_get_u32_at(frame + AT_LENGTH));
    hl_put_u64_at(frame + AT_SYNCED, synced);
    size_t covered = bytes - HL_JOURNAL_FRAME_TAIL_BYTES;
    hl_put_u64_at(frame + covered, XXH3_64bits_withSeed(frame, covered, salt));
    return bytes;
}

size_t hl_journal_frame_measure(const unsigned char head[HL_JOURNAL_FRAME_HEAD_BYTES])
{
    uint32_t length = hl_get_u32_at(head + AT_LENGTH);
    uint64_t seq = hl_journal_frame_seq(head);
    if (length > HL_INPUT_LOG_RECORD_BYTES_MAX || head[AT_FLAGS] != 0 || head[AT_RESERVED] != 0 ||
        head[AT_RESERVED + 1] != 0 || seq == 0 || seq > HL_JOURNAL_SEQ_MAX || hl_journal_frame_synced(head) >= seq)
        return 0;
    return hl_journal_frame_bytes(length);
}

uint64_t hl_journal_frame_seq(const unsigned char *head)
{
    return hl_get_u64_at(head + AT_SEQ);
}

uint64_t hl_journal_frame_synced(const unsigned char *head)
{
    return hl_get_u64_at(head + AT_SYNCED);
}

bool hl_journal_frame_read(const unsigned char *frame, uint64_t salt, struct hl_journal_frame *out)
{
    uint32_t length = hl_get_u32_at(frame + AT_LENGTH);
    size_t covered = hl_journal_frame_bytes(length) - HL_JOURNAL_FRAME_TAIL_BYTES;
    if (hl_get_u64_at(frame + covered) != XXH3_64bits_withSeed(frame, covered, salt))
        return false;
    out->record.seq = hl_journal_frame_seq(frame);
    out->record.kind = frame[AT_KIND];
    out->record.received_ms = (int64_t)hl_get_u64_at(frame + AT_RECEIVED);
    out->record.data = frame + HL_JOURNAL_FRAME_HEAD_BYTES;
    out->record.bytes = length;
    out->synced = hl_journal_frame_synced(frame);
    return true;
}
