/*
 * schema.c - the engine's sections as a table, and the walk through them (see schema.h). The order is that of engine/save.c.
 */
#include "state/schema.h"

#include "core/assert.h"
#include "engine/state_format.h"

#include <string.h>

#define PARTS(array) (array), sizeof(array) / sizeof((array)[0])
#define FIELD(type, member) {.name = #member, .form = FORM_##type, .names = NAMES_##type},
#define NUMBER(form_, name_)                                                                                           \
    {                                                                                                                  \
        .name = (name_), .form = HL_FORM_##form_                                                                       \
    }
#define CODE(name_, names_)                                                                                            \
    {                                                                                                                  \
        .name = (name_), .form = HL_FORM_NAME, .names = (names_)                                                       \
    }
#define TEXT(name_, count_)                                                                                            \
    {                                                                                                                  \
        .name = (name_), .form = HL_FORM_TEXT, .count = (count_)                                                       \
    }
#define LIST(name_, count_, items_)                                                                                    \
    {                                                                                                                  \
        .name = (name_), .form = HL_FORM_LIST, .count = (count_), .items = &(items_)                                   \
    }

/* What the types of state_format.h are here. */
#define FORM_u8 HL_FORM_U8
#define FORM_u16 HL_FORM_U16
#define FORM_u32 HL_FORM_U32
#define FORM_u64 HL_FORM_U64
#define FORM_i64 HL_FORM_I64
#define FORM_f32 HL_FORM_F32
#define FORM_f64 HL_FORM_F64
#define FORM_verdict HL_FORM_NAME
#define NAMES_u8 NULL
#define NAMES_u16 NULL
#define NAMES_u32 NULL
#define NAMES_u64 NULL
#define NAMES_i64 NULL
#define NAMES_f32 NULL
#define NAMES_f64 NULL
#define NAMES_verdict verdict_names

/* By code on disk: hl_state_verdicts, hl_state_history_kinds. */
static const char *const verdict_names[] = {"new", "exact", "near", "related", "replayed", "revised", NULL};
static const char *const history_names[] = {"absorbed", "split_off", "split_from", NULL};
_Static_assert(sizeof verdict_names / sizeof verdict_names[0] == HL_STATE_VERDICTS + 1, "a new verdict needs a name");
_Static_assert(sizeof history_names / sizeof history_names[0] == HL_STATE_HISTORY_KINDS + 1,
               "a new kind of history needs a name");

/* ---- items of lists ---- */

static const struct hl_part u16_parts[] = {NUMBER(U16, NULL)};
static const struct hl_part u32_parts[] = {NUMBER(U32, NULL)};
static const struct hl_part placed_id_parts[] = {NUMBER(U32, "place"), NUMBER(U64, "id")};
static const struct hl_part alias_parts[] = {NUMBER(U32, "place"), NUMBER(U16, "id_bytes"), TEXT("id", "id_bytes")};
static const struct hl_part setting_parts[] = {NUMBER(U16, "name_bytes"), TEXT("name", "name_bytes"),
                                               NUMBER(F64, "value")};
static const struct hl_part history_parts[] = {NUMBER(U64, "other_story"), NUMBER(U64, "headlines"),
                                               NUMBER(I64, "at_ms"), CODE("kind", history_names)};
static const struct hl_part gram_parts[] = {NUMBER(U16, "gram"), NUMBER(U32, "holding")};
static const struct hl_part pair_parts[] = {NUMBER(U32, "hash"), NUMBER(U32, "df")};

static const struct hl_shape u16 = {"number", PARTS(u16_parts)};
static const struct hl_shape u32 = {"number", PARTS(u32_parts)};
static const struct hl_shape placed_id = {"id", PARTS(placed_id_parts)};
static const struct hl_shape alias = {"alias", PARTS(alias_parts)};
static const struct hl_shape setting = {"setting", PARTS(setting_parts)};
static const struct hl_shape history = {"history", PARTS(history_parts)};
static const struct hl_shape gram = {"gram", PARTS(gram_parts)};
static const struct hl_shape pair = {"pair", PARTS(pair_parts)};

/* ---- records ---- */

static const struct hl_part engine_parts[] = {NUMBER(U32, "collections"), HL_STATE_ENGINE_FIELDS(FIELD)};
static const struct hl_part collection_parts[] = {
    NUMBER(U16, "name_bytes"),
    TEXT("name", "name_bytes"),
    NUMBER(U32, "setting_count"),
    LIST("settings", "setting_count", setting),
    NUMBER(U16, "prefer_bytes"),
    TEXT("prefer", "prefer_bytes"),
    HL_STATE_COLLECTION_FIELDS(FIELD) NUMBER(U64, "verdicts.new"),
    NUMBER(U64, "verdicts.exact"),
    NUMBER(U64, "verdicts.near"),
    NUMBER(U64, "verdicts.related"),
    NUMBER(U64, "verdicts.replayed"),
    NUMBER(U64, "verdicts.revised"),
    NUMBER(U32, "gram_headlines"),
};
static const struct hl_part source_parts[] = {NUMBER(U16, "text_bytes"), TEXT("text", "text_bytes")};
static const struct hl_part word_parts[] = {HL_STATE_WORD_FIELDS(FIELD) TEXT("text", "length"),
                                            LIST("postings", "posting_count", u32)};
static const struct hl_part tail_parts[] = {HL_STATE_TAIL_FIELDS(FIELD) TEXT("text", "length")};
static const struct hl_part headline_parts[] = {
    HL_STATE_HEADLINE_FIELDS(FIELD) TEXT("id", "id_bytes"),
    TEXT("title", "title_bytes"),
    TEXT("url", "url_bytes"),
    TEXT("lang", "lang_bytes"),
    TEXT("summary", "summary_bytes"),
    LIST("features", "shape.count", u32),
    LIST("weights", "shape.count", u16),
    LIST("aliases", "alias_count", alias),
};
static const struct hl_part story_parts[] = {
    HL_STATE_STORY_FIELDS(FIELD) NUMBER(U8, "has_signs"),
    LIST("members", "headlines", u32),
    LIST("features", "term_count", u32),
    LIST("weights", "term_count", u32), /* none is negative */
    LIST("holders", "term_count", u16),
    LIST("history", "history_count", history),
    LIST("redirects", "redirect_count", placed_id),
    LIST("anchors", "anchor_count", u32),
};
static const struct hl_part topic_parts[] = {HL_STATE_TOPIC_FIELDS(FIELD) LIST("members", "stories", u32),
                                             LIST("ids", "id_count", placed_id)};
static const struct hl_part place_parts[] = {NUMBER(U32, "collection"), NUMBER(U32, "story")};

static const struct hl_shape engine = {"engine", PARTS(engine_parts)};
static const struct hl_shape collection = {"collection", PARTS(collection_parts)};
static const struct hl_shape source = {"source", PARTS(source_parts)};
static const struct hl_shape word = {"word", PARTS(word_parts)};
static const struct hl_shape tail = {"tail", PARTS(tail_parts)};
static const struct hl_shape headline = {"headline", PARTS(headline_parts)};
static const struct hl_shape story = {"story", PARTS(story_parts)};
static const struct hl_shape topic = {"topic", PARTS(topic_parts)};
static const struct hl_shape place = {"place", PARTS(place_parts)};

_Static_assert(HL_SCHEMA_PLACES_MAX >= HL_STATE_CHUNK_MAX, "a chunk has room");
#define FITS(parts) _Static_assert(sizeof(parts) / sizeof((parts)[0]) <= HL_SCHEMA_PARTS_MAX, #parts)
FITS(collection_parts);
FITS(headline_parts);
FITS(story_parts);

/* ---- heads of lists ---- */

static const struct hl_part count_parts[] = {NUMBER(U32, "count")};
static const struct hl_part marked_parts[] = {NUMBER(U32, "mark"), NUMBER(U32, "count")};
static const struct hl_shape counted = {"list", PARTS(count_parts)};
static const struct hl_shape marked = {"list", PARTS(marked_parts)};

/* ---- sections ---- */

static const struct hl_step engine_once[] = {
    {"engine", &engine, NULL, HL_STEP_RECORD, 0},
    {"redirects", NULL, NULL, HL_STEP_SLAB, 256},
    {"topic_ids", NULL, NULL, HL_STEP_SLAB, 64},
};
static const struct hl_step engine_each[] = {
    {"collection", &collection, NULL, HL_STEP_RECORD, 0},
    {"grams", &gram, &counted, HL_STEP_LIST, 0},
};
static const struct hl_step sources_each[] = {{"sources", &source, NULL, HL_STEP_SLAB, 32}};
static const struct hl_step words_each[] = {{"words", &word, NULL, HL_STEP_SLAB, 256}};
static const struct hl_step tails_each[] = {{"tails", &tail, NULL, HL_STEP_SLAB, 256}};
static const struct hl_step headlines_each[] = {
    {"aliases", NULL, NULL, HL_STEP_SLAB, 256},
    {"headlines", &headline, NULL, HL_STEP_SLAB, 128},
    {"window", &u32, NULL, HL_STEP_LIST, 0},
};
static const struct hl_step stories_each[] = {
    {"stories", &story, NULL, HL_STEP_SLAB, 128},
    {"recent_singles", &u32, &marked, HL_STEP_LIST, 0},
    {"recent_others", &u32, &marked, HL_STEP_LIST, 0},
};
static const struct hl_step topics_each[] = {
    {"topics", &topic, NULL, HL_STEP_SLAB, 64},
    {"recent_topics", &u32, NULL, HL_STEP_LIST, 0},
};
static const struct hl_step pairs_each[] = {{"pairs", &pair, &counted, HL_STEP_LIST, 0}};
static const struct hl_step places_once[] = {{"places", &place, NULL, HL_STEP_SLAB, 256}};

#define EACH(kind, name, each)                                                                                         \
    {                                                                                                                  \
        HL_STATE_##kind, (name), NULL, 0, PARTS(each)                                                                  \
    }
static const struct hl_section sections[] = {
    {HL_STATE_ENGINE, "engine", PARTS(engine_once), PARTS(engine_each)},
    EACH(SOURCES, "sources", sources_each),
    EACH(WORDS, "words", words_each),
    EACH(TAILS, "tails", tails_each),
    EACH(HEADLINES, "headlines", headlines_each),
    EACH(STORIES, "stories", stories_each),
    EACH(TOPICS, "topics", topics_each),
    EACH(PAIRS, "pairs", pairs_each),
    {HL_STATE_PLACES, "places", PARTS(places_once), NULL, 0},
};
#define COUNT_SECTION(symbol, kind, name) +1
_Static_assert(sizeof sections / sizeof sections[0] == 0 HL_STATE_SECTIONS(COUNT_SECTION), "a section has no row here");

const struct hl_section *hl_schema_sections(size_t *out_count)
{
    *out_count = sizeof sections / sizeof sections[0];
    return sections;
}

/* ---- shapes ---- */

size_t hl_shape_count_of(const struct hl_shape *shape, size_t index)
{
    const char *count = shape->parts[index].count;
    size_t at = 0;
    while (strcmp(shape->parts[at].name, count) != 0)
        at++;
    HL_ASSERT(at < index);
    return at;
}

bool hl_shape_is_count(const struct hl_shape *shape, size_t index)
{
    for (size_t i = index + 1; i < shape->part_count; i++)
        if (shape->parts[i].count && strcmp(shape->parts[i].count, shape->parts[index].name) == 0)
            return true;
    return false;
}

size_t hl_form_bytes(enum hl_form form)
{
    static const uint8_t bytes[] = {
        [HL_FORM_U8] = 1,  [HL_FORM_U16] = 2, [HL_FORM_U32] = 4,  [HL_FORM_U64] = 8,  [HL_FORM_I64] = 8,
        [HL_FORM_F32] = 4, [HL_FORM_F64] = 8, [HL_FORM_NAME] = 1, [HL_FORM_TEXT] = 0, [HL_FORM_LIST] = 0,
    };
    return bytes[form];
}

size_t hl_shape_bytes(const struct hl_shape *shape)
{
    size_t bytes = 0;
    for (size_t i = 0; i < shape->part_count; i++)
        bytes += hl_form_bytes(shape->parts[i].form);
    return bytes;
}

/* ---- the walk ---- */

/* The unit that a step begins with. */
static enum hl_unit first_unit(struct hl_walk *walk, const struct hl_step *step)
{
    if (step->form == HL_STEP_RECORD)
        return HL_UNIT_RECORD;
    if (step->form == HL_STEP_SLAB)
        return HL_UNIT_SLAB;
    walk->left = walk->live; /* without a head */
    return step->head ? HL_UNIT_HEAD : HL_UNIT_ITEMS;
}

/* The step behind the one that is done, or the end. */
static void next_step(struct hl_walk *walk)
{
    const struct hl_section *section = walk->section;
    walk->at += walk->step != NULL;
    if (!walk->in_collection && walk->at == section->once_count) {
        walk->in_collection = true;
        walk->at = walk->collection = 0;
    }
    if (walk->in_collection && walk->at == section->each_count) {
        walk->at = 0;
        walk->collection++;
    }
    bool more = !walk->in_collection || (section->each_count > 0 && walk->collection < walk->collections);
    walk->step = !more ? NULL : walk->in_collection ? &section->each[walk->at] : &section->once[walk->at];
    walk->unit = more ? first_unit(walk, walk->step) : HL_UNIT_END;
}

/* The next record of the slab, its next chunk, or what stands behind it. @chunk_begins: walk->free is new. */
static void next_record(struct hl_walk *walk, bool chunk_begins)
{
    uint32_t places = walk->step->places, first = walk->chunk * places, next = chunk_begins ? first : walk->place + 1;
    while (next < first + places && walk->free[next - first])
        next++;
    if (walk->step->shape && next < first + places) {
        walk->place = next;
        walk->unit = HL_UNIT_RECORD;
        walk->live++;
        return;
    }
    walk->chunk++;
    walk->unit = HL_UNIT_CHUNK;
    if (walk->chunk == walk->chunks)
        next_step(walk);
}

/* The next piece of the list; an empty one has none. */
static void next_items(struct hl_walk *walk)
{
    walk->items = walk->left < HL_SCHEMA_ITEMS_MAX ? (uint32_t)walk->left : HL_SCHEMA_ITEMS_MAX;
    walk->left -= walk->items;
    walk->unit = HL_UNIT_ITEMS;
}

/* Passes over lists without items. */
static void skip_empty(struct hl_walk *walk, bool step_begins)
{
    while (walk->unit == HL_UNIT_ITEMS && step_begins && walk->left == 0)
        next_step(walk);
    if (walk->unit == HL_UNIT_ITEMS && step_begins)
        next_items(walk);
}

void hl_walk_section(struct hl_walk *walk, size_t index)
{
    walk->section = &sections[index];
    walk->step = NULL;
    walk->in_collection = false;
    walk->at = 0;
    walk->unit = HL_UNIT_SECTION;
}

void hl_walk_next(struct hl_walk *walk, uint64_t told)
{
    const struct hl_step *before = walk->step;
    switch (walk->unit) {
    case HL_UNIT_SLAB:
        walk->chunks = (uint32_t)told;
        walk->chunk = walk->live = 0;
        walk->unit = HL_UNIT_CHUNK;
        if (walk->chunks == 0)
            next_step(walk);
        break;
    case HL_UNIT_CHUNK:
        next_record(walk, true);
        break;
    case HL_UNIT_RECORD:
        if (walk->step->form == HL_STEP_SLAB) {
            next_record(walk, false);
            break;
        }
        if (walk->step == &engine_once[0])
            walk->collections = (uint32_t)told;
        next_step(walk);
        break;
    case HL_UNIT_HEAD:
        walk->left = told;
        walk->unit = HL_UNIT_ITEMS;
        before = NULL;
        break;
    case HL_UNIT_ITEMS:
        if (walk->left > 0)
            next_items(walk);
        else
            next_step(walk);
        break;
    default:
        next_step(walk);
    }
    skip_empty(walk, walk->step != before);
}
