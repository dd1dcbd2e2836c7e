/*
 * load_headline.c - headlines of a saved state: records, text, vectors, aliases, equal texts, the window's queue.
 *
 * Records are entered into the hash tables when all are there and the tables have their size, in the order of the queue.
 */
#include "engine/load.h"
#include "engine/store.h"
#include "engine/vector.h"

/* ---- one record ---- */

static bool lengths_are_sane(const struct hl_headline_record *h)
{
    return h->id_bytes > 0 && h->id_bytes <= HL_ID_MAX_BYTES && h->title_bytes > 0 &&
           h->title_bytes <= HL_TITLE_MAX_BYTES && h->url_bytes <= HL_URL_MAX_BYTES &&
           h->lang_bytes <= HL_LANG_MAX_BYTES && h->summary_bytes <= HL_SUMMARY_MAX_BYTES && h->shape.words > 0 &&
           h->shape.words <= HL_WORDS_MAX && h->shape.count >= h->shape.words && h->shape.count <= HL_FEATURES_MAX &&
           h->shape.title_words > 0 && h->shape.title_words <= h->shape.words && h->alias_count <= HL_ALIASES_MAX;
}

static bool times_are_sane(const struct hl_headline_record *h, int64_t now_ms)
{
    return hl_load_is_time(h->event_ms) && h->event_ms <= h->received_ms && h->received_ms <= h->last_seen_ms &&
           h->last_seen_ms <= now_ms && (h->published_ms == HL_TIME_NONE || hl_load_is_time(h->published_ms));
}

static bool fields_are_sane(const struct hl_loader *l, const struct hl_collection *c,
                            const struct hl_headline_record *h)
{
    return h->seq > 0 && h->seq <= l->engine->seq && h->verdict != HL_STATE_UNKNOWN && lengths_are_sane(h) &&
           times_are_sane(h, l->engine->now_ms) && hl_load_is_amount((double)h->runner_up_score) &&
           (h->source == HL_NONE || hl_slab_is_live(&c->sources, h->source));
}

/* Together and none cut within a character, each is UTF-8. */
static bool texts_are_sane(const struct hl_headline_record *h)
{
    const struct hl_text parts[] = {hl_store_title(h), hl_store_url(h), hl_store_lang(h), hl_store_summary(h)};
    if (!hl_load_is_text(h->text, hl_store_text_bytes(h)))
        return false;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (parts[i].length > 0 && ((unsigned char)parts[i].data[0] & 0xC0) == 0x80)
            return false;
    return true;
}

/* Words first, then pairs, both ascending. Whether the words are there shows when all that hold one are counted. */
static bool features_are_sane(const struct hl_headline_record *h, uint32_t word_limit)
{
    const uint32_t *features = hl_vector_features(h);
    for (uint32_t i = 1; i < h->shape.count; i++)
        if (features[i - 1] >= features[i])
            return false;
    if (features[h->shape.words - 1] >= word_limit || features[h->shape.count - 1] == HL_NONE)
        return false;
    return h->shape.count == h->shape.words || (features[h->shape.words] & HL_PAIR_BIT) != 0;
}

static void load_vector(struct hl_loader *l, struct hl_loaded *of, struct hl_headline_record *h)
{
    struct hl_state_reader *r = &l->reader;
    if (r->status != HL_OK)
        return;
    h->vector = hl_pool_take(l->engine->pool, hl_vector_bytes(h->shape));
    if (!h->vector) {
        hl_state_reader_no_memory(r);
        return;
    }
    uint16_t *weights = (uint16_t *)((uint32_t *)h->vector + h->shape.count);
    hl_state_reader_u32s(r, h->vector, h->shape.count);
    hl_state_reader_u16s(r, weights, h->shape.count);
    uint16_t heaviest = 0;
    for (uint32_t i = 0; i < h->shape.count; i++)
        heaviest = weights[i] > heaviest ? weights[i] : heaviest;
    if (r->status != HL_OK)
        return;
    if (heaviest > HL_WEIGHT_MAX || !features_are_sane(h, of->word_limit)) {
        hl_state_reader_corrupt(r, "the vector of a headline is out of order or of bounds");
        return;
    }
    for (uint32_t i = 0; i < h->shape.words; i++) /* to be counted at the end, when they have come */
        __builtin_prefetch(&of->holders[hl_vector_features(h)[i]], 1);
    h->signature = hl_vector_signature(h);
}

static void load_alias(struct hl_loader *l, struct hl_loaded *of, uint32_t headline, uint32_t **link)
{
    struct hl_state_reader *r = &l->reader;
    uint32_t index = hl_state_reader_u32(r), length = hl_state_reader_u16(r);
    if (r->status != HL_OK)
        return;
    if (!hl_slab_is_live(&of->c->aliases, index) || length == 0 || length > HL_ID_MAX_BYTES) {
        hl_state_reader_corrupt(r, "an alias is in no place, empty or too long");
        return;
    }
    struct hl_alias_record *alias = hl_slab_at(&of->c->aliases, index);
    if (alias->text) {
        hl_state_reader_corrupt(r, "two aliases are in one place");
        return;
    }
    alias->text = hl_load_text(l, length);
    alias->length = (uint16_t)length;
    alias->headline = headline;
    alias->next = HL_NONE;
    **link = index;
    *link = &alias->next;
    of->aliases++;
    if (r->status != HL_OK)
        return;
    if (!hl_load_is_text(alias->text, length))
        hl_state_reader_corrupt(r, "an alias is not UTF-8");
    else
        hl_state_reader_note(r, hl_store_restore_alias(of->c, index), "an alias is there twice");
}

static void load_headline(struct hl_loader *l, struct hl_loaded *of, uint32_t index)
{
    struct hl_state_reader *r = &l->reader;
    struct hl_headline_record *record = hl_headline_at(of->c, index);
    HL_GET_FIELDS(r, HL_STATE_HEADLINE_FIELDS);
    if (r->status == HL_OK && !fields_are_sane(l, of->c, record))
        hl_state_reader_corrupt(r, "a field of a headline is out of bounds");
    if (r->status != HL_OK)
        return;
    record->text = hl_load_text(l, hl_store_text_bytes(record));
    load_vector(l, of, record);
    record->aliases = HL_NONE;
    uint32_t *link = &record->aliases;
    for (uint32_t i = 0; i < record->alias_count && r->status == HL_OK; i++)
        load_alias(l, of, index, &link);
    if (r->status != HL_OK)
        return;
    if (!texts_are_sane(record))
        hl_state_reader_corrupt(r, "the text of a headline is not UTF-8");
    if (record->source != HL_NONE)
        ((struct hl_source_record *)hl_slab_at(&of->c->sources, record->source))->holders++;
    record->older = index; /* not in the window's queue yet */
    record->story = record->same_next = HL_NONE;
    of->followers += record->same_prev != HL_NONE;
    hl_store_restore_hash(of->c, record);
    for (uint32_t i = 0; i < record->shape.words; i++)
        of->holders[hl_vector_features(record)[i]]++;
}

/* ---- chains of equal texts ---- */

/* Hangs @index on to the one it names; false when that cannot be. */
static bool follow(const struct hl_collection *c, uint32_t index)
{
    const struct hl_headline_record *h = hl_headline_at(c, index);
    if (!hl_slab_is_live(&c->headlines, h->same_prev))
        return false;
    struct hl_headline_record *before = hl_headline_at(c, h->same_prev);
    if (before->same_next != HL_NONE || before->digest[0] != h->digest[0] || before->digest[1] != h->digest[1])
        return false;
    before->same_next = index;
    return true;
}

/* Followers that hang, link by link, on this first one. */
static uint32_t chain_length(const struct hl_collection *c, uint32_t first)
{
    uint32_t length = 0;
    for (uint32_t i = hl_headline_at(c, first)->same_next; i != HL_NONE; i = hl_headline_at(c, i)->same_next)
        length++;
    return length;
}

/* Each names the one before it; what hangs on no first one goes round in a circle. */
static void link_followers(struct hl_loader *l, struct hl_loaded *of)
{
    const struct hl_collection *c = of->c;
    uint32_t limit = hl_slab_limit(&c->headlines), met = 0;
    for (uint32_t i = 0; i < limit && l->reader.status == HL_OK; i++)
        if (hl_slab_is_live(&c->headlines, i) && hl_headline_at(c, i)->same_prev != HL_NONE && !follow(c, i))
            hl_state_reader_corrupt(&l->reader, "a headline follows one of another text, or one that is not there");
    for (uint32_t i = 0; i < limit && l->reader.status == HL_OK; i++)
        if (hl_slab_is_live(&c->headlines, i) && hl_headline_at(c, i)->same_prev == HL_NONE)
            met += chain_length(c, i);
    if (met != of->followers)
        hl_state_reader_corrupt(&l->reader, "headlines of one text follow each other in a circle");
}

/* ---- the window's queue ---- */

static bool queue(struct hl_collection *c, uint32_t index, uint32_t previous)
{
    struct hl_headline_record *h = hl_headline_at(c, index);
    if (h->older != index)
        return false;
    h->older = previous;
    h->newer = HL_NONE;
    if (previous == HL_NONE) {
        c->window.first = index;
        return true;
    }
    hl_headline_at(c, previous)->newer = index;
    return hl_headline_at(c, previous)->last_seen_ms <= h->last_seen_ms;
}

/* The queue names each headline once: the time to enter it where it is found, its record being at hand. */
static bool queue_and_enter(struct hl_loader *l, struct hl_loaded *of, uint32_t index, uint32_t previous)
{
    return queue(of->c, index, previous) &&
           hl_state_reader_note(&l->reader, hl_store_restore_headline(of->c, index),
                                "an id or the first headline of a text is there twice");
}

static void ask_for_entries(const struct hl_loaded *of, uint32_t index)
{
    hl_store_restore_ask(of->c, index);
}

void hl_load_headlines(struct hl_loader *l, struct hl_loaded *of)
{
    struct hl_collection *c = of->c;
    hl_load_slab(l, of, &c->aliases, NULL, NULL);
    hl_load_slab(l, of, &c->headlines, load_headline, NULL);
    if (l->reader.status == HL_OK)
        hl_state_reader_note(&l->reader, hl_store_restore_room(c, c->headlines.live, c->headlines.live - of->followers),
                             NULL);
    if (of->followers > 0)
        link_followers(l, of);
    c->window.last = hl_load_list(l, of, &c->headlines, c->headlines.live, queue_and_enter, ask_for_entries);
}
