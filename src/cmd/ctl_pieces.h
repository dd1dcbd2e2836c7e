/*
 * ctl_pieces.h - labelled files as pieces that a cross-validation can hold out in turn.
 *
 * Several files are a piece each, dealt to the folds in turn. A single file is clustered as a whole, since a thinner stream would be
 * another one, and only its scores are parted, into as many pieces as there are folds: a story belongs to a piece as a whole, and the
 * stories are dealt in the order of their middle rows, so that a piece is a stretch of the stream as far as its stories are.
 */
#ifndef HL_CMD_CTL_PIECES_H
#define HL_CMD_CTL_PIECES_H

#include "cmd/ctl_rows.h"

struct ctl_piece {
    const char *path;   /* of its file; borrowed */
    size_t file;        /* index into files */
    size_t part, parts; /* which piece of how many of its file, from 0 */
    size_t headlines;   /* labelled */
};

struct ctl_pieces {
    struct ctl_rows *files;   /* owned; [file_count] */
    struct ctl_piece *pieces; /* owned; those of a file stand together */
    size_t *fold;             /* owned; of each piece */
    size_t *part_of_row;      /* owned; of a single file; NULL: every file is one piece */
    size_t file_count, count, folds;
};

/*
 * Reads the files at @paths (borrowed) into *@out, in at most @folds folds (at least 2). HL_INVALID: a file without a label, or a single
 * one with fewer than two stories; else as ctl_rows_read. On error *@out is cleared.
 */
enum hl_status ctl_pieces_read(struct ctl_pieces *out, char **paths, size_t count, size_t folds,
                               struct hl_error *error);
void ctl_pieces_clear(struct ctl_pieces *pieces);

#endif
