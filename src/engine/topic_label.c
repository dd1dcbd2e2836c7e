/*
 * topic_label.c - choosing a topic's words, and finding how they are spelled, since the vocabulary holds stems.
 */
#include "engine/topic_label.h"

#include "core/text.h"
#include "engine/store.h"
#include "engine/topic.h"
#include "engine/topic_anchor.h"
#include "engine/vocabulary.h"

#include <string.h>

#define WORDS_MAX 10    /* looked at: character pairs of one name make one term */
#define TITLES_MAX 16   /* in which spellings are looked for, of as many stories */
#define SPELLINGS_MAX 4 /* told apart for a word */
#define SHARE_MIN 0.2   /* of the stories that are known by a term... */
#define TERMS_ENOUGH 3  /* shared ones; with fewer, names that only one story has fill up */
#define FILLER_NAME 0.7 /* how much of a name those must be */
#define NAME_MIN 0.2    /* what is less of a name tells nothing */
#define CJK_FIRST 0xe3  /* first bytes of character pairs */

struct spelling {
    char text[HL_TOPIC_TERM_BYTES];
    size_t length;
    uint32_t count;
};

struct label_word {
    uint32_t word;
    uint32_t stories;
    double value;
    struct spelling spellings[SPELLINGS_MAX];
    uint32_t spelling_count;
};

struct label {
    uint32_t count;
    struct label_word words[WORDS_MAX];
};

static void offer(struct label *label, uint32_t word, uint32_t stories, double value)
{
    if (label->count == WORDS_MAX && value <= label->words[WORDS_MAX - 1].value)
        return;
    uint32_t at = label->count < WORDS_MAX ? label->count++ : WORDS_MAX - 1;
    for (; at > 0 && label->words[at - 1].value < value; at--)
        label->words[at] = label->words[at - 1];
    label->words[at] = (struct label_word){.word = word, .stories = stories, .value = value};
}

/* By how many of the stories are known by a word, how rare it is and how much like a name; @any: whatever there is. */
static void choose_words(const struct hl_collection *c, uint32_t topic, bool any, struct label *label)
{
    const struct hl_topic_record *t = hl_topic_at(c, topic);
    struct hl_topic_terms terms = hl_topic_terms(t);
    label->count = 0;
    for (uint32_t i = 0; i < terms.count; i++) {
        double name = hl_anchor_name(hl_word_at(c, terms.word[i]));
        bool filler = terms.stories[i] < 2;
        if (!any && (terms.stories[i] < SHARE_MIN * t->stories || name < (filler ? FILLER_NAME : NAME_MIN)))
            continue;
        offer(label, terms.word[i], terms.stories[i], terms.stories[i] * name * hl_feature_idf(c, terms.word[i]));
    }
}

static uint32_t find_word(const struct label *label, uint32_t word)
{
    for (uint32_t i = 0; i < label->count; i++)
        if (label->words[i].word == word)
            return i;
    return HL_NONE;
}

static void count_spelling(struct label_word *word, struct hl_text text)
{
    text.length = hl_text_cut(text, HL_TOPIC_TERM_BYTES - 1);
    for (uint32_t i = 0; i < word->spelling_count; i++) {
        struct spelling *s = &word->spellings[i];
        if (s->length == text.length && memcmp(s->text, text.data, text.length) == 0) {
            s->count++;
            return;
        }
    }
    if (word->spelling_count == SPELLINGS_MAX)
        return;
    struct spelling *s = &word->spellings[word->spelling_count++];
    memcpy(s->text, text.data, text.length);
    s->length = text.length;
    s->count = 1;
}

static uint32_t label_word_of(const struct hl_collection *c, const struct label *label, const struct hl_analysis *a,
                              size_t i)
{
    uint32_t word = hl_words_find(c, a->stems + a->words[i].stem, a->words[i].stem_length);
    return word == HL_NONE ? HL_NONE : find_word(label, word);
}

/* Counts how the label's words are spelled in one title. Character pairs of the label that overlap are one word. */
static void read_spellings(const struct hl_collection *c, const struct hl_analysis *a, struct label *label)
{
    for (size_t i = 0; i < a->word_count; i++) {
        const struct hl_word *w = &a->words[i];
        uint32_t at = label_word_of(c, label, a, i), to = w->clean_to;
        if (at == HL_NONE)
            continue;
        while (w->flags & HL_WORD_PAIR && i + 1 < a->word_count && a->words[i + 1].flags & HL_WORD_PAIR &&
               a->words[i + 1].clean_from < to && label_word_of(c, label, a, i + 1) != HL_NONE)
            to = a->words[++i].clean_to;
        count_spelling(&label->words[at], (struct hl_text){a->clean.data + w->clean_from, to - w->clean_from});
    }
}

static enum hl_status read_title(struct hl_collection *c, const struct hl_headline_record *h, struct label *label,
                                 struct hl_error *error)
{
    struct hl_text_tools *tools = c->engine->other_text;
    struct hl_text clean;
    struct hl_analysis analysis;
    enum hl_status status = hl_text_clean(tools, hl_store_title(h), &clean, error);
    if (status == HL_OK)
        status = hl_text_analyse(tools, clean, hl_store_lang(h), &analysis);
    if (status != HL_OK)
        return hl_error_set(error, status, NULL, "out of memory");
    read_spellings(c, &analysis, label);
    return HL_OK;
}

/* The most frequent spelling, the first of equal ones; the stem where the titles at hand show none. */
static struct hl_text spelling_of(const struct hl_collection *c, const struct label_word *word)
{
    const struct hl_word_record *record = hl_word_at(c, word->word);
    struct hl_text best = {record->text, record->length};
    uint32_t most = 0;
    for (uint32_t i = 0; i < word->spelling_count; i++) {
        if (word->spellings[i].count <= most)
            continue;
        most = word->spellings[i].count;
        best = (struct hl_text){word->spellings[i].text, word->spellings[i].length};
    }
    return best;
}

static bool holds(const struct hl_topic_term *term, struct hl_text part)
{
    for (size_t i = 0; i + part.length <= term->length; i++)
        if (memcmp(term->text + i, part.data, part.length) == 0)
            return true;
    return false;
}

static bool is_told(const struct hl_topic_term *terms, size_t count, struct hl_text text)
{
    if (text.length == 0 || (unsigned char)text.data[0] < CJK_FIRST)
        return false;
    for (size_t i = 0; i < count; i++)
        if (holds(&terms[i], text))
            return true;
    return false;
}

enum hl_status hl_topic_label(struct hl_collection *c, uint32_t topic, struct hl_topic_term *out, size_t *count,
                              struct hl_error *error)
{
    struct label label;
    *count = 0;
    choose_words(c, topic, false, &label);
    if (label.count == 0)
        choose_words(c, topic, true, &label);
    uint32_t story = hl_topic_at(c, topic)->newest;
    for (int i = 0; i < TITLES_MAX && story != HL_NONE; i++) {
        const struct hl_story_record *s = hl_story_at(c, story);
        enum hl_status status = read_title(c, hl_headline_at(c, s->newest), &label, error);
        if (status != HL_OK)
            return status;
        story = s->topic_prev;
    }
    for (uint32_t i = 0; i < label.count && *count < HL_TOPIC_TERMS; i++) {
        struct hl_text text = spelling_of(c, &label.words[i]);
        text.length = hl_text_cut(text, HL_TOPIC_TERM_BYTES - 1);
        if (is_told(out, *count, text) || (label.words[i].stories < 2 && *count >= TERMS_ENOUGH))
            continue;
        struct hl_topic_term *term = &out[(*count)++];
        memcpy(term->text, text.data, text.length);
        term->text[text.length] = '\0';
        term->length = text.length;
        term->stories = label.words[i].stories;
    }
    return HL_OK;
}
