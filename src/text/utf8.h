/*
 * utf8.h - one code point from UTF-8 and back, inside the text layer (validation is hl_utf8_is_valid in text.h).
 */
#ifndef HL_TEXT_UTF8_H
#define HL_TEXT_UTF8_H

#include <stddef.h>
#include <stdint.h>

#define HL_UTF8_MAX_BYTES 4
#define HL_REPLACEMENT_POINT 0xFFFDu

/* Bytes of the sequence that begins with @lead, by its high bits. */
static inline size_t hl_utf8_length(unsigned char lead)
{
    return lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

/*
 * Decodes the code point at @data, @length > 0 bytes of well-formed UTF-8, and returns its bytes. A sequence cut off by the end
 * gives HL_REPLACEMENT_POINT and the bytes that are left: nothing past @length is ever read.
 */
static inline size_t hl_utf8_decode(const char *data, size_t length, uint32_t *point)
{
    const unsigned char *bytes = (const unsigned char *)data;
    size_t size = hl_utf8_length(bytes[0]);
    if (size > length) {
        *point = HL_REPLACEMENT_POINT;
        return length;
    }
    switch (size) {
    case 1:
        *point = bytes[0];
        break;
    case 2:
        *point = (bytes[0] & 0x1Fu) << 6 | (bytes[1] & 0x3Fu);
        break;
    case 3:
        *point = (bytes[0] & 0x0Fu) << 12 | (bytes[1] & 0x3Fu) << 6 | (bytes[2] & 0x3Fu);
        break;
    default:
        *point = (bytes[0] & 0x07u) << 18 | (bytes[1] & 0x3Fu) << 12 | (bytes[2] & 0x3Fu) << 6 | (bytes[3] & 0x3Fu);
        break;
    }
    return size;
}

/* Writes @point, a valid code point, to @out (room for HL_UTF8_MAX_BYTES) and returns its bytes. */
static inline size_t hl_utf8_encode(uint32_t point, char *out)
{
    if (point < 0x80) {
        out[0] = (char)point;
        return 1;
    }
    if (point < 0x800) {
        out[0] = (char)(0xC0 | point >> 6);
        out[1] = (char)(0x80 | (point & 0x3F));
        return 2;
    }
    if (point < 0x10000) {
        out[0] = (char)(0xE0 | point >> 12);
        out[1] = (char)(0x80 | (point >> 6 & 0x3F));
        out[2] = (char)(0x80 | (point & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | point >> 18);
    out[1] = (char)(0x80 | (point >> 12 & 0x3F));
    out[2] = (char)(0x80 | (point >> 6 & 0x3F));
    out[3] = (char)(0x80 | (point & 0x3F));
    return 4;
}

#endif
