/*
 * memory.c - the accounting around an allocator.
 */
#include "core/memory.h"

#include "core/assert.h"

#include <stdlib.h>
#include <string.h>

static void *libc_allocate(void *context, size_t bytes)
{
    (void)context;
    return malloc(bytes);
}

static void *libc_resize(void *context, void *block, size_t old_bytes, size_t new_bytes)
{
    (void)context;
    (void)old_bytes;
    return realloc(block, new_bytes);
}

static void libc_release(void *context, void *block, size_t bytes)
{
    (void)context;
    (void)bytes;
    free(block);
}

void hl_memory_init(struct hl_memory *memory, const struct hl_allocator *allocator)
{
    static const struct hl_allocator libc = {libc_allocate, libc_resize, libc_release, NULL};
    memory->allocator = allocator != NULL ? *allocator : libc;
    memory->bytes = 0;
}

void *hl_memory_allocate(struct hl_memory *memory, size_t bytes)
{
    HL_ASSERT(bytes > 0);
    void *block = memory->allocator.allocate(memory->allocator.context, bytes);
    if (block != NULL)
        memory->bytes += bytes;
    return block;
}

void *hl_memory_allocate_zero(struct hl_memory *memory, size_t bytes)
{
    void *block = hl_memory_allocate(memory, bytes);
    if (block != NULL)
        memset(block, 0, bytes);
    return block;
}

void *hl_memory_resize(struct hl_memory *memory, void *block, size_t old_bytes, size_t new_bytes)
{
    if (block == NULL) {
        HL_ASSERT(old_bytes == 0);
        return hl_memory_allocate(memory, new_bytes);
    }
    HL_ASSERT(old_bytes > 0 && new_bytes > 0 && memory->bytes >= old_bytes);
    void *resized = memory->allocator.resize(memory->allocator.context, block, old_bytes, new_bytes);
    if (resized != NULL)
        memory->bytes += (uint64_t)new_bytes - (uint64_t)old_bytes;
    return resized;
}

void hl_memory_release(struct hl_memory *memory, void *block, size_t bytes)
{
    if (block == NULL) {
        HL_ASSERT(bytes == 0);
        return;
    }
    HL_ASSERT(bytes > 0 && memory->bytes >= bytes);
    memory->allocator.release(memory->allocator.context, block, bytes);
    memory->bytes -= bytes;
}
