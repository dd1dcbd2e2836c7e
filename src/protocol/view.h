/*
 * view.h - the headline, story and topic objects of the protocol, shared by the answers that hold them.
 */
#ifndef HL_PROTOCOL_VIEW_H
#define HL_PROTOCOL_VIEW_H

#include "core/buffer.h"

#include <headlined/engine.h>

/* Appends a headline object; @full adds what only `get` tells. */
void hl_view_put_headline(struct hl_buffer *out, const struct hl_headline_view *view, bool full);

/* Appends a headline object with its story and topic, and leaves it open for more members. */
void hl_view_open_found(struct hl_buffer *out, const struct hl_headline_view *view);

/* Appends the members of a story object, without its braces. */
void hl_view_put_story_members(struct hl_buffer *out, const struct hl_story_view *view);

/* Appends the member "arrivals" of a live story. */
void hl_view_put_arrivals(struct hl_buffer *out, hl_engine *engine, uint64_t story, int64_t now_ms);

/* Appends the member "history" of a story. HL_NOT_FOUND. */
enum hl_status hl_view_put_history(hl_engine *engine, uint64_t story, struct hl_buffer *out, struct hl_error *error);
/* Appends the member "terms" of a topic: a list of text, most telling first. */
void hl_view_put_terms(struct hl_buffer *out, const struct hl_topic_view *view);

/* Appends the members of a topic object, without its braces. */
void hl_view_put_topic_members(struct hl_buffer *out, const struct hl_topic_view *view);

/* Appends the member "verdicts": one count for each, by name. */
void hl_view_put_verdicts(struct hl_buffer *out, const uint64_t counts[HL_VERDICT_COUNT]);

#endif
