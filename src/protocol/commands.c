/*
 * commands.c - commands.def as a table.
 */
#include "protocol/execute.h"
#include "protocol/request.h"

#define HL_COMMAND(name, shape, executor, changes, help)                                                               \
    {#name, &hl_shape_##shape, hl_execute_##executor, changes, help},
const struct hl_command hl_commands[HL_COMMAND_COUNT] = {
#include "protocol/commands.def"
};
#undef HL_COMMAND
