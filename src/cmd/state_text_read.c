/*
 * state_text_read.c - JSON lines into sections of a state, which the engine pulls and checks (see state_text.h).
 */
#include "cmd/state_text.h"
#include "core/buffer.h"
#include "core/bytes.h"
#include "state/schema.h"

#include <float.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* What still rounds to the largest float: nine digits of it are a little more. */
#define FLOAT_MAX ((double)FLT_MAX * (1 + (double)FLT_EPSILON / 4))

struct line_end {
    uint64_t bytes, line; /* of the section, up to the end of this line */
};

struct reader {
    state_text_next *next;
    void *context;
    struct hl_walk walk;
    size_t sections;        /* begun */
    struct hl_buffer bytes; /* owned; of the section, those behind at are not taken yet */
    size_t at;
    uint64_t before;       /* bytes of the section that are no longer there */
    struct hl_buffer ends; /* owned; struct line_end of each line of the section */
    json_t *line;          /* owned; NULL between two lines */
    size_t used;           /* of its members */
    uint64_t number;
    enum hl_status status; /* the first error stays: values are 0 after it */
    struct hl_error error;
};

static void fail(struct reader *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void fail(struct reader *r, const char *format, ...)
{
    char what[160];
    va_list arguments;
    if (r->status != HL_OK)
        return;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    r->status = hl_error_set(&r->error, HL_CORRUPT, NULL, "line %" PRIu64 ": %s", r->number, what);
}

/* ---- values ---- */

/* Decimal digits, and nothing else. */
static bool parse_digits(const char *text, uint64_t *out)
{
    uint64_t value = 0;
    if (!text[0])
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9' || value > (UINT64_MAX - (uint64_t)(*text - '0')) / 10)
            return false;
        value = value * 10 + (uint64_t)(*text - '0');
    }
    *out = value;
    return true;
}

static uint64_t get_unsigned(struct reader *r, const json_t *value, const char *name, uint64_t max)
{
    uint64_t number = 0;
    bool good = false;
    if (json_is_integer(value)) {
        good = json_integer_value(value) >= 0;
        number = (uint64_t)json_integer_value(value);
    } else if (json_is_string(value)) {
        good = parse_digits(json_string_value(value), &number);
    }
    if (good && number <= max)
        return number;
    fail(r, "\"%s\" takes a whole number from 0 to %" PRIu64, name, max);
    return 0;
}

static int64_t get_integer(struct reader *r, const json_t *value, const char *name)
{
    uint64_t number = 0;
    if (json_is_null(value))
        return HL_TIME_NONE;
    if (json_is_integer(value))
        return json_integer_value(value);
    const char *text = json_is_string(value) ? json_string_value(value) : "";
    bool negative = text[0] == '-';
    if (parse_digits(text + negative, &number) && number <= (uint64_t)INT64_MAX)
        return negative ? -(int64_t)number : (int64_t)number;
    fail(r, "\"%s\" takes a whole number or null", name);
    return 0;
}

static double get_real(struct reader *r, const json_t *value, const char *name, double max)
{
    double number = json_number_value(value);
    if (json_is_number(value) && fabs(number) <= max)
        return number;
    fail(r, "\"%s\" takes a number that is not too large", name);
    return 0;
}

static uint64_t get_name(struct reader *r, const json_t *value, const char *name, const char *const *names)
{
    const char *text = json_is_string(value) ? json_string_value(value) : "";
    for (uint64_t code = 0; names[code]; code++)
        if (strcmp(names[code], text) == 0)
            return code;
    fail(r, "\"%s\" has none of its values", name);
    return 0;
}

static uint64_t number_max(enum hl_form form)
{
    return form == HL_FORM_U8    ? UINT8_MAX
           : form == HL_FORM_U16 ? UINT16_MAX
           : form == HL_FORM_U32 ? UINT32_MAX
                                 : UINT64_MAX;
}

/* ---- bytes ---- */

static void put_bytes(struct reader *r, const void *data, size_t bytes)
{
    if (!hl_buffer_append(&r->bytes, data, bytes) && r->status == HL_OK)
        r->status = hl_error_set(&r->error, HL_NO_MEMORY, NULL, "no memory for a line of the state");
}

static void put_number(struct reader *r, uint64_t bits, size_t bytes)
{
    unsigned char to[8];
    hl_put_u64_at(to, bits);
    put_bytes(r, to, bytes);
}

/* Returns what it has put, when that is a whole number. */
static uint64_t put_value(struct reader *r, const json_t *value, const struct hl_part *part, const char *name)
{
    unsigned char bytes[8] = {0}, *to = bytes;
    uint64_t number = 0;
    switch (part->form) {
    case HL_FORM_I64:
        hl_put_i64(&to, get_integer(r, value, name));
        break;
    case HL_FORM_F32:
        hl_put_f32(&to, (float)get_real(r, value, name, FLOAT_MAX));
        break;
    case HL_FORM_F64:
        hl_put_f64(&to, get_real(r, value, name, DBL_MAX));
        break;
    case HL_FORM_NAME:
        hl_put_u64(&to, get_name(r, value, name, part->names));
        break;
    default:
        number = get_unsigned(r, value, name, number_max(part->form));
        hl_put_u64(&to, number);
    }
    put_bytes(r, bytes, hl_form_bytes(part->form));
    return number;
}

/* ---- shapes ---- */

/* A member of @object; NULL, with an error, when it is not there. Members of the line itself are counted. */
static json_t *member(struct reader *r, const json_t *object, const char *name)
{
    json_t *value = json_object_get(object, name);
    if (!value)
        fail(r, "\"%s\" is missing", name);
    r->used += value && object == r->line;
    return value;
}

static const json_t *array(struct reader *r, const json_t *value, const char *name)
{
    if (json_is_array(value))
        return value;
    fail(r, "\"%s\" takes an array", name);
    return NULL;
}

/* How long the texts and lists are that part @index counts. */
static void put_count(struct reader *r, const json_t *object, const struct hl_shape *shape, size_t index)
{
    const char *count = shape->parts[index].name, *first = NULL;
    size_t length = 0;
    for (size_t i = index + 1; i < shape->part_count; i++) {
        const struct hl_part *part = &shape->parts[i];
        if (!part->count || strcmp(part->count, count) != 0)
            continue;
        const json_t *value = json_object_get(object, part->name);
        size_t here = part->form == HL_FORM_TEXT ? json_string_length(value) : json_array_size(value);
        if (first && here != length)
            fail(r, "\"%s\" and \"%s\" are not equally long", first, part->name);
        length = here;
        first = part->name;
    }
    if (length > number_max(shape->parts[index].form))
        fail(r, "\"%s\" is too long", first);
    put_number(r, length, hl_form_bytes(shape->parts[index].form));
}

static uint64_t put_parts(struct reader *r, const json_t *object, const struct hl_shape *shape);

/* How many members say it all. */
static size_t member_count(const struct hl_shape *shape)
{
    size_t count = 0;
    for (size_t i = 0; i < shape->part_count; i++)
        count += !hl_shape_is_count(shape, i);
    return count;
}

static void put_items(struct reader *r, const json_t *value, const struct hl_shape *shape, const char *name)
{
    const json_t *items = array(r, value, name);
    for (size_t i = 0; i < json_array_size(items) && r->status == HL_OK; i++) {
        const json_t *item = json_array_get(items, i);
        if (!shape->parts[0].name)
            (void)put_value(r, item, &shape->parts[0], name);
        else if (!json_is_object(item))
            fail(r, "an item of \"%s\" is no object", name);
        else if (put_parts(r, item, shape), json_object_size(item) != member_count(shape))
            fail(r, "an item of \"%s\" has members that do not belong there", name);
    }
}

static void put_part(struct reader *r, const json_t *object, const struct hl_part *part, uint64_t *number)
{
    const json_t *value = member(r, object, part->name);
    if (!value)
        return;
    if (part->form == HL_FORM_LIST)
        put_items(r, value, part->items, part->name);
    else if (part->form != HL_FORM_TEXT)
        *number = put_value(r, value, part, part->name);
    else if (json_is_string(value))
        put_bytes(r, json_string_value(value), json_string_length(value));
    else
        fail(r, "\"%s\" takes a string", part->name);
}

/* The members of an object. Returns what the walk wants to know: the last number of a list's head, else the first. */
static uint64_t put_parts(struct reader *r, const json_t *object, const struct hl_shape *shape)
{
    uint64_t first = 0, last = 0;
    for (size_t i = 0; i < shape->part_count && r->status == HL_OK; i++) {
        if (hl_shape_is_count(shape, i))
            put_count(r, object, shape, i);
        else
            put_part(r, object, &shape->parts[i], &last);
        first = i == 0 ? last : first;
    }
    return r->walk.unit == HL_UNIT_HEAD ? last : first;
}

/* ---- units ---- */

/* The member must be this number, since what stands before says so. */
static void expect_number(struct reader *r, const char *name, uint64_t expected)
{
    uint64_t number = get_unsigned(r, member(r, r->line, name), name, UINT64_MAX);
    if (number != expected)
        fail(r, "\"%s\" is %" PRIu64 " where %" PRIu64 " is expected: lines are missing, or out of order", name, number,
             expected);
}

static void expect_name(struct reader *r, const char *name, const char *expected)
{
    const json_t *value = member(r, r->line, name);
    const char *text = json_is_string(value) ? json_string_value(value) : "";
    if (strcmp(text, expected) != 0)
        fail(r, "\"%s\" is \"%.40s\" where \"%s\" is expected: lines are missing, or out of order", name, text,
             expected);
}

static void put_chunk(struct reader *r)
{
    struct hl_walk *walk = &r->walk;
    expect_number(r, "chunk", walk->chunk);
    const json_t *value = member(r, r->line, "free");
    bool none = json_is_null(value); /* nothing in it is taken */
    const json_t *list = none ? NULL : array(r, value, "free");
    size_t count = json_array_size(list);
    memset(walk->free, none, sizeof walk->free);
    if (count >= walk->step->places)
        fail(r, "\"free\" has as many places as there are: null says so");
    put_number(r, none ? walk->step->places : count, 2);
    for (size_t i = 0; i < count && r->status == HL_OK; i++) {
        uint64_t slot = get_unsigned(r, json_array_get(list, i), "free", walk->step->places - 1U);
        if (walk->free[slot])
            fail(r, "\"free\" has the place %" PRIu64 " twice", slot);
        walk->free[slot] = true;
        put_number(r, slot, 2);
    }
}

static uint64_t put_slab(struct reader *r)
{
    expect_name(r, "slab", r->walk.step->name);
    uint64_t chunks = get_unsigned(r, member(r, r->line, "chunks"), "chunks", UINT32_MAX);
    put_number(r, chunks, 4);
    return chunks;
}

static void put_list_items(struct reader *r)
{
    expect_name(r, "list", r->walk.step->name);
    const json_t *items = member(r, r->line, "items");
    if (json_array_size(items) != r->walk.items)
        fail(r, "%" PRIu32 " items are expected here, not %zu", r->walk.items, json_array_size(items));
    put_items(r, items, r->walk.step->shape, "items");
}

static const char *unit_kind(const struct hl_walk *walk)
{
    static const char *const kinds[] = {
        [HL_UNIT_SECTION] = "section", [HL_UNIT_SLAB] = "slab", [HL_UNIT_CHUNK] = "chunk",
        [HL_UNIT_RECORD] = NULL,       [HL_UNIT_HEAD] = "list", [HL_UNIT_ITEMS] = "items"};
    return walk->unit == HL_UNIT_RECORD ? walk->step->shape->name : kinds[walk->unit];
}

/* The bytes of the unit that the line holds. Returns what the walk has to be told. */
static uint64_t put_unit(struct reader *r)
{
    const struct hl_walk *walk = &r->walk;
    if (!walk->step) {
        expect_name(r, "section", walk->section->name);
        put_number(r, get_unsigned(r, member(r, r->line, "version"), "version", UINT32_MAX), 4);
        return 0;
    }
    if (walk->in_collection)
        expect_number(r, "collection", walk->collection);
    switch (walk->unit) {
    case HL_UNIT_SLAB:
        return put_slab(r);
    case HL_UNIT_CHUNK:
        put_chunk(r);
        return 0;
    case HL_UNIT_RECORD:
        if (walk->step->form == HL_STEP_SLAB)
            expect_number(r, "place", walk->place);
        return put_parts(r, r->line, walk->step->shape);
    case HL_UNIT_HEAD:
        expect_name(r, "list", walk->step->name);
        return put_parts(r, r->line, walk->step->head);
    default:
        put_list_items(r);
        return 0;
    }
}

/* ---- lines ---- */

/* Reads the next line, which must be of this kind. False on an error. */
static bool begin_line(struct reader *r, const char *kind)
{
    const char *text;
    size_t length;
    json_error_t problem;
    enum hl_status status = r->next(r->context, &text, &length, &r->number, &r->error);
    if (status == HL_NOT_FOUND)
        fail(r, "the state ends here, before a line of kind \"%s\"", kind);
    else if (status != HL_OK)
        r->status = status;
    if (r->status != HL_OK)
        return false;
    r->line = json_loadb(text, length, JSON_REJECT_DUPLICATES, &problem);
    if (!r->line && (json_error_code(&problem) == json_error_out_of_memory || problem.text[0] == '\0'))
        r->status = hl_error_set(&r->error, HL_NO_MEMORY, NULL, "no memory for a line of the state");
    else if (!json_is_object(r->line))
        fail(r, "this is no JSON object: %.100s", r->line ? "it is something else" : problem.text);
    r->used = 0;
    if (r->status == HL_OK)
        expect_name(r, "kind", kind);
    return r->status == HL_OK;
}

static void end_line(struct reader *r)
{
    if (r->status == HL_OK && json_object_size(r->line) != r->used)
        fail(r, "it has members that do not belong there");
    json_decref(r->line);
    r->line = NULL;
}

static void note_end(struct reader *r)
{
    const struct line_end end = {r->before + r->bytes.length, r->number};
    if (!hl_buffer_append(&r->ends, &end, sizeof end) && r->status == HL_OK)
        r->status = hl_error_set(&r->error, HL_NO_MEMORY, NULL, "no memory for the lines of a section");
}

static void read_unit(struct reader *r)
{
    uint64_t told = 0;
    if (begin_line(r, unit_kind(&r->walk)))
        told = put_unit(r);
    end_line(r);
    note_end(r);
    if (r->status == HL_OK)
        hl_walk_next(&r->walk, told);
}

/* Passes the error on, if there is one. */
static enum hl_status give_error(const struct reader *r, struct hl_error *error)
{
    if (r->status != HL_OK && error)
        *error = r->error;
    return r->status;
}

/* ---- what the engine asks for ---- */

static enum hl_status source_section(void *context, uint32_t *kind, struct hl_error *error)
{
    struct reader *r = context;
    size_t count;
    const struct hl_section *sections = hl_schema_sections(&count);
    if (r->sections == count)
        return HL_NOT_FOUND;
    *kind = sections[r->sections].kind;
    hl_walk_section(&r->walk, r->sections++);
    hl_buffer_reset(&r->bytes);
    hl_buffer_reset(&r->ends);
    r->before = r->at = 0;
    read_unit(r);
    return give_error(r, error);
}

static enum hl_status source_read(void *context, void *to, size_t bytes, size_t *out_bytes, struct hl_error *error)
{
    struct reader *r = context;
    while (r->status == HL_OK && r->walk.unit != HL_UNIT_END && r->bytes.length - r->at < bytes)
        read_unit(r);
    if (r->status != HL_OK)
        return give_error(r, error);
    size_t there = r->bytes.length - r->at;
    *out_bytes = there < bytes ? there : bytes;
    if (*out_bytes > 0)
        memcpy(to, r->bytes.data + r->at, *out_bytes);
    r->at += *out_bytes;
    r->before += r->at;
    hl_buffer_consume(&r->bytes, r->at);
    r->at = 0;
    return HL_OK;
}

/* What the engine has found wrong, with the line of the last byte that it had looked at. */
static void name_line(struct reader *r, struct hl_error *error)
{
    const struct line_end *ends = (const struct line_end *)(const void *)r->ends.data;
    size_t count = r->ends.length / sizeof *ends, i = 0;
    while (i + 1 < count && ends[i].bytes < error->offset)
        i++;
    uint64_t line = count > 0 ? ends[i].line : r->number;
    (void)hl_error_set(error, HL_CORRUPT, NULL, "line %" PRIu64 ": %s", line, error->message);
}

/* ---- the head, and all ---- */

static void read_settings(struct reader *r, const json_t *options, struct hl_settings *settings)
{
    const char *name;
    json_t *value, *values = member(r, options, "settings");
    if (!json_is_object(values))
        fail(r, "\"settings\" takes an object");
    json_object_foreach(values, name, value)
    {
        struct hl_error why;
        double number = get_real(r, value, name, DBL_MAX);
        if (r->status == HL_OK && hl_settings_set(settings, name, number, &why) != HL_OK)
            fail(r, "%s", why.message);
    }
}

static void read_head_members(struct reader *r, struct state_text_head *head)
{
    uint64_t version = get_unsigned(r, member(r, r->line, "version"), "version", UINT32_MAX);
    uint64_t state_version = get_unsigned(r, member(r, r->line, "state_version"), "state_version", UINT32_MAX);
    if (version != STATE_TEXT_VERSION || state_version != HL_STATE_VERSION)
        fail(r, "another version of headlined wrote this: use that one");
    head->seq = get_unsigned(r, member(r, r->line, "seq"), "seq", UINT64_MAX - 1);
    head->created_ms = get_integer(r, member(r, r->line, "created_ms"), "created_ms");
    const json_t *options = member(r, r->line, "options");
    head->options.memory_max_bytes =
        get_unsigned(r, member(r, options, "memory_max_bytes"), "memory_max_bytes", UINT64_MAX);
    head->options.collections_max =
        (uint32_t)get_unsigned(r, member(r, options, "collections_max"), "collections_max", UINT32_MAX);
    head->options.settings = hl_settings_default();
    read_settings(r, options, &head->options.settings);
    if (json_object_size(options) > 3)
        fail(r, "\"options\" has members that do not belong there");
    if (head->seq == 0)
        fail(r, "\"seq\" is 0: a state that was never changed is not worth restoring; start a daemon without one");
}

static void read_head(struct reader *r, struct state_text_head *head)
{
    if (begin_line(r, "state"))
        read_head_members(r, head);
    end_line(r);
}

/* Nothing may follow. */
static void read_end(struct reader *r)
{
    const char *text;
    size_t length;
    enum hl_status status = r->next(r->context, &text, &length, &r->number, &r->error);
    if (status == HL_OK)
        fail(r, "the state is complete before this line");
    else if (status != HL_NOT_FOUND)
        r->status = status;
}

static enum hl_status read_state(struct reader *r, struct state_text_head *head, hl_engine **out,
                                 struct hl_error *error)
{
    const struct hl_state_source source = {source_section, source_read, r};
    read_head(r, head);
    if (r->status == HL_OK) {
        enum hl_status status = hl_engine_load(&head->options, &source, out, error);
        if (status == HL_CORRUPT && r->status == HL_OK)
            name_line(r, error);
        if (status != HL_OK)
            return status;
        read_end(r);
        if (r->status != HL_OK)
            hl_engine_destroy(*out);
    }
    return give_error(r, error);
}

enum hl_status state_text_read(const struct hl_engine_options *options, state_text_next *next, void *context,
                               struct state_text_head *head, hl_engine **out, struct hl_error *error)
{
    struct hl_error unwanted;
    struct reader r = {.next = next, .context = context};
    struct state_text_head read = {.options = *options};
    hl_engine *engine = NULL;
    enum hl_status status = read_state(&r, &read, &engine, error ? error : &unwanted);
    hl_buffer_clear(&r.bytes);
    hl_buffer_clear(&r.ends);
    if (status == HL_OK) {
        *head = read;
        *out = engine;
    }
    return status;
}
