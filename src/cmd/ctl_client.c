/*
 * ctl_client.c - connecting, sending, receiving and single calls (see ctl_client.h).
 */
#include "cmd/ctl_client.h"

#include "support/address.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { CONNECT_TIMEOUT_MS = 5000, RECEIVE_BYTES = 64 * 1024 };
#define ANSWER_MAX_BYTES ((size_t)64 << 20) /* the daemon cuts answers at about 1 MiB: more is not the daemon */

void ctl_client_init(struct ctl_client *client)
{
    client->descriptor = -1;
    hl_framer_init(&client->framer, ANSWER_MAX_BYTES);
}

void ctl_client_close(struct ctl_client *client)
{
    if (client->descriptor >= 0)
        close(client->descriptor);
    hl_framer_clear(&client->framer);
    ctl_client_init(client);
}

/* ---- connecting --------------------------------------------------------------------------------------------------- */

/* Waits for @events until the monotonic time @deadline_ms; false when it passed or poll failed. */
static bool wait_for(int descriptor, short events, int64_t deadline_ms)
{
    for (;;) {
        int64_t left = deadline_ms - ctl_monotonic_ms();
        if (left < 0)
            return false;
        struct pollfd item = {.fd = descriptor, .events = events};
        int ready = poll(&item, 1, left > INT32_MAX ? INT32_MAX : (int)left);
        if (ready > 0)
            return true;
        if (ready < 0 && errno != EINTR)
            return false;
    }
}

/* 0 or an errno. The descriptor stays the caller's. */
static int finish_connect(int descriptor, const struct sockaddr *address, socklen_t length)
{
    int flags = fcntl(descriptor, F_GETFL);
    if (flags < 0 || fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) < 0 || fcntl(descriptor, F_SETFD, FD_CLOEXEC) < 0)
        return errno;
    if (connect(descriptor, address, length) == 0)
        return 0;
    if (errno != EINPROGRESS)
        return errno;
    if (!wait_for(descriptor, POLLOUT, ctl_monotonic_ms() + CONNECT_TIMEOUT_MS))
        return ETIMEDOUT;
    int problem = 0;
    socklen_t size = sizeof problem;
    return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &problem, &size) == 0 ? problem : errno;
}

/* *@out gets a connected descriptor; else an errno comes back. */
static int open_connected(int family, const struct sockaddr *address, socklen_t length, int *out)
{
    int descriptor = socket(family, SOCK_STREAM, 0);
    if (descriptor < 0)
        return errno;
    int problem = finish_connect(descriptor, address, length);
    if (problem != 0)
        close(descriptor);
    else
        *out = descriptor;
    return problem;
}

static enum hl_status connect_socket(struct ctl_client *client, const char *path, struct hl_error *error)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path)
        return hl_error_set(error, HL_INVALID, "socket", "the path of the socket is too long: at most %zu bytes",
                            sizeof address.sun_path - 1);
    memcpy(address.sun_path, path, strlen(path));
    int problem = open_connected(AF_UNIX, (const struct sockaddr *)&address, sizeof address, &client->descriptor);
    if (problem != 0)
        return hl_error_set(error, HL_UNAVAILABLE, "socket", "cannot connect to %.107s: %s", path, strerror(problem));
    return HL_OK;
}

static enum hl_status connect_server(struct ctl_client *client, const char *server, struct hl_error *error)
{
    struct hl_address address;
    enum hl_status status = hl_address_parse(server, &address, error);
    if (status != HL_OK)
        return status;
    char port[8];
    snprintf(port, sizeof port, "%u", address.port);
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *found = NULL;
    int unknown = getaddrinfo(address.host, port, &hints, &found);
    if (unknown != 0)
        return hl_error_set(error, HL_UNAVAILABLE, "server", "cannot connect to %.100s: %s", server,
                            gai_strerror(unknown));
    int problem = EHOSTUNREACH;
    for (const struct addrinfo *at = found; at && problem != 0; at = at->ai_next)
        problem = open_connected(at->ai_family, at->ai_addr, at->ai_addrlen, &client->descriptor);
    freeaddrinfo(found);
    if (problem != 0)
        return hl_error_set(error, HL_UNAVAILABLE, "server", "cannot connect to %.100s: %s", server, strerror(problem));
    return HL_OK;
}

static enum hl_status connect_default(struct ctl_client *client, struct hl_error *error)
{
    char path[HL_ADDRESS_SOCKET_BYTES];
    struct hl_error by_socket;
    enum hl_status status =
        hl_address_default_socket((unsigned long)geteuid(), getenv("XDG_RUNTIME_DIR"), path, &by_socket);
    if (status == HL_OK)
        status = connect_socket(client, path, &by_socket);
    if (status == HL_OK || connect_server(client, HL_ADDRESS_DEFAULT_TCP, NULL) == HL_OK)
        return HL_OK;
    return hl_error_set(error, HL_UNAVAILABLE, "socket",
                        "%.120s, nor to %s: is headlined running? (--socket, --server)", by_socket.message,
                        HL_ADDRESS_DEFAULT_TCP);
}

enum hl_status ctl_client_connect(struct ctl_client *client, const struct ctl *ctl, struct hl_error *error)
{
    if (ctl->socket && ctl->server)
        return hl_error_set(error, HL_INVALID, "socket", "give --socket or --server, not both");
    if (ctl->socket)
        return connect_socket(client, ctl->socket, error);
    if (ctl->server)
        return connect_server(client, ctl->server, error);
    return connect_default(client, error);
}

/* ---- bytes -------------------------------------------------------------------------------------------------------- */

static bool would_block(int problem)
{
    return problem == EAGAIN || problem == EWOULDBLOCK || problem == EINTR;
}

enum hl_status ctl_client_send(struct ctl_client *client, const char *data, size_t length, size_t *sent,
                               struct hl_error *error)
{
    ssize_t wrote = send(client->descriptor, data, length, MSG_NOSIGNAL);
    *sent = wrote > 0 ? (size_t)wrote : 0;
    if (wrote >= 0 || would_block(errno))
        return HL_OK;
    return hl_error_set(error, HL_UNAVAILABLE, NULL, "the connection to the daemon is lost: %s", strerror(errno));
}

enum hl_status ctl_client_receive(struct ctl_client *client, struct hl_error *error)
{
    char *room;
    size_t bytes;
    if (!hl_framer_prepare(&client->framer, RECEIVE_BYTES, &room, &bytes))
        return hl_error_set(error, HL_NO_MEMORY, NULL, "out of memory");
    ssize_t got = recv(client->descriptor, room, bytes, 0);
    if (got > 0)
        hl_framer_commit(&client->framer, (size_t)got);
    if (got > 0 || (got < 0 && would_block(errno)))
        return HL_OK;
    return hl_error_set(error, HL_UNAVAILABLE, NULL, "the connection to the daemon is lost: %s",
                        got == 0 ? "it was closed" : strerror(errno));
}

bool ctl_client_line(struct ctl_client *client, const char **line, size_t *length)
{
    return hl_framer_next(&client->framer, line, length) == HL_FRAME_LINE;
}

/* ---- calls -------------------------------------------------------------------------------------------------------- */

static int append_bytes(const char *data, size_t length, void *context)
{
    return hl_buffer_append(context, data, length) ? 0 : -1;
}

void ctl_json_append(struct hl_buffer *out, const json_t *value)
{
    if (json_dump_callback(value, append_bytes, out, JSON_COMPACT | JSON_ENCODE_ANY) != 0)
        out->failed = true;
}

enum hl_status ctl_answer_parse(const char *line, size_t length, json_t **answer, struct hl_error *error)
{
    json_t *parsed = json_loadb(line, length, 0, NULL);
    if (json_is_object(parsed) && json_is_boolean(json_object_get(parsed, "ok"))) {
        *answer = parsed;
        return HL_OK;
    }
    json_decref(parsed);
    return hl_error_set(error, HL_PARSE, NULL, "what listens there is not headlined: its line is no answer");
}

bool ctl_answer_is_ok(const json_t *answer)
{
    return json_is_true(json_object_get(answer, "ok"));
}

const char *ctl_answer_message(const json_t *answer)
{
    const char *message = json_string_value(json_object_get(json_object_get(answer, "error"), "message"));
    return message ? message : "the daemon answered an error without a message";
}

static enum hl_status send_all(struct ctl_client *client, const struct hl_buffer *out, int64_t deadline_ms,
                               struct hl_error *error)
{
    for (size_t done = 0; done < out->length;) {
        if (!wait_for(client->descriptor, POLLOUT, deadline_ms))
            return hl_error_set(error, HL_TIMEOUT, NULL, "the daemon takes no request");
        size_t sent;
        enum hl_status status = ctl_client_send(client, out->data + done, out->length - done, &sent, error);
        if (status != HL_OK)
            return status;
        done += sent;
    }
    return HL_OK;
}

enum hl_status ctl_client_wait_line(struct ctl_client *client, int64_t deadline_ms, const char **line, size_t *length,
                                    struct hl_error *error)
{
    while (!ctl_client_line(client, line, length)) {
        if (!wait_for(client->descriptor, POLLIN, deadline_ms))
            return hl_error_set(error, HL_TIMEOUT, NULL, "the daemon does not answer");
        enum hl_status status = ctl_client_receive(client, error);
        if (status != HL_OK)
            return status;
    }
    return HL_OK;
}

enum hl_status ctl_client_call(struct ctl_client *client, const struct ctl *ctl, const json_t *request,
                               const char **line, size_t *length, json_t **answer, struct hl_error *error)
{
    struct hl_buffer out;
    hl_buffer_init(&out);
    ctl_json_append(&out, request);
    hl_buffer_append_text(&out, "\n");
    int64_t deadline_ms = ctl_monotonic_ms() + (int64_t)ctl->timeout_s * 1000;
    enum hl_status status = out.failed ? hl_error_set(error, HL_NO_MEMORY, NULL, "out of memory") : HL_OK;
    if (status == HL_OK)
        status = send_all(client, &out, deadline_ms, error);
    /* A daemon that refuses the connection says why and closes: its line counts even when sending failed. */
    if (status == HL_OK || status == HL_UNAVAILABLE)
        status = ctl_client_wait_line(client, deadline_ms, line, length, error);
    if (status == HL_OK)
        status = ctl_answer_parse(*line, *length, answer, error);
    hl_buffer_clear(&out);
    return status;
}
