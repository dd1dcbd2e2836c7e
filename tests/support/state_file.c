/*
 * state_file.c - the sink and the source of a state in memory.
 */
#include "support/state_file.h"

#include "core/bytes.h"

#include <stdio.h>
#include <stdlib.h>

static enum hl_status append(struct state_file *file, const void *data, size_t bytes, struct hl_error *error)
{
    if (file->budget > 0 && file->length + bytes > file->budget)
        return hl_error_set(error, HL_IO, NULL, "the file is full");
    if (file->length + bytes > file->capacity) {
        size_t capacity = (file->length + bytes) * 2;
        unsigned char *grown = realloc(file->data, capacity);
        if (!grown)
            return hl_error_set(error, HL_NO_MEMORY, NULL, "no memory for the file");
        file->data = grown;
        file->capacity = capacity;
    }
    memcpy(file->data + file->length, data, bytes);
    file->length += bytes;
    return HL_OK;
}

static void close_section(struct state_file *file)
{
    if (file->length == 0)
        return;
    unsigned char *to = file->data + file->head + 4;
    hl_put_u64(&to, file->length - file->head - STATE_FILE_HEAD_BYTES);
}

static enum hl_status put_section(void *context, uint32_t kind, const char *name, struct hl_error *error)
{
    struct state_file *file = context;
    unsigned char head[STATE_FILE_HEAD_BYTES] = {0}, *to = head;
    (void)name;
    close_section(file);
    file->head = file->length;
    hl_put_u32(&to, kind);
    return append(file, head, sizeof head, error);
}

static enum hl_status put(void *context, const void *data, size_t bytes, struct hl_error *error)
{
    return append(context, data, bytes, error);
}

enum hl_status state_file_save(struct state_file *file, const hl_engine *engine, struct hl_error *error)
{
    struct hl_state_sink sink = {put_section, put, file};
    file->length = file->head = 0;
    enum hl_status status = hl_engine_save(engine, &sink, error);
    close_section(file);
    return status;
}

static enum hl_status get_section(void *context, uint32_t *kind, struct hl_error *error)
{
    struct state_file *file = context;
    (void)error;
    if (file->length - file->end < STATE_FILE_HEAD_BYTES)
        return HL_NOT_FOUND;
    const unsigned char *from = file->data + file->end;
    *kind = hl_get_u32(&from);
    uint64_t length = hl_get_u64(&from);
    file->at = file->end + STATE_FILE_HEAD_BYTES;
    file->end = length < file->length - file->at ? file->at + (size_t)length : file->length;
    return HL_OK;
}

static enum hl_status get(void *context, void *to, size_t bytes, size_t *out_bytes, struct hl_error *error)
{
    struct state_file *file = context;
    (void)error;
    size_t left = file->end - file->at, part = bytes < left ? bytes : left;
    memcpy(to, file->data + file->at, part);
    file->at += part;
    *out_bytes = part;
    return HL_OK;
}

enum hl_status state_file_load(struct state_file *file, const struct hl_engine_options *options, hl_engine **out,
                               struct hl_error *error)
{
    struct hl_state_source source = {get_section, get, file};
    file->at = file->end = 0;
    return hl_engine_load(options, &source, out, error);
}

bool state_file_read(struct state_file *file, const char *path)
{
    unsigned char part[65536];
    size_t count;
    bool fine = true;
    FILE *stream = fopen(path, "rb");
    if (!stream)
        return false;
    file->length = 0;
    while (fine && (count = fread(part, 1, sizeof part, stream)) > 0)
        fine = append(file, part, count, NULL) == HL_OK;
    fine = fine && !ferror(stream);
    return fclose(stream) == 0 && fine;
}

bool state_file_write(const struct state_file *file, const char *path)
{
    FILE *stream = fopen(path, "wb");
    if (!stream)
        return false;
    bool fine = fwrite(file->data, 1, file->length, stream) == file->length;
    return fclose(stream) == 0 && fine;
}

size_t state_file_difference(const struct state_file *a, const struct state_file *b)
{
    size_t at = 0;
    while (at < a->length && at < b->length && a->data[at] == b->data[at])
        at++;
    return at;
}

bool state_file_equal(const struct state_file *a, const struct state_file *b)
{
    return a->length == b->length && state_file_difference(a, b) == a->length;
}

void state_file_clear(struct state_file *file)
{
    free(file->data);
    *file = (struct state_file){0};
}
