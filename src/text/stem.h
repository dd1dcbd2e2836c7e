/*
 * stem.h - Snowball stems and table look-ups of words, remembered.
 *
 * A direct-mapped cache of fixed size keeps, for a folded word, its table masks and its stem in one language. Both are pure functions
 * of the word (and language), and a hit compares the whole word, so the cache changes no result.
 */
#ifndef HL_TEXT_STEM_H
#define HL_TEXT_STEM_H

#include "text/tables.h"

struct sb_stemmer;
struct hl_stem_entry;

struct hl_stems {
    struct hl_memory *memory;                          /* borrowed */
    struct sb_stemmer *by_language[HL_LANGUAGE_COUNT]; /* owned; made at first use, with malloc by libstemmer */
    struct hl_stem_entry *cache;                       /* owned */
};

/* False when out of memory. */
bool hl_stems_init(struct hl_stems *stems, struct hl_memory *memory);
void hl_stems_clear(struct hl_stems *stems);

/* As hl_tables_word. */
struct hl_word_masks hl_stems_masks(struct hl_stems *stems, struct hl_text word);

/*
 * The stem of the folded @word in @language, a pure function of the two; the word itself when the language has no stemmer. Valid
 * until the next call. HL_NO_MEMORY or HL_OK.
 */
enum hl_status hl_stems_stem(struct hl_stems *stems, enum hl_language language, struct hl_text word,
                             struct hl_text *stem);

#endif
