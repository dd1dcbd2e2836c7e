/*
 * huge_memory.c - regions of one huge page each, and a list of those with room for each size of block.
 */
#include "server/huge_memory.h"

#include "core/assert.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25 /* Linux 6.1; older kernels refuse it */
#endif

#define REGION_BYTES ((size_t)2 << 20)
#define BLOCK_MIN_BYTES 4096
#define BLOCK_MAX_BYTES ((size_t)256 << 10)
#define ALIGN_BYTES 64
#define KINDS_MAX 64 /* sizes; a further one comes from malloc */

struct free_block {
    struct free_block *next;
};

/* Lies at the start of its memory, which is aligned to REGION_BYTES. */
struct region {
    struct region *before, *after;  /* among all, in a ring with the head in struct hl_huge_memory */
    struct region *previous, *next; /* among those of its size with room */
    struct free_block *free;        /* blocks given back */
    size_t fresh;                   /* offset of the first byte never used */
    uint32_t live;
};

struct kind {
    size_t block_bytes;
    struct region *open;
};

struct hl_huge_memory {
    struct hl_allocator allocator;
    struct region ring; /* only its before and after */
    struct region
        *gathered; /* by the round of hl_huge_memory_gather that is going on; the ring's head between rounds */
    uint32_t kind_count;
    struct kind kinds[KINDS_MAX];
};

static size_t round_up(size_t bytes, size_t to)
{
    return (bytes + to - 1) & ~(to - 1);
}

/* ---- regions ---- */

/* @bytes, a multiple of REGION_BYTES, aligned to that. */
static void *map_aligned(size_t bytes)
{
    unsigned char *mapped =
        mmap(NULL, bytes + REGION_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED)
        return NULL;
    size_t before = (REGION_BYTES - ((uintptr_t)mapped & (REGION_BYTES - 1))) & (REGION_BYTES - 1);
    if (before > 0)
        munmap(mapped, before);
    munmap(mapped + before + bytes, REGION_BYTES - before);
    (void)madvise(mapped + before, bytes, MADV_HUGEPAGE); /* a wish: without huge pages it is ordinary memory */
    return mapped + before;
}

static void open_region(struct kind *kind, struct region *region)
{
    region->previous = NULL;
    region->next = kind->open;
    if (region->next)
        region->next->previous = region;
    kind->open = region;
}

static void close_region(struct kind *kind, struct region *region)
{
    if (region->next)
        region->next->previous = region->previous;
    if (region->previous)
        region->previous->next = region->next;
    else
        kind->open = region->next;
}

static bool is_full(const struct kind *kind, const struct region *region)
{
    return !region->free && region->fresh + kind->block_bytes > REGION_BYTES;
}

static struct region *make_region(struct hl_huge_memory *memory, struct kind *kind)
{
    struct region *region = map_aligned(REGION_BYTES);
    if (!region)
        return NULL;
    *region = (struct region){.fresh = round_up(sizeof *region, ALIGN_BYTES)};
    region->before = memory->ring.before;
    region->after = &memory->ring;
    region->before->after = region->after->before = region;
    open_region(kind, region);
    return region;
}

static void drop_region(struct hl_huge_memory *memory, struct region *region)
{
    if (memory->gathered == region)
        memory->gathered = region->before;
    region->before->after = region->after;
    region->after->before = region->before;
    munmap(region, REGION_BYTES);
}

static void *block_take(struct hl_huge_memory *memory, struct kind *kind)
{
    struct region *region = kind->open ? kind->open : make_region(memory, kind);
    if (!region)
        return NULL;
    void *block = region->free;
    if (region->free) {
        region->free = region->free->next;
    } else {
        block = (unsigned char *)region + region->fresh;
        region->fresh += kind->block_bytes;
    }
    region->live++;
    if (is_full(kind, region))
        close_region(kind, region);
    return block;
}

static void block_give(struct hl_huge_memory *memory, struct kind *kind, void *block)
{
    struct region *region = (void *)((unsigned char *)block - ((uintptr_t)block & (REGION_BYTES - 1)));
    struct free_block *given = block;
    HL_ASSERT(region->live > 0);
    if (is_full(kind, region))
        open_region(kind, region);
    given->next = region->free;
    region->free = given;
    if (--region->live > 0)
        return;
    close_region(kind, region);
    drop_region(memory, region);
}

/* ---- sizes ---- */

/* The kind of blocks of @bytes, made if need be; NULL when they come from malloc or have regions of their own. */
static struct kind *kind_of(struct hl_huge_memory *memory, size_t bytes)
{
    if (bytes < BLOCK_MIN_BYTES || bytes > BLOCK_MAX_BYTES)
        return NULL;
    size_t rounded = round_up(bytes, ALIGN_BYTES);
    for (uint32_t i = 0; i < memory->kind_count; i++)
        if (memory->kinds[i].block_bytes == rounded)
            return &memory->kinds[i];
    if (memory->kind_count == KINDS_MAX) /* for good: what was refused once always will be */
        return NULL;
    memory->kinds[memory->kind_count] = (struct kind){rounded, NULL};
    return &memory->kinds[memory->kind_count++];
}

static bool has_own_region(size_t bytes)
{
    return bytes >= REGION_BYTES;
}

static void *allocate(void *context, size_t bytes)
{
    struct kind *kind = kind_of(context, bytes);
    if (kind)
        return block_take(context, kind);
    return has_own_region(bytes) ? map_aligned(round_up(bytes, REGION_BYTES)) : malloc(bytes);
}

static void release(void *context, void *block, size_t bytes)
{
    struct kind *kind = kind_of(context, bytes);
    if (kind)
        block_give(context, kind, block);
    else if (has_own_region(bytes))
        munmap(block, round_up(bytes, REGION_BYTES));
    else
        free(block);
}

static void *resize(void *context, void *block, size_t old_bytes, size_t new_bytes)
{
    void *resized = allocate(context, new_bytes);
    if (!resized)
        return NULL;
    memcpy(resized, block, old_bytes < new_bytes ? old_bytes : new_bytes);
    release(context, block, old_bytes);
    return resized;
}

/* ---- life ---- */

struct hl_huge_memory *hl_huge_memory_create(void)
{
    struct hl_huge_memory *memory = calloc(1, sizeof *memory);
    if (!memory)
        return NULL;
    memory->allocator = (struct hl_allocator){allocate, resize, release, memory};
    memory->ring.before = memory->ring.after = memory->gathered = &memory->ring;
    return memory;
}

const struct hl_allocator *hl_huge_memory_allocator(const struct hl_huge_memory *memory)
{
    return &memory->allocator;
}

bool hl_huge_memory_gather(struct hl_huge_memory *memory, unsigned count)
{
    for (; count > 0; count--) {
        memory->gathered = memory->gathered->after;
        if (memory->gathered == &memory->ring)
            return false;
        (void)madvise(memory->gathered, REGION_BYTES, MADV_COLLAPSE); /* a wish, too */
    }
    return true;
}

void hl_huge_memory_destroy(struct hl_huge_memory *memory)
{
    HL_ASSERT(memory == NULL || memory->ring.after == &memory->ring);
    free(memory);
}
