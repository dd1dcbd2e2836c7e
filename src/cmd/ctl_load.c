/*
 * ctl_load.c - load: streams files of headlines into the daemon, pipelined, with progress.
 *
 * One loop: headlines are read while the window has room, then poll waits for the input and for both directions of the connection.
 */
#include "cmd/ctl_args.h"
#include "cmd/ctl_ask.h"
#include "cmd/ctl_headline.h"
#include "cmd/ctl_items.h"
#include "cmd/ctl_progress.h"
#include "cmd/ctl_sender.h"

#include "core/assert.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

enum { COMPLAINTS_MAX = 10, POLL_MS = 200 };
#define LOAD_MAGIC 0x4C4F4144U

struct load_options {
    const char *collection, *source; /* or NULL */
    enum ctl_format format;
    const struct ctl_map *map;      /* or NULL */
    uint64_t window, retries, rate; /* rate 0: no limit */
    bool strict, quiet;
};

struct load {
    uint32_t magic;
    const struct load_options *options; /* borrowed */
    struct ctl_sender sender;
    struct ctl_progress progress;
    struct ctl_counts counts;
    char **paths; /* borrowed */
    size_t path_count, path_next;
    struct ctl_items *items; /* owned; the open file, or NULL between files */
    const char *path;        /* its name */
    bool input_waits;        /* it has nothing complete: poll it */
    bool was_unavailable;    /* the user was told */
    bool stopped;            /* by --strict */
    bool file_failed;
    uint64_t bytes_before; /* of files that are done */
    uint64_t complaints;
    json_int_t seq;   /* the daemon's last number for an input */
    double allowance; /* lines that --rate permits now */
    int64_t allowed_ms;
};

/* ---- complaints --------------------------------------------------------------------------------------------------- */

/* The first few in full; --strict stops at the first. */
static void complain_line(struct load *load, const struct ctl_origin *origin, const char *message)
{
    if (load->options->strict)
        load->stopped = true;
    if (++load->complaints > COMPLAINTS_MAX)
        return;
    ctl_progress_wipe(&load->progress);
    ctl_complain("%s%s%llu: %s", origin->file, origin->place_is_line ? ":" : ": item ",
                 (unsigned long long)origin->place, message);
    if (load->complaints == COMPLAINTS_MAX)
        ctl_complain("further ones are only counted");
}

static void reject(struct load *load, const struct ctl_origin *origin, const char *message)
{
    load->counts.rejected++;
    complain_line(load, origin, message);
}

/* Numbers of inputs rise as long as the daemon keeps its state; that of a replayed one is its first. */
static void note_restart(struct load *load, const char *verdict, json_int_t seq)
{
    if (verdict && strcmp(verdict, hl_verdict_name(HL_VERDICT_REPLAYED)) == 0)
        return;
    if (seq <= load->seq)
        load->counts.forgotten = load->counts.answered;
    load->seq = seq;
}

static void take_answer(void *context, const struct ctl_origin *origin, const json_t *answer)
{
    struct load *load = context;
    HL_ASSERT(load && load->magic == LOAD_MAGIC);
    if (ctl_answer_is_ok(answer)) {
        const char *verdict = json_string_value(json_object_get(answer, "verdict"));
        note_restart(load, verdict, json_integer_value(json_object_get(answer, "seq")));
        ctl_counts_add(&load->counts, verdict);
        return;
    }
    load->counts.refused++;
    complain_line(load, origin, ctl_answer_message(answer));
}

/* Once for each time that it begins. */
static void tell_unavailable(struct load *load)
{
    bool is_unavailable = load->sender.unavailable[0] != '\0';
    if (is_unavailable && !load->was_unavailable) {
        ctl_progress_wipe(&load->progress);
        ctl_complain("the daemon takes no headlines now, trying again: %s", load->sender.unavailable);
    }
    load->was_unavailable = is_unavailable;
}

/* ---- headlines to requests ---------------------------------------------------------------------------------------- */

/* Gives @request an id made from where the headline was and what it said. False: no memory. */
static bool make_id(json_t *request, const struct ctl_origin *origin, const struct ctl_item *item)
{
    char id[CTL_HEADLINE_ID_BYTES];
    char *dump = item->line ? NULL : json_dumps(item->row, JSON_COMPACT | JSON_SORT_KEYS);
    const char *text = item->line ? item->line : dump;
    if (!text)
        return false;
    ctl_headline_make_id(origin->file, origin->place, text, item->line ? item->length : strlen(dump), id);
    free(dump);
    return ctl_request_text(request, "id", id);
}

/* The add for @item; NULL when out of memory. */
static json_t *build_add(const struct load *load, const struct ctl_origin *origin, const struct ctl_item *item)
{
    json_t *request = ctl_request("add");
    bool built = request && ctl_headline_copy(request, item->row);
    if (built && !json_object_get(request, "id"))
        built = make_id(request, origin, item);
    if (built && ctl_request_text(request, "collection", load->options->collection) &&
        ctl_request_text(request, "source", load->options->source))
        return request;
    json_decref(request);
    return NULL;
}

static enum hl_status send_item(struct load *load, const struct ctl_item *item, struct hl_error *error)
{
    struct ctl_origin origin = {load->path, item->place, item->place_is_line};
    if (!item->row) {
        reject(load, &origin, item->problem);
        return HL_OK;
    }
    json_t *request = build_add(load, &origin, item);
    json_decref(item->row);
    if (!request)
        return hl_error_set(error, HL_NO_MEMORY, NULL, "out of memory");
    enum hl_status status = ctl_sender_put(&load->sender, request, &origin, error);
    json_decref(request);
    load->allowance -= 1;
    if (status != HL_TOO_LARGE)
        return status;
    reject(load, &origin, error->message);
    return HL_OK;
}

/* ---- input -------------------------------------------------------------------------------------------------------- */

static void close_input(struct load *load)
{
    load->bytes_before += ctl_input_bytes(ctl_items_input(load->items));
    ctl_items_close(load->items);
    load->items = NULL;
    load->input_waits = false;
}

/* A file that cannot be read is complained about and does not keep the others from being loaded. */
static void fail_input(struct load *load, const struct hl_error *error)
{
    ctl_progress_wipe(&load->progress);
    ctl_complain("%s", error->message);
    load->file_failed = true;
    if (load->items)
        close_input(load);
}

static void fail_format(struct load *load, const struct hl_error *error)
{
    struct hl_error with_name;
    hl_error_set(&with_name, error->status, NULL, "%.100s: %s", load->path, error->message);
    fail_input(load, &with_name);
}

static void open_next(struct load *load)
{
    struct hl_error error;
    load->path = load->paths[load->path_next++];
    if (ctl_items_open(load->path, load->options->format, load->options->map, &load->items, &error) != HL_OK)
        fail_input(load, &error);
}

static bool input_is_done(const struct load *load)
{
    return load->stopped || (!load->items && load->path_next == load->path_count);
}

static void refill_allowance(struct load *load)
{
    double rate = (double)load->options->rate,
           most = rate / 10 > 1 ? rate / 10 : 1; /* after a pause, a tenth of a second's worth */
    int64_t now_ms = ctl_monotonic_ms();
    load->allowance += rate * (double)(now_ms - load->allowed_ms) / 1000;
    load->allowance = load->allowance < most ? load->allowance : most;
    load->allowed_ms = now_ms;
}

static bool may_send(const struct load *load)
{
    return ctl_sender_has_room(&load->sender) && (load->options->rate == 0 || load->allowance >= 1);
}

/* One headline, or the next step towards one. */
static enum hl_status advance_input(struct load *load, struct hl_error *error)
{
    enum ctl_items_step step;
    struct ctl_item item;
    struct hl_error problem;
    struct ctl_input *input = ctl_items_input(load->items);
    if (ctl_items_next(load->items, &step, &item, &problem) != HL_OK) {
        fail_format(load, &problem);
    } else if (step == CTL_ITEMS_ITEM) {
        return send_item(load, &item, error);
    } else if (step == CTL_ITEMS_END) {
        close_input(load);
    } else {
        load->input_waits = !ctl_input_has_buffered(input);
        if (!load->input_waits && ctl_input_fill(input, &problem) != HL_OK)
            fail_input(load, &problem);
    }
    return HL_OK;
}

/* Headlines into the window, until it is full, the rate is reached or the input has to be waited for. */
static enum hl_status take_input(struct load *load, struct hl_error *error)
{
    enum hl_status status = HL_OK;
    if (load->options->rate > 0)
        refill_allowance(load);
    while (status == HL_OK && !input_is_done(load) && !load->input_waits && may_send(load)) {
        if (load->items)
            status = advance_input(load, error);
        else
            open_next(load);
    }
    return status;
}

/* ---- the loop ----------------------------------------------------------------------------------------------------- */

static int poll_timeout_ms(const struct load *load)
{
    if (load->options->rate == 0 || input_is_done(load) || load->allowance >= 1)
        return POLL_MS;
    double wait_ms = (1 - load->allowance) * 1000 / (double)load->options->rate + 1;
    return wait_ms < POLL_MS ? (int)wait_ms : POLL_MS;
}

/* Waits until something can move, and reads input where it has come. */
static enum hl_status wait_and_read(struct load *load, struct hl_error *error)
{
    bool reads = load->input_waits && !input_is_done(load) && may_send(load);
    struct pollfd items[2] = {
        {.fd = load->sender.client.descriptor, .events = ctl_sender_events(&load->sender)},
        {.fd = reads ? ctl_input_descriptor(ctl_items_input(load->items)) : -1, .events = POLLIN},
    };
    if (poll(items, 2, poll_timeout_ms(load)) < 0 && errno != EINTR)
        return hl_error_set(error, HL_IO, NULL, "cannot wait for input: %s", strerror(errno));
    if (items[1].revents == 0)
        return HL_OK;
    struct hl_error problem;
    load->input_waits = false;
    if (ctl_input_fill(ctl_items_input(load->items), &problem) != HL_OK)
        fail_input(load, &problem);
    return HL_OK;
}

static enum hl_status run(struct load *load, struct hl_error *error)
{
    enum hl_status status = take_input(load, error);
    while (status == HL_OK && !(input_is_done(load) && load->sender.count == 0)) {
        status = wait_and_read(load, error);
        if (status == HL_OK)
            status = ctl_sender_step(&load->sender, error);
        tell_unavailable(load);
        if (status == HL_OK)
            status = take_input(load, error);
        uint64_t bytes = load->bytes_before + (load->items ? ctl_input_bytes(ctl_items_input(load->items)) : 0);
        ctl_progress_show(&load->progress, &load->counts, bytes);
    }
    return status;
}

/* ---- the command -------------------------------------------------------------------------------------------------- */

static enum ctl_exit conclude(struct load *load, enum hl_status status, const struct hl_error *error, bool json)
{
    ctl_progress_wipe(&load->progress);
    load->counts.unanswered = load->sender.count;
    load->counts.reconnects = load->sender.reconnects;
    load->counts.resent = load->sender.resent;
    enum ctl_exit code = CTL_OK;
    if (status != HL_OK)
        code = ctl_fail(status == HL_UNAVAILABLE ? CTL_UNREACHABLE : CTL_FAILED, error);
    bool none = load->counts.answered == 0 && load->counts.refused + load->counts.rejected > 0;
    if (code == CTL_OK && (load->stopped || load->file_failed || none || load->counts.forgotten > 0))
        code = CTL_FAILED;
    enum ctl_exit printed = ctl_progress_summary(&load->progress, &load->counts, json);
    return code != CTL_OK ? code : printed;
}

/* The sum of the files' sizes, 0 when that of one is not known. */
static uint64_t total_bytes(char **paths, size_t count)
{
    uint64_t total = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t bytes = ctl_input_file_bytes(paths[i]);
        if (bytes == 0)
            return 0;
        total += bytes;
    }
    return total;
}

static enum ctl_exit load_files(const struct ctl *ctl, const struct load_options *options, char **paths, size_t count)
{
    struct load load = {.magic = LOAD_MAGIC,
                        .options = options,
                        .paths = paths,
                        .path_count = count,
                        .allowance = 1,
                        .allowed_ms = ctl_monotonic_ms()};
    struct hl_error error;
    enum hl_status status =
        ctl_sender_open(&load.sender, ctl, (size_t)options->window, options->retries, take_answer, &load, &error);
    enum ctl_exit code;
    if (status == HL_OK) {
        ctl_progress_begin(&load.progress, options->quiet, total_bytes(paths, count));
        status = run(&load, &error);
        code = conclude(&load, status, &error, ctl->json);
    } else {
        code = ctl_fail(ctl_exit_of(status), &error);
    }
    ctl_items_close(load.items);
    ctl_sender_close(&load.sender);
    return code;
}

static const char notes[] =
    "FILE holds JSON lines, RSS, Atom, JSON Feed, or CSV or TSV with a header, plain or gzip; \"-\" is standard input. "
    "Fields\n"
    "of JSON lines: title (required), id, source, url, lang, summary, published, collection; \"ts\" (epoch seconds) "
    "stands "
    "in for\n"
    "published; others are dropped. The same are the names of columns; --map gives other names, or numbers from 1:\n"
    "\"--map title=Headline,source=Outlet,published=3\". What is no headline is counted, named and passed over. One "
    "without "
    "an id\n"
    "gets one made from what it says (and in files of lines from the file's name and the line's number), so that it is "
    "safe to\n"
    "load the same file again, or after a broken connection.\n";

/* The options that are words with a meaning. False: one has none, which was complained about. */
static bool read_words(struct load_options *load, const char *format, const char *map, struct ctl_map *parsed)
{
    struct hl_error error;
    if (format && !ctl_format_parse(format, &load->format)) {
        ctl_complain("--format is jsonl, feed, jsonfeed, csv or tsv, not \"%s\"", format);
        return false;
    }
    if (map && ctl_map_parse(map, parsed, &error) != HL_OK) {
        ctl_complain("%s", error.message);
        return false;
    }
    load->map = map ? parsed : NULL;
    return true;
}

enum ctl_exit ctl_load(struct ctl *ctl, int argc, char **argv)
{
    struct load_options load = {.window = 512, .retries = 10};
    struct ctl_map map;
    const char *format_name = NULL, *map_text = NULL;
    const struct ctl_option options[] = {
        {.name = "collection",
         .placeholder = "NAME",
         .help = "add all of it to this collection",
         .text = &load.collection},
        {.name = "source", .placeholder = "NAME", .help = "the source of all of it", .text = &load.source},
        {.name = "format",
         .placeholder = "FORMAT",
         .help = "jsonl, feed (RSS, Atom), jsonfeed, csv or tsv; told from the content when left out",
         .text = &format_name},
        {.name = "map", .placeholder = "LIST", .help = "which columns of a table are what", .text = &map_text},
        {.name = "rate",
         .placeholder = "N",
         .help = "at most so many headlines a second",
         .number = &load.rate,
         .number_min = 1,
         .number_max = 10000000},
        {.name = "window",
         .placeholder = "N",
         .help = "requests in flight (512)",
         .number = &load.window,
         .number_min = 1,
         .number_max = 65536},
        {.name = "retries",
         .placeholder = "N",
         .help = "failed tries in a row, to connect or of a daemon that takes nothing, before giving up (10)",
         .number = &load.retries,
         .number_max = 1000000},
        {.name = "strict", .help = "stop at the first headline that is rejected or refused", .flag = &load.strict},
        {.name = "quiet", .help = "show no progress", .flag = &load.quiet},
    };
    const struct ctl_usage usage = {.command = "load",
                                    .arguments = "FILE...",
                                    .summary = "Streams headlines from files into the daemon.",
                                    .notes = notes,
                                    .arguments_min = 1,
                                    .arguments_max = INT32_MAX,
                                    .options = options,
                                    .option_count = CTL_COUNT(options)};
    enum ctl_exit code;
    int count;
    if (!ctl_args_parse(ctl, &usage, argc, argv, &count, &code))
        return code;
    if (!read_words(&load, format_name, map_text, &map))
        return CTL_USAGE;
    return load_files(ctl, &load, argv, (size_t)count);
}
