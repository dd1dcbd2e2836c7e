/*
 * failing_allocator.c - blocks in a list, each between a head and a guard, over malloc.
 */
#include "support/failing_allocator.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_MAGIC UINT64_C(0x6865616c74687921)
#define GUARD_BYTES 16
#define GUARD_FILL 0xFD
#define NEW_FILL 0xA5
#define RELEASED_FILL 0xDD

struct failing_block {
    uint64_t magic;
    struct failing_block *previous, *next;
    size_t bytes;
    uint64_t number; /* of the request that made it */
    uint64_t unused; /* keeps what follows aligned to 16 */
};

static unsigned char *payload(struct failing_block *head)
{
    return (unsigned char *)(head + 1);
}

/* True when this request shall fail. */
static bool fails_now(struct failing_allocator *fa)
{
    fa->requests++;
    if (fa->requests < fa->fail_first || fa->requests >= fa->fail_end)
        return false;
    fa->failures++;
    fa->fired = true;
    return true;
}

static void *block_create(struct failing_allocator *fa, size_t bytes)
{
    if (bytes == 0) {
        (void)fprintf(stderr, "failing_allocator: request %" PRIu64 " is for 0 bytes\n", fa->requests);
        fa->errors++;
    }
    if (bytes > SIZE_MAX - sizeof(struct failing_block) - GUARD_BYTES)
        return NULL;
    struct failing_block *head = malloc(sizeof(*head) + bytes + GUARD_BYTES);
    if (head == NULL)
        return NULL;
    *head = (struct failing_block){BLOCK_MAGIC, NULL, fa->blocks, bytes, fa->requests, 0};
    if (head->next != NULL)
        head->next->previous = head;
    fa->blocks = head;
    memset(payload(head), NEW_FILL, bytes);
    memset(payload(head) + bytes, GUARD_FILL, GUARD_BYTES);
    fa->live_blocks++;
    fa->live_bytes += bytes;
    if (fa->live_bytes > fa->peak_bytes)
        fa->peak_bytes = fa->live_bytes;
    return payload(head);
}

/* The head of @block, whose size the caller believes to be @bytes. */
static struct failing_block *block_check(struct failing_allocator *fa, void *block, size_t bytes)
{
    struct failing_block *head = (struct failing_block *)block - 1;
    if (head->magic != BLOCK_MAGIC) {
        (void)fprintf(stderr, "failing_allocator: not a live block: %p of %zu bytes\n", block, bytes);
        abort();
    }
    if (head->bytes != bytes) {
        (void)fprintf(stderr, "failing_allocator: block %" PRIu64 " has %zu bytes, not %zu\n", head->number,
                      head->bytes, bytes);
        fa->errors++;
    }
    for (size_t i = 0; i < GUARD_BYTES; i++) {
        if (payload(head)[head->bytes + i] != GUARD_FILL) {
            (void)fprintf(stderr, "failing_allocator: written behind block %" PRIu64 " of %zu bytes\n", head->number,
                          head->bytes);
            fa->errors++;
            break;
        }
    }
    return head;
}

static void block_destroy(struct failing_allocator *fa, struct failing_block *head)
{
    if (head->next != NULL)
        head->next->previous = head->previous;
    if (head->previous != NULL)
        head->previous->next = head->next;
    else
        fa->blocks = head->next;
    fa->live_blocks--;
    fa->live_bytes -= head->bytes;
    memset(head, RELEASED_FILL, sizeof(*head) + head->bytes + GUARD_BYTES);
    __asm__ volatile("" : : "r"(head) : "memory"); /* else the compiler leaves the fill out, being dead before free */
    free(head);
}

static void *allocate(void *context, size_t bytes)
{
    struct failing_allocator *fa = context;
    return fails_now(fa) ? NULL : block_create(fa, bytes);
}

static void *resize(void *context, void *block, size_t old_bytes, size_t new_bytes)
{
    struct failing_allocator *fa = context;
    struct failing_block *head = block_check(fa, block, old_bytes);
    void *moved = fails_now(fa) ? NULL : block_create(fa, new_bytes);
    if (moved == NULL)
        return NULL;
    memcpy(moved, block, head->bytes < new_bytes ? head->bytes : new_bytes);
    block_destroy(fa, head);
    return moved;
}

static void release(void *context, void *block, size_t bytes)
{
    struct failing_allocator *fa = context;
    block_destroy(fa, block_check(fa, block, bytes));
}

void failing_allocator_init(struct failing_allocator *fa)
{
    *fa = (struct failing_allocator){.allocator = {allocate, resize, release, fa}};
}

void failing_allocator_arm(struct failing_allocator *fa, uint64_t nth, uint64_t count)
{
    fa->fired = false;
    fa->fail_first = nth == 0 ? UINT64_MAX : fa->requests + nth;
    fa->fail_end = count > UINT64_MAX - fa->fail_first ? UINT64_MAX : fa->fail_first + count;
}

bool failing_allocator_fired(const struct failing_allocator *fa)
{
    return fa->fired;
}

bool failing_allocator_is_clean(const struct failing_allocator *fa)
{
    for (const struct failing_block *head = fa->blocks; head != NULL; head = head->next)
        (void)fprintf(stderr, "failing_allocator: leaked block %" PRIu64 " of %zu bytes\n", head->number, head->bytes);
    if (fa->errors > 0)
        (void)fprintf(stderr, "failing_allocator: %" PRIu64 " errors\n", fa->errors);
    return fa->live_blocks == 0 && fa->errors == 0;
}
