/*
 * snapshot.c - the engine's sections into a snapshot's sections and back (see snapshot.h).
 */
#include "state/snapshot.h"

#include <headlined/snapshot.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- writing ---- */

static enum hl_status sink_section(void *context, uint32_t kind, const char *name, struct hl_error *error)
{
    return hl_snapshot_section(context, kind, false, name, error);
}

static enum hl_status sink_write(void *context, const void *data, size_t bytes, struct hl_error *error)
{
    return hl_snapshot_write(context, data, bytes, error);
}

static enum hl_status write_options(struct hl_snapshot_writer *writer, const struct hl_engine_options *options,
                                    struct hl_error *error)
{
    struct hl_input *input = calloc(1, sizeof *input);
    if (!input)
        return hl_error_set(error, HL_NO_MEMORY, NULL, "no memory for the options in a snapshot");
    unsigned char data[HL_INPUT_BYTES_MAX];
    hl_options_to_input(options, input);
    size_t bytes = hl_input_encode(input, data);
    free(input);
    enum hl_status status = hl_snapshot_section(writer, HL_STATE_KIND_OPTIONS, false, "options", error);
    return status == HL_OK ? hl_snapshot_write(writer, data, bytes, error) : status;
}

enum hl_status hl_state_write(struct hl_snapshot_writer *writer, const hl_engine *engine,
                              const struct hl_engine_options *options, struct hl_error *error)
{
    const struct hl_state_sink sink = {sink_section, sink_write, writer};
    enum hl_status status = write_options(writer, options, error);
    if (status == HL_OK)
        status = hl_engine_save(engine, &sink, error);
    return status == HL_OK ? hl_snapshot_finish(writer, error) : status;
}

/* ---- reading ---- */

struct source {
    struct hl_snapshot_reader *reader;
    const struct hl_state_loader *loader;
};

static enum hl_status source_section(void *context, uint32_t *kind, struct hl_error *error)
{
    const struct source *source = context;
    for (;;) {
        struct hl_snapshot_section_info info;
        enum hl_status status = hl_snapshot_next(source->reader, &info, error);
        if (status != HL_OK)
            return status;
        if (info.kind <= HL_STATE_KIND_MAX) {
            *kind = info.kind;
            return HL_OK;
        }
        status = hl_snapshot_skip(source->reader, error);
        if (status != HL_OK)
            return status;
    }
}

static enum hl_status source_read(void *context, void *to, size_t bytes, size_t *out_bytes, struct hl_error *error)
{
    const struct source *source = context;
    const struct hl_state_loader *loader = source->loader;
    if (loader->progress) {
        uint64_t done, total;
        hl_snapshot_progress(source->reader, &done, &total);
        loader->progress(loader->progress_context, done, total);
    }
    return hl_snapshot_read(source->reader, to, bytes, out_bytes, error);
}

/* The first section. */
static enum hl_status read_options(struct hl_state_loader *loader, struct hl_snapshot_reader *reader,
                                   struct hl_error *error)
{
    unsigned char data[HL_INPUT_BYTES_MAX];
    size_t bytes = 0;
    struct hl_snapshot_section_info info;
    enum hl_status status = hl_snapshot_next(reader, &info, error);
    if (status == HL_NOT_FOUND || (status == HL_OK && (info.kind != HL_STATE_KIND_OPTIONS || info.bytes > sizeof data)))
        return hl_error_set(error, HL_CORRUPT, NULL, "the snapshot does not begin with the engine's options");
    if (status == HL_OK)
        status = hl_snapshot_read(reader, data, sizeof data, &bytes, error);
    const struct hl_input_record record = {0, 0, HL_INPUT_OPTIONS, data, bytes};
    if (status == HL_OK)
        status = hl_input_decode(&record, &loader->input, error);
    if (status != HL_OK)
        return status;
    loader->loaded = *loader->options;
    (void)hl_input_to_options(&loader->input, &loader->loaded, NULL); /* settings of another release are left out */
    return HL_OK;
}

enum hl_status hl_state_load(void *context, struct hl_snapshot_reader *reader, struct hl_error *error)
{
    struct hl_state_loader *loader = context;
    struct source source = {reader, loader};
    const struct hl_state_source from = {source_section, source_read, &source};
    hl_engine_destroy(loader->engine);
    loader->engine = NULL;
    uint32_t version = hl_snapshot_meta(reader)->content_version;
    if (version != HL_STATE_CONTENT_VERSION)
        return hl_error_set(error, HL_CORRUPT, NULL,
                            "the snapshot's content is of version %" PRIu32 ", which this release does not know",
                            version);
    enum hl_status status = read_options(loader, reader, error);
    return status == HL_OK ? hl_engine_load(&loader->loaded, &from, &loader->engine, error) : status;
}

enum hl_status hl_state_load_newest(struct hl_directory *directory, struct hl_state_loader *loader,
                                    struct hl_snapshot_report *report, struct hl_error *broken, struct hl_error *error)
{
    enum hl_status status = hl_snapshot_load_newest(directory, hl_state_load, loader, report, broken);
    if (status == HL_OK)
        return HL_OK;
    hl_engine_destroy(loader->engine);
    loader->engine = NULL;
    if (status == HL_NOT_FOUND || status == HL_CORRUPT || status == HL_IO) {
        broken->status = status;
        loader->loaded = *loader->options;
        return hl_engine_create(loader->options, &loader->engine, error);
    }
    if (error)
        *error = *broken;
    return status;
}
