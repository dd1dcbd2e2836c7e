/*
 * http_coding.c - gzip and zstd (see http_coding.h).
 */
#include "protocol/http_coding.h"

#include "core/text.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

enum { GZIP_WINDOW_BITS = 15 + 16, ZSTD_WINDOW_LOG_MAX = 23 };

struct hl_http_coding {
    ZSTD_DStream *zstd; /* owned; NULL: it is gzip */
    z_stream gzip;      /* owned, if it is */
    bool has_gzip;
    bool is_between; /* before the first member or frame, or behind a complete one */
    bool is_empty;   /* nothing has come yet */
    bool is_broken;
};

static bool begin_gzip(struct hl_http_coding *coding)
{
    coding->has_gzip = inflateInit2(&coding->gzip, GZIP_WINDOW_BITS) == Z_OK;
    return coding->has_gzip;
}

static bool begin_zstd(struct hl_http_coding *coding)
{
    coding->zstd = ZSTD_createDStream();
    return coding->zstd &&
           !ZSTD_isError(ZSTD_DCtx_setParameter(coding->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG_MAX));
}

enum hl_status hl_http_coding_create(struct hl_text name, struct hl_http_coding **out, struct hl_error *error)
{
    *out = NULL;
    if (name.length == 0 || hl_text_equals_ignoring_case(name, hl_text_of("identity")))
        return HL_OK;
    bool is_gzip = hl_text_equals_ignoring_case(name, hl_text_of("gzip")) ||
                   hl_text_equals_ignoring_case(name, hl_text_of("x-gzip"));
    if (!is_gzip && !hl_text_equals_ignoring_case(name, hl_text_of("zstd")))
        return hl_error_set(error, HL_INVALID, NULL, "this Content-Encoding is not known here: use gzip or zstd");
    struct hl_http_coding *coding = calloc(1, sizeof *coding);
    if (!coding)
        return hl_error_no_memory(error);
    coding->is_between = coding->is_empty = true;
    if (!(is_gzip ? begin_gzip(coding) : begin_zstd(coding))) {
        hl_http_coding_destroy(coding);
        return hl_error_no_memory(error);
    }
    *out = coding;
    return HL_OK;
}

void hl_http_coding_destroy(struct hl_http_coding *coding)
{
    if (!coding)
        return;
    if (coding->has_gzip)
        inflateEnd(&coding->gzip);
    ZSTD_freeDStream(coding->zstd);
    free(coding);
}

/* What was made before is given out first, however the data was cut up. */
static enum hl_status broken(struct hl_http_coding *coding, size_t made, struct hl_error *error)
{
    coding->is_broken = true;
    if (made > 0)
        return HL_OK;
    return hl_error_set(error, HL_PARSE, NULL, "the body is not what its Content-Encoding says, or not all of it");
}

/* A body may be several members, one behind the other. */
static enum hl_status run_gzip(struct hl_http_coding *coding, const char **data, size_t *bytes, char *out, size_t room,
                               size_t *made, struct hl_error *error)
{
    z_stream *gzip = &coding->gzip;
    if (coding->is_between && *bytes > 0 && inflateReset(gzip) != Z_OK)
        return broken(coding, 0, error);
    gzip->next_in = (z_const Bytef *)*data;
    gzip->avail_in = (uInt)*bytes;
    gzip->next_out = (Bytef *)out;
    gzip->avail_out = (uInt)room;
    int result = inflate(gzip, Z_NO_FLUSH);
    *data += *bytes - gzip->avail_in;
    *bytes = gzip->avail_in;
    *made = room - gzip->avail_out;
    coding->is_between = result == Z_STREAM_END;
    if (result == Z_MEM_ERROR)
        return hl_error_no_memory(error);
    return result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR ? HL_OK : broken(coding, *made, error);
}

static enum hl_status run_zstd(struct hl_http_coding *coding, const char **data, size_t *bytes, char *out, size_t room,
                               size_t *made, struct hl_error *error)
{
    ZSTD_inBuffer in = {*data, *bytes, 0};
    ZSTD_outBuffer to = {out, room, 0};
    size_t result = ZSTD_decompressStream(coding->zstd, &to, &in);
    *data += in.pos;
    *bytes -= in.pos;
    *made = to.pos;
    if (ZSTD_isError(result))
        return ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation ? hl_error_no_memory(error)
                                                                         : broken(coding, *made, error);
    coding->is_between = result == 0;
    return HL_OK;
}

enum hl_status hl_http_coding_run(struct hl_http_coding *coding, const char **data, size_t *bytes, char *out,
                                  size_t room, size_t *made, struct hl_error *error)
{
    *made = 0;
    if (!coding) {
        *made = *bytes < room ? *bytes : room;
        memcpy(out, *data, *made);
        *data += *made;
        *bytes -= *made;
        return HL_OK;
    }
    if (coding->is_broken)
        return broken(coding, 0, error);
    if (coding->is_between && *bytes == 0)
        return HL_OK; /* nothing is on its way */
    coding->is_empty = false;
    return coding->zstd ? run_zstd(coding, data, bytes, out, room, made, error)
                        : run_gzip(coding, data, bytes, out, room, made, error);
}

enum hl_status hl_http_coding_finish(const struct hl_http_coding *coding, struct hl_error *error)
{
    if (!coding || (coding->is_between && !coding->is_empty && !coding->is_broken))
        return HL_OK;
    return hl_error_set(error, HL_PARSE, NULL, "the body is not what its Content-Encoding says, or not all of it");
}
