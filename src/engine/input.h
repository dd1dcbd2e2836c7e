/*
 * input.h - what may be given to the engine: the checks of one headline's fields, each with an error that says what to do.
 */
#ifndef HL_ENGINE_INPUT_H
#define HL_ENGINE_INPUT_H

#include <headlined/engine.h>

/* Checks every field on its own. HL_INVALID or HL_TOO_LARGE with the field named. Pure. */
enum hl_status hl_input_check(const struct hl_headline *headline, struct hl_error *error);

#endif
