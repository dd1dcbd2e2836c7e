/*
 * ctl_csv.h - tables with a header row, fields between commas (or semicolons) or tabs, quoted as RFC 4180 says: rows for headlines.
 *
 * The header names the columns; which of them is which member of a headline goes by their names, or by a map. libcsv reads the records. One of a single line whose
 * quotes break the rules is read as if quotes meant nothing, as in tables that quote nothing; of several lines, it is complained about.
 * Memory is bounded by 1 MiB for a record.
 */
#ifndef HL_CMD_CTL_CSV_H
#define HL_CMD_CTL_CSV_H

#include "cmd/ctl_queue.h"

#include <stddef.h>

/* Members of a headline that a column can be. */
enum ctl_column {
    CTL_COLUMN_TITLE,
    CTL_COLUMN_ID,
    CTL_COLUMN_SOURCE,
    CTL_COLUMN_URL,
    CTL_COLUMN_LANG,
    CTL_COLUMN_SUMMARY,
    CTL_COLUMN_PUBLISHED,
    CTL_COLUMN_COLLECTION,
    CTL_COLUMN_TS,
    CTL_COLUMN_COUNT
};

#define CTL_CSV_COLUMNS_MAX 256

/* Which column is what: by name or by number. */
struct ctl_map {
    struct {
        const char *name; /* borrowed; NULL: not said */
        size_t length;
        unsigned number; /* from 1; 0: by name */
    } columns[CTL_COLUMN_COUNT];
};

/* Parses "title=Headline,source=Outlet,published=3"; borrows @text. HL_INVALID. */
enum hl_status ctl_map_parse(const char *text, struct ctl_map *out, struct hl_error *error);

/* The delimiter by which @line is a header that names a title; 0: it is none. With @map every line with a delimiter is. */
char ctl_csv_delimiter(const char *line, size_t length, const struct ctl_map *map);

struct ctl_csv; /* opaque */

/* @delimiter 0: whichever the header shows, a comma or a semicolon. @map (may be NULL) and @queue are borrowed. NULL when out of memory. */
struct ctl_csv *ctl_csv_create(char delimiter, const struct ctl_map *map, struct ctl_queue *queue);
void ctl_csv_destroy(struct ctl_csv *csv); /* may be NULL */

/*
 * Takes the next bytes; complete records go into the queue, with the number of the line where they begin. HL_INVALID: the header does not name a title or what the
 * map names; HL_NO_MEMORY. No more then.
 */
enum hl_status ctl_csv_take(struct ctl_csv *csv, const char *bytes, size_t length, struct hl_error *error);
/* No more bytes will come. */
enum hl_status ctl_csv_finish(struct ctl_csv *csv, struct hl_error *error);

#endif
