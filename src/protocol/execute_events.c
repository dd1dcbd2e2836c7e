/*
 * execute_events.c - the executors for events: those that have been, and those to come.
 */
#include "protocol/execute.h"

#include "protocol/encode.h"
#include "protocol/event_json.h"
#include "protocol/list.h"
#include "protocol/subscription.h"

enum { LOOKS = 20000, TEXT_LOOKS = 1000 }; /* events that one question looks at */

static enum hl_status need_events(const struct hl_service *service, struct hl_error *error)
{
    return service->events ? HL_OK : hl_error_set(error, HL_INVALID, NULL, "this server keeps no history of events");
}

static uint64_t start_of(const struct hl_events *events, struct hl_event_place from, bool *missed)
{
    *missed = false;
    return from.given ? hl_events_resume(events, from.id, missed) : hl_events_shown(events);
}

/* Appends the member "events": those after *@at that are wanted; *@at becomes the last one that was looked at. */
static void put_events(const struct hl_events *events, const struct hl_event_filter *filter, size_t limit, uint64_t *at,
                       struct hl_buffer *out)
{
    hl_json_key(out, "events");
    hl_json_raw(out, "[");
    size_t start = out->length, put = 0;
    unsigned looks = filter->word_count > 0 ? TEXT_LOOKS : LOOKS;
    struct hl_event_view view;
    while (*at < hl_events_shown(events) && put < limit && looks-- > 0 && out->length - start < HL_ANSWER_CUT_BYTES &&
           hl_events_get(events, *at + 1, &view)) {
        (*at)++;
        if (!hl_event_filter_wants(filter, &view))
            continue;
        hl_json_separate(out);
        hl_event_put(out, &view);
        put++;
    }
    hl_json_raw(out, "]");
}

enum hl_status hl_execute_changes(const struct hl_service *service, const struct hl_request *request, int64_t now_ms,
                                  struct hl_buffer *out, struct hl_error *error)
{
    (void)now_ms;
    const struct hl_request_events *wanted = &request->body.events;
    struct hl_event_filter filter;
    enum hl_status status = need_events(service, error);
    if (status == HL_OK)
        status = hl_event_filter_make(&wanted->wish, service->events, &filter, error);
    if (status != HL_OK)
        return status;
    bool missed;
    uint64_t at = start_of(service->events, wanted->from, &missed);
    put_events(service->events, &filter, wanted->limit, &at, out);
    hl_event_put_id(out, "next", at);
    hl_json_member_bool(out, "more", at < hl_events_shown(service->events));
    hl_json_member_bool(out, "missed", missed);
    hl_event_filter_clear(&filter);
    return HL_OK;
}

enum hl_status hl_execute_subscribe(const struct hl_service *service, const struct hl_request *request, int64_t now_ms,
                                    struct hl_buffer *out, struct hl_error *error)
{
    (void)now_ms;
    const struct hl_request_events *wanted = &request->body.events;
    enum hl_status status = need_events(service, error);
    if (status == HL_OK && !service->subscription)
        status = hl_error_set(error, HL_INVALID, "op",
                              "events are pushed on a connection of JSON lines only: ask for changes here");
    if (status != HL_OK)
        return status;
    bool missed;
    uint64_t after = start_of(service->events, wanted->from, &missed);
    status = hl_subscription_open(service->events, &wanted->wish, after, service->subscription, error);
    if (status != HL_OK)
        return status;
    hl_json_member_bool(out, "subscribed", true);
    hl_event_put_id(out, "next", after);
    hl_json_member_bool(out, "missed", missed);
    return HL_OK;
}

void hl_events_put_figures(struct hl_buffer *out, struct hl_events *events)
{
    const struct hl_events_figures *figures = hl_events_figures(events);
    hl_json_key(out, "events");
    hl_json_raw(out, "{");
    hl_event_put_id(out, "newest", hl_events_shown(events));
    hl_json_member_unsigned(out, "kept", figures->kept);
    hl_json_member_unsigned(out, "bytes", figures->bytes);
    hl_json_member_unsigned(out, "bytes_max", figures->bytes_max);
    hl_json_member_unsigned(out, "evicted", figures->evicted);
    hl_json_member_unsigned(out, "subscribers", figures->subscribers);
    hl_json_member_unsigned(out, "subscribers_refused", figures->refused);
    hl_json_member_unsigned(out, "subscribers_cut_off", figures->cut_off);
    hl_json_member_unsigned(out, "sent", figures->sent);
    hl_json_raw(out, "}");
}
