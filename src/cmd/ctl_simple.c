/*
 * ctl_simple.c - the commands that are one question and a few lines of answer: ping, hello, add, check, get, remove, stats, snapshot.
 */
#include "cmd/ctl_args.h"
#include "cmd/ctl_ask.h"
#include "cmd/ctl_text.h"

#include <headlined/fingerprint.h>

#include <stdio.h>
#include <string.h>

/* ---- any object as lines "name  value", members of members as "outer.inner" ---------------------------------------- */

static void print_pair(struct hl_buffer *out, const char *name, const char *value)
{
    hl_buffer_printf(out, "%-28s  ", name);
    ctl_text_append(out, value, strlen(value), 0);
    hl_buffer_append_text(out, "\n");
}

static void print_scalar(struct hl_buffer *out, const char *name, const json_t *value)
{
    char text[48];
    bool is_count = strcmp(name, "story") != 0 && strcmp(name, "topic") != 0 &&
                    strcmp(name, "seq") != 0; /* those are names, to be typed again */
    if (json_is_string(value))
        print_pair(out, name, json_string_value(value));
    else if (json_is_integer(value) && json_integer_value(value) >= 0 && is_count)
        print_pair(out, name, ctl_number((uint64_t)json_integer_value(value), text));
    else if (json_is_integer(value))
        hl_buffer_printf(out, "%-28s  %" JSON_INTEGER_FORMAT "\n", name, json_integer_value(value));
    else if (json_is_real(value))
        hl_buffer_printf(out, "%-28s  %.4f\n", name, json_real_value(value));
    else if (json_is_boolean(value))
        print_pair(out, name, json_is_true(value) ? "yes" : "no");
}

/* A list of strings on one line; lists of objects are left to --json. */
static void print_list(struct hl_buffer *out, const char *name, const json_t *list)
{
    size_t i;
    json_t *item;
    if (!json_is_string(json_array_get(list, 0)))
        return;
    hl_buffer_printf(out, "%-28s ", name);
    json_array_foreach(list, i, item)
    {
        const char *text = json_is_string(item) ? json_string_value(item) : "";
        hl_buffer_append_text(out, " ");
        ctl_text_append(out, text, strlen(text), 0);
    }
    hl_buffer_append_text(out, "\n");
}

/* Objects two deep: what the protocol sends. */
static void print_object(struct hl_buffer *out, const char *prefix, json_t *object)
{
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value)
    {
        char full[96];
        snprintf(full, sizeof full, "%s%s%s", prefix, prefix[0] ? "." : "", name);
        if (json_is_object(value) && strlen(full) < sizeof full - 1)
            print_object(out, full, value);
        else if (json_is_array(value))
            print_list(out, full, value);
        else if (strcmp(full, "ok") != 0)
            print_scalar(out, full, value);
    }
}

/* Asks and prints what comes, unless --json has printed it. @member: only this object of the answer; NULL: all of it. */
static enum ctl_exit ask_and_list(const struct ctl *ctl, json_t *request, const char *member)
{
    json_t *answer;
    enum ctl_exit code = ctl_ask_once(ctl, request, &answer);
    if (code != CTL_OK)
        return code;
    struct hl_buffer out;
    hl_buffer_init(&out);
    if (!ctl->json)
        print_object(&out, "", member ? json_object_get(answer, member) : answer);
    json_decref(answer);
    return ctl_print(&out);
}

/* ---- ping, hello, stats ------------------------------------------------------------------------------------------- */

enum ctl_exit ctl_ping(struct ctl *ctl, int argc, char **argv)
{
    static const struct ctl_usage usage = {.command = "ping",
                                           .arguments = "",
                                           .summary =
                                               "Asks whether the daemon is alive and says how long its answer took."};
    enum ctl_exit code;
    if (!ctl_args_parse(ctl, &usage, argc, argv, &argc, &code))
        return code;
    int64_t start_ms = ctl_monotonic_ms();
    json_t *answer;
    code = ctl_ask_once(ctl, ctl_request("ping"), &answer);
    if (code != CTL_OK)
        return code;
    json_decref(answer);
    if (!ctl->json)
        printf("alive (%lld ms)\n", (long long)(ctl_monotonic_ms() - start_ms));
    return CTL_OK;
}

enum ctl_exit ctl_hello(struct ctl *ctl, int argc, char **argv)
{
    static const struct ctl_usage usage = {.command = "hello",
                                           .arguments = "",
                                           .summary = "Shows what the daemon is: versions, ops, verdicts and limits."};
    enum ctl_exit code;
    if (!ctl_args_parse(ctl, &usage, argc, argv, &argc, &code))
        return code;
    return ask_and_list(ctl, ctl_request("hello"), NULL);
}

enum ctl_exit ctl_stats(struct ctl *ctl, int argc, char **argv)
{
    const char *collection = NULL;
    const struct ctl_option options[] = {
        {.name = "collection", .placeholder = "NAME", .help = "of this collection only", .text = &collection}};
    const struct ctl_usage usage = {.command = "stats",
                                    .arguments = "",
                                    .summary = "Shows the figures of the engine and of the server.",
                                    .options = options,
                                    .option_count = CTL_COUNT(options)};
    enum ctl_exit code;
    if (!ctl_args_parse(ctl, &usage, argc, argv, &argc, &code))
        return code;
    json_t *request = ctl_request("stats");
    if (!ctl_request_text(request, "collection", collection)) {
        json_decref(request);
        request = NULL;
    }
    return ask_and_list(ctl, request, NULL);
}

enum ctl_exit ctl_snapshot(struct ctl *ctl, int argc, char **argv)
{
    static const struct ctl_usage usage = {
        .command = "snapshot", .arguments = "", .summary = "Has the daemon begin a snapshot of its state."};
    enum ctl_exit code;
    if (!ctl_args_parse(ctl, &usage, argc, argv, &argc, &code))
        return code;
    json_t *answer;
    code = ctl_ask_once(ctl, ctl_request("snapshot"), &answer);
    if (code != CTL_OK)
        return code;
    bool started = json_is_true(json_object_get(answer, "started"));
    long long seq = json_integer_value(json_object_get(answer, "seq"));
    json_decref(answer);
    if (!ctl->json)
        printf(started ? "begun: all up to record %lld\n"
                       : "none begun: one is being written, or nothing is new since record %lld\n",
               seq);
    return CTL_OK;
}

/* ---- add and check ------------------------------------------------------------------------------------------------ */

static void print_verdict(struct hl_buffer *out, json_t *answer)
{
    static const char *const names[] = {"id", "duplicate_of"};
    const char *verdict = json_string_value(json_object_get(answer, "verdict"));
    json_t *story = json_object_get(answer, "story"), *distance = json_object_get(answer, "distance");
    print_pair(out, "verdict", verdict ? verdict : "?");
    if (json_is_true(json_object_get(answer, "sighting")))
        print_pair(out, "sighting", "yes: counted, not stored");
    for (size_t i = 0; i < CTL_COUNT(names); i++)
        print_scalar(out, names[i], json_object_get(answer, names[i]));
    if (json_is_integer(story)) {
        json_int_t headlines = json_integer_value(json_object_get(answer, "story_headlines"));
        hl_buffer_printf(out, "%-28s  %" JSON_INTEGER_FORMAT " (%" JSON_INTEGER_FORMAT " headline%s)\n", "story",
                         json_integer_value(story), headlines, headlines == 1 ? "" : "s");
    }
    print_scalar(out, "topic", json_object_get(answer, "topic"));
    if (json_is_integer(distance))
        hl_buffer_printf(out, "%-28s  %" JSON_INTEGER_FORMAT " of %d bits\n", "distance", json_integer_value(distance),
                         HL_FINGERPRINT_BITS);
    print_scalar(out, "similarity", json_object_get(answer, "similarity"));
    print_scalar(out, "fingerprint", json_object_get(answer, "fingerprint"));
}

static enum ctl_exit ask_verdict(const struct ctl *ctl, json_t *request)
{
    json_t *answer;
    enum ctl_exit code = ctl_ask_once(ctl, request, &answer);
    if (code != CTL_OK)
        return code;
    struct hl_buffer out;
    hl_buffer_init(&out);
    if (!ctl->json)
        print_verdict(&out, answer);
    json_decref(answer);
    return ctl_print(&out);
}

/* The optional fields of a headline, in the order of their options. */
enum { FIELD_PUBLISHED = 4, FIELD_COUNT = 7 };
static const char *const field_names[FIELD_COUNT] = {"id",        "source",  "url",       "lang",
                                                     "published", "summary", "collection"};

static json_t *verdict_request(const char *op, const char *title, const char *const values[FIELD_COUNT])
{
    json_t *request = ctl_request(op);
    bool filled = ctl_request_text(request, "title", title);
    for (int i = 0; i < FIELD_COUNT && filled; i++)
        filled = i == FIELD_PUBLISHED ? ctl_request_time(request, field_names[i], values[i])
                                      : ctl_request_text(request, field_names[i], values[i]);
    if (filled)
        return request;
    json_decref(request);
    return NULL;
}

static enum ctl_exit add_or_check(struct ctl *ctl, const char *op, const char *summary, int argc, char **argv)
{
    const char *values[FIELD_COUNT] = {NULL};
    const struct ctl_option options[FIELD_COUNT] = {
        {.name = "id", .placeholder = "ID", .help = "your own id for it (the daemon makes one)", .text = &values[0]},
        {.name = "source", .placeholder = "NAME", .help = "the outlet or feed", .text = &values[1]},
        {.name = "url", .placeholder = "URL", .help = "where it stands", .text = &values[2]},
        {.name = "lang", .placeholder = "TAG", .help = "language, such as en or pt-BR (guessed)", .text = &values[3]},
        {.name = "published",
         .placeholder = "TIME",
         .help = "RFC 3339, epoch milliseconds, or so long ago: 2h",
         .text = &values[4]},
        {.name = "summary", .placeholder = "TEXT", .help = "a summary", .text = &values[5]},
        {.name = "collection", .placeholder = "NAME", .help = "the collection (default)", .text = &values[6]},
    };
    const struct ctl_usage usage = {.command = op,
                                    .arguments = "TITLE",
                                    .summary = summary,
                                    .arguments_min = 1,
                                    .arguments_max = 1,
                                    .options = options,
                                    .option_count = FIELD_COUNT};
    enum ctl_exit code;
    int count;
    if (!ctl_args_parse(ctl, &usage, argc, argv, &count, &code))
        return code;
    return ask_verdict(ctl, verdict_request(op, argv[0], values));
}

enum ctl_exit ctl_add(struct ctl *ctl, int argc, char **argv)
{
    return add_or_check(ctl, "add", "Adds one headline and shows its verdict and story.", argc, argv);
}

enum ctl_exit ctl_check(struct ctl *ctl, int argc, char **argv)
{
    return add_or_check(ctl, "check", "Shows what add would answer; stores nothing.", argc, argv);
}

/* ---- get and remove ----------------------------------------------------------------------------------------------- */

/* Parses "COMMAND ID [--collection NAME]" and builds the request; NULL with *@code set otherwise. */
static json_t *id_request(struct ctl *ctl, const char *op, const char *summary, int argc, char **argv,
                          enum ctl_exit *code)
{
    const char *collection = NULL;
    const struct ctl_option options[] = {
        {.name = "collection", .placeholder = "NAME", .help = "the collection (default)", .text = &collection}};
    const struct ctl_usage usage = {.command = op,
                                    .arguments = "ID",
                                    .summary = summary,
                                    .arguments_min = 1,
                                    .arguments_max = 1,
                                    .options = options,
                                    .option_count = CTL_COUNT(options)};
    int count;
    if (!ctl_args_parse(ctl, &usage, argc, argv, &count, code))
        return NULL;
    json_t *request = ctl_request(op);
    if (ctl_request_text(request, "id", argv[0]) && ctl_request_text(request, "collection", collection))
        return request;
    json_decref(request);
    ctl_complain("the id or the collection is not UTF-8 text");
    *code = CTL_USAGE;
    return NULL;
}

enum ctl_exit ctl_get(struct ctl *ctl, int argc, char **argv)
{
    enum ctl_exit code;
    json_t *request = id_request(ctl, "get", "Shows a live headline by its id.", argc, argv, &code);
    return request ? ask_and_list(ctl, request, "headline") : code;
}

enum ctl_exit ctl_remove(struct ctl *ctl, int argc, char **argv)
{
    enum ctl_exit code;
    json_t *request = id_request(ctl, "remove", "Forgets a live headline by its id.", argc, argv, &code);
    if (!request)
        return code;
    json_t *answer;
    code = ctl_ask_once(ctl, request, &answer);
    if (code != CTL_OK)
        return code;
    json_decref(answer);
    if (!ctl->json)
        puts("removed");
    return CTL_OK;
}
