/*
 * directory.c - opening, locking and listing a state directory (see directory.h).
 */
#include "store/directory.h"

#include "core/bytes.h"

#include <inttypes.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define STORE_FILE "store"
#define STORE_TEMPORARY "store.tmp"
#define LOCK_FILE "lock"
#define STORE_BYTES 40
#define STORE_VERSION 1
static const unsigned char store_magic[8] = "HLSTORE\n";

void hl_directory_segment_name(char out[HL_FILE_NAME_BYTES], uint64_t first_seq, bool temporary)
{
    (void)snprintf(out, HL_FILE_NAME_BYTES, "journal-%020" PRIu64 ".hlj%s", first_seq, temporary ? ".tmp" : "");
}

void hl_directory_snapshot_name(char out[HL_FILE_NAME_BYTES], uint64_t last_seq, bool temporary)
{
    (void)snprintf(out, HL_FILE_NAME_BYTES, "snapshot-%020" PRIu64 ".hls%s", last_seq, temporary ? ".tmp" : "");
}

/* True when @name is @prefix, 20 digits that fit, @suffix. */
static bool parse_name(const char *name, const char *prefix, const char *suffix, uint64_t *out)
{
    size_t prefix_bytes = strlen(prefix);
    if (strlen(name) != prefix_bytes + 20 + strlen(suffix) || strncmp(name, prefix, prefix_bytes) != 0 ||
        strcmp(name + prefix_bytes + 20, suffix) != 0)
        return false;
    uint64_t value = 0;
    for (const char *digit = name + prefix_bytes; digit < name + prefix_bytes + 20; digit++) {
        if (*digit < '0' || *digit > '9')
            return false;
        uint64_t next = (uint64_t)(*digit - '0');
        if (value > (UINT64_MAX - next) / 10)
            return false;
        value = value * 10 + next;
    }
    *out = value;
    return true;
}

struct numbers {
    uint64_t *items;
    size_t count, capacity;
};

struct listing {
    struct numbers segments, snapshots;
    bool failed;
};

static bool numbers_add(struct numbers *numbers, uint64_t item)
{
    if (numbers->count == numbers->capacity) {
        size_t capacity = numbers->capacity > 0 ? 2 * numbers->capacity : 16;
        uint64_t *items = realloc(numbers->items, capacity * sizeof(*items));
        if (items == NULL)
            return false;
        numbers->items = items;
        numbers->capacity = capacity;
    }
    numbers->items[numbers->count++] = item;
    return true;
}

static int compare_numbers(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return left < right ? -1 : left > right;
}

static void visit_name(void *context, const char *name)
{
    struct listing *listing = context;
    uint64_t number;
    if (parse_name(name, "journal-", ".hlj", &number))
        listing->failed |= !numbers_add(&listing->segments, number);
    else if (parse_name(name, "snapshot-", ".hls", &number))
        listing->failed |= !numbers_add(&listing->snapshots, number);
}

static void sort_numbers(struct numbers *numbers)
{
    if (numbers->count > 0)
        qsort(numbers->items, numbers->count, sizeof(*numbers->items), compare_numbers);
}

enum hl_status hl_directory_list(struct hl_directory *directory, struct hl_directory_listing *out,
                                 struct hl_error *error)
{
    struct listing listing = {0};
    enum hl_status status = hl_files_list(&directory->files, visit_name, &listing, error);
    if (status == HL_OK && listing.failed)
        status = hl_error_set(error, HL_NO_MEMORY, NULL, "no memory to list %s", directory->files.path);
    if (status != HL_OK) {
        free(listing.segments.items);
        free(listing.snapshots.items);
        return status;
    }
    sort_numbers(&listing.segments);
    sort_numbers(&listing.snapshots);
    *out = (struct hl_directory_listing){listing.segments.items, listing.segments.count, listing.snapshots.items,
                                         listing.snapshots.count};
    return HL_OK;
}

void hl_directory_listing_clear(struct hl_directory_listing *listing)
{
    free(listing->segments);
    free(listing->snapshots);
    *listing = (struct hl_directory_listing){0};
}

/* Names of unfinished files are collected first: a directory is not changed while it is listed. */
struct orphans {
    char (*names)[HL_FILE_NAME_BYTES]; /* owned */
    size_t count, capacity;
    bool failed;
};

static void visit_orphan(void *context, const char *name)
{
    struct orphans *orphans = context;
    uint64_t number;
    if (strcmp(name, STORE_TEMPORARY) != 0 && !parse_name(name, "journal-", ".hlj.tmp", &number) &&
        !parse_name(name, "snapshot-", ".hls.tmp", &number))
        return;
    if (orphans->count == orphans->capacity) {
        size_t capacity = orphans->capacity > 0 ? 2 * orphans->capacity : 8;
        void *names = realloc(orphans->names, capacity * sizeof(*orphans->names));
        if (names == NULL) {
            orphans->failed = true;
            return;
        }
        orphans->names = names;
        orphans->capacity = capacity;
    }
    (void)snprintf(orphans->names[orphans->count++], HL_FILE_NAME_BYTES, "%s", name);
}

static enum hl_status remove_orphans(struct hl_directory *directory, struct hl_error *error)
{
    struct orphans orphans = {0};
    enum hl_status status = hl_files_list(&directory->files, visit_orphan, &orphans, error);
    if (status == HL_OK && orphans.failed)
        status = hl_error_set(error, HL_NO_MEMORY, NULL, "no memory to list %s", directory->files.path);
    for (size_t i = 0; i < orphans.count && status == HL_OK; i++)
        status = hl_files_remove(&directory->files, orphans.names[i], error);
    directory->orphans_removed = (uint32_t)orphans.count;
    free(orphans.names);
    return status;
}

static enum hl_status corrupt(const struct hl_directory *directory, const char *what, struct hl_error *error)
{
    return hl_error_set(error, HL_CORRUPT, NULL, "%s/" STORE_FILE " %s", directory->files.path, what);
}

static enum hl_status read_id(struct hl_directory *directory, struct hl_error *error)
{
    struct hl_file file;
    unsigned char bytes[STORE_BYTES + 1];
    size_t got;
    enum hl_status status = hl_file_open(&directory->files, STORE_FILE, HL_FILE_READ, &file, error);
    if (status != HL_OK)
        return status;
    status = hl_file_read(&file, bytes, sizeof(bytes), 0, &got, error);
    (void)hl_file_close(&file, NULL); /* was only read */
    if (status != HL_OK)
        return status;
    if (got != STORE_BYTES || memcmp(bytes, store_magic, 8) != 0 || hl_get_u64_at(bytes + 32) != XXH3_64bits(bytes, 32))
        return corrupt(directory, "is damaged: restore it from a backup", error);
    if (hl_get_u32_at(bytes + 8) != STORE_VERSION)
        return corrupt(directory, "is of another version: use the headlined that wrote it", error);
    memcpy(directory->id, bytes + 16, HL_STORE_ID_BYTES);
    return HL_OK;
}

static enum hl_status write_id(struct hl_directory *directory, struct hl_error *error)
{
    unsigned char bytes[STORE_BYTES] = {0};
    memcpy(bytes, store_magic, 8);
    hl_put_u32_at(bytes + 8, STORE_VERSION);
    if (RAND_bytes(bytes + 16, HL_STORE_ID_BYTES) != 1)
        return hl_error_set(error, HL_UNAVAILABLE, NULL, "the system has no random bytes for a store id");
    hl_put_u64_at(bytes + 32, XXH3_64bits(bytes, 32));
    struct hl_file file;
    enum hl_status status = hl_file_open(&directory->files, STORE_TEMPORARY, HL_FILE_CREATE, &file, error);
    if (status != HL_OK)
        return status;
    status = hl_file_write(&file, bytes, sizeof(bytes), 0, error);
    if (status == HL_OK)
        status = hl_file_publish(&file, STORE_FILE, error);
    enum hl_status closed = hl_file_close(&file, status == HL_OK ? error : NULL);
    memcpy(directory->id, bytes + 16, HL_STORE_ID_BYTES);
    return status == HL_OK ? closed : status;
}

/* The directory has no id: it may get one (*@lacks) when there is nothing yet that would belong to another. */
static enum hl_status check_new(struct hl_directory *directory, bool *lacks, struct hl_error *error)
{
    struct hl_directory_listing listing;
    enum hl_status status = hl_directory_list(directory, &listing, error);
    if (status != HL_OK)
        return status;
    bool has_data = listing.segment_count > 0 || listing.snapshot_count > 0;
    hl_directory_listing_clear(&listing);
    if (has_data)
        return corrupt(directory, "is missing beside journal or snapshots: restore it, or move them away", error);
    *lacks = true;
    return HL_OK;
}

static enum hl_status find_id(struct hl_directory *directory, bool may_lack, bool *lacks, struct hl_error *error)
{
    struct hl_error why;
    enum hl_status status = read_id(directory, &why);
    *lacks = false;
    if (status == HL_NOT_FOUND && may_lack)
        return check_new(directory, lacks, error);
    if (status == HL_NOT_FOUND)
        return hl_error_set(error, status, NULL,
                            "%s is no state directory (it has no file \"store\"): name the one that headlined has as "
                            "--state-dir",
                            directory->files.path);
    if (status != HL_OK && error != NULL)
        *error = why;
    return status;
}

static enum hl_status take_lock(struct hl_directory *directory, struct hl_error *error)
{
    enum hl_status status = hl_file_open(&directory->files, LOCK_FILE, HL_FILE_ENSURE, &directory->lock, error);
    return status == HL_OK ? hl_file_lock(&directory->lock, error) : status;
}

enum hl_status hl_directory_open_files(struct hl_files files, enum hl_directory_mode mode, struct hl_directory *out,
                                       struct hl_error *error)
{
    bool lacks, may_lack = mode == HL_DIRECTORY_CREATE;
    *out = (struct hl_directory){.files = files, .lock = {.handle = -1}};
    enum hl_status status = find_id(out, may_lack, &lacks, error); /* so that no other directory gets a lock */
    if (status == HL_OK && mode != HL_DIRECTORY_READ) {
        status = take_lock(out, error);
        if (status == HL_OK)
            status = remove_orphans(out, error);
        if (status == HL_OK && lacks)
            status = find_id(out, may_lack, &lacks, error); /* another may have made it meanwhile */
        if (status == HL_OK && lacks)
            status = write_id(out, error);
    }
    if (status != HL_OK)
        hl_directory_close(out);
    return status;
}

enum hl_status hl_directory_open(const char *path, enum hl_directory_mode mode, struct hl_directory *out,
                                 struct hl_error *error)
{
    struct hl_files files;
    enum hl_status status = hl_files_open_posix(path, mode == HL_DIRECTORY_CREATE, &files, error);
    return status == HL_OK ? hl_directory_open_files(files, mode, out, error) : status;
}

void hl_directory_close(struct hl_directory *directory)
{
    (void)hl_file_close(&directory->lock, NULL); /* empty: there is nothing to lose */
    hl_files_close(&directory->files);
}
