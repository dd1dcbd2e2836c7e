/*
 * fuzz_request.c - lines of any bytes through the whole protocol on an engine of their own: each must be answered by one line of
 * strict JSON, and what is refused must leave the engine's counters as they were.
 */
#include "core/assert.h"
#include "protocol/service.h"
#include "protocol/subscription.h"

#include <jansson.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect_answer(const struct hl_buffer *out, enum hl_status status)
{
    HL_ASSERT(!out->failed);
    HL_ASSERT(memchr(out->data, '\n', out->length) == out->data + out->length - 1);
    json_t *answer = json_loadb(out->data, out->length, JSON_REJECT_DUPLICATES, NULL);
    HL_ASSERT(json_is_object(answer));
    const json_t *error = json_object_get(answer, "error");
    HL_ASSERT(json_is_true(json_object_get(answer, "ok")) == (status == HL_OK));
    HL_ASSERT((error == NULL) == (status == HL_OK));
    if (error) {
        HL_ASSERT(strcmp(json_string_value(json_object_get(error, "code")), hl_status_code(status)) == 0);
        HL_ASSERT(json_string_length(json_object_get(error, "message")) > 0);
    }
    json_decref(answer);
}

/* Every line that is pushed is an object of strict JSON too. */
static void push(struct hl_subscription *subscription, struct hl_buffer *out)
{
    hl_buffer_reset(out);
    while (hl_subscription_put(subscription, HL_EVENTS_LINES, 0, out) == HL_SUBSCRIPTION_MORE)
        continue;
    for (const char *at = out->data, *end = at + out->length; at < end;) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        HL_ASSERT(line_end != NULL);
        json_t *line = json_loadb(at, (size_t)(line_end - at), JSON_REJECT_DUPLICATES, NULL);
        HL_ASSERT(json_is_object(json_object_get(line, "event")));
        json_decref(line);
        at = line_end + 1;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hl_engine_options options = hl_engine_options_default();
    struct hl_subscription *subscription = NULL;
    struct hl_service service = {.server_name = "fuzz", .line_max_bytes = 65536, .subscription = &subscription};
    struct hl_engine_stats before, after;
    struct hl_text all = {NULL, 0};
    struct hl_buffer out;
    service.events = hl_events_create(HL_EVENTS_BYTES_MIN, 0);
    if (!service.events || hl_engine_create(&options, &service.engine, NULL) != HL_OK)
        return 0;
    hl_engine_observe(service.engine, hl_events_observe, service.events);
    hl_buffer_init(&out);
    const char *at = (const char *)data, *end = at + size;
    for (int64_t now_ms = 1765704600000; at < end; now_ms += 1000) {
        const char *line_end = memchr(at, '\n', (size_t)(end - at));
        size_t length = (size_t)((line_end ? line_end : end) - at);
        hl_engine_stats(service.engine, all, &before, NULL);
        hl_buffer_reset(&out);
        enum hl_status status = hl_service_handle(&service, at, length, now_ms, &out, NULL);
        hl_engine_stats(service.engine, all, &after, NULL);
        expect_answer(&out, status);
        HL_ASSERT(status == HL_OK || (before.seq == after.seq && before.headlines == after.headlines));
        if (subscription)
            push(subscription, &out);
        at += length + (line_end != NULL);
    }
    hl_buffer_clear(&out);
    hl_subscription_close(subscription);
    hl_engine_destroy(service.engine);
    hl_events_destroy(service.events);
    return 0;
}
