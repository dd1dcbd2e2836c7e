/*
 * framer.h - cuts a byte stream into lines with a limit; pure, no socket.
 *
 * A line ends with LF (a CR before it is dropped). Bytes are appended by the connection; complete lines come out as
 * borrowed slices. A line longer than the limit is reported once, after which the framer is finished: it holds nothing and
 * drops what is committed, until it is cleared.
 */
#ifndef HL_PROTOCOL_FRAMER_H
#define HL_PROTOCOL_FRAMER_H

#include "core/buffer.h"

struct hl_framer {
    struct hl_buffer input; /* owned */
    size_t scanned;         /* bytes already searched for LF */
    size_t consumed;        /* bytes of lines already handed out */
    size_t line_max_bytes;  /* without the line end */
    bool overflowed;
};

enum hl_frame {
    HL_FRAME_LINE,    /* a line is in *line, *length (may be empty) */
    HL_FRAME_PARTIAL, /* no complete line: feed more */
    HL_FRAME_TOO_LONG /* the line limit is passed: answer too_large and close */
};

void hl_framer_init(struct hl_framer *framer, size_t line_max_bytes);
/* Frees the memory; the framer is then as after init, with the same limit. */
void hl_framer_clear(struct hl_framer *framer);
/* Room for reading: at least 1 byte at *data, *bytes long; false when out of memory. Follow with hl_framer_commit. */
bool hl_framer_prepare(struct hl_framer *framer, size_t wanted, char **data, size_t *bytes);
void hl_framer_commit(struct hl_framer *framer, size_t bytes);
/* The slice is valid until the next prepare. */
enum hl_frame hl_framer_next(struct hl_framer *framer, const char **line, size_t *length);
/* The last line without its LF at end of stream: LINE if there are bytes, else PARTIAL. */
enum hl_frame hl_framer_finish(struct hl_framer *framer, const char **line, size_t *length);
/* Bytes held that are not part of a complete line. */
size_t hl_framer_pending(const struct hl_framer *framer);

#endif
