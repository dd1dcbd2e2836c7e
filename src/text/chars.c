/*
 * chars.c - computes the properties of code points from utf8proc, a block of 256 at a time.
 */
#include "text/chars.h"

#include "core/assert.h"
#include "text/language.h"
#include "text/nfkc.h"
#include "text/utf8.h"

#include <string.h>
#include <utf8proc.h>

struct script_range {
    uint32_t first, last;
    uint8_t script; /* enum hl_script */
    bool pairs;     /* written without spaces between words */
};

/* In order of code points. Only what language guessing and character pairs need. */
static const struct script_range script_ranges[] = {
    {0x41, 0x2AF, HL_SCRIPT_LATIN, false},       {0x370, 0x3FF, HL_SCRIPT_GREEK, false},
    {0x400, 0x52F, HL_SCRIPT_CYRILLIC, false},   {0x530, 0x58F, HL_SCRIPT_ARMENIAN, false},
    {0x590, 0x5FF, HL_SCRIPT_HEBREW, false},     {0x600, 0x6FF, HL_SCRIPT_ARABIC, false},
    {0x750, 0x77F, HL_SCRIPT_ARABIC, false},     {0x8A0, 0x8FF, HL_SCRIPT_ARABIC, false},
    {0x900, 0x97F, HL_SCRIPT_DEVANAGARI, false}, {0xB80, 0xBFF, HL_SCRIPT_TAMIL, false},
    {0xE00, 0xE7F, HL_SCRIPT_THAI, true},        {0xE80, 0xEFF, HL_SCRIPT_OTHER, true}, /* Lao */
    {0x1000, 0x109F, HL_SCRIPT_OTHER, true},                                            /* Myanmar */
    {0x1780, 0x17FF, HL_SCRIPT_OTHER, true},                                            /* Khmer */
    {0x1E00, 0x1EFF, HL_SCRIPT_LATIN, false},    {0x1F00, 0x1FFF, HL_SCRIPT_GREEK, false},
    {0x3005, 0x3007, HL_SCRIPT_HAN, true},       {0x3041, 0x30FF, HL_SCRIPT_KANA, true},
    {0x3100, 0x312F, HL_SCRIPT_HAN, true}, /* Bopomofo */
    {0x31F0, 0x31FF, HL_SCRIPT_KANA, true},      {0x3400, 0x4DBF, HL_SCRIPT_HAN, true},
    {0x4E00, 0x9FFF, HL_SCRIPT_HAN, true},       {0xAC00, 0xD7A3, HL_SCRIPT_HANGUL, true},
    {0xF900, 0xFAFF, HL_SCRIPT_HAN, true},       {0x20000, 0x3FFFF, HL_SCRIPT_HAN, true},
};

/* The two great blocks of letters without case or decomposition need no table. */
static const struct hl_char ideograph = {.cleaning = HL_CHAR_KEEP, .kind = HL_CHAR_PAIR, .script = HL_SCRIPT_HAN};
static const struct hl_char syllable = {.cleaning = HL_CHAR_KEEP, .kind = HL_CHAR_PAIR, .script = HL_SCRIPT_HANGUL};

static const struct script_range *find_script(uint32_t point)
{
    static const struct script_range none = {0, 0, HL_SCRIPT_OTHER, false};
    for (size_t i = 0; i < sizeof script_ranges / sizeof script_ranges[0]; i++)
        if (point >= script_ranges[i].first && point <= script_ranges[i].last)
            return &script_ranges[i];
    return &none;
}

static uint8_t find_kind(uint32_t point, bool pairs)
{
    switch (utf8proc_get_property((utf8proc_int32_t)point)->category) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LT:
        return HL_CHAR_UPPER;
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
        return pairs ? HL_CHAR_PAIR : HL_CHAR_LETTER;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
        return HL_CHAR_MARK;
    default:
        return HL_CHAR_SEPARATOR;
    }
}

/*
 * Whether a code point that begins with @point when decomposed never combines with what stands before it: it is neither a mark nor
 * a vowel or final consonant of conjoining Hangul. (All others have Unicode's NFC_Quick_Check=Yes in that respect.)
 */
static bool stands_alone(int32_t point)
{
    if (point >= 0x1160 && point <= 0x11FF)
        return false;
    const utf8proc_property_t *property = utf8proc_get_property(point);
    return property->combining_class == 0 && property->category != UTF8PROC_CATEGORY_MN &&
           property->category != UTF8PROC_CATEGORY_MC && property->category != UTF8PROC_CATEGORY_ME;
}

static void set_cleaning(struct hl_char *about, uint32_t point)
{
    int32_t points[HL_NFKC_MAX_POINTS];
    size_t count = hl_nfkc_append(points, 0, point);
    if (count == 0) {
        about->cleaning = HL_CHAR_DROP;
        return;
    }
    bool alone = stands_alone(points[0]);
    count = hl_nfkc_compose(points, count);
    about->plain = (uint32_t)points[0];
    about->cleaning = !alone || count != 1 ? HL_CHAR_NORMALISE : about->plain == point ? HL_CHAR_KEEP : HL_CHAR_REPLACE;
}

/*
 * Unicode full case folding, composed again. The Turkish capital I with a dot becomes a plain i: folding it to an i with a
 * combining dot, as Unicode does, would part "\u0130stanbul" from "Istanbul" for everyone.
 */
static void set_fold(struct hl_char *about, uint32_t point)
{
    int32_t points[HL_NFKC_MAX_POINTS];
    int boundary = 0;
    utf8proc_ssize_t count = 1;
    if (point == 0x130)
        points[0] = 'i';
    else
        count = utf8proc_decompose_char((utf8proc_int32_t)point, points, HL_NFKC_MAX_POINTS,
                                        UTF8PROC_STABLE | UTF8PROC_CASEFOLD, &boundary);
    HL_ASSERT(count > 0 && count <= HL_NFKC_MAX_POINTS);
    size_t composed = hl_nfkc_compose(points, (size_t)count);
    char bytes[HL_NFKC_MAX_POINTS * HL_UTF8_MAX_BYTES];
    size_t length = 0;
    for (size_t i = 0; i < composed; i++)
        length += hl_utf8_encode((uint32_t)points[i], bytes + length);
    HL_ASSERT(length <= sizeof about->fold);
    if (composed == 1 && (uint32_t)points[0] == point)
        return;
    about->fold_length = (uint8_t)length;
    memcpy(about->fold, bytes, length);
}

static void describe(struct hl_char *about, uint32_t point)
{
    *about = (struct hl_char){.plain = point};
    if (point >= 0xD800 && point <= 0xDFFF)
        return; /* surrogates never come: UTF-8 has none */
    const struct script_range *range = find_script(point);
    about->script = range->script;
    about->kind = find_kind(point, range->pairs);
    about->telltale = hl_language_telltale(point);
    set_cleaning(about, point);
    if (about->cleaning == HL_CHAR_KEEP || about->kind == HL_CHAR_MARK)
        set_fold(about, point);
}

static struct hl_char *make_block(struct hl_chars *chars, uint32_t number)
{
    struct hl_char *block = hl_memory_allocate(chars->memory, 256 * sizeof *block);
    if (!block)
        return NULL;
    for (uint32_t i = 0; i < 256; i++)
        describe(&block[i], number << 8 | i);
    chars->blocks[number] = block;
    return block;
}

void hl_chars_init(struct hl_chars *chars, struct hl_memory *memory)
{
    *chars = (struct hl_chars){.memory = memory};
}

void hl_chars_clear(struct hl_chars *chars)
{
    for (size_t i = 0; i < HL_CHARS_BLOCKS; i++)
        if (chars->blocks[i])
            hl_memory_release(chars->memory, chars->blocks[i], 256 * sizeof *chars->blocks[i]);
}

const struct hl_char *hl_chars_get(struct hl_chars *chars, uint32_t point)
{
    if (point >= 0x4E00 && point <= 0x9FFF)
        return &ideograph;
    if (point >= 0xAC00 && point <= 0xD7A3)
        return &syllable;
    if (point > 0xFFFF) {
        describe(&chars->other, point);
        return &chars->other;
    }
    const struct hl_char *block = chars->blocks[point >> 8];
    if (!block && !(block = make_block(chars, point >> 8)))
        return NULL;
    return &block[point & 0xFF];
}
