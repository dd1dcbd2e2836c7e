/*
 * test_memory.c - every request for memory failing alone, and all from one on: a call that fails leaves the engine as it was, to the byte, and
 * succeeds when it is made again.
 */
#include "engine/state.h"
#include "support/engine_fixture.h"
#include "support/engine_invariants.h"
#include "support/failing_allocator.h"
#include "support/news_stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { CALLS = 70, VIEWS = 50 };

/* An undisturbed run of a stream: the state before the first call and after each. */
struct reference {
    struct hl_engine_options options;
    uint64_t seed;
    struct frozen after[CALLS + 1];
    struct hl_engine_stats stats;
};

/* The run that is disturbed: an engine that has taken @done calls, with the next one at hand. */
struct run {
    const struct reference *reference;
    struct failing_allocator fa;
    hl_engine *engine;
    struct news_stream stream;
    struct news_call call;
    unsigned done;
    unsigned refused, absorbed,
        skipped; /* failures that ended a call, that did not, that a merge or the like fell victim to */
};

/* ---- calls ---- */

static void stream_init(struct news_stream *stream, uint64_t seed)
{
    news_stream_init(stream, seed);
    stream->events = 3;
    stream->collections = 2;
    stream->calls = 25;
    stream->long_titles = 6;
}

static enum hl_status ask(hl_engine *engine, int64_t now_ms)
{
    struct hl_story_view *views = calloc(VIEWS, sizeof *views);
    struct hl_story_query query = {.since_ms = HL_TIME_NONE, .until_ms = HL_TIME_NONE, .limit = VIEWS};
    struct hl_cursor next;
    size_t count = 0;
    bool more, truncated;
    assert_non_null(views);
    query.text = text_of("minro telsar &amp; \xEF\xBC\xAB\xEF\xBD\x81ro");
    enum hl_status status = hl_engine_stories(engine, &query, now_ms, views, &count, &next, &more, &truncated, NULL);
    free(views);
    return status;
}

/* Every fifth call is a question. */
static enum hl_status make(unsigned number, const struct news_call *call, hl_engine *engine)
{
    return number % 5 == 4 ? ask(engine, call->now_ms) : news_call_make(call, engine, NULL);
}

/* Few events, stories that merge and split at the first occasion. */
static void reference_run(struct reference *ref, uint64_t seed)
{
    struct news_stream stream;
    struct news_call call;
    memset(ref, 0, sizeof *ref);
    ref->seed = seed;
    ref->options = hl_engine_options_default();
    ref->options.settings.join_threshold = 0.06;
    ref->options.settings.cold_margin = 0;
    ref->options.settings.rival_weight = 0;
    ref->options.settings.merge_threshold = 0.1;
    ref->options.settings.merge_single = 0.1;
    ref->options.settings.split_factor = 2;
    ref->options.settings.split_min = 4;
    hl_engine *engine = engine_create_with(&ref->options);
    stream_init(&stream, seed);
    frozen_take(&ref->after[0], engine);
    for (unsigned i = 0; i < CALLS; i++) {
        news_stream_next(&stream, &call);
        assert_int_not_equal(make(i, &call, engine), HL_NO_MEMORY);
        frozen_take(&ref->after[i + 1], engine);
    }
    ref->stats = engine_stats(engine, "");
    hl_engine_destroy(engine);
}

static void reference_clear(struct reference *ref)
{
    for (unsigned i = 0; i <= CALLS; i++)
        frozen_clear(&ref->after[i]);
}

/* ---- disturbing ---- */

static void run_begin(struct run *run)
{
    struct hl_engine_options options = run->reference->options;
    failing_allocator_init(&run->fa);
    options.allocator = &run->fa.allocator;
    run->engine = engine_create_with(&options);
    run->done = 0;
    stream_init(&run->stream, run->reference->seed);
    news_stream_next(&run->stream, &run->call);
}

static void run_end(struct run *run)
{
    hl_engine_destroy(run->engine);
    assert_true(failing_allocator_is_clean(&run->fa));
}

static void run_advance(struct run *run)
{
    news_stream_next(&run->stream, &run->call);
    run->done++;
}

/* From the start to where it was. */
static void run_again(struct run *run)
{
    unsigned done = run->done;
    run_end(run);
    run_begin(run);
    while (run->done < done) {
        assert_int_not_equal(make(run->done, &run->call, run->engine), HL_NO_MEMORY);
        run_advance(run);
    }
}

/* Takes every free block of the pool, so that each block that the engine wants next needs memory from the allocator. */
static void drain_pool(struct run *run)
{
    failing_allocator_arm(&run->fa, 1, UINT64_MAX);
    for (size_t bytes = 16; bytes <= 4096; bytes = hl_pool_room(bytes + 1))
        while (hl_pool_take(run->engine->pool, bytes) != NULL)
            continue;
    failing_allocator_arm(&run->fa, 0, 0);
}

static bool nothing_skipped(const struct run *run)
{
    return engine_stats(run->engine, "").skipped_no_memory == 0;
}

/*
 * The call at hand, with the @nth request for memory failing and the @count - 1 behind it. True when it came to its end without
 * failing a request. Otherwise the engine is left as before the call.
 */
static bool disturb(struct run *run, uint64_t nth, uint64_t count)
{
    drain_pool(run);
    failing_allocator_arm(&run->fa, nth, count);
    enum hl_status status = make(run->done, &run->call, run->engine);
    bool fired = failing_allocator_fired(&run->fa);
    failing_allocator_arm(&run->fa, 0, 0);
    bool lossless = nothing_skipped(run);
    engine_check_invariants(run->engine, lossless, NULL);
    if (status == HL_NO_MEMORY) {
        assert_true(fired && lossless);
        if (!frozen_is(&run->reference->after[run->done], run->engine))
            fail_msg("call %u failed at its request %ju and changed something", run->done, (uintmax_t)nth);
        run->refused++;
        return false;
    }
    if (lossless && !frozen_is(&run->reference->after[run->done + 1], run->engine))
        fail_msg("call %u went otherwise when its request %ju failed", run->done, (uintmax_t)nth);
    run->skipped += fired && !lossless;
    if (fired)
        run_again(run);
    return !fired;
}

/* Every call of the stream with every request failing. */
static void disturb_all(struct run *run, uint64_t count)
{
    run_begin(run);
    while (run->done < CALLS) {
        uint64_t nth = 1;
        while (!disturb(run, nth, count))
            nth++;
        run_advance(run);
    }
    run_end(run);
}

/* ---- tests ---- */

static void fail_everywhere(uint64_t seed, uint64_t count)
{
    struct reference *ref = malloc(sizeof *ref);
    struct run *run = calloc(1, sizeof *run);
    assert_true(ref != NULL && run != NULL);
    reference_run(ref, seed);
    assert_true(ref->stats.merges > 0 && ref->stats.splits > 0 && ref->stats.removed > 0 &&
                ref->stats.collections == 2);
    run->reference = ref;
    disturb_all(run, count);
    assert_true(run->refused > CALLS && run->skipped > 0);
    reference_clear(ref);
    free(ref);
    free(run);
}

static void test_each_request_fails(void **state)
{
    (void)state;
    fail_everywhere(33, 1);
}

static void test_all_requests_fail_from_one_on(void **state)
{
    (void)state;
    fail_everywhere(34, UINT64_MAX);
}

static void test_create(void **state)
{
    (void)state;
    struct failing_allocator fa;
    struct hl_engine_options options = hl_engine_options_default();
    hl_engine *engine = NULL, *const nothing = NULL;
    failing_allocator_init(&fa);
    options.allocator = &fa.allocator;
    for (uint64_t nth = 1;; nth++) {
        struct hl_error error = {0};
        failing_allocator_arm(&fa, nth, 1);
        enum hl_status status = hl_engine_create(&options, &engine, &error);
        if (status == HL_OK)
            break;
        assert_int_equal(status, HL_NO_MEMORY);
        assert_int_equal(error.status, HL_NO_MEMORY);
        assert_ptr_equal(engine, nothing);
        assert_int_equal(fa.live_blocks, 0);
    }
    assert_false(failing_allocator_fired(&fa)); /* none was wanted in vain and not missed */
    hl_engine_destroy(engine);
    assert_true(failing_allocator_is_clean(&fa));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_create),
        cmocka_unit_test(test_each_request_fails),
        cmocka_unit_test(test_all_requests_fail_from_one_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
