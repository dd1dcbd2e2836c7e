/*
 * language.h - guessing the language of a title from its script, its telltale letters and its function words.
 */
#ifndef HL_TEXT_LANGUAGE_H
#define HL_TEXT_LANGUAGE_H

#include "text/chars.h"
#include "text/tables.h"

/* The number of the group of letters that @point belongs to, if it says something about the language of its script; else 0. */
uint8_t hl_language_telltale(uint32_t point);

#define HL_TELLTALES_MAX 32

/* What a title shows of its language, gathered while its words are read. */
struct hl_language_evidence {
    uint32_t scripts[HL_SCRIPT_COUNT];   /* words by script */
    uint8_t telltales[HL_TELLTALES_MAX]; /* groups of the first telltale letters, at most one of a group for a word */
    size_t telltale_count;
};

/* @masks are of the @count words of the title. UNKNOWN when the evidence is thin. */
enum hl_language hl_language_guess(const struct hl_language_evidence *evidence, const struct hl_word_masks *masks,
                                   size_t count);

#endif
