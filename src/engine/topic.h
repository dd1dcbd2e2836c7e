/*
 * topic.h - topics: stories about one matter, with what must change together with them.
 *
 * A story is known to its topic by its *anchors*, words that most of its headlines hold (topic_anchor.h); the topic counts for each word
 * how many of its stories have it, and nothing else. So a story counts as one whatever its size, and what it brought
 * can be taken away exactly. Which topic a story belongs to is decided in topic_place.h. A story without a topic is one that shares its matter
 * with no other.
 */
#ifndef HL_ENGINE_TOPIC_H
#define HL_ENGINE_TOPIC_H

#include "engine/state.h"

#define HL_TOPIC_STORIES_MAX 1000 /* a full topic takes no more: the work of a change stays bounded */

/* A topic's anchors, ascending by word. Borrowed until the topic changes. */
struct hl_topic_terms {
    uint32_t count;
    const uint32_t *word;
    const uint16_t *stories;
};

struct hl_topic_terms hl_topic_terms(const struct hl_topic_record *topic);

/* How many stories of the topic have @word for an anchor. O(log terms). */
uint32_t hl_topic_stories_with(const struct hl_topic_terms *terms, uint32_t word);

/* The id of a story's topic, 0 when it has none or is the only one left in it. */
static inline uint64_t hl_topic_id_of(const struct hl_collection *c, uint32_t story)
{
    uint32_t topic = hl_story_at(c, story)->topic;
    return topic == HL_NONE || hl_topic_at(c, topic)->stories < 2 ? 0 : hl_topic_at(c, topic)->id;
}

/* Makes an empty topic with the next id, which is reported when its first story joins. HL_NONE when out of memory. */
uint32_t hl_topic_create(struct hl_collection *c);

/* Takes back the topic just created, which no story has joined. */
void hl_topic_undo(struct hl_collection *c, uint32_t topic);

/* The live topic with @id or the one that absorbed it. False when there is none. */
bool hl_topic_locate(const struct hl_engine *engine, uint64_t id, struct hl_collection **c, uint32_t *topic);

/* Puts a story without a topic into one that is not full, by these anchors (ascending, at least one). HL_NO_MEMORY: nothing changed. */
enum hl_status hl_topic_join(struct hl_collection *c, uint32_t topic, uint32_t story, const uint32_t *anchors,
                             uint32_t count);

/* Gives a story that has a topic other anchors. HL_NO_MEMORY: nothing changed. */
enum hl_status hl_topic_set_anchors(struct hl_collection *c, uint32_t story, const uint32_t *anchors, uint32_t count);

/* Takes a story out of its topic, if it has one; the topic ends with its last story. */
void hl_topic_leave(struct hl_collection *c, uint32_t story);

/*
 * Folds @from into @into, which together are not too large. The older id survives, unless the younger topic is far larger; the other one
 * redirects. HL_NO_MEMORY: nothing changed.
 */
enum hl_status hl_topic_absorb(struct hl_collection *c, uint32_t into, uint32_t from);

/* ---- what happens to stories: called from story.c ---- */

/* @story has got a headline; has lost one, and with it maybe anchors. */
void hl_topic_headline_came(struct hl_collection *c, uint32_t story);
void hl_topic_headline_left(struct hl_collection *c, uint32_t story);

/*
 * @into is about to take the headlines of @from, which ends: it belongs to the larger of their topics. Called when ids are settled and nothing
 * else has moved.
 */
void hl_topic_story_absorbed(struct hl_collection *c, uint32_t into, uint32_t from);

/* ---- activity ---- */

/* Moves the topic to the front of its list and counts an arrival. */
void hl_topic_touch(struct hl_collection *c, uint32_t topic);

/* The trend as of @now_ms. */
double hl_topic_trend(const struct hl_collection *c, const struct hl_topic_record *topic, int64_t now_ms);

/* ---- from a saved state ---- */

/*
 * The topic's terms, in a block for its term_capacity of them, from its stories' anchors: @count words, ascending, with repetitions.
 * HL_CORRUPT: they are too many for it; HL_NO_MEMORY.
 */
enum hl_status hl_topic_restore_terms(struct hl_collection *c, struct hl_topic_record *topic, const uint32_t *anchors,
                                      uint32_t count);

/* Enters a record whose fields are filled where it is found by its id. HL_CORRUPT when one is there already, HL_NO_MEMORY. */
enum hl_status hl_topic_restore_id(struct hl_engine *engine, uint32_t topic_id);

#endif
