/*
 * ctl_pages.c - members of answers and pages of lists (see ctl_pages.h).
 */
#include "cmd/ctl_pages.h"

#include "cmd/ctl_ask.h"

#include "protocol/time.h"

#include <string.h>

enum { PAGE_MAX = 1000 };

const char *ctl_member_text(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

uint64_t ctl_member_number(const json_t *object, const char *name)
{
    json_int_t value = json_integer_value(json_object_get(object, name));
    return value > 0 ? (uint64_t)value : 0;
}

const char *ctl_member_age(const json_t *object, const char *name, char out[CTL_AGE_BYTES])
{
    const char *text = ctl_member_text(object, name);
    int64_t then_ms;
    if (hl_time_parse(text, strlen(text), &then_ms))
        ctl_age(ctl_wall_ms(), then_ms, out);
    else
        out[0] = '\0';
    return out;
}

void ctl_terms_append(struct hl_buffer *out, const json_t *topic)
{
    const json_t *terms = json_object_get(topic, "terms");
    for (size_t i = 0; i < json_array_size(terms); i++) {
        const char *term = json_string_value(json_array_get(terms, i));
        hl_buffer_append_text(out, i > 0 ? ", " : "");
        ctl_text_append(out, term ? term : "", term ? strlen(term) : 0, 0);
    }
}

void ctl_table_add_count(struct ctl_table *table, const json_t *object, const char *name)
{
    char text[CTL_NUMBER_BYTES];
    ctl_table_add(table, ctl_number(ctl_member_number(object, name), text));
}

void ctl_table_add_age(struct ctl_table *table, const json_t *object, const char *name)
{
    char text[CTL_AGE_BYTES];
    ctl_table_add(table, ctl_member_age(object, name, text));
}

/* Sends a copy of @request with the limit and the cursor of the next page (NULL: the first). */
static enum ctl_exit ask_page(struct ctl_client *client, const struct ctl *ctl, json_t *request, uint64_t left,
                              const char *cursor, json_t **answer)
{
    json_t *page = json_copy(request);
    json_int_t limit = left < PAGE_MAX ? (json_int_t)left : PAGE_MAX;
    if (json_object_set_new(page, "limit", json_integer(limit)) != 0 || !ctl_request_text(page, "cursor", cursor)) {
        json_decref(page);
        page = NULL;
    }
    return ctl_ask(client, ctl, page, answer);
}

/* A list on its way from the answers to the screen. */
struct pages {
    const struct ctl_listing *listing;
    struct ctl_screen screen;
    struct hl_buffer head; /* what stands above the table */
    struct ctl_table table;
    uint64_t taken, total;
    bool truncated;
};

/* Returns how many items of @answer (borrowed) it took. */
static uint64_t take_page(struct pages *pages, const json_t *answer)
{
    const struct ctl_listing *listing = pages->listing;
    const json_t *items = json_object_get(answer, listing->member);
    if (listing->head && pages->taken == 0) {
        pages->total = ctl_member_number(answer, listing->total);
        listing->head(&pages->head, &pages->screen, answer);
    }
    for (size_t i = 0; i < json_array_size(items); i++)
        listing->add(&pages->table, json_array_get(items, i));
    pages->taken += json_array_size(items);
    pages->truncated = pages->truncated || json_is_true(json_object_get(answer, "truncated"));
    return json_array_size(items);
}

/*
 * Asks @request (borrowed) with limit and cursor, page after page, until @limit items are taken or the list is complete. Errors were
 * complained about.
 */
static enum ctl_exit ask_pages(const struct ctl *ctl, json_t *request, uint64_t limit, struct pages *pages)
{
    struct ctl_client client;
    ctl_client_init(&client);
    json_t *page = NULL; /* kept until the next request is built from its cursor */
    const char *cursor = NULL;
    enum ctl_exit code;
    do {
        json_t *answer = NULL;
        code = ask_page(&client, ctl, request, limit, cursor, &answer);
        json_decref(page);
        page = answer;
        cursor = NULL;
        if (code == CTL_OK) {
            uint64_t taken = take_page(pages, page);
            limit = taken < limit ? limit - taken : 0;
            if (taken > 0 && limit > 0)
                cursor = json_string_value(json_object_get(page, "next"));
        }
    } while (cursor);
    json_decref(page);
    ctl_client_close(&client);
    return code;
}

static enum ctl_exit print_pages(struct pages *pages)
{
    const struct ctl_listing *listing = pages->listing;
    struct hl_buffer *out = &pages->head;
    if (listing->head || pages->taken > 0)
        ctl_table_render(&pages->table, &pages->screen, out);
    else
        hl_buffer_append_text(out, listing->none);
    if (pages->truncated && listing->truncated)
        hl_buffer_append_text(out, listing->truncated);
    if (pages->total > pages->taken)
        hl_buffer_printf(out, "and %llu more (--limit)\n", (unsigned long long)(pages->total - pages->taken));
    return ctl_print(out);
}

static enum ctl_exit ask_and_print(const struct ctl *ctl, json_t *request, uint64_t limit,
                                   const struct ctl_listing *listing)
{
    struct pages pages = {.listing = listing, .screen = ctl_screen_of(stdout)};
    hl_buffer_init(&pages.head);
    ctl_table_init(&pages.table, listing->columns, listing->column_count);
    enum ctl_exit code = ask_pages(ctl, request, limit, &pages);
    if (code == CTL_OK && !ctl->json)
        code = print_pages(&pages);
    ctl_table_clear(&pages.table);
    hl_buffer_clear(&pages.head);
    return code;
}

enum ctl_exit ctl_list_answer(const struct ctl *ctl, json_t *request, uint64_t limit, const struct ctl_listing *listing)
{
    enum ctl_exit code = CTL_USAGE;
    if (request)
        code = ask_and_print(ctl, request, limit, listing);
    else
        ctl_complain("an argument is not UTF-8 text");
    json_decref(request);
    return code;
}

enum ctl_exit ctl_list(const struct ctl *ctl, const char *op, const char *min, const struct ctl_filters *filters,
                       const struct ctl_listing *listing)
{
    json_t *request = ctl_request(op);
    bool filled =
        ctl_request_text(request, "order", filters->order) && ctl_request_time(request, "since", filters->since) &&
        ctl_request_time(request, "until", filters->until) && ctl_request_text(request, "source", filters->source) &&
        ctl_request_text(request, "lang", filters->lang) && ctl_request_text(request, "text", filters->text) &&
        ctl_request_text(request, "collection", filters->collection) &&
        json_object_set_new(request, min, json_integer((json_int_t)filters->size_min)) == 0;
    if (!filled) {
        json_decref(request);
        request = NULL;
    }
    return ctl_list_answer(ctl, request, filters->limit, listing);
}

enum ctl_exit ctl_show(const struct ctl *ctl, const char *op, const char *id, uint64_t limit,
                       const struct ctl_listing *listing)
{
    json_t *request = ctl_request(op);
    enum ctl_exit code = CTL_USAGE;
    if (ctl_request_text(request, op, id))
        code = ask_and_print(ctl, request, limit, listing);
    else
        ctl_complain("a %s's id is a number", op);
    json_decref(request);
    return code;
}
