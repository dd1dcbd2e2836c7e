/*
 * each.c - everything that is live, one after the other: for who copies a state out.
 */
#include "engine/collection.h"
#include "engine/query.h"
#include "engine/state.h"
#include "engine/story.h"
#include "engine/topic.h"

#include <stdlib.h>

struct place {
    uint64_t seq;
    uint32_t headline;
};

static int by_seq(const void *one, const void *other)
{
    const struct place *a = one, *b = other;
    return (a->seq > b->seq) - (a->seq < b->seq);
}

static void list_headlines(const struct hl_collection *c, struct place *places)
{
    size_t count = 0;
    for (uint32_t i = c->window.first; i != HL_NONE; i = hl_headline_at(c, i)->newer)
        places[count++] = (struct place){hl_headline_at(c, i)->seq, i};
    qsort(places, count, sizeof *places, by_seq);
}

static enum hl_status visit_one(const struct hl_collection *c, uint32_t headline, hl_headline_visit *visit,
                                void *context, struct hl_error *error)
{
    struct hl_text aliases[HL_ALIASES_MAX];
    size_t count = 0;
    for (uint32_t i = hl_headline_at(c, headline)->aliases; i != HL_NONE && count < HL_ALIASES_MAX; count++) {
        const struct hl_alias_record *alias = hl_slab_at(&c->aliases, i);
        aliases[count] = (struct hl_text){alias->text, alias->length};
        i = alias->next;
    }
    struct hl_headline_view view;
    hl_view_headline(c, headline, &view);
    return visit(context, &view, aliases, count, error);
}

enum hl_status hl_engine_each_headline(hl_engine *engine, struct hl_text collection, hl_headline_visit *visit,
                                       void *context, struct hl_error *error)
{
    const struct hl_collection *c = hl_collection_find(engine, collection);
    if (!c && !hl_collection_is_default(collection))
        return hl_error_set(error, HL_NOT_FOUND, "collection", "there is no collection with this name");
    size_t count = c ? c->headlines.live : 0;
    if (count == 0)
        return HL_OK;
    struct place *places = hl_memory_allocate(&engine->aside, count * sizeof *places);
    if (!places)
        return hl_error_set(error, HL_NO_MEMORY, NULL, "out of memory for a list of %zu headlines", count);
    list_headlines(c, places);
    enum hl_status status = HL_OK;
    for (size_t i = 0; i < count && status == HL_OK; i++)
        status = visit_one(c, places[i].headline, visit, context, error);
    hl_memory_release(&engine->aside, places, count * sizeof *places);
    return status;
}

size_t hl_engine_story_absorbed(hl_engine *engine, uint64_t story, uint64_t *out, size_t limit)
{
    struct hl_collection *c;
    uint32_t index;
    size_t count = 0;
    if (!hl_story_locate(engine, story, &c, &index))
        return 0;
    for (uint32_t i = hl_story_at(c, index)->redirects; i != HL_NONE && count < limit; count++) {
        const struct hl_redirect_record *redirect = hl_slab_at(&engine->redirects, i);
        out[count] = redirect->id;
        i = redirect->next;
    }
    return count;
}

size_t hl_engine_topic_absorbed(hl_engine *engine, uint64_t topic, uint64_t *out, size_t limit)
{
    struct hl_collection *c;
    uint32_t index;
    size_t count = 0;
    if (!hl_topic_locate(engine, topic, &c, &index))
        return 0;
    const struct hl_topic_id *own = hl_slab_at(&engine->topic_ids, hl_topic_at(c, index)->ids);
    for (uint32_t i = own->next; i != HL_NONE && count < limit; count++) {
        const struct hl_topic_id *absorbed = hl_slab_at(&engine->topic_ids, i);
        out[count] = absorbed->id;
        i = absorbed->next;
    }
    return count;
}
