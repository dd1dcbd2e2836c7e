/*
 * number.c - the extent of a number in a title, and its one form.
 */
#include "text/number.h"

#include <stdbool.h>
#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

size_t hl_number_length(const char *data, size_t length)
{
    size_t end = 1;
    for (; end < length; end++) {
        if (is_digit(data[end]))
            continue;
        bool inner = data[end] == '.' || data[end] == ',' || data[end] == ':' || data[end] == '/';
        if (!inner || end + 1 == length || !is_digit(data[end + 1]))
            break;
    }
    return end;
}

/* Whether @part is one to three digits, not beginning with 0, and then one or more times @mark and exactly three digits. */
static bool is_grouped(const char *part, size_t length, char mark)
{
    size_t head = length % 4;
    if (head == 0 || length < 5 || part[0] == '0')
        return false;
    for (size_t i = 0; i < length; i++) {
        bool at_mark = i % 4 == head;
        if (at_mark ? part[i] != mark : !is_digit(part[i]))
            return false;
    }
    return true;
}

static size_t write_digits(const char *part, size_t length, char *out)
{
    size_t written = 0;
    for (size_t i = 0; i < length; i++)
        if (is_digit(part[i]))
            out[written++] = part[i];
    return written;
}

/* One number without ':' and '/'. */
static size_t write_part(const char *part, size_t length, char *out)
{
    size_t marks = 0, first = 0, last = 0;
    for (size_t i = 0; i < length; i++) {
        if (is_digit(part[i]))
            continue;
        if (marks++ == 0)
            first = i;
        last = i;
    }
    if (marks > 0 && is_grouped(part, length, part[first]))
        return write_digits(part, length, out);
    bool decimal_after_groups = marks > 1 && part[last] != part[first] && is_grouped(part, last, part[first]);
    if (marks != 1 && !decimal_after_groups) {
        memcpy(out, part, length);
        return length;
    }
    size_t whole = write_digits(part, last, out);
    out[whole] = '.';
    return whole + 1 + write_digits(part + last + 1, length - last - 1, out + whole + 1);
}

size_t hl_number_write(const char *number, size_t length, char *out)
{
    size_t written = 0;
    for (size_t at = 0; at < length;) {
        size_t end = at;
        while (end < length && number[end] != ':' && number[end] != '/')
            end++;
        written += write_part(number + at, end - at, out + written);
        if (end < length)
            out[written++] = number[end++];
        at = end;
    }
    return written;
}
