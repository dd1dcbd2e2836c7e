/*
 * test_metrics.c - the document for Prometheus: its form, line by line, and that it and `stats` show the same figures.
 */
#include "protocol/figures.h"
#include "protocol/metrics.h"
#include "support/failing_malloc.h"
#include "support/fake_keeper.h"

#include <inttypes.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOW INT64_C(1765704600000) /* 2025-12-14T09:30:00Z */
enum { SERIES_MAX = 2000 };

struct fixture {
    struct hl_service_figures figures;
    struct hl_measures measures;
    struct fake_keeper fake;
    struct hl_service service;
    struct hl_buffer out;
};

/* Each reading is 3 microseconds after the one before. */
static uint64_t fake_clock_ns(void)
{
    static uint64_t now_ns;
    return now_ns += 3000;
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    if (!f)
        return -1;
    struct hl_engine_options options = hl_engine_options_default();
    f->figures = (struct hl_service_figures){.started_ms = NOW - 1234, .requests = 17, .held_bytes = 5};
    f->measures.clock_ns = fake_clock_ns;
    f->service = (struct hl_service){
        .figures = &f->figures, .keeper = &fake_keeper_functions, .keeper_context = &f->fake, .measures = &f->measures};
    hl_buffer_init(&f->out);
    *state = f;
    if (hl_engine_create(&options, &f->service.engine, NULL) != HL_OK)
        return -1;
    f->fake = (struct fake_keeper){
        .engine = f->service.engine,
        .kept = {.seq = 9, .failed = true, .snapshot_seq = 4, .snapshot_created_ms = NOW, .snapshot_stall_us = 1500}};
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    hl_engine_destroy(f->service.engine);
    hl_buffer_clear(&f->out);
    free(f);
    return 0;
}

static void ask(struct fixture *f, const char *line)
{
    hl_buffer_reset(&f->out);
    hl_service_handle(&f->service, line, strlen(line), NOW, &f->out, NULL);
}

/* The document, with a NUL behind it. */
static const char *document(struct fixture *f)
{
    hl_buffer_reset(&f->out);
    assert_int_equal(hl_metrics_put(&f->out, &f->service), HL_OK);
    assert_true(hl_buffer_append(&f->out, "", 1));
    return f->out.data;
}

/* What stands behind @series in the document. */
static void expect_line(const char *text, const char *series, const char *expected)
{
    char wanted[256];
    snprintf(wanted, sizeof wanted, "\n%s %s\n", series, expected);
    if (!strstr(text, wanted))
        fail_msg("there is no line: %s %s", series, expected);
}

/* ---- the form ----------------------------------------------------------------------------------------------------- */

static bool is_name(const char *text, size_t length)
{
    return length > 10 && strncmp(text, "headlined_", 10) == 0 &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz_0123456789") >= length;
}

static bool ends_with(const char *text, size_t length, const char *end)
{
    size_t end_length = strlen(end);
    return length > end_length && memcmp(text + length - end_length, end, end_length) == 0;
}

/* "# HELP name text" and then "# TYPE name type": returns the type and sets @family. */
static const char *read_head(char *help, char *type, char *family, size_t size)
{
    assert_memory_equal(help, "# HELP ", 7);
    assert_memory_equal(type, "# TYPE ", 7);
    size_t length = strcspn(help + 7, " ");
    assert_true(is_name(help + 7, length) && length < size);
    assert_true(strlen(help + 7 + length) > 5);
    memcpy(family, help + 7, length);
    family[length] = '\0';
    assert_memory_equal(type + 7, help + 7, length + 1);
    const char *kind = type + 7 + length + 1;
    assert_int_equal(strcmp(kind, "counter") == 0, ends_with(family, length, "_total"));
    assert_true(strcmp(kind, "counter") == 0 || strcmp(kind, "gauge") == 0 || strcmp(kind, "histogram") == 0);
    return kind;
}

static void check_sample(const char *line, const char *family, const char *kind)
{
    size_t name = strcspn(line, "{ "), family_length = strlen(family);
    bool histogram = strcmp(kind, "histogram") == 0;
    assert_true(name >= family_length && memcmp(line, family, family_length) == 0);
    if (name > family_length)
        assert_true(histogram && (ends_with(line, name, "_bucket") || ends_with(line, name, "_sum") ||
                                  ends_with(line, name, "_count")));
    const char *value = strrchr(line, ' ') + 1;
    assert_int_equal(strspn(value, "0123456789."), strlen(value));
    assert_true(strlen(value) > 0);
}

static void test_form(void **state)
{
    struct fixture *f = *state;
    ask(f, "{\"title\":\"Fine title about geese\",\"collection\":\"desk-1.a_B\"}");
    ask(f, "{\"title\":\"?\"}");
    char *text = strdup(document(f)), *seen[SERIES_MAX], family[128] = "";
    const char *kind = "";
    size_t count = 0;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        if (line[0] == '#') {
            kind = read_head(line, strtok(NULL, "\n"), family, sizeof family);
            for (size_t i = 0; i < count; i++) /* a family stands together */
                assert_false(strncmp(seen[i], family, strlen(family)) == 0 &&
                             strchr("{ ", seen[i][strlen(family)]) != NULL);
            continue;
        }
        check_sample(line, family, kind);
        assert_true(count < SERIES_MAX);
        *strrchr(line, ' ') = '\0';
        for (size_t i = 0; i < count; i++)
            assert_string_not_equal(seen[i], line);
        seen[count++] = line;
    }
    assert_true(count > 300);
    free(text);
}

/* ---- the values --------------------------------------------------------------------------------------------------- */

static void test_values(void **state)
{
    struct fixture *f = *state;
    ask(f, "{\"title\":\"Fine title about geese\",\"collection\":\"desk\"}");
    ask(f, "{\"title\":\"Fine title about geese\",\"source\":\"b\",\"collection\":\"desk\"}");
    ask(f, "{\"title\":\"?\"}");
    ask(f, "no JSON");
    const char *text = document(f);
    expect_line(text, "headlined_headlines", "2");
    expect_line(text, "headlined_inputs_total", "2");
    expect_line(text, "headlined_verdicts_total{verdict=\"exact\"}", "1");
    expect_line(text, "headlined_expired_total{reason=\"memory\"}", "0");
    expect_line(text, "headlined_collection_stories{collection=\"desk\"}", "1");
    expect_line(text, "headlined_collection_last_time_seconds{collection=\"desk\"}", "1765704600.000");
    expect_line(text, "headlined_requests_total", "17");
    expect_line(text, "headlined_output_held_bytes", "5");
    expect_line(text, "headlined_start_time_seconds", "1765704598.766");
    expect_line(text, "headlined_journal_failed", "1");
    expect_line(text, "headlined_snapshot_running", "0");
    expect_line(text, "headlined_snapshot_time_seconds", "1765704600.000");
    expect_line(text, "headlined_snapshot_stall_max_seconds", "0.001500");
    expect_line(text, "headlined_errors_total{code=\"invalid\"}", "1");
    expect_line(text, "headlined_errors_total{code=\"parse\"}", "1");
    expect_line(text, "headlined_op_duration_seconds_bucket{op=\"add\",le=\"2.5e-06\"}", "0");
    expect_line(text, "headlined_op_duration_seconds_bucket{op=\"add\",le=\"5e-06\"}", "3");
    expect_line(text, "headlined_op_duration_seconds_bucket{op=\"add\",le=\"+Inf\"}", "3");
    expect_line(text, "headlined_op_duration_seconds_sum{op=\"add\"}", "0.000009000");
    expect_line(text, "headlined_op_duration_seconds_count{op=\"check\"}", "0");
}

static void test_what_is_not_there_is_left_out(void **state)
{
    struct fixture *f = *state;
    f->service.figures = NULL;
    f->service.measures = NULL;
    f->service.keeper = NULL;
    const char *text = document(f);
    assert_non_null(strstr(text, "headlined_headlines 0\n"));
    assert_null(strstr(text, "headlined_requests_total"));
    assert_null(strstr(text, "headlined_op_duration"));
    assert_null(strstr(text, "headlined_journal"));
    f->service.keeper = &fake_keeper_functions;
    f->fake.kept.snapshot_seq = 0;
    assert_null(strstr(document(f), "headlined_snapshot_time_seconds"));
}

/* Each figure is a member of `stats` too, with the same value. */
static void test_stats_show_the_same(void **state)
{
    static const char *const groups[] = {"engine", "server", "store"};
    struct fixture *f = *state;
    ask(f, "{\"title\":\"Fine title about geese\"}");
    char *text = strdup(document(f));
    ask(f, "{\"op\":\"stats\"}");
    json_t *stats = json_loadb(f->out.data, f->out.length, 0, NULL);
    assert_non_null(stats);
    for (size_t i = 0; i < HL_FIGURE_COUNT; i++) {
        const struct hl_figure *figure = &hl_figures[i];
        const json_t *value = json_object_get(json_object_get(stats, groups[figure->group]), figure->member);
        assert_non_null(value);
        if (figure->kind == HL_FIGURE_MICROSECONDS)
            continue;
        char series[128], number[32];
        snprintf(series, sizeof series, "headlined_%s", figure->metric);
        snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT,
                 json_is_boolean(value) ? json_is_true(value) : json_integer_value(value));
        expect_line(text, series, number);
    }
    const json_t *op = json_array_get(json_object_get(json_object_get(stats, "server"), "ops"), 0);
    assert_string_equal(json_string_value(json_object_get(op, "op")), "add");
    assert_int_equal(json_integer_value(json_object_get(op, "count")), 1);
    assert_true(json_real_value(json_object_get(op, "mean_us")) == 3.0);
    json_decref(stats);
    free(text);
}

static void test_without_memory(void **state)
{
    struct fixture *f = *state;
    uint64_t nth = 1;
    for (bool fired = true; fired; nth++) {
        hl_buffer_clear(&f->out);
        failing_malloc_arm(nth);
        enum hl_status status = hl_metrics_put(&f->out, &f->service);
        fired = failing_malloc_fired();
        failing_malloc_arm(0);
        assert_int_equal(status, fired ? HL_NO_MEMORY : HL_OK);
    }
    assert_true(nth > 3);
}

/* ---- measures ----------------------------------------------------------------------------------------------------- */

static void test_buckets(void **state)
{
    (void)state;
    for (unsigned i = 0; i < HL_LATENCY_BOUNDS; i++) {
        struct hl_latency latency = {0};
        assert_true(i == 0 || hl_latency_bounds_ns[i] > hl_latency_bounds_ns[i - 1]);
        hl_latency_add(&latency, hl_latency_bounds_ns[i]);
        hl_latency_add(&latency, hl_latency_bounds_ns[i] + 1);
        assert_int_equal(latency.counts[i], 1);
        assert_int_equal(latency.counts[i + 1], 1);
        assert_int_equal(latency.sum_ns, 2 * hl_latency_bounds_ns[i] + 1);
        assert_int_equal(hl_latency_count(&latency), 2);
    }
}

static void expect_quantile(const struct hl_latency *latency, double share, double low, double high)
{
    double ns = hl_latency_quantile_ns(latency, share);
    if (!(ns >= low && ns <= high))
        fail_msg("%.0f ns for %.3f", ns, share);
}

static void test_quantiles(void **state)
{
    (void)state;
    struct hl_latency latency = {0};
    expect_quantile(&latency, 0.5, 0, 0);
    for (int i = 0; i < 98; i++)
        hl_latency_add(&latency, 700);
    hl_latency_add(&latency, 40000);
    hl_latency_add(&latency, UINT64_C(5000000000));
    expect_quantile(&latency, 0.49, 499, 501);
    expect_quantile(&latency, 0.98, 999, 1001);
    expect_quantile(&latency, 0.99, 25000, 50000);
    expect_quantile(&latency, 1, 1e9, 1e9);
    expect_quantile(&latency, 0, 0, 0);
}

#define FIXTURE_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_form),
        FIXTURE_TEST(test_values),
        FIXTURE_TEST(test_what_is_not_there_is_left_out),
        FIXTURE_TEST(test_stats_show_the_same),
        FIXTURE_TEST(test_without_memory),
        cmocka_unit_test(test_buckets),
        cmocka_unit_test(test_quantiles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
