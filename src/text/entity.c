/*
 * entity.c - HTML character references: the table of names, and decoding to the end in one pass.
 */
#include "text/entity.h"

#include "text/utf8.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* The longest body between '&' and ';' that is read: "#x10FFFF" with room for leading zeros. */
#define BODY_MAX_BYTES 12

struct entity {
    const char *name;
    uint32_t point;
};

/* Sorted by name, as strcmp orders. */
/* clang-format off */
static const struct entity entities[] = {
    {"AElig", 0xC6}, {"Aacute", 0xC1}, {"Acirc", 0xC2}, {"Agrave", 0xC0}, {"Aring", 0xC5}, {"Atilde", 0xC3},
    {"Auml", 0xC4}, {"Ccedil", 0xC7}, {"ETH", 0xD0}, {"Eacute", 0xC9}, {"Ecirc", 0xCA}, {"Egrave", 0xC8},
    {"Euml", 0xCB}, {"Iacute", 0xCD}, {"Icirc", 0xCE}, {"Igrave", 0xCC}, {"Iuml", 0xCF}, {"Ntilde", 0xD1},
    {"OElig", 0x152}, {"Oacute", 0xD3}, {"Ocirc", 0xD4}, {"Ograve", 0xD2}, {"Oslash", 0xD8}, {"Otilde", 0xD5},
    {"Ouml", 0xD6}, {"Prime", 0x2033}, {"Scaron", 0x160}, {"THORN", 0xDE}, {"Uacute", 0xDA}, {"Ucirc", 0xDB},
    {"Ugrave", 0xD9}, {"Uuml", 0xDC}, {"Yacute", 0xDD}, {"Yuml", 0x178}, {"aacute", 0xE1}, {"acirc", 0xE2},
    {"acute", 0xB4}, {"aelig", 0xE6}, {"agrave", 0xE0}, {"amp", 0x26}, {"apos", 0x27}, {"aring", 0xE5},
    {"atilde", 0xE3}, {"auml", 0xE4}, {"bdquo", 0x201E}, {"brvbar", 0xA6}, {"bull", 0x2022}, {"ccedil", 0xE7},
    {"cedil", 0xB8}, {"cent", 0xA2}, {"copy", 0xA9}, {"curren", 0xA4}, {"deg", 0xB0}, {"divide", 0xF7},
    {"eacute", 0xE9}, {"ecirc", 0xEA}, {"egrave", 0xE8}, {"emsp", 0x2003}, {"ensp", 0x2002}, {"eth", 0xF0},
    {"euml", 0xEB}, {"euro", 0x20AC}, {"frac12", 0xBD}, {"frac14", 0xBC}, {"frac34", 0xBE}, {"gt", 0x3E},
    {"hellip", 0x2026}, {"iacute", 0xED}, {"icirc", 0xEE}, {"iexcl", 0xA1}, {"igrave", 0xEC}, {"iquest", 0xBF},
    {"iuml", 0xEF}, {"laquo", 0xAB}, {"ldquo", 0x201C}, {"lrm", 0x200E}, {"lsaquo", 0x2039}, {"lsquo", 0x2018},
    {"lt", 0x3C}, {"macr", 0xAF}, {"mdash", 0x2014}, {"micro", 0xB5}, {"middot", 0xB7}, {"minus", 0x2212},
    {"nbsp", 0xA0}, {"ndash", 0x2013}, {"not", 0xAC}, {"ntilde", 0xF1}, {"oacute", 0xF3}, {"ocirc", 0xF4},
    {"oelig", 0x153}, {"ograve", 0xF2}, {"ordf", 0xAA}, {"ordm", 0xBA}, {"oslash", 0xF8}, {"otilde", 0xF5},
    {"ouml", 0xF6}, {"para", 0xB6}, {"plusmn", 0xB1}, {"pound", 0xA3}, {"prime", 0x2032}, {"quot", 0x22},
    {"raquo", 0xBB}, {"rdquo", 0x201D}, {"reg", 0xAE}, {"rlm", 0x200F}, {"rsaquo", 0x203A}, {"rsquo", 0x2019},
    {"sbquo", 0x201A}, {"scaron", 0x161}, {"sect", 0xA7}, {"shy", 0xAD}, {"sup1", 0xB9}, {"sup2", 0xB2},
    {"sup3", 0xB3}, {"szlig", 0xDF}, {"thinsp", 0x2009}, {"thorn", 0xFE}, {"times", 0xD7}, {"trade", 0x2122},
    {"uacute", 0xFA}, {"ucirc", 0xFB}, {"ugrave", 0xF9}, {"uml", 0xA8}, {"uuml", 0xFC}, {"yacute", 0xFD},
    {"yen", 0xA5}, {"yuml", 0xFF}, {"zwj", 0x200D}, {"zwnj", 0x200C},
};
/* clang-format on */

/* What the numbers 128 to 159 mean where they occur: Windows-1252 (HTML 5, "numeric character reference end state"). */
static const uint16_t windows_1252[32] = {
    0x20AC, 0x81,   0x201A, 0x192,  0x201E, 0x2026, 0x2020, 0x2021, 0x2C6,  0x2030, 0x160,
    0x2039, 0x152,  0x8D,   0x17D,  0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x2DC,  0x2122, 0x161,  0x203A, 0x153,  0x9D,   0x17E,  0x178,
};

static int compare_name(const void *key, const void *element)
{
    return strcmp(key, ((const struct entity *)element)->name);
}

static bool read_name(const char *body, size_t length, uint32_t *point)
{
    char name[BODY_MAX_BYTES + 1];
    memcpy(name, body, length);
    name[length] = '\0';
    const struct entity *found =
        bsearch(name, entities, sizeof entities / sizeof entities[0], sizeof entities[0], compare_name);
    if (found)
        *point = found->point;
    return found != NULL;
}

static int digit_value(char c, uint32_t base)
{
    int value = c >= '0' && c <= '9' ? c - '0' : (c | 0x20) >= 'a' && (c | 0x20) <= 'f' ? (c | 0x20) - 'a' + 10 : 99;
    return value < (int)base ? value : -1;
}

/* The number after '#'. NUL, surrogates and what lies above U+10FFFF are no character: such a reference stays text. */
static bool read_number(const char *body, size_t length, uint32_t *point)
{
    uint32_t base = length > 0 && (body[0] | 0x20) == 'x' ? 16 : 10;
    size_t at = base == 16 ? 1 : 0;
    uint32_t value = 0;
    if (at == length)
        return false;
    for (; at < length; at++) {
        int digit = digit_value(body[at], base);
        if (digit < 0)
            return false;
        value = value * base + (uint32_t)digit;
        if (value > 0x10FFFF)
            return false;
    }
    if (value == 0 || (value >= 0xD800 && value <= 0xDFFF))
        return false;
    *point = value >= 128 && value < 160 ? windows_1252[value - 128] : value;
    return true;
}

size_t hl_entity_at(const char *data, size_t length, uint32_t *point)
{
    if (length == 0 || data[0] != '&')
        return 0;
    size_t limit = length - 1 < BODY_MAX_BYTES + 1 ? length - 1 : BODY_MAX_BYTES + 1;
    const char *body = data + 1;
    const char *end = memchr(body, ';', limit);
    if (!end || end == body)
        return 0;
    size_t size = (size_t)(end - body);
    bool known = body[0] == '#' ? read_number(body + 1, size - 1, point) : read_name(body, size, point);
    return known ? size + 2 : 0;
}

static bool is_dropped(uint32_t point)
{
    return (point < 0x20 && !(point >= '\t' && point <= '\r')) || point == 0x7F;
}

/* If the @length bytes written so far end in a reference, cuts it off and gives its code point. */
static bool take_reference(const char *out, size_t *length, uint32_t *point)
{
    for (size_t back = 2; back <= BODY_MAX_BYTES + 2 && back <= *length; back++) {
        if (out[*length - back] != '&')
            continue;
        if (hl_entity_at(out + *length - back, back, point) != back)
            return false;
        *length -= back;
        return true;
    }
    return false;
}

/*
 * The output works as a stack: whenever a semicolon lands on it, the reference that it may end is on top. So whatever decoding
 * puts together is decoded as well, and each decoding removes bytes: linear, and decoding the result again changes nothing.
 */
size_t hl_entity_decode(const char *data, size_t length, char *out)
{
    size_t written = 0;
    for (size_t at = 0; at < length; at++) {
        if (is_dropped((unsigned char)data[at]))
            continue;
        out[written++] = data[at];
        uint32_t point;
        while (written > 0 && out[written - 1] == ';' && take_reference(out, &written, &point))
            if (!is_dropped(point))
                written += hl_utf8_encode(point, out + written);
    }
    return written;
}
