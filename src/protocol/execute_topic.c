/*
 * execute_topic.c - the executors for topics: one with its stories, and lists.
 */
#include "protocol/execute.h"

#include "protocol/encode.h"
#include "protocol/list.h"
#include "protocol/view.h"

#include <stdlib.h>

/* ---- one topic ----------------------------------------------------------------------------------------------------- */

struct stories_page {
    struct hl_story_view *stories; /* owned */
    size_t count;
    struct hl_cursor next;
    bool more;
};

static enum hl_status ask_stories(hl_engine *engine, const struct hl_request_topic *wanted, size_t limit,
                                  int64_t now_ms, struct stories_page *page, struct hl_error *error)
{
    page->next = wanted->after;
    return hl_engine_topic_stories(engine, wanted->topic, now_ms, page->stories, limit, &page->count, &page->next,
                                   &page->more, error);
}

static enum hl_status put_topic_stories(hl_engine *engine, const struct hl_request_topic *wanted, int64_t now_ms,
                                        struct hl_buffer *out, struct hl_error *error)
{
    struct stories_page page = {.stories = malloc(wanted->limit * sizeof *page.stories)};
    if (!page.stories)
        return hl_error_no_memory(error);
    enum hl_status status = ask_stories(engine, wanted, wanted->limit, now_ms, &page, error);
    if (status != HL_OK)
        goto out;
    size_t put = hl_list_put_stories(out, page.stories, page.count, NULL, now_ms);
    if (put < page.count) /* ask again for just these: only the engine knows the cursor behind a story */
        status = ask_stories(engine, wanted, put, now_ms, &page, error);
    if (status == HL_OK)
        hl_list_put_next(out, page.more, HL_ORDER_LATEST, &page.next);
out:
    free(page.stories);
    return status;
}

enum hl_status hl_execute_topic(const struct hl_service *service, const struct hl_request *request, int64_t now_ms,
                                struct hl_buffer *out, struct hl_error *error)
{
    const struct hl_request_topic *wanted = &request->body.topic;
    struct hl_topic_view view;
    enum hl_status status = hl_engine_topic(service->engine, wanted->topic, now_ms, &view, error);
    if (status != HL_OK)
        return status;
    hl_view_put_topic_members(out, &view);
    if (view.redirected_from)
        hl_json_member_unsigned(out, "redirected_from", view.redirected_from);
    if (view.redirected_from && request->moved)
        *request->moved = view.topic;
    return put_topic_stories(service->engine, wanted, now_ms, out, error);
}

/* ---- lists of topics ------------------------------------------------------------------------------------------------ */

struct topics_page {
    struct hl_topic_view *topics; /* owned */
    size_t count;
    struct hl_cursor next;
    bool more, truncated;
};

static enum hl_status ask_topics(hl_engine *engine, const struct hl_topic_query *query, int64_t now_ms,
                                 struct topics_page *page, struct hl_error *error)
{
    return hl_engine_topics(engine, query, now_ms, page->topics, &page->count, &page->next, &page->more,
                            &page->truncated, error);
}

enum hl_status hl_execute_topics(const struct hl_service *service, const struct hl_request *request, int64_t now_ms,
                                 struct hl_buffer *out, struct hl_error *error)
{
    struct hl_topic_query query = request->body.topics;
    struct topics_page page = {.topics = malloc(query.limit * sizeof *page.topics)};
    if (!page.topics)
        return hl_error_no_memory(error);
    enum hl_status status = ask_topics(service->engine, &query, now_ms, &page, error);
    if (status != HL_OK)
        goto out;
    size_t put = hl_list_put_topics(out, page.topics, page.count);
    if (put < page.count) { /* ask again for just these: only the engine knows the cursor behind a topic */
        query.limit = put;
        status = ask_topics(service->engine, &query, now_ms, &page, error);
        if (status != HL_OK)
            goto out;
    }
    hl_list_put_next(out, page.more, query.order, &page.next);
    hl_json_member_bool(out, "truncated", page.truncated);
out:
    free(page.topics);
    return status;
}
