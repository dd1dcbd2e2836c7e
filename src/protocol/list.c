/*
 * list.c - lists of stories and topics (see list.h).
 */
#include "protocol/list.h"

#include "protocol/cursor.h"
#include "protocol/encode.h"
#include "protocol/view.h"

size_t hl_list_put_stories(struct hl_buffer *out, const struct hl_story_view *stories, size_t count,
                           hl_engine *arrivals_of, int64_t now_ms)
{
    hl_json_key(out, "stories");
    hl_json_raw(out, "[");
    size_t start = out->length, put = 0;
    for (; put < count && out->length - start < HL_ANSWER_CUT_BYTES; put++) {
        hl_json_separate(out);
        hl_json_raw(out, "{");
        hl_view_put_story_members(out, &stories[put]);
        if (arrivals_of)
            hl_view_put_arrivals(out, arrivals_of, stories[put].story, now_ms);
        hl_json_raw(out, "}");
    }
    hl_json_raw(out, "]");
    return put;
}

size_t hl_list_put_topics(struct hl_buffer *out, const struct hl_topic_view *topics, size_t count)
{
    hl_json_key(out, "topics");
    hl_json_raw(out, "[");
    size_t start = out->length, put = 0;
    for (; put < count && out->length - start < HL_ANSWER_CUT_BYTES; put++) {
        hl_json_separate(out);
        hl_json_raw(out, "{");
        hl_view_put_topic_members(out, &topics[put]);
        hl_json_raw(out, "}");
    }
    hl_json_raw(out, "]");
    return put;
}

void hl_list_put_next(struct hl_buffer *out, bool more, enum hl_story_order order, const struct hl_cursor *next)
{
    hl_json_key(out, "next");
    if (more)
        hl_cursor_put_stories(out, order, next);
    else
        hl_json_raw(out, "null");
}
