/*
 * ctl_headline.c - lines of JSON as headlines (see ctl_headline.h).
 */
#include "cmd/ctl_headline.h"

#include "protocol/time.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

enum hl_status ctl_headline_parse(const char *line, size_t length, json_t **row, struct hl_error *error)
{
    json_error_t problem;
    json_t *parsed = json_loadb(line, length, JSON_REJECT_DUPLICATES, &problem);
    if (!parsed)
        return hl_error_set(error, HL_PARSE, NULL, "not JSON: %s (at byte %d)", problem.text, problem.position);
    if (!json_is_object(parsed)) {
        json_decref(parsed);
        return hl_error_set(error, HL_INVALID, NULL, "not a JSON object");
    }
    if (!json_is_string(json_object_get(parsed, "title"))) {
        json_decref(parsed);
        return hl_error_set(error, HL_INVALID, "title", "no title: a headline needs \"title\", a string");
    }
    *row = parsed;
    return HL_OK;
}

/* Epoch seconds, whole or with a fraction, to milliseconds; false when @value is no number or outside the years 0 to 9999. */
static bool seconds_to_ms(const json_t *value, int64_t *ms)
{
    if (!json_is_number(value))
        return false;
    double exact = json_number_value(value) * 1000;
    if (!(exact >= (double)HL_TIME_MIN_MS && exact <= (double)HL_TIME_MAX_MS))
        return false;
    *ms = (int64_t)llround(exact);
    return true;
}

static int copy_field(json_t *request, const char *name, json_t *value)
{
    bool is_id = strcmp(name, "id") == 0;
    if (is_id && json_is_string(value) && json_string_length(value) == 0)
        return 0; /* the daemon would make one, and every time another */
    if (!is_id || !json_is_integer(value))
        return json_object_set(request, name, value);
    char text[32];
    snprintf(text, sizeof text, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    return json_object_set_new(request, name, json_string(text));
}

bool ctl_headline_copy(json_t *request, json_t *row)
{
    static const char *const names[] = {"title", "id", "source", "url", "lang", "summary", "published", "collection"};
    bool published = false;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        json_t *value = json_object_get(row, names[i]);
        if (!value || json_is_null(value))
            continue;
        if (copy_field(request, names[i], value) != 0)
            return false;
        published = published || strcmp(names[i], "published") == 0;
    }
    int64_t ms;
    if (published || !seconds_to_ms(json_object_get(row, "ts"), &ms))
        return true;
    return json_object_set_new(request, "published", json_integer(ms)) == 0;
}

void ctl_headline_make_id(const char *file, uint64_t line_number, const char *line, size_t length,
                          char out[CTL_HEADLINE_ID_BYTES])
{
    XXH64_hash_t hash = XXH3_64bits(file, strlen(file));
    hash = XXH3_64bits_withSeed(line, length, hash ^ line_number * UINT64_C(0x9E3779B97F4A7C15));
    snprintf(out, CTL_HEADLINE_ID_BYTES, "load:%016llx", (unsigned long long)hash);
}

int64_t ctl_headline_time(json_t *row)
{
    int64_t ms;
    if (seconds_to_ms(json_object_get(row, "ts"), &ms))
        return ms;
    const json_t *published = json_object_get(row, "published");
    if (json_is_integer(published)) {
        json_int_t value = json_integer_value(published);
        return value >= HL_TIME_MIN_MS && value <= HL_TIME_MAX_MS ? (int64_t)value : HL_TIME_NONE;
    }
    if (json_is_string(published) && hl_time_parse(json_string_value(published), json_string_length(published), &ms))
        return ms;
    return HL_TIME_NONE;
}
