/*
 * execute_search.c - the executors that find headlines: by their words, by their likeness.
 */
#include "protocol/execute.h"

#include "protocol/cursor.h"
#include "protocol/encode.h"
#include "protocol/list.h"
#include "protocol/view.h"

#include <headlined/questions.h>
#include <stdlib.h>

/* ---- search -------------------------------------------------------------------------------------------------------- */

struct page {
    struct hl_search_hit *hits; /* owned */
    size_t count;
    struct hl_cursor next;
    bool more, truncated;
};

static enum hl_status ask(const struct hl_service *service, const struct hl_search_query *query, struct page *page,
                          struct hl_error *error)
{
    return hl_engine_search(service->engine, query, page->hits, &page->count, &page->next, &page->more,
                            &page->truncated, error);
}

/* Returns how many of the page's it has put: fewer when the answer grew too long. */
static size_t put_hits(struct hl_buffer *out, const struct page *page)
{
    size_t start = out->length, put = 0;
    hl_json_key(out, "headlines");
    hl_json_raw(out, "[");
    for (; put < page->count && out->length - start < HL_ANSWER_CUT_BYTES; put++) {
        hl_view_open_found(out, &page->hits[put].headline);
        hl_json_member_fixed(out, "score", page->hits[put].score, 4);
        hl_json_raw(out, "}");
    }
    hl_json_raw(out, "]");
    return put;
}

enum hl_status hl_execute_search(const struct hl_service *service, const struct hl_request *request, int64_t now_ms,
                                 struct hl_buffer *out, struct hl_error *error)
{
    (void)now_ms;
    struct hl_search_query query = request->body.search;
    struct page page = {.hits = malloc(query.limit * sizeof *page.hits)};
    if (!page.hits)
        return hl_error_no_memory(error);
    enum hl_status status = ask(service, &query, &page, error);
    if (status != HL_OK)
        goto out;
    size_t put = put_hits(out, &page);
    if (put < page.count) { /* ask again for just these: only the engine knows the cursor behind a headline */
        query.limit = put;
        status = ask(service, &query, &page, error);
        if (status != HL_OK)
            goto out;
    }
    hl_json_key(out, "next");
    if (page.more)
        hl_cursor_put_search(out, query.order, &page.next);
    else
        hl_json_raw(out, "null");
    hl_json_member_bool(out, "truncated", page.truncated);
out:
    free(page.hits);
    return status;
}

/* ---- similar ------------------------------------------------------------------------------------------------------- */

static void put_similar(struct hl_buffer *out, const struct hl_similar *found, size_t count)
{
    hl_json_key(out, "headlines");
    hl_json_raw(out, "[");
    for (size_t i = 0; i < count; i++) {
        hl_view_open_found(out, &found[i].headline);
        hl_json_member_fixed(out, "similarity", found[i].similarity, 4);
        hl_json_member_unsigned(out, "distance", found[i].distance_bits);
        hl_json_raw(out, "}");
    }
    hl_json_raw(out, "]");
}

enum hl_status hl_execute_similar(const struct hl_service *service, const struct hl_request *request, int64_t now_ms,
                                  struct hl_buffer *out, struct hl_error *error)
{
    const struct hl_request_similar *wanted = &request->body.similar;
    struct hl_similar *found = malloc(wanted->limit * sizeof *found);
    if (!found)
        return hl_error_no_memory(error);
    size_t count = 0;
    enum hl_status status =
        hl_engine_similar(service->engine, &wanted->which, wanted->limit, now_ms, found, &count, error);
    if (status == HL_OK)
        put_similar(out, found, count);
    free(found);
    return status;
}
