/*
 * ctl_timeline.c - timeline ID: how a story went, as a chart of its arrivals and a list of what happened when.
 */
#include "cmd/ctl_args.h"
#include "cmd/ctl_ask.h"
#include "cmd/ctl_pages.h"

#include "protocol/time.h"

#include <string.h>

enum { BAR_MAX = 40, TIME_BYTES = 20 };

static const struct ctl_column bucket_columns[] = {
    {.title = "FROM (UTC)", .style = CTL_DIM},
    {.title = "HEADLINES", .right = true, .style = CTL_BOLD},
    {.title = "DUPLICATES", .right = true, .style = CTL_PLAIN},
    {.title = "", .flexible = true, .style = CTL_CYAN},
};

static const struct ctl_column moment_columns[] = {
    {.title = "WHEN (UTC)", .style = CTL_DIM},
    {.title = "WHAT", .style = CTL_PLAIN},
    {.title = "SOURCE", .style = CTL_CYAN, .width_max = 24},
    {.title = "TITLE", .flexible = true, .style = CTL_PLAIN},
};

/* 0 for what is no time. */
static int64_t time_of(const json_t *object, const char *name)
{
    const char *text = ctl_member_text(object, name);
    int64_t ms = 0;
    (void)hl_time_parse(text, strlen(text), &ms);
    return ms;
}

/* "2025-12-14 09:30:00", in UTC. */
static void add_time(struct ctl_table *table, int64_t ms)
{
    char text[HL_TIME_TEXT_BYTES];
    hl_time_format(ms, text);
    text[10] = ' ';
    text[TIME_BYTES - 1] = '\0';
    ctl_table_add(table, text);
}

static uint64_t number_in(const json_t *list, size_t i)
{
    json_int_t value = json_integer_value(json_array_get(list, i));
    return value > 0 ? (uint64_t)value : 0;
}

/* A bar for @count, full where it is @most. */
static const char *bar_of(uint64_t count, uint64_t most)
{
    static const char bar[] = "########################################";
    return bar + BAR_MAX - (most > 0 ? (count * BAR_MAX + most - 1) / most : 0);
}

static void put_buckets(struct hl_buffer *out, const struct ctl_screen *screen, const json_t *timeline)
{
    const json_t *counts = json_object_get(timeline, "counts"), *duplicates = json_object_get(timeline, "duplicates");
    int64_t at_ms = time_of(timeline, "start");
    uint64_t most = 0;
    struct ctl_table table;
    for (size_t i = 0; i < json_array_size(counts); i++)
        most = number_in(counts, i) > most ? number_in(counts, i) : most;
    ctl_table_init(&table, bucket_columns, CTL_COUNT(bucket_columns));
    for (size_t i = 0; i < json_array_size(counts); i++) {
        char text[CTL_NUMBER_BYTES];
        uint64_t count = number_in(counts, i);
        add_time(&table, at_ms + (int64_t)i * (int64_t)ctl_member_number(timeline, "bucket_ms"));
        ctl_table_add(&table, ctl_number(count, text));
        ctl_table_add(&table, ctl_number(number_in(duplicates, i), text));
        ctl_table_add(&table, bar_of(count, most));
    }
    ctl_table_render(&table, screen, out);
    ctl_table_clear(&table);
}

/* What a moment is, for people: the title of its headline, or what moved. */
static void add_what(struct ctl_table *table, const json_t *moment)
{
    const char *kind = ctl_member_text(moment, "kind");
    unsigned long long other = ctl_member_number(moment, "other_story"),
                       headlines = ctl_member_number(moment, "headlines");
    if (strcmp(kind, "peak") == 0)
        ctl_table_printf(table, "%llu headlines", headlines);
    else if (other > 0)
        ctl_table_printf(table, "story %llu (%llu headline%s)", other, headlines, headlines == 1 ? "" : "s");
    else
        ctl_table_add(table, ctl_member_text(json_object_get(moment, "headline"), "title"));
}

static void put_moments(struct hl_buffer *out, const struct ctl_screen *screen, const json_t *timeline)
{
    const json_t *moments = json_object_get(timeline, "moments");
    struct ctl_table table;
    ctl_table_init(&table, moment_columns, CTL_COUNT(moment_columns));
    for (size_t i = 0; i < json_array_size(moments); i++) {
        const json_t *moment = json_array_get(moments, i);
        add_time(&table, time_of(moment, "time"));
        ctl_table_add(&table, ctl_member_text(moment, "kind"));
        ctl_table_add(&table, ctl_member_text(moment, "source"));
        add_what(&table, moment);
    }
    ctl_table_render(&table, screen, out);
    ctl_table_clear(&table);
}

static enum ctl_exit show(const struct ctl *ctl, json_t *request)
{
    json_t *timeline;
    enum ctl_exit code = ctl_ask_once(ctl, request, &timeline);
    if (code != CTL_OK)
        return code;
    struct hl_buffer out;
    struct ctl_screen screen = ctl_screen_of(stdout);
    hl_buffer_init(&out);
    if (!ctl->json) {
        put_buckets(&out, &screen, timeline);
        hl_buffer_append_text(&out, "\n");
        put_moments(&out, &screen, timeline);
    }
    json_decref(timeline);
    return ctl_print(&out);
}

enum ctl_exit ctl_timeline(struct ctl *ctl, int argc, char **argv)
{
    uint64_t buckets = 24;
    const struct ctl_option options[] = {{.name = "buckets",
                                          .placeholder = "N",
                                          .help = "most spans of time (24)",
                                          .number = &buckets,
                                          .number_min = 2,
                                          .number_max = 500}};
    const struct ctl_usage usage = {.command = "timeline",
                                    .arguments = "ID",
                                    .summary =
                                        "Shows how a story went: its arrivals over time, and what happened when.",
                                    .arguments_min = 1,
                                    .arguments_max = 1,
                                    .options = options,
                                    .option_count = CTL_COUNT(options)};
    enum ctl_exit code;
    int count;
    if (!ctl_args_parse(ctl, &usage, argc, argv, &count, &code))
        return code;
    json_t *request = ctl_request("timeline");
    if (!ctl_request_text(request, "story", argv[0]) ||
        json_object_set_new(request, "buckets", json_integer((json_int_t)buckets)) != 0) {
        json_decref(request);
        request = NULL;
    }
    return show(ctl, request);
}
