/*
 * duplicate.c - the search for near duplicates: what is close by fingerprint is checked word by word, the closest first.
 */
#include "engine/duplicate.h"

#include "engine/absent.h"
#include "engine/store.h"
#include "engine/tail.h"
#include "engine/vector.h"
#include "engine/window.h"

#define LOOKS_PER_STORY 32 /* latest members compared by fingerprint */
#define CHECKS_MAX 3       /* exact checks for one headline */
#define SHARED_MIN 0.5     /* share of their words that two titles have in common before they are worth a check */

/* A title to be compared with stored ones. */
struct subject {
    const struct hl_query *query;
    const struct hl_analysis *analysis;
    struct hl_text guessed;
    bool any_past; /* some headline may have left the window */
};

/* The headlines closest by fingerprint, the closest first; of equal ones that first which was looked at first. */
struct shortlist {
    unsigned bits_max;
    uint32_t count;
    uint32_t headline[CHECKS_MAX];
    unsigned bits[CHECKS_MAX];
};

static void shortlist_add(struct shortlist *list, uint32_t headline, unsigned bits)
{
    if (list->count == CHECKS_MAX && bits >= list->bits[CHECKS_MAX - 1])
        return;
    list->count += list->count < CHECKS_MAX;
    uint32_t at = list->count - 1;
    for (; at > 0 && list->bits[at - 1] > bits; at--) {
        list->headline[at] = list->headline[at - 1];
        list->bits[at] = list->bits[at - 1];
    }
    list->headline[at] = headline;
    list->bits[at] = bits;
}

/*
 * True when enough of both titles' words are the same; nearly all near duplicates have that many, and most others that are close have not. What
 * summaries share beside may let more through, to be checked in vain.
 */
static bool shares_words(const struct hl_query *query, const struct hl_headline_record *h)
{
    const uint32_t *features = hl_vector_features(h);
    uint32_t both = 0;
    for (uint32_t i = 0, j = 0; i < query->words && j < h->shape.words;) {
        both += query->feature[i] == features[j];
        if (query->feature[i] <= features[j])
            i++;
        else
            j++;
    }
    return 2.0 * both >= SHARED_MIN * (query->title_words + h->shape.title_words);
}

/* Analyses a stored title again, its tail cut as it would be today. */
static enum hl_status compare_with(struct hl_collection *c, const struct subject *subject, uint32_t headline,
                                   struct hl_near_finding *out)
{
    const struct hl_headline_record *h = hl_headline_at(c, headline);
    struct hl_text_tools *tools = c->engine->other_text;
    struct hl_text clean;
    struct hl_analysis other;
    enum hl_status status = hl_text_clean(tools, hl_store_title(h), &clean, NULL);
    if (status != HL_OK)
        return status;
    struct hl_tail_cut cut = hl_tail_find(c, clean, hl_store_source(c, h));
    clean.length = cut.length;
    status = hl_text_analyse(tools, clean, hl_store_lang(h), &other);
    if (status != HL_OK)
        return status;
    if (hl_tail_differs(subject->guessed, cut.guessed))
        *out = (struct hl_near_finding){HL_NEAR_tails, subject->guessed, cut.guessed};
    else
        *out = hl_facts_compare(subject->analysis, &other, c->settings.near_share);
    return HL_OK;
}

/* One story's latest members. */
static void look_through(const struct hl_collection *c, const struct subject *subject, uint32_t story,
                         struct shortlist *list, struct hl_nearest *out)
{
    uint32_t member = hl_seen_story(c, subject->query, story)->newest;
    for (int look = 0; look < LOOKS_PER_STORY && member != HL_NONE; look++) {
        const struct hl_headline_record *h = hl_headline_at(c, member);
        if (hl_seen_as_absent(subject->query, member)) {
            member = h->story_prev;
            look--;
            continue;
        }
        if (subject->any_past && hl_window_is_past(c, member, subject->query->now_ms))
            break;
        unsigned bits = hl_fingerprint_distance(&subject->query->fingerprint, &h->fingerprint);
        if (bits < out->closest_bits) {
            out->closest = member;
            out->closest_bits = bits;
        }
        if (bits <= list->bits_max && shares_words(subject->query, h))
            shortlist_add(list, member, bits);
        member = h->story_prev;
    }
}

enum hl_status hl_duplicate_search(struct hl_collection *c, const struct hl_query *query,
                                   const struct hl_analysis *analysis, struct hl_text guessed,
                                   const struct hl_candidate *stories, uint32_t count, struct hl_nearest *out)
{
    struct subject subject = {query, analysis, guessed, hl_window_any_past(c, query->now_ms)};
    struct shortlist list = {.bits_max = (unsigned)c->settings.near_bits};
    *out = (struct hl_nearest){HL_NONE, HL_FINGERPRINT_BITS + 1, HL_NONE, 0};
    for (uint32_t i = 0; i < count; i++)
        look_through(c, &subject, stories[i].story, &list, out);
    for (uint32_t i = 0; i < list.count && out->near == HL_NONE; i++) {
        struct hl_near_finding finding;
        if (compare_with(c, &subject, list.headline[i], &finding) != HL_OK)
            return HL_NO_MEMORY;
        if (finding.why == HL_NEAR_interchangeable) {
            out->near = list.headline[i];
            out->near_bits = list.bits[i];
        }
    }
    return HL_OK;
}

enum hl_status hl_duplicate_examine(struct hl_collection *c, const struct hl_query *query,
                                    const struct hl_analysis *analysis, struct hl_text guessed, uint32_t headline,
                                    struct hl_near_finding *out)
{
    struct subject subject = {query, analysis, guessed, false};
    unsigned bits = hl_fingerprint_distance(&query->fingerprint, &hl_headline_at(c, headline)->fingerprint);
    enum hl_status status = compare_with(c, &subject, headline, out);
    if (status == HL_OK && bits > (unsigned)c->settings.near_bits)
        *out = hl_near_because(HL_NEAR_distance);
    return status;
}
