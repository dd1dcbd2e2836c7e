/*
 * ctl_topics.c - topics: a list by recency, size or trend, filtered.
 */
#include "cmd/ctl_args.h"
#include "cmd/ctl_ask.h"
#include "cmd/ctl_pages.h"

struct topic_list {
    struct ctl_table table;
    uint64_t count;
    bool truncated;
};

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

static uint64_t take_topics(void *context, json_t *answer)
{
    struct topic_list *list = context;
    const json_t *topics = json_object_get(answer, "topics");
    for (size_t i = 0; i < json_array_size(topics); i++)
        add_topic(&list->table, json_array_get(topics, i));
    list->count += json_array_size(topics);
    list->truncated = list->truncated || json_is_true(json_object_get(answer, "truncated"));
    return json_array_size(topics);
}

static enum ctl_exit print_topics(const struct ctl *ctl, json_t *request, uint64_t limit)
{
    struct topic_list list = {.count = 0};
    ctl_table_init(&list.table, topic_columns, CTL_COUNT(topic_columns));
    enum ctl_exit code = ctl_ask_pages(ctl, request, limit, take_topics, &list);
    if (code == CTL_OK && !ctl->json) {
        struct hl_buffer out;
        hl_buffer_init(&out);
        struct ctl_screen screen = ctl_screen_of(stdout);
        if (list.count > 0)
            ctl_table_render(&list.table, &screen, &out);
        else
            hl_buffer_append_text(&out, "no topic fits\n");
        if (list.truncated)
            hl_buffer_append_text(&out, "(only the most recently active topics were looked at)\n");
        code = ctl_print(&out);
    }
    ctl_table_clear(&list.table);
    return code;
}

struct topic_filters {
    const char *order, *since, *until, *text, *collection;
    uint64_t stories_min, limit;
};

static json_t *topics_request(const struct topic_filters *filters)
{
    json_t *request = ctl_request("topics");
    bool filled =
        ctl_request_text(request, "order", filters->order) && ctl_request_time(request, "since", filters->since) &&
        ctl_request_time(request, "until", filters->until) && ctl_request_text(request, "text", filters->text) &&
        ctl_request_text(request, "collection", filters->collection) &&
        json_object_set_new(request, "min_stories", json_integer((json_int_t)filters->stories_min)) == 0;
    if (filled)
        return request;
    json_decref(request);
    ctl_complain("an argument is not UTF-8 text");
    return NULL;
}

enum ctl_exit ctl_topics(struct ctl *ctl, int argc, char **argv)
{
    struct topic_filters filters = {.stories_min = 2, .limit = 20};
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
         .number = &filters.stories_min,
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
    json_t *request = topics_request(&filters);
    if (!request)
        return CTL_USAGE;
    code = print_topics(ctl, request, filters.limit);
    json_decref(request);
    return code;
}
