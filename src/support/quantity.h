/*
 * quantity.h - counts, sizes, durations and reals as people write them, and back. Pure; no locale. Any thread.
 */
#ifndef HL_SUPPORT_QUANTITY_H
#define HL_SUPPORT_QUANTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The whole text must be the quantity, without spaces or sign. False, with *@out unchanged, otherwise or when it does not fit. */
bool hl_quantity_parse_count(const char *text, uint64_t *out);       /* "4096" */
bool hl_quantity_parse_bytes(const char *text, uint64_t *out);       /* "512", "64K", "1G": powers of 1024 */
bool hl_quantity_parse_duration(const char *text, uint64_t *out_ms); /* "500ms", "30s", "2h", "7d"; "0" needs no unit */
/* A decimal number with optional sign, fraction and exponent; never infinite, never hexadecimal. */
bool hl_quantity_parse_real(const char *text, double *out);

/* The shortest text that parses back to the same value, such as "64K" for 65536. @capacity of 32 is always enough. */
void hl_quantity_format_bytes(uint64_t bytes, char *out, size_t capacity);
void hl_quantity_format_duration(uint64_t ms, char *out, size_t capacity);

#endif
