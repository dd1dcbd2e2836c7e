/*
 * state_text.h - the whole state of an engine as JSON lines, and an engine from such lines. state/FORMAT.md has the lines.
 *
 * One line is the head, and one each unit of the sections (state/schema.h), in their order. A text is a string, a list an array, a number a
 * number; what follows from these (lengths, counts of lists) is left out. Each value comes back as it was, to the bit:
 *   - a whole number beyond 2^53 is a string of its digits, since many programs would round it; read is either;
 *   - real numbers have as many digits as make them unmistakable;
 *   - HL_TIME_NONE is null, a code its name.
 */
#ifndef HL_CMD_STATE_TEXT_H
#define HL_CMD_STATE_TEXT_H

#include <headlined/snapshot.h>

#define STATE_TEXT_VERSION 1 /* of the lines' form */

struct state_text_head {
    uint64_t seq;                     /* of the last record in the state */
    int64_t created_ms;               /* when the state was what it is */
    struct hl_engine_options options; /* in force; allocator and hash seed are not told */
};

/* Takes whole lines. The first error (with @error filled) ends the writing. */
typedef enum hl_status state_text_out(void *context, const char *lines, size_t length, struct hl_error *error);

/*
 * Writes the state of @engine. Needs memory for a record, and 100 KB. What @out or hl_engine_save returned, HL_NO_MEMORY; HL_INTERNAL:
 * a bug, the engine holds what has no text.
 */
enum hl_status state_text_write(const hl_engine *engine, const struct state_text_head *head, state_text_out *out,
                                void *context, struct hl_error *error);

/* Gives the next line with its number, valid until the next call. HL_NOT_FOUND (@error not looked at): there is none. */
typedef enum hl_status state_text_next(void *context, const char **line, size_t *length, uint64_t *number,
                                       struct hl_error *error);

/*
 * Makes an engine with the state that the lines tell, and checks it as hl_engine_load does: the outcome is an engine that works, or an error
 * and nothing else. @options: allocator and hash seed; the rest is the head's. *@head and *@out are written on success only.
 *
 * HL_CORRUPT: the lines are wrong; the message names the line. Where something contradicts what stands in an earlier line it is the line by
 * which that showed. HL_NO_MEMORY, or what @next returned. Needs memory for the engine, a line, and 16 bytes for each line of a section.
 */
enum hl_status state_text_read(const struct hl_engine_options *options, state_text_next *next, void *context,
                               struct state_text_head *head, hl_engine **out, struct hl_error *error);

#endif
