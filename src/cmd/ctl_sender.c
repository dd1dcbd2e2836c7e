/*
 * ctl_sender.c - a window of requests over a connection that may break (see ctl_sender.h).
 */
#include "cmd/ctl_sender.h"

#include "core/assert.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BACK_OFF_MIN_MS = 100, BACK_OFF_MAX_MS = 5000, LINE_MAX_BYTES = 65536 };

/* ---- connecting --------------------------------------------------------------------------------------------------- */

/* The limit of a line as told, or the protocol's default. */
static size_t line_limit(const json_t *hello)
{
    json_int_t bytes = json_integer_value(json_object_get(json_object_get(hello, "limits"), "line_bytes"));
    return bytes > 0 ? (size_t)bytes : LINE_MAX_BYTES;
}

/* A greeting first: a daemon that is full or shutting down answers it with its reason instead. */
static enum hl_status greet(struct ctl_sender *sender, struct hl_error *error)
{
    json_t *request = json_pack("{s:s}", "op", "hello"), *answer;
    if (!request)
        return hl_error_set(error, HL_NO_MEMORY, NULL, "out of memory");
    const char *line;
    size_t length;
    enum hl_status status = ctl_client_call(&sender->client, sender->ctl, request, &line, &length, &answer, error);
    json_decref(request);
    if (status != HL_OK)
        return status;
    if (ctl_answer_is_ok(answer))
        sender->line_max_bytes = line_limit(answer);
    else
        status = hl_error_set(error, HL_UNAVAILABLE, NULL, "the daemon refuses the connection: %.150s",
                              ctl_answer_message(answer));
    json_decref(answer);
    return status;
}

static enum hl_status connect_and_greet(struct ctl_sender *sender, struct hl_error *error)
{
    enum hl_status status = ctl_client_connect(&sender->client, sender->ctl, error);
    if (status == HL_OK)
        status = greet(sender, error);
    if (status != HL_OK)
        ctl_client_close(&sender->client);
    sender->heard_ms = ctl_monotonic_ms();
    return status;
}

enum hl_status ctl_sender_open(struct ctl_sender *sender, const struct ctl *ctl, size_t capacity, uint64_t retries_max,
                               ctl_on_answer on_answer, void *context, struct hl_error *error)
{
    *sender = (struct ctl_sender){.ctl = ctl,
                                  .capacity = capacity,
                                  .first_ref = 1,
                                  .line_max_bytes = LINE_MAX_BYTES,
                                  .retries_max = retries_max,
                                  .on_answer = on_answer,
                                  .context = context};
    ctl_client_init(&sender->client);
    hl_buffer_init(&sender->out);
    sender->window = calloc(capacity, sizeof *sender->window);
    if (!sender->window)
        return hl_error_set(error, HL_NO_MEMORY, NULL, "out of memory");
    return connect_and_greet(sender, error);
}

void ctl_sender_close(struct ctl_sender *sender)
{
    for (size_t i = 0; i < sender->capacity && sender->window; i++)
        hl_buffer_clear(&sender->window[i].line);
    free(sender->window);
    sender->window = NULL;
    hl_buffer_clear(&sender->out);
    ctl_client_close(&sender->client);
}

/* ---- the window --------------------------------------------------------------------------------------------------- */

static struct ctl_in_flight *in_flight(const struct ctl_sender *sender, size_t nth)
{
    return &sender->window[(sender->first + nth) % sender->capacity];
}

bool ctl_sender_has_room(const struct ctl_sender *sender)
{
    return sender->count < sender->capacity;
}

enum hl_status ctl_sender_put(struct ctl_sender *sender, json_t *request, const struct ctl_origin *origin,
                              struct hl_error *error)
{
    HL_ASSERT(ctl_sender_has_room(sender));
    struct ctl_in_flight *slot = in_flight(sender, sender->count);
    json_int_t ref = (json_int_t)(sender->first_ref + sender->count);
    hl_buffer_reset(&slot->line);
    if (json_object_set_new(request, "ref", json_integer(ref)) == 0)
        ctl_json_append(&slot->line, request);
    else
        slot->line.failed = true;
    if (slot->line.length > sender->line_max_bytes)
        return hl_error_set(error, HL_TOO_LARGE, NULL, "longer than the %zu bytes that the daemon takes",
                            sender->line_max_bytes);
    hl_buffer_append_text(&slot->line, "\n");
    if (slot->line.failed || !hl_buffer_append(&sender->out, slot->line.data, slot->line.length))
        return hl_error_set(error, HL_NO_MEMORY, NULL, "out of memory");
    slot->origin = *origin;
    if (sender->count++ == 0)
        sender->heard_ms = ctl_monotonic_ms(); /* silence counts from the first request on */
    return HL_OK;
}

static void pop(struct ctl_sender *sender)
{
    sender->first = (sender->first + 1) % sender->capacity;
    sender->first_ref++;
    sender->count--;
    sender->failures = 0;
    sender->unavailable[0] = '\0';
}

/* An answer to the oldest request: by its ref, or an error without one since the daemon could not read the line that far. */
static bool is_for_oldest(const struct ctl_sender *sender, const json_t *answer)
{
    const json_t *ref = json_object_get(answer, "ref");
    if (sender->count == 0)
        return false;
    if (ref)
        return json_is_integer(ref) && (uint64_t)json_integer_value(ref) == sender->first_ref;
    const char *code = json_string_value(json_object_get(json_object_get(answer, "error"), "code"));
    return code && strcmp(code, hl_status_code(HL_PARSE)) == 0;
}

/* It would take the request at another time. */
static bool is_unavailable(const json_t *answer)
{
    const char *code = json_string_value(json_object_get(json_object_get(answer, "error"), "code"));
    return code && strcmp(code, hl_status_code(HL_UNAVAILABLE)) == 0;
}

/* HL_UNAVAILABLE: the line is the daemon's good-bye, or it cannot take the oldest request now. */
static enum hl_status take_line(struct ctl_sender *sender, const char *line, size_t length, struct hl_error *error)
{
    json_t *answer;
    enum hl_status status = ctl_answer_parse(line, length, &answer, error);
    if (status != HL_OK)
        return status;
    if (is_for_oldest(sender, answer) && is_unavailable(answer)) {
        snprintf(sender->unavailable, sizeof sender->unavailable, "%s", ctl_answer_message(answer));
        status = hl_error_set(error, HL_UNAVAILABLE, NULL, "the daemon takes nothing: %.150s", sender->unavailable);
    } else if (is_for_oldest(sender, answer)) {
        sender->on_answer(sender->context, &in_flight(sender, 0)->origin, answer);
        pop(sender);
    } else if (!json_object_get(answer, "ref") && !ctl_answer_is_ok(answer)) {
        status = hl_error_set(error, HL_UNAVAILABLE, NULL, "the daemon closes the connection: %.150s",
                              ctl_answer_message(answer));
    } else {
        status = hl_error_set(error, HL_INTERNAL, NULL, "the daemon's answers are out of step: please report it");
    }
    json_decref(answer);
    return status;
}

static enum hl_status take_lines(struct ctl_sender *sender, struct hl_error *error)
{
    const char *line;
    size_t length;
    enum hl_status status = HL_OK;
    while (status == HL_OK && ctl_client_line(&sender->client, &line, &length))
        status = take_line(sender, line, length, error);
    return status;
}

/* ---- sending and receiving ---------------------------------------------------------------------------------------- */

short ctl_sender_events(const struct ctl_sender *sender)
{
    return sender->out.length > 0 ? POLLIN | POLLOUT : POLLIN;
}

static enum hl_status send_some(struct ctl_sender *sender, struct hl_error *error)
{
    if (sender->out.length == 0)
        return HL_OK;
    size_t sent;
    enum hl_status status = ctl_client_send(&sender->client, sender->out.data, sender->out.length, &sent, error);
    hl_buffer_consume(&sender->out, sent);
    return status;
}

/* What has arrived is used even when the connection is lost right behind it. */
static enum hl_status receive_some(struct ctl_sender *sender, struct hl_error *error)
{
    struct hl_error lost;
    uint64_t waited_for = sender->first_ref;
    enum hl_status received = ctl_client_receive(&sender->client, &lost), status = take_lines(sender, error);
    if (sender->count == 0 || sender->first_ref != waited_for)
        sender->heard_ms = ctl_monotonic_ms();
    if (status != HL_OK || received == HL_OK)
        return status;
    return hl_error_set(error, received, NULL, "%s", lost.message);
}

static bool is_silent(const struct ctl_sender *sender)
{
    return sender->count > 0 && ctl_monotonic_ms() - sender->heard_ms > (int64_t)sender->ctl->timeout_s * 1000;
}

static void wait_before_retry(uint64_t failures)
{
    int64_t wait_ms = failures < 6 ? (int64_t)BACK_OFF_MIN_MS << failures : BACK_OFF_MAX_MS;
    struct timespec wait = {.tv_sec = wait_ms / 1000, .tv_nsec = wait_ms % 1000 * 1000000};
    nanosleep(&wait, NULL); /* a signal that is handled only makes the wait shorter */
}

/* Puts every request of the window on its way once more. */
static enum hl_status queue_again(struct ctl_sender *sender, struct hl_error *error)
{
    hl_buffer_reset(&sender->out);
    if (sender->count == 0)
        sender->failures = 0; /* no answer is due that could do it: a quiet feed outlives many connections */
    for (size_t i = 0; i < sender->count; i++) {
        const struct hl_buffer *line = &in_flight(sender, i)->line;
        if (!hl_buffer_append(&sender->out, line->data, line->length))
            return hl_error_set(error, HL_NO_MEMORY, NULL, "out of memory");
    }
    sender->reconnects++;
    sender->resent += sender->count;
    return HL_OK;
}

static enum hl_status reconnect(struct ctl_sender *sender, struct hl_error *error)
{
    ctl_client_close(&sender->client);
    while (sender->failures < sender->retries_max) {
        wait_before_retry(sender->failures++);
        enum hl_status status = connect_and_greet(sender, error);
        if (status == HL_OK)
            return queue_again(sender, error);
        if (status == HL_NO_MEMORY)
            return status;
    }
    return HL_UNAVAILABLE; /* @error says how the last try failed */
}

enum hl_status ctl_sender_step(struct ctl_sender *sender, struct hl_error *error)
{
    struct hl_error lost;
    enum hl_status sent = send_some(sender, &lost);
    enum hl_status status = receive_some(sender, error); /* also when sending failed: answers may be waiting */
    if (status == HL_OK && sent != HL_OK)
        status = hl_error_set(error, sent, NULL, "%s", lost.message);
    if (status == HL_OK && is_silent(sender))
        status = hl_error_set(error, HL_UNAVAILABLE, NULL, "the daemon does not answer");
    return status == HL_UNAVAILABLE ? reconnect(sender, error) : status;
}
