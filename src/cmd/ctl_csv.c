/*
 * ctl_csv.c - tables by libcsv (see ctl_csv.h). It is given line by line, so that it is known on which line a record begins.
 */
#include "cmd/ctl_csv.h"

#include "cmd/ctl_date.h"
#include "cmd/ctl_input.h"
#include "core/buffer.h"
#include "text/text.h"

#include <csv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define RECORD_MAX_BYTES CTL_INPUT_LINE_MAX_BYTES
enum { BLOCK_BYTES = 4096 };

struct ctl_csv {
    struct csv_parser parser; /* owned */
    const struct ctl_map *map;
    struct ctl_queue *queue;
    char delimiter; /* 0: not known yet */
    bool has_header, no_memory;
    bool in_record;        /* it goes on in the next line */
    bool is_skipping;      /* inside a line that is too long */
    uint64_t line_number;  /* of the line at hand */
    uint64_t record_line;  /* where the record at hand begins */
    struct hl_buffer line; /* owned; what there is of the next line */
    struct hl_buffer text; /* owned; fields of the record, one after the other */
    size_t ends[CTL_CSV_COLUMNS_MAX];
    size_t record_bytes;              /* of its lines so far */
    size_t field_count;               /* also of those beyond the last that is kept */
    size_t column_count;              /* of the header */
    size_t columns[CTL_COLUMN_COUNT]; /* the field, from 1; 0: there is none */
    struct hl_error error;            /* status OK: none */
};

/* ---- names and the map -------------------------------------------------------------------------------------------- */

static const char *const member_names[CTL_COLUMN_COUNT] = {"title",   "id",        "source",     "url", "lang",
                                                           "summary", "published", "collection", "ts"};

/* The names of columns that are understood, other than the members' own. */
static const struct {
    const char *name;
    enum ctl_column column;
} other_names[] = {
    {"headline", CTL_COLUMN_TITLE},      {"guid", CTL_COLUMN_ID},        {"outlet", CTL_COLUMN_SOURCE},
    {"publisher", CTL_COLUMN_SOURCE},    {"link", CTL_COLUMN_URL},       {"language", CTL_COLUMN_LANG},
    {"description", CTL_COLUMN_SUMMARY}, {"date", CTL_COLUMN_PUBLISHED}, {"pubDate", CTL_COLUMN_PUBLISHED},
};

static bool is_same(const char *text, size_t length, const char *name)
{
    return length == strlen(name) && strncasecmp(text, name, length) == 0;
}

/* CTL_COLUMN_COUNT: none. */
static enum ctl_column member_named(const char *text, size_t length)
{
    int i = 0;
    while (i < CTL_COLUMN_COUNT && !is_same(text, length, member_names[i]))
        i++;
    return (enum ctl_column)i;
}

static enum ctl_column column_named(const char *text, size_t length)
{
    for (size_t i = 0; i < sizeof other_names / sizeof other_names[0]; i++)
        if (is_same(text, length, other_names[i].name))
            return other_names[i].column;
    return member_named(text, length);
}

static enum hl_status parse_pair(const char *pair, size_t length, struct ctl_map *out, struct hl_error *error)
{
    const char *equals = memchr(pair, '=', length);
    size_t before = equals ? (size_t)(equals - pair) : length;
    enum ctl_column column = member_named(pair, before);
    if (!equals || before + 1 == length || column == CTL_COLUMN_COUNT)
        return hl_error_set(
            error, HL_INVALID, "map",
            "--map is a list of member=column with commas between them, members being title, id, source, "
            "url, lang, summary, published, collection and ts; not \"%.*s\"",
            (int)length, pair);
    const char *name = equals + 1;
    size_t name_length = length - before - 1;
    bool is_number = strspn(name, "0123456789") >= name_length && name_length <= 3;
    unsigned number = is_number ? (unsigned)strtoul(name, NULL, 10) : 0;
    if (is_number && (number == 0 || number > CTL_CSV_COLUMNS_MAX))
        return hl_error_set(error, HL_INVALID, "map", "columns are counted from 1 to %d", CTL_CSV_COLUMNS_MAX);
    out->columns[column].name = name;
    out->columns[column].length = name_length;
    out->columns[column].number = number;
    return HL_OK;
}

enum hl_status ctl_map_parse(const char *text, struct ctl_map *out, struct hl_error *error)
{
    *out = (struct ctl_map){0};
    enum hl_status status = HL_OK;
    for (const char *at = text; status == HL_OK;) {
        size_t length = strcspn(at, ",");
        status = parse_pair(at, length, out, error);
        if (at[length] == '\0')
            break;
        at += length + 1;
    }
    return status;
}

/* ---- the delimiter ------------------------------------------------------------------------------------------------ */

static char likely_delimiter(const char *line, size_t length)
{
    if (memchr(line, '\t', length))
        return '\t';
    return memchr(line, ';', length) && !memchr(line, ',', length) ? ';' : ',';
}

/* What may stand around a name in a header. */
static bool is_around(char c)
{
    return c == ' ' || c == '\r' || c == '"';
}

char ctl_csv_delimiter(const char *line, size_t length, const struct ctl_map *map)
{
    char delimiter = likely_delimiter(line, length);
    if (map && memchr(line, delimiter, length))
        return delimiter;
    for (const char *at = line, *end = line + length; at <= end;) {
        const char *next = memchr(at, delimiter, (size_t)(end - at));
        size_t bytes = (size_t)((next ? next : end) - at);
        while (bytes > 0 && is_around(at[bytes - 1]))
            bytes--;
        while (bytes > 0 && is_around(at[0]))
            at++, bytes--;
        if (column_named(at, bytes) == CTL_COLUMN_TITLE)
            return delimiter;
        at = next ? next + 1 : end + 1;
    }
    return 0;
}

/* ---- the header --------------------------------------------------------------------------------------------------- */

static struct hl_text field_at(const struct ctl_csv *csv, size_t index)
{
    size_t from = index > 0 ? csv->ends[index - 1] : 0;
    return (struct hl_text){csv->text.data ? csv->text.data + from : "", csv->ends[index] - from};
}

/* The field of the header with this name, from 1; 0: none. */
static size_t find_field(const struct ctl_csv *csv, const char *name, size_t length)
{
    for (size_t i = 0; i < csv->column_count; i++) {
        struct hl_text field = field_at(csv, i);
        if (field.length == length && strncasecmp(field.data, name, length) == 0)
            return i + 1;
    }
    return 0;
}

static void apply_map(struct ctl_csv *csv)
{
    for (int i = 0; i < CTL_COLUMN_COUNT; i++) {
        const char *name = csv->map->columns[i].name;
        size_t number = csv->map->columns[i].number, length = csv->map->columns[i].length;
        if (!name)
            continue;
        csv->columns[i] = number > 0 ? number : find_field(csv, name, length);
        if (csv->columns[i] == 0 || csv->columns[i] > csv->column_count)
            hl_error_set(&csv->error, HL_INVALID, "map", "there is no column %.*s: the header is \"%.*s\"", (int)length,
                         name, (int)strcspn(csv->line.data, "\n"), csv->line.data);
    }
}

static void take_header(struct ctl_csv *csv)
{
    csv->has_header = true;
    csv->column_count = csv->field_count;
    if (csv->field_count > CTL_CSV_COLUMNS_MAX) {
        hl_error_set(&csv->error, HL_INVALID, "file", "more than %d columns", CTL_CSV_COLUMNS_MAX);
        return;
    }
    for (size_t i = 0; i < csv->column_count; i++) {
        struct hl_text field = field_at(csv, i);
        enum ctl_column column = column_named(field.data, field.length);
        if (column != CTL_COLUMN_COUNT && csv->columns[column] == 0)
            csv->columns[column] = i + 1;
    }
    if (csv->map)
        apply_map(csv);
    if (csv->error.status == HL_OK && csv->columns[CTL_COLUMN_TITLE] == 0)
        hl_error_set(&csv->error, HL_INVALID, "file",
                     "the header names no title: name a column \"title\" or say --map title=COLUMN");
}

/* ---- records ------------------------------------------------------------------------------------------------------ */

/* Numbers are epoch milliseconds for published and seconds for ts, as in JSON; else it is a date if it can be read as one. */
static json_t *date_value(enum ctl_column column, struct hl_text text)
{
    bool is_ts = column == CTL_COLUMN_TS;
    int64_t ms;
    char copy[20] = "";
    if (text.length < sizeof copy)
        memcpy(copy, text.data, text.length);
    size_t sign = copy[0] == '-';
    size_t digits = strspn(copy + sign, is_ts ? ".0123456789" : "0123456789");
    if (digits > 0 && sign + digits == text.length)
        return is_ts ? json_real(strtod(copy, NULL)) : json_integer(strtoll(copy, NULL, 10));
    if (ctl_date_parse(text.data, text.length, &ms))
        return json_integer(is_ts ? ms / 1000 : ms);
    return json_stringn(text.data, text.length);
}

/* NULL: no memory. */
static json_t *build_row(const struct ctl_csv *csv)
{
    json_t *row = json_object();
    bool built = row != NULL;
    for (int i = 0; i < CTL_COLUMN_COUNT && built; i++) {
        size_t index = csv->columns[i];
        if (index == 0 || index > csv->field_count || field_at(csv, index - 1).length == 0)
            continue;
        struct hl_text field = field_at(csv, index - 1);
        bool is_date = i == CTL_COLUMN_PUBLISHED || i == CTL_COLUMN_TS;
        json_t *value = is_date ? date_value((enum ctl_column)i, field) : json_stringn(field.data, field.length);
        built = json_object_set_new(row, member_names[i], value) == 0;
    }
    if (built)
        return row;
    json_decref(row);
    return NULL;
}

static bool all_is_text(const struct ctl_csv *csv)
{
    for (size_t i = 0; i < csv->field_count; i++)
        if (!hl_utf8_is_valid(field_at(csv, i).data, field_at(csv, i).length, NULL))
            return false;
    return true;
}

static void take_row(struct ctl_csv *csv)
{
    if (csv->field_count > csv->column_count)
        ctl_queue_complain(csv->queue, csv->record_line,
                           "%zu fields, but the header has %zu: quote a field that holds the delimiter",
                           csv->field_count, csv->column_count);
    else if (!all_is_text(csv))
        ctl_queue_complain(csv->queue, csv->record_line, "not UTF-8: convert the file (iconv)");
    else if (csv->columns[CTL_COLUMN_TITLE] > csv->field_count ||
             field_at(csv, csv->columns[CTL_COLUMN_TITLE] - 1).length == 0)
        ctl_queue_complain(csv->queue, csv->record_line, "the title is empty");
    else
        ctl_queue_put(csv->queue, build_row(csv), csv->record_line);
}

static void begin_record(struct ctl_csv *csv)
{
    csv->no_memory = csv->no_memory || csv->text.failed;
    csv->field_count = csv->record_bytes = 0;
    hl_buffer_reset(&csv->text);
}

/* libcsv's callbacks. */
static void on_field(void *data, size_t length, void *context)
{
    struct ctl_csv *csv = context;
    hl_buffer_append(&csv->text, data, length);
    if (csv->field_count < CTL_CSV_COLUMNS_MAX)
        csv->ends[csv->field_count] = csv->text.length;
    csv->field_count++;
}

static void on_record(int end, void *context)
{
    struct ctl_csv *csv = context;
    (void)end;
    if (csv->error.status == HL_OK && !csv->text.failed) {
        if (csv->has_header)
            take_row(csv);
        else
            take_header(csv);
    }
    begin_record(csv);
    csv->in_record = false;
}

/* ---- lines -------------------------------------------------------------------------------------------------------- */

static void forget_record(struct ctl_csv *csv)
{
    csv_fini(&csv->parser, NULL, NULL, NULL);
    begin_record(csv);
    csv->in_record = false;
}

static void complain_record(struct ctl_csv *csv, const char *what)
{
    if (csv->line_number > csv->record_line)
        ctl_queue_complain(csv->queue, csv->record_line, "%s (to line %llu)", what,
                           (unsigned long long)csv->line_number);
    else
        ctl_queue_complain(csv->queue, csv->record_line, "%s", what);
    forget_record(csv);
}

/* The line again, every quote being a character like others. */
static void parse_unquoted(struct ctl_csv *csv)
{
    forget_record(csv);
    csv_set_quote(&csv->parser, '\0'); /* which no line holds that comes here */
    size_t parsed = csv_parse(&csv->parser, csv->line.data, csv->line.length, on_field, on_record, csv);
    csv_set_quote(&csv->parser, CSV_QUOTE);
    csv->no_memory = csv->no_memory || parsed != csv->line.length;
}

static void parse_line(struct ctl_csv *csv)
{
    size_t parsed = csv_parse(&csv->parser, csv->line.data, csv->line.length, on_field, on_record, csv);
    if (parsed == csv->line.length)
        return;
    if (csv_error(&csv->parser) != CSV_EPARSE)
        csv->no_memory = true;
    else if (csv->record_line == csv->line_number)
        parse_unquoted(csv);
    else
        complain_record(csv, "the quotes of the record that begins here do not match");
}

static bool is_blank(const struct hl_buffer *line)
{
    for (size_t i = 0; i < line->length; i++)
        if (line->data[i] != ' ' && line->data[i] != '\n')
            return false;
    return true;
}

/* A whole line, with its end. */
static void take_line(struct ctl_csv *csv)
{
    csv->line_number++;
    if (csv->is_skipping) {
        csv->is_skipping = false;
        csv->record_line = csv->in_record ? csv->record_line : csv->line_number;
        complain_record(csv, "the line is too long");
        return;
    }
    if (!csv->in_record && is_blank(&csv->line))
        return;
    if (!csv->in_record)
        csv->record_line = csv->line_number;
    csv->in_record = true;
    csv->record_bytes += csv->line.length;
    if (memchr(csv->line.data, '\0', csv->line.length))
        complain_record(csv, "a NUL byte: this is no UTF-8 text");
    else
        parse_line(csv);
    if (csv->in_record && csv->record_bytes > RECORD_MAX_BYTES)
        complain_record(csv, "the record that begins here is too long: is a quote missing?");
}

static void skip_byte_order_mark(struct hl_buffer *line)
{
    if (line->length >= 3 && memcmp(line->data, "\xEF\xBB\xBF", 3) == 0)
        hl_buffer_consume(line, 3);
}

static void end_line(struct ctl_csv *csv)
{
    if (csv->line.length > 0 && csv->line.data[csv->line.length - 1] == '\r')
        csv->line.length--;
    hl_buffer_append(&csv->line, "\n", 1);
    if (csv->line.failed)
        return;
    if (csv->line_number == 0)
        skip_byte_order_mark(&csv->line);
    if (csv->delimiter == 0)
        csv->delimiter = likely_delimiter(csv->line.data, csv->line.length) == ';' ? ';' : ',';
    csv_set_delim(&csv->parser, (unsigned char)csv->delimiter);
    take_line(csv);
    hl_buffer_reset(&csv->line);
}

static enum hl_status outcome(const struct ctl_csv *csv, struct hl_error *error)
{
    if (csv->no_memory || csv->line.failed || csv->queue->failed)
        return hl_error_no_memory(error);
    if (csv->error.status != HL_OK)
        return hl_error_set(error, csv->error.status, csv->error.field, "%s", csv->error.message);
    return HL_OK;
}

/* ---- the reader --------------------------------------------------------------------------------------------------- */

/* Spaces around fields are dropped; tabs are not, since they may be delimiters. */
static int is_space(unsigned char c)
{
    return c == ' ';
}

/* So that there is at most one record in a line. */
static int is_end(unsigned char c)
{
    return c == '\n';
}

struct ctl_csv *ctl_csv_create(char delimiter, const struct ctl_map *map, struct ctl_queue *queue)
{
    struct ctl_csv *csv = calloc(1, sizeof *csv);
    if (!csv)
        return NULL;
    csv_init(&csv->parser, CSV_STRICT);
    csv_set_space_func(&csv->parser, is_space);
    csv_set_term_func(&csv->parser, is_end);
    csv_set_blk_size(&csv->parser, BLOCK_BYTES);
    csv->delimiter = delimiter;
    csv->map = map;
    csv->queue = queue;
    return csv;
}

void ctl_csv_destroy(struct ctl_csv *csv)
{
    if (!csv)
        return;
    csv_free(&csv->parser);
    hl_buffer_clear(&csv->line);
    hl_buffer_clear(&csv->text);
    free(csv);
}

enum hl_status ctl_csv_take(struct ctl_csv *csv, const char *bytes, size_t length, struct hl_error *error)
{
    const char *at = bytes, *end = bytes + length;
    enum hl_status status = HL_OK;
    while (at < end && status == HL_OK) {
        const char *feed = memchr(at, '\n', (size_t)(end - at)), *stop = feed ? feed : end;
        if (!csv->is_skipping)
            hl_buffer_append(&csv->line, at, (size_t)(stop - at));
        if (csv->line.length > RECORD_MAX_BYTES) {
            csv->is_skipping = true;
            hl_buffer_reset(&csv->line);
        }
        if (feed)
            end_line(csv);
        at = feed ? feed + 1 : end;
        status = outcome(csv, error);
    }
    return status;
}

enum hl_status ctl_csv_finish(struct ctl_csv *csv, struct hl_error *error)
{
    if (csv->line.length > 0 || csv->is_skipping)
        end_line(csv);
    if (csv->in_record && !csv->line.failed)
        complain_record(csv, "a quote opens in this record that nothing closes");
    return outcome(csv, error);
}
