/*
 * log.h - one line per event: RFC 3339 time, level, event name, key=value pairs; and a limiter for noisy events.
 *
 *     2025-12-14T09:30:00.123Z info ready socket=/run/headlined/headlined.sock tcp=127.0.0.1:7878 pid=4711
 *
 * A value is quoted when it is empty or holds a space, a quote, a backslash, "=" or a control character; quotes and backslashes
 * are escaped with a backslash, control characters as \n, \r, \t or \xNN. A line is at most HL_LOG_LINE_BYTES long and written with
 * one write(2), so that the lines of two processes do not mix. Single-threaded.
 */
#ifndef HL_SUPPORT_LOG_H
#define HL_SUPPORT_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HL_LOG_LINE_BYTES 4096

enum hl_log_level { HL_LOG_DEBUG, HL_LOG_INFO, HL_LOG_WARN, HL_LOG_ERROR };

struct hl_log {
    int fd;                  /* borrowed */
    enum hl_log_level level; /* events below it are dropped */
    uint64_t lines_lost;     /* lines that could not be written whole */
};

struct hl_log_field {
    const char *key;
    const char *text; /* NULL: the value is count */
    uint64_t count;
};

static inline struct hl_log_field hl_log_text(const char *key, const char *text)
{
    return (struct hl_log_field){key, text ? text : "", 0};
}

static inline struct hl_log_field hl_log_count(const char *key, uint64_t count)
{
    return (struct hl_log_field){key, NULL, count};
}

/* HL_LOG(log, HL_LOG_INFO, "ready", hl_log_text("socket", path), hl_log_count("pid", pid)): at least one field. */
#define HL_LOG(log, level, event, ...)                                                                                 \
    hl_log_write((log), (level), (event), (const struct hl_log_field[]){__VA_ARGS__, {NULL, NULL, 0}})

/* Writes the event now, unless its level is below the log's. A failed write is counted in lines_lost. */
void hl_log_write(struct hl_log *log, enum hl_log_level level, const char *event, const struct hl_log_field *fields);

/*
 * The line (LF included, no NUL) of an event at @time_ms into @out; @fields end with a NULL key. Returns its length; what does not
 * fit is cut off before the LF, and the cut is marked with "...". Pure.
 */
size_t hl_log_format(char out[HL_LOG_LINE_BYTES], int64_t time_ms, enum hl_log_level level, const char *event,
                     const struct hl_log_field *fields);

/* Milliseconds since 1970-01-01 UTC by the wall clock. */
int64_t hl_log_clock_ms(void);

/* Lets at most @per_second events through in each second and counts the others. All zero to begin with. */
struct hl_log_limiter {
    int64_t second;
    unsigned passed;     /* in that second */
    uint64_t suppressed; /* since the last one let through */
};

/* True when the event may be logged: *@suppressed then gets how many before it were not. A clock that jumps is harmless. */
bool hl_log_limiter_pass(struct hl_log_limiter *limiter, int64_t now_ms, unsigned per_second, uint64_t *suppressed);

#endif
