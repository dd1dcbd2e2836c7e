/*
 * options.h - the daemon's options by table (options.def): defaults, assignment with bounds, configuration file, --help text,
 * example file and checks.
 *
 * The file is read with inih: "name = value" lines, "#" or ";" comments, the options of the engine's grouping in a section [grouping].
 * Names are written with "_" in the file and with "-" on the command line; both are accepted everywhere. Every error
 * names the option and what it takes. struct hl_options is a plain value: copy it with "=". Any thread.
 */
#ifndef HL_SUPPORT_OPTIONS_H
#define HL_SUPPORT_OPTIONS_H

#include "core/buffer.h"

#include <headlined/engine.h>

#define HL_OPTION_TEXT_BYTES                                                                                           \
    160 /* with its NUL; "name = value" has to fit a line, and inih reads no more than 197 bytes */

#define HL_OPTION_FIELD_TEXT(name) char name[HL_OPTION_TEXT_BYTES];
#define HL_OPTION_FIELD_CHOICE(name) uint64_t name; /* which of the words, from 0 */
#define HL_OPTION_FIELD_COUNT(name) uint64_t name;
#define HL_OPTION_FIELD_BYTES(name) uint64_t name##_bytes;
#define HL_OPTION_FIELD_DURATION(name) uint64_t name##_ms;

struct hl_options {
#define HL_OPTION(type, name, default_text, lowest, highest, reloadable, help) HL_OPTION_FIELD_##type(name)
#include "support/options.def"
#undef HL_OPTION
    struct hl_settings grouping;
};

/* Every option at its default. */
void hl_options_default(struct hl_options *options);

/* Sets one option. HL_INVALID: unknown name or bad value; @options is unchanged then. */
enum hl_status hl_options_set(struct hl_options *options, const char *name, const char *value, struct hl_error *error);

/*
 * Sets what a configuration file with these @length bytes says. HL_INVALID ("line N: ...") for anything that is not understood, an
 * option given twice included; @options is unchanged then.
 */
enum hl_status hl_options_parse(struct hl_options *options, const char *data, size_t length, struct hl_error *error);

/* The same for the file at @path, at most 1 MiB. Also HL_IO, HL_TOO_LARGE, HL_NO_MEMORY. */
enum hl_status hl_options_read_file(struct hl_options *options, const char *path, struct hl_error *error);

/* What no single option shows: addresses that cannot be, limits that contradict each other. HL_INVALID. */
enum hl_status hl_options_check(const struct hl_options *options, struct hl_error *error);

/* Called by hl_options_adopt for each option that differs, with its new value as text. */
typedef void (*hl_options_visitor)(void *context, const char *name, const char *value, bool adopted);

/* Takes the reloadable options of @fresh over into @options and leaves the others as they are. */
void hl_options_adopt(struct hl_options *options, const struct hl_options *fresh, hl_options_visitor visitor,
                      void *context);

/*
 * Appends the configuration file that gives @options: each option with its help, in a comment while it is at its default. With
 * the defaults this is the example file.
 */
void hl_options_print(struct hl_buffer *out, const struct hl_options *options);

/* Appends the part of --help that lists the options. */
void hl_options_print_help(struct hl_buffer *out);

#endif
