/*
 * commands.c - commands.def as a table.
 */
#include "protocol/execute.h"
#include "protocol/request.h"

#define HL_COMMAND(name, shape, executor, tells, help)                                                                 \
    {#name, &hl_shape_##shape, hl_execute_##executor, HL_TELLS_##tells, help},
const struct hl_command hl_commands[HL_COMMAND_COUNT] = {
#include "protocol/commands.def"
};
#undef HL_COMMAND
