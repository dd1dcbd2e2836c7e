/*
 * ctl_sources.c - where headlines come from and where they are kept: sources, collections.
 */
#include "cmd/ctl_args.h"
#include "cmd/ctl_ask.h"
#include "cmd/ctl_pages.h"

/* ---- sources ------------------------------------------------------------------------------------------------------- */

static const struct ctl_column source_columns[] = {
    {.title = "SOURCE", .style = CTL_CYAN, .width_max = 24},
    {.title = "HEADLINES", .right = true, .style = CTL_PLAIN},
    {.title = "STORIES", .right = true, .style = CTL_PLAIN},
    {.title = "FIRST", .right = true, .style = CTL_BOLD},
    {.title = "OF", .right = true, .style = CTL_DIM},
    {.title = "COPIES", .right = true, .style = CTL_PLAIN, .screen_min = 100},
    {.title = "BEHIND", .right = true, .style = CTL_PLAIN},
    {.title = "LAST", .style = CTL_DIM, .screen_min = 100},
    {.title = "FOLLOWS", .flexible = true, .style = CTL_PLAIN},
};

/* "45 s", "12.5 min", "3.0 h"; nothing for no lag. */
static void add_lag(struct ctl_table *table, const json_t *lag)
{
    double seconds = json_number_value(lag);
    if (!json_is_number(lag))
        ctl_table_add(table, "");
    else if (seconds < 60)
        ctl_table_printf(table, "%.0f s", seconds);
    else if (seconds < 3600)
        ctl_table_printf(table, "%.1f min", seconds / 60);
    else
        ctl_table_printf(table, "%.1f h", seconds / 3600);
}

/* "Northern Wire (12), Harbour Post (3)" */
static void add_follows(struct ctl_table *table, const json_t *follows)
{
    struct hl_buffer text;
    hl_buffer_init(&text);
    for (size_t i = 0; i < json_array_size(follows); i++) {
        const json_t *follow = json_array_get(follows, i);
        hl_buffer_append_text(&text, i > 0 ? ", " : "");
        hl_buffer_append_text(&text, ctl_member_text(follow, "source"));
        hl_buffer_printf(&text, " (%llu)", (unsigned long long)ctl_member_number(follow, "count"));
    }
    hl_buffer_append(&text, "", 1);
    ctl_table_add(table, text.failed ? "" : text.data);
    hl_buffer_clear(&text);
}

static void add_source(struct ctl_table *table, const json_t *source)
{
    ctl_table_add(table, ctl_member_text(source, "source"));
    ctl_table_add_count(table, source, "headlines");
    ctl_table_add_count(table, source, "stories");
    ctl_table_add_count(table, source, "first_count");
    ctl_table_add_count(table, source, "shared");
    ctl_table_printf(table, "%.0f%%", 100 * json_number_value(json_object_get(source, "duplicate_share")));
    add_lag(table, json_object_get(source, "lag_median_s"));
    ctl_table_add_age(table, source, "last");
    add_follows(table, json_object_get(source, "follows"));
}

static const struct ctl_listing sources_listing = {
    .member = "sources",
    .columns = source_columns,
    .column_count = CTL_COUNT(source_columns),
    .add = add_source,
    .none = "no headline names a source\n",
    .truncated = "(only the most recently active stories were looked at)\n",
};

enum ctl_exit ctl_sources(struct ctl *ctl, int argc, char **argv)
{
    const char *order = NULL, *source = NULL, *since = NULL, *until = NULL, *collection = NULL;
    uint64_t limit = 20;
    const struct ctl_option options[] = {
        {.name = "order", .placeholder = "ORDER", .help = "headlines (default), first, lag or name", .text = &order},
        {.name = "limit",
         .placeholder = "N",
         .help = "most sources (20)",
         .number = &limit,
         .number_min = 1,
         .number_max = 1000},
        {.name = "source", .placeholder = "NAME", .help = "this one alone", .text = &source},
        {.name = "since",
         .placeholder = "TIME",
         .help = "stories that began not before: 2h, 7d, or RFC 3339",
         .text = &since},
        {.name = "until", .placeholder = "TIME", .help = "stories that began not after", .text = &until},
        {.name = "collection", .placeholder = "NAME", .help = "the collection (default)", .text = &collection},
    };
    const struct ctl_usage usage = {.command = "sources",
                                    .arguments = "",
                                    .summary = "Shows who had stories first, who follows whom, and how late.",
                                    .options = options,
                                    .option_count = CTL_COUNT(options)};
    enum ctl_exit code;
    if (!ctl_args_parse(ctl, &usage, argc, argv, &argc, &code))
        return code;
    json_t *request = ctl_request("sources");
    if (!ctl_request_text(request, "order", order) || !ctl_request_text(request, "source", source) ||
        !ctl_request_time(request, "since", since) || !ctl_request_time(request, "until", until) ||
        !ctl_request_text(request, "collection", collection)) {
        json_decref(request);
        request = NULL;
    }
    return ctl_list_answer(ctl, request, limit, &sources_listing);
}

/* ---- collections --------------------------------------------------------------------------------------------------- */

static const struct ctl_column collection_columns[] = {
    {.title = "COLLECTION", .flexible = true, .style = CTL_CYAN},
    {.title = "HEADLINES", .right = true, .style = CTL_PLAIN},
    {.title = "STORIES", .right = true, .style = CTL_PLAIN},
    {.title = "TOPICS", .right = true, .style = CTL_PLAIN},
    {.title = "LAST", .style = CTL_DIM},
};

static void add_collection(struct ctl_table *table, const json_t *collection)
{
    ctl_table_add(table, ctl_member_text(collection, "collection"));
    ctl_table_add_count(table, collection, "headlines");
    ctl_table_add_count(table, collection, "stories");
    ctl_table_add_count(table, collection, "topics");
    ctl_table_add_age(table, collection, "last");
}

static const struct ctl_listing collections_listing = {
    .member = "collections",
    .columns = collection_columns,
    .column_count = CTL_COUNT(collection_columns),
    .add = add_collection,
    .none = "there is no collection yet\n",
    .truncated = "(and more)\n",
};

enum ctl_exit ctl_collections(struct ctl *ctl, int argc, char **argv)
{
    static const struct ctl_usage usage = {
        .command = "collections", .arguments = "", .summary = "Lists the collections with what they hold."};
    enum ctl_exit code;
    if (!ctl_args_parse(ctl, &usage, argc, argv, &argc, &code))
        return code;
    return ctl_list_answer(ctl, ctl_request("collections"), UINT64_MAX, &collections_listing);
}
