/*
 * ctl_sender.h - many adds in flight over one connection that may break: a bounded window of requests without an answer.
 *
 * Requests are answered in order and each carries a ref, so that an answer is known for what it is and the error line that a
 * daemon may send before it closes a connection is told apart from one. When the connection breaks, the sender connects
 * again, waiting longer after each failure, and sends the whole window again: every request must be one that may be repeated, as
 * adds with an id are. A daemon that answers "unavailable" (its disk is full) is treated the same, until it takes the request. Sending and receiving go side by side (ctl_sender_events, ctl_sender_step), so that neither end can
 * stop the other.
 */
#ifndef HL_CMD_CTL_SENDER_H
#define HL_CMD_CTL_SENDER_H

#include "cmd/ctl_client.h"

/* Where a request came from, for complaints. */
struct ctl_origin {
    const char *file; /* borrowed */
    uint64_t place;   /* the number of its line; of the item where there are no lines */
    bool place_is_line;
};

/* An answer to the oldest request; @answer is borrowed for the call. */
typedef void (*ctl_on_answer)(void *context, const struct ctl_origin *origin, const json_t *answer);

struct ctl_in_flight {
    struct hl_buffer line; /* owned; memory kept for later requests */
    struct ctl_origin origin;
};

struct ctl_sender {
    const struct ctl *ctl; /* borrowed */
    struct ctl_client client;
    struct ctl_in_flight *window; /* owned; a ring */
    size_t capacity, first, count;
    uint64_t first_ref;             /* of window[first]; the others follow */
    struct hl_buffer out;           /* owned; bytes that the socket has not taken yet */
    size_t line_max_bytes;          /* as told by the daemon */
    uint64_t retries_max, failures; /* failures: since the last answer, or greeting with none due */
    uint64_t reconnects, resent;
    char unavailable[sizeof(
        ((struct hl_error *)0)->message)]; /* what it said when it last took nothing; "" once it does */
    int64_t heard_ms;                      /* when the daemon last sent something, or the window was last empty */
    ctl_on_answer on_answer;
    void *context;
};

/*
 * Connects and greets the daemon, once, without retries. @capacity > 0 requests may be in flight; after @retries_max failures in a row
 * the sender gives up. HL_UNAVAILABLE, HL_INVALID, HL_TIMEOUT, HL_NO_MEMORY; ctl_sender_close must follow in any case.
 */
enum hl_status ctl_sender_open(struct ctl_sender *sender, const struct ctl *ctl, size_t capacity, uint64_t retries_max,
                               ctl_on_answer on_answer, void *context, struct hl_error *error);
void ctl_sender_close(struct ctl_sender *sender);

bool ctl_sender_has_room(const struct ctl_sender *sender);

/*
 * Takes a request in (copied; gets a ref). There must be room. HL_TOO_LARGE when its line is longer than the daemon takes, HL_NO_MEMORY:
 * nothing was taken in.
 */
enum hl_status ctl_sender_put(struct ctl_sender *sender, json_t *request, const struct ctl_origin *origin,
                              struct hl_error *error);

/* The events to poll sender->client.descriptor for. */
short ctl_sender_events(const struct ctl_sender *sender);

/*
 * Sends and receives what can be now, calls back for each answer, and connects again when the connection is lost or silent for
 * too long; that may wait. HL_UNAVAILABLE: gave up, the window is as it was. HL_INTERNAL: the answers are out of step.
 */
enum hl_status ctl_sender_step(struct ctl_sender *sender, struct hl_error *error);

#endif
