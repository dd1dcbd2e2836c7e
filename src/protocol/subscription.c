/*
 * subscription.c - events for one subscriber (see subscription.h).
 */
#include "protocol/subscription.h"

#include "protocol/encode.h"
#include "protocol/event_json.h"

#include <stdlib.h>

enum {
    LOOKS = 512,     /* events looked at in one call */
    TEXT_LOOKS = 64, /* the same when titles have to be read */
    ALIVE_MS = 15000,
    SENT = 128,          /* events said in one call... */
    SENT_BYTES = 1 << 16 /* ...and about so many bytes */
};

struct hl_subscription {
    struct hl_events *events; /* borrowed */
    struct hl_event_filter filter;
    uint64_t next;   /* id of the event to look at */
    int64_t said_ms; /* when something was said last; HL_TIME_NONE: never */
};

enum hl_status hl_subscription_open(struct hl_events *events, const struct hl_event_wish *wish, uint64_t after,
                                    struct hl_subscription **slot, struct hl_error *error)
{
    struct hl_events_figures *figures = hl_events_figures(events);
    if (!*slot && figures->subscribers_max > 0 && figures->subscribers >= figures->subscribers_max) {
        figures->refused++;
        return hl_error_set(error, HL_LIMIT, NULL, "there are %llu subscribers, as many as may be: try again later",
                            (unsigned long long)figures->subscribers_max);
    }
    struct hl_subscription *made = malloc(sizeof *made);
    if (!made)
        return hl_error_no_memory(error);
    enum hl_status status = hl_event_filter_make(wish, events, &made->filter, error);
    if (status != HL_OK) {
        free(made);
        return status;
    }
    made->events = events;
    made->next = after + 1;
    made->said_ms = HL_TIME_NONE;
    hl_subscription_close(*slot);
    *slot = made;
    figures->subscribers++;
    return HL_OK;
}

void hl_subscription_close(struct hl_subscription *subscription)
{
    if (!subscription)
        return;
    hl_events_figures(subscription->events)->subscribers--;
    hl_event_filter_clear(&subscription->filter);
    free(subscription);
}

static void put_event(enum hl_event_form form, const struct hl_event_view *view, struct hl_buffer *out)
{
    if (form == HL_EVENTS_LINES) {
        hl_json_raw(out, "{\"event\":");
        hl_event_put(out, view);
        hl_json_raw(out, "}\n");
        return;
    }
    hl_json_raw(out, "id: ");
    hl_json_unsigned(out, view->id);
    hl_json_raw(out, "\nevent: ");
    hl_json_raw(out, hl_event_kind_names[view->event.kind]);
    hl_json_raw(out, "\ndata: ");
    hl_event_put(out, view);
    hl_json_raw(out, "\n\n");
}

bool hl_subscription_is_behind(const struct hl_subscription *subscription)
{
    return subscription->next <= hl_events_shown(subscription->events);
}

static enum hl_subscription_step put_events(struct hl_subscription *subscription, enum hl_event_form form,
                                            struct hl_buffer *out)
{
    unsigned looks = subscription->filter.word_count > 0 ? TEXT_LOOKS : LOOKS, sent = 0;
    size_t start = out->length;
    struct hl_event_view view;
    for (; hl_subscription_is_behind(subscription); subscription->next++) {
        if (looks-- == 0 || sent == SENT || out->length - start > SENT_BYTES || out->failed)
            return HL_SUBSCRIPTION_MORE;
        if (!hl_events_get(subscription->events, subscription->next, &view))
            return HL_SUBSCRIPTION_LOST;
        if (!hl_event_filter_wants(&subscription->filter, &view))
            continue;
        put_event(form, &view, out);
        hl_events_figures(subscription->events)->sent++;
        sent++;
    }
    return HL_SUBSCRIPTION_IDLE;
}

static void put_alive(const struct hl_subscription *subscription, enum hl_event_form form, struct hl_buffer *out)
{
    if (form == HL_EVENTS_LINES) {
        hl_json_raw(out, "{\"alive\":{");
        hl_event_put_id(out, "next", subscription->next - 1);
        hl_json_raw(out, "}}\n");
        return;
    }
    hl_json_raw(out, ":\nid: "); /* without data: moves the browser's place, and nothing else happens there */
    hl_json_unsigned(out, subscription->next - 1);
    hl_json_raw(out, "\n\n");
}

enum hl_subscription_step hl_subscription_put(struct hl_subscription *subscription, enum hl_event_form form,
                                              int64_t now_ms, struct hl_buffer *out)
{
    size_t start = out->length;
    int64_t said_ms = subscription->said_ms;
    enum hl_subscription_step step = put_events(subscription, form, out);
    bool is_due =
        said_ms != HL_TIME_NONE && (now_ms - said_ms >= ALIVE_MS || now_ms < said_ms); /* clocks are set back */
    if (out->length == start && step == HL_SUBSCRIPTION_IDLE && is_due)
        put_alive(subscription, form, out);
    if (out->length > start || said_ms == HL_TIME_NONE)
        subscription->said_ms = now_ms;
    return step;
}

void hl_subscription_put_end(struct hl_subscription *subscription, enum hl_event_form form, const char *reason,
                             struct hl_buffer *out)
{
    if (strcmp(reason, HL_END_SLOW) == 0)
        hl_events_figures(subscription->events)->cut_off++;
    hl_json_raw(out, form == HL_EVENTS_LINES ? "{\"end\":{" : "event: end\ndata: {");
    hl_json_member_name(out, "reason", reason);
    hl_event_put_id(out, "next", subscription->next - 1);
    hl_json_raw(out, form == HL_EVENTS_LINES ? "}}\n" : "}\n\n");
}
