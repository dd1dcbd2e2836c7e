/*
 * test_state_text.c - a state as JSON lines and back: equal to the byte whatever is in it, each type up to its bounds, lines that are cut,
 * missing, in disorder or damaged, want of memory.
 */
#include "cmd/state_text.h"
#include "core/buffer.h"
#include "support/engine_fixture.h"
#include "support/failing_malloc.h"
#include "support/news_stream.h"
#include "support/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define GOLDEN HL_TEST_DATA_DIR "/state-v1.bin"

enum { CALLS = 700, SMALL_CALLS = 40, DAMAGES = 400 };

/* ---- states and texts ---- */

/* Few events and a small window, so that a short stream has all there is: merges, splits, topics, expiry, long stories. */
static struct hl_engine_options eventful(void)
{
    struct hl_engine_options options = hl_engine_options_default();
    options.settings.join_threshold = 0.06;
    options.settings.cold_margin = 0;
    options.settings.rival_weight = 0;
    options.settings.merge_threshold = 0.1;
    options.settings.merge_single = 0.1;
    options.settings.split_factor = 2;
    options.settings.split_min = 4;
    options.settings.window_headlines = 80;
    options.settings.decay_half_life_s = 1800;
    options.memory_max_bytes = UINT64_C(1) << 60;
    options.collections_max = 17;
    return options;
}

static hl_engine *engine_of(unsigned calls, unsigned collections)
{
    struct hl_engine_options options = eventful();
    struct news_stream stream;
    struct news_call call;
    hl_engine *engine = engine_create_with(&options);
    news_stream_init(&stream, 41);
    stream.events = 4;
    stream.collections = collections;
    stream.long_titles = 9;
    for (unsigned i = 0; i < calls; i++) {
        news_stream_next(&stream, &call);
        assert_int_not_equal(news_call_make(&call, engine, NULL), HL_NO_MEMORY);
    }
    return engine;
}

struct out {
    struct hl_buffer text;
    unsigned pieces; /* that may come before it fails; 0: any number */
    unsigned given;
};

static enum hl_status take(void *context, const char *lines, size_t length, struct hl_error *error)
{
    struct out *out = context;
    if (++out->given == out->pieces)
        return hl_error_set(error, HL_IO, NULL, "the paper is full");
    assert_true(length == 0 || lines[length - 1] == '\n');
    return hl_buffer_append(&out->text, lines, length) ? HL_OK : hl_error_no_memory(error);
}

static enum hl_status write_text(const hl_engine *engine, struct out *out, struct hl_error *error)
{
    const struct state_text_head head = {UINT64_C(9007199254740993), -5, eventful()};
    out->text.length = 0;
    return state_text_write(engine, &head, take, out, error);
}

static void text_of_engine(struct out *out, const hl_engine *engine)
{
    struct hl_error error;
    if (write_text(engine, out, &error) != HL_OK)
        fail_msg("not written: %s", error.message);
}

/* Lines of a text, one after the other. */
struct in {
    const char *data;
    size_t length, at;
    uint64_t number;
};

static enum hl_status next(void *context, const char **line, size_t *length, uint64_t *number, struct hl_error *error)
{
    struct in *in = context;
    (void)error;
    if (in->at >= in->length)
        return HL_NOT_FOUND;
    const char *begin = in->data + in->at, *end = memchr(begin, '\n', in->length - in->at);
    *line = begin;
    *length = end ? (size_t)(end - begin) : in->length - in->at;
    in->at += *length + 1;
    *number = ++in->number;
    return HL_OK;
}

static enum hl_status read_text(const char *data, size_t length, hl_engine **out, struct hl_error *error)
{
    struct in in = {data, length, 0, 0};
    struct hl_engine_options options = hl_engine_options_default();
    struct state_text_head head;
    *out = NULL;
    enum hl_status status = state_text_read(&options, next, &in, &head, out, error);
    assert_true((status == HL_OK) == (*out != NULL));
    return status;
}

/* The line that a message names. */
static uint64_t line_of(const struct hl_error *error)
{
    assert_memory_equal(error->message, "line ", 5);
    return strtoull(error->message + 5, NULL, 10);
}

/* Refused, with a message that names a line. */
static void assert_refused(const char *data, size_t length, const char *words)
{
    struct hl_error error = {0};
    hl_engine *engine;
    assert_int_equal(read_text(data, length, &engine, &error), HL_CORRUPT);
    if (line_of(&error) > length || !strstr(error.message, words))
        fail_msg("not what was expected: %s", error.message);
}

/* ---- to the byte ---- */

static void assert_comes_back(hl_engine *engine)
{
    struct out text = {0}, again = {0};
    struct frozen before = {0};
    struct hl_error error;
    hl_engine *read;
    frozen_take(&before, engine);
    text_of_engine(&text, engine);
    if (read_text(text.text.data, text.text.length, &read, &error) != HL_OK)
        fail_msg("not read: %s", error.message);
    assert_true(frozen_is(&before, read));
    text_of_engine(&again, read);
    assert_int_equal(again.text.length, text.text.length);
    assert_memory_equal(again.text.data, text.text.data, text.text.length);
    hl_engine_destroy(read);
    hl_buffer_clear(&text.text);
    hl_buffer_clear(&again.text);
    frozen_clear(&before);
}

/* What the stream leads to has everything, or the test would be about nothing. */
static void test_everything(void **state)
{
    (void)state;
    static const char *const kinds[] = {"\"kind\":\"absorbed\"", "\"kind\":\"split_off\"", "\"kind\":\"split_from\"",
                                        "\"redirects\":[{",      "\"aliases\":[{",         "\"anchors\":[",
                                        "\"kind\":\"topic\"",    "\"collection\":2",       "\"kind\":\"tail\""};
    hl_engine *engine = engine_of(CALLS, 3);
    struct out text = {0};
    text_of_engine(&text, engine);
    assert_true(hl_buffer_append(&text.text, "", 1));
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (!strstr(text.text.data, kinds[i]))
            fail_msg("the state has no %s", kinds[i]);
    struct hl_engine_stats stats = engine_stats(engine, "");
    assert_true(stats.merges > 0 && stats.splits > 0 && stats.removed > 0 && stats.expired_count > 0);
    assert_comes_back(engine);
    hl_engine_destroy(engine);
    hl_buffer_clear(&text.text);
}

static void test_every_length_of_stream(void **state)
{
    (void)state;
    for (unsigned calls = 0; calls < 200; calls += 1 + calls / 4) {
        hl_engine *engine = engine_of(calls, 2);
        assert_comes_back(engine);
        hl_engine_destroy(engine);
    }
}

/* All that a state can have, gone again: chunks of which nothing is left. */
static void test_nothing_is_left(void **state)
{
    (void)state;
    hl_engine *engine = engine_of(CALLS, 3);
    hl_engine_tick(engine, INT64_MAX, 1000000);
    assert_int_equal(engine_stats(engine, "").headlines, 0);
    assert_comes_back(engine);
    hl_engine_destroy(engine);
}

/* Lists of more than one line. */
static void test_long_lists(void **state)
{
    (void)state;
    struct hl_engine_options options = eventful();
    options.settings.window_headlines = 100000;
    hl_engine *engine = engine_create_with(&options);
    engine_fill(engine, 2000, FIXTURE_NOW_MS);
    assert_comes_back(engine);
    hl_engine_destroy(engine);
}

static void test_golden_state(void **state)
{
    (void)state;
    struct hl_engine_options options = eventful();
    struct state_file file = {0}, again = {0};
    struct out text = {0};
    hl_engine *engine = NULL, *read = NULL;
    assert_true(state_file_read(&file, GOLDEN));
    assert_int_equal(state_file_load(&file, &options, &engine, NULL), HL_OK);
    text_of_engine(&text, engine);
    assert_int_equal(read_text(text.text.data, text.text.length, &read, NULL), HL_OK);
    assert_int_equal(state_file_save(&again, read, NULL), HL_OK);
    assert_true(state_file_equal(&file, &again));
    hl_engine_destroy(engine);
    hl_engine_destroy(read);
    state_file_clear(&file);
    state_file_clear(&again);
    hl_buffer_clear(&text.text);
}

static void test_head(void **state)
{
    (void)state;
    hl_engine *engine = engine_of(1, 1), *read = NULL;
    struct out text = {0};
    text_of_engine(&text, engine);
    struct in in = {text.text.data, text.text.length, 0, 0};
    struct hl_engine_options expected = eventful(), options = hl_engine_options_default();
    struct state_text_head head;
    assert_int_equal(state_text_read(&options, next, &in, &head, &read, NULL), HL_OK);
    assert_true(head.seq == UINT64_C(9007199254740993) && head.created_ms == -5);
    assert_true(head.options.memory_max_bytes == UINT64_C(1) << 60 && head.options.collections_max == 17);
    assert_true(hl_settings_equal(&head.options.settings, &expected.settings));
    hl_engine_destroy(engine);
    hl_engine_destroy(read);
    hl_buffer_clear(&text.text);
}

/* ---- values ---- */

/* The text with another value for @name in the first line of @kind. */
static void with_value(struct hl_buffer *to, const struct hl_buffer *text, const char *kind, const char *name,
                       const char *value)
{
    char key[64];
    to->length = 0;
    assert_true(hl_buffer_append(to, text->data, text->length) && hl_buffer_append(to, "", 1));
    snprintf(key, sizeof key, "{\"kind\":\"%s\"", kind);
    char *line = strstr(to->data, key);
    assert_non_null(line);
    snprintf(key, sizeof key, "\"%s\":", name);
    char *at = strstr(line, key);
    assert_non_null(at);
    at += strlen(key);
    size_t before = (size_t)(at - to->data), old = strcspn(at, at[0] == '[' ? "]" : ",}") + (at[0] == '[');
    to->length = before;
    assert_true(hl_buffer_append(to, value, strlen(value)));
    assert_true(hl_buffer_append(to, text->data + before + old, text->length - before - old));
}

static void assert_stays(const struct hl_buffer *text, const char *name, const char *value)
{
    struct out again = {0};
    hl_engine *engine;
    struct hl_error error;
    char member[160];
    snprintf(member, sizeof member, "\"%s\":%s", name, value);
    if (read_text(text->data, text->length, &engine, &error) != HL_OK)
        fail_msg("%s: %s", member, error.message);
    text_of_engine(&again, engine);
    assert_true(hl_buffer_append(&again.text, "", 1));
    if (!strstr(again.text.data, member))
        fail_msg("%s is not what came back", member);
    hl_engine_destroy(engine);
    hl_buffer_clear(&again.text);
}

static void test_values(void **state)
{
    (void)state;
    static const struct {
        const char *kind, *name, *value; /* value: as it is written, too */
    } good[] = {
        {"word", "named", "255"},
        {"word", "plain", "0"},
        {"word", "share", "0.123456791"},
        {"word", "share", "1.4013e-45"},
        {"word", "share", "-0.0"},
        {"headline", "runner_up_score", "3.40282347e+38"},
        {"headline", "sightings", "4294967295"},
        {"headline", "answered_story", "9007199254740992"},
        {"headline", "answered_story", "\"9007199254740993\""},
        {"headline", "answered_story", "\"18446744073709551615\""},
        {"headline", "published_ms", "null"},
        {"headline", "published_ms", "-62167219200000"},
        {"headline", "published_ms", "253402300799999"},
        {"headline", "verdict", "\"new\""},
        {"headline", "verdict", "\"revised\""},
        {"headline", "title", "\"\\\"a\\\\\\tb\\u0001/ \xf0\x9f\x93\xb0 \xc3\xa9\""},
        {"story", "trend", "0.10000000000000001"},
        {"story", "trend", "0.1"},
        {"story", "trend", "4.94065645841247e-324"},
        {"story", "trend", "1.7976931348623157e+308"},
        {"story", "trend", "-0.0"},
        {"story", "trend", "1e+17"},
        {"tail", "last_head", "4294967295"},
    };
    hl_engine *engine = engine_of(SMALL_CALLS, 1);
    struct out text = {0};
    struct hl_buffer changed = {0};
    text_of_engine(&text, engine);
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        with_value(&changed, &text.text, good[i].kind, good[i].name, good[i].value);
        bool shorter = strcmp(good[i].value, "0.10000000000000001") == 0;
        assert_stays(&changed, good[i].name, shorter ? "0.1" : good[i].value);
    }
    hl_engine_destroy(engine);
    hl_buffer_clear(&text.text);
    hl_buffer_clear(&changed);
}

static void test_values_that_cannot_be(void **state)
{
    (void)state;
    static const struct {
        const char *kind, *name, *value, *words;
    } bad[] = {
        {"word", "named", "256", "from 0 to 255"},
        {"word", "named", "-1", "from 0 to 255"},
        {"word", "posting_capacity", "65536", "from 0 to 65535"},
        {"headline", "sightings", "4294967296", "from 0 to 4294967295"},
        {"headline", "sightings", "1.5", "\"sightings\" takes a whole number"},
        {"headline", "answered_story", "\"18446744073709551616\"", "from 0 to 18446744073709551615"},
        {"headline", "answered_story", "\"\"", "whole number"},
        {"headline", "answered_story", "\"12x\"", "whole number"},
        {"headline", "answered_story", "null", "whole number"},
        {"headline", "answered_story", "99999999999999999999", "no JSON object"},
        {"headline", "published_ms", "true", "whole number or null"},
        {"headline", "published_ms", "\"-9223372036854775809\"", "whole number or null"},
        {"headline", "published_ms", "\"-9223372036854775807\"", "out of bounds"},
        {"headline", "runner_up_score", "3.5e38", "not too large"},
        {"headline", "runner_up_score", "\"1\"", "takes a number"},
        {"headline", "verdict", "\"great\"", "\"verdict\" has none of its values"},
        {"headline", "verdict", "1", "\"verdict\" has none of its values"},
        {"headline", "title", "7", "\"title\" takes a string"},
        {"headline", "title", "\"\\u0000\"", "no JSON object"},
        {"headline", "aliases", "7", "\"aliases\" takes an array"},
        {"headline", "features", "[1]", "\"features\" and \"weights\" are not equally long"},
        {"headline", "aliases", "[7]", "no object"},
        {"headline", "aliases", "[{\"place\":0}]", "\"id\" is missing"},
        {"headline", "aliases", "[{\"place\":0,\"id\":\"x\",\"y\":1}]", "do not belong"},
        {"headline", "place", "77", "missing, or out of order"},
        {"headline", "collection", "1", "missing, or out of order"},
        {"story", "trend", "1e999", "no JSON object"},
        {"story", "redirects", "[{\"place\":0,\"id\":-1}]", "from 0 to"},
        {"chunk", "free", "[256]", "from 0 to 255"},
        {"chunk", "free", "[1,1]", "twice"},
        {"chunk", "free", "8", "an array"},
        {"section", "version", "2", "newer version"},
        {"slab", "slab", "\"x\"", "where \"redirects\" is expected"},
        {"state", "version", "2", "another version"},
        {"state", "state_version", "0", "another version"},
        {"state", "seq", "0", "\"seq\" is 0"},
        {"state", "near_bits", "-1", "near_bits"},
        {"state", "near_bits", "80,\"no_such\":1", "no_such"},
        {"state", "collections_max", "17,\"x\":1", "do not belong"},
        {"word", "plain", "1,\"x\":1", "do not belong"},
        {"word", "plain", "1,\"plain\":1", "no JSON object"},
    };
    hl_engine *engine = engine_of(SMALL_CALLS, 1);
    struct out text = {0};
    struct hl_buffer changed = {0};
    text_of_engine(&text, engine);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        with_value(&changed, &text.text, bad[i].kind, bad[i].name, bad[i].value);
        assert_refused(changed.data, changed.length, bad[i].words);
    }
    hl_engine_destroy(engine);
    hl_buffer_clear(&text.text);
    hl_buffer_clear(&changed);
}

/* The engine finds what is wrong only when it has read on; the line is named all the same. */
static void test_line_of_a_contradiction(void **state)
{
    (void)state;
    hl_engine *engine = engine_of(SMALL_CALLS, 1);
    struct out text = {0};
    struct hl_buffer changed = {0};
    struct hl_error error;
    hl_engine *read;
    uint64_t lines = 1;
    text_of_engine(&text, engine);
    with_value(&changed, &text.text, "headline", "sightings", "0");
    assert_true(hl_buffer_append(&changed, "", 1));
    const char *line = strstr(changed.data, "{\"kind\":\"headline\"");
    for (const char *at = changed.data; at < line; at++)
        lines += *at == '\n';
    with_value(&changed, &text.text, "headline", "event_ms", "253402300799999");
    assert_int_equal(read_text(changed.data, changed.length, &read, &error), HL_CORRUPT);
    assert_int_equal(line_of(&error), lines);
    assert_non_null(strstr(error.message, "a field of a headline is out of bounds"));
    hl_engine_destroy(engine);
    hl_buffer_clear(&text.text);
    hl_buffer_clear(&changed);
}

/* ---- lines ---- */

/* Where each line begins; the last entry is the end. */
static size_t *find_lines(const struct hl_buffer *text, size_t *count)
{
    size_t *begin = malloc((text->length + 1) * sizeof *begin);
    assert_non_null(begin);
    *count = 0;
    begin[0] = 0;
    for (size_t i = 0; i < text->length; i++)
        if (text->data[i] == '\n')
            begin[++*count] = i + 1;
    return begin;
}

static void append_lines(struct hl_buffer *to, const struct hl_buffer *text, const size_t *begin, size_t from,
                         size_t end)
{
    assert_true(hl_buffer_append(to, text->data + begin[from], begin[end] - begin[from]));
}

static void test_lines_that_are_missing(void **state)
{
    (void)state;
    hl_engine *engine = engine_of(SMALL_CALLS, 1);
    struct out text = {0};
    struct hl_buffer changed = {0};
    size_t count;
    text_of_engine(&text, engine);
    size_t *begin = find_lines(&text.text, &count);
    for (size_t i = 0; i < count; i += 1 + i / 20) {
        assert_refused(text.text.data, begin[i], "the state ends here"); /* cut */
        changed.length = 0;
        append_lines(&changed, &text.text, begin, 0, i);
        append_lines(&changed, &text.text, begin, i + 1, count); /* one is missing */
        assert_refused(changed.data, changed.length, "");
        append_lines(&changed, &text.text, begin, i, i + 1); /* and comes later */
        if (i + 1 < count)
            assert_refused(changed.data, changed.length, "");
        changed.length = 0;
        append_lines(&changed, &text.text, begin, 0, i + 1);
        append_lines(&changed, &text.text, begin, i, count); /* one is there twice */
        assert_refused(changed.data, changed.length, "");
    }
    free(begin);
    hl_engine_destroy(engine);
    hl_buffer_clear(&text.text);
    hl_buffer_clear(&changed);
}

static void test_no_state(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "", "{}", "[]", "7", "\n", "{\"kind\":\"story\"}", "{\"kind\":7}", "\xff", "{\"kind\":\"state\"}"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_refused(texts[i], strlen(texts[i]), "");
}

/* One kind of damage drawn from @random; the text is a copy. */
static void damage(struct hl_buffer *text, uint64_t *random)
{
    static const char letters[] = "0123456789-.e\"{}[],:x";
    size_t at = random_below(random, (uint32_t)text->length), other = random_below(random, (uint32_t)text->length - 40);
    uint32_t length = random_below(random, 40);
    switch (random_below(random, 5)) {
    case 0:
        text->data[at] = (char)(text->data[at] ^ (1 << random_below(random, 8)));
        break;
    case 1:
        text->data[at] = letters[random_below(random, sizeof letters - 1)];
        break;
    case 2:
        memmove(text->data + other, text->data + random_below(random, (uint32_t)text->length - 40), length);
        break;
    case 3: /* some bytes are missing */
        memmove(text->data + other, text->data + other + length, text->length - other - length);
        text->length -= length;
        break;
    default: /* a digit becomes another */
        for (; at < text->length && (text->data[at] < '0' || text->data[at] > '9'); at++)
            ;
        if (at < text->length)
            text->data[at] = (char)('0' + random_below(random, 10));
    }
}

/* What is read is a state that can be saved and loaded; the rest is refused with the line. */
static void test_random_damage(void **state)
{
    (void)state;
    hl_engine *engine = engine_of(SMALL_CALLS, 1);
    struct out text = {0};
    struct hl_buffer changed = {0};
    uint64_t random = 4711;
    unsigned refused = 0;
    text_of_engine(&text, engine);
    for (unsigned i = 0; i < DAMAGES; i++) {
        struct hl_error error = {0};
        hl_engine *read;
        changed.length = 0;
        assert_true(hl_buffer_append(&changed, text.text.data, text.text.length));
        damage(&changed, &random);
        enum hl_status status = read_text(changed.data, changed.length, &read, &error);
        if (status == HL_OK) {
            struct hl_engine_options options = eventful();
            hl_engine_destroy(engine_reload(read, &options));
            continue;
        }
        assert_int_equal(status, HL_CORRUPT);
        assert_memory_equal(error.message, "line ", 5);
        refused++;
    }
    assert_true(refused > DAMAGES / 4 && refused < DAMAGES); /* another letter tells nothing */
    hl_engine_destroy(engine);
    hl_buffer_clear(&text.text);
    hl_buffer_clear(&changed);
}

/* ---- what can fail ---- */

static void test_out_that_is_full(void **state)
{
    (void)state;
    hl_engine *engine = engine_of(CALLS, 3);
    struct out text = {0};
    struct hl_error error;
    text_of_engine(&text, engine);
    unsigned pieces = text.given;
    assert_true(pieces > 8);
    for (text.pieces = 1; text.pieces <= pieces; text.pieces++) {
        text.given = 0;
        assert_int_equal(write_text(engine, &text, &error), HL_IO);
        assert_string_equal(error.message, "the paper is full");
    }
    hl_engine_destroy(engine);
    hl_buffer_clear(&text.text);
}

static void test_writing_without_memory(void **state)
{
    (void)state;
    hl_engine *engine = engine_of(SMALL_CALLS, 1);
    struct out text = {0};
    struct hl_error error;
    bool fired = true;
    unsigned failures = 0;
    for (uint64_t nth = 1; fired; nth++) {
        hl_buffer_clear(&text.text);
        failing_malloc_arm(nth);
        enum hl_status status = write_text(engine, &text, &error);
        fired = failing_malloc_fired();
        failing_malloc_arm(0);
        assert_int_equal(status, fired ? HL_NO_MEMORY : HL_OK);
        failures += fired;
    }
    assert_true(failures > 5);
    hl_engine_destroy(engine);
    hl_buffer_clear(&text.text);
}

/* Each of the first requests, and then one in so many. Those of jansson are not among them. */
static void test_reading_without_memory(void **state)
{
    (void)state;
    hl_engine *engine = engine_of(20, 1), *read;
    struct out text = {0};
    struct hl_error error;
    bool fired = true;
    unsigned failures = 0;
    text_of_engine(&text, engine);
    for (uint64_t nth = 1; fired; nth += 1 + nth / 100) {
        failing_malloc_arm(nth);
        enum hl_status status = read_text(text.text.data, text.text.length, &read, &error);
        fired = failing_malloc_fired();
        failing_malloc_arm(0);
        if (status != HL_OK || !fired) /* a cache may do without */
            assert_int_equal(status, fired ? HL_NO_MEMORY : HL_OK);
        hl_engine_destroy(read);
        failures += status != HL_OK;
    }
    assert_true(failures > 50);
    hl_engine_destroy(engine);
    hl_buffer_clear(&text.text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything),
        cmocka_unit_test(test_every_length_of_stream),
        cmocka_unit_test(test_nothing_is_left),
        cmocka_unit_test(test_long_lists),
        cmocka_unit_test(test_golden_state),
        cmocka_unit_test(test_head),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_values_that_cannot_be),
        cmocka_unit_test(test_line_of_a_contradiction),
        cmocka_unit_test(test_lines_that_are_missing),
        cmocka_unit_test(test_no_state),
        cmocka_unit_test(test_random_damage),
        cmocka_unit_test(test_out_that_is_full),
        cmocka_unit_test(test_writing_without_memory),
        cmocka_unit_test(test_reading_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
