/*
 * test_slab.c - the slab against a plain model of its rules, its promises, and every allocation failing.
 */
#include "core/slab.h"
#include "support/failing_allocator.h"
#include "support/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define CHUNK_BITS 3U
#define CHUNK_RECORDS (1U << CHUNK_BITS)
#define MODEL_CHUNKS 1024U
#define RECORD_BYTES 20U

/* ---- the rules of slab.h, written the slow way ---- */

struct model_chunk {
    uint32_t free[CHUNK_RECORDS]; /* a stack */
    uint32_t free_count;
    bool there;
};

struct model {
    struct model_chunk chunks[MODEL_CHUNKS];
};

static uint32_t model_take(struct model *model)
{
    uint32_t number = 0;
    while (number < MODEL_CHUNKS && model->chunks[number].free_count == 0)
        number++;
    if (number == MODEL_CHUNKS) {
        for (number = 0; model->chunks[number].there; number++)
            assert_true(number + 1 < MODEL_CHUNKS);
        struct model_chunk *chunk = &model->chunks[number];
        chunk->there = true;
        for (uint32_t i = CHUNK_RECORDS; i > 0; i--)
            chunk->free[chunk->free_count++] = i - 1;
    }
    struct model_chunk *chunk = &model->chunks[number];
    return number * CHUNK_RECORDS + chunk->free[--chunk->free_count];
}

static void model_give(struct model *model, uint32_t index)
{
    struct model_chunk *chunk = &model->chunks[index / CHUNK_RECORDS];
    chunk->free[chunk->free_count++] = index % CHUNK_RECORDS;
    if (chunk->free_count == CHUNK_RECORDS)
        *chunk = (struct model_chunk){0};
}

static uint32_t model_limit(const struct model *model)
{
    uint32_t chunks = MODEL_CHUNKS;
    while (chunks > 0 && !model->chunks[chunks - 1].there)
        chunks--;
    return chunks * CHUNK_RECORDS;
}

static uint32_t model_chunks(const struct model *model)
{
    uint32_t chunks = 0;
    for (uint32_t i = 0; i < MODEL_CHUNKS; i++)
        chunks += model->chunks[i].there;
    return chunks;
}

/* ---- tests ---- */

static void fill_record(struct hl_slab *slab, uint32_t index)
{
    unsigned char *record = hl_slab_at(slab, index);
    for (size_t i = 0; i < RECORD_BYTES; i++)
        assert_int_equal(record[i], 0);
    memset(record, (int)(index % 251 + 1), RECORD_BYTES);
}

static void check_record(const struct hl_slab *slab, uint32_t index)
{
    const unsigned char *record = hl_slab_at(slab, index);
    for (size_t i = 0; i < RECORD_BYTES; i++)
        assert_int_equal(record[i], index % 251 + 1);
}

static void test_follows_the_model(void **state)
{
    (void)state;
    static struct model model;
    static uint32_t live[MODEL_CHUNKS * CHUNK_RECORDS];
    memset(&model, 0, sizeof(model));
    uint32_t count = 0, target = 0;
    uint64_t random = 11;
    struct failing_allocator fa;
    failing_allocator_init(&fa);
    struct hl_memory memory;
    hl_memory_init(&memory, &fa.allocator);
    struct hl_slab slab;
    hl_slab_init(&slab, &memory, RECORD_BYTES, CHUNK_BITS);
    for (uint32_t op = 0; op < 400000; op++) {
        if (op % 20000 == 0)
            target = random_below(&random, 3) * 2500;
        if (count == 0 || random_below(&random, 100) < (count < target ? 60 : 40)) {
            uint32_t index = hl_slab_take(&slab);
            assert_int_equal(index, model_take(&model));
            fill_record(&slab, index);
            live[count++] = index;
        } else {
            uint32_t i = random_below(&random, count);
            check_record(&slab, live[i]);
            hl_slab_give(&slab, live[i]);
            assert_int_equal(hl_slab_is_live(&slab, live[i]), 0);
            model_give(&model, live[i]);
            live[i] = live[--count];
        }
        if (op % 64 == 0) {
            assert_int_equal(slab.live, count);
            assert_int_equal(hl_slab_limit(&slab), model_limit(&model));
            assert_int_equal(fa.live_blocks, model_chunks(&model) + 1); /* and the table of chunks */
        }
    }
    while (count > 0) {
        assert_true(hl_slab_is_live(&slab, live[count - 1]));
        hl_slab_give(&slab, live[--count]);
    }
    assert_int_equal(hl_slab_limit(&slab), 0);
    assert_int_equal(fa.live_blocks, 1);
    hl_slab_destroy(&slab);
    assert_int_equal(memory.bytes, 0);
    assert_true(failing_allocator_is_clean(&fa));
}

static void test_pointers_stay_valid_while_it_grows(void **state)
{
    (void)state;
    struct hl_memory memory;
    hl_memory_init(&memory, NULL);
    struct hl_slab slab;
    hl_slab_init(&slab, &memory, 8, 4);
    uint32_t first = hl_slab_take(&slab);
    uint64_t *record = hl_slab_at(&slab, first);
    *record = 42;
    for (uint32_t i = 1; i < 100000; i++)
        assert_int_equal(hl_slab_take(&slab), i);
    assert_ptr_equal(hl_slab_at(&slab, first), record);
    assert_int_equal(*record, 42);
    assert_true(hl_slab_is_live(&slab, 99999));
    assert_false(hl_slab_is_live(&slab, 100000));
    assert_false(hl_slab_is_live(&slab, HL_NONE));
    hl_slab_destroy(&slab);
    assert_int_equal(memory.bytes, 0);
}

static void test_reserve_promises_takes(void **state)
{
    (void)state;
    struct failing_allocator fa;
    failing_allocator_init(&fa);
    struct hl_memory memory;
    hl_memory_init(&memory, &fa.allocator);
    struct hl_slab slab;
    hl_slab_init(&slab, &memory, 8, CHUNK_BITS);
    uint64_t random = 5;
    static uint32_t live[4000];
    uint32_t count = 0;
    for (uint32_t round = 0; round < 300; round++) {
        uint32_t promised = random_below(&random, 40);
        failing_allocator_arm(&fa, 0, 0);
        assert_int_equal(hl_slab_reserve(&slab, promised), HL_OK);
        failing_allocator_arm(&fa, 1, UINT64_MAX);
        /* Gives in between must not take back what was promised. */
        for (uint32_t gives = random_below(&random, 60); gives > 0 && count > 0; gives--) {
            uint32_t i = random_below(&random, count);
            hl_slab_give(&slab, live[i]);
            live[i] = live[--count];
        }
        for (uint32_t i = 0; i < promised && count < 4000; i++) {
            live[count] = hl_slab_take(&slab);
            assert_int_not_equal(live[count], HL_NONE);
            count++;
        }
        assert_false(failing_allocator_fired(&fa));
    }
    hl_slab_destroy(&slab);
    assert_true(failing_allocator_is_clean(&fa));
}

static void test_failed_reserve_changes_nothing(void **state)
{
    (void)state;
    struct failing_allocator fa;
    failing_allocator_init(&fa);
    struct hl_memory memory;
    hl_memory_init(&memory, &fa.allocator);
    struct hl_slab slab;
    hl_slab_init(&slab, &memory, 12, CHUNK_BITS);
    for (uint32_t i = 0; i < 3 * CHUNK_RECORDS; i++)
        assert_int_equal(hl_slab_take(&slab), i);
    hl_slab_give(&slab, CHUNK_RECORDS + 3);
    uint64_t n = 1;
    for (;; n++) {
        uint64_t bytes = memory.bytes, blocks = fa.live_blocks;
        failing_allocator_arm(&fa, n, 1);
        enum hl_status status = hl_slab_reserve(&slab, 600 * CHUNK_RECORDS);
        if (status == HL_OK)
            break;
        assert_int_equal(status, HL_NO_MEMORY);
        assert_int_equal(memory.bytes, bytes);
        assert_int_equal(fa.live_blocks, blocks);
        assert_int_equal(hl_slab_limit(&slab), 3 * CHUNK_RECORDS);
        assert_int_equal(slab.live, 3 * CHUNK_RECORDS - 1);
    }
    assert_false(failing_allocator_fired(&fa));
    assert_int_equal(n, 602);                                 /* 600 chunks and a larger table */
    assert_int_equal(hl_slab_take(&slab), CHUNK_RECORDS + 3); /* the lowest, in the larger table too */
    assert_int_equal(hl_slab_take(&slab), 3 * CHUNK_RECORDS);
    hl_slab_destroy(&slab);
    assert_true(failing_allocator_is_clean(&fa));
}

static void test_take_without_memory(void **state)
{
    (void)state;
    struct failing_allocator fa;
    failing_allocator_init(&fa);
    struct hl_memory memory;
    hl_memory_init(&memory, &fa.allocator);
    struct hl_slab slab;
    hl_slab_init(&slab, &memory, 12, CHUNK_BITS);
    uint64_t random = 3;
    uint32_t expected = 0;
    while (expected < 2000) {
        failing_allocator_arm(&fa, random_below(&random, 3), 1);
        uint32_t index = hl_slab_take(&slab);
        if (index == HL_NONE) {
            assert_true(failing_allocator_fired(&fa));
            assert_int_equal(slab.live, expected);
        } else {
            assert_int_equal(index, expected);
            expected++;
        }
    }
    assert_true(fa.failures > 100);
    hl_slab_destroy(&slab);
    assert_true(failing_allocator_is_clean(&fa));
}

static void test_more_records_than_indices(void **state)
{
    (void)state;
    struct hl_memory memory;
    hl_memory_init(&memory, NULL);
    struct hl_slab slab;
    hl_slab_init(&slab, &memory, 4, 20);
    assert_int_not_equal(hl_slab_take(&slab), HL_NONE);
    assert_int_equal(hl_slab_reserve(&slab, UINT32_MAX), HL_NO_MEMORY);
    assert_int_equal(hl_slab_limit(&slab), 1U << 20);
    hl_slab_destroy(&slab);
}

/* ---- written down and made again ---- */

/* Makes @copy from what @slab says of its free places. */
static void restore(const struct hl_slab *slab, struct hl_slab *copy)
{
    uint32_t slots[CHUNK_RECORDS];
    for (uint32_t number = 0; number < slab->chunk_count; number++) {
        uint32_t count = hl_slab_free_slots(slab, number, slots);
        assert_int_equal(hl_slab_restore_chunk(copy, slots, count), HL_OK);
    }
}

/* A copy takes and gives as the slab does from then on, whatever happened before. */
static void test_restored_slab_goes_on_as_the_first(void **state)
{
    (void)state;
    struct hl_memory memory;
    uint64_t random = 17;
    hl_memory_init(&memory, NULL);
    for (unsigned steps = 1; steps < 400; steps += 13) {
        struct hl_slab slab, copy;
        hl_slab_init(&slab, &memory, RECORD_BYTES, CHUNK_BITS);
        hl_slab_init(&copy, &memory, RECORD_BYTES, CHUNK_BITS);
        for (unsigned i = 0; i < steps; i++) {
            uint32_t index = random_below(&random, hl_slab_limit(&slab) + 1);
            if (random_below(&random, 5) > 1 || !hl_slab_is_live(&slab, index))
                assert_int_not_equal(hl_slab_take(&slab), HL_NONE);
            else
                hl_slab_give(&slab, index);
        }
        restore(&slab, &copy);
        assert_int_equal(copy.live, slab.live);
        assert_int_equal(hl_slab_limit(&copy), hl_slab_limit(&slab));
        assert_true(hl_slab_bytes(&copy) == hl_slab_bytes(&slab));
        for (unsigned i = 0; i < 200; i++) {
            uint32_t index = random_below(&random, hl_slab_limit(&slab) + 1);
            assert_int_equal(hl_slab_is_live(&copy, index), hl_slab_is_live(&slab, index));
            if (hl_slab_is_live(&slab, index) && random_below(&random, 2) == 0) {
                hl_slab_give(&slab, index);
                hl_slab_give(&copy, index);
            } else {
                assert_int_equal(hl_slab_take(&slab), hl_slab_take(&copy));
            }
        }
        hl_slab_destroy(&slab);
        hl_slab_destroy(&copy);
    }
}

static void test_restored_chunks_are_checked(void **state)
{
    (void)state;
    struct failing_allocator fa;
    struct hl_memory memory;
    struct hl_slab slab;
    failing_allocator_init(&fa);
    hl_memory_init(&memory, &fa.allocator);
    hl_slab_init(&slab, &memory, RECORD_BYTES, CHUNK_BITS);
    static const uint32_t twice[] = {3, 5, 3}, outside[] = {1, CHUNK_RECORDS}, fine[] = {6, 2};
    assert_int_equal(hl_slab_restore_chunk(&slab, twice, 3), HL_CORRUPT);
    assert_int_equal(hl_slab_restore_chunk(&slab, outside, 2), HL_CORRUPT);
    assert_int_equal(hl_slab_restore_chunk(&slab, fine, CHUNK_RECORDS + 1), HL_CORRUPT);
    assert_int_equal(hl_slab_limit(&slab), 0);
    failing_allocator_arm(&fa, 1, 1);
    assert_int_equal(hl_slab_restore_chunk(&slab, fine, 2), HL_NO_MEMORY);
    failing_allocator_arm(&fa, 0, 0);
    assert_int_equal(hl_slab_restore_chunk(&slab, fine, 2), HL_OK);
    assert_int_equal(slab.live, CHUNK_RECORDS - 2);
    assert_int_equal(hl_slab_take(&slab), 6);
    assert_int_equal(hl_slab_take(&slab), 2);
    assert_int_equal(hl_slab_take(&slab), CHUNK_RECORDS);
    hl_slab_destroy(&slab);
    assert_true(failing_allocator_is_clean(&fa));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_follows_the_model),
        cmocka_unit_test(test_pointers_stay_valid_while_it_grows),
        cmocka_unit_test(test_reserve_promises_takes),
        cmocka_unit_test(test_failed_reserve_changes_nothing),
        cmocka_unit_test(test_take_without_memory),
        cmocka_unit_test(test_more_records_than_indices),
        cmocka_unit_test(test_restored_slab_goes_on_as_the_first),
        cmocka_unit_test(test_restored_chunks_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
