/*
 * buffer.h - a growing byte buffer with a sticky failure flag, for building output and for collecting input.
 *
 * Uses malloc directly: it serves the edge (protocol, server, programs), not the engine. Once an append fails for want
 * of memory, failed is set and further appends do nothing, so that a writer needs one check at its end. Not thread-safe.
 */
#ifndef HL_CORE_BUFFER_H
#define HL_CORE_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

struct hl_buffer {
    char *data; /* owned; not NUL-terminated */
    size_t length;
    size_t capacity;
    bool failed;
};

void hl_buffer_init(struct hl_buffer *buffer);
/* Frees the bytes; the buffer is then as after init. */
void hl_buffer_clear(struct hl_buffer *buffer);
/* Length 0, memory kept, failed reset. */
void hl_buffer_reset(struct hl_buffer *buffer);
/* Makes room for @bytes more; false (and failed set) when out of memory. */
bool hl_buffer_reserve(struct hl_buffer *buffer, size_t bytes);
bool hl_buffer_append(struct hl_buffer *buffer, const void *data, size_t bytes);
bool hl_buffer_append_text(struct hl_buffer *buffer, const char *text); /* NUL-terminated */
bool hl_buffer_printf(struct hl_buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Drops the first @bytes (at most length). */
void hl_buffer_consume(struct hl_buffer *buffer, size_t bytes);

#endif
