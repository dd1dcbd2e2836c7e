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

/* The names that @list has with line feeds between them. */
static void put_preferred(struct hl_buffer *out, struct hl_text list)
{
    hl_json_key(out, HL_PREFER_SOURCES);
    hl_json_raw(out, "[");
    while (list.length > 0) {
        const char *end = memchr(list.data, '\n', list.length);
        size_t length = end ? (size_t)(end - list.data) : list.length, taken = length + (end != NULL);
        hl_json_separate(out);
        hl_json_string(out, (struct hl_text){list.data, length});
        list = (struct hl_text){list.data + taken, list.length - taken};
    }
    hl_json_raw(out, "]");
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
    put_preferred(out, hl_engine_prefer_sources(service->engine, collection));
    return HL_OK;
}

static void join_text(struct hl_text names, struct hl_buffer *out)
{
    for (size_t i = 0; i < names.length; i++) {
        bool is_after_comma = out->length > 0 && out->data[out->length - 1] == '\n';
        if (names.data[i] == ',')
            hl_buffer_append_text(out, "\n");
        else if (names.data[i] != ' ' || !is_after_comma)
            hl_buffer_append(out, &names.data[i], 1);
    }
}

/* The names of a list, or of a text with commas (and spaces) between them, with line feeds between them, as the engine takes them. */
static void join_names(const json_t *names, struct hl_buffer *out)
{
    if (json_is_string(names))
        join_text((struct hl_text){json_string_value(names), json_string_length(names)}, out);
    for (size_t i = 0; i < json_array_size(names); i++) {
        const json_t *name = json_array_get(names, i);
        hl_buffer_append_text(out, i > 0 ? "\n" : "");
        hl_buffer_append(out, json_string_value(name), json_string_length(name));
    }
}

/* The shape has seen to it that there are at most HL_SETTINGS_COUNT members, each a number or null. */
static enum hl_status change(const struct hl_service *service, const struct hl_request_settings *wanted, int64_t now_ms,
                             struct hl_buffer *out, struct hl_error *error)
{
    struct hl_setting_change changes[HL_SETTINGS_COUNT + 1];
    size_t count = 0;
    const char *name;
    json_t *value;
    json_object_foreach(wanted->set, name, value)
    {
        changes[count++] =
            (struct hl_setting_change){.name = name, .value = json_number_value(value), .reset = json_is_null(value)};
    }
    struct hl_buffer names;
    hl_buffer_init(&names);
    if (wanted->prefer) {
        join_names(wanted->prefer, &names);
        changes[count++] = (struct hl_setting_change){.name = HL_PREFER_SOURCES, .text = {names.data, names.length}};
    }
    uint64_t seq = 0;
    enum hl_status status = names.failed
                                ? hl_error_no_memory(error)
                                : hl_keep_settings(service, wanted->collection, changes, count, now_ms, &seq, error);
    if (status == HL_OK)
        hl_json_member_unsigned(out, "seq", seq);
    hl_buffer_clear(&names);
    return status;
}

enum hl_status hl_execute_settings(const struct hl_service *service, const struct hl_request *request, int64_t now_ms,
                                   struct hl_buffer *out, struct hl_error *error)
{
    const struct hl_request_settings *wanted = &request->body.settings;
    return wanted->set || wanted->prefer ? change(service, wanted, now_ms, out, error)
                                         : show(service, wanted->collection, out, error);
}
