/*
 * execute_settings.c - the executor of `settings`: shows those of a collection, or changes some.
 */
#include "protocol/execute.h"

#include "protocol/encode.h"

static void put_setting(struct hl_buffer *out, const struct hl_setting_info *info, double value, double initial)
{
    hl_json_separate(out);
    hl_json_raw(out, "{");
    hl_json_member_name(out, "name", info->name);
    hl_json_member_number(out, "value", value);
    hl_json_member_number(out, "default", initial);
    hl_json_member_bool(out, "changed", value != initial);
    hl_json_member_number(out, "min", info->min_value);
    hl_json_member_number(out, "max", info->max_value);
    hl_json_member_bool(out, "whole", info->whole);
    hl_json_member_bool(out, "fixed", info->fixed);
    hl_json_member_name(out, "help", info->help);
    hl_json_raw(out, "}");
}

static enum hl_status show(const struct hl_service *service, struct hl_text collection, struct hl_buffer *out,
                           struct hl_error *error)
{
    struct hl_settings settings, initial;
    enum hl_status status = hl_engine_settings_get(service->engine, collection, &settings, &initial, error);
    if (status != HL_OK)
        return status;
    size_t count;
    const struct hl_setting_info *infos = hl_settings_info(&count);
    hl_json_key(out, "settings");
    hl_json_raw(out, "[");
    for (size_t i = 0; i < count; i++)
        put_setting(out, &infos[i], hl_settings_value(&settings, i), hl_settings_value(&initial, i));
    hl_json_raw(out, "]");
    return HL_OK;
}

/* The shape has seen to it that there are at most HL_SETTINGS_COUNT members, each a number or null. */
static enum hl_status change(const struct hl_service *service, const struct hl_request_settings *wanted, int64_t now_ms,
                             struct hl_buffer *out, struct hl_error *error)
{
    struct hl_setting_change changes[HL_SETTINGS_COUNT];
    size_t count = 0;
    const char *name;
    json_t *value;
    json_object_foreach(wanted->set, name, value)
    {
        changes[count++] = (struct hl_setting_change){name, json_number_value(value), json_is_null(value)};
    }
    uint64_t seq;
    enum hl_status status = hl_keep_settings(service, wanted->collection, changes, count, now_ms, &seq, error);
    if (status == HL_OK)
        hl_json_member_unsigned(out, "seq", seq);
    return status;
}

enum hl_status hl_execute_settings(const struct hl_service *service, const struct hl_request *request, int64_t now_ms,
                                   struct hl_buffer *out, struct hl_error *error)
{
    const struct hl_request_settings *wanted = &request->body.settings;
    return wanted->set ? change(service, wanted, now_ms, out, error) : show(service, wanted->collection, out, error);
}
