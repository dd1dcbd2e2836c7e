/*
 * http_document.c - the documents of HTTP that are no op: feeds, and what those who watch over the daemon ask for.
 */
#include "protocol/http_route.h"

#include "protocol/encode.h"
#include "protocol/feed.h"
#include "protocol/metrics.h"

enum hl_status hl_http_document_healthz(const struct hl_service *service, const struct hl_http_asked *asked,
                                        struct hl_http_answer *answer, struct hl_buffer *out, struct hl_error *error)
{
    (void)service, (void)asked, (void)answer, (void)error;
    hl_json_raw(out, "{\"ok\":true}\n");
    return HL_OK;
}

enum hl_status hl_http_document_readyz(const struct hl_service *service, const struct hl_http_asked *asked,
                                       struct hl_http_answer *answer, struct hl_buffer *out, struct hl_error *error)
{
    (void)asked, (void)answer;
    struct hl_service_kept kept = {.failed = false};
    if (service->keeper)
        service->keeper->figures(service->keeper_context, &kept);
    if (service->figures && service->figures->draining)
        return hl_error_set(error, HL_UNAVAILABLE, NULL, "this server is about to stop");
    if (kept.failed)
        return hl_error_set(error, HL_UNAVAILABLE, NULL, "changes cannot be kept now: %.150s",
                            kept.reason ? kept.reason : "the log has failed");
    hl_json_raw(out, "{\"ok\":true}\n");
    return HL_OK;
}

enum hl_status hl_http_document_metrics(const struct hl_service *service, const struct hl_http_asked *asked,
                                        struct hl_http_answer *answer, struct hl_buffer *out, struct hl_error *error)
{
    (void)asked;
    answer->content_type = HL_METRICS_CONTENT_TYPE;
    return hl_metrics_put(out, service) == HL_OK ? HL_OK : hl_error_no_memory(error);
}

enum hl_status hl_http_document_feed_atom(const struct hl_service *service, const struct hl_http_asked *asked,
                                          struct hl_http_answer *answer, struct hl_buffer *out, struct hl_error *error)
{
    answer->content_type = HL_FEED_ATOM_TYPE;
    return hl_feed_put(service, &asked->request->body.stories, HL_FEED_ATOM, asked->head->target, asked->now_ms, out,
                       error);
}

enum hl_status hl_http_document_feed_json(const struct hl_service *service, const struct hl_http_asked *asked,
                                          struct hl_http_answer *answer, struct hl_buffer *out, struct hl_error *error)
{
    answer->content_type = HL_FEED_JSON_TYPE;
    return hl_feed_put(service, &asked->request->body.stories, HL_FEED_JSON, asked->head->target, asked->now_ms, out,
                       error);
}
