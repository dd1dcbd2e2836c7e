/*
 * http_target.c - request targets and query strings (see http_target.h).
 */
#include "protocol/http_target.h"

#include "core/text.h"
#include "text/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- parts --------------------------------------------------------------------------------------------------------- */

/* Where @wanted stands in @text, else its length. */
static size_t find(struct hl_text text, char wanted)
{
    const char *found = text.length > 0 ? memchr(text.data, wanted, text.length) : NULL;
    return found ? (size_t)(found - text.data) : text.length;
}

static struct hl_text from(struct hl_text text, size_t start)
{
    return start >= text.length ? (struct hl_text){NULL, 0} : (struct hl_text){text.data + start, text.length - start};
}

/* Takes "http://host" from the front of @rest. False when it does not begin so. */
static bool take_authority(struct hl_text *rest, struct hl_text *authority)
{
    static const char scheme[] = "http://";
    if (rest->length < sizeof scheme - 1 || memcmp(rest->data, scheme, sizeof scheme - 1) != 0)
        return false;
    *rest = from(*rest, sizeof scheme - 1);
    size_t path = find(*rest, '/');
    *authority = (struct hl_text){rest->data, path};
    *rest = from(*rest, path);
    return path > 0;
}

enum hl_status hl_http_target_split(struct hl_text target, struct hl_http_target *out, struct hl_error *error)
{
    struct hl_text rest = target;
    *out = (struct hl_http_target){.authority = {NULL, 0}};
    if (target.length == 1 && target.data[0] == '*') {
        out->path = target;
        return HL_OK;
    }
    bool absolute = take_authority(&rest, &out->authority);
    if (absolute && rest.length == 0)
        rest = (struct hl_text){"/", 1};
    if (rest.length == 0 || rest.data[0] != '/' || find(rest, '#') < rest.length)
        return hl_error_set(error, HL_PARSE, NULL, "the request target is not valid: send one such as /v1/stories");
    size_t mark = find(rest, '?');
    out->path = (struct hl_text){rest.data, mark};
    out->query = from(rest, mark + 1);
    return HL_OK;
}

/* ---- decoding ------------------------------------------------------------------------------------------------------ */

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte of the escape at the front of @text; -1 when it is none. */
static int escaped_byte(struct hl_text text)
{
    int high = text.length >= 3 ? hex_value(text.data[1]) : -1;
    int low = high >= 0 ? hex_value(text.data[2]) : -1;
    return low >= 0 ? high * 16 + low : -1;
}

enum hl_status hl_http_decode(struct hl_text text, bool plus, struct hl_buffer *out, struct hl_error *error)
{
    size_t start = out->length;
    if (!hl_buffer_reserve(out, text.length + 1)) /* one more, so that there is a place even for nothing */
        return hl_error_no_memory(error);
    for (size_t i = 0; i < text.length; i++) {
        int c = (unsigned char)text.data[i];
        if (c == '%') {
            c = escaped_byte(from(text, i));
            i += 2;
        } else if (c == '+' && plus) {
            c = ' ';
        }
        if (c <= 0)
            return hl_error_set(error, HL_PARSE, NULL,
                                "the request target has a %% that is not followed by two hexadecimal digits of a byte");
        out->data[out->length++] = (char)c;
    }
    if (!hl_utf8_is_valid(out->data + start, out->length - start, NULL))
        return hl_error_set(error, HL_PARSE, NULL, "the request target is not UTF-8 once it is decoded");
    return HL_OK;
}

/* ---- members ------------------------------------------------------------------------------------------------------- */

/* An integer of 64 bits, with a sign or without, and nothing else. */
static bool read_integer(struct hl_text text, json_int_t *out)
{
    char digits[24];
    size_t sign = text.length > 0 && text.data[0] == '-';
    if (text.length == sign || text.length >= sizeof digits)
        return false;
    for (size_t i = sign; i < text.length; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    memcpy(digits, text.data, text.length);
    digits[text.length] = '\0';
    errno = 0;
    *out = strtoll(digits, NULL, 10);
    return errno == 0;
}

static bool is_word(struct hl_text text, const char *word)
{
    return hl_text_equals(text, hl_text_of(word));
}

static json_t *typed_value(enum hl_field_type type, struct hl_text text)
{
    json_int_t integer;
    if (type == HL_FIELD_INTEGER && read_integer(text, &integer))
        return json_integer(integer);
    if (type == HL_FIELD_BOOLEAN && (is_word(text, "true") || is_word(text, "false")))
        return json_boolean(is_word(text, "true"));
    return json_stringn_nocheck(text.data, text.length);
}

static const struct hl_field *find_field(const struct hl_shape *shape, struct hl_text name)
{
    for (size_t i = 0; i < shape->field_count; i++)
        if (is_word(name, shape->fields[i].name))
            return &shape->fields[i];
    return NULL;
}

enum hl_status hl_http_member_set(json_t *members, const struct hl_shape *shape, struct hl_text name,
                                  struct hl_text text, struct hl_error *error)
{
    const struct hl_field *field = find_field(shape, name);
    const char *key = field ? field->name : is_word(name, "ref") ? "ref" : NULL;
    if (!key || text.length == 0)
        return HL_OK;
    if (json_object_get(members, key))
        return hl_error_set(error, HL_INVALID, key, "%s stands twice in the request target", key);
    json_t *value = typed_value(field ? hl_field_kind_of(field)->type : HL_FIELD_TEXT, text);
    if (!value || json_object_set_new_nocheck(members, key, value) != 0)
        return hl_error_no_memory(error);
    return HL_OK;
}

/* One "name=value", decoded into @scratch. */
static enum hl_status read_parameter(struct hl_text parameter, const struct hl_shape *shape, json_t *members,
                                     struct hl_buffer *scratch, struct hl_error *error)
{
    size_t equals = find(parameter, '=');
    hl_buffer_reset(scratch);
    enum hl_status status = hl_http_decode((struct hl_text){parameter.data, equals}, true, scratch, error);
    size_t name_length = scratch->length;
    if (status == HL_OK)
        status = hl_http_decode(from(parameter, equals + 1), true, scratch, error);
    if (status != HL_OK)
        return status;
    struct hl_text name = {scratch->data, name_length};
    return hl_http_member_set(members, shape, name, from((struct hl_text){scratch->data, scratch->length}, name_length),
                              error);
}

enum hl_status hl_http_query_read(struct hl_text query, const struct hl_shape *shape, json_t *members,
                                  struct hl_error *error)
{
    struct hl_buffer scratch;
    hl_buffer_init(&scratch);
    enum hl_status status = HL_OK;
    while (query.length > 0 && status == HL_OK) {
        size_t end = find(query, '&');
        status = read_parameter((struct hl_text){query.data, end}, shape, members, &scratch, error);
        query = from(query, end + 1);
    }
    hl_buffer_clear(&scratch);
    return status;
}
