/*
 * index.h - a hash index from a 32-bit hash to 32-bit values (slab indices); keys live with the caller.
 *
 * Extendible hashing (Fagin, Nievergelt, Pippenger, Strong, "Extendible hashing", ACM TODS 4(3), 1979): a directory of
 * segments of 1024 slots with linear probing inside. A full segment splits in two, so that growing costs a bounded
 * step and never a pause; a segment that empties joins its buddy. Several values may share a hash. Entries are gone
 * through by hash and value, never in the order in which they lie. Not thread-safe.
 *
 * The top bits of a hash choose the segment, the low ones the slot, so that all 32 should be well mixed. Hashes too much
 * alike for splitting to part them chain further segments: right but slow, so the hash wants a seed where input may be
 * hostile.
 */
#ifndef HL_CORE_INDEX_H
#define HL_CORE_INDEX_H

#include "core/memory.h"
#include "core/slab.h"

struct hl_index; /* opaque */

/* True when @value is the entry that @key describes. */
typedef bool (*hl_index_equal)(const void *context, uint32_t value, const void *key);

/* NULL when out of memory. @memory is borrowed. */
struct hl_index *hl_index_create(struct hl_memory *memory);
void hl_index_destroy(struct hl_index *index); /* may be NULL */

/* The value with @hash for which @equal holds, or HL_NONE. */
uint32_t hl_index_find(const struct hl_index *index, uint32_t hash, hl_index_equal equal, const void *context,
                       const void *key);

/*
 * The value of the first entry with @hash, to read or to set (never to HL_NONE): for a caller whose hash is the key
 * itself, so that the index is a small map of numbers. NULL when there is none. Valid until the next insert or remove.
 */
uint32_t *hl_index_value(const struct hl_index *index, uint32_t hash);

/*
 * Asks for the cache line where the search for @hash begins: for a caller with several look-ups to do, which then wait for memory
 * together. Changes nothing.
 */
void hl_index_prefetch(const struct hl_index *index, uint32_t hash);

/*
 * The value that a find of @hash would compare first, or HL_NONE: a guess at the result, good for asking for the record in advance.
 */
uint32_t hl_index_guess(const struct hl_index *index, uint32_t hash);

/*
 * Makes sure that the next @count inserts, of any hashes, cannot fail, whatever is removed in between; replaces the
 * promise made before. HL_NO_MEMORY: no promise holds; the entries are as before. O(1) and without allocation while
 * memory is plenty and @count below 256.
 */
enum hl_status hl_index_reserve(struct hl_index *index, uint32_t count);

/* Adds @value (not HL_NONE) under @hash; does not look for duplicates. HL_NO_MEMORY: the entries are as before. */
enum hl_status hl_index_insert(struct hl_index *index, uint32_t hash, uint32_t value);

/*
 * hl_index_find and, when it finds none, hl_index_insert, in one walk: for keys that should all be new, as those of saved records. HL_CORRUPT:
 * there is an entry for which @equal holds. HL_NO_MEMORY as above.
 */
enum hl_status hl_index_insert_new(struct hl_index *index, uint32_t hash, uint32_t value, hl_index_equal equal,
                                   const void *context, const void *key);

/*
 * Gives an index that never had an entry the segments that @count entries will fill anyway, so that none of these moves when they come; no more
 * memory than these would take in the end. HL_NO_MEMORY: it got some of the segments, which does no harm.
 */
enum hl_status hl_index_presize(struct hl_index *index, uint32_t count);

/* Removes the entry (@hash, @value); false when it is not there. Never allocates. */
bool hl_index_remove(struct hl_index *index, uint32_t hash, uint32_t value);

uint32_t hl_index_count(const struct hl_index *index);

/*
 * Calls @visit for every entry, ascending by hash, then by value; false from it ends the walk. HL_NO_MEMORY may come after some
 * visits, but only where hashes are so much alike that segments are chained. O(entries).
 */
typedef bool (*hl_index_visit)(void *context, uint32_t hash, uint32_t value);
enum hl_status hl_index_walk(const struct hl_index *index, hl_index_visit visit, void *context);

#endif
