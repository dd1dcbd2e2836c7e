/*
 * ctl_rows.h - a whole file of headlines in memory, for the commands and the benchmark that run the engine themselves.
 */
#ifndef HL_CMD_CTL_ROWS_H
#define HL_CMD_CTL_ROWS_H

#include <headlined/engine.h>

struct ctl_row {
    struct hl_headline headline; /* its id empty; published as clock_ms */
    struct hl_text id;           /* as in the file; the number of its line when it has none */
    struct hl_text label;        /* "story", a string or a whole number; length 0 when there is none */
    int64_t clock_ms;            /* ts, else published; HL_TIME_NONE */
    uint64_t line_number;
    char *text; /* owned: what all of the above points to */
};

struct ctl_rows {
    struct ctl_row *rows; /* owned */
    size_t count, capacity;
    uint64_t rejected; /* lines that are no headlines; the first few were complained about */
};

/*
 * Reads @path ("-": standard input; plain or gzip) and appends its headlines to @rows (all zero at first). Errors as in ctl_input.h;
 * what was read before stays.
 */
enum hl_status ctl_rows_read(struct ctl_rows *rows, const char *path, struct hl_error *error);
void ctl_rows_clear(struct ctl_rows *rows);

/* Puts the rows into an order that depends on @seed alone, and drops their times, which would run backwards. */
void ctl_rows_shuffle(struct ctl_rows *rows, uint64_t seed);

#endif
