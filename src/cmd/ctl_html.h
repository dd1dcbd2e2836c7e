/*
 * ctl_html.h - the text of a piece of HTML, as the titles and descriptions of feeds are written, and text put on one line.
 */
#ifndef HL_CMD_CTL_HTML_H
#define HL_CMD_CTL_HTML_H

#include "core/buffer.h"

/* True for elements before and after which a line breaks: "p", "br", "li", ... in lower case. */
bool ctl_html_is_block(const char *name);

/*
 * Appends the text of @html (UTF-8): tags, comments, scripts and styles left out, a space where a block begins or ends, character references decoded
 * once. Nothing is ever fetched. False (and @out->failed) when out of memory.
 */
bool ctl_html_text(const char *html, size_t length, struct hl_buffer *out);

/* Each run of white space becomes one space, none at the ends; in place. */
void ctl_html_squeeze(struct hl_buffer *text);

#endif
