/*
 * ctl_watch.c - events as they happen: shown, and commands run for them; over lost connections and restarts of the daemon.
 *
 * The place in the events is that of the last one that was looked at, here or by the daemon (its signs of life tell). After a lost connection the
 * subscription goes on from there, and what the daemon no longer holds is said to be missing.
 */
#include "cmd/ctl_args.h"
#include "cmd/ctl_ask.h"
#include "cmd/ctl_exec.h"
#include "cmd/ctl_pages.h"
#include "cmd/ctl_seen.h"
#include "cmd/ctl_watch_show.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SILENCE_MIN_S = 45 /* three signs of life */, BACK_OFF_MIN_MS = 100, BACK_OFF_DOUBLINGS = 6, PLACE_BYTES = 24 };

static const char merge_kind[] = "story_merged";

struct wishes {
    const char *collection, *source, *text, *kinds, *after, *exec;
    uint64_t story, topic, size_min, count, retries_max;
    bool once;
};

struct watch {
    const struct ctl *ctl;
    const struct wishes *wishes;
    struct ctl_screen screen;
    struct ctl_client client;
    char place[PLACE_BYTES]; /* id of the last event that was looked at; "": from now on */
    bool was_subscribed;
    bool hides_merges; /* they are asked for only to know which stories are the same */
    struct ctl_seen seen;
    uint64_t shown, commands_failed;
    uint64_t failures; /* connections in a row */
};

/* ---- asking ------------------------------------------------------------------------------------------------------- */

static bool set_number(json_t *request, const char *name, uint64_t number)
{
    return number == 0 || json_object_set_new(request, name, json_integer((json_int_t)number)) == 0;
}

static bool set_kinds(const struct watch *watch, json_t *request)
{
    const char *kinds = watch->wishes->kinds;
    return kinds && watch->hides_merges
               ? json_object_set_new(request, "kinds", json_sprintf("%s,%s", kinds, merge_kind)) == 0
               : ctl_request_text(request, "kinds", kinds);
}

/* NULL: something is not UTF-8, or there is no memory. */
static json_t *make_request(const struct watch *watch)
{
    const struct wishes *wishes = watch->wishes;
    json_t *request = ctl_request("subscribe");
    bool made = request && ctl_request_text(request, "collection", wishes->collection) &&
                ctl_request_text(request, "source", wishes->source) &&
                ctl_request_text(request, "text", wishes->text) && set_kinds(watch, request) &&
                set_number(request, "story", wishes->story) && set_number(request, "topic", wishes->topic) &&
                set_number(request, "min_headlines", wishes->size_min) &&
                ctl_request_text(request, "after", watch->place[0] ? watch->place : NULL);
    if (made)
        return request;
    json_decref(request);
    return NULL;
}

static void set_place(struct watch *watch, const json_t *object, const char *name)
{
    const char *place = ctl_member_text(object, name);
    if (place[0] != '\0')
        (void)snprintf(watch->place, sizeof watch->place, "%s", place);
}

/* Whether to try again later, once the watch has begun. */
static bool is_passing(const json_t *answer)
{
    const char *code = ctl_member_text(json_object_get(answer, "error"), "code");
    return strcmp(code, "limit") == 0 || strcmp(code, "unavailable") == 0 || strcmp(code, "no_memory") == 0;
}

static enum hl_status take_answer(struct watch *watch, const json_t *answer, struct hl_error *error)
{
    if (!ctl_answer_is_ok(answer))
        return hl_error_set(error, watch->was_subscribed && is_passing(answer) ? HL_UNAVAILABLE : HL_NOT_FOUND, NULL,
                            "%s", ctl_answer_message(answer));
    if (watch->failures > 0)
        ctl_complain("connected again");
    if (json_is_true(json_object_get(answer, "missed")))
        ctl_complain("events after %s were missed: the daemon does not hold them any more", watch->place);
    set_place(watch, answer, "next");
    watch->was_subscribed = true;
    watch->failures = 0;
    return HL_OK;
}

static enum hl_status subscribe(struct watch *watch, struct hl_error *error)
{
    const char *line;
    size_t length;
    json_t *answer, *request = make_request(watch);
    if (!request)
        return hl_error_set(error, HL_INVALID, NULL, "an argument is not UTF-8 text, or there is no memory");
    enum hl_status status = ctl_client_connect(&watch->client, watch->ctl, error);
    if (status == HL_OK)
        status = ctl_client_call(&watch->client, watch->ctl, request, &line, &length, &answer, error);
    json_decref(request);
    if (status != HL_OK)
        return status;
    status = take_answer(watch, answer, error);
    json_decref(answer);
    return status;
}

/* ---- one event ---------------------------------------------------------------------------------------------------- */

/* With --once-per-story: the first event of its story. A story that has absorbed a known one is known too. */
static bool is_first(struct watch *watch, const json_t *event)
{
    uint64_t story = ctl_member_number(event, "story"), into = ctl_member_number(event, "into");
    bool merges = strcmp(ctl_member_text(event, "kind"), merge_kind) == 0, known = ctl_seen_has(&watch->seen, story);
    if (merges && known)
        (void)ctl_seen_add(&watch->seen, into);
    if (merges && watch->hides_merges)
        return false;
    if (story == 0)
        return true;
    if (!ctl_seen_add(&watch->seen, story))
        ctl_complain("out of memory: story %llu may be told of again", (unsigned long long)story);
    return !known;
}

static enum hl_status show(struct watch *watch, const json_t *event, struct hl_error *error)
{
    struct hl_buffer out;
    hl_buffer_init(&out);
    if (watch->ctl->json) {
        ctl_json_append(&out, event);
        hl_buffer_append_text(&out, "\n");
    } else {
        ctl_watch_show(&out, &watch->screen, event);
    }
    if (ctl_print(&out) == CTL_OK && fflush(stdout) == 0)
        return HL_OK;
    return hl_error_set(error, HL_IO, NULL, "cannot write to standard output");
}

static enum hl_status execute(struct watch *watch, const json_t *event, struct hl_error *error)
{
    int exit_status;
    enum hl_status status = ctl_exec(watch->wishes->exec, event, &exit_status, error);
    if (status == HL_OK && exit_status != 0) {
        watch->commands_failed++;
        ctl_complain("the command ended with %d for event %s", exit_status, ctl_member_text(event, "id"));
    }
    return status;
}

static enum hl_status take_event(struct watch *watch, const json_t *event, struct hl_error *error)
{
    enum hl_status status = HL_OK;
    if (!watch->wishes->once || is_first(watch, event)) {
        status = show(watch, event, error);
        if (status == HL_OK && watch->wishes->exec)
            status = execute(watch, event, error);
        watch->shown++;
    }
    set_place(watch, event, "id");
    return status;
}

/* ---- following ---------------------------------------------------------------------------------------------------- */

static bool is_done(const struct watch *watch)
{
    return watch->wishes->count > 0 && watch->shown >= watch->wishes->count;
}

static enum hl_status take_line(struct watch *watch, const json_t *line, struct hl_error *error)
{
    const json_t *event = json_object_get(line, "event"), *end = json_object_get(line, "end");
    if (json_is_object(event))
        return take_event(watch, event, error);
    set_place(watch, json_object_get(line, "alive"), "next");
    if (json_is_object(end)) {
        bool slow = strcmp(ctl_member_text(end, "reason"), "slow") == 0;
        set_place(watch, end, "next");
        return hl_error_set(error, HL_UNAVAILABLE, NULL, "%s",
                            slow ? "the daemon has cut us off: we were too slow" : "the daemon stops");
    }
    if (json_is_false(json_object_get(line, "ok")))
        return hl_error_set(error, HL_UNAVAILABLE, NULL, "the daemon closes the connection: %s",
                            ctl_answer_message(line));
    return HL_OK; /* of a later version */
}

static enum hl_status next_line(struct watch *watch, struct hl_error *error)
{
    const char *text;
    size_t length;
    int64_t silence_s = (int64_t)(watch->ctl->timeout_s > SILENCE_MIN_S ? watch->ctl->timeout_s : SILENCE_MIN_S);
    enum hl_status status =
        ctl_client_wait_line(&watch->client, ctl_monotonic_ms() + silence_s * 1000, &text, &length, error);
    if (status != HL_OK)
        return status;
    json_t *line = json_loadb(text, length, 0, NULL);
    status = json_is_object(line) ? take_line(watch, line, error)
                                  : hl_error_set(error, HL_PARSE, NULL, "what the daemon sends is no JSON object");
    json_decref(line);
    return status;
}

/* Until the connection is lost (HL_UNAVAILABLE, HL_TIMEOUT), everything wanted has come (HL_OK), or something is wrong. */
static enum hl_status follow(struct watch *watch, struct hl_error *error)
{
    enum hl_status status = subscribe(watch, error);
    while (status == HL_OK && !is_done(watch))
        status = next_line(watch, error);
    ctl_client_close(&watch->client);
    return status;
}

static void wait_before_retry(uint64_t failures)
{
    int64_t wait_ms = (int64_t)BACK_OFF_MIN_MS << (failures < BACK_OFF_DOUBLINGS ? failures : BACK_OFF_DOUBLINGS);
    struct timespec wait = {.tv_sec = wait_ms / 1000, .tv_nsec = wait_ms % 1000 * 1000000};
    nanosleep(&wait, NULL); /* a signal that is handled only makes the wait shorter */
}

/* True when it is to be tried again. */
static bool try_again(struct watch *watch, enum hl_status status, const struct hl_error *error)
{
    bool is_lost = status == HL_UNAVAILABLE || status == HL_TIMEOUT;
    if (!is_lost || !watch->was_subscribed ||
        (watch->wishes->retries_max > 0 && watch->failures >= watch->wishes->retries_max))
        return false;
    if (watch->failures == 0)
        ctl_complain("%s: connecting again", error->message);
    wait_before_retry(watch->failures++);
    return true;
}

static enum ctl_exit run(struct watch *watch)
{
    struct hl_error error;
    enum hl_status status;
    do
        status = follow(watch, &error);
    while (status != HL_OK && try_again(watch, status, &error));
    if (status == HL_OK)
        return watch->commands_failed > 0 ? CTL_FAILED : CTL_OK;
    bool refused = status == HL_NOT_FOUND || status == HL_IO || status == HL_NO_MEMORY;
    return ctl_fail(refused ? CTL_FAILED : ctl_exit_of(status), &error);
}

static enum ctl_exit watch_by(const struct ctl *ctl, const struct wishes *wishes)
{
    struct watch watch = {.ctl = ctl, .wishes = wishes, .screen = ctl_screen_of(stdout)};
    struct hl_buffer head;
    hl_buffer_init(&head);
    ctl_client_init(&watch.client);
    watch.hides_merges = wishes->once && wishes->kinds && !strstr(wishes->kinds, merge_kind);
    if (wishes->after)
        (void)snprintf(watch.place, sizeof watch.place, "%s", wishes->after);
    enum ctl_exit code = CTL_FAILED;
    if (!ctl_seen_init(&watch.seen)) {
        ctl_complain("out of memory");
    } else {
        if (!ctl->json)
            ctl_watch_head(&head, &watch.screen);
        code = ctl_print(&head);
    }
    if (code == CTL_OK)
        code = run(&watch);
    ctl_seen_clear(&watch.seen);
    return code;
}

enum ctl_exit ctl_watch(struct ctl *ctl, int argc, char **argv)
{
    struct wishes wishes = {.once = false};
    const struct ctl_option options[] = {
        {.name = "kinds",
         .placeholder = "KINDS",
         .help = "kinds of events, with commas between: story_created,story_grew",
         .text = &wishes.kinds},
        {.name = "min",
         .placeholder = "N",
         .help = "events of stories of at least so many headlines",
         .number = &wishes.size_min,
         .number_max = UINT32_MAX},
        {.name = "source", .placeholder = "NAME", .help = "of headlines of this source", .text = &wishes.source},
        {.name = "text",
         .placeholder = "WORDS",
         .help = "of headlines whose title holds every one of these words",
         .text = &wishes.text},
        {.name = "story",
         .placeholder = "ID",
         .help = "of this story",
         .number = &wishes.story,
         .number_min = 1,
         .number_max = INT64_MAX},
        {.name = "topic",
         .placeholder = "ID",
         .help = "of this topic",
         .number = &wishes.topic,
         .number_min = 1,
         .number_max = INT64_MAX},
        {.name = "collection", .placeholder = "NAME", .help = "of this collection (all)", .text = &wishes.collection},
        {.name = "after",
         .placeholder = "ID",
         .help = "goes on after this event, as far as the daemon remembers; 0: all that it does",
         .text = &wishes.after},
        {.name = "exec",
         .placeholder = "COMMAND",
         .help = "runs this by the shell for each event, one at a time",
         .text = &wishes.exec},
        {.name = "once-per-story", .help = "only the first event of each story", .flag = &wishes.once},
        {.name = "count",
         .placeholder = "N",
         .help = "ends after so many events",
         .number = &wishes.count,
         .number_min = 1,
         .number_max = INT64_MAX},
        {.name = "retries",
         .placeholder = "N",
         .help = "failed connections in a row before giving up (never)",
         .number = &wishes.retries_max,
         .number_min = 1,
         .number_max = UINT32_MAX},
    };
    const struct ctl_usage usage = {.command = "watch",
                                    .arguments = "",
                                    .summary = "Shows events as they happen, until it is interrupted.",
                                    .notes = "\nA command finds the event as JSON on its standard input, and in "
                                             "HEADLINED_EVENT (its kind), _EVENT_ID, _TIME,\n"
                                             "_COLLECTION, _STORY, _TOPIC, _HEADLINES, _SOURCES, _TITLE, _SOURCE, _ID, "
                                             "_URL and _VERDICT, empty where it tells\n"
                                             "none. Example:\n\n"
                                             "  headlinectl watch --kinds story_grew --min 10 --once-per-story --exec "
                                             "'notify-send \"$HEADLINED_TITLE\"'\n",
                                    .options = options,
                                    .option_count = CTL_COUNT(options)};
    enum ctl_exit code;
    if (!ctl_args_parse(ctl, &usage, argc, argv, &argc, &code))
        return code;
    return watch_by(ctl, &wishes);
}
