/*
 * ctl_seen.h - which stories somebody has been told of already: what watch --once-per-story remembers. Bounded: the oldest are forgotten.
 */
#ifndef HL_CMD_CTL_SEEN_H
#define HL_CMD_CTL_SEEN_H

#include "core/index.h"
#include "core/memory.h"

enum { CTL_SEEN_MAX = 65536 };

struct ctl_seen {
    struct hl_memory memory;
    struct hl_index *index; /* owned: of places in stories */
    uint64_t *stories;      /* owned: a ring */
    uint64_t added;         /* since the beginning */
};

/* False: no memory; ctl_seen_clear then does no harm. */
bool ctl_seen_init(struct ctl_seen *seen);
void ctl_seen_clear(struct ctl_seen *seen);

bool ctl_seen_has(const struct ctl_seen *seen, uint64_t story);
/* Remembers @story, if it is not known. False: no memory, as before. Amortised O(1). */
bool ctl_seen_add(struct ctl_seen *seen, uint64_t story);

#endif
