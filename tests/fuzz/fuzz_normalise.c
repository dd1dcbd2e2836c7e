/*
 * fuzz_normalise.c - any bytes as a title: the text layer refuses them or gives clean text and words that keep their promises.
 *
 * The first byte chooses a language tag, or none; the rest is the title.
 */
#include "text/text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(condition)                                                                                             \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                                    \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

static struct hl_text copy_of(struct hl_text text)
{
    char *copy = malloc(text.length + 1);
    REQUIRE(copy);
    if (text.length > 0)
        memcpy(copy, text.data, text.length);
    return (struct hl_text){copy, text.length};
}

static void free_copy(struct hl_text text)
{
    free((void *)(uintptr_t)text.data);
}

static bool is_same(struct hl_text a, struct hl_text b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

static void require_clean(struct hl_text_tools *tools, struct hl_text title, struct hl_text clean)
{
    size_t most = title.length > HL_TITLE_MAX_BYTES ? title.length : HL_TITLE_MAX_BYTES;
    REQUIRE(clean.length <= most);
    REQUIRE(hl_utf8_is_valid(clean.data, clean.length, NULL));
    for (size_t i = 0; i < clean.length; i++) {
        REQUIRE((unsigned char)clean.data[i] >= ' ' && clean.data[i] != 0x7F);
        REQUIRE(clean.data[i] != ' ' || (i > 0 && clean.data[i - 1] != ' ' && i + 1 < clean.length));
    }
    struct hl_text again;
    REQUIRE(hl_text_clean(tools, clean, &again, NULL) == HL_OK);
    REQUIRE(is_same(again, clean));
}

static void require_word(const struct hl_analysis *analysis, size_t clean_length, size_t i)
{
    const struct hl_word *word = &analysis->words[i];
    REQUIRE(word->from < word->to && word->to <= analysis->text.length);
    REQUIRE(word->clean_from < word->clean_to && word->clean_to <= clean_length);
    REQUIRE(hl_utf8_is_valid(analysis->text.data + word->from, word->to - word->from, NULL));
    REQUIRE(word->stem_length > 0);
    REQUIRE(hl_utf8_is_valid(analysis->stems + word->stem, word->stem_length, NULL));
    REQUIRE((word->flags & ~31u) == 0);
    if (i == 0)
        return;
    const struct hl_word *before = word - 1;
    bool pairs = (word->flags & before->flags & HL_WORD_PAIR) != 0;
    REQUIRE(word->from > before->from && word->clean_from > before->clean_from);
    REQUIRE(pairs || (word->from == before->to + 1 && analysis->text.data[before->to] == ' '));
    REQUIRE(pairs || word->clean_from >= before->clean_to);
}

static void require_analysis(const struct hl_analysis *analysis, size_t clean_length)
{
    REQUIRE(analysis->word_count <= clean_length);
    REQUIRE((analysis->word_count == 0) == (analysis->text.length == 0));
    REQUIRE((unsigned)analysis->language < HL_LANGUAGE_COUNT);
    for (size_t i = 0; i < analysis->word_count; i++)
        require_word(analysis, clean_length, i);
    if (analysis->word_count > 0)
        REQUIRE(analysis->words[analysis->word_count - 1].to == analysis->text.length);
}

/* @clean is no memory of @tools. */
static void run(struct hl_text_tools *tools, struct hl_text clean, struct hl_text lang)
{
    struct hl_analysis analysis;
    REQUIRE(hl_text_analyse(tools, clean, lang, &analysis) == HL_OK);
    require_analysis(&analysis, clean.length);
    struct hl_text text = copy_of(analysis.text);
    size_t count = analysis.word_count;
    struct hl_text other = {"en", lang.length > 0 ? 0 : 2}; /* the folded text is the same in any language */
    REQUIRE(hl_text_analyse(tools, clean, other, &analysis) == HL_OK);
    REQUIRE(analysis.word_count == count && is_same(analysis.text, text));
    free_copy(text);
}

/* One for all inputs: making its tables for each would be nearly all the work. Reachable to the end, so no leak. */
static struct hl_text_tools *shared_tools(void)
{
    static struct hl_memory memory;
    static struct hl_text_tools *tools;
    if (!tools) {
        hl_memory_init(&memory, NULL);
        tools = hl_text_tools_create(&memory);
    }
    REQUIRE(tools);
    return tools;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const char *tag = hl_language_tag((enum hl_language)(data[0] % HL_LANGUAGE_COUNT));
    struct hl_text title = {(const char *)data + 1, size - 1};
    struct hl_text_tools *tools = shared_tools();
    struct hl_text clean;
    enum hl_status status = hl_text_clean(tools, title, &clean, NULL);
    bool has_nul = title.length > 0 && memchr(title.data, '\0', title.length) != NULL;
    bool valid = hl_utf8_is_valid(title.data, title.length, NULL);
    REQUIRE(status == (valid && !has_nul ? HL_OK : HL_INVALID));
    if (status == HL_OK) {
        struct hl_text copy = copy_of(clean);
        require_clean(tools, title, copy);
        run(tools, copy, (struct hl_text){tag, strlen(tag)});
        free_copy(copy);
    }
    return 0;
}
