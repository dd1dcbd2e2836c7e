/*
 * window.h - what has left the window goes, oldest first, in bounded steps.
 *
 * By age (since it was last seen), by count, and by the engine's memory; the largest collection pays for memory.
 */
#ifndef HL_ENGINE_WINDOW_H
#define HL_ENGINE_WINDOW_H

#include "engine/state.h"

/* True when @headline has passed the age of the window at @now_ms, though nobody has come to drop it yet. */
bool hl_window_is_past(const struct hl_collection *c, uint32_t headline, int64_t now_ms);

/*
 * True when any headline has. The queue is in order of the time last seen, so that this one look spares all others: between two
 * ticks hardly ever is anything past.
 */
bool hl_window_any_past(const struct hl_collection *c, int64_t now_ms);

/* Takes @headline out of its story and the store, ending the story if it was its last; tells the observer, and why. */
void hl_window_drop(struct hl_collection *c, uint32_t headline, enum hl_gone why);

/* Expires at most @budget headlines, and retires as many stories in each collection; true when more are due. */
bool hl_window_expire(struct hl_engine *engine, unsigned budget);

/*
 * What the records hold, as memory_max_bytes counts it: by what they are, not by how they came to lie in memory, so that an engine which was
 * saved and loaded agrees with one that went on. O(collections).
 */
uint64_t hl_window_held_bytes(const struct hl_engine *engine);

#endif
