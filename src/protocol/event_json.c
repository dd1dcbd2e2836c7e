/*
 * event_json.c - events as JSON (see event_json.h).
 */
#include "protocol/event_json.h"

#include "protocol/encode.h"
#include "protocol/view.h"

const char *const hl_event_kind_names[HL_EVENT_KINDS] = {
    [HL_EVENT_STORY_CREATED] = "story_created",
    [HL_EVENT_HEADLINE_JOINED] = "headline_added",
    [HL_EVENT_STORY_GREW] = "story_grew",
    [HL_EVENT_STORY_MERGED] = "story_merged",
    [HL_EVENT_STORY_SPLIT] = "story_split",
    [HL_EVENT_HEADLINE_MOVED] = "headline_moved",
    [HL_EVENT_HEADLINE_EXPIRED] = "headline_removed",
    [HL_EVENT_STORY_EXPIRED] = "story_expired",
    [HL_EVENT_TOPIC_CREATED] = "topic_created",
    [HL_EVENT_STORY_TOPIC] = "story_topic",
    [HL_EVENT_TOPIC_MERGED] = "topic_merged",
    [HL_EVENT_TOPIC_EXPIRED] = "topic_expired",
};

static const char *gone_name(enum hl_gone gone)
{
    static const char *const names[] = {"expired", "removed", "revised"};
    return names[gone];
}

void hl_event_put_id(struct hl_buffer *out, const char *name, uint64_t id)
{
    hl_json_key(out, name);
    hl_json_raw(out, "\"");
    hl_json_unsigned(out, id);
    hl_json_raw(out, "\"");
}

/* The headline that it is about, in short. */
static void put_headline(struct hl_buffer *out, const struct hl_headline_view *view)
{
    hl_json_member_unsigned(out, "seq", view->seq);
    hl_json_member_text(out, "headline_id", view->id);
    hl_json_member_text(out, "title", view->title);
    hl_json_member_text(out, "source", view->source);
}

static void put_story(struct hl_buffer *out, const struct hl_event *event)
{
    hl_json_member_unsigned(out, "headlines", event->story_headlines);
    if (event->kind == HL_EVENT_STORY_GREW)
        hl_json_member_unsigned(out, "sources", event->story_sources);
    put_headline(out, event->headline);
}

static void put_added(struct hl_buffer *out, const struct hl_event *event)
{
    hl_json_member_unsigned(out, "story_headlines", event->story_headlines);
    hl_json_member_name(out, "verdict", hl_verdict_name(event->headline->verdict));
    hl_json_key(out, "headline");
    hl_view_put_headline(out, event->headline, false);
}

static void put_left(struct hl_buffer *out, const struct hl_event *event)
{
    if (event->kind == HL_EVENT_HEADLINE_MOVED)
        hl_json_member_unsigned(out, "new_story", event->other_story);
    else
        hl_json_member_name(out, "reason", gone_name(event->gone));
    hl_json_member_unsigned(out, "story_headlines", event->story_headlines);
    put_headline(out, event->headline);
}

static void put_rest(struct hl_buffer *out, const struct hl_event *event)
{
    switch (event->kind) {
    case HL_EVENT_HEADLINE_JOINED:
        put_added(out, event);
        break;
    case HL_EVENT_HEADLINE_EXPIRED:
    case HL_EVENT_HEADLINE_MOVED:
        put_left(out, event);
        break;
    case HL_EVENT_STORY_CREATED:
    case HL_EVENT_STORY_GREW:
        put_story(out, event);
        break;
    case HL_EVENT_STORY_MERGED:
        hl_json_member_unsigned(out, "into", event->other_story);
        hl_json_member_unsigned(out, "headlines", event->story_headlines);
        break;
    case HL_EVENT_STORY_SPLIT:
        hl_json_member_unsigned(out, "new_story", event->other_story);
        break;
    case HL_EVENT_STORY_TOPIC:
        hl_json_member_id(out, "old_topic", event->other_topic);
        break;
    case HL_EVENT_TOPIC_MERGED:
        hl_json_member_unsigned(out, "into", event->other_topic);
        break;
    case HL_EVENT_STORY_EXPIRED:
    case HL_EVENT_TOPIC_CREATED:
    case HL_EVENT_TOPIC_EXPIRED:
        break;
    }
}

void hl_event_put(struct hl_buffer *out, const struct hl_event_view *view)
{
    const struct hl_event *event = &view->event;
    hl_json_raw(out, "{");
    hl_event_put_id(out, "id", view->id);
    hl_json_member_name(out, "kind", hl_event_kind_names[event->kind]);
    hl_json_member_time(out, "time", event->at_ms);
    hl_json_member_text(out, "collection", event->collection);
    hl_json_member_id(out, "story", event->story);
    hl_json_member_id(out, "topic", event->topic);
    put_rest(out, event);
    hl_json_raw(out, "}");
}
