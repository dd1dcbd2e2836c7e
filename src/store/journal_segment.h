/*
 * journal_segment.h - one segment file: reading it through a window, and writing a new one that appears under its name when
 * it is complete. Internal to the journal.
 */
#ifndef HL_STORE_JOURNAL_SEGMENT_H
#define HL_STORE_JOURNAL_SEGMENT_H

#include "store/frame.h"

struct hl_segment_reader {
    struct hl_file file;
    uint64_t size; /* when it was opened */
    struct hl_segment_head head;
    unsigned char *window; /* owned */
    size_t window_bytes, window_capacity;
    uint64_t window_offset;
};

enum hl_segment_item { HL_SEGMENT_FRAME, HL_SEGMENT_END, HL_SEGMENT_BAD };

/* HL_CORRUPT: the head is damaged, of another store, version or name. On failure there is nothing to close. */
enum hl_status hl_segment_reader_open(struct hl_directory *directory, uint64_t first_seq, struct hl_segment_reader *out,
                                      struct hl_error *error);
void hl_segment_reader_close(struct hl_segment_reader *reader);

/*
 * What stands at @offset: a whole frame with the right checksum (*@out, *@out_bytes; valid until the next call), exactly the end, or
 * anything else. HL_IO and HL_NO_MEMORY when it could not be read.
 */
enum hl_status hl_segment_reader_frame(struct hl_segment_reader *reader, uint64_t offset,
                                       enum hl_segment_item *out_item, struct hl_journal_frame *out, size_t *out_bytes,
                                       struct hl_error *error);

/*
 * For a bad frame that should be record @seq at @offset: is there a whole frame behind it which says that @seq was durable when it was
 * written? Then @seq was damaged later; without one, its write was torn.
 */
enum hl_status hl_segment_reader_find_proof(struct hl_segment_reader *reader, uint64_t offset, uint64_t seq,
                                            bool *out_proof, struct hl_error *error);

struct hl_segment_writer {
    struct hl_directory *directory; /* borrowed */
    struct hl_file file;            /* handle -1: none */
    uint64_t first_seq, salt;
    uint64_t offset; /* of the next frame */
};

/* A new file beside, with its head. @salt 0: a random one. On failure nothing is open. */
enum hl_status hl_segment_writer_create(struct hl_directory *directory, uint64_t first_seq, uint64_t salt,
                                        struct hl_segment_writer *out, struct hl_error *error);
/* @bytes of sealed frames. On failure the file is good for nothing any more. */
enum hl_status hl_segment_writer_append(struct hl_segment_writer *writer, const void *frames, size_t bytes,
                                        struct hl_error *error);
/* Makes it durable under its name. */
enum hl_status hl_segment_writer_publish(struct hl_segment_writer *writer, struct hl_error *error);
/* What was synced is not lost by an error here, so none is told. */
void hl_segment_writer_close(struct hl_segment_writer *writer);

#endif
