/*
 * ctl_explain.c - explain: why a headline is where it is, or what two headlines have in common. The reasons come in words from the
 * daemon; what is added here is tables of the numbers behind them.
 */
#include "cmd/ctl_args.h"
#include "cmd/ctl_ask.h"
#include "cmd/ctl_pages.h"

#include <headlined/engine.h>

#include <string.h>

enum { TERMS_SHOWN = 20 };

static const struct ctl_column term_columns[] = {
    {.title = "TERM", .flexible = true, .style = CTL_PLAIN}, {.title = "STREAM", .right = true, .style = CTL_DIM},
    {.title = "IDF", .right = true, .style = CTL_DIM},       {.title = "WEIGHT", .right = true, .style = CTL_PLAIN},
    {.title = "SHARED", .right = true, .style = CTL_CYAN},
};

static const struct ctl_column factor_columns[] = {
    {.title = "FACTOR", .style = CTL_PLAIN},
    {.title = "VALUE", .right = true, .style = CTL_BOLD},
    {.title = "WHAT IT IS", .flexible = true, .style = CTL_DIM},
};

/* What is printed, and for whom. */
struct page {
    struct hl_buffer out;
    struct ctl_screen screen;
};

static double real_at(const json_t *object, const char *name)
{
    return json_number_value(json_object_get(object, name));
}

static void say(struct page *page, const char *label, const char *text, enum ctl_style style)
{
    hl_buffer_printf(&page->out, "%-9s ", label);
    ctl_style_begin(&page->out, &page->screen, style);
    ctl_text_append(&page->out, text, strlen(text), 0);
    ctl_style_end(&page->out, &page->screen, style);
    hl_buffer_append_text(&page->out, "\n");
}

static void print_title(struct page *page, const json_t *title)
{
    const char *tail = ctl_member_text(title, "tail"), *lang = ctl_member_text(title, "lang");
    uint64_t story = ctl_member_number(title, "story");
    say(page, "title", ctl_member_text(title, "title"), CTL_BOLD);
    say(page, "read as", ctl_member_text(title, "text"), CTL_PLAIN);
    if (tail[0])
        say(page, json_is_true(json_object_get(title, "tail_guessed")) ? "guessed" : "tail", tail, CTL_DIM);
    if (lang[0])
        say(page, "language", lang, CTL_PLAIN);
    if (story > 0)
        hl_buffer_printf(&page->out, "%-9s %llu\n", "story", (unsigned long long)story);
}

static void print_reasons(struct page *page, const json_t *answer)
{
    const json_t *reasons = json_object_get(answer, "reasons");
    hl_buffer_append_text(&page->out, "\n");
    for (size_t i = 0; i < json_array_size(reasons); i++) {
        const char *reason = json_string_value(json_array_get(reasons, i));
        say(page, i == 0 ? "because" : "", reason ? reason : "", i == 0 ? CTL_GREEN : CTL_PLAIN);
    }
}

/* What a term adds to the score's cosine; an empty cell when it is not shared. */
static void add_part(struct ctl_table *table, const json_t *term, const json_t *shared)
{
    for (size_t i = 0; i < json_array_size(shared); i++) {
        const json_t *row = json_array_get(shared, i);
        if (strcmp(ctl_member_text(row, "text"), ctl_member_text(term, "text")) != 0)
            continue;
        if (json_is_true(json_object_get(row, "hot")))
            ctl_table_add(table, "hot");
        else
            ctl_table_printf(table, "%.4f", real_at(row, "part"));
        return;
    }
    ctl_table_add(table, "");
}

static void print_terms(struct page *page, const json_t *title, const json_t *shared)
{
    const json_t *terms = json_object_get(title, "terms");
    struct ctl_table table;
    ctl_table_init(&table, term_columns, CTL_COUNT(term_columns));
    for (size_t i = 0; i < json_array_size(terms) && i < TERMS_SHOWN; i++) {
        const json_t *term = json_array_get(terms, i);
        ctl_table_printf(&table, "%s%s", ctl_member_text(term, "text"),
                         json_is_true(json_object_get(term, "summary")) ? " (summary)" : "");
        ctl_table_printf(&table, "%.2f%%", 100 * real_at(term, "share"));
        ctl_table_printf(&table, "%.2f", real_at(term, "idf"));
        ctl_table_printf(&table, "%.4f", real_at(term, "weight"));
        add_part(&table, term, shared);
    }
    hl_buffer_append_text(&page->out, "\n");
    ctl_table_render(&table, &page->screen, &page->out);
    if (json_array_size(terms) > TERMS_SHOWN)
        hl_buffer_printf(&page->out, "and %zu lighter ones (--json)\n", json_array_size(terms) - TERMS_SHOWN);
    ctl_table_clear(&table);
}

enum { FACTOR_TITLE_BYTES = 16, SCREEN_WIDE = 110 };

/* A column for each factor that this program knows, between what names a story and what it is about. */
struct story_columns {
    struct ctl_column column[CTL_TABLE_COLUMNS_MAX];
    char title[CTL_TABLE_COLUMNS_MAX][FACTOR_TITLE_BYTES];
    size_t count;
};

static void add_factor_column(struct story_columns *columns, const char *name, bool is_score)
{
    char *title = columns->title[columns->count];
    size_t length = 0;
    for (; name[length] && length < FACTOR_TITLE_BYTES - 1; length++)
        title[length] = (char)(name[length] >= 'a' && name[length] <= 'z' ? name[length] - 'a' + 'A' : name[length]);
    title[length] = '\0';
    bool is_derived =
        strcmp(name, "likeness") == 0 || strcmp(name, "gap_s") == 0; /* from and to what stands beside it */
    columns->column[columns->count++] = (struct ctl_column){.title = title,
                                                            .right = true,
                                                            .style = is_score ? CTL_BOLD : CTL_PLAIN,
                                                            .screen_min = is_derived ? SCREEN_WIDE : 0};
}

static void make_story_columns(struct story_columns *columns)
{
    size_t count;
    const struct hl_factor_info *info = hl_factors_info(&count);
    columns->count = 0;
    columns->column[columns->count++] = (struct ctl_column){.title = "STORY", .right = true, .style = CTL_CYAN};
    for (size_t i = 0; i < count && columns->count < CTL_TABLE_COLUMNS_MAX - 3; i++)
        add_factor_column(columns, info[i].name, i + 1 == count);
    columns->column[columns->count++] =
        (struct ctl_column){.title = "SIZE", .right = true, .style = CTL_PLAIN, .screen_min = 90};
    columns->column[columns->count++] = (struct ctl_column){.title = "", .style = CTL_DIM};
    columns->column[columns->count++] = (struct ctl_column){.title = "TITLE", .flexible = true, .style = CTL_PLAIN};
}

static const char *mark_of(const json_t *story)
{
    bool own = json_is_true(json_object_get(story, "own")), found = json_is_true(json_object_get(story, "candidate"));
    return own && !found ? "own, not found" : own ? "own" : "";
}

static void add_story(struct ctl_table *table, const json_t *story)
{
    size_t count;
    const struct hl_factor_info *info = hl_factors_info(&count);
    const json_t *factors = json_object_get(story, "factors");
    ctl_table_printf(table, "%llu", (unsigned long long)ctl_member_number(story, "story"));
    for (size_t i = 0; i < count && i < table->column_count - 4; i++)
        ctl_table_printf(table, "%.*f", info[i].decimals, real_at(factors, info[i].name));
    ctl_table_printf(table, "%llu", (unsigned long long)ctl_member_number(story, "headlines"));
    ctl_table_add(table, mark_of(story));
    ctl_table_add(table, ctl_member_text(story, "title"));
}

static void print_stories(struct page *page, const json_t *stories)
{
    struct ctl_table table;
    struct story_columns columns;
    if (json_array_size(stories) == 0)
        return;
    make_story_columns(&columns);
    ctl_table_init(&table, columns.column, columns.count);
    for (size_t i = 0; i < json_array_size(stories); i++)
        add_story(&table, json_array_get(stories, i));
    hl_buffer_append_text(&page->out, "\n");
    ctl_table_render(&table, &page->screen, &page->out);
    ctl_table_clear(&table);
}

/* By the table of the engine that this program is built with; what a newer daemon has besides is left to --json. */
static void print_factors(struct page *page, const json_t *factors)
{
    size_t count;
    const struct hl_factor_info *info = hl_factors_info(&count);
    struct ctl_table table;
    ctl_table_init(&table, factor_columns, CTL_COUNT(factor_columns));
    for (size_t i = 0; i < count; i++) {
        if (!json_object_get(factors, info[i].name))
            continue;
        ctl_table_add(&table, info[i].name);
        ctl_table_printf(&table, "%.*f", info[i].decimals, real_at(factors, info[i].name));
        ctl_table_add(&table, info[i].help);
    }
    hl_buffer_append_text(&page->out, "\n");
    ctl_table_render(&table, &page->screen, &page->out);
    ctl_table_clear(&table);
}

/* "on arrival: near, in story 12, duplicate of a-1" */
static void print_arrival(struct page *page, const json_t *arrival)
{
    const char *original = ctl_member_text(arrival, "duplicate_of");
    if (!json_is_object(arrival))
        return;
    hl_buffer_printf(&page->out, "%-9s %s, in story %llu", "arrived", ctl_member_text(arrival, "verdict"),
                     (unsigned long long)ctl_member_number(arrival, "story"));
    if (original[0]) {
        hl_buffer_append_text(&page->out, ", duplicate of ");
        ctl_text_append(&page->out, original, strlen(original), 0);
    }
    hl_buffer_append_text(&page->out, "\n");
}

static void print_history(struct page *page, const json_t *history)
{
    for (size_t i = 0; i < json_array_size(history); i++) {
        char age[CTL_AGE_BYTES];
        const json_t *event = json_array_get(history, i);
        const char *kind = ctl_member_text(event, "kind");
        const char *what = strcmp(kind, "absorbed") == 0    ? "took in"
                           : strcmp(kind, "split_off") == 0 ? "gave away"
                                                            : "came out of";
        hl_buffer_printf(&page->out, "%-9s %s: the story %s story %llu (headlines: %llu)\n", i == 0 ? "history" : "",
                         ctl_member_age(event, "at", age), what, (unsigned long long)ctl_member_number(event, "story"),
                         (unsigned long long)ctl_member_number(event, "headlines"));
    }
}

static void print_one(struct page *page, const json_t *answer)
{
    const json_t *title = json_object_get(answer, "headline"), *stories = json_object_get(answer, "stories");
    print_title(page, title);
    print_arrival(page, json_object_get(answer, "arrival"));
    print_history(page, json_object_get(answer, "history"));
    print_reasons(page, answer);
    print_stories(page, stories);
    print_terms(page, title, json_object_get(json_array_get(stories, 0), "shared"));
    if (json_array_size(stories) > 0)
        hl_buffer_append_text(&page->out, "SHARED: with the first of the stories above, as part of its TERMS.\n");
}

static void print_two(struct page *page, const json_t *answer)
{
    const json_t *second = json_object_get(answer, "other");
    print_title(page, json_object_get(answer, "headline"));
    hl_buffer_append_text(&page->out, "\n");
    print_title(page, second);
    print_reasons(page, answer);
    print_factors(page, json_object_get(answer, "factors"));
    print_terms(page, second, json_object_get(answer, "shared"));
    hl_buffer_append_text(&page->out, "Terms of the second; SHARED: with the first, as part of the factor terms.\n");
}

static enum ctl_exit ask(const struct ctl *ctl, json_t *request)
{
    json_t *answer;
    enum ctl_exit code = ctl_ask_once(ctl, request, &answer);
    if (code != CTL_OK)
        return code;
    struct page page = {.screen = ctl_screen_of(stdout)};
    hl_buffer_init(&page.out);
    if (!ctl->json && json_object_get(answer, "other"))
        print_two(&page, answer);
    else if (!ctl->json)
        print_one(&page, answer);
    json_decref(answer);
    return ctl_print(&page.out);
}

/* In the order of their options; the ids are arguments. */
enum {
    FIELD_TITLE,
    FIELD_OTHER_TITLE,
    FIELD_SOURCE,
    FIELD_LANG,
    FIELD_PUBLISHED,
    FIELD_SUMMARY,
    FIELD_COLLECTION,
    FIELD_COUNT
};

static json_t *make_request(const char *const values[FIELD_COUNT], int ids, char **id)
{
    static const char *const names[FIELD_COUNT] = {"title",     "other_title", "source",    "lang",
                                                   "published", "summary",     "collection"};
    json_t *request = ctl_request("explain");
    const char *other = ids == 2 ? id[1] : ids == 1 && values[FIELD_TITLE] ? id[0] : NULL;
    bool filled = ctl_request_text(request, "other", other) &&
                  ctl_request_text(request, "id", ids > 0 && !values[FIELD_TITLE] ? id[0] : NULL);
    for (int i = 0; i < FIELD_COUNT && filled; i++)
        filled = i == FIELD_PUBLISHED ? ctl_request_time(request, names[i], values[i])
                                      : ctl_request_text(request, names[i], values[i]);
    if (filled)
        return request;
    json_decref(request);
    return NULL;
}

enum ctl_exit ctl_explain(struct ctl *ctl, int argc, char **argv)
{
    const char *values[FIELD_COUNT] = {NULL};
    const struct ctl_option options[FIELD_COUNT] = {
        {.name = "title", .placeholder = "TITLE", .help = "a title that is not stored", .text = &values[FIELD_TITLE]},
        {.name = "other",
         .placeholder = "TITLE",
         .help = "a second title that is not stored",
         .text = &values[FIELD_OTHER_TITLE]},
        {.name = "source", .placeholder = "NAME", .help = "outlet of --title", .text = &values[FIELD_SOURCE]},
        {.name = "lang", .placeholder = "TAG", .help = "language of --title (guessed)", .text = &values[FIELD_LANG]},
        {.name = "published",
         .placeholder = "TIME",
         .help = "when --title was published: RFC 3339, epoch milliseconds, or 2h",
         .text = &values[FIELD_PUBLISHED]},
        {.name = "summary", .placeholder = "TEXT", .help = "summary of --title", .text = &values[FIELD_SUMMARY]},
        {.name = "collection",
         .placeholder = "NAME",
         .help = "the collection (default)",
         .text = &values[FIELD_COLLECTION]},
    };
    const struct ctl_usage usage = {.command = "explain",
                                    .arguments = "[ID [ID]]",
                                    .summary = "Shows why a headline is where it is, or what two have in common.",
                                    .notes =
                                        "Each headline is a live one, by its id, or a title by --title or --other.\n",
                                    .arguments_max = 2,
                                    .options = options,
                                    .option_count = FIELD_COUNT};
    enum ctl_exit code;
    int count;
    if (!ctl_args_parse(ctl, &usage, argc, argv, &count, &code))
        return code;
    int named = count + (values[FIELD_TITLE] != NULL) + (values[FIELD_OTHER_TITLE] != NULL);
    if (named < 1 || named > 2 || (named == 1 && values[FIELD_OTHER_TITLE])) {
        ctl_complain("explain takes one headline or two: ids, --title or --other; see headlinectl explain --help");
        return CTL_USAGE;
    }
    return ask(ctl, make_request(values, count, argv));
}
