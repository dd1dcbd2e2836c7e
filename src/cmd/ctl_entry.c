/*
 * ctl_entry.c - items of feeds to rows (see ctl_entry.h).
 */
#include "cmd/ctl_entry.h"

#include "cmd/ctl_date.h"
#include "cmd/ctl_html.h"
#include "text/text.h"

#include <headlined/engine.h>

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

enum { HASHED_ID_BYTES = 38 }; /* "feed:", 32 digits and a NUL */

void ctl_entry_clear(struct ctl_entry *entry)
{
    for (int i = 0; i < CTL_ENTRY_PARTS; i++)
        hl_buffer_clear(&entry->parts[i]);
}

void ctl_entry_reset(struct ctl_entry *entry)
{
    for (int i = 0; i < CTL_ENTRY_PARTS; i++)
        hl_buffer_reset(&entry->parts[i]);
}

bool ctl_entry_set(struct ctl_entry *entry, enum ctl_entry_part part, const char *text, size_t length, bool is_html)
{
    struct hl_buffer *to = &entry->parts[part];
    if (to->length > 0 || length == 0)
        return true;
    bool set = is_html ? ctl_html_text(text, length, to) : hl_buffer_append(to, text, length);
    ctl_html_squeeze(to);
    return set;
}

/* ---- rules -------------------------------------------------------------------------------------------------------- */

/* At most @max bytes, cut between characters. */
static struct hl_text cut(const struct hl_buffer *text, size_t max)
{
    size_t length = text->length;
    if (length > max)
        for (length = max; length > 0 && ((unsigned char)text->data[length] & 0xC0) == 0x80;)
            length--;
    return (struct hl_text){text->data, length};
}

static bool is_uri(const struct hl_buffer *id)
{
    size_t i = 0;
    while (i < id->length && (isalnum((unsigned char)id->data[i]) || strchr("+-.", id->data[i])))
        i++;
    return i > 0 && i < id->length && id->data[i] == ':' && isalpha((unsigned char)id->data[0]);
}

static bool is_link(const struct hl_buffer *text)
{
    return text->length > 8 && (memcmp(text->data, "http://", 7) == 0 || memcmp(text->data, "https://", 8) == 0);
}

/* As the daemon takes it: "en", "pt-BR". */
static bool is_language(struct hl_text tag)
{
    size_t letters = 0;
    while (letters < tag.length && isalpha((unsigned char)tag.data[letters]))
        letters++;
    for (size_t i = letters; i < tag.length; i++)
        if (!isalnum((unsigned char)tag.data[i]) && tag.data[i] != '-')
            return false;
    return (letters == 2 || letters == 3) && (letters == tag.length || tag.data[letters] == '-');
}

static void hash_id(const struct hl_buffer *scope, const struct hl_buffer *id, char out[HASHED_ID_BYTES])
{
    XXH64_hash_t seed = XXH3_64bits(scope->data, scope->length);
    XXH128_hash_t hash = XXH3_128bits_withSeed(id->data, id->length, seed);
    snprintf(out, HASHED_ID_BYTES, "feed:%016llx%016llx", (unsigned long long)hash.high64,
             (unsigned long long)hash.low64);
}

/* ---- rows --------------------------------------------------------------------------------------------------------- */

/* Empty text is no member. */
static bool put_text(json_t *row, const char *name, struct hl_text text)
{
    return text.length == 0 || json_object_set_new(row, name, json_stringn(text.data, text.length)) == 0;
}

static bool put_id(json_t *row, struct ctl_entry *entry, const struct hl_buffer *source)
{
    struct hl_buffer *id = &entry->parts[CTL_ENTRY_ID], *url = &entry->parts[CTL_ENTRY_URL];
    const struct hl_buffer *from = id->length > 0 ? id : url;
    if (is_uri(from) && from->length <= HL_ID_MAX_BYTES)
        return put_text(row, "id", cut(from, HL_ID_MAX_BYTES));
    if (from->length == 0) { /* title and date, in the buffer that is left over */
        const struct hl_buffer *title = &entry->parts[CTL_ENTRY_TITLE], *date = &entry->parts[CTL_ENTRY_PUBLISHED];
        hl_buffer_append(id, title->data, title->length);
        if (!hl_buffer_append(id, date->data, date->length))
            return false;
        from = id;
    }
    char hashed[HASHED_ID_BYTES];
    hash_id(source, from, hashed);
    return put_text(row, "id", (struct hl_text){hashed, strlen(hashed)});
}

static bool put_date(json_t *row, const struct ctl_entry *entry)
{
    for (int part = CTL_ENTRY_PUBLISHED; part <= CTL_ENTRY_UPDATED; part++) {
        const struct hl_buffer *date = &entry->parts[part];
        int64_t ms;
        if (date->length > 0 && ctl_date_parse(date->data, date->length, &ms))
            return json_object_set_new(row, "published", json_integer(ms)) == 0;
    }
    return true;
}

static bool put_url(json_t *row, const struct ctl_entry *entry)
{
    const struct hl_buffer *url = &entry->parts[CTL_ENTRY_URL];
    return url->length > HL_URL_MAX_BYTES || put_text(row, "url", cut(url, HL_URL_MAX_BYTES));
}

static bool put_lang(json_t *row, const struct hl_buffer *lang)
{
    char copy[HL_LANG_MAX_BYTES];
    struct hl_text tag = {copy, lang->length};
    if (lang->length > sizeof copy)
        return true;
    for (size_t i = 0; i < lang->length; i++)
        copy[i] = (char)(lang->data[i] == '_' ? '-' : lang->data[i]); /* "en_US" is common */
    return !is_language(tag) || put_text(row, "lang", tag);
}

static const struct hl_buffer *either(const struct hl_buffer *first, const struct hl_buffer *second)
{
    return first->length > 0 ? first : second;
}

static json_t *build_row(struct ctl_entry *entry, const struct ctl_entry *feed)
{
    const struct hl_buffer *parts = entry->parts;
    const struct hl_buffer *name = either(&parts[CTL_ENTRY_SOURCE], &feed->parts[CTL_ENTRY_TITLE]);
    json_t *row = json_object();
    bool built = row && put_text(row, "title", cut(&parts[CTL_ENTRY_TITLE], SIZE_MAX));
    built = built && put_id(row, entry, name) && put_url(row, entry) && put_date(row, entry);
    built = built && put_text(row, "source", cut(name, HL_SOURCE_MAX_BYTES));
    built = built && put_lang(row, either(&parts[CTL_ENTRY_LANG], &feed->parts[CTL_ENTRY_LANG]));
    built = built && put_text(row, "summary",
                              cut(either(&parts[CTL_ENTRY_SUMMARY], &parts[CTL_ENTRY_CONTENT]), HL_SUMMARY_MAX_BYTES));
    if (built)
        return row;
    json_decref(row);
    return NULL;
}

static bool all_is_text(const struct ctl_entry *entry)
{
    for (int i = 0; i < CTL_ENTRY_PARTS; i++)
        if (!hl_utf8_is_valid(entry->parts[i].data, entry->parts[i].length, NULL))
            return false;
    return true;
}

void ctl_entry_queue(struct ctl_entry *entry, const struct ctl_entry *feed, uint64_t place, struct ctl_queue *queue)
{
    struct hl_buffer *url = &entry->parts[CTL_ENTRY_URL], *id = &entry->parts[CTL_ENTRY_ID];
    if (url->length == 0 && is_link(id) && !hl_buffer_append(url, id->data, id->length))
        queue->failed = true;
    else if (!all_is_text(entry) || !all_is_text(feed))
        ctl_queue_complain(queue, place, "not UTF-8");
    else if (entry->parts[CTL_ENTRY_TITLE].length == 0)
        ctl_queue_complain(queue, place, "the item has no title");
    else
        ctl_queue_put(queue, build_row(entry, feed), place);
}
