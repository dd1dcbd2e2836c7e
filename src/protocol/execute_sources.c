/*
 * execute_sources.c - the executors for where headlines come from and where they are kept: sources, collections.
 */
#include "protocol/execute.h"

#include "protocol/encode.h"
#include "protocol/list.h"

#include <headlined/questions.h>
#include <stdlib.h>

/* ---- sources ------------------------------------------------------------------------------------------------------- */

static double share_of(uint64_t part, uint64_t whole)
{
    return whole > 0 ? (double)part / (double)whole : 0;
}

static void put_lag(struct hl_buffer *out, int64_t lag_ms)
{
    hl_json_key(out, "lag_median_s");
    if (lag_ms == HL_TIME_NONE)
        hl_json_raw(out, "null");
    else
        hl_json_fixed(out, (double)lag_ms / 1000, 3);
}

static void put_source(struct hl_buffer *out, const struct hl_source_figures *source)
{
    hl_json_separate(out);
    hl_json_raw(out, "{");
    hl_json_member_text(out, "source", source->source);
    hl_json_member_unsigned(out, "headlines", source->headlines);
    hl_json_member_unsigned(out, "stories", source->stories);
    hl_json_member_unsigned(out, "shared", source->shared);
    hl_json_member_unsigned(out, "first_count", source->first_count);
    hl_json_member_fixed(out, "first_share", share_of(source->first_count, source->shared), 4);
    hl_json_member_fixed(out, "duplicate_share", share_of(source->duplicates, source->headlines), 4);
    put_lag(out, source->lag_median_ms);
    hl_json_member_time(out, "last", source->last_ms);
    hl_json_key(out, "follows");
    hl_json_raw(out, "[");
    for (size_t i = 0; i < source->follow_count; i++) {
        hl_json_separate(out);
        hl_json_raw(out, "{");
        hl_json_member_text(out, "source", source->follows[i].source);
        hl_json_member_unsigned(out, "count", source->follows[i].count);
        put_lag(out, source->follows[i].lag_median_ms);
        hl_json_raw(out, "}");
    }
    hl_json_raw(out, "]}");
}

/* True when the answer grew too long for all of them. */
static bool put_sources(struct hl_buffer *out, const struct hl_source_figures *sources, size_t count)
{
    size_t start = out->length, put = 0;
    hl_json_key(out, "sources");
    hl_json_raw(out, "[");
    for (; put < count && out->length - start < HL_ANSWER_CUT_BYTES; put++)
        put_source(out, &sources[put]);
    hl_json_raw(out, "]");
    return put < count;
}

enum hl_status hl_execute_sources(const struct hl_service *service, const struct hl_request *request, int64_t now_ms,
                                  struct hl_buffer *out, struct hl_error *error)
{
    (void)now_ms;
    struct hl_sources_query query = request->body.sources;
    if (query.source.length > 0)
        query.follows_max = HL_FOLLOWS_MAX; /* one in full */
    struct hl_source_figures *sources = malloc(query.limit * sizeof *sources);
    if (!sources)
        return hl_error_no_memory(error);
    size_t count = 0;
    bool more = false, truncated = false;
    enum hl_status status = hl_engine_sources(service->engine, &query, sources, &count, &more, &truncated, error);
    if (status == HL_OK) {
        bool cut = put_sources(out, sources, count);
        hl_json_member_bool(out, "more", more || cut);
        hl_json_member_bool(out, "truncated", truncated);
    }
    free(sources);
    return status;
}

/* ---- collections --------------------------------------------------------------------------------------------------- */

static void put_collection(struct hl_buffer *out, const struct hl_collection_view *view)
{
    hl_json_separate(out);
    hl_json_raw(out, "{");
    hl_json_member_text(out, "collection", view->collection);
    hl_json_member_unsigned(out, "headlines", view->headlines);
    hl_json_member_unsigned(out, "stories", view->stories);
    hl_json_member_unsigned(out, "topics", view->topics);
    hl_json_member_time(out, "last", view->last_ms);
    hl_json_raw(out, "}");
}

enum hl_status hl_execute_collections(const struct hl_service *service, const struct hl_request *request,
                                      int64_t now_ms, struct hl_buffer *out, struct hl_error *error)
{
    (void)request, (void)now_ms;
    struct hl_collection_view *views = malloc((HL_LIST_MAX + 1) * sizeof *views);
    if (!views)
        return hl_error_no_memory(error);
    size_t count = hl_engine_collection_views(service->engine, views, HL_LIST_MAX + 1);
    hl_json_key(out, "collections");
    hl_json_raw(out, "[");
    for (size_t i = 0; i < count && i < HL_LIST_MAX; i++)
        put_collection(out, &views[i]);
    hl_json_raw(out, "]");
    hl_json_member_bool(out, "truncated", count > HL_LIST_MAX);
    free(views);
    return HL_OK;
}
