/*
 * settings.c - the table of settings.def as data: defaults, bounds, assignment by name.
 */
#include <headlined/engine.h>

#include <string.h>

static const struct hl_setting_info settings_table[] = {
#define HL_SETTING(name, default_value, min_value, max_value, help) {#name, default_value, min_value, max_value, help},
#include <headlined/settings.def>
#undef HL_SETTING
};

#define SETTINGS_COUNT (sizeof settings_table / sizeof settings_table[0])

_Static_assert(sizeof(struct hl_settings) == SETTINGS_COUNT * sizeof(double), "every setting is one double, in order");

struct hl_settings hl_settings_default(void)
{
    struct hl_settings settings = {
#define HL_SETTING(name, default_value, min_value, max_value, help) .name = default_value,
#include <headlined/settings.def>
#undef HL_SETTING
    };
    return settings;
}

const struct hl_setting_info *hl_settings_info(size_t *count)
{
    *count = SETTINGS_COUNT;
    return settings_table;
}

enum hl_status hl_settings_set(struct hl_settings *settings, const char *name, double value, struct hl_error *error)
{
    for (size_t i = 0; i < SETTINGS_COUNT; i++) {
        const struct hl_setting_info *info = &settings_table[i];
        if (strcmp(info->name, name) != 0)
            continue;
        if (!(value >= info->min_value && value <= info->max_value))
            return hl_error_set(error, HL_INVALID, info->name, "%s must be between %g and %g", info->name,
                                info->min_value, info->max_value);
        memcpy((char *)settings + i * sizeof(double), &value, sizeof value);
        return HL_OK;
    }
    return hl_error_set(error, HL_INVALID, name, "there is no setting \"%s\"; see --list-settings", name);
}
