/*
 * feed.h - stories as a feed: Atom (RFC 4287) or JSON Feed 1.1, for feed readers.
 *
 * An entry is a story: its title and link are those of its representative, its time is that of its last arrival, its content the first headlines with sources and
 * links. Its id is a UUID (urn:uuid:) of the state's id and the story's, and so the same for the story's life and no other's: readers
 * know it again when it has grown. Only links of http and https are made links.
 */
#ifndef HL_PROTOCOL_FEED_H
#define HL_PROTOCOL_FEED_H

#include "protocol/service.h"

#define HL_FEED_ATOM_TYPE "application/atom+xml; charset=utf-8"
#define HL_FEED_JSON_TYPE "application/feed+json; charset=utf-8"

enum hl_feed_form { HL_FEED_ATOM, HL_FEED_JSON };

/*
 * Appends the feed of the stories that fit @query. @target is the request that it answers, path and query: the feed's link to itself and what tells it
 * from feeds of other queries. Stories beyond about 1 MiB are left out. Errors as hl_engine_stories, HL_NO_MEMORY; something may have been appended.
 */
enum hl_status hl_feed_put(const struct hl_service *service, const struct hl_story_query *query, enum hl_feed_form form,
                           struct hl_text target, int64_t now_ms, struct hl_buffer *out, struct hl_error *error);

#endif
