/*
 * test_maths.c - accuracy against libm, and the very bits, which must be the same on every machine.
 */
#include "core/maths.h"
#include "support/random.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static uint64_t bits_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof(bits));
    return bits;
}

static double from_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof(x));
    return x;
}

/* Any positive normal number: its bits are random. */
static double random_positive(uint64_t *random)
{
    uint64_t exponent = 1 + random_below(random, 2046);
    return from_bits(exponent << 52 | random_next(random) >> 12);
}

static void test_logarithms_are_close_to_libm(void **state)
{
    (void)state;
    uint64_t random = 1;
    for (int i = 0; i < 300000; i++) {
        double x = i % 2 == 0 ? random_positive(&random) : 0.5 + (double)random_below(&random, 2000000) / 1e6;
        assert_true(fabs(hl_log2(x) - log2(x)) < 1e-9);
        assert_true(fabs(hl_ln(x) - log(x)) < 1e-9);
    }
    assert_true(fabs(hl_log2(DBL_MAX) - log2(DBL_MAX)) < 1e-9);
    assert_true(fabs(hl_log2(DBL_MIN) - log2(DBL_MIN)) < 1e-9);
}

static void test_powers_are_close_to_libm(void **state)
{
    (void)state;
    uint64_t random = 2;
    for (int i = 0; i < 300000; i++) {
        double x = (double)random_next(&random) / 18446744073709551616.0 * 2000.0 - 1000.0;
        assert_true(fabs(hl_exp2(x) / exp2(x) - 1.0) < 1e-9);
        x /= 1000.0;
        assert_true(fabs(hl_exp2(x) / exp2(x) - 1.0) < 1e-9);
    }
}

static void test_whole_powers_are_exact(void **state)
{
    (void)state;
    for (int power = -1000; power <= 1000; power++) {
        assert_true(bits_of(hl_exp2(power)) == bits_of(ldexp(1.0, power)));
        assert_true(hl_log2(ldexp(1.0, power)) == power);
    }
    assert_true(hl_exp2(-1000.001) == 0.0);
    assert_true(hl_exp2(-1e308) == 0.0);
    assert_true(hl_exp2(-INFINITY) == 0.0);
    assert_true(bits_of(hl_exp2(1e308)) == bits_of(ldexp(1.0, 1000)));
    assert_true(bits_of(hl_exp2(INFINITY)) == bits_of(ldexp(1.0, 1000)));
}

/* Decay must not make anything larger: a step across a joint of the series may not go back by more than the error. */
static void test_monotonic_across_joints(void **state)
{
    (void)state;
    for (int power = -20; power < 20; power++) {
        double joint = power + 0.5;
        assert_true(hl_exp2(joint - 1e-10) < hl_exp2(joint + 1e-10));
        double root = ldexp(sqrt(2.0), power);
        assert_true(hl_log2(root * (1 - 1e-10)) < hl_log2(root * (1 + 1e-10)));
        assert_true(hl_log2(ldexp(1.0 - 1e-12, power)) < hl_log2(ldexp(1.0 + 1e-12, power)));
    }
}

static void test_logarithm_bits(void **state)
{
    (void)state;
    static const struct {
        double x;
        uint64_t log2, ln;
    } golden[] = {
        {1, UINT64_C(0x0000000000000000), UINT64_C(0x0000000000000000)},
        {2, UINT64_C(0x3FF0000000000000), UINT64_C(0x3FE62E42FEFA39EF)},
        {0.10000000000000001, UINT64_C(0xC00A934F0979A371), UINT64_C(0xC0026BB1BBB55515)},
        {3, UINT64_C(0x3FF95C01A39FBD6C), UINT64_C(0x3FF193EA7AAD030D)},
        {1.4142135623730951, UINT64_C(0x3FDFFFFFFFFFFED3), UINT64_C(0x3FD62E42FEFA391F)},
        {0.70710678118654746, UINT64_C(0xBFE0000000000099), UINT64_C(0xBFD62E42FEFA3AC3)},
        {1e-300, UINT64_C(0xC08F24A09F1A8B89), UINT64_C(0xC085963447F87FB5)},
        {1.0000000000000001e+300, UINT64_C(0x408F24A09F1A8B89), UINT64_C(0x4085963447F87FB5)},
        {2.2250738585072014e-308, UINT64_C(0xC08FF00000000000), UINT64_C(0xC086232BDD7ABCD2)},
        {1.0000000001, UINT64_C(0x3DE3D40846F44141), UINT64_C(0x3DDB7CDFFFFA18D8)},
        {0.99999000000000005, UINT64_C(0xBEEE4172E152F605), UINT64_C(0xBEE4F8BC681DF715)},
        {86400000, UINT64_C(0x403A5D51B499F9AA), UINT64_C(0x403246458428DECC)},
        {12345.678, UINT64_C(0x402B2EF5B86E63D1), UINT64_C(0x4022D79559791E31)},
    };
    for (size_t i = 0; i < sizeof(golden) / sizeof(golden[0]); i++) {
        assert_true(bits_of(hl_log2(golden[i].x)) == golden[i].log2);
        assert_true(bits_of(hl_ln(golden[i].x)) == golden[i].ln);
    }
}

static void test_power_bits(void **state)
{
    (void)state;
    static const struct {
        double x;
        uint64_t exp2;
    } golden[] = {
        {0, UINT64_C(0x3FF0000000000000)},
        {1, UINT64_C(0x4000000000000000)},
        {-1, UINT64_C(0x3FE0000000000000)},
        {0.5, UINT64_C(0x3FF6A09E667F3B96)},
        {-0.5, UINT64_C(0x3FE6A09E667F3BAF)},
        {0.33333333333333331, UINT64_C(0x3FF428A2F98D728A)},
        {-7.25, UINT64_C(0x3F7AE89F995AD3AE)},
        {10.1, UINT64_C(0x409125FBEE250663)},
        {-999.89999999999998, UINT64_C(0x017125FBEE2506B0)},
        {999.89999999999998, UINT64_C(0x7E6DDB680117AA8E)},
        {1.0000000000000001e-09, UINT64_C(0x3FF00000002FA1F9)},
        {-1000, UINT64_C(0x0170000000000000)},
        {-1000.5, UINT64_C(0x0000000000000000)},
        {1001, UINT64_C(0x7E70000000000000)},
    };
    for (size_t i = 0; i < sizeof(golden) / sizeof(golden[0]); i++)
        assert_true(bits_of(hl_exp2(golden[i].x)) == golden[i].exp2);
}

/* The bits of a million results in one number, so that no input is special. */
static void test_bits_of_many(void **state)
{
    (void)state;
    uint64_t random = 3, digest = 0;
    for (int i = 0; i < 500000; i++) {
        double x = random_positive(&random);
        digest = (digest ^ bits_of(hl_log2(x))) * UINT64_C(0x100000001B3);
        x = (double)(random_next(&random) >> 11) / 9007199254740992.0 * 400.0 - 200.0;
        digest = (digest ^ bits_of(hl_exp2(x))) * UINT64_C(0x100000001B3);
    }
    assert_true(digest == UINT64_C(0x3F1677C806BBE58F));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_logarithms_are_close_to_libm),
        cmocka_unit_test(test_powers_are_close_to_libm),
        cmocka_unit_test(test_whole_powers_are_exact),
        cmocka_unit_test(test_monotonic_across_joints),
        cmocka_unit_test(test_logarithm_bits),
        cmocka_unit_test(test_power_bits),
        cmocka_unit_test(test_bits_of_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
