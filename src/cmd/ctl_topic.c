/*
 * ctl_topic.c - topic ID: one topic with what it is about and its stories.
 */
#include "cmd/ctl_args.h"
#include "cmd/ctl_pages.h"

static const struct ctl_column story_columns[] = {
    {.title = "STORY", .right = true, .style = CTL_CYAN},
    {.title = "HEADLINES", .right = true, .style = CTL_PLAIN},
    {.title = "SOURCES", .right = true, .style = CTL_PLAIN, .screen_min = 100},
    {.title = "LAST", .style = CTL_DIM},
    {.title = "FIRST BY", .style = CTL_PLAIN, .screen_min = 100, .width_max = 24},
    {.title = "TITLE", .flexible = true, .style = CTL_BOLD},
};

static void put_head(struct hl_buffer *out, const struct ctl_screen *screen, const json_t *topic)
{
    char first[CTL_AGE_BYTES], last[CTL_AGE_BYTES], stories[CTL_NUMBER_BYTES], headlines[CTL_NUMBER_BYTES];
    uint64_t story_count = ctl_member_number(topic, "story_count"), count = ctl_member_number(topic, "headlines");
    uint64_t absorbed = ctl_member_number(topic, "redirected_from");
    ctl_style_begin(out, screen, CTL_BOLD);
    ctl_terms_append(out, topic);
    ctl_style_end(out, screen, CTL_BOLD);
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

static const struct ctl_listing listing = {
    .member = "stories",
    .columns = story_columns,
    .column_count = CTL_COUNT(story_columns),
    .add = add_story,
    .head = put_head,
    .total = "story_count",
};

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
    return ctl_show(ctl, "topic", argv[0], limit, &listing);
}
