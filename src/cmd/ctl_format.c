/*
 * ctl_format.c - telling formats apart (see ctl_format.h).
 */
#include "cmd/ctl_format.h"

#include "cmd/ctl_json_feed.h"

#include <string.h>

enum { LOOK_BYTES = 4096 }; /* enough for any first line that can be told from others */

bool ctl_format_parse(const char *name, enum ctl_format *out)
{
    static const char *const names[CTL_FORMAT_COUNT] = {"", "jsonl", "feed", "jsonfeed", "csv", "tsv"};
    for (int i = CTL_FORMAT_JSONL; i < CTL_FORMAT_COUNT; i++) {
        if (strcmp(name, names[i]) == 0) {
            *out = (enum ctl_format)i;
            return true;
        }
    }
    return false;
}

static size_t skip_blanks(const char *bytes, size_t length)
{
    size_t i = length >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    while (i < length && (bytes[i] == ' ' || (bytes[i] >= '\t' && bytes[i] <= '\r')))
        i++;
    return i;
}

/* "<", also in UTF-16, which begins with a mark or has a NUL beside it. */
static bool is_xml(const char *bytes, size_t length)
{
    if (length >= 2 && (memcmp(bytes, "\xFF\xFE", 2) == 0 || memcmp(bytes, "\xFE\xFF", 2) == 0))
        return true;
    return bytes[0] == '<' || (length >= 2 && bytes[0] == '\0' && bytes[1] == '<');
}

static enum ctl_format detect_json(const char *line, size_t length)
{
    while (length > 0 && (line[length - 1] == ' ' || line[length - 1] == '\r'))
        length--;
    bool goes_on = length == 1; /* nothing but its brace: no line of JSON lines */
    return goes_on || ctl_json_feed_is(line, length) ? CTL_FORMAT_JSON_FEED : CTL_FORMAT_JSONL;
}

static enum ctl_format detect_table(const char *line, size_t length, const struct ctl_map *map)
{
    char delimiter = ctl_csv_delimiter(line, length, map);
    return delimiter == 0 ? CTL_FORMAT_JSONL : delimiter == '\t' ? CTL_FORMAT_TSV : CTL_FORMAT_CSV;
}

enum ctl_format ctl_format_detect(const char *bytes, size_t length, bool is_all, const struct ctl_map *map)
{
    size_t from = skip_blanks(bytes, length);
    bytes += from;
    length -= from;
    if (length == 0)
        return is_all ? CTL_FORMAT_JSONL : CTL_FORMAT_UNKNOWN;
    if (is_xml(bytes, length))
        return CTL_FORMAT_FEED;
    const char *end = memchr(bytes, '\n', length);
    if (!end && !is_all && length < LOOK_BYTES)
        return CTL_FORMAT_UNKNOWN;
    size_t line = end ? (size_t)(end - bytes) : length;
    line = line < LOOK_BYTES ? line : LOOK_BYTES;
    return bytes[0] == '{' ? detect_json(bytes, line) : detect_table(bytes, line, map);
}
