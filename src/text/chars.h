/*
 * chars.h - what cleaning and analysis must know about a code point, in one look-up.
 *
 * utf8proc answers each of these questions alone, with two table look-ups and a decomposition; titles ask them of every
 * character. So the answers are computed once for each block of 256 code points, when the first of them comes.
 */
#ifndef HL_TEXT_CHARS_H
#define HL_TEXT_CHARS_H

#include "core/memory.h"

enum hl_script {
    HL_SCRIPT_OTHER,
    HL_SCRIPT_LATIN,
    HL_SCRIPT_GREEK,
    HL_SCRIPT_CYRILLIC,
    HL_SCRIPT_ARMENIAN,
    HL_SCRIPT_HEBREW,
    HL_SCRIPT_ARABIC,
    HL_SCRIPT_DEVANAGARI,
    HL_SCRIPT_TAMIL,
    HL_SCRIPT_THAI,
    HL_SCRIPT_HANGUL,
    HL_SCRIPT_KANA,
    HL_SCRIPT_HAN,
    HL_SCRIPT_COUNT
};

enum hl_char_cleaning {
    HL_CHAR_KEEP,     /* stands for itself, whatever comes before and after */
    HL_CHAR_REPLACE,  /* struct hl_char.plain stands for it */
    HL_CHAR_DROP,     /* invisible */
    HL_CHAR_NORMALISE /* combines with its neighbours or becomes several: the title needs the full normalisation */
};

enum hl_char_kind {
    HL_CHAR_SEPARATOR,
    HL_CHAR_LETTER,
    HL_CHAR_UPPER, /* an upper-case or title-case letter */
    HL_CHAR_DIGIT, /* 0 to 9: cleaning leaves no others */
    HL_CHAR_MARK,  /* belongs to the letter before it */
    HL_CHAR_PAIR   /* a letter of a script without spaces */
};

struct hl_char {
    uint32_t plain;
    uint8_t cleaning;    /* enum hl_char_cleaning */
    uint8_t kind;        /* enum hl_char_kind */
    uint8_t script;      /* enum hl_script */
    uint8_t telltale;    /* of a language: see hl_language_telltale; 0 none */
    uint8_t fold_length; /* bytes of the case-folded form; 0: folds to itself */
    char fold[7];
};

#define HL_CHARS_BLOCKS 256 /* of the basic plane; what lies above is computed each time */

struct hl_chars {
    struct hl_memory *memory;                /* borrowed */
    struct hl_char *blocks[HL_CHARS_BLOCKS]; /* owned; NULL until asked for */
    struct hl_char other;                    /* the answer for a code point above the basic plane */
};

void hl_chars_init(struct hl_chars *chars, struct hl_memory *memory);
void hl_chars_clear(struct hl_chars *chars);

/* What there is to know about @point >= 0x80: valid until the next call. NULL when out of memory. */
const struct hl_char *hl_chars_get(struct hl_chars *chars, uint32_t point);

#endif
