/*
 * headlinectl.c - the command line of headlined: finds the command and runs it. Each command is in a ctl_ file of its own.
 */
#include "cmd/ctl_args.h"

#include <headlined/version.h>

#include <stdio.h>
#include <string.h>

static const struct {
    const char *name, *summary;
    ctl_command run;
} commands[] = {
    {"ping", "is the daemon alive?", ctl_ping},
    {"hello", "what the daemon is and can do", ctl_hello},
    {"add", "add a headline and see its verdict", ctl_add},
    {"check", "what add would answer", ctl_check},
    {"get", "a live headline by id", ctl_get},
    {"remove", "forget a headline", ctl_remove},
    {"load", "stream files of headlines into the daemon", ctl_load},
    {"stories", "list stories", ctl_stories},
    {"story", "one story with its headlines", ctl_story},
    {"breaking", "stories that grow faster than their past lets expect", ctl_breaking},
    {"search", "find live headlines by their words", ctl_search},
    {"similar", "live headlines that are like a title", ctl_similar},
    {"timeline", "how a story went, and what happened when", ctl_timeline},
    {"explain", "why a headline is where it is, or what two have in common", ctl_explain},
    {"topics", "list topics", ctl_topics},
    {"topic", "one topic with its stories", ctl_topic},
    {"sources", "who had stories first, and who follows whom", ctl_sources},
    {"collections", "the collections, with what they hold", ctl_collections},
    {"watch", "events as they happen, and commands run for them", ctl_watch},
    {"stats", "figures of the engine and the server", ctl_stats},
    {"snapshot", "have the daemon write a snapshot of its state", ctl_snapshot},
    {"settings", "how a collection groups its headlines: show or change", ctl_settings},
    {"cluster", "cluster a file without a daemon", ctl_cluster},
    {"eval", "score the clustering of a labelled file, without a daemon", ctl_eval},
    {"tune", "better settings for labelled files, without a daemon", ctl_tune},
    {"eval-pairs", "score the near duplicates of labelled pairs, without a daemon", ctl_eval_pairs},
    {"check-state", "is a state directory whole, and what is in it?", ctl_check_state},
    {"dump", "a state directory as JSON lines", ctl_dump},
    {"restore", "a new state directory from what dump --state has printed", ctl_restore},
    {"repair", "make a damaged journal readable again", ctl_repair},
    {"compact", "one snapshot in place of a journal", ctl_compact},
    {"fingerprint", "the fingerprint of a title, without a daemon", ctl_fingerprint},
};

static void print_help(void)
{
    puts("Usage: headlinectl [OPTION]... COMMAND [ARGUMENT]...\n"
         "Talks to headlined, the headline clustering daemon.\n\nCommands:");
    for (size_t i = 0; i < CTL_COUNT(commands); i++)
        printf("  %-14s %s\n", commands[i].name, commands[i].summary);
    puts("\nOptions, before or after the command:");
    ctl_args_print_common();
    puts("  --version                    print the version\n\n"
         "\"headlinectl COMMAND --help\" tells more. Without --socket and --server: the daemon's default socket, else\n"
         "127.0.0.1:7878. Exit codes: 0 done, 1 the daemon answered an error, 2 wrong usage, 3 cannot connect.");
}

static ctl_command find_command(const char *name)
{
    for (size_t i = 0; i < CTL_COUNT(commands); i++)
        if (strcmp(commands[i].name, name) == 0)
            return commands[i].run;
    return NULL;
}

int main(int argc, char **argv)
{
    struct ctl ctl = {.timeout_s = 30};
    bool help = false, version = false;
    int first;
    if (!ctl_args_parse_common(&ctl, argc - 1, argv + 1, &first, &help, &version))
        return CTL_USAGE;
    if (version) {
        puts("headlinectl " HL_VERSION_STRING);
        return CTL_OK;
    }
    if (help) {
        print_help();
        return CTL_OK;
    }
    if (first == argc - 1) {
        ctl_complain("a command is missing: see headlinectl --help");
        return CTL_USAGE;
    }
    const char *name = argv[1 + first];
    ctl_command run = find_command(name);
    if (!run) {
        ctl_complain("there is no command \"%s\": see headlinectl --help", name);
        return CTL_USAGE;
    }
    enum ctl_exit code = run(&ctl, argc - 2 - first, argv + 2 + first);
    if (fflush(stdout) != 0 && code == CTL_OK) {
        ctl_complain("cannot write to standard output");
        code = CTL_FAILED;
    }
    return (int)code;
}
