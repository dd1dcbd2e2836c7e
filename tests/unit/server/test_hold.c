/*
 * test_hold.c - which answers may leave when, with a log in memory that is durable and fails when the test says so. No socket is needed.
 */
#include "server/state.h"
#include "store/memory_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
    struct hl_input_log *log; /* owned by the durable engine */
    struct hl_server server;
    struct hl_connection connection;
    struct hl_buffer sent;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct hl_durable_options options = hl_durable_options_default();
    if (!f || hl_memory_log_open(1 << 20, NULL, NULL, &f->log, NULL) != HL_OK ||
        hl_durable_open_log(&options, f->log, &f->server.durable, NULL, NULL) != HL_OK)
        return -1;
    TAILQ_INIT(&f->server.held);
    f->connection.server = &f->server;
    hl_memory_log_hold(f->log, true);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    hl_memory_log_fail(f->log, NULL);
    hl_memory_log_hold(f->log, false);
    bool closed = hl_durable_close(f->server.durable, NULL) == HL_OK;
    hl_buffer_clear(&f->connection.out);
    hl_buffer_clear(&f->sent);
    free(f);
    return closed ? 0 : -1;
}

static void answer(struct fixture *f, const char *text, enum hl_tells tells)
{
    hl_buffer_append_text(&f->connection.out, text);
    if (tells > f->connection.tells)
        f->connection.tells = tells;
}

/* One turn with one answer; a change adds a headline. */
static void turn(struct fixture *f, const char *text, enum hl_tells tells)
{
    if (tells == HL_TELLS_CHANGE) {
        struct hl_headline headline = {.title = {text, strlen(text)}, .published_ms = HL_TIME_NONE};
        struct hl_result result;
        assert_int_equal(hl_durable_add(f->server.durable, &headline, 1, &result, NULL), HL_OK);
    }
    answer(f, text, tells);
    hl_hold_cover(&f->connection);
    hl_hold_account(&f->connection);
}

/* All that leaves now is @expected; the sums are right before and after. */
static void expect_leaves(struct fixture *f, const char *expected)
{
    struct hl_connection *c = &f->connection;
    size_t waiting = c->out.length, bytes = hl_hold_release(c);
    assert_int_equal(bytes, strlen(expected));
    if (bytes > 0) {
        assert_true(hl_hold_take(c, &f->sent));
        assert_int_equal(f->sent.length, bytes);
        assert_memory_equal(f->sent.data, expected, bytes);
    }
    assert_int_equal(c->out.length, waiting - bytes);
    hl_hold_account(c);
    assert_int_equal(f->server.held_bytes, waiting - bytes);
    assert_int_equal(TAILQ_EMPTY(&f->server.held), waiting == bytes);
}

static void durable_up_to(struct fixture *f, uint64_t back)
{
    hl_memory_log_make_durable(f->log, hl_durable_last(f->server.durable) - back);
}

static void test_a_change_waits_until_it_is_durable(void **state)
{
    struct fixture *f = *state;
    turn(f, "one,", HL_TELLS_CHANGE);
    turn(f, "two,", HL_TELLS_CHANGE);
    assert_false(hl_hold_is_over(&f->connection));
    expect_leaves(f, "");
    durable_up_to(f, 1);
    assert_true(hl_hold_is_over(&f->connection));
    expect_leaves(f, "one,");
    turn(f, "three,", HL_TELLS_CHANGE);
    durable_up_to(f, 1);
    expect_leaves(f, "two,");
    expect_leaves(f, "");
    durable_up_to(f, 0);
    expect_leaves(f, "three,");
}

static void test_order_is_kept(void **state)
{
    struct fixture *f = *state;
    turn(f, "ping,", HL_TELLS_NOTHING);
    turn(f, "one,", HL_TELLS_CHANGE);
    turn(f, "pong,", HL_TELLS_NOTHING);
    expect_leaves(f, "ping,");
    durable_up_to(f, 0);
    turn(f, "two,", HL_TELLS_CHANGE);
    expect_leaves(f, "one,pong,");
    durable_up_to(f, 0);
    expect_leaves(f, "two,");
}

/* A question may tell of a change of somebody else that is not durable; when all is, it waits for nothing. */
static void test_questions_wait_for_what_they_may_tell(void **state)
{
    struct fixture *f = *state;
    turn(f, "one,", HL_TELLS_CHANGE);
    durable_up_to(f, 0);
    expect_leaves(f, "one,");
    turn(f, "asked,", HL_TELLS_STATE);
    expect_leaves(f, "asked,");
    struct hl_headline headline = {.title = {"other", 5}, .published_ms = HL_TIME_NONE};
    struct hl_result result;
    assert_int_equal(hl_durable_add(f->server.durable, &headline, 1, &result, NULL), HL_OK);
    turn(f, "asked again,", HL_TELLS_STATE);
    expect_leaves(f, "");
    durable_up_to(f, 0);
    expect_leaves(f, "asked again,");
}

static void test_reads_go_on_while_the_log_is_failed(void **state)
{
    struct fixture *f = *state;
    struct hl_headline headline = {.title = {"other", 5}, .published_ms = HL_TIME_NONE};
    struct hl_result result;
    assert_int_equal(hl_durable_add(f->server.durable, &headline, 1, &result, NULL), HL_OK);
    turn(f, "asked,", HL_TELLS_STATE);
    expect_leaves(f, "");
    hl_memory_log_fail(f->log, "no space");
    f->server.log_failed = true;
    expect_leaves(f, "asked,");
    turn(f, "refused,", HL_TELLS_STATE);
    expect_leaves(f, "refused,");
}

/* The answer to a change waits however long the log is failed, and so does what stands behind it. */
static void test_a_change_waits_for_a_failed_log(void **state)
{
    struct fixture *f = *state;
    turn(f, "one,", HL_TELLS_CHANGE);
    hl_memory_log_fail(f->log, "no space");
    f->server.log_failed = true;
    turn(f, "refused,", HL_TELLS_STATE);
    expect_leaves(f, "");
    hl_memory_log_fail(f->log, NULL);
    f->server.log_failed = false;
    durable_up_to(f, 0);
    expect_leaves(f, "one,refused,");
}

/* There are eight barriers: what comes then joins the last, and waits for the last change behind it. */
static void test_barriers_are_few(void **state)
{
    struct fixture *f = *state;
    static const char *const texts[] = {"1 a,", "2 b,", "3 c,", "4 d,", "5 e,",
                                        "6 f,", "7 g,", "8 h,", "9 i,", "10 j,"};
    for (size_t i = 0; i < 10; i++)
        turn(f, texts[i], HL_TELLS_CHANGE);
    assert_int_equal(f->connection.barrier_count, HL_BARRIERS_MAX);
    durable_up_to(f, 1);
    expect_leaves(f, "1 a,2 b,3 c,4 d,5 e,6 f,7 g,");
    durable_up_to(f, 0);
    expect_leaves(f, "8 h,9 i,10 j,");
}

static void test_a_connection_that_closes_holds_nothing(void **state)
{
    struct fixture *f = *state;
    turn(f, "one,", HL_TELLS_CHANGE);
    assert_int_equal(f->server.held_bytes, 4);
    f->connection.phase = HL_PHASE_CLOSING;
    hl_hold_account(&f->connection);
    assert_int_equal(f->server.held_bytes, 0);
    assert_true(TAILQ_EMPTY(&f->server.held));
}

#define FIXTURE_TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_a_change_waits_until_it_is_durable),
        FIXTURE_TEST(test_order_is_kept),
        FIXTURE_TEST(test_questions_wait_for_what_they_may_tell),
        FIXTURE_TEST(test_reads_go_on_while_the_log_is_failed),
        FIXTURE_TEST(test_a_change_waits_for_a_failed_log),
        FIXTURE_TEST(test_barriers_are_few),
        FIXTURE_TEST(test_a_connection_that_closes_holds_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
