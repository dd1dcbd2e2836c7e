/*
 * measure.c - histograms of latency (see measure.h).
 */
#include "protocol/measure.h"

const uint64_t hl_latency_bounds_ns[HL_LATENCY_BOUNDS] = {
    1000,    2500,    5000,    10000,    25000,    50000,    100000,    250000,    500000,
    1000000, 2500000, 5000000, 10000000, 25000000, 50000000, 100000000, 250000000, 1000000000,
};

void hl_latency_add(struct hl_latency *latency, uint64_t ns)
{
    unsigned bucket = 0;
    while (bucket < HL_LATENCY_BOUNDS && ns > hl_latency_bounds_ns[bucket])
        bucket++;
    latency->counts[bucket]++;
    latency->sum_ns += ns;
}

uint64_t hl_latency_count(const struct hl_latency *latency)
{
    uint64_t count = 0;
    for (unsigned i = 0; i <= HL_LATENCY_BOUNDS; i++)
        count += latency->counts[i];
    return count;
}

double hl_latency_quantile_ns(const struct hl_latency *latency, double share)
{
    double rank = share * (double)hl_latency_count(latency), before = 0;
    for (unsigned i = 0; i < HL_LATENCY_BOUNDS; i++) {
        double in_bucket = (double)latency->counts[i];
        double low = i > 0 ? (double)hl_latency_bounds_ns[i - 1] : 0, high = (double)hl_latency_bounds_ns[i];
        if (in_bucket > 0 && before + in_bucket >= rank)
            return low + (high - low) * (rank - before) / in_bucket;
        before += in_bucket;
    }
    return hl_latency_count(latency) > 0 ? (double)hl_latency_bounds_ns[HL_LATENCY_BOUNDS - 1] : 0;
}
