/*
 * test_options.c - the options table: defaults, bounds, configuration file, checks, what is printed.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/options.h"

static struct hl_options defaults(void)
{
    struct hl_options options;
    hl_options_default(&options);
    return options;
}

static void expect_unchanged(const struct hl_options *options)
{
    struct hl_options fresh = defaults();
    assert_memory_equal(options, &fresh, sizeof fresh);
}

static void defaults_are_those_of_the_tables(void **state)
{
    (void)state;
    struct hl_options options = defaults();
    assert_string_equal(options.socket, "auto");
    assert_string_equal(options.listen, "127.0.0.1:7878");
    assert_string_equal(options.state_dir, "");
    assert_int_equal(options.log_level, 1);
    assert_int_equal(options.memory_max_bytes, 1073741824);
    assert_int_equal(options.line_max_bytes, 65536);
    assert_int_equal(options.slow_reader_timeout_ms, 30000);
    assert_int_equal(options.idle_timeout_ms, 0);
#define HL_SETTING(name, default_value, min_value, max_value, kind, help)                                              \
    assert_true(options.grouping.name == default_value);
#include <headlined/settings.def>
#undef HL_SETTING
    assert_int_equal(hl_options_check(&options, NULL), HL_OK);
}

static void values_are_set_by_either_spelling(void **state)
{
    (void)state;
    struct hl_options options = defaults();
    assert_int_equal(hl_options_set(&options, "slow-reader-timeout", "2m", NULL), HL_OK);
    assert_int_equal(options.slow_reader_timeout_ms, 120000);
    assert_int_equal(hl_options_set(&options, "slow_reader_timeout", "1s", NULL), HL_OK);
    assert_int_equal(options.slow_reader_timeout_ms, 1000);
    assert_int_equal(hl_options_set(&options, "log-level", "error", NULL), HL_OK);
    assert_int_equal(options.log_level, 3);
    assert_int_equal(hl_options_set(&options, "join-threshold", "0.2", NULL), HL_OK);
    assert_true(options.grouping.join_threshold == 0.2);
    assert_int_equal(hl_options_set(&options, "socket", "", NULL), HL_OK);
    assert_string_equal(options.socket, "");
}

static void bad_values_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value, *reason;
    } rows[] = {
        {"no_such_option", "1", "there is no option"},
        {"lin", "64K", "there is no option"},
        {"line_max_", "64K", "there is no option"},
        {"", "1", "there is no option"},
        {"line_max", "1023", "from 1K to 16M"},
        {"line_max", "17M", "from 1K to 16M"},
        {"line_max", "", "not \"\""},
        {"connections_max", "0", "from 1 to 1000000"},
        {"connections_max", "4k", "a whole number"},
        {"line_timeout", "30", "a duration"},
        {"log_level", "loud", "one of: debug info warn error"},
        {"log_level", "debug info", "one of"},
        {"log_level", "", "one of"},
        {"join_threshold", "2.1", "from 0 to 2"},
        {"join_threshold", "nan", "a number"},
        {"socket", "a\nb", "control characters"},
        {"socket", " a", "spaces at its ends"},
        {"socket", "a ", "spaces at its ends"},
        {"socket", ";a", "spaces at its ends"},
        {"socket", "a ;b", "spaces at its ends"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct hl_options options = defaults();
        struct hl_error error;
        assert_int_equal(hl_options_set(&options, rows[i].name, rows[i].value, &error), HL_INVALID);
        assert_non_null(strstr(error.message, rows[i].reason));
        expect_unchanged(&options);
    }
    struct hl_options options = defaults();
    char text[HL_OPTION_TEXT_BYTES + 1];
    memset(text, 'x', HL_OPTION_TEXT_BYTES);
    text[HL_OPTION_TEXT_BYTES] = '\0';
    assert_int_equal(hl_options_set(&options, "state_dir", text, NULL), HL_INVALID);
    expect_unchanged(&options);
    text[HL_OPTION_TEXT_BYTES - 1] = '\0';
    assert_int_equal(hl_options_set(&options, "state_dir", text, NULL), HL_OK);
}

static enum hl_status parse(struct hl_options *options, const char *text, struct hl_error *error)
{
    return hl_options_parse(options, text, strlen(text), error);
}

static void file_is_read(void **state)
{
    (void)state;
    struct hl_options options = defaults();
    assert_int_equal(parse(&options,
                           "# comment\r\n; comment\n\nsocket = none\nlog-level=debug ; inline\nline_max : 8K\n"
                           "state_dir =\n[grouping]\njoin_threshold = 0.5",
                           NULL),
                     HL_OK);
    assert_string_equal(options.socket, "none");
    assert_int_equal(options.log_level, 0);
    assert_int_equal(options.line_max_bytes, 8192);
    assert_string_equal(options.state_dir, "");
    assert_true(options.grouping.join_threshold == 0.5);
    assert_int_equal(parse(&options, "", NULL), HL_OK);
}

static void bad_file_is_refused_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *reason;
    } rows[] = {
        {"socket none\n", "line 1: expected \"name = value\""},
        {"socket = none\nwhat\nbad = 1\n", "line 2: expected"},
        {"bad = 1\nwhat\n", "line 1: there is no option \"bad\""},
        {"\n\nline_max = 1\n", "line 3: line_max must be a size"},
        {"listen = none\nlisten = none\n", "line 2: listen is given twice"},
        {"line_max = 8K\n  line_timeout = 2s\n", "line 2: line_max is given twice (an indented line"},
        {"line_max = 8K\nline-max = 8K\n", "line 2: line_max is given twice"},
        {"join_threshold = 0.2\n", "line 1: join_threshold belongs in section [grouping]"},
        {"[grouping]\nline_max = 8K\n", "line 2: line_max belongs before the section"},
        {"[server]\n", "line 1: there is no such section"},
        {"  [server]\n", "line 1: there is no such section"},
        {"[grouping\n", "line 1: there is no such section"},
        {"socket = none\n= 5\n", "line 2: there is no option \"\""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct hl_options options = defaults();
        struct hl_error error;
        assert_int_equal(parse(&options, rows[i].text, &error), HL_INVALID);
        assert_non_null(strstr(error.message, rows[i].reason));
        expect_unchanged(&options);
    }
}

static void file_that_is_no_text_is_refused(void **state)
{
    (void)state;
    struct hl_options options = defaults();
    struct hl_error error;
    static const char nul[] = "line_max = 8K\n# \0 \n";
    assert_int_equal(hl_options_parse(&options, nul, sizeof nul - 1, &error), HL_INVALID);
    assert_non_null(strstr(error.message, "line 2: the line holds a NUL byte"));
    char wide[300];
    memset(wide, '#', sizeof wide);
    assert_int_equal(hl_options_parse(&options, wide, sizeof wide, &error), HL_INVALID);
    assert_non_null(strstr(error.message, "line 1: a line must be shorter than"));
    expect_unchanged(&options);
}

static void file_is_opened_or_refused(void **state)
{
    (void)state;
    char path[] = "/tmp/headlined-test-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    static const char text[] = "line_max = 8K\n";
    assert_int_equal(write(fd, text, sizeof text - 1), (int)sizeof text - 1);
    struct hl_options options = defaults();
    assert_int_equal(hl_options_read_file(&options, path, NULL), HL_OK);
    assert_int_equal(options.line_max_bytes, 8192);
    assert_int_equal(ftruncate(fd, (1 << 20) + 1), 0);
    assert_int_equal(hl_options_read_file(&options, path, NULL), HL_TOO_LARGE);
    close(fd);
    unlink(path);
    struct hl_error error;
    assert_int_equal(hl_options_read_file(&options, path, &error), HL_IO);
    assert_non_null(strstr(error.message, "No such file"));
    assert_int_equal(hl_options_read_file(&options, "/", &error), HL_IO); /* a folder */
}

static void contradictions_are_found(void **state)
{
    (void)state;
    static const struct {
        const char *pairs[2][2], *reason;
    } rows[] = {
        {{{"socket", "none"}, {"listen", "none"}}, "both none"},
        {{{"socket", ""}}, "socket must be"},
        {{{"listen", ""}}, "listen: "},
        {{{"listen", "localhost"}}, "is not HOST:PORT"},
        {{{"split_min", "20"}, {"split_max", "10"}}, "split_max must not be below"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct hl_options options = defaults();
        for (size_t k = 0; k < 2 && rows[i].pairs[k][0]; k++)
            assert_int_equal(hl_options_set(&options, rows[i].pairs[k][0], rows[i].pairs[k][1], NULL), HL_OK);
        struct hl_error error;
        assert_int_equal(hl_options_check(&options, &error), HL_INVALID);
        assert_non_null(strstr(error.message, rows[i].reason));
    }
    struct hl_options options = defaults();
    memset(options.socket, 'x', 108); /* one more than struct sockaddr_un holds with its NUL */
    assert_int_equal(hl_options_check(&options, NULL), HL_INVALID);
    options.socket[107] = '\0';
    assert_int_equal(hl_options_check(&options, NULL), HL_OK);
}

struct visits {
    char text[512];
};

static void visit(void *context, const char *name, const char *value, bool adopted)
{
    struct visits *visits = context;
    strcat(visits->text, name);
    strcat(visits->text, "=");
    strcat(visits->text, value);
    strcat(visits->text, adopted ? " adopted;" : " restart;");
}

static void only_reloadable_options_are_adopted(void **state)
{
    (void)state;
    struct hl_options options = defaults(), fresh = defaults();
    struct visits visits = {""};
    hl_options_adopt(&options, &fresh, visit, &visits);
    assert_string_equal(visits.text, "");
    static const char *const pairs[][2] = {{"log_level", "warn"},   {"idle_timeout", "90s"}, {"line_max", "8K"},
                                           {"state_dir", "/there"}, {"split_min", "6"},      {"output_pause", "8K"}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        assert_int_equal(hl_options_set(&fresh, pairs[i][0], pairs[i][1], NULL), HL_OK);
    hl_options_adopt(&options, &fresh, visit, &visits);
    assert_string_equal(visits.text, "state_dir=/there restart;log_level=warn adopted;line_max=8K restart;"
                                     "idle_timeout=90s adopted;output_pause=8K adopted;split_min=6 restart;");
    assert_int_equal(options.log_level, 2);
    assert_int_equal(options.idle_timeout_ms, 90000);
    assert_int_equal(options.output_pause_bytes, 8192);
    assert_int_equal(options.line_max_bytes, 65536);
    assert_string_equal(options.state_dir, "");
}

/* What is printed reads back as the same options, in whatever state they are. */
static void printed_file_reads_back(void **state)
{
    (void)state;
    struct hl_options options = defaults();
    static const char *const pairs[][2] = {{"socket", "/tmp/a b.sock"}, {"log_level", "error"},
                                           {"memory_max", "1536M"},     {"idle_timeout", "1500ms"},
                                           {"connections_max", "7"},    {"story_idf", "0.1"}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        assert_int_equal(hl_options_set(&options, pairs[i][0], pairs[i][1], NULL), HL_OK);
    struct hl_buffer text;
    hl_buffer_init(&text);
    hl_options_print(&text, &options);
    assert_false(text.failed);
    struct hl_options back = defaults();
    struct hl_error error = {0};
    enum hl_status status = hl_options_parse(&back, text.data, text.length, &error);
    assert_string_equal(error.message, "");
    assert_int_equal(status, HL_OK);
    assert_memory_equal(&back, &options, sizeof back);
    hl_buffer_clear(&text);
}

/* "#name = value" uncommented: the example says what the defaults are. */
static void example_shows_the_defaults(void **state)
{
    (void)state;
    struct hl_options options = defaults();
    struct hl_buffer text;
    hl_buffer_init(&text);
    hl_options_print(&text, &options);
    hl_buffer_append(&text, "", 1);
    size_t shown = 0;
    for (char *c = text.data; (c = strstr(c, "\n#")); c++) {
        if (c[2] != ' ') {
            c[1] = ' ';
            memmove(c + 1, c + 2, strlen(c + 2) + 1);
            shown++;
        }
    }
    assert_true(shown > 40);
    struct hl_options back = defaults();
    back.line_max_bytes = 1;
    back.grouping.candidates = 1;
    memset(back.listen, 0, sizeof back.listen);
    struct hl_error error = {0};
    enum hl_status status = parse(&back, text.data, &error);
    assert_string_equal(error.message, "");
    assert_int_equal(status, HL_OK);
    expect_unchanged(&back);
    hl_buffer_clear(&text);
}

static void help_lists_every_option(void **state)
{
    (void)state;
    struct hl_buffer text;
    hl_buffer_init(&text);
    hl_options_print_help(&text);
    hl_buffer_append(&text, "", 1);
    static const char *const lines[] = {"  --slow-reader-timeout DURATION\n",
                                        "  --socket TEXT\n",
                                        "  --log-level WORD\n",
                                        "  --join-threshold NUMBER\n",
                                        "default: 127.0.0.1:7878\n",
                                        "one of: debug info warn error; default: info\n"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        assert_non_null(strstr(text.data, lines[i]));
    hl_buffer_clear(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_those_of_the_tables),
        cmocka_unit_test(values_are_set_by_either_spelling),
        cmocka_unit_test(bad_values_are_refused),
        cmocka_unit_test(file_is_read),
        cmocka_unit_test(bad_file_is_refused_with_its_line),
        cmocka_unit_test(file_that_is_no_text_is_refused),
        cmocka_unit_test(file_is_opened_or_refused),
        cmocka_unit_test(contradictions_are_found),
        cmocka_unit_test(only_reloadable_options_are_adopted),
        cmocka_unit_test(printed_file_reads_back),
        cmocka_unit_test(example_shows_the_defaults),
        cmocka_unit_test(help_lists_every_option),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
