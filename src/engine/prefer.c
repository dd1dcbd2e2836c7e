/*
 * prefer.c - preferred sources (see prefer.h).
 */
#include "engine/prefer.h"

#include "engine/store.h"
#include "text/text.h"

#include <string.h>

/* Takes the first name off @list; false when there is none left. */
static bool next_name(struct hl_text *list, struct hl_text *name)
{
    if (list->length == 0)
        return false;
    const char *end = memchr(list->data, '\n', list->length);
    size_t length = end ? (size_t)(end - list->data) : list->length, taken = length + (end != NULL);
    *name = (struct hl_text){list->data, length};
    *list = (struct hl_text){list->data + taken, list->length - taken};
    return true;
}

static bool has_control_character(struct hl_text name)
{
    for (size_t i = 0; i < name.length; i++)
        if ((unsigned char)name.data[i] < 0x20 || name.data[i] == 0x7f)
            return true;
    return false;
}

enum hl_status hl_prefer_check(struct hl_text list, struct hl_error *error)
{
    const char *field = HL_PREFER_SOURCES;
    struct hl_text name;
    size_t names = 0;
    if (list.length > HL_PREFER_SOURCES_BYTES)
        return hl_error_set(error, HL_TOO_LARGE, field, "the names in %s have %zu bytes; at most %d are accepted",
                            field, list.length, HL_PREFER_SOURCES_BYTES);
    if (list.length > 0 && list.data[list.length - 1] == '\n')
        return hl_error_set(error, HL_INVALID, field, "a name in %s is empty", field);
    while (next_name(&list, &name)) {
        if (++names > HL_PREFER_SOURCES_MAX)
            return hl_error_set(error, HL_INVALID, field, "%s takes at most %d names", field, HL_PREFER_SOURCES_MAX);
        if (name.length == 0)
            return hl_error_set(error, HL_INVALID, field, "a name in %s is empty", field);
        if (name.length > HL_SOURCE_MAX_BYTES)
            return hl_error_set(error, HL_TOO_LARGE, field, "a name in %s has %zu bytes; at most %d are accepted",
                                field, name.length, HL_SOURCE_MAX_BYTES);
        if (!hl_utf8_is_valid(name.data, name.length, NULL) || has_control_character(name))
            return hl_error_set(error, HL_INVALID, field,
                                "a name in %s is not valid UTF-8 or holds a control character", field);
    }
    return HL_OK;
}

uint8_t hl_prefer_rank(const struct hl_collection *c, struct hl_text source)
{
    struct hl_text list = {c->prefer, c->prefer_bytes}, name;
    for (uint8_t rank = 1; next_name(&list, &name); rank++)
        if (name.length == source.length && memcmp(name.data, source.data, name.length) == 0)
            return rank;
    return 0;
}

/* Each name is looked up once; of a name twice in the list its first place counts. */
static void rank_sources(struct hl_collection *c)
{
    for (uint32_t i = 0, limit = hl_slab_limit(&c->sources); i < limit; i++)
        if (hl_slab_is_live(&c->sources, i))
            ((struct hl_source_record *)hl_slab_at(&c->sources, i))->rank = 0;
    struct hl_text list = {c->prefer, c->prefer_bytes}, name;
    for (uint8_t rank = 1; next_name(&list, &name); rank++) {
        uint32_t source = hl_store_find_source(c, name);
        struct hl_source_record *record = source == HL_NONE ? NULL : hl_slab_at(&c->sources, source);
        if (record && record->rank == 0)
            record->rank = rank;
    }
}

enum hl_status hl_prefer_set(struct hl_collection *c, struct hl_text list)
{
    struct hl_memory *memory = &c->engine->memory;
    char *copy = list.length > 0 ? hl_memory_allocate(memory, list.length) : NULL;
    if (list.length > 0 && !copy)
        return HL_NO_MEMORY;
    if (copy)
        memcpy(copy, list.data, list.length);
    hl_memory_release(memory, c->prefer, c->prefer_bytes);
    c->prefer = copy;
    c->prefer_bytes = list.length;
    rank_sources(c);
    return HL_OK;
}
