/*
 * measure.h - how long requests took, by op, in fixed buckets; and how many errors were answered, by code.
 *
 * What is measured is the execution of a request: engine and answer, neither the parse nor the wait for disk and network. Adding costs two readings of the
 * clock and a few comparisons; the memory is fixed.
 */
#ifndef HL_PROTOCOL_MEASURE_H
#define HL_PROTOCOL_MEASURE_H

#include <headlined/error.h>

#include <stdint.h>

/* The ops by number: the rows of commands.def in order. */
#define HL_COMMAND(name, shape, executor, tells, help) HL_COMMAND_##name,
enum {
#include "protocol/commands.def"
    HL_COMMAND_COUNT
};
#undef HL_COMMAND

/* Upper bounds of the buckets, each included; one more bucket is for what is longer. */
enum { HL_LATENCY_BOUNDS = 18 };
extern const uint64_t hl_latency_bounds_ns[HL_LATENCY_BOUNDS];

struct hl_latency {
    uint64_t counts[HL_LATENCY_BOUNDS + 1];
    uint64_t sum_ns;
};

struct hl_measures {
    uint64_t (*clock_ns)(void); /* nanoseconds of a clock that never steps back; set by the owner */
    struct hl_latency ops[HL_COMMAND_COUNT];
    uint64_t errors[HL_STATUS_COUNT];
};

void hl_latency_add(struct hl_latency *latency, uint64_t ns);
uint64_t hl_latency_count(const struct hl_latency *latency);

/*
 * The time that @share (0 to 1) of the requests did not exceed, in nanoseconds: read off the bucket that it falls into as if those in it were
 * spread evenly; the last bound when it is beyond that. 0 without requests.
 */
double hl_latency_quantile_ns(const struct hl_latency *latency, double share);

#endif
