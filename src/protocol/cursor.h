/*
 * cursor.h - where a list stopped, as an opaque string: fixed-width hexadecimal, so that a double makes the round trip bit for bit.
 */
#ifndef HL_PROTOCOL_CURSOR_H
#define HL_PROTOCOL_CURSOR_H

#include "core/buffer.h"

#include <headlined/questions.h>

/* Append the cursor as a JSON string. The one of `stories` remembers its order, the one of `story` the last member's seq. */
void hl_cursor_put_stories(struct hl_buffer *out, enum hl_story_order order, const struct hl_cursor *cursor);
void hl_cursor_put_members(struct hl_buffer *out, uint64_t seq);
void hl_cursor_put_search(struct hl_buffer *out, enum hl_search_order order, const struct hl_cursor *cursor);

/*
 * The inverse. False, with the target unchanged, for anything that the functions above cannot have written for this list (another
 * order, a key that is not finite, a story or seq of 0).
 */
bool hl_cursor_get_stories(struct hl_text text, enum hl_story_order order, struct hl_cursor *cursor);
bool hl_cursor_get_search(struct hl_text text, enum hl_search_order order, struct hl_cursor *cursor);
bool hl_cursor_get_members(struct hl_text text, uint64_t *seq);

#endif
