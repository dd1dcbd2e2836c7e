/*
 * snapshot.h - the container of a snapshot: named sections of bytes, compressed, checksummed, published whole. FORMAT.md has the bytes.
 *
 * What is in a section is the owner's business, and so are the kinds: numbers that stand on disk and are never reused for something
 * else. A section is required, or optional, which is what a reader that does not know its kind may skip.
 *
 *     head | section: block, block, ... | section | ... | table of sections | foot: SHA-256 of all before
 *
 * Writer: create, then for each section hl_snapshot_section and any number of hl_snapshot_write, then hl_snapshot_finish. The same
 * calls in the same order with the same meta give the same bytes (of one zstd release), whatever the sizes of the writes.
 * Reader: open, then for each section hl_snapshot_next and hl_snapshot_read or hl_snapshot_skip, then hl_snapshot_verdict.
 *
 * Nothing that was read counts before hl_snapshot_verdict has said HL_OK. Each block is checked (XXH3, with its place in the file)
 * before a byte of it is given out, so that damage shows at once and what is read is never garbage; SHA-256 of the whole is
 * computed on the way and told at the end. The alternative, to hash the whole file first, reads it twice: a second per gigabyte, in
 * which a service is down, for a case that the blocks' checksums already catch. The price is that the owner builds its state
 * beside and throws it away when the verdict is bad, which it must be able to do anyway.
 *
 * A writer or reader is used by one thread at a time, any.
 */
#ifndef HL_STORE_SNAPSHOT_H
#define HL_STORE_SNAPSHOT_H

#include "store/directory.h"

#define HL_SNAPSHOT_VERSION 1
#define HL_SNAPSHOT_SECTIONS_MAX 1024U
#define HL_SNAPSHOT_BLOCK_BYTES ((size_t)256 << 10) /* of content, before compression */
#define HL_SNAPSHOT_NAME_BYTES 24                   /* of a section's name, with the NUL */

struct hl_snapshot_meta {
    uint64_t seq;             /* of the last record in it; 0: none */
    int64_t created_ms;       /* epoch milliseconds, for people */
    uint32_t content_version; /* of what is in the sections: the owner's */
    unsigned char store_id[HL_STORE_ID_BYTES];
};

struct hl_snapshot_section_info {
    uint32_t kind;
    bool optional;
    char name[HL_SNAPSHOT_NAME_BYTES]; /* for people */
    uint64_t bytes;                    /* of content, as the table says */
    uint64_t stored_bytes;             /* in the file */
};

/* Where the bytes of a snapshot go. */
struct hl_snapshot_sink {
    enum hl_status (*write)(void *context, const void *data, size_t bytes, struct hl_error *error);
    void *context;
};

/* Where they come from: all of @bytes at @offset, which lie inside, or an error. */
struct hl_snapshot_source {
    enum hl_status (*read)(void *context, void *to, size_t bytes, uint64_t offset, struct hl_error *error);
    void (*close)(void *context); /* when the reader is freed or could not be opened; NULL: nothing to do */
    void *context;
    uint64_t size;
    const char *name; /* for messages; borrowed */
};

/* --- Writing --- */

struct hl_snapshot_writer; /* opaque */

/* Into any sink, copied. Writes the head. HL_NO_MEMORY, or what the sink says; then *@out is not written. */
enum hl_status hl_snapshot_create(const struct hl_snapshot_meta *meta, struct hl_snapshot_sink sink,
                                  struct hl_snapshot_writer **out, struct hl_error *error);

/*
 * Into an unfinished file of @directory (borrowed), whose store id is used. hl_snapshot_finish publishes it (sync, rename, sync of
 * the directory) in place of one with the same number, and then removes all but the newest @keep (at least 1) snapshots.
 */
enum hl_status hl_snapshot_create_file(struct hl_directory *directory, const struct hl_snapshot_meta *meta,
                                       uint32_t keep, struct hl_snapshot_writer **out, struct hl_error *error);

/* Ends the section before and begins one; @name is cut to 23 bytes. HL_INVALID: @kind was there before, or too many. */
enum hl_status hl_snapshot_section(struct hl_snapshot_writer *writer, uint32_t kind, bool optional, const char *name,
                                   struct hl_error *error);

/* Adds to the section. The first error of a writer stays: later calls return it, so that one check at the end is enough. */
enum hl_status hl_snapshot_write(struct hl_snapshot_writer *writer, const void *data, size_t bytes,
                                 struct hl_error *error);

/* Bytes that have gone to the sink or file. */
uint64_t hl_snapshot_written(const struct hl_snapshot_writer *writer);

/*
 * Writes what is left, and publishes a file. On failure the unfinished file is removed and snapshots that were there stay. Old ones that
 * could not be removed are left for the next time: no error. Call hl_snapshot_writer_free afterwards in any case.
 */
enum hl_status hl_snapshot_finish(struct hl_snapshot_writer *writer, struct hl_error *error);

/* Without hl_snapshot_finish before, the unfinished file is removed. NULL does nothing. */
void hl_snapshot_writer_free(struct hl_snapshot_writer *writer);

/* --- Reading --- */

struct hl_snapshot_reader; /* opaque */

/*
 * Opens a snapshot and checks its head, table and foot. With @prefetch a thread reads, checks and decompresses ahead. HL_CORRUPT: no
 * snapshot, damaged, cut, or of a newer version; HL_NO_MEMORY, or what the source says. Takes
 * @source, on failure too.
 */
enum hl_status hl_snapshot_open(struct hl_snapshot_source source, bool prefetch, struct hl_snapshot_reader **out,
                                struct hl_error *error);

/* The snapshot @seq of @directory, prefetching. HL_CORRUPT also when it belongs to another store or has another's name. */
enum hl_status hl_snapshot_open_file(struct hl_directory *directory, uint64_t seq, struct hl_snapshot_reader **out,
                                     struct hl_error *error);

void hl_snapshot_reader_free(struct hl_snapshot_reader *reader); /* NULL does nothing */

const struct hl_snapshot_meta *hl_snapshot_meta(const struct hl_snapshot_reader *reader);
uint32_t hl_snapshot_section_count(const struct hl_snapshot_reader *reader);
/* Bytes of the file given out or passed over so far, and in all: for progress. */
void hl_snapshot_progress(const struct hl_snapshot_reader *reader, uint64_t *out_done, uint64_t *out_total);

/* The next section; HL_NOT_FOUND after the last. What is unread of the one before is passed over (and checked). */
enum hl_status hl_snapshot_next(struct hl_snapshot_reader *reader, struct hl_snapshot_section_info *out,
                                struct hl_error *error);

/*
 * Up to @bytes of the section's content; *@out_bytes is less at its end only. HL_CORRUPT: damaged. The first error of a reader
 * stays.
 */
enum hl_status hl_snapshot_read(struct hl_snapshot_reader *reader, void *to, size_t bytes, size_t *out_bytes,
                                struct hl_error *error);

/* For a kind that the owner does not know: HL_OK when the section is optional, HL_CORRUPT (newer version) when required. */
enum hl_status hl_snapshot_skip(struct hl_snapshot_reader *reader, struct hl_error *error);

/* Passes over what is unread, and tells whether the whole was right. HL_CORRUPT: forget everything that was read. */
enum hl_status hl_snapshot_verdict(struct hl_snapshot_reader *reader, struct hl_error *error);

/* --- Finding the one to start from --- */

struct hl_snapshot_report {
    uint64_t seq;               /* of the one that was loaded... */
    int64_t created_ms;         /* ...and its time */
    uint32_t broken;            /* newer ones that were passed over */
    uint64_t broken_seq;        /* the newest of them */
    struct hl_error broken_why; /* and what was wrong with it */
};

/*
 * Reads the content into a new state, without giving the state to anybody. May be called again, for an older snapshot, after one that
 * turned out broken, whatever it returned: it begins by throwing away what an earlier call has built. HL_CORRUPT and
 * HL_IO: the one before is tried; any other error ends the search.
 */
typedef enum hl_status hl_snapshot_load(void *context, struct hl_snapshot_reader *reader, struct hl_error *error);

/*
 * Loads the newest snapshot that is whole, verdict included. HL_NOT_FOUND: there is none at all (start empty). HL_CORRUPT or HL_IO:
 * there are, and none can be read; the error is of the newest. HL_NO_MEMORY, or what @load returned. @report may be NULL.
 */
enum hl_status hl_snapshot_load_newest(struct hl_directory *directory, hl_snapshot_load *load, void *context,
                                       struct hl_snapshot_report *report, struct hl_error *error);

#endif
