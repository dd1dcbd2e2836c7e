/*
 * ctl_table.c - tables for people (see ctl_table.h).
 */
#include "cmd/ctl_table.h"

#include "core/assert.h"

#include <stdarg.h>
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

/* Takes from the flexible column what does not fit. */
static void fit(const struct ctl_table *table, const struct ctl_screen *screen, size_t widths[CTL_TABLE_COLUMNS_MAX])
{
    size_t total = GAP * (table->column_count - 1), flexible = table->column_count;
    for (size_t i = 0; i < table->column_count; i++) {
        widths[i] = table->widths[i];
        total += widths[i];
        if (table->columns[i].flexible)
            flexible = i;
    }
    if (screen->width == 0 || total <= screen->width || flexible == table->column_count)
        return;
    size_t excess = total - screen->width;
    widths[flexible] = widths[flexible] > excess + FLEXIBLE_MIN ? widths[flexible] - excess : FLEXIBLE_MIN;
}

static void pad(struct hl_buffer *out, size_t columns)
{
    for (; columns > 0; columns--)
        hl_buffer_append(out, " ", 1);
}

/* One cell in its column. */
static void render_cell(const struct ctl_table *table, const struct ctl_screen *screen, size_t column, size_t width,
                        enum ctl_style style, const char *text, size_t length, struct hl_buffer *out)
{
    size_t shown = ctl_text_width(text, length), appended = 0;
    size_t blanks = shown < width ? width - shown : 0;
    if (column > 0)
        pad(out, GAP);
    if (table->columns[column].right)
        pad(out, blanks);
    if (length > 0) {
        ctl_style_begin(out, screen, style);
        appended = ctl_text_append(out, text, length, width);
        ctl_style_end(out, screen, style);
    }
    if (shown > width && appended < width)
        blanks = width - appended; /* a wide character did not fit before the ellipsis */
    if (!table->columns[column].right)
        pad(out, blanks);
}

static void end_row(struct hl_buffer *out)
{
    while (out->length > 0 && out->data[out->length - 1] == ' ')
        out->length--;
    hl_buffer_append_text(out, "\n");
}

void ctl_table_render(const struct ctl_table *table, const struct ctl_screen *screen, struct hl_buffer *out)
{
    out->failed = out->failed || table->text.failed || table->spans.failed;
    if (out->failed)
        return;
    size_t widths[CTL_TABLE_COLUMNS_MAX];
    fit(table, screen, widths);
    for (size_t i = 0; i < table->column_count; i++)
        render_cell(table, screen, i, widths[i], CTL_BOLD, table->columns[i].title, strlen(table->columns[i].title),
                    out);
    end_row(out);
    const char *text = table->text.data ? table->text.data : ""; /* all cells may be empty */
    size_t from = 0;
    for (size_t cell = 0; cell < table->cell_count; cell++) {
        size_t column = cell % table->column_count, to;
        memcpy(&to, table->spans.data + cell * sizeof to, sizeof to);
        render_cell(table, screen, column, widths[column], table->columns[column].style, text + from, to - from, out);
        if (column + 1 == table->column_count)
            end_row(out);
        from = to;
    }
}
