/*
 * input.h - what may be given to the engine: the checks of one headline's fields, each with an error that says what to do.
 */
#ifndef HL_ENGINE_INPUT_H
#define HL_ENGINE_INPUT_H

#include <headlined/engine.h>

/* The years 0 to 9999: what RFC 3339 can write, and far from the ends of int64_t, so that differences fit. */
#define HL_TIME_MIN_MS (-62167219200000LL)
#define HL_TIME_MAX_MS 253402300799999LL

/* Checks every field on its own. HL_INVALID or HL_TOO_LARGE with the field named. Pure. */
enum hl_status hl_input_check(const struct hl_headline *headline, struct hl_error *error);

/* The name of a collection alone. */
enum hl_status hl_input_check_collection(struct hl_text name, struct hl_error *error);

#endif
