/*
 * tools.h - what a struct hl_text_tools is made of. Internal to src/text.
 */
#ifndef HL_TEXT_TOOLS_H
#define HL_TEXT_TOOLS_H

#include "text/chars.h"
#include "text/stem.h"
#include "text/text.h"

/* Working memory that only grows, so that a stream of titles soon allocates nothing. */
struct hl_scratch {
    void *data; /* owned */
    size_t bytes;
};

/* At least @bytes of @scratch, what it held kept; NULL when out of memory (it is then as before). */
void *hl_scratch_reserve(struct hl_memory *memory, struct hl_scratch *scratch, size_t bytes);

struct hl_text_tools {
    struct hl_memory *memory; /* borrowed */
    struct hl_chars chars;
    struct hl_stems stems;
    struct hl_scratch decoded; /* clean: the title without character references */
    struct hl_scratch points;  /* clean: its code points, when it needs the full normalisation */
    struct hl_scratch clean;   /* clean: the result */
    struct hl_scratch text;    /* analyse: folded words, then the stems that are no prefix of their word */
    struct hl_scratch words;   /* analyse: struct hl_word */
    struct hl_scratch masks;   /* analyse: struct hl_word_masks of each word */
};

#endif
