/*
 * execute_story.c - the executors for stories: one with all about it, and lists.
 */
#include "protocol/execute.h"

#include "protocol/encode.h"
#include "protocol/cursor.h"
#include "protocol/list.h"
#include "protocol/view.h"

#include <stdlib.h>

enum { SOURCES_MAX = 64 };

/* ---- one story ----------------------------------------------------------------------------------------------------- */

static enum hl_status put_sources(hl_engine *engine, uint64_t story, struct hl_buffer *out, struct hl_error *error)
{
    struct hl_source_view sources[SOURCES_MAX];
    size_t count = 0;
    enum hl_status status = hl_engine_story_sources(engine, story, sources, SOURCES_MAX, &count, error);
    if (status != HL_OK)
        return status;
    hl_json_key(out, "sources");
    hl_json_raw(out, "[");
    for (size_t i = 0; i < count; i++) {
        hl_json_separate(out);
        hl_json_raw(out, "{");
        hl_json_member_text(out, "source", sources[i].source);
        hl_json_member_unsigned(out, "headlines", sources[i].headlines);
        hl_json_member_time(out, "first", sources[i].first_ms);
        hl_json_raw(out, "}");
    }
    hl_json_raw(out, "]");
    return HL_OK;
}

static enum hl_status put_members(hl_engine *engine, const struct hl_request_story *wanted, struct hl_buffer *out,
                                  struct hl_error *error)
{
    struct hl_headline_view *members = malloc(wanted->limit * sizeof *members);
    if (!members)
        return hl_error_no_memory(error);
    size_t count = 0, put = 0, start = out->length;
    bool more = false;
    enum hl_status status = hl_engine_story_headlines(engine, wanted->story, wanted->after_seq, members, wanted->limit,
                                                      &count, &more, error);
    if (status != HL_OK)
        goto out;
    hl_json_key(out, "members");
    hl_json_raw(out, "[");
    for (; put < count && out->length - start < HL_ANSWER_CUT_BYTES; put++) {
        hl_json_separate(out);
        hl_view_put_headline(out, &members[put], false);
    }
    hl_json_raw(out, "],\"next\":");
    if (put > 0 && (more || put < count))
        hl_cursor_put_members(out, members[put - 1].seq);
    else
        hl_json_raw(out, "null");
out:
    free(members);
    return status;
}

enum hl_status hl_execute_story(const struct hl_service *service, const struct hl_request *request, int64_t now_ms,
                                struct hl_buffer *out, struct hl_error *error)
{
    const struct hl_request_story *wanted = &request->body.story;
    struct hl_story_view view;
    enum hl_status status = hl_engine_story(service->engine, wanted->story, now_ms, &view, error);
    if (status != HL_OK)
        return status;
    hl_view_put_story_members(out, &view);
    if (wanted->arrivals)
        hl_view_put_arrivals(out, service->engine, view.story, now_ms);
    if (view.redirected_from)
        hl_json_member_unsigned(out, "redirected_from", view.redirected_from);
    if (view.redirected_from && request->moved)
        *request->moved = view.story;
    status = put_sources(service->engine, view.story, out, error);
    if (status == HL_OK)
        status = hl_view_put_history(service->engine, view.story, out, error);
    if (status == HL_OK)
        status = put_members(service->engine, wanted, out, error);
    return status;
}

/* ---- lists of stories ---------------------------------------------------------------------------------------------- */

struct page {
    struct hl_story_view *stories; /* owned */
    size_t count;
    struct hl_cursor next;
    bool more, truncated;
};

static enum hl_status ask(const struct hl_service *service, const struct hl_story_query *query, int64_t now_ms,
                          struct page *page, struct hl_error *error)
{
    return hl_engine_stories(service->engine, query, now_ms, page->stories, &page->count, &page->next, &page->more,
                             &page->truncated, error);
}

enum hl_status hl_execute_stories(const struct hl_service *service, const struct hl_request *request, int64_t now_ms,
                                  struct hl_buffer *out, struct hl_error *error)
{
    struct hl_story_query query = request->body.stories;
    hl_engine *arrivals_of = request->body.stories_arrivals ? service->engine : NULL;
    if (arrivals_of && query.limit > HL_ARRIVALS_LIST_MAX)
        query.limit = HL_ARRIVALS_LIST_MAX;
    struct page page = {.stories = malloc(query.limit * sizeof *page.stories)};
    if (!page.stories)
        return hl_error_no_memory(error);
    enum hl_status status = ask(service, &query, now_ms, &page, error);
    if (status != HL_OK)
        goto out;
    size_t put = hl_list_put_stories(out, page.stories, page.count, arrivals_of, now_ms);
    if (put < page.count) { /* ask again for just these: only the engine knows the cursor behind a story */
        query.limit = put;
        status = ask(service, &query, now_ms, &page, error);
        if (status != HL_OK)
            goto out;
    }
    hl_list_put_next(out, page.more, query.order, &page.next);
    hl_json_member_bool(out, "truncated", page.truncated);
out:
    free(page.stories);
    return status;
}
