/*
 * execute.h - the executors of commands.def: each asks the engine and appends the members of the answer (see hl_executor).
 */
#ifndef HL_PROTOCOL_EXECUTE_H
#define HL_PROTOCOL_EXECUTE_H

#include "protocol/request.h"

#define HL_COMMAND(name, shape, executor, changes, help)                                                               \
    enum hl_status hl_execute_##executor(const struct hl_service *service, const struct hl_request *request,           \
                                         int64_t now_ms, struct hl_buffer *out, struct hl_error *error);
#include "protocol/commands.def"
#undef HL_COMMAND

#endif
