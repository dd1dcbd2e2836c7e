/*
 * bench_text.c - how long the text layer takes for a title: bench_text [--lang TAG] FILE...
 *
 * A file holds one title a line, or JSON lines whose "title" is taken. For each file it prints the nanoseconds for cleaning and
 * for cleaning and analysing one title: the best of five passes over up to 50,000 titles, and the first, with cold caches.
 */
#include "text/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TITLES_MAX = 50000, PASSES = 5, LINE_MAX_BYTES = 1 << 16 };

struct titles {
    struct hl_text items[TITLES_MAX];
    size_t count;
};

/* Time of this thread on a processor: other programs disturb it least. */
static double now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

/* The four hex digits of a JSON "\uXXXX" as UTF-8; good enough for titles: surrogate pairs become question marks. */
static size_t unescape_point(const char *digits, char *out)
{
    char hex[5] = {digits[0], digits[1], digits[2], digits[3], '\0'};
    unsigned point = (unsigned)strtoul(hex, NULL, 16);
    if (point < 0x80 || (point >= 0xD800 && point < 0xE000)) {
        out[0] = point < 0x80 ? (char)point : '?';
        return 1;
    }
    size_t length = 0;
    if (point < 0x800) {
        out[length++] = (char)(0xC0 | point >> 6);
    } else {
        out[length++] = (char)(0xE0 | point >> 12);
        out[length++] = (char)(0x80 | (point >> 6 & 0x3F));
    }
    out[length++] = (char)(0x80 | (point & 0x3F));
    return length;
}

/* The title in a JSON line, unescaped in place; a line of plain text is its own title. */
static struct hl_text title_of(char *line)
{
    static const char key[] = "\"title\": \"";
    char *from = strstr(line, key);
    if (!from)
        return (struct hl_text){line, strcspn(line, "\r\n")};
    from += sizeof key - 1;
    size_t length = 0;
    for (char *at = from; *at && *at != '"'; at++) {
        if (*at != '\\') {
            from[length++] = *at;
        } else if (*++at == 'u' && strlen(at) > 4) {
            length += unescape_point(at + 1, from + length);
            at += 4;
        } else {
            from[length++] = *at;
        }
    }
    return (struct hl_text){from, length};
}

static int read_titles(const char *path, struct titles *titles)
{
    FILE *file = fopen(path, "r");
    if (!file) {
        perror(path);
        return -1;
    }
    static char line[LINE_MAX_BYTES];
    titles->count = 0;
    while (titles->count < TITLES_MAX && fgets(line, sizeof line, file)) {
        struct hl_text title = title_of(line);
        char *copy = malloc(title.length + 1);
        if (!copy)
            break;
        memcpy(copy, title.data, title.length);
        titles->items[titles->count++] = (struct hl_text){copy, title.length};
    }
    fclose(file);
    return 0;
}

struct totals {
    size_t words, guessed, refused;
};

/* One pass; nanoseconds for a title. */
static double run_pass(struct hl_text_tools *tools, const struct titles *titles, struct hl_text lang, int analyse,
                       struct totals *totals)
{
    *totals = (struct totals){0};
    double start = now_ns();
    for (size_t i = 0; i < titles->count; i++) {
        struct hl_text clean;
        struct hl_analysis analysis;
        if (hl_text_clean(tools, titles->items[i], &clean, NULL) != HL_OK) {
            totals->refused++;
            continue;
        }
        if (!analyse || hl_text_analyse(tools, clean, lang, &analysis) != HL_OK)
            continue;
        totals->words += analysis.word_count;
        totals->guessed += analysis.language != HL_LANGUAGE_UNKNOWN;
    }
    return (now_ns() - start) / (double)(titles->count > 0 ? titles->count : 1);
}

static int bench_file(const char *path, struct hl_text lang)
{
    static struct titles titles;
    if (read_titles(path, &titles) < 0)
        return -1;
    struct hl_memory memory;
    hl_memory_init(&memory, NULL);
    struct hl_text_tools *tools = hl_text_tools_create(&memory);
    if (!tools)
        return -1;
    struct totals totals;
    double first = run_pass(tools, &titles, lang, 1, &totals);
    double best[2] = {first, first};
    for (int pass = 0; pass < PASSES * 2; pass++) {
        double took = run_pass(tools, &titles, lang, pass % 2, &totals);
        best[pass % 2] = took < best[pass % 2] ? took : best[pass % 2];
    }
    printf("%s: %zu titles, %.1f words each, %.0f%% with a language, %zu refused; clean %.0f ns, clean and analyse "
           "%.0f ns "
           "(first pass %.0f ns)\n",
           path, titles.count, (double)totals.words / (double)titles.count,
           100.0 * (double)totals.guessed / (double)titles.count, totals.refused, best[0], best[1], first);
    hl_text_tools_destroy(tools);
    for (size_t i = 0; i < titles.count; i++)
        free((char *)(uintptr_t)titles.items[i].data);
    return 0;
}

int main(int argc, char **argv)
{
    struct hl_text lang = {NULL, 0};
    int first = 1;
    if (argc > 2 && strcmp(argv[1], "--lang") == 0) {
        lang = (struct hl_text){argv[2], strlen(argv[2])};
        first = 3;
    }
    if (first >= argc) {
        fprintf(stderr, "usage: bench_text [--lang TAG] FILE...\n");
        return 2;
    }
    for (int i = first; i < argc; i++)
        if (bench_file(argv[i], lang) < 0)
            return 1;
    return 0;
}
