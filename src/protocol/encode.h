/*
 * encode.h - writes JSON straight into a buffer: responses are built on the hot path, without a tree in between.
 *
 * Each function appends to @out; a failure is remembered by the buffer, so that the caller checks once at the end. Members
 * put the comma before themselves unless they are first in their object. Text must be valid UTF-8, as everything from the
 * engine and from a parsed request is. Nothing here depends on the locale.
 */
#ifndef HL_PROTOCOL_ENCODE_H
#define HL_PROTOCOL_ENCODE_H

#include "core/buffer.h"

#include <headlined/engine.h>

#include <string.h>

/* @json as it is. Inline, so that the length of a literal is known when compiling. */
static inline void hl_json_raw(struct hl_buffer *out, const char *json)
{
    hl_buffer_append(out, json, strlen(json));
}

/* Values. */
void hl_json_string(struct hl_buffer *out, struct hl_text text);
void hl_json_unsigned(struct hl_buffer *out, uint64_t value);
void hl_json_integer(struct hl_buffer *out, int64_t value);
/* With @decimals (0 to 6) digits after the point, rounded half away from zero; null unless finite and below 1e12. */
void hl_json_fixed(struct hl_buffer *out, double value, int decimals);
/* The shortest of 15 or 17 digits that reads back as @value, which must be finite. */
void hl_json_number(struct hl_buffer *out, double value);
/* RFC 3339 text; null for HL_TIME_NONE. */
void hl_json_time(struct hl_buffer *out, int64_t ms);

/* The comma where one is needed: always except after "{", "[" or nothing. */
void hl_json_separate(struct hl_buffer *out);
/* "name": with the comma before it where one is needed. @name needs no escape. */
void hl_json_key(struct hl_buffer *out, const char *name);

/* Members: a key and a value. */
void hl_json_member_name(struct hl_buffer *out, const char *name, const char *value);   /* NUL-terminated text */
void hl_json_member_text(struct hl_buffer *out, const char *name, struct hl_text text); /* null when empty */
void hl_json_member_unsigned(struct hl_buffer *out, const char *name, uint64_t value);
void hl_json_member_id(struct hl_buffer *out, const char *name, uint64_t value); /* null when 0 */
void hl_json_member_fixed(struct hl_buffer *out, const char *name, double value, int decimals);
void hl_json_member_number(struct hl_buffer *out, const char *name, double value);
void hl_json_member_bool(struct hl_buffer *out, const char *name, bool value);
void hl_json_member_time(struct hl_buffer *out, const char *name, int64_t ms);
void hl_json_member_fingerprint(struct hl_buffer *out, const char *name, const struct hl_fingerprint *fingerprint);

#endif
