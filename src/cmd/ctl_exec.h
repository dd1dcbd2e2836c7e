/*
 * ctl_exec.h - a command of the user's run for an event: what watch --exec does.
 *
 * The command is run by the shell as the user has written it. What the event tells never becomes a part of it: it is in the environment, and as JSON on
 * standard input, so that no title can be taken for a command.
 */
#ifndef HL_CMD_CTL_EXEC_H
#define HL_CMD_CTL_EXEC_H

#include <jansson.h>

#include <headlined/error.h>

/*
 * Runs @command for @event (an object, borrowed) and waits for its end. *@exit_status gets what a shell would say of it: 128 and more for a
 * signal. HL_IO (it cannot be started), HL_NO_MEMORY.
 */
enum hl_status ctl_exec(const char *command, const json_t *event, int *exit_status, struct hl_error *error);

#endif
