/*
 * twin.c - the two engines of a scenario in lockstep.
 */
#include "twin.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint64_t seeds[2] = {1, UINT64_C(0x9e3779b97f4a7c15)};

static void *rubbish_allocate(void *context, size_t bytes)
{
    (void)context;
    void *block = malloc(bytes);
    if (block != NULL)
        memset(block, 0xa5, bytes);
    return block;
}

static void *rubbish_resize(void *context, void *block, size_t old_bytes, size_t new_bytes)
{
    (void)context;
    char *resized = realloc(block, new_bytes);
    if (resized != NULL && new_bytes > old_bytes)
        memset(resized + old_bytes, 0xa5, new_bytes - old_bytes);
    return resized;
}

static void rubbish_release(void *context, void *block, size_t bytes)
{
    (void)context;
    memset(block, 0x5a, bytes);
    free(block);
}

static const struct hl_allocator rubbish_allocator = {rubbish_allocate, rubbish_resize, rubbish_release, NULL};

static void __attribute__((format(printf, 2, 3))) differ(struct twin *twin, const char *format, ...)
{
    if (twin->difference[0] != '\0')
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(twin->difference, sizeof twin->difference, format, arguments);
    va_end(arguments);
}

/* The second engine goes on as one that was saved and loaded. */
static void reload_second(struct twin *twin)
{
    struct hl_engine_options own = twin->options;
    hl_engine *loaded = NULL;
    struct hl_error error = {0};
    own.hash_seed = seeds[1] + ++twin->reloads;
    own.allocator = &rubbish_allocator;
    if (state_file_load(&twin->frozen[1], &own, &loaded, &error) != HL_OK) {
        differ(twin, "a saved engine cannot be loaded: %s", error.message);
        return;
    }
    hl_engine_destroy(twin->engine[1]);
    twin->engine[1] = loaded;
}

/* Saves both engines and compares them with each other and with the state before. */
static void compare_states(struct twin *twin)
{
    struct state_file swap = twin->before;
    twin->before = twin->frozen[0];
    twin->frozen[0] = swap;
    for (int i = 0; i < 2; i++) {
        struct hl_error error = {0};
        if (state_file_save(&twin->frozen[i], twin->engine[i], &error) != HL_OK)
            differ(twin, "engine %d cannot be saved: %s", i, error.message);
    }
    twin->unchanged = state_file_equal(&twin->before, &twin->frozen[0]);
    if (!state_file_equal(&twin->frozen[0], &twin->frozen[1]))
        differ(twin, "the saved states of two hash seeds differ from byte %zu on (%zu and %zu bytes)",
               state_file_difference(&twin->frozen[0], &twin->frozen[1]), twin->frozen[0].length,
               twin->frozen[1].length);
    if (!twin->unchanged)
        reload_second(twin);
}

static void compare_statuses(struct twin *twin, const enum hl_status status[2])
{
    if (status[0] != status[1])
        differ(twin, "two hash seeds answered %s and %s", hl_status_code(status[0]), hl_status_code(status[1]));
}

static bool text_equal(struct hl_text a, struct hl_text b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

static void compare_results(struct twin *twin, const struct hl_result *a, const struct hl_result *b)
{
    bool equal = a->verdict == b->verdict && a->seq == b->seq && text_equal(a->id, b->id) && a->story == b->story &&
                 a->topic == b->topic && a->story_headlines == b->story_headlines &&
                 text_equal(a->duplicate_of, b->duplicate_of) && a->has_distance == b->has_distance &&
                 a->distance_bits == b->distance_bits && a->similarity == b->similarity && a->sighting == b->sighting &&
                 hl_fingerprint_distance(&a->fingerprint, &b->fingerprint) == 0;
    if (!equal)
        differ(twin, "two hash seeds gave different results: %s, story %llu, and %s, story %llu",
               hl_verdict_name(a->verdict), (unsigned long long)a->story, hl_verdict_name(b->verdict),
               (unsigned long long)b->story);
}

enum hl_status twin_create(struct twin *twin, const struct hl_engine_options *options, struct hl_error *error)
{
    *twin = (struct twin){.options = *options};
    for (int i = 0; i < 2; i++) {
        struct hl_engine_options own = *options;
        own.hash_seed = seeds[i];
        own.allocator = i == 0 ? NULL : &rubbish_allocator;
        enum hl_status status = hl_engine_create(&own, &twin->engine[i], error);
        if (status != HL_OK) {
            hl_engine_destroy(twin->engine[0]);
            return status;
        }
    }
    compare_states(twin);
    return HL_OK;
}

void twin_destroy(struct twin *twin)
{
    for (int i = 0; i < 2; i++) {
        hl_engine_destroy(twin->engine[i]);
        state_file_clear(&twin->frozen[i]);
    }
    state_file_clear(&twin->before);
}

typedef enum hl_status (*put)(hl_engine *engine, const struct hl_headline *headline, int64_t now_ms,
                              struct hl_result *result, struct hl_error *error);

static enum hl_status put_in_both(struct twin *twin, put call, const struct hl_headline *headline, int64_t now_ms,
                                  struct hl_result *result, struct hl_error *error)
{
    struct hl_result results[2] = {{0}, {0}};
    enum hl_status status[2];
    for (int i = 0; i < 2; i++)
        status[i] = call(twin->engine[i], headline, now_ms, &results[i], i == 0 ? error : NULL);
    compare_statuses(twin, status);
    if (status[0] == HL_OK && status[1] == HL_OK)
        compare_results(twin, &results[0], &results[1]);
    compare_states(twin);
    if (status[0] == HL_OK)
        *result = results[0];
    return status[0];
}

enum hl_status twin_add(struct twin *twin, const struct hl_headline *headline, int64_t now_ms, struct hl_result *result,
                        struct hl_error *error)
{
    return put_in_both(twin, hl_engine_add, headline, now_ms, result, error);
}

enum hl_status twin_check(struct twin *twin, const struct hl_headline *headline, int64_t now_ms,
                          struct hl_result *result, struct hl_error *error)
{
    return put_in_both(twin, hl_engine_check, headline, now_ms, result, error);
}

enum hl_status twin_remove(struct twin *twin, struct hl_text collection, struct hl_text id, int64_t now_ms,
                           struct hl_error *error)
{
    enum hl_status status[2];
    for (int i = 0; i < 2; i++)
        status[i] = hl_engine_remove(twin->engine[i], collection, id, now_ms, i == 0 ? error : NULL);
    compare_statuses(twin, status);
    compare_states(twin);
    return status[0];
}

enum hl_status twin_settings_set(struct twin *twin, struct hl_text collection, const struct hl_setting_change *change,
                                 int64_t now_ms, struct hl_error *error)
{
    enum hl_status status[2];
    uint64_t seq[2] = {0, 0};
    for (int i = 0; i < 2; i++)
        status[i] = hl_engine_settings_set(twin->engine[i], collection, change, 1, now_ms, &seq[i], error);
    compare_statuses(twin, status);
    if (seq[0] != seq[1])
        differ(twin, "two hash seeds numbered a change of settings differently");
    compare_states(twin);
    return status[0];
}

bool twin_tick(struct twin *twin, int64_t now_ms, unsigned budget)
{
    bool more[2];
    for (int i = 0; i < 2; i++)
        more[i] = hl_engine_tick(twin->engine[i], now_ms, budget);
    if (more[0] != more[1])
        differ(twin, "two hash seeds disagree whether a tick left more to do");
    compare_states(twin);
    return more[0];
}

enum hl_status twin_get(struct twin *twin, struct hl_text collection, struct hl_text id, struct hl_headline_view *view,
                        struct hl_error *error)
{
    struct hl_headline_view views[2] = {{0}, {0}};
    enum hl_status status[2];
    for (int i = 0; i < 2; i++)
        status[i] = hl_engine_get(twin->engine[i], collection, id, &views[i], i == 0 ? error : NULL);
    compare_statuses(twin, status);
    if (views[0].seq != views[1].seq || views[0].story != views[1].story || views[0].topic != views[1].topic)
        differ(twin, "two hash seeds found different headlines by one id");
    *view = views[0];
    return status[0];
}

static bool stories_equal(const struct hl_story_view *a, const struct hl_story_view *b)
{
    return a->story == b->story && a->redirected_from == b->redirected_from && a->headlines == b->headlines &&
           a->sources == b->sources && a->representative.seq == b->representative.seq && a->first.seq == b->first.seq;
}

enum hl_status twin_story(struct twin *twin, uint64_t story, int64_t now_ms, struct hl_story_view *view,
                          struct hl_error *error)
{
    struct hl_story_view views[2] = {{0}, {0}};
    enum hl_status status[2];
    for (int i = 0; i < 2; i++)
        status[i] = hl_engine_story(twin->engine[i], story, now_ms, &views[i], i == 0 ? error : NULL);
    compare_statuses(twin, status);
    if (!stories_equal(&views[0], &views[1]))
        differ(twin, "two hash seeds describe story %llu differently", (unsigned long long)story);
    *view = views[0];
    return status[0];
}

static bool topics_equal(const struct hl_topic_view *a, const struct hl_topic_view *b)
{
    bool equal = a->topic == b->topic && a->stories == b->stories && a->headlines == b->headlines &&
                 a->representative.seq == b->representative.seq && a->term_count == b->term_count;
    for (size_t i = 0; equal && i < a->term_count; i++)
        equal = strcmp(a->terms[i].text, b->terms[i].text) == 0;
    return equal;
}

enum hl_status twin_topic(struct twin *twin, uint64_t topic, int64_t now_ms, struct hl_topic_view *view,
                          struct hl_error *error)
{
    struct hl_topic_view views[2] = {{0}, {0}};
    enum hl_status status[2];
    for (int i = 0; i < 2; i++)
        status[i] = hl_engine_topic(twin->engine[i], topic, now_ms, &views[i], i == 0 ? error : NULL);
    compare_statuses(twin, status);
    if (!topics_equal(&views[0], &views[1]))
        differ(twin, "two hash seeds describe topic %llu differently", (unsigned long long)topic);
    *view = views[0];
    return status[0];
}

enum hl_status twin_stories(struct twin *twin, const struct hl_story_query *query, int64_t now_ms,
                            struct hl_story_view *out, size_t *count, struct hl_error *error)
{
    struct hl_cursor next;
    bool more, truncated;
    size_t counts[2] = {0, 0};
    enum hl_status status[2];
    struct hl_story_view *second = calloc(query->limit, sizeof *second);
    if (second == NULL)
        return hl_error_set(error, HL_NO_MEMORY, NULL, "no memory for a list of stories");
    status[0] = hl_engine_stories(twin->engine[0], query, now_ms, out, &counts[0], &next, &more, &truncated, error);
    status[1] = hl_engine_stories(twin->engine[1], query, now_ms, second, &counts[1], &next, &more, &truncated, NULL);
    compare_statuses(twin, status);
    bool equal = counts[0] == counts[1];
    for (size_t i = 0; equal && i < counts[0]; i++)
        equal = stories_equal(&out[i], &second[i]);
    if (!equal)
        differ(twin, "two hash seeds list different stories");
    free(second);
    *count = counts[0];
    return status[0];
}
