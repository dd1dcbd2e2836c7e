/*
 * ctl_args.c - the table-driven command line (see ctl_args.h).
 */
#include "cmd/ctl_args.h"

#include <stdio.h>
#include <string.h>

enum { COMMON_COUNT = 5, COMMON_DAEMON = 3, HELP_COLUMN = 28 }; /* COMMON_DAEMON: those that offline commands lack */

static void common_options(struct ctl *ctl, bool *help, struct ctl_option out[COMMON_COUNT])
{
    const struct ctl_option rows[COMMON_COUNT] = {
        {.name = "socket", .placeholder = "PATH", .help = "connect to this unix socket", .text = &ctl->socket},
        {.name = "server", .placeholder = "HOST:PORT", .help = "connect by TCP", .text = &ctl->server},
        {.name = "timeout",
         .placeholder = "SECONDS",
         .help = "give up on a daemon that is silent this long (30)",
         .number = &ctl->timeout_s,
         .number_min = 1,
         .number_max = 86400},
        {.name = "json", .help = "print JSON as it came, for programs", .flag = &ctl->json},
        {.name = "help", .help = "print this", .flag = help},
    };
    memcpy(out, rows, sizeof rows);
}

static const struct ctl_option *find_option(const struct ctl_option *options, size_t count, const char *name,
                                            size_t length)
{
    for (size_t i = 0; i < count; i++)
        if (strlen(options[i].name) == length && memcmp(options[i].name, name, length) == 0)
            return &options[i];
    return NULL;
}

static bool parse_number(const char *text, uint64_t *out)
{
    uint64_t value = 0;
    if (!text[0])
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9' || value > (UINT64_MAX - 9) / 10)
            return false;
        value = value * 10 + (uint64_t)(*text - '0');
    }
    *out = value;
    return true;
}

static bool store_number(const struct ctl_option *option, const char *value)
{
    uint64_t number;
    if (!parse_number(value, &number) || number < option->number_min || number > option->number_max) {
        ctl_complain("--%s takes a whole number from %llu to %llu, not \"%s\"", option->name,
                     (unsigned long long)option->number_min, (unsigned long long)option->number_max, value);
        return false;
    }
    *option->number = number;
    return true;
}

static bool store(const struct ctl_option *option, const char *value)
{
    if (option->number)
        return store_number(option, value);
    if (option->text) {
        *option->text = value;
        return true;
    }
    if (option->list->count == CTL_LIST_MAX) {
        ctl_complain("--%s is given more than %d times", option->name, CTL_LIST_MAX);
        return false;
    }
    option->list->values[option->list->count++] = value;
    return true;
}

/* Takes the option at argv[*at], and its value from argv[*at + 1] where it stands there; moves *at past both. */
static bool take_option(const struct ctl_option *option, int argc, char **argv, int *at)
{
    const char *equals = strchr(argv[*at], '=');
    (*at)++;
    if (option->flag) {
        if (equals) {
            ctl_complain("--%s takes no value", option->name);
            return false;
        }
        *option->flag = true;
        return true;
    }
    if (equals)
        return store(option, equals + 1);
    if (*at == argc) {
        ctl_complain("--%s needs a value: --%s %s", option->name, option->name, option->placeholder);
        return false;
    }
    return store(option, argv[(*at)++]);
}

/* Finds and takes the option at argv[*at] in one of the two tables. */
static bool parse_option(const struct ctl_option *common, const struct ctl_usage *usage, int argc, char **argv, int *at)
{
    const char *name = strcmp(argv[*at], "-h") == 0 ? "help" : argv[*at] + 2;
    size_t length = strcspn(name, "=");
    size_t lacks = usage && usage->offline ? COMMON_DAEMON : 0;
    const struct ctl_option *option = find_option(common + lacks, COMMON_COUNT - lacks, name, length);
    if (!option && usage)
        option = find_option(usage->options, usage->option_count, name, length);
    if (!option) {
        ctl_complain("there is no option \"%s\": see headlinectl %s%s--help", argv[*at], usage ? usage->command : "",
                     usage ? " " : "");
        return false;
    }
    return take_option(option, argc, argv, at);
}

static bool is_option(const char *argument)
{
    return strcmp(argument, "-h") == 0 || strncmp(argument, "--", 2) == 0;
}

static void print_options(const struct ctl_option *options, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char left[64];
        snprintf(left, sizeof left, "--%s%s%s", options[i].name, options[i].placeholder ? " " : "",
                 options[i].placeholder ? options[i].placeholder : "");
        printf("  %-*s %s\n", HELP_COLUMN, left, options[i].help);
    }
}

static void print_common(bool offline)
{
    struct ctl unused = {0};
    bool help;
    struct ctl_option common[COMMON_COUNT];
    common_options(&unused, &help, common);
    size_t lacks = offline ? COMMON_DAEMON : 0;
    print_options(common + lacks, COMMON_COUNT - lacks);
}

void ctl_args_print_common(void)
{
    print_common(false);
}

static void print_usage(const struct ctl_usage *usage)
{
    printf("Usage: headlinectl %s [OPTION]...%s%s\n%s\n\n", usage->command, usage->arguments[0] ? " " : "",
           usage->arguments, usage->summary);
    print_options(usage->options, usage->option_count);
    print_common(usage->offline);
    if (usage->notes)
        printf("\n%s", usage->notes);
}

static bool check_arguments(const struct ctl_usage *usage, int count)
{
    if (count >= usage->arguments_min && count <= usage->arguments_max)
        return true;
    ctl_complain("%s: usage: headlinectl %s [OPTION]...%s%s (see --help)",
                 count < usage->arguments_min ? "an argument is missing" : "too many arguments", usage->command,
                 usage->arguments[0] ? " " : "", usage->arguments);
    return false;
}

/* Options anywhere, arguments moved to the front in order. */
static bool parse_all(const struct ctl_option *common, const struct ctl_usage *usage, int argc, char **argv, int *count)
{
    int at = 0;
    *count = 0;
    while (at < argc) {
        if (strcmp(argv[at], "--") == 0) {
            for (at++; at < argc; at++)
                argv[(*count)++] = argv[at];
        } else if (!is_option(argv[at])) {
            argv[(*count)++] = argv[at++];
        } else if (!parse_option(common, usage, argc, argv, &at)) {
            return false;
        }
    }
    return true;
}

bool ctl_args_parse(struct ctl *ctl, const struct ctl_usage *usage, int argc, char **argv, int *count,
                    enum ctl_exit *ended)
{
    bool help = false;
    struct ctl_option common[COMMON_COUNT];
    common_options(ctl, &help, common);
    *ended = CTL_USAGE;
    if (!parse_all(common, usage, argc, argv, count))
        return false;
    if (help) {
        print_usage(usage);
        *ended = CTL_OK;
        return false;
    }
    if (!check_arguments(usage, *count))
        return false;
    *ended = CTL_OK;
    return true;
}

bool ctl_args_parse_common(struct ctl *ctl, int argc, char **argv, int *first, bool *help, bool *version)
{
    struct ctl_option common[COMMON_COUNT];
    common_options(ctl, help, common);
    int at = 0;
    while (at < argc && is_option(argv[at])) {
        if (strcmp(argv[at], "--version") == 0) {
            *version = true;
            at++;
        } else if (!parse_option(common, NULL, argc, argv, &at)) {
            return false;
        }
    }
    *first = at;
    return true;
}
