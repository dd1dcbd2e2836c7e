/*
 * utf8.c - the check that bytes are well-formed UTF-8 (RFC 3629; Unicode table 3-7).
 */
#include "text/text.h"
#include "text/utf8.h"

#include <string.h>

/* Bytes of leading ASCII, looked at eight at a time. */
static size_t ascii_prefix(const char *data, size_t length)
{
    size_t at = 0;
    for (uint64_t chunk; length - at >= sizeof chunk; at += sizeof chunk) {
        memcpy(&chunk, data + at, sizeof chunk);
        if (chunk & UINT64_C(0x8080808080808080))
            break;
    }
    while (at < length && (unsigned char)data[at] < 0x80)
        at++;
    return at;
}

/*
 * Bytes of the well-formed sequence at @bytes, 0 when it is not one. The second byte carries the rules: no overlong
 * form (E0, F0), no surrogate (ED), nothing above U+10FFFF (F4).
 */
static size_t sequence_length(const unsigned char *bytes, size_t length)
{
    unsigned char lead = bytes[0];
    if (lead < 0x80)
        return 1;
    if (lead < 0xC2 || lead > 0xF4)
        return 0;
    size_t size = hl_utf8_length(lead);
    if (size > length)
        return 0;
    unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (bytes[1] < low || bytes[1] > high)
        return 0;
    for (size_t i = 2; i < size; i++)
        if ((bytes[i] & 0xC0) != 0x80)
            return 0;
    return size;
}

bool hl_utf8_is_valid(const char *data, size_t length, size_t *bad_offset)
{
    size_t at = ascii_prefix(data, length);
    while (at < length) {
        size_t size = sequence_length((const unsigned char *)data + at, length - at);
        if (size == 0) {
            if (bad_offset)
                *bad_offset = at;
            return false;
        }
        at += size;
    }
    return true;
}
