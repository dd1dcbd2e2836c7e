/*
 * topic_anchor.c - strengths of words, anchors of stories.
 */
#include "engine/topic_anchor.h"

#include "engine/vector.h"
#include "engine/vocabulary.h"

#include <math.h>
#include <string.h>

#define NAME_UNSEEN 0.65          /* of a word of which nothing is known */
#define NAME_PRIOR 2              /* looks that this is worth */
#define NAME_MAX 0.9              /* one name alone is never enough where two words are asked for */
#define RAREST_DF (2 * HL_DF_ONE) /* of a word in two stories: a shared one cannot be rarer */
#define KIND_MIN 0.15             /* what is less of a name is none, however rare */
#define STRENGTH_MIN 0.08         /* weaker words are no anchors */
#define PAIR_STRENGTH 0.45        /* of a character pair */
#define NUMBER_STRENGTH 0.2       /* years and counts are everybody's */
#define CORE_SHARE 0.5            /* of the headlines that hold an anchor */
#define VARIANT_BYTES_MIN 4       /* of the shorter name */
#define VARIANT_ENDING_MAX 4

double hl_anchor_name(const struct hl_word_record *word)
{
    double named = word->named, plain = word->plain;
    double name = (NAME_UNSEEN * NAME_PRIOR + named) / (NAME_PRIOR + named + plain);
    return name < NAME_MAX ? name : NAME_MAX;
}

double hl_anchor_kind(const struct hl_collection *c, uint32_t word)
{
    const struct hl_word_record *w = hl_word_at(c, word);
    if (w->kind == HL_WORD_PLAIN)
        return hl_anchor_name(w);
    return w->kind == HL_WORD_CHARACTERS ? PAIR_STRENGTH : NUMBER_STRENGTH;
}

double hl_anchor_rarest(const struct hl_collection *c)
{
    return hl_idf(c, c->size, RAREST_DF, 0, false);
}

double hl_anchor_strength(const struct hl_collection *c, uint32_t word, double rarest)
{
    double kind = hl_anchor_kind(c, word);
    if (kind < KIND_MIN) /* most words of a title: their rarity need not be known */
        return 0;
    if (hl_word_at(c, word)->df <= RAREST_DF) /* the logarithm would say the same */
        return kind;
    if (hl_feature_is_hot(c, word))
        return 0;
    double rarity = hl_feature_idf(c, word) / rarest;
    double root = sqrt(rarity < 1 ? rarity : 1);
    return kind * root * sqrt(root);
}

void hl_anchors_offer(struct hl_anchors *a, uint32_t word, double strength)
{
    if (a->count == HL_ANCHORS_MAX && strength <= a->strength[a->count - 1])
        return;
    uint32_t at = a->count < HL_ANCHORS_MAX ? a->count++ : a->count - 1;
    for (; at > 0 && a->strength[at - 1] < strength; at--) {
        a->word[at] = a->word[at - 1];
        a->strength[at] = a->strength[at - 1];
    }
    a->word[at] = word;
    a->strength[at] = strength;
}

static void sort_by_word(struct hl_anchors *a)
{
    for (uint32_t i = 1; i < a->count; i++) {
        uint32_t word = a->word[i], at = i;
        double strength = a->strength[i];
        for (; at > 0 && a->word[at - 1] > word; at--) {
            a->word[at] = a->word[at - 1];
            a->strength[at] = a->strength[at - 1];
        }
        a->word[at] = word;
        a->strength[at] = strength;
    }
}

uint32_t hl_anchor_words(const struct hl_collection *c, uint32_t story, uint32_t *out)
{
    const struct hl_story_record *s = hl_story_at(c, story);
    if (s->headlines == 1) {
        const struct hl_headline_record *only = hl_headline_at(c, s->oldest);
        memcpy(out, hl_vector_features(only), only->shape.words * sizeof *out);
        return only->shape.words;
    }
    struct hl_terms_scratch scratch;
    struct hl_terms terms = hl_story_terms(c, story, &scratch);
    double least = CORE_SHARE * s->headlines;
    uint32_t count = 0;
    for (uint32_t i = 0; i < terms.count && !(terms.feature[i] & HL_PAIR_BIT) && count < HL_WORDS_MAX; i++)
        if (terms.holders[i] >= least)
            out[count++] = terms.feature[i];
    return count;
}

void hl_anchors_choose(const struct hl_collection *c, const uint32_t *words, uint32_t count, double rarest,
                       struct hl_anchors *out)
{
    out->count = 0;
    for (uint32_t i = 0; i < count; i++) {
        double strength = hl_anchor_strength(c, words[i], rarest);
        if (strength >= STRENGTH_MIN)
            hl_anchors_offer(out, words[i], strength);
    }
    sort_by_word(out);
}

bool hl_anchors_are_phrase(const struct hl_collection *c, uint32_t a, uint32_t b)
{
    const struct hl_word_record *x = hl_word_at(c, a), *y = hl_word_at(c, b);
    struct hl_stem first = hl_stem_make(c, x->text, x->length), second = hl_stem_make(c, y->text, y->length);
    int32_t one_way = hl_feature_df(c, hl_pair_feature(&first, &second));
    int32_t other_way = hl_feature_df(c, hl_pair_feature(&second, &first));
    int32_t rarer = x->df < y->df ? x->df : y->df;
    return 2 * (one_way > other_way ? one_way : other_way) > rarer;
}

bool hl_anchor_is_variant(const struct hl_word_record *a, const struct hl_word_record *b)
{
    const struct hl_word_record *brief = a->length < b->length ? a : b, *other = brief == a ? b : a;
    return brief->length >= VARIANT_BYTES_MIN && other->length <= brief->length + VARIANT_ENDING_MAX &&
           (unsigned char)brief->text[0] < 0xe0 && memcmp(brief->text, other->text, brief->length) == 0;
}
