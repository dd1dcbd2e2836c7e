/*
 * search.c - full text over live headlines: through the index where a word of the query is rare, else by looking at the headlines seen last.
 *
 * Postings tell stories, and only the latest; but a word knows how many live headlines hold it. So when the stories of a word's postings have as many
 * headlines with it as there are, nothing is missing. Else the window is run through from the end that was seen last.
 */
#include "engine/search.h"

#include "engine/posting.h"
#include "engine/query.h"
#include "engine/store.h"
#include "engine/story.h"
#include "engine/vector.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Work, in steps of some ten nanoseconds: passing over a headline, where the next one lies behind it and where the queue leads to the next. */
#define WORK_MAX 500000
#define PLACE_WORK 1
#define QUEUE_WORK 4
#define VECTOR_WORK 4    /* looking at a headline's words */
#define TITLE_WORK 150   /* reading its title */
#define STORIES_MAX 1024 /* that the postings of a word lead to, in all languages */

/* A search on its way. */
struct finder {
    struct hl_collection *c;
    const struct hl_search_query *query;
    struct hl_search search;
    uint32_t source;
    uint32_t order[HL_SEARCH_WORDS_MAX]; /* of the words, the rarest first */
    int64_t work;                        /* left */
    bool failed;                         /* out of memory */
    struct hl_page page;
};

/* ---- one headline -------------------------------------------------------------------------------------------------- */

static bool holds_any(const struct hl_headline_record *h, const struct hl_search_word *word)
{
    for (uint32_t i = 0; i < word->count; i++)
        if (hl_vector_holds(h, word->distinct[i]))
            return true;
    return false;
}

static bool holds_marked(const struct finder *f, const struct hl_headline_record *h, uint8_t bit)
{
    for (uint32_t i = 0; i < h->shape.words; i++) {
        struct hl_search_mark mark = f->search.marks[hl_vector_features(h)[i]];
        if ((mark.sure | mark.maybe) & bit)
            return true;
    }
    return false;
}

static bool has_signature(const struct hl_search_word *word, const struct hl_signature *signature)
{
    bool has = word->has_many;
    for (uint32_t i = 0; i < word->signature_count && !has; i++)
        has = hl_signature_has(signature, &word->signatures[i]);
    return has;
}

/* By its signature alone: false for nearly all that do not hold the words. */
static bool seems_to_fit(const struct finder *f, const struct hl_headline_record *h)
{
    for (uint32_t i = 0; i < f->search.count; i++)
        if (!has_signature(&f->search.words[f->order[i]], &h->signature))
            return false;
    return true;
}

/* By the numbers of its words, whatever their language. */
static bool may_fit(const struct finder *f, const struct hl_headline_record *h)
{
    for (uint32_t i = 0; i < f->search.count; i++) {
        const struct hl_search_word *word = &f->search.words[f->order[i]];
        if (word->is_prefix ? !holds_marked(f, h, word->bit) : !holds_any(h, word))
            return false;
    }
    return true;
}

static bool is_asked_for(const struct finder *f, const struct hl_headline_record *h)
{
    const struct hl_search_query *q = f->query;
    if ((q->since_ms != HL_TIME_NONE && h->received_ms < q->since_ms) ||
        (q->until_ms != HL_TIME_NONE && h->received_ms > q->until_ms))
        return false;
    if (q->source.length > 0 && h->source != f->source)
        return false;
    return q->lang.length == 0 || hl_query_lang_fits(hl_store_lang(h), q->lang);
}

/* The weight of a word in the headline: of one that the query names, in the headline's language; of a beginning, of its heaviest word. 0: it has none. */
static uint16_t weight_of(const struct finder *f, const struct hl_headline_record *h, const struct hl_search_word *word,
                          enum hl_language language, bool *unsure)
{
    uint16_t best = 0, best_unsure = 0;
    for (uint32_t i = 0; i < h->shape.words; i++) {
        uint32_t feature = hl_vector_features(h)[i];
        uint16_t weight = hl_vector_weights(h)[i];
        weight = weight > 0 ? weight : 1;
        if (word->is_prefix ? (f->search.marks[feature].sure & word->bit) != 0 : feature == word->word[language])
            best = weight > best ? weight : best;
        else if (word->is_prefix && (f->search.marks[feature].maybe & word->bit))
            best_unsure = weight > best_unsure ? weight : best_unsure;
    }
    *unsure = *unsure || (best == 0 && best_unsure > 0);
    return best > 0 ? best : best_unsure;
}

/* The cosine of the query with the headline's words; 0 when one of the query's is not there after all. */
static double score_of(const struct finder *f, const struct hl_headline_record *h, bool *unsure)
{
    enum hl_language language = hl_language_from_tag(hl_store_lang(h));
    double product = 0, square = 0;
    for (uint32_t i = 0; i < f->search.count; i++) {
        const struct hl_search_word *word = &f->search.words[i];
        uint16_t weight = weight_of(f, h, word, language, unsure);
        if (weight == 0)
            return 0;
        product += word->idf * weight;
    }
    for (uint32_t i = 0; i < h->shape.words; i++)
        square += (double)hl_vector_weights(h)[i] * hl_vector_weights(h)[i];
    double lengths = sqrt(square) * f->search.length;
    double score = lengths > 0 ? product / lengths : 0;
    return score < 1 ? score : 1;
}

/* Reads the title for what the numbers of its words cannot tell. */
static bool is_in_title(struct finder *f, const struct hl_headline_record *h)
{
    struct hl_text_tools *tools = f->c->engine->other_text;
    struct hl_text clean;
    struct hl_analysis title;
    f->work -= TITLE_WORK;
    if (hl_text_clean(tools, hl_store_title(h), &clean, NULL) != HL_OK ||
        hl_text_analyse(tools, clean, hl_store_lang(h), &title) != HL_OK) {
        f->failed = true; /* a stored title is UTF-8: it is memory */
        return false;
    }
    return hl_search_is_in_title(&f->search, &title);
}

static void look_at(struct finder *f, uint32_t headline)
{
    const struct hl_headline_record *h = hl_headline_at(f->c, headline);
    bool unsure = f->search.has_rows;
    f->work -= QUEUE_WORK;
    if (!seems_to_fit(f, h))
        return;
    f->work -= VECTOR_WORK;
    if (!may_fit(f, h) || !is_asked_for(f, h))
        return;
    double score = score_of(f, h, &unsure);
    struct hl_found found = {f->query->order == HL_SEARCH_LATEST ? (double)h->seq : score, h->seq, headline};
    if (score > 0 && hl_page_has_room(&f->page, found) && hl_found_is_past(found, &f->query->after) &&
        (!unsure || is_in_title(f, h)))
        hl_page_offer(&f->page, found);
}

/* ---- through the index --------------------------------------------------------------------------------------------- */

static int by_number(const void *one, const void *other)
{
    uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)other;
    return (a > b) - (a < b);
}

/* The stories in the postings of a word in all its languages, each once; returns how many, 0 when there are too many. */
static uint32_t list_stories(const struct finder *f, const struct hl_search_word *word, uint32_t stories[STORIES_MAX])
{
    uint32_t count = 0, kept = 0;
    for (uint32_t i = 0; i < word->count; i++) {
        struct hl_postings list = hl_postings_of(hl_word_at(f->c, word->distinct[i]));
        if (count + list.count > STORIES_MAX)
            return 0;
        for (uint32_t j = 0; j < list.count; j++)
            stories[count++] = list.story[j];
    }
    if (count > 1)
        qsort(stories, count, sizeof stories[0], by_number);
    for (uint32_t i = 0; i < count; i++)
        if (i == 0 || stories[i] != stories[i - 1])
            stories[kept++] = stories[i];
    return kept;
}

/* How many of the word's numbers the headline has. */
static uint32_t count_held(const struct hl_headline_record *h, const struct hl_search_word *word)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < word->count; i++)
        count += hl_vector_holds(h, word->distinct[i]);
    return count;
}

/* Looks at all headlines of these stories. True when no other headline holds the word. */
static bool look_at_stories(struct finder *f, const struct hl_search_word *word, const uint32_t *stories,
                            uint32_t count)
{
    uint64_t held = 0;
    for (uint32_t i = 0; i < count && f->work > 0; i++) {
        for (uint32_t m = hl_story_at(f->c, stories[i])->oldest; m != HL_NONE && f->work > 0;
             m = hl_headline_at(f->c, m)->story_next) {
            held += count_held(hl_headline_at(f->c, m), word);
            look_at(f, m);
        }
    }
    return held == word->holders && f->work > 0;
}

/* The rarest word that has postings leads to all that fits: true; or not, and then the page is as it was. */
static bool find_by_index(struct finder *f)
{
    const struct hl_search_word *word = NULL;
    for (uint32_t i = 0; i < f->search.count && !word; i++)
        if (!f->search.words[f->order[i]].is_prefix)
            word = &f->search.words[f->order[i]];
    uint32_t stories[STORIES_MAX], count = word ? list_stories(f, word, stories) : 0;
    uint64_t headlines = 0;
    for (uint32_t i = 0; i < count; i++)
        headlines += hl_story_at(f->c, stories[i])->headlines;
    /* Worth trying only when it is far less work than what it can save. */
    if (count == 0 || headlines < word->holders || headlines > f->c->headlines.live / 4 ||
        headlines > WORK_MAX / (4 * QUEUE_WORK))
        return false;
    if (look_at_stories(f, word, stories, count))
        return true;
    f->page.count = 0;
    return false;
}

/* ---- through all headlines, or through the window ------------------------------------------------------------------- */

/* What looking at every headline would cost, at most nearly: those that hold the rarest word are looked at closely, some few others seem to. */
static uint64_t cost_of_all(const struct finder *f)
{
    const struct hl_search_word *rarest = &f->search.words[f->order[0]];
    uint64_t live = f->c->headlines.live, close = rarest->has_many ? live : rarest->holders;
    uint64_t read = f->search.has_rows ? rarest->holders : rarest->unsure;
    return PLACE_WORK * (uint64_t)hl_slab_limit(&f->c->headlines) + VECTOR_WORK * close + TITLE_WORK * read;
}

/* In the order in which they lie in memory: several times as fast as along the queue. */
static void look_at_all(struct finder *f)
{
    const struct hl_slab *slab = &f->c->headlines;
    for (uint32_t i = 0, limit = hl_slab_limit(slab); i < limit; i++)
        if (hl_slab_is_live(slab, i))
            look_at(f, i);
}

/* None of the headlines before this one in the queue can be on the page: they came before it, whenever they were seen again. */
static bool is_over(const struct finder *f, const struct hl_headline_record *h)
{
    const struct hl_search_query *q = f->query;
    if (q->since_ms != HL_TIME_NONE && h->last_seen_ms < q->since_ms)
        return true;
    const struct hl_page *page = &f->page;
    return q->order == HL_SEARCH_LATEST && page->count == page->room &&
           h->last_seen_ms < hl_headline_at(f->c, page->found[page->count - 1].index)->received_ms;
}

/* Those seen last first. True when it stopped before all was looked at. */
static bool look_at_window(struct finder *f)
{
    for (uint32_t i = f->c->window.last; i != HL_NONE && !f->failed; i = hl_headline_at(f->c, i)->older) {
        if (f->work <= 0)
            return true;
        if (is_over(f, hl_headline_at(f->c, i)))
            return false;
        look_at(f, i);
    }
    return false;
}

/* ---- the question -------------------------------------------------------------------------------------------------- */

static void order_words(struct finder *f)
{
    for (uint32_t i = 0; i < f->search.count; i++) {
        uint32_t at = i;
        for (; at > 0 && f->search.words[f->order[at - 1]].holders > f->search.words[i].holders; at--)
            f->order[at] = f->order[at - 1];
        f->order[at] = i;
    }
}

/* Fills the page; true when older headlines may be missing. */
static bool find(struct finder *f)
{
    if (f->query->source.length > 0)
        f->source = hl_store_find_source(f->c, f->query->source);
    if (f->search.none || (f->query->source.length > 0 && f->source == HL_NONE))
        return f->search.truncated;
    order_words(f);
    f->work = WORK_MAX;
    bool stopped = false;
    if (!find_by_index(f)) {
        if (cost_of_all(f) <= WORK_MAX)
            look_at_all(f);
        else
            stopped = look_at_window(f);
    }
    return stopped || f->search.truncated;
}

static void view_page(const struct finder *f, struct hl_search_hit *out, size_t *count, struct hl_cursor *next,
                      bool *more)
{
    *count = hl_page_end(&f->page, f->query->limit, next, more);
    for (size_t i = 0; i < *count; i++) {
        const struct hl_found *found = &f->page.found[i];
        bool unsure = false;
        hl_view_headline(f->c, found->index, &out[i].headline);
        out[i].score = score_of(f, hl_headline_at(f->c, found->index), &unsure);
    }
}

enum hl_status hl_engine_search(hl_engine *engine, const struct hl_search_query *query, struct hl_search_hit *out,
                                size_t *count, struct hl_cursor *next, bool *more, bool *truncated,
                                struct hl_error *error)
{
    struct finder f = {.query = query, .source = HL_NONE, .page.room = query->limit + 1};
    enum hl_status status = hl_query_limit(query->limit, error);
    if (status == HL_OK)
        status = hl_query_collection(engine, query->collection, &f.c, error);
    if (status != HL_OK)
        return status;
    if (!f.c) { /* nothing has come yet */
        *count = 0;
        *more = *truncated = false;
        *next = (struct hl_cursor){0};
        return HL_OK;
    }
    status = hl_search_read(f.c, query->q, &f.search, error);
    if (status != HL_OK)
        return status;
    bool stopped = find(&f);
    if (f.failed) {
        status = hl_error_set(error, HL_NO_MEMORY, NULL, "out of memory for a search");
    } else {
        view_page(&f, out, count, next, more);
        *truncated = stopped;
    }
    hl_search_clear(f.c, &f.search);
    return status;
}
