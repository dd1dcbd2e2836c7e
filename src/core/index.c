/*
 * index.c - extendible hashing with segments of linear probing.
 *
 *   directory (2^depth entries, by the top bits of the hash)
 *   [0] --> segment, depth 2           a segment of depth d is shared by the 2^(depth - d) entries that have its
 *   [1] --> segment, depth 2           first d bits
 *   [2] --> segment, depth 1 --> overflow
 *   [3] ----^
 *
 * A segment is *full* at 768 of its 1024 slots, where it splits. When there is no memory for that, it fills on up to
 * 1023 (one slot stays free, where searches end), which is what lets hl_index_reserve promise inserts without
 * allocating. When splitting would blow up the directory, because hashes are too much alike, segments are chained.
 */
#include "core/index.h"

#include "core/assert.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS 1024U
#define SLOT_MASK (SLOTS - 1)
#define FULL_SLOTS 768U
#define LAST_SLOTS (SLOTS - 1)
#define ROOM_AFTER_FULL (LAST_SLOTS - FULL_SLOTS)
#define JOIN_SLOTS (FULL_SLOTS / 2) /* two segments of no more together become one */
#define SPREAD_SLOTS 128U           /* by which hardly any segment falls short of the mean of all */
#define DEPTH_MAX 22U               /* 32 less the bits that choose the slot */
#define DIRECTORY_SHARE 8U          /* directory entries per segment, at most, when it doubles */

struct slot {
    uint32_t hash;
    uint32_t value; /* HL_NONE: free */
};

struct segment {
    struct segment *next; /* owned: overflow, or the next spare */
    uint32_t count;
    uint32_t depth; /* bits of the hash its entries have in common; not used in overflow segments */
    struct slot slots[SLOTS];
};

struct hl_index {
    struct hl_memory *memory;   /* borrowed */
    struct segment **directory; /* owned */
    size_t capacity;            /* entries that the directory has memory for */
    unsigned depth;
    uint32_t count;         /* entries */
    uint32_t segments;      /* in the directory and chained */
    uint32_t deepest;       /* segments of the directory's depth */
    uint32_t overflows;     /* chained segments */
    uint32_t overfull;      /* segments with more than FULL_SLOTS entries */
    struct segment *spares; /* owned: promised by hl_index_reserve */
    uint32_t spare_count;
};

/* ---- one segment ---- */

static struct segment *segment_create(struct hl_index *index)
{
    struct segment *segment = hl_memory_allocate(index->memory, sizeof(*segment));
    if (segment == NULL)
        return NULL;
    segment->next = NULL;
    segment->count = 0;
    segment->depth = 0;
    memset(segment->slots, 0xFF, sizeof(segment->slots)); /* every value HL_NONE */
    return segment;
}

static void segment_release(struct hl_index *index, struct segment *segment)
{
    hl_memory_release(index->memory, segment, sizeof(*segment));
}

/* There must be a free slot besides the last. */
static void segment_put(struct hl_index *index, struct segment *segment, uint32_t hash, uint32_t value)
{
    uint32_t i = hash & SLOT_MASK;
    while (segment->slots[i].value != HL_NONE)
        i = (i + 1) & SLOT_MASK;
    segment->slots[i] = (struct slot){hash, value};
    if (segment->count++ == FULL_SLOTS)
        index->overfull++;
}

/* Takes slot @hole out and moves the entries behind it back, so that searches need no marks of deletion. */
static void segment_cut(struct hl_index *index, struct segment *segment, uint32_t hole)
{
    struct slot *slots = segment->slots;
    for (uint32_t i = (hole + 1) & SLOT_MASK; slots[i].value != HL_NONE; i = (i + 1) & SLOT_MASK) {
        uint32_t home = slots[i].hash & SLOT_MASK;
        if (((i - home) & SLOT_MASK) >= ((i - hole) & SLOT_MASK)) {
            slots[hole] = slots[i];
            hole = i;
        }
    }
    slots[hole].value = HL_NONE;
    if (segment->count-- == FULL_SLOTS + 1)
        index->overfull--;
}

/* Moves all entries of @from, which is then released, to @to. */
static void segment_absorb(struct hl_index *index, struct segment *to, struct segment *from)
{
    if (from->count > FULL_SLOTS)
        index->overfull--;
    for (uint32_t i = 0; i < SLOTS; i++) {
        if (from->slots[i].value != HL_NONE)
            segment_put(index, to, from->slots[i].hash, from->slots[i].value);
    }
    segment_release(index, from);
    index->segments--;
}

/* Moves the entries of @from whose hash has @bit to @to, which is empty. */
static void segment_divide(struct hl_index *index, struct segment *from, struct segment *to, uint32_t bit)
{
    if (from->count == 0)
        return;
    struct slot slots[SLOTS];
    memcpy(slots, from->slots, sizeof(slots));
    memset(from->slots, 0xFF, sizeof(from->slots));
    if (from->count > FULL_SLOTS)
        index->overfull--;
    from->count = 0;
    for (uint32_t i = 0; i < SLOTS; i++) {
        if (slots[i].value != HL_NONE)
            segment_put(index, (slots[i].hash & bit) != 0 ? to : from, slots[i].hash, slots[i].value);
    }
}

/* ---- chains ---- */

static void chain_release(struct hl_index *index, struct segment *head)
{
    while (head != NULL) {
        struct segment *next = head->next;
        segment_release(index, head);
        head = next;
    }
}

static uint32_t chain_length(const struct segment *head)
{
    uint32_t length = 0;
    for (; head != NULL; head = head->next)
        length++;
    return length;
}

static struct segment *chain_create(struct hl_index *index, uint32_t length)
{
    struct segment *head = NULL;
    for (uint32_t i = 0; i < length; i++) {
        struct segment *segment = segment_create(index);
        if (segment == NULL) {
            chain_release(index, head);
            return NULL;
        }
        segment->next = head;
        head = segment;
    }
    return head;
}

/* The first segment with fewer than @slots entries, or NULL. */
static struct segment *chain_room(struct segment *head, uint32_t slots)
{
    while (head != NULL && head->count >= slots)
        head = head->next;
    return head;
}

static bool worth_joining(const struct segment *a, const struct segment *b)
{
    return a->count == 0 || b->count == 0 || a->count + b->count <= JOIN_SLOTS;
}

/* Joins neighbours in the chain that have become small. */
static void chain_tidy(struct hl_index *index, struct segment *head)
{
    while (head->next != NULL) {
        struct segment *next = head->next;
        if (worth_joining(head, next)) {
            head->next = next->next;
            segment_absorb(index, head, next);
            index->overflows--;
        } else {
            head = next;
        }
    }
}

/* Puts @segment (empty; may be NULL) behind @head. */
static struct segment *chain_extend(struct hl_index *index, struct segment *head, struct segment *segment)
{
    if (segment == NULL)
        return NULL;
    segment->next = head->next;
    head->next = segment;
    index->segments++;
    index->overflows++;
    return segment;
}

/* ---- the directory ---- */

static size_t directory_slot(const struct hl_index *index, uint32_t hash)
{
    return (size_t)((uint64_t)hash >> (32 - index->depth));
}

/* Lets every entry of the range that belongs to @depth bits of @hash lead to @segment. */
static void directory_fill(struct hl_index *index, uint32_t hash, unsigned depth, struct segment *segment)
{
    size_t length = (size_t)1 << (index->depth - depth);
    size_t first = directory_slot(index, hash) & ~(length - 1);
    for (size_t i = 0; i < length; i++)
        index->directory[first + i] = segment;
}

static bool directory_double(struct hl_index *index)
{
    size_t entries = (size_t)2 << index->depth;
    if (index->depth >= DEPTH_MAX || entries > (size_t)DIRECTORY_SHARE * index->segments)
        return false;
    if (entries > index->capacity) {
        struct segment **directory = hl_memory_resize(
            index->memory, index->directory, index->capacity * sizeof(*directory), entries * sizeof(*directory));
        if (directory == NULL)
            return false;
        index->directory = directory;
        index->capacity = entries;
    }
    for (size_t i = entries; i-- > 0;)
        index->directory[i] = index->directory[i / 2];
    index->depth++;
    index->deepest = 0;
    return true;
}

/* Halves the directory while no segment needs all of it. When the allocator fails to shrink it, it keeps its memory. */
static void directory_shrink(struct hl_index *index)
{
    if (index->deepest > 0)
        return;
    while (index->deepest == 0) {
        index->depth--;
        size_t entries = (size_t)1 << index->depth;
        for (size_t i = 0; i < entries; i++) {
            index->directory[i] = index->directory[2 * i];
            if (index->directory[i]->depth == index->depth)
                index->deepest++;
        }
    }
    size_t bytes = sizeof(struct segment *) << index->depth;
    struct segment **directory =
        hl_memory_resize(index->memory, index->directory, index->capacity * sizeof(*directory), bytes);
    if (directory == NULL)
        return;
    index->directory = directory;
    index->capacity = (size_t)1 << index->depth;
}

/* Splits the chain at @head, to which @hash leads, by one more bit. False when memory or the directory forbids it. */
static bool split(struct hl_index *index, struct segment *head, uint32_t hash)
{
    if (head->depth == index->depth && !directory_double(index))
        return false;
    uint32_t length = chain_length(head);
    struct segment *sibling = chain_create(index, length);
    if (sibling == NULL)
        return false;
    uint32_t bit = UINT32_C(1) << (31 - head->depth);
    for (struct segment *from = head, *to = sibling; from != NULL && to != NULL; from = from->next, to = to->next)
        segment_divide(index, from, to, bit);
    index->segments += length;
    index->overflows += length - 1;
    head->depth++;
    sibling->depth = head->depth;
    if (head->depth == index->depth)
        index->deepest += 2;
    directory_fill(index, hash | bit, head->depth, sibling);
    chain_tidy(index, head);
    chain_tidy(index, sibling);
    return true;
}

/* Joins the segment that @hash leads to with its buddy while both are small. */
static void join(struct hl_index *index, uint32_t hash)
{
    for (;;) {
        struct segment *segment = index->directory[directory_slot(index, hash)];
        if (segment->depth == 0 || segment->next != NULL || segment->count > JOIN_SLOTS)
            return;
        uint32_t bit = UINT32_C(1) << (32 - segment->depth);
        struct segment *buddy = index->directory[directory_slot(index, hash ^ bit)];
        if (buddy->depth != segment->depth || buddy->next != NULL || segment->count + buddy->count > JOIN_SLOTS)
            return;
        if (segment->depth == index->depth)
            index->deepest -= 2;
        segment_absorb(index, segment, buddy);
        segment->depth--;
        directory_fill(index, hash, segment->depth, segment);
        directory_shrink(index);
    }
}

/* ---- the index ---- */

struct hl_index *hl_index_create(struct hl_memory *memory)
{
    struct hl_index *index = hl_memory_allocate_zero(memory, sizeof(*index));
    if (index == NULL)
        return NULL;
    index->memory = memory;
    index->directory = hl_memory_allocate(memory, sizeof(*index->directory));
    if (index->directory == NULL)
        goto err_after_index;
    index->directory[0] = segment_create(index);
    if (index->directory[0] == NULL)
        goto err_after_directory;
    index->capacity = 1;
    index->segments = 1;
    index->deepest = 1;
    return index;
err_after_directory:
    hl_memory_release(memory, index->directory, sizeof(*index->directory));
err_after_index:
    hl_memory_release(memory, index, sizeof(*index));
    return NULL;
}

void hl_index_destroy(struct hl_index *index)
{
    if (index == NULL)
        return;
    size_t step;
    for (size_t i = 0; i < (size_t)1 << index->depth; i += step) {
        step = (size_t)1 << (index->depth - index->directory[i]->depth);
        chain_release(index, index->directory[i]);
    }
    chain_release(index, index->spares);
    hl_memory_release(index->memory, index->directory, index->capacity * sizeof(*index->directory));
    hl_memory_release(index->memory, index, sizeof(*index));
}

uint32_t hl_index_find(const struct hl_index *index, uint32_t hash, hl_index_equal equal, const void *context,
                       const void *key)
{
    const struct segment *segment = index->directory[directory_slot(index, hash)];
    do {
        const struct slot *slots = segment->slots;
        for (uint32_t i = hash & SLOT_MASK; slots[i].value != HL_NONE; i = (i + 1) & SLOT_MASK) {
            if (slots[i].hash == hash && equal(context, slots[i].value, key))
                return slots[i].value;
        }
        /* The count of overflows spares a miss the look at segment->next, which lies on another cache line. */
    } while (index->overflows > 0 && (segment = segment->next) != NULL);
    return HL_NONE;
}

void hl_index_prefetch(const struct hl_index *index, uint32_t hash)
{
    __builtin_prefetch(&index->directory[directory_slot(index, hash)]->slots[hash & SLOT_MASK]);
}

uint32_t hl_index_guess(const struct hl_index *index, uint32_t hash)
{
    const struct slot *slots = index->directory[directory_slot(index, hash)]->slots;
    uint32_t i = hash & SLOT_MASK;
    while (slots[i].value != HL_NONE && slots[i].hash != hash)
        i = (i + 1) & SLOT_MASK;
    return slots[i].value;
}

uint32_t *hl_index_value(const struct hl_index *index, uint32_t hash)
{
    struct segment *segment = index->directory[directory_slot(index, hash)];
    do {
        struct slot *slots = segment->slots;
        for (uint32_t i = hash & SLOT_MASK; slots[i].value != HL_NONE; i = (i + 1) & SLOT_MASK) {
            if (slots[i].hash == hash)
                return &slots[i].value;
        }
    } while (index->overflows > 0 && (segment = segment->next) != NULL); /* as in hl_index_find */
    return NULL;
}

enum hl_status hl_index_reserve(struct hl_index *index, uint32_t count)
{
    /* Only a segment that is full already, or that all these inserts fill, may need another one. */
    uint32_t needed = (count < index->overfull ? count : index->overfull) + count / (ROOM_AFTER_FULL + 1);
    while (index->spare_count < needed) {
        struct segment *spare = segment_create(index);
        if (spare == NULL) {
            chain_release(index, index->spares);
            index->spares = NULL;
            index->spare_count = 0;
            return HL_NO_MEMORY;
        }
        spare->next = index->spares;
        index->spares = spare;
        index->spare_count++;
    }
    while (index->spare_count > needed) {
        struct segment *spare = index->spares;
        index->spares = spare->next;
        index->spare_count--;
        segment_release(index, spare);
    }
    return HL_OK;
}

static struct segment *take_spare(struct hl_index *index)
{
    struct segment *spare = index->spares;
    if (spare == NULL)
        return NULL;
    index->spares = spare->next;
    index->spare_count--;
    spare->next = NULL;
    return spare;
}

/* A segment with room for @hash, or NULL when out of memory. */
static struct segment *make_room(struct hl_index *index, uint32_t hash)
{
    for (;;) {
        struct segment *head = index->directory[directory_slot(index, hash)];
        struct segment *segment = chain_room(head, FULL_SLOTS);
        if (segment != NULL)
            return segment;
        if (split(index, head, hash))
            continue;
        segment = chain_extend(index, head, segment_create(index));
        if (segment == NULL)
            segment = chain_room(head, LAST_SLOTS);
        return segment != NULL ? segment : chain_extend(index, head, take_spare(index));
    }
}

enum hl_status hl_index_insert(struct hl_index *index, uint32_t hash, uint32_t value)
{
    HL_ASSERT(value != HL_NONE && index->count < UINT32_MAX);
    struct segment *segment = make_room(index, hash);
    if (segment == NULL)
        return HL_NO_MEMORY;
    segment_put(index, segment, hash, value);
    index->count++;
    return HL_OK;
}

enum hl_status hl_index_insert_new(struct hl_index *index, uint32_t hash, uint32_t value, hl_index_equal equal,
                                   const void *context, const void *key)
{
    HL_ASSERT(value != HL_NONE && index->count < UINT32_MAX);
    struct segment *head = index->directory[directory_slot(index, hash)];
    if (index->overflows > 0 || head->count >= FULL_SLOTS)
        return hl_index_find(index, hash, equal, context, key) != HL_NONE ? HL_CORRUPT
                                                                          : hl_index_insert(index, hash, value);
    uint32_t i = hash & SLOT_MASK;
    for (; head->slots[i].value != HL_NONE; i = (i + 1) & SLOT_MASK) {
        if (head->slots[i].hash == hash && equal(context, head->slots[i].value, key))
            return HL_CORRUPT;
    }
    head->slots[i] = (struct slot){hash, value};
    head->count++;
    index->count++;
    return HL_OK;
}

enum hl_status hl_index_presize(struct hl_index *index, uint32_t count)
{
    HL_ASSERT(index->count == 0 && index->depth == 0);
    for (unsigned depth = 0; depth < DEPTH_MAX && count >> depth > FULL_SLOTS + SPREAD_SLOTS; depth++) {
        for (uint32_t i = 0; i < UINT32_C(1) << depth; i++) {
            uint32_t hash = (uint32_t)((uint64_t)i << (32 - depth));
            if (!split(index, index->directory[directory_slot(index, hash)], hash))
                return HL_NO_MEMORY;
        }
    }
    return HL_OK;
}

bool hl_index_remove(struct hl_index *index, uint32_t hash, uint32_t value)
{
    struct segment *head = index->directory[directory_slot(index, hash)];
    for (struct segment *segment = head; segment != NULL; segment = segment->next) {
        for (uint32_t i = hash & SLOT_MASK; segment->slots[i].value != HL_NONE; i = (i + 1) & SLOT_MASK) {
            if (segment->slots[i].hash != hash || segment->slots[i].value != value)
                continue;
            segment_cut(index, segment, i);
            index->count--;
            chain_tidy(index, head);
            join(index, hash);
            return true;
        }
    }
    return false;
}

uint32_t hl_index_count(const struct hl_index *index)
{
    return index->count;
}

/* ---- going through ---- */

/* The entries of a chain as numbers that sort by hash, then by value; @numbers has room. Returns how many. */
static uint32_t chain_collect(const struct segment *head, uint64_t *numbers)
{
    uint32_t count = 0;
    for (; head != NULL; head = head->next) {
        for (uint32_t i = 0; i < SLOTS; i++) {
            if (head->slots[i].value != HL_NONE)
                numbers[count++] = (uint64_t)head->slots[i].hash << 32 | head->slots[i].value;
        }
    }
    return count;
}

static int ascending(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/*
 * Sorts @count numbers that agree in their first @depth bits, and returns where they are then: @numbers or @spare, which has room for as
 * many. Those of one segment go into the places that the next bits say, which leaves them nearly in order, then by insertion; hashes that
 * made chains are too much alike for that.
 */
static const uint64_t *sort_numbers(uint64_t *numbers, uint32_t count, unsigned depth, uint64_t *spare)
{
    if (count >= SLOTS) {
        qsort(numbers, count, sizeof *numbers, ascending);
        return numbers;
    }
    uint32_t first[SLOTS + 1] = {0};
    unsigned shift = 64 - depth - 10; /* depth is at most DEPTH_MAX */
    for (uint32_t i = 0; i < count; i++)
        first[(numbers[i] >> shift & SLOT_MASK) + 1]++;
    for (uint32_t i = 1; i <= SLOTS; i++)
        first[i] += first[i - 1];
    for (uint32_t i = 0; i < count; i++)
        spare[first[numbers[i] >> shift & SLOT_MASK]++] = numbers[i];
    for (uint32_t i = 1; i < count; i++) {
        uint64_t number = spare[i];
        uint32_t at = i;
        for (; at > 0 && spare[at - 1] > number; at--)
            spare[at] = spare[at - 1];
        spare[at] = number;
    }
    return spare;
}

/* The entries of one chain; false in *@goes_on ends the walk. */
static enum hl_status chain_walk(const struct hl_index *index, const struct segment *head, hl_index_visit visit,
                                 void *context, bool *goes_on)
{
    uint64_t own[2 * SLOTS], *numbers = own;
    size_t room = (size_t)chain_length(head) * SLOTS;
    if (room > SLOTS)
        numbers = hl_memory_allocate(index->memory, 2 * room * sizeof *numbers);
    if (numbers == NULL)
        return HL_NO_MEMORY;
    uint32_t count = chain_collect(head, numbers);
    const uint64_t *sorted = sort_numbers(numbers, count, head->depth, numbers + room);
    for (uint32_t i = 0; i < count && *goes_on; i++)
        *goes_on = visit(context, (uint32_t)(sorted[i] >> 32), (uint32_t)sorted[i]);
    if (numbers != own)
        hl_memory_release(index->memory, numbers, 2 * room * sizeof *numbers);
    return HL_OK;
}

enum hl_status hl_index_walk(const struct hl_index *index, hl_index_visit visit, void *context)
{
    size_t step;
    bool goes_on = true;
    for (size_t i = 0; i < (size_t)1 << index->depth && goes_on; i += step) {
        const struct segment *head = index->directory[i];
        step = (size_t)1 << (index->depth - head->depth);
        if (chain_walk(index, head, visit, context, &goes_on) != HL_OK)
            return HL_NO_MEMORY;
    }
    return HL_OK;
}
