/*
 * snapshot_read.c - reading snapshots (see snapshot.h): a decoder that goes through the file once, block by block, and a queue of
 * decoded blocks between it and the owner. With prefetching the decoder has a thread, else the owner runs it when the queue is
 * empty.
 *
 * The decoder trusts the table, which was checked at opening: sections lie one after another, and their sizes add up to the file. A
 * block must be the one that is due there, and no length makes it read or allocate more than a block.
 */
#include "store/snapshot.h"

#include "core/bytes.h"
#include "store/snapshot_format.h"

#include "core/assert.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>
#include <zstd.h>

#define READER_MAGIC 0x48534e52U
#define SLOTS 16U

struct section {
    struct hl_snapshot_section_info info;
    uint64_t offset, checksum;
    uint32_t blocks;
};

/* A decoded block, or the end: status is then not HL_OK, or last is set. */
struct slot {
    unsigned char *content; /* owned; HL_SNAPSHOT_BLOCK_BYTES */
    size_t bytes;
    uint32_t section;
    uint64_t offset; /* in the file, behind it */
    bool last;       /* no block: all was read, and the hash is right */
    enum hl_status status;
};

/* Goes through the file. The decoding thread's, or of whoever calls decode. */
struct decoder {
    struct hl_snapshot_source source;
    ZSTD_DCtx *decompressor; /* owned */
    EVP_MD_CTX *sha;         /* owned */
    XXH3_state_t *content;   /* owned */
    unsigned char *stored;   /* owned; HL_SNAPSHOT_BLOCK_BYTES */
    uint64_t offset;
    uint32_t section, block;
    uint64_t section_bytes;
    bool begun; /* the section's hash is */
    struct hl_error error;
};

struct hl_snapshot_reader {
    uint32_t magic;
    struct hl_snapshot_meta meta;
    uint64_t head_checksum;
    struct section *sections; /* owned */
    uint32_t section_count;
    uint64_t table_offset;
    unsigned char sha[HL_SNAPSHOT_SHA_BYTES]; /* as the foot says */
    struct decoder decoder;

    struct slot slots[SLOTS]; /* a ring: the decoder fills at filled, the owner takes at taken */
    uint64_t filled, taken;
    bool threaded, stop;
    pthread_t thread;
    pthread_mutex_t mutex;
    pthread_cond_t changed;

    /* The owner's: */
    const struct slot *at; /* slots[taken], when it is filled; NULL: not looked at */
    size_t at_bytes;       /* of it, given out */
    uint32_t next_section;
    uint64_t done;
    enum hl_status status; /* the first error stays */
    struct hl_error error;
};

static enum hl_status corrupt(const struct hl_snapshot_source *source, uint64_t offset, const char *words,
                              struct hl_error *error)
{
    return hl_error_set(error, HL_CORRUPT, NULL, "snapshot %.120s, byte %" PRIu64 ": %s", source->name, offset, words);
}

/* --- The decoder --- */

static enum hl_status read_hashed(struct decoder *decoder, void *to, size_t bytes)
{
    enum hl_status status = decoder->source.read(decoder->source.context, to, bytes, decoder->offset, &decoder->error);
    if (status != HL_OK)
        return status;
    if (EVP_DigestUpdate(decoder->sha, to, bytes) != 1)
        return hl_error_set(&decoder->error, HL_NO_MEMORY, NULL, "no memory for SHA-256");
    decoder->offset += bytes;
    return HL_OK;
}

static enum hl_status decompress(struct decoder *decoder, struct slot *slot, size_t stored_bytes)
{
    if (stored_bytes == slot->bytes) {
        memcpy(slot->content, decoder->stored, stored_bytes);
        return HL_OK;
    }
    size_t got = ZSTD_decompressDCtx(decoder->decompressor, slot->content, slot->bytes, decoder->stored, stored_bytes);
    if (ZSTD_isError(got) || got != slot->bytes)
        return corrupt(&decoder->source, decoder->offset, "a block cannot be decompressed", &decoder->error);
    return HL_OK;
}

static enum hl_status decode_block(struct hl_snapshot_reader *reader, const struct section *section, struct slot *slot)
{
    struct decoder *decoder = &reader->decoder;
    unsigned char head[HL_SNAPSHOT_BLOCK_HEAD_BYTES];
    uint64_t start = decoder->offset, end = section->offset + section->info.stored_bytes;
    if (end - start < sizeof(head))
        return corrupt(&decoder->source, start, "a section ends inside a block", &decoder->error);
    enum hl_status status = read_hashed(decoder, head, sizeof(head));
    if (status != HL_OK)
        return status;
    slot->bytes = hl_get_u32_at(head + 8);
    size_t stored_bytes = hl_get_u32_at(head + 12);
    if (hl_get_u32_at(head) != section->info.kind || hl_get_u32_at(head + 4) != decoder->block || slot->bytes == 0 ||
        slot->bytes > HL_SNAPSHOT_BLOCK_BYTES || stored_bytes > slot->bytes || stored_bytes == 0 ||
        stored_bytes > end - decoder->offset || slot->bytes > section->info.bytes - decoder->section_bytes)
        return corrupt(&decoder->source, start, "another block is due here", &decoder->error);
    status = read_hashed(decoder, decoder->stored, stored_bytes);
    if (status != HL_OK)
        return status;
    uint64_t place = XXH3_64bits_withSeed(head, HL_SNAPSHOT_BLOCK_COVERED, reader->head_checksum);
    if (XXH3_64bits_withSeed(decoder->stored, stored_bytes, place) != hl_get_u64_at(head + HL_SNAPSHOT_BLOCK_COVERED))
        return corrupt(&decoder->source, start, "a block is damaged", &decoder->error);
    status = decompress(decoder, slot, stored_bytes);
    (void)XXH3_64bits_update(decoder->content, slot->content, status == HL_OK ? slot->bytes : 0);
    decoder->block++;
    decoder->section_bytes += slot->bytes;
    return status;
}

/* Where a section has all its bytes in the file; what it should hold then. */
static enum hl_status end_section(struct decoder *decoder, const struct section *section)
{
    if (decoder->block != section->blocks || decoder->section_bytes != section->info.bytes ||
        XXH3_64bits_digest(decoder->content) != section->checksum)
        return corrupt(&decoder->source, decoder->offset, "a section is not what the table says", &decoder->error);
    decoder->section++;
    decoder->begun = false;
    return HL_OK;
}

/* Table and foot go through the hash, too; their content was read before. */
static enum hl_status check_hash(struct hl_snapshot_reader *reader)
{
    struct decoder *decoder = &reader->decoder;
    uint64_t end = decoder->source.size - (HL_SNAPSHOT_FOOT_BYTES - HL_SNAPSHOT_FOOT_COVERED);
    unsigned char sha[EVP_MAX_MD_SIZE];
    while (decoder->offset < end) {
        uint64_t left = end - decoder->offset;
        size_t step = left < HL_SNAPSHOT_BLOCK_BYTES ? (size_t)left : HL_SNAPSHOT_BLOCK_BYTES;
        enum hl_status status = read_hashed(decoder, decoder->stored, step);
        if (status != HL_OK)
            return status;
    }
    if (EVP_DigestFinal_ex(decoder->sha, sha, NULL) != 1)
        return hl_error_set(&decoder->error, HL_NO_MEMORY, NULL, "no memory for SHA-256");
    if (memcmp(sha, reader->sha, sizeof(reader->sha)) != 0)
        return corrupt(&decoder->source, end, "SHA-256 of the whole is wrong", &decoder->error);
    return HL_OK;
}

/* The next block, or the end, into @slot. */
static void decode(struct hl_snapshot_reader *reader, struct slot *slot)
{
    struct decoder *decoder = &reader->decoder;
    slot->status = HL_OK;
    slot->last = false;
    while (decoder->section < reader->section_count && slot->status == HL_OK) {
        const struct section *section = &reader->sections[decoder->section];
        if (!decoder->begun) {
            (void)XXH3_64bits_reset(decoder->content);
            decoder->block = 0;
            decoder->section_bytes = 0;
            decoder->begun = true;
        }
        if (decoder->offset < section->offset + section->info.stored_bytes) {
            slot->section = decoder->section;
            slot->status = decode_block(reader, section, slot);
            slot->offset = decoder->offset;
            return;
        }
        slot->status = end_section(decoder, section);
    }
    if (slot->status == HL_OK)
        slot->status = check_hash(reader);
    slot->last = true;
    slot->section = reader->section_count;
    slot->offset = decoder->source.size;
}

static void *decoder_main(void *argument)
{
    struct hl_snapshot_reader *reader = argument;
    HL_ASSERT(reader->magic == READER_MAGIC);
    bool finished = false;
    pthread_mutex_lock(&reader->mutex);
    while (!finished && !reader->stop) {
        if (reader->filled - reader->taken == SLOTS) {
            pthread_cond_wait(&reader->changed, &reader->mutex);
            continue;
        }
        struct slot *slot = &reader->slots[reader->filled % SLOTS];
        pthread_mutex_unlock(&reader->mutex);
        decode(reader, slot);
        finished = slot->last || slot->status != HL_OK;
        pthread_mutex_lock(&reader->mutex);
        reader->filled++;
        pthread_cond_broadcast(&reader->changed);
    }
    pthread_mutex_unlock(&reader->mutex);
    return NULL;
}

/* --- The owner's side --- */

static void take_slot(struct hl_snapshot_reader *reader)
{
    if (!reader->threaded) {
        reader->at = &reader->slots[0];
        decode(reader, &reader->slots[0]);
        return;
    }
    pthread_mutex_lock(&reader->mutex);
    while (reader->filled == reader->taken)
        pthread_cond_wait(&reader->changed, &reader->mutex);
    pthread_mutex_unlock(&reader->mutex);
    reader->at = &reader->slots[reader->taken % SLOTS];
}

/* The slot that is due; NULL after the reader's first error, which stays. */
static const struct slot *look(struct hl_snapshot_reader *reader)
{
    if (reader->status != HL_OK)
        return NULL;
    if (reader->at == NULL) {
        take_slot(reader);
        reader->at_bytes = 0;
    }
    if (reader->at->status == HL_OK)
        return reader->at;
    reader->status = reader->at->status;
    reader->error = reader->decoder.error; /* the decoder has stopped */
    return NULL;
}

static void let_go(struct hl_snapshot_reader *reader)
{
    reader->done = reader->at->offset;
    reader->at = NULL;
    if (!reader->threaded)
        return;
    pthread_mutex_lock(&reader->mutex);
    reader->taken++;
    pthread_cond_broadcast(&reader->changed);
    pthread_mutex_unlock(&reader->mutex);
}

static enum hl_status refuse(const struct hl_snapshot_reader *reader, struct hl_error *error)
{
    if (error != NULL)
        *error = reader->error;
    return reader->status;
}

/* Until the block that is due belongs to section @index or a later one. */
static enum hl_status pass_over(struct hl_snapshot_reader *reader, uint32_t index, struct hl_error *error)
{
    const struct slot *slot;
    while ((slot = look(reader)) != NULL && slot->section < index)
        let_go(reader);
    return slot != NULL ? HL_OK : refuse(reader, error);
}

const struct hl_snapshot_meta *hl_snapshot_meta(const struct hl_snapshot_reader *reader)
{
    return &reader->meta;
}

uint32_t hl_snapshot_section_count(const struct hl_snapshot_reader *reader)
{
    return reader->section_count;
}

void hl_snapshot_progress(const struct hl_snapshot_reader *reader, uint64_t *out_done, uint64_t *out_total)
{
    *out_done = reader->done;
    *out_total = reader->decoder.source.size;
}

enum hl_status hl_snapshot_next(struct hl_snapshot_reader *reader, struct hl_snapshot_section_info *out,
                                struct hl_error *error)
{
    enum hl_status status = pass_over(reader, reader->next_section, error);
    if (status != HL_OK)
        return status;
    if (reader->next_section == reader->section_count)
        return hl_error_set(error, HL_NOT_FOUND, NULL, "the snapshot has no further section");
    *out = reader->sections[reader->next_section++].info;
    return HL_OK;
}

enum hl_status hl_snapshot_read(struct hl_snapshot_reader *reader, void *to, size_t bytes, size_t *out_bytes,
                                struct hl_error *error)
{
    *out_bytes = 0;
    if (reader->next_section == 0)
        return hl_error_set(error, HL_INVALID, NULL, "no section of the snapshot was begun");
    while (*out_bytes < bytes) {
        const struct slot *slot = look(reader);
        if (slot == NULL)
            return refuse(reader, error);
        if (slot->section != reader->next_section - 1)
            break;
        size_t left = slot->bytes - reader->at_bytes, wanted = bytes - *out_bytes;
        size_t step = left < wanted ? left : wanted;
        memcpy((unsigned char *)to + *out_bytes, slot->content + reader->at_bytes, step);
        *out_bytes += step;
        reader->at_bytes += step;
        if (reader->at_bytes == slot->bytes)
            let_go(reader);
    }
    return HL_OK;
}

enum hl_status hl_snapshot_skip(struct hl_snapshot_reader *reader, struct hl_error *error)
{
    if (reader->next_section == 0)
        return hl_error_set(error, HL_INVALID, NULL, "no section of the snapshot was begun");
    const struct hl_snapshot_section_info *info = &reader->sections[reader->next_section - 1].info;
    if (!info->optional)
        return hl_error_set(error, HL_CORRUPT, NULL,
                            "section %" PRIu32
                            " (%s) of snapshot %.80s is needed and not known here: use the headlined that "
                            "wrote it, or a newer one",
                            info->kind, info->name, reader->decoder.source.name);
    return pass_over(reader, reader->next_section, error);
}

enum hl_status hl_snapshot_verdict(struct hl_snapshot_reader *reader, struct hl_error *error)
{
    return pass_over(reader, reader->section_count, error);
}

/* --- Opening --- */

static enum hl_status read_head(struct hl_snapshot_reader *reader, struct hl_error *error)
{
    struct hl_snapshot_source *source = &reader->decoder.source;
    unsigned char head[HL_SNAPSHOT_HEAD_BYTES];
    if (source->size < HL_SNAPSHOT_HEAD_BYTES + HL_SNAPSHOT_FOOT_BYTES)
        return corrupt(source, source->size, "too short for a snapshot", error);
    enum hl_status status = source->read(source->context, head, sizeof(head), 0, error);
    if (status != HL_OK)
        return status;
    reader->head_checksum = XXH3_64bits(head, HL_SNAPSHOT_HEAD_COVERED);
    if (memcmp(head, HL_SNAPSHOT_MAGIC, 8) != 0)
        return corrupt(source, 0, "this is no snapshot", error);
    if (reader->head_checksum != hl_get_u64_at(head + HL_SNAPSHOT_HEAD_COVERED))
        return corrupt(source, 0, "the head is damaged", error);
    if (hl_get_u32_at(head + 8) != HL_SNAPSHOT_VERSION || hl_get_u32_at(head + 12) != HL_SNAPSHOT_HEAD_BYTES)
        return corrupt(source, 8, "written by a newer headlined", error);
    reader->meta.seq = hl_get_u64_at(head + 16);
    reader->meta.created_ms = (int64_t)hl_get_u64_at(head + 24);
    memcpy(reader->meta.store_id, head + 32, HL_STORE_ID_BYTES);
    reader->meta.content_version = hl_get_u32_at(head + 48);
    return EVP_DigestUpdate(reader->decoder.sha, head, sizeof(head)) == 1
               ? HL_OK
               : hl_error_set(error, HL_NO_MEMORY, NULL, "no memory for SHA-256");
}

static bool read_entry(const unsigned char *entry, struct section *out)
{
    uint32_t flags = hl_get_u32_at(entry + 4);
    out->info.kind = hl_get_u32_at(entry);
    out->info.optional = (flags & HL_SNAPSHOT_FLAG_OPTIONAL) != 0;
    out->offset = hl_get_u64_at(entry + 8);
    out->info.stored_bytes = hl_get_u64_at(entry + 16);
    out->info.bytes = hl_get_u64_at(entry + 24);
    out->blocks = hl_get_u32_at(entry + 32);
    out->checksum = hl_get_u64_at(entry + 40);
    memcpy(out->info.name, entry + 48, HL_SNAPSHOT_NAME_BYTES);
    return (flags & ~(uint32_t)HL_SNAPSHOT_FLAG_OPTIONAL) == 0 && out->info.name[HL_SNAPSHOT_NAME_BYTES - 1] == '\0';
}

/* The entries must cover the file from head to table. */
static enum hl_status read_entries(struct hl_snapshot_reader *reader, const unsigned char *table,
                                   struct hl_error *error)
{
    struct hl_snapshot_source *source = &reader->decoder.source;
    uint64_t offset = HL_SNAPSHOT_HEAD_BYTES;
    for (uint32_t i = 0; i < reader->section_count; i++) {
        struct section *section = &reader->sections[i];
        if (!read_entry(table + (size_t)i * HL_SNAPSHOT_ENTRY_BYTES, section) || section->offset != offset ||
            section->info.stored_bytes > reader->table_offset - offset)
            return corrupt(source, reader->table_offset, "the table of sections is wrong", error);
        offset += section->info.stored_bytes;
    }
    return offset == reader->table_offset ? HL_OK : corrupt(source, offset, "the table of sections is wrong", error);
}

static enum hl_status read_table(struct hl_snapshot_reader *reader, uint64_t checksum, struct hl_error *error)
{
    struct hl_snapshot_source *source = &reader->decoder.source;
    size_t bytes = (size_t)reader->section_count * HL_SNAPSHOT_ENTRY_BYTES;
    unsigned char *table = malloc(bytes + 1);
    reader->sections = calloc((size_t)reader->section_count + 1, sizeof(*reader->sections));
    enum hl_status status = HL_OK;
    if (table == NULL || reader->sections == NULL)
        status = hl_error_set(error, HL_NO_MEMORY, NULL, "no memory to read a snapshot");
    if (status == HL_OK)
        status = source->read(source->context, table, bytes, reader->table_offset, error);
    if (status == HL_OK && XXH3_64bits(table, bytes) != checksum)
        status = corrupt(source, reader->table_offset, "the table of sections is damaged", error);
    if (status == HL_OK)
        status = read_entries(reader, table, error);
    free(table);
    return status;
}

static enum hl_status read_foot(struct hl_snapshot_reader *reader, struct hl_error *error)
{
    struct hl_snapshot_source *source = &reader->decoder.source;
    unsigned char foot[HL_SNAPSHOT_FOOT_BYTES];
    uint64_t offset = source->size - sizeof(foot);
    enum hl_status status = source->read(source->context, foot, sizeof(foot), offset, error);
    if (status != HL_OK)
        return status;
    if (memcmp(foot + HL_SNAPSHOT_FOOT_BYTES - 8, HL_SNAPSHOT_END_MAGIC, 8) != 0 ||
        hl_get_u64_at(foot + 24) != source->size)
        return corrupt(source, offset, "the end is missing", error);
    reader->table_offset = hl_get_u64_at(foot);
    reader->section_count = hl_get_u32_at(foot + 8);
    if (reader->section_count > HL_SNAPSHOT_SECTIONS_MAX || reader->table_offset < HL_SNAPSHOT_HEAD_BYTES ||
        reader->table_offset > offset ||
        offset - reader->table_offset != (uint64_t)reader->section_count * HL_SNAPSHOT_ENTRY_BYTES)
        return corrupt(source, offset, "the foot is damaged", error);
    memcpy(reader->sha, foot + HL_SNAPSHOT_FOOT_COVERED, HL_SNAPSHOT_SHA_BYTES);
    return read_table(reader, hl_get_u64_at(foot + 16), error);
}

static bool allocate_parts(struct hl_snapshot_reader *reader, bool prefetch)
{
    struct decoder *decoder = &reader->decoder;
    decoder->decompressor = ZSTD_createDCtx();
    decoder->sha = EVP_MD_CTX_new();
    decoder->content = XXH3_createState();
    decoder->stored = malloc(HL_SNAPSHOT_BLOCK_BYTES);
    for (uint32_t i = 0; i < (prefetch ? SLOTS : 1); i++) {
        reader->slots[i].content = malloc(HL_SNAPSHOT_BLOCK_BYTES);
        if (reader->slots[i].content == NULL)
            return false;
    }
    return decoder->decompressor != NULL && decoder->sha != NULL && decoder->content != NULL &&
           decoder->stored != NULL && EVP_DigestInit_ex(decoder->sha, EVP_sha256(), NULL) == 1;
}

static bool start_thread(struct hl_snapshot_reader *reader)
{
    if (pthread_mutex_init(&reader->mutex, NULL) != 0)
        return false;
    if (pthread_cond_init(&reader->changed, NULL) != 0) {
        pthread_mutex_destroy(&reader->mutex);
        return false;
    }
    if (pthread_create(&reader->thread, NULL, decoder_main, reader) != 0) {
        pthread_cond_destroy(&reader->changed);
        pthread_mutex_destroy(&reader->mutex);
        return false;
    }
    reader->threaded = true;
    return true;
}

enum hl_status hl_snapshot_open(struct hl_snapshot_source source, bool prefetch, struct hl_snapshot_reader **out,
                                struct hl_error *error)
{
    struct hl_snapshot_reader *reader = calloc(1, sizeof(*reader));
    if (reader == NULL) {
        if (source.close != NULL)
            source.close(source.context);
        return hl_error_set(error, HL_NO_MEMORY, NULL, "no memory to read a snapshot");
    }
    reader->magic = READER_MAGIC;
    reader->decoder.source = source;
    reader->decoder.offset = HL_SNAPSHOT_HEAD_BYTES;
    reader->done = HL_SNAPSHOT_HEAD_BYTES;
    enum hl_status status = HL_OK;
    if (!allocate_parts(reader, prefetch))
        status = hl_error_set(error, HL_NO_MEMORY, NULL, "no memory to read a snapshot");
    if (status == HL_OK)
        status = read_head(reader, error);
    if (status == HL_OK)
        status = read_foot(reader, error);
    if (status == HL_OK && prefetch && !start_thread(reader))
        status = hl_error_set(error, HL_NO_MEMORY, NULL, "the system gives no thread to read a snapshot");
    if (status != HL_OK) {
        hl_snapshot_reader_free(reader);
        return status;
    }
    *out = reader;
    return HL_OK;
}

void hl_snapshot_reader_free(struct hl_snapshot_reader *reader)
{
    if (reader == NULL)
        return;
    if (reader->threaded) {
        pthread_mutex_lock(&reader->mutex);
        reader->stop = true;
        pthread_cond_broadcast(&reader->changed);
        pthread_mutex_unlock(&reader->mutex);
        pthread_join(reader->thread, NULL);
        pthread_cond_destroy(&reader->changed);
        pthread_mutex_destroy(&reader->mutex);
    }
    for (uint32_t i = 0; i < SLOTS; i++)
        free(reader->slots[i].content);
    ZSTD_freeDCtx(reader->decoder.decompressor);
    EVP_MD_CTX_free(reader->decoder.sha);
    (void)XXH3_freeState(reader->decoder.content);
    free(reader->decoder.stored);
    free(reader->sections);
    if (reader->decoder.source.close != NULL)
        reader->decoder.source.close(reader->decoder.source.context);
    reader->magic = 0;
    free(reader);
}
