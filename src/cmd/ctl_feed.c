/*
 * ctl_feed.c - RSS and Atom by the events of libxml2's parser (see ctl_feed.h).
 *
 * Depths tell where we are, the root being at 1:
 *
 *     rss > channel > item > title          feed > entry > title          RDF > channel > title
 *                   > title                      > title                      > item > title
 */
#include "cmd/ctl_feed.h"

#include "cmd/ctl_entry.h"
#include "cmd/ctl_html.h"

#include <headlined/engine.h>
#include <libxml/HTMLparser.h>
#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 256, ENTITY_BYTES = 8 };

/* Whose element: of no namespace or the feed's own, of Atom, of one of the modules that count, or of another. */
enum space { SPACE_OWN, SPACE_ATOM, SPACE_DC, SPACE_CONTENT, SPACE_OTHER };

/* How text inside an element is meant. */
enum kind { KIND_TEXT, KIND_HTML, KIND_XHTML, KIND_NONE };

struct ctl_feed {
    xmlParserCtxtPtr parser; /* owned */
    struct ctl_queue *queue; /* borrowed */
    xmlChar *root_space;     /* owned; namespace of the root, or NULL */
    unsigned depth;          /* of the innermost open element; 0: none */
    unsigned about_depth;    /* of the element that tells of the feed itself; 0 before it */
    unsigned item_depth;     /* of the open item; 0: none */
    unsigned origin_depth;   /* of the source of an Atom entry, which holds elements of its own; 0: none */
    unsigned part_depth;     /* of the element whose text is collected; 0: none */
    enum ctl_entry_part part;
    enum kind kind;
    bool is_full;          /* no more of that text is taken */
    struct hl_buffer text; /* owned */
    struct ctl_entry item, about;
    uint64_t item_line;
    bool is_feed, has_ended; /* the root was one; it was closed */
    bool goes_on;            /* and something other than comments follows */
    bool is_too_deep, no_memory;
    int problem_line; /* of the first problem; 0: none */
    char problem[128];
    xmlEntity entity; /* handed to the parser until the next */
    xmlChar entity_text[ENTITY_BYTES];
};

/* ---- names -------------------------------------------------------------------------------------------------------- */

static bool is_named(const xmlChar *name, const char *wanted)
{
    return name && strcmp((const char *)name, wanted) == 0;
}

static enum space space_of(const struct ctl_feed *feed, const xmlChar *uri)
{
    static const struct {
        const char *uri;
        enum space space;
    } known[] = {
        {"http://www.w3.org/2005/Atom", SPACE_ATOM},    {"http://purl.org/atom/ns#", SPACE_ATOM},
        {"http://purl.org/rss/1.0/", SPACE_OWN},        {"http://my.netscape.com/rdf/simple/0.9/", SPACE_OWN},
        {"http://purl.org/dc/elements/1.1/", SPACE_DC}, {"http://purl.org/rss/1.0/modules/content/", SPACE_CONTENT},
    };
    if (!uri)
        return SPACE_OWN;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (is_named(uri, known[i].uri))
            return known[i].space;
    return feed->root_space && xmlStrEqual(uri, feed->root_space) ? SPACE_OWN : SPACE_OTHER;
}

/* An element right below an item, or right below what tells of the feed. */
struct element {
    enum space space;
    const char *name;
    enum ctl_entry_part part;
    bool is_html;
};

static const struct element elements[] = {
    {SPACE_OWN, "title", CTL_ENTRY_TITLE, true},
    {SPACE_OWN, "guid", CTL_ENTRY_ID, false},
    {SPACE_OWN, "link", CTL_ENTRY_URL, false},
    {SPACE_OWN, "pubDate", CTL_ENTRY_PUBLISHED, false},
    {SPACE_OWN, "description", CTL_ENTRY_SUMMARY, true},
    {SPACE_OWN, "source", CTL_ENTRY_SOURCE, true},
    {SPACE_OWN, "language", CTL_ENTRY_LANG, false},
    {SPACE_DC, "date", CTL_ENTRY_UPDATED, false},
    {SPACE_DC, "language", CTL_ENTRY_LANG, false},
    {SPACE_CONTENT, "encoded", CTL_ENTRY_CONTENT, true},
    {SPACE_ATOM, "title", CTL_ENTRY_TITLE, false},
    {SPACE_ATOM, "id", CTL_ENTRY_ID, false},
    {SPACE_ATOM, "published", CTL_ENTRY_PUBLISHED, false},
    {SPACE_ATOM, "issued", CTL_ENTRY_PUBLISHED, false},
    {SPACE_ATOM, "updated", CTL_ENTRY_UPDATED, false},
    {SPACE_ATOM, "modified", CTL_ENTRY_UPDATED, false},
    {SPACE_ATOM, "summary", CTL_ENTRY_SUMMARY, false},
    {SPACE_ATOM, "content", CTL_ENTRY_CONTENT, false},
};

static const struct element *find_element(enum space space, const xmlChar *name)
{
    for (size_t i = 0; i < sizeof elements / sizeof elements[0]; i++)
        if (elements[i].space == space && is_named(name, elements[i].name))
            return &elements[i];
    return NULL;
}

/* ---- attributes --------------------------------------------------------------------------------------------------- */

/* As the parser gives them: five pointers each, the value not ended by a NUL. */
struct attributes {
    const xmlChar **all;
    int count;
};

/* The value of @name, length 0 when there is none; @prefix NULL: without one. */
static struct hl_text attribute(const struct attributes *attributes, const char *prefix, const char *name)
{
    for (int i = 0; i < attributes->count; i++) {
        const xmlChar **at = attributes->all + 5 * (ptrdiff_t)i;
        bool same_prefix = prefix ? is_named(at[1], prefix) : at[1] == NULL;
        if (same_prefix && is_named(at[0], name))
            return (struct hl_text){(const char *)at[3], (size_t)(at[4] - at[3])};
    }
    return (struct hl_text){"", 0};
}

static bool is_text(struct hl_text text, const char *wanted)
{
    return text.length == strlen(wanted) && memcmp(text.data, wanted, text.length) == 0;
}

/* The kind of an Atom text by its type; RSS has HTML everywhere but where it has none at all. */
static enum kind kind_of(const struct element *element, const struct attributes *attributes)
{
    struct hl_text type = attribute(attributes, NULL, "type");
    if (element->space != SPACE_ATOM)
        return element->is_html ? KIND_HTML : KIND_TEXT;
    if (type.length == 0 || is_text(type, "text") || is_text(type, "text/plain"))
        return KIND_TEXT;
    if (is_text(type, "html") || is_text(type, "text/html"))
        return KIND_HTML;
    return is_text(type, "xhtml") || is_text(type, "application/xhtml+xml") ? KIND_XHTML : KIND_NONE;
}

/* From an attribute, in which the parser leaves "&" as "&#38;". One that is too long is left out. */
static void set_part(struct ctl_feed *feed, struct ctl_entry *entry, enum ctl_entry_part part, struct hl_text text)
{
    size_t length = text.length < CTL_ENTRY_PART_MAX_BYTES ? text.length : 0;
    if (!ctl_entry_set(entry, part, text.data, length, true))
        feed->no_memory = true;
}

/* Atom's link is an attribute; of several it is the one to the page itself. */
static void take_atom_link(struct ctl_feed *feed, const struct attributes *attributes)
{
    struct hl_text relation = attribute(attributes, NULL, "rel");
    if (relation.length == 0 || is_text(relation, "alternate"))
        set_part(feed, &feed->item, CTL_ENTRY_URL, attribute(attributes, NULL, "href"));
}

/* ---- items -------------------------------------------------------------------------------------------------------- */

static void begin_item(struct ctl_feed *feed, const struct attributes *attributes)
{
    feed->item_depth = feed->depth;
    feed->origin_depth = feed->part_depth = 0;
    feed->item_line = (uint64_t)xmlSAX2GetLineNumber(feed->parser);
    ctl_entry_reset(&feed->item);
    set_part(feed, &feed->item, CTL_ENTRY_ID, attribute(attributes, "rdf", "about"));
    set_part(feed, &feed->item, CTL_ENTRY_LANG, attribute(attributes, "xml", "lang"));
}

static void begin_part(struct ctl_feed *feed, enum ctl_entry_part part, enum kind kind)
{
    if (kind == KIND_NONE)
        return;
    feed->part = part;
    feed->kind = kind;
    feed->part_depth = feed->depth;
    feed->is_full = false;
    hl_buffer_reset(&feed->text);
}

static void end_part(struct ctl_feed *feed)
{
    struct ctl_entry *entry = feed->item_depth > 0 ? &feed->item : &feed->about;
    feed->part_depth = 0;
    if (!ctl_entry_set(entry, feed->part, feed->text.data, feed->text.length, feed->kind == KIND_HTML))
        feed->no_memory = true;
}

static void end_item(struct ctl_feed *feed)
{
    if (feed->item_depth == 0)
        return;
    if (feed->part_depth > 0)
        end_part(feed); /* it was not closed either */
    feed->item_depth = 0;
    ctl_entry_queue(&feed->item, &feed->about, feed->item_line, feed->queue);
}

/* A child of an item, or a child of the source of an Atom entry. */
static void begin_child(struct ctl_feed *feed, enum space space, const xmlChar *name,
                        const struct attributes *attributes)
{
    const struct element *element = find_element(space, name);
    if (feed->origin_depth > 0) {
        if (element && element->part == CTL_ENTRY_TITLE)
            begin_part(feed, CTL_ENTRY_SOURCE, kind_of(element, attributes));
    } else if (space == SPACE_ATOM && is_named(name, "source")) {
        feed->origin_depth = feed->depth;
    } else if (space == SPACE_ATOM && is_named(name, "link")) {
        take_atom_link(feed, attributes);
    } else if (element) {
        begin_part(feed, element->part, kind_of(element, attributes));
    }
}

static void begin_root(struct ctl_feed *feed, const xmlChar *name, const xmlChar *uri,
                       const struct attributes *attributes)
{
    bool is_atom = is_named(name, "feed");
    feed->is_feed = is_atom || is_named(name, "rss") || is_named(name, "RDF");
    feed->about_depth = is_atom ? 1 : 0;
    if (uri)
        feed->root_space = xmlStrdup(uri);
    feed->no_memory = feed->no_memory || (uri && !feed->root_space);
    set_part(feed, &feed->about, CTL_ENTRY_LANG, attribute(attributes, "xml", "lang"));
    if (!feed->is_feed) {
        snprintf(feed->problem, sizeof feed->problem, "its root is <%.64s>", (const char *)name);
        xmlStopParser(feed->parser);
    }
}

/* ---- events ------------------------------------------------------------------------------------------------------- */

static void begin_element(struct ctl_feed *feed, const xmlChar *name, const xmlChar *uri,
                          const struct attributes *attributes)
{
    enum space space = space_of(feed, uri);
    bool ours = space == SPACE_OWN || space == SPACE_ATOM;
    if (feed->depth == 1) {
        begin_root(feed, name, uri, attributes);
    } else if (ours && (is_named(name, "item") || is_named(name, "entry"))) {
        end_item(feed); /* an open one was not closed */
        begin_item(feed, attributes);
    } else if (feed->part_depth > 0) {
        if (ctl_html_is_block((const char *)name) && !feed->is_full)
            hl_buffer_append(&feed->text, " ", 1);
    } else if (feed->item_depth > 0) {
        if (feed->depth == (feed->origin_depth > 0 ? feed->origin_depth : feed->item_depth) + 1)
            begin_child(feed, space, name, attributes);
    } else if (ours && feed->depth == 2 && is_named(name, "channel")) {
        feed->about_depth = 2;
    } else if (feed->about_depth > 0 && feed->depth == feed->about_depth + 1) {
        const struct element *element = find_element(space, name);
        if (element && (element->part == CTL_ENTRY_TITLE || element->part == CTL_ENTRY_LANG))
            begin_part(feed, element->part, kind_of(element, attributes));
    }
}

static void on_start(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri, int space_count,
                     const xmlChar **spaces, int count, int defaulted, const xmlChar **all)
{
    struct ctl_feed *feed = context;
    (void)prefix, (void)space_count, (void)spaces, (void)defaulted;
    if (++feed->depth > DEPTH_MAX) {
        feed->is_too_deep = true;
        xmlStopParser(feed->parser);
        return;
    }
    begin_element(feed, name, uri, &(struct attributes){all, count});
}

static void on_end(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    struct ctl_feed *feed = context;
    (void)name, (void)prefix, (void)uri;
    if (feed->part_depth == feed->depth)
        end_part(feed);
    if (feed->origin_depth == feed->depth)
        feed->origin_depth = 0;
    if (feed->item_depth == feed->depth)
        end_item(feed);
    if (feed->depth > 0)
        feed->depth--;
    feed->has_ended = feed->depth == 0;
}

/* The parser gives whole characters, so that a part can be cut between two pieces. */
static void on_text(void *context, const xmlChar *text, int length)
{
    struct ctl_feed *feed = context;
    if (feed->part_depth == 0 || feed->is_full)
        return;
    feed->is_full = feed->text.length + (size_t)length > CTL_ENTRY_PART_MAX_BYTES;
    if (!feed->is_full && !hl_buffer_append(&feed->text, text, (size_t)length))
        feed->no_memory = true;
}

/* XML's five (asked for here with XML_PARSE_OLDSAX) and HTML's names for characters; those that a document declares are not known. */
static xmlEntityPtr on_entity(void *context, const xmlChar *name)
{
    struct ctl_feed *feed = context;
    feed->parser->wellFormed = 1; /* from the first problem on the parser would leave all references out, "&amp;" too */
    xmlEntityPtr predefined = xmlGetPredefinedEntity(name);
    const htmlEntityDesc *html = predefined ? NULL : htmlEntityLookup(name);
    if (predefined || !html || feed->parser->inSubset != 0)
        return predefined;
    int length = xmlCopyCharMultiByte(feed->entity_text, (int)html->value);
    feed->entity_text[length] = '\0';
    feed->entity = (xmlEntity){.type = XML_ENTITY_DECL,
                               .name = (const xmlChar *)html->name,
                               .orig = feed->entity_text,
                               .content = feed->entity_text,
                               .length = length,
                               .etype = XML_INTERNAL_PREDEFINED_ENTITY};
    return &feed->entity;
}

/* What costs a character or two, and no more. */
static bool is_harmless(int code)
{
    return code == XML_ERR_UNDECLARED_ENTITY || code == XML_ERR_NAME_REQUIRED ||
           code == XML_ERR_ENTITYREF_SEMICOL_MISSING;
}

/* The first problem is kept, for when the document cannot be read to its end. */
static void on_problem(void *context, xmlErrorPtr problem)
{
    struct ctl_feed *feed = context;
    if (problem->code == XML_ERR_NO_MEMORY)
        feed->no_memory = true;
    bool at_end = problem->code == XML_ERR_DOCUMENT_END; /* something follows the root, or it was not closed */
    feed->goes_on = feed->goes_on || (at_end && feed->has_ended);
    if ((at_end && !feed->has_ended) || feed->problem_line > 0 || problem->level != XML_ERR_FATAL ||
        is_harmless(problem->code))
        return;
    const char *message = problem->message ? problem->message : "damaged";
    feed->problem_line = problem->line > 0 ? problem->line : 1;
    snprintf(feed->problem, sizeof feed->problem, "%.*s", (int)strcspn(message, "\n"), message);
}

/* ---- the reader --------------------------------------------------------------------------------------------------- */

struct ctl_feed *ctl_feed_create(struct ctl_queue *queue)
{
    xmlSAXHandler handler = {.initialized = XML_SAX2_MAGIC,
                             .startElementNs = on_start,
                             .endElementNs = on_end,
                             .characters = on_text,
                             .cdataBlock = on_text,
                             .getEntity = on_entity,
                             .serror = on_problem};
    struct ctl_feed *feed = calloc(1, sizeof *feed);
    if (!feed)
        return NULL;
    feed->queue = queue;
    feed->parser = xmlCreatePushParserCtxt(&handler, feed, NULL, 0, NULL);
    if (!feed->parser || xmlCtxtUseOptions(feed->parser, XML_PARSE_RECOVER | XML_PARSE_NONET | XML_PARSE_OLDSAX) != 0) {
        ctl_feed_destroy(feed);
        return NULL;
    }
    return feed;
}

void ctl_feed_destroy(struct ctl_feed *feed)
{
    if (!feed)
        return;
    if (feed->parser)
        xmlFreeDoc(feed->parser->myDoc);
    xmlFreeParserCtxt(feed->parser);
    xmlFree(feed->root_space);
    hl_buffer_clear(&feed->text);
    ctl_entry_clear(&feed->item);
    ctl_entry_clear(&feed->about);
    free(feed);
}

static enum hl_status cannot_go_on(const struct ctl_feed *feed, struct hl_error *error)
{
    if (feed->is_too_deep)
        return hl_error_set(error, HL_CORRUPT, "file", "elements are nested more than %d deep", DEPTH_MAX);
    if (feed->problem_line == 0)
        return hl_error_set(error, HL_CORRUPT, "file", "the XML ends too early");
    return hl_error_set(error, HL_CORRUPT, "file", "the XML cannot be read to its end: line %d: %s", feed->problem_line,
                        feed->problem);
}

static enum hl_status outcome(const struct ctl_feed *feed, struct hl_error *error)
{
    if (feed->no_memory || feed->queue->failed || feed->text.failed || feed->parser->errNo == XML_ERR_NO_MEMORY)
        return hl_error_no_memory(error);
    if (feed->depth > 0 && !feed->is_feed)
        return hl_error_set(error, HL_INVALID, "file", "this is neither RSS nor Atom: %s", feed->problem);
    return HL_OK;
}

enum hl_status ctl_feed_take(struct ctl_feed *feed, const char *bytes, size_t length, struct hl_error *error)
{
    xmlParseChunk(feed->parser, bytes, (int)length, 0);
    enum hl_status status = outcome(feed, error);
    if (status == HL_OK && feed->parser->instate == XML_PARSER_EOF && !feed->has_ended)
        status = cannot_go_on(feed, error);
    return status;
}

enum hl_status ctl_feed_finish(struct ctl_feed *feed, struct hl_error *error)
{
    xmlParseChunk(feed->parser, NULL, 0, 1);
    enum hl_status status = outcome(feed, error);
    if (status != HL_OK || (feed->has_ended && !feed->goes_on))
        return status;
    if (feed->item_depth > 0)
        ctl_queue_complain(feed->queue, feed->item_line, "the file ends inside this item");
    return cannot_go_on(feed, error);
}
