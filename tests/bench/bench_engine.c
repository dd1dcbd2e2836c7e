/*
 * bench_engine.c - how fast the engine takes distinct headlines: bench_engine [--seed N] [--events] FILE...
 *
 * Files are JSON lines, plain or gzip. All distinct titles are read into memory first, then added one after the other on one core,
 * the clock being the largest "ts" so far; with --events a history of events observes, as in the daemon. Printed: machine, build and seed; rates by wall clock and by processor time (which
 * other programs disturb less), of the first and the last 100,000 headlines too; percentiles of the latency of one add (wall
 * clock, with the expiry before it); memory of the engine for each live headline.
 */
#include "cmd/ctl_rows.h"

#include "core/index.h"
#include "protocol/events.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SPAN = 100000, TICK_BUDGET = 1024, ID_BYTES = 24, EVENTS_BYTES = 16 << 20 };

#ifdef __clang__
#define COMPILER "clang"
#else
#define COMPILER "gcc"
#endif

struct bench {
    struct ctl_rows rows;
    uint32_t *distinct; /* owned; rows with a title of their own, in order */
    uint32_t count;
    uint64_t title_bytes;
    hl_engine *engine;
    struct hl_events *events; /* owned; NULL: nobody observes */
    uint32_t *latency_ns;     /* owned; of each add */
    struct {
        double start_s, first_end_s, last_start_s, end_s; /* around all, the first SPAN and the last SPAN headlines */
    } cpu;
    uint64_t refused;
    int64_t now_ms;
};

static double clock_s(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* ---- reading ------------------------------------------------------------------------------------------------------ */

static uint32_t hash_text(struct hl_text text)
{
    uint32_t hash = 2166136261U; /* FNV-1a */
    for (size_t i = 0; i < text.length; i++)
        hash = (hash ^ (unsigned char)text.data[i]) * 16777619U;
    return hash;
}

static bool title_is(const void *context, uint32_t value, const void *key)
{
    const struct ctl_rows *rows = context;
    const struct hl_text *a = &rows->rows[value].headline.title, *b = key;
    return a->length == b->length && memcmp(a->data, b->data, a->length) == 0;
}

static bool keep_distinct(struct bench *bench)
{
    struct hl_memory memory;
    hl_memory_init(&memory, NULL);
    struct hl_index *index = hl_index_create(&memory);
    bench->distinct = malloc((bench->rows.count + 1) * sizeof *bench->distinct);
    bool kept = index && bench->distinct;
    for (uint32_t row = 0; kept && row < bench->rows.count; row++) {
        struct hl_text title = bench->rows.rows[row].headline.title;
        uint32_t hash = hash_text(title);
        if (hl_index_find(index, hash, title_is, &bench->rows, &title) != HL_NONE)
            continue;
        kept = hl_index_insert(index, hash, row) == HL_OK;
        bench->distinct[bench->count++] = row;
        bench->title_bytes += title.length;
    }
    hl_index_destroy(index);
    return kept;
}

static bool read_files(struct bench *bench, int count, char **paths)
{
    for (int i = 0; i < count; i++) {
        struct hl_error error;
        if (ctl_rows_read(&bench->rows, paths[i], &error) != HL_OK) {
            fprintf(stderr, "bench_engine: %s\n", error.message);
            return false;
        }
    }
    return keep_distinct(bench);
}

/* ---- adding ------------------------------------------------------------------------------------------------------- */

static void add_row(struct bench *bench, uint32_t number)
{
    const struct ctl_row *row = &bench->rows.rows[bench->distinct[number]];
    if (row->clock_ms != HL_TIME_NONE && row->clock_ms > bench->now_ms) {
        bench->now_ms = row->clock_ms;
        while (hl_engine_tick(bench->engine, bench->now_ms, TICK_BUDGET)) {
        }
    }
    char id[ID_BYTES];
    struct hl_headline headline = row->headline;
    headline.id = (struct hl_text){id, (size_t)snprintf(id, sizeof id, "%" PRIu32, number)};
    struct hl_result result;
    if (hl_engine_add(bench->engine, &headline, bench->now_ms, &result, NULL) != HL_OK)
        bench->refused++;
}

static void look_at_processor_clock(struct bench *bench, uint32_t added)
{
    double now_s = clock_s(CLOCK_PROCESS_CPUTIME_ID);
    if (added == 0)
        bench->cpu.start_s = now_s;
    if (added == SPAN)
        bench->cpu.first_end_s = now_s;
    if (added + SPAN == bench->count)
        bench->cpu.last_start_s = now_s;
    if (added == bench->count)
        bench->cpu.end_s = now_s;
}

/* Returns the seconds by wall clock. */
static double add_all(struct bench *bench)
{
    double start_s = clock_s(CLOCK_MONOTONIC), before_s = start_s;
    for (uint32_t i = 0; i < bench->count; i++) {
        if (i == 0 || i == SPAN || i + SPAN == bench->count)
            look_at_processor_clock(bench, i);
        add_row(bench, i);
        double after_s = clock_s(CLOCK_MONOTONIC);
        double ns = (after_s - before_s) * 1e9;
        bench->latency_ns[i] = ns < UINT32_MAX ? (uint32_t)ns : UINT32_MAX;
        before_s = after_s;
    }
    look_at_processor_clock(bench, bench->count);
    return before_s - start_s;
}

/* ---- printing ----------------------------------------------------------------------------------------------------- */

static void print_machine(uint64_t seed)
{
    char line[256] = "", *model = NULL;
    FILE *file = fopen("/proc/cpuinfo", "r");
    while (file && !model && fgets(line, sizeof line, file))
        if (strncmp(line, "model name", 10) == 0)
            model = strchr(line, ':');
    if (file)
        fclose(file);
    printf("processor        %.*s, %ld cores\n", model ? (int)strcspn(model + 2, "\n") : 7,
           model ? model + 2 : "unknown", sysconf(_SC_NPROCESSORS_ONLN));
    printf("build            %s %s, %s\n", COMPILER, __VERSION__, HL_BUILD_TYPE);
    printf("seed             %" PRIu64 "\n", seed);
}

static int compare(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Sorts the latencies. */
static void print_latencies(struct bench *bench)
{
    static const struct {
        const char *name;
        double share;
    } percentiles[] = {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}, {"max", 1}};
    qsort(bench->latency_ns, bench->count, sizeof *bench->latency_ns, compare);
    printf("latency (us)    ");
    for (size_t i = 0; i < sizeof percentiles / sizeof percentiles[0]; i++) {
        size_t at = (size_t)(percentiles[i].share * (double)(bench->count - 1));
        printf(" %s %.1f", percentiles[i].name, bench->latency_ns[at] / 1000.0);
    }
    printf("\n");
}

static double rate(uint32_t headlines, double seconds)
{
    return seconds > 0 ? headlines / seconds : 0;
}

static void print_rates(const struct bench *bench, double wall_s)
{
    printf("headlines        %" PRIu32 " distinct of %zu, %" PRIu64 " refused\n", bench->count, bench->rows.count,
           bench->refused);
    printf("rate, wall clock %.0f/s\n", rate(bench->count, wall_s));
    printf("rate, processor  %.0f/s\n", rate(bench->count, bench->cpu.end_s - bench->cpu.start_s));
    if (bench->count > SPAN)
        printf("                 %.0f/s the first %d, %.0f/s the last %d\n",
               rate(SPAN, bench->cpu.first_end_s - bench->cpu.start_s), SPAN,
               rate(SPAN, bench->cpu.end_s - bench->cpu.last_start_s), SPAN);
}

static void print_memory(const struct bench *bench)
{
    struct hl_engine_stats stats;
    if (hl_engine_stats(bench->engine, (struct hl_text){NULL, 0}, &stats, NULL) != HL_OK || stats.headlines == 0)
        return;
    printf("live             %" PRIu64 " headlines, %" PRIu64 " stories (%" PRIu64 " of two or more), %" PRIu64
           " features\n",
           stats.headlines, stats.stories, stats.stories_multiple, stats.features);
    printf("memory           %.1f MB, %.0f bytes a live headline; titles are %.0f bytes on average\n",
           (double)stats.memory_bytes / 1e6, (double)stats.memory_bytes / (double)stats.headlines,
           (double)bench->title_bytes / bench->count);
    printf("upkeep           %" PRIu64 " merges, %" PRIu64 " splits of %" PRIu64 " tests\n", stats.merges, stats.splits,
           stats.split_tests);
}

static bool run(struct bench *bench, uint64_t seed, bool with_events)
{
    struct hl_engine_options options = hl_engine_options_default();
    options.hash_seed = seed;
    bench->latency_ns = calloc(bench->count, sizeof *bench->latency_ns);
    if (!bench->latency_ns || hl_engine_create(&options, &bench->engine, NULL) != HL_OK)
        return false;
    bench->events = with_events ? hl_events_create(EVENTS_BYTES, 0) : NULL;
    if (with_events && !bench->events)
        return false;
    if (bench->events)
        hl_engine_observe(bench->engine, hl_events_observe, bench->events);
    double wall_s = add_all(bench);
    print_machine(seed);
    print_rates(bench, wall_s);
    print_latencies(bench);
    print_memory(bench);
    return true;
}

static void clear(struct bench *bench)
{
    hl_engine_destroy(bench->engine);
    hl_events_destroy(bench->events);
    free(bench->latency_ns);
    free(bench->distinct);
    ctl_rows_clear(&bench->rows);
}

int main(int argc, char **argv)
{
    uint64_t seed = 0;
    int first = 1;
    bool with_events = false;
    if (argc > 3 && strcmp(argv[1], "--seed") == 0) {
        seed = strtoull(argv[2], NULL, 10);
        first = 3;
    }
    if (first < argc && strcmp(argv[first], "--events") == 0) {
        with_events = true;
        first++;
    }
    if (first >= argc || argv[first][0] == '-') {
        fprintf(stderr, "usage: bench_engine [--seed N] [--events] FILE...\n");
        return 2;
    }
    struct bench bench = {.count = 0};
    bool done = read_files(&bench, argc - first, argv + first) && bench.count > 0 && run(&bench, seed, with_events);
    if (!done)
        fprintf(stderr, "bench_engine: nothing was measured: no headlines, or no memory\n");
    clear(&bench);
    return done ? 0 : 1;
}
