/*
 * posting.h - for each word, the last HL_POSTINGS_MAX stories that took it up, with the word's weight in the story.
 *
 * Appended at the end; when full the oldest entry falls out, so that work per word is bounded whatever the window. Lists are short: entries are
 * found by scanning.
 */
#ifndef HL_ENGINE_POSTING_H
#define HL_ENGINE_POSTING_H

#include "engine/state.h"

struct hl_postings {
    uint32_t count;
    const uint32_t *story; /* oldest first */
    const int32_t *weight;
};

static inline struct hl_postings hl_postings_of(const struct hl_word_record *word)
{
    const uint32_t *story = word->postings;
    if (!story) /* an empty list has no block, and NULL + 0 is undefined */
        return (struct hl_postings){0, NULL, NULL};
    return (struct hl_postings){word->posting_count, story, (const int32_t *)(story + word->posting_capacity)};
}

/* Asks for the whole list, so that its cache lines, and those of other lists asked for, are waited for together. */
static inline void hl_postings_prefetch(const struct hl_word_record *word)
{
    hl_prefetch(word->postings, word->posting_capacity * (sizeof(uint32_t) + sizeof(int32_t)));
}

/* Sets the weight of @story in the word's list, appending it when it is not there. Out of memory: left out and counted. */
void hl_posting_set(struct hl_collection *c, uint32_t word, uint32_t story, int32_t weight);

/* The same, but does nothing when @story is not there: for one that loses a headline, which is no news about it. */
void hl_posting_change(struct hl_collection *c, uint32_t word, uint32_t story, int32_t weight);

/* Takes @story out of the list, if it is there. */
void hl_posting_remove(struct hl_collection *c, uint32_t word, uint32_t story);

/*
 * From a saved state: gives a word the block for its posting_capacity entries (false when out of memory), whose stories begin at its postings;
 * then the weight of each entry; false when @story is not there.
 */
bool hl_posting_restore(struct hl_collection *c, struct hl_word_record *word);
bool hl_posting_restore_weight(struct hl_word_record *word, uint32_t story, int32_t weight);

/* Frees the list. */
void hl_posting_clear(struct hl_collection *c, uint32_t word);

#endif
