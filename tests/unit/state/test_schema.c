/*
 * test_schema.c - the table of the engine's sections: it hangs together, has the sections that the engine writes, and the walk takes their
 * units in order. cmd/test_state_text.c goes by it through whole states.
 */
#include "state/schema.h"
#include "support/engine_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* ---- the table ---- */

static void check_shape(const struct hl_shape *shape)
{
    assert_in_range(shape->part_count, 1, HL_SCHEMA_PARTS_MAX);
    for (size_t i = 0; i < shape->part_count; i++) {
        const struct hl_part *part = &shape->parts[i];
        assert_true(part->name || shape->part_count == 1);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(part->name, shape->parts[j].name);
        bool has_length = part->form == HL_FORM_TEXT || part->form == HL_FORM_LIST;
        assert_int_equal(has_length, hl_form_bytes(part->form) == 0);
        assert_int_equal(has_length, part->count != NULL);
        assert_int_equal(part->form == HL_FORM_LIST, part->items != NULL);
        assert_int_equal(part->form == HL_FORM_NAME, part->names != NULL);
        if (part->count)
            assert_true(hl_shape_is_count(shape, hl_shape_count_of(shape, i)));
        if (part->items)
            check_shape(part->items);
    }
}

static void check_step(const struct hl_step *step)
{
    if (step->shape)
        check_shape(step->shape);
    if (step->head)
        assert_string_equal(step->head->parts[step->head->part_count - 1].name, "count");
    assert_true(step->shape || step->form == HL_STEP_SLAB);
    assert_int_equal(step->form == HL_STEP_SLAB, step->places > 0);
    assert_true(step->places <= HL_SCHEMA_PLACES_MAX);
}

static void test_table(void **state)
{
    (void)state;
    size_t count;
    const struct hl_section *sections = hl_schema_sections(&count);
    for (size_t i = 0; i < count; i++) {
        assert_true(sections[i].once_count + sections[i].each_count > 0);
        for (size_t j = 0; j < sections[i].once_count; j++)
            check_step(&sections[i].once[j]);
        for (size_t j = 0; j < sections[i].each_count; j++)
            check_step(&sections[i].each[j]);
    }
}

static enum hl_status expect_section(void *context, uint32_t kind, const char *name, struct hl_error *error)
{
    (void)error;
    size_t count, *met = context;
    const struct hl_section *sections = hl_schema_sections(&count);
    assert_true(*met < count);
    assert_int_equal(sections[*met].kind, kind);
    assert_string_equal(sections[*met].name, name);
    ++*met;
    return HL_OK;
}

static enum hl_status pass_over(void *context, const void *data, size_t bytes, struct hl_error *error)
{
    (void)context, (void)data, (void)bytes, (void)error;
    return HL_OK;
}

static void test_sections_are_those_of_the_engine(void **state)
{
    (void)state;
    size_t met = 0, count;
    (void)hl_schema_sections(&count);
    const struct hl_state_sink sink = {expect_section, pass_over, &met};
    hl_engine *engine = engine_create(NULL, 0);
    assert_int_equal(hl_engine_save(engine, &sink, NULL), HL_OK);
    assert_int_equal(met, count);
    hl_engine_destroy(engine);
}

/* ---- the walk ---- */

static void begin(struct hl_walk *walk, const char *name)
{
    size_t count, i = 0;
    const struct hl_section *sections = hl_schema_sections(&count);
    while (strcmp(sections[i].name, name) != 0)
        i++;
    hl_walk_section(walk, i);
    assert_int_equal(walk->unit, HL_UNIT_SECTION);
    hl_walk_next(walk, 0);
}

/* The unit at hand is this one, of this step. */
static void expect(const struct hl_walk *walk, enum hl_unit unit, const char *step)
{
    assert_int_equal(walk->unit, unit);
    assert_string_equal(walk->step->name, step);
}

static void test_walk_through_records(void **state)
{
    (void)state;
    static struct hl_walk walk;
    walk.collections = 1;
    begin(&walk, "headlines");
    expect(&walk, HL_UNIT_SLAB, "aliases");
    hl_walk_next(&walk, 1);
    expect(&walk, HL_UNIT_CHUNK, "aliases");
    hl_walk_next(&walk, 0);
    expect(&walk, HL_UNIT_SLAB, "headlines");
    hl_walk_next(&walk, 2);
    expect(&walk, HL_UNIT_CHUNK, "headlines"); /* of which nothing is left */
    memset(walk.free, 1, sizeof walk.free);
    hl_walk_next(&walk, 0);
    expect(&walk, HL_UNIT_CHUNK, "headlines");
    assert_int_equal(walk.chunk, 1);
    walk.free[0] = walk.free[127] = false;
    hl_walk_next(&walk, 0);
    expect(&walk, HL_UNIT_RECORD, "headlines");
    assert_int_equal(walk.place, 128);
    hl_walk_next(&walk, 0);
    expect(&walk, HL_UNIT_RECORD, "headlines");
    assert_int_equal(walk.place, 255);
    hl_walk_next(&walk, 0);
    expect(&walk, HL_UNIT_ITEMS, "window"); /* one for each record */
    assert_int_equal(walk.items, 2);
    hl_walk_next(&walk, 0);
    assert_int_equal(walk.unit, HL_UNIT_END);
}

static void test_walk_through_lists(void **state)
{
    (void)state;
    static struct hl_walk walk;
    static const uint32_t pieces[] = {1000, 1000, 1};
    walk.collections = 2;
    begin(&walk, "pairs");
    expect(&walk, HL_UNIT_HEAD, "pairs");
    hl_walk_next(&walk, 0); /* empty */
    expect(&walk, HL_UNIT_HEAD, "pairs");
    assert_int_equal(walk.collection, 1);
    hl_walk_next(&walk, 2001);
    for (size_t i = 0; i < 3; i++) {
        expect(&walk, HL_UNIT_ITEMS, "pairs");
        assert_int_equal(walk.items, pieces[i]);
        hl_walk_next(&walk, 0);
    }
    assert_int_equal(walk.unit, HL_UNIT_END);
    begin(&walk, "topics"); /* no slab, no list */
    hl_walk_next(&walk, 0);
    expect(&walk, HL_UNIT_SLAB, "topics");
    hl_walk_next(&walk, 0);
    assert_int_equal(walk.unit, HL_UNIT_END);
}

static void test_walk_without_collections(void **state)
{
    (void)state;
    static struct hl_walk walk;
    begin(&walk, "engine");
    expect(&walk, HL_UNIT_RECORD, "engine");
    hl_walk_next(&walk, 0);
    expect(&walk, HL_UNIT_SLAB, "redirects");
    hl_walk_next(&walk, 0);
    expect(&walk, HL_UNIT_SLAB, "topic_ids");
    hl_walk_next(&walk, 0);
    assert_int_equal(walk.unit, HL_UNIT_END);
    begin(&walk, "words");
    assert_int_equal(walk.unit, HL_UNIT_END);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_sections_are_those_of_the_engine),
        cmocka_unit_test(test_walk_through_records),
        cmocka_unit_test(test_walk_through_lists),
        cmocka_unit_test(test_walk_without_collections),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
