/*
 * test_log.c - the form of log lines, the level, the limiter.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "support/log.h"

static const char *format(int64_t time_ms, enum hl_log_level level, const struct hl_log_field *fields)
{
    static char line[HL_LOG_LINE_BYTES + 1];
    size_t length = hl_log_format(line, time_ms, level, "thing_happened", fields);
    assert_true(length > 0 && length <= HL_LOG_LINE_BYTES);
    assert_int_equal(line[length - 1], '\n');
    line[length - 1] = '\0';
    return line;
}

static void line_has_time_level_event_and_pairs(void **state)
{
    (void)state;
    const struct hl_log_field fields[] = {hl_log_text("path", "/run/x.sock"), hl_log_count("bytes", UINT64_MAX), {0}};
    assert_string_equal(format(1765704600123, HL_LOG_INFO, fields),
                        "2025-12-14T09:30:00.123Z info thing_happened path=/run/x.sock bytes=18446744073709551615");
    assert_string_equal(format(0, HL_LOG_ERROR, fields + 2), "1970-01-01T00:00:00.000Z error thing_happened");
    assert_string_equal(format(-1, HL_LOG_DEBUG, fields + 2), "1969-12-31T23:59:59.999Z debug thing_happened");
}

static void awkward_values_are_quoted(void **state)
{
    (void)state;
    static const struct {
        const char *value, *written;
    } rows[] = {
        {"plain", "k=plain"},
        {"", "k=\"\""},
        {NULL, "k=\"\""},
        {"two words", "k=\"two words\""},
        {"a=b", "k=\"a=b\""},
        {"say \"hi\"", "k=\"say \\\"hi\\\"\""},
        {"back\\slash", "k=\"back\\\\slash\""},
        {"a\nb\rc\td\x01\x7f", "k=\"a\\nb\\rc\\td\\x01\\x7f\""},
        {"f\xc3\xbcr", "k=f\xc3\xbcr"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct hl_log_field fields[] = {hl_log_text("k", rows[i].value), {0}};
        const char *line = format(0, HL_LOG_WARN, fields);
        assert_string_equal(line + strlen("1970-01-01T00:00:00.000Z warn thing_happened "), rows[i].written);
    }
}

static void long_line_is_cut_and_marked(void **state)
{
    (void)state;
    char value[3 * HL_LOG_LINE_BYTES];
    for (size_t quoted = 0; quoted < 2; quoted++) { /* both ways of writing a value */
        memset(value, 'x', sizeof value - 1);
        value[sizeof value - 1] = '\0';
        if (quoted)
            value[0] = ' ';
        const struct hl_log_field fields[] = {hl_log_text("k", value), hl_log_count("after", 1), {0}};
        const char *line = format(0, HL_LOG_WARN, fields);
        assert_string_equal(line + strlen(line) - 3, "...");
        assert_null(strstr(line, "after"));
    }
}

static void only_events_of_the_level_are_written(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    struct hl_log log = {.fd = ends[1], .level = HL_LOG_WARN};
    HL_LOG(&log, HL_LOG_INFO, "quiet", hl_log_count("n", 1));
    HL_LOG(&log, HL_LOG_WARN, "loud", hl_log_count("n", 2));
    close(ends[1]);
    char line[HL_LOG_LINE_BYTES + 1] = "";
    ssize_t got = read(ends[0], line, sizeof line - 1);
    assert_true(got > 0);
    assert_null(strstr(line, "quiet"));
    assert_non_null(strstr(line, " warn loud n=2\n"));
    assert_int_equal(read(ends[0], line, sizeof line), 0);
    close(ends[0]);
    assert_int_equal(log.lines_lost, 0);
}

static void lost_lines_are_counted(void **state)
{
    (void)state;
    int fd = open("/dev/null", O_RDONLY); /* a descriptor that cannot be written */
    assert_true(fd >= 0);
    struct hl_log log = {.fd = fd, .level = HL_LOG_DEBUG};
    HL_LOG(&log, HL_LOG_INFO, "event", hl_log_count("n", 1));
    close(fd);
    assert_int_equal(log.lines_lost, 1);
}

static void limiter_counts_what_it_holds_back(void **state)
{
    (void)state;
    struct hl_log_limiter limiter = {0};
    uint64_t suppressed = 99;
    for (int i = 0; i < 3; i++) {
        assert_true(hl_log_limiter_pass(&limiter, 5000 + i, 3, &suppressed));
        assert_int_equal(suppressed, 0);
    }
    for (int i = 0; i < 10; i++)
        assert_false(hl_log_limiter_pass(&limiter, 5999, 3, &suppressed));
    assert_true(hl_log_limiter_pass(&limiter, 6000, 3, &suppressed));
    assert_int_equal(suppressed, 10);
    assert_true(hl_log_limiter_pass(&limiter, 1000, 3, &suppressed)); /* the clock was set back */
    assert_int_equal(suppressed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_has_time_level_event_and_pairs),
        cmocka_unit_test(awkward_values_are_quoted),
        cmocka_unit_test(long_line_is_cut_and_marked),
        cmocka_unit_test(only_events_of_the_level_are_written),
        cmocka_unit_test(lost_lines_are_counted),
        cmocka_unit_test(limiter_counts_what_it_holds_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
