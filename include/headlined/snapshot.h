/*
 * snapshot.h - the whole state of an engine as bytes, and an engine from these bytes.
 *
 * Where the bytes go and come from is the caller's business: a *sink* takes them, a *source* gives them back. They come in
 * *sections*, each with a kind (a number that stands on disk) and a name for people. The bytes are little-endian and mean the same on any
 * machine; src/engine/STATE.md has them one by one. They hold no checksum and are not compressed: that is for whoever stores them.
 *
 * What is saved is all that decides what an engine answers: one that was loaded gives, to the same calls, the same ids, verdicts and
 * events as the one that was saved, and saves the same bytes again.
 */
#ifndef HEADLINED_SNAPSHOT_H
#define HEADLINED_SNAPSHOT_H

#include <headlined/engine.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HL_STATE_VERSION 1     /* of the sections' content: it stands at the beginning of each, too */
#define HL_STATE_KIND_MAX 1023 /* kinds from 1 to this are the engine's; numbers above it are free for others */

/* Where the bytes of a state go. The first error that a function returns (with @error filled) ends the saving. */
struct hl_state_sink {
    /* What follows belongs to a new section. @name is constant storage. */
    enum hl_status (*section)(void *context, uint32_t kind, const char *name, struct hl_error *error);
    enum hl_status (*write)(void *context, const void *data, size_t bytes, struct hl_error *error);
    void *context;
};

/* Where they come from. The first error that a function returns (with @error filled) ends the loading. */
struct hl_state_source {
    /*
     * Goes on to the next section that is the engine's, whatever is unread of the one before, and tells its kind. HL_NOT_FOUND (@error not
     * looked at) after the last.
     */
    enum hl_status (*section)(void *context, uint32_t *kind, struct hl_error *error);
    /* Up to @bytes (> 0) of the section; *@out_bytes is less at its end only. */
    enum hl_status (*read)(void *context, void *to, size_t bytes, size_t *out_bytes, struct hl_error *error);
    void *context;
};

/*
 * Writes the whole state. Two engines that were given the same calls write the same bytes, whatever their hash seeds and allocators. Changes
 * nothing, and needs no memory but 100 KB of stack, unless hashes of pairs are so much alike that only an attack explains it (then HL_NO_MEMORY is
 * possible). Else what the sink returned: what it has got by then is not a state. O(state).
 */
enum hl_status hl_engine_save(const hl_engine *engine, const struct hl_state_sink *sink, struct hl_error *error);

/*
 * Makes an engine with the state that @source gives. Of @options (as for hl_engine_create) the settings count for collections that come
 * later, since a collection's own are part of the state; collections_max is read as at least the number of collections there are. The
 * observer is not part of the state; events that have been are not sent again.
 *
 * The bytes are not trusted: whatever they are, the outcome is an engine that works, or an error and nothing else. But what is wrong
 * without contradicting itself is not found here (a title with another letter): that takes a checksum.
 *
 * HL_CORRUPT: this is no state, or of a newer version; @error has the section in field and the offset in it. HL_INVALID (settings out of
 * bounds), HL_NO_MEMORY, or what the source returned. *@out is unchanged on error. O(state).
 */
enum hl_status hl_engine_load(const struct hl_engine_options *options, const struct hl_state_source *source,
                              hl_engine **out, struct hl_error *error);

#ifdef __cplusplus
}
#endif
#endif
