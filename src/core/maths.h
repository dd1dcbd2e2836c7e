/*
 * maths.h - logarithm and power of two with the same bits on every machine.
 *
 * libm chooses code by processor, and its last bit may differ between versions; the engine's state must not. These use only
 * IEEE 754 additions, multiplications and bit operations (built with -ffp-contract=off), so they are exact repeats.
 */
#ifndef HL_CORE_MATHS_H
#define HL_CORE_MATHS_H

/* Base-2 logarithm of @x > 0 (normal numbers); absolute error below 1e-9. */
double hl_log2(double x);
/* Natural logarithm, the same way. */
double hl_ln(double x);
/* 2 to the power @x; relative error below 1e-9; 0 below -1000, capped above 1000. */
double hl_exp2(double x);

#endif
