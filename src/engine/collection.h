/*
 * collection.h - birth and death of a collection, and finding one by name.
 */
#ifndef HL_ENGINE_COLLECTION_H
#define HL_ENGINE_COLLECTION_H

#include "engine/state.h"

/* The collection called @name ("" is "default"), or NULL. */
struct hl_collection *hl_collection_find(const struct hl_engine *engine, struct hl_text name);

/* True for "" and "default", which may be asked before anything was added. */
bool hl_collection_is_default(struct hl_text name);

/* Makes it. HL_LIMIT, HL_NO_MEMORY: nothing changed. */
enum hl_status hl_collection_create(struct hl_engine *engine, struct hl_text name, struct hl_collection **out,
                                    struct hl_error *error);

/* Takes back the collection just created, as if it had never been. */
void hl_collection_undo(struct hl_collection *c);

/* Frees everything of @c. */
void hl_collection_destroy(struct hl_collection *c);

#endif
