/*
 * query.c - questions: one headline, one story with its headlines, sources and history, lists of stories.
 */
#include "engine/query.h"

#include "engine/collection.h"
#include "engine/input.h"
#include "engine/state.h"
#include "engine/store.h"
#include "engine/story.h"
#include "engine/topic.h"
#include "engine/vector.h"
#include "engine/vocabulary.h"
#include "engine/window.h"

#include <math.h>
#include <string.h>

#define SCAN_MULTIPLE_MAX 100000
#define SCAN_SINGLE_MAX 20000
#define MEMBERS_LOOKED_AT 512 /* latest members, when sources are counted or looked for */
#define SOURCES_COUNTED 64
#define REPRESENTATIVE_LATEST 31

/* ---- views ---- */

void hl_view_headline(const struct hl_collection *c, uint32_t index, struct hl_headline_view *view)
{
    const struct hl_headline_record *h = hl_headline_at(c, index);
    *view = (struct hl_headline_view){
        .seq = h->seq,
        .id = hl_store_id(h),
        .title = hl_store_title(h),
        .source = hl_store_source(c, h),
        .url = hl_store_url(h),
        .lang = hl_store_lang(h),
        .summary = hl_store_summary(h),
        .collection = {c->name, c->name_bytes},
        .received_ms = h->received_ms,
        .published_ms = h->published_ms,
        .story = hl_story_at(c, h->story)->id,
        .topic = hl_topic_id_of(c, h->story),
        .verdict = (enum hl_verdict)h->verdict,
        .sightings = h->sightings,
        .last_seen_ms = h->last_seen_ms,
        .fingerprint = h->fingerprint,
    };
    if (h->duplicate_of != HL_NONE && hl_slab_is_live(&c->headlines, h->duplicate_of)) {
        const struct hl_headline_record *original = hl_headline_at(c, h->duplicate_of);
        if (original->seq == h->duplicate_seq) /* else the place was taken by another headline */
            view->duplicate_of = hl_store_id(original);
    }
}

/* Cosine of a member with its story's centroid. */
static double centrality(const struct hl_headline_record *h, const struct hl_terms *terms)
{
    const uint32_t *features = hl_vector_features(h);
    const uint16_t *weights = hl_vector_weights(h);
    double product = 0, square = 0;
    uint32_t at = 0;
    for (uint32_t i = 0; i < h->shape.count; i++) {
        square += (double)weights[i] * weights[i];
        while (at < terms->count && terms->feature[at] < features[i])
            at++;
        if (at < terms->count && terms->feature[at] == features[i])
            product += (double)weights[i] * terms->weight[at];
    }
    return square > 0 ? product / sqrt(square) : 0;
}

static uint32_t rank_of(const struct hl_collection *c, const struct hl_headline_record *h)
{
    return h->source == HL_NONE ? 0 : ((const struct hl_source_record *)hl_slab_at(&c->sources, h->source))->rank;
}

/* The best of the preferred sources among the first headline and the latest; HL_NONE: none of them has it. */
static uint32_t preferred_source(const struct hl_collection *c, const struct hl_story_record *s)
{
    const struct hl_headline_record *best = hl_headline_at(c, s->oldest);
    uint32_t member = s->newest;
    if (c->prefer_bytes == 0)
        return HL_NONE;
    for (int i = 0; i < MEMBERS_LOOKED_AT && member != HL_NONE; i++) {
        const struct hl_headline_record *h = hl_headline_at(c, member);
        uint32_t rank = rank_of(c, h), best_rank = rank_of(c, best);
        if (rank > 0 && (best_rank == 0 || rank < best_rank))
            best = h;
        member = h->story_prev;
    }
    return rank_of(c, best) > 0 ? best->source : HL_NONE;
}

static uint32_t representative(const struct hl_collection *c, uint32_t story)
{
    const struct hl_story_record *s = hl_story_at(c, story);
    struct hl_terms_scratch scratch;
    struct hl_terms terms = hl_story_terms(c, story, &scratch);
    uint32_t source = preferred_source(c, s), member = s->newest, best = HL_NONE;
    if (source == HL_NONE || hl_headline_at(c, s->oldest)->source == source)
        best = s->oldest;
    double best_centrality = best == HL_NONE ? 0 : centrality(hl_headline_at(c, best), &terms);
    int compared = 0;
    for (int i = 0; i < MEMBERS_LOOKED_AT && compared < REPRESENTATIVE_LATEST && member != s->oldest; i++) {
        const struct hl_headline_record *h = hl_headline_at(c, member);
        if (source == HL_NONE || h->source == source) {
            double x = centrality(h, &terms);
            if (best == HL_NONE || x > best_centrality ||
                (x >= best_centrality && h->seq < hl_headline_at(c, best)->seq)) {
                best = member;
                best_centrality = x;
            }
            compared++;
        }
        member = h->story_prev;
    }
    return best;
}

uint32_t hl_view_sources(const struct hl_collection *c, const struct hl_story_record *s)
{
    uint32_t seen[SOURCES_COUNTED], count = 0, member = s->newest;
    for (int i = 0; i < MEMBERS_LOOKED_AT && member != HL_NONE && count < SOURCES_COUNTED; i++) {
        const struct hl_headline_record *h = hl_headline_at(c, member);
        bool known = h->source == HL_NONE;
        for (uint32_t j = 0; j < count && !known; j++)
            known = seen[j] == h->source;
        if (!known)
            seen[count++] = h->source;
        member = h->story_prev;
    }
    return count;
}

void hl_view_story(const struct hl_collection *c, uint32_t story, int64_t now_ms, struct hl_story_view *view)
{
    const struct hl_story_record *s = hl_story_at(c, story);
    *view = (struct hl_story_view){
        .story = s->id,
        .topic = hl_topic_id_of(c, story),
        .collection = {c->name, c->name_bytes},
        .headlines = s->headlines,
        .sightings = s->sightings,
        .sources = hl_view_sources(c, s),
        .first_ms = hl_headline_at(c, s->oldest)->received_ms,
        .last_ms = hl_headline_at(c, s->newest)->received_ms,
        .trending = hl_story_trend(c, s, now_ms),
    };
    hl_view_headline(c, representative(c, story), &view->representative);
    hl_view_headline(c, s->oldest, &view->first);
}

/* ---- one thing ---- */

enum hl_status hl_engine_get(hl_engine *engine, struct hl_text collection, struct hl_text id,
                             struct hl_headline_view *view, struct hl_error *error)
{
    const struct hl_collection *c = hl_collection_find(engine, collection);
    uint32_t headline = c ? hl_store_find(c, id) : HL_NONE;
    if (headline == HL_NONE || hl_window_is_past(c, headline, engine->now_ms))
        return hl_error_set(error, HL_NOT_FOUND, "id", "there is no live headline with this id");
    hl_view_headline(c, headline, view);
    return HL_OK;
}

enum hl_status hl_query_story(const hl_engine *engine, uint64_t id, struct hl_collection **c, uint32_t *story,
                              struct hl_error *error)
{
    if (hl_story_locate(engine, id, c, story))
        return HL_OK;
    return hl_error_set(error, HL_NOT_FOUND, "story", "there is no live story with this id; it may have expired");
}

static enum hl_status find_stored(const struct hl_collection *c, const struct hl_headline *which, int64_t now_ms,
                                  struct hl_headline *headline, uint32_t *stored, struct hl_error *error)
{
    *stored = c ? hl_store_find(c, which->id) : HL_NONE;
    if (*stored == HL_NONE || hl_window_is_past(c, *stored, now_ms))
        return hl_error_set(error, HL_NOT_FOUND, "id", "there is no live headline with this id");
    const struct hl_headline_record *h = hl_headline_at(c, *stored);
    *headline = (struct hl_headline){.title = hl_store_title(h),
                                     .id = hl_store_id(h),
                                     .source = hl_store_source(c, h),
                                     .lang = hl_store_lang(h),
                                     .summary = hl_store_summary(h),
                                     .collection = which->collection,
                                     .published_ms = h->published_ms};
    return HL_OK;
}

enum hl_status hl_query_headline(const struct hl_collection *c, const struct hl_headline *which, int64_t now_ms,
                                 struct hl_headline *headline, uint32_t *stored, struct hl_error *error)
{
    bool by_id = which->id.length > 0;
    *stored = HL_NONE;
    *headline = *which;
    if (by_id == (which->title.length > 0))
        return hl_error_set(error, HL_INVALID, by_id ? "title" : "id",
                            by_id ? "give the id of a live headline or a title that is not stored, not both"
                                  : "give the id of a live headline, or a title that is not stored");
    if (by_id)
        return find_stored(c, which, now_ms, headline, stored, error);
    return hl_input_check(which, error);
}

enum hl_status hl_engine_story(hl_engine *engine, uint64_t id, int64_t now_ms, struct hl_story_view *view,
                               struct hl_error *error)
{
    struct hl_collection *c;
    uint32_t story;
    enum hl_status status = hl_query_story(engine, id, &c, &story, error);
    if (status != HL_OK)
        return status;
    hl_view_story(c, story, now_ms, view);
    view->redirected_from = view->story == id ? 0 : id;
    return HL_OK;
}

enum hl_status hl_engine_story_headlines(hl_engine *engine, uint64_t id, uint64_t after_seq,
                                         struct hl_headline_view *out, size_t limit, size_t *count, bool *more,
                                         struct hl_error *error)
{
    struct hl_collection *c;
    uint32_t story;
    enum hl_status status = hl_query_story(engine, id, &c, &story, error);
    if (status != HL_OK)
        return status;
    *count = 0;
    uint32_t member = hl_story_at(c, story)->oldest;
    while (member != HL_NONE && hl_headline_at(c, member)->seq <= after_seq)
        member = hl_headline_at(c, member)->story_next;
    for (; member != HL_NONE && *count < limit && *count < HL_PAGE_MAX; member = hl_headline_at(c, member)->story_next)
        hl_view_headline(c, member, &out[(*count)++]);
    *more = member != HL_NONE;
    return HL_OK;
}

enum hl_status hl_engine_story_history(hl_engine *engine, uint64_t id, struct hl_history *out, size_t limit,
                                       size_t *count, struct hl_error *error)
{
    struct hl_collection *c;
    uint32_t story;
    enum hl_status status = hl_query_story(engine, id, &c, &story, error);
    if (status != HL_OK)
        return status;
    const struct hl_story_record *s = hl_story_at(c, story);
    size_t skip = s->history_count > limit ? s->history_count - limit : 0;
    *count = s->history_count - skip;
    if (*count > 0)
        memcpy(out, s->history + skip, *count * sizeof *out);
    return HL_OK;
}

enum hl_status hl_engine_story_sources(hl_engine *engine, uint64_t id, struct hl_source_view *out, size_t limit,
                                       size_t *count, struct hl_error *error)
{
    struct hl_collection *c;
    uint32_t story;
    enum hl_status status = hl_query_story(engine, id, &c, &story, error);
    if (status != HL_OK)
        return status;
    *count = 0;
    for (uint32_t m = hl_story_at(c, story)->oldest; m != HL_NONE; m = hl_headline_at(c, m)->story_next) {
        const struct hl_headline_record *h = hl_headline_at(c, m);
        struct hl_text source = hl_store_source(c, h);
        size_t i = 0;
        while (i < *count && out[i].source.data != source.data) /* interned: the same source is the same pointer */
            i++;
        if (h->source == HL_NONE || (i == *count && *count == limit))
            continue;
        if (i == *count)
            out[(*count)++] = (struct hl_source_view){source, 0, h->seq, h->received_ms};
        out[i].headlines++;
    }
    return HL_OK;
}

/* ---- lists ---- */

/* A query made ready: names and words looked up once. */
struct filter {
    const struct hl_story_query *query;
    int64_t now_ms;
    uint32_t source;
    struct hl_query_words words;
    bool none; /* nothing can fit */
};

enum hl_status hl_query_words(struct hl_collection *c, struct hl_text text, struct hl_text lang,
                              struct hl_query_words *out, struct hl_error *error)
{
    struct hl_text_tools *tools = c->engine->other_text;
    struct hl_text clean;
    struct hl_analysis analysis;
    enum hl_status status = hl_text_clean(tools, text, &clean, error);
    if (status == HL_OK)
        status = hl_text_analyse(tools, clean, lang, &analysis);
    if (status != HL_OK)
        return hl_error_set(error, status, "text",
                            status == HL_NO_MEMORY ? "out of memory" : "text must be valid UTF-8");
    for (size_t i = 0; i < analysis.word_count && out->count < HL_WORDS_MAX; i++) {
        uint32_t word = hl_words_find(c, analysis.stems + analysis.words[i].stem, analysis.words[i].stem_length);
        out->unknown = out->unknown || word == HL_NONE;
        out->word[out->count++] = word;
    }
    return HL_OK;
}

static enum hl_status make_filter(struct hl_collection *c, struct filter *filter, struct hl_error *error)
{
    const struct hl_story_query *query = filter->query;
    if (query->source.length > 0) {
        filter->source = hl_store_find_source(c, query->source);
        filter->none = filter->source == HL_NONE;
    }
    if (query->text.length == 0)
        return HL_OK;
    enum hl_status status = hl_query_words(c, query->text, query->lang, &filter->words, error);
    filter->none = filter->none || filter->words.unknown;
    return status;
}

static bool has_source(const struct hl_collection *c, const struct hl_story_record *s, uint32_t source)
{
    uint32_t member = s->newest;
    for (int i = 0; i < MEMBERS_LOOKED_AT && member != HL_NONE; i++) {
        if (hl_headline_at(c, member)->source == source)
            return true;
        member = hl_headline_at(c, member)->story_prev;
    }
    return false;
}

static bool has_words(const struct hl_collection *c, uint32_t story, const struct filter *filter)
{
    struct hl_terms_scratch scratch;
    struct hl_terms terms = hl_story_terms(c, story, &scratch);
    for (uint32_t i = 0; i < filter->words.count; i++)
        if (hl_terms_find(&terms, filter->words.word[i]) == HL_NONE)
            return false;
    return true;
}

enum hl_status hl_query_limit(size_t limit, struct hl_error *error)
{
    if (limit > 0 && limit <= HL_PAGE_MAX)
        return HL_OK;
    return hl_error_set(error, HL_INVALID, "limit", "limit must be between 1 and %d", HL_PAGE_MAX);
}

static bool same_letter(char a, char b)
{
    return (a >= 'A' && a <= 'Z' ? a | 32 : a) == (b >= 'A' && b <= 'Z' ? b | 32 : b);
}

bool hl_query_lang_fits(struct hl_text own, struct hl_text wanted)
{
    if (own.length < wanted.length)
        return false;
    for (size_t i = 0; i < wanted.length; i++)
        if (!same_letter(own.data[i], wanted.data[i]))
            return false;
    return own.length == wanted.length || own.data[wanted.length] == '-' || own.data[wanted.length] == '_';
}

static bool fits(const struct hl_collection *c, uint32_t story, const struct filter *filter)
{
    const struct hl_story_record *s = hl_story_at(c, story);
    const struct hl_story_query *q = filter->query;
    int64_t last_ms = hl_headline_at(c, s->newest)->received_ms;
    if (s->headlines < q->headlines_min || (q->since_ms != HL_TIME_NONE && last_ms < q->since_ms) ||
        (q->until_ms != HL_TIME_NONE && last_ms > q->until_ms))
        return false;
    if (q->lang.length > 0 && !hl_query_lang_fits(hl_store_lang(hl_headline_at(c, s->oldest)), q->lang))
        return false;
    if (q->source.length > 0 && !has_source(c, s, filter->source))
        return false;
    return filter->words.count == 0 || has_words(c, story, filter);
}

static double sort_key(const struct hl_collection *c, const struct hl_story_record *s, const struct filter *filter)
{
    switch (filter->query->order) {
    case HL_ORDER_SIZE:
        return s->headlines;
    case HL_ORDER_TRENDING:
        return hl_story_trend(c, s, filter->now_ms);
    case HL_ORDER_LATEST:
    default:
        return (double)s->active_seq;
    }
}

/* Offers the stories of one activity list. True when it stopped at @scan_max. */
static bool scan(const struct hl_collection *c, int list, uint32_t scan_max, const struct filter *filter,
                 struct hl_page *page)
{
    uint32_t scanned = 0;
    for (uint32_t story = c->recent[list].first; story != HL_NONE; story = hl_story_at(c, story)->recent_next) {
        if (scanned++ == scan_max)
            return true;
        const struct hl_story_record *s = hl_story_at(c, story);
        struct hl_found f = {sort_key(c, s, filter), s->id, story};
        if (!hl_page_has_room(page, f)) {
            if (filter->query->order == HL_ORDER_LATEST)
                return false; /* the list is in this order: none of the rest can come before either */
            continue;
        }
        if (hl_found_is_past(f, &filter->query->after) && fits(c, story, filter))
            hl_page_offer(page, f);
    }
    return false;
}

enum hl_status hl_query_collection(const hl_engine *engine, struct hl_text name, struct hl_collection **c,
                                   struct hl_error *error)
{
    *c = hl_collection_find(engine, name);
    if (*c || hl_collection_is_default(name))
        return HL_OK;
    return hl_error_set(error, HL_NOT_FOUND, "collection", "there is no collection \"%.*s\"", (int)name.length,
                        name.data);
}

enum hl_status hl_engine_stories(hl_engine *engine, const struct hl_story_query *query, int64_t now_ms,
                                 struct hl_story_view *out, size_t *count, struct hl_cursor *next, bool *more,
                                 bool *truncated, struct hl_error *error)
{
    struct hl_collection *c;
    enum hl_status status = hl_query_limit(query->limit, error);
    if (status == HL_OK)
        status = hl_query_collection(engine, query->collection, &c, error);
    if (status != HL_OK)
        return status;
    *count = 0;
    *more = *truncated = false;
    *next = (struct hl_cursor){0};
    if (!c)
        return HL_OK;
    struct filter filter = {.query = query, .now_ms = now_ms};
    status = make_filter(c, &filter, error);
    if (status != HL_OK || filter.none)
        return status;
    struct hl_page page = {.room = query->limit + 1};
    bool stopped = scan(c, 1, SCAN_MULTIPLE_MAX, &filter, &page);
    if (query->headlines_min < 2)
        stopped |= scan(c, 0, SCAN_SINGLE_MAX, &filter, &page);
    *truncated = stopped;
    *count = hl_page_end(&page, query->limit, next, more);
    for (size_t i = 0; i < *count; i++)
        hl_view_story(c, page.found[i].index, now_ms, &out[i]);
    return HL_OK;
}
