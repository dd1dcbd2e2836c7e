/*
 * ctl_story.c - story ID: one story with its sources, history and headlines.
 */
#include "cmd/ctl_args.h"
#include "cmd/ctl_ask.h"
#include "cmd/ctl_pages.h"

#include <string.h>

enum { SOURCES_SHOWN = 10 };

struct story_page {
    struct hl_buffer head; /* what stands above the members, from the first page */
    struct ctl_table members;
    uint64_t headlines, shown;
    struct ctl_screen screen;
};

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

static void head_title(struct story_page *page, const json_t *story)
{
    struct hl_buffer *out = &page->head;
    const char *title = ctl_member_text(json_object_get(story, "representative"), "title");
    ctl_style_begin(out, &page->screen, CTL_BOLD);
    ctl_text_append(out, title, strlen(title), 0);
    ctl_style_end(out, &page->screen, CTL_BOLD);
    hl_buffer_append_text(out, "\n");
}

static void head_counts(struct story_page *page, const json_t *story)
{
    struct hl_buffer *out = &page->head;
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

static void head_times(struct story_page *page, const json_t *story)
{
    char first[CTL_AGE_BYTES], last[CTL_AGE_BYTES];
    const char *source = ctl_member_text(story, "first_source");
    hl_buffer_printf(&page->head, "first %s", ctl_member_age(story, "first", first));
    if (source[0]) {
        hl_buffer_append_text(&page->head, " by ");
        ctl_text_append(&page->head, source, strlen(source), 0);
    }
    hl_buffer_printf(&page->head, ", last %s\n", ctl_member_age(story, "last", last));
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

static void head_history(struct story_page *page, const json_t *story)
{
    const json_t *history = json_object_get(story, "history");
    for (size_t i = 0; i < json_array_size(history); i++)
        head_event(&page->head, json_array_get(history, i));
}

static void head_sources(struct story_page *page, const json_t *story)
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
    hl_buffer_append_text(&page->head, "\n");
    ctl_table_render(&table, &page->screen, &page->head);
    if (count > SOURCES_SHOWN)
        hl_buffer_printf(&page->head, "and %zu more\n", count - SOURCES_SHOWN);
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

static uint64_t take_story(void *context, json_t *answer)
{
    struct story_page *page = context;
    if (page->shown == 0) {
        page->headlines = ctl_member_number(answer, "headlines");
        head_title(page, answer);
        head_counts(page, answer);
        head_times(page, answer);
        head_history(page, answer);
        head_sources(page, answer);
        hl_buffer_append_text(&page->head, "\n");
    }
    const json_t *members = json_object_get(answer, "members");
    for (size_t i = 0; i < json_array_size(members); i++)
        add_member(&page->members, json_array_get(members, i));
    page->shown += json_array_size(members);
    return json_array_size(members);
}

static enum ctl_exit print_story(const struct ctl *ctl, json_t *request, uint64_t limit)
{
    struct story_page page = {.screen = ctl_screen_of(stdout)};
    hl_buffer_init(&page.head);
    ctl_table_init(&page.members, member_columns, CTL_COUNT(member_columns));
    enum ctl_exit code = ctl_ask_pages(ctl, request, limit, take_story, &page);
    if (code == CTL_OK && !ctl->json) {
        ctl_table_render(&page.members, &page.screen, &page.head);
        if (page.headlines > page.shown)
            hl_buffer_printf(&page.head, "and %llu more (--limit)\n",
                             (unsigned long long)(page.headlines - page.shown));
        code = ctl_print(&page.head);
    }
    ctl_table_clear(&page.members);
    hl_buffer_clear(&page.head);
    return code;
}

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
    json_t *request = ctl_request("story");
    if (!ctl_request_text(request, "story", argv[0])) {
        json_decref(request);
        ctl_complain("a story's id is a number");
        return CTL_USAGE;
    }
    code = print_story(ctl, request, limit);
    json_decref(request);
    return code;
}
