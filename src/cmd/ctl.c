/*
 * ctl.c - errors and clocks of headlinectl (see ctl.h).
 */
#include "cmd/ctl.h"

#include "cmd/ctl_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

void ctl_complain(const char *format, ...)
{
    char message[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    struct hl_buffer line;
    hl_buffer_init(&line);
    hl_buffer_append_text(&line, "headlinectl: ");
    ctl_text_append(&line, message, strlen(message), 0);
    hl_buffer_append_text(&line, "\n");
    if (line.failed)
        fputs("headlinectl: out of memory\n", stderr);
    else
        fwrite(line.data, 1, line.length, stderr);
    hl_buffer_clear(&line);
}

enum ctl_exit ctl_fail(enum ctl_exit code, const struct hl_error *error)
{
    ctl_complain("%s", error->message);
    return code;
}

static int64_t clock_ms(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now); /* cannot fail: both clocks exist on every POSIX system that we build for */
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t ctl_monotonic_ms(void)
{
    return clock_ms(CLOCK_MONOTONIC);
}

int64_t ctl_wall_ms(void)
{
    return clock_ms(CLOCK_REALTIME);
}
