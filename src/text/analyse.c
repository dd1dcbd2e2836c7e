/*
 * analyse.c - the second step: from clean text to words with their stems, flags and language.
 *
 * First all words are read and folded in one pass, which also gathers what speaks for a language; the folded text is the same
 * whatever the language, so that the fingerprint is a function of the text alone. Then the language is settled, and with it the stems, stop
 * words and negations.
 */
#include "core/assert.h"
#include "text/language.h"
#include "text/number.h"
#include "text/tools.h"
#include "text/utf8.h"

#include <string.h>

/* Folding makes at most two bytes of one (a Turkish I), and a character may get a space before it. */
#define TEXT_GROWTH 3

struct reader {
    struct hl_chars *chars;
    const char *clean;
    size_t length;
    size_t at;
    char *text; /* folded */
    size_t text_length;
    struct hl_word *words;
    size_t word_count;
    struct hl_language_evidence evidence;
    bool turkish;                  /* a capital I without a dot folds to one without */
    bool failed;                   /* out of memory */
    size_t longer, longer_capital; /* words of more than 3 letters after the first, and those with a capital */
    /* the word being read */
    size_t word_from, word_clean_from;
    size_t letters;
    uint64_t telltales; /* groups seen in it */
    uint32_t flags;
    enum hl_script script;
};

/* One character of the clean text. */
struct glyph {
    enum hl_char_kind kind;
    size_t size;                 /* bytes; 0 at the end of the text and when out of memory */
    const struct hl_char *about; /* NULL for ASCII */
};

static bool is_ascii_letter(char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool is_ascii_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_ascii_digit(char c)
{
    return c >= '0' && c <= '9';
}

static enum hl_char_kind ascii_kind(char c)
{
    return is_ascii_upper(c)    ? HL_CHAR_UPPER
           : is_ascii_letter(c) ? HL_CHAR_LETTER
           : is_ascii_digit(c)  ? HL_CHAR_DIGIT
                                : HL_CHAR_SEPARATOR;
}

/* The character at @at. When memory is short for its block of the character table, @reader fails and it reads as the end. */
static struct glyph look(struct reader *reader, size_t at)
{
    if (at >= reader->length)
        return (struct glyph){.kind = HL_CHAR_SEPARATOR};
    char c = reader->clean[at];
    if ((unsigned char)c < 0x80)
        return (struct glyph){.kind = ascii_kind(c), .size = 1};
    uint32_t point;
    size_t size = hl_utf8_decode(reader->clean + at, reader->length - at, &point);
    const struct hl_char *about = hl_chars_get(reader->chars, point);
    reader->failed |= !about;
    return about ? (struct glyph){.kind = (enum hl_char_kind)about->kind, .size = size, .about = about}
                 : (struct glyph){.kind = HL_CHAR_SEPARATOR};
}

static bool is_letter(struct glyph glyph)
{
    return glyph.kind == HL_CHAR_LETTER || glyph.kind == HL_CHAR_UPPER;
}

/* Whether a word goes on with @glyph. */
static bool is_word_part(struct glyph glyph)
{
    return is_letter(glyph) || glyph.kind == HL_CHAR_DIGIT || glyph.kind == HL_CHAR_MARK;
}

/* ---- words ---------------------------------------------------------------------------------------------------------- */

static void begin_word(struct reader *reader, struct glyph first)
{
    if (reader->text_length > 0)
        reader->text[reader->text_length++] = ' ';
    reader->word_from = reader->text_length;
    reader->word_clean_from = reader->at;
    reader->letters = 0;
    reader->telltales = 0;
    reader->flags = first.kind == HL_CHAR_UPPER ? HL_WORD_CAPITAL : 0;
    reader->script = HL_SCRIPT_OTHER;
}

static void push_word(struct reader *reader, size_t from, size_t clean_from)
{
    reader->words[reader->word_count++] = (struct hl_word){
        .from = (uint32_t)from,
        .to = (uint32_t)reader->text_length,
        .clean_from = (uint32_t)clean_from,
        .clean_to = (uint32_t)reader->at,
        .flags = reader->flags,
    };
    reader->evidence.scripts[reader->script]++;
}

static void end_word(struct reader *reader, struct glyph first, size_t clean_to)
{
    if (reader->word_count > 0 && is_letter(first) && reader->letters > 3) {
        reader->longer++;
        reader->longer_capital += first.kind == HL_CHAR_UPPER;
    }
    push_word(reader, reader->word_from, reader->word_clean_from);
    reader->words[reader->word_count - 1].clean_to = (uint32_t)clean_to;
}

static void note_telltale(struct reader *reader, uint8_t group)
{
    struct hl_language_evidence *evidence = &reader->evidence;
    uint64_t bit = UINT64_C(1) << group;
    if (group == 0 || (reader->telltales & bit) || evidence->telltale_count == HL_TELLTALES_MAX)
        return;
    reader->telltales |= bit;
    evidence->telltales[evidence->telltale_count++] = group;
}

static void append_ascii_letter(struct reader *reader)
{
    char c = reader->clean[reader->at++];
    if (c == 'I' && reader->turkish) {
        memcpy(reader->text + reader->text_length, "\u0131", 2);
        reader->text_length += 2;
    } else {
        reader->text[reader->text_length++] = (char)(c | 0x20);
    }
    reader->letters++;
    reader->script = HL_SCRIPT_LATIN;
}

/* A letter or mark outside ASCII. */
static void append_other(struct reader *reader, struct glyph glyph)
{
    const struct hl_char *about = glyph.about;
    HL_ASSERT(about != NULL);
    const char *folded = about->fold_length > 0 ? about->fold : reader->clean + reader->at;
    size_t size = about->fold_length > 0 ? about->fold_length : glyph.size;
    memcpy(reader->text + reader->text_length, folded, size);
    reader->text_length += size;
    reader->at += glyph.size;
    if (glyph.kind != HL_CHAR_MARK) {
        reader->letters++;
        reader->script = (enum hl_script)about->script;
    }
    note_telltale(reader, about->telltale);
}

static void append_letter(struct reader *reader, struct glyph glyph)
{
    if (glyph.about)
        append_other(reader, glyph);
    else
        append_ascii_letter(reader);
}

static void append_number(struct reader *reader)
{
    const char *number = reader->clean + reader->at;
    size_t length = hl_number_length(number, reader->length - reader->at);
    reader->text_length += hl_number_write(number, length, reader->text + reader->text_length);
    reader->at += length;
    reader->flags |= HL_WORD_NUMBER;
}

/* ---- apostrophes and dots within words -------------------------------------------------------------------------------- */

/* What French, Italian and Catalan put before a word with an apostrophe: a word of its own. No English contraction begins so. */
static bool is_elided(const char *word, size_t length)
{
    static const char *const elided[] = {"l",    "d",     "j",     "m",     "t",      "s",      "n",     "c",
                                         "qu",   "un",    "gl",    "all",   "dell",   "dall",   "nell",  "sull",
                                         "coll", "quell", "quest", "jusqu", "lorsqu", "puisqu", "quelqu"};
    for (size_t i = 0; i < sizeof elided / sizeof elided[0]; i++)
        if (strlen(elided[i]) == length && memcmp(word, elided[i], length) == 0)
            return true;
    return false;
}

/*
 * At an apostrophe in a word. True when the word goes on after it ("don't", "O'Neill"); else what belongs to it has been passed:
 * a possessive 's, or the apostrophe alone ("l'homme", "the players' union").
 */
static bool pass_apostrophe(struct reader *reader)
{
    size_t next = reader->at + 1;
    struct glyph glyph = look(reader, next);
    bool possessive = glyph.size > 0 && (reader->clean[next] | 0x20) == 's' && !is_word_part(look(reader, next + 1));
    bool joins = !possessive && (is_letter(glyph) || glyph.kind == HL_CHAR_DIGIT) &&
                 !is_elided(reader->text + reader->word_from, reader->text_length - reader->word_from);
    reader->at = possessive ? next + 1 : next;
    return joins;
}

/* The bytes of dotted single letters at the start of a word ("U.S.", "e.g.", "J.K"), 0 when there are not two. */
static size_t initials_length(struct reader *reader, struct glyph first)
{
    size_t end = 0, count = 0;
    struct glyph glyph = first;
    while (is_letter(glyph)) {
        size_t after = end + glyph.size;
        bool dot = reader->at + after < reader->length && reader->clean[reader->at + after] == '.';
        if (!dot && is_word_part(look(reader, reader->at + after)))
            break;
        count++;
        end = after + dot;
        if (!dot)
            break;
        glyph = look(reader, reader->at + end);
    }
    return count > 1 ? end : 0;
}

static void append_initials(struct reader *reader, size_t length)
{
    for (size_t end = reader->at + length; reader->at < end;) {
        if (reader->clean[reader->at] == '.')
            reader->at++;
        else
            append_letter(reader, look(reader, reader->at));
    }
}

/* ---- reading -------------------------------------------------------------------------------------------------------- */

/* Appends letters, marks and digits up to something else. */
static void append_run(struct reader *reader)
{
    for (;;) {
        while (reader->at < reader->length && is_ascii_letter(reader->clean[reader->at]))
            append_ascii_letter(reader);
        struct glyph glyph = look(reader, reader->at);
        if (glyph.kind == HL_CHAR_DIGIT)
            append_number(reader);
        else if (is_word_part(glyph))
            append_other(reader, glyph);
        else
            return;
    }
}

static void read_word(struct reader *reader, struct glyph first)
{
    begin_word(reader, first);
    size_t initials = initials_length(reader, first);
    if (initials > 0)
        append_initials(reader, initials);
    else
        append_run(reader);
    size_t clean_to = reader->at;
    while (reader->at < reader->length && reader->clean[reader->at] == '\'' && pass_apostrophe(reader)) {
        append_run(reader);
        clean_to = reader->at;
    }
    end_word(reader, first, clean_to);
}

/* A run of a script without spaces: every two neighbouring characters, each with its marks, are a word; one alone is one too. */
static void read_pairs(struct reader *reader, struct glyph first)
{
    begin_word(reader, first);
    reader->flags = HL_WORD_PAIR;
    size_t from = reader->text_length, clean_from = reader->at;
    size_t units = 0;
    for (struct glyph glyph = first; glyph.kind == HL_CHAR_PAIR; units++) {
        size_t unit_from = reader->text_length, unit_clean_from = reader->at;
        enum hl_script script = (enum hl_script)glyph.about->script;
        do {
            append_other(reader, glyph);
            glyph = look(reader, reader->at);
        } while (glyph.kind == HL_CHAR_MARK);
        reader->script = script;
        if (units > 0)
            push_word(reader, from, clean_from);
        from = unit_from;
        clean_from = unit_clean_from;
    }
    if (units == 1)
        push_word(reader, from, clean_from);
}

static void read_words(struct reader *reader)
{
    while (reader->at < reader->length && !reader->failed) {
        struct glyph glyph = look(reader, reader->at);
        if (glyph.kind == HL_CHAR_PAIR) {
            read_pairs(reader, glyph);
        } else if (is_letter(glyph) || glyph.kind == HL_CHAR_DIGIT) {
            read_word(reader, glyph);
        } else {
            reader->telltales = 0;
            note_telltale(reader, glyph.about ? glyph.about->telltale : 0);
            reader->at += glyph.size;
        }
    }
}

/* Whether the text has a letter that only Turkic languages use, all of which part the dotted from the dotless I. */
static bool is_turkish(const char *clean, size_t length)
{
    const char *end = clean + length;
    for (const char *at = clean; (at = memchr(at, 0xC4, (size_t)(end - at))) != NULL; at++) {
        unsigned char trail = end - at > 1 ? (unsigned char)at[1] : 0;
        if (trail == 0x9E || trail == 0x9F || trail == 0xB0 || trail == 0xB1) /* breve G and g, dotted I, dotless i */
            return true;
    }
    return false;
}

/* Fewer than two longer words say nothing about the habit of the title: its capitals are then not trusted either. */
static bool is_title_case(const struct reader *reader)
{
    return reader->longer < 2 || reader->longer_capital * 10 >= reader->longer * 6;
}

/* ---- what the language decides -------------------------------------------------------------------------------------- */

static struct hl_text word_text(const struct hl_text_tools *tools, const struct hl_word *word)
{
    return (struct hl_text){(const char *)tools->text.data + word->from, word->to - word->from};
}

/* Pairs and numbers are in no table and have no stem. */
static bool is_plain_word(const struct hl_word *word)
{
    return (word->flags & (HL_WORD_PAIR | HL_WORD_NUMBER)) == 0;
}

static void find_masks(struct hl_text_tools *tools, const struct hl_word *words, size_t count,
                       struct hl_word_masks *masks)
{
    for (size_t i = 0; i < count; i++)
        masks[i] = is_plain_word(&words[i]) ? hl_stems_masks(&tools->stems, word_text(tools, &words[i]))
                                            : (struct hl_word_masks){0};
}

static void set_flags(struct hl_word *words, size_t count, const struct hl_word_masks *masks, enum hl_language language)
{
    if (language == HL_LANGUAGE_UNKNOWN || language > HL_LANGUAGE_RU)
        return;
    uint16_t bit = HL_LANGUAGE_BIT(language);
    for (size_t i = 0; i < count; i++) {
        words[i].flags |= masks[i].stop & bit ? HL_WORD_STOP : 0;
        words[i].flags |= masks[i].negation & bit ? HL_WORD_NEGATION : 0;
    }
}

/* Places the stem of @word: most are a beginning of the word and need no bytes of their own; others go behind the text. */
static enum hl_status set_stem(struct hl_text_tools *tools, enum hl_language language, struct hl_word *word,
                               size_t *used)
{
    word->stem = word->from;
    word->stem_length = word->to - word->from;
    if (!is_plain_word(word))
        return HL_OK;
    struct hl_text stem, text = word_text(tools, word);
    enum hl_status status = hl_stems_stem(&tools->stems, language, text, &stem);
    if (status != HL_OK)
        return status;
    word->stem_length = (uint32_t)stem.length;
    if (stem.length <= text.length && memcmp(stem.data, text.data, stem.length) == 0)
        return HL_OK;
    char *bytes = hl_scratch_reserve(tools->memory, &tools->text, *used + stem.length);
    if (!bytes)
        return HL_NO_MEMORY;
    memcpy(bytes + *used, stem.data, stem.length);
    word->stem = (uint32_t)*used;
    *used += stem.length;
    return HL_OK;
}

static enum hl_status settle_language(struct hl_text_tools *tools, struct reader *reader, struct hl_text lang,
                                      enum hl_language *language)
{
    struct hl_word_masks *masks =
        hl_scratch_reserve(tools->memory, &tools->masks, (reader->word_count + 1) * sizeof *masks);
    if (!masks)
        return HL_NO_MEMORY;
    find_masks(tools, reader->words, reader->word_count, masks);
    *language =
        lang.length > 0 ? hl_language_from_tag(lang) : hl_language_guess(&reader->evidence, masks, reader->word_count);
    set_flags(reader->words, reader->word_count, masks, *language);
    enum hl_language stemmed = *language == HL_LANGUAGE_UNKNOWN ? HL_LANGUAGE_EN : *language;
    size_t used = reader->text_length;
    for (size_t i = 0; i < reader->word_count; i++) {
        enum hl_status status = set_stem(tools, stemmed, &reader->words[i], &used);
        if (status != HL_OK)
            return status;
    }
    return HL_OK;
}

enum hl_status hl_text_analyse(struct hl_text_tools *tools, struct hl_text clean, struct hl_text lang,
                               struct hl_analysis *out)
{
    struct reader reader = {.chars = &tools->chars, .clean = clean.data, .length = clean.length};
    size_t room = clean.length * TEXT_GROWTH + 1;
    reader.text = hl_scratch_reserve(tools->memory, &tools->text, room);
    reader.words = hl_scratch_reserve(tools->memory, &tools->words, (clean.length + 1) * sizeof *reader.words);
    if (!reader.text || !reader.words)
        return HL_NO_MEMORY;
    reader.turkish = clean.length > 0 && is_turkish(clean.data, clean.length);
    read_words(&reader);
    HL_ASSERT(reader.text_length <= room && reader.word_count <= clean.length);
    enum hl_language language = HL_LANGUAGE_UNKNOWN;
    enum hl_status status = reader.failed ? HL_NO_MEMORY : settle_language(tools, &reader, lang, &language);
    if (status != HL_OK)
        return status;
    *out = (struct hl_analysis){
        .clean = clean,
        .text = {tools->text.data, reader.text_length},
        .stems = tools->text.data,
        .words = reader.words,
        .word_count = reader.word_count,
        .title_case = is_title_case(&reader),
        .language = language,
    };
    return HL_OK;
}
