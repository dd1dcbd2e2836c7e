/*
 * candidate.c - votes through the postings, then exact scores for the few best.
 */
#include "engine/candidate.h"

#include "engine/posting.h"
#include "engine/story.h"
#include "engine/window.h"

#include <math.h>
#include <string.h>

#define LN_2 0.6931471805599453
#define SLOTS 8192U /* twice what HL_WORDS_MAX words can bring */
#define PREFETCH 6  /* stories ahead */

struct slot {
    uint32_t story;
    uint32_t round; /* the slot is empty unless this is the accumulator's round */
    int64_t votes;
};

struct hl_accumulator {
    uint32_t round;
    uint32_t shift; /* leaves as many bits of a hash as the slots in use need: few words stay in the nearest cache */
    uint32_t mask;
    uint32_t touched_count;
    uint16_t touched[SLOTS]; /* slots in the order of their first vote */
    struct slot slots[SLOTS];
};

_Static_assert(SLOTS >= 2 * HL_WORDS_MAX * HL_POSTINGS_MAX, "the table stays at most half full");

struct hl_accumulator *hl_accumulator_create(struct hl_memory *memory)
{
    return hl_memory_allocate_zero(memory, sizeof(struct hl_accumulator));
}

void hl_accumulator_destroy(struct hl_memory *memory, struct hl_accumulator *accumulator)
{
    if (accumulator)
        hl_memory_release(memory, accumulator, sizeof *accumulator);
}

static void accumulator_start(struct hl_accumulator *a, uint32_t words)
{
    uint32_t bits = 1;
    while (1U << bits < 2 * words * HL_POSTINGS_MAX)
        bits++;
    a->shift = 32 - bits;
    a->mask = (1U << bits) - 1;
    a->touched_count = 0;
    if (++a->round == 0) { /* the counter went round: old marks could be mistaken for new ones */
        memset(a->slots, 0, sizeof a->slots);
        a->round = 1;
    }
}

static void vote(struct hl_accumulator *a, uint32_t story, int64_t votes)
{
    uint32_t at = story * 0x9e3779b1U >> a->shift;
    while (a->slots[at].round == a->round && a->slots[at].story != story)
        at = (at + 1) & a->mask;
    if (a->slots[at].round != a->round) {
        a->slots[at] = (struct slot){story, a->round, 0};
        a->touched[a->touched_count++] = (uint16_t)at;
    }
    a->slots[at].votes += votes;
}

/* Picks the heaviest words that can vote into @chosen; returns their number. */
static uint32_t choose_words(const struct hl_query *query, uint32_t wanted, uint32_t *chosen)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < query->count; i++) {
        if (query->hot[i] || (query->feature[i] & HL_PAIR_BIT)) /* pairs and unknown words have no postings */
            continue;
        uint32_t at = count < wanted ? count++ : wanted;
        while (at > 0 && query->weight[chosen[at - 1]] < query->weight[i]) {
            if (at < wanted)
                chosen[at] = chosen[at - 1];
            at--;
        }
        if (at < wanted)
            chosen[at] = i;
    }
    return count;
}

static void collect_votes(struct hl_collection *c, const struct hl_query *query)
{
    struct hl_accumulator *a = c->engine->accumulator;
    uint32_t chosen[HL_WORDS_MAX + 1];
    uint32_t count = choose_words(query, (uint32_t)c->settings.query_features, chosen);
    accumulator_start(a, count);
    for (uint32_t i = 0; i < count; i++) {
        struct hl_postings list = hl_postings_of(hl_word_at(c, query->feature[chosen[i]]));
        int64_t weight = query->weight[chosen[i]];
        for (uint32_t j = list.count; j > 0; j--)
            vote(a, list.story[j - 1], weight * list.weight[j - 1]);
    }
}

static void insert(struct hl_candidates *out, uint32_t room, struct hl_candidate candidate)
{
    uint32_t at = out->count < room ? out->count++ : room - 1;
    for (; at > 0 && out->best[at - 1].score < candidate.score; at--)
        out->best[at] = out->best[at - 1];
    out->best[at] = candidate;
}

/* Decay can only lower a score: a story that would not make it without decay is not worth computing it. */
static void pick_rough(const struct hl_collection *c, const struct hl_query *query, struct hl_candidates *out)
{
    const struct hl_accumulator *a = c->engine->accumulator;
    uint32_t room = (uint32_t)c->settings.candidates;
    double half_life_ms = c->settings.decay_half_life_s * 1000, per_half_life = half_life_ms > 0 ? 1 / half_life_ms : 0;
    for (uint32_t i = 0; i < a->touched_count; i++) {
        const struct slot *slot = &a->slots[a->touched[i]];
        if (i + PREFETCH < a->touched_count)
            __builtin_prefetch(hl_story_at(c, a->slots[a->touched[i + PREFETCH]].story));
        const struct hl_story_record *s = hl_story_at(c, slot->story);
        double rough = (double)slot->votes / s->norm;
        bool full = out->count == room;
        if (full && rough <= out->best[room - 1].score)
            continue;
        int64_t gap_ms = hl_story_gap(s, query->event_ms);
        if (full && rough <= out->best[room - 1].score * (1 + LN_2 * (double)gap_ms * per_half_life))
            continue; /* 2^-x <= 1 / (1 + x ln 2): too old to make it */
        rough *= hl_decay(c, gap_ms);
        if (!full || rough > out->best[room - 1].score)
            insert(out, room, (struct hl_candidate){slot->story, rough});
    }
}

struct overlap {
    int64_t product; /* over features that are not hot */
    uint32_t words;  /* shared, hot ones included */
};

static struct overlap overlap_with(const struct hl_query *query, const struct hl_terms *terms)
{
    struct overlap overlap = {0, 0};
    uint32_t j = 0;
    for (uint32_t i = 0; i < query->count; i++) {
        uint32_t feature = query->feature[i];
        while (j < terms->count && terms->feature[j] < feature)
            j++;
        if (j == terms->count)
            break;
        if (terms->feature[j] != feature)
            continue;
        overlap.words += !(feature & HL_PAIR_BIT);
        if (!query->hot[i])
            overlap.product += (int64_t)query->weight[i] * terms->weight[j];
    }
    return overlap;
}

/*
 * The length that the sum of the members' unit vectors has, from the length of the sum of their signs. Two vectors at angle t agree in
 * all but t / pi of their signs, so that a mean cosine of the signs r means one of sin(pi r / 2) of the vectors (Charikar 2002).
 */
static double length_of_sum(double headlines, double signs_square)
{
    double pairs = headlines * (headlines - 1);
    double r = pairs > 0 ? (signs_square / HL_FINGERPRINT_BITS - headlines) / pairs : 0;
    double cosine = r * (1.5708 - 0.5708 * r * r);
    double square = headlines + pairs * cosine;
    return sqrt(square > 1 ? square : 1);
}

/* Estimated cosine of the headline's live sums with the sum of the members' vectors, of which only signs are kept. */
static double sums_cosine(const struct hl_collection *c, const struct hl_query *query, const struct hl_story_record *s)
{
    const double sign_shrink = 0.7979; /* sqrt(2 / pi): the mean of a normal variable times its sign */
    int64_t product;
    double length = 1;
    if (s->signs) {
        product = hl_sums_product(query->sums.live, s->signs);
        length = length_of_sum(s->headlines, (double)s->signs_square);
    } else { /* sums at set bits count once, those at the others are taken away */
        const struct hl_headline_record *only = hl_headline_at(c, s->oldest);
        product = 2 * hl_sums_at_bits(query->sums.live, &only->fingerprint) - query->sums_total;
    }
    double norms = sign_shrink * 16 * length * query->sums_norm;
    return norms > 0 ? (double)product / norms : 0;
}

double hl_candidate_score(const struct hl_collection *c, const struct hl_query *query, uint32_t story)
{
    const struct hl_story_record *s = hl_story_at(c, story);
    struct hl_terms_scratch scratch;
    struct hl_terms terms = hl_story_terms(c, story, &scratch);
    struct overlap overlap = overlap_with(query, &terms);
    if (overlap.words < (uint32_t)c->settings.shared_words && overlap.words < query->words &&
        overlap.words < terms.count)
        return 0;
    double cosine = (double)overlap.product / (s->norm * HL_WEIGHT_ONE);
    double chars = c->settings.char_weight;
    double x = (1 - chars) * cosine + chars * sums_cosine(c, query, s);
    return x * hl_decay(c, hl_story_gap(s, query->event_ms));
}

void hl_candidates_find(struct hl_collection *c, const struct hl_query *query, struct hl_candidates *out)
{
    struct hl_candidates rough = {.count = 0};
    collect_votes(c, query);
    pick_rough(c, query, &rough);
    out->count = 0;
    for (uint32_t i = 0; i < rough.count; i++) {
        uint32_t story = rough.best[i].story;
        if (hl_window_is_past(c, hl_story_at(c, story)->newest, query->now_ms))
            continue; /* nobody has come to drop it yet */
        struct hl_candidate candidate = {story, hl_candidate_score(c, query, story)};
        insert(out, HL_CANDIDATES_MAX, candidate);
    }
}
