/*
 * ctl_queue.h - what a reader of a format has found in a piece of its input: rows for headlines, and complaints about what is none.
 */
#ifndef HL_CMD_CTL_QUEUE_H
#define HL_CMD_CTL_QUEUE_H

#include <headlined/error.h>

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct ctl_queued {
    json_t *row; /* owned: an object with the members of a headline (ctl_headline.h); NULL: it is none */
    uint64_t place;
    char problem[sizeof(((struct hl_error *)0)->message)]; /* why it is none */
};

struct ctl_queue {
    struct ctl_queued *items; /* owned */
    size_t first, count, capacity;
    bool failed; /* out of memory; sticky */
};

void ctl_queue_clear(struct ctl_queue *queue);

/* Puts a row in (taken; NULL: it could not be built, which fails the queue). @place is the number of its line, or of the item. */
void ctl_queue_put(struct ctl_queue *queue, json_t *row, uint64_t place);
/* Puts a complaint in, cut to the length of an error's message. */
void ctl_queue_complain(struct ctl_queue *queue, uint64_t place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Takes the oldest out; its row is the caller's. False: there is none. */
bool ctl_queue_take(struct ctl_queue *queue, struct ctl_queued *out);

#endif
