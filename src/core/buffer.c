/*
 * buffer.c - the growing byte buffer of the edge.
 */
#include "core/buffer.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 256

void hl_buffer_init(struct hl_buffer *buffer)
{
    *buffer = (struct hl_buffer){0};
}

void hl_buffer_clear(struct hl_buffer *buffer)
{
    free(buffer->data);
    hl_buffer_init(buffer);
}

void hl_buffer_reset(struct hl_buffer *buffer)
{
    buffer->length = 0;
    buffer->failed = false;
}

static bool fail(struct hl_buffer *buffer)
{
    buffer->failed = true;
    return false;
}

bool hl_buffer_reserve(struct hl_buffer *buffer, size_t bytes)
{
    if (buffer->failed)
        return false;
    if (bytes <= buffer->capacity - buffer->length)
        return true;
    if (bytes > PTRDIFF_MAX - buffer->length)
        return fail(buffer);
    size_t needed = buffer->length + bytes;
    size_t doubled = buffer->capacity < PTRDIFF_MAX / 2 ? 2 * buffer->capacity : needed;
    size_t capacity = needed > doubled ? needed : doubled;
    if (capacity < FIRST_CAPACITY)
        capacity = FIRST_CAPACITY;
    char *data = realloc(buffer->data, capacity);
    if (data == NULL)
        return fail(buffer);
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

bool hl_buffer_append(struct hl_buffer *buffer, const void *data, size_t bytes)
{
    if (!hl_buffer_reserve(buffer, bytes))
        return false;
    if (bytes > 0)
        memcpy(buffer->data + buffer->length, data, bytes);
    buffer->length += bytes;
    return true;
}

bool hl_buffer_append_text(struct hl_buffer *buffer, const char *text)
{
    return hl_buffer_append(buffer, text, strlen(text));
}

bool hl_buffer_printf(struct hl_buffer *buffer, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0)
        return fail(buffer);
    size_t room = (size_t)length + 1; /* vsnprintf ends with a NUL, which is not counted */
    if (!hl_buffer_reserve(buffer, room))
        return false;
    va_start(arguments, format);
    (void)vsnprintf(buffer->data + buffer->length, room, format, arguments);
    va_end(arguments);
    buffer->length += (size_t)length;
    return true;
}

void hl_buffer_consume(struct hl_buffer *buffer, size_t bytes)
{
    if (bytes > buffer->length)
        bytes = buffer->length;
    if (bytes == 0)
        return;
    buffer->length -= bytes;
    memmove(buffer->data, buffer->data + bytes, buffer->length);
}
