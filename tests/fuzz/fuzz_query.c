/*
 * fuzz_query.c - any bytes as a request target: whatever becomes of it is valid JSON text, and parameters that were accepted come out the same
 * when they are written and read again.
 *
 * The first byte of the input chooses the op whose members are read.
 */
#include "core/assert.h"
#include "protocol/http_target.h"

#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Appends @text with every byte escaped. */
static void put_escaped(struct hl_buffer *out, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        hl_buffer_printf(out, "%%%02X", (unsigned)(unsigned char)text[i]);
}

static void put_value(struct hl_buffer *out, json_t *value)
{
    if (json_is_integer(value))
        hl_buffer_printf(out, "%lld", (long long)json_integer_value(value));
    else if (json_is_boolean(value))
        hl_buffer_append_text(out, json_is_true(value) ? "true" : "false");
    else
        put_escaped(out, json_string_value(value), json_string_length(value));
}

static void expect_same_again(json_t *members, const struct hl_shape *shape)
{
    struct hl_buffer query;
    hl_buffer_init(&query);
    const char *name;
    json_t *value;
    json_object_foreach(members, name, value)
    {
        hl_buffer_append_text(&query, query.length > 0 ? "&" : "");
        put_escaped(&query, name, strlen(name));
        hl_buffer_append_text(&query, "=");
        put_value(&query, value);
    }
    json_t *again = json_object();
    enum hl_status status = hl_http_query_read((struct hl_text){query.data, query.length}, shape, again, NULL);
    HL_ASSERT(status == HL_OK);
    int same = json_equal(members, again);
    HL_ASSERT(same);
    json_decref(again);
    hl_buffer_clear(&query);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    const struct hl_shape *shape = hl_commands[data[0] % HL_COMMAND_COUNT].shape;
    struct hl_http_target target;
    struct hl_error error = {.status = HL_OK};
    if (hl_http_target_split((struct hl_text){(const char *)data + 1, size - 1}, &target, &error) != HL_OK)
        return 0;
    HL_ASSERT(target.path.length > 0);
    json_t *members = json_object();
    enum hl_status status = hl_http_query_read(target.query, shape, members, &error);
    HL_ASSERT(status == HL_OK || error.message[0]);
    char *text = json_dumps(members, 0);
    HL_ASSERT(text != NULL);
    free(text);
    union hl_request_body body;
    if (status == HL_OK) {
        expect_same_again(members, shape);
        status = hl_shape_read(shape, members, &body, &error);
        HL_ASSERT(status == HL_OK || error.message[0]);
    }
    json_decref(members);
    return 0;
}
