/*
 * ctl_items.h - the headlines of a file, whatever its format (ctl_format.h): for a loop that polls, as ctl_input.h is.
 */
#ifndef HL_CMD_CTL_ITEMS_H
#define HL_CMD_CTL_ITEMS_H

#include "cmd/ctl_format.h"
#include "cmd/ctl_input.h"

struct ctl_items; /* opaque */

struct ctl_item {
    json_t *row;    /* the caller's: an object with a title and other members of a headline; NULL: it is none */
    uint64_t place; /* the number of its line, or of itself */
    bool place_is_line;
    const char *problem; /* why it is none; valid until the next call */
    const char *line;    /* the line it was; valid until the next call; NULL: it was none */
    size_t length;
};

/* @format UNKNOWN: by content. @map (may be NULL) is borrowed, as is @path. Errors as ctl_input_open. */
enum hl_status ctl_items_open(const char *path, enum ctl_format format, const struct ctl_map *map,
                              struct ctl_items **out, struct hl_error *error);
void ctl_items_close(struct ctl_items *items); /* may be NULL */

enum ctl_items_step { CTL_ITEMS_ITEM, CTL_ITEMS_NONE, CTL_ITEMS_END }; /* NONE: nothing complete, fill its input */

/*
 * The next headline that has arrived. Errors are of the whole file, nothing more will come, and the message does not name it: HL_INVALID (another
 * format; a header without a title), HL_CORRUPT, HL_PARSE, HL_TOO_LARGE (a JSON Feed), HL_NO_MEMORY.
 */
enum hl_status ctl_items_next(struct ctl_items *items, enum ctl_items_step *step, struct ctl_item *item,
                              struct hl_error *error);

/* The file itself: to be filled and polled; borrowed. */
struct ctl_input *ctl_items_input(struct ctl_items *items);

#endif
