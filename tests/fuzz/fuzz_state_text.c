/*
 * fuzz_state_text.c - any lines as a state: they are refused with a line's number, or become an engine whose own lines bring back the same
 * bytes.
 */
#include "cmd/state_text.h"
#include "core/buffer.h"
#include "support/state_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(condition)                                                                                             \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                                    \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

struct in {
    const char *data;
    size_t length, at;
    uint64_t number;
};

static enum hl_status next(void *context, const char **line, size_t *length, uint64_t *number, struct hl_error *error)
{
    struct in *in = context;
    (void)error;
    if (in->at >= in->length)
        return HL_NOT_FOUND;
    const char *begin = in->data + in->at, *end = memchr(begin, '\n', in->length - in->at);
    *line = begin;
    *length = end ? (size_t)(end - begin) : in->length - in->at;
    in->at += *length + 1;
    *number = ++in->number;
    return HL_OK;
}

static enum hl_status take(void *context, const char *lines, size_t length, struct hl_error *error)
{
    return hl_buffer_append(context, lines, length) ? HL_OK : hl_error_no_memory(error);
}

static enum hl_status read_text(const char *data, size_t length, struct state_text_head *head, hl_engine **out,
                                struct hl_error *error)
{
    struct in in = {data, length, 0, 0};
    struct hl_engine_options options = hl_engine_options_default();
    return state_text_read(&options, next, &in, head, out, error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct state_text_head head;
    struct hl_error error;
    struct hl_buffer text = {0};
    struct state_file one = {0}, other = {0};
    hl_engine *engine = NULL, *again = NULL;
    enum hl_status status = read_text((const char *)data, size, &head, &engine, &error);
    REQUIRE(status == HL_OK || (status == HL_CORRUPT && strncmp(error.message, "line ", 5) == 0 && !engine));
    if (status == HL_OK) {
        REQUIRE(state_text_write(engine, &head, take, &text, NULL) == HL_OK);
        REQUIRE(read_text(text.data, text.length, &head, &again, NULL) == HL_OK);
        REQUIRE(state_file_save(&one, engine, NULL) == HL_OK && state_file_save(&other, again, NULL) == HL_OK);
        REQUIRE(state_file_equal(&one, &other));
    }
    hl_engine_destroy(engine);
    hl_engine_destroy(again);
    hl_buffer_clear(&text);
    state_file_clear(&one);
    state_file_clear(&other);
    return 0;
}
