/*
 * test_buffer.c - appending, consuming, and the sticky failure.
 */
#include "core/buffer.h"
#include "support/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_appends(void **state)
{
    (void)state;
    struct hl_buffer buffer;
    hl_buffer_init(&buffer);
    assert_true(hl_buffer_append(&buffer, NULL, 0));
    assert_null(buffer.data);
    assert_true(hl_buffer_append(&buffer, "a\0b", 3));
    assert_true(hl_buffer_append_text(&buffer, "cd"));
    assert_true(hl_buffer_printf(&buffer, "%s-%03d", "x", 7));
    assert_int_equal(buffer.length, 10);
    assert_memory_equal(buffer.data, "a\0bcdx-007", 10);
    assert_false(buffer.failed);
    hl_buffer_clear(&buffer);
    assert_null(buffer.data);
    assert_int_equal(buffer.length + buffer.capacity, 0);
    hl_buffer_clear(&buffer);
}

static void test_printf_of_every_length(void **state)
{
    (void)state;
    struct hl_buffer buffer;
    hl_buffer_init(&buffer);
    size_t expected = 0;
    for (int width = 0; width < 1000; width += 7) {
        assert_true(hl_buffer_printf(&buffer, "%*s", width, ""));
        expected += (size_t)width;
        assert_int_equal(buffer.length, expected);
        assert_true(buffer.length <= buffer.capacity);
    }
    for (size_t i = 0; i < buffer.length; i++)
        assert_int_equal(buffer.data[i], ' ');
    hl_buffer_clear(&buffer);
}

/* Bytes 0, 1, 2, ... go in at one end and must come out at the other. */
static void test_a_stream_through_it(void **state)
{
    (void)state;
    struct hl_buffer buffer;
    hl_buffer_init(&buffer);
    uint64_t random = 4;
    unsigned char in = 0, out = 0;
    for (int i = 0; i < 20000; i++) {
        unsigned char bytes[300];
        size_t count = random_below(&random, sizeof(bytes));
        for (size_t k = 0; k < count; k++)
            bytes[k] = in++;
        assert_true(hl_buffer_append(&buffer, bytes, count));
        size_t drop = random_below(&random, 320);
        if (drop > buffer.length)
            drop = buffer.length;
        for (size_t k = 0; k < drop; k++)
            assert_int_equal((unsigned char)buffer.data[k], out++);
        hl_buffer_consume(&buffer, drop);
    }
    hl_buffer_consume(&buffer, SIZE_MAX);
    assert_int_equal(buffer.length, 0);
    hl_buffer_clear(&buffer);
    hl_buffer_consume(&buffer, 1);
    assert_int_equal(buffer.length, 0);
}

static void test_reserve_keeps_the_address(void **state)
{
    (void)state;
    struct hl_buffer buffer;
    hl_buffer_init(&buffer);
    assert_true(hl_buffer_reserve(&buffer, 10000));
    const char *data = buffer.data;
    for (int i = 0; i < 1000; i++)
        assert_true(hl_buffer_append(&buffer, "0123456789", 10));
    assert_ptr_equal(buffer.data, data);
    hl_buffer_reset(&buffer);
    assert_int_equal(buffer.length, 0);
    assert_ptr_equal(buffer.data, data);
    hl_buffer_clear(&buffer);
}

static void test_failure_sticks(void **state)
{
    (void)state;
    struct hl_buffer buffer;
    hl_buffer_init(&buffer);
    assert_true(hl_buffer_append_text(&buffer, "kept"));
    assert_false(hl_buffer_reserve(&buffer, SIZE_MAX)); /* more than there is address space */
    assert_true(buffer.failed);
    assert_false(hl_buffer_append_text(&buffer, "x"));
    assert_false(hl_buffer_printf(&buffer, "%d", 1));
    assert_false(hl_buffer_reserve(&buffer, 1));
    assert_int_equal(buffer.length, 4);
    assert_memory_equal(buffer.data, "kept", 4);
    hl_buffer_reset(&buffer);
    assert_true(hl_buffer_append_text(&buffer, "again"));
    assert_int_equal(buffer.length, 5);
    hl_buffer_clear(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_appends),
        cmocka_unit_test(test_printf_of_every_length),
        cmocka_unit_test(test_a_stream_through_it),
        cmocka_unit_test(test_reserve_keeps_the_address),
        cmocka_unit_test(test_failure_sticks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
