/*
 * state_format.h - what a saved state looks like, for save.c and load*.c: section kinds, the fields of each record, codes on disk.
 *
 * STATE.md has the bytes for people. A field more is a row here (and one there): writing, reading and sizes follow. Once a version has
 * been released its rows stay as they are, and a change makes a new version.
 */
#ifndef HL_ENGINE_STATE_FORMAT_H
#define HL_ENGINE_STATE_FORMAT_H

#include "core/bytes.h"
#include "engine/state.h"

#include <headlined/snapshot.h>

/* X(symbol, kind, name), in the order in which they are written. Kinds are never used again for something else. */
#define HL_STATE_SECTIONS(X)                                                                                           \
    X(ENGINE, 1, "engine")                                                                                             \
    X(SOURCES, 2, "sources")                                                                                           \
    X(WORDS, 3, "words")                                                                                               \
    X(TAILS, 4, "tails")                                                                                               \
    X(HEADLINES, 5, "headlines")                                                                                       \
    X(STORIES, 6, "stories")                                                                                           \
    X(TOPICS, 7, "topics")                                                                                             \
    X(PAIRS, 8, "pairs")                                                                                               \
    X(PLACES, 9, "places")

enum hl_state_kind {
#define HL_STATE_KIND(symbol, kind, name) HL_STATE_##symbol = (kind),
    HL_STATE_SECTIONS(HL_STATE_KIND)
#undef HL_STATE_KIND
};

#define HL_STATE_CHUNK_MAX 256U /* slots of a chunk of any slab here */

/* X(type, member): what stands at the beginning of a record. Types are those of bytes.h, and verdict. */
#define HL_STATE_ENGINE_FIELDS(X)                                                                                      \
    X(u64, seq)                                                                                                        \
    X(u64, next_story)                                                                                                 \
    X(u64, next_topic)                                                                                                 \
    X(u64, events)                                                                                                     \
    X(i64, now_ms)

#define HL_STATE_COLLECTION_FIELDS(X)                                                                                  \
    X(f64, length_mean)                                                                                                \
    X(u64, length_count)                                                                                               \
    X(f64, noise)                                                                                                      \
    X(u32, tail_hand)                                                                                                  \
    X(u64, tallies.sightings)                                                                                          \
    X(u64, tallies.removed)                                                                                            \
    X(u64, tallies.expired_age)                                                                                        \
    X(u64, tallies.expired_count)                                                                                      \
    X(u64, tallies.expired_memory)                                                                                     \
    X(u64, tallies.merges)                                                                                             \
    X(u64, tallies.splits)                                                                                             \
    X(u64, tallies.split_tests)                                                                                        \
    X(u64, tallies.skipped_no_memory)                                                                                  \
    X(u64, tallies.redirects_dropped)                                                                                  \
    X(u64, tallies.topic_merges)                                                                                       \
    X(u64, tallies.topic_moves)

#define HL_STATE_WORD_FIELDS(X)                                                                                        \
    X(f32, share)                                                                                                      \
    X(u16, length)                                                                                                     \
    X(u16, posting_count)                                                                                              \
    X(u16, posting_capacity)                                                                                           \
    X(u8, named)                                                                                                       \
    X(u8, plain)

#define HL_STATE_TAIL_FIELDS(X)                                                                                        \
    X(u32, heads)                                                                                                      \
    X(u32, last_head)                                                                                                  \
    X(u16, length)

#define HL_STATE_HEADLINE_FIELDS(X)                                                                                    \
    X(u64, seq)                                                                                                        \
    X(i64, received_ms)                                                                                                \
    X(i64, published_ms)                                                                                               \
    X(i64, last_seen_ms)                                                                                               \
    X(i64, event_ms)                                                                                                   \
    X(u64, fingerprint.word[0])                                                                                        \
    X(u64, fingerprint.word[1])                                                                                        \
    X(u64, fingerprint.word[2])                                                                                        \
    X(u64, fingerprint.word[3])                                                                                        \
    X(u64, digest[0])                                                                                                  \
    X(u64, digest[1])                                                                                                  \
    X(u64, duplicate_seq)                                                                                              \
    X(u64, runner_up_seq)                                                                                              \
    X(u64, answered_story)                                                                                             \
    X(u32, duplicate_of)                                                                                               \
    X(u32, runner_up)                                                                                                  \
    X(f32, runner_up_score)                                                                                            \
    X(u32, same_prev)                                                                                                  \
    X(u32, source)                                                                                                     \
    X(u32, sightings)                                                                                                  \
    X(u16, id_bytes)                                                                                                   \
    X(u16, title_bytes)                                                                                                \
    X(u16, url_bytes)                                                                                                  \
    X(u16, summary_bytes)                                                                                              \
    X(u16, shape.words)                                                                                                \
    X(u16, shape.count)                                                                                                \
    X(u8, shape.title_words)                                                                                           \
    X(u8, lang_bytes)                                                                                                  \
    X(u8, alias_count)                                                                                                 \
    X(verdict, verdict)

#define HL_STATE_STORY_FIELDS(X)                                                                                       \
    X(u64, id)                                                                                                         \
    X(u64, active_seq)                                                                                                 \
    X(i64, active_ms)                                                                                                  \
    X(i64, first_ms)                                                                                                   \
    X(i64, last_ms)                                                                                                    \
    X(f64, trend)                                                                                                      \
    X(i64, trend_ms)                                                                                                   \
    X(f64, noise)                                                                                                      \
    X(u32, headlines)                                                                                                  \
    X(u32, split_at)                                                                                                   \
    X(u32, series_at)                                                                                                  \
    X(u32, topic_at)                                                                                                   \
    X(u32, redirect_count)                                                                                             \
    X(u16, term_count)                                                                                                 \
    X(u16, term_capacity)                                                                                              \
    X(u8, noise_count)                                                                                                 \
    X(u8, history_count)                                                                                               \
    X(u8, history_capacity)                                                                                            \
    X(u8, anchor_count)                                                                                                \
    X(u8, anchor_capacity)                                                                                             \
    X(u8, is_series)                                                                                                   \
    X(u8, retired)

#define HL_STATE_TOPIC_FIELDS(X)                                                                                       \
    X(i64, first_ms)                                                                                                   \
    X(i64, last_ms)                                                                                                    \
    X(u64, active_seq)                                                                                                 \
    X(i64, active_ms)                                                                                                  \
    X(f64, trend)                                                                                                      \
    X(i64, trend_ms)                                                                                                   \
    X(u32, stories)                                                                                                    \
    X(u32, id_count)                                                                                                   \
    X(u16, term_capacity)

/* Sizes of types and of lists of fields: HL_STATE_BYTES(HL_STATE_WORD_FIELDS). */
/* NOLINTBEGIN(readability-identifier-naming): the names of types are pasted to them */
enum {
    HL_STATE_BYTES_u8 = 1,
    HL_STATE_BYTES_u16 = 2,
    HL_STATE_BYTES_u32 = 4,
    HL_STATE_BYTES_u64 = 8,
    HL_STATE_BYTES_i64 = 8,
    HL_STATE_BYTES_f32 = 4,
    HL_STATE_BYTES_f64 = 8,
    HL_STATE_BYTES_verdict = 1,
    HL_STATE_HISTORY_BYTES = 8 + 8 + 8 + 1,
    HL_STATE_GRAM_BYTES = 2 + 4
};
/* NOLINTEND(readability-identifier-naming) */
#define HL_STATE_BYTES_OF(type, member) +HL_STATE_BYTES_##type
#define HL_STATE_BYTES(FIELDS) ((size_t)(0 FIELDS(HL_STATE_BYTES_OF)))

/* Codes on disk: the place in these tables, whatever the enums are in memory. */
static const uint8_t hl_state_verdicts[] = {HL_VERDICT_NEW,     HL_VERDICT_EXACT,    HL_VERDICT_NEAR,
                                            HL_VERDICT_RELATED, HL_VERDICT_REPLAYED, HL_VERDICT_REVISED};
static const uint8_t hl_state_history_kinds[] = {HL_HISTORY_ABSORBED, HL_HISTORY_SPLIT_OFF, HL_HISTORY_SPLIT_FROM};
enum {
    HL_STATE_VERDICTS = sizeof hl_state_verdicts,
    HL_STATE_HISTORY_KINDS = sizeof hl_state_history_kinds,
    HL_STATE_UNKNOWN = 255
};
_Static_assert((int)HL_STATE_VERDICTS == (int)HL_VERDICT_COUNT, "a new verdict needs a code");

/* The code of @value in @table. */
static inline uint8_t hl_state_code(const uint8_t *table, uint8_t count, uint8_t value)
{
    uint8_t code = 0;
    while (code < count && table[code] != value)
        code++;
    return code;
}

/* The value of @code, or HL_STATE_UNKNOWN. */
static inline uint8_t hl_state_value(const uint8_t *table, uint8_t count, uint8_t code)
{
    return code < count ? table[code] : HL_STATE_UNKNOWN;
}

static inline void hl_put_verdict(unsigned char **to, uint8_t verdict)
{
    hl_put_u8(to, hl_state_code(hl_state_verdicts, HL_STATE_VERDICTS, verdict));
}

static inline uint8_t hl_get_verdict(const unsigned char **from)
{
    return hl_state_value(hl_state_verdicts, HL_STATE_VERDICTS, hl_get_u8(from));
}

#endif
