/*
 * http_target.h - the request target of HTTP: path and query, percent-decoding, query strings to typed members of a request. Pure.
 */
#ifndef HL_PROTOCOL_HTTP_TARGET_H
#define HL_PROTOCOL_HTTP_TARGET_H

#include "protocol/request.h"

/* Slices of the target, not decoded. */
struct hl_http_target {
    struct hl_text authority; /* of the absolute form; else empty */
    struct hl_text path;      /* begins with '/', or is "*" */
    struct hl_text query;     /* behind the '?'; may be empty */
};

/* Takes "/path?query" (origin form), "http://host/path?query" (absolute form) or "*" apart. HL_PARSE for anything else. */
enum hl_status hl_http_target_split(struct hl_text target, struct hl_http_target *out, struct hl_error *error);

/*
 * Appends @text with %XX decoded, and '+' as a space when @plus. HL_PARSE: an escape that is none, a NUL byte, or not UTF-8;
 * HL_NO_MEMORY. What @out holds then is not told.
 */
enum hl_status hl_http_decode(struct hl_text text, bool plus, struct hl_buffer *out, struct hl_error *error);

/*
 * Puts the parameters of @query that @shape knows, and "ref", into @members, each with the type that the field wants: digits become
 * an integer for a field of numbers, true and false a boolean for one of booleans. What does not look like that stays text, which the
 * reader of the field then refuses. A parameter without a value is the same as none; others are ignored. HL_PARSE as above, HL_INVALID for a
 * name that is there already, HL_NO_MEMORY.
 */
enum hl_status hl_http_query_read(struct hl_text query, const struct hl_shape *shape, json_t *members,
                                  struct hl_error *error);

/* Sets the member @name of @members to the decoded @text, typed as above. The same errors. */
enum hl_status hl_http_member_set(json_t *members, const struct hl_shape *shape, struct hl_text name,
                                  struct hl_text text, struct hl_error *error);

#endif
