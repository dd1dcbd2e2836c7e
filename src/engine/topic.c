/*
 * topic.c - the topic record and everything that must change together with it.
 */
#include "engine/topic.h"

#include "core/assert.h"
#include "core/maths.h"
#include "engine/event.h"
#include "engine/story.h"

#include <string.h>

#define TERM_BYTES (sizeof(uint32_t) + sizeof(uint16_t))
#define OUTGROWN_MIN 3   /* stories from which a younger topic may keep its id... */
#define OUTGROWN_TIMES 2 /* ...if it has this many times as many as the older one */
#define IDS_MAX 64       /* ids that a topic answers to at least; twice as many at most */

/* ---- terms ---- */

static uint32_t *term_words(const struct hl_topic_record *t)
{
    return t->terms;
}

static uint16_t *term_stories(const struct hl_topic_record *t)
{
    return (uint16_t *)((uint32_t *)t->terms + t->term_capacity);
}

struct hl_topic_terms hl_topic_terms(const struct hl_topic_record *t)
{
    if (!t->terms)
        return (struct hl_topic_terms){0, NULL, NULL};
    return (struct hl_topic_terms){t->term_count, term_words(t), term_stories(t)};
}

/* Position of @word, or where it belongs. */
static uint32_t seek(const uint32_t *words, uint32_t count, uint32_t word)
{
    uint32_t low = 0, high = count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (words[middle] < word)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

uint32_t hl_topic_stories_with(const struct hl_topic_terms *terms, uint32_t word)
{
    uint32_t at = seek(terms->word, terms->count, word);
    return at < terms->count && terms->word[at] == word ? terms->stories[at] : 0;
}

/* Makes room for @more words. False when out of memory: nothing changed. */
static bool terms_reserve(struct hl_collection *c, struct hl_topic_record *t, uint32_t more)
{
    uint32_t wanted = (uint32_t)t->term_count + more;
    if (wanted <= t->term_capacity)
        return true;
    if (wanted < 2U * t->term_count)
        wanted = 2U * t->term_count;
    uint32_t capacity = (uint32_t)(hl_pool_room(wanted * TERM_BYTES) / TERM_BYTES);
    struct hl_topic_record grown = {.term_capacity = (uint16_t)capacity};
    grown.terms = hl_pool_take(c->engine->pool, capacity * TERM_BYTES);
    if (!grown.terms)
        return false;
    if (t->terms) {
        memcpy(term_words(&grown), term_words(t), t->term_count * sizeof(uint32_t));
        memcpy(term_stories(&grown), term_stories(t), t->term_count * sizeof(uint16_t));
        hl_pool_give(c->engine->pool, t->terms, t->term_capacity * TERM_BYTES);
    }
    t->terms = grown.terms;
    t->term_capacity = grown.term_capacity;
    return true;
}

static void term_add(struct hl_topic_record *t, uint32_t word, uint16_t stories)
{
    uint32_t at = seek(term_words(t), t->term_count, word);
    if (at == t->term_count || term_words(t)[at] != word) {
        size_t after = (size_t)t->term_count - at;
        HL_ASSERT(t->term_count < t->term_capacity);
        memmove(term_words(t) + at + 1, term_words(t) + at, after * sizeof(uint32_t));
        memmove(term_stories(t) + at + 1, term_stories(t) + at, after * sizeof(uint16_t));
        term_words(t)[at] = word;
        term_stories(t)[at] = 0;
        t->term_count++;
    }
    term_stories(t)[at] = (uint16_t)(term_stories(t)[at] + stories);
}

static void term_take(struct hl_topic_record *t, uint32_t word)
{
    uint32_t at = seek(term_words(t), t->term_count, word);
    HL_ASSERT(at < t->term_count && term_words(t)[at] == word);
    if (--term_stories(t)[at] > 0)
        return;
    size_t after = (size_t)t->term_count - at - 1;
    memmove(term_words(t) + at, term_words(t) + at + 1, after * sizeof(uint32_t));
    memmove(term_stories(t) + at, term_stories(t) + at + 1, after * sizeof(uint16_t));
    t->term_count--;
}

/* ---- activity ---- */

static void recent_unlink(struct hl_collection *c, const struct hl_topic_record *t)
{
    if (t->recent_prev == HL_NONE)
        c->recent_topics.first = t->recent_next;
    else
        hl_topic_at(c, t->recent_prev)->recent_next = t->recent_next;
    if (t->recent_next == HL_NONE)
        c->recent_topics.last = t->recent_prev;
    else
        hl_topic_at(c, t->recent_next)->recent_prev = t->recent_prev;
}

static void recent_push(struct hl_collection *c, uint32_t topic)
{
    struct hl_topic_record *t = hl_topic_at(c, topic);
    t->active_seq = c->engine->seq;
    t->active_ms = c->engine->now_ms;
    t->recent_prev = HL_NONE;
    t->recent_next = c->recent_topics.first;
    if (t->recent_next == HL_NONE)
        c->recent_topics.last = topic;
    else
        hl_topic_at(c, t->recent_next)->recent_prev = topic;
    c->recent_topics.first = topic;
}

static void relist(struct hl_collection *c, uint32_t topic)
{
    recent_unlink(c, hl_topic_at(c, topic));
    recent_push(c, topic);
}

double hl_topic_trend(const struct hl_collection *c, const struct hl_topic_record *t, int64_t now_ms)
{
    return t->trend * hl_half_life(c->settings.trending_half_life_s, now_ms - t->trend_ms);
}

static void trend_add(struct hl_collection *c, struct hl_topic_record *t, double arrivals)
{
    t->trend = hl_topic_trend(c, t, c->engine->now_ms) + arrivals;
    t->trend = t->trend > 0 ? t->trend : 0;
    t->trend_ms = c->engine->now_ms;
}

void hl_topic_touch(struct hl_collection *c, uint32_t topic)
{
    relist(c, topic);
    trend_add(c, hl_topic_at(c, topic), 1);
}

static void span_include(struct hl_topic_record *t, int64_t first_ms, int64_t last_ms)
{
    t->first_ms = first_ms < t->first_ms ? first_ms : t->first_ms;
    t->last_ms = last_ms > t->last_ms ? last_ms : t->last_ms;
}

/* ---- ids ---- */

static struct hl_topic_id *id_at(const struct hl_engine *engine, uint32_t index)
{
    return hl_slab_at(&engine->topic_ids, index);
}

static bool id_equal(const void *context, uint32_t value, const void *key)
{
    return id_at(context, value)->id == *(const uint64_t *)key;
}

bool hl_topic_locate(const struct hl_engine *engine, uint64_t id, struct hl_collection **c, uint32_t *topic)
{
    uint32_t index = hl_index_find(engine->topic_index, hl_id_hash(engine, id), id_equal, engine, &id);
    if (index == HL_NONE)
        return false;
    *c = engine->collections[id_at(engine, index)->collection];
    *topic = id_at(engine, index)->topic;
    return true;
}

static void id_free(struct hl_engine *engine, uint32_t index)
{
    hl_index_remove(engine->topic_index, hl_id_hash(engine, id_at(engine, index)->id), index);
    hl_slab_give(&engine->topic_ids, index);
}

/* Frees the ids of a topic from the place on where @link points. */
static uint32_t ids_free(struct hl_engine *engine, uint32_t *link)
{
    uint32_t count = 0;
    for (; *link != HL_NONE; count++) {
        uint32_t index = *link;
        *link = id_at(engine, index)->next;
        id_free(engine, index);
    }
    return count;
}

/* A topic that lives on and on absorbs without end: the ids at the end of its list are forgotten. */
static void ids_forget(struct hl_collection *c, struct hl_topic_record *t)
{
    uint32_t *link = &t->ids;
    for (uint32_t kept = 0; kept < IDS_MAX; kept++)
        link = &id_at(c->engine, *link)->next;
    uint32_t dropped = ids_free(c->engine, link);
    t->id_count -= dropped;
    c->tallies.redirects_dropped += dropped;
}

static uint32_t *ids_end(struct hl_engine *engine, uint32_t *link)
{
    while (*link != HL_NONE)
        link = &id_at(engine, *link)->next;
    return link;
}

/* All that @f answered to now leads to @into, whose own id is that of the older one unless it has far outgrown it. */
static void absorb_ids(struct hl_collection *c, uint32_t into, struct hl_topic_record *f)
{
    struct hl_engine *engine = c->engine;
    struct hl_topic_record *t = hl_topic_at(c, into);
    bool outgrown = t->stories >= OUTGROWN_MIN && t->stories >= OUTGROWN_TIMES * f->stories;
    for (uint32_t i = f->ids; i != HL_NONE; i = id_at(engine, i)->next)
        id_at(engine, i)->topic = into;
    uint64_t absorbed = f->id;
    if (t->id < f->id || outgrown) { /* its own, theirs, the rest of its own */
        uint32_t *second = &id_at(engine, t->ids)->next;
        *ids_end(engine, &f->ids) = *second;
        *second = f->ids;
    } else {
        absorbed = t->id;
        t->id = f->id;
        *ids_end(engine, &f->ids) = t->ids;
        t->ids = f->ids;
    }
    f->ids = HL_NONE;
    t->id_count += f->id_count;
    if (t->id_count > 2 * IDS_MAX)
        ids_forget(c, t);
    hl_event_of_topic(c, HL_EVENT_TOPIC_MERGED, 0, absorbed, t->id);
}

/* ---- birth and death ---- */

uint32_t hl_topic_create(struct hl_collection *c)
{
    struct hl_engine *engine = c->engine;
    uint32_t topic = hl_slab_take(&c->topics), id = topic == HL_NONE ? HL_NONE : hl_slab_take(&engine->topic_ids);
    if (id == HL_NONE || hl_index_insert(engine->topic_index, hl_id_hash(engine, engine->next_topic), id) != HL_OK) {
        if (id != HL_NONE)
            hl_slab_give(&engine->topic_ids, id);
        if (topic != HL_NONE)
            hl_slab_give(&c->topics, topic);
        return HL_NONE;
    }
    *id_at(engine, id) = (struct hl_topic_id){engine->next_topic, c->number, topic, HL_NONE};
    struct hl_topic_record *t = hl_topic_at(c, topic);
    t->id = engine->next_topic++;
    t->ids = id;
    t->id_count = 1;
    t->oldest = t->newest = HL_NONE;
    t->first_ms = INT64_MAX;
    t->last_ms = INT64_MIN;
    t->trend_ms = engine->now_ms;
    recent_push(c, topic);
    return topic;
}

/* Frees what the record owns and the record. */
static void record_free(struct hl_collection *c, uint32_t topic)
{
    struct hl_topic_record *t = hl_topic_at(c, topic);
    recent_unlink(c, t);
    ids_free(c->engine, &t->ids);
    hl_pool_give(c->engine->pool, t->terms, t->term_capacity * TERM_BYTES);
    hl_slab_give(&c->topics, topic);
}

void hl_topic_undo(struct hl_collection *c, uint32_t topic)
{
    HL_ASSERT(hl_topic_at(c, topic)->stories == 0);
    record_free(c, topic);
    c->engine->next_topic--;
}

/* ---- stories in and out ---- */

static void anchors_free(struct hl_collection *c, struct hl_story_record *s)
{
    hl_pool_give(c->engine->pool, s->anchors, s->anchor_capacity * sizeof *s->anchors);
    s->anchors = NULL;
    s->anchor_count = s->anchor_capacity = 0;
}

/* Changes what @s is known by in @t. False when out of memory: nothing changed. */
static bool anchors_put(struct hl_collection *c, struct hl_topic_record *t, struct hl_story_record *s,
                        const uint32_t *anchors, uint32_t count)
{
    HL_ASSERT(count > 0 && count <= HL_ANCHORS_MAX);
    if (!terms_reserve(c, t, count))
        return false;
    uint32_t *block = hl_pool_take(c->engine->pool, count * sizeof *block);
    if (!block)
        return false;
    memcpy(block, anchors, count * sizeof *block);
    for (uint32_t i = 0; i < s->anchor_count; i++)
        term_take(t, s->anchors[i]);
    for (uint32_t i = 0; i < count; i++)
        term_add(t, anchors[i], 1);
    anchors_free(c, s);
    s->anchors = block;
    s->anchor_count = s->anchor_capacity = (uint8_t)count;
    return true;
}

static void story_link(struct hl_collection *c, struct hl_topic_record *t, uint32_t story)
{
    struct hl_story_record *s = hl_story_at(c, story);
    s->topic_prev = t->newest;
    s->topic_next = HL_NONE;
    if (t->newest == HL_NONE)
        t->oldest = story;
    else
        hl_story_at(c, t->newest)->topic_next = story;
    t->newest = story;
}

static void story_unlink(struct hl_collection *c, struct hl_topic_record *t, const struct hl_story_record *s)
{
    if (s->topic_prev == HL_NONE)
        t->oldest = s->topic_next;
    else
        hl_story_at(c, s->topic_prev)->topic_next = s->topic_next;
    if (s->topic_next == HL_NONE)
        t->newest = s->topic_prev;
    else
        hl_story_at(c, s->topic_next)->topic_prev = s->topic_prev;
}

enum hl_status hl_topic_join(struct hl_collection *c, uint32_t topic, uint32_t story, const uint32_t *anchors,
                             uint32_t count)
{
    struct hl_topic_record *t = hl_topic_at(c, topic);
    struct hl_story_record *s = hl_story_at(c, story);
    HL_ASSERT(s->topic == HL_NONE &&
              t->stories <= HL_TOPIC_STORIES_MAX); /* one that takes another's place may overlap */
    if (!anchors_put(c, t, s, anchors, count))
        return HL_NO_MEMORY;
    if (t->stories == 0)
        hl_event_of_topic(c, HL_EVENT_TOPIC_CREATED, 0, t->id, 0);
    s->topic = topic;
    story_link(c, t, story);
    t->stories++;
    t->headlines += s->headlines;
    span_include(t, s->first_ms, s->last_ms);
    trend_add(c, t, hl_story_trend(c, s, c->engine->now_ms));
    relist(c, topic);
    hl_event_of_topic(c, HL_EVENT_STORY_TOPIC, s->id, t->id, 0);
    return HL_OK;
}

enum hl_status hl_topic_set_anchors(struct hl_collection *c, uint32_t story, const uint32_t *anchors, uint32_t count)
{
    struct hl_story_record *s = hl_story_at(c, story);
    return anchors_put(c, hl_topic_at(c, s->topic), s, anchors, count) ? HL_OK : HL_NO_MEMORY;
}

void hl_topic_leave(struct hl_collection *c, uint32_t story)
{
    struct hl_story_record *s = hl_story_at(c, story);
    uint32_t topic = s->topic;
    if (topic == HL_NONE)
        return;
    struct hl_topic_record *t = hl_topic_at(c, topic);
    for (uint32_t i = 0; i < s->anchor_count; i++)
        term_take(t, s->anchors[i]);
    anchors_free(c, s);
    story_unlink(c, t, s);
    s->topic = HL_NONE;
    t->stories--;
    t->headlines -= s->headlines;
    trend_add(c, t, -hl_story_trend(c, s, c->engine->now_ms));
    hl_event_of_topic(c, HL_EVENT_STORY_TOPIC, s->id, 0, t->id);
    if (t->stories > 0)
        return;
    hl_event_of_topic(c, HL_EVENT_TOPIC_EXPIRED, 0, t->id, 0);
    record_free(c, topic);
}

enum hl_status hl_topic_absorb(struct hl_collection *c, uint32_t into, uint32_t from)
{
    struct hl_topic_record *t = hl_topic_at(c, into), *f = hl_topic_at(c, from);
    HL_ASSERT(t->stories + f->stories <= HL_TOPIC_STORIES_MAX);
    if (!terms_reserve(c, t, f->term_count))
        return HL_NO_MEMORY;
    for (uint32_t i = 0; i < f->term_count; i++)
        term_add(t, term_words(f)[i], term_stories(f)[i]);
    absorb_ids(c, into, f);
    for (uint32_t story = f->oldest; story != HL_NONE; story = hl_story_at(c, story)->topic_next)
        hl_story_at(c, story)->topic = into;
    hl_story_at(c, t->newest)->topic_next = f->oldest;
    hl_story_at(c, f->oldest)->topic_prev = t->newest;
    t->newest = f->newest;
    t->stories += f->stories;
    t->headlines += f->headlines;
    span_include(t, f->first_ms, f->last_ms);
    trend_add(c, t, hl_topic_trend(c, f, c->engine->now_ms));
    relist(c, into);
    record_free(c, from);
    c->tallies.topic_merges++;
    return HL_OK;
}

/* ---- what happens to stories ---- */

void hl_topic_headline_came(struct hl_collection *c, uint32_t story)
{
    const struct hl_story_record *s = hl_story_at(c, story);
    if (s->topic == HL_NONE)
        return;
    struct hl_topic_record *t = hl_topic_at(c, s->topic);
    t->headlines++;
    span_include(t, s->first_ms, s->last_ms);
}

void hl_topic_headline_left(struct hl_collection *c, uint32_t story)
{
    struct hl_story_record *s = hl_story_at(c, story);
    if (s->topic == HL_NONE)
        return;
    struct hl_topic_record *t = hl_topic_at(c, s->topic);
    t->headlines--;
    struct hl_terms_scratch scratch;
    struct hl_terms terms = {0};
    if (s->headlines > 0)
        terms = hl_story_terms(c, story, &scratch);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < s->anchor_count; i++) {
        if (hl_terms_find(&terms, s->anchors[i]) != HL_NONE)
            s->anchors[kept++] = s->anchors[i];
        else
            term_take(t, s->anchors[i]);
    }
    s->anchor_count = (uint8_t)kept;
}

/* True when the merged story is better known by the topic of @f, the one it absorbs. */
static bool takes_topic(const struct hl_collection *c, const struct hl_story_record *s, const struct hl_story_record *f)
{
    if (f->topic == HL_NONE || f->topic == s->topic || f->anchor_count == 0)
        return false;
    return s->topic == HL_NONE || hl_topic_at(c, f->topic)->stories > hl_topic_at(c, s->topic)->stories;
}

void hl_topic_story_absorbed(struct hl_collection *c, uint32_t into, uint32_t from)
{
    const struct hl_story_record *s = hl_story_at(c, into), *f = hl_story_at(c, from);
    if (takes_topic(c, s, f)) {
        hl_topic_leave(c, into);
        if (hl_topic_join(c, f->topic, into, f->anchors, f->anchor_count) != HL_OK)
            c->tallies.skipped_no_memory++;
    } else if (s->topic != HL_NONE || f->topic != HL_NONE) {
        /* Its id may be that of the other one now; told before the other's topic can end. */
        uint64_t topic = s->topic == HL_NONE ? 0 : hl_topic_at(c, s->topic)->id;
        hl_event_of_topic(c, HL_EVENT_STORY_TOPIC, s->id, topic, 0);
    }
    hl_topic_leave(c, from);
    if (s->topic == HL_NONE)
        return;
    struct hl_topic_record *t = hl_topic_at(c, s->topic);
    t->headlines += f->headlines;
    span_include(t, f->first_ms, f->last_ms);
    trend_add(c, t, hl_story_trend(c, f, c->engine->now_ms));
}

/* ---- from a saved state ---- */

enum hl_status hl_topic_restore_terms(struct hl_collection *c, struct hl_topic_record *t, const uint32_t *anchors,
                                      uint32_t count)
{
    if (t->term_capacity == 0)
        return count == 0 ? HL_OK : HL_CORRUPT;
    t->terms = hl_pool_take(c->engine->pool, t->term_capacity * TERM_BYTES);
    if (!t->terms)
        return HL_NO_MEMORY;
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0 && anchors[i] == anchors[i - 1]) {
            term_stories(t)[t->term_count - 1]++;
            continue;
        }
        if (t->term_count == t->term_capacity)
            return HL_CORRUPT;
        term_words(t)[t->term_count] = anchors[i];
        term_stories(t)[t->term_count++] = 1;
    }
    return HL_OK;
}

enum hl_status hl_topic_restore_id(struct hl_engine *engine, uint32_t index)
{
    uint64_t id = id_at(engine, index)->id;
    return hl_index_insert_new(engine->topic_index, hl_id_hash(engine, id), index, id_equal, engine, &id);
}
