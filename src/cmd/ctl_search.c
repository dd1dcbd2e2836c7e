/*
 * ctl_search.c - headlines found: by their words, by their likeness.
 */
#include "cmd/ctl_args.h"
#include "cmd/ctl_ask.h"
#include "cmd/ctl_pages.h"

static void add_when(struct ctl_table *table, const json_t *headline)
{
    bool dated = json_is_string(json_object_get(headline, "published")); /* what is loaded late did not happen late */
    ctl_table_add_age(table, headline, dated ? "published" : "received");
}

/* ---- search -------------------------------------------------------------------------------------------------------- */

static const struct ctl_column search_columns[] = {
    {.title = "WHEN", .style = CTL_DIM},
    {.title = "STORY", .right = true, .style = CTL_CYAN},
    {.title = "SCORE", .right = true, .style = CTL_DIM, .screen_min = 100},
    {.title = "SOURCE", .style = CTL_CYAN, .width_max = 24},
    {.title = "TITLE", .flexible = true, .style = CTL_BOLD},
};

static void add_hit(struct ctl_table *table, const json_t *headline)
{
    add_when(table, headline);
    ctl_table_printf(table, "%llu", (unsigned long long)ctl_member_number(headline, "story"));
    ctl_table_printf(table, "%.2f", json_number_value(json_object_get(headline, "score")));
    ctl_table_add(table, ctl_member_text(headline, "source"));
    ctl_table_add(table, ctl_member_text(headline, "title"));
}

static const struct ctl_listing search_listing = {
    .member = "headlines",
    .columns = search_columns,
    .column_count = CTL_COUNT(search_columns),
    .add = add_hit,
    .none = "no headline fits\n",
    .truncated = "(only the headlines seen last were looked at)\n",
};

struct wanted {
    const char *order, *source, *lang, *since, *until, *collection;
    uint64_t limit;
};

/* The words of the command line with spaces between them; NULL when it cannot be built. */
static json_t *search_request(const struct wanted *wanted, int count, char **words)
{
    struct hl_buffer q;
    hl_buffer_init(&q);
    for (int i = 0; i < count; i++) {
        hl_buffer_append_text(&q, i > 0 ? " " : "");
        hl_buffer_append_text(&q, words[i]);
    }
    hl_buffer_append(&q, "", 1);
    json_t *request = ctl_request("search");
    bool filled =
        !q.failed && ctl_request_text(request, "q", q.data) && ctl_request_text(request, "order", wanted->order) &&
        ctl_request_text(request, "source", wanted->source) && ctl_request_text(request, "lang", wanted->lang) &&
        ctl_request_time(request, "since", wanted->since) && ctl_request_time(request, "until", wanted->until) &&
        ctl_request_text(request, "collection", wanted->collection);
    hl_buffer_clear(&q);
    if (filled)
        return request;
    json_decref(request);
    return NULL;
}

enum ctl_exit ctl_search(struct ctl *ctl, int argc, char **argv)
{
    struct wanted wanted = {.limit = 20};
    const struct ctl_option options[] = {
        {.name = "order", .placeholder = "ORDER", .help = "rank (default) or latest", .text = &wanted.order},
        {.name = "limit",
         .placeholder = "N",
         .help = "most headlines (20)",
         .number = &wanted.limit,
         .number_min = 1,
         .number_max = 100000},
        {.name = "source", .placeholder = "NAME", .help = "of this source", .text = &wanted.source},
        {.name = "lang", .placeholder = "TAG", .help = "in this language", .text = &wanted.lang},
        {.name = "since",
         .placeholder = "TIME",
         .help = "received not before: 2h, 7d, or RFC 3339",
         .text = &wanted.since},
        {.name = "until", .placeholder = "TIME", .help = "received not after", .text = &wanted.until},
        {.name = "collection", .placeholder = "NAME", .help = "the collection (default)", .text = &wanted.collection},
    };
    const struct ctl_usage usage = {.command = "search",
                                    .arguments = "WORD...",
                                    .summary = "Finds live headlines that have all of these words, in any form.",
                                    .notes = "Words in a row stand in double quotes, which the shell must leave: "
                                             "'\"white house\"'. 'flood*' finds what\nbegins so.\n",
                                    .arguments_min = 1,
                                    .arguments_max = 64,
                                    .options = options,
                                    .option_count = CTL_COUNT(options)};
    enum ctl_exit code;
    int count;
    if (!ctl_args_parse(ctl, &usage, argc, argv, &count, &code))
        return code;
    return ctl_list_answer(ctl, search_request(&wanted, count, argv), wanted.limit, &search_listing);
}

/* ---- similar ------------------------------------------------------------------------------------------------------- */

static const struct ctl_column similar_columns[] = {
    {.title = "WHEN", .style = CTL_DIM},
    {.title = "STORY", .right = true, .style = CTL_CYAN},
    {.title = "ALIKE", .right = true, .style = CTL_PLAIN},
    {.title = "BITS", .right = true, .style = CTL_DIM, .screen_min = 100},
    {.title = "SOURCE", .style = CTL_CYAN, .width_max = 24},
    {.title = "TITLE", .flexible = true, .style = CTL_BOLD},
};

static void add_similar(struct ctl_table *table, const json_t *headline)
{
    add_when(table, headline);
    ctl_table_printf(table, "%llu", (unsigned long long)ctl_member_number(headline, "story"));
    ctl_table_printf(table, "%.2f", json_number_value(json_object_get(headline, "similarity")));
    ctl_table_add_count(table, headline, "distance");
    ctl_table_add(table, ctl_member_text(headline, "source"));
    ctl_table_add(table, ctl_member_text(headline, "title"));
}

static const struct ctl_listing similar_listing = {
    .member = "headlines",
    .columns = similar_columns,
    .column_count = CTL_COUNT(similar_columns),
    .add = add_similar,
    .none = "nothing is like it\n",
};

enum ctl_exit ctl_similar(struct ctl *ctl, int argc, char **argv)
{
    const char *id = NULL, *lang = NULL, *collection = NULL;
    uint64_t limit = 10;
    const struct ctl_option options[] = {
        {.name = "id", .placeholder = "ID", .help = "of a live headline, in place of a title", .text = &id},
        {.name = "lang", .placeholder = "TAG", .help = "language of the title (guessed)", .text = &lang},
        {.name = "limit",
         .placeholder = "N",
         .help = "most headlines (10)",
         .number = &limit,
         .number_min = 1,
         .number_max = 100},
        {.name = "collection", .placeholder = "NAME", .help = "the collection (default)", .text = &collection},
    };
    const struct ctl_usage usage = {.command = "similar",
                                    .arguments = "[TITLE]",
                                    .summary = "Finds live headlines that are like a title or another headline.",
                                    .arguments_max = 1,
                                    .options = options,
                                    .option_count = CTL_COUNT(options)};
    enum ctl_exit code;
    int count;
    if (!ctl_args_parse(ctl, &usage, argc, argv, &count, &code))
        return code;
    if ((count == 1) == (id != NULL)) {
        ctl_complain("similar takes a title or --id, one of the two");
        return CTL_USAGE;
    }
    json_t *request = ctl_request("similar");
    if (!ctl_request_text(request, "title", count == 1 ? argv[0] : NULL) || !ctl_request_text(request, "id", id) ||
        !ctl_request_text(request, "lang", lang) || !ctl_request_text(request, "collection", collection)) {
        json_decref(request);
        request = NULL;
    }
    return ctl_list_answer(ctl, request, limit, &similar_listing);
}
