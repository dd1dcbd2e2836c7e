/*
 * series.c - telling a series from a story, and what of a headline is its frame.
 */
#include "engine/series.h"

#include "engine/absent.h"
#include "engine/vector.h"
#include "engine/vocabulary.h"

#define FRAME_SHARE (1 / 3.0) /* of the members hold a feature of the frame */
#define OWN_HOLDERS 3         /* members that hold a word of the story's own... */
#define OWN_LIFT 8            /* ...which is this many times as frequent among them as elsewhere */
#define UNSEEN 0.5            /* what a word that is nowhere else counts there */
#define REST_SHARE_MIN 0.5    /* of a title's words that must be beside the frame for a judgement */
#define SAMPLE_MAX 32         /* members whose words are counted */

static double words_per_headline(const struct hl_collection *c, const struct hl_story_record *s)
{
    uint32_t headlines = 0, words = 0;
    for (uint32_t m = s->newest; m != HL_NONE && headlines < SAMPLE_MAX; m = hl_headline_at(c, m)->story_prev) {
        words += hl_headline_at(c, m)->shape.words;
        headlines++;
    }
    return (double)words / headlines;
}

/* True when the word that @holders of the story's members hold is much more frequent among them than among the @others. */
static bool is_own(const struct hl_word_record *word, double holders, double members, double others)
{
    double elsewhere = (double)word->holders - holders;
    elsewhere = elsewhere > 0 ? elsewhere + UNSEEN : UNSEEN;
    return holders >= OWN_HOLDERS && holders * others >= OWN_LIFT * elsewhere * members;
}

static bool is_series(const struct hl_collection *c, uint32_t story)
{
    const struct hl_story_record *s = hl_story_at(c, story);
    struct hl_terms_scratch scratch;
    struct hl_terms terms = hl_story_terms(c, story, &scratch);
    double members = s->headlines, others = (double)c->headlines.live - members + 1;
    double frame = 0, own = 0; /* words of either kind in all titles */
    for (uint32_t i = 0; i < terms.count && !(terms.feature[i] & HL_PAIR_BIT); i++) {
        double holders = terms.holders[i];
        if (holders >= FRAME_SHARE * members)
            frame += holders;
        else if (is_own(hl_word_at(c, terms.feature[i]), holders, members, others))
            own += holders;
    }
    double words = words_per_headline(c, s) * members, rest = words - frame;
    return frame > 0 && rest > REST_SHARE_MIN * words && own < c->settings.series_share * rest;
}

void hl_series_test_if_due(struct hl_collection *c, uint32_t story)
{
    struct hl_story_record *s = hl_story_at(c, story);
    if (s->headlines < c->settings.series_min || s->headlines < s->series_at ||
        c->headlines.live < c->settings.series_after)
        return;
    s->series_at = s->headlines + s->headlines / 4;
    s->is_series = is_series(c, story);
}

bool hl_series_mark(const struct hl_collection *c, uint32_t story, struct hl_query *query)
{
    const struct hl_story_record *s = hl_seen_story(c, query, story);
    if (!s->is_series)
        return false;
    struct hl_terms_scratch scratch;
    struct hl_terms terms = hl_seen_terms(c, query, story, &scratch);
    bool any = false;
    for (uint32_t i = 0; i < query->count; i++) {
        uint32_t at = query->hot[i] || query->framed[i] ? HL_NONE : hl_terms_find(&terms, query->feature[i]);
        if (at == HL_NONE || terms.holders[at] < FRAME_SHARE * s->headlines)
            continue;
        query->framed[i] = true;
        any = true;
    }
    return any;
}
