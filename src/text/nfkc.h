/*
 * nfkc.h - Unicode normal form KC with the plain equivalents that titles need, over utf8proc.
 *
 * Between decomposition and composition every code point is replaced by its plain equivalent: white space by a space, dashes by '-',
 * single quotes by an apostrophe, double quotes by '"', decimal digits by 0 to 9; invisible ones (controls, formats, default
 * ignorables, the Arabic tatweel) are dropped. Doing it there makes the whole a fixed point: normalising again changes nothing.
 */
#ifndef HL_TEXT_NFKC_H
#define HL_TEXT_NFKC_H

#include <stddef.h>
#include <stdint.h>

/* The most code points that one decomposes into (U+FDFA has 18), and a space before a fraction. */
#define HL_NFKC_MAX_POINTS 20

/*
 * Appends the plain decomposition of @point to the @count points written so far, with room for HL_NFKC_MAX_POINTS more, and returns
 * the new count. A fraction after a digit gets a space before it: "3\u00BD" is "3 1/2", not "31/2".
 */
size_t hl_nfkc_append(int32_t *points, size_t count, uint32_t point);

/*
 * Orders and composes in place; returns the new count. Of more than 30 marks in a row the rest is dropped (UAX #15, stream-safe
 * text): no language needs them, and the work stays linear.
 */
size_t hl_nfkc_compose(int32_t *points, size_t count);

#endif
