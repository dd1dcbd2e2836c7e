/*
 * pool.c - size classes over 32 KiB pages.
 *
 * A page is found from the address of a block without a header on the block, although the allocator does not align
 * pages: pages do not overlap and are one granule (32 KiB) long, so at most one page begins in any aligned granule of
 * addresses, and a block lies in the page that begins in its own granule or else in the one before. A hash table leads
 * from granules to pages.
 */
#include "core/pool.h"

#include "core/assert.h"

#include <string.h>

#define CLASS_MIN_BYTES 16
#define CLASS_MAX_BYTES 65536 /* larger blocks are not rounded up */
#define PAGED_MAX_BYTES 4096  /* larger blocks are allocations of their own */
#define PAGED_CLASSES 17      /* 16, 24, 32, ... 3072, 4096 */
#define PAGE_BITS 15
#define PAGE_BYTES ((size_t)1 << PAGE_BITS)
#define TABLE_FIRST_BITS 6

struct free_block {
    struct free_block *next;
};

/* Lies at the start of its page. */
struct page {
    struct page *previous, *next; /* among the pages of its class with room */
    struct free_block *free;      /* blocks given back */
    uint32_t fresh;               /* offset of the first byte never used */
    uint32_t block_bytes;
    uint32_t live;
};

/* Lies before a block of more than PAGED_MAX_BYTES. */
struct large {
    struct large *previous, *next;
    size_t bytes; /* of the block */
};

struct hl_pool {
    struct hl_memory *memory; /* borrowed */
    struct page *open[PAGED_CLASSES];
    struct page *spare;  /* one empty page kept, so that a block taken and given in turn costs no allocation */
    struct page **table; /* owned; slots by granule, NULL when free */
    unsigned table_bits;
    uint32_t page_count;  /* in the table */
    uint64_t bytes;       /* of blocks taken */
    struct large *larges; /* owned */
};

/* ---- size classes ---- */

/* Two classes for each power of two; *@rounded gets the size of the class of @bytes. */
static unsigned class_of(size_t bytes, size_t *rounded)
{
    if (bytes <= CLASS_MIN_BYTES) {
        *rounded = CLASS_MIN_BYTES;
        return 0;
    }
    uint32_t last = (uint32_t)bytes - 1;
    unsigned power = 31U - (unsigned)__builtin_clz(last);
    unsigned upper = (last >> (power - 1)) & 1U;
    *rounded = upper != 0 ? (size_t)2 << power : (size_t)3 << (power - 1);
    return 2 * (power - 4) + upper + 1;
}

size_t hl_pool_room(size_t bytes)
{
    if (bytes > CLASS_MAX_BYTES)
        return bytes;
    size_t rounded;
    (void)class_of(bytes, &rounded);
    return rounded;
}

/* ---- the table of pages ---- */

static uintptr_t granule_of(const void *address)
{
    return (uintptr_t)address >> PAGE_BITS;
}

/* Eight neighbouring granules share a cache line, since a search often looks at two neighbours. */
static size_t table_home(const struct hl_pool *pool, uintptr_t granule)
{
    uint64_t group = ((uint64_t)granule >> 3) * UINT64_C(0x9E3779B97F4A7C15);
    return (size_t)(group >> (64 - (pool->table_bits - 3))) << 3 | (size_t)(granule & 7);
}

static size_t table_mask(const struct hl_pool *pool)
{
    return ((size_t)1 << pool->table_bits) - 1;
}

static struct page *table_find(const struct hl_pool *pool, uintptr_t granule)
{
    size_t slot = table_home(pool, granule);
    while (pool->table[slot] != NULL && granule_of(pool->table[slot]) != granule)
        slot = (slot + 1) & table_mask(pool);
    return pool->table[slot];
}

static void table_put(struct hl_pool *pool, struct page *page)
{
    size_t slot = table_home(pool, granule_of(page));
    while (pool->table[slot] != NULL)
        slot = (slot + 1) & table_mask(pool);
    pool->table[slot] = page;
}

/* Moves later pages of the run back, so that searches need no marks of deletion. */
static void table_cut(struct hl_pool *pool, const struct page *page)
{
    size_t mask = table_mask(pool), hole = table_home(pool, granule_of(page));
    while (pool->table[hole] != page)
        hole = (hole + 1) & mask;
    for (size_t slot = (hole + 1) & mask; pool->table[slot] != NULL; slot = (slot + 1) & mask) {
        size_t home = table_home(pool, granule_of(pool->table[slot]));
        if (((slot - home) & mask) >= ((slot - hole) & mask)) {
            pool->table[hole] = pool->table[slot];
            hole = slot;
        }
    }
    pool->table[hole] = NULL;
}

static size_t table_bytes(unsigned bits)
{
    return sizeof(struct page *) << bits;
}

/* Makes room for one more page; at most a quarter of the slots is used. */
static bool table_reserve(struct hl_pool *pool)
{
    if (pool->page_count < (table_mask(pool) + 1) / 4)
        return true;
    unsigned old_bits = pool->table_bits;
    struct page **old = pool->table;
    struct page **table = hl_memory_allocate_zero(pool->memory, table_bytes(old_bits + 1));
    if (table == NULL)
        return false;
    pool->table = table;
    pool->table_bits = old_bits + 1;
    for (size_t i = 0; i < (size_t)1 << old_bits; i++) {
        if (old[i] != NULL)
            table_put(pool, old[i]);
    }
    hl_memory_release(pool->memory, old, table_bytes(old_bits));
    return true;
}

/* ---- pages ---- */

static bool page_is_full(const struct page *page)
{
    return page->free == NULL && page->fresh + page->block_bytes > PAGE_BYTES;
}

static void page_link(struct hl_pool *pool, unsigned class, struct page *page)
{
    page->previous = NULL;
    page->next = pool->open[class];
    if (page->next != NULL)
        page->next->previous = page;
    pool->open[class] = page;
}

static void page_unlink(struct hl_pool *pool, unsigned class, struct page *page)
{
    if (page->next != NULL)
        page->next->previous = page->previous;
    if (page->previous != NULL)
        page->previous->next = page->next;
    else
        pool->open[class] = page->next;
}

/* An empty page in the table, from the spare or the allocator. */
static struct page *page_obtain(struct hl_pool *pool)
{
    struct page *page = pool->spare;
    if (page != NULL) {
        pool->spare = NULL;
        return page;
    }
    if (!table_reserve(pool))
        return NULL;
    page = hl_memory_allocate(pool->memory, PAGE_BYTES);
    if (page == NULL)
        return NULL;
    table_put(pool, page);
    pool->page_count++;
    return page;
}

static struct page *page_open(struct hl_pool *pool, unsigned class, size_t block_bytes)
{
    struct page *page = page_obtain(pool);
    if (page == NULL)
        return NULL;
    *page = (struct page){.fresh = sizeof(*page), .block_bytes = (uint32_t)block_bytes};
    page_link(pool, class, page);
    return page;
}

static void page_retire(struct hl_pool *pool, struct page *page)
{
    if (pool->spare == NULL) {
        pool->spare = page;
        return;
    }
    table_cut(pool, page);
    pool->page_count--;
    hl_memory_release(pool->memory, page, PAGE_BYTES);
}

static struct page *page_of(const struct hl_pool *pool, const void *block)
{
    struct page *page = table_find(pool, granule_of(block));
    if (page == NULL || (uintptr_t)page > (uintptr_t)block)
        page = table_find(pool, granule_of(block) - 1);
    return page;
}

/* ---- large blocks ---- */

static void *large_take(struct hl_pool *pool, size_t bytes)
{
    if (bytes > SIZE_MAX - sizeof(struct large))
        return NULL;
    struct large *large = hl_memory_allocate(pool->memory, sizeof(*large) + bytes);
    if (large == NULL)
        return NULL;
    *large = (struct large){.next = pool->larges, .bytes = bytes};
    if (large->next != NULL)
        large->next->previous = large;
    pool->larges = large;
    pool->bytes += bytes;
    return large + 1;
}

static void large_give(struct hl_pool *pool, void *block, size_t bytes)
{
    struct large *large = (struct large *)block - 1;
    HL_ASSERT(large->bytes == bytes);
    pool->bytes -= bytes;
    if (large->next != NULL)
        large->next->previous = large->previous;
    if (large->previous != NULL)
        large->previous->next = large->next;
    else
        pool->larges = large->next;
    hl_memory_release(pool->memory, large, sizeof(*large) + bytes);
}

/* ---- the pool ---- */

struct hl_pool *hl_pool_create(struct hl_memory *memory)
{
    struct hl_pool *pool = hl_memory_allocate_zero(memory, sizeof(*pool));
    if (pool == NULL)
        return NULL;
    pool->memory = memory;
    pool->table_bits = TABLE_FIRST_BITS;
    pool->table = hl_memory_allocate_zero(memory, table_bytes(pool->table_bits));
    if (pool->table == NULL) {
        hl_memory_release(memory, pool, sizeof(*pool));
        return NULL;
    }
    return pool;
}

void hl_pool_destroy(struct hl_pool *pool)
{
    if (pool == NULL)
        return;
    while (pool->larges != NULL)
        large_give(pool, pool->larges + 1, pool->larges->bytes);
    for (size_t i = 0; i <= table_mask(pool); i++) {
        if (pool->table[i] != NULL)
            hl_memory_release(pool->memory, pool->table[i], PAGE_BYTES);
    }
    hl_memory_release(pool->memory, pool->table, table_bytes(pool->table_bits));
    hl_memory_release(pool->memory, pool, sizeof(*pool));
}

void *hl_pool_take(struct hl_pool *pool, size_t bytes)
{
    HL_ASSERT(bytes > 0);
    if (bytes > PAGED_MAX_BYTES)
        return large_take(pool, hl_pool_room(bytes));
    size_t rounded;
    unsigned class = class_of(bytes, &rounded);
    struct page *page = pool->open[class];
    if (page == NULL && (page = page_open(pool, class, rounded)) == NULL)
        return NULL;
    void *block = page->free;
    if (block != NULL) {
        page->free = page->free->next;
    } else {
        block = (unsigned char *)page + page->fresh;
        page->fresh += page->block_bytes;
    }
    page->live++;
    pool->bytes += page->block_bytes;
    if (page_is_full(page))
        page_unlink(pool, class, page);
    return block;
}

void hl_pool_give(struct hl_pool *pool, void *block, size_t bytes)
{
    if (block == NULL) {
        HL_ASSERT(bytes == 0);
        return;
    }
    if (bytes > PAGED_MAX_BYTES) {
        large_give(pool, block, hl_pool_room(bytes));
        return;
    }
    size_t rounded;
    unsigned class = class_of(bytes, &rounded);
    struct page *page = page_of(pool, block);
    HL_ASSERT(page != NULL && page->block_bytes == rounded && page->live > 0);
    if (page_is_full(page))
        page_link(pool, class, page);
    struct free_block *given = block;
    given->next = page->free;
    page->free = given;
    page->live--;
    pool->bytes -= rounded;
    if (page->live == 0) {
        page_unlink(pool, class, page);
        page_retire(pool, page);
    }
}

uint64_t hl_pool_bytes(const struct hl_pool *pool)
{
    return pool->bytes;
}
