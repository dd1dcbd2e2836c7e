/*
 * error.h - the one error vocabulary of headlined.
 *
 * Every function that can fail returns an hl_status. Codes of libuv, errno, jansson and OpenSSL are converted
 * into it where they arise, once. Detail for a person goes into a struct hl_error, which the caller owns, may
 * pass as NULL, and which is written only on failure.
 */
#ifndef HEADLINED_ERROR_H
#define HEADLINED_ERROR_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* X(symbol, wire code, default message). The wire codes are part of the protocol: add, never rename. */
/* clang-format off */
#define HL_STATUS_MAP(X)                                                                           \
    X(OK, "ok", "success")                                                                         \
    X(INVALID, "invalid", "the request is not valid")                                              \
    X(PARSE, "parse", "the line is not valid JSON")                                                \
    X(UNKNOWN_OP, "unknown_op", "there is no such op")                                             \
    X(TOO_LARGE, "too_large", "the input is larger than the limit")                                \
    X(NOT_FOUND, "not_found", "there is no such thing, or it has expired")                         \
    X(LIMIT, "limit", "a limit of this server is reached")                                         \
    X(NO_MEMORY, "no_memory", "out of memory")                                                     \
    X(TIMEOUT, "timeout", "the peer was silent or too slow")                                       \
    X(UNAVAILABLE, "unavailable", "the service cannot accept this now")                            \
    X(IO, "io", "an input or output operation failed")                                             \
    X(CORRUPT, "corrupt", "stored data is damaged")                                                \
    X(INTERNAL, "internal", "a bug in headlined: please report it")
/* clang-format on */

#define HL_STATUS_ENUM(symbol, code, message) HL_##symbol,
enum hl_status { HL_STATUS_MAP(HL_STATUS_ENUM) HL_STATUS_COUNT };
#undef HL_STATUS_ENUM

struct hl_error {
    enum hl_status status;
    size_t offset;     /* byte offset in the input where it makes sense, else 0 */
    char field[32];    /* name of the offending field or option, or "" */
    char message[224]; /* what happened and what to do about it; valid UTF-8 */
};

/* The wire code of @status ("ok", "invalid", ...). Never NULL; constant storage. Any thread. */
const char *hl_status_code(enum hl_status status);

/* The default one-line message of @status. Never NULL; constant storage. Any thread. */
const char *hl_status_message(enum hl_status status);

/*
 * Fills @error (may be NULL) and returns @status, so that a failing function can end in
 * `return hl_error_set(error, HL_INVALID, "title", "the title is empty: send 1 to %d bytes", max);`.
 * @field may be NULL. Copies everything; truncates at a UTF-8 boundary.
 */
enum hl_status hl_error_set(struct hl_error *error, enum hl_status status, const char *field, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The same with HL_NO_MEMORY and its default message. */
enum hl_status hl_error_no_memory(struct hl_error *error);

#ifdef __cplusplus
}
#endif
#endif
