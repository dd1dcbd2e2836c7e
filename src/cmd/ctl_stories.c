/*
 * ctl_stories.c - stories and story ID: tables for people, pages fetched as needed.
 */
#include "cmd/ctl_args.h"
#include "cmd/ctl_ask.h"
#include "cmd/ctl_table.h"

#include "protocol/time.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE_MAX = 1000, SOURCES_SHOWN = 10 };

/* ---- reading answers ---------------------------------------------------------------------------------------------- */

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

static uint64_t number_of(const json_t *object, const char *name)
{
    json_int_t value = json_integer_value(json_object_get(object, name));
    return value > 0 ? (uint64_t)value : 0;
}

/* The age of the time @name of @object in words; "" when there is none. Returns @out. */
static const char *age_of(const json_t *object, const char *name, char out[CTL_AGE_BYTES])
{
    const char *text = text_of(object, name);
    int64_t then_ms;
    if (hl_time_parse(text, strlen(text), &then_ms))
        ctl_age(ctl_wall_ms(), then_ms, out);
    else
        out[0] = '\0';
    return out;
}

static void add_count(struct ctl_table *table, const json_t *object, const char *name)
{
    char text[CTL_NUMBER_BYTES];
    ctl_table_add(table, ctl_number(number_of(object, name), text));
}

static void add_age(struct ctl_table *table, const json_t *object, const char *name)
{
    char text[CTL_AGE_BYTES];
    ctl_table_add(table, age_of(object, name, text));
}

/* ---- pages -------------------------------------------------------------------------------------------------------- */

/* Takes what it wants of one answer and returns how many items it took. */
typedef uint64_t (*take_page)(void *context, json_t *answer);

/* Sends a copy of @request with the limit and the cursor of the next page. */
static enum ctl_exit ask_page(struct ctl_client *client, const struct ctl *ctl, json_t *request, uint64_t left,
                              const char *cursor, json_t **answer)
{
    json_t *page = json_copy(request);
    json_object_set_new(page, "limit", json_integer((json_int_t)(left < PAGE_MAX ? left : PAGE_MAX)));
    if (!ctl_request_text(page, "cursor", cursor)) {
        json_decref(page);
        page = NULL;
    }
    return ctl_ask(client, ctl, page, answer);
}

/* Asks for pages until @limit items are taken or the list is complete. @request is borrowed. */
static enum ctl_exit ask_pages(const struct ctl *ctl, json_t *request, uint64_t limit, take_page take, void *context)
{
    struct ctl_client client;
    ctl_client_init(&client);
    enum ctl_exit code = CTL_OK;
    char *cursor = NULL;
    do {
        json_t *answer;
        code = ask_page(&client, ctl, request, limit, cursor, &answer);
        free(cursor);
        cursor = NULL;
        if (code != CTL_OK)
            break;
        uint64_t taken = take(context, answer);
        const char *next = json_string_value(json_object_get(answer, "next"));
        limit = taken < limit ? limit - taken : 0;
        if (next && taken > 0 && limit > 0)
            cursor = strdup(next);
        json_decref(answer);
    } while (cursor);
    ctl_client_close(&client);
    return code;
}

/* ---- stories ------------------------------------------------------------------------------------------------------ */

struct story_list {
    struct ctl_table table;
    uint64_t count;
    bool truncated;
};

static const struct ctl_column story_columns[] = {
    {.title = "STORY", .right = true, .style = CTL_CYAN},
    {.title = "HEADLINES", .right = true, .style = CTL_PLAIN},
    {.title = "SOURCES", .right = true, .style = CTL_PLAIN},
    {.title = "TREND", .right = true, .style = CTL_DIM},
    {.title = "LAST", .style = CTL_DIM},
    {.title = "FIRST BY", .style = CTL_PLAIN},
    {.title = "TITLE", .flexible = true, .style = CTL_BOLD},
};

static void add_story(struct ctl_table *table, const json_t *story)
{
    ctl_table_printf(table, "%llu", (unsigned long long)number_of(story, "story"));
    add_count(table, story, "headlines");
    add_count(table, story, "source_count");
    ctl_table_printf(table, "%.1f", json_number_value(json_object_get(story, "trending")));
    add_age(table, story, "last");
    ctl_table_add(table, text_of(story, "first_source"));
    ctl_table_add(table, text_of(json_object_get(story, "representative"), "title"));
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
    enum ctl_exit code = ask_pages(ctl, request, limit, take_stories, &list);
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

/* ---- story -------------------------------------------------------------------------------------------------------- */

struct story_page {
    struct hl_buffer head; /* what stands above the members, from the first page */
    struct ctl_table members;
    uint64_t headlines, shown;
    struct ctl_screen screen;
};

static const struct ctl_column member_columns[] = {
    {.title = "ARRIVED", .style = CTL_DIM},
    {.title = "VERDICT", .style = CTL_PLAIN},
    {.title = "SEEN", .right = true, .style = CTL_PLAIN},
    {.title = "SOURCE", .style = CTL_CYAN},
    {.title = "TITLE", .flexible = true, .style = CTL_PLAIN},
};

static const struct ctl_column source_columns[] = {
    {.title = "SOURCE", .style = CTL_CYAN},
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
    const char *title = text_of(json_object_get(story, "representative"), "title");
    ctl_style_begin(out, &page->screen, CTL_BOLD);
    ctl_text_append(out, title, strlen(title), 0);
    ctl_style_end(out, &page->screen, CTL_BOLD);
    hl_buffer_append_text(out, "\n");
}

static void head_counts(struct story_page *page, const json_t *story)
{
    struct hl_buffer *out = &page->head;
    uint64_t headlines = number_of(story, "headlines"), sources = number_of(story, "source_count");
    uint64_t sightings = number_of(story, "sightings"), absorbed = number_of(story, "redirected_from");
    char text[CTL_NUMBER_BYTES];
    hl_buffer_printf(out, "story %llu: %s headline%s", (unsigned long long)number_of(story, "story"),
                     ctl_number(headlines, text), plural(headlines));
    if (sources > 0)
        hl_buffer_printf(out, " from %llu source%s", (unsigned long long)sources, plural(sources));
    if (sightings > 0)
        hl_buffer_printf(out, ", seen again %s time%s", ctl_number(sightings, text), plural(sightings));
    hl_buffer_append_text(out, "\n");
    if (absorbed > 0)
        hl_buffer_printf(out, "story %llu was absorbed by it\n", (unsigned long long)absorbed);
}

static void head_times(struct story_page *page, const json_t *story)
{
    char first[CTL_AGE_BYTES], last[CTL_AGE_BYTES];
    const char *source = text_of(story, "first_source");
    hl_buffer_printf(&page->head, "first %s", age_of(story, "first", first));
    if (source[0]) {
        hl_buffer_append_text(&page->head, " by ");
        ctl_text_append(&page->head, source, strlen(source), 0);
    }
    hl_buffer_printf(&page->head, ", last %s\n", age_of(story, "last", last));
}

static void head_history(struct story_page *page, const json_t *story)
{
    const json_t *history = json_object_get(story, "history");
    for (size_t i = 0; i < json_array_size(history); i++) {
        const json_t *event = json_array_get(history, i);
        const char *kind = text_of(event, "kind");
        const char *words = strcmp(kind, "absorbed") == 0    ? "absorbed"
                            : strcmp(kind, "split_off") == 0 ? "gave headlines to"
                                                             : "split off";
        uint64_t headlines = number_of(event, "headlines");
        char age[CTL_AGE_BYTES];
        hl_buffer_printf(&page->head, "%s: %s story %llu (%llu headline%s)\n", age_of(event, "at", age), words,
                         (unsigned long long)number_of(event, "story"), (unsigned long long)headlines,
                         plural(headlines));
    }
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
        ctl_table_add(&table, text_of(source, "source"));
        add_count(&table, source, "headlines");
        add_age(&table, source, "first");
    }
    hl_buffer_append_text(&page->head, "\n");
    ctl_table_render(&table, &page->screen, &page->head);
    if (count > SOURCES_SHOWN)
        hl_buffer_printf(&page->head, "and %zu more\n", count - SOURCES_SHOWN);
    ctl_table_clear(&table);
}

static void add_member(struct ctl_table *table, const json_t *headline)
{
    add_age(table, headline, "received");
    ctl_table_add(table, text_of(headline, "verdict"));
    ctl_table_printf(table, "%llu", (unsigned long long)number_of(headline, "sightings") + 1);
    ctl_table_add(table, text_of(headline, "source"));
    ctl_table_add(table, text_of(headline, "title"));
}

static uint64_t take_story(void *context, json_t *answer)
{
    struct story_page *page = context;
    if (page->shown == 0) {
        page->headlines = number_of(answer, "headlines");
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
    enum ctl_exit code = ask_pages(ctl, request, limit, take_story, &page);
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
