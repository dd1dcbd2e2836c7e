/*
 * http_file.c - the files of the dashboard as documents: validated by their ETag, and with what keeps a page of ours from being used by others.
 */
#include "protocol/http_route.h"

#include "core/text.h"
#include "web/files.h"

#include <string.h>

static const char content_security_policy[] = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' "
                                              "data:; connect-src 'self'; base-uri 'none'; "
                                              "form-action 'none'; frame-ancestors 'none'";

/* True when @list, the value of If-None-Match, has @etag. Ours hold no comma, so that a piece cannot be taken for the whole. */
static bool is_listed(struct hl_text list, const char *etag)
{
    size_t length = strlen(etag);
    if (list.length == 1 && list.data[0] == '*')
        return true;
    for (size_t at = 0; at + length <= list.length; at++)
        if (memcmp(list.data + at, etag, length) == 0)
            return true;
    return false;
}

enum hl_status hl_http_document_file(const struct hl_service *service, const struct hl_http_asked *asked,
                                     struct hl_http_answer *answer, struct hl_buffer *out, struct hl_error *error)
{
    (void)service;
    const struct hl_web_file *file = hl_web_find(asked->path.data, asked->path.length);
    if (!file)
        return hl_error_set(error, HL_NOT_FOUND, NULL, "there is no such file");
    answer->content_type = file->content_type;
    answer->caching = "no-cache"; /* kept, but asked for each time: a new version shows at once */
    hl_http_answer_add(answer, "ETag", "%s", file->etag);
    hl_http_answer_add(answer, "Content-Security-Policy", "%s", content_security_policy);
    hl_http_answer_add(answer, "Referrer-Policy", "no-referrer");
    if (is_listed(asked->head->headers[HL_HTTP_HEADER_IF_NONE_MATCH], file->etag)) {
        answer->status = 304;
        answer->content_type = NULL;
    } else {
        hl_buffer_append(out, file->data, file->length);
    }
    return HL_OK;
}
