/*
 * place.c - joining, duplicating or founding.
 */
#include "engine/place.h"

#include "engine/absent.h"
#include "engine/candidate.h"
#include "engine/noise.h"
#include "engine/story.h"

/* True when a duplicate of @headline belongs to its story. */
static bool can_follow(const struct hl_collection *c, const struct hl_query *query, uint32_t headline)
{
    const struct hl_story_record *s = hl_seen_story(c, query, hl_headline_at(c, headline)->story);
    return s->headlines < HL_STORY_HEADLINES_MAX &&
           hl_decay(c, hl_story_gap(s, query->event_ms)) >= HL_FOLLOW_DECAY_MIN;
}

/* Early in a stream every word looks rare and every likeness great. */
static double cold_margin(const struct hl_collection *c, const struct hl_query *query)
{
    double prior = c->settings.cold_headlines, seen = (double)hl_seen_size(c, query) / HL_DF_ONE;
    double youth = seen < prior ? 1 - seen / prior : 0;
    return c->settings.cold_margin * youth;
}

struct hl_join hl_place_weigh(const struct hl_collection *c, const struct hl_query *query,
                              const struct hl_candidates *candidates)
{
    struct hl_join join = {.rival_weight = c->settings.rival_weight,
                           .noise_weight = c->settings.noise_weight,
                           .join_threshold = c->settings.join_threshold};
    join.best = candidates->count > 0 ? candidates->best[0].score : 0;
    join.second = candidates->count > 1 ? candidates->best[1].score : 0;
    join.noise = hl_noise_of_headline(candidates);
    join.cold_margin = cold_margin(c, query);
    join.noise_margin = c->settings.stream_noise_weight * c->noise;
    join.threshold = join.join_threshold + join.cold_margin + join.noise_margin;
    join.margin = join.best - join.rival_weight * join.second - join.noise_weight * join.noise;
    join.joins = join.margin >= join.threshold;
    return join;
}

static void decide_by_score(const struct hl_collection *c, const struct hl_query *query, struct hl_placement *out)
{
    const struct hl_candidates *candidates = &out->candidates;
    const struct hl_candidate *best = candidates->best;
    struct hl_join *join = &out->join;
    *join = hl_place_weigh(c, query, candidates);
    join->is_full =
        candidates->count > 0 && hl_seen_story(c, query, best[0].story)->headlines >= HL_STORY_HEADLINES_MAX;
    join->joins = join->joins && candidates->count > 0 && !join->is_full;
    out->similarity = join->best < 1 ? join->best : 1;
    out->story = join->joins ? best[0].story : HL_NONE;
    out->verdict = join->joins ? HL_VERDICT_RELATED : HL_VERDICT_NEW;
}

static void duplicate_of(struct hl_placement *out, enum hl_verdict verdict, uint32_t headline, unsigned bits)
{
    out->verdict = verdict;
    out->duplicate = headline;
    out->distance_bits = bits;
    out->has_distance = true;
}

/* A near duplicate stands in the story it is joined to, or brings a headline that would have stood alone to its story. */
static void take_near(const struct hl_collection *c, const struct hl_query *query, const struct hl_nearest *nearest,
                      struct hl_placement *out)
{
    uint32_t story = hl_headline_at(c, nearest->near)->story;
    if (out->story == HL_NONE && can_follow(c, query, nearest->near))
        out->story = story;
    if (out->story == story)
        duplicate_of(out, HL_VERDICT_NEAR, nearest->near, nearest->near_bits);
}

enum hl_status hl_place_decide(struct hl_collection *c, struct hl_query *query, const struct hl_analysis *analysis,
                               struct hl_text guessed, uint32_t original, struct hl_placement *out)
{
    struct hl_nearest nearest = {HL_NONE, 0, HL_NONE, 0};
    out->duplicate = HL_NONE;
    hl_candidates_find(c, query, &out->candidates);
    decide_by_score(c, query, out);
    /* Only the story it joins can hold its near duplicate; one that would stand alone may find one anywhere. */
    uint32_t stories = out->story != HL_NONE ? 1 : out->candidates.count;
    if (original == HL_NONE &&
        hl_duplicate_search(c, query, analysis, guessed, out->candidates.best, stories, &nearest) != HL_OK)
        return HL_NO_MEMORY;
    out->closest = nearest.closest;
    out->has_distance = nearest.closest != HL_NONE;
    out->distance_bits = out->has_distance ? nearest.closest_bits : 0;
    if (original != HL_NONE) {
        duplicate_of(out, HL_VERDICT_EXACT, original, 0);
        out->similarity = 1;
        if (can_follow(c, query, original))
            out->story = hl_headline_at(c, original)->story;
    } else if (nearest.near != HL_NONE) {
        take_near(c, query, &nearest, out);
    }
    return HL_OK;
}
