/*
 * sources.c - who had it first, and who follows whom, over the stories that were active last.
 *
 * Each story is walked once, in order of arrival. A source's figures lie at its place in the slab; what it had later than another is noted as an
 * event, and the events of one source are put together afterwards, so that medians are exact and all takes time in proportion to the headlines.
 */
#include "engine/query.h"
#include "engine/store.h"
#include "engine/story.h"

#include <headlined/questions.h>
#include <stdlib.h>
#include <string.h>

#define HEADLINES_MAX 40000

/* A source had a story later than who had it first. */
struct event {
    uint32_t source, first;
    int64_t lag_ms;
};

struct figures {
    uint64_t headlines, duplicates, stories, shared, first_count;
    int64_t last_ms, lag_median_ms;
    uint32_t story;              /* number of the last story it was met in; 0: none */
    uint32_t events, event_from; /* its events, when they are put together */
};

struct survey {
    struct hl_collection *c;
    const struct hl_sources_query *query;
    struct figures *figures; /* owned, by place */
    uint32_t places;
    struct event *events; /* owned */
    uint32_t event_count, event_room;
    uint32_t stories;   /* walked so far */
    uint32_t headlines; /* left */
    uint32_t *found;    /* owned: places of the sources that are asked for */
    uint32_t found_count;
};

/* ---- gathering ------------------------------------------------------------------------------------------------------- */

static bool is_asked_for(const struct survey *survey, const struct hl_story_record *s)
{
    const struct hl_sources_query *q = survey->query;
    int64_t first_ms = hl_headline_at(survey->c, s->oldest)->received_ms;
    return (q->since_ms == HL_TIME_NONE || first_ms >= q->since_ms) &&
           (q->until_ms == HL_TIME_NONE || first_ms <= q->until_ms);
}

static void count_headline(const struct survey *survey, const struct hl_headline_record *h)
{
    struct figures *f = &survey->figures[h->source];
    if (f->headlines++ == 0 || h->received_ms > f->last_ms)
        f->last_ms = h->received_ms;
    f->duplicates += h->verdict == HL_VERDICT_EXACT || h->verdict == HL_VERDICT_NEAR;
}

/* The first source to have the story is the first known one; each that comes later brings an event. */
static void walk_story(struct survey *survey, const struct hl_story_record *s)
{
    uint32_t first = HL_NONE, sources = 0;
    int64_t first_ms = 0;
    survey->stories++;
    for (uint32_t m = s->oldest; m != HL_NONE; m = hl_headline_at(survey->c, m)->story_next) {
        const struct hl_headline_record *h = hl_headline_at(survey->c, m);
        survey->headlines--;
        if (h->source == HL_NONE)
            continue;
        count_headline(survey, h);
        struct figures *f = &survey->figures[h->source];
        if (f->story == survey->stories)
            continue;
        f->story = survey->stories;
        f->stories++;
        if (sources++ == 0) {
            first = h->source;
            first_ms = h->received_ms;
            continue;
        }
        f->shared++;
        survey->events[survey->event_count++] = (struct event){h->source, first, h->received_ms - first_ms};
    }
    if (sources > 1) {
        survey->figures[first].shared++;
        survey->figures[first].first_count++;
    }
}

/* Of the two lists of activity the one whose next story was active later. */
static uint32_t next_story(const struct hl_collection *c, uint32_t at[2])
{
    uint64_t seq[2];
    for (int list = 0; list < 2; list++)
        seq[list] = at[list] == HL_NONE ? 0 : hl_story_at(c, at[list])->active_seq;
    int list = at[1] != HL_NONE && (at[0] == HL_NONE || seq[1] >= seq[0]);
    uint32_t story = at[list];
    if (story == HL_NONE)
        return HL_NONE;
    at[list] = hl_story_at(c, story)->recent_next;
    if (at[list] != HL_NONE) /* it is waited for while this one is walked */
        __builtin_prefetch(hl_headline_at(c, hl_story_at(c, at[list])->oldest));
    return story;
}

/* True when it stopped before all stories were walked. */
static bool walk_stories(struct survey *survey)
{
    uint32_t at[2] = {survey->c->recent[0].first, survey->c->recent[1].first};
    for (uint32_t story; (story = next_story(survey->c, at)) != HL_NONE;) {
        const struct hl_story_record *s = hl_story_at(survey->c, story);
        if (s->headlines > survey->headlines)
            return true;
        if (is_asked_for(survey, s))
            walk_story(survey, s);
        else
            survey->headlines--; /* it was looked at */
    }
    return false;
}

/* ---- medians --------------------------------------------------------------------------------------------------------- */

/* Puts the events of each source together: a counting sort into @sorted. */
static void sort_events(struct survey *survey, struct event *sorted)
{
    uint32_t from = 0;
    for (uint32_t i = 0; i < survey->event_count; i++)
        survey->figures[survey->events[i].source].events++;
    for (uint32_t place = 0; place < survey->places; place++) {
        survey->figures[place].event_from = from;
        from += survey->figures[place].events;
        survey->figures[place].events = 0;
    }
    for (uint32_t i = 0; i < survey->event_count; i++) {
        struct figures *f = &survey->figures[survey->events[i].source];
        sorted[f->event_from + f->events++] = survey->events[i];
    }
}

static int by_first_and_lag(const void *one, const void *other)
{
    const struct event *a = one, *b = other;
    if (a->first != b->first)
        return a->first < b->first ? -1 : 1;
    return (a->lag_ms > b->lag_ms) - (a->lag_ms < b->lag_ms);
}

static int by_lag(const void *one, const void *other)
{
    const struct event *a = one, *b = other;
    return (a->lag_ms > b->lag_ms) - (a->lag_ms < b->lag_ms);
}

static int64_t median_of(struct event *events, uint32_t count)
{
    if (count == 0)
        return HL_TIME_NONE;
    qsort(events, count, sizeof *events, by_lag);
    return events[(count - 1) / 2].lag_ms;
}

/* ---- choosing -------------------------------------------------------------------------------------------------------- */

static struct hl_text name_of(const struct hl_collection *c, uint32_t source)
{
    const struct hl_source_record *record = hl_slab_at(&c->sources, source);
    return (struct hl_text){record->text, record->length};
}

static int compare_names(struct hl_text a, struct hl_text b)
{
    size_t shorter = a.length < b.length ? a.length : b.length;
    int order = memcmp(a.data, b.data, shorter);
    return order != 0 ? order : (a.length > b.length) - (a.length < b.length);
}

static int compare_numbers(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* Before 0: @a comes first. */
static int compare_sources(const struct survey *survey, uint32_t a, uint32_t b)
{
    const struct figures *x = &survey->figures[a], *y = &survey->figures[b];
    int order = 0;
    if (survey->query->order == HL_SOURCES_BY_HEADLINES)
        order = compare_numbers(y->headlines, x->headlines);
    else if (survey->query->order == HL_SOURCES_BY_FIRST)
        order = compare_numbers(y->first_count, x->first_count);
    else if (survey->query->order == HL_SOURCES_BY_LAG) /* HL_TIME_NONE comes last, being made the greatest */
        order = compare_numbers((uint64_t)x->lag_median_ms, (uint64_t)y->lag_median_ms);
    return order != 0 ? order : compare_names(name_of(survey->c, a), name_of(survey->c, b));
}

/* The place of the smaller child sinks: a heap whose top comes last in order. */
static void sift_down(const struct survey *survey, uint32_t at, uint32_t count)
{
    uint32_t *heap = survey->found, moving = heap[at];
    for (uint32_t child; (child = 2 * at + 1) < count; at = child) {
        if (child + 1 < count && compare_sources(survey, heap[child + 1], heap[child]) > 0)
            child++;
        if (compare_sources(survey, heap[child], moving) <= 0)
            break;
        heap[at] = heap[child];
    }
    heap[at] = moving;
}

/* Puts the found sources in order. qsort has no room for the survey that they are compared by. */
static void sort_found(struct survey *survey)
{
    for (uint32_t i = survey->found_count / 2; i > 0; i--)
        sift_down(survey, i - 1, survey->found_count);
    for (uint32_t end = survey->found_count; end > 1; end--) {
        uint32_t last = survey->found[0];
        survey->found[0] = survey->found[end - 1];
        survey->found[end - 1] = last;
        sift_down(survey, 0, end - 1);
    }
}

static void choose(struct survey *survey, uint32_t only, struct event *sorted)
{
    for (uint32_t place = 0; place < survey->places; place++) {
        struct figures *f = &survey->figures[place];
        if (f->headlines == 0 || (only != HL_NONE && place != only))
            continue;
        f->lag_median_ms = median_of(sorted + f->event_from, f->events);
        survey->found[survey->found_count++] = place;
    }
    sort_found(survey);
}

/* ---- answering ------------------------------------------------------------------------------------------------------- */

static void offer_follow(struct hl_source_figures *out, size_t room, struct hl_follow follow)
{
    size_t at = out->follow_count < room ? out->follow_count++ : room;
    for (; at > 0; at--) {
        const struct hl_follow *before = &out->follows[at - 1];
        if (before->count > follow.count ||
            (before->count == follow.count && compare_names(before->source, follow.source) < 0))
            break;
        if (at < room)
            out->follows[at] = *before;
    }
    if (at < room)
        out->follows[at] = follow;
}

static void view_source(const struct survey *survey, uint32_t source, struct event *sorted,
                        struct hl_source_figures *out)
{
    const struct figures *f = &survey->figures[source];
    *out = (struct hl_source_figures){.source = name_of(survey->c, source),
                                      .headlines = f->headlines,
                                      .duplicates = f->duplicates,
                                      .stories = f->stories,
                                      .shared = f->shared,
                                      .first_count = f->first_count,
                                      .lag_median_ms = f->lag_median_ms,
                                      .last_ms = f->last_ms};
    struct event *events = sorted + f->event_from;
    if (f->events > 1)
        qsort(events, f->events, sizeof *events, by_first_and_lag);
    for (uint32_t from = 0, to; from < f->events; from = to) {
        for (to = from + 1; to < f->events && events[to].first == events[from].first;)
            to++;
        struct hl_follow follow = {name_of(survey->c, events[from].first), to - from,
                                   events[from + (to - from - 1) / 2].lag_ms};
        offer_follow(out, survey->query->follows_max, follow);
    }
}

static void answer(struct survey *survey, uint32_t only, struct hl_source_figures *out, size_t *count, bool *more)
{
    struct event *sorted = survey->events + survey->event_room;
    size_t limit = survey->query->limit;
    sort_events(survey, sorted);
    choose(survey, only, sorted);
    *more = survey->found_count > limit;
    *count = *more ? limit : survey->found_count;
    for (size_t i = 0; i < *count; i++)
        view_source(survey, survey->found[i], sorted, &out[i]);
}

static enum hl_status check(const struct hl_sources_query *query, struct hl_error *error)
{
    if (query->follows_max > HL_FOLLOWS_MAX)
        return hl_error_set(error, HL_INVALID, "follows", "follows must be at most %d", HL_FOLLOWS_MAX);
    return hl_query_limit(query->limit, error);
}

static enum hl_status find_source(const struct hl_collection *c, struct hl_text name, uint32_t *source,
                                  struct hl_error *error)
{
    *source = c && name.length > 0 ? hl_store_find_source(c, name) : HL_NONE;
    if (name.length > 0 && *source == HL_NONE)
        return hl_error_set(error, HL_NOT_FOUND, "source", "there is no live headline of this source");
    return HL_OK;
}

static enum hl_status survey_collection(struct survey *survey, uint32_t only, struct hl_source_figures *out,
                                        size_t *count, bool *more, bool *truncated, struct hl_error *error)
{
    struct hl_memory *memory = &survey->c->engine->aside;
    uint32_t live = survey->c->headlines.live;
    survey->places = hl_slab_limit(&survey->c->sources);
    survey->headlines = HEADLINES_MAX;
    survey->event_room = live < HEADLINES_MAX ? live : HEADLINES_MAX;
    size_t figures_bytes = survey->places * sizeof *survey->figures;
    size_t events_bytes = 2 * (size_t)survey->event_room * sizeof *survey->events;
    size_t found_bytes = survey->places * sizeof *survey->found;
    enum hl_status status = HL_NO_MEMORY;
    if (!(survey->figures = hl_memory_allocate_zero(memory, figures_bytes)))
        goto err;
    if (!(survey->events = hl_memory_allocate(memory, events_bytes)))
        goto err_after_figures;
    if (!(survey->found = hl_memory_allocate(memory, found_bytes)))
        goto err_after_events;
    *truncated = walk_stories(survey);
    answer(survey, only, out, count, more);
    status = HL_OK;
    hl_memory_release(memory, survey->found, found_bytes);
err_after_events:
    hl_memory_release(memory, survey->events, events_bytes);
err_after_figures:
    hl_memory_release(memory, survey->figures, figures_bytes);
err:
    return status == HL_OK ? HL_OK : hl_error_set(error, status, NULL, "out of memory for a survey of sources");
}

enum hl_status hl_engine_sources(hl_engine *engine, const struct hl_sources_query *query, struct hl_source_figures *out,
                                 size_t *count, bool *more, bool *truncated, struct hl_error *error)
{
    struct survey survey = {.query = query};
    uint32_t only = HL_NONE;
    enum hl_status status = check(query, error);
    if (status == HL_OK)
        status = hl_query_collection(engine, query->collection, &survey.c, error);
    if (status == HL_OK)
        status = find_source(survey.c, query->source, &only, error);
    if (status != HL_OK)
        return status;
    if (survey.c && hl_slab_limit(&survey.c->sources) > 0)
        return survey_collection(&survey, only, out, count, more, truncated, error);
    *count = 0;
    *more = *truncated = false;
    return HL_OK;
}
