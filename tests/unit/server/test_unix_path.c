/*
 * test_unix_path.c - who may take the path of a unix socket, and what is removed.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "server/unix_path.h"

struct place {
    char folder[64];
    char path[96];
};

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    if (!place)
        return -1;
    strcpy(place->folder, "/tmp/headlined-unit-XXXXXX");
    if (!mkdtemp(place->folder)) {
        free(place);
        return -1;
    }
    snprintf(place->path, sizeof place->path, "%s/socket", place->folder);
    *state = place;
    return 0;
}

/* Fails when a test has left a file behind. */
static int tear_down(void **state)
{
    struct place *place = *state;
    int result = rmdir(place->folder);
    free(place);
    return result;
}

static bool connects(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    bool connected = connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
    close(fd);
    return connected;
}

static int listen_at(struct hl_unix_path *self, const char *path)
{
    int fd = -1;
    struct hl_error error = {.status = HL_OK};
    enum hl_status status = hl_unix_path_listen(self, path, 0660, 8, &fd, &error);
    assert_string_equal(error.message, "");
    assert_int_equal(status, HL_OK);
    assert_true(fd >= 0);
    return fd;
}

static void expect_refusal(const char *path, enum hl_status expected, const char *reason)
{
    struct hl_unix_path self = {.bound = false};
    struct hl_error error;
    int fd = -7;
    assert_int_equal(hl_unix_path_listen(&self, path, 0660, 8, &fd, &error), expected);
    assert_non_null(strstr(error.message, reason));
    assert_string_equal(error.field, "socket");
    assert_int_equal(fd, -7);
    assert_false(self.bound);
    hl_unix_path_release(&self); /* harmless */
}

static void fresh_path_is_taken_and_given_back(void **state)
{
    const struct place *place = *state;
    struct hl_unix_path self = {.bound = false};
    mode_t mask = umask(0077);
    int fd = listen_at(&self, place->path);
    umask(mask);
    struct stat status;
    assert_int_equal(lstat(place->path, &status), 0);
    assert_true(S_ISSOCK(status.st_mode));
    assert_int_equal(status.st_mode & 0777, 0660); /* whatever the mask */
    assert_true(connects(place->path));
    hl_unix_path_release(&self);
    assert_int_equal(lstat(place->path, &status), -1);
    hl_unix_path_release(&self);
    close(fd);
}

static void path_in_use_is_refused(void **state)
{
    const struct place *place = *state;
    struct hl_unix_path self = {.bound = false};
    int fd = listen_at(&self, place->path);
    expect_refusal(place->path, HL_UNAVAILABLE, "running already");
    assert_true(connects(place->path));
    hl_unix_path_release(&self);
    close(fd);
}

/* A listener whose queue is full does not answer, but it is there. */
static void busy_listener_is_not_stale(void **state)
{
    const struct place *place = *state;
    struct hl_unix_path self = {.bound = false};
    int fd = -1, clients[8], count = 0;
    assert_int_equal(hl_unix_path_listen(&self, place->path, 0660, 0, &fd, NULL), HL_OK);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path, place->path);
    for (; count < 8; count++) {
        clients[count] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
        if (connect(clients[count], (struct sockaddr *)&address, sizeof address) != 0)
            break;
    }
    assert_in_range(count, 1, 7); /* the queue is full now */
    expect_refusal(place->path, HL_UNAVAILABLE, "running already");
    for (int i = 0; i <= count; i++)
        close(clients[i]);
    hl_unix_path_release(&self);
    close(fd);
}

static void stale_socket_is_replaced(void **state)
{
    const struct place *place = *state;
    struct hl_unix_path dead = {.bound = false}, alive = {.bound = false};
    int dead_fd = listen_at(&dead, place->path);
    assert_int_equal(shutdown(dead_fd, SHUT_RDWR), 0); /* refuses connections, as after the end of its process */
    int fd = listen_at(&alive, place->path);
    assert_true(connects(place->path));
    hl_unix_path_release(&dead); /* not its file any more */
    assert_true(connects(place->path));
    hl_unix_path_release(&alive);
    assert_false(connects(place->path));
    close(fd);
    close(dead_fd);
    close(listen_at(&dead, place->path)); /* really ended, without a release */
    fd = listen_at(&alive, place->path);
    assert_true(connects(place->path));
    hl_unix_path_release(&alive);
    close(fd);
}

static void other_files_are_left_alone(void **state)
{
    const struct place *place = *state;
    int file = open(place->path, O_CREAT | O_WRONLY, 0600);
    assert_true(file >= 0);
    close(file);
    expect_refusal(place->path, HL_INVALID, "is not a socket");
    char link[128];
    snprintf(link, sizeof link, "%s/link", place->folder);
    assert_int_equal(symlink(place->path, link), 0);
    expect_refusal(link, HL_INVALID, "is not a socket");
    expect_refusal(place->folder, HL_INVALID, "is not a socket");
    assert_int_equal(unlink(link), 0);
    assert_int_equal(unlink(place->path), 0);
    struct hl_unix_path self = {.bound = false};
    int fd = listen_at(&self, place->path);
    assert_int_equal(unlink(place->path), 0);
    file = open(place->path, O_CREAT | O_WRONLY, 0600);
    hl_unix_path_release(&self);
    assert_int_equal(unlink(place->path), 0); /* it was still there */
    close(file);
    close(fd);
}

/* Whoever holds the directory's lock for good keeps the daemon from starting, but not from saying so. */
static void locked_directory_is_refused_in_the_end(void **state)
{
    const struct place *place = *state;
    int fd = open(place->folder, O_RDONLY | O_DIRECTORY);
    assert_true(fd >= 0);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    expect_refusal(place->path, HL_IO, "cannot lock the directory");
    close(fd);
}

static void impossible_paths_are_refused(void **state)
{
    const struct place *place = *state;
    char path[160];
    snprintf(path, sizeof path, "%s/none/socket", place->folder);
    expect_refusal(path, HL_IO, "No such file or directory");
    memset(path, 'x', sizeof path);
    path[HL_UNIX_PATH_BYTES] = '\0';
    expect_refusal(path, HL_INVALID, "has 1 to 107 bytes");
    expect_refusal("", HL_INVALID, "has 1 to 107 bytes");
}

#define PLACED(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLACED(fresh_path_is_taken_and_given_back),
        PLACED(path_in_use_is_refused),
        PLACED(busy_listener_is_not_stale),
        PLACED(stale_socket_is_replaced),
        PLACED(other_files_are_left_alone),
        PLACED(impossible_paths_are_refused),
        PLACED(locked_directory_is_refused_in_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
