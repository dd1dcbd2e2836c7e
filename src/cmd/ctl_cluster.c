/*
 * ctl_cluster.c - cluster: a file through an engine of its own, one JSON line for each headline, or for each topic.
 */
#include "cmd/ctl_ask.h"
#include "cmd/ctl_run.h"
#include "cmd/ctl_settings.h"

#include "protocol/encode.h"
#include "protocol/view.h"

enum { FLUSH_BYTES = 64 * 1024, PAGE = 50 };

static void append_refused(struct hl_buffer *out)
{
    static const char *const names[] = {"verdict",      "story",    "story_at_arrival", "topic",
                                        "duplicate_of", "distance", "similarity"};
    for (size_t i = 0; i < CTL_COUNT(names); i++) {
        hl_json_key(out, names[i]);
        hl_json_raw(out, "null");
    }
}

static void append_outcome(struct hl_buffer *out, const struct ctl_rows *rows, const struct ctl_outcome *outcome)
{
    struct hl_text original = {NULL, 0};
    if (outcome->duplicate_of != CTL_NO_ROW)
        original = rows->rows[outcome->duplicate_of].id;
    hl_json_member_name(out, "verdict", hl_verdict_name(outcome->verdict));
    hl_json_member_unsigned(out, "story", outcome->story);
    hl_json_member_unsigned(out, "story_at_arrival", outcome->story_at_arrival);
    hl_json_member_id(out, "topic", outcome->topic);
    hl_json_member_text(out, "duplicate_of", original);
    hl_json_key(out, "distance");
    if (outcome->has_distance)
        hl_json_unsigned(out, outcome->distance_bits);
    else
        hl_json_raw(out, "null");
    hl_json_member_fixed(out, "similarity", outcome->similarity, 4);
}

static enum ctl_exit print_run(const struct ctl_rows *rows, const struct ctl_run *run)
{
    struct hl_buffer out;
    hl_buffer_init(&out);
    enum ctl_exit code = CTL_OK;
    for (size_t i = 0; i < run->count && code == CTL_OK; i++) {
        hl_json_raw(&out, "{");
        hl_json_member_text(&out, "id", rows->rows[i].id);
        if (run->outcomes[i].refused)
            append_refused(&out);
        else
            append_outcome(&out, rows, &run->outcomes[i]);
        hl_json_raw(&out, "}\n");
        if (out.length >= FLUSH_BYTES || out.failed)
            code = ctl_print(&out);
    }
    if (code == CTL_OK)
        code = ctl_print(&out);
    return code;
}

/* The titles by which its stories are shown, the last active first. */
static enum hl_status append_titles(struct hl_buffer *out, hl_engine *engine, uint64_t topic, int64_t now_ms,
                                    struct hl_error *error)
{
    struct hl_story_view stories[PAGE];
    struct hl_cursor cursor = {0};
    bool more = true;
    hl_json_key(out, "titles");
    hl_json_raw(out, "[");
    while (more) {
        size_t count;
        enum hl_status status =
            hl_engine_topic_stories(engine, topic, now_ms, stories, PAGE, &count, &cursor, &more, error);
        if (status != HL_OK)
            return status;
        for (size_t i = 0; i < count; i++) {
            hl_json_separate(out);
            hl_json_string(out, stories[i].representative.title);
        }
    }
    hl_json_raw(out, "]");
    return HL_OK;
}

static enum hl_status append_topic(struct hl_buffer *out, hl_engine *engine, const struct hl_topic_view *topic,
                                   int64_t now_ms, struct hl_error *error)
{
    hl_json_raw(out, "{");
    hl_json_member_unsigned(out, "topic", topic->topic);
    hl_json_member_unsigned(out, "stories", topic->stories);
    hl_json_member_unsigned(out, "headlines", topic->headlines);
    hl_view_put_terms(out, topic);
    enum hl_status status = append_titles(out, engine, topic->topic, now_ms, error);
    hl_json_raw(out, "}\n");
    return status;
}

static enum hl_status append_topics(struct hl_buffer *out, hl_engine *engine, struct hl_text collection, int64_t now_ms,
                                    struct hl_error *error)
{
    struct hl_topic_view topics[PAGE];
    struct hl_topic_query query = {.collection = collection,
                                   .order = HL_ORDER_SIZE,
                                   .since_ms = HL_TIME_NONE,
                                   .until_ms = HL_TIME_NONE,
                                   .stories_min = 2,
                                   .limit = PAGE};
    bool more = true, truncated;
    while (more) {
        size_t count;
        enum hl_status status =
            hl_engine_topics(engine, &query, now_ms, topics, &count, &query.after, &more, &truncated, error);
        for (size_t i = 0; i < count && status == HL_OK; i++)
            status = append_topic(out, engine, &topics[i], now_ms, error);
        if (status != HL_OK)
            return status;
    }
    return HL_OK;
}

/* All topics of all collections, the largest of each first, into the buffer at @context. */
static enum hl_status list_topics(void *context, hl_engine *engine, int64_t now_ms, struct hl_error *error)
{
    const struct hl_text *collections;
    size_t count = hl_engine_collections(engine, &collections);
    enum hl_status status = HL_OK;
    for (size_t i = 0; i < count && status == HL_OK; i++)
        status = append_topics(context, engine, collections[i], now_ms, error);
    return status;
}

static enum ctl_exit cluster_file(const char *path, const struct hl_settings *settings, bool topics)
{
    struct ctl_rows rows = {.rows = NULL};
    struct ctl_run run = {.outcomes = NULL};
    struct hl_error error;
    struct hl_buffer list;
    hl_buffer_init(&list);
    enum hl_status status = ctl_rows_read(&rows, path, &error);
    if (status == HL_OK)
        status = ctl_run_then(&rows, path, settings, topics ? list_topics : NULL, &list, &run, &error);
    enum ctl_exit code;
    if (status != HL_OK)
        code = ctl_fail(CTL_FAILED, &error);
    else
        code = topics ? ctl_print(&list) : print_run(&rows, &run);
    if (rows.rejected + run.refused > 0)
        ctl_complain("%s: %llu lines rejected", path, (unsigned long long)(rows.rejected + run.refused));
    hl_buffer_clear(&list);
    ctl_run_clear(&run);
    ctl_rows_clear(&rows);
    return code;
}

enum ctl_exit ctl_cluster(struct ctl *ctl, int argc, char **argv)
{
    struct ctl_list set = {.count = 0};
    bool list_settings = false, topics = false;
    const struct ctl_option options[] = {
        {.name = "topics",
         .help = "print the topics at the end of the file instead, with their stories' titles",
         .flag = &topics},
        CTL_SETTINGS_OPTIONS(set, list_settings),
    };
    const struct ctl_usage usage = {
        .command = "cluster",
        .arguments = "FILE",
        .summary = "Clusters a file of headlines without a daemon and prints one JSON line for each, in order.",
        .notes =
            "FILE holds JSON lines, plain or gzip; \"-\" is standard input. The clock is \"ts\" (epoch seconds), else\n"
            "\"published\"; without either it stands still. \"story\" is where the headline was at the end of the "
            "file,\n"
            "merges and splits followed; \"story_at_arrival\" is what the daemon would have answered at once. "
            "\"topic\" is that\n"
            "story's topic at the end, null when it has none or has left the window.\n",
        .arguments_max = 1,
        .offline = true,
        .options = options,
        .option_count = CTL_COUNT(options)};
    enum ctl_exit code;
    if (!ctl_settings_parse(ctl, &usage, &list_settings, NULL, &argc, argv, &code))
        return code;
    struct hl_settings settings = hl_settings_default();
    if (!ctl_settings_apply(&settings, &set))
        return CTL_USAGE;
    return cluster_file(argc > 0 ? argv[0] : "-", &settings, topics);
}
