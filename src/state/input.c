/*
 * input.c - the codec of inputs (see input.h and FORMAT.md).
 */
#include "state/input.h"

#include "core/assert.h"
#include "core/bytes.h"

#include <inttypes.h>
#include <string.h>

#define RECORD_VERSION 1 /* of each kind: the first byte of its data */

/* The texts of the longest record, with their lengths, beside some sixty bytes; the longest list of values. */
_Static_assert(HL_TITLE_MAX_BYTES + HL_ID_MAX_BYTES + HL_SOURCE_MAX_BYTES + HL_URL_MAX_BYTES + HL_LANG_MAX_BYTES +
                       HL_SUMMARY_MAX_BYTES + HL_COLLECTION_MAX_BYTES + HL_INPUT_MADE_ID_BYTES + 8 * 2 + 64 <
                   HL_INPUT_BYTES_MAX,
               "every headline fits");
_Static_assert(HL_INPUT_VALUES_MAX *(HL_INPUT_NAME_BYTES + 10) + HL_PREFER_SOURCES_BYTES + HL_COLLECTION_MAX_BYTES +
                       64 <
                   HL_INPUT_BYTES_MAX,
               "every list of values fits");
_Static_assert(sizeof(struct hl_settings) / sizeof(double) < HL_INPUT_VALUES_MAX,
               "there is a value for each setting and for the preferred sources");

/* Verdicts on disk; 0 is for an add that was refused. */
static const uint8_t verdict_codes[HL_VERDICT_COUNT] = {
    [HL_VERDICT_NEW] = 1,     [HL_VERDICT_EXACT] = 2,    [HL_VERDICT_NEAR] = 3,
    [HL_VERDICT_RELATED] = 4, [HL_VERDICT_REPLAYED] = 5, [HL_VERDICT_REVISED] = 6,
};

enum { FLAG_SIGHTING = 1, FLAG_RESET = 1, FLAG_TEXT = 2 };

const char *hl_input_kind_name(uint8_t kind)
{
    static const char *const names[] = {NULL, "add", "remove", "settings", "tick", "options"};
    return kind < sizeof names / sizeof names[0] ? names[kind] : NULL;
}

/* ---- writing ---- */

struct writer {
    unsigned char *to;
    size_t used;
};

static unsigned char *take(struct writer *w, size_t bytes)
{
    HL_ASSERT(bytes <= HL_INPUT_BYTES_MAX - w->used);
    unsigned char *at = w->to + w->used;
    w->used += bytes;
    return at;
}

static void put_u8(struct writer *w, uint8_t value)
{
    *take(w, 1) = value;
}

static void put_u32(struct writer *w, uint32_t value)
{
    hl_put_u32_at(take(w, 4), value);
}

static void put_u64(struct writer *w, uint64_t value)
{
    hl_put_u64_at(take(w, 8), value);
}

static void put_text(struct writer *w, struct hl_text text)
{
    HL_ASSERT(text.length <= UINT16_MAX);
    put_u8(w, (uint8_t)text.length);
    put_u8(w, (uint8_t)(text.length >> 8));
    unsigned char *at = take(w, text.length);
    if (text.length > 0)
        memcpy(at, text.data, text.length);
}

static void put_add(struct writer *w, const struct hl_headline *h, const struct hl_input_answer *a)
{
    put_u8(w, a->refused ? 0 : verdict_codes[a->verdict]);
    put_u8(w, a->sighting ? FLAG_SIGHTING : 0);
    put_u64(w, a->seq);
    put_u64(w, a->story);
    put_u64(w, (uint64_t)h->published_ms);
    const struct hl_text texts[] = {h->collection, h->id, a->made_id, h->source, h->title, h->url, h->lang, h->summary};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        put_text(w, texts[i]);
}

static void put_values(struct writer *w, const struct hl_input *input)
{
    HL_ASSERT(input->value_count <= HL_INPUT_VALUES_MAX);
    put_u8(w, (uint8_t)input->value_count);
    for (uint32_t i = 0; i < input->value_count; i++) {
        const struct hl_input_value *v = &input->values[i];
        uint64_t bits;
        memcpy(&bits, &v->value, sizeof bits);
        put_text(w, (struct hl_text){v->name, strlen(v->name)});
        put_u8(w, v->reset ? FLAG_RESET : v->is_text ? FLAG_TEXT : 0);
        if (v->is_text)
            put_text(w, v->text);
        else
            put_u64(w, bits);
    }
}

size_t hl_input_encode(const struct hl_input *input, unsigned char to[HL_INPUT_BYTES_MAX])
{
    struct writer w = {to, 0};
    put_u8(&w, RECORD_VERSION);
    switch (input->kind) {
    case HL_INPUT_ADD:
        put_add(&w, &input->headline, &input->answer);
        break;
    case HL_INPUT_REMOVE:
        put_text(&w, input->headline.collection);
        put_text(&w, input->headline.id);
        break;
    case HL_INPUT_SETTINGS:
        put_u64(&w, input->answer.seq);
        put_text(&w, input->headline.collection);
        put_values(&w, input);
        break;
    case HL_INPUT_TICK:
        put_u32(&w, input->budget);
        break;
    case HL_INPUT_OPTIONS:
        put_u64(&w, input->memory_max_bytes);
        put_u32(&w, input->collections_max);
        put_values(&w, input);
        break;
    }
    return w.used;
}

/* ---- reading ---- */

/* After what does not fit, or is not what it must be, failed is set and everything reads as 0. */
struct reader {
    const unsigned char *data;
    size_t left;
    bool failed;
};

static const unsigned char *get(struct reader *r, size_t bytes)
{
    static const unsigned char zeros[8];
    if (r->failed || bytes > r->left) {
        r->failed = true;
        return bytes <= sizeof zeros ? zeros : NULL;
    }
    const unsigned char *at = r->data;
    r->data += bytes;
    r->left -= bytes;
    return at;
}

static uint8_t get_u8(struct reader *r)
{
    return *get(r, 1);
}

static uint32_t get_u32(struct reader *r)
{
    return hl_get_u32_at(get(r, 4));
}

static uint64_t get_u64(struct reader *r)
{
    return hl_get_u64_at(get(r, 8));
}

/* A byte of which only the bits of @mask may be set. */
static uint8_t get_flags(struct reader *r, uint8_t mask)
{
    uint8_t flags = get_u8(r);
    r->failed = r->failed || (flags & ~mask) != 0;
    return flags;
}

static struct hl_text get_text(struct reader *r)
{
    size_t length = get_u8(r);
    length |= (size_t)get_u8(r) << 8;
    const unsigned char *at = length <= r->left ? get(r, length) : NULL;
    if (at == NULL) {
        r->failed = true;
        return (struct hl_text){NULL, 0};
    }
    return (struct hl_text){(const char *)at, length};
}

static void get_verdict(struct reader *r, struct hl_input_answer *out)
{
    uint8_t code = get_u8(r);
    out->refused = code == 0;
    out->verdict = HL_VERDICT_NEW;
    while (code != 0 && out->verdict < HL_VERDICT_COUNT && verdict_codes[out->verdict] != code)
        out->verdict++;
    r->failed = r->failed || out->verdict == HL_VERDICT_COUNT;
}

static void get_add(struct reader *r, struct hl_headline *h, struct hl_input_answer *a)
{
    get_verdict(r, a);
    a->sighting = (get_flags(r, FLAG_SIGHTING) & FLAG_SIGHTING) != 0;
    a->seq = get_u64(r);
    a->story = get_u64(r);
    h->published_ms = (int64_t)get_u64(r);
    struct hl_text *texts[] = {&h->collection, &h->id,  &a->made_id, &h->source,
                               &h->title,      &h->url, &h->lang,    &h->summary};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        *texts[i] = get_text(r);
}

static void get_value(struct reader *r, struct hl_input_value *out)
{
    struct hl_text name = get_text(r);
    uint8_t flags = get_flags(r, FLAG_RESET | FLAG_TEXT);
    r->failed = r->failed || flags == (FLAG_RESET | FLAG_TEXT);
    out->reset = flags == FLAG_RESET;
    out->is_text = flags == FLAG_TEXT;
    out->text = out->is_text ? get_text(r) : (struct hl_text){NULL, 0};
    uint64_t bits = out->is_text ? 0 : get_u64(r);
    memcpy(&out->value, &bits, sizeof bits);
    if (name.length == 0 || name.length >= HL_INPUT_NAME_BYTES || memchr(name.data, 0, name.length) != NULL) {
        r->failed = true;
        return;
    }
    memcpy(out->name, name.data, name.length);
    out->name[name.length] = '\0';
}

static void get_values(struct reader *r, struct hl_input *out)
{
    uint32_t count = get_u8(r);
    r->failed = r->failed || count > HL_INPUT_VALUES_MAX;
    for (uint32_t i = 0; i < count && !r->failed; i++)
        get_value(r, &out->values[i]);
    out->value_count = count;
}

static void get_body(struct reader *r, struct hl_input *out)
{
    switch (out->kind) {
    case HL_INPUT_ADD:
        get_add(r, &out->headline, &out->answer);
        break;
    case HL_INPUT_REMOVE:
        out->headline.collection = get_text(r);
        out->headline.id = get_text(r);
        break;
    case HL_INPUT_SETTINGS:
        out->answer.seq = get_u64(r);
        out->headline.collection = get_text(r);
        get_values(r, out);
        break;
    case HL_INPUT_TICK:
        out->budget = get_u32(r);
        break;
    case HL_INPUT_OPTIONS:
        out->memory_max_bytes = get_u64(r);
        out->collections_max = get_u32(r);
        get_values(r, out);
        break;
    }
    r->failed = r->failed || r->left > 0;
}

enum hl_status hl_input_decode(const struct hl_input_record *record, struct hl_input *out, struct hl_error *error)
{
    struct reader r = {record->data, record->bytes, false};
    uint8_t version = get_u8(&r);
    const char *name = hl_input_kind_name(record->kind);
    if (name == NULL || (!r.failed && version > RECORD_VERSION))
        return hl_error_set(error, HL_CORRUPT, NULL,
                            "record %" PRIu64 " is of kind %u, version %u, which this release does not know",
                            record->seq, (unsigned)record->kind, (unsigned)version);
    out->kind = (enum hl_input_kind)record->kind;
    out->at_ms = record->received_ms;
    out->headline = (struct hl_headline){.published_ms = HL_TIME_NONE};
    out->answer = (struct hl_input_answer){.refused = false};
    out->value_count = 0;
    get_body(&r, out);
    if (r.failed || version == 0)
        return hl_error_set(error, HL_CORRUPT, NULL, "record %" PRIu64 " (%s) is malformed", record->seq, name);
    return HL_OK;
}
