/*
 * engine_fixture.h - what the engine's tests have in common: making engines, adding titles, keeping frozen states.
 *
 * The functions fail the running cmocka test when something goes wrong that the test did not ask about.
 */
#ifndef HL_TESTS_SUPPORT_ENGINE_FIXTURE_H
#define HL_TESTS_SUPPORT_ENGINE_FIXTURE_H

#include "support/state_file.h"

#include <headlined/engine.h>

#define FIXTURE_NOW_MS INT64_C(1772445600000) /* when the tests' streams begin */

struct hl_text text_of(const char *text); /* borrows; NULL is the empty text */
bool text_is(struct hl_text text, const char *expected);

/* Everything optional is empty. */
struct hl_headline headline_of(const char *title);

/* Defaults, with @allocator (may be NULL) and @hash_seed. */
hl_engine *engine_create(const struct hl_allocator *allocator, uint64_t hash_seed);
hl_engine *engine_create_with(const struct hl_engine_options *options);

/* Adds or checks; any error fails the test. @id and @source may be NULL. */
struct hl_result engine_add(hl_engine *engine, const struct hl_headline *headline, int64_t now_ms);
struct hl_result engine_add_title(hl_engine *engine, const char *title, const char *id, const char *source,
                                  int64_t now_ms);
struct hl_result engine_check(hl_engine *engine, const struct hl_headline *headline, int64_t now_ms);

/* Adds @count titles that have nothing to do with each other or with anything else. */
void engine_fill(hl_engine *engine, unsigned count, int64_t now_ms);

/*
 * Changes a setting of @collection drawn from @random to another value within its bounds, or resets one. True when it was changed: a fixed
 * one may be refused.
 */
bool engine_change_setting(hl_engine *engine, const char *collection, uint64_t *random, int64_t now_ms);

/* Where the collection keeps the story, which must be live. */
uint32_t story_index(hl_engine *engine, uint64_t story);

struct hl_engine_stats engine_stats(hl_engine *engine, const char *collection);

/* A saved state to compare with. Begins all zero; frozen_clear frees. */
struct frozen {
    struct state_file file;
};
void frozen_take(struct frozen *frozen, hl_engine *engine); /* in place of what it held */
void frozen_clear(struct frozen *frozen);
/* True when @engine is saved as the same bytes now; prints the first difference. */
bool frozen_is(const struct frozen *frozen, hl_engine *engine);

/* Saves @engine, destroys it and returns one that was loaded from what was saved. */
hl_engine *engine_reload(hl_engine *engine, const struct hl_engine_options *options);

#endif
