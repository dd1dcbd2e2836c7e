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

/*
 * As ctl_args_parse, for a command with both options: false too when @list_settings is set, with the settings printed, and when there is
 * no file though the command needs @needs ("a labelled file"; NULL: it can do without).
 */
bool ctl_settings_parse(struct ctl *ctl, const struct ctl_usage *usage, const bool *list_settings, const char *needs,
                        int *argc, char **argv, enum ctl_exit *ended);

/* Cuts "name=value" in two. False: complained about. */
bool ctl_settings_split(const char *pair, char name[CTL_SETTING_NAME_BYTES], double *value);

/* Sets each "name=value" of @list. False: complained about, @settings may be partly set. */
bool ctl_settings_apply(struct hl_settings *settings, const struct ctl_list *list);

/* Prints name, default, bounds and help of every setting, as a table or, with --json, a JSON line each. */
enum ctl_exit ctl_settings_print(const struct ctl *ctl);

#endif
