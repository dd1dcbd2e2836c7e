/*
 * vocabulary.h - words, pairs of adjacent words, and how common each is in the live stream.
 *
 * A *feature* is a word (its slab index) or a pair (a 31-bit hash of its two words with HL_PAIR_BIT set: two pairs that share a
 * hash count as one, which at ten million pairs touches one in two hundred). Words keep their text, since people ask why; pairs
 * only their document frequency. Document frequencies are in HL_DF_ONE units.
 */
#ifndef HL_ENGINE_VOCABULARY_H
#define HL_ENGINE_VOCABULARY_H

#include "engine/state.h"

/*
 * A stem with its hashes. The one with the collection's seed finds the word; the other, the same for every seed since pair features decide
 * results, makes pairs.
 */
struct hl_stem {
    const char *data;
    size_t length;
    uint64_t seeded, plain;
};

struct hl_stem hl_stem_make(const struct hl_collection *c, const char *data, size_t length);

/* Asks for the index slots of @count stems, then for the records they lead to. Changes nothing. */
void hl_words_prefetch(const struct hl_collection *c, const struct hl_stem *stems, size_t count);

/* The word with this stem, or HL_NONE. O(1). */
uint32_t hl_words_find(const struct hl_collection *c, const char *stem, size_t length);
uint32_t hl_words_find_stem(const struct hl_collection *c, const struct hl_stem *stem);

/* Makes a word that is not there yet, without a holder; HL_NONE when out of memory. */
uint32_t hl_words_learn(struct hl_collection *c, const struct hl_stem *stem, double share);

/* Forgets @word if no live headline holds it. */
void hl_words_release(struct hl_collection *c, uint32_t word);

/* Remembers how @count words stood in a title (enum hl_look). Old looks fade. */
void hl_words_look(struct hl_collection *c, const uint32_t *words, const uint8_t *looks, uint32_t count);

/* The feature number of the pair of two stems, in this order. */
uint32_t hl_pair_feature(const struct hl_stem *first, const struct hl_stem *second);

/* The number of a pair spread over all bits by an odd factor, so that no two are the same: the order in which pairs are saved. */
uint32_t hl_pair_hash(uint32_t feature);

/* Asks for what look-ups and changes of these features' document frequencies, words and pairs alike, will read. */
void hl_features_prefetch(const struct hl_collection *c, const uint32_t *features, uint32_t count);

/* Document frequency of a feature, 0 when unknown (HL_NONE too). */
int32_t hl_feature_df(const struct hl_collection *c, uint32_t feature);

/*
 * Adds @delta (may be negative; the result stays >= 0). A pair that comes to 0 is forgotten; one that cannot be stored for want of memory
 * stays unknown, counted in tallies.skipped_no_memory.
 */
void hl_feature_df_add(struct hl_collection *c, uint32_t feature, int32_t delta);

/* What a further headline of the same story adds to a document frequency: story_idf in HL_DF_ONE units. */
int32_t hl_df_again(const struct hl_collection *c);

/* Natural-log inverse document frequency of a feature as it stands, at least 0.01; the sole formula of recipe and code. */
double hl_feature_idf(const struct hl_collection *c, uint32_t feature);
double hl_idf(const struct hl_collection *c, int64_t size, int32_t df, double share, bool pair);

/* True when a word is in too large a share of the stream to count. Pairs never are. */
bool hl_feature_is_hot(const struct hl_collection *c, uint32_t feature);
bool hl_df_is_hot(const struct hl_collection *c, int64_t size, int32_t df);

/*
 * From a saved state. A word whose text, share and looks are filled in: its kind is told anew and it is entered where it is found; HL_CORRUPT
 * when it is there already. Room for so many pairs; a pair that is not there yet, by hl_pair_hash. HL_NO_MEMORY.
 */
enum hl_status hl_words_restore(struct hl_collection *c, uint32_t word);
enum hl_status hl_pairs_restore_room(struct hl_collection *c, uint32_t pairs);
enum hl_status hl_pairs_restore(struct hl_collection *c, uint32_t hash, uint32_t df);

#endif
