/*
 * ctl_rows.c - files of headlines in memory (see ctl_rows.h).
 */
#include "cmd/ctl_rows.h"

#include "cmd/ctl.h"
#include "cmd/ctl_headline.h"
#include "cmd/ctl_input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COMPLAINTS_MAX = 5 };

/* Texts of a row on their way into one block. */
enum { TEXT_TITLE, TEXT_SOURCE, TEXT_URL, TEXT_LANG, TEXT_SUMMARY, TEXT_COLLECTION, TEXT_ID, TEXT_LABEL, TEXT_COUNT };

static const char *const text_names[TEXT_COUNT] = {"title",   "source",     "url", "lang",
                                                   "summary", "collection", "id",  "story"};

/* A string as it is, a whole number as text in @digits, anything else as "". */
static struct hl_text field_text(json_t *row, const char *name, char digits[32])
{
    const json_t *value = json_object_get(row, name);
    if (json_is_string(value))
        return (struct hl_text){json_string_value(value), json_string_length(value)};
    if (!json_is_integer(value))
        return (struct hl_text){NULL, 0};
    int length = snprintf(digits, 32, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    return (struct hl_text){digits, (size_t)length};
}

static void collect_texts(json_t *row, uint64_t line_number, char digits[TEXT_COUNT][32],
                          struct hl_text texts[TEXT_COUNT])
{
    for (int i = 0; i < TEXT_COUNT; i++)
        texts[i] = field_text(row, text_names[i], digits[i]);
    if (texts[TEXT_ID].length == 0) {
        int length = snprintf(digits[TEXT_ID], 32, "%llu", (unsigned long long)line_number);
        texts[TEXT_ID] = (struct hl_text){digits[TEXT_ID], (size_t)length};
    }
}

/* Copies @texts into one block and points them there. NULL when out of memory. */
static char *copy_texts(struct hl_text texts[TEXT_COUNT])
{
    size_t bytes = 1;
    for (int i = 0; i < TEXT_COUNT; i++)
        bytes += texts[i].length;
    char *block = malloc(bytes), *at = block;
    if (!block)
        return NULL;
    for (int i = 0; i < TEXT_COUNT; i++) {
        if (texts[i].length)
            memcpy(at, texts[i].data, texts[i].length);
        texts[i].data = at;
        at += texts[i].length;
    }
    return block;
}

static bool row_fill(struct ctl_row *out, json_t *row, uint64_t line_number)
{
    char digits[TEXT_COUNT][32];
    struct hl_text texts[TEXT_COUNT];
    collect_texts(row, line_number, digits, texts);
    char *block = copy_texts(texts);
    if (!block)
        return false;
    int64_t clock_ms = ctl_headline_time(row);
    *out = (struct ctl_row){.headline = {.title = texts[TEXT_TITLE],
                                         .source = texts[TEXT_SOURCE],
                                         .url = texts[TEXT_URL],
                                         .lang = texts[TEXT_LANG],
                                         .summary = texts[TEXT_SUMMARY],
                                         .collection = texts[TEXT_COLLECTION],
                                         .published_ms = clock_ms},
                            .id = texts[TEXT_ID],
                            .label = texts[TEXT_LABEL],
                            .clock_ms = clock_ms,
                            .line_number = line_number,
                            .text = block};
    return true;
}

static bool rows_grow(struct ctl_rows *rows)
{
    if (rows->count < rows->capacity)
        return true;
    size_t capacity = rows->capacity ? rows->capacity * 2 : 1024;
    struct ctl_row *grown = realloc(rows->rows, capacity * sizeof *grown);
    if (!grown)
        return false;
    rows->rows = grown;
    rows->capacity = capacity;
    return true;
}

static void reject(struct ctl_rows *rows, const char *path, uint64_t line_number, const char *why)
{
    if (rows->rejected++ < COMPLAINTS_MAX)
        ctl_complain("%s:%llu: %s", path, (unsigned long long)line_number, why);
}

static enum hl_status take_line(struct ctl_rows *rows, const char *path, uint64_t line_number, const char *line,
                                size_t length, struct hl_error *error)
{
    json_t *parsed;
    struct hl_error problem;
    enum hl_status status = ctl_headline_parse(line, length, &parsed, &problem);
    if (status != HL_OK) {
        reject(rows, path, line_number, problem.message);
        return HL_OK;
    }
    bool taken = rows_grow(rows) && row_fill(&rows->rows[rows->count], parsed, line_number);
    json_decref(parsed);
    if (!taken)
        return hl_error_set(error, HL_NO_MEMORY, NULL, "out of memory");
    rows->count++;
    return HL_OK;
}

enum hl_status ctl_rows_read(struct ctl_rows *rows, const char *path, struct hl_error *error)
{
    struct ctl_input *input;
    enum hl_status status = ctl_input_open(path, &input, error);
    if (status != HL_OK)
        return status;
    for (;;) {
        const char *line;
        size_t length;
        enum ctl_line kind;
        status = ctl_input_read(input, &kind, &line, &length, error);
        if (kind == CTL_LINE_END)
            break;
        uint64_t line_number = ctl_input_line_number(input);
        if (kind == CTL_LINE_TOO_LONG)
            reject(rows, path, line_number, "the line is too long");
        else
            status = take_line(rows, path, line_number, line, length, error);
        if (status != HL_OK)
            break;
    }
    ctl_input_close(input);
    return status;
}

void ctl_rows_clear(struct ctl_rows *rows)
{
    for (size_t i = 0; i < rows->count; i++)
        free(rows->rows[i].text);
    free(rows->rows);
    *rows = (struct ctl_rows){0};
}

static uint64_t next_random(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15)); /* splitmix64 */
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

void ctl_rows_shuffle(struct ctl_rows *rows, uint64_t seed)
{
    for (size_t i = 0; i < rows->count; i++)
        rows->rows[i].clock_ms = rows->rows[i].headline.published_ms = HL_TIME_NONE;
    for (size_t i = rows->count; i > 1; i--) { /* Fisher and Yates */
        size_t j = (size_t)(next_random(&seed) % i);
        struct ctl_row row = rows->rows[i - 1];
        rows->rows[i - 1] = rows->rows[j];
        rows->rows[j] = row;
    }
}
