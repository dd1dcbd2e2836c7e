/*
 * memory_log.h - a log (log.h) in memory, for tests of what uses a log: durability and failure come when the test says so.
 *
 * At first every record is durable at once. No thread of its own: notify is called from within the calls below and from append.
 */
#ifndef HL_STORE_MEMORY_LOG_H
#define HL_STORE_MEMORY_LOG_H

#include "store/log.h"

/*
 * @notify may be NULL. @held_bytes_max bounds the data that is not durable, as the journal does. HL_NO_MEMORY. Give *@out back with
 * hl_input_log_close, which is an error while records are not durable.
 */
enum hl_status hl_memory_log_open(uint64_t held_bytes_max, hl_input_log_notify *notify, void *notify_context,
                                  struct hl_input_log **out, struct hl_error *error);

/* With @hold records become durable by hl_memory_log_make_durable only; without, all of them now and each at once. */
void hl_memory_log_hold(struct hl_input_log *log, bool hold);
/* Records up to @seq, at most the last, are durable. */
void hl_memory_log_make_durable(struct hl_input_log *log, uint64_t seq);
/* Failed as the journal is: appends are refused with @reason, nothing more becomes durable. NULL: it works again. */
void hl_memory_log_fail(struct hl_input_log *log, const char *reason);

#endif
