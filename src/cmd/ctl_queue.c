/*
 * ctl_queue.c - rows and complaints on their way from a reader (see ctl_queue.h).
 */
#include "cmd/ctl_queue.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void ctl_queue_clear(struct ctl_queue *queue)
{
    struct ctl_queued item;
    while (ctl_queue_take(queue, &item))
        json_decref(item.row);
    free(queue->items);
    *queue = (struct ctl_queue){0};
}

/* A new place at the end; NULL and failed when there is no memory. */
static struct ctl_queued *append(struct ctl_queue *queue, uint64_t place)
{
    if (queue->first == queue->count)
        queue->first = queue->count = 0;
    if (queue->count == queue->capacity) {
        size_t capacity = queue->capacity ? queue->capacity * 2 : 16;
        struct ctl_queued *grown = realloc(queue->items, capacity * sizeof *grown);
        if (!grown) {
            queue->failed = true;
            return NULL;
        }
        queue->items = grown;
        queue->capacity = capacity;
    }
    struct ctl_queued *item = &queue->items[queue->count++];
    item->row = NULL;
    item->place = place;
    item->problem[0] = '\0';
    return item;
}

void ctl_queue_put(struct ctl_queue *queue, json_t *row, uint64_t place)
{
    struct ctl_queued *item = row ? append(queue, place) : NULL;
    if (item)
        item->row = row;
    else
        json_decref(row);
    queue->failed = queue->failed || !item;
}

void ctl_queue_complain(struct ctl_queue *queue, uint64_t place, const char *format, ...)
{
    struct ctl_queued *item = append(queue, place);
    if (!item)
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(item->problem, sizeof item->problem, format, arguments);
    va_end(arguments);
}

bool ctl_queue_take(struct ctl_queue *queue, struct ctl_queued *out)
{
    if (queue->first == queue->count)
        return false;
    *out = queue->items[queue->first++];
    return true;
}
