/*
 * memory_log.c - the log of tests (see memory_log.h). One thread.
 */
#include "store/memory_log.h"

#include "core/assert.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY_LOG_MAGIC 0x4d4c4f47U

struct memory_record {
    struct memory_record *next; /* owned */
    struct hl_input_record record;
    unsigned char data[];
};

struct memory_log {
    struct hl_input_log log; /* first */
    uint32_t magic;
    hl_input_log_notify *notify;
    void *notify_context; /* borrowed */
    struct memory_record *first, *last_record;
    uint64_t last;
    uint64_t rotated; /* the last record at the last rotation: only up to there is dropped */
    bool hold;
    struct memory_record *promised; /* owned; for the append that was reserved */
    size_t promised_bytes;          /* of its data */
    struct hl_input_log_status status;
};

static struct memory_log *memory_log_of(const struct hl_input_log *log)
{
    struct memory_log *memory = (struct memory_log *)log;
    HL_ASSERT(memory->magic == MEMORY_LOG_MAGIC);
    return memory;
}

static void tell(const struct memory_log *memory)
{
    if (memory->notify != NULL)
        memory->notify(memory->notify_context);
}

static enum hl_status check_room(struct memory_log *memory, size_t bytes, struct hl_error *error)
{
    struct hl_input_log_status *status = &memory->status;
    if (status->failed) {
        status->refused_failed++;
        return hl_error_set(error, HL_UNAVAILABLE, NULL, "the log cannot be written: %s", status->reason.message);
    }
    if (status->held_bytes > 0 && status->held_bytes + bytes > status->held_bytes_max) {
        status->refused_busy++;
        return hl_error_set(error, HL_UNAVAILABLE, NULL, "the log is busy");
    }
    return HL_OK;
}

/* A record with room for @bytes in place of the one that was reserved; NULL: it stays. */
static struct memory_record *promise(struct memory_log *memory, size_t bytes, struct hl_error *error)
{
    if (check_room(memory, bytes, error) != HL_OK)
        return NULL;
    struct memory_record *promised = malloc(sizeof(*promised) + bytes);
    if (promised == NULL) {
        (void)hl_error_set(error, HL_NO_MEMORY, NULL, "no memory for a record of the log");
        return NULL;
    }
    free(memory->promised);
    memory->promised = promised;
    memory->promised_bytes = bytes;
    return promised;
}

static enum hl_status memory_reserve(struct hl_input_log *log, size_t bytes, struct hl_error *error)
{
    struct hl_error why;
    if (promise(memory_log_of(log), bytes, &why) != NULL)
        return HL_OK;
    if (error != NULL)
        *error = why;
    return why.status;
}

static enum hl_status memory_append(struct hl_input_log *log, uint8_t kind, int64_t received_ms, const void *data,
                                    size_t bytes, uint64_t *out_seq, struct hl_error *error)
{
    struct memory_log *memory = memory_log_of(log);
    struct hl_input_log_status *status = &memory->status;
    struct memory_record *added = memory->promised;
    struct hl_error why;
    if (added == NULL || bytes > memory->promised_bytes)
        added = promise(memory, bytes, &why);
    if (added == NULL) {
        if (error != NULL)
            *error = why;
        return why.status;
    }
    memory->promised = NULL;
    if (bytes > 0)
        memcpy(added->data, data, bytes);
    added->next = NULL;
    added->record = (struct hl_input_record){++memory->last, received_ms, kind, added->data, bytes};
    if (memory->last_record != NULL)
        memory->last_record->next = added;
    else
        memory->first = added;
    memory->last_record = added;
    status->appended++;
    status->held_bytes += bytes;
    status->bytes_since_rotate += bytes;
    *out_seq = memory->last;
    if (!memory->hold)
        hl_memory_log_make_durable(log, memory->last);
    return HL_OK;
}

static uint64_t memory_durable(const struct hl_input_log *log)
{
    return memory_log_of(log)->status.durable;
}

static uint64_t memory_last(const struct hl_input_log *log)
{
    return memory_log_of(log)->last;
}

static enum hl_status memory_replay(struct hl_input_log *log, uint64_t from, hl_input_log_visit *visit, void *context,
                                    struct hl_error *error)
{
    struct memory_log *memory = memory_log_of(log);
    if (from > memory->last)
        return HL_OK;
    if (memory->status.failed && memory->status.durable < memory->last)
        return hl_error_set(error, HL_UNAVAILABLE, NULL, "the log cannot be written: %s",
                            memory->status.reason.message);
    const struct memory_record *at = memory->first;
    if (at == NULL || at->record.seq > from)
        return hl_error_set(error, HL_CORRUPT, NULL, "record %" PRIu64 " is no longer there", from);
    enum hl_status status = HL_OK;
    for (; at != NULL && status == HL_OK; at = at->next) {
        if (at->record.seq >= from)
            status = visit(context, &at->record, error);
    }
    return status;
}

static void memory_rotate(struct hl_input_log *log)
{
    struct memory_log *memory = memory_log_of(log);
    memory->rotated = memory->last;
    memory->status.bytes_since_rotate = 0;
}

static void memory_drop_below(struct hl_input_log *log, uint64_t seq)
{
    struct memory_log *memory = memory_log_of(log);
    if (seq <= memory->rotated) /* in the middle of what would be one segment */
        return;
    while (memory->first != NULL && memory->first->record.seq <= memory->rotated) {
        struct memory_record *gone = memory->first;
        memory->first = gone->next;
        free(gone);
    }
    if (memory->first == NULL)
        memory->last_record = NULL;
    memory->status.segments_dropped++;
}

static void memory_status(const struct hl_input_log *log, struct hl_input_log_status *out)
{
    const struct memory_log *memory = memory_log_of(log);
    *out = memory->status;
    out->last = memory->last;
    out->synced = memory->status.durable;
}

static enum hl_status memory_close(struct hl_input_log *log, struct hl_error *error)
{
    struct memory_log *memory = memory_log_of(log);
    uint64_t lost = memory->last - memory->status.durable;
    while (memory->first != NULL) {
        struct memory_record *gone = memory->first;
        memory->first = gone->next;
        free(gone);
    }
    memory->magic = 0;
    free(memory->promised);
    free(memory);
    if (lost > 0)
        return hl_error_set(error, HL_IO, NULL, "the last %" PRIu64 " records of the log are lost", lost);
    return HL_OK;
}

enum hl_status hl_memory_log_open(uint64_t held_bytes_max, hl_input_log_notify *notify, void *notify_context,
                                  struct hl_input_log **out, struct hl_error *error)
{
    static const struct hl_input_log_ops ops = {
        memory_reserve, memory_append,     memory_replay, memory_durable, memory_last,
        memory_rotate,  memory_drop_below, memory_status, memory_close,
    };
    struct memory_log *memory = calloc(1, sizeof(*memory));
    if (memory == NULL)
        return hl_error_set(error, HL_NO_MEMORY, NULL, "no memory for a log");
    memory->log.ops = &ops;
    memory->magic = MEMORY_LOG_MAGIC;
    memory->notify = notify;
    memory->notify_context = notify_context;
    memory->status.held_bytes_max = held_bytes_max;
    *out = &memory->log;
    return HL_OK;
}

void hl_memory_log_hold(struct hl_input_log *log, bool hold)
{
    struct memory_log *memory = memory_log_of(log);
    memory->hold = hold;
    if (!hold)
        hl_memory_log_make_durable(log, memory->last);
}

void hl_memory_log_make_durable(struct hl_input_log *log, uint64_t seq)
{
    struct memory_log *memory = memory_log_of(log);
    uint64_t before = memory->status.durable;
    if (memory->status.failed)
        return;
    for (struct memory_record *at = memory->first; at != NULL && at->record.seq <= seq; at = at->next) {
        if (at->record.seq <= memory->status.durable)
            continue;
        memory->status.durable = at->record.seq;
        memory->status.held_bytes -= at->record.bytes;
    }
    if (memory->status.durable > before)
        tell(memory);
}

void hl_memory_log_fail(struct hl_input_log *log, const char *reason)
{
    struct memory_log *memory = memory_log_of(log);
    bool failed = reason != NULL;
    if (failed) {
        (void)hl_error_set(&memory->status.reason, HL_IO, NULL, "%s", reason);
        memory->status.failures++;
    } else {
        memory->status.recoveries += memory->status.failed;
    }
    memory->status.failed = failed;
    tell(memory);
    if (!failed && !memory->hold)
        hl_memory_log_make_durable(log, memory->last);
}
