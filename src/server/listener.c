/*
 * listener.c - the listening sockets: binding with clear errors, and handing new connections on.
 *
 * The sockets are made with plain POSIX calls and given to libuv afterwards: libuv would remove the file of a unix socket by name
 * alone when it closes it, and can only report a taken port once it listens.
 */
#include "server/state.h"

#include <errno.h>
#include <inttypes.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 4096, SOCKET_MODE = 0660 };

static void on_connection(uv_stream_t *stream, int status)
{
    struct hl_listener *listener = stream->data;
    HL_CHECKED(listener, HL_LISTENER_MAGIC);
    struct hl_server *server = listener->server;
    if (status < 0) {
        /* Not for want of files: libuv then closes what waits, with a descriptor that it keeps for that, and is silent. */
        server->figures.connections_refused++;
        hl_server_noise(server, HL_NOISE_ACCEPT, HL_LOG_WARN, "accept_failed",
                        hl_log_text("reason", uv_strerror(status)));
        return;
    }
    listener->waiting = !hl_connection_accept(server, listener);
}

void hl_listener_retry(struct hl_listener *listener)
{
    if (listener->open && listener->waiting)
        listener->waiting = !hl_connection_accept(listener->server, listener);
}

static bool is_loopback(const char *name)
{
    return strncmp(name, "127.", 4) == 0 || strncmp(name, "[::1]:", 6) == 0;
}

static void prepare(struct hl_listener *listener, struct hl_server *server, bool is_tcp, const char *name)
{
    memset(listener, 0, sizeof *listener);
    listener->magic = HL_LISTENER_MAGIC;
    listener->server = server;
    listener->is_tcp = is_tcp;
    listener->is_local = !is_tcp || is_loopback(name);
    snprintf(listener->name, sizeof listener->name, "%s", name);
}

/* Gives the listening socket @fd to libuv; it is closed on error. */
static enum hl_status start(struct hl_listener *listener, int fd, struct hl_error *error)
{
    uv_loop_t *loop = &listener->server->loop;
    int status = listener->is_tcp ? uv_tcp_init(loop, &listener->uv.tcp) : uv_pipe_init(loop, &listener->uv.pipe, 0);
    if (status != 0)
        goto after_open;
    listener->open = true;
    listener->uv.handle.data = listener;
    status = listener->is_tcp ? uv_tcp_open(&listener->uv.tcp, fd) : uv_pipe_open(&listener->uv.pipe, fd);
    if (status != 0)
        goto after_open;
    status = uv_listen(&listener->uv.stream, BACKLOG, on_connection);
    if (status != 0)
        return hl_error_set(error, HL_IO, NULL, "cannot listen on %.120s: %s", listener->name, uv_strerror(status));
    return HL_OK;
after_open:
    close(fd);
    return hl_error_set(error, HL_IO, NULL, "cannot watch %.120s: %s", listener->name, uv_strerror(status));
}

enum hl_status hl_listener_open_unix(struct hl_server *server, const char *path, struct hl_error *error)
{
    int fd = -1;
    enum hl_status status = hl_unix_path_listen(&server->unix_path, path, SOCKET_MODE, BACKLOG, &fd, error);
    if (status != HL_OK)
        return status;
    prepare(&server->unix_listener, server, false, path);
    return start(&server->unix_listener, fd, error);
}

/* A listening TCP socket for @info; -1 with errno otherwise. */
static int listen_on(const struct addrinfo *info)
{
    const int on = 1;
    int fd = socket(info->ai_family, info->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, info->ai_protocol);
    if (fd < 0)
        return -1;
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        bind(fd, info->ai_addr, info->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int reason = errno;
    close(fd);
    errno = reason;
    return -1;
}

/* Writes the address that @fd is really bound to, with the port that a 0 was turned into. */
static void name_of(int fd, char *out, size_t capacity)
{
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    char host[64], port[16];
    if (getsockname(fd, (struct sockaddr *)&address, &length) != 0 ||
        getnameinfo((struct sockaddr *)&address, length, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return;
    snprintf(out, capacity, address.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
}

enum hl_status hl_listener_open_tcp(struct hl_server *server, const struct hl_address *address, struct hl_error *error)
{
    struct hl_listener *listener = &server->tcp_listener;
    char name[sizeof listener->name], port[16];
    snprintf(name, sizeof name, "%s:%" PRIu16, address->host, address->port);
    snprintf(port, sizeof port, "%" PRIu16, address->port);
    const struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    int status = getaddrinfo(address->host, port, &hints, &found);
    if (status != 0)
        return hl_error_set(error, HL_INVALID, "listen", "cannot find %.120s: %s", name, gai_strerror(status));
    int fd = -1;
    for (const struct addrinfo *info = found; info && fd < 0; info = info->ai_next)
        fd = listen_on(info);
    int reason = errno;
    freeaddrinfo(found);
    if (fd < 0)
        return hl_error_set(error, reason == EADDRINUSE ? HL_UNAVAILABLE : HL_IO, "listen",
                            "cannot listen on %.120s: %s%s", name, strerror(reason),
                            reason == EADDRINUSE ? ": stop its user or choose another port with --listen" : "");
    name_of(fd, name, sizeof name);
    prepare(listener, server, true, name);
    if (!listener->is_local)
        HL_LOG(server->log, HL_LOG_WARN, "open_to_the_network", hl_log_text("tcp", name),
               hl_log_text("hint", "there is no authentication: anybody who reaches this address can read and write"));
    return start(listener, fd, error);
}

void hl_listener_close(struct hl_listener *listener)
{
    if (!listener->open)
        return;
    listener->open = false;
    uv_close(&listener->uv.handle, NULL);
}
