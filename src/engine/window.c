/*
 * window.c - expiry.
 */
#include "engine/window.h"

#include "engine/event.h"
#include "engine/store.h"
#include "engine/story.h"

#define ENTRY_BYTES 16                    /* of a hash table, at its mean fill */
#define FIXED_BYTES (UINT64_C(192) << 10) /* of an engine without a collection, its tables of candidates above all */

void hl_window_drop(struct hl_collection *c, uint32_t headline, enum hl_gone why)
{
    uint32_t story = hl_headline_at(c, headline)->story;
    hl_event_of_leaving(c, headline, why);
    hl_story_remove(c, story, headline);
    if (hl_story_at(c, story)->headlines == 0)
        hl_story_destroy(c, story);
    hl_store_drop(c, headline);
}

bool hl_window_is_past(const struct hl_collection *c, uint32_t headline, int64_t now_ms)
{
    double age_ms = (double)(now_ms - hl_headline_at(c, headline)->last_seen_ms);
    return c->settings.window_age_s > 0 && age_ms > c->settings.window_age_s * 1000;
}

bool hl_window_any_past(const struct hl_collection *c, int64_t now_ms)
{
    return c->window.first != HL_NONE && hl_window_is_past(c, c->window.first, now_ms);
}

/* The tally to count the oldest headline of @c under if it is due, else NULL. */
static uint64_t *due(struct hl_collection *c)
{
    if (c->window.first == HL_NONE)
        return NULL;
    if (hl_window_is_past(c, c->window.first, c->engine->now_ms))
        return &c->tallies.expired_age;
    if (c->headlines.live > c->settings.window_headlines)
        return &c->tallies.expired_count;
    return NULL;
}

/* Slabs with their free places, the indexes by their entries, and what a collection has whether it is empty or not. */
static uint64_t collection_bytes(const struct hl_collection *c)
{
    uint64_t entries = hl_index_count(c->word_index) + hl_index_count(c->pair_counts) +
                       hl_index_count(c->source_index) + hl_index_count(c->id_index) + hl_index_count(c->alias_index) +
                       hl_index_count(c->text_index) + hl_index_count(c->tail_index);
    return hl_slab_bytes(&c->words) + hl_slab_bytes(&c->sources) + hl_slab_bytes(&c->headlines) +
           hl_slab_bytes(&c->aliases) + hl_slab_bytes(&c->stories) + hl_slab_bytes(&c->tails) +
           hl_slab_bytes(&c->topics) + entries * ENTRY_BYTES + sizeof *c + sizeof *c->gram_counts;
}

/* Blocks of the pool, not its pages, whose filling depends on what lay there before; hash tables by their entries; no caches. */
uint64_t hl_window_held_bytes(const struct hl_engine *engine)
{
    uint64_t entries = hl_index_count(engine->story_index) + hl_index_count(engine->redirect_index);
    uint64_t bytes = hl_pool_bytes(engine->pool) + hl_slab_bytes(&engine->places) + hl_slab_bytes(&engine->redirects) +
                     hl_slab_bytes(&engine->topic_ids) + entries * ENTRY_BYTES + FIXED_BYTES;
    for (uint32_t i = 0; i < engine->collection_count; i++)
        bytes += collection_bytes(engine->collections[i]);
    return bytes;
}

static bool over_memory(const struct hl_engine *engine)
{
    return engine->options.memory_max_bytes > 0 && hl_window_held_bytes(engine) > engine->options.memory_max_bytes;
}

static struct hl_collection *largest(const struct hl_engine *engine)
{
    struct hl_collection *found = NULL;
    for (uint32_t i = 0; i < engine->collection_count; i++) {
        struct hl_collection *c = engine->collections[i];
        if (c->headlines.live > 1 && (!found || c->headlines.live > found->headlines.live))
            found = c;
    }
    return found;
}

bool hl_window_expire(struct hl_engine *engine, unsigned budget)
{
    bool more = false;
    for (uint32_t i = 0; i < engine->collection_count; i++) {
        struct hl_collection *c = engine->collections[i];
        more = hl_story_retire(c, budget) || more;
        for (uint64_t *tally; (tally = due(c)) != NULL; (*tally)++) {
            if (budget-- == 0)
                return true;
            hl_window_drop(c, c->window.first, HL_GONE_EXPIRED);
            engine->has_expired = true;
        }
    }
    struct hl_collection *c;
    while (over_memory(engine) && (c = largest(engine)) != NULL) {
        if (budget-- == 0)
            return true;
        hl_window_drop(c, c->window.first, HL_GONE_EXPIRED);
        engine->has_expired = true;
        c->tallies.expired_memory++;
    }
    return more;
}
