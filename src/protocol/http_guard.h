/*
 * http_guard.h - what keeps web pages from using the user's browser against a daemon on the user's machine. Pure.
 *
 * A page may make the browser send requests to any address that it can reach. Two rules: a request that could change something and says that
 * it comes from another site is refused; and one to a name that is not this server's is refused, since a page's own name can be pointed to
 * 127.0.0.1 after it was loaded (DNS rebinding), which makes it the same site.
 */
#ifndef HL_PROTOCOL_HTTP_GUARD_H
#define HL_PROTOCOL_HTTP_GUARD_H

#include "protocol/http_parse.h"

/*
 * HL_INVALID with a message unless @host, with or without a port, is an IP address, localhost or below it, or in @names: names separated by
 * spaces or commas.
 */
enum hl_status hl_http_check_host(struct hl_text host, const char *names, struct hl_error *error);

/* HL_INVALID with a message when a request that is neither GET, HEAD nor OPTIONS comes from another site than @host. */
enum hl_status hl_http_check_origin(const struct hl_http_head *head, struct hl_text host, struct hl_error *error);

#endif
