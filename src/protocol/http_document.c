/*
 * http_document.c - the documents for those who watch over the daemon: /healthz and /readyz.
 */
#include "protocol/http_route.h"

#include "protocol/encode.h"

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
