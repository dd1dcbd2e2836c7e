/*
 * test_index.c - the index against a plain array, for good and for bad hashes, and what it promises without memory.
 */
#include "core/index.h"
#include "support/failing_allocator.h"
#include "support/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef uint32_t (*hash_function)(uint32_t value);

static uint32_t hash_mixed(uint32_t value)
{
    uint64_t random = value;
    return (uint32_t)random_next(&random);
}

static uint32_t hash_equal(uint32_t value)
{
    (void)value;
    return UINT32_C(0x80000001);
}

static uint32_t hash_few(uint32_t value)
{
    return hash_mixed(value % 7);
}

static uint32_t hash_same_top(uint32_t value)
{
    return UINT32_C(0xABCDE000) | (hash_mixed(value) & 0xFFF);
}

static uint32_t hash_same_slot(uint32_t value)
{
    return (hash_mixed(value) & ~UINT32_C(1023)) | 1000; /* runs go round the end of the segment */
}

/* Nine in ten share one hash. */
static uint32_t hash_skewed(uint32_t value)
{
    return value % 10 != 0 ? 5 : hash_mixed(value);
}

static bool equal_value(const void *context, uint32_t value, const void *key)
{
    (void)context;
    return value == *(const uint32_t *)key;
}

static uint32_t find(const struct hl_index *index, hash_function hash, uint32_t value)
{
    return hl_index_find(index, hash(value), equal_value, NULL, &value);
}

struct oracle {
    struct hl_index *index;
    hash_function hash;
    bool *present;
    uint32_t values, count;
};

static void check_all(const struct oracle *oracle)
{
    assert_int_equal(hl_index_count(oracle->index), oracle->count);
    for (uint32_t value = 0; value < oracle->values; value++)
        assert_int_equal(find(oracle->index, oracle->hash, value), oracle->present[value] ? value : HL_NONE);
}

/* One step: inserts an absent value, removes a present one, or finds. */
static void step(struct oracle *oracle, uint64_t *random, uint32_t insert_share)
{
    uint32_t value = random_below(random, oracle->values), dice = random_below(random, 100);
    bool present = oracle->present[value];
    if (dice < 30) {
        assert_int_equal(find(oracle->index, oracle->hash, value), present ? value : HL_NONE);
    } else if (!present && random_below(random, 100) < insert_share) {
        assert_int_equal(hl_index_insert(oracle->index, oracle->hash(value), value), HL_OK);
        oracle->present[value] = true;
        oracle->count++;
    } else if (random_below(random, 100) >= insert_share) {
        assert_int_equal(hl_index_remove(oracle->index, oracle->hash(value), value), present);
        oracle->present[value] = false;
        oracle->count -= present;
    }
}

static void run_against_array(hash_function hash, uint32_t values, uint32_t steps)
{
    struct failing_allocator fa;
    failing_allocator_init(&fa);
    struct hl_memory memory;
    hl_memory_init(&memory, &fa.allocator);
    struct oracle oracle = {.index = hl_index_create(&memory), .hash = hash, .values = values};
    assert_non_null(oracle.index);
    oracle.present = calloc(values, sizeof(bool));
    assert_non_null(oracle.present);
    uint64_t empty = memory.bytes, random = 31;
    const uint32_t waves[8] = {90, 50, 10, 95, 3, 60, 40, 90};
    for (uint32_t wave = 0; wave < 8; wave++) {
        for (uint32_t i = 0; i < steps / 8; i++)
            step(&oracle, &random, waves[wave]);
        check_all(&oracle);
    }
    for (uint32_t value = 0; value < values; value++)
        assert_int_equal(hl_index_remove(oracle.index, hash(value), value), oracle.present[value]);
    assert_int_equal(hl_index_count(oracle.index), 0);
    assert_int_equal(memory.bytes, empty); /* everything joined again */
    free(oracle.present);
    hl_index_destroy(oracle.index);
    assert_int_equal(memory.bytes, 0);
    assert_true(failing_allocator_is_clean(&fa));
}

static void test_mixed_hashes(void **state)
{
    (void)state;
    run_against_array(hash_mixed, 120000, 4000000);
}

static void test_equal_hashes(void **state)
{
    (void)state;
    run_against_array(hash_equal, 4000, 30000);
}

static void test_few_hashes(void **state)
{
    (void)state;
    run_against_array(hash_few, 9000, 100000);
}

static void test_same_top_bits(void **state)
{
    (void)state;
    run_against_array(hash_same_top, 20000, 400000);
}

static void test_same_slot(void **state)
{
    (void)state;
    run_against_array(hash_same_slot, 20000, 400000);
}

static void test_skewed_hashes(void **state)
{
    (void)state;
    run_against_array(hash_skewed, 8000, 60000);
}

static void test_memory_follows_the_entries(void **state)
{
    (void)state;
    struct hl_memory memory;
    hl_memory_init(&memory, NULL);
    struct hl_index *index = hl_index_create(&memory);
    for (uint32_t value = 0; value < 1000000; value++)
        assert_int_equal(hl_index_insert(index, hash_mixed(value), value), HL_OK);
    uint64_t full = memory.bytes;
    assert_true(full < 24 * 1000000);
    for (uint32_t value = 0; value < 900000; value++)
        assert_true(hl_index_remove(index, hash_mixed(value), value));
    assert_true(memory.bytes < full / 4);
    for (uint32_t value = 900000; value < 1000000; value++)
        assert_int_equal(find(index, hash_mixed, value), value);
    hl_index_destroy(index);
    assert_int_equal(memory.bytes, 0);
}

/* A thousand times one hash among many: bad hashes must not take the directory, which is memory, with them. */
static void test_memory_is_bounded_for_equal_hashes(void **state)
{
    (void)state;
    struct hl_memory memory;
    hl_memory_init(&memory, NULL);
    struct hl_index *index = hl_index_create(&memory);
    for (uint32_t value = 0; value < 100000; value++)
        assert_int_equal(hl_index_insert(index, 77, value), HL_OK);
    assert_true(memory.bytes < 16 * 100000);
    hl_index_destroy(index);
}

static void test_same_entry_twice(void **state)
{
    (void)state;
    struct hl_memory memory;
    hl_memory_init(&memory, NULL);
    struct hl_index *index = hl_index_create(&memory);
    assert_int_equal(hl_index_insert(index, 5, 1), HL_OK);
    assert_int_equal(hl_index_insert(index, 5, 1), HL_OK);
    assert_int_equal(hl_index_count(index), 2);
    assert_false(hl_index_remove(index, 5, 2));
    assert_false(hl_index_remove(index, 6, 1));
    assert_true(hl_index_remove(index, 5, 1));
    uint32_t key = 1;
    assert_int_equal(hl_index_find(index, 5, equal_value, NULL, &key), 1);
    assert_int_equal(hl_index_find(index, 5 + 1024, equal_value, NULL, &key), HL_NONE);
    assert_true(hl_index_remove(index, 5, 1));
    assert_false(hl_index_remove(index, 5, 1));
    hl_index_destroy(index);
}

/* Counts how often each of some numbers comes up; with too many equal hashes in the way, so that there are chains. */
static void test_as_a_map_of_numbers(void **state)
{
    (void)state;
    struct hl_memory memory;
    hl_memory_init(&memory, NULL);
    struct hl_index *index = hl_index_create(&memory);
    static uint32_t counts[20000];
    memset(counts, 0, sizeof(counts));
    for (uint32_t i = 0; i < 3000; i++)
        assert_int_equal(hl_index_insert(index, hash_mixed(0), 1), HL_OK);
    uint64_t random = 6;
    for (uint32_t i = 0; i < 200000; i++) {
        uint32_t number = 1 + random_below(&random, 19999), hash = hash_mixed(number);
        uint32_t *value = hl_index_value(index, hash);
        assert_int_equal(value != NULL, counts[number] > 0);
        if (value == NULL)
            assert_int_equal(hl_index_insert(index, hash, 1), HL_OK);
        else if (*value < 5)
            ++*value;
        else
            assert_true(hl_index_remove(index, hash, 5)); /* five times: from the start again */
        counts[number] = (counts[number] + 1) % 6;
    }
    for (uint32_t number = 1; number < 20000; number++) {
        const uint32_t *value = hl_index_value(index, hash_mixed(number));
        assert_int_equal(value != NULL ? *value : 0, counts[number]);
    }
    hl_index_destroy(index);
    assert_int_equal(memory.bytes, 0);
}

/* Inserts @values and removes every third; what fails for want of memory must leave everything as it was. */
static bool workload(struct hl_memory *memory, struct failing_allocator *fa, hash_function hash, uint32_t values)
{
    struct oracle oracle = {.index = hl_index_create(memory), .hash = hash, .values = values};
    if (oracle.index == NULL)
        return false;
    oracle.present = calloc(values, sizeof(bool));
    assert_non_null(oracle.present);
    bool complete = true;
    for (uint32_t value = 0; value < values; value++) {
        enum hl_status status = hl_index_insert(oracle.index, hash(value), value);
        assert_true(status == HL_OK || (status == HL_NO_MEMORY && failing_allocator_fired(fa)));
        oracle.present[value] = status == HL_OK;
        oracle.count += status == HL_OK;
        complete = complete && status == HL_OK;
        if (value % 3 == 0) {
            assert_int_equal(hl_index_remove(oracle.index, hash(value / 2), value / 2), oracle.present[value / 2]);
            oracle.count -= oracle.present[value / 2];
            oracle.present[value / 2] = false;
        }
    }
    check_all(&oracle);
    for (uint32_t value = 0; value < values; value++)
        assert_int_equal(hl_index_remove(oracle.index, hash(value), value), oracle.present[value]);
    free(oracle.present);
    hl_index_destroy(oracle.index);
    return complete;
}

static void test_every_allocation_fails_once(void **state)
{
    (void)state;
    const hash_function hashes[] = {hash_mixed, hash_equal, hash_same_top, hash_skewed};
    for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++) {
        struct failing_allocator fa;
        failing_allocator_init(&fa);
        struct hl_memory memory;
        hl_memory_init(&memory, &fa.allocator);
        uint64_t n = 0;
        do {
            failing_allocator_arm(&fa, ++n, 1);
            bool complete = workload(&memory, &fa, hashes[i], 5000);
            assert_int_equal(memory.bytes, 0);
            /* Beyond the creation, one failure only makes a segment fuller. */
            assert_int_equal(complete, n > 3);
        } while (failing_allocator_fired(&fa));
        assert_true(n > 8);
        assert_true(failing_allocator_is_clean(&fa));
    }
}

static void test_no_memory_at_all(void **state)
{
    (void)state;
    struct failing_allocator fa;
    failing_allocator_init(&fa);
    struct hl_memory memory;
    hl_memory_init(&memory, &fa.allocator);
    struct oracle oracle = {.index = hl_index_create(&memory), .hash = hash_mixed, .values = 50000};
    oracle.present = calloc(oracle.values, sizeof(bool));
    assert_non_null(oracle.present);
    for (uint32_t value = 0; value < 20000; value++) {
        oracle.present[value] = hl_index_insert(oracle.index, hash_mixed(value), value) == HL_OK;
        oracle.count++;
    }
    failing_allocator_arm(&fa, 1, UINT64_MAX);
    uint32_t refused = 0;
    for (uint32_t value = 20000; value < 50000; value++) {
        oracle.present[value] = hl_index_insert(oracle.index, hash_mixed(value), value) == HL_OK;
        oracle.count += oracle.present[value];
        refused += !oracle.present[value];
    }
    assert_true(refused > 1000);
    check_all(&oracle);
    failing_allocator_arm(&fa, 0, 0);
    for (uint32_t value = 20000; value < 50000; value++) {
        if (!oracle.present[value]) /* with memory again, segments that are too full split */
            assert_int_equal(hl_index_insert(oracle.index, hash_mixed(value), value), HL_OK);
        oracle.count += !oracle.present[value];
        oracle.present[value] = true;
    }
    check_all(&oracle);
    for (uint32_t value = 0; value < 20000; value++)
        assert_true(hl_index_remove(oracle.index, hash_mixed(value), value));
    for (uint32_t value = 20000; value < 50000; value++)
        assert_int_equal(hl_index_remove(oracle.index, hash_mixed(value), value), oracle.present[value]);
    assert_int_equal(hl_index_count(oracle.index), 0);
    uint64_t requests = fa.requests;
    assert_int_equal(hl_index_reserve(oracle.index, 255), HL_OK);
    assert_int_equal(fa.requests, requests); /* no segment is taken for too full any more */
    free(oracle.present);
    hl_index_destroy(oracle.index);
    assert_true(failing_allocator_is_clean(&fa));
}

/*
 * Rounds of reserve and as many inserts with no memory, with memory for hl_index_reserve only now and then, so that
 * segments get fuller and fuller: a granted promise must hold.
 */
static void run_promises(hash_function hash, uint32_t rounds, uint32_t count_max)
{
    struct failing_allocator fa;
    failing_allocator_init(&fa);
    struct hl_memory memory;
    hl_memory_init(&memory, &fa.allocator);
    struct hl_index *index = hl_index_create(&memory);
    uint64_t random = 77;
    uint32_t next = 0, first = 0, refused = 0;
    for (uint32_t round = 0; round < rounds; round++) {
        uint32_t count = random_below(&random, count_max);
        failing_allocator_arm(&fa, random_below(&random, 3), UINT64_MAX);
        bool granted = hl_index_reserve(index, count) == HL_OK;
        refused += !granted;
        failing_allocator_arm(&fa, random_below(&random, 20) == 0 ? 0 : 1, UINT64_MAX);
        for (uint32_t removals = random_below(&random, 30); removals > 0 && first < next; removals--, first++)
            assert_true(hl_index_remove(index, hash(first), first));
        for (uint32_t i = 0; granted && i < count; i++, next++)
            assert_int_equal(hl_index_insert(index, hash(next), next), HL_OK);
    }
    assert_true(refused > 0);
    assert_int_equal(hl_index_count(index), next - first);
    for (uint32_t value = 0; value < next; value++)
        assert_int_equal(find(index, hash, value), value >= first ? value : HL_NONE);
    hl_index_destroy(index);
    assert_true(failing_allocator_is_clean(&fa));
}

static void test_promises_hold(void **state)
{
    (void)state;
    run_promises(hash_mixed, 1000, 250);
    run_promises(hash_mixed, 500, 3000);
    run_promises(hash_equal, 100, 250);
    run_promises(hash_few, 30, 2000);
    run_promises(hash_same_top, 300, 250);
}

static void test_reserve_costs_nothing_while_memory_is_plenty(void **state)
{
    (void)state;
    struct failing_allocator fa;
    failing_allocator_init(&fa);
    struct hl_memory memory;
    hl_memory_init(&memory, &fa.allocator);
    struct hl_index *index = hl_index_create(&memory);
    for (uint32_t value = 0; value < 100000; value++)
        assert_int_equal(hl_index_insert(index, hash_mixed(value), value), HL_OK);
    uint64_t requests = fa.requests, bytes = memory.bytes;
    assert_int_equal(hl_index_reserve(index, 255), HL_OK);
    assert_int_equal(fa.requests, requests);
    assert_int_equal(hl_index_reserve(index, 1000), HL_OK);
    assert_true(memory.bytes > bytes);
    assert_int_equal(hl_index_reserve(index, 0), HL_OK);
    assert_int_equal(memory.bytes, bytes);
    hl_index_destroy(index);
    assert_true(failing_allocator_is_clean(&fa));
}

/* ---- going through ---- */

struct walk {
    uint64_t last, sum;
    uint32_t count, end_after;
};

static bool note_entry(void *context, uint32_t hash, uint32_t value)
{
    struct walk *walk = context;
    uint64_t number = (uint64_t)hash << 32 | value;
    assert_true(walk->count == 0 || number > walk->last);
    walk->last = number;
    walk->sum += number;
    return ++walk->count != walk->end_after;
}

/* Entries come by hash and value, each once, however alike the hashes are (@mask). */
static void check_walk(uint32_t mask, uint32_t entries, bool chained)
{
    struct failing_allocator fa;
    struct hl_memory memory;
    struct walk walk = {0}, part = {.end_after = 3}, none = {0};
    uint64_t random = 5, sum = 0;
    failing_allocator_init(&fa);
    hl_memory_init(&memory, &fa.allocator);
    struct hl_index *index = hl_index_create(&memory);
    for (uint32_t value = 0; value < entries; value++) {
        uint32_t hash = (uint32_t)random_next(&random) & mask;
        assert_int_equal(hl_index_insert(index, hash, value), HL_OK);
        sum += (uint64_t)hash << 32 | value;
    }
    assert_int_equal(hl_index_walk(index, note_entry, &walk), HL_OK);
    assert_int_equal(walk.count, entries);
    assert_true(walk.sum == sum);
    assert_int_equal(hl_index_walk(index, note_entry, &part), HL_OK);
    assert_int_equal(part.count, 3);
    failing_allocator_arm(&fa, 1, 1);
    assert_int_equal(hl_index_walk(index, note_entry, &none), chained ? HL_NO_MEMORY : HL_OK);
    assert_int_equal(none.count, chained ? 0 : entries);
    hl_index_destroy(index);
    assert_true(failing_allocator_is_clean(&fa));
}

static void test_walk(void **state)
{
    (void)state;
    check_walk(UINT32_MAX, 5, false);
    check_walk(UINT32_MAX, 50000, false);
    check_walk(0xFFF, 20000, true);
    check_walk(1, 5000, true);
}

/* ---- for entries known beforehand ---- */

/* An index with room for @room in which the values have been inserted as new ones; how it ended goes to *@status. */
static struct hl_index *filled(struct hl_memory *memory, hash_function hash, uint32_t values, uint32_t room,
                               enum hl_status *status)
{
    struct hl_index *index = hl_index_create(memory);
    *status = index == NULL ? HL_NO_MEMORY : hl_index_presize(index, room);
    for (uint32_t value = 0; value < values && *status == HL_OK; value++)
        *status = hl_index_insert_new(index, hash(value), value, equal_value, NULL, &value);
    return index;
}

static void test_insert_new(void **state)
{
    (void)state;
    const hash_function hashes[] = {hash_mixed, hash_equal, hash_same_top, hash_same_slot, hash_skewed};
    const uint32_t rooms[] = {0, 900, 4000};
    for (size_t i = 0; i < 3 * sizeof(hashes) / sizeof(hashes[0]); i++) {
        enum hl_status status;
        struct hl_memory memory;
        hl_memory_init(&memory, NULL);
        struct hl_index *index = filled(&memory, hashes[i / 3], 4000, rooms[i % 3], &status);
        assert_int_equal(status, HL_OK);
        assert_int_equal(hl_index_count(index), 4000);
        for (uint32_t value = 0; value < 4000; value++) {
            assert_int_equal(find(index, hashes[i / 3], value), value);
            assert_int_equal(hl_index_insert_new(index, hashes[i / 3](value), value, equal_value, NULL, &value),
                             HL_CORRUPT);
        }
        for (uint32_t value = 0; value < 4000; value++)
            assert_true(hl_index_remove(index, hashes[i / 3](value), value));
        hl_index_destroy(index);
        assert_int_equal(memory.bytes, 0);
    }
}

/* With room made for all at once it is as large as without. */
static void test_presize(void **state)
{
    (void)state;
    for (uint32_t values = 500; values < 100000; values = values * 5 / 4) {
        uint64_t bytes[2];
        for (uint32_t i = 0; i < 2; i++) {
            enum hl_status status;
            struct hl_memory memory;
            hl_memory_init(&memory, NULL);
            struct hl_index *index = filled(&memory, hash_mixed, values, i * values, &status);
            assert_int_equal(status, HL_OK);
            bytes[i] = memory.bytes;
            hl_index_destroy(index);
        }
        assert_int_equal(bytes[0], bytes[1]);
    }
}

static void test_presize_without_memory(void **state)
{
    (void)state;
    struct failing_allocator fa;
    failing_allocator_init(&fa);
    uint64_t n = 0;
    do {
        enum hl_status status;
        struct hl_memory memory;
        hl_memory_init(&memory, &fa.allocator);
        failing_allocator_arm(&fa, ++n, 1);
        struct hl_index *index = filled(&memory, hash_mixed, 6000, 6000, &status);
        assert_true(status == HL_OK || (status == HL_NO_MEMORY && failing_allocator_fired(&fa)));
        hl_index_destroy(index);
        assert_int_equal(memory.bytes, 0);
    } while (failing_allocator_fired(&fa));
    assert_true(n > 10);
    assert_true(failing_allocator_is_clean(&fa));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mixed_hashes),
        cmocka_unit_test(test_equal_hashes),
        cmocka_unit_test(test_few_hashes),
        cmocka_unit_test(test_same_top_bits),
        cmocka_unit_test(test_same_slot),
        cmocka_unit_test(test_skewed_hashes),
        cmocka_unit_test(test_memory_follows_the_entries),
        cmocka_unit_test(test_memory_is_bounded_for_equal_hashes),
        cmocka_unit_test(test_same_entry_twice),
        cmocka_unit_test(test_as_a_map_of_numbers),
        cmocka_unit_test(test_every_allocation_fails_once),
        cmocka_unit_test(test_no_memory_at_all),
        cmocka_unit_test(test_promises_hold),
        cmocka_unit_test(test_reserve_costs_nothing_while_memory_is_plenty),
        cmocka_unit_test(test_walk),
        cmocka_unit_test(test_insert_new),
        cmocka_unit_test(test_presize),
        cmocka_unit_test(test_presize_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
