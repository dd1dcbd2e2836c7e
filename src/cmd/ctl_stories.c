/*
 * ctl_stories.c - stories: a list by recency, size or trend, filtered.
 */
#include "cmd/ctl_args.h"
#include "cmd/ctl_ask.h"
#include "cmd/ctl_pages.h"

struct story_list {
    struct ctl_table table;
    uint64_t count;
    bool truncated;
};

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

static uint64_t take_stories(void *context, json_t *answer)
{
    struct story_list *list = context;
    const json_t *stories = json_object_get(answer, "stories");
    for (size_t i = 0; i < json_array_size(stories); i++)
        add_story(&list->table, json_array_get(stories, i));
    list->count += json_array_size(stories);
    list->truncated = list->truncated || json_is_true(json_object_get(answer, "truncated"));
    return json_array_size(stories);
}

static enum ctl_exit print_stories(const struct ctl *ctl, json_t *request, uint64_t limit)
{
    struct story_list list = {.count = 0};
    ctl_table_init(&list.table, story_columns, CTL_COUNT(story_columns));
    enum ctl_exit code = ctl_ask_pages(ctl, request, limit, take_stories, &list);
    if (code == CTL_OK && !ctl->json) {
        struct hl_buffer out;
        hl_buffer_init(&out);
        struct ctl_screen screen = ctl_screen_of(stdout);
        if (list.count > 0)
            ctl_table_render(&list.table, &screen, &out);
        else
            hl_buffer_append_text(&out, "no story fits\n");
        if (list.truncated)
            hl_buffer_append_text(&out, "(only the most recently active stories were looked at)\n");
        code = ctl_print(&out);
    }
    ctl_table_clear(&list.table);
    return code;
}

struct story_filters {
    const char *order, *since, *until, *source, *lang, *text, *collection;
    uint64_t headlines_min, limit;
};

static json_t *stories_request(const struct story_filters *filters)
{
    json_t *request = ctl_request("stories");
    bool filled =
        ctl_request_text(request, "order", filters->order) && ctl_request_time(request, "since", filters->since) &&
        ctl_request_time(request, "until", filters->until) && ctl_request_text(request, "source", filters->source) &&
        ctl_request_text(request, "lang", filters->lang) && ctl_request_text(request, "text", filters->text) &&
        ctl_request_text(request, "collection", filters->collection) &&
        json_object_set_new(request, "min_headlines", json_integer((json_int_t)filters->headlines_min)) == 0;
    if (filled)
        return request;
    json_decref(request);
    ctl_complain("an argument is not UTF-8 text");
    return NULL;
}

enum ctl_exit ctl_stories(struct ctl *ctl, int argc, char **argv)
{
    struct story_filters filters = {.headlines_min = 1, .limit = 20};
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
         .number = &filters.headlines_min,
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
    json_t *request = stories_request(&filters);
    if (!request)
        return CTL_USAGE;
    code = print_stories(ctl, request, filters.limit);
    json_decref(request);
    return code;
}
