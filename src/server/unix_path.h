/*
 * unix_path.h - the file of a unix socket: taken only when nobody uses it, removed only while it is ours.
 *
 * The check for a daemon that answers and the replacement of a stale file happen under a lock on the directory, so that of two
 * daemons that start at once exactly one gets the path. No lock file is left behind. Nothing but sockets is ever removed.
 */
#ifndef HL_SERVER_UNIX_PATH_H
#define HL_SERVER_UNIX_PATH_H

#include <headlined/error.h>

#include <stdbool.h>
#include <sys/stat.h>

#define HL_UNIX_PATH_BYTES 108 /* with its NUL, as in struct sockaddr_un */

struct hl_unix_path {
    char path[HL_UNIX_PATH_BYTES];
    dev_t device;
    ino_t inode;
    bool bound;
};

/*
 * Makes a listening socket at @path with permissions @mode; *@out_fd is the caller's. HL_INVALID (not a socket, too long),
 * HL_UNAVAILABLE (somebody answers there), HL_IO. On error nothing has changed, but for a stale socket that may be gone.
 */
enum hl_status hl_unix_path_listen(struct hl_unix_path *self, const char *path, mode_t mode, int backlog, int *out_fd,
                                   struct hl_error *error);

/*
 * Removes the file if it is still the one that was made. Call it before closing the socket: as long as it is open, the
 * number of its inode is not used for another file.
 */
void hl_unix_path_release(struct hl_unix_path *self);

#endif
