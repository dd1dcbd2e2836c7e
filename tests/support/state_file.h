/*
 * state_file.h - a saved state in memory or in a file, for tests: sections one after the other, each with its kind and length before it.
 *
 *     kind, 4 bytes | length, 8 bytes | content | kind | ...      little-endian
 *
 * Begins all zero; state_file_clear frees.
 */
#ifndef HL_TESTS_SUPPORT_STATE_FILE_H
#define HL_TESTS_SUPPORT_STATE_FILE_H

#include <headlined/snapshot.h>

enum { STATE_FILE_HEAD_BYTES = 12 };

struct state_file {
    unsigned char *data; /* owned */
    size_t length, capacity;
    size_t head;    /* of the section being written */
    size_t at, end; /* what is unread of the section being read; the next begins at end */
    size_t budget;  /* bytes that may be written before the sink fails; 0: no limit */
};

/* Saves @engine in place of what was there. */
enum hl_status state_file_save(struct state_file *file, const hl_engine *engine, struct hl_error *error);

/* Loads an engine from it. */
enum hl_status state_file_load(struct state_file *file, const struct hl_engine_options *options, hl_engine **out,
                               struct hl_error *error);

/* Reads and writes whole files; false when that fails. */
bool state_file_read(struct state_file *file, const char *path);
bool state_file_write(const struct state_file *file, const char *path);

bool state_file_equal(const struct state_file *a, const struct state_file *b);
/* Where they differ first. */
size_t state_file_difference(const struct state_file *a, const struct state_file *b);

void state_file_clear(struct state_file *file);

#endif
