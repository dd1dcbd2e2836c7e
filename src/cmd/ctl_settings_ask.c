/*
 * ctl_settings_ask.c - settings: shows or changes how a collection of the daemon groups its headlines.
 */
#include "cmd/ctl_ask.h"
#include "cmd/ctl_pages.h"
#include "cmd/ctl_settings.h"

#include <stdio.h>
#include <string.h>

static const struct ctl_column columns[] = {
    {.title = "SETTING", .style = CTL_CYAN},
    {.title = "VALUE", .right = true, .style = CTL_BOLD},
    {.title = "DEFAULT", .right = true, .style = CTL_PLAIN},
    {.title = "MIN", .right = true, .style = CTL_DIM, .screen_min = 100},
    {.title = "MAX", .right = true, .style = CTL_DIM, .screen_min = 100},
    {.title = "MEANING", .flexible = true, .style = CTL_PLAIN},
};

static void add_setting(struct ctl_table *table, const json_t *setting)
{
    static const char *const numbers[] = {"value", "default", "min", "max"};
    ctl_table_add(table, ctl_member_text(setting, "name"));
    for (size_t i = 0; i < CTL_COUNT(numbers); i++)
        ctl_table_printf(table, "%.9g", json_number_value(json_object_get(setting, numbers[i])));
    ctl_table_add(table, ctl_member_text(setting, "help"));
}

static void put_preferred(struct hl_buffer *out, const json_t *names)
{
    if (json_array_size(names) == 0)
        return;
    hl_buffer_append_text(out, "\npreferred sources: ");
    for (size_t i = 0; i < json_array_size(names); i++) {
        const char *name = json_string_value(json_array_get(names, i));
        hl_buffer_append_text(out, i > 0 ? ", " : "");
        ctl_text_append(out, name ? name : "", name ? strlen(name) : 0, 0);
    }
    hl_buffer_append_text(out, "\n");
}

static enum ctl_exit show(const struct ctl *ctl, json_t *request)
{
    json_t *answer;
    enum ctl_exit code = ctl_ask_once(ctl, request, &answer);
    if (code != CTL_OK)
        return code;
    struct hl_buffer out;
    hl_buffer_init(&out);
    if (!ctl->json) {
        struct ctl_table table;
        const json_t *settings = json_object_get(answer, "settings");
        ctl_table_init(&table, columns, CTL_COUNT(columns));
        for (size_t i = 0; i < json_array_size(settings); i++)
            add_setting(&table, json_array_get(settings, i));
        ctl_table_finish(&table, &out);
        put_preferred(&out, json_object_get(answer, "prefer_sources"));
    }
    json_decref(answer);
    return ctl_print(&out);
}

static enum ctl_exit change(const struct ctl *ctl, json_t *request)
{
    json_t *answer;
    enum ctl_exit code = ctl_ask_once(ctl, request, &answer);
    if (code != CTL_OK)
        return code;
    json_decref(answer);
    if (!ctl->json)
        puts("changed; kept with the state, across restarts when the daemon has a state directory");
    return CTL_OK;
}

/* The members of "set"; NULL: complained about. */
static json_t *changes_of(const struct ctl_list *set, const struct ctl_list *reset)
{
    json_t *changes = json_object();
    bool filled = changes != NULL;
    for (size_t i = 0; i < set->count && filled; i++) {
        char name[CTL_SETTING_NAME_BYTES];
        double value;
        if (!ctl_settings_split(set->values[i], name, &value)) {
            json_decref(changes);
            return NULL;
        }
        filled = json_object_set_new(changes, name, json_real(value)) == 0;
    }
    for (size_t i = 0; i < reset->count && filled; i++)
        filled = json_object_set_new(changes, reset->values[i], json_null()) == 0;
    if (filled)
        return changes;
    ctl_complain("an argument is not UTF-8 text, or there is no memory");
    json_decref(changes);
    return NULL;
}

enum ctl_exit ctl_settings(struct ctl *ctl, int argc, char **argv)
{
    const char *collection = NULL, *prefer = NULL;
    struct ctl_list set = {.count = 0}, reset = {.count = 0};
    const struct ctl_option options[] = {
        {.name = "collection", .placeholder = "NAME", .help = "the collection (default)", .text = &collection},
        {.name = "set", .placeholder = "NAME=VALUE", .help = "change a setting (repeatable)", .list = &set},
        {.name = "reset",
         .placeholder = "NAME",
         .help = "back to what the daemon's configuration says (repeatable)",
         .list = &reset},
        {.name = "prefer",
         .placeholder = "NAMES",
         .help = "show stories rather by these sources, best first, commas between them; \"\": by any",
         .text = &prefer},
    };
    const struct ctl_usage usage = {
        .command = "settings",
        .arguments = "",
        .summary = "Shows or changes how a collection groups its headlines.",
        .notes = "A change holds from the next headline on. It is kept with the state: across restarts, if the daemon "
                 "has a state directory. All changes are made or none.\n",
        .options = options,
        .option_count = CTL_COUNT(options)};
    enum ctl_exit code;
    if (!ctl_args_parse(ctl, &usage, argc, argv, &argc, &code))
        return code;
    json_t *changes = NULL, *request = ctl_request("settings");
    if ((set.count > 0 || reset.count > 0) && !(changes = changes_of(&set, &reset))) {
        json_decref(request);
        return CTL_USAGE;
    }
    if (!ctl_request_text(request, "collection", collection) || !ctl_request_text(request, "prefer_sources", prefer) ||
        (changes && json_object_set(request, "set", changes) != 0)) {
        json_decref(request);
        request = NULL;
    }
    code = changes || prefer ? change(ctl, request) : show(ctl, request);
    json_decref(changes);
    return code;
}
