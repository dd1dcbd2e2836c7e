/*
 * ctl_sources.c - where headlines come from and where they are kept: collections.
 */
#include "cmd/ctl_args.h"
#include "cmd/ctl_ask.h"
#include "cmd/ctl_pages.h"

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
