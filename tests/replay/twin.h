/*
 * twin.h - two engines given the same calls, which must stay equal to the byte.
 *
 * They differ in hash seed and allocator (the second one's fills fresh and released blocks with rubbish), that is in
 * everything that may not matter; and after every change the second one is saved and loaded again. Every call goes to both, and their answers and their frozen states are compared: the
 * first difference is kept as a message, so that a scenario can report the line that caused it. One thread.
 */
#ifndef REPLAY_TWIN_H
#define REPLAY_TWIN_H

#include "support/state_file.h"

#include <headlined/engine.h>

enum { TWIN_DIFFERENCE_BYTES = 240 };

struct twin {
    hl_engine *engine[2]; /* owned */
    struct hl_engine_options options;
    struct state_file frozen[2];
    struct state_file before;               /* the state before the last call */
    uint64_t reloads;                       /* each with another hash seed */
    bool unchanged;                         /* the last call left the state as it was, to the byte */
    char difference[TWIN_DIFFERENCE_BYTES]; /* "" while the two agree */
};

/* Copies @options, except for seed and allocator. On error nothing is left to free. */
enum hl_status twin_create(struct twin *twin, const struct hl_engine_options *options, struct hl_error *error);
void twin_destroy(struct twin *twin);

/* As the functions of engine.h. What they borrow comes from the first engine. */
enum hl_status twin_add(struct twin *twin, const struct hl_headline *headline, int64_t now_ms, struct hl_result *result,
                        struct hl_error *error);
enum hl_status twin_check(struct twin *twin, const struct hl_headline *headline, int64_t now_ms,
                          struct hl_result *result, struct hl_error *error);
enum hl_status twin_remove(struct twin *twin, struct hl_text collection, struct hl_text id, int64_t now_ms,
                           struct hl_error *error);
enum hl_status twin_settings_set(struct twin *twin, struct hl_text collection, const struct hl_setting_change *change,
                                 int64_t now_ms, struct hl_error *error);
bool twin_tick(struct twin *twin, int64_t now_ms, unsigned budget);
enum hl_status twin_get(struct twin *twin, struct hl_text collection, struct hl_text id, struct hl_headline_view *view,
                        struct hl_error *error);
enum hl_status twin_story(struct twin *twin, uint64_t story, int64_t now_ms, struct hl_story_view *view,
                          struct hl_error *error);
enum hl_status twin_topic(struct twin *twin, uint64_t topic, int64_t now_ms, struct hl_topic_view *view,
                          struct hl_error *error);
enum hl_status twin_stories(struct twin *twin, const struct hl_story_query *query, int64_t now_ms,
                            struct hl_story_view *out, size_t *count, struct hl_error *error);

#endif
