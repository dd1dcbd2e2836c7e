/*
 * keep.c - changes, by the service's keeper or by the engine itself; and what there is to say of the keeper (service.h).
 */
#include "protocol/execute.h"

#include "protocol/encode.h"
#include "protocol/figures.h"

enum hl_status hl_keep_add(const struct hl_service *service, const struct hl_headline *headline, int64_t now_ms,
                           struct hl_result *result, struct hl_error *error)
{
    return service->keeper ? service->keeper->add(service->keeper_context, headline, now_ms, result, error)
                           : hl_engine_add(service->engine, headline, now_ms, result, error);
}

enum hl_status hl_keep_remove(const struct hl_service *service, struct hl_text collection, struct hl_text id,
                              int64_t now_ms, struct hl_error *error)
{
    return service->keeper ? service->keeper->remove(service->keeper_context, collection, id, now_ms, error)
                           : hl_engine_remove(service->engine, collection, id, now_ms, error);
}

enum hl_status hl_keep_settings(const struct hl_service *service, struct hl_text collection,
                                const struct hl_setting_change *changes, size_t count, int64_t now_ms, uint64_t *seq,
                                struct hl_error *error)
{
    return service->keeper
               ? service->keeper->settings_set(service->keeper_context, collection, changes, count, now_ms, seq, error)
               : hl_engine_settings_set(service->engine, collection, changes, count, now_ms, seq, error);
}

enum hl_status hl_execute_snapshot(const struct hl_service *service, const struct hl_request *request, int64_t now_ms,
                                   struct hl_buffer *out, struct hl_error *error)
{
    (void)request;
    bool started = false;
    uint64_t seq = 0;
    enum hl_status status =
        service->keeper
            ? service->keeper->snapshot(service->keeper_context, now_ms, &started, &seq, error)
            : hl_error_set(error, HL_INVALID, NULL, "this server keeps its state in memory only: give it a state_dir");
    if (status != HL_OK)
        return status;
    hl_json_member_bool(out, "started", started);
    hl_json_member_unsigned(out, "seq", seq);
    return HL_OK;
}

void hl_keep_put_figures(struct hl_buffer *out, const struct hl_service *service, int64_t now_ms)
{
    struct hl_service_kept kept;
    if (!service->keeper || !service->keeper->figures(service->keeper_context, &kept))
        return;
    int64_t age_ms = now_ms - kept.snapshot_created_ms;
    hl_json_key(out, "store");
    hl_json_raw(out, "{");
    hl_figures_put_members(out, HL_FIGURES_STORE, &kept);
    if (kept.reason)
        hl_json_member_name(out, "reason", kept.reason);
    if (kept.snapshot_seq > 0)
        hl_json_member_unsigned(out, "snapshot_age_s", age_ms > 0 ? (uint64_t)age_ms / 1000 : 0);
    hl_json_raw(out, "}");
}
