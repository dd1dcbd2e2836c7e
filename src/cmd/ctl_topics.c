/*
 * ctl_topics.c - topics: a list by recency, size or trend, filtered.
 */
#include "cmd/ctl_args.h"
#include "cmd/ctl_pages.h"

static const struct ctl_column topic_columns[] = {
    {.title = "TOPIC", .right = true, .style = CTL_CYAN},
    {.title = "STORIES", .right = true, .style = CTL_PLAIN},
    {.title = "HEADLINES", .right = true, .style = CTL_PLAIN},
    {.title = "TREND", .right = true, .style = CTL_DIM, .screen_min = 120},
    {.title = "LAST", .style = CTL_DIM},
    {.title = "ABOUT", .style = CTL_BOLD, .width_max = 48},
    {.title = "TITLE", .flexible = true, .style = CTL_PLAIN, .screen_min = 100},
};

static void add_topic(struct ctl_table *table, const json_t *topic)
{
    struct hl_buffer terms;
    hl_buffer_init(&terms);
    ctl_terms_append(&terms, topic);
    hl_buffer_append(&terms, "", 1);
    ctl_table_printf(table, "%llu", (unsigned long long)ctl_member_number(topic, "topic"));
    ctl_table_add_count(table, topic, "story_count");
    ctl_table_add_count(table, topic, "headlines");
    ctl_table_printf(table, "%.1f", json_number_value(json_object_get(topic, "trending")));
    ctl_table_add_age(table, topic, "last");
    ctl_table_add(table, terms.failed ? "" : terms.data);
    ctl_table_add(table, ctl_member_text(json_object_get(topic, "representative"), "title"));
    hl_buffer_clear(&terms);
}

static const struct ctl_listing listing = {
    .member = "topics",
    .columns = topic_columns,
    .column_count = CTL_COUNT(topic_columns),
    .add = add_topic,
    .none = "no topic fits\n",
    .truncated = "(only the most recently active topics were looked at)\n",
};

enum ctl_exit ctl_topics(struct ctl *ctl, int argc, char **argv)
{
    struct ctl_filters filters = {.size_min = 2, .limit = 20};
    const struct ctl_option options[] = {
        {.name = "order", .placeholder = "ORDER", .help = "latest (default), size or trending", .text = &filters.order},
        {.name = "limit",
         .placeholder = "N",
         .help = "most topics (20)",
         .number = &filters.limit,
         .number_min = 1,
         .number_max = 100000},
        {.name = "min",
         .placeholder = "N",
         .help = "topics of at least so many stories (2)",
         .number = &filters.size_min,
         .number_max = UINT32_MAX},
        {.name = "since",
         .placeholder = "TIME",
         .help = "last change not before: 2h, 7d, or RFC 3339",
         .text = &filters.since},
        {.name = "until", .placeholder = "TIME", .help = "last change not after", .text = &filters.until},
        {.name = "text", .placeholder = "WORDS", .help = "known by every one of these words", .text = &filters.text},
        {.name = "collection", .placeholder = "NAME", .help = "the collection (default)", .text = &filters.collection},
    };
    const struct ctl_usage usage = {.command = "topics",
                                    .arguments = "",
                                    .summary = "Lists topics, stories about one matter, the latest active first.",
                                    .options = options,
                                    .option_count = CTL_COUNT(options)};
    enum ctl_exit code;
    if (!ctl_args_parse(ctl, &usage, argc, argv, &argc, &code))
        return code;
    return ctl_list(ctl, "topics", "min_stories", &filters, &listing);
}
