/*
 * error.c - names of the status codes, and filling a struct hl_error.
 */
#include <headlined/error.h>

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

const char *hl_status_code(enum hl_status status)
{
    switch (status) {
#define HL_STATUS_CODE(symbol, code, message)                                                                          \
    case HL_##symbol:                                                                                                  \
        return code;
        HL_STATUS_MAP(HL_STATUS_CODE)
#undef HL_STATUS_CODE
    case HL_STATUS_COUNT:
        break;
    }
    return "internal";
}

const char *hl_status_message(enum hl_status status)
{
    switch (status) {
#define HL_STATUS_MESSAGE(symbol, code, message)                                                                       \
    case HL_##symbol:                                                                                                  \
        return message;
        HL_STATUS_MAP(HL_STATUS_MESSAGE)
#undef HL_STATUS_MESSAGE
    case HL_STATUS_COUNT:
        break;
    }
    return "unknown status";
}

/* Bytes of the UTF-8 sequence that starts with @lead; 0 when none does. */
static size_t sequence_bytes(unsigned char lead)
{
    if (lead < 0x80)
        return 1;
    if (lead >= 0xC2 && lead < 0xE0)
        return 2;
    if (lead >= 0xE0 && lead < 0xF0)
        return 3;
    return lead >= 0xF0 && lead < 0xF5 ? 4 : 0;
}

/* The second byte rules out overlong forms, surrogates and what lies above U+10FFFF. */
static bool second_byte_fits(unsigned char lead, unsigned char second)
{
    unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    return second >= low && second <= high;
}

/* Bytes of the valid sequence at @text, at most @length > 0; 0 when it is broken or cut. */
static size_t valid_bytes(const unsigned char *text, size_t length)
{
    size_t bytes = sequence_bytes(text[0]);
    if (bytes > length || (bytes > 1 && !second_byte_fits(text[0], text[1])))
        return 0;
    for (size_t i = 2; i < bytes; i++) {
        if ((text[i] & 0xC0) != 0x80)
            return 0;
    }
    return bytes;
}

/*
 * Copies NUL-terminated @from into @to, at most @capacity bytes with the NUL, cut between characters. Messages quote
 * input, so a byte that is not UTF-8 becomes '?'.
 */
static void copy_text(char *to, size_t capacity, const char *from)
{
    size_t left = strlen(from), used = 0;
    while (left > 0) {
        size_t bytes = valid_bytes((const unsigned char *)from, left);
        size_t step = bytes > 0 ? bytes : 1;
        if (used + step >= capacity)
            break;
        if (bytes > 0)
            memcpy(to + used, from, bytes);
        else
            to[used] = '?';
        used += step;
        from += step;
        left -= step;
    }
    to[used] = '\0';
}

enum hl_status hl_error_set(struct hl_error *error, enum hl_status status, const char *field, const char *format, ...)
{
    if (error == NULL)
        return status;
    /* Copies, since @field and @format's arguments may point into *error; larger than the field, so that a character
       that vsnprintf cuts is cut away whole. */
    char message[sizeof(error->message) + 4];
    char name[sizeof(error->field)];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    copy_text(name, sizeof(name), field != NULL ? field : "");
    copy_text(error->message, sizeof(error->message), length >= 0 ? message : hl_status_message(status));
    memcpy(error->field, name, sizeof(name));
    error->status = status;
    error->offset = 0;
    return status;
}

enum hl_status hl_error_no_memory(struct hl_error *error)
{
    return hl_error_set(error, HL_NO_MEMORY, NULL, "%s", hl_status_message(HL_NO_MEMORY));
}
