/*
 * snapshot_write.c - writing snapshots (see snapshot.h). Content is collected into blocks; each is compressed if that makes it
 * smaller, and goes out with its head in one write.
 */
#include "store/snapshot.h"

#include "core/bytes.h"
#include "store/snapshot_format.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>
#include <zstd.h>

#define COMPRESSION_LEVEL 1

struct section {
    struct hl_snapshot_section_info info;
    uint64_t offset;
    uint32_t blocks;
    uint64_t checksum;
};

struct hl_snapshot_writer {
    struct hl_snapshot_sink sink;
    ZSTD_CCtx *compressor; /* owned */
    EVP_MD_CTX *sha;       /* owned */
    XXH3_state_t *content; /* owned; of the section */
    unsigned char *block;  /* owned; HL_SNAPSHOT_BLOCK_BYTES of content */
    unsigned char *packed; /* owned; a block's head and stored bytes */
    size_t block_bytes;
    uint64_t head_checksum; /* a block of another snapshot cannot pass for one of this */
    uint64_t offset;
    struct section *sections; /* owned */
    uint32_t section_count, section_capacity;
    enum hl_status status; /* the first error stays */
    struct hl_error error;
    /* When it goes to a file: */
    struct hl_directory *directory; /* borrowed; NULL: not a file */
    struct hl_file file;
    uint64_t seq;
    uint32_t keep;
};

static enum hl_status fail(struct hl_snapshot_writer *writer, struct hl_error *error)
{
    if (error != NULL)
        *error = writer->error;
    return writer->status;
}

static enum hl_status fail_now(struct hl_snapshot_writer *writer, enum hl_status status, const char *words)
{
    writer->status = hl_error_set(&writer->error, status, NULL, "%s", words);
    return status;
}

/* To the sink, through the hash. */
static enum hl_status put(struct hl_snapshot_writer *writer, const void *data, size_t bytes)
{
    if (EVP_DigestUpdate(writer->sha, data, bytes) != 1)
        return fail_now(writer, HL_NO_MEMORY, "no memory for SHA-256");
    writer->status = writer->sink.write(writer->sink.context, data, bytes, &writer->error);
    if (writer->status == HL_OK)
        writer->offset += bytes;
    return writer->status;
}

static enum hl_status put_head(struct hl_snapshot_writer *writer, const struct hl_snapshot_meta *meta)
{
    unsigned char head[HL_SNAPSHOT_HEAD_BYTES] = {0};
    memcpy(head, HL_SNAPSHOT_MAGIC, 8);
    hl_put_u32_at(head + 8, HL_SNAPSHOT_VERSION);
    hl_put_u32_at(head + 12, HL_SNAPSHOT_HEAD_BYTES);
    hl_put_u64_at(head + 16, meta->seq);
    hl_put_u64_at(head + 24, (uint64_t)meta->created_ms);
    memcpy(head + 32, meta->store_id, HL_STORE_ID_BYTES);
    hl_put_u32_at(head + 48, meta->content_version);
    writer->head_checksum = XXH3_64bits(head, HL_SNAPSHOT_HEAD_COVERED);
    hl_put_u64_at(head + HL_SNAPSHOT_HEAD_COVERED, writer->head_checksum);
    return put(writer, head, sizeof(head));
}

static bool allocate_parts(struct hl_snapshot_writer *writer)
{
    writer->block = malloc(HL_SNAPSHOT_BLOCK_BYTES);
    writer->packed = malloc(HL_SNAPSHOT_BLOCK_HEAD_BYTES + HL_SNAPSHOT_BLOCK_BYTES);
    writer->compressor = ZSTD_createCCtx();
    writer->content = XXH3_createState();
    writer->sha = EVP_MD_CTX_new();
    return writer->block != NULL && writer->packed != NULL && writer->compressor != NULL && writer->content != NULL &&
           writer->sha != NULL && EVP_DigestInit_ex(writer->sha, EVP_sha256(), NULL) == 1;
}

/* NULL when out of memory; then @error says so. */
static struct hl_snapshot_writer *writer_new(struct hl_error *error)
{
    struct hl_snapshot_writer *writer = calloc(1, sizeof(*writer));
    if (writer != NULL) {
        writer->file.handle = -1;
        if (allocate_parts(writer))
            return writer;
    }
    hl_snapshot_writer_free(writer);
    (void)hl_error_set(error, HL_NO_MEMORY, NULL, "no memory to write a snapshot");
    return NULL;
}

enum hl_status hl_snapshot_create(const struct hl_snapshot_meta *meta, struct hl_snapshot_sink sink,
                                  struct hl_snapshot_writer **out, struct hl_error *error)
{
    struct hl_snapshot_writer *writer = writer_new(error);
    if (writer == NULL)
        return HL_NO_MEMORY;
    writer->sink = sink;
    if (put_head(writer, meta) != HL_OK) {
        enum hl_status status = fail(writer, error);
        hl_snapshot_writer_free(writer);
        return status;
    }
    *out = writer;
    return HL_OK;
}

static enum hl_status flush_block(struct hl_snapshot_writer *writer)
{
    struct section *section = &writer->sections[writer->section_count - 1];
    unsigned char *packed = writer->packed, *stored = packed + HL_SNAPSHOT_BLOCK_HEAD_BYTES;
    size_t bytes = writer->block_bytes;
    if (bytes == 0)
        return HL_OK;
    /* Room for one byte less than the content: what does not get smaller is an error here, and stored as it is. */
    size_t stored_bytes =
        ZSTD_compressCCtx(writer->compressor, stored, bytes - 1, writer->block, bytes, COMPRESSION_LEVEL);
    if (ZSTD_isError(stored_bytes)) {
        memcpy(stored, writer->block, bytes);
        stored_bytes = bytes;
    }
    hl_put_u32_at(packed, section->info.kind);
    hl_put_u32_at(packed + 4, section->blocks);
    hl_put_u32_at(packed + 8, (uint32_t)bytes);
    hl_put_u32_at(packed + 12, (uint32_t)stored_bytes);
    uint64_t place = XXH3_64bits_withSeed(packed, HL_SNAPSHOT_BLOCK_COVERED, writer->head_checksum);
    hl_put_u64_at(packed + HL_SNAPSHOT_BLOCK_COVERED, XXH3_64bits_withSeed(stored, stored_bytes, place));
    section->blocks++;
    section->info.bytes += bytes;
    section->info.stored_bytes += HL_SNAPSHOT_BLOCK_HEAD_BYTES + stored_bytes;
    writer->block_bytes = 0;
    return put(writer, packed, HL_SNAPSHOT_BLOCK_HEAD_BYTES + stored_bytes);
}

static enum hl_status end_section(struct hl_snapshot_writer *writer)
{
    if (writer->section_count == 0)
        return HL_OK;
    enum hl_status status = flush_block(writer);
    writer->sections[writer->section_count - 1].checksum = XXH3_64bits_digest(writer->content);
    return status;
}

/* A section more, unless @kind was there. */
static enum hl_status add_section(struct hl_snapshot_writer *writer, uint32_t kind)
{
    for (uint32_t i = 0; i < writer->section_count; i++) {
        if (writer->sections[i].info.kind == kind)
            return fail_now(writer, HL_INVALID, "a kind of section comes once in a snapshot");
    }
    if (writer->section_count == HL_SNAPSHOT_SECTIONS_MAX)
        return fail_now(writer, HL_INVALID, "too many sections in a snapshot");
    if (writer->section_count == writer->section_capacity) {
        uint32_t capacity = writer->section_capacity > 0 ? 2 * writer->section_capacity : 16;
        struct section *sections = realloc(writer->sections, capacity * sizeof(*sections));
        if (sections == NULL)
            return fail_now(writer, HL_NO_MEMORY, "no memory for a section of the snapshot");
        writer->sections = sections;
        writer->section_capacity = capacity;
    }
    writer->sections[writer->section_count++] = (struct section){.info = {.kind = kind}, .offset = writer->offset};
    return HL_OK;
}

enum hl_status hl_snapshot_section(struct hl_snapshot_writer *writer, uint32_t kind, bool optional, const char *name,
                                   struct hl_error *error)
{
    if (writer->status != HL_OK || end_section(writer) != HL_OK || add_section(writer, kind) != HL_OK)
        return fail(writer, error);
    struct hl_snapshot_section_info *info = &writer->sections[writer->section_count - 1].info;
    info->optional = optional;
    (void)snprintf(info->name, sizeof(info->name), "%s", name);
    (void)XXH3_64bits_reset(writer->content);
    return HL_OK;
}

enum hl_status hl_snapshot_write(struct hl_snapshot_writer *writer, const void *data, size_t bytes,
                                 struct hl_error *error)
{
    if (writer->status == HL_OK && writer->section_count == 0)
        (void)fail_now(writer, HL_INVALID, "content of a snapshot belongs to a section");
    if (writer->status == HL_OK)
        (void)XXH3_64bits_update(writer->content, data, bytes);
    const unsigned char *from = data;
    while (bytes > 0 && writer->status == HL_OK) {
        size_t room = HL_SNAPSHOT_BLOCK_BYTES - writer->block_bytes, step = bytes < room ? bytes : room;
        memcpy(writer->block + writer->block_bytes, from, step);
        writer->block_bytes += step;
        from += step;
        bytes -= step;
        if (writer->block_bytes == HL_SNAPSHOT_BLOCK_BYTES)
            (void)flush_block(writer);
    }
    return writer->status == HL_OK ? HL_OK : fail(writer, error);
}

uint64_t hl_snapshot_written(const struct hl_snapshot_writer *writer)
{
    return writer->offset;
}

static void write_entry(unsigned char *to, const struct section *section)
{
    memset(to, 0, HL_SNAPSHOT_ENTRY_BYTES);
    hl_put_u32_at(to, section->info.kind);
    hl_put_u32_at(to + 4, section->info.optional ? HL_SNAPSHOT_FLAG_OPTIONAL : 0);
    hl_put_u64_at(to + 8, section->offset);
    hl_put_u64_at(to + 16, section->info.stored_bytes);
    hl_put_u64_at(to + 24, section->info.bytes);
    hl_put_u32_at(to + 32, section->blocks);
    hl_put_u64_at(to + 40, section->checksum);
    memcpy(to + 48, section->info.name, strlen(section->info.name));
}

static enum hl_status put_table(struct hl_snapshot_writer *writer, unsigned char foot[HL_SNAPSHOT_FOOT_BYTES])
{
    size_t bytes = (size_t)writer->section_count * HL_SNAPSHOT_ENTRY_BYTES;
    unsigned char *table = malloc(bytes > 0 ? bytes : 1);
    if (table == NULL)
        return fail_now(writer, HL_NO_MEMORY, "no memory for the snapshot's table");
    for (uint32_t i = 0; i < writer->section_count; i++)
        write_entry(table + (size_t)i * HL_SNAPSHOT_ENTRY_BYTES, &writer->sections[i]);
    memset(foot, 0, HL_SNAPSHOT_FOOT_BYTES);
    hl_put_u64_at(foot, writer->offset);
    hl_put_u32_at(foot + 8, writer->section_count);
    hl_put_u64_at(foot + 16, XXH3_64bits(table, bytes));
    hl_put_u64_at(foot + 24, writer->offset + bytes + HL_SNAPSHOT_FOOT_BYTES);
    enum hl_status status = put(writer, table, bytes);
    free(table);
    return status;
}

static enum hl_status put_end(struct hl_snapshot_writer *writer)
{
    unsigned char foot[HL_SNAPSHOT_FOOT_BYTES];
    if (put_table(writer, foot) != HL_OK || put(writer, foot, HL_SNAPSHOT_FOOT_COVERED) != HL_OK)
        return writer->status;
    unsigned char *end = foot + HL_SNAPSHOT_FOOT_COVERED;
    if (EVP_DigestFinal_ex(writer->sha, end, NULL) != 1)
        return fail_now(writer, HL_NO_MEMORY, "no memory for SHA-256");
    memcpy(end + HL_SNAPSHOT_SHA_BYTES, HL_SNAPSHOT_END_MAGIC, 8);
    size_t bytes = HL_SNAPSHOT_FOOT_BYTES - HL_SNAPSHOT_FOOT_COVERED;
    writer->status = writer->sink.write(writer->sink.context, end, bytes, &writer->error);
    writer->offset += bytes;
    return writer->status;
}

/* What cannot be removed now is removed after the next snapshot: old snapshots are no harm but their size. */
static void remove_old(struct hl_snapshot_writer *writer)
{
    struct hl_directory_listing listing;
    if (hl_directory_list(writer->directory, &listing, NULL) != HL_OK)
        return;
    for (size_t i = 0; i + writer->keep < listing.snapshot_count; i++) {
        char name[HL_FILE_NAME_BYTES];
        hl_directory_snapshot_name(name, listing.snapshots[i], false);
        if (listing.snapshots[i] != writer->seq)
            (void)hl_files_remove(&writer->directory->files, name, NULL);
    }
    hl_directory_listing_clear(&listing);
}

static enum hl_status publish(struct hl_snapshot_writer *writer)
{
    char name[HL_FILE_NAME_BYTES];
    hl_directory_snapshot_name(name, writer->seq, false);
    writer->status = hl_file_publish(&writer->file, name, &writer->error);
    if (writer->status != HL_OK)
        return writer->status;
    (void)hl_file_close(&writer->file, NULL); /* synced: a late error loses nothing */
    remove_old(writer);
    return HL_OK;
}

enum hl_status hl_snapshot_finish(struct hl_snapshot_writer *writer, struct hl_error *error)
{
    if (writer->status != HL_OK || end_section(writer) != HL_OK || put_end(writer) != HL_OK)
        return fail(writer, error);
    if (writer->directory != NULL && publish(writer) != HL_OK)
        return fail(writer, error);
    return HL_OK;
}

void hl_snapshot_writer_free(struct hl_snapshot_writer *writer)
{
    if (writer == NULL)
        return;
    if (writer->file.handle >= 0) { /* not published: opening the directory removes it when this fails */
        char name[HL_FILE_NAME_BYTES];
        hl_directory_snapshot_name(name, writer->seq, true);
        (void)hl_file_close(&writer->file, NULL);
        (void)hl_files_remove(&writer->directory->files, name, NULL);
    }
    ZSTD_freeCCtx(writer->compressor);
    EVP_MD_CTX_free(writer->sha);
    (void)XXH3_freeState(writer->content);
    free(writer->block);
    free(writer->packed);
    free(writer->sections);
    free(writer);
}

static enum hl_status write_to_file(void *context, const void *data, size_t bytes, struct hl_error *error)
{
    struct hl_snapshot_writer *writer = context;
    return hl_file_write(&writer->file, data, bytes, writer->offset, error);
}

static enum hl_status open_temporary(struct hl_snapshot_writer *writer, struct hl_error *error)
{
    char name[HL_FILE_NAME_BYTES];
    hl_directory_snapshot_name(name, writer->seq, true);
    return hl_file_create_anew(&writer->directory->files, name, &writer->file, error);
}

enum hl_status hl_snapshot_create_file(struct hl_directory *directory, const struct hl_snapshot_meta *meta,
                                       uint32_t keep, struct hl_snapshot_writer **out, struct hl_error *error)
{
    struct hl_snapshot_writer *writer = writer_new(error);
    if (writer == NULL)
        return HL_NO_MEMORY;
    struct hl_snapshot_meta own = *meta;
    memcpy(own.store_id, directory->id, HL_STORE_ID_BYTES);
    writer->directory = directory;
    writer->seq = own.seq;
    writer->keep = keep > 0 ? keep : 1;
    writer->sink = (struct hl_snapshot_sink){write_to_file, writer};
    enum hl_status status = open_temporary(writer, error);
    if (status == HL_OK && put_head(writer, &own) != HL_OK)
        status = fail(writer, error);
    if (status != HL_OK) {
        hl_snapshot_writer_free(writer);
        return status;
    }
    *out = writer;
    return HL_OK;
}
