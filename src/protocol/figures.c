/*
 * figures.c - figures.def as a table, and as members of `stats` (see figures.h).
 */
#include "protocol/figures.h"

#include "protocol/encode.h"
#include "protocol/events.h"

/* The struct of each group. */
#define STRUCT_ENGINE struct hl_engine_stats
#define STRUCT_SERVER struct hl_service_figures
#define STRUCT_EVENTS struct hl_events_figures
#define STRUCT_STORE struct hl_service_kept

#define HL_FIGURE(group, member, kind, metric, help)                                                                   \
    {HL_FIGURES_##group, HL_FIGURE_##kind, #member, metric, help, offsetof(STRUCT_##group, member)},
const struct hl_figure hl_figures[HL_FIGURE_COUNT] = {
#include "protocol/figures.def"
};
#undef HL_FIGURE

/* Every member is as wide as its kind is read. */
#define HL_FIGURE(group, member, kind, metric, help)                                                                   \
    _Static_assert(sizeof((STRUCT_##group *)0)->member ==                                                              \
                       (HL_FIGURE_##kind == HL_FIGURE_FLAG ? sizeof(bool) : sizeof(uint64_t)),                         \
                   #member);
#include "protocol/figures.def"
#undef HL_FIGURE

uint64_t hl_figure_value(const struct hl_figure *figure, const void *from)
{
    const char *at = (const char *)from + figure->offset;
    uint64_t value;
    if (figure->kind == HL_FIGURE_FLAG)
        return *(const bool *)at ? 1 : 0;
    memcpy(&value, at, sizeof value);
    return value;
}

void hl_figures_put_members(struct hl_buffer *out, enum hl_figure_group group, const void *from)
{
    for (size_t i = 0; i < HL_FIGURE_COUNT; i++) {
        const struct hl_figure *figure = &hl_figures[i];
        if (figure->group != group)
            continue;
        uint64_t value = hl_figure_value(figure, from);
        if (figure->kind == HL_FIGURE_FLAG)
            hl_json_member_bool(out, figure->member, value != 0);
        else
            hl_json_member_unsigned(out, figure->member, value);
    }
}
