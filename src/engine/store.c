/*
 * store.c - records of headlines and the indexes that find them.
 */
#include "engine/store.h"

#include "core/text.h"
#include "core/assert.h"
#include "engine/prefer.h"
#include "engine/vector.h"
#include "engine/vocabulary.h"

#include <string.h>
#include <xxhash.h>

#define SAME_TEXT_LOOKS 256

static uint32_t hash_text(const struct hl_collection *c, struct hl_text text)
{
    return (uint32_t)XXH3_64bits_withSeed(text.data, text.length, c->engine->options.hash_seed);
}

/* ---- what a record says ---- */

struct hl_text hl_store_id(const struct hl_headline_record *h)
{
    return (struct hl_text){h->text, h->id_bytes};
}

struct hl_text hl_store_title(const struct hl_headline_record *h)
{
    return (struct hl_text){h->text + h->id_bytes, h->title_bytes};
}

struct hl_text hl_store_url(const struct hl_headline_record *h)
{
    return (struct hl_text){h->text + h->id_bytes + h->title_bytes, h->url_bytes};
}

struct hl_text hl_store_lang(const struct hl_headline_record *h)
{
    return (struct hl_text){h->text + h->id_bytes + h->title_bytes + h->url_bytes, h->lang_bytes};
}

struct hl_text hl_store_summary(const struct hl_headline_record *h)
{
    return (struct hl_text){h->text + h->id_bytes + h->title_bytes + h->url_bytes + h->lang_bytes, h->summary_bytes};
}

struct hl_text hl_store_source(const struct hl_collection *c, const struct hl_headline_record *h)
{
    if (h->source == HL_NONE)
        return (struct hl_text){NULL, 0};
    const struct hl_source_record *source = hl_slab_at(&c->sources, h->source);
    return (struct hl_text){source->text, source->length};
}

/* ---- the window's queue ---- */

static void window_push(struct hl_collection *c, uint32_t index)
{
    struct hl_headline_record *h = hl_headline_at(c, index);
    h->older = c->window.last;
    h->newer = HL_NONE;
    if (c->window.last == HL_NONE)
        c->window.first = index;
    else
        hl_headline_at(c, c->window.last)->newer = index;
    c->window.last = index;
}

static void window_unlink(struct hl_collection *c, const struct hl_headline_record *h)
{
    if (h->older == HL_NONE)
        c->window.first = h->newer;
    else
        hl_headline_at(c, h->older)->newer = h->newer;
    if (h->newer == HL_NONE)
        c->window.last = h->older;
    else
        hl_headline_at(c, h->newer)->older = h->older;
}

/* ---- sources ---- */

static bool source_equal(const void *context, uint32_t value, const void *key)
{
    const struct hl_collection *c = context;
    const struct hl_source_record *source = hl_slab_at(&c->sources, value);
    return hl_text_equals((struct hl_text){source->text, source->length}, *(const struct hl_text *)key);
}

uint32_t hl_store_find_source(const struct hl_collection *c, struct hl_text source)
{
    return hl_index_find(c->source_index, hash_text(c, source), source_equal, c, &source);
}

/* The record of a source with one holder more; *@source is HL_NONE for no source. False when out of memory. */
static bool source_hold(struct hl_collection *c, struct hl_text text, uint32_t *source)
{
    *source = HL_NONE;
    if (text.length == 0)
        return true;
    uint32_t index = hl_store_find_source(c, text);
    if (index == HL_NONE) {
        uint32_t hash = hash_text(c, text);
        index = hl_slab_take(&c->sources);
        if (index == HL_NONE)
            return false;
        struct hl_source_record *fresh = hl_slab_at(&c->sources, index);
        fresh->hash = hash;
        fresh->length = (uint16_t)text.length;
        fresh->text = hl_pool_take(c->engine->pool, text.length);
        if (!fresh->text || hl_index_insert(c->source_index, hash, index) != HL_OK) {
            hl_pool_give(c->engine->pool, fresh->text, fresh->text ? text.length : 0);
            hl_slab_give(&c->sources, index);
            return false;
        }
        memcpy(fresh->text, text.data, text.length);
        fresh->rank = hl_prefer_rank(c, text);
    }
    ((struct hl_source_record *)hl_slab_at(&c->sources, index))->holders++;
    *source = index;
    return true;
}

static void source_release(struct hl_collection *c, uint32_t index)
{
    if (index == HL_NONE)
        return;
    struct hl_source_record *source = hl_slab_at(&c->sources, index);
    if (--source->holders > 0)
        return;
    hl_index_remove(c->source_index, source->hash, index);
    hl_pool_give(c->engine->pool, source->text, source->length);
    hl_slab_give(&c->sources, index);
}

/* ---- ids ---- */

static bool id_equal(const void *context, uint32_t value, const void *key)
{
    return hl_text_equals(hl_store_id(hl_headline_at(context, value)), *(const struct hl_text *)key);
}

static bool alias_equal(const void *context, uint32_t value, const void *key)
{
    const struct hl_collection *c = context;
    const struct hl_alias_record *alias = hl_slab_at(&c->aliases, value);
    return hl_text_equals((struct hl_text){alias->text, alias->length}, *(const struct hl_text *)key);
}

static uint32_t find_alias(const struct hl_collection *c, struct hl_text id)
{
    return hl_index_find(c->alias_index, hash_text(c, id), alias_equal, c, &id);
}

uint32_t hl_store_find(const struct hl_collection *c, struct hl_text id)
{
    uint32_t found = hl_index_find(c->id_index, hash_text(c, id), id_equal, c, &id);
    if (found != HL_NONE)
        return found;
    uint32_t alias = find_alias(c, id);
    return alias == HL_NONE ? HL_NONE : ((const struct hl_alias_record *)hl_slab_at(&c->aliases, alias))->headline;
}

struct hl_text hl_store_stored_id(const struct hl_collection *c, struct hl_text id)
{
    uint32_t found = hl_index_find(c->id_index, hash_text(c, id), id_equal, c, &id);
    if (found != HL_NONE)
        return hl_store_id(hl_headline_at(c, found));
    const struct hl_alias_record *alias = hl_slab_at(&c->aliases, find_alias(c, id));
    return (struct hl_text){alias->text, alias->length};
}

static void alias_free(struct hl_collection *c, uint32_t index)
{
    struct hl_alias_record *alias = hl_slab_at(&c->aliases, index);
    hl_index_remove(c->alias_index, alias->hash, index);
    hl_pool_give(c->engine->pool, alias->text, alias->length);
    hl_slab_give(&c->aliases, index);
}

static void alias_unlink(struct hl_collection *c, uint32_t index)
{
    const struct hl_alias_record *alias = hl_slab_at(&c->aliases, index);
    struct hl_headline_record *h = hl_headline_at(c, alias->headline);
    uint32_t *link = &h->aliases;
    while (*link != index)
        link = &((struct hl_alias_record *)hl_slab_at(&c->aliases, *link))->next;
    *link = alias->next;
    h->alias_count--;
    alias_free(c, index);
}

bool hl_store_drop_alias(struct hl_collection *c, struct hl_text id)
{
    uint32_t alias = find_alias(c, id);
    if (alias == HL_NONE)
        return false;
    alias_unlink(c, alias);
    return true;
}

/* The chain is newest first: the oldest is the last. */
static void drop_oldest_alias(struct hl_collection *c, const struct hl_headline_record *h)
{
    uint32_t last = h->aliases;
    for (uint32_t i = last; i != HL_NONE; i = ((const struct hl_alias_record *)hl_slab_at(&c->aliases, i))->next)
        last = i;
    alias_unlink(c, last);
}

static enum hl_status alias_put(struct hl_collection *c, uint32_t headline, struct hl_text id)
{
    uint32_t index = hl_slab_take(&c->aliases);
    if (index == HL_NONE)
        return HL_NO_MEMORY;
    struct hl_alias_record *alias = hl_slab_at(&c->aliases, index);
    alias->text = hl_pool_take(c->engine->pool, id.length);
    alias->hash = hash_text(c, id);
    alias->length = (uint16_t)id.length;
    alias->headline = headline;
    if (!alias->text || hl_index_insert(c->alias_index, alias->hash, index) != HL_OK) {
        hl_pool_give(c->engine->pool, alias->text, alias->text ? id.length : 0);
        hl_slab_give(&c->aliases, index);
        return HL_NO_MEMORY;
    }
    memcpy(alias->text, id.data, id.length);
    struct hl_headline_record *h = hl_headline_at(c, headline);
    alias->next = h->aliases;
    h->aliases = index;
    if (h->alias_count++ == HL_ALIASES_MAX)
        drop_oldest_alias(c, h);
    return HL_OK;
}

enum hl_status hl_store_sight(struct hl_collection *c, uint32_t headline, struct hl_text id, int64_t now_ms)
{
    struct hl_headline_record *h = hl_headline_at(c, headline);
    if (id.length > 0 && hl_store_find(c, id) == HL_NONE && alias_put(c, headline, id) != HL_OK)
        return HL_NO_MEMORY;
    h->sightings++;
    h->last_seen_ms = now_ms;
    window_unlink(c, h);
    window_push(c, headline);
    if (h->story != HL_NONE)
        hl_story_at(c, h->story)->sightings++;
    return HL_OK;
}

/* ---- equal texts ---- */

static bool digest_equal(const void *context, uint32_t value, const void *key)
{
    return memcmp(hl_headline_at(context, value)->digest, key, 2 * sizeof(uint64_t)) == 0;
}

uint32_t hl_store_find_text(const struct hl_collection *c, const uint64_t digest[2])
{
    return hl_index_find(c->text_index, (uint32_t)digest[0], digest_equal, c, digest);
}

uint32_t hl_store_find_sighting(const struct hl_collection *c, uint32_t first, struct hl_text source)
{
    uint32_t index = first;
    for (int looks = 0; index != HL_NONE && looks < SAME_TEXT_LOOKS; looks++) {
        const struct hl_headline_record *h = hl_headline_at(c, index);
        if (hl_text_equals(hl_store_source(c, h), source))
            return index;
        index = h->same_next;
    }
    return HL_NONE;
}

/* The first of its text is in the index; the others hang on to it in arrival order, the newest found through the first. */
static bool same_link(struct hl_collection *c, uint32_t index)
{
    struct hl_headline_record *h = hl_headline_at(c, index);
    h->same_prev = h->same_next = HL_NONE;
    uint32_t first = hl_store_find_text(c, h->digest);
    if (first == HL_NONE)
        return hl_index_insert(c->text_index, (uint32_t)h->digest[0], index) == HL_OK;
    struct hl_headline_record *f = hl_headline_at(c, first);
    h->same_prev = first;
    h->same_next = f->same_next; /* second place: the walk for sightings meets the latest sources first */
    if (f->same_next != HL_NONE)
        hl_headline_at(c, f->same_next)->same_prev = index;
    f->same_next = index;
    return true;
}

static void same_unlink(struct hl_collection *c, uint32_t index)
{
    const struct hl_headline_record *h = hl_headline_at(c, index);
    if (h->same_next != HL_NONE)
        hl_headline_at(c, h->same_next)->same_prev = h->same_prev;
    if (h->same_prev != HL_NONE) {
        hl_headline_at(c, h->same_prev)->same_next = h->same_next;
        return;
    }
    bool had = hl_index_remove(c->text_index, (uint32_t)h->digest[0], index);
    HL_ASSERT(had);
    if (h->same_next != HL_NONE) { /* a slot was just freed: the insert needs no memory */
        enum hl_status status = hl_index_insert(c->text_index, (uint32_t)h->digest[0], h->same_next);
        HL_ASSERT(status == HL_OK);
    }
}

/* ---- records ---- */

size_t hl_store_text_bytes(const struct hl_headline_record *h)
{
    return (size_t)h->id_bytes + h->title_bytes + h->url_bytes + h->lang_bytes + h->summary_bytes;
}

static char *put_text(char *at, struct hl_text text)
{
    if (text.length > 0)
        memcpy(at, text.data, text.length);
    return at + text.length;
}

static bool fill_text(struct hl_collection *c, struct hl_headline_record *h, const struct hl_draft *draft)
{
    const struct hl_headline *headline = draft->headline;
    h->id_bytes = (uint16_t)draft->id.length;
    h->title_bytes = (uint16_t)headline->title.length;
    h->url_bytes = (uint16_t)headline->url.length;
    h->lang_bytes = (uint8_t)draft->lang.length;
    h->summary_bytes = (uint16_t)headline->summary.length;
    h->text = hl_pool_take(c->engine->pool, hl_store_text_bytes(h));
    if (!h->text)
        return false;
    char *at = put_text(h->text, draft->id);
    at = put_text(at, headline->title);
    at = put_text(at, headline->url);
    at = put_text(at, draft->lang);
    put_text(at, headline->summary);
    return true;
}

static bool fill_vector(struct hl_collection *c, struct hl_headline_record *h, const struct hl_query *query)
{
    h->shape = (struct hl_vector_shape){(uint16_t)query->words, (uint16_t)query->count, (uint8_t)query->title_words};
    h->vector = hl_pool_take(c->engine->pool, hl_vector_bytes(h->shape));
    if (!h->vector)
        return false;
    memcpy(h->vector, query->feature, query->count * sizeof(uint32_t));
    memcpy((uint32_t *)h->vector + query->count, query->weight, query->count * sizeof(uint16_t));
    h->signature = hl_vector_signature(h);
    return true;
}

static void fill_facts(struct hl_headline_record *h, const struct hl_draft *draft)
{
    h->seq = draft->seq;
    h->received_ms = h->last_seen_ms = draft->received_ms;
    h->published_ms = draft->headline->published_ms;
    h->event_ms = draft->query->event_ms;
    h->fingerprint = draft->query->fingerprint;
    memcpy(h->digest, draft->query->digest, sizeof h->digest);
    h->story = h->aliases = h->duplicate_of = HL_NONE;
}

uint32_t hl_store_put(struct hl_collection *c, const struct hl_draft *draft)
{
    uint32_t index = hl_slab_take(&c->headlines);
    if (index == HL_NONE)
        return HL_NONE;
    struct hl_headline_record *h = hl_headline_at(c, index);
    fill_facts(h, draft);
    if (!fill_text(c, h, draft))
        goto err_after_take;
    if (!fill_vector(c, h, draft->query))
        goto err_after_text;
    if (!source_hold(c, draft->headline->source, &h->source))
        goto err_after_vector;
    h->id_hash = hash_text(c, draft->id);
    if (hl_index_insert(c->id_index, h->id_hash, index) != HL_OK)
        goto err_after_source;
    if (!same_link(c, index))
        goto err_after_id;
    for (uint32_t i = 0; i < draft->query->words; i++)
        hl_word_at(c, draft->query->feature[i])->holders++;
    window_push(c, index);
    return index;
err_after_id:
    hl_index_remove(c->id_index, h->id_hash, index);
err_after_source:
    source_release(c, h->source);
err_after_vector:
    hl_pool_give(c->engine->pool, h->vector, hl_vector_bytes(h->shape));
err_after_text:
    hl_pool_give(c->engine->pool, h->text, hl_store_text_bytes(h));
err_after_take:
    hl_slab_give(&c->headlines, index);
    return HL_NONE;
}

void hl_store_drop(struct hl_collection *c, uint32_t index)
{
    struct hl_headline_record *h = hl_headline_at(c, index);
    HL_ASSERT(h->story == HL_NONE);
    for (uint32_t alias = h->aliases; alias != HL_NONE;) {
        uint32_t next = ((const struct hl_alias_record *)hl_slab_at(&c->aliases, alias))->next;
        alias_free(c, alias);
        alias = next;
    }
    for (uint32_t i = 0; i < h->shape.words; i++) {
        uint32_t word = hl_vector_features(h)[i];
        hl_word_at(c, word)->holders--;
        hl_words_release(c, word);
    }
    window_unlink(c, h);
    same_unlink(c, index);
    hl_index_remove(c->id_index, h->id_hash, index);
    source_release(c, h->source);
    hl_pool_give(c->engine->pool, h->vector, hl_vector_bytes(h->shape));
    hl_pool_give(c->engine->pool, h->text, hl_store_text_bytes(h));
    hl_slab_give(&c->headlines, index);
}

/* ---- from a saved state ---- */

enum hl_status hl_store_restore_source(struct hl_collection *c, uint32_t index)
{
    struct hl_source_record *source = hl_slab_at(&c->sources, index);
    struct hl_text text = {source->text, source->length};
    source->hash = hash_text(c, text);
    source->rank = hl_prefer_rank(c, text);
    return hl_index_insert_new(c->source_index, source->hash, index, source_equal, c, &text);
}

enum hl_status hl_store_restore_alias(struct hl_collection *c, uint32_t index)
{
    struct hl_alias_record *alias = hl_slab_at(&c->aliases, index);
    struct hl_text text = {alias->text, alias->length};
    alias->hash = hash_text(c, text);
    return hl_index_insert_new(c->alias_index, alias->hash, index, alias_equal, c, &text);
}

enum hl_status hl_store_restore_room(struct hl_collection *c, uint32_t headlines, uint32_t texts)
{
    enum hl_status status = hl_index_presize(c->id_index, headlines);
    return status == HL_OK ? hl_index_presize(c->text_index, texts) : status;
}

void hl_store_restore_ask(const struct hl_collection *c, uint32_t index)
{
    const struct hl_headline_record *h = hl_headline_at(c, index);
    hl_index_prefetch(c->id_index, h->id_hash);
    hl_index_prefetch(c->text_index, (uint32_t)h->digest[0]);
}

enum hl_status hl_store_restore_headline(struct hl_collection *c, uint32_t index)
{
    const struct hl_headline_record *h = hl_headline_at(c, index);
    struct hl_text id = hl_store_id(h);
    enum hl_status status = hl_index_insert_new(c->id_index, h->id_hash, index, id_equal, c, &id);
    if (status != HL_OK || h->same_prev != HL_NONE)
        return status;
    return hl_index_insert_new(c->text_index, (uint32_t)h->digest[0], index, digest_equal, c, h->digest);
}

void hl_store_restore_hash(const struct hl_collection *c, struct hl_headline_record *h)
{
    h->id_hash = hash_text(c, hl_store_id(h));
}
