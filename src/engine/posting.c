/*
 * posting.c - short lists of stories for each word.
 */
#include "engine/posting.h"

#include <string.h>

#define ENTRY_BYTES (sizeof(uint32_t) + sizeof(int32_t))

static int32_t *weights_of(const struct hl_word_record *word)
{
    return (int32_t *)((uint32_t *)word->postings + word->posting_capacity);
}

static uint32_t find(const struct hl_word_record *word, uint32_t story)
{
    const uint32_t *stories = word->postings;
    for (uint32_t i = word->posting_count; i > 0; i--)
        if (stories[i - 1] == story)
            return i - 1;
    return HL_NONE;
}

static bool grow(struct hl_collection *c, struct hl_word_record *word)
{
    uint16_t capacity = word->posting_capacity ? (uint16_t)(word->posting_capacity * 2) : 2;
    uint32_t *stories = hl_pool_take(c->engine->pool, capacity * ENTRY_BYTES);
    if (!stories)
        return false;
    if (word->posting_capacity) {
        memcpy(stories, word->postings, word->posting_count * sizeof *stories);
        memcpy(stories + capacity, weights_of(word), word->posting_count * sizeof(int32_t));
        hl_pool_give(c->engine->pool, word->postings, word->posting_capacity * ENTRY_BYTES);
    }
    word->postings = stories;
    word->posting_capacity = capacity;
    return true;
}

static void drop(struct hl_word_record *word, uint32_t at)
{
    uint32_t *stories = word->postings;
    int32_t *weights = weights_of(word);
    size_t after = word->posting_count - at - 1U;
    memmove(stories + at, stories + at + 1, after * sizeof *stories);
    memmove(weights + at, weights + at + 1, after * sizeof *weights);
    word->posting_count--;
}

void hl_posting_set(struct hl_collection *c, uint32_t index, uint32_t story, int32_t weight)
{
    struct hl_word_record *word = hl_word_at(c, index);
    uint32_t at = find(word, story);
    if (at != HL_NONE) {
        weights_of(word)[at] = weight;
        return;
    }
    if (word->posting_count == HL_POSTINGS_MAX) {
        drop(word, 0);
    } else if (word->posting_count == word->posting_capacity && !grow(c, word)) {
        c->tallies.skipped_no_memory++;
        return;
    }
    ((uint32_t *)word->postings)[word->posting_count] = story;
    weights_of(word)[word->posting_count] = weight;
    word->posting_count++;
}

void hl_posting_change(struct hl_collection *c, uint32_t index, uint32_t story, int32_t weight)
{
    struct hl_word_record *word = hl_word_at(c, index);
    uint32_t at = find(word, story);
    if (at != HL_NONE)
        weights_of(word)[at] = weight;
}

void hl_posting_remove(struct hl_collection *c, uint32_t index, uint32_t story)
{
    struct hl_word_record *word = hl_word_at(c, index);
    uint32_t at = find(word, story);
    if (at == HL_NONE)
        return;
    drop(word, at);
    if (word->posting_count == 0)
        hl_posting_clear(c, index);
}

void hl_posting_clear(struct hl_collection *c, uint32_t index)
{
    struct hl_word_record *word = hl_word_at(c, index);
    hl_pool_give(c->engine->pool, word->postings, word->posting_capacity * ENTRY_BYTES);
    word->postings = NULL;
    word->posting_count = word->posting_capacity = 0;
}

bool hl_posting_restore(struct hl_collection *c, struct hl_word_record *word)
{
    if (word->posting_capacity == 0)
        return true;
    word->postings = hl_pool_take(c->engine->pool, word->posting_capacity * ENTRY_BYTES);
    return word->postings != NULL;
}

bool hl_posting_restore_weight(struct hl_word_record *word, uint32_t story, int32_t weight)
{
    uint32_t at = find(word, story);
    if (at != HL_NONE)
        weights_of(word)[at] = weight;
    return at != HL_NONE;
}
