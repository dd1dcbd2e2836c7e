/*
 * ctl_story.c - story ID: one story with its sources, history and headlines.
 */
#include "cmd/ctl_args.h"
#include "cmd/ctl_pages.h"

#include <string.h>

enum { SOURCES_SHOWN = 10 };

static const struct ctl_column member_columns[] = {
    {.title = "WHEN", .style = CTL_DIM},
    {.title = "VERDICT", .style = CTL_PLAIN},
    {.title = "SEEN", .right = true, .style = CTL_PLAIN, .screen_min = 100},
    {.title = "SOURCE", .style = CTL_CYAN, .width_max = 24},
    {.title = "TITLE", .flexible = true, .style = CTL_PLAIN},
};

static const struct ctl_column source_columns[] = {
    {.title = "SOURCE", .flexible = true, .style = CTL_CYAN},
    {.title = "HEADLINES", .right = true, .style = CTL_PLAIN},
    {.title = "HAD IT", .style = CTL_DIM},
};

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

static void head_title(struct hl_buffer *out, const struct ctl_screen *screen, const json_t *story)
{
    const char *title = ctl_member_text(json_object_get(story, "representative"), "title");
    ctl_style_begin(out, screen, CTL_BOLD);
    ctl_text_append(out, title, strlen(title), 0);
    ctl_style_end(out, screen, CTL_BOLD);
    hl_buffer_append_text(out, "\n");
}

static void head_counts(struct hl_buffer *out, const json_t *story)
{
    uint64_t headlines = ctl_member_number(story, "headlines"), sources = ctl_member_number(story, "source_count");
    uint64_t sightings = ctl_member_number(story, "sightings"), absorbed = ctl_member_number(story, "redirected_from");
    uint64_t topic = ctl_member_number(story, "topic");
    char text[CTL_NUMBER_BYTES];
    hl_buffer_printf(out, "story %llu: %s headline%s", (unsigned long long)ctl_member_number(story, "story"),
                     ctl_number(headlines, text), plural(headlines));
    if (sources > 0)
        hl_buffer_printf(out, " from %llu source%s", (unsigned long long)sources, plural(sources));
    if (sightings > 0)
        hl_buffer_printf(out, ", seen again %s time%s", ctl_number(sightings, text), plural(sightings));
    hl_buffer_append_text(out, "\n");
    if (absorbed > 0)
        hl_buffer_printf(out, "story %llu was absorbed by it\n", (unsigned long long)absorbed);
    if (topic > 0)
        hl_buffer_printf(out, "part of topic %llu\n", (unsigned long long)topic);
}

static void head_times(struct hl_buffer *out, const json_t *story)
{
    char first[CTL_AGE_BYTES], last[CTL_AGE_BYTES];
    const char *source = ctl_member_text(story, "first_source");
    hl_buffer_printf(out, "first %s", ctl_member_age(story, "first", first));
    if (source[0]) {
        hl_buffer_append_text(out, " by ");
        ctl_text_append(out, source, strlen(source), 0);
    }
    hl_buffer_printf(out, ", last %s\n", ctl_member_age(story, "last", last));
}

/* "2 h ago: absorbed story 7 (3 headlines)" */
static void head_event(struct hl_buffer *out, const json_t *event)
{
    const char *kind = ctl_member_text(event, "kind");
    unsigned long long other = ctl_member_number(event, "story");
    uint64_t headlines = ctl_member_number(event, "headlines");
    char age[CTL_AGE_BYTES], count[CTL_NUMBER_BYTES];
    hl_buffer_printf(out, "%s: ", ctl_member_age(event, "at", age));
    if (strcmp(kind, "absorbed") == 0)
        hl_buffer_printf(out, "absorbed story %llu", other);
    else if (strcmp(kind, "split_off") == 0)
        hl_buffer_printf(out, "story %llu split off", other);
    else
        hl_buffer_printf(out, "split off from story %llu", other);
    hl_buffer_printf(out, " (%s headline%s)\n", ctl_number(headlines, count), plural(headlines));
}

static void head_history(struct hl_buffer *out, const json_t *story)
{
    const json_t *history = json_object_get(story, "history");
    for (size_t i = 0; i < json_array_size(history); i++)
        head_event(out, json_array_get(history, i));
}

static void head_sources(struct hl_buffer *out, const struct ctl_screen *screen, const json_t *story)
{
    const json_t *sources = json_object_get(story, "sources");
    size_t count = json_array_size(sources);
    if (count < 2)
        return; /* the line of the first arrival has named it */
    struct ctl_table table;
    ctl_table_init(&table, source_columns, CTL_COUNT(source_columns));
    for (size_t i = 0; i < count && i < SOURCES_SHOWN; i++) {
        const json_t *source = json_array_get(sources, i);
        ctl_table_add(&table, ctl_member_text(source, "source"));
        ctl_table_add_count(&table, source, "headlines");
        ctl_table_add_age(&table, source, "first");
    }
    hl_buffer_append_text(out, "\n");
    ctl_table_render(&table, screen, out);
    if (count > SOURCES_SHOWN)
        hl_buffer_printf(out, "and %zu more\n", count - SOURCES_SHOWN);
    ctl_table_clear(&table);
}

static void add_member(struct ctl_table *table, const json_t *headline)
{
    bool dated = json_is_string(json_object_get(headline, "published")); /* what is loaded late did not happen late */
    ctl_table_add_age(table, headline, dated ? "published" : "received");
    ctl_table_add(table, ctl_member_text(headline, "verdict"));
    ctl_table_printf(table, "%llu", (unsigned long long)ctl_member_number(headline, "sightings") + 1);
    ctl_table_add(table, ctl_member_text(headline, "source"));
    ctl_table_add(table, ctl_member_text(headline, "title"));
}

static void put_head(struct hl_buffer *out, const struct ctl_screen *screen, const json_t *story)
{
    head_title(out, screen, story);
    head_counts(out, story);
    head_times(out, story);
    head_history(out, story);
    head_sources(out, screen, story);
    hl_buffer_append_text(out, "\n");
}

static const struct ctl_listing listing = {
    .member = "members",
    .columns = member_columns,
    .column_count = CTL_COUNT(member_columns),
    .add = add_member,
    .head = put_head,
    .total = "headlines",
};

enum ctl_exit ctl_story(struct ctl *ctl, int argc, char **argv)
{
    uint64_t limit = 100;
    const struct ctl_option options[] = {{.name = "limit",
                                          .placeholder = "N",
                                          .help = "most headlines (100)",
                                          .number = &limit,
                                          .number_min = 1,
                                          .number_max = 1000000}};
    const struct ctl_usage usage = {.command = "story",
                                    .arguments = "ID",
                                    .summary = "Shows one story: who had it first, its sources, history and headlines.",
                                    .arguments_min = 1,
                                    .arguments_max = 1,
                                    .options = options,
                                    .option_count = CTL_COUNT(options)};
    enum ctl_exit code;
    int count;
    if (!ctl_args_parse(ctl, &usage, argc, argv, &count, &code))
        return code;
    return ctl_show(ctl, "story", argv[0], limit, &listing);
}
