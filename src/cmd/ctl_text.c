/*
 * ctl_text.c - text for terminals (see ctl_text.h).
 */
#include "cmd/ctl_text.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utf8proc.h>

static size_t terminal_width(int descriptor)
{
    const char *columns = getenv("COLUMNS");
    unsigned long value = columns ? strtoul(columns, NULL, 10) : 0;
    if (value > 0 && value <= 10000)
        return value;
    struct winsize size;
    if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return 80;
}

struct ctl_screen ctl_screen_of(FILE *stream)
{
    int descriptor = fileno(stream);
    if (!isatty(descriptor))
        return (struct ctl_screen){0, false};
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
    bool plain = (no_color && no_color[0]) || (term && strcmp(term, "dumb") == 0);
    return (struct ctl_screen){terminal_width(descriptor), !plain};
}

void ctl_style_begin(struct hl_buffer *out, const struct ctl_screen *screen, enum ctl_style style)
{
    static const char *const codes[] = {"", "\033[1m", "\033[2m", "\033[32m", "\033[33m", "\033[36m"};
    if (screen->colour)
        hl_buffer_append_text(out, codes[style]);
}

void ctl_style_end(struct hl_buffer *out, const struct ctl_screen *screen, enum ctl_style style)
{
    if (screen->colour && style != CTL_PLAIN)
        hl_buffer_append_text(out, "\033[0m");
}

/* ---- characters --------------------------------------------------------------------------------------------------- */

enum { REPLACEMENT = 0xFFFD };

static bool turns_direction(utf8proc_int32_t point)
{
    return (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
}

/* The character at @text, made safe, or -1 when nothing is to be shown; *@bytes gets how many bytes it took. */
static utf8proc_int32_t next_safe(const char *text, size_t length, size_t *bytes)
{
    utf8proc_int32_t point;
    utf8proc_ssize_t taken = utf8proc_iterate((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)length, &point);
    *bytes = taken > 0 ? (size_t)taken : 1;
    if (taken <= 0)
        return REPLACEMENT;
    if (point == '\t' || point == '\n' || point == '\r' || point == 0x2028 || point == 0x2029)
        return ' ';
    if (point < 0x20 || (point >= 0x7F && point < 0xA0))
        return REPLACEMENT;
    return turns_direction(point) ? -1 : point;
}

static size_t point_width(utf8proc_int32_t point)
{
    int width = utf8proc_charwidth(point);
    return width > 0 ? (size_t)width : 0;
}

size_t ctl_text_width(const char *text, size_t length)
{
    size_t width = 0, bytes;
    for (size_t at = 0; at < length; at += bytes) {
        utf8proc_int32_t point = next_safe(text + at, length - at, &bytes);
        width += point >= 0 ? point_width(point) : 0;
    }
    return width;
}

size_t ctl_text_append(struct hl_buffer *out, const char *text, size_t length, size_t width_max)
{
    size_t whole = ctl_text_width(text, length);
    bool cut = width_max > 0 && whole > width_max;
    size_t room = cut ? width_max - 1 : whole, width = 0, bytes;
    for (size_t at = 0; at < length; at += bytes) {
        utf8proc_int32_t point = next_safe(text + at, length - at, &bytes);
        if (point < 0)
            continue;
        if (width + point_width(point) > room)
            break;
        width += point_width(point);
        utf8proc_uint8_t encoded[4];
        hl_buffer_append(out, encoded, (size_t)utf8proc_encode_char(point, encoded));
    }
    if (cut) {
        hl_buffer_append_text(out, "\u2026");
        width++;
    }
    return width;
}

/* ---- numbers ------------------------------------------------------------------------------------------------------ */

static void age_words(int64_t seconds, char out[24])
{
    static const struct {
        int64_t seconds;
        const char *one, *many;
    } units[] = {{31557600, "year", "years"}, {2629800, "month", "months"},
                 {86400, "day", "days"},      {3600, "h", "h"},
                 {60, "min", "min"},          {1, "s", "s"}};
    size_t unit = 0;
    /* two of a unit at least, so that "25 h" is not blurred to "1 day" */
    while (unit < 5 && seconds < units[unit].seconds * (unit < 3 ? 2 : 1))
        unit++;
    int64_t count = seconds / units[unit].seconds;
    snprintf(out, 24, "%lld %s", (long long)count, count == 1 ? units[unit].one : units[unit].many);
}

void ctl_age(int64_t now_ms, int64_t then_ms, char out[CTL_AGE_BYTES])
{
    int64_t seconds = (now_ms - then_ms) / 1000;
    char words[24];
    if (seconds > -10 && seconds < 10) { /* the clocks of two machines differ that much */
        snprintf(out, CTL_AGE_BYTES, "just now");
    } else if (seconds < 0) {
        age_words(-seconds, words);
        snprintf(out, CTL_AGE_BYTES, "in %s", words);
    } else {
        age_words(seconds, words);
        snprintf(out, CTL_AGE_BYTES, "%s ago", words);
    }
}

const char *ctl_number(uint64_t value, char out[CTL_NUMBER_BYTES])
{
    char digits[24];
    size_t length = (size_t)snprintf(digits, sizeof digits, "%llu", (unsigned long long)value), at = 0;
    for (size_t i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = '\0';
    return out;
}
