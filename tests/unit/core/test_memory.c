/*
 * test_memory.c - the bytes held are known exactly, whatever fails.
 */
#include "core/memory.h"
#include "support/failing_allocator.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_counts_bytes(void **state)
{
    (void)state;
    struct failing_allocator fa;
    failing_allocator_init(&fa);
    const struct hl_allocator *allocators[] = {NULL, &fa.allocator};
    for (size_t i = 0; i < 2; i++) {
        struct hl_memory memory;
        hl_memory_init(&memory, allocators[i]);
        assert_int_equal(memory.bytes, 0);
        char *a = hl_memory_allocate(&memory, 100);
        assert_non_null(a);
        memcpy(a, "headline", 9);
        unsigned char *b = hl_memory_allocate_zero(&memory, 50);
        assert_non_null(b);
        for (size_t k = 0; k < 50; k++)
            assert_int_equal(b[k], 0);
        assert_int_equal(memory.bytes, 150);
        assert_non_null(a = hl_memory_resize(&memory, a, 100, 1000));
        assert_string_equal(a, "headline");
        assert_int_equal(memory.bytes, 1050);
        assert_non_null(a = hl_memory_resize(&memory, a, 1000, 9));
        assert_string_equal(a, "headline");
        assert_int_equal(memory.bytes, 59);
        char *c = hl_memory_resize(&memory, NULL, 0, 7);
        assert_non_null(c);
        assert_int_equal(memory.bytes, 66);
        hl_memory_release(&memory, NULL, 0);
        hl_memory_release(&memory, a, 9);
        hl_memory_release(&memory, b, 50);
        hl_memory_release(&memory, c, 7);
        assert_int_equal(memory.bytes, 0);
    }
    assert_true(failing_allocator_is_clean(&fa));
}

static void test_failure_changes_nothing(void **state)
{
    (void)state;
    struct failing_allocator fa;
    failing_allocator_init(&fa);
    struct hl_memory memory;
    hl_memory_init(&memory, &fa.allocator);
    char *block = hl_memory_allocate(&memory, 10);
    assert_non_null(block);
    memcpy(block, "untouched", 10);
    failing_allocator_arm(&fa, 1, UINT64_MAX);
    assert_null(hl_memory_allocate(&memory, 10));
    assert_null(hl_memory_allocate_zero(&memory, 10));
    assert_null(hl_memory_resize(&memory, NULL, 0, 10));
    assert_null(hl_memory_resize(&memory, block, 10, 20));
    assert_null(hl_memory_resize(&memory, block, 10, 5));
    assert_int_equal(memory.bytes, 10);
    assert_string_equal(block, "untouched");
    hl_memory_release(&memory, block, 10);
    assert_int_equal(memory.bytes, 0);
    assert_true(failing_allocator_is_clean(&fa));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_bytes),
        cmocka_unit_test(test_failure_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
