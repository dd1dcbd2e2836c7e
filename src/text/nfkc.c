/*
 * nfkc.c - decomposition with plain equivalents, canonical order, composition.
 */
#include "text/nfkc.h"

#include "core/assert.h"

#include <stdbool.h>
#include <string.h>
#include <utf8proc.h>

#define MARKS_MAX 30

#define ACUTE_ACCENT 0xB4 /* typed for an apostrophe; NFKC would make a space and a combining mark of it */

struct plain_range {
    int32_t first, last;
    int32_t plain; /* 0: dropped */
};

/* In order of code points. What follows from the general category is not here. */
static const struct plain_range plain_ranges[] = {
    {0x09, 0x0D, ' '},     {0x85, 0x85, ' '},      {0xAB, 0xAB, '"'},     {0xBB, 0xBB, '"'},
    {0x2B9, 0x2B9, '\''},  {0x2BB, 0x2BF, '\''},   {0x55A, 0x55A, '\''},  {0x58A, 0x58A, '-'},
    {0x5BE, 0x5BE, '-'},   {0x5F3, 0x5F3, '\''},   {0x5F4, 0x5F4, '"'},   {0x640, 0x640, 0},
    {0x66B, 0x66B, '.'},   {0x66C, 0x66C, ','},    {0x2010, 0x2015, '-'}, {0x2018, 0x201B, '\''},
    {0x201C, 0x201F, '"'}, {0x2032, 0x2032, '\''}, {0x2033, 0x2033, '"'}, {0x2035, 0x2035, '\''},
    {0x2036, 0x2036, '"'}, {0x2039, 0x203A, '\''}, {0x2043, 0x2043, '-'}, {0x2044, 0x2044, '/'},
    {0x2212, 0x2212, '-'}, {0x2215, 0x2215, '/'},  {0x2E3A, 0x2E3B, '-'},
};

static const struct plain_range *find_plain_range(int32_t point)
{
    size_t low = 0, high = sizeof plain_ranges / sizeof plain_ranges[0];
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (plain_ranges[middle].last < point)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < sizeof plain_ranges / sizeof plain_ranges[0] && plain_ranges[low].first <= point;
    return found ? &plain_ranges[low] : NULL;
}

static bool is_decimal(int32_t point)
{
    return utf8proc_get_property(point)->category == UTF8PROC_CATEGORY_ND;
}

/*
 * The digit that a decimal digit of any script stands for. Unicode puts the ten of a script in a row that begins at a code point
 * ending in 0 or 6 (the mathematical digits do not, but NFKC has made those ASCII).
 */
static int32_t plain_digit(int32_t point)
{
    int32_t low = point & 0xF;
    return '0' + (is_decimal(point - low) ? low : low - 6);
}

/* The plain equivalent of one decomposed code point: itself for most, 0 when it is dropped. */
static int32_t plain(int32_t point)
{
    if (point > ' ' && point < 0x7F)
        return point;
    const struct plain_range *range = find_plain_range(point);
    if (range)
        return range->plain;
    const utf8proc_property_t *property = utf8proc_get_property(point);
    switch (property->category) {
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return ' ';
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
        return 0;
    case UTF8PROC_CATEGORY_ND:
        return plain_digit(point);
    default:
        return property->ignorable ? 0 : point;
    }
}

size_t hl_nfkc_append(int32_t *points, size_t count, uint32_t point)
{
    int32_t parts[HL_NFKC_MAX_POINTS] = {0};
    int boundary = 0;
    utf8proc_ssize_t size = 1;
    if (point == ACUTE_ACCENT)
        parts[0] = '\'';
    else
        size = utf8proc_decompose_char((utf8proc_int32_t)point, parts, HL_NFKC_MAX_POINTS,
                                       UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT, &boundary);
    HL_ASSERT(size >= 0 && size < HL_NFKC_MAX_POINTS);
    bool after_digit = count > 0 && points[count - 1] >= '0' && points[count - 1] <= '9';
    if (after_digit && utf8proc_get_property((utf8proc_int32_t)point)->decomp_type == UTF8PROC_DECOMP_TYPE_FRACTION)
        points[count++] = ' ';
    for (utf8proc_ssize_t i = 0; i < size; i++) {
        int32_t replaced = plain(parts[i]);
        if (replaced != 0)
            points[count++] = replaced;
    }
    return count;
}

static int combining_class(int32_t point)
{
    return point < 0x300 ? 0 : utf8proc_get_property(point)->combining_class;
}

/* Canonical order (a stable sort of each run of marks by combining class), dropping marks beyond MARKS_MAX of a run. */
static size_t order_marks(int32_t *points, size_t count)
{
    int classes[MARKS_MAX];
    size_t run = 0, kept = 0;
    for (size_t i = 0; i < count; i++) {
        int32_t point = points[i];
        int class = combining_class(point);
        if (class == 0) {
            run = 0;
            points[kept++] = point;
            continue;
        }
        if (run == MARKS_MAX)
            continue;
        size_t place = run++;
        size_t start = kept++ - place;
        for (; place > 0 && classes[place - 1] > class; place--) {
            classes[place] = classes[place - 1];
            points[start + place] = points[start + place - 1];
        }
        classes[place] = class;
        points[start + place] = point;
    }
    return kept;
}

size_t hl_nfkc_compose(int32_t *points, size_t count)
{
    count = order_marks(points, count);
    utf8proc_ssize_t composed =
        utf8proc_normalize_utf32(points, (utf8proc_ssize_t)count, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    HL_ASSERT(composed >= 0);
    return (size_t)composed;
}
