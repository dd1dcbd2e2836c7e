/*
 * request.c - one line to a checked request.
 */
#include "protocol/request.h"

#include "core/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the line ----------------------------------------------------------------------------------------------------- */

/*
 * False, with the place, when arrays and objects are nested too deeply for the parser, which recurses. Counts the opening
 * brackets first, a loop that compilers vectorise: hardly any line has more of them than may be nested.
 */
static bool nesting_fits(const char *line, size_t length, size_t *offset)
{
    size_t openings = 0;
    for (size_t i = 0; i < length; i++)
        openings += (line[i] | 0x20) == '{'; /* '[' is '{' without that bit */
    if (openings <= HL_NESTING_MAX)
        return true;
    size_t depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < length; i++) {
        char c = line[i];
        if (in_string && c == '\\')
            i++;
        else if (c == '"')
            in_string = !in_string;
        else if (!in_string && (c == '{' || c == '[') && ++depth > HL_NESTING_MAX) {
            *offset = i;
            return false;
        } else if (!in_string && (c == '}' || c == ']') && depth > 0)
            depth--;
    }
    return true;
}

static const char *syntax_message(const char *line, size_t length)
{
    size_t blank = 0;
    while (blank < length && strchr(" \t\r", line[blank]) && line[blank] != '\0')
        blank++;
    if (blank == length)
        return "there is nothing here: send one JSON object";
    if (length >= 3 && memcmp(line, "\xEF\xBB\xBF", 3) == 0)
        return "it begins with a byte order mark: leave it out";
    if (memchr(line, '\0', length))
        return "it holds a NUL byte: send text";
    return "this is not valid JSON: send one object, such as {\"title\":\"...\"}";
}

/* Jansson's reasons in our words: its own quote pieces of the input. */
static const char *parse_message(const json_error_t *reason, const char *line, size_t length)
{
    switch (json_error_code(reason)) {
    case json_error_end_of_input_expected:
        return "there is something behind the JSON object: send one in each line or request";
    case json_error_invalid_utf8:
        return "this is not valid UTF-8";
    case json_error_duplicate_key:
        return "a name occurs twice in one object";
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return "\\u0000 is not allowed in text";
    case json_error_numeric_overflow:
        return "a number is too big: integers have 64 bits, others are double floats";
    default:
        return syntax_message(line, length);
    }
}

static enum hl_status parse_failed(const json_error_t *reason, const char *line, size_t length, struct hl_error *error)
{
    if (reason->text[0] == '\0' || json_error_code(reason) == json_error_out_of_memory)
        return hl_error_no_memory(error);
    hl_error_set(error, HL_PARSE, NULL, "%s", parse_message(reason, line, length));
    if (error && reason->position > 0)
        error->offset = (size_t)reason->position < length ? (size_t)reason->position : length;
    return HL_PARSE;
}

/*
 * False when there is not as much memory as a line of @length bytes can take once it is parsed (some 30 bytes for each of an array of
 * small numbers). Asked beforehand, because jansson (2.14) ignores a failed allocation while it collects the bytes of a token, and
 * would go on with a shortened text or past its end.
 */
static bool memory_suffices(size_t length)
{
    void *volatile probe = malloc(32 * length + 4096); /* volatile, or compilers drop the pair */
    free(probe);
    return probe != NULL;
}

enum hl_status hl_request_parse_object(const char *line, size_t length, json_t **object, struct hl_error *error)
{
    size_t offset = 0;
    if (!nesting_fits(line, length, &offset)) {
        hl_error_set(error, HL_PARSE, NULL, "arrays and objects are nested too deeply: at most %d levels",
                     HL_NESTING_MAX);
        if (error)
            error->offset = offset;
        return HL_PARSE;
    }
    if (!memory_suffices(length))
        return hl_error_no_memory(error);
    json_error_t reason = {.line = 0}; /* jansson sets no code when it runs out of memory */
    json_t *value = json_loadb(line, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &reason);
    if (!value)
        return parse_failed(&reason, line, length, error);
    if (!json_is_object(value)) {
        json_decref(value);
        return hl_error_set(error, HL_INVALID, NULL,
                            "this is JSON, but not an object: send one such as {\"title\":\"...\"}");
    }
    *object = value;
    return HL_OK;
}

/* ---- ref and op --------------------------------------------------------------------------------------------------- */

static enum hl_status read_ref(struct hl_request *request, struct hl_error *error)
{
    const json_t *ref = json_object_get(request->object, "ref");
    if (!ref || json_is_null(ref))
        return HL_OK;
    if (!json_is_string(ref) && !json_is_integer(ref))
        return hl_error_set(error, HL_INVALID, "ref", "ref must be a string or an integer");
    if (json_is_string(ref) && json_string_length(ref) > HL_REF_MAX_BYTES)
        return hl_error_set(error, HL_TOO_LARGE, "ref", "ref has %zu bytes: send at most %d", json_string_length(ref),
                            HL_REF_MAX_BYTES);
    request->ref = ref;
    return HL_OK;
}

/* How much of @text to quote in a message: at most @max_bytes, whole characters. */
static enum hl_status unknown_op(struct hl_text op, struct hl_error *error)
{
    char names[HL_COMMAND_COUNT * 16];
    size_t length = 0;
    for (size_t i = 0; i < HL_COMMAND_COUNT; i++) {
        int written = snprintf(names + length, sizeof names - length, "%s%s", i ? ", " : "", hl_commands[i].name);
        length += (size_t)written;
    }
    return hl_error_set(error, HL_UNKNOWN_OP, "op", "there is no op \"%.*s\": use one of %s", (int)hl_text_cut(op, 32),
                        op.data, names);
}

/* @command: the only one that is wanted; NULL: any. */
static enum hl_status read_op(struct hl_request *request, const struct hl_command *command, struct hl_error *error)
{
    const json_t *op = json_object_get(request->object, "op");
    request->command = command ? command : &hl_commands[HL_COMMAND_add];
    if (!op || json_is_null(op))
        return HL_OK;
    if (!json_is_string(op))
        return hl_error_set(error, HL_INVALID, "op", "op must be a string");
    if (command && strcmp(json_string_value(op), command->name) != 0)
        return hl_error_set(error, HL_INVALID, "op", "this route is for op %s: leave op out", command->name);
    for (size_t i = 0; i < HL_COMMAND_COUNT; i++) {
        if (strcmp(json_string_value(op), hl_commands[i].name) == 0) {
            request->command = &hl_commands[i];
            return HL_OK;
        }
    }
    return unknown_op((struct hl_text){json_string_value(op), json_string_length(op)}, error);
}

/* ---- the request -------------------------------------------------------------------------------------------------- */

enum hl_status hl_request_take(struct hl_request *request, json_t *object, const struct hl_command *command,
                               struct hl_error *error)
{
    *request = (struct hl_request){.object = object, .body = {.named = {{NULL, 0}, {NULL, 0}}}};
    enum hl_status status = read_ref(request, error);
    if (status == HL_OK)
        status = read_op(request, command, error);
    if (status == HL_OK)
        status = hl_shape_read(request->command->shape, request->object, &request->body, error);
    return status;
}

enum hl_status hl_request_read(struct hl_request *request, const char *line, size_t length, struct hl_error *error)
{
    json_t *object = NULL;
    *request = (struct hl_request){.body = {.named = {{NULL, 0}, {NULL, 0}}}};
    enum hl_status status = hl_request_parse_object(line, length, &object, error);
    return status == HL_OK ? hl_request_take(request, object, NULL, error) : status;
}

void hl_request_release(struct hl_request *request)
{
    json_decref(request->object);
}

enum hl_status hl_request_parse(const char *line, size_t length, struct hl_request **request, struct hl_error *error)
{
    struct hl_request *made = malloc(sizeof *made);
    if (!made)
        return hl_error_no_memory(error);
    enum hl_status status = hl_request_read(made, line, length, error);
    if (status == HL_OK)
        *request = made;
    else
        hl_request_free(made);
    return status;
}

void hl_request_free(struct hl_request *request)
{
    if (!request)
        return;
    hl_request_release(request);
    free(request);
}

enum hl_tells hl_request_tells(const struct hl_request *request)
{
    bool shows_settings = request->command == &hl_commands[HL_COMMAND_settings] && !request->body.settings.set &&
                          !request->body.settings.prefer;
    return shows_settings ? HL_TELLS_STATE : request->command->tells;
}
