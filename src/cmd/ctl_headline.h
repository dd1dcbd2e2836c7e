/*
 * ctl_headline.h - one line of a file, a JSON object, read as a headline.
 *
 * The fields are those of the protocol: title, id, source, url, lang, summary, published, collection; and, in its place when
 * published is absent, ts: epoch seconds as a number. null counts as absent, a whole number as id is read as text, and other
 * fields are dropped.
 */
#ifndef HL_CMD_CTL_HEADLINE_H
#define HL_CMD_CTL_HEADLINE_H

#include <headlined/engine.h>

#include <jansson.h>

/*
 * Parses a line. *@row is then a new reference to an object with a title that is a string. HL_PARSE, HL_INVALID (no object, no
 * title) or HL_NO_MEMORY, in words for a person; *@row is unchanged then.
 */
enum hl_status ctl_headline_parse(const char *line, size_t length, json_t **row, struct hl_error *error);

/*
 * Copies the protocol's fields from @row into @request (both borrowed), values as they are but for ts and a numeric id: whether they
 * are any good is for the daemon to say. False when out of memory.
 */
bool ctl_headline_copy(json_t *request, json_t *row);

/*
 * The id that a line without one gets, so that it may be sent again: "load:" and 16 hex digits of a hash (XXH3, 64 bits) over the
 * file's name as given, the line's number and its bytes. The same file loaded twice is thus recognised; a changed line is a new
 * headline and never a revision of what stood there before.
 */
#define CTL_HEADLINE_ID_BYTES 22 /* with a NUL */
void ctl_headline_make_id(const char *file, uint64_t line_number, const char *line, size_t length,
                          char out[CTL_HEADLINE_ID_BYTES]);

/* The time of @row: ts, else published (RFC 3339 text or epoch milliseconds), else HL_TIME_NONE. */
int64_t ctl_headline_time(json_t *row);

#endif
