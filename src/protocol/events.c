/*
 * events.c - the ring of events (see events.h).
 *
 *     ring:    | oldest ... | newest |   free   |   or   | newest |  free  | oldest ... |  gap |
 *     offsets: where event @id begins, at @id modulo their number
 *
 * A record is a struct record and its texts, back to back, in one piece: one that does not fit before the end begins at 0. Where the
 * offsets run out first, with many short events, the oldest goes too.
 */
#include "protocol/events.h"

#include "core/assert.h"
#include "core/memory.h"
#include "text/text.h"

#include <stdlib.h>
#include <string.h>

enum {
    EVENTS_MAGIC = 0x48455654,
    ALIGNMENT = 8,
    BYTES_PER_SLOT = 128 /* of the history; hardly any event takes less */
};

/* What is kept of an event; texts follow in the order of their lengths. */
struct record {
    uint64_t seq, story, other_story, topic, other_topic, story_headlines, sightings;
    int64_t at_ms, received_ms, published_ms, last_seen_ms;
    uint32_t story_sources;
    uint16_t collection_bytes, id_bytes, title_bytes, source_bytes, url_bytes, lang_bytes, original_bytes;
    uint8_t kind, gone, verdict, has_headline;
};

enum {
    TEXTS_MAX_BYTES = HL_COLLECTION_MAX_BYTES + 2 * HL_ID_MAX_BYTES + HL_TITLE_MAX_BYTES + HL_SOURCE_MAX_BYTES +
                      HL_URL_MAX_BYTES + HL_LANG_MAX_BYTES,
    RECORD_MAX_BYTES = sizeof(struct record) + TEXTS_MAX_BYTES + ALIGNMENT
};
_Static_assert(HL_EVENTS_BYTES_MIN / 2 > RECORD_MAX_BYTES, "any event fits into any ring");

struct hl_events {
    uint32_t magic;
    char *ring; /* owned */
    size_t ring_bytes;
    size_t *offsets; /* owned */
    size_t slots;
    size_t end; /* of the newest record */
    uint64_t base;
    uint64_t first, next; /* ids: of the oldest, and of the one to come */
    uint64_t shown;       /* as said by the owner */
    struct hl_events_figures figures;
    struct hl_memory memory;
    struct hl_text_tools *tools; /* owned; NULL until they are asked for */
};

/* ---- life --------------------------------------------------------------------------------------------------------- */

struct hl_events *hl_events_create(size_t bytes, uint64_t base)
{
    HL_ASSERT(bytes >= HL_EVENTS_BYTES_MIN);
    struct hl_events *events = calloc(1, sizeof *events);
    if (!events)
        return NULL;
    events->magic = EVENTS_MAGIC;
    events->slots = bytes / BYTES_PER_SLOT;
    events->ring_bytes = (bytes - events->slots * sizeof *events->offsets) / ALIGNMENT * ALIGNMENT;
    events->ring = malloc(events->ring_bytes);
    events->offsets = malloc(events->slots * sizeof *events->offsets);
    events->base = base;
    events->first = events->next = base + 1;
    events->shown = UINT64_MAX;
    events->figures.bytes_max = bytes;
    hl_memory_init(&events->memory, NULL);
    if (events->ring && events->offsets)
        return events;
    hl_events_destroy(events);
    return NULL;
}

void hl_events_destroy(struct hl_events *events)
{
    if (!events)
        return;
    hl_text_tools_destroy(events->tools);
    free(events->ring);
    free(events->offsets);
    free(events);
}

struct hl_text_tools *hl_events_text(struct hl_events *events)
{
    if (!events->tools)
        events->tools = hl_text_tools_create(&events->memory);
    return events->tools;
}

/* ---- in ----------------------------------------------------------------------------------------------------------- */

static size_t *offset_of(const struct hl_events *events, uint64_t id)
{
    return &events->offsets[id % events->slots];
}

/* Bytes from the beginning of event @id on, with those that were left free at the end of the ring behind it. */
static size_t span_of(const struct hl_events *events, uint64_t id)
{
    size_t begin = *offset_of(events, id), end = id + 1 < events->next ? *offset_of(events, id + 1) : events->end;
    return end > begin ? end - begin : events->ring_bytes - begin + end;
}

static void evict(struct hl_events *events)
{
    events->figures.bytes -= span_of(events, events->first);
    events->figures.kept--;
    events->figures.evicted++;
    events->first++;
}

/* Whether @bytes fit behind the newest record, or before the oldest: then at *@at. */
static bool has_room(const struct hl_events *events, size_t bytes, size_t *at)
{
    size_t oldest = *offset_of(events, events->first);
    *at = events->end;
    if (events->end <= oldest)
        return oldest - events->end >= bytes;
    if (events->ring_bytes - events->end >= bytes)
        return true;
    *at = 0;
    return oldest >= bytes;
}

/* The place of a record of @bytes, for which the oldest make room. */
static size_t make_room(struct hl_events *events, size_t bytes)
{
    size_t at = 0;
    while (events->first < events->next &&
           (events->next - events->first == events->slots || !has_room(events, bytes, &at)))
        evict(events);
    if (events->first == events->next)
        return 0;
    if (at == 0)
        events->figures.bytes += events->ring_bytes - events->end; /* the gap */
    return at;
}

static uint16_t put(char **to, struct hl_text text)
{
    if (text.length > 0)
        memcpy(*to, text.data, text.length);
    *to += text.length;
    return (uint16_t)text.length;
}

/* What is kept of the headline; only an event of a new one shows all of it. */
static struct hl_headline_view headline_of(const struct hl_event *event)
{
    struct hl_headline_view view = {.seq = 0};
    if (event->headline)
        view = *event->headline;
    if (event->kind != HL_EVENT_HEADLINE_JOINED)
        view.url = view.duplicate_of = (struct hl_text){NULL, 0};
    return view;
}

static void put_headline(struct record *record, char **to, const struct hl_headline_view *view)
{
    record->has_headline = 1;
    record->verdict = (uint8_t)view->verdict;
    record->sightings = view->sightings;
    record->received_ms = view->received_ms;
    record->published_ms = view->published_ms;
    record->last_seen_ms = view->last_seen_ms;
    record->id_bytes = put(to, view->id);
    record->title_bytes = put(to, view->title);
    record->source_bytes = put(to, view->source);
    record->url_bytes = put(to, view->url);
    record->lang_bytes = put(to, view->lang);
    record->original_bytes = put(to, view->duplicate_of);
}

static size_t bytes_of(const struct hl_event *event, const struct hl_headline_view *view)
{
    size_t bytes = sizeof(struct record) + event->collection.length + view->id.length + view->title.length +
                   view->source.length + view->url.length + view->lang.length + view->duplicate_of.length;
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

void hl_events_observe(void *context, const struct hl_event *event)
{
    struct hl_events *events = context;
    HL_ASSERT(events && events->magic == EVENTS_MAGIC);
    hl_events_begin(events, event->number - 1);
    struct hl_headline_view headline = headline_of(event);
    size_t bytes = bytes_of(event, &headline), at = make_room(events, bytes);
    struct record record = {.seq = event->seq,
                            .story = event->story,
                            .other_story = event->other_story,
                            .topic = event->topic,
                            .other_topic = event->other_topic,
                            .story_headlines = event->story_headlines,
                            .at_ms = event->at_ms,
                            .story_sources = event->story_sources,
                            .kind = (uint8_t)event->kind,
                            .gone = (uint8_t)event->gone};
    char *to = events->ring + at + sizeof record;
    record.collection_bytes = put(&to, event->collection);
    if (event->headline)
        put_headline(&record, &to, &headline);
    memcpy(events->ring + at, &record, sizeof record);
    *offset_of(events, events->next++) = at;
    events->end = at + bytes;
    events->figures.bytes += bytes;
    events->figures.kept++;
}

/* An engine that numbers otherwise than before makes what is held worthless. */
void hl_events_begin(struct hl_events *events, uint64_t number)
{
    uint64_t next = events->base + number + 1;
    if (next == events->next)
        return;
    while (events->first < events->next)
        evict(events);
    events->first = events->next = next;
}

void hl_events_show(struct hl_events *events, uint64_t id)
{
    events->shown = id;
}

/* ---- out ---------------------------------------------------------------------------------------------------------- */

uint64_t hl_events_first(const struct hl_events *events)
{
    return events->first;
}

uint64_t hl_events_last(const struct hl_events *events)
{
    return events->next - 1;
}

uint64_t hl_events_shown(const struct hl_events *events)
{
    return events->shown < events->next ? events->shown : events->next - 1;
}

static struct hl_text get(const char **from, uint16_t bytes)
{
    struct hl_text text = {*from, bytes};
    *from += bytes;
    return text;
}

static void get_headline(const struct record *record, const char *from, struct hl_event_view *out)
{
    struct hl_headline_view *view = &out->headline;
    *view = (struct hl_headline_view){.seq = record->seq,
                                      .received_ms = record->received_ms,
                                      .published_ms = record->published_ms,
                                      .last_seen_ms = record->last_seen_ms,
                                      .sightings = record->sightings,
                                      .verdict = (enum hl_verdict)record->verdict,
                                      .collection = out->event.collection,
                                      .topic = record->topic};
    bool moved = record->kind == HL_EVENT_HEADLINE_MOVED;
    view->story = moved ? record->other_story : record->story;
    view->id = get(&from, record->id_bytes);
    view->title = get(&from, record->title_bytes);
    view->source = get(&from, record->source_bytes);
    view->url = get(&from, record->url_bytes);
    view->lang = get(&from, record->lang_bytes);
    view->duplicate_of = get(&from, record->original_bytes);
    out->event.headline = view;
}

bool hl_events_get(const struct hl_events *events, uint64_t id, struct hl_event_view *out)
{
    if (id < events->first || id >= events->next)
        return false;
    struct record record;
    const char *from = events->ring + *offset_of(events, id);
    memcpy(&record, from, sizeof record);
    from += sizeof record;
    out->id = id;
    out->event = (struct hl_event){.kind = (enum hl_event_kind)record.kind,
                                   .number = id - events->base,
                                   .seq = record.seq,
                                   .story = record.story,
                                   .other_story = record.other_story,
                                   .at_ms = record.at_ms,
                                   .topic = record.topic,
                                   .other_topic = record.other_topic,
                                   .collection = get(&from, record.collection_bytes),
                                   .gone = (enum hl_gone)record.gone,
                                   .story_headlines = record.story_headlines,
                                   .story_sources = record.story_sources};
    if (record.has_headline)
        get_headline(&record, from, out);
    return true;
}

uint64_t hl_events_resume(const struct hl_events *events, uint64_t after, bool *missed)
{
    if (after == 0)
        after = events->base;
    bool unknown = after >= events->next;
    *missed = unknown || after + 1 < events->first;
    if (unknown)
        return hl_events_shown(events);
    return after + 1 < events->first ? events->first - 1 : after;
}

struct hl_events_figures *hl_events_figures(struct hl_events *events)
{
    return &events->figures;
}
