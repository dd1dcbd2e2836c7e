/*
 * slab.h - fixed-size records addressed by small stable integers.
 *
 * Records live in chunks of 2^chunk_bits, so that growing never copies and pointers stay valid until a record is freed. A
 * freed index is used again, lowest chunk first, last freed first: the order depends on the calls alone. A chunk
 * with no live record gives its memory back. Not thread-safe.
 */
#ifndef HL_CORE_SLAB_H
#define HL_CORE_SLAB_H

#include "core/memory.h"

#define HL_NONE UINT32_MAX /* no index */

struct hl_slab {
    struct hl_memory *memory; /* borrowed */
    size_t record_bytes;      /* multiple of 4, at least 4 */
    unsigned chunk_bits;      /* 1..24 */
    uint32_t chunk_count;     /* slots of chunks[] in use */
    uint32_t chunk_capacity;
    uint32_t live;                /* records in use */
    uint32_t room;                /* free records in the chunks that are there */
    uint32_t promised;            /* takes that hl_slab_reserve has promised and that were not made yet */
    uint32_t open_hint;           /* no chunk below this index has room */
    struct hl_slab_chunk *chunks; /* owned */
    uint64_t *open;               /* in the same block: one bit a chunk, set when it is there and has room */
};

/* No allocation. */
void hl_slab_init(struct hl_slab *slab, struct hl_memory *memory, size_t record_bytes, unsigned chunk_bits);
void hl_slab_destroy(struct hl_slab *slab);

/*
 * Makes sure that the next @count hl_slab_take cannot fail, whatever is given back in between; replaces the promise made
 * before, so that 0 ends it. HL_NO_MEMORY: nothing visible changed, the promise made before holds.
 */
enum hl_status hl_slab_reserve(struct hl_slab *slab, uint32_t count);

/*
 * Index of a record, its bytes zero; HL_NONE when out of memory. O(1) but for the search of the lowest chunk with room,
 * 64 chunks a step.
 */
uint32_t hl_slab_take(struct hl_slab *slab);

/* Gives @index back. It must be live. */
void hl_slab_give(struct hl_slab *slab, uint32_t index);

/* One more than the highest index that may be live: for walking. */
uint32_t hl_slab_limit(const struct hl_slab *slab);

/* Bytes of the chunks that are there. */
uint64_t hl_slab_bytes(const struct hl_slab *slab);

/* ---- keeping the order in which indices are used again, for whoever writes a slab down ---- */

/*
 * The free slots of chunk @number (below chunk_count) in the order in which they will be taken, into @slots, which has room for 2^chunk_bits.
 * Returns their number; that of all slots when the chunk is not there.
 */
uint32_t hl_slab_free_slots(const struct hl_slab *slab, uint32_t number, uint32_t *slots);

/*
 * Makes the next chunk of a slab that has only been built by this function: @count free slots, to be taken in this order, and the rest
 * live records of zero bytes; with all slots free there is no chunk at that number. HL_CORRUPT: a slot is out of range or twice in
 * the list, or it would be one chunk too many; HL_NO_MEMORY. Nothing changed then.
 */
enum hl_status hl_slab_restore_chunk(struct hl_slab *slab, const uint32_t *slots, uint32_t count);

struct hl_slab_chunk {
    unsigned char *records; /* owned; NULL when the chunk is not there */
    uint32_t *links;        /* owned, in the same block: free-list links, or HL_SLAB_LIVE */
    uint32_t free_head;     /* HL_NONE when full */
    uint32_t live;
};
#define HL_SLAB_LIVE (UINT32_MAX - 1)

/* The record at @index, which must be live. Valid until it is given back. */
static inline void *hl_slab_at(const struct hl_slab *slab, uint32_t index)
{
    const struct hl_slab_chunk *chunk = &slab->chunks[index >> slab->chunk_bits];
    return chunk->records + (size_t)(index & ((1U << slab->chunk_bits) - 1U)) * slab->record_bytes;
}

/* True when @index is a live record. */
static inline bool hl_slab_is_live(const struct hl_slab *slab, uint32_t index)
{
    uint32_t number = index >> slab->chunk_bits;
    return number < slab->chunk_count && slab->chunks[number].records != NULL &&
           slab->chunks[number].links[index & ((1U << slab->chunk_bits) - 1U)] == HL_SLAB_LIVE;
}

#endif
