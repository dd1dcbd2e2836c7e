/*
 * slab.c - chunks of records with a free list each, and a bit map of the chunks that have room.
 */
#include "core/slab.h"

#include "core/assert.h"

#include <string.h>

#define FIRST_CHUNKS 64 /* a multiple of the bits of one word of the map */

static uint32_t chunk_records(const struct hl_slab *slab)
{
    return UINT32_C(1) << slab->chunk_bits;
}

/* Records and links lie in one block. */
static size_t chunk_bytes(const struct hl_slab *slab)
{
    return (size_t)chunk_records(slab) * (slab->record_bytes + sizeof(uint32_t));
}

static size_t table_bytes(uint32_t chunks)
{
    return chunks * sizeof(struct hl_slab_chunk) + chunks / 64 * sizeof(uint64_t);
}

void hl_slab_init(struct hl_slab *slab, struct hl_memory *memory, size_t record_bytes, unsigned chunk_bits)
{
    HL_ASSERT(record_bytes >= 4 && record_bytes % 4 == 0 && chunk_bits >= 1 && chunk_bits <= 24);
    *slab = (struct hl_slab){.memory = memory, .record_bytes = record_bytes, .chunk_bits = chunk_bits};
}

void hl_slab_destroy(struct hl_slab *slab)
{
    for (uint32_t i = 0; i < slab->chunk_count; i++) {
        if (slab->chunks[i].records != NULL)
            hl_memory_release(slab->memory, slab->chunks[i].records, chunk_bytes(slab));
    }
    hl_memory_release(slab->memory, slab->chunks, table_bytes(slab->chunk_capacity));
    hl_slab_init(slab, slab->memory, slab->record_bytes, slab->chunk_bits);
}

static void mark_open(struct hl_slab *slab, uint32_t number)
{
    slab->open[number / 64] |= UINT64_C(1) << (number % 64);
    if (number < slab->open_hint)
        slab->open_hint = number;
}

static void mark_closed(struct hl_slab *slab, uint32_t number)
{
    slab->open[number / 64] &= ~(UINT64_C(1) << (number % 64));
}

/* There must be room. */
static uint32_t lowest_open(struct hl_slab *slab)
{
    uint32_t word = slab->open_hint / 64;
    while (slab->open[word] == 0)
        word++;
    slab->open_hint = word * 64 + (uint32_t)__builtin_ctzll(slab->open[word]);
    return slab->open_hint;
}

static bool table_reserve(struct hl_slab *slab, uint32_t chunks)
{
    if (chunks <= slab->chunk_capacity)
        return true;
    uint32_t capacity = slab->chunk_capacity > 0 ? slab->chunk_capacity : FIRST_CHUNKS;
    while (capacity < chunks)
        capacity *= 2;
    struct hl_slab_chunk *table = hl_memory_allocate_zero(slab->memory, table_bytes(capacity));
    if (table == NULL)
        return false;
    uint64_t *open = (uint64_t *)(void *)(table + capacity);
    if (slab->chunk_capacity > 0) {
        memcpy(table, slab->chunks, slab->chunk_capacity * sizeof(*table));
        memcpy(open, slab->open, slab->chunk_capacity / 64 * sizeof(*open));
        hl_memory_release(slab->memory, slab->chunks, table_bytes(slab->chunk_capacity));
    }
    slab->chunks = table;
    slab->open = open;
    slab->chunk_capacity = capacity;
    return true;
}

/* Makes @block chunk @number, its records free in ascending order. */
static void install_chunk(struct hl_slab *slab, uint32_t number, unsigned char *block)
{
    uint32_t records = chunk_records(slab);
    struct hl_slab_chunk *chunk = &slab->chunks[number];
    chunk->records = block;
    chunk->links = (uint32_t *)(void *)(block + records * slab->record_bytes);
    for (uint32_t i = 0; i + 1 < records; i++)
        chunk->links[i] = i + 1;
    chunk->links[records - 1] = HL_NONE;
    chunk->free_head = 0;
    chunk->live = 0;
    slab->room += records;
    if (number == slab->chunk_count)
        slab->chunk_count++;
    mark_open(slab, number);
}

/* Blocks for new chunks, each of which begins with the address of the next. */
static void release_blocks(struct hl_slab *slab, unsigned char *blocks)
{
    while (blocks != NULL) {
        unsigned char *next;
        memcpy(&next, blocks, sizeof(next));
        hl_memory_release(slab->memory, blocks, chunk_bytes(slab));
        blocks = next;
    }
}

/* Adds @count chunks at the lowest free numbers; all or none. */
static bool add_chunks(struct hl_slab *slab, uint32_t count)
{
    if (count > (HL_SLAB_LIVE >> slab->chunk_bits) - slab->chunk_count)
        return false;
    unsigned char *blocks = NULL;
    for (uint32_t i = 0; i < count; i++) {
        unsigned char *block = hl_memory_allocate(slab->memory, chunk_bytes(slab));
        if (block == NULL)
            goto err_after_blocks;
        memcpy(block, &blocks, sizeof(blocks));
        blocks = block;
    }
    if (!table_reserve(slab, slab->chunk_count + count))
        goto err_after_blocks;
    for (uint32_t number = 0; blocks != NULL; number++) {
        if (number < slab->chunk_count && slab->chunks[number].records != NULL)
            continue;
        unsigned char *block = blocks;
        memcpy(&blocks, block, sizeof(blocks));
        install_chunk(slab, number, block);
    }
    return true;
err_after_blocks:
    release_blocks(slab, blocks);
    return false;
}

static void drop_chunk(struct hl_slab *slab, uint32_t number)
{
    struct hl_slab_chunk *chunk = &slab->chunks[number];
    hl_memory_release(slab->memory, chunk->records, chunk_bytes(slab));
    *chunk = (struct hl_slab_chunk){0};
    mark_closed(slab, number);
    slab->room -= chunk_records(slab);
    while (slab->chunk_count > 0 && slab->chunks[slab->chunk_count - 1].records == NULL)
        slab->chunk_count--;
}

enum hl_status hl_slab_reserve(struct hl_slab *slab, uint32_t count)
{
    if (count > slab->room) {
        uint32_t missing = count - slab->room;
        uint32_t chunks = ((missing - 1) >> slab->chunk_bits) + 1;
        if (!add_chunks(slab, chunks))
            return HL_NO_MEMORY;
    }
    slab->promised = count;
    return HL_OK;
}

uint32_t hl_slab_take(struct hl_slab *slab)
{
    if (slab->room == 0 && !add_chunks(slab, 1))
        return HL_NONE;
    uint32_t number = lowest_open(slab);
    struct hl_slab_chunk *chunk = &slab->chunks[number];
    uint32_t slot = chunk->free_head;
    chunk->free_head = chunk->links[slot];
    chunk->links[slot] = HL_SLAB_LIVE;
    chunk->live++;
    if (chunk->free_head == HL_NONE)
        mark_closed(slab, number);
    slab->live++;
    slab->room--;
    if (slab->promised > 0)
        slab->promised--;
    memset(chunk->records + slot * slab->record_bytes, 0, slab->record_bytes);
    return (number << slab->chunk_bits) | slot;
}

void hl_slab_give(struct hl_slab *slab, uint32_t index)
{
    HL_ASSERT(hl_slab_is_live(slab, index));
    uint32_t number = index >> slab->chunk_bits, slot = index & (chunk_records(slab) - 1);
    struct hl_slab_chunk *chunk = &slab->chunks[number];
    chunk->links[slot] = chunk->free_head;
    chunk->free_head = slot;
    chunk->live--;
    slab->live--;
    slab->room++;
    mark_open(slab, number);
    if (chunk->live == 0 && slab->room - chunk_records(slab) >= slab->promised)
        drop_chunk(slab, number);
}

uint32_t hl_slab_limit(const struct hl_slab *slab)
{
    return slab->chunk_count << slab->chunk_bits;
}

uint64_t hl_slab_bytes(const struct hl_slab *slab)
{
    uint64_t chunks = ((uint64_t)slab->live + slab->room) >> slab->chunk_bits;
    return chunks * chunk_bytes(slab);
}

uint32_t hl_slab_free_slots(const struct hl_slab *slab, uint32_t number, uint32_t *slots)
{
    const struct hl_slab_chunk *chunk = &slab->chunks[number];
    if (chunk->records == NULL)
        return chunk_records(slab);
    uint32_t count = 0;
    for (uint32_t slot = chunk->free_head; slot != HL_NONE; slot = chunk->links[slot])
        slots[count++] = slot;
    return count;
}

/* Chains the slots in order; false when one is out of range or was there before. */
static bool chain_slots(struct hl_slab_chunk *chunk, const uint32_t *slots, uint32_t count, uint32_t records)
{
    for (uint32_t i = 0; i < records; i++)
        chunk->links[i] = HL_SLAB_LIVE;
    chunk->free_head = HL_NONE;
    for (uint32_t i = count; i > 0; i--) {
        uint32_t slot = slots[i - 1];
        if (slot >= records || chunk->links[slot] != HL_SLAB_LIVE)
            return false;
        chunk->links[slot] = chunk->free_head;
        chunk->free_head = slot;
    }
    chunk->live = records - count;
    return true;
}

enum hl_status hl_slab_restore_chunk(struct hl_slab *slab, const uint32_t *slots, uint32_t count)
{
    uint32_t records = chunk_records(slab), number = slab->chunk_count;
    if (count > records || number >= HL_SLAB_LIVE >> slab->chunk_bits)
        return HL_CORRUPT;
    if (!table_reserve(slab, number + 1))
        return HL_NO_MEMORY;
    if (count == records) {
        slab->chunk_count++;
        return HL_OK;
    }
    unsigned char *block = hl_memory_allocate(slab->memory, chunk_bytes(slab));
    if (block == NULL)
        return HL_NO_MEMORY;
    struct hl_slab_chunk chunk = {.records = block};
    chunk.links = (uint32_t *)(void *)(block + records * slab->record_bytes);
    if (!chain_slots(&chunk, slots, count, records)) {
        hl_memory_release(slab->memory, block, chunk_bytes(slab));
        return HL_CORRUPT;
    }
    memset(block, 0, records * slab->record_bytes);
    slab->chunks[number] = chunk;
    slab->chunk_count++;
    slab->live += chunk.live;
    slab->room += count;
    if (count > 0)
        mark_open(slab, number);
    return HL_OK;
}
