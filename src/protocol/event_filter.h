/*
 * event_filter.h - which events somebody wants.
 *
 * Everything that is asked for must hold. What an event does not tell does not hold: an event of a topic has no source, and
 * only events of headlines and of stories that grow have a title.
 */
#ifndef HL_PROTOCOL_EVENT_FILTER_H
#define HL_PROTOCOL_EVENT_FILTER_H

#include "protocol/events.h"

/* As asked for; what is 0 or empty is not asked for. */
struct hl_event_wish {
    uint64_t kinds; /* bit of each enum hl_event_kind */
    uint64_t story, topic;
    uint64_t headlines_min;
    struct hl_text collection, source;
    struct hl_text text; /* each word of it in the title, as the engine reads both */
};

struct hl_event_filter {
    struct hl_event_wish wish;   /* its texts lie in block */
    struct hl_text_tools *tools; /* borrowed from the history; NULL: no text is asked for */
    struct hl_event_word *words; /* in block */
    size_t word_count;
    void *block; /* owned */
};

/* Copies @wish. HL_INVALID (the text is not UTF-8 or has no word), HL_NO_MEMORY; *@out need not be cleared then. */
enum hl_status hl_event_filter_make(const struct hl_event_wish *wish, struct hl_events *events,
                                    struct hl_event_filter *out, struct hl_error *error);
void hl_event_filter_clear(struct hl_event_filter *filter);

/* Whether the event is wanted; it is, too, when there is no memory to read its title: rather too much than something lost. O(1), with a text O(title). */
bool hl_event_filter_wants(const struct hl_event_filter *filter, const struct hl_event_view *view);

#endif
