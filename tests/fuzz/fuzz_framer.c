/*
 * fuzz_framer.c - any bytes, chopped up anyhow, against a plain loop: the same lines, the limit kept to the byte.
 *
 * The first byte of the input is the line limit, the second the bytes of a read; the rest is the stream.
 */
#include "core/assert.h"
#include "protocol/framer.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct oracle {
    const char *stream;
    size_t size, at, limit;
    bool finished; /* a line was too long */
};

/* What the next line must be; the last one ends with the stream. */
static enum hl_frame next_line(struct oracle *oracle, const char **line, size_t *length)
{
    if (oracle->finished || oracle->at == oracle->size)
        return HL_FRAME_PARTIAL;
    const char *start = oracle->stream + oracle->at;
    size_t end = oracle->at;
    while (end < oracle->size && oracle->stream[end] != '\n')
        end++;
    size_t bytes = end - oracle->at;
    if (bytes > 0 && start[bytes - 1] == '\r')
        bytes--;
    oracle->at = end < oracle->size ? end + 1 : end;
    oracle->finished = bytes > oracle->limit;
    *line = start;
    *length = bytes;
    return oracle->finished ? HL_FRAME_TOO_LONG : HL_FRAME_LINE;
}

static void expect_same(struct oracle *oracle, enum hl_frame frame, const char *line, size_t length)
{
    const char *expected = NULL;
    size_t expected_length = 0;
    enum hl_frame expected_frame = next_line(oracle, &expected, &expected_length);
    HL_ASSERT(frame == expected_frame);
    if (frame == HL_FRAME_LINE) {
        HL_ASSERT(length == expected_length);
        HL_ASSERT(memcmp(line, expected, length) == 0);
    }
}

static void feed(struct hl_framer *framer, const char *bytes, size_t count)
{
    char *room;
    size_t room_bytes;
    bool prepared = hl_framer_prepare(framer, count, &room, &room_bytes);
    HL_ASSERT(prepared && room_bytes >= count);
    memcpy(room, bytes, count);
    hl_framer_commit(framer, count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    size_t limit = data[0], chunk = data[1] ? data[1] : 1;
    struct oracle oracle = {(const char *)data + 2, size - 2, 0, limit, false};
    struct hl_framer framer;
    const char *line = NULL;
    size_t length = 0;
    enum hl_frame frame;
    hl_framer_init(&framer, limit);
    for (size_t at = 0; at < oracle.size; at += chunk) {
        feed(&framer, oracle.stream + at, oracle.size - at < chunk ? oracle.size - at : chunk);
        while ((frame = hl_framer_next(&framer, &line, &length)) != HL_FRAME_PARTIAL)
            expect_same(&oracle, frame, line, length);
        HL_ASSERT(framer.input.capacity <= 4 * (limit + chunk) + 256);
    }
    frame = hl_framer_finish(&framer, &line, &length);
    expect_same(&oracle, frame, line, length);
    frame = hl_framer_finish(&framer, &line, &length);
    HL_ASSERT(frame == HL_FRAME_PARTIAL);
    hl_framer_clear(&framer);
    return 0;
}
