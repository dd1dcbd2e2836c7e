/*
 * background.c - look-up in the generated word tables: share of a stem, weight of a 3-gram, masks of a function word.
 */
#include "text/background_table.h"

#include <string.h>

/* 2^(-byte / 16) without libm, whose last bit differs between machines. */
static double share_from_byte(unsigned byte)
{
    static const double sixteenth[16] = {
        1.0,
        0.95760328069857365,
        0.91700404320467123,
        0.87812608018664974,
        0.84089641525371454,
        0.80524516597462716,
        0.77110541270397041,
        0.73841307296974966,
        0.70710678118654752,
        0.67712777346844632,
        0.64841977732550483,
        0.62092890603674203,
        0.59460355750136053,
        0.56939431737834583,
        0.54525386633262883,
        0.52213689121370692,
    };
    return sixteenth[byte % 16] / (double)(1u << (byte / 16));
}

double hl_background_share(enum hl_language language, const char *stem, size_t stem_length)
{
    if (language < HL_LANGUAGE_EN || language > HL_LANGUAGE_RU || stem_length > HL_BACKGROUND_STEM_BYTES)
        return 0.0;
    const struct hl_background_rows *table = &hl_background_rows[language - HL_LANGUAGE_EN][stem_length];
    size_t row_bytes = stem_length + 2;
    size_t low = 0;
    size_t high = table->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const unsigned char *row = table->rows + middle * row_bytes;
        int order = memcmp(stem, row, stem_length);
        if (order == 0)
            return share_from_byte(row[stem_length + 1]);
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return 0.0;
}

/* 9 bits for a letter that the nine languages use, 0 for any other: Latin and the marks as they are, Cyrillic moved behind them. */
static uint32_t letter_symbol(uint32_t letter)
{
    if (letter < 0x180)
        return letter;
    return letter - 0x400 < 0x80 ? letter - 0x280 : 0;
}

unsigned hl_background_gram_weight(uint64_t gram)
{
    enum { WEIGHT_UNKNOWN = 15, LETTER_MASK = 0x1FFFFF };
    uint32_t first = letter_symbol((uint32_t)(gram >> 42) & LETTER_MASK);
    uint32_t second = letter_symbol((uint32_t)(gram >> 21) & LETTER_MASK);
    uint32_t third = letter_symbol((uint32_t)gram & LETTER_MASK);
    if (first == 0 || second == 0 || third == 0)
        return WEIGHT_UNKNOWN;
    uint32_t key = first << 18 | second << 9 | third;
    uint32_t slot = (uint32_t)(key * UINT32_C(2654435761)) >> 18; /* multiplicative hash: the top 14 bits */
    for (; hl_background_grams[slot] != 0; slot = (slot + 1) % HL_BACKGROUND_GRAM_SLOTS) {
        if (hl_background_grams[slot] >> 4 == key)
            return hl_background_grams[slot] & 15u;
    }
    return WEIGHT_UNKNOWN;
}

static uint32_t fnv1a(const char *data, size_t length)
{
    uint32_t hash = UINT32_C(2166136261);
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)data[i]) * UINT32_C(16777619);
    return hash;
}

struct hl_word_masks hl_tables_word(const char *folded, size_t length)
{
    struct hl_word_masks none = {0, 0, 0};
    if (length == 0 || length > HL_TABLE_WORD_BYTES)
        return none;
    uint32_t slot = fnv1a(folded, length) % HL_TABLE_WORD_SLOTS;
    for (; hl_table_word_slots[slot] != 0; slot = (slot + 1) % HL_TABLE_WORD_SLOTS) {
        const struct hl_table_word *row = &hl_table_words[hl_table_word_slots[slot] - 1];
        if (memcmp(row->word, folded, length) == 0 && row->word[length] == '\0')
            return row->masks;
    }
    return none;
}
