/*
 * execute_breaking.c - the executor for what is breaking.
 */
#include "protocol/execute.h"

#include "protocol/encode.h"
#include "protocol/list.h"
#include "protocol/view.h"

#include <headlined/questions.h>
#include <stdlib.h>

static void put_velocity(struct hl_buffer *out, const struct hl_velocity *velocity)
{
    hl_json_key(out, "velocity");
    hl_json_raw(out, "{");
    hl_json_member_unsigned(out, "headlines", velocity->headlines);
    hl_json_member_unsigned(out, "sources", velocity->sources);
    hl_json_member_fixed(out, "per_hour", velocity->per_hour, 2);
    hl_json_member_fixed(out, "expected", velocity->expected, 2);
    hl_json_member_fixed(out, "ratio", velocity->ratio, 2);
    hl_json_raw(out, "}");
}

/* There is no cursor: a list that grows too long ends early, with the most breaking ones. */
static bool put_stories(struct hl_buffer *out, const struct hl_breaking *stories, size_t count, hl_engine *arrivals_of,
                        int64_t now_ms)
{
    size_t start = out->length, put = 0;
    hl_json_key(out, "stories");
    hl_json_raw(out, "[");
    for (; put < count && out->length - start < HL_ANSWER_CUT_BYTES; put++) {
        hl_json_separate(out);
        hl_json_raw(out, "{");
        hl_view_put_story_members(out, &stories[put].story);
        put_velocity(out, &stories[put].velocity);
        if (arrivals_of)
            hl_view_put_arrivals(out, arrivals_of, stories[put].story.story, now_ms);
        hl_json_raw(out, "}");
    }
    hl_json_raw(out, "]");
    return put < count;
}

enum hl_status hl_execute_breaking(const struct hl_service *service, const struct hl_request *request, int64_t now_ms,
                                   struct hl_buffer *out, struct hl_error *error)
{
    const struct hl_request_breaking *wanted = &request->body.breaking;
    struct hl_breaking_query query = wanted->query;
    uint64_t window_s = wanted->window_s < INT32_MAX ? wanted->window_s : INT32_MAX; /* which the engine refuses */
    query.window_ms = (int64_t)window_s * 1000;
    hl_engine *arrivals_of = wanted->arrivals ? service->engine : NULL;
    if (arrivals_of && query.limit > HL_ARRIVALS_LIST_MAX)
        query.limit = HL_ARRIVALS_LIST_MAX;
    struct hl_breaking *stories = malloc(query.limit * sizeof *stories);
    if (!stories)
        return hl_error_no_memory(error);
    size_t count = 0;
    bool truncated = false;
    enum hl_status status = hl_engine_breaking(service->engine, &query, now_ms, stories, &count, &truncated, error);
    if (status == HL_OK) {
        hl_json_member_unsigned(out, "window_s", window_s);
        bool cut = put_stories(out, stories, count, arrivals_of, now_ms);
        hl_json_member_bool(out, "truncated", truncated || cut);
    }
    free(stories);
    return status;
}
