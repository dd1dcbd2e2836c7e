/*
 * hold.c - answers wait here until what they tell is durable.
 *
 *     out:  | free | barrier 0 | barrier 1 | ... |
 *
 * What a turn answers goes behind one barrier: it may leave when the log's number at the end of the turn is durable. A barrier for each
 * answer would gain nothing but memory, since the log writes in batches too. Answers that tell of nothing wait only for those before them.
 * While the log is failed, what tells of the state but of no change leaves all the same: reads go on. There are few barriers; when
 * all are in use the last one takes what comes, which can only make it leave later.
 */
#include "server/state.h"

#include <string.h>

static size_t covered_bytes(const struct hl_connection *c)
{
    return c->barrier_count > 0 ? c->barriers[c->barrier_count - 1].end : c->free_bytes;
}

static void widen(struct hl_barrier *last, const struct hl_barrier *more)
{
    last->end = more->end;
    last->change = last->change || more->change;
    if (last->seq < more->seq)
        last->seq = more->seq;
}

void hl_hold_cover(struct hl_connection *c)
{
    enum hl_tells tells = c->tells;
    c->tells = HL_TELLS_NOTHING;
    if (c->out.length == covered_bytes(c))
        return;
    struct hl_barrier more = {.end = c->out.length, .change = tells == HL_TELLS_CHANGE};
    if (tells != HL_TELLS_NOTHING)
        more.seq = hl_durable_last(c->server->durable);
    struct hl_barrier *last = c->barrier_count > 0 ? &c->barriers[c->barrier_count - 1] : NULL;
    bool adds_nothing = last && more.seq <= last->seq && more.change <= last->change;
    if (!last && more.seq == 0)
        c->free_bytes = c->out.length;
    else if (adds_nothing || c->barrier_count == HL_BARRIERS_MAX)
        widen(last, &more);
    else
        c->barriers[c->barrier_count++] = more;
}

static bool may_leave(const struct hl_server *server, const struct hl_barrier *barrier, uint64_t safe)
{
    return barrier->seq <= safe || (server->log_failed && !barrier->change);
}

bool hl_hold_is_over(const struct hl_connection *c)
{
    return c->barrier_count > 0 && may_leave(c->server, &c->barriers[0], hl_durable_safe(c->server->durable));
}

size_t hl_hold_release(struct hl_connection *c)
{
    if (c->barrier_count == 0)
        return c->free_bytes;
    uint64_t safe = hl_durable_safe(c->server->durable);
    unsigned over = 0;
    while (over < c->barrier_count && may_leave(c->server, &c->barriers[over], safe))
        over++;
    if (over == 0)
        return c->free_bytes;
    c->free_bytes = c->barriers[over - 1].end;
    c->barrier_count -= over;
    memmove(c->barriers, c->barriers + over, c->barrier_count * sizeof c->barriers[0]);
    return c->free_bytes;
}

bool hl_hold_take(struct hl_connection *c, struct hl_buffer *to)
{
    size_t bytes = c->free_bytes;
    if (bytes == c->out.length) {
        struct hl_buffer empty = *to;
        *to = c->out;
        c->out = empty;
        hl_buffer_reset(&c->out);
    } else {
        hl_buffer_reset(to);
        hl_buffer_append(to, c->out.data, bytes);
        if (to->failed)
            return false;
        hl_buffer_consume(&c->out, bytes);
    }
    for (unsigned i = 0; i < c->barrier_count; i++)
        c->barriers[i].end -= bytes;
    c->free_bytes = 0;
    return true;
}

void hl_hold_account(struct hl_connection *c)
{
    struct hl_server *server = c->server;
    size_t held = c->phase == HL_PHASE_CLOSING ? 0 : covered_bytes(c) - c->free_bytes;
    server->held_bytes += held;
    server->held_bytes -= c->held_bytes;
    if (held > 0 && c->held_bytes == 0)
        TAILQ_INSERT_TAIL(&server->held, c, held);
    else if (held == 0 && c->held_bytes > 0)
        TAILQ_REMOVE(&server->held, c, held);
    c->held_bytes = held;
}
