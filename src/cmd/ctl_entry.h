/*
 * ctl_entry.h - an item of a feed on its way to a headline: what RSS, Atom and JSON Feed say of it, and the rules that make a row of it.
 *
 * Title and summary become text on one line; the summary, else the content, is cut to what the daemon takes, as is the name of the feed.
 * An id that is a URI stands as it is; any other is unique in its feed only, and one that is too long no id for the daemon: it becomes "feed:" and 32
 * hex digits of a hash (XXH3, 128 bits) of the feed's title and the id. Without an id the link is it; without that the title and the date.
 * A date or a language that cannot be read, and a link longer than the daemon takes, is left out.
 */
#ifndef HL_CMD_CTL_ENTRY_H
#define HL_CMD_CTL_ENTRY_H

#include "cmd/ctl_queue.h"
#include "core/buffer.h"

/* Of several values of one kind the first counts. */
enum ctl_entry_part {
    CTL_ENTRY_TITLE,
    CTL_ENTRY_ID,
    CTL_ENTRY_URL,
    CTL_ENTRY_SOURCE, /* the feed that the item came from, where it says so */
    CTL_ENTRY_LANG,
    CTL_ENTRY_PUBLISHED,
    CTL_ENTRY_UPDATED,
    CTL_ENTRY_SUMMARY,
    CTL_ENTRY_CONTENT,
    CTL_ENTRY_PARTS
};

/* Bytes of one part that are looked at; the rest is dropped. */
enum { CTL_ENTRY_PART_MAX_BYTES = 65536 };

struct ctl_entry {
    struct hl_buffer parts[CTL_ENTRY_PARTS]; /* owned; memory kept from item to item */
};

void ctl_entry_clear(struct ctl_entry *entry);
/* All parts empty, memory kept. */
void ctl_entry_reset(struct ctl_entry *entry);

/* Sets a part that is empty from text, or from HTML. False: no memory. */
bool ctl_entry_set(struct ctl_entry *entry, enum ctl_entry_part part, const char *text, size_t length, bool is_html);

/*
 * Puts the row for @entry, or a complaint, into @queue. @feed holds what the feed says of itself: title, as source, and language. Changes
 * @entry.
 */
void ctl_entry_queue(struct ctl_entry *entry, const struct ctl_entry *feed, uint64_t place, struct ctl_queue *queue);

#endif
