/*
 * series.h - stories that are none: titles of a series ("Ask us: ...", "Photos of the day", "4th quarter net") and headlines about whatever
 * holds one frequent word.
 *
 * The *frame* of a story is the features that at least a third of its members hold. Headlines of one event share other words too, here these
 * and there those, which the rest of the stream hardly has; the members of a series share the frame, and beside it have the words that anybody has.
 * So a story is a series when, of its members' words beside the frame, less than series_share are its own: held by at least three members and, among
 * the members, 8 times as frequent as elsewhere. A story whose titles are mostly frame is not judged: they are nearly the same title.
 *
 * When a series is among a headline's candidates, its frame counts only series_frame in that headline's comparison with all of them, and however long it
 * is no more than HL_FRAME_MOST times what is alike beside it. So the series grows only by what is alike beside the frame, and no second one
 * begins next to it; nor does a series merge.
 */
#ifndef HL_ENGINE_SERIES_H
#define HL_ENGINE_SERIES_H

#include "engine/state.h"

#define HL_FRAME_MOST 6 /* a frame counts at most as much as this many times what is alike beside it */

/* Tests the story when it has grown by a quarter since its last test. Takes time for its terms. */
void hl_series_test_if_due(struct hl_collection *c, uint32_t story);

/* When @story is a series, marks those of @query's features that are in its frame. True when one was not marked before. */
bool hl_series_mark(const struct hl_collection *c, uint32_t story, struct hl_query *query);

/* The weight at which a feature of the query votes for candidates. */
static inline uint32_t hl_series_weight(const struct hl_collection *c, const struct hl_query *query, uint32_t i)
{
    return query->framed[i] ? (uint32_t)(query->weight[i] * c->settings.series_frame) : query->weight[i];
}

/* What the products of framed features and of the others make together. */
static inline double hl_series_product(const struct hl_collection *c, int64_t others, int64_t frame)
{
    double counted = c->settings.series_frame * (double)frame, most = HL_FRAME_MOST * (double)others;
    return (double)others + (counted < most ? counted : most);
}

#endif
