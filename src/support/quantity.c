/*
 * quantity.c - counts, sizes, durations and reals as text (see quantity.h).
 */
#include "support/quantity.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct unit {
    const char *name;
    uint64_t factor;
};

/* Largest first; the first one that divides a value is the shortest way to write it. */
static const struct unit byte_units[] = {{"G", 1U << 30}, {"M", 1U << 20}, {"K", 1U << 10}, {"", 1}};
static const struct unit time_units[] = {{"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};

#define UNITS(table) (table), sizeof(table) / sizeof((table)[0])

/* Reads the digits that begin @text. False when there are none or they do not fit. */
static bool parse_digits(const char *text, uint64_t *value, const char **rest)
{
    uint64_t number = 0;
    const char *c = text;
    for (; *c >= '0' && *c <= '9'; c++) {
        uint64_t digit = (uint64_t)(*c - '0');
        if (number > (UINT64_MAX - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    *value = number;
    *rest = c;
    return c != text;
}

static bool parse_with_unit(const char *text, const struct unit *units, size_t count, uint64_t *out)
{
    uint64_t number;
    const char *rest;
    if (!parse_digits(text, &number, &rest))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(rest, units[i].name) != 0)
            continue;
        if (number > UINT64_MAX / units[i].factor)
            return false;
        *out = number * units[i].factor;
        return true;
    }
    return false;
}

bool hl_quantity_parse_count(const char *text, uint64_t *out)
{
    uint64_t number;
    const char *rest;
    if (!parse_digits(text, &number, &rest) || *rest)
        return false;
    *out = number;
    return true;
}

bool hl_quantity_parse_bytes(const char *text, uint64_t *out)
{
    return parse_with_unit(text, UNITS(byte_units), out);
}

bool hl_quantity_parse_duration(const char *text, uint64_t *out_ms)
{
    if (strcmp(text, "0") == 0) {
        *out_ms = 0;
        return true;
    }
    return parse_with_unit(text, UNITS(time_units), out_ms);
}

bool hl_quantity_parse_real(const char *text, double *out)
{
    if (text[0] == '\0' || text[strspn(text, "0123456789.eE+-")] != '\0')
        return false;
    char *end;
    double value = strtod(text, &end);
    if (*end || !isfinite(value))
        return false;
    *out = value;
    return true;
}

static void format_with_unit(uint64_t value, const struct unit *units, size_t count, char *out, size_t capacity)
{
    size_t i = 0;
    while (i + 1 < count && value % units[i].factor != 0)
        i++;
    snprintf(out, capacity, "%" PRIu64 "%s", value / units[i].factor, units[i].name);
}

void hl_quantity_format_bytes(uint64_t bytes, char *out, size_t capacity)
{
    if (bytes == 0)
        snprintf(out, capacity, "0");
    else
        format_with_unit(bytes, UNITS(byte_units), out, capacity);
}

void hl_quantity_format_duration(uint64_t ms, char *out, size_t capacity)
{
    if (ms == 0)
        snprintf(out, capacity, "0");
    else
        format_with_unit(ms, UNITS(time_units), out, capacity);
}
