/*
 * log.c - the calls of the log, passed on to the implementation; limits that are the same for each (see log.h).
 */
#include "store/log.h"

static enum hl_status check_size(size_t bytes, struct hl_error *error)
{
    if (bytes <= HL_INPUT_LOG_RECORD_BYTES_MAX)
        return HL_OK;
    return hl_error_set(error, HL_TOO_LARGE, NULL, "a record of %zu bytes is too large for the log: %u are the limit",
                        bytes, HL_INPUT_LOG_RECORD_BYTES_MAX);
}

enum hl_status hl_input_log_reserve(struct hl_input_log *log, size_t bytes, struct hl_error *error)
{
    enum hl_status status = check_size(bytes, error);
    return status == HL_OK ? log->ops->reserve(log, bytes, error) : status;
}

enum hl_status hl_input_log_append(struct hl_input_log *log, uint8_t kind, int64_t received_ms, const void *data,
                                   size_t bytes, uint64_t *out_seq, struct hl_error *error)
{
    enum hl_status status = check_size(bytes, error);
    if (status != HL_OK)
        return status;
    return log->ops->append(log, kind, received_ms, data, bytes, out_seq, error);
}

uint64_t hl_input_log_durable(const struct hl_input_log *log)
{
    return log->ops->durable(log);
}

uint64_t hl_input_log_last(const struct hl_input_log *log)
{
    return log->ops->last(log);
}

enum hl_status hl_input_log_replay(struct hl_input_log *log, uint64_t from, hl_input_log_visit *visit, void *context,
                                   struct hl_error *error)
{
    return log->ops->replay(log, from > 0 ? from : 1, visit, context, error);
}

void hl_input_log_rotate(struct hl_input_log *log)
{
    log->ops->rotate(log);
}

void hl_input_log_drop_below(struct hl_input_log *log, uint64_t seq)
{
    log->ops->drop_below(log, seq);
}

void hl_input_log_status(const struct hl_input_log *log, struct hl_input_log_status *out)
{
    log->ops->status(log, out);
}

enum hl_status hl_input_log_close(struct hl_input_log *log, struct hl_error *error)
{
    return log != NULL ? log->ops->close(log, error) : HL_OK;
}
