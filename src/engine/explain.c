/*
 * explain.c - why a headline is where it is, and what two headlines have in common.
 *
 * Nothing is decided here: the functions that decide are asked again, with a stored headline thought away (absent.h), and what they found
 * is written down. Words that the vocabulary does not know enter it for the while, and leave it as they do when an add fails.
 */
#include "core/assert.h"
#include "core/text.h"
#include "engine/absent.h"
#include "engine/arrival.h"
#include "engine/candidate.h"
#include "engine/collection.h"
#include "engine/duplicate.h"
#include "engine/query.h"
#include "engine/store.h"
#include "engine/vector.h"
#include "engine/vocabulary.h"
#include "engine/window.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

_Static_assert(HL_EXPLAIN_TERMS_MAX == HL_FEATURES_MAX, "an explanation has room for all terms");

/* ---- names ---- */

static const struct hl_factor_info factors_table[] = {
#define HL_FACTOR(name, decimals, help) {#name, decimals, help},
#include <headlined/factors.def>
#undef HL_FACTOR
};

#define FACTORS_COUNT (sizeof factors_table / sizeof factors_table[0])

_Static_assert(sizeof(struct hl_factors) == FACTORS_COUNT * sizeof(double), "every factor is one double, in order");

const struct hl_factor_info *hl_factors_info(size_t *count)
{
    *count = FACTORS_COUNT;
    return factors_table;
}

static const struct {
    const char *name, *help;
} near_table[HL_NEAR_COUNT] = {
#define HL_NEAR(name, help) {#name, help},
#include <headlined/near.def>
#undef HL_NEAR
};

const char *hl_near_why_name(enum hl_near_why why)
{
    return why < HL_NEAR_COUNT ? near_table[why].name : "unknown";
}

const char *hl_near_why_help(enum hl_near_why why)
{
    return why < HL_NEAR_COUNT ? near_table[why].help : "";
}

/* ---- the headline asked about ---- */

struct subject {
    struct hl_headline headline; /* borrowed from the caller, or from the stored one */
    uint32_t stored;             /* or HL_NONE */
    bool is_timed;               /* stored, or with a published time */
    struct hl_absent absent;     /* while it is stored */
    struct hl_arrival arrival;
};

/* A collection to explain in. The default one may be asked about before its first headline: it is then @opened for the while. */
static enum hl_status open_collection(struct hl_engine *engine, struct hl_text name, struct hl_collection **c,
                                      bool *opened, struct hl_error *error)
{
    *opened = false;
    *c = hl_collection_find(engine, name);
    if (*c)
        return HL_OK;
    if (!hl_collection_is_default(name))
        return hl_error_set(error, HL_NOT_FOUND, "collection", "there is no collection \"%.*s\"", (int)name.length,
                            name.data);
    enum hl_status status = hl_collection_create(engine, name, c, error);
    *opened = status == HL_OK;
    return status;
}

/* Finds and reads it, with the text staying in @tools. */
static enum hl_status read_subject(struct hl_collection *c, const struct hl_headline *which, int64_t now_ms,
                                   struct hl_text_tools *tools, struct subject *s, struct hl_error *error)
{
    enum hl_status status = hl_query_headline(c, which, now_ms, &s->headline, &s->stored, error);
    if (status != HL_OK)
        return status;
    struct hl_arrival *a = &s->arrival;
    bool is_stored = s->stored != HL_NONE;
    if (is_stored)
        hl_absent_set(&s->absent, c, s->stored);
    a->headline = &s->headline;
    a->c = c;
    a->tools = tools;
    a->query.absent = is_stored ? &s->absent : NULL;
    a->query.now_ms = now_ms;
    a->query.event_ms = is_stored ? hl_headline_at(c, s->stored)->event_ms : hl_arrival_event_ms(&s->headline, now_ms);
    s->is_timed = is_stored || s->headline.published_ms != HL_TIME_NONE;
    return hl_arrival_read(c->engine, a, error);
}

/* ---- terms ---- */

/* Appends what fits of @text, no character cut in two. */
static void append_text(char out[HL_EXPLAIN_TERM_BYTES], const char *text, size_t length)
{
    size_t used = strlen(out), room = HL_EXPLAIN_TERM_BYTES - 1 - used;
    length = hl_text_cut((struct hl_text){text, length}, room);
    memcpy(out + used, text, length);
    out[used + length] = '\0';
}

/* A pair is only a number: its words are those neighbours in the title that make it. */
static void name_pair(const struct hl_arrival *a, uint32_t feature, char out[HL_EXPLAIN_TERM_BYTES])
{
    const struct hl_analysis *analysis = &a->analysis;
    for (size_t i = 1; i < analysis->word_count && i < HL_WORDS_MAX; i++) {
        const struct hl_word *w = &analysis->words[i - 1], *next = w + 1;
        struct hl_stem first = hl_stem_make(a->c, analysis->stems + w->stem, w->stem_length);
        struct hl_stem second = hl_stem_make(a->c, analysis->stems + next->stem, next->stem_length);
        if (hl_pair_feature(&first, &second) != feature)
            continue;
        append_text(out, first.data, first.length);
        append_text(out, " ", 1);
        append_text(out, second.data, second.length);
        return;
    }
}

/* The places of the query's features, the heaviest first. */
static void order_features(const struct hl_query *query, uint8_t order[HL_FEATURES_MAX])
{
    for (uint32_t i = 0; i < query->count; i++) {
        uint32_t at = i;
        for (; at > 0 && query->weight[order[at - 1]] < query->weight[i]; at--)
            order[at] = order[at - 1];
        order[at] = (uint8_t)i;
    }
}

static void explain_term(const struct hl_arrival *a, uint32_t place, struct hl_explained_term *out)
{
    uint32_t feature = a->query.feature[place];
    out->text[0] = '\0';
    out->is_pair = (feature & HL_PAIR_BIT) != 0;
    out->is_summary = a->query.summary[place];
    out->is_hot = a->query.hot[place];
    out->idf = hl_vector_idf(a->c, &a->query, feature, &out->share);
    out->weight = (double)a->query.weight[place] / HL_WEIGHT_ONE;
    if (out->is_pair)
        name_pair(a, feature, out->text);
    else
        append_text(out->text, hl_word_at(a->c, feature)->text, hl_word_at(a->c, feature)->length);
}

static void explain_title(const struct subject *s, struct hl_explained_title *out)
{
    const struct hl_arrival *a = &s->arrival;
    uint8_t order[HL_FEATURES_MAX];
    size_t cut = a->analysis.clean.length;
    const char *tag = hl_language_tag(a->analysis.language);
    *out = (struct hl_explained_title){
        .id = s->stored == HL_NONE ? (struct hl_text){NULL, 0} : s->headline.id,
        .title = s->headline.title,
        .text = a->analysis.text,
        .tail = {a->clean.data + cut, a->clean.length - cut},
        .tail_guessed = a->cut.guessed.length > 0,
        .lang = s->headline.lang.length > 0 ? s->headline.lang : (struct hl_text){tag, strlen(tag)},
        .fingerprint = a->query.fingerprint,
        .story = s->stored == HL_NONE ? 0 : hl_story_at(a->c, hl_headline_at(a->c, s->stored)->story)->id,
        .event_ms = a->query.event_ms,
        .term_count = a->query.count,
    };
    order_features(&a->query, order);
    for (uint32_t i = 0; i < a->query.count; i++)
        explain_term(a, order[i], &out->terms[i]);
}

/* Scales the parts of framed terms so that all add up to @terms: a frame counts for less than its weight (series.h). */
static void scale_frame(const struct hl_query *query, const uint8_t *order, double terms, uint32_t count,
                        struct hl_explained_shared *shared)
{
    double others = 0, frame = 0;
    for (uint32_t i = 0; i < count; i++)
        *(query->framed[order[shared[i].term]] ? &frame : &others) += shared[i].part;
    for (uint32_t i = 0; i < count && frame > 0; i++)
        if (query->framed[order[shared[i].term]])
            shared[i].part *= (terms - others) / frame;
}

/* What @terms, of a story whose sum is divided by @length, share with the query: parts of @factor. Returns how many. */
static uint32_t explain_shared(const struct hl_query *query, const struct hl_terms *terms, double length, double factor,
                               struct hl_explained_shared *out)
{
    uint8_t order[HL_FEATURES_MAX];
    uint32_t count = 0;
    order_features(query, order);
    for (uint32_t i = 0; i < query->count; i++) {
        uint32_t at = hl_terms_find(terms, query->feature[order[i]]);
        if (at == HL_NONE)
            continue;
        double weight = terms->weight[at] / length;
        double own = query->hot[order[i]] ? 0 : (double)query->weight[order[i]] / HL_WEIGHT_ONE;
        out[count++] = (struct hl_explained_shared){i, weight, own * weight};
    }
    scale_frame(query, order, factor, count, out);
    return count;
}

/* ---- one headline ---- */

static void explain_story(const struct subject *s, uint32_t story, bool is_candidate, struct hl_explained_story *out)
{
    const struct hl_arrival *a = &s->arrival;
    const struct hl_story_record *seen = hl_seen_story(a->c, &a->query, story);
    struct hl_terms_scratch scratch;
    struct hl_terms terms = hl_seen_terms(a->c, &a->query, story, &scratch);
    memset(&out->factors, 0, sizeof out->factors);
    out->story = seen->id;
    out->headlines = seen->headlines;
    out->title = hl_store_title(hl_headline_at(a->c, seen->oldest));
    out->is_own = s->stored != HL_NONE && s->absent.story == story;
    out->is_candidate = is_candidate;
    hl_candidates_score(a->c, &a->query, seen, &terms, &out->factors);
    out->shared_count = explain_shared(&a->query, &terms, hl_story_length(a->c, seen), out->factors.terms, out->shared);
}

static void explain_stories(const struct subject *s, struct hl_explanation *out)
{
    const struct hl_candidates *candidates = &s->arrival.placement.candidates;
    uint32_t own = s->stored != HL_NONE && s->absent.rest.headlines > 0 ? s->absent.story : HL_NONE;
    bool is_candidate = false;
    for (uint32_t i = 0; i < candidates->count; i++)
        is_candidate = is_candidate || candidates->best[i].story == own;
    out->story_count = 0;
    if (own != HL_NONE)
        explain_story(s, own, is_candidate, &out->stories[out->story_count++]);
    for (uint32_t i = 0; i < candidates->count && out->story_count < HL_EXPLAIN_STORIES_MAX; i++)
        if (candidates->best[i].story != own)
            explain_story(s, candidates->best[i].story, true, &out->stories[out->story_count++]);
}

/* The original that it duplicated on arrival, if it is live; else what it duplicates now, else what looks most alike. */
static enum hl_status explain_nearest(const struct subject *s, struct hl_explanation *out)
{
    const struct hl_arrival *a = &s->arrival;
    struct hl_near_finding finding;
    uint32_t other = a->placement.duplicate != HL_NONE ? a->placement.duplicate : a->placement.closest;
    if (out->arrival_duplicate_of.length > 0)
        other = hl_store_find(a->c, out->arrival_duplicate_of);
    out->has_nearest = other != HL_NONE;
    if (!out->has_nearest)
        return HL_OK;
    enum hl_status status = hl_duplicate_examine(a->c, &a->query, &a->analysis, a->cut.guessed, other, &finding);
    const struct hl_headline_record *h = hl_headline_at(a->c, other);
    out->nearest =
        (struct hl_explained_near){hl_store_id(h), hl_fingerprint_distance(&a->query.fingerprint, &h->fingerprint),
                                   finding.why, finding.first, finding.second};
    return status;
}

static void explain_arrival(const struct subject *s, struct hl_explanation *out)
{
    struct hl_headline_view view = {.story = 0};
    out->arrival_story = 0;
    if (s->stored != HL_NONE) {
        enum hl_status status =
            hl_engine_get(s->arrival.c->engine, s->arrival.headline->collection, s->headline.id, &view, NULL);
        HL_ASSERT(status == HL_OK);
        out->arrival_story = hl_headline_at(s->arrival.c, s->stored)->answered_story;
    }
    out->arrival_verdict = view.verdict;
    out->arrival_duplicate_of = view.duplicate_of;
}

static enum hl_status explain_decision(const struct subject *s, struct hl_explanation *out, struct hl_error *error)
{
    const struct hl_arrival *a = &s->arrival;
    const struct hl_placement *p = &a->placement;
    explain_title(s, &out->title);
    explain_arrival(s, out);
    out->verdict = p->verdict;
    out->story = p->story == HL_NONE ? 0 : hl_story_at(a->c, p->story)->id;
    out->duplicate_of =
        p->duplicate == HL_NONE ? (struct hl_text){NULL, 0} : hl_store_id(hl_headline_at(a->c, p->duplicate));
    out->similarity = p->similarity;
    out->join = p->join;
    out->settings = a->c->settings;
    explain_stories(s, out);
    if (explain_nearest(s, out) != HL_OK)
        return hl_error_set(error, HL_NO_MEMORY, NULL, "out of memory for an explanation");
    return HL_OK;
}

enum hl_status hl_engine_explain(hl_engine *engine, const struct hl_headline *which, int64_t now_ms,
                                 struct hl_explanation *out, struct hl_error *error)
{
    struct hl_collection *c;
    struct subject s;
    bool opened;
    enum hl_status status = open_collection(engine, which->collection, &c, &opened, error);
    if (status != HL_OK)
        return status;
    status = read_subject(c, which, hl_engine_later(engine, now_ms), engine->text, &s, error);
    if (status != HL_OK)
        goto out;
    struct hl_known known = {.same_id = HL_NONE, .original = hl_arrival_original(&s.arrival), .sighting = HL_NONE};
    status = hl_arrival_decide(engine, &s.arrival, &known, true, error);
    if (status != HL_OK)
        goto out;
    status = explain_decision(&s, out, error);
    hl_vector_forget(c, &s.arrival.query);
out:
    if (opened)
        hl_collection_undo(c);
    return status;
}

/* ---- two headlines ---- */

/* A story that holds nothing but one headline, as its query describes it. */
struct lone_story {
    struct hl_story_record record;
    struct hl_terms terms;
    int32_t weight[HL_FEATURES_MAX];
    uint16_t holders[HL_FEATURES_MAX];
    int16_t signs[HL_FINGERPRINT_BITS];
};

static void found_story(const struct hl_query *query, struct lone_story *out)
{
    int64_t square = 0;
    for (uint32_t i = 0; i < query->count; i++) {
        out->weight[i] = query->weight[i];
        out->holders[i] = 1;
        square += (int64_t)query->weight[i] * query->weight[i];
    }
    memset(out->signs, 0, sizeof out->signs);
    hl_sums_add_signs(out->signs, &query->fingerprint, 1);
    out->terms = (struct hl_terms){query->count, query->feature, out->weight, out->holders};
    out->record = (struct hl_story_record){.norm = sqrt((double)square),
                                           .square = square,
                                           .first_ms = query->event_ms,
                                           .last_ms = query->event_ms,
                                           .headlines = 1,
                                           .signs = out->signs,
                                           .signs_square = HL_FINGERPRINT_BITS};
}

static struct hl_explained_near compare_pair(const struct subject *first, const struct subject *second)
{
    const struct hl_arrival *a = &second->arrival, *b = &first->arrival;
    unsigned bits = hl_fingerprint_distance(&a->query.fingerprint, &b->query.fingerprint);
    struct hl_near_finding found = hl_facts_compare(&a->analysis, &b->analysis, a->c->settings.near_share);
    if (hl_tail_differs(a->cut.guessed, b->cut.guessed))
        found = (struct hl_near_finding){HL_NEAR_tails, a->cut.guessed, b->cut.guessed};
    if (bits > (unsigned)a->c->settings.near_bits)
        found = hl_near_because(HL_NEAR_distance);
    struct hl_text id = first->stored == HL_NONE ? (struct hl_text){NULL, 0} : first->headline.id;
    return (struct hl_explained_near){id, bits, found.why, found.first, found.second};
}

static void explain_both(const struct subject *first, const struct subject *second, struct hl_pair_explanation *out)
{
    const struct hl_arrival *a = &second->arrival;
    struct lone_story story;
    found_story(&first->arrival.query, &story);
    memset(&out->factors, 0, sizeof out->factors);
    explain_title(first, &out->first);
    explain_title(second, &out->second);
    hl_candidates_score(a->c, &a->query, &story.record, &story.terms, &out->factors);
    out->join = hl_place_weigh(a->c, &a->query, &(struct hl_candidates){.count = 1, .best = {{0, out->factors.score}}});
    out->shared_count = explain_shared(&a->query, &story.terms, story.record.norm, out->factors.terms, out->shared);
    out->is_exact = memcmp(a->query.digest, first->arrival.query.digest, sizeof a->query.digest) == 0;
    out->near = compare_pair(first, second);
    out->settings = a->c->settings;
}

/* Of two headlines one of which has no time, nobody knows how far they are apart. */
static void align_times(struct subject *first, struct subject *second)
{
    if (!first->is_timed)
        first->arrival.query.event_ms = second->arrival.query.event_ms;
    else if (!second->is_timed)
        second->arrival.query.event_ms = first->arrival.query.event_ms;
}

static enum hl_status weigh_both(struct hl_engine *engine, struct subject *first, struct subject *second,
                                 struct hl_pair_explanation *out, struct hl_error *error)
{
    align_times(first, second);
    enum hl_status status = hl_arrival_weigh(engine, &first->arrival, true, error);
    if (status != HL_OK)
        return status;
    status = hl_arrival_weigh(engine, &second->arrival, true, error);
    if (status == HL_OK) {
        explain_both(first, second, out);
        hl_vector_forget(second->arrival.c, &second->arrival.query);
    }
    hl_vector_forget(first->arrival.c, &first->arrival.query);
    return status;
}

/* The second headline: what is wrong with it must not be taken for something wrong with the first. */
static enum hl_status read_other(struct hl_collection *c, const struct hl_headline *which, int64_t now_ms,
                                 struct subject *s, struct hl_error *error)
{
    enum hl_status status = read_subject(c, which, now_ms, c->engine->other_text, s, error);
    if (status != HL_OK && error && error->field[0]) {
        char field[sizeof error->field];
        memcpy(field, error->field, sizeof field);
        snprintf(error->field, sizeof error->field, "other_%.*s", (int)(sizeof field - sizeof "other_"), field);
    }
    return status;
}

enum hl_status hl_engine_explain_pair(hl_engine *engine, const struct hl_headline *first,
                                      const struct hl_headline *second, int64_t now_ms, struct hl_pair_explanation *out,
                                      struct hl_error *error)
{
    struct hl_collection *c;
    struct subject a, b;
    bool opened;
    enum hl_status status = open_collection(engine, first->collection, &c, &opened, error);
    if (status != HL_OK)
        return status;
    now_ms = hl_engine_later(engine, now_ms);
    status = read_subject(c, first, now_ms, engine->text, &a, error);
    if (status == HL_OK)
        status = read_other(c, second, now_ms, &b, error);
    if (status == HL_OK)
        status = weigh_both(engine, &a, &b, out, error);
    if (opened)
        hl_collection_undo(c);
    return status;
}
