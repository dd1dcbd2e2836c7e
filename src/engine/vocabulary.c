/*
 * vocabulary.c - words and pairs with their document frequencies.
 */
#include "engine/vocabulary.h"

#include "core/assert.h"
#include "core/maths.h"
#include "engine/posting.h"

#include <string.h>
#include <xxhash.h>

struct word_key {
    const char *stem;
    size_t length;
};

static bool word_equal(const void *context, uint32_t value, const void *key)
{
    const struct hl_word_record *word = hl_word_at(context, value);
    const struct word_key *wanted = key;
    return word->length == wanted->length && memcmp(word->text, wanted->stem, wanted->length) == 0;
}

static uint32_t word_hash(const struct hl_collection *c, const char *stem, size_t length)
{
    return (uint32_t)XXH3_64bits_withSeed(stem, length, c->engine->options.hash_seed);
}

uint32_t hl_words_find(const struct hl_collection *c, const char *stem, size_t length)
{
    struct word_key key = {stem, length};
    return hl_index_find(c->word_index, word_hash(c, stem, length), word_equal, c, &key);
}

uint32_t hl_words_learn(struct hl_collection *c, const char *stem, size_t length, double share)
{
    uint32_t index = hl_slab_take(&c->words);
    if (index == HL_NONE)
        return HL_NONE;
    struct hl_word_record *word = hl_word_at(c, index);
    word->hash = word_hash(c, stem, length);
    word->length = (uint16_t)length;
    word->share = (float)share;
    word->text = hl_pool_take(c->engine->pool, length);
    if (!word->text)
        goto err_after_take;
    memcpy(word->text, stem, length);
    if (hl_index_insert(c->word_index, word->hash, index) != HL_OK)
        goto err_after_text;
    return index;
err_after_text:
    hl_pool_give(c->engine->pool, word->text, length);
err_after_take:
    hl_slab_give(&c->words, index);
    return HL_NONE;
}

void hl_words_release(struct hl_collection *c, uint32_t index)
{
    struct hl_word_record *word = hl_word_at(c, index);
    if (word->holders > 0)
        return;
    hl_index_remove(c->word_index, word->hash, index);
    hl_posting_clear(c, index);
    hl_pool_give(c->engine->pool, word->text, word->length);
    hl_slab_give(&c->words, index);
}

uint32_t hl_pair_feature(const char *first, size_t first_length, const char *second, size_t second_length)
{
    uint64_t a = XXH3_64bits(first, first_length);
    uint64_t b = XXH3_64bits(second, second_length);
    uint64_t mixed = (a * 3 + b) * 0x9e3779b97f4a7c15ULL;
    uint32_t feature = (uint32_t)(mixed >> 33) | HL_PAIR_BIT;
    return feature == HL_NONE ? HL_PAIR_BIT : feature;
}

/* The pair's own number, spread over all bits by an odd factor so that none collide, is the key; the value is its df. */
static uint32_t pair_hash(uint32_t feature)
{
    return feature * 0x9e3779b1U;
}

int32_t hl_feature_df(const struct hl_collection *c, uint32_t feature)
{
    if (feature == HL_NONE)
        return 0;
    if (!(feature & HL_PAIR_BIT))
        return hl_word_at(c, feature)->df;
    const uint32_t *df = hl_index_value(c->pair_counts, pair_hash(feature));
    return df ? (int32_t)*df : 0;
}

static void pair_df_add(struct hl_collection *c, uint32_t feature, int32_t delta)
{
    uint32_t *df = hl_index_value(c->pair_counts, pair_hash(feature));
    if (df) {
        int32_t after = (int32_t)*df + delta;
        if (after > 0)
            *df = (uint32_t)after;
        else
            hl_index_remove(c->pair_counts, pair_hash(feature), *df);
    } else if (delta > 0 && hl_index_insert(c->pair_counts, pair_hash(feature), (uint32_t)delta) != HL_OK) {
        c->tallies.skipped_no_memory++;
    }
}

void hl_feature_df_add(struct hl_collection *c, uint32_t feature, int32_t delta)
{
    if (feature & HL_PAIR_BIT) {
        pair_df_add(c, feature, delta);
        return;
    }
    struct hl_word_record *word = hl_word_at(c, feature);
    word->df += delta;
    HL_ASSERT(word->df >= 0);
}

int32_t hl_df_again(const struct hl_collection *c)
{
    return (int32_t)(c->settings.story_idf * HL_DF_ONE + 0.5);
}

double hl_idf(const struct hl_collection *c, int64_t size, int32_t df, double share, bool pair)
{
    double background = pair ? 0 : c->settings.background_weight;
    double stream = (double)size / HL_DF_ONE + background + c->settings.prior_headlines + 1;
    double holding = (double)(df < HL_DF_ONE ? HL_DF_ONE : df) / HL_DF_ONE + background * share;
    double idf = hl_ln(stream / holding);
    return idf < 0.01 ? 0.01 : idf;
}

double hl_feature_idf(const struct hl_collection *c, uint32_t feature)
{
    bool pair = (feature & HL_PAIR_BIT) != 0;
    double share = pair ? 0 : (double)hl_word_at(c, feature)->share;
    return hl_idf(c, c->size, hl_feature_df(c, feature), share, pair);
}

bool hl_df_is_hot(const struct hl_collection *c, int64_t size, int32_t df)
{
    return (double)size > c->settings.hot_after * HL_DF_ONE && (double)df > c->settings.hot_share * (double)size;
}

bool hl_feature_is_hot(const struct hl_collection *c, uint32_t feature)
{
    return !(feature & HL_PAIR_BIT) && hl_df_is_hot(c, c->size, hl_word_at(c, feature)->df);
}
