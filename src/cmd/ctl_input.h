/*
 * ctl_input.h - the lines of a file, plain or gzip (told apart by its first bytes), or of standard input.
 *
 * Made for a loop that polls: ctl_input_next only hands out what has arrived, ctl_input_fill makes one read. Memory is bounded
 * by CTL_INPUT_LINE_MAX_BYTES whatever the input holds: a longer line is reported and passed over. Lines end with LF, CR LF or the
 * end of the file; blank lines are passed over but numbered; a byte order mark at the start is dropped.
 */
#ifndef HL_CMD_CTL_INPUT_H
#define HL_CMD_CTL_INPUT_H

#include <headlined/error.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CTL_INPUT_LINE_MAX_BYTES ((size_t)1 << 20)

struct ctl_input; /* opaque */

/* Opens @path, "-" for standard input. HL_IO (the message names the file and why) or HL_NO_MEMORY; *@out is unchanged then. */
enum hl_status ctl_input_open(const char *path, struct ctl_input **out, struct hl_error *error);
void ctl_input_close(struct ctl_input *input); /* may be NULL; standard input stays open */

enum ctl_line {
    CTL_LINE,          /* *@line, *@length: without its end, valid until the next fill */
    CTL_LINE_TOO_LONG, /* passed over */
    CTL_LINE_NONE,     /* nothing complete: fill */
    CTL_LINE_END       /* nothing more will come */
};
enum ctl_line ctl_input_next(struct ctl_input *input, const char **line, size_t *length);

/* In place of lines: the bytes that have arrived and are not handed out, valid until the next fill; and so many of them taken. */
const char *ctl_input_peek(const struct ctl_input *input, size_t *length);
void ctl_input_skip(struct ctl_input *input, size_t bytes);
/* True when nothing will come but those. */
bool ctl_input_has_ended(const struct ctl_input *input);

/*
 * Reads or decompresses a piece of bounded size. Blocks only when ctl_input_has_buffered is false and the descriptor is not readable.
 * HL_IO, HL_CORRUPT (damaged or cut gzip; the message names the file) or HL_NO_MEMORY: nothing more will come.
 */
enum hl_status ctl_input_fill(struct ctl_input *input, struct hl_error *error);

/* True when a fill has work without reading. */
bool ctl_input_has_buffered(const struct ctl_input *input);
int ctl_input_descriptor(const struct ctl_input *input);

/* The number of the line last handed out or reported too long, from 1. */
uint64_t ctl_input_line_number(const struct ctl_input *input);
/* Bytes of the file taken so far, as stored (compressed). */
uint64_t ctl_input_bytes(const struct ctl_input *input);

/* Blocking: the next line as above, never CTL_LINE_NONE. On error *@kind is CTL_LINE_END. */
enum hl_status ctl_input_read(struct ctl_input *input, enum ctl_line *kind, const char **line, size_t *length,
                              struct hl_error *error);

/* The size of the file in bytes, or 0 when it has none (standard input, a pipe) or is not there. */
uint64_t ctl_input_file_bytes(const char *path);

#endif
