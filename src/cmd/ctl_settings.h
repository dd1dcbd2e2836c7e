/*
 * ctl_settings.h - --set name=value, and --list-settings for the commands with an engine of their own.
 */
#ifndef HL_CMD_CTL_SETTINGS_H
#define HL_CMD_CTL_SETTINGS_H

#include "cmd/ctl_args.h"

#include <headlined/engine.h>

/* The rows of both options in a command's table: @set is a struct ctl_list, @print a bool. */
#define CTL_SETTINGS_OPTIONS(set, print)                                                                               \
    {.name = "set",                                                                                                    \
     .placeholder = "NAME=VALUE",                                                                                      \
     .help = "another setting for the engine (repeatable)",                                                            \
     .list = &(set)},                                                                                                  \
    {                                                                                                                  \
        .name = "list-settings", .help = "print the settings with defaults and bounds", .flag = &(print)               \
    }

#define CTL_SETTING_NAME_BYTES 64

/* Cuts "name=value" in two. False: complained about. */
bool ctl_settings_split(const char *pair, char name[CTL_SETTING_NAME_BYTES], double *value);

/* Sets each "name=value" of @list. False: complained about, @settings may be partly set. */
bool ctl_settings_apply(struct hl_settings *settings, const struct ctl_list *list);

/* Prints name, default, bounds and help of every setting, as a table or, with --json, a JSON line each. */
enum ctl_exit ctl_settings_print(const struct ctl *ctl);

#endif
