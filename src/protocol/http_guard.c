/*
 * http_guard.c - Host and Origin (see http_guard.h).
 */
#include "protocol/http_guard.h"

#include "core/text.h"

#include <string.h>

/* @host without ":port", and without the dot that may end a name. */
static struct hl_text name_of(struct hl_text host)
{
    size_t end = host.length;
    while (end > 0 && host.data[end - 1] >= '0' && host.data[end - 1] <= '9')
        end--;
    if (end > 0 && host.data[end - 1] == ':')
        host.length = end - 1;
    if (host.length > 0 && host.data[host.length - 1] == '.')
        host.length--;
    return host;
}

/* "[...]" or four numbers: no name can look so. */
static bool is_address(struct hl_text name)
{
    if (name.length > 2 && name.data[0] == '[' && name.data[name.length - 1] == ']')
        return true;
    size_t dots = 0;
    for (size_t i = 0; i < name.length; i++) {
        if (name.data[i] == '.')
            dots++;
        else if (name.data[i] < '0' || name.data[i] > '9')
            return false;
    }
    return dots == 3;
}

static bool is_localhost(struct hl_text name)
{
    static const char below[] = ".localhost";
    size_t length = sizeof below - 1;
    return hl_text_equals_ignoring_case(name, hl_text_of("localhost")) ||
           (name.length > length && hl_text_equals_ignoring_case(
                                        (struct hl_text){name.data + name.length - length, length}, hl_text_of(below)));
}

static bool is_listed(struct hl_text name, const char *names)
{
    while (*names) {
        size_t length = strcspn(names, " ,\t");
        if (length > 0 && hl_text_equals_ignoring_case(name, (struct hl_text){names, length}))
            return true;
        names += length + strspn(names + length, " ,\t");
    }
    return false;
}

enum hl_status hl_http_check_host(struct hl_text host, const char *names, struct hl_error *error)
{
    struct hl_text name = name_of(host);
    if (is_address(name) || is_localhost(name) || is_listed(name, names))
        return HL_OK;
    return hl_error_set(
        error, HL_INVALID, NULL,
        "the name in Host is not known here: use an IP address or localhost, or put it into http_hosts");
}

/* The host and port of "http://host:port" or "https://host:port"; empty for anything else, such as "null". */
static struct hl_text host_of(struct hl_text origin)
{
    static const char *const schemes[] = {"http://", "https://"};
    for (int i = 0; i < 2; i++) {
        size_t length = strlen(schemes[i]);
        if (origin.length > length && memcmp(origin.data, schemes[i], length) == 0)
            return (struct hl_text){origin.data + length, origin.length - length};
    }
    return (struct hl_text){NULL, 0};
}

enum hl_status hl_http_check_origin(const struct hl_http_head *head, struct hl_text host, struct hl_error *error)
{
    if (head->method == HL_HTTP_GET || head->method == HL_HTTP_HEAD || head->method == HL_HTTP_OPTIONS)
        return HL_OK;
    struct hl_text origin = head->headers[HL_HTTP_HEADER_ORIGIN], site = head->headers[HL_HTTP_HEADER_SEC_FETCH_SITE];
    struct hl_text from = host_of(origin);
    bool foreign = origin.data && (from.length == 0 || !hl_text_equals_ignoring_case(from, host));
    bool cross =
        site.data && !hl_text_equals(site, hl_text_of("same-origin")) && !hl_text_equals(site, hl_text_of("none"));
    if (!foreign && !cross)
        return HL_OK;
    return hl_error_set(error, HL_INVALID, NULL, "a page of another site may not change anything here");
}
