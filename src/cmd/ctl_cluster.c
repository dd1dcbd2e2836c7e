/*
 * ctl_cluster.c - cluster: a file through an engine of its own, one JSON line for each headline.
 */
#include "cmd/ctl_ask.h"
#include "cmd/ctl_run.h"
#include "cmd/ctl_settings.h"

#include "protocol/encode.h"

enum { FLUSH_BYTES = 64 * 1024 };

static void append_refused(struct hl_buffer *out)
{
    static const char *const names[] = {"verdict",      "story",    "story_at_arrival",
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

static enum ctl_exit cluster_file(const char *path, const struct hl_settings *settings)
{
    struct ctl_rows rows = {.rows = NULL};
    struct ctl_run run = {.outcomes = NULL};
    struct hl_error error;
    enum hl_status status = ctl_rows_read(&rows, path, &error);
    if (status == HL_OK)
        status = ctl_run(&rows, path, settings, &run, &error);
    enum ctl_exit code = status == HL_OK ? print_run(&rows, &run) : ctl_fail(CTL_FAILED, &error);
    if (rows.rejected + run.refused > 0)
        ctl_complain("%s: %llu lines rejected", path, (unsigned long long)(rows.rejected + run.refused));
    ctl_run_clear(&run);
    ctl_rows_clear(&rows);
    return code;
}

enum ctl_exit ctl_cluster(struct ctl *ctl, int argc, char **argv)
{
    struct ctl_list set = {.count = 0};
    bool list_settings = false;
    const struct ctl_option options[] = {
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
            "merges and splits followed; \"story_at_arrival\" is what the daemon would have answered at once.\n",
        .arguments_max = 1,
        .options = options,
        .option_count = CTL_COUNT(options)};
    enum ctl_exit code;
    int count;
    if (!ctl_args_parse(ctl, &usage, argc, argv, &count, &code))
        return code;
    if (list_settings)
        return ctl_settings_print(ctl);
    struct hl_settings settings = hl_settings_default();
    if (!ctl_settings_apply(&settings, &set))
        return CTL_USAGE;
    return cluster_file(count > 0 ? argv[0] : "-", &settings);
}
