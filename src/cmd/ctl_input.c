/*
 * ctl_input.c - lines of plain and gzip files (see ctl_input.h).
 *
 * zlib's gzread is not used: it blocks until its buffer is full, so that lines of a slow pipe (tail -f) would wait for later ones.
 */
#include "cmd/ctl_input.h"

#include "core/buffer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { RAW_BYTES = 64 * 1024, INFLATE_BYTES = 256 * 1024 };

enum format { FORMAT_UNKNOWN, FORMAT_PLAIN, FORMAT_GZIP };

struct ctl_input {
    const char *path; /* borrowed */
    int descriptor;
    enum format format;
    bool ended;     /* the file has no more bytes */
    bool in_member; /* inside a gzip member */
    bool skipping;  /* inside a line that is too long */
    bool started;   /* past the byte order mark */
    z_stream stream;
    bool stream_open;
    bool output_pending;   /* zlib holds more decoded bytes than the last piece had room for */
    struct hl_buffer text; /* owned; decoded bytes from line_start on are not handed out yet */
    size_t line_start, scanned;
    uint64_t line_number;
    uint64_t bytes;
    size_t raw_from, raw_length; /* bytes of raw[] not decoded yet */
    unsigned char raw[RAW_BYTES];
};

enum hl_status ctl_input_open(const char *path, struct ctl_input **out, struct hl_error *error)
{
    bool standard = strcmp(path, "-") == 0;
    int descriptor = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return hl_error_set(error, HL_IO, "file", "cannot open %.100s: %s", path, strerror(errno));
    struct ctl_input *input = calloc(1, sizeof *input);
    if (!input) {
        if (!standard)
            close(descriptor);
        return hl_error_set(error, HL_NO_MEMORY, "file", "out of memory");
    }
    input->path = path;
    input->descriptor = descriptor;
    hl_buffer_init(&input->text);
    *out = input;
    return HL_OK;
}

void ctl_input_close(struct ctl_input *input)
{
    if (!input)
        return;
    if (input->stream_open)
        inflateEnd(&input->stream);
    if (input->descriptor != STDIN_FILENO)
        close(input->descriptor);
    hl_buffer_clear(&input->text);
    free(input);
}

/* ---- lines ------------------------------------------------------------------------------------------------------ */

static bool is_blank(const char *line, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (line[i] != ' ' && line[i] != '\t' && line[i] != '\r')
            return false;
    return true;
}

static void skip_byte_order_mark(struct ctl_input *input)
{
    static const char mark[3] = {'\xEF', '\xBB', '\xBF'};
    if (!input->started && input->text.length >= sizeof mark && memcmp(input->text.data, mark, sizeof mark) == 0)
        input->line_start = input->scanned = sizeof mark;
    input->started = input->started || input->text.length >= sizeof mark;
}

bool ctl_input_has_ended(const struct ctl_input *input)
{
    return input->ended && !ctl_input_has_buffered(input);
}

const char *ctl_input_peek(const struct ctl_input *input, size_t *length)
{
    *length = input->text.length - input->line_start;
    return *length > 0 ? input->text.data + input->line_start : "";
}

void ctl_input_skip(struct ctl_input *input, size_t bytes)
{
    input->line_start += bytes;
    if (input->scanned < input->line_start)
        input->scanned = input->line_start;
}

/* The end of the next complete line, or NULL; at the end of the file what is left is a line too. */
static const char *find_end(struct ctl_input *input)
{
    const char *data = input->text.data;
    size_t length = input->text.length;
    const char *end = length > input->scanned ? memchr(data + input->scanned, '\n', length - input->scanned) : NULL;
    input->scanned = end ? (size_t)(end - data) + 1 : length;
    if (!end && ctl_input_has_ended(input) && length > input->line_start)
        end = data + length;
    return end;
}

/* Without a complete line: gives up a line that grew too long, so that memory stays bounded. */
static enum ctl_line incomplete(struct ctl_input *input)
{
    if (input->text.length - input->line_start > CTL_INPUT_LINE_MAX_BYTES) {
        input->skipping = true;
        input->line_start = input->text.length;
    }
    if (ctl_input_has_ended(input) && input->skipping) { /* the file ends inside the long line */
        input->skipping = false;
        input->line_number++;
        return CTL_LINE_TOO_LONG;
    }
    return ctl_input_has_ended(input) ? CTL_LINE_END : CTL_LINE_NONE;
}

enum ctl_line ctl_input_next(struct ctl_input *input, const char **line, size_t *length)
{
    skip_byte_order_mark(input);
    for (const char *end; (end = find_end(input));) {
        const char *start = input->text.data + input->line_start;
        size_t bytes = (size_t)(end - start);
        bool too_long = input->skipping || bytes > CTL_INPUT_LINE_MAX_BYTES;
        input->line_start = input->scanned;
        input->skipping = false;
        input->line_number++;
        if (too_long)
            return CTL_LINE_TOO_LONG;
        if (is_blank(start, bytes))
            continue;
        *line = start;
        *length = bytes - (end[-1] == '\r');
        return CTL_LINE;
    }
    return incomplete(input);
}

/* ---- bytes ------------------------------------------------------------------------------------------------------ */

static enum hl_status no_memory(struct hl_error *error)
{
    return hl_error_set(error, HL_NO_MEMORY, "file", "out of memory");
}

static enum hl_status read_raw(struct ctl_input *input, struct hl_error *error)
{
    if (input->raw_from > 0) {
        memmove(input->raw, input->raw + input->raw_from, input->raw_length);
        input->raw_from = 0;
    }
    ssize_t got;
    do
        got = read(input->descriptor, input->raw + input->raw_length, sizeof input->raw - input->raw_length);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return hl_error_set(error, HL_IO, "file", "cannot read %.100s: %s", input->path, strerror(errno));
    input->ended = got == 0;
    input->raw_length += (size_t)got;
    input->bytes += (uint64_t)got;
    return HL_OK;
}

static enum hl_status detect_format(struct ctl_input *input, struct hl_error *error)
{
    if (input->raw_length < 2 && !input->ended)
        return HL_OK; /* one byte of a slow pipe */
    bool gzip = input->raw_length >= 2 && input->raw[0] == 0x1F && input->raw[1] == 0x8B;
    input->format = gzip ? FORMAT_GZIP : FORMAT_PLAIN;
    if (!gzip)
        return HL_OK;
    if (inflateInit2(&input->stream, 15 + 16) != Z_OK) /* 16: gzip, not zlib, framing */
        return no_memory(error);
    input->stream_open = true;
    return HL_OK;
}

static enum hl_status take_plain(struct ctl_input *input, struct hl_error *error)
{
    if (!hl_buffer_append(&input->text, input->raw + input->raw_from, input->raw_length))
        return no_memory(error);
    input->raw_length = 0;
    return HL_OK;
}

static enum hl_status damaged(const struct ctl_input *input, struct hl_error *error)
{
    return hl_error_set(error, HL_CORRUPT, "file", "%.100s: the gzip data is damaged after line %llu", input->path,
                        (unsigned long long)input->line_number);
}

/* Decompresses at most INFLATE_BYTES of the raw bytes that are there. */
static enum hl_status take_gzip(struct ctl_input *input, struct hl_error *error)
{
    z_stream *stream = &input->stream;
    if (!input->in_member && (input->raw[input->raw_from] != 0x1F || inflateReset(stream) != Z_OK))
        return damaged(input, error); /* something else follows the last member */
    input->in_member = true;
    if (!hl_buffer_reserve(&input->text, INFLATE_BYTES))
        return no_memory(error);
    stream->next_in = input->raw + input->raw_from;
    stream->avail_in = (uInt)input->raw_length;
    stream->next_out = (unsigned char *)input->text.data + input->text.length;
    stream->avail_out = INFLATE_BYTES;
    int result = inflate(stream, Z_NO_FLUSH);
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
        return damaged(input, error);
    input->text.length += INFLATE_BYTES - stream->avail_out;
    input->raw_from += input->raw_length - stream->avail_in;
    input->raw_length = stream->avail_in;
    input->in_member = result != Z_STREAM_END;
    input->output_pending = input->in_member && stream->avail_out == 0;
    return HL_OK;
}

static enum hl_status decode(struct ctl_input *input, struct hl_error *error)
{
    if (input->format == FORMAT_UNKNOWN) {
        enum hl_status status = detect_format(input, error);
        if (status != HL_OK)
            return status;
    }
    if (input->format == FORMAT_PLAIN)
        return take_plain(input, error);
    if (ctl_input_has_buffered(input))
        return take_gzip(input, error);
    return HL_OK;
}

enum hl_status ctl_input_fill(struct ctl_input *input, struct hl_error *error)
{
    hl_buffer_consume(&input->text, input->line_start);
    input->scanned -= input->line_start;
    input->line_start = 0;
    enum hl_status status = HL_OK;
    if (!ctl_input_has_buffered(input) && !input->ended)
        status = read_raw(input, error);
    if (status == HL_OK)
        status = decode(input, error);
    if (status == HL_OK && ctl_input_has_ended(input) && input->in_member)
        status = hl_error_set(error, HL_CORRUPT, "file", "%.100s: the gzip data ends too early, after line %llu",
                              input->path, (unsigned long long)input->line_number);
    if (status != HL_OK) { /* deliver nothing more, not even the line that was cut */
        input->ended = true;
        input->raw_length = 0;
        input->output_pending = false;
        hl_buffer_reset(&input->text);
        input->scanned = 0;
    }
    return status;
}

bool ctl_input_has_buffered(const struct ctl_input *input)
{
    return input->format == FORMAT_GZIP && (input->raw_length > 0 || input->output_pending);
}

int ctl_input_descriptor(const struct ctl_input *input)
{
    return input->descriptor;
}

uint64_t ctl_input_line_number(const struct ctl_input *input)
{
    return input->line_number;
}

uint64_t ctl_input_bytes(const struct ctl_input *input)
{
    return input->bytes - input->raw_length;
}

enum hl_status ctl_input_read(struct ctl_input *input, enum ctl_line *kind, const char **line, size_t *length,
                              struct hl_error *error)
{
    while ((*kind = ctl_input_next(input, line, length)) == CTL_LINE_NONE) {
        enum hl_status status = ctl_input_fill(input, error);
        if (status != HL_OK) {
            *kind = CTL_LINE_END;
            return status;
        }
    }
    return HL_OK;
}

uint64_t ctl_input_file_bytes(const char *path)
{
    struct stat status;
    bool standard = strcmp(path, "-") == 0;
    if ((standard ? fstat(STDIN_FILENO, &status) : stat(path, &status)) != 0 || !S_ISREG(status.st_mode))
        return 0;
    return (uint64_t)status.st_size;
}
