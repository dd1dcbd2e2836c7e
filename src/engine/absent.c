/*
 * absent.c - a story, and the counts, without one of its headlines.
 */
#include "engine/absent.h"

#include "core/assert.h"
#include "engine/vector.h"
#include "engine/vocabulary.h"

#include <math.h>
#include <string.h>

/* Position of @feature in the headline's vector, or HL_NONE. */
static uint32_t find_in_vector(const struct hl_headline_record *h, uint32_t feature)
{
    const uint32_t *features = hl_vector_features(h);
    for (uint32_t i = 0; i < h->shape.count; i++)
        if (features[i] == feature)
            return i;
    return HL_NONE;
}

/* As hl_story_remove does it: a term that nobody else holds goes with the headline. */
static void take_terms(struct hl_absent *a, const struct hl_collection *c, const struct hl_headline_record *h)
{
    struct hl_terms_scratch scratch;
    struct hl_terms all = hl_story_terms(c, a->story, &scratch);
    int64_t square = 0;
    uint32_t count = 0;
    HL_ASSERT(all.count <= HL_TERMS_MAX);
    for (uint32_t i = 0; i < all.count; i++) {
        uint32_t at = find_in_vector(h, all.feature[i]);
        int32_t weight = all.weight[i];
        uint16_t holders = all.holders[i];
        if (at != HL_NONE && holders == 1)
            continue;
        if (at != HL_NONE) {
            int32_t own = hl_vector_weights(h)[at];
            weight = weight > own ? weight - own : 1;
            holders--;
        }
        a->feature[count] = all.feature[i];
        a->weight[count] = weight;
        a->holders[count++] = holders;
        square += (int64_t)weight * weight;
    }
    a->terms = (struct hl_terms){count, a->feature, a->weight, a->holders};
    a->rest.square = square;
    a->rest.norm = sqrt((double)square);
}

static void take_signs(struct hl_absent *a, const struct hl_headline_record *h)
{
    if (a->rest.signs)
        memcpy(a->signs, a->rest.signs, sizeof a->signs);
    else
        memset(a->signs, 0, sizeof a->signs);
    if (a->rest.signs)
        hl_sums_add_signs(a->signs, &h->fingerprint, -1);
    a->rest.signs = a->signs;
    a->rest.signs_square = hl_sums_product(a->signs, a->signs);
}

/* The ends of the story's span that may be the headline's own are looked for again. */
static void take_span(struct hl_absent *a, const struct hl_collection *c, const struct hl_headline_record *h)
{
    int64_t first_ms = INT64_MAX, last_ms = INT64_MIN;
    if (h->event_ms != a->rest.first_ms && h->event_ms != a->rest.last_ms)
        return;
    for (uint32_t m = a->rest.oldest; m != HL_NONE; m = hl_headline_at(c, m)->story_next) {
        int64_t at_ms = hl_headline_at(c, m)->event_ms;
        if (m == a->headline)
            continue;
        first_ms = at_ms < first_ms ? at_ms : first_ms;
        last_ms = at_ms > last_ms ? at_ms : last_ms;
    }
    if (h->event_ms == a->rest.first_ms)
        a->rest.first_ms = first_ms;
    if (h->event_ms == a->rest.last_ms)
        a->rest.last_ms = last_ms;
}

void hl_absent_set(struct hl_absent *a, const struct hl_collection *c, uint32_t headline)
{
    const struct hl_headline_record *h = hl_headline_at(c, headline);
    a->headline = headline;
    a->story = h->story;
    a->rest = *hl_story_at(c, h->story);
    take_terms(a, c, h);
    take_signs(a, h);
    a->rest.headlines--;
    if (a->rest.headlines == 0)
        return;
    take_span(a, c, h);
    if (a->rest.newest == headline)
        a->rest.newest = h->story_prev;
    if (a->rest.oldest == headline)
        a->rest.oldest = h->story_next;
}

int32_t hl_absent_size(const struct hl_absent *a, const struct hl_collection *c)
{
    return a->rest.headlines == 0 ? HL_DF_ONE : hl_df_again(c);
}

int32_t hl_absent_df(const struct hl_absent *a, const struct hl_collection *c, uint32_t feature)
{
    struct hl_terms_scratch scratch;
    if (find_in_vector(hl_headline_at(c, a->headline), feature) == HL_NONE)
        return 0;
    struct hl_terms all = hl_story_terms(c, a->story, &scratch);
    uint32_t at = hl_terms_find(&all, feature);
    if (at == HL_NONE) /* pruned: it counts no more */
        return 0;
    return all.holders[at] > 1 ? hl_df_again(c) : HL_DF_ONE;
}

int32_t hl_absent_posting(const struct hl_absent *a, uint32_t word, uint32_t story, int32_t weight)
{
    if (story != a->story)
        return weight;
    uint32_t at = hl_terms_find(&a->terms, word);
    return at == HL_NONE ? 0 : a->weight[at];
}
