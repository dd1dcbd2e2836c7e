/*
 * maths.h - logarithm and power of two with the same bits on every machine.
 *
 * libm chooses code by processor, and its last bit may differ between versions; the engine's state must not. These use
 * only the basic IEEE 754 operations, which are exactly rounded everywhere, and bit operations; they must be built with
 * -ffp-contract=off.
 */
#ifndef HL_CORE_MATHS_H
#define HL_CORE_MATHS_H

#include <stdint.h>

/* Base-2 logarithm of @x > 0 (normal numbers); absolute error below 1e-9; exact for powers of two. */
double hl_log2(double x);
/* Natural logarithm, the same way. */
double hl_ln(double x);
/* 2 to the power @x; relative error below 1e-9; 0 below -1000, capped above 1000; exact for whole @x. Not a NaN. */
double hl_exp2(double x);
/* What is left of 1 after @gap_ms when half of it goes every @half_life_s: 1 for a gap or a half-life not above 0. */
double hl_half_life(double half_life_s, int64_t gap_ms);

#endif
