/*
 * execute_stats.c - the executor of `stats`: the engine's figures, its collections, the server's figures.
 */
#include "protocol/execute.h"

#include "protocol/encode.h"
#include "protocol/figures.h"
#include "protocol/view.h"

static void put_engine(struct hl_buffer *out, const struct hl_engine_stats *stats)
{
    hl_json_key(out, "engine");
    hl_json_raw(out, "{");
    hl_figures_put_members(out, HL_FIGURES_ENGINE, stats);
    hl_view_put_verdicts(out, stats->verdicts);
    hl_json_raw(out, "}");
}

static enum hl_status put_collections(struct hl_buffer *out, hl_engine *engine, struct hl_error *error)
{
    const struct hl_text *names;
    size_t count = hl_engine_collections(engine, &names);
    hl_json_key(out, "collections");
    hl_json_raw(out, "[");
    for (size_t i = 0; i < count && i < HL_LIST_MAX; i++) {
        struct hl_engine_stats stats;
        enum hl_status status = hl_engine_stats(engine, names[i], &stats, error);
        if (status != HL_OK)
            return status;
        hl_json_separate(out);
        hl_json_raw(out, "{");
        hl_json_member_text(out, "collection", names[i]);
        hl_json_member_unsigned(out, "headlines", stats.headlines);
        hl_json_member_unsigned(out, "stories", stats.stories);
        hl_json_member_unsigned(out, "topics", stats.topics);
        hl_json_raw(out, "}");
    }
    hl_json_raw(out, "]");
    return HL_OK;
}

static void put_microseconds(struct hl_buffer *out, const char *name, double ns)
{
    hl_json_member_fixed(out, name, ns / 1000, 1);
}

/* Ops that were never asked for are left out. */
static void put_ops(struct hl_buffer *out, const struct hl_measures *measures)
{
    hl_json_key(out, "ops");
    hl_json_raw(out, "[");
    for (size_t i = 0; i < HL_COMMAND_COUNT; i++) {
        const struct hl_latency *latency = &measures->ops[i];
        uint64_t count = hl_latency_count(latency);
        if (count == 0)
            continue;
        hl_json_separate(out);
        hl_json_raw(out, "{");
        hl_json_member_name(out, "op", hl_commands[i].name);
        hl_json_member_unsigned(out, "count", count);
        put_microseconds(out, "mean_us", (double)latency->sum_ns / (double)count);
        put_microseconds(out, "p50_us", hl_latency_quantile_ns(latency, 0.5));
        put_microseconds(out, "p90_us", hl_latency_quantile_ns(latency, 0.9));
        put_microseconds(out, "p99_us", hl_latency_quantile_ns(latency, 0.99));
        hl_json_raw(out, "}");
    }
    hl_json_raw(out, "]");
}

static void put_errors(struct hl_buffer *out, const struct hl_measures *measures)
{
    hl_json_key(out, "errors_by_code");
    hl_json_raw(out, "{");
    for (int i = HL_OK + 1; i < HL_STATUS_COUNT; i++)
        hl_json_member_unsigned(out, hl_status_code((enum hl_status)i), measures->errors[i]);
    hl_json_raw(out, "}");
}

static void put_server(struct hl_buffer *out, const struct hl_service *service, int64_t now_ms)
{
    int64_t started_ms = service->figures->started_ms;
    hl_json_key(out, "server");
    hl_json_raw(out, "{");
    hl_json_member_time(out, "started", started_ms);
    hl_json_member_unsigned(out, "uptime_s", now_ms > started_ms ? (uint64_t)(now_ms - started_ms) / 1000 : 0);
    hl_figures_put_members(out, HL_FIGURES_SERVER, service->figures);
    if (service->measures) {
        put_ops(out, service->measures);
        put_errors(out, service->measures);
    }
    hl_json_raw(out, "}");
}

enum hl_status hl_execute_stats(const struct hl_service *service, const struct hl_request *request, int64_t now_ms,
                                struct hl_buffer *out, struct hl_error *error)
{
    struct hl_text collection = request->body.named.collection;
    struct hl_engine_stats stats;
    enum hl_status status = hl_engine_stats(service->engine, collection, &stats, error);
    if (status != HL_OK)
        return status;
    hl_json_member_time(out, "time", now_ms);
    if (collection.length > 0)
        hl_json_member_text(out, "collection", collection);
    put_engine(out, &stats);
    if (collection.length == 0)
        status = put_collections(out, service->engine, error);
    if (status == HL_OK && service->figures)
        put_server(out, service, now_ms);
    if (status == HL_OK && service->events)
        hl_events_put_figures(out, service->events);
    if (status == HL_OK)
        hl_keep_put_figures(out, service, now_ms);
    return status;
}
