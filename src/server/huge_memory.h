/*
 * huge_memory.h - an allocator for an engine of gigabytes: its blocks lie in huge pages, so that fork() has few pages to note and the
 * processor few addresses to translate.
 *
 * Blocks of 4 KiB to 256 KiB, of which an engine asks for a few sizes in great numbers (chunks of slabs, pages of its pool, segments of its
 * hash tables), are carved from regions of 2 MiB, each for one size, that the kernel is asked to back with one huge page. Larger ones
 * have regions of their own, smaller ones come from malloc. A region that is empty goes back to the kernel. Where the
 * kernel has no huge pages the regions are ordinary memory. Not thread-safe.
 */
#ifndef HL_SERVER_HUGE_MEMORY_H
#define HL_SERVER_HUGE_MEMORY_H

#include <headlined/engine.h>

struct hl_huge_memory; /* opaque */

/* NULL when out of memory. */
struct hl_huge_memory *hl_huge_memory_create(void);

/* What an engine takes its memory from; lives as long as @memory. */
const struct hl_allocator *hl_huge_memory_allocator(const struct hl_huge_memory *memory);

/*
 * Makes huge pages again of up to @count regions that are not. What is written while a child shares the memory takes its huge page apart, and
 * the next fork() would copy the parts' entries: so, when the child has gone, call this a few regions at a time (some 0.2 ms each if
 * they were taken apart) until it returns false, which ends a round through all regions. Without effect where the kernel cannot.
 */
bool hl_huge_memory_gather(struct hl_huge_memory *memory, unsigned count);

/* All blocks must have been released. NULL does nothing. */
void hl_huge_memory_destroy(struct hl_huge_memory *memory);

#endif
