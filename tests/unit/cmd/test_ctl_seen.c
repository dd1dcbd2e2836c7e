/*
 * test_ctl_seen.c - the stories that a watch remembers, against a plain list: the latest are known, and no more are kept than may be.
 */
#include "cmd/ctl_seen.h"
#include "support/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void test_the_latest_are_known(void **state)
{
    (void)state;
    struct ctl_seen seen;
    uint64_t random = 5;
    enum { STORIES = 3 * CTL_SEEN_MAX };
    uint64_t *order = calloc(STORIES, sizeof *order);
    size_t count = 0;
    assert_non_null(order);
    assert_true(ctl_seen_init(&seen));
    assert_false(ctl_seen_has(&seen, 1));
    while (count < STORIES) {
        uint64_t story = random_next(&random);
        assert_false(ctl_seen_has(&seen, story));
        assert_true(ctl_seen_add(&seen, story) && ctl_seen_add(&seen, story)); /* twice is once */
        order[count++] = story;
        size_t held = count < CTL_SEEN_MAX ? count : CTL_SEEN_MAX;
        size_t some = count - 1 - random_below(&random, (uint32_t)held);
        assert_true(ctl_seen_has(&seen, story) && ctl_seen_has(&seen, order[some]));
        if (count > CTL_SEEN_MAX)
            assert_false(ctl_seen_has(&seen, order[count - 1 - CTL_SEEN_MAX]));
    }
    assert_int_equal(hl_index_count(seen.index), CTL_SEEN_MAX);
    ctl_seen_clear(&seen);
    ctl_seen_clear(&seen); /* does no harm */
    free(order);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_the_latest_are_known)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
