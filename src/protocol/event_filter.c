/*
 * event_filter.c - wishes made ready, and events held against them (see event_filter.h).
 *
 * A word of the text looked for is in a title when a word there is the same or has the same stem. Both are read as the engine reads titles, so
 * that capitals, accents in whatever form, and endings do not matter.
 */
#include "protocol/event_filter.h"

#include "core/text.h"
#include "text/text.h"

#include <stdlib.h>

struct hl_event_word {
    struct hl_text word, stem;
};

/* ---- making ------------------------------------------------------------------------------------------------------- */

static enum hl_status read_text(struct hl_text_tools *tools, struct hl_text text, struct hl_text lang,
                                struct hl_analysis *out, struct hl_error *error)
{
    struct hl_text clean;
    enum hl_status status = hl_text_clean(tools, text, &clean, NULL);
    if (status == HL_OK)
        status = hl_text_analyse(tools, clean, lang, out);
    if (status == HL_NO_MEMORY)
        return hl_error_no_memory(error);
    if (status != HL_OK)
        return hl_error_set(error, HL_INVALID, "text", "text must be valid UTF-8");
    return HL_OK;
}

static struct hl_text word_of(const struct hl_analysis *analysis, size_t i)
{
    const struct hl_word *word = &analysis->words[i];
    return (struct hl_text){analysis->text.data + word->from, word->to - word->from};
}

static struct hl_text stem_of(const struct hl_analysis *analysis, size_t i)
{
    const struct hl_word *word = &analysis->words[i];
    return (struct hl_text){analysis->stems + word->stem, word->stem_length};
}

static struct hl_text copy(char **to, struct hl_text text)
{
    struct hl_text copied = {*to, text.length};
    if (text.length > 0)
        memcpy(*to, text.data, text.length);
    *to += text.length;
    return copied;
}

static size_t bytes_of(const struct hl_event_wish *wish, const struct hl_analysis *analysis)
{
    size_t bytes = wish->collection.length + wish->source.length + 1;
    for (size_t i = 0; i < analysis->word_count; i++)
        bytes += sizeof(struct hl_event_word) + word_of(analysis, i).length + stem_of(analysis, i).length;
    return bytes;
}

static void fill(struct hl_event_filter *filter, const struct hl_analysis *analysis)
{
    filter->words = filter->block;
    filter->word_count = analysis->word_count;
    char *to = (char *)(filter->words + analysis->word_count);
    filter->wish.collection = copy(&to, filter->wish.collection);
    filter->wish.source = copy(&to, filter->wish.source);
    filter->wish.text = (struct hl_text){NULL, 0};
    for (size_t i = 0; i < analysis->word_count; i++) {
        filter->words[i].word = copy(&to, word_of(analysis, i));
        filter->words[i].stem = copy(&to, stem_of(analysis, i));
    }
}

enum hl_status hl_event_filter_make(const struct hl_event_wish *wish, struct hl_events *events,
                                    struct hl_event_filter *out, struct hl_error *error)
{
    struct hl_analysis analysis = {.word_count = 0};
    struct hl_event_filter filter = {.wish = *wish};
    if (wish->text.length > 0) {
        filter.tools = hl_events_text(events);
        if (!filter.tools)
            return hl_error_no_memory(error);
        enum hl_status status = read_text(filter.tools, wish->text, (struct hl_text){NULL, 0}, &analysis, error);
        if (status != HL_OK)
            return status;
        if (analysis.word_count == 0)
            return hl_error_set(error, HL_INVALID, "text", "text has no letter and no digit: send a word to look for");
    }
    filter.block = malloc(bytes_of(wish, &analysis));
    if (!filter.block)
        return hl_error_no_memory(error);
    fill(&filter, &analysis);
    *out = filter;
    return HL_OK;
}

void hl_event_filter_clear(struct hl_event_filter *filter)
{
    free(filter->block);
    *filter = (struct hl_event_filter){.block = NULL};
}

/* ---- holding events against it ------------------------------------------------------------------------------------ */

static bool has_word(const struct hl_analysis *analysis, const struct hl_event_word *wanted)
{
    for (size_t i = 0; i < analysis->word_count; i++)
        if (hl_text_equals(word_of(analysis, i), wanted->word) || hl_text_equals(stem_of(analysis, i), wanted->stem))
            return true;
    return false;
}

static bool has_words(const struct hl_event_filter *filter, const struct hl_headline_view *view)
{
    struct hl_analysis analysis = {.word_count = 0};
    if (read_text(filter->tools, view->title, view->lang, &analysis, NULL) != HL_OK)
        return true;
    for (size_t i = 0; i < filter->word_count; i++)
        if (!has_word(&analysis, &filter->words[i]))
            return false;
    return true;
}

static bool is_about(uint64_t wanted, uint64_t one, uint64_t other)
{
    return wanted == 0 || wanted == one || wanted == other;
}

bool hl_event_filter_wants(const struct hl_event_filter *filter, const struct hl_event_view *view)
{
    const struct hl_event_wish *wish = &filter->wish;
    const struct hl_event *event = &view->event;
    if (wish->kinds != 0 && !(wish->kinds >> event->kind & 1))
        return false;
    if (!is_about(wish->story, event->story, event->other_story) ||
        !is_about(wish->topic, event->topic, event->other_topic))
        return false;
    if (wish->headlines_min > 1 && event->story_headlines < wish->headlines_min)
        return false;
    if (wish->collection.length > 0 && !hl_text_equals(wish->collection, event->collection))
        return false;
    if (wish->source.length > 0 && (!event->headline || !hl_text_equals(wish->source, event->headline->source)))
        return false;
    return filter->word_count == 0 || (event->headline && has_words(filter, event->headline));
}
