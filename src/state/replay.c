/*
 * replay.c - inputs applied and compared (see replay.h).
 */
#include "state/replay.h"

#include "core/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define COLLECTIONS_MAX_DEFAULT 64 /* what 0 means: engine.h */

/* ---- options ---- */

void hl_options_to_input(const struct hl_engine_options *options, struct hl_input *out)
{
    size_t count;
    const struct hl_setting_info *info = hl_settings_info(&count);
    out->kind = HL_INPUT_OPTIONS;
    out->memory_max_bytes = options->memory_max_bytes;
    out->collections_max = options->collections_max;
    out->value_count = (uint32_t)count;
    for (size_t i = 0; i < count; i++) {
        struct hl_input_value *v = &out->values[i];
        v->value = hl_settings_value(&options->settings, i);
        v->reset = v->is_text = false;
        (void)snprintf(v->name, sizeof v->name, "%s", info[i].name);
    }
}

uint32_t hl_input_to_options(const struct hl_input *input, struct hl_engine_options *out, struct hl_error *error)
{
    uint32_t left_out = 0;
    out->settings = hl_settings_default();
    out->memory_max_bytes = input->memory_max_bytes;
    out->collections_max = input->collections_max;
    for (uint32_t i = 0; i < input->value_count; i++) {
        const struct hl_input_value *v = &input->values[i];
        struct hl_error *why = left_out == 0 ? error : NULL;
        left_out += hl_settings_set(&out->settings, v->name, v->value, why) != HL_OK;
    }
    return left_out;
}

static uint32_t collections_of(const struct hl_engine_options *options)
{
    return options->collections_max > 0 ? options->collections_max : COLLECTIONS_MAX_DEFAULT;
}

bool hl_options_equal(const struct hl_engine_options *one, const struct hl_engine_options *other)
{
    return hl_settings_equal(&one->settings, &other->settings) && one->memory_max_bytes == other->memory_max_bytes &&
           collections_of(one) == collections_of(other);
}

/* ---- what differs ---- */

/* Counts a difference, and keeps what the first one was. */
static void differ(struct hl_replay *replay, const struct hl_input_record *record, const char *logged, const char *now)
{
    if (replay->differences++ > 0)
        return;
    replay->difference_seq = record->seq;
    (void)hl_error_set(&replay->difference, HL_CORRUPT, NULL, "record %" PRIu64 " (%s) was: %s; is now: %s",
                       record->seq, hl_input_kind_name(record->kind), logged, now);
}

enum { ANSWER_BYTES = 96 };

static void describe(char to[ANSWER_BYTES], const struct hl_input_answer *a)
{
    if (a->refused)
        (void)snprintf(to, ANSWER_BYTES, "refused");
    else
        (void)snprintf(to, ANSWER_BYTES, "%s%s, number %" PRIu64 ", story %" PRIu64 "%s%.*s",
                       hl_verdict_name(a->verdict), a->sighting ? " (sighting)" : "", a->seq, a->story,
                       a->made_id.length > 0 ? ", id " : "",
                       (int)(a->made_id.length < HL_INPUT_MADE_ID_BYTES ? a->made_id.length : HL_INPUT_MADE_ID_BYTES),
                       a->made_id.data != NULL ? a->made_id.data : "");
}

static bool same_answer(const struct hl_input_answer *one, const struct hl_input_answer *other)
{
    return one->refused == other->refused && one->verdict == other->verdict && one->sighting == other->sighting &&
           one->seq == other->seq && one->story == other->story && hl_text_equals(one->made_id, other->made_id);
}

/* ---- each kind ---- */

struct hl_input_answer hl_input_answer_of(const struct hl_headline *headline, const struct hl_result *result)
{
    if (!result)
        return (struct hl_input_answer){.refused = true};
    struct hl_text made_id = headline->id.length == 0 ? result->id : (struct hl_text){NULL, 0};
    return (struct hl_input_answer){false, result->verdict, result->sighting, result->seq, result->story, made_id};
}

static enum hl_status replay_add(struct hl_replay *replay, const struct hl_input_record *record, struct hl_error *error)
{
    const struct hl_input *input = &replay->input;
    struct hl_result result;
    enum hl_status status;
    if (input->answer.refused)
        status = hl_engine_make_room(replay->engine, &input->headline, input->at_ms, error);
    else
        status = hl_engine_add(replay->engine, &input->headline, input->at_ms, &result, error);
    if (status != HL_OK)
        return status;
    struct hl_input_answer answer = hl_input_answer_of(&input->headline, input->answer.refused ? NULL : &result);
    if (!same_answer(&answer, &input->answer)) {
        char logged[ANSWER_BYTES], now[ANSWER_BYTES];
        describe(logged, &input->answer);
        describe(now, &answer);
        differ(replay, record, logged, now);
    }
    return HL_OK;
}

static enum hl_status replay_settings(struct hl_replay *replay, const struct hl_input_record *record,
                                      struct hl_error *error)
{
    const struct hl_input *input = &replay->input;
    struct hl_setting_change changes[HL_INPUT_VALUES_MAX];
    for (uint32_t i = 0; i < input->value_count; i++)
        changes[i] = (struct hl_setting_change){input->values[i].name, input->values[i].value, input->values[i].reset,
                                                input->values[i].text};
    uint64_t seq = 0;
    enum hl_status status = hl_engine_settings_set(replay->engine, input->headline.collection, changes,
                                                   input->value_count, input->at_ms, &seq, error);
    if (status == HL_OK && seq != input->answer.seq)
        differ(replay, record, "another number", "as many inputs less or more");
    return status;
}

static enum hl_status replay_options(struct hl_replay *replay, const struct hl_input_record *record,
                                     struct hl_error *error)
{
    struct hl_engine_options options = replay->options;
    struct hl_error why;
    if (hl_input_to_options(&replay->input, &options, &why) > 0)
        differ(replay, record, "a setting", why.message);
    enum hl_status status = hl_engine_options_set(replay->engine, &options, error);
    if (status == HL_OK) {
        replay->options = options;
        replay->has_options = true;
    }
    return status;
}

static enum hl_status replay_tick(struct hl_replay *replay, const struct hl_input_record *record)
{
    (void)hl_engine_tick(replay->engine, replay->input.at_ms, replay->input.budget);
    if (!hl_engine_has_expired(replay->engine))
        differ(replay, record, "something expired", "nothing does");
    return HL_OK;
}

static enum hl_status apply(struct hl_replay *replay, const struct hl_input_record *record, struct hl_error *error)
{
    const struct hl_input *input = &replay->input;
    switch (input->kind) {
    case HL_INPUT_ADD:
        return replay_add(replay, record, error);
    case HL_INPUT_REMOVE:
        return hl_engine_remove(replay->engine, input->headline.collection, input->headline.id, input->at_ms, error);
    case HL_INPUT_SETTINGS:
        return replay_settings(replay, record, error);
    case HL_INPUT_TICK:
        return replay_tick(replay, record);
    case HL_INPUT_OPTIONS:
        return replay_options(replay, record, error);
    }
    return hl_error_set(error, HL_INTERNAL, NULL, "a kind of input without a replay");
}

enum hl_status hl_replay_apply(struct hl_replay *replay, const struct hl_input_record *record, struct hl_error *error)
{
    enum hl_status status = hl_input_decode(record, &replay->input, error);
    if (status != HL_OK)
        return status;
    struct hl_error why;
    uint64_t before = replay->differences;
    status = apply(replay, record, &why);
    replay->records++;
    if (status == HL_NO_MEMORY || status == HL_INTERNAL) {
        if (error)
            *error = why;
        return status;
    }
    if (status != HL_OK && replay->differences == before)
        differ(replay, record, "accepted", why.message);
    return HL_OK;
}
