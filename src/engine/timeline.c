/*
 * timeline.c - how a story went: counts over time, the moments that matter, and its latest arrivals for a small chart.
 */
#include "engine/query.h"
#include "engine/state.h"
#include "engine/story.h"

#include <headlined/questions.h>
#include <string.h>

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

static const char *const moment_names[HL_MOMENT_COUNT] = {"first",     "source",     "absorbed",
                                                          "split_off", "split_from", "peak"};

const char *hl_moment_name(enum hl_moment_kind kind)
{
    return kind < HL_MOMENT_COUNT ? moment_names[kind] : "unknown";
}

/* ---- buckets ---- */

/* The largest multiple of @step that is not above @ms, which may be before 1970. */
static int64_t floor_to(int64_t ms, int64_t step)
{
    int64_t rest = ms % step;
    return ms - (rest < 0 ? rest + step : rest);
}

/* The shortest round span of which @buckets, two or more, reach from @first_ms to @last_ms. */
static int64_t bucket_for(int64_t first_ms, int64_t last_ms, int64_t buckets)
{
    static const int64_t steps[] = {SECOND,      2 * SECOND,  5 * SECOND, 10 * SECOND, 15 * SECOND,
                                    30 * SECOND, MINUTE,      2 * MINUTE, 5 * MINUTE,  10 * MINUTE,
                                    15 * MINUTE, 30 * MINUTE, HOUR,       2 * HOUR,    3 * HOUR,
                                    6 * HOUR,    12 * HOUR,   DAY,        2 * DAY,     7 * DAY};
    size_t i = 0, count = sizeof steps / sizeof steps[0];
    int64_t step = steps[0];
    while ((last_ms - floor_to(first_ms, step)) / step >= buckets)
        step = ++i < count ? steps[i] : 2 * step;
    return step;
}

static bool is_duplicate(const struct hl_headline_record *h)
{
    return h->verdict == HL_VERDICT_EXACT || h->verdict == HL_VERDICT_NEAR;
}

static void count_headlines(const struct hl_collection *c, const struct hl_story_record *s, size_t buckets,
                            struct hl_timeline *out)
{
    int64_t first_ms = hl_headline_at(c, s->oldest)->received_ms, last_ms = hl_headline_at(c, s->newest)->received_ms;
    out->bucket_ms = bucket_for(first_ms, last_ms, (int64_t)buckets);
    out->start_ms = floor_to(first_ms, out->bucket_ms);
    out->count = (size_t)((last_ms - out->start_ms) / out->bucket_ms) + 1;
    memset(out->counts, 0, out->count * sizeof out->counts[0]);
    memset(out->duplicates, 0, out->count * sizeof out->duplicates[0]);
    for (uint32_t m = s->oldest; m != HL_NONE; m = hl_headline_at(c, m)->story_next) {
        const struct hl_headline_record *h = hl_headline_at(c, m);
        size_t bucket = (size_t)((h->received_ms - out->start_ms) / out->bucket_ms);
        out->counts[bucket]++;
        out->duplicates[bucket] += is_duplicate(h);
    }
}

/* ---- moments ---- */

struct draft {
    int64_t at_ms;
    enum hl_moment_kind kind;
    uint32_t headline; /* or HL_NONE */
    uint64_t other_story, headlines;
};

struct drafts {
    size_t count;
    struct draft draft[HL_TIMELINE_MOMENTS_MAX];
};

static bool comes_after(const struct draft *a, const struct draft *b)
{
    return a->at_ms > b->at_ms || (a->at_ms == b->at_ms && a->kind > b->kind);
}

static void insert(struct drafts *drafts, struct draft draft)
{
    size_t at = drafts->count++;
    for (; at > 0 && comes_after(&drafts->draft[at - 1], &draft); at--)
        drafts->draft[at] = drafts->draft[at - 1];
    drafts->draft[at] = draft;
}

static void insert_sources(const struct hl_collection *c, const struct hl_story_record *s, struct drafts *drafts)
{
    uint32_t seen[HL_TIMELINE_SOURCES_MAX], count = 0;
    for (uint32_t m = s->oldest; m != HL_NONE && count < HL_TIMELINE_SOURCES_MAX;
         m = hl_headline_at(c, m)->story_next) {
        const struct hl_headline_record *h = hl_headline_at(c, m);
        bool known = h->source == HL_NONE;
        for (uint32_t i = 0; i < count && !known; i++)
            known = seen[i] == h->source;
        if (!known)
            seen[count++] = h->source;
        if (m == s->oldest)
            insert(drafts, (struct draft){h->received_ms, HL_MOMENT_FIRST, m, 0, 0});
        else if (!known)
            insert(drafts, (struct draft){h->received_ms, HL_MOMENT_SOURCE, m, 0, 0});
    }
}

static void insert_history(const struct hl_story_record *s, struct drafts *drafts)
{
    static const enum hl_moment_kind kinds[] = {HL_MOMENT_ABSORBED, HL_MOMENT_SPLIT_OFF, HL_MOMENT_SPLIT_FROM};
    for (uint32_t i = 0; i < s->history_count; i++) {
        const struct hl_history *h = &s->history[i];
        insert(drafts, (struct draft){h->at_ms, kinds[h->kind], HL_NONE, h->other_story, h->headlines});
    }
}

static void insert_peak(const struct hl_timeline *timeline, struct drafts *drafts)
{
    size_t peak = 0;
    for (size_t i = 1; i < timeline->count; i++)
        if (timeline->counts[i] > timeline->counts[peak])
            peak = i;
    int64_t at_ms = timeline->start_ms + (int64_t)peak * timeline->bucket_ms;
    if (timeline->counts[peak] > 1)
        insert(drafts, (struct draft){at_ms, HL_MOMENT_PEAK, HL_NONE, 0, timeline->counts[peak]});
}

static void tell_moments(const struct hl_collection *c, const struct hl_story_record *s, struct hl_timeline *out)
{
    struct drafts drafts = {.count = 0};
    insert_sources(c, s, &drafts);
    insert_history(s, &drafts);
    insert_peak(out, &drafts);
    out->moment_count = drafts.count;
    for (size_t i = 0; i < drafts.count; i++) {
        const struct draft *d = &drafts.draft[i];
        struct hl_moment *moment = &out->moments[i];
        *moment =
            (struct hl_moment){d->kind, d->at_ms, d->other_story, d->headlines, d->headline != HL_NONE, {.seq = 0}};
        if (moment->has_headline)
            hl_view_headline(c, d->headline, &moment->headline);
    }
}

_Static_assert(HL_HISTORY_MAX <= HL_TIMELINE_MOMENTS_MAX - HL_TIMELINE_SOURCES_MAX - 2, "all moments fit");

enum hl_status hl_engine_timeline(hl_engine *engine, uint64_t story, size_t buckets, struct hl_timeline *out,
                                  struct hl_error *error)
{
    struct hl_collection *c;
    uint32_t index;
    if (buckets < HL_TIMELINE_BUCKETS_MIN || buckets > HL_TIMELINE_BUCKETS_MAX)
        return hl_error_set(error, HL_INVALID, "buckets", "buckets must be between %d and %d", HL_TIMELINE_BUCKETS_MIN,
                            HL_TIMELINE_BUCKETS_MAX);
    enum hl_status status = hl_query_story(engine, story, &c, &index, error);
    if (status != HL_OK)
        return status;
    const struct hl_story_record *s = hl_story_at(c, index);
    out->story = s->id;
    out->redirected_from = s->id == story ? 0 : story;
    out->collection = (struct hl_text){c->name, c->name_bytes};
    count_headlines(c, s, buckets, out);
    tell_moments(c, s, out);
    return HL_OK;
}

/* ---- arrivals ---- */

#define ARRIVALS_LOOKED_AT 1000

enum hl_status hl_engine_story_arrivals(hl_engine *engine, uint64_t story, int64_t now_ms, struct hl_arrivals *out,
                                        struct hl_error *error)
{
    struct hl_collection *c;
    uint32_t index;
    enum hl_status status = hl_query_story(engine, story, &c, &index, error);
    if (status != HL_OK)
        return status;
    const int64_t span_ms = HL_ARRIVALS_COUNT * HL_ARRIVALS_BUCKET_MS;
    uint32_t member = hl_story_at(c, index)->newest;
    int64_t last_ms = hl_headline_at(c, member)->received_ms;
    *out = (struct hl_arrivals){.end_ms = last_ms > now_ms || now_ms - last_ms >= span_ms ? last_ms : now_ms};
    for (int i = 0; i < ARRIVALS_LOOKED_AT && member != HL_NONE; i++, member = hl_headline_at(c, member)->story_prev) {
        int64_t ago_ms = out->end_ms - hl_headline_at(c, member)->received_ms;
        if (ago_ms >= span_ms)
            break;
        out->counts[HL_ARRIVALS_COUNT - 1 - ago_ms / HL_ARRIVALS_BUCKET_MS]++;
    }
    return HL_OK;
}
