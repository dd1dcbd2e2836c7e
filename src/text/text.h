/*
 * text.h - from a title as it came to its normalised words: the only door to the text layer.
 *
 * Two steps, because the cut of an outlet tail between them needs what the stream has taught (engine/tail.h):
 *   clean    valid UTF-8; HTML entities decoded; NFKC; control and zero-width characters dropped; quotes and dashes unified;
 *            white space to single spaces; still in its own case, so that capitals can be seen;
 *   analyse  words in that text, case-folded, in order; numbers kept whole; possessive 's cut; words of scripts
 *            without spaces as character pairs; language given or guessed; each word with its Snowball stem.
 *
 * A struct hl_text_tools holds stemmers, caches and scratch. Results are pure functions of the input: the caches never
 * change them. One thread at a time. The tables behind language, stop words and background frequencies are generated
 * (see README.md in this folder).
 */
#ifndef HL_TEXT_TEXT_H
#define HL_TEXT_TEXT_H

#include "core/memory.h"

struct hl_text_tools; /* opaque */

/* NULL when out of memory. @memory is borrowed. */
struct hl_text_tools *hl_text_tools_create(struct hl_memory *memory);
void hl_text_tools_destroy(struct hl_text_tools *tools); /* may be NULL */

/* True when the bytes are well-formed UTF-8 (RFC 3629); else *@bad_offset (may be NULL) gets the first bad byte. */
bool hl_utf8_is_valid(const char *data, size_t length, size_t *bad_offset);

/*
 * Cleans @title. *@clean is borrowed from @tools until the next clean. HL_INVALID (offset in @error) when it is not UTF-8 or contains
 * NUL; HL_NO_MEMORY. An empty result is not an error here.
 */
enum hl_status hl_text_clean(struct hl_text_tools *tools, struct hl_text title, struct hl_text *clean,
                             struct hl_error *error);

/*
 * What is left of @clean, the last result of hl_text_clean from @tools, without HTML tags: a '<' before a letter, '/' or '!' up to the next '>'
 * becomes a space, in place. At most @max_bytes (> 0), cut at a space where there is one. Borrowed as @clean was. O(length).
 */
struct hl_text hl_text_strip_markup(struct hl_text_tools *tools, struct hl_text clean, size_t max_bytes);

/* Languages: those with tables or a stemmer. The numbers are internal: never store or send them. */
/* clang-format off */
enum hl_language {
    HL_LANGUAGE_UNKNOWN, /* stemmed as English when in Latin script */
    HL_LANGUAGE_EN, HL_LANGUAGE_DE, HL_LANGUAGE_FR, HL_LANGUAGE_ES, HL_LANGUAGE_PT, HL_LANGUAGE_IT, HL_LANGUAGE_NL,
    HL_LANGUAGE_SV, HL_LANGUAGE_RU, /* these nine have background tables and stop words */
    HL_LANGUAGE_AR, HL_LANGUAGE_CA, HL_LANGUAGE_DA, HL_LANGUAGE_EL, HL_LANGUAGE_EU, HL_LANGUAGE_FI, HL_LANGUAGE_GA,
    HL_LANGUAGE_HI, HL_LANGUAGE_HU, HL_LANGUAGE_HY, HL_LANGUAGE_ID, HL_LANGUAGE_LT, HL_LANGUAGE_NE, HL_LANGUAGE_NO,
    HL_LANGUAGE_RO, HL_LANGUAGE_SR, HL_LANGUAGE_TA, HL_LANGUAGE_TR, HL_LANGUAGE_YI, /* with a Snowball stemmer */
    HL_LANGUAGE_ZH, HL_LANGUAGE_JA, HL_LANGUAGE_KO, HL_LANGUAGE_TH, HL_LANGUAGE_UK, HL_LANGUAGE_BG, HL_LANGUAGE_PL,
    HL_LANGUAGE_CS, HL_LANGUAGE_SL, HL_LANGUAGE_VI, HL_LANGUAGE_HE, HL_LANGUAGE_FA, /* known, not stemmed */
    HL_LANGUAGE_COUNT
};
/* clang-format on */

/* From a BCP 47 tag ("pt-BR", any case): UNKNOWN for others. And back ("" for UNKNOWN). */
enum hl_language hl_language_from_tag(struct hl_text tag);
const char *hl_language_tag(enum hl_language language);

enum {
    HL_WORD_NUMBER = 1,   /* holds a decimal digit of any script */
    HL_WORD_CAPITAL = 2,  /* began with an upper-case letter in the cleaned text */
    HL_WORD_STOP = 4,     /* stop word of the language */
    HL_WORD_PAIR = 8,     /* a character pair of a script without spaces */
    HL_WORD_NEGATION = 16 /* not, no, never, without, ... of the language */
};

struct hl_word {
    uint32_t from, to;             /* the folded word's bytes in analysis->text, half open */
    uint32_t stem, stem_length;    /* the stem's bytes in analysis->stems */
    uint32_t clean_from, clean_to; /* where it stood in the cleaned text */
    uint32_t flags;
};

struct hl_analysis {
    struct hl_text clean; /* what was analysed: borrowed from the caller */
    struct hl_text text;  /* normalised text: the folded words joined by one space (character pairs by none); the same
                                    whatever the language */
    const char *stems;    /* bytes that word.stem points into */
    const struct hl_word *words; /* in order; a title of HL_TITLE_MAX_BYTES bytes at most has at most that many */
    size_t word_count;
    bool title_case; /* most longer words begin with a capital, or there are fewer than two of them after the first
                                    word: capitals then say nothing about names */
    enum hl_language language; /* given, else guessed, else UNKNOWN */
};

/*
 * Analyses @clean (from hl_text_clean, or a prefix of it). @lang as in hl_headline, may be empty. *@out is borrowed from @tools
 * until the next analyse. HL_NO_MEMORY only.
 */
enum hl_status hl_text_analyse(struct hl_text_tools *tools, struct hl_text clean, struct hl_text lang,
                               struct hl_analysis *out);

/* ---- background statistics (generated tables) ------------------------------------------------------------------- */

/*
 * The estimated share of headlines in @language that hold a word with this stem, 0 when it is not in the table (most words).
 * UNKNOWN and languages without a table give 0.
 */
double hl_background_share(enum hl_language language, const char *stem, size_t stem_length);

/*
 * True when a stem that hl_background_share knows is that of a name (a country, a city, a head of state; "isra" of "israeli"). Says
 * nothing about stems that are not in the tables: most names are not. O(log of two hundred).
 */
bool hl_background_is_name(const char *stem, size_t stem_length);

/* True when a stem is that of an English word with a capital that names nobody in particular: "friday", "senate", "ceo". */
bool hl_background_is_title(const char *stem, size_t stem_length);

/*
 * The frozen weight 1..15 of a character 3-gram in the fingerprint: a quantised inverse document frequency over all nine
 * languages, 15 for those not in the table. @gram packs three code points, 21 bits each, first one highest; the mark before a word is 2
 * and the mark after it is 3. Belongs to HL_FINGERPRINT_VERSION.
 */
unsigned hl_background_gram_weight(uint64_t gram);

#endif
