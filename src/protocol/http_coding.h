/*
 * http_coding.h - bodies of HTTP that were sent compressed: gzip and zstd, unpacked a bounded piece at a time. Pure.
 *
 * However much a body unpacks to, no more than the room that is given is made at once, and no more memory is held than the format needs: 32 KiB
 * for gzip, 8 MiB for zstd (RFC 9659), where a frame that wants more is refused.
 */
#ifndef HL_PROTOCOL_HTTP_CODING_H
#define HL_PROTOCOL_HTTP_CODING_H

#include <headlined/engine.h>

struct hl_http_coding; /* opaque */

/*
 * By the value of Content-Encoding. *@out is NULL for a body that is sent as it is (no value, or identity). HL_INVALID: an encoding that is
 * not known; HL_NO_MEMORY.
 */
enum hl_status hl_http_coding_create(struct hl_text name, struct hl_http_coding **out, struct hl_error *error);
void hl_http_coding_destroy(struct hl_http_coding *coding); /* may be NULL */

/*
 * Unpacks what is at *@data, *@bytes, which it moves on, into @out with @room bytes; *@made of them are used. All of them: call it again before
 * there is more data. @coding may be NULL: the bytes are copied. HL_PARSE: this is not what it should be (what was good before it was given out
 * by the call before); HL_NO_MEMORY.
 */
enum hl_status hl_http_coding_run(struct hl_http_coding *coding, const char **data, size_t *bytes, char *out,
                                  size_t room, size_t *made, struct hl_error *error);

/* HL_OK when the data may end here, else HL_PARSE. */
enum hl_status hl_http_coding_finish(const struct hl_http_coding *coding, struct hl_error *error);

#endif
