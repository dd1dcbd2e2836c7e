/*
 * ctl_topic.c - topic ID: one topic with what it is about and its stories.
 */
#include "cmd/ctl_args.h"
#include "cmd/ctl_ask.h"
#include "cmd/ctl_pages.h"

#include <string.h>

struct topic_page {
    struct hl_buffer head; /* what stands above the stories, from the first page */
    struct ctl_table table;
    uint64_t stories, shown;
    struct ctl_screen screen;
};

static const struct ctl_column story_columns[] = {
    {.title = "STORY", .right = true, .style = CTL_CYAN},
    {.title = "HEADLINES", .right = true, .style = CTL_PLAIN},
    {.title = "SOURCES", .right = true, .style = CTL_PLAIN, .screen_min = 100},
    {.title = "LAST", .style = CTL_DIM},
    {.title = "FIRST BY", .style = CTL_PLAIN, .screen_min = 100, .width_max = 24},
    {.title = "TITLE", .flexible = true, .style = CTL_BOLD},
};

static void head_put(struct topic_page *page, const json_t *topic)
{
    struct hl_buffer *out = &page->head;
    char first[CTL_AGE_BYTES], last[CTL_AGE_BYTES], stories[CTL_NUMBER_BYTES], headlines[CTL_NUMBER_BYTES];
    uint64_t story_count = ctl_member_number(topic, "story_count"), count = ctl_member_number(topic, "headlines");
    uint64_t absorbed = ctl_member_number(topic, "redirected_from");
    ctl_style_begin(out, &page->screen, CTL_BOLD);
    ctl_terms_append(out, topic);
    ctl_style_end(out, &page->screen, CTL_BOLD);
    hl_buffer_printf(out, "\ntopic %llu: %s stor%s, %s headline%s\n",
                     (unsigned long long)ctl_member_number(topic, "topic"), ctl_number(story_count, stories),
                     story_count == 1 ? "y" : "ies", ctl_number(count, headlines), count == 1 ? "" : "s");
    if (absorbed > 0)
        hl_buffer_printf(out, "topic %llu was absorbed by it\n", (unsigned long long)absorbed);
    hl_buffer_printf(out, "first %s, last %s\n\n", ctl_member_age(topic, "first", first),
                     ctl_member_age(topic, "last", last));
}

static void add_story(struct ctl_table *table, const json_t *story)
{
    ctl_table_printf(table, "%llu", (unsigned long long)ctl_member_number(story, "story"));
    ctl_table_add_count(table, story, "headlines");
    ctl_table_add_count(table, story, "source_count");
    ctl_table_add_age(table, story, "last");
    ctl_table_add(table, ctl_member_text(story, "first_source"));
    ctl_table_add(table, ctl_member_text(json_object_get(story, "representative"), "title"));
}

static uint64_t take_topic(void *context, json_t *answer)
{
    struct topic_page *page = context;
    if (page->shown == 0) {
        page->stories = ctl_member_number(answer, "story_count");
        head_put(page, answer);
    }
    const json_t *stories = json_object_get(answer, "stories");
    for (size_t i = 0; i < json_array_size(stories); i++)
        add_story(&page->table, json_array_get(stories, i));
    page->shown += json_array_size(stories);
    return json_array_size(stories);
}

static enum ctl_exit print_topic(const struct ctl *ctl, json_t *request, uint64_t limit)
{
    struct topic_page page = {.screen = ctl_screen_of(stdout)};
    hl_buffer_init(&page.head);
    ctl_table_init(&page.table, story_columns, CTL_COUNT(story_columns));
    enum ctl_exit code = ctl_ask_pages(ctl, request, limit, take_topic, &page);
    if (code == CTL_OK && !ctl->json) {
        ctl_table_render(&page.table, &page.screen, &page.head);
        if (page.stories > page.shown)
            hl_buffer_printf(&page.head, "and %llu more (--limit)\n", (unsigned long long)(page.stories - page.shown));
        code = ctl_print(&page.head);
    }
    ctl_table_clear(&page.table);
    hl_buffer_clear(&page.head);
    return code;
}

enum ctl_exit ctl_topic(struct ctl *ctl, int argc, char **argv)
{
    uint64_t limit = 100;
    const struct ctl_option options[] = {{.name = "limit",
                                          .placeholder = "N",
                                          .help = "most stories (100)",
                                          .number = &limit,
                                          .number_min = 1,
                                          .number_max = 1000000}};
    const struct ctl_usage usage = {.command = "topic",
                                    .arguments = "ID",
                                    .summary =
                                        "Shows one topic: what it is about, and its stories, the last active first.",
                                    .arguments_min = 1,
                                    .arguments_max = 1,
                                    .options = options,
                                    .option_count = CTL_COUNT(options)};
    enum ctl_exit code;
    int count;
    if (!ctl_args_parse(ctl, &usage, argc, argv, &count, &code))
        return code;
    json_t *request = ctl_request("topic");
    if (!ctl_request_text(request, "topic", argv[0])) {
        json_decref(request);
        ctl_complain("a topic's id is a number");
        return CTL_USAGE;
    }
    code = print_topic(ctl, request, limit);
    json_decref(request);
    return code;
}
