/*
 * engine_fixture.c - what the engine's tests have in common.
 */
#include "support/engine_fixture.h"

#include "engine/story.h"
#include "support/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct hl_text text_of(const char *text)
{
    return (struct hl_text){text, text != NULL ? strlen(text) : 0};
}

bool text_is(struct hl_text text, const char *expected)
{
    return text.length == strlen(expected) && (text.length == 0 || memcmp(text.data, expected, text.length) == 0);
}

struct hl_headline headline_of(const char *title)
{
    return (struct hl_headline){.title = text_of(title), .published_ms = HL_TIME_NONE};
}

hl_engine *engine_create_with(const struct hl_engine_options *options)
{
    hl_engine *engine = NULL;
    struct hl_error error = {0};
    if (hl_engine_create(options, &engine, &error) != HL_OK)
        fail_msg("no engine: %s", error.message);
    return engine;
}

hl_engine *engine_create(const struct hl_allocator *allocator, uint64_t hash_seed)
{
    struct hl_engine_options options = hl_engine_options_default();
    options.allocator = allocator;
    options.hash_seed = hash_seed;
    return engine_create_with(&options);
}

struct hl_result engine_add(hl_engine *engine, const struct hl_headline *headline, int64_t now_ms)
{
    struct hl_result result = {0};
    struct hl_error error = {0};
    if (hl_engine_add(engine, headline, now_ms, &result, &error) != HL_OK)
        fail_msg("\"%.*s\" was refused: %s", (int)headline->title.length, headline->title.data, error.message);
    return result;
}

struct hl_result engine_add_title(hl_engine *engine, const char *title, const char *id, const char *source,
                                  int64_t now_ms)
{
    struct hl_headline headline = headline_of(title);
    headline.id = text_of(id);
    headline.source = text_of(source);
    return engine_add(engine, &headline, now_ms);
}

struct hl_result engine_check(hl_engine *engine, const struct hl_headline *headline, int64_t now_ms)
{
    struct hl_result result = {0};
    struct hl_error error = {0};
    if (hl_engine_check(engine, headline, now_ms, &result, &error) != HL_OK)
        fail_msg("\"%.*s\" was refused: %s", (int)headline->title.length, headline->title.data, error.message);
    return result;
}

void engine_fill(hl_engine *engine, unsigned count, int64_t now_ms)
{
    char title[128];
    for (unsigned i = 0; i < count; i++) {
        snprintf(title, sizeof title, "zorb%ux veltrup%uy quamish%uz drofel%uw", i, i, i, i);
        struct hl_result result = engine_add_title(engine, title, NULL, "Filler", now_ms);
        assert_int_equal(result.verdict, HL_VERDICT_NEW);
    }
}

bool engine_change_setting(hl_engine *engine, const char *collection, uint64_t *random, int64_t now_ms)
{
    size_t count;
    const struct hl_setting_info *infos = hl_settings_info(&count),
                                 *info = &infos[random_below(random, (uint32_t)count)];
    double value = info->default_value * (0.1 + random_below(random, 1900) / 1000.0);
    value = value < info->min_value ? info->min_value : value > info->max_value ? info->max_value : value;
    struct hl_setting_change change = {.name = info->name, .value = info->whole ? (double)(int64_t)value : value};
    change.reset = random_below(random, 3) == 0;
    enum hl_status status = hl_engine_settings_set(engine, text_of(collection), &change, 1, now_ms, NULL, NULL);
    assert_true(status == HL_OK || (status == HL_INVALID && info->fixed));
    return status == HL_OK;
}

uint32_t story_index(hl_engine *engine, uint64_t story)
{
    struct hl_collection *c;
    uint32_t index;
    assert_true(hl_story_locate(engine, story, &c, &index));
    return index;
}

struct hl_engine_stats engine_stats(hl_engine *engine, const char *collection)
{
    struct hl_engine_stats stats = {0};
    assert_int_equal(hl_engine_stats(engine, text_of(collection), &stats, NULL), HL_OK);
    return stats;
}

/* ---- frozen states ---- */

void frozen_take(struct frozen *frozen, hl_engine *engine)
{
    struct hl_error error = {0};
    if (state_file_save(&frozen->file, engine, &error) != HL_OK)
        fail_msg("the state could not be saved: %s", error.message);
}

void frozen_clear(struct frozen *frozen)
{
    state_file_clear(&frozen->file);
}

bool frozen_is(const struct frozen *frozen, hl_engine *engine)
{
    struct frozen now = {0};
    frozen_take(&now, engine);
    bool equal = state_file_equal(&frozen->file, &now.file);
    if (!equal)
        print_message("saved states of %zu and %zu bytes differ from byte %zu on\n", frozen->file.length,
                      now.file.length, state_file_difference(&frozen->file, &now.file));
    frozen_clear(&now);
    return equal;
}

hl_engine *engine_reload(hl_engine *engine, const struct hl_engine_options *options)
{
    struct frozen frozen = {0};
    struct hl_error error = {0};
    hl_engine *loaded = NULL;
    frozen_take(&frozen, engine);
    if (state_file_load(&frozen.file, options, &loaded, &error) != HL_OK)
        fail_msg("the state could not be loaded: %s", error.message);
    assert_true(frozen_is(&frozen, loaded));
    frozen_clear(&frozen);
    hl_engine_destroy(engine);
    return loaded;
}
