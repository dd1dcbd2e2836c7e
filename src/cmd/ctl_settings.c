/*
 * ctl_settings.c - the engine's settings on the command line (see ctl_settings.h).
 */
#include "cmd/ctl_settings.h"

#include "cmd/ctl_ask.h"
#include "cmd/ctl_table.h"

#include <stdlib.h>
#include <string.h>

bool ctl_settings_split(const char *pair, char name[CTL_SETTING_NAME_BYTES], double *value)
{
    const char *equals = strchr(pair, '=');
    char *end = NULL;
    *value = equals ? strtod(equals + 1, &end) : 0;
    if (!equals || equals - pair >= CTL_SETTING_NAME_BYTES || end == equals + 1 || *end != '\0') {
        ctl_complain("--set takes name=value with a number as value, not \"%s\"", pair);
        return false;
    }
    memcpy(name, pair, (size_t)(equals - pair));
    name[equals - pair] = '\0';
    return true;
}

static bool apply(struct hl_settings *settings, const char *pair)
{
    char name[CTL_SETTING_NAME_BYTES];
    double value;
    if (!ctl_settings_split(pair, name, &value))
        return false;
    struct hl_error error;
    if (hl_settings_set(settings, name, value, &error) == HL_OK)
        return true;
    ctl_complain("--set %s: %s (--list-settings)", pair, error.message);
    return false;
}

bool ctl_settings_apply(struct hl_settings *settings, const struct ctl_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (!apply(settings, list->values[i]))
            return false;
    return true;
}

static void append_json(struct hl_buffer *out, const struct hl_setting_info *info)
{
    json_t *row = json_pack("{s:s, s:f, s:f, s:f, s:b, s:b, s:s}", "name", info->name, "default", info->default_value,
                            "min", info->min_value, "max", info->max_value, "whole", info->whole, "fixed", info->fixed,
                            "help", info->help);
    ctl_json_append(out, row);
    hl_buffer_append_text(out, "\n");
    json_decref(row);
}

enum ctl_exit ctl_settings_print(const struct ctl *ctl)
{
    static const struct ctl_column columns[] = {
        {.title = "SETTING", .style = CTL_CYAN},
        {.title = "DEFAULT", .right = true, .style = CTL_PLAIN},
        {.title = "MIN", .right = true, .style = CTL_DIM},
        {.title = "MAX", .right = true, .style = CTL_DIM},
        {.title = "MEANING", .flexible = true, .style = CTL_PLAIN},
    };
    struct ctl_screen screen = ctl_screen_of(stdout);
    struct hl_buffer out;
    hl_buffer_init(&out);
    struct ctl_table table;
    ctl_table_init(&table, columns, CTL_COUNT(columns));
    size_t count;
    const struct hl_setting_info *infos = hl_settings_info(&count);
    for (size_t i = 0; i < count; i++) {
        if (ctl->json)
            append_json(&out, &infos[i]);
        ctl_table_add(&table, infos[i].name);
        ctl_table_printf(&table, "%.9g", infos[i].default_value);
        ctl_table_printf(&table, "%.9g", infos[i].min_value);
        ctl_table_printf(&table, "%.9g", infos[i].max_value);
        ctl_table_add(&table, infos[i].help);
    }
    if (!ctl->json)
        ctl_table_render(&table, &screen, &out);
    ctl_table_clear(&table);
    return ctl_print(&out);
}

bool ctl_settings_parse(struct ctl *ctl, const struct ctl_usage *usage, const bool *list_settings, const char *needs,
                        int *argc, char **argv, enum ctl_exit *ended)
{
    if (!ctl_args_parse(ctl, usage, *argc, argv, argc, ended))
        return false;
    if (*list_settings) {
        *ended = ctl_settings_print(ctl);
        return false;
    }
    if (*argc > 0 || !needs)
        return true;
    ctl_complain("%s needs %s: headlinectl %s FILE...", usage->command, needs, usage->command);
    *ended = CTL_USAGE;
    return false;
}
