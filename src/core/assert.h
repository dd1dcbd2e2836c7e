/*
 * assert.h - invariants that cannot fail unless headlined has a bug: always on, in release builds too.
 *
 * Bad input and want of resources are errors, never assertions. The expression must have no side effect.
 */
#ifndef HL_CORE_ASSERT_H
#define HL_CORE_ASSERT_H

#define HL_ASSERT(expression) ((expression) ? (void)0 : hl_assert_failed(#expression, __FILE__, __LINE__))

/* Prints the place to stderr and aborts. */
void hl_assert_failed(const char *expression, const char *file, int line) __attribute__((noreturn, cold));

#endif
