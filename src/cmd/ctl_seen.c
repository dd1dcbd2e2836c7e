/*
 * ctl_seen.c - a set of the latest stories (see ctl_seen.h).
 */
#include "cmd/ctl_seen.h"

static uint32_t hash_of(uint64_t story)
{
    return (uint32_t)(story * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}

static bool is_story(const void *context, uint32_t value, const void *key)
{
    const struct ctl_seen *seen = context;
    const uint64_t *story = key;
    return seen->stories[value] == *story;
}

bool ctl_seen_init(struct ctl_seen *seen)
{
    *seen = (struct ctl_seen){.added = 0};
    hl_memory_init(&seen->memory, NULL);
    seen->index = hl_index_create(&seen->memory);
    seen->stories = hl_memory_allocate(&seen->memory, CTL_SEEN_MAX * sizeof *seen->stories);
    return seen->index && seen->stories;
}

void ctl_seen_clear(struct ctl_seen *seen)
{
    hl_index_destroy(seen->index);
    if (seen->stories)
        hl_memory_release(&seen->memory, seen->stories, CTL_SEEN_MAX * sizeof *seen->stories);
    *seen = (struct ctl_seen){.added = 0};
}

bool ctl_seen_has(const struct ctl_seen *seen, uint64_t story)
{
    return hl_index_find(seen->index, hash_of(story), is_story, seen, &story) != HL_NONE;
}

bool ctl_seen_add(struct ctl_seen *seen, uint64_t story)
{
    if (ctl_seen_has(seen, story))
        return true;
    uint32_t place = (uint32_t)(seen->added % CTL_SEEN_MAX);
    if (seen->added >= CTL_SEEN_MAX)
        hl_index_remove(seen->index, hash_of(seen->stories[place]), place);
    seen->stories[place] = story;
    if (hl_index_insert(seen->index, hash_of(story), place) != HL_OK)
        return false;
    seen->added++;
    return true;
}
