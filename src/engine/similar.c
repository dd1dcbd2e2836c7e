/*
 * similar.c - more like this: headlines of the stories that the index finds alike, each scored as a story of its own.
 */
#include "engine/arrival.h"
#include "engine/candidate.h"
#include "engine/query.h"
#include "engine/vector.h"

#include <headlined/questions.h>
#include <math.h>
#include <string.h>

#define LATEST_LOOKED_AT 31

struct likeness {
    uint32_t words; /* in common */
    double similarity;
};

/* The likeness that the headline would have with a story of this one alone. */
static struct likeness likeness_of(const struct hl_collection *c, const struct hl_query *query, uint32_t headline)
{
    const struct hl_headline_record *h = hl_headline_at(c, headline);
    struct hl_terms_scratch scratch;
    int64_t square = 0;
    for (uint32_t i = 0; i < h->shape.count; i++) {
        int32_t weight = hl_vector_weights(h)[i];
        scratch.weight[i] = weight;
        scratch.holders[i] = 1;
        square += (int64_t)weight * weight;
    }
    struct hl_story_record alone = {.norm = sqrt((double)square),
                                    .first_ms = h->event_ms,
                                    .last_ms = h->event_ms,
                                    .headlines = 1,
                                    .oldest = headline};
    struct hl_terms terms = {h->shape.count, hl_vector_features(h), scratch.weight, scratch.holders};
    struct hl_factors factors;
    memset(&factors, 0, sizeof factors);
    hl_candidates_score(c, query, &alone, &terms, &factors);
    return (struct likeness){(uint32_t)factors.words, factors.likeness < 1 ? factors.likeness : 1};
}

static void offer(const struct hl_collection *c, const struct hl_query *query, uint32_t headline, uint32_t own,
                  struct hl_page *page)
{
    struct likeness x = likeness_of(c, query, headline);
    if (headline != own && x.words > 0 && x.similarity > 0)
        hl_page_offer(page, (struct hl_found){x.similarity, hl_headline_at(c, headline)->seq, headline});
}

static void find(struct hl_collection *c, const struct hl_query *query, uint32_t own, struct hl_page *page)
{
    uint32_t stories[HL_CANDIDATES_MAX], count = hl_candidates_alike(c, query, HL_CANDIDATES_MAX, stories);
    for (uint32_t i = 0; i < count; i++) {
        const struct hl_story_record *s = hl_story_at(c, stories[i]);
        uint32_t member = s->newest;
        for (int n = 0; n < LATEST_LOOKED_AT && member != s->oldest; n++) {
            offer(c, query, member, own, page);
            member = hl_headline_at(c, member)->story_prev;
        }
        offer(c, query, s->oldest, own, page);
    }
}

/* Reads and weighs the headline, as it would be if it came now. */
static enum hl_status read_headline(struct hl_collection *c, const struct hl_headline *headline, int64_t now_ms,
                                    struct hl_arrival *a, struct hl_error *error)
{
    a->headline = headline;
    a->c = c;
    a->tools = c->engine->text;
    a->query.absent = NULL;
    a->query.now_ms = a->query.event_ms = now_ms;
    enum hl_status status = hl_arrival_read(c->engine, a, error);
    return status == HL_OK ? hl_arrival_weigh(c->engine, a, false, error) : status;
}

static void view_page(const struct hl_collection *c, const struct hl_query *query, const struct hl_page *page,
                      struct hl_similar *out)
{
    for (size_t i = 0; i < page->count; i++) {
        const struct hl_found *found = &page->found[i];
        hl_view_headline(c, found->index, &out[i].headline);
        out[i].similarity = found->key;
        out[i].distance_bits =
            hl_fingerprint_distance(&query->fingerprint, &hl_headline_at(c, found->index)->fingerprint);
    }
}

enum hl_status hl_engine_similar(hl_engine *engine, const struct hl_headline *which, size_t limit, int64_t now_ms,
                                 struct hl_similar *out, size_t *count, struct hl_error *error)
{
    struct hl_collection *c;
    struct hl_headline headline;
    struct hl_arrival a;
    uint32_t stored = HL_NONE;
    if (limit == 0 || limit > HL_SIMILAR_MAX)
        return hl_error_set(error, HL_INVALID, "limit", "limit must be between 1 and %d", HL_SIMILAR_MAX);
    enum hl_status status = hl_query_collection(engine, which->collection, &c, error);
    now_ms = hl_engine_later(engine, now_ms);
    if (status == HL_OK)
        status = hl_query_headline(c, which, now_ms, &headline, &stored, error);
    if (status == HL_OK && c)
        status = read_headline(c, &headline, now_ms, &a, error);
    if (status != HL_OK)
        return status;
    *count = 0;
    if (!c)
        return HL_OK;
    struct hl_page page = {.room = limit};
    find(c, &a.query, stored, &page);
    *count = page.count;
    view_page(c, &a.query, &page, out);
    return HL_OK;
}
