/*
 * openapi.c - tables to an OpenAPI document (see openapi.h).
 */
#include "protocol/openapi.h"

#include "core/assert.h"
#include "core/text.h"
#include "protocol/encode.h"

#include <stdio.h>

enum { NAME_BYTES = 64 };

struct object {
    const char *name, *members;
};

static const struct object objects[] = {
#define HL_OBJECT(name, members) {#name, members},
#define HL_ANSWER(op, members)
#include "protocol/answers.def"
#undef HL_OBJECT
#undef HL_ANSWER
};

static const char *const answers[HL_COMMAND_COUNT] = {
#define HL_OBJECT(name, members)
#define HL_ANSWER(op, members) [HL_COMMAND_##op] = (members),
#include "protocol/answers.def"
#undef HL_OBJECT
#undef HL_ANSWER
};

const char *hl_openapi_answer(const struct hl_command *command)
{
    return answers[command - hl_commands];
}

/* ---- types --------------------------------------------------------------------------------------------------------- */

static struct hl_text text_between(const char *start, const char *end)
{
    return (struct hl_text){start, (size_t)(end - start)};
}

static bool is(struct hl_text text, const char *word)
{
    return hl_text_equals(text, hl_text_of(word));
}

static void put_raw(struct hl_buffer *out, struct hl_text text)
{
    hl_buffer_append(out, text.data, text.length);
}

static void put_reference(struct hl_buffer *out, struct hl_text name)
{
    hl_json_raw(out, "{\"$ref\":\"#/components/schemas/");
    put_raw(out, name);
    hl_json_raw(out, "\"}");
}

static void put_simple_type(struct hl_buffer *out, struct hl_text type, bool or_null)
{
    static const struct {
        const char *name, *json, *more;
    } rows[] = {{"text", "string", ""},
                {"int", "integer", ",\"minimum\":0"},
                {"num", "number", ""},
                {"bool", "boolean", ""},
                {"time", "string", ",\"format\":\"date-time\""},
                {"fingerprint", "string", ",\"pattern\":\"^[0-9a-f]{64}$\""}};
    size_t i = 0;
    while (!is(type, rows[i].name)) {
        i++;
        HL_ASSERT(i < sizeof rows / sizeof rows[0]);
    }
    hl_buffer_printf(out, or_null ? "{\"type\":[\"%s\",\"null\"]%s}" : "{\"type\":\"%s\"%s}", rows[i].json,
                     rows[i].more);
}

static void put_type(struct hl_buffer *out, struct hl_text type)
{
    bool or_null = type.length > 0 && type.data[type.length - 1] == '?';
    type.length -= or_null;
    struct hl_text inside = {type.data + 1, type.length - 2};
    if (type.data[0] == '[' || type.data[0] == '{') { /* neither is ever null */
        hl_json_raw(out, type.data[0] == '[' ? "{\"type\":\"array\",\"items\":"
                                             : "{\"type\":\"object\",\"additionalProperties\":");
        put_type(out, inside);
        hl_json_raw(out, "}");
    } else if (type.data[0] >= 'A' && type.data[0] <= 'Z') {
        hl_json_raw(out, or_null ? "{\"oneOf\":[" : "");
        put_reference(out, type);
        hl_json_raw(out, or_null ? ",{\"type\":\"null\"}]}" : "");
    } else if (is(type, "any")) {
        hl_json_raw(out, "{}");
    } else {
        put_simple_type(out, type, or_null);
    }
}

static const char *members_of(struct hl_text name)
{
    size_t i = 0;
    while (!is(name, objects[i].name)) {
        i++;
        HL_ASSERT(i < sizeof objects / sizeof objects[0]);
    }
    return objects[i].members;
}

/* Each word of @members: as a property, or (@required) its name if it is always there. */
static void put_members(struct hl_buffer *out, const char *members, bool required)
{
    while (*members) {
        const char *end = members + strcspn(members, " ");
        const char *colon = members + strcspn(members, ":");
        struct hl_text name = text_between(members, colon < end ? colon : end);
        bool optional = name.data[name.length - 1] == '?';
        name.length -= optional;
        if (members[0] == '+') {
            put_members(out, members_of(text_between(members + 1, end)), required);
        } else if (!required || !optional) {
            hl_json_separate(out);
            hl_json_string(out, name);
            if (!required) {
                hl_json_raw(out, ":");
                put_type(out, text_between(colon + 1, end));
            }
        }
        members = end + strspn(end, " ");
    }
}

static void put_object(struct hl_buffer *out, const char *members)
{
    hl_json_raw(out, "{\"type\":\"object\",\"required\":[");
    put_members(out, members, true);
    hl_json_raw(out, "],\"properties\":{");
    put_members(out, members, false);
    hl_json_raw(out, "}}");
}

/* ---- requests ------------------------------------------------------------------------------------------------------ */

static void put_field_schema(struct hl_buffer *out, const struct hl_field *field)
{
    hl_json_raw(out, "{");
    hl_json_raw(out, hl_field_kind_of(field)->schema);
    if (field->bytes_max > 0)
        hl_json_member_unsigned(out, "maxLength", field->bytes_max);
    hl_json_raw(out, "}");
}

static bool is_in_path(const struct hl_http_route *route, const struct hl_field *field)
{
    const char *open = strchr(route->pattern, '{');
    size_t length = strlen(field->name);
    return open && strncmp(open + 1, field->name, length) == 0 && open[1 + length] == '}';
}

static bool has_body(const struct hl_http_route *route)
{
    return route->kind == HL_HTTP_OBJECT || route->kind == HL_HTTP_ITEMS;
}

static void put_parameters(struct hl_buffer *out, const struct hl_http_route *route)
{
    const struct hl_shape *shape = route->command->shape;
    hl_json_raw(out, "\"parameters\":[");
    for (size_t i = 0; i < shape->field_count; i++) {
        const struct hl_field *field = &shape->fields[i];
        bool in_path = is_in_path(route, field), is_object = hl_field_kind_of(field)->type == HL_FIELD_OBJECT;
        if (!in_path && (is_object || has_body(route)))
            continue;
        hl_json_separate(out);
        hl_json_raw(out, "{");
        hl_json_member_name(out, "name", field->name);
        hl_json_member_name(out, "in", in_path ? "path" : "query");
        hl_json_member_bool(out, "required", in_path || field->required);
        hl_json_key(out, "schema");
        put_field_schema(out, field);
        hl_json_raw(out, "}");
    }
    hl_json_raw(out, "]");
}

/* The object of members that a request is. */
static void put_request(struct hl_buffer *out, const struct hl_shape *shape)
{
    hl_json_raw(out, "{\"type\":\"object\",\"properties\":{");
    hl_json_raw(out, "\"ref\":{\"type\":[\"string\",\"integer\"]}");
    for (size_t i = 0; i < shape->field_count; i++) {
        hl_json_key(out, shape->fields[i].name);
        put_field_schema(out, &shape->fields[i]);
    }
    hl_json_raw(out, "}");
    hl_json_raw(out, ",\"required\":[");
    for (size_t i = 0; i < shape->field_count; i++) {
        if (!shape->fields[i].required)
            continue;
        hl_json_separate(out);
        hl_json_string(out, hl_text_of(shape->fields[i].name));
    }
    hl_json_raw(out, "]}");
}

static void put_body(struct hl_buffer *out, const struct hl_http_route *route)
{
    char name[NAME_BYTES];
    snprintf(name, sizeof name, "%sRequest", route->command->name);
    hl_json_raw(out, ",\"requestBody\":{\"content\":{\"application/json\":{\"schema\":");
    if (route->kind == HL_HTTP_ITEMS)
        hl_json_raw(out, "{\"oneOf\":[");
    put_reference(out, hl_text_of(name));
    if (route->kind == HL_HTTP_ITEMS) {
        hl_json_raw(out, ",{\"type\":\"array\",\"items\":");
        put_reference(out, hl_text_of(name));
        hl_json_raw(out, "}]}},\"application/x-ndjson\":{\"schema\":{\"type\":\"string\",\"description\":\"one such "
                         "object on each line\"}");
    }
    hl_json_raw(out, "}}}");
}

/* ---- answers ------------------------------------------------------------------------------------------------------- */

static void put_answer_content(struct hl_buffer *out, const struct hl_http_route *route)
{
    char name[NAME_BYTES];
    snprintf(name, sizeof name, "%sAnswer", route->command->name);
    hl_json_raw(out, ",\"content\":{\"application/json\":{\"schema\":");
    if (route->kind != HL_HTTP_ITEMS) {
        put_reference(out, hl_text_of(name));
        hl_json_raw(out, "}}");
        return;
    }
    hl_json_raw(out, "{\"oneOf\":[");
    put_reference(out, hl_text_of(name));
    hl_json_raw(out, ",{\"type\":\"array\",\"items\":{\"oneOf\":[");
    put_reference(out, hl_text_of(name));
    hl_json_raw(out, ",");
    put_reference(out, hl_text_of("Error"));
    hl_json_raw(out, "]}}]}},\"application/x-ndjson\":{\"schema\":{\"type\":\"string\",\"description\":\"one such "
                     "answer or error on each line\"}}}");
}

/* A story or topic by its id may have been absorbed. */
static bool may_move(const struct hl_http_route *route)
{
    bool by_id = strstr(route->pattern, "{story}") || strstr(route->pattern, "{topic}");
    return by_id && answers[route->command - hl_commands] &&
           strstr(answers[route->command - hl_commands], "redirected_from");
}

static void put_responses(struct hl_buffer *out, const struct hl_http_route *route)
{
    bool is_op = route->kind != HL_HTTP_DOCUMENT && route->kind != HL_HTTP_STREAM;
    hl_json_raw(out, ",\"responses\":{\"200\":{\"description\":\"done\"");
    if (is_op)
        put_answer_content(out, route);
    hl_json_raw(out, "}");
    if (may_move(route)) {
        hl_json_raw(out, ",\"301\":{\"description\":\"absorbed by another, which "
                         "answers\",\"headers\":{\"Location\":{\"schema\":{\"type\":\"string\"}}}");
        put_answer_content(out, route);
        hl_json_raw(out, "}");
    }
    hl_json_raw(out,
                ",\"default\":{\"description\":\"refused, or failed\",\"content\":{\"application/json\":{\"schema\":");
    put_reference(out, hl_text_of("Error"));
    hl_json_raw(out, "}}}}");
}

/* ---- paths --------------------------------------------------------------------------------------------------------- */

static void put_operation(struct hl_buffer *out, const struct hl_http_route *route)
{
    char method[16];
    snprintf(method, sizeof method, "%s", hl_http_method_name(route->method));
    for (char *c = method; *c; c++)
        *c = hl_text_small(*c);
    hl_json_key(out, method);
    hl_json_raw(out, "{");
    hl_json_member_name(out, "summary", route->help ? route->help : route->command->help);
    hl_json_raw(out, ",");
    put_parameters(out, route);
    if (has_body(route))
        put_body(out, route);
    put_responses(out, route);
    hl_json_raw(out, "}");
}

static bool is_first_of_its_path(const struct hl_http_routes *routes, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(routes->rows[i].pattern, routes->rows[index].pattern) == 0)
            return false;
    return true;
}

static void put_paths(struct hl_buffer *out, const struct hl_http_routes *routes)
{
    hl_json_raw(out, "{");
    for (size_t i = 0; i < routes->count; i++) {
        if (!is_first_of_its_path(routes, i))
            continue;
        hl_json_key(out, routes->rows[i].pattern);
        hl_json_raw(out, "{");
        for (size_t j = i; j < routes->count; j++)
            if (strcmp(routes->rows[j].pattern, routes->rows[i].pattern) == 0)
                put_operation(out, &routes->rows[j]);
        hl_json_raw(out, "}");
    }
    hl_json_raw(out, "}");
}

static void put_schemas(struct hl_buffer *out)
{
    hl_json_raw(
        out, "{\"Error\":{\"type\":\"object\",\"required\":[\"ok\",\"error\"],\"properties\":{\"ok\":{\"const\":false},"
             "\"ref\":{\"type\":[\"string\",\"integer\"]},\"error\":");
    put_object(out, "code:text message:text field?:text offset?:int");
    hl_json_raw(out, "}}");
    for (size_t i = 0; i < sizeof objects / sizeof objects[0]; i++) {
        hl_json_key(out, objects[i].name);
        put_object(out, objects[i].members);
    }
    for (size_t i = 0; i < HL_COMMAND_COUNT; i++) {
        char name[NAME_BYTES];
        snprintf(name, sizeof name, "%sRequest", hl_commands[i].name);
        hl_json_key(out, name);
        put_request(out, hl_commands[i].shape);
        snprintf(name, sizeof name, "%sAnswer", hl_commands[i].name);
        hl_json_key(out, name);
        hl_json_raw(out, "{\"type\":\"object\",\"required\":[\"ok\"");
        put_members(out, answers[i] ? answers[i] : "", true);
        hl_json_raw(out, "],\"properties\":{\"ok\":{\"const\":true},\"ref\":{\"type\":[\"string\",\"integer\"]}");
        put_members(out, answers[i] ? answers[i] : "", false);
        hl_json_raw(out, "}}");
    }
    hl_json_raw(out, "}");
}

void hl_openapi_put(const struct hl_http_routes *routes, const char *server_name, struct hl_buffer *out)
{
    hl_json_raw(out, "{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"headlined\",\"description\":\"News headlines in, "
                     "stories out. Every route is "
                     "an op of the protocol; what the members mean stands in its document, PROTOCOL.md.\"");
    hl_json_member_name(out, "version", server_name);
    hl_json_raw(out, "},\"paths\":");
    put_paths(out, routes);
    hl_json_raw(out, ",\"components\":{\"schemas\":");
    put_schemas(out);
    hl_json_raw(out, "}}\n");
}

enum hl_status hl_http_document_openapi(const struct hl_service *service, const struct hl_http_asked *asked,
                                        struct hl_http_answer *answer, struct hl_buffer *out, struct hl_error *error)
{
    (void)asked, (void)answer, (void)error;
    hl_openapi_put(hl_http_all_routes(), service->server_name, out);
    return HL_OK;
}
