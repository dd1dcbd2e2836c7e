/*
 * view.c - what the engine shows, as JSON objects.
 */
#include "protocol/view.h"

#include "core/assert.h"
#include "protocol/encode.h"

#include <headlined/questions.h>

enum { HISTORY_MAX = 32 };

static void put_headline_members(struct hl_buffer *out, const struct hl_headline_view *view)
{
    hl_json_member_unsigned(out, "seq", view->seq);
    hl_json_member_text(out, "id", view->id);
    hl_json_member_text(out, "title", view->title);
    hl_json_member_text(out, "source", view->source);
    hl_json_member_text(out, "url", view->url);
    hl_json_member_text(out, "lang", view->lang);
    hl_json_member_time(out, "published", view->published_ms);
    hl_json_member_time(out, "received", view->received_ms);
    hl_json_member_time(out, "last_seen", view->last_seen_ms);
    hl_json_member_unsigned(out, "sightings", view->sightings);
    hl_json_member_name(out, "verdict", hl_verdict_name(view->verdict));
    hl_json_member_text(out, "duplicate_of", view->duplicate_of);
}

void hl_view_open_found(struct hl_buffer *out, const struct hl_headline_view *view)
{
    hl_json_separate(out);
    hl_json_raw(out, "{");
    put_headline_members(out, view);
    hl_json_member_unsigned(out, "story", view->story);
    hl_json_member_id(out, "topic", view->topic);
}

void hl_view_put_headline(struct hl_buffer *out, const struct hl_headline_view *view, bool full)
{
    hl_json_raw(out, "{");
    put_headline_members(out, view);
    if (full) {
        hl_json_member_text(out, "collection", view->collection);
        hl_json_member_unsigned(out, "story", view->story);
        hl_json_member_id(out, "topic", view->topic);
        hl_json_member_text(out, "summary", view->summary);
        hl_json_member_fingerprint(out, "fingerprint", &view->fingerprint);
    }
    hl_json_raw(out, "}");
}

void hl_view_put_story_members(struct hl_buffer *out, const struct hl_story_view *view)
{
    hl_json_member_unsigned(out, "story", view->story);
    hl_json_member_id(out, "topic", view->topic);
    hl_json_member_text(out, "collection", view->collection);
    hl_json_member_unsigned(out, "headlines", view->headlines);
    hl_json_member_unsigned(out, "sightings", view->sightings);
    hl_json_member_unsigned(out, "source_count", view->sources);
    hl_json_member_time(out, "first", view->first_ms);
    hl_json_member_time(out, "last", view->last_ms);
    hl_json_member_fixed(out, "trending", view->trending, 3);
    hl_json_member_text(out, "first_source", view->first.source);
    hl_json_key(out, "representative");
    hl_view_put_headline(out, &view->representative, false);
    hl_json_key(out, "first_headline");
    hl_view_put_headline(out, &view->first, false);
}

void hl_view_put_arrivals(struct hl_buffer *out, hl_engine *engine, uint64_t story, int64_t now_ms)
{
    struct hl_arrivals arrivals = {.end_ms = HL_TIME_NONE};
    enum hl_status status = hl_engine_story_arrivals(engine, story, now_ms, &arrivals, NULL);
    HL_ASSERT(status == HL_OK); /* it was looked up just before */
    hl_json_key(out, "arrivals");
    hl_json_raw(out, "{");
    hl_json_member_time(out, "end", arrivals.end_ms);
    hl_json_member_unsigned(out, "bucket_ms", (uint64_t)HL_ARRIVALS_BUCKET_MS);
    hl_json_key(out, "counts");
    hl_json_raw(out, "[");
    for (size_t i = 0; i < HL_ARRIVALS_COUNT; i++) {
        hl_json_separate(out);
        hl_json_unsigned(out, arrivals.counts[i]);
    }
    hl_json_raw(out, "]}");
}

static const char *history_name(enum hl_history_kind kind)
{
    static const char *const names[] = {"absorbed", "split_off", "split_from"};
    return names[kind];
}

enum hl_status hl_view_put_history(hl_engine *engine, uint64_t story, struct hl_buffer *out, struct hl_error *error)
{
    struct hl_history history[HISTORY_MAX];
    size_t count = 0;
    enum hl_status status = hl_engine_story_history(engine, story, history, HISTORY_MAX, &count, error);
    if (status != HL_OK)
        return status;
    hl_json_key(out, "history");
    hl_json_raw(out, "[");
    for (size_t i = 0; i < count; i++) {
        hl_json_separate(out);
        hl_json_raw(out, "{");
        hl_json_member_name(out, "kind", history_name(history[i].kind));
        hl_json_member_unsigned(out, "story", history[i].other_story);
        hl_json_member_unsigned(out, "headlines", history[i].headlines);
        hl_json_member_time(out, "at", history[i].at_ms);
        hl_json_raw(out, "}");
    }
    hl_json_raw(out, "]");
    return HL_OK;
}

void hl_view_put_terms(struct hl_buffer *out, const struct hl_topic_view *view)
{
    hl_json_key(out, "terms");
    hl_json_raw(out, "[");
    for (size_t i = 0; i < view->term_count; i++) {
        hl_json_separate(out);
        hl_json_string(out, (struct hl_text){view->terms[i].text, view->terms[i].length});
    }
    hl_json_raw(out, "]");
}

void hl_view_put_topic_members(struct hl_buffer *out, const struct hl_topic_view *view)
{
    hl_json_member_unsigned(out, "topic", view->topic);
    hl_view_put_terms(out, view);
    hl_json_member_text(out, "collection", view->collection);
    hl_json_member_unsigned(out, "story_count", view->stories);
    hl_json_member_unsigned(out, "headlines", view->headlines);
    hl_json_member_time(out, "first", view->first_ms);
    hl_json_member_time(out, "last", view->last_ms);
    hl_json_member_fixed(out, "trending", view->trending, 3);
    hl_json_key(out, "representative");
    hl_view_put_headline(out, &view->representative, false);
}

void hl_view_put_verdicts(struct hl_buffer *out, const uint64_t counts[HL_VERDICT_COUNT])
{
    hl_json_key(out, "verdicts");
    hl_json_raw(out, "{");
    for (int i = 0; i < HL_VERDICT_COUNT; i++)
        hl_json_member_unsigned(out, hl_verdict_name((enum hl_verdict)i), counts[i]);
    hl_json_raw(out, "}");
}
