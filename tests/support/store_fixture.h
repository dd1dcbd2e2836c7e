/*
 * store_fixture.h - records and snapshots whose content follows from their number, so that a test knows what must come back.
 */
#ifndef HL_TESTS_SUPPORT_STORE_FIXTURE_H
#define HL_TESTS_SUPPORT_STORE_FIXTURE_H

#include "store/journal.h"
#include "store/snapshot.h"
#include "support/sim_disk.h"

#include <pthread.h>

/* Record @seq of every test journal: 0 to about 700 bytes; a long one now and then. */
enum hl_status store_append(struct hl_input_log *log, uint64_t seq, struct hl_error *error);

/* A visitor's context: counts what comes, which must be the records from next on. */
struct store_reader {
    uint64_t next; /* 0: whatever comes first */
    uint64_t count;
    bool wrong; /* something came that was never appended there */
};
enum hl_status store_visit(void *context, const struct hl_input_record *record, struct hl_error *error);

/* Waits until @seq is durable or the log has failed; for logs whose notify is store_notify with this. */
struct store_waiter {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    uint64_t calls;
};
void store_waiter_init(struct store_waiter *waiter);
void store_waiter_clear(struct store_waiter *waiter);
void store_notify(void *context);
/* False when the log failed meanwhile. */
bool store_wait(struct store_waiter *waiter, struct hl_input_log *log, uint64_t seq);
/* Until the log works again. */
void store_wait_recovered(struct store_waiter *waiter, struct hl_input_log *log);

/* Default options with quick retries, a fixed salt and @waiter. */
struct hl_journal_options store_options(struct store_waiter *waiter);

/* Writes a snapshot whose three sections follow from @seq: kinds 1, 2 (optional) and 3. */
enum hl_status store_write_snapshot(struct hl_directory *directory, uint64_t seq, uint32_t keep,
                                    struct hl_error *error);
/* The same calls on any writer, without finishing it. */
enum hl_status store_fill_snapshot(struct hl_snapshot_writer *writer, uint64_t seq, struct hl_error *error);
/*
 * hl_snapshot_load that checks the content; @context is a bool, false at first, that becomes true for good when
 * content was given out that is wrong, whatever the verdict.
 */
enum hl_status store_load_snapshot(void *context, struct hl_snapshot_reader *reader, struct hl_error *error);

#endif
