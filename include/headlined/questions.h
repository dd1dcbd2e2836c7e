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

#ifdef __cplusplus
}
#endif
#endif
