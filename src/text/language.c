/*
 * language.c - language tags, and the guess of a title's language.
 *
 * The script alone decides for most scripts. For Latin and Cyrillic, letters that few languages use and function words vote; what only one
 * language has counts most. Titles are short: a wrong guess stems a word unlike its neighbours', so thin evidence gives UNKNOWN.
 */
#include "text/language.h"

#include <uchar.h>
#include <utf8proc.h>

/* ---- tags --------------------------------------------------------------------------------------------------------- */

static const char tags[HL_LANGUAGE_COUNT][3] = {
    [HL_LANGUAGE_UNKNOWN] = "", [HL_LANGUAGE_EN] = "en", [HL_LANGUAGE_DE] = "de", [HL_LANGUAGE_FR] = "fr",
    [HL_LANGUAGE_ES] = "es",    [HL_LANGUAGE_PT] = "pt", [HL_LANGUAGE_IT] = "it", [HL_LANGUAGE_NL] = "nl",
    [HL_LANGUAGE_SV] = "sv",    [HL_LANGUAGE_RU] = "ru", [HL_LANGUAGE_AR] = "ar", [HL_LANGUAGE_CA] = "ca",
    [HL_LANGUAGE_DA] = "da",    [HL_LANGUAGE_EL] = "el", [HL_LANGUAGE_EU] = "eu", [HL_LANGUAGE_FI] = "fi",
    [HL_LANGUAGE_GA] = "ga",    [HL_LANGUAGE_HI] = "hi", [HL_LANGUAGE_HU] = "hu", [HL_LANGUAGE_HY] = "hy",
    [HL_LANGUAGE_ID] = "id",    [HL_LANGUAGE_LT] = "lt", [HL_LANGUAGE_NE] = "ne", [HL_LANGUAGE_NO] = "no",
    [HL_LANGUAGE_RO] = "ro",    [HL_LANGUAGE_SR] = "sr", [HL_LANGUAGE_TA] = "ta", [HL_LANGUAGE_TR] = "tr",
    [HL_LANGUAGE_YI] = "yi",    [HL_LANGUAGE_ZH] = "zh", [HL_LANGUAGE_JA] = "ja", [HL_LANGUAGE_KO] = "ko",
    [HL_LANGUAGE_TH] = "th",    [HL_LANGUAGE_UK] = "uk", [HL_LANGUAGE_BG] = "bg", [HL_LANGUAGE_PL] = "pl",
    [HL_LANGUAGE_CS] = "cs",    [HL_LANGUAGE_SL] = "sl", [HL_LANGUAGE_VI] = "vi", [HL_LANGUAGE_HE] = "he",
    [HL_LANGUAGE_FA] = "fa",
};

/* Other tags in use for the same languages: the two written standards of Norwegian, and ISO 639's old codes. */
static const struct {
    char tag[3];
    uint8_t language; /* enum hl_language */
} aliases[] = {
    {"nb", HL_LANGUAGE_NO}, {"nn", HL_LANGUAGE_NO}, {"iw", HL_LANGUAGE_HE},
    {"in", HL_LANGUAGE_ID}, {"ji", HL_LANGUAGE_YI},
};

static bool is_tag(const char *tag, const char letters[2])
{
    return tag[0] == letters[0] && tag[1] == letters[1];
}

enum hl_language hl_language_from_tag(struct hl_text tag)
{
    if (tag.length < 2 || (tag.length > 2 && tag.data[2] != '-' && tag.data[2] != '_'))
        return HL_LANGUAGE_UNKNOWN;
    char letters[2] = {(char)(tag.data[0] | 0x20), (char)(tag.data[1] | 0x20)};
    for (int language = HL_LANGUAGE_UNKNOWN + 1; language < HL_LANGUAGE_COUNT; language++)
        if (is_tag(tags[language], letters))
            return (enum hl_language)language;
    for (size_t i = 0; i < sizeof aliases / sizeof aliases[0]; i++)
        if (is_tag(aliases[i].tag, letters))
            return (enum hl_language)aliases[i].language;
    return HL_LANGUAGE_UNKNOWN;
}

const char *hl_language_tag(enum hl_language language)
{
    return (unsigned)language < HL_LANGUAGE_COUNT ? tags[language] : "";
}

/* ---- telltale letters --------------------------------------------------------------------------------------------- */

#define L(name) (UINT64_C(1) << HL_LANGUAGE_##name)

struct telltale {
    const char16_t *letters; /* lower case */
    uint64_t languages;      /* that write with them; none: one that is not known here */
};

/* Group 0 is no group. A letter is in the first group that lists it. */
static const struct telltale telltales[] = {
    {u"", 0},
    {u"ß", L(DE)},
    {u"äö", L(DE) | L(SV) | L(FI)},
    {u"ü", L(DE) | L(TR) | L(HU)},
    {u"å", L(SV) | L(DA) | L(NO)},
    {u"æø", L(DA) | L(NO)},
    {u"ñ¿¡", L(ES)},
    {u"áíóú", L(ES) | L(PT) | L(HU) | L(CS)},
    {u"é", L(FR) | L(ES) | L(PT) | L(HU) | L(CS)},
    {u"ãõ", L(PT)},
    {u"ç", L(FR) | L(PT) | L(CA) | L(TR)},
    {u"âêô", L(FR) | L(PT) | L(VI)},
    {u"îïëûùœ", L(FR)},
    {u"è", L(FR) | L(IT) | L(CA)},
    {u"à", L(FR) | L(IT) | L(PT) | L(CA)},
    {u"ìò", L(IT)},
    {u"őű", L(HU)},
    {u"ğış\u0130", L(TR)},
    {u"ąćęłńśźż", L(PL)},
    {u"ėįųū", L(LT)},
    {u"ěřůďťň", L(CS)},
    {u"čšž", L(CS) | L(SL) | L(LT)},
    {u"ășțţ", L(RO)},
    {u"ơưđạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ", L(VI)},
    {u"ыэё", L(RU)},
    {u"ъ", L(BG)},
    {u"іїєґ", L(UK)},
    {u"јљњђћџ", L(SR)},
    {u"ўѓќѕәғқңөұүһ", 0}, /* Belarusian, Macedonian, Kazakh and others */
    {u"پچژگکی", L(FA)},
    {u"ٹڈڑںےھہ", 0}, /* Urdu */
    {u"װױײ", L(YI)},
    {u"ळ", 0}, /* Marathi */
};

#define TELLTALE_GROUPS (sizeof telltales / sizeof telltales[0])

uint8_t hl_language_telltale(uint32_t point)
{
    uint32_t lower = point == 0x130 ? point : (uint32_t)utf8proc_tolower((utf8proc_int32_t)point);
    for (size_t group = 1; group < TELLTALE_GROUPS; group++)
        for (const char16_t *letter = telltales[group].letters; *letter; letter++)
            if (*letter == lower)
                return (uint8_t)group;
    return 0;
}

/* ---- the guess ---------------------------------------------------------------------------------------------------- */

/* The weight of a letter or function word that so many languages have. */
static unsigned weight_of(uint64_t languages)
{
    uint64_t without_one = languages & (languages - 1);
    uint64_t without_two = without_one & (without_one - 1);
    return !without_one ? 3 : !without_two ? 2 : 1;
}

static void vote(unsigned *scores, uint64_t languages, unsigned weight)
{
    for (; languages != 0; languages &= languages - 1)
        scores[__builtin_ctzll(languages)] += weight;
}

/* The most seen script; the earlier one of enum hl_script when two are seen equally often. */
static enum hl_script main_script(const struct hl_language_evidence *evidence)
{
    size_t best = HL_SCRIPT_OTHER;
    for (size_t script = 0; script < HL_SCRIPT_COUNT; script++)
        if (evidence->scripts[script] > evidence->scripts[best])
            best = script;
    return (enum hl_script)best;
}

/* The highest score that no other language shares, when it is at least @least. */
static enum hl_language clear_winner(const unsigned *scores, unsigned least)
{
    size_t best = HL_LANGUAGE_UNKNOWN;
    bool shared = true;
    for (size_t language = 1; language < HL_LANGUAGE_COUNT; language++) {
        if (scores[language] > scores[best]) {
            best = language;
            shared = false;
        } else if (scores[language] == scores[best]) {
            shared = true;
        }
    }
    return shared || scores[best] < least ? HL_LANGUAGE_UNKNOWN : (enum hl_language)best;
}

/* What a language needs to win among those in Latin script. */
enum {
    ENGLISH_LEAST = 3, /* one word that is only English: harmless, since the unknown is stemmed as English too */
    OTHER_LEAST = 4,   /* one such word is often a name or quoted; a second witness settles it */
    LETTERS_LEAST = 6, /* letters alone: those of one foreign name ("Pe\u00F1a wins") are not enough */
};

static enum hl_language guess_latin(const struct hl_language_evidence *evidence, const struct hl_word_masks *masks,
                                    size_t count)
{
    unsigned scores[HL_LANGUAGE_COUNT] = {0};
    uint64_t spoken = 0;
    for (size_t i = 0; i < count; i++) {
        uint64_t function_word = masks[i].function & masks[i].stop;
        uint64_t news_word = masks[i].function & ~function_word; /* "gold", "China": at home in others too */
        vote(scores, function_word, weight_of(function_word));
        vote(scores, news_word, 1);
        spoken |= masks[i].function;
    }
    for (size_t i = 0; i < evidence->telltale_count; i++) {
        uint64_t languages = telltales[evidence->telltales[i]].languages;
        vote(scores, languages, weight_of(languages));
    }
    enum hl_language winner = clear_winner(scores, ENGLISH_LEAST);
    bool heard = spoken >> winner & 1;
    unsigned least = winner == HL_LANGUAGE_EN ? ENGLISH_LEAST : heard ? OTHER_LEAST : LETTERS_LEAST;
    return scores[winner] < least ? HL_LANGUAGE_UNKNOWN : winner;
}

/* For a script that one language mostly has to itself here: another one needs a telltale letter. */
static enum hl_language guess_by_letters(const struct hl_language_evidence *evidence, enum hl_language usual)
{
    unsigned scores[HL_LANGUAGE_COUNT] = {0};
    for (size_t i = 0; i < evidence->telltale_count; i++) {
        uint64_t languages = telltales[evidence->telltales[i]].languages;
        if (languages == 0)
            return HL_LANGUAGE_UNKNOWN;
        vote(scores, languages, weight_of(languages));
    }
    enum hl_language winner = clear_winner(scores, 1);
    return winner == HL_LANGUAGE_UNKNOWN ? usual : winner;
}

enum hl_language hl_language_guess(const struct hl_language_evidence *evidence, const struct hl_word_masks *masks,
                                   size_t count)
{
    switch (main_script(evidence)) {
    case HL_SCRIPT_LATIN:
        return guess_latin(evidence, masks, count);
    case HL_SCRIPT_CYRILLIC:
        return guess_by_letters(evidence, HL_LANGUAGE_RU);
    case HL_SCRIPT_ARABIC:
        return guess_by_letters(evidence, HL_LANGUAGE_AR);
    case HL_SCRIPT_HEBREW:
        return guess_by_letters(evidence, HL_LANGUAGE_HE);
    case HL_SCRIPT_DEVANAGARI:
        return guess_by_letters(evidence, HL_LANGUAGE_HI);
    case HL_SCRIPT_GREEK:
        return HL_LANGUAGE_EL;
    case HL_SCRIPT_ARMENIAN:
        return HL_LANGUAGE_HY;
    case HL_SCRIPT_TAMIL:
        return HL_LANGUAGE_TA;
    case HL_SCRIPT_THAI:
        return HL_LANGUAGE_TH;
    case HL_SCRIPT_HANGUL:
        return HL_LANGUAGE_KO;
    case HL_SCRIPT_KANA:
        return HL_LANGUAGE_JA;
    case HL_SCRIPT_HAN: /* Japanese titles are mostly Han, but never without kana */
        return evidence->scripts[HL_SCRIPT_KANA] > 0 ? HL_LANGUAGE_JA : HL_LANGUAGE_ZH;
    case HL_SCRIPT_OTHER:
    case HL_SCRIPT_COUNT:
        break;
    }
    return HL_LANGUAGE_UNKNOWN;
}
