/*
 * options.c - the options table at work (see options.h): assignment, configuration file, checks, printing.
 */
#include "support/options.h"

#include "core/assert.h"
#include "support/address.h"
#include "support/quantity.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX_BYTES ((size_t)1 << 20)
#define GROUPING "grouping"
#define VALUE_TEXT_BYTES HL_OPTION_TEXT_BYTES /* room for any value as text */

enum option_type { TEXT, CHOICE, COUNT, BYTES, DURATION, REAL, WHOLE }; /* WHOLE: a double without a fraction */

struct option {
    enum option_type type;
    const char *section; /* "" or GROUPING */
    const char *name;
    size_t offset; /* in struct hl_options */
    const char *default_text, *lowest, *highest;
    bool reloadable;
    const char *help;
};

#define FIELD_TEXT(name) name
#define FIELD_CHOICE(name) name
#define FIELD_COUNT(name) name
#define FIELD_BYTES(name) name##_bytes
#define FIELD_DURATION(name) name##_ms

static const struct option options_table[] = {
#define HL_OPTION(type, name, default_text, lowest, highest, reloadable, help)                                         \
    {type, "", #name, offsetof(struct hl_options, FIELD_##type(name)), default_text, lowest, highest, reloadable, help},
#include "support/options.def"
#undef HL_OPTION
#define HL_SETTING(name, default_value, min_value, max_value, kind, help)                                              \
    {(kind) == HL_SETTING_WHOLE ? WHOLE : REAL,                                                                        \
     GROUPING,                                                                                                         \
     #name,                                                                                                            \
     offsetof(struct hl_options, grouping.name),                                                                       \
     #default_value,                                                                                                   \
     #min_value,                                                                                                       \
     #max_value,                                                                                                       \
     false,                                                                                                            \
     help},
#include <headlined/settings.def>
#undef HL_SETTING
};

#define OPTION_COUNT (sizeof options_table / sizeof options_table[0])

static const char *const type_names[] = {"TEXT", "WORD", "COUNT", "BYTES", "DURATION", "NUMBER", "COUNT"};

/* "slow-reader-timeout" and "slow_reader_timeout" are the same name. */
static bool same_name(const char *a, const char *b)
{
    for (; *a && *b; a++, b++)
        if (*a != *b && !((*a == '-' || *a == '_') && (*b == '-' || *b == '_')))
            return false;
    return *a == *b;
}

static const struct option *find_option(const char *name)
{
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (same_name(options_table[i].name, name))
            return &options_table[i];
    return NULL;
}

static void *field_of(struct hl_options *options, const struct option *option)
{
    return (char *)options + option->offset;
}

static const void *const_field_of(const struct hl_options *options, const struct option *option)
{
    return (const char *)options + option->offset;
}

/* ---- assignment ------------------------------------------------------------------------------------------------- */

/* What a file cannot hold is refused on the command line too, so that every set of options can be printed and read back. */
static bool fits_a_file(const char *value, size_t length)
{
    if (value[0] == ';' || strstr(value, " ;") || value[0] == ' ' || (length > 0 && value[length - 1] == ' '))
        return false;
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)value[i] < 0x20 || value[i] == 0x7f)
            return false;
    return true;
}

static enum hl_status set_text(char *field, const struct option *option, const char *value, struct hl_error *error)
{
    size_t length = strlen(value);
    if (length >= HL_OPTION_TEXT_BYTES)
        return hl_error_set(error, HL_INVALID, option->name, "%s must be shorter than %d bytes", option->name,
                            HL_OPTION_TEXT_BYTES);
    if (!fits_a_file(value, length))
        return hl_error_set(
            error, HL_INVALID, option->name,
            "%s must not hold control characters, spaces at its ends, or \";\" at its start or after a space",
            option->name);
    memset(field, 0, HL_OPTION_TEXT_BYTES); /* so that equal options are equal bytes */
    memcpy(field, value, length);
    return HL_OK;
}

/* The length of the word at @words, which are separated by single spaces. */
static size_t word_length(const char *words)
{
    return strcspn(words, " ");
}

static enum hl_status set_choice(uint64_t *field, const struct option *option, const char *value,
                                 struct hl_error *error)
{
    uint64_t index = 0;
    for (const char *word = option->lowest; *word; index++) {
        size_t length = word_length(word);
        if (strlen(value) == length && memcmp(word, value, length) == 0) {
            *field = index;
            return HL_OK;
        }
        word += length + (word[length] == ' ');
    }
    return hl_error_set(error, HL_INVALID, option->name, "%s must be one of: %s", option->name, option->lowest);
}

static bool parse_whole(enum option_type type, const char *text, uint64_t *out)
{
    switch (type) {
    case BYTES:
        return hl_quantity_parse_bytes(text, out);
    case DURATION:
        return hl_quantity_parse_duration(text, out);
    default:
        return hl_quantity_parse_count(text, out);
    }
}

static const char *const type_forms[] = {
    [COUNT] = "a whole number",
    [BYTES] = "a size such as 512, 64K, 16M or 1G",
    [DURATION] = "a duration such as 500ms, 30s, 10m, 2h or 7d",
    [REAL] = "a number",
    [WHOLE] = "a whole number",
};

static enum hl_status bad_number(const struct option *option, const char *value, struct hl_error *error)
{
    return hl_error_set(error, HL_INVALID, option->name, "%s must be %s from %s to %s, not \"%.40s\"", option->name,
                        type_forms[option->type], option->lowest, option->highest, value);
}

static enum hl_status set_whole(uint64_t *field, const struct option *option, const char *value, struct hl_error *error)
{
    uint64_t number = 0, lowest = 0, highest = 0;
    HL_ASSERT(parse_whole(option->type, option->lowest, &lowest) &&
              parse_whole(option->type, option->highest, &highest));
    if (!parse_whole(option->type, value, &number) || number < lowest || number > highest)
        return bad_number(option, value, error);
    *field = number;
    return HL_OK;
}

static enum hl_status set_real(double *field, const struct option *option, const char *value, struct hl_error *error)
{
    double number = 0, lowest = 0, highest = 0;
    HL_ASSERT(hl_quantity_parse_real(option->lowest, &lowest) && hl_quantity_parse_real(option->highest, &highest));
    if (!hl_quantity_parse_real(value, &number) || !(number >= lowest && number <= highest) ||
        (option->type == WHOLE && number != (double)(int64_t)number))
        return bad_number(option, value, error);
    *field = number;
    return HL_OK;
}

static enum hl_status set_option(struct hl_options *options, const struct option *option, const char *value,
                                 struct hl_error *error)
{
    void *field = field_of(options, option);
    switch (option->type) {
    case TEXT:
        return set_text(field, option, value, error);
    case CHOICE:
        return set_choice(field, option, value, error);
    case REAL:
    case WHOLE:
        return set_real(field, option, value, error);
    default:
        return set_whole(field, option, value, error);
    }
}

enum hl_status hl_options_set(struct hl_options *options, const char *name, const char *value, struct hl_error *error)
{
    const struct option *option = find_option(name);
    if (!option)
        return hl_error_set(error, HL_INVALID, name, "there is no option \"%.60s\": headlined --help lists them", name);
    return set_option(options, option, value, error);
}

void hl_options_default(struct hl_options *options)
{
    memset(options, 0, sizeof *options);
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        enum hl_status status = set_option(options, &options_table[i], options_table[i].default_text, NULL);
        HL_ASSERT(status == HL_OK);
    }
}

/* ---- configuration file ----------------------------------------------------------------------------------------- */

struct file_parse {
    struct hl_options *options;
    const char *next, *end; /* what is not yet read */
    int line;               /* number of the line read last */
    int error_line;         /* 0: no error of ours so far */
    struct hl_error error;
    bool seen[OPTION_COUNT];
};

static void file_error(struct file_parse *parse, const struct hl_error *error)
{
    if (parse->error_line)
        return;
    parse->error_line = parse->line;
    parse->error = *error;
}

/* False for "[other]", which inih would let pass as long as it is empty. */
static bool section_is_known(const char *line, size_t length)
{
    static const char known[] = "[" GROUPING "]";
    while (length > 0 && (*line == ' ' || *line == '\t')) {
        line++;
        length--;
    }
    return length == 0 || *line != '[' || (length >= sizeof known - 1 && memcmp(line, known, sizeof known - 1) == 0);
}

/* fgets for inih, which cuts longer lines silently and takes NUL for the end: both are errors here and end the reading. */
static char *read_line(char *line, int capacity, void *context)
{
    struct file_parse *parse = context;
    if (parse->next == parse->end || parse->error_line)
        return NULL;
    parse->line++;
    size_t left = (size_t)(parse->end - parse->next);
    const char *newline = memchr(parse->next, '\n', left);
    size_t length = newline ? (size_t)(newline - parse->next) + 1 : left;
    struct hl_error error = {0};
    if (length + 3 > (size_t)capacity)
        hl_error_set(&error, HL_INVALID, NULL, "a line must be shorter than %d bytes", capacity - 3);
    else if (memchr(parse->next, '\0', length))
        hl_error_set(&error, HL_INVALID, NULL, "the line holds a NUL byte: this is not a text file");
    else if (!section_is_known(parse->next, length))
        hl_error_set(&error, HL_INVALID, NULL, "there is no such section: only [" GROUPING "]");
    if (error.status != HL_OK) {
        file_error(parse, &error);
        return NULL;
    }
    memcpy(line, parse->next, length);
    line[length] = '\0';
    parse->next += length;
    return line;
}

static enum hl_status take_pair(struct file_parse *parse, const char *section, const char *name, const char *value,
                                struct hl_error *error)
{
    const struct option *option = find_option(name);
    if (!option)
        return hl_error_set(error, HL_INVALID, name, "there is no option \"%.60s\"", name);
    if (strcmp(option->section, section) != 0)
        return hl_error_set(error, HL_INVALID, option->name, "%s belongs %s", option->name,
                            option->section[0] ? "in section [" GROUPING "]" : "before the section [" GROUPING "]");
    if (parse->seen[option - options_table])
        return hl_error_set(error, HL_INVALID, option->name,
                            "%s is given twice (an indented line continues the one before it)", option->name);
    parse->seen[option - options_table] = true;
    return set_option(parse->options, option, value, error);
}

static int on_pair(void *context, const char *section, const char *name, const char *value)
{
    struct file_parse *parse = context;
    struct hl_error error;
    if (take_pair(parse, section, name, value, &error) == HL_OK)
        return 1;
    file_error(parse, &error);
    return 0;
}

enum hl_status hl_options_parse(struct hl_options *options, const char *data, size_t length, struct hl_error *error)
{
    struct hl_options fresh = *options;
    struct file_parse parse = {.options = &fresh, .next = data, .end = data + length};
    int bad_line = ini_parse_stream(read_line, &parse, on_pair, &parse);
    if (bad_line < 0)
        return hl_error_set(error, HL_NO_MEMORY, NULL, "out of memory");
    if (bad_line > 0 && (parse.error_line == 0 || bad_line < parse.error_line))
        return hl_error_set(error, HL_INVALID, NULL, "line %d: expected \"name = value\"", bad_line);
    if (parse.error_line)
        return hl_error_set(error, HL_INVALID, parse.error.field, "line %d: %s", parse.error_line, parse.error.message);
    *options = fresh;
    return HL_OK;
}

/* Appends what @fd holds, at most FILE_MAX_BYTES. */
static enum hl_status read_all(int fd, struct hl_buffer *out, const char *path, struct hl_error *error)
{
    for (;;) {
        if (!hl_buffer_reserve(out, 4096))
            return hl_error_set(error, HL_NO_MEMORY, NULL, "out of memory");
        ssize_t got = read(fd, out->data + out->length, 4096);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return hl_error_set(error, HL_IO, NULL, "cannot read %.100s: %s", path, strerror(errno));
        if (got == 0)
            return HL_OK;
        out->length += (size_t)got;
        if (out->length > FILE_MAX_BYTES)
            return hl_error_set(error, HL_TOO_LARGE, NULL, "%.100s is larger than 1 MiB", path);
    }
}

enum hl_status hl_options_read_file(struct hl_options *options, const char *path, struct hl_error *error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return hl_error_set(error, HL_IO, NULL, "cannot open %.100s: %s", path, strerror(errno));
    struct hl_buffer content;
    hl_buffer_init(&content);
    enum hl_status status = read_all(fd, &content, path, error);
    struct hl_error reason;
    if (status == HL_OK && (status = hl_options_parse(options, content.data, content.length, &reason)) != HL_OK)
        hl_error_set(error, status, reason.field, "%.60s, %s", path, reason.message);
    hl_buffer_clear(&content);
    close(fd);
    return status;
}

/* ---- checks ----------------------------------------------------------------------------------------------------- */

enum hl_status hl_options_check(const struct hl_options *options, struct hl_error *error)
{
    bool no_socket = strcmp(options->socket, "none") == 0, no_tcp = strcmp(options->listen, "none") == 0;
    if (no_socket && no_tcp)
        return hl_error_set(error, HL_INVALID, "socket", "socket and listen are both none: nobody could connect");
    if (options->socket[0] == '\0' || strlen(options->socket) >= HL_ADDRESS_SOCKET_BYTES)
        return hl_error_set(error, HL_INVALID, "socket", "socket must be auto, none or a path shorter than %d bytes",
                            HL_ADDRESS_SOCKET_BYTES);
    struct hl_address address;
    struct hl_error reason;
    if (!no_tcp && hl_address_parse(options->listen, &address, &reason) != HL_OK)
        return hl_error_set(error, HL_INVALID, "listen", "listen: %s; none: no TCP", reason.message);
    if (options->grouping.split_max < options->grouping.split_min)
        return hl_error_set(error, HL_INVALID, "split_max", "split_max must not be below split_min");
    return HL_OK;
}

/* ---- values as text --------------------------------------------------------------------------------------------- */

static void format_choice(uint64_t index, const char *words, char out[VALUE_TEXT_BYTES])
{
    for (; index > 0; index--)
        words += word_length(words) + 1;
    snprintf(out, VALUE_TEXT_BYTES, "%.*s", (int)word_length(words), words);
}

static void format_value(const struct hl_options *options, const struct option *option, char out[VALUE_TEXT_BYTES])
{
    const void *field = const_field_of(options, option);
    switch (option->type) {
    case TEXT:
        snprintf(out, VALUE_TEXT_BYTES, "%s", (const char *)field);
        break;
    case CHOICE:
        format_choice(*(const uint64_t *)field, option->lowest, out);
        break;
    case COUNT:
        snprintf(out, VALUE_TEXT_BYTES, "%" PRIu64, *(const uint64_t *)field);
        break;
    case BYTES:
        hl_quantity_format_bytes(*(const uint64_t *)field, out, VALUE_TEXT_BYTES);
        break;
    case DURATION:
        hl_quantity_format_duration(*(const uint64_t *)field, out, VALUE_TEXT_BYTES);
        break;
    case REAL:
    case WHOLE:
        snprintf(out, VALUE_TEXT_BYTES, "%.15g", *(const double *)field);
        break;
    }
}

/* Compares as text, so that no type needs its own equality. */
static bool values_differ(const struct hl_options *a, const struct hl_options *b, const struct option *option,
                          char text[VALUE_TEXT_BYTES])
{
    char other[VALUE_TEXT_BYTES];
    format_value(a, option, other);
    format_value(b, option, text);
    return strcmp(text, other) != 0;
}

void hl_options_adopt(struct hl_options *options, const struct hl_options *fresh, hl_options_visitor visitor,
                      void *context)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option *option = &options_table[i];
        char text[VALUE_TEXT_BYTES];
        if (!values_differ(options, fresh, option, text))
            continue;
        if (option->reloadable) {
            enum hl_status status = set_option(options, option, text, NULL);
            HL_ASSERT(status == HL_OK);
        }
        visitor(context, option->name, text, option->reloadable);
    }
}

/* ---- printing --------------------------------------------------------------------------------------------------- */

/* @text in lines of at most 100 bytes, each after @prefix; broken at spaces. */
static void print_wrapped(struct hl_buffer *out, const char *prefix, const char *text)
{
    while (*text) {
        size_t length = strlen(text), room = 100;
        if (length > room) {
            length = room;
            while (length > 0 && text[length] != ' ')
                length--;
            if (length == 0)
                length = strcspn(text, " ");
        }
        hl_buffer_printf(out, "%s%.*s\n", prefix, (int)length, text);
        text += length;
        text += strspn(text, " ");
    }
}

/* "COUNT, 1 to 65536", "one of: debug info", "TEXT". */
static void print_form(struct hl_buffer *out, const struct option *option)
{
    if (option->type == CHOICE)
        hl_buffer_printf(out, "one of: %s", option->lowest);
    else if (option->type == TEXT)
        hl_buffer_append_text(out, "text");
    else
        hl_buffer_printf(out, "%s from %s to %s", type_forms[option->type], option->lowest, option->highest);
}

static const char file_head[] =
    "# Configuration of headlined: \"name = value\" lines. A line in a comment shows the default.\n"
    "# Check a file with: headlined --config FILE --check-config\n"
    "# SIGHUP reads the file again; options marked (reload) are then taken over, the others need a restart.\n";

void hl_options_print(struct hl_buffer *out, const struct hl_options *options)
{
    struct hl_options defaults;
    hl_options_default(&defaults);
    hl_buffer_append_text(out, file_head);
    const char *section = "";
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option *option = &options_table[i];
        if (strcmp(option->section, section) != 0) {
            section = option->section;
            hl_buffer_printf(out, "\n# How headlines are grouped into stories.\n[%s]\n", section);
        }
        char value[VALUE_TEXT_BYTES];
        bool changed = values_differ(&defaults, options, option, value);
        hl_buffer_append_text(out, "\n");
        print_wrapped(out, "# ", option->help);
        hl_buffer_append_text(out, "# (");
        print_form(out, option);
        hl_buffer_printf(out, ")%s\n", option->reloadable ? " (reload)" : "");
        hl_buffer_printf(out, "%s%s =%s%s\n", changed ? "" : "#", option->name, value[0] ? " " : "", value);
    }
}

void hl_options_print_help(struct hl_buffer *out)
{
    const char *section = "";
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option *option = &options_table[i];
        if (strcmp(option->section, section) != 0) {
            section = option->section;
            hl_buffer_printf(out, "\nHow headlines are grouped into stories (section [%s] of the file):\n", section);
        }
        hl_buffer_append_text(out, "  --");
        for (const char *c = option->name; *c; c++)
            hl_buffer_append(out, *c == '_' ? "-" : c, 1);
        hl_buffer_printf(out, " %s\n", type_names[option->type]);
        print_wrapped(out, "      ", option->help);
        hl_buffer_append_text(out, "      ");
        print_form(out, option);
        hl_buffer_printf(out, "; default: %s\n", option->default_text[0] ? option->default_text : "(empty)");
    }
}
