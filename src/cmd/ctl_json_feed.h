/*
 * ctl_json_feed.h - JSON Feed 1 and 1.1: rows for headlines (ctl_entry.h) from a document that is read as a whole, of at most 16 MiB.
 */
#ifndef HL_CMD_CTL_JSON_FEED_H
#define HL_CMD_CTL_JSON_FEED_H

#include "cmd/ctl_queue.h"

#include <stddef.h>

#define CTL_JSON_FEED_MAX_BYTES ((size_t)16 << 20)

/* True when @text, the beginning of a JSON document, names a version of JSON Feed. */
bool ctl_json_feed_is(const char *text, size_t length);

/*
 * Puts the items of a document into @queue, numbered from 1. HL_PARSE: no JSON; HL_INVALID: no JSON Feed; HL_NO_MEMORY, after which some may be in the
 * queue.
 */
enum hl_status ctl_json_feed_read(const char *text, size_t length, struct ctl_queue *queue, struct hl_error *error);

#endif
