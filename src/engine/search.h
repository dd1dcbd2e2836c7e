/*
 * search.h - what a full-text query asks for, read once: its words with their numbers in the vocabulary, words in a row, beginnings.
 */
#ifndef HL_ENGINE_SEARCH_H
#define HL_ENGINE_SEARCH_H

#include "engine/state.h"

#include <headlined/questions.h>

#define HL_SIGNATURES_MAX 24
#define HL_NEEDLES_MAX 8
#define HL_NEEDLE_BYTES 32

/* What a stem that a word of the query may have begins with, as one of the languages' stemmers leaves it. */
struct hl_search_needle {
    uint8_t length;
    char text[HL_NEEDLE_BYTES]; /* cut */
};

/* One word of the query. */
struct hl_search_word {
    struct hl_text text; /* folded; borrowed from the engine's text tools */
    uint32_t row;        /* words with the same number stand one after the other; 0: anywhere */
    bool is_prefix;      /* the beginning of a word */
    uint8_t bit;         /* of a prefix, in the marks */
    uint32_t needle_count;
    struct hl_search_needle needles[HL_NEEDLES_MAX]; /* different ones */
    uint32_t word[HL_LANGUAGE_COUNT]; /* its stem's number in each language, or HL_NONE; of a prefix unused */
    uint32_t count, distinct[HL_LANGUAGE_COUNT]; /* the different numbers among these */
    bool is_same;                                /* in all languages */
    uint32_t signature_count;
    struct hl_signature signatures[HL_SIGNATURES_MAX];
    bool has_many;    /* more than there are signatures */
    uint64_t holders; /* live headlines with one of them, or with a word that begins so; some may count twice */
    uint64_t unsure;  /* of these, such that only the title can tell */
    double idf;
};

/* A bit for each prefix. */
struct hl_search_mark {
    uint8_t sure;  /* the stem begins with it, so that every word of that stem is taken to */
    uint8_t maybe; /* a word with that stem may begin with it, which only the title can tell */
};

struct hl_search {
    uint32_t count;
    struct hl_search_word words[HL_SEARCH_WORDS_MAX];
    bool has_rows;
    bool none;                    /* nothing can fit: a word is not in the vocabulary */
    bool truncated;               /* not all of the vocabulary was looked at for the beginnings */
    double length;                /* of the query as a vector */
    struct hl_search_mark *marks; /* owned, one for each place of the vocabulary; NULL without a prefix */
    size_t mark_count;
};

/*
 * Reads @q by the vocabulary of @c. What it borrows is valid until the next use of the engine's first text tools. HL_INVALID, HL_TOO_LARGE,
 * HL_NO_MEMORY: nothing is owned then.
 */
enum hl_status hl_search_read(struct hl_collection *c, struct hl_text q, struct hl_search *out, struct hl_error *error);
void hl_search_clear(struct hl_collection *c, struct hl_search *search);

/* Whether the words in a row, and the beginnings that are not sure, stand in the words of a title. */
bool hl_search_is_in_title(const struct hl_search *search, const struct hl_analysis *title);

#endif
