/*
 * freeze.c - the whole state as bytes, little-endian, in an order that depends on the calls alone.
 *
 * What can be derived is left out: document frequencies (from the stories' terms), signs (from the fingerprints), every hash
 * index, the caches. What decides the future is in: slab places and their free lists, posting order, counters.
 */
#include "engine/posting.h"
#include "engine/state.h"
#include "engine/store.h"
#include "engine/story.h"
#include "engine/topic.h"
#include "engine/vector.h"

#include <string.h>

struct writer {
    hl_write write;
    void *context;
    bool failed;
    size_t used;
    unsigned char buffer[4096];
};

static void flush(struct writer *w)
{
    if (!w->failed && w->used > 0)
        w->failed = !w->write(w->context, w->buffer, w->used);
    w->used = 0;
}

static void put_bytes(struct writer *w, const void *data, size_t bytes)
{
    if (bytes > sizeof w->buffer - w->used)
        flush(w);
    if (bytes > sizeof w->buffer) {
        w->failed = w->failed || !w->write(w->context, data, bytes);
    } else if (bytes > 0) {
        memcpy(w->buffer + w->used, data, bytes);
        w->used += bytes;
    }
}

static void put_u64(struct writer *w, uint64_t value)
{
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(value >> (8 * i));
    put_bytes(w, bytes, sizeof bytes);
}

static void put_u32(struct writer *w, uint32_t value)
{
    unsigned char bytes[4];
    for (int i = 0; i < 4; i++)
        bytes[i] = (unsigned char)(value >> (8 * i));
    put_bytes(w, bytes, sizeof bytes);
}

static void put_i64(struct writer *w, int64_t value)
{
    put_u64(w, (uint64_t)value);
}

static void put_double(struct writer *w, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    put_u64(w, bits);
}

static void put_text(struct writer *w, const char *text, size_t length)
{
    put_u32(w, (uint32_t)length);
    put_bytes(w, text, length);
}

/* Which places are taken and in which order the free ones will be. */
static void put_slab(struct writer *w, const struct hl_slab *slab)
{
    put_u32(w, slab->live);
    put_u32(w, slab->chunk_count);
    for (uint32_t i = 0; i < slab->chunk_count; i++) {
        const struct hl_slab_chunk *chunk = &slab->chunks[i];
        put_u32(w, chunk->live);
        if (!chunk->records)
            continue;
        put_u32(w, chunk->free_head);
        for (uint32_t j = 0; j < 1U << slab->chunk_bits; j++)
            put_u32(w, chunk->links[j]);
    }
}

static void put_word(struct writer *w, const struct hl_word_record *word)
{
    put_text(w, word->text, word->length);
    put_u32(w, word->holders);
    put_double(w, (double)word->share);
    put_u32(w, word->named);
    put_u32(w, word->plain);
    struct hl_postings list = hl_postings_of(word);
    put_u32(w, list.count);
    for (uint32_t i = 0; i < list.count; i++) {
        put_u32(w, list.story[i]);
        put_u32(w, (uint32_t)list.weight[i]);
    }
}

static void put_headline(struct writer *w, const struct hl_collection *c, const struct hl_headline_record *h)
{
    put_u64(w, h->seq);
    put_i64(w, h->received_ms);
    put_i64(w, h->published_ms);
    put_i64(w, h->last_seen_ms);
    put_i64(w, h->event_ms);
    for (int i = 0; i < 4; i++)
        put_u64(w, h->fingerprint.word[i]);
    put_u64(w, h->digest[0]);
    put_u64(w, h->digest[1]);
    put_u64(w, h->duplicate_seq);
    put_u32(w, h->runner_up);
    put_u64(w, h->runner_up == HL_NONE ? 0 : h->runner_up_seq);
    put_double(w, h->runner_up == HL_NONE ? 0 : (double)h->runner_up_score);
    put_u64(w, h->answered_story);
    put_u32(w, h->duplicate_of);
    put_u32(w, h->story);
    put_u32(w, h->older);
    put_u32(w, h->same_next);
    put_u32(w, h->sightings);
    put_u32(w, h->verdict);
    put_text(w, hl_store_id(h).data, h->id_bytes);
    put_text(w, hl_store_title(h).data, h->title_bytes);
    put_text(w, hl_store_url(h).data, h->url_bytes);
    put_text(w, hl_store_lang(h).data, h->lang_bytes);
    put_text(w, hl_store_summary(h).data, h->summary_bytes);
    put_text(w, hl_store_source(c, h).data, hl_store_source(c, h).length);
    put_u32(w, h->shape.words);
    put_u32(w, h->shape.count);
    for (uint32_t i = 0; i < h->shape.count; i++) {
        put_u32(w, hl_vector_features(h)[i]);
        put_u32(w, hl_vector_weights(h)[i]);
    }
    put_u32(w, h->alias_count);
    for (uint32_t i = h->aliases; i != HL_NONE;) {
        const struct hl_alias_record *alias = hl_slab_at(&c->aliases, i);
        put_text(w, alias->text, alias->length);
        i = alias->next;
    }
}

static void put_story(struct writer *w, const struct hl_collection *c, uint32_t index)
{
    const struct hl_story_record *s = hl_story_at(c, index);
    put_u64(w, s->id);
    put_u64(w, s->active_seq);
    put_i64(w, s->active_ms);
    put_u32(w, s->recent_list);
    put_u32(w, s->headlines);
    put_u64(w, s->sightings);
    put_i64(w, s->first_ms);
    put_i64(w, s->last_ms);
    put_double(w, s->trend);
    put_i64(w, s->trend_ms);
    put_double(w, s->noise);
    put_u32(w, s->noise_count);
    put_u32(w, s->split_at);
    put_u32(w, s->series_at);
    put_u32(w, s->is_series);
    put_i64(w, s->square);
    struct hl_terms_scratch scratch;
    struct hl_terms terms = hl_story_terms(c, index, &scratch);
    put_u32(w, terms.count);
    for (uint32_t i = 0; i < terms.count; i++) {
        put_u32(w, terms.feature[i]);
        put_u32(w, (uint32_t)terms.weight[i]);
        put_u32(w, terms.holders[i]);
    }
    put_u32(w, s->history_count);
    for (uint32_t i = 0; i < s->history_count; i++) {
        put_u32(w, (uint32_t)s->history[i].kind);
        put_u64(w, s->history[i].other_story);
        put_u64(w, s->history[i].headlines);
        put_i64(w, s->history[i].at_ms);
    }
    for (uint32_t i = s->redirects; i != HL_NONE;) {
        const struct hl_redirect_record *redirect = hl_slab_at(&c->engine->redirects, i);
        put_u64(w, redirect->id);
        i = redirect->next;
    }
    put_u64(w, 0);
    put_u32(w, s->topic);
    put_u32(w, s->topic_at);
    put_u32(w, s->anchor_count);
    for (uint32_t i = 0; i < s->anchor_count; i++)
        put_u32(w, s->anchors[i]);
}

/* Its terms are the sum of its stories' anchors. */
static void put_topic(struct writer *w, const struct hl_collection *c, uint32_t index)
{
    const struct hl_topic_record *t = hl_topic_at(c, index);
    put_u64(w, t->id);
    put_i64(w, t->first_ms);
    put_i64(w, t->last_ms);
    put_u64(w, t->active_seq);
    put_i64(w, t->active_ms);
    put_double(w, t->trend);
    put_i64(w, t->trend_ms);
    for (uint32_t story = t->oldest; story != HL_NONE; story = hl_story_at(c, story)->topic_next)
        put_u32(w, story);
    put_u32(w, HL_NONE);
    put_u32(w, t->recent_next);
    for (uint32_t i = t->ids; i != HL_NONE;) {
        const struct hl_topic_id *id = hl_slab_at(&c->engine->topic_ids, i);
        put_u64(w, id->id);
        i = id->next;
    }
    put_u64(w, 0);
}

static void put_tail(struct writer *w, const struct hl_tail_record *tail)
{
    put_text(w, tail->text, tail->length);
    put_u32(w, tail->heads);
    put_u32(w, tail->last_head);
}

static void put_tallies(struct writer *w, const struct hl_tallies *t)
{
    for (int i = 0; i < HL_VERDICT_COUNT; i++)
        put_u64(w, t->verdicts[i]);
    const uint64_t counts[] = {t->sightings,         t->removed,      t->expired_age, t->expired_count,
                               t->expired_memory,    t->merges,       t->splits,      t->split_tests,
                               t->redirects_dropped, t->topic_merges, t->topic_moves};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        put_u64(w, counts[i]);
}

static void put_settings(struct writer *w, const struct hl_settings *settings)
{
    for (size_t i = 0; i < sizeof *settings / sizeof(double); i++)
        put_double(w, hl_settings_value(settings, i));
}

static void put_collection(struct writer *w, const struct hl_collection *c)
{
    put_text(w, c->name, c->name_bytes);
    put_settings(w, &c->settings);
    put_tallies(w, &c->tallies);
    put_i64(w, c->size);
    put_double(w, c->length_mean);
    put_double(w, c->noise);
    put_u64(w, c->length_count);
    put_u32(w, c->gram_counts->headlines);
    for (uint32_t i = 0; i < HL_GRAM_COUNTS; i++)
        put_u32(w, c->gram_counts->holding[i]);
    put_u32(w, c->retiring[0]);
    put_u32(w, c->retiring[1]);
    put_u32(w, c->tail_hand);
    put_slab(w, &c->words);
    for (uint32_t i = 0; i < hl_slab_limit(&c->words); i++)
        if (hl_slab_is_live(&c->words, i))
            put_word(w, hl_word_at(c, i));
    put_slab(w, &c->headlines);
    for (uint32_t i = 0; i < hl_slab_limit(&c->headlines); i++)
        if (hl_slab_is_live(&c->headlines, i))
            put_headline(w, c, hl_headline_at(c, i));
    put_slab(w, &c->stories);
    for (uint32_t i = 0; i < hl_slab_limit(&c->stories); i++)
        if (hl_slab_is_live(&c->stories, i))
            put_story(w, c, i);
    put_slab(w, &c->topics);
    for (uint32_t i = 0; i < hl_slab_limit(&c->topics); i++)
        if (hl_slab_is_live(&c->topics, i))
            put_topic(w, c, i);
    put_slab(w, &c->tails);
    for (uint32_t i = 0; i < hl_slab_limit(&c->tails); i++)
        if (hl_slab_is_live(&c->tails, i))
            put_tail(w, hl_slab_at(&c->tails, i));
}

enum hl_status hl_engine_freeze(hl_engine *engine, hl_write write, void *context, struct hl_error *error)
{
    struct writer w = {.write = write, .context = context};
    put_u64(&w, engine->seq);
    put_u64(&w, engine->next_story);
    put_u64(&w, engine->next_topic);
    put_i64(&w, engine->now_ms);
    put_u32(&w, engine->collection_count);
    for (uint32_t i = 0; i < engine->collection_count; i++)
        put_collection(&w, engine->collections[i]);
    flush(&w);
    return w.failed ? hl_error_set(error, HL_IO, NULL, "the state could not be written") : HL_OK;
}
