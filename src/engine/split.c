/*
 * split.c - testing and splitting stories.
 */
#include "engine/split.h"

#include "engine/event.h"
#include "engine/merge.h"
#include "engine/story.h"
#include "engine/topic_place.h"
#include "engine/vector.h"
#include "engine/vocabulary.h"

#include <math.h>
#include <string.h>

#define SPLIT_MEMBERS_MAX 64
#define ROUNDS 3
#define NOT_THERE UINT16_MAX
#define HALF_MIN 2 /* headlines a half must have */

/* The story under test: members in arrival order and a dense numbering of its terms. */
struct parting {
    uint32_t count;
    uint32_t member[SPLIT_MEMBERS_MAX];
    bool side[SPLIT_MEMBERS_MAX];
    uint32_t headlines[2];
    int64_t first_ms[2], last_ms[2];
    struct hl_terms terms;
    uint16_t position[SPLIT_MEMBERS_MAX][HL_FEATURES_MAX]; /* of a member's feature in the terms; NOT_THERE: pruned */
    bool hot[HL_TERMS_MAX + HL_FEATURES_MAX];
    int64_t sum[2][HL_TERMS_MAX + HL_FEATURES_MAX];
    double norm[2];
};

static bool is_due(const struct hl_collection *c, const struct hl_story_record *s)
{
    double headlines = s->headlines;
    return c->settings.split_factor > 0 && headlines >= c->settings.split_min && headlines <= c->settings.split_max &&
           s->headlines <= SPLIT_MEMBERS_MAX && s->headlines >= s->split_at;
}

static uint32_t next_test(uint32_t headlines)
{
    uint32_t third = headlines * 34 / 100;
    return headlines + (third > 4 ? third : 4);
}

/* The word that parts the members best, as a position in the terms; HL_NONE when every member is alike. */
static uint32_t parting_word(const struct hl_collection *c, const struct parting *p)
{
    double best = 0;
    uint32_t found = HL_NONE;
    for (uint32_t i = 0; i < p->terms.count && !(p->terms.feature[i] & HL_PAIR_BIT); i++) {
        if (p->hot[i])
            continue;
        double share = (double)p->terms.holders[i] / p->count;
        double value = (share < 1 - share ? share : 1 - share) * hl_feature_idf(c, p->terms.feature[i]);
        if (value > best) {
            best = value;
            found = i;
        }
    }
    return found;
}

/* Both lists ascend. Done once, since every round needs it twice. */
static void find_positions(const struct hl_collection *c, struct parting *p)
{
    for (uint32_t m = 0; m < p->count; m++) {
        const struct hl_headline_record *h = hl_headline_at(c, p->member[m]);
        uint32_t at = 0;
        for (uint32_t i = 0; i < h->shape.count; i++) {
            uint32_t feature = hl_vector_features(h)[i];
            while (at < p->terms.count && p->terms.feature[at] < feature)
                at++;
            bool there = at < p->terms.count && p->terms.feature[at] == feature;
            p->position[m][i] = there ? (uint16_t)at : NOT_THERE;
        }
    }
}

/* Sums, norms and spans of the two sides. False when one is empty. */
static bool sum_sides(const struct hl_collection *c, struct parting *p)
{
    for (int side = 0; side < 2; side++) {
        memset(p->sum[side], 0, p->terms.count * sizeof p->sum[side][0]);
        p->headlines[side] = 0;
        p->first_ms[side] = INT64_MAX;
        p->last_ms[side] = INT64_MIN;
    }
    for (uint32_t m = 0; m < p->count; m++) {
        const struct hl_headline_record *h = hl_headline_at(c, p->member[m]);
        int side = p->side[m];
        p->headlines[side]++;
        p->first_ms[side] = h->event_ms < p->first_ms[side] ? h->event_ms : p->first_ms[side];
        p->last_ms[side] = h->event_ms > p->last_ms[side] ? h->event_ms : p->last_ms[side];
        for (uint32_t i = 0; i < h->shape.count; i++)
            if (p->position[m][i] != NOT_THERE)
                p->sum[side][p->position[m][i]] += hl_vector_weights(h)[i];
    }
    for (int side = 0; side < 2; side++) {
        double square = 0;
        for (uint32_t i = 0; i < p->terms.count; i++)
            square += (double)p->sum[side][i] * (double)p->sum[side][i];
        p->norm[side] = sqrt(square);
    }
    return p->headlines[0] > 0 && p->headlines[1] > 0;
}

/* Moves @m to the side it is nearer to, itself not counted. True when that is another side. */
static bool choose_side(const struct hl_collection *c, struct parting *p, uint32_t m)
{
    const struct hl_headline_record *h = hl_headline_at(c, p->member[m]);
    double product[2] = {0, 0}, own = 0;
    for (uint32_t i = 0; i < h->shape.count; i++) {
        double weight = hl_vector_weights(h)[i];
        uint32_t at = p->position[m][i];
        if (at == NOT_THERE || p->hot[at])
            continue;
        own += weight * weight;
        product[0] += weight * (double)p->sum[0][at];
        product[1] += weight * (double)p->sum[1][at];
    }
    product[p->side[m]] -= own;
    bool before = p->side[m];
    p->side[m] = product[1] / p->norm[1] > product[0] / p->norm[0];
    return p->side[m] != before;
}

static double halves_score(const struct hl_collection *c, const struct parting *p)
{
    double product = 0;
    for (uint32_t i = 0; i < p->terms.count; i++)
        if (!p->hot[i])
            product += (double)p->sum[0][i] * (double)p->sum[1][i];
    int64_t gap_ms = hl_gap_between(p->first_ms[0], p->last_ms[0], p->first_ms[1], p->last_ms[1]);
    return product / (p->norm[0] * p->norm[1]) * hl_decay(c, gap_ms);
}

/* True when the members fall into two sides that would not merge. */
static bool falls_apart(const struct hl_collection *c, struct parting *p)
{
    uint32_t word = parting_word(c, p);
    if (word == HL_NONE)
        return false;
    for (uint32_t m = 0; m < p->count; m++)
        p->side[m] = hl_vector_holds(hl_headline_at(c, p->member[m]), p->terms.feature[word]);
    find_positions(c, p);
    bool parted = sum_sides(c, p);
    bool moved = true;
    for (int round = 0; round < ROUNDS && parted && moved; round++) {
        moved = false;
        for (uint32_t m = 0; m < p->count; m++)
            moved = choose_side(c, p, m) || moved;
        if (moved)
            parted = sum_sides(c, p);
    }
    if (!parted || p->headlines[0] < HALF_MIN || p->headlines[1] < HALF_MIN)
        return false;
    uint32_t smaller = p->headlines[0] < p->headlines[1] ? p->headlines[0] : p->headlines[1];
    return halves_score(c, p) < c->settings.split_factor * hl_merge_need(c, smaller);
}

/* Moves one side, member by member, into a new story. */
static void split(struct hl_collection *c, uint32_t story, const struct parting *p)
{
    bool leaving = p->headlines[1] <= p->headlines[0];
    uint32_t fresh = hl_story_create(c);
    if (fresh == HL_NONE) {
        c->tallies.skipped_no_memory++;
        return;
    }
    uint64_t old_id = hl_story_at(c, story)->id, new_id = hl_story_at(c, fresh)->id;
    hl_event_of_story(c, HL_EVENT_STORY_SPLIT, story, old_id, new_id, hl_story_at(c, story)->headlines);
    for (uint32_t m = 0; m < p->count; m++) {
        const struct hl_headline_record *h = hl_headline_at(c, p->member[m]);
        if (p->side[m] != leaving)
            continue;
        if (hl_story_reserve(c, fresh, h->shape.count) != HL_OK) {
            c->tallies.skipped_no_memory++; /* those left stay where they are: both stories are whole */
            break;
        }
        hl_story_remove(c, story, p->member[m]);
        hl_story_add(c, fresh, p->member[m]);
        hl_event_of_move(c, p->member[m], old_id);
    }
    struct hl_story_record *s = hl_story_at(c, story), *f = hl_story_at(c, fresh);
    double share = (double)f->headlines / (double)(f->headlines + s->headlines);
    f->trend = hl_story_trend(c, s, c->engine->now_ms) * share;
    f->trend_ms = c->engine->now_ms;
    s->trend *= 1 - share;
    f->split_at = next_test(f->headlines);
    hl_story_relist(c, fresh);
    hl_story_record(c, story, HL_HISTORY_SPLIT_OFF, new_id, f->headlines);
    hl_story_record(c, fresh, HL_HISTORY_SPLIT_FROM, old_id, f->headlines);
    hl_topic_after_split(c, story, fresh);
    c->tallies.splits++;
}

void hl_split_if_due(struct hl_collection *c, uint32_t story)
{
    struct hl_story_record *s = hl_story_at(c, story);
    if (!is_due(c, s))
        return;
    s->split_at = next_test(s->headlines);
    c->tallies.split_tests++;

    struct parting p;
    struct hl_terms_scratch scratch;
    p.terms = hl_story_terms(c, story, &scratch);
    p.count = 0;
    for (uint32_t m = s->oldest; m != HL_NONE; m = hl_headline_at(c, m)->story_next)
        p.member[p.count++] = m;
    for (uint32_t i = 0; i < p.terms.count; i++)
        p.hot[i] = hl_feature_is_hot(c, p.terms.feature[i]);
    if (falls_apart(c, &p))
        split(c, story, &p);
}
