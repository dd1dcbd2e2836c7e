/*
 * topic_anchor.h - the words by which a story is known to a topic: what its matter is about, rather than what happens in it.
 *
 * A matter is anchored by names of people, places and organisations, and by rare words. How much a word can anchor is its *strength*, 0 to 1:
 * how often it stood like a name in titles where that shows (a capital where other words have none), times how rare it is in the stream. The
 * tables know the frequent words of each language, and which of those are names; a word that they do not know is something in between
 * until it has been seen.
 */
#ifndef HL_ENGINE_TOPIC_ANCHOR_H
#define HL_ENGINE_TOPIC_ANCHOR_H

#include "engine/story.h"

/* A story's anchors, ascending by word. */
struct hl_anchors {
    uint32_t count;
    uint32_t word[HL_ANCHORS_MAX];
    double strength[HL_ANCHORS_MAX];
};

/* How much like a name the word is used, 0 to 1. */
double hl_anchor_name(const struct hl_word_record *word);

/* How much a word of its kind can anchor at most: a name, a number, a character pair. */
double hl_anchor_kind(const struct hl_collection *c, uint32_t word);

/* How much it can anchor at present: that, times how rare it is among words that are shared. 0 for a word that is in too large a share of the stream. */
double hl_anchor_strength(const struct hl_collection *c, uint32_t word, double rarest);

/* The rarity that counts fully: that of a word in two stories. The same for all words at one time. */
double hl_anchor_rarest(const struct hl_collection *c);

/* The words that at least half of the story's headlines hold, ascending; room for HL_WORDS_MAX. Returns their number. */
uint32_t hl_anchor_words(const struct hl_collection *c, uint32_t story, uint32_t *out);

/* Puts a word where its strength belongs, behind equals, the weakest falling off the end when there are HL_ANCHORS_MAX. */
void hl_anchors_offer(struct hl_anchors *a, uint32_t word, double strength);

/* The strongest of @count words, ascending by word. */
void hl_anchors_choose(const struct hl_collection *c, const uint32_t *words, uint32_t count, double rarest,
                       struct hl_anchors *out);

/* True when two words stand side by side in most titles that hold the rarer one: "white" and "house" are one name. */
bool hl_anchors_are_phrase(const struct hl_collection *c, uint32_t a, uint32_t b);

/* True when one name is the beginning of the other, so that they may stand for one thing: "iran" and "iranian". */
bool hl_anchor_is_variant(const struct hl_word_record *a, const struct hl_word_record *b);

#endif
