/*
 * facts.c - two titles compared word by word (see facts.h).
 */
#include "engine/facts.h"

#include "core/maths.h"
#include "engine/wording.h"

#include <math.h>
#include <string.h>

#define FUNCTION_SHARE 0.02 /* a word in more titles than this carries no meaning */
#define RARE 8.0 /* natural-log inverse share from which a word has full weight; words that no table knows have it */
#define NAME_PART 0.5 /* weight of an unmatched word beside a matched one of the same name ("Nelson" Mandela) */
#define RUSSIAN_MARGIN                                                                                                 \
    0.06                  /* asked beyond share_min where words stand for words in Russian: fewer opposites are known */
#define INITIALS_MAX 5    /* letters of an abbreviation that is spelt out elsewhere */
#define DERIVED_LETTERS 5 /* of a word that another may be derived from... */
#define DERIVED_REST 6    /* ...by so many bytes */
#define NOT_MATCHED UINT32_MAX

struct word {
    struct hl_text text, stem; /* text: of a number its digits */
    struct hl_text same;       /* what stands for it and all that say the same; length 0 when not asked for */
    const struct hl_word *origin;
    uint32_t flags;
    uint32_t match; /* index in the other title */
    double weight;  /* 0 for function words and decorations */
    char mark;      /* of a number: sign or currency */
    char unit;      /* of a number: what multiplies it, or 0 */
    bool capital;   /* where capitals tell */
    bool name;      /* seen to be one */
    bool maybe;     /* could be one */
};

struct title {
    const struct hl_analysis *analysis;
    enum hl_language language; /* whose tables are asked */
    uint32_t count;
    struct word word[HL_WORDS_MAX];
};

/* ---- numbers -------------------------------------------------------------------------------------------------------- */

static bool follows_word(const char *clean, size_t at)
{
    return at > 0 &&
           ((clean[at - 1] >= '0' && clean[at - 1] <= '9') || (clean[at - 1] | 32) >= 'a' || clean[at - 1] & 0x80);
}

/* '-' for a negative number, a byte that stands for its currency, else '+'. */
static char mark_of(const struct hl_analysis *analysis, const struct hl_word *word)
{
    static const struct {
        const char *sign;
        size_t bytes;
    } currencies[] = {{"$", 1}, {"€", 3}, {"£", 2}, {"¥", 2}, {"₹", 3}, {"₽", 3}};
    const char *clean = analysis->clean.data;
    size_t at = word->clean_from;
    if (at > 0 && clean[at - 1] == '-' && !follows_word(clean, at - 1))
        return '-';
    for (size_t i = 0; i < sizeof currencies / sizeof currencies[0]; i++) {
        size_t bytes = currencies[i].bytes;
        if (at >= bytes && memcmp(clean + at - bytes, currencies[i].sign, bytes) == 0)
            return (char)('a' + i);
    }
    return '+';
}

size_t hl_number_marks(const struct hl_analysis *analysis, char *marks, size_t room)
{
    size_t count = 0;
    for (size_t i = 0; i < analysis->word_count && count < room; i++)
        if (analysis->words[i].flags & HL_WORD_NUMBER)
            marks[count++] = mark_of(analysis, &analysis->words[i]);
    return count;
}

/* A currency may be left unsaid, a sign may not. */
static bool marks_agree(char a, char b)
{
    return a == b || (a != '-' && b != '-' && (a == '+' || b == '+'));
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Parts "900bn" into digits and unit, and drops zeros that say nothing ("1.0"). */
static void read_digits(struct word *w)
{
    size_t digits = 0;
    while (digits < w->text.length && (is_digit(w->text.data[digits]) || w->text.data[digits] == '.'))
        digits++;
    if (digits < w->text.length) {
        w->unit = hl_wording_unit((struct hl_text){w->text.data + digits, w->text.length - digits});
        if (w->unit == '\0')
            return;
        w->text.length = digits;
    }
    const char *point = digits > 0 ? memchr(w->text.data, '.', digits) : NULL;
    if (!point || memchr(point + 1, '.', (size_t)(w->text.data + digits - point - 1)))
        return; /* none, or a date */
    while (w->text.data[w->text.length - 1] == '0')
        w->text.length--;
    if (w->text.data[w->text.length - 1] == '.')
        w->text.length--;
}

static bool same_number(const struct word *x, const struct word *y)
{
    return hl_text_equals(x->text, y->text) && x->unit == y->unit && marks_agree(x->mark, y->mark);
}

/* ---- reading a title ------------------------------------------------------------------------------------------------ */

static bool is_english(const struct hl_analysis *analysis)
{
    return analysis->language == HL_LANGUAGE_EN || analysis->language == HL_LANGUAGE_UNKNOWN;
}

/* True when capitals tell names from other words. */
static bool shows_names(const struct hl_analysis *analysis)
{
    if (analysis->title_case)
        return false;
    for (size_t i = 0; i < analysis->word_count; i++)
        if (analysis->words[i].flags & HL_WORD_CAPITAL)
            return true;
    return false;
}

static bool has_small_letter(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (text[i] >= 'a' && text[i] <= 'z')
            return true;
    return false;
}

/* "US" and "WHO" where the rest of the title is not all capitals: names, whatever the small word means. */
static bool is_acronym(const struct hl_analysis *analysis, const struct hl_word *word)
{
    size_t bytes = word->clean_to - word->clean_from;
    return bytes > 1 && (word->flags & HL_WORD_CAPITAL) &&
           !has_small_letter(analysis->clean.data + word->clean_from, bytes) &&
           has_small_letter(analysis->clean.data, analysis->clean.length);
}

static void read_word(const struct title *t, const struct hl_word *origin, struct word *w)
{
    const struct hl_analysis *analysis = t->analysis;
    *w = (struct word){.text = {analysis->text.data + origin->from, origin->to - origin->from},
                       .stem = {analysis->stems + origin->stem, origin->stem_length},
                       .origin = origin,
                       .flags = origin->flags,
                       .match = NOT_MATCHED};
    struct hl_text digits = {NULL, 0};
    if (w->flags & HL_WORD_NUMBER) {
        w->mark = mark_of(analysis, origin);
        read_digits(w);
    } else if (is_english(analysis) && (digits = hl_wording_number(w->text)).length > 0) {
        w->text = digits;
        w->mark = '+';
        w->flags |= HL_WORD_NUMBER;
    }
}

/* How many of the @left words from @next on belong to the number before them: its unit, or "percent". */
static size_t pass_number_words(struct title *t, const struct word *next, size_t left)
{
    struct word *last = t->count > 0 ? &t->word[t->count - 1] : NULL;
    if (!last || !(last->flags & HL_WORD_NUMBER))
        return 0;
    char unit = last->unit == '\0' ? hl_wording_unit(next->text) : '\0';
    if (unit != '\0') {
        last->unit = unit;
        return 1;
    }
    if (hl_wording_is_percent(next->text))
        return 1;
    const struct hl_word *after = next->origin + 1;
    bool per_cent = left > 1 && next->text.length == 3 && memcmp(next->text.data, "per", 3) == 0 &&
                    after->to - after->from == 4 && memcmp(t->analysis->text.data + after->from, "cent", 4) == 0;
    return per_cent ? 2 : 0;
}

/* False when there are more words than are looked at. */
static bool read_title(const struct hl_analysis *analysis, const struct hl_analysis *other, struct title *t)
{
    t->analysis = analysis;
    t->language = analysis->language != HL_LANGUAGE_UNKNOWN ? analysis->language : other->language;
    t->count = 0;
    if (analysis->word_count >= HL_WORDS_MAX)
        return false;
    for (size_t i = 0; i < analysis->word_count;) {
        struct word *w = &t->word[t->count];
        read_word(t, &analysis->words[i], w);
        size_t passed = pass_number_words(t, w, analysis->word_count - i);
        t->count += passed == 0;
        i += passed > 0 ? passed : 1;
    }
    return true;
}

static double weight_of(const struct title *t, const struct word *w)
{
    if (w->flags & (HL_WORD_NUMBER | HL_WORD_NEGATION))
        return 1;
    if (hl_wording_is_decoration(w->text))
        return 0;
    double share = hl_background_share(t->language, w->stem.data, w->stem.length);
    if ((w->flags & HL_WORD_STOP) || share >= FUNCTION_SHARE)
        return is_acronym(t->analysis, w->origin) ? NAME_PART : 0;
    double rarity = share > 0 ? -hl_ln(share) / RARE : 1;
    return rarity < 1 ? rarity : 1;
}

/* Gives each word its weight and tells which may be names. False when nothing has a meaning. */
static bool weigh(struct title *t)
{
    bool shows = shows_names(t->analysis), any = false;
    for (uint32_t i = 0; i < t->count; i++) {
        struct word *w = &t->word[i];
        w->weight = weight_of(t, w);
        any |= w->weight > 0;
        if (w->weight == 0 || (w->flags & HL_WORD_NUMBER))
            continue;
        w->capital = shows && (w->flags & HL_WORD_CAPITAL);
        w->name = w->capital && (i > 0 || w->weight == 1 || is_acronym(t->analysis, w->origin));
        w->maybe = w->name || (!shows && w->weight == 1);
    }
    return any;
}

/* ---- which words are the same --------------------------------------------------------------------------------------- */

/*
 * A key under which British and American spellings meet: doubled letters once, z as s, "our" as "or", final "re" as "er". @out has room
 * for the word.
 */
static size_t spelling_key(struct hl_text word, char *out)
{
    size_t n = 0;
    for (size_t i = 0; i < word.length; i++) {
        char byte = word.data[i] == 'z' ? 's' : word.data[i];
        bool our = byte == 'u' && n > 0 && out[n - 1] == 'o' && i + 1 < word.length && word.data[i + 1] == 'r';
        if (!our && (n == 0 || out[n - 1] != byte))
            out[n++] = byte;
    }
    if (n > 3 && out[n - 2] == 'r' && out[n - 1] == 'e') {
        out[n - 2] = 'e';
        out[n - 1] = 'r';
    }
    return n;
}

static bool is_spelling_variant(struct hl_text s, struct hl_text t)
{
    char x[64], y[64];
    if (s.length > sizeof x || t.length > sizeof y || s.length < 5 || t.length < 5)
        return false;
    size_t m = spelling_key(s, x), n = spelling_key(t, y);
    return m == n && memcmp(x, y, m) == 0;
}

static size_t common_prefix(struct hl_text s, struct hl_text t)
{
    size_t n = 0;
    while (n < s.length && n < t.length && s.data[n] == t.data[n])
        n++;
    return n;
}

/* Two neighbouring letters in the other order, or, in a longer word, one letter missing that is not at its end. */
static bool is_typo(struct hl_text s, struct hl_text t)
{
    size_t n = common_prefix(s, t);
    if (s.length == t.length)
        return s.length >= 6 && n + 2 <= s.length && s.data[n] == t.data[n + 1] && s.data[n + 1] == t.data[n] &&
               memcmp(s.data + n + 2, t.data + n + 2, s.length - n - 2) == 0;
    return s.length + 1 == t.length && s.length >= 7 && n < s.length &&
           memcmp(s.data + n, t.data + n + 1, s.length - n) == 0;
}

static bool begins_letter(char byte)
{
    return ((unsigned char)byte & 0xC0) != 0x80;
}

static size_t count_letters(struct hl_text word)
{
    size_t count = 0;
    for (size_t i = 0; i < word.length; i++)
        count += begins_letter(word.data[i]);
    return count;
}

/* True when the first @bytes bytes of @word lack at most its last letter. */
static bool lacks_one_letter(struct hl_text word, size_t bytes)
{
    return count_letters((struct hl_text){word.data + bytes, word.length - bytes}) <= 1;
}

/* "retire" and "retirement"; of names only an adjective or what belongs to one ("Kestria", "Kestrian"). */
static bool is_derived(const struct word *x, const struct word *y)
{
    static const char *const endings[] = {"n", "an", "ian", "i", "ese", "ish", "s"};
    struct hl_text s = x->text, t = y->text;
    size_t n = common_prefix(s, t), rest = t.length - s.length;
    if (!(x->capital && y->capital))
        return rest > 0 && rest <= DERIVED_REST && count_letters(s) >= DERIVED_LETTERS && lacks_one_letter(s, n);
    if (s.length < 4 || n < s.length)
        return false;
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++)
        if (strlen(endings[i]) == rest && memcmp(t.data + n, endings[i], rest) == 0)
            return true;
    return false;
}

static bool is_same(const struct word *x, const struct word *y)
{
    if ((x->flags | y->flags) & HL_WORD_NUMBER)
        return (x->flags & y->flags & HL_WORD_NUMBER) && same_number(x, y);
    return x->text.data[0] == y->text.data[0] && (hl_text_equals(x->stem, y->stem) || hl_text_equals(x->text, y->text));
}

/* Looks up what stands for each word that has no match yet. */
static void find_same(struct title *t)
{
    for (uint32_t i = 0; i < t->count; i++) {
        struct word *w = &t->word[i];
        if (w->match != NOT_MATCHED || w->weight == 0 || (w->flags & (HL_WORD_NUMBER | HL_WORD_PAIR)))
            continue;
        w->same = hl_wording_same(w->text);
        if (w->same.data == w->text.data)
            w->same = hl_wording_same(w->stem);
    }
}

static bool is_variant(const struct word *x, const struct word *y)
{
    if (x->text.data[0] != y->text.data[0] || x->weight == 0 || y->weight == 0 ||
        ((x->flags | y->flags) & (HL_WORD_NUMBER | HL_WORD_PAIR)))
        return false;
    if (x->text.length > y->text.length)
        return is_variant(y, x);
    return is_spelling_variant(x->text, y->text) || is_typo(x->text, y->text) || is_derived(x, y);
}

static bool is_equivalent(const struct word *x, const struct word *y)
{
    return x->same.length > 0 && hl_text_equals(x->same, y->same);
}

/* Matches words for which @same holds, the first to the first. */
static void match(struct title *a, struct title *b, bool (*same)(const struct word *, const struct word *))
{
    for (uint32_t i = 0; i < a->count; i++)
        for (uint32_t j = 0; j < b->count && a->word[i].match == NOT_MATCHED; j++)
            if (b->word[j].match == NOT_MATCHED && same(&a->word[i], &b->word[j])) {
                a->word[i].match = j;
                b->word[j].match = i;
            }
}

/* Words of a title that may be written as one elsewhere: neither numbers nor matched. */
static bool is_free(const struct word *w)
{
    return w->match == NOT_MATCHED && !(w->flags & (HL_WORD_NUMBER | HL_WORD_PAIR));
}

/* The number of words from @from on that put together are @text ("air strike"); 0 when they are not. */
static uint32_t count_parts(const struct title *t, uint32_t from, struct hl_text text)
{
    size_t at = 0;
    uint32_t i = from;
    for (; i < t->count && at < text.length; i++) {
        struct hl_text part = t->word[i].text;
        if (!is_free(&t->word[i]) || part.length > text.length - at ||
            memcmp(part.data, text.data + at, part.length) != 0)
            return 0;
        at += part.length;
    }
    return at == text.length && i > from + 1 ? i - from : 0;
}

/* The number of words from @from on whose first letters are @text ("Bank of England"); 0 when they are not. */
static uint32_t count_initials(const struct title *t, uint32_t from, struct hl_text text)
{
    if (text.length < 2 || text.length > INITIALS_MAX || from + text.length > t->count)
        return 0;
    for (uint32_t i = 0; i < text.length; i++)
        if (!is_free(&t->word[from + i]) || t->word[from + i].text.data[0] != text.data[i])
            return 0;
    return (uint32_t)text.length;
}

/* Matches words of @a with what is several words in @b: their parts or what they abbreviate. */
static void match_several(struct title *a, struct title *b)
{
    for (uint32_t i = 0; i < a->count; i++) {
        struct word *w = &a->word[i];
        for (uint32_t from = 0; from < b->count && w->weight > 0 && is_free(w); from++) {
            uint32_t count = count_parts(b, from, w->text);
            if (count == 0)
                count = count_initials(b, from, w->text);
            for (uint32_t j = from; j < from + count; j++)
                b->word[j].match = i;
            if (count > 0)
                w->match = from;
        }
    }
}

static bool has_rest(const struct title *t)
{
    for (uint32_t i = 0; i < t->count; i++)
        if (t->word[i].match == NOT_MATCHED && t->word[i].weight > 0)
            return true;
    return false;
}

static void match_all(struct title *a, struct title *b)
{
    match(a, b, is_same);
    if (!has_rest(a) || !has_rest(b))
        return;
    match(a, b, is_variant);
    match_several(a, b);
    match_several(b, a);
    if (!is_english(a->analysis) || !is_english(b->analysis))
        return;
    find_same(a);
    find_same(b);
    match(a, b, is_equivalent);
}

/* ---- facts ---------------------------------------------------------------------------------------------------------- */

static uint32_t next_number(const struct title *t, uint32_t at)
{
    while (at < t->count && !(t->word[at].flags & HL_WORD_NUMBER))
        at++;
    return at;
}

/* The text of word @at, empty when there is no such word. */
static struct hl_text text_at(const struct title *t, uint32_t at)
{
    return at < t->count ? t->word[at].text : (struct hl_text){NULL, 0};
}

/* Interchangeable when there is nothing to say against it. */
static struct hl_near_finding compare_numbers(const struct title *a, const struct title *b)
{
    uint32_t i = next_number(a, 0), j = next_number(b, 0);
    while (i < a->count && j < b->count && same_number(&a->word[i], &b->word[j])) {
        i = next_number(a, i + 1);
        j = next_number(b, j + 1);
    }
    if (i < a->count || j < b->count)
        return (struct hl_near_finding){HL_NEAR_numbers, text_at(a, i), text_at(b, j)};
    return hl_near_because(HL_NEAR_interchangeable);
}

/* The number of negations; *@last gets the last one. */
static uint32_t count_negations(const struct title *t, struct hl_text *last)
{
    uint32_t count = 0;
    *last = (struct hl_text){NULL, 0};
    for (uint32_t i = 0; i < t->count; i++)
        if (t->word[i].flags & HL_WORD_NEGATION) {
            count++;
            *last = t->word[i].text;
        }
    return count;
}

static struct hl_near_finding compare_negations(const struct title *a, const struct title *b)
{
    struct hl_near_finding finding = {.why = HL_NEAR_negation};
    uint32_t in_a = count_negations(a, &finding.first), in_b = count_negations(b, &finding.second);
    return in_a != in_b ? finding : hl_near_because(HL_NEAR_interchangeable);
}

/* The first direction of @a that @b lacks, or an empty text. */
static struct hl_text direction_beyond(const struct title *a, const struct title *b)
{
    for (uint32_t i = 0; i < a->count; i++) {
        bool found = a->word[i].match != NOT_MATCHED || !hl_wording_is_direction(a->word[i].text);
        for (uint32_t j = 0; j < b->count && !found; j++)
            found = hl_text_equals(a->word[i].text, b->word[j].text);
        if (!found)
            return a->word[i].text;
    }
    return (struct hl_text){NULL, 0};
}

static struct hl_near_finding compare_directions(const struct title *a, const struct title *b)
{
    struct hl_near_finding finding = {HL_NEAR_direction, direction_beyond(a, b), direction_beyond(b, a)};
    bool differ = finding.first.length > 0 && finding.second.length > 0;
    return differ ? finding : hl_near_because(HL_NEAR_interchangeable);
}

/* True when a word left of @a's word @at stands right of it in the other title, and the other way round. */
static bool is_pivot(const struct title *a, uint32_t at)
{
    uint32_t place = a->word[at].match;
    bool from_left = false, from_right = false;
    if (place == NOT_MATCHED || hl_wording_is_and(a->word[at].text))
        return false;
    for (uint32_t i = 0; i < a->count; i++) {
        const struct word *w = &a->word[i];
        if (w->match == NOT_MATCHED || w->weight == 0)
            continue;
        from_left |= i < at && w->match > place;
        from_right |= i > at && w->match < place;
    }
    return from_left && from_right;
}

/* True when a word with a meaning stands between two places and has no match. */
static bool has_unmatched_between(const struct title *t, uint32_t from, uint32_t to)
{
    for (uint32_t i = from + 1; i < to; i++)
        if (t->word[i].match == NOT_MATCHED && t->word[i].weight > 0)
            return true;
    return false;
}

/* True when word @i of @a and a later one changed sides, and in both titles something else stands between them. */
static bool is_turned(const struct title *a, const struct title *b, uint32_t i)
{
    if (a->word[i].match == NOT_MATCHED || a->word[i].weight == 0)
        return false;
    for (uint32_t k = i + 1; k < a->count; k++)
        if (a->word[k].match < a->word[i].match && a->word[k].weight > 0 && has_unmatched_between(a, i, k) &&
            has_unmatched_between(b, a->word[k].match, a->word[i].match))
            return true;
    return false;
}

static struct hl_near_finding compare_roles(const struct title *a, const struct title *b)
{
    for (uint32_t i = 0; i < a->count; i++)
        if (is_pivot(a, i) || is_turned(a, b, i))
            return (struct hl_near_finding){HL_NEAR_order, a->word[i].text, text_at(b, a->word[i].match)};
    return hl_near_because(HL_NEAR_interchangeable);
}

static struct hl_pole pole_of(const struct word *w)
{
    struct hl_pole pole = hl_wording_pole(w->stem);
    if (pole.axis == HL_AXIS_NONE)
        pole = hl_wording_pole(w->text);
    return pole.axis != HL_AXIS_NONE ? pole : hl_wording_pole(w->same);
}

/* What the words that only one title has amount to. */
struct rest {
    uint32_t words;
    bool capital, name, maybe;
    struct hl_text weightiest; /* the first of those that weigh most */
    struct hl_text changer;    /* one that changes the fact, or empty */
};

static struct rest rest_of(const struct title *t)
{
    struct rest rest = {0};
    double most = 0;
    for (uint32_t i = 0; i < t->count; i++) {
        const struct word *w = &t->word[i];
        if (w->match != NOT_MATCHED || w->weight == 0)
            continue;
        rest.words++;
        rest.capital |= w->capital;
        rest.name |= w->name;
        rest.maybe |= w->maybe;
        if (w->weight > most) {
            most = w->weight;
            rest.weightiest = w->text;
        }
        if (rest.changer.length == 0 && ((w->flags & HL_WORD_PAIR) || hl_wording_is_changer(w->text)))
            rest.changer = w->text;
    }
    return rest;
}

/* A word that only @a has and that excludes one that only @b has. */
static struct hl_near_finding compare_opposites(const struct title *a, const struct title *b)
{
    for (uint32_t i = 0; i < a->count; i++) {
        struct hl_pole pole = {HL_AXIS_NONE, 0};
        if (a->word[i].match == NOT_MATCHED)
            pole = pole_of(&a->word[i]);
        for (uint32_t j = 0; j < b->count && pole.axis != HL_AXIS_NONE; j++) {
            struct hl_pole other =
                b->word[j].match == NOT_MATCHED ? pole_of(&b->word[j]) : (struct hl_pole){HL_AXIS_NONE, 0};
            if (other.axis == pole.axis && other.pole != pole.pole)
                return (struct hl_near_finding){HL_NEAR_opposites, a->word[i].text, b->word[j].text};
        }
    }
    return hl_near_because(HL_NEAR_interchangeable);
}

/* True for titles of one language of which the table has opposites. */
static bool knows_opposites(const struct hl_analysis *a, const struct hl_analysis *b)
{
    bool english = a->language == HL_LANGUAGE_EN || b->language == HL_LANGUAGE_EN;
    return (english && is_english(a) && is_english(b)) ||
           (a->language == HL_LANGUAGE_RU && b->language == HL_LANGUAGE_RU);
}

static bool is_of_future(const struct title *t)
{
    for (uint32_t i = 0; i < t->count; i++)
        if (hl_wording_is_future(t->word[i].text))
            return true;
    return false;
}

static bool are_names(struct rest a, struct rest b)
{
    return (a.name && b.capital) || (a.capital && b.name) || (a.maybe && b.maybe);
}

/*
 * Words for words can only be judged where the opposites are known, and not where they may be names; and not where one title tells what
 * is to come ("to build", "projected to win") and the other what is.
 */
static struct hl_near_finding compare_words(const struct title *a, const struct title *b, struct rest only_a,
                                            struct rest only_b)
{
    struct hl_near_finding finding = {HL_NEAR_words, only_a.weightiest, only_b.weightiest};
    if (!knows_opposites(a->analysis, b->analysis))
        return finding;
    finding.why = are_names(only_a, only_b) ? HL_NEAR_names : HL_NEAR_future;
    if (finding.why == HL_NEAR_names || is_of_future(a) != is_of_future(b))
        return finding;
    return compare_opposites(a, b);
}

/* What of the facts can be told from the words that have no match, @share being the share of those that have. */
static struct hl_near_finding compare_rests(const struct title *a, const struct title *b, double share,
                                            double share_min)
{
    struct rest only_a = rest_of(a), only_b = rest_of(b);
    if (only_a.changer.length > 0 || only_b.changer.length > 0)
        return (struct hl_near_finding){HL_NEAR_extra_words, only_a.changer, only_b.changer};
    bool both = only_a.words > 0 && only_b.words > 0;
    if (both && a->analysis->language == HL_LANGUAGE_RU)
        share_min += RUSSIAN_MARGIN;
    if (share < share_min)
        return (struct hl_near_finding){HL_NEAR_share, only_a.weightiest, only_b.weightiest};
    return both ? compare_words(a, b, only_a, only_b) : hl_near_because(HL_NEAR_interchangeable);
}

/* ---- weight --------------------------------------------------------------------------------------------------------- */

static bool is_matched_name(const struct title *t, uint32_t i)
{
    return i < t->count && t->word[i].name && t->word[i].match != NOT_MATCHED;
}

/* Adds what @t's words weigh, and what the matched ones do. */
static void add_weights(const struct title *t, double *all, double *matched)
{
    for (uint32_t i = 0; i < t->count; i++) {
        const struct word *w = &t->word[i];
        bool part = w->name && (is_matched_name(t, i + 1) || is_matched_name(t, i - 1)); /* i - 1 wraps: past the end */
        if (w->match != NOT_MATCHED)
            *matched += w->weight;
        *all += w->match == NOT_MATCHED && part ? NAME_PART * w->weight : w->weight;
    }
}

/* The share of their weight that two titles have in common. */
static double shared(const struct title *a, const struct title *b)
{
    double all_a = 0, matched_a = 0, all_b = 0, matched_b = 0;
    add_weights(a, &all_a, &matched_a);
    add_weights(b, &all_b, &matched_b);
    return (matched_a + matched_b) / (all_a + all_b); /* no order of the two: a sum of two is the same either way */
}

/* The facts that can be compared once the words are matched, in the order of their cost. */
static struct hl_near_finding compare_matched(const struct title *a, const struct title *b, double share_min)
{
    struct hl_near_finding finding = compare_rests(a, b, shared(a, b), share_min);
    if (finding.why == HL_NEAR_interchangeable)
        finding = compare_directions(a, b);
    return finding.why == HL_NEAR_interchangeable ? compare_roles(a, b) : finding;
}

struct hl_near_finding hl_facts_compare(const struct hl_analysis *first, const struct hl_analysis *second,
                                        double share_min)
{
    struct title a, b;
    if (!read_title(first, second, &a) || !read_title(second, first, &b))
        return hl_near_because(HL_NEAR_too_long);
    struct hl_near_finding finding = compare_numbers(&a, &b);
    if (finding.why == HL_NEAR_interchangeable)
        finding = compare_negations(&a, &b);
    if (finding.why != HL_NEAR_interchangeable)
        return finding;
    if (!weigh(&a) || !weigh(&b))
        return hl_near_because(HL_NEAR_no_words);
    match_all(&a, &b);
    return compare_matched(&a, &b, share_min);
}
