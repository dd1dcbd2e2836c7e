/*
 * bench_questions.c - how long the questions about a stream hold up its engine: bench_questions [--live N] FILE...
 *
 * Files are JSON lines, plain or gzip, added in order with the clock being the largest "ts" so far, until N headlines (100,000) are live or the
 * files end. Then each question is asked many times over: the shortest, the median and the longest time, in milliseconds of processor time.
 */
#include "cmd/ctl_rows.h"

#include <headlined/questions.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TIMES = 101, LIMIT = 100 };

struct bench {
    struct ctl_rows rows;
    hl_engine *engine;
    int64_t now_ms;
    uint64_t live;
    uint64_t story; /* the largest */
};

static struct hl_text text(const char *string)
{
    return (struct hl_text){string, strlen(string)};
}

/* ---- questions ------------------------------------------------------------------------------------------------------ */

/* Asks once; returns how much came of it. */
typedef size_t question(struct bench *bench, const char *argument);

static size_t search(struct bench *bench, const char *q, enum hl_search_order order)
{
    static struct hl_search_hit hits[LIMIT];
    struct hl_search_query query = {
        .q = text(q), .since_ms = HL_TIME_NONE, .until_ms = HL_TIME_NONE, .order = order, .limit = LIMIT};
    struct hl_cursor next;
    size_t count = 0;
    bool more, truncated = false;
    if (hl_engine_search(bench->engine, &query, hits, &count, &next, &more, &truncated, NULL) != HL_OK)
        return 0;
    return truncated ? count + 1000000 : count;
}

static size_t ask_rank(struct bench *bench, const char *q)
{
    return search(bench, q, HL_SEARCH_RANK);
}

static size_t ask_latest(struct bench *bench, const char *q)
{
    return search(bench, q, HL_SEARCH_LATEST);
}

static size_t ask_timeline(struct bench *bench, const char *argument)
{
    static struct hl_timeline timeline;
    (void)argument;
    if (hl_engine_timeline(bench->engine, bench->story, 48, &timeline, NULL) != HL_OK)
        return 0;
    return timeline.count;
}

static size_t ask_breaking(struct bench *bench, const char *window_s)
{
    static struct hl_breaking stories[LIMIT];
    struct hl_breaking_query query = {
        .window_ms = strtoll(window_s, NULL, 10) * 1000, .sources_min = 2, .limit = LIMIT};
    size_t count = 0;
    bool truncated = false;
    if (hl_engine_breaking(bench->engine, &query, bench->now_ms, stories, &count, &truncated, NULL) != HL_OK)
        return 0;
    return truncated ? count + 1000000 : count;
}

static size_t ask_similar(struct bench *bench, const char *title)
{
    static struct hl_similar found[LIMIT];
    struct hl_headline which = {.title = text(title), .published_ms = HL_TIME_NONE};
    size_t count = 0;
    (void)hl_engine_similar(bench->engine, &which, LIMIT, bench->now_ms, found, &count, NULL);
    return count;
}

static size_t ask_sources(struct bench *bench, const char *argument)
{
    static struct hl_source_figures found[LIMIT];
    struct hl_sources_query query = {
        .since_ms = HL_TIME_NONE, .until_ms = HL_TIME_NONE, .follows_max = 5, .limit = LIMIT};
    size_t count = 0;
    bool more, truncated = false;
    (void)argument;
    (void)hl_engine_sources(bench->engine, &query, found, &count, &more, &truncated, NULL);
    return truncated ? count + 1000000 : count;
}

static const struct {
    const char *name;
    question *ask;
    const char *argument;
} questions[] = {
    {"timeline of the largest story", ask_timeline, ""},
    {"search, a rare word", ask_rank, "epstein"},
    {"search, a common word", ask_rank, "trump"},
    {"search, the most common", ask_rank, "the"},
    {"search, two words", ask_rank, "trump president"},
    {"search, no such word", ask_rank, "qwertzuiop"},
    {"search, in a row", ask_rank, "\"white house\""},
    {"search, common in a row", ask_rank, "\"in the\""},
    {"search, never in a row", ask_rank, "\"the in\""},
    {"search, a beginning", ask_rank, "presid*"},
    {"search, a short one", ask_rank, "pr*"},
    {"search, an unsure one", ask_rank, "presidentia*"},
    {"latest, a common word", ask_latest, "trump"},
    {"latest, never in a row", ask_latest, "\"the in\""},
    {"similar", ask_similar, "President Trump says the White House will release the Epstein files"},
    {"sources", ask_sources, ""},
    {"breaking, in an hour", ask_breaking, "3600"},
    {"breaking, in a month", ask_breaking, "2592000"},
};

/* ---- measuring ------------------------------------------------------------------------------------------------------ */

static double clock_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void measure(struct bench *bench)
{
    printf("%-32s %9s %9s %9s %9s\n", "question", "least ms", "median", "most", "found");
    for (size_t i = 0; i < sizeof questions / sizeof questions[0]; i++) {
        double ms[TIMES];
        size_t found = 0;
        for (int n = 0; n < TIMES; n++) {
            double start_ms = clock_ms();
            found = questions[i].ask(bench, questions[i].argument);
            ms[n] = clock_ms() - start_ms;
        }
        qsort(ms, TIMES, sizeof ms[0], compare);
        printf("%-32s %9.3f %9.3f %9.3f %9zu\n", questions[i].name, ms[0], ms[TIMES / 2], ms[TIMES - 1], found);
    }
}

/* ---- filling -------------------------------------------------------------------------------------------------------- */

static void find_largest(struct bench *bench)
{
    struct hl_story_query query = {
        .order = HL_ORDER_SIZE, .since_ms = HL_TIME_NONE, .until_ms = HL_TIME_NONE, .limit = 1};
    struct hl_story_view view;
    struct hl_cursor next;
    size_t count;
    bool more, truncated;
    if (hl_engine_stories(bench->engine, &query, bench->now_ms, &view, &count, &next, &more, &truncated, NULL) ==
            HL_OK &&
        count > 0) {
        bench->story = view.story;
        printf("largest story    %llu headlines\n", (unsigned long long)view.headlines);
    }
}

static bool fill(struct bench *bench)
{
    struct hl_engine_options options = hl_engine_options_default();
    struct hl_engine_stats stats = {.headlines = 0};
    if (hl_engine_create(&options, &bench->engine, NULL) != HL_OK)
        return false;
    for (size_t i = 0; i < bench->rows.count && stats.headlines < bench->live; i++) {
        const struct ctl_row *row = &bench->rows.rows[i];
        struct hl_headline headline = row->headline;
        struct hl_result result;
        headline.id = (struct hl_text){NULL, 0};
        if (row->clock_ms != HL_TIME_NONE && row->clock_ms > bench->now_ms)
            bench->now_ms = row->clock_ms;
        (void)hl_engine_add(bench->engine, &headline, bench->now_ms, &result, NULL); /* some titles are refused */
        (void)hl_engine_stats(bench->engine, (struct hl_text){NULL, 0}, &stats, NULL);
    }
    printf("live             %llu headlines, %llu stories (%llu of two or more), %llu features\n",
           (unsigned long long)stats.headlines, (unsigned long long)stats.stories,
           (unsigned long long)stats.stories_multiple, (unsigned long long)stats.features);
    find_largest(bench);
    return stats.headlines > 0;
}

int main(int argc, char **argv)
{
    struct bench bench = {.live = 100000};
    int first = 1;
    if (argc > 3 && strcmp(argv[1], "--live") == 0) {
        bench.live = strtoull(argv[2], NULL, 10);
        first = 3;
    }
    if (first >= argc || argv[first][0] == '-') {
        fprintf(stderr, "usage: bench_questions [--live N] FILE...\n");
        return 2;
    }
    struct hl_error error = {.status = HL_OK};
    bool done = true;
    for (int i = first; i < argc && done; i++)
        done = ctl_rows_read(&bench.rows, argv[i], &error) == HL_OK;
    done = done && fill(&bench);
    if (done)
        measure(&bench);
    else
        fprintf(stderr, "bench_questions: nothing was measured: %s\n", error.message);
    hl_engine_destroy(bench.engine);
    ctl_rows_clear(&bench.rows);
    return done ? 0 : 1;
}
