/*
 * test_bytes.c - numbers on disk: the bytes of each, and back.
 */
#include "core/bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_there_and_back(void **state)
{
    (void)state;
    static const unsigned char expected[] = {0xFE, 0x02, 0x01, 0xEF, 0xBE, 0xAD, 0xDE, 8,    7,    6,    5,    4,
                                             3,    2,    1,    0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0,
                                             0,    0xC0, 0xBF, 0,    0,    0,    0,    0,    0,    0x04, 0x40};
    unsigned char bytes[sizeof expected], *to = bytes;
    hl_put_u8(&to, 0xFE);
    hl_put_u16(&to, 0x0102);
    hl_put_u32(&to, 0xDEADBEEF);
    hl_put_u64(&to, UINT64_C(0x0102030405060708));
    hl_put_i64(&to, -2);
    hl_put_f32(&to, -1.5F);
    hl_put_f64(&to, 2.5);
    assert_ptr_equal(to, bytes + sizeof bytes);
    assert_memory_equal(bytes, expected, sizeof expected);
    const unsigned char *from = bytes;
    assert_int_equal(hl_get_u8(&from), 0xFE);
    assert_int_equal(hl_get_u16(&from), 0x0102);
    assert_int_equal(hl_get_u32(&from), 0xDEADBEEF);
    assert_true(hl_get_u64(&from) == UINT64_C(0x0102030405060708));
    assert_true(hl_get_i64(&from) == -2);
    float f = hl_get_f32(&from);
    double d = hl_get_f64(&from);
    assert_true(f < -1.49F && f > -1.51F && d > 2.49 && d < 2.51);
    assert_ptr_equal(from, bytes + sizeof bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_there_and_back)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
