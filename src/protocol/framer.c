/*
 * framer.c - cuts a byte stream into lines with a limit.
 *
 * Each byte is searched for LF once, and moved at most once for each prepare that follows it, so the work is linear in what the
 * peer sends however it is chopped up. The bytes held stay below the line limit plus one read.
 */
#include "protocol/framer.h"

#include <string.h>

void hl_framer_init(struct hl_framer *framer, size_t line_max_bytes)
{
    *framer = (struct hl_framer){.line_max_bytes = line_max_bytes};
    hl_buffer_init(&framer->input);
}

void hl_framer_clear(struct hl_framer *framer)
{
    hl_buffer_clear(&framer->input);
    hl_framer_init(framer, framer->line_max_bytes);
}

bool hl_framer_prepare(struct hl_framer *framer, size_t wanted, char **data, size_t *bytes)
{
    hl_buffer_consume(&framer->input, framer->consumed);
    framer->scanned -= framer->consumed;
    framer->consumed = 0;
    if (wanted == 0)
        wanted = 1;
    framer->input.failed = false; /* memory that was short for the last read may be there for this one */
    if (!hl_buffer_reserve(&framer->input, wanted))
        return false;
    *data = framer->input.data + framer->input.length;
    *bytes = wanted;
    return true;
}

void hl_framer_commit(struct hl_framer *framer, size_t bytes)
{
    if (!framer->overflowed)
        framer->input.length += bytes;
}

static enum hl_frame overflow(struct hl_framer *framer)
{
    hl_framer_clear(framer);
    framer->overflowed = true;
    return HL_FRAME_TOO_LONG;
}

/* Hands out @length bytes from @consumed as a line, after which @taken bytes (line end included) are done with. */
static enum hl_frame take_line(struct hl_framer *framer, size_t taken, size_t length, const char **line,
                               size_t *line_length)
{
    const char *start = framer->input.data + framer->consumed;
    if (length > 0 && start[length - 1] == '\r')
        length--;
    if (length > framer->line_max_bytes)
        return overflow(framer);
    framer->consumed += taken;
    framer->scanned = framer->consumed;
    *line = start;
    *line_length = length;
    return HL_FRAME_LINE;
}

enum hl_frame hl_framer_next(struct hl_framer *framer, const char **line, size_t *length)
{
    const struct hl_buffer *input = &framer->input;
    if (framer->scanned == input->length)
        return HL_FRAME_PARTIAL;
    const char *start = input->data + framer->consumed;
    const char *end = memchr(input->data + framer->scanned, '\n', input->length - framer->scanned);
    if (end) {
        size_t found = (size_t)(end - start);
        return take_line(framer, found + 1, found, line, length);
    }
    framer->scanned = input->length;
    size_t pending = hl_framer_pending(framer);
    if (pending > framer->line_max_bytes && start[pending - 1] == '\r')
        pending--; /* half of a line end that is still on its way */
    return pending > framer->line_max_bytes ? overflow(framer) : HL_FRAME_PARTIAL;
}

enum hl_frame hl_framer_finish(struct hl_framer *framer, const char **line, size_t *length)
{
    size_t pending = hl_framer_pending(framer);
    if (pending == 0)
        return HL_FRAME_PARTIAL;
    return take_line(framer, pending, pending, line, length);
}

size_t hl_framer_pending(const struct hl_framer *framer)
{
    return framer->input.length - framer->consumed;
}
