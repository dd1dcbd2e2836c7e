/*
 * arrival.h - one headline on its way through the engine, as far as it is only being looked at: shared by what adds, checks and explains.
 *
 * read -> known? -> weigh -> decide change nothing that shows (engine.c has the order of the steps, and what comes after).
 */
#ifndef HL_ENGINE_ARRIVAL_H
#define HL_ENGINE_ARRIVAL_H

#include "engine/place.h"
#include "engine/state.h"
#include "engine/tail.h"

#define HL_ID_MADE_BYTES 24

struct hl_arrival {
    const struct hl_headline *headline;
    struct hl_collection *c;     /* NULL: a collection that does not exist yet */
    struct hl_text_tools *tools; /* borrowed: hold clean and analysis */
    struct hl_text clean;        /* with its tail */
    struct hl_tail_cut cut;
    struct hl_analysis analysis; /* without */
    struct hl_query query;
    double length; /* of the vector */
    struct hl_placement placement;
    char made_id[HL_ID_MADE_BYTES];
};

/* What is known of an arrival's id and text before any weighing. */
struct hl_known {
    uint32_t same_id;  /* the headline with this id, or HL_NONE */
    uint32_t original; /* the first headline with this text */
    uint32_t sighting; /* the one of them from the same source */
    bool replayed;
};

/* Time as the engine takes it: it does not run backwards, and keeps to years whose differences fit. */
int64_t hl_engine_later(const struct hl_engine *engine, int64_t now_ms);

/* The claimed time counts unless it lies in the future. */
int64_t hl_arrival_event_ms(const struct hl_headline *headline, int64_t now_ms);

/* Cleans, cuts, analyses and digests the title. The caller has set headline (its fields checked), c, tools and the query's times. */
enum hl_status hl_arrival_read(struct hl_engine *engine, struct hl_arrival *a, struct hl_error *error);

/* The first live headline with the text of the query, but for one that it thinks away; HL_NONE when there is none among the first few hundred. */
uint32_t hl_arrival_original(const struct hl_arrival *a);

/* Fills the query. With @learn (see hl_vector_build) the caller forgets it again. */
enum hl_status hl_arrival_weigh(struct hl_engine *engine, struct hl_arrival *a, bool learn, struct hl_error *error);

/* Weighs and fills the placement. */
enum hl_status hl_arrival_decide(struct hl_engine *engine, struct hl_arrival *a, const struct hl_known *known,
                                 bool learn, struct hl_error *error);

#endif
