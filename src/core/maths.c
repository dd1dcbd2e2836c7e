/*
 * maths.c - logarithm and power of two by series, from IEEE 754 basic operations alone.
 */
#include "core/maths.h"

#include "core/assert.h"

#include <float.h>
#include <stdint.h>
#include <string.h>

#define LN_2 0.69314718055994530942
#define ONE_OVER_LN_2 1.44269504088896340736
#define SQRT_2 1.41421356237309504880

/*
 * Takes @x apart into 2^*exponent * m with m in (sqrt(1/2), sqrt(2)] and returns ln(m) = 2 atanh(s) with
 * s = (m - 1) / (m + 1). |s| <= 0.1716, so that the first term left out, s^17 / 17 * 2, is below 2e-14.
 */
static double take_apart(double x, double *exponent)
{
    HL_ASSERT(x >= DBL_MIN && x <= DBL_MAX);
    uint64_t bits;
    memcpy(&bits, &x, sizeof(bits));
    int power = (int)(bits >> 52) - 1023;
    bits = (bits & ((UINT64_C(1) << 52) - 1)) | (UINT64_C(1023) << 52);
    double m;
    memcpy(&m, &bits, sizeof(m));
    if (m > SQRT_2) {
        m *= 0.5;
        power++;
    }
    double s = (m - 1.0) / (m + 1.0), square = s * s;
    double sum = 1.0 / 15;
    sum = sum * square + 1.0 / 13;
    sum = sum * square + 1.0 / 11;
    sum = sum * square + 1.0 / 9;
    sum = sum * square + 1.0 / 7;
    sum = sum * square + 1.0 / 5;
    sum = sum * square + 1.0 / 3;
    sum = sum * square + 1.0;
    *exponent = power;
    return 2.0 * s * sum;
}

double hl_log2(double x)
{
    double exponent;
    double rest = take_apart(x, &exponent);
    return exponent + rest * ONE_OVER_LN_2;
}

double hl_ln(double x)
{
    double exponent;
    double rest = take_apart(x, &exponent);
    return exponent * LN_2 + rest;
}

double hl_exp2(double x)
{
    HL_ASSERT(x == x);
    if (x < -1000.0)
        return 0.0;
    if (x > 1000.0)
        x = 1000.0;
    int power = (int)(x >= 0.0 ? x + 0.5 : x - 0.5);
    /* |y| <= 0.3466: the first term left out of the series of e^y, y^12 / 12!, is below 1e-14. */
    static const double inverse_factorial[] = {1.0,         1.0,          1.0 / 2,      1.0 / 6,
                                               1.0 / 24,    1.0 / 120,    1.0 / 720,    1.0 / 5040,
                                               1.0 / 40320, 1.0 / 362880, 1.0 / 3628800};
    double y = (x - power) * LN_2;
    double sum = 1.0 / 39916800;
    for (int n = 10; n >= 0; n--)
        sum = sum * y + inverse_factorial[n];
    uint64_t bits = (uint64_t)(power + 1023) << 52;
    double scale;
    memcpy(&scale, &bits, sizeof(scale));
    return sum * scale;
}

double hl_half_life(double half_life_s, int64_t gap_ms)
{
    return gap_ms > 0 && half_life_s > 0 ? hl_exp2(-(double)gap_ms / (half_life_s * 1000)) : 1;
}
