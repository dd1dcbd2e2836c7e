/*
 * ctl_tracker.c - from events to final stories (see ctl_tracker.h).
 */
#include "cmd/ctl_tracker.h"

#include "core/assert.h"
#include "core/index.h"

#include <stdlib.h>
#include <string.h>

#define TRACKER_MAGIC 0x54524B52U

struct node {
    uint64_t story;
    uint32_t parent; /* its own number: not absorbed */
};

struct ctl_tracker {
    uint32_t magic;
    bool incomplete;
    struct hl_memory memory;
    struct hl_index *index; /* owned; story id -> number of its node */
    struct node *nodes;     /* owned */
    uint32_t node_count, node_capacity;
    uint32_t *node_of; /* owned; by seq: its story's node; HL_NONE before its first event */
    uint64_t seq_capacity;
};

struct ctl_tracker *ctl_tracker_create(void)
{
    struct ctl_tracker *tracker = calloc(1, sizeof *tracker);
    if (!tracker)
        return NULL;
    tracker->magic = TRACKER_MAGIC;
    hl_memory_init(&tracker->memory, NULL);
    tracker->index = hl_index_create(&tracker->memory);
    if (tracker->index)
        return tracker;
    free(tracker);
    return NULL;
}

void ctl_tracker_destroy(struct ctl_tracker *tracker)
{
    if (!tracker)
        return;
    hl_index_destroy(tracker->index);
    free(tracker->nodes);
    free(tracker->node_of);
    tracker->magic = 0;
    free(tracker);
}

static bool node_is(const void *context, uint32_t value, const void *key)
{
    const struct ctl_tracker *tracker = context;
    return tracker->nodes[value].story == *(const uint64_t *)key;
}

static bool nodes_grow(struct ctl_tracker *tracker)
{
    if (tracker->node_count < tracker->node_capacity)
        return true;
    uint32_t capacity = tracker->node_capacity ? tracker->node_capacity * 2 : 1024;
    struct node *grown = realloc(tracker->nodes, capacity * sizeof *grown);
    if (!grown)
        return false;
    tracker->nodes = grown;
    tracker->node_capacity = capacity;
    return true;
}

/* The node of @story, made where there is none; HL_NONE when out of memory. */
static uint32_t node_for(struct ctl_tracker *tracker, uint64_t story)
{
    uint32_t hash = (uint32_t)((story * UINT64_C(0x9E3779B97F4A7C15)) >> 32);
    uint32_t number = hl_index_find(tracker->index, hash, node_is, tracker, &story);
    if (number != HL_NONE)
        return number;
    if (!nodes_grow(tracker) || hl_index_insert(tracker->index, hash, tracker->node_count) != HL_OK)
        return HL_NONE;
    number = tracker->node_count++;
    tracker->nodes[number] = (struct node){.story = story, .parent = number};
    return number;
}

static uint32_t find_root(struct ctl_tracker *tracker, uint32_t number)
{
    struct node *nodes = tracker->nodes;
    while (nodes[number].parent != number) {
        nodes[number].parent = nodes[nodes[number].parent].parent; /* halves the path */
        number = nodes[number].parent;
    }
    return number;
}

static bool make_room_for(struct ctl_tracker *tracker, uint64_t seq)
{
    if (seq < tracker->seq_capacity)
        return true;
    uint64_t capacity = tracker->seq_capacity ? tracker->seq_capacity : 1024;
    while (capacity <= seq)
        capacity *= 2;
    uint32_t *grown = capacity <= SIZE_MAX / sizeof *grown ? realloc(tracker->node_of, capacity * sizeof *grown) : NULL;
    if (!grown)
        return false;
    for (uint64_t i = tracker->seq_capacity; i < capacity; i++)
        grown[i] = HL_NONE;
    tracker->node_of = grown;
    tracker->seq_capacity = capacity;
    return true;
}

static void place(struct ctl_tracker *tracker, uint64_t seq, uint64_t story)
{
    uint32_t number = node_for(tracker, story);
    if (number == HL_NONE || !make_room_for(tracker, seq))
        tracker->incomplete = true;
    else
        tracker->node_of[seq] = number;
}

static void merge(struct ctl_tracker *tracker, uint64_t absorbed, uint64_t survivor)
{
    uint32_t from = node_for(tracker, absorbed), to = node_for(tracker, survivor);
    if (from == HL_NONE || to == HL_NONE)
        tracker->incomplete = true;
    else
        tracker->nodes[find_root(tracker, from)].parent = find_root(tracker, to);
}

void ctl_tracker_observe(void *context, const struct hl_event *event)
{
    struct ctl_tracker *tracker = context;
    HL_ASSERT(tracker && tracker->magic == TRACKER_MAGIC);
    switch (event->kind) {
    case HL_EVENT_HEADLINE_JOINED:
    case HL_EVENT_HEADLINE_EXPIRED:
        place(tracker, event->seq, event->story);
        break;
    case HL_EVENT_HEADLINE_MOVED:
        place(tracker, event->seq, event->other_story);
        break;
    case HL_EVENT_STORY_MERGED:
        merge(tracker, event->story, event->other_story);
        break;
    case HL_EVENT_STORY_CREATED:
    case HL_EVENT_STORY_GREW:
    case HL_EVENT_STORY_SPLIT:
    case HL_EVENT_STORY_EXPIRED:
    case HL_EVENT_TOPIC_CREATED:
    case HL_EVENT_STORY_TOPIC:
    case HL_EVENT_TOPIC_MERGED:
    case HL_EVENT_TOPIC_EXPIRED:
        break;
    }
}

uint64_t ctl_tracker_story(struct ctl_tracker *tracker, uint64_t seq)
{
    if (seq >= tracker->seq_capacity || tracker->node_of[seq] == HL_NONE)
        return 0;
    return tracker->nodes[find_root(tracker, tracker->node_of[seq])].story;
}

bool ctl_tracker_is_complete(const struct ctl_tracker *tracker)
{
    return !tracker->incomplete;
}
