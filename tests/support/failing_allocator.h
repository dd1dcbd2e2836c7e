/*
 * failing_allocator.h - an allocator for tests that fails on demand and finds wrong use of memory.
 *
 * It counts live blocks and bytes, checks the sizes that are passed back and a guard behind every block, fills new and
 * released memory with patterns (so that reading what was never written does not happen to give zero), and moves a
 * block at every resize. A wrong size or a damaged guard is printed to stderr and counted; an unknown block aborts.
 *
 *     failing_allocator_init(&fa);
 *     for (uint64_t n = 1;; n++) {
 *         failing_allocator_arm(&fa, n, 1);
 *         ... call with &fa.allocator; leave the loop when it succeeds without failing_allocator_fired(&fa) ...
 *     }
 *     assert_true(failing_allocator_is_clean(&fa));
 */
#ifndef HL_TESTS_SUPPORT_FAILING_ALLOCATOR_H
#define HL_TESTS_SUPPORT_FAILING_ALLOCATOR_H

#include <headlined/engine.h>

struct failing_block; /* opaque: what lies before a block */

struct failing_allocator {
    struct hl_allocator allocator; /* to be passed on; its context is this structure, which must not move */
    uint64_t requests;             /* allocations and resizes asked for since init, failed ones included */
    uint64_t failures;             /* failed on demand since init */
    uint64_t fail_first, fail_end; /* requests with fail_first <= number < fail_end fail */
    uint64_t live_blocks, live_bytes, peak_bytes;
    uint64_t errors;              /* wrong sizes and damaged guards */
    bool fired;                   /* a request failed since failing_allocator_arm */
    struct failing_block *blocks; /* owned */
};

/* Fails nothing until armed. */
void failing_allocator_init(struct failing_allocator *fa);

/*
 * Lets the @nth request from now on (1: the next) fail, and those after it, @count together (UINT64_MAX: all of them).
 * @nth 0 disarms.
 */
void failing_allocator_arm(struct failing_allocator *fa, uint64_t nth, uint64_t count);

/* True when a request has failed since failing_allocator_arm. */
bool failing_allocator_fired(const struct failing_allocator *fa);

/* True when no block is live and nothing was wrong; prints to stderr what is not so, with each leaked block. */
bool failing_allocator_is_clean(const struct failing_allocator *fa);

#endif
