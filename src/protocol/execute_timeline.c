/*
 * execute_timeline.c - the executor for the timeline of a story.
 */
#include "protocol/execute.h"

#include "protocol/encode.h"
#include "protocol/view.h"

#include <headlined/questions.h>
#include <stdlib.h>

static void put_counts(struct hl_buffer *out, const char *name, const uint32_t *counts, size_t count)
{
    hl_json_key(out, name);
    hl_json_raw(out, "[");
    for (size_t i = 0; i < count; i++) {
        hl_json_separate(out);
        hl_json_unsigned(out, counts[i]);
    }
    hl_json_raw(out, "]");
}

static void put_moment(struct hl_buffer *out, const struct hl_moment *moment)
{
    hl_json_separate(out);
    hl_json_raw(out, "{");
    hl_json_member_time(out, "time", moment->at_ms);
    hl_json_member_name(out, "kind", hl_moment_name(moment->kind));
    hl_json_key(out, "headline");
    if (moment->has_headline)
        hl_view_put_headline(out, &moment->headline, false);
    else
        hl_json_raw(out, "null");
    hl_json_member_text(out, "source", moment->headline.source);
    hl_json_member_id(out, "other_story", moment->other_story);
    hl_json_member_id(out, "headlines", moment->headlines);
    hl_json_raw(out, "}");
}

static void put_timeline(struct hl_buffer *out, const struct hl_timeline *timeline)
{
    hl_json_member_unsigned(out, "story", timeline->story);
    if (timeline->redirected_from)
        hl_json_member_unsigned(out, "redirected_from", timeline->redirected_from);
    hl_json_member_text(out, "collection", timeline->collection);
    hl_json_member_time(out, "start", timeline->start_ms);
    hl_json_member_time(out, "end", timeline->start_ms + (int64_t)timeline->count * timeline->bucket_ms);
    hl_json_member_unsigned(out, "bucket_ms", (uint64_t)timeline->bucket_ms);
    put_counts(out, "counts", timeline->counts, timeline->count);
    put_counts(out, "duplicates", timeline->duplicates, timeline->count);
    hl_json_key(out, "moments");
    hl_json_raw(out, "[");
    for (size_t i = 0; i < timeline->moment_count; i++)
        put_moment(out, &timeline->moments[i]);
    hl_json_raw(out, "]");
}

enum hl_status hl_execute_timeline(const struct hl_service *service, const struct hl_request *request, int64_t now_ms,
                                   struct hl_buffer *out, struct hl_error *error)
{
    (void)now_ms;
    const struct hl_request_timeline *wanted = &request->body.timeline;
    struct hl_timeline *timeline = malloc(sizeof *timeline);
    if (!timeline)
        return hl_error_no_memory(error);
    enum hl_status status = hl_engine_timeline(service->engine, wanted->story, wanted->buckets, timeline, error);
    if (status == HL_OK)
        put_timeline(out, timeline);
    free(timeline);
    return status;
}
