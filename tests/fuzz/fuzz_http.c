/*
 * fuzz_http.c - any bytes as an HTTP connection, whole and cut up anyhow: both ways must give the same bytes, every answer must have the form of
 * one, and what is held must stay bounded.
 *
 * Broken zstd is left out of the comparison: what is given out before the fault depends on how much of it comes at once.
 *
 * Making an engine takes far longer than a request, so one is made for all inputs; changes are only checked, so that it stays as it is.
 *
 * The first byte of the input is the size of the pieces; the rest is the stream.
 */
#include "core/assert.h"
#include "protocol/http.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW INT64_C(1765704600000)

enum { OBJECT_MAX = 512, STEPS_MAX = 1 << 20 };

struct run {
    struct hl_buffer out;
    unsigned requests, errors;
};

/* ---- an engine that nobody changes --------------------------------------------------------------------------------- */

static enum hl_status check_only(void *context, const struct hl_headline *headline, int64_t now_ms,
                                 struct hl_result *result, struct hl_error *error)
{
    return hl_engine_check(context, headline, now_ms, result, error);
}

static enum hl_status look_only(void *context, struct hl_text collection, struct hl_text id, int64_t now_ms,
                                struct hl_error *error)
{
    struct hl_headline_view view;
    (void)now_ms;
    return hl_engine_get(context, collection, id, &view, error);
}

static enum hl_status set_nothing(void *context, struct hl_text collection, const struct hl_setting_change *changes,
                                  size_t count, int64_t now_ms, uint64_t *seq, struct hl_error *error)
{
    (void)context, (void)collection, (void)changes, (void)count, (void)now_ms, (void)error;
    *seq = 1;
    return HL_OK;
}

static enum hl_status snapshot_nothing(void *context, int64_t now_ms, bool *started, uint64_t *seq,
                                       struct hl_error *error)
{
    (void)context, (void)now_ms, (void)error;
    *started = false;
    *seq = 1;
    return HL_OK;
}

static bool no_figures(void *context, struct hl_service_kept *out)
{
    (void)context, (void)out;
    return false;
}

static const struct hl_service_keeper keeper = {check_only, look_only, set_nothing, snapshot_nothing, no_figures};

static hl_engine *engine_with_headlines(void)
{
    static const char *const titles[] = {"Storm floods Aldermoor", "Storm Petra floods Aldermoor again",
                                         "Central bank raises rates"};
    static hl_engine *engine;
    if (engine)
        return engine;
    struct hl_engine_options options = hl_engine_options_default();
    enum hl_status status = hl_engine_create(&options, &engine, NULL);
    for (size_t i = 0; i < sizeof titles / sizeof titles[0] && status == HL_OK; i++) {
        struct hl_headline headline = {
            .title = {titles[i], strlen(titles[i])}, .id = {&"abc"[i], 1}, .published_ms = HL_TIME_NONE};
        struct hl_result result;
        status = hl_engine_add(engine, &headline, NOW - 1000, &result, NULL);
    }
    HL_ASSERT(status == HL_OK);
    return engine;
}

/* ---- connections --------------------------------------------------------------------------------------------------- */

static void feed(struct hl_http *http, const char *bytes, size_t count)
{
    char *room;
    size_t room_bytes;
    bool prepared = hl_http_prepare(http, count, &room, &room_bytes);
    HL_ASSERT(prepared && room_bytes >= count);
    memcpy(room, bytes, count);
    hl_http_commit(http, count);
}

/* Each call must do something or stop. */
static enum hl_http_step go_on(struct run *run, struct hl_http *http, const struct hl_service *service)
{
    struct hl_http_done done;
    enum hl_http_step step = HL_HTTP_WENT_ON;
    for (int i = 0; step == HL_HTTP_WENT_ON; i++) {
        step = hl_http_next(http, service, NOW, &run->out, &done);
        run->requests += done.requests;
        run->errors += done.errors;
        HL_ASSERT(i < STEPS_MAX);
    }
    return step;
}

static void run_stream(struct run *run, const char *stream, size_t size, size_t piece)
{
    struct hl_service service = {.engine = engine_with_headlines(),
                                 .server_name = "fuzz",
                                 .line_max_bytes = OBJECT_MAX,
                                 .keeper = &keeper,
                                 .keeper_context = engine_with_headlines()};
    struct hl_http_config config = {.routes = hl_http_all_routes(), .hosts = "", .object_max_bytes = OBJECT_MAX};
    struct hl_http *http = hl_http_create(&config);
    HL_ASSERT(http != NULL);
    enum hl_http_step step = HL_HTTP_WAITS;
    for (size_t at = 0; at < size && step != HL_HTTP_ENDS; at += piece) {
        feed(http, stream + at, size - at < piece ? size - at : piece);
        step = go_on(run, http, &service);
    }
    hl_http_break(http, HL_TIMEOUT, "the end", NOW, &run->out);
    step = go_on(run, http, &service);
    HL_ASSERT(step == HL_HTTP_ENDS);
    hl_http_destroy(http);
}

static bool mentions_zstd(const char *stream, size_t size)
{
    for (size_t i = 0; i + 4 <= size; i++)
        if ((stream[i] | 0x20) == 'z' && (stream[i + 1] | 0x20) == 's' && (stream[i + 2] | 0x20) == 't')
            return true;
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    struct run whole = {.requests = 0}, pieces = {.requests = 0};
    const char *stream = (const char *)data + 1;
    run_stream(&whole, stream, size - 1, size - 1);
    run_stream(&pieces, stream, size - 1, data[0] ? data[0] : 1);
    HL_ASSERT(!whole.out.failed && !pieces.out.failed);
    if (!mentions_zstd(stream, size - 1)) {
        HL_ASSERT(whole.out.length == pieces.out.length);
        HL_ASSERT(whole.out.length == 0 || memcmp(whole.out.data, pieces.out.data, whole.out.length) == 0);
        HL_ASSERT(whole.requests == pieces.requests && whole.errors == pieces.errors);
    }
    HL_ASSERT(whole.errors <= whole.requests);
    HL_ASSERT(whole.out.length == 0 || (whole.out.length > 12 && memcmp(whole.out.data, "HTTP/1.1 ", 9) == 0));
    hl_buffer_clear(&whole.out);
    hl_buffer_clear(&pieces.out);
    return 0;
}
