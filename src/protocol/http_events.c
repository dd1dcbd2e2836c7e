/*
 * http_events.c - GET /v1/events: events as server-sent events, which browsers and curl read (HTML, section 9.2).
 *
 *     retry: 2000                                      the browser comes back after so many milliseconds
 *     event: reset / data: {"reason":..,"next":..}     it cannot go on where it was: load anew; events go on from next
 *     id: N / event: KIND / data: {the event}
 *     : / id: N                                        nothing has happened for a while: a sign of life
 *     event: end / data: {"reason":..,"next":..}       and the connection closes
 */
#include "core/text.h"
#include "protocol/encode.h"
#include "protocol/event_json.h"
#include "protocol/http_route.h"
#include "protocol/subscription.h"

#include <stdlib.h>

enum greeting { GREETING_PLAIN, GREETING_EVICTED, GREETING_UNKNOWN, GREETING_SAID };

struct events_stream {
    struct hl_http_stream stream;         /* at the front: see hl_http_stream */
    struct hl_subscription *subscription; /* owned */
    const struct hl_service *service;     /* borrowed */
    enum greeting greeting;
    uint64_t start; /* id of the event after which it begins */
};

static void put_greeting(struct events_stream *self, struct hl_buffer *out)
{
    hl_json_raw(out, "retry: 2000\n\n");
    if (self->greeting != GREETING_PLAIN) {
        hl_json_raw(out, "id: ");
        hl_json_unsigned(out, self->start);
        hl_json_raw(out, "\nevent: reset\ndata: {");
        hl_json_member_name(out, "reason", self->greeting == GREETING_EVICTED ? "evicted" : "unknown");
        hl_event_put_id(out, "next", self->start);
        hl_json_raw(out, "}\n\n");
    }
    self->greeting = GREETING_SAID;
}

static bool pull(struct hl_http_stream *stream, const struct hl_service *service, int64_t now_ms, struct hl_buffer *out)
{
    (void)service;
    struct events_stream *self = (struct events_stream *)stream;
    if (self->greeting != GREETING_SAID)
        put_greeting(self, out);
    enum hl_subscription_step step = hl_subscription_put(self->subscription, HL_EVENTS_STREAM, now_ms, out);
    if (step == HL_SUBSCRIPTION_LOST)
        hl_subscription_put_end(self->subscription, HL_EVENTS_STREAM, HL_END_SLOW, out);
    stream->is_behind = step == HL_SUBSCRIPTION_MORE;
    return step != HL_SUBSCRIPTION_LOST;
}

static void end(struct hl_http_stream *stream, const char *reason, int64_t now_ms, struct hl_buffer *out)
{
    (void)reason, (void)now_ms;
    struct events_stream *self = (struct events_stream *)stream;
    bool stops = self->service->figures && self->service->figures->draining;
    hl_subscription_put_end(self->subscription, HL_EVENTS_STREAM, stops ? HL_END_SHUTDOWN : HL_END_CLOSED, out);
}

static void close_stream(struct hl_http_stream *stream)
{
    struct events_stream *self = (struct events_stream *)stream;
    hl_subscription_close(self->subscription);
    free(self);
}

/* What a browser says when it comes back; it has gone on since the address was made. */
static struct hl_event_place place_of(const struct hl_http_asked *asked)
{
    struct hl_text last = asked->head->headers[HL_HTTP_HEADER_LAST_EVENT_ID];
    struct hl_event_place place = asked->request->body.events.from;
    if (last.length == 0)
        return place;
    place = (struct hl_event_place){.given = true, .id = UINT64_MAX}; /* never was */
    (void)hl_text_decimal(last, &place.id);
    return place;
}

static void begin(struct events_stream *self, const struct hl_events *events, struct hl_event_place from)
{
    bool missed = false;
    self->start = hl_events_shown(events);
    if (!from.given)
        return;
    uint64_t start = hl_events_resume(events, from.id, &missed);
    if (!missed)
        self->start = start;
    else
        self->greeting = from.id > hl_events_last(events) ? GREETING_UNKNOWN : GREETING_EVICTED;
}

enum hl_status hl_http_open_events(const struct hl_service *service, const struct hl_http_asked *asked,
                                   struct hl_http_answer *answer, struct hl_http_stream **stream,
                                   struct hl_error *error)
{
    if (!service->events)
        return hl_error_set(error, HL_INVALID, NULL, "this server keeps no history of events");
    struct events_stream *self = calloc(1, sizeof *self);
    if (!self)
        return hl_error_no_memory(error);
    self->stream = (struct hl_http_stream){.pull = pull, .end = end, .close = close_stream};
    self->service = service;
    begin(self, service->events, place_of(asked));
    enum hl_status status = hl_subscription_open(service->events, &asked->request->body.events.wish, self->start,
                                                 &self->subscription, error);
    if (status != HL_OK) {
        free(self);
        return status;
    }
    answer->content_type = "text/event-stream";
    *stream = &self->stream;
    return HL_OK;
}
