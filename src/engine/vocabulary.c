/*
 * vocabulary.c - words and pairs with their document frequencies.
 */
#include "engine/vocabulary.h"

#include "core/assert.h"
#include "core/maths.h"
#include "engine/posting.h"

#define XXH_INLINE_ALL
#include <string.h>
#include <xxhash.h>

#define TABLE_LOOKS 3 /* looks at a word that the tables are worth */
#define LOOKS_MAX 200 /* ...and at which older ones fade */
#define PLAIN_FOR_EVER UINT8_MAX

static bool word_equal(const void *context, uint32_t value, const void *key)
{
    const struct hl_word_record *word = hl_word_at(context, value);
    const struct hl_stem *wanted = key;
    return word->length == wanted->length && memcmp(word->text, wanted->data, wanted->length) == 0;
}

struct hl_stem hl_stem_make(const struct hl_collection *c, const char *data, size_t length)
{
    uint64_t plain = XXH3_64bits(data, length), seed = c->engine->options.hash_seed;
    uint64_t seeded = seed == 0 ? plain : XXH3_64bits_withSeed(data, length, seed); /* seed 0 is no seed */
    return (struct hl_stem){data, length, seeded, plain};
}

void hl_words_prefetch(const struct hl_collection *c, const struct hl_stem *stems, size_t count)
{
    for (size_t i = 0; i < count; i++)
        hl_index_prefetch(c->word_index, (uint32_t)stems[i].seeded);
    for (size_t i = 0; i < count; i++) {
        uint32_t word = hl_index_guess(c->word_index, (uint32_t)stems[i].seeded);
        if (word == HL_NONE)
            continue;
        const struct hl_word_record *record = hl_word_at(c, word);
        __builtin_prefetch(record);
        __builtin_prefetch(&record->brief[HL_WORD_BRIEF_BYTES - 1]);
    }
}

uint32_t hl_words_find_stem(const struct hl_collection *c, const struct hl_stem *stem)
{
    return hl_index_find(c->word_index, (uint32_t)stem->seeded, word_equal, c, stem);
}

uint32_t hl_words_find(const struct hl_collection *c, const char *stem, size_t length)
{
    struct hl_stem made = hl_stem_make(c, stem, length);
    return hl_words_find_stem(c, &made);
}

static void word_free(struct hl_collection *c, uint32_t index)
{
    struct hl_word_record *word = hl_word_at(c, index);
    if (word->text != word->brief)
        hl_pool_give(c->engine->pool, word->text, word->length);
    hl_slab_give(&c->words, index);
}

/* Two characters of a script without spaces: Chinese, Japanese and Korean ones have three bytes from 0xe3 on. */
static enum hl_word_kind kind_of(const struct hl_stem *stem)
{
    if (stem->length == 6 && (unsigned char)stem->data[0] >= 0xe3 && (unsigned char)stem->data[0] <= 0xed)
        return HL_WORD_CHARACTERS;
    for (size_t i = 0; i < stem->length; i++)
        if (stem->data[i] >= '0' && stem->data[i] <= '9')
            return HL_WORD_WITH_DIGIT;
    return HL_WORD_PLAIN;
}

uint32_t hl_words_learn(struct hl_collection *c, const struct hl_stem *stem, double share)
{
    uint32_t index = hl_slab_take(&c->words);
    if (index == HL_NONE)
        return HL_NONE;
    struct hl_word_record *word = hl_word_at(c, index);
    word->hash = (uint32_t)stem->seeded;
    word->length = (uint16_t)stem->length;
    word->share = (float)share;
    if (hl_background_is_title(stem->data, stem->length)) {
        word->plain = PLAIN_FOR_EVER;
    } else if (share > 0) { /* one of the tables' words; what is not there is mostly a name, but who knows */
        bool name = hl_background_is_name(stem->data, stem->length);
        word->named = name ? TABLE_LOOKS : 0;
        word->plain = name ? 0 : TABLE_LOOKS;
    }
    word->text = stem->length <= HL_WORD_BRIEF_BYTES ? word->brief : hl_pool_take(c->engine->pool, stem->length);
    if (!word->text) {
        hl_slab_give(&c->words, index);
        return HL_NONE;
    }
    memcpy(word->text, stem->data, stem->length);
    word->kind = (uint8_t)kind_of(stem);
    if (hl_index_insert(c->word_index, word->hash, index) == HL_OK)
        return index;
    word_free(c, index);
    return HL_NONE;
}

void hl_words_release(struct hl_collection *c, uint32_t index)
{
    struct hl_word_record *word = hl_word_at(c, index);
    if (word->holders > 0)
        return;
    hl_index_remove(c->word_index, word->hash, index);
    hl_posting_clear(c, index);
    word_free(c, index);
}

static void look(uint8_t *seen, uint8_t *other)
{
    if (++*seen < LOOKS_MAX)
        return;
    *seen /= 2;
    *other /= 2;
}

void hl_words_look(struct hl_collection *c, const uint32_t *words, const uint8_t *looks, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        struct hl_word_record *word = hl_word_at(c, words[i]);
        if (word->plain == PLAIN_FOR_EVER)
            continue;
        if (looks[i] == HL_LOOK_NAME)
            look(&word->named, &word->plain);
        else if (looks[i] == HL_LOOK_PLAIN)
            look(&word->plain, &word->named);
    }
}

uint32_t hl_pair_feature(const struct hl_stem *first, const struct hl_stem *second)
{
    uint64_t mixed = (first->plain * 3 + second->plain) * 0x9e3779b97f4a7c15ULL;
    uint32_t feature = (uint32_t)(mixed >> 33) | HL_PAIR_BIT;
    return feature == HL_NONE ? HL_PAIR_BIT : feature;
}

/* The pair's own number, spread over all bits by an odd factor so that none collide, is the key; the value is its df. */
uint32_t hl_pair_hash(uint32_t feature)
{
    return feature * 0x9e3779b1U;
}

void hl_features_prefetch(const struct hl_collection *c, const uint32_t *features, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (features[i] & HL_PAIR_BIT)
            hl_index_prefetch(c->pair_counts, hl_pair_hash(features[i]));
        else
            __builtin_prefetch(hl_word_at(c, features[i]));
}

int32_t hl_feature_df(const struct hl_collection *c, uint32_t feature)
{
    if (feature == HL_NONE)
        return 0;
    if (!(feature & HL_PAIR_BIT))
        return hl_word_at(c, feature)->df;
    const uint32_t *df = hl_index_value(c->pair_counts, hl_pair_hash(feature));
    return df ? (int32_t)*df : 0;
}

static void pair_df_add(struct hl_collection *c, uint32_t feature, int32_t delta)
{
    uint32_t *df = hl_index_value(c->pair_counts, hl_pair_hash(feature));
    if (df) {
        int32_t after = (int32_t)*df + delta;
        if (after > 0)
            *df = (uint32_t)after;
        else
            hl_index_remove(c->pair_counts, hl_pair_hash(feature), *df);
    } else if (delta > 0 && hl_index_insert(c->pair_counts, hl_pair_hash(feature), (uint32_t)delta) != HL_OK) {
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

/* ---- from a saved state ---- */

enum hl_status hl_words_restore(struct hl_collection *c, uint32_t index)
{
    struct hl_word_record *word = hl_word_at(c, index);
    struct hl_stem stem = hl_stem_make(c, word->text, word->length);
    word->hash = (uint32_t)stem.seeded;
    word->kind = (uint8_t)kind_of(&stem);
    return hl_index_insert_new(c->word_index, word->hash, index, word_equal, c, &stem);
}

enum hl_status hl_pairs_restore_room(struct hl_collection *c, uint32_t pairs)
{
    return hl_index_presize(c->pair_counts, pairs);
}

enum hl_status hl_pairs_restore(struct hl_collection *c, uint32_t hash, uint32_t df)
{
    return hl_index_insert(c->pair_counts, hash, df);
}
