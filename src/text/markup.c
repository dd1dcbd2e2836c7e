/*
 * markup.c - a summary without its HTML tags: feeds put paragraphs, links and images into summaries, whose names and addresses would be taken
 * for words. Not a parser: what looks like a tag becomes a space, the rest stays as it is.
 */
#include "text/tools.h"

#include "core/text.h"

#include <string.h>

static bool begins_tag(const char *at, size_t length)
{
    if (length < 2 || at[0] != '<')
        return false;
    char letter = (char)(at[1] | 0x20);
    return at[1] == '/' || at[1] == '!' || (letter >= 'a' && letter <= 'z');
}

/* How much of @text to keep: up to the last space within @max_bytes, or whole characters when there is none. */
static size_t cut_length(struct hl_text text, size_t max_bytes)
{
    if (text.length <= max_bytes)
        return text.length;
    for (size_t at = max_bytes; at > 0; at--)
        if (text.data[at] == ' ')
            return at;
    return hl_text_cut(text, max_bytes);
}

struct hl_text hl_text_strip_markup(struct hl_text_tools *tools, struct hl_text clean, size_t max_bytes)
{
    char *data = tools->clean.data; /* what @clean borrows, writable */
    size_t used = 0, ends = clean.length;
    while (ends > 0 && data[ends - 1] != '>')
        ends--; /* no tag ends behind this, so that nothing is searched twice */
    for (size_t at = 0; at < clean.length; at++) {
        bool tag = at < ends && begins_tag(data + at, ends - at);
        if (tag)
            at = (size_t)((char *)memchr(data + at, '>', ends - at) - data);
        data[used++] = tag ? ' ' : data[at];
    }
    struct hl_text text = {data, used};
    text.length = cut_length(text, max_bytes);
    return text;
}
