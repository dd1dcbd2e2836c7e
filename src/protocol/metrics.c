/*
 * metrics.c - the document for Prometheus (see metrics.h). Labels need no escapes: they are names of ours, and names of collections, which hold
 * neither quote nor backslash nor line feed.
 */
#include "protocol/metrics.h"

#include "protocol/encode.h"
#include "protocol/figures.h"
#include "protocol/request.h"

#include <headlined/questions.h>
#include <headlined/version.h>

#include <stdlib.h>

#define NS_PER_SECOND UINT64_C(1000000000)

/* ---- lines -------------------------------------------------------------------------------------------------------- */

static void put_family(struct hl_buffer *out, const char *name, const char *type, const char *help)
{
    int length = (int)strcspn(name, "{");
    hl_buffer_printf(out, "# HELP headlined_%.*s %s\n", length, name, help);
    hl_buffer_printf(out, "# TYPE headlined_%.*s %s\n", length, name, type);
}

/* Whole numbers as they are, so that none is rounded by way of a float. */
static void put_value(struct hl_buffer *out, uint64_t value)
{
    hl_json_raw(out, " ");
    hl_json_unsigned(out, value);
    hl_json_raw(out, "\n");
}

/* @value units, of which there are @per_second, in seconds with all digits; @per_second is a power of ten. */
static void put_seconds(struct hl_buffer *out, uint64_t value, uint64_t per_second)
{
    int digits = 0;
    for (uint64_t unit = per_second; unit > 1; unit /= 10)
        digits++;
    hl_buffer_printf(out, " %llu.%0*llu\n", (unsigned long long)(value / per_second), digits,
                     (unsigned long long)(value % per_second));
}

/* A family of one gauge that is a point in time. */
static void put_time(struct hl_buffer *out, const char *name, const char *help, int64_t ms)
{
    put_family(out, name, "gauge", help);
    hl_buffer_printf(out, "headlined_%s", name);
    put_seconds(out, ms > 0 ? (uint64_t)ms : 0, 1000);
}

static void put_labelled(struct hl_buffer *out, const char *name, const char *label, struct hl_text value,
                         uint64_t number)
{
    hl_buffer_printf(out, "headlined_%s{%s=\"%.*s\"}", name, label, (int)value.length, value.data);
    put_value(out, number);
}

/* ---- figures ------------------------------------------------------------------------------------------------------ */

static bool is_same_family(const struct hl_figure *figure, const struct hl_figure *before)
{
    size_t length = strcspn(figure->metric, "{");
    return length == strcspn(before->metric, "{") && memcmp(figure->metric, before->metric, length) == 0;
}

static void put_group(struct hl_buffer *out, enum hl_figure_group group, const void *from)
{
    for (size_t i = 0; i < HL_FIGURE_COUNT; i++) {
        const struct hl_figure *figure = &hl_figures[i];
        if (figure->group != group)
            continue;
        if (i == 0 || !is_same_family(figure, figure - 1))
            put_family(out, figure->metric, figure->kind == HL_FIGURE_COUNTER ? "counter" : "gauge", figure->help);
        hl_buffer_printf(out, "headlined_%s", figure->metric);
        uint64_t value = hl_figure_value(figure, from);
        if (figure->kind == HL_FIGURE_MICROSECONDS)
            put_seconds(out, value, 1000000);
        else
            put_value(out, value);
    }
}

static void put_build(struct hl_buffer *out)
{
    put_family(out, "build_info", "gauge", "Always 1; the labels tell the versions.");
    hl_buffer_printf(out, "headlined_build_info{version=\"%s\",protocol=\"%d\",fingerprint=\"%d\"} 1\n",
                     HL_VERSION_STRING, HL_PROTOCOL_VERSION, HL_FINGERPRINT_VERSION);
}

static void put_verdicts(struct hl_buffer *out, const struct hl_engine_stats *stats)
{
    put_family(out, "verdicts_total", "counter", "Verdicts answered by add.");
    for (int i = 0; i < HL_VERDICT_COUNT; i++) {
        const char *name = hl_verdict_name((enum hl_verdict)i);
        put_labelled(out, "verdicts_total", "verdict", (struct hl_text){name, strlen(name)}, stats->verdicts[i]);
    }
}

/* ---- collections -------------------------------------------------------------------------------------------------- */

struct collections {
    struct hl_collection_view *views; /* owned */
    size_t count;
};

static void put_by_collection(struct hl_buffer *out, const struct collections *all, const char *metric,
                              const char *help, size_t offset)
{
    put_family(out, metric, "gauge", help);
    for (size_t i = 0; i < all->count; i++) {
        uint64_t value;
        memcpy(&value, (const char *)&all->views[i] + offset, sizeof value);
        put_labelled(out, metric, "collection", all->views[i].collection, value);
    }
}

static void put_last_times(struct hl_buffer *out, const struct collections *all)
{
    put_family(out, "collection_last_time_seconds", "gauge", "When something last came in, in Unix time.");
    for (size_t i = 0; i < all->count; i++) {
        const struct hl_collection_view *view = &all->views[i];
        if (view->last_ms == HL_TIME_NONE)
            continue; /* nothing is live */
        hl_buffer_printf(out, "headlined_collection_last_time_seconds{collection=\"%.*s\"}",
                         (int)view->collection.length, view->collection.data);
        put_seconds(out, view->last_ms > 0 ? (uint64_t)view->last_ms : 0, 1000);
    }
}

/* The lines of a family have to stand together, so all collections are asked first. */
static void put_collections(struct hl_buffer *out, hl_engine *engine)
{
    struct collections all = {.views = malloc(HL_LIST_MAX * sizeof *all.views)};
    if (!all.views) {
        out->failed = true;
        return;
    }
    all.count = hl_engine_collection_views(engine, all.views, HL_LIST_MAX);
    put_by_collection(out, &all, "collection_headlines", "Live headlines of a collection.",
                      offsetof(struct hl_collection_view, headlines));
    put_by_collection(out, &all, "collection_stories", "Live stories of a collection.",
                      offsetof(struct hl_collection_view, stories));
    put_by_collection(out, &all, "collection_topics", "Live topics of a collection.",
                      offsetof(struct hl_collection_view, topics));
    put_last_times(out, &all);
    free(all.views);
}

static void put_engine(struct hl_buffer *out, hl_engine *engine, const struct hl_engine_stats *stats)
{
    put_group(out, HL_FIGURES_ENGINE, stats);
    put_verdicts(out, stats);
    put_collections(out, engine);
}

/* ---- measures ----------------------------------------------------------------------------------------------------- */

static void put_bucket(struct hl_buffer *out, const char *op, uint64_t bound_ns, uint64_t count)
{
    hl_buffer_printf(out, "headlined_op_duration_seconds_bucket{op=\"%s\",le=\"", op);
    hl_json_number(out, (double)bound_ns / (double)NS_PER_SECOND);
    hl_json_raw(out, "\"}");
    put_value(out, count);
}

static void put_latency(struct hl_buffer *out, const char *op, const struct hl_latency *latency)
{
    uint64_t count = 0;
    for (unsigned i = 0; i < HL_LATENCY_BOUNDS; i++)
        put_bucket(out, op, hl_latency_bounds_ns[i], count += latency->counts[i]);
    count += latency->counts[HL_LATENCY_BOUNDS];
    hl_buffer_printf(out, "headlined_op_duration_seconds_bucket{op=\"%s\",le=\"+Inf\"}", op);
    put_value(out, count);
    hl_buffer_printf(out, "headlined_op_duration_seconds_sum{op=\"%s\"}", op);
    put_seconds(out, latency->sum_ns, NS_PER_SECOND);
    hl_buffer_printf(out, "headlined_op_duration_seconds_count{op=\"%s\"}", op);
    put_value(out, count);
}

static void put_measures(struct hl_buffer *out, const struct hl_measures *measures)
{
    put_family(out, "op_duration_seconds", "histogram",
               "Time to execute a request, without the waits for disk and network.");
    for (size_t i = 0; i < HL_COMMAND_COUNT; i++)
        put_latency(out, hl_commands[i].name, &measures->ops[i]);
    put_family(out, "errors_total", "counter", "Errors answered to requests.");
    for (int i = HL_OK + 1; i < HL_STATUS_COUNT; i++) {
        const char *code = hl_status_code((enum hl_status)i);
        put_labelled(out, "errors_total", "code", (struct hl_text){code, strlen(code)}, measures->errors[i]);
    }
}

/* ---- all of it ---------------------------------------------------------------------------------------------------- */

static void put_store(struct hl_buffer *out, const struct hl_service_kept *kept)
{
    put_group(out, HL_FIGURES_STORE, kept);
    if (kept->snapshot_seq > 0)
        put_time(out, "snapshot_time_seconds", "When the last snapshot was begun, in Unix time.",
                 kept->snapshot_created_ms);
}

enum hl_status hl_metrics_put(struct hl_buffer *out, const struct hl_service *service)
{
    struct hl_engine_stats stats;
    struct hl_service_kept kept;
    put_build(out);
    if (hl_engine_stats(service->engine, (struct hl_text){NULL, 0}, &stats, NULL) == HL_OK)
        put_engine(out, service->engine, &stats);
    if (service->figures) {
        put_time(out, "start_time_seconds", "When the daemon began to serve, in Unix time.",
                 service->figures->started_ms);
        put_group(out, HL_FIGURES_SERVER, service->figures);
    }
    if (service->measures)
        put_measures(out, service->measures);
    if (service->keeper && service->keeper->figures(service->keeper_context, &kept))
        put_store(out, &kept);
    return out->failed ? HL_NO_MEMORY : HL_OK;
}
