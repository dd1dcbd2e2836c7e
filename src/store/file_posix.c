/*
 * file_posix.c - the real files of a directory, by openat and its kin (see file.h).
 */
#include "store/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

/* The context of the table: a descriptor of the directory. */
static int folder(void *context)
{
    return *(const int *)context;
}

static int answer_of(int result)
{
    return result < 0 ? -errno : result;
}

static int posix_open(void *context, const char *name, enum hl_file_mode mode)
{
    static const int flags[] = {
        [HL_FILE_READ] = O_RDONLY,
        [HL_FILE_UPDATE] = O_RDWR,
        [HL_FILE_CREATE] = O_RDWR | O_CREAT | O_EXCL,
        [HL_FILE_ENSURE] = O_RDWR | O_CREAT,
    };
    return answer_of(openat(folder(context), name, flags[mode] | O_CLOEXEC | O_NOFOLLOW, 0600));
}

static int posix_close(void *context, int file)
{
    (void)context;
    return answer_of(close(file));
}

static int64_t posix_read_at(void *context, int file, void *to, size_t bytes, uint64_t offset)
{
    (void)context;
    ssize_t got = pread(file, to, bytes, (off_t)offset);
    return got < 0 ? -errno : got;
}

static int64_t posix_write_at(void *context, int file, const void *from, size_t bytes, uint64_t offset)
{
    (void)context;
    ssize_t put = pwrite(file, from, bytes, (off_t)offset);
    return put < 0 ? -errno : put;
}

static int64_t posix_size(void *context, int file)
{
    (void)context;
    struct stat info;
    return fstat(file, &info) < 0 ? -errno : (int64_t)info.st_size;
}

static int posix_truncate(void *context, int file, uint64_t bytes)
{
    (void)context;
    return answer_of(ftruncate(file, (off_t)bytes));
}

static int posix_sync(void *context, int file)
{
    (void)context;
    return answer_of(fsync(file));
}

static int posix_sync_data(void *context, int file)
{
    (void)context;
    return answer_of(fdatasync(file));
}

static int posix_lock(void *context, int file)
{
    (void)context;
    return answer_of(flock(file, LOCK_EX | LOCK_NB));
}

static int posix_rename(void *context, const char *from, const char *to)
{
    return answer_of(renameat(folder(context), from, folder(context), to));
}

static int posix_remove(void *context, const char *name)
{
    return answer_of(unlinkat(folder(context), name, 0));
}

static int posix_sync_directory(void *context)
{
    return answer_of(fsync(folder(context)));
}

/* The descriptor's own position is not used: fdopendir would take it over. */
static int posix_list(void *context, hl_files_visit *visit, void *visit_context)
{
    int again = openat(folder(context), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (again < 0)
        return -errno;
    DIR *stream = fdopendir(again);
    if (stream == NULL) {
        int number = errno;
        close(again);
        return -number;
    }
    errno = 0;
    for (struct dirent *entry; (entry = readdir(stream)) != NULL; errno = 0) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            visit(visit_context, entry->d_name);
    }
    int number = errno;
    closedir(stream);
    return -number;
}

static void posix_destroy(void *context)
{
    close(folder(context));
    free(context);
}

static enum hl_status refuse(const char *what, const char *path, struct hl_error *error)
{
    enum hl_status status = errno == ENOENT ? HL_NOT_FOUND : HL_IO;
    return hl_error_set(error, status, NULL, "cannot %s the directory %.120s: %s", what, path, strerror(errno));
}

/* The name of a new directory is durable once the directory that holds it is synced. */
static int sync_parent(int directory)
{
    int parent = openat(directory, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (parent < 0)
        return -1;
    int result = fsync(parent);
    close(parent);
    return result;
}

enum hl_status hl_files_open_posix(const char *path, bool create, struct hl_files *out, struct hl_error *error)
{
    static const struct hl_files_ops ops = {
        posix_open,     posix_close,          posix_read_at,   posix_write_at, posix_size,
        posix_truncate, posix_sync,           posix_sync_data, posix_lock,     posix_rename,
        posix_remove,   posix_sync_directory, posix_list,      posix_destroy,
    };
    if (strlen(path) >= sizeof(out->path))
        return hl_error_set(error, HL_INVALID, NULL, "the path of a state directory is at most %zu bytes long",
                            sizeof(out->path) - 1);
    bool made = create && mkdir(path, 0700) == 0;
    if (create && !made && errno != EEXIST)
        return refuse("make", path, error);
    int *directory = malloc(sizeof(*directory));
    if (directory == NULL)
        return hl_error_set(error, HL_NO_MEMORY, NULL, "no memory to open a directory");
    enum hl_status status = HL_OK;
    *directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*directory < 0) {
        status = refuse("open", path, error);
        goto opening_failed;
    }
    if (made && sync_parent(*directory) < 0) {
        status = refuse("sync the parent of", path, error);
        goto sync_failed;
    }
    out->ops = &ops;
    out->context = directory;
    (void)snprintf(out->path, sizeof(out->path), "%s", path);
    return HL_OK;
sync_failed:
    close(*directory);
opening_failed:
    free(directory);
    return status;
}
