/*
 * ctl_items.c - one loop over all formats (see ctl_items.h). Lines of JSON are read where they lie; other formats have a reader that is
 * given small slices, so that what it finds in one is never much.
 */
#include "cmd/ctl_items.h"

#include "cmd/ctl_feed.h"
#include "cmd/ctl_headline.h"
#include "cmd/ctl_json_feed.h"
#include "core/buffer.h"

#include <stdlib.h>
#include <string.h>

enum { SLICE_BYTES = 4096 };

struct ctl_items {
    struct ctl_input *input; /* owned */
    enum ctl_format format;
    const struct ctl_map *map; /* borrowed */
    struct ctl_queue queue;
    struct ctl_queued taken;    /* the last one handed out, for its problem */
    struct ctl_feed *feed;      /* owned; NULL with other formats */
    struct ctl_csv *csv;        /* the same */
    struct hl_buffer document;  /* owned; a JSON Feed */
    bool has_begun;             /* the format is known */
    bool is_finished;           /* the reader was told that the input has ended */
    struct hl_error end;        /* what to say when the queue is empty */
    struct hl_error line_error; /* of a line of JSON */
};

enum hl_status ctl_items_open(const char *path, enum ctl_format format, const struct ctl_map *map,
                              struct ctl_items **out, struct hl_error *error)
{
    struct ctl_items *items = calloc(1, sizeof *items);
    if (!items)
        return hl_error_no_memory(error);
    items->format = format;
    items->map = map;
    enum hl_status status = ctl_input_open(path, &items->input, error);
    if (status == HL_OK)
        *out = items;
    else
        free(items);
    return status;
}

void ctl_items_close(struct ctl_items *items)
{
    if (!items)
        return;
    ctl_input_close(items->input);
    ctl_queue_clear(&items->queue);
    ctl_feed_destroy(items->feed);
    ctl_csv_destroy(items->csv);
    hl_buffer_clear(&items->document);
    free(items);
}

struct ctl_input *ctl_items_input(struct ctl_items *items)
{
    return items->input;
}

/* ---- readers ------------------------------------------------------------------------------------------------------ */

/* Decides on the format, as soon as that is possible, and makes its reader. */
static enum hl_status begin(struct ctl_items *items, struct hl_error *error)
{
    size_t length;
    const char *bytes = ctl_input_peek(items->input, &length);
    if (items->format == CTL_FORMAT_UNKNOWN)
        items->format = ctl_format_detect(bytes, length, ctl_input_has_ended(items->input), items->map);
    bool has_memory = true;
    if (items->format == CTL_FORMAT_FEED)
        has_memory = (items->feed = ctl_feed_create(&items->queue)) != NULL;
    else if (items->format == CTL_FORMAT_CSV || items->format == CTL_FORMAT_TSV)
        has_memory = (items->csv = ctl_csv_create(items->format == CTL_FORMAT_TSV ? '\t' : '\0', items->map,
                                                  &items->queue)) != NULL;
    items->has_begun = items->format != CTL_FORMAT_UNKNOWN;
    return has_memory ? HL_OK : hl_error_no_memory(error);
}

static enum hl_status gather_document(struct hl_buffer *document, const char *bytes, size_t length,
                                      struct hl_error *error)
{
    if (document->length + length > CTL_JSON_FEED_MAX_BYTES)
        return hl_error_set(error, HL_TOO_LARGE, "file", "a JSON Feed of more than %zu bytes", CTL_JSON_FEED_MAX_BYTES);
    return hl_buffer_append(document, bytes, length) ? HL_OK : hl_error_no_memory(error);
}

static enum hl_status take_slice(struct ctl_items *items, const char *bytes, size_t length, struct hl_error *error)
{
    if (items->feed)
        return ctl_feed_take(items->feed, bytes, length, error);
    if (items->csv)
        return ctl_csv_take(items->csv, bytes, length, error);
    return gather_document(&items->document, bytes, length, error);
}

static enum hl_status finish_reader(struct ctl_items *items, struct hl_error *error)
{
    if (items->feed)
        return ctl_feed_finish(items->feed, error);
    if (items->csv)
        return ctl_csv_finish(items->csv, error);
    return ctl_json_feed_read(items->document.data, items->document.length, &items->queue, error);
}

/* Gives the reader something. False: there is nothing. */
static bool advance_reader(struct ctl_items *items)
{
    size_t length;
    const char *bytes = ctl_input_peek(items->input, &length);
    length = length < SLICE_BYTES ? length : SLICE_BYTES;
    if (length > 0) {
        take_slice(items, bytes, length, &items->end);
        ctl_input_skip(items->input, length);
        return true;
    }
    if (!ctl_input_has_ended(items->input) || items->is_finished)
        return false;
    items->is_finished = true;
    finish_reader(items, &items->end);
    return true;
}

static enum ctl_items_step next_queued(struct ctl_items *items, struct ctl_item *item)
{
    if (!ctl_queue_take(&items->queue, &items->taken))
        return items->is_finished ? CTL_ITEMS_END : CTL_ITEMS_NONE;
    *item = (struct ctl_item){.row = items->taken.row,
                              .place = items->taken.place,
                              .place_is_line = items->format != CTL_FORMAT_JSON_FEED,
                              .problem = items->taken.problem};
    return CTL_ITEMS_ITEM;
}

/* ---- lines of JSON ------------------------------------------------------------------------------------------------ */

static enum ctl_items_step next_line(struct ctl_items *items, struct ctl_item *item)
{
    *item = (struct ctl_item){.place_is_line = true};
    enum ctl_line kind = ctl_input_next(items->input, &item->line, &item->length);
    if (kind == CTL_LINE_END || kind == CTL_LINE_NONE)
        return kind == CTL_LINE_END ? CTL_ITEMS_END : CTL_ITEMS_NONE;
    item->place = ctl_input_line_number(items->input);
    if (kind == CTL_LINE_TOO_LONG)
        item->problem = "the line is too long";
    else if (ctl_headline_parse(item->line, item->length, &item->row, &items->line_error) != HL_OK)
        item->problem = items->line_error.message;
    return CTL_ITEMS_ITEM;
}

/* ---- all of them -------------------------------------------------------------------------------------------------- */

enum hl_status ctl_items_next(struct ctl_items *items, enum ctl_items_step *step, struct ctl_item *item,
                              struct hl_error *error)
{
    *step = CTL_ITEMS_NONE;
    enum hl_status status = items->has_begun ? HL_OK : begin(items, error);
    if (status != HL_OK || !items->has_begun)
        return status;
    if (items->format == CTL_FORMAT_JSONL) {
        *step = next_line(items, item);
        return HL_OK;
    }
    *step = next_queued(items, item);
    while (*step == CTL_ITEMS_NONE && items->end.status == HL_OK && advance_reader(items))
        *step = next_queued(items, item);
    if (*step == CTL_ITEMS_ITEM || items->end.status == HL_OK)
        return HL_OK;
    return hl_error_set(error, items->end.status, "file", "%s", items->end.message);
}
