/*
 * ctl_date.h - the dates of feeds and tables: RFC 3339, its shorter forms of ISO 8601, and RFC 822.
 */
#ifndef HL_CMD_CTL_DATE_H
#define HL_CMD_CTL_DATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Reads "2025-12-14T09:30:00Z" and the like, also without seconds, time or zone (then UTC), and "Sun, 14 Dec 2025 09:30:00 +0100" with or without
 * day of the week and seconds, with a year of two digits and with the zones that RFC 822 names. White space around it is passed over. False, with *@ms
 * unchanged, when it is anything else: other zones by name mean different things to different people.
 */
bool ctl_date_parse(const char *text, size_t length, int64_t *ms);

#endif
