/*
 * address.c - default addresses and HOST:PORT (see address.h).
 */
#include "support/address.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum hl_status hl_address_default_socket(unsigned long uid, const char *runtime_dir, char out[HL_ADDRESS_SOCKET_BYTES],
                                         struct hl_error *error)
{
    char path[HL_ADDRESS_SOCKET_BYTES];
    int length;
    if (uid == 0)
        length = snprintf(path, sizeof path, "/run/headlined/headlined.sock");
    else if (runtime_dir && runtime_dir[0])
        length = snprintf(path, sizeof path, "%s/headlined.sock", runtime_dir);
    else
        length = snprintf(path, sizeof path, "/tmp/headlined-%lu.sock", uid);
    if (length < 0 || (size_t)length >= sizeof path)
        return hl_error_set(error, HL_TOO_LARGE, "socket",
                            "the runtime directory is too long for a socket: name one with --socket");
    memcpy(out, path, (size_t)length + 1);
    return HL_OK;
}

static enum hl_status bad_address(struct hl_error *error, const char *text)
{
    return hl_error_set(error, HL_INVALID, "address", "\"%.100s\" is not HOST:PORT, such as %s or [::1]:7878", text,
                        HL_ADDRESS_DEFAULT_TCP);
}

/* Decimal digits only, at most 65535. */
static bool parse_port(const char *digits, uint16_t *out)
{
    unsigned long value = 0;
    size_t count = 0;
    for (; digits[count]; count++) {
        if (digits[count] < '0' || digits[count] > '9' || count >= 5)
            return false;
        value = value * 10 + (unsigned long)(digits[count] - '0');
    }
    if (count == 0 || value > UINT16_MAX)
        return false;
    *out = (uint16_t)value;
    return true;
}

enum hl_status hl_address_parse(const char *text, struct hl_address *out, struct hl_error *error)
{
    const char *colon = strrchr(text, ':');
    uint16_t port;
    if (!colon || !parse_port(colon + 1, &port))
        return bad_address(error, text);
    const char *host = text;
    size_t length = (size_t)(colon - text);
    if (length >= 2 && text[0] == '[' && colon[-1] == ']') {
        host++;
        length -= 2;
    } else if (memchr(text, ':', length)) {
        return bad_address(error, text); /* an IPv6 address without brackets is ambiguous */
    }
    if (length == 0 || length >= sizeof out->host)
        return bad_address(error, text);
    memcpy(out->host, host, length);
    out->host[length] = '\0';
    out->port = port;
    return HL_OK;
}
