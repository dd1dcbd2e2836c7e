/*
 * questions.h - what people ask of a stream of news, answered by an engine (engine.h) from what is live.
 *
 * Nothing here changes an engine, and the same state and the same arguments give the same answer. The work of every question is bounded,
 * whatever the window holds: a few milliseconds. Where the bound may leave something out, the answer says so (truncated). Words, times, text and the
 * rules of borrowing are those of engine.h. Unless a function says otherwise, HL_NOT_FOUND is for a collection that is not there, other than
 * the default one, and on error nothing is filled.
 */
#ifndef HEADLINED_QUESTIONS_H
#define HEADLINED_QUESTIONS_H

#include <headlined/engine.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- collections ------------------------------------------------------------------------------------------------ */

struct hl_collection_view {
    struct hl_text collection;
    uint64_t headlines, stories, topics; /* live */
    int64_t last_ms; /* when something last came in that is live, a sighting included; HL_TIME_NONE: nothing is */
};

/* The live collections in order of creation, at most @limit, into @out; returns how many. O(@limit). */
size_t hl_engine_collection_views(hl_engine *engine, struct hl_collection_view *out, size_t limit);

/* ---- the timeline of a story ------------------------------------------------------------------------------------ */

#define HL_TIMELINE_BUCKETS_MIN 2 /* one may not do, since a bucket begins at a multiple of its length */
#define HL_TIMELINE_BUCKETS_MAX 500
#define HL_TIMELINE_SOURCES_MAX 64
#define HL_TIMELINE_MOMENTS_MAX (HL_TIMELINE_SOURCES_MAX + 32 + 2) /* sources, history, first and peak */

enum hl_moment_kind {
    HL_MOMENT_FIRST,      /* headline: the first */
    HL_MOMENT_SOURCE,     /* headline: the first of a further source */
    HL_MOMENT_ABSORBED,   /* other_story, headlines: hl_history */
    HL_MOMENT_SPLIT_OFF,  /* the same */
    HL_MOMENT_SPLIT_FROM, /* the same */
    HL_MOMENT_PEAK,       /* headlines: of the bucket with the most, the first of such; not told below two */
    HL_MOMENT_COUNT
};

/* "first", "source", ...: constant storage. */
const char *hl_moment_name(enum hl_moment_kind kind);

struct hl_moment {
    enum hl_moment_kind kind;
    int64_t at_ms;        /* received time; of a peak the beginning of its bucket */
    uint64_t other_story; /* 0: none */
    uint64_t headlines;   /* 0: says nothing of them */
    bool has_headline;
    struct hl_headline_view headline;
};

struct hl_timeline {
    uint64_t story;
    uint64_t redirected_from; /* the id asked for, when it was absorbed; else 0 */
    struct hl_text collection;
    int64_t start_ms, bucket_ms; /* the first bucket holds the first live headline, the last one the last */
    size_t count;
    uint32_t counts[HL_TIMELINE_BUCKETS_MAX];     /* headlines by received time */
    uint32_t duplicates[HL_TIMELINE_BUCKETS_MAX]; /* of them exact and near ones */
    size_t moment_count;
    struct hl_moment moments[HL_TIMELINE_MOMENTS_MAX]; /* by time; at the same time in the order of their kinds */
};

/*
 * How a story went: its live headlines in at most @buckets equal spans of time, each a round one (1, 2, 5, 10, 15, 30 seconds or minutes; 1, 2, 3,
 * 6, 12 hours; 1, 2, 7 days; then twice as long and so on) and beginning at a multiple of it, and what happened when. The first 64 sources
 * and the last 32 merges and splits are told. An absorbed id answers with the survivor. *@out (50 kB) is filled on HL_OK. O(headlines of the
 * story), of which there are at most 20,000. HL_INVALID (@buckets out of bounds), HL_NOT_FOUND (story).
 */
enum hl_status hl_engine_timeline(hl_engine *engine, uint64_t story, size_t buckets, struct hl_timeline *out,
                                  struct hl_error *error);

/* ---- the arrivals of a story, for a small chart ------------------------------------------------------------------ */

#define HL_ARRIVALS_COUNT 24
#define HL_ARRIVALS_BUCKET_MS (INT64_C(3600) * 1000)

struct hl_arrivals {
    int64_t end_ms; /* now_ms; for a story that has been silent for longer than this shows, its last arrival */
    uint32_t counts
        [HL_ARRIVALS_COUNT]; /* live headlines received in each hour, oldest first, the last hour ending at end_ms */
};

/* Of the story's 1,000 latest headlines those of the last 24 hours. O(1,000). HL_NOT_FOUND (story). */
enum hl_status hl_engine_story_arrivals(hl_engine *engine, uint64_t story, int64_t now_ms, struct hl_arrivals *out,
                                        struct hl_error *error);

/* ---- search ----------------------------------------------------------------------------------------------------- */

#define HL_SEARCH_MAX_BYTES 512
#define HL_SEARCH_WORDS_MAX 16
#define HL_SEARCH_PREFIXES_MAX 8

enum hl_search_order { HL_SEARCH_RANK, HL_SEARCH_LATEST };

struct hl_search_query {
    struct hl_text collection;
    struct hl_text q; /* required: words; "words in a row" in double quotes; beginnings of words with a star: flood* */
    struct hl_text source;      /* headlines of this source (case-sensitive); "" for any */
    struct hl_text lang;        /* headlines in this language ("pt" fits "pt-BR"); "" for any */
    int64_t since_ms, until_ms; /* received within [since, until]; HL_TIME_NONE: open */
    enum hl_search_order order;
    struct hl_cursor after; /* its story is a headline's seq */
    size_t limit;           /* at most 1000 */
};

struct hl_search_hit {
    struct hl_headline_view headline;
    double score; /* 0..1 */
};

/*
 * Live headlines that hold everything @query asks for into @out (room for @query->limit); *@count gets how many, *@next the cursor for the next page,
 * *@more whether there is one.
 *
 * A word is found in any of its forms (by its stem, in the language of each headline) in the title, among its first 64 words and without an outlet's
 * tail, and among the summary's words that the engine keeps. Words in a row, and beginnings, are found in the normalised title as they are spelled,
 * in any case; a beginning has at least two bytes.
 *
 * HL_SEARCH_RANK: by the cosine of the query and the headline's own words, each by its weight on arrival: rare words and those that stand at the beginning of a
 * short title count more, words of a summary less. Equal ones, and all with HL_SEARCH_LATEST, come newest first.
 *
 * The answer is complete when a word is so rare that the index leads to all headlines with it, whatever the window holds; and when looking at all
 * headlines is bearable, which it is for some hundred thousand, unless most of them hold the words or thousands must be read for words in a row.
 * Otherwise those seen last are looked at: 125,000 that do not hold the words, 60,000 that do or 3,000 that must be read. Then *@truncated says that
 * older ones may be missing.
 *
 * HL_INVALID: q (no word in it, not UTF-8, too many words, too short a beginning), limit. HL_TOO_LARGE: q over HL_SEARCH_MAX_BYTES. HL_NOT_FOUND, HL_NO_MEMORY.
 */
enum hl_status hl_engine_search(hl_engine *engine, const struct hl_search_query *query, struct hl_search_hit *out,
                                size_t *count, struct hl_cursor *next, bool *more, bool *truncated,
                                struct hl_error *error);

/* ---- what is breaking ------------------------------------------------------------------------------------------- */

#define HL_BREAKING_WINDOW_MIN_MS (INT64_C(60) * 1000)
#define HL_BREAKING_WINDOW_MAX_MS (INT64_C(30) * 86400 * 1000)

struct hl_breaking_query {
    struct hl_text collection;
    struct hl_text source; /* stories with a headline of this source in the window; "" for any */
    struct hl_text lang;   /* stories whose first headline has this language; "" for any */
    int64_t window_ms;     /* what "now" is: the time up to now_ms that is set against what came before */
    uint64_t sources_min;  /* distinct known sources in the window, counted up to 64 */
    size_t limit;          /* at most 1000 */
};

/*
 * How fast a story grows, against its own past. With n headlines of m known sources in the window, and p live headlines before it, in a past of w windows
 * from the first of them to the beginning of the window:
 *
 *   expected = (p + 1) / (w + 1)                    headlines in a window, going by the past
 *   share    = sqrt(m / n), at most 1               what a headline counts: less where one source says much
 *   ratio    = (1 + share * n) / (1 + share * expected)
 *
 * A ratio and no difference, so that a story of hundreds of headlines that goes on as ever (ratio 1) does not stand above a new one of ten (ratio 5.5). The
 * ones are a prior of one headline in one window: a story without a past is expected to get one more headline, two headlines after silence are hardly news
 * (1.5 to 3), and small counts give small ratios. Headlines that have expired are no part of the past.
 */
struct hl_velocity {
    uint64_t headlines; /* n */
    uint32_t sources;   /* m */
    double per_hour;    /* n in an hour */
    double expected, ratio;
};

struct hl_breaking {
    struct hl_story_view story;
    struct hl_velocity velocity;
};

/*
 * Stories with a headline in the window, the greatest ratio first (of equal ones the younger story), at most @query->limit into @out; *@count gets how many. Looks
 * at 30,000 headlines, of the most recently active stories; *@truncated says that it stopped there. HL_INVALID (limit, window), HL_NOT_FOUND.
 */
enum hl_status hl_engine_breaking(hl_engine *engine, const struct hl_breaking_query *query, int64_t now_ms,
                                  struct hl_breaking *out, size_t *count, bool *truncated, struct hl_error *error);

/* ---- more like this --------------------------------------------------------------------------------------------- */

#define HL_SIMILAR_MAX 100

struct hl_similar {
    struct hl_headline_view headline;
    double similarity;      /* 0..1: the likeness by which headlines join stories, time and noise aside */
    unsigned distance_bits; /* of the fingerprints */
};

/*
 * Live headlines that are like @which, the most similar first (of equal ones the newest), at most @limit into @out; *@count gets how many. @which names a live
 * headline by its id (or alias), title left empty, or is a headline that is not stored, id left empty, as in hl_engine_explain. They are looked for
 * in the 64 stories that the index finds most like it, time aside: in the first headline and the 31 latest of each. (Stories that nothing has come to for ten
 * half-lives have left the index.)
 * Errors: HL_NOT_FOUND (no such headline or collection), HL_INVALID (id and title, or neither; limit), those of hl_engine_check.
 */
enum hl_status hl_engine_similar(hl_engine *engine, const struct hl_headline *which, size_t limit, int64_t now_ms,
                                 struct hl_similar *out, size_t *count, struct hl_error *error);

/* ---- sources: who had it first, who follows whom ---------------------------------------------------------------- */

#define HL_FOLLOWS_MAX 20

enum hl_source_order { HL_SOURCES_BY_HEADLINES, HL_SOURCES_BY_FIRST, HL_SOURCES_BY_LAG, HL_SOURCES_BY_NAME };

struct hl_sources_query {
    struct hl_text collection;
    struct hl_text source; /* this one alone; "" for all */
    int64_t since_ms,
        until_ms; /* stories whose first live headline was received within [since, until]; HL_TIME_NONE: open */
    enum hl_source_order
        order;          /* most headlines; most stories had first; shortest lag, those that never lag last; by bytes */
    size_t follows_max; /* of each source, at most HL_FOLLOWS_MAX */
    size_t limit;       /* at most 1000 */
};

/* Of the stories that @source had first, those where the other came later. */
struct hl_follow {
    struct hl_text source;
    uint64_t count;
    int64_t lag_median_ms;
};

/*
 * What a source has done. First is who had the first live headline of a story, by observed arrival; the lag of another is the time from there to its own
 * first headline. Shared are the stories of two known sources or more: only they tell who had it first.
 */
struct hl_source_figures {
    struct hl_text source;
    uint64_t headlines, duplicates; /* live; of them exact and near ones, as answered on arrival */
    uint64_t stories, shared;
    uint64_t first_count; /* of the shared ones, had first */
    int64_t
        lag_median_ms; /* over the shared ones it had later; HL_TIME_NONE: none. Of an even number the earlier of the two in the middle */
    int64_t last_ms; /* received time of its last headline */
    size_t follow_count;
    struct hl_follow follows[HL_FOLLOWS_MAX]; /* whom it follows most often first; of equals the first by name */
};

/*
 * The sources of live headlines, in order (equal ones by name), at most @query->limit into @out; *@count gets how many, *@more whether there are others.
 * Looks at the stories that were active last, 40,000 headlines in all, and tells of these alone: *@truncated says that there are older ones.
 * HL_INVALID (limit, follows_max), HL_NOT_FOUND (collection; a source that no live headline names), HL_NO_MEMORY.
 */
enum hl_status hl_engine_sources(hl_engine *engine, const struct hl_sources_query *query, struct hl_source_figures *out,
                                 size_t *count, bool *more, bool *truncated, struct hl_error *error);

#ifdef __cplusplus
}
#endif
#endif
