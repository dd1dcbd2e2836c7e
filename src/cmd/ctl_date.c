/*
 * ctl_date.c - dates of feeds and tables (see ctl_date.h). Each is put into the form of RFC 3339, whose parser knows the calendar.
 */
#include "cmd/ctl_date.h"

#include "protocol/time.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { TEXT_BYTES = 64, ZONE_BYTES = 8 };

static const char *skip_spaces(const char *at)
{
    while (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r')
        at++;
    return at;
}

/* Reads @least to @most digits and moves *@at behind them. False: there are fewer, or more follow. */
static bool read_digits(const char **at, int least, int most, int *value)
{
    int count = 0;
    *value = 0;
    for (; isdigit((unsigned char)**at) && count < most; count++)
        *value = *value * 10 + (*(*at)++ - '0');
    return count >= least && !isdigit((unsigned char)**at);
}

static bool read_char(const char **at, char wanted)
{
    if (**at != wanted)
        return false;
    ++*at;
    return true;
}

/* ---- zones -------------------------------------------------------------------------------------------------------- */

static bool read_named_zone(const char *at, char out[ZONE_BYTES])
{
    static const struct {
        const char *name, *offset;
    } zones[] = {
        {"", "Z"},         {"Z", "Z"},        {"UT", "Z"},       {"UTC", "Z"},      {"GMT", "Z"},
        {"EST", "-05:00"}, {"EDT", "-04:00"}, {"CST", "-06:00"}, {"CDT", "-05:00"}, {"MST", "-07:00"},
        {"MDT", "-06:00"}, {"PST", "-08:00"}, {"PDT", "-07:00"},
    };
    for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++) {
        if (strcasecmp(at, zones[i].name) == 0) {
            snprintf(out, ZONE_BYTES, "%s", zones[i].offset);
            return true;
        }
    }
    return false;
}

/* All that is left of the text: none, a name, "+01:00", "+0100" or "+01". */
static bool read_zone(const char *at, char out[ZONE_BYTES])
{
    at = skip_spaces(at);
    if (*at != '+' && *at != '-')
        return read_named_zone(at, out);
    size_t length = strlen(at);
    const char *minutes = length == 3 ? "00" : at[3] == ':' ? at + 4 : at + 3;
    if (length < 3 || strlen(minutes) != 2)
        return false;
    snprintf(out, ZONE_BYTES, "%.3s:%s", at, minutes);
    return true;
}

/* ---- the two forms ------------------------------------------------------------------------------------------------ */

static bool parse_text(const char *date, const char *time, const char *zone, int64_t *ms)
{
    char text[2 * TEXT_BYTES];
    int length = snprintf(text, sizeof text, "%sT%s%s", date, time, zone);
    return hl_time_parse(text, (size_t)length, ms);
}

/* "2025-12-14", then nothing or a time, with or without seconds. */
static bool parse_iso(const char *at, int64_t *ms)
{
    char date[11], time[TEXT_BYTES], zone[ZONE_BYTES];
    snprintf(date, sizeof date, "%.10s", at);
    if (strlen(date) < 10)
        return false;
    at += 10;
    if (*at == '\0')
        return parse_text(date, "00:00:00", "Z", ms);
    if (*at != 'T' && *at != 't' && *at != ' ')
        return false;
    size_t length = strspn(++at, "0123456789:.");
    snprintf(time, sizeof time, "%.*s%s", (int)length, at, length == 5 ? ":00" : "");
    return read_zone(at + length, zone) && parse_text(date, time, zone, ms);
}

static bool read_month(const char **at, int *month)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    for (int i = 0; i < 12; i++) {
        if (strncasecmp(*at, names + 3 * (ptrdiff_t)i, 3) == 0) {
            *month = i + 1;
            while (isalpha((unsigned char)**at))
                ++*at;
            return true;
        }
    }
    return false;
}

static bool read_day_of_year(const char **at, char date[TEXT_BYTES])
{
    int day, month, year;
    if (!read_digits(at, 1, 2, &day))
        return false;
    *at = skip_spaces(*at);
    if (!read_month(at, &month))
        return false;
    *at = skip_spaces(*at);
    const char *start = *at;
    if (!read_digits(at, 2, 4, &year) || *at - start == 3)
        return false;
    if (*at - start == 2)
        year += year < 50 ? 2000 : 1900; /* as RFC 2822 reads it */
    snprintf(date, TEXT_BYTES, "%04d-%02d-%02d", year, month, day);
    return true;
}

/* "Sun, 14 Dec 2025 09:30:00 GMT" */
static bool parse_rfc822(const char *at, int64_t *ms)
{
    char date[TEXT_BYTES], time[TEXT_BYTES], zone[ZONE_BYTES];
    int hour, minute, second = 0;
    const char *comma = strchr(at, ',');
    if (comma)
        at = skip_spaces(comma + 1);
    if (!read_day_of_year(&at, date))
        return false;
    at = skip_spaces(at);
    if (!read_digits(&at, 1, 2, &hour) || !read_char(&at, ':') || !read_digits(&at, 2, 2, &minute))
        return false;
    if (read_char(&at, ':') && !read_digits(&at, 2, 2, &second))
        return false;
    snprintf(time, sizeof time, "%02d:%02d:%02d", hour, minute, second);
    return read_zone(at, zone) && parse_text(date, time, zone, ms);
}

bool ctl_date_parse(const char *text, size_t length, int64_t *ms)
{
    char copy[TEXT_BYTES];
    if (length >= sizeof copy || memchr(text, '\0', length))
        return false;
    memcpy(copy, text, length);
    while (length > 0 && isspace((unsigned char)copy[length - 1]))
        length--;
    copy[length] = '\0';
    const char *at = skip_spaces(copy);
    return parse_iso(at, ms) || parse_rfc822(at, ms);
}
