/*
 * replay.c - runs one scenario file against the engine: scripted headlines and times in, expected verdicts and stories out.
 *
 * The language is described in README.md. Every call goes to two engines that differ in hash seed and allocator (twin.h), which
 * must agree to the byte after each line. Failed expectations are reported as FILE:LINE and the rest still runs; a malformed
 * line ends the run. The exit status is 0 only when at least one thing was expected and everything was as expected.
 */
#include "line.h"
#include "twin.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LABELS_MAX = 64,
    LABEL_BYTES = 32,
    MEMBERS_MAX = 1000,
    STORIES_MAX = 100,
    QUOTED_BYTES = 200,
    PATH_BYTES = 1024
};

struct label {
    char name[LABEL_BYTES];
    uint64_t story;
};

enum outcome { OUTCOME_NONE, OUTCOME_RESULT, OUTCOME_DONE, OUTCOME_ERROR };

struct run {
    const char *file;
    unsigned line_number, failures, expectations;
    struct hl_engine_options options;
    struct twin twin;
    bool included; /* inside an included file */
    bool started;
    bool clock_set;
    int64_t now_ms;
    enum outcome outcome; /* of the last add, check, remove or settings */
    struct hl_result result;
    struct hl_error error;
    unsigned error_line;
    struct label labels[LABELS_MAX];
    size_t label_count;
};

/* ---- reporting ---------------------------------------------------------------------------------------------------- */

static void __attribute__((format(printf, 2, 3))) fail(struct run *run, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s:%u: ", run->file, run->line_number);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    run->failures++;
}

static bool __attribute__((format(printf, 2, 3))) malformed(struct run *run, const char *format, ...)
{
    char problem[LINE_PROBLEM_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(problem, sizeof problem, format, arguments);
    va_end(arguments);
    fail(run, "malformed: %s", problem);
    return false;
}

static void expect_text(struct run *run, struct line *line, const char *name, struct hl_text got)
{
    const struct hl_text *expected = line_field(line, name);
    if (expected == NULL)
        return;
    run->expectations++;
    struct hl_text want = *expected;
    if (want.length == 4 && memcmp(want.data, "none", 4) == 0)
        want.length = 0;
    if (want.length != got.length || (got.length > 0 && memcmp(want.data, got.data, got.length) != 0))
        fail(run, "expected %s=%s, got %.*s", name, expected->data, got.length > 0 ? (int)got.length : 4,
             got.length > 0 ? got.data : "none");
}

static void expect_word(struct run *run, struct line *line, const char *name, const char *got)
{
    expect_text(run, line, name, (struct hl_text){got, strlen(got)});
}

static bool expect_count(struct run *run, struct line *line, const char *name, uint64_t got)
{
    const struct hl_text *expected = line_field(line, name);
    uint64_t want;
    if (expected == NULL)
        return true;
    if (!parse_count(expected->data, &want))
        return malformed(run, "%s=%s is not a whole number", name, expected->data);
    run->expectations++;
    if (want != got)
        fail(run, "expected %s=%s, got %llu", name, expected->data, (unsigned long long)got);
    return true;
}

/* ---- story labels ------------------------------------------------------------------------------------------------- */

static const struct label *label_by_name(const struct run *run, const char *name)
{
    for (size_t i = 0; i < run->label_count; i++)
        if (strcmp(run->labels[i].name, name) == 0)
            return &run->labels[i];
    return NULL;
}

static const char *label_of_story(const struct run *run, uint64_t story)
{
    for (size_t i = 0; i < run->label_count; i++)
        if (run->labels[i].story == story)
            return run->labels[i].name;
    return story == 0 ? "none" : "a story without label";
}

static bool bind_label(struct run *run, const char *name, uint64_t story)
{
    if (run->label_count == LABELS_MAX || strlen(name) >= LABEL_BYTES)
        return malformed(run, "too many story labels, or one longer than %d bytes", LABEL_BYTES - 1);
    struct label *label = &run->labels[run->label_count];
    snprintf(label->name, sizeof label->name, "%s", name);
    label->story = story;
    run->label_count++;
    return true;
}

/* story=LABEL: the first use of a label names the story, unless that story already has a name. */
static bool expect_story(struct run *run, struct line *line, uint64_t got)
{
    const struct hl_text *expected = line_field(line, "story");
    if (expected == NULL)
        return true;
    run->expectations++;
    const struct label *label = label_by_name(run, expected->data);
    bool none = strcmp(expected->data, "none") == 0;
    bool taken = got != 0 && strcmp(label_of_story(run, got), "a story without label") != 0;
    if (!none && label == NULL && got != 0 && !taken)
        return bind_label(run, expected->data, got);
    uint64_t want = label != NULL ? label->story : 0;
    if (want != got || (!none && label == NULL))
        fail(run, "expected story=%s, got %s (story %llu)", expected->data, label_of_story(run, got),
             (unsigned long long)got);
    return true;
}

static const struct label *known_label(struct run *run, const char *name)
{
    const struct label *label = label_by_name(run, name);
    if (label == NULL)
        malformed(run, "no story has the label %s yet", name);
    return label;
}

/* ---- set, at, advance ----------------------------------------------------------------------------------------------- */

static bool do_set(struct run *run, struct line *line)
{
    double value;
    struct hl_error error = {0};
    if (run->started)
        return malformed(run, "set must stand before the first headline");
    if (!parse_real(line->words[1], &value))
        return malformed(run, "%s is not a number", line->words[1]);
    if (strcmp(line->words[0], "memory_max_bytes") == 0)
        run->options.memory_max_bytes = (uint64_t)value;
    else if (strcmp(line->words[0], "collections_max") == 0)
        run->options.collections_max = (uint32_t)value;
    else if (hl_settings_set(&run->options.settings, line->words[0], value, &error) != HL_OK)
        return malformed(run, "%s", error.message);
    return true;
}

static bool do_at(struct run *run, struct line *line)
{
    if (!parse_time(line->words[0], &run->now_ms))
        return malformed(run, "%s is not a time such as 2026-03-02T10:00:00Z", line->words[0]);
    run->clock_set = true;
    return true;
}

static bool do_advance(struct run *run, struct line *line)
{
    int64_t ms;
    if (!run->clock_set)
        return malformed(run, "set the clock with `at` first");
    if (!parse_duration(line->words[0], &ms))
        return malformed(run, "%s is not a duration such as 90s, 15m, 2h or 7d", line->words[0]);
    run->now_ms += ms;
    return true;
}

/* The engines are created by the first line that needs them, with the settings so far. */
static bool start(struct run *run)
{
    struct hl_error error = {0};
    if (run->started)
        return true;
    if (!run->clock_set)
        return malformed(run, "set the clock with `at` first");
    if (twin_create(&run->twin, &run->options, &error) != HL_OK)
        return malformed(run, "the engines cannot be created: %s", error.message);
    run->started = true;
    return true;
}

/* ---- add, check, remove, settings, tick --------------------------------------------------------------------------------------- */

static struct hl_text text_field(struct line *line, const char *name)
{
    const struct hl_text *value = line_field(line, name);
    return value != NULL ? *value : (struct hl_text){NULL, 0};
}

static void keep_outcome(struct run *run, enum hl_status status, enum outcome on_success)
{
    run->outcome = status == HL_OK ? on_success : OUTCOME_ERROR;
    run->error_line = run->line_number;
    if (status == HL_OK)
        return;
    if (run->error.status != status || run->error.message[0] == '\0')
        fail(run, "status %s came without an error message", hl_status_code(status));
    if (!run->twin.unchanged)
        fail(run, "the error %s changed the state", hl_status_code(status));
}

/* repeat=N sends the title N times over, for titles that would not be readable here. NULL when malformed. */
static char *repeated_title(struct run *run, struct line *line, size_t *length)
{
    const struct hl_text *repeat = line_field(line, "repeat");
    uint64_t times = 1;
    if (repeat != NULL && (!parse_count(repeat->data, &times) || times == 0 || times > 100000)) {
        malformed(run, "repeat=%s is not a number from 1 to 100000", repeat->data);
        return NULL;
    }
    *length = line->title.length * (size_t)times;
    char *title = malloc(*length + 1);
    if (title == NULL) {
        malformed(run, "no memory for the title");
        return NULL;
    }
    for (size_t i = 0; i < times && line->title.length > 0; i++)
        memcpy(title + i * line->title.length, line->title.data, line->title.length);
    return title;
}

static bool read_published(struct run *run, struct line *line, int64_t *published_ms)
{
    const struct hl_text *published = line_field(line, "published");
    *published_ms = HL_TIME_NONE;
    if (published != NULL && !parse_time(published->data, published_ms))
        return malformed(run, "published=%s is not a time such as 2026-03-02T10:00:00Z", published->data);
    return true;
}

typedef enum hl_status (*twin_put)(struct twin *twin, const struct hl_headline *headline, int64_t now_ms,
                                   struct hl_result *result, struct hl_error *error);

static bool put(struct run *run, struct line *line, twin_put call)
{
    struct hl_headline headline = {0};
    if (!line->has_title)
        return malformed(run, "a title follows behind \" | \"");
    if (!read_published(run, line, &headline.published_ms))
        return false;
    char *title = repeated_title(run, line, &headline.title.length);
    if (title == NULL)
        return false;
    headline.title.data = title;
    headline.id = text_field(line, "id");
    headline.source = text_field(line, "source");
    headline.url = text_field(line, "url");
    headline.lang = text_field(line, "lang");
    headline.summary = text_field(line, "summary");
    headline.collection = text_field(line, "collection");
    run->error = (struct hl_error){0};
    keep_outcome(run, call(&run->twin, &headline, run->now_ms, &run->result, &run->error), OUTCOME_RESULT);
    free(title);
    return true;
}

static bool do_add(struct run *run, struct line *line)
{
    return put(run, line, twin_add);
}

static bool do_check(struct run *run, struct line *line)
{
    bool well_formed = put(run, line, twin_check);
    if (well_formed && run->outcome == OUTCOME_RESULT && !run->twin.unchanged)
        fail(run, "check changed the state");
    return well_formed;
}

static bool do_remove(struct run *run, struct line *line)
{
    run->error = (struct hl_error){0};
    enum hl_status status =
        twin_remove(&run->twin, text_field(line, "collection"), text_field(line, "id"), run->now_ms, &run->error);
    keep_outcome(run, status, OUTCOME_DONE);
    return true;
}

static bool do_settings(struct run *run, struct line *line)
{
    struct hl_setting_change change = {.name = line->words[0], .reset = strcmp(line->words[1], "reset") == 0};
    char names[HL_PREFER_SOURCES_BYTES];
    if (strcmp(line->words[0], HL_PREFER_SOURCES) == 0) {
        (void)snprintf(names, sizeof names, "%s", line->words[1]);
        for (char *comma; (comma = strchr(names, ',')) != NULL;)
            *comma = '\n';
        change.text = (struct hl_text){names, strlen(names)};
    } else if (!change.reset && !parse_real(line->words[1], &change.value)) {
        return malformed(run, "%s is neither a number nor reset", line->words[1]);
    }
    run->error = (struct hl_error){0};
    enum hl_status status =
        twin_settings_set(&run->twin, text_field(line, "collection"), &change, run->now_ms, &run->error);
    keep_outcome(run, status, OUTCOME_DONE);
    return true;
}

static bool do_tick(struct run *run, struct line *line)
{
    uint64_t budget;
    if (!parse_count(line->words[0], &budget) || budget > 1000000)
        return malformed(run, "%s is not a number of headlines", line->words[0]);
    bool more = twin_tick(&run->twin, run->now_ms, (unsigned)budget);
    expect_word(run, line, "more", more ? "yes" : "no");
    return true;
}

/* ---- expect, expect-error ------------------------------------------------------------------------------------------- */

static bool do_expect(struct run *run, struct line *line)
{
    const struct hl_result *result = &run->result;
    if (run->outcome != OUTCOME_RESULT)
        return malformed(run, "expect must follow an add or a check that succeeded");
    unsigned failures = run->failures;
    expect_word(run, line, "verdict", hl_verdict_name(result->verdict));
    expect_text(run, line, "duplicate_of", result->duplicate_of);
    expect_word(run, line, "sighting", result->sighting ? "yes" : "no");
    expect_text(run, line, "id", result->id);
    if (!expect_story(run, line, result->story) || !expect_count(run, line, "headlines", result->story_headlines))
        return false;
    if (run->failures > failures)
        fprintf(stderr, "    the answer was: verdict=%s story=%llu duplicate_of=%.*s distance=%u similarity=%.3f\n",
                hl_verdict_name(result->verdict), (unsigned long long)result->story, (int)result->duplicate_of.length,
                result->duplicate_of.length > 0 ? result->duplicate_of.data : "", result->distance_bits,
                result->similarity);
    return true;
}

static bool do_expect_error(struct run *run, struct line *line)
{
    const char *code = line->words[0];
    const char *field = line->word_count > 1 ? line->words[1] : NULL;
    run->expectations++;
    if (run->outcome != OUTCOME_ERROR) {
        fail(run, "expected the error %s, got success", code);
        return true;
    }
    if (strcmp(code, hl_status_code(run->error.status)) != 0)
        fail(run, "expected the error %s, got %s: %s", code, hl_status_code(run->error.status), run->error.message);
    if (field != NULL && strcmp(field, run->error.field) != 0)
        fail(run, "expected an error in the field %s, got \"%s\": %s", field, run->error.field, run->error.message);
    run->outcome = OUTCOME_NONE;
    return true;
}

/* An error that no expect-error line follows is a failure of the line that caused it. */
static void settle_error(struct run *run)
{
    if (run->outcome != OUTCOME_ERROR)
        return;
    unsigned line_number = run->line_number;
    run->line_number = run->error_line;
    fail(run, "unexpected error %s in \"%s\": %s", hl_status_code(run->error.status), run->error.field,
         run->error.message);
    run->line_number = line_number;
    run->outcome = OUTCOME_NONE;
}

/* ---- questions ------------------------------------------------------------------------------------------------------ */

static bool view_by_id(struct run *run, struct hl_text collection, struct hl_text id, struct hl_headline_view *view)
{
    struct hl_error error = {0};
    enum hl_status status = twin_get(&run->twin, collection, id, view, &error);
    if (status != HL_OK)
        fail(run, "expected a live headline %.*s, got %s: %s", (int)id.length, id.data, hl_status_code(status),
             error.message);
    return status == HL_OK;
}

static bool do_get(struct run *run, struct line *line)
{
    struct hl_headline_view view;
    struct hl_text collection = text_field(line, "collection");
    run->expectations++;
    if (!view_by_id(run, collection, (struct hl_text){line->words[0], strlen(line->words[0])}, &view)) {
        for (size_t i = 0; i < line->field_count; i++)
            line->fields[i].used = true;
        return true;
    }
    expect_text(run, line, "id", view.id);
    expect_text(run, line, "source", view.source);
    expect_text(run, line, "lang", view.lang);
    expect_text(run, line, "duplicate_of", view.duplicate_of);
    expect_word(run, line, "verdict", hl_verdict_name(view.verdict));
    if (line->has_title &&
        (line->title.length != view.title.length || memcmp(line->title.data, view.title.data, view.title.length) != 0))
        fail(run, "expected the title \"%s\", got \"%.*s\"", line->title.data, (int)view.title.length, view.title.data);
    return expect_story(run, line, view.story) && expect_count(run, line, "sightings", view.sightings);
}

static bool do_missing(struct run *run, struct line *line)
{
    struct hl_headline_view view;
    struct hl_error error = {0};
    struct hl_text id = {line->words[0], strlen(line->words[0])};
    run->expectations++;
    enum hl_status status = twin_get(&run->twin, text_field(line, "collection"), id, &view, &error);
    if (status != HL_NOT_FOUND)
        fail(run, "expected no live headline %s, got %s", id.data, hl_status_code(status));
    return true;
}

/* The stories of all named headlines into @ids, or these stories' @topics, 0 for none; false when one is not live. */
static bool ids_of(struct run *run, struct line *line, bool topics, uint64_t ids[LINE_WORDS_MAX])
{
    struct hl_text collection = text_field(line, "collection");
    for (size_t i = 0; i < line->word_count; i++) {
        struct hl_headline_view view;
        if (!view_by_id(run, collection, (struct hl_text){line->words[i], strlen(line->words[i])}, &view))
            return false;
        ids[i] = topics ? view.topic : view.story;
    }
    return true;
}

static bool compare_stories(struct run *run, struct line *line, bool same)
{
    uint64_t stories[LINE_WORDS_MAX];
    run->expectations++;
    if (!ids_of(run, line, false, stories))
        return true;
    for (size_t i = 0; i < line->word_count; i++)
        for (size_t j = i + 1; j < line->word_count; j++)
            if ((stories[i] == stories[j]) != same)
                fail(run, "expected %s and %s in %s, got stories %llu and %llu", line->words[i], line->words[j],
                     same ? "one story" : "different stories", (unsigned long long)stories[i],
                     (unsigned long long)stories[j]);
    return true;
}

static bool do_same_story(struct run *run, struct line *line)
{
    return compare_stories(run, line, true);
}

static bool do_different_story(struct run *run, struct line *line)
{
    return compare_stories(run, line, false);
}

/* ---- topics ------------------------------------------------------------------------------------------------------- */

static bool do_same_topic(struct run *run, struct line *line)
{
    uint64_t topics[LINE_WORDS_MAX];
    run->expectations++;
    if (!ids_of(run, line, true, topics))
        return true;
    for (size_t i = 0; i < line->word_count; i++)
        if (topics[i] == 0 || topics[i] != topics[0])
            fail(run, "expected %s and %s in one topic, got topics %llu and %llu (0: none)", line->words[0],
                 line->words[i], (unsigned long long)topics[0], (unsigned long long)topics[i]);
    return true;
}

/* Two headlines without a topic are not in one. */
static bool do_different_topic(struct run *run, struct line *line)
{
    uint64_t topics[LINE_WORDS_MAX];
    run->expectations++;
    if (!ids_of(run, line, true, topics))
        return true;
    for (size_t i = 0; i < line->word_count; i++)
        for (size_t j = i + 1; j < line->word_count; j++)
            if (topics[i] != 0 && topics[i] == topics[j])
                fail(run, "expected %s and %s in different topics, got topic %llu", line->words[i], line->words[j],
                     (unsigned long long)topics[i]);
    return true;
}

static bool do_no_topic(struct run *run, struct line *line)
{
    uint64_t topics[LINE_WORDS_MAX];
    run->expectations++;
    if (!ids_of(run, line, true, topics))
        return true;
    for (size_t i = 0; i < line->word_count; i++)
        if (topics[i] != 0)
            fail(run, "expected %s in no topic, got topic %llu", line->words[i], (unsigned long long)topics[i]);
    return true;
}

static struct hl_text join_terms(const struct hl_topic_view *view, char *out, size_t bytes)
{
    size_t length = 0;
    out[0] = '\0';
    for (size_t i = 0; i < view->term_count; i++)
        length += (size_t)snprintf(out + length, bytes - length, "%s%s", i > 0 ? "," : "", view->terms[i].text);
    return (struct hl_text){out, length};
}

/* About the topic of a headline. */
static bool do_topic(struct run *run, struct line *line)
{
    uint64_t topics[LINE_WORDS_MAX] = {0};
    struct hl_topic_view view;
    struct hl_error error = {0};
    char terms[(HL_TOPIC_TERM_BYTES + 1) * HL_TOPIC_TERMS + 1];
    if (!ids_of(run, line, true, topics))
        return true;
    if (twin_topic(&run->twin, topics[0], run->now_ms, &view, &error) != HL_OK)
        return malformed(run, "topic of %s: %s", line->words[0], error.message);
    expect_text(run, line, "representative", view.representative.id);
    expect_text(run, line, "terms", join_terms(&view, terms, sizeof terms));
    return expect_count(run, line, "stories", view.stories) && expect_count(run, line, "headlines", view.headlines);
}

/* members=a,b,c: the ids of a story's headlines in arrival order. */
static bool expect_members(struct run *run, struct line *line, uint64_t story)
{
    if (line_field(line, "members") == NULL)
        return true;
    size_t count = 0, length = 0;
    bool more = false;
    char got[QUOTED_BYTES * 10];
    struct hl_error error = {0};
    struct hl_headline_view *views = calloc(MEMBERS_MAX, sizeof *views);
    if (views == NULL)
        return malformed(run, "no memory for the members");
    enum hl_status status =
        hl_engine_story_headlines(run->twin.engine[0], story, 0, views, MEMBERS_MAX, &count, &more, &error);
    if (status != HL_OK)
        fail(run, "the members cannot be read: %s", error.message);
    for (size_t i = 0; i < count && length < sizeof got - HL_ID_MAX_BYTES - 2; i++)
        length += (size_t)snprintf(got + length, sizeof got - length, "%s%.*s", i > 0 ? "," : "",
                                   (int)views[i].id.length, views[i].id.data);
    free(views);
    expect_text(run, line, "members", (struct hl_text){got, length});
    return true;
}

static bool do_story(struct run *run, struct line *line)
{
    struct hl_story_view view;
    struct hl_error error = {0};
    const struct label *label = known_label(run, line->words[0]);
    if (label == NULL)
        return false;
    if (twin_story(&run->twin, label->story, run->now_ms, &view, &error) != HL_OK)
        return malformed(run, "story %s: %s", label->name, error.message);
    run->expectations++;
    if (view.story != label->story)
        fail(run, "expected story %s itself, got a redirect to %s", label->name, label_of_story(run, view.story));
    expect_text(run, line, "first", view.first.id);
    expect_text(run, line, "representative", view.representative.id);
    return expect_count(run, line, "headlines", view.headlines) &&
           expect_count(run, line, "sightings", view.sightings) && expect_count(run, line, "sources", view.sources) &&
           expect_members(run, line, view.story);
}

static bool do_redirect(struct run *run, struct line *line)
{
    struct hl_story_view view;
    struct hl_error error = {0};
    const struct label *old = known_label(run, line->words[0]);
    const struct label *survivor = known_label(run, line->words[1]);
    if (old == NULL || survivor == NULL)
        return false;
    run->expectations++;
    enum hl_status status = twin_story(&run->twin, old->story, run->now_ms, &view, &error);
    if (status != HL_OK)
        fail(run, "expected %s to redirect to %s, got %s", old->name, survivor->name, error.message);
    else if (view.story != survivor->story || view.redirected_from != old->story)
        fail(run, "expected %s (%llu) to redirect to %s (%llu), got story %llu redirected from %llu", old->name,
             (unsigned long long)old->story, survivor->name, (unsigned long long)survivor->story,
             (unsigned long long)view.story, (unsigned long long)view.redirected_from);
    return true;
}

static bool do_gone(struct run *run, struct line *line)
{
    struct hl_story_view view;
    struct hl_error error = {0};
    const struct label *label = known_label(run, line->words[0]);
    if (label == NULL)
        return false;
    run->expectations++;
    enum hl_status status = twin_story(&run->twin, label->story, run->now_ms, &view, &error);
    if (status != HL_NOT_FOUND)
        fail(run, "expected story %s to be gone, got %s", label->name, hl_status_code(status));
    return true;
}

static bool read_order(struct run *run, struct line *line, enum hl_story_order *order)
{
    static const char *const names[] = {"latest", "size", "trending"};
    const struct hl_text *name = line_field(line, "order");
    for (size_t i = 0; name != NULL && i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(name->data, names[i]) == 0) {
            *order = (enum hl_story_order)i;
            return true;
        }
    }
    return malformed(run, "give order=latest, order=size or order=trending");
}

static void compare_list(struct run *run, struct line *line, const struct hl_story_view *got, size_t count)
{
    bool equal = count == line->word_count;
    for (size_t i = 0; equal && i < count; i++) {
        const struct label *label = label_by_name(run, line->words[i]);
        equal = label != NULL && label->story == got[i].story;
    }
    run->expectations++;
    if (equal)
        return;
    fail(run, "expected another list of stories; got %zu:", count);
    for (size_t i = 0; i < count; i++)
        fprintf(stderr, "    %s (story %llu): %.*s\n", label_of_story(run, got[i].story),
                (unsigned long long)got[i].story, (int)got[i].representative.title.length,
                got[i].representative.title.data);
}

static bool do_stories(struct run *run, struct line *line)
{
    struct hl_story_view views[STORIES_MAX];
    struct hl_story_query query = {.since_ms = HL_TIME_NONE, .until_ms = HL_TIME_NONE, .limit = STORIES_MAX};
    const struct hl_text *least = line_field(line, "headlines_min");
    size_t count = 0;
    struct hl_error error = {0};
    if (!read_order(run, line, &query.order))
        return false;
    if (least != NULL && !parse_count(least->data, &query.headlines_min))
        return malformed(run, "headlines_min=%s is not a whole number", least->data);
    query.collection = text_field(line, "collection");
    query.source = text_field(line, "source");
    query.lang = text_field(line, "lang");
    query.text = text_field(line, "text");
    if (twin_stories(&run->twin, &query, run->now_ms, views, &count, &error) != HL_OK)
        return malformed(run, "the stories cannot be listed: %s", error.message);
    compare_list(run, line, views, count);
    return true;
}

static bool do_expect_stats(struct run *run, struct line *line)
{
    struct hl_engine_stats stats;
    struct hl_error error = {0};
    struct hl_text collection = text_field(line, "collection");
    if (hl_engine_stats(run->twin.engine[0], collection, &stats, &error) != HL_OK)
        return malformed(run, "there are no such statistics: %s", error.message);
    const struct {
        const char *name;
        uint64_t got;
    } rows[] = {{"seq", stats.seq},
                {"headlines", stats.headlines},
                {"stories", stats.stories},
                {"stories_multiple", stats.stories_multiple},
                {"collections", stats.collections},
                {"features", stats.features},
                {"sightings", stats.sightings},
                {"removed", stats.removed},
                {"expired_age", stats.expired_age},
                {"expired_count", stats.expired_count},
                {"expired_memory", stats.expired_memory},
                {"merges", stats.merges},
                {"splits", stats.splits},
                {"topics", stats.topics},
                {"topic_merges", stats.topic_merges},
                {"topic_moves", stats.topic_moves}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (!expect_count(run, line, rows[i].name, rows[i].got))
            return false;
    for (int verdict = 0; verdict < HL_VERDICT_COUNT; verdict++)
        if (!expect_count(run, line, hl_verdict_name((enum hl_verdict)verdict), stats.verdicts[verdict]))
            return false;
    return true;
}

/* ---- the interpreter ------------------------------------------------------------------------------------------------ */

static bool do_include(struct run *run, struct line *line);

struct command {
    const char *name;
    size_t words_min, words_max;
    bool needs_engines;
    bool (*run)(struct run *run, struct line *line); /* false: the scenario is malformed, stop */
};

static const struct command commands[] = {
    {"set", 2, 2, false, do_set},
    {"include", 1, 1, false, do_include},
    {"at", 1, 1, false, do_at},
    {"advance", 1, 1, false, do_advance},
    {"add", 0, 0, true, do_add},
    {"check", 0, 0, true, do_check},
    {"remove", 0, 0, true, do_remove},
    {"settings", 2, 2, true, do_settings},
    {"tick", 1, 1, true, do_tick},
    {"expect", 0, 0, true, do_expect},
    {"expect-error", 1, 2, true, do_expect_error},
    {"get", 1, 1, true, do_get},
    {"missing", 1, 1, true, do_missing},
    {"same-story", 2, LINE_WORDS_MAX, true, do_same_story},
    {"different-story", 2, LINE_WORDS_MAX, true, do_different_story},
    {"same-topic", 2, LINE_WORDS_MAX, true, do_same_topic},
    {"different-topic", 2, LINE_WORDS_MAX, true, do_different_topic},
    {"no-topic", 1, LINE_WORDS_MAX, true, do_no_topic},
    {"topic", 1, 1, true, do_topic},
    {"story", 1, 1, true, do_story},
    {"redirect", 2, 2, true, do_redirect},
    {"gone", 1, 1, true, do_gone},
    {"stories", 0, LINE_WORDS_MAX, true, do_stories},
    {"expect-stats", 0, 0, true, do_expect_stats},
};

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static bool run_command(struct run *run, struct line *line)
{
    const struct command *command = find_command(line->command);
    if (command == NULL)
        return malformed(run, "there is no command %s", line->command);
    if (line->word_count < command->words_min || line->word_count > command->words_max)
        return malformed(run, "%s takes %zu to %zu words, not %zu", command->name, command->words_min,
                         command->words_max, line->word_count);
    if (command->run != do_expect_error)
        settle_error(run);
    if (command->needs_engines && !start(run))
        return false;
    if (!command->run(run, line))
        return false;
    const char *unused = line_unused_field(line);
    if (unused != NULL)
        return malformed(run, "%s does not know the field %s", command->name, unused);
    if (run->started && run->twin.difference[0] != '\0') {
        fail(run, "not deterministic: %s", run->twin.difference);
        return false;
    }
    return true;
}

static bool run_lines(struct run *run, FILE *in)
{
    char *text = NULL;
    size_t capacity = 0;
    ssize_t length;
    bool going = true;
    while (going && (length = getline(&text, &capacity, in)) >= 0) {
        struct line line;
        run->line_number++;
        if (length > 0 && text[length - 1] == '\n')
            text[length - 1] = '\0';
        if (!line_parse(&line, text))
            going = malformed(run, "%s", line.problem);
        else if (line.command != NULL)
            going = run_command(run, &line);
    }
    free(text);
    settle_error(run);
    return ferror(in) ? malformed(run, "the file cannot be read") : going;
}

/* Runs the lines of another file of the same folder as if they stood here; reports name that file. */
static bool do_include(struct run *run, struct line *line)
{
    char path[PATH_BYTES];
    const char *slash = strrchr(run->file, '/');
    int folder = slash != NULL ? (int)(slash - run->file) + 1 : 0;
    const char *file = run->file;
    unsigned line_number = run->line_number;
    if (run->included)
        return malformed(run, "an included file includes no other");
    snprintf(path, sizeof path, "%.*s%s", folder, file, line->words[0]);
    FILE *in = fopen(path, "r");
    if (in == NULL)
        return malformed(run, "%s cannot be opened", path);
    run->included = true;
    run->file = path;
    run->line_number = 0;
    bool going = run_lines(run, in);
    run->included = false;
    run->file = file;
    run->line_number = line_number;
    fclose(in);
    return going;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: replay SCENARIO.rpl\n");
        return 2;
    }
    FILE *in = fopen(argv[1], "r");
    if (in == NULL) {
        perror(argv[1]);
        return 2;
    }
    struct run run = {.file = argv[1], .options = hl_engine_options_default()};
    run_lines(&run, in);
    fclose(in);
    if (run.failures == 0 && run.expectations == 0)
        fail(&run, "malformed: the scenario expects nothing");
    if (run.started)
        twin_destroy(&run.twin);
    printf("%s: %u lines, %u expectations, %u failures\n", run.file, run.line_number, run.expectations, run.failures);
    return run.failures == 0 ? 0 : 1;
}
