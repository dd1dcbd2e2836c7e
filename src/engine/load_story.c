/*
 * load_story.c - stories and topics of a saved state.
 *
 * Most stories have one headline, whose vector is all that is known of them. They are settled a chunk at a time, when what is needed of their
 * headlines has been asked for.
 */
#include "engine/load.h"
#include "engine/posting.h"
#include "engine/story.h"
#include "engine/topic.h"
#include "engine/vector.h"
#include "engine/vocabulary.h"

#include <stdlib.h>

#define SQUARE_MAX (INT64_C(1) << 61) /* of a sum: what is added later still fits */
#define AHEAD 4                       /* stories that are settled between two steps of asking for what they need */
#define POSITION_BITS 10
#define POSITIONS (1U << POSITION_BITS) /* four times HL_TERMS_MAX */
#define MEMBERS_PART 64                 /* of a story, read at once */
#define TOPIC_STORIES_MAX (2 * HL_TOPIC_STORIES_MAX)
#define TOPIC_TERMS_MAX (TOPIC_STORIES_MAX * HL_ANCHORS_MAX)

/* ---- fields ---- */

static bool arrays_are_sane(const struct hl_story_record *s)
{
    uint32_t history = s->history_capacity;
    return s->term_count <= HL_TERMS_MAX && s->term_count <= s->term_capacity &&
           s->term_capacity <= hl_story_term_capacity_max() && s->history_count <= history &&
           history <= HL_HISTORY_MAX && (history & (history - 1)) == 0 && history != 1 &&
           s->anchor_count <= s->anchor_capacity && s->anchor_capacity <= HL_ANCHORS_MAX;
}

static bool times_are_sane(const struct hl_loader *l, const struct hl_story_record *s)
{
    return hl_load_is_time(s->first_ms) && s->first_ms <= s->last_ms && s->last_ms <= l->engine->now_ms &&
           hl_load_is_time(s->active_ms) && s->active_ms <= l->engine->now_ms && hl_load_is_time(s->trend_ms) &&
           s->trend_ms <= l->engine->now_ms && hl_load_is_amount(s->trend) && hl_load_is_amount(s->noise);
}

static bool fields_are_sane(const struct hl_loader *l, const struct hl_story_record *s)
{
    return s->id > 0 && s->id < l->engine->next_story && s->active_seq <= l->engine->seq && s->headlines > 0 &&
           s->headlines <= HL_STORY_HEADLINES_MAX && (s->headlines == 1 || s->term_capacity > 0) &&
           arrays_are_sane(s) && times_are_sane(l, s);
}

/* ---- members ---- */

/* Makes @member the newest of the story; false when it is in one already or came before. */
static bool add_member(const struct hl_collection *c, uint32_t story, struct hl_story_record *s, uint32_t member)
{
    struct hl_headline_record *h = hl_headline_at(c, member);
    if (h->story != HL_NONE)
        return false;
    h->story = story;
    h->story_prev = s->newest;
    h->story_next = HL_NONE;
    s->sightings += h->sightings;
    if (s->newest == HL_NONE) {
        s->oldest = member;
    } else {
        hl_headline_at(c, s->newest)->story_next = member;
        if (hl_headline_at(c, s->newest)->seq >= h->seq)
            return false;
    }
    s->newest = member;
    return true;
}

/* The next @count members; their records are waited for together, and their vectors, which come next, asked for. */
static void load_some_members(struct hl_loader *l, struct hl_loaded *of, uint32_t story, struct hl_story_record *s,
                              uint32_t count)
{
    struct hl_state_reader *r = &l->reader;
    const struct hl_collection *c = of->c;
    uint32_t members[MEMBERS_PART];
    hl_state_reader_u32s(r, members, count);
    for (uint32_t i = 0; i < count && r->status == HL_OK; i++)
        if (hl_slab_is_live(&c->headlines, members[i]))
            hl_prefetch(hl_headline_at(c, members[i]), 128);
        else
            hl_state_reader_corrupt(r, "a story names a headline that is not there");
    for (uint32_t i = 0; i < count && r->status == HL_OK; i++) {
        if (!add_member(c, story, s, members[i]))
            hl_state_reader_corrupt(r, "a story names a headline that is elsewhere or out of order");
        hl_prefetch(hl_headline_at(c, members[i])->vector, 128);
    }
}

static void load_members(struct hl_loader *l, struct hl_loaded *of, uint32_t story, struct hl_story_record *s)
{
    for (uint32_t left = s->headlines; left > 0 && l->reader.status == HL_OK;) {
        uint32_t part = left < MEMBERS_PART ? left : MEMBERS_PART;
        load_some_members(l, of, story, s, part);
        left -= part;
    }
    of->members += s->headlines;
}

/* The one headline of a story without terms: noted, and asked for. */
static void note_single(struct hl_loader *l, struct hl_loaded *of, struct hl_story_record *s)
{
    struct hl_state_reader *r = &l->reader;
    uint32_t member = hl_state_reader_u32(r);
    if (r->status != HL_OK)
        return;
    if (!hl_slab_is_live(&of->c->headlines, member)) {
        hl_state_reader_corrupt(r, "a story names a headline that is not there");
        return;
    }
    s->oldest = member;
    hl_prefetch(hl_headline_at(of->c, member), sizeof(struct hl_headline_record));
}

/* ---- terms ---- */

/* Where a story's terms are, by feature. */
struct positions {
    const struct hl_terms *terms;
    uint16_t place[POSITIONS]; /* position + 1; 0: free */
};

static uint32_t home(uint32_t feature)
{
    return feature * 0x9e3779b1U >> (32 - POSITION_BITS);
}

static void positions_fill(struct positions *p, const struct hl_terms *terms)
{
    p->terms = terms;
    memset(p->place, 0, sizeof p->place);
    for (uint32_t i = 0; i < terms->count; i++) {
        uint32_t at = home(terms->feature[i]);
        while (p->place[at] != 0)
            at = (at + 1) % POSITIONS;
        p->place[at] = (uint16_t)(i + 1);
    }
}

static void count_held(const struct positions *p, const struct hl_headline_record *h, uint16_t *held)
{
    const uint32_t *features = hl_vector_features(h);
    for (uint32_t i = 0; i < h->shape.count; i++) {
        uint32_t at = home(features[i]);
        while (p->place[at] != 0 && p->terms->feature[p->place[at] - 1] != features[i])
            at = (at + 1) % POSITIONS;
        if (p->place[at] != 0)
            held[p->place[at] - 1]++;
    }
}

/* Words come first. */
static uint32_t words_of(const uint32_t *features, uint32_t count)
{
    while (count > 0 && features[count - 1] & HL_PAIR_BIT)
        count--;
    return count;
}

/* How many of the members hold each term; pruning may have let some go, but no term has more. */
static bool holders_are_sane(const struct hl_collection *c, const struct hl_story_record *s,
                             const struct hl_terms *terms)
{
    struct positions positions;
    uint16_t held[HL_TERMS_MAX] = {0};
    positions_fill(&positions, terms);
    for (uint32_t m = s->oldest; m != HL_NONE; m = hl_headline_at(c, m)->story_next) {
        uint32_t next = hl_headline_at(c, m)->story_next;
        if (next != HL_NONE)
            hl_prefetch(hl_headline_at(c, next)->vector, 128);
        count_held(&positions, hl_headline_at(c, m), held);
    }
    for (uint32_t i = 0; i < terms->count; i++)
        if (terms->holders[i] == 0 || terms->holders[i] > held[i] || terms->weight[i] < 0 ||
            terms->weight[i] > HL_WEIGHT_MAX * (int32_t)terms->holders[i])
            return false;
    return true;
}

static void load_terms(struct hl_loader *l, struct hl_loaded *of, struct hl_story_record *s)
{
    struct hl_state_reader *r = &l->reader;
    struct hl_terms_room room;
    if (s->term_capacity == 0 || r->status != HL_OK)
        return;
    if (!hl_story_restore_terms(of->c, s, &room)) {
        hl_state_reader_no_memory(r);
        return;
    }
    hl_state_reader_u32s(r, room.feature, s->term_count);
    hl_state_reader_u32s(r, (uint32_t *)room.weight, s->term_count);
    hl_state_reader_u16s(r, room.holders, s->term_count);
    struct hl_terms terms = {s->term_count, room.feature, room.weight, room.holders};
    bool sane = true;
    for (uint32_t i = 1; i < terms.count; i++)
        sane = sane && terms.feature[i - 1] < terms.feature[i];
    if (r->status == HL_OK && (!sane || !holders_are_sane(of->c, s, &terms)))
        hl_state_reader_corrupt(r, "the terms of a story are not what its headlines hold");
}

/*
 * Tells the words' postings the story's weights. From here, since its terms are at hand; one that is retired has no postings. All words are there
 * (finish_holders).
 */
static void post_terms(const struct hl_loaded *of, uint32_t story, const struct hl_terms *terms, uint32_t words)
{
    for (uint32_t i = 0; i < words; i++)
        if (hl_posting_restore_weight(hl_word_at(of->c, terms->feature[i]), story, terms->weight[i]))
            of->posted[terms->feature[i]]++;
}

/* Counts a story's terms into document frequencies. Each is held by a member, so that its number is in bounds. */
static void count_terms(struct hl_loader *l, struct hl_loaded *of, const struct hl_terms *terms,
                        struct hl_story_record *s)
{
    int64_t square = 0;
    for (uint32_t i = 0; i < terms->count && square <= SQUARE_MAX; i++) {
        int32_t df = hl_story_df_of_holders(of->c, terms->holders[i]);
        square += (int64_t)terms->weight[i] * terms->weight[i];
        if (terms->feature[i] & HL_PAIR_BIT)
            of->pair_sum += hl_pair_mix(l, hl_pair_hash(terms->feature[i]), df);
        else
            of->df[terms->feature[i]] += df;
    }
    if (square > SQUARE_MAX)
        hl_state_reader_corrupt(&l->reader, "the terms of a story are too heavy");
    hl_story_restore_square(s, square);
    of->c->size += HL_DF_ONE + (int64_t)hl_df_again(of->c) * (s->headlines - 1);
}

/* ---- what else a story has ---- */

static void load_history(struct hl_loader *l, struct hl_story_record *s)
{
    struct hl_state_reader *r = &l->reader;
    if (s->history_capacity == 0 || r->status != HL_OK)
        return;
    s->history = hl_pool_take(l->engine->pool, s->history_capacity * sizeof *s->history);
    if (!s->history) {
        hl_state_reader_no_memory(r);
        return;
    }
    memset(s->history, 0, s->history_capacity * sizeof *s->history);
    for (uint32_t i = 0; i < s->history_count && r->status == HL_OK; i++) {
        const unsigned char *from = hl_state_reader_take(r, HL_STATE_HISTORY_BYTES);
        struct hl_history *entry = &s->history[i];
        entry->other_story = hl_get_u64(&from);
        entry->headlines = hl_get_u64(&from);
        entry->at_ms = hl_get_i64(&from);
        uint8_t kind = hl_state_value(hl_state_history_kinds, HL_STATE_HISTORY_KINDS, hl_get_u8(&from));
        entry->kind = (enum hl_history_kind)kind;
        if (kind == HL_STATE_UNKNOWN || !hl_load_is_time(entry->at_ms) || (i > 0 && entry->at_ms < entry[-1].at_ms))
            hl_state_reader_corrupt(r, "the history of a story is out of order or of bounds");
    }
}

static void load_redirects(struct hl_loader *l, struct hl_loaded *of, uint32_t story, struct hl_story_record *s)
{
    struct hl_state_reader *r = &l->reader;
    struct hl_engine *engine = l->engine;
    uint32_t *link = &s->redirects;
    for (uint32_t i = 0; i < s->redirect_count && r->status == HL_OK; i++) {
        uint32_t index = hl_state_reader_u32(r);
        uint64_t id = hl_state_reader_u64(r);
        struct hl_redirect_record *redirect = NULL;
        if (hl_slab_is_live(&engine->redirects, index))
            redirect = hl_slab_at(&engine->redirects, index);
        if (!redirect || redirect->id != 0 || id == 0 || id >= engine->next_story || id == s->id) {
            hl_state_reader_corrupt(r, "an absorbed id of a story is out of bounds, or two are in one place");
            return;
        }
        *redirect = (struct hl_redirect_record){id, story, HL_NONE, of->c->number};
        *link = index;
        link = &redirect->next;
        l->redirects++;
        hl_state_reader_note(r, hl_story_restore_redirect(engine, index), "an absorbed id of a story is there twice");
    }
}

/* Every anchor is a word of a member; pruning may have taken it from the terms. */
static bool anchors_are_sane(const struct hl_collection *c, const struct hl_story_record *s)
{
    for (uint32_t i = 0; i < s->anchor_count; i++) {
        uint32_t m = s->oldest;
        while (m != HL_NONE && !hl_vector_holds(hl_headline_at(c, m), s->anchors[i]))
            m = hl_headline_at(c, m)->story_next;
        if (m == HL_NONE || (i > 0 && s->anchors[i - 1] >= s->anchors[i]))
            return false;
    }
    return true;
}

static void load_anchors(struct hl_loader *l, struct hl_loaded *of, struct hl_story_record *s)
{
    struct hl_state_reader *r = &l->reader;
    if (s->anchor_capacity == 0 || r->status != HL_OK)
        return;
    s->anchors = hl_pool_take(l->engine->pool, s->anchor_capacity * sizeof *s->anchors);
    if (!s->anchors)
        hl_state_reader_no_memory(r);
    else
        hl_state_reader_u32s(r, s->anchors, s->anchor_count);
    of->anchored++;
}

static void load_story(struct hl_loader *l, struct hl_loaded *of, uint32_t index)
{
    struct hl_state_reader *r = &l->reader;
    struct hl_story_record *record = hl_story_at(of->c, index);
    HL_GET_FIELDS(r, HL_STATE_STORY_FIELDS);
    const unsigned char *from = hl_state_reader_take(r, 1);
    uint8_t has_signs = hl_get_u8(&from);
    if (r->status != HL_OK)
        return;
    bool may_lack = record->headlines == 1, may_have = record->term_capacity > 0;
    if (!fields_are_sane(l, record) || has_signs > 1 || !(has_signs ? may_have : may_lack)) {
        hl_state_reader_corrupt(r, "a field of a story is out of bounds");
        return;
    }
    record->oldest = record->newest = record->redirects = record->topic = HL_NONE;
    record->recent_prev = index; /* not in a list of activity yet */
    if (record->term_capacity == 0)
        note_single(l, of, record);
    else
        load_members(l, of, index, record);
    load_terms(l, of, record);
    if (r->status == HL_OK && has_signs && !hl_story_restore_signs(of->c, index))
        hl_state_reader_no_memory(r);
    load_history(l, record);
    load_redirects(l, of, index, record);
    load_anchors(l, of, record);
    of->c->stories_multiple += record->headlines > 1;
}

/* Asks for the vector of a story's only headline. */
static void ask_for_vector(const struct hl_collection *c, uint32_t story, uint32_t end)
{
    if (story >= end || !hl_slab_is_live(&c->stories, story) || hl_story_at(c, story)->terms)
        return;
    hl_prefetch(hl_headline_at(c, hl_story_at(c, story)->oldest)->vector, 128);
}

/* Asks for what the words of a story count: first their records, later their postings. */
static void ask_for_words(const struct hl_loaded *of, uint32_t story, uint32_t end, bool postings)
{
    const struct hl_collection *c = of->c;
    if (story >= end || !hl_slab_is_live(&c->stories, story))
        return;
    uint32_t count;
    const uint32_t *features = hl_story_features(c, story, &count);
    for (uint32_t i = 0; i < count && !(features[i] & HL_PAIR_BIT); i++) {
        if (postings)
            hl_postings_prefetch(hl_word_at(c, features[i]));
        else
            __builtin_prefetch(hl_word_at(c, features[i]));
    }
}

/* The stories of a chunk: single headlines become theirs, all are counted. */
static void settle_stories(struct hl_loader *l, struct hl_loaded *of, uint32_t first, uint32_t end)
{
    const struct hl_collection *c = of->c;
    for (uint32_t i = first; i < end && l->reader.status == HL_OK; i++) {
        ask_for_vector(c, i + 3 * AHEAD, end);
        ask_for_words(of, i + 2 * AHEAD, end, false);
        ask_for_words(of, i + AHEAD, end, true);
        if (!hl_slab_is_live(&c->stories, i))
            continue;
        struct hl_story_record *s = hl_story_at(c, i);
        if (!s->terms) {
            if (!add_member(c, i, s, s->oldest))
                hl_state_reader_corrupt(&l->reader, "two stories name one headline");
            of->members++;
        }
        struct hl_terms_scratch scratch;
        struct hl_terms terms = hl_story_terms(c, i, &scratch);
        uint32_t words = words_of(terms.feature, terms.count);
        of->pair_terms += terms.count - words;
        if (!s->retired)
            post_terms(of, i, &terms, words);
        count_terms(l, of, &terms, s);
        if (!anchors_are_sane(c, s))
            hl_state_reader_corrupt(&l->reader, "an anchor of a story is no word of its headlines");
    }
}

/* ---- lists of activity ---- */

static bool list_story(struct hl_loader *l, struct hl_loaded *of, uint32_t index, uint32_t previous, uint8_t list)
{
    (void)l;
    struct hl_collection *c = of->c;
    struct hl_story_record *s = hl_story_at(c, index);
    if (s->recent_prev != index)
        return false;
    s->recent_prev = previous;
    s->recent_next = HL_NONE;
    s->recent_list = list;
    if (previous == HL_NONE) {
        c->recent[list].first = index;
        return true;
    }
    hl_story_at(c, previous)->recent_next = index;
    return hl_story_at(c, previous)->active_seq >= s->active_seq;
}

static bool list_single(struct hl_loader *l, struct hl_loaded *of, uint32_t index, uint32_t previous)
{
    return list_story(l, of, index, previous, 0);
}

static bool list_multiple(struct hl_loader *l, struct hl_loaded *of, uint32_t index, uint32_t previous)
{
    return list_story(l, of, index, previous, 1);
}

static uint32_t load_activity(struct hl_loader *l, struct hl_loaded *of, int list)
{
    struct hl_state_reader *r = &l->reader;
    struct hl_collection *c = of->c;
    uint32_t mark = hl_state_reader_u32(r), count = hl_state_reader_u32(r);
    if (count > c->stories.live)
        hl_state_reader_corrupt(r, "a list of stories is too long");
    if (r->status != HL_OK)
        return 0;
    c->recent[list].last = hl_load_list(l, of, &c->stories, count, list == 0 ? list_single : list_multiple, NULL);
    c->retiring[list] = mark;
    if (r->status == HL_OK && mark != HL_NONE &&
        (!hl_slab_is_live(&c->stories, mark) || hl_story_at(c, mark)->recent_prev == mark ||
         hl_story_at(c, mark)->recent_list != list))
        hl_state_reader_corrupt(r, "the mark of stories to be retired is in no list");
    return count;
}

void hl_load_stories(struct hl_loader *l, struct hl_loaded *of)
{
    hl_load_slab(l, of, &of->c->stories, load_story, settle_stories);
    uint32_t listed = load_activity(l, of, 0);
    listed += load_activity(l, of, 1);
    if (l->reader.status == HL_OK && listed != of->c->stories.live)
        hl_state_reader_corrupt(&l->reader, "a story is in no list of activity");
}

/* ---- topics ---- */

static bool topic_is_sane(const struct hl_loader *l, const struct hl_topic_record *t)
{
    int64_t now_ms = l->engine->now_ms;
    return hl_load_is_time(t->first_ms) && t->first_ms <= t->last_ms && t->last_ms <= now_ms &&
           t->active_seq <= l->engine->seq && hl_load_is_time(t->active_ms) && t->active_ms <= now_ms &&
           hl_load_is_time(t->trend_ms) && t->trend_ms <= now_ms && hl_load_is_amount(t->trend) && t->stories > 0 &&
           t->stories <= TOPIC_STORIES_MAX && t->id_count > 0;
}

/* Puts a story into the topic, and its anchors behind the @count that are there; false when it has a topic, or no anchors' room. */
static bool add_story(struct hl_loaded *of, uint32_t topic, struct hl_topic_record *t, uint32_t story,
                      uint32_t *anchors, uint32_t *count)
{
    const struct hl_collection *c = of->c;
    if (!hl_slab_is_live(&c->stories, story))
        return false;
    struct hl_story_record *s = hl_story_at(c, story);
    if (s->topic != HL_NONE || s->anchor_capacity == 0)
        return false;
    s->topic = topic;
    s->topic_prev = t->newest;
    s->topic_next = HL_NONE;
    if (t->newest == HL_NONE)
        t->oldest = story;
    else
        hl_story_at(c, t->newest)->topic_next = story;
    t->newest = story;
    t->headlines += s->headlines;
    for (uint32_t i = 0; i < s->anchor_count; i++)
        anchors[(*count)++] = s->anchors[i];
    of->anchored--;
    return true;
}

static int ascending(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Its stories, and what their anchors add up to. */
static void load_topic_stories(struct hl_loader *l, struct hl_loaded *of, uint32_t topic, struct hl_topic_record *t)
{
    struct hl_state_reader *r = &l->reader;
    uint32_t count = 0;
    for (uint32_t i = 0; i < t->stories && r->status == HL_OK; i++) {
        uint32_t story = hl_state_reader_u32(r);
        if (r->status == HL_OK && !add_story(of, topic, t, story, of->anchors, &count))
            hl_state_reader_corrupt(r, "a topic names a story that is not there, has no anchors or another topic");
    }
    if (r->status == HL_OK) {
        qsort(of->anchors, count, sizeof *of->anchors, ascending);
        hl_state_reader_note(r, hl_topic_restore_terms(of->c, t, of->anchors, count),
                             "a topic has no room for its terms");
    }
}

static void load_topic_ids(struct hl_loader *l, struct hl_loaded *of, uint32_t topic, struct hl_topic_record *t)
{
    struct hl_state_reader *r = &l->reader;
    struct hl_engine *engine = l->engine;
    uint32_t *link = &t->ids;
    for (uint32_t i = 0; i < t->id_count && r->status == HL_OK; i++) {
        uint32_t index = hl_state_reader_u32(r);
        uint64_t id = hl_state_reader_u64(r);
        struct hl_topic_id *place = NULL;
        if (hl_slab_is_live(&engine->topic_ids, index))
            place = hl_slab_at(&engine->topic_ids, index);
        if (!place || place->id != 0 || id == 0 || id >= engine->next_topic) {
            hl_state_reader_corrupt(r, "an id of a topic is out of bounds, or two are in one place");
            return;
        }
        *place = (struct hl_topic_id){id, of->c->number, topic, HL_NONE};
        *link = index;
        link = &place->next;
        t->id = i == 0 ? id : t->id;
        l->topic_ids++;
        hl_state_reader_note(r, hl_topic_restore_id(engine, index), "an id of a topic is there twice");
    }
}

static void load_topic(struct hl_loader *l, struct hl_loaded *of, uint32_t index)
{
    struct hl_state_reader *r = &l->reader;
    struct hl_topic_record *record = hl_topic_at(of->c, index);
    HL_GET_FIELDS(r, HL_STATE_TOPIC_FIELDS);
    if (r->status != HL_OK)
        return;
    if (!topic_is_sane(l, record)) {
        hl_state_reader_corrupt(r, "a field of a topic is out of bounds");
        return;
    }
    record->oldest = record->newest = record->ids = HL_NONE;
    record->recent_prev = index; /* not in the list of activity yet */
    load_topic_stories(l, of, index, record);
    load_topic_ids(l, of, index, record);
}

static bool list_topic(struct hl_loader *l, struct hl_loaded *of, uint32_t index, uint32_t previous)
{
    (void)l;
    struct hl_collection *c = of->c;
    struct hl_topic_record *t = hl_topic_at(c, index);
    if (t->recent_prev != index)
        return false;
    t->recent_prev = previous;
    t->recent_next = HL_NONE;
    if (previous == HL_NONE) {
        c->recent_topics.first = index;
        return true;
    }
    hl_topic_at(c, previous)->recent_next = index;
    return hl_topic_at(c, previous)->active_seq >= t->active_seq;
}

void hl_load_topics(struct hl_loader *l, struct hl_loaded *of)
{
    struct hl_collection *c = of->c;
    of->anchors = hl_memory_allocate(&l->engine->aside, TOPIC_TERMS_MAX * sizeof *of->anchors);
    if (!of->anchors) {
        hl_state_reader_no_memory(&l->reader);
        return;
    }
    hl_load_slab(l, of, &c->topics, load_topic, NULL);
    hl_memory_release(&l->engine->aside, of->anchors, TOPIC_TERMS_MAX * sizeof *of->anchors);
    of->anchors = NULL;
    c->recent_topics.last = hl_load_list(l, of, &c->topics, c->topics.live, list_topic, NULL);
}
