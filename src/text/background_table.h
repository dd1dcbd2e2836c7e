/*
 * background_table.h - the layout of the generated tables in background_table.c. Internal to src/text: background.c reads them.
 *
 * Sizes and hash functions are shared with scripts/gen-word-tables; what the numbers mean is in TABLES.md.
 */
#ifndef HL_TEXT_BACKGROUND_TABLE_H
#define HL_TEXT_BACKGROUND_TABLE_H

#include "text/tables.h"

enum {
    HL_BACKGROUND_LANGUAGES = 9, /* HL_LANGUAGE_EN .. HL_LANGUAGE_RU, in the enum's order */
    HL_BACKGROUND_STEM_BYTES = 31,
    HL_BACKGROUND_GRAM_SLOTS = 16384,
    HL_TABLE_WORD_BYTES = 33,
    HL_TABLE_WORD_SLOTS = 8192
};

/* The stems of one language and one length, sorted by their bytes; a row is the stem, a NUL and the share. */
struct hl_background_rows {
    const unsigned char *rows;
    size_t count;
};

/* By language (first one 0) and length of the stem in bytes. A share byte b stands for 2^(-b / 16). */
extern const struct hl_background_rows hl_background_rows[HL_BACKGROUND_LANGUAGES][HL_BACKGROUND_STEM_BYTES + 1];

/* Open addressing with linear probing: three letters of 9 bits, then the weight in 4 bits; 0 is an empty slot. */
extern const uint32_t hl_background_grams[HL_BACKGROUND_GRAM_SLOTS];

struct hl_table_word {
    char word[HL_TABLE_WORD_BYTES + 1];
    struct hl_word_masks masks;
};

/* Open addressing with linear probing by FNV-1a: a slot holds the number of a word, first one 1; 0 is an empty slot. */
extern const struct hl_table_word hl_table_words[];
extern const uint16_t hl_table_word_slots[HL_TABLE_WORD_SLOTS];

#endif
