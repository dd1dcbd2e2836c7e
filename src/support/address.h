/*
 * address.h - where the daemon listens and the command line connects unless told otherwise, and HOST:PORT as text.
 *
 * Pure: the user id and the runtime directory come in as arguments, so that both programs decide alike and tests need no
 * environment. Any thread.
 */
#ifndef HL_SUPPORT_ADDRESS_H
#define HL_SUPPORT_ADDRESS_H

#include <headlined/error.h>

#include <stddef.h>
#include <stdint.h>

#define HL_ADDRESS_DEFAULT_TCP "127.0.0.1:7878"
#define HL_ADDRESS_SOCKET_BYTES 108 /* room for a socket's path and its NUL, as in struct sockaddr_un */
#define HL_ADDRESS_HOST_BYTES 256   /* room for a host name and its NUL */

struct hl_address {
    char host[HL_ADDRESS_HOST_BYTES]; /* name or numeric address, without brackets */
    uint16_t port;                    /* 0: any free port, for a listener only */
};

/*
 * The default path of the unix socket: /run/headlined/headlined.sock for root (@uid 0), else @runtime_dir/headlined.sock
 * ($XDG_RUNTIME_DIR, may be NULL or empty), else /tmp/headlined-UID.sock. HL_TOO_LARGE when @runtime_dir is too long for a
 * socket's path; @out is unchanged then.
 */
enum hl_status hl_address_default_socket(unsigned long uid, const char *runtime_dir, char out[HL_ADDRESS_SOCKET_BYTES],
                                         struct hl_error *error);

/* Reads "HOST:PORT" or "[IPV6]:PORT". HL_INVALID says what is wrong; *@out is unchanged then. */
enum hl_status hl_address_parse(const char *text, struct hl_address *out, struct hl_error *error);

#endif
