/*
 * state.h - what the engine holds: the records, and how they hang together. Private to src/engine.
 *
 *   engine -> collections -> headlines (slab) -> vector: the words and pairs of the title, and words of the summary, with their weights on arrival
 *                         -> stories (slab)   -> terms: the sum of the members' vectors (none while there is one member)
 *                         -> words (slab)     -> postings: the stories that hold the word, last appended last
 *                         -> pairs: document frequency by 31-bit hash
 *                         -> topics (slab)    -> anchors: how many of its stories have each word for an anchor
 *
 * Everything that decides a result is an integer or comes from integers by the same IEEE operations: weights are fixed point
 * (HL_WEIGHT_ONE), document frequencies too (HL_DF_ONE). So what a headline added can be taken away exactly, and the state
 * does not depend on the machine. Records refer to each other by slab index, HL_NONE when absent.
 *
 * Noise (noise.h) and runners-up (merge.h) are the exception: they tell of what was when headlines came, and stay what they are when those go.
 *
 * Invariant of the document frequencies: df(t) = sum over the stories that hold t of 1 + story_idf * (members holding t - 1),
 * and the same for the stream's size N with a story's headlines. Joins, merges, splits, removals and pruning keep it; story_idf therefore
 * cannot change while a collection holds headlines (HL_SETTING_FIXED).
 *
 * Invariant of the topics: a topic's anchors are the sum over its stories of the anchors that each of them holds, and every
 * anchor of a story is a word of one of its headlines.
 */
#ifndef HL_ENGINE_STATE_H
#define HL_ENGINE_STATE_H

#include "core/index.h"
#include "core/memory.h"
#include "core/pool.h"
#include "core/slab.h"
#include "engine/gram.h"
#include "text/text.h"

#include <headlined/engine.h>

#define HL_WEIGHT_ONE 16384          /* fixed point 1.0 of a feature weight */
#define HL_WEIGHT_MAX 32767          /* a weight is below 2: a story's sums stay in their types */
#define HL_DF_ONE 256                /* fixed point 1.0 of a document frequency */
#define HL_WORDS_MAX 64              /* words of a title that count; the rest of a longer one is ignored */
#define HL_FEATURES_MAX 128          /* words and pairs of a headline */
#define HL_SUMMARY_WORDS_MAX 16      /* of them words that only the summary has */
#define HL_SUMMARY_BYTES_MAX 1024    /* of a cleaned summary that are looked at */
#define HL_WORD_BRIEF_BYTES 23       /* makes a word's record 64 bytes long */
#define HL_POSTINGS_MAX 32           /* stories remembered for a word */
#define HL_TERMS_MAX 256             /* terms of a story before it is pruned... */
#define HL_TERMS_KEPT 128            /* ...to its heaviest */
#define HL_STORY_HEADLINES_MAX 20000 /* a full story takes no more: sums stay in their types */
#define HL_CANDIDATES_MAX 64
#define HL_HISTORY_MAX 32
#define HL_ANCHORS_MAX 12 /* words by which a story is known to its topic */
#define HL_ALIASES_MAX 64 /* ids of sightings kept for one headline */
#define HL_COLLECTIONS_MAX_DEFAULT 64
#define HL_PAIR_BIT 0x80000000U /* set in the feature number of a pair */

enum hl_word_kind { HL_WORD_PLAIN, HL_WORD_WITH_DIGIT, HL_WORD_CHARACTERS /* a pair, of a script without spaces */ };

/* A word of the vocabulary. Lives while a live headline holds it. */
struct hl_word_record {
    int32_t df;       /* HL_DF_ONE units; >= 0 */
    uint32_t holders; /* live headlines */
    uint32_t hash;
    float share;    /* background share of headlines that hold it */
    char *text;     /* length bytes, the stem: brief[] or owned */
    void *postings; /* owned: uint32_t story[capacity], then int32_t weight[capacity] */
    uint16_t posting_count;
    uint16_t posting_capacity;
    uint16_t length;
    uint8_t named, plain; /* how often it stood like a name and like any other word, fading: topic_anchor.c */
    uint8_t kind;         /* enum hl_word_kind */
    char brief
        [HL_WORD_BRIEF_BYTES]; /* most stems fit: the comparison that ends a search then reads no further cache line */
};

/* Outlet tails and sources. */
struct hl_source_record {
    char *text; /* owned */
    uint32_t hash;
    uint32_t holders;
    uint16_t length;
    uint8_t rank; /* place in the collection's preferred sources, from 1; 0: it is not among them */
};

struct hl_vector_shape {
    uint16_t words;      /* first in the vector */
    uint16_t count;      /* words and pairs */
    uint8_t title_words; /* of the words those that the title has */
};

/* Two bits for each word of a headline: one that lacks a bit of a word does not hold the word. For full-text search (search.c). */
struct hl_signature {
    uint64_t bits[2];
};

static inline void hl_signature_add(struct hl_signature *signature, uint32_t word)
{
    uint64_t hash = word * UINT64_C(0x9e3779b97f4a7c15);
    signature->bits[hash >> 63] |= UINT64_C(1) << (hash >> 57 & 63);
    signature->bits[hash >> 56 & 1] |= UINT64_C(1) << (hash >> 50 & 63);
}

static inline bool hl_signature_has(const struct hl_signature *signature, const struct hl_signature *all)
{
    return (all->bits[0] & ~signature->bits[0]) == 0 && (all->bits[1] & ~signature->bits[1]) == 0;
}

/* What scoring and the search for duplicates read of a headline comes first, together; then what a walk through the window reads. */
struct hl_headline_record {
    struct hl_fingerprint fingerprint;
    void *vector; /* owned: uint32_t feature[count] ascending, then uint16_t weight[count] */
    int64_t last_seen_ms;
    uint32_t story, story_prev, story_next; /* member list of the story, in arrival order */
    struct hl_vector_shape shape;
    int64_t event_ms; /* the time that decay uses: published if given and not in the future, else received */
    uint64_t seq;
    int64_t received_ms;
    struct hl_signature signature;
    uint32_t older, newer; /* the window's queue, by the time last seen */
    uint32_t source;
    uint32_t sightings;
    int64_t published_ms;
    uint64_t digest[2];            /* of the normalised text */
    uint64_t runner_up_seq;        /* seq of runner_up: another headline may have taken its place */
    uint64_t duplicate_seq;        /* seq of the original it duplicated on arrival; 0 for none */
    char *text;                    /* owned: id, title, url, lang, summary back to back */
    uint32_t same_prev, same_next; /* headlines of the same normalised text, in arrival order */
    uint32_t aliases;              /* first of its alias records */
    uint32_t duplicate_of;
    uint32_t runner_up;    /* newest headline of the story that came second when this one was placed, or HL_NONE */
    float runner_up_score; /* what that story scored */
    uint32_t id_hash;
    uint16_t id_bytes, title_bytes, url_bytes, summary_bytes;
    uint64_t answered_story; /* the story named in the answer on arrival: merges and splits may have moved it since */
    uint8_t lang_bytes;
    uint8_t verdict;
    uint8_t alias_count;
};

/* A further id under which a headline was seen. */
struct hl_alias_record {
    char *text; /* owned */
    uint32_t hash;
    uint32_t headline;
    uint32_t next;
    uint16_t length;
};

struct hl_story_record {
    double norm;               /* square root of square */
    int64_t first_ms, last_ms; /* event times of its headlines */
    uint32_t headlines;
    uint32_t topic; /* HL_NONE: none; here since votes read it with what is above */
    uint16_t term_count, term_capacity;
    uint8_t noise_count; /* headlines that noise is the mean of, as far as counted */
    void *terms;    /* owned: uint32_t feature[], int32_t weight[], uint16_t holders[]; NULL while headlines == 1 */
    int16_t *signs; /* owned: HL_FINGERPRINT_BITS sums of the members' fingerprint bits as -1 and +1; NULL likewise */
    int64_t square; /* sum of squared term weights */
    int64_t signs_square; /* of the signs, while there are any */
    double noise;         /* mean score with headlines that went elsewhere (noise.h) */
    uint64_t id;
    uint64_t active_seq; /* the input that last made it grow or change shape: the order of its list */
    int64_t active_ms;   /* when that was */
    uint64_t sightings;
    double trend; /* arrivals with decay, as of trend_ms */
    int64_t trend_ms;
    struct hl_history *history;        /* owned */
    uint32_t oldest, newest;           /* members */
    uint32_t recent_prev, recent_next; /* its list of activity, most recent first */
    uint32_t redirects;                /* absorbed ids, the last first */
    uint32_t redirect_count;
    uint32_t split_at;               /* headlines at which it is next tested for a split... */
    uint32_t series_at;              /* ...and for being a series */
    uint32_t topic_prev, topic_next; /* the topic's list of stories, in the order they came */
    uint32_t topic_at;               /* headlines at which its topic is next looked for */
    uint32_t *anchors;               /* owned, ascending; NULL without a topic */
    uint8_t anchor_count, anchor_capacity;
    uint8_t history_count, history_capacity;
    bool is_series;      /* as of its last test */
    uint8_t recent_list; /* which of the collection's recent[] holds it */
    bool retired;        /* it has left the postings: it lies behind the mark in retiring[] */
};

/* An absorbed story id. */
struct hl_redirect_record {
    uint64_t id;
    uint32_t story;
    uint32_t next;
    uint32_t collection;
};

/* Stories about one matter. Made when a second one is found; lives until its last story goes. */
struct hl_topic_record {
    uint64_t id;
    void *
        terms; /* owned: uint32_t word[capacity] ascending, then uint16_t stories[capacity] that have it for an anchor */
    uint16_t term_count, term_capacity;
    uint32_t stories;
    uint64_t headlines;        /* of its stories */
    int64_t first_ms, last_ms; /* event times of what its stories have held */
    uint64_t active_seq;       /* the input that last made it grow or change shape: the order of its list */
    int64_t active_ms;
    double trend; /* arrivals with decay, as of trend_ms */
    int64_t trend_ms;
    uint32_t oldest, newest;           /* its stories, in the order they came */
    uint32_t recent_prev, recent_next; /* the list of activity, most recent first */
    uint32_t ids;                      /* its ids: its own first, then those it absorbed, the last first */
    uint32_t id_count;
};

/* An id by which a topic is found: its own or one it absorbed. */
struct hl_topic_id {
    uint64_t id;
    uint32_t collection;
    uint32_t topic;
    uint32_t next;
};

/* A tail that titles ended in (" - Outlet"). */
struct hl_tail_record {
    char *text; /* owned: folded */
    uint32_t hash;
    uint32_t heads;     /* distinct titles seen with it, decaying */
    uint32_t last_head; /* hash of the last one */
    uint16_t length;
};

struct hl_queue {
    uint32_t first, last;
};

struct hl_tallies {
    uint64_t verdicts[HL_VERDICT_COUNT];
    uint64_t sightings, removed, expired_age, expired_count, expired_memory;
    uint64_t merges, splits, split_tests, skipped_no_memory, redirects_dropped;
    uint64_t topic_merges, topic_moves;
};

struct hl_collection {
    struct hl_engine *engine; /* borrowed */
    char *name;               /* owned */
    size_t name_bytes;
    uint32_t number;
    struct hl_settings settings;
    char *prefer; /* owned: names of preferred sources with line feeds between them; NULL: none (prefer.h) */
    size_t prefer_bytes;

    struct hl_slab words, sources, headlines, aliases, stories, tails, topics;
    struct hl_index *word_index;  /* by stem */
    struct hl_index *pair_counts; /* pair number -> df (its value), in HL_DF_ONE units */
    struct hl_index *source_index;
    struct hl_index *id_index;    /* headlines by id */
    struct hl_index *alias_index; /* aliases by id */
    struct hl_index *text_index;  /* first headline of each normalised text */
    struct hl_index *tail_index;

    int64_t size;       /* N in HL_DF_ONE units */
    double length_mean; /* running mean of the vectors' lengths before the norm */
    uint64_t length_count;
    double noise;                       /* running mean of the headlines' noise (noise.h) */
    struct hl_gram_counts *gram_counts; /* owned */

    struct hl_queue window;    /* headlines, least recently seen first */
    struct hl_queue recent[2]; /* stories by activity: [0] of one headline, [1] of more */
    struct hl_queue recent_topics;
    uint32_t retiring[2]; /* the least recently active story of each list whose postings still stand */
    uint64_t stories_multiple;
    uint32_t tail_hand;
    struct hl_tallies tallies;
    uint64_t replayed; /* answers that changed nothing: counted, but no part of the state */
};

/* Whether a word stands in a title like a name. */
enum hl_look {
    HL_LOOK_UNKNOWN, /* the title, its script or the word's place say nothing */
    HL_LOOK_NAME,    /* a capital where other words have none */
    HL_LOOK_PLAIN    /* none, or a function word */
};

/* What is known of the headline at hand while it is placed: scratch, never part of the state. */
struct hl_query {
    uint32_t count, words, title_words; /* features, of which words come first, and of these those of the title */
    uint32_t feature[HL_FEATURES_MAX]; /* ascending; HL_NONE for words that the vocabulary does not know (check only) */
    uint16_t weight[HL_FEATURES_MAX];
    bool hot[HL_FEATURES_MAX];
    uint8_t looks[HL_WORDS_MAX];   /* what each word's spelling says: enum hl_look */
    bool framed[HL_FEATURES_MAX];  /* in the frame of a series among its candidates: counts series_frame (series.h) */
    bool summary[HL_FEATURES_MAX]; /* a word that only the summary has */
    uint32_t learnt[HL_WORDS_MAX]; /* words that entered the vocabulary with this headline, in that order */
    uint32_t learnt_count;
    struct hl_gram_sums sums;
    double sums_norm;   /* length of sums.live */
    int64_t sums_total; /* their sum */
    struct hl_fingerprint fingerprint;
    uint64_t digest[2];
    int64_t now_ms, event_ms;
    const struct hl_absent *absent; /* NULL but when a stored headline is explained: see absent.h */
};

struct hl_candidate {
    uint32_t story;
    double score; /* after decay */
};

struct hl_candidates {
    uint32_t count;
    struct hl_candidate best[HL_CANDIDATES_MAX]; /* highest score first */
    uint32_t framed_count;
    uint32_t framed[HL_FEATURES_MAX]; /* the query's features that are */
};

struct hl_accumulator; /* candidate.c */

struct hl_engine {
    struct hl_memory memory; /* records, text, postings: how much of it is held depends on the calls alone */
    struct hl_memory aside;  /* hash tables, which split where their seed says, and caches: decides nothing */
    struct hl_pool *pool;
    struct hl_text_tools *text;         /* for the headline at hand */
    struct hl_text_tools *other_text;   /* for one compared with it */
    struct hl_text_tools *summary_text; /* for the summary that is being weighed; NULL until the first comes */
    struct hl_digest *digest;
    struct hl_grams *grams;
    struct hl_accumulator *accumulator;
    struct hl_engine_options options;
    struct hl_collection **collections; /* owned, in order of creation */
    struct hl_text *collection_names;   /* borrowed from them */
    uint32_t collection_count;
    struct hl_slab redirects;
    struct hl_index *story_index; /* live stories: value is index into places */
    struct hl_index *redirect_index;
    struct hl_slab places; /* struct hl_place: where a story id lives */
    uint64_t seq;
    uint64_t next_story;
    struct hl_index *topic_index; /* by id, absorbed ones too: value is index into topic_ids */
    struct hl_slab topic_ids;     /* struct hl_topic_id */
    uint64_t next_topic;
    uint64_t events;                  /* so far: the number of the last one */
    int64_t now_ms;                   /* of the last change */
    bool has_expired;                 /* the last add or tick let something go: hl_engine_has_expired */
    char checked_id[HL_ID_MAX_BYTES]; /* what the result of the last check borrows */
    hl_observer observer;
    void *observer_context;
};

/* Where a live story is. */
struct hl_place {
    uint64_t id;
    uint32_t collection;
    uint32_t story;
};

/* Asks for the cache lines of a block that is read soon; a mere hint, whatever the address. */
static inline void hl_prefetch(const void *block, size_t bytes)
{
    for (size_t at = 0; at < bytes; at += 64)
        __builtin_prefetch((const char *)block + at);
}

/* Of a story's or topic's id, for the indexes of ids. */
static inline uint32_t hl_id_hash(const struct hl_engine *engine, uint64_t id)
{
    uint64_t mixed = (id ^ engine->options.hash_seed) * 0x9e3779b97f4a7c15ULL;
    return (uint32_t)(mixed >> 32);
}

static inline struct hl_word_record *hl_word_at(const struct hl_collection *c, uint32_t index)
{
    return hl_slab_at(&c->words, index);
}

static inline struct hl_headline_record *hl_headline_at(const struct hl_collection *c, uint32_t index)
{
    return hl_slab_at(&c->headlines, index);
}

static inline struct hl_topic_record *hl_topic_at(const struct hl_collection *c, uint32_t index)
{
    return hl_slab_at(&c->topics, index);
}

static inline struct hl_story_record *hl_story_at(const struct hl_collection *c, uint32_t index)
{
    return hl_slab_at(&c->stories, index);
}

#endif
