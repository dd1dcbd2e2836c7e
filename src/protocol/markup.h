/*
 * markup.h - text inside XML and HTML, so that nothing in it is taken for markup.
 */
#ifndef HL_PROTOCOL_MARKUP_H
#define HL_PROTOCOL_MARKUP_H

#include "core/buffer.h"

#include <headlined/engine.h>

/*
 * Appends @text, valid UTF-8, for element content and for attribute values in either quotes, of XML 1.0 and of HTML. Characters that XML forbids are dropped, a carriage return
 * becomes a space.
 */
void hl_markup_put(struct hl_buffer *out, struct hl_text text);

/* True for what may be made a link: an absolute URL of http or https without white space, control characters, quotes or angle brackets. */
bool hl_markup_is_link(struct hl_text url);

#endif
