/*
 * schema.h - what the engine's sections are made of, as a table, and where in them one is: for what turns them into another form and back.
 *
 * engine/STATE.md has the bytes. The fixed fields come from the tables that the engine itself writes and reads by
 * (engine/state_format.h), so that a field more there is there here, too; a list or text more is a row in schema.c.
 *
 * A section is a row of *units*: its version, then for each of its steps a slab (how many chunks, for each which places are free, the
 * records), a record, or a list. A *walk* says which unit comes next. Whoever reads or writes that unit tells it what decides about
 * the rest (how many chunks, which places are free, how long the list is), and moves on. What writes and what reads share the walk, and so
 * cannot differ in the order of things.
 */
#ifndef HL_STATE_SCHEMA_H
#define HL_STATE_SCHEMA_H

#include <headlined/snapshot.h>

#define HL_SCHEMA_PLACES_MAX 256U /* of a chunk */
#define HL_SCHEMA_PARTS_MAX 48    /* of a shape */
#define HL_SCHEMA_ITEMS_MAX 1000U /* of a list in one unit */

enum hl_form {
    HL_FORM_U8,
    HL_FORM_U16,
    HL_FORM_U32,
    HL_FORM_U64,
    HL_FORM_I64,
    HL_FORM_F32,
    HL_FORM_F64,
    HL_FORM_NAME, /* a code of one byte: its place in names */
    HL_FORM_TEXT, /* as many bytes as the part named by count says */
    HL_FORM_LIST  /* as many items as it says */
};

struct hl_shape;

struct hl_part {
    const char *name; /* NULL in a shape of one part: a bare value */
    const char
        *count; /* TEXT, LIST: the part before it, of the same shape, that has the length; several may name one */
    const struct hl_shape *items; /* LIST: what each item is */
    const char *const *names;     /* NAME: by code, NULL behind the last */
    enum hl_form form;
};

/* Parts, one after the other. Numbers before texts and lists, so that a count stands before what it counts. */
struct hl_shape {
    const char *name; /* "headline" */
    const struct hl_part *parts;
    size_t part_count;
};

enum hl_unit {
    HL_UNIT_SECTION, /* its version, u32 */
    HL_UNIT_SLAB,    /* chunks, u32 */
    HL_UNIT_CHUNK,   /* free places, u16; then so many u16, unless all are free */
    HL_UNIT_RECORD,  /* walk.step->shape */
    HL_UNIT_HEAD,    /* of a list: walk.step->head, whose last part is "count" */
    HL_UNIT_ITEMS,   /* walk.items times walk.step->shape */
    HL_UNIT_END      /* the section ends here */
};

enum hl_step_form {
    HL_STEP_RECORD,
    HL_STEP_SLAB, /* shape NULL: only which places are taken */
    HL_STEP_LIST  /* head NULL: one item for each record of the slab before it */
};

struct hl_step {
    const char *name; /* "headlines" */
    const struct hl_shape *shape, *head;
    enum hl_step_form form;
    uint16_t places; /* SLAB: of a chunk */
};

struct hl_section {
    uint32_t kind;
    const char *name;
    const struct hl_step *once; /* these steps, ... */
    size_t once_count;
    const struct hl_step *each; /* ... then these for each collection */
    size_t each_count;
};

/* The sections in their order. Constant storage. */
const struct hl_section *hl_schema_sections(size_t *out_count);

/* The part that has the length of part @index. */
size_t hl_shape_count_of(const struct hl_shape *shape, size_t index);
/* True when part @index is only there as the length of another. */
bool hl_shape_is_count(const struct hl_shape *shape, size_t index);
/* Bytes of its numbers: of the whole, when it has no text and no list. */
size_t hl_shape_bytes(const struct hl_shape *shape);
/* Bytes of a number; 0 for a text and a list. */
size_t hl_form_bytes(enum hl_form form);

/* Begins all zero; then hl_walk_section for each section. */
struct hl_walk {
    const struct hl_section *section;
    const struct hl_step *step; /* NULL: HL_UNIT_SECTION and HL_UNIT_END, and only these */
    enum hl_unit unit;
    bool in_collection;    /* the step is of one of the collections: ... */
    uint32_t collection;   /* ... this */
    uint32_t place;        /* HL_UNIT_RECORD of a slab */
    uint32_t chunk;        /* HL_UNIT_CHUNK: its number */
    uint32_t items;        /* HL_UNIT_ITEMS: how many, up to HL_SCHEMA_ITEMS_MAX */
    uint32_t collections;  /* known from the engine's section on */
    uint32_t chunks, live; /* of the slab; live: records so far */
    uint64_t left;         /* items of the list */
    size_t at;             /* of the step in section->once or ->each */
    bool free[HL_SCHEMA_PLACES_MAX];
};

/* Begins section number @index. */
void hl_walk_section(struct hl_walk *walk, size_t index);

/*
 * Moves on to the next unit. @told: of HL_UNIT_SLAB the chunks, of HL_UNIT_HEAD the last part, of HL_UNIT_RECORD the first part (that of the engine
 * is the number of collections); else not looked at. Of HL_UNIT_CHUNK walk->free must have been filled.
 */
void hl_walk_next(struct hl_walk *walk, uint64_t told);

#endif
