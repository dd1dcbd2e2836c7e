/*
 * vector.c - from an analysed title and summary to their weighted features.
 */
#include "engine/vector.h"

#include "engine/absent.h"
#include "engine/vocabulary.h"

#include <math.h>
#include <string.h>

/* One distinct feature while the vector is built. */
struct draft {
    uint32_t feature;
    double weight;
    bool hot;
    bool summary; /* the title does not have it */
    uint8_t look;
};

/* The tokens of a title or summary while the vector is built. */
struct tokens {
    enum hl_language language;
    size_t count;
    struct hl_stem stems[HL_WORDS_MAX];
    uint8_t looks[HL_WORDS_MAX]; /* of a title's */
};

/* True for the scripts that have capitals: Latin, Greek, Cyrillic, Armenian (by the first byte of UTF-8). */
static bool has_case(char first)
{
    unsigned char byte = (unsigned char)first;
    return (byte >= 'A' && byte <= 'z') || (byte >= 0xc3 && byte <= 0xd6);
}

/*
 * What a word's capital says: nothing in a title of capitals or of none, at its beginning, or in German, where every noun has one.
 */
static enum hl_look look_at(const struct hl_analysis *analysis, size_t word, bool any_capital)
{
    const struct hl_word *w = &analysis->words[word];
    if (w->flags & HL_WORD_STOP)
        return HL_LOOK_PLAIN;
    if (analysis->title_case || !any_capital || w->flags & (HL_WORD_PAIR | HL_WORD_NUMBER) ||
        !has_case(analysis->clean.data[w->clean_from]))
        return HL_LOOK_UNKNOWN;
    if (!(w->flags & HL_WORD_CAPITAL))
        return HL_LOOK_PLAIN;
    return word == 0 || analysis->language == HL_LANGUAGE_DE ? HL_LOOK_UNKNOWN : HL_LOOK_NAME;
}

static void note_looks(const struct hl_analysis *analysis, struct tokens *tokens)
{
    bool any_capital = false;
    for (size_t i = 0; i < tokens->count && !any_capital; i++)
        any_capital = (analysis->words[i].flags & HL_WORD_CAPITAL) != 0;
    for (size_t i = 0; i < tokens->count; i++)
        tokens->looks[i] = (uint8_t)look_at(analysis, i, any_capital);
}

static bool is_among(const struct hl_stem *x, const struct hl_stem *stems, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (stems[i].plain == x->plain && stems[i].length == x->length &&
            memcmp(stems[i].data, x->data, x->length) == 0)
            return true;
    return false;
}

/* True when without the absent headline there would be no such word. */
static bool is_brought_by_absent(const struct hl_collection *c, const struct hl_query *query, uint32_t word)
{
    return query->absent && hl_word_at(c, word)->holders == 1 && hl_absent_df(query->absent, c, word) > 0;
}

/* Document frequency with the headline at hand, whose vector is being built, counted once. */
static int32_t df_with_this(const struct hl_collection *c, const struct hl_query *query, uint32_t feature)
{
    int32_t df = hl_feature_df(c, feature) + HL_DF_ONE;
    return query->absent ? df - hl_absent_df(query->absent, c, feature) : df;
}

/*
 * The vocabulary's word with its background share. An unknown one is learnt (and noted in @query), or left HL_NONE. False when out of
 * memory.
 */
static bool find_word(struct hl_collection *c, enum hl_language language, const struct hl_stem *stem, bool learn,
                      struct hl_query *query, uint32_t *word, double *share)
{
    *word = hl_words_find_stem(c, stem);
    if (*word != HL_NONE && !is_brought_by_absent(c, query, *word)) {
        *share = (double)hl_word_at(c, *word)->share;
        return true;
    }
    *share = hl_background_share(language, stem->data, stem->length);
    if (*word != HL_NONE)
        return true;
    if (!learn)
        return true;
    *word = hl_words_learn(c, stem, *share);
    if (*word == HL_NONE)
        return false;
    query->learnt[query->learnt_count++] = *word;
    return true;
}

/* The language and the first words of a text. */
static void read_tokens(const struct hl_collection *c, const struct hl_analysis *analysis, struct tokens *tokens)
{
    tokens->language = analysis->language;
    tokens->count = analysis->word_count < HL_WORDS_MAX ? analysis->word_count : HL_WORDS_MAX;
    for (size_t i = 0; i < tokens->count; i++) {
        const struct hl_word *w = &analysis->words[i];
        tokens->stems[i] = hl_stem_make(c, analysis->stems + w->stem, w->stem_length);
    }
}

/* Appends the distinct words to @drafts; false when out of memory. */
static bool draft_words(struct hl_collection *c, const struct tokens *tokens, bool learn, struct hl_query *query,
                        struct draft *drafts, uint32_t *count)
{
    int64_t size = hl_seen_size(c, query) + HL_DF_ONE;
    for (size_t i = 0; i < tokens->count; i++) {
        uint32_t word;
        double share;
        if (is_among(&tokens->stems[i], tokens->stems, i))
            continue;
        if (!find_word(c, tokens->language, &tokens->stems[i], learn, query, &word, &share))
            return false;
        int32_t df = df_with_this(c, query, word);
        double place = tokens->count > 1 ? (double)i / (double)(tokens->count - 1) : 0;
        double weight = hl_idf(c, size, df, share, false) * (1 + c->settings.position_weight * (0.5 - place));
        drafts[(*count)++] = (struct draft){word, weight, hl_df_is_hot(c, size, df), false, tokens->looks[i]};
    }
    return true;
}

/*
 * The heaviest of the summary's words that can tell anything and that the title lacks: their tokens into @picked, heaviest first (of equals
 * the earlier), at most @room. Nothing is learnt yet, since most words are passed over. Returns how many.
 */
static uint32_t pick_summary(struct hl_collection *c, const struct tokens *title, const struct hl_analysis *summary,
                             const struct tokens *tokens, uint32_t room, struct hl_query *query, uint32_t *picked)
{
    int64_t size = hl_seen_size(c, query) + HL_DF_ONE;
    double idf[HL_WORDS_MAX];
    uint32_t count = 0;
    for (uint32_t i = 0; i < tokens->count; i++) {
        uint32_t word;
        double share;
        if ((summary->words[i].flags & HL_WORD_STOP) || is_among(&tokens->stems[i], tokens->stems, i) ||
            is_among(&tokens->stems[i], title->stems, title->count))
            continue;
        (void)find_word(c, title->language, &tokens->stems[i], false, query, &word,
                        &share); /* cannot fail: learns nothing */
        idf[i] = hl_idf(c, size, df_with_this(c, query, word), share, false);
        uint32_t at = count < room ? count++ : room;
        for (; at > 0 && idf[picked[at - 1]] < idf[i]; at--)
            if (at < room)
                picked[at] = picked[at - 1];
        if (at < room)
            picked[at] = i;
    }
    return count;
}

/* Appends what the summary adds to @drafts, of which @pair_count must stay free; false when out of memory. */
static bool draft_summary(struct hl_collection *c, const struct tokens *title, const struct hl_analysis *summary,
                          bool learn, uint32_t pair_count, struct hl_query *query, struct draft *drafts,
                          uint32_t *count)
{
    int64_t size = hl_seen_size(c, query) + HL_DF_ONE;
    struct tokens tokens;
    uint32_t picked[HL_SUMMARY_WORDS_MAX];
    uint32_t room = HL_WORDS_MAX - *count, rest = HL_FEATURES_MAX - *count - pair_count;
    room = room < rest ? room : rest;
    room = room < HL_SUMMARY_WORDS_MAX ? room : HL_SUMMARY_WORDS_MAX;
    read_tokens(c, summary, &tokens);
    hl_words_prefetch(c, tokens.stems, tokens.count);
    uint32_t picks = pick_summary(c, title, summary, &tokens, room, query, picked);
    for (uint32_t i = 0; i < picks; i++) {
        uint32_t word;
        double share;
        if (!find_word(c, title->language, &tokens.stems[picked[i]], learn, query, &word, &share))
            return false;
        int32_t df = df_with_this(c, query, word);
        double weight = c->settings.summary_weight * hl_idf(c, size, df, share, false);
        drafts[(*count)++] = (struct draft){word, weight, hl_df_is_hot(c, size, df), true, HL_LOOK_UNKNOWN};
    }
    return true;
}

/* The pairs of neighbouring tokens into @pairs, which gets their number, one less than there are tokens. */
static uint32_t list_pairs(const struct tokens *tokens, uint32_t *pairs)
{
    for (size_t i = 1; i < tokens->count; i++)
        pairs[i - 1] = hl_pair_feature(&tokens->stems[i - 1], &tokens->stems[i]);
    return tokens->count > 0 ? (uint32_t)tokens->count - 1 : 0;
}

static void draft_pairs(const struct hl_collection *c, const struct hl_query *query, const uint32_t *pairs,
                        uint32_t pair_count, struct draft *drafts, uint32_t *count)
{
    int64_t size = hl_seen_size(c, query) + HL_DF_ONE;
    uint32_t first = *count;
    for (uint32_t i = 0; i < pair_count; i++) {
        bool known = false;
        for (uint32_t j = first; j < *count && !known; j++)
            known = drafts[j].feature == pairs[i];
        if (known)
            continue;
        int32_t df = df_with_this(c, query, pairs[i]);
        double weight = c->settings.pair_weight * hl_idf(c, size, df, 0, true);
        drafts[(*count)++] = (struct draft){pairs[i], weight, false, false, HL_LOOK_UNKNOWN};
    }
}

/* The drafts' numbers in @order, ascending by feature: words first, unknown words (HL_NONE) last. Insertion sort: a score of items. */
static void order_drafts(const struct draft *drafts, uint32_t count, uint64_t *order)
{
    for (uint32_t i = 0; i < count; i++) {
        uint64_t key = (uint64_t)drafts[i].feature << 32 | i; /* equal features stay in order of the title */
        uint32_t at = i;
        for (; at > 0 && order[at - 1] > key; at--)
            order[at] = order[at - 1];
        order[at] = key;
    }
}

/* The mean length with this headline's; an absent one is in it already. */
static double length_norm(const struct hl_collection *c, const struct hl_query *query, double length)
{
    double mean = c->length_mean;
    if (!query->absent)
        mean += (length - c->length_mean) / (double)(c->length_count + 1);
    double own = c->settings.length_norm;
    return (1 - own) * mean + own * length;
}

enum hl_status hl_vector_build(struct hl_collection *c, const struct hl_analysis *analysis,
                               const struct hl_analysis *summary, bool learn, struct hl_query *query, double *length)
{
    struct draft drafts[HL_FEATURES_MAX];
    struct tokens tokens;
    uint32_t pairs[HL_WORDS_MAX], count = 0;
    uint64_t order[HL_FEATURES_MAX];
    read_tokens(c, analysis, &tokens);
    note_looks(analysis, &tokens);
    uint32_t pair_count = c->settings.pair_weight > 0 ? list_pairs(&tokens, pairs) : 0;
    hl_features_prefetch(c, pairs, pair_count);
    hl_words_prefetch(c, tokens.stems, tokens.count);
    query->learnt_count = 0;
    if (!draft_words(c, &tokens, learn, query, drafts, &count) ||
        (summary && !draft_summary(c, &tokens, summary, learn, pair_count, query, drafts, &count))) {
        hl_vector_forget(c, query);
        return HL_NO_MEMORY;
    }
    query->words = count;
    query->title_words = 0;
    for (uint32_t i = 0; i < count; i++)
        query->title_words += !drafts[i].summary;
    draft_pairs(c, query, pairs, pair_count, drafts, &count);
    query->count = count;
    order_drafts(drafts, count, order);

    double square = 0; /* in order of the title, which is the same whether the words are known or not */
    for (uint32_t i = 0; i < count; i++)
        square += drafts[i].weight * drafts[i].weight;
    *length = sqrt(square);
    double scale = HL_WEIGHT_ONE / length_norm(c, query, *length);
    for (uint32_t i = 0; i < count; i++) {
        const struct draft *draft = &drafts[(uint32_t)order[i]];
        query->feature[i] = draft->feature;
        query->hot[i] = draft->hot;
        query->framed[i] = false; /* so far: hl_candidates_find sees to it */
        if (i < query->words)
            query->looks[i] = draft->look;
        query->summary[i] = draft->summary;
        double weight = draft->weight * scale + 0.5;
        query->weight[i] = (uint16_t)(weight < HL_WEIGHT_MAX ? weight : HL_WEIGHT_MAX);
    }
    return HL_OK;
}

double hl_vector_idf(const struct hl_collection *c, const struct hl_query *query, uint32_t feature, double *share)
{
    bool pair = (feature & HL_PAIR_BIT) != 0;
    int64_t size = hl_seen_size(c, query) + HL_DF_ONE;
    int32_t df = df_with_this(c, query, feature);
    *share = (double)df / (double)size;
    return hl_idf(c, size, df, pair ? 0 : (double)hl_word_at(c, feature)->share, pair);
}

void hl_vector_forget(struct hl_collection *c, const struct hl_query *query)
{
    for (uint32_t i = query->learnt_count; i > 0; i--)
        hl_words_release(c, query->learnt[i - 1]);
}

void hl_vector_count_length(struct hl_collection *c, double length)
{
    c->length_count++;
    c->length_mean += (length - c->length_mean) / (double)c->length_count;
}
