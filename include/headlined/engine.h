/*
 * engine.h - the headlined engine: headlines in, verdicts and stories out.
 *
 * The engine is pure and deterministic: time comes in as an argument, and nothing here reads a clock, a file, a
 * socket, the environment or a random number. The same calls in the same order give the same ids, verdicts and
 * bytes on any machine, whatever the hash seed. It is a single-writer object: all calls on one engine come from
 * one thread at a time; two engines are independent.
 *
 * Words: a *headline* is a title with its id, source and times; a *story* is the headlines about one event; a
 * *collection* is an independent namespace with its own window and settings; the *window* is what is live.
 *
 * Times are milliseconds since 1970-01-01 UTC, HL_TIME_NONE when absent. Text is a pointer and a length in bytes, UTF-8,
 * not NUL-terminated. Unless a function says otherwise, what it is given it borrows for the call, and the text in
 * what it returns is borrowed from the engine and valid until the next call that changes the engine.
 */
#ifndef HEADLINED_ENGINE_H
#define HEADLINED_ENGINE_H

#include <headlined/error.h>
#include <headlined/fingerprint.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HL_TIME_NONE INT64_MIN

/* Limits of one headline, in bytes. */
#define HL_TITLE_MAX_BYTES 2000
#define HL_ID_MAX_BYTES 256
#define HL_SOURCE_MAX_BYTES 256
#define HL_URL_MAX_BYTES 2048
#define HL_LANG_MAX_BYTES 16
#define HL_SUMMARY_MAX_BYTES 8192
#define HL_COLLECTION_MAX_BYTES 64

struct hl_text {
    const char *data; /* may be NULL when length is 0 */
    size_t length;
};

/* ---- settings ------------------------------------------------------------------------------------------------- */

/* Kinds of settings in settings.def. */
#define HL_SETTING_WHOLE 1
#define HL_SETTING_FIXED 2

struct hl_settings {
#define HL_SETTING(name, default_value, min_value, max_value, kind, help) double name;
#include <headlined/settings.def>
#undef HL_SETTING
};

/* The defaults of settings.def. */
struct hl_settings hl_settings_default(void);

/*
 * Sets one setting by name. HL_INVALID (with the bounds in @error) when the name is unknown or the value out of bounds, not
 * finite, or not whole where it must be; @settings is unchanged then.
 */
enum hl_status hl_settings_set(struct hl_settings *settings, const char *name, double value, struct hl_error *error);

struct hl_setting_info {
    const char *name;
    double default_value, min_value, max_value;
    bool whole; /* takes whole numbers only */
    bool fixed; /* a collection can change it only while it holds no headline (hl_engine_settings_set) */
    const char *help;
};

/* The rows of settings.def in order; *@count gets their number. Constant storage. */
const struct hl_setting_info *hl_settings_info(size_t *count);

/* The value of the setting in row @row of hl_settings_info. */
double hl_settings_value(const struct hl_settings *settings, size_t row);

/* Whether all values are equal. */
bool hl_settings_equal(const struct hl_settings *one, const struct hl_settings *other);

/* ---- engine --------------------------------------------------------------------------------------------------- */

/* All memory of an engine comes from here. Sizes are passed back, so that an allocator can account without headers. */
struct hl_allocator {
    void *(*allocate)(void *context, size_t bytes);                                  /* NULL on failure; @bytes > 0 */
    void *(*resize)(void *context, void *block, size_t old_bytes, size_t new_bytes); /* as realloc; both > 0 */
    void (*release)(void *context, void *block, size_t bytes);
    void *context;
};

struct hl_engine_options {
    const struct hl_allocator *allocator; /* borrowed for the engine's life; NULL: malloc, realloc, free */
    uint64_t hash_seed;                   /* of the hash tables; changes no result */
    /*
     * Live headlines expire to stay below it; 0: no limit. What the records are made of counts, by a rule that every engine with the same
     * state agrees on, whether it was loaded or not; 20 MB of caches and the allocator's waste (a tenth at most, usually) come on top.
     */
    uint64_t memory_max_bytes;
    uint32_t collections_max;    /* 0: 64 */
    struct hl_settings settings; /* of every new collection, until hl_engine_settings_set changes them */
};

typedef struct hl_engine hl_engine;

/* Defaults: malloc, seed 0, no memory limit, hl_settings_default(). */
struct hl_engine_options hl_engine_options_default(void);

/* Creates an engine; copies @options. HL_NO_MEMORY or HL_INVALID (settings out of bounds); *@out is unchanged on error. */
enum hl_status hl_engine_create(const struct hl_engine_options *options, hl_engine **out, struct hl_error *error);

/*
 * Other limits, and other settings for collections that come: memory_max_bytes, collections_max (read as at least the number of those that are
 * there) and settings of @options; the rest is not looked at. Like an add, it belongs to the calls that make the state. HL_INVALID (settings out
 * of bounds), HL_NO_MEMORY; nothing is changed then.
 */
enum hl_status hl_engine_options_set(hl_engine *engine, const struct hl_engine_options *options,
                                     struct hl_error *error);

/* Frees everything. @engine may be NULL. */
void hl_engine_destroy(hl_engine *engine);

/* ---- headlines in --------------------------------------------------------------------------------------------- */

struct hl_headline {
    struct hl_text title;   /* required */
    struct hl_text id;      /* optional; the engine makes one ("~" and a number) when empty; may not begin with "~" */
    struct hl_text source;  /* optional: name of the outlet or feed */
    struct hl_text url;     /* optional */
    struct hl_text lang;    /* optional: BCP 47 tag such as "en" or "pt-BR"; guessed when empty */
    struct hl_text summary; /* optional: evidence for stories, at summary_weight; never for duplicates */
    struct hl_text collection; /* optional: "default" when empty; letters, digits, "-", "_", "." */
    int64_t published_ms;      /* optional: HL_TIME_NONE; a date in the future of now_ms is read as now_ms */
};

enum hl_verdict {
    HL_VERDICT_NEW,      /* founds a story */
    HL_VERDICT_EXACT,    /* same normalised text as duplicate_of */
    HL_VERDICT_NEAR,     /* interchangeable with duplicate_of */
    HL_VERDICT_RELATED,  /* joins a story */
    HL_VERDICT_REPLAYED, /* same id and same title as before: nothing changed, its first summary stays */
    HL_VERDICT_REVISED,  /* same id, new text: the old text was replaced */
    HL_VERDICT_COUNT
};

/* "new", "exact", ...: constant storage. */
const char *hl_verdict_name(enum hl_verdict verdict);

struct hl_result {
    enum hl_verdict verdict;
    uint64_t seq;             /* number of this input in the engine's order; 0 from hl_engine_check */
    struct hl_text id;        /* the given or made id; "" from hl_engine_check when none was given */
    uint64_t story;           /* id of its story; 0 from hl_engine_check when it would found one */
    uint64_t story_headlines; /* live headlines of that story, this one included when stored */
    uint64_t topic; /* that story's; 0 when it is alone with its matter, and from check when it would found one */
    struct hl_text duplicate_of; /* id of the original for exact and near; else length 0 */
    unsigned distance_bits; /* fingerprint distance to duplicate_of, else to the most similar live headline looked at */
    bool has_distance;      /* false when there was nothing to compare with */
    /* 0..1: 1 for exact; for near and related the score that decided; for new the best score refused */
    double similarity;
    /* exact, from the same source (or with neither source nor id): counted, its id kept as an alias, nothing else stored */
    bool sighting;
    struct hl_fingerprint fingerprint;
};

/*
 * Adds one headline at time @now_ms (which should not run backwards; a smaller value is read as hl_engine_now). Bounded
 * work whatever the window's size. *@result is filled on HL_OK.
 * Errors: HL_INVALID (field named in @error: not UTF-8, empty, no letter and no digit, control character, bad collection, id or
 * language), HL_TOO_LARGE (field over its limit), HL_LIMIT (too many collections), HL_NO_MEMORY. On error nothing is
 * changed and *@result is untouched; but what had left the window may be dropped before HL_NO_MEMORY is found, and before a replayed
 * headline is recognised: hl_engine_has_expired says so.
 */
enum hl_status hl_engine_add(hl_engine *engine, const struct hl_headline *headline, int64_t now_ms,
                             struct hl_result *result, struct hl_error *error);

/* What hl_engine_add would answer, storing and counting nothing. Same errors (never HL_LIMIT). */
enum hl_status hl_engine_check(hl_engine *engine, const struct hl_headline *headline, int64_t now_ms,
                               struct hl_result *result, struct hl_error *error);

/* Removes the headline with this id (or alias). HL_NOT_FOUND when there is none. @collection "" means "default". */
enum hl_status hl_engine_remove(hl_engine *engine, struct hl_text collection, struct hl_text id, int64_t now_ms,
                                struct hl_error *error);

/* ---- settings of a collection ----------------------------------------------------------------------------------- */

/*
 * The one setting that is a list: names of sources, best first, with line feeds between them, at most 64 and 4096 bytes in all. A story is then shown by a
 * headline of the best of these sources that it has (hl_story_view). A new collection has none.
 */
#define HL_PREFER_SOURCES "prefer_sources"
#define HL_PREFER_SOURCES_MAX 64
#define HL_PREFER_SOURCES_BYTES 4096

struct hl_setting_change {
    const char *name; /* NUL-terminated */
    double value;
    bool reset;          /* back to what a new collection gets; @value and @text are not looked at */
    struct hl_text text; /* of HL_PREFER_SOURCES, in place of @value */
};

/*
 * Changes settings of one collection from the next headline on, all of @changes or none (of two with one name the later counts). An input like
 * add and remove: it is given a number (*@seq, may be NULL), and the same calls in the same order give the same state. What stands already is
 * not grouped anew. A smaller window expires (a larger one keeps what nobody has dropped yet), and stories that a longer half-life can be joined
 * to again come back, a few with each add and tick. The collection comes into being when it is not there yet, so that it can be set up before
 * its first headline.
 *
 * HL_INVALID: unknown name, out of bounds, not whole, no change at all, a bad collection name, or a setting marked fixed (hl_setting_info)
 * while the collection holds headlines. Only story_idf is: document frequencies are counted by it, and counting a window anew is not
 * bounded work. HL_LIMIT: too many collections. HL_NO_MEMORY. Nothing is changed on error. O(@count).
 */
enum hl_status hl_engine_settings_set(hl_engine *engine, struct hl_text collection,
                                      const struct hl_setting_change *changes, size_t count, int64_t now_ms,
                                      uint64_t *seq, struct hl_error *error);

/*
 * The settings of a collection into @settings and those that a new one gets into @initial (may be NULL). The default collection can be
 * asked before it is there; HL_NOT_FOUND for another that is not.
 */
enum hl_status hl_engine_settings_get(hl_engine *engine, struct hl_text collection, struct hl_settings *settings,
                                      struct hl_settings *initial, struct hl_error *error);

/* The preferred sources of a collection, as they were set; length 0: none, or no such collection. */
struct hl_text hl_engine_prefer_sources(hl_engine *engine, struct hl_text collection);

/* ---- time passes ------------------------------------------------------------------------------------------------ */

/*
 * Expires what has left the window at @now_ms, at most @budget headlines. Returns true when more is left to do. Call it
 * a few times a second; hl_engine_add does a few steps of its own, so that a firehose cannot outrun it.
 */
bool hl_engine_tick(hl_engine *engine, int64_t now_ms, unsigned budget);

/*
 * For those who write down what changes an engine, so that the same calls can make the same state again. What changes it: an add that was
 * not answered HL_VERDICT_REPLAYED, a removal, a change of settings or options; and each add, whatever came of it, and each tick, after which
 * hl_engine_has_expired says that it let something go (a headline, or the postings of a story nobody can join any more).
 */
bool hl_engine_has_expired(const hl_engine *engine);

/*
 * The engine's time: that of the last call that changed something; before the first the smallest possible. After a change it is the time to write
 * down, since that is what the engine went by when the clock had run backwards.
 */
int64_t hl_engine_now(const hl_engine *engine);

/* What an add that ends with HL_NO_MEMORY lets go, and nothing else: to do again where one failed. Errors as hl_engine_add. */
enum hl_status hl_engine_make_room(hl_engine *engine, const struct hl_headline *headline, int64_t now_ms,
                                   struct hl_error *error);

/* ---- what happens inside, for those who follow it --------------------------------------------------------------- */

enum hl_event_kind {
    HL_EVENT_STORY_CREATED,    /* story, headline: the one that founds it */
    HL_EVENT_HEADLINE_JOINED,  /* headline, story: also for the founding headline */
    HL_EVENT_STORY_GREW,       /* story, headline: the one that has just joined; not for the founding one */
    HL_EVENT_STORY_MERGED,     /* story was absorbed by other_story and now redirects there */
    HL_EVENT_STORY_SPLIT,      /* other_story left story; its headlines follow as HEADLINE_MOVED */
    HL_EVENT_HEADLINE_MOVED,   /* headline went from story to other_story */
    HL_EVENT_HEADLINE_EXPIRED, /* headline left story: gone says why */
    HL_EVENT_STORY_EXPIRED,    /* story has no live headline left */
    HL_EVENT_TOPIC_CREATED,    /* topic: its stories follow as STORY_TOPIC */
    HL_EVENT_STORY_TOPIC,      /* story is in topic now (0: in none; other_topic is then the one it left) */
    HL_EVENT_TOPIC_MERGED,     /* topic was absorbed by other_topic, with its stories, and now redirects there */
    HL_EVENT_TOPIC_EXPIRED     /* topic has no story left */
};

/* Why a headline left. */
enum hl_gone {
    HL_GONE_EXPIRED, /* it left the window */
    HL_GONE_REMOVED, /* hl_engine_remove */
    HL_GONE_REVISED  /* a new text took its place */
};

struct hl_headline_view;

/* What is not said of a kind is 0, or empty. */
struct hl_event {
    enum hl_event_kind kind;
    uint64_t number; /* from 1, one more with each event of the engine over the life of its state, observed or not */
    uint64_t seq;    /* of headline */
    uint64_t story;
    uint64_t other_story;
    int64_t at_ms;
    uint64_t topic, other_topic; /* topic: as the story is shown, but for events of topics as they are told above */
    struct hl_text collection;
    const struct hl_headline_view *headline; /* borrowed for the call */
    enum hl_gone gone;
    /* Live headlines after the event of story, or of other_story when it was merged or moved to; of events of headlines and stories. */
    uint64_t story_headlines;
    uint32_t story_sources; /* STORY_GREW: as in hl_story_view */
};

/*
 * Called synchronously inside add, remove, make_room and tick; must not call the engine. NULL switches it off. What is told follows from the
 * calls alone: the same calls tell the same events with the same numbers.
 */
typedef void (*hl_observer)(void *context, const struct hl_event *event);
void hl_engine_observe(hl_engine *engine, hl_observer observer, void *context);

/* The number of the last event; 0: there was none. */
uint64_t hl_engine_events(const hl_engine *engine);

/* ---- questions -------------------------------------------------------------------------------------------------- */

struct hl_headline_view {
    uint64_t seq;
    struct hl_text id, title, source, url, lang, summary, collection; /* lang: as given, else as guessed, else "" */
    int64_t received_ms;
    int64_t published_ms; /* HL_TIME_NONE when not given */
    uint64_t story;
    uint64_t topic;              /* of its story; 0: none */
    enum hl_verdict verdict;     /* as answered on arrival */
    struct hl_text duplicate_of; /* id, as answered on arrival, if it is still live; else length 0 */
    uint64_t sightings;          /* further polls of the same text from the same source */
    int64_t last_seen_ms;        /* received time of the last sighting, or received_ms */
    struct hl_fingerprint fingerprint;
};

/* Looks a live headline up by id or alias, O(1). HL_NOT_FOUND leaves *@view untouched. */
enum hl_status hl_engine_get(hl_engine *engine, struct hl_text collection, struct hl_text id,
                             struct hl_headline_view *view, struct hl_error *error);

struct hl_story_view {
    uint64_t story;
    uint64_t redirected_from; /* the id asked for, when it was absorbed; else 0 */
    uint64_t topic;           /* 0: none */
    struct hl_text collection;
    uint64_t headlines;        /* live headlines stored */
    uint64_t sightings;        /* further polls counted on them */
    uint32_t sources;          /* distinct known sources among the live headlines (counted up to 64) */
    int64_t first_ms, last_ms; /* received time of the first and the last live headline */
    double trending;           /* arrivals with decay, at now_ms */
    struct hl_headline_view representative;
    struct hl_headline_view first; /* by observed arrival */
};

/*
 * A story by id; an absorbed id answers with the survivor. The *representative* is, among the first headline and the 31
 * latest, the one whose words are most central to the story (cosine with the story's centroid); ties go to the
 * earlier. When preferred sources (HL_PREFER_SOURCES) are among the first headline and the 512 latest, only those of the best of them count. HL_NOT_FOUND when the
 * id is unknown or expired.
 */
enum hl_status hl_engine_story(hl_engine *engine, uint64_t story, int64_t now_ms, struct hl_story_view *view,
                               struct hl_error *error);

/*
 * Headlines of a story in arrival order, those with seq > @after_seq, at most @limit (at most 1000) into @out; *@count gets how many.
 * *@more says whether others follow. HL_NOT_FOUND as above.
 */
enum hl_status hl_engine_story_headlines(hl_engine *engine, uint64_t story, uint64_t after_seq,
                                         struct hl_headline_view *out, size_t limit, size_t *count, bool *more,
                                         struct hl_error *error);

enum hl_history_kind { HL_HISTORY_ABSORBED, HL_HISTORY_SPLIT_OFF, HL_HISTORY_SPLIT_FROM };

struct hl_history {
    enum hl_history_kind kind; /* this story absorbed other_story / gave other_story away / came out of other_story */
    uint64_t other_story;
    uint64_t headlines; /* that moved */
    int64_t at_ms;
};

/* The latest merges and splits of a story, oldest first, at most @limit; a story remembers its last 32. */
enum hl_status hl_engine_story_history(hl_engine *engine, uint64_t story, struct hl_history *out, size_t limit,
                                       size_t *count, struct hl_error *error);

/* Distinct sources of a story with the seq and time of their first live headline, first come first, at most @limit. */
struct hl_source_view {
    struct hl_text source;
    uint64_t headlines;
    uint64_t first_seq;
    int64_t first_ms;
};
enum hl_status hl_engine_story_sources(hl_engine *engine, uint64_t story, struct hl_source_view *out, size_t limit,
                                       size_t *count, struct hl_error *error);

enum hl_story_order { HL_ORDER_LATEST, HL_ORDER_SIZE, HL_ORDER_TRENDING };

struct hl_cursor { /* where a list stopped; all zero: from the start */
    double key;
    uint64_t story;
};

struct hl_story_query {
    struct hl_text collection;
    enum hl_story_order order;
    int64_t since_ms, until_ms; /* last arrival within [since, until]; HL_TIME_NONE: open */
    struct hl_text source;      /* stories with a live headline of this source (case-sensitive); "" for any */
    struct hl_text lang;        /* stories whose first headline has this language; "" for any */
    struct hl_text text;        /* stories that hold every word of this text; "" for any */
    uint64_t headlines_min;     /* 0 and 1: any */
    struct hl_cursor after;
    size_t limit; /* at most 1000 */
};

/*
 * Stories that fit @query into @out (room for @query->limit); *@count gets how many. *@next gets the cursor for the next page, and
 * *@more whether there is one. Looks at the 100,000 most recently active stories of two or more headlines and the
 * 20,000 most recently active single ones at most (*@truncated says when it stopped there).
 * HL_INVALID for a limit of 0 or over 1000; HL_NOT_FOUND for an unknown collection other than the default.
 */
enum hl_status hl_engine_stories(hl_engine *engine, const struct hl_story_query *query, int64_t now_ms,
                                 struct hl_story_view *out, size_t *count, struct hl_cursor *next, bool *more,
                                 bool *truncated, struct hl_error *error);

/*
 * A *topic* is stories about one matter ("the peace talks", "the trial of X"), on a longer clock than a story. It is made when a second story about
 * the matter is found, so that a story alone with its matter has none; a story belongs to at most one. Its id stays for life; when topics merge the
 * older one survives, unless it is far smaller, and the absorbed id keeps answering for it. A topic that loses stories lives until the last is gone;
 * while there is one left, that is shown without a topic, since it is alone.
 */
#define HL_TOPIC_TERMS 5
#define HL_TOPIC_TERM_BYTES 64

/* A word that tells what a topic is about, as most of its titles spell it, cut to whole characters if it is longer; ends with NUL. */
struct hl_topic_term {
    char text[HL_TOPIC_TERM_BYTES];
    size_t length;
    uint32_t stories; /* that are known by it */
};

struct hl_topic_view {
    uint64_t topic;
    uint64_t redirected_from; /* the id asked for, when it was absorbed; else 0 */
    struct hl_text collection;
    uint64_t stories, headlines;                /* live */
    int64_t first_ms, last_ms;                  /* received time of the first and the last live headline */
    double trending;                            /* arrivals with decay, at now_ms */
    struct hl_topic_term terms[HL_TOPIC_TERMS]; /* most telling first */
    size_t term_count;                          /* usually 2 or more; 0 when nothing tells */
    struct hl_headline_view representative; /* that of the story which has most of the terms; of those the largest */
};

/* A topic by id; an absorbed id answers with the survivor. O(stories), at most 1000. HL_NOT_FOUND when unknown or expired; HL_NO_MEMORY. */
enum hl_status hl_engine_topic(hl_engine *engine, uint64_t topic, int64_t now_ms, struct hl_topic_view *view,
                               struct hl_error *error);

/*
 * Stories of a topic, the last active first, at most @limit (1 to 1000) into @out; *@count gets how many. *@cursor says where the page before
 * stopped, all zero from the start, and gets where this one did; *@more whether others follow. HL_INVALID (limit), HL_NOT_FOUND.
 */
enum hl_status hl_engine_topic_stories(hl_engine *engine, uint64_t topic, int64_t now_ms, struct hl_story_view *out,
                                       size_t limit, size_t *count, struct hl_cursor *cursor, bool *more,
                                       struct hl_error *error);

struct hl_topic_query {
    struct hl_text collection;
    enum hl_story_order order;  /* HL_ORDER_SIZE: most stories first */
    int64_t since_ms, until_ms; /* last change within [since, until]; HL_TIME_NONE: open */
    struct hl_text text;        /* topics some of whose stories are known by each word of this text; "" for any */
    uint64_t stories_min;       /* 0 and 1: any */
    struct hl_cursor after;     /* its story is a topic's id */
    size_t limit;               /* at most 1000 */
};

/*
 * Topics that fit @query into @out (room for @query->limit), as hl_engine_stories does it. Looks at the 20,000 most recently active topics at most.
 * HL_INVALID for a limit of 0 or over 1000, HL_NOT_FOUND for an unknown collection other than the default, HL_NO_MEMORY.
 */
enum hl_status hl_engine_topics(hl_engine *engine, const struct hl_topic_query *query, int64_t now_ms,
                                struct hl_topic_view *out, size_t *count, struct hl_cursor *next, bool *more,
                                bool *truncated, struct hl_error *error);

/*
 * Everything that is live, for who copies a state out. Calls @visit for each headline of a collection in the order they came, with the further
 * ids it was seen under (at most 64); must not change the engine. What @visit returns other than HL_OK ends it. O(n log n).
 * HL_NOT_FOUND (collection other than the default), HL_NO_MEMORY.
 */
typedef enum hl_status hl_headline_visit(void *context, const struct hl_headline_view *view,
                                         const struct hl_text *aliases, size_t alias_count, struct hl_error *error);
enum hl_status hl_engine_each_headline(hl_engine *engine, struct hl_text collection, hl_headline_visit *visit,
                                       void *context, struct hl_error *error);

/* Ids that a story or topic has absorbed and answers for, into @out, at most @limit; returns how many. There are at most 512, or 64. */
size_t hl_engine_story_absorbed(hl_engine *engine, uint64_t story, uint64_t *out, size_t limit);
size_t hl_engine_topic_absorbed(hl_engine *engine, uint64_t topic, uint64_t *out, size_t limit);

struct hl_engine_stats {
    uint64_t seq;              /* inputs accepted so far, by the whole engine */
    uint64_t headlines;        /* live, stored */
    uint64_t stories;          /* live */
    uint64_t stories_multiple; /* live, of two or more headlines */
    uint64_t topics;           /* live */
    uint64_t collections;
    uint64_t features; /* words and pairs in the vocabularies */
    uint64_t
        memory_bytes; /* held from the allocator, by the whole engine (OpenSSL's and libstemmer's few contexts are not) */
    uint64_t verdicts[HL_VERDICT_COUNT]; /* answered by hl_engine_add since creation; replayed: by this process */
    uint64_t sightings, removed;
    uint64_t expired_age, expired_count, expired_memory;
    uint64_t merges, splits, split_tests;
    uint64_t topic_merges;
    uint64_t topic_moves;       /* stories that left a topic, for another or for none */
    uint64_t skipped_no_memory; /* merges, splits and notes of what was seen, left out for want of memory */
    uint64_t
        redirects_dropped; /* absorbed ids forgotten by stories that absorbed more than 512 others, topics more than 64 */
};

/* Totals over all collections, or of one ("" = all). HL_NOT_FOUND for an unknown one. */
enum hl_status hl_engine_stats(hl_engine *engine, struct hl_text collection, struct hl_engine_stats *out,
                               struct hl_error *error);

/* Names of the live collections in order of creation: *@out is valid until the next change. Returns their number. */
size_t hl_engine_collections(hl_engine *engine, const struct hl_text **out);

/* ---- why ---------------------------------------------------------------------------------------------------------- */

#define HL_EXPLAIN_STORIES_MAX 8
#define HL_EXPLAIN_TERMS_MAX 128 /* all that an engine looks at in a title */
#define HL_EXPLAIN_TERM_BYTES 64

/* What the score of a headline against a story is made of: factors.def. */
struct hl_factors {
#define HL_FACTOR(name, decimals, help) double name;
#include <headlined/factors.def>
#undef HL_FACTOR
};

struct hl_factor_info {
    const char *name;
    int decimals; /* worth showing */
    const char *help;
};

/* The rows of factors.def, in the order of the doubles in struct hl_factors; *@count gets their number. Constant storage. */
const struct hl_factor_info *hl_factors_info(size_t *count);

/* Why two titles are, or are not, interchangeable: near.def. Only HL_NEAR_interchangeable means near. */
enum hl_near_why {
#define HL_NEAR(name, help) HL_NEAR_##name,
#include <headlined/near.def>
#undef HL_NEAR
    HL_NEAR_COUNT
};

/* Its name and what it means: constant storage. */
const char *hl_near_why_name(enum hl_near_why why);
const char *hl_near_why_help(enum hl_near_why why);

/* A word (its stem) or a pair of adjacent words of a title. */
struct hl_explained_term {
    char text[HL_EXPLAIN_TERM_BYTES]; /* NUL-terminated; cut when longer */
    bool is_pair;
    bool is_summary; /* a word that the summary has and the title has not */
    bool is_hot;     /* in too large a share of the stream to count */
    double share;    /* of the stream (a further headline of one story counts story_idf), this headline included */
    double idf;      /* natural logarithm */
    double weight;   /* idf by position and length of the title */
};

/* A title as the engine reads it. */
struct hl_explained_title {
    struct hl_text id; /* length 0: not stored */
    struct hl_text title;
    struct hl_text text; /* normalised words, tails cut: what is compared */
    struct hl_text tail; /* what was cut from the end; length 0: nothing */
    bool tail_guessed;   /* on its looks: it still tells texts apart */
    struct hl_text lang; /* given or guessed; "" when unknown */
    struct hl_fingerprint fingerprint;
    uint64_t story;      /* where it stands; 0 when not stored */
    int64_t event_ms;    /* the time that decay goes by */
    uint32_t term_count; /* heaviest first */
    struct hl_explained_term terms[HL_EXPLAIN_TERMS_MAX];
};

/* A term of the title at hand that the story (or the other title) has too. */
struct hl_explained_shared {
    uint32_t term; /* position in the title's terms */
    double weight; /* in the story, whose terms all together have length 1 */
    double part;   /* of factors.terms; 0 for a hot one. The parts add up to it */
};

/*
 * A join as arithmetic:
 *   margin = best - rival_weight * second - noise_weight * noise (the mean score of the third to sixth candidate: what chance makes of it)
 *   threshold = join_threshold + cold_margin (of a young stream) + noise_margin (stream_noise_weight * the running mean of noise)
 */
struct hl_join {
    double best, second, rival_weight, noise, noise_weight, margin;
    double join_threshold, cold_margin, noise_margin, threshold;
    bool is_full; /* the best story takes no more headlines */
    bool joins;   /* margin >= threshold, and not full */
};

/* The check of one headline against another: are they interchangeable? */
struct hl_explained_near {
    struct hl_text id; /* of the other headline; length 0: there is none, or it is not stored */
    unsigned distance_bits;
    enum hl_near_why why;
    struct hl_text first, second; /* the words it is about, of the headline at hand and of the other; may be empty */
};

struct hl_explained_story {
    uint64_t story;
    uint64_t headlines;   /* without the headline at hand */
    struct hl_text title; /* of its first headline other than that */
    bool is_own;          /* the headline at hand stands in it */
    bool is_candidate; /* found through its words and scored for the decision; others are shown for comparison only */
    struct hl_factors factors;
    uint32_t shared_count;
    struct hl_explained_shared shared[HL_EXPLAIN_TERMS_MAX]; /* in the order of the title's terms */
};

struct hl_explanation {
    struct hl_explained_title title;
    /* On arrival; for a stored headline only. */
    enum hl_verdict arrival_verdict;
    struct hl_text arrival_duplicate_of; /* if it is still live */
    uint64_t arrival_story; /* as answered; title.story differs when merges and splits have moved it since */
    /* What would be decided now, if it were not there. */
    enum hl_verdict verdict;
    uint64_t story; /* 0: it would found one */
    struct hl_text duplicate_of;
    double similarity;
    struct hl_join join;
    uint32_t story_count; /* its own first, then the best others */
    struct hl_explained_story stories[HL_EXPLAIN_STORIES_MAX];
    bool has_nearest;
    struct hl_explained_near nearest; /* the headline it duplicates, else the most similar one looked at */
    struct hl_settings settings;      /* in force */
};

/*
 * Why a headline is where it is, and what came second. @which names a live headline by its id (or alias), title left empty; or it is a
 * headline that is not stored, id left empty, of which is told what hl_engine_check would do with it. Everything is computed by the functions that
 * decide, against the state as it is now with the headline itself taken out; nothing is changed. What cannot be taken out again stays as it is: an
 * entry that a full list lost to the headline, terms that were pruned for it, a tail that it made known. Otherwise an explanation right after the
 * add repeats its decision to the last bit, but for noise: the add itself moved its running means a little, so that noise, scores, margin and
 * threshold come out slightly different, and so may a decision that was as close.
 *
 * *@out (45 kB) is filled on HL_OK; its text is borrowed and valid until the next call on the engine. Bounded work, but that
 * the headlines of its story are walked through once when it is the first or the last of them.
 * Errors: HL_NOT_FOUND (no such headline; no such collection but the default), HL_INVALID (id and title, or neither), those of
 * hl_engine_check, and HL_LIMIT (a title in a default collection that cannot be opened even for a moment).
 */
enum hl_status hl_engine_explain(hl_engine *engine, const struct hl_headline *which, int64_t now_ms,
                                 struct hl_explanation *out, struct hl_error *error);

struct hl_pair_explanation {
    struct hl_explained_title first, second;
    struct hl_factors factors; /* of the second against a story that holds nothing but the first */
    struct hl_join join;       /* as if that were the only story */
    uint32_t shared_count;
    struct hl_explained_shared shared[HL_EXPLAIN_TERMS_MAX]; /* in the order of the second one's terms */
    bool is_exact;                                           /* the same normalised text */
    struct hl_explained_near near;                           /* of the second against the first, and why */
    struct hl_settings settings;
};

/*
 * What two headlines have in common, and whether the second would join, duplicate or leave alone a story of the first. Each is named as in
 * hl_engine_explain; both belong to the collection of @first. Where one has no time of its own the two are taken as simultaneous.
 * Changes nothing. Borrowed text and errors as there; the field of an error in the second has "other_" before it.
 */
enum hl_status hl_engine_explain_pair(hl_engine *engine, const struct hl_headline *first,
                                      const struct hl_headline *second, int64_t now_ms, struct hl_pair_explanation *out,
                                      struct hl_error *error);

#ifdef __cplusplus
}
#endif
#endif
