/*
 * ctl_ask.h - questions to the daemon with their errors told to the user: what all online commands but load are built on.
 */
#ifndef HL_CMD_CTL_ASK_H
#define HL_CMD_CTL_ASK_H

#include "cmd/ctl_client.h"

/* A request object with its op; NULL when out of memory. */
json_t *ctl_request(const char *op);

/* Adds a text member; nothing when @value is NULL. False when it cannot: @request is NULL, no memory, not UTF-8. */
bool ctl_request_text(json_t *request, const char *name, const char *value);

/*
 * Adds a time: RFC 3339 text as it is, whole numbers as epoch milliseconds, and how long ago as a number and a unit: "90s",
 * "30m", "2h", "7d". Otherwise as ctl_request_text; whether it is a time is for the daemon to say.
 */
bool ctl_request_time(json_t *request, const char *name, const char *value);

/*
 * Sends @request (taken; NULL: it could not be built) over @client, connecting it first where it is not. With --json prints the answer as
 * it came. On CTL_OK *@answer is a new reference to an answer that is ok; else the error was complained about.
 */
enum ctl_exit ctl_ask(struct ctl_client *client, const struct ctl *ctl, json_t *request, json_t **answer);

/* One question over a connection of its own. */
enum ctl_exit ctl_ask_once(const struct ctl *ctl, json_t *request, json_t **answer);

/* The exit code that stands for a failed connection or call. */
enum ctl_exit ctl_exit_of(enum hl_status status);

/* Writes @out to stdout and clears it. CTL_FAILED, with a complaint, when it had failed or stdout does. */
enum ctl_exit ctl_print(struct hl_buffer *out);

#endif
