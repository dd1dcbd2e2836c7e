/*
 * sim_disk.h - a disk in memory behind store/file.h, for tests: it fails when told to, and it can lose its power.
 *
 * Every operation is remembered. sim_disk_after_cut builds the disk as it may be found when the power goes before one of them:
 *   - what was written to a file and not synced may be there, be lost, or be there in part, by sectors, in any order;
 *   - creations, renames and removals may have happened or not when the directory was not synced since, each for itself;
 *   - what stood in a file when its sync failed is never made durable by a later sync of that file (as on Linux).
 * Any thread.
 */
#ifndef HL_TESTS_SUPPORT_SIM_DISK_H
#define HL_TESTS_SUPPORT_SIM_DISK_H

#include "store/file.h"

#include <pthread.h>

/* SIM_BAD_SYNC: EIO of syncs of files, nothing else. */
enum sim_fault { SIM_NO_FAULT, SIM_ENOSPC, SIM_EIO, SIM_SHORT, SIM_EINTR, SIM_BAD_SYNC };
enum sim_cut { SIM_CUT_LOSE, SIM_CUT_KEEP, SIM_CUT_SOME };

struct sim_file;
struct sim_op;

struct sim_disk {
    pthread_mutex_t mutex;
    struct sim_file **files; /* owned; all that ever were, by number */
    size_t file_count, file_capacity;
    struct sim_name {
        char name[HL_FILE_NAME_BYTES];
        size_t file;
        bool used;
    } names[64];
    struct sim_op *ops; /* owned */
    size_t op_count, op_capacity;
    bool locked;
    /* Faults: */
    enum sim_fault fault;
    uint64_t fault_from, fault_until, attempts; /* attempts with from <= number < until fail */
    uint64_t faults;                            /* that happened */
    /* What had been promised when an operation began is remembered with it: */
    uint64_t (*promise)(void *context);
    void *promise_context;
};

struct sim_disk *sim_disk_new(void);
void sim_disk_free(struct sim_disk *disk);

/* The table for hl_directory_open_files. The disk outlives it. */
struct hl_files sim_disk_files(struct sim_disk *disk);

/* The @nth operation from now (1: the next) and those after it, @count in all, fail. SIM_NO_FAULT ends it. */
void sim_disk_fail(struct sim_disk *disk, enum sim_fault fault, uint64_t nth, uint64_t count);

/* From now on @promise is asked before each operation. NULL: 0. */
void sim_disk_watch(struct sim_disk *disk, uint64_t (*promise)(void *context), void *context);
/* What had been promised when operation @op began. */
uint64_t sim_disk_promise(const struct sim_disk *disk, size_t op);

/* The disk after a power cut before operation @op. */
struct sim_disk *sim_disk_after_cut(const struct sim_disk *disk, size_t op, enum sim_cut cut, uint64_t *random);

/* The bytes of a file, to be looked at and damaged; NULL when it is not there. The disk is idle. */
unsigned char *sim_disk_bytes(struct sim_disk *disk, const char *name, size_t *out_bytes);
/* Makes a file hold @bytes bytes: cut, or filled with zeros. */
void sim_disk_resize(struct sim_disk *disk, const char *name, size_t bytes);
/* A disk with the same files, all of them durable. */
struct sim_disk *sim_disk_copy(struct sim_disk *disk);
/* Makes or replaces a file, durably. */
void sim_disk_put(struct sim_disk *disk, const char *name, const void *bytes, size_t count);

#endif
