/*
 * ctl_table.h - rows and columns for people, aligned by what a terminal shows, not by bytes.
 *
 * Cells are added row by row and printed at the end, when the widths are known. On a screen, columns of less importance are left out or
 * cut, and then the flexible one (at most one) is cut until the table fits; elsewhere everything is whole. Text is made safe as in
 * ctl_text.h.
 */
#ifndef HL_CMD_CTL_TABLE_H
#define HL_CMD_CTL_TABLE_H

#include "cmd/ctl_text.h"

#define CTL_TABLE_COLUMNS_MAX 16

struct ctl_column {
    const char *title;
    bool right;    /* aligned to the right, for numbers */
    bool flexible; /* may be cut to fit */
    enum ctl_style style;
    size_t screen_min; /* left out on narrower screens */
    size_t width_max;  /* cut to this on a screen; 0: no limit */
};

struct ctl_table {
    const struct ctl_column *columns; /* borrowed */
    size_t column_count;
    struct hl_buffer text;  /* owned; all cells one after the other */
    struct hl_buffer spans; /* owned; size_t end of each cell in text */
    size_t cell_count;
    size_t widths[CTL_TABLE_COLUMNS_MAX];
};

void ctl_table_init(struct ctl_table *table, const struct ctl_column *columns, size_t column_count);
void ctl_table_clear(struct ctl_table *table);

/* The next cell, left to right, then the next row. Copies. @text may be NULL: an empty cell. */
void ctl_table_add(struct ctl_table *table, const char *text);
void ctl_table_printf(struct ctl_table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Appends the titles and all rows to @out; a want of memory, now or before, is remembered by @out. */
void ctl_table_render(const struct ctl_table *table, const struct ctl_screen *screen, struct hl_buffer *out);

/* Renders the table for stdout's screen and clears it. */
void ctl_table_finish(struct ctl_table *table, struct hl_buffer *out);

#endif
