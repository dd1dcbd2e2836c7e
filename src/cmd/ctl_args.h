/*
 * ctl_args.h - the command line by table: one row an option, from which both the parser and --help come.
 *
 * Options are "--name value", "--name=value" and, without a value, "--name"; "-h" is "--help"; "--" ends them; "-" and
 * everything else that does not begin with two dashes is an argument. A repeated option overrides, a list collects.
 */
#ifndef HL_CMD_CTL_ARGS_H
#define HL_CMD_CTL_ARGS_H

#include "cmd/ctl.h"

#include <stddef.h>

#define CTL_LIST_MAX 64

struct ctl_list {
    const char *values[CTL_LIST_MAX]; /* borrowed from the command line */
    size_t count;
};

/* Exactly one of the four pointers is set: it says what kind of option this is and where its value goes. */
struct ctl_option {
    const char *name;        /* without the dashes */
    const char *placeholder; /* "N", "PATH"; NULL for a flag */
    const char *help;
    bool *flag;
    const char **text;
    uint64_t *number;
    struct ctl_list *list;
    uint64_t number_min, number_max; /* of number; inclusive */
};

struct ctl_usage {
    const char *command;   /* "load" */
    const char *arguments; /* "FILE...", may be "" */
    const char *summary;   /* one sentence */
    const char *notes;     /* further text of --help, ending in a newline; may be NULL */
    int arguments_min, arguments_max;
    bool offline;                     /* asks no daemon: how to reach one is no option of it */
    const struct ctl_option *options; /* may be NULL when 0 */
    size_t option_count;
};

#define CTL_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/*
 * Parses @argv[0..@argc) by the common options and those of @usage. True: go on, with the arguments moved to the front of @argv and
 * *@count of them. False: help was printed or an error complained about, and *@ended is the exit code.
 */
bool ctl_args_parse(struct ctl *ctl, const struct ctl_usage *usage, int argc, char **argv, int *count,
                    enum ctl_exit *ended);

/*
 * The same for what stands before the name of the command: stops at the first argument, whose index *@first gets (@argc
 * when there is none). *@help and *@version say that they were asked for. False: an error was complained about.
 */
bool ctl_args_parse_common(struct ctl *ctl, int argc, char **argv, int *first, bool *help, bool *version);

/* The rows of --help for the common options. */
void ctl_args_print_common(void);

#endif
