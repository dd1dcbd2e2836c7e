/*
 * entity.h - HTML character references in titles ("&amp;", "&#8217;", "&#x2019;").
 */
#ifndef HL_TEXT_ENTITY_H
#define HL_TEXT_ENTITY_H

#include <stddef.h>
#include <stdint.h>

/*
 * The bytes of the character reference that begins at @data, its semicolon included, and its code point in *@point; 0 when
 * there is none. Known are the names of HTML 4 that occur in news titles and numbers up to U+10FFFF; the numbers 128 to
 * 159 are read as Windows-1252, as HTML 5 does.
 */
size_t hl_entity_at(const char *data, size_t length, uint32_t *point);

/*
 * Writes @data to @out (room for @length bytes) with all references decoded, those that decoding brings forth too ("&amp;amp;"
 * is "&"), and without the control characters that are no white space. Returns the bytes written. O(length).
 */
size_t hl_entity_decode(const char *data, size_t length, char *out);

#endif
