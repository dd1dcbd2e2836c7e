/*
 * ctl_tune.c - tune: better settings for the user's own labelled files, what they gain on data held out, and a snippet of
 * configuration.
 */
#include "cmd/ctl_ask.h"
#include "cmd/ctl_pieces.h"
#include "cmd/ctl_score.h"
#include "cmd/ctl_settings.h"
#include "cmd/ctl_table.h"
#include "cmd/tune.h"

#include "protocol/encode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FOLDS_DEFAULT = 5, FOLDS_MAX = 100 };

static const char *const objectives[] = {"end", "arrival", "mean"};

struct tuning {
    struct ctl_pieces pieces;
    size_t objective; /* index into objectives */
    double budget;    /* runs, or milliseconds when by_time */
    bool by_time;
    int64_t start_ms;
    uint64_t runs; /* of a file through the engine */
    bool shows_progress;
};

/* ---- what the search asks for ------------------------------------------------------------------------------------- */

static double spent(void *context)
{
    const struct tuning *t = context;
    double used = t->by_time ? (double)(ctl_monotonic_ms() - t->start_ms) : (double)t->runs;
    return used < t->budget ? used / t->budget : 1;
}

static double objective_of(const struct tuning *t, const struct ctl_part_score *score)
{
    double end = score->end.f1, arrival = score->arrival.f1;
    const double values[] = {end, arrival, (end + arrival) / 2};
    return values[t->objective];
}

/* Clusters the whole file of the piece, and puts the scores of all its pieces. */
static enum hl_status score_file(void *context, const struct hl_settings *settings, size_t index, double *out,
                                 struct hl_error *error)
{
    struct tuning *t = context;
    const struct ctl_piece *piece = &t->pieces.pieces[index];
    const struct ctl_rows *rows = &t->pieces.files[piece->file];
    struct ctl_run run = {.outcomes = NULL};
    struct ctl_part_score scores[FOLDS_MAX];
    if (t->shows_progress)
        fprintf(stderr, "\rtuning: %3.0f%% of the budget", 100 * spent(t));
    t->runs++;
    enum hl_status status = ctl_run(rows, NULL, settings, &run, error);
    if (status == HL_OK)
        status = ctl_score_parts(rows, &run, piece->path, t->pieces.part_of_row, scores, piece->parts, error);
    ctl_run_clear(&run);
    for (size_t part = 0; part < piece->parts && status == HL_OK; part++)
        out[index - piece->part + part] = objective_of(t, &scores[part]);
    return status;
}

/* ---- output ------------------------------------------------------------------------------------------------------- */

static void add_piece(struct ctl_table *table, const struct ctl_piece *piece, const struct tune_piece *scores)
{
    const char *slash = strrchr(piece->path, '/'), *name = slash ? slash + 1 : piece->path;
    if (piece->parts > 1)
        ctl_table_printf(table, "%s %zu/%zu", name, piece->part + 1, piece->parts);
    else
        ctl_table_add(table, name);
    ctl_table_printf(table, "%zu", piece->headlines);
    ctl_table_printf(table, "%.4f", scores->before);
    ctl_table_printf(table, "%.4f", scores->held_out);
    ctl_table_printf(table, "%+.4f", scores->held_out - scores->before);
    ctl_table_printf(table, "%+.4f", scores->after - scores->before);
}

static void append_table(struct hl_buffer *out, const struct tuning *t, const struct tune_outcome *outcome)
{
    static const struct ctl_column columns[] = {
        {.title = "PIECE", .flexible = true, .style = CTL_CYAN},
        {.title = "HEADLINES", .right = true, .style = CTL_PLAIN},
        {.title = "NOW", .right = true, .style = CTL_PLAIN},
        {.title = "HELD OUT", .right = true, .style = CTL_BOLD},
        {.title = "GAIN", .right = true, .style = CTL_BOLD},
        {.title = "SEEN", .right = true, .style = CTL_DIM},
    };
    struct ctl_table table;
    ctl_table_init(&table, columns, CTL_COUNT(columns));
    for (size_t i = 0; i < t->pieces.count; i++)
        add_piece(&table, &t->pieces.pieces[i], &outcome->pieces[i]);
    ctl_table_finish(&table, out);
}

static void append_method(struct hl_buffer *out, const struct tuning *t, const struct tune_outcome *outcome)
{
    static const char *const names[] = {"at the end", "at arrival", "(mean of end and arrival)"};
    hl_buffer_printf(out, "B-cubed F1 %s; ", names[t->objective]);
    if (t->pieces.file_count > 1)
        hl_buffer_printf(out, "%zu files in %zu folds", t->pieces.file_count, t->pieces.folds);
    else
        hl_buffer_printf(out, "the stories of one file in %zu folds", t->pieces.folds);
    hl_buffer_printf(out, "; no story in two of them%s; %llu runs%s\n",
                     t->pieces.file_count > 1 ? " unless the files share it" : "", (unsigned long long)t->runs,
                     outcome->cut_short ? ", all that the budget allows" : "");
    hl_buffer_append_text(out, "HELD OUT is with settings found without that fold, GAIN what they gain on it; SEEN is "
                               "what the settings found with all gain.\n\n");
}

/* Every setting that is not at its default, as the configuration file takes it. */
static void append_snippet(struct hl_buffer *out, const struct hl_settings *settings)
{
    size_t count;
    const struct hl_setting_info *infos = hl_settings_info(&count);
    struct hl_settings defaults = hl_settings_default();
    hl_buffer_append_text(out, "[grouping]\n");
    for (size_t i = 0; i < count; i++) {
        double value = hl_settings_value(settings, i), initial = hl_settings_value(&defaults, i);
        if (value != initial)
            hl_buffer_printf(out, "%s = %.15g\n", infos[i].name, value);
    }
}

static enum ctl_exit print_text(const struct tuning *t, const struct tune_outcome *outcome)
{
    struct hl_buffer out;
    hl_buffer_init(&out);
    append_method(&out, t, outcome);
    append_table(&out, t, outcome);
    if (outcome->gains) {
        hl_buffer_printf(&out,
                         "\nTuning gains %+.4f on data that it has not seen (noise: %.4f). For the daemon's "
                         "configuration file:\n\n",
                         outcome->gain, outcome->noise);
        append_snippet(&out, &outcome->best);
    } else {
        hl_buffer_printf(&out,
                         "\nNothing gains: %+.4f on data that tuning has not seen is within the noise (%.4f). Keep "
                         "the settings as they are.\n",
                         outcome->gain, outcome->noise);
    }
    return ctl_print(&out);
}

static void append_piece(struct hl_buffer *out, const struct tuning *t, const struct tune_outcome *outcome, size_t i)
{
    const struct ctl_piece *piece = &t->pieces.pieces[i];
    hl_json_separate(out);
    hl_json_raw(out, "{");
    hl_json_member_name(out, "file", piece->path);
    hl_json_member_unsigned(out, "part", piece->part + 1);
    hl_json_member_unsigned(out, "parts", piece->parts);
    hl_json_member_unsigned(out, "fold", t->pieces.fold[i] + 1);
    hl_json_member_unsigned(out, "headlines", piece->headlines);
    hl_json_member_fixed(out, "now", outcome->pieces[i].before, 6);
    hl_json_member_fixed(out, "held_out", outcome->pieces[i].held_out, 6);
    hl_json_member_fixed(out, "seen", outcome->pieces[i].after, 6);
    hl_json_raw(out, "}");
}

static void append_changes(struct hl_buffer *out, const struct hl_settings *settings, const struct hl_settings *start)
{
    size_t count;
    const struct hl_setting_info *infos = hl_settings_info(&count);
    hl_json_key(out, "settings");
    hl_json_raw(out, "{");
    for (size_t i = 0; i < count; i++) {
        double value = hl_settings_value(settings, i), before = hl_settings_value(start, i);
        if (value != before)
            hl_json_member_number(out, infos[i].name, value);
    }
    hl_json_raw(out, "}");
}

/* "settings" holds what to change: nothing when nothing gains. */
static enum ctl_exit print_json(const struct tuning *t, const struct hl_settings *start,
                                const struct tune_outcome *outcome)
{
    struct hl_buffer out;
    hl_buffer_init(&out);
    hl_json_raw(&out, "{");
    hl_json_member_bool(&out, "gains", outcome->gains);
    hl_json_member_fixed(&out, "gain", outcome->gain, 6);
    hl_json_member_fixed(&out, "noise", outcome->noise, 6);
    hl_json_member_name(&out, "objective", objectives[t->objective]);
    hl_json_member_unsigned(&out, "folds", t->pieces.folds);
    hl_json_member_unsigned(&out, "runs", t->runs);
    hl_json_member_bool(&out, "complete", !outcome->cut_short);
    append_changes(&out, outcome->gains ? &outcome->best : start, start);
    hl_json_key(&out, "pieces");
    hl_json_raw(&out, "[");
    for (size_t i = 0; i < t->pieces.count; i++)
        append_piece(&out, t, outcome, i);
    hl_json_raw(&out, "]}\n");
    return ctl_print(&out);
}

/* ---- the command -------------------------------------------------------------------------------------------------- */

/* A number of runs, or a time: "300", "90s", "5m", "2h". */
static bool parse_budget(struct tuning *t, const char *text)
{
    static const struct {
        const char *unit;
        double ms;
    } units[] = {{"", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}};
    size_t digits = strspn(text, "0123456789");
    for (size_t i = 0; i < CTL_COUNT(units) && digits > 0 && digits < 10; i++)
        if (strcmp(text + digits, units[i].unit) == 0) {
            t->by_time = i > 0;
            t->budget = (double)strtoull(text, NULL, 10) * units[i].ms;
        }
    if (t->budget > 0)
        return true;
    ctl_complain("--budget takes a number of runs, or a time such as 90s, 5m or 2h, not \"%s\"", text);
    return false;
}

static bool parse_objective(struct tuning *t, const char *text)
{
    for (t->objective = 0; t->objective < CTL_COUNT(objectives); t->objective++)
        if (strcmp(objectives[t->objective], text) == 0)
            return true;
    ctl_complain("--objective takes end, arrival or mean, not \"%s\"", text);
    return false;
}

static enum ctl_exit run_tuning(const struct ctl *ctl, struct tuning *t, const struct hl_settings *start, uint64_t seed)
{
    const struct tune_problem problem = {.pieces = t->pieces.count,
                                         .fold = t->pieces.fold,
                                         .folds = t->pieces.folds,
                                         .seed = seed,
                                         .start = *start,
                                         .context = t,
                                         .score = score_file,
                                         .spent = spent};
    struct tune_outcome outcome;
    struct hl_error error;
    t->start_ms = ctl_monotonic_ms();
    t->shows_progress = isatty(STDERR_FILENO) == 1;
    enum hl_status status = tune(&problem, &outcome, &error);
    if (t->shows_progress)
        fputs("\r\033[K", stderr);
    if (status != HL_OK)
        return ctl_fail(CTL_FAILED, &error);
    enum ctl_exit code = ctl->json ? print_json(t, start, &outcome) : print_text(t, &outcome);
    tune_clear(&outcome);
    return code;
}

enum ctl_exit ctl_tune(struct ctl *ctl, int argc, char **argv)
{
    struct tuning tuning = {.runs = 0};
    struct hl_settings start = hl_settings_default();
    struct ctl_list set = {.count = 0};
    bool list_settings = false;
    const char *objective = "end", *budget = "2m";
    uint64_t seed = 1, folds = FOLDS_DEFAULT;
    const struct ctl_option options[] = {
        CTL_SETTINGS_OPTIONS(set, list_settings),
        {.name = "objective", .placeholder = "WHAT", .help = "end (default), arrival or mean", .text = &objective},
        {.name = "budget", .placeholder = "N", .help = "at most so many runs, or so long: 5m (2m)", .text = &budget},
        {.name = "folds",
         .placeholder = "N",
         .help = "parts held out in turn (5)",
         .number = &folds,
         .number_min = 2,
         .number_max = FOLDS_MAX},
        {.name = "seed",
         .placeholder = "N",
         .help = "decides the order in which settings are tried (1)",
         .number = &seed,
         .number_max = UINT32_MAX},
    };
    const struct ctl_usage usage = {
        .command = "tune",
        .arguments = "FILE...",
        .summary = "Searches better settings for labelled files without a daemon, and says what they gain.",
        .notes = "FILE is as for eval. The settings are searched again without each part of the data and scored on it: "
                 "only\n"
                 "what gains there is recommended. --set says where to begin. A run clusters one file once; the same\n"
                 "files, options and a budget of runs give the same result.\n",
        .arguments_max = INT32_MAX,
        .offline = true,
        .options = options,
        .option_count = CTL_COUNT(options)};
    enum ctl_exit code;
    if (!ctl_settings_parse(ctl, &usage, &list_settings, "labelled files", &argc, argv, &code))
        return code;
    if (!parse_objective(&tuning, objective) || !parse_budget(&tuning, budget) || !ctl_settings_apply(&start, &set))
        return CTL_USAGE;
    struct hl_error error;
    if (ctl_pieces_read(&tuning.pieces, argv, (size_t)argc, (size_t)folds, &error) != HL_OK)
        return ctl_fail(CTL_FAILED, &error);
    code = run_tuning(ctl, &tuning, &start, seed);
    ctl_pieces_clear(&tuning.pieces);
    return code;
}
