/*
 * pool.h - variable-size blocks in a few size classes, for short arrays that grow and shrink.
 *
 * Sizes are rounded up to a class (16, 24, 32, 48, 64, 96, 128, ... bytes up to 64 KiB; larger ones are exact). Classes
 * up to 4 KiB share 32 KiB pages from the allocator, a larger block is one allocation. An empty page goes back to the
 * allocator, but for one that the pool keeps at hand. The caller keeps the size. Not thread-safe. Addresses are never
 * part of a result.
 */
#ifndef HL_CORE_POOL_H
#define HL_CORE_POOL_H

#include "core/memory.h"

struct hl_pool; /* opaque */

/* NULL when out of memory. @memory is borrowed for the pool's life. */
struct hl_pool *hl_pool_create(struct hl_memory *memory);
/* Frees every block too. May be NULL. */
void hl_pool_destroy(struct hl_pool *pool);

/* A block of at least @bytes (> 0), aligned to 8, not cleared. NULL when out of memory. O(1). */
void *hl_pool_take(struct hl_pool *pool, size_t bytes);
/* @bytes is what was asked for. @block may be NULL when @bytes is 0. */
void hl_pool_give(struct hl_pool *pool, void *block, size_t bytes);
/* The number of bytes a block asked for with @bytes really has: free room for a growing array. */
size_t hl_pool_room(size_t bytes);

/*
 * Bytes of the blocks that are taken, each as large as it really is: depends on what is held alone, not on what was taken and given
 * before. The pages they lie in may hold more.
 */
uint64_t hl_pool_bytes(const struct hl_pool *pool);

#endif
