/*
 * execute.h - the executors of commands.def: each asks the engine and appends the members of the answer (see hl_executor).
 */
#ifndef HL_PROTOCOL_EXECUTE_H
#define HL_PROTOCOL_EXECUTE_H

#include "protocol/request.h"

#define HL_COMMAND(name, shape, executor, tells, help)                                                                 \
    enum hl_status hl_execute_##executor(const struct hl_service *service, const struct hl_request *request,           \
                                         int64_t now_ms, struct hl_buffer *out, struct hl_error *error);
#include "protocol/commands.def"
#undef HL_COMMAND

/* ---- keep.c: changes, by the service's keeper or, without one, by the engine itself ---------------------------------- */

enum hl_status hl_keep_add(const struct hl_service *service, const struct hl_headline *headline, int64_t now_ms,
                           struct hl_result *result, struct hl_error *error);
enum hl_status hl_keep_remove(const struct hl_service *service, struct hl_text collection, struct hl_text id,
                              int64_t now_ms, struct hl_error *error);
enum hl_status hl_keep_settings(const struct hl_service *service, struct hl_text collection,
                                const struct hl_setting_change *changes, size_t count, int64_t now_ms, uint64_t *seq,
                                struct hl_error *error);

/* The member `events` of stats. */
void hl_events_put_figures(struct hl_buffer *out, struct hl_events *events);

/* The member `store` of stats; nothing when changes are kept in memory only. */
void hl_keep_put_figures(struct hl_buffer *out, const struct hl_service *service, int64_t now_ms);

#endif
