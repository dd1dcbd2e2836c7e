/*
 * collection.c - a collection's structures, made and freed.
 */
#include "engine/collection.h"

#include "engine/noise.h"

#include <string.h>

static const struct hl_text default_name = {"default", sizeof "default" - 1};

static struct hl_text full_name(struct hl_text name)
{
    return name.length > 0 ? name : default_name;
}

bool hl_collection_is_default(struct hl_text name)
{
    name = full_name(name);
    return name.length == default_name.length && memcmp(name.data, default_name.data, name.length) == 0;
}

struct hl_collection *hl_collection_find(const struct hl_engine *engine, struct hl_text name)
{
    name = full_name(name);
    for (uint32_t i = 0; i < engine->collection_count; i++) {
        struct hl_text other = engine->collection_names[i];
        if (other.length == name.length && memcmp(other.data, name.data, name.length) == 0)
            return engine->collections[i];
    }
    return NULL;
}

/* Makes all indexes; false when out of memory, with those made so far in place. */
static bool create_indexes(struct hl_collection *c, struct hl_memory *memory)
{
    struct hl_index **indexes[] = {&c->word_index,  &c->pair_counts, &c->source_index, &c->id_index,
                                   &c->alias_index, &c->text_index,  &c->tail_index};
    for (size_t i = 0; i < sizeof indexes / sizeof indexes[0]; i++) {
        *indexes[i] = hl_index_create(memory);
        if (!*indexes[i])
            return false;
    }
    return true;
}

static void init_slabs(struct hl_collection *c, struct hl_memory *memory)
{
    hl_slab_init(&c->words, memory, sizeof(struct hl_word_record), 8);
    hl_slab_init(&c->sources, memory, sizeof(struct hl_source_record), 5);
    hl_slab_init(&c->headlines, memory, sizeof(struct hl_headline_record), 7);
    hl_slab_init(&c->aliases, memory, sizeof(struct hl_alias_record), 8);
    hl_slab_init(&c->stories, memory, sizeof(struct hl_story_record), 7);
    hl_slab_init(&c->tails, memory, sizeof(struct hl_tail_record), 8);
    hl_slab_init(&c->topics, memory, sizeof(struct hl_topic_record), 6);
}

enum hl_status hl_collection_create(struct hl_engine *engine, struct hl_text name, struct hl_collection **out,
                                    struct hl_error *error)
{
    name = full_name(name);
    if (engine->collection_count == engine->options.collections_max)
        return hl_error_set(error, HL_LIMIT, "collection", "there are %u collections already, which is the limit",
                            engine->collection_count);
    struct hl_collection *c = hl_memory_allocate_zero(&engine->memory, sizeof *c);
    if (!c)
        return hl_error_set(error, HL_NO_MEMORY, NULL, "out of memory for a collection");
    c->engine = engine;
    c->settings = engine->options.settings;
    c->number = engine->collection_count;
    c->noise = HL_NOISE_USUAL;
    c->window = c->recent[0] = c->recent[1] = c->recent_topics = (struct hl_queue){HL_NONE, HL_NONE};
    c->retiring[0] = c->retiring[1] = HL_NONE;
    init_slabs(c, &engine->memory);
    c->name = hl_memory_allocate(&engine->memory, name.length);
    c->name_bytes = name.length;
    c->gram_counts = hl_memory_allocate_zero(&engine->memory, sizeof *c->gram_counts);
    if (!c->name || !c->gram_counts || !create_indexes(c, &engine->aside)) {
        hl_collection_destroy(c);
        return hl_error_set(error, HL_NO_MEMORY, NULL, "out of memory for a collection");
    }
    memcpy(c->name, name.data, name.length);
    engine->collection_names[engine->collection_count] = (struct hl_text){c->name, name.length};
    engine->collections[engine->collection_count++] = c;
    *out = c;
    return HL_OK;
}

void hl_collection_undo(struct hl_collection *c)
{
    c->engine->collection_count--;
    hl_collection_destroy(c);
}

void hl_collection_destroy(struct hl_collection *c)
{
    struct hl_memory *memory = &c->engine->memory;
    hl_index_destroy(c->word_index);
    hl_index_destroy(c->pair_counts);
    hl_index_destroy(c->source_index);
    hl_index_destroy(c->id_index);
    hl_index_destroy(c->alias_index);
    hl_index_destroy(c->text_index);
    hl_index_destroy(c->tail_index);
    hl_slab_destroy(&c->words);
    hl_slab_destroy(&c->sources);
    hl_slab_destroy(&c->headlines);
    hl_slab_destroy(&c->aliases);
    hl_slab_destroy(&c->stories);
    hl_slab_destroy(&c->tails);
    hl_slab_destroy(&c->topics);
    if (c->name)
        hl_memory_release(memory, c->name, c->name_bytes);
    hl_memory_release(memory, c->prefer, c->prefer_bytes);
    if (c->gram_counts)
        hl_memory_release(memory, c->gram_counts, sizeof *c->gram_counts);
    hl_memory_release(memory, c, sizeof *c);
}
