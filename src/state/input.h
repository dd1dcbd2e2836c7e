/*
 * input.h - what changes an engine, as a record of the log and back. FORMAT.md has the bytes.
 *
 * A record holds the input, the time the engine went by and the answer it gave, so that a replay makes the same state and can prove that it
 * came out the same. Kinds and codes stand on disk: never changed, never used again for something else.
 *
 * Nothing here allocates. What is decoded is checked for its form only (lengths, codes, nothing left over); whether it makes sense is the
 * engine's business.
 */
#ifndef HL_STATE_INPUT_H
#define HL_STATE_INPUT_H

#include "store/log.h"

#include <headlined/engine.h>

enum hl_input_kind {
    HL_INPUT_ADD = 1,
    HL_INPUT_REMOVE = 2,
    HL_INPUT_SETTINGS = 3, /* of a collection */
    HL_INPUT_TICK = 4,     /* that let something go */
    HL_INPUT_OPTIONS = 5   /* of the engine: the first record, and again when they were changed */
};

#define HL_INPUT_VALUES_MAX 128    /* named values of one record */
#define HL_INPUT_NAME_BYTES 64     /* of a setting's name, with the NUL */
#define HL_INPUT_MADE_ID_BYTES 24  /* "~" and a number, with the NUL */
#define HL_INPUT_BYTES_MAX 16384UL /* no record is longer */

/* What the engine said. */
struct hl_input_answer {
    bool refused; /* an add that came to nothing but let something go (hl_engine_make_room); the rest is 0 */
    enum hl_verdict verdict;
    bool sighting;
    uint64_t seq, story;    /* story: on arrival */
    struct hl_text made_id; /* the id that the engine made; length 0 when one was given */
};

/* A setting by name. */
struct hl_input_value {
    char name[HL_INPUT_NAME_BYTES]; /* NUL-terminated */
    double value;                   /* 0 with reset and for a text */
    bool reset, is_text;            /* not both */
    struct hl_text text;
};

struct hl_input {
    enum hl_input_kind kind;
    int64_t at_ms;                 /* the time that the engine went by: the record's received time */
    struct hl_headline headline;   /* add: all of it; remove: collection and id; settings: collection */
    struct hl_input_answer answer; /* add: all of it; settings: seq */
    uint32_t budget;               /* tick */
    uint64_t memory_max_bytes;     /* options */
    uint32_t collections_max;      /* options */
    uint32_t value_count;          /* settings, options */
    struct hl_input_value values[HL_INPUT_VALUES_MAX];
};

/*
 * Writes the data of @input's record, whose kind and received time are kind and at_ms; returns its length. The texts are within the engine's
 * limits: encode what the engine has accepted.
 */
size_t hl_input_encode(const struct hl_input *input, unsigned char to[HL_INPUT_BYTES_MAX]);

/* Reads a record; texts are borrowed from it. HL_CORRUPT: malformed, or of a newer version; *@out is unspecified then. */
enum hl_status hl_input_decode(const struct hl_input_record *record, struct hl_input *out, struct hl_error *error);

/* "add", "remove", "settings", "tick", "options"; NULL for a kind there is not. Constant storage. */
const char *hl_input_kind_name(uint8_t kind);

#endif
