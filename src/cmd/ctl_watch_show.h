/*
 * ctl_watch_show.h - one event as a line for people.
 */
#ifndef HL_CMD_CTL_WATCH_SHOW_H
#define HL_CMD_CTL_WATCH_SHOW_H

#include "cmd/ctl_text.h"

#include <jansson.h>

/* Appends what stands above the lines, on a terminal; nothing elsewhere. */
void ctl_watch_head(struct hl_buffer *out, const struct ctl_screen *screen);

/* Appends time of day, kind, story, its size, source and title (or what happened to the story); one line, cut to the screen. */
void ctl_watch_show(struct hl_buffer *out, const struct ctl_screen *screen, const json_t *event);

#endif
