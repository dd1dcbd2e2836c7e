/*
 * directory.h - the state directory: its lock, its identity, and the names of what lies in it.
 *
 *     lock                            held (flock) by the daemon or tool that writes; empty
 *     store                           magic, version, the store's random id, checksum: 40 bytes
 *     journal-NNNNNNNNNNNNNNNNNNNN.hlj   a segment of the journal, by the sequence number of its first record
 *     snapshot-NNNNNNNNNNNNNNNNNNNN.hls  a snapshot, by the last sequence number in it
 *     *.tmp                           unfinished; removed when the directory is opened for writing
 *     cut-*                           what a repair has set aside; never read, for a person to look at
 *
 * Every segment and snapshot holds the store's id, so that a file of another store is refused. One thread at a time, except that
 * a snapshot may be written while the journal works.
 */
#ifndef HL_STORE_DIRECTORY_H
#define HL_STORE_DIRECTORY_H

#include "store/file.h"

#define HL_STORE_ID_BYTES 16

enum hl_directory_mode {
    HL_DIRECTORY_CREATE, /* made when it is not there; locked */
    HL_DIRECTORY_WRITE,  /* must be there; locked */
    HL_DIRECTORY_READ    /* must be there; nothing is changed or locked: a daemon may be at work in it */
};

struct hl_directory {
    struct hl_files files;
    struct hl_file lock; /* closed in HL_DIRECTORY_READ */
    unsigned char id[HL_STORE_ID_BYTES];
    uint32_t orphans_removed; /* unfinished files found at opening */
};

struct hl_directory_listing {
    uint64_t *segments; /* owned; first sequence numbers, ascending */
    size_t segment_count;
    uint64_t *snapshots; /* owned; last sequence numbers, ascending */
    size_t snapshot_count;
};

/*
 * Opens the state directory @path. HL_UNAVAILABLE: another process has it, or the disk is full; HL_NOT_FOUND: not there;
 * HL_CORRUPT: the file "store" is damaged, missing beside data, or of another version; HL_IO. *@out is written on success only and
 * must not move until hl_directory_close.
 */
enum hl_status hl_directory_open(const char *path, enum hl_directory_mode mode, struct hl_directory *out,
                                 struct hl_error *error);

/* The same on any files (tests). Takes @files, on failure too. */
enum hl_status hl_directory_open_files(struct hl_files files, enum hl_directory_mode mode, struct hl_directory *out,
                                       struct hl_error *error);

/* Unlocks. Logs and snapshots of it must have been closed. */
void hl_directory_close(struct hl_directory *directory);

/* What is there now. Clear *@out afterwards, on success. HL_IO, HL_NO_MEMORY. */
enum hl_status hl_directory_list(struct hl_directory *directory, struct hl_directory_listing *out,
                                 struct hl_error *error);
void hl_directory_listing_clear(struct hl_directory_listing *listing);

/* The file names; with @temporary those while unfinished. */
void hl_directory_segment_name(char out[HL_FILE_NAME_BYTES], uint64_t first_seq, bool temporary);
void hl_directory_snapshot_name(char out[HL_FILE_NAME_BYTES], uint64_t last_seq, bool temporary);

#endif
