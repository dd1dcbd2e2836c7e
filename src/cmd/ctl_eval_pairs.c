/*
 * ctl_eval_pairs.c - eval-pairs: what the engine says of labelled pairs of titles, per threshold.
 *
 * Each pair goes to an engine of its own: the second title after the first, in a fresh state. One run with near_bits at its upper bound
 * serves every near_bits, since a pair that is near at some distance is near for every near_bits from that on; near_share has a run for
 * each value.
 */
#include "cmd/ctl_ask.h"
#include "cmd/ctl_pairs.h"
#include "cmd/ctl_settings.h"
#include "cmd/ctl_table.h"

#include "protocol/encode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BITS_STEPS = 16, BITS_STEP = 8, SHARE_STEPS = 11, SHARE_FIRST_PERCENT = 50, SHARE_STEP_PERCENT = 5 };

#define NOT_NEAR UINT32_MAX

/* Pairs by what they are and what was said of them. */
struct tally {
    double value; /* of the threshold */
    size_t found; /* positives called exact or near */
    size_t wrong; /* negatives called so */
};

struct scored {
    const char *file; /* borrowed */
    size_t pairs, positives, negatives, refused;
    struct tally configured;
    struct tally bits[BITS_STEPS], share[SHARE_STEPS];
};

struct eval {
    struct hl_settings settings;
    const char *positive_text, *negative_text; /* as given, or NULL */
    double positive, negative;                 /* the same as numbers */
};

/* From which label on a pair counts as interchangeable, and up to which as not. */
struct limits {
    double positive, negative;
};

/* ---- the engine's word ---------------------------------------------------------------------------------------------- */

static enum hl_status add_title(hl_engine *engine, struct hl_text title, const char *id, struct hl_result *result,
                                struct hl_error *error)
{
    struct hl_headline headline = {.title = title, .id = {id, strlen(id)}, .published_ms = HL_TIME_NONE};
    return hl_engine_add(engine, &headline, 0, result, error);
}

/*
 * The distance at which the second title is called exact (0) or near, NOT_NEAR when it is neither. HL_INVALID and HL_TOO_LARGE when the
 * engine refuses a title.
 */
static enum hl_status judge(const struct ctl_pair *pair, const struct hl_settings *settings, uint32_t *distance,
                            struct hl_error *error)
{
    struct hl_engine_options options = hl_engine_options_default();
    options.settings = *settings;
    hl_engine *engine;
    enum hl_status status = hl_engine_create(&options, &engine, error);
    if (status != HL_OK)
        return status;
    struct hl_result result;
    status = add_title(engine, pair->a, "a", &result, error);
    if (status == HL_OK)
        status = add_title(engine, pair->b, "b", &result, error);
    if (status == HL_OK) {
        bool near = result.verdict == HL_VERDICT_EXACT || result.verdict == HL_VERDICT_NEAR;
        *distance = near ? result.distance_bits : NOT_NEAR;
    }
    hl_engine_destroy(engine);
    return status;
}

static void count_pair(struct tally *tally, bool positive, bool near)
{
    tally->found += positive && near;
    tally->wrong += !positive && near;
}

/* One pair under every threshold. */
static enum hl_status score_pair(const struct eval *eval, const struct ctl_pair *pair, bool positive,
                                 struct scored *out, struct hl_error *error)
{
    struct hl_settings settings = eval->settings;
    settings.near_bits = BITS_STEPS * BITS_STEP;
    uint32_t distance;
    enum hl_status status = judge(pair, &settings, &distance, error);
    if (status != HL_OK)
        return status;
    count_pair(&out->configured, positive, distance != NOT_NEAR && distance <= eval->settings.near_bits);
    for (int i = 0; i < BITS_STEPS; i++)
        count_pair(&out->bits[i], positive, distance != NOT_NEAR && distance <= out->bits[i].value);
    settings.near_bits = eval->settings.near_bits;
    for (int i = 0; i < SHARE_STEPS && status == HL_OK; i++) {
        settings.near_share = out->share[i].value;
        status = judge(pair, &settings, &distance, error);
        if (status == HL_OK)
            count_pair(&out->share[i], positive, distance != NOT_NEAR);
    }
    return status;
}

/* ---- scoring a file ------------------------------------------------------------------------------------------------- */

/* Scores above 1 are those of a scale from 0 to 5; else the labels say yes (1) or no (0 and less). */
static struct limits limits_of(const struct ctl_pairs *pairs)
{
    for (size_t i = 0; i < pairs->count; i++)
        if (pairs->pairs[i].label > 1)
            return (struct limits){4, 3};
    return (struct limits){1, 0};
}

static enum hl_status find_limits(const struct eval *eval, const struct ctl_pairs *pairs, struct limits *limits,
                                  struct hl_error *error)
{
    *limits = limits_of(pairs);
    if (eval->positive_text)
        limits->positive = eval->positive;
    if (eval->negative_text)
        limits->negative = eval->negative;
    if (limits->negative < limits->positive)
        return HL_OK;
    return hl_error_set(error, HL_INVALID, "negative", "--negative (%g) must be below --positive (%g)",
                        limits->negative, limits->positive);
}

static void scored_init(struct scored *out)
{
    for (int i = 0; i < BITS_STEPS; i++)
        out->bits[i].value = (i + 1) * BITS_STEP;
    for (int i = 0; i < SHARE_STEPS; i++)
        out->share[i].value = (SHARE_FIRST_PERCENT + i * SHARE_STEP_PERCENT) / 100.0;
}

static bool is_refusal(enum hl_status status)
{
    return status == HL_INVALID || status == HL_TOO_LARGE;
}

static enum hl_status score_pairs(const struct eval *eval, const struct ctl_pairs *pairs, struct scored *out,
                                  struct hl_error *error)
{
    struct limits limits;
    enum hl_status status = find_limits(eval, pairs, &limits, error);
    out->pairs = pairs->count;
    for (size_t i = 0; i < pairs->count && status == HL_OK; i++) {
        const struct ctl_pair *pair = &pairs->pairs[i];
        bool positive = pair->label >= limits.positive;
        if (!positive && pair->label > limits.negative)
            continue;
        status = score_pair(eval, pair, positive, out, error);
        if (is_refusal(status)) {
            out->refused++;
            status = HL_OK;
            continue;
        }
        out->positives += positive;
        out->negatives += !positive;
    }
    return status;
}

/* Scores the file that @out names. */
static enum hl_status eval_file(const struct eval *eval, struct scored *out, struct hl_error *error)
{
    struct ctl_pairs pairs = {0};
    scored_init(out);
    enum hl_status status = ctl_pairs_read(&pairs, out->file, error);
    if (status == HL_OK && pairs.count == 0)
        status = hl_error_set(error, HL_INVALID, NULL, "%.150s: no labelled pair", out->file);
    if (status == HL_OK)
        status = score_pairs(eval, &pairs, out, error);
    if (pairs.rejected > 0)
        ctl_complain("%s: %llu lines are no pairs", out->file, (unsigned long long)pairs.rejected);
    if (out->refused > 0)
        ctl_complain("%s: %llu pairs left out, a title was refused", out->file, (unsigned long long)out->refused);
    ctl_pairs_clear(&pairs);
    return status;
}

/* ---- output ------------------------------------------------------------------------------------------------------- */

struct rates {
    double precision, recall, f1;
    double wrong; /* share of the negatives called exact or near */
};

/* Where nothing was called near the precision is 1, where there is nothing to find the recall. */
static struct rates rates_of(const struct scored *scored, const struct tally *tally)
{
    struct rates r = {.precision = 1, .recall = 1};
    if (tally->found + tally->wrong > 0)
        r.precision = (double)tally->found / (double)(tally->found + tally->wrong);
    if (scored->positives > 0)
        r.recall = (double)tally->found / (double)scored->positives;
    if (scored->negatives > 0)
        r.wrong = (double)tally->wrong / (double)scored->negatives;
    if (r.precision + r.recall > 0)
        r.f1 = 2 * r.precision * r.recall / (r.precision + r.recall);
    return r;
}

static void append_tally(struct hl_buffer *out, const struct scored *scored, const struct tally *tally)
{
    struct rates r = rates_of(scored, tally);
    hl_json_member_unsigned(out, "found", tally->found);
    hl_json_member_unsigned(out, "wrong", tally->wrong);
    hl_json_member_fixed(out, "precision", r.precision, 6);
    hl_json_member_fixed(out, "recall", r.recall, 6);
    hl_json_member_fixed(out, "f1", r.f1, 6);
    hl_json_member_fixed(out, "wrong_share", r.wrong, 6);
}

static void append_steps(struct hl_buffer *out, const char *name, const struct scored *scored,
                         const struct tally *tallies, size_t count)
{
    hl_json_key(out, name);
    hl_json_raw(out, "[");
    for (size_t i = 0; i < count; i++) {
        hl_json_separate(out);
        hl_json_raw(out, "{");
        hl_json_member_fixed(out, "value", tallies[i].value, 2);
        append_tally(out, scored, &tallies[i]);
        hl_json_raw(out, "}");
    }
    hl_json_raw(out, "]");
}

static void append_json(struct hl_buffer *out, const struct scored *scored)
{
    hl_json_raw(out, "{");
    hl_json_member_name(out, "file", scored->file);
    hl_json_member_unsigned(out, "pairs", scored->pairs);
    hl_json_member_unsigned(out, "positives", scored->positives);
    hl_json_member_unsigned(out, "negatives", scored->negatives);
    append_tally(out, scored, &scored->configured);
    append_steps(out, "near_bits", scored, scored->bits, BITS_STEPS);
    append_steps(out, "near_share", scored, scored->share, SHARE_STEPS);
    hl_json_raw(out, "}\n");
}

static const struct ctl_column columns[] = {
    {.title = "FILE", .flexible = true, .style = CTL_CYAN},
    {.title = "THRESHOLD", .style = CTL_DIM},
    {.title = "FOUND", .right = true, .style = CTL_PLAIN},
    {.title = "OF", .right = true, .style = CTL_DIM},
    {.title = "WRONG", .right = true, .style = CTL_PLAIN},
    {.title = "OF", .right = true, .style = CTL_DIM},
    {.title = "PRECISION", .right = true, .style = CTL_PLAIN},
    {.title = "RECALL", .right = true, .style = CTL_PLAIN},
    {.title = "F1", .right = true, .style = CTL_BOLD},
    {.title = "WRONG SHARE", .right = true, .style = CTL_PLAIN},
};

static void add_tally(struct ctl_table *table, const struct scored *scored, const struct tally *tally)
{
    struct rates r = rates_of(scored, tally);
    ctl_table_printf(table, "%zu", tally->found);
    ctl_table_printf(table, "%zu", scored->positives);
    ctl_table_printf(table, "%zu", tally->wrong);
    ctl_table_printf(table, "%zu", scored->negatives);
    ctl_table_printf(table, "%.4f", r.precision);
    ctl_table_printf(table, "%.4f", r.recall);
    ctl_table_printf(table, "%.4f", r.f1);
    ctl_table_printf(table, "%.4f", r.wrong);
}

/* As configured, then by near_bits, then by near_share. */
static void add_file(struct ctl_table *table, const struct scored *scored)
{
    const char *slash = strrchr(scored->file, '/');
    ctl_table_add(table, slash ? slash + 1 : scored->file);
    ctl_table_add(table, "as set");
    add_tally(table, scored, &scored->configured);
    for (int i = 0; i < BITS_STEPS; i++) {
        ctl_table_add(table, NULL);
        ctl_table_printf(table, "near_bits=%.0f", scored->bits[i].value);
        add_tally(table, scored, &scored->bits[i]);
    }
    for (int i = 0; i < SHARE_STEPS; i++) {
        ctl_table_add(table, NULL);
        ctl_table_printf(table, "near_share=%.2f", scored->share[i].value);
        add_tally(table, scored, &scored->share[i]);
    }
}

static void add_to(struct tally *sum, const struct tally *one)
{
    sum->value = one->value;
    sum->found += one->found;
    sum->wrong += one->wrong;
}

/* The pairs of all files together. */
static struct scored sum_of(const struct scored *all, size_t count)
{
    struct scored sum = {.file = "all"};
    for (size_t i = 0; i < count; i++) {
        sum.pairs += all[i].pairs;
        sum.positives += all[i].positives;
        sum.negatives += all[i].negatives;
        add_to(&sum.configured, &all[i].configured);
        for (int step = 0; step < BITS_STEPS; step++)
            add_to(&sum.bits[step], &all[i].bits[step]);
        for (int step = 0; step < SHARE_STEPS; step++)
            add_to(&sum.share[step], &all[i].share[step]);
    }
    return sum;
}

static enum ctl_exit print_table(const struct scored *all, size_t count)
{
    struct ctl_table table;
    ctl_table_init(&table, columns, CTL_COUNT(columns));
    for (size_t i = 0; i < count; i++)
        add_file(&table, &all[i]);
    if (count > 1) {
        struct scored sum = sum_of(all, count);
        add_file(&table, &sum);
    }
    struct hl_buffer out;
    hl_buffer_init(&out);
    ctl_table_finish(&table, &out);
    return ctl_print(&out);
}

/* ---- the command -------------------------------------------------------------------------------------------------- */

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

/* False, with a complaint, when @text is given and no number. */
static bool parse_label(const char *option, const char *text, double *out)
{
    if (!text || ctl_number_parse(text, out))
        return true;
    ctl_complain("--%s takes a number, not \"%s\"", option, text);
    return false;
}

enum ctl_exit ctl_eval_pairs(struct ctl *ctl, int argc, char **argv)
{
    struct eval eval = {.settings = hl_settings_default()};
    struct ctl_list set = {.count = 0};
    bool list_settings = false;
    const struct ctl_option options[] = {
        CTL_SETTINGS_OPTIONS(set, list_settings),
        {.name = "positive",
         .placeholder = "LABEL",
         .help = "pairs with this label or a greater one are interchangeable",
         .text = &eval.positive_text},
        {.name = "negative",
         .placeholder = "LABEL",
         .help = "pairs with this label or a smaller one are not; those between are left out",
         .text = &eval.negative_text},
    };
    const struct ctl_usage usage = {
        .command = "eval-pairs",
        .arguments = "FILE...",
        .summary = "Asks the engine about labelled pairs of titles and counts what it calls exact or near.",
        .notes =
            "FILE holds lines of label, title and title with tabs between them, or JSON objects with \"label\", \"a\" "
            "and\n"
            "\"b\"; plain or gzip; \"-\" is standard input. Labels are numbers: with one above 1 (a scale from 0 to "
            "5)\n"
            "--positive is 4 and --negative 3, else 1 and 0. The second title of each pair is added after the first "
            "to\n"
            "an engine that knows nothing else. Found are the positives called exact or near, wrong the negatives "
            "called\n"
            "so: as the settings are, and for other values of near_bits and near_share. With --json one line for each\n"
            "file.\n",
        .arguments_max = INT32_MAX,
        .offline = true,
        .options = options,
        .option_count = CTL_COUNT(options)};
    enum ctl_exit code;
    if (!ctl_settings_parse(ctl, &usage, &list_settings, "a file of pairs", &argc, argv, &code))
        return code;
    bool right = parse_label("positive", eval.positive_text, &eval.positive) &&
                 parse_label("negative", eval.negative_text, &eval.negative) &&
                 ctl_settings_apply(&eval.settings, &set);
    return right ? eval_files(ctl, &eval, argv, (size_t)argc) : CTL_USAGE;
}
