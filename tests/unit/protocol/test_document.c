/*
 * test_document.c - the examples of PROTOCOL.md, run in order against one engine: members, their types, fixed values and error
 * codes must be as written there. Values that the engine's tuning decides (scores, fingerprints, figures) may differ. A line that is pushed to a
 * subscriber stands behind "<<".
 */
#include "protocol/figures.h"
#include "protocol/request.h"
#include "protocol/subscription.h"
#include "support/fake_keeper.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOW INT64_C(1765704600000) /* 2025-12-14T09:30:00Z */

/* Lines are gathered here: a request or an answer, with what is indented below it. */
struct example {
    char text[16384];
    size_t length;
};

static void take_line(struct example *example, const char *line)
{
    while (*line == ' ')
        line++;
    size_t length = strcspn(line, "\n");
    assert_true(example->length + length < sizeof example->text);
    memcpy(example->text + example->length, line, length);
    example->length += length;
}

static bool value_is_fixed(const char *key)
{
    static const char *const fixed[] = {"ok",   "ref",          "code",    "field",  "seq",    "id",       "op",
                                        "pong", "would",        "removed", "title",  "time",   "received", "first",
                                        "last", "first_source", "kind",    "source", "limits", "help"};
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++) {
        if (strcmp(key, fixed[i]) == 0)
            return true;
    }
    return false;
}

/* Both have the same members of the same types, down to the first element of lists. */
static void expect_same_shape(const json_t *written, const json_t *real, const char *name)
{
    bool both_boolean = json_is_boolean(written) && json_is_boolean(real);
    if (!both_boolean && json_typeof(written) != json_typeof(real))
        fail_msg("%s is of another type than in the document", name);
    if (json_is_array(written) && (json_array_size(written) > 0) != (json_array_size(real) > 0))
        fail_msg("%s is empty in one place only", name);
    if (json_is_array(written) && json_array_size(written) > 0)
        expect_same_shape(json_array_get(written, 0), json_array_get(real, 0), name);
    if (!json_is_object(written))
        return;
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)real, key, value)
    {
        if (!json_object_get(written, key))
            fail_msg("%s.%s is not in the document", name, key);
    }
    json_object_foreach((json_t *)(uintptr_t)written, key, value)
    {
        const json_t *other = json_object_get(real, key);
        if (!other)
            fail_msg("%s.%s is only in the document", name, key);
        expect_same_shape(value, other, key);
        if (value_is_fixed(key) && !json_is_array(value) && !json_equal(value, (json_t *)(uintptr_t)other))
            fail_msg("%s.%s has another value than in the document", name, key);
    }
}

static void expect_line(const struct example *example, const struct hl_buffer *out)
{
    json_t *written = json_loadb(example->text, example->length, JSON_REJECT_DUPLICATES, NULL);
    json_t *real = json_loadb(out->data, out->length, JSON_REJECT_DUPLICATES, NULL);
    if (!written)
        fail_msg("not JSON in the document: %.*s", (int)example->length, example->text);
    assert_non_null(real);
    expect_same_shape(written, real, "answer");
    json_decref(written);
    json_decref(real);
}

/* @pushed: what a subscriber is told then; empty: nothing is said of it. */
static void run_example(const struct hl_service *service, const struct example *request, const struct example *answer,
                        const struct example *pushed)
{
    struct hl_buffer out;
    hl_buffer_init(&out);
    hl_service_handle(service, request->text, request->length, NOW, &out, NULL);
    print_message("%.*s\n", (int)request->length, request->text);
    expect_line(answer, &out);
    hl_buffer_reset(&out);
    if (*service->subscription)
        hl_subscription_put(*service->subscription, HL_EVENTS_LINES, NOW, &out);
    if (pushed->length > 0)
        expect_line(pushed, &out);
    hl_buffer_clear(&out);
}

static uint64_t no_time(void)
{
    return 0;
}

static FILE *open_document(void)
{
    FILE *file = fopen(HL_TEST_DATA_DIR "/../../src/protocol/PROTOCOL.md", "r");
    assert_non_null(file);
    return file;
}

static void test_examples(void **state)
{
    (void)state;
    struct hl_engine_options options = hl_engine_options_default();
    struct hl_service_figures figures = {.started_ms = NOW - 60000};
    struct hl_measures measures = {.clock_ns = no_time};
    struct hl_subscription *subscription = NULL;
    struct hl_service service = {.figures = &figures,
                                 .server_name = "headlined/0.1.0",
                                 .line_max_bytes = 65536,
                                 .keeper = &fake_keeper_functions,
                                 .measures = &measures,
                                 .events = hl_events_create(HL_EVENTS_BYTES_MIN, 0),
                                 .subscription = &subscription};
    assert_non_null(service.events);
    assert_int_equal(hl_engine_create(&options, &service.engine, NULL), HL_OK);
    hl_engine_observe(service.engine, hl_events_observe, service.events);
    struct fake_keeper fake = {.engine = service.engine,
                               .kept = {.seq = 7, .durable = 7, .snapshot_seq = 7, .snapshot_created_ms = NOW}};
    service.keeper_context = &fake;
    static struct example request, answer, pushed;
    struct example *open = NULL;
    char line[4096];
    bool in_example = false;
    int run = 0;
    FILE *file = open_document();
    while (fgets(line, sizeof line, file)) {
        bool fence = strncmp(line, "```", 3) == 0, asks = line[0] == '>';
        if (in_example && (fence || asks) && answer.length > 0) {
            run_example(&service, &request, &answer, &pushed);
            run++;
        }
        if (fence || asks)
            request.length = answer.length = pushed.length = 0;
        if (fence) {
            in_example = !in_example;
            open = NULL;
        } else if (in_example && strncmp(line, "<<", 2) == 0) {
            take_line(open = &pushed, line + 2);
        } else if (in_example && (asks || line[0] == '<'))
            take_line(open = asks ? &request : &answer, line + 1);
        else if (in_example && open)
            take_line(open, line);
    }
    fclose(file);
    hl_subscription_close(subscription);
    hl_engine_destroy(service.engine);
    hl_events_destroy(service.events);
    assert_true(run >= 15);
}

/* Every op has its section, every member and every figure its row, and every code its meaning. */
static void test_nothing_is_left_out(void **state)
{
    (void)state;
    static char text[1 << 17];
    FILE *file = open_document();
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[length] = '\0';
    char wanted[64];
    for (size_t i = 0; i < HL_COMMAND_COUNT; i++) {
        snprintf(wanted, sizeof wanted, "### 4.%zu `%s`", i + 1, hl_commands[i].name);
        assert_non_null(strstr(text, wanted));
        const struct hl_shape *shape = hl_commands[i].shape;
        for (size_t j = 0; j < shape->field_count; j++) {
            snprintf(wanted, sizeof wanted, "`%s`", shape->fields[j].name);
            assert_non_null(strstr(text, wanted));
        }
    }
    for (size_t i = 0; i < HL_FIGURE_COUNT; i++) {
        const char *metric = hl_figures[i].metric;
        snprintf(wanted, sizeof wanted, "`%.*s`", (int)strcspn(metric, "{"), metric);
        assert_non_null(strstr(text, wanted));
        snprintf(wanted, sizeof wanted, "`%s`", hl_figures[i].member);
        assert_non_null(strstr(text, wanted));
    }
    const char *codes = strstr(text, "| code | meaning |");
    assert_non_null(codes);
    for (int status = HL_OK + 1; status < HL_STATUS_COUNT; status++) {
        snprintf(wanted, sizeof wanted, "`%s`", hl_status_code((enum hl_status)status));
        assert_non_null(strstr(codes, wanted));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_examples),
        cmocka_unit_test(test_nothing_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
