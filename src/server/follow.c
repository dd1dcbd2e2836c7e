/*
 * follow.c - the history of events behind the server: which of them may be told.
 *
 * An event may be told when the change that made it is durable. The log's numbers and the events' are brought together by marks: what the engine has told
 * by the end of a round of turns waits until the log is durable up to its end at that time. There are few marks; when all are in use the last
 * one takes what comes, which can only make it wait longer. Without a log nothing waits.
 */
#include "server/state.h"

#include <string.h>

#define IDS_PER_MS UINT64_C(1024)

/*
 * Without a log the engine's numbers begin anew with each start. Then ids begin above all that a daemon which began earlier can have
 * given, so that nobody takes what is new for what he has seen.
 */
bool hl_follow_open(struct hl_server *server, size_t bytes, bool lasting)
{
    uint64_t base = lasting ? 0 : (uint64_t)hl_log_clock_ms() * IDS_PER_MS;
    server->events = hl_events_create(bytes, base);
    server->service.events = server->events;
    return server->events != NULL;
}

static bool has_log(const struct hl_server *server)
{
    struct hl_input_log_status status;
    return hl_durable_log_status(server->durable, &status);
}

void hl_follow_begin(struct hl_server *server)
{
    hl_events_begin(server->events, hl_engine_events(server->service.engine));
    server->follow.marked = hl_events_last(server->events);
    if (has_log(server))
        hl_events_show(server->events, server->follow.marked);
}

static void add_mark(struct hl_follow *follow, uint64_t seq, uint64_t id)
{
    if (follow->mark_count < HL_MARKS_MAX)
        follow->mark_count++;
    follow->marks[follow->mark_count - 1] = (struct hl_mark){seq, id};
    follow->marked = id;
}

void hl_follow_note(struct hl_server *server)
{
    uint64_t last = hl_events_last(server->events);
    if (last == server->follow.marked)
        return;
    add_mark(&server->follow, hl_durable_last(server->durable), last);
    hl_follow_look(server);
}

void hl_follow_look(struct hl_server *server)
{
    struct hl_follow *follow = &server->follow;
    if (follow->mark_count == 0)
        return;
    uint64_t safe = hl_durable_safe(server->durable);
    unsigned over = 0;
    while (over < follow->mark_count && follow->marks[over].seq <= safe)
        over++;
    if (over == 0)
        return;
    if (safe > 0) /* else there is no log: all is shown at once */
        hl_events_show(server->events, follow->marks[over - 1].id);
    follow->mark_count -= over;
    memmove(follow->marks, follow->marks + over, follow->mark_count * sizeof follow->marks[0]);
    hl_server_wake_streams(server);
}
