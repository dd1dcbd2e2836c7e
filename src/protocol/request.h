/*
 * request.h - a parsed request and the table of commands, inside the protocol layer.
 *
 * A request is the body that its command's shape asks for, with text borrowed from the parsed JSON, which the request owns.
 */
#ifndef HL_PROTOCOL_REQUEST_H
#define HL_PROTOCOL_REQUEST_H

#include "protocol/event_filter.h"
#include "protocol/service.h"

#include <headlined/questions.h>
#include <jansson.h>

enum {
    HL_NESTING_MAX = 16,
    HL_REF_MAX_BYTES = 256,
    HL_LIST_MAX = 1000,
    HL_STORIES_DEFAULT = 20,
    HL_TOPICS_DEFAULT = 20,
    HL_MEMBERS_DEFAULT = 100,
    HL_BUCKETS_DEFAULT = 48,
    HL_SEARCH_DEFAULT = 20,
    HL_WINDOW_DEFAULT_S = 3600,
    HL_SOURCES_MIN_DEFAULT = 2,
    HL_SIMILAR_DEFAULT = 10,
    HL_SOURCES_DEFAULT = 100,
    HL_FOLLOWS_DEFAULT = 5,
    HL_CHANGES_DEFAULT = 100
};

/* The names of enum hl_story_order on the wire. */
enum { HL_STORY_ORDER_COUNT = HL_ORDER_TRENDING + 1 };
extern const char *const hl_story_order_names[HL_STORY_ORDER_COUNT];

/* What a request asks for: which one is meant is said by the command's shape. */
union hl_request_body {
    struct hl_headline headline; /* add, check */
    struct hl_request_named {
        struct hl_text id;
        struct hl_text collection;
    } named; /* get, remove; stats: the collection only */
    struct hl_request_story {
        uint64_t story;
        uint64_t after_seq; /* 0: from the start */
        size_t limit;
        bool arrivals;
    } story;
    struct {
        struct hl_story_query stories;
        bool stories_arrivals;
    };
    struct hl_request_topic {
        uint64_t topic;
        struct hl_cursor after;
        size_t limit;
    } topic;
    struct hl_topic_query topics;
    struct hl_request_explain {
        struct hl_headline first, second; /* each by id or by title; second empty: the first alone */
    } explain;
    struct hl_request_settings {
        struct hl_text collection;
        json_t *set;    /* borrowed from the parsed JSON: an object of numbers and nulls; NULL: none */
        json_t *prefer; /* the same: a list of texts, or one text; NULL: none. Neither: show them */
    } settings;
    struct hl_request_timeline {
        uint64_t story;
        uint64_t buckets; /* at most */
    } timeline;
    struct hl_search_query search;
    struct hl_request_breaking {
        struct hl_breaking_query query;
        uint64_t window_s; /* for its window_ms */
        bool arrivals;
    } breaking;
    struct hl_request_similar {
        struct hl_headline which; /* by id or by title */
        size_t limit;
    } similar;
    struct hl_sources_query sources;
    struct hl_request_events {
        struct hl_event_wish wish;
        struct hl_event_place {
            uint64_t id;
            bool given;
        } from;       /* the last event that is known */
        size_t limit; /* changes only */
    } events;
};

/* How many settings there are. */
enum { HL_SETTINGS_COUNT = sizeof(struct hl_settings) / sizeof(double) };

/* One member of a request: how its value is read into the body. */
struct hl_field {
    const char *name;
    enum hl_status (*read)(const struct hl_field *field, const json_t *value, void *target, struct hl_error *error);
    size_t offset;    /* of the target in the body */
    size_t bytes_max; /* of text; 0: left to the engine */
    bool required;
};

/* What a reader takes, for those who have to know beforehand: query strings, which are text all through, and the OpenAPI document. */
enum hl_field_type { HL_FIELD_TEXT, HL_FIELD_INTEGER, HL_FIELD_BOOLEAN, HL_FIELD_OBJECT };
struct hl_field_kind {
    enum hl_status (*read)(const struct hl_field *field, const json_t *value, void *target, struct hl_error *error);
    enum hl_field_type type; /* that its text in a query string becomes, if it looks like one */
    const char *schema;      /* members of a JSON schema */
};

/* The kind of a field, by its reader. Every reader has one. */
const struct hl_field_kind *hl_field_kind_of(const struct hl_field *field);

/* The members that a command takes. Those read by a later row may look at what an earlier one has read. */
struct hl_shape {
    const struct hl_field *fields;
    size_t field_count;
    union hl_request_body defaults;
};

#define HL_SHAPES(X)                                                                                                   \
    X(nothing)                                                                                                         \
    X(headline)                                                                                                        \
    X(named)                                                                                                           \
    X(story)                                                                                                           \
    X(stories)                                                                                                         \
    X(topic)                                                                                                           \
    X(topics)                                                                                                          \
    X(collection) X(explain) X(settings) X(timeline) X(search) X(breaking) X(similar) X(sources) X(changes) X(subscribe)
#define HL_SHAPE_DECLARE(name) extern const struct hl_shape hl_shape_##name;
HL_SHAPES(HL_SHAPE_DECLARE)
#undef HL_SHAPE_DECLARE

/* Fills @body with the shape's defaults and then from @object. Text is borrowed from @object. */
enum hl_status hl_shape_read(const struct hl_shape *shape, const json_t *object, union hl_request_body *body,
                             struct hl_error *error);

struct hl_request {
    const struct hl_command *command;
    json_t *object;    /* owned; NULL when the line was not an object */
    const json_t *ref; /* borrowed from object: a string or an integer, or NULL */
    uint64_t *
        moved; /* borrowed; NULL, or where the executor leaves the story or topic that has absorbed the one asked for */
    union hl_request_body body;
};

/*
 * Appends the members of the answer after `"ok":true`. On error it may have appended something, which the caller drops.
 */
typedef enum hl_status (*hl_executor)(const struct hl_service *service, const struct hl_request *request,
                                      int64_t now_ms, struct hl_buffer *out, struct hl_error *error);

struct hl_command {
    const char *name;
    const struct hl_shape *shape;
    hl_executor execute;
    enum hl_tells tells; /* at most */
    const char *help;
};

/* The rows of commands.def in order. */
extern const struct hl_command hl_commands[HL_COMMAND_COUNT];

/*
 * Parses one line into @request, whose old content is ignored. Release it in either case: on error too it may hold the object, so
 * that the answer can carry the ref.
 */
enum hl_status hl_request_read(struct hl_request *request, const char *line, size_t length, struct hl_error *error);
void hl_request_release(struct hl_request *request);

/* The two steps of it. Parses one object, which the caller then owns; @error as of hl_request_read. */
enum hl_status hl_request_parse_object(const char *line, size_t length, json_t **object, struct hl_error *error);
/*
 * Takes @object (also on error) as a request for @command, where a member "op" may only say the same; NULL: for the command that "op"
 * names. @request as of hl_request_read.
 */
enum hl_status hl_request_take(struct hl_request *request, json_t *object, const struct hl_command *command,
                               struct hl_error *error);

/*
 * The answer line of a request: that of its execution when it was read with HL_OK (@status), else that of @error. The rest as of
 * hl_service_handle.
 */
enum hl_status hl_request_answer(const struct hl_service *service, const struct hl_request *request,
                                 enum hl_status status, const struct hl_error *error, int64_t now_ms,
                                 struct hl_buffer *out, enum hl_tells *tells);

#endif
