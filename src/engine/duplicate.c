/*
 * duplicate.c - the search for near duplicates and the check of facts.
 */
#include "engine/duplicate.h"

#include "engine/absent.h"
#include "engine/store.h"
#include "engine/tail.h"
#include "engine/window.h"

#include <string.h>

#define LOOKS_PER_STORY 32 /* latest members compared by fingerprint */
#define CHECKS_MAX 16      /* exact checks for one headline */
#define WORDS_MAX 64
#define EXTRA_WORDS_MAX 1
#define WORDS_BESIDE_EXTRA 5 /* shared words that a title needs to bear an extra one */

struct title {
    const struct hl_analysis *analysis;
    const struct hl_word *word[WORDS_MAX]; /* those that carry meaning */
    bool matched[WORDS_MAX];
    uint32_t count;
};

static struct hl_text text_of(const struct title *t, uint32_t i)
{
    const struct hl_word *w = t->word[i];
    return (struct hl_text){t->analysis->text.data + w->from, w->to - w->from};
}

static bool is_one_of(struct hl_text word, const char *const *list)
{
    for (; *list; list++)
        if (strlen(*list) == word.length && memcmp(*list, word.data, word.length) == 0)
            return true;
    return false;
}

/* Words that say how a piece is presented, not what happened. */
static const char *const decorations[] = {"breaking",   "update",     "updated", "updates",  "live",   "video",
                                          "watch",      "exclusive",  "photos",  "pictures", "latest", "just",
                                          "eilmeldung", "liveticker", "vídeo",   "vidéo",    "direct", "última",
                                          "urgent",     "срочно",     NULL};

/* Words that change who or whether, so that a title with one is other news than the same title without. */
static const char *const changers[] = {
    "former", "ex",    "deputy",     "vice",  "acting", "alleged", "may",    "might", "could",  "would",  "should",
    "almost", "half",  "partly",     "anti",  "pro",    "non",     "fake",   "no",    "un",     "again",  "second",
    "first",  "third", "north",      "south", "east",   "west",    "women",  "men",   "junior", "senior", "old",
    "new",    "more",  "less",       "up",    "down",   "denies",  "deny",   "fails", "fail",   "if",     "why",
    "how",    "what",  "ehemaliger", "ex",    "vize",   "fast",    "ancien", "quase", "casi",   "förra",  NULL};

/* Function words of which one is not the other. A title that has one where the other has another says something else. */
static const char *const directions[] = {
    "before", "after", "for",     "against", "from",   "to",    "with",   "without", "up",     "down",   "over",
    "under",  "above", "below",   "into",    "out",    "on",    "off",    "vor",     "nach",   "für",    "gegen",
    "von",    "zu",    "mit",     "ohne",    "bis",    "ab",    "avant",  "après",   "pour",   "contre", "avec",
    "sans",   "antes", "después", "tras",    "contra", "con",   "sin",    "depois",  "após",   "com",    "sem",
    "prima",  "dopo",  "per",     "contro",  "senza",  "voor",  "tegen",  "met",     "zonder", "före",   "efter",
    "mot",    "med",   "utan",    "до",      "после",  "за",    "против", "от",      "к",      "с",      "без",
    "more",   "less",  "most",    "least",   "first",  "last",  "he",     "she",     "his",    "her",    "all",
    "some",   "will",  "may",     "can",     "could",  "would", "was",    NULL};

static bool carries_meaning(const struct title *t, uint32_t i)
{
    uint32_t flags = t->word[i]->flags;
    if (flags & (HL_WORD_NUMBER | HL_WORD_NEGATION))
        return true;
    return !(flags & HL_WORD_STOP) && !is_one_of(text_of(t, i), decorations);
}

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

static void read_title(const struct hl_analysis *analysis, struct title *t)
{
    t->analysis = analysis;
    t->count = 0;
    for (size_t i = 0; i < analysis->word_count && t->count < WORDS_MAX; i++) {
        t->word[t->count] = &analysis->words[i];
        if (carries_meaning(t, t->count))
            t->matched[t->count++] = false;
    }
}

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
    if (s.length > sizeof x || t.length > sizeof y || s.length < 5 || t.length < 5 || s.data[0] != t.data[0])
        return false;
    size_t m = spelling_key(s, x), n = spelling_key(t, y);
    return m == n && memcmp(x, y, m) == 0;
}

static bool same_word(const struct title *a, uint32_t i, const struct title *b, uint32_t j)
{
    const struct hl_word *x = a->word[i], *y = b->word[j];
    if ((x->flags | y->flags) & HL_WORD_NUMBER) {
        struct hl_text s = text_of(a, i), t = text_of(b, j);
        return s.length == t.length && memcmp(s.data, t.data, s.length) == 0 &&
               marks_agree(mark_of(a->analysis, x), mark_of(b->analysis, y));
    }
    bool same_stem = x->stem_length == y->stem_length &&
                     memcmp(a->analysis->stems + x->stem, b->analysis->stems + y->stem, x->stem_length) == 0;
    return same_stem || is_spelling_variant(text_of(a, i), text_of(b, j));
}

/* Marks the words of a longest common subsequence in both titles. */
static void match_in_order(struct title *a, struct title *b)
{
    uint8_t length[WORDS_MAX + 1][WORDS_MAX + 1];
    memset(length, 0, sizeof length);
    for (uint32_t i = a->count; i-- > 0;)
        for (uint32_t j = b->count; j-- > 0;) {
            if (same_word(a, i, b, j))
                length[i][j] = (uint8_t)(length[i + 1][j + 1] + 1);
            else
                length[i][j] = length[i + 1][j] > length[i][j + 1] ? length[i + 1][j] : length[i][j + 1];
        }
    for (uint32_t i = 0, j = 0; i < a->count && j < b->count;) {
        if (same_word(a, i, b, j))
            a->matched[i++] = b->matched[j++] = true;
        else if (length[i + 1][j] >= length[i][j + 1])
            i++;
        else
            j++;
    }
}

static uint32_t count_unmatched(const struct title *t)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < t->count; i++)
        count += !t->matched[i];
    return count;
}

/* True when @t may have word @i beyond the other title: common, no name, no number, and changing no fact. */
static bool is_harmless(const struct title *t, uint32_t i)
{
    const struct hl_word *w = t->word[i];
    if (w->flags & (HL_WORD_NUMBER | HL_WORD_NEGATION | HL_WORD_PAIR) || is_one_of(text_of(t, i), changers))
        return false;
    if ((w->flags & HL_WORD_CAPITAL) && !t->analysis->title_case && i > 0)
        return false;
    return hl_background_share(t->analysis->language, t->analysis->stems + w->stem, w->stem_length) > 0;
}

static bool bears_extra(const struct title *shorter, const struct title *longer)
{
    if (shorter->count < WORDS_BESIDE_EXTRA || count_unmatched(longer) > EXTRA_WORDS_MAX)
        return false;
    for (uint32_t i = 0; i < longer->count; i++)
        if (!longer->matched[i] && !is_harmless(longer, i))
            return false;
    return true;
}

/* True when @a has a direction that @b lacks. */
static bool has_other_direction(const struct hl_analysis *a, const struct hl_analysis *b)
{
    for (size_t i = 0; i < a->word_count; i++) {
        struct hl_text word = {a->text.data + a->words[i].from, a->words[i].to - a->words[i].from};
        if (!is_one_of(word, directions))
            continue;
        bool found = false;
        for (size_t j = 0; j < b->word_count && !found; j++)
            found = b->words[j].to - b->words[j].from == word.length &&
                    memcmp(b->text.data + b->words[j].from, word.data, word.length) == 0;
        if (!found)
            return true;
    }
    return false;
}

static bool is_moved(const struct title *t, uint32_t i, const struct title *other)
{
    for (uint32_t j = 0; j < other->count; j++)
        if (!other->matched[j] && same_word(t, i, other, j))
            return true;
    return false;
}

/* The first unmatched word of @t with one of @flags (0: any) that only @t has, or an empty text. */
static struct hl_text own_word(const struct title *t, const struct title *other, uint32_t flags)
{
    for (uint32_t i = 0; i < t->count; i++)
        if (!t->matched[i] && (flags == 0 || t->word[i]->flags & flags) && !is_moved(t, i, other))
            return text_of(t, i);
    return (struct hl_text){NULL, 0};
}

static struct hl_text first_unmatched(const struct title *t)
{
    for (uint32_t i = 0; i < t->count; i++)
        if (!t->matched[i])
            return text_of(t, i);
    return (struct hl_text){NULL, 0};
}

/* Names the gravest difference of two titles that both have words which the other lacks there. */
static struct hl_near_finding name_difference(const struct title *a, const struct title *b)
{
    static const struct {
        uint32_t flags;
        enum hl_near_why why;
    } kinds[] = {{HL_WORD_NUMBER, HL_NEAR_numbers},
                 {HL_WORD_NEGATION, HL_NEAR_negation},
                 {HL_WORD_CAPITAL, HL_NEAR_names},
                 {0, HL_NEAR_words}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct hl_text x = own_word(a, b, kinds[i].flags), y = own_word(b, a, kinds[i].flags);
        bool titled = a->analysis->title_case || b->analysis->title_case; /* capitals then say nothing */
        if ((x.length > 0 || y.length > 0) && !(titled && kinds[i].why == HL_NEAR_names))
            return (struct hl_near_finding){kinds[i].why, x, y};
    }
    return (struct hl_near_finding){HL_NEAR_order, first_unmatched(a), first_unmatched(b)};
}

static struct hl_near_finding only_why(enum hl_near_why why)
{
    return (struct hl_near_finding){why, {NULL, 0}, {NULL, 0}};
}

struct hl_near_finding hl_duplicate_compare(const struct hl_analysis *first, const struct hl_analysis *second)
{
    struct title a, b;
    read_title(first, &a);
    read_title(second, &b);
    if (a.count == 0 || b.count == 0)
        return only_why(HL_NEAR_no_words);
    if (a.count == WORDS_MAX || b.count == WORDS_MAX)
        return only_why(HL_NEAR_too_long);
    match_in_order(&a, &b);
    uint32_t only_a = count_unmatched(&a), only_b = count_unmatched(&b);
    if (only_a > 0 && only_b > 0)
        return name_difference(&a, &b);
    if ((only_a > 0 && !bears_extra(&b, &a)) || (only_b > 0 && !bears_extra(&a, &b)))
        return (struct hl_near_finding){HL_NEAR_extra_words, first_unmatched(&a), first_unmatched(&b)};
    if (has_other_direction(first, second) && has_other_direction(second, first))
        return only_why(HL_NEAR_direction);
    return only_why(HL_NEAR_interchangeable);
}

bool hl_duplicate_is_near(const struct hl_analysis *first, const struct hl_analysis *second)
{
    return hl_duplicate_compare(first, second).why == HL_NEAR_interchangeable;
}

/* A title to be compared with stored ones. */
struct subject {
    const struct hl_query *query;
    const struct hl_analysis *analysis;
    struct hl_text guessed;
    bool any_past; /* some headline may have left the window */
};

/* Analyses a stored title again, its tail cut as it would be today. */
static enum hl_status compare_with(struct hl_collection *c, const struct subject *subject, uint32_t headline,
                                   struct hl_near_finding *out)
{
    const struct hl_headline_record *h = hl_headline_at(c, headline);
    struct hl_text_tools *tools = c->engine->other_text;
    struct hl_text clean;
    struct hl_analysis other;
    enum hl_status status = hl_text_clean(tools, hl_store_title(h), &clean, NULL);
    if (status != HL_OK)
        return status;
    struct hl_tail_cut cut = hl_tail_find(c, clean, hl_store_source(c, h));
    clean.length = cut.length;
    status = hl_text_analyse(tools, clean, hl_store_lang(h), &other);
    if (status != HL_OK)
        return status;
    if (hl_tail_differs(subject->guessed, cut.guessed))
        *out = (struct hl_near_finding){HL_NEAR_tails, subject->guessed, cut.guessed};
    else
        *out = hl_duplicate_compare(subject->analysis, &other);
    return HL_OK;
}

static enum hl_status is_near_to(struct hl_collection *c, const struct subject *subject, uint32_t headline, bool *near)
{
    struct hl_near_finding finding;
    enum hl_status status = compare_with(c, subject, headline, &finding);
    *near = status == HL_OK && finding.why == HL_NEAR_interchangeable;
    return status;
}

/* One story's latest members. */
static enum hl_status search_story(struct hl_collection *c, const struct subject *subject, uint32_t story, int *checks,
                                   struct hl_nearest *out)
{
    uint32_t member = hl_seen_story(c, subject->query, story)->newest;
    for (int look = 0; look < LOOKS_PER_STORY && member != HL_NONE; look++) {
        const struct hl_headline_record *h = hl_headline_at(c, member);
        if (hl_seen_as_absent(subject->query, member)) {
            member = h->story_prev;
            look--;
            continue;
        }
        if (subject->any_past && hl_window_is_past(c, member, subject->query->now_ms))
            break;
        unsigned bits = hl_fingerprint_distance(&subject->query->fingerprint, &h->fingerprint);
        if (bits < out->closest_bits) {
            out->closest = member;
            out->closest_bits = bits;
        }
        bool near = false;
        if (bits < out->near_bits && (*checks)++ < CHECKS_MAX && is_near_to(c, subject, member, &near) != HL_OK)
            return HL_NO_MEMORY;
        if (near) {
            out->near = member;
            out->near_bits = bits;
        }
        member = h->story_prev;
    }
    return HL_OK;
}

enum hl_status hl_duplicate_search(struct hl_collection *c, const struct hl_query *query,
                                   const struct hl_analysis *analysis, struct hl_text guessed,
                                   const struct hl_candidate *stories, uint32_t count, struct hl_nearest *out)
{
    struct subject subject = {query, analysis, guessed, hl_window_any_past(c, query->now_ms)};
    *out = (struct hl_nearest){HL_NONE, HL_FINGERPRINT_BITS + 1, HL_NONE, (unsigned)c->settings.near_bits + 1};
    int checks = 0;
    for (uint32_t i = 0; i < count; i++)
        if (search_story(c, &subject, stories[i].story, &checks, out) != HL_OK)
            return HL_NO_MEMORY;
    return HL_OK;
}

enum hl_status hl_duplicate_examine(struct hl_collection *c, const struct hl_query *query,
                                    const struct hl_analysis *analysis, struct hl_text guessed, uint32_t headline,
                                    struct hl_near_finding *out)
{
    struct subject subject = {query, analysis, guessed, false};
    unsigned bits = hl_fingerprint_distance(&query->fingerprint, &hl_headline_at(c, headline)->fingerprint);
    enum hl_status status = compare_with(c, &subject, headline, out);
    if (status == HL_OK && bits > (unsigned)c->settings.near_bits)
        *out = only_why(HL_NEAR_distance);
    return status;
}
