/*
 * execute.c - a request to its one answer line, and the executors for single headlines and for the server itself.
 */
#include "protocol/execute.h"

#include "protocol/encode.h"
#include "protocol/event_json.h"
#include "protocol/view.h"

#include <headlined/version.h>

/*
 * The most that the answer to a request that changes the engine can take: three ids or refs with every byte escaped, and the
 * rest. Room for it is made before the engine is asked, so that a change is never made and then not answered.
 */
enum { CHANGE_ANSWER_MAX_BYTES = 3 * 6 * HL_ID_MAX_BYTES + 1024 };
_Static_assert((int)HL_REF_MAX_BYTES <= HL_ID_MAX_BYTES, "the bound above takes a ref for an id");

/* ---- answer lines -------------------------------------------------------------------------------------------------- */

static void put_ref(struct hl_buffer *out, const json_t *ref)
{
    if (!ref)
        return;
    hl_json_key(out, "ref");
    if (json_is_integer(ref))
        hl_json_integer(out, json_integer_value(ref));
    else
        hl_json_string(out, (struct hl_text){json_string_value(ref), json_string_length(ref)});
}

static void put_error(struct hl_buffer *out, const struct hl_error *error)
{
    hl_json_key(out, "error");
    hl_json_raw(out, "{");
    hl_json_member_name(out, "code", hl_status_code(error->status));
    hl_json_member_name(out, "message", error->message[0] ? error->message : hl_status_message(error->status));
    if (error->field[0])
        hl_json_member_name(out, "field", error->field);
    if (error->offset > 0)
        hl_json_member_unsigned(out, "offset", error->offset);
    hl_json_raw(out, "}}\n");
}

void hl_response_error(struct hl_buffer *out, const struct hl_error *error, const char *reference)
{
    hl_json_raw(out, "{\"ok\":false");
    if (reference) {
        hl_json_key(out, "ref");
        hl_json_raw(out, reference);
    }
    put_error(out, error);
}

/* Replaces what was appended after @start, be it complete or not, by the error line. */
static enum hl_status answer_error(const struct hl_service *service, struct hl_buffer *out, size_t start,
                                   const struct hl_error *error, const json_t *ref)
{
    if (service->measures)
        service->measures->errors[error->status]++;
    out->length = start;
    out->failed = false; /* what did not fit is gone, and this line is short */
    hl_json_raw(out, "{\"ok\":false");
    put_ref(out, ref);
    put_error(out, error);
    if (out->failed)
        out->length = start;
    return error->status;
}

/* The command's executor, with the time it takes. */
static enum hl_status run_command(const struct hl_service *service, const struct hl_request *request, int64_t now_ms,
                                  struct hl_buffer *out, struct hl_error *error)
{
    struct hl_measures *measures = service->measures;
    uint64_t start_ns = measures ? measures->clock_ns() : 0;
    enum hl_status status = request->command->execute(service, request, now_ms, out, error);
    if (measures)
        hl_latency_add(&measures->ops[request->command - hl_commands], measures->clock_ns() - start_ns);
    return status;
}

enum hl_status hl_request_execute(const struct hl_service *service, const struct hl_request *request, int64_t now_ms,
                                  struct hl_buffer *out)
{
    if (out->failed)
        return HL_NO_MEMORY;
    struct hl_error error = {.status = HL_OK};
    size_t start = out->length;
    enum hl_status status = HL_OK;
    if (hl_buffer_reserve(out, CHANGE_ANSWER_MAX_BYTES)) {
        hl_json_raw(out, "{\"ok\":true");
        put_ref(out, request->ref);
        status = run_command(service, request, now_ms, out, &error);
        hl_json_raw(out, "}\n");
    }
    if (status == HL_OK && out->failed)
        status = hl_error_no_memory(&error);
    return status == HL_OK ? HL_OK : answer_error(service, out, start, &error, request->ref);
}

enum hl_status hl_request_answer(const struct hl_service *service, const struct hl_request *request,
                                 enum hl_status status, const struct hl_error *error, int64_t now_ms,
                                 struct hl_buffer *out, enum hl_tells *tells)
{
    *tells = HL_TELLS_NOTHING;
    if (status != HL_OK)
        return answer_error(service, out, out->length, error, request->ref);
    *tells = hl_request_tells(request);
    status = hl_request_execute(service, request, now_ms, out);
    if (status != HL_OK && *tells == HL_TELLS_CHANGE)
        *tells = HL_TELLS_STATE;
    return status;
}

enum hl_status hl_service_handle(const struct hl_service *service, const char *line, size_t length, int64_t now_ms,
                                 struct hl_buffer *out, enum hl_tells *tells)
{
    enum hl_tells told = HL_TELLS_NOTHING;
    enum hl_status status = HL_NO_MEMORY;
    if (!out->failed) {
        struct hl_request request;
        struct hl_error error = {.status = HL_OK};
        status = hl_request_read(&request, line, length, &error);
        status = hl_request_answer(service, &request, status, &error, now_ms, out, &told);
        hl_request_release(&request);
    }
    if (tells)
        *tells = told;
    return status;
}

/* ---- the server ---------------------------------------------------------------------------------------------------- */

static void put_limits(struct hl_buffer *out, size_t line_max_bytes)
{
    hl_json_key(out, "limits");
    hl_json_raw(out, "{");
    hl_json_member_unsigned(out, "line_bytes", line_max_bytes);
    hl_json_member_unsigned(out, "nesting", HL_NESTING_MAX);
    hl_json_member_unsigned(out, "ref_bytes", HL_REF_MAX_BYTES);
    hl_json_member_unsigned(out, "title_bytes", HL_TITLE_MAX_BYTES);
    hl_json_member_unsigned(out, "id_bytes", HL_ID_MAX_BYTES);
    hl_json_member_unsigned(out, "source_bytes", HL_SOURCE_MAX_BYTES);
    hl_json_member_unsigned(out, "url_bytes", HL_URL_MAX_BYTES);
    hl_json_member_unsigned(out, "lang_bytes", HL_LANG_MAX_BYTES);
    hl_json_member_unsigned(out, "summary_bytes", HL_SUMMARY_MAX_BYTES);
    hl_json_member_unsigned(out, "collection_bytes", HL_COLLECTION_MAX_BYTES);
    hl_json_member_unsigned(out, "list", HL_LIST_MAX);
    hl_json_raw(out, "}");
}

static void put_name(struct hl_buffer *out, const char *name)
{
    hl_json_separate(out);
    hl_json_string(out, (struct hl_text){name, strlen(name)});
}

static void put_vocabulary(struct hl_buffer *out)
{
    hl_json_raw(out, ",\"ops\":[");
    for (size_t i = 0; i < HL_COMMAND_COUNT; i++)
        put_name(out, hl_commands[i].name);
    hl_json_raw(out, "],\"verdicts\":[");
    for (int i = 0; i < HL_VERDICT_COUNT; i++)
        put_name(out, hl_verdict_name((enum hl_verdict)i));
    hl_json_raw(out, "],\"orders\":[");
    for (int i = 0; i < HL_STORY_ORDER_COUNT; i++)
        put_name(out, hl_story_order_names[i]);
    hl_json_raw(out, "],\"events\":[");
    for (int i = 0; i < HL_EVENT_KINDS; i++)
        put_name(out, hl_event_kind_names[i]);
    hl_json_raw(out, "]");
}

enum hl_status hl_execute_hello(const struct hl_service *service, const struct hl_request *request, int64_t now_ms,
                                struct hl_buffer *out, struct hl_error *error)
{
    (void)request, (void)error;
    hl_json_member_name(out, "server", service->server_name);
    hl_json_member_unsigned(out, "protocol", HL_PROTOCOL_VERSION);
    hl_json_member_unsigned(out, "fingerprint", HL_FINGERPRINT_VERSION);
    hl_json_member_time(out, "time", now_ms);
    put_vocabulary(out);
    put_limits(out, service->line_max_bytes);
    hl_json_key(out, "help");
    hl_json_raw(out, "{");
    for (size_t i = 0; i < HL_COMMAND_COUNT; i++)
        hl_json_member_name(out, hl_commands[i].name, hl_commands[i].help);
    hl_json_raw(out, "}");
    return HL_OK;
}

enum hl_status hl_execute_ping(const struct hl_service *service, const struct hl_request *request, int64_t now_ms,
                               struct hl_buffer *out, struct hl_error *error)
{
    (void)service, (void)request, (void)error;
    hl_json_member_bool(out, "pong", true);
    hl_json_member_time(out, "time", now_ms);
    return HL_OK;
}

/* ---- one headline -------------------------------------------------------------------------------------------------- */

/* What add and check have in common. */
static void put_result(struct hl_buffer *out, const struct hl_result *result)
{
    hl_json_member_text(out, "id", result->id);
    hl_json_member_name(out, "verdict", hl_verdict_name(result->verdict));
    hl_json_member_id(out, "story", result->story);
    hl_json_member_unsigned(out, "story_headlines", result->story_headlines);
    hl_json_member_id(out, "topic", result->topic);
    hl_json_member_text(out, "duplicate_of", result->duplicate_of);
    hl_json_key(out, "distance");
    if (result->has_distance)
        hl_json_unsigned(out, result->distance_bits);
    else
        hl_json_raw(out, "null");
    hl_json_member_fixed(out, "similarity", result->similarity, 4);
    if (result->sighting)
        hl_json_member_bool(out, "sighting", true);
    hl_json_member_fingerprint(out, "fingerprint", &result->fingerprint);
}

enum hl_status hl_execute_add(const struct hl_service *service, const struct hl_request *request, int64_t now_ms,
                              struct hl_buffer *out, struct hl_error *error)
{
    struct hl_result result;
    enum hl_status status = hl_keep_add(service, &request->body.headline, now_ms, &result, error);
    if (status != HL_OK)
        return status;
    hl_json_member_unsigned(out, "seq", result.seq);
    put_result(out, &result);
    return HL_OK;
}

enum hl_status hl_execute_check(const struct hl_service *service, const struct hl_request *request, int64_t now_ms,
                                struct hl_buffer *out, struct hl_error *error)
{
    struct hl_result result;
    enum hl_status status = hl_engine_check(service->engine, &request->body.headline, now_ms, &result, error);
    if (status != HL_OK)
        return status;
    hl_json_member_bool(out, "would", true);
    put_result(out, &result);
    return HL_OK;
}

enum hl_status hl_execute_get(const struct hl_service *service, const struct hl_request *request, int64_t now_ms,
                              struct hl_buffer *out, struct hl_error *error)
{
    (void)now_ms;
    const struct hl_request_named *named = &request->body.named;
    struct hl_headline_view view;
    enum hl_status status = hl_engine_get(service->engine, named->collection, named->id, &view, error);
    if (status != HL_OK)
        return status;
    hl_json_key(out, "headline");
    hl_view_put_headline(out, &view, true);
    return HL_OK;
}

enum hl_status hl_execute_remove(const struct hl_service *service, const struct hl_request *request, int64_t now_ms,
                                 struct hl_buffer *out, struct hl_error *error)
{
    const struct hl_request_named *named = &request->body.named;
    enum hl_status status = hl_keep_remove(service, named->collection, named->id, now_ms, error);
    if (status != HL_OK)
        return status;
    hl_json_member_bool(out, "removed", true);
    return HL_OK;
}
