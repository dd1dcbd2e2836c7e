/*
 * process.h - what the server asks the operating system about its own process.
 */
#ifndef HL_SERVER_PROCESS_H
#define HL_SERVER_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Raises the soft limit of open files to @wanted as far as the hard limit allows; returns the soft limit then (0: unknown). */
uint64_t hl_process_raise_files(uint64_t wanted);

/* Bytes of memory in use by this process; 0 where it cannot be told. */
uint64_t hl_process_resident_bytes(void);

/* Fills @out from the system's random source; false when there is none. */
bool hl_process_random(void *out, size_t bytes);

#endif
