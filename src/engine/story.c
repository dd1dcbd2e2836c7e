/*
 * story.c - the story record and everything that must change together with it.
 */
#include "engine/story.h"

#include "core/assert.h"
#include "core/maths.h"
#include "engine/event.h"
#include "engine/posting.h"
#include "engine/topic.h"
#include "engine/vector.h"
#include "engine/vocabulary.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TERM_BYTES (sizeof(uint32_t) + sizeof(int32_t) + sizeof(uint16_t))
#define SIGNS_BYTES (HL_FINGERPRINT_BITS * sizeof(int16_t))
#define OUTGROWN_MIN 3       /* headlines from which a younger story may keep its id... */
#define OUTGROWN_TIMES 2     /* ...if it has this many times as many as the older one */
#define RETIRE_HALF_LIVES 10 /* after which no score survives decay */
#define REDIRECTS_MAX 512    /* absorbed ids that a story remembers at least; twice as many at most */
#define RESCAN_MAX 64        /* members scanned to find a story's span again after a removal */

/* ---- terms ---- */

static uint32_t *term_features(const struct hl_story_record *s)
{
    return s->terms;
}

static int32_t *term_weights(const struct hl_story_record *s)
{
    return (int32_t *)((uint32_t *)s->terms + s->term_capacity);
}

static uint16_t *term_holders(const struct hl_story_record *s)
{
    return (uint16_t *)(term_weights(s) + s->term_capacity);
}

struct hl_terms hl_story_terms(const struct hl_collection *c, uint32_t story, struct hl_terms_scratch *scratch)
{
    const struct hl_story_record *s = hl_story_at(c, story);
    if (s->terms)
        return (struct hl_terms){s->term_count, term_features(s), term_weights(s), term_holders(s)};
    HL_ASSERT(s->headlines == 1);
    const struct hl_headline_record *only = hl_headline_at(c, s->oldest);
    const uint16_t *weights = hl_vector_weights(only);
    for (uint32_t i = 0; i < only->shape.count; i++) {
        scratch->weight[i] = weights[i];
        scratch->holders[i] = 1;
    }
    return (struct hl_terms){only->shape.count, hl_vector_features(only), scratch->weight, scratch->holders};
}

const uint32_t *hl_story_features(const struct hl_collection *c, uint32_t story, uint32_t *count)
{
    const struct hl_story_record *s = hl_story_at(c, story);
    const struct hl_headline_record *only = s->terms ? NULL : hl_headline_at(c, s->oldest);
    *count = only ? only->shape.count : s->term_count;
    return only ? hl_vector_features(only) : term_features(s);
}

uint32_t hl_terms_find(const struct hl_terms *terms, uint32_t feature)
{
    uint32_t low = 0, high = terms->count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (terms->feature[middle] < feature)
            low = middle + 1;
        else
            high = middle;
    }
    return low < terms->count && terms->feature[low] == feature ? low : HL_NONE;
}

bool hl_story_weight_of(const struct hl_collection *c, uint32_t story, uint32_t feature, int32_t *weight)
{
    const struct hl_story_record *s = hl_story_at(c, story);
    if (s->terms) {
        uint32_t at = hl_terms_find(&(struct hl_terms){.count = s->term_count, .feature = term_features(s)}, feature);
        *weight = at == HL_NONE ? 0 : term_weights(s)[at];
        return at != HL_NONE;
    }
    const struct hl_headline_record *only = hl_headline_at(c, s->oldest);
    uint32_t at =
        hl_terms_find(&(struct hl_terms){.count = only->shape.count, .feature = hl_vector_features(only)}, feature);
    *weight = at == HL_NONE ? 0 : hl_vector_weights(only)[at];
    return at != HL_NONE;
}

/* Fills a block with the terms as they are now. */
static void terms_copy(const struct hl_collection *c, uint32_t story, struct hl_story_record *fresh)
{
    struct hl_terms_scratch scratch;
    struct hl_terms old = hl_story_terms(c, story, &scratch);
    memcpy(term_features(fresh), old.feature, old.count * sizeof(uint32_t));
    memcpy(term_weights(fresh), old.weight, old.count * sizeof(int32_t));
    memcpy(term_holders(fresh), old.holders, old.count * sizeof(uint16_t));
    fresh->term_count = (uint16_t)old.count;
}

static void signs_fill(const struct hl_collection *c, struct hl_story_record *s)
{
    memset(s->signs, 0, SIGNS_BYTES);
    for (uint32_t m = s->oldest; m != HL_NONE; m = hl_headline_at(c, m)->story_next)
        hl_sums_add_signs(s->signs, &hl_headline_at(c, m)->fingerprint, 1);
    s->signs_square = hl_sums_product(s->signs, s->signs);
}

enum hl_status hl_story_room_take(struct hl_collection *c, uint32_t story, uint32_t features,
                                  struct hl_story_room *room)
{
    const struct hl_story_record *s = hl_story_at(c, story);
    *room = (struct hl_story_room){0};
    if (s->headlines == 0)
        return HL_OK;
    uint32_t held = s->terms ? s->term_count : hl_headline_at(c, s->oldest)->shape.count;
    if (!s->terms || held + features > s->term_capacity) {
        room->term_capacity = (uint16_t)(hl_pool_room((held + features) * TERM_BYTES) / TERM_BYTES);
        room->terms = hl_pool_take(c->engine->pool, room->term_capacity * TERM_BYTES);
        if (!room->terms)
            return HL_NO_MEMORY;
    }
    if (s->signs)
        return HL_OK;
    room->signs = hl_pool_take(c->engine->pool, SIGNS_BYTES);
    if (room->signs)
        return HL_OK;
    hl_story_room_give(c, room);
    return HL_NO_MEMORY;
}

void hl_story_room_give(struct hl_collection *c, const struct hl_story_room *room)
{
    hl_pool_give(c->engine->pool, room->terms, room->terms ? room->term_capacity * TERM_BYTES : 0);
    hl_pool_give(c->engine->pool, room->signs, room->signs ? SIGNS_BYTES : 0);
}

void hl_story_room_use(struct hl_collection *c, uint32_t story, const struct hl_story_room *room)
{
    struct hl_story_record *s = hl_story_at(c, story);
    if (room->terms) {
        struct hl_story_record fresh = {.terms = room->terms, .term_capacity = room->term_capacity};
        terms_copy(c, story, &fresh);
        hl_pool_give(c->engine->pool, s->terms, s->term_capacity * TERM_BYTES);
        s->terms = fresh.terms;
        s->term_capacity = fresh.term_capacity;
        s->term_count = fresh.term_count;
    }
    if (room->signs) {
        s->signs = room->signs;
        signs_fill(c, s);
    }
}

enum hl_status hl_story_reserve(struct hl_collection *c, uint32_t story, uint32_t features)
{
    struct hl_story_room room;
    if (hl_story_room_take(c, story, features, &room) != HL_OK)
        return HL_NO_MEMORY;
    hl_story_room_use(c, story, &room);
    return HL_OK;
}

static void norm_set(struct hl_story_record *s, int64_t square)
{
    s->square = square;
    s->norm = sqrt((double)square);
}

static void term_insert(struct hl_story_record *s, uint32_t at, uint32_t feature, int32_t weight, uint16_t holders)
{
    size_t after = (size_t)s->term_count - at;
    HL_ASSERT(s->term_count < s->term_capacity);
    memmove(term_features(s) + at + 1, term_features(s) + at, after * sizeof(uint32_t));
    memmove(term_weights(s) + at + 1, term_weights(s) + at, after * sizeof(int32_t));
    memmove(term_holders(s) + at + 1, term_holders(s) + at, after * sizeof(uint16_t));
    term_features(s)[at] = feature;
    term_weights(s)[at] = weight;
    term_holders(s)[at] = holders;
    s->term_count++;
}

static void term_drop(struct hl_story_record *s, uint32_t at)
{
    size_t after = (size_t)s->term_count - at - 1;
    memmove(term_features(s) + at, term_features(s) + at + 1, after * sizeof(uint32_t));
    memmove(term_weights(s) + at, term_weights(s) + at + 1, after * sizeof(int32_t));
    memmove(term_holders(s) + at, term_holders(s) + at + 1, after * sizeof(uint16_t));
    s->term_count--;
}

static int64_t squared(int64_t x)
{
    return x * x;
}

static void posting_set(struct hl_collection *c, uint32_t story, uint32_t feature, int32_t weight)
{
    if (!(feature & HL_PAIR_BIT))
        hl_posting_set(c, feature, story, weight);
}

static void posting_change(struct hl_collection *c, uint32_t story, uint32_t feature, int32_t weight)
{
    if (!(feature & HL_PAIR_BIT))
        hl_posting_change(c, feature, story, weight);
}

static void posting_remove(struct hl_collection *c, uint32_t story, uint32_t feature)
{
    if (!(feature & HL_PAIR_BIT))
        hl_posting_remove(c, feature, story);
}

/* A term's share of its feature's document frequency while @holders members hold it. */
int32_t hl_story_df_of_holders(const struct hl_collection *c, uint32_t holders)
{
    return HL_DF_ONE + hl_df_again(c) * (int32_t)(holders - 1);
}

static int descending(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x < y) - (x > y);
}

/* Past HL_TERMS_MAX only those heavier than the HL_TERMS_KEPT-th stay: what is let go no longer counts anywhere. */
static void terms_prune(struct hl_collection *c, uint32_t story)
{
    struct hl_story_record *s = hl_story_at(c, story);
    if (s->term_count <= HL_TERMS_MAX)
        return;
    int32_t sorted[HL_TERMS_MAX * 2 + HL_FEATURES_MAX];
    HL_ASSERT(s->term_count <= sizeof sorted / sizeof sorted[0]);
    memcpy(sorted, term_weights(s), s->term_count * sizeof sorted[0]);
    qsort(sorted, s->term_count, sizeof sorted[0], descending);
    int32_t threshold = sorted[HL_TERMS_KEPT];
    int64_t square = s->square;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < s->term_count; i++) {
        uint32_t feature = term_features(s)[i];
        int32_t weight = term_weights(s)[i];
        uint16_t holders = term_holders(s)[i];
        if (weight <= threshold) {
            posting_remove(c, story, feature);
            hl_feature_df_add(c, feature, -hl_story_df_of_holders(c, holders));
            square -= squared(weight);
            continue;
        }
        term_features(s)[kept] = feature;
        term_weights(s)[kept] = weight;
        term_holders(s)[kept++] = holders;
    }
    s->term_count = (uint16_t)kept;
    norm_set(s, square);
}

/* Asks for counts and postings of all features of a vector, which are then changed one after the other. */
static void vector_prefetch(const struct hl_collection *c, const struct hl_headline_record *h)
{
    const uint32_t *features = hl_vector_features(h);
    hl_features_prefetch(c, features, h->shape.count);
    for (uint32_t i = 0; i < h->shape.words; i++)
        hl_postings_prefetch(hl_word_at(c, features[i]));
}

/* Position of @feature, or where it belongs, from @from on. */
static uint32_t term_seek(const struct hl_story_record *s, uint32_t from, uint32_t feature)
{
    const uint32_t *features = term_features(s);
    while (from < s->term_count && features[from] < feature)
        from++;
    return from;
}

static void vector_add(struct hl_collection *c, uint32_t story, const struct hl_headline_record *h)
{
    struct hl_story_record *s = hl_story_at(c, story);
    const uint32_t *features = hl_vector_features(h);
    const uint16_t *weights = hl_vector_weights(h);
    int64_t square = s->square;
    uint32_t at = 0;
    for (uint32_t i = 0; i < h->shape.count; i++) {
        int32_t weight = weights[i];
        at = term_seek(s, at, features[i]);
        if (at < s->term_count && term_features(s)[at] == features[i]) {
            square -= squared(term_weights(s)[at]);
            weight += term_weights(s)[at];
            term_weights(s)[at] = weight;
            term_holders(s)[at]++;
            hl_feature_df_add(c, features[i], hl_df_again(c));
        } else {
            term_insert(s, at, features[i], weight, 1);
            hl_feature_df_add(c, features[i], HL_DF_ONE);
        }
        square += squared(weight);
        posting_set(c, story, features[i], weight);
    }
    norm_set(s, square);
    terms_prune(c, story);
}

static void vector_found(struct hl_collection *c, uint32_t story, const struct hl_headline_record *h)
{
    struct hl_story_record *s = hl_story_at(c, story);
    const uint32_t *features = hl_vector_features(h);
    const uint16_t *weights = hl_vector_weights(h);
    int64_t square = 0;
    for (uint32_t i = 0; i < h->shape.count; i++) {
        square += squared(weights[i]);
        hl_feature_df_add(c, features[i], HL_DF_ONE);
        posting_set(c, story, features[i], weights[i]);
    }
    norm_set(s, square);
}

/* The inverse of vector_add and vector_found. A term that was pruned has nothing to give back. */
static void vector_remove(struct hl_collection *c, uint32_t story, const struct hl_headline_record *h)
{
    struct hl_story_record *s = hl_story_at(c, story);
    const uint32_t *features = hl_vector_features(h);
    const uint16_t *weights = hl_vector_weights(h);
    int64_t square = s->square;
    uint32_t at = 0;
    for (uint32_t i = 0; i < h->shape.count; i++) {
        at = term_seek(s, at, features[i]);
        if (at >= s->term_count || term_features(s)[at] != features[i])
            continue;
        int32_t before = term_weights(s)[at];
        square -= squared(before);
        if (term_holders(s)[at] > 1) {
            int32_t after = before > weights[i] ? before - weights[i] : 1;
            square += squared(after);
            term_weights(s)[at] = after;
            term_holders(s)[at]--;
            hl_feature_df_add(c, features[i], -hl_df_again(c));
            posting_change(c, story, features[i], after);
        } else {
            term_drop(s, at);
            hl_feature_df_add(c, features[i], -HL_DF_ONE);
            posting_remove(c, story, features[i]);
        }
    }
    norm_set(s, square);
}

/* Takes the only headline of a story without terms of its own out of the counts. */
static void vector_unfound(struct hl_collection *c, uint32_t story, const struct hl_headline_record *h)
{
    const uint32_t *features = hl_vector_features(h);
    for (uint32_t i = 0; i < h->shape.count; i++) {
        hl_feature_df_add(c, features[i], -HL_DF_ONE);
        posting_remove(c, story, features[i]);
    }
    norm_set(hl_story_at(c, story), 0);
}

/* ---- members ---- */

/* Links @headline in arrival order; it is nearly always the newest. */
static void member_link(struct hl_collection *c, struct hl_story_record *s, uint32_t headline)
{
    struct hl_headline_record *h = hl_headline_at(c, headline);
    uint32_t after = s->newest;
    while (after != HL_NONE && hl_headline_at(c, after)->seq > h->seq)
        after = hl_headline_at(c, after)->story_prev;
    h->story_prev = after;
    h->story_next = after == HL_NONE ? s->oldest : hl_headline_at(c, after)->story_next;
    if (h->story_next == HL_NONE)
        s->newest = headline;
    else
        hl_headline_at(c, h->story_next)->story_prev = headline;
    if (after == HL_NONE)
        s->oldest = headline;
    else
        hl_headline_at(c, after)->story_next = headline;
}

static void member_unlink(struct hl_collection *c, struct hl_story_record *s, const struct hl_headline_record *h)
{
    if (h->story_prev == HL_NONE)
        s->oldest = h->story_next;
    else
        hl_headline_at(c, h->story_prev)->story_next = h->story_next;
    if (h->story_next == HL_NONE)
        s->newest = h->story_prev;
    else
        hl_headline_at(c, h->story_next)->story_prev = h->story_prev;
}

static void span_include(struct hl_story_record *s, int64_t first_ms, int64_t last_ms)
{
    s->first_ms = first_ms < s->first_ms ? first_ms : s->first_ms;
    s->last_ms = last_ms > s->last_ms ? last_ms : s->last_ms;
}

/* The span after a member has gone; of a large story only its oldest and newest are looked at. */
static void span_rescan(struct hl_collection *c, struct hl_story_record *s)
{
    if (s->headlines == 0)
        return;
    s->first_ms = s->last_ms = hl_headline_at(c, s->newest)->event_ms;
    int64_t oldest_ms = hl_headline_at(c, s->oldest)->event_ms;
    span_include(s, oldest_ms, oldest_ms);
    uint32_t member = s->newest;
    for (unsigned i = 0; i < RESCAN_MAX && member != HL_NONE; i++) {
        const struct hl_headline_record *h = hl_headline_at(c, member);
        span_include(s, h->event_ms, h->event_ms);
        member = h->story_prev;
    }
}

/* ---- activity ---- */

static void recent_unlink(struct hl_collection *c, uint32_t story)
{
    const struct hl_story_record *s = hl_story_at(c, story);
    struct hl_queue *list = &c->recent[s->recent_list];
    if (c->retiring[s->recent_list] == story)
        c->retiring[s->recent_list] = s->recent_prev;
    if (s->recent_prev == HL_NONE)
        list->first = s->recent_next;
    else
        hl_story_at(c, s->recent_prev)->recent_next = s->recent_next;
    if (s->recent_next == HL_NONE)
        list->last = s->recent_prev;
    else
        hl_story_at(c, s->recent_next)->recent_prev = s->recent_prev;
}

static void recent_push(struct hl_collection *c, uint32_t story)
{
    struct hl_story_record *s = hl_story_at(c, story);
    s->recent_list = s->headlines > 1;
    s->active_seq = c->engine->seq;
    s->active_ms = c->engine->now_ms;
    if (c->retiring[s->recent_list] == HL_NONE)
        c->retiring[s->recent_list] = story;
    struct hl_queue *list = &c->recent[s->recent_list];
    s->recent_prev = HL_NONE;
    s->recent_next = list->first;
    if (list->first == HL_NONE)
        list->last = story;
    else
        hl_story_at(c, list->first)->recent_prev = story;
    list->first = story;
}

/* True when the story was not active for so long that it is due to be retired, or has been. */
static bool is_idle(const struct hl_collection *c, const struct hl_story_record *s)
{
    double horizon_ms = c->settings.decay_half_life_s * 1000 * RETIRE_HALF_LIVES;
    return horizon_ms > 0 && (double)(c->engine->now_ms - s->active_ms) > horizon_ms;
}

static void retire(struct hl_collection *c, uint32_t story)
{
    hl_story_at(c, story)->retired = true;
    struct hl_terms_scratch scratch;
    struct hl_terms terms = hl_story_terms(c, story, &scratch);
    for (uint32_t i = 0; i < terms.count && !(terms.feature[i] & HL_PAIR_BIT); i++)
        hl_posting_remove(c, terms.feature[i], story);
}

static void unretire(struct hl_collection *c, uint32_t story)
{
    hl_story_at(c, story)->retired = false;
    struct hl_terms_scratch scratch;
    struct hl_terms terms = hl_story_terms(c, story, &scratch);
    for (uint32_t i = 0; i < terms.count && !(terms.feature[i] & HL_PAIR_BIT); i++)
        hl_posting_set(c, terms.feature[i], story, terms.weight[i]);
}

/* The story just behind the mark: the one retired last. */
static uint32_t last_retired(const struct hl_collection *c, int list)
{
    uint32_t mark = c->retiring[list];
    return mark == HL_NONE ? c->recent[list].first : hl_story_at(c, mark)->recent_next;
}

bool hl_story_retire(struct hl_collection *c, unsigned budget)
{
    for (int list = 0; list < 2; list++) {
        uint32_t story = c->retiring[list];
        while (story != HL_NONE && is_idle(c, hl_story_at(c, story))) {
            if (budget-- == 0)
                return true;
            retire(c, story);
            c->engine->has_expired = true;
            c->retiring[list] = story = hl_story_at(c, story)->recent_prev;
        }
        /* Back again, which only a longer half-life calls for. */
        while ((story = last_retired(c, list)) != HL_NONE && !is_idle(c, hl_story_at(c, story))) {
            if (budget-- == 0)
                return true;
            unretire(c, story);
            c->engine->has_expired = true;
            c->retiring[list] = story;
        }
    }
    return false;
}

double hl_story_trend(const struct hl_collection *c, const struct hl_story_record *s, int64_t now_ms)
{
    return s->trend * hl_half_life(c->settings.trending_half_life_s, now_ms - s->trend_ms);
}

void hl_story_relist(struct hl_collection *c, uint32_t story)
{
    recent_unlink(c, story);
    recent_push(c, story);
}

void hl_story_touch(struct hl_collection *c, uint32_t story)
{
    struct hl_story_record *s = hl_story_at(c, story);
    int64_t now_ms = c->engine->now_ms;
    if (s->retired || is_idle(c, s))
        unretire(c, story);
    hl_story_relist(c, story);
    s->trend = hl_story_trend(c, s, now_ms) + 1;
    s->trend_ms = now_ms;
}

double hl_decay(const struct hl_collection *c, int64_t gap_ms)
{
    return hl_half_life(c->settings.decay_half_life_s, gap_ms);
}

/* ---- ids ---- */

static bool place_equal(const void *context, uint32_t value, const void *key)
{
    const struct hl_engine *engine = context;
    return ((const struct hl_place *)hl_slab_at(&engine->places, value))->id == *(const uint64_t *)key;
}

static bool redirect_equal(const void *context, uint32_t value, const void *key)
{
    const struct hl_engine *engine = context;
    return ((const struct hl_redirect_record *)hl_slab_at(&engine->redirects, value))->id == *(const uint64_t *)key;
}

static bool place_put(struct hl_collection *c, uint32_t story, uint64_t id)
{
    struct hl_engine *engine = c->engine;
    uint32_t index = hl_slab_take(&engine->places);
    if (index == HL_NONE)
        return false;
    *(struct hl_place *)hl_slab_at(&engine->places, index) = (struct hl_place){id, c->number, story};
    if (hl_index_insert(engine->story_index, hl_id_hash(engine, id), index) == HL_OK)
        return true;
    hl_slab_give(&engine->places, index);
    return false;
}

static struct hl_place *place_find(const struct hl_engine *engine, uint64_t id, uint32_t *index)
{
    *index = hl_index_find(engine->story_index, hl_id_hash(engine, id), place_equal, engine, &id);
    return *index == HL_NONE ? NULL : hl_slab_at(&engine->places, *index);
}

static void place_drop(struct hl_engine *engine, uint64_t id)
{
    uint32_t index;
    HL_ASSERT(place_find(engine, id, &index) != NULL);
    hl_index_remove(engine->story_index, hl_id_hash(engine, id), index);
    hl_slab_give(&engine->places, index);
}

bool hl_story_locate(const struct hl_engine *engine, uint64_t id, struct hl_collection **c, uint32_t *story)
{
    uint32_t index;
    const struct hl_place *place = place_find(engine, id, &index);
    if (place) {
        *c = engine->collections[place->collection];
        *story = place->story;
        return true;
    }
    index = hl_index_find(engine->redirect_index, hl_id_hash(engine, id), redirect_equal, engine, &id);
    if (index == HL_NONE)
        return false;
    const struct hl_redirect_record *redirect = hl_slab_at(&engine->redirects, index);
    *c = engine->collections[redirect->collection];
    *story = redirect->story;
    return true;
}

/* ---- birth and death ---- */

uint32_t hl_story_create(struct hl_collection *c)
{
    struct hl_engine *engine = c->engine;
    uint32_t story = hl_slab_take(&c->stories);
    if (story == HL_NONE)
        return HL_NONE;
    struct hl_story_record *s = hl_story_at(c, story);
    s->id = engine->next_story;
    s->oldest = s->newest = s->redirects = s->topic = HL_NONE;
    s->split_at = 4;
    s->topic_at = 1;
    s->first_ms = INT64_MAX;
    s->last_ms = INT64_MIN;
    s->trend_ms = engine->now_ms;
    if (!place_put(c, story, s->id)) {
        hl_slab_give(&c->stories, story);
        return HL_NONE;
    }
    engine->next_story++;
    recent_push(c, story);
    return story;
}

/* Frees what the record owns and the record; its id must be out of the places already. */
static void record_free(struct hl_collection *c, uint32_t story)
{
    struct hl_story_record *s = hl_story_at(c, story);
    struct hl_pool *pool = c->engine->pool;
    recent_unlink(c, story);
    hl_pool_give(pool, s->terms, s->term_capacity * TERM_BYTES);
    hl_pool_give(pool, s->signs, s->signs ? SIGNS_BYTES : 0);
    hl_pool_give(pool, s->history, s->history_capacity * sizeof *s->history);
    hl_slab_give(&c->stories, story);
}

void hl_story_undo(struct hl_collection *c, uint32_t story)
{
    place_drop(c->engine, hl_story_at(c, story)->id);
    record_free(c, story);
    c->engine->next_story--;
}

void hl_story_destroy(struct hl_collection *c, uint32_t story)
{
    struct hl_engine *engine = c->engine;
    struct hl_story_record *s = hl_story_at(c, story);
    HL_ASSERT(s->headlines == 0);
    hl_topic_leave(c, story);
    for (uint32_t r = s->redirects; r != HL_NONE;) {
        struct hl_redirect_record *redirect = hl_slab_at(&engine->redirects, r);
        uint32_t next = redirect->next;
        hl_index_remove(engine->redirect_index, hl_id_hash(engine, redirect->id), r);
        hl_slab_give(&engine->redirects, r);
        r = next;
    }
    place_drop(engine, s->id);
    hl_event_of_story(c, HL_EVENT_STORY_EXPIRED, story, s->id, 0, 0);
    record_free(c, story);
}

/* ---- headlines in and out ---- */

void hl_story_add(struct hl_collection *c, uint32_t story, uint32_t headline)
{
    struct hl_story_record *s = hl_story_at(c, story);
    struct hl_headline_record *h = hl_headline_at(c, headline);
    HL_ASSERT(s->headlines < HL_STORY_HEADLINES_MAX);
    if (s->headlines == 0 && !s->terms)
        vector_found(c, story, h);
    else
        vector_add(c, story, h);
    if (s->signs) {
        hl_sums_add_signs(s->signs, &h->fingerprint, 1);
        s->signs_square = hl_sums_product(s->signs, s->signs);
    }
    c->size += s->headlines == 0 ? HL_DF_ONE : hl_df_again(c);
    s->headlines++;
    if (s->headlines == 2)
        c->stories_multiple++;
    s->sightings += h->sightings;
    span_include(s, h->event_ms, h->event_ms);
    h->story = story;
    member_link(c, s, headline);
    hl_topic_headline_came(c, story);
}

void hl_story_remove(struct hl_collection *c, uint32_t story, uint32_t headline)
{
    struct hl_story_record *s = hl_story_at(c, story);
    struct hl_headline_record *h = hl_headline_at(c, headline);
    vector_prefetch(c, h);
    if (s->terms)
        vector_remove(c, story, h);
    else
        vector_unfound(c, story, h);
    if (s->signs) {
        hl_sums_add_signs(s->signs, &h->fingerprint, -1);
        s->signs_square = hl_sums_product(s->signs, s->signs);
    }
    s->headlines--;
    if (s->headlines == 1)
        c->stories_multiple--;
    c->size -= s->headlines == 0 ? HL_DF_ONE : hl_df_again(c);
    s->sightings -= h->sightings;
    member_unlink(c, s, h);
    h->story = HL_NONE;
    if (h->event_ms == s->first_ms || h->event_ms == s->last_ms)
        span_rescan(c, s);
    hl_topic_headline_left(c, story);
}

/* ---- history ---- */

static bool history_grow(struct hl_collection *c, struct hl_story_record *s)
{
    uint8_t capacity = s->history_capacity ? (uint8_t)(s->history_capacity * 2) : 2;
    struct hl_history *grown = hl_pool_take(c->engine->pool, capacity * sizeof *grown);
    if (!grown) {
        c->tallies.skipped_no_memory++;
        return false;
    }
    memset(grown, 0, capacity * sizeof *grown);
    if (s->history_count > 0)
        memcpy(grown, s->history, s->history_count * sizeof *grown);
    hl_pool_give(c->engine->pool, s->history, s->history_capacity * sizeof *grown);
    s->history = grown;
    s->history_capacity = capacity;
    return true;
}

/* Puts @entry where its time belongs, dropping the oldest when there is no room. */
static void history_put(struct hl_collection *c, struct hl_story_record *s, struct hl_history entry)
{
    if (s->history_count == s->history_capacity && (s->history_count == HL_HISTORY_MAX || !history_grow(c, s))) {
        if (s->history_count == 0 || entry.at_ms < s->history[0].at_ms)
            return;
        memmove(s->history, s->history + 1, (s->history_count - 1U) * sizeof entry);
        s->history_count--;
    }
    uint32_t at = s->history_count;
    for (; at > 0 && s->history[at - 1].at_ms > entry.at_ms; at--)
        s->history[at] = s->history[at - 1];
    s->history[at] = entry;
    s->history_count++;
}

void hl_story_record(struct hl_collection *c, uint32_t story, enum hl_history_kind kind, uint64_t other,
                     uint64_t headlines)
{
    struct hl_history entry = {.kind = kind, .other_story = other, .headlines = headlines};
    entry.at_ms = c->engine->now_ms;
    history_put(c, hl_story_at(c, story), entry);
}

/* ---- one story into another ---- */

static void absorb_terms(struct hl_collection *c, uint32_t into, uint32_t from)
{
    struct hl_story_record *s = hl_story_at(c, into);
    struct hl_terms_scratch scratch;
    struct hl_terms terms = hl_story_terms(c, from, &scratch);
    int32_t shared_df = HL_DF_ONE - hl_df_again(c);
    int64_t square = s->square;
    uint32_t at = 0;
    for (uint32_t i = 0; i < terms.count; i++) {
        int32_t weight = terms.weight[i];
        posting_remove(c, from, terms.feature[i]);
        at = term_seek(s, at, terms.feature[i]);
        if (at < s->term_count && term_features(s)[at] == terms.feature[i]) {
            square -= squared(term_weights(s)[at]);
            weight += term_weights(s)[at];
            term_weights(s)[at] = weight;
            term_holders(s)[at] = (uint16_t)(term_holders(s)[at] + terms.holders[i]);
            hl_feature_df_add(c, terms.feature[i], -shared_df);
        } else {
            term_insert(s, at, terms.feature[i], weight, terms.holders[i]);
        }
        square += squared(weight);
        posting_set(c, into, terms.feature[i], weight);
    }
    c->size -= shared_df;
    norm_set(s, square);
    terms_prune(c, into);
}

/* Takes the newer of the two heads @a and @b (walking back from the newest) and moves that head on. */
static uint32_t newer_head(const struct hl_collection *c, uint32_t *a, uint32_t *b)
{
    bool take_a = *b == HL_NONE || (*a != HL_NONE && hl_headline_at(c, *a)->seq > hl_headline_at(c, *b)->seq);
    uint32_t *head = take_a ? a : b, taken = *head;
    *head = hl_headline_at(c, taken)->story_prev;
    return taken;
}

/* Merges the two member lists, both in arrival order, from the newest down until the absorbed one is used up. */
static void absorb_members(struct hl_collection *c, uint32_t into, uint32_t from)
{
    struct hl_story_record *s = hl_story_at(c, into), *f = hl_story_at(c, from);
    uint32_t mine = s->newest, theirs = f->newest, after = HL_NONE;
    while (theirs != HL_NONE) {
        uint32_t before = theirs, member = newer_head(c, &mine, &theirs);
        struct hl_headline_record *h = hl_headline_at(c, member);
        if (theirs != before) {
            hl_sums_add_signs(s->signs, &h->fingerprint, 1);
            h->story = into;
        }
        h->story_next = after;
        if (after == HL_NONE)
            s->newest = member;
        else
            hl_headline_at(c, after)->story_prev = member;
        after = member;
    }
    hl_headline_at(c, after)->story_prev = mine;
    if (mine == HL_NONE)
        s->oldest = after;
    else
        hl_headline_at(c, mine)->story_next = after;
    s->signs_square = hl_sums_product(s->signs, s->signs);
}

/*
 * The id that is absorbed when @f, the smaller, goes into @s. The older one survives; only a story that has grown to several times an older
 * fragment keeps its own id, since far more headlines have been answered with it.
 */
static uint64_t absorbed_id(const struct hl_story_record *s, const struct hl_story_record *f)
{
    bool outgrown = s->headlines >= OUTGROWN_MIN && s->headlines >= OUTGROWN_TIMES * f->headlines;
    return s->id < f->id || outgrown ? f->id : s->id;
}

/* The absorbed id and all that it had absorbed now lead to @into. */
static void absorb_ids(struct hl_collection *c, uint32_t into, uint32_t from, uint32_t redirect)
{
    struct hl_engine *engine = c->engine;
    struct hl_story_record *s = hl_story_at(c, into), *f = hl_story_at(c, from);
    uint64_t absorbed = absorbed_id(s, f), survivor = absorbed == f->id ? s->id : f->id;
    place_drop(engine, absorbed);
    uint32_t index;
    place_find(engine, survivor, &index)->story = into;
    s->id = survivor;
    f->id = absorbed;

    s->redirect_count += f->redirect_count + 1;
    struct hl_redirect_record *r = hl_slab_at(&engine->redirects, redirect);
    *r = (struct hl_redirect_record){absorbed, into, f->redirects, c->number};
    uint32_t last = redirect;
    for (uint32_t i = f->redirects; i != HL_NONE; i = r->next) {
        r = hl_slab_at(&engine->redirects, i);
        r->story = into;
        last = i;
    }
    ((struct hl_redirect_record *)hl_slab_at(&engine->redirects, last))->next = s->redirects;
    s->redirects = redirect;
    hl_event_of_story(c, HL_EVENT_STORY_MERGED, into, absorbed, survivor, s->headlines + f->headlines);
}

/* A story that lives on and on absorbs without end: the ids it absorbed first are forgotten. */
static void forget_redirects(struct hl_collection *c, struct hl_story_record *s)
{
    struct hl_engine *engine = c->engine;
    uint32_t *link = &s->redirects;
    for (uint32_t kept = 0; kept < REDIRECTS_MAX && *link != HL_NONE; kept++)
        link = &((struct hl_redirect_record *)hl_slab_at(&engine->redirects, *link))->next;
    while (*link != HL_NONE) {
        uint32_t index = *link;
        const struct hl_redirect_record *redirect = hl_slab_at(&engine->redirects, index);
        *link = redirect->next;
        hl_index_remove(engine->redirect_index, hl_id_hash(engine, redirect->id), index);
        hl_slab_give(&engine->redirects, index);
        s->redirect_count--;
        c->tallies.redirects_dropped++;
    }
}

static uint32_t redirect_take(struct hl_engine *engine, uint64_t absorbed)
{
    uint32_t redirect = hl_slab_take(&engine->redirects);
    if (redirect == HL_NONE)
        return HL_NONE;
    if (hl_index_insert(engine->redirect_index, hl_id_hash(engine, absorbed), redirect) == HL_OK)
        return redirect;
    hl_slab_give(&engine->redirects, redirect);
    return HL_NONE;
}

enum hl_status hl_story_absorb(struct hl_collection *c, uint32_t into, uint32_t from)
{
    struct hl_story_record *s = hl_story_at(c, into), *f = hl_story_at(c, from);
    struct hl_terms_scratch scratch;
    HL_ASSERT(s->headlines + f->headlines <= HL_STORY_HEADLINES_MAX);
    if (hl_story_reserve(c, into, hl_story_terms(c, from, &scratch).count) != HL_OK)
        return HL_NO_MEMORY;
    uint32_t redirect = redirect_take(c->engine, absorbed_id(s, f));
    if (redirect == HL_NONE)
        return HL_NO_MEMORY;
    absorb_ids(c, into, from, redirect);
    if (s->redirect_count > 2 * REDIRECTS_MAX) /* not one by one: the walk is as long as what is kept */
        forget_redirects(c, s);
    hl_topic_story_absorbed(c, into, from);
    absorb_terms(c, into, from);
    absorb_members(c, into, from);
    c->stories_multiple -= s->headlines > 1 && f->headlines > 1;
    c->stories_multiple += s->headlines == 1 && f->headlines == 1;
    s->headlines += f->headlines;
    s->sightings += f->sightings;
    span_include(s, f->first_ms, f->last_ms);
    s->trend = hl_story_trend(c, s, c->engine->now_ms) + hl_story_trend(c, f, c->engine->now_ms);
    s->trend_ms = c->engine->now_ms;
    for (uint32_t i = 0; i < f->history_count; i++)
        history_put(c, s, f->history[i]);
    hl_story_record(c, into, HL_HISTORY_ABSORBED, f->id, f->headlines);
    hl_story_relist(c, into);
    record_free(c, from);
    return HL_OK;
}

/* ---- from a saved state ---- */

bool hl_story_restore_terms(struct hl_collection *c, struct hl_story_record *s, struct hl_terms_room *out)
{
    s->terms = hl_pool_take(c->engine->pool, s->term_capacity * TERM_BYTES);
    if (!s->terms)
        return false;
    *out = (struct hl_terms_room){term_features(s), term_weights(s), term_holders(s)};
    return true;
}

uint32_t hl_story_term_capacity_max(void)
{
    return (uint32_t)(hl_pool_room(2 * HL_TERMS_MAX * TERM_BYTES) / TERM_BYTES);
}

bool hl_story_restore_signs(struct hl_collection *c, uint32_t story)
{
    struct hl_story_record *s = hl_story_at(c, story);
    s->signs = hl_pool_take(c->engine->pool, SIGNS_BYTES);
    if (s->signs)
        signs_fill(c, s);
    return s->signs != NULL;
}

void hl_story_restore_square(struct hl_story_record *s, int64_t square)
{
    norm_set(s, square);
}

enum hl_status hl_story_restore_room(struct hl_engine *engine, uint32_t stories)
{
    return hl_index_presize(engine->story_index, stories);
}

void hl_story_restore_ask(const struct hl_engine *engine, uint32_t index)
{
    const struct hl_place *place = hl_slab_at(&engine->places, index);
    hl_index_prefetch(engine->story_index, hl_id_hash(engine, place->id));
}

enum hl_status hl_story_restore_place(struct hl_engine *engine, uint32_t index)
{
    uint64_t id = ((const struct hl_place *)hl_slab_at(&engine->places, index))->id;
    return hl_index_insert_new(engine->story_index, hl_id_hash(engine, id), index, place_equal, engine, &id);
}

enum hl_status hl_story_restore_redirect(struct hl_engine *engine, uint32_t index)
{
    uint64_t id = ((const struct hl_redirect_record *)hl_slab_at(&engine->redirects, index))->id;
    return hl_index_insert_new(engine->redirect_index, hl_id_hash(engine, id), index, redirect_equal, engine, &id);
}
