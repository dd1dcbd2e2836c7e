/*
 * query.h - what the questions about stories and about topics have in common: views, words of a text, pages of lists.
 */
#ifndef HL_ENGINE_QUERY_H
#define HL_ENGINE_QUERY_H

#include "engine/state.h"

#define HL_PAGE_MAX 1000

/* Fill the view of a live headline or story. Text is borrowed from the collection. */
void hl_view_headline(const struct hl_collection *c, uint32_t headline, struct hl_headline_view *view);
void hl_view_story(const struct hl_collection *c, uint32_t story, int64_t now_ms, struct hl_story_view *view);

/* The collection that a question is about; NULL for the default one before it is there. HL_NOT_FOUND. */
enum hl_status hl_query_collection(const hl_engine *engine, struct hl_text name, struct hl_collection **c,
                                   struct hl_error *error);

/* The live story with @id or the one that absorbed it. HL_NOT_FOUND. */
enum hl_status hl_query_story(const hl_engine *engine, uint64_t id, struct hl_collection **c, uint32_t *story,
                              struct hl_error *error);

/*
 * The headline that a question is about (@c may be NULL, and then none is live): a live one by its id (or alias), @stored and what is known of it in @headline, borrowed; or, with a title, @which itself,
 * checked, and HL_NONE. HL_NOT_FOUND, HL_INVALID, HL_TOO_LARGE.
 */
enum hl_status hl_query_headline(const struct hl_collection *c, const struct hl_headline *which, int64_t now_ms,
                                 struct hl_headline *headline, uint32_t *stored, struct hl_error *error);

/* HL_INVALID unless 1 to HL_PAGE_MAX. */
enum hl_status hl_query_limit(size_t limit, struct hl_error *error);

/* "pt" fits "pt", "PT" and "pt-BR". */
bool hl_query_lang_fits(struct hl_text own, struct hl_text wanted);
/* Distinct sources of its 512 latest headlines, counted up to 64. */
uint32_t hl_view_sources(const struct hl_collection *c, const struct hl_story_record *story);

/* The words of a text that is looked for, by their numbers in the vocabulary. */
struct hl_query_words {
    uint32_t count;
    uint32_t word[HL_WORDS_MAX];
    bool unknown; /* one of them is not in the vocabulary: nothing holds them all */
};

/* Appends the words of @text to @out, which is all zero at first. HL_INVALID (not UTF-8), HL_NO_MEMORY. */
enum hl_status hl_query_words(struct hl_collection *c, struct hl_text text, struct hl_text lang,
                              struct hl_query_words *out, struct hl_error *error);

/* Something for a list. */
struct hl_found {
    double key;
    uint64_t id;
    uint32_t index;
};

/* The best so far, in order; room for one more than asked, which tells whether there is a next page. */
struct hl_page {
    struct hl_found found[HL_PAGE_MAX + 1];
    size_t count, room;
};

/* Larger keys come first; of equal ones the younger id. */
static inline bool hl_found_comes_before(struct hl_found a, struct hl_found b)
{
    return a.key > b.key || (a.key >= b.key && a.id > b.id);
}

static inline bool hl_found_is_past(struct hl_found f, const struct hl_cursor *after)
{
    return after->story == 0 || hl_found_comes_before((struct hl_found){after->key, after->story, 0}, f);
}

/* False when the page is full of better ones. */
static inline bool hl_page_has_room(const struct hl_page *page, struct hl_found f)
{
    return page->count < page->room || hl_found_comes_before(f, page->found[page->count - 1]);
}

static inline void hl_page_offer(struct hl_page *page, struct hl_found f)
{
    if (!hl_page_has_room(page, f))
        return;
    size_t at = page->count < page->room ? page->count++ : page->count - 1;
    for (; at > 0 && hl_found_comes_before(f, page->found[at - 1]); at--)
        page->found[at] = page->found[at - 1];
    page->found[at] = f;
}

/* How many of the page's finds are asked for; where the next page starts. */
static inline size_t hl_page_end(const struct hl_page *page, size_t limit, struct hl_cursor *next, bool *more)
{
    *more = page->count > limit;
    *next = (struct hl_cursor){0};
    if (*more)
        *next = (struct hl_cursor){page->found[limit - 1].key, page->found[limit - 1].id};
    return *more ? limit : page->count;
}

#endif
