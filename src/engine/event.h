/*
 * event.h - tells the observer what happens inside, and numbers it.
 *
 * Every event gets its number, whether anybody observes or not, so that the numbers follow from the calls alone. What an observer needs is
 * put together only when there is one.
 */
#ifndef HL_ENGINE_EVENT_H
#define HL_ENGINE_EVENT_H

#include "engine/state.h"

/* Of a headline that is in its story: STORY_CREATED, HEADLINE_JOINED, STORY_GREW. */
void hl_event_of_headline(struct hl_collection *c, enum hl_event_kind kind, uint32_t headline);

/* HEADLINE_EXPIRED, while it is still in its story. */
void hl_event_of_leaving(struct hl_collection *c, uint32_t headline, enum hl_gone why);

/* HEADLINE_MOVED, when it is in its new story. @from: id of the old one. */
void hl_event_of_move(struct hl_collection *c, uint32_t headline, uint64_t from);

/* STORY_MERGED, STORY_SPLIT, STORY_EXPIRED, with the ids that are told. @story: the one that is there, for its topic; @headlines: story_headlines. */
void hl_event_of_story(struct hl_collection *c, enum hl_event_kind kind, uint32_t story, uint64_t id, uint64_t other_id,
                       uint64_t headlines);

/* TOPIC_CREATED, STORY_TOPIC, TOPIC_MERGED, TOPIC_EXPIRED. */
void hl_event_of_topic(struct hl_collection *c, enum hl_event_kind kind, uint64_t story_id, uint64_t topic_id,
                       uint64_t other_topic_id);

#endif
