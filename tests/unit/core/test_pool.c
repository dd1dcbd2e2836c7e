/*
 * test_pool.c - blocks that keep their bytes, pages that go back, and every allocation failing.
 */
#include "core/pool.h"
#include "support/failing_allocator.h"
#include "support/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define PAGE_BYTES 32768U
#define BLOCKS 20000U

struct block {
    unsigned char *bytes;
    size_t size;
    unsigned char fill;
};

static void fill_block(struct block *block)
{
    /* All the room may be used. */
    memset(block->bytes, block->fill, hl_pool_room(block->size));
}

static void check_block(const struct block *block)
{
    size_t room = hl_pool_room(block->size);
    for (size_t i = 0; i < room; i++) {
        if (block->bytes[i] != block->fill)
            fail_msg("byte %zu of a block of %zu was overwritten", i, block->size);
    }
}

/* Mostly small ones, some of every class, some beyond the classes. */
static size_t random_size(uint64_t *random)
{
    uint32_t kind = random_below(random, 1000);
    if (kind < 900)
        return 1 + random_below(random, 200);
    if (kind < 995)
        return 1 + random_below(random, 5000);
    return 1 + random_below(random, 100000);
}

static void test_blocks_keep_their_bytes(void **state)
{
    (void)state;
    static struct block blocks[BLOCKS];
    memset(blocks, 0, sizeof(blocks));
    struct failing_allocator fa;
    failing_allocator_init(&fa);
    struct hl_memory memory;
    hl_memory_init(&memory, &fa.allocator);
    struct hl_pool *pool = hl_pool_create(&memory);
    assert_non_null(pool);
    uint64_t random = 21;
    uint32_t share = 50;
    for (uint32_t op = 0; op < 600000; op++) {
        if (op % 50000 == 0)
            share = 10 + random_below(&random, 80); /* waves of growing and shrinking */
        struct block *block = &blocks[random_below(&random, BLOCKS)];
        if (block->bytes == NULL && random_below(&random, 100) < share) {
            *block = (struct block){.size = random_size(&random), .fill = (unsigned char)random_next(&random)};
            block->bytes = hl_pool_take(pool, block->size);
            assert_non_null(block->bytes);
            assert_int_equal((uintptr_t)block->bytes % 8, 0);
            fill_block(block);
        } else if (block->bytes != NULL && random_below(&random, 100) >= share) {
            check_block(block);
            hl_pool_give(pool, block->bytes, block->size);
            block->bytes = NULL;
        }
    }
    for (uint32_t i = 0; i < BLOCKS; i++) {
        if (blocks[i].bytes != NULL)
            check_block(&blocks[i]);
    }
    assert_int_equal(memory.bytes, fa.live_bytes);
    hl_pool_destroy(pool);
    assert_int_equal(memory.bytes, 0);
    assert_true(failing_allocator_is_clean(&fa));
}

static void test_room(void **state)
{
    (void)state;
    assert_int_equal(hl_pool_room(1), 16);
    assert_int_equal(hl_pool_room(16), 16);
    assert_int_equal(hl_pool_room(17), 24);
    assert_int_equal(hl_pool_room(25), 32);
    assert_int_equal(hl_pool_room(33), 48);
    assert_int_equal(hl_pool_room(49), 64);
    assert_int_equal(hl_pool_room(4097), 6144);
    assert_int_equal(hl_pool_room(65536), 65536);
    assert_int_equal(hl_pool_room(65537), 65537);
    size_t before = 0;
    for (size_t bytes = 1; bytes <= 70000; bytes++) {
        size_t room = hl_pool_room(bytes);
        assert_true(room >= bytes && room >= before);
        assert_true(bytes < 16 || 2 * room < 3 * bytes + 3);
        assert_int_equal(hl_pool_room(room), room);
        before = room;
    }
}

static void test_pages_go_back(void **state)
{
    (void)state;
    static void *blocks[100000];
    struct hl_memory memory;
    hl_memory_init(&memory, NULL);
    struct hl_pool *pool = hl_pool_create(&memory);
    uint64_t empty = memory.bytes;
    for (size_t size = 16; size <= 4096; size *= 2) {
        size_t count = 200 * PAGE_BYTES / size < 100000 ? 200 * PAGE_BYTES / size : 100000;
        for (size_t i = 0; i < count; i++)
            assert_non_null(blocks[i] = hl_pool_take(pool, size));
        uint64_t full = memory.bytes;
        assert_true(full - empty >= count * size);
        assert_true(full - empty < count * size * 120 / 100 + 2 * PAGE_BYTES);
        /* Neighbours share pages: three quarters from the front free about three quarters of the pages. */
        for (size_t i = 0; i < count / 4 * 3; i++)
            hl_pool_give(pool, blocks[i], size);
        assert_true(memory.bytes < empty + (full - empty) * 3 / 10 + 3 * PAGE_BYTES);
        for (size_t i = count / 4 * 3; i < count; i++)
            hl_pool_give(pool, blocks[i], size);
        assert_true(memory.bytes <= empty + PAGE_BYTES + 64 * 1024); /* a spare page and a larger table of pages */
    }
    hl_pool_destroy(pool);
    assert_int_equal(memory.bytes, 0);
}

static void test_pages_that_come_and_go_leave_nothing(void **state)
{
    (void)state;
    static void *blocks[100 * 8];
    struct hl_memory memory;
    hl_memory_init(&memory, NULL);
    struct hl_pool *pool = hl_pool_create(&memory);
    uint64_t after_first = 0;
    for (int round = 0; round < 100; round++) {
        for (size_t i = 0; i < 800; i++)
            assert_non_null(blocks[i] = hl_pool_take(pool, 4000));
        for (size_t i = 0; i < 800; i++)
            hl_pool_give(pool, blocks[i], 4000);
        if (round == 0)
            after_first = memory.bytes;
        assert_true(memory.bytes == after_first);
    }
    hl_pool_destroy(pool);
    assert_int_equal(memory.bytes, 0);
}

static void test_take_and_give_in_turn_costs_no_allocation(void **state)
{
    (void)state;
    struct failing_allocator fa;
    failing_allocator_init(&fa);
    struct hl_memory memory;
    hl_memory_init(&memory, &fa.allocator);
    struct hl_pool *pool = hl_pool_create(&memory);
    hl_pool_give(pool, hl_pool_take(pool, 40), 40);
    uint64_t requests = fa.requests;
    for (size_t i = 1; i <= 4096; i++)
        hl_pool_give(pool, hl_pool_take(pool, i), i);
    assert_int_equal(fa.requests, requests);
    hl_pool_give(pool, NULL, 0);
    hl_pool_destroy(pool);
    assert_true(failing_allocator_is_clean(&fa));
}

static void test_large_blocks(void **state)
{
    (void)state;
    struct hl_memory memory;
    hl_memory_init(&memory, NULL);
    struct hl_pool *pool = hl_pool_create(&memory);
    uint64_t empty = memory.bytes;
    void *blocks[5];
    const size_t sizes[5] = {4097, 65536, 65537, 1000000, 20000};
    for (size_t i = 0; i < 5; i++)
        assert_non_null(blocks[i] = hl_pool_take(pool, sizes[i]));
    const size_t order[5] = {2, 0, 4, 1, 3};
    for (size_t i = 0; i < 5; i++)
        hl_pool_give(pool, blocks[order[i]], sizes[order[i]]);
    assert_int_equal(memory.bytes, empty);
    assert_null(hl_pool_take(pool, SIZE_MAX));
    assert_non_null(hl_pool_take(pool, 100000)); /* freed by destroy */
    hl_pool_destroy(pool);
    assert_int_equal(memory.bytes, 0);
}

/* Takes 1000 blocks; true when all were there. */
static bool workload(struct hl_memory *memory, struct failing_allocator *fa)
{
    struct hl_pool *pool = hl_pool_create(memory);
    if (pool == NULL)
        return false;
    bool complete = true;
    uint64_t random = 9;
    for (uint32_t i = 0; i < 1000; i++) {
        struct block block = {.size = 1 + random_below(&random, 7000), .fill = (unsigned char)i};
        block.bytes = hl_pool_take(pool, block.size);
        if (block.bytes == NULL) {
            complete = false;
            assert_true(failing_allocator_fired(fa));
        } else {
            fill_block(&block);
        }
    }
    hl_pool_destroy(pool);
    return complete;
}

static void test_every_allocation_fails_once(void **state)
{
    (void)state;
    struct failing_allocator fa;
    failing_allocator_init(&fa);
    struct hl_memory memory;
    hl_memory_init(&memory, &fa.allocator);
    for (uint64_t n = 1;; n++) {
        failing_allocator_arm(&fa, n, 1);
        bool complete = workload(&memory, &fa);
        assert_int_equal(memory.bytes, 0);
        if (!failing_allocator_fired(&fa)) {
            assert_true(complete);
            assert_true(n > 300);
            break;
        }
        assert_false(complete);
    }
    assert_true(failing_allocator_is_clean(&fa));
}

/* What is taken counts with its room, whatever was there before; pages do not. */
static void test_bytes(void **state)
{
    (void)state;
    struct hl_memory memory;
    hl_memory_init(&memory, NULL);
    struct hl_pool *pool = hl_pool_create(&memory);
    static const size_t sizes[] = {1, 16, 17, 100, 4096, 4097, 70000};
    void *blocks[sizeof sizes / sizeof sizes[0]];
    for (int round = 0; round < 3; round++) {
        uint64_t expected = 0;
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            blocks[i] = hl_pool_take(pool, sizes[i]);
            assert_non_null(blocks[i]);
            expected += hl_pool_room(sizes[i]);
            assert_true(hl_pool_bytes(pool) == expected);
        }
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            hl_pool_give(pool, blocks[i], sizes[i]);
            expected -= hl_pool_room(sizes[i]);
            assert_true(hl_pool_bytes(pool) == expected);
        }
    }
    hl_pool_destroy(pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks_keep_their_bytes),
        cmocka_unit_test(test_room),
        cmocka_unit_test(test_pages_go_back),
        cmocka_unit_test(test_pages_that_come_and_go_leave_nothing),
        cmocka_unit_test(test_take_and_give_in_turn_costs_no_allocation),
        cmocka_unit_test(test_large_blocks),
        cmocka_unit_test(test_every_allocation_fails_once),
        cmocka_unit_test(test_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
