/*
 * test_ctl_args.c - the table-driven command line.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "cmd/ctl_args.h"

struct values {
    bool flag;
    const char *text;
    uint64_t number;
    struct ctl_list list;
};

/* Parses the words of @line; *@arguments gets what is left, joined by spaces. */
static enum ctl_exit parse(struct ctl *ctl, struct values *values, const char *line, char arguments[256])
{
    char words[256];
    strcpy(words, line);
    char *argv[32];
    int argc = 0, count;
    for (char *word = strtok(words, " "); word; word = strtok(NULL, " "))
        argv[argc++] = word;
    const struct ctl_option options[] = {
        {.name = "flag", .help = "", .flag = &values->flag},
        {.name = "text", .placeholder = "T", .help = "", .text = &values->text},
        {.name = "number",
         .placeholder = "N",
         .help = "",
         .number = &values->number,
         .number_min = 2,
         .number_max = 99},
        {.name = "list", .placeholder = "L", .help = "", .list = &values->list},
    };
    const struct ctl_usage usage = {.command = "try",
                                    .arguments = "A...",
                                    .summary = "",
                                    .arguments_max = 3,
                                    .options = options,
                                    .option_count = CTL_COUNT(options)};
    enum ctl_exit code;
    bool parsed = ctl_args_parse(ctl, &usage, argc, argv, &count, &code);
    assert_int_equal(parsed, code == CTL_OK);
    arguments[0] = '\0';
    for (int i = 0; parsed && i < count; i++) {
        strcat(arguments, i ? " " : "");
        strcat(arguments, argv[i]);
    }
    if (values->text) /* words[] ends here */
        values->text = strcmp(values->text, "value") == 0 ? "value" : "other";
    return code;
}

static void options_and_arguments_may_mix(void **state)
{
    (void)state;
    struct ctl ctl = {.json = false};
    struct values values = {.flag = false};
    char arguments[256];
    assert_int_equal(parse(&ctl, &values, "a --flag --text value - --number=7 --json --list=x --list y b", arguments),
                     CTL_OK);
    assert_string_equal(arguments, "a - b");
    assert_true(values.flag && ctl.json);
    assert_string_equal(values.text, "value");
    assert_int_equal(values.number, 7);
    assert_int_equal(values.list.count, 2);
}

static void two_dashes_end_the_options(void **state)
{
    (void)state;
    struct ctl ctl = {.json = false};
    struct values values = {.flag = false};
    char arguments[256];
    assert_int_equal(parse(&ctl, &values, "--flag -- --text --json", arguments), CTL_OK);
    assert_string_equal(arguments, "--text --json");
    assert_false(ctl.json);
    assert_int_equal(parse(&ctl, &values, "-5 degrees", arguments), CTL_OK); /* one dash is no option */
    assert_string_equal(arguments, "-5 degrees");
}

static void wrong_lines_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"--nosuch",
                                        "--flag=1",
                                        "--text",
                                        "--number",
                                        "--number=",
                                        "--number=1",
                                        "--number=100",
                                        "--number=7x",
                                        "--number=-7",
                                        "a b c d",
                                        "--number=99999999999999999999",
                                        "--fla",
                                        "--timeout 0",
                                        "--flagg"};
    for (size_t i = 0; i < CTL_COUNT(wrong); i++) {
        struct ctl ctl = {.json = false};
        struct values values = {.number = 5};
        char arguments[256];
        assert_int_equal(parse(&ctl, &values, wrong[i], arguments), CTL_USAGE);
        assert_int_equal(values.number, 5);
    }
}

static void lists_are_bounded(void **state)
{
    (void)state;
    char *argv[CTL_LIST_MAX + 1];
    char value[] = "--set=x=1";
    for (size_t i = 0; i <= CTL_LIST_MAX; i++)
        argv[i] = value;
    struct ctl ctl = {.json = false};
    struct ctl_list list = {.count = 0};
    const struct ctl_option options[] = {{.name = "set", .placeholder = "N=V", .help = "", .list = &list}};
    const struct ctl_usage usage = {
        .command = "try", .arguments = "", .summary = "", .options = options, .option_count = 1};
    int count;
    enum ctl_exit code;
    assert_true(ctl_args_parse(&ctl, &usage, CTL_LIST_MAX, argv, &count, &code));
    assert_int_equal(list.count, CTL_LIST_MAX);
    assert_string_equal(list.values[0], "x=1");
    list.count = 0;
    assert_false(ctl_args_parse(&ctl, &usage, CTL_LIST_MAX + 1, argv, &count, &code));
    assert_int_equal(code, CTL_USAGE);
}

static void common_options_stop_at_the_command(void **state)
{
    (void)state;
    char socket[] = "--socket", path[] = "/run/s", json[] = "--json", command[] = "stories", later[] = "--limit";
    char *argv[] = {socket, path, json, command, later};
    struct ctl ctl = {.json = false};
    bool help = false, version = false;
    int first;
    assert_true(ctl_args_parse_common(&ctl, 5, argv, &first, &help, &version));
    assert_int_equal(first, 3);
    assert_string_equal(ctl.socket, "/run/s");
    assert_true(ctl.json && !help && !version);
    assert_false(ctl_args_parse_common(&ctl, 1, argv + 4, &first, &help, &version));
    char short_help[] = "-h", long_version[] = "--version";
    char *asks[] = {short_help, long_version};
    assert_true(ctl_args_parse_common(&ctl, 2, asks, &first, &help, &version));
    assert_true(help && version);
    assert_int_equal(first, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_and_arguments_may_mix),
        cmocka_unit_test(two_dashes_end_the_options),
        cmocka_unit_test(wrong_lines_are_refused),
        cmocka_unit_test(lists_are_bounded),
        cmocka_unit_test(common_options_stop_at_the_command),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
