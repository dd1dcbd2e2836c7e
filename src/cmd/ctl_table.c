/*
 * ctl_table.c - tables for people (see ctl_table.h).
 */
#include "cmd/ctl_table.h"

#include "core/assert.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { GAP = 2, FLEXIBLE_MIN = 12 };

void ctl_table_init(struct ctl_table *table, const struct ctl_column *columns, size_t column_count)
{
    HL_ASSERT(column_count > 0 && column_count <= CTL_TABLE_COLUMNS_MAX);
    *table = (struct ctl_table){.columns = columns, .column_count = column_count};
    hl_buffer_init(&table->text);
    hl_buffer_init(&table->spans);
    for (size_t i = 0; i < column_count; i++)
        table->widths[i] = ctl_text_width(columns[i].title, strlen(columns[i].title));
}

void ctl_table_clear(struct ctl_table *table)
{
    hl_buffer_clear(&table->text);
    hl_buffer_clear(&table->spans);
}

void ctl_table_add(struct ctl_table *table, const char *text)
{
    size_t length = text ? strlen(text) : 0, width = ctl_text_width(text, length);
    size_t *widest = &table->widths[table->cell_count % table->column_count];
    if (width > *widest)
        *widest = width;
    if (length > 0)
        hl_buffer_append(&table->text, text, length);
    hl_buffer_append(&table->spans, &table->text.length, sizeof table->text.length);
    table->cell_count++;
}

void ctl_table_printf(struct ctl_table *table, const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    ctl_table_add(table, text);
}

/* What becomes of the columns on a screen. */
struct layout {
    size_t widths[CTL_TABLE_COLUMNS_MAX];
    bool shown[CTL_TABLE_COLUMNS_MAX];
};

/* The columns that are shown, cut to their own limits; returns the width of the table. */
static size_t choose(const struct ctl_table *table, const struct ctl_screen *screen, struct layout *layout)
{
    size_t total = 0;
    for (size_t i = 0; i < table->column_count; i++) {
        const struct ctl_column *column = &table->columns[i];
        bool on_screen = screen->width > 0;
        layout->shown[i] = !on_screen || screen->width >= column->screen_min;
        layout->widths[i] = table->widths[i];
        if (on_screen && column->width_max > 0 && layout->widths[i] > column->width_max)
            layout->widths[i] = column->width_max;
        if (layout->shown[i])
            total += layout->widths[i] + (total > 0 ? GAP : 0);
    }
    return total;
}

/* Takes from the flexible column what does not fit. */
static void fit(const struct ctl_table *table, const struct ctl_screen *screen, struct layout *layout)
{
    size_t total = choose(table, screen, layout);
    if (screen->width == 0 || total <= screen->width)
        return;
    size_t excess = total - screen->width;
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i].flexible && layout->widths[i] > FLEXIBLE_MIN)
            layout->widths[i] = layout->widths[i] > excess + FLEXIBLE_MIN ? layout->widths[i] - excess : FLEXIBLE_MIN;
}

static void pad(struct hl_buffer *out, size_t columns)
{
    for (; columns > 0; columns--)
        hl_buffer_append(out, " ", 1);
}

/* One cell at the end of its row so far, in its column's width. */
static void render_cell(const struct ctl_column *column, const struct ctl_screen *screen, size_t width,
                        enum ctl_style style, const char *text, size_t length, struct hl_buffer *out)
{
    size_t shown = ctl_text_width(text, length), appended = 0;
    if (column->right)
        pad(out, shown < width ? width - shown : 0);
    if (length > 0) {
        ctl_style_begin(out, screen, style);
        appended = ctl_text_append(out, text, length, width);
        ctl_style_end(out, screen, style);
    }
    if (!column->right)
        pad(out, width - appended);
}

static void end_row(struct hl_buffer *out)
{
    while (out->length > 0 && out->data[out->length - 1] == ' ')
        out->length--;
    hl_buffer_append_text(out, "\n");
}

/* The @nth cell of the titles or of the body, row by row. */
static void render_nth(const struct ctl_table *table, const struct ctl_screen *screen, const struct layout *layout,
                       size_t nth, bool title, const char *text, size_t length, struct hl_buffer *out)
{
    size_t i = nth % table->column_count;
    const struct ctl_column *column = &table->columns[i];
    if (layout->shown[i]) {
        if (out->length > 0 && out->data[out->length - 1] != '\n')
            pad(out, GAP);
        render_cell(column, screen, layout->widths[i], title ? CTL_BOLD : column->style, text, length, out);
    }
    if (i + 1 == table->column_count)
        end_row(out);
}

void ctl_table_render(const struct ctl_table *table, const struct ctl_screen *screen, struct hl_buffer *out)
{
    out->failed = out->failed || table->text.failed || table->spans.failed;
    if (out->failed)
        return;
    struct layout layout;
    fit(table, screen, &layout);
    for (size_t i = 0; i < table->column_count; i++)
        render_nth(table, screen, &layout, i, true, table->columns[i].title, strlen(table->columns[i].title), out);
    const char *text = table->text.data ? table->text.data : ""; /* all cells may be empty */
    size_t from = 0;
    for (size_t cell = 0; cell < table->cell_count; cell++) {
        size_t to;
        memcpy(&to, table->spans.data + cell * sizeof to, sizeof to);
        render_nth(table, screen, &layout, cell, false, text + from, to - from, out);
        from = to;
    }
}

void ctl_table_finish(struct ctl_table *table, struct hl_buffer *out)
{
    struct ctl_screen screen = ctl_screen_of(stdout);
    ctl_table_render(table, &screen, out);
    ctl_table_clear(table);
}
