/*
 * store_fixture.c - known records and snapshots (see store_fixture.h).
 */
#include "support/store_fixture.h"

#include "core/assert.h"
#include "support/random.h"

#include <stdlib.h>
#include <string.h>

#define RECORD_BYTES_MAX 70000U

/* The content of record @seq; returns its length. */
static size_t record_content(uint64_t seq, unsigned char to[RECORD_BYTES_MAX])
{
    uint64_t random = seq * 7919;
    size_t bytes = seq % 97 == 50 ? 50000 + random_below(&random, 20000) : random_below(&random, 700);
    for (size_t i = 0; i < bytes; i++)
        to[i] = (unsigned char)(i % 8 == 0 ? random_next(&random) : seq + i);
    return bytes;
}

enum hl_status store_append(struct hl_input_log *log, uint64_t seq, struct hl_error *error)
{
    unsigned char data[RECORD_BYTES_MAX];
    size_t bytes = record_content(seq, data);
    uint64_t got = 0;
    enum hl_status status =
        hl_input_log_append(log, (uint8_t)(1 + seq % 5), (int64_t)(1000 + seq), data, bytes, &got, error);
    HL_ASSERT(status != HL_OK || got == seq);
    return status;
}

enum hl_status store_visit(void *context, const struct hl_input_record *record, struct hl_error *error)
{
    (void)error;
    unsigned char data[RECORD_BYTES_MAX];
    struct store_reader *reader = context;
    size_t bytes = record_content(record->seq, data);
    if (reader->next == 0)
        reader->next = record->seq;
    if (record->seq != reader->next || record->kind != 1 + record->seq % 5 ||
        record->received_ms != (int64_t)(1000 + record->seq) || record->bytes != bytes ||
        memcmp(record->data, data, bytes) != 0)
        reader->wrong = true;
    reader->next++;
    reader->count++;
    return HL_OK;
}

void store_waiter_init(struct store_waiter *waiter)
{
    HL_ASSERT(pthread_mutex_init(&waiter->mutex, NULL) == 0);
    HL_ASSERT(pthread_cond_init(&waiter->changed, NULL) == 0);
    waiter->calls = 0;
}

void store_waiter_clear(struct store_waiter *waiter)
{
    pthread_cond_destroy(&waiter->changed);
    pthread_mutex_destroy(&waiter->mutex);
}

void store_notify(void *context)
{
    struct store_waiter *waiter = context;
    pthread_mutex_lock(&waiter->mutex);
    waiter->calls++;
    pthread_cond_broadcast(&waiter->changed);
    pthread_mutex_unlock(&waiter->mutex);
}

bool store_wait(struct store_waiter *waiter, struct hl_input_log *log, uint64_t seq)
{
    struct hl_input_log_status status = {0};
    pthread_mutex_lock(&waiter->mutex);
    while (hl_input_log_durable(log) < seq) {
        hl_input_log_status(log, &status);
        if (status.failed)
            break;
        pthread_cond_wait(&waiter->changed, &waiter->mutex);
    }
    pthread_mutex_unlock(&waiter->mutex);
    return hl_input_log_durable(log) >= seq;
}

void store_wait_recovered(struct store_waiter *waiter, struct hl_input_log *log)
{
    struct hl_input_log_status status;
    pthread_mutex_lock(&waiter->mutex);
    for (hl_input_log_status(log, &status); status.failed; hl_input_log_status(log, &status))
        pthread_cond_wait(&waiter->changed, &waiter->mutex);
    pthread_mutex_unlock(&waiter->mutex);
}

struct hl_journal_options store_options(struct store_waiter *waiter)
{
    struct hl_journal_options options = hl_journal_options_default();
    options.retry_min_ms = 1;
    options.retry_max_ms = 2;
    options.salt = 12345;
    options.notify = store_notify;
    options.notify_context = waiter;
    return options;
}

/* Bytes of a section, small ones below sequence number 1000: kind 1 compresses well, kind 2 is empty or short, kind 3 does not compress. */
static size_t section_bytes(uint64_t seq, uint32_t kind)
{
    uint64_t random = seq + kind;
    size_t size = seq < 1000 ? 3000 : 300000;
    return kind == 2 ? (size_t)(seq % 3) * 10 : kind * size + random_below(&random, (uint32_t)size / 3);
}

static unsigned char section_byte(uint64_t seq, uint32_t kind, uint64_t *random, size_t at)
{
    return (unsigned char)(kind == 3 ? random_next(random) : (at / 64 + seq) % 251);
}

enum hl_status store_fill_snapshot(struct hl_snapshot_writer *writer, uint64_t seq, struct hl_error *error)
{
    static const char *const names[] = {"", "plain", "maybe", "noise"};
    enum hl_status status = HL_OK;
    for (uint32_t kind = 1; kind <= 3 && status == HL_OK; kind++) {
        uint64_t random = seq * 3 + kind;
        unsigned char piece[1000];
        size_t bytes = section_bytes(seq, kind);
        status = hl_snapshot_section(writer, kind, kind == 2, names[kind], error);
        for (size_t at = 0; at < bytes && status == HL_OK;) {
            size_t step = 0;
            while (step < sizeof(piece) && at < bytes)
                piece[step++] = section_byte(seq, kind, &random, at++);
            status = hl_snapshot_write(writer, piece, step, error);
        }
    }
    return status;
}

enum hl_status store_write_snapshot(struct hl_directory *directory, uint64_t seq, uint32_t keep, struct hl_error *error)
{
    struct hl_snapshot_meta meta = {.seq = seq, .created_ms = 1700000000000, .content_version = 7};
    struct hl_snapshot_writer *writer;
    enum hl_status status = hl_snapshot_create_file(directory, &meta, keep, &writer, error);
    if (status != HL_OK)
        return status;
    status = store_fill_snapshot(writer, seq, error);
    if (status == HL_OK)
        status = hl_snapshot_finish(writer, error);
    hl_snapshot_writer_free(writer);
    return status;
}

static bool content_is_right(uint64_t seq, uint32_t kind, uint64_t *random, size_t at, const unsigned char *bytes,
                             size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] != section_byte(seq, kind, random, at + i))
            return false;
    }
    return true;
}

static enum hl_status check_section(struct hl_snapshot_reader *reader, uint32_t kind, bool *wrong,
                                    struct hl_error *error)
{
    unsigned char piece[3001];
    uint64_t seq = hl_snapshot_meta(reader)->seq, random = seq * 3 + kind;
    size_t at = 0, got = sizeof(piece);
    while (got == sizeof(piece)) {
        enum hl_status status = hl_snapshot_read(reader, piece, sizeof(piece), &got, error);
        if (status != HL_OK)
            return status;
        *wrong |= !content_is_right(seq, kind, &random, at, piece, got);
        at += got;
    }
    *wrong |= at != section_bytes(seq, kind);
    return HL_OK;
}

enum hl_status store_load_snapshot(void *context, struct hl_snapshot_reader *reader, struct hl_error *error)
{
    bool *wrong = context;
    *wrong |= hl_snapshot_meta(reader)->content_version != 7 || hl_snapshot_section_count(reader) != 3;
    for (uint32_t kind = 1; kind <= 3; kind++) {
        struct hl_snapshot_section_info info;
        enum hl_status status = hl_snapshot_next(reader, &info, error);
        if (status != HL_OK)
            return status;
        *wrong |= info.kind != kind || info.optional != (kind == 2);
        status = kind == 2 ? hl_snapshot_skip(reader, error) : check_section(reader, kind, wrong, error);
        if (status != HL_OK)
            return status;
    }
    return HL_OK;
}
