/*
 * merge.c - deciding and doing merges.
 */
#include "engine/merge.h"

#include "core/maths.h"
#include "engine/series.h"
#include "engine/story.h"
#include "engine/vocabulary.h"

#define CORE_SHARE 0.5    /* share of the members that makes a word a core word */
#define COVERAGE_UNIT 0.4 /* brings the coverage, which is high for siblings too, to the scale of the cosine */
#define GROWTH_MAX 6      /* doublings */
#define BRIDGE_LOOKS 32   /* latest headlines of a story that are asked for their runner-up */

static bool is_framed(const struct hl_candidates *framed, uint32_t feature)
{
    for (uint32_t i = 0; framed && i < framed->framed_count; i++)
        if (framed->framed[i] == feature)
            return true;
    return false;
}

/* The two terms' product; @framed, which may be NULL, has the features that count less. */
static double product_of(const struct hl_collection *c, const struct hl_terms *small, const struct hl_terms *large,
                         const struct hl_candidates *framed)
{
    int64_t product = 0, frame = 0;
    uint32_t j = 0;
    for (uint32_t i = 0; i < small->count; i++) {
        while (j < large->count && large->feature[j] < small->feature[i])
            j++;
        if (j == large->count)
            break;
        if (large->feature[j] == small->feature[i] && !hl_feature_is_hot(c, small->feature[i]))
            *(is_framed(framed, small->feature[i]) ? &frame : &product) += (int64_t)small->weight[i] * large->weight[j];
    }
    return hl_series_product(c, product, frame);
}

static double cosine_beside(const struct hl_collection *c, uint32_t a, uint32_t b, const struct hl_candidates *framed)
{
    struct hl_terms_scratch scratch_a, scratch_b;
    struct hl_terms terms_a = hl_story_terms(c, a, &scratch_a), terms_b = hl_story_terms(c, b, &scratch_b);
    double lengths = hl_story_length(c, hl_story_at(c, a)) * hl_story_length(c, hl_story_at(c, b));
    return lengths > 0 ? product_of(c, &terms_a, &terms_b, framed) / lengths : 0;
}

double hl_story_cosine(const struct hl_collection *c, uint32_t a, uint32_t b)
{
    return cosine_beside(c, a, b, NULL);
}

/* Share of the core of @a, by IDF, that @b holds; 1 when there is no core. */
static double coverage(const struct hl_collection *c, uint32_t a, uint32_t b)
{
    struct hl_terms_scratch scratch_a, scratch_b;
    struct hl_terms core = hl_story_terms(c, a, &scratch_a), other = hl_story_terms(c, b, &scratch_b);
    double members_a = hl_story_at(c, a)->headlines, members_b = hl_story_at(c, b)->headlines;
    double total = 0, held = 0;
    for (uint32_t i = 0; i < core.count && !(core.feature[i] & HL_PAIR_BIT); i++) {
        if (core.holders[i] < CORE_SHARE * members_a || hl_feature_is_hot(c, core.feature[i]))
            continue;
        double idf = hl_feature_idf(c, core.feature[i]);
        uint32_t at = hl_terms_find(&other, core.feature[i]);
        double share = at == HL_NONE ? 0 : other.holders[at] / members_b / CORE_SHARE;
        total += idf;
        held += idf * (share < 1 ? share : 1);
    }
    return total > 0 ? held / total : 1;
}

double hl_merge_need(const struct hl_collection *c, uint32_t headlines)
{
    double noise = c->settings.merge_noise_weight * c->noise;
    if (headlines <= 1)
        return c->settings.merge_single + noise;
    double doublings = hl_log2(headlines);
    double growth = c->settings.merge_growth * (doublings < GROWTH_MAX ? doublings : GROWTH_MAX);
    return c->settings.merge_threshold + growth + noise;
}

static double decay_between(const struct hl_collection *c, uint32_t a, uint32_t b)
{
    const struct hl_story_record *x = hl_story_at(c, a), *y = hl_story_at(c, b);
    return hl_decay(c, hl_gap_between(x->first_ms, x->last_ms, y->first_ms, y->last_ms));
}

/* How much the latest headlines of @a tell of @b: the scores of those whose runner-up it was, beyond what is common. */
static double bridges_from(const struct hl_collection *c, uint32_t a, uint32_t b)
{
    double sum = 0, least = c->settings.bridge_threshold;
    uint32_t member = hl_story_at(c, a)->newest;
    for (int looks = 0; looks < BRIDGE_LOOKS && member != HL_NONE; looks++) {
        const struct hl_headline_record *h = hl_headline_at(c, member);
        double score = (double)h->runner_up_score;
        member = h->story_prev;
        if (h->runner_up == HL_NONE || score <= least || !hl_slab_is_live(&c->headlines, h->runner_up))
            continue;
        const struct hl_headline_record *other = hl_headline_at(c, h->runner_up);
        if (other->story == b && other->seq == h->runner_up_seq)
            sum += score - least;
    }
    return sum;
}

/*
 * Evidence that the stories' own words do not hold: headlines that fitted both. By the headlines of the smaller one, at most 1, so that a few
 * chance bridges of a large story do not count.
 */
static double bridges(const struct hl_collection *c, uint32_t a, uint32_t b)
{
    uint32_t x = hl_story_at(c, a)->headlines, y = hl_story_at(c, b)->headlines, smaller = x < y ? x : y;
    double each = (bridges_from(c, a, b) + bridges_from(c, b, a)) / (smaller < BRIDGE_LOOKS ? smaller : BRIDGE_LOOKS);
    return each < 1 ? each : 1;
}

/*
 * By how much the two stories pass what a merge needs, or anything below 0 when they do not. What costs comes last and only where it can still
 * decide: bridges and coverages are at most 1, and rounding is monotonic, so that what they could add is known before they are.
 */
static double merge_excess(const struct hl_collection *c, uint32_t a, uint32_t b, const struct hl_candidates *framed)
{
    uint32_t x = hl_story_at(c, a)->headlines, y = hl_story_at(c, b)->headlines;
    double core = c->settings.merge_core, bridge = c->settings.bridge_weight;
    double need = hl_merge_need(c, x < y ? x : y), decay = decay_between(c, a, b);
    double cosine = (1 - core) * cosine_beside(c, a, b, framed), most = core * COVERAGE_UNIT;
    if ((cosine + most) * decay < need - bridge)
        return -1;
    if (bridge > 0)
        need -= bridge * bridges(c, a, b);
    if (core <= 0)
        return cosine * decay - need;
    if ((cosine + most) * decay < need)
        return -1;
    double one = coverage(c, b, a);
    if ((cosine + most * (1 + one) / 2) * decay < need)
        return -1;
    return (cosine + most * (coverage(c, a, b) + one) / 2) * decay - need;
}

static uint32_t merge(struct hl_collection *c, uint32_t a, uint32_t b)
{
    bool a_larger = hl_story_at(c, a)->headlines >= hl_story_at(c, b)->headlines;
    uint32_t into = a_larger ? a : b, from = a_larger ? b : a;
    if (hl_story_absorb(c, into, from) != HL_OK) {
        c->tallies.skipped_no_memory++;
        return a;
    }
    c->tallies.merges++;
    return into;
}

uint32_t hl_merge_after_join(struct hl_collection *c, uint32_t story, const struct hl_candidates *candidates)
{
    uint32_t looks = (uint32_t)c->settings.merge_candidates, best = HL_NONE;
    uint32_t headlines = hl_story_at(c, story)->headlines;
    bool is_series = hl_story_at(c, story)->is_series;
    double best_excess = 0;
    for (uint32_t i = 0; i < candidates->count && looks > 0; i++) {
        uint32_t other = candidates->best[i].story;
        if (other == story)
            continue;
        looks--;
        uint32_t theirs = hl_story_at(c, other)->headlines;
        if (headlines + theirs > HL_STORY_HEADLINES_MAX || is_series || hl_story_at(c, other)->is_series)
            continue;
        double excess = merge_excess(c, story, other, candidates);
        if (excess >= 0 && (best == HL_NONE || excess > best_excess)) {
            best = other;
            best_excess = excess;
        }
    }
    return best == HL_NONE ? story : merge(c, story, best);
}
