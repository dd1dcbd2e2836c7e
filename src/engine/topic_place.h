/*
 * topic_place.h - which topic a story belongs to: looked for when it is founded, and again whenever it has doubled.
 */
#ifndef HL_ENGINE_TOPIC_PLACE_H
#define HL_ENGINE_TOPIC_PLACE_H

#include "engine/state.h"

/*
 * A headline has joined @story (or it has just been split off): its topic, if any, is active, and when the story has doubled since the last
 * time its topic is looked for. The story may join a topic, move to another, or make one with a story that has none; a topic
 * that has grown may take in further stories and merge with another. Bounded work; for want of memory a step is left out and counted.
 */
void hl_topic_after_add(struct hl_collection *c, uint32_t story);
void hl_topic_after_split(struct hl_collection *c, uint32_t story, uint32_t fresh);

#endif
