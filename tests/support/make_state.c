/*
 * make_state.c - make_state DIR CALLS EVERY: writes a state directory as a daemon would, for the tests of the offline tools: so many calls of
 * the synthetic stream, a snapshot after every EVERY of them (0: none), and no snapshot at the end.
 */
#include "state/durable.h"
#include "support/news_stream.h"

#include <stdio.h>
#include <stdlib.h>

static void call(struct hl_durable *durable, const struct news_call *call)
{
    struct hl_result result;
    struct hl_error error;
    if (call->kind == NEWS_ADD)
        (void)hl_durable_add(durable, &call->headline, call->now_ms, &result, &error);
    if (call->kind == NEWS_REMOVE)
        (void)hl_durable_remove(durable, call->headline.collection, call->headline.id, call->now_ms, &error);
    if (call->kind == NEWS_TICK)
        (void)hl_durable_tick(durable, call->now_ms, call->budget);
}

static enum hl_status make(const char *path, unsigned long calls, unsigned long every, struct hl_error *error)
{
    struct hl_durable_options options = hl_durable_options_default();
    const struct hl_setting_change change = {.name = "window_headlines", .value = 150};
    struct hl_durable *durable;
    struct news_stream stream;
    struct news_call next;
    options.directory = path;
    options.sync = HL_JOURNAL_SYNC_NEVER;
    enum hl_status status = hl_durable_open(&options, &durable, NULL, error);
    if (status != HL_OK)
        return status;
    news_stream_init(&stream, 1);
    for (unsigned long i = 1; i <= calls && status == HL_OK; i++) {
        news_stream_next(&stream, &next);
        call(durable, &next);
        if (i == calls / 2)
            status = hl_durable_settings_set(durable, next.headline.collection, &change, 1, next.now_ms, NULL, error);
        if (status == HL_OK && every > 0 && i % every == 0)
            status = hl_durable_snapshot_take(durable, next.now_ms, error);
    }
    enum hl_status closed = hl_durable_close(durable, status == HL_OK ? error : NULL);
    return status == HL_OK ? closed : status;
}

int main(int argc, char **argv)
{
    struct hl_error error;
    if (argc != 4)
        return 2;
    if (make(argv[1], strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10), &error) == HL_OK)
        return 0;
    (void)fprintf(stderr, "make_state: %s\n", error.message);
    return 1;
}
