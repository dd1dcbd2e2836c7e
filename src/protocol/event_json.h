/*
 * event_json.h - an event as the JSON object of the protocol, and the names of its kinds. PROTOCOL.md describes it.
 */
#ifndef HL_PROTOCOL_EVENT_JSON_H
#define HL_PROTOCOL_EVENT_JSON_H

#include "core/buffer.h"
#include "protocol/events.h"

enum { HL_EVENT_KINDS = HL_EVENT_TOPIC_EXPIRED + 1 };

/* The names of enum hl_event_kind on the wire. */
extern const char *const hl_event_kind_names[HL_EVENT_KINDS];

/* Appends an event's id as text, as ids and cursors of events are everywhere. */
void hl_event_put_id(struct hl_buffer *out, const char *name, uint64_t id);

/* Appends the object. */
void hl_event_put(struct hl_buffer *out, const struct hl_event_view *view);

#endif
