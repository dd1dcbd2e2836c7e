/*
 * test_analyse.c - words, stems and flags of titles in many languages; that results depend on nothing but the title.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/failing_allocator.h"
#include "text/text.h"

static struct hl_memory memory;

static int create_tools(void **state)
{
    hl_memory_init(&memory, NULL);
    *state = hl_text_tools_create(&memory);
    return *state ? 0 : -1;
}

static int destroy_tools(void **state)
{
    hl_text_tools_destroy(*state);
    return memory.bytes == 0 ? 0 : -1;
}

static struct hl_text text_of(const char *string)
{
    return (struct hl_text){string, strlen(string)};
}

static struct hl_analysis analyse(struct hl_text_tools *tools, const char *title, const char *lang,
                                  struct hl_text *clean)
{
    struct hl_analysis analysis;
    assert_int_equal(hl_text_clean(tools, text_of(title), clean, NULL), HL_OK);
    assert_int_equal(hl_text_analyse(tools, *clean, text_of(lang), &analysis), HL_OK);
    return analysis;
}

struct line {
    char bytes[16384];
    size_t length;
};

static void add(struct line *line, const char *bytes, size_t length)
{
    assert_true(line->length + length < sizeof line->bytes);
    memcpy(line->bytes + line->length, bytes, length);
    line->length += length;
    line->bytes[line->length] = '\0';
}

static void add_flags(struct line *line, uint32_t flags)
{
    static const struct {
        uint32_t flag;
        const char *letter;
    } names[] = {
        {HL_WORD_NUMBER, "N"}, {HL_WORD_CAPITAL, "C"},  {HL_WORD_STOP, "S"},
        {HL_WORD_PAIR, "P"},   {HL_WORD_NEGATION, "-"},
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (flags & names[i].flag)
            add(line, names[i].letter, 1);
}

enum part { WORDS, STEMS, PLACES, FLAGS };

/* One part of all words, joined by single spaces. */
static const char *show(const struct hl_analysis *analysis, struct hl_text clean, enum part part, struct line *line)
{
    line->length = 0;
    add(line, "", 0);
    for (size_t i = 0; i < analysis->word_count; i++) {
        const struct hl_word *word = &analysis->words[i];
        if (i > 0)
            add(line, part == PLACES ? "|" : " ", 1);
        if (part == WORDS)
            add(line, analysis->text.data + word->from, word->to - word->from);
        else if (part == STEMS)
            add(line, analysis->stems + word->stem, word->stem_length);
        else if (part == PLACES)
            add(line, clean.data + word->clean_from, word->clean_to - word->clean_from);
        else
            add_flags(line, word->flags);
    }
    return line->bytes;
}

struct row {
    const char *title, *expected;
};

static void assert_rows(void **state, enum part part, const char *lang, const struct row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct line line;
        struct hl_text clean;
        struct hl_analysis analysis = analyse(*state, rows[i].title, lang, &clean);
        if (strcmp(show(&analysis, clean, part, &line), rows[i].expected) != 0)
            fail_msg("\"%s\" gives \"%s\", not \"%s\"", rows[i].title, line.bytes, rows[i].expected);
    }
}

#define ASSERT_ROWS(state, part, lang, rows) assert_rows(state, part, lang, rows, sizeof(rows) / sizeof((rows)[0]))

static void words_are_letters_marks_and_digits(void **state)
{
    static const struct row rows[] = {
        {"", ""},
        {"... - !? \" ' & %", ""},
        {"👍🏽 ❤️ ©™", "tm"},
        {"Storm hits coast", "storm hits coast"},
        {"Storm-hit coast: power_cut (again)", "storm hit coast power cut again"},
        {"#MeToo @user C++ 50/50%", "metoo user c 50/50"},
        {"Covid19 G20 5G M25", "covid19 g20 5g m25"},
        {"1️⃣ #️⃣", "1"},
        {"ÉCOLE Æsir ÑANDÚ ŁÓDŹ", "école æsir ñandú łódź"},
        {"Straße STRASSE ẞ", "strasse strasse ss"},
        {"ΣΊΣΥΦΟΣ Σίσυφος", "σίσυφοσ σίσυφοσ"},
        {"ЁЛКА ёлка", "ёлка ёлка"},
        {"ǅ ǆ Ⅻ ﬁn", "dž dž xii fin"},
        {"हिन्दी में समाचार", "हिन्दी में समाचार"},
        {"\xCC\x81lead", "lead"}, /* a mark without a letter */
        {"𐐀𐐨", "𐐨𐐨"},
    };
    ASSERT_ROWS(state, WORDS, "", rows);
}

static void numbers_are_whole(void **state)
{
    static const struct row rows[] = {
        {"3.5 3,5 1,000 1.000 1,234.5", "3.5 3.5 1000 1000 1234.5"},
        {"$3.50, £1m €2,5bn 40% -5", "3.50 1m 2.5bn 40 5"},
        {"9/11 10:30 24/7 2024/25", "9/11 10:30 24/7 2024/25"},
        {"12th 2nd 1st 21er 1º", "12th 2nd 1st 21er 1o"},
        {"1990s '90s 2024's 10'000", "1990s 90s 2024 10000"},
        {"3-2 F-16 7.", "3 2 f 16 7"},
        {"٢٠٢٤ ２０２４ २०२४", "2024 2024 2024"},
        {"3½ ½ km²", "3 1/2 1/2 km2"},
    };
    ASSERT_ROWS(state, WORDS, "", rows);
}

static void apostrophes_and_dots(void **state)
{
    static const struct row rows[] = {
        {"Trump's plan, TRUMP’S plan", "trump plan trump plan"},
        {"the players' union 'quoted' words", "the players union quoted words"},
        {"don't can’t O'Neill's rock'n'roll o'clock", "dont cant oneill rocknroll oclock"},
        {"it's he's who's", "it he who"},
        {"L'homme d’Italia qu'il aujourd'hui c'est", "l homme d italia qu il aujourdhui c est"},
        {"dell'Utri un'altra nell’aula c'è po'", "dell utri un altra nell aula c è po"},
        {"l'Ajuntament d'11", "l ajuntament d 11"},
        {"foto's zo'n", "foto zon"},
        {"п'ять пʼять", "пять пять"},
        {"U.S. U.S U.S.-led U.S.'s U.K.", "us us us led us uk"},
        {"J.K. Rowling at 5 p.m. e.g.", "jk rowling at 5 pm eg"},
        {"U.S.troops J.Lo No.10 bbc.com a.", "us troops j lo no 10 bbc com a"},
        {"С.Ш.А. é.ü", "сша éü"},
        {"s' 's ' '' a'", "s s a"},
        {"d'", "d"},
    };
    ASSERT_ROWS(state, WORDS, "", rows);
}

static void turkish_i_follows_the_text(void **state)
{
    static const struct row rows[] = {
        {"İstanbul", "istanbul"}, {"ISPARTA IŞIĞI", "ısparta ışığı"}, {"İSTANBUL'DA IŞIK", "istanbulda ışık"},
        {"INDIA IN", "india in"}, {"Çelik INI", "çelik ini"}, /* no letter that only Turkic languages have */
    };
    ASSERT_ROWS(state, WORDS, "", rows);
    ASSERT_ROWS(state, WORDS, "tr", rows);
}

static void scripts_without_spaces_give_pairs(void **state)
{
    static const struct row rows[] = {
        {"北京市", "北京 京市"}, {"北", "北"},         {"2024年新年 iPhone发布", "2024 年新 新年 iphone 发布"},
        {"東京、の", "東京 の"}, {"ガｶﾞ", "ガガ"},     {"서울 날씨", "서울 날씨"},
        {"วันนี้", "วัน นนี้"},        {"ພາສາ", "ພາ າສ ສາ"}, {"ខ្មែរ", "ខ្មែ មែរ"},
        {"𠀀𠀁", "𠀀𠀁"},
    };
    struct line line;
    struct hl_text clean;
    ASSERT_ROWS(state, WORDS, "", rows);
    struct hl_analysis analysis = analyse(*state, "于2024年新年x", "", &clean);
    assert_int_equal(analysis.text.length, strlen("于 2024 年新年 x"));
    assert_memory_equal(analysis.text.data, "于 2024 年新年 x", analysis.text.length);
    assert_string_equal(show(&analysis, clean, FLAGS, &line), "P N P P ");
    assert_string_equal(show(&analysis, clean, STEMS, &line), "于 2024 年新 新年 x");
    assert_string_equal(show(&analysis, clean, PLACES, &line), "于|2024|年新|新年|x");
}

static void places_point_into_the_clean_text(void **state)
{
    static const struct row rows[] = {
        {"  The U.S.  &amp; Trump’s\t1,000 ﬁnds", "The|U.S.|Trump|1,000|finds"},
        {"L'homme don't", "L|homme|don't"},
    };
    ASSERT_ROWS(state, PLACES, "", rows);
}

static void words_have_snowball_stems(void **state)
{
    static const struct {
        const char *lang, *title, *stems;
    } rows[] = {
        {"en", "Ministers cities hoping 12th runnings", "minist citi hope 12th run"},
        {"", "ministers cities hopings", "minist citi hope"},
        {"xx", "ministers", "minist"}, /* unknown: as English */
        {"de", "Häusern Straßen", "haus strass"},
        {"fr", "continuellement l'industrie", "continuel l industr"},
        {"es", "ciudades", "ciudad"},
        {"pt", "cidades", "cidad"},
        {"it", "città abbandonata", "citt abbandon"},
        {"nl", "lichamelijk", "licham"},
        {"sv", "jaktkarlarne", "jaktkarl"},
        {"ru", "Вавиловым вагона", "вавилов вагон"},
        {"fi", "edeltäjistään", "edeltäj"},
        {"hu", "babakocsijáért", "babakocs"},
        {"sr", "београда", "beograd"}, /* longer or other than a beginning of the word */
        {"pl", "samochodami", "samochodami"},
        {"zh", "running", "running"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct line line;
        struct hl_text clean;
        struct hl_analysis analysis = analyse(*state, rows[i].title, rows[i].lang, &clean);
        if (strcmp(show(&analysis, clean, STEMS, &line), rows[i].stems) != 0)
            fail_msg("%s \"%s\" gives \"%s\", not \"%s\"", rows[i].lang, rows[i].title, line.bytes, rows[i].stems);
    }
}

/* Each language with an algorithm makes its stemmer, and every word keeps a stem that is not empty. */
static void every_language_stems(void **state)
{
    for (int language = 0; language < HL_LANGUAGE_COUNT; language++) {
        struct hl_text clean;
        const char *title = "Häuser ville città Москва नमस्ते தமிழ் σπίτι מענטש ներկա s a es the";
        struct hl_analysis analysis = analyse(*state, title, hl_language_tag((enum hl_language)language), &clean);
        assert_int_equal(analysis.word_count, 13);
        for (size_t i = 0; i < analysis.word_count; i++)
            assert_true(analysis.words[i].stem_length > 0);
    }
}

static void flags_tell_numbers_capitals_stop_words_negations(void **state)
{
    static const struct row english[] = {
        {"The 12th Minister did not resign", "CS N C S S- "},
        {"No 10 won't say", "CS- N S- "},
    };
    static const struct row german[] = {{"Kein Minister tritt nicht zurück", "CS- C  S- S"}};
    static const struct row none[] = {{"The 12th Minister did not resign", "C N C   "}};
    ASSERT_ROWS(state, FLAGS, "en", english);
    ASSERT_ROWS(state, FLAGS, "de", german);
    ASSERT_ROWS(state, FLAGS, "fi", none); /* no table: no stop words */
}

static void title_case_is_a_matter_of_longer_words(void **state)
{
    static const struct {
        const char *title;
        bool title_case;
    } rows[] = {
        {"Storm Hits the Coast of Northern France", true},
        {"Storm hits the coast of northern France", false},
        {"STORM HITS COAST", true},
        {"Storm hits coast", false},
        {"Trump Rome Paris visit today", false},      /* two of four */
        {"Trump Rome Paris Milan visit today", true}, /* three of five */
        {"Trump in Rome", true},                      /* too few words to tell */
        {"", true},
        {"北京市新年", true},
        {"Президент России приехал домой", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct hl_text clean;
        if (analyse(*state, rows[i].title, "", &clean).title_case != rows[i].title_case)
            fail_msg("%s", rows[i].title);
    }
}

static const char *const samples[] = {
    "Trump’s plan won't work, U.S. says: 1,000 jobs &amp; $3.5bn at risk",
    "L'homme qui a tué l’ours dit « non » à l'Italie",
    "Die Straße über die Brücke wird für 1.234,50 € gebaut",
    "İSTANBUL'DA IŞIK ve Ağrı dağı",
    "北京市2024年新年",
    "東京の天気は晴れです",
    "Привет, мир! Президент заявил, что ёлка была",
    "ประเทศไทยวันนี้",
    "الرئيس المصري يقول ٢٠٢٤",
    "Cafe\u0301 e\u0323\u0302 \u1100\u1161",
    "Kraftiga skogsbränder i flera länder – många döda",
    "Jaktkarlarne Вавиловым београда",
    "ministers cities hoping",
};

enum { SAMPLES = sizeof samples / sizeof samples[0] };

/* Everything that an analysis says, as bytes. */
static void write_all(struct hl_text_tools *tools, const char *title, const char *lang, struct line *line)
{
    struct hl_text clean;
    struct hl_analysis analysis = analyse(tools, title, lang, &clean);
    struct line part;
    line->length = 0;
    for (enum part which = WORDS; which <= FLAGS; which++) {
        show(&analysis, clean, which, &part);
        add(line, part.bytes, part.length);
        add(line, "\n", 1);
    }
    add(line, analysis.text.data, analysis.text.length);
    add(line, analysis.title_case ? " T " : " - ", 3);
    add(line, hl_language_tag(analysis.language), strlen(hl_language_tag(analysis.language)));
}

/* The cache has fewer entries than these words: all of its entries change hands. */
static void flood_cache(struct hl_text_tools *tools, unsigned seed)
{
    for (unsigned i = 0; i < 20000; i++) {
        char title[64];
        struct hl_text clean;
        snprintf(title, sizeof title, "word%c%uings %cm%uation", 'a' + (int)(i % 26), i * 7 + seed, 'a' + (int)(i % 7),
                 i);
        analyse(tools, title, i % 2 ? "de" : "en", &clean);
    }
}

static void caches_change_nothing(void **state)
{
    static const char *const langs[] = {"", "en", "de", "fr", "sr", "tr", "zh"};
    flood_cache(*state, 1);
    for (size_t round = 0; round < 3; round++) {
        for (size_t i = 0; i < SAMPLES; i++) {
            const char *lang = langs[(i + round) % (sizeof langs / sizeof langs[0])];
            struct line warm, cold;
            write_all(*state, samples[i], lang, &warm);
            struct hl_memory own;
            hl_memory_init(&own, NULL);
            struct hl_text_tools *fresh = hl_text_tools_create(&own);
            assert_non_null(fresh);
            write_all(fresh, samples[i], lang, &cold);
            hl_text_tools_destroy(fresh);
            assert_string_equal(warm.bytes, cold.bytes);
        }
        flood_cache(*state, (unsigned)round + 2);
    }
}

static void text_does_not_depend_on_the_language(void **state)
{
    for (size_t i = 0; i < SAMPLES; i++) {
        struct hl_text clean;
        struct hl_analysis guessed = analyse(*state, samples[i], "", &clean);
        struct line before = {.length = 0};
        add(&before, guessed.text.data, guessed.text.length);
        for (int language = 0; language < HL_LANGUAGE_COUNT; language++) {
            struct hl_analysis given = analyse(*state, samples[i], hl_language_tag((enum hl_language)language), &clean);
            assert_int_equal(given.text.length, before.length);
            assert_memory_equal(given.text.data, before.bytes, before.length);
        }
    }
}

static void long_titles_of_one_character(void **state)
{
    static const struct {
        const char *character;
        size_t words;
    } rows[] = {
        {"a", 1},  {"I", 1},     {"1", 1},  {".", 0},  {"'", 0},  {"中", 665},   {"é", 1}, {"\u0301", 0}, {"a ", 1000},
        {"x'", 1}, {"l'", 1000}, {"1,", 1}, {"A.", 1}, {"İI", 1}, {"x中", 1000}, {"ß", 1}, {"👍", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char title[HL_TITLE_MAX_BYTES + 1];
        size_t size = strlen(rows[i].character), length = 0;
        for (; length + size <= HL_TITLE_MAX_BYTES; length += size)
            memcpy(title + length, rows[i].character, size);
        title[length] = '\0';
        struct hl_text clean;
        struct hl_analysis analysis = analyse(*state, title, "", &clean);
        if (analysis.word_count != rows[i].words)
            fail_msg("\"%s\": %zu words", rows[i].character, analysis.word_count);
    }
}

/* A prefix of a clean title, even one that cuts a character, is analysed within its bounds. */
static void prefixes_are_analysed(void **state)
{
    for (size_t i = 0; i < SAMPLES; i++) {
        struct hl_text clean;
        struct hl_analysis analysis;
        assert_int_equal(hl_text_clean(*state, text_of(samples[i]), &clean, NULL), HL_OK);
        for (size_t length = 0; length <= clean.length; length++) {
            char *exact = malloc(length + 1);
            assert_non_null(exact);
            memcpy(exact, clean.data, length);
            assert_int_equal(hl_text_analyse(*state, (struct hl_text){exact, length}, text_of(""), &analysis), HL_OK);
            assert_true(analysis.word_count <= length);
            if (analysis.word_count > 0)
                assert_true(analysis.words[analysis.word_count - 1].clean_to <= length);
            free(exact);
        }
    }
}

static void every_failing_allocation_is_reported(void **state)
{
    (void)state;
    static const char clean[] = "\u2C60 \u0180\u0390 běograd \u0431\u0435\u043E\u0433\u0440\u0430\u0434\u0430";
    uint64_t nth = 1;
    for (bool done = false; !done; nth++) {
        struct failing_allocator failing;
        failing_allocator_init(&failing);
        struct hl_memory own;
        hl_memory_init(&own, &failing.allocator);
        failing_allocator_arm(&failing, nth, 1);
        struct hl_text_tools *tools = hl_text_tools_create(&own);
        struct hl_analysis analysis = {.word_count = 77};
        enum hl_status status = tools ? hl_text_analyse(tools, text_of(clean), text_of("sr"), &analysis) : HL_NO_MEMORY;
        done = !failing_allocator_fired(&failing);
        assert_int_equal(status, done ? HL_OK : HL_NO_MEMORY);
        if (tools && !done) { /* and then it works as if nothing had happened */
            assert_int_equal(analysis.word_count, 77);
            assert_int_equal(hl_text_analyse(tools, text_of(clean), text_of("sr"), &analysis), HL_OK);
        }
        if (tools) {
            struct line line;
            assert_string_equal(show(&analysis, text_of(clean), STEMS, &line), "\u2C61 \u0180\u0390 běograd beograd");
        }
        hl_text_tools_destroy(tools);
        assert_true(failing_allocator_is_clean(&failing));
    }
    assert_true(nth > 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_letters_marks_and_digits),
        cmocka_unit_test(numbers_are_whole),
        cmocka_unit_test(apostrophes_and_dots),
        cmocka_unit_test(turkish_i_follows_the_text),
        cmocka_unit_test(scripts_without_spaces_give_pairs),
        cmocka_unit_test(places_point_into_the_clean_text),
        cmocka_unit_test(words_have_snowball_stems),
        cmocka_unit_test(every_language_stems),
        cmocka_unit_test(flags_tell_numbers_capitals_stop_words_negations),
        cmocka_unit_test(title_case_is_a_matter_of_longer_words),
        cmocka_unit_test(caches_change_nothing),
        cmocka_unit_test(text_does_not_depend_on_the_language),
        cmocka_unit_test(long_titles_of_one_character),
        cmocka_unit_test(prefixes_are_analysed),
        cmocka_unit_test(every_failing_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, create_tools, destroy_tools);
}
