/*
 * absent.h - a live headline thought away: what the engine would hold without it, found by arithmetic, nothing being changed.
 *
 * hl_engine_explain asks again how a stored headline would be placed. For that the headline itself must not count: not in its story, nor in document
 * frequencies, postings and the stream's size. A query that carries a struct hl_absent (state.h) is answered as if it were
 * gone; for all others the functions below are plain look-ups. What cannot be taken back, a posting that fell out of a full list or a term that was
 * pruned for it, stays as it is.
 */
#ifndef HL_ENGINE_ABSENT_H
#define HL_ENGINE_ABSENT_H

#include "engine/story.h"

struct hl_absent {
    uint32_t headline, story;
    struct hl_story_record rest; /* its story without it; with no headline left there is none */
    struct hl_terms terms;       /* those of rest, in the arrays below */
    uint32_t feature[HL_TERMS_MAX];
    int32_t weight[HL_TERMS_MAX];
    uint16_t holders[HL_TERMS_MAX];
    int16_t signs[HL_FINGERPRINT_BITS];
};

/* Thinks @headline away. @absent must stay where it is, since it refers to itself. O(headlines of the story). Cannot fail. */
void hl_absent_set(struct hl_absent *absent, const struct hl_collection *c, uint32_t headline);

/* What the headline adds to the document frequency of @feature, and to the stream's size. */
int32_t hl_absent_df(const struct hl_absent *absent, const struct hl_collection *c, uint32_t feature);
int32_t hl_absent_size(const struct hl_absent *absent, const struct hl_collection *c);

/* What of the weight @weight that @story has in the postings of @word is not the headline's. 0: the entry would not be there. */
int32_t hl_absent_posting(const struct hl_absent *absent, uint32_t word, uint32_t story, int32_t weight);

/* ---- the state as a query sees it ---- */

static inline const struct hl_story_record *hl_seen_story(const struct hl_collection *c, const struct hl_query *query,
                                                          uint32_t story)
{
    return query->absent && query->absent->story == story ? &query->absent->rest : hl_story_at(c, story);
}

static inline struct hl_terms hl_seen_terms(const struct hl_collection *c, const struct hl_query *query, uint32_t story,
                                            struct hl_terms_scratch *scratch)
{
    return query->absent && query->absent->story == story ? query->absent->terms : hl_story_terms(c, story, scratch);
}

static inline int64_t hl_seen_size(const struct hl_collection *c, const struct hl_query *query)
{
    return query->absent ? c->size - hl_absent_size(query->absent, c) : c->size;
}

static inline bool hl_seen_as_absent(const struct hl_query *query, uint32_t headline)
{
    return query->absent && query->absent->headline == headline;
}

#endif
