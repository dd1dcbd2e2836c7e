/*
 * load.c - an engine from a saved state: the order of the sections, collections, words, and what must hold when all is there.
 */
#include "engine/load.h"

#include "engine/collection.h"
#include "engine/input.h"
#include "engine/posting.h"
#include "engine/prefer.h"
#include "engine/story.h"
#include "engine/store.h"
#include "engine/tail.h"
#include "engine/vector.h"
#include "engine/vocabulary.h"
#include "text/text.h"

#include <math.h>
#include <string.h>

#define COLLECTIONS_MAX 65536
#define GRAM_HEADLINES_MAX 65536
#define COUNTER_MAX (UINT64_C(1) << 62) /* of what only ever grows by one */
#define SETTING_NAME_BYTES 64
#define LIST_PART 1024 /* places of a list taken at once */
#define AHEAD 8        /* records of a list that are linked between two steps of asking for what they need */

/* Of a word, in struct hl_loaded. */
#define COUNTS_BYTES (sizeof(uint32_t) + sizeof(int32_t) + sizeof(uint8_t))

/* ---- what the parts share ---- */

/* Which places of the next chunk are free. */
static bool load_chunk(struct hl_loader *l, struct hl_slab *slab)
{
    struct hl_state_reader *r = &l->reader;
    uint32_t slots[HL_STATE_CHUNK_MAX], all = 1U << slab->chunk_bits, count = hl_state_reader_u16(r);
    if (count > all)
        return hl_state_reader_corrupt(r, "a chunk has more free places than places");
    if (count < all) {
        const unsigned char *from = hl_state_reader_take(r, count * sizeof(uint16_t));
        for (uint32_t i = 0; i < count; i++)
            slots[i] = hl_get_u16(&from);
    }
    if (r->status != HL_OK)
        return false;
    return hl_state_reader_note(r, hl_slab_restore_chunk(slab, slots, count), "its free places contradict each other");
}

void hl_load_slab(struct hl_loader *l, struct hl_loaded *of, struct hl_slab *slab, hl_load_record load,
                  hl_load_chunk after)
{
    struct hl_state_reader *r = &l->reader;
    uint32_t chunks = hl_state_reader_u32(r), all = 1U << slab->chunk_bits;
    for (uint32_t number = 0; number < chunks && load_chunk(l, slab); number++) {
        uint32_t first = number << slab->chunk_bits;
        for (uint32_t i = first; load && i < first + all && r->status == HL_OK; i++)
            if (hl_slab_is_live(slab, i))
                load(l, of, i);
        if (after && r->status == HL_OK)
            after(l, of, first, first + all);
    }
    if (r->status == HL_OK && chunks > 0 && !slab->chunks[chunks - 1].records)
        hl_state_reader_corrupt(r, "its last chunk is not there");
}

uint32_t hl_load_list(struct hl_loader *l, struct hl_loaded *of, const struct hl_slab *slab, uint32_t count,
                      hl_load_link link, hl_load_ask ask)
{
    struct hl_state_reader *r = &l->reader;
    uint32_t places[LIST_PART], previous = HL_NONE;
    while (count > 0) {
        uint32_t part = count < LIST_PART ? count : LIST_PART;
        hl_state_reader_u32s(r, places, part);
        for (uint32_t i = 0; i < part && r->status == HL_OK; i++) {
            if (i + 2 * AHEAD < part && hl_slab_is_live(slab, places[i + 2 * AHEAD]))
                hl_prefetch(hl_slab_at(slab, places[i + 2 * AHEAD]), slab->record_bytes);
            if (ask && i + AHEAD < part && hl_slab_is_live(slab, places[i + AHEAD]))
                ask(of, places[i + AHEAD]);
            if (!hl_slab_is_live(slab, places[i]) || !link(l, of, places[i], previous))
                hl_state_reader_corrupt(r, "a list names a record wrongly or twice");
            previous = places[i];
        }
        if (r->status != HL_OK)
            return HL_NONE;
        count -= part;
    }
    return previous;
}

char *hl_load_text(struct hl_loader *l, size_t bytes)
{
    struct hl_state_reader *r = &l->reader;
    if (r->status != HL_OK)
        return NULL;
    char *text = hl_pool_take(l->engine->pool, bytes);
    if (!text) {
        hl_state_reader_no_memory(r);
        return NULL;
    }
    hl_state_reader_bytes(r, text, bytes);
    return text;
}

bool hl_load_is_text(const char *text, size_t length)
{
    return memchr(text, '\0', length) == NULL && hl_utf8_is_valid(text, length, NULL);
}

bool hl_load_is_time(int64_t ms)
{
    return ms >= HL_TIME_MIN_MS && ms <= HL_TIME_MAX_MS;
}

bool hl_load_is_amount(double value)
{
    return value >= 0 && isfinite(value);
}

/* ---- collections ---- */

static void load_setting(struct hl_loader *l, struct hl_settings *settings)
{
    struct hl_state_reader *r = &l->reader;
    char name[SETTING_NAME_BYTES + 1];
    size_t length = hl_state_reader_u16(r);
    if (length > SETTING_NAME_BYTES) {
        hl_state_reader_corrupt(r, "the name of a setting is too long");
        return;
    }
    hl_state_reader_bytes(r, name, length);
    name[length] = '\0';
    const unsigned char *from = hl_state_reader_take(r, sizeof(double));
    double value = hl_get_f64(&from);
    if (r->status == HL_OK && hl_settings_set(settings, name, value, NULL) != HL_OK)
        hl_state_reader_corrupt(r, "a setting is unknown or out of bounds");
}

static void load_prefer(struct hl_loader *l, struct hl_collection *c)
{
    struct hl_state_reader *r = &l->reader;
    char bytes[HL_PREFER_SOURCES_BYTES];
    struct hl_text list = {bytes, hl_state_reader_u16(r)};
    if (list.length > sizeof bytes) {
        hl_state_reader_corrupt(r, "the list of preferred sources is too long");
        return;
    }
    hl_state_reader_bytes(r, bytes, list.length);
    if (r->status != HL_OK)
        return;
    if (hl_prefer_check(list, NULL) != HL_OK)
        hl_state_reader_corrupt(r, "the list of preferred sources is not allowed");
    else if (hl_prefer_set(c, list) != HL_OK)
        hl_state_reader_no_memory(r);
}

static void load_gram_counts(struct hl_loader *l, struct hl_gram_counts *counts)
{
    struct hl_state_reader *r = &l->reader;
    counts->headlines = hl_state_reader_u32(r);
    uint32_t held = hl_state_reader_u32(r), next = 0;
    if (counts->headlines >= GRAM_HEADLINES_MAX)
        hl_state_reader_corrupt(r, "too many headlines are counted for character grams");
    for (uint32_t i = 0; i < held && r->status == HL_OK; i++) {
        const unsigned char *from = hl_state_reader_take(r, HL_STATE_GRAM_BYTES);
        uint32_t gram = hl_get_u16(&from), holding = hl_get_u32(&from);
        if (gram < next || holding == 0 || holding > HL_GRAMS_MAX * GRAM_HEADLINES_MAX)
            hl_state_reader_corrupt(r, "the counts of character grams are out of order or of bounds");
        counts->holding[gram] = holding;
        next = gram + 1;
    }
}

static struct hl_collection *open_collection(struct hl_loader *l)
{
    struct hl_state_reader *r = &l->reader;
    char bytes[HL_COLLECTION_MAX_BYTES];
    struct hl_text name = {bytes, hl_state_reader_u16(r)};
    if (name.length == 0 || name.length > sizeof bytes) {
        hl_state_reader_corrupt(r, "the name of a collection is empty or too long");
        return NULL;
    }
    hl_state_reader_bytes(r, bytes, name.length);
    if (r->status != HL_OK)
        return NULL;
    struct hl_collection *c = NULL;
    if (hl_input_check_collection(name, NULL) != HL_OK || hl_collection_find(l->engine, name) != NULL)
        hl_state_reader_corrupt(r, "the name of a collection is not allowed or there twice");
    else if (hl_collection_create(l->engine, name, &c, NULL) != HL_OK)
        hl_state_reader_no_memory(r);
    return c;
}

static void load_collection(struct hl_loader *l)
{
    struct hl_state_reader *r = &l->reader;
    struct hl_collection *record = open_collection(l);
    if (!record)
        return;
    record->settings = hl_settings_default(); /* of this version, for what the state does not name */
    uint32_t settings = hl_state_reader_u32(r);
    for (uint32_t i = 0; i < settings && r->status == HL_OK; i++)
        load_setting(l, &record->settings);
    load_prefer(l, record);
    HL_GET_FIELDS(r, HL_STATE_COLLECTION_FIELDS);
    for (uint32_t i = 0; i < HL_STATE_VERDICTS; i++)
        record->tallies.verdicts[hl_state_verdicts[i]] = hl_state_reader_u64(r);
    if (!hl_load_is_amount(record->length_mean) || !hl_load_is_amount(record->noise) ||
        record->length_count > COUNTER_MAX)
        hl_state_reader_corrupt(r, "the mean length of vectors is out of bounds");
    load_gram_counts(l, record->gram_counts);
}

static void load_engine(struct hl_loader *l, uint32_t collections)
{
    struct hl_state_reader *r = &l->reader;
    struct hl_engine *record = l->engine;
    HL_GET_FIELDS(r, HL_STATE_ENGINE_FIELDS);
    if (record->seq > COUNTER_MAX || record->next_story - 1 > COUNTER_MAX || record->next_topic - 1 > COUNTER_MAX ||
        record->events > COUNTER_MAX || !hl_load_is_time(record->now_ms))
        hl_state_reader_corrupt(r, "a counter or the time is out of bounds");
    hl_load_slab(l, NULL, &record->redirects, NULL, NULL);
    hl_load_slab(l, NULL, &record->topic_ids, NULL, NULL);
    for (uint32_t i = 0; i < collections && r->status == HL_OK; i++) {
        load_collection(l);
        if (r->status == HL_OK)
            l->loaded[i].c = record->collections[i];
    }
    hl_state_reader_end(r);
}

/* ---- sources, words, tails ---- */

static void load_source(struct hl_loader *l, struct hl_loaded *of, uint32_t index)
{
    struct hl_state_reader *r = &l->reader;
    struct hl_source_record *source = hl_slab_at(&of->c->sources, index);
    source->length = hl_state_reader_u16(r);
    if (source->length == 0 || source->length > HL_SOURCE_MAX_BYTES) {
        hl_state_reader_corrupt(r, "a source is empty or too long");
        return;
    }
    source->text = hl_load_text(l, source->length);
    if (r->status != HL_OK)
        return;
    if (!hl_load_is_text(source->text, source->length))
        hl_state_reader_corrupt(r, "a source is not UTF-8");
    else
        hl_state_reader_note(r, hl_store_restore_source(of->c, index), "a source is there twice");
}

/* Room for a list of postings is doubled from 2 on. */
static bool postings_are_sane(const struct hl_word_record *word)
{
    uint32_t capacity = word->posting_capacity;
    return word->posting_count <= capacity && capacity <= HL_POSTINGS_MAX && capacity != 1 &&
           (capacity & (capacity - 1)) == 0 && (word->posting_count > 0) == (capacity > 0);
}

static void load_word_text(struct hl_loader *l, struct hl_word_record *word)
{
    if (word->length <= HL_WORD_BRIEF_BYTES) {
        hl_state_reader_bytes(&l->reader, word->brief, word->length);
        word->text = word->brief;
    } else {
        word->text = hl_load_text(l, word->length);
    }
}

static void load_word(struct hl_loader *l, struct hl_loaded *of, uint32_t index)
{
    struct hl_state_reader *r = &l->reader;
    struct hl_word_record *record = hl_word_at(of->c, index);
    HL_GET_FIELDS(r, HL_STATE_WORD_FIELDS);
    if (record->length == 0 || !(record->share >= 0 && record->share <= 1) || !postings_are_sane(record)) {
        hl_state_reader_corrupt(r, "a field of a word is out of bounds");
        return;
    }
    load_word_text(l, record);
    if (r->status != HL_OK)
        return;
    if (!hl_posting_restore(of->c, record)) {
        hl_state_reader_no_memory(r);
        return;
    }
    hl_state_reader_u32s(r, record->postings, record->posting_count);
    if (!hl_load_is_text(record->text, record->length))
        hl_state_reader_corrupt(r, "a word is not UTF-8");
    else
        hl_state_reader_note(r, hl_words_restore(of->c, index), "a word is there twice");
}

static void load_words(struct hl_loader *l, struct hl_loaded *of)
{
    hl_load_slab(l, of, &of->c->words, load_word, NULL);
    of->word_limit = hl_slab_limit(&of->c->words);
    if (l->reader.status != HL_OK || of->word_limit == 0)
        return;
    of->holders = hl_memory_allocate_zero(&l->engine->aside, of->word_limit * COUNTS_BYTES);
    if (!of->holders) {
        hl_state_reader_no_memory(&l->reader);
        return;
    }
    of->df = (int32_t *)(of->holders + of->word_limit);
    of->posted = (uint8_t *)(of->df + of->word_limit);
}

/* When all headlines are there: the words that are there are those that they hold. */
static void finish_holders(struct hl_loader *l, const struct hl_loaded *of)
{
    const struct hl_collection *c = of->c;
    for (uint32_t i = 0; i < of->word_limit && l->reader.status == HL_OK; i++) {
        bool live = hl_slab_is_live(&c->words, i);
        if (live != (of->holders[i] > 0))
            hl_state_reader_corrupt(&l->reader, "a word is held by no headline, or held and not there");
        else if (live)
            hl_word_at(c, i)->holders = of->holders[i];
    }
}

static void load_tail(struct hl_loader *l, struct hl_loaded *of, uint32_t index)
{
    struct hl_state_reader *r = &l->reader;
    struct hl_tail_record *record = hl_slab_at(&of->c->tails, index);
    HL_GET_FIELDS(r, HL_STATE_TAIL_FIELDS);
    if (record->length == 0)
        hl_state_reader_corrupt(r, "a tail is empty");
    record->text = hl_load_text(l, record->length ? record->length : 1);
    if (r->status == HL_OK)
        hl_state_reader_note(r, hl_tail_restore(of->c, index), "a tail is there twice or cannot be one");
}

/* ---- pairs, places ---- */

/*
 * The counts as they were saved, which is faster than counting again. They must be what the stories add up to, unless some could not be
 * counted for want of memory.
 */
static void load_pairs(struct hl_loader *l, struct hl_loaded *of)
{
    struct hl_state_reader *r = &l->reader;
    uint64_t sum = 0, df_max = (uint64_t)of->c->headlines.live * HL_DF_ONE;
    uint32_t count = hl_state_reader_u32(r);
    int64_t before = -1;
    uint32_t room = count < of->pair_terms ? count : (uint32_t)of->pair_terms; /* a damaged count asks for no more */
    hl_state_reader_note(r, hl_pairs_restore_room(of->c, room), NULL);
    for (uint32_t i = 0; i < count && r->status == HL_OK; i++) {
        const unsigned char *from = hl_state_reader_take(r, 8);
        uint32_t hash = hl_get_u32(&from), df = hl_get_u32(&from);
        if (hash <= before || df == 0 || df > df_max || df > INT32_MAX) {
            hl_state_reader_corrupt(r, "a count of pairs is out of order or of bounds");
            return;
        }
        before = hash;
        sum += hl_pair_mix(l, hash, (int32_t)df);
        if (hl_pairs_restore(of->c, hash, df) != HL_OK)
            hl_state_reader_no_memory(r);
    }
    if (sum != of->pair_sum && of->c->tallies.skipped_no_memory == 0)
        hl_state_reader_corrupt(r, "counts of pairs are not what the stories add up to");
}

/* Ids of stories, found by place: each story's once. */
static void load_place(struct hl_loader *l, struct hl_loaded *of, uint32_t index)
{
    (void)of;
    struct hl_state_reader *r = &l->reader;
    struct hl_place *place = hl_slab_at(&l->engine->places, index);
    place->collection = hl_state_reader_u32(r);
    place->story = hl_state_reader_u32(r);
    if (place->collection >= l->engine->collection_count ||
        !hl_slab_is_live(&l->engine->collections[place->collection]->stories, place->story))
        hl_state_reader_corrupt(r, "a story's place is nowhere");
    else
        place->id = hl_story_at(l->engine->collections[place->collection], place->story)->id;
}

/* A chunk's ids are entered when the places of all in the table have been asked for. */
static void enter_places(struct hl_loader *l, struct hl_loaded *of, uint32_t first, uint32_t end)
{
    (void)of;
    const struct hl_slab *places = &l->engine->places;
    for (uint32_t i = first; i < end; i++)
        if (hl_slab_is_live(places, i))
            hl_story_restore_ask(l->engine, i);
    for (uint32_t i = first; i < end && l->reader.status == HL_OK; i++)
        if (hl_slab_is_live(places, i))
            hl_state_reader_note(&l->reader, hl_story_restore_place(l->engine, i), "the id of a story is there twice");
}

static void load_places(struct hl_loader *l)
{
    uint64_t stories = 0;
    for (uint32_t i = 0; i < l->engine->collection_count; i++)
        stories += l->engine->collections[i]->stories.live;
    uint32_t places = stories < UINT32_MAX ? (uint32_t)stories : UINT32_MAX;
    if (hl_state_reader_note(&l->reader, hl_story_restore_room(l->engine, places), NULL))
        hl_load_slab(l, NULL, &l->engine->places, load_place, enter_places);
    if (stories != l->engine->places.live)
        hl_state_reader_corrupt(&l->reader, "a story has no place");
}

/* ---- when all is there ---- */

/*
 * Every posting's story holds the word: it takes the posting along when it goes. The weight is that of the story. This is for words of which not all
 * postings were found from the stories' side (hl_load_stories), which looks at those that should have some.
 */
static bool finish_postings(const struct hl_collection *c, uint32_t index)
{
    struct hl_word_record *word = hl_word_at(c, index);
    struct hl_postings list = hl_postings_of(word);
    for (uint32_t i = 0; i < list.count; i++) {
        int32_t weight;
        for (uint32_t j = 0; j < i; j++)
            if (list.story[j] == list.story[i])
                return false;
        if (!hl_slab_is_live(&c->stories, list.story[i]) || !hl_story_weight_of(c, list.story[i], index, &weight))
            return false;
        hl_posting_restore_weight(word, list.story[i], weight);
    }
    return true;
}

static void finish_words(struct hl_loader *l, const struct hl_loaded *of)
{
    const struct hl_collection *c = of->c;
    for (uint32_t i = 0; i < of->word_limit && l->reader.status == HL_OK; i++) {
        if (!hl_slab_is_live(&c->words, i))
            continue;
        hl_word_at(c, i)->df = of->df[i];
        if (hl_word_at(c, i)->posting_count != of->posted[i] && !finish_postings(c, i))
            hl_state_reader_corrupt(&l->reader, "a word is posted for a story that does not hold it");
    }
}

static void finish_sources(struct hl_loader *l, const struct hl_collection *c)
{
    for (uint32_t i = 0; i < hl_slab_limit(&c->sources); i++)
        if (hl_slab_is_live(&c->sources, i) &&
            ((const struct hl_source_record *)hl_slab_at(&c->sources, i))->holders == 0)
            hl_state_reader_corrupt(&l->reader, "no headline has a source that is there");
}

static void finish(struct hl_loader *l)
{
    struct hl_state_reader *r = &l->reader;
    for (uint32_t i = 0; i < l->engine->collection_count && r->status == HL_OK; i++) {
        struct hl_loaded *of = &l->loaded[i];
        if (of->members != of->c->headlines.live || of->aliases != of->c->aliases.live || of->anchored != 0)
            hl_state_reader_corrupt(r, "a headline has no story, an alias no headline or anchors no topic");
        finish_sources(l, of->c);
        finish_words(l, of);
    }
    if (l->redirects != l->engine->redirects.live || l->topic_ids != l->engine->topic_ids.live)
        hl_state_reader_corrupt(r, "an id of a story or topic leads nowhere");
}

/* ---- all of it ---- */

static void load_section(struct hl_loader *l, uint32_t kind)
{
    for (uint32_t i = 0; i < l->engine->collection_count && l->reader.status == HL_OK; i++) {
        struct hl_loaded *of = &l->loaded[i];
        switch (kind) {
        case HL_STATE_SOURCES:
            hl_load_slab(l, of, &of->c->sources, load_source, NULL);
            break;
        case HL_STATE_WORDS:
            load_words(l, of);
            break;
        case HL_STATE_TAILS:
            hl_load_slab(l, of, &of->c->tails, load_tail, NULL);
            break;
        case HL_STATE_HEADLINES:
            hl_load_headlines(l, of);
            finish_holders(l, of);
            break;
        case HL_STATE_STORIES:
            hl_load_stories(l, of);
            break;
        case HL_STATE_TOPICS:
            hl_load_topics(l, of);
            break;
        default:
            load_pairs(l, of);
        }
    }
}

/* The sections behind that of the engine, in order. */
static void load_sections(struct hl_loader *l)
{
    static const struct {
        uint32_t kind;
        const char *name;
    } sections[] = {
#define SECTION_ROW(symbol, kind, name) {kind, name},
        HL_STATE_SECTIONS(SECTION_ROW)
#undef SECTION_ROW
    };
    for (size_t i = 1; i < sizeof sections / sizeof sections[0] && l->reader.status == HL_OK; i++) {
        if (!hl_state_reader_section(&l->reader, sections[i].kind, sections[i].name))
            return;
        if (sections[i].kind == HL_STATE_PLACES)
            load_places(l);
        else
            load_section(l, sections[i].kind);
        hl_state_reader_end(&l->reader);
    }
    finish(l);
}

/* Makes the engine when it is known how many collections it has. */
static enum hl_status create_engine(struct hl_loader *l, const struct hl_engine_options *options, uint32_t collections)
{
    struct hl_engine_options raised = *options;
    if (raised.collections_max < collections &&
        (raised.collections_max > 0 || collections > HL_COLLECTIONS_MAX_DEFAULT))
        raised.collections_max = collections;
    return hl_engine_create(&raised, &l->engine, l->reader.error);
}

static void free_loaded(struct hl_loader *l, struct hl_memory *memory, uint32_t collections)
{
    for (uint32_t i = 0; i < collections; i++)
        if (l->loaded[i].holders)
            hl_memory_release(&l->engine->aside, l->loaded[i].holders, l->loaded[i].word_limit * COUNTS_BYTES);
    hl_memory_release(memory, l->loaded, collections > 0 ? collections * sizeof *l->loaded : 0);
}

static enum hl_status load(struct hl_loader *l, const struct hl_engine_options *options, struct hl_memory *memory)
{
    struct hl_state_reader *r = &l->reader;
    if (!hl_state_reader_section(r, HL_STATE_ENGINE, "engine"))
        return r->status;
    uint32_t collections = hl_state_reader_u32(r);
    if (collections > COLLECTIONS_MAX)
        hl_state_reader_corrupt(r, "there are too many collections");
    if (r->status != HL_OK)
        return r->status;
    enum hl_status status = create_engine(l, options, collections);
    if (status != HL_OK)
        return status;
    if (collections > 0)
        l->loaded = hl_memory_allocate_zero(memory, collections * sizeof *l->loaded);
    if (collections > 0 && !l->loaded) {
        hl_state_reader_no_memory(r);
    } else {
        load_engine(l, collections);
        if (r->status == HL_OK)
            load_sections(l);
        free_loaded(l, memory, l->loaded ? collections : 0);
    }
    if (r->status != HL_OK)
        hl_engine_destroy(l->engine);
    return r->status;
}

enum hl_status hl_engine_load(const struct hl_engine_options *options, const struct hl_state_source *source,
                              hl_engine **out, struct hl_error *error)
{
    struct hl_memory memory;
    struct hl_loader l = {0};
    hl_memory_init(&memory, options->allocator);
    if (!hl_state_reader_init(&l.reader, source, &memory, error))
        return hl_error_set(error, HL_NO_MEMORY, NULL, "out of memory for the saved state");
    enum hl_status status = load(&l, options, &memory);
    hl_state_reader_clear(&l.reader);
    if (status == HL_OK)
        *out = l.engine;
    return status;
}
