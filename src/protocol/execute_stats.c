/*
 * execute_stats.c - the executor of `stats`: the engine's figures, its collections, the server's figures.
 */
#include "protocol/execute.h"

#include "protocol/encode.h"
#include "protocol/view.h"

static void put_engine(struct hl_buffer *out, const struct hl_engine_stats *stats)
{
    hl_json_key(out, "engine");
    hl_json_raw(out, "{");
    hl_json_member_unsigned(out, "seq", stats->seq);
    hl_json_member_unsigned(out, "headlines", stats->headlines);
    hl_json_member_unsigned(out, "stories", stats->stories);
    hl_json_member_unsigned(out, "stories_multiple", stats->stories_multiple);
    hl_json_member_unsigned(out, "topics", stats->topics);
    hl_json_member_unsigned(out, "collections", stats->collections);
    hl_json_member_unsigned(out, "features", stats->features);
    hl_json_member_unsigned(out, "memory_bytes", stats->memory_bytes);
    hl_view_put_verdicts(out, stats->verdicts);
    hl_json_member_unsigned(out, "sightings", stats->sightings);
    hl_json_member_unsigned(out, "removed", stats->removed);
    hl_json_member_unsigned(out, "expired_age", stats->expired_age);
    hl_json_member_unsigned(out, "expired_count", stats->expired_count);
    hl_json_member_unsigned(out, "expired_memory", stats->expired_memory);
    hl_json_member_unsigned(out, "merges", stats->merges);
    hl_json_member_unsigned(out, "splits", stats->splits);
    hl_json_member_unsigned(out, "split_tests", stats->split_tests);
    hl_json_member_unsigned(out, "topic_merges", stats->topic_merges);
    hl_json_member_unsigned(out, "topic_moves", stats->topic_moves);
    hl_json_member_unsigned(out, "skipped_no_memory", stats->skipped_no_memory);
    hl_json_member_unsigned(out, "redirects_dropped", stats->redirects_dropped);
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

static void put_server(struct hl_buffer *out, const struct hl_service_figures *figures, int64_t now_ms)
{
    hl_json_key(out, "server");
    hl_json_raw(out, "{");
    hl_json_member_time(out, "started", figures->started_ms);
    hl_json_member_unsigned(out, "uptime_s",
                            now_ms > figures->started_ms ? (uint64_t)(now_ms - figures->started_ms) / 1000 : 0);
    hl_json_member_unsigned(out, "connections", figures->connections);
    hl_json_member_unsigned(out, "connections_total", figures->connections_total);
    hl_json_member_unsigned(out, "connections_refused", figures->connections_refused);
    hl_json_member_unsigned(out, "requests", figures->requests);
    hl_json_member_unsigned(out, "errors", figures->errors);
    hl_json_member_unsigned(out, "lines_too_long", figures->lines_too_long);
    hl_json_member_unsigned(out, "timeouts", figures->timeouts);
    hl_json_member_unsigned(out, "slow_readers_dropped", figures->slow_readers_dropped);
    hl_json_member_unsigned(out, "bytes_in", figures->bytes_in);
    hl_json_member_unsigned(out, "bytes_out", figures->bytes_out);
    hl_json_member_unsigned(out, "resident_bytes", figures->resident_bytes);
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
        put_server(out, service->figures, now_ms);
    if (status == HL_OK && service->events)
        hl_events_put_figures(out, service->events);
    if (status == HL_OK)
        hl_keep_put_figures(out, service, now_ms);
    return status;
}
