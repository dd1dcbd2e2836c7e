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

enum ctl_exit ctl_ask_pages(const struct ctl *ctl, json_t *request, uint64_t limit, ctl_take_page take, void *context)
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
            uint64_t taken = take(context, page);
            limit = taken < limit ? limit - taken : 0;
            if (taken > 0 && limit > 0)
                cursor = json_string_value(json_object_get(page, "next"));
        }
    } while (cursor);
    json_decref(page);
    ctl_client_close(&client);
    return code;
}
