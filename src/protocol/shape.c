/*
 * shape.c - the members that each command takes, as tables, and the readers of their types.
 *
 * A reader refuses what is not of its type with the member's name and what is expected. null never gets here: it is the same as
 * absent.
 */
#include "core/assert.h"
#include "core/text.h"
#include "protocol/cursor.h"
#include "protocol/event_json.h"
#include "protocol/request.h"
#include "protocol/time.h"

#include <stdio.h>
#include <string.h>

const char *const hl_story_order_names[HL_STORY_ORDER_COUNT] = {"latest", "size", "trending"};

static const char *type_name(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "an array";
    case JSON_STRING:
        return "a string";
    case JSON_INTEGER:
        return "an integer";
    case JSON_REAL:
        return "a number with a fraction or exponent";
    case JSON_TRUE:
    case JSON_FALSE:
        return "a boolean";
    case JSON_NULL:
        break;
    }
    return "null";
}

static enum hl_status wrong_type(const struct hl_field *field, const json_t *value, const char *expected,
                                 struct hl_error *error)
{
    return hl_error_set(error, HL_INVALID, field->name, "%s must be %s, not %s", field->name, expected,
                        type_name(value));
}

static struct hl_text text_of(const json_t *string)
{
    return (struct hl_text){json_string_value(string), json_string_length(string)};
}

static enum hl_status read_text(const struct hl_field *field, const json_t *value, void *target, struct hl_error *error)
{
    if (!json_is_string(value))
        return wrong_type(field, value, "a string", error);
    struct hl_text text = text_of(value);
    if (field->bytes_max > 0 && text.length > field->bytes_max)
        return hl_error_set(error, HL_TOO_LARGE, field->name, "%s has %zu bytes: send at most %zu", field->name,
                            text.length, field->bytes_max);
    *(struct hl_text *)target = text;
    return HL_OK;
}

static enum hl_status read_id(const struct hl_field *field, const json_t *value, void *target, struct hl_error *error)
{
    enum hl_status status = read_text(field, value, target, error);
    if (status == HL_OK && json_string_length(value) == 0)
        return hl_error_set(error, HL_INVALID, field->name, "%s is empty: send the id of a headline", field->name);
    return status;
}

static enum hl_status read_time(const struct hl_field *field, const json_t *value, void *target, struct hl_error *error)
{
    int64_t ms;
    if (json_is_integer(value)) {
        ms = json_integer_value(value);
        if (ms < HL_TIME_MIN_MS || ms > HL_TIME_MAX_MS)
            return hl_error_set(error, HL_INVALID, field->name,
                                "%s is outside the years 0000 to 9999: send milliseconds since 1970-01-01 UTC",
                                field->name);
    } else if (!json_is_string(value)) {
        return wrong_type(field, value, "an RFC 3339 string or an integer of epoch milliseconds", error);
    } else if (!hl_time_parse(json_string_value(value), json_string_length(value), &ms)) {
        return hl_error_set(error, HL_INVALID, field->name,
                            "%s is not an RFC 3339 time: send one like 2025-12-14T09:30:00Z or "
                            "2025-12-14T10:30:00+01:00, years 0000 to 9999",
                            field->name);
    }
    *(int64_t *)target = ms;
    return HL_OK;
}

/* The number of a story or topic, after which the field is named. */
static enum hl_status read_number(const struct hl_field *field, const json_t *value, void *target,
                                  struct hl_error *error)
{
    char expected[80];
    snprintf(expected, sizeof expected, "a %s id: an integer from 1, or its digits as a string", field->name);
    uint64_t number = 0;
    if (json_is_integer(value))
        number = json_integer_value(value) > 0 ? (uint64_t)json_integer_value(value) : 0;
    else if (!json_is_string(value))
        return wrong_type(field, value, expected, error);
    else if (!hl_text_decimal(text_of(value), &number))
        number = 0;
    if (number == 0)
        return hl_error_set(error, HL_INVALID, field->name, "%s must be %s", field->name, expected);
    *(uint64_t *)target = number;
    return HL_OK;
}

static enum hl_status read_limit(const struct hl_field *field, const json_t *value, void *target,
                                 struct hl_error *error)
{
    if (!json_is_integer(value))
        return wrong_type(field, value, "an integer", error);
    json_int_t limit = json_integer_value(value);
    if (limit < 1 || limit > HL_LIST_MAX)
        return hl_error_set(error, HL_INVALID, field->name, "%s must be 1 to %d", field->name, HL_LIST_MAX);
    *(size_t *)target = (size_t)limit;
    return HL_OK;
}

static enum hl_status read_count(const struct hl_field *field, const json_t *value, void *target,
                                 struct hl_error *error)
{
    if (!json_is_integer(value))
        return wrong_type(field, value, "an integer", error);
    if (json_integer_value(value) < 0)
        return hl_error_set(error, HL_INVALID, field->name, "%s must not be negative", field->name);
    *(uint64_t *)target = (uint64_t)json_integer_value(value);
    return HL_OK;
}

static enum hl_status read_flag(const struct hl_field *field, const json_t *value, void *target, struct hl_error *error)
{
    if (!json_is_boolean(value))
        return wrong_type(field, value, "true or false", error);
    *(bool *)target = json_is_true(value);
    return HL_OK;
}

/* One of @count names: its place. */
static enum hl_status read_name(const struct hl_field *field, const json_t *value, const char *const *names,
                                size_t count, const char *expected, size_t *place, struct hl_error *error)
{
    if (!json_is_string(value))
        return wrong_type(field, value, expected, error);
    for (*place = 0; *place < count; ++*place)
        if (strcmp(json_string_value(value), names[*place]) == 0)
            return HL_OK;
    return hl_error_set(error, HL_INVALID, field->name, "%s must be %s", field->name, expected);
}

static enum hl_status read_order(const struct hl_field *field, const json_t *value, void *target,
                                 struct hl_error *error)
{
    size_t place = 0;
    enum hl_status status =
        read_name(field, value, hl_story_order_names, HL_STORY_ORDER_COUNT, "latest, size or trending", &place, error);
    if (status == HL_OK)
        *(enum hl_story_order *)target = (enum hl_story_order)place;
    return status;
}

static enum hl_status read_search_order(const struct hl_field *field, const json_t *value, void *target,
                                        struct hl_error *error)
{
    static const char *const names[] = {"rank", "latest"};
    size_t place = 0;
    enum hl_status status = read_name(field, value, names, 2, "rank or latest", &place, error);
    if (status == HL_OK)
        *(enum hl_search_order *)target = (enum hl_search_order)place;
    return status;
}

static enum hl_status read_source_order(const struct hl_field *field, const json_t *value, void *target,
                                        struct hl_error *error)
{
    static const char *const names[] = {"headlines", "first", "lag", "name"};
    size_t place = 0;
    enum hl_status status = read_name(field, value, names, 4, "headlines, first, lag or name", &place, error);
    if (status == HL_OK)
        *(enum hl_source_order *)target = (enum hl_source_order)place;
    return status;
}

static enum hl_status wrong_cursor(const struct hl_field *field, struct hl_error *error)
{
    return hl_error_set(error, HL_INVALID, field->name,
                        "this is no %s of this list: send the value of next with an otherwise equal request",
                        field->name);
}

/* The target is the whole query, whose order was read by an earlier row. */
static enum hl_status read_stories_cursor(const struct hl_field *field, const json_t *value, void *target,
                                          struct hl_error *error)
{
    struct hl_story_query *query = target;
    if (!json_is_string(value))
        return wrong_type(field, value, "a string", error);
    return hl_cursor_get_stories(text_of(value), query->order, &query->after) ? HL_OK : wrong_cursor(field, error);
}

static enum hl_status read_topics_cursor(const struct hl_field *field, const json_t *value, void *target,
                                         struct hl_error *error)
{
    struct hl_topic_query *query = target;
    if (!json_is_string(value))
        return wrong_type(field, value, "a string", error);
    return hl_cursor_get_stories(text_of(value), query->order, &query->after) ? HL_OK : wrong_cursor(field, error);
}

/* The stories of a topic come in one order only. */
static enum hl_status read_topic_cursor(const struct hl_field *field, const json_t *value, void *target,
                                        struct hl_error *error)
{
    if (!json_is_string(value))
        return wrong_type(field, value, "a string", error);
    return hl_cursor_get_stories(text_of(value), HL_ORDER_LATEST, target) ? HL_OK : wrong_cursor(field, error);
}

static enum hl_status read_search_cursor(const struct hl_field *field, const json_t *value, void *target,
                                         struct hl_error *error)
{
    struct hl_search_query *query = target;
    if (!json_is_string(value))
        return wrong_type(field, value, "a string", error);
    return hl_cursor_get_search(text_of(value), query->order, &query->after) ? HL_OK : wrong_cursor(field, error);
}

static enum hl_status read_members_cursor(const struct hl_field *field, const json_t *value, void *target,
                                          struct hl_error *error)
{
    if (!json_is_string(value))
        return wrong_type(field, value, "a string", error);
    return hl_cursor_get_members(text_of(value), target) ? HL_OK : wrong_cursor(field, error);
}

/* Numbers by name, or null for those that go back. Which names and values there are is for the engine to say. */
static enum hl_status read_settings(const struct hl_field *field, const json_t *value, void *target,
                                    struct hl_error *error)
{
    if (!json_is_object(value))
        return wrong_type(field, value, "an object such as {\"join_threshold\":0.15}", error);
    if (json_object_size(value) == 0 || json_object_size(value) > HL_SETTINGS_COUNT)
        return hl_error_set(error, HL_INVALID, field->name, "%s must hold 1 to %d settings, not %zu", field->name,
                            HL_SETTINGS_COUNT, json_object_size(value));
    json_t *set = (json_t *)value; /* jansson's iterators are not const, but only read */
    const char *name;
    json_t *member;
    json_object_foreach(set, name, member)
    {
        if (!json_is_number(member) && !json_is_null(member))
            return hl_error_set(error, HL_INVALID, name, "%.60s must be a number, or null to reset it, not %s", name,
                                type_name(member));
    }
    *(json_t **)target = set;
    return HL_OK;
}

/* Names, or one text with commas between them. How many there may be is for the engine to say. */
static enum hl_status read_names(const struct hl_field *field, const json_t *value, void *target,
                                 struct hl_error *error)
{
    bool texts = json_is_array(value) || json_is_string(value);
    for (size_t i = 0; texts && i < json_array_size(value); i++)
        texts = json_is_string(json_array_get(value, i)) && !strchr(json_string_value(json_array_get(value, i)), '\n');
    if (!texts)
        return wrong_type(field, value,
                          "a list of names such as [\"Reuters\",\"AP\"], or one text with commas between them", error);
    *(json_t **)target = (json_t *)value; /* only read */
    return HL_OK;
}

/* An event's id, after which to go on. 0 is before the first. */
static enum hl_status read_event_id(const struct hl_field *field, const json_t *value, void *target,
                                    struct hl_error *error)
{
    struct hl_event_place *place = target;
    bool read = json_is_integer(value) && json_integer_value(value) >= 0;
    if (read)
        place->id = (uint64_t)json_integer_value(value);
    else if (json_is_string(value))
        read = hl_text_decimal(text_of(value), &place->id);
    place->given = read;
    return read ? HL_OK
                : hl_error_set(error, HL_INVALID, field->name, "%s must be the id of an event, as digits: \"4711\"",
                               field->name);
}

static enum hl_status add_kind(const struct hl_field *field, struct hl_text name, uint64_t *kinds,
                               struct hl_error *error)
{
    for (int kind = 0; kind < HL_EVENT_KINDS; kind++) {
        const char *known = hl_event_kind_names[kind];
        if (hl_text_equals(name, (struct hl_text){known, strlen(known)})) {
            *kinds |= UINT64_C(1) << kind;
            return HL_OK;
        }
    }
    return hl_error_set(error, HL_INVALID, field->name, "there are no events of the kind \"%.*s\": see hello",
                        (int)hl_text_cut(name, 32), name.data);
}

static enum hl_status add_kinds_of_text(const struct hl_field *field, struct hl_text list, uint64_t *kinds,
                                        struct hl_error *error)
{
    enum hl_status status = HL_OK;
    while (status == HL_OK && list.length > 0) {
        const char *comma = memchr(list.data, ',', list.length);
        size_t length = comma ? (size_t)(comma - list.data) : list.length, taken = length + (comma != NULL);
        status = add_kind(field, (struct hl_text){list.data, length}, kinds, error);
        list = (struct hl_text){list.data + taken, list.length - taken};
    }
    return status;
}

/* A list of names, or one text of them with commas between. */
static enum hl_status read_kinds(const struct hl_field *field, const json_t *value, void *target,
                                 struct hl_error *error)
{
    static const char expected[] = "a list of kinds of events, or their names with commas between";
    if (json_is_string(value))
        return add_kinds_of_text(field, text_of(value), target, error);
    if (!json_is_array(value))
        return wrong_type(field, value, expected, error);
    enum hl_status status = HL_OK;
    for (size_t i = 0; i < json_array_size(value) && status == HL_OK; i++) {
        const json_t *name = json_array_get(value, i);
        status = json_is_string(name) ? add_kind(field, text_of(name), target, error)
                                      : wrong_type(field, name, expected, error);
    }
    return status;
}

static const struct hl_field_kind kinds[] = {
    {read_text, HL_FIELD_TEXT, "\"type\":\"string\""},
    {read_id, HL_FIELD_TEXT, "\"type\":\"string\",\"minLength\":1"},
    {read_time, HL_FIELD_INTEGER, "\"oneOf\":[{\"type\":\"string\",\"format\":\"date-time\"},{\"type\":\"integer\"}]"},
    {read_number, HL_FIELD_INTEGER,
     "\"oneOf\":[{\"type\":\"integer\",\"minimum\":1},{\"type\":\"string\",\"pattern\":\"^[0-9]+$\"}]"},
    {read_limit, HL_FIELD_INTEGER, "\"type\":\"integer\",\"minimum\":1,\"maximum\":1000"},
    {read_count, HL_FIELD_INTEGER, "\"type\":\"integer\",\"minimum\":0"},
    {read_order, HL_FIELD_TEXT, "\"type\":\"string\",\"enum\":[\"latest\",\"size\",\"trending\"]"},
    {read_search_order, HL_FIELD_TEXT, "\"type\":\"string\",\"enum\":[\"rank\",\"latest\"]"},
    {read_source_order, HL_FIELD_TEXT, "\"type\":\"string\",\"enum\":[\"headlines\",\"first\",\"lag\",\"name\"]"},
    {read_flag, HL_FIELD_BOOLEAN, "\"type\":\"boolean\""},
    {read_search_cursor, HL_FIELD_TEXT, "\"type\":\"string\""},
    {read_stories_cursor, HL_FIELD_TEXT, "\"type\":\"string\""},
    {read_topics_cursor, HL_FIELD_TEXT, "\"type\":\"string\""},
    {read_topic_cursor, HL_FIELD_TEXT, "\"type\":\"string\""},
    {read_members_cursor, HL_FIELD_TEXT, "\"type\":\"string\""},
    {read_event_id, HL_FIELD_INTEGER,
     "\"oneOf\":[{\"type\":\"integer\",\"minimum\":0},{\"type\":\"string\",\"pattern\":\"^[0-9]+$\"}]"},
    {read_kinds, HL_FIELD_TEXT,
     "\"oneOf\":[{\"type\":\"string\"},{\"type\":\"array\",\"items\":{\"type\":\"string\"}}]"},
    {read_names, HL_FIELD_TEXT,
     "\"oneOf\":[{\"type\":\"string\"},{\"type\":\"array\",\"items\":{\"type\":\"string\"}}]"},
    {read_settings, HL_FIELD_OBJECT, "\"type\":\"object\""},
    {read_event_id, HL_FIELD_INTEGER,
     "\"oneOf\":[{\"type\":\"string\",\"pattern\":\"^[0-9]+$\"},{\"type\":\"integer\",\"minimum\":0}]"},
    {read_kinds, HL_FIELD_TEXT,
     "\"oneOf\":[{\"type\":\"string\"},{\"type\":\"array\",\"items\":{\"type\":\"string\"}}]"},
};

const struct hl_field_kind *hl_field_kind_of(const struct hl_field *field)
{
    size_t i = 0;
    while (kinds[i].read != field->read) {
        i++;
        HL_ASSERT(i < sizeof kinds / sizeof kinds[0]);
    }
    return &kinds[i];
}

#define AT(member) offsetof(union hl_request_body, member)
#define SHAPE(rows, ...)                                                                                               \
    {                                                                                                                  \
        rows, sizeof(rows) / sizeof((rows)[0]),                                                                        \
        {                                                                                                              \
            __VA_ARGS__                                                                                                \
        }                                                                                                              \
    }

const struct hl_shape hl_shape_nothing = {NULL, 0, {.named = {{NULL, 0}, {NULL, 0}}}};

static const struct hl_field headline_fields[] = {
    {"title", read_text, AT(headline.title), 0, true},
    {"id", read_text, AT(headline.id), 0, false},
    {"source", read_text, AT(headline.source), 0, false},
    {"url", read_text, AT(headline.url), 0, false},
    {"published", read_time, AT(headline.published_ms), 0, false},
    {"lang", read_text, AT(headline.lang), 0, false},
    {"summary", read_text, AT(headline.summary), 0, false},
    {"collection", read_text, AT(headline.collection), 0, false},
};
const struct hl_shape hl_shape_headline = SHAPE(headline_fields, .headline = {.published_ms = HL_TIME_NONE});

static const struct hl_field named_fields[] = {
    {"id", read_id, AT(named.id), HL_ID_MAX_BYTES, true},
    {"collection", read_text, AT(named.collection), HL_COLLECTION_MAX_BYTES, false},
};
const struct hl_shape hl_shape_named = SHAPE(named_fields, .named = {{NULL, 0}, {NULL, 0}});

static const struct hl_field story_fields[] = {
    {"story", read_number, AT(story.story), 0, true},
    {"limit", read_limit, AT(story.limit), 0, false},
    {"cursor", read_members_cursor, AT(story.after_seq), 0, false},
    {"arrivals", read_flag, AT(story.arrivals), 0, false},
};
const struct hl_shape hl_shape_story = SHAPE(story_fields, .story = {.limit = HL_MEMBERS_DEFAULT});

static const struct hl_field stories_fields[] = {
    {"order", read_order, AT(stories.order), 0, false},
    {"limit", read_limit, AT(stories.limit), 0, false},
    {"cursor", read_stories_cursor, AT(stories), 0, false},
    {"since", read_time, AT(stories.since_ms), 0, false},
    {"until", read_time, AT(stories.until_ms), 0, false},
    {"source", read_text, AT(stories.source), HL_SOURCE_MAX_BYTES, false},
    {"lang", read_text, AT(stories.lang), HL_LANG_MAX_BYTES, false},
    {"text", read_text, AT(stories.text), HL_TITLE_MAX_BYTES, false},
    {"min_headlines", read_count, AT(stories.headlines_min), 0, false},
    {"collection", read_text, AT(stories.collection), HL_COLLECTION_MAX_BYTES, false},
    {"arrivals", read_flag, AT(stories_arrivals), 0, false},
};
const struct hl_shape hl_shape_stories = SHAPE(stories_fields, .stories = {.since_ms = HL_TIME_NONE,
                                                                           .until_ms = HL_TIME_NONE,
                                                                           .order = HL_ORDER_LATEST,
                                                                           .limit = HL_STORIES_DEFAULT});

static const struct hl_field topic_fields[] = {
    {"topic", read_number, AT(topic.topic), 0, true},
    {"limit", read_limit, AT(topic.limit), 0, false},
    {"cursor", read_topic_cursor, AT(topic.after), 0, false},
};
const struct hl_shape hl_shape_topic = SHAPE(topic_fields, .topic = {.limit = HL_STORIES_DEFAULT});

static const struct hl_field topics_fields[] = {
    {"order", read_order, AT(topics.order), 0, false},
    {"limit", read_limit, AT(topics.limit), 0, false},
    {"cursor", read_topics_cursor, AT(topics), 0, false},
    {"since", read_time, AT(topics.since_ms), 0, false},
    {"until", read_time, AT(topics.until_ms), 0, false},
    {"text", read_text, AT(topics.text), HL_TITLE_MAX_BYTES, false},
    {"min_stories", read_count, AT(topics.stories_min), 0, false},
    {"collection", read_text, AT(topics.collection), HL_COLLECTION_MAX_BYTES, false},
};
const struct hl_shape hl_shape_topics = SHAPE(topics_fields, .topics = {.since_ms = HL_TIME_NONE,
                                                                        .until_ms = HL_TIME_NONE,
                                                                        .order = HL_ORDER_LATEST,
                                                                        .stories_min = 2,
                                                                        .limit = HL_TOPICS_DEFAULT});

static const struct hl_field collection_fields[] = {
    {"collection", read_text, AT(named.collection), HL_COLLECTION_MAX_BYTES, false},
};
const struct hl_shape hl_shape_collection = SHAPE(collection_fields, .named = {{NULL, 0}, {NULL, 0}});

static const struct hl_field explain_fields[] = {
    {"id", read_id, AT(explain.first.id), HL_ID_MAX_BYTES, false},
    {"title", read_text, AT(explain.first.title), 0, false},
    {"source", read_text, AT(explain.first.source), 0, false},
    {"published", read_time, AT(explain.first.published_ms), 0, false},
    {"lang", read_text, AT(explain.first.lang), 0, false},
    {"summary", read_text, AT(explain.first.summary), 0, false},
    {"other", read_id, AT(explain.second.id), HL_ID_MAX_BYTES, false},
    {"other_title", read_text, AT(explain.second.title), 0, false},
    {"other_source", read_text, AT(explain.second.source), 0, false},
    {"other_published", read_time, AT(explain.second.published_ms), 0, false},
    {"other_lang", read_text, AT(explain.second.lang), 0, false},
    {"other_summary", read_text, AT(explain.second.summary), 0, false},
    {"collection", read_text, AT(explain.first.collection), HL_COLLECTION_MAX_BYTES, false},
};
const struct hl_shape hl_shape_explain =
    SHAPE(explain_fields, .explain = {.first.published_ms = HL_TIME_NONE, .second.published_ms = HL_TIME_NONE});

static const struct hl_field settings_fields[] = {
    {"set", read_settings, AT(settings.set), 0, false},
    {"prefer_sources", read_names, AT(settings.prefer), 0, false},
    {"collection", read_text, AT(settings.collection), HL_COLLECTION_MAX_BYTES, false},
};
const struct hl_shape hl_shape_settings = SHAPE(settings_fields, .settings = {.set = NULL});

static const struct hl_field timeline_fields[] = {
    {"story", read_number, AT(timeline.story), 0, true},
    {"buckets", read_count, AT(timeline.buckets), 0, false},
};
const struct hl_shape hl_shape_timeline = SHAPE(timeline_fields, .timeline = {.buckets = HL_BUCKETS_DEFAULT});

static const struct hl_field search_fields[] = {
    {"q", read_text, AT(search.q), HL_SEARCH_MAX_BYTES, true},
    {"order", read_search_order, AT(search.order), 0, false},
    {"limit", read_limit, AT(search.limit), 0, false},
    {"cursor", read_search_cursor, AT(search), 0, false},
    {"since", read_time, AT(search.since_ms), 0, false},
    {"until", read_time, AT(search.until_ms), 0, false},
    {"source", read_text, AT(search.source), HL_SOURCE_MAX_BYTES, false},
    {"lang", read_text, AT(search.lang), HL_LANG_MAX_BYTES, false},
    {"collection", read_text, AT(search.collection), HL_COLLECTION_MAX_BYTES, false},
};
const struct hl_shape hl_shape_search =
    SHAPE(search_fields, .search = {.since_ms = HL_TIME_NONE, .until_ms = HL_TIME_NONE, .limit = HL_SEARCH_DEFAULT});

static const struct hl_field breaking_fields[] = {
    {"window_s", read_count, AT(breaking.window_s), 0, false},
    {"min_sources", read_count, AT(breaking.query.sources_min), 0, false},
    {"limit", read_limit, AT(breaking.query.limit), 0, false},
    {"source", read_text, AT(breaking.query.source), HL_SOURCE_MAX_BYTES, false},
    {"lang", read_text, AT(breaking.query.lang), HL_LANG_MAX_BYTES, false},
    {"collection", read_text, AT(breaking.query.collection), HL_COLLECTION_MAX_BYTES, false},
    {"arrivals", read_flag, AT(breaking.arrivals), 0, false},
};
const struct hl_shape hl_shape_breaking =
    SHAPE(breaking_fields, .breaking = {.query = {.sources_min = HL_SOURCES_MIN_DEFAULT, .limit = HL_STORIES_DEFAULT},
                                        .window_s = HL_WINDOW_DEFAULT_S});

static const struct hl_field similar_fields[] = {
    {"id", read_id, AT(similar.which.id), HL_ID_MAX_BYTES, false},
    {"title", read_text, AT(similar.which.title), 0, false},
    {"lang", read_text, AT(similar.which.lang), 0, false},
    {"collection", read_text, AT(similar.which.collection), HL_COLLECTION_MAX_BYTES, false},
    {"limit", read_limit, AT(similar.limit), 0, false},
};
const struct hl_shape hl_shape_similar =
    SHAPE(similar_fields, .similar = {.which.published_ms = HL_TIME_NONE, .limit = HL_SIMILAR_DEFAULT});

static const struct hl_field sources_fields[] = {
    {"order", read_source_order, AT(sources.order), 0, false},
    {"limit", read_limit, AT(sources.limit), 0, false},
    {"source", read_text, AT(sources.source), HL_SOURCE_MAX_BYTES, false},
    {"since", read_time, AT(sources.since_ms), 0, false},
    {"until", read_time, AT(sources.until_ms), 0, false},
    {"collection", read_text, AT(sources.collection), HL_COLLECTION_MAX_BYTES, false},
};
const struct hl_shape hl_shape_sources = SHAPE(sources_fields, .sources = {.since_ms = HL_TIME_NONE,
                                                                           .until_ms = HL_TIME_NONE,
                                                                           .follows_max = HL_FOLLOWS_DEFAULT,
                                                                           .limit = HL_SOURCES_DEFAULT});

#define EVENT_FIELDS                                                                                                   \
    {"collection", read_text, AT(events.wish.collection), HL_COLLECTION_MAX_BYTES, false},                             \
        {"story", read_number, AT(events.wish.story), 0, false},                                                       \
        {"topic", read_number, AT(events.wish.topic), 0, false},                                                       \
        {"source", read_text, AT(events.wish.source), HL_SOURCE_MAX_BYTES, false},                                     \
        {"min_headlines", read_count, AT(events.wish.headlines_min), 0, false},                                        \
        {"text", read_text, AT(events.wish.text), HL_TITLE_MAX_BYTES, false},                                          \
    {                                                                                                                  \
        "kinds", read_kinds, AT(events.wish.kinds), 0, false                                                           \
    }

static const struct hl_field changes_fields[] = {
    {"cursor", read_event_id, AT(events.from), 0, false},
    {"limit", read_limit, AT(events.limit), 0, false},
    EVENT_FIELDS,
};
const struct hl_shape hl_shape_changes = SHAPE(changes_fields, .events = {.limit = HL_CHANGES_DEFAULT});

static const struct hl_field subscribe_fields[] = {
    {"after", read_event_id, AT(events.from), 0, false},
    EVENT_FIELDS,
};
const struct hl_shape hl_shape_subscribe = SHAPE(subscribe_fields, .events = {.limit = 0});

enum hl_status hl_shape_read(const struct hl_shape *shape, const json_t *object, union hl_request_body *body,
                             struct hl_error *error)
{
    *body = shape->defaults;
    for (size_t i = 0; i < shape->field_count; i++) {
        const struct hl_field *field = &shape->fields[i];
        const json_t *value = json_object_get(object, field->name);
        if (!value || json_is_null(value)) {
            if (field->required)
                return hl_error_set(error, HL_INVALID, field->name, "%s is missing", field->name);
            continue;
        }
        enum hl_status status = field->read(field, value, (char *)body + field->offset, error);
        if (status != HL_OK)
            return status;
    }
    return HL_OK;
}
