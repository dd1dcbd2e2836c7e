/*
 * clones.h - hot loops over integers, compiled for several processors and chosen at load time.
 *
 * Only for functions whose result cannot depend on the choice. Sanitizers and other compilers get the plain function.
 */
#ifndef HL_CORE_CLONES_H
#define HL_CORE_CLONES_H

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) &&               \
    !defined(__SANITIZE_THREAD__)
#define HL_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define HL_CLONES
#endif

#endif
