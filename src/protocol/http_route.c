/*
 * http_route.c - routes.def as a table, and how a path is found in it (see http_route.h).
 */
#include "protocol/http_route.h"

#include "core/text.h"
#include "web/files.h"

#include <stdio.h>

#define HL_ROUTE(method, pattern, op, kind)                                                                            \
    {HL_HTTP_##method, pattern, &hl_commands[HL_COMMAND_##op], HL_HTTP_##kind, NULL, NULL, NULL},
#define HL_DOCUMENT(method, pattern, function, op, help)                                                               \
    {HL_HTTP_##method,                                                                                                 \
     pattern,                                                                                                          \
     &hl_commands[HL_COMMAND_##op],                                                                                    \
     HL_HTTP_DOCUMENT,                                                                                                 \
     hl_http_document_##function,                                                                                      \
     NULL,                                                                                                             \
     help},
#define HL_STREAM(method, pattern, function, op, help)                                                                 \
    {HL_HTTP_##method, pattern, &hl_commands[HL_COMMAND_##op], HL_HTTP_STREAM, NULL, hl_http_open_##function, help},
static const struct hl_http_route rows[] = {
#include "protocol/routes.def"
};
#undef HL_ROUTE
#undef HL_DOCUMENT
#undef HL_STREAM

const struct hl_http_routes *hl_http_all_routes(void)
{
    static const struct hl_http_routes all = {rows, sizeof rows / sizeof rows[0]};
    return &all;
}

/* Takes "/segment" from the front of @path. */
static struct hl_text take_segment(struct hl_text *path)
{
    size_t end = 1;
    while (end < path->length && path->data[end] != '/')
        end++;
    struct hl_text segment = {path->data + 1, end - 1};
    *path = (struct hl_text){path->data + end, path->length - end};
    return segment;
}

/* The segment of a pattern that stands for a member. */
static bool is_member(struct hl_text segment)
{
    return segment.length > 2 && segment.data[0] == '{';
}

/* The route of the dashboard is good for all its files. */
static bool fits(const struct hl_http_route *route, struct hl_text path, struct hl_text *name, struct hl_text *value)
{
    struct hl_text left = hl_text_of(route->pattern);
    if (route->document == hl_http_document_file)
        return hl_web_find(path.data, path.length) != NULL;
    while (left.length > 0 && path.length > 0) {
        struct hl_text wanted = take_segment(&left), found = take_segment(&path);
        if (is_member(wanted) && found.length > 0) {
            *name = (struct hl_text){wanted.data + 1, wanted.length - 2};
            *value = found;
        } else if (!hl_text_equals(wanted, found)) {
            return false;
        }
    }
    return left.length == 0 && path.length == 0;
}

void hl_http_route_find(const struct hl_http_routes *routes, enum hl_http_method method, struct hl_text path,
                        struct hl_http_match *out)
{
    *out = (struct hl_http_match){.route = NULL};
    if (path.length == 0 || path.data[0] != '/')
        return;
    for (size_t i = 0; i < routes->count; i++) {
        const struct hl_http_route *route = &routes->rows[i];
        struct hl_text name = {NULL, 0}, value = {NULL, 0};
        if (!fits(route, path, &name, &value))
            continue;
        bool heads = route->method == HL_HTTP_GET;
        out->methods |= 1u << route->method | (heads ? 1u << HL_HTTP_HEAD : 0u) | 1u << HL_HTTP_OPTIONS;
        if (!out->route && (route->method == method || (heads && method == HL_HTTP_HEAD))) {
            out->route = route;
            out->name = name;
            out->value = value;
        }
    }
}

void hl_http_route_allow(const struct hl_http_match *match, char out[HL_HTTP_ALLOW_BYTES])
{
    size_t length = 0;
    out[0] = '\0';
    for (int i = 0; i < HL_HTTP_METHOD_COUNT; i++)
        if (match->methods >> i & 1u)
            length += (size_t)snprintf(out + length, HL_HTTP_ALLOW_BYTES - length, "%s%s", length ? ", " : "",
                                       hl_http_method_name((enum hl_http_method)i));
}
