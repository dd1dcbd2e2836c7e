/*
 * ctl_pairs.h - files of labelled pairs of titles: what eval-pairs reads.
 *
 * A line is "label TAB title TAB title" (further columns are passed over) or a JSON object with "label", "a" and "b". The label is a
 * number: how well the two could stand for each other. Lines that begin with "#" are comments.
 */
#ifndef HL_CMD_CTL_PAIRS_H
#define HL_CMD_CTL_PAIRS_H

#include <headlined/engine.h>

struct ctl_pair {
    double label;
    struct hl_text a, b; /* into text */
    char *text;          /* owned */
};

struct ctl_pairs {
    struct ctl_pair *pairs; /* owned */
    size_t count, capacity;
    uint64_t rejected; /* lines that are no pairs; the first few were complained about */
};

/*
 * Reads @path ("-": standard input; plain or gzip) and appends its pairs to @pairs (all zero at first). Errors as in ctl_input.h; what was
 * read before stays.
 */
enum hl_status ctl_pairs_read(struct ctl_pairs *pairs, const char *path, struct hl_error *error);
void ctl_pairs_clear(struct ctl_pairs *pairs);

/* Reads the whole of @text as a finite number. */
bool ctl_number_parse(const char *text, double *out);

#endif
