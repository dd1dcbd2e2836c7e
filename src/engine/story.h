/*
 * story.h - stories: the sum of their headlines' vectors, their members, ids and activity.
 *
 * A story's *terms* are the features of its members with the summed weights and the number of members that hold each; its
 * *signs* are the sums of the members' fingerprint bits read as -1 and +1. While a story has one headline that never joined another, both are read
 * from the headline itself. The functions here keep terms, signs, norm, postings, document frequencies and the stream's size
 * consistent with each other (state.h has the invariant).
 */
#ifndef HL_ENGINE_STORY_H
#define HL_ENGINE_STORY_H

#include "engine/state.h"

/* A readable form of a story's terms, ascending by feature. */
struct hl_terms {
    uint32_t count;
    const uint32_t *feature;
    const int32_t *weight;
    const uint16_t *holders;
};

/* Room for the terms of a single headline, which are stored in another form. */
struct hl_terms_scratch {
    int32_t weight[HL_FEATURES_MAX];
    uint16_t holders[HL_FEATURES_MAX];
};

/* Borrowed from the story or from @scratch. */
struct hl_terms hl_story_terms(const struct hl_collection *c, uint32_t story, struct hl_terms_scratch *scratch);

/* Its features alone, without that copy. */
const uint32_t *hl_story_features(const struct hl_collection *c, uint32_t story, uint32_t *count);

/* The weight of one feature, without the copy that hl_story_terms makes of a single headline; false when the story lacks it. */
bool hl_story_weight_of(const struct hl_collection *c, uint32_t story, uint32_t feature, int32_t *weight);

/* Position of @feature in @terms, or HL_NONE. */
uint32_t hl_terms_find(const struct hl_terms *terms, uint32_t feature);

/* Makes an empty story with the next id. HL_NONE when out of memory. */
uint32_t hl_story_create(struct hl_collection *c);

/* Takes back the story just created, as if it had never been. */
void hl_story_undo(struct hl_collection *c, uint32_t story);

/* Frees an empty story and its redirects, and reports its end. */
void hl_story_destroy(struct hl_collection *c, uint32_t story);

/* The live story with @id or the one that absorbed it: its collection and slab index. False when there is none. */
bool hl_story_locate(const struct hl_engine *engine, uint64_t id, struct hl_collection **c, uint32_t *story);

/*
 * What a story needs before a headline with @features features can be added to it: taken, then either used or given back. In between
 * the story is as it was, and may not change. HL_NO_MEMORY: nothing is taken.
 */
struct hl_story_room {
    void *terms; /* NULL: there is room */
    int16_t *signs;
    uint16_t term_capacity;
};
enum hl_status hl_story_room_take(struct hl_collection *c, uint32_t story, uint32_t features,
                                  struct hl_story_room *room);
void hl_story_room_give(struct hl_collection *c, const struct hl_story_room *room);
void hl_story_room_use(struct hl_collection *c, uint32_t story, const struct hl_story_room *room);

/* Both at once: a headline with @features features can then be added without needing memory. HL_NO_MEMORY: the story is as it was. */
enum hl_status hl_story_reserve(struct hl_collection *c, uint32_t story, uint32_t features);

/*
 * Adds a stored headline to a story: terms, signs, times, member list in arrival order. Document frequencies count it as a further
 * headline of this story for what the story held, as a first one for the rest. The caller has reserved.
 */
void hl_story_add(struct hl_collection *c, uint32_t story, uint32_t headline);

/* The inverse. The story may come out empty: the caller then destroys it. */
void hl_story_remove(struct hl_collection *c, uint32_t story, uint32_t headline);

/*
 * Folds @from, which is not the larger, into @into: members, terms, signs, history. The older of the two ids survives, unless @into is younger but
 * far larger; the other redirects. HL_NO_MEMORY: nothing changed.
 */
enum hl_status hl_story_absorb(struct hl_collection *c, uint32_t into, uint32_t from);

/* Remembers a merge or split in the story's history (dropping the oldest when full or out of memory). */
void hl_story_record(struct hl_collection *c, uint32_t story, enum hl_history_kind kind, uint64_t other,
                     uint64_t headlines);

/* Moves the story to the front of the activity list it belongs to, and counts an arrival into its trend. */
void hl_story_touch(struct hl_collection *c, uint32_t story);

/* The same without an arrival: for a story whose number of headlines has changed. */
void hl_story_relist(struct hl_collection *c, uint32_t story);

/*
 * Takes stories that were not active for ten half-lives out of the postings, at most @budget: no headline could join them, and votes for them would only
 * cost time. Brings back those that a longer half-life made less idle. True when more are due. They live on until their headlines expire.
 */
bool hl_story_retire(struct hl_collection *c, unsigned budget);

/* The trend as of @now_ms. */
double hl_story_trend(const struct hl_collection *c, const struct hl_story_record *story, int64_t now_ms);

/* 2^(-gap / half life): 1 when the decay is off. */
double hl_decay(const struct hl_collection *c, int64_t gap_ms);

/* Distance of two spans of time; not above 0 when they overlap. */
static inline int64_t hl_gap_between(int64_t first_ms, int64_t last_ms, int64_t other_first_ms, int64_t other_last_ms)
{
    return first_ms > other_last_ms ? first_ms - other_last_ms : other_first_ms - last_ms;
}

/* Distance of a time from a story's span, 0 inside it. */
static inline int64_t hl_story_gap(const struct hl_story_record *story, int64_t at_ms)
{
    if (at_ms > story->last_ms)
        return at_ms - story->last_ms;
    return at_ms < story->first_ms ? story->first_ms - at_ms : 0;
}

/*
 * The length that a story's sum is divided by. A story of loosely related headlines has a short one, and everything would look like it: at least
 * least_cohesion of what as many equal headlines would have.
 */
static inline double hl_story_length(const struct hl_collection *c, const struct hl_story_record *story)
{
    double least = c->settings.least_cohesion * HL_WEIGHT_ONE * story->headlines;
    return story->norm > least ? story->norm : least;
}

/* A term's share of its feature's document frequency while @holders members hold it. */
int32_t hl_story_df_of_holders(const struct hl_collection *c, uint32_t holders);

/* ---- from a saved state: see load_story.c ---- */

struct hl_terms_room {
    uint32_t *feature;
    int32_t *weight;
    uint16_t *holders;
};

/* Gives a story the block for its term_capacity terms, to be filled. False when out of memory. */
bool hl_story_restore_terms(struct hl_collection *c, struct hl_story_record *story, struct hl_terms_room *out);
uint32_t hl_story_term_capacity_max(void); /* no story has more */

/* Its signs and their square, from its members. False when out of memory. */
bool hl_story_restore_signs(struct hl_collection *c, uint32_t story);

/* What follows from the sum of squared term weights. */
void hl_story_restore_square(struct hl_story_record *story, int64_t square);

/*
 * Enters a record whose fields are filled where it is found by its id. HL_CORRUPT when one is there already, HL_NO_MEMORY. For places: makes room for
 * all first, and asks for where one will be entered.
 */
enum hl_status hl_story_restore_room(struct hl_engine *engine, uint32_t stories);
void hl_story_restore_ask(const struct hl_engine *engine, uint32_t place);
enum hl_status hl_story_restore_place(struct hl_engine *engine, uint32_t place);
enum hl_status hl_story_restore_redirect(struct hl_engine *engine, uint32_t redirect);

#endif
