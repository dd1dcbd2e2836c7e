/*
 * failing_malloc.c - counting requests for memory (see failing_malloc.h).
 */
#include "support/failing_malloc.h"

#include <stdatomic.h>
#include <stddef.h>

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
void *__real_realloc(void *block, size_t bytes);
void *__wrap_malloc(size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void *__wrap_realloc(void *block, size_t bytes);

static atomic_uint_least64_t left; /* requests until one fails, that one included; 0: none will */
static atomic_bool fired;

static bool fails_now(void)
{
    uint_least64_t now = atomic_load(&left);
    while (now > 0 && !atomic_compare_exchange_weak(&left, &now, now - 1))
        ;
    if (now == 1)
        atomic_store(&fired, true);
    return now == 1;
}

void *__wrap_malloc(size_t bytes)
{
    return fails_now() ? NULL : __real_malloc(bytes);
}

void *__wrap_calloc(size_t count, size_t bytes)
{
    return fails_now() ? NULL : __real_calloc(count, bytes);
}

void *__wrap_realloc(void *block, size_t bytes)
{
    return fails_now() ? NULL : __real_realloc(block, bytes);
}

void failing_malloc_arm(uint64_t nth)
{
    atomic_store(&fired, false);
    atomic_store(&left, nth);
}

bool failing_malloc_fired(void)
{
    return atomic_load(&fired);
}
