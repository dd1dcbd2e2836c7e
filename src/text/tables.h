/*
 * tables.h - small generated word tables inside the text layer: function words, stop words and negations of the nine
 * languages that have tables (HL_LANGUAGE_EN .. HL_LANGUAGE_RU).
 *
 * Internal to src/text: nothing above includes it. background_table.c holds the data, background.c the look-up.
 * Words are looked up as hl_text_analyse folds them: NFKC, case-folded, inner apostrophes gone ("don't" is "dont"; the elided
 * articles of fr and it stand alone: "l", "d", "qu", "dell"; German "dass", never "daß").
 */
#ifndef HL_TEXT_TABLES_H
#define HL_TEXT_TABLES_H

#include "text/text.h"

/* Bit of @language in the masks below. */
#define HL_LANGUAGE_BIT(language) ((uint16_t)(1u << (language)))

struct hl_word_masks {
    uint16_t function; /* languages it is evidence for: a function word (in stop too), or frequent in their news */
    uint16_t stop;     /* languages in which it is a stop word */
    uint16_t negation; /* languages in which it negates */
};

/* All masks of one folded word; zeros when it is in no table (most words). Constant time. Any thread. */
struct hl_word_masks hl_tables_word(const char *folded, size_t length);

#endif
