/*
 * frame.h - the bytes of a journal segment: its head and its frames (FORMAT.md has the tables). Pure: memory to memory.
 *
 *     head, 64 bytes | frame | frame | ...        each frame: head, 32 bytes | data | zeros to 8 bytes | checksum, 8 bytes
 *
 * A frame's checksum is keyed with the segment's salt, so that a block left over from another segment cannot pass for one of this.
 */
#ifndef HL_STORE_FRAME_H
#define HL_STORE_FRAME_H

#include "store/directory.h"
#include "store/log.h"

#define HL_SEGMENT_VERSION 1
#define HL_SEGMENT_HEAD_BYTES 64
#define HL_JOURNAL_FRAME_HEAD_BYTES 32
#define HL_JOURNAL_FRAME_TAIL_BYTES 8
#define HL_JOURNAL_SEQ_MAX (UINT64_MAX / 2)

struct hl_segment_head {
    uint32_t version;
    uint64_t first_seq;
    uint64_t salt;
    unsigned char store_id[HL_STORE_ID_BYTES];
};

struct hl_journal_frame {
    struct hl_input_record record; /* its data points into the bytes read */
    uint64_t synced;               /* what was known to be durable when the frame was written: proof for a reader */
};

void hl_segment_head_write(unsigned char to[HL_SEGMENT_HEAD_BYTES], const struct hl_segment_head *head);
/* HL_CORRUPT with words that follow a file name: "has a damaged head", ... */
enum hl_status hl_segment_head_read(const unsigned char from[HL_SEGMENT_HEAD_BYTES], struct hl_segment_head *out,
                                    const char **out_words);

/* Bytes of a frame with @data_bytes of data; a multiple of 8. */
size_t hl_journal_frame_bytes(size_t data_bytes);

/* Everything but synced and the checksum, which hl_journal_frame_seal adds. @to has hl_journal_frame_bytes(record->bytes) bytes. */
void hl_journal_frame_write(unsigned char *to, const struct hl_input_record *record);
/* @frame is written; returns its bytes. */
size_t hl_journal_frame_seal(unsigned char *frame, uint64_t synced, uint64_t salt);

/* Bytes of the frame that begins with @head; 0 when nothing begins so. Costs nothing, proves nothing. */
size_t hl_journal_frame_measure(const unsigned char head[HL_JOURNAL_FRAME_HEAD_BYTES]);
/* Its number and synced number, to look at before the checksum is worth while. */
uint64_t hl_journal_frame_seq(const unsigned char *head);
uint64_t hl_journal_frame_synced(const unsigned char *head);
/* False when the checksum is wrong. @frame has the measured bytes. */
bool hl_journal_frame_read(const unsigned char *frame, uint64_t salt, struct hl_journal_frame *out);

#endif
