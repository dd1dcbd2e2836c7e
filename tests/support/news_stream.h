/*
 * news_stream.h - an endless synthetic stream of calls to an engine, the same for the same seed on every machine.
 *
 * Headlines come in bursts: some events are on at a time, each with words of its own, which drift as it goes on; two events now
 * and then become one. Between them stand titles about nothing in particular, copies, sightings under further ids, revisions,
 * replays, removals, checks and ticks, in several collections and scripts. The engine is not asked anything: what is called
 * does not depend on its answers.
 */
#ifndef HL_TESTS_SUPPORT_NEWS_STREAM_H
#define HL_TESTS_SUPPORT_NEWS_STREAM_H

#include <headlined/engine.h>

enum news_kind { NEWS_ADD, NEWS_CHECK, NEWS_REMOVE, NEWS_TICK };

struct news_call {
    enum news_kind kind;
    struct hl_headline headline; /* of add and check; of remove its id and collection */
    int64_t now_ms;
    unsigned budget; /* of tick */
};

enum { NEWS_EVENTS_MAX = 24, NEWS_EVENT_WORDS = 7, NEWS_PAST = 64, NEWS_TITLE_BYTES = 1600, NEWS_TEXT_BYTES = 96 };

struct news_event {
    uint32_t words[NEWS_EVENT_WORDS];
    uint32_t drift; /* titles until one of its words is replaced */
};

struct news_item {
    char title[NEWS_TITLE_BYTES], id[NEWS_TEXT_BYTES], source[NEWS_TEXT_BYTES], collection[NEWS_TEXT_BYTES];
};

struct news_stream {
    /* What it is like; news_stream_init sets all. */
    uint32_t vocabulary;  /* words to draw from */
    uint32_t events;      /* on at a time, at most NEWS_EVENTS_MAX */
    uint32_t collections; /* 1 to 3 */
    uint32_t step_ms;     /* mean time between calls */
    uint32_t long_titles; /* one title in this many has some fifty words; 0: none */
    uint32_t calls;       /* percent that is not adding: checks, removals, ticks */

    uint64_t random;
    int64_t now_ms;
    uint64_t number;
    struct news_event event[NEWS_EVENTS_MAX];
    struct news_item past[NEWS_PAST]; /* a ring, for copies and the like */
    uint32_t past_count;
    struct news_item item; /* what the call at hand borrows */
};

void news_stream_init(struct news_stream *stream, uint64_t seed);

/* The next call. What it borrows is valid until the next news_stream_next. */
void news_stream_next(struct news_stream *stream, struct news_call *call);

/* Makes the call; @result (may be NULL) gets the answer of an add or check. NOT_FOUND from a removal is fine; returned. */
enum hl_status news_call_make(const struct news_call *call, hl_engine *engine, struct hl_result *result);

#endif
