/*
 * journal_segment.c - reading and creating segment files (see journal_segment.h).
 */
#include "store/journal_segment.h"

#include <sys/random.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW_BYTES ((size_t)1 << 20)
/* A search for a proof stops after this many checksummed bytes for each byte of the file; only a forged file gets there. */
#define SEARCH_EFFORT 16

static enum hl_status corrupt(const struct hl_segment_reader *reader, const char *words, struct hl_error *error)
{
    return hl_error_set(error, HL_CORRUPT, NULL, "%s/%s %s", reader->file.files->path, reader->file.name, words);
}

/* Points *@out to @bytes at @offset, which lie inside the file; NULL when the file has shrunk meanwhile. */
static enum hl_status view(struct hl_segment_reader *reader, uint64_t offset, size_t bytes, const unsigned char **out,
                           struct hl_error *error)
{
    uint64_t end = reader->window_offset + reader->window_bytes;
    if (offset >= reader->window_offset && offset + bytes <= end) {
        *out = reader->window + (offset - reader->window_offset);
        return HL_OK;
    }
    size_t capacity = bytes > WINDOW_BYTES ? bytes : WINDOW_BYTES;
    if (capacity > reader->window_capacity) {
        unsigned char *window = realloc(reader->window, capacity);
        if (window == NULL)
            return hl_error_set(error, HL_NO_MEMORY, NULL, "no memory to read %s", reader->file.name);
        reader->window = window;
        reader->window_capacity = capacity;
    }
    reader->window_offset = offset;
    reader->window_bytes = 0;
    enum hl_status status =
        hl_file_read(&reader->file, reader->window, reader->window_capacity, offset, &reader->window_bytes, error);
    *out = status == HL_OK && reader->window_bytes >= bytes ? reader->window : NULL;
    return status;
}

static enum hl_status read_head(struct hl_segment_reader *reader, const struct hl_directory *directory,
                                uint64_t first_seq, struct hl_error *error)
{
    const unsigned char *bytes = NULL;
    enum hl_status status = hl_file_size(&reader->file, &reader->size, error);
    if (status == HL_OK)
        status = view(reader, 0, HL_SEGMENT_HEAD_BYTES, &bytes, error);
    if (status != HL_OK)
        return status;
    if (bytes == NULL)
        return corrupt(reader, "ends inside its head", error);
    const char *words;
    if (hl_segment_head_read(bytes, &reader->head, &words) != HL_OK)
        return corrupt(reader, words, error);
    if (memcmp(reader->head.store_id, directory->id, HL_STORE_ID_BYTES) != 0)
        return corrupt(reader, "belongs to another store", error);
    return reader->head.first_seq == first_seq ? HL_OK : corrupt(reader, "has the name of another segment", error);
}

enum hl_status hl_segment_reader_open(struct hl_directory *directory, uint64_t first_seq, struct hl_segment_reader *out,
                                      struct hl_error *error)
{
    char name[HL_FILE_NAME_BYTES];
    *out = (struct hl_segment_reader){0};
    hl_directory_segment_name(name, first_seq, false);
    enum hl_status status = hl_file_open(&directory->files, name, HL_FILE_READ, &out->file, error);
    if (status != HL_OK)
        return status;
    status = read_head(out, directory, first_seq, error);
    if (status != HL_OK)
        hl_segment_reader_close(out);
    return status;
}

void hl_segment_reader_close(struct hl_segment_reader *reader)
{
    (void)hl_file_close(&reader->file, NULL); /* was only read */
    free(reader->window);
    reader->window = NULL;
}

enum hl_status hl_segment_reader_frame(struct hl_segment_reader *reader, uint64_t offset,
                                       enum hl_segment_item *out_item, struct hl_journal_frame *out, size_t *out_bytes,
                                       struct hl_error *error)
{
    *out_item = offset == reader->size ? HL_SEGMENT_END : HL_SEGMENT_BAD;
    if (offset >= reader->size || reader->size - offset < HL_JOURNAL_FRAME_HEAD_BYTES)
        return HL_OK;
    const unsigned char *bytes = NULL;
    enum hl_status status = view(reader, offset, HL_JOURNAL_FRAME_HEAD_BYTES, &bytes, error);
    if (status != HL_OK || bytes == NULL)
        return status;
    size_t frame_bytes = hl_journal_frame_measure(bytes);
    if (frame_bytes == 0 || frame_bytes > reader->size - offset)
        return HL_OK;
    status = view(reader, offset, frame_bytes, &bytes, error);
    if (status != HL_OK || bytes == NULL || !hl_journal_frame_read(bytes, reader->head.salt, out))
        return status;
    *out_item = HL_SEGMENT_FRAME;
    *out_bytes = frame_bytes;
    return HL_OK;
}

/* True when a frame that begins so, if it is one, proves that @seq was durable. */
static bool would_prove(const unsigned char *head, uint64_t seq, uint64_t bytes_left, size_t *out_bytes)
{
    *out_bytes = hl_journal_frame_measure(head);
    return *out_bytes > 0 && *out_bytes <= bytes_left && hl_journal_frame_seq(head) > seq &&
           hl_journal_frame_synced(head) >= seq;
}

enum hl_status hl_segment_reader_find_proof(struct hl_segment_reader *reader, uint64_t offset, uint64_t seq,
                                            bool *out_proof, struct hl_error *error)
{
    uint64_t effort = 0;
    *out_proof = false;
    for (uint64_t at = offset + 8; at + hl_journal_frame_bytes(0) <= reader->size; at += 8) {
        const unsigned char *head = NULL;
        struct hl_journal_frame frame;
        enum hl_segment_item item;
        size_t bytes;
        enum hl_status status = view(reader, at, HL_JOURNAL_FRAME_HEAD_BYTES, &head, error);
        if (status != HL_OK || head == NULL)
            return status;
        if (!would_prove(head, seq, reader->size - at, &bytes))
            continue;
        status = hl_segment_reader_frame(reader, at, &item, &frame, &bytes, error);
        if (status != HL_OK)
            return status;
        effort += bytes;
        if (item == HL_SEGMENT_FRAME || effort / SEARCH_EFFORT > reader->size) {
            *out_proof = true;
            return HL_OK;
        }
    }
    return HL_OK;
}

enum hl_status hl_segment_writer_create(struct hl_directory *directory, uint64_t first_seq, uint64_t salt,
                                        struct hl_segment_writer *out, struct hl_error *error)
{
    char name[HL_FILE_NAME_BYTES];
    unsigned char bytes[HL_SEGMENT_HEAD_BYTES];
    struct hl_segment_head head = {.version = HL_SEGMENT_VERSION, .first_seq = first_seq, .salt = salt};
    memcpy(head.store_id, directory->id, HL_STORE_ID_BYTES);
    if (salt == 0 && getrandom(&head.salt, sizeof(head.salt), 0) != (ssize_t)sizeof(head.salt))
        return hl_error_set(error, HL_UNAVAILABLE, NULL, "the system has no random bytes for a journal segment");
    hl_segment_head_write(bytes, &head);
    hl_directory_segment_name(name, first_seq, true);
    *out = (struct hl_segment_writer){directory, {.handle = -1}, first_seq, head.salt, 0};
    enum hl_status status = hl_file_create_anew(&directory->files, name, &out->file, error);
    if (status == HL_OK)
        status = hl_segment_writer_append(out, bytes, sizeof(bytes), error);
    if (status != HL_OK)
        hl_segment_writer_close(out);
    return status;
}

enum hl_status hl_segment_writer_append(struct hl_segment_writer *writer, const void *frames, size_t bytes,
                                        struct hl_error *error)
{
    enum hl_status status = hl_file_write(&writer->file, frames, bytes, writer->offset, error);
    if (status == HL_OK)
        writer->offset += bytes;
    return status;
}

enum hl_status hl_segment_writer_publish(struct hl_segment_writer *writer, struct hl_error *error)
{
    char name[HL_FILE_NAME_BYTES];
    hl_directory_segment_name(name, writer->first_seq, false);
    return hl_file_publish(&writer->file, name, error);
}

void hl_segment_writer_close(struct hl_segment_writer *writer)
{
    (void)hl_file_close(&writer->file, NULL);
}
