/*
 * number.h - numbers as one writes them in titles ("3.5", "1,000", "9/11"), brought to one form.
 */
#ifndef HL_TEXT_NUMBER_H
#define HL_TEXT_NUMBER_H

#include <stddef.h>

/* The bytes of the number that begins with the digit data[0]: ASCII digits with single '.', ',', ':' and '/' between digits. */
size_t hl_number_length(const char *data, size_t length);

/*
 * Writes the @length bytes of such a number to @out (room for as many) in one form and returns the bytes written:
 *   groups of exactly three digits are joined      1,000 -> 1000   1.000.000 -> 1000000   1,234.5 and 1.234,5 -> 1234.5
 *   a comma that can only be a decimal one is '.'  3,5 -> 3.5      0,125 -> 0.125
 *   everything else stays                          3.5   10:30   9/11   12.10.2024   1,2,3
 * "1.500" is taken for a group: as a number of thousands it is common in half of Europe, with three decimals rare anywhere.
 */
size_t hl_number_write(const char *number, size_t length, char *out);

#endif
