/*
 * markup.c - escapes of XML and HTML, which agree on those used here (see markup.h).
 */
#include "protocol/markup.h"

#include "protocol/encode.h"

#include <strings.h>

/* What stands for @c; NULL: itself. */
static const char *replacement(unsigned char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    case '\r':
        return " ";
    case '\t':
    case '\n':
        return NULL;
    default:
        return c < 0x20 ? "" : NULL;
    }
}

/* U+FFFE and U+FFFF: the only ones above the control characters that UTF-8 can write and XML forbids. */
static bool is_no_character(const char *at, const char *end)
{
    return end - at >= 3 && memcmp(at, "\xEF\xBF", 2) == 0 && (at[2] == '\xBE' || at[2] == '\xBF');
}

void hl_markup_put(struct hl_buffer *out, struct hl_text text)
{
    const char *from = text.data, *end = text.data + text.length;
    for (const char *at = from; at < end; at++) {
        unsigned char c = (unsigned char)*at;
        if (c > '>' && c != 0xEF) /* most of any text */
            continue;
        bool forbidden = is_no_character(at, end);
        const char *instead = forbidden ? "" : replacement(c);
        if (!instead)
            continue;
        hl_buffer_append(out, from, (size_t)(at - from));
        hl_json_raw(out, instead);
        at += forbidden ? 2 : 0;
        from = at + 1;
    }
    hl_buffer_append(out, from, (size_t)(end - from));
}

bool hl_markup_is_link(struct hl_text url)
{
    static const char *const schemes[] = {"http://", "https://"};
    for (size_t i = 0; i < url.length; i++) {
        unsigned char c = (unsigned char)url.data[i];
        if (c <= ' ' || c == 0x7F || c == '"' || c == '\'' || c == '<' || c == '>')
            return false;
    }
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
        if (url.length > strlen(schemes[i]) && strncasecmp(url.data, schemes[i], strlen(schemes[i])) == 0)
            return true;
    return false;
}
