/*
 * ctl_format.h - which formats load reads, and how they are told apart.
 */
#ifndef HL_CMD_CTL_FORMAT_H
#define HL_CMD_CTL_FORMAT_H

#include "cmd/ctl_csv.h"

enum ctl_format {
    CTL_FORMAT_UNKNOWN,
    CTL_FORMAT_JSONL,
    CTL_FORMAT_FEED,      /* RSS and Atom */
    CTL_FORMAT_JSON_FEED, /* JSON Feed */
    CTL_FORMAT_CSV,
    CTL_FORMAT_TSV,
    CTL_FORMAT_COUNT
};

/* "jsonl", "feed", "jsonfeed", "csv", "tsv". False: another name. */
bool ctl_format_parse(const char *name, enum ctl_format *out);

/*
 * The format of what begins with these bytes: XML by its "<"; JSON by its "{", a feed when the first line says so or is nothing else; a table when the first line
 * is a header that names a title, or, with @map (may be NULL), has a delimiter; else JSON lines. UNKNOWN: the first line is not complete
 * and more will come (@is_all false).
 */
enum ctl_format ctl_format_detect(const char *bytes, size_t length, bool is_all, const struct ctl_map *map);

#endif
