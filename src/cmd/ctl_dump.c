/*
 * ctl_dump.c - dump: a state directory as JSON lines, for people, for other programs, and as the way out of the format.
 */
#include "cmd/ctl_args.h"
#include "cmd/ctl_ask.h"
#include "cmd/state_text.h"
#include "protocol/encode.h"
#include "protocol/view.h"
#include "state/inspect.h"
#include "state/input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FLUSH_BYTES 65536
#define ABSORBED_MAX 512

struct dump {
    hl_engine *engine; /* borrowed */
    struct hl_buffer out;
    bool headlines_only; /* as load reads them */
    uint64_t *topics;    /* owned; those that stories have named, each several times */
    size_t topic_count, topic_capacity;
    struct hl_input input;
};

static enum hl_status print(void *context, const char *lines, size_t length, struct hl_error *error)
{
    (void)context;
    if (length > 0 && fwrite(lines, 1, length, stdout) != length)
        return hl_error_set(error, HL_IO, NULL, "cannot write to standard output");
    return HL_OK;
}

static enum hl_status flush(struct dump *dump, struct hl_error *error)
{
    if (dump->out.failed)
        return hl_error_set(error, HL_NO_MEMORY, NULL, "no memory for a line");
    enum hl_status status = print(NULL, dump->out.data, dump->out.length, error);
    hl_buffer_reset(&dump->out);
    return status;
}

static enum hl_status end_line(struct dump *dump, struct hl_error *error)
{
    hl_json_raw(&dump->out, "}\n");
    return dump->out.failed || dump->out.length >= FLUSH_BYTES ? flush(dump, error) : HL_OK;
}

static void begin_line(struct dump *dump, const char *kind)
{
    hl_json_raw(&dump->out, "{");
    hl_json_member_name(&dump->out, "kind", kind);
}

static void put_ids(struct hl_buffer *out, const char *name, const uint64_t *ids, size_t count)
{
    hl_json_key(out, name);
    hl_json_raw(out, "[");
    for (size_t i = 0; i < count; i++) {
        hl_json_separate(out);
        hl_json_unsigned(out, ids[i]);
    }
    hl_json_raw(out, "]");
}

/* ---- what is live ---- */

static enum hl_status note_topic(struct dump *dump, uint64_t topic, struct hl_error *error)
{
    if (topic == 0)
        return HL_OK;
    if (dump->topic_count == dump->topic_capacity) {
        size_t capacity = dump->topic_capacity > 0 ? 2 * dump->topic_capacity : 64;
        uint64_t *topics = realloc(dump->topics, capacity * sizeof *topics);
        if (!topics)
            return hl_error_set(error, HL_NO_MEMORY, NULL, "no memory for a list of topics");
        dump->topics = topics;
        dump->topic_capacity = capacity;
    }
    dump->topics[dump->topic_count++] = topic;
    return HL_OK;
}

/* A story stands before its first headline. */
static enum hl_status dump_story(struct dump *dump, const struct hl_headline_view *view, struct hl_error *error)
{
    struct hl_story_view story;
    uint64_t absorbed[ABSORBED_MAX];
    enum hl_status status = hl_engine_story(dump->engine, view->story, hl_engine_now(dump->engine), &story, error);
    if (status != HL_OK || story.first.seq != view->seq)
        return status;
    begin_line(dump, "story");
    hl_view_put_story_members(&dump->out, &story);
    put_ids(&dump->out, "absorbed", absorbed,
            hl_engine_story_absorbed(dump->engine, story.story, absorbed, ABSORBED_MAX));
    status = end_line(dump, error);
    return status == HL_OK ? note_topic(dump, story.topic, error) : status;
}

/* The members that load sends. An id that the engine made is left out: only the engine may make such. */
static void put_loadable(struct hl_buffer *out, const struct hl_headline_view *view)
{
    bool made = view->id.length > 0 && view->id.data[0] == '~';
    hl_json_member_text(out, "title", view->title);
    if (!made)
        hl_json_member_text(out, "id", view->id);
    const struct {
        const char *name;
        struct hl_text text;
    } optional[] = {{"source", view->source},
                    {"url", view->url},
                    {"lang", view->lang},
                    {"summary", view->summary},
                    {"collection", view->collection}};
    for (size_t i = 0; i < CTL_COUNT(optional); i++)
        if (optional[i].text.length > 0)
            hl_json_member_text(out, optional[i].name, optional[i].text);
    if (view->published_ms != HL_TIME_NONE)
        hl_json_member_time(out, "published", view->published_ms);
}

static enum hl_status dump_headline(void *context, const struct hl_headline_view *view, const struct hl_text *aliases,
                                    size_t alias_count, struct hl_error *error)
{
    struct dump *dump = context;
    if (dump->headlines_only) {
        hl_json_raw(&dump->out, "{");
        put_loadable(&dump->out, view);
        return end_line(dump, error);
    }
    enum hl_status status = dump_story(dump, view, error);
    if (status != HL_OK)
        return status;
    begin_line(dump, "headline");
    hl_json_key(&dump->out, "headline");
    hl_view_put_headline(&dump->out, view, true);
    hl_json_key(&dump->out, "aliases");
    hl_json_raw(&dump->out, "[");
    for (size_t i = 0; i < alias_count; i++) {
        hl_json_separate(&dump->out);
        hl_json_string(&dump->out, aliases[i]);
    }
    hl_json_raw(&dump->out, "]");
    return end_line(dump, error);
}

static enum hl_status dump_settings(struct dump *dump, struct hl_text collection, struct hl_error *error)
{
    struct hl_settings settings;
    size_t count;
    const struct hl_setting_info *info = hl_settings_info(&count);
    enum hl_status status = hl_engine_settings_get(dump->engine, collection, &settings, NULL, error);
    if (status != HL_OK)
        return status;
    begin_line(dump, "collection");
    hl_json_member_text(&dump->out, "collection", collection);
    hl_json_key(&dump->out, "settings");
    hl_json_raw(&dump->out, "{");
    for (size_t i = 0; i < count; i++)
        hl_json_member_number(&dump->out, info[i].name, hl_settings_value(&settings, i));
    hl_json_member_text(&dump->out, HL_PREFER_SOURCES, hl_engine_prefer_sources(dump->engine, collection));
    hl_json_raw(&dump->out, "}");
    return end_line(dump, error);
}

static int by_number(const void *one, const void *other)
{
    const uint64_t *a = one, *b = other;
    return (*a > *b) - (*a < *b);
}

static enum hl_status dump_topics(struct dump *dump, struct hl_error *error)
{
    if (dump->topic_count > 0)
        qsort(dump->topics, dump->topic_count, sizeof *dump->topics, by_number);
    for (size_t i = 0; i < dump->topic_count; i++) {
        struct hl_topic_view view;
        uint64_t absorbed[ABSORBED_MAX];
        if (i > 0 && dump->topics[i] == dump->topics[i - 1])
            continue;
        enum hl_status status =
            hl_engine_topic(dump->engine, dump->topics[i], hl_engine_now(dump->engine), &view, error);
        if (status != HL_OK)
            return status;
        begin_line(dump, "topic");
        hl_view_put_topic_members(&dump->out, &view);
        put_ids(&dump->out, "absorbed", absorbed,
                hl_engine_topic_absorbed(dump->engine, view.topic, absorbed, ABSORBED_MAX));
        status = end_line(dump, error);
        if (status != HL_OK)
            return status;
    }
    return HL_OK;
}

static enum hl_status dump_collections(struct dump *dump, struct hl_error *error)
{
    const struct hl_text *names;
    size_t count = hl_engine_collections(dump->engine, &names);
    enum hl_status status = HL_OK;
    for (size_t i = 0; i < count && status == HL_OK; i++) {
        if (!dump->headlines_only)
            status = dump_settings(dump, names[i], error);
        if (status == HL_OK)
            status = hl_engine_each_headline(dump->engine, names[i], dump_headline, dump, error);
    }
    return status == HL_OK ? dump_topics(dump, error) : status;
}

/* ---- inputs of the journal ---- */

static void put_values(struct hl_buffer *out, const struct hl_input *input)
{
    hl_json_key(out, "settings");
    hl_json_raw(out, "{");
    for (uint32_t i = 0; i < input->value_count; i++) {
        hl_json_separate(out);
        hl_json_string(out, (struct hl_text){input->values[i].name, strlen(input->values[i].name)});
        hl_json_raw(out, ":");
        if (input->values[i].reset)
            hl_json_raw(out, "null");
        else if (input->values[i].is_text)
            hl_json_string(out, input->values[i].text);
        else
            hl_json_number(out, input->values[i].value);
    }
    hl_json_raw(out, "}");
}

static void put_answer(struct hl_buffer *out, const struct hl_input_answer *answer)
{
    if (answer->refused) {
        hl_json_key(out, "verdict");
        hl_json_raw(out, "null");
        return;
    }
    hl_json_member_name(out, "verdict", hl_verdict_name(answer->verdict));
    hl_json_member_bool(out, "sighting", answer->sighting);
    hl_json_member_unsigned(out, "seq", answer->seq);
    hl_json_member_unsigned(out, "story", answer->story);
    hl_json_member_text(out, "made_id", answer->made_id);
}

static void put_added(struct hl_buffer *out, const struct hl_headline *h)
{
    hl_json_member_text(out, "title", h->title);
    hl_json_member_text(out, "source", h->source);
    hl_json_member_text(out, "url", h->url);
    hl_json_member_text(out, "lang", h->lang);
    hl_json_member_text(out, "summary", h->summary);
    hl_json_member_time(out, "published", h->published_ms);
}

static enum hl_status dump_input(void *context, const struct hl_input_record *record, struct hl_error *error)
{
    struct dump *dump = context;
    const struct hl_input *input = &dump->input;
    struct hl_buffer *out = &dump->out;
    enum hl_status status = hl_input_decode(record, &dump->input, error);
    if (status != HL_OK)
        return status;
    begin_line(dump, "input");
    hl_json_member_unsigned(out, "record", record->seq);
    hl_json_member_name(out, "op", hl_input_kind_name(record->kind));
    hl_json_member_time(out, "at", input->at_ms);
    if (input->kind == HL_INPUT_ADD || input->kind == HL_INPUT_REMOVE)
        hl_json_member_text(out, "id", input->headline.id);
    if (input->kind != HL_INPUT_TICK && input->kind != HL_INPUT_OPTIONS)
        hl_json_member_text(out, "collection", input->headline.collection);
    if (input->kind == HL_INPUT_ADD) {
        put_added(out, &input->headline);
        put_answer(out, &input->answer);
    }
    if (input->kind == HL_INPUT_TICK)
        hl_json_member_unsigned(out, "budget", input->budget);
    if (input->kind == HL_INPUT_OPTIONS) {
        hl_json_member_unsigned(out, "memory_max_bytes", input->memory_max_bytes);
        hl_json_member_unsigned(out, "collections_max", input->collections_max);
    }
    if (input->kind == HL_INPUT_SETTINGS || input->kind == HL_INPUT_OPTIONS)
        put_values(out, input);
    return end_line(dump, error);
}

/* ---- the whole state, for restore ---- */

static enum hl_status dump_whole(struct hl_directory *directory, struct hl_error *error)
{
    struct hl_durable_report report;
    struct state_text_head head;
    hl_engine *engine;
    enum hl_status status = hl_state_inspect(directory, &engine, &head.options, &report, error);
    if (status != HL_OK)
        return status;
    uint64_t last = report.journal.last_seq;
    head.seq = last > report.snapshot.seq ? last : report.snapshot.seq;
    head.created_ms = hl_engine_now(engine);
    if (head.seq == 0)
        status = hl_error_set(error, HL_NOT_FOUND, NULL, "%s holds no record yet: there is no state to dump",
                              directory->files.path);
    else
        status = state_text_write(engine, &head, print, NULL, error);
    hl_engine_destroy(engine);
    return status;
}

/* ---- the command ---- */

enum what { LIVE, HEADLINES, INPUTS, WHOLE };

static enum hl_status dump_live(struct hl_directory *directory, struct dump *dump, struct hl_error *error)
{
    struct hl_durable_report report;
    enum hl_status status = hl_state_inspect(directory, &dump->engine, NULL, &report, error);
    if (status != HL_OK)
        return status;
    status = dump_collections(dump, error);
    hl_engine_destroy(dump->engine);
    if (status == HL_OK && !dump->headlines_only)
        status = hl_journal_scan(directory, report.snapshot.seq, dump_input, dump, NULL, error);
    return status;
}

static enum hl_status run_in(struct hl_directory *directory, enum what what, struct dump *dump, struct hl_error *error)
{
    if (what == WHOLE)
        return dump_whole(directory, error);
    if (what == INPUTS)
        return hl_journal_scan(directory, HL_JOURNAL_ALL, dump_input, dump, NULL, error);
    return dump_live(directory, dump, error);
}

static enum ctl_exit run(struct hl_directory *directory, enum what what)
{
    struct hl_error error;
    struct dump *dump = calloc(1, sizeof *dump);
    if (!dump) {
        ctl_complain("no memory for a dump");
        return CTL_FAILED;
    }
    dump->headlines_only = what == HEADLINES;
    enum hl_status status = run_in(directory, what, dump, &error);
    enum hl_status flushed = flush(dump, status == HL_OK ? &error : NULL);
    hl_buffer_clear(&dump->out);
    free(dump->topics);
    free(dump);
    return status == HL_OK && flushed == HL_OK ? CTL_OK : ctl_fail(CTL_FAILED, &error);
}

enum ctl_exit ctl_dump(struct ctl *ctl, int argc, char **argv)
{
    bool headlines = false, inputs = false, state = false;
    const struct ctl_option options[] = {
        {.name = "headlines", .help = "only the live headlines, as load reads them", .flag = &headlines},
        {.name = "inputs", .help = "only what the journal holds, from its beginning", .flag = &inputs},
        {.name = "state", .help = "the whole state to the byte, as restore reads it", .flag = &state},
    };
    const struct ctl_usage usage = {.command = "dump",
                                    .arguments = "DIR",
                                    .summary = "Prints a state directory as JSON lines, changing nothing.",
                                    .notes = "First what is live: each collection with its settings, its stories and "
                                             "headlines in the order they came, and the\n"
                                             "topics; then the inputs that the journal holds behind the newest "
                                             "snapshot (what is live has them in it).\n"
                                             "With --state all that decides what a daemon answers.\n",
                                    .arguments_min = 1,
                                    .arguments_max = 1,
                                    .offline = true,
                                    .options = options,
                                    .option_count = CTL_COUNT(options)};
    enum ctl_exit code;
    int count;
    struct hl_directory directory;
    struct hl_error error;
    if (!ctl_args_parse(ctl, &usage, argc, argv, &count, &code))
        return code;
    if (headlines + inputs + state > 1) {
        ctl_complain("--headlines, --inputs and --state exclude each other");
        return CTL_USAGE;
    }
    if (hl_directory_open(argv[0], HL_DIRECTORY_READ, &directory, &error) != HL_OK)
        return ctl_fail(CTL_FAILED, &error);
    code = run(&directory, state ? WHOLE : inputs ? INPUTS : headlines ? HEADLINES : LIVE);
    hl_directory_close(&directory);
    return code;
}
