/*
 * ctl_exec.c - commands for events (see ctl_exec.h).
 */
#include "cmd/ctl_exec.h"

#include "cmd/ctl_client.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { NUMBER_BYTES = 32, COMMAND_NOT_FOUND = 127, BY_SIGNAL = 128 };

/* Variables, and the members that they come from: of the event, else of its headline. */
static const struct {
    const char *variable, *member, *of_headline, *other_member;
} variables[] = {
    {"HEADLINED_EVENT", "kind", NULL, NULL},
    {"HEADLINED_EVENT_ID", "id", NULL, NULL},
    {"HEADLINED_TIME", "time", NULL, NULL},
    {"HEADLINED_COLLECTION", "collection", NULL, NULL},
    {"HEADLINED_STORY", "story", NULL, NULL},
    {"HEADLINED_TOPIC", "topic", NULL, NULL},
    {"HEADLINED_HEADLINES", "headlines", NULL, "story_headlines"},
    {"HEADLINED_SOURCES", "sources", NULL, NULL},
    {"HEADLINED_TITLE", "title", "title", NULL},
    {"HEADLINED_SOURCE", "source", "source", NULL},
    {"HEADLINED_ID", "headline_id", "id", NULL},
    {"HEADLINED_URL", NULL, "url", NULL},
    {"HEADLINED_VERDICT", "verdict", NULL, NULL},
};

static const json_t *member_of(const json_t *event, size_t i)
{
    const json_t *value = variables[i].member ? json_object_get(event, variables[i].member) : NULL;
    if (!value && variables[i].other_member)
        value = json_object_get(event, variables[i].other_member);
    if (!value && variables[i].of_headline)
        value = json_object_get(json_object_get(event, "headline"), variables[i].of_headline);
    return value;
}

/* What the event does not tell is empty, so that nothing is left from elsewhere. In the child. */
static bool set_environment(const json_t *event)
{
    bool set = true;
    for (size_t i = 0; i < sizeof variables / sizeof variables[0] && set; i++) {
        const json_t *value = member_of(event, i);
        char number[NUMBER_BYTES] = "";
        if (json_is_integer(value))
            (void)snprintf(number, sizeof number, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
        set = setenv(variables[i].variable, json_is_string(value) ? json_string_value(value) : number, 1) == 0;
    }
    return set;
}

/* A pipe that holds @data; its end for reading, or -1. It has room for far more than an event. */
static int pipe_with(const struct hl_buffer *data)
{
    int ends[2];
    if (pipe(ends) != 0)
        return -1;
    bool held =
        fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0 && write(ends[1], data->data, data->length) == (ssize_t)data->length;
    close(ends[1]);
    if (held)
        return ends[0];
    close(ends[0]);
    return -1;
}

/* Does not return. */
static void run_child(const char *command, const json_t *event, int input)
{
    if (dup2(input, STDIN_FILENO) >= 0 && set_environment(event)) {
        if (input != STDIN_FILENO)
            close(input);
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    }
    _exit(COMMAND_NOT_FOUND);
}

static enum hl_status failed(const char *what, struct hl_error *error)
{
    return hl_error_set(error, HL_IO, "exec", "cannot %s for the command: %s", what, strerror(errno));
}

static enum hl_status run_with(const char *command, const json_t *event, int input, int *exit_status,
                               struct hl_error *error)
{
    fflush(stdout); /* what was printed comes before what the command prints, and not twice */
    pid_t child = fork();
    if (child < 0)
        return failed("start a process", error);
    if (child == 0)
        run_child(command, event, input);
    int status;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return failed("wait", error);
    *exit_status = WIFEXITED(status) ? WEXITSTATUS(status) : BY_SIGNAL + WTERMSIG(status);
    return HL_OK;
}

enum hl_status ctl_exec(const char *command, const json_t *event, int *exit_status, struct hl_error *error)
{
    struct hl_buffer data;
    hl_buffer_init(&data);
    ctl_json_append(&data, event);
    hl_buffer_append_text(&data, "\n");
    int input = data.failed ? -1 : pipe_with(&data);
    enum hl_status status = HL_OK;
    if (data.failed)
        status = hl_error_set(error, HL_NO_MEMORY, NULL, "out of memory");
    else if (input < 0)
        status = failed("make a pipe", error);
    hl_buffer_clear(&data);
    if (status != HL_OK)
        return status;
    status = run_with(command, event, input, exit_status, error);
    close(input);
    return status;
}
