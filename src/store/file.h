/*
 * file.h - the files of one directory: every operation on the disk that the store makes, so that tests can stand between.
 *
 * struct hl_files is a table of operations and what they work on. The real one is hl_files_open_posix; the tests have one that
 * remembers each operation, fails the N-th and loses what a power cut would lose. Names are names in that directory, without "/".
 *
 * The operations of the table answer a negative errno and may be interrupted or do a part only. The functions below repeat
 * and complete them and turn the number into an hl_status, once:
 *   HL_NOT_FOUND    there is no such file
 *   HL_UNAVAILABLE  the disk is full (also quota), or another process holds the lock
 *   HL_IO           everything else
 * with the path and the reason in the error. Any thread, as long as no two use one struct hl_file at once.
 */
#ifndef HL_STORE_FILE_H
#define HL_STORE_FILE_H

#include <headlined/error.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HL_FILE_NAME_BYTES 80   /* with the NUL */
#define HL_FILES_PATH_BYTES 256 /* with the NUL */

enum hl_file_mode {
    HL_FILE_READ,   /* an existing file, for reading */
    HL_FILE_UPDATE, /* an existing file, for reading and writing */
    HL_FILE_CREATE, /* a new file, for reading and writing; an error when the name is taken */
    HL_FILE_ENSURE  /* for reading and writing; made when it is not there */
};

typedef void hl_files_visit(void *context, const char *name);

/* Each but list_end and destroy returns 0 or more, or a negative errno. @file is what open returned. */
struct hl_files_ops {
    int (*open)(void *context, const char *name, enum hl_file_mode mode);
    int (*close)(void *context, int file);
    int64_t (*read_at)(void *context, int file, void *to, size_t bytes, uint64_t offset); /* 0: the end of the file */
    int64_t (*write_at)(void *context, int file, const void *from, size_t bytes, uint64_t offset);
    int64_t (*size)(void *context, int file);
    int (*truncate)(void *context, int file, uint64_t bytes);
    int (*sync)(void *context, int file);      /* fsync */
    int (*sync_data)(void *context, int file); /* fdatasync */
    int (*lock)(void *context, int file);      /* exclusive, at once or -EWOULDBLOCK; closing unlocks */
    int (*rename)(void *context, const char *from, const char *to);
    int (*remove)(void *context, const char *name);
    int (*sync_directory)(void *context);
    int (*list)(void *context, hl_files_visit *visit, void *visit_context);
    void (*destroy)(void *context);
};

struct hl_files {
    const struct hl_files_ops *ops; /* constant */
    void *context;                  /* owned through ops->destroy */
    char path[HL_FILES_PATH_BYTES]; /* of the directory, for messages */
};

struct hl_file {
    struct hl_files *files; /* borrowed; must not move while the file is open */
    int handle;             /* -1: not open */
    char name[HL_FILE_NAME_BYTES];
};

/*
 * The directory @path (copied); with @create it is made, with mode 0700, when it is not there, and its parent is synced. HL_INVALID:
 * the path is too long; HL_NO_MEMORY. *@out is written on success only, then give it back with hl_files_close.
 */
enum hl_status hl_files_open_posix(const char *path, bool create, struct hl_files *out, struct hl_error *error);
void hl_files_close(struct hl_files *files);

enum hl_status hl_files_rename(struct hl_files *files, const char *from, const char *to, struct hl_error *error);
enum hl_status hl_files_remove(struct hl_files *files, const char *name, struct hl_error *error);
/* Makes renames, removals and new names durable. */
enum hl_status hl_files_sync_directory(struct hl_files *files, struct hl_error *error);
/* Calls @visit for each file, in no order. */
enum hl_status hl_files_list(struct hl_files *files, hl_files_visit *visit, void *context, struct hl_error *error);

/* On failure @out is closed (handle -1). */
enum hl_status hl_file_open(struct hl_files *files, const char *name, enum hl_file_mode mode, struct hl_file *out,
                            struct hl_error *error);
/* With HL_FILE_CREATE. What has that name goes before: an earlier attempt left it, and its bytes are not to be trusted. */
enum hl_status hl_file_create_anew(struct hl_files *files, const char *name, struct hl_file *out,
                                   struct hl_error *error);
/* Does nothing to a closed file. The file is closed afterwards in any case. */
enum hl_status hl_file_close(struct hl_file *file, struct hl_error *error);
/* *@out_bytes is less than @bytes at the end of the file only. */
enum hl_status hl_file_read(struct hl_file *file, void *to, size_t bytes, uint64_t offset, size_t *out_bytes,
                            struct hl_error *error);
/* All of it, or an error; then any part may have been written. */
enum hl_status hl_file_write(struct hl_file *file, const void *from, size_t bytes, uint64_t offset,
                             struct hl_error *error);
enum hl_status hl_file_size(struct hl_file *file, uint64_t *out_bytes, struct hl_error *error);
enum hl_status hl_file_truncate(struct hl_file *file, uint64_t bytes, struct hl_error *error);
/* After a failure of one of these nobody knows what is on disk: see journal_writer.c. */
enum hl_status hl_file_sync(struct hl_file *file, struct hl_error *error);
enum hl_status hl_file_sync_data(struct hl_file *file, struct hl_error *error);
/* HL_UNAVAILABLE when somebody else has it. */
enum hl_status hl_file_lock(struct hl_file *file, struct hl_error *error);

/*
 * Gives a finished temporary file its name for good: syncs it, renames it (over what has that name), syncs the directory. It stays
 * open, under its new name. On failure it depends on the disk which of the two names it has after a power cut; what had the name
 * before is there or replaced whole.
 */
enum hl_status hl_file_publish(struct hl_file *file, const char *name, struct hl_error *error);

#endif
