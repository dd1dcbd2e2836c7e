/*
 * engine.c - one headline from the door to its story: the order of the steps, and the engine's own life.
 *
 * add = read (check, clean, cut the tail, analyse, digest) -> known? (replayed, sighting) -> weigh (vector, sums) -> decide (place.c)
 * -> commit. Nothing that shows is changed before commit, and commit takes what needs memory first, so that an error leaves
 * the engine as it was.
 */
#include "engine/absent.h"
#include "engine/arrival.h"
#include "engine/candidate.h"
#include "engine/collection.h"
#include "engine/digest.h"
#include "engine/event.h"
#include "engine/facts.h"
#include "engine/gram.h"
#include "engine/input.h"
#include "engine/merge.h"
#include "engine/noise.h"
#include "engine/place.h"
#include "engine/prefer.h"
#include "engine/series.h"
#include "engine/split.h"
#include "engine/state.h"
#include "engine/store.h"
#include "engine/story.h"
#include "engine/tail.h"
#include "engine/topic.h"
#include "engine/topic_place.h"
#include "engine/vector.h"
#include "engine/vocabulary.h"
#include "engine/window.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#define EXPIRE_PER_ADD 4 /* more than one, so that a firehose cannot outrun the window */
#define POLL_LOOKS 8     /* headlines of one text and source that may be polled: the latest come first */
#define PAST_LOOKS 256

static const char *const verdict_names[HL_VERDICT_COUNT] = {"new", "exact", "near", "related", "replayed", "revised"};

const char *hl_verdict_name(enum hl_verdict verdict)
{
    return verdict < HL_VERDICT_COUNT ? verdict_names[verdict] : "unknown";
}

/* ---- life ---- */

struct hl_engine_options hl_engine_options_default(void)
{
    return (struct hl_engine_options){.collections_max = HL_COLLECTIONS_MAX_DEFAULT, .settings = hl_settings_default()};
}

static bool create_parts(struct hl_engine *engine)
{
    struct hl_memory *memory = &engine->memory, *aside = &engine->aside;
    size_t names = engine->options.collections_max;
    engine->collections = hl_memory_allocate_zero(memory, names * sizeof *engine->collections);
    engine->collection_names = hl_memory_allocate_zero(memory, names * sizeof *engine->collection_names);
    engine->pool = hl_pool_create(memory);
    engine->text = hl_text_tools_create(aside);
    engine->other_text = hl_text_tools_create(aside);
    engine->digest = hl_digest_create(aside);
    engine->grams = engine->digest ? hl_grams_create(aside, engine->digest) : NULL;
    engine->accumulator = hl_accumulator_create(memory);
    engine->story_index = hl_index_create(aside);
    engine->redirect_index = hl_index_create(aside);
    engine->topic_index = hl_index_create(aside);
    return engine->collections && engine->collection_names && engine->pool && engine->text && engine->other_text &&
           engine->grams && engine->accumulator && engine->story_index && engine->redirect_index && engine->topic_index;
}

static enum hl_status check_settings(const struct hl_settings *settings, struct hl_error *error)
{
    size_t count;
    const struct hl_setting_info *info = hl_settings_info(&count);
    struct hl_settings checked;
    for (size_t i = 0; i < count; i++) {
        enum hl_status status = hl_settings_set(&checked, info[i].name, hl_settings_value(settings, i), error);
        if (status != HL_OK)
            return status;
    }
    return HL_OK;
}

enum hl_status hl_engine_create(const struct hl_engine_options *options, hl_engine **out, struct hl_error *error)
{
    enum hl_status status = check_settings(&options->settings, error);
    if (status != HL_OK)
        return status;
    struct hl_memory memory;
    hl_memory_init(&memory, options->allocator);
    struct hl_engine *engine = hl_memory_allocate_zero(&memory, sizeof *engine);
    if (!engine)
        return hl_error_set(error, HL_NO_MEMORY, NULL, "out of memory for the engine");
    engine->memory = memory;
    hl_memory_init(&engine->aside, options->allocator);
    engine->options = *options;
    engine->options.allocator = NULL; /* its copy is in memory */
    if (engine->options.collections_max == 0)
        engine->options.collections_max = HL_COLLECTIONS_MAX_DEFAULT;
    engine->next_story = engine->next_topic = 1;
    engine->now_ms = HL_TIME_MIN_MS;
    hl_slab_init(&engine->places, &engine->memory, sizeof(struct hl_place), 8);
    hl_slab_init(&engine->redirects, &engine->memory, sizeof(struct hl_redirect_record), 8);
    hl_slab_init(&engine->topic_ids, &engine->memory, sizeof(struct hl_topic_id), 6);
    if (!create_parts(engine)) {
        hl_engine_destroy(engine);
        return hl_error_set(error, HL_NO_MEMORY, NULL, "out of memory for the engine");
    }
    *out = engine;
    return HL_OK;
}

/* The collections' tables for @names of them; false when out of memory, nothing changed. */
static bool resize_names(struct hl_engine *engine, uint32_t names)
{
    struct hl_memory *memory = &engine->memory;
    size_t before = engine->options.collections_max, live = engine->collection_count;
    struct hl_collection **collections = hl_memory_allocate_zero(memory, names * sizeof *collections);
    struct hl_text *texts = collections ? hl_memory_allocate_zero(memory, names * sizeof *texts) : NULL;
    if (!texts) {
        if (collections)
            hl_memory_release(memory, collections, names * sizeof *collections);
        return false;
    }
    memcpy(collections, engine->collections, live * sizeof(struct hl_collection *));
    memcpy(texts, engine->collection_names, live * sizeof *texts);
    hl_memory_release(memory, engine->collections, before * sizeof(struct hl_collection *));
    hl_memory_release(memory, engine->collection_names, before * sizeof *texts);
    engine->collections = collections;
    engine->collection_names = texts;
    return true;
}

enum hl_status hl_engine_options_set(hl_engine *engine, const struct hl_engine_options *options, struct hl_error *error)
{
    enum hl_status status = check_settings(&options->settings, error);
    if (status != HL_OK)
        return status;
    uint32_t names = options->collections_max > 0 ? options->collections_max : HL_COLLECTIONS_MAX_DEFAULT;
    if (names < engine->collection_count)
        names = engine->collection_count;
    if (names != engine->options.collections_max && !resize_names(engine, names))
        return hl_error_set(error, HL_NO_MEMORY, NULL, "out of memory for %u collections", (unsigned)names);
    engine->options.collections_max = names;
    engine->options.memory_max_bytes = options->memory_max_bytes;
    engine->options.settings = options->settings;
    return HL_OK;
}

void hl_engine_destroy(hl_engine *engine)
{
    if (!engine)
        return;
    struct hl_memory memory = engine->memory;
    size_t names = engine->options.collections_max;
    for (uint32_t i = 0; i < engine->collection_count; i++)
        hl_collection_destroy(engine->collections[i]);
    hl_index_destroy(engine->story_index);
    hl_index_destroy(engine->redirect_index);
    hl_index_destroy(engine->topic_index);
    hl_slab_destroy(&engine->places);
    hl_slab_destroy(&engine->redirects);
    hl_slab_destroy(&engine->topic_ids);
    hl_accumulator_destroy(&engine->memory, engine->accumulator);
    hl_grams_destroy(engine->grams);
    hl_digest_destroy(engine->digest);
    hl_text_tools_destroy(engine->text);
    hl_text_tools_destroy(engine->other_text);
    hl_text_tools_destroy(engine->summary_text);
    hl_pool_destroy(engine->pool);
    if (engine->collections)
        hl_memory_release(&engine->memory, engine->collections, names * sizeof *engine->collections);
    if (engine->collection_names)
        hl_memory_release(&engine->memory, engine->collection_names, names * sizeof *engine->collection_names);
    hl_memory_release(&memory, engine, sizeof *engine);
}

/* ---- reading a headline ---- */

static enum hl_status no_memory(struct hl_error *error)
{
    return hl_error_set(error, HL_NO_MEMORY, NULL, "out of memory; lower memory_max or the window");
}

/*
 * SHA-256 of the normalised text, and of what normalising loses of its numbers: signs and currencies. Only the headline's own source is cut from
 * it: what the stream teaches about other tails must not make a known text look new.
 */
static enum hl_status digest_text(struct hl_engine *engine, struct hl_arrival *a, struct hl_error *error)
{
    char marks[HL_WORDS_MAX];
    uint8_t bytes[HL_DIGEST_BYTES];
    size_t count = hl_number_marks(&a->analysis, marks, sizeof marks);
    const struct hl_text parts[] = {a->analysis.text, {"\n", 1}, {marks, count}};
    if (hl_digest_sha256(engine->digest, parts, 3, bytes) != HL_OK)
        return hl_error_set(error, HL_INTERNAL, NULL, "OpenSSL could not compute SHA-256");
    for (int i = 0; i < 2; i++) {
        a->query.digest[i] = 0;
        for (int byte = 0; byte < 8; byte++)
            a->query.digest[i] |= (uint64_t)bytes[8 * i + byte] << (8 * byte);
    }
    return HL_OK;
}

static enum hl_status analyse(struct hl_arrival *a, size_t length, struct hl_error *error)
{
    struct hl_text head = {a->clean.data, length};
    if (hl_text_analyse(a->tools, head, a->headline->lang, &a->analysis) != HL_OK)
        return no_memory(error);
    if (a->analysis.word_count == 0)
        return hl_error_set(error, HL_INVALID, "title",
                            "the title has no letter and no digit; there is nothing to compare");
    return HL_OK;
}

enum hl_status hl_arrival_read(struct hl_engine *engine, struct hl_arrival *a, struct hl_error *error)
{
    enum hl_status status = hl_text_clean(a->tools, a->headline->title, &a->clean, error);
    if (status != HL_OK)
        return status;
    a->cut = hl_tail_find(a->c, a->clean, a->headline->source);
    status = analyse(a, a->cut.own_length, error);
    if (status == HL_OK)
        status = digest_text(engine, a, error);
    if (status == HL_OK && a->cut.length < a->cut.own_length)
        status = analyse(a, a->cut.length, error);
    return status;
}

int64_t hl_engine_later(const struct hl_engine *engine, int64_t now_ms)
{
    now_ms = now_ms < HL_TIME_MIN_MS ? HL_TIME_MIN_MS : now_ms > HL_TIME_MAX_MS ? HL_TIME_MAX_MS : now_ms;
    return now_ms > engine->now_ms ? now_ms : engine->now_ms;
}

int64_t hl_arrival_event_ms(const struct hl_headline *headline, int64_t now_ms)
{
    int64_t published_ms = headline->published_ms;
    return published_ms != HL_TIME_NONE && published_ms < now_ms ? published_ms : now_ms;
}

static void measure_sums(struct hl_query *query)
{
    int64_t total = 0;
    for (int bit = 0; bit < HL_FINGERPRINT_BITS; bit++)
        total += query->sums.live[bit];
    query->sums_norm = sqrt((double)hl_sums_product(query->sums.live, query->sums.live));
    query->sums_total = total;
}

static enum hl_status sum_grams(struct hl_engine *engine, struct hl_arrival *a, struct hl_error *error)
{
    struct hl_query *query = &a->query;
    struct hl_text text = a->analysis.text;
    const struct hl_gram_counts *counts = a->c ? a->c->gram_counts : NULL;
    if (hl_grams_sum(engine->grams, text.data, text.length, counts, query->absent != NULL, &query->sums) != HL_OK)
        return hl_error_set(error, HL_INTERNAL, NULL, "OpenSSL could not compute SHA-256");
    measure_sums(query);
    hl_grams_sign(&query->sums, &query->fingerprint);
    return HL_OK;
}

/*
 * The beginning of the summary without its markup, read in the language of the title, so that the same word has the same stem. Clean
 * text first: markup may come as character references.
 */
static enum hl_status read_summary(struct hl_engine *engine, const struct hl_arrival *a, struct hl_analysis *summary)
{
    struct hl_text clean;
    if (!engine->summary_text)
        engine->summary_text = hl_text_tools_create(&engine->aside);
    if (!engine->summary_text)
        return HL_NO_MEMORY;
    enum hl_status status = hl_text_clean(engine->summary_text, a->headline->summary, &clean, NULL);
    if (status != HL_OK)
        return status;
    clean = hl_text_strip_markup(engine->summary_text, clean, HL_SUMMARY_BYTES_MAX);
    const char *tag = hl_language_tag(a->analysis.language);
    if (tag[0] == '\0')
        tag = "und"; /* not to be guessed anew */
    return hl_text_analyse(engine->summary_text, clean, (struct hl_text){tag, strlen(tag)}, summary);
}

/* The sums come second: while they are computed, the postings of the words arrive. */
enum hl_status hl_arrival_weigh(struct hl_engine *engine, struct hl_arrival *a, bool learn, struct hl_error *error)
{
    if (!a->c)
        return sum_grams(engine, a, error);
    struct hl_analysis summary;
    bool has_summary = a->headline->summary.length > 0 && a->c->settings.summary_weight > 0;
    if (has_summary && read_summary(engine, a, &summary) != HL_OK)
        return no_memory(error);
    if (hl_vector_build(a->c, &a->analysis, has_summary ? &summary : NULL, learn, &a->query, &a->length) != HL_OK)
        return no_memory(error);
    hl_candidates_prefetch(a->c, &a->query);
    enum hl_status status = sum_grams(engine, a, error);
    if (status != HL_OK && learn)
        hl_vector_forget(a->c, &a->query);
    return status;
}

/* ---- answering ---- */

static void answer_placed(const struct hl_arrival *a, struct hl_result *result)
{
    const struct hl_placement *p = &a->placement;
    memset(result, 0, sizeof *result);
    result->verdict = p->verdict;
    result->distance_bits = p->distance_bits;
    result->has_distance = p->has_distance;
    result->similarity = p->similarity;
    result->fingerprint = a->query.fingerprint;
    if (p->duplicate != HL_NONE)
        result->duplicate_of = hl_store_id(hl_headline_at(a->c, p->duplicate));
}

static void answer_story(const struct hl_collection *c, uint32_t story, struct hl_result *result)
{
    result->story = hl_story_at(c, story)->id;
    result->story_headlines = hl_story_at(c, story)->headlines;
    result->topic = hl_topic_id_of(c, story);
}

/* For a headline that is there already: a replay or a sighting of @known, by its own id; the caller puts another that was given. */
static void answer_known(const struct hl_arrival *a, uint32_t known, enum hl_verdict verdict, struct hl_result *result)
{
    const struct hl_headline_record *h = hl_headline_at(a->c, known);
    memset(result, 0, sizeof *result);
    result->verdict = verdict;
    result->seq = h->seq;
    result->id = hl_store_id(h);
    result->has_distance = true;
    result->similarity = 1;
    result->fingerprint = h->fingerprint;
    if (verdict == HL_VERDICT_EXACT) {
        result->duplicate_of = hl_store_id(h);
        result->sighting = true;
    }
    answer_story(a->c, h->story, result);
}

static bool is_past(const struct hl_arrival *a, uint32_t headline)
{
    return headline != HL_NONE && hl_window_is_past(a->c, headline, a->query.now_ms);
}

uint32_t hl_arrival_original(const struct hl_arrival *a)
{
    uint32_t original = hl_store_find_text(a->c, a->query.digest);
    for (int looks = 0; original != HL_NONE; looks++) {
        if (!hl_seen_as_absent(&a->query, original) && !is_past(a, original))
            return original;
        original = looks < PAST_LOOKS ? hl_headline_at(a->c, original)->same_next : HL_NONE;
    }
    return HL_NONE;
}

/*
 * A poll says when the headline was published, or that it is still there. The same words from the same source long after are news again: a
 * yearly report.
 */
static bool is_poll_of(const struct hl_arrival *a, uint32_t headline)
{
    const struct hl_headline_record *h = hl_headline_at(a->c, headline);
    int64_t last_ms = a->headline->published_ms == HL_TIME_NONE ? h->last_seen_ms : h->event_ms;
    int64_t gap_ms = hl_gap_between(last_ms, last_ms, a->query.event_ms, a->query.event_ms);
    return hl_decay(a->c, gap_ms) >= HL_FOLLOW_DECAY_MIN;
}

/* The headline of the same text and source that this one only polls; HL_NONE. */
static uint32_t find_sighted(const struct hl_arrival *a, uint32_t original)
{
    uint32_t found = hl_store_find_sighting(a->c, original, a->headline->source);
    for (int looks = 0; found != HL_NONE && looks < POLL_LOOKS; looks++) {
        if (is_poll_of(a, found))
            return is_past(a, found) ? HL_NONE : found;
        found = hl_store_find_sighting(a->c, hl_headline_at(a->c, found)->same_next, a->headline->source);
    }
    return HL_NONE;
}

static struct hl_known look_up(const struct hl_arrival *a)
{
    struct hl_known known = {HL_NONE, HL_NONE, HL_NONE, false};
    if (!a->c)
        return known;
    if (a->headline->id.length > 0)
        known.same_id = hl_store_find(a->c, a->headline->id);
    if (is_past(a, known.same_id))
        known.same_id = HL_NONE;
    if (known.same_id != HL_NONE)
        known.replayed =
            memcmp(hl_headline_at(a->c, known.same_id)->digest, a->query.digest, sizeof a->query.digest) == 0;
    known.original = hl_arrival_original(a);
    /* Without a source to tell by, another id means another article. */
    bool can_sight = a->headline->source.length > 0 || a->headline->id.length == 0;
    if (known.same_id == HL_NONE && known.original != HL_NONE && can_sight)
        known.sighting = find_sighted(a, known.original);
    return known;
}

static bool drop_if_past(const struct hl_arrival *a, uint32_t headline)
{
    if (!is_past(a, headline))
        return false;
    hl_window_drop(a->c, headline, HL_GONE_EXPIRED);
    a->c->tallies.expired_age++;
    a->c->engine->has_expired = true;
    return true;
}

/* Drops what the window has let go but nobody has dropped, where this headline would meet it; the look-up passes over what is left. */
static void drop_past(const struct hl_arrival *a)
{
    if (a->headline->id.length > 0)
        drop_if_past(a, hl_store_find(a->c, a->headline->id));
    for (int drops = 0; drops < EXPIRE_PER_ADD; drops++)
        if (!drop_if_past(a, hl_store_find_text(a->c, a->query.digest)))
            return;
}

/* ---- adding ---- */

static enum hl_status add_sighting(struct hl_engine *engine, struct hl_arrival *a, uint32_t sighted,
                                   struct hl_result *result, struct hl_error *error)
{
    if (hl_store_sight(a->c, sighted, a->headline->id, engine->now_ms) != HL_OK)
        return no_memory(error);
    answer_known(a, sighted, HL_VERDICT_EXACT, result);
    if (a->headline->id.length > 0)
        result->id = hl_store_stored_id(a->c, a->headline->id);
    result->seq = ++engine->seq;
    a->c->tallies.sightings++;
    a->c->tallies.verdicts[HL_VERDICT_EXACT]++;
    return HL_OK;
}

static struct hl_text make_id(struct hl_engine *engine, struct hl_arrival *a)
{
    if (a->headline->id.length > 0)
        return a->headline->id;
    int length = snprintf(a->made_id, sizeof a->made_id, "~%" PRIu64, engine->seq + 1);
    return (struct hl_text){a->made_id, (size_t)length};
}

static struct hl_text language_of(const struct hl_arrival *a)
{
    if (a->headline->lang.length > 0)
        return a->headline->lang;
    const char *tag = hl_language_tag(a->analysis.language);
    return (struct hl_text){tag, strlen(tag)};
}

/* Stores the headline and makes sure that its story can take it. HL_NONE: out of memory, nothing changed. */
static uint32_t put(struct hl_engine *engine, struct hl_arrival *a, bool founds)
{
    struct hl_collection *c = a->c;
    struct hl_placement *p = &a->placement;
    if (founds)
        p->story = hl_story_create(c);
    struct hl_story_room room;
    if (p->story == HL_NONE || hl_story_room_take(c, p->story, a->query.count, &room) != HL_OK)
        return HL_NONE;
    struct hl_draft draft = {a->headline, make_id(engine, a), language_of(a),
                             &a->query,   engine->now_ms,     engine->seq + 1};
    uint32_t index = hl_store_put(c, &draft);
    if (index != HL_NONE)
        hl_story_room_use(c, p->story, &room);
    else
        hl_story_room_give(c, &room);
    if (index == HL_NONE && founds)
        hl_story_undo(c, p->story);
    return index;
}

/* Who came second is remembered: a story that often does, behind the same one, is a piece of it (merge.c). */
static void note_runner_up(const struct hl_collection *c, const struct hl_placement *placement,
                           struct hl_headline_record *h)
{
    const struct hl_candidates *candidates = &placement->candidates;
    h->runner_up = HL_NONE;
    h->runner_up_seq = 0;
    h->runner_up_score = 0;
    for (uint32_t i = 0; i < candidates->count && h->runner_up == HL_NONE; i++) {
        const struct hl_candidate *candidate = &candidates->best[i];
        if (candidate->story == placement->story || candidate->score <= 0)
            continue;
        h->runner_up = hl_story_at(c, candidate->story)->newest;
        h->runner_up_seq = hl_headline_at(c, h->runner_up)->seq;
        h->runner_up_score = (float)candidate->score;
    }
}

/* From here on nothing can fail: counts, story, merges and splits, the window. */
static void settle(struct hl_engine *engine, struct hl_arrival *a, uint32_t index, bool founded)
{
    struct hl_collection *c = a->c;
    struct hl_headline_record *h = hl_headline_at(c, index);
    engine->seq++;
    h->verdict = (uint8_t)a->placement.verdict;
    h->duplicate_of = a->placement.duplicate;
    if (h->duplicate_of != HL_NONE)
        h->duplicate_seq = hl_headline_at(c, h->duplicate_of)->seq;
    note_runner_up(c, &a->placement, h);
    hl_noise_learn(c, &a->placement.candidates, a->placement.story);
    hl_vector_count_length(c, a->length);
    hl_gram_counts_add(c->gram_counts, &a->query.sums);
    hl_tail_learn(c, a->clean);
    hl_words_look(c, a->query.feature, a->query.looks, a->query.words);
    uint32_t story = a->placement.story;
    hl_story_add(c, story, index);
    hl_story_touch(c, story);
    if (founded)
        hl_event_of_headline(c, HL_EVENT_STORY_CREATED, index);
    hl_event_of_headline(c, HL_EVENT_HEADLINE_JOINED, index);
    if (!founded) {
        hl_event_of_headline(c, HL_EVENT_STORY_GREW, index);
        story = hl_merge_after_join(c, story, &a->placement.candidates);
        hl_split_if_due(c, story);
        hl_series_test_if_due(c, story);
    }
    hl_topic_after_add(c, h->story);
    c->tallies.verdicts[a->placement.verdict]++;
}

static enum hl_status commit(struct hl_engine *engine, struct hl_arrival *a, uint32_t replaced,
                             struct hl_result *result, struct hl_error *error)
{
    struct hl_collection *c = a->c;
    bool founded = a->placement.story == HL_NONE;
    uint32_t index = put(engine, a, founded);
    if (index == HL_NONE) {
        hl_vector_forget(c, &a->query);
        return no_memory(error);
    }
    settle(engine, a, index, founded);
    /* An id that was another headline's alias has left it; one that was a headline's own leaves with it. */
    if (replaced != HL_NONE && !hl_store_drop_alias(c, a->headline->id))
        hl_window_drop(c, replaced, HL_GONE_REVISED);
    answer_placed(a, result);
    result->seq = engine->seq;
    result->id = hl_store_id(hl_headline_at(c, index));
    answer_story(c, hl_headline_at(c, index)->story, result);
    hl_headline_at(c, index)->answered_story = result->story;
    return HL_OK;
}

/* A revision stays in the story of what it replaces: the article is the same. */
static void place_revision(struct hl_arrival *a, uint32_t replaced)
{
    uint32_t story = hl_headline_at(a->c, replaced)->story;
    a->placement.verdict = HL_VERDICT_REVISED;
    if (hl_story_at(a->c, story)->headlines < HL_STORY_HEADLINES_MAX)
        a->placement.story = story;
    a->placement.duplicate = HL_NONE;
}

enum hl_status hl_arrival_decide(struct hl_engine *engine, struct hl_arrival *a, const struct hl_known *known,
                                 bool learn, struct hl_error *error)
{
    enum hl_status status = hl_arrival_weigh(engine, a, learn, error);
    if (status != HL_OK)
        return status;
    if (!a->c) {
        a->placement = (struct hl_placement){.verdict = HL_VERDICT_NEW, .story = HL_NONE, .duplicate = HL_NONE};
        return HL_OK;
    }
    if (hl_place_decide(a->c, &a->query, &a->analysis, a->cut.guessed, known->original, &a->placement) != HL_OK) {
        if (learn)
            hl_vector_forget(a->c, &a->query);
        return no_memory(error);
    }
    if (known->same_id != HL_NONE)
        place_revision(a, known->same_id);
    return HL_OK;
}

static enum hl_status begin(struct hl_engine *engine, struct hl_arrival *a, int64_t now_ms, struct hl_error *error)
{
    a->tools = engine->text;
    a->query.absent = NULL;
    a->query.now_ms = hl_engine_later(engine, now_ms);
    a->query.event_ms = hl_arrival_event_ms(a->headline, a->query.now_ms);
    a->c = hl_collection_find(engine, a->headline->collection);
    return hl_arrival_read(engine, a, error);
}

/* All that can be refused, and the collection, which *@opens says is new. */
static enum hl_status enter(struct hl_engine *engine, struct hl_arrival *a, int64_t now_ms, bool *opens,
                            struct hl_error *error)
{
    engine->has_expired = false;
    enum hl_status status = hl_input_check(a->headline, error);
    if (status == HL_OK)
        status = begin(engine, a, now_ms, error);
    *opens = status == HL_OK && !a->c;
    if (*opens)
        status = hl_collection_create(engine, a->headline->collection, &a->c, error);
    return status;
}

/*
 * Expiry comes after all that can be refused and before anything is looked up, so that the answer does not depend on when somebody ticked and
 * what the result borrows stays. Want of memory does not undo it: what it drops is due whether a headline comes or not.
 */
static void make_room(struct hl_engine *engine, const struct hl_arrival *a)
{
    engine->now_ms = a->query.now_ms;
    hl_window_expire(engine, EXPIRE_PER_ADD);
    drop_past(a);
}

/* Nothing came of the headline: the engine's time is that of its last change. */
static void leave(struct hl_engine *engine, const struct hl_arrival *a, int64_t before_ms, bool opens)
{
    if (!engine->has_expired)
        engine->now_ms = before_ms;
    if (opens)
        hl_collection_undo(a->c);
}

static void answer_replayed(const struct hl_arrival *a, uint32_t known, struct hl_result *result)
{
    answer_known(a, known, HL_VERDICT_REPLAYED, result);
    result->id = hl_store_stored_id(a->c, a->headline->id);
    a->c->replayed++;
}

enum hl_status hl_engine_add(hl_engine *engine, const struct hl_headline *headline, int64_t now_ms,
                             struct hl_result *result, struct hl_error *error)
{
    struct hl_arrival a;
    a.headline = headline;
    bool opens;
    enum hl_status status = enter(engine, &a, now_ms, &opens, error);
    if (status != HL_OK)
        return status;
    int64_t before_ms = engine->now_ms;
    make_room(engine, &a);
    struct hl_known known = look_up(&a);
    if (known.replayed) {
        answer_replayed(&a, known.same_id, result);
    } else if (known.sighting != HL_NONE) {
        status = add_sighting(engine, &a, known.sighting, result, error);
    } else {
        status = hl_arrival_decide(engine, &a, &known, true, error);
        if (status == HL_OK)
            status = commit(engine, &a, known.same_id, result, error);
    }
    if (status != HL_OK || known.replayed)
        leave(engine, &a, before_ms, opens);
    return status;
}

enum hl_status hl_engine_make_room(hl_engine *engine, const struct hl_headline *headline, int64_t now_ms,
                                   struct hl_error *error)
{
    struct hl_arrival a;
    a.headline = headline;
    bool opens;
    enum hl_status status = enter(engine, &a, now_ms, &opens, error);
    if (status != HL_OK)
        return status;
    int64_t before_ms = engine->now_ms;
    make_room(engine, &a);
    leave(engine, &a, before_ms, opens);
    return HL_OK;
}

enum hl_status hl_engine_check(hl_engine *engine, const struct hl_headline *headline, int64_t now_ms,
                               struct hl_result *result, struct hl_error *error)
{
    struct hl_arrival a;
    a.headline = headline;
    enum hl_status status = hl_input_check(headline, error);
    if (status == HL_OK)
        status = begin(engine, &a, now_ms, error);
    if (status != HL_OK)
        return status;
    struct hl_known known = look_up(&a);
    if (known.replayed || known.sighting != HL_NONE) {
        answer_known(&a, known.replayed ? known.same_id : known.sighting,
                     known.replayed ? HL_VERDICT_REPLAYED : HL_VERDICT_EXACT, result);
    } else {
        status = hl_arrival_decide(engine, &a, &known, false, error);
        if (status != HL_OK)
            return status;
        answer_placed(&a, result);
        if (a.placement.story != HL_NONE)
            answer_story(a.c, a.placement.story, result);
    }
    if (headline->id.length > 0)
        memcpy(engine->checked_id, headline->id.data, headline->id.length);
    result->id = (struct hl_text){engine->checked_id, headline->id.length};
    result->seq = 0;
    return HL_OK;
}

/* ---- removing ---- */

enum hl_status hl_engine_remove(hl_engine *engine, struct hl_text collection, struct hl_text id, int64_t now_ms,
                                struct hl_error *error)
{
    struct hl_collection *c = hl_collection_find(engine, collection);
    uint32_t headline = c ? hl_store_find(c, id) : HL_NONE;
    now_ms = hl_engine_later(engine, now_ms);
    if (headline == HL_NONE || hl_window_is_past(c, headline, now_ms))
        return hl_error_set(error, HL_NOT_FOUND, "id", "there is no live headline with this id");
    engine->now_ms = now_ms;
    engine->seq++;
    hl_window_drop(c, headline, HL_GONE_REMOVED);
    c->tallies.removed++;
    return HL_OK;
}

/* ---- settings ---- */

/* What document frequencies count by must not change while they count anything. */
static enum hl_status check_fixed(const struct hl_collection *c, const struct hl_settings *settings,
                                  struct hl_error *error)
{
    size_t count;
    const struct hl_setting_info *info = hl_settings_info(&count);
    for (size_t i = 0; i < count && c->headlines.live > 0; i++)
        if (info[i].fixed && hl_settings_value(settings, i) != hl_settings_value(&c->settings, i))
            return hl_error_set(error, HL_INVALID, info[i].name,
                                "%s can only be changed while the collection holds no headline", info[i].name);
    return HL_OK;
}

static double initial_value(const struct hl_engine *engine, const char *name)
{
    size_t count, i = 0;
    const struct hl_setting_info *info = hl_settings_info(&count);
    while (i < count && strcmp(info[i].name, name) != 0)
        i++;
    return i < count ? hl_settings_value(&engine->options.settings, i) : 0; /* unknown: hl_settings_set says so */
}

/* Into @settings, and *@prefer gets the change of preferred sources, if there is one. */
static enum hl_status apply_changes(const struct hl_engine *engine, const struct hl_setting_change *changes,
                                    size_t count, struct hl_settings *settings, const struct hl_setting_change **prefer,
                                    struct hl_error *error)
{
    if (count == 0)
        return hl_error_set(error, HL_INVALID, NULL, "there is no setting to change");
    for (size_t i = 0; i < count; i++) {
        if (strcmp(changes[i].name, HL_PREFER_SOURCES) == 0) {
            *prefer = &changes[i];
            continue;
        }
        double value = changes[i].reset ? initial_value(engine, changes[i].name) : changes[i].value;
        enum hl_status status = hl_settings_set(settings, changes[i].name, value, error);
        if (status != HL_OK)
            return status;
    }
    return *prefer && !(*prefer)->reset ? hl_prefer_check((*prefer)->text, error) : HL_OK;
}

enum hl_status hl_engine_settings_set(hl_engine *engine, struct hl_text collection,
                                      const struct hl_setting_change *changes, size_t count, int64_t now_ms,
                                      uint64_t *seq, struct hl_error *error)
{
    enum hl_status status = hl_input_check_collection(collection, error);
    if (status != HL_OK)
        return status;
    struct hl_collection *c = hl_collection_find(engine, collection);
    struct hl_settings settings = c ? c->settings : engine->options.settings;
    const struct hl_setting_change *prefer = NULL;
    status = apply_changes(engine, changes, count, &settings, &prefer, error);
    if (status == HL_OK && c)
        status = check_fixed(c, &settings, error);
    bool opens = status == HL_OK && !c;
    if (opens)
        status = hl_collection_create(engine, collection, &c, error);
    if (status != HL_OK)
        return status;
    if (prefer && hl_prefer_set(c, prefer->reset ? (struct hl_text){NULL, 0} : prefer->text) != HL_OK) {
        if (opens)
            hl_collection_undo(c);
        return no_memory(error);
    }
    c->settings = settings;
    engine->now_ms = hl_engine_later(engine, now_ms);
    engine->seq++;
    if (seq)
        *seq = engine->seq;
    return HL_OK;
}

enum hl_status hl_engine_settings_get(hl_engine *engine, struct hl_text collection, struct hl_settings *settings,
                                      struct hl_settings *initial, struct hl_error *error)
{
    const struct hl_collection *c = hl_collection_find(engine, collection);
    if (!c && !hl_collection_is_default(collection))
        return hl_error_set(error, HL_NOT_FOUND, "collection", "there is no collection with this name");
    *settings = c ? c->settings : engine->options.settings;
    if (initial)
        *initial = engine->options.settings;
    return HL_OK;
}

struct hl_text hl_engine_prefer_sources(hl_engine *engine, struct hl_text collection)
{
    const struct hl_collection *c = hl_collection_find(engine, collection);
    return c ? (struct hl_text){c->prefer, c->prefer_bytes} : (struct hl_text){NULL, 0};
}

/* ---- time ---- */

bool hl_engine_tick(hl_engine *engine, int64_t now_ms, unsigned budget)
{
    int64_t before_ms = engine->now_ms;
    engine->has_expired = false;
    engine->now_ms = hl_engine_later(engine, now_ms);
    bool more = hl_window_expire(engine, budget);
    if (!engine->has_expired)
        engine->now_ms = before_ms;
    return more;
}

bool hl_engine_has_expired(const hl_engine *engine)
{
    return engine->has_expired;
}

int64_t hl_engine_now(const hl_engine *engine)
{
    return engine->now_ms;
}
