/*
 * sim_disk.c - the disk of tests (see sim_disk.h).
 */
#include "support/sim_disk.h"

#include "core/assert.h"
#include "support/random.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECTOR 512U
#define NAMES (sizeof(((struct sim_disk *)0)->names) / sizeof(struct sim_name))

struct sim_file {
    unsigned char *bytes; /* owned */
    size_t size, capacity;
};

enum op_kind {
    OP_WRITE,
    OP_TRUNCATE,
    OP_SYNC,
    OP_SYNC_FAILED,
    OP_CREATE,
    OP_RENAME,
    OP_REMOVE,
    OP_SYNC_DIRECTORY,
    OP_OTHER
};

struct sim_op {
    enum op_kind kind;
    size_t file;
    uint64_t offset;
    size_t bytes;
    unsigned char *data; /* owned */
    char name[HL_FILE_NAME_BYTES], to[HL_FILE_NAME_BYTES];
    uint64_t promise;
};

/* Not the disk's memory is what runs out in a test: a request that failing_malloc lets fail is made again. */
static void *memory_resize(void *block, size_t bytes)
{
    void *resized;
    do
        resized = realloc(block, bytes);
    while (resized == NULL);
    return resized;
}

static void *memory_zero(size_t bytes)
{
    return memset(memory_resize(NULL, bytes), 0, bytes);
}

static void file_resize(struct sim_file *file, size_t size)
{
    if (size > file->capacity) {
        file->capacity = size > 2 * file->capacity ? size : 2 * file->capacity;
        file->bytes = memory_resize(file->bytes, file->capacity);
    }
    if (size > file->size)
        memset(file->bytes + file->size, 0, size - file->size);
    file->size = size;
}

static void file_write(struct sim_file *file, const void *data, size_t bytes, uint64_t offset)
{
    if (bytes == 0)
        return;
    if (offset + bytes > file->size)
        file_resize(file, (size_t)offset + bytes);
    memcpy(file->bytes + offset, data, bytes);
}

static size_t file_new(struct sim_disk *disk)
{
    if (disk->file_count == disk->file_capacity) {
        disk->file_capacity = disk->file_capacity ? 2 * disk->file_capacity : 16;
        disk->files = memory_resize(disk->files, disk->file_capacity * sizeof(struct sim_file *));
    }
    disk->files[disk->file_count] = memory_zero(sizeof(struct sim_file));
    return disk->file_count++;
}

static struct sim_name *name_find(struct sim_disk *disk, const char *name)
{
    for (size_t i = 0; i < NAMES; i++) {
        if (disk->names[i].used && strcmp(disk->names[i].name, name) == 0)
            return &disk->names[i];
    }
    return NULL;
}

static void name_set(struct sim_disk *disk, const char *name, size_t file)
{
    struct sim_name *entry = name_find(disk, name);
    for (size_t i = 0; entry == NULL && i < NAMES; i++) {
        if (!disk->names[i].used)
            entry = &disk->names[i];
    }
    HL_ASSERT(entry != NULL);
    (void)snprintf(entry->name, sizeof(entry->name), "%s", name);
    entry->file = file;
    entry->used = true;
}

static struct sim_op *remember(struct sim_disk *disk, enum op_kind kind, size_t file)
{
    if (disk->op_count == disk->op_capacity) {
        disk->op_capacity = disk->op_capacity ? 2 * disk->op_capacity : 64;
        disk->ops = memory_resize(disk->ops, disk->op_capacity * sizeof(struct sim_op));
    }
    struct sim_op *op = &disk->ops[disk->op_count++];
    *op = (struct sim_op){.kind = kind, .file = file};
    op->promise = disk->promise != NULL ? disk->promise(disk->promise_context) : 0;
    return op;
}

/* The fault that hits the operation that begins now. */
static enum sim_fault strike(struct sim_disk *disk)
{
    disk->attempts++;
    if (disk->fault == SIM_NO_FAULT || disk->attempts < disk->fault_from || disk->attempts >= disk->fault_until)
        return SIM_NO_FAULT;
    disk->faults++;
    return disk->fault;
}

static int fault_errno(enum sim_fault fault)
{
    return fault == SIM_ENOSPC ? -ENOSPC : fault == SIM_EINTR ? -EINTR : -EIO;
}

/* What an operation is to the disk: a full one still reads and removes, and only a write can be short. */
enum need { NEED_NOTHING, NEED_ROOM, NEED_WRITE, NEED_SYNC };

/* Locks, and decides about a fault. */
static enum sim_fault begin(struct sim_disk *disk, enum need need)
{
    pthread_mutex_lock(&disk->mutex);
    enum sim_fault fault = strike(disk);
    if ((fault == SIM_SHORT && need != NEED_WRITE) || (fault == SIM_ENOSPC && need == NEED_NOTHING) ||
        (fault == SIM_BAD_SYNC && need != NEED_SYNC)) {
        disk->faults--;
        fault = SIM_NO_FAULT;
    }
    return fault;
}

static int64_t end(struct sim_disk *disk, int64_t answer)
{
    pthread_mutex_unlock(&disk->mutex);
    return answer;
}

static int sim_open(void *context, const char *name, enum hl_file_mode mode)
{
    struct sim_disk *disk = context;
    enum sim_fault fault = begin(disk, mode == HL_FILE_CREATE ? NEED_ROOM : NEED_NOTHING);
    if (fault != SIM_NO_FAULT)
        return (int)end(disk, fault_errno(fault));
    struct sim_name *entry = name_find(disk, name);
    if (entry == NULL && (mode == HL_FILE_READ || mode == HL_FILE_UPDATE))
        return (int)end(disk, -ENOENT);
    if (entry != NULL && mode == HL_FILE_CREATE)
        return (int)end(disk, -EEXIST);
    if (entry != NULL)
        return (int)end(disk, (int64_t)entry->file);
    size_t file = file_new(disk);
    name_set(disk, name, file);
    struct sim_op *op = remember(disk, OP_CREATE, file);
    (void)snprintf(op->name, sizeof(op->name), "%s", name);
    return (int)end(disk, (int64_t)file);
}

static int sim_close(void *context, int file)
{
    (void)context;
    (void)file;
    return 0;
}

static int64_t sim_read_at(void *context, int handle, void *to, size_t bytes, uint64_t offset)
{
    struct sim_disk *disk = context;
    enum sim_fault fault = begin(disk, NEED_NOTHING);
    if (fault != SIM_NO_FAULT)
        return end(disk, fault_errno(fault));
    const struct sim_file *file = disk->files[handle];
    size_t left = offset < file->size ? file->size - (size_t)offset : 0;
    size_t step = bytes < left ? bytes : left;
    if (step > 0)
        memcpy(to, file->bytes + offset, step);
    return end(disk, (int64_t)step);
}

static int64_t sim_write_at(void *context, int handle, const void *from, size_t bytes, uint64_t offset)
{
    struct sim_disk *disk = context;
    enum sim_fault fault = begin(disk, NEED_WRITE);
    if (fault != SIM_NO_FAULT && fault != SIM_SHORT)
        return end(disk, fault_errno(fault));
    size_t step = fault == SIM_SHORT && bytes > 1 ? bytes / 2 : bytes;
    struct sim_op *op = remember(disk, OP_WRITE, (size_t)handle);
    op->offset = offset;
    op->bytes = step;
    op->data = memory_resize(NULL, step + 1);
    memcpy(op->data, from, step);
    file_write(disk->files[handle], from, step, offset);
    return end(disk, (int64_t)step);
}

static int64_t sim_size(void *context, int handle)
{
    struct sim_disk *disk = context;
    enum sim_fault fault = begin(disk, NEED_NOTHING);
    if (fault != SIM_NO_FAULT)
        return end(disk, fault_errno(fault));
    return end(disk, (int64_t)disk->files[handle]->size);
}

static int sim_truncate(void *context, int handle, uint64_t bytes)
{
    struct sim_disk *disk = context;
    enum sim_fault fault = begin(disk, NEED_NOTHING);
    if (fault != SIM_NO_FAULT)
        return (int)end(disk, fault_errno(fault));
    remember(disk, OP_TRUNCATE, (size_t)handle)->offset = bytes;
    file_resize(disk->files[handle], (size_t)bytes);
    return (int)end(disk, 0);
}

static int sim_sync(void *context, int handle)
{
    struct sim_disk *disk = context;
    enum sim_fault fault = begin(disk, NEED_SYNC);
    (void)remember(disk,
                   fault == SIM_NO_FAULT ? OP_SYNC
                   : fault == SIM_EINTR  ? OP_OTHER
                                         : OP_SYNC_FAILED,
                   (size_t)handle);
    return (int)end(disk, fault == SIM_NO_FAULT ? 0 : fault_errno(fault));
}

static int sim_lock(void *context, int handle)
{
    struct sim_disk *disk = context;
    (void)handle;
    enum sim_fault fault = begin(disk, NEED_NOTHING);
    if (fault != SIM_NO_FAULT)
        return (int)end(disk, fault_errno(fault));
    return (int)end(disk, disk->locked ? -EWOULDBLOCK : 0);
}

static int sim_rename(void *context, const char *from, const char *to)
{
    struct sim_disk *disk = context;
    enum sim_fault fault = begin(disk, NEED_ROOM);
    struct sim_name *entry = name_find(disk, from);
    if (fault != SIM_NO_FAULT || entry == NULL)
        return (int)end(disk, fault != SIM_NO_FAULT ? fault_errno(fault) : -ENOENT);
    size_t file = entry->file;
    entry->used = false;
    name_set(disk, to, file);
    struct sim_op *op = remember(disk, OP_RENAME, file);
    (void)snprintf(op->name, sizeof(op->name), "%s", from);
    (void)snprintf(op->to, sizeof(op->to), "%s", to);
    return (int)end(disk, 0);
}

static int sim_remove(void *context, const char *name)
{
    struct sim_disk *disk = context;
    enum sim_fault fault = begin(disk, NEED_NOTHING);
    struct sim_name *entry = name_find(disk, name);
    if (fault != SIM_NO_FAULT || entry == NULL)
        return (int)end(disk, fault != SIM_NO_FAULT ? fault_errno(fault) : -ENOENT);
    entry->used = false;
    struct sim_op *op = remember(disk, OP_REMOVE, entry->file);
    (void)snprintf(op->name, sizeof(op->name), "%s", name);
    return (int)end(disk, 0);
}

static int sim_sync_directory(void *context)
{
    struct sim_disk *disk = context;
    enum sim_fault fault = begin(disk, NEED_ROOM);
    (void)remember(disk, fault == SIM_NO_FAULT ? OP_SYNC_DIRECTORY : OP_OTHER, 0);
    return (int)end(disk, fault == SIM_NO_FAULT ? 0 : fault_errno(fault));
}

static int sim_list(void *context, hl_files_visit *visit, void *visit_context)
{
    struct sim_disk *disk = context;
    enum sim_fault fault = begin(disk, NEED_NOTHING);
    for (size_t i = 0; i < NAMES && fault == SIM_NO_FAULT; i++) {
        if (disk->names[i].used)
            visit(visit_context, disk->names[i].name);
    }
    return (int)end(disk, fault == SIM_NO_FAULT || fault == SIM_EINTR ? 0 : fault_errno(fault));
}

static void sim_destroy(void *context)
{
    (void)context;
}

struct sim_disk *sim_disk_new(void)
{
    struct sim_disk *disk = memory_zero(sizeof(*disk));
    HL_ASSERT(pthread_mutex_init(&disk->mutex, NULL) == 0);
    return disk;
}

void sim_disk_free(struct sim_disk *disk)
{
    for (size_t i = 0; i < disk->file_count; i++) {
        free(disk->files[i]->bytes);
        free(disk->files[i]);
    }
    for (size_t i = 0; i < disk->op_count; i++)
        free(disk->ops[i].data);
    free(disk->files);
    free(disk->ops);
    pthread_mutex_destroy(&disk->mutex);
    free(disk);
}

struct hl_files sim_disk_files(struct sim_disk *disk)
{
    static const struct hl_files_ops ops = {
        sim_open, sim_close, sim_read_at, sim_write_at, sim_size,           sim_truncate, sim_sync,
        sim_sync, sim_lock,  sim_rename,  sim_remove,   sim_sync_directory, sim_list,     sim_destroy,
    };
    return (struct hl_files){&ops, disk, "/sim"};
}

void sim_disk_fail(struct sim_disk *disk, enum sim_fault fault, uint64_t nth, uint64_t count)
{
    pthread_mutex_lock(&disk->mutex);
    disk->fault = fault;
    disk->fault_from = disk->attempts + nth;
    disk->fault_until = count > UINT64_MAX - disk->fault_from ? UINT64_MAX : disk->fault_from + count;
    pthread_mutex_unlock(&disk->mutex);
}

void sim_disk_watch(struct sim_disk *disk, uint64_t (*promise)(void *context), void *context)
{
    pthread_mutex_lock(&disk->mutex);
    disk->promise = promise;
    disk->promise_context = context;
    pthread_mutex_unlock(&disk->mutex);
}

uint64_t sim_disk_promise(const struct sim_disk *disk, size_t op)
{
    return disk->ops[op].promise;
}

/* --- The power cut --- */

/* What is known of a file's operations: durable for sure; lost to every later sync. */
enum fate { FATE_PENDING, FATE_DURABLE, FATE_DOOMED };

static bool is_data(const struct sim_op *op)
{
    return op->kind == OP_WRITE || op->kind == OP_TRUNCATE;
}

static bool is_name(const struct sim_op *op)
{
    return op->kind == OP_CREATE || op->kind == OP_RENAME || op->kind == OP_REMOVE;
}

static void settle_fates(const struct sim_disk *disk, size_t until, enum fate *fates)
{
    for (size_t i = 0; i < until; i++) {
        const struct sim_op *sync = &disk->ops[i];
        bool directory = sync->kind == OP_SYNC_DIRECTORY;
        if (!directory && sync->kind != OP_SYNC && sync->kind != OP_SYNC_FAILED)
            continue;
        for (size_t k = 0; k < i; k++) {
            bool concerned =
                directory ? is_name(&disk->ops[k]) : is_data(&disk->ops[k]) && disk->ops[k].file == sync->file;
            if (concerned && fates[k] == FATE_PENDING)
                fates[k] = sync->kind == OP_SYNC_FAILED ? FATE_DOOMED : FATE_DURABLE;
        }
    }
}

static bool survives(enum fate fate, enum sim_cut cut, uint64_t *random)
{
    if (fate == FATE_DURABLE)
        return true;
    return cut == SIM_CUT_KEEP ? fate == FATE_PENDING : cut == SIM_CUT_SOME && random_below(random, 2) == 0;
}

/* Each sector of a write by itself. */
static void write_some(struct sim_file *file, const struct sim_op *op, uint64_t *random)
{
    bool torn = random_below(random, 3) == 0;
    for (size_t at = 0; at < op->bytes;) {
        size_t step = SECTOR - (size_t)((op->offset + at) % SECTOR);
        if (step > op->bytes - at)
            step = op->bytes - at;
        if (!torn || random_below(random, 2) == 0)
            file_write(file, op->data + at, step, op->offset + at);
        at += step;
    }
}

static void apply_data(struct sim_disk *after, const struct sim_op *op, enum fate fate, enum sim_cut cut,
                       uint64_t *random)
{
    struct sim_file *file = after->files[op->file];
    if (!survives(fate, cut, random))
        return;
    if (op->kind == OP_TRUNCATE)
        file_resize(file, (size_t)op->offset);
    else if (fate == FATE_DURABLE || cut == SIM_CUT_KEEP)
        file_write(file, op->data, op->bytes, op->offset);
    else
        write_some(file, op, random);
}

static void apply_name(struct sim_disk *after, const struct sim_op *op)
{
    struct sim_name *entry = name_find(after, op->name);
    if (op->kind == OP_CREATE) {
        name_set(after, op->name, op->file);
        return;
    }
    if (entry != NULL && entry->file == op->file)
        entry->used = false;
    if (op->kind == OP_RENAME)
        name_set(after, op->to, op->file);
}

struct sim_disk *sim_disk_after_cut(const struct sim_disk *disk, size_t op, enum sim_cut cut, uint64_t *random)
{
    struct sim_disk *after = sim_disk_new();
    enum fate *fates = memory_zero((op + 1) * sizeof(*fates));
    for (size_t i = 0; i < disk->file_count; i++)
        (void)file_new(after);
    settle_fates(disk, op, fates);
    for (size_t i = 0; i < op; i++) {
        if (is_data(&disk->ops[i]))
            apply_data(after, &disk->ops[i], fates[i], cut, random);
        else if (is_name(&disk->ops[i]) && survives(fates[i], cut, random))
            apply_name(after, &disk->ops[i]);
    }
    free(fates);
    return after;
}

/* --- Looking and damaging --- */

unsigned char *sim_disk_bytes(struct sim_disk *disk, const char *name, size_t *out_bytes)
{
    struct sim_name *entry = name_find(disk, name);
    if (entry == NULL)
        return NULL;
    *out_bytes = disk->files[entry->file]->size;
    return disk->files[entry->file]->bytes;
}

void sim_disk_resize(struct sim_disk *disk, const char *name, size_t bytes)
{
    struct sim_name *entry = name_find(disk, name);
    HL_ASSERT(entry != NULL);
    file_resize(disk->files[entry->file], bytes);
}

/* With its history: written, synced, and its name synced. */
void sim_disk_put(struct sim_disk *disk, const char *name, const void *bytes, size_t count)
{
    size_t file = file_new(disk);
    struct sim_op *op = remember(disk, OP_WRITE, file);
    op->bytes = count;
    op->data = memory_resize(NULL, count + 1);
    if (count > 0)
        memcpy(op->data, bytes, count);
    file_write(disk->files[file], bytes, count, 0);
    name_set(disk, name, file);
    (void)remember(disk, OP_SYNC, file);
    op = remember(disk, OP_CREATE, file);
    (void)snprintf(op->name, sizeof(op->name), "%s", name);
    (void)remember(disk, OP_SYNC_DIRECTORY, 0);
}

struct sim_disk *sim_disk_copy(struct sim_disk *disk)
{
    struct sim_disk *copy = sim_disk_new();
    pthread_mutex_lock(&disk->mutex); /* a journal's thread may be at work on it */
    for (size_t i = 0; i < NAMES; i++) {
        const struct sim_name *entry = &disk->names[i];
        if (entry->used)
            sim_disk_put(copy, entry->name, disk->files[entry->file]->bytes, disk->files[entry->file]->size);
    }
    pthread_mutex_unlock(&disk->mutex);
    return copy;
}
