/*
 * news_stream.c - the synthetic stream.
 */
#include "support/news_stream.h"

#include "support/engine_fixture.h"
#include "support/random.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PIECES 16U /* syllables in a table: a power of two */

static const char *const latin[PIECES] = {"ka",  "ro",  "min", "tel", "sar", "vu", "do",  "pel",
                                          "nir", "gas", "hem", "lo",  "bri", "fa", "tun", "zed"};
static const char *const cyrillic[PIECES] = {"ка",  "ро",  "мин", "тел", "сар", "ву", "до",  "пел",
                                             "нир", "газ", "хем", "ло",  "бри", "фа", "тун", "зед"};
static const char *const accented[PIECES] = {"ká",  "rö",  "mín", "tél", "ßar", "vû", "dó",  "pêl",
                                             "nír", "gäs", "hëm", "ló",  "brï", "fã", "tún", "zéd"};
static const char *const han[PIECES] = {"京", "政", "府", "市", "大", "学", "新", "法",
                                        "案", "地", "震", "会", "社", "日", "本", "中"};

/* Words that hold titles together, in a few languages, with some numbers. */
static const char *const common[] = {"the", "of",  "in",  "after", "says", "and", "to",   "for", "with", "on",    "der",
                                     "und", "in",  "die", "von",   "le",   "la",  "des",  "el",  "los",  "para",  "не",
                                     "на",  "new", "12",  "2026",  "3.5",  "40%", "12th", "not", "will", "before"};
#define COMMON (sizeof common / sizeof common[0])

static const char *const sources[] = {
    "Northgate Herald", "Example Times", "Der Beispielbote", "La Voz de Prueba", "Вестник", "Wire", "", "Harbour Post"};
#define SOURCES (sizeof sources / sizeof sources[0])

static uint32_t below(struct news_stream *s, uint32_t bound)
{
    return random_below(&s->random, bound);
}

static bool one_in(struct news_stream *s, uint32_t times)
{
    return times > 0 && below(s, times) == 0;
}

/* A word of the vocabulary: low numbers far more often. */
static uint32_t draw_word(struct news_stream *s)
{
    uint32_t a = below(s, s->vocabulary), b = below(s, s->vocabulary);
    return a < b ? a : b;
}

static void append(char *title, const char *text)
{
    size_t used = strlen(title), length = strlen(text);
    if (used + length + 1 <= NEWS_TITLE_BYTES)
        memcpy(title + used, text, length + 1);
}

/* The spelling of a word, in the script that its number gives it. */
static void append_word(char *title, uint32_t word, bool capital)
{
    const char *const *table = word % 16 == 3 ? cyrillic : word % 16 == 7 ? accented : word % 32 == 11 ? han : latin;
    char spelled[64] = "";
    for (uint32_t rest = word + PIECES; rest > 0; rest /= PIECES)
        strcat(spelled, table[rest % PIECES]);
    if (capital && spelled[0] >= 'a' && spelled[0] <= 'z')
        spelled[0] = (char)(spelled[0] - 'a' + 'A');
    append(title, title[0] != '\0' ? " " : "");
    append(title, spelled);
}

static void append_some(struct news_stream *s, char *title, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (one_in(s, 3)) {
            append(title, title[0] != '\0' ? " " : "");
            append(title, common[below(s, COMMON)]);
        } else {
            bool capital = one_in(s, 4);
            append_word(title, draw_word(s), capital);
        }
    }
}

static void event_renew(struct news_stream *s, struct news_event *event)
{
    for (int i = 0; i < NEWS_EVENT_WORDS; i++)
        event->words[i] = below(s, s->vocabulary);
    event->drift = 1 + below(s, 12);
}

/* Events end, drift and run together. */
static void event_move(struct news_stream *s, struct news_event *event)
{
    if (--event->drift > 0)
        return;
    event->drift = 1 + below(s, 12);
    if (one_in(s, 8)) {
        event_renew(s, event);
    } else if (one_in(s, 3)) {
        const struct news_event *other = &s->event[below(s, s->events)];
        for (int i = 0; i < NEWS_EVENT_WORDS; i += 2)
            event->words[i] = other->words[i];
    } else {
        uint32_t word = below(s, s->vocabulary);
        event->words[below(s, NEWS_EVENT_WORDS)] = word;
    }
}

static void write_title(struct news_stream *s, char *title)
{
    title[0] = '\0';
    if (one_in(s, 5)) {
        append_some(s, title, 4 + below(s, 8));
    } else {
        struct news_event *event = &s->event[below(s, s->events)];
        uint32_t from = below(s, NEWS_EVENT_WORDS);
        for (uint32_t i = 0, count = 3 + below(s, 4); i < count; i++)
            append_word(title, event->words[(from + i) % NEWS_EVENT_WORDS], one_in(s, 2));
        append_some(s, title, 1 + below(s, 4));
        event_move(s, event);
    }
    if (one_in(s, s->long_titles))
        append_some(s, title, 40 + below(s, 20));
    if (one_in(s, 3)) {
        append(title, one_in(s, 2) ? " - " : " | ");
        append(title, sources[below(s, SOURCES)]);
    }
    if (one_in(s, 20))
        append(title, " &amp; more");
}

static void write_rest(struct news_stream *s, struct news_item *item)
{
    static const char *const collections[] = {"", "desk.de", "customer_7"};
    strcpy(item->source, sources[below(s, SOURCES)]);
    strcpy(item->collection, collections[below(s, s->collections)]);
    item->id[0] = '\0';
    if (!one_in(s, 6))
        snprintf(item->id, sizeof item->id, "id-%" PRIu64, s->number);
}

static const struct news_item *draw_past(struct news_stream *s)
{
    uint32_t count = s->past_count < NEWS_PAST ? s->past_count : NEWS_PAST;
    return &s->past[below(s, count)];
}

/* Fresh, or one that was there before with something changed. */
static void write_item(struct news_stream *s)
{
    struct news_item *item = &s->item;
    uint32_t way = s->past_count > 0 ? below(s, 100) : 100;
    if (way >= 25) {
        write_title(s, item->title);
        write_rest(s, item);
        return;
    }
    *item = *draw_past(s);
    if (way < 8) { /* a copy */
        struct news_item rest;
        write_rest(s, &rest);
        strcpy(item->id, rest.id);
        strcpy(item->source, rest.source);
    } else if (way < 14) { /* a sighting */
        snprintf(item->id, sizeof item->id, "again-%" PRIu64, s->number);
    } else if (way < 19) { /* a revision */
        write_title(s, item->title);
    } else if (way < 22) { /* another title with the words of this one */
        append_some(s, item->title, 1);
    } /* else a replay */
}

static void remember(struct news_stream *s)
{
    s->past[s->past_count++ % NEWS_PAST] = s->item;
}

void news_stream_init(struct news_stream *stream, uint64_t seed)
{
    memset(stream, 0, sizeof *stream);
    stream->vocabulary = 3000;
    stream->events = 12;
    stream->collections = 3;
    stream->step_ms = 60000;
    stream->calls = 15;
    stream->random = seed;
    stream->now_ms = FIXTURE_NOW_MS;
    for (int i = 0; i < NEWS_EVENTS_MAX; i++)
        event_renew(stream, &stream->event[i]);
}

static void fill_headline(struct news_stream *s, struct hl_headline *headline)
{
    const struct news_item *item = &s->item;
    *headline = headline_of(item->title);
    headline->id = text_of(item->id);
    headline->source = text_of(item->source);
    headline->collection = text_of(item->collection);
    if (one_in(s, 4))
        headline->published_ms = s->now_ms - (int64_t)below(s, 8 * 3600) * 1000;
    if (one_in(s, 10))
        headline->lang = text_of(one_in(s, 2) ? "de" : "pt-BR");
    if (one_in(s, 10))
        headline->url = text_of("https://news.example/article");
    if (one_in(s, 20))
        headline->summary = text_of("Some sentences,\nthat nobody reads.");
}

void news_stream_next(struct news_stream *s, struct news_call *call)
{
    static const enum news_kind kinds[] = {NEWS_CHECK, NEWS_REMOVE, NEWS_TICK};
    *call = (struct news_call){.kind = NEWS_ADD};
    if (s->past_count > 0 && below(s, 100) < s->calls)
        call->kind = kinds[below(s, 3)];
    s->number++;
    s->now_ms += below(s, 2 * s->step_ms + 1);
    call->now_ms = one_in(s, 30) ? s->now_ms - s->step_ms : s->now_ms; /* clocks do go back */
    call->budget = below(s, 8);
    if (call->kind == NEWS_REMOVE)
        s->item = *draw_past(s);
    else
        write_item(s);
    fill_headline(s, &call->headline);
    if (call->kind == NEWS_ADD)
        remember(s);
}

enum hl_status news_call_make(const struct news_call *call, hl_engine *engine, struct hl_result *result)
{
    struct hl_result ignored;
    struct hl_result *out = result != NULL ? result : &ignored;
    switch (call->kind) {
    case NEWS_ADD:
        return hl_engine_add(engine, &call->headline, call->now_ms, out, NULL);
    case NEWS_CHECK:
        return hl_engine_check(engine, &call->headline, call->now_ms, out, NULL);
    case NEWS_REMOVE:
        return hl_engine_remove(engine, call->headline.collection, call->headline.id, call->now_ms, NULL);
    case NEWS_TICK:
    default:
        (void)hl_engine_tick(engine, call->now_ms, call->budget);
        return HL_OK;
    }
}
