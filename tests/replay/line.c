/*
 * line.c - cutting scenario lines and reading their times and numbers.
 */
#include "line.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool refuse(struct line *line, const char *problem)
{
    snprintf(line->problem, sizeof line->problem, "%s", problem);
    return false;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return -1;
}

/* Decodes \n \t \" \\ \xNN in place. False on any other escape. */
static bool unescape(char *data, size_t *length)
{
    size_t to = 0;
    for (size_t from = 0; from < *length; from++) {
        if (data[from] != '\\') {
            data[to++] = data[from];
            continue;
        }
        char c = '\0';
        if (++from < *length)
            c = data[from];
        if (c == 'x' && from + 2 < *length && hex_digit(data[from + 1]) >= 0 && hex_digit(data[from + 2]) >= 0) {
            data[to++] = (char)(hex_digit(data[from + 1]) * 16 + hex_digit(data[from + 2]));
            from += 2;
        } else if (c == 'n' || c == 't') {
            data[to++] = c == 'n' ? '\n' : '\t';
        } else if (c == '\\' || c == '"') {
            data[to++] = c;
        } else {
            return false;
        }
    }
    data[to] = '\0';
    *length = to;
    return true;
}

/* Takes the title off the end of @text: everything behind the first " | ". */
static bool take_title(struct line *line, char *text)
{
    char *bar = strstr(text, " | ");
    if (bar == NULL)
        return true;
    *bar = '\0';
    char *title = bar + 3;
    size_t length = strlen(title);
    if (!unescape(title, &length))
        return refuse(line, "bad escape in the title: use \\n, \\t, \\\", \\\\ or \\xNN (NN in 00..ff)");
    line->has_title = true;
    line->title = (struct hl_text){title, length};
    return true;
}

/* Cuts the token at *@cursor, which may hold a quoted stretch, and moves *@cursor behind it. NULL when a quote stays open. */
static char *take_token(char **cursor)
{
    char *token = *cursor;
    char *c = token;
    bool quoted = false;
    for (; *c != '\0' && (quoted || *c != ' '); c++) {
        if (quoted && *c == '\\' && c[1] != '\0')
            c++;
        else if (*c == '"')
            quoted = !quoted;
    }
    if (quoted)
        return NULL;
    if (*c != '\0')
        *c++ = '\0';
    *cursor = c;
    return token;
}

static bool add_field(struct line *line, char *name, char *value)
{
    if (line->field_count == LINE_FIELDS_MAX)
        return refuse(line, "too many fields");
    for (size_t i = 0; i < line->field_count; i++)
        if (strcmp(line->fields[i].name, name) == 0)
            return refuse(line, "a field is given twice");
    size_t length = strlen(value);
    if (value[0] == '"') {
        if (length < 2 || value[length - 1] != '"')
            return refuse(line, "a quoted value must end with its quote");
        value[length - 1] = '\0';
        value++;
        length -= 2;
    }
    if (!unescape(value, &length))
        return refuse(line, "bad escape in a field: use \\n, \\t, \\\", \\\\ or \\xNN (NN in 00..ff)");
    line->fields[line->field_count++] = (struct field){.name = name, .value = {value, length}};
    return true;
}

static bool add_token(struct line *line, char *token)
{
    char *equals = strchr(token, '=');
    if (equals != NULL) {
        *equals = '\0';
        return add_field(line, token, equals + 1);
    }
    if (line->command == NULL) {
        line->command = token;
        return true;
    }
    if (line->word_count == LINE_WORDS_MAX)
        return refuse(line, "too many words");
    line->words[line->word_count++] = token;
    return true;
}

bool line_parse(struct line *line, char *text)
{
    *line = (struct line){0};
    if (text[0] == '#')
        return true;
    if (!take_title(line, text))
        return false;
    char *cursor = text;
    while (*cursor != '\0') {
        if (*cursor == ' ') {
            cursor++;
            continue;
        }
        char *token = take_token(&cursor);
        if (token == NULL)
            return refuse(line, "a quote is not closed");
        if (!add_token(line, token))
            return false;
    }
    if (line->command == NULL && (line->field_count > 0 || line->has_title))
        return refuse(line, "a line begins with its command");
    return true;
}

const struct hl_text *line_field(struct line *line, const char *name)
{
    for (size_t i = 0; i < line->field_count; i++) {
        if (strcmp(line->fields[i].name, name) == 0) {
            line->fields[i].used = true;
            return &line->fields[i].value;
        }
    }
    return NULL;
}

const char *line_unused_field(const struct line *line)
{
    for (size_t i = 0; i < line->field_count; i++)
        if (!line->fields[i].used)
            return line->fields[i].name;
    return NULL;
}

/* Days from 1970-01-01 in the proleptic Gregorian calendar, for years from 1970 on. */
static int64_t days_from_date(int year, int month, int day)
{
    static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    int64_t past = year - 1;
    int64_t leap_days = (past / 4 - past / 100 + past / 400) - (1969 / 4 - 1969 / 100 + 1969 / 400);
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return (int64_t)(year - 1970) * 365 + leap_days + before[month - 1] + (month > 2 && leap ? 1 : 0) + day - 1;
}

/* Reads @digits decimal digits and the byte @after behind them, and moves *@cursor over both. */
static bool take_number(const char **cursor, int digits, char after, int *number)
{
    *number = 0;
    for (; digits > 0; digits--, (*cursor)++) {
        if (**cursor < '0' || **cursor > '9')
            return false;
        *number = *number * 10 + (**cursor - '0');
    }
    return *(*cursor)++ == after;
}

bool parse_time(const char *text, int64_t *ms)
{
    int year, month, day, hour, minute, second;
    const char *c = text;
    if (!take_number(&c, 4, '-', &year) || !take_number(&c, 2, '-', &month) || !take_number(&c, 2, 'T', &day) ||
        !take_number(&c, 2, ':', &hour) || !take_number(&c, 2, ':', &minute) || !take_number(&c, 2, 'Z', &second) ||
        *c != '\0')
        return false;
    if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59)
        return false;
    *ms = (((days_from_date(year, month, day) * 24 + hour) * 60 + minute) * 60 + second) * 1000;
    return true;
}

bool parse_duration(const char *text, int64_t *ms)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
    char *end = NULL;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (errno != 0 || end == text || number < 0 || number > 1000000000)
        return false;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(end, units[i].unit) == 0) {
            *ms = number * units[i].ms;
            return true;
        }
    }
    return false;
}

bool parse_count(const char *text, uint64_t *count)
{
    char *end = NULL;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (errno != 0 || text[0] < '0' || text[0] > '9' || *end != '\0')
        return false;
    *count = number;
    return true;
}

bool parse_real(const char *text, double *value)
{
    char *end = NULL;
    double number = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(number))
        return false;
    *value = number;
    return true;
}
