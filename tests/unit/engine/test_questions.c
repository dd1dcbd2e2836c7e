/*
 * test_questions.c - what people ask of the stream: collections.
 */
#include "support/engine_fixture.h"

#include <headlined/questions.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOW FIXTURE_NOW_MS

/* ---- collections ---- */

static void test_collections(void **state)
{
    (void)state;
    hl_engine *engine = engine_create(NULL, 1);
    struct hl_collection_view views[3];
    assert_int_equal(hl_engine_collection_views(engine, views, 3), 0);
    struct hl_headline headline = headline_of("Ferry crews in Dunmore vote to strike");
    headline.source = text_of("Harbour Post");
    headline.collection = text_of("desk");
    engine_add(engine, &headline, NOW);
    headline.title = text_of("Harbour bridge closed after lorry fire");
    engine_add(engine, &headline, NOW + 1000);
    engine_add_title(engine, "Comet Veyla visible to the naked eye", "a", "Open Sky", NOW + 2000);
    assert_int_equal(hl_engine_collection_views(engine, views, 1), 1);
    assert_int_equal(hl_engine_collection_views(engine, views, 3), 2);
    assert_true(text_is(views[0].collection, "desk") && text_is(views[1].collection, "default"));
    assert_true(views[0].headlines == 2 && views[0].stories == 2 && views[0].topics == 0);
    assert_true(views[0].last_ms == NOW + 1000 && views[1].last_ms == NOW + 2000);
    headline.title = text_of("Ferry crews in Dunmore vote to strike"); /* a sighting */
    engine_add(engine, &headline, NOW + 3000);
    assert_int_equal(hl_engine_collection_views(engine, views, 3), 2);
    assert_true(views[0].headlines == 2 && views[0].last_ms == NOW + 3000);
    assert_int_equal(hl_engine_remove(engine, text_of(""), text_of("a"), NOW + 4000, NULL), HL_OK);
    assert_int_equal(hl_engine_collection_views(engine, views, 3), 2);
    assert_true(views[1].headlines == 0 && views[1].stories == 0 && views[1].last_ms == HL_TIME_NONE);
    hl_engine_destroy(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_collections),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
