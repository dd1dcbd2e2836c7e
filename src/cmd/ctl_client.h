/*
 * ctl_client.h - a connection to the daemon: plain non-blocking sockets and poll, one request at a time or many in flight.
 *
 * Not thread-safe. Nothing here complains: errors come back as hl_error, HL_UNAVAILABLE where the daemon cannot be reached or
 * went away, HL_TIMEOUT where it was silent for too long.
 */
#ifndef HL_CMD_CTL_CLIENT_H
#define HL_CMD_CTL_CLIENT_H

#include "cmd/ctl.h"
#include "protocol/framer.h"

#include <jansson.h>

struct ctl_client {
    int descriptor; /* owned; -1 when not connected */
    struct hl_framer framer;
};

/* Not connected. ctl_client_close may follow at any time. */
void ctl_client_init(struct ctl_client *client);

/*
 * Connects to where @ctl says; without --socket and --server to the default socket and, when nobody listens there, to the
 * default TCP address. HL_UNAVAILABLE, or HL_INVALID for an address that cannot be read; @client is then not connected.
 */
enum hl_status ctl_client_connect(struct ctl_client *client, const struct ctl *ctl, struct hl_error *error);
void ctl_client_close(struct ctl_client *client); /* then as after init */

/* Sends what the socket takes of @data now; *@sent gets how much, perhaps 0. HL_UNAVAILABLE: the connection is lost. */
enum hl_status ctl_client_send(struct ctl_client *client, const char *data, size_t length, size_t *sent,
                               struct hl_error *error);

/* Reads what has arrived, without blocking; lines then come from ctl_client_line. HL_UNAVAILABLE, HL_NO_MEMORY. */
enum hl_status ctl_client_receive(struct ctl_client *client, struct hl_error *error);

/* The next complete line that was received, borrowed until the next receive; false when there is none. */
bool ctl_client_line(struct ctl_client *client, const char **line, size_t *length);

/* Waits for the next line until the monotonic time @deadline_ms; borrowed likewise. HL_TIMEOUT, HL_UNAVAILABLE, HL_NO_MEMORY. */
enum hl_status ctl_client_wait_line(struct ctl_client *client, int64_t deadline_ms, const char **line, size_t *length,
                                    struct hl_error *error);

/*
 * Sends @request (borrowed) and waits for its answer. *@line is the answer as it came, borrowed until the next receive; *@answer
 * (a new reference) the same parsed, always an object with a boolean "ok". HL_UNAVAILABLE, HL_TIMEOUT, HL_PARSE (not an answer), HL_NO_MEMORY.
 */
enum hl_status ctl_client_call(struct ctl_client *client, const struct ctl *ctl, const json_t *request,
                               const char **line, size_t *length, json_t **answer, struct hl_error *error);

/* Parses an answer line as above. */
enum hl_status ctl_answer_parse(const char *line, size_t length, json_t **answer, struct hl_error *error);
bool ctl_answer_is_ok(const json_t *answer);
/* The message for a person of an answer that is not ok; borrowed from @answer. */
const char *ctl_answer_message(const json_t *answer);

/* Appends @value in compact form; a failure is remembered by @out. */
void ctl_json_append(struct hl_buffer *out, const json_t *value);

#endif
