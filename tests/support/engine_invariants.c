/*
 * engine_invariants.c - the invariants of src/engine/state.h, recomputed the slow way.
 */
#include "support/engine_invariants.h"

#include "engine/collection.h"
#include "engine/posting.h"
#include "engine/store.h"
#include "engine/story.h"
#include "engine/tail.h"
#include "engine/topic.h"
#include "engine/vector.h"
#include "engine/vocabulary.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* What is expected of one collection while it is gone through. */
struct expected {
    const struct hl_collection *c;
    struct engine_report *report;
    bool lossless;
    int32_t *word_df;       /* by word */
    uint32_t *word_holders; /* by word */
    uint32_t *source_holders;
    bool *retired;  /* by story */
    uint32_t *pair; /* features of stories, one entry for each story and pair, with its share of the df */
    int32_t *pair_df;
    size_t pairs, pairs_max;
};

static void *zeroed(size_t count, size_t bytes)
{
    void *block = calloc(count + 1, bytes);
    assert_non_null(block);
    return block;
}

static void raise_to(uint32_t *maximum, uint32_t value)
{
    if (value > *maximum)
        *maximum = value;
}

/* ---- headlines ---- */

static void check_vector(struct expected *e, const struct hl_headline_record *h)
{
    const uint32_t *features = hl_vector_features(h);
    assert_true(h->shape.words > 0 && h->shape.words <= HL_WORDS_MAX);
    assert_true(h->shape.count >= h->shape.words && h->shape.count <= HL_FEATURES_MAX);
    for (uint32_t i = 0; i < h->shape.count; i++) {
        assert_true(i == 0 || features[i - 1] < features[i]);
        assert_int_equal((features[i] & HL_PAIR_BIT) != 0, i >= h->shape.words);
        assert_true(hl_vector_weights(h)[i] <= HL_WEIGHT_MAX);
        if (i < h->shape.words) {
            assert_true(hl_slab_is_live(&e->c->words, features[i]));
            e->word_holders[features[i]]++;
        }
    }
}

static void check_aliases(struct expected *e, uint32_t index)
{
    const struct hl_headline_record *h = hl_headline_at(e->c, index);
    uint32_t count = 0;
    for (uint32_t i = h->aliases; i != HL_NONE; count++) {
        const struct hl_alias_record *alias = hl_slab_at(&e->c->aliases, i);
        struct hl_text id = {alias->text, alias->length};
        assert_int_equal(alias->headline, index);
        assert_int_equal(hl_store_find(e->c, id), index);
        i = alias->next;
    }
    assert_int_equal(count, h->alias_count);
    assert_true(count <= HL_ALIASES_MAX);
    e->report->aliases += count;
}

/* The chain of equal texts begins at the one that the index finds; this one is on it. */
static void check_same_text(struct expected *e, uint32_t index)
{
    const struct hl_headline_record *h = hl_headline_at(e->c, index);
    uint32_t previous = HL_NONE, i = hl_store_find_text(e->c, h->digest);
    bool found = false;
    for (; i != HL_NONE; i = hl_headline_at(e->c, i)->same_next) {
        const struct hl_headline_record *other = hl_headline_at(e->c, i);
        assert_int_equal(other->same_prev, previous);
        assert_memory_equal(other->digest, h->digest, sizeof h->digest);
        found = found || i == index;
        previous = i;
    }
    assert_true(found);
    e->report->copies += h->same_prev != HL_NONE;
}

/* What the runner-up scored is known with it; it may be gone since, and its place another's, which then came later. */
static void check_runner_up(const struct expected *e, const struct hl_headline_record *h)
{
    if (h->runner_up == HL_NONE)
        return;
    assert_true(h->runner_up_seq > 0 && h->runner_up_seq < h->seq);
    assert_true(h->runner_up_score > 0 && h->runner_up_score < 2);
    if (hl_slab_is_live(&e->c->headlines, h->runner_up))
        assert_true(hl_headline_at(e->c, h->runner_up)->seq >= h->runner_up_seq);
}

static void check_headline(struct expected *e, uint32_t index)
{
    const struct hl_headline_record *h = hl_headline_at(e->c, index);
    check_vector(e, h);
    check_aliases(e, index);
    check_same_text(e, index);
    check_runner_up(e, h);
    assert_int_equal(hl_store_find(e->c, hl_store_id(h)), index);
    assert_true(h->seq > 0 && h->seq <= e->c->engine->seq);
    assert_true(h->received_ms <= h->last_seen_ms && h->last_seen_ms <= e->c->engine->now_ms);
    assert_true(h->event_ms <= h->received_ms);
    assert_true(h->verdict < HL_VERDICT_COUNT && h->verdict != HL_VERDICT_REPLAYED);
    assert_true(hl_slab_is_live(&e->c->stories, h->story));
    if (h->source != HL_NONE)
        e->source_holders[h->source]++;
}

static void check_window(const struct hl_collection *c)
{
    uint32_t count = 0, older = HL_NONE;
    for (uint32_t i = c->window.first; i != HL_NONE; i = hl_headline_at(c, i)->newer, count++) {
        assert_int_equal(hl_headline_at(c, i)->older, older);
        if (older != HL_NONE)
            assert_true(hl_headline_at(c, older)->last_seen_ms <= hl_headline_at(c, i)->last_seen_ms);
        older = i;
    }
    assert_int_equal(c->window.last, older);
    assert_int_equal(count, c->headlines.live);
}

static uint32_t live_firsts(const struct hl_collection *c)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < hl_slab_limit(&c->headlines); i++)
        count += hl_slab_is_live(&c->headlines, i) && hl_headline_at(c, i)->same_prev == HL_NONE;
    return count;
}

/* ---- stories ---- */

/* A member's features, to be summed: sorted by feature they come together. */
struct share {
    uint32_t feature;
    int32_t weight;
};

static int by_feature(const void *a, const void *b)
{
    const struct share *x = a, *y = b;
    return (x->feature > y->feature) - (x->feature < y->feature);
}

static struct share *member_shares(const struct hl_collection *c, const struct hl_story_record *s, size_t *count)
{
    struct share *shares = zeroed((size_t)s->headlines * HL_FEATURES_MAX, sizeof *shares);
    *count = 0;
    for (uint32_t m = s->oldest; m != HL_NONE; m = hl_headline_at(c, m)->story_next) {
        const struct hl_headline_record *h = hl_headline_at(c, m);
        for (uint32_t i = 0; i < h->shape.count; i++)
            shares[(*count)++] = (struct share){hl_vector_features(h)[i], hl_vector_weights(h)[i]};
    }
    qsort(shares, *count, sizeof *shares, by_feature);
    return shares;
}

/*
 * Terms against the members: a term that all its holders stand for is their exact sum. Pruning may have let holders go, never made
 * any up. Returns true when something was let go.
 */
static bool check_sums(const struct hl_collection *c, const struct hl_story_record *s, const struct hl_terms *terms)
{
    size_t count, at = 0;
    struct share *shares = member_shares(c, s, &count);
    bool pruned = false;
    uint32_t met = 0;
    while (at < count) {
        uint32_t feature = shares[at].feature, holders = 0;
        int32_t weight = 0;
        for (; at < count && shares[at].feature == feature; at++, holders++)
            weight += shares[at].weight;
        uint32_t term = hl_terms_find(terms, feature);
        pruned = pruned || term == HL_NONE || terms->holders[term] < holders;
        if (term == HL_NONE)
            continue;
        met++;
        assert_true(terms->holders[term] <= holders);
        if (terms->holders[term] == holders)
            assert_int_equal(terms->weight[term], weight);
    }
    assert_int_equal(met, terms->count); /* no term without a member */
    free(shares);
    return pruned;
}

static void note_term(struct expected *e, uint32_t story, const struct hl_terms *terms, uint32_t i)
{
    uint32_t feature = terms->feature[i];
    int32_t df = HL_DF_ONE + hl_df_again(e->c) * (int32_t)(terms->holders[i] - 1);
    assert_true(terms->holders[i] > 0);
    if (feature & HL_PAIR_BIT) {
        if (e->pairs == e->pairs_max) {
            e->pairs_max = e->pairs_max * 2 + 1024;
            e->pair = realloc(e->pair, e->pairs_max * sizeof *e->pair);
            e->pair_df = realloc(e->pair_df, e->pairs_max * sizeof *e->pair_df);
            assert_true(e->pair != NULL && e->pair_df != NULL);
        }
        e->pair[e->pairs] = feature;
        e->pair_df[e->pairs++] = df;
        return;
    }
    assert_true(hl_slab_is_live(&e->c->words, feature));
    e->word_df[feature] += df;
    struct hl_postings list = hl_postings_of(hl_word_at(e->c, feature));
    bool posted = false;
    for (uint32_t j = 0; j < list.count && !posted; j++)
        posted = list.story[j] == story;
    e->report->unposted += !posted && !e->retired[story];
}

static void check_terms(struct expected *e, uint32_t story)
{
    const struct hl_story_record *s = hl_story_at(e->c, story);
    struct hl_terms_scratch scratch;
    struct hl_terms terms = hl_story_terms(e->c, story, &scratch);
    int64_t square = 0;
    assert_true(s->terms != NULL || s->headlines == 1);
    assert_true(terms.count <= HL_TERMS_MAX);
    for (uint32_t i = 0; i < terms.count; i++) {
        assert_true(i == 0 || terms.feature[i - 1] < terms.feature[i]);
        assert_true(terms.weight[i] >= 0);
        square += (int64_t)terms.weight[i] * terms.weight[i];
        note_term(e, story, &terms, i);
    }
    assert_true(s->square == square);
    assert_true(s->norm >= sqrt((double)square) && s->norm <= sqrt((double)square));
    e->report->pruned += check_sums(e->c, s, &terms);
}

static void check_signs(const struct hl_collection *c, const struct hl_story_record *s)
{
    int32_t sums[HL_FINGERPRINT_BITS] = {0};
    if (!s->signs) {
        assert_int_equal(s->headlines, 1);
        return;
    }
    for (uint32_t m = s->oldest; m != HL_NONE; m = hl_headline_at(c, m)->story_next) {
        const struct hl_fingerprint *f = &hl_headline_at(c, m)->fingerprint;
        for (int bit = 0; bit < HL_FINGERPRINT_BITS; bit++)
            sums[bit] += (f->word[bit / 64] >> (bit % 64) & 1) != 0 ? 1 : -1;
    }
    int64_t square = 0;
    for (int bit = 0; bit < HL_FINGERPRINT_BITS; bit++) {
        assert_int_equal(s->signs[bit], sums[bit]);
        square += (int64_t)sums[bit] * sums[bit];
    }
    assert_true(s->signs_square == square);
}

/* Members in arrival order, and what the story counts of them. */
static void check_members(const struct hl_collection *c, uint32_t story)
{
    const struct hl_story_record *s = hl_story_at(c, story);
    int64_t first_ms = INT64_MAX, last_ms = INT64_MIN;
    uint64_t sightings = 0, seq = 0;
    uint32_t count = 0, previous = HL_NONE;
    for (uint32_t m = s->oldest; m != HL_NONE; m = hl_headline_at(c, m)->story_next) {
        const struct hl_headline_record *h = hl_headline_at(c, m);
        assert_int_equal(h->story, story);
        assert_int_equal(h->story_prev, previous);
        assert_true(h->seq > seq);
        first_ms = h->event_ms < first_ms ? h->event_ms : first_ms;
        last_ms = h->event_ms > last_ms ? h->event_ms : last_ms;
        sightings += h->sightings;
        seq = h->seq;
        previous = m;
        count++;
    }
    assert_true(count > 0 && count <= HL_STORY_HEADLINES_MAX);
    assert_int_equal(s->newest, previous);
    assert_int_equal(s->headlines, count);
    assert_int_equal(s->sightings, sightings);
    assert_true(s->first_ms >= first_ms && s->last_ms <= last_ms && s->first_ms <= s->last_ms);
}

static void check_ids(struct expected *e, uint32_t story)
{
    const struct hl_story_record *s = hl_story_at(e->c, story);
    struct hl_collection *c;
    uint32_t found;
    assert_true(s->id > 0 && s->id < e->c->engine->next_story);
    assert_true(hl_story_locate(e->c->engine, s->id, &c, &found));
    assert_ptr_equal(c, e->c);
    assert_int_equal(found, story);
    for (uint32_t i = s->redirects; i != HL_NONE; e->report->redirects++) {
        const struct hl_redirect_record *redirect = hl_slab_at(&e->c->engine->redirects, i);
        assert_int_equal(redirect->story, story);
        assert_int_equal(redirect->collection, e->c->number);
        assert_true(redirect->id < e->c->engine->next_story && redirect->id != s->id);
        assert_true(hl_story_locate(e->c->engine, redirect->id, &c, &found));
        assert_ptr_equal(c, e->c);
        assert_int_equal(found, story);
        i = redirect->next;
    }
    assert_true(s->history_count <= HL_HISTORY_MAX && s->history_count <= s->history_capacity);
    for (uint32_t i = 1; i < s->history_count; i++)
        assert_true(s->history[i - 1].at_ms <= s->history[i].at_ms);
}

/* The lists of activity hold every story once, the latest first; what lies behind the mark is retired. */
static void check_activity(struct expected *e)
{
    const struct hl_collection *c = e->c;
    uint32_t count = 0;
    for (uint32_t list = 0; list < 2; list++) {
        uint32_t previous = HL_NONE;
        bool retired = c->retiring[list] == HL_NONE;
        for (uint32_t i = c->recent[list].first; i != HL_NONE; i = hl_story_at(c, i)->recent_next, count++) {
            const struct hl_story_record *s = hl_story_at(c, i);
            assert_int_equal(s->recent_prev, previous);
            assert_int_equal(s->recent_list, list);
            assert_true(list == 1 || s->headlines == 1);
            if (previous != HL_NONE) {
                const struct hl_story_record *p = hl_story_at(c, previous);
                assert_true(p->active_seq > s->active_seq || (p->active_seq == s->active_seq && p->id > s->id));
                assert_true(p->active_ms >= s->active_ms);
            }
            e->retired[i] = retired;
            e->report->retired += retired;
            retired = retired || c->retiring[list] == i;
            previous = i;
        }
        assert_true(retired); /* the mark was met */
        assert_int_equal(c->recent[list].last, previous);
    }
    assert_int_equal(count, c->stories.live);
}

/* ---- topics ---- */

/* Every anchor is a word of one of the story's headlines, so that it is in the vocabulary; ascending. */
static void check_anchors(const struct hl_collection *c, uint32_t story)
{
    const struct hl_story_record *s = hl_story_at(c, story);
    assert_true(s->anchor_count <= HL_ANCHORS_MAX && s->anchor_count <= s->anchor_capacity);
    assert_int_equal(s->anchors == NULL, s->topic == HL_NONE);
    for (uint32_t i = 0; i < s->anchor_count; i++) {
        bool held = false;
        assert_true(i == 0 || s->anchors[i - 1] < s->anchors[i]);
        for (uint32_t m = s->oldest; m != HL_NONE && !held; m = hl_headline_at(c, m)->story_next) {
            const struct hl_headline_record *h = hl_headline_at(c, m);
            for (uint32_t j = 0; j < h->shape.words && !held; j++)
                held = hl_vector_features(h)[j] == s->anchors[i];
        }
        assert_true(held);
    }
}

/* Stories in the list, what is counted of them, and the terms as their anchors' sum. */
static void check_topic_stories(const struct hl_collection *c, uint32_t topic)
{
    const struct hl_topic_record *t = hl_topic_at(c, topic);
    struct hl_topic_terms terms = hl_topic_terms(t);
    uint16_t *counts = zeroed(hl_slab_limit(&c->words), sizeof *counts);
    uint32_t stories = 0, previous = HL_NONE, distinct = 0;
    uint64_t headlines = 0;
    for (uint32_t i = t->oldest; i != HL_NONE; i = hl_story_at(c, i)->topic_next, stories++) {
        const struct hl_story_record *s = hl_story_at(c, i);
        assert_int_equal(s->topic, topic);
        assert_int_equal(s->topic_prev, previous);
        assert_true(t->first_ms <= s->first_ms && t->last_ms >= s->last_ms);
        headlines += s->headlines;
        previous = i;
        for (uint32_t j = 0; j < s->anchor_count; j++)
            distinct += counts[s->anchors[j]]++ == 0;
    }
    assert_int_equal(t->newest, previous);
    assert_int_equal(t->stories, stories);
    assert_true(stories > 0 && stories <= HL_TOPIC_STORIES_MAX);
    assert_int_equal(t->headlines, headlines);
    assert_int_equal(terms.count, distinct);
    for (uint32_t i = 0; i < terms.count; i++) {
        assert_true(i == 0 || terms.word[i - 1] < terms.word[i]);
        assert_true(hl_slab_is_live(&c->words, terms.word[i]));
        assert_int_equal(terms.stories[i], counts[terms.word[i]]);
        assert_int_equal(hl_topic_stories_with(&terms, terms.word[i]), terms.stories[i]);
    }
    free(counts);
}

static void check_topic_ids(struct expected *e, uint32_t topic)
{
    const struct hl_engine *engine = e->c->engine;
    const struct hl_topic_record *t = hl_topic_at(e->c, topic);
    uint32_t count = 0;
    for (uint32_t i = t->ids; i != HL_NONE; count++) {
        const struct hl_topic_id *id = hl_slab_at(&engine->topic_ids, i);
        struct hl_collection *c;
        uint32_t found;
        assert_true(count > 0 || id->id == t->id);
        assert_true(id->id > 0 && id->id < engine->next_topic);
        assert_true(hl_topic_locate(engine, id->id, &c, &found));
        assert_ptr_equal(c, e->c);
        assert_int_equal(found, topic);
        i = id->next;
    }
    assert_int_equal(count, t->id_count);
    e->report->topic_ids += count;
}

static void check_topics(struct expected *e)
{
    const struct hl_collection *c = e->c;
    uint32_t count = 0, previous = HL_NONE;
    for (uint32_t i = c->recent_topics.first; i != HL_NONE; i = hl_topic_at(c, i)->recent_next, count++) {
        const struct hl_topic_record *t = hl_topic_at(c, i);
        assert_int_equal(t->recent_prev, previous);
        if (previous != HL_NONE)
            assert_true(hl_topic_at(c, previous)->active_seq >= t->active_seq);
        check_topic_stories(c, i);
        check_topic_ids(e, i);
        previous = i;
    }
    assert_int_equal(c->recent_topics.last, previous);
    assert_int_equal(count, c->topics.live);
    e->report->topics += count;
    for (uint32_t i = 0; i < hl_slab_limit(&c->stories); i++)
        if (hl_slab_is_live(&c->stories, i)) {
            check_anchors(c, i);
            e->report->in_topics += hl_story_at(c, i)->topic != HL_NONE;
        }
}

/* ---- words, pairs, sources ---- */

static void check_posting(const struct expected *e, uint32_t word, uint32_t story, int32_t weight)
{
    struct hl_terms_scratch scratch;
    assert_true(hl_slab_is_live(&e->c->stories, story));
    struct hl_terms terms = hl_story_terms(e->c, story, &scratch);
    uint32_t at = hl_terms_find(&terms, word);
    assert_true(at != HL_NONE);
    assert_int_equal(terms.weight[at], weight);
    assert_false(e->retired[story]);
}

static void check_word(const struct expected *e, uint32_t index)
{
    const struct hl_word_record *word = hl_word_at(e->c, index);
    struct hl_postings list = hl_postings_of(word);
    assert_int_equal(hl_words_find(e->c, word->text, word->length), index);
    assert_true(word->holders > 0);
    assert_int_equal(word->holders, e->word_holders[index]);
    assert_int_equal(word->df, e->word_df[index]);
    assert_true(list.count <= HL_POSTINGS_MAX && list.count <= word->posting_capacity);
    for (uint32_t i = 0; i < list.count; i++) {
        for (uint32_t j = 0; j < i; j++)
            assert_int_not_equal(list.story[i], list.story[j]);
        check_posting(e, index, list.story[i], list.weight[i]);
    }
    raise_to(&e->report->longest, list.count);
}

static void check_words(const struct expected *e)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < hl_slab_limit(&e->c->words); i++)
        if (hl_slab_is_live(&e->c->words, i)) {
            check_word(e, i);
            count++;
        }
    assert_int_equal(count, e->c->words.live);
    assert_int_equal(count, hl_index_count(e->c->word_index));
}

static void check_pairs(struct expected *e)
{
    struct share *shares = zeroed(e->pairs, sizeof *shares);
    uint32_t distinct = 0;
    for (size_t i = 0; i < e->pairs; i++)
        shares[i] = (struct share){e->pair[i], e->pair_df[i]};
    qsort(shares, e->pairs, sizeof *shares, by_feature);
    for (size_t at = 0; at < e->pairs; distinct++) {
        uint32_t feature = shares[at].feature, stories = 0;
        int32_t df = 0;
        for (; at < e->pairs && shares[at].feature == feature; at++, stories++)
            df += shares[at].weight;
        if (e->lossless)
            assert_int_equal(hl_feature_df(e->c, feature), df);
        else
            assert_true(hl_feature_df(e->c, feature) <= df);
        raise_to(&e->report->shared_pair, stories);
    }
    if (e->lossless)
        assert_int_equal(hl_index_count(e->c->pair_counts), distinct);
    free(shares);
}

static void check_sources(const struct expected *e)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < hl_slab_limit(&e->c->sources); i++) {
        if (!hl_slab_is_live(&e->c->sources, i))
            continue;
        const struct hl_source_record *source = hl_slab_at(&e->c->sources, i);
        assert_true(source->holders > 0 && source->length > 0);
        assert_int_equal(source->holders, e->source_holders[i]);
        count++;
    }
    assert_int_equal(count, hl_index_count(e->c->source_index));
}

/* ---- all ---- */

static void check_stories(struct expected *e)
{
    const struct hl_collection *c = e->c;
    int64_t size = 0;
    uint64_t members = 0, multiple = 0;
    for (uint32_t i = 0; i < hl_slab_limit(&c->stories); i++) {
        if (!hl_slab_is_live(&c->stories, i))
            continue;
        const struct hl_story_record *s = hl_story_at(c, i);
        check_members(c, i);
        check_terms(e, i);
        check_signs(c, s);
        check_ids(e, i);
        size += HL_DF_ONE + hl_df_again(c) * ((int64_t)s->headlines - 1);
        members += s->headlines;
        multiple += s->headlines > 1;
        raise_to(&e->report->largest, s->headlines);
    }
    assert_true(c->size == size);
    assert_int_equal(members, c->headlines.live);
    assert_int_equal(multiple, c->stories_multiple);
    e->report->headlines += members;
    e->report->stories += c->stories.live;
    e->report->multiple += multiple;
}

/* Means of scores, which are never below 0. */
static void check_noise(const struct hl_collection *c)
{
    assert_true(c->noise >= 0 && c->noise < 2);
    for (uint32_t i = 0; i < hl_slab_limit(&c->stories); i++) {
        if (!hl_slab_is_live(&c->stories, i))
            continue;
        const struct hl_story_record *s = hl_story_at(c, i);
        assert_true(s->noise >= 0 && s->noise < 2);
        assert_true(s->noise_count > 0 || s->noise <= 0);
    }
}

static void check_counts(const struct expected *e)
{
    const struct hl_collection *c = e->c;
    uint32_t aliases = 0;
    for (uint32_t i = 0; i < hl_slab_limit(&c->headlines); i++)
        aliases += hl_slab_is_live(&c->headlines, i) ? hl_headline_at(c, i)->alias_count : 0U;
    assert_int_equal(hl_index_count(c->id_index), c->headlines.live);
    assert_int_equal(hl_index_count(c->text_index), live_firsts(c));
    assert_int_equal(hl_index_count(c->alias_index), aliases);
    assert_int_equal(c->aliases.live, aliases);
    assert_int_equal(hl_index_count(c->tail_index), c->tails.live);
}

static void check_collection(struct hl_engine *engine, uint32_t number, bool lossless, struct engine_report *report)
{
    const struct hl_collection *c = engine->collections[number];
    struct expected e = {.c = c, .report = report, .lossless = lossless};
    assert_int_equal(c->number, number);
    assert_ptr_equal(hl_collection_find(engine, engine->collection_names[number]), c);
    e.word_df = zeroed(hl_slab_limit(&c->words), sizeof *e.word_df);
    e.word_holders = zeroed(hl_slab_limit(&c->words), sizeof *e.word_holders);
    e.source_holders = zeroed(hl_slab_limit(&c->sources), sizeof *e.source_holders);
    e.retired = zeroed(hl_slab_limit(&c->stories), sizeof *e.retired);
    check_activity(&e);
    for (uint32_t i = 0; i < hl_slab_limit(&c->headlines); i++)
        if (hl_slab_is_live(&c->headlines, i))
            check_headline(&e, i);
    check_window(c);
    check_stories(&e);
    check_topics(&e);
    check_words(&e);
    check_pairs(&e);
    check_sources(&e);
    check_noise(c);
    check_counts(&e);
    free(e.word_df);
    free(e.word_holders);
    free(e.source_holders);
    free(e.retired);
    free(e.pair);
    free(e.pair_df);
}

void engine_check_invariants(hl_engine *engine, bool lossless, struct engine_report *report)
{
    struct engine_report ignored = {0}, *out = report != NULL ? report : &ignored;
    uint64_t redirects_before = out->redirects, stories_before = out->stories, ids_before = out->topic_ids;
    for (uint32_t i = 0; i < engine->collection_count; i++)
        check_collection(engine, i, lossless, out);
    assert_int_equal(out->redirects - redirects_before, engine->redirects.live);
    assert_int_equal(engine->redirects.live, hl_index_count(engine->redirect_index));
    assert_int_equal(out->stories - stories_before, engine->places.live);
    assert_int_equal(engine->places.live, hl_index_count(engine->story_index));
    assert_int_equal(out->topic_ids - ids_before, engine->topic_ids.live);
    assert_int_equal(engine->topic_ids.live, hl_index_count(engine->topic_index));
}
