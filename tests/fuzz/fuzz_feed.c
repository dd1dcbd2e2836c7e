/*
 * fuzz_feed.c - any bytes as RSS or Atom: rows hold a title and valid UTF-8 or there is a complaint, and it is the same whether the bytes come at
 * once or in two pieces.
 */
#include "cmd/ctl_feed.h"
#include "core/assert.h"

#include <headlined/engine.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t length_of(const json_t *row, const char *name)
{
    return json_string_length(json_object_get(row, name));
}

static void check_row(const json_t *row)
{
    size_t id = length_of(row, "id");
    HL_ASSERT(length_of(row, "title") > 0);
    HL_ASSERT(id > 0 && id <= HL_ID_MAX_BYTES && json_string_value(json_object_get(row, "id"))[0] != '~');
    HL_ASSERT(length_of(row, "url") <= HL_URL_MAX_BYTES && length_of(row, "source") <= HL_SOURCE_MAX_BYTES);
    HL_ASSERT(length_of(row, "summary") <= HL_SUMMARY_MAX_BYTES && length_of(row, "lang") <= HL_LANG_MAX_BYTES);
}

/* A number that tells what was found. */
static size_t read_feed(const char *text, size_t size, size_t first)
{
    struct ctl_queue queue = {0};
    struct ctl_feed *feed = ctl_feed_create(&queue);
    size_t rows = 0;
    if (!feed)
        return 0;
    enum hl_status status = ctl_feed_take(feed, text, first, NULL);
    if (status == HL_OK)
        status = ctl_feed_take(feed, text + first, size - first, NULL);
    if (status == HL_OK)
        ctl_feed_finish(feed, NULL);
    struct ctl_queued item;
    while (ctl_queue_take(&queue, &item)) {
        HL_ASSERT(item.row || item.problem[0]);
        if (item.row)
            check_row(item.row);
        rows += item.row != NULL;
        json_decref(item.row);
    }
    ctl_queue_clear(&queue);
    ctl_feed_destroy(feed);
    return rows;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char start[] = "<rss><channel><item><title>";
    if (size > 65536)
        return 0;
    read_feed((const char *)data, size, size / 2);
    char *inside = malloc(sizeof start + size); /* so that it need not find the way there each time */
    if (!inside)
        return 0;
    memcpy(inside, start, sizeof start - 1);
    if (size > 0)
        memcpy(inside + sizeof start - 1, data, size);
    read_feed(inside, sizeof start - 1 + size, sizeof start);
    free(inside);
    return 0;
}
