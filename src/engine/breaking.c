/*
 * breaking.c - what is breaking: stories that grow faster than their own past lets expect (questions.h has the formula).
 */
#include "engine/query.h"
#include "engine/store.h"
#include "engine/story.h"

#include <headlined/questions.h>
#include <math.h>

#define WORK_MAX 30000 /* headlines and stories looked at */
#define SOURCES_COUNTED 64

struct asked {
    const struct hl_collection *c;
    const struct hl_breaking_query *query;
    int64_t now_ms, from_ms; /* the window: after from_ms */
    uint32_t source;
    uint32_t work; /* left */
};

static double expected_of(const struct asked *a, const struct hl_story_record *s, uint64_t in_window)
{
    double past = (double)(s->headlines - in_window);
    int64_t before_ms = a->from_ms - hl_headline_at(a->c, s->oldest)->received_ms;
    double windows = before_ms > 0 ? (double)before_ms / (double)a->query->window_ms : 0;
    return (past + 1) / (windows + 1);
}

static void take_source(uint32_t source, uint32_t seen[SOURCES_COUNTED], struct hl_velocity *v)
{
    bool known = source == HL_NONE || v->sources == SOURCES_COUNTED;
    for (uint32_t i = 0; i < v->sources && !known; i++)
        known = seen[i] == source;
    if (!known)
        seen[v->sources++] = source;
}

/* Measures a story; false when it is not asked for. Stops counting when there is no work left. */
static bool measure(struct asked *a, uint32_t story, struct hl_velocity *v)
{
    const struct hl_story_record *s = hl_story_at(a->c, story);
    const struct hl_breaking_query *q = a->query;
    uint32_t seen[SOURCES_COUNTED];
    bool has_source = q->source.length == 0;
    *v = (struct hl_velocity){.headlines = 0};
    for (uint32_t m = s->newest; m != HL_NONE && a->work > 0; m = hl_headline_at(a->c, m)->story_prev) {
        const struct hl_headline_record *h = hl_headline_at(a->c, m);
        if (h->received_ms <= a->from_ms)
            break;
        a->work--;
        v->headlines++;
        has_source = has_source || h->source == a->source;
        take_source(h->source, seen, v);
    }
    if (v->headlines == 0 || !has_source || v->sources < q->sources_min ||
        (q->lang.length > 0 && !hl_query_lang_fits(hl_store_lang(hl_headline_at(a->c, s->oldest)), q->lang)))
        return false;
    double n = (double)v->headlines, share = sqrt((double)v->sources / n);
    v->per_hour = n * 3600e3 / (double)q->window_ms;
    v->expected = expected_of(a, s, v->headlines);
    v->ratio = (1 + share * n) / (1 + share * v->expected);
    return true;
}

/* Offers the stories of one list of activity, as far as anything has happened to them in the window. True when it stopped before. */
static bool scan(struct asked *a, int list, struct hl_page *page)
{
    uint32_t story = a->c->recent[list].first;
    for (; story != HL_NONE && a->work > 0; story = hl_story_at(a->c, story)->recent_next) {
        const struct hl_story_record *s = hl_story_at(a->c, story);
        struct hl_velocity v;
        if (s->active_ms <= a->from_ms)
            return false;
        a->work--;
        if (measure(a, story, &v))
            hl_page_offer(page, (struct hl_found){v.ratio, s->id, story});
    }
    return a->work == 0;
}

static bool find(struct asked *a, struct hl_page *page)
{
    if (a->query->source.length > 0) {
        a->source = hl_store_find_source(a->c, a->query->source);
        if (a->source == HL_NONE)
            return false;
    }
    a->work = WORK_MAX;
    bool stopped = scan(a, 1, page);
    if (a->query->sources_min < 2) /* a single headline has one source at most */
        stopped = scan(a, 0, page) || stopped;
    return stopped;
}

static void view_page(struct asked *a, const struct hl_page *page, struct hl_breaking *out)
{
    for (size_t i = 0; i < page->count; i++) {
        a->work = UINT32_MAX;
        (void)measure(a, page->found[i].index, &out[i].velocity); /* fits, since it did before */
        hl_view_story(a->c, page->found[i].index, a->now_ms, &out[i].story);
    }
}

enum hl_status hl_engine_breaking(hl_engine *engine, const struct hl_breaking_query *query, int64_t now_ms,
                                  struct hl_breaking *out, size_t *count, bool *truncated, struct hl_error *error)
{
    struct hl_collection *c;
    enum hl_status status = hl_query_limit(query->limit, error);
    if (status == HL_OK &&
        (query->window_ms < HL_BREAKING_WINDOW_MIN_MS || query->window_ms > HL_BREAKING_WINDOW_MAX_MS))
        status = hl_error_set(error, HL_INVALID, "window_s", "window_s must be between 60 and 2592000");
    if (status == HL_OK)
        status = hl_query_collection(engine, query->collection, &c, error);
    if (status != HL_OK)
        return status;
    struct asked a = {
        .c = c, .query = query, .now_ms = now_ms, .from_ms = now_ms - query->window_ms, .source = HL_NONE};
    struct hl_page page = {.room = query->limit};
    *truncated = c && find(&a, &page);
    *count = page.count;
    view_page(&a, &page, out);
    return HL_OK;
}
