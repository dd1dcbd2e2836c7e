/*
 * load.h - what the parts of loading a saved state share: load.c (the engine, its words, the end), load_headline.c, load_story.c.
 *
 * Each function reads one thing, checks what can be checked with what is there by then, and enters it where it is found. After the first
 * error (reader.status) they return early; the engine under construction is then thrown away as a whole, so that records may be left
 * half done.
 */
#ifndef HL_ENGINE_LOAD_H
#define HL_ENGINE_LOAD_H

#include "engine/state_format.h"
#include "engine/state_reader.h"

#include <headlined/snapshot.h>

/* A collection while it is loaded. */
struct hl_loaded {
    struct hl_collection *c;
    uint32_t word_limit;
    uint32_t *holders;   /* owned; by word: headlines that hold it; then, in the same block, */
    int32_t *df;         /* what stories that were read add to its document frequency, and */
    uint8_t *posted;     /* how many of its postings got their weight from these */
    uint64_t pair_terms; /* of stories */
    uint64_t pair_sum;   /* of hl_pair_mix over what stories add to pairs: what the saved counts must add up to */
    uint32_t followers;  /* headlines that are not the first of their text */
    uint32_t members;    /* headlines that stories have named */
    uint32_t aliases;    /* that headlines have named */
    uint32_t *anchors;   /* owned, while topics are read: those of one topic's stories */
    uint32_t anchored;   /* stories with anchors, less those that topics have named */
};

struct hl_loader {
    struct hl_engine *engine;
    struct hl_state_reader reader;
    struct hl_loaded *loaded;      /* owned; by collection */
    uint32_t redirects, topic_ids; /* that stories and topics have named */
};

/* Fields of @record, a variable, in the order of @FIELDS. */
#define HL_GET_FIELD(type, member) record->member = hl_get_##type(&from);
#define HL_GET_FIELDS(r, FIELDS)                                                                                       \
    do {                                                                                                               \
        const unsigned char *from = hl_state_reader_take(r, HL_STATE_BYTES(FIELDS));                                   \
        FIELDS(HL_GET_FIELD)                                                                                           \
    } while (0)

/*
 * Reads a slab: for each chunk which places are free, then @load for each live record, then @after (may be NULL) for all of the chunk, from
 * place @first on. @load may be NULL, too: only which places are taken.
 */
typedef void (*hl_load_record)(struct hl_loader *l, struct hl_loaded *of, uint32_t index);
typedef void (*hl_load_chunk)(struct hl_loader *l, struct hl_loaded *of, uint32_t first, uint32_t end);
void hl_load_slab(struct hl_loader *l, struct hl_loaded *of, struct hl_slab *slab, hl_load_record load,
                  hl_load_chunk after);

/*
 * The next @count places, each of @slab's live records once, as what @link makes of them; @link says whether it is well. @ask (may be NULL) asks for
 * what @link will read beside the record.
 */
typedef void (*hl_load_ask)(const struct hl_loaded *of, uint32_t index);
typedef bool (*hl_load_link)(struct hl_loader *l, struct hl_loaded *of, uint32_t index, uint32_t previous);
uint32_t hl_load_list(struct hl_loader *l, struct hl_loaded *of, const struct hl_slab *slab, uint32_t count,
                      hl_load_link link, hl_load_ask ask);

/* A block of @bytes (> 0) of the pool, filled from the section. NULL on an error. */
char *hl_load_text(struct hl_loader *l, size_t bytes);

/* True for UTF-8 without NUL. */
bool hl_load_is_text(const char *text, size_t length);

bool hl_load_is_time(int64_t ms);
bool hl_load_is_amount(double value); /* finite, not negative */

/* A number for @df of the pair with this hl_pair_hash; sums of them are equal when the pairs are (but for chance: 64 bits). */
static inline uint64_t hl_pair_mix(const struct hl_loader *l, uint32_t hash, int32_t df)
{
    uint64_t mixed = (hash ^ l->engine->options.hash_seed) * UINT64_C(0x9e3779b97f4a7c15);
    return (mixed ^ mixed >> 29) * UINT64_C(0xbf58476d1ce4e5b9) * (uint64_t)df;
}

/* The sections, for one collection. */
void hl_load_headlines(struct hl_loader *l, struct hl_loaded *of);
void hl_load_stories(struct hl_loader *l, struct hl_loaded *of);
void hl_load_topics(struct hl_loader *l, struct hl_loaded *of);

#endif
