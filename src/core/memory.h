/*
 * memory.h - the allocator that every structure of the core and the engine is given, and its accounting.
 *
 * Sizes are passed back on resize and release, so that the bytes held are known exactly without block headers.
 * struct hl_memory is owned by the engine; everything else borrows it. Not thread-safe.
 */
#ifndef HL_CORE_MEMORY_H
#define HL_CORE_MEMORY_H

#include <headlined/engine.h>

struct hl_memory {
    struct hl_allocator allocator;
    uint64_t bytes; /* held now */
};

/* @allocator is copied; NULL means malloc, realloc and free. */
void hl_memory_init(struct hl_memory *memory, const struct hl_allocator *allocator);

/* NULL on failure. @bytes 0 is a bug. The block is not cleared. */
void *hl_memory_allocate(struct hl_memory *memory, size_t bytes);

/* As hl_memory_allocate, cleared to zero. */
void *hl_memory_allocate_zero(struct hl_memory *memory, size_t bytes);

/* As realloc; @block may be NULL when @old_bytes is 0. NULL on failure: @block is then as before. */
void *hl_memory_resize(struct hl_memory *memory, void *block, size_t old_bytes, size_t new_bytes);

/* @block may be NULL when @bytes is 0. */
void hl_memory_release(struct hl_memory *memory, void *block, size_t bytes);

#endif
