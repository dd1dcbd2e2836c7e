/*
 * bench_state.c - what saving, loading and forking a large engine cost: bench_state [--huge] [--forks N] [--headlines N] [FILE...]
 *
 * Fills an engine with headlines that are all live, saves it to memory, loads it again and compares what both save then. Titles are
 * those of the files (JSON lines, plain or gzip), then new ones that begin like one of them and end like another; without files, a
 * synthetic stream. With --huge the engine's memory lies in huge pages. --forks: then forks so often, as the daemon does for a snapshot,
 * adding headlines while the child saves to nowhere: printed is how long each fork() and the longest add after it took, beside the longest
 * add without a child.
 */
#include "cmd/ctl_rows.h"
#include "server/huge_memory.h"
#include "support/news_stream.h"

#include <headlined/snapshot.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TITLE_BYTES = HL_TITLE_MAX_BYTES, PIECE_BYTES = 16 << 20, FORK_ADDS = 20000 };

#define MONTH_MS 2592000000.0

/* ---- a state in memory ---- */

struct piece {
    struct piece *next;
    uint32_t kind; /* of the section it belongs to */
    size_t length, at;
    unsigned char data[PIECE_BYTES];
};

struct store {
    struct piece *first, *last, *reading;
    uint32_t kind, begun; /* of the section being written, or begun last by the reader */
    uint64_t bytes;
};

static struct piece *add_piece(struct store *store)
{
    struct piece *piece = malloc(sizeof *piece);
    if (!piece)
        return NULL;
    piece->next = NULL;
    piece->kind = store->kind;
    piece->length = piece->at = 0;
    if (store->last)
        store->last->next = piece;
    else
        store->first = piece;
    store->last = piece;
    return piece;
}

static enum hl_status put_section(void *context, uint32_t kind, const char *name, struct hl_error *error)
{
    struct store *store = context;
    (void)name;
    store->kind = kind;
    return add_piece(store) ? HL_OK : hl_error_set(error, HL_NO_MEMORY, NULL, "no memory for the state");
}

static enum hl_status put(void *context, const void *data, size_t bytes, struct hl_error *error)
{
    struct store *store = context;
    for (const unsigned char *from = data; bytes > 0;) {
        struct piece *piece = store->last->length < PIECE_BYTES ? store->last : add_piece(store);
        if (!piece)
            return hl_error_set(error, HL_NO_MEMORY, NULL, "no memory for the state");
        size_t part = bytes < PIECE_BYTES - piece->length ? bytes : PIECE_BYTES - piece->length;
        memcpy(piece->data + piece->length, from, part);
        piece->length += part;
        store->bytes += part;
        from += part;
        bytes -= part;
    }
    return HL_OK;
}

static enum hl_status get_section(void *context, uint32_t *kind, struct hl_error *error)
{
    struct store *store = context;
    (void)error;
    if (!store->reading)
        store->reading = store->first;
    else
        while (store->reading && store->reading->kind == store->begun)
            store->reading = store->reading->next;
    if (!store->reading)
        return HL_NOT_FOUND;
    *kind = store->begun = store->reading->kind;
    return HL_OK;
}

static enum hl_status get(void *context, void *to, size_t bytes, size_t *out_bytes, struct hl_error *error)
{
    struct store *store = context;
    (void)error;
    *out_bytes = 0;
    for (unsigned char *at = to; bytes > 0;) {
        struct piece *piece = store->reading;
        if (piece->at == piece->length && (!piece->next || piece->next->kind != store->begun))
            return HL_OK;
        if (piece->at == piece->length) {
            store->reading = piece->next;
            continue;
        }
        size_t part = bytes < piece->length - piece->at ? bytes : piece->length - piece->at;
        memcpy(at, piece->data + piece->at, part);
        piece->at += part;
        at += part;
        bytes -= part;
        *out_bytes += part;
    }
    return HL_OK;
}

/* Compares what is written with what is there. */
static enum hl_status compare_section(void *context, uint32_t kind, const char *name, struct hl_error *error)
{
    (void)name;
    uint32_t found = 0;
    enum hl_status status = get_section(context, &found, error);
    return status == HL_OK && found == kind ? HL_OK : hl_error_set(error, HL_CORRUPT, NULL, "sections differ");
}

static enum hl_status compare(void *context, const void *data, size_t bytes, struct hl_error *error)
{
    unsigned char there[4096];
    for (const unsigned char *from = data; bytes > 0;) {
        size_t part = bytes < sizeof there ? bytes : sizeof there, got = 0;
        if (get(context, there, part, &got, error) != HL_OK || got < part || memcmp(there, from, part) != 0)
            return hl_error_set(error, HL_CORRUPT, NULL, "the loaded engine is saved differently");
        from += part;
        bytes -= part;
    }
    return HL_OK;
}

static void rewind_store(struct store *store)
{
    for (struct piece *piece = store->first; piece; piece = piece->next)
        piece->at = 0;
    store->reading = NULL;
    store->begun = 0;
}

static void free_store(struct store *store)
{
    for (struct piece *piece = store->first; piece;) {
        struct piece *next = piece->next;
        free(piece);
        piece = next;
    }
    *store = (struct store){0};
}

static enum hl_status ignore_section(void *context, uint32_t kind, const char *name, struct hl_error *error)
{
    (void)context, (void)kind, (void)name, (void)error;
    return HL_OK;
}

static enum hl_status ignore(void *context, const void *data, size_t bytes, struct hl_error *error)
{
    (void)context, (void)data, (void)bytes, (void)error;
    return HL_OK;
}

/* ---- filling ---- */

struct bench {
    struct hl_engine_options options;
    struct ctl_rows rows;
    struct news_stream stream;
    hl_engine *engine;
    uint64_t headlines, number;
    long forks;
    struct hl_huge_memory *huge;     /* NULL: malloc */
    double add_s_max, add_cpu_s_max; /* the second in processor time: what other processes do is not in it */
};

static double now_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Processor time: what other programs disturb less. */
static double cpu_s(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void fail(const char *why)
{
    fprintf(stderr, "bench_state: %s\n", why);
    exit(1);
}

/* Bytes of about the first half of a title, cut at a space. */
static size_t half_of(struct hl_text title)
{
    size_t at = title.length / 2;
    while (at < title.length && title.data[at] != ' ')
        at++;
    return at;
}

static struct hl_text title_of(const struct bench *bench, char *bytes)
{
    uint64_t count = bench->rows.count, row = bench->number % count, round = bench->number / count;
    struct hl_text title = bench->rows.rows[row].headline.title;
    if (round == 0)
        return title;
    struct hl_text other = bench->rows.rows[(row + round * 7919) % count].headline.title;
    size_t head = half_of(title), from = half_of(other), tail = other.length - from;
    if (head + tail > TITLE_BYTES)
        return title;
    memcpy(bytes, title.data, head);
    memcpy(bytes + head, other.data + from, tail);
    return (struct hl_text){bytes, head + tail};
}

static void add_from_rows(struct bench *bench)
{
    char bytes[TITLE_BYTES], id[24], url[80];
    const struct hl_headline *row = &bench->rows.rows[bench->number % bench->rows.count].headline;
    int64_t now_ms = 1700000000000 + (int64_t)((double)bench->number * MONTH_MS / (double)bench->headlines);
    struct hl_headline headline = {
        .title = title_of(bench, bytes), .source = row->source, .published_ms = HL_TIME_NONE};
    headline.id = (struct hl_text){id, (size_t)snprintf(id, sizeof id, "item-%" PRIu64, bench->number)};
    headline.url = (struct hl_text){
        url, (size_t)snprintf(url, sizeof url, "https://news.example/2026/articles/%" PRIu64 ".html", bench->number)};
    struct hl_result result;
    (void)hl_engine_add(bench->engine, &headline, now_ms, &result, NULL); /* a title without a letter is refused */
    bench->number++;
}

static void add_one(struct bench *bench)
{
    double start_s = now_s(), start_cpu_s = cpu_s();
    if (bench->rows.count > 0) {
        add_from_rows(bench);
    } else {
        struct news_call call;
        news_stream_next(&bench->stream, &call);
        (void)news_call_make(&call, bench->engine, NULL);
    }
    double took_s = now_s() - start_s, took_cpu_s = cpu_s() - start_cpu_s;
    bench->add_s_max = took_s > bench->add_s_max ? took_s : bench->add_s_max;
    bench->add_cpu_s_max = took_cpu_s > bench->add_cpu_s_max ? took_cpu_s : bench->add_cpu_s_max;
}

static uint64_t live(struct bench *bench)
{
    struct hl_engine_stats stats;
    hl_engine_stats(bench->engine, (struct hl_text){"", 0}, &stats, NULL);
    return stats.headlines;
}

static void fill(struct bench *bench)
{
    double start_s = now_s();
    struct hl_error error = {0};
    if (hl_engine_create(&bench->options, &bench->engine, &error) != HL_OK)
        fail(error.message);
    for (uint64_t i = 0; i % 1024 != 0 || live(bench) < bench->headlines; i++)
        add_one(bench);
    struct hl_engine_stats stats;
    hl_engine_stats(bench->engine, (struct hl_text){"", 0}, &stats, NULL);
    printf("filled: %" PRIu64 " headlines, %" PRIu64 " stories (%" PRIu64 " multiple), %" PRIu64
           " features, %.0f bytes a "
           "headline, in %.1f s\n",
           stats.headlines, stats.stories, stats.stories_multiple, stats.features,
           (double)stats.memory_bytes / (double)stats.headlines, now_s() - start_s);
    fflush(stdout);
}

/* ---- measuring ---- */

static void save_and_load(struct bench *bench)
{
    struct store store = {0};
    struct hl_state_sink nowhere = {ignore_section, ignore, NULL}, sink = {put_section, put, &store};
    struct hl_error error = {0};
    double start_s = now_s();
    if (hl_engine_save(bench->engine, &nowhere, &error) != HL_OK)
        fail(error.message);
    double bare_s = now_s() - start_s;
    if (hl_engine_save(bench->engine, &sink, &error) != HL_OK)
        fail(error.message);
    double count = (double)live(bench);
    printf("saved: %.1f bytes a headline, %.0f MB in %.2f s, %.0f MB/s\n", (double)store.bytes / count,
           (double)store.bytes / 1e6, bare_s, (double)store.bytes / 1e6 / bare_s);
    fflush(stdout);
    hl_engine *loaded = NULL;
    struct hl_state_source source = {get_section, get, &store};
    double start_cpu_s = cpu_s();
    start_s = now_s();
    if (hl_engine_load(&bench->options, &source, &loaded, &error) != HL_OK)
        fail(error.message);
    double load_s = now_s() - start_s, load_cpu_s = cpu_s() - start_cpu_s;
    printf("loaded: %.2f s, %.2f us a headline (%.2f s, %.2f us of processor time)\n", load_s, load_s * 1e6 / count,
           load_cpu_s, load_cpu_s * 1e6 / count);
    fflush(stdout);
    rewind_store(&store);
    struct hl_state_sink comparing = {compare_section, compare, &store};
    if (hl_engine_save(loaded, &comparing, &error) != HL_OK)
        fail(error.message);
    puts("equal: yes");
    hl_engine_destroy(loaded);
    free_store(&store);
}

/* The yardstick: what an add takes at most, and how many there are in a second, when nobody saves. */
static void add_undisturbed(struct bench *bench)
{
    bench->add_s_max = bench->add_cpu_s_max = 0;
    double start_s = now_s();
    for (int i = 0; i < FORK_ADDS; i++)
        add_one(bench);
    printf("no fork: %.0f adds/s, longest %.2f ms (%.2f ms of processor time)\n", FORK_ADDS / (now_s() - start_s),
           bench->add_s_max * 1e3, bench->add_cpu_s_max * 1e3);
}

/* Region by region, as the daemon does a few at a time. */
static void gather(struct bench *bench)
{
    double start_s = now_s(), longest_s = 0;
    bool more = true;
    while (more) {
        double one_s = now_s();
        more = hl_huge_memory_gather(bench->huge, 1);
        one_s = now_s() - one_s;
        longest_s = one_s > longest_s ? one_s : longest_s;
    }
    printf("      huge pages made again in %.0f ms, longest %.2f ms\n", (now_s() - start_s) * 1e3, longest_s * 1e3);
}

static void fork_once(struct bench *bench)
{
    double start_s = now_s();
    pid_t child = fork();
    if (child < 0)
        fail("fork failed");
    if (child == 0) {
        struct hl_state_sink nowhere = {ignore_section, ignore, NULL};
        _exit(hl_engine_save(bench->engine, &nowhere, NULL) == HL_OK ? 0 : 1);
    }
    double forked_s = now_s() - start_s;
    int status = 0;
    uint64_t added = 0;
    bench->add_s_max = bench->add_cpu_s_max = 0;
    start_s = now_s();
    for (; added < FORK_ADDS || waitpid(child, &status, WNOHANG) == 0; added++)
        add_one(bench);
    if (added == FORK_ADDS)
        waitpid(child, &status, 0);
    double during_s = now_s() - start_s;
    printf("fork: %.2f ms; meanwhile %.0f adds/s, longest %.2f ms (%.2f ms of processor time); child %s after %.2f s\n",
           forked_s * 1e3, (double)added / during_s, bench->add_s_max * 1e3, bench->add_cpu_s_max * 1e3,
           status == 0 ? "done" : "failed", during_s);
    if (bench->huge)
        gather(bench);
    fflush(stdout);
}

static void read_arguments(struct bench *bench, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        struct hl_error error;
        if (strcmp(argv[i], "--huge") == 0) {
            bench->huge = hl_huge_memory_create();
            bench->options.allocator = bench->huge ? hl_huge_memory_allocator(bench->huge) : NULL;
        } else if (strcmp(argv[i], "--forks") == 0 && i + 1 < argc) {
            bench->forks = strtol(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--headlines") == 0 && i + 1 < argc) {
            bench->headlines = strtoull(argv[++i], NULL, 10);
        } else if (ctl_rows_read(&bench->rows, argv[i], &error) != HL_OK) {
            fail(error.message);
        }
    }
}

int main(int argc, char **argv)
{
    static struct bench bench;
    bench.options = hl_engine_options_default();
    bench.options.settings.window_headlines = 50000000;
    bench.options.settings.window_age_s = 0;
    bench.headlines = 1000000;
    news_stream_init(&bench.stream, 1);
    bench.stream.vocabulary = 300000;
    bench.stream.calls = 1;
    bench.stream.step_ms = 500;
    bench.stream.collections = 1;
    read_arguments(&bench, argc, argv);
    fill(&bench);
    save_and_load(&bench);
    if (bench.forks > 0)
        add_undisturbed(&bench);
    for (long i = 0; i < bench.forks; i++)
        fork_once(&bench);
    hl_engine_destroy(bench.engine);
    hl_huge_memory_destroy(bench.huge);
    ctl_rows_clear(&bench.rows);
    return 0;
}
