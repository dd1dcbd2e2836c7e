/*
 * ctl_text.h - text on a terminal: columns it takes, control characters kept away, cut to fit, ages in words.
 */
#ifndef HL_CMD_CTL_TEXT_H
#define HL_CMD_CTL_TEXT_H

#include "core/buffer.h"

#include <stdint.h>
#include <stdio.h>

/* What a stream can show. */
struct ctl_screen {
    size_t width; /* columns; 0: no limit (not a terminal) */
    bool colour;  /* a terminal, and NO_COLOR is not set */
};

/* Looks at @stream and at the environment (NO_COLOR, COLUMNS, TERM). */
struct ctl_screen ctl_screen_of(FILE *stream);

enum ctl_style { CTL_PLAIN, CTL_BOLD, CTL_DIM, CTL_GREEN, CTL_YELLOW, CTL_CYAN };

/* Begins and ends a style; appends nothing without colour. */
void ctl_style_begin(struct hl_buffer *out, const struct ctl_screen *screen, enum ctl_style style);
void ctl_style_end(struct hl_buffer *out, const struct ctl_screen *screen, enum ctl_style style);

/*
 * Appends @text so that a terminal shows it and obeys none of it: white space becomes a space; control characters and bytes
 * that are not UTF-8 become U+FFFD; characters that turn the direction of writing are dropped. Cut to @width_max columns, the last one an
 * ellipsis, when it is wider (0: never). Returns the columns appended; wide characters count two.
 */
size_t ctl_text_append(struct hl_buffer *out, const char *text, size_t length, size_t width_max);

/* The columns that ctl_text_append would take for all of it. */
size_t ctl_text_width(const char *text, size_t length);

#define CTL_AGE_BYTES 32

/* "just now", "12 min ago", "3 h ago", "5 days ago", "3 months ago", "in 2 h"; from the difference of two times. */
void ctl_age(int64_t now_ms, int64_t then_ms, char out[CTL_AGE_BYTES]);

#define CTL_NUMBER_BYTES 32

/* "1,234,567". Returns @out. */
const char *ctl_number(uint64_t value, char out[CTL_NUMBER_BYTES]);

#endif
