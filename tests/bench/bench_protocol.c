/*
 * bench_protocol.c - what the protocol costs beside the engine: bench_protocol FILE of JSON lines, as for `add`.
 *
 * Prints nanoseconds for a line: jansson's parse alone; the request (parsed and checked); the engine alone (headlines read beforehand);
 * the whole way from line to answer; and that way for `ping`, where the engine does nothing. The best of three passes over up to
 * 100,000 lines, each on a new engine.
 */
#include "protocol/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LINES_MAX = 100000, PASSES = 3, LINE_MAX_BYTES = 1 << 16 };
#define NOW INT64_C(1765704600000)

struct lines {
    struct hl_text items[LINES_MAX]; /* owned */
    size_t count;
};

/* Time of this thread on a processor: other programs disturb it least. */
static double now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static int read_lines(const char *path, struct lines *lines)
{
    static char line[LINE_MAX_BYTES];
    FILE *file = fopen(path, "r");
    if (!file) {
        perror(path);
        return -1;
    }
    while (lines->count < LINES_MAX && fgets(line, sizeof line, file)) {
        struct hl_text *item = &lines->items[lines->count];
        item->length = strcspn(line, "\n");
        char *copy = malloc(item->length + 1);
        if (!copy)
            break;
        memcpy(copy, line, item->length);
        item->data = copy;
        lines->count++;
    }
    fclose(file);
    return lines->count > 0 ? 0 : -1;
}

static hl_engine *new_engine(void)
{
    struct hl_engine_options options = hl_engine_options_default();
    hl_engine *engine = NULL;
    if (hl_engine_create(&options, &engine, NULL) != HL_OK)
        abort();
    return engine;
}

static double bench_jansson(const struct lines *lines)
{
    double start = now_ns();
    for (size_t i = 0; i < lines->count; i++)
        json_decref(json_loadb(lines->items[i].data, lines->items[i].length, JSON_REJECT_DUPLICATES, NULL));
    return now_ns() - start;
}

static double bench_request(const struct lines *lines)
{
    double start = now_ns();
    for (size_t i = 0; i < lines->count; i++) {
        struct hl_request request;
        hl_request_read(&request, lines->items[i].data, lines->items[i].length, NULL);
        hl_request_release(&request);
    }
    return now_ns() - start;
}

static double bench_engine(const struct lines *lines)
{
    static struct hl_request requests[LINES_MAX];
    hl_engine *engine = new_engine();
    for (size_t i = 0; i < lines->count; i++)
        hl_request_read(&requests[i], lines->items[i].data, lines->items[i].length, NULL);
    double start = now_ns();
    for (size_t i = 0; i < lines->count; i++) {
        struct hl_result result;
        hl_engine_add(engine, &requests[i].body.headline, NOW + (int64_t)i, &result, NULL);
    }
    double time = now_ns() - start;
    for (size_t i = 0; i < lines->count; i++)
        hl_request_release(&requests[i]);
    hl_engine_destroy(engine);
    return time;
}

/* All lines through the protocol, or @instead of each. */
static double run_whole(const struct lines *lines, const char *instead)
{
    struct hl_service service = {.engine = new_engine(), .server_name = "bench", .line_max_bytes = LINE_MAX_BYTES};
    struct hl_buffer out;
    hl_buffer_init(&out);
    double start = now_ns();
    for (size_t i = 0; i < lines->count; i++) {
        struct hl_text line = instead ? (struct hl_text){instead, strlen(instead)} : lines->items[i];
        hl_buffer_reset(&out);
        hl_service_handle(&service, line.data, line.length, NOW + (int64_t)i, &out, NULL);
    }
    double time = now_ns() - start;
    hl_buffer_clear(&out);
    hl_engine_destroy(service.engine);
    return time;
}

static double bench_whole(const struct lines *lines)
{
    return run_whole(lines, NULL);
}

static double bench_ping(const struct lines *lines)
{
    return run_whole(lines, "{\"op\":\"ping\",\"ref\":12345}");
}

static double best(double (*bench)(const struct lines *), const struct lines *lines)
{
    double least = bench(lines);
    for (int pass = 1; pass < PASSES; pass++) {
        double time = bench(lines);
        least = time < least ? time : least;
    }
    return least / (double)lines->count;
}

int main(int argc, char **argv)
{
    static struct lines lines;
    if (argc != 2 || read_lines(argv[1], &lines) != 0) {
        fprintf(stderr, "usage: bench_protocol FILE\n");
        return 1;
    }
    printf("%zu lines; ns a line: jansson %.0f, request %.0f, engine %.0f, whole %.0f, ping %.0f\n", lines.count,
           best(bench_jansson, &lines), best(bench_request, &lines), best(bench_engine, &lines),
           best(bench_whole, &lines), best(bench_ping, &lines));
    for (size_t i = 0; i < lines.count; i++)
        free((void *)(uintptr_t)lines.items[i].data);
    return 0;
}
