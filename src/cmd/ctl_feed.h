/*
 * ctl_feed.h - RSS 0.9x and 2.0, RSS 1.0 (RDF) and Atom, read as they arrive: bytes in, rows for headlines out (ctl_entry.h).
 *
 * libxml2's push parser, told to go on after what a strict one would refuse. Nothing is fetched; a document's own entities are not known, so that none can
 * grow; HTML's names for characters are. Memory is bounded: by 64 KiB for each part of an item, 256 nested elements, and 10 MB for what the
 * parser needs to see at once (a tag). Which elements count goes by name and namespace: those of the formats and Dublin Core.
 */
#ifndef HL_CMD_CTL_FEED_H
#define HL_CMD_CTL_FEED_H

#include "cmd/ctl_queue.h"

#include <stddef.h>

struct ctl_feed; /* opaque */

/* NULL when out of memory. @queue is borrowed. */
struct ctl_feed *ctl_feed_create(struct ctl_queue *queue);
void ctl_feed_destroy(struct ctl_feed *feed); /* may be NULL */

/*
 * Takes the next bytes of the document; what they complete goes into the queue, with the number of the line where the item begins. HL_INVALID: it is no feed;
 * HL_CORRUPT: it cannot be read on (the message names the line); HL_NO_MEMORY. No more then.
 */
enum hl_status ctl_feed_take(struct ctl_feed *feed, const char *bytes, size_t length, struct hl_error *error);

/* No more bytes will come. HL_CORRUPT when the document has not ended; errors as above. */
enum hl_status ctl_feed_finish(struct ctl_feed *feed, struct hl_error *error);

#endif
