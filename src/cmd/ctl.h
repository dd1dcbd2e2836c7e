/*
 * ctl.h - what every command of headlinectl shares: the common options, the exit codes, errors and the clock.
 */
#ifndef HL_CMD_CTL_H
#define HL_CMD_CTL_H

#include <headlined/error.h>

#include <stdbool.h>
#include <stdint.h>

enum ctl_exit {
    CTL_OK = 0,         /* done */
    CTL_FAILED = 1,     /* the daemon answered an error, or a file could not be read */
    CTL_USAGE = 2,      /* the command line is wrong */
    CTL_UNREACHABLE = 3 /* no daemon there, or it went away */
};

/* The common options, understood before and after the name of the command. Text is borrowed from the command line. */
struct ctl {
    const char *socket; /* path, or NULL */
    const char *server; /* HOST:PORT, or NULL */
    uint64_t timeout_s; /* the longest silence of the daemon while an answer is due */
    bool json;
};

/* A command: its arguments follow its name. Its usage text is its own (--help). */
typedef enum ctl_exit (*ctl_command)(struct ctl *ctl, int argc, char **argv);

enum ctl_exit ctl_ping(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_hello(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_add(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_check(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_get(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_remove(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_stats(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_snapshot(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_load(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_stories(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_story(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_explain(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_settings(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_topics(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_topic(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_timeline(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_search(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_breaking(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_similar(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_sources(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_collections(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_watch(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_cluster(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_eval(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_tune(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_eval_pairs(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_check_state(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_dump(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_restore(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_repair(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_compact(struct ctl *ctl, int argc, char **argv);
enum ctl_exit ctl_fingerprint(struct ctl *ctl, int argc, char **argv);

/*
 * One line to stderr: "headlinectl: " and the message, made safe for a terminal (ctl_text.h), since it may quote a file or the daemon.
 * Cut at 1 KiB.
 */
void ctl_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Complains with @error's message and returns @code. */
enum ctl_exit ctl_fail(enum ctl_exit code, const struct hl_error *error);

/* Milliseconds of a clock that never steps back, for durations; and since 1970, for ages. */
int64_t ctl_monotonic_ms(void);
int64_t ctl_wall_ms(void);

#endif
