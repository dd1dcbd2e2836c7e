/*
 * make_arrivals.c - make_arrivals DIR < LINES: writes a state directory as a daemon would that had received each headline at the time its line
 * says: for tests that need a past. A line is ARRIVED_MS, id, source, language, URL and title, with tabs between; an empty field is left out.
 */
#include "state/durable.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARRIVED, ID, SOURCE, LANG, URL, TITLE, FIELDS };
enum { LINE_BYTES = 8192, TICK_BUDGET = 256 };

static struct hl_text text_of(const char *string)
{
    return (struct hl_text){string, strlen(string)};
}

/* Cuts @line at its tabs; false: it has not so many fields. */
static bool cut(char *line, char *fields[FIELDS])
{
    line[strcspn(line, "\n")] = '\0';
    for (int i = 0; i < FIELDS; i++) {
        fields[i] = line;
        line = i + 1 < FIELDS ? strchr(line, '\t') : line;
        if (!line)
            return false;
        if (i + 1 < FIELDS)
            *line++ = '\0';
    }
    return true;
}

static enum hl_status add(struct hl_durable *durable, char *fields[FIELDS], struct hl_error *error)
{
    int64_t now_ms = strtoll(fields[ARRIVED], NULL, 10);
    struct hl_headline headline = {.title = text_of(fields[TITLE]),
                                   .id = text_of(fields[ID]),
                                   .source = text_of(fields[SOURCE]),
                                   .lang = text_of(fields[LANG]),
                                   .url = text_of(fields[URL]),
                                   .published_ms = now_ms};
    struct hl_result result;
    enum hl_status status = hl_durable_add(durable, &headline, now_ms, &result, error);
    if (status == HL_OK)
        (void)hl_durable_tick(durable, now_ms, TICK_BUDGET);
    return status;
}

static enum hl_status make(const char *path, struct hl_error *error)
{
    struct hl_durable_options options = hl_durable_options_default();
    struct hl_durable *durable;
    char line[LINE_BYTES];
    char *fields[FIELDS];
    options.directory = path;
    options.sync = HL_JOURNAL_SYNC_NEVER;
    enum hl_status status = hl_durable_open(&options, &durable, NULL, error);
    if (status != HL_OK)
        return status;
    while (status == HL_OK && fgets(line, sizeof line, stdin)) {
        if (cut(line, fields))
            status = add(durable, fields, error);
        else
            status = hl_error_set(error, HL_INVALID, NULL, "a line has not six fields");
    }
    enum hl_status closed = hl_durable_close(durable, status == HL_OK ? error : NULL);
    return status == HL_OK ? closed : status;
}

int main(int argc, char **argv)
{
    struct hl_error error;
    if (argc == 2 && make(argv[1], &error) == HL_OK)
        return 0;
    (void)fprintf(stderr, "make_arrivals: %s\n", argc == 2 ? error.message : "usage: make_arrivals DIR");
    return 1;
}
