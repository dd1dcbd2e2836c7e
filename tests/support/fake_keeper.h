/*
 * fake_keeper.h - a keeper of changes (protocol/service.h) that counts them, passes them on to an engine, and refuses on demand.
 */
#ifndef HL_TESTS_SUPPORT_FAKE_KEEPER_H
#define HL_TESTS_SUPPORT_FAKE_KEEPER_H

#include "protocol/service.h"

struct fake_keeper {
    hl_engine *engine; /* borrowed */
    unsigned adds, removes, settings, snapshots;
    bool refuses;
    struct hl_service_kept kept; /* what figures says */
};

static inline enum hl_status fake_keeper_refuse(const struct fake_keeper *fake, struct hl_error *error)
{
    return fake->refuses ? hl_error_set(error, HL_UNAVAILABLE, NULL, "the disk is full") : HL_OK;
}

static inline enum hl_status fake_keeper_add(void *context, const struct hl_headline *headline, int64_t now_ms,
                                             struct hl_result *result, struct hl_error *error)
{
    struct fake_keeper *fake = context;
    fake->adds++;
    enum hl_status status = fake_keeper_refuse(fake, error);
    return status == HL_OK ? hl_engine_add(fake->engine, headline, now_ms, result, error) : status;
}

static inline enum hl_status fake_keeper_remove(void *context, struct hl_text collection, struct hl_text id,
                                                int64_t now_ms, struct hl_error *error)
{
    struct fake_keeper *fake = context;
    fake->removes++;
    enum hl_status status = fake_keeper_refuse(fake, error);
    return status == HL_OK ? hl_engine_remove(fake->engine, collection, id, now_ms, error) : status;
}

static inline enum hl_status fake_keeper_settings(void *context, struct hl_text collection,
                                                  const struct hl_setting_change *changes, size_t count, int64_t now_ms,
                                                  uint64_t *seq, struct hl_error *error)
{
    struct fake_keeper *fake = context;
    fake->settings++;
    enum hl_status status = fake_keeper_refuse(fake, error);
    return status == HL_OK ? hl_engine_settings_set(fake->engine, collection, changes, count, now_ms, seq, error)
                           : status;
}

/* The second in a row finds the first still running. */
static inline enum hl_status fake_keeper_snapshot(void *context, int64_t now_ms, bool *started, uint64_t *seq,
                                                  struct hl_error *error)
{
    struct fake_keeper *fake = context;
    (void)now_ms;
    enum hl_status status = fake_keeper_refuse(fake, error);
    if (status != HL_OK)
        return status;
    *started = fake->snapshots++ == 0;
    *seq = fake->kept.seq;
    return HL_OK;
}

static inline bool fake_keeper_figures(void *context, struct hl_service_kept *out)
{
    const struct fake_keeper *fake = context;
    *out = fake->kept;
    return true;
}

static const struct hl_service_keeper fake_keeper_functions = {
    fake_keeper_add, fake_keeper_remove, fake_keeper_settings, fake_keeper_snapshot, fake_keeper_figures};

#endif
