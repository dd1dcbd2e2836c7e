/*
 * search_read.c - a full-text query to what it asks for (see search.h).
 *
 * The whole query is analysed once in each language, as a title in that language would be: the words are the same each time, only their stems
 * differ. Where a word stood in the clean text tells whether it is in quotes and whether a star follows it.
 */
#include "engine/search.h"

#include "core/maths.h"
#include "engine/vocabulary.h"

#include <math.h>
#include <string.h>

#define VOCABULARY_SCAN_MAX 200000 /* places looked at for beginnings: two milliseconds */
#define PREFIX_MIN_BYTES 2
#define STEM_MIN_BYTES 3   /* of one that a longer word may have */
#define BRIEF_STEM_BYTES 4 /* of so short a stem no letter is given away */

/* ---- words --------------------------------------------------------------------------------------------------------- */

static enum hl_status refuse(struct hl_error *error, const char *what)
{
    return hl_error_set(error, HL_INVALID, "q", "%s", what);
}

static enum hl_status analyse(struct hl_text_tools *tools, struct hl_text clean, enum hl_language language,
                              struct hl_analysis *out, struct hl_error *error)
{
    const char *tag = language == HL_LANGUAGE_UNKNOWN ? "und" : hl_language_tag(language);
    if (hl_text_analyse(tools, clean, (struct hl_text){tag, strlen(tag)}, out) == HL_OK)
        return HL_OK;
    return hl_error_set(error, HL_NO_MEMORY, NULL, "out of memory for a search");
}

static void note_needle(struct hl_search_word *word, const char *stem, size_t length)
{
    struct hl_search_needle needle = {.length = (uint8_t)(length < HL_NEEDLE_BYTES ? length : HL_NEEDLE_BYTES)};
    memcpy(needle.text, stem, needle.length);
    for (uint32_t i = 0; i < word->needle_count; i++)
        if (word->needles[i].length == needle.length && memcmp(word->needles[i].text, stem, needle.length) == 0)
            return;
    if (word->needle_count < HL_NEEDLES_MAX)
        word->needles[word->needle_count++] = needle;
}

/* The words' numbers and stems in one language. */
static void find_words(const struct hl_collection *c, const struct hl_analysis *analysis, enum hl_language language,
                       struct hl_search *search)
{
    for (uint32_t i = 0; i < search->count && i < analysis->word_count; i++) {
        const struct hl_word *word = &analysis->words[i];
        search->words[i].word[language] = hl_words_find(c, analysis->stems + word->stem, word->stem_length);
        note_needle(&search->words[i], analysis->stems + word->stem, word->stem_length);
    }
}

/* The words as they are spelled, which of them stand in a row, and which are only beginnings. */
static enum hl_status take_words(const struct hl_analysis *analysis, struct hl_search *search, struct hl_error *error)
{
    uint32_t quotes = 0, prefixes = 0;
    size_t at = 0;
    for (uint32_t i = 0; i < search->count; i++) {
        const struct hl_word *word = &analysis->words[i];
        struct hl_search_word *out = &search->words[i];
        for (; at < word->clean_from; at++)
            quotes += analysis->clean.data[at] == '"';
        out->text = (struct hl_text){analysis->text.data + word->from, word->to - word->from};
        out->row = quotes % 2 == 1 ? quotes : 0;
        out->is_prefix = word->clean_to < analysis->clean.length && analysis->clean.data[word->clean_to] == '*';
        search->has_rows = search->has_rows || out->row > 0;
        if (!out->is_prefix)
            continue;
        if (out->text.length < PREFIX_MIN_BYTES)
            return refuse(error, "a beginning such as \"flood*\" needs at least two letters");
        if (prefixes == HL_SEARCH_PREFIXES_MAX)
            return refuse(error, "q holds more than 8 beginnings; leave some out");
        out->bit = (uint8_t)(1U << prefixes++);
    }
    return HL_OK;
}

/* One more word of the vocabulary may be meant by @word. */
static void note_holder(const struct hl_collection *c, struct hl_search_word *word, uint32_t number)
{
    word->holders += hl_word_at(c, number)->holders;
    if (word->signature_count < HL_SIGNATURES_MAX)
        hl_signature_add(&word->signatures[word->signature_count++], number);
    else
        word->has_many = true;
}

/* The different numbers among those of the languages. */
static void note_distinct(struct hl_search_word *word)
{
    word->is_same = true;
    for (int language = 0; language < HL_LANGUAGE_COUNT; language++) {
        uint32_t number = word->word[language], i = 0;
        word->is_same = word->is_same && number == word->word[0];
        while (i < word->count && word->distinct[i] != number)
            i++;
        if (i == word->count && number != HL_NONE)
            word->distinct[word->count++] = number;
    }
}

static enum hl_status read_words(struct hl_collection *c, struct hl_text clean, struct hl_search *search,
                                 struct hl_error *error)
{
    struct hl_analysis analysis;
    enum hl_status status = HL_OK;
    /* The unknown language comes last: its words stay in the tools. */
    for (int language = HL_LANGUAGE_COUNT - 1; language >= 0 && status == HL_OK; language--) {
        status = analyse(c->engine->text, clean, (enum hl_language)language, &analysis, error);
        if (status != HL_OK)
            return status;
        if (analysis.word_count > HL_SEARCH_WORDS_MAX)
            return refuse(error, "q holds more than 16 words; leave some out");
        search->count = (uint32_t)analysis.word_count;
        find_words(c, &analysis, (enum hl_language)language, search);
    }
    if (search->count == 0)
        return refuse(error, "there is no letter and no digit in q; give the words to look for");
    return take_words(&analysis, search, error);
}

/* ---- beginnings ----------------------------------------------------------------------------------------------------- */

static uint32_t common_bytes(const struct hl_word_record *word, const char *text, size_t length)
{
    uint32_t i = 0;
    while (i < word->length && i < length && word->text[i] == text[i])
        i++;
    return i;
}

/* False for nearly all words, at the price of a look at their first byte. */
static bool begins_alike(const struct hl_search_word *prefix, char first)
{
    bool alike = prefix->text.data[0] == first;
    for (uint32_t i = 0; i < prefix->needle_count && !alike; i++)
        alike = prefix->needles[i].text[0] == first;
    return alike;
}

/*
 * A stem that begins with the prefix is sure. Of one that is the prefix's own beginning but for a last letter, which stemmers may change, or that
 * begins as another language's stemmer leaves the prefix (they take accents away), some words may begin with it.
 */
static void mark_word(const struct hl_collection *c, struct hl_search *search, struct hl_search_word *prefix,
                      uint32_t place)
{
    const struct hl_word_record *word = hl_word_at(c, place);
    if (!begins_alike(prefix, word->text[0]))
        return;
    bool maybe = false, sure = common_bytes(word, prefix->text.data, prefix->text.length) == prefix->text.length;
    uint32_t enough = word->length > BRIEF_STEM_BYTES ? word->length - 1U : word->length;
    for (uint32_t i = 0; i < prefix->needle_count && !sure && !maybe; i++) {
        const struct hl_search_needle *needle = &prefix->needles[i];
        uint32_t common = common_bytes(word, needle->text, needle->length);
        maybe = common == needle->length || (common >= enough && common >= STEM_MIN_BYTES);
    }
    if (!sure && !maybe)
        return;
    struct hl_search_mark *mark = &search->marks[place];
    *(sure ? &mark->sure : &mark->maybe) |= prefix->bit;
    note_holder(c, prefix, place);
    if (maybe)
        prefix->unsure += word->holders;
}

/* Looks through the vocabulary for the words that begin with the prefixes. */
static enum hl_status find_prefixes(struct hl_collection *c, struct hl_search *search, struct hl_error *error)
{
    uint32_t limit = hl_slab_limit(&c->words), looked_at = limit;
    if (looked_at > VOCABULARY_SCAN_MAX)
        looked_at = VOCABULARY_SCAN_MAX;
    search->truncated = looked_at < limit;
    search->mark_count = limit;
    search->marks = limit > 0 ? hl_memory_allocate_zero(&c->engine->aside, limit * sizeof *search->marks) : NULL;
    if (!search->marks) {
        search->none = limit == 0;
        return limit == 0 ? HL_OK : hl_error_set(error, HL_NO_MEMORY, NULL, "out of memory for a search");
    }
    for (uint32_t place = 0; place < looked_at; place++) {
        if (!hl_slab_is_live(&c->words, place))
            continue;
        for (uint32_t i = 0; i < search->count; i++)
            if (search->words[i].is_prefix)
                mark_word(c, search, &search->words[i], place);
    }
    return HL_OK;
}

/* ---- the query ------------------------------------------------------------------------------------------------------ */

/* How many live headlines hold each word, and what it weighs for that. */
static void weigh_words(const struct hl_collection *c, struct hl_search *search)
{
    double live = c->headlines.live, square = 0;
    for (uint32_t i = 0; i < search->count; i++) {
        struct hl_search_word *word = &search->words[i];
        if (!word->is_prefix)
            note_distinct(word);
        for (uint32_t j = 0; j < word->count; j++)
            note_holder(c, word, word->distinct[j]);
        search->none = search->none || word->holders == 0;
        double holders = (double)word->holders < live ? (double)word->holders : live;
        word->idf = hl_ln(1 + (live - holders + 0.5) / (holders + 0.5));
        square += word->idf * word->idf;
    }
    search->length = sqrt(square);
}

enum hl_status hl_search_read(struct hl_collection *c, struct hl_text q, struct hl_search *out, struct hl_error *error)
{
    struct hl_text clean;
    memset(out, 0, sizeof *out);
    if (q.length > HL_SEARCH_MAX_BYTES)
        return hl_error_set(error, HL_TOO_LARGE, "q", "q has %zu bytes: send at most %d", q.length,
                            HL_SEARCH_MAX_BYTES);
    enum hl_status status = hl_text_clean(c->engine->text, q, &clean, error);
    if (status != HL_OK)
        return hl_error_set(error, status, "q", status == HL_NO_MEMORY ? "out of memory" : "q must be valid UTF-8");
    status = read_words(c, clean, out, error);
    bool any_prefix = false;
    for (uint32_t i = 0; i < out->count; i++)
        any_prefix = any_prefix || out->words[i].is_prefix;
    if (status == HL_OK && any_prefix)
        status = find_prefixes(c, out, error);
    if (status == HL_OK)
        weigh_words(c, out);
    return status;
}

void hl_search_clear(struct hl_collection *c, struct hl_search *search)
{
    if (search->marks)
        hl_memory_release(&c->engine->aside, search->marks, search->mark_count * sizeof *search->marks);
    search->marks = NULL;
}

/* ---- titles --------------------------------------------------------------------------------------------------------- */

static bool is_word(const struct hl_search_word *wanted, const struct hl_analysis *title, size_t i)
{
    const struct hl_word *word = &title->words[i];
    size_t length = word->to - word->from;
    return (wanted->is_prefix ? length >= wanted->text.length : length == wanted->text.length) &&
           memcmp(title->text.data + word->from, wanted->text.data, wanted->text.length) == 0;
}

/* The words from @first on, @count of them, one after the other. */
static bool has_row(const struct hl_search *search, uint32_t first, uint32_t count, const struct hl_analysis *title)
{
    for (size_t from = 0; from + count <= title->word_count; from++) {
        uint32_t i = 0;
        while (i < count && is_word(&search->words[first + i], title, from + i))
            i++;
        if (i == count)
            return true;
    }
    return false;
}

bool hl_search_is_in_title(const struct hl_search *search, const struct hl_analysis *title)
{
    for (uint32_t i = 0, count = 1; i < search->count; i += count) {
        uint32_t row = search->words[i].row;
        for (count = 1; row > 0 && i + count < search->count && search->words[i + count].row == row;)
            count++;
        if ((row > 0 || search->words[i].is_prefix) && !has_row(search, i, count, title))
            return false;
    }
    return true;
}
