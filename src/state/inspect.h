/*
 * inspect.h - what is in a state directory, read without changing anything: for tools. A daemon may be at work in it.
 */
#ifndef HL_STATE_INSPECT_H
#define HL_STATE_INSPECT_H

#include "state/durable.h"

/*
 * Makes the engine that a daemon would start with, from a directory opened in any mode. @report is written in any case; *@out on success.
 * HL_CORRUPT (no start without a repair; report->journal has the place), HL_IO, HL_NO_MEMORY, HL_NOT_FOUND: a daemon at work has
 * removed what was being read. @options (may be NULL): those in force, with *@out.
 */
enum hl_status hl_state_inspect(struct hl_directory *directory, hl_engine **out, struct hl_engine_options *options,
                                struct hl_durable_report *report, struct hl_error *error);

/* Reads a whole snapshot, its content not looked into. *@out (its meta) is written on success. HL_CORRUPT, HL_IO, HL_NOT_FOUND, HL_NO_MEMORY. */
enum hl_status hl_state_check_snapshot(struct hl_directory *directory, uint64_t seq, struct hl_snapshot_meta *out,
                                       struct hl_error *error);

/* The newest snapshot that is whole, its content not looked into; 0: there is none. */
enum hl_status hl_state_whole_snapshot(struct hl_directory *directory, uint64_t *out_seq, struct hl_error *error);

#endif
