/*
 * figures.h - figures.def as a table over the structs that the figures stand in.
 */
#ifndef HL_PROTOCOL_FIGURES_H
#define HL_PROTOCOL_FIGURES_H

#include "protocol/service.h"

enum hl_figure_group { HL_FIGURES_ENGINE, HL_FIGURES_SERVER, HL_FIGURES_EVENTS, HL_FIGURES_STORE };

enum hl_figure_kind { HL_FIGURE_COUNTER, HL_FIGURE_GAUGE, HL_FIGURE_FLAG, HL_FIGURE_MICROSECONDS };

struct hl_figure {
    enum hl_figure_group group;
    enum hl_figure_kind kind;
    const char *member, *metric, *help;
    size_t offset; /* in the struct of its group */
};

/* The rows of figures.def in order. */
#define HL_FIGURE(group, member, kind, metric, help) +1
enum {
    HL_FIGURE_COUNT = 0
#include "protocol/figures.def"
};
#undef HL_FIGURE
extern const struct hl_figure hl_figures[HL_FIGURE_COUNT];

/* The value of @figure in @from, the struct of its group; a flag is 0 or 1. */
uint64_t hl_figure_value(const struct hl_figure *figure, const void *from);

/* Appends the members of @group from @from, its struct. */
void hl_figures_put_members(struct hl_buffer *out, enum hl_figure_group group, const void *from);

#endif
