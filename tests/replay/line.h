/*
 * line.h - one line of a scenario cut into its parts: command, plain words, name=value fields and a title.
 *
 * The grammar is in README.md. Texts point into the line's own bytes, which parsing changes in place. One thread.
 */
#ifndef REPLAY_LINE_H
#define REPLAY_LINE_H

#include <headlined/engine.h>

enum { LINE_FIELDS_MAX = 16, LINE_WORDS_MAX = 16, LINE_PROBLEM_BYTES = 160 };

struct field {
    const char *name;
    struct hl_text value; /* NUL-terminated too; may hold NUL by escape */
    bool used;            /* set by line_field: a field that nobody asked for is a mistake in the scenario */
};

struct line {
    const char *command; /* NULL on a blank line or a comment */
    const char *words[LINE_WORDS_MAX];
    size_t word_count;
    struct field fields[LINE_FIELDS_MAX];
    size_t field_count;
    bool has_title;
    struct hl_text title;
    char problem[LINE_PROBLEM_BYTES]; /* why line_parse refused the line */
};

/* Parses the NUL-terminated @text, which is changed and borrowed. False (and problem filled) when it is malformed. */
bool line_parse(struct line *line, char *text);

/* The value of a field, NULL when the line has none of that name. Marks it used. */
const struct hl_text *line_field(struct line *line, const char *name);

/* The first field that was never asked for, or NULL. */
const char *line_unused_field(const struct line *line);

/* "2026-03-02T10:00:00Z" to milliseconds since 1970. */
bool parse_time(const char *text, int64_t *ms);

/* "90s", "2h", "7d", "250ms", "15m" to milliseconds. */
bool parse_duration(const char *text, int64_t *ms);

/* A whole decimal number, the entire string. */
bool parse_count(const char *text, uint64_t *count);

/* A finite decimal number, the entire string. */
bool parse_real(const char *text, double *value);

#endif
