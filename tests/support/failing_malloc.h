/*
 * failing_malloc.h - lets the N-th malloc, calloc or realloc of what is linked statically into a test fail, for code that calls
 * them itself. Linked with --wrap (tests/support/CMakeLists.txt); sanitizers see every block as ever.
 */
#ifndef HL_TESTS_SUPPORT_FAILING_MALLOC_H
#define HL_TESTS_SUPPORT_FAILING_MALLOC_H

#include <stdbool.h>
#include <stdint.h>

/* The @nth request from now on (1: the next) fails, once; 0: none. Of any thread. */
void failing_malloc_arm(uint64_t nth);
/* True when it has happened. */
bool failing_malloc_fired(void);

#endif
