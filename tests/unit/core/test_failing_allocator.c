/*
 * test_failing_allocator.c - the watchman watched: the tests' allocator fails when told and sees what it should.
 */
#include "support/failing_allocator.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void *take(struct failing_allocator *fa, size_t bytes)
{
    return fa->allocator.allocate(fa->allocator.context, bytes);
}

static void give(struct failing_allocator *fa, void *block, size_t bytes)
{
    fa->allocator.release(fa->allocator.context, block, bytes);
}

static void test_fails_when_told(void **state)
{
    (void)state;
    struct failing_allocator fa;
    failing_allocator_init(&fa);
    failing_allocator_arm(&fa, 3, 2);
    bool expected[7] = {true, true, false, false, true, true, true};
    for (size_t i = 0; i < 7; i++) {
        assert_int_equal(failing_allocator_fired(&fa), i > 2);
        void *block = take(&fa, 8);
        assert_int_equal(block != NULL, expected[i]);
        if (block != NULL)
            give(&fa, block, 8);
    }
    assert_int_equal(fa.failures, 2);
    assert_int_equal(fa.requests, 7);
    failing_allocator_arm(&fa, 1, UINT64_MAX);
    assert_false(failing_allocator_fired(&fa));
    assert_null(take(&fa, 8));
    assert_null(take(&fa, 8));
    failing_allocator_arm(&fa, 0, 0);
    void *block = take(&fa, 8);
    assert_non_null(block);
    assert_false(failing_allocator_fired(&fa));
    give(&fa, block, 8);
    assert_true(failing_allocator_is_clean(&fa));
}

static void test_counts_and_moves(void **state)
{
    (void)state;
    struct failing_allocator fa;
    failing_allocator_init(&fa);
    char *a = take(&fa, 10), *b = take(&fa, 20);
    memcpy(a, "012345678", 10);
    assert_int_equal(fa.live_blocks, 2);
    assert_int_equal(fa.live_bytes, 30);
    char *moved = fa.allocator.resize(fa.allocator.context, a, 10, 15);
    assert_ptr_not_equal(moved, a);
    assert_string_equal(moved, "012345678");
    assert_int_equal(fa.live_bytes, 35);
    give(&fa, moved, 15);
    assert_int_equal(fa.live_blocks, 1);
    assert_true(fa.peak_bytes >= 35);
    assert_false(failing_allocator_is_clean(&fa)); /* b is a leak as yet */
    give(&fa, b, 20);
    assert_true(failing_allocator_is_clean(&fa));
}

static void test_sees_wrong_sizes_and_overruns(void **state)
{
    (void)state;
    struct failing_allocator fa;
    failing_allocator_init(&fa);
    give(&fa, take(&fa, 10), 11);
    assert_int_equal(fa.errors, 1);
    void *block = take(&fa, 10);
    block = fa.allocator.resize(fa.allocator.context, block, 9, 20);
    assert_int_equal(fa.errors, 2);
    volatile char *bytes = block;
    bytes[20] = 'x'; /* in the guard, so within the memory that malloc gave */
    give(&fa, block, 20);
    assert_int_equal(fa.errors, 3);
    give(&fa, take(&fa, 0), 0);
    assert_int_equal(fa.errors, 4);
    assert_false(failing_allocator_is_clean(&fa));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fails_when_told),
        cmocka_unit_test(test_counts_and_moves),
        cmocka_unit_test(test_sees_wrong_sizes_and_overruns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
