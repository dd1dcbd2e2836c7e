/*
 * ctl_stories.c - stories: a list by recency, size or trend, filtered.
 */
#include "cmd/ctl_args.h"
#include "cmd/ctl_pages.h"

static const struct ctl_column story_columns[] = {
    {.title = "STORY", .right = true, .style = CTL_CYAN},
    {.title = "HEADLINES", .right = true, .style = CTL_PLAIN},
    {.title = "SOURCES", .right = true, .style = CTL_PLAIN},
    {.title = "TREND", .right = true, .style = CTL_DIM, .screen_min = 120},
    {.title = "TOPIC", .right = true, .style = CTL_DIM, .screen_min = 120},
    {.title = "LAST", .style = CTL_DIM},
    {.title = "FIRST BY", .style = CTL_PLAIN, .screen_min = 100, .width_max = 24},
    {.title = "TITLE", .flexible = true, .style = CTL_BOLD},
};

static void add_story(struct ctl_table *table, const json_t *story)
{
    ctl_table_printf(table, "%llu", (unsigned long long)ctl_member_number(story, "story"));
    ctl_table_add_count(table, story, "headlines");
    ctl_table_add_count(table, story, "source_count");
    ctl_table_printf(table, "%.1f", json_number_value(json_object_get(story, "trending")));
    uint64_t topic = ctl_member_number(story, "topic");
    if (topic > 0)
        ctl_table_printf(table, "%llu", (unsigned long long)topic);
    else
        ctl_table_add(table, "");
    ctl_table_add_age(table, story, "last");
    ctl_table_add(table, ctl_member_text(story, "first_source"));
    ctl_table_add(table, ctl_member_text(json_object_get(story, "representative"), "title"));
}

static const struct ctl_listing listing = {
    .member = "stories",
    .columns = story_columns,
    .column_count = CTL_COUNT(story_columns),
    .add = add_story,
    .none = "no story fits\n",
    .truncated = "(only the most recently active stories were looked at)\n",
};

enum ctl_exit ctl_stories(struct ctl *ctl, int argc, char **argv)
{
    struct ctl_filters filters = {.size_min = 1, .limit = 20};
    const struct ctl_option options[] = {
        {.name = "order", .placeholder = "ORDER", .help = "latest (default), size or trending", .text = &filters.order},
        {.name = "limit",
         .placeholder = "N",
         .help = "most stories (20)",
         .number = &filters.limit,
         .number_min = 1,
         .number_max = 100000},
        {.name = "min",
         .placeholder = "N",
         .help = "stories of at least so many headlines (1)",
         .number = &filters.size_min,
         .number_max = UINT32_MAX},
        {.name = "since",
         .placeholder = "TIME",
         .help = "last arrival not before: 2h, 7d, or RFC 3339",
         .text = &filters.since},
        {.name = "until", .placeholder = "TIME", .help = "last arrival not after", .text = &filters.until},
        {.name = "source", .placeholder = "NAME", .help = "with a headline of this source", .text = &filters.source},
        {.name = "lang", .placeholder = "TAG", .help = "whose first headline has this language", .text = &filters.lang},
        {.name = "text", .placeholder = "WORDS", .help = "that hold every one of these words", .text = &filters.text},
        {.name = "collection", .placeholder = "NAME", .help = "the collection (default)", .text = &filters.collection},
    };
    const struct ctl_usage usage = {.command = "stories",
                                    .arguments = "",
                                    .summary = "Lists stories, the latest active first.",
                                    .options = options,
                                    .option_count = CTL_COUNT(options)};
    enum ctl_exit code;
    if (!ctl_args_parse(ctl, &usage, argc, argv, &argc, &code))
        return code;
    return ctl_list(ctl, "stories", "min_headlines", &filters, &listing);
}
