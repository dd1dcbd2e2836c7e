/*
 * candidate.c - votes through the postings, then exact scores for the few best.
 */
#include "engine/candidate.h"

#include "core/assert.h"
#include "engine/absent.h"
#include "engine/noise.h"
#include "engine/posting.h"
#include "engine/series.h"
#include "engine/story.h"
#include "engine/window.h"

#include <math.h>
#include <string.h>

#define SLOTS 8192U         /* twice what HL_WORDS_MAX words can bring */
#define FAR_HALF_LIVES 1000 /* 2^-x is as good as 0 */

#define TABLE_BITS 10
#define TABLE_PLACES (1U << TABLE_BITS) /* many times HL_FEATURES_MAX: nearly every miss ends at its first look */

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

/* A story's record is asked for at its first vote, since pick_rough will want its norm: hundreds of misses in flight instead of in line. */
static void vote(const struct hl_collection *c, struct hl_accumulator *a, uint32_t story, int64_t votes)
{
    uint32_t at = story * 0x9e3779b1U >> a->shift;
    while (a->slots[at].round == a->round && a->slots[at].story != story)
        at = (at + 1) & a->mask;
    if (a->slots[at].round != a->round) {
        a->slots[at] = (struct slot){story, a->round, 0};
        a->touched[a->touched_count++] = (uint16_t)at;
        const struct hl_story_record *s = hl_story_at(c, story);
        __builtin_prefetch(&s->norm);
        __builtin_prefetch(&s->last_ms); /* may lie on the next line */
    }
    a->slots[at].votes += votes;
}

/* True when the list of @word holds nothing but the absent headline. */
static bool is_empty_without(const struct hl_absent *absent, const struct hl_word_record *record, uint32_t word)
{
    struct hl_postings list = hl_postings_of(record);
    return list.count == 1 && hl_absent_posting(absent, word, list.story[0], list.weight[0]) == 0;
}

/* Pairs and unknown words have no postings, nor has a word that this headline has just brought. */
static bool can_vote(const struct hl_collection *c, const struct hl_query *query, uint32_t feature)
{
    if (feature & HL_PAIR_BIT || !hl_word_at(c, feature)->postings)
        return false;
    return !query->absent || !is_empty_without(query->absent, hl_word_at(c, feature), feature);
}

/* Picks the heaviest words that can vote into @chosen; returns their number. */
static uint32_t choose_words(const struct hl_collection *c, const struct hl_query *query, uint32_t wanted,
                             uint32_t *chosen)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < query->count; i++) {
        if (query->hot[i] || !can_vote(c, query, query->feature[i]))
            continue;
        uint32_t at = count < wanted ? count++ : wanted;
        uint32_t weight = hl_series_weight(c, query, i);
        while (at > 0 && hl_series_weight(c, query, chosen[at - 1]) < weight) {
            if (at < wanted)
                chosen[at] = chosen[at - 1];
            at--;
        }
        if (at < wanted)
            chosen[at] = i;
    }
    return count;
}

void hl_candidates_prefetch(const struct hl_collection *c, const struct hl_query *query)
{
    for (uint32_t i = 0; i < query->count; i++)
        if (!query->hot[i] && can_vote(c, query, query->feature[i]))
            hl_postings_prefetch(hl_word_at(c, query->feature[i]));
}

/* The votes of one word as they would be without the absent headline. */
static void vote_without(const struct hl_collection *c, const struct hl_query *query, struct hl_postings list,
                         uint32_t place)
{
    for (uint32_t j = list.count; j > 0; j--) {
        uint32_t story = list.story[j - 1];
        int64_t weight = hl_absent_posting(query->absent, query->feature[place], story, list.weight[j - 1]);
        if (weight > 0)
            vote(c, c->engine->accumulator, story, hl_series_weight(c, query, place) * weight);
    }
}

static void collect_votes(struct hl_collection *c, const struct hl_query *query)
{
    struct hl_accumulator *a = c->engine->accumulator;
    uint32_t chosen[HL_WORDS_MAX + 1];
    uint32_t count = choose_words(c, query, (uint32_t)c->settings.query_features, chosen);
    accumulator_start(a, count);
    for (uint32_t i = 0; i < count; i++) {
        struct hl_postings list = hl_postings_of(hl_word_at(c, query->feature[chosen[i]]));
        if (query->absent) {
            vote_without(c, query, list, chosen[i]);
            continue;
        }
        int64_t weight = hl_series_weight(c, query, chosen[i]);
        for (uint32_t j = list.count; j > 0; j--)
            vote(c, a, list.story[j - 1], weight * list.weight[j - 1]);
    }
}

/* A story that may be scored exactly. */
struct rough {
    double score; /* after decay */
    double decay;
    uint32_t story;
};

/* Never below hl_decay, for the price of a few steps: between whole half-lives 2^-x lies under its chord. */
static double decay_at_most(double half_lives)
{
    if (half_lives >= FAR_HALF_LIVES)
        half_lives = FAR_HALF_LIVES;
    int whole = (int)half_lives;
    uint64_t bits = (uint64_t)(1023 - whole) << 52;
    double power;
    memcpy(&power, &bits, sizeof power);
    return power * (1 - 0.5 * (half_lives - whole)) * (1 + 1e-9); /* the last factor outweighs all rounding */
}

/* Keeps the best @room in @best, the earlier before the later when equal. Returns their number. */
static uint32_t insert_rough(struct rough *best, uint32_t count, uint32_t room, struct rough rough)
{
    uint32_t at = count < room ? count : room - 1;
    for (; at > 0 && best[at - 1].score < rough.score; at--)
        best[at] = best[at - 1];
    best[at] = rough;
    return count < room ? count + 1 : room;
}

/* Decay can only lower a score: a story that would not make it without decay, or with too little of it, is not worth computing it. */
static uint32_t pick_rough(const struct hl_collection *c, const struct hl_query *query, struct rough *best)
{
    const struct hl_accumulator *a = c->engine->accumulator;
    uint32_t room = (uint32_t)c->settings.candidates, count = 0;
    HL_ASSERT(room > 0);
    double half_life_ms = c->settings.decay_half_life_s * 1000, per_half_life = half_life_ms > 0 ? 1 / half_life_ms : 0;
    for (uint32_t i = 0; i < a->touched_count; i++) {
        const struct slot *slot = &a->slots[a->touched[i]];
        const struct hl_story_record *s = hl_seen_story(c, query, slot->story);
        double score = (double)slot->votes / hl_story_length(c, s);
        bool full = count == room;
        if (full && score <= best[room - 1].score)
            continue;
        int64_t gap_ms = hl_story_gap(s, query->event_ms);
        if (full && score * decay_at_most((double)gap_ms * per_half_life) <= best[room - 1].score)
            continue;
        double decay = hl_decay(c, gap_ms);
        score *= decay;
        if (!full || score > best[room - 1].score)
            count = insert_rough(best, count, room, (struct rough){score, decay, slot->story});
    }
    return count;
}

/*
 * The query's features by number, so that a story's terms are run through with one look-up each, nearly all of which find an empty place: a merge of the
 * two ascending lists would mispredict a branch at every other step.
 */
struct feature_table {
    uint8_t place[TABLE_PLACES]; /* 1 + position in the query; 0: empty */
};

static uint32_t table_home(uint32_t feature)
{
    return feature * 0x9e3779b1U >> (32 - TABLE_BITS);
}

static void table_fill(struct feature_table *table, const struct hl_query *query)
{
    memset(table, 0, sizeof *table);
    for (uint32_t i = 0; i < query->count && query->feature[i] != HL_NONE; i++) {
        uint32_t at = table_home(query->feature[i]);
        while (table->place[at])
            at = (at + 1) % TABLE_PLACES;
        table->place[at] = (uint8_t)(i + 1);
    }
}

/* Position of @feature in the query, or HL_NONE. */
static inline uint32_t table_find(const struct feature_table *table, const struct hl_query *query, uint32_t feature)
{
    for (uint32_t at = table_home(feature); table->place[at]; at = (at + 1) % TABLE_PLACES)
        if (query->feature[table->place[at] - 1] == feature)
            return table->place[at] - 1U;
    return HL_NONE;
}

struct overlap {
    int64_t product; /* over features that are not hot... */
    int64_t frame;   /* ...and of those, the framed ones apart */
    uint32_t words;  /* shared, hot ones included */
};

static struct overlap overlap_with(const struct feature_table *table, const struct hl_query *query,
                                   const struct hl_terms *terms)
{
    struct overlap overlap = {0, 0, 0};
    for (uint32_t j = 0; j < terms->count; j++) {
        uint32_t i = table_find(table, query, terms->feature[j]);
        if (i == HL_NONE)
            continue;
        overlap.words += !(terms->feature[j] & HL_PAIR_BIT);
        if (!query->hot[i])
            *(query->framed[i] ? &overlap.frame : &overlap.product) += (int64_t)query->weight[i] * terms->weight[j];
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

/* What is scored: the headline at hand... */
struct scorer {
    const struct hl_collection *c;
    const struct hl_query *query;
    struct feature_table table;
    bool all; /* all factors, the idle ones of a score that is 0 too: somebody wants to see them */
};

/* ...against one story. */
struct scored {
    const struct hl_story_record *story;
    struct hl_terms terms;
    double decay;
};

/* The score of a story: the only place where it is computed. What it is made of goes into @f as it comes up. */
static inline double score(const struct scorer *scorer, const struct scored *scored, struct hl_factors *f)
{
    const struct hl_collection *c = scorer->c;
    const struct hl_query *query = scorer->query;
    struct overlap overlap = overlap_with(&scorer->table, query, &scored->terms);
    bool too_few = overlap.words < (uint32_t)c->settings.shared_words && overlap.words < query->words &&
                   overlap.words < scored->terms.count;
    f->words = overlap.words;
    f->score = 0;
    if (too_few && !scorer->all)
        return 0;
    f->terms =
        hl_series_product(c, overlap.product, overlap.frame) / (hl_story_length(c, scored->story) * HL_WEIGHT_ONE);
    f->chars = sums_cosine(c, query, scored->story);
    double chars = c->settings.char_weight;
    f->likeness = (1 - chars) * f->terms + chars * f->chars;
    f->decay = scored->decay;
    f->noise = hl_noise_of_story(scored->story);
    double score = f->likeness * f->decay - c->settings.story_noise_weight * f->noise;
    if (!too_few && score > 0)
        f->score = score;
    return f->score;
}

static void scorer_set(struct scorer *scorer, const struct hl_collection *c, const struct hl_query *query, bool all)
{
    scorer->c = c;
    scorer->query = query;
    scorer->all = all;
    table_fill(&scorer->table, query);
}

void hl_candidates_score(const struct hl_collection *c, const struct hl_query *query,
                         const struct hl_story_record *story, const struct hl_terms *terms, struct hl_factors *out)
{
    struct scorer scorer;
    scorer_set(&scorer, c, query, true);
    int64_t gap_ms = hl_story_gap(story, query->event_ms);
    struct scored scored = {story, *terms, hl_decay(c, gap_ms)};
    out->gap_s = (double)gap_ms / 1000;
    score(&scorer, &scored, out);
}

/* Asks for what scoring and the search for duplicates will read of the chosen stories. */
static void prefetch_stories(const struct hl_collection *c, const struct rough *best, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct hl_story_record *s = hl_story_at(c, best[i].story);
        hl_prefetch(hl_headline_at(c, s->newest), sizeof(struct hl_headline_record));
        if (s->terms)
            hl_prefetch(s->terms, s->term_count * sizeof(uint32_t));
        if (s->signs)
            hl_prefetch(s->signs, HL_FINGERPRINT_BITS * sizeof *s->signs);
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct hl_story_record *s = hl_story_at(c, best[i].story);
        if (!s->terms)
            hl_prefetch(hl_headline_at(c, s->oldest)->vector,
                        hl_headline_at(c, s->oldest)->shape.count * (sizeof(uint32_t) + sizeof(uint16_t)));
    }
}

uint32_t hl_candidates_alike(struct hl_collection *c, const struct hl_query *query, uint32_t room, uint32_t *stories)
{
    const struct hl_accumulator *a = c->engine->accumulator;
    struct rough best[HL_CANDIDATES_MAX] = {{0, 0, 0}};
    uint32_t count = 0;
    collect_votes(c, query);
    for (uint32_t i = 0; i < a->touched_count; i++) {
        const struct slot *slot = &a->slots[a->touched[i]];
        double score = (double)slot->votes / hl_story_length(c, hl_story_at(c, slot->story));
        if (count < room || score > best[room - 1].score)
            count = insert_rough(best, count, room, (struct rough){score, 1, slot->story});
    }
    for (uint32_t i = 0; i < count; i++)
        stories[i] = best[i].story;
    return count;
}

static void insert(struct hl_candidates *out, struct hl_candidate candidate)
{
    uint32_t at = out->count++;
    for (; at > 0 && out->best[at - 1].score < candidate.score; at--)
        out->best[at] = out->best[at - 1];
    out->best[at] = candidate;
}

/* Votes once more when a series is among the @count best: its frame should not crowd out what is alike beside it. Returns their number. */
static uint32_t set_frames_aside(struct hl_collection *c, struct hl_query *query, struct rough *best, uint32_t count,
                                 struct hl_candidates *out)
{
    bool any = false;
    for (uint32_t i = 0; i < count; i++)
        any = hl_series_mark(c, best[i].story, query) || any;
    if (!any)
        return count;
    for (uint32_t i = 0; i < query->count; i++)
        if (query->framed[i])
            out->framed[out->framed_count++] = query->feature[i];
    collect_votes(c, query);
    return pick_rough(c, query, best);
}

void hl_candidates_find(struct hl_collection *c, struct hl_query *query, struct hl_candidates *out)
{
    struct rough best[HL_CANDIDATES_MAX];
    struct scorer scorer; /* filled below: its table is large */
    struct hl_factors factors;
    struct hl_terms_scratch scratch;
    out->framed_count = 0;
    collect_votes(c, query);
    uint32_t count = pick_rough(c, query, best);
    count = set_frames_aside(c, query, best, count, out);
    prefetch_stories(c, best, count);
    scorer_set(&scorer, c, query, false);
    bool any_past = hl_window_any_past(c, query->now_ms);
    out->count = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (any_past && hl_window_is_past(c, hl_seen_story(c, query, best[i].story)->newest, query->now_ms))
            continue; /* nobody has come to drop it yet */
        struct scored scored = {hl_seen_story(c, query, best[i].story),
                                hl_seen_terms(c, query, best[i].story, &scratch), best[i].decay};
        insert(out, (struct hl_candidate){best[i].story, score(&scorer, &scored, &factors)});
    }
}
