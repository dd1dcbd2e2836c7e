/*
 * input.c - checks of a headline's fields.
 */
#include "engine/input.h"

#include "text/text.h"

#include <string.h>

struct field {
    const char *name;
    struct hl_text text;
    size_t max_bytes;
};

/* Text fields are UTF-8 without control characters; a title or summary may hold white space of any kind. */
static enum hl_status check_text(const struct field *field, bool lines, struct hl_error *error)
{
    if (field->text.length > field->max_bytes)
        return hl_error_set(error, HL_TOO_LARGE, field->name, "%s is %zu bytes long; at most %zu are accepted",
                            field->name, field->text.length, field->max_bytes);
    size_t bad = 0;
    if (!hl_utf8_is_valid(field->text.data, field->text.length, &bad)) {
        hl_error_set(error, HL_INVALID, field->name, "%s is not valid UTF-8 at byte %zu; send UTF-8", field->name, bad);
        if (error)
            error->offset = bad;
        return HL_INVALID;
    }
    for (size_t i = 0; i < field->text.length; i++) {
        unsigned char byte = (unsigned char)field->text.data[i];
        bool space = byte == '\t' || byte == '\n' || byte == '\r';
        if ((byte < 0x20 && !(lines && space)) || byte == 0x7f)
            return hl_error_set(error, HL_INVALID, field->name, "%s holds control character %u at byte %zu; remove it",
                                field->name, byte, i);
    }
    return HL_OK;
}

static bool is_name_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '-' || byte == '_' || byte == '.';
}

static bool is_name(struct hl_text text)
{
    for (size_t i = 0; i < text.length; i++)
        if (!is_name_byte(text.data[i]))
            return false;
    return true;
}

static enum hl_status check_name(struct hl_text collection, struct hl_error *error)
{
    if (is_name(collection))
        return HL_OK;
    return hl_error_set(error, HL_INVALID, "collection",
                        "a collection's name is made of letters, digits, \"-\", \"_\" and \".\"");
}

/* A tag is letters, digits and hyphens, beginning with two or three letters ("en", "pt-BR", "zh-Hans"). */
static bool is_language_tag(struct hl_text tag)
{
    size_t letters = 0;
    while (letters < tag.length && ((tag.data[letters] | 32) >= 'a' && (tag.data[letters] | 32) <= 'z'))
        letters++;
    if (letters < 2 || letters > 3 || (letters < tag.length && tag.data[letters] != '-' && tag.data[letters] != '_'))
        return false;
    return is_name(tag) && memchr(tag.data, '.', tag.length) == NULL;
}

enum hl_status hl_input_check(const struct hl_headline *headline, struct hl_error *error)
{
    const struct field fields[] = {
        {"title", headline->title, HL_TITLE_MAX_BYTES},
        {"summary", headline->summary, HL_SUMMARY_MAX_BYTES},
        {"id", headline->id, HL_ID_MAX_BYTES},
        {"source", headline->source, HL_SOURCE_MAX_BYTES},
        {"url", headline->url, HL_URL_MAX_BYTES},
        {"lang", headline->lang, HL_LANG_MAX_BYTES},
        {"collection", headline->collection, HL_COLLECTION_MAX_BYTES},
    };
    if (headline->title.length == 0)
        return hl_error_set(error, HL_INVALID, "title", "the title is empty; a headline needs one");
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        enum hl_status status = check_text(&fields[i], i < 2, error);
        if (status != HL_OK)
            return status;
    }
    if (headline->id.length > 0 && headline->id.data[0] == '~')
        return hl_error_set(error, HL_INVALID, "id", "ids that begin with \"~\" are made by headlined; choose another");
    if (headline->lang.length > 0 && !is_language_tag(headline->lang))
        return hl_error_set(error, HL_INVALID, "lang", "lang must be a language tag such as \"en\" or \"pt-BR\"");
    if (headline->published_ms != HL_TIME_NONE &&
        (headline->published_ms < HL_TIME_MIN_MS || headline->published_ms > HL_TIME_MAX_MS))
        return hl_error_set(error, HL_INVALID, "published", "published must lie in the years 0000 to 9999");
    return check_name(headline->collection, error);
}

enum hl_status hl_input_check_collection(struct hl_text name, struct hl_error *error)
{
    const struct field field = {"collection", name, HL_COLLECTION_MAX_BYTES};
    enum hl_status status = check_text(&field, false, error);
    return status == HL_OK ? check_name(name, error) : status;
}
