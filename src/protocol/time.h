/*
 * time.h - RFC 3339 text to milliseconds since 1970-01-01 UTC and back; pure, no locale and no time zone database.
 */
#ifndef HL_PROTOCOL_TIME_H
#define HL_PROTOCOL_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HL_TIME_MIN_MS (-62167219200000) /* 0000-01-01T00:00:00.000Z */
#define HL_TIME_MAX_MS 253402300799999   /* 9999-12-31T23:59:59.999Z */

#define HL_TIME_TEXT_BYTES 25 /* "2025-12-14T09:30:00.000Z" and a NUL */

/*
 * Parses an RFC 3339 date-time: any offset, "T" or a space between date and time, "t" and "z" accepted, a fraction of any
 * length (cut to milliseconds), a leap second (23:59:60 UTC, read as the second after). False, with *@out_ms unchanged, when
 * it is anything else or outside the years 0000 to 9999 in UTC. Any thread.
 */
bool hl_time_parse(const char *text, size_t length, int64_t *out_ms);

/* Writes @ms as UTC with milliseconds and "Z", and a NUL. Times outside the limits above are written as the limit. Any thread. */
void hl_time_format(int64_t ms, char out[HL_TIME_TEXT_BYTES]);

#endif
