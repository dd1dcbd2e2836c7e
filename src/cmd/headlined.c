/*
 * headlined.c - the daemon's main program: options, server, exit status.
 *
 * Exit status: 0 when it was asked to stop (or --help, --version, --check-config, --print-config worked), 1 when it could not start
 * or could not save its state, 2 for options or a configuration file that are wrong, 3 when the stored state is damaged: starting it
 * again would not help.
 */
#include "server/process.h"
#include "server/server.h"
#include "support/options.h"

#include <headlined/version.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EXIT_USAGE = 2, EXIT_DAMAGED = 3 };

enum action { ACTION_SERVE, ACTION_HELP, ACTION_VERSION, ACTION_CHECK, ACTION_PRINT };

struct command_line {
    int argc;
    char **argv;
    const char *config_path; /* NULL: none */
    enum action action;
};

/* What a reload needs. */
struct daemon {
    const struct command_line *command_line;
    struct hl_options options;
    struct hl_log log;
    struct hl_server *server;
};

/* ---- options ----------------------------------------------------------------------------------------------------- */

static bool take_action(const char *argument, enum action *action)
{
    static const struct {
        const char *name;
        enum action action;
    } rows[] = {{"--help", ACTION_HELP},
                {"-h", ACTION_HELP},
                {"--version", ACTION_VERSION},
                {"--check-config", ACTION_CHECK},
                {"--print-config", ACTION_PRINT}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(argument, rows[i].name) == 0) {
            *action = rows[i].action;
            return true;
        }
    }
    return false;
}

/* Splits "--name value" or "--name=value" at argv[*index]; moves *index on when the value is an argument of its own. */
static enum hl_status split_argument(const struct command_line *line, int *index, char name[64], const char **value,
                                     struct hl_error *error)
{
    const char *argument = line->argv[*index];
    if (strncmp(argument, "--", 2) != 0 || !argument[2])
        return hl_error_set(error, HL_INVALID, NULL, "\"%.60s\" is not an option: headlined --help lists them",
                            argument);
    size_t length = strcspn(argument + 2, "=");
    if (length >= 64)
        return hl_error_set(error, HL_INVALID, NULL, "there is no option \"%.60s\"", argument);
    memcpy(name, argument + 2, length);
    name[length] = '\0';
    if (argument[2 + length] == '=')
        *value = argument + 2 + length + 1;
    else if (*index + 1 < line->argc)
        *value = line->argv[++*index];
    else
        return hl_error_set(error, HL_INVALID, NULL, "--%s needs a value", name);
    return HL_OK;
}

/* Goes through the command line: once to find the file (@options NULL), and again to set what overrides it. */
static enum hl_status read_arguments(struct command_line *line, struct hl_options *options, struct hl_error *error)
{
    for (int i = 1; i < line->argc; i++) {
        char name[64];
        const char *value = NULL;
        if (take_action(line->argv[i], &line->action))
            continue;
        enum hl_status status = split_argument(line, &i, name, &value, error);
        if (status == HL_OK && strcmp(name, "config") == 0)
            line->config_path = value;
        else if (status == HL_OK && options)
            status = hl_options_set(options, name, value, error);
        if (status != HL_OK)
            return status;
    }
    return HL_OK;
}

/* Defaults, then the file, then the command line, then the checks. @options is unchanged on error. */
static enum hl_status load_options(const struct command_line *command_line, struct hl_options *options,
                                   struct hl_error *error)
{
    struct command_line line = *command_line;
    struct hl_options fresh;
    hl_options_default(&fresh);
    enum hl_status status = HL_OK;
    if (line.config_path)
        status = hl_options_read_file(&fresh, line.config_path, error);
    if (status == HL_OK)
        status = read_arguments(&line, &fresh, error);
    if (status == HL_OK)
        status = hl_options_check(&fresh, error);
    if (status == HL_OK)
        *options = fresh;
    return status;
}

/* ---- printing ---------------------------------------------------------------------------------------------------- */

static const char help_head[] =
    "usage: headlined [--config FILE] [--OPTION VALUE]...\n"
    "\n"
    "Receives news headlines as JSON lines or over HTTP, on a unix socket and TCP, and says at once for each whether\n"
    "it is new, a duplicate, a near duplicate or part of a running story.\n"
    "\n"
    "  --config FILE\n"
    "      read options from this file first; the command line overrides it, SIGHUP reads it again\n"
    "  --check-config\n"
    "      say whether file and options are right, and exit\n"
    "  --print-config\n"
    "      print the options in effect as a configuration file with explanations, and exit\n"
    "  --help, --version\n"
    "\n"
    "Options, on the command line and (with _ for -) in the file:\n";

static int print(struct hl_buffer *text)
{
    bool ok = !text->failed && fwrite(text->data, 1, text->length, stdout) == text->length && fflush(stdout) == 0;
    hl_buffer_clear(text);
    if (!ok)
        fprintf(stderr, "headlined: cannot write to standard output\n");
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int run_printing(enum action action, const struct hl_options *options)
{
    struct hl_buffer text;
    hl_buffer_init(&text);
    if (action == ACTION_HELP) {
        hl_buffer_append_text(&text, help_head);
        hl_options_print_help(&text);
    } else if (action == ACTION_VERSION) {
        hl_buffer_printf(&text, "headlined %s (protocol %d, fingerprint %d)\n", HL_VERSION_STRING, HL_PROTOCOL_VERSION,
                         HL_FINGERPRINT_VERSION);
    } else if (action == ACTION_PRINT) {
        hl_options_print(&text, options);
    } else {
        hl_buffer_append_text(&text, "the configuration is right\n");
    }
    return print(&text);
}

/* ---- serving ----------------------------------------------------------------------------------------------------- */

static struct hl_server_limits limits_of(const struct hl_options *options)
{
    struct hl_server_limits limits = {.connections_max = options->connections_max,
                                      .output_pause_bytes = options->output_pause_bytes,
                                      .output_total_max_bytes = options->output_total_max_bytes,
                                      .line_timeout_ms = options->line_timeout_ms,
                                      .slow_reader_timeout_ms = options->slow_reader_timeout_ms,
                                      .drain_timeout_ms = options->drain_timeout_ms,
                                      .idle_timeout_ms = options->idle_timeout_ms,
                                      .snapshot_interval_ms = options->snapshot_interval_ms,
                                      .snapshot_journal_bytes = options->snapshot_journal_bytes,
                                      .subscribers_max = options->subscribers_max};
    _Static_assert(sizeof limits.http_hosts >= sizeof options->http_hosts, "every value of the option fits");
    memcpy(limits.http_hosts, options->http_hosts, sizeof options->http_hosts);
    return limits;
}

static void log_difference(void *context, const char *name, const char *value, bool adopted)
{
    struct daemon *daemon = context;
    HL_LOG(&daemon->log, adopted ? HL_LOG_INFO : HL_LOG_WARN, adopted ? "option_changed" : "option_needs_restart",
           hl_log_text("name", name), hl_log_text("value", value));
}

static void reload(void *context)
{
    struct daemon *daemon = context;
    struct hl_options fresh;
    struct hl_error error = {.status = HL_OK};
    const char *path = daemon->command_line->config_path;
    if (!path) {
        HL_LOG(&daemon->log, HL_LOG_WARN, "reload_failed", hl_log_text("reason", "started without --config"));
        return;
    }
    if (load_options(daemon->command_line, &fresh, &error) != HL_OK) {
        HL_LOG(&daemon->log, HL_LOG_ERROR, "reload_failed", hl_log_text("file", path),
               hl_log_text("reason", error.message), hl_log_text("hint", "the options stay as they were"));
        return;
    }
    hl_options_adopt(&daemon->options, &fresh, log_difference, daemon);
    daemon->log.level = (enum hl_log_level)daemon->options.log_level;
    struct hl_server_limits limits = limits_of(&daemon->options);
    hl_server_set_limits(daemon->server, &limits);
    HL_LOG(&daemon->log, HL_LOG_INFO, "reloaded", hl_log_text("file", path));
}

static enum hl_status state_of(const struct hl_options *options, struct hl_durable_options *out, struct hl_error *error)
{
    *out = hl_durable_options_default();
    out->engine.memory_max_bytes = options->memory_max_bytes;
    out->engine.collections_max = (uint32_t)options->collections_max;
    out->engine.settings = options->grouping;
    out->directory = options->state_dir[0] ? options->state_dir : NULL;
    out->sync = (enum hl_journal_sync)options->fsync;
    out->interval_ms = (uint32_t)options->fsync_interval_ms;
    out->held_bytes_max = (size_t)options->journal_held_max_bytes;
    out->snapshots_kept = (uint32_t)options->snapshots_kept;
    /* So that nobody can choose headlines that collide in the hash tables; it changes no result. */
    if (!hl_process_random(&out->engine.hash_seed, sizeof out->engine.hash_seed))
        return hl_error_set(error, HL_IO, NULL, "the system gives no random bytes");
    return HL_OK;
}

/* The path of the unix socket, NULL for none; borrowed from @options or in @buffer. Makes /run/headlined for root, as a service manager would. */
static enum hl_status socket_path(const struct hl_options *options, char buffer[HL_ADDRESS_SOCKET_BYTES],
                                  const char **out, struct hl_error *error)
{
    bool none = strcmp(options->socket, "none") == 0;
    if (none || strcmp(options->socket, "auto") != 0) {
        *out = none ? NULL : options->socket;
        return HL_OK;
    }
    *out = buffer;
    enum hl_status status =
        hl_address_default_socket((unsigned long)getuid(), getenv("XDG_RUNTIME_DIR"), buffer, error);
    if (status == HL_OK && getuid() == 0 && mkdir("/run/headlined", 0755) != 0 && errno != EEXIST)
        status = hl_error_set(error, HL_IO, "socket", "cannot make /run/headlined: %s", strerror(errno));
    return status;
}

static enum hl_status create_server(struct daemon *daemon, struct hl_error *error)
{
    char path[HL_ADDRESS_SOCKET_BYTES];
    struct hl_address address;
    struct hl_durable_options state;
    struct hl_server_config config = {.state = &state,
                                      .log = &daemon->log,
                                      .line_max_bytes = daemon->options.line_max_bytes,
                                      .events_history_bytes = daemon->options.events_history_bytes,
                                      .limits = limits_of(&daemon->options),
                                      .reload = reload,
                                      .reload_context = daemon};
    enum hl_status status = state_of(&daemon->options, &state, error);
    if (status == HL_OK)
        status = socket_path(&daemon->options, path, &config.socket_path, error);
    if (status == HL_OK && strcmp(daemon->options.listen, "none") != 0) {
        status = hl_address_parse(daemon->options.listen, &address, error);
        config.address = &address;
    }
    if (status == HL_OK)
        status = hl_server_create(&config, &daemon->server, error);
    return status;
}

static int serve(struct daemon *daemon)
{
    struct hl_error error = {.status = HL_OK};
    const char *trouble = "start_failed";
    enum hl_status status = create_server(daemon, &error);
    if (status == HL_OK) {
        trouble = "state_not_saved";
        status = hl_server_run(daemon->server, &error);
    }
    hl_server_destroy(daemon->server);
    if (status == HL_OK)
        return EXIT_SUCCESS;
    HL_LOG(&daemon->log, HL_LOG_ERROR, trouble, hl_log_text("code", hl_status_code(status)),
           hl_log_text("reason", error.message));
    return status == HL_CORRUPT ? EXIT_DAMAGED : EXIT_FAILURE;
}

static int usage_error(const struct hl_error *error)
{
    fprintf(stderr, "headlined: %s\n", error->message);
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    struct command_line line = {.argc = argc, .argv = argv};
    struct daemon daemon = {.command_line = &line, .log = {.fd = STDERR_FILENO}};
    struct hl_error error = {.status = HL_OK};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &ignore, NULL); /* a client that has gone is an error of its write, not the end of the daemon */
    sigaction(SIGXFSZ, &ignore, NULL); /* and so is a file that may not grow */
    if (read_arguments(&line, NULL, &error) != HL_OK)
        return usage_error(&error);
    if (line.action == ACTION_HELP || line.action == ACTION_VERSION)
        return run_printing(line.action, NULL);
    if (load_options(&line, &daemon.options, &error) != HL_OK)
        return usage_error(&error);
    if (line.action != ACTION_SERVE)
        return run_printing(line.action, &daemon.options);
    daemon.log.level = (enum hl_log_level)daemon.options.log_level;
    return serve(&daemon);
}
