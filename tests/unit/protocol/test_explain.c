/*
 * test_explain.c - the op explain: its members, its reasons in words, its errors.
 */
#include "protocol/service.h"

#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NOW INT64_C(1765704600000) /* 2025-12-14T09:30:00Z */
#define HOUR INT64_C(3600000)

struct fixture {
    struct hl_service service;
    struct hl_buffer out;
    int64_t now_ms;
};

/* The answer to @line: one line of strict JSON. The caller releases it. */
static json_t *ask(struct fixture *f, const char *line)
{
    hl_buffer_reset(&f->out);
    hl_service_handle(&f->service, line, strlen(line), f->now_ms, &f->out, NULL);
    assert_ptr_equal(memchr(f->out.data, '\n', f->out.length), f->out.data + f->out.length - 1);
    json_t *answer = json_loadb(f->out.data, f->out.length, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(answer);
    return answer;
}

static json_t *ask_ok(struct fixture *f, const char *line)
{
    json_t *answer = ask(f, line);
    if (!json_is_true(json_object_get(answer, "ok")))
        fail_msg("%s: %.*s", line, (int)f->out.length, f->out.data);
    return answer;
}

static int set_up(void **state)
{
    static struct fixture f;
    struct hl_engine_options options = hl_engine_options_default();
    f = (struct fixture){.service = {.server_name = "test", .line_max_bytes = 65536}, .now_ms = NOW};
    hl_buffer_init(&f.out);
    if (hl_engine_create(&options, &f.service.engine, NULL) != HL_OK)
        return -1;
    for (int i = 0; i < 30; i++) { /* the stream is no longer young */
        char line[256];
        snprintf(line, sizeof line, "{\"title\":\"plomq%d quimby%d zorblax%d ferdle%d\"}", i, i, i, i);
        json_decref(ask_ok(&f, line));
    }
    json_decref(ask_ok(&f, "{\"id\":\"s1\",\"title\":\"Storm Petra floods Aldermoor, thousands without power\"}"));
    json_decref(ask_ok(&f, "{\"id\":\"s2\",\"title\":\"Aldermoor floods: storm Petra cuts power\"}"));
    json_decref(ask_ok(&f, "{\"id\":\"r1\",\"title\":\"Central bank of Merrow raises rates to 3%\"}"));
    *state = &f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    hl_engine_destroy(f->service.engine);
    hl_buffer_clear(&f->out);
    return 0;
}

static json_t *at(json_t *object, const char *path)
{
    char name[64];
    while (*path && object) {
        size_t length = strcspn(path, ".");
        snprintf(name, sizeof name, "%.*s", (int)length, path);
        object = json_is_array(object) ? json_array_get(object, 0) : json_object_get(object, name);
        path += length + (path[length] == '.');
    }
    if (!object)
        fail_msg("%s is missing", name);
    return object;
}

static const char *reason(json_t *answer, size_t number)
{
    const json_t *reason = json_array_get(at(answer, "reasons"), number);
    return reason ? json_string_value(reason) : "";
}

static bool any_reason_holds(json_t *answer, const char *words)
{
    for (size_t i = 0; i < json_array_size(at(answer, "reasons")); i++)
        if (strstr(reason(answer, i), words))
            return true;
    return false;
}

/* ---- tests --------------------------------------------------------------------------------------------------------- */

static void test_a_stored_headline(void **state)
{
    json_t *answer = ask_ok(*state, "{\"op\":\"explain\",\"id\":\"s2\"}");
    char start[64];
    snprintf(start, sizeof start, "joins story %d: score ", (int)json_integer_value(at(answer, "headline.story")));
    assert_memory_equal(reason(answer, 0), start, strlen(start));
    assert_non_null(strstr(reason(answer, 0), " >= "));
    assert_true(any_reason_holds(answer, "not near to s1: "));
    assert_string_equal(json_string_value(at(answer, "headline.text")), "aldermoor floods storm petra cuts power");
    assert_string_equal(json_string_value(at(answer, "arrival.verdict")), "related");
    assert_string_equal(json_string_value(at(answer, "now.verdict")), "related");
    assert_true(json_equal(at(answer, "arrival.story"), at(answer, "headline.story")));
    assert_true(json_equal(at(answer, "now.story"), at(answer, "headline.story")));
    assert_true(json_is_true(at(answer, "join.joins")));
    assert_true(json_is_true(at(answer, "stories.0.own")) && json_is_true(at(answer, "stories.0.candidate")));
    assert_int_equal(json_integer_value(at(answer, "stories.0.headlines")), 1);
    assert_int_equal(json_integer_value(at(answer, "stories.0.factors.words")), 5);
    assert_true(json_equal(at(answer, "stories.0.factors.score"), at(answer, "join.best")));
    assert_true(json_equal(at(answer, "now.similarity"), at(answer, "join.best")));
    assert_int_equal(json_integer_value(at(answer, "settings.near_bits")), 80);
    json_decref(answer);
}

static void set(struct fixture *f, const char *settings)
{
    char line[256];
    snprintf(line, sizeof line, "{\"op\":\"settings\",\"set\":{%s}}", settings);
    json_decref(ask_ok(f, line));
}

/* Adds a title that joins nothing. */
static void found(struct fixture *f, const char *title)
{
    char line[256];
    set(f, "\"join_threshold\":2,\"merge_candidates\":0,\"near_bits\":0");
    snprintf(line, sizeof line, "{\"title\":\"%s\"}", title);
    json_decref(ask_ok(f, line));
    set(f, "\"join_threshold\":0.1");
}

static double real(json_t *answer, const char *path)
{
    return json_number_value(at(answer, path));
}

/* All that the decision was made of is in its numbers and in its words. */
static void test_the_whole_arithmetic(void **state)
{
    struct fixture *f = *state;
    static const char *const places[] = {"Aldermoor", "Brackley", "Cawdale", "Denmouth", "Elsted"};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        char title[96];
        snprintf(title, sizeof title, "Storm Quentin floods cut power near %s harbour", places[i]);
        found(f, title);
    }
    set(f, "\"rival_weight\":0.25,\"noise_weight\":0.125,\"stream_noise_weight\":0.5,\"story_noise_weight\":0.0625,"
           "\"cold_headlines\":1000,\"cold_margin\":0.5");
    json_t *answer = ask_ok(f, "{\"op\":\"explain\",\"title\":\"Storm Quentin floods cut power near Brackley\"}");
    double margin = real(answer, "join.best") - 0.25 * real(answer, "join.second") - 0.125 * real(answer, "join.noise");
    assert_true(real(answer, "join.second") > 0 && real(answer, "join.noise") > 0);
    assert_true(fabs(real(answer, "join.noise_weight") - 0.125) < 1e-9);
    assert_true(fabs(real(answer, "join.margin") - margin) < 2e-4);
    double threshold = 0.1 + real(answer, "join.cold_margin") + real(answer, "join.noise_margin");
    assert_true(real(answer, "join.cold_margin") > 0 && real(answer, "join.noise_margin") > 0);
    assert_true(fabs(real(answer, "join.threshold") - threshold) < 2e-4);
    double score = real(answer, "stories.0.factors.likeness") * real(answer, "stories.0.factors.decay");
    score -= 0.0625 * real(answer, "stories.0.factors.noise");
    assert_true(real(answer, "stories.0.factors.noise") > 0);
    assert_true(fabs(real(answer, "stories.0.factors.score") - score) < 2e-4);
    assert_true(fabs(real(answer, "settings.story_noise_weight") - 0.0625) < 1e-9);
    char words[256];
    snprintf(words, sizeof words, " - 0.125 x %.4f (noise) = %.4f ", real(answer, "join.noise"),
             real(answer, "join.margin"));
    assert_non_null(strstr(reason(answer, 0), words));
    snprintf(words, sizeof words,
             " %.4f (0.1000, and %.4f for the noise of the stream, and %.4f while the stream is young)",
             real(answer, "join.threshold"), real(answer, "join.noise_margin"), real(answer, "join.cold_margin"));
    assert_non_null(strstr(reason(answer, 0), words));
    json_decref(answer);
    set(f, "\"stream_noise_weight\":0,\"cold_margin\":0,\"noise_weight\":0,\"rival_weight\":0");
    answer = ask_ok(f, "{\"op\":\"explain\",\"title\":\"Storm Quentin floods cut power near Brackley\"}");
    const char *end = strrchr(reason(answer, 0), ' ');
    assert_string_equal(end, " 0.1000"); /* nothing was added to it */
    json_decref(answer);
}

/* What keeps an alike story from being joined: time, noise or both. */
static void test_what_stands_between(void **state)
{
    struct fixture *f = *state;
    const char *line = "{\"op\":\"explain\",\"title\":\"Power cut as storm Petra floods Aldermoor\"}";
    static const char *const others[] = {"school", "harbour", "bridge", "hospital"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        char title[96];
        snprintf(title, sizeof title, "Aldermoor storm Petra floods power %s", others[i]);
        found(f, title);
    }
    set(f, "\"story_noise_weight\":4");
    json_t *answer = ask_ok(f, line);
    assert_true(any_reason_holds(answer, "but noisy: noise 4 x "));
    json_decref(answer);
    f->now_ms += 10 * HOUR;
    answer = ask_ok(f, line);
    assert_true(any_reason_holds(answer, "10.0 hours apart: decay 0.7492 and noise 4 x "));
    json_decref(answer);
    set(f, "\"story_noise_weight\":0,\"join_threshold\":2");
    answer = ask_ok(f, line);
    assert_false(any_reason_holds(answer, "but "));
    json_decref(answer);
    set(f, "\"join_threshold\":0.1,\"decay_half_life_s\":3600");
    answer = ask_ok(f, line);
    assert_true(any_reason_holds(answer, "10.0 hours apart: decay 0.0010 leaves "));
    json_decref(answer);
}

/* Every factor of the engine's table is in the answer, by its name. */
static void test_all_factors(void **state)
{
    size_t count;
    const struct hl_factor_info *info = hl_factors_info(&count);
    json_t *answer = ask_ok(*state, "{\"op\":\"explain\",\"id\":\"s1\",\"other\":\"s2\"}");
    const json_t *factors = at(answer, "factors");
    assert_int_equal(json_object_size(factors), count);
    for (size_t i = 0; i < count; i++)
        assert_true(json_is_number(json_object_get(factors, info[i].name)));
    double sum = 0;
    for (size_t i = 0; i < json_array_size(at(answer, "shared")); i++)
        sum += json_real_value(json_object_get(json_array_get(at(answer, "shared"), i), "part"));
    assert_true(fabs(sum - json_real_value(json_object_get(factors, "terms"))) < 0.001);
    json_decref(answer);
}

static void test_a_founder(void **state)
{
    json_t *answer = ask_ok(*state, "{\"op\":\"explain\",\"id\":\"r1\"}");
    assert_memory_equal(reason(answer, 0), "founds a story: ", strlen("founds a story: "));
    assert_string_equal(json_string_value(at(answer, "now.verdict")), "new");
    assert_true(json_is_null(at(answer, "now.story")));
    assert_int_equal(json_array_size(at(answer, "history")), 0);
    json_decref(answer);
}

static void test_a_title(void **state)
{
    struct fixture *f = *state;
    json_t *answer = ask_ok(f, "{\"op\":\"explain\",\"title\":\"Power back in Aldermoor after storm Petra\","
                               "\"source\":\"Ledger\",\"lang\":\"en\"}");
    assert_memory_equal(reason(answer, 0), "would join story ", strlen("would join story "));
    assert_true(json_is_null(at(answer, "headline.id")) && json_is_null(at(answer, "headline.story")));
    assert_true(json_is_null(at(answer, "arrival")));
    json_decref(answer);
    f->now_ms += 200 * HOUR;
    answer = ask_ok(f, "{\"op\":\"explain\",\"title\":\"Power back in Aldermoor after storm Petra\"}");
    assert_memory_equal(reason(answer, 0), "would found a story: ", strlen("would found a story: "));
    assert_true(any_reason_holds(answer, "200.0 hours apart"));
    json_decref(answer);
    answer = ask_ok(f, "{\"op\":\"explain\",\"title\":\"Wholly unheard utterances\"}");
    assert_string_equal(reason(answer, 0), "would found a story: no live story has enough in common with it");
    assert_true(json_is_null(at(answer, "nearest")));
    assert_int_equal(json_array_size(at(answer, "stories")), 0);
    json_decref(answer);
    answer = ask_ok(f, "{\"op\":\"explain\",\"title\":\"Petra Kvitova arrives\"}");
    assert_true(any_reason_holds(answer, "scores nothing: 1 word in common; 2 are needed"));
    json_decref(answer);
}

static void test_duplicates(void **state)
{
    struct fixture *f = *state;
    json_decref(ask_ok(f, "{\"id\":\"r2\",\"title\":\"Central bank of Merrow raises rates to 4%\"}"));
    json_decref(ask_ok(f, "{\"id\":\"r3\",\"title\":\"CENTRAL BANK OF MERROW RAISES RATES TO 4%\"}"));
    json_t *answer = ask_ok(f, "{\"op\":\"explain\",\"id\":\"r2\",\"other\":\"r1\"}");
    assert_true(any_reason_holds(answer, "not near to r2: a number differs"));
    assert_true(any_reason_holds(answer, "here \"3\", there \"4\""));
    assert_true(any_reason_holds(answer, "they stand in the same story"));
    assert_string_equal(json_string_value(at(answer, "near.why")), "numbers");
    assert_false(json_is_true(at(answer, "exact")));
    json_decref(answer);
    answer = ask_ok(f, "{\"op\":\"explain\",\"id\":\"r3\"}");
    assert_string_equal(json_string_value(at(answer, "arrival.verdict")), "exact");
    assert_string_equal(json_string_value(at(answer, "arrival.duplicate_of")), "r2");
    assert_true(any_reason_holds(answer, "a headline with the same text is there"));
    assert_true(any_reason_holds(answer, "interchangeable with r2"));
    json_decref(answer);
    answer = ask_ok(f, "{\"op\":\"explain\",\"id\":\"r3\",\"other\":\"r2\"}");
    assert_true(json_is_true(at(answer, "exact")));
    assert_true(any_reason_holds(answer, "exact: the normalised texts are the same"));
    json_decref(answer);
}

/* Two titles need no headline at all, and quotes in them stay quotes. */
static void test_two_titles(void **state)
{
    (void)state;
    struct fixture f = {.service = {.server_name = "test", .line_max_bytes = 65536}, .now_ms = NOW};
    struct hl_engine_options options = hl_engine_options_default();
    hl_buffer_init(&f.out);
    assert_int_equal(hl_engine_create(&options, &f.service.engine, NULL), HL_OK);
    json_t *answer = ask_ok(&f, "{\"op\":\"explain\",\"title\":\"\\\"Salt Road\\\" wins at Lantern Awards\","
                                "\"other_title\":\"Lantern Awards: \\\"Salt Road\\\" wins\"}");
    assert_true(json_is_true(at(answer, "join.joins")));
    assert_true(json_real_value(at(answer, "join.cold_margin")) > 0);
    assert_true(any_reason_holds(answer, "while the stream is young"));
    assert_string_equal(json_string_value(at(answer, "headline.title")), "\"Salt Road\" wins at Lantern Awards");
    json_decref(answer);
    answer = ask_ok(&f, "{\"op\":\"explain\",\"title\":\"Comet Veyla seen\",\"other_title\":\"Rail strike ends\"}");
    assert_string_equal(reason(answer, 0),
                        "the second would not join a story of the first alone: 0 words in common; 2 are needed");
    json_decref(answer);
    struct hl_engine_stats stats;
    assert_int_equal(hl_engine_stats(f.service.engine, (struct hl_text){NULL, 0}, &stats, NULL), HL_OK);
    assert_int_equal(stats.collections, 0);
    hl_engine_destroy(f.service.engine);
    hl_buffer_clear(&f.out);
}

static void test_errors(void **state)
{
    static const struct {
        const char *line, *code, *field;
    } rows[] = {
        {"{\"op\":\"explain\"}", "invalid", "id"},
        {"{\"op\":\"explain\",\"id\":\"nobody\"}", "not_found", "id"},
        {"{\"op\":\"explain\",\"id\":\"\"}", "invalid", "id"},
        {"{\"op\":\"explain\",\"id\":7}", "invalid", "id"},
        {"{\"op\":\"explain\",\"id\":\"s1\",\"title\":\"Fine title\"}", "invalid", "title"},
        {"{\"op\":\"explain\",\"title\":\"...\"}", "invalid", "title"},
        {"{\"op\":\"explain\",\"title\":\"Fine title\",\"lang\":\"?\"}", "invalid", "lang"},
        {"{\"op\":\"explain\",\"title\":\"Fine title\",\"collection\":\"nowhere\"}", "not_found", "collection"},
        {"{\"op\":\"explain\",\"id\":\"s1\",\"other\":\"nobody\"}", "not_found", "other"},
        {"{\"op\":\"explain\",\"id\":\"s1\",\"other\":\"s2\",\"other_title\":\"Fine title\"}", "invalid",
         "other_title"},
        {"{\"op\":\"explain\",\"id\":\"s1\",\"other_title\":\"!\"}", "invalid", "other_title"},
        {"{\"op\":\"explain\",\"id\":\"s1\",\"other_title\":\"Fine title\",\"other_lang\":\"?\"}", "invalid",
         "other_lang"},
        {"{\"op\":\"explain\",\"id\":\"s1\",\"other_title\":\"Fine title\",\"other_published\":1.5}", "invalid",
         "other_published"},
        {"{\"op\":\"explain\",\"other\":\"s1\"}", "invalid", "id"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        json_t *answer = ask(*state, rows[i].line);
        if (json_is_true(at(answer, "ok")))
            fail_msg("%s is answered", rows[i].line);
        assert_string_equal(json_string_value(at(answer, "error.code")), rows[i].code);
        assert_string_equal(json_string_value(at(answer, "error.field")), rows[i].field);
        json_decref(answer);
    }
}

#define FIXTURE_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_a_stored_headline),
        FIXTURE_TEST(test_the_whole_arithmetic),
        FIXTURE_TEST(test_what_stands_between),
        FIXTURE_TEST(test_all_factors),
        FIXTURE_TEST(test_a_founder),
        FIXTURE_TEST(test_a_title),
        FIXTURE_TEST(test_duplicates),
        cmocka_unit_test(test_two_titles),
        FIXTURE_TEST(test_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
