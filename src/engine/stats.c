/*
 * stats.c - totals of the engine and of one collection; the collections with what they hold.
 */
#include "engine/collection.h"
#include "engine/state.h"

#include <headlined/questions.h>

static void add_collection(const struct hl_collection *c, struct hl_engine_stats *out)
{
    const struct hl_tallies *t = &c->tallies;
    out->headlines += c->headlines.live;
    out->stories += c->stories.live;
    out->stories_multiple += c->stories_multiple;
    out->topics += c->topics.live;
    out->features += c->words.live + hl_index_count(c->pair_counts);
    for (int i = 0; i < HL_VERDICT_COUNT; i++)
        out->verdicts[i] += t->verdicts[i];
    out->verdicts[HL_VERDICT_REPLAYED] += c->replayed;
    out->sightings += t->sightings;
    out->removed += t->removed;
    out->expired_age += t->expired_age;
    out->expired_count += t->expired_count;
    out->expired_memory += t->expired_memory;
    out->merges += t->merges;
    out->splits += t->splits;
    out->split_tests += t->split_tests;
    out->topic_merges += t->topic_merges;
    out->topic_moves += t->topic_moves;
    out->skipped_no_memory += t->skipped_no_memory;
    out->redirects_dropped += t->redirects_dropped;
    out->collections++;
}

enum hl_status hl_engine_stats(hl_engine *engine, struct hl_text collection, struct hl_engine_stats *out,
                               struct hl_error *error)
{
    struct hl_engine_stats stats = {.seq = engine->seq, .memory_bytes = engine->memory.bytes + engine->aside.bytes};
    if (collection.length > 0) {
        const struct hl_collection *c = hl_collection_find(engine, collection);
        if (!c)
            return hl_error_set(error, HL_NOT_FOUND, "collection", "there is no collection \"%.*s\"",
                                (int)collection.length, collection.data);
        add_collection(c, &stats);
    } else {
        for (uint32_t i = 0; i < engine->collection_count; i++)
            add_collection(engine->collections[i], &stats);
    }
    *out = stats;
    return HL_OK;
}

size_t hl_engine_collections(hl_engine *engine, const struct hl_text **out)
{
    *out = engine->collection_names;
    return engine->collection_count;
}

static struct hl_collection_view view_collection(const struct hl_collection *c)
{
    /* The window's queue is in order of the time last seen: no headline is younger than its last one. */
    return (struct hl_collection_view){
        .collection = {c->name, c->name_bytes},
        .headlines = c->headlines.live,
        .stories = c->stories.live,
        .topics = c->topics.live,
        .last_ms = c->window.last == HL_NONE ? HL_TIME_NONE : hl_headline_at(c, c->window.last)->last_seen_ms,
    };
}

size_t hl_engine_collection_views(hl_engine *engine, struct hl_collection_view *out, size_t limit)
{
    size_t count = engine->collection_count < limit ? engine->collection_count : limit;
    for (size_t i = 0; i < count; i++)
        out[i] = view_collection(engine->collections[i]);
    return count;
}
