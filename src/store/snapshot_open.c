/*
 * snapshot_open.c - snapshots in the files of a state directory: opening one, and loading the newest that is whole (see snapshot.h).
 */
#include "store/snapshot.h"

#include <stdlib.h>
#include <string.h>

static enum hl_status read_from_file(void *context, void *to, size_t bytes, uint64_t offset, struct hl_error *error)
{
    struct hl_file *file = context;
    size_t got;
    enum hl_status status = hl_file_read(file, to, bytes, offset, &got, error);
    if (status == HL_OK && got < bytes)
        return hl_error_set(error, HL_CORRUPT, NULL, "%s has become shorter while it was read", file->name);
    return status;
}

static void close_file(void *context)
{
    (void)hl_file_close(context, NULL); /* was only read */
    free(context);
}

enum hl_status hl_snapshot_open_file(struct hl_directory *directory, uint64_t seq, struct hl_snapshot_reader **out,
                                     struct hl_error *error)
{
    char name[HL_FILE_NAME_BYTES];
    struct hl_file *file = malloc(sizeof(*file));
    if (file == NULL)
        return hl_error_set(error, HL_NO_MEMORY, NULL, "no memory to read a snapshot");
    hl_directory_snapshot_name(name, seq, false);
    struct hl_snapshot_source source = {read_from_file, close_file, file, 0, file->name};
    enum hl_status status = hl_file_open(&directory->files, name, HL_FILE_READ, file, error);
    if (status == HL_OK)
        status = hl_file_size(file, &source.size, error);
    if (status != HL_OK) {
        close_file(file);
        return status;
    }
    struct hl_snapshot_reader *reader;
    status = hl_snapshot_open(source, true, &reader, error);
    if (status != HL_OK)
        return status;
    const struct hl_snapshot_meta *meta = hl_snapshot_meta(reader);
    if (memcmp(meta->store_id, directory->id, HL_STORE_ID_BYTES) != 0)
        status = hl_error_set(error, HL_CORRUPT, NULL, "snapshot %s belongs to another store", name);
    else if (meta->seq != seq)
        status = hl_error_set(error, HL_CORRUPT, NULL, "snapshot %s has the name of another", name);
    if (status != HL_OK) {
        hl_snapshot_reader_free(reader);
        return status;
    }
    *out = reader;
    return HL_OK;
}

static enum hl_status load_one(struct hl_directory *directory, uint64_t seq, hl_snapshot_load *load, void *context,
                               int64_t *out_created_ms, struct hl_error *error)
{
    struct hl_snapshot_reader *reader = NULL;
    enum hl_status status = hl_snapshot_open_file(directory, seq, &reader, error);
    if (status != HL_OK)
        return status;
    *out_created_ms = hl_snapshot_meta(reader)->created_ms;
    status = load(context, reader, error);
    if (status == HL_OK)
        status = hl_snapshot_verdict(reader, error);
    hl_snapshot_reader_free(reader);
    return status;
}

static void note_broken(struct hl_snapshot_report *report, uint64_t seq, const struct hl_error *why)
{
    if (report->broken++ > 0)
        return;
    report->broken_seq = seq;
    report->broken_why = *why;
}

enum hl_status hl_snapshot_load_newest(struct hl_directory *directory, hl_snapshot_load *load, void *context,
                                       struct hl_snapshot_report *report, struct hl_error *error)
{
    struct hl_snapshot_report found = {0};
    struct hl_directory_listing listing;
    struct hl_error why = {0};
    enum hl_status status = hl_directory_list(directory, &listing, error);
    if (status != HL_OK)
        return status;
    size_t left = listing.snapshot_count;
    status = hl_error_set(&why, HL_NOT_FOUND, NULL, "there is no snapshot in %s", directory->files.path);
    while (left > 0) {
        uint64_t seq = listing.snapshots[--left];
        status = load_one(directory, seq, load, context, &found.created_ms, &why);
        if (status == HL_OK)
            found.seq = seq;
        if (status != HL_CORRUPT && status != HL_IO)
            break;
        note_broken(&found, seq, &why);
    }
    hl_directory_listing_clear(&listing);
    if (report != NULL)
        *report = found;
    if (status != HL_OK && error != NULL)
        *error = found.broken > 0 && (status == HL_CORRUPT || status == HL_IO) ? found.broken_why : why;
    return status;
}
