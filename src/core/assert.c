/*
 * assert.c - the end of the program when headlined itself is wrong.
 */
#include "core/assert.h"

#include <stdio.h>
#include <stdlib.h>

void hl_assert_failed(const char *expression, const char *file, int line)
{
    (void)fprintf(stderr, "headlined: bug at %s:%d: \"%s\" does not hold; please report it\n", file, line, expression);
    abort();
}
