/*
 * state_text_write.c - sections of a state into JSON lines (see state_text.h).
 *
 * The engine pushes its bytes in pieces of any size. They are collected until a unit is complete: when bytes are missing in the
 * middle of one, its line is dropped and begun again when there are so many more.
 */
#include "cmd/state_text.h"
#include "core/buffer.h"
#include "core/bytes.h"
#include "protocol/encode.h"
#include "state/schema.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define EXACT_MAX (UINT64_C(1) << 53)

struct writer {
    struct hl_walk walk;
    size_t sections;     /* begun */
    struct hl_buffer in; /* owned; bytes of the section from the unit at hand on */
    size_t at;           /* of them that are taken */
    size_t needed;       /* so many must be there before it is worth another try */
    bool is_short;       /* the unit goes on behind what is there */
    bool has_no_text;    /* a value was met that JSON cannot say */
    struct hl_buffer out;
    state_text_out *give;
    void *context;
};

/* The next @bytes, or NULL when they are not there yet. */
static const unsigned char *take(struct writer *w, size_t bytes)
{
    if (w->is_short || bytes > w->in.length - w->at) {
        w->needed = w->is_short ? w->needed : w->at + bytes;
        w->is_short = true;
        return NULL;
    }
    const unsigned char *from = (const unsigned char *)w->in.data + w->at;
    w->at += bytes;
    return from;
}

/* The next number, little-endian; 0 when it is not there yet. */
static uint64_t take_number(struct writer *w, size_t bytes)
{
    const unsigned char *from = take(w, bytes);
    uint64_t value = 0;
    for (size_t i = bytes; from && i > 0; i--)
        value = value << 8 | from[i - 1];
    return value;
}

/* ---- values ---- */

static void put_unsigned(struct hl_buffer *out, uint64_t value)
{
    const char *quote = value > EXACT_MAX ? "\"" : "";
    hl_json_raw(out, quote);
    hl_json_unsigned(out, value);
    hl_json_raw(out, quote);
}

static void put_integer(struct hl_buffer *out, int64_t value)
{
    if (value == HL_TIME_NONE) {
        hl_json_raw(out, "null");
        return;
    }
    const char *quote = value > (int64_t)EXACT_MAX || value < -(int64_t)EXACT_MAX ? "\"" : "";
    hl_json_raw(out, quote);
    hl_json_integer(out, value);
    hl_json_raw(out, quote);
}

/* With @few digits when these read back as the same, else with @many, which always do. */
static void put_real(struct writer *w, double value, int few, int many)
{
    char text[40];
    if (!isfinite(value)) {
        w->has_no_text = true;
        return;
    }
    snprintf(text, sizeof text, "%.*g", few, value);
    double back = strtod(text, NULL);
    if (few == 6 ? (float)back != (float)value : back != value)
        snprintf(text, sizeof text, "%.*g", many, value);
    for (char *at = text; *at; at++)
        if (!strchr("0123456789+-e", *at))
            *at = '.'; /* what the locale has for it */
    hl_json_raw(&w->out, text);
    if (value == 0 && signbit(value))
        hl_json_raw(&w->out, ".0"); /* the whole number -0 has no sign */
}

static void put_name(struct writer *w, const char *const *names, uint64_t code)
{
    uint64_t i = 0;
    while (names[i] && i < code)
        i++;
    if (names[i])
        hl_json_string(&w->out, (struct hl_text){names[i], strlen(names[i])});
    w->has_no_text = w->has_no_text || !names[i];
}

static void put_number(struct writer *w, const struct hl_part *part, uint64_t bits)
{
    unsigned char bytes[8];
    const unsigned char *from = bytes;
    hl_put_u64_at(bytes, bits);
    switch (part->form) {
    case HL_FORM_I64:
        put_integer(&w->out, hl_get_i64(&from));
        break;
    case HL_FORM_F32:
        put_real(w, (double)hl_get_f32(&from), 6, 9);
        break;
    case HL_FORM_F64:
        put_real(w, hl_get_f64(&from), 15, 17);
        break;
    case HL_FORM_NAME:
        put_name(w, part->names, bits);
        break;
    default:
        put_unsigned(&w->out, bits);
    }
}

/* ---- shapes ---- */

static void put_parts(struct writer *w, const struct hl_shape *shape, uint64_t *told);

/* Asks for all at once, as far as their length is known, so that a long list is not begun in vain time and again. */
static void put_items(struct writer *w, const struct hl_shape *shape, uint64_t count)
{
    size_t begin = w->at;
    if (take(w, count * hl_shape_bytes(shape)))
        w->at = begin;
    hl_json_raw(&w->out, "[");
    for (uint64_t i = 0; i < count && !w->is_short; i++) {
        hl_json_separate(&w->out);
        bool bare = !shape->parts[0].name;
        hl_json_raw(&w->out, bare ? "" : "{");
        put_parts(w, shape, NULL);
        hl_json_raw(&w->out, bare ? "" : "}");
    }
    hl_json_raw(&w->out, "]");
}

static void put_text(struct writer *w, uint64_t length)
{
    const unsigned char *from = take(w, length);
    if (from)
        hl_json_string(&w->out, (struct hl_text){(const char *)from, length});
}

/* The members of an object, or a bare value. @told (may be NULL): what the walk wants to know, the last number of a list's head, else the first. */
static void put_parts(struct writer *w, const struct hl_shape *shape, uint64_t *told)
{
    uint64_t values[HL_SCHEMA_PARTS_MAX], first = 0, last = 0;
    for (size_t i = 0; i < shape->part_count; i++) {
        const struct hl_part *part = &shape->parts[i];
        size_t bytes = hl_form_bytes(part->form);
        if (bytes > 0) {
            values[i] = last = take_number(w, bytes);
            first = i == 0 ? last : first;
            if (hl_shape_is_count(shape, i))
                continue;
        }
        if (part->name)
            hl_json_key(&w->out, part->name);
        if (bytes > 0)
            put_number(w, part, values[i]);
        else if (part->form == HL_FORM_TEXT)
            put_text(w, values[hl_shape_count_of(shape, i)]);
        else
            put_items(w, part->items, values[hl_shape_count_of(shape, i)]);
    }
    if (told)
        *told = w->walk.unit == HL_UNIT_HEAD ? last : first;
}

/* ---- lines ---- */

static void begin_line(struct writer *w, const char *kind)
{
    hl_json_raw(&w->out, "{");
    hl_json_member_name(&w->out, "kind", kind);
    if (w->walk.step && w->walk.in_collection)
        hl_json_member_unsigned(&w->out, "collection", w->walk.collection);
}

static void put_chunk(struct writer *w)
{
    struct hl_walk *walk = &w->walk;
    uint64_t count = take_number(w, 2);
    bool none = count == walk->step->places; /* nothing in it is taken: no list follows */
    memset(walk->free, none, sizeof walk->free);
    hl_json_member_unsigned(&w->out, "chunk", walk->chunk);
    hl_json_key(&w->out, "free");
    hl_json_raw(&w->out, none ? "null" : "[");
    for (uint64_t i = 0; i < count && !none; i++) {
        uint64_t slot = take_number(w, 2);
        hl_json_separate(&w->out);
        hl_json_unsigned(&w->out, slot);
        w->has_no_text = w->has_no_text || slot >= walk->step->places;
        walk->free[slot % HL_SCHEMA_PLACES_MAX] = true;
    }
    hl_json_raw(&w->out, none ? "" : "]");
}

/* A unit's line. Returns what the walk has to be told. */
static uint64_t put_unit(struct writer *w)
{
    const struct hl_walk *walk = &w->walk;
    uint64_t told = 0;
    switch (walk->unit) {
    case HL_UNIT_SECTION:
        begin_line(w, "section");
        hl_json_member_name(&w->out, "section", walk->section->name);
        hl_json_member_unsigned(&w->out, "version", take_number(w, 4));
        break;
    case HL_UNIT_SLAB:
        begin_line(w, "slab");
        hl_json_member_name(&w->out, "slab", walk->step->name);
        told = take_number(w, 4);
        hl_json_member_unsigned(&w->out, "chunks", told);
        break;
    case HL_UNIT_CHUNK:
        begin_line(w, "chunk");
        put_chunk(w);
        break;
    case HL_UNIT_RECORD:
        begin_line(w, walk->step->shape->name);
        if (walk->step->form == HL_STEP_SLAB)
            hl_json_member_unsigned(&w->out, "place", walk->place);
        put_parts(w, walk->step->shape, &told);
        break;
    case HL_UNIT_HEAD:
        begin_line(w, "list");
        hl_json_member_name(&w->out, "list", walk->step->name);
        put_parts(w, walk->step->head, &told);
        break;
    default:
        begin_line(w, "items");
        hl_json_member_name(&w->out, "list", walk->step->name);
        hl_json_key(&w->out, "items");
        put_items(w, walk->step->shape, walk->items);
    }
    hl_json_raw(&w->out, "}\n");
    return told;
}

/* The lines of all units that are complete. */
static void put_units(struct writer *w)
{
    size_t done = 0;
    while (w->walk.unit != HL_UNIT_END && !w->out.failed && w->in.length >= w->needed) {
        size_t line = w->out.length;
        w->at = done;
        w->needed = 0;
        uint64_t told = put_unit(w);
        if (w->is_short) {
            w->is_short = false;
            w->out.length = line;
            break;
        }
        done = w->at;
        hl_walk_next(&w->walk, told);
    }
    w->needed -= w->needed > done ? done : w->needed;
    hl_buffer_consume(&w->in, done);
}

static enum hl_status give(struct writer *w, struct hl_error *error)
{
    if (w->out.failed || w->in.failed)
        return hl_error_set(error, HL_NO_MEMORY, NULL, "no memory for the lines of a state");
    if (w->has_no_text)
        return hl_error_set(error, HL_INTERNAL, NULL, "the state holds a value that has no text: please report it");
    enum hl_status status = w->give(w->context, w->out.data, w->out.length, error);
    hl_buffer_reset(&w->out);
    return status;
}

/* ---- the sections ---- */

static enum hl_status end_section(const struct writer *w, struct hl_error *error)
{
    if (w->sections == 0 || (w->walk.unit == HL_UNIT_END && w->in.length == 0))
        return HL_OK;
    return hl_error_set(error, HL_INTERNAL, NULL, "the section \"%s\" is not as expected: please report it",
                        w->walk.section->name);
}

static enum hl_status sink_section(void *context, uint32_t kind, const char *name, struct hl_error *error)
{
    struct writer *w = context;
    size_t count;
    const struct hl_section *sections = hl_schema_sections(&count);
    enum hl_status status = end_section(w, error);
    if (status != HL_OK)
        return status;
    if (w->sections == count || sections[w->sections].kind != kind)
        return hl_error_set(error, HL_INTERNAL, NULL, "a section \"%s\" is not expected: please report it", name);
    hl_walk_section(&w->walk, w->sections++);
    return HL_OK;
}

static enum hl_status sink_write(void *context, const void *data, size_t bytes, struct hl_error *error)
{
    struct writer *w = context;
    if (hl_buffer_append(&w->in, data, bytes))
        put_units(w);
    return give(w, error);
}

static void put_head(struct writer *w, const struct state_text_head *head)
{
    struct hl_buffer *out = &w->out;
    size_t count;
    const struct hl_setting_info *info = hl_settings_info(&count);
    hl_json_raw(out, "{");
    hl_json_member_name(out, "kind", "state");
    hl_json_member_unsigned(out, "version", STATE_TEXT_VERSION);
    hl_json_member_unsigned(out, "state_version", HL_STATE_VERSION);
    hl_json_key(out, "seq");
    put_unsigned(out, head->seq);
    hl_json_key(out, "created_ms");
    put_integer(out, head->created_ms);
    hl_json_key(out, "options");
    hl_json_raw(out, "{");
    hl_json_key(out, "memory_max_bytes");
    put_unsigned(out, head->options.memory_max_bytes);
    hl_json_member_unsigned(out, "collections_max", head->options.collections_max);
    hl_json_key(out, "settings");
    hl_json_raw(out, "{");
    for (size_t i = 0; i < count; i++) {
        hl_json_key(out, info[i].name);
        put_real(w, hl_settings_value(&head->options.settings, i), 15, 17);
    }
    hl_json_raw(out, "}}}\n");
}

enum hl_status state_text_write(const hl_engine *engine, const struct state_text_head *head, state_text_out *out,
                                void *context, struct hl_error *error)
{
    struct writer w = {.give = out, .context = context};
    const struct hl_state_sink sink = {sink_section, sink_write, &w};
    put_head(&w, head);
    enum hl_status status = hl_engine_save(engine, &sink, error);
    if (status == HL_OK)
        status = end_section(&w, error);
    hl_buffer_clear(&w.in);
    hl_buffer_clear(&w.out);
    return status;
}
