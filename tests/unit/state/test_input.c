/*
 * test_input.c - inputs as records and back: every kind, every field at its limits; what is no record is refused.
 */
#include "state/input.h"
#include "state/replay.h"
#include "support/engine_fixture.h"
#include "support/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct hl_input input, output;

static struct hl_input_record encode(unsigned char to[HL_INPUT_BYTES_MAX])
{
    size_t bytes = hl_input_encode(&input, to);
    assert_true(bytes <= HL_INPUT_BYTES_MAX);
    return (struct hl_input_record){7, input.at_ms, (uint8_t)input.kind, to, bytes};
}

static void there_and_back(void)
{
    unsigned char data[HL_INPUT_BYTES_MAX], again[HL_INPUT_BYTES_MAX];
    struct hl_input_record record = encode(data);
    struct hl_error error;
    assert_int_equal(hl_input_decode(&record, &output, &error), HL_OK);
    assert_int_equal(output.kind, input.kind);
    assert_int_equal(output.at_ms, input.at_ms);
    size_t bytes = hl_input_encode(&output, again);
    assert_int_equal(bytes, record.bytes);
    assert_memory_equal(again, data, bytes);
}

static void assert_same_text(struct hl_text one, struct hl_text other)
{
    assert_int_equal(one.length, other.length);
    if (one.length > 0)
        assert_memory_equal(one.data, other.data, one.length);
}

static void assert_same_headline(const struct hl_headline *one, const struct hl_headline *other)
{
    assert_same_text(one->title, other->title);
    assert_same_text(one->id, other->id);
    assert_same_text(one->source, other->source);
    assert_same_text(one->url, other->url);
    assert_same_text(one->lang, other->lang);
    assert_same_text(one->summary, other->summary);
    assert_same_text(one->collection, other->collection);
    assert_int_equal(one->published_ms, other->published_ms);
}

/* Texts of these lengths, each with its own letters; collection, id and the rest from the longest that there is. */
static void fill_headline(struct hl_headline *h, bool longest)
{
    static char text[7][HL_SUMMARY_MAX_BYTES];
    const size_t limits[7] = {HL_TITLE_MAX_BYTES, HL_ID_MAX_BYTES,      HL_SOURCE_MAX_BYTES,    HL_URL_MAX_BYTES,
                              HL_LANG_MAX_BYTES,  HL_SUMMARY_MAX_BYTES, HL_COLLECTION_MAX_BYTES};
    struct hl_text *texts[7] = {&h->title, &h->id, &h->source, &h->url, &h->lang, &h->summary, &h->collection};
    for (int i = 0; i < 7; i++) {
        memset(text[i], 'a' + i, sizeof text[i]);
        *texts[i] = longest ? (struct hl_text){text[i], limits[i]} : (struct hl_text){NULL, 0};
    }
}

static void test_add(void **state)
{
    (void)state;
    const int64_t times[] = {HL_TIME_NONE, INT64_MIN + 1, -1, 0, FIXTURE_NOW_MS, INT64_MAX};
    for (int longest = 0; longest < 2; longest++)
        for (int verdict = 0; verdict <= HL_VERDICT_COUNT; verdict++) {
            bool refused = verdict == HL_VERDICT_COUNT;
            memset(&input, 0, sizeof input);
            input.kind = HL_INPUT_ADD;
            input.at_ms = times[verdict % 6];
            fill_headline(&input.headline, longest);
            input.headline.published_ms = times[(verdict + 1) % 6];
            input.answer.refused = refused;
            input.answer.verdict = refused ? HL_VERDICT_NEW : (enum hl_verdict)verdict;
            input.answer.sighting = verdict == HL_VERDICT_EXACT;
            input.answer.seq = longest ? UINT64_MAX : 0;
            input.answer.story = longest ? UINT64_MAX - 1 : 1;
            input.answer.made_id = text_of(longest ? "~18446744073709551615" : NULL);
            there_and_back();
            assert_same_headline(&output.headline, &input.headline);
            assert_int_equal(output.answer.refused, refused);
            assert_int_equal(output.answer.verdict, input.answer.verdict);
            assert_int_equal(output.answer.sighting, input.answer.sighting);
            assert_int_equal(output.answer.seq, input.answer.seq);
            assert_int_equal(output.answer.story, input.answer.story);
            assert_same_text(output.answer.made_id, input.answer.made_id);
        }
}

static void test_remove_and_tick(void **state)
{
    (void)state;
    memset(&input, 0, sizeof input);
    input.kind = HL_INPUT_REMOVE;
    fill_headline(&input.headline, true);
    there_and_back();
    assert_same_text(output.headline.id, input.headline.id);
    assert_same_text(output.headline.collection, input.headline.collection);
    assert_int_equal(output.headline.title.length, 0);
    input.kind = HL_INPUT_TICK;
    input.budget = UINT32_MAX;
    there_and_back();
    assert_int_equal(output.budget, UINT32_MAX);
}

static void fill_values(uint32_t count, size_t name_bytes)
{
    const double values[] = {0, -0.0, 1.5, 1e300, -1e-300, INFINITY};
    input.value_count = count;
    for (uint32_t i = 0; i < count; i++) {
        memset(input.values[i].name, 'n', name_bytes);
        input.values[i].name[name_bytes] = '\0';
        input.values[i].value = values[i % 6];
        input.values[i].reset = i % 3 == 0;
    }
}

static void test_values(void **state)
{
    (void)state;
    for (int kind = HL_INPUT_SETTINGS; kind <= HL_INPUT_OPTIONS; kind += HL_INPUT_OPTIONS - HL_INPUT_SETTINGS)
        for (uint32_t count = 0; count <= HL_INPUT_VALUES_MAX; count += HL_INPUT_VALUES_MAX / 4) {
            memset(&input, 0, sizeof input);
            input.kind = (enum hl_input_kind)kind;
            fill_headline(&input.headline, true);
            input.answer.seq = UINT64_MAX;
            input.memory_max_bytes = UINT64_MAX;
            input.collections_max = UINT32_MAX;
            fill_values(count, HL_INPUT_NAME_BYTES - 1);
            there_and_back();
            assert_int_equal(output.value_count, count);
            for (uint32_t i = 0; i < count; i++) {
                assert_string_equal(output.values[i].name, input.values[i].name);
                assert_memory_equal(&output.values[i].value, &input.values[i].value, sizeof(double));
                assert_int_equal(output.values[i].reset, input.values[i].reset);
            }
        }
    assert_int_equal(output.memory_max_bytes, UINT64_MAX);
    assert_int_equal(output.collections_max, UINT32_MAX);
}

/* The bytes of version 1 stand for ever: FORMAT.md. */
static void test_bytes(void **state)
{
    (void)state;
    unsigned char data[HL_INPUT_BYTES_MAX];
    memset(&input, 0, sizeof input);
    input.kind = HL_INPUT_ADD;
    input.headline = headline_of("T");
    input.headline.collection = text_of("c");
    input.headline.published_ms = 0x0102;
    input.answer = (struct hl_input_answer){false, HL_VERDICT_EXACT, true, 3, 2, text_of("~3")};
    static const unsigned char add[] = {1, 2, 1, 3, 0, 0,   0, 0, 0, 0, 0,   2,   0, 0, 0, 0, 0,   0, 0, 2, 1, 0, 0, 0,
                                        0, 0, 0, 1, 0, 'c', 0, 0, 2, 0, '~', '3', 0, 0, 1, 0, 'T', 0, 0, 0, 0, 0, 0};
    assert_int_equal(hl_input_encode(&input, data), sizeof add);
    assert_memory_equal(data, add, sizeof add);
    input.kind = HL_INPUT_TICK;
    input.budget = 0x0403;
    static const unsigned char tick[] = {1, 3, 4, 0, 0};
    assert_int_equal(hl_input_encode(&input, data), sizeof tick);
    assert_memory_equal(data, tick, sizeof tick);
    input.kind = HL_INPUT_SETTINGS;
    input.value_count = 1;
    input.values[0] = (struct hl_input_value){.name = "n", .value = 1.0};
    static const unsigned char settings[] = {1, 3, 0,   0, 0, 0, 0, 0, 0, 1, 0,    'c', 1,
                                             1, 0, 'n', 0, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f};
    assert_int_equal(hl_input_encode(&input, data), sizeof settings);
    assert_memory_equal(data, settings, sizeof settings);
    input.values[0] = (struct hl_input_value){.name = "p", .is_text = true, .text = text_of("A\nB")};
    static const unsigned char names[] = {1, 3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 'c', 1, 1, 0, 'p', 2, 3, 0, 'A', '\n', 'B'};
    assert_int_equal(hl_input_encode(&input, data), sizeof names);
    assert_memory_equal(data, names, sizeof names);
    struct hl_input_record record = {7, 0, HL_INPUT_SETTINGS, data, sizeof names};
    assert_int_equal(hl_input_decode(&record, &output, NULL), HL_OK);
    assert_true(output.values[0].is_text && !output.values[0].reset);
    assert_true(output.values[0].text.length == 3 && memcmp(output.values[0].text.data, "A\nB", 3) == 0);
}

static void expect_corrupt(const struct hl_input_record *record)
{
    struct hl_error error;
    assert_int_equal(hl_input_decode(record, &output, &error), HL_CORRUPT);
    assert_non_null(strstr(error.message, "record 7"));
}

/* Cut anywhere, longer by a byte, of a newer version, of an unknown kind, with a bad code, flag, name or number of values. */
static void test_malformed(void **state)
{
    (void)state;
    unsigned char data[HL_INPUT_BYTES_MAX + 1];
    for (int kind = HL_INPUT_ADD; kind <= HL_INPUT_OPTIONS; kind++) {
        memset(&input, 0, sizeof input);
        input.kind = (enum hl_input_kind)kind;
        fill_headline(&input.headline, true);
        fill_values(3, 5);
        struct hl_input_record record = encode(data);
        size_t whole = record.bytes;
        for (record.bytes = 0; record.bytes < whole; record.bytes++) {
            unsigned char *cut = malloc(record.bytes + 1); /* the sanitizer sees a byte too far */
            memcpy(cut, data, record.bytes);
            cut = realloc(cut, record.bytes > 0 ? record.bytes : 1);
            record.data = cut;
            expect_corrupt(&record);
            free(cut);
        }
        record = encode(data);
        record.bytes++;
        data[record.bytes - 1] = 0;
        expect_corrupt(&record);
        record.bytes--;
        for (int version = 0; version < 256; version += version == 0 ? 2 : 1) {
            data[0] = (unsigned char)version;
            expect_corrupt(&record);
        }
        data[0] = 1;
        record.kind = 6;
        expect_corrupt(&record);
        record.kind = 0;
        expect_corrupt(&record);
    }
}

static void expect_changed_corrupt(size_t at, unsigned char value)
{
    unsigned char data[HL_INPUT_BYTES_MAX];
    struct hl_input_record record = encode(data);
    data[at] = value;
    expect_corrupt(&record);
}

static void test_bad_codes(void **state)
{
    (void)state;
    memset(&input, 0, sizeof input);
    input.kind = HL_INPUT_ADD;
    expect_changed_corrupt(1, 7);   /* verdict */
    expect_changed_corrupt(1, 255); /* verdict */
    expect_changed_corrupt(2, 2);   /* flags */
    input.kind = HL_INPUT_SETTINGS;
    fill_values(1, 3);
    expect_changed_corrupt(11, HL_INPUT_VALUES_MAX + 1);
    expect_changed_corrupt(14, 0); /* a NUL in the name */
    expect_changed_corrupt(12, 0); /* an empty name; the rest is left over */
    expect_changed_corrupt(17, 2); /* flags */
}

/* Whatever the bytes, it decodes to what encodes to the same bytes, or not at all. */
static void test_any_bytes(void **state)
{
    (void)state;
    uint64_t random = 5;
    unsigned char data[HL_INPUT_BYTES_MAX], again[HL_INPUT_BYTES_MAX];
    unsigned decoded = 0;
    for (int round = 0; round < 200000; round++) {
        size_t bytes = random_below(&random, 80);
        for (size_t i = 0; i < bytes; i++)
            data[i] = (unsigned char)random_below(&random, round % 2 ? 3 : 256);
        data[0] = 1;
        struct hl_input_record record = {7, 0, (uint8_t)(1 + random_below(&random, 5)), data, bytes};
        if (hl_input_decode(&record, &output, NULL) != HL_OK)
            continue;
        decoded++;
        assert_int_equal(hl_input_encode(&output, again), bytes);
        assert_memory_equal(again, data, bytes);
    }
    assert_true(decoded > 100);
}

static void test_options(void **state)
{
    (void)state;
    struct hl_engine_options one = hl_engine_options_default(), other = one;
    other.hash_seed = 9;
    one.collections_max = 0;
    assert_true(hl_options_equal(&one, &other));
    other.memory_max_bytes = 1;
    assert_false(hl_options_equal(&one, &other));
    other = one;
    other.collections_max = 65;
    assert_false(hl_options_equal(&one, &other));
    other = one;
    other.settings.near_share = 0.5;
    assert_false(hl_options_equal(&one, &other));
    hl_options_to_input(&other, &input);
    there_and_back();
    size_t count;
    (void)hl_settings_info(&count);
    assert_int_equal(output.value_count, count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_add),       cmocka_unit_test(test_remove_and_tick), cmocka_unit_test(test_values),
        cmocka_unit_test(test_bytes),     cmocka_unit_test(test_malformed),       cmocka_unit_test(test_bad_codes),
        cmocka_unit_test(test_any_bytes), cmocka_unit_test(test_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
