/*
 * store.h - the stored headlines of a collection: records, text, ids, aliases, sources, equal texts, the window's queue.
 *
 * Stories and vectors are not its business: a record made here belongs to no story yet.
 */
#ifndef HL_ENGINE_STORE_H
#define HL_ENGINE_STORE_H

#include "engine/state.h"

/* What a new record is made of. Everything is copied. */
struct hl_draft {
    const struct hl_headline *headline;
    struct hl_text id;   /* given or made */
    struct hl_text lang; /* given, or the tag of the guess */
    const struct hl_query *query;
    int64_t received_ms;
    uint64_t seq;
};

/* Makes a record and enters it everywhere. HL_NONE when out of memory: nothing changed. Its words gain a holder. */
uint32_t hl_store_put(struct hl_collection *c, const struct hl_draft *draft);

/* Frees the record, its aliases and whatever it alone held. It must have left its story. */
void hl_store_drop(struct hl_collection *c, uint32_t headline);

/* The slab index of a source that a live headline names, or HL_NONE. O(1). */
uint32_t hl_store_find_source(const struct hl_collection *c, struct hl_text source);

/* The live headline with this id or alias, or HL_NONE. */
uint32_t hl_store_find(const struct hl_collection *c, struct hl_text id);

/* The stored bytes of an id that hl_store_find finds: the headline's own, or the alias. */
struct hl_text hl_store_stored_id(const struct hl_collection *c, struct hl_text id);

/* The first live headline with this text, or HL_NONE. */
uint32_t hl_store_find_text(const struct hl_collection *c, const uint64_t digest[2]);

/* Among those, one from this source (none given counts as one source); looks at 256 at most. */
uint32_t hl_store_find_sighting(const struct hl_collection *c, uint32_t first, struct hl_text source);

/*
 * Counts a sighting. The id, if it is a new one, becomes an alias (of which a headline keeps the last HL_ALIASES_MAX).
 * HL_NO_MEMORY: nothing changed.
 */
enum hl_status hl_store_sight(struct hl_collection *c, uint32_t headline, struct hl_text id, int64_t now_ms);

/* Takes @id away from the headline it is an alias of. False when it is no alias. */
bool hl_store_drop_alias(struct hl_collection *c, struct hl_text id);

struct hl_text hl_store_id(const struct hl_headline_record *h);
struct hl_text hl_store_title(const struct hl_headline_record *h);
struct hl_text hl_store_url(const struct hl_headline_record *h);
struct hl_text hl_store_lang(const struct hl_headline_record *h);
struct hl_text hl_store_summary(const struct hl_headline_record *h);
struct hl_text hl_store_source(const struct hl_collection *c, const struct hl_headline_record *h);

/* Bytes of the headline's text. */
size_t hl_store_text_bytes(const struct hl_headline_record *h);

/*
 * For records whose fields come from a saved state: enters them where they are found by their text. HL_CORRUPT when another is there already,
 * HL_NO_MEMORY. Headlines get their hash one by one; when all are there, room for so many of them and of their different texts is made, and each
 * is entered, best some time after its places in the tables have been asked for.
 */
enum hl_status hl_store_restore_source(struct hl_collection *c, uint32_t source);
enum hl_status hl_store_restore_alias(struct hl_collection *c, uint32_t alias);
void hl_store_restore_hash(const struct hl_collection *c, struct hl_headline_record *h);
enum hl_status hl_store_restore_room(struct hl_collection *c, uint32_t headlines, uint32_t texts);
void hl_store_restore_ask(const struct hl_collection *c, uint32_t headline);
enum hl_status hl_store_restore_headline(struct hl_collection *c, uint32_t headline);

#endif
