/*
 * ctl_html.c - HTML to text by libxml2's parser, which reads what browsers read (see ctl_html.h).
 */
#include "cmd/ctl_html.h"

#include <libxml/HTMLparser.h>
#include <string.h>

struct reading {
    struct hl_buffer *out; /* borrowed */
    unsigned hidden;       /* open elements whose text is none */
};

bool ctl_html_is_block(const char *name)
{
    static const char *const names[] = {"p",  "br", "div", "li", "ul", "ol", "td", "th",         "tr", "table",
                                        "h1", "h2", "h3",  "h4", "h5", "h6", "hr", "blockquote", "dd", "dt"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static bool is_hidden(const xmlChar *name)
{
    return strcmp((const char *)name, "script") == 0 || strcmp((const char *)name, "style") == 0;
}

static void on_start(void *context, const xmlChar *name, const xmlChar **attributes)
{
    struct reading *reading = context;
    (void)attributes;
    reading->hidden += is_hidden(name);
    if (ctl_html_is_block((const char *)name))
        hl_buffer_append(reading->out, " ", 1);
}

static void on_end(void *context, const xmlChar *name)
{
    struct reading *reading = context;
    if (is_hidden(name) && reading->hidden > 0)
        reading->hidden--;
    if (ctl_html_is_block((const char *)name))
        hl_buffer_append(reading->out, " ", 1);
}

static void on_text(void *context, const xmlChar *text, int length)
{
    struct reading *reading = context;
    if (reading->hidden == 0)
        hl_buffer_append(reading->out, text, (size_t)length);
}

/* Not by the push parser, which loses what follows an end tag too many. */
static bool parse(const char *html, size_t length, struct reading *reading)
{
    htmlParserCtxtPtr parser = htmlNewParserCtxt();
    if (!parser)
        return false;
    *parser->sax = (xmlSAXHandler){.startElement = on_start,
                                   .endElement = on_end,
                                   .characters = on_text,
                                   .cdataBlock = on_text,
                                   .ignorableWhitespace = on_text,
                                   .initialized = 1};
    parser->userData = reading;
    htmlDocPtr document = htmlCtxtReadMemory(parser, html, (int)length, NULL, "UTF-8",
                                             HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING |
                                                 HTML_PARSE_NONET | HTML_PARSE_NOIMPLIED | HTML_PARSE_IGNORE_ENC);
    bool has_memory = parser->errNo != XML_ERR_NO_MEMORY;
    xmlFreeDoc(document); /* which the events above do not make */
    htmlFreeParserCtxt(parser);
    return has_memory;
}

bool ctl_html_text(const char *html, size_t length, struct hl_buffer *out)
{
    struct reading reading = {.out = out};
    bool plain = !memchr(html, '<', length) && !memchr(html, '&', length);
    if (plain || length > INT32_MAX)
        return hl_buffer_append(out, html, length);
    if (!parse(html, length, &reading))
        out->failed = true;
    return !out->failed;
}

void ctl_html_squeeze(struct hl_buffer *text)
{
    size_t to = 0;
    bool space = true; /* so that none comes first */
    for (size_t i = 0; i < text->length; i++) {
        char c = text->data[i];
        bool is_space = c == ' ' || (c >= '\t' && c <= '\r');
        if (!is_space || !space)
            text->data[to++] = is_space ? ' ' : c;
        space = is_space;
    }
    text->length = to > 0 && space ? to - 1 : to;
}
