/*
 * encode.c - JSON values and members straight into a buffer.
 */
#include "protocol/encode.h"

#include "protocol/time.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { ESCAPE_MAX_BYTES = 6, UINT64_MAX_DIGITS = 20 };

/* Plain in a JSON string: all but control characters, the quote and the backslash. UTF-8 passes as it is. */
static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c != '"' && c != '\\';
}

/* Writes the escape of @c to @at and returns what follows it. */
static char *put_escape(char *at, unsigned char c)
{
    static const char short_names[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    *at++ = '\\';
    for (size_t i = 0; i + 1 < sizeof short_names; i += 2) {
        if (short_names[i] == (char)c) {
            *at++ = short_names[i + 1];
            return at;
        }
    }
    static const char hex[] = "0123456789abcdef";
    memcpy(at, "u00", 3);
    at[3] = hex[c >> 4];
    at[4] = hex[c & 15];
    return at + 5;
}

void hl_json_string(struct hl_buffer *out, struct hl_text text)
{
    if (!hl_buffer_reserve(out, text.length * ESCAPE_MAX_BYTES + 2))
        return;
    char *at = out->data + out->length;
    *at++ = '"';
    for (size_t i = 0; i < text.length; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (is_plain(c))
            *at++ = (char)c;
        else
            at = put_escape(at, c);
    }
    *at++ = '"';
    out->length = (size_t)(at - out->data);
}

void hl_json_unsigned(struct hl_buffer *out, uint64_t value)
{
    char digits[UINT64_MAX_DIGITS];
    size_t from = sizeof digits;
    do {
        digits[--from] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    hl_buffer_append(out, digits + from, sizeof digits - from);
}

void hl_json_integer(struct hl_buffer *out, int64_t value)
{
    if (value < 0)
        hl_json_raw(out, "-");
    hl_json_unsigned(out, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void hl_json_fixed(struct hl_buffer *out, double value, int decimals)
{
    if (!(fabs(value) < 1e12)) {
        hl_json_raw(out, "null");
        return;
    }
    uint64_t unit = 1;
    for (int i = 0; i < decimals; i++)
        unit *= 10;
    uint64_t scaled = (uint64_t)(fabs(value) * (double)unit + 0.5);
    if (value < 0 && scaled > 0)
        hl_json_raw(out, "-");
    hl_json_unsigned(out, scaled / unit);
    if (decimals == 0)
        return;
    char fraction[8] = ".";
    uint64_t rest = scaled % unit;
    for (int i = decimals; i > 0; i--, rest /= 10)
        fraction[i] = (char)('0' + rest % 10);
    hl_buffer_append(out, fraction, (size_t)decimals + 1);
}

void hl_json_number(struct hl_buffer *out, double value)
{
    char text[32];
    snprintf(text, sizeof text, "%.15g", value);
    if (strtod(text, NULL) != value)
        snprintf(text, sizeof text, "%.17g", value);
    for (char *at = text; *at; at++)
        if (!strchr("0123456789+-e", *at))
            *at = '.'; /* what the locale has for it */
    hl_json_raw(out, text);
}

void hl_json_time(struct hl_buffer *out, int64_t ms)
{
    if (ms == HL_TIME_NONE) {
        hl_json_raw(out, "null");
        return;
    }
    char text[HL_TIME_TEXT_BYTES + 1];
    text[0] = '"';
    hl_time_format(ms, text + 1);
    text[HL_TIME_TEXT_BYTES] = '"'; /* over the NUL */
    hl_buffer_append(out, text, sizeof text);
}

void hl_json_separate(struct hl_buffer *out)
{
    if (out->length == 0)
        return;
    char last = out->data[out->length - 1];
    if (last != '{' && last != '[')
        hl_buffer_append(out, ",", 1);
}

void hl_json_key(struct hl_buffer *out, const char *name)
{
    size_t length = strlen(name);
    hl_json_separate(out);
    if (!hl_buffer_reserve(out, length + 3))
        return;
    char *at = out->data + out->length;
    at[0] = '"';
    memcpy(at + 1, name, length);
    at[length + 1] = '"';
    at[length + 2] = ':';
    out->length += length + 3;
}

void hl_json_member_name(struct hl_buffer *out, const char *name, const char *value)
{
    hl_json_key(out, name);
    hl_json_string(out, (struct hl_text){value, strlen(value)});
}

void hl_json_member_text(struct hl_buffer *out, const char *name, struct hl_text text)
{
    hl_json_key(out, name);
    if (text.length == 0)
        hl_json_raw(out, "null");
    else
        hl_json_string(out, text);
}

void hl_json_member_unsigned(struct hl_buffer *out, const char *name, uint64_t value)
{
    hl_json_key(out, name);
    hl_json_unsigned(out, value);
}

void hl_json_member_id(struct hl_buffer *out, const char *name, uint64_t value)
{
    hl_json_key(out, name);
    if (value == 0)
        hl_json_raw(out, "null");
    else
        hl_json_unsigned(out, value);
}

void hl_json_member_fixed(struct hl_buffer *out, const char *name, double value, int decimals)
{
    hl_json_key(out, name);
    hl_json_fixed(out, value, decimals);
}

void hl_json_member_number(struct hl_buffer *out, const char *name, double value)
{
    hl_json_key(out, name);
    hl_json_number(out, value);
}

void hl_json_member_bool(struct hl_buffer *out, const char *name, bool value)
{
    hl_json_key(out, name);
    hl_json_raw(out, value ? "true" : "false");
}

void hl_json_member_time(struct hl_buffer *out, const char *name, int64_t ms)
{
    hl_json_key(out, name);
    hl_json_time(out, ms);
}

void hl_json_member_fingerprint(struct hl_buffer *out, const char *name, const struct hl_fingerprint *fingerprint)
{
    char hex[HL_FINGERPRINT_HEX_BYTES];
    hl_fingerprint_to_hex(fingerprint, hex);
    hl_json_key(out, name);
    hl_json_string(out, (struct hl_text){hex, HL_FINGERPRINT_HEX_BYTES - 1});
}
