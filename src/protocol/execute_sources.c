/*
 * execute_sources.c - the executors for where headlines come from and where they are kept: collections.
 */
#include "protocol/execute.h"

#include "protocol/encode.h"

#include <headlined/questions.h>
#include <stdlib.h>

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
