/*
 * list.h - lists of stories and topics as members of an answer.
 *
 * An answer is cut when it has grown past HL_ANSWER_CUT_BYTES, so that no request makes the server hold more than about that.
 */
#ifndef HL_PROTOCOL_LIST_H
#define HL_PROTOCOL_LIST_H

#include "core/buffer.h"

#include <headlined/engine.h>

enum { HL_ANSWER_CUT_BYTES = 1 << 20 };

/* Stories on a page that has the arrivals of each, which cost a walk. */
enum { HL_ARRIVALS_LIST_MAX = 100 };

/*
 * Append the member "stories" or "topics" and return how many of the @count it has: fewer when the answer grew too long. Stories have their
 * arrivals when @arrivals_of is an engine.
 */
size_t hl_list_put_stories(struct hl_buffer *out, const struct hl_story_view *stories, size_t count,
                           hl_engine *arrivals_of, int64_t now_ms);
size_t hl_list_put_topics(struct hl_buffer *out, const struct hl_topic_view *topics, size_t count);

/* Appends the member "next": where the list goes on when there is @more of it, else null. */
void hl_list_put_next(struct hl_buffer *out, bool more, enum hl_story_order order, const struct hl_cursor *next);

#endif
