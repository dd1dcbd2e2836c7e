/*
 * subscription.h - somebody to whom events are pushed as they happen: where he is in the history, and what he wants.
 *
 * The history is all that is held for him: one who is so slow that it has moved past him has lost events, is told so and cut off, and may come
 * back. Whoever serves him calls hl_subscription_put whenever there may be something to say.
 */
#ifndef HL_PROTOCOL_SUBSCRIPTION_H
#define HL_PROTOCOL_SUBSCRIPTION_H

#include "core/buffer.h"
#include "protocol/event_filter.h"

struct hl_subscription; /* opaque */

/*
 * Subscribes to the events after @after (see hl_events_resume) that @wish asks for. *@slot (NULL: nobody) is replaced, and owned by the caller;
 * @events is borrowed for its life. HL_INVALID (the wish), HL_LIMIT (too many subscribers), HL_NO_MEMORY: *@slot stays as it was.
 */
enum hl_status hl_subscription_open(struct hl_events *events, const struct hl_event_wish *wish, uint64_t after,
                                    struct hl_subscription **slot, struct hl_error *error);
void hl_subscription_close(struct hl_subscription *subscription); /* may be NULL */

/* How events are written down. */
enum hl_event_form {
    HL_EVENTS_LINES, /* JSON lines: {"event":{...}}, {"alive":{...}} and at last {"end":{...}} */
    HL_EVENTS_STREAM /* server-sent events: id, event, data */
};

enum hl_subscription_step {
    HL_SUBSCRIPTION_IDLE, /* all that is shown is said */
    HL_SUBSCRIPTION_MORE, /* there is more to look at: call again */
    HL_SUBSCRIPTION_LOST  /* what comes next is no longer held: put the end, and part */
};

/*
 * Appends the next events that are wanted: a bounded number, out of a bounded number that are looked at. When nothing has been said for 15
 * seconds, a sign of life with the place it is at: what was looked at and not wanted need not be looked at again.
 */
enum hl_subscription_step hl_subscription_put(struct hl_subscription *subscription, enum hl_event_form form,
                                              int64_t now_ms, struct hl_buffer *out);

/* True when hl_subscription_put would not answer IDLE at once. */
bool hl_subscription_is_behind(const struct hl_subscription *subscription);

/* The last thing that is said: why it ends, and where to go on. Constant texts; HL_END_SLOW is counted as cut off. */
#define HL_END_SLOW "slow"
#define HL_END_SHUTDOWN "shutdown"
#define HL_END_CLOSED "closed"
void hl_subscription_put_end(struct hl_subscription *subscription, enum hl_event_form form, const char *reason,
                             struct hl_buffer *out);

#endif
