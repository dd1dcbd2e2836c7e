/*
 * replay.h - the records of a log applied to an engine, each answer compared with the one that was logged.
 */
#ifndef HL_STATE_REPLAY_H
#define HL_STATE_REPLAY_H

#include "state/input.h"

struct hl_replay {
    hl_engine *engine;                /* borrowed */
    struct hl_engine_options options; /* in force; those of the last record of them */
    bool has_options; /* a record of them has been seen, or the owner knows them: options are the log's */
    uint64_t records, differences;
    uint64_t difference_seq;    /* record of the first difference */
    struct hl_error difference; /* what it was */
    struct hl_input input;      /* the record at hand */
};

/*
 * Applies one record. An answer that differs is counted, not refused: another release may decide otherwise, and what the log holds is all
 * there is. HL_CORRUPT: no record of this release; HL_NO_MEMORY.
 */
enum hl_status hl_replay_apply(struct hl_replay *replay, const struct hl_input_record *record, struct hl_error *error);

/* The answer to an add as it is logged, borrowing from @result; NULL: the headline was refused. */
struct hl_input_answer hl_input_answer_of(const struct hl_headline *headline, const struct hl_result *result);

/* Writes the options as an input. */
void hl_options_to_input(const struct hl_engine_options *options, struct hl_input *out);
/*
 * And back; what @input does not tell (allocator, hash seed) stays as it is in *@out. Settings that this release does not have, or has within
 * other bounds, are left at their defaults; returns how many, the first of them in @error (may be NULL).
 */
uint32_t hl_input_to_options(const struct hl_input *input, struct hl_engine_options *out, struct hl_error *error);
/* Whether the two say the same about the state: allocator and hash seed do not count. */
bool hl_options_equal(const struct hl_engine_options *one, const struct hl_engine_options *other);

#endif
