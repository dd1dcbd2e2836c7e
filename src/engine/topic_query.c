/*
 * topic_query.c - questions about topics: one with its stories, and lists.
 */
#include "engine/query.h"
#include "engine/state.h"
#include "engine/topic.h"
#include "engine/topic_label.h"

#include <string.h>

#define SCAN_MAX 20000

/* ---- one topic ---- */

/* The words of the label that the story is known by, counted with their places: more and better ones first. */
static uint32_t telling(const struct hl_story_record *s, const struct hl_topic_terms *terms, uint32_t stories)
{
    uint32_t sum = 0;
    for (uint32_t i = 0; i < s->anchor_count; i++) {
        uint32_t with = hl_topic_stories_with(terms, s->anchors[i]);
        sum += 2 * with > stories ? with : 0;
    }
    return sum;
}

/* The story by which the topic is shown, and the span of arrivals, in one walk. */
static uint32_t walk_stories(const struct hl_collection *c, const struct hl_topic_record *t, int64_t *first_ms,
                             int64_t *last_ms)
{
    struct hl_topic_terms terms = hl_topic_terms(t);
    uint32_t best = t->oldest, best_telling = 0;
    *first_ms = INT64_MAX;
    *last_ms = INT64_MIN;
    for (uint32_t story = t->oldest; story != HL_NONE; story = hl_story_at(c, story)->topic_next) {
        const struct hl_story_record *s = hl_story_at(c, story);
        int64_t first = hl_headline_at(c, s->oldest)->received_ms, last = hl_headline_at(c, s->newest)->received_ms;
        *first_ms = first < *first_ms ? first : *first_ms;
        *last_ms = last > *last_ms ? last : *last_ms;
        uint32_t x = telling(s, &terms, t->stories);
        if (x > best_telling || (x == best_telling && s->headlines > hl_story_at(c, best)->headlines)) {
            best = story;
            best_telling = x;
        }
    }
    return best;
}

static enum hl_status view_topic(struct hl_collection *c, uint32_t topic, int64_t now_ms, struct hl_topic_view *view,
                                 struct hl_error *error)
{
    const struct hl_topic_record *t = hl_topic_at(c, topic);
    struct hl_topic_view fresh = {
        .topic = t->id,
        .collection = {c->name, c->name_bytes},
        .stories = t->stories,
        .headlines = t->headlines,
        .trending = hl_topic_trend(c, t, now_ms),
    };
    uint32_t story = walk_stories(c, t, &fresh.first_ms, &fresh.last_ms);
    enum hl_status status = hl_topic_label(c, topic, fresh.terms, &fresh.term_count, error);
    if (status != HL_OK)
        return status;
    struct hl_story_view central;
    hl_view_story(c, story, now_ms, &central);
    fresh.representative = central.representative;
    *view = fresh;
    return HL_OK;
}

static enum hl_status locate(const hl_engine *engine, uint64_t id, struct hl_collection **c, uint32_t *topic,
                             struct hl_error *error)
{
    if (hl_topic_locate(engine, id, c, topic))
        return HL_OK;
    return hl_error_set(error, HL_NOT_FOUND, "topic", "there is no live topic with this id; it may have expired");
}

enum hl_status hl_engine_topic(hl_engine *engine, uint64_t id, int64_t now_ms, struct hl_topic_view *view,
                               struct hl_error *error)
{
    struct hl_collection *c;
    uint32_t topic;
    enum hl_status status = locate(engine, id, &c, &topic, error);
    if (status == HL_OK)
        status = view_topic(c, topic, now_ms, view, error);
    if (status == HL_OK)
        view->redirected_from = view->topic == id ? 0 : id;
    return status;
}

enum hl_status hl_engine_topic_stories(hl_engine *engine, uint64_t id, int64_t now_ms, struct hl_story_view *out,
                                       size_t limit, size_t *count, struct hl_cursor *cursor, bool *more,
                                       struct hl_error *error)
{
    struct hl_collection *c;
    uint32_t topic;
    enum hl_status status = hl_query_limit(limit, error);
    if (status == HL_OK)
        status = locate(engine, id, &c, &topic, error);
    if (status != HL_OK)
        return status;
    struct hl_page page = {.room = limit + 1};
    for (uint32_t story = hl_topic_at(c, topic)->oldest; story != HL_NONE; story = hl_story_at(c, story)->topic_next) {
        const struct hl_story_record *s = hl_story_at(c, story);
        struct hl_found f = {(double)s->active_seq, s->id, story};
        if (hl_found_is_past(f, cursor))
            hl_page_offer(&page, f);
    }
    *count = hl_page_end(&page, limit, cursor, more);
    for (size_t i = 0; i < *count; i++)
        hl_view_story(c, page.found[i].index, now_ms, &out[i]);
    return HL_OK;
}

/* ---- lists ---- */

static double sort_key(const struct hl_collection *c, const struct hl_topic_record *t, enum hl_story_order order,
                       int64_t now_ms)
{
    switch (order) {
    case HL_ORDER_SIZE:
        return t->stories;
    case HL_ORDER_TRENDING:
        return hl_topic_trend(c, t, now_ms);
    case HL_ORDER_LATEST:
    default:
        return (double)t->active_seq;
    }
}

static bool fits(const struct hl_topic_record *t, const struct hl_topic_query *query,
                 const struct hl_query_words *words)
{
    if (t->stories < query->stories_min || (query->since_ms != HL_TIME_NONE && t->active_ms < query->since_ms) ||
        (query->until_ms != HL_TIME_NONE && t->active_ms > query->until_ms))
        return false;
    struct hl_topic_terms terms = hl_topic_terms(t);
    for (uint32_t i = 0; i < words->count; i++)
        if (hl_topic_stories_with(&terms, words->word[i]) == 0)
            return false;
    return true;
}

/* True when it stopped at SCAN_MAX. */
static bool scan(const struct hl_collection *c, const struct hl_topic_query *query, int64_t now_ms,
                 const struct hl_query_words *words, struct hl_page *page)
{
    uint32_t scanned = 0;
    for (uint32_t topic = c->recent_topics.first; topic != HL_NONE; topic = hl_topic_at(c, topic)->recent_next) {
        if (scanned++ == SCAN_MAX)
            return true;
        const struct hl_topic_record *t = hl_topic_at(c, topic);
        struct hl_found f = {sort_key(c, t, query->order, now_ms), t->id, topic};
        if (hl_page_has_room(page, f) && hl_found_is_past(f, &query->after) && fits(t, query, words))
            hl_page_offer(page, f);
    }
    return false;
}

enum hl_status hl_engine_topics(hl_engine *engine, const struct hl_topic_query *query, int64_t now_ms,
                                struct hl_topic_view *out, size_t *count, struct hl_cursor *next, bool *more,
                                bool *truncated, struct hl_error *error)
{
    enum hl_status status = hl_query_limit(query->limit, error);
    if (status != HL_OK)
        return status;
    struct hl_collection *c;
    status = hl_query_collection(engine, query->collection, &c, error);
    if (status != HL_OK)
        return status;
    struct hl_query_words words = {.count = 0};
    struct hl_page page = {.room = query->limit + 1};
    if (c && query->text.length > 0)
        status = hl_query_words(c, query->text, (struct hl_text){NULL, 0}, &words, error);
    if (status != HL_OK)
        return status;
    *truncated = c && !words.unknown && scan(c, query, now_ms, &words, &page);
    size_t found = hl_page_end(&page, query->limit, next, more);
    for (*count = 0; *count < found && status == HL_OK; *count += status == HL_OK)
        status = view_topic(c, page.found[*count].index, now_ms, &out[*count], error);
    return status;
}
