/*
 * feed.c - stories as Atom and JSON Feed (see feed.h).
 */
#include "protocol/feed.h"

#include "protocol/encode.h"
#include "protocol/list.h"
#include "protocol/markup.h"
#include "protocol/time.h"

#include <headlined/version.h>

#include <inttypes.h>
#include <stdlib.h>

enum { HEADLINES_MAX = 20 }; /* of a story, in its content */

struct feed {
    const struct hl_service *service;
    const struct hl_story_query *query;
    struct hl_text target;
    struct hl_buffer title, html;  /* owned; html: the content of one story */
    struct hl_story_view *stories; /* owned */
    size_t count;
    int64_t updated_ms; /* last arrival in any of them; now without any */
    struct hl_headline_view headlines[HEADLINES_MAX];
};

/* ---- ids ---------------------------------------------------------------------------------------------------------- */

/* A UUID of version 8 (RFC 9562): eight bytes of the state's id, and 62 bits of @low. */
static void put_uuid(struct hl_buffer *out, const unsigned char state[8], uint64_t low)
{
    low = (low & (UINT64_MAX >> 2)) | UINT64_C(1) << 63;
    hl_buffer_printf(out, "urn:uuid:%02x%02x%02x%02x-%02x%02x-8%x%02x-%04x-%012" PRIx64, state[0], state[1], state[2],
                     state[3], state[4], state[5], state[6] & 15U, state[7], (unsigned)(low >> 48),
                     low & UINT64_C(0xFFFFFFFFFFFF));
}

static void put_story_id(struct hl_buffer *out, const struct hl_service *service, uint64_t story)
{
    put_uuid(out, service->state_id, story);
}

/* Of the feed itself, by what was asked for (FNV-1a): made of the other half of the state's id, so that it is no story's. */
static void put_feed_id(struct hl_buffer *out, const struct feed *feed)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < feed->target.length; i++)
        hash = (hash ^ (unsigned char)feed->target.data[i]) * UINT64_C(1099511628211);
    put_uuid(out, feed->service->state_id + 8, hash);
}

/* ---- texts -------------------------------------------------------------------------------------------------------- */

/* "Stories", "Stories of sport", "Stories of sport: cup final". */
static void put_title(struct hl_buffer *out, const struct hl_story_query *query)
{
    hl_json_raw(out, "Stories");
    if (query->collection.length > 0)
        hl_buffer_printf(out, " of %.*s", (int)query->collection.length, query->collection.data);
    if (query->text.length > 0)
        hl_buffer_printf(out, ": %.*s", (int)query->text.length, query->text.data);
}

static void put_item(struct hl_buffer *html, const struct hl_headline_view *headline)
{
    bool link = hl_markup_is_link(headline->url);
    hl_json_raw(html, "<li>");
    if (headline->source.length > 0) {
        hl_markup_put(html, headline->source);
        hl_json_raw(html, ": ");
    }
    if (link) {
        hl_json_raw(html, "<a href=\"");
        hl_markup_put(html, headline->url);
        hl_json_raw(html, "\">");
    }
    hl_markup_put(html, headline->title);
    hl_json_raw(html, link ? "</a></li>" : "</li>");
}

/* The story's content as HTML: how many headlines, and the first of them. */
static enum hl_status fill_html(struct feed *feed, const struct hl_story_view *story, struct hl_error *error)
{
    size_t count = 0;
    bool more = false;
    enum hl_status status = hl_engine_story_headlines(feed->service->engine, story->story, 0, feed->headlines,
                                                      HEADLINES_MAX, &count, &more, error);
    if (status != HL_OK)
        return status;
    struct hl_buffer *html = &feed->html;
    hl_buffer_reset(html);
    hl_buffer_printf(html, "<p>%" PRIu64 " %s of %" PRIu32 " %s</p><ul>", story->headlines,
                     story->headlines == 1 ? "headline" : "headlines", story->sources,
                     story->sources == 1 ? "source" : "sources");
    for (size_t i = 0; i < count; i++)
        put_item(html, &feed->headlines[i]);
    if (more)
        hl_buffer_printf(html, "<li>and %" PRIu64 " more</li>", story->headlines - count);
    hl_json_raw(html, "</ul>");
    return html->failed ? hl_error_no_memory(error) : HL_OK;
}

static struct hl_text text_of(const struct hl_buffer *buffer)
{
    return (struct hl_text){buffer->data, buffer->length};
}

/* ---- Atom --------------------------------------------------------------------------------------------------------- */

static void put_element(struct hl_buffer *out, const char *name, struct hl_text text)
{
    hl_buffer_printf(out, "<%s>", name);
    hl_markup_put(out, text);
    hl_buffer_printf(out, "</%s>\n", name);
}

static void put_time(struct hl_buffer *out, const char *name, int64_t ms)
{
    char text[HL_TIME_TEXT_BYTES];
    hl_time_format(ms, text);
    hl_buffer_printf(out, "<%s>%s</%s>\n", name, text, name);
}

static void put_author(struct hl_buffer *out, struct hl_text name)
{
    hl_json_raw(out, "<author><name>");
    hl_markup_put(out, name);
    hl_json_raw(out, "</name></author>\n");
}

static void put_atom_head(struct hl_buffer *out, const struct feed *feed)
{
    hl_json_raw(out, "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n<id>");
    put_feed_id(out, feed);
    hl_json_raw(out, "</id>\n");
    put_element(out, "title", text_of(&feed->title));
    hl_json_raw(out, "<link rel=\"self\" href=\"");
    hl_markup_put(out, feed->target);
    hl_json_raw(out, "\"/>\n");
    put_time(out, "updated", feed->updated_ms);
    put_author(out, (struct hl_text){"headlined", 9});
    hl_json_raw(out, "<generator version=\"" HL_VERSION_STRING "\">headlined</generator>\n");
}

static void put_atom_entry(struct hl_buffer *out, const struct feed *feed, const struct hl_story_view *story)
{
    const struct hl_headline_view *shown = &story->representative;
    hl_json_raw(out, "<entry");
    if (shown->lang.length > 0) {
        hl_json_raw(out, " xml:lang=\"");
        hl_markup_put(out, shown->lang);
        hl_json_raw(out, "\"");
    }
    hl_json_raw(out, ">\n<id>");
    put_story_id(out, feed->service, story->story);
    hl_json_raw(out, "</id>\n");
    put_element(out, "title", shown->title);
    if (hl_markup_is_link(shown->url)) {
        hl_json_raw(out, "<link href=\"");
        hl_markup_put(out, shown->url);
        hl_json_raw(out, "\"/>\n");
    }
    put_time(out, "updated", story->last_ms);
    put_time(out, "published", story->first_ms);
    if (story->first.source.length > 0)
        put_author(out, story->first.source);
    hl_json_raw(out, "<content type=\"html\">");
    hl_markup_put(out, text_of(&feed->html));
    hl_json_raw(out, "</content>\n</entry>\n");
}

/* ---- JSON Feed ---------------------------------------------------------------------------------------------------- */

static void put_json_head(struct hl_buffer *out, const struct feed *feed)
{
    hl_json_raw(out, "{\"version\":\"https://jsonfeed.org/version/1.1\"");
    hl_json_member_text(out, "title", text_of(&feed->title));
    hl_json_raw(out, ",\"authors\":[{\"name\":\"headlined\"}],\"items\":[");
}

/* What a reader of feeds does not know is in an object of its own, as JSON Feed wants it. */
static void put_extension(struct hl_buffer *out, const struct hl_story_view *story)
{
    hl_json_key(out, "_headlined");
    hl_json_raw(out, "{");
    hl_json_member_unsigned(out, "story", story->story);
    hl_json_member_id(out, "topic", story->topic);
    hl_json_member_text(out, "collection", story->collection);
    hl_json_member_unsigned(out, "headlines", story->headlines);
    hl_json_member_unsigned(out, "source_count", story->sources);
    hl_json_raw(out, "}");
}

static void put_json_item(struct hl_buffer *out, const struct feed *feed, const struct hl_story_view *story)
{
    const struct hl_headline_view *shown = &story->representative;
    hl_json_separate(out);
    hl_json_raw(out, "{\"id\":\"");
    put_story_id(out, feed->service, story->story);
    hl_json_raw(out, "\"");
    if (hl_markup_is_link(shown->url))
        hl_json_member_text(out, "url", shown->url);
    hl_json_member_text(out, "title", shown->title);
    hl_json_member_text(out, "content_html", text_of(&feed->html));
    hl_json_member_time(out, "date_published", story->first_ms);
    hl_json_member_time(out, "date_modified", story->last_ms);
    if (shown->lang.length > 0)
        hl_json_member_text(out, "language", shown->lang);
    if (story->first.source.length > 0) {
        hl_json_raw(out, ",\"authors\":[{");
        hl_json_member_text(out, "name", story->first.source);
        hl_json_raw(out, "}]");
    }
    put_extension(out, story);
    hl_json_raw(out, "}");
}

/* ---- both --------------------------------------------------------------------------------------------------------- */

static enum hl_status ask(struct feed *feed, int64_t now_ms, struct hl_error *error)
{
    struct hl_cursor next;
    bool more, truncated;
    feed->stories = malloc(feed->query->limit * sizeof *feed->stories);
    if (!feed->stories)
        return hl_error_no_memory(error);
    enum hl_status status = hl_engine_stories(feed->service->engine, feed->query, now_ms, feed->stories, &feed->count,
                                              &next, &more, &truncated, error);
    if (status != HL_OK)
        return status;
    feed->updated_ms = feed->count > 0 ? INT64_MIN : now_ms;
    for (size_t i = 0; i < feed->count; i++)
        if (feed->stories[i].last_ms > feed->updated_ms)
            feed->updated_ms = feed->stories[i].last_ms;
    put_title(&feed->title, feed->query);
    return feed->title.failed ? hl_error_no_memory(error) : HL_OK;
}

static enum hl_status put_feed(struct feed *feed, enum hl_feed_form form, struct hl_buffer *out, struct hl_error *error)
{
    size_t start = out->length;
    if (form == HL_FEED_ATOM)
        put_atom_head(out, feed);
    else
        put_json_head(out, feed);
    for (size_t i = 0; i < feed->count && out->length - start < HL_ANSWER_CUT_BYTES; i++) {
        enum hl_status status = fill_html(feed, &feed->stories[i], error);
        if (status != HL_OK)
            return status;
        if (form == HL_FEED_ATOM)
            put_atom_entry(out, feed, &feed->stories[i]);
        else
            put_json_item(out, feed, &feed->stories[i]);
    }
    hl_json_raw(out, form == HL_FEED_ATOM ? "</feed>\n" : "]}\n");
    return out->failed ? hl_error_no_memory(error) : HL_OK;
}

enum hl_status hl_feed_put(const struct hl_service *service, const struct hl_story_query *query, enum hl_feed_form form,
                           struct hl_text target, int64_t now_ms, struct hl_buffer *out, struct hl_error *error)
{
    struct feed feed = {.service = service, .query = query, .target = target};
    enum hl_status status = ask(&feed, now_ms, error);
    if (status == HL_OK)
        status = put_feed(&feed, form, out, error);
    hl_buffer_clear(&feed.title);
    hl_buffer_clear(&feed.html);
    free(feed.stories);
    return status;
}
