/*
 * memory_limit.h - makes every further allocation that needs memory from the system fail, for code that calls malloc itself.
 *
 * Blocks of 64 KiB and more are asked of the system each, provided that main begins with memory_limit_prepare and the tests with a limit
 * run first, while no larger piece lies free in the heap. Sanitizers need address space of their own: where MEMORY_LIMIT_WORKS is
 * 0, skip the test.
 */
#ifndef HL_TESTS_SUPPORT_MEMORY_LIMIT_H
#define HL_TESTS_SUPPORT_MEMORY_LIMIT_H

#include <malloc.h>
#include <stdbool.h>
#include <sys/resource.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MEMORY_LIMIT_WORKS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define MEMORY_LIMIT_WORKS 0
#endif
#endif
#ifndef MEMORY_LIMIT_WORKS
#define MEMORY_LIMIT_WORKS 1
#endif

static inline bool memory_limit_prepare(void)
{
    return !MEMORY_LIMIT_WORKS || mallopt(M_MMAP_THRESHOLD, 64 * 1024) == 1;
}

/* Sets the limit, keeping what was in *@before. */
static inline bool memory_limit_set(struct rlimit *before)
{
    if (getrlimit(RLIMIT_AS, before) != 0)
        return false;
    struct rlimit none = {0, before->rlim_max};
    return setrlimit(RLIMIT_AS, &none) == 0;
}

static inline bool memory_limit_lift(const struct rlimit *before)
{
    return setrlimit(RLIMIT_AS, before) == 0;
}

#endif
