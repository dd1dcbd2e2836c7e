/*
 * test_ctl_progress.c - the line of progress and the counts by verdict.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "cmd/ctl_progress.h"

static void expect_line(struct ctl_progress progress, const struct ctl_counts *counts, uint64_t bytes, int64_t now_ms,
                        const char *expected)
{
    struct hl_buffer out;
    hl_buffer_init(&out);
    ctl_progress_line(&progress, counts, bytes, now_ms, &out);
    hl_buffer_append(&out, "", 1);
    assert_false(out.failed);
    assert_string_equal(out.data, expected);
    hl_buffer_clear(&out);
}

static void verdicts_are_counted_by_name(void **state)
{
    (void)state;
    struct ctl_counts counts = {.answered = 0};
    ctl_counts_add(&counts, "new");
    ctl_counts_add(&counts, "related");
    ctl_counts_add(&counts, "related");
    ctl_counts_add(&counts, "of a later version");
    ctl_counts_add(&counts, NULL);
    assert_int_equal(counts.answered, 5);
    assert_int_equal(counts.verdicts[HL_VERDICT_NEW], 1);
    assert_int_equal(counts.verdicts[HL_VERDICT_RELATED], 2);
    assert_int_equal(counts.verdicts[HL_VERDICT_EXACT], 0);
}

static void lines_show_bar_rate_and_time_left(void **state)
{
    (void)state;
    struct ctl_counts counts = {
        .answered = 1500, .verdicts = {[HL_VERDICT_NEW] = 1000, [HL_VERDICT_NEAR] = 500}, .refused = 2};
    struct ctl_progress terminal = {.screen = {80, false}, .bytes_total = 1000};
    expect_line(terminal, &counts, 250, 10000,
                "[#####...............] 25%, 1,500 headlines, 150/s, ETA 0:30: new 1,000 near 500 refused 2");
    expect_line(terminal, &counts, 1000, 10000,
                "[####################] 100%, 1,500 headlines, 150/s: new 1,000 near 500 refused 2");
    expect_line(terminal, &counts, 1, 10000,
                "[....................] 0%, 1,500 headlines, 150/s, ETA 2:46:30: new 1,000 near 500 refused 2");
    terminal.shown_ms = 9000;
    terminal.shown_answered = 1400;
    terminal.rate = 200;
    expect_line(terminal, &counts, 250, 10000,
                "[#####...............] 25%, 1,500 headlines, 180/s, ETA 0:30: new 1,000 near 500 refused 2");
    struct ctl_progress plain = {.bytes_total = 0};
    expect_line(plain, &counts, 250, 10000, "1,500 headlines, 150/s: new 1,000 near 500 refused 2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdicts_are_counted_by_name),
        cmocka_unit_test(lines_show_bar_rate_and_time_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
