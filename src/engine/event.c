/*
 * event.c - events put together (see event.h).
 */
#include "engine/event.h"

#include "engine/query.h"
#include "engine/topic.h"

void hl_engine_observe(hl_engine *engine, hl_observer observer, void *context)
{
    engine->observer = observer;
    engine->observer_context = context;
}

uint64_t hl_engine_events(const hl_engine *engine)
{
    return engine->events;
}

/* Takes the next number. False: nobody observes. */
static bool begin(const struct hl_collection *c, enum hl_event_kind kind, struct hl_event *event)
{
    struct hl_engine *engine = c->engine;
    engine->events++;
    if (!engine->observer)
        return false;
    *event = (struct hl_event){
        .kind = kind, .number = engine->events, .at_ms = engine->now_ms, .collection = {c->name, c->name_bytes}};
    return true;
}

static void tell(const struct hl_collection *c, const struct hl_event *event)
{
    c->engine->observer(c->engine->observer_context, event);
}

static void tell_headline(const struct hl_collection *c, struct hl_event *event, uint32_t headline)
{
    struct hl_headline_view view;
    hl_view_headline(c, headline, &view);
    event->headline = &view;
    event->seq = view.seq;
    event->topic = view.topic;
    tell(c, event);
}

void hl_event_of_headline(struct hl_collection *c, enum hl_event_kind kind, uint32_t headline)
{
    struct hl_event event;
    if (!begin(c, kind, &event))
        return;
    const struct hl_story_record *s = hl_story_at(c, hl_headline_at(c, headline)->story);
    event.story = s->id;
    event.story_headlines = s->headlines;
    if (kind == HL_EVENT_STORY_GREW)
        event.story_sources = hl_view_sources(c, s);
    tell_headline(c, &event, headline);
}

void hl_event_of_leaving(struct hl_collection *c, uint32_t headline, enum hl_gone why)
{
    struct hl_event event;
    if (!begin(c, HL_EVENT_HEADLINE_EXPIRED, &event))
        return;
    const struct hl_story_record *s = hl_story_at(c, hl_headline_at(c, headline)->story);
    event.story = s->id;
    event.story_headlines = s->headlines - 1;
    event.gone = why;
    tell_headline(c, &event, headline);
}

void hl_event_of_move(struct hl_collection *c, uint32_t headline, uint64_t from)
{
    struct hl_event event;
    if (!begin(c, HL_EVENT_HEADLINE_MOVED, &event))
        return;
    const struct hl_story_record *s = hl_story_at(c, hl_headline_at(c, headline)->story);
    event.story = from;
    event.other_story = s->id;
    event.story_headlines = s->headlines;
    tell_headline(c, &event, headline);
}

void hl_event_of_story(struct hl_collection *c, enum hl_event_kind kind, uint32_t story, uint64_t id, uint64_t other_id,
                       uint64_t headlines)
{
    struct hl_event event;
    if (!begin(c, kind, &event))
        return;
    event.story = id;
    event.other_story = other_id;
    event.story_headlines = headlines;
    event.topic = hl_topic_id_of(c, story);
    tell(c, &event);
}

void hl_event_of_topic(struct hl_collection *c, enum hl_event_kind kind, uint64_t story_id, uint64_t topic_id,
                       uint64_t other_topic_id)
{
    struct hl_event event;
    if (!begin(c, kind, &event))
        return;
    event.story = story_id;
    event.topic = topic_id;
    event.other_topic = other_topic_id;
    tell(c, &event);
}
