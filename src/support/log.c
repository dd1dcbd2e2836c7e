/*
 * log.c - lines of events (see log.h).
 */
#include "support/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *const level_names[] = {"debug", "info", "warn", "error"};

static const char cut_mark[] = "...\n"; /* room for it is kept free, so that every line ends in LF */

struct line {
    char *data;
    size_t length;
    bool cut;
};

static void put_bytes(struct line *line, const char *bytes, size_t length)
{
    size_t room = HL_LOG_LINE_BYTES - (sizeof cut_mark - 1) - line->length;
    if (length > room) {
        line->cut = true;
        length = 0; /* never a part of an escape or of a number */
    }
    if (line->cut)
        return;
    memcpy(line->data + line->length, bytes, length);
    line->length += length;
}

static void put_text(struct line *line, const char *text)
{
    put_bytes(line, text, strlen(text));
}

static void put_time(struct line *line, int64_t time_ms)
{
    int64_t seconds = time_ms / 1000, milliseconds = time_ms % 1000;
    if (milliseconds < 0) {
        milliseconds += 1000;
        seconds--;
    }
    time_t clock = (time_t)seconds;
    struct tm utc = {0};
    char date[64], fraction[16];
    if (!gmtime_r(&clock, &utc) || strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &utc) == 0)
        date[0] = '\0';
    snprintf(fraction, sizeof fraction, ".%03dZ", (int)milliseconds);
    put_text(line, date);
    put_text(line, fraction);
}

static bool is_control(unsigned char byte)
{
    return byte < 0x20 || byte == 0x7f;
}

static bool needs_quotes(const char *text)
{
    if (!text[0])
        return true;
    for (const char *c = text; *c; c++)
        if (is_control((unsigned char)*c) || strchr(" \"\\=", *c))
            return true;
    return false;
}

static void put_escaped(struct line *line, unsigned char byte)
{
    char escape[8];
    if (byte == '"' || byte == '\\')
        snprintf(escape, sizeof escape, "\\%c", byte);
    else if (byte == '\n' || byte == '\r' || byte == '\t')
        snprintf(escape, sizeof escape, "\\%c", byte == '\n' ? 'n' : byte == '\r' ? 'r' : 't');
    else if (is_control(byte))
        snprintf(escape, sizeof escape, "\\x%02x", byte);
    else
        snprintf(escape, sizeof escape, "%c", byte);
    put_text(line, escape);
}

static void put_value(struct line *line, const struct hl_log_field *field)
{
    if (!field->text) {
        char number[32];
        snprintf(number, sizeof number, "%" PRIu64, field->count);
        put_text(line, number);
    } else if (needs_quotes(field->text)) {
        put_text(line, "\"");
        for (const char *c = field->text; *c; c++)
            put_escaped(line, (unsigned char)*c);
        put_text(line, "\"");
    } else {
        put_text(line, field->text);
    }
}

size_t hl_log_format(char out[HL_LOG_LINE_BYTES], int64_t time_ms, enum hl_log_level level, const char *event,
                     const struct hl_log_field *fields)
{
    struct line line = {.data = out};
    put_time(&line, time_ms);
    put_text(&line, " ");
    put_text(&line, level_names[level]);
    put_text(&line, " ");
    put_text(&line, event);
    for (const struct hl_log_field *field = fields; field->key; field++) {
        put_text(&line, " ");
        put_text(&line, field->key);
        put_text(&line, "=");
        put_value(&line, field);
    }
    const char *end = line.cut ? cut_mark : "\n";
    memcpy(out + line.length, end, strlen(end));
    return line.length + strlen(end);
}

int64_t hl_log_clock_ms(void)
{
    struct timespec now = {0};
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void hl_log_write(struct hl_log *log, enum hl_log_level level, const char *event, const struct hl_log_field *fields)
{
    if (level < log->level)
        return;
    char line[HL_LOG_LINE_BYTES];
    size_t length = hl_log_format(line, hl_log_clock_ms(), level, event, fields);
    if (write(log->fd, line, length) != (ssize_t)length)
        log->lines_lost++;
}

bool hl_log_limiter_pass(struct hl_log_limiter *limiter, int64_t now_ms, unsigned per_second, uint64_t *suppressed)
{
    int64_t second = now_ms / 1000;
    if (second != limiter->second) {
        limiter->second = second;
        limiter->passed = 0;
    }
    if (limiter->passed >= per_second) {
        limiter->suppressed++;
        return false;
    }
    limiter->passed++;
    *suppressed = limiter->suppressed;
    limiter->suppressed = 0;
    return true;
}
