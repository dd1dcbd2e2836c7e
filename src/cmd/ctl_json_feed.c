/*
 * ctl_json_feed.c - JSON Feed to rows (see ctl_json_feed.h).
 */
#include "cmd/ctl_json_feed.h"

#include "cmd/ctl_entry.h"

#include <stdio.h>
#include <string.h>

static const char version_start[] = "://jsonfeed.org/version/";

bool ctl_json_feed_is(const char *text, size_t length)
{
    static const char member[] = "\"version\"";
    size_t wanted = sizeof version_start - 1;
    const char *end = text + length;
    for (const char *at = text; (size_t)(end - at) > sizeof member + wanted; at++) {
        if (memcmp(at, member, sizeof member - 1) != 0)
            continue;
        at += sizeof member - 1;
        while (at < end && strchr(" \t\r\n:\"", *at))
            at++;
        while (at < end && (*at == 'h' || *at == 't' || *at == 'p' || *at == 's'))
            at++;
        return (size_t)(end - at) >= wanted && memcmp(at, version_start, wanted) == 0;
    }
    return false;
}

/* False: no memory. A member that is no string counts as absent; an id may be a number. */
static bool set_part(struct ctl_entry *entry, enum ctl_entry_part part, const json_t *object, const char *name,
                     bool is_html)
{
    const json_t *value = json_object_get(object, name);
    char digits[32];
    if (json_is_integer(value)) {
        int length = snprintf(digits, sizeof digits, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        return ctl_entry_set(entry, part, digits, (size_t)length, false);
    }
    size_t length = json_string_length(value);
    return ctl_entry_set(entry, part, json_string_value(value), length, is_html);
}

static bool fill_item(struct ctl_entry *entry, const json_t *item)
{
    ctl_entry_reset(entry);
    return set_part(entry, CTL_ENTRY_TITLE, item, "title", false) && set_part(entry, CTL_ENTRY_ID, item, "id", false) &&
           set_part(entry, CTL_ENTRY_URL, item, "url", false) &&
           set_part(entry, CTL_ENTRY_URL, item, "external_url", false) &&
           set_part(entry, CTL_ENTRY_LANG, item, "language", false) &&
           set_part(entry, CTL_ENTRY_PUBLISHED, item, "date_published", false) &&
           set_part(entry, CTL_ENTRY_UPDATED, item, "date_modified", false) &&
           set_part(entry, CTL_ENTRY_SUMMARY, item, "summary", false) &&
           set_part(entry, CTL_ENTRY_CONTENT, item, "content_text", false) &&
           set_part(entry, CTL_ENTRY_CONTENT, item, "content_html", true);
}

static enum hl_status read_items(const json_t *document, struct ctl_queue *queue, struct hl_error *error)
{
    struct ctl_entry about = {0}, entry = {0};
    const json_t *items = json_object_get(document, "items");
    bool has_memory = set_part(&about, CTL_ENTRY_TITLE, document, "title", false) &&
                      set_part(&about, CTL_ENTRY_LANG, document, "language", false);
    for (size_t i = 0; i < json_array_size(items) && has_memory; i++) {
        has_memory = fill_item(&entry, json_array_get(items, i));
        if (has_memory)
            ctl_entry_queue(&entry, &about, i + 1, queue);
        has_memory = has_memory && !queue->failed;
    }
    ctl_entry_clear(&about);
    ctl_entry_clear(&entry);
    return has_memory ? HL_OK : hl_error_no_memory(error);
}

enum hl_status ctl_json_feed_read(const char *text, size_t length, struct ctl_queue *queue, struct hl_error *error)
{
    json_error_t problem;
    json_t *document = json_loadb(length > 0 ? text : "", length, JSON_REJECT_DUPLICATES, &problem);
    if (!document && json_error_code(&problem) == json_error_out_of_memory)
        return hl_error_no_memory(error);
    if (!document)
        return hl_error_set(error, HL_PARSE, "file", "not JSON: line %d: %s", problem.line, problem.text);
    const char *version = json_string_value(json_object_get(document, "version"));
    enum hl_status status;
    if (version && strstr(version, version_start) && json_is_array(json_object_get(document, "items")))
        status = read_items(document, queue, error);
    else
        status = hl_error_set(error, HL_INVALID, "file",
                              "this is no JSON Feed: it needs a \"version\" of jsonfeed.org and \"items\"");
    json_decref(document);
    return status;
}
