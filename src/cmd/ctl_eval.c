/*
 * ctl_eval.c - eval: labelled files clustered and scored, at the end and as answered at arrival.
 */
#include "cmd/ctl_ask.h"
#include "cmd/ctl_score.h"
#include "cmd/ctl_settings.h"
#include "cmd/ctl_table.h"

#include "protocol/encode.h"

#include <stdlib.h>
#include <string.h>

struct scored {
    const char *file; /* borrowed */
    size_t headlines; /* clustered */
    struct ctl_score score;
    uint64_t merges, splits;
    double headlines_per_second;
};

/* ---- output ------------------------------------------------------------------------------------------------------- */

static void append_scores(struct hl_buffer *out, const char *name, const struct hl_scores *scores)
{
    hl_json_key(out, name);
    hl_json_raw(out, "{");
    hl_json_member_fixed(out, "precision", scores->precision, 6);
    hl_json_member_fixed(out, "recall", scores->recall, 6);
    hl_json_member_fixed(out, "f1", scores->f1, 6);
    hl_json_raw(out, "}");
}

static void append_evaluation(struct hl_buffer *out, const struct hl_evaluation *evaluation)
{
    append_scores(out, "bcubed", &evaluation->bcubed);
    append_scores(out, "pairwise", &evaluation->pairwise);
    hl_json_member_fixed(out, "nmi", evaluation->nmi, 6);
}

static void append_json(struct hl_buffer *out, const struct scored *scored)
{
    hl_json_raw(out, "{");
    hl_json_member_name(out, "file", scored->file);
    hl_json_member_unsigned(out, "headlines", scored->headlines);
    hl_json_member_unsigned(out, "stories_gold", scored->score.end.gold_count);
    hl_json_member_unsigned(out, "stories", scored->score.end.found_count);
    append_evaluation(out, &scored->score.end);
    hl_json_key(out, "arrival");
    hl_json_raw(out, "{");
    append_evaluation(out, &scored->score.arrival);
    hl_json_raw(out, "}");
    hl_json_member_unsigned(out, "merges", scored->merges);
    hl_json_member_unsigned(out, "splits", scored->splits);
    hl_json_member_fixed(out, "headlines_per_second", scored->headlines_per_second, 0);
    hl_json_raw(out, "}\n");
}

static const struct ctl_column columns[] = {
    {.title = "FILE", .flexible = true, .style = CTL_CYAN},
    {.title = "AT", .style = CTL_DIM},
    {.title = "HEADLINES", .right = true, .style = CTL_PLAIN, .screen_min = 110},
    {.title = "GOLD", .right = true, .style = CTL_PLAIN, .screen_min = 110},
    {.title = "STORIES", .right = true, .style = CTL_PLAIN},
    {.title = "B3 P", .right = true, .style = CTL_DIM, .screen_min = 140},
    {.title = "B3 R", .right = true, .style = CTL_DIM, .screen_min = 140},
    {.title = "B3 F1", .right = true, .style = CTL_BOLD},
    {.title = "PAIR P", .right = true, .style = CTL_DIM, .screen_min = 140},
    {.title = "PAIR R", .right = true, .style = CTL_DIM, .screen_min = 140},
    {.title = "PAIR F1", .right = true, .style = CTL_PLAIN},
    {.title = "NMI", .right = true, .style = CTL_PLAIN},
    {.title = "MERGES", .right = true, .style = CTL_PLAIN, .screen_min = 110},
    {.title = "SPLITS", .right = true, .style = CTL_PLAIN, .screen_min = 110},
    {.title = "PER SECOND", .right = true, .style = CTL_DIM},
};

static void add_scores(struct ctl_table *table, const struct hl_scores *scores)
{
    ctl_table_printf(table, "%.4f", scores->precision);
    ctl_table_printf(table, "%.4f", scores->recall);
    ctl_table_printf(table, "%.4f", scores->f1);
}

static void add_number(struct ctl_table *table, uint64_t value)
{
    char text[CTL_NUMBER_BYTES];
    ctl_table_add(table, ctl_number(value, text));
}

static void add_evaluation(struct ctl_table *table, const struct hl_evaluation *evaluation)
{
    add_number(table, evaluation->found_count);
    add_scores(table, &evaluation->bcubed);
    add_scores(table, &evaluation->pairwise);
    ctl_table_printf(table, "%.4f", evaluation->nmi);
}

/* Two rows: at the end, and as answered at arrival. */
static void add_file(struct ctl_table *table, const struct scored *scored)
{
    const char *slash = strrchr(scored->file, '/');
    ctl_table_add(table, slash ? slash + 1 : scored->file);
    ctl_table_add(table, "end");
    add_number(table, scored->headlines);
    add_number(table, scored->score.end.gold_count);
    add_evaluation(table, &scored->score.end);
    add_number(table, scored->merges);
    add_number(table, scored->splits);
    add_number(table, (uint64_t)scored->headlines_per_second);
    ctl_table_add(table, NULL);
    ctl_table_add(table, "arrival");
    ctl_table_add(table, NULL);
    ctl_table_add(table, NULL);
    add_evaluation(table, &scored->score.arrival);
    for (int i = 0; i < 3; i++)
        ctl_table_add(table, NULL);
}

static void add_to_mean(struct hl_evaluation *mean, const struct hl_evaluation *one, double weight)
{
    mean->bcubed.precision += one->bcubed.precision * weight;
    mean->bcubed.recall += one->bcubed.recall * weight;
    mean->bcubed.f1 += one->bcubed.f1 * weight;
    mean->pairwise.precision += one->pairwise.precision * weight;
    mean->pairwise.recall += one->pairwise.recall * weight;
    mean->pairwise.f1 += one->pairwise.f1 * weight;
    mean->nmi += one->nmi * weight;
}

/* The plain mean over the files of every score; sums of the counts; the rate over all headlines. */
static struct scored mean_of(const struct scored *all, size_t count)
{
    struct scored mean = {.file = "mean"};
    double seconds = 0;
    for (size_t i = 0; i < count; i++) {
        add_to_mean(&mean.score.end, &all[i].score.end, 1.0 / (double)count);
        add_to_mean(&mean.score.arrival, &all[i].score.arrival, 1.0 / (double)count);
        mean.headlines += all[i].headlines;
        mean.score.end.gold_count += all[i].score.end.gold_count;
        mean.score.end.found_count += all[i].score.end.found_count;
        mean.score.arrival.found_count += all[i].score.arrival.found_count;
        mean.merges += all[i].merges;
        mean.splits += all[i].splits;
        if (all[i].headlines_per_second > 0)
            seconds += (double)all[i].headlines / all[i].headlines_per_second;
    }
    mean.headlines_per_second = seconds > 0 ? (double)mean.headlines / seconds : 0;
    return mean;
}

static enum ctl_exit print_table(const struct scored *all, size_t count)
{
    struct ctl_table table;
    ctl_table_init(&table, columns, CTL_COUNT(columns));
    for (size_t i = 0; i < count; i++)
        add_file(&table, &all[i]);
    if (count > 1) {
        struct scored mean = mean_of(all, count);
        add_file(&table, &mean);
    }
    struct hl_buffer out;
    hl_buffer_init(&out);
    ctl_table_finish(&table, &out);
    return ctl_print(&out);
}

/* ---- the command -------------------------------------------------------------------------------------------------- */

#define NO_SHUFFLE UINT64_MAX

struct eval {
    struct hl_settings settings;
    uint64_t shuffle_seed; /* NO_SHUFFLE: the file's own order */
};

/* Scores the file that @out names. */
static enum hl_status eval_file(const struct eval *eval, struct scored *out, struct hl_error *error)
{
    const char *path = out->file;
    struct ctl_rows rows = {.rows = NULL};
    struct ctl_run run = {.outcomes = NULL};
    enum hl_status status = ctl_rows_read(&rows, path, error);
    if (status == HL_OK && eval->shuffle_seed != NO_SHUFFLE)
        ctl_rows_shuffle(&rows, eval->shuffle_seed);
    if (status == HL_OK)
        status = ctl_run(&rows, path, &eval->settings, &run, error);
    if (status == HL_OK)
        status = ctl_score(&rows, &run, path, &out->score, error);
    out->headlines = rows.count;
    out->merges = run.merges;
    out->splits = run.splits;
    out->headlines_per_second = run.seconds > 0 ? (double)rows.count / run.seconds : 0;
    if (rows.rejected > 0)
        ctl_complain("%s: %llu lines are no headlines", path, (unsigned long long)rows.rejected);
    if (run.refused > 0)
        ctl_complain("%s: %llu headlines refused, scored as alone", path, (unsigned long long)run.refused);
    ctl_run_clear(&run);
    ctl_rows_clear(&rows);
    return status;
}

/* JSON lines come as they are ready, the table at the end. */
static enum ctl_exit eval_files(const struct ctl *ctl, const struct eval *eval, char **paths, size_t count)
{
    struct scored *all = calloc(count, sizeof *all);
    struct hl_error error = {.message = "out of memory"};
    enum ctl_exit code = CTL_OK;
    if (!all)
        return ctl_fail(CTL_FAILED, &error);
    for (size_t i = 0; i < count && code == CTL_OK; i++) {
        all[i].file = paths[i];
        if (eval_file(eval, &all[i], &error) != HL_OK) {
            code = ctl_fail(CTL_FAILED, &error);
        } else if (ctl->json) {
            struct hl_buffer out;
            hl_buffer_init(&out);
            append_json(&out, &all[i]);
            code = ctl_print(&out);
        }
    }
    if (code == CTL_OK && !ctl->json)
        code = print_table(all, count);
    free(all);
    return code;
}

enum ctl_exit ctl_eval(struct ctl *ctl, int argc, char **argv)
{
    struct eval eval = {.settings = hl_settings_default(), .shuffle_seed = NO_SHUFFLE};
    struct ctl_list set = {.count = 0};
    bool list_settings = false;
    const struct ctl_option options[] = {
        CTL_SETTINGS_OPTIONS(set, list_settings),
        {.name = "shuffle",
         .placeholder = "SEED",
         .help = "in an order that depends on this number; times are dropped",
         .number = &eval.shuffle_seed,
         .number_max = UINT32_MAX},
    };
    const struct ctl_usage usage = {
        .command = "eval",
        .arguments = "FILE...",
        .summary = "Clusters labelled files without a daemon and scores the stories against the labels.",
        .notes =
            "FILE is as for cluster, with the gold label in \"story\"; rows without one are clustered but not scored.\n"
            "Scores: B-cubed (B3) and pairwise precision, recall and F1, and NMI; \"end\" after all merges and "
            "splits,\n"
            "\"arrival\" for the story answered at once. With --json one line for each file.\n",
        .arguments_max = INT32_MAX,
        .offline = true,
        .options = options,
        .option_count = CTL_COUNT(options)};
    enum ctl_exit code;
    if (!ctl_settings_parse(ctl, &usage, &list_settings, "a labelled file", &argc, argv, &code))
        return code;
    return ctl_settings_apply(&eval.settings, &set) ? eval_files(ctl, &eval, argv, (size_t)argc) : CTL_USAGE;
}
