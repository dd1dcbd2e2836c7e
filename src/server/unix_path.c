/*
 * unix_path.c - the file of a unix socket (see unix_path.h).
 */
#include "server/unix_path.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { LOCK_TRIES = 100, LOCK_PAUSE_MS = 10 };

static enum hl_status io_error(struct hl_error *error, const char *what, const char *path)
{
    return hl_error_set(error, HL_IO, "socket", "cannot %s %.110s: %s", what, path, strerror(errno));
}

/* Waits for the lock a bounded time: another daemon holds it for a moment only, and anybody else must not stop us for good. */
static bool lock_with_patience(int fd)
{
    const struct timespec pause = {.tv_nsec = LOCK_PAUSE_MS * 1000000L};
    for (int tries = 0; tries < LOCK_TRIES; tries++) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            return true;
        if (errno != EWOULDBLOCK && errno != EINTR)
            return false;
        nanosleep(&pause, NULL);
    }
    return false;
}

/* Opens and locks the directory of @path; closing *@out_fd unlocks it. */
static enum hl_status lock_directory(const char *path, int *out_fd, struct hl_error *error)
{
    char directory[HL_UNIX_PATH_BYTES] = ".";
    const char *slash = strrchr(path, '/');
    if (slash) {
        size_t length = slash == path ? 1 : (size_t)(slash - path);
        memcpy(directory, path, length);
        directory[length] = '\0';
    }
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return io_error(error, "open the directory", directory);
    if (!lock_with_patience(fd)) {
        io_error(error, "lock the directory", directory);
        close(fd);
        return HL_IO;
    }
    *out_fd = fd;
    return HL_OK;
}

static int new_socket(void)
{
    return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/* HL_OK when nobody answers at @address. */
static enum hl_status probe(const struct sockaddr_un *address, struct hl_error *error)
{
    int fd = new_socket();
    if (fd < 0)
        return io_error(error, "make a socket for", address->sun_path);
    int result = connect(fd, (const struct sockaddr *)address, sizeof *address);
    int reason = errno;
    close(fd);
    if (result != 0 && (reason == ECONNREFUSED || reason == ENOENT))
        return HL_OK;
    if (result == 0 || reason == EAGAIN || reason == EINPROGRESS)
        return hl_error_set(error, HL_UNAVAILABLE, "socket",
                            "somebody answers on %.110s: is headlined running already?", address->sun_path);
    errno = reason;
    return io_error(error, "see who uses", address->sun_path);
}

/* Makes way at @address: nothing there, or a socket that nobody listens on any more. */
static enum hl_status clear_stale(const struct sockaddr_un *address, struct hl_error *error)
{
    struct stat status;
    if (lstat(address->sun_path, &status) != 0)
        return errno == ENOENT ? HL_OK : io_error(error, "look at", address->sun_path);
    if (!S_ISSOCK(status.st_mode))
        return hl_error_set(error, HL_INVALID, "socket",
                            "%.110s exists and is not a socket: move it or choose another path", address->sun_path);
    enum hl_status result = probe(address, error);
    if (result != HL_OK)
        return result;
    if (unlink(address->sun_path) != 0 && errno != ENOENT)
        return io_error(error, "remove the stale socket", address->sun_path);
    return HL_OK;
}

/* Permissions are set before listen, so that nobody can connect with looser ones. */
static enum hl_status bind_and_listen(struct hl_unix_path *self, int fd, const struct sockaddr_un *address, mode_t mode,
                                      int backlog, struct hl_error *error)
{
    if (bind(fd, (const struct sockaddr *)address, sizeof *address) != 0)
        return io_error(error, "bind", address->sun_path);
    struct stat status;
    if (chmod(address->sun_path, mode) != 0 || lstat(address->sun_path, &status) != 0 || listen(fd, backlog) != 0) {
        io_error(error, "listen on", address->sun_path);
        unlink(address->sun_path);
        return HL_IO;
    }
    memcpy(self->path, address->sun_path, sizeof self->path);
    self->device = status.st_dev;
    self->inode = status.st_ino;
    self->bound = true;
    return HL_OK;
}

enum hl_status hl_unix_path_listen(struct hl_unix_path *self, const char *path, mode_t mode, int backlog, int *out_fd,
                                   struct hl_error *error)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    _Static_assert(sizeof address.sun_path == HL_UNIX_PATH_BYTES, "room for the same paths");
    if (!path[0] || strlen(path) >= sizeof address.sun_path)
        return hl_error_set(error, HL_INVALID, "socket", "the path of a socket has 1 to %d bytes",
                            HL_UNIX_PATH_BYTES - 1);
    memcpy(address.sun_path, path, strlen(path)); /* the rest is NUL */
    int lock = -1;
    enum hl_status status = lock_directory(path, &lock, error);
    if (status != HL_OK)
        return status;
    int fd = -1;
    status = clear_stale(&address, error);
    if (status != HL_OK)
        goto after_lock;
    fd = new_socket();
    if (fd < 0) {
        status = io_error(error, "make a socket for", path);
        goto after_lock;
    }
    status = bind_and_listen(self, fd, &address, mode, backlog, error);
    if (status == HL_OK)
        *out_fd = fd;
    else
        close(fd);
after_lock:
    close(lock);
    return status;
}

void hl_unix_path_release(struct hl_unix_path *self)
{
    struct stat status;
    if (self->bound && lstat(self->path, &status) == 0 && S_ISSOCK(status.st_mode) && status.st_dev == self->device &&
        status.st_ino == self->inode)
        unlink(self->path);
    self->bound = false;
}
