/*
 * settings.c - the table of settings.def as data: defaults, bounds, assignment by name.
 */
#include <headlined/engine.h>

#include <math.h>
#include <string.h>

static const struct hl_setting_info settings_table[] = {
#define HL_SETTING(name, default_value, min_value, max_value, kind, help)                                              \
    {#name, default_value, min_value, max_value, (kind) == HL_SETTING_WHOLE, (kind) == HL_SETTING_FIXED, help},
#include <headlined/settings.def>
#undef HL_SETTING
};

#define SETTINGS_COUNT (sizeof settings_table / sizeof settings_table[0])

_Static_assert(sizeof(struct hl_settings) == SETTINGS_COUNT * sizeof(double), "every setting is one double, in order");

struct hl_settings hl_settings_default(void)
{
    struct hl_settings settings = {
#define HL_SETTING(name, default_value, min_value, max_value, kind, help) .name = default_value,
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

double hl_settings_value(const struct hl_settings *settings, size_t row)
{
    double value;
    memcpy(&value, (const char *)settings + row * sizeof value, sizeof value);
    return value;
}

bool hl_settings_equal(const struct hl_settings *one, const struct hl_settings *other)
{
    for (size_t i = 0; i < SETTINGS_COUNT; i++)
        if (hl_settings_value(one, i) != hl_settings_value(other, i))
            return false;
    return true;
}

enum hl_status hl_settings_set(struct hl_settings *settings, const char *name, double value, struct hl_error *error)
{
    for (size_t i = 0; i < SETTINGS_COUNT; i++) {
        const struct hl_setting_info *info = &settings_table[i];
        if (strcmp(info->name, name) != 0)
            continue;
        if (!(value >= info->min_value && value <= info->max_value) || (info->whole && value != floor(value)))
            return hl_error_set(error, HL_INVALID, info->name, "%s must be a %snumber between %.9g and %.9g",
                                info->name, info->whole ? "whole " : "", info->min_value, info->max_value);
        memcpy((char *)settings + i * sizeof(double), &value, sizeof value);
        return HL_OK;
    }
    return hl_error_set(error, HL_INVALID, name, "there is no setting \"%.60s\"", name);
}
