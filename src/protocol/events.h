/*
 * events.h - the history of events: what the engine has told of itself lately, kept within a fixed number of bytes.
 *
 * It is the engine's observer. What comes is copied into a ring, without an allocation and without a word of JSON, since nobody may ever ask;
 * the oldest events make room for it. An event's *id* is its number in the engine, on top of a base that the owner gives (0 where
 * numbers last over restarts). Events are *shown* once the owner says so: what they tell has to be kept first.
 *
 *     evicted | first ... shown | ... last |        ids rise by one
 *
 * One thread at a time. Nothing here fails but creating.
 */
#ifndef HL_PROTOCOL_EVENTS_H
#define HL_PROTOCOL_EVENTS_H

#include <headlined/engine.h>

#define HL_EVENTS_BYTES_MIN ((size_t)64 << 10) /* several of the longest events */

struct hl_text_tools;

struct hl_events; /* opaque */

/* @bytes: of the history, at least HL_EVENTS_BYTES_MIN; taken at once, used as it fills. NULL: no memory. */
struct hl_events *hl_events_create(size_t bytes, uint64_t base);
void hl_events_destroy(struct hl_events *events); /* may be NULL */

/* An hl_observer; @context is the history. O(length of the texts), amortised. */
void hl_events_observe(void *context, const struct hl_event *event);

/* Says where the engine's numbering stands, when it was not observed from its beginning; @number as of hl_engine_events. */
void hl_events_begin(struct hl_events *events, uint64_t number);

/* Events up to @id may be shown. Until the first call all are. */
void hl_events_show(struct hl_events *events, uint64_t id);

/* Ids: of the oldest that is held (last + 1 when there is none), of the last one that may be shown, and of the last one. */
uint64_t hl_events_first(const struct hl_events *events);
uint64_t hl_events_shown(const struct hl_events *events);
uint64_t hl_events_last(const struct hl_events *events);

/* An event with what it carries, as hl_event does; no summary and no fingerprint; url and duplicate_of for HEADLINE_JOINED only. */
struct hl_event_view {
    uint64_t id;
    struct hl_event event; /* headline: NULL or &headline */
    struct hl_headline_view headline;
};

/* The event @id into @out, its text borrowed until the next event comes. False: it is not held. O(1). */
bool hl_events_get(const struct hl_events *events, uint64_t id, struct hl_event_view *out);

/*
 * Where a reader who has seen events up to @after goes on: the id before the first one for him. *@missed: some that he has not seen are
 * no longer held, or he has seen what there never was here, so that something else may be missing. 0: he has seen nothing, wherever ids begin.
 */
uint64_t hl_events_resume(const struct hl_events *events, uint64_t after, bool *missed);

struct hl_events_figures {
    uint64_t kept, bytes, bytes_max; /* events in the history; bytes: used of it */
    uint64_t evicted;
    uint64_t subscribers, subscribers_max; /* max 0: as many as there is memory for */
    uint64_t refused;                      /* for there were too many */
    uint64_t cut_off;                      /* since they were too slow */
    uint64_t sent;                         /* events, to all of them */
};

/* For the owner and subscription.c to count in, but what the history counts itself. */
struct hl_events_figures *hl_events_figures(struct hl_events *events);

/* To read texts with for filters, made when first asked for. NULL: no memory. */
struct hl_text_tools *hl_events_text(struct hl_events *events);

#endif
