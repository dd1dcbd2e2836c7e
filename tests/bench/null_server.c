/*
 * null_server.c - the least that a server of HTTP can be with libuv and llhttp: every request is answered with the same 200 bytes or so. What a real
 * server is measured against.
 *
 * null_server [BYTES]: listens on a free port of 127.0.0.1, prints it, and answers with bodies of BYTES (200) until it is killed.
 */
#include <llhttp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { READ_BYTES = 65536, BODY_MAX = 1 << 20 };

struct client {
    uv_tcp_t tcp;
    llhttp_t parser;
    unsigned answers; /* owed for what was read */
    char input[READ_BYTES];
};

static char *answer; /* head and body */
static size_t answer_bytes;

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void close_client(struct client *client)
{
    if (!uv_is_closing((uv_handle_t *)&client->tcp))
        uv_close((uv_handle_t *)&client->tcp, on_closed);
}

static void on_written(uv_write_t *write, int status)
{
    (void)status;
    free(write);
}

static void send_answers(struct client *client)
{
    for (; client->answers > 0; client->answers--) {
        uv_write_t *write = malloc(sizeof *write);
        uv_buf_t piece = uv_buf_init(answer, (unsigned)answer_bytes);
        if (!write || uv_write(write, (uv_stream_t *)&client->tcp, &piece, 1, on_written) != 0) {
            free(write);
            close_client(client);
            return;
        }
    }
}

static int on_complete(llhttp_t *parser)
{
    struct client *client = parser->data;
    client->answers++;
    return 0;
}

static void on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    struct client *client = handle->data;
    (void)suggested;
    *out = uv_buf_init(client->input, READ_BYTES);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer)
{
    struct client *client = stream->data;
    if (count < 0 || llhttp_execute(&client->parser, buffer->base, (size_t)count) != HPE_OK) {
        close_client(client);
        return;
    }
    send_answers(client);
}

static const llhttp_settings_t settings = {.on_message_complete = on_complete};

static void on_connection(uv_stream_t *server, int status)
{
    struct client *client = status == 0 ? calloc(1, sizeof *client) : NULL;
    if (!client)
        return;
    client->tcp.data = client;
    llhttp_init(&client->parser, HTTP_REQUEST, &settings);
    client->parser.data = client;
    uv_tcp_init(server->loop, &client->tcp);
    if (uv_accept(server, (uv_stream_t *)&client->tcp) != 0 || uv_tcp_nodelay(&client->tcp, 1) != 0 ||
        uv_read_start((uv_stream_t *)&client->tcp, on_allocate, on_read) != 0)
        close_client(client);
}

static int make_answer(size_t body)
{
    answer = malloc(body + 256);
    if (!answer || body > BODY_MAX)
        return 1;
    int head =
        snprintf(answer, 256, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n", body);
    memset(answer + head, 'x', body);
    answer_bytes = (size_t)head + body;
    return 0;
}

int main(int argc, char **argv)
{
    uv_tcp_t server;
    struct sockaddr_in address;
    int length = sizeof address;
    uv_loop_t *loop = uv_default_loop();
    if (make_answer(argc > 1 ? strtoul(argv[1], NULL, 10) : 200) != 0 || uv_ip4_addr("127.0.0.1", 0, &address) != 0 ||
        uv_tcp_init(loop, &server) != 0 || uv_tcp_bind(&server, (const struct sockaddr *)&address, 0) != 0 ||
        uv_listen((uv_stream_t *)&server, 1024, on_connection) != 0 ||
        uv_tcp_getsockname(&server, (struct sockaddr *)&address, &length) != 0)
        return 1;
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return uv_run(loop, UV_RUN_DEFAULT);
}
