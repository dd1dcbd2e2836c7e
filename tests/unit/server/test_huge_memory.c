/*
 * test_huge_memory.c - blocks keep their bytes and do not overlap, regions go back to the kernel, an engine lives in them.
 */
#include "server/huge_memory.h"
#include "support/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { BLOCKS = 2000, STEPS = 40000 };

struct block {
    unsigned char *data;
    size_t bytes;
    unsigned char mark;
};

static bool is_marked(const struct block *block)
{
    for (size_t i = 0; i < block->bytes; i += 509)
        if (block->data[i] != block->mark)
            return false;
    return block->data[block->bytes - 1] == block->mark;
}

static void change(const struct hl_allocator *allocator, struct block *block, uint64_t *random)
{
    static const size_t sizes[] = {1, 100, 4095, 4096, 8208, 32768, 42000, 262144, 262145, 2097152, 3000000};
    size_t bytes = sizes[random_below(random, random_below(random, 20) == 0 ? 11 : 7)];
    if (block->data) {
        assert_true(is_marked(block));
        if (random_below(random, 4) > 0) {
            allocator->release(allocator->context, block->data, block->bytes);
            block->data = NULL;
            return;
        }
        block->data = allocator->resize(allocator->context, block->data, block->bytes, bytes);
        assert_non_null(block->data);
        assert_int_equal(block->data[0], block->mark);
    } else {
        block->data = allocator->allocate(allocator->context, bytes);
        assert_non_null(block->data);
    }
    block->bytes = bytes;
    block->mark = (unsigned char)random_below(random, 256);
    memset(block->data, block->mark, bytes);
}

static void test_blocks_keep_their_bytes(void **state)
{
    (void)state;
    struct hl_huge_memory *memory = hl_huge_memory_create();
    struct block *blocks = calloc(BLOCKS, sizeof *blocks);
    uint64_t random = 99;
    assert_true(memory != NULL && blocks != NULL);
    const struct hl_allocator *allocator = hl_huge_memory_allocator(memory);
    for (unsigned i = 0; i < STEPS; i++) {
        change(allocator, &blocks[random_below(&random, BLOCKS)], &random);
        if (i % 100 == 0)
            (void)hl_huge_memory_gather(memory, 2); /* while regions come and go */
    }
    for (unsigned i = 0; i < BLOCKS; i++) {
        if (!blocks[i].data)
            continue;
        assert_true(is_marked(&blocks[i]));
        allocator->release(allocator->context, blocks[i].data, blocks[i].bytes);
    }
    free(blocks);
    hl_huge_memory_destroy(memory); /* asserts that every region is gone */
}

/* A round meets every region once, and the next begins anew. */
static void test_gathering_ends(void **state)
{
    (void)state;
    enum { COUNT = 300 };
    struct hl_huge_memory *memory = hl_huge_memory_create();
    const struct hl_allocator *allocator = hl_huge_memory_allocator(memory);
    void *blocks[COUNT];
    assert_false(hl_huge_memory_gather(memory, 1));
    for (int i = 0; i < COUNT; i++) /* seven in a region */
        blocks[i] = allocator->allocate(allocator->context, 262144);
    for (int round = 0; round < 2; round++) {
        unsigned met = 0;
        while (hl_huge_memory_gather(memory, 1))
            met++;
        assert_int_equal(met, (COUNT + 6) / 7);
    }
    for (int i = 0; i < COUNT; i++)
        allocator->release(allocator->context, blocks[i], 262144);
    assert_false(hl_huge_memory_gather(memory, 1));
    hl_huge_memory_destroy(memory);
}

/* More sizes than there are lists for. */
static void test_many_sizes(void **state)
{
    (void)state;
    enum { SIZES = 200 };
    struct hl_huge_memory *memory = hl_huge_memory_create();
    const struct hl_allocator *allocator = hl_huge_memory_allocator(memory);
    unsigned char *blocks[SIZES];
    for (size_t i = 0; i < SIZES; i++) {
        blocks[i] = allocator->allocate(allocator->context, 4096 + 640 * i);
        assert_non_null(blocks[i]);
        memset(blocks[i], (int)i, 4096 + 640 * i);
    }
    for (size_t i = 0; i < SIZES; i++) {
        assert_int_equal(blocks[i][4095], i);
        allocator->release(allocator->context, blocks[i], 4096 + 640 * i);
    }
    hl_huge_memory_destroy(memory);
}

static void test_an_engine_lives_in_it(void **state)
{
    (void)state;
    struct hl_huge_memory *memory = hl_huge_memory_create();
    struct hl_engine_options options = hl_engine_options_default();
    hl_engine *engine = NULL;
    options.allocator = hl_huge_memory_allocator(memory);
    assert_int_equal(hl_engine_create(&options, &engine, NULL), HL_OK);
    struct hl_headline headline = {.title = {"Mayor opens bridge", 18}, .published_ms = HL_TIME_NONE};
    struct hl_result result;
    assert_int_equal(hl_engine_add(engine, &headline, 1772445600000, &result, NULL), HL_OK);
    hl_engine_destroy(engine);
    hl_huge_memory_destroy(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks_keep_their_bytes),
        cmocka_unit_test(test_gathering_ends),
        cmocka_unit_test(test_many_sizes),
        cmocka_unit_test(test_an_engine_lives_in_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
