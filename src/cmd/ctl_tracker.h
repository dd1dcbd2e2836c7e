/*
 * ctl_tracker.h - in which story every headline ended up, put together from the engine's events.
 *
 * A headline keeps the story that it was last known in; when that story is absorbed later, the headline follows it, also after it
 * left the window itself. Merges are a union-find forest over story ids, moves rewrite the headline's own entry.
 */
#ifndef HL_CMD_CTL_TRACKER_H
#define HL_CMD_CTL_TRACKER_H

#include <headlined/engine.h>

struct ctl_tracker; /* opaque */

/* NULL when out of memory. */
struct ctl_tracker *ctl_tracker_create(void);
void ctl_tracker_destroy(struct ctl_tracker *tracker); /* may be NULL */

/* An hl_observer; @context is the tracker. Amortised O(1). */
void ctl_tracker_observe(void *context, const struct hl_event *event);

/* The story of the headline with this seq as of now; 0 when no event has named it. Amortised near O(1). */
uint64_t ctl_tracker_story(struct ctl_tracker *tracker, uint64_t seq);

/* False once an event was lost for want of memory. */
bool ctl_tracker_is_complete(const struct ctl_tracker *tracker);

#endif
