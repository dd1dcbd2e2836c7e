/*
 * ctl_breaking.c - breaking: stories that grow faster than their past lets expect.
 */
#include "cmd/ctl_args.h"
#include "cmd/ctl_ask.h"
#include "cmd/ctl_pages.h"

static const struct ctl_column columns[] = {
    {.title = "STORY", .right = true, .style = CTL_CYAN},
    {.title = "NOW", .right = true, .style = CTL_BOLD},
    {.title = "SOURCES", .right = true, .style = CTL_PLAIN},
    {.title = "EXPECTED", .right = true, .style = CTL_DIM},
    {.title = "RATIO", .right = true, .style = CTL_PLAIN},
    {.title = "ALL", .right = true, .style = CTL_DIM, .screen_min = 100},
    {.title = "LAST", .style = CTL_DIM},
    {.title = "TITLE", .flexible = true, .style = CTL_BOLD},
};

static void add_story(struct ctl_table *table, const json_t *story)
{
    const json_t *velocity = json_object_get(story, "velocity");
    ctl_table_printf(table, "%llu", (unsigned long long)ctl_member_number(story, "story"));
    ctl_table_add_count(table, velocity, "headlines");
    ctl_table_add_count(table, velocity, "sources");
    ctl_table_printf(table, "%.1f", json_number_value(json_object_get(velocity, "expected")));
    ctl_table_printf(table, "%.1f", json_number_value(json_object_get(velocity, "ratio")));
    ctl_table_add_count(table, story, "headlines");
    ctl_table_add_age(table, story, "last");
    ctl_table_add(table, ctl_member_text(json_object_get(story, "representative"), "title"));
}

static const struct ctl_listing listing = {
    .member = "stories",
    .columns = columns,
    .column_count = CTL_COUNT(columns),
    .add = add_story,
    .none = "nothing is breaking\n",
    .truncated = "(only the most recently active stories were looked at)\n",
};

enum ctl_exit ctl_breaking(struct ctl *ctl, int argc, char **argv)
{
    const char *source = NULL, *lang = NULL, *collection = NULL;
    uint64_t window_s = 3600, sources_min = 2, limit = 20;
    const struct ctl_option options[] = {
        {.name = "window",
         .placeholder = "SECONDS",
         .help = "how long \"now\" is (3600)",
         .number = &window_s,
         .number_min = 60,
         .number_max = 2592000},
        {.name = "sources",
         .placeholder = "N",
         .help = "stories of at least so many sources in that time (2)",
         .number = &sources_min,
         .number_max = UINT32_MAX},
        {.name = "limit",
         .placeholder = "N",
         .help = "most stories (20)",
         .number = &limit,
         .number_min = 1,
         .number_max = 1000},
        {.name = "source",
         .placeholder = "NAME",
         .help = "with a headline of this source in that time",
         .text = &source},
        {.name = "lang", .placeholder = "TAG", .help = "whose first headline has this language", .text = &lang},
        {.name = "collection", .placeholder = "NAME", .help = "the collection (default)", .text = &collection},
    };
    const struct ctl_usage usage = {.command = "breaking",
                                    .arguments = "",
                                    .summary = "Lists stories that grow faster than their past lets expect.",
                                    .options = options,
                                    .option_count = CTL_COUNT(options)};
    enum ctl_exit code;
    if (!ctl_args_parse(ctl, &usage, argc, argv, &argc, &code))
        return code;
    json_t *request = ctl_request("breaking");
    if (!ctl_request_text(request, "source", source) || !ctl_request_text(request, "lang", lang) ||
        !ctl_request_text(request, "collection", collection) ||
        json_object_set_new(request, "window_s", json_integer((json_int_t)window_s)) != 0 ||
        json_object_set_new(request, "min_sources", json_integer((json_int_t)sources_min)) != 0) {
        json_decref(request);
        request = NULL;
    }
    return ctl_list_answer(ctl, request, limit, &listing);
}
