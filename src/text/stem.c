/*
 * stem.c - Snowball stemmers made at first use, and the cache in front of them and of the word tables.
 */
#include "text/stem.h"

#define XXH_INLINE_ALL
#include <libstemmer.h>
#include <string.h>
#include <xxhash.h>

#define CACHE_ENTRIES                                                                                                  \
    8192 /* a power of two; 512 KiB: the words of some thousand headlines, and fits a second-level cache */
#define WORD_MAX_BYTES 27 /* longer words are not cached: together with their stem they would not fit one cache line */

struct hl_stem_entry {
    struct hl_word_masks masks;
    uint8_t word_length; /* 0: free */
    uint8_t stem_length;
    uint8_t language; /* of the stem; HL_LANGUAGE_UNKNOWN: none yet */
    char word[WORD_MAX_BYTES];
    char stem[WORD_MAX_BYTES];
};

/* Snowball's name of each language's algorithm; NULL for the languages without one. */
static const char *const algorithms[HL_LANGUAGE_COUNT] = {
    [HL_LANGUAGE_EN] = "english",  [HL_LANGUAGE_DE] = "german",     [HL_LANGUAGE_FR] = "french",
    [HL_LANGUAGE_ES] = "spanish",  [HL_LANGUAGE_PT] = "portuguese", [HL_LANGUAGE_IT] = "italian",
    [HL_LANGUAGE_NL] = "dutch",    [HL_LANGUAGE_SV] = "swedish",    [HL_LANGUAGE_RU] = "russian",
    [HL_LANGUAGE_AR] = "arabic",   [HL_LANGUAGE_CA] = "catalan",    [HL_LANGUAGE_DA] = "danish",
    [HL_LANGUAGE_EL] = "greek",    [HL_LANGUAGE_EU] = "basque",     [HL_LANGUAGE_FI] = "finnish",
    [HL_LANGUAGE_GA] = "irish",    [HL_LANGUAGE_HI] = "hindi",      [HL_LANGUAGE_HU] = "hungarian",
    [HL_LANGUAGE_HY] = "armenian", [HL_LANGUAGE_ID] = "indonesian", [HL_LANGUAGE_LT] = "lithuanian",
    [HL_LANGUAGE_NE] = "nepali",   [HL_LANGUAGE_NO] = "norwegian",  [HL_LANGUAGE_RO] = "romanian",
    [HL_LANGUAGE_SR] = "serbian",  [HL_LANGUAGE_TA] = "tamil",      [HL_LANGUAGE_TR] = "turkish",
    [HL_LANGUAGE_YI] = "yiddish",
};

bool hl_stems_init(struct hl_stems *stems, struct hl_memory *memory)
{
    *stems = (struct hl_stems){.memory = memory};
    stems->cache = hl_memory_allocate_zero(memory, CACHE_ENTRIES * sizeof *stems->cache);
    return stems->cache != NULL;
}

void hl_stems_clear(struct hl_stems *stems)
{
    for (size_t i = 0; i < HL_LANGUAGE_COUNT; i++)
        sb_stemmer_delete(stems->by_language[i]);
    hl_memory_release(stems->memory, stems->cache, CACHE_ENTRIES * sizeof *stems->cache);
}

/* The entry of a @word of 1 to WORD_MAX_BYTES bytes, made if need be. */
static struct hl_stem_entry *find_entry(struct hl_stems *stems, struct hl_text word)
{
    struct hl_stem_entry *entry = &stems->cache[XXH3_64bits(word.data, word.length) % CACHE_ENTRIES];
    if (entry->word_length == word.length && memcmp(entry->word, word.data, word.length) == 0)
        return entry;
    entry->masks = hl_tables_word(word.data, word.length);
    entry->language = HL_LANGUAGE_UNKNOWN;
    entry->word_length = (uint8_t)word.length;
    memcpy(entry->word, word.data, word.length);
    return entry;
}

static bool is_cached(struct hl_text word)
{
    return word.length > 0 && word.length <= WORD_MAX_BYTES;
}

struct hl_word_masks hl_stems_masks(struct hl_stems *stems, struct hl_text word)
{
    return is_cached(word) ? find_entry(stems, word)->masks : hl_tables_word(word.data, word.length);
}

static enum hl_status compute(struct hl_stems *stems, enum hl_language language, struct hl_text word,
                              struct hl_text *stem)
{
    struct sb_stemmer **stemmer = &stems->by_language[language];
    if (!*stemmer && !(*stemmer = sb_stemmer_new(algorithms[language], "UTF_8")))
        return HL_NO_MEMORY;
    const sb_symbol *symbols = sb_stemmer_stem(*stemmer, (const sb_symbol *)word.data, (int)word.length);
    if (!symbols)
        return HL_NO_MEMORY;
    *stem = (struct hl_text){(const char *)symbols, (size_t)sb_stemmer_length(*stemmer)};
    if (stem->length == 0) /* a stemmer may eat a whole suffix-like word: nothing would be left to compare */
        *stem = word;
    return HL_OK;
}

enum hl_status hl_stems_stem(struct hl_stems *stems, enum hl_language language, struct hl_text word,
                             struct hl_text *stem)
{
    *stem = word;
    if (!algorithms[language] || word.length == 0)
        return HL_OK;
    if (!is_cached(word))
        return compute(stems, language, word, stem);
    struct hl_stem_entry *entry = find_entry(stems, word);
    if (entry->language != language) {
        enum hl_status status = compute(stems, language, word, stem);
        if (status != HL_OK || stem->length > WORD_MAX_BYTES)
            return status;
        entry->language = (uint8_t)language;
        entry->stem_length = (uint8_t)stem->length;
        memcpy(entry->stem, stem->data, stem->length);
    }
    *stem = (struct hl_text){entry->stem, entry->stem_length};
    return HL_OK;
}
