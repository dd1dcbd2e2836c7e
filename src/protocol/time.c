/*
 * time.c - RFC 3339 to epoch milliseconds and back.
 *
 * Calendar arithmetic after Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms" (days_from_civil,
 * civil_from_days): proleptic Gregorian, exact for all years here, no tables.
 */
#include "protocol/time.h"

#include <string.h>

enum { MS_PER_SECOND = 1000, SECONDS_PER_DAY = 86400, DAYS_PER_ERA = 146097, DAYS_TO_1970 = 719468 };

struct scanner {
    const char *at, *end;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Exactly @digits digits, with a value within [@min, @max]. */
static bool scan_number(struct scanner *scanner, int digits, int min, int max, int *out)
{
    if (scanner->end - scanner->at < digits)
        return false;
    int value = 0;
    for (int i = 0; i < digits; i++) {
        char c = *scanner->at++;
        if (!is_digit(c))
            return false;
        value = value * 10 + (c - '0');
    }
    *out = value;
    return value >= min && value <= max;
}

static bool scan_one_of(struct scanner *scanner, const char *accepted, char *out)
{
    if (scanner->at == scanner->end || *scanner->at == '\0' || !strchr(accepted, *scanner->at))
        return false;
    *out = *scanner->at++;
    return true;
}

static bool scan_char(struct scanner *scanner, const char *accepted)
{
    char ignored;
    return scan_one_of(scanner, accepted, &ignored);
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

/* Days from 1970-01-01. Years begin in March here, so that the leap day comes last. */
static int64_t days_from_date(int year, int month, int day)
{
    int64_t shifted = month <= 2 ? year - 1 : year;
    int64_t era = (shifted >= 0 ? shifted : shifted - 399) / 400;
    int64_t year_of_era = shifted - era * 400;
    int64_t day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_PER_ERA + day_of_era - DAYS_TO_1970;
}

static bool scan_date(struct scanner *scanner, int64_t *days)
{
    int year, month, day;
    if (!scan_number(scanner, 4, 0, 9999, &year) || !scan_char(scanner, "-") ||
        !scan_number(scanner, 2, 1, 12, &month) || !scan_char(scanner, "-") ||
        !scan_number(scanner, 2, 1, days_in_month(year, month), &day))
        return false;
    *days = days_from_date(year, month, day);
    return true;
}

/* ".5" and longer; digits after the third do not count. Absent: 0. */
static bool scan_fraction(struct scanner *scanner, int *ms)
{
    *ms = 0;
    if (!scan_char(scanner, "."))
        return true;
    int digits = 0, unit = 100;
    for (; scanner->at < scanner->end && is_digit(*scanner->at); scanner->at++, digits++) {
        *ms += (*scanner->at - '0') * unit;
        unit /= 10;
    }
    return digits > 0;
}

static bool scan_offset(struct scanner *scanner, int *minutes)
{
    char sign;
    *minutes = 0;
    if (!scan_one_of(scanner, "Zz+-", &sign))
        return false;
    if (sign == 'Z' || sign == 'z')
        return true;
    int hours, rest;
    if (!scan_number(scanner, 2, 0, 23, &hours) || !scan_char(scanner, ":") || !scan_number(scanner, 2, 0, 59, &rest))
        return false;
    *minutes = (sign == '-' ? -1 : 1) * (hours * 60 + rest);
    return true;
}

bool hl_time_parse(const char *text, size_t length, int64_t *out_ms)
{
    struct scanner scanner = {text, text + length};
    int64_t days;
    int hour, minute, second, ms, offset_minutes;
    if (!scan_date(&scanner, &days) || !scan_char(&scanner, "Tt ") || !scan_number(&scanner, 2, 0, 23, &hour) ||
        !scan_char(&scanner, ":") || !scan_number(&scanner, 2, 0, 59, &minute) || !scan_char(&scanner, ":") ||
        !scan_number(&scanner, 2, 0, 60, &second) || !scan_fraction(&scanner, &ms) ||
        !scan_offset(&scanner, &offset_minutes) || scanner.at != scanner.end)
        return false;
    int64_t minutes = days * 1440 + hour * 60 + minute - offset_minutes;
    bool before_midnight = (minutes + 1) % 1440 == 0;
    if (second == 60 && !before_midnight)
        return false;
    int64_t value = (minutes * 60 + second) * MS_PER_SECOND + ms;
    if (value < HL_TIME_MIN_MS || value > HL_TIME_MAX_MS)
        return false;
    *out_ms = value;
    return true;
}

static char *put_number(char *out, int value, int digits)
{
    for (int i = digits; i-- > 0; value /= 10)
        out[i] = (char)('0' + value % 10);
    return out + digits;
}

/* The date of @days after 1970-01-01 as "YYYY-MM-DD". */
static char *put_date(char *out, int64_t days)
{
    days += DAYS_TO_1970;
    int64_t era = (days >= 0 ? days : days - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
    int day_of_era = (int)(days - era * DAYS_PER_ERA);
    int year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int month_from_march = (5 * day_of_year + 2) / 153;
    int day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    int month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
    int year = (int)(era * 400) + year_of_era + (month <= 2);
    out = put_number(out, year, 4);
    *out++ = '-';
    out = put_number(out, month, 2);
    *out++ = '-';
    return put_number(out, day, 2);
}

void hl_time_format(int64_t ms, char out[HL_TIME_TEXT_BYTES])
{
    if (ms < HL_TIME_MIN_MS)
        ms = HL_TIME_MIN_MS;
    if (ms > HL_TIME_MAX_MS)
        ms = HL_TIME_MAX_MS;
    int64_t since_min = ms - HL_TIME_MIN_MS; /* not negative, so that division rounds down */
    int64_t seconds = since_min / MS_PER_SECOND;
    int of_day = (int)(seconds % SECONDS_PER_DAY);
    out = put_date(out, seconds / SECONDS_PER_DAY + HL_TIME_MIN_MS / MS_PER_SECOND / SECONDS_PER_DAY);
    *out++ = 'T';
    out = put_number(out, of_day / 3600, 2);
    *out++ = ':';
    out = put_number(out, of_day / 60 % 60, 2);
    *out++ = ':';
    out = put_number(out, of_day % 60, 2);
    *out++ = '.';
    out = put_number(out, (int)(since_min % MS_PER_SECOND), 3);
    *out++ = 'Z';
    *out = '\0';
}
