/*
 * bench_store.c - what the disk allows: bench_store DIRECTORY [MEGABYTES]. DIRECTORY is made, and must not be there.
 *
 * The journal: records of 300 bytes by each policy, with at most so many unanswered (a batch), as pipelining clients leave them. The
 * snapshot: MEGABYTES (default 1500) of words and numbers, written and read with its verdict.
 */
#include "store/journal.h"
#include "store/snapshot.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define RECORD_BYTES 300
#define PIECE_BYTES ((size_t)1 << 20)

struct signal {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
};

static double seconds(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void stop(const struct hl_error *error)
{
    (void)fprintf(stderr, "bench_store: %s\n", error->message);
    exit(1);
}

static void notify(void *context)
{
    struct signal *signal = context;
    pthread_mutex_lock(&signal->mutex);
    pthread_cond_signal(&signal->changed);
    pthread_mutex_unlock(&signal->mutex);
}

static void wait_for(struct signal *signal, struct hl_input_log *log, uint64_t seq)
{
    pthread_mutex_lock(&signal->mutex);
    while (hl_input_log_durable(log) < seq)
        pthread_cond_wait(&signal->changed, &signal->mutex);
    pthread_mutex_unlock(&signal->mutex);
}

static void bench_journal(struct hl_directory *directory, enum hl_journal_sync sync, const char *name, uint64_t batch,
                          uint64_t *after_seq)
{
    struct signal signal = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER};
    struct hl_journal_options options = hl_journal_options_default();
    struct hl_journal_report report;
    struct hl_input_log *log;
    struct hl_input_log_status status;
    struct hl_error error;
    char record[RECORD_BYTES];
    options.sync = sync;
    options.after_seq = *after_seq;
    options.notify = notify;
    options.notify_context = &signal;
    memset(record, 'x', sizeof(record));
    if (hl_journal_open(directory, &options, &log, &report, &error) != HL_OK)
        stop(&error);
    uint64_t first = hl_input_log_last(log), seq = first;
    double start = seconds();
    while (seconds() - start < 2.0) {
        if (hl_input_log_append(log, 1, 0, record, sizeof(record), &seq, &error) != HL_OK)
            stop(&error);
        if (seq - first >= batch)
            wait_for(&signal, log, seq - batch + 1);
    }
    wait_for(&signal, log, seq);
    double took = seconds() - start;
    hl_input_log_status(log, &status);
    printf("journal %-8s up to %5llu unanswered: %9.0f records/s, %6.0f syncs/s\n", name, (unsigned long long)batch,
           (double)(seq - first) / took, (double)status.syncs / took);
    hl_input_log_rotate(log);
    hl_input_log_drop_below(log, seq + 1);
    *after_seq = seq;
    if (hl_input_log_close(log, &error) != HL_OK)
        stop(&error);
}

/* Words of a language that nobody speaks, with a number now and then. */
static void fill(char *piece)
{
    uint64_t state = 1;
    size_t at = 0;
    while (at + 16 < PIECE_BYTES) {
        state = state * UINT64_C(6364136223846793005) + 1442695040888963407U;
        uint64_t word = (state >> 52) * UINT64_C(0x9E3779B97F4A7C15); /* one of 4096 */
        for (size_t letters = 2 + (word >> 61); letters > 0; letters--, word /= 26)
            piece[at++] = (char)('a' + word % 26);
        piece[at++] = ' ';
        if (state >> 48 & 1) {
            memcpy(piece + at, &state, 4);
            at += 4;
        }
    }
    memset(piece + at, 0, PIECE_BYTES - at);
}

static enum hl_status load(void *context, struct hl_snapshot_reader *reader, struct hl_error *error)
{
    struct hl_snapshot_section_info info;
    size_t got = PIECE_BYTES;
    enum hl_status status = hl_snapshot_next(reader, &info, error);
    while (status == HL_OK && got == PIECE_BYTES)
        status = hl_snapshot_read(reader, context, PIECE_BYTES, &got, error);
    return status;
}

static void bench_snapshot(struct hl_directory *directory, unsigned long megabytes)
{
    struct hl_snapshot_meta meta = {.seq = 1};
    struct hl_snapshot_writer *writer;
    struct hl_error error;
    char *piece = malloc(PIECE_BYTES);
    if (piece == NULL)
        exit(1);
    fill(piece);
    double start = seconds();
    if (hl_snapshot_create_file(directory, &meta, 1, &writer, &error) != HL_OK ||
        hl_snapshot_section(writer, 1, false, "bench", &error) != HL_OK)
        stop(&error);
    for (unsigned long i = 0; i < megabytes; i++)
        (void)hl_snapshot_write(writer, piece, PIECE_BYTES, NULL); /* an error stays until finish */
    if (hl_snapshot_finish(writer, &error) != HL_OK)
        stop(&error);
    double stored = (double)hl_snapshot_written(writer) / 1e6;
    hl_snapshot_writer_free(writer);
    double written = seconds();
    if (hl_snapshot_load_newest(directory, load, piece, NULL, &error) != HL_OK)
        stop(&error);
    printf("snapshot of %lu MiB, %.0f MB stored: written in %.2f s, read in %.2f s\n", megabytes, stored,
           written - start, seconds() - written);
    free(piece);
}

int main(int argc, char **argv)
{
    struct hl_directory directory;
    struct hl_error error;
    if (argc < 2 || argc > 3) {
        (void)fprintf(stderr, "usage: bench_store DIRECTORY [MEGABYTES]\n");
        return 2;
    }
    unsigned long megabytes = argc == 3 ? strtoul(argv[2], NULL, 10) : 1500;
    if (hl_directory_open(argv[1], HL_DIRECTORY_CREATE, &directory, &error) != HL_OK)
        stop(&error);
    uint64_t after_seq = 0;
    static const uint64_t batches[] = {1, 16, 256, 4096};
    static const char *const names[] = {"always", "interval", "never"};
    for (int sync = HL_JOURNAL_SYNC_ALWAYS; sync <= HL_JOURNAL_SYNC_NEVER; sync++) {
        for (size_t i = 0; i < sizeof(batches) / sizeof(batches[0]); i++)
            bench_journal(&directory, (enum hl_journal_sync)sync, names[sync], batches[i], &after_seq);
    }
    bench_snapshot(&directory, megabytes);
    hl_directory_close(&directory);
    return 0;
}
