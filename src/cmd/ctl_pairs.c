/*
 * ctl_pairs.c - labelled pairs in memory (see ctl_pairs.h).
 */
#include "cmd/ctl_pairs.h"

#include "cmd/ctl.h"
#include "cmd/ctl_input.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { COMPLAINTS_MAX = 5, LABEL_BYTES = 64 };

bool ctl_number_parse(const char *text, double *out)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(value))
        return false;
    *out = value;
    return true;
}

static bool label_parse(struct hl_text text, double *out)
{
    char label[LABEL_BYTES];
    if (text.length >= sizeof label)
        return false;
    memcpy(label, text.data, text.length);
    label[text.length] = '\0';
    return ctl_number_parse(label, out);
}

/* Cuts the next column off @line. */
static struct hl_text take_column(struct hl_text *line)
{
    const char *tab = line->length > 0 ? memchr(line->data, '\t', line->length) : NULL;
    struct hl_text column = {line->data, tab ? (size_t)(tab - line->data) : line->length};
    size_t passed = column.length + (tab ? 1 : 0);
    line->data += passed;
    line->length -= passed;
    return column;
}

/* What is wrong with a line of columns, or NULL. The titles point into it. */
static const char *parse_columns(struct hl_text line, struct ctl_pair *out)
{
    struct hl_text label = take_column(&line);
    out->a = take_column(&line);
    out->b = take_column(&line);
    if (out->a.length == 0 || out->b.length == 0)
        return "not label, title and title with tabs between them";
    return label_parse(label, &out->label) ? NULL : "the label is not a number";
}

/* What is wrong with an object, or NULL. The titles point into @row. */
static const char *parse_object(const json_t *row, struct ctl_pair *out)
{
    const json_t *label = json_object_get(row, "label"), *a = json_object_get(row, "a"), *b = json_object_get(row, "b");
    if (!json_is_string(a) || !json_is_string(b))
        return "a pair needs \"a\" and \"b\", two titles";
    if (!json_is_number(label))
        return "the label is not a number";
    out->label = json_number_value(label);
    out->a = (struct hl_text){json_string_value(a), json_string_length(a)};
    out->b = (struct hl_text){json_string_value(b), json_string_length(b)};
    return NULL;
}

/* Moves the titles into a block of their own. */
static bool own_titles(struct ctl_pair *pair)
{
    pair->text = malloc(pair->a.length + pair->b.length + 1);
    if (!pair->text)
        return false;
    memcpy(pair->text, pair->a.data, pair->a.length);
    memcpy(pair->text + pair->a.length, pair->b.data, pair->b.length);
    pair->a.data = pair->text;
    pair->b.data = pair->text + pair->a.length;
    return true;
}

static bool pairs_append(struct ctl_pairs *pairs, const struct ctl_pair *pair)
{
    if (pairs->count == pairs->capacity) {
        size_t capacity = pairs->capacity ? pairs->capacity * 2 : 1024;
        struct ctl_pair *grown = realloc(pairs->pairs, capacity * sizeof *grown);
        if (!grown)
            return false;
        pairs->pairs = grown;
        pairs->capacity = capacity;
    }
    pairs->pairs[pairs->count++] = *pair;
    return true;
}

static void reject(struct ctl_pairs *pairs, const char *path, uint64_t line_number, const char *why)
{
    if (pairs->rejected++ < COMPLAINTS_MAX)
        ctl_complain("%s:%llu: %s", path, (unsigned long long)line_number, why);
}

static enum hl_status take_line(struct ctl_pairs *pairs, const char *path, uint64_t line_number, struct hl_text line,
                                struct hl_error *error)
{
    struct ctl_pair pair = {0};
    json_t *row = NULL;
    const char *problem = NULL;
    if (line.length > 0 && line.data[0] == '#')
        return HL_OK;
    if (line.length > 0 && line.data[0] == '{') {
        row = json_loadb(line.data, line.length, JSON_REJECT_DUPLICATES, NULL);
        problem = row ? parse_object(row, &pair) : "not JSON";
    } else {
        problem = parse_columns(line, &pair);
    }
    bool kept = problem || (own_titles(&pair) && pairs_append(pairs, &pair));
    json_decref(row);
    if (problem)
        reject(pairs, path, line_number, problem);
    if (!kept) {
        free(pair.text);
        return hl_error_set(error, HL_NO_MEMORY, NULL, "out of memory");
    }
    return HL_OK;
}

enum hl_status ctl_pairs_read(struct ctl_pairs *pairs, const char *path, struct hl_error *error)
{
    struct ctl_input *input;
    enum hl_status status = ctl_input_open(path, &input, error);
    if (status != HL_OK)
        return status;
    for (;;) {
        struct hl_text line;
        enum ctl_line kind;
        status = ctl_input_read(input, &kind, &line.data, &line.length, error);
        if (kind == CTL_LINE_END)
            break;
        uint64_t line_number = ctl_input_line_number(input);
        if (kind == CTL_LINE_TOO_LONG)
            reject(pairs, path, line_number, "the line is too long");
        else
            status = take_line(pairs, path, line_number, line, error);
        if (status != HL_OK)
            break;
    }
    ctl_input_close(input);
    return status;
}

void ctl_pairs_clear(struct ctl_pairs *pairs)
{
    for (size_t i = 0; i < pairs->count; i++)
        free(pairs->pairs[i].text);
    free(pairs->pairs);
    *pairs = (struct ctl_pairs){0};
}
