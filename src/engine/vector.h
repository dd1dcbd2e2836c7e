/*
 * vector.h - the sparse vector of a headline: the distinct words of its title, the pairs of adjacent ones, and what its summary adds, with their
 * weights.
 *
 * weight(word) = idf * (1 + position_weight * (0.5 - r)), r = 0 for the first token of the title and 1 for the last;
 * weight(pair) = pair_weight * idf; weight(word of the summary) = summary_weight * idf, for the heaviest HL_SUMMARY_WORDS_MAX of its first
 * HL_WORDS_MAX words that are no stop words and not in the title, as far as a long title leaves room (HL_WORDS_MAX, HL_FEATURES_MAX); then everything is divided by a length between the vector's own and the stream's mean
 * (length_norm), so that longer titles say a little more. Fixed point: HL_WEIGHT_ONE is 1.
 */
#ifndef HL_ENGINE_VECTOR_H
#define HL_ENGINE_VECTOR_H

#include "engine/state.h"

/*
 * Fills the vector part of @query from @analysis and @summary (NULL: none; in the language of the title), as if this headline had been counted already. With @learn the words enter the vocabulary
 * (without a holder: hl_vector_forget undoes that); without, unknown words weigh but are HL_NONE. HL_NO_MEMORY: nothing
 * was learnt. @length gets the vector's length before the norm. @query->absent must be set (state.h).
 */
enum hl_status hl_vector_build(struct hl_collection *c, const struct hl_analysis *analysis,
                               const struct hl_analysis *summary, bool learn, struct hl_query *query, double *length);

/* Natural-log inverse document frequency of a known feature of @query, as hl_vector_build takes it; @share gets its share of the stream. */
double hl_vector_idf(const struct hl_collection *c, const struct hl_query *query, uint32_t feature, double *share);

/* Lets go of the words that hl_vector_build learnt, in reverse, so that the vocabulary is as it was. */
void hl_vector_forget(struct hl_collection *c, const struct hl_query *query);

/* Counts one more vector of this length into the stream's mean. */
void hl_vector_count_length(struct hl_collection *c, double length);

/* The parts of a stored vector. */
static inline const uint32_t *hl_vector_features(const struct hl_headline_record *headline)
{
    return headline->vector;
}

static inline const uint16_t *hl_vector_weights(const struct hl_headline_record *headline)
{
    return (const uint16_t *)((const uint32_t *)headline->vector + headline->shape.count);
}

/* Whether the headline's vector has the word @feature. */
static inline bool hl_vector_holds(const struct hl_headline_record *headline, uint32_t feature)
{
    for (uint32_t i = 0; i < headline->shape.words; i++)
        if (hl_vector_features(headline)[i] == feature)
            return true;
    return false;
}

/* The signature of its words. */
static inline struct hl_signature hl_vector_signature(const struct hl_headline_record *headline)
{
    struct hl_signature signature = {{0, 0}};
    for (uint32_t i = 0; i < headline->shape.words; i++)
        hl_signature_add(&signature, hl_vector_features(headline)[i]);
    return signature;
}

static inline size_t hl_vector_bytes(struct hl_vector_shape shape)
{
    return shape.count * (sizeof(uint32_t) + sizeof(uint16_t));
}

#endif
