/*
 * test_ctl_tracker.c - final stories from events: moves, merges before and after expiry, splits, and a slow model.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "cmd/ctl_tracker.h"

static void send(struct ctl_tracker *tracker, enum hl_event_kind kind, uint64_t seq, uint64_t story, uint64_t other)
{
    struct hl_event event = {.kind = kind, .seq = seq, .story = story, .other_story = other};
    ctl_tracker_observe(tracker, &event);
}

static void headlines_follow_merges_and_splits(void **state)
{
    (void)state;
    struct ctl_tracker *tracker = ctl_tracker_create();
    assert_int_equal(ctl_tracker_story(tracker, 1), 0);
    send(tracker, HL_EVENT_STORY_CREATED, 0, 10, 0);
    send(tracker, HL_EVENT_HEADLINE_JOINED, 1, 10, 0);
    send(tracker, HL_EVENT_HEADLINE_JOINED, 2, 10, 0);
    send(tracker, HL_EVENT_HEADLINE_JOINED, 4, 20, 0);
    assert_int_equal(ctl_tracker_story(tracker, 3), 0); /* a sighting has no events */
    send(tracker, HL_EVENT_STORY_SPLIT, 0, 10, 30);
    send(tracker, HL_EVENT_HEADLINE_MOVED, 2, 10, 30);
    assert_int_equal(ctl_tracker_story(tracker, 1), 10);
    assert_int_equal(ctl_tracker_story(tracker, 2), 30);
    send(tracker, HL_EVENT_HEADLINE_EXPIRED, 2, 30, 0);
    send(tracker, HL_EVENT_STORY_MERGED, 0, 30, 20); /* after its headline has left the window */
    assert_int_equal(ctl_tracker_story(tracker, 2), 20);
    send(tracker, HL_EVENT_STORY_MERGED, 0, 20, 10);
    assert_int_equal(ctl_tracker_story(tracker, 2), 10);
    assert_int_equal(ctl_tracker_story(tracker, 4), 10);
    send(tracker, HL_EVENT_STORY_EXPIRED, 0, 10, 0);
    assert_int_equal(ctl_tracker_story(tracker, 1), 10);
    assert_true(ctl_tracker_is_complete(tracker));
    ctl_tracker_destroy(tracker);
    ctl_tracker_destroy(NULL);
}

/* Against a model that relabels every headline at each merge. */
static void random_events_match_a_model(void **state)
{
    (void)state;
    enum { HEADLINES = 3000 };
    static uint64_t model[HEADLINES + 1];
    uint64_t random = 7, stories = 0;
    static uint64_t alive[HEADLINES];
    size_t alive_count = 0;
    struct ctl_tracker *tracker = ctl_tracker_create();
    for (uint64_t seq = 1; seq <= HEADLINES; seq++) {
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407U;
        if (alive_count == 0 || random >> 62 == 0)
            alive[alive_count++] = ++stories * 1000;
        model[seq] = alive[(random >> 33) % alive_count];
        send(tracker, HL_EVENT_HEADLINE_JOINED, seq, model[seq], 0);
        uint64_t moved = 1 + (random >> 20) % seq;
        if ((random >> 40) % 5 == 0) {
            uint64_t target = alive[(random >> 45) % alive_count];
            send(tracker, HL_EVENT_HEADLINE_MOVED, moved, model[moved], target);
            model[moved] = target;
        }
        if ((random >> 50) % 6 == 0 && alive_count > 1) {
            uint64_t absorbed = alive[--alive_count], survivor = alive[(random >> 12) % alive_count];
            send(tracker, HL_EVENT_STORY_MERGED, 0, absorbed, survivor);
            for (uint64_t i = 1; i <= seq; i++)
                model[i] = model[i] == absorbed ? survivor : model[i];
        }
    }
    for (uint64_t seq = 1; seq <= HEADLINES; seq++)
        assert_int_equal(ctl_tracker_story(tracker, seq), model[seq]);
    ctl_tracker_destroy(tracker);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headlines_follow_merges_and_splits),
        cmocka_unit_test(random_events_match_a_model),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
