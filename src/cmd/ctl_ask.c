/*
 * ctl_ask.c - questions to the daemon (see ctl_ask.h).
 */
#include "cmd/ctl_ask.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

json_t *ctl_request(const char *op)
{
    return json_pack("{s:s}", "op", op);
}

bool ctl_request_text(json_t *request, const char *name, const char *value)
{
    return !value || json_object_set_new(request, name, json_string(value)) == 0;
}

bool ctl_request_time(json_t *request, const char *name, const char *value)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = {{"", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
    size_t digits = value ? strspn(value, "0123456789") : 0;
    if (digits == 0 || digits > 15) /* 15: far beyond the year 9999, far below an overflow of plain milliseconds */
        return ctl_request_text(request, name, value);
    int64_t number = strtoll(value, NULL, 10);
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strcmp(value + digits, units[i].unit) == 0 && number <= INT64_MAX / units[i].ms)
            return json_object_set_new(request, name,
                                       json_integer(i == 0 ? number : ctl_wall_ms() - number * units[i].ms)) == 0;
    return ctl_request_text(request, name, value);
}

enum ctl_exit ctl_exit_of(enum hl_status status)
{
    switch (status) {
    case HL_OK:
        return CTL_OK;
    case HL_INVALID: /* an address that cannot be read */
        return CTL_USAGE;
    case HL_NO_MEMORY:
        return CTL_FAILED;
    default:
        return CTL_UNREACHABLE;
    }
}

static enum ctl_exit take_answer(const struct ctl *ctl, const char *line, size_t length, json_t *answer, json_t **out)
{
    if (ctl->json) {
        fwrite(line, 1, length, stdout);
        putchar('\n');
    }
    if (ctl_answer_is_ok(answer)) {
        *out = answer;
        return CTL_OK;
    }
    ctl_complain("%s", ctl_answer_message(answer));
    json_decref(answer);
    return CTL_FAILED;
}

enum ctl_exit ctl_ask(struct ctl_client *client, const struct ctl *ctl, json_t *request, json_t **answer)
{
    struct hl_error error;
    enum hl_status status = HL_OK;
    if (!request)
        status = hl_error_set(&error, HL_INVALID, NULL, "an argument is not UTF-8 text, or there is no memory");
    else if (client->descriptor < 0)
        status = ctl_client_connect(client, ctl, &error);
    const char *line;
    size_t length;
    json_t *parsed;
    if (status == HL_OK)
        status = ctl_client_call(client, ctl, request, &line, &length, &parsed, &error);
    json_decref(request);
    if (status != HL_OK)
        return ctl_fail(ctl_exit_of(status), &error);
    return take_answer(ctl, line, length, parsed, answer);
}

enum ctl_exit ctl_ask_once(const struct ctl *ctl, json_t *request, json_t **answer)
{
    struct ctl_client client;
    ctl_client_init(&client);
    enum ctl_exit code = ctl_ask(&client, ctl, request, answer);
    ctl_client_close(&client);
    return code;
}

enum ctl_exit ctl_print(struct hl_buffer *out)
{
    enum ctl_exit code = CTL_OK;
    if (out->failed) {
        ctl_complain("out of memory");
        code = CTL_FAILED;
    } else if (out->length > 0 && fwrite(out->data, 1, out->length, stdout) != out->length) {
        ctl_complain("cannot write: %s", strerror(errno));
        code = CTL_FAILED;
    }
    hl_buffer_clear(out);
    return code;
}
