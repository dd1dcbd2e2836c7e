/*
 * file.c - operations on files made whole: repeated when interrupted or partial, errors put into words (see file.h).
 */
#include "store/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static enum hl_status failed(const struct hl_files *files, const char *what, const char *name, int64_t answer,
                             struct hl_error *error)
{
    int number = (int)-answer;
    enum hl_status status = number == ENOENT                                           ? HL_NOT_FOUND
                            : number == ENOSPC || number == EDQUOT || number == EAGAIN ? HL_UNAVAILABLE
                                                                                       : HL_IO;
    return hl_error_set(error, status, NULL, "cannot %s %s/%s: %s", what, files->path, name, strerror(number));
}

static enum hl_status checked(const struct hl_files *files, const char *what, const char *name, int64_t answer,
                              struct hl_error *error)
{
    return answer < 0 ? failed(files, what, name, answer, error) : HL_OK;
}

void hl_files_close(struct hl_files *files)
{
    if (files->ops != NULL)
        files->ops->destroy(files->context);
    *files = (struct hl_files){0};
}

enum hl_status hl_files_rename(struct hl_files *files, const char *from, const char *to, struct hl_error *error)
{
    int answer;
    while ((answer = files->ops->rename(files->context, from, to)) == -EINTR)
        ;
    return checked(files, "rename", from, answer, error);
}

enum hl_status hl_files_remove(struct hl_files *files, const char *name, struct hl_error *error)
{
    int answer;
    while ((answer = files->ops->remove(files->context, name)) == -EINTR)
        ;
    return checked(files, "remove", name, answer, error);
}

enum hl_status hl_files_sync_directory(struct hl_files *files, struct hl_error *error)
{
    int answer;
    while ((answer = files->ops->sync_directory(files->context)) == -EINTR)
        ;
    return checked(files, "sync the directory of", "*", answer, error);
}

enum hl_status hl_files_list(struct hl_files *files, hl_files_visit *visit, void *context, struct hl_error *error)
{
    return checked(files, "list", "*", files->ops->list(files->context, visit, context), error);
}

enum hl_status hl_file_open(struct hl_files *files, const char *name, enum hl_file_mode mode, struct hl_file *out,
                            struct hl_error *error)
{
    out->files = files;
    (void)snprintf(out->name, sizeof(out->name), "%s", name);
    while ((out->handle = files->ops->open(files->context, name, mode)) == -EINTR)
        ;
    if (out->handle >= 0)
        return HL_OK;
    enum hl_status status = failed(files, mode == HL_FILE_CREATE ? "create" : "open", name, out->handle, error);
    out->handle = -1;
    return status;
}

enum hl_status hl_file_create_anew(struct hl_files *files, const char *name, struct hl_file *out,
                                   struct hl_error *error)
{
    struct hl_error why;
    enum hl_status status = hl_files_remove(files, name, &why);
    if (status == HL_OK || status == HL_NOT_FOUND)
        return hl_file_open(files, name, HL_FILE_CREATE, out, error);
    out->handle = -1;
    if (error != NULL)
        *error = why;
    return status;
}

enum hl_status hl_file_close(struct hl_file *file, struct hl_error *error)
{
    if (file->handle < 0)
        return HL_OK;
    int answer = file->files->ops->close(file->files->context, file->handle);
    file->handle = -1;
    if (answer == -EINTR) /* closed all the same */
        answer = 0;
    return checked(file->files, "close", file->name, answer, error);
}

enum hl_status hl_file_read(struct hl_file *file, void *to, size_t bytes, uint64_t offset, size_t *out_bytes,
                            struct hl_error *error)
{
    size_t done = 0;
    while (done < bytes) {
        int64_t answer = file->files->ops->read_at(file->files->context, file->handle, (unsigned char *)to + done,
                                                   bytes - done, offset + done);
        if (answer == 0)
            break;
        if (answer > 0)
            done += (size_t)answer;
        else if (answer != -EINTR)
            return failed(file->files, "read", file->name, answer, error);
    }
    *out_bytes = done;
    return HL_OK;
}

enum hl_status hl_file_write(struct hl_file *file, const void *from, size_t bytes, uint64_t offset,
                             struct hl_error *error)
{
    size_t done = 0;
    while (done < bytes) {
        int64_t answer = file->files->ops->write_at(file->files->context, file->handle,
                                                    (const unsigned char *)from + done, bytes - done, offset + done);
        if (answer == 0) /* the disk takes nothing and does not say why */
            answer = -EIO;
        if (answer > 0)
            done += (size_t)answer;
        else if (answer != -EINTR)
            return failed(file->files, "write", file->name, answer, error);
    }
    return HL_OK;
}

enum hl_status hl_file_size(struct hl_file *file, uint64_t *out_bytes, struct hl_error *error)
{
    int64_t answer = file->files->ops->size(file->files->context, file->handle);
    if (answer >= 0)
        *out_bytes = (uint64_t)answer;
    return checked(file->files, "look at", file->name, answer, error);
}

enum hl_status hl_file_truncate(struct hl_file *file, uint64_t bytes, struct hl_error *error)
{
    int answer;
    while ((answer = file->files->ops->truncate(file->files->context, file->handle, bytes)) == -EINTR)
        ;
    return checked(file->files, "cut", file->name, answer, error);
}

enum hl_status hl_file_sync(struct hl_file *file, struct hl_error *error)
{
    int answer;
    while ((answer = file->files->ops->sync(file->files->context, file->handle)) == -EINTR)
        ;
    return checked(file->files, "sync", file->name, answer, error);
}

enum hl_status hl_file_sync_data(struct hl_file *file, struct hl_error *error)
{
    int answer;
    while ((answer = file->files->ops->sync_data(file->files->context, file->handle)) == -EINTR)
        ;
    return checked(file->files, "sync", file->name, answer, error);
}

enum hl_status hl_file_lock(struct hl_file *file, struct hl_error *error)
{
    int answer;
    while ((answer = file->files->ops->lock(file->files->context, file->handle)) == -EINTR)
        ;
    if (answer == -EWOULDBLOCK)
        return hl_error_set(error, HL_UNAVAILABLE, NULL, "%s is in use by another process", file->files->path);
    return checked(file->files, "lock", file->name, answer, error);
}

enum hl_status hl_file_publish(struct hl_file *file, const char *name, struct hl_error *error)
{
    enum hl_status status = hl_file_sync(file, error);
    if (status == HL_OK)
        status = hl_files_rename(file->files, file->name, name, error);
    if (status != HL_OK)
        return status;
    (void)snprintf(file->name, sizeof(file->name), "%s", name);
    return hl_files_sync_directory(file->files, error);
}
