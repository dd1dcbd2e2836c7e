/*
 * save.c - the whole state as bytes, in an order that depends on the calls alone.
 *
 * What can be derived is left out: words' document frequencies and holders, sums of squares, signs, lists of members backwards, every hash
 * index, the caches. What decides the future is in: slab places and the order in which free ones will be taken, the order of postings
 * and lists, the room of arrays that grow (it counts as memory), counters. STATE.md has the bytes.
 */
#include "core/assert.h"
#include "engine/posting.h"
#include "engine/state_format.h"
#include "engine/store.h"
#include "engine/story.h"
#include "engine/topic.h"
#include "engine/vector.h"
#include "engine/vocabulary.h"

#include <string.h>

#define BUFFER_BYTES 32768

/* The first error stays, and nothing is written after it: one check at the end is enough. */
struct writer {
    const struct hl_state_sink *sink;
    struct hl_error *error;
    enum hl_status status;
    size_t used;
    unsigned char buffer[BUFFER_BYTES];
};

static void flush(struct writer *w)
{
    if (w->status == HL_OK && w->used > 0)
        w->status = w->sink->write(w->sink->context, w->buffer, w->used, w->error);
    w->used = 0;
}

/* Room for @bytes (no more than the buffer), which the caller fills at once. */
static unsigned char *claim(struct writer *w, size_t bytes)
{
    HL_ASSERT(bytes <= sizeof w->buffer);
    if (bytes > sizeof w->buffer - w->used)
        flush(w);
    unsigned char *to = w->buffer + w->used;
    w->used += bytes;
    return to;
}

static void put_bytes(struct writer *w, const void *data, size_t bytes)
{
    if (bytes > 0)
        memcpy(claim(w, bytes), data, bytes);
}

static void put_u32(struct writer *w, uint32_t value)
{
    unsigned char *to = claim(w, sizeof value);
    hl_put_u32(&to, value);
}

static void put_u64(struct writer *w, uint64_t value)
{
    unsigned char *to = claim(w, sizeof value);
    hl_put_u64(&to, value);
}

static void put_u32s(struct writer *w, const uint32_t *values, uint32_t count)
{
    unsigned char *to = claim(w, count * sizeof *values);
    for (uint32_t i = 0; i < count; i++)
        hl_put_u32(&to, values[i]);
}

static void put_u16s(struct writer *w, const uint16_t *values, uint32_t count)
{
    unsigned char *to = claim(w, count * sizeof *values);
    for (uint32_t i = 0; i < count; i++)
        hl_put_u16(&to, values[i]);
}

static void put_short_text(struct writer *w, const char *text, size_t length)
{
    unsigned char *to = claim(w, 2);
    hl_put_u16(&to, (uint16_t)length);
    put_bytes(w, text, length);
}

static void begin_section(struct writer *w, uint32_t kind, const char *name)
{
    flush(w);
    if (w->status == HL_OK)
        w->status = w->sink->section(w->sink->context, kind, name, w->error);
    put_u32(w, HL_STATE_VERSION);
}

/* Writes the fields of @record, a variable, in a row. */
#define PUT_FIELD(type, member) hl_put_##type(&to, record->member);
#define PUT_FIELDS(w, FIELDS)                                                                                          \
    do {                                                                                                               \
        unsigned char *to = claim(w, HL_STATE_BYTES(FIELDS));                                                          \
        FIELDS(PUT_FIELD)                                                                                              \
    } while (0)

/* ---- slabs ---- */

typedef void (*put_record)(struct writer *w, const struct hl_collection *c, const struct hl_slab *slab, uint32_t index);

/* Which slots of a chunk are free, in the order in which they will be taken. */
static void put_chunk(struct writer *w, const struct hl_slab *slab, uint32_t number)
{
    uint32_t slots[HL_STATE_CHUNK_MAX];
    HL_ASSERT(1U << slab->chunk_bits <= HL_STATE_CHUNK_MAX);
    uint32_t count = hl_slab_free_slots(slab, number, slots), all = 1U << slab->chunk_bits;
    unsigned char *to = claim(w, 2 + (size_t)2 * all);
    unsigned char *first = to;
    hl_put_u16(&to, (uint16_t)count);
    for (uint32_t i = 0; i < count && count < all; i++)
        hl_put_u16(&to, (uint16_t)slots[i]);
    w->used -= 2 + (size_t)2 * all - (size_t)(to - first);
}

/* Chunk by chunk, each followed by its live records; without @put only which places are taken. */
static void put_slab(struct writer *w, const struct hl_collection *c, const struct hl_slab *slab, put_record put)
{
    put_u32(w, slab->chunk_count);
    for (uint32_t number = 0; number < slab->chunk_count; number++) {
        put_chunk(w, slab, number);
        uint32_t first = number << slab->chunk_bits, all = 1U << slab->chunk_bits;
        for (uint32_t i = first; put && i < first + all; i++)
            if (hl_slab_is_live(slab, i))
                put(w, c, slab, i);
    }
}

/* ---- the engine and its collections ---- */

static void put_settings(struct writer *w, const struct hl_settings *settings)
{
    size_t count;
    const struct hl_setting_info *info = hl_settings_info(&count);
    put_u32(w, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        put_short_text(w, info[i].name, strlen(info[i].name));
        unsigned char *to = claim(w, sizeof(double));
        hl_put_f64(&to, hl_settings_value(settings, i));
    }
}

static void put_gram_counts(struct writer *w, const struct hl_gram_counts *counts)
{
    uint32_t held = 0;
    for (uint32_t i = 0; i < HL_GRAM_COUNTS; i++)
        held += counts->holding[i] > 0;
    put_u32(w, counts->headlines);
    put_u32(w, held);
    for (uint32_t i = 0; i < HL_GRAM_COUNTS; i++) {
        if (counts->holding[i] == 0)
            continue;
        unsigned char *to = claim(w, HL_STATE_GRAM_BYTES);
        hl_put_u16(&to, (uint16_t)i);
        hl_put_u32(&to, counts->holding[i]);
    }
}

static void put_collection(struct writer *w, const struct hl_collection *record)
{
    put_short_text(w, record->name, record->name_bytes);
    put_settings(w, &record->settings);
    put_short_text(w, record->prefer, record->prefer_bytes);
    PUT_FIELDS(w, HL_STATE_COLLECTION_FIELDS);
    for (uint32_t i = 0; i < HL_STATE_VERDICTS; i++)
        put_u64(w, record->tallies.verdicts[hl_state_verdicts[i]]);
    put_gram_counts(w, record->gram_counts);
}

static void put_engine(struct writer *w, const struct hl_engine *record)
{
    put_u32(w, record->collection_count);
    PUT_FIELDS(w, HL_STATE_ENGINE_FIELDS);
    put_slab(w, NULL, &record->redirects, NULL);
    put_slab(w, NULL, &record->topic_ids, NULL);
    for (uint32_t i = 0; i < record->collection_count; i++)
        put_collection(w, record->collections[i]);
}

/* ---- sources, words, tails ---- */

static void put_source(struct writer *w, const struct hl_collection *c, const struct hl_slab *slab, uint32_t index)
{
    (void)c;
    const struct hl_source_record *source = hl_slab_at(slab, index);
    put_short_text(w, source->text, source->length);
}

static void put_word(struct writer *w, const struct hl_collection *c, const struct hl_slab *slab, uint32_t index)
{
    (void)c;
    const struct hl_word_record *record = hl_slab_at(slab, index);
    struct hl_postings list = hl_postings_of(record);
    PUT_FIELDS(w, HL_STATE_WORD_FIELDS);
    put_bytes(w, record->text, record->length);
    put_u32s(w, list.story, list.count);
}

static void put_tail(struct writer *w, const struct hl_collection *c, const struct hl_slab *slab, uint32_t index)
{
    (void)c;
    const struct hl_tail_record *record = hl_slab_at(slab, index);
    PUT_FIELDS(w, HL_STATE_TAIL_FIELDS);
    put_bytes(w, record->text, record->length);
}

/* ---- headlines ---- */

static void put_headline(struct writer *w, const struct hl_collection *c, const struct hl_slab *slab, uint32_t index)
{
    const struct hl_headline_record *record = hl_slab_at(slab, index);
    PUT_FIELDS(w, HL_STATE_HEADLINE_FIELDS);
    put_bytes(w, record->text, hl_store_text_bytes(record));
    put_u32s(w, hl_vector_features(record), record->shape.count);
    put_u16s(w, hl_vector_weights(record), record->shape.count);
    for (uint32_t i = record->aliases; i != HL_NONE;) {
        const struct hl_alias_record *alias = hl_slab_at(&c->aliases, i);
        put_u32(w, i);
        put_short_text(w, alias->text, alias->length);
        i = alias->next;
    }
}

static void put_headlines(struct writer *w, const struct hl_collection *c)
{
    put_slab(w, c, &c->aliases, NULL);
    put_slab(w, c, &c->headlines, put_headline);
    for (uint32_t i = c->window.first; i != HL_NONE; i = hl_headline_at(c, i)->newer)
        put_u32(w, i);
}

/* ---- stories ---- */

static void put_history(struct writer *w, const struct hl_history *entry)
{
    unsigned char *to = claim(w, HL_STATE_HISTORY_BYTES);
    hl_put_u64(&to, entry->other_story);
    hl_put_u64(&to, entry->headlines);
    hl_put_i64(&to, entry->at_ms);
    hl_put_u8(&to, hl_state_code(hl_state_history_kinds, HL_STATE_HISTORY_KINDS, (uint8_t)entry->kind));
}

/* Its own terms, if it has any: those of a single headline are the headline's. */
static void put_terms(struct writer *w, const struct hl_collection *c, uint32_t index)
{
    if (!hl_story_at(c, index)->terms)
        return;
    struct hl_terms_scratch scratch;
    struct hl_terms terms = hl_story_terms(c, index, &scratch);
    put_u32s(w, terms.feature, terms.count);
    put_u32s(w, (const uint32_t *)terms.weight, terms.count);
    put_u16s(w, terms.holders, terms.count);
}

static void put_story(struct writer *w, const struct hl_collection *c, const struct hl_slab *slab, uint32_t index)
{
    const struct hl_story_record *record = hl_slab_at(slab, index);
    PUT_FIELDS(w, HL_STATE_STORY_FIELDS);
    unsigned char *to = claim(w, 1);
    hl_put_u8(&to, record->signs != NULL);
    for (uint32_t m = record->oldest; m != HL_NONE; m = hl_headline_at(c, m)->story_next)
        put_u32(w, m);
    put_terms(w, c, index);
    for (uint32_t i = 0; i < record->history_count; i++)
        put_history(w, &record->history[i]);
    for (uint32_t i = record->redirects; i != HL_NONE;) {
        const struct hl_redirect_record *redirect = hl_slab_at(&c->engine->redirects, i);
        put_u32(w, i);
        put_u64(w, redirect->id);
        i = redirect->next;
    }
    put_u32s(w, record->anchors, record->anchor_count);
}

static void put_stories(struct writer *w, const struct hl_collection *c)
{
    put_slab(w, c, &c->stories, put_story);
    for (int list = 0; list < 2; list++) {
        uint32_t count = 0;
        for (uint32_t i = c->recent[list].first; i != HL_NONE; i = hl_story_at(c, i)->recent_next)
            count++;
        put_u32(w, c->retiring[list]);
        put_u32(w, count);
        for (uint32_t i = c->recent[list].first; i != HL_NONE; i = hl_story_at(c, i)->recent_next)
            put_u32(w, i);
    }
}

/* ---- topics, pairs, places ---- */

/* Its terms are the sum of its stories' anchors. */
static void put_topic(struct writer *w, const struct hl_collection *c, const struct hl_slab *slab, uint32_t index)
{
    const struct hl_topic_record *record = hl_slab_at(slab, index);
    PUT_FIELDS(w, HL_STATE_TOPIC_FIELDS);
    for (uint32_t i = record->oldest; i != HL_NONE; i = hl_story_at(c, i)->topic_next)
        put_u32(w, i);
    for (uint32_t i = record->ids; i != HL_NONE;) {
        const struct hl_topic_id *id = hl_slab_at(&c->engine->topic_ids, i);
        put_u32(w, i);
        put_u64(w, id->id);
        i = id->next;
    }
}

static void put_topics(struct writer *w, const struct hl_collection *c)
{
    put_slab(w, c, &c->topics, put_topic);
    for (uint32_t i = c->recent_topics.first; i != HL_NONE; i = hl_topic_at(c, i)->recent_next)
        put_u32(w, i);
}

static bool put_pair(void *context, uint32_t hash, uint32_t df)
{
    struct writer *w = context;
    unsigned char *to = claim(w, 8);
    hl_put_u32(&to, hash);
    hl_put_u32(&to, df);
    return w->status == HL_OK;
}

static void put_pairs(struct writer *w, const struct hl_collection *c)
{
    put_u32(w, hl_index_count(c->pair_counts));
    if (w->status == HL_OK && hl_index_walk(c->pair_counts, put_pair, w) != HL_OK)
        w->status = hl_error_set(w->error, HL_NO_MEMORY, NULL, "out of memory for sorting pairs");
}

static void put_place(struct writer *w, const struct hl_collection *c, const struct hl_slab *slab, uint32_t index)
{
    (void)c;
    const struct hl_place *place = hl_slab_at(slab, index);
    put_u32(w, place->collection);
    put_u32(w, place->story);
}

/* ---- all of it ---- */

/* One section, of all collections. */
static void put_section(struct writer *w, const struct hl_engine *engine, uint32_t kind)
{
    for (uint32_t i = 0; i < engine->collection_count && w->status == HL_OK; i++) {
        const struct hl_collection *c = engine->collections[i];
        switch (kind) {
        case HL_STATE_SOURCES:
            put_slab(w, c, &c->sources, put_source);
            break;
        case HL_STATE_WORDS:
            put_slab(w, c, &c->words, put_word);
            break;
        case HL_STATE_TAILS:
            put_slab(w, c, &c->tails, put_tail);
            break;
        case HL_STATE_HEADLINES:
            put_headlines(w, c);
            break;
        case HL_STATE_STORIES:
            put_stories(w, c);
            break;
        case HL_STATE_TOPICS:
            put_topics(w, c);
            break;
        default:
            put_pairs(w, c);
        }
    }
}

enum hl_status hl_engine_save(const hl_engine *engine, const struct hl_state_sink *sink, struct hl_error *error)
{
    static const struct {
        uint32_t kind;
        const char *name;
    } sections[] = {
#define SECTION_ROW(symbol, kind, name) {kind, name},
        HL_STATE_SECTIONS(SECTION_ROW)
#undef SECTION_ROW
    };
    struct writer w;
    w.sink = sink;
    w.error = error;
    w.status = HL_OK;
    w.used = 0;
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        begin_section(&w, sections[i].kind, sections[i].name);
        if (sections[i].kind == HL_STATE_ENGINE)
            put_engine(&w, engine);
        else if (sections[i].kind == HL_STATE_PLACES)
            put_slab(&w, NULL, &engine->places, put_place);
        else
            put_section(&w, engine, sections[i].kind);
    }
    flush(&w);
    return w.status;
}
